"""The cells of the Parameters sheet: each typed by the specification of its parameter, or refused by name."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from clv_xl.errors import UsageError
from clv_xl.events import checked_events
from clv_xl.orders.sentences import hint
from clv_xl.orders.sheet_rows import ERROR_TEXTS, SPACES, cell_text, place
from clv_xl.orders.template_words import in_english
from clv_xl.orders.yes_no import said_yes
from clv_xl.parameters import PARAMETERS, Parameters, checked_rates, checked_value, typed_date
from clv_xl.said import said, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.parameters import ParameterSpec

__all__ = ["FilledCell", "ParameterCells", "cells_of_sheet", "parameters_of_cells"]

_SERIALS: Final = range(61, 2_958_466)  # 1 March 1900 to 31 December 9999
_NUMBER: Final = re.compile(r"([-+]?)([0-9][0-9 '.,]*|[.,][0-9]+)(%?)")


@dataclass(frozen=True, slots=True)
class FilledCell:
    """The value of a cell, and where it stands: such as ``Parameters!C5``, or empty if that is not known."""

    value: object
    place: str = ""


@dataclass(frozen=True, slots=True)
class ParameterCells:
    """What was found on the Parameters sheet.

    Attributes
    ----------
    values : Mapping of str to FilledCell
        Parameter name -> its cell.
    rates : tuple of (FilledCell, FilledCell)
        Currency code and rate of each row of the table of rates, if there is one.
    events : tuple of (FilledCell, FilledCell)
        Date and name of each row of the table of events, if there is one, also where one of them is blank.
    unknown : tuple of FilledCell
        Names among those of the parameters that are none, though a value stands beside them.
    """

    values: Mapping[str, FilledCell]
    rates: tuple[tuple[FilledCell, FilledCell], ...] = ()
    unknown: tuple[FilledCell, ...] = ()
    events: tuple[tuple[FilledCell, FilledCell], ...] = ()


def cells_of_sheet(title: str, cells: Mapping[tuple[int, int], object]) -> ParameterCells:
    """Find the parameters on their sheet without any defined name, by the headers Name and Value.

    Parameters
    ----------
    title : str
        Of the sheet.
    cells : Mapping of (int, int) to object
        Row and column -> value, for the cells that are not blank.
    """
    known = {spec.name for spec in PARAMETERS}
    values: dict[str, FilledCell] = {}
    rates: list[tuple[FilledCell, FilledCell]] = []
    words = {cell: value.strip() for cell, value in cells.items() if isinstance(value, str)}

    def filled(row: int, column: int) -> FilledCell:
        return FilledCell(cells.get((row, column)), place(title, row, column))

    headers: dict[int, dict[str, int]] = {}
    for (row, column), word in words.items():
        header = in_english(word).casefold()
        if header in {"name", "value", "currency", "rate"}:
            headers.setdefault(row, {}).setdefault(header, column)
    unknown: list[FilledCell] = []
    for (row, column), word in sorted(words.items()):
        value = None if row in headers else _value_column(headers, row, column)
        if value and word in known:
            values.setdefault(word, filled(row, value))
        elif value and (row, value) in cells:
            unknown.append(filled(row, column))
    for row, found in sorted(headers.items()):
        if {"currency", "rate"} <= set(found) and not rates:
            at = row + 1
            while (at, found["currency"]) in cells:
                rates.append((filled(at, found["currency"]), filled(at, found["rate"])))
                at += 1
    events = tuple((filled(*day), filled(*name)) for day, name in _event_cells(words, cells, set(headers)))
    return ParameterCells(values, tuple(rates), tuple(unknown), events)


def _event_cells(
    words: Mapping[tuple[int, int], str], cells: Mapping[tuple[int, int], object], ends: set[int]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Find the rows below the headers Event and Date, up to the next table: where date and name stand."""
    rows: dict[int, dict[str, int]] = {}
    for (row, column), word in words.items():
        header = in_english(word).casefold()
        if header in {"event", "date"}:
            rows.setdefault(row, {}).setdefault(header, column)
    head = min((row for row, found in rows.items() if len(found) == 2), default=None)
    if head is None:
        return []
    last = min((row - 1 for row in ends if row > head), default=max(row for row, _ in cells))
    places = [((row, rows[head]["date"]), (row, rows[head]["event"])) for row in range(head + 1, last + 1)]
    return [(day, name) for day, name in places if day in cells or name in cells]


def _value_column(headers: Mapping[int, Mapping[str, int]], row: int, column: int) -> int | None:
    """Return where the value stands of the name in a cell; None where the cell is not below a header Name."""
    above = [at for at, found in headers.items() if at < row and found.get("name") == column]
    return headers[max(above)].get("value") if above else None


def parameters_of_cells(cells: ParameterCells, book: str = "") -> tuple[Parameters, tuple[str, ...]]:
    """Return the parameters that the cells give, and what a reader should know about them.

    A blank cell is a parameter that is not given: optional ones stay so, all others have their default.

    Parameters
    ----------
    cells : ParameterCells
        Every parameter that the workbook has; what it lacks has its default, and that is told.
    book : str
        The file, for messages.

    Raises
    ------
    UsageError
        A value is not allowed. The message names the cell, the value, what is allowed and what to do.
    """
    start = f"{book}: " if book else ""
    values: dict[str, object] = {}
    notices: list[str] = []
    defaults = Parameters()
    for spec in PARAMETERS:
        default = getattr(defaults, spec.name)
        if spec.name not in cells.values:
            left = (
                say("it is left blank")
                if default in {None, ""}
                else say("its default {value} is used", value=_shown(default))
            )
            notices.append(
                say("The workbook has no cell for the parameter {name}: {left}.", name=spec.name, left=left)
            )
            continue
        cell = cells.values[spec.name]
        if not _blank(cell.value):
            values[spec.name] = _value(spec, cell, start)
    for cell in cells.unknown:
        name = cell_text(cell.value).strip(SPACES)
        notices.append(
            say(
                '{place}: there is no parameter "{name}", so the value beside it is not used.',
                place=cell.place,
                name=name,
            )
            + hint(name, (spec.name for spec in PARAMETERS))
        )
    rates: dict[str, object] = {}
    for code, rate in cells.rates:
        if not _blank(rate.value):
            name = cell_text(code.value).strip(SPACES)
            number = _plain_number(rate.value)
            rates |= checked_rates({name: number}, f"{start}{rate.place}")
    events = checked_events(
        (_event_day(day.value), name.value, f"{start}{day.place}")
        for day, name in cells.events
        if not (_blank(day.value) and _blank(name.value))
    )
    return replace(defaults, rates=rates, events=events, **values), tuple(notices)  # type: ignore[arg-type]  # checked above


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip(SPACES))


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _plain_number(value: object) -> object:
    """Return a float for what a cell in a currency format gives in some of Excel's interfaces."""
    return float(value) if isinstance(value, Decimal) else value


def _value(spec: ParameterSpec, cell: FilledCell, start: str) -> object:
    where = f"{start}{cell.place or 'Parameters'}"
    value = _plain_number(cell.value)
    if isinstance(value, str):
        value = value.strip(SPACES)
        if value in ERROR_TEXTS:
            raise UsageError(
                say(
                    "{where}: {name} shows the error {value}, but must be {allowed}. Correct the formula, or type the"
                    " value.",
                    where=where,
                    name=spec.name,
                    value=value,
                    allowed=said(spec.allowed),
                )
                + _or_clear(spec)
            )
        value = _meant(spec, value, where)
    elif spec.kind == "flag" and isinstance(value, int | float) and value in {0, 1}:
        value = bool(value)
    elif spec.kind == "date" and isinstance(value, int | float) and not isinstance(value, bool):
        value = _day(value)
    try:
        return checked_value(spec, value, where)
    except UsageError as error:
        raise UsageError(error.args[0] + say(" Correct the cell.") + _or_clear(spec)) from None


def _or_clear(spec: ParameterSpec) -> str:
    default = getattr(Parameters(), spec.name)
    return (
        say(" A blank cell: not given.")
        if default in {None, ""}
        else say(" A blank cell: the default, {default}.", default=_shown(default))
    )


def _day(number: float) -> object:
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(number)) if int(number) in _SERIALS else number


def _event_day(value: object) -> object:
    number = _plain_number(value)
    return _day(number) if isinstance(number, int | float) and not isinstance(number, bool) else value


def _meant(spec: ParameterSpec, text: str, where: str) -> object:
    """Return what a text stands for, where that is beyond doubt; a text is never taken for a number."""
    word = text.casefold()
    if spec.kind == "flag" and (meant := said_yes(word)) is not None:
        return meant
    if spec.kind == "choice":
        return word if word in spec.choices else text
    if spec.kind == "date":
        try:
            return typed_date(text)
        except ValueError:
            raise UsageError(
                say(
                    '{where}: {name} is the text "{text}", but must be {allowed}. Type it as a date, so that Excel'
                    " recognises it, or write year-month-day.",
                    where=where,
                    name=spec.name,
                    text=text,
                    allowed=said(spec.allowed),
                )
                + _or_clear(spec)
            ) from None
    if spec.kind in {"number", "whole"}:
        raise UsageError(
            say(
                '{where}: {name} is the text "{text}", but must be {allowed}.',
                where=where,
                name=spec.name,
                text=text,
                allowed=said(spec.allowed),
            )
            + _as_number(spec, text)
            + _or_clear(spec)
        )
    return text


def _as_number(spec: ParameterSpec, text: str) -> str:
    """Say how to write what a text seems to mean as a number."""
    how = say(
        ", as a number with your Excel's own decimal mark: an apostrophe or the format Text makes it a text."
    )
    bare = re.sub(r"[\s\u00a0\u202f]", "", text)
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return say(" Type a number.")
    digits = found[2].replace(" ", "").replace("'", "")
    if "," in digits and "." in digits:
        group = "," if digits.rindex(".") > digits.rindex(",") else "."
        digits = digits.replace(group, "")
    digits = digits.replace(",", ".")
    if digits.count(".") > 1:
        return say(" Type a number.")
    number = Decimal(f"{found[1]}{digits}")
    is_share = spec.number_format.endswith("%")
    if found[3] and is_share:
        return say(" Type {share} or {percent}%", share=_plain(number / 100), percent=_plain(number)) + how
    return say(" Type {number}", number=_plain(number)) + how


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
