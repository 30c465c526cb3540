"""How customers can be reached and whether they may be: e-mail addresses and consent beside the orders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.occasions import EMAIL
from clv_xl.orders.header_words import EMAILS, fold
from clv_xl.orders.status_words import plain_status
from clv_xl.orders.yes_no import said_yes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Contacts", "consent_among", "consent_column", "contacts_of", "is_email"]

_EMAIL: Final = re.compile(EMAIL)
_GIVES: Final = re.compile(
    "consent|samtyck|samtykk|opt(ed)? ?in|newsletter|nyhetsbrev|nyhedsbrev|(?<!un)subscribed"
    "|(accepts?|godkanner|godtar|accepterer).*(marketing|marknadsforing|markedsforing|reklam)"
)
_REFUSES: Final = re.compile(
    "unsubscribe|opt(ed)? ?out|do not (contact|e ?mail)|avregistrer|avmeld|afmeld|reserver.*(reklam|marke?)"
)
_ASIDE: Final = re.compile(
    r"\b(date|datum|dato|time|tid|at|source|kalla|kilde|sms|phone|telefon|level|version)\b"
)
"""Words of a header that tells when, whence or by what other way, and not whether."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What customer data say about reaching customers.

    Attributes
    ----------
    emails : Mapping of str to str
        Customer id -> address; the first row with one counts.
    consent_headers : tuple of str
        The columns that say who may be written to; empty where there are none.
    willing : frozenset of str
        The customers who may be: every row of theirs says yes in every column that gives consent, and in none that
        takes it back.
    unclear : int
        Cells of those columns that are neither yes, no nor blank.
    """

    emails: Mapping[str, str] = field(default_factory=dict)
    consent_headers: tuple[str, ...] = ()
    willing: frozenset[str] = frozenset()
    unclear: int = 0


def is_email(text: str) -> bool:
    """Tell whether a text is an e-mail address.

    Examples
    --------
    >>> is_email("anna@example.no"), is_email("C-17"), is_email("@SUM(A1)")
    (True, False, False)
    """
    return "@" in text and _EMAIL.fullmatch(text) is not None


def contacts_of(headers: Sequence[str], ids: Sequence[str], rows: Sequence[Sequence[str]]) -> Contacts:
    """Find addresses and consent in a table of customers.

    Parameters
    ----------
    headers : sequence of str
        Of all columns.
    ids : sequence of str
        The customer of each row, "" for none.
    rows : sequence of sequences of str
        The texts of each row.

    Examples
    --------
    >>> found = contacts_of(["id", "E-post", "Samtycke"], ["a", "b"], [["a", "a@x.se", "ja"], ["b", "", ""]])
    >>> found.emails, found.consent_headers, sorted(found.willing)
    ({'a': 'a@x.se'}, ('Samtycke',), ['a'])
    """
    email_at = next((at for at, header in enumerate(headers) if fold(header) in EMAILS), None)
    gives, refuses = _of_consent(headers)
    emails: dict[str, str] = {}
    willing: dict[str, bool] = {}
    unclear = 0
    for customer, texts in zip(ids, rows, strict=True):
        if not customer:
            continue
        if email_at is not None and customer not in emails and is_email(address := texts[email_at].strip()):
            emails[customer] = address
        said = [said_yes(texts[at]) for at in gives]
        taken = [said_yes(texts[at]) for at in refuses]
        unclear += sum(
            1
            for at, found in zip((*gives, *refuses), (*said, *taken), strict=True)
            if found is None and texts[at].strip()
        )
        # what is unclear in a column that takes consent back may well do so
        refused = any(
            found or (found is None and texts[at].strip()) for at, found in zip(refuses, taken, strict=True)
        )
        willing[customer] = willing.get(customer, True) and all(said) and not refused
    return Contacts(
        emails=emails,
        consent_headers=consent_among(headers),
        willing=frozenset(customer for customer, may in willing.items() if may),
        unclear=unclear,
    )


def consent_among(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the headers of columns that say who may be written to.

    Examples
    --------
    >>> consent_among(["Name", "Accepts Marketing", "Consent date", "Unsubscribed"])
    ('Accepts Marketing', 'Unsubscribed')
    """
    gives, refuses = _of_consent(headers)
    return tuple(headers[at] for at in sorted((*gives, *refuses)))


def consent_column(headers: Sequence[str], taken: Collection[int]) -> dict[str, tuple[int, ...]]:
    """Return where orders say who may be written to: one column that gives consent, and none that takes it back.

    Examples
    --------
    >>> consent_column(["Email", "Accepts Marketing"], {0}), consent_column(["Newsletter", "Unsubscribed"], set())
    ({'consent': (1,)}, {})
    """
    gives, refuses = _of_consent(headers)
    return {"consent": (gives[0],)} if len(gives) == 1 and not refuses and gives[0] not in taken else {}


def _of_consent(headers: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return where consent is given, and where it is taken back."""
    folded = [plain_status(header) for header in headers]
    asked = [at for at, name in enumerate(folded) if not _ASIDE.search(name)]
    refuses = [at for at in asked if _REFUSES.search(folded[at])]
    return [at for at in asked if at not in refuses and _GIVES.search(folded[at])], refuses
