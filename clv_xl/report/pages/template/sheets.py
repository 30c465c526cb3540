"""The sheets for input: orders, spend and what is known of customers, each a table from the first cell on."""

from __future__ import annotations

from typing import Final

from clv_xl.report.model import Column, Input, Page, Table
from clv_xl.said import say

__all__ = ["customer_data_page", "orders_page", "spend_page"]

BLANK_ROWS: Final = 300
"""Rows that look like input before anything is filled in; the table grows with what is pasted."""

_FIRST_DAY, _LAST_DAY = 61.0, 2_958_465.0  # Excel's numbers of 1900-03-01 and 9999-12-31
_ANY = Input(None, "text")
_DAY = Input(
    None, "date", low=_FIRST_DAY, high=_LAST_DAY, strict=False, message="A date, such as 2025-12-31."
)
_NUMBER = Input(None, "cents", low=-1e15, high=1e15, strict=False, message="A number, without a currency.")


def orders_page() -> Page:
    """Build the sheet of orders."""
    return _page(
        "orders",
        "Orders",
        "Orders",
        (
            Column(
                "customer_id",
                "customer_id",
                "text",
                "Who ordered: a number, a name or an e-mail address, always written the same way. Format the column "
                "as Text before you type ids with leading zeros.\n\nYou may paste a whole export over this sheet, "
                "from A1 on and with its own headers: the columns are recognised by their names.",
            ),
            Column(
                "order_date",
                "order_date",
                "date",
                "The day of the order, as a date. A time of day does no harm.",
            ),
            Column(
                "amount",
                "amount",
                "cents",
                "What the customer paid, in one currency. A refund is a row of its own with a negative amount. Say "
                "on Parameters whether amounts include VAT.",
            ),
            Column(
                "order_id",
                "order_id",
                "text",
                "May be left out. Rows with the same id of one customer are one order; without ids every row is an "
                "order.",
            ),
            Column(
                "cost",
                "cost",
                "cents",
                "May be left out. What the goods of the row cost; the gross margin of Parameters is used for rows "
                "without it.",
            ),
        ),
        (_ANY, _DAY, _NUMBER, _ANY, _NUMBER),
        (20, 14, 14, 18, 14),
    )


def spend_page() -> Page:
    """Build the sheet of spend on winning customers."""
    return _page(
        "spend",
        "Spend",
        "Spend",
        (
            Column(
                "month",
                "month",
                "date",
                "Any day of the month of the spend.\n\nThis sheet may stay empty. Where the acquisition cost on "
                "Parameters is blank, it is measured from here: spend / new customers of the same months.",
            ),
            Column("channel", "channel", "text", "Where it was spent, such as search or social."),
            Column("spend", "spend", "cents", "What was spent in that month, in the currency of the orders."),
        ),
        (_DAY, _ANY, Input(None, "cents", low=0, high=1e15, strict=False, message="A number from 0.")),
        (14, 20, 14),
    )


def customer_data_page() -> Page:
    """Build the sheet of attributes of customers."""
    known = "May be left out or renamed; further columns of your own may follow."
    return _page(
        "customer_data",
        "Customer data",
        "CustomerData",
        (
            Column(
                "customer_id",
                "customer_id",
                "text",
                "The same id as on Orders, a row a customer.\n\nThis sheet may stay empty. Its columns are shown "
                "beside the customers on Customer list.",
            ),
            Column("channel", "channel", "text", say("Where the customer came from. {known}", known=known)),
            Column("country", "country", "text", known),
            Column("first_product", "first_product", "text", known),
        ),
        (_ANY,) * 4,
        (20, 18, 18, 24),
    )


def _page(
    key: str,
    title: str,
    name: str,
    columns: tuple[Column, ...],
    blank: tuple[Input, ...],
    widths: tuple[float, ...],
) -> Page:
    return Page(
        key=key,
        title=title,
        heading="",
        question="",
        blocks=(
            Table(
                name=name,
                title="",
                columns=columns,
                rows=(blank,) * BLANK_ROWS,
                structured=True,
                filterable=True,
            ),
        ),
        widths=widths,
        bare=True,
        inputs=True,
    )
