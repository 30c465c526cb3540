"""The page Summary: how are we doing, what should I do."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.findings import find
from clv_xl.report.key_figures import BEFORE
from clv_xl.report.model import Cards, CellRef, Chart, Findings, Line, Live, Page, Tile, Tiles, side_by_side
from clv_xl.report.pages.cohorts import curve_chart
from clv_xl.report.pages.customers import decile_chart
from clv_xl.report.pages.segments import leading_segment
from clv_xl.report.words import count, day, month, number, percent

if TYPE_CHECKING:
    from clv_xl.report.key_figures import Figure
    from clv_xl.report.material import Material
    from clv_xl.report.model import Format

__all__ = ["summary_page"]

MONTHS_SHOWN = 24
NO_LIFESPAN = "the orders are too few days to measure a lifespan"


def summary_page(material: Material) -> Page:
    """Build the page that a reader opens first; it prints on one sheet of paper."""
    intake = material.intake
    figures = material.figures
    blocks: list[Tiles | Findings | Cards] = [*_tiles(material)]
    findings = find(material)
    if findings:
        blocks.append(Findings("What stands out", findings))
    blocks.extend(side_by_side(14, (3, curve_chart(material)), (2, _segment_bars(material))))
    blocks.extend(side_by_side(14, (3, _months_chart(material)), (2, decile_chart(material))))
    what = "orders less refunds" if material.parameters.refunds == "subtract" else "refunds left out"
    subtitle = (
        f"{count(figures['customers_total'].now)} customers, {count(figures['orders_total'].now)} orders, "
        f"{day(intake.first_day)} to {day(intake.as_of)}. Amounts in {material.unit}, {what}"
        f"{', VAT taken out' if material.parameters.amounts_include_vat else ''}. "
        f"{_rows_used(material)}"
    )
    return Page(
        key="summary",
        title="Summary",
        heading="Customer value",
        question=subtitle,
        blocks=tuple(blocks),
        notice=_margin_notice(material),
        dashboard=True,
        one_page=True,
    )


def _margin_notice(material: Material) -> Live:
    """Warn where amounts count as margin in full because no gross margin was given."""
    words = (
        "Gross margin is 100 %: amounts without a cost of their own count as profit in full. Set it on Parameters."
        if material.has_costs
        else "Gross margin is 100 %, so every CLV here is revenue, not profit. Set it on the page Parameters."
    )
    shown = material.parameters.gross_margin >= 1 and material.figures["uncosted_total"].now != 0
    return Live(f'=IF(AND(gross_margin>=1,uncosted_total<>0),"{words}","")', words if shown else "")


def _rows_used(material: Material) -> str:
    aside = sum(line.rows for line in material.intake.account if line.outcome == "set aside")
    if not aside:
        return "All rows of the file were used."
    return f"{count(aside)} rows set aside: see Data quality."


def _tiles(material: Material) -> tuple[Tiles, Tiles]:
    figures = material.figures
    window = material.now.active_days
    money = material.unit
    net = material.parameters.refunds == "subtract"
    year = f"{money}, {'orders less refunds' if net else 'refunds left out'}"
    first = (
        _tile(material, "customers_total", "Customers", "count", "all with an order so far"),
        _tile(
            material, "active_customers", "Active customers", "count",
            Live(
                f'=TEXT(active_customers/customers_total,"0%")&" ordered within {window} days"',
                f"{number(100 * figures['active_customers'].now / figures['customers_total'].now, 0)}% ordered "
                f"within {window} days",
            ),
        ),
        _tile(material, "amount_year", "Revenue, last 12 months", "money", year),
        _tile(material, "avg_order_value", "Average order value", "money", f"{money}, last 12 months"),
        _tile(material, "purchase_rate", "Orders a year", "decimal", "per customer while active"),
    )  # fmt: skip
    second = (
        _tile(material, "retention", "Retention", "percent", "of those active a year ago", points=True),
        _tile(material, "historic_clv", "Historic CLV per customer", "money", f"{money}, so far"),
        _tile(
            material, "clv_after_cac", "CLV, plain formula", "money", compare=False, caption=
            Live(
                '=IF(ISNUMBER(lifespan),FIXED(margin_per_order,0)&" an order, "&'
                'FIXED(purchase_rate,1)&" a year, "&FIXED(lifespan,1)&" years",'
                f'"{NO_LIFESPAN}")',
                _clv_caption(material),
            ),
        ),
        _tile(
            material, "ltv_to_cac", "LTV:CAC", "ratio", compare=False, caption=
            Live(
                f'=IF({material.cac_name}>0,"target "&FIXED(target_ratio,1)&"x, CAC "&'
                f'FIXED({material.cac_name},0),"enter the acquisition cost on Parameters")',
                f"target {number(material.parameters.target_ratio)}x, CAC {count(material.parameters.acquisition_cost)}"
                if material.parameters.acquisition_cost
                else "enter the acquisition cost on Parameters",
            ),
        ),
        _tile(
            material, "payback_months", "CAC payback", "months",
            Live(
                f'=IF({material.cac_name}>0,IF(ISNUMBER(payback_months),"months",'
                f'"not within {len(material.curve.ages)} months"),"enter the acquisition cost on Parameters")',
                _payback_caption(material),
            ),
        ),
    )  # fmt: skip
    return Tiles(first), Tiles(second)


def _clv_caption(material: Material) -> str:
    figures = material.figures
    if isnan(figures["lifespan"].now):
        return NO_LIFESPAN
    return (
        f"{count(figures['margin_per_order'].now)} an order, {number(figures['purchase_rate'].now)} a year, "
        f"{number(figures['lifespan'].now)} years"
    )


def _payback_caption(material: Material) -> str:
    if not material.parameters.acquisition_cost:
        return "enter the acquisition cost on Parameters"
    value = material.figures["payback_months"].now
    return f"not within {len(material.curve.ages)} months" if isnan(value) else "months"


def _tile(
    material: Material,
    name: str,
    title: str,
    kind: Format,
    caption: str | Live,
    *,
    points: bool = False,
    compare: bool = True,
) -> Tile:
    """Return the tile of a figure; without ``compare`` where a longer history alone would make it grow."""
    item = material.figures[name]
    return Tile(
        title=title,
        value=Live(f"={name}", item.now),
        format=kind,
        caption=caption,
        note=f"{item.how} See the page Figures.",
        change=_change(item, points=points) if compare else None,
        change_format="points" if points else "change",
    )


def _change(item: Figure, *, points: bool) -> Live | None:
    """Compare with a year earlier: as a share of it, or for a share in points."""
    name, now, before = item.name, item.now, item.before
    if before is None:
        return None
    if points:
        return Live(f"={name}-{name}{BEFORE}", now - before)
    change = now / before - 1 if before > 0 else float("nan")
    return Live(f"=IF({name}{BEFORE}>0,{name}/{name}{BEFORE}-1,NA())", change)


def _segment_bars(material: Material) -> Chart:
    return Chart(
        title=leading_segment(material),
        unit="share of the amount so far, by segment",
        kind="bars",
        categories=CellRef("segments", "segment", last=7),
        series=(
            Line(
                "Share of amount", CellRef("segments", "share", last=7), label="values", tones=(0, *[2] * 7)
            ),
        ),
        format="share",
        legend=False,
        minimum=0,
    )


def _months_chart(material: Material) -> Chart:
    months = material.months
    first = max(0, len(months) - MONTHS_SHOWN)
    recent = months.tail(12)
    total = float(recent["amount"].sum())
    returning = float((recent["amount"] - recent["new_amount"]).sum())
    start = recent["month"].iloc[0].date()
    title = (
        f"Returning customers bring {percent(returning / total)} of the revenue since {month(start)}"
        if 0 <= returning <= total and total > 0
        else "Revenue by month"
    )
    return Chart(
        title=title,
        unit=f"{material.unit} a month: dark returning customers, light customers in their first month",
        kind="stacked columns",
        categories=CellRef("months", "month", first=first),
        series=(
            Line("Returning customers", CellRef("months", "returning_amount", first=first), tone=0),
            Line("New customers", CellRef("months", "new_amount", first=first), tone=2),
        ),
        format="money",
        every=3,
    )
