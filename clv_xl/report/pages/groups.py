"""The page Groups: what the best customers have in common."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.report.compared_groups import standout
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.named_groups import MOST_GROUPS
from clv_xl.report.pages.group_tables import each_one, expected_table, historic_table, table_name
from clv_xl.report.pages.live import (
    as_made,
)
from clv_xl.report.words import count, number, plural
from clv_xl.said import Piece, frame, joined, live_words, quoted, say

if TYPE_CHECKING:
    from clv_xl.report.compared_groups import Standout
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Scalar

__all__ = ["gains", "groups_page", "standout_words"]

_TOLD: Final = 10
"""Groups in the table of those that differ."""


def groups_page(material: Material) -> Page:
    """Build the page that compares customers by every attribute that is known of them."""
    found = material.compared
    blocks: list[Block] = [Paragraph(lines=_how_to_read(material))]
    if left := _left_out(material):
        blocks.append(Paragraph("What is not compared", left))
    blocks += side_by_side(13, (5, _chart(material)))
    if found.attributes:
        blocks += _differing(material)
    for item in found.attributes:
        if item.expected is not None:
            blocks.append(expected_table(material, item, item.expected))
        blocks.append(historic_table(material, item))
    return Page(
        key="groups",
        title="Groups",
        heading="Groups",
        question="What do our best customers have in common?",
        blocks=tuple(blocks),
        widths=(26, 24, *(11.5,) * 13),
        notice=_notice(material),
    )


def _notice(material: Material) -> Live | None:
    """Say that intervals of historic CLV are blank once margin or cost to serve were changed."""
    if not material.compared.attributes:
        return None
    words = say(
        "Gross margin or cost to serve was changed: the intervals of historic CLV come back when the report is made "
        "again."
    )
    return as_made(material, '""', "", quoted(words))


def _how_to_read(material: Material) -> tuple[str, ...]:
    found = material.compared
    if not found.attributes:
        return (
            say(
                "Nothing is known of the customers by which they could be compared. It takes a channel, country or "
                "product in the orders, or customer data: on the sheet Customer data, or as a file with --customers."
            ),
        )
    lines = [
        say(
            "Each group is set against all other customers. That a group differs does not say why: groups differ in "
            "more than their name, such as in how long they have been customers."
        ),
        say(
            "Intervals: 95 of 100 bootstrap draws of the same customers lie between low and high. {comparisons} are "
            "made here, so a group differs only where chance would hardly make one of so many differ as much. Below "
            "{smallest} customers there is an interval, but no rank and no verdict.",
            comparisons=plural(found.comparisons, "comparison", "comparisons"),
            smallest=SMALLEST_COMPARED,
        ),
    ]
    if not material.prediction.has_value:
        lines.append(
            say("Nothing is predicted of single customers (see the page Forecast): groups show what was.")
        )
    return tuple(lines)


def _left_out(material: Material) -> tuple[str, ...]:
    found = material.compared
    lines = []
    if found.blank:
        lines.append(say("Not in the orders: {names}.", names=joined(", ", found.blank)))
    if found.alike:
        lines.append(say("The same for every customer: {names}.", names=joined(", ", found.alike)))
    if found.scattered:
        lines.append(
            say(
                "So many different values that none has {smallest} customers, or the {most} most frequent less than a "
                "tenth of all: {names}.",
                smallest=SMALLEST_COMPARED,
                most=MOST_GROUPS,
                names=joined(", ", found.scattered),
            )
        )
    lines.extend(
        say("The same customers in the same groups as in {shown}: {name}.", shown=shown, name=name)
        for name, shown in found.repeated
    )
    return tuple(lines)


def standout_words(material: Material, found: Standout) -> Piece:
    """Say which group differs most; a ratio of what is expected moves with no change of the margin."""
    item = next(item for item in material.compared.attributes if item.key == found.key)
    table = table_name(item, "expected" if found.expected else "historic")
    known = {
        "attribute": found.attribute,
        "group": Piece(f"INDEX({table}[Group],{found.place + 1})", found.group),
        "customers": count(found.customers),
        "times": number(found.times),
    }
    if found.expected:
        return live_words(
            "Customers with {attribute} {group} ({customers}) are expected to bring {times} times as much each as the "
            "rest. They differ; that need not be the reason.",
            **known,
        )
    return live_words(
        "Customers with {attribute} {group} ({customers}) have brought {times} times as much each as the rest. They "
        "differ; that need not be the reason.",
        **known,
    )


def _chart(material: Material) -> Chart | None:
    """Chart the groups of the attribute that stands out; of the first where none does."""
    found = material.compared
    if not found.attributes:
        return None
    best = standout(found) if gains(material) else None
    item = next(
        (item for item in found.attributes if best is not None and item.key == best.key), found.attributes[0]
    )
    table = table_name(item, "expected" if item.expected is not None else "historic")
    title: str | Live = say("{attribute}: no group stands out", attribute=item.title)
    if best is not None:
        group = Piece(f"INDEX({table}[Group],{best.place + 1})", best.group)
        told = live_words(
            "{attribute} {group}: {times} times the rest",
            attribute=best.attribute,
            group=group,
            times=number(best.times),
        )
        title = Live(frame("={words}", words=told.formula), told.text)
        if not best.expected:
            title = as_made(material, told.formula, told.text, quoted(say("Historic CLV by group")))
    last = item.named - 1
    what = (
        say("predicted CLV each, in {unit}, by {attribute}", unit=material.unit, attribute=item.title)
        if item.expected is not None
        else say("historic CLV each, in {unit}, by {attribute}", unit=material.unit, attribute=item.title)
    )
    return Chart(
        title=title,
        unit=what,
        kind="columns",
        categories=CellRef(table, "group", last=last),
        series=(Line("CLV each", CellRef(table, "clv", last=last), tone=0, label="values"),),
        format="money",
        legend=False,
    )


def gains(material: Material) -> bool:
    """Tell whether more orders leave more margin: else a ratio of amounts says nothing of value."""
    return not material.prediction.has_value or material.prediction.margin_share > 0


def _differing(material: Material) -> list[Block]:
    """List the groups that differ, by how many times they bring what the rest brings."""
    rows: list[tuple[float, tuple[Scalar | Live, ...]]] = []
    for item in material.compared.attributes:
        comparison = item.historic if item.expected is None else item.expected
        for at in np.flatnonzero(comparison.differs):
            mean, difference = float(comparison.mean[at]), float(comparison.difference[at])
            rest = mean - difference
            times = mean / rest if rest > 0 else nan
            rows.append(
                (
                    -abs(np.log(times)) if times > 0 else 0.0,
                    (
                        item.title,
                        item.groups[at],
                        int(item.customers[at]),
                        each_one(material, item, mean),
                        each_one(material, item, rest),
                        each_one(material, item, difference),
                        times,
                    ),
                )
            )
    if not rows:
        return [Paragraph(lines=(say("No group differs from the rest by more than chance may make."),))]
    rows.sort(key=lambda row: row[0])
    coming = material.prediction.has_value
    return [
        Table(
            name="differing_groups",
            title="Groups that differ most from the rest",
            caption=(
                say("By predicted CLV: what is still expected of each customer.")
                if coming
                else say("By historic CLV: what each customer has brought so far, before acquisition.")
            ),
            columns=(
                Column("attribute", "Attribute", "text"),
                Column("group", "Group", "text", emphasis=True),
                Column("customers", "Customers", "count"),
                Column("each", "Each", "cents"),
                Column("rest", "Rest each", "cents"),
                Column("difference", "Difference", "cents"),
                Column(
                    "times",
                    "Times the rest",
                    "ratio",
                    "Each / rest each. Not defined where the rest bring nothing.",
                ),
            ),
            rows=tuple(row for _, row in rows[:_TOLD]),
        )
    ]
