"""What a careful analyst would want to know about the rows that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.account import Warning_, plural
from clv_xl.orders.credit_notes import credit_notes_told
from clv_xl.orders.doubtful import one_order_each, unused_but_telling
from clv_xl.orders.header_words import UNIT_COSTS, fold, vat_in_header
from clv_xl.orders.late_days import late_days
from clv_xl.orders.named_currency import currencies_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from clv_xl.orders.money import Money
    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource

__all__ = ["notices"]

_PLACEHOLDERS = ("nan", "none", "na", "n/a", "undefined", "unknown", "-", "guest", "0")
_TEXTS_TOLD = 5
_GIFT_CARD = "gift[ _-]?card|presentkort|gavekort|lahjakort|geschenkgutschein|carte[ -]cadeau"
_ROUNDING_WORTH_A_WORD = "0.000001"


def notices(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[ReadSource],
    columns: Mapping[str, str],
    rules: OrderRules,
    found: Money,
) -> tuple[Warning_, ...]:
    """Look through ``judged`` for what needs a second look.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in order.
    columns : Mapping[str, str]
        The canonical columns that some file has.
    rules : OrderRules
        What counts, as the user said.
    found : Money
        The currencies.
    """
    notes = [note for source in sources for note in source.notes]
    notes += [*_formats(sources), *_gift_cards(connection), *_purchase_currency(connection)]
    notes += unused_but_telling(sources)
    notes += currencies_told(connection, sources)
    notes += [*_vat(sources, rules), *_amounts(connection, found), *_customers(connection)]
    notes += [*one_order_each(connection, columns), *_orders(connection, columns)]
    if rules.as_of is None:
        notes += late_days(connection)
    notes += [*_details(connection, columns), *_statuses(connection, columns, rules)]
    if "refunded" in columns:
        notes += _refunded(connection, columns["refunded"])
    return tuple(notes)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def _formats(sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    """Tell what each known export is known for."""
    rows: dict[str, int] = {}
    for source in sources:
        for text in source.meaning.format.notes if source.meaning.format else ():
            rows[text] = rows.get(text, 0) + source.file.rows
    for text, count in rows.items():
        yield Warning_("format_note", text, count)


def _gift_cards(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    ((sold, used),) = _rows(
        connection,
        f"""
        SELECT coalesce(sum(rows) FILTER (regexp_matches(lower(product), '{_GIFT_CARD}')), 0)::BIGINT,
            coalesce(sum(rows) FILTER (regexp_matches(lower(payment), '{_GIFT_CARD}')), 0)::BIGINT
        FROM (
            SELECT product, payment, count(*) AS rows FROM judged
            WHERE reason IS NULL OR reason IN ('order_line', 'repeated_total') GROUP BY product, payment)
        """,  # noqa: S608  (our own words)
    )
    if sold or used:
        parts = [
            f"{count:,} rows {what} a gift card"
            for count, what in ((sold, "sell"), (used, "are paid with"))
            if count
        ]
        text = (
            f"{' and '.join(parts)}. Such amounts count in full: the money of a gift card counts when it is sold,"
            " and again when it is spent."
        )
        yield Warning_("gift_cards", text, sold + used)


def _purchase_currency(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    ((rows,),) = _rows(
        connection,
        """
        SELECT count(*) FROM judged
        WHERE reason IS NULL AND TRY_CAST(regexp_extract(replace(other_amount, ',', ''), '[0-9.]+') AS DECIMAL(18, 4))
            IS DISTINCT FROM abs(source_amount) AND other_amount IS NOT NULL
        """,
    )
    if rows:
        text = (
            f"{plural(rows, 'used row was', 'used rows were')} paid in another currency than the shop's own: their two"
            " grand totals differ. The one in the shop's own currency counts; refunded amounts, which are in that of"
            " the purchase, are converted at the rate of their order."
        )
        yield Warning_("purchase_currency", text, rows)


def _vat(sources: Sequence[ReadSource], rules: OrderRules) -> Iterator[Warning_]:
    """Hold what the headers say of VAT against the switch."""
    for source in sources:
        header = source.header("amount")
        vat = _vat_of(source)
        if vat == "included" and not rules.amounts_include_vat:
            text = (
                f'{source.where}: the header "{header}" says that the amounts include VAT, but amounts_include_vat is'
                " off: VAT is counted as revenue. To take it out: --set amounts_include_vat=true and"
                f" --set vat_rate={rules.vat_rate:g}, with your own rate."
            )
            yield Warning_("header_includes_vat", text, source.file.rows)
        if vat == "excluded" and rules.amounts_include_vat:
            text = (
                f'{source.where}: the header "{header}" says that the amounts are without VAT, but'
                " amounts_include_vat is on: VAT is taken out of them. To leave them: --set amounts_include_vat=false."
            )
            yield Warning_("header_excludes_vat", text, source.file.rows)


def _vat_of(source: ReadSource) -> str:
    """Return whether the amounts of a file are with or without VAT, where that is known."""
    format_ = source.meaning.format
    if source.meaning.vat or (format_ is not None and format_.kinds):
        return ""  # gross of fees, not of VAT
    return (
        "excluded" if format_ is not None and format_.net_of_tax else vat_in_header(source.header("amount"))
    )


def _amounts(connection: duckdb.DuckDBPyConnection, found: Money) -> Iterator[Warning_]:
    ((rounded, effect, zero, blank_currency, currencies),) = _rows(
        connection,
        f"""
        SELECT count(*) FILTER (abs(rounding) > {_ROUNDING_WORTH_A_WORD}), sum(rounding),
            count(*) FILTER (reason IS NULL AND amount = 0),
            count(*) FILTER (reason IS NULL AND currency IS NULL), count(DISTINCT currency)
        FROM judged
        """,  # noqa: S608  (a number of our own)
    )
    if rounded:
        text = f"{rounded:,} amounts have more than 4 decimals and were rounded; in total by {effect:f}."
        yield Warning_("rounded_amounts", text, rounded)
    if zero:
        yield Warning_("zero_amounts", f"{zero:,} orders have the amount 0. They count as orders.", zero)
    if currencies and blank_currency:
        label = found.currency or "the report's currency"
        text = f"{blank_currency:,} used rows have no currency. They are taken as {label}."
        yield Warning_("no_currency", text, blank_currency)


def _customers(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    nothing = ", ".join(f"'{text}'" for text in NO_CUSTOMER_TEXTS)
    placeholders = ", ".join(f"'{text}'" for text in _PLACEHOLDERS)
    for text, rows in _rows(
        connection,
        f"""
        SELECT customer_id, count(*) FROM judged
        WHERE customer_id IN ({nothing}) OR (reason IS NULL AND lower(customer_id) IN ({placeholders}))
        GROUP BY customer_id ORDER BY count(*) DESC, customer_id
        """,  # noqa: S608  (our own words)
    ):
        if text in NO_CUSTOMER_TEXTS:
            words = f'{rows:,} rows have the text "{text}" for a customer. They are set aside as having none.'
            yield Warning_("customer_text_null", words, rows)
        else:
            words = f'{plural(rows, "row belongs", "rows belong")} to a customer called "{text}".'
            words += ' If that means "none", clear the cells.'
            yield Warning_("customer_placeholder", words, rows)


def _orders(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> Iterator[Warning_]:
    if "order_id" not in columns:
        return
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE repeated_orders AS
        SELECT order_id, min(customer_id) <> max(customer_id) AS shared
        FROM judged SEMI JOIN (
            SELECT hash(order_id) AS key FROM judged WHERE reason IS NULL AND order_id IS NOT NULL
            GROUP BY key HAVING count(*) > 1) AS several ON hash(order_id) = key
        WHERE reason IS NULL AND order_id IS NOT NULL
        GROUP BY order_id HAVING count(*) > 1
    """)
    ((extra,),) = _rows(
        connection,
        """
        SELECT coalesce(sum(copies - 1), 0)::BIGINT FROM (
            SELECT count(*) AS copies FROM judged SEMI JOIN repeated_orders USING (order_id)
            WHERE reason IS NULL GROUP BY line_hash HAVING count(*) > 1)
        """,
    )
    ((shared, rows, example),) = _rows(
        connection,
        """
        SELECT count(DISTINCT order_id), count(*), min(order_id)
        FROM judged SEMI JOIN (FROM repeated_orders WHERE shared) AS shared_orders USING (order_id)
        WHERE reason IS NULL
        """,
    )
    ((without,),) = _rows(connection, "SELECT count(*) FROM judged WHERE reason IS NULL AND order_id IS NULL")
    connection.execute("DROP TABLE repeated_orders")
    if extra:
        text = "1 row repeats" if extra == 1 else f"{extra:,} rows repeat"
        text += " another row in every column. "
        text += (
            "It counts; remove it if it is a copy."
            if extra == 1
            else "They count; remove them if they are copies."
        )
        yield Warning_("duplicate_rows", text, extra)
    if shared:
        belong = "1 order id belongs" if shared == 1 else f"{shared:,} order ids belong"
        text = f'{belong} to more than one customer, such as "{example}".'
        text += " Each customer keeps an order."
        yield Warning_("shared_order_ids", text, rows)
    if without:
        text = (
            "1 used row has no order id. It"
            if without == 1
            else f"{without:,} used rows have no order id. Each of them"
        )
        text += " counts as an order of its own."
        yield Warning_("no_order_id", text, without)


def _details(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> Iterator[Warning_]:
    ((costs, quantities, several),) = _rows(
        connection,
        """
        SELECT count(*) FILTER (has_cost AND cost IS NULL),
            count(*) FILTER (has_quantity AND quantity IS NULL), count(*) FILTER (cost > 0 AND quantity > 1)
        FROM judged WHERE reason IS NULL
        """,
    )
    for name, rows in (("cost", costs), ("quantity", quantities)):
        if rows:
            text = f'{rows:,} used rows have a "{columns[name]}" that is not a number. It is left empty.'
            yield Warning_(f"bad_{name}", text, rows)
    if several and fold(columns["cost"]) in UNIT_COSTS:
        text = (
            f'"{columns["cost"]}" may be the cost of one piece, but is taken as that of the whole row; {several:,} used'
            " rows have a quantity above 1. If so, multiply it by the quantity in the file."
        )
        yield Warning_("cost_of_one_piece", text, several)


def _statuses(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rules: OrderRules
) -> Iterator[Warning_]:
    unknown = _rows(
        connection,
        """
        SELECT status, count(*) FROM judged WHERE reason IS NULL AND meaning = 'unknown'
        GROUP BY status ORDER BY count(*) DESC, status
        """,
    )
    if unknown:
        rows = sum(count for _, count in unknown)
        listed = ", ".join(f'"{status}" ({count:,})' for status, count in unknown[:_TEXTS_TOLD])
        more = f" and {len(unknown) - _TEXTS_TOLD:,} more" if len(unknown) > _TEXTS_TOLD else ""
        text = (
            f"{rows:,} used rows have a status that is not known: {listed}{more}. They count as completed orders."
            f' Confirm that by --status "{unknown[0][0]}=sale", or say what it is: "=cancelled" (or unpaid, refunded).'
        )
        yield Warning_("unknown_status", text, rows)
    yield from credit_notes_told(connection)
    partly = _partly_refunded(connection, told_by_column="refunded" in columns)
    if partly and rules.refunds != "ignore":
        says = (
            f'the column "{columns["refunded"]}" does not say how much'
            if "refunded" in columns
            else "no column says how much (--column refunded=HEADER, if the file has one)"
        )
        text = f"{partly:,} used rows are partly refunded by their status, but {says}. They count in full."
        yield Warning_("partly_refunded", text, partly)


def _partly_refunded(connection: duckdb.DuckDBPyConnection, *, told_by_column: bool) -> int:
    """Count the partly refunded rows that nothing is taken off."""
    told = "UNION ALL SELECT order_key FROM refunded_cells WHERE subtracted > 0" if told_by_column else ""
    ((rows,),) = _rows(
        connection,
        f"""
        SELECT count(*) FROM judged ANTI JOIN (
            SELECT order_id AS order_key FROM judged WHERE reason IS NULL AND amount < 0 AND order_id IS NOT NULL
            {told}
        ) AS undone ON order_key = coalesce(order_id, '(row ' || row_number || ')')
        WHERE reason IS NULL AND meaning = 'partly refunded' AND amount >= 0
        """,  # noqa: S608  (our own words)
    )
    return int(rows)


def _refunded(connection: duckdb.DuckDBPyConnection, header: str) -> Iterator[Warning_]:
    ((minus, bad, negative, beyond, over, own_rows, repeated, without_amount, status, kept),) = _rows(
        connection,
        """
        SELECT count(*) FILTER (minus), count(*) FILTER (verdict = 'bad'),
            count(*) FILTER (verdict = 'negative'),
            count(*) FILTER (verdict = 'subtracted' AND refunded > subtracted),
            sum(refunded - subtracted) FILTER (verdict = 'subtracted'),
            count(*) FILTER (verdict = 'refund_row_too'), count(*) FILTER (verdict = 'repeated'),
            count(*) FILTER (verdict = 'row_set_aside' AND reason = 'missing_amount'),
            count(*) FILTER (reason = 'refunded_by_status' AND refunded > 0 AND refunded < source_amount),
            sum(source_amount - refunded)
                FILTER (reason = 'refunded_by_status' AND refunded > 0 AND refunded < source_amount)
        FROM refunded_cells
        """,
    )
    if minus:
        text = f'All amounts of "{header}" are below 0 in a file. They are read as refunds of that size.'
        yield Warning_("refunded_minus", text, minus)
    if bad:
        text = f'{bad:,} rows have a "{header}" that is not a number. Nothing is subtracted for them.'
        yield Warning_("refunded_bad", text, bad)
    if negative:
        text = (
            f'{negative:,} rows have a "{header}" below 0, others above 0. Those below 0 are not subtracted.'
        )
        yield Warning_("refunded_negative", text, negative)
    if beyond:
        text = (
            f'{beyond:,} orders have a "{header}" larger than the order, by {over:,.2f} in all. No more than the order'
            " is subtracted. See whether one of them includes VAT or freight and the other does not."
        )
        yield Warning_("refunded_beyond_amount", text, beyond)
    if own_rows:
        text = (
            f'{own_rows:,} rows have a "{header}", and their order has a refund row of its own. Only the refund row is'
            " subtracted."
        )
        yield Warning_("refunded_twice", text, own_rows)
    if repeated:
        text = (
            f'{repeated:,} rows repeat the "{header}" of another row of the same order. It is taken as that of the'
            " order, and subtracted once."
        )
        yield Warning_("refunded_repeated", text, repeated)
    if without_amount:
        text = f'{without_amount:,} rows have a "{header}" but no amount. They are set aside, nothing is subtracted.'
        yield Warning_("refunded_without_amount", text, without_amount)
    if status:
        text = (
            f'{status:,} orders are refunded by their status, but by less than the order in "{header}"; they are set'
            f' aside whole, and {kept:,.2f} with them. If that was kept: --status "refunded=sale" (with your status),'
            " so that the column alone says what to subtract."
        )
        yield Warning_("refunded_in_part", text, status)
