"""The page Data quality of the report on subscriptions: what became of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Live, Page, Paragraph, Table
from clv_xl.report.words import bullets, count
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.model import Scalar
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["LISTED", "quality_page"]

LISTED = 500
"""Rows set aside that the report lists one by one."""


def quality_page(material: SubscriptionMaterial) -> Page:
    """Build the page that accounts for every row."""
    read = material.read
    return Page(
        key="data_quality",
        title="Data quality",
        heading="Data quality",
        question="Can I trust it? Every row that was read, and what became of it.",
        blocks=(
            _account(material),
            Paragraph("Warnings", bullets(warning.text for warning in read.warnings) or ("None.",)),
            Table(
                name="columns_read",
                title="Columns",
                caption=say(
                    "{source}, SHA-256 {sha256}. Dates were read as {value}.",
                    source=read.source,
                    sha256=read.sha256,
                    value=read.date_format or say("they stand"),
                ),
                columns=(
                    Column("header", "In the file", "text", emphasis=True),
                    Column("canonical", "Read as", "text"),
                ),
                rows=tuple(
                    [(header, name) for name, header in read.columns.items()]
                    + [(header, "not used") for header in read.unused_columns]
                ),
            ),
            *_set_aside(material),
        ),
        widths=(26, 62, 12, 24, 18, 18),
    )


def _account(material: SubscriptionMaterial) -> Table:
    read = material.read
    several = len({line.currency for line in read.account}) > 1
    currency = (Column("currency", "Currency", "text"),) if several else ()
    rows: list[tuple[Scalar, ...]] = [
        (
            "Used" if line.outcome == "used" else "Set aside",
            line.explanation,
            line.rows,
            *((line.currency or "(none)",) if several else ()),
            float(line.amount),
            float(line.counted_amount),
        )
        for line in read.account
    ]
    sums: tuple[Scalar | Live, ...] = ("", "") if several else ("",)
    if not several:
        sums = (Live("=SUM(account[Monthly amount])", float(sum(line.amount for line in read.account))),)
    total: tuple[Scalar | Live, ...] = (
        "Rows read",
        "All rows below the header that are not blank.",
        Live("=SUM(account[Rows])", read.rows_read),
        *sums,
        Live("=SUM(account[Counted])", float(sum(line.counted_amount for line in read.account))),
    )
    caption = "Rows and monthly amounts add up to the file exactly."
    if several:
        caption = "Rows add up to the file exactly. Amounts of different currencies are not added up."
    return Table(
        name="account",
        title="What became of every row",
        caption=say(
            "{caption} Counted is in {unit}. Amounts here are of all rows, those long ended included.",
            caption=caption,
            unit=material.unit,
        ),
        columns=(
            Column("outcome", "Outcome", "text", emphasis=True, words=True),
            Column("explanation", "Why", "wrapped", words=True),
            Column("rows", "Rows", "count"),
            *currency,
            Column(
                "amount",
                "Monthly amount",
                "cents",
                "As in the file; rows without a readable amount add nothing.",
            ),
            Column("counted", "Counted", "cents", "In the report's currency."),
        ),
        rows=tuple(rows),
        total=total,
        structured=True,
    )


def _set_aside(material: SubscriptionMaterial) -> tuple[Table, ...]:
    every = material.read.set_aside
    if not every:
        return ()
    shown = every[:LISTED]
    caption = say("{every} in the order of the file.", every=count(len(every)))
    if len(every) > len(shown):
        caption = say(
            "The first {shown} of {every}. The option --set-aside FILE.csv writes all.",
            shown=count(len(shown)),
            every=count(len(every)),
        )
    return (
        Table(
            name="rows_set_aside",
            title="Rows set aside",
            caption=caption,
            columns=(
                Column("customer", "Customer", "text"),
                Column("reason", "Why", "wrapped", words=True),
                Column("row", "Row in the file", "count"),
                Column("start", "Start", "text", "As in the file."),
                Column("end", "End", "text", "As in the file."),
                Column("amount", "Amount", "text", "As in the file."),
            ),
            rows=tuple(
                (row.customer, row.explanation, row.row, row.start, row.end, row.amount) for row in shown
            ),
            structured=True,
            filterable=True,
        ),
    )
