"""The page Migration: were the best always the best, or did they become so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.metrics.migration import NOT_YET
from clv_xl.report.model import (
    CellRef,
    Chart,
    Column,
    Line,
    Live,
    Matrix,
    Page,
    Paragraph,
    Table,
    side_by_side,
)
from clv_xl.report.pages.customer_list import id_width
from clv_xl.report.words import count, day, percent, share
from clv_xl.said import counted, said, say

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.metrics.arguments import IntArray
    from clv_xl.report.material import Material
    from clv_xl.report.migration import Best, Migration
    from clv_xl.report.model import Block, Scalar

__all__ = ["migration_page"]

LISTED = 15
"""Customers in each of the two lists."""
_SMALLEST = 30
"""Below so many of the best, a share of them is no finding."""
_QUESTION = "Were the best always the best, or did they become so?"


def migration_page(material: Material) -> Page:
    """Build the page of segments then and now, and of who rose and fell."""
    migration = material.migration
    blocks: tuple[Block, ...] = (
        (Paragraph("Not yet", _missing(material)),)
        if migration is None
        else (
            Paragraph(lines=_findings(material, migration)),
            _best_table(material, migration),
            *side_by_side(11, (5, _chart(material, migration))),
            _matrix(migration),
            _bridge(migration),
            _moved(material, migration, up=True),
            _moved(material, migration, up=False),
        )
    )
    size = 0 if migration is None else len(migration.segments)
    return Page(
        key="migration",
        title="Migration",
        heading="Migration",
        question=_QUESTION,
        blocks=blocks,
        widths=(
            max(22.0, id_width(material)),
            18,
            18,
            *(12.0,) * max(7, size),
        ),
    )


def _missing(material: Material) -> tuple[str, ...]:
    return (
        say(
            "Nobody had ordered {months} months before {as_of}: the orders begin on {begun}, so there is no earlier "
            "day to compare with.",
            months=material.parameters.migration_months,
            as_of=day(material.intake.as_of),
            begun=day(material.intake.first_day),
        ),
        (
            "The page needs orders from before that day. For a shorter way back, set migration_months on "
            "Parameters and make the report again."
        ),
    )


def _top_segment(material: Material) -> str:
    """Return the segment of the best scores: Champions, unless the map has another name there."""
    return material.segment_map.segment(material.segment_map.bins, material.segment_map.bins)


def _findings(material: Material, migration: Migration) -> tuple[str, ...]:
    """Answer the question of the page, by segment and by amount, and say how the days were scored."""
    name = said(_top_segment(material))
    lines: list[str] = [
        _answer(
            migration.best_of_segment(_top_segment(material)),
            say("in the segment {name}", name=name),
            migration,
        ),
        _answer(migration.best_by_amount(), say("in the best tenth by amount"), migration),
        say(
            "Then is {then}, {months} months before {as_of}. Both days are scored alike, each among the customers whom "
            "the shop had by then; change migration_months on Parameters for another day.",
            then=day(migration.then),
            months=migration.months,
            as_of=day(material.intake.as_of),
        ),
    ]
    if material.intake.first_day > migration.earlier:
        lines.append(
            say(
                "The orders begin on {begun}, so the {months} months before then are not whole: below, risers "
                "are overstated and fallers understated.",
                begun=day(material.intake.first_day),
                months=migration.months,
            )
        )
    return tuple(lines)


def _answer(best: Best, group: str, migration: Migration) -> str:
    if not best.now:
        return say("Nobody is {group} today.", group=group)
    then = day(migration.then)
    if best.now < _SMALLEST:
        return counted(
            best.now,
            "{number} customer is {group} today, and {both} of them was on {then}: too few to speak of shares.",
            "{number} customers are {group} today, and {both} of them were on {then}: too few to speak of shares.",
            group=group,
            both=count(best.both),
            then=then,
        )
    part = best.both / best.now
    verdict = (
        say("Mostly yes") if part >= 0.6 else say("About half of them") if part >= 0.4 else say("Mostly not")
    )
    return say(
        "{verdict}: of the {now} customers {group} today, {both} were there on {then}, {others} were customers but not "
        "there, and {not_yet} had not ordered yet.",
        verdict=verdict,
        now=count(best.now),
        group=group,
        both=percent(part),
        then=then,
        others=percent(best.others_then / best.now),
        not_yet=percent(best.not_yet / best.now),
    )


def _best_table(material: Material, migration: Migration) -> Table:
    def row(title: str, best: Best) -> tuple[Scalar, ...]:
        return (
            title,
            best.now,
            best.both,
            best.others_then,
            best.not_yet,
            share(best.both, best.now),
            share(best.others_then, best.now),
            share(best.not_yet, best.now),
            best.then,
            share(best.both, best.then),
        )

    return Table(
        name="best_then",
        title="Today's best, and where they were then",
        caption="Best then + customers then, but not best + no order then = best today, in both rows.",
        columns=(
            Column("group", "Today's best", "text", emphasis=True, words=True),
            Column("now", "Best today", "count"),
            Column("both", "Best then", "count", "Of today's best: among the best then too."),
            Column(
                "others",
                "Customers then",
                "count",
                "Of today's best: customers then, but not among the best.",
            ),
            Column("not_yet", "No order then", "count", "Of today's best: first order after then."),
            Column(
                "both_share",
                "Share best then",
                "percent",
                "Best then / best today.",
                formula="=IF([@[Best today]]>0,[@[Best then]]/[@[Best today]],NA())",
                emphasis=True,
            ),
            Column(
                "others_share",
                "Share customers then",
                "percent",
                formula="=IF([@[Best today]]>0,[@[Customers then]]/[@[Best today]],NA())",
            ),
            Column(
                "not_yet_share",
                "Share no order then",
                "percent",
                formula="=IF([@[Best today]]>0,[@[No order then]]/[@[Best today]],NA())",
            ),
            Column("then", "All best then", "count", "Everyone who was among the best then."),
            Column(
                "stayed_share",
                "Of these best today",
                "percent",
                "Best then and today / all best then: how lasting it is to be among the best.",
                formula="=IF([@[All best then]]>0,[@[Best then]]/[@[All best then]],NA())",
            ),
        ),
        rows=(
            row(said(_top_segment(material)), migration.best_of_segment(_top_segment(material))),
            row(say("Best tenth by amount so far"), migration.best_by_amount()),
        ),
        structured=True,
    )


def _chart(material: Material, migration: Migration) -> Chart | None:
    if len(migration.segments) < 2:
        return None
    best = migration.best_of_segment(_top_segment(material))
    return Chart(
        title=say(
            "{name}: {then} then, {now} today, {both} of them on both days",
            name=said(_top_segment(material)),
            then=count(best.then),
            now=count(best.now),
            both=count(best.both),
        ),
        unit="customers by segment, then and today",
        kind="columns",
        categories=CellRef("segment_moves", "segment"),
        series=(
            Line("Then", CellRef("segment_moves", "then"), tone=5),
            Line("Today", CellRef("segment_moves", "now"), tone=0),
        ),
        format="count",
        minimum=0,
    )


def _matrix(migration: Migration) -> Matrix:
    counts, segments = migration.counts, migration.segments
    return Matrix(
        name="migration",
        title="From segment to segment",
        caption=say(
            "Rows: the segment on {then}; columns: the segment today. Each customer is counted once. The last row are "
            "those who had not ordered by then.",
            then=day(migration.then),
        ),
        row_header="Then",
        row_titles=tuple(said(name) for name in (*segments, NOT_YET)),
        leading=(
            Column("customers", "Customers", "count", "The sum of the row."),
            Column("stayed", "Same today", "percent", "Share of the row that is in the same segment today."),
        ),
        leading_values=tuple((int(row.sum()), _stayed(counts, number)) for number, row in enumerate(counts)),
        column_titles=tuple(said(name) for name in segments),
        values=tuple(tuple(int(cell) or None for cell in row) for row in counts),
        format="count",
        average=tuple(int(total) for total in counts.sum(axis=0)),
        average_title="Customers today",
        heat_from=0,
    )


def _stayed(counts: IntArray, number: int) -> float | None:
    """Return the share of a row that is where it was; None where nobody was, and for those who were not there."""
    row = counts[number]
    if number == counts.shape[1] or not row.sum():
        return None
    return float(row[number] / row.sum())


def _bridge(migration: Migration) -> Table:
    """Lead from the customers of each segment then to those of today."""
    counts = migration.counts
    square = counts[:-1]
    rows: list[tuple[Scalar, ...]] = []
    for number, name in enumerate(migration.segments):
        then, stayed = int(square[number].sum()), int(square[number, number])
        came, new = int(square[:, number].sum()) - stayed, int(counts[-1, number])
        rows.append((said(name), then, then - stayed, came, new, int(counts[:, number].sum()), 0))
    moved = int(square.sum() - square.trace())
    return Table(
        name="segment_moves",
        title="Each segment, from then to today",
        caption="Customers then - moved out to another segment + moved in from another + new since = customers today.",
        columns=(
            Column("segment", "Segment", "text", emphasis=True, words=True),
            Column("then", "Then", "count"),
            Column("left", "Moved out", "count", "Now in another segment."),
            Column("came", "Moved in", "count", "Then in another segment."),
            Column("new", "New since", "count", "First order after then."),
            Column("now", "Today", "count", emphasis=True),
            Column(
                "check",
                "Check, always 0",
                "count",
                "Then - moved out + moved in + new since - today: 0 in every row, or the table is wrong.",
                formula="=[@Then]-[@[Moved out]]+[@[Moved in]]+[@[New since]]-[@Today]",
            ),
        ),
        rows=tuple(rows),
        total=(
            "All customers",
            int(square.sum()),
            moved,
            moved,
            int(counts[-1].sum()),
            int(counts.sum()),
            Live("=SUM(segment_moves[Today])-customers_total", 0),
        ),
        structured=True,
    )


def _moved(material: Material, migration: Migration, *, up: bool) -> Table:
    """List the customers of then whose amount rose or fell most."""
    frame = migration.moved_most(LISTED, up=up)
    shown = len(frame)
    title = (
        counted(shown, "The customer who rose most", "The {number} customers who rose most")
        if up
        else counted(shown, "The customer who fell most", "The {number} customers who fell most")
    )
    span, unit = migration.months, material.unit
    caption = say(
        "Amount of the {months} months since {then} less that of the {months} months before, in {unit}; only who had "
        "ordered by then.",
        months=span,
        then=day(migration.then),
        unit=unit,
    )
    return Table(
        name="risers" if up else "fallers",
        title=title if shown else ("Customers who rose" if up else "Customers who fell"),
        caption=caption,
        columns=(
            Column("customer_id", "Customer", "text"),
            Column("segment_then", "Segment then", "text", words=True),
            Column("segment_now", "Segment today", "text", words=True),
            Column("before", "Amount before", "money", say("The {months} months up to then.", months=span)),
            Column("since", "Amount since", "money", say("The {months} months since then.", months=span)),
            Column(
                "change",
                "Change",
                "money",
                "Amount since - amount before.",
                formula="=[@[Amount since]]-[@[Amount before]]",
                emphasis=True,
            ),
            Column("amount_now", "Amount so far", "money", "All orders less refunds up to the as-of date."),
            Column(
                "first_day",
                "First order",
                "date",
                "Who first ordered shortly before then had few months before it.",
            ),
            Column("last_day", "Last order", "date"),
        ),
        rows=_listed(frame),
        structured=bool(shown),
        empty="Nobody.",
    )


def _listed(frame: pd.DataFrame) -> tuple[tuple[Scalar, ...], ...]:
    columns = [
        frame[name].tolist()
        for name in ("customer_id", "segment_then", "segment_now", "before", "since", "change", "amount_now")
    ]
    days = [[moment.date() for moment in frame[name]] for name in ("first_day", "last_day")]
    return tuple(zip(*columns, *days, strict=True))
