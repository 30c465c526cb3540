"""The page Customers: who the best are, and how much rests on them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.concentration import top_share
from clv_xl.report.model import (
    Cards,
    CellRef,
    Chart,
    Column,
    Line,
    Live,
    Page,
    Paragraph,
    Table,
    side_by_side,
)
from clv_xl.report.pages.customer_list import activity_note, beyond_the_list, id_width
from clv_xl.report.pages.live import HISTORIC_NOTE, historic_clv_formula, margin_formula, money_columns
from clv_xl.report.pages.predicted import alive_columns, amount_columns, value_columns
from clv_xl.report.words import amount as written
from clv_xl.report.words import number, percent, share, significant
from clv_xl.said import counted, joined, say

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["customers_page", "decile_chart"]

SHOWN = 20
TENTHS = 10
"""Below so many customers there are no tenths of them."""


def customers_page(material: Material) -> Page:
    """Build the page of the best and the lowest customers and of how concentrated value is."""
    frame = material.customers
    shown = min(SHOWN, len(frame))
    blocks: list[Table | Cards | Paragraph] = [
        *side_by_side(16, (5, decile_chart(material))),
        *([_deciles(material)] if len(frame) >= TENTHS else []),
        _ranking(
            material, "best_customers", say("The {shown} best customers", shown=shown), frame.head(shown)
        ),
    ]
    if len(frame) > 2 * SHOWN:
        lowest = frame.tail(SHOWN).iloc[::-1]
        blocks.append(
            _ranking(
                material,
                "lowest_customers",
                say("The {shown} lowest customers, lowest first", shown=SHOWN),
                lowest,
            )
        )
    if material.prediction.has_value:
        blocks.append(_most_expected(material))
    if material.listed.rest:
        blocks.append(_list_and_rest(material))
    held = material.concentration
    if held.negative_customers:
        blocks.append(
            Paragraph(
                lines=(
                    (
                        counted(
                            held.negative_customers,
                            "{number} customer has had more refunded than bought ({negative_total}). It is "
                            "counted apart and left out of the shares.",
                            "{number} customers have had more refunded than they bought ({negative_total} "
                            "together). They are counted apart and left out of the shares.",
                            negative_total=written(held.negative_total, material.currency),
                        )
                    ),
                )
            )
        )
    return Page(
        key="customers",
        title="Customers",
        heading="Customers",
        question="Who are the best, and how much rests on them?"
        if material.listed.rest
        else "Who are the best, and how much rests on them? The full list is on the page Customer list.",
        blocks=tuple(blocks),
        widths=(max(24.0, id_width(material)), 19, 14, *(14.0,) * 9),
        cautions=(*material.page_cautions, *filter(None, (beyond_the_list(material),))),
    )


def decile_chart(material: Material) -> Chart | None:
    """Chart the share of the amount that each tenth of the customers brings, or None where nobody brought any."""
    best = top_share(material.customers["amount"].to_numpy(), 0.1)
    if isnan(best) or len(material.customers) < TENTHS:
        return None
    return Chart(
        title=say("The best tenth of the customers brings {best}", best=percent(best)),
        unit="share of the amount so far, by tenths of the customers from best to lowest",
        kind="columns",
        categories=CellRef("deciles", "tenth"),
        series=(Line("Share of amount", CellRef("deciles", "share"), label="values", tones=(0, *[2] * 9)),),
        format="share",
        legend=False,
        minimum=0,
    )


def _deciles(material: Material) -> Table:
    amounts = material.customers["amount"].clip(lower=0).sort_values(ascending=False).to_numpy()
    total = float(amounts.sum())
    size = len(amounts)
    rows: list[tuple[Scalar, ...]] = []
    running = 0.0
    for tenth in range(10):
        part = amounts[-(-size * tenth // 10) : -(-size * (tenth + 1) // 10)]
        amount = float(part.sum())
        running += amount
        rows.append(
            (
                say("{low}-{high}%", low=tenth * 10, high=tenth * 10 + 10),
                len(part),
                amount,
                share(amount, total),
                share(running, total),
                share(amount, len(part)),
            )
        )
    held = material.concentration
    caption = "Nobody has brought an amount yet."
    if total > 0:
        caption = (
            say(
                "Gini {gini}: 0 where all customers bring the same, near 1 where one brings everything. Top ",
                gini=number(held.gini, 2),
            )
            + joined(
                ", ",
                (
                    say(
                        "{share}% hold {value}",
                        share=significant(100 * each.share),
                        value=percent(each.value),
                    )
                    for each in held.shares
                    if each.share * size >= 1
                ),
            )
            + "."
        )
    return Table(
        name="deciles",
        title="How concentrated the amount is",
        caption=caption,
        columns=(
            Column("tenth", "Customers by amount", "text", words=True),
            Column("customers", "Customers", "count"),
            Column("amount", "Amount", "money", say("Orders less refunds, in {unit}.", unit=material.unit)),
            Column("share", "Share of amount", "percent", bars=True),
            Column("running", "Cumulative", "percent"),
            Column("each", "Amount each", "cents"),
        ),
        rows=tuple(rows),
    )


def _ranking(material: Material, name: str, title: str, frame: pd.DataFrame) -> Table:
    money = money_columns(material)
    columns = (
        Column("customer_id", "Customer", "text"),
        Column("segment", "Segment", "text", words=True),
        Column("tier", "Activity", "text", activity_note(material), words=True),
        Column(
            "historic_clv",
            "Historic CLV",
            "cents",
            HISTORIC_NOTE,
            formula=historic_clv_formula(material, per_customer=False),
            emphasis=True,
        ),
        *money,
        Column("orders", "Orders", "count"),
        Column("average", "Average order", "cents"),
        Column("last_day", "Last order", "date"),
        Column("days_since_last_order", "Days since", "days", "Days from the last order to the as-of date."),
    )
    return Table(
        name=name,
        title=title,
        caption="By historic CLV when the report was made; all figures to the as-of date.",
        columns=columns,
        rows=tuple(_row(customer, columns) for _, customer in frame.iterrows()),
        structured=True,
    )


def _most_expected(material: Material) -> Table:
    """List those who will bring most, whatever they have brought so far."""
    frame = material.customers
    shown = min(SHOWN, len(frame))
    best = _largest(frame["predicted_clv"].to_numpy(), frame["customer_id"], shown)
    columns = (
        Column("customer_id", "Customer", "text"),
        Column("segment", "Segment", "text", words=True),
        Column("tier", "Activity", "text", activity_note(material), words=True),
        value_columns(material)[0],
        *alive_columns(material),
        amount_columns(material)[0],
        Column(
            "amount", "Amount so far", "money", say("Orders less refunds, in {unit}.", unit=material.unit)
        ),
        Column("last_day", "Last order", "date"),
    )
    return Table(
        name="most_expected",
        title=say("The {shown} customers who are expected to bring most", shown=shown),
        caption="By predicted CLV when the report was made: what is still to come, apart from what has been.",
        columns=columns,
        rows=tuple(_row(customer, columns) for _, customer in frame.iloc[best].iterrows()),
        structured=True,
    )


def _largest(values: np.ndarray, ids: pd.Series, wanted: int) -> np.ndarray:
    """Return where the largest values stand, equal ones in order of id, without sorting all."""
    last = np.partition(values, -wanted)[-wanted]
    places = np.flatnonzero(values >= last)
    order = np.lexsort((ids.iloc[places].to_numpy(dtype=object), -values[places]))
    return places[order[:wanted]]


def _row(customer: pd.Series, columns: tuple[Column, ...]) -> tuple[Scalar, ...]:
    values: list[Scalar] = []
    for column in columns:
        if column.key == "average":
            values.append(float(customer["amount"]) / int(customer["orders"]))
        elif customer[column.key] != customer[column.key]:  # NaN and NaT: blank
            values.append(None)
        elif column.format == "date":
            values.append(customer[column.key].date())
        elif column.format in {"count", "days"}:
            values.append(int(customer[column.key]))
        elif column.format == "text":
            values.append(str(customer[column.key]))
        else:
            values.append(float(customer[column.key]))
    return tuple(values)


def _list_and_rest(material: Material) -> Table:
    """Add up the customers of the page Customer list, those it cannot hold, and both."""
    frame, rows = material.customers, material.listed.rows
    money = money_columns(material)
    columns = [
        Column("group", "Group", "text", emphasis=True, words=True),
        Column("customers", "Customers", "count"),
        *money,
        Column("orders", "Orders", "count"),
        Column(
            "historic_clv",
            "Historic CLV",
            "money",
            HISTORIC_NOTE,
            formula=f"={margin_formula(material)}-{material.cac_name}*[@Customers]",
        ),
    ]
    if material.prediction.has_value:
        columns += [
            Column("expected_amount", "Expected amount, discounted", "money"),
            Column(
                "predicted_clv",
                "Predicted CLV",
                "money",
                "Expected amount, discounted x margin share (page Figures).",
                formula="=[@[Expected amount, discounted]]*margin_share",
            ),
        ]
    listed, rest = (
        [len(part), *(_sum(part, column) for column in columns[2:])]
        for part in (frame.head(rows), frame.iloc[rows:])
    )
    return Table(
        name="list_and_rest",
        title="The customers on Customer list, and the others",
        caption="All other pages, and all figures, count both.",
        columns=tuple(columns),
        rows=(("On Customer list", *listed), ("Not on it", *rest)),
        total=(
            "All customers",
            *(
                Live(f"=SUM(list_and_rest[{column.title}])", on + off)
                for column, on, off in zip(columns[1:], listed, rest, strict=True)
            ),
        ),
        structured=True,
    )


def _sum(frame: pd.DataFrame, column: Column) -> float | int:
    total = frame[column.key].sum()
    return int(total) if column.format == "count" else float(total)
