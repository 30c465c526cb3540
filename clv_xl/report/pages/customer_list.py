"""The page Customer list: one row for every customer, or for the best where a sheet cannot hold all."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from clv_xl.report.attributes import ATTRIBUTE, attribute_key
from clv_xl.report.model import Column, LongTable, Page
from clv_xl.report.pages.live import HISTORIC_NOTE, historic_clv_formula, money_columns
from clv_xl.report.pages.predicted import alive_columns, amount_columns, value_columns
from clv_xl.report.words import count, day
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from clv_xl.report.material import Material

__all__ = [
    "activity_note",
    "beyond_the_list",
    "customer_columns",
    "customer_list_page",
    "customer_series",
    "id_width",
]

PRINTED = 100
"""Customers that the list puts on paper: four pages to read, where all of a shop of 20,000 would fill 600."""

_ON_PAPER = (
    "customer_id",
    "segment",
    "tier",
    "historic_clv",
    "predicted_clv",
    "p_alive",
    "amount",
    "orders",
    "average",
    "last_day",
    "overdue_days",
)
"""Columns that stand first and go on paper: all of them on one page's width are too small to read."""


def activity_note(material: Material) -> str:
    """Return the note of columns of activity."""
    window = material.now.active_days
    return say(
        "Inactive: no order within {window} days; ambassadors: those of the others with the most orders; active: the "
        "rest. See Segments.",
        window=window,
    )


def id_width(material: Material) -> float:
    """Return a column width that shows every customer id of the list whole, up to an e-mail address of usual length."""
    return min(50.0, max(14.0, _letters(material.customers["customer_id"].iloc[: material.listed.rows])))


def _letters(texts: pd.Series) -> float:
    """Return the width of a column that shows its longest text whole."""
    listed = texts.to_numpy().tolist()
    try:
        longest = max(map(len, listed), default=None)
    except TypeError:  # a blank among them, or a number
        longest = max(map(len, map(str, texts.dropna().tolist())), default=None)
    return 0.0 if longest is None else longest * 1.15 + 2


def _width(frame: pd.DataFrame, column: Column) -> float:
    """Return the width of a column; one of the customer data fits its texts, up to an e-mail address."""
    if column.key.startswith(ATTRIBUTE):
        return min(40.0, max(13.0, _letters(frame[column.key])))
    return _LIST_WIDTHS.get(column.key, 13.0)


def customer_columns(material: Material) -> tuple[Column, ...]:
    """Return what is told of each customer: on the page, and in the file of all customers."""
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
        *_segment_then(material),
        Column("tier", "Activity", "text", activity_note(material), words=True),
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
    # stable: what is not printed stays in its order
    return tuple(sorted(columns, key=_place_on_paper))


def _place_on_paper(column: Column) -> int:
    return _ON_PAPER.index(column.key) if column.key in _ON_PAPER else len(_ON_PAPER)


def customer_list_page(material: Material) -> Page:
    """Build the page with one row for every customer, or for as many as were asked for, best first."""
    columns, listed = customer_columns(material), material.listed
    frame = material.customers.head(listed.rows) if listed.rest else material.customers
    printed = [column for column in columns if column.key in _ON_PAPER]
    question = (
        say(
            "The {rows} best of {customers} customers by historic CLV, best first. Filter by segment, activity or any "
            "column.",
            rows=count(listed.rows),
            customers=count(listed.customers),
        )
        if listed.rest
        else say("Every customer, best first. Filter by segment, activity or any column.")
    )
    return Page(
        key="customer_list",
        title="Customer list",
        heading="Customer list",
        question=question,
        blocks=(
            LongTable(
                name="customers",
                columns=columns,
                values=tuple(_values(frame, column) for column in columns),
                printed=PRINTED,
                printed_columns=len(printed),
                caption=_on_paper(frame, printed[-1].title),
            ),
        ),
        widths=(id_width(material), *(_width(frame, column) for column in columns[1:])),
        cautions=tuple(filter(None, (beyond_the_list(material),))),
    )


def beyond_the_list(material: Material) -> str:
    """Say where the customers stand whom the list cannot hold; nothing where it holds all."""
    listed = material.listed
    if not listed.rest:
        return ""
    where = (
        say("All stand in the file {file}, which belongs beside this report.", file=listed.file)
        if listed.file
        else say("The command clv-xl report writes a file that holds all.")
    )
    return counted(
        listed.rest,
        "{number} customer is not on the page Customer list. {where} All other pages count everybody: see Customers.",
        "{number} customers are not on the page Customer list. {where} All other pages count everybody: see Customers.",
        where=where,
    )


def _segment_then(material: Material) -> tuple[Column, ...]:
    """Return the column of each customer's segment at the earlier date; none where nobody had ordered by then."""
    migration = material.migration
    if migration is None:
        return ()
    note = say("RFM segment on {then}: the path to today's. See Migration.", then=day(migration.then))
    return (Column("segment_then", "Segment then", "text", note, words=True),)


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


def _on_paper(frame: pd.DataFrame, last: str) -> str:
    """Say what of the list is printed, and how to have more."""
    if len(frame) <= PRINTED:
        return say(
            "On paper: columns up to {last}. For more: Page Layout, Print Area, Clear Print Area.",
            last=say(last),
        )
    return say(
        "On paper: the first {printed} rows, columns up to {last}. For more: Page Layout, Print Area, Clear "
        "Print Area.",
        printed=count(PRINTED),
        last=say(last),
    )


_LIST_WIDTHS = {
    "segment": 18.0,
    "segment_then": 18.0,
    "orders": 9.0,
    "p_alive": 9.0,
    "expected_orders": 10.0,
    "overdue_days": 10.0,
    "r": 5.0,
    "f": 5.0,
    "m": 5.0,
    "channel": 18.0,
    "product": 20.0,
}


def customer_series(frame: pd.DataFrame, column: Column) -> pd.Series:
    """Return what a column holds of each customer; None, NaN and NaT are blank."""
    return frame["amount"] / frame["orders"] if column.key == "average" else frame[column.key]


def _values(frame: pd.DataFrame, column: Column) -> Sequence[object]:
    values = customer_series(frame, column)
    if column.format == "date":
        return cast("Sequence[object]", values.to_numpy(dtype="datetime64[D]"))
    if column.format == "text":
        return cast("Sequence[object]", values.astype(object).where(values.notna(), None).to_numpy())
    return cast("Sequence[object]", values.to_numpy())
