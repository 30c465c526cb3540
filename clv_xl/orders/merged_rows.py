"""A customer, a day or an order whose cell is merged over several rows stands in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.kinds.merged_cells import Merged, merged_downwards
from clv_xl.orders.understood import NUMBERS
from clv_xl.said import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["fill_merged"]

_LOOKED_FOR: Final = ("customer_id", "order_date", "order_id")


def fill_merged(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    sheet: str,
    header: int,
    resolution: Resolution,
    where: str,
) -> tuple[Warning_, ...]:
    """Write the value of merged cells of ``sheet_cells`` into each of their rows; return what to tell of it.

    An amount that is merged over several rows stays in the first one: it is one amount.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    path : pathlib.Path
        The workbook, .xlsx or .xlsm.
    sheet : str
        Title of the sheet.
    header : int
        Row number of the header.
    resolution : Resolution
        Its columns.
    where : str
        The sheet, for messages.
    """
    amount = resolution.positions.get("amount")
    places = [at for name, at in sorted(resolution.positions.items()) if name not in NUMBERS]
    looked_at = [resolution.positions[name] for name in _LOOKED_FOR if name in resolution.positions]
    blank = " OR ".join(f"coalesce(c{at}, '') = ''" for at in looked_at)
    if amount is None or not _any(connection, f"record > {header} AND c{amount} <> '' AND ({blank})"):
        return ()
    merged = [one for one in merged_downwards(path, sheet) if one.first > header and one.column in places]
    filled = sum(_fill(connection, at, [one for one in merged if one.column == at]) for at in places)
    if not filled:
        return ()
    text = counted(
        filled,
        "{where}: {number} blank cell is merged with the one above it, and is read as that one.",
        "{where}: {number} blank cells are merged with the ones above them, and are read as those.",
        where=where,
    )
    return (Warning_("merged_cells", text, filled),)


def _fill(connection: duckdb.DuckDBPyConnection, at: int, merged: Sequence[Merged]) -> int:
    """Write the first value of each into the rows below it, and return how many; none if any holds something."""
    cells = [(one.first, row) for one in merged for row in range(one.first + 1, one.last + 1)]
    if not cells:
        return 0
    given = {"firsts": [first for first, _ in cells], "rows": [row for _, row in cells]}
    below = "(SELECT unnest($firsts::BIGINT[]) AS first, unnest($rows::BIGINT[]) AS row)"
    texts = f"SELECT row, c{at} AS text FROM sheet_cells JOIN {below} ON record = first WHERE c{at} <> ''"  # noqa: S608
    if _any(connection, f"c{at} <> '' AND record IN (SELECT row FROM {below})", given):  # noqa: S608  (our own names)
        return 0
    (filled,) = connection.execute(
        f"UPDATE sheet_cells SET c{at} = above.text FROM ({texts}) AS above WHERE record = above.row",  # noqa: S608
        given,
    ).fetchone() or (0,)
    return int(filled)


def _any(connection: duckdb.DuckDBPyConnection, condition: str, given: object = None) -> bool:
    found = connection.execute(f"SELECT 1 FROM sheet_cells WHERE {condition} LIMIT 1", given).fetchone()  # noqa: S608
    return found is not None
