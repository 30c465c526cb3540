"""Columns that say yes or no: whether an order was cancelled or came back, is a test, or is a credit note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.flag_words import (
    BARE_CREDITS,
    BARE_RETURNS,
    BAREST,
    CANCEL_TEXTS,
    CANCELLED_HEADER,
    CREDIT_FLAGS,
    CREDIT_TEXTS,
    DAY,
    FLAGS,
    GENERIC,
    NO,
    NOT_PAID,
    RETURN_DATES,
    RETURN_WORDS,
    RETURNS,
    SALES_BESIDE_RETURNS,
    SALES_WORDS,
    TEST_TEXTS,
    TYPE_FLAGS,
    YES,
)
from clv_xl.orders.header_words import fold
from clv_xl.orders.status_words import plain_status
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

__all__ = [
    "BARE_CREDITS",
    "CREDIT_FLAGS",
    "FLAGS",
    "SALES_WORDS",
    "flag_columns",
    "flag_notes",
    "is_cancellation_sql",
    "meanings_of_flag",
    "says_yes_sql",
    "told_sql",
]

_MOSTLY: Final = 0.9
_MOST_RETURNED: Final = 0.5


def flag_columns(
    names: Sequence[str], taken: frozenset[int], *, refunded: bool = False
) -> dict[str, tuple[int, ...]]:
    """Return the columns that may say yes or no, by role; of several of a role the first.

    Parameters
    ----------
    names : Sequence[str]
        Headers as in the file.
    taken : frozenset of int
        Columns that have a role already.
    refunded : bool
        Whether a column of refunded amounts stands beside them: then the day of a return says nothing more.

    Examples
    --------
    >>> flag_columns(["Fakturanr", "Makulerad", "Is test"], frozenset({0}))
    {'cancelled': (1,), 'test': (2,)}
    """
    free = [(at, fold(name)) for at, name in enumerate(names) if at not in taken]
    free = [(at, word) for at, word in free if not (refunded and word in RETURN_DATES)]
    free.sort(key=lambda place: place[1] in GENERIC)
    found = {role: tuple(at for at, word in free if word in words)[:1] for role, words in FLAGS.items()}
    found["other_type"] = tuple(at for at, word in free if word in FLAGS["other_type"])[1:2]
    if not found["cancelled"]:
        found["cancelled"] = tuple(at for at, word in free if CANCELLED_HEADER.fullmatch(word))[:1]
    return {role: places for role, places in found.items() if places}


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def meanings_of_flag(role: str) -> tuple[tuple[str, str], ...]:
    """Return SQL that is true for some rows, and what that means for an order, as a status would."""
    if role in TYPE_FLAGS:
        return (
            (_is_one_sql(role, RETURN_WORDS), "refunded"),
            (_is_one_sql(role, CREDIT_TEXTS), "credit note"),
            (_is_one_sql(role, TEST_TEXTS), "test"),
            (f"{is_cancellation_sql(role)} AND coalesce(source_amount >= 0, true)", "cancelled"),
        )
    meaning = {"returned": "refunded", "credit": "credit note", "unpaid": "not completed"}.get(role, role)
    return ((says_yes_sql(role), meaning),)


def _is_one_sql(column: str, texts: Sequence[str]) -> str:
    plain = f"trim(regexp_replace(lower({column}), '[\\s_-]+', ' ', 'g'))"
    return f"coalesce({plain} IN ({_listed(texts)}), false)"


def is_cancellation_sql(role: str) -> str:
    """Return SQL that is true where the kind of a row says that its order, or the row, was cancelled."""
    return _is_one_sql(role, CANCEL_TEXTS)


def says_yes_sql(column: str) -> str:
    """Return SQL that is true where a text says yes, false where it says no or nothing, NULL where it says neither.

    A kind of row says yes where it is a credit note or a return, and what is paid where it is not.

    Parameters
    ----------
    column : str
        Column with trimmed texts.
    """
    if column in TYPE_FLAGS:
        return _is_one_sql(column, (*CREDIT_TEXTS, *RETURN_WORDS))
    if column == "unpaid":
        said = f"WHEN lower({column}) IN ({_listed(YES)}) OR regexp_full_match({column}, '{DAY}') THEN false"
        no = f"lower({column}) IN ({_listed(NOT_PAID)})"
        return f"CASE WHEN {column} IS NULL THEN false WHEN {no} THEN true {said} END"
    return (
        f"CASE WHEN {column} IS NULL OR lower({column}) IN ({_listed(NO)}) THEN false"
        f" WHEN lower({column}) IN ({_listed(YES)}) OR regexp_full_match({column}, '{DAY}') THEN true END"
    )


def told_sql(column: str, header: str) -> str:
    """Return SQL for a flag as a status is told: its header with what stands there, if that is no day."""
    name = header.replace("'", "''")
    return f"CASE WHEN regexp_full_match({column}, '{DAY}') THEN '{name}' ELSE '{name}: ' || {column} END"


def flag_notes(
    connection: duckdb.DuckDBPyConnection, flags: Mapping[str, str], where: str
) -> tuple[frozenset[str], tuple[Warning_, ...]]:
    """Look whether the columns of ``text_rows`` do say yes or no.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    flags : Mapping[str, str]
        Role -> header.
    where : str
        The file, for messages.

    Returns
    -------
    frozenset of str
        The roles whose columns are read.
    tuple of Warning_
        What to tell: texts that say neither, and columns that are not read.
    """
    read: set[str] = set()
    notes: list[Warning_] = []
    for role, header in flags.items():
        if role in {*TYPE_FLAGS, "unpaid"}:
            looked_at = _unpaid if role == "unpaid" else _kinds_of_rows
            is_read, unsure = looked_at(connection, role, header, where)
            read |= {role} if is_read else set()
            notes += unsure
            continue
        filled, said, unclear, row, text = connection.execute(f"""
            SELECT count({role}), count(*) FILTER (yes), count(*) FILTER (yes IS NULL),
                min(file_row) FILTER (yes IS NULL), min_by({role}, record) FILTER (yes IS NULL)
            FROM (SELECT record, file_row, {role}, {says_yes_sql(role)} AS yes FROM text_rows)
        """).fetchone() or (0, 0, 0, 0, "")  # noqa: S608  (our own names and words)
        credit = said if role == "credit" else 0
        if not unclear:
            is_read, told_of = (
                _by_date(connection, header, where) if fold(header) in RETURN_DATES else (True, ())
            )
            read |= {role} if is_read else set()
            notes += (*_credit_notes(header, where, credit), *told_of)
            continue
        values = {
            "where": where,
            "header": header,
            "what": _WORDS[role],
            "text": text,
            "row": figured(row, 0),
        }
        if filled - unclear >= _MOSTLY * filled:
            read.add(role)
            notes += _credit_notes(header, where, credit)
            told = counted(
                unclear,
                '{where}: "{header}": {number} row says neither yes nor no, such as "{text}" in row {row}. It counts'
                " as not {what}. Write yes or no there.",
                '{where}: "{header}": {number} rows say neither yes nor no, such as "{text}" in row {row}. They count'
                " as not {what}. Write yes or no there.",
                **values,
            )
        else:
            told = counted(
                unclear,
                '{where}: "{header}": the column is not read as whether an order is {what}: {number} row says neither'
                ' yes nor no, such as "{text}" in row {row}. If it is meant so, write yes, or leave the cell blank.',
                '{where}: "{header}": the column is not read as whether an order is {what}: {number} rows say neither'
                ' yes nor no, such as "{text}" in row {row}. If it is meant so, write yes, or leave the cell blank.',
                **values,
            )
            if role in {"returned", "credit"}:
                told += say(' If it holds the refunded amounts: --column refunded="{header}".', header=header)
        notes.append(Warning_("unclear_flag", told, unclear))
    return frozenset(read), tuple(notes)


_WORDS: Final = {
    "cancelled": say("cancelled"),
    "test": say("a test"),
    "returned": say("returned"),
    "credit": say("a credit note"),
}


def _credit_notes(header: str, where: str, rows: int) -> tuple[Warning_, ...]:
    """Tell of credit notes, whose amounts are taken off whatever their sign."""
    text = counted(
        rows,
        '{where}: "{header}" says that {number} row is a credit note. Such amounts are taken off, with or without a'
        " minus sign. If that is wrong, rename the column.",
        '{where}: "{header}" says that {number} rows are credit notes. Such amounts are taken off, with or without a'
        " minus sign. If that is wrong, rename the column.",
        where=where,
        header=header,
    )
    return (Warning_("credit_notes_by_type", text, rows),) if rows else ()


def _by_date(
    connection: duckdb.DuckDBPyConnection, header: str, where: str
) -> tuple[bool, tuple[Warning_, ...]]:
    """Look whether the days of a column do tell what came back: where most rows have one it is a last day for that."""
    rows, dated, row, text = connection.execute(f"""
        SELECT count(*), count(*) FILTER (is_day), min(file_row) FILTER (is_day),
            min_by(returned, record) FILTER (is_day)
        FROM (SELECT record, file_row, returned, coalesce(regexp_full_match(returned, '{DAY}'), false) AS is_day
            FROM text_rows)
    """).fetchone() or (0, 0, 0, "")  # noqa: S608  (our own words)
    if not dated:
        return True, ()
    values = {
        "where": where,
        "header": header,
        "row": figured(row, 0),
        "text": text,
        "rows": figured(rows, 0),
    }
    if dated > _MOST_RETURNED * rows:
        told = counted(
            dated,
            '{where}: "{header}" has a date on {number} of {rows} rows, such as "{text}" in row {row}: too many for'
            " returns. Nothing is taken off. If these orders came back, write yes instead of the date.",
            '{where}: "{header}" has a date on {number} of {rows} rows, such as "{text}" in row {row}: too many for'
            " returns. Nothing is taken off. If these orders came back, write yes instead of the date.",
            **values,
        )
        return False, (Warning_("unclear_flag", told, dated),)
    told = counted(
        dated,
        '{where}: "{header}" has a date on {number} row, "{text}" in row {row}. The order is read as returned whole,'
        " and does not count. If only a part came back, write the amounts in a column Refunded amount; if that is no"
        " return, rename the column.",
        '{where}: "{header}" has a date on {number} rows, such as "{text}" in row {row}. The orders are read as'
        " returned whole, and do not count. If only parts came back, write the amounts in a column Refunded amount; if"
        " those are no returns, rename the column.",
        **values,
    )
    return True, (Warning_("returned_by_date", told, dated),)


def _unpaid(
    connection: duckdb.DuckDBPyConnection, role: str, header: str, where: str
) -> tuple[bool, tuple[Warning_, ...]]:
    """Look whether a column does tell what is paid: it may hold amounts, or the same on all rows."""
    unpaid, paid, unclear, row, text = connection.execute(f"""
        SELECT count(*) FILTER (yes), count(*) FILTER (NOT yes AND {role} IS NOT NULL), count(*) FILTER (yes IS NULL),
            min(file_row) FILTER (yes), min_by({role}, file_row) FILTER (yes)
        FROM (SELECT file_row, {role}, {says_yes_sql(role)} AS yes FROM text_rows)
    """).fetchone() or (0, 0, 0, 0, "")  # noqa: S608  (our own names and words)
    if not (unpaid and paid) or unclear:
        return False, ()
    told = counted(
        unpaid,
        '{where}: "{header}" says that {number} row is not paid: row {row} ("{text}"). It is set aside. If it counts'
        " all the same, rename the column.",
        '{where}: "{header}" says that {number} rows are not paid, the first is row {row} ("{text}"). They are set'
        " aside. If they count all the same, rename the column.",
        where=where,
        header=header,
        row=figured(row, 0),
        text=text,
    )
    return True, (Warning_("not_paid", told, unpaid),)


def _kinds_of_rows(
    connection: duckdb.DuckDBPyConnection, role: str, header: str, where: str
) -> tuple[bool, tuple[Warning_, ...]]:
    """Look whether a column of types does tell credit notes, returns or tests from sales."""
    others_sql = f"{_is_one_sql(role, TEST_TEXTS)} OR {is_cancellation_sql(role)}"
    found = connection.execute(f"""
        SELECT {role}, count(*), bool_or({says_yes_sql(role)}), bool_or({others_sql}), min(file_row)
        FROM text_rows WHERE {role} IS NOT NULL GROUP BY ALL ORDER BY 1
    """).fetchall()  # noqa: S608  (our own names and words)
    off = [(text, rows) for text, rows, yes, _, _ in found if yes]
    if not off and not any(other for *_, other, _ in found):
        return False, ()
    neither = [(text, rows) for text, rows, yes, other, _ in found if not yes and not other]
    others = [text for text, _ in neither if plain_status(text) not in SALES_WORDS]
    unknown = [text for text in others if plain_status(text) not in SALES_BESIDE_RETURNS]
    bare = [(text, rows) for text, rows in off if plain_status(text) in BARE_CREDITS]
    if bare and others:
        return False, (_not_read(header, where, *bare[0], others[0]),)
    bare = [(text, rows) for text, rows in off if plain_status(text) in BARE_RETURNS]
    if bare and fold(header) in BAREST and unknown and len(unknown) == len(neither):
        return False, (_not_read(header, where, *bare[0], unknown[0]),)
    returns = [(text, rows, row) for text, rows, _, _, row in found if plain_status(text) in RETURNS]
    credit = sum(rows for text, rows in off if plain_status(text) not in RETURNS)
    notes = _credit_notes(header, where, credit)
    if returns:
        told = counted(
            sum(rows for _, rows, _ in returns),
            '{where}: "{header}" says that {number} row is a return: row {row} ("{text}"). Such amounts are taken off,'
            " with or without a minus sign. If that is wrong, rename the column.",
            '{where}: "{header}" says that {number} rows are returns, the first is row {row} ("{text}"). Such amounts'
            " are taken off, with or without a minus sign. If that is wrong, rename the column.",
            where=where,
            header=header,
            row=figured(min(row for *_, row in returns), 0),
            text=min(returns, key=lambda place: place[2])[0],
        )
        notes += (Warning_("returns_by_type", told, sum(rows for _, rows, _ in returns)),)
    return True, notes


def _not_read(header: str, where: str, text: str, rows: int, other: str) -> Warning_:
    """Tell of a word that may mean something else."""
    note = counted(
        rows,
        '{where}: "{header}": the column is not read as a kind of invoice: {number} row says "{text}", others'
        ' "{other}". If these are credit notes, write credit note there; they count as sales.',
        '{where}: "{header}": the column is not read as a kind of invoice: {number} rows say "{text}", others'
        ' "{other}". If these are credit notes, write credit note there; they count as sales.',
        where=where,
        header=header,
        text=text,
        other=other,
    )
    return Warning_("unclear_flag", note, rows)
