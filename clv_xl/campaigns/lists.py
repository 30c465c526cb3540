"""Lists of customers for campaigns: one for each segment, and one for each further view."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.rfm import often_but_small, seldom_but_large
from clv_xl.orders.contacts import Contacts, consent_among, is_email
from clv_xl.report.language import speaker_of
from clv_xl.report.spoken import looked_up

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.metrics.arguments import IntArray
    from clv_xl.report.material import Material

__all__ = ["COLUMNS", "DECIMALS", "CampaignList", "Campaigns", "campaigns_of", "headings", "months_before"]

COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("customer_id", "text"),
    ("email", "text"),
    ("orders", "whole"),
    ("amount", "money"),
    ("currency", "text"),
    ("last_order", "date"),
    ("days_since_last_order", "whole"),
    ("segment", "text"),
    ("activity", "text"),
    ("p_alive", "share"),
    ("predicted_clv", "money"),
    ("next_order_expected", "date"),
    ("days_overdue", "whole"),
)
"""Title and kind of each column, the same in every list, so that an import can be set up once."""

_IN_REPORTS: Final = {
    "orders": "Orders",
    "amount": "Amount",
    "currency": "Currency",
    "last_order": "Last order",
    "days_since_last_order": "Days since last order",
    "segment": "Segment",
    "activity": "Activity",
    "p_alive": "P(alive)",
    "predicted_clv": "Predicted CLV",
    "next_order_expected": "Next order expected",
    "days_overdue": "Days overdue",
}
"""What the report calls these columns; e-mail tools know the two others, customer_id and email, by their names."""

DECIMALS: Final = {"whole": 0, "money": 2, "share": 4}
_DUE_WITHIN: Final = 30
"""Days from the as-of date within which an order that is expected counts as due."""
_QUIET_MONTHS: Final = (3, 6)
_LONGEST: Final = 60
_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "å": "a", "ß": "ss", "ð": "d", "þ": "th", "ł": "l"})


@dataclass(frozen=True, slots=True)
class CampaignList:
    """One list: the name of its file, what it is, and its rows as numbers into :attr:`Campaigns.rows`."""

    file: str
    title: str
    members: IntArray


@dataclass(frozen=True, slots=True)
class Campaigns:
    """All lists.

    Attributes
    ----------
    lists : tuple of CampaignList
        Segments first, in the order of the map, then the further views.
    rows : tuple of tuples
        A row a customer, with a text or a number for each of :data:`COLUMNS`; None is blank. Numbers are rounded.
    consent_columns : tuple of str
        The columns of the customer data that say who may be written to; empty where there are none.
    without_consent : int
        Customers whom these columns leave out of every list.
    without_email : int
        Customers of the lists whose address is not known.
    notices : tuple of str
        What a careful reader would want to know.
    """

    lists: tuple[CampaignList, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    consent_columns: tuple[str, ...]
    without_consent: int
    without_email: int
    notices: tuple[str, ...]


def headings(language: str) -> tuple[str, ...]:
    """Return the titles of the columns: plain names in English, elsewhere those of the report in that language.

    Examples
    --------
    >>> headings("en")[:3], headings("sv")[:3]
    (('customer_id', 'email', 'orders'), ('customer_id', 'email', 'Ordrar'))
    """
    if language == "en":
        return tuple(title for title, _ in COLUMNS)
    words = speaker_of(language)
    return tuple(words.text(_IN_REPORTS[title]) if title in _IN_REPORTS else title for title, _ in COLUMNS)


def months_before(day: date, months: int) -> date:
    """Return the day so many calendar months earlier; the last of its month where there is no such day.

    Examples
    --------
    >>> from datetime import date
    >>> months_before(date(2025, 5, 31), 3), months_before(date(2025, 1, 15), 6)
    (datetime.date(2025, 2, 28), datetime.date(2024, 7, 15))
    """
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def campaigns_of(material: Material) -> Campaigns:
    """Return the lists of a report's customers, best customers first, without those who gave no consent."""
    frame = material.customers
    data = material.beside.customer_data
    contacts = Contacts() if data is None else data.contacts
    ids = [str(customer) for customer in frame["customer_id"].tolist()]
    ordered = material.intake.emails
    emails = [
        contacts.emails.get(customer) or (customer if is_email(customer) else ordered.get(customer))
        for customer in ids
    ]
    may = np.ones(len(ids), dtype=bool)
    if contacts.consent_headers:
        may = np.array([customer in contacts.willing for customer in ids], dtype=bool)
    elif by_orders := _consent_of_orders(material, contacts):
        may = np.array([material.intake.consent.get(customer) is True for customer in ids], dtype=bool)
        contacts = replace(
            contacts,
            consent_headers=(by_orders,),
            unclear=sum(answer is None for answer in material.intake.consent.values()),
        )
    chosen = [
        *((f"segment-{slug}", name, mask) for slug, name, mask in _segments(material)),
        *((f"view-{slug}", title, mask) for slug, title, mask in _views(material)),
    ]
    without = int(np.count_nonzero(~may))
    unknown = sum(1 for there, email in zip(may.tolist(), emails, strict=True) if there and email is None)
    return Campaigns(
        lists=tuple(
            CampaignList(f"{name}.csv", title, np.flatnonzero(mask & may)) for name, title, mask in chosen
        ),
        rows=_rows(material, ids, emails),
        consent_columns=contacts.consent_headers,
        without_consent=without,
        without_email=unknown,
        notices=tuple(_notices(material, contacts, without, unknown)),
    )


def _consent_of_orders(material: Material, contacts: Contacts) -> str:
    """Return the header of a column of the orders that says who may be written to; the customer data come first."""
    return "" if contacts.consent_headers else material.intake.columns.get("consent", "")


def _notices(material: Material, contacts: Contacts, without: int, unknown: int) -> list[str]:
    said = []
    if contacts.consent_headers:
        columns = " and ".join(f'"{header}"' for header in contacts.consent_headers)
        who = "1 customer is" if without == 1 else f"{without:,} customers are"
        said.append(f"{who} left out of the lists: {columns} does not say that they may be written to.")
        if contacts.unclear:
            cells = "1 cell is" if contacts.unclear == 1 else f"{contacts.unclear:,} cells are"
            said.append(f"In {columns} {cells} neither yes nor no; such a customer is left out.")
    of_orders = material.intake.columns.get("consent", "")
    if of_orders and (of_orders,) != contacts.consent_headers:
        said.append(f'"{of_orders}" of the orders is not used: the customer data say who may be written to.')
    if unread := consent_among(material.intake.unused_columns):
        columns = " and ".join(f'"{header}"' for header in unread)
        said.append(
            f"{columns} of the orders may say who may be written to, and is not read: nobody is left out for it. Give"
            " it in the customer data (--customers)."
        )
    if unknown:
        who = "1 customer" if unknown == 1 else f"{unknown:,} customers"
        said.append(f"Of {who} on the lists no e-mail address is known: email is blank there.")
    if not material.prediction.usable:
        said.append(
            "Nothing can be predicted from these orders (see the page Forecast), so nobody is on the lists of orders"
            " due and overdue."
        )
    return said


def _segments(material: Material) -> list[tuple[str, str, np.ndarray]]:
    segment = material.customers["segment"].to_numpy(dtype=object)
    taken: set[str] = set()
    found = []
    for name in material.segment_map.segments:
        slug = _unlike(_slug(name), taken)
        taken.add(slug)
        found.append((slug, name, segment == name))
    return found


def _slug(name: str) -> str:
    """Return a name as a part of a file name, in plain letters.

    Examples
    --------
    >>> _slug("Can't lose"), _slug("Våra bästa!"), _slug("最高")
    ('cant-lose', 'vara-basta', 'other')
    """
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS)).replace("'", "")
    plain = folded.encode("ascii", "ignore").decode("ascii")
    return "-".join(re.findall("[a-z0-9]+", plain))[:_LONGEST].strip("-") or "other"


def _unlike(slug: str, taken: set[str]) -> str:
    number, made = 1, slug
    while made in taken:
        number += 1
        made = f"{slug}-{number}"
    return made


def _views(material: Material) -> list[tuple[str, str, np.ndarray]]:
    frame, as_of = material.customers, material.intake.as_of
    f, m, bins = frame["f"].to_numpy(), frame["m"].to_numpy(), material.parameters.rfm_bins
    last = _days(frame, "last_day")
    late, early = (np.datetime64(months_before(as_of, months), "D") for months in _QUIET_MONTHS)
    nobody = np.zeros(len(frame), dtype=bool)
    due = overdue = nobody
    if material.prediction.usable:
        expected = _days(frame, "next_order")
        end = np.datetime64(as_of + timedelta(days=_DUE_WITHIN), "D")
        due = (expected >= np.datetime64(as_of, "D")) & (expected <= end)
        overdue = frame["overdue_days"].to_numpy(dtype=np.float64) > 0
    return [
        ("often-but-small", "Often but small", often_but_small(f, m, bins)),
        ("seldom-but-large", "Seldom but large", seldom_but_large(f, m, bins)),
        ("inactive-3-to-6-months", "Last order 3 to 6 months ago", (last <= late) & (last > early)),
        ("due-now", f"Next order expected within {_DUE_WITHIN} days", due),
        ("overdue", "Next order overdue", overdue),
    ]


def _words(values: list[object], language: str) -> list[str | int | float | None]:
    """Return segments and tiers as the report shows them."""
    words = speaker_of(language)
    known = {value: looked_up(str(value), words) for value in dict.fromkeys(values)}
    return [known[value] for value in values]


def _days(frame: pd.DataFrame, column: str) -> np.ndarray:
    return frame[column].to_numpy(dtype="datetime64[D]")


def _rows(
    material: Material, ids: list[str], emails: list[str | None]
) -> tuple[tuple[str | int | float | None, ...], ...]:
    """Return the row of every customer, whoever may be on a list."""
    frame = material.customers
    columns: dict[str, list[str | int | float | None]] = {
        "customer_id": list(ids),
        "email": list(emails),
        "currency": [material.currency or None] * len(ids),
    }
    sources = {
        "last_order": "last_day",
        "next_order_expected": "next_order",
        "days_overdue": "overdue_days",
        "activity": "tier",
    }
    for title, kind in COLUMNS:
        source = sources.get(title, title)
        if title in columns:
            continue
        if source not in frame:
            columns[title] = [None] * len(ids)
        elif kind == "date":
            days = _days(frame, source)
            texts = np.datetime_as_string(days).tolist()
            columns[title] = [None if text == "NaT" else text for text in texts]
        elif kind == "text":
            columns[title] = _words(frame[source].tolist(), material.parameters.language)
        else:
            numbers = np.round(frame[source].to_numpy(dtype=np.float64), DECIMALS[kind]) + 0.0
            columns[title] = [
                None if value != value else int(value) if kind == "whole" else value  # noqa: PLR0124  # NaN is blank
                for value in numbers.tolist()
            ]
    return tuple(zip(*(columns[title] for title, _ in COLUMNS), strict=True))
