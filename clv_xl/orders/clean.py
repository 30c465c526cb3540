"""From texts to typed rows, and from rows to verdicts: used, a refund, or set aside with a reason."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.credit_notes import credit_statuses
from clv_xl.orders.credited import take_off_credited
from clv_xl.orders.money import converted
from clv_xl.orders.named_currency import row_currency
from clv_xl.orders.numbers import is_number_sql, value_sql
from clv_xl.orders.parsed_table import put_rows
from clv_xl.orders.refund_rows import judge_refund_rows
from clv_xl.orders.refunded import judge_refunded
from clv_xl.orders.repeats import again_sql
from clv_xl.orders.row_rates import rate_sql
from clv_xl.orders.row_texts import drop_text_rows
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.orders.total_rows import mark_totals
from clv_xl.orders.units import in_units_sql, percent_of_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.account import Warning_
    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource
    from clv_xl.orders.row_meaning import RowMeaning

__all__ = ["judge", "parse"]

_NO_TEXT = "CAST(NULL AS VARCHAR)"
_NO_AMOUNT = "CAST(NULL AS DECIMAL(18, 4))"
_WHOLE_AS_FLOAT = r"[0-9]+\.0"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(_quoted(text) for text in texts)


def _meaning_sql(found: Sequence[str], told: Mapping[str, str]) -> str:
    """Give SQL that reads a status: a key of ``STATUS_WORDS``, or unknown; what the user said comes first."""
    texts: dict[str, list[str]] = {}
    for text in found:
        meaning = told.get(plain_status(text)) or meaning_of(text)
        if meaning != "unknown":
            texts.setdefault(meaning, []).append(text)
    cases = " ".join(
        f"WHEN status IN ({_listed(tuple(same))}) THEN '{meaning}'" for meaning, same in texts.items()
    )
    return f"CASE WHEN status IS NULL THEN 'completed' {cases} ELSE 'unknown' END"


def _taken_off_sql(found: Sequence[str], told: Mapping[str, str]) -> str:
    """Give SQL that is true for credit notes by their status; nothing where there are none."""
    credit = credit_statuses(found, told)
    return f"coalesce(status IN ({_listed(tuple(credit))}), false)" if credit else ""


def parse(
    connection: duckdb.DuckDBPyConnection,
    source: ReadSource,
    *,
    file_number: int,
    offset: int,
    statuses: Mapping[str, str],
    alone: bool = False,
) -> None:
    """Append the rows of ``text_rows`` to ``parsed``, typed.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are.
    source : ReadSource
        How the texts are to be understood.
    file_number : int
        From 1.
    offset : int
        Added to record numbers, so that row numbers are unique over all files.
    statuses : Mapping[str, str]
        Plain status text -> meaning, as the user said.
    alone : bool
        Whether no other file is read.
    """
    cells = source.number_cells
    means = source.meaning

    def number(name: str) -> str:
        return f"{name}_value" if name in source.marks else _NO_AMOUNT

    def read(name: str, mark: str) -> str:
        value = (
            f"{name}_exact" if name in source.exact else value_sql(f"{name}_body", mark, number_cells=cells)
        )
        return in_units_sql(value, means.times[name]) if name in means.times else value

    numbers = "".join(
        f", {read(name, mark)} AS {name}_value" for name, mark in source.marks.items() if name != "unit_price"
    )

    def is_number(name: str) -> str:
        return is_number_sql(f"{name}_body", source.marks[name], number_cells=cells)

    wrong = connection.execute("SELECT 1 FROM text_rows WHERE wrong_columns LIMIT 1").fetchone() is not None
    customer, order = (_id_sql(connection, name) for name in ("customer_id", "order_id"))
    currency = row_currency(connection, source)
    there = source.resolution.positions.keys() | means.roles
    found = _statuses(connection) if "status" in there else []
    status = _meaning_sql(found, {**means.statuses, **statuses})
    taken_off = _taken_off_sql(found, {**means.statuses, **statuses})
    point = "replace(replace(amount_body, ' ', ''), ',', '.')"
    amount = means.amount(
        {name: number(name) for name in ("amount", "quantity", "discount", "shipping", "tax")}
    )
    refunded = means.refunded({name: number(name) for name in ("refunded", "amount", "other_amount", "tax")})
    if means.refunded_in:
        refunded = percent_of_sql("source_amount", number("refunded"), means.refunded_in)
    both = (
        f"{is_number('amount')} AND {is_number('quantity')}"
        if means.rows == "product"
        else is_number("amount")
    )
    # a text with five decimals is longer than most amounts: only such need the pattern
    precise = f"""CASE WHEN length(amount_body) > 6 AND regexp_matches(amount_body, '[.,][0-9]{{5,}}$')
                    THEN TRY_CAST({point} AS DECIMAL(38, 18)) - source_amount END"""
    # ids stay as they are in a single file without rows that name the order of another
    stays = alone and means.order(order) == "order_id" and "credited_order" not in means.roles
    again = again_sql(connection, each_once=source.each_once) if stays else "true"
    if taken_off:
        amount = f"CASE WHEN {taken_off} THEN -abs({amount}) ELSE {amount} END"

    def text(name: str) -> str:
        return name if name in there else _NO_TEXT

    def filled(name: str) -> str:
        return f"{name} IS NOT NULL" if name in there else "false"

    event, told_status, told_meaning = means.event(), means.status(), means.meaning(status)
    if "status" not in there and told_status == "status" and event == "''":
        told_status, told_meaning = _NO_TEXT, "'completed'"
    apart = f"coalesce({means.apart()}, CASE WHEN differs IS NOT NULL THEN 'currency_differs' END)"
    columns = {
        "row_number": f"{offset} + record",
        "file_number": str(file_number),
        "file_row": "file_row",
        "wrong_columns": "wrong_columns" if wrong else "false",
        "line": "CASE WHEN wrong_columns THEN line END" if wrong else _NO_TEXT,  # else nothing tells it
        "line_hash": _line_hash(connection, again, each_once=alone and source.each_once),
        "again": again if again == "true" else "false",
        "says_total": "says_total",
        "customer_text": "customer_id",
        "date_text": "order_date",
        "amount_text": "amount_text",
        "customer_id": means.customer(customer),
        "order_id": means.order(order),
        "day": source.date_sql,
        "source_amount": "source_amount",
        "is_number": f"""CASE WHEN source_amount IS NOT NULL THEN true WHEN amount_text IS NULL THEN false
            ELSE {both} END""",
        "rounding": precise if means.is_plain and not taken_off else "CAST(NULL AS DECIMAL(38, 18))",
        "rate": rate_sql(source),
        "converted_amount": number("converted_amount"),
        "source_cost": number("cost"),
        "has_cost": filled("cost"),
        "quantity": f"CAST({number('quantity')} AS DOUBLE)"
        if "quantity" in there
        else "CAST(NULL AS DOUBLE)",
        "has_quantity": filled("quantity"),
        "source_refunded": f"CASE WHEN differs IS NULL THEN {refunded} END"
        if "refunded" in there
        else _NO_AMOUNT,
        "has_refunded": "refunded IS NOT NULL AND differs IS NULL" if "refunded" in there else "false",
        "channel": text("channel"),
        "product": text("product"),
        "country": text("country"),
        "status": told_status,
        "meaning": told_meaning,
        "currency": "CASE WHEN differs IS NULL THEN row_currency END",
        "differs": _NO_TEXT if currency.differs == _NO_TEXT else "differs",
        "taken_off": taken_off or "false",
        "apart": apart,
        "event": event if event == "''" else "event",
        "email": means.contact("email"),
        "phone": means.contact("phone"),
        "email_written": means.email_written(),
        "consent": _text(means, "consent"),
        "payment": _text(means, "payment"),
        "other_amount": _text(means, "other_amount"),
        "named_order": _NO_TEXT if alone else _text(means, "named_order"),
        "credited_order": "credited_order" if means.names_elsewhere else _text(means, "credited_order"),
    }
    valued = f"""told AS (
            SELECT *, {event} AS event{means.places(source.date_sql)}{currency.signs}{numbers}
            FROM text_rows
        ), held AS (
            SELECT *, {currency.code} AS row_currency, {currency.differs} AS differs FROM told
        ), valued AS (
            SELECT *, CASE WHEN differs IS NULL THEN {amount} END AS source_amount,
                {means.amount_text()} AS amount_text FROM held
        )"""  # noqa: S608  (our own names and expressions)
    put_rows(connection, columns, valued, first=file_number == 1, alone=alone)
    _mark_again(connection, again)
    mark_totals(connection, file_number)
    _mark_headers(connection, source, file_number)
    if "credited_order" in means.roles:
        take_off_credited(connection, file_number)
    drop_text_rows(connection)


def _mark_again(connection: duckdb.DuckDBPyConnection, again: str) -> None:
    """Mark the rows of ``parsed`` whose order id others have; a join while they are written would turn them about."""
    if again not in {"true", "false"}:
        connection.execute(f"UPDATE parsed SET again = true WHERE {again}")  # noqa: S608  (our own expression)


def _line_hash(connection: duckdb.DuckDBPyConnection, again: str, *, each_once: bool) -> str:
    """Return SQL for the hash by which a row is known again: none is, where each has an order id of its own."""
    if each_once:
        return "CAST(NULL AS UBIGINT)"
    if again == "true":
        return "line_hash"
    # of one reader's fields a blank one is always NULL, so that equal lines have equal fields; rows of other files,
    # of which only the line can be compared, are not there
    names = (name for name, *_ in connection.execute("DESCRIBE text_rows").fetchall())
    cells = [name for name in names if re.fullmatch("c[0-9]+", name)]
    return f"hash({', '.join(cells)})" if cells else "line_hash"


def _statuses(connection: duckdb.DuckDBPyConnection) -> list[str]:
    told = connection.execute(
        "SELECT DISTINCT status FROM text_rows WHERE status IS NOT NULL ORDER BY status"
    )
    return [text for (text,) in told.fetchall()]


def _mark_headers(connection: duckdb.DuckDBPyConnection, source: ReadSource, file_number: int) -> None:
    """Set the header apart where it stands again among the rows, as in exports put below each other."""
    date, customer = (source.header(name).lower() for name in ("order_date", "customer_id"))
    connection.execute(
        "UPDATE parsed SET apart = 'header_again' WHERE file_number = $file AND day IS NULL"
        " AND lower(date_text) = $date AND lower(customer_text) = $customer",
        {"file": file_number, "date": date, "customer": customer},
    )


def _text(means: RowMeaning, role: str) -> str:
    return role if role in means.roles else _NO_TEXT


def _id_sql(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Ids are text; only a column whose every id became a float on its way (``17850.0``) loses the ``.0``."""
    float_like = f"regexp_full_match({name}, '{_WHOLE_AS_FLOAT}')"
    # the first id that is none settles it
    for condition, found in ((f"NOT {float_like}", name), (float_like, f"left({name}, -2)")):
        if connection.execute(f"SELECT 1 FROM text_rows WHERE {condition} LIMIT 1").fetchone():  # noqa: S608
            return found
    return name


def judge(
    connection: duckdb.DuckDBPyConnection,
    rules: OrderRules,
    rates: dict[str, Fraction],
    *,
    has_refunded: bool,
    net_files: Sequence[int] = (),
) -> tuple[Warning_, ...]:
    """Make ``judged`` from ``parsed``: the amount that counts, and the reason why a row is set aside, if any.

    Return what to tell of refunds. Where a file has a column of refunded amounts, ``refunded_cells`` says what each of
    them does.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are.
    rules : OrderRules
        What counts.
    rates : dict[str, Fraction]
        Currency code -> what one unit counts for, ``""`` for rows without a currency.
    has_refunded : bool
        Whether any file has such a column.
    net_files : Sequence[int]
        Numbers of the files out of whose amounts no VAT is to be taken any more.
    """
    vat = 1 + Fraction(str(Decimal(str(rules.vat_rate)))) if rules.amounts_include_vat else Fraction(1)
    by_row = connection.execute("SELECT 1 FROM parsed WHERE rate IS NOT NULL LIMIT 1").fetchone() is not None
    factors = {code: rate / vat for code, rate in rates.items()}

    def counted(column: str) -> str:
        taken = converted(column, factors, by_row=by_row, divided_by=vat)
        if not net_files or vat == 1:
            return taken
        listed = ", ".join(map(str, net_files))
        return f"CASE WHEN file_number IN ({listed}) THEN {converted(column, rates, by_row=by_row)} ELSE {taken} END"

    amount = counted("source_amount")
    cost = converted("source_cost", rates, by_row=by_row)
    as_of = f"WHEN day > DATE '{rules.as_of.isoformat()}' THEN 'after_as_of'" if rules.as_of else ""
    ignored = "WHEN amount < 0 THEN 'refunds_ignored'" if rules.refunds == "ignore" else ""
    # the verdicts join the rows where they stand: a copy of them all costs many times more
    for column in ("amount DECIMAL(18, 4)", "cost DECIMAL(18, 4)", "reason VARCHAR"):
        connection.execute(f"ALTER TABLE parsed ADD COLUMN {column}")
    connection.execute(f"UPDATE parsed SET amount = {amount}, cost = {cost}")  # noqa: S608  (our own expressions)
    reason = f"""
        CASE
            WHEN wrong_columns THEN 'wrong_columns'
            WHEN apart IS NOT NULL THEN apart
            WHEN meaning = 'test' THEN 'test_order'
            WHEN customer_id IS NULL OR customer_id IN ({_listed(NO_CUSTOMER_TEXTS)}) THEN 'missing_customer'
            WHEN day IS NULL THEN 'bad_date'
            WHEN day < DATE '1900-03-01' OR day > DATE '9999-12-31' THEN 'date_out_of_range'
            WHEN amount_text IS NULL THEN 'missing_amount'
            WHEN NOT is_number THEN 'bad_amount'
            WHEN amount IS NULL OR abs(amount) > 99999999999999 THEN 'amount_out_of_range'
            WHEN meaning = 'cancelled' THEN 'cancelled'
            WHEN meaning = 'not completed' THEN 'not_completed'
            WHEN meaning = 'credit note' AND amount > 0 THEN 'credit_note'
            {as_of} {ignored} END
    """
    # to write a blank into every row takes longer than to look twice at the few that have a reason
    connection.execute(f"UPDATE parsed SET reason = {reason} WHERE ({reason}) IS NOT NULL")  # noqa: S608
    connection.execute("ALTER TABLE parsed RENAME TO judged")
    connection.execute("CREATE TEMP VIEW parsed AS FROM judged")
    notes = judge_refund_rows(connection)
    if has_refunded:
        judge_refunded(connection, rules, counted("subtracted"))
    return notes
