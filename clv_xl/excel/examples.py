"""A worked example of each cell function for the template, made from its record in the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from clv_xl.excel.registry import functions
from clv_xl.report.pages.template.functions import FunctionExample
from clv_xl.said import said, say

if TYPE_CHECKING:
    from clv_xl.metrics.record import Metric
    from clv_xl.report.model import Format

__all__ = ["function_examples"]

_FORMATS: Final[dict[str, Format]] = {
    "currency": "cents",
    "ratio": "ratio",
    "share": "percent",
    "years": "years",
    "months": "months",
    "days": "days",
    "count": "count",
    "score": "count",
}
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 # Excel knows no time zones


def function_examples() -> tuple[FunctionExample, ...]:
    """Return an example of every cell function, in the order of the catalogue.

    Of a function that fills a table the example shows one cell: a formula that spills cannot be written into a
    file for every Excel.

    Examples
    --------
    >>> first = function_examples()[0]
    >>> first.name, first.formula, first.result
    ('CLV', '=CLV(800, 3, 6)', 14400.0)
    """
    return tuple(_example(function.record) for function in functions())


def _example(record: Metric) -> FunctionExample:
    result: Any = record.example_result
    formula = record.example
    gives = say("{title}: {formula}.", title=said(record.title), formula=said(record.formula))
    form = _FORMATS.get(record.unit, "decimal")
    if isinstance(result, tuple):
        columns = len(result[0])
        gives += (
            say(" Fills {columns} columns; the example shows one cell.", columns=columns)
            if record.needs_orders
            else say(
                " Fills {rows} rows and {columns} columns; the example shows one cell.",
                rows=len(result),
                columns=columns,
            )
        )
        row, column = _telling_cell(result)
        formula = f"=INDEX({formula[1:]}, {row + 1}, {column + 1})"
        result = result[row][column]
        form = _format_of(result)
    if isinstance(result, datetime):
        result = (result - _DAY_ZERO).days
    if not isinstance(result, str | int | float):
        message = f"the example of {record.name} has no result that a cell can hold: {result!r}"
        raise TypeError(message)
    return FunctionExample(
        record.name,
        record.category,
        record.signature,
        gives,
        formula,
        result,
        form,
        live=not record.needs_orders,
    )


def _telling_cell(rows: tuple[tuple[object, ...], ...]) -> tuple[int, int]:
    """Return the last cell of a table that holds a figure other than 0, row and column from 0."""
    places = [(row, column) for row in range(1, len(rows)) for column in range(len(rows[0]))]
    figures = [place for place in places if isinstance(rows[place[0]][place[1]], int | float)]
    told = [place for place in figures if rows[place[0]][place[1]]]
    return (told or figures or places)[-1]


def _format_of(value: Any) -> Format:  # a cell of a table
    if isinstance(value, datetime):
        return "date"
    return "count" if isinstance(value, int) else "cents"
