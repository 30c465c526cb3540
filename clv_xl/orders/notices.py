"""What a careful analyst would want to know about the rows that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.account import Warning_
from clv_xl.orders.doubtful import one_order_each, unused_but_telling
from clv_xl.orders.header_words import UNIT_COSTS, fold, vat_in_header
from clv_xl.orders.late_days import early_day, late_days
from clv_xl.orders.named_currency import currencies_told
from clv_xl.orders.refunded_notices import refunded_notices
from clv_xl.orders.sentences import listed
from clv_xl.orders.status_notices import status_notices
from clv_xl.said import counted, figured, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from clv_xl.orders.money import Money
    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource
    from clv_xl.said import Said

__all__ = ["notices"]

_PLACEHOLDERS = ("nan", "none", "na", "n/a", "undefined", "unknown", "-", "guest", "0")
_TEXTS_TOLD = 10
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
    notes += [*_formats(connection, sources), *_gift_cards(connection), *_purchase_currency(connection)]
    notes += unused_but_telling(sources)
    notes += (*currencies_told(connection, sources), *found.notes)
    notes += [*_vat(sources, rules), *_amounts(connection, sources, found), *_customers(connection)]
    notes += [*one_order_each(connection, columns), *_orders(connection, sources, columns)]
    notes += early_day(connection, sources)
    if rules.as_of is None:
        notes += late_days(connection)
    notes += [*_details(connection, columns), *status_notices(connection, columns, rules)]
    if "refunded" in columns:
        notes += refunded_notices(connection, columns["refunded"])
    return tuple(notes)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def _formats(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    """Tell what each known export is known for."""
    rows: dict[Said, int] = {}
    for source in sources:
        format_ = source.meaning.format
        if format_ is None or (format_.notes_unless and _has_all(connection, format_.notes_unless)):
            continue
        for text in format_.notes:
            rows[text] = rows.get(text, 0) + source.file.rows
    for text, count in rows.items():
        yield Warning_("format_note", text, count)


def _has_all(connection: duckdb.DuckDBPyConnection, kinds: Sequence[str]) -> bool:
    """Tell whether there are rows of each of these kinds, in whatever file."""
    ((found,),) = _rows(
        connection,
        f"SELECT count(DISTINCT event) FROM judged WHERE event IN ({str([*kinds])[1:-1]})",  # noqa: S608  (our own words)
    )
    return int(found) == len(kinds)


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
        parts = []
        if sold:
            parts.append(counted(sold, "{number} row sells a gift card", "{number} rows sell a gift card"))
        if used:
            parts.append(
                counted(
                    used, "{number} row is paid with a gift card", "{number} rows are paid with a gift card"
                )
            )
        text = say(
            "{which}. Such amounts count in full: the money of a gift card counts when it is sold, and again when it"
            " is spent.",
            which=joined(say(" and "), parts),
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
        text = counted(
            rows,
            "{number} used row was paid in another currency than the shop's own: their two grand totals differ. The"
            " one in the shop's own currency counts; refunded amounts, which are in that of the purchase, are"
            " converted at the rate of their order.",
            "{number} used rows were paid in another currency than the shop's own: their two grand totals differ. The"
            " one in the shop's own currency counts; refunded amounts, which are in that of the purchase, are"
            " converted at the rate of their order.",
        )
        yield Warning_("purchase_currency", text, rows)


def _vat(sources: Sequence[ReadSource], rules: OrderRules) -> Iterator[Warning_]:
    """Hold what the headers say of VAT against the switch."""
    alike: dict[tuple[str, str], list[ReadSource]] = {}
    for source in sources:
        alike.setdefault((_vat_of(source), source.header("amount")), []).append(source)
    for (vat, header), several in alike.items():
        where = listed([source.where for source in several[:_TEXTS_TOLD]], len(several))
        rows = sum(source.file.rows for source in several)
        if vat == "included" and not rules.amounts_include_vat:
            text = say(
                '{where}: the header "{header}" says that the amounts include VAT, but amounts_include_vat is off: VAT'
                " is counted as revenue. To take it out: --set amounts_include_vat=true and --set vat_rate={rate},"
                " with your own rate.",
                where=where,
                header=header,
                rate=f"{rules.vat_rate:g}",
            )
            yield Warning_("header_includes_vat", text, rows)
        if vat == "excluded" and rules.amounts_include_vat:
            text = say(
                '{where}: the header "{header}" says that the amounts are without VAT, but amounts_include_vat is on:'
                " VAT is taken out of them. To leave them: --set amounts_include_vat=false.",
                where=where,
                header=header,
            )
            yield Warning_("header_excludes_vat", text, rows)


def _vat_of(source: ReadSource) -> str:
    """Return whether the amounts of a file are with or without VAT, where that is known."""
    format_ = source.meaning.format
    if source.meaning.vat or (format_ is not None and format_.kinds):
        return ""  # gross of fees, not of VAT
    return (
        "excluded" if format_ is not None and format_.net_of_tax else vat_in_header(source.header("amount"))
    )


def _amounts(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource], found: Money
) -> Iterator[Warning_]:
    ((rounded, effect, zero, first_zero, blank_currency, currencies),) = _rows(
        connection,
        f"""
        SELECT count(*) FILTER (abs(rounding) > {_ROUNDING_WORTH_A_WORD}), sum(rounding),
            count(*) FILTER (reason IS NULL AND amount = 0),
            arg_min({{'file_number': file_number, 'row': file_row}}, row_number)
                FILTER (reason IS NULL AND amount = 0),
            count(*) FILTER (reason IS NULL AND currency IS NULL), count(DISTINCT currency)
        FROM judged
        """,  # noqa: S608  (a number of our own)
    )
    if rounded:
        text = counted(
            rounded,
            "{number} amount has more than 4 decimals and was rounded, by {effect}.",
            "{number} amounts have more than 4 decimals and were rounded, in total by {effect}.",
            effect=figured(effect, max(0, -effect.as_tuple().exponent)),
        )
        yield Warning_("rounded_amounts", text, rounded)
    if zero:
        first = {"row": figured(first_zero["row"], 0)}
        if len(sources) > 1:
            first["where"] = sources[first_zero["file_number"] - 1].where
        text = (
            counted(
                zero,
                "{number} row has the amount 0: row {row}. It counts as an order.",
                "{number} rows have the amount 0, first row {row}. They count as orders.",
                **first,
            )
            if len(sources) == 1
            else counted(
                zero,
                "{number} row has the amount 0: {where}, row {row}. It counts as an order.",
                "{number} rows have the amount 0, first {where}, row {row}. They count as orders.",
                **first,
            )
        )
        yield Warning_("zero_amounts", text, zero)
    if currencies and blank_currency:
        text = counted(
            blank_currency,
            "{number} used row has no currency. It is taken as {currency}.",
            "{number} used rows have no currency. They are taken as {currency}.",
            currency=found.currency or say("the report's currency"),
        )
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
            words = counted(
                rows,
                '{number} row has the text "{text}" for a customer. It is set aside as having no customer.',
                '{number} rows have the text "{text}" for a customer. They are set aside as having no customer.',
                text=text,
            )
            yield Warning_("customer_text_null", words, rows)
        else:
            words = counted(
                rows,
                '{number} row belongs to a customer called "{text}". If that means "none", clear the cells.',
                '{number} rows belong to a customer called "{text}". If that means "none", clear the cells.',
                text=text,
            )
            yield Warning_("customer_placeholder", words, rows)


def _orders(
    connection: duckdb.DuckDBPyConnection, read: Sequence[ReadSource], columns: Mapping[str, str]
) -> Iterator[Warning_]:
    if "order_id" not in columns or (len(read) == 1 and read[0].each_once):
        return
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE repeated_orders AS
        SELECT order_id, min(customer_id) <> max(customer_id) AS shared,
            min(customer_text) <> max(customer_text) OR min(email_written) <> max(email_written) AS respelled
        FROM judged SEMI JOIN (
            SELECT hash(order_id) AS key FROM judged WHERE again AND reason IS NULL AND order_id IS NOT NULL
            GROUP BY key HAVING count(*) > 1) AS several ON hash(order_id) = key
        WHERE again AND reason IS NULL AND order_id IS NOT NULL
        GROUP BY order_id HAVING count(*) > 1
    """)
    ((extra,),) = _rows(
        connection,
        """
        SELECT coalesce(sum(copies - 1), 0)::BIGINT FROM (
            SELECT count(*) AS copies FROM judged SEMI JOIN repeated_orders USING (order_id)
            WHERE again AND reason IS NULL AND line_hash IS NOT NULL GROUP BY line_hash HAVING count(*) > 1)
        """,
    )
    ((respelled,),) = _rows(
        connection,
        """
        SELECT coalesce(sum(spellings - 1), 0)::BIGINT FROM (
            SELECT count(DISTINCT hash(customer_text, email_written)) AS spellings
            FROM judged SEMI JOIN (FROM repeated_orders WHERE respelled) AS of_orders USING (order_id)
            WHERE again AND reason IS NULL AND (contains(customer_text, '@') OR email IS NOT NULL)
            GROUP BY file_number, order_id, customer_id, lower(customer_text), email, phone, day, source_amount,
                product, quantity, status, source_cost, source_refunded, currency, channel, country, payment
            HAVING count(DISTINCT hash(customer_text, email_written)) > 1)
        """,
    )
    ((shared, rows, example),) = _rows(
        connection,
        """
        SELECT count(DISTINCT order_id), count(*), min(order_id)
        FROM judged SEMI JOIN (FROM repeated_orders WHERE shared) AS shared_orders USING (order_id)
        WHERE again AND reason IS NULL
        """,
    )
    ((without,),) = _rows(connection, "SELECT count(*) FROM judged WHERE reason IS NULL AND order_id IS NULL")
    connection.execute("DROP TABLE repeated_orders")
    if extra:
        text = counted(
            extra,
            "{number} row repeats another row in every column. It counts; remove it if it is a copy.",
            "{number} rows repeat another row in every column. They count; remove them if they are copies.",
        )
        yield Warning_("duplicate_rows", text, extra)
    if respelled:
        text = counted(
            respelled,
            "{number} row repeats another row in every column that is read, but for capitals in the e-mail address. It"
            " counts; remove it if it is a copy.",
            "{number} rows repeat another row in every column that is read, but for capitals in the e-mail address."
            " They count; remove them if they are copies.",
        )
        yield Warning_("duplicate_rows", text, respelled)
    if shared:
        text = counted(
            shared,
            '{number} order id belongs to more than one customer, such as "{example}". Each customer keeps an order.',
            '{number} order ids belong to more than one customer, such as "{example}". Each customer keeps an order.',
            example=example,
        )
        yield Warning_("shared_order_ids", text, rows)
    if without:
        text = counted(
            without,
            "{number} used row has no order id. It counts as an order of its own.",
            "{number} used rows have no order id. Each of them counts as an order of its own.",
        )
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
            text = counted(
                rows,
                '{number} used row has a "{header}" that is not a number. It is left empty.',
                '{number} used rows have a "{header}" that is not a number. It is left empty.',
                header=columns[name],
            )
            yield Warning_(f"bad_{name}", text, rows)
    if several and fold(columns["cost"]) in UNIT_COSTS:
        text = counted(
            several,
            '"{header}" is taken as the cost of the whole row, but may be that of one piece; {number} used row has a'
            " quantity above 1. If it is of one piece, multiply it by the quantity in the file.",
            '"{header}" is taken as the cost of the whole row, but may be that of one piece; {number} used rows have a'
            " quantity above 1. If it is of one piece, multiply it by the quantity in the file.",
            header=columns["cost"],
        )
        yield Warning_("cost_of_one_piece", text, several)
