"""Events that a reader marks, such as a campaign: a day and a name, as they are typed in a file or a sheet."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_EVENTS", "Event", "checked_events", "typed_date"]

MOST_EVENTS: Final = 20
"""So many tables of before and after a reader can still look through."""
_LONGEST: Final = 80
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happened on a day: a campaign, the start of a loyalty programme, a new price."""

    day: date
    name: str


def checked_events(found: Iterable[tuple[object, object, str]]) -> tuple[Event, ...]:
    """Return events, oldest first, if each has a date and a name.

    Parameters
    ----------
    found : iterable of (date, name, place)
        What stands there, and where, for messages. A date may be typed as text.

    Raises
    ------
    UsageError
        A date or name is missing or is none, or there are too many events.

    Examples
    --------
    >>> checked_events([("2025-05-01", " Spring sale ", "p.toml: events, number 1")])
    (Event(day=datetime.date(2025, 5, 1), name='Spring sale'),)
    """
    events = [Event(_day(day, place), _name(name, place)) for day, name, place in found]
    if len(events) > MOST_EVENTS:
        raise UsageError(
            f"There are {len(events)} events, and {MOST_EVENTS} are the most. Keep those that matter most."
        )
    return tuple(sorted(events))


def _day(value: object, place: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return typed_date(value.strip())
    shown = "missing" if value is None or value == "" else f'"{value}"'
    raise UsageError(f"{place}: the date of the event is {shown}, but must be a date such as 2025-12-31.")


def _name(value: object, place: str) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name:
        shown = "missing" if value is None or isinstance(value, str) else f"{value}"
        raise UsageError(
            f"{place}: the name of the event is {shown}, but must be a text such as Spring sale."
        )
    if len(name) > _LONGEST:
        raise UsageError(
            f"{place}: the name of the event has {len(name)} letters, and {_LONGEST} are the most. Shorten it."
        )
    return name


def typed_date(text: str) -> date:
    """Return the day of a text as year-month-day, or day.month.year with dots, which is read one way everywhere.

    Raises
    ------
    ValueError
        For any other text, slashes among them.

    Examples
    --------
    >>> typed_date("2024-12-31") == typed_date("31.12.2024")
    True
    """
    if day := _DOTTED.fullmatch(text):
        return date(int(day[3]), int(day[2]), int(day[1]))
    return date.fromisoformat(text)
