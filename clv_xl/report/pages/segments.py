"""The page Segments: whom to write to, with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.metrics.activity import TIERS
from clv_xl.metrics.rfm import fm_score, often_but_small, seldom_but_large
from clv_xl.metrics.segments import segment_named
from clv_xl.report.model import Card, Cards, CellRef, Chart, Column, Grid, Line, Live, Page, Table
from clv_xl.report.pages.live import HISTORIC_NOTE, historic_clv_formula, money_columns
from clv_xl.report.words import percent, share

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["leading_segment", "segment_totals", "segments_page"]


def segments_page(material: Material) -> Page:
    """Build the page of RFM segments, the two further views and the activity tiers."""
    return Page(
        key="segments",
        title="Segments",
        heading="Segments",
        question="Whom do I write to, with what?",
        blocks=(
            _segment_table(material),
            Cards((Card(5, _segment_chart(material)),), height=16),
            _rfm_grid(material),
            _views(material),
            _tiers(material),
        ),
        widths=(22, *(15.0,) * (6 + len(money_columns(material))), 62),
    )


def segment_totals(material: Material) -> pd.DataFrame:
    """Return one row a segment of the map, largest amount first: customers, orders, amounts, mean days."""
    names = list(material.segment_map.segments)
    grouped = material.customers.groupby("segment", sort=False).agg(
        customers=("customer_id", "size"),
        orders=("orders", "sum"),
        amount=("amount", "sum"),
        own_margin=("own_margin", "sum"),
        uncosted_amount=("uncosted_amount", "sum"),
        historic_clv=("historic_clv", "mean"),
        days=("days_since_last_order", "mean"),
    )
    totals = grouped.reindex(names)
    counted = ["customers", "orders", "amount", "own_margin", "uncosted_amount"]
    totals[counted] = totals[counted].fillna(0)
    return totals.sort_values("amount", ascending=False, kind="stable")


def _segment_table(material: Material) -> Table:
    totals = segment_totals(material)
    everyone, amount = totals["customers"].sum(), totals["amount"].sum()
    money = money_columns(material)
    rows: list[tuple[Scalar, ...]] = [
        (
            str(name),
            int(row["customers"]),
            row["customers"] / everyone,
            *(float(row[column.key]) for column in money),
            share(row["amount"], amount),
            int(row["orders"]),
            float(row["historic_clv"]),
            float(row["days"]),
            _advice(str(name)),
        )
        for name, row in totals.iterrows()
    ]
    money_totals = tuple(float(totals[column.key].sum()) for column in money)
    return Table(
        name="segments",
        title="Segments by amount",
        caption="Every customer stands in exactly one segment, by recency (R) and the mean of frequency and "
        "monetary (FM). The map is below.",
        columns=(
            Column("segment", "Segment", "text", emphasis=True),
            Column("customers", "Customers", "count"),
            Column("customer_share", "Share of customers", "percent", bars=True),
            *money,
            Column("share", "Share of amount", "percent", bars=True),
            Column("orders", "Orders", "count"),
            Column(
                "historic_clv",
                "Historic CLV each",
                "cents",
                HISTORIC_NOTE + " Here: the mean of the segment's customers.",
                formula=(
                    "=IF([@Customers]>0," + historic_clv_formula(material, per_customer=True)[1:] + ",NA())"
                ),
            ),
            Column("days", "Days since last order", "days", "Mean over the segment's customers."),
            Column("action", "What to do", "text"),
        ),
        rows=tuple(rows),
        total=(
            "All customers",
            int(everyone),
            1.0,
            *money_totals,
            1.0,
            int(totals["orders"].sum()),
            Live("=historic_clv", material.figures["historic_clv"].now),
            float(material.customers["days_since_last_order"].mean()),
            "",
        ),
        structured=True,
        filterable=True,
    )


def _advice(name: str) -> str:
    known = segment_named(name)
    return known.action if known else "A segment of your own map."


def leading_segment(material: Material) -> str:
    """Say what share of customers and of the amount the largest segment is."""
    totals = segment_totals(material)
    if totals["amount"].sum() <= 0:
        return "No segment has brought an amount yet"
    first = totals.iloc[0]
    return (
        f"{totals.index[0]}: {percent(first['customers'] / totals['customers'].sum())} of the customers, "
        f"{percent(first['amount'] / totals['amount'].sum())} of the amount"
    )


def _segment_chart(material: Material) -> Chart:
    return Chart(
        title=leading_segment(material),
        unit="share of customers and of amount, by segment",
        kind="columns",
        categories=CellRef("segments", "segment"),
        series=(
            Line("Share of customers", CellRef("segments", "customer_share"), tone=5),
            Line("Share of amount", CellRef("segments", "share"), tone=0),
        ),
        format="share",
        minimum=0,
    )


def _rfm_grid(material: Material) -> Grid:
    """Show R against FM: the segment of each cell and how many customers stand in it."""
    bins = material.segment_map.bins
    frame = material.customers
    fm = fm_score(frame["f"].to_numpy(), frame["m"].to_numpy())
    r = frame["r"].to_numpy()
    scores = range(1, bins + 1)
    return Grid(
        name="rfm_grid",
        title="The map: recency against frequency and monetary",
        caption="Customers in each cell. R and FM run from 1 to "
        f"{bins}; equal customers always get equal scores.",
        corner="R down, FM across",
        row_titles=tuple(f"R {score}" for score in reversed(scores)),
        column_titles=tuple(f"FM {score}" for score in scores),
        texts=tuple(
            tuple(material.segment_map.segment(score, across) for across in scores)
            for score in reversed(scores)
        ),
        figures=tuple(
            tuple(int(((r == score) & (fm == across)).sum()) for across in scores)
            for score in reversed(scores)
        ),
    )


def _views(material: Material) -> Table:
    frame = material.customers
    f, m, bins = frame["f"].to_numpy(), frame["m"].to_numpy(), material.parameters.rfm_bins
    return Table(
        name="further_views",
        title="Two more views",
        caption="",
        columns=_GROUP_COLUMNS,
        rows=(
            _group(
                frame, often_but_small(f, m, bins), "Often but small",
                "High frequency, low monetary: offer bundles, free freight above a threshold, larger sizes.",
            ),
            _group(
                frame, seldom_but_large(f, m, bins), "Seldom but large",
                "Low frequency, high monetary: remind them at their own pace, invite to related products.",
            ),
        ),
    )  # fmt: skip


def _tiers(material: Material) -> Table:
    frame = material.customers
    tier = frame["tier"].to_numpy()
    window = material.now.active_days
    top = f"{100 * material.parameters.ambassador_share:.10g} %"
    meaning = {
        "inactive": f"No order within {window} days.",
        "active": f"An order within {window} days.",
        "ambassadors": f"The top {top} of the active customers by number of orders.",
    }
    return Table(
        name="tiers",
        title="Activity",
        caption="",
        columns=_GROUP_COLUMNS,
        rows=tuple(_group(frame, tier == name, name.capitalize(), meaning[name]) for name in TIERS),
    )


_GROUP_COLUMNS = (
    Column("group", "Group", "text", emphasis=True),
    Column("customers", "Customers", "count"),
    Column("customer_share", "Share of customers", "percent"),
    Column("amount", "Amount", "money"),
    Column("share", "Share of amount", "percent"),
    Column("each", "Amount each", "cents"),
    Column("meaning", "What it means", "text"),
)


def _group(frame: pd.DataFrame, chosen: np.ndarray, title: str, meaning: str) -> tuple[Scalar, ...]:
    amount, total = float(frame.loc[chosen, "amount"].sum()), float(frame["amount"].sum())
    size = int(chosen.sum())
    return (
        title,
        size,
        size / len(frame),
        amount,
        share(amount, total),
        share(amount, size),
        meaning,
    )
