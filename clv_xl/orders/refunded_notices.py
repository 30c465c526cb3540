"""What a careful analyst would want to know about refunded amounts that a column tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["refunded_notices"]


def refunded_notices(connection: duckdb.DuckDBPyConnection, header: str) -> Iterator[Warning_]:
    """Look through ``refunded_cells`` for what was not subtracted, or not as it stands.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    header : str
        Of the column.
    """
    (
        (minus, bad, negative, beyond, over, own_rows, notes, noted, repeated, without_amount, status, kept),
    ) = connection.execute(
        """
        SELECT count(*) FILTER (minus), count(*) FILTER (verdict = 'bad'),
            count(*) FILTER (verdict = 'negative'),
            count(*) FILTER (verdict = 'subtracted' AND refunded > subtracted),
            sum(refunded - subtracted) FILTER (verdict = 'subtracted'),
            count(*) FILTER (verdict = 'refund_row_too' AND NOT has_note),
            count(*) FILTER (has_note), sum(refunded) FILTER (has_note), count(*) FILTER (verdict = 'repeated'),
            count(*) FILTER (verdict = 'row_set_aside' AND reason = 'missing_amount'),
            count(*) FILTER (reason = 'refunded_by_status' AND refunded > 0 AND refunded < source_amount),
            sum(source_amount - refunded)
                FILTER (reason = 'refunded_by_status' AND refunded > 0 AND refunded < source_amount)
        FROM refunded_cells
        """
    ).fetchall()
    if minus:
        text = say(
            'All amounts of "{header}" are below 0 in a file. They are read as refunds of that size.',
            header=header,
        )
        yield Warning_("refunded_minus", text, minus)
    if bad:
        text = counted(
            bad,
            '{number} row has a "{header}" that is not a number. Nothing is subtracted for it.',
            '{number} rows have a "{header}" that is not a number. Nothing is subtracted for them.',
            header=header,
        )
        yield Warning_("refunded_bad", text, bad)
    if negative:
        text = counted(
            negative,
            '{number} row has a "{header}" below 0, others above 0. The one below 0 is not subtracted.',
            '{number} rows have a "{header}" below 0, others above 0. Those below 0 are not subtracted.',
            header=header,
        )
        yield Warning_("refunded_negative", text, negative)
    if beyond:
        text = counted(
            beyond,
            '{number} order has a "{header}" larger than the order, by {over}. No more than the order is subtracted.'
            " See whether one of the two columns includes VAT or freight and the other does not.",
            '{number} orders have a "{header}" larger than the order, by {over} in all. No more than the order is'
            " subtracted. See whether one of the two columns includes VAT or freight and the other does not.",
            header=header,
            over=figured(over, 2),
        )
        yield Warning_("refunded_beyond_amount", text, beyond)
    if own_rows:
        text = counted(
            own_rows,
            '{number} row has a "{header}", and its order has a refund row of its own. Only the refund row is'
            " subtracted.",
            '{number} rows have a "{header}", and their order has a refund row of its own. Only the refund row is'
            " subtracted.",
            header=header,
        )
        yield Warning_("refunded_twice", text, own_rows)
    if notes:
        text = counted(
            notes,
            '{number} row has a "{header}" of {amount}, and a refund row of the same customer and amount stands under'
            " another number. Only the refund row is subtracted.",
            '{number} rows have a "{header}", {amount} in all, and refund rows of the same customers and amounts stand'
            " under other numbers. Only the refund rows are subtracted.",
            header=header,
            amount=figured(noted, 2),
        )
        yield Warning_("refunded_by_note_too", text, notes)
    if repeated:
        text = counted(
            repeated,
            '{number} row repeats the "{header}" of another row of the same order. It is taken as that of the order,'
            " and subtracted once.",
            '{number} rows repeat the "{header}" of another row of the same order. It is taken as that of the order,'
            " and subtracted once.",
            header=header,
        )
        yield Warning_("refunded_repeated", text, repeated)
    if without_amount:
        text = counted(
            without_amount,
            '{number} row has a "{header}" but no amount. It is set aside, and nothing is subtracted.',
            '{number} rows have a "{header}" but no amount. They are set aside, and nothing is subtracted.',
            header=header,
        )
        yield Warning_("refunded_without_amount", text, without_amount)
    if status:
        text = counted(
            status,
            '{number} order is refunded by its status, but by less than the order in "{header}"; it is set aside'
            ' whole, and {kept} with it. If that was kept: --status "refunded=sale" (with your status), so that the'
            " column alone says what to subtract.",
            '{number} orders are refunded by their status, but by less than the order in "{header}"; they are set'
            ' aside whole, and {kept} with them. If that was kept: --status "refunded=sale" (with your status),'
            " so that the column alone says what to subtract.",
            header=header,
            kept=figured(kept, 2),
        )
        yield Warning_("refunded_in_part", text, status)
