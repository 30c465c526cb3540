"""The report's pages before the first report: their question, and how to get the answer."""

from __future__ import annotations

from typing import Final

from clv_xl.report.model import Page, Paragraph

__all__ = ["EMPTY_PAGES", "empty_pages"]

_MONEY = (15.0,) * 7
_AGES = (8.5,) * 12

# key, title, heading, question, widths, and whether it is a dashboard; widths as those of the usual report
_PAGES: Final[tuple[tuple[str, str, str, str, tuple[float, ...], bool], ...]] = (
    ("summary", "Summary", "Customer value", "How are we doing, and what should I do?", (), True),
    (
        "customers",
        "Customers",
        "Customers",
        "Who are the best, and how much rests on them?",
        (24, 19, 14, *(14.0,) * 7),
        False,
    ),
    (
        "customer_list",
        "Customer list",
        "Customer list",
        "Where is everyone? Filter by any column.",
        (16, 18, *(13.0,) * 13),
        False,
    ),
    ("segments", "Segments", "Segments", "Whom do I write to, with what?", (22, *_MONEY, 62), False),
    (
        "cohorts",
        "Cohorts",
        "Cohorts",
        "Do newer customers come back?",
        (16, 12, *(11.0,) * 8, *_AGES),
        False,
    ),
    (
        "figures",
        "Figures",
        "Figures",
        "Where does each key figure come from?",
        (46, 17, 17, 25, 22, 84),
        False,
    ),
    (
        "data_quality",
        "Data quality",
        "Data quality",
        "Can I trust it? Every row, and what became of it.",
        (30, 58, 15, 34, 19, 19, 66),
        False,
    ),
    ("method", "Method", "Method", "Where does a number come from?", (32, 24, 25, 70, 32, 60), False),
)

EMPTY_PAGES: Final = tuple((key, title, question) for key, title, _, question, _, _ in _PAGES)
"""Key, title and question of each page of the report, in order."""


def empty_pages() -> tuple[Page, ...]:
    """Build the report's pages as they are before the first refresh."""
    return tuple(
        Page(
            key=key,
            title=title,
            heading=heading,
            question=question,
            blocks=(Paragraph(lines=("Nothing here yet. Click Refresh report on the sheet Start.",)),),
            widths=widths,
            dashboard=dashboard,
            one_page=dashboard,
        )
        for key, title, heading, question, widths, dashboard in _PAGES
    )
