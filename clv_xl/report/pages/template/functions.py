"""The page Functions: every function for cells, with an example that works and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Column, Live, Page, Table
from clv_xl.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.model import Format, Scalar

__all__ = ["NEEDS_ORDERS", "FunctionExample", "functions_page"]


@dataclass(frozen=True, slots=True)
class FunctionExample:
    """One function, as its record in the catalogue tells it.

    ``formula`` is the example, of a function that gives a table one cell of it; ``result`` is what it gives. It is not
    ``live`` where it refers to orders that the page does not hold.
    """

    name: str
    category: str
    signature: str
    gives: str
    formula: str
    result: float | int | str
    format: Format
    live: bool = True


NEEDS_ORDERS: Final = "needs your orders"
_COLUMNS: Final = (
    Column("name", "Function", "text", emphasis=True),
    Column("gives", "What it gives", "wrapped", words=True),
    Column("signature", "How to type it", "wrapped", "What stands in [brackets] may be left out."),
    Column("example", "Example", "wrapped", "Copy it into any cell."),
    Column("result", "Result", "cents", "What the example gives."),
    Column(
        "live",
        "Live",
        "cents",
        "The same example, computed by this Excel. It shows #NAME? where the functions are not installed.",
    ),
)


def functions_page(functions: Sequence[FunctionExample]) -> Page:
    """Build the page of functions, by category."""
    categories = dict.fromkeys(function.category for function in functions)
    return Page(
        key="functions",
        title="Functions",
        heading="Functions",
        question="What can I compute in a cell of my own? The names are the same in every language of Excel.",
        blocks=tuple(
            _table(category, [function for function in functions if function.category == category])
            for category in categories
        ),
        widths=(26, 62, 46, 46, 18, 18),
    )


def _table(category: str, functions: Sequence[FunctionExample]) -> Table:
    rows: list[tuple[Scalar | Live, ...]] = [
        (
            function.name,
            function.gives,
            function.signature,
            function.formula,
            function.result,
            Live(function.formula, function.result) if function.live else said(NEEDS_ORDERS),
        )
        for function in functions
    ]
    return Table(
        name=f"functions_{category.lower()}",
        title=said(category),
        caption="",
        columns=_COLUMNS,
        rows=tuple(rows),
        row_formats=tuple((row, function.format) for row, function in enumerate(functions)),
    )
