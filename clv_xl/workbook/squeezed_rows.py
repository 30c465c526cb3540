"""The rows of a long table, made and compressed: without openpyxl, so that another process is ready for it soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.workbook.bulk_rows import BulkRows
from clv_xl.workbook.squeezed import SqueezedRun

if TYPE_CHECKING:
    from clv_xl.workbook.sheet import Bulk

__all__ = ["squeezed_rows"]


def squeezed_rows(bulk: Bulk, sheet: str, numbers: tuple[int, ...]) -> SqueezedRun:
    """Make the rows of a long table, and compress them.

    Parameters
    ----------
    bulk, sheet, numbers
        As in :class:`~clv_xl.workbook.rows_ahead.AskedRows`.

    Raises
    ------
    LimitError, TypeError
        As :class:`~clv_xl.workbook.bulk_rows.BulkRows` does.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Bulk, BulkColumn, Style
    >>> orders = BulkColumn("orders", "integer", [3], Style())
    >>> rows = squeezed_rows(Bulk("Customers", 1, 1, (orders,), Style()), "Customers", (7,))
    >>> rows.blocks[0].length == len('<row r="2"><c r="A2" s="7"><v>3</v></c></row>')
    True
    """
    known = dict(zip((column.style for column in bulk.columns), numbers, strict=True))
    return SqueezedRun.of(BulkRows(bulk, sheet, known.__getitem__).chunks())
