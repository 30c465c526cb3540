"""The input sheets of the template, by their titles, and what tells a template from other workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.template_words import in_english

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CUSTOMER_DATA", "ORDERS", "PARAMETER_SHEET", "SEGMENT_MAP", "SPEND", "is_report", "is_template"]

ORDERS: Final = "Orders"
SPEND: Final = "Spend"
CUSTOMER_DATA: Final = "Customer data"
PARAMETER_SHEET: Final = "Parameters"
SEGMENT_MAP: Final = "Segment map"

_OF_TEMPLATES: Final = frozenset(("Start", SPEND, CUSTOMER_DATA, SEGMENT_MAP))
_OF_REPORTS: Final = frozenset(("Summary", "Data quality", "Method"))


def is_template(titles: Iterable[str]) -> bool:
    """Tell whether these are the sheets of a filled template, whatever their order, language and what else is there.

    Examples
    --------
    >>> is_template(["My notes", "Orders", "parameters", "Segment map"]), is_template(["Orders", "Parameters"])
    (True, False)
    """
    there = {in_english(title) for title in titles}
    return {ORDERS, PARAMETER_SHEET} <= there and bool(_OF_TEMPLATES & there)


def is_report(titles: Iterable[str]) -> bool:
    """Tell whether these are the sheets of a report that was made beside its inputs: a template has such pages too.

    Examples
    --------
    >>> is_report(["Summary", "Data quality", "Method"]), is_report(["Start", "Summary", "Data quality", "Method"])
    (True, False)
    """
    there = {in_english(title) for title in titles}
    return there >= _OF_REPORTS and not _OF_TEMPLATES & there
