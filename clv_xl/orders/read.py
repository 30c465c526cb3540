"""One order file into the table ``text_rows``: every row, every canonical column, still as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clv_xl.errors import InputError
from clv_xl.orders.account import SourceFile, Warning_
from clv_xl.orders.aside import RowSetAside
from clv_xl.orders.broken_utf8 import broken_note
from clv_xl.orders.by_values import with_found
from clv_xl.orders.columns import REQUIRED, Resolution
from clv_xl.orders.csv_text import find_layout, first_records, load_fields, load_lines, problem_of
from clv_xl.orders.discounts import refuse_discount
from clv_xl.orders.eight_bits import guessed_note
from clv_xl.orders.kinds.given import NotOrders, OrderFile, StandardInput, UnfitOption
from clv_xl.orders.kinds.postgres_url import PostgresUrl
from clv_xl.orders.kinds.recognise import WORKBOOKS, digest_of, file_kind
from clv_xl.orders.kinds.tables import load_table
from clv_xl.orders.kinds.unpacked import take_input, unzip
from clv_xl.orders.less_refunds import settle_less_refunds
from clv_xl.orders.lines_beside import beside_lines
from clv_xl.orders.paid_beside import settle_paid
from clv_xl.orders.row_meaning import RowMeaning
from clv_xl.orders.row_texts import (
    FEW_ROWS,
    LINES_KEPT,
    Fields,
    exact_columns,
    literal,
    make_text_rows,
    parted,
    texts_of,
)
from clv_xl.orders.said import Saved
from clv_xl.orders.sheet_rows import SPACES, SheetRows
from clv_xl.orders.split_numbers import split_numbers
from clv_xl.orders.suggested import first_cells, not_orders
from clv_xl.orders.text_file import SEPARATOR, plain_text
from clv_xl.orders.total_beside import refuse_net_amount, settle_total
from clv_xl.orders.total_rows import says_total_sql
from clv_xl.orders.understood import read_as, understood
from clv_xl.orders.xlsx_cells import load_cells, load_rows

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.xlsx_cells import SheetCells

__all__ = ["ReadSource", "read_source"]


@dataclass(frozen=True, slots=True)
class ReadSource:
    """One source in the table ``text_rows``, and how its texts are to be understood.

    Attributes
    ----------
    where : str
        The file, and the sheet of a workbook, for messages.
    file : SourceFile
        For the account.
    resolution : Resolution
        The canonical columns.
    marks : dict[str, str]
        Decimal mark of each column of numbers.
    date_sql : str
        SQL that reads the column ``order_date``.
    number_cells : bool
        Whether the texts come from a workbook.
    last_record : int
        Highest record number, so that row numbers of the next file can go on.
    notes : tuple[Warning_, ...]
        What the user should know of the file as such.
    rows : SheetRows or None
        The rows that were read already, where the source is no file.
    meaning : RowMeaning
        What a row is.
    exact : frozenset of str
        Columns of numbers that came as such: their amounts need no reading of texts.
    each_once : bool
        Whether every row has an order id that no other row of it has.
    """

    where: str
    file: SourceFile
    resolution: Resolution
    marks: dict[str, str]
    date_sql: str
    number_cells: bool
    last_record: int
    notes: tuple[Warning_, ...] = ()
    rows: SheetRows | None = None
    meaning: RowMeaning = field(default_factory=RowMeaning)
    exact: frozenset[str] = frozenset()
    each_once: bool = False

    def header(self, canonical: str) -> str:
        """Return the header of a canonical column as it stands in the file."""
        return self.resolution.headers[self.resolution.positions[canonical]]

    def place(self, file_row: int, canonical: str) -> str:
        """Return where a value stands: a cell of a sheet, or the row of a file."""
        if self.rows is None or canonical not in self.resolution.positions:
            return f"Row {file_row}"
        return self.rows.cell(file_row, self.resolution.positions[canonical])


@dataclass(frozen=True, slots=True)
class _Found:
    """What both kinds of file have in common once their rows are in a table."""

    where: str
    kind: str
    sha256: str
    bytes: int
    encoding: str
    delimiter: str
    sheet: str
    resolution: Resolution
    notes: tuple[Warning_, ...] = ()
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    name: str = ""
    number_cells: bool = False
    from_1904: bool = False


def read_source(
    connection: duckdb.DuckDBPyConnection,
    source: OrderFile | SheetRows | StandardInput | PostgresUrl,
    folder: Path,
    options: ReadOptions,
    sheet: str | None = None,
) -> ReadSource:
    """Read one file, or the rows of a sheet, into ``text_rows``.

    The view has record (BIGINT), file_row (BIGINT, as Excel counts), wrong_columns (BOOLEAN), line (VARCHAR,
    the whole row where it has the wrong number of columns or is one of the first), line_hash (UBIGINT, of the whole
    row), and every canonical column as trimmed VARCHAR, NULL where blank; blank rows are left out.
    ``amount_body``, ``cost_body``, ``quantity_body`` and ``refunded_body``, where there is such a column, hold
    the number texts without currency. Of a table with types ``order_day`` holds the day of a column of dates, and
    ``amount_exact`` the amount of a column of numbers, and so of the others.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    source : OrderFile, SheetRows, StandardInput or PostgresUrl
        The input file, rows that were read already, what another program gives, or a database.
    folder : pathlib.Path
        A private folder for copies; the caller removes it.
    options : ReadOptions
        What the user said.
    sheet : str, optional
        The sheet of a workbook that is meant.

    Raises
    ------
    InputError
        If the file cannot be read, or its layout leaves a question.
    """
    if isinstance(source, SheetRows):
        cells = load_rows(connection, source, options.columns, options.format)
        found = _from_cells(connection, cells, source.where, "cells", options, *source.digest())
    elif isinstance(source, PostgresUrl):
        found = _postgres(connection, source, folder, options)
    else:
        file = source
        if isinstance(file, StandardInput):
            file = OrderFile(take_input(file, folder), file.name)
        found = _file(connection, file, folder, options, sheet)
    row = connection.execute("SELECT count(*), coalesce(max(record), 0) FROM text_rows").fetchone()
    rows, last_record = row or (0, 0)
    if not rows:
        raise InputError(f"{found.where} has a header and no rows below it. Export the orders again.")
    split = split_numbers(connection, found.where, len(found.resolution.headers), found.delimiter, rows)
    found = replace(_without_blank_columns(connection, found), notes=(*found.notes, *split))
    for settle in (settle_less_refunds, settle_total, settle_paid):
        told = settle(connection, found.resolution, options, found.kinds, found.where, found.number_cells)
        found = replace(found, resolution=told.resolution, notes=(*found.notes, *told.notes))
    beside = beside_lines(connection, found.resolution, options, where=found.where, delimiter=found.delimiter)
    found = replace(found, resolution=beside.resolution, notes=(*found.notes, *beside.notes))
    known = understood(
        connection,
        found.resolution,
        options,
        where=found.where,
        number_cells=found.number_cells,
        from_1904=found.from_1904,
        kinds=found.kinds,
        types=found.types,
    )
    # of two amounts the rows have chosen by now, wherever they stand
    refuse_net_amount(found.where, found.resolution, options)
    read = SourceFile(
        name=found.name or source.name,
        sha256=found.sha256,
        bytes=found.bytes,
        rows=rows,
        kind=found.kind,
        encoding=found.encoding,
        delimiter=found.delimiter,
        decimal=known.marks["amount"],
        date_format=known.date_words,
        sheet=found.sheet,
        columns=known.columns,
        unused_columns=found.resolution.unused_by(known.meaning.roles),
        read_as=read_as(found.resolution.match),
        overruled=options.format is not None and not isinstance(options.format, Saved),
    )
    rows_read = source if isinstance(source, SheetRows) else None
    return ReadSource(
        found.where,
        read,
        found.resolution,
        known.marks,
        known.date_sql,
        found.number_cells,
        last_record,
        (*found.notes, *known.notes),
        rows_read,
        known.meaning,
        frozenset(exact_columns(found.resolution, found.types)),
        known.each_once and "refund_order" not in known.meaning.roles,
    )


def _without_blank_columns(connection: duckdb.DuckDBPyConnection, found: _Found) -> _Found:
    """Leave out optional columns in which no row has anything: a cost that nobody filled in is no cost."""
    needed = {*REQUIRED, *(("quantity",) if found.resolution.rows == "product" else ())}
    optional = [name for name in found.resolution.positions if name not in needed]
    blank = optional
    # most columns are filled from the start: only for the others every row is looked at
    for rows in ("(FROM text_rows LIMIT 2048)", "text_rows"):
        if blank:
            counted = ", ".join(f"count({name})" for name in blank)
            row = connection.execute(f"SELECT {counted} FROM {rows}").fetchone()  # noqa: S608  (our own names)
            blank = [name for name, filled in zip(blank, row or (), strict=True) if not filled]
    positions = {name: at for name, at in found.resolution.positions.items() if name not in blank}
    return replace(found, resolution=replace(found.resolution, positions=positions))


def _file(
    connection: duckdb.DuckDBPyConnection,
    file: OrderFile,
    folder: Path,
    options: ReadOptions,
    sheet: str | None,
) -> _Found:
    kind = file_kind(file.path)
    if kind == "zip":
        inner = OrderFile(unzip(file, folder), file.name, file.folder)
        found = _file(connection, inner, folder, options, sheet)
        digest, size = digest_of(file.path)
        return replace(found, kind=f"{found.kind} in a zip", sha256=digest, bytes=size)
    if kind == "csv":
        return _csv(connection, file, folder, options)
    if kind in WORKBOOKS:
        cells = load_cells(
            connection,
            file,
            kind,
            options.columns,
            sheet=sheet,
            limits=options.limits,
            asked=options.format,
        )
        where = f"{file.name}, sheet {cells.sheet}"
        name = where if len(options.sheets) > 1 else file.name
    else:
        cells, table = load_table(connection, file.path, file.name, kind, options, folder)
        where = f"{file.name}, table {table}" if table else file.name
        name = f"{file.name} {table}".rstrip()
    digest, size = digest_of(file.path)
    found = _from_cells(connection, cells, where, kind, options, digest, size)
    return replace(found, name=name)


def _postgres(
    connection: duckdb.DuckDBPyConnection, source: PostgresUrl, folder: Path, options: ReadOptions
) -> _Found:
    from clv_xl.orders.kinds.postgres import load_query  # noqa: PLC0415  # of an extra

    cells, table, copy = load_query(connection, source, options, folder)
    digest, size = digest_of(copy)
    found = _from_cells(
        connection, cells, f"{source.name}, table {table}", "postgresql", options, digest, size
    )
    return replace(found, name=f"{source.name} {table}")


def _csv(
    connection: duckdb.DuckDBPyConnection, file: OrderFile, folder: Path, options: ReadOptions
) -> _Found:
    text = plain_text(file.path, folder, options.encoding, file.name)
    layout = find_layout(text, options.columns, options.delimiter, options.format)
    if file.folder and layout.resolution.headers == RowSetAside._fields:
        raise NotOrders(f"{file.name}: rows that were set aside.")
    if layout.resolution.problem:
        problem = problem_of(text, layout, options.columns, options.delimiter, options.format)
        raise not_orders(file.name, problem, layout.resolution, first_records(text, layout))
    _refuse_parts(file.name, layout.resolution, options)
    width, first = len(layout.resolution.headers), layout.header_record
    if load_fields(connection, text, layout):
        # line ends stand between the lines, and not in them
        spaces = "".join(sorted({*text.spaces} - {"\r", "\n", layout.delimiter}))
        whole = text.lines > FEW_ROWS and text.marks == layout.delimiter
        given = (options, width, first, layout.delimiter)
        fields = parted(layout.resolution, *given, table="csv_fields", many_whole=whole)
        found = with_found(connection, layout.resolution, options.columns, fields.judged, "c{}".format)
        if found is not layout.resolution:
            fields = parted(found, *given, table="csv_fields", many_whole=whole)
        fields = replace(fields, spaces=spaces, quotes=False)
    else:
        separator = load_lines(connection, text, layout.delimiter, folder)
        blanks = f"list_filter(fields[{width + 1}:], lambda field: trim(field, '{SPACES}') = '')"
        fits = (
            f"CASE WHEN len(fields) <= {width} THEN len(fields) = {width}"
            f" ELSE len({blanks}) = len(fields) - {width} END"
        )
        not_blank = literal(f"[^{SPACES}{re.escape(separator)}]")
        judged = f"""
            SELECT record, record - {layout.hidden_records} AS file_row, {says_total_sql("line")} AS says_total,
                CASE WHEN {fits} THEN fields END AS fields, NOT ({fits}) AS wrong_columns, hash(line) AS line_hash,
                CASE WHEN NOT ({fits}) OR record <= {LINES_KEPT} THEN line END AS line
            FROM (SELECT record, line, string_split(line, {literal(separator)}) AS fields FROM text_lines
                WHERE record > {first} AND regexp_matches(line, {not_blank}))
        """  # noqa: S608  (numbers and our own names)

        def field_at(at: int) -> str:
            return f"fields[{at + 1}]"

        found = with_found(connection, layout.resolution, options.columns, judged, field_at)
        texts = texts_of(found, options, field_at)
        fields = Fields("text_lines", first, judged, texts, line="line", separator=separator)
    make_text_rows(connection, fields)
    return _Found(
        where=file.name,
        kind="csv.gz" if text.zipped else "csv",
        sha256=text.sha256,
        bytes=text.bytes,
        encoding=text.encoding,
        delimiter=layout.delimiter,
        sheet="",
        resolution=found,
        notes=(*broken_note(file.name, text.damage), *guessed_note(file.name, text.guessed)),
    )


def _from_cells(
    connection: duckdb.DuckDBPyConnection,
    cells: SheetCells,
    where: str,
    kind: str,
    options: ReadOptions,
    sha256: str,
    size: int,
) -> _Found:
    if cells.resolution.problem:
        # of cells of an open workbook no option can be pasted
        rows = first_cells(connection, cells.header_record, cells.types) if kind != "cells" else ()
        raise not_orders(where, cells.resolution.problem, cells.resolution, rows)
    _refuse_parts(where, cells.resolution, options)
    typed = cells.kinds, cells.types
    fields = parted(cells.resolution, options, cells.width, cells.header_record, SEPARATOR, *typed)
    found = with_found(connection, cells.resolution, options.columns, fields.judged, "c{}".format)
    if found is not cells.resolution:
        fields = parted(found, options, cells.width, cells.header_record, SEPARATOR, *typed)
    make_text_rows(connection, fields)
    return _Found(
        where=where,
        kind=kind,
        sha256=sha256,
        bytes=size,
        encoding="",
        delimiter="",
        sheet=cells.sheet,
        resolution=found,
        from_1904=cells.from_1904,
        kinds=cells.kinds,
        types=cells.types,
        notes=cells.notes,
        number_cells=not cells.kinds or "mixed" in cells.kinds,
    )


def _refuse_parts(where: str, resolution: Resolution, options: ReadOptions) -> None:
    refuse_discount(where, resolution, options)
    for part in options.without:
        if part not in resolution.extra:
            raise UnfitOption(
                f"{where}: --without {part}: no column is known that says how much of an amount is {part}."
                " Leave the option out, or name a column of amounts without it: --column amount=HEADER."
            )
