"""What is said and asked of columns that are missing, or of which several may be meant."""

from __future__ import annotations

import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

from clv_xl.errors import did_you_mean
from clv_xl.orders.header_units import header_unit, is_percent, without_percent
from clv_xl.orders.header_words import FURTHER_NAMED, TIERS, fold
from clv_xl.orders.row_currency import header_currency, without_currency
from clv_xl.orders.said import Answer, Question
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clv_xl.said import Said

__all__ = [
    "REQUIRED",
    "ask_which",
    "asked_for",
    "bare_headers",
    "closest",
    "first_taken",
    "in_money",
    "in_own_currency",
    "is_data",
    "listed_headers",
    "no_header",
    "not_there",
    "of_clash",
    "of_missing",
    "of_other_amount",
]

_IN_ITS_CURRENCY = frozenset(
    map(
        fold,
        (
            "valutabelopp", "valutabeløp", "valutabeløb", "belopp i valuta", "beløp i valuta", "beløb i valuta",
            "belopp valuta", "beløp valuta", "beløb valuta", "amount in currency", "currency amount", "foreign amount",
            "summa i valuta", "totalt i valuta", "total i valuta",
        ),
    )
)  # fmt: skip

REQUIRED = ("customer_id", "order_date", "amount")
"""What orders cannot be without."""


def ask_which(missing: list[str], names: tuple[str, ...], taken: Iterable[int] = ()) -> tuple[Question, ...]:
    """Ask which column is what, of those that nothing else took."""
    times, used = Counter(names), set(taken)
    free = [name for at, name in enumerate(names) if name and at not in used and times[name] == 1]
    return tuple(
        Question(f"Which column is {name}?", tuple(Answer("column", f"{name}={header}") for header in free))
        for name in missing
    )


def of_clash(canonical: str, headers: list[str]) -> Question:
    """Ask which of several columns is meant."""
    repeated = [header for header, count in Counter(headers).items() if count > 1]
    if repeated:
        return Question(
            f'The header "{repeated[0]}" stands {headers.count(repeated[0])} times.'
            " Give each column a name of its own."
        )
    listed = " and ".join(f'"{header}"' for header in headers)
    way = "both" if len(headers) == 2 else "all"
    return Question(
        f"The columns {listed} could {way} be {canonical}."
        f' Say which one it is: --column {canonical}="{headers[0]}".',
        tuple(Answer("column", f"{canonical}={header}") for header in headers),
    )


def bare_headers(canonical: str, names: Sequence[str], open_to: Sequence[int]) -> dict[int, str]:
    """Return the headers that may be a column without currency and unit; a share of an amount is no money.

    Examples
    --------
    >>> bare_headers("amount", ["Total %", "Belopp (öre)", "Belopp SEK"], [0, 1, 2])
    {1: 'Belopp', 2: 'Belopp'}
    """
    if canonical not in {"amount", "refunded", "cost"}:
        return {at: names[at] for at in open_to}
    # refunds in percent are taken off by their share
    kept = [at for at in open_to if canonical == "refunded" or not is_percent(names[at])]
    return {at: without_currency(without_percent(names[at])) for at in kept}


def in_money(names: Sequence[str], found: list[int]) -> list[int]:
    """Leave a column in percent out beside one in money.

    Examples
    --------
    >>> in_money(["Refunded %", "Refunded"], [0, 1])
    [1]
    """
    return [at for at in found if not is_percent(names[at])] or found


def in_own_currency(names: Sequence[str], found: Sequence[int]) -> Sequence[int]:
    """Leave *Belopp* out beside *Belopp SEK* and *Valuta*: the one has the currency of each row, the other one for all.

    Examples
    --------
    >>> in_own_currency(["Belopp", "Valuta", "Belopp SEK"], [0, 2]), in_own_currency(["amount_cents", "amount"], [0, 1])
    ([2], [1])
    """
    if whole := [at for at in found if not header_unit(names[at])]:
        found = whole
    own = [at for at in found if header_currency(names[at])]
    known = frozenset().union(*TIERS["currency"])
    alike = len({fold(without_currency(names[at])) for at in found}) == 1
    return own if len(own) == 1 and alike and any(fold(name) in known for name in names) else found


def of_other_amount(
    names: Sequence[str], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> Said | None:
    """Tell of a column of currencies that is of another amount: the header of the one that counts names its own.

    Invoice lists have *Belopp* in the currency of *Valuta*, and *Belopp SEK* beside it.
    """
    if not {"amount", "currency"} <= positions.keys() or "currency" in wanted:
        return None
    amount = names[positions["amount"]]
    plain = fold(without_currency(amount))
    others = (fold(name) for at, name in enumerate(names) if at not in positions.values())
    if not header_currency(amount) or not any(
        word == plain or word in _IN_ITS_CURRENCY for word in others if word
    ):
        return None
    return say(
        'The amounts of "{amount}" are in {code}, as the header says: "{currency}" is the currency of the amounts'
        ' beside it, and is not used. To use it: --column currency="{currency}".',
        amount=amount,
        code=header_currency(amount),
        currency=names[positions["currency"]],
    )


def first_taken(canonical: str, headers: list[str]) -> Said:
    """Tell which of several columns is used, where it is not worth a question."""
    if len(set(headers)) == 1:
        return say(
            'The header "{header}" stands {times} times. The first of these columns is read as {column}.',
            header=headers[0],
            times=len(headers),
            column=canonical,
        )
    values = {
        "columns": joined(say(" and "), [f'"{header}"' for header in headers]),
        "column": canonical,
        "first": headers[0],
        "second": headers[1],
    }
    if len(headers) == 2:
        return say(
            'The columns {columns} could both be {column}. "{first}" is used; to use another, or none: --column'
            ' {column}="{second}" or --column {column}=-.',
            **values,
        )
    return say(
        'The columns {columns} could all be {column}. "{first}" is used; to use another, or none: --column'
        ' {column}="{second}" or --column {column}=-.',
        **values,
    )


def is_data(text: str) -> bool:
    """Tell a value from a header: a number, a date, an e-mail address."""
    return re.fullmatch(r"[-+]?[0-9][0-9 .,:/T+-]*|[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def no_header(names: tuple[str, ...]) -> str:
    """Say that a file begins with values where a header is expected."""
    shown = ", ".join(f'"{name}"' for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (
        f"the file seems to have no header row: its first row is {shown}{more}. Put a row with the names of the"
        " columns above it, such as customer_id, order_date and amount."
    )


def listed_headers(names: Sequence[str]) -> str:
    """Return a sentence with the headers of a file."""
    shown = ", ".join(f'"{name}"' for name in names[:30] if name)
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"Columns found: {shown or 'none with a name'}{more}."


def of_missing(missing: list[str], names: tuple[str, ...], taken: Iterable[int] = ()) -> str:
    """Say which columns are missing, and how to name them; what is something else already is not suggested."""
    used = set(taken)
    free = [name for at, name in enumerate(names) if name and at not in used]
    first = missing[0]
    close = closest(first, free)
    hint = f' Is it "{close}"?' if close else ""
    example = close or "the header in your file"
    several = len(missing) > 1
    way = (
        "Rename these columns, or say which they are"
        if several
        else "Rename the column, or say which one it is"
    )
    below = " If the header stands below row 20, delete rows above it." if missing == [*REQUIRED] else ""
    return (
        f"No column for {_and(missing)}.{hint} {listed_headers(names)} {way}:"
        f' --column {first}="{example}".{below}'
    )


def closest(canonical: str, headers: Iterable[str]) -> str:
    """Return the first header that is nearly a word for a column; empty for none.

    Examples
    --------
    >>> closest("amount", ["id", "total_cents"]), closest("amount", ["id"])
    ('total_cents', '')
    """
    known = sorted(set().union(*TIERS[canonical]))
    near = (name for name in headers if get_close_matches(fold(name), known, n=1, cutoff=0.75))
    return next(near, "")


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def asked_for(header: str, names: tuple[str, ...]) -> list[int]:
    """Return where a header stands; exact spelling first: two that differ only in case can both be named."""
    if not header.strip():
        return []
    exact = [at for at, name in enumerate(names) if name == header.strip()]
    return exact or [at for at, name in enumerate(names) if fold(name) == fold(header)]


def not_there(names: tuple[str, ...], wanted: Mapping[str, str]) -> Iterator[str]:
    """Say which of the columns that are not canonical the user names in vain.

    Parameters
    ----------
    names : tuple of str
        Headers as in the file.
    wanted : Mapping of str to str
        Name -> header, as the user gave it.
    """
    for header in (wanted.get(name, "") for name in FURTHER_NAMED):
        if header.strip() and not asked_for(header, names):
            hint = did_you_mean(header, [name for name in names if name])
            yield f'There is no column "{header}".{hint} {listed_headers(names)}'
