"""The orders of a table judged where it is: the canonical orders stay there, and only their account comes here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from clv_xl.engines.door import door
from clv_xl.errors import InputError, UsageError
from clv_xl.orders.account import (
    REASONS,
    AccountLine,
    CurrencyAmount,
    FileLine,
    Intake,
    SourceFile,
    StatusLine,
    Warning_,
    plural,
)
from clv_xl.orders.credit_notes import credit_statuses
from clv_xl.orders.saved_columns import resolve_as_saved
from clv_xl.orders.status_notices import unknown_statuses
from clv_xl.orders.status_words import MEANINGS, meaning_of, plain_status
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pandas as pd

    from clv_xl.engines.place import Place
    from clv_xl.orders import OrderRules, ReadOptions
    from clv_xl.orders.account import Outcome
    from clv_xl.orders.columns import Resolution

__all__ = ["Located", "read_in_place"]

_FAR_DAYS: Final = 3652  # as where orders are read from files
_LISTED: Final = 500
_NO_LIMIT: Final = 2**31 - 1  # the most that Spark takes
_EXACT: Final = Decimal("0.0001")
_LAST_DAY: Final = date(9999, 12, 31)
_TEXT_OPTIONS: Final = ("delimiter", "decimal", "date_format", "encoding", "sheet")
# what such columns say changes what counts, by rules that need the rows here
_TELLING: Final = (
    "credited_order", "cancelled_at", "kind", "mode", "discount", "cancelled", "test", "returned", "credit",
    "invoice_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Located:
    """A table or a query where it is.

    Attributes
    ----------
    name : str
        As the account calls it.
    kind : str
        What it was read as.
    sql : str
        Its rows.
    """

    name: str
    kind: str
    sql: str


def read_in_place(
    place: Place, table: Located, options: ReadOptions, rules: OrderRules, *, lists_all: bool = False
) -> Intake:
    """Make the canonical ``order_rows`` in an engine, and return their account.

    Parameters
    ----------
    place : Place
        The engine. What is set aside is listed in the database of its account.
    table : Located
        The orders, a row each.
    options : ReadOptions
        Which column is what, what statuses mean, and the time zone.
    rules : OrderRules
        What counts.
    lists_all : bool
        Whether all rows set aside are listed, or only the first 500.

    Raises
    ------
    InputError
        The columns cannot be told, a type says too little, or no order is left.
    UsageError
        An option is given that has no use here.
    """
    _refuse_options(table, options, rules)
    found = place.columns_of(table.sql)
    headers, kinds = [name for name, _ in found], [kind for _, kind in found]
    resolution = resolve_as_saved(headers, options.columns, options.format)
    _refuse_columns(table, resolution)
    zone = options.time_zone or "UTC"
    place.view(
        "given_rows",
        door(
            place.dialect,
            table.sql,
            kinds,
            resolution.positions,
            zone=zone,
            headers=headers,
            where=table.name,
        ),
    )
    currency = _currency(place, table, rules)
    meanings = _meanings(place, options)
    place.register("status_meanings", meanings)
    ids = place.query("ids_given", {}).iloc[0]
    place.materialise(
        "judged",
        {
            "last_day": rules.as_of or _LAST_DAY,
            "ignores_refunds": rules.refunds == "ignore",
            "whole_customers": bool(ids["customers"] and not ids["other_customers"]),
            "whole_orders": bool(ids["orders"] and not ids["other_orders"]),
        },
    )
    _settle(place, by_status="refunded" in meanings["meaning"].tolist())
    account = _account(place, currency)
    first_day, newest = _days(place, table, rules, account)
    _refuse_totals(place, table, options)
    _refuse_refunds(place, table)
    place.materialise("order_rows", {"last_day": rules.as_of or newest})
    _list_aside(place.here, place.query("aside_rows", {"most": _NO_LIMIT if lists_all else _LISTED}))
    rows = sum(line.rows for line in account)
    if options.strict and (aside := sum(line.rows for line in account if line.reason)):
        raise InputError(
            f"{table.name}: {plural(aside, 'row is', 'rows are')} set aside, and --strict allows none."
        )
    columns = {name: headers[at] for name, at in resolution.positions.items()}
    statuses = _statuses(place) if "status" in columns else ()
    file = SourceFile(
        name=table.name,
        sha256="",
        bytes=0,
        rows=rows,
        kind=table.kind,
        date_format="yyyy-mm-dd",
        columns=columns,
        unused_columns=resolution.unused_by(()),
    )
    unknown = [
        (line.status, line.sales + line.refunds) for line in statuses if line.read_as.startswith("unknown")
    ]
    return Intake(
        as_of=rules.as_of or newest,
        first_day=first_day,
        last_day=newest,
        columns=columns,
        unused_columns=file.unused_columns,
        files=(file,),
        account=account,
        warnings=(_not_looked_for(place), *unknown_statuses([item for item in unknown if item[1]])),
        statuses=statuses,
        currency=currency,
        by_file=tuple(FileLine(1, line.outcome, line.reason, line.rows, line.amount) for line in account),
    )


def _refuse_options(table: Located, options: ReadOptions, rules: OrderRules) -> None:
    given = [f"--{name.replace('_', '-')}" for name in _TEXT_OPTIONS if getattr(options, name)]
    given += [
        name
        for name, is_given in (
            ("--format", options.format not in {None, "columns"}),
            ("--order-amounts once", options.order_amounts == "once"),
            ("--without", options.without),
            ("--aliases", options.aliases),
            ("--column exchange_rate", options.columns.get("exchange_rate")),
            ("--pseudonymise", options.pseudonyms),
            ("amounts_include_vat", rules.amounts_include_vat),
            ("rates", rules.rates),
        )
        if is_given
    ]
    if given:
        raise UsageError(
            f"{table.name} is read where it is, and {given[0]} is of no use there. Say it in SQL with --query, such as"
            " SELECT amount / 1.25 AS amount, ...; or leave out --engine: then it holds."
        )


def _refuse_columns(table: Located, resolution: Resolution) -> None:
    if resolution.problem or resolution.questions:
        raise InputError(f"{table.name}: {resolution.problem or resolution.questions[0].text}")
    special = resolution.match is not None and not resolution.match.format.general
    telling = [role for role in _TELLING if role in resolution.extra]
    headers = [resolution.headers[resolution.extra[role][0]] for role in telling]
    if "refunded" in resolution.positions:
        headers.append(resolution.headers[resolution.positions["refunded"]])
    if special or resolution.rows != "order" or headers:
        what = (
            f'the column "{headers[0]}" tells of' if headers else "its columns are those of an export, with"
        )
        raise InputError(
            f"{table.name}: {what} refunds, discounts, lines of orders or the like, and a table is read where it is"
            " only with one row an order, and refunds below 0. Give a query that makes such rows: --query SQL; or"
            " leave out --engine."
        )


def _currency(place: Place, table: Located, rules: OrderRules) -> str:
    found = [code for code in place.query("currencies_given", {})["currency"].tolist() if code]
    if len(found) > 1:
        raise InputError(
            f"{table.name}: amounts are in {' and '.join(found[:5])}. Where a table is, amounts are not converted: give"
            " a query with amounts in one currency, or leave out --engine and set the parameter rates."
        )
    return rules.currency.strip() or (found[0] if found else "")


def _meanings(place: Place, options: ReadOptions) -> pd.DataFrame:
    """Return what each status text means: as the user says, else as where orders are read from files."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    told = {plain_status(text): MEANINGS[meaning] for text, meaning in options.statuses.items()}
    texts = place.query("statuses_given", {})["status"].tolist()
    meanings = [told.get(plain_status(text)) or meaning_of(text) for text in texts]
    credit = credit_statuses(texts, told)
    return pd.DataFrame(
        {
            "status": pd.Series(texts, dtype="str"),
            "meaning": pd.Series(meanings, dtype="str"),
            "taken_off": pd.Series([text in credit for text in texts], dtype="bool"),
        }
    )


def _settle(place: Place, *, by_status: bool) -> None:
    """Judge refunds and what they undo; where statuses call orders refunded, until no more rows are set aside for it.

    Without such statuses only refunds are set aside here, and nothing stands on them.
    """
    counted = -1
    while True:
        place.materialise("settled")
        if not by_status:
            return
        now = int(place.query("counted_rows", {})["row_count"].iloc[0])
        if now == counted:
            return
        counted = now
        place.rename("settled", "judged")


def _account(place: Place, currency: str) -> tuple[AccountLine, ...]:
    found = {row["reason"]: row for row in _rows(place.query("account_rows", {}))}
    outcomes: list[tuple[str, Outcome, str]] = [("", "used", ""), ("refund", "refund", "")]
    outcomes += [(reason, "set aside", reason) for reason in REASONS if reason]
    lines = []
    for key, outcome, reason in outcomes:
        if key not in found:
            continue
        row = found[key]
        amount = _exact(row["amount"])
        parts = (CurrencyAmount(currency, int(row["with_amount"]), amount),) if row["with_amount"] else ()
        counted = Decimal(0).quantize(_EXACT) if reason else amount
        lines.append(
            AccountLine(outcome, reason, REASONS[reason], int(row["row_count"]), amount, counted, parts)
        )
    return tuple(lines)


def _days(
    place: Place, table: Located, rules: OrderRules, account: tuple[AccountLine, ...]
) -> tuple[date, date]:
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    row = place.query("sale_days", {}).iloc[0]
    if pd.isna(row["first_day"]):
        told = "; ".join(f"{plural(line.rows, 'row', 'rows')}: {line.explanation}" for line in account)
        raise InputError(f"{table.name}: none of the rows is a usable order ({told or 'there is no row'}).")
    newest = row["last_day"].date()
    if rules.as_of is None:
        before = place.query("days_before", {"newest": newest})["day"].iloc[0]
        if not pd.isna(before) and (newest - before.date()).days > _FAR_DAYS:
            raise InputError(
                f"{table.name}: the newest order is of {newest}, the one before of {before.date()}. Everything is"
                f" measured on the newest date, so that must be a real one. Correct it, or pass --as-of"
                f" {before.date()}: orders after that day are then set aside."
            )
    return row["first_day"].date(), newest


def _refuse_totals(place: Place, table: Located, options: ReadOptions) -> None:
    if options.order_amounts == "add":
        return
    row = place.query("repeated_totals", {}).iloc[0]
    if row["orders"]:
        raise InputError(
            f"{table.name}: {plural(int(row['orders']), 'order has', 'orders have')} several rows with the same amount,"
            f' such as "{row["example"]}". If each row has an amount of its own: --order-amounts add. If it is the'
            " total of the order: give a query with one row an order (--query)."
        )


def _refuse_refunds(place: Place, table: Located) -> None:
    row = place.query("refunded_twice", {}).iloc[0]
    if row["sales"]:
        raise InputError(
            f"{table.name}: {plural(int(row['sales']), 'sale is', 'sales are')} refunded by the status"
            f' "{row["status"]}", and the customer, such as "{row["customer"]}", has a refund of the same amount under'
            " another number: it would be taken off twice. If the refunds are rows of their own:"
            f' --status "{row["status"]}=sale". If not: give a query without those rows (--query).'
        )


def _list_aside(here: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> None:
    """List the rows that count nowhere as where they are read from files; a row of a table has no number."""
    here.register("listed_rows", rows)
    here.execute("""
        create or replace table set_aside as
        select row_number() over () as row_number, 1 as file_number, cast(null as bigint) as file_row, reason,
            customer_text as customer_id, date_text as order_date, amount_text as amount,
            cast(amount as decimal(18, 4)) as source_amount, cast(null as varchar) as line,
            cast(null as integer) as counted_file, cast(null as bigint) as counted_row
        from listed_rows
    """)
    here.unregister("listed_rows")


def _statuses(place: Place) -> tuple[StatusLine, ...]:
    words = {"unknown": "unknown, counted as completed"}
    return tuple(
        StatusLine(
            row["status"],
            int(row["row_count"]),
            _exact(row["amount"]),
            words.get(row["meaning"], row["meaning"]),
            int(row["sales"]),
            int(row["refunds"]),
            int(row["set_aside"]),
        )
        for row in _rows(place.query("status_rows", {}))
    )


def _rows(frame: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    names = frame.columns.tolist()
    yield from (dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False))


def _exact(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(_EXACT)


def _not_looked_for(place: Place) -> Warning_:
    text = say(
        "The orders were judged where they are, by {engine}. Orders that stand there twice, customers with several ids,"
        " refunds under another customer than their order, and other things that are looked for in files were not"
        " looked for.",
        engine=place.name,
    )
    return Warning_("judged_in_place", text, 0)
