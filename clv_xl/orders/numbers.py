"""Texts that are meant as numbers: which mark is the decimal mark, and the SQL that reads them exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.errors import InputError
from clv_xl.orders.account import plural
from clv_xl.orders.said import Answer, Question, QuestionError, Saved

if TYPE_CHECKING:
    import duckdb

__all__ = ["CURRENCY_WORDS", "DECISIVE", "body_sql", "currency_sql", "decimal_mark", "value_sql"]


DECISIVE = 10
"""A reading wins when it has this many times the evidence of the other; less is a question for the user."""

CURRENCY_WORDS = (
    r"us\$|kr\.?|sek|nok|dkk|isk|eur|usd|gbp|chf|pln|czk|huf|ron|bgn|cad|aud|nzd|jpy|cny|inr|zł|kč|[€$£₹]"
)
_SIGNS = {"KR.": "KR", "US$": "USD", "€": "EUR", "$": "USD", "£": "GBP", "₹": "INR", "ZŁ": "PLN", "KČ": "CZK"}
_NUMBER_CELL = r"-?[0-9]+(\.[0-9]+)?"
_PLAIN = "-?[0-9]+([.,][0-9]+)?"
# Spaces, apostrophes and minus signs of every kind, each with the plain sign that it stands for.
_ODD = (
    "\u00a0\u202f\u2007\u2009\u2002\u2003\t\u2019\u00b4`\u2032\u066c"
    "\u2212\u2013\u2014\u2010\u2011\uff0d\uff0c\uff0e\u066b"
)
_EVEN = "       '''''------,.."
# Digits of other scripts that keyboards in Asia and Arabic countries give.
_DIGITS = "".join(chr(zero + digit) for zero in (0xFF10, 0x0660, 0x06F0) for digit in range(10))


def body_sql(text: str) -> str:
    """Return SQL for a number text without currency, with one kind of space, and the minus in front.

    Parameters
    ----------
    text : str
        SQL expression of type VARCHAR, trimmed.
    """
    even = _EVEN.replace("'", "''") + "0123456789" * 3
    heavy = f"trim(translate({text}, '{_ODD}{_DIGITS}', '{even}'))"
    for pattern, replacement in (
        (
            r"\s*\(?(?:inkl?|incl?|exkl?|excl?|ex|eks|ekskl)\.? ?(?:moms|mva|vat|tax|alv)\)?$",
            "",
        ),  # 100 kr inkl. moms
        (rf"^([-+(]?)\s*(?:{CURRENCY_WORDS})\s*", r"\1"),  # kr 100, -kr 100, (€ 100
        (rf"\s*(?:{CURRENCY_WORDS})\s*([-)]?)$", r"\1"),  # 100 SEK, (100 SEK), 100 kr-
        (
            r"^([0-9]{1,3})[.]([0-9]{3})[.]([0-9]{3})[:,]\s*-$",
            r"\1\2\3",
        ),  # the mark before - ends the whole crowns
        (r"^([0-9]{1,3})[.]([0-9]{3})[:,]\s*-$", r"\1\2"),
        (r"^([0-9].*)[,.:]\s*-$", r"\1"),  # 1 200:- and 1 200,-
        (r"^\(\s*(.*?)\s*\)$", r"-\1"),
        (r"^(.*[0-9])\s*-$", r"-\1"),
        (r"^\+", ""),
        (r"^-\s+", "-"),
    ):
        heavy = f"regexp_replace({heavy}, '{pattern}', '{replacement}', 'i')"
    return f"CASE WHEN regexp_full_match({text}, '{_PLAIN}') THEN {text} ELSE {heavy} END"


def is_plain_sql(text: str) -> str:
    """Return SQL that is true where :func:`body_sql` is the text itself: digits, and at most one mark."""
    return f"regexp_full_match({text}, '{_PLAIN}')"


def currency_sql(text: str) -> str:
    """Return SQL for the currency that an amount text carries, in capitals, or NULL.

    Parameters
    ----------
    text : str
        SQL expression of type VARCHAR, trimmed.
    """
    found = f"upper(regexp_extract({text}, '(?i){CURRENCY_WORDS}'))"
    signs = " ".join(f"WHEN '{sign}' THEN '{code}'" for sign, code in _SIGNS.items())
    return (
        f"CASE WHEN {text} IS NULL OR regexp_full_match({text}, '{_PLAIN}') THEN NULL"
        f" ELSE CASE {found} WHEN '' THEN NULL {signs} ELSE {found} END END"
    )


def value_sql(body: str, mark: str, *, number_cells: bool) -> str:
    """Return SQL for a DECIMAL(18, 4), NULL where the text is no number or too large.

    Parameters
    ----------
    body : str
        Column that holds :func:`body_sql`.
    mark : {".", ","}
        The decimal mark.
    number_cells : bool
        Whether number cells of a workbook, which always have a point, stand among the texts.
    """
    bare = f"replace(replace(replace({body}, ' ', ''), '''', ''), '{_other(mark)}', '')"
    value = f"TRY_CAST(replace({bare}, ',', '.') AS DECIMAL(18, 4))"
    as_is = f"regexp_full_match({body}, '{_NUMBER_CELL}')"
    first = f"WHEN {as_is} THEN TRY_CAST({body} AS DECIMAL(18, 4))"
    cases = f"WHEN {_fits_sql(body, mark)} THEN {value}"
    if mark == ".":
        cases = f"{first} {cases}"
    elif number_cells:
        cases = f"{cases} {first}"
    return f"CASE {cases} END"


def is_number_sql(body: str, mark: str, *, number_cells: bool) -> str:
    """Return SQL that is true where a text is a number, of whatever size.

    Parameters
    ----------
    body, mark, number_cells
        As for :func:`value_sql`.
    """
    fits = _fits_sql(body, mark)
    return f"({fits} OR regexp_full_match({body}, '{_NUMBER_CELL}'))" if number_cells else fits


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def _fits_sql(body: str, mark: str) -> str:
    group = _other(mark).replace(".", r"\.")
    point = mark.replace(".", r"\.")
    grouped = "|".join(f"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+" for sign in (" ", "''", group))
    if mark == ".":
        grouped += "|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"  # 12,34,567 as in India
    return f"regexp_full_match({body}, '-?(?:(?:[0-9]+|{grouped})(?:{point}[0-9]*)?|{point}[0-9]+)')"


def decimal_mark(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    *,
    where: str,
    header: str,
    given: str | None,
    number_cells: bool,
    fallback: str | None = None,
) -> str:
    """Decide the decimal mark of a column from all its texts.

    ``12,50`` and ``1.234.567`` speak for the comma, ``12.50`` and ``1,234,567`` for the point; ``1.234`` and
    ``1,234`` could be either.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    table, column : str
        Column with :func:`body_sql` texts.
    where, header : str
        For messages: the file, and the column as it stands there.
    given : str or None
        What the user said; it settles the matter.
    number_cells : bool
        As for :func:`value_sql`.
    fallback : str or None
        The mark of the amounts, for another column that does not tell.

    Raises
    ------
    InputError
        With the two readings, if the texts do not tell.
    """
    if given and not isinstance(given, Saved):
        return given
    found = _evidence(connection, table, column)
    if isinstance(given, Saved):
        _refuse_other_mark(found, given, where, header, number_cells=number_cells)
        return str(given)
    mark = found.verdict(number_cells=number_cells) or fallback
    unsure = "" if number_cells else found.unsure_beside(mark)
    if not unsure and (mark or not (found.comma or found.point or found.either)):
        return mark or "."
    answers = Answer("decimal", ","), Answer("decimal", ".")
    if found.comma and found.point and not number_cells:
        either = f' "{unsure}" can be read in both ways.' if unsure else ""
        raise _question(
            f'{where}: column "{header}" has numbers with a decimal comma ("{found.a_comma}",'
            f' {plural(found.comma, "row", "rows")}) and with a decimal point ("{found.a_point}",'
            f" {plural(found.point, 'row', 'rows')}).{either}"
            ' Say which is right: --decimal "," or --decimal ".".',
            where,
            answers,
        )
    shown = found.either.lstrip("-")
    whole = shown.replace(".", "").replace(",", "")
    by_group, by_point = (".", ",") if "," in shown else (",", ".")
    raise _question(
        f'{where}: column "{header}" can be read in two ways: "{shown}" is {whole} (--decimal "{by_group}")'
        f' or {shown.replace(",", ".")} (--decimal "{by_point}"). Say which.',
        where,
        (Answer("decimal", by_group), Answer("decimal", by_point)),
    )


def _question(text: str, where: str, answers: tuple[Answer, ...]) -> QuestionError:
    return QuestionError(text, Question(text.removeprefix(f"{where}: "), answers))


def _refuse_other_mark(
    found: _Evidence, saved: Saved, where: str, header: str, *, number_cells: bool
) -> None:
    """Refuse a column that is surely written with another mark than a saved map says."""
    clear = found.verdict(number_cells=number_cells)
    # in a workbook a point may be that of number cells
    if clear in {None, saved} or (number_cells and clear == "."):
        return
    example = found.a_comma if clear == "," else found.a_point
    raise InputError(
        f'{where}: column "{header}" has numbers with a decimal {"comma" if clear == "," else "point"}, such as'
        f' "{example}", but {saved.source} says decimal = "{saved}". Correct {saved.source}, or pass'
        f' --decimal "{clear}".'
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How many texts speak for which mark, with an example of each."""

    comma: int
    point: int
    either_comma: int
    either_point: int
    either: str
    a_comma: str
    a_point: str
    either_with_comma: str
    either_with_point: str
    grouped_by_comma: int
    grouped_by_point: int

    def unsure_beside(self, mark: str | None) -> str:
        """Return a text that is a thousand by this mark, where more rows have the other one for a decimal mark.

        More than have it between thousands for sure.
        """
        if mark == ",":
            return self.either_with_point if self.point > self.grouped_by_point else ""
        return self.either_with_comma if mark == "." and self.comma > self.grouped_by_comma else ""

    def verdict(self, *, number_cells: bool) -> str | None:
        if number_cells:
            # The points of number cells are no evidence: only what must be typed text counts.
            comma_is_sure = self.comma > 0 and self.either_point == 0
            point_is_sure = self.comma == 0 and self.either_comma == 0
        else:
            comma_is_sure = self.comma > 0 and self.comma >= DECISIVE * self.point
            point_is_sure = self.point > 0 and self.point >= DECISIVE * self.comma
        return "," if comma_is_sure else "." if point_is_sure else None


def _evidence(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> _Evidence:
    def speaks_for(mark: str) -> str:
        group, point = (r"\.", ",") if mark == "," else (",", r"\.")
        return (
            f"regexp_full_match(digits, '[0-9]{{1,3}}(?:{group}[0-9]{{3}})+{point}[0-9]*"
            f"|[0-9]{{1,3}}(?:{group}[0-9]{{3}}){{2,}}|[0-9]*{point}[0-9]*')"
            f" AND NOT regexp_full_match(digits, '[1-9][0-9]{{0,2}}{point}[0-9]{{3}}')"
        )

    def grouped_by(group: str, point: str) -> str:
        thousands = f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+"
        return f"regexp_full_match(digits, '{thousands}(?:{point}[0-9]*|{group}[0-9]{{3}})')"

    row = connection.execute(f"""
        WITH shaped AS (
            SELECT CASE WHEN regexp_full_match({column}, '-?[0-9]+[.][0-9]{{1,2}}') THEN '1.2'
                    WHEN regexp_full_match({column}, '-?[0-9]+,[0-9]{{1,2}}') THEN '1,2'
                    ELSE translate({column}, '12345678', '99999999') END AS shape,
                count(*) AS rows, min({column}) AS body
            FROM {table} WHERE contains({column}, '.') OR contains({column}, ',') GROUP BY shape
        ), marked AS (
            SELECT body, rows, regexp_replace(body, '[-'' ]', '', 'g') AS digits
            FROM shaped
        ), judged AS (
            SELECT body, rows, digits, {speaks_for(",")} AS comma, {speaks_for(".")} AS point,
                regexp_full_match(digits, '[1-9][0-9]{{0,2}}[.,][0-9]{{3}}') AS either
            FROM marked
        )
        SELECT coalesce(sum(rows) FILTER (comma), 0)::BIGINT, coalesce(sum(rows) FILTER (point), 0)::BIGINT,
            coalesce(sum(rows) FILTER (either AND contains(body, ',')), 0)::BIGINT,
            coalesce(sum(rows) FILTER (either AND contains(body, '.')), 0)::BIGINT,
            coalesce(min(body) FILTER (either), ''), coalesce(min(body) FILTER (comma), ''),
            coalesce(min(body) FILTER (point), ''),
            coalesce(min(body) FILTER (either AND contains(body, ',')), ''),
            coalesce(min(body) FILTER (either AND contains(body, '.')), ''),
            coalesce(sum(rows) FILTER ({grouped_by(",", "[.]")}), 0)::BIGINT,
            coalesce(sum(rows) FILTER ({grouped_by("[.]", ",")}), 0)::BIGINT
        FROM judged
    """).fetchone()  # noqa: S608  (column and table names are our own)
    return _Evidence(*row) if row else _Evidence(0, 0, 0, 0, "", "", "", "", "", 0, 0)
