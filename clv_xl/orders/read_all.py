"""All sources of a run, one after the other, into the table ``parsed``; of those that cannot be read all are named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.account import Warning_, plural
from clv_xl.orders.clean import parse
from clv_xl.orders.columns_of_others import (
    refuse_columns_of_none,
    told_of_others,
    without_columns_of_others,
)
from clv_xl.orders.kinds.given import NotOrders, OrderFile, StandardInput, UnfitOption
from clv_xl.orders.kinds.recognise import WORKBOOKS, file_kind
from clv_xl.orders.kinds.unpacked import take_input, unzip
from clv_xl.orders.private import private_folder
from clv_xl.orders.read import read_source
from clv_xl.orders.row_texts import drop_text_rows
from clv_xl.orders.said import QuestionError
from clv_xl.orders.status_words import MEANINGS, plain_status
from clv_xl.orders.unused_options import refuse_unused
from clv_xl.orders.xlsx_cells import EVERY_SHEET, sheets_of_orders
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from clv_xl.orders.kinds.given import Found
    from clv_xl.orders.kinds.postgres_url import PostgresUrl
    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.read import ReadSource
    from clv_xl.orders.sheet_rows import SheetRows

    Given = OrderFile | SheetRows | StandardInput | PostgresUrl

__all__ = ["Unread", "read_all", "read_each"]

_UNREADABLE = (
    "If figures without {these} will do, pass --skip-unreadable: the others are then read, and the report says which"
    " were not."
)


class Unread(NamedTuple):
    """A source, or one sheet of a workbook, that could not be read: its name for messages, and why."""

    name: str
    error: InputError | UnfitOption


def read_each(
    connection: duckdb.DuckDBPyConnection, given: Given, options: ReadOptions
) -> Iterator[ReadSource | Unread]:
    """Read a source into ``text_rows``, once for each sheet that was asked for where it is a workbook.

    What is wrong with one sheet is given as such, and the next one is read.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made anew for each.
    given : OrderFile, SheetRows, StandardInput or PostgresUrl
        The source.
    options : ReadOptions
        What the user said.
    """
    with private_folder() as folder:
        if isinstance(given, StandardInput) and (len(options.sheets) > 1 or options.sheets == (EVERY_SHEET,)):
            try:
                given = OrderFile(take_input(given, folder), given.name)
            except InputError as error:
                yield Unread(given.name, error)
                return
        told: set[str] = set()
        notes: tuple[Warning_, ...] = ()
        if options.sheets == (EVERY_SHEET,) and isinstance(given, OrderFile) and _is_workbook(given, folder):
            try:
                options, notes = _every_sheet(connection, given, options, folder)
            except (InputError, UnfitOption) as error:
                yield Unread(given.name, error)
                return
        for sheet in options.sheets or (None,):
            try:
                with private_folder() as copies:
                    source = read_source(connection, given, copies, options, sheet)
            except (InputError, UnfitOption) as error:
                drop_text_rows(
                    connection
                )  # a result half read would keep the next workbook from the connection
                several = len(options.sheets) > 1 and _is_workbook(given, folder)
                # what is wrong with the workbook as a whole is said of it once
                if str(error) not in told:
                    yield Unread(f"{given.name}, sheet {sheet}" if several else given.name, error)
                if not several:
                    return
                told.add(str(error))
                continue
            yield replace(source, notes=(*notes, *source.notes))
            notes = ()
            if source.file.kind.removesuffix(" in a zip") not in WORKBOOKS:
                return


def _is_workbook(given: Given, folder: Path) -> bool:
    if not isinstance(given, OrderFile):
        return False
    try:
        kind = file_kind(given.path)
        return (file_kind(unzip(given, folder)) if kind == "zip" else kind) in WORKBOOKS
    except InputError:  # what cannot be opened has no sheets, and was told
        return False


def _every_sheet(
    connection: duckdb.DuckDBPyConnection, given: OrderFile, options: ReadOptions, folder: Path
) -> tuple[ReadOptions, tuple[Warning_, ...]]:
    kind = file_kind(given.path)
    file = replace(given, path=unzip(given, folder)) if kind == "zip" else given
    titles, notes = sheets_of_orders(connection, file, file_kind(file.path), options)
    return replace(options, sheet=titles), notes


def read_all(
    connection: duckdb.DuckDBPyConnection, found: Found, options: ReadOptions
) -> tuple[list[ReadSource], tuple[Warning_, ...]]:
    """Read every source into ``parsed``, and say what was passed over and what could not be read.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    found : Found
        The sources.
    options : ReadOptions
        What the user said.

    Raises
    ------
    InputError
        If a source cannot be read: with what is wrong with each of them. Where the user said that such are left out,
        only if none can.
    """
    read: list[ReadSource] = []
    files: list[OrderFile] = []
    wrong: list[Unread] = []
    offset = tried = 0
    statuses = {plain_status(text): MEANINGS[meaning] for text, meaning in options.statuses.items()}
    for given in found.sources:
        for source in _each(connection, given, options, several=len(found.sources) > 1):
            tried += 1
            if isinstance(source, Unread):
                name, error = source
                if isinstance(error, NotOrders) and isinstance(given, OrderFile) and given.folder:
                    why = str(error).removeprefix(f"{name}: ").partition(". ")[0].rstrip(".")
                    found.pass_over(replace(given, name=name), why)
                else:
                    wrong.append(source)
                continue
            _refuse_copy(source, read)
            if not wrong or options.skip_unreadable:
                parse(
                    connection,
                    source,
                    file_number=len(read) + 1,
                    offset=offset,
                    statuses=statuses,
                    # of a workbook several sheets are read only where they are named
                    alone=len(found.sources) == 1 and not (source.file.sheet and options.sheets),
                )
            else:
                drop_text_rows(connection)
            offset += source.last_record
            read.append(source)
            if isinstance(given, OrderFile) and given not in files:
                files.append(given)
    skipped = _without(wrong, read, tried, options)
    refuse_unused(read, options)
    if len(found.sources) > 1:
        refuse_columns_of_none(read, options)
    return read, (*skipped, *found.notes(files))


def _each(
    connection: duckdb.DuckDBPyConnection, given: Given, options: ReadOptions, *, several: bool
) -> Iterator[ReadSource | Unread]:
    """Read a source; one of several that lacks a column that the user names may have another one for it."""
    for source in read_each(connection, given, options):
        rest = (
            without_columns_of_others(options, source.error)
            if several and isinstance(source, Unread)
            else None
        )
        again = next(read_each(connection, given, rest), None) if rest else None
        yield source if again is None or isinstance(again, Unread) else told_of_others(again, options)


def _without(
    wrong: list[Unread], read: list[ReadSource], sources: int, options: ReadOptions
) -> tuple[Warning_, ...]:
    """Refuse what cannot be read, or say what the figures are without."""
    if not wrong:
        return ()
    # a question has an answer, and what was left out for want of one would be orders that can be read
    asked = [(name, error) for name, error in wrong if isinstance(error, QuestionError)]
    if options.skip_unreadable and read and not asked:
        return tuple(
            Warning_(
                "file_not_read",
                say("Not read, and in no figure: {error} (--skip-unreadable)", error=str(error)),
                0,
            )
            for _, error in wrong
        )
    if len(wrong) == 1 and sources == 1:
        raise wrong[0][1]
    may_skip = len(asked) < len(wrong) and not options.skip_unreadable and bool(read)
    way_out = _UNREADABLE.format(these="it" if len(wrong) == 1 else "them") if may_skip else ""
    if len(wrong) == 1:
        _, error = wrong[0]
        if not way_out:
            raise error
        raise InputError(f"{error} {way_out}") from error
    told = "\n".join(f"{number}. {text}" for number, text in enumerate(_alike(wrong), start=1))
    text = f"{len(wrong):,} of {plural(sources, 'source', 'sources')} cannot be read:\n{told}"
    if way_out:
        text += f"\n{way_out[0].upper()}{way_out[1:]}"
    if len(asked) == len(wrong):
        questions = asked[0][1]
        assert isinstance(questions, QuestionError)  # noqa: S101  # as chosen above
        raise QuestionError(text, *questions.questions)
    raise InputError(text)


def _alike(wrong: list[Unread]) -> list[str]:
    """Word what is wrong, once where it is the same with several files."""
    names: dict[str, list[str]] = {}
    for name, error in wrong:
        text = str(error)
        names.setdefault(text.removeprefix(name) if text.startswith(name) else f"\0{text}", []).append(name)
    return [rest[1:] if rest.startswith("\0") else f"{', '.join(of)}{rest}" for rest, of in names.items()]


def _refuse_copy(source: ReadSource, read: list[ReadSource]) -> None:
    for earlier in read:
        if earlier.file.sheet != source.file.sheet:
            continue
        # with order ids the copies are found row by row, counted once and told
        if earlier.file.sha256 == source.file.sha256 and "order_id" not in source.file.columns:
            raise UsageError(
                f"{source.file.name} holds the same bytes as {earlier.file.name}: reading both would count "
                "every order twice. Name the file once."
            )
