"""The pages Customers and Customer list: who the best are, and everyone."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, cast

import numpy as np

from clv_xl.metrics.concentration import top_share
from clv_xl.report.material import attribute_key
from clv_xl.report.model import (
    Cards,
    CellRef,
    Chart,
    Column,
    Line,
    LongTable,
    Page,
    Paragraph,
    Table,
    side_by_side,
)
from clv_xl.report.pages.live import HISTORIC_NOTE, historic_clv_formula, money_columns
from clv_xl.report.pages.predicted import alive_columns, amount_columns, value_columns
from clv_xl.report.words import amount as written
from clv_xl.report.words import count, number, percent, share
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["customer_list_page", "customers_page", "decile_chart"]

SHOWN = 20
TENTHS = 10
"""Below so many customers there are no tenths of them."""
PRINTED = 500
"""Customers that the list puts on paper: about a dozen pages, where a shop of 20,000 would fill 600."""


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
    held = material.concentration
    if held.negative_customers:
        blocks.append(
            Paragraph(
                lines=(
                    (
                        say(
                            "{negative_customers} customers have had more refunded than they bought "
                            "({negative_total} together). They are counted apart and left out of the shares.",
                            negative_customers=count(held.negative_customers),
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
        question="Who are the best, and how much rests on them? The full list is on the page Customer list.",
        blocks=tuple(blocks),
        widths=(max(24.0, id_width(frame)), 19, 14, *(14.0,) * 9),
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
                f"{tenth * 10}-{tenth * 10 + 10} %",
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
                    say("{share} % hold {value}", share=f"{100 * each.share:g}", value=percent(each.value))
                    for each in held.shares
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
        Column("tier", "Activity", "text", _activity_note(material), words=True),
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
    best = np.lexsort((frame["customer_id"].to_numpy(dtype=object), -frame["predicted_clv"].to_numpy()))
    shown = min(SHOWN, len(frame))
    columns = (
        Column("customer_id", "Customer", "text"),
        Column("segment", "Segment", "text", words=True),
        Column("tier", "Activity", "text", _activity_note(material), words=True),
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
        rows=tuple(_row(customer, columns) for _, customer in frame.iloc[best[:shown]].iterrows()),
        structured=True,
    )


def _activity_note(material: Material) -> str:
    window = material.now.active_days
    return say(
        "Inactive: no order within {window} days; ambassadors: the best of the active. See Segments.",
        window=window,
    )


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


def id_width(frame: pd.DataFrame) -> float:
    """Return a column width that shows every customer id whole, up to an e-mail address of usual length."""
    longest = int(frame["customer_id"].str.len().max())
    return min(50.0, max(14.0, longest * 1.15 + 2))


def customer_list_page(material: Material) -> Page:
    """Build the page with one row for every customer."""
    frame = material.customers
    known = material.intake.columns
    columns = [
        Column("customer_id", "Customer", "text"),
        Column(
            "segment",
            "Segment",
            "text",
            "RFM segment: a rank among all customers. A Champion who is inactive is one to win back; see Segments.",
            words=True,
        ),
        Column("tier", "Activity", "text", _activity_note(material), words=True),
        Column(
            "historic_clv",
            "Historic CLV",
            "cents",
            HISTORIC_NOTE,
            formula=historic_clv_formula(material, per_customer=False),
            bars=True,
        ),
        *value_columns(material),
        *alive_columns(material),
        *money_columns(material),
        Column("orders", "Orders", "count", "Orders up to the as-of date, each counted once."),
        Column("average", "Average order", "cents", "Amount / orders."),
        Column("first_day", "First order", "date"),
        Column("last_day", "Last order", "date"),
        Column("days_since_last_order", "Days since last order", "days"),
        Column("r", "R", "count", "Recency score: the more recent the last order, the higher."),
        Column("f", "F", "count", "Frequency score: the more orders, the higher."),
        Column("m", "M", "count", "Monetary score: the larger the amount, the higher."),
        *(
            Column(
                key,
                say("First {key}", key=say(key)),
                "text",
                say("The first known {key} of the customer's orders.", key=say(key)),
            )
            for key in ("channel", "country", "product")
            if key in known
        ),
        *amount_columns(material),
    ]
    columns.extend(_attribute_columns(material, {column.title.casefold() for column in columns}))
    values = frame.assign(average=frame["amount"] / frame["orders"])
    return Page(
        key="customer_list",
        title="Customer list",
        heading="Customer list",
        question=say("Every customer, best first. Filter by segment, activity or any column.")
        + _on_paper(frame),
        blocks=(
            LongTable(
                name="customers",
                columns=tuple(columns),
                values=tuple(_column(values, column) for column in columns),
                printed=PRINTED,
            ),
        ),
        widths=(id_width(frame), *(_LIST_WIDTHS.get(column.key, 13.0) for column in columns[1:])),
    )


def _attribute_columns(material: Material, taken: set[str]) -> list[Column]:
    """Return a column for each attribute of the customer data, none with the title of another column."""
    data = material.beside.customer_data
    columns: list[Column] = []
    for at, title in enumerate(data.titles if data else ()):
        shown = title if title.casefold() not in taken else say("{title} (customer data)", title=title)
        taken.add(shown.casefold())
        columns.append(
            Column(
                attribute_key(at), shown, "text", say("From {source}.", source=data.source) if data else ""
            )
        )
    return columns


def _on_paper(frame: pd.DataFrame) -> str:
    """Say that a long list is not printed whole, and how to have it so."""
    if len(frame) <= PRINTED:
        return ""
    return say(
        " On paper: the first {printed} rows. To print more, or a filtered list, choose Page "
        "Layout, Print Area, Clear Print Area.",
        printed=count(PRINTED),
    )


_LIST_WIDTHS = {
    "segment": 18.0,
    "orders": 9.0,
    "p_alive": 9.0,
    "expected_orders": 10.0,
    "overdue_days": 10.0,
    "r": 5.0,
    "f": 5.0,
    "m": 5.0,
    "product": 20.0,
}


def _column(frame: pd.DataFrame, column: Column) -> Sequence[object]:
    values = frame[column.key]
    if column.format == "date":
        return cast("Sequence[object]", values.to_numpy(dtype="datetime64[D]"))
    if column.format == "text":
        return [None if value is None or value != value else str(value) for value in values.tolist()]  # noqa: PLR0124  # NaN is a missing text
    return cast("Sequence[object]", values.to_numpy())
