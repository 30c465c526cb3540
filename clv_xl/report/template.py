"""Builds the template: the pages that a reader fills in, and the report's pages, still empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from clv_xl.report.language import LANGUAGES, in_language_of, speaker_of
from clv_xl.report.model import Report
from clv_xl.report.pages.template.empty import EMPTY_PAGES, empty_pages
from clv_xl.report.pages.template.functions import functions_page
from clv_xl.report.pages.template.settings import parameters_page, segment_map_page
from clv_xl.report.pages.template.sheets import customer_data_page, orders_page, spend_page
from clv_xl.report.pages.template.start import start_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clv_xl.report.pages.template.functions import FunctionExample

__all__ = ["INPUT_TITLES", "build_template", "titled_as"]

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


def build_template(functions: Sequence[FunctionExample], language: str = "en") -> Report:
    """Write every page of the template.

    Parameters
    ----------
    functions : sequence of FunctionExample
        The functions for cells, in the order in which they are listed.
    language : str, default "en"
        What its pages are written in, and the report that is made from it.
    """
    template = Report(
        title="Customer value",
        as_of=_MADE,
        pages=(
            start_page(EMPTY_PAGES),
            orders_page(),
            spend_page(),
            customer_data_page(),
            parameters_page(language),
            segment_map_page(),
            functions_page(functions),
            *empty_pages(),
        ),
    )
    return in_language_of(template, language)


def titled_as(report: Report, titles: Iterable[str]) -> Report:
    """Return a report whose pages are called as the sheets of a workbook, where these are called in another language.

    So a workbook keeps its sheets when its reader asks for another language: their contents change, not their names.

    Parameters
    ----------
    report : Report
        In any language.
    titles : iterable of str
        The sheets that are there.
    """
    there = set(titles)
    english = {"parameters": "Parameters"} | {key: title for key, title, _ in EMPTY_PAGES}
    pages = []
    for page in report.pages:
        words = (speaker_of(code).text(english.get(page.key, page.title)) for code in ("en", *LANGUAGES))
        known = (word for word in (page.title, *words) if word in there)
        pages.append(replace(page, title=next(known, page.title)))
    return replace(report, pages=tuple(pages))
