"""Builds the template: the pages that a reader fills in, and the report's pages, still empty."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Report
from clv_xl.report.pages.template.empty import EMPTY_PAGES, empty_pages
from clv_xl.report.pages.template.functions import functions_page
from clv_xl.report.pages.template.settings import parameters_page, segment_map_page
from clv_xl.report.pages.template.sheets import customer_data_page, orders_page, spend_page
from clv_xl.report.pages.template.start import start_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.pages.template.functions import FunctionExample

__all__ = ["INPUT_TITLES", "build_template"]

INPUT_TITLES: Final = (
    "Start",
    "Orders",
    "Spend",
    "Customer data",
    "Parameters",
    "Segment map",
    "Functions",
)
"""Titles of the pages that a refresh reads or leaves alone; all others it writes."""

_MADE: Final = date(2025, 1, 1)  # any day, always the same: the template does not change with the calendar


def build_template(functions: Sequence[FunctionExample]) -> Report:
    """Write every page of the template.

    Parameters
    ----------
    functions : sequence of FunctionExample
        The functions for cells, in the order in which they are listed.
    """
    return Report(
        title="Customer value",
        as_of=_MADE,
        pages=(
            start_page(EMPTY_PAGES),
            orders_page(),
            spend_page(),
            customer_data_page(),
            parameters_page(),
            segment_map_page(),
            functions_page(functions),
            *empty_pages(),
        ),
    )
