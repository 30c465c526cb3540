"""What is told of shipping and tax that are taken out of amounts: signs that differ, parts larger than the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import value_sql
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["parts_told"]


def parts_told(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    parts: Sequence[str],
    *,
    where: str,
    number_cells: bool,
) -> Iterator[Warning_]:
    """Look at the parts that are taken out of the amounts of ``text_rows``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    parts : Sequence[str]
        Roles: ``shipping``, ``tax``.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if resolution.rows == "product":
        return
    for part in parts:
        amount, size = (
            value_sql(f"{name}_body", marks[name], number_cells=number_cells) for name in ("amount", part)
        )
        minus, plus, beyond, bad, row, text = connection.execute(f"""
            SELECT count(*) FILTER (amount > 0 AND size < 0), count(*) FILTER (amount > 0 AND size > 0),
                count(*) FILTER (abs(size) > abs(amount)), count(*) FILTER (size IS NULL),
                min(file_row) FILTER (size IS NULL), min_by(text, file_row) FILTER (size IS NULL)
            FROM (SELECT file_row, {part} AS text, {amount} AS amount, {size} AS size FROM text_rows
                WHERE {part} IS NOT NULL AND amount IS NOT NULL)
        """).fetchone() or (0, 0, 0, 0, 0, "")  # noqa: S608  (our own names and expressions)
        header, total = (
            resolution.headers[resolution.extra[part][0]],
            resolution.headers[resolution.positions["amount"]],
        )
        told = {"where": where, "header": header, "total": total}
        if minus and plus:
            words = counted(
                minus,
                '{where}: {number} row has a "{header}" below 0 beside a "{total}" above 0. It is taken out of the'
                " amount all the same.",
                '{where}: {number} rows have a "{header}" below 0 beside a "{total}" above 0. It is taken out of the'
                " amount all the same.",
                **told,
            )
            yield Warning_("part_below_zero", words, minus)
        if beyond:
            words = counted(
                beyond,
                '{where}: {number} row has a "{header}" larger than the "{total}". Nothing is left of this amount: no'
                " more than the whole of it is taken out.",
                '{where}: {number} rows have a "{header}" larger than the "{total}". Nothing is left of these amounts:'
                " no more than the whole of each is taken out.",
                **told,
            )
            yield Warning_("part_beyond_amount", words, beyond)
        if bad:
            words = counted(
                bad,
                '{where}: {number} row has a "{header}" that is not a number, row {row}: "{text}". Nothing is taken out'
                " of this amount.",
                '{where}: {number} rows have a "{header}" that is not a number, first row {row}: "{text}". Nothing is'
                " taken out of these amounts.",
                row=figured(row, 0),
                text=text,
                **told,
            )
            yield Warning_("part_bad", words, bad)
