"""The template workbook: its pages with the examples of every function."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.excel.examples import function_examples
from clv_xl.report.language import speaker_of
from clv_xl.report.template import INPUT_TITLES, build_template
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.template import template_book

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.workbook.sheet import Book

__all__ = ["make_template", "whole_template"]

_SUFFIXES: Final = (".xlsx",)


def whole_template(language: str = "en") -> Book:
    """Return the book of the template, its buttons included.

    Parameters
    ----------
    language : str, default "en"
        "en", "sv", "nb" or "da".

    Raises
    ------
    ArgumentError
        For another language.

    Examples
    --------
    >>> [sheet.title for sheet in whole_template().sheets][:3]
    ['Start', 'Orders', 'Spend']
    """
    speaker = speaker_of(language)
    template = build_template(function_examples(), language)
    return template_book(template, inputs=[speaker.text(title) for title in INPUT_TITLES])


def make_template(output: Path, *, language: str = "en", replace: bool = False) -> tuple[str, ...]:
    """Write the template workbook.

    Parameters
    ----------
    output : pathlib.Path
        A name that ends in ``.xlsx``.
    language : str, default "en"
        "en", "sv", "nb" or "da": what it is written in, and the reports that are made from it.
    replace : bool, default False
        Write over a file that is there; it may be a template that somebody has filled in.

    Returns
    -------
    tuple of str
        The titles of the sheets that a reader sees.

    Raises
    ------
    OutputError
        If it cannot be written.
    UsageError
        If there is such a file, or the name ends in something else.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f'{output}: the template is an Excel workbook; let its name end in "{_SUFFIXES[0]}".'
        )
    if not output.parent.is_dir():
        raise OutputError(
            f"{output}: there is no folder {output.parent}. Make the folder, or choose another name."
        )
    if output.exists() and not replace:
        raise UsageError(
            f"{output} is there already, and may hold orders of yours. Choose another name, or write over it with "
            "--replace."
        )
    book = whole_template(language)
    # a button of a workbook without macros would do nothing: there the cell below it is the button
    plain = dataclasses.replace(
        book, sheets=tuple(dataclasses.replace(sheet, buttons=()) for sheet in book.sheets)
    )
    write_book(plain, output)
    return tuple(sheet.title for sheet in book.sheets if not sheet.hidden)
