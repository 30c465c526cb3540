"""The page Summary: how are we doing, what should I do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.findings import find
from clv_xl.report.model import Cards, CellRef, Chart, Findings, Line, Live, Page, Tiles, side_by_side
from clv_xl.report.pages.cohorts import curve_chart
from clv_xl.report.pages.customers import decile_chart
from clv_xl.report.pages.forecast import changed_rate_words, no_prediction
from clv_xl.report.pages.segments import leading_segment, segment_totals
from clv_xl.report.pages.tiles import key_tiles
from clv_xl.report.words import day, month, percent, plural
from clv_xl.said import counted, frame, quoted, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["summary_page"]

MONTHS_SHOWN = 24
SEGMENTS_SHOWN = 6
"""As many bars as have room for their names, in LibreOffice too."""


def summary_page(material: Material) -> Page:
    """Build the page that a reader opens first; it prints on one sheet of paper."""
    intake = material.intake
    figures = material.figures
    blocks: list[Tiles | Findings | Cards] = [*key_tiles(material)]
    findings = find(material)
    if findings:
        blocks.append(Findings("What stands out", findings))
    blocks.extend(side_by_side(11, (3, curve_chart(material)), (2, _segment_bars(material))))
    blocks.extend(side_by_side(10, (3, _months_chart(material)), (2, decile_chart(material))))
    what = (
        say("orders less refunds") if material.parameters.refunds == "subtract" else say("refunds left out")
    )
    subtitle = say(
        "{customers}, {orders}, {first_day} to {as_of}. Amounts in {unit}, "
        "{what}{vat_taken_out}. {rows_used}",
        customers=plural(int(figures["customers_total"].now), "customer", "customers"),
        orders=plural(int(figures["orders_total"].now), "order", "orders"),
        first_day=day(intake.first_day),
        as_of=day(intake.as_of),
        unit=material.unit,
        what=what,
        vat_taken_out=say(", VAT taken out") if material.parameters.amounts_include_vat else "",
        rows_used=_rows_used(material),
    )
    return Page(
        key="summary",
        title="Summary",
        heading="Customer value",
        question=subtitle,
        blocks=tuple(blocks),
        notice=_notice(material),
        cautions=(*filter(None, (material.caution, no_prediction(material))), *material.value_cautions),
        dashboard=True,
        one_page=True,
    )


def _notice(material: Material) -> Live:
    """Warn where amounts count as margin in full because no gross margin was given, and of a changed discount rate."""
    words = (
        say(
            "Gross margin is 100%: amounts without a cost of their own count as profit in full. Set it on Parameters."
        )
        if material.has_costs
        else say(
            "Gross margin is 100%, so every CLV here is revenue, not profit. Set it on the page Parameters."
        )
    )
    shown = material.parameters.gross_margin >= 1 and material.figures["uncosted_total"].now != 0
    margin = frame('IF(AND(gross_margin>=1,uncosted_total<>0),{words},"")', words=quoted(words))
    if not material.prediction.has_value:
        return Live(frame("={margin}", margin=margin), words if shown else "")
    rate = changed_rate_words(material)
    return Live(frame('=TRIM({margin}&" "&{rate})', margin=margin, rate=rate), words if shown else "")


def _rows_used(material: Material) -> str:
    aside = sum(line.rows for line in material.intake.account if line.outcome == "set aside")
    if not aside:
        return say("All rows of the file were used.")
    return counted(
        aside, "{number} row set aside: see Data quality.", "{number} rows set aside: see Data quality."
    )


def _segment_bars(material: Material) -> Chart | None:
    if material.customers["amount"].sum() <= 0:
        return None
    totals = segment_totals(material)
    amounts = totals["amount"]
    # the segments stand in the order of their amounts: those without customers, or with more refunds than sales, last
    having, worth = int((totals["customers"] > 0).sum()), int((amounts > 0).sum())
    drawn = max(1, min(SEGMENTS_SHOWN, worth))
    last = drawn - 1
    rest = float(amounts.iloc[drawn:].sum() / amounts.sum())
    unit = (
        say("share of the amount so far, by segment")
        if drawn == having or rest < 0
        else say(
            "share of the amount so far: the {drawn} largest of {segments} segments; the others {rest}",
            drawn=drawn,
            segments=having,
            rest=percent(rest),
        )
    )
    return Chart(
        title=leading_segment(totals),
        unit=unit,
        kind="bars",
        categories=CellRef("segments", "segment", last=last),
        series=(
            Line(
                "Share of amount",
                CellRef("segments", "share", last=last),
                label="values",
                tones=(0, *[2] * last),
            ),
        ),
        format="share",
        # every bar has its name: left alone, programs skip some where names are long
        every=1,
        legend=False,
        minimum=0,
    )


def _months_chart(material: Material) -> Chart:
    months = material.months
    first = max(0, len(months) - MONTHS_SHOWN)
    recent = months.iloc[first:]
    total = float(recent["amount"].sum())
    returning = float((recent["amount"] - recent["new_amount"]).sum())
    start = recent["month"].iloc[0].date()
    title = (
        say(
            "Returning customers bring {returning} of the revenue since {start}",
            returning=percent(returning / total),
            start=month(start),
        )
        if 0 <= returning <= total and total > 0
        else "Revenue by month"
    )
    return Chart(
        title=title,
        unit=say(
            "in {unit}, by month: dark returning customers, light customers in their first month",
            unit=material.unit,
        ),
        kind="stacked columns",
        categories=CellRef("months", "month", first=first),
        series=(
            Line("Returning customers", CellRef("months", "returning_amount", first=first), tone=0),
            Line("New customers", CellRef("months", "new_amount", first=first), tone=2),
        ),
        format="money",
        every=3,
    )
