"""What is known of the customers besides their orders: one row each, joined by customer id."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS, customer_key
from clv_xl.orders.columns import tiers
from clv_xl.orders.contacts import Contacts, contacts_of
from clv_xl.orders.filled_columns import find_columns
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["MOST_ATTRIBUTES", "CustomerData", "customer_data_of_rows"]

MOST_ATTRIBUTES: Final = 5
"""Attributes that the Customer list has room for."""

_LONGEST_TITLE: Final = 60
_MIDNIGHT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00")
_WHOLE_AS_FLOAT: Final = re.compile(r"[0-9]+\.0")


@dataclass(frozen=True, slots=True)
class CustomerData:
    """The attributes of customers.

    Attributes
    ----------
    source : str
        As sentences name it: ``the Customer data sheet`` or ``customers.csv``.
    id_header : str
        The column that was read as the customer id.
    titles : tuple of str
        Of the attributes, at most 5, in the order of the columns.
    values : Mapping of str to tuple of str
        Customer id -> a text for each title, "" where blank; the first row of an id counts.
    rows : int
        Rows that are not blank.
    without_id : int
        Rows without a customer id.
    duplicates : tuple of str
        Ids of the rows whose id stands further up already, once for each such row.
    notices : tuple of str
        What a careful reader would want to know.
    contacts : Contacts
        E-mail addresses and consent, from whichever columns hold them.
    """

    source: str
    id_header: str
    titles: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    rows: int
    without_id: int
    duplicates: tuple[str, ...]
    notices: tuple[str, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)


def customer_data_of_rows(rows: SheetRows, source: str) -> CustomerData | None:
    """Return the attributes that stand in a table, None where the table is blank below its header.

    Parameters
    ----------
    rows : SheetRows
        A header with a customer id, recognised as in order files, and one column for each attribute.
    source : str
        As sentences shall name it.

    Raises
    ------
    InputError
        If the table has rows but no header for the customer id.

    Examples
    --------
    >>> from clv_xl.orders.sheet_rows import SheetRows
    >>> table = [["Kundnr", "Land", "Ort"], [17.0, "SE", None], [18.0, "NO", None], [17.0, "DK", None]]
    >>> data = customer_data_of_rows(SheetRows.of_values(table, "Customer data"), "the Customer data sheet")
    >>> data.titles, data.values, data.duplicates
    (('Land',), {'17': ('SE',), '18': ('NO',)}, ('17',))
    """
    if sum(1 for _ in rows.rows()) < 2:
        return None
    found = find_columns(rows, {"customer_id": tiers("customer_id")}, ("customer_id",))
    id_at = found.positions["customer_id"]
    body = [texts for number, texts in rows.rows() if number > found.row]
    if not body:
        return None
    attributes, notices = _attributes(rows, found.headers, id_at, found.row, source)
    ids = _ids([texts[id_at] for texts in body])
    values: dict[str, tuple[str, ...]] = {}
    duplicates: list[str] = []
    without = 0
    for customer, texts in zip(ids, body, strict=True):
        if not _known(customer):
            without += 1
        elif customer in values:
            duplicates.append(customer)
        else:
            values[customer] = tuple(_MIDNIGHT.sub(r"\1", texts[at]) for at in attributes.values())
    return CustomerData(
        source=source,
        id_header=found.headers[id_at],
        titles=tuple(attributes),
        values=values,
        rows=len(body),
        without_id=without,
        duplicates=tuple(duplicates),
        notices=tuple(notices),
        contacts=contacts_of(found.headers, [_known(customer) for customer in ids], body),
    )


def _known(customer: str) -> str:
    return "" if customer in NO_CUSTOMER_TEXTS else customer


def _attributes(
    rows: SheetRows, headers: Sequence[str], id_at: int, header_row: int, source: str
) -> tuple[dict[str, int], list[str]]:
    """Return title -> column of the attributes that are shown, and what to say about the others."""
    filled = [at for at in range(len(headers)) if at != id_at and rows.is_filled(at, header_row)]
    nameless = [rows.cell(header_row, at) for at in filled if not headers[at]]
    named: dict[str, int] = {}
    for at in filled:
        if headers[at]:
            named[_unlike(_short(headers[at]), named)] = at
    shown = dict(list(named.items())[:MOST_ATTRIBUTES])
    notices: list[str] = []
    if nameless:
        notices.append(
            say(
                "Columns of {source} without a header are left out: {columns}.",
                source=source,
                columns=joined(", ", nameless),
            )
        )
    if left := [title for title in named if title not in shown]:
        notices.append(
            say(
                "The Customer list shows the first {number} attributes of {source}. Left out: {columns}. Move a column"
                " further to the left to see it.",
                number=MOST_ATTRIBUTES,
                source=source,
                columns=joined(", ", left),
            )
        )
    return shown, notices


def _short(header: str) -> str:
    title = " ".join(header.split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 3]}..."


def _unlike(title: str, taken: Mapping[str, int]) -> str:
    """Return a title with a number where an earlier one differs from it in nothing but case."""
    used = {other.casefold() for other in taken}
    number, made = 1, title
    while made.casefold() in used:
        number += 1
        made = f"{title} ({number})"
    return made


def _ids(texts: list[str]) -> list[str]:
    """Ids are text; only a column whose every id became a float on its way (``17850.0``) loses the ``.0``."""
    texts = [customer_key(text) for text in texts]
    given = [text for text in texts if text]
    if given and all(_WHOLE_AS_FLOAT.fullmatch(text) for text in given):
        return [text[:-2] for text in texts]
    return texts
