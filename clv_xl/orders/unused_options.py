"""Options that no file can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import UsageError
from clv_xl.orders.kinds.recognise import WORKBOOKS
from clv_xl.orders.said import Saved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.read import ReadSource

__all__ = ["refuse_unused"]


def refuse_unused(read: Sequence[ReadSource], options: ReadOptions) -> None:
    """Refuse a sheet, table or query that no file has: the answer would be of all rows, and nobody told.

    Parameters
    ----------
    read : Sequence[ReadSource]
        Every source that was read.
    options : ReadOptions
        What the user said.

    Raises
    ------
    UsageError
        If an option says which rows of a source to read, and no source is of such a kind.
    """
    kinds = {source.file.kind.removesuffix(" in a zip") for source in read}
    databases = {"duckdb", "sqlite", "postgresql"}
    fitting = {
        "sheet": (WORKBOOKS, "a workbook"),
        "table": (databases, "a database"),
        "query": ({*databases, "parquet"}, "a database or a Parquet file"),
    }
    for option, (of, words) in fitting.items():
        asked = getattr(options, option)
        # a saved map, and cells of an open workbook, may say more than these files need
        if asked is None or isinstance(asked, Saved) or "cells" in kinds or kinds & set(of):
            continue
        said = '" and "'.join(asked) if isinstance(asked, tuple) else asked
        raise UsageError(
            f'--{option} "{said}": {read[0].file.name} is not {words}, so that it would change nothing.'
            f" Leave --{option} out."
        )
