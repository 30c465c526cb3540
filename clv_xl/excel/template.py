"""Write the template workbook."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.excel.examples import function_examples
from clv_xl.report.pages.template.charts import TEMPLATE_CHARTS
from clv_xl.report.template import INPUT_TITLES, build_template
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.template import template_book

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.workbook.sheet import Book

__all__ = ["make_template", "whole_template"]

_SUFFIXES: Final = (".xlsx",)  # with macros: (".xlsx", ".xlsm")


def whole_template() -> Book:
    """Return the book of the template, its buttons included.

    Examples
    --------
    >>> [sheet.title for sheet in whole_template().sheets][:3]
    ['Start', 'Orders', 'Spend']
    """
    return template_book(build_template(function_examples()), TEMPLATE_CHARTS, inputs=INPUT_TITLES)


def make_template(output: Path) -> None:
    """Write the template workbook.

    Parameters
    ----------
    output : pathlib.Path
        A name that ends in ``.xlsx``; a file that is there is replaced in one step.

    Raises
    ------
    OutputError
        If the file cannot be written.
    UsageError
        If the name ends in something else.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f'{output}: the template is an Excel workbook; let its name end in "{_SUFFIXES[0]}".'
        )
    if not output.parent.is_dir():
        raise OutputError(
            f"{output}: there is no folder {output.parent}. Make the folder, or choose another name."
        )
    book = whole_template()
    # a button of a workbook without macros would do nothing: there the cell below it is the button
    plain = replace(book, sheets=tuple(replace(sheet, buttons=()) for sheet in book.sheets))
    write_book(plain, output)
