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
        _tile(material, "customers_total", "Customers", "count", _new_customers(material)),
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
        _tile(
            material, "historic_clv", "Historic CLV per customer", "money", f"{money}, so far",
            measure="first_year_margin",
        ),
        _tile(
            material, "clv_after_cac", "CLV, plain formula", "money", caption=
            Live(
                '=IF(ISNUMBER(lifespan),FIXED(margin_per_order,0)&" an order, "&'
                'FIXED(purchase_rate,1)&" a year, "&FIXED(lifespan,1)&" years",'
                f'"{NO_LIFESPAN}")',
                _clv_caption(material),
            ),
        ),
        _tile(
            material, "ltv_to_cac", "LTV:CAC", "ratio", caption=
            Live(
                '=IF(acquisition_cost>0,"target "&FIXED(target_ratio,1)&"x, CAC "&'
                'FIXED(acquisition_cost,0),"enter the acquisition cost on Parameters")',
                f"target {number(material.parameters.target_ratio)}x, CAC {count(material.parameters.acquisition_cost)}"
                if material.parameters.acquisition_cost
                else "enter the acquisition cost on Parameters",
            ),
        ),
        _tile(
            material, "payback_months", "CAC payback", "months",
            Live(
                f'=IF(acquisition_cost>0,IF(ISNUMBER(payback_months),"months",'
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


def _new_customers(material: Material) -> str:
    """Say how many customers are new; all customers of a longer history are always more."""
    new = material.figures["new_customers"]
    if new.before is not None:
        return f"{count(new.now)} new in 12 months, {count(new.before)} in the 12 before"
    return f"{count(new.now) if new.now else 'none'} of them new in the last 12 months"


def _tile(
    material: Material,
    name: str,
    title: str,
    kind: Format,
    caption: str | Live,
    *,
    points: bool = False,
    measure: str = "",
) -> Tile:
    """Return the tile of a figure with its change, or with the reason why there is none in its note.

    ``measure`` names the figure by which it is compared where it cannot be compared itself.
    """
    item = material.figures[name]
    compared = material.figures[measure] if measure else item
    why = compared.reason
    if measure and not why:
        why = f"The change compares customers at the same age. {compared.title}: {compared.how}"
    change_format: Format = "points" if points else "same age" if measure else "change"
    return Tile(
        title=title,
        value=Live(f"={name}", item.now),
        format=kind,
        caption=caption,
        note=" ".join(part for part in (item.how, "See the page Figures.", why) if part),
        change=_change(compared, points=points),
        change_format=change_format,
    )


def _change(item: Figure, *, points: bool) -> Live | None:
    """Compare with a year earlier, where that is like with like: as a share of it, or for a share in points."""
    name, now, before = item.name, item.now, item.before
    if item.reason or before is None:
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
