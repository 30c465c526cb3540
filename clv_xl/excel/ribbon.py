"""What the ribbon of the add-in asks of Python, besides refreshing a report."""

from __future__ import annotations

import xlwings as xw

from clv_xl.workbook.shipped import write_template

__all__ = ["new_template"]


def new_template(path: str) -> None:
    """Write a new template and open it in the Excel that asks for it.

    Parameters
    ----------
    path : str
        Where it shall stand. The add-in writes each letter as VBA counts them: one beyond U+FFFF is two halves.

    Raises
    ------
    UsageError
        If there is a file already, or the name does not end in .xlsm.
    OutputError
        If it cannot be written.
    """
    whole = path.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    written = write_template(whole)
    xw.Book.caller().app.books.open(written)
