"""The tables that stand only while orders are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.row_texts import drop_text_rows

if TYPE_CHECKING:
    import duckdb

__all__ = ["drop_scratch"]

_SCRATCH = frozenset(
    {
        "text_lines",
        "csv_fields",
        "quoted_lines",
        "text_rows",
        "text_rows_before_swapping",
        "text_kept",
        "parsed",
        "judged",
        "repeated_orders",
        "several_rows",
        "refunded_cells",
        "contacts",
        "guests",
        "aliases",
        "copies",
        "pairs",
        "file_ages",
        "alike",
        "refund_orders",
        "credit_rows",
        "credit_orders",
        "credit_pairs",
        "credited",
        "counted_in",
        "refunded_settled",
        "refunded_orders",
        "refunded_notes",
        "strangers",
        "told_again",
        "later_refunds",
        "dated",
        "other_days",
        "pasted",
        "own_orders",
        "left_over",
        "id_steps",
        "ids_anew",
        "id_uses",
        "new_ids",
        "unnamed",
        "owners",
        "twins",
        "paired",
        "system_orders",
        "doubtful_pairs",
        "told_refunds",
        "same_refunds",
    }
)


def drop_scratch(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what was made on the way; ``order_rows`` and ``set_aside`` stay.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where orders were read.
    """
    found = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    tables = {table for (table,) in found}
    drop_text_rows(connection)
    if "parsed" not in tables:  # judged rows are seen through a view of that name
        connection.execute("DROP VIEW IF EXISTS temp.parsed")
    for table in tables:
        if table in _SCRATCH or table.startswith("sheet_cells"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
