"""A small template: what the button, the names and the input sheets need, without the report's pages."""

from __future__ import annotations

from datetime import date
from typing import Final

from clv_xl.workbook.sheet import Area, Book, Button, Cell, Name, Sheet, TableArea
from clv_xl.workbook.styles import BODY, CAPTION, HEADER, HEADING, INPUT, QUESTION, TITLE

__all__ = ["template_book"]

_INPUTS: Final = {
    "Orders": ("Orders", ("customer_id", "order_date", "amount", "order_id", "cost")),
    "Spend": ("Spend", ("month", "channel", "spend")),
    "Customer data": ("CustomerData", ("customer_id", "channel", "country", "first_product")),
}
_STEPS: Final = (
    "1.  Paste your orders into the sheet Orders.",
    "2.  Set the gross margin and the lifespan on the sheet Parameters.",
    "3.  Click the button.",
)


def template_book() -> Book:
    """Return the book of the template."""
    cells = [
        Cell(1, 2, "Customer value", TITLE),
        Cell(2, 2, "Three steps from orders to a report.", QUESTION),
    ]
    cells += [Cell(row, 2, step, BODY) for row, step in enumerate(_STEPS, 4)]
    cells += [
        Cell(12, 2, "Status", HEADING),
        Cell(13, 2, "Not refreshed yet.", BODY),
        Cell(14, 2, "", CAPTION),
    ]
    start = Sheet(
        "Start",
        tuple(cells),
        column_widths=((1, 3), (2, 60)),
        buttons=(Button(Area(8, 2, 9, 2), "Refresh report", "ClvTemplate.RefreshReport"),),
    )
    inputs = tuple(_input(title, *table) for title, table in _INPUTS.items())
    names = (
        Name("clv_status", "Start", Area(13, 2, 13, 2), "What the last refresh did"),
        Name("clv_progress", "Start", Area(14, 2, 14, 2), "What a refresh is doing now"),
    )
    return Book("Customer value", date(2025, 1, 1), (start, *inputs), names)


def _input(title: str, table: str, headers: tuple[str, ...]) -> Sheet:
    cells = [Cell(1, column, header, HEADER) for column, header in enumerate(headers, 1)]
    cells += [Cell(2, column, None, INPUT) for column in range(1, len(headers) + 1)]
    return Sheet(
        title,
        tuple(cells),
        column_widths=tuple((column, 16) for column in range(1, len(headers) + 1)),
        tables=(TableArea(table, Area(1, 1, 2, len(headers)), headers),),
        freeze=(2, 1),
    )
