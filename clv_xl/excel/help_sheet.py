"""The list of functions as a sheet: what "Functions help" of the ribbon opens, with or without Python."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.excel.registry import functions
from clv_xl.workbook.sheet import Area, Cell, PrintSetup, Sheet, TableArea
from clv_xl.workbook.styles import BODY, HEADER, QUESTION, TITLE, plain

if TYPE_CHECKING:
    from clv_xl.excel.registry import CellFunction

__all__ = ["help_sheet"]

_HEADERS: Final = ("Function", "How it is typed", "What it gives", "Its arguments", "Example")
_WIDTHS: Final = (24, 38, 52, 70, 34)
_FIRST: Final = 5  # the row of the header
_LINE: Final = 13.5  # points
_NAME: Final = plain(bold=True, vertical="top")
_TEXT: Final = replace(BODY, wrap=True, vertical="top")


def help_sheet(title: str) -> Sheet:
    """Return a sheet with every cell function, in the order of the catalogue.

    Examples
    --------
    >>> sheet = help_sheet("Functions")
    >>> [cell.value for cell in sheet.cells if cell.row == 7][:2]
    ['CLV_HISTORIC', 'CLV_HISTORIC(amounts, [gross_margin], [acquisition_cost], [service_cost])']
    """
    listed = functions()
    cells = [
        Cell(1, 1, "Functions of clv_xl", TITLE),
        Cell(2, 1, "They are typed into a cell like any function of Excel; the names are the same in every language.",
             QUESTION),
        Cell(3, 1, "Arguments in [brackets] may be left out. #N/A: no figure. #NUM!: an impossible number. "
                   "#VALUE!: not a number, or columns of different length.", QUESTION),
        *(Cell(_FIRST, column, header, HEADER) for column, header in enumerate(_HEADERS, 1)),
    ]  # fmt: skip
    heights = []
    for row, function in enumerate(listed, _FIRST + 1):
        texts = _texts(function)
        cells += [
            Cell(row, column, text, _NAME if column == 1 else _TEXT) for column, text in enumerate(texts, 1)
        ]
        heights.append((row, _LINE * max(map(_lines, texts, _WIDTHS))))
    last = _FIRST + len(listed)
    return Sheet(
        title,
        tuple(cells),
        column_widths=tuple(enumerate(_WIDTHS, 1)),
        row_heights=tuple(heights),
        tables=(TableArea("Functions", Area(_FIRST, 1, last, len(_HEADERS)), _HEADERS),),
        freeze=(_FIRST + 1, 2),
        print_setup=PrintSetup(repeat_rows=(_FIRST, _FIRST)),
    )


def _texts(function: CellFunction) -> tuple[str, ...]:
    arguments = "\n".join(f"{item.name}: {item.help}" for item in function.arguments)
    return function.name, function.record.signature, function.help, arguments, function.example


def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes at most, in a font a little smaller than that of the width."""
    return sum(1 + len(line) // int(width * 1.1) for line in text.split("\n"))
