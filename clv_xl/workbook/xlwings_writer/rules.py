"""The conditional formats of a page in an open workbook."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clv_xl.limits import column_letters
from clv_xl.workbook.xlwings_writer.open_book import is_remote, range_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xlwings as xw

    from clv_xl.workbook.live_plan import PagePlan
    from clv_xl.workbook.sheet import Area, ConditionalFormat, Sheet

__all__ = ["apply_rules"]


def apply_rules(sheet: xw.Sheet, plan: PagePlan) -> None:
    """Set the rules of a page anew where something about it has changed; else leave them to the reader."""
    if plan.rules is None:
        return
    for area in plan.rule_areas:
        _clear(range_of(sheet, area).conditional_formats, plan.before.marks)
    # a new rule goes before the others
    for rule in reversed(plan.rules):
        if rule.kind == "scale":
            _add_scale(sheet, rule, plan.sheet)
        elif rule.kind == "bars":
            range_of(sheet, rule.area).conditional_formats.add_data_bar(f"#{rule.colours[0]}", gradient=False)
        else:
            _add_expression(sheet, rule)


def _clear(formats: Any, marks: Iterable[str]) -> None:
    """Take out the rules that look like ours; all, where this Excel does not tell them or none is recorded."""
    ours = set(marks)
    try:
        found = list(formats)
    except NotImplementedError:
        found = []
        ours.clear()
    if not ours:
        formats.clear()
    for rule in reversed(found):
        if _mark(rule) in ours:
            rule.delete()


def _mark(rule: Any) -> str:
    """Return what a rule of Excel's looks like, as :func:`~clv_xl.workbook.remembered.rule_mark` says it."""
    if rule.type == "custom":
        colours = (_hex(rule.font_color), _hex(rule.fill_color))
        return " ".join((rule.type, *colours, "bold" if rule.font_bold else "plain"))
    if rule.type == "color_scale":
        return " ".join((rule.type, *map(_hex, rule.colors)))
    return f"{rule.type} {_hex(rule.bar_color)}" if rule.type == "data_bar" else str(rule.type)


def _hex(colour: tuple[int, int, int] | None) -> str:
    return "-" if colour is None else "".join(f"{part:02x}" for part in colour)


def _add_expression(sheet: xw.Sheet, rule: ConditionalFormat) -> None:
    area = rule.area
    cells = range_of(sheet, area)
    formula = rule.formula or ""
    if (area.first_row, area.first_column) == (area.last_row, area.last_column):
        # Excel on a desktop counts a relative address from whatever cell is selected
        here = f"{column_letters(area.first_column)}{area.first_row}"
        formula = formula.replace(here, f"${column_letters(area.first_column)}${area.first_row}")
    elif not is_remote(sheet.book):
        sheet.activate()
        cells[0, 0].select()
    colours: dict[str, Any] = {
        name: f"#{value}"
        for name, value in (("font_color", rule.colour), ("fill_color", rule.fill))
        if value is not None
    }
    if rule.bold is not None:
        colours["font_bold"] = rule.bold
    cells.conditional_formats.add_custom(f"={formula}", **colours)


def _add_scale(sheet: xw.Sheet, rule: ConditionalFormat, page: Sheet) -> None:
    """Lay one colour scale over all areas of a rule.

    A rule set from outside takes one area only, so each gets its own, from the lowest to the highest figure of
    all: the same figure has the same colour everywhere.
    """
    areas = (rule.area, *rule.more)
    colours = [f"#{colour}" for colour in rule.colours]
    figures = sorted(_figures(page, areas))
    if len(areas) == 1 or len(figures) < 2 or figures[0] == figures[-1]:
        for area in areas:
            range_of(sheet, area).conditional_formats.add_color_scale(colours)
        return
    ends = [figures[0], figures[-1]]
    if len(colours) == 3:
        ends.insert(1, figures[len(figures) // 2])
    if any(low >= high for low, high in pairwise(ends)):
        ends = [figures[0], (figures[0] + figures[-1]) / 2, figures[-1]][: len(colours)]
    for area in areas:
        range_of(sheet, area).conditional_formats.add_color_scale(
            colours, thresholds=ends, threshold_type="number"
        )


def _figures(page: Sheet, areas: Iterable[Area]) -> list[float]:
    """Return the numbers that stand in some areas, those of formulas included."""
    cells = {(cell.row, cell.column): getattr(cell.value, "cached", cell.value) for cell in page.cells}
    values = (
        cells.get((row, column))
        for area in areas
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    )
    return [
        float(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    ]
