"""Stops a refresh where a name that the report needs is taken by something of a reader's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import OutputError
from clv_xl.said import say
from clv_xl.workbook.looks import LOOKS
from clv_xl.workbook.remembered import tables_of
from clv_xl.workbook.xlwings_writer.open_book import counts_from_1904, is_manual, is_remote, sheet_titles

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import xlwings as xw

    from clv_xl.workbook.records import Recorded
    from clv_xl.workbook.sheet import Name, Sheet

__all__ = ["refuse_taken", "refuse_uncounted"]


def refuse_taken(book: xw.Book, recorded: Recorded, pages: Sequence[Sheet], names: Sequence[Name]) -> None:
    """Refuse where a sheet, a table or a defined name stands where the report needs its own.

    Excel knows no difference between small letters and capitals in any of these.

    Raises
    ------
    OutputError
        It says which, and what to do.
    """
    titles = sheet_titles(book)
    _refuse_other_capitals(titles, [LOOKS, *(page.title for page in pages)])
    tables = {table.name.casefold(): (table.name, page.title) for page in pages for table in tables_of(page)}
    for sheet in book.sheets:
        for table in sheet.tables:
            name, page = tables.get(table.name.casefold(), ("", ""))
            if not page or page == sheet.name:
                continue
            if page not in titles:
                raise OutputError(_renamed(page, say(' but "{sheet}"', sheet=sheet.name)))
            raise OutputError(
                say(
                    'The sheet "{sheet}" has a table called {table}, and the report needs the name {name} for a table '
                    "on {page}. Give that table another name (Table Design, Table Name).",
                    sheet=sheet.name,
                    table=table.name,
                    name=name,
                    page=page,
                )
            )
    for one in pages:
        # the cells that were watched stand, so the sheet was not deleted
        if one.title not in titles and recorded.places.get(one.title) == "":
            raise OutputError(_renamed(one.title, say(" any more")))
    _refuse_names(
        book, recorded, [page.title for page in pages], names, {name for name, _ in tables.values()}
    )


def _refuse_other_capitals(titles: Collection[str], wanted: Collection[str]) -> None:
    ours = {title.casefold(): title for title in wanted}
    for title in titles:
        page = ours.get(title.casefold(), title)
        if title != page:
            raise OutputError(
                say(
                    'The sheet "{title}" has to be called "{page}". Give the sheet that name.',
                    title=title,
                    page=page,
                )
            )


def _renamed(page: str, what: str) -> str:
    return say(
        'The page "{page}" is not called so{what}. Give the sheet its name back; or, to keep it as it is, make a copy '
        "of it in another workbook and delete it here: the next refresh makes the page anew.",
        page=page,
        what=what,
    )


def _refuse_names(
    book: xw.Book, recorded: Recorded, pages: Collection[str], names: Sequence[Name], tables: Collection[str]
) -> None:
    ours = {name.casefold() for name in recorded.names}
    needed = {name.name.casefold() for name in names} - ours
    of_tables = {name.casefold() for name in tables}
    for found in book.names:
        name, refers_to = found.name.casefold(), str(found.refers_to or "")
        if name in of_tables or (name in needed and not _leads_to(refers_to, pages)):
            raise OutputError(
                say(
                    "The name {name} is your own (it stands for {place}), and the report needs it. Give yours another "
                    "name (Formulas, Name Manager).",
                    name=found.name,
                    place=refers_to,
                )
            )


def _leads_to(refers_to: str, pages: Collection[str]) -> bool:
    """Tell whether a name leads to a page of ours, or to nothing any more."""
    title = refers_to.removeprefix("=").rpartition("!")[0].strip("'").replace("''", "'")
    return "#REF!" in refers_to or title in pages


def refuse_uncounted(book: xw.Book, recorded: Recorded) -> None:
    """Refuse where days are counted otherwise, or what the workbook has counted may be out of date."""
    if recorded.from_1904 or (not is_remote(book) and counts_from_1904(book)):
        raise OutputError(
            "This workbook counts its days from 1904, so every date of the report would be four years late. Switch "
            "that off (File, Options, Advanced, Use 1904 date system), and check the dates of your orders."
        )
    if is_remote(book) and is_manual(book) and recorded.places:
        raise OutputError(
            "Excel calculates this workbook only when asked to, so it cannot be seen what was changed in the report. "
            "Set Formulas, Calculation Options, Automatic."
        )
