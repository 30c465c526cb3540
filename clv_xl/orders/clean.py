"""From texts to typed rows, and from rows to verdicts: used, a refund, or set aside with a reason."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.credit_notes import credit_statuses
from clv_xl.orders.credited import take_off_credited
from clv_xl.orders.money import converted
from clv_xl.orders.named_currency import row_currency
from clv_xl.orders.numbers import is_number_sql, value_sql
from clv_xl.orders.refund_rows import judge_refund_rows
from clv_xl.orders.refunded import judge_refunded
from clv_xl.orders.row_rates import rate_sql
from clv_xl.orders.row_texts import drop_text_rows
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.orders.total_rows import mark_totals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.account import Warning_
    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource
    from clv_xl.orders.row_meaning import RowMeaning

__all__ = ["judge", "parse"]

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
    """
    cells = source.number_cells
    means = source.meaning

    def number(name: str) -> str:
        return f"{name}_value" if name in source.marks else "CAST(NULL AS DECIMAL(18, 4))"

    def read(name: str, mark: str) -> str:
        return (
            f"{name}_exact" if name in source.exact else value_sql(f"{name}_body", mark, number_cells=cells)
        )

    numbers = "".join(
        f", {read(name, mark)} AS {name}_value" for name, mark in source.marks.items() if name != "unit_price"
    )

    def is_number(name: str) -> str:
        return is_number_sql(f"{name}_body", source.marks[name], number_cells=cells)

    customer, order = (_id_sql(connection, name) for name in ("customer_id", "order_id"))
    currency = row_currency(connection, source)
    texts = connection.execute(
        "SELECT DISTINCT status FROM text_rows WHERE status IS NOT NULL ORDER BY status"
    ).fetchall()
    found = [text for (text,) in texts]
    status = _meaning_sql(found, {**means.statuses, **statuses})
    taken_off = _taken_off_sql(found, {**means.statuses, **statuses})
    point = "replace(replace(amount_body, ' ', ''), ',', '.')"
    amount = means.amount(
        {name: number(name) for name in ("amount", "quantity", "discount", "shipping", "tax")}
    )
    refunded = means.refunded({name: number(name) for name in ("refunded", "amount", "other_amount", "tax")})
    both = (
        f"{is_number('amount')} AND {is_number('quantity')}"
        if means.rows == "product"
        else is_number("amount")
    )
    # a text with five decimals is longer than most amounts: only such need the pattern
    precise = f"""CASE WHEN length(amount_body) > 6 AND regexp_matches(amount_body, '[.,][0-9]{{5,}}$')
                    THEN TRY_CAST({point} AS DECIMAL(38, 18)) - source_amount END"""
    if taken_off:
        amount = f"CASE WHEN {taken_off} THEN -abs({amount}) ELSE {amount} END"
    rows = f"""
        WITH told AS (
            SELECT *, {means.event()} AS event{means.places(source.date_sql)}{currency.signs}{numbers} FROM text_rows
        ), held AS (
            SELECT *, {currency.code} AS row_currency, {currency.differs} AS differs FROM told
        ), valued AS (
            SELECT *, CASE WHEN differs IS NULL THEN {amount} END AS source_amount,
                {means.amount_text()} AS amount_text FROM held
        )
        SELECT {offset} + record AS row_number, CAST({file_number} AS INTEGER) AS file_number, file_row,
            wrong_columns, line, line_hash, says_total,
            customer_id AS customer_text, order_date AS date_text, amount_text,
            {means.customer(customer)} AS customer_id, {means.order(order)} AS order_id,
            {source.date_sql} AS day, source_amount,
            CASE WHEN source_amount IS NOT NULL THEN true WHEN amount_text IS NULL THEN false
                ELSE {both} END AS is_number,
            {precise if means.is_plain and not taken_off else "CAST(NULL AS DECIMAL(38, 18))"} AS rounding,
            {rate_sql(source)} AS rate, {number("converted_amount")} AS converted_amount,
            {number("cost")} AS source_cost, cost IS NOT NULL AS has_cost,
            CAST({number("quantity")} AS DOUBLE) AS quantity, quantity IS NOT NULL AS has_quantity,
            CASE WHEN differs IS NULL THEN {refunded} END AS source_refunded,
            refunded IS NOT NULL AND differs IS NULL AS has_refunded,
            channel, product, country, {means.status()} AS status,
            {means.meaning(status)} AS meaning,
            CASE WHEN differs IS NULL THEN row_currency END AS currency, differs, {taken_off or "false"} AS taken_off,
            coalesce({means.apart()}, CASE WHEN differs IS NOT NULL THEN 'currency_differs' END) AS apart, event,
            {means.contact("email")} AS email, {means.contact("phone")} AS phone,
            {means.email_written()} AS email_written,
            {_text(means, "consent")} AS consent,
            {_text(means, "payment")} AS payment, {_text(means, "other_amount")} AS other_amount,
            {"credited_order" if means.names_elsewhere else _text(means, "credited_order")} AS credited_order
        FROM valued
    """  # noqa: S608  (our own names and expressions)
    head = "CREATE OR REPLACE TEMP TABLE parsed AS" if file_number == 1 else "INSERT INTO parsed"
    connection.execute(f"{head} {rows}")
    mark_totals(connection, file_number)
    _mark_headers(connection, source, file_number)
    if "credited_order" in means.roles:
        take_off_credited(connection, file_number)
    drop_text_rows(connection)


def _mark_headers(connection: duckdb.DuckDBPyConnection, source: ReadSource, file_number: int) -> None:
    """Set the header apart where it stands again among the rows, as in exports put below each other."""
    date, customer = (source.header(name).lower() for name in ("order_date", "customer_id"))
    connection.execute(
        "UPDATE parsed SET apart = 'header_again' WHERE file_number = $file AND day IS NULL"
        " AND lower(date_text) = $date AND lower(customer_text) = $customer",
        {"file": file_number, "date": date, "customer": customer},
    )


def _text(means: RowMeaning, role: str) -> str:
    return role if role in means.roles else "CAST(NULL AS VARCHAR)"


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
    connection.execute(f"""
        UPDATE parsed SET reason = CASE
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
    """)  # noqa: S608  (our own names and expressions)
    connection.execute("ALTER TABLE parsed RENAME TO judged")
    connection.execute("CREATE TEMP VIEW parsed AS FROM judged")
    notes = judge_refund_rows(connection)
    if has_refunded:
        judge_refunded(connection, rules, counted("subtracted"))
    return notes
