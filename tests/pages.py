"""What stands on a page of a report, before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.report.model import Live, Paragraph, Table

if TYPE_CHECKING:
    from clv_xl.report.model import Page, Report

__all__ = ["page_of", "records", "value", "words"]


def page_of(report: Report, key: str) -> Page:
    """Return the page of a key."""
    return next(page for page in report.pages if page.key == key)


def value(cell: object) -> Any:
    """Return what a cell shows: of a formula the value that is kept with it."""
    return cell.value if isinstance(cell, Live) else cell


def records(page: Page, name: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a table and its closing rows, by what stands in the first column."""
    table = next(block for block in page.blocks if isinstance(block, Table) and block.name == name)
    keys = [column.key for column in table.columns]
    rows = (*table.rows, *filter(None, (table.part, table.total)))
    return {str(row[0]): dict(zip(keys, map(value, row), strict=True)) for row in rows}


def words(page: Page) -> str:
    """Return the paragraphs of a page as one text."""
    return " ".join(text for block in page.blocks if isinstance(block, Paragraph) for text in block.lines)
