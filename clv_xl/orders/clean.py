"""From texts to typed rows, and from rows to verdicts: used, a refund, or set aside with a reason."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from clv_xl.errors import ArgumentError, InputError
from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.numbers import currency_sql, is_number_sql, value_sql
from clv_xl.orders.words import STATUS_WORDS

if TYPE_CHECKING:
    import duckdb

    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource

__all__ = ["judge", "parse"]

_KR = frozenset({"SEK", "NOK", "DKK", "ISK"})
_WHOLE_AS_FLOAT = r"[0-9]+\.0"
_HUGE = 8 * 10**19


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(_quoted(text) for text in texts)


def _meaning_sql(plain: str) -> str:
    """Give SQL that reads a status: completed, cancelled, not completed, refunded or unknown."""
    cases = " ".join(
        f"WHEN {plain} IN ({_listed(words)}) THEN '{meaning}'" for meaning, words in STATUS_WORDS.items()
    )
    return f"CASE WHEN {plain} IS NULL THEN 'completed' {cases} ELSE 'unknown' END"


def parse(
    connection: duckdb.DuckDBPyConnection, source: ReadSource, *, file_number: int, offset: int
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
    """
    cells = source.number_cells
    mark = source.marks["amount"]
    columns = source.resolution.positions

    def number(name: str) -> str:
        if name not in columns:
            return "CAST(NULL AS DECIMAL(18, 4))"
        return value_sql(f"{name}_body", source.marks[name], number_cells=cells)

    customer, order = (_id_sql(connection, name) for name in ("customer_id", "order_id"))
    currency = "rtrim(upper(currency), '.')" if "currency" in columns else currency_sql("amount")
    point = "replace(replace(amount_body, ' ', ''), ',', '.')"
    rows = f"""
        WITH valued AS (
            SELECT *, {number("amount")} AS source_amount, translate(lower(status), '-_', '  ') AS plain_status,
                CASE WHEN regexp_matches(amount_body, '[.,][0-9]{{5,}}$')
                    THEN TRY_CAST({point} AS DECIMAL(38, 18)) END AS precise
            FROM text_rows
        ), told AS (
            SELECT *, CASE WHEN starts_with(plain_status, 'wc ') THEN plain_status[4:] ELSE plain_status END AS told
            FROM valued
        )
        SELECT {offset} + record AS row_number, CAST({file_number} AS INTEGER) AS file_number, file_row,
            wrong_columns, line, customer_id AS customer_text, order_date AS date_text, amount AS amount_text,
            {customer} AS customer_id, {order} AS order_id, {source.date_sql} AS day, source_amount,
            CASE WHEN source_amount IS NOT NULL THEN true WHEN amount IS NULL THEN false
                ELSE {is_number_sql("amount_body", mark, number_cells=cells)} END AS is_number,
            precise - source_amount AS rounding,
            {number("cost")} AS source_cost, cost IS NOT NULL AS has_cost,
            CAST({number("quantity")} AS DOUBLE) AS quantity, quantity IS NOT NULL AS has_quantity,
            channel, product, country, status, {_meaning_sql("told")} AS meaning, {currency} AS currency
        FROM told
    """  # noqa: S608  (our own names and expressions)
    head = "CREATE OR REPLACE TEMP TABLE parsed AS" if file_number == 1 else "INSERT INTO parsed"
    connection.execute(f"{head} {rows}")
    connection.execute("DROP TABLE text_rows")


def _id_sql(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Ids are text; only a column whose every id became a float on its way (``17850.0``) loses the ``.0``."""
    row = connection.execute(
        f"SELECT bool_and(regexp_full_match({name}, '{_WHOLE_AS_FLOAT}')) FROM text_rows"  # noqa: S608
    ).fetchone()
    return f"left({name}, -2)" if row and row[0] else name


def judge(connection: duckdb.DuckDBPyConnection, rules: OrderRules, where: str) -> None:
    """Make ``judged`` from ``parsed``: the amount that counts, and the reason why a row is set aside, if any.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are.
    rules : OrderRules
        What counts.
    where : str
        The files, for messages.

    Raises
    ------
    InputError
        If amounts are in several currencies and a rate is missing.
    """
    factors = _factors(connection, rules, where)
    vat = 1 + Fraction(str(Decimal(str(rules.vat_rate)))) if rules.amounts_include_vat else Fraction(1)
    amount = _converted("source_amount", {code: rate / vat for code, rate in factors.items()})
    cost = _converted("source_cost", factors)
    as_of = f"WHEN day > DATE '{rules.as_of.isoformat()}' THEN 'after_as_of'" if rules.as_of else ""
    ignored = "WHEN amount < 0 THEN 'refunds_ignored'" if rules.refunds == "ignore" else ""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE judged AS
        WITH counted AS (SELECT *, {amount} AS amount, {cost} AS cost FROM parsed)
        SELECT *, CASE
            WHEN wrong_columns THEN 'wrong_columns'
            WHEN customer_id IS NULL OR customer_id IN ({_listed(NO_CUSTOMER_TEXTS)}) THEN 'missing_customer'
            WHEN day IS NULL THEN 'bad_date'
            WHEN day < DATE '1900-03-01' OR day > DATE '9999-12-31' THEN 'date_out_of_range'
            WHEN amount_text IS NULL THEN 'missing_amount'
            WHEN NOT is_number THEN 'bad_amount'
            WHEN amount IS NULL OR abs(amount) > 99999999999999 THEN 'amount_out_of_range'
            WHEN meaning = 'cancelled' THEN 'cancelled'
            WHEN meaning = 'not completed' THEN 'not_completed'
            {as_of} {ignored} END AS reason
        FROM counted
    """)  # noqa: S608  (our own names and expressions)
    connection.execute("""
        UPDATE judged SET reason = 'refunded_by_status'
        WHERE reason IS NULL AND meaning = 'refunded' AND amount > 0 AND NOT coalesce(order_id IN (
            SELECT order_id FROM judged
            WHERE amount < 0 AND order_id IS NOT NULL
                AND (reason IS NULL OR reason = 'refunds_ignored')), false)
    """)
    connection.execute("""
        UPDATE judged SET reason = 'refund_without_order'
        FROM (
            SELECT refund.row_number, sale.first_day
            FROM judged AS refund
            LEFT JOIN (
                SELECT customer_id, min(day) AS first_day FROM judged
                WHERE reason IS NULL AND amount >= 0 GROUP BY customer_id
            ) AS sale ON sale.customer_id = refund.customer_id
            WHERE refund.reason IS NULL AND refund.amount < 0
        ) AS refunds
        WHERE judged.row_number = refunds.row_number
            AND (refunds.first_day IS NULL OR judged.day < refunds.first_day)
    """)


def _factors(connection: duckdb.DuckDBPyConnection, rules: OrderRules, where: str) -> dict[str, Fraction]:
    """Return currency code -> rate, ``""`` for rows without a currency; report units for one unit."""
    home = rules.currency.strip().upper()
    rates = {code.strip().upper(): Fraction(str(Decimal(str(rate)))) for code, rate in rules.rates.items()}
    if home:
        rates[home] = Fraction(1)
        if home in _KR:
            rates.setdefault("KR", Fraction(1))
    counts = connection.execute("""
        SELECT currency, count(*) FROM parsed WHERE source_amount IS NOT NULL AND currency IS NOT NULL
        GROUP BY currency ORDER BY count(*) DESC, currency
    """).fetchall()
    unknown = [code for code, _ in counts if code not in rates]
    foreign = bool(rules.rates) or bool(home and unknown and (len(unknown[0]) == 3 or unknown[0] == "KR"))
    if unknown and (len(counts) > 1 or foreign):
        listed = ", ".join(f"{code} ({rows:,} rows)" for code, rows in counts[:10])
        lacking = f" No rate for {', '.join(unknown[:10])}." if rates else ""
        example = f'currency = "{home or counts[0][0]}" and rates = {{ {unknown[-1]} = 1.23 }}'
        raise InputError(
            f"{where}: the amounts are in {listed}.{lacking} Keep the rows of one currency,"
            f" or give the report's currency and the rates in the parameters, such as {example}."
        )
    return {"": Fraction(1)} | {code: rates.get(code, Fraction(1)) for code, _ in counts}


def _converted(column: str, factors: dict[str, Fraction]) -> str:
    """Give SQL for column x factor, rounded half away from zero to 4 decimals, in whole numbers."""
    if all(factor == 1 for factor in factors.values()):
        return column
    cases = []
    for code, factor in factors.items():
        top, bottom = factor.numerator, factor.denominator
        if max(top, bottom) > _HUGE:
            raise ArgumentError(f"The rate of {code or 'the amounts'} has too many digits. Round it.")
        units = f"CAST(CAST(abs({column}) AS DECIMAL(38, 4)) * 10000 AS HUGEINT)"
        whole = f"((2 * {units} * {top}::HUGEINT + {bottom}::HUGEINT) // (2 * {bottom}::HUGEINT))"
        exact = f"TRY_CAST(TRY_CAST({whole} AS DECIMAL(30, 0)) * 0.0001 AS DECIMAL(18, 4))"
        when = f"currency = {_quoted(code)}" if code else "currency IS NULL"
        cases.append(f"WHEN {when} THEN CASE WHEN {column} < 0 THEN -{exact} ELSE {exact} END")
    return f"CASE {' '.join(cases)} END"
