"""The filters that a reader has set on our tables: taken off while the table is written, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xlwings as xw

__all__ = ["TakenFilter", "put_filters_back", "take_filters"]


@dataclass(frozen=True, slots=True)
class TakenFilter:
    """One condition: sheet, table, title of the column, and what xlwings says of it."""

    sheet: str
    table: str
    title: str
    condition: Any


def take_filters(sheet: xw.Sheet, tables: Iterable[str]) -> list[TakenFilter]:
    """Take the filters off some tables of a sheet, and return them.

    Excel on a desktop writes past rows that a filter hides. Where Excel is elsewhere, filters can neither be read
    nor do they hide anything from a write, so they stay on.
    """
    taken = []
    for name in tables:
        table = sheet.tables[name]
        try:
            conditions = [one for one in table.autofilter.criteria if one.type != "none"]
        except NotImplementedError:
            return []
        if not conditions:
            continue
        titles = _titles(table)
        taken += [TakenFilter(sheet.name, name, titles[one.field - 1], one) for one in conditions]
        table.autofilter.clear()
    return taken


def put_filters_back(book: xw.Book, taken: Iterable[TakenFilter]) -> list[str]:
    """Set filters again, by the titles of their columns; return a sentence for each that cannot be set."""
    lost: list[str] = []
    for one in taken:
        table = book.sheets[one.sheet].tables[one.table]
        titles = _titles(table)
        if one.title not in titles or not _apply(
            table.autofilter, titles.index(one.title) + 1, one.condition
        ):
            lost.append(
                say(
                    'The filter on "{column}" of {page} was taken off; set it again.',
                    column=one.title,
                    page=one.sheet,
                )
            )
    return lost


def _titles(table: Any) -> list[str]:
    return [str(title) for title in table.range[0, :].options(ndim=1).value]


def _apply(autofilter: Any, field: int, condition: Any) -> bool:
    """Set one condition; tell whether it is of a kind that can be set."""
    match condition.type:
        case "values" if condition.values:
            autofilter.apply_values(field, condition.values)
        case "comparison" if condition.operator:
            autofilter.apply_comparison(field, condition.operator, condition.value1, condition.value2)
        case "top_items" if condition.count:
            autofilter.apply_top_items(field, condition.count)
        case "bottom_items" if condition.count:
            autofilter.apply_bottom_items(field, condition.count)
        case "top_percent" if condition.percent is not None:
            autofilter.apply_top_percent(field, condition.percent)
        case "bottom_percent" if condition.percent is not None:
            autofilter.apply_bottom_percent(field, condition.percent)
        case _:
            return False
    return True
