"""The texts of every row from its fields: trimmed, blank as NULL, numbers without their currency."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from clv_xl.orders.columns import CANONICAL, REQUIRED
from clv_xl.orders.dates import EVEN_IN_DATES, ODD_IN_DATES
from clv_xl.orders.header_units import is_percent
from clv_xl.orders.kinds.typed_text import day_sql, exact_sql, texts_sql
from clv_xl.orders.numbers import body_sql, is_plain_sql
from clv_xl.orders.repeats import has_order_numbers
from clv_xl.orders.sheet_rows import SPACES
from clv_xl.orders.text_file import SEPARATOR
from clv_xl.orders.total_rows import row_says_total_sql
from clv_xl.orders.understood import NUMBERS, held_in, roles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = [
    "FEW_ROWS",
    "LINES_KEPT",
    "Fields",
    "drop_text_rows",
    "exact_columns",
    "joined_sql",
    "literal",
    "make_text_rows",
    "parted",
    "swap_columns",
    "texts_of",
]

LINES_KEPT = 1000
"""Of so many records from the top the whole row is kept, to be shown; of all others it would take much memory."""

_NUMBERED = "(SELECT rowid + 1 AS record, * FROM csv_fields)"
FEW_ROWS = 50_000
"""Up to so many the rows are copied in any case."""
_SWAPPED = "text_rows_before_swapping"
# of a discount in percent the sign is told by its text
_BARE_TEXT = {"discount": "regexp_replace(discount, '\\s*%$', '')"}
# ="00042" keeps Excel from making a number of a text
_AS_FORMULA = """'^="([^"]*)"$', '\\1'"""


def texts_of(
    resolution: Resolution, options: ReadOptions, at: Callable[[int], str]
) -> dict[str, tuple[str, ...]]:
    """Return SQL for the texts of every column that is used: of an extra role the next where the first is blank."""
    texts: dict[str, tuple[str, ...]] = {name: (at(place),) for name, place in resolution.positions.items()}
    if "refunded" in texts and is_percent(resolution.headers[resolution.positions["refunded"]]):
        texts["refunded"] = (f"regexp_replace({texts['refunded'][0]}, '\\s*%\\s*$', '')",)
    return texts | {
        role: tuple(map(at, resolution.extra[role])) for role in sorted(roles(resolution, options))
    }


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of all rows, in a table, and what is known of them.

    Attributes
    ----------
    table : str
        Where they are.
    header_record : int
        Record number of the header.
    judged : str
        SQL for the rows: record, file_row, wrong_columns, line, line_hash, says_total, and what ``texts`` needs.
    texts : dict of str to tuple of str
        From :func:`texts_of`.
    line : str
        SQL for the whole row in ``table``; empty where its fields are parted.
    separator : str
        What stands between the fields of ``line``.
    held : Mapping of str to str
        What the columns of a table with types hold, by their names.
    spaces : str
        The spaces that there may be.
    quotes : bool
        Whether there may be quotation marks.
    looked_at : str
        SQL for the fields as texts, where ``table`` holds others.
    typed : Mapping of str to str
        Further columns, SQL for the days and numbers of a table with types.
    all_fields : tuple of str
        The names of the fields in ``table``, where they are parted.
    """

    table: str
    header_record: int
    judged: str
    texts: dict[str, tuple[str, ...]]
    line: str = ""
    separator: str = SEPARATOR
    held: Mapping[str, str] = field(default_factory=dict)
    spaces: str = SPACES
    quotes: bool = True
    looked_at: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    all_fields: tuple[str, ...] = ()


class _Seen(NamedTuple):
    """What occurs in the fields that are used; ``plain`` are columns of numbers with nothing around them."""

    odd: bool
    padded: bool
    formulas: bool
    beyond_ascii: bool
    plain: frozenset[str]


def literal(text: str) -> str:
    """Return a text as SQL writes it: a view takes no parameters.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def parted(
    resolution: Resolution,
    options: ReadOptions,
    width: int,
    header_record: int,
    separator: str,
    kinds: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
    *,
    table: Literal["sheet_cells", "csv_fields"] = "sheet_cells",
    many_whole: bool = False,
) -> Fields:
    """Return the fields in ``sheet_cells`` or ``csv_fields``; rows that are blank are left out.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said.
    width : int
        Columns of the table.
    header_record : int
        Record number of the header.
    separator : str
        What parts the fields of a whole row.
    kinds : tuple of str
        What each column of a table with types holds; empty where there are none.
    types : tuple of str
        Of columns that are no texts, see :func:`~clv_xl.orders.kinds.typed_text.handed_over`.
    table : {"sheet_cells", "csv_fields"}
        Where they are; in the latter the rows have no other number than their own.
    many_whole : bool
        Whether there are many rows, and no field has a sign in it that may part fields.
    """
    columns = [f"c{at}" for at in range(width)]
    line = joined_sql(separator, columns)
    may_hold_words = [
        column
        for column, kind in zip(columns, kinds or ("text",) * width, strict=False)
        if kind in {"text", "mixed"}
    ]
    says_total = row_says_total_sql(
        may_hold_words, joined_sql(separator, may_hold_words), many_whole=many_whole
    )
    # a first letter that is seen settles it for nearly all rows, without a pattern
    required = [resolution.positions[name] for name in REQUIRED]
    seen = " OR ".join(
        f"t{at} IS NOT NULL" if types and types[at] not in {"", "DOUBLE"} else f"c{at} BETWEEN '!' AND '~'"
        for at in required
    )
    source = _NUMBERED if table == "csv_fields" else texts_sql(table, types)
    not_blank = literal(f"[^{SPACES}{re.escape(separator)}]")
    judged = f"""
        SELECT *, record AS file_row, CASE WHEN record <= {LINES_KEPT} THEN {line} END AS line,
            hash({line}) AS line_hash, {says_total} AS says_total,
            false AS wrong_columns
        FROM {source} WHERE record > {header_record}
            AND ({seen} OR regexp_matches({line}, {not_blank}))
    """  # noqa: S608  (numbers and our own names)
    texts = texts_of(resolution, options, lambda at: f"c{at}")
    held = held_in(resolution, kinds)
    typed = {f"{name}_exact": sql for name, sql in exact_columns(resolution, types).items() if name in texts}
    if held.get("order_date") in {"date", "moment"}:
        day = resolution.positions["order_date"]
        typed["order_day"] = day_sql(f"t{day}", f"c{day}", types[day] if types else "")
    if has_order_numbers(resolution, types):
        typed["order_number"] = f"t{resolution.positions['order_id']}"
    return Fields(
        table,
        header_record,
        judged,
        texts,
        held=held,
        looked_at=source,
        typed=typed,
        all_fields=tuple(columns),
    )


def exact_columns(resolution: Resolution, types: tuple[str, ...]) -> dict[str, str]:
    """Return SQL for the numbers of columns that came as such, by the names of the columns.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    types : tuple of str
        See :func:`~clv_xl.orders.kinds.typed_text.handed_over`; empty where all are texts.
    """
    if not types:
        return {}
    places = {name: (at,) for name, at in resolution.positions.items()} | resolution.extra
    made = {
        name: exact_sql(f"t{columns[0]}", types[columns[0]])
        for name, columns in places.items()
        if name in NUMBERS and len(columns) == 1
    }
    return {name: sql for name, sql in made.items() if sql}


def joined_sql(separator: str, parts: Sequence[str]) -> str:
    """Return SQL for the fields of a row as one text.

    Examples
    --------
    >>> joined_sql(";", ["c0", "c1"])
    "concat_ws(';', coalesce(c0, ''), coalesce(c1, ''))"
    """
    filled = [f"coalesce({part}, '')" for part in parts] or ["''"]
    return f"concat_ws({literal(separator)}, {', '.join(filled)})"


def drop_text_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop ``text_rows`` and what it stands on."""
    for view in ("text_rows", _SWAPPED):
        connection.execute(f"DROP VIEW IF EXISTS {view}")
    for table in ("text_kept", "sheet_cells", "csv_fields", "text_lines"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def swap_columns(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> None:
    """Let two amounts of ``text_rows`` change places."""
    found = {name for name, *_ in connection.execute("DESCRIBE text_rows").fetchall()}
    renamed = ", ".join(
        f"{before}{end} AS {after}{end}"
        for end in ("", "_body", "_exact")
        for before, after in ((one, other), (other, one))
        if f"{before}{end}" in found
    )
    connection.execute(f"ALTER VIEW text_rows RENAME TO {_SWAPPED}")
    connection.execute(f"CREATE TEMP VIEW text_rows AS SELECT * RENAME ({renamed}) FROM {_SWAPPED}")  # noqa: S608


def make_text_rows(connection: duckdb.DuckDBPyConnection, fields: Fields) -> None:
    """Make the view ``text_rows``: of the fields as they are, or of a copy where they must be trimmed, which is slow.

    Trimming is done only where a field begins or ends with a space, or odd spaces occur at all. Few rows are copied in
    any case: to plan each question through the view takes longer than the copy.
    """
    seen = _seen(connection, fields)
    number = {name for name in fields.texts if fields.held.get(name) == "number"} | seen.plain
    bodies = {
        f"{name}_body": name if name in number else body_sql(_BARE_TEXT.get(name, name))
        for name in NUMBERS
        if name in fields.texts
    }
    trim = f"trim({{}}, '{SPACES}')" if seen.odd else "trim({})" if seen.padded else "{}"
    listed = ", ".join(
        f"{_text_sql(name, parts, trim, seen)} AS {name}" for name, parts in fields.texts.items()
    )
    typed = "".join(f", {sql} AS {name}" for name, sql in fields.typed.items())
    bare = number >= {name for name in NUMBERS if name in fields.texts}
    as_they_are = bare and not (fields.line or seen.odd or seen.padded or seen.formulas or seen.beyond_ascii)
    copied = not as_they_are or _are_few(connection, fields)
    if not copied and fields.table == "csv_fields":  # beside their texts the fields as they are cost nothing
        typed += f", {', '.join(fields.all_fields)}"
    made = f"""
        WITH judged AS ({fields.judged}), cleaned AS (
            SELECT record, file_row, wrong_columns, line, line_hash, says_total, {listed}{typed} FROM judged)
        SELECT *, {", ".join(f"{sql} AS {name}" for name, sql in bodies.items())} FROM cleaned
    """  # noqa: S608  (our own names)
    for view in ("text_rows", _SWAPPED):  # of a file before that could not be read to its end
        connection.execute(f"DROP VIEW IF EXISTS {view}")
    if copied:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE text_kept AS {made}")
        connection.execute(f"DROP TABLE {fields.table}")
        made = "FROM text_kept"
    lacking = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in CANONICAL if name not in fields.texts)
    connection.execute(f"CREATE TEMP VIEW text_rows AS SELECT *{lacking and ', ' + lacking} FROM ({made})")  # noqa: S608


def _are_few(connection: duckdb.DuckDBPyConnection, fields: Fields) -> bool:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {fields.table}").fetchall()  # noqa: S608  (our own name)
    return bool(rows <= FEW_ROWS)


def _seen(connection: duckdb.DuckDBPyConnection, fields: Fields) -> _Seen:
    """Look what occurs in the fields: of parted ones at both ends of those that are used, else in the whole rows."""
    typed = {name for name, held in fields.held.items() if held in {"number", "date", "moment"}}
    parts = [part for name, several in fields.texts.items() if name not in typed for part in several]
    if fields.line:
        return _within(connection, fields, fields.line, (fields.line,), frozenset())
    numbers = {name: fields.texts[name] for name in NUMBERS if name in fields.texts and name not in typed}
    plain = frozenset(
        name
        for name, (part, *others) in numbers.items()
        if not others and not _any(connection, fields, f"{part} <> '' AND NOT {is_plain_sql(part)}")
    )
    dates = () if "order_date" in typed else fields.texts["order_date"]
    bare = {fields.texts[name][0] for name in plain}  # in which no space can be, nor a quotation mark
    odd = [sql for part in parts if part not in bare for sql in _is_odd_sql(part, fields)]
    if not _any(connection, fields, " OR ".join([*odd, *map(_beyond_ascii_sql, dates)]) or "false"):
        return _Seen(odd=False, padded=False, formulas=False, beyond_ascii=False, plain=plain)
    return _within(connection, fields, joined_sql(SEPARATOR, parts), dates, plain)


def _any(connection: duckdb.DuckDBPyConnection, fields: Fields, condition: str) -> bool:
    """Tell whether any row below the header is so; the first one is enough."""
    within = fields.looked_at or fields.table
    row = connection.execute(
        f"SELECT 1 FROM {within} WHERE record > {fields.header_record} AND ({condition}) LIMIT 1"  # noqa: S608
    ).fetchone()
    return row is not None


def _beyond_ascii_sql(text: str) -> str:
    return f"strlen({text}) <> length({text})"


def _is_odd_sql(part: str, fields: Fields) -> list[str]:
    """Return SQL for whether a field begins or ends with a space, or is written as a formula."""
    if fields.spaces == " " and not fields.quotes:  # as in most files: far sooner than a pattern
        return [f"({part} >= ' ' AND {part} < '!')", f"ends_with({part}, ' ')"]
    patterns = [f"^[{fields.spaces}]|[{fields.spaces}]$"] if fields.spaces else []
    patterns += ['="'] if fields.quotes else []
    return [f"regexp_matches({part}, {literal('|'.join(patterns))})"] if patterns else []


def _within(
    connection: duckdb.DuckDBPyConnection,
    fields: Fields,
    line: str,
    dates: tuple[str, ...],
    plain: frozenset[str],
) -> _Seen:
    """Look into rows as a whole."""
    # most lines are plain ASCII, which their length tells: only the others can hold spaces beyond it
    within, beyond = (
        " OR ".join(
            f"contains({line}, chr({ord(space)}))"
            for space in fields.spaces
            if space != " " and space.isascii() == is_ascii
        )
        or "false"
        for is_ascii in (True, False)
    )
    edge = literal(fields.separator if fields.line else SEPARATOR)
    odd, padded, formulas, beyond_ascii = connection.execute(
        f"""SELECT bool_or({within} OR ({_beyond_ascii_sql(line)} AND ({beyond}))),
            bool_or(contains({line}, {edge} || ' ') OR contains({line}, ' ' || {edge})
                OR starts_with({line}, ' ') OR ends_with({line}, ' ')), bool_or(contains({line}, '="')),
            bool_or({" OR ".join(map(_beyond_ascii_sql, dates)) or "false"})
            FROM {fields.looked_at or fields.table} WHERE record > {fields.header_record}"""  # noqa: S608  (our own names)
    ).fetchone() or (False, False, False, False)
    return _Seen(bool(odd), bool(padded), bool(formulas), bool(beyond_ascii), plain)


def _text_sql(name: str, several: tuple[str, ...], trim: str, seen: _Seen) -> str:
    parts = [trim.format(part) for part in several]
    if seen.formulas:
        parts = [f"regexp_replace({part}, {_AS_FORMULA})" for part in parts]
    if seen.beyond_ascii and name == "order_date":
        parts = [
            f"CASE WHEN strlen({part}) = length({part}) THEN {part}"
            f" ELSE translate({part}, '{ODD_IN_DATES}', '{EVEN_IN_DATES}') END"
            for part in parts
        ]
    parts = [f"nullif({part}, '')" for part in parts]
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
