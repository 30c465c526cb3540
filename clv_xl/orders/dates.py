"""Texts that are meant as dates: which number is the day, and the SQL that reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.account import plural
from clv_xl.orders.month_words import MONTH_NAME, MONTHS, numbered_month_sql
from clv_xl.orders.numbers import DECISIVE
from clv_xl.orders.said import Answer, Question, QuestionError, Saved
from clv_xl.orders.short_years import only_iso, short_orders
from clv_xl.orders.zones import day_in_zone, epoch_day

if TYPE_CHECKING:
    import duckdb

__all__ = ["EVEN_IN_DATES", "ODD_IN_DATES", "SLASHED", "DateReading", "date_reading", "strptime_format"]

ODD_IN_DATES = "\u2010\u2011\u2012\u2013\u2212\uff0d\uff0f\uff0e\uff1a" + "".join(
    chr(zero + digit) for zero in (0xFF10, 0x0660, 0x06F0) for digit in range(10)
)
EVEN_IN_DATES = "------/.:" + "0123456789" * 3
"""Hyphens and digits of other scripts in dates, each with the plain sign that it stands for."""

SLASHED = ("dd/mm/yyyy", "mm/dd/yyyy")
"""How dates with / or - are told, whatever stands between the numbers; in this order: day first, month first."""

DateReading = tuple[str, str]
"""SQL expression of type DATE, and how the dates are written, for people."""

_GAP = r"[\s\x{a0}\x{202f}]*"
_TIME = (
    rf"(?:[T ,]+(?:kl\.? ?)?[0-9]{{1,2}}[:.][0-9]{{2}}(?:[:.][0-9]{{2}}(?:[.,][0-9]+)?)?{_GAP}(?:[AaPp]\.?[Mm]\.?)?"
    rf"{_GAP}(?:Z|UTC|[A-Z]{{1,4}}T|[-+][0-9]{{2}}:?(?:[0-9]{{2}})?)?)?"
)
_YEAR_FIRST = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_YEAR_LAST = r"([0-9]{1,2})[-/.] ?([0-9]{1,2})[-/.] ?([0-9]{4})"
_YEAR_SHORT = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}"
# Month names settle which number is the day.
_MONTH = rf"{MONTH_NAME}\.?"
_DAYS = (
    "mon|tue|wed|thu|fri|sat|sun|mån|tis|ons|tor|fre|lör|sön|man|tir|lør|søn|maa|kes|per|lau|sun|die|mit|don|sam|lun|mar"
    "|mer|jeu|ven|dim"
)
_DAY_NAME = rf"(?:(?:{_DAYS})\p{{L}}*\.?,? )?"
_SHORT_OR_LONG = "([0-9]{4}|[0-9]{2})"
_NAME_FIRST = rf"(?i:{_DAY_NAME}{_MONTH} ([0-9]{{1,2}})(?:st|nd|rd|th)?,? ([0-9]{{4}}))"
_NAME_SECOND = (
    rf"(?i:{_DAY_NAME}"
    r"(?:(?:den|d\.|le|the|am) )?([0-9]{1,2})(?:st|nd|rd|th|er|:e)?[.]?[ /-]?"
    rf"{_MONTH},?[ /-]{_SHORT_OR_LONG})"
)
_NAME_MIDDLE = rf"(?i:([0-9]{{4}})[-/. ]{_MONTH}[-/. ]([0-9]{{1,2}}))"
_SERIAL = r"[0-9]{5}(?:\.[0-9]+)?"
# Texts that are nothing but a number: a reading counts only where every date of the column is one of its kind.
_DAY_NUMBERS = "day numbers"
_COUNTED = {
    _DAY_NUMBERS: (r"[2-6][0-9]{4}(?:[.,][0-9]+)?", "DATE '1899-12-30' + CAST({0}[1:5] AS INTEGER)"),
    "seconds since 1970, UTC": (r"1[0-9]{9}(?:[.,][0-9]+)?", "CAST({0}[1:10] AS BIGINT)"),
    "milliseconds since 1970, UTC": ("1[0-9]{12}", "CAST({0} AS BIGINT) // 1000"),
}
_NO_ACCIDENT = 6  # so many dates are all on their own side of the 12th in less than 3 of 100 sound columns
_DIRECTIVES = frozenset("dmYybBHMSfIp")
_WORDS = {"y": "%y", "yy": "%y", "yyyy": "%Y", "m": "%m", "mm": "%m", "d": "%d", "dd": "%d"}


def strptime_format(text: str) -> str:
    """Return a strptime format for what a user may write as one.

    Parameters
    ----------
    text : str
        ``%d.%m.%Y`` or ``dd.mm.yyyy`` (also ``dd.mm.åååå``).

    Raises
    ------
    UsageError
        If day, month or year is missing, or a directive is not known.

    Examples
    --------
    >>> strptime_format("dd.mm.yyyy"), strptime_format("DD/MM/ÅÅ"), strptime_format("%Y%m%d")
    ('%d.%m.%Y', '%d/%m/%y', '%Y%m%d')
    """
    made = text
    if "%" not in text:
        made = re.sub(
            r"[A-Za-zÅå]+",
            lambda word: _WORDS.get(word[0].lower().replace("å", "y"), word[0]),
            text,
        )
    used = re.findall("%(.)", made)
    complete = {"d"} <= set(used) and set(used) & {"m", "b", "B"} and set(used) & {"Y", "y"}
    if not complete or not set(used) <= _DIRECTIVES:
        raise UsageError(
            f'--date-format "{text}" does not say where day, month and year stand.'
            " Write it like dd.mm.yyyy or %d.%m.%Y."
        )
    return made


def date_reading(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    *,
    where: str,
    header: str,
    given: str | None,
    number_cells: bool,
    from_1904: bool = False,
    zone: str | None = None,
) -> DateReading:
    """Decide how the dates of a column are written, from all its texts.

    Year first, ``yyyymmdd`` and names of months are clear; with points the day stands first; with ``/`` or
    ``-`` a number above 12 tells which is the day. Times are left out: the local date as written counts, unless it is
    known where the business is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    table, column : str
        Column with trimmed texts.
    where, header : str
        For messages: the file, and the column as it stands there.
    given : str or None
        A format as the user wrote it; it settles the matter, but for texts that all stand year first.
    number_cells : bool
        Whether the texts come from a workbook: date cells then stand year first, and five digits are a day
        number (day 1 = 1 January 1900).
    from_1904 : bool
        Whether day numbers count from 1 January 1904, which is day 0.
    zone : str or None
        Where the business is: it says which day a text with an offset is of, and a number of seconds.

    Returns
    -------
    tuple[str, str]
        SQL of type DATE (NULL where the text is no date), and the format in words.

    Raises
    ------
    InputError
        With the two readings, if the texts do not tell, or if years have two digits.
    """
    saved = given if isinstance(given, Saved) and given in SLASHED else None
    asked = (
        given and saved is None and _asked(connection, table, column, given, number_cells, from_1904, zone)
    )
    if asked and not _year_first_alone(connection, table, column, asked[0]):
        return asked
    countable = " ".join(
        f"WHEN regexp_full_match({column}, '{pattern}') THEN '{kind}'"
        for kind, (pattern, _) in _COUNTED.items()
    )
    by_shape = f"""
        WITH shaped AS (
            SELECT {column} AS text, CASE
                WHEN regexp_full_match({column}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN 'yyyy-mm-dd'
                WHEN regexp_full_match({column}, '{_YEAR_FIRST}{_TIME}') THEN 'year first'
                WHEN regexp_full_match({column}, '[0-9]{{8}}') THEN 'yyyymmdd'
                WHEN regexp_full_match({column}, '{_YEAR_LAST}{_TIME}')
                    THEN CASE WHEN contains(left({column}, 3), '.') THEN 'dd.mm.yyyy' ELSE 'year last' END
                WHEN regexp_full_match({column}, '{_YEAR_SHORT}{_TIME}') THEN 'short year'
                WHEN regexp_full_match({column}, '(?:{_NAME_FIRST}|{_NAME_SECOND}|{_NAME_MIDDLE}){_TIME}')
                    THEN 'month names'
                {countable}
                ELSE 'other' END AS shape
            FROM {table} WHERE {column} IS NOT NULL
        ), numbered AS (
            SELECT text, shape,
                CASE WHEN shape = 'year last'
                    THEN CAST(regexp_extract(text, '{_YEAR_LAST}', 1) AS INTEGER) END AS one,
                CASE WHEN shape = 'year last'
                    THEN CAST(regexp_extract(text, '{_YEAR_LAST}', 2) AS INTEGER) END AS two
            FROM shaped
        )
        SELECT shape, count(*), min(text),
            count(*) FILTER (one > 12 AND two <= 12), count(*) FILTER (two > 12 AND one <= 12),
            min(text) FILTER (one <= 12 AND two <= 12 AND one <> two),
            min(text) FILTER (one > 12 AND two <= 12),
            min(text) FILTER (two > 12 AND one <= 12),
            count(*) FILTER (shape <> 'yyyy-mm-dd'
                AND NOT (shape = 'year first' AND regexp_matches(text, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[^0-9]')))
        FROM numbered GROUP BY shape ORDER BY count(*) DESC, shape
    """  # noqa: S608  (column and table names are our own)
    counts = only_iso(connection, table, column) or connection.execute(by_shape).fetchall()
    shapes = {shape: rest for shape, *rest, _ in counts}
    total = sum(rest[0] for rest in shapes.values())
    if shapes.keys() & {"yyyy-mm-dd", "year first"} and shapes.keys() & {"year last", "dd.mm.yyyy"}:
        _refuse_half_converted(
            connection, table, column, where=where, header=header, number_cells=number_cells, saved=saved
        )
    if "short year" in shapes and 2 * shapes["short year"][0] > total:
        text, forms = short_orders(connection, table, column, f"{_YEAR_SHORT}{_TIME}")
        if len(forms) != 1 or len(shapes) > 1:
            raise _short_years(where, header, text, forms)
        return _asked(connection, table, column, forms[0], number_cells, from_1904, zone)
    day_first = _day_first(shapes["year last"], where, header, saved) if "year last" in shapes else True
    words = {
        "year first": "date cells" if number_cells else "yyyy-mm-dd",
        "year last": "dd/mm/yyyy" if day_first else "mm/dd/yyyy",
        "other": "day numbers" if number_cells else "",
    }
    label = next((words.get(shape, shape) for shape, *_ in counts), "")
    only = next(iter(shapes)) if len(shapes) == 1 else ""
    if counts and not any(others for *_, others in counts):  # all begin with ten signs that are the day
        written = column if only == "yyyy-mm-dd" else f"{column}[1:10]"
        return day_in_zone(connection, table, column, f"TRY_CAST({written} AS DATE)", zone), label
    # the day numbers of a workbook are read below, among date cells
    if only in _COUNTED and not (number_cells and only == _DAY_NUMBERS):
        counted = _COUNTED[only][1].format(column)
        if only == _DAY_NUMBERS:
            return f"CAST({counted} AS DATE)", only
        return epoch_day(counted, zone), only.replace("UTC", zone or "UTC")
    day, month = (1, 2) if day_first else (2, 1)

    def part(pattern: str, group: int) -> str:
        return f"regexp_extract({column}, '{pattern}', {group})"

    def of_year_last(group: int, of_points: int) -> str:
        points = f"contains(left({column}, 3), '.')"
        return f"CASE WHEN {points} THEN {part(_YEAR_LAST, of_points)} ELSE {part(_YEAR_LAST, group)} END"

    last_day, last_month = of_year_last(day, 1), of_year_last(month, 2)
    read = f"""CASE
        WHEN regexp_full_match({column}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN TRY_CAST({column} AS DATE)
        WHEN regexp_full_match({column}, '{_YEAR_FIRST}{_TIME}') THEN TRY_CAST(
            {part(_YEAR_FIRST, 1)} || '-' || {part(_YEAR_FIRST, 2)} || '-' || {part(_YEAR_FIRST, 3)} AS DATE)
        WHEN regexp_full_match({column}, '[0-9]{{8}}')
            THEN TRY_CAST({column}[1:4] || '-' || {column}[5:6] || '-' || {column}[7:8] AS DATE)
        WHEN regexp_full_match({column}, '{_YEAR_LAST}{_TIME}')
            THEN TRY_CAST({part(_YEAR_LAST, 3)} || '-' || {last_month} || '-' || {last_day} AS DATE)
        WHEN regexp_full_match({column}, '{_NAME_FIRST}{_TIME}')
            THEN {_named_sql(part(_NAME_FIRST, 3), part(_NAME_FIRST, 1), part(_NAME_FIRST, 2))}
        WHEN regexp_full_match({column}, '{_NAME_SECOND}{_TIME}')
            THEN {_named_sql(part(_NAME_SECOND, 3), part(_NAME_SECOND, 2), part(_NAME_SECOND, 1))}
        WHEN regexp_full_match({column}, '{_NAME_MIDDLE}{_TIME}')
            THEN {_named_sql(part(_NAME_MIDDLE, 1), part(_NAME_MIDDLE, 2), part(_NAME_MIDDLE, 3))}
        {_serial_sql(column, from_1904=from_1904) if number_cells else ""} END"""
    return day_in_zone(connection, table, column, read, zone), label


def _asked(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    given: str,
    number_cells: bool,  # as the others, what was found of the file
    from_1904: bool,
    zone: str | None,
) -> DateReading:
    """Read the dates in one form."""
    made = strptime_format(given).replace("'", "''")
    bare = f"regexp_replace({column}, '{_TIME}$', '')"
    ways = [(column, made), (bare, made)]
    if "%b" in made or "%B" in made:
        numbered = made.replace("%b", "%m").replace("%B", "%m")
        ways += [(numbered_month_sql(text), numbered) for text in (column, bare)]
    tries = ", ".join(f"try_strptime({text}, '{form}')" for text, form in ways)
    asked = f"CAST(coalesce({tries}) AS DATE)"
    cells = _cells_sql(column, from_1904=from_1904)
    asked = day_in_zone(connection, table, column, asked, zone)
    return (f"coalesce({cells}, {asked})" if number_cells else asked), str(given)


def _year_first_alone(connection: duckdb.DuckDBPyConnection, table: str, column: str, asked: str) -> bool:
    """Tell whether all dates stand year first, and none as asked: those of another file, which leave no question."""
    others = f"{column} IS NOT NULL AND NOT regexp_full_match({column}, '{_YEAR_FIRST}{_TIME}')"
    found = f"SELECT 1 FROM {table} WHERE ({others}) OR {asked} IS NOT NULL LIMIT 1"  # noqa: S608  (our own names)
    return connection.execute(found).fetchone() is None


def _question(text: str, where: str, *formats: str) -> QuestionError:
    answers = tuple(Answer("date-format", way) for way in formats)
    return QuestionError(text, Question(text.removeprefix(f"{where}: "), answers))


def _short_years(where: str, header: str, text: str, forms: list[str]) -> QuestionError:
    """Ask how such dates are written."""
    mark = next(sign for sign in text if sign in "-/.")
    fitting = forms or [f"dd{mark}mm{mark}yy"]
    ways = " or ".join(f"--date-format {way}" for way in fitting)
    return _question(
        f'{where}: column "{header}" has years of two digits ("{text}"). Say how the date is written: {ways}.',
        where,
        *fitting,
    )


def _day_first(found: list[object], where: str, header: str, saved: Saved | None) -> bool:
    _, text, by_first, by_second, either, day_text, month_text = found
    days, months = int(str(by_first)), int(str(by_second))
    if saved is not None:
        against, other = (month_text, SLASHED[1]) if saved == SLASHED[0] else (day_text, SLASHED[0])
        if against is None:
            return saved == SLASHED[0]
        raise InputError(
            f'{where}: column "{header}" has "{against}", but {saved.source} says date_format = "{saved}". Correct'
            f" the date, or {saved.source}, or pass --date-format {other}."
        )
    if days or months:
        if not months or (days >= DECISIVE * months and either is None):
            return True
        if not days or (months >= DECISIVE * days and either is None):
            return False
        raise _question(
            f'{where}: column "{header}" has dates with the day first ("{day_text}", {plural(days, "row", "rows")})'
            f' and with the month first ("{month_text}", {plural(months, "row", "rows")}).'
            " Say which is right: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy.",
            where,
            *SLASHED,
        )
    if either is None:
        return True
    mark = "/" if "/" in str(either or text) else "-"
    ways = f"dd{mark}mm{mark}yyyy", f"mm{mark}dd{mark}yyyy"
    raise _question(
        f'{where}: column "{header}" can be read in two ways: in "{either}" either number may be the day.'
        f" Say which: --date-format {ways[0]} or --date-format {ways[1]}.",
        where,
        *ways,
    )


def _named_sql(year: str, month: str, day: str) -> str:
    words = ", ".join(f"'{name}'" for name in MONTHS)
    numbers = ", ".join(str(number) for number in MONTHS.values())
    number = f"[{numbers}][list_position([{words}], lower({month}))]"
    return f"TRY_CAST(right('20' || {year}, 4) || '-' || {number} || '-' || {day} AS DATE)"


def _serial_sql(column: str, *, from_1904: bool) -> str:
    start = "1904-01-01" if from_1904 else "1899-12-30"
    return (
        f"WHEN regexp_full_match({column}, '{_SERIAL}')"
        f" THEN DATE '{start}' + CAST(regexp_extract({column}, '^[0-9]+') AS INTEGER)"
    )


def _cells_sql(column: str, *, from_1904: bool) -> str:
    """Date cells and day numbers of a workbook, which a given format does not concern."""
    return (
        f"CASE WHEN regexp_full_match({column}, '{_YEAR_FIRST} [0-9:.]+') THEN TRY_CAST({column}[1:10] AS DATE)"
        f" {_serial_sql(column, from_1904=from_1904)} END"
    )


def _refuse_half_converted(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    *,
    where: str,
    header: str,
    number_cells: bool,
    saved: Saved | None,
) -> None:
    """Refuse dates of which Excel has turned those that it could, with day and month in the wrong order.

    A spreadsheet that expects the month first makes 4 July of 07/04/2024 and leaves 17/04/2024 as the text it is.
    """
    clear, late, a_clear, texts, day_first, month_first, a_text = connection.execute(f"""
        WITH parts AS (
            SELECT {column} AS text,
                TRY_CAST(regexp_extract({column}, '^{_YEAR_FIRST}', 3) AS INTEGER) AS day,
                TRY_CAST(regexp_extract({column}, '^{_YEAR_LAST}', 1) AS INTEGER) AS one,
                TRY_CAST(regexp_extract({column}, '^{_YEAR_LAST}', 2) AS INTEGER) AS two
            FROM {table}
            WHERE regexp_full_match({column}, '{_YEAR_FIRST}{_TIME}')
                OR regexp_full_match({column}, '{_YEAR_LAST}{_TIME}')
        )
        SELECT count(day), count(*) FILTER (day > 12), min(text) FILTER (day IS NOT NULL),
            count(one), count(*) FILTER (one > 12 AND two <= 12), count(*) FILTER (two > 12 AND one <= 12),
            min(text) FILTER (one IS NOT NULL)
        FROM parts
    """).fetchone() or (0, 0, "", 0, 0, 0, "")  # noqa: S608  (column and table names are our own)
    if late or not texts or texts not in {day_first, month_first} or clear + texts < _NO_ACCIDENT:
        return
    kind, kinds = ("date cell", "date cells") if number_cells else ("date", "dates")
    mark = next(sign for sign in "./-" if sign in a_text)
    written = mark.join(("dd", "mm", "yyyy") if texts == day_first else ("mm", "dd", "yyyy"))
    # in this spelling a map settles the matter; in words it only tells which number is the day
    of_map = f', or date_format = "{strptime_format(written)}" in {saved.source}' if saved else ""
    way = (
        f"If the date cells are right, say so: --date-format {written}{of_map}."
        if number_cells
        else "If all of them are right, write them in one way."
    )
    raise InputError(
        f'{where}: column "{header}" has {plural(clear, kind, kinds)} such as {a_clear[:10]}, none after the 12th of a'
        f' month, and {plural(texts, "text", "texts")} such as "{a_text}", none before the 13th. A spreadsheet that'
        " opens a text file with another order of day and month leaves it so: day and month are then swapped in the"
        " first kind. Use the export as it came from the shop, not as it was saved after opening, or open it by Data,"
        f" From Text/CSV, with the dates as {written}. {way}"
    )
