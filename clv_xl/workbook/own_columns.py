"""A reader's own columns beside a table: what was written beside a customer stays with the customer.

Constants go where their row goes; formulas stay where they are, because they speak of their row by themselves.
Where this Excel does not tell the two apart and it matters, nothing is written at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from clv_xl.errors import OutputError
from clv_xl.limits import column_letters
from clv_xl.workbook.cells import clean_text, date_serial, typed_text
from clv_xl.workbook.live_values import LONG_TEXT, NOT_AVAILABLE
from clv_xl.workbook.remembered import KeptNote
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clv_xl.workbook.live_room import PageNow, Room
    from clv_xl.workbook.records import Counted
    from clv_xl.workbook.remembered import PageTable

__all__ = ["OwnColumns", "Write", "keep_beside", "key_text", "keys_of"]

_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel knows no time zones
_DAY: Final = timedelta(days=1)
_ERRORS: Final = frozenset({"#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


@dataclass(frozen=True, slots=True)
class Write:
    """Values to be set in an area, row by row.

    ``dates`` are those cells that now hold a day number, ``numbers`` those that held a date and hold another number.
    """

    area: Area
    rows: tuple[tuple[str | float | bool, ...], ...]
    dates: tuple[Area, ...] = ()
    numbers: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """What becomes of a reader's own columns beside one table.

    ``clears`` empties what will move, before the table changes; ``writes`` sets it anew afterwards. ``moving`` are
    all constants that move, ``kept`` those whose row is gone.
    """

    clears: tuple[Area, ...] = ()
    writes: tuple[Write, ...] = ()
    moving: tuple[KeptNote, ...] = ()
    kept: tuple[KeptNote, ...] = ()


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a reader's own: its cells below the header, and which of them hold a formula.

    ``formulas`` is None where that is not known.
    """

    number: int
    title: str
    cells: list[Any]
    formulas: list[bool] | None


def key_text(value: object) -> str:
    """Return a value as the text that its row is known by, whether it is about to be written or was read back.

    A date is known by its day number, because whether Excel gives a date or a number depends on the cell's format.

    Examples
    --------
    >>> key_text(17850.0), key_text("a1"), key_text(None), key_text(date(2025, 1, 31))
    ('17850', 'a1', '', '45688')
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = _plain(value)
    if isinstance(value, date):
        value = date_serial(value, "a key")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean_text(value, "a key") if isinstance(value, str) else str(value)


def keys_of(columns: Sequence[Sequence[object]]) -> list[str]:
    """Return the key of each row, from the columns that tell rows apart; a key that comes again is numbered.

    Examples
    --------
    >>> keys_of([["a", "b", "a", None]])
    ['a', 'b', 'a (2)', '']
    """
    found: list[str] = []
    seen: dict[str, int] = {}
    for values in zip(*columns, strict=True):
        key = " | ".join(map(key_text, values)) if any(value is not None for value in values) else ""
        seen[key] = number = seen.get(key, 0) + 1
        found.append(f"{key} ({number})" if key and number > 1 else key)
    return found


def keep_beside(
    room: Room,
    now: PageNow,
    table: PageTable,
    keys: Sequence[str],
    kept: Sequence[KeptNote],
    *,
    long: bool,
    key_columns: Sequence[int] = (0,),
) -> OwnColumns:
    """Find out what has to be done so that a reader's own columns stay with their rows.

    Parameters
    ----------
    room : Room
        The page after room has been made, values and table in their places.
    now : PageNow
        How many formulas a column held.
    table : PageTable
        The table as it will be.
    keys : sequence of str
        What the rows of the table as it will be are known by; see :func:`keys_of`.
    kept : sequence of KeptNote
        What earlier refreshes have kept of this table.
    long : bool
        Whether the table is the long one of its page: then all that stands beside its rows belongs to them.
        Beside other tables only columns with a title in the table's header row do.
    key_columns : sequence of int
        Which columns of the table the keys are made from, counted from 0.

    Raises
    ------
    OutputError
        If rows would change places and this Excel does not tell constants and formulas apart.
    """
    actual = room.tables.get(table.name)
    if actual is None:
        return OwnColumns(kept=tuple(kept))
    before = max(
        [actual.last_row, *(one.area.last_row for one in room.look.tables if one.name == table.name)]
    )
    first = table.area.first_column
    old_keys = keys_of([_cells(room.values, actual, before, first + place) for place in key_columns])
    places = {key: place for place, key in enumerate(keys) if key}
    result = OwnColumns(kept=tuple(kept))
    for column in _columns(room, now, table, before, long=long):
        back = [note for note in result.kept if note.column == column.title and note.key in places]
        if not back and _in_place(column, old_keys, places):
            continue
        _refuse_unknown(room, now, table, column)
        done = _realigned(column, old_keys, places, back, table, actual.first_row)
        result = OwnColumns(
            (*result.clears, *done.clears),
            (*result.writes, *done.writes),
            (*result.moving, *done.moving),
            (*(note for note in result.kept if note not in back), *done.kept),
        )
    return result


def _cells(values: NDArray[Any], table: Area, last: int, column: int) -> list[Any]:
    """Return the cells of a column below the header of a table, down to a row."""
    wanted = last - table.first_row
    found = values[table.first_row : last, column - 1].tolist() if column <= values.shape[1] else []
    return [None if value == "" else value for value in found] + [None] * (wanted - len(found))


def _columns(room: Room, now: PageNow, table: PageTable, last: int, *, long: bool) -> list[_Column]:
    """Return the columns beside a table that belong to its rows."""
    actual, ours = room.tables[table.name], table.area.last_column
    theirs = room.values.copy()
    theirs[~room.theirs()] = None
    found = []
    for number in range(ours + 1, theirs.shape[1] + 1):
        title = theirs[actual.first_row - 1, number - 1] if actual.first_row <= theirs.shape[0] else None
        cells = _cells(theirs, actual, last, number)
        if title is None and (not long or all(value is None for value in cells)):
            continue
        formulas: list[bool] | None = None
        if room.formulas is not None:
            formulas = [bool(told) for told in _cells(room.formulas, actual, last, number)]
        else:
            formulas = _all_alike(room, now, table, number, cells)
        label = f"#{number - ours}" if title is None else str(title)
        found.append(_Column(number, label, cells, formulas))
    return found


def _all_alike(
    room: Room, now: PageNow, table: PageTable, number: int, cells: Sequence[object]
) -> list[bool] | None:
    """Tell a column of constants or of formulas by what was counted in it; None where it may hold both.

    A formula may show an empty text: it looks blank, but is counted as filled.
    """
    counted = _counted(room, now, table, number)
    if counted is None:
        return None
    rows = next(
        (one.area.last_row - one.area.first_row for one in room.look.tables if one.name == table.name), 0
    )
    if any(value is not None for value in cells[rows:]):
        # these were not counted
        return None
    if counted.formulas == 0:
        return [False] * len(cells)
    if counted.formulas >= rows or counted.formulas == counted.filled:
        return [True] * len(cells)
    return None


def _counted(room: Room, now: PageNow, table: PageTable, number: int) -> Counted | None:
    """Return what was counted in a column, which may have stood elsewhere then."""
    end = room.ends.get(table.name, table.area.last_column)
    return now.counted.get((table.name, room.columns[number - 1] - end))


def _in_place(column: _Column, old_keys: list[str], places: dict[str, int]) -> bool:
    """Tell whether every constant stands beside its row already."""
    formulas = column.formulas or [False] * len(column.cells)
    return all(
        value is None or formula or places.get(key) == place
        for place, (value, formula, key) in enumerate(zip(column.cells, formulas, old_keys, strict=True))
    )


def _refuse_unknown(room: Room, now: PageNow, table: PageTable, column: _Column) -> None:
    if column.formulas is not None:
        return
    counted = _counted(room, now, table, column.number)
    holds = "may hold formulas"
    if counted is not None and counted.formulas:
        holds = f"holds values and {counted.formulas:,} formulas"
    raise OutputError(
        f"{room.look.title}: the rows of the table {table.name} change places, and your column "
        f"{column_letters(column.number)} beside it {holds}, which this Excel does not tell apart cell by cell. "
        "Make it all values or all formulas, or refresh once in Excel on a computer with the add-in."
    )


def _realigned(
    column: _Column,
    old_keys: list[str],
    places: dict[str, int],
    back: Sequence[KeptNote],
    table: PageTable,
    head: int,
) -> OwnColumns:
    """Bring each constant to the row of its key; what finds none, or a formula there, is kept."""
    told = column.formulas or []
    rows = max(len(column.cells), table.area.last_row - head)
    fixed = [*told, *[False] * (rows - len(told))]
    values: list[str | float | bool | None] = [None] * rows
    had_date = [isinstance(value, date) for value in column.cells] + [False] * (rows - len(column.cells))
    dates = [False] * rows
    moving = [
        KeptNote(table.name, key, column.title, _plain(value), is_date=isinstance(value, date))
        for key, value, formula in zip(old_keys, column.cells, told, strict=True)
        if value is not None and not formula
    ]
    kept = []
    for note in (*moving, *back):
        place = places.get(note.key)
        if place is None or fixed[place] or values[place] is not None:
            kept.append(note)
        else:
            values[place], dates[place] = note.value, note.is_date
    numbers = [
        had and not now and isinstance(value, float)
        for had, now, value in zip(had_date, dates, values, strict=True)
    ]
    runs = _free_runs(Area(head + 1, column.number, head + rows, column.number), fixed)
    writes: list[Write] = []
    for run in runs:
        part = slice(run.first_row - head - 1, run.last_row - head)
        told_dates, told_numbers = (
            tuple(_free_runs(run, [not mark for mark in marks[part]])) for marks in (dates, numbers)
        )
        content = [_set(value) for value in values[part]]
        short = tuple(("" if _is_long(value) else value,) for value in content)
        writes.append(Write(run, short, told_dates, told_numbers))
        writes += [
            Write(Area(row, column.number, row, column.number), ((value,),))
            for row, value in enumerate(content, start=run.first_row)
            if _is_long(value)
        ]
    return OwnColumns(clears=tuple(runs), writes=tuple(writes), moving=tuple(moving), kept=tuple(kept))


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > LONG_TEXT


def _free_runs(area: Area, fixed: list[bool]) -> list[Area]:
    """Return the stretches of a column between the rows that are fixed."""
    runs: list[Area] = []
    start: int | None = None
    for row, formula in enumerate([*fixed, True], start=area.first_row):
        if formula and start is not None:
            runs.append(Area(start, area.first_column, row - 1, area.first_column))
            start = None
        elif not formula and start is None:
            start = row
    return runs


def _plain(value: Any) -> str | float | bool:  # what a cell holds
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _DAY_ZERO) / _DAY
    return value if isinstance(value, str | bool) else float(value)


def _set(value: str | float | bool | None) -> str | float | bool:
    if value is None:
        return ""
    if isinstance(value, str):
        if value in _ERRORS:
            return f"={value}"
        return NOT_AVAILABLE if value == "#N/A" else typed_text(value)
    return value
