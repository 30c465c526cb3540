"""What stands in a formula, said once for all hosts: ranges, typed values, arguments that are left out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day in Excel has no zone


@dataclass(frozen=True)
class Err:
    """An error in a cell, given or returned."""

    code: str


@dataclass(frozen=True)
class Cells:
    """A range: rows of None, numbers, texts, booleans, datetimes and errors."""

    rows: tuple[tuple[Any, ...], ...]


class _Named:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


MISSING = _Named("MISSING")
# A blank cell as some versions of Excel hand it to JavaScript; others hand over an empty text.
NULL = _Named("NULL")


def column(*values: Any) -> Cells:
    """A range of one column."""
    return Cells(tuple((value,) for value in values))


def row(*values: Any) -> Cells:
    """A range of one row."""
    return Cells((values,))


def day(text: str) -> dt.datetime:
    """A cell that Excel shows as a date."""
    return dt.datetime.fromisoformat(text)


def serial(value: dt.datetime) -> float:
    """The number that Excel stores for a date."""
    return (value - EPOCH) / dt.timedelta(days=1)


def as_plain(argument: Any) -> Any:
    """The argument as a Python program would hand it to the registry."""
    if argument is MISSING:
        return None
    if isinstance(argument, Cells):
        return [[_plain_cell(value) for value in line] for line in argument.rows]
    return _plain_cell(argument)


def _plain_cell(value: Any) -> Any:
    return value.code if isinstance(value, Err) else value
