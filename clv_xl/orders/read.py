"""One order file into the table ``text_rows``: every row, every canonical column, still as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.account import SourceFile, Warning_
from clv_xl.orders.columns import CANONICAL, REQUIRED, Resolution
from clv_xl.orders.csv_text import find_layout, load_lines
from clv_xl.orders.dates import EVEN_IN_DATES, ODD_IN_DATES
from clv_xl.orders.header_words import vat_in_header
from clv_xl.orders.numbers import body_sql
from clv_xl.orders.row_meaning import RowMeaning
from clv_xl.orders.said import QuestionError, Saved
from clv_xl.orders.sheet_rows import SPACES, SheetRows
from clv_xl.orders.text_file import SEPARATOR, plain_text
from clv_xl.orders.understood import NUMBERS, read_as, roles, understood
from clv_xl.orders.xlsx_cells import load_cells, load_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from clv_xl.orders.broken_utf8 import Damage
    from clv_xl.orders.csv_text import Layout
    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.text_file import PlainText
from clv_xl.orders.xlsx_cells import SheetCells

__all__ = ["LINES_KEPT", "ReadSource", "file_kind", "read_source"]

LINES_KEPT = 1000
"""Of so many records from the top the whole row is kept, to be shown; of all others it would take much memory."""

# ="00042" keeps Excel from making a number of a text
_AS_FORMULA = """'^="([^"]*)"$', '\\1'"""


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
    from_1904: bool = False


def read_source(
    connection: duckdb.DuckDBPyConnection, source: Path | SheetRows, folder: Path, options: ReadOptions
) -> ReadSource:
    """Read one file, or the rows of a sheet, into ``text_rows``.

    The table has record (BIGINT), file_row (BIGINT, as Excel counts), wrong_columns (BOOLEAN), line (VARCHAR,
    the whole row where it has the wrong number of columns or is one of the first), line_hash (UBIGINT, of the whole
    row), and every canonical column as trimmed VARCHAR, NULL where blank; blank rows are left out.
    ``amount_body``, ``cost_body``, ``quantity_body`` and ``refunded_body``, where there is such a column, hold
    the number texts without currency.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    source : pathlib.Path or SheetRows
        The input file, or rows that were read already.
    folder : pathlib.Path
        A private folder for copies; the caller removes it.
    options : ReadOptions
        What the user said.

    Raises
    ------
    InputError
        If the file cannot be read, or its layout leaves a question.
    """
    if isinstance(source, SheetRows):
        cells = load_rows(connection, source, options.columns, options.format)
        found = _from_cells(connection, cells, source.where, "cells", options)
    elif file_kind(source) == "xlsx":
        found = _xlsx(connection, source, options)
    else:
        found = _csv(connection, source, folder, options)
    row = connection.execute("SELECT count(*), coalesce(max(record), 0) FROM text_rows").fetchone()
    rows, last_record = row or (0, 0)
    if not rows:
        raise InputError(f"{found.where} has a header and no rows below it. Export the orders again.")
    found = _without_blank_columns(connection, found)
    known = understood(
        connection,
        found.resolution,
        options,
        where=found.where,
        number_cells=found.kind in {"xlsx", "cells"},
        from_1904=found.from_1904,
    )
    file = SourceFile(
        name=source.name,
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
        unused_columns=found.resolution.unused,
        read_as=read_as(found.resolution.match),
        overruled=options.format is not None and not isinstance(options.format, Saved),
    )
    rows_read = source if isinstance(source, SheetRows) else None
    return ReadSource(
        found.where,
        file,
        found.resolution,
        known.marks,
        known.date_sql,
        found.kind in {"xlsx", "cells"},
        last_record,
        (*found.notes, *known.notes),
        rows_read,
        known.meaning,
    )


def _without_blank_columns(connection: duckdb.DuckDBPyConnection, found: _Found) -> _Found:
    """Leave out optional columns in which no row has anything: a cost that nobody filled in is no cost."""
    needed = {*REQUIRED, *(("quantity",) if found.resolution.rows == "product" else ())}
    optional = [name for name in found.resolution.positions if name not in needed]
    if not optional:
        return found
    counted = ", ".join(f"count({name})" for name in optional)
    row = connection.execute(f"SELECT {counted} FROM text_rows").fetchone()  # noqa: S608  (our own names)
    blank = {name for name, rows in zip(optional, row or (), strict=True) if not rows}
    positions = {name: at for name, at in found.resolution.positions.items() if name not in blank}
    return replace(found, resolution=replace(found.resolution, positions=positions))


def file_kind(path: Path) -> str:
    """Return ``xlsx`` or ``csv``: bytes tell more than the ending, a renamed file is read as what it is.

    Raises
    ------
    InputError
        If the file does not exist, cannot be opened, or is of a kind that is not read.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder. Name the order file in it.")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist. Check the name and the folder.") from error
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise InputError(
            f"{path} cannot be read ({reason}). Close it in other programs and try again."
        ) from error
    if head[:4] == b"PK\x03\x04" or head[:4] == b"\xd0\xcf\x11\xe0":
        return "xlsx"
    ending = path.suffix.lower()
    if ending in {".xlsx", ".xlsm"} and head:
        return "xlsx"
    if ending in {".xls", ".xlsb", ".ods", ".parquet", ".pdf", ".zip", ".json"}:
        raise InputError(f"{path.name}: {ending} files are not read. Save the orders as .xlsx or CSV.")
    return "csv"


def _csv(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, options: ReadOptions) -> _Found:
    text = plain_text(path, folder, options.encoding)
    layout = find_layout(text, options.columns, options.delimiter, options.format)
    if layout.resolution.problem:
        raise QuestionError(f"{path.name}: {_problem(text, layout, options)}", *layout.resolution.ways_out)
    _refuse_parts(path.name, layout.resolution, options)
    separator = load_lines(connection, text, layout.delimiter, folder)
    width = len(layout.resolution.headers)
    blanks = f"list_filter(fields[{width + 1}:], lambda field: trim(field, '{SPACES}') = '')"
    fits = f"CASE WHEN len(fields) <= {width} THEN len(fields) = {width} ELSE len({blanks}) = len(fields) - {width} END"
    not_blank = f"[^{SPACES}{re.escape(separator)}]"
    texts = _texts(layout.resolution, options, lambda at: f"fields[{at + 1}]")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE text_rows AS
        WITH split AS (
            SELECT record, line, string_split(line, $separator) AS fields FROM text_lines
            WHERE record > {layout.header_record} AND regexp_matches(line, $not_blank)
        ), judged AS (
            SELECT record, record - {layout.hidden_records} AS file_row, line,
                CASE WHEN {fits} THEN fields END AS fields, NOT ({fits}) AS wrong_columns
            FROM split
        )
        {_select(connection, "text_lines", "line", separator, texts)}
        """,  # noqa: S608  (numbers and our own names)
        {"separator": separator, "not_blank": not_blank},
    )
    connection.execute("DROP TABLE text_lines")
    return _Found(
        where=path.name,
        kind="csv.gz" if text.zipped else "csv",
        sha256=text.sha256,
        bytes=text.bytes,
        encoding=text.encoding,
        delimiter=layout.delimiter,
        sheet="",
        resolution=layout.resolution,
        notes=_broken(path.name, text.damage),
    )


def _broken(name: str, damage: Damage | None) -> tuple[Warning_, ...]:
    if damage is None:
        return ()
    one = damage.broken_bytes == 1
    what, pronoun = ("1 byte is", "It is") if one else (f"{damage.broken_bytes:,} bytes are", "They are")
    where = "that line" if damage.lines == 1 else "those lines"
    text = (
        f"{name}: {what} not UTF-8 as the rest of the file is, {damage.where()}. {pronoun} read as Windows-1252."
        f" Correct {where} and save as CSV UTF-8, or name the encoding of the whole file, such as --encoding"
        " windows-1252."
    )
    return (Warning_("broken_bytes", text, damage.lines),)


def _problem(text: PlainText, layout: Layout, options: ReadOptions) -> str:
    """Say what stands in the way of the columns; a wrong --delimiter explains it better than any header."""
    if options.delimiter and len(layout.resolution.headers) == 1:
        other = find_layout(text, options.columns, None, options.format)
        if len(other.resolution.headers) > 1:
            found = "tabs" if other.delimiter == "\t" else f'"{other.delimiter}"'
            return (
                f'with --delimiter "{options.delimiter}" the header is one column. The columns seem to be parted by'
                f" {found}: leave the option out."
            )
    return layout.resolution.problem


def _xlsx(connection: duckdb.DuckDBPyConnection, path: Path, options: ReadOptions) -> _Found:
    cells = load_cells(
        connection, path, options.columns, sheet=options.sheet, limits=options.limits, asked=options.format
    )
    return _from_cells(connection, cells, f"{path.name}, sheet {cells.sheet}", "xlsx", options)


def _from_cells(
    connection: duckdb.DuckDBPyConnection, cells: SheetCells, where: str, kind: str, options: ReadOptions
) -> _Found:
    if cells.resolution.problem:
        raise QuestionError(f"{where}: {cells.resolution.problem}", *cells.resolution.ways_out)
    _refuse_parts(where, cells.resolution, options)
    texts = _texts(cells.resolution, options, lambda at: f"c{at}")
    line = "concat_ws(chr(31), {})".format(", ".join(f"coalesce(c{at}, '')" for at in range(cells.width)))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE text_rows AS
        WITH judged AS (
            SELECT *, record AS file_row, {line} AS line, false AS wrong_columns FROM sheet_cells
            WHERE record > {cells.header_record} AND regexp_matches({line}, $not_blank)
        )
        {_select(connection, "sheet_cells", line, SEPARATOR, texts)}
        """,  # noqa: S608  (numbers and our own names)
        {"not_blank": f"[^{SPACES}{SEPARATOR}]"},
    )
    connection.execute("DROP TABLE sheet_cells")
    return _Found(
        where=where,
        kind=kind,
        sha256=cells.sha256,
        bytes=cells.bytes,
        encoding="",
        delimiter="",
        sheet=cells.sheet,
        resolution=cells.resolution,
        from_1904=cells.from_1904,
    )


def _refuse_parts(where: str, resolution: Resolution, options: ReadOptions) -> None:
    for part in options.without:
        if part not in resolution.extra:
            raise UsageError(
                f"{where}: --without {part}: no column is known that says how much of an amount is {part}."
                " Leave the option out, or name a column of amounts without it: --column amount=HEADER."
            )
    header = resolution.headers[resolution.positions["amount"]]
    if "tax" in options.without and vat_in_header(header) == "excluded":
        raise UsageError(f'{where}: --without tax: "{header}" is without tax already. Leave the option out.')


def _texts(
    resolution: Resolution, options: ReadOptions, at: Callable[[int], str]
) -> dict[str, tuple[str, ...]]:
    """Return SQL for the texts of every column that is used: of an extra role the next where the first is blank."""
    texts: dict[str, tuple[str, ...]] = {name: (at(place),) for name, place in resolution.positions.items()}
    return texts | {
        role: tuple(map(at, resolution.extra[role])) for role in sorted(roles(resolution, options))
    }


def _select(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    line: str,
    separator: str,
    texts: dict[str, tuple[str, ...]],
) -> str:
    """Trimming is slow, so it is done only where a field begins or ends with a space, or odd spaces occur at all."""
    # most lines are plain ASCII, which their length tells: only the others can hold spaces beyond it
    within, beyond = (
        " OR ".join(
            f"contains({line}, chr({ord(space)}))" for space in SPACES[1:] if space.isascii() == is_ascii
        )
        for is_ascii in (True, False)
    )
    odd = f"{within} OR (strlen({line}) <> length({line}) AND ({beyond}))"
    is_odd, is_padded, has_formulas, beyond_ascii = connection.execute(
        f"""SELECT bool_or({odd}), bool_or(contains({line}, $separator || ' ') OR contains({line}, ' ' || $separator)
            OR starts_with({line}, ' ') OR ends_with({line}, ' ')), bool_or(contains({line}, '="')),
            bool_or(strlen({line}) <> length({line})) FROM {table}""",  # noqa: S608  (our own names)
        {"separator": separator},
    ).fetchone() or (False, False, False, False)
    trim = f"trim({{}}, '{SPACES}')" if is_odd else "trim({})" if is_padded else "{}"

    def text(name: str) -> str:
        parts = [trim.format(part) for part in texts[name]]
        if has_formulas:
            parts = [f"regexp_replace({part}, {_AS_FORMULA})" for part in parts]
        if beyond_ascii and name == "order_date":
            parts = [
                f"CASE WHEN strlen({part}) = length({part}) THEN {part}"
                f" ELSE translate({part}, '{ODD_IN_DATES}', '{EVEN_IN_DATES}') END"
                for part in parts
            ]
        parts = [f"nullif({part}, '')" for part in parts]
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]

    names = [*CANONICAL, *(name for name in texts if name not in CANONICAL)]
    cleaned = ", ".join(
        f"{text(name)} AS {name}" if name in texts else f"CAST(NULL AS VARCHAR) AS {name}" for name in names
    )
    bodies = ", ".join(f"{body_sql(name)} AS {name}_body" for name in NUMBERS if name in texts)
    return f"""
        , cleaned AS (SELECT record, file_row, wrong_columns, line, {cleaned} FROM judged)
        SELECT * REPLACE (CASE WHEN wrong_columns OR record <= {LINES_KEPT} THEN line END AS line),
            hash(line) AS line_hash, {bodies}
        FROM cleaned
    """  # noqa: S608  (our own names)
