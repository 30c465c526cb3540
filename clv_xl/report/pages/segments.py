"""The page Segments: whom to write to, with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.activity import TIERS
from clv_xl.metrics.rfm import fm_score, often_but_small, seldom_but_large
from clv_xl.metrics.segments import segment_named
from clv_xl.report.model import CellRef, Chart, Column, Grid, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.live import HISTORIC_NOTE, historic_clv_formula, money_columns
from clv_xl.report.pages.predicted import segment_columns
from clv_xl.report.words import count, percent, plural, share, significant
from clv_xl.said import counted, joined, said, say

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["inactive_share", "leading_segment", "segment_totals", "segments_page"]

_HERE = {"Champions", "Loyal", "Potential loyalists", "New", "Promising", "Need attention"}
"""Segments whose advice speaks to customers who are still there; that of the others, to those who are not."""
_PREDICTED = ("expected_amount", "predicted_clv")
_TOTALS = {
    "predicted_each": "predicted_clv",
    "expected_amount": "expected_amount",
    "predicted_clv": "customer_equity",
}
"""The figure of the page Figures that is the total of a predicted column."""
_TIER_TITLES = {"ambassadors": "Ambassadors", "active": "Other active", "inactive": "Inactive"}
_WORTH_SAYING = 0.2
"""From this share on, a chart's title says how many of a segment are inactive."""


def segments_page(material: Material) -> Page:
    """Build the page of RFM segments, the two further views and the activity tiers."""
    totals = segment_totals(material)
    return Page(
        key="segments",
        title="Segments",
        heading="Segments",
        question="Whom do I write to, with what?",
        blocks=(
            Paragraph(lines=_two_views(material)),
            _segment_table(material, totals),
            *side_by_side(13, (5, _segment_chart(material, totals))),
            _rfm_grid(material),
            _views(material),
            _tiers(material),
        ),
        cautions=material.page_cautions,
        widths=(22, *(12.5,) * (8 + len(money_columns(material)) + len(segment_columns(material))), 64),
    )


def _two_views(material: Material) -> tuple[str, ...]:
    """Say what segments tell and what activity does, wherever both are shown."""
    return (
        (
            say(
                "Segments rank customers against each other: some are Champions even where everyone has "
                "left. Activity looks at the calendar: active is who has ordered within {active_days} "
                "days.",
                active_days=material.now.active_days,
            )
        ),
        "Where the two differ, go by activity: an inactive Champion is one to win back, not one to thank.",
    )


def segment_totals(material: Material) -> pd.DataFrame:
    """Return one row a segment of the map, largest amount first: customers, active, orders, amounts, mean days."""
    names = list(material.segment_map.segments)
    frame = material.customers
    here = frame.assign(active=(frame["tier"] != "inactive").to_numpy(dtype=np.int64))
    grouped = here.groupby("segment", sort=False).agg(
        customers=("customer_id", "size"),
        orders=("orders", "sum"),
        amount=("amount", "sum"),
        own_margin=("own_margin", "sum"),
        uncosted_amount=("uncosted_amount", "sum"),
        historic_clv=("historic_clv", "mean"),
        days=("days_since_last_order", "mean"),
        active=("active", "sum"),
        **{name: (name, "sum") for name in _PREDICTED if name in frame},
    )
    totals = grouped.reindex(names)
    counted = ["customers", "active", "orders", "amount", "own_margin", "uncosted_amount"]
    counted += [name for name in _PREDICTED if name in totals]
    totals[counted] = totals[counted].fillna(0)
    return totals.sort_values("amount", ascending=False, kind="stable")


def _segment_table(material: Material, totals: pd.DataFrame) -> Table:
    everyone, amount = totals["customers"].sum(), totals["amount"].sum()
    money, window = money_columns(material), material.now.active_days
    predicted = segment_columns(material)
    rows: list[tuple[Scalar, ...]] = [
        (
            str(name),
            int(row["customers"]),
            int(row["active"]),
            int(row["customers"] - row["active"]),
            row["customers"] / everyone,
            *(float(row[column.key]) for column in money),
            share(row["amount"], amount),
            int(row["orders"]),
            float(row["historic_clv"]),
            *(
                share(row["predicted_clv"], row["customers"])
                if column.key == "predicted_each"
                else float(row[column.key])
                for column in predicted
            ),
            float(row["days"]),
            _advice(str(name), int(row["customers"]), int(row["active"])),
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
            Column("segment", "Segment", "text", emphasis=True, words=True),
            Column("customers", "Customers", "count"),
            Column(
                "active",
                "Active",
                "count",
                say("Of them, with an order within {window} days.", window=window),
            ),
            Column(
                "inactive",
                "Inactive",
                "count",
                say("Of them, with none within {window} days.", window=window),
            ),
            Column("customer_share", "Share of customers", "percent", bars=True),
            *money,
            Column("share", "Share of amount", "percent", bars=True),
            Column("orders", "Orders", "count"),
            Column(
                "historic_clv",
                "Historic CLV each",
                "cents",
                say(HISTORIC_NOTE) + say(" Here: the mean of the segment's customers."),
                formula=(
                    "=IF([@Customers]>0," + historic_clv_formula(material, per_customer=True)[1:] + ",NA())"
                ),
            ),
            *predicted,
            Column("days", "Days since last order", "days", "Mean over the segment's customers."),
            Column("action", "What to do", "wrapped", words=True),
        ),
        rows=tuple(rows),
        total=(
            "All customers",
            int(everyone),
            int(totals["active"].sum()),
            int(everyone - totals["active"].sum()),
            1.0,
            *money_totals,
            1.0,
            int(totals["orders"].sum()),
            Live("=historic_clv", material.figures["historic_clv"].now),
            *(
                Live(f"={name}", material.figures[name].now)
                for name in (_TOTALS[column.key] for column in predicted)
            ),
            float(material.customers["days_since_last_order"].mean()),
            "",
        ),
        structured=True,
        filterable=True,
    )


def _advice(name: str, customers: int, active: int) -> str:
    """Return the advice for a segment, mended for those of it whom the calendar puts elsewhere."""
    known = segment_named(name)
    if known is None:
        return "A segment of your own map."
    if known.name in _HERE:
        odd, all_odd = customers - active, "All are inactive: write to them personally and win them back."
        some = counted(
            odd,
            "{number} is inactive: win that one back first.",
            "{number} are inactive: win those back first.",
        )
    else:
        odd, all_odd = (
            active,
            "All are still active, only less lately than the others: remind them of the shop.",
        )
        some = counted(
            odd,
            "But {number} is still active: remind that one.",
            "But {number} are still active: remind those.",
        )
    if not odd:
        return known.action
    return said(all_odd) if odd == customers else joined(" ", (said(known.action), some))


def inactive_share(totals: pd.DataFrame, name: str) -> float:
    """Return which share of a segment is inactive."""
    customers, active = (int(totals[column].to_dict()[name]) for column in ("customers", "active"))
    return share(customers - active, customers)


def leading_segment(totals: pd.DataFrame) -> str:
    """Say what share of customers and of the amount the largest segment is, and whether they are still there."""
    if totals["amount"].sum() <= 0:
        return "No segment has brought an amount yet"
    first, name = totals.iloc[0], str(totals.index[0])
    gone = inactive_share(totals, name)
    return say(
        "{name}: {customers} of the customers, {amount} of the amount",
        name=said(name),
        customers=percent(first["customers"] / totals["customers"].sum()),
        amount=percent(first["amount"] / totals["amount"].sum()),
    ) + (say(", {gone} of them inactive", gone=percent(gone)) if gone >= _WORTH_SAYING else "")


def _segment_chart(material: Material, totals: pd.DataFrame) -> Chart | None:
    if material.customers["amount"].sum() <= 0:
        return None
    return Chart(
        title=leading_segment(totals),
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
        caption=say(
            "Customers in each cell, and the days since their last order beside it. R and FM run "
            "from 1 to {bins}; equal customers always get equal scores.",
            bins=bins,
        ),
        corner="R down, FM across",
        row_titles=tuple(f"R {score}" for score in reversed(scores)),
        column_titles=tuple(say("FM {score}", score=score) for score in scores),
        texts=tuple(
            tuple(material.segment_map.segment(score, across) for across in scores)
            for score in reversed(scores)
        ),
        figures=tuple(
            tuple(int(((r == score) & (fm == across)).sum()) for across in scores)
            for score in reversed(scores)
        ),
        row_notes=tuple(
            _days_of(frame.loc[r == score, "days_since_last_order"]) for score in reversed(scores)
        ),
    )


def _days_of(days: pd.Series) -> str:
    """Say how long ago the last orders of a recency score are: what the score means by the calendar."""
    if days.empty:
        return ""
    first, last = count(int(days.min())), count(int(days.max()))
    return (
        say("{first} to {last} days", first=first, last=last)
        if first != last
        else plural(int(days.min()), "day", "days")
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
                frame,
                often_but_small(f, m, bins),
                "Often but small",
                "High frequency, low monetary: offer bundles, free freight above a threshold, larger sizes.",
            ),
            _group(
                frame,
                seldom_but_large(f, m, bins),
                "Seldom but large",
                "Low frequency, high monetary: remind them at their own pace, invite to related products.",
            ),
        ),
    )


def _tiers(material: Material) -> Table:
    frame = material.customers
    tier = frame["tier"].to_numpy()
    among = {name: tier == name for name in TIERS}
    window = material.now.active_days
    top = say("{share}%", share=significant(100 * material.parameters.ambassador_share))
    meaning = {
        "inactive": say(
            "No order within {window} days. Win back the best of them: filter Customer list by Activity.",
            window=window,
        ),
        "active": say(
            "An order within {window} days, without being an ambassador. Customer list calls them active.",
            window=window,
        ),
        "ambassadors": say("The top {top} of the active customers by number of orders.", top=top),
    }
    return Table(
        name="tiers",
        title="Activity",
        caption=say(
            "{ambassadors} ambassadors + {others} other active = {active} active customers, as above and on Summary.",
            ambassadors=count(int(among["ambassadors"].sum())),
            others=count(int(among["active"].sum())),
            active=count(int((~among["inactive"]).sum())),
        ),
        columns=_GROUP_COLUMNS,
        rows=tuple(_group(frame, among[name], _TIER_TITLES[name], meaning[name]) for name in TIERS),
        total=_group(frame, np.ones(len(frame), dtype=bool), "All customers", ""),
    )


_GROUP_COLUMNS = (
    Column("group", "Group", "text", emphasis=True, words=True),
    Column("customers", "Customers", "count"),
    Column("customer_share", "Share of customers", "percent"),
    Column("amount", "Amount", "money"),
    Column("share", "Share of amount", "percent"),
    Column("each", "Amount each", "cents"),
    Column("meaning", "What it means", "text", words=True),
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
