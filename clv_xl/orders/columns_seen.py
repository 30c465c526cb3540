"""What each column of an order file is read as, with a few of its values, for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.orders.kinds.given import NotOrders, OrderFile, find_sources
from clv_xl.orders.read_all import Unread, read_each
from clv_xl.orders.row_texts import drop_text_rows
from clv_xl.orders.said import QuestionError
from clv_xl.orders.sheet_rows import SPACES
from clv_xl.orders.text_file import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.account import SourceFile
    from clv_xl.orders.kinds.given import Source, StandardInput
    from clv_xl.orders.kinds.postgres_url import PostgresUrl
    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.read import ReadSource
    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["ColumnSeen", "FileSeen", "look", "look_at"]

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


def look_at(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], options: ReadOptions
) -> list[FileSeen]:
    """Say what each column of order files is read as; what is no file of orders in a folder is passed over.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        For tables of its own, which are gone afterwards.
    sources : Sequence of Source
        As in :func:`~clv_xl.orders.load_orders`.
    options : ReadOptions
        How to read them.
    """
    seen = []
    for source in find_sources(sources).sources:
        for read in read_each(connection, source, options):
            if not isinstance(read, Unread):
                seen.append(_seen(connection, read))
            elif isinstance(read.error, NotOrders):
                if not isinstance(source, OrderFile) or not source.folder:
                    raise read.error
            # what was left out with leave has been told by then
            elif not options.skip_unreadable or isinstance(read.error, QuestionError):
                raise read.error
    return seen


def look(
    connection: duckdb.DuckDBPyConnection,
    source: OrderFile | SheetRows | StandardInput | PostgresUrl,
    options: ReadOptions,
) -> FileSeen:
    """Read an order file and say what each of its columns is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        For tables of its own, which are gone afterwards.
    source : OrderFile, SheetRows, StandardInput or PostgresUrl
        The file, or what is read instead of one.
    options : ReadOptions
        How to read it.

    Raises
    ------
    InputError
        As in :func:`~clv_xl.orders.load_orders`.
    """
    read = next(read_each(connection, source, options))
    if isinstance(read, Unread):
        raise read.error
    return _seen(connection, read)


def _seen(connection: duckdb.DuckDBPyConnection, read: ReadSource) -> FileSeen:
    found = connection.execute(
        "SELECT line FROM text_rows WHERE NOT wrong_columns AND line IS NOT NULL ORDER BY record LIMIT ?",
        [_ROWS],
    ).fetchall()
    shown = connection.execute(
        "SELECT coalesce(bool_or(regexp_matches(amount_body, '[.,]')), false) FROM text_rows"
    ).fetchone()
    drop_text_rows(connection)
    headers = read.resolution.headers
    samples: list[dict[str, None]] = [{} for _ in headers]
    for (line,) in found:
        # quoted fields and cells are parted by a separator of ours, all others by the delimiter
        fields = line.split(SEPARATOR if SEPARATOR in line else read.file.delimiter)
        for kept, field in zip(samples, fields, strict=False):
            if len(kept) < _SAMPLES and (text := field.strip(SPACES)):
                kept[text] = None
    roles: list[list[str]] = [[] for _ in headers]
    for name, at in read.resolution.positions.items():
        roles[at].append(name)
    for name in sorted(read.meaning.roles):
        for at in read.resolution.extra[name]:
            roles[at].append(name)
    # the points of number cells, and of numbers in a database, are no sign of how texts are written
    is_sign = bool(shown and shown[0]) if read.file.delimiter else read.marks["amount"] == ","
    return FileSeen(
        read.file,
        headers,
        read.resolution.positions,
        tuple(
            ColumnSeen(header, tuple(roles[at]), tuple(samples[at]))
            for at, header in enumerate(headers)
            if header or samples[at]
        ),
        read.marks["amount"] if is_sign and len(set(read.marks.values())) == 1 else "",
    )
