"""The rows of a long table, made and compressed before the rest of the workbook, and where there is a core for it.

They depend on their own sheet alone: on the values, on where the table stands, and on the numbers of the looks of its
columns. So these looks get the first numbers of a workbook. Most rows are made ahead, and the last ones where the
workbook is made: it would wait for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from openpyxl import Workbook

from clv_xl.workbook.cell_styles import CellStyles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clv_xl.workbook.sheet import Bulk, Sheet
    from clv_xl.workbook.squeezed import SqueezedRun

__all__ = ["AskedRows", "RowsAhead", "asked_rows", "number_columns", "parted"]

_LONG: Final = 50_000  # rows
_AHEAD: Final = 0.8  # of all rows: meanwhile whoever waits for them makes the other pages too


class AskedRows(NamedTuple):
    """The rows of a sheet, and the numbers of the looks of their columns."""

    bulk: Bulk
    sheet: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowsAhead:
    """Rows that were begun, and what gives them."""

    asked: AskedRows
    result: Callable[[], SqueezedRun]

    def fits(self, sheet: Sheet, numbers: tuple[int, ...]) -> bool:
        """Tell whether these are the rows of a sheet.

        The values are not compared but for the first column: whoever asked took them from the same figures.
        """
        return (
            sheet.bulk is not None
            and (sheet.title, numbers) == (self.asked.sheet, self.asked.numbers)
            and _shape(parted(sheet.bulk)[0]) == _shape(self.asked.bulk)
        )


def _shape(bulk: Bulk) -> tuple[object, ...]:
    """Return all that decides on the rows but the values of the later columns."""
    columns = [(column.title, column.kind, column.formula, column.style) for column in bulk.columns]
    return bulk.row, bulk.column, bulk.rows, columns, list(bulk.columns[0].values)


def asked_rows(sheets: Iterable[Sheet]) -> AskedRows | None:
    """Return what is to be made ahead of some sheets of a workbook: of the first long table of all, the first part.

    Parameters
    ----------
    sheets : iterable of Sheet
        Of these sheets of the workbook, at least the first that has a long table.
    """
    styles = CellStyles(Workbook())
    for sheet in sheets:
        if sheet.bulk is not None:
            return AskedRows(parted(sheet.bulk)[0], sheet.title, number_columns(sheet.bulk, styles))
    return None


def parted(bulk: Bulk) -> tuple[Bulk, ...]:
    """Return a table in the parts in which its rows are compressed, whoever makes them: a long one in two.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Bulk, BulkColumn, Style
    >>> orders = BulkColumn("orders", "integer", range(100_000), Style())
    >>> [(part.row, part.rows) for part in parted(Bulk("Customers", 1, 1, (orders,), Style()))]
    [(1, 80000), (80001, 20000)]
    """
    if bulk.rows < _LONG:
        return (bulk,)
    cut = int(bulk.rows * _AHEAD)
    return tuple(
        replace(
            bulk,
            row=bulk.row + start,
            columns=tuple(replace(column, values=column.values[start:stop]) for column in bulk.columns),
        )
        for start, stop in ((0, cut), (cut, bulk.rows))
    )


def number_columns(bulk: Bulk, styles: CellStyles) -> tuple[int, ...]:
    """Return the numbers of the looks of a table's columns; asked for first of all, they are the same everywhere."""
    return tuple(styles.number(column.style) for column in bulk.columns)
