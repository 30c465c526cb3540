"""The part of the page Data quality about what was given beside the orders: spend and customer data."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from clv_xl.orders.filled_spend import SPEND_REASONS
from clv_xl.report.correction import WITH_CUSTOMER_DATA, WITHOUT_CUSTOMER_DATA
from clv_xl.report.material import LISTED
from clv_xl.report.measured_cac import is_whole
from clv_xl.report.model import Column, Live, Paragraph, Table
from clv_xl.report.words import bullets, count, plural
from clv_xl.said import lower_first, said, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.orders.filled_spend import Spend, SpendLine
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["input_blocks", "input_notices"]


def input_blocks(material: Material) -> tuple[Table | Paragraph, ...]:
    """Return the account of the spend and of the customer data, and what to know about the inputs."""
    blocks: list[Table | Paragraph] = []
    spend, data = material.beside.spend, material.beside.customer_data
    if notices := input_notices(material):
        blocks.append(Paragraph("Inputs beside the orders", bullets(notices)))
    if spend is not None:
        blocks.append(_spend_account(material, spend))
        blocks.extend(_spend_set_aside(spend))
    if data is not None:
        blocks.append(_customer_account(material, data))
    return tuple(blocks)


def input_notices(material: Material) -> tuple[str, ...]:
    """Return everything that a careful reader would want to know about the inputs beside the orders."""
    found = list(material.beside.notices)
    if material.parameters.second_stage == WITH_CUSTOMER_DATA and material.beside.customer_data is None:
        found.append(WITHOUT_CUSTOMER_DATA)
    spend, data = material.beside.spend, material.beside.customer_data
    found.extend(spend.notices if spend is not None else ())
    if spend is not None and spend.set_aside:
        first = spend.set_aside[0]
        found.append(
            say(
                "{many_row} of {source} set aside, the first at {place}: {spend_reasons}",
                many_row=plural(len(spend.set_aside), "row", "rows"),
                source=spend.source,
                place=first.place,
                spend_reasons=lower_first(said(SPEND_REASONS[first.reason])),
            )
        )
    measured = material.measured_cac
    if measured is not None and (measured.left_out or not measured.is_known):
        found.append(measured.words(material.currency))
    if data is not None:
        unknown = _unknown(material, data)
        if unknown:
            found.append(
                say(
                    '{many_row} of {source} with an id that no customer has, such as "{unknown}".',
                    many_row=plural(len(unknown), "row", "rows"),
                    source=data.source,
                    unknown=unknown[0],
                )
            )
        if data.duplicates:
            found.append(
                say(
                    "{many_row} of {source} with an id that stands further up already, such as "
                    '"{duplicates}". The first row of an id counts.',
                    many_row=plural(len(data.duplicates), "row", "rows"),
                    source=data.source,
                    duplicates=data.duplicates[0],
                )
            )
    return tuple(found)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _spend_account(material: Material, spend: Spend) -> Table:
    first_day, as_of = material.intake.first_day, material.intake.as_of
    inside: list[SpendLine] = []
    outside: list[SpendLine] = []
    beside_aside: list[SpendLine] = []
    left_out = material.measured_cac.left_out if material.measured_cac is not None else frozenset()
    for line in spend.usable:
        if line.month in left_out:
            beside_aside.append(line)
            continue
        counts = line.month is not None and is_whole(line.month, first_day, as_of)
        (inside if counts else outside).append(line)
    parts: list[tuple[str, str, list[SpendLine]]] = [
        ("Counted", "Months that lie wholly inside the order history.", inside),
        ("Not counted", "Months that do not lie wholly inside the order history.", outside),
        ("Not counted", "Months of which some spend is set aside.", beside_aside),
    ]
    parts.extend(
        ("Set aside", explanation, [line for line in spend.set_aside if line.reason == reason])
        for reason, explanation in SPEND_REASONS.items()
        if reason
    )
    rows: list[tuple[Scalar | Live, ...]] = [
        (outcome, why, len(lines), _total(lines)) for outcome, why, lines in parts if lines
    ]
    return Table(
        name="spend_account",
        title="What became of the spend",
        caption=say(
            "Every row of {source}, in {unit} as it stands there. The measured acquisition cost is "
            "that of the rows counted, by the customers won in their months: see the page Figures.",
            source=spend.source,
            unit=material.unit,
        ),
        columns=(
            Column("outcome", "Outcome", "text", emphasis=True, words=True),
            Column("explanation", "Why", "text", words=True),
            Column("rows", "Rows", "count"),
            Column("spend", "Spend", "cents"),
        ),
        rows=tuple(rows),
        total=(
            "Rows read",
            "All rows below the header that are not blank.",
            Live("=SUM(spend_account[Rows])", len(spend.lines)),
            Live("=SUM(spend_account[Spend])", _total(spend.lines)),
        ),
        structured=True,
    )


def _total(lines: Iterable[SpendLine]) -> float:
    return float(sum((line.spend for line in lines if line.spend is not None), start=Decimal(0)))


def _spend_set_aside(spend: Spend) -> tuple[Table, ...]:
    shown = spend.set_aside[:LISTED]
    if not shown:
        return ()
    total = len(spend.set_aside)
    return (
        Table(
            name="spend_set_aside",
            title="Rows of spend set aside",
            caption=plural(total, "row.", "rows.")
            if total == len(shown)
            else say("The first {shown} of {total} rows.", shown=count(len(shown)), total=count(total)),
            columns=(
                Column("place", "Where", "text"),
                Column("reason", "Why", "text", words=True),
                Column("month", "Month", "text"),
                Column("channel", "Channel", "text"),
                Column("spend", "Spend", "text"),
            ),
            rows=tuple(
                (line.place, SPEND_REASONS[line.reason], line.month_text, line.channel, line.spend_text)
                for line in shown
            ),
        ),
    )


def _unknown(material: Material, data: CustomerData) -> list[str]:
    known = set(material.customers["customer_id"].tolist())
    return [customer for customer in data.values if customer not in known]


def _customer_account(material: Material, data: CustomerData) -> Table:
    unknown = len(_unknown(material, data))
    joined = len(data.values) - unknown
    parts = (
        ("Joined", "Stands on the page Customer list.", joined),
        ("No order", "The id belongs to no customer with an order that counts.", unknown),
        ("Repeated", "The id stands further up already; its first row counts.", len(data.duplicates)),
        ("No id", "The row has no customer id.", data.without_id),
    )
    lacking = len(material.customers) - joined
    return Table(
        name="customer_data_account",
        title="What became of the customer data",
        caption=say(
            'Every row of {source}; "{id_header}" is the customer id. {many_customer_has} no row there.',
            source=data.source,
            id_header=data.id_header,
            many_customer_has=plural(lacking, "customer has", "customers have"),
        ),
        columns=(
            Column("outcome", "Outcome", "text", emphasis=True, words=True),
            Column("explanation", "Why", "text", words=True),
            Column("rows", "Rows", "count"),
        ),
        rows=tuple((outcome, why, rows) for outcome, why, rows in parts if rows),
        total=(
            "Rows read",
            "All rows below the header that are not blank.",
            Live("=SUM(customer_data_account[Rows])", data.rows),
        ),
        structured=True,
    )
