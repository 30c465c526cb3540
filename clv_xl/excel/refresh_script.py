"""Refresh report as a script of xlwings Server and xlwings Lite: a button of the task pane, or of the sheet Start."""

from __future__ import annotations

import xlwings as xw  # the hosts read the type of the argument when they call the script

from clv_xl.report.pages.template.start import BUTTON_CELL

__all__ = ["refresh_report"]


@xw.script(name="Refresh report", button=BUTTON_CELL)
def refresh_report(book: xw.Book) -> None:
    """Refresh the report of the workbook that is open."""
    # pandas and DuckDB are not there in every workbook of xlwings Lite, and the functions come without them
    from clv_xl.excel.refresh import refresh  # noqa: PLC0415

    refresh(book)
