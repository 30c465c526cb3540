"""Stops a refresh where a page of a running Excel was rearranged, so that nothing of a reader's own is written over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError
from clv_xl.limits import column_letters
from clv_xl.workbook.regions import covered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clv_xl.workbook.live_room import PageNow, Room
    from clv_xl.workbook.remembered import PageTable

__all__ = [
    "AGAIN",
    "refuse_cut",
    "refuse_hidden",
    "refuse_other_page",
    "refuse_rearranged",
    "refuse_same_titles",
]

AGAIN: Final = (
    "Undo that; or move what is your own to another sheet and delete {title}: the next refresh makes it."
)


def refuse_rearranged(room: Room, moved: str) -> None:
    """Refuse where headings, tables or the cells that are watched do not stand where they were written."""
    if not room.look.whole:
        # a refresh was broken off: where tables stand is what the workbook says
        return
    title = room.look.title
    again = AGAIN.format(title=title)
    heading = room.values[0, 1] if room.values.shape[1] > 1 else None
    if room.look.heading and heading != room.look.heading:
        raise OutputError(
            f'{title}!B1 does not hold the heading "{room.look.heading}" any more: rows or columns were put in or '
            f"taken out, or it was typed over. {again}"
        )
    for table in room.look.tables:
        area = room.tables.get(table.name)
        first = f"{column_letters(table.area.first_column)}{table.area.first_row}"
        if area is None:
            _refuse_plain_range(room, table, first)
            continue
        if (area.first_row, area.first_column) != (table.area.first_row, table.area.first_column):
            raise OutputError(
                f"{title}: the table {table.name} does not begin in {first} any more: rows or columns were put in or "
                f"taken out. {again}"
            )
        shown = room.values[
            area.first_row - 1, area.first_column - 1 : area.first_column - 1 + len(table.titles)
        ]
        for place, (found, expected) in enumerate(zip(shown, table.titles, strict=False)):
            if found != expected:
                cell = f"{column_letters(area.first_column + place)}{area.first_row}"
                raise OutputError(
                    f'{title}!{cell} is called "{found or ""}" and was written as "{expected}": a column was put in, '
                    f"taken out or renamed. Keep columns of your own to the right of ours. {again}"
                )
    if moved:
        raise OutputError(
            f"{title}: rows or columns were put in, taken out or moved, the first at {moved}. What stands there now "
            f"would be written over. {again}"
        )


def _refuse_plain_range(room: Room, table: PageTable, first: str) -> None:
    """Refuse where a table is gone but its header stands: notes beside its rows could not go with them."""
    area = table.area
    row = room.values[area.first_row - 1].tolist() if area.first_row <= room.values.shape[0] else []
    shown = row[area.first_column - 1 : area.last_column]
    if any(found is not None and found == title for found, title in zip(shown, table.titles, strict=False)):
        raise OutputError(
            f"{room.look.title}: the table {table.name}, which begins in {first}, was renamed or made a plain range. "
            f"Select its cells with the header and make them a table again (Insert, Table) of the name {table.name} "
            f"(Table Design, Table Name). {AGAIN.format(title=room.look.title)}"
        )


def refuse_hidden(room: Room, count: int, own: NDArray[np.bool_]) -> None:
    """Refuse to write into gaps of a page where formulas stand that cannot be seen, as they show an empty text."""
    rows, columns = room.look.last_row, room.look.last_column
    ours = covered(room.look.own, (max(rows, own.shape[0]), max(columns, own.shape[1])))
    if (own & ~ours[: own.shape[0], : own.shape[1]])[:, :columns].any():
        raise OutputError(
            f"{room.look.title}: formulas of your own ({count:,}) show nothing between or below the report's cells. "
            "It now needs more cells, and this Excel does not say where these stand. Move them to a sheet of your "
            "own, or refresh once in Excel on a computer with the add-in."
        )


def refuse_other_page(now: PageNow, heading: str, title: str) -> None:
    """Refuse to write over a sheet that no record knows and that does not begin as the page does."""
    filled = any(value is not None and value != "" for row in now.values for value in row)
    first = now.values[0] if now.values else ()
    if filled and heading and (len(first) < 2 or first[1] != heading):
        raise OutputError(
            f'The sheet "{title}" is your own, and the report needs the name for a page. Give your sheet another name.'
        )


def refuse_same_titles(room: Room, wanted: Mapping[str, PageTable]) -> None:
    """Refuse where a reader's column has the title of a column of ours that the table has not had so far."""
    for known in room.look.tables:
        area, table = room.tables.get(known.name), wanted.get(known.name)
        if area is None or table is None or area.first_row > room.values.shape[0]:
            continue
        titles = {title.casefold() for title in table.titles}
        for column in range(known.area.last_column + 1, min(area.last_column, room.values.shape[1]) + 1):
            title = room.values[area.first_row - 1, column - 1]
            if isinstance(title, str) and title.casefold() in titles:
                raise OutputError(
                    f'{room.look.title}!{column_letters(column)}{area.first_row}: your column is called "{title}", '
                    "and the report now has a column of that title beside it. Give yours another title."
                )


def refuse_cut(room: Room, wanted: Mapping[str, PageTable], needs: str, at: int, count: int) -> None:
    """Refuse where whole columns put in or taken out would go through a table that does not need the same."""
    ends = {table.name: table.area.last_column for table in room.look.tables}
    for name, area in room.tables.items():
        if name == needs or not area.first_column < at <= area.last_column:
            continue
        # between our columns and a reader's own, where this table needs columns too
        if (
            name in wanted
            and ends.get(name) == at - 1
            and wanted[name].area.last_column - at + 1 >= count > 0
        ):
            continue
        which = f"the table {needs}" if needs else "the page"
        raise OutputError(
            f"{room.look.title}: {which} needs more or fewer columns, and your own column beside the table "
            f"{needs or name} is in the way. Move it to a sheet of your own, or right of all tables of the page."
        )
