"""What each column of an order file is read as, with a few of its values, for a person to look at."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.orders.read import read_source
from clv_xl.orders.sheet_rows import SPACES
from clv_xl.orders.text_file import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.account import SourceFile
    from clv_xl.orders.options import ReadOptions

__all__ = ["ColumnSeen", "FileSeen", "look"]

_ROWS: Final = 500
_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as it stands in the file.

    Attributes
    ----------
    header : str
        Trimmed; may be empty.
    roles : tuple of str
        What it is read as; empty where it is not used.
    samples : tuple of str
        Up to three values that differ.
    """

    header: str
    roles: tuple[str, ...]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileSeen:
    """An order file, column by column.

    Attributes
    ----------
    file : SourceFile
        As in the account.
    headers : tuple of str
        Of all columns.
    positions : Mapping of str to int
        Canonical column -> its number, from 0.
    columns : tuple of ColumnSeen
        Every column that has a header or a value.
    decimal : str
        The decimal mark, where the file shows one; empty where it does not, or shows several.
    """

    file: SourceFile
    headers: tuple[str, ...]
    positions: Mapping[str, int]
    columns: tuple[ColumnSeen, ...]
    decimal: str


def look(connection: duckdb.DuckDBPyConnection, path: Path, options: ReadOptions) -> FileSeen:
    """Read an order file and say what each of its columns is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        For tables of its own, which are gone afterwards.
    path : pathlib.Path
        The file.
    options : ReadOptions
        How to read it.

    Raises
    ------
    InputError
        As in :func:`~clv_xl.orders.load_orders`.
    """
    with tempfile.TemporaryDirectory(prefix="clv-xl-") as folder:
        source = read_source(connection, path, Path(folder), options)
    found = connection.execute(
        "SELECT line FROM text_rows WHERE NOT wrong_columns AND line IS NOT NULL ORDER BY record LIMIT ?",
        [_ROWS],
    ).fetchall()
    shown = connection.execute(
        "SELECT coalesce(bool_or(regexp_matches(amount_body, '[.,]')), false) FROM text_rows"
    ).fetchone()
    connection.execute("DROP TABLE text_rows")
    headers = source.resolution.headers
    samples: list[dict[str, None]] = [{} for _ in headers]
    for (line,) in found:
        # quoted fields and cells are parted by a separator of ours, all others by the delimiter
        fields = line.split(SEPARATOR if SEPARATOR in line else source.file.delimiter)
        for kept, field in zip(samples, fields, strict=False):
            if len(kept) < _SAMPLES and (text := field.strip(SPACES)):
                kept[text] = None
    roles: list[list[str]] = [[] for _ in headers]
    for name, at in source.resolution.positions.items():
        roles[at].append(name)
    for name in sorted(source.meaning.roles):
        for at in source.resolution.extra[name]:
            roles[at].append(name)
    # the points of number cells are no sign of how texts are written
    is_sign = source.marks["amount"] == "," if source.number_cells else bool(shown and shown[0])
    return FileSeen(
        source.file,
        headers,
        source.resolution.positions,
        tuple(
            ColumnSeen(header, tuple(roles[at]), tuple(samples[at]))
            for at, header in enumerate(headers)
            if header or samples[at]
        ),
        source.marks["amount"] if is_sign and len(set(source.marks.values())) == 1 else "",
    )
