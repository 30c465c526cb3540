"""The template workbook: its pages with the examples of every function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.excel.examples import function_examples
from clv_xl.report.pages.template.charts import TEMPLATE_CHARTS
from clv_xl.report.template import INPUT_TITLES, build_template
from clv_xl.workbook.template import template_book

if TYPE_CHECKING:
    from clv_xl.workbook.sheet import Book

__all__ = ["whole_template"]


def whole_template() -> Book:
    """Return the book of the template, its buttons included.

    Examples
    --------
    >>> [sheet.title for sheet in whole_template().sheets][:3]
    ['Start', 'Orders', 'Spend']
    """
    return template_book(build_template(function_examples()), TEMPLATE_CHARTS, inputs=INPUT_TITLES)
