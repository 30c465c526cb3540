"""Text files (CSV, TSV, TXT, also gzipped) as one DuckDB table of lines with known fields.

DuckDB's own CSV reader drops or joins rows that do not fit (strict mode off) or stops at them, and does not
say where the rows that did fit stood. So it is used for what it provably does: reading lines, in order. The
fields are then split by string functions. Quoted fields are split the same way as long as every line is a
whole, well-formed record; any other file goes through Python's ``csv`` module, which is the yardstick.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from clv_xl.errors import InputError
from clv_xl.limits import MAX_COLUMNS
from clv_xl.orders.columns import REQUIRED
from clv_xl.orders.no_table import no_table, refuse_other_text
from clv_xl.orders.saved_columns import resolve_as_saved
from clv_xl.orders.text_file import LINE_MARK, LONG_LINE, LONGEST_LINE, SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TextIO

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.text_file import PlainText

__all__ = ["Layout", "find_layout", "first_records", "load_fields", "load_lines", "problem_of"]

_OURS = re.compile(f"[{SEPARATOR}{LINE_MARK}]")
_SAMPLE = 1 << 16
_HEADER_WITHIN = 20
_DELIMITERS = (";", "\t", ",", "|")
_UNCLOSED = "{name}, line {line}: a quotation mark opens a field that never ends{shown}. Close or remove it."
_SHOWN = 80
# what the name of a file or of its folder (orders.csv.gz, year=2024) seems to say is no part of it
_BARE = "compression = 'none', hive_partitioning = false"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header stands and how fields are parted.

    Attributes
    ----------
    delimiter : str
        One character.
    header_record : int
        Record number of the header, from 1, blank records counted.
    hidden_records : int
        1 when the file starts with ``sep=;``, which Excel obeys and does not show.
    resolution : Resolution
        The canonical columns.
    """

    delimiter: str
    header_record: int
    hidden_records: int
    resolution: Resolution


def find_layout(
    text: PlainText, wanted: Mapping[str, str], delimiter: str | None, asked: str | None = None
) -> Layout:
    """Find the delimiter and the header row from the first 64 KB, or more where a row is longer.

    Parameters
    ----------
    text : PlainText
        From :func:`~clv_xl.orders.text_file.plain_text`.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.
    delimiter : str or None
        As the user gave it, or None to find out.
    asked : str, optional
        See :func:`~clv_xl.orders.columns.resolve`.

    Returns
    -------
    Layout
        The one that finds most required columns, then the one whose rows agree best with their header.

    Raises
    ------
    InputError
        If the file is blank, a web page, JSON, or wider than a sheet of Excel.
    """
    with text.path.open(encoding="utf-8-sig", newline="") as stream:
        sample, cut = _sample(stream)
    if not sample.strip():
        raise InputError(f"{text.name} is empty. Export the orders again, with a header row.")
    refuse_other_text(text.name, sample)
    hidden = 0
    if told := re.match(r'"?sep=(.)"?\r?\n', sample, re.IGNORECASE):
        hidden = 1
        delimiter = delimiter or told[1]
    read = {
        candidate: _records(sample, candidate, cut=cut)
        for candidate in ((delimiter,) if delimiter else _DELIMITERS)
    }
    known: dict[tuple[str, ...], Resolution] = {}

    def resolved(record: list[str]) -> Resolution:
        if len(record) > MAX_COLUMNS:
            raise InputError(
                f"{text.name} has {len(record):,} columns; {MAX_COLUMNS:,} are read, as many as a sheet of Excel has."
                " Export the orders with the columns that a report needs: customer, date and amount."
            )
        key = tuple(record)
        if key not in known:
            known[key] = resolve_as_saved(record, wanted, asked)
        return known[key]

    # a row of one cell is no header where another delimiter gives one
    best = _best(read, hidden, resolved, of_one_cell=False)
    return best if best.resolution.fits > 1 else _best(read, hidden, resolved, of_one_cell=True)


def _sample(stream: TextIO) -> tuple[str, bool]:
    """Return the start of a file, never the half of a header however wide, and whether there is more."""
    sample = stream.read(_SAMPLE) + stream.readline() + stream.readline()
    return sample, stream.read(1) != ""


def _best(
    read: Mapping[str, list[list[str]]],
    hidden: int,
    resolved: Callable[[list[str]], Resolution],
    *,
    of_one_cell: bool,
) -> Layout:
    """Return the layout of the delimiter that gives the best header; of equal ones the first."""
    keyed: list[tuple[tuple[int, float, int], Layout]] = []
    for candidate, records in read.items():
        layout = _layout(records, candidate, hidden, resolved, of_one_cell=of_one_cell)
        width = len(layout.resolution.headers)
        body = [len(record) for record in records[layout.header_record :] if record]
        agreeing = sum(length == width for length in body) / len(body) if body else 1.0
        keyed.append(((layout.resolution.fits, agreeing if width > 1 else 0.0, width), layout))
    return max(keyed, key=lambda pair: pair[0])[1]


def _records(sample: str, delimiter: str, *, cut: bool) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error:  # a field without end: what was read so far is enough to tell the layout
        return records
    return records[:-1] if cut and len(records) > 1 else records


def _layout(
    records: list[list[str]],
    delimiter: str,
    hidden: int,
    resolved: Callable[[list[str]], Resolution],
    *,
    of_one_cell: bool,
) -> Layout:
    first = next((at for at, record in enumerate(records) if at >= hidden and any(map(str.strip, record))), 0)
    best_at = first
    best = resolved(records[first] if records else [])
    for at in range(first + 1, min(len(records), _HEADER_WITHIN)):
        if best.fits >= len(REQUIRED):
            break
        if len(records[at]) < 2 and not of_one_cell:
            continue
        found = resolved(records[at])
        if found.fits > best.fits:
            best_at, best = at, found
    return Layout(delimiter, best_at + 1, hidden, best)


def problem_of(
    text: PlainText, layout: Layout, wanted: Mapping[str, str], delimiter: str | None, asked: str | None
) -> str:
    """Say what stands in the way of the columns; a wrong delimiter explains it better than any header.

    Parameters
    ----------
    text, wanted, delimiter, asked
        As for :func:`find_layout`.
    layout : Layout
        What was found.
    """
    if delimiter and len(layout.resolution.headers) == 1:
        other = find_layout(text, wanted, None, asked)
        if len(other.resolution.headers) > 1:
            found = "tabs" if other.delimiter == "\t" else f'"{other.delimiter}"'
            return (
                f'with --delimiter "{delimiter}" the header is one column. The columns seem to be parted by'
                f" {found}: leave the option out."
            )
    if not layout.resolution.fits and not wanted and not asked:
        with text.path.open(encoding="utf-8-sig", newline="") as stream:
            return no_table(stream.read(_SAMPLE), delimiter or _DELIMITERS) or layout.resolution.problem
    return layout.resolution.problem


def first_records(text: PlainText, layout: Layout) -> list[list[str]]:
    """Return the rows below the header, as far as they are looked at to find it.

    Parameters
    ----------
    text : PlainText
        The file.
    layout : Layout
        What was found.
    """
    with text.path.open(encoding="utf-8-sig", newline="") as stream:
        sample, cut = _sample(stream)
    return _records(sample, layout.delimiter, cut=cut)[layout.header_record :]


def load_fields(connection: duckdb.DuckDBPyConnection, text: PlainText, layout: Layout) -> bool:
    """Fill the table ``csv_fields(c0, c1, ...)`` where every line is one whole row, or say that it is not.

    That is so where no quotation mark occurs, the header is the first line, and DuckDB, which refuses a line with
    another number of fields, finds a row for each line end. Its rows are those of the file in their order, so that
    their own numbers count the records from 0: to number them beside would keep all cores but one from reading.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    text : PlainText
        From :func:`~clv_xl.orders.text_file.plain_text`.
    layout : Layout
        From :func:`find_layout`.
    """
    width = len(layout.resolution.headers)
    first = layout.header_record == 1 and not layout.hidden_records
    if (
        text.quotes
        or not text.lines_are_safe
        or not first
        or width < 2
        or layout.delimiter not in _DELIMITERS
    ):
        return False
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE csv_fields AS
            FROM read_csv(?, delim = ?, quote = '', escape = '', header = false, skip = 0, auto_detect = false,
                          columns = {{{columns}}}, strict_mode = true, null_padding = false, {_BARE})
            """,
            [str(text.path), layout.delimiter],
        )
    except duckdb.InvalidInputException:
        return False
    found = connection.execute("SELECT count(*), max(rowid) + 1 FROM csv_fields").fetchone()
    if found == (text.lines, text.lines):
        return True
    connection.execute("DROP TABLE csv_fields")
    return False


def load_lines(connection: duckdb.DuckDBPyConnection, text: PlainText, delimiter: str, folder: Path) -> str:
    """Fill the table ``text_lines(record, line)`` and return the separator of the fields in ``line``.

    A record is what Python's ``csv`` module calls a row; a line break inside quotes becomes a space.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    text : PlainText
        From :func:`~clv_xl.orders.text_file.plain_text`.
    delimiter : str
        From :func:`find_layout`.
    folder : pathlib.Path
        A private folder for a copy, where one is needed.

    Raises
    ------
    InputError
        If a quotation mark is never closed, or a line is longer than 2 MB.
    """
    if text.lines_are_safe:
        _read_lines(connection, text.name, text.path)
        if not text.quotes:
            return delimiter
        if _split_quoted(connection, delimiter):
            return SEPARATOR
    copy = folder / f"{text.sha256}.records"
    _rewrite(text, delimiter, copy)
    _read_lines(connection, text.name, copy)
    return SEPARATOR


def _read_lines(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE text_lines AS
            SELECT row_number() OVER () AS record, line
            FROM read_csv(?, delim = chr(30), quote = '', escape = '', header = false, skip = 0,
                          auto_detect = false, columns = {{'line': 'VARCHAR'}}, strict_mode = true, {_BARE})
            """,  # noqa: S608  (our own words)
            [str(path)],
        )
    except duckdb.InvalidInputException as error:
        if "Maximum line size" not in str(error):
            raise
        raise InputError(LONG_LINE.format(name=name)) from error


def _split_quoted(connection: duckdb.DuckDBPyConnection, delimiter: str) -> bool:
    """Mark the fields of quoted lines with our separator, or return False if any line is not well formed.

    Split at the quotation marks, the odd pieces of a well-formed line lie outside quotes: they are empty or
    start and end with a delimiter (the first need not start with one, the last need not end with one). An
    empty piece between two quoted ones is a doubled mark, which stands for itself.
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE quoted_lines AS
        WITH cut AS (
            SELECT record, line, CASE WHEN contains(line, '"') THEN string_split(line, '"') END AS pieces
            FROM text_lines
        )
        SELECT record,
            CASE WHEN pieces IS NULL THEN replace(line, $delimiter, chr(31))
            ELSE array_to_string(list_transform(pieces, lambda piece, nth:
                CASE WHEN nth % 2 = 0 THEN piece
                     WHEN piece = '' AND nth > 1 AND nth < len(pieces) THEN '"'
                     ELSE replace(piece, $delimiter, chr(31)) END), '') END AS line,
            pieces IS NULL OR (len(pieces) % 2 = 1 AND len(list_filter(pieces, lambda piece, nth:
                nth % 2 = 1 AND piece <> '' AND (
                    (nth > 1 AND NOT starts_with(piece, $delimiter))
                    OR (nth < len(pieces) AND NOT ends_with(piece, $delimiter))))) = 0) AS well_formed
        FROM cut
        """,
        {"delimiter": delimiter},
    )
    row = connection.execute("SELECT coalesce(bool_and(well_formed), true) FROM quoted_lines").fetchone()
    connection.execute("DROP TABLE text_lines")
    if not (row and row[0]):
        connection.execute("DROP TABLE quoted_lines")
        return False
    connection.execute("ALTER TABLE quoted_lines RENAME TO text_lines")
    return True


def _rewrite(text: PlainText, delimiter: str, target: Path) -> None:
    """Write one record a line, fields parted by our separator."""
    mark = f"{LINE_MARK}end{LINE_MARK}"
    end = [mark, mark]  # two fields: inside an open quotation mark they arrive as one
    began, line_after, closed = 1, 1, False
    breaks = re.compile(r"[\r\n]+")
    with (
        text.path.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="\n") as copy,
    ):
        reader = csv.reader(itertools.chain(source, [delimiter.join(end)]), delimiter=delimiter)
        try:
            for fields in reader:
                closed = fields == end
                if closed:
                    continue
                record = [_OURS.sub(" ", field) for field in fields] if text.has_separator else fields
                line = SEPARATOR.join(record)
                if len(line) > LONGEST_LINE // 4 and len(line.encode()) > LONGEST_LINE:
                    raise InputError(LONG_LINE.format(name=text.name))
                copy.write((breaks.sub(" ", line) if "\n" in line or "\r" in line else line) + "\n")
                began, line_after = line_after, reader.line_num + 1
        except csv.Error as error:
            raise InputError(_unclosed(text, line_after)) from error
    if not closed:
        raise InputError(_unclosed(text, began))


def _unclosed(text: PlainText, number: int) -> str:
    with text.path.open(encoding="utf-8-sig", newline="") as source:
        line = next(itertools.islice(source, number - 1, None), "").strip()
    start = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
    return _UNCLOSED.format(name=text.name, line=number, shown=f": {start}" if start else "")
