"""The page Start: three steps, the button, and what became of the last refresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Card, Cards, Finding, Findings, Launch, Page, Paragraph, Step, Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BUTTON_CELL", "FAILED", "NEVER", "PROGRESS_NAME", "STATUS_NAME", "start_page"]

BUTTON_CELL: Final = "Start!B14"
"""Where the button comes to stand; xlwings Server and Lite take the cell for one."""

STATUS_NAME: Final = "clv_status"
"""Defined name of the cell that says what became of the last refresh."""

PROGRESS_NAME: Final = "clv_progress"
"""Defined name of the cell that says what a refresh is doing."""

FAILED: Final = "Not refreshed"
"""How the status of a refresh begins that could not be done."""

NEVER: Final = "No report yet. Follow the three steps above."

_STEPS: Final = (
    Step(
        "Paste your orders",
        (
            "A row an order, with customer, date and amount.",
            "Type them into the yellow table, or paste a whole",
            "export over it, with its own headers.",
            "Spend and Customer data can wait.",
        ),
        "orders",
    ),
    Step(
        "Set your parameters",
        (
            "Gross margin comes first: without it every",
            "CLV is revenue, not profit.",
            "What stays blank is measured from your orders",
            "or left out.",
        ),
        "parameters",
    ),
    Step(
        "Refresh the report",
        (
            "Click the button below. All pages fill in place;",
            "a shop of 20,000 customers takes some seconds.",
            "Your own sheets, columns, formats and filters",
            "stay as they are.",
        ),
        "summary",
    ),
)

_GOOD_TO_KNOW: Final = (
    "Yellow cells with blue text are yours to fill.",
    "All other sheets are written by the refresh.",
    "Notes in a column beside the customer list stay",
    "with their customers.",
    "Functions for your own sheets stand on the",
    "page Functions: try =CLV(800, 3, 6).",
    "Nothing leaves your computer, unless your",
    "company has set up its own server.",
    "The button needs the add-in: clv-xl install, once.",
    "Without it: clv-xl refresh, with this file's name.",
)


def start_page(pages: Sequence[tuple[str, str, str]]) -> Page:
    """Build the page that a reader sees first.

    Parameters
    ----------
    pages : sequence of (key, title, question)
        The pages of the report, in order.
    """
    return Page(
        key="start",
        title="Start",
        heading="Customer value",
        question="From your orders to customer value, segments and forecasts, in three steps.",
        blocks=(
            Steps(_STEPS),
            Launch(
                button="Refresh report",
                macro="ClvTemplate.RefreshReport",
                hint="or the button in the ribbon or task pane",
                title="STATUS",
                status=NEVER,
                status_name=STATUS_NAME,
                progress_name=PROGRESS_NAME,
                failed=FAILED,
            ),
            Cards(
                (
                    Card(
                        2,
                        Findings(
                            "What you get",
                            tuple(Finding(question, key) for key, _, question in pages),
                        ),
                    ),
                    Card(1, Paragraph("Good to know", _GOOD_TO_KNOW)),
                ),
                height=len(pages) + 2,
            ),
        ),
        widths=(48, 48, 48),
        dashboard=True,
        one_page=True,
    )
