"""Excel workbooks as one DuckDB table of text cells.

Every cell is read as text: a reader that guesses types from the first rows loses text ids further down.
Number cells arrive with a point and without grouping, date cells as ``yyyy-mm-dd hh:mm:ss``, error cells as
nothing.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.orders.account import Warning_
from clv_xl.orders.columns import REQUIRED, Resolution
from clv_xl.orders.guard import GuardLimits, check_workbook
from clv_xl.orders.input_sheets import is_report, is_template
from clv_xl.orders.kinds.given import NotOrders, OrderFile
from clv_xl.orders.kinds.workbook_sheets import load_sheets
from clv_xl.orders.merged_rows import fill_merged
from clv_xl.orders.said import Answer, Question, QuestionError
from clv_xl.orders.saved_columns import resolve_as_saved
from clv_xl.said import counted, frame, joined, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["EVERY_SHEET", "SheetCells", "load_cells", "load_rows", "sheets_of_orders"]

EVERY_SHEET: Final = "all"
"""What ``--sheet`` calls all sheets that hold orders."""

_HEADER_WITHIN = 20
_DATE_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true)[\"']")

_WORKBOOK_START = 1 << 20


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The sheet that was used.

    Attributes
    ----------
    name : str
        Of the workbook file.
    sheet : str
        Of the sheet.
    width : int
        Columns of the table.
    header_record : int
        Excel's row number of the header.
    resolution : Resolution
        The canonical columns.
    kinds : tuple of str
        Of each column of a table with types what it holds, see :func:`~clv_xl.orders.kinds.typed_text.column_kind`;
        empty for a workbook, whose cells are typed one by one.
    from_1904 : bool
        Whether day numbers count from 1904, as in some workbooks of Excel for the Mac.
    types : tuple of str
        Of each column its type where it has one, see :func:`~clv_xl.orders.kinds.typed_text.handed_over`; empty where
        all are texts.
    notes : tuple of Warning_
        What to tell of its cells.
    """

    name: str
    sheet: str
    width: int
    header_record: int
    resolution: Resolution
    kinds: tuple[str, ...] = ()
    from_1904: bool = False
    types: tuple[str, ...] = ()
    notes: tuple[Warning_, ...] = ()


def load_cells(
    connection: duckdb.DuckDBPyConnection,
    file: OrderFile,
    kind: str,
    wanted: Mapping[str, str],
    *,
    sheet: str | None = None,
    limits: GuardLimits | None = None,
    asked: str | None = None,
) -> SheetCells:
    """Fill the table ``sheet_cells(record, c0, c1, ...)`` from the sheet that holds the orders.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    file : OrderFile
        A workbook.
    kind : str
        One of :data:`~clv_xl.orders.kinds.recognise.WORKBOOKS`.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.
    sheet : str, optional
        As the user gave it; default the only visible sheet whose header has the required columns.
    limits : GuardLimits, optional
        See :func:`~clv_xl.orders.guard.check_workbook`.
    asked : str, optional
        See :func:`~clv_xl.orders.columns.resolve`.

    Raises
    ------
    InputError
        If the workbook cannot be read, or no sheet or several sheets hold orders.
    UsageError
        If it is a filled template, and no sheet was asked for.
    """
    weight = check_workbook(file.path, limits, file.name, every_row=False)
    names, sheets = load_sheets(connection, file, kind, weight, sheet)
    if sheet is not None and sheet not in names:
        listed = ", ".join(f'"{name}"' for name in names)
        raise InputError(
            f'{file.name}: there is no sheet "{sheet}".{did_you_mean(sheet, names)} Sheets found: {listed}.'
        )
    if file.folder and is_report(names):
        raise NotOrders(f"{file.name}: a report of clv_xl.")
    if sheet is None:
        _refuse_template(file.name, names)
    found = []
    for title, table in sheets:
        header, width, resolution = _header(connection, table, wanted, asked)
        found.append((table, SheetCells(file.name, title, width, header, resolution)))
    beside = _beside(connection, file.name, found) if sheet is None else ()
    chosen = _choose(connection, file.name, found)
    chosen = replace(chosen, notes=tuple(note for title, note in beside if title != chosen.sheet))
    if kind != "xlsx":
        return chosen
    where = f"{file.name}, sheet {chosen.sheet}"
    merged = fill_merged(connection, file.path, chosen.sheet, chosen.header_record, chosen.resolution, where)
    return replace(chosen, from_1904=_from_1904(file.path), notes=(*chosen.notes, *merged))


def _beside(
    connection: duckdb.DuckDBPyConnection, name: str, found: list[tuple[str, SheetCells]]
) -> list[tuple[str, Warning_]]:
    """Return what to tell of each sheet that may hold orders or refunds, if it is not the one that is chosen."""
    notes = []
    for table, cells in found:
        (rows,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE record > {cells.header_record}"  # noqa: S608  (our own names)
        ).fetchone() or (0,)
        there = cells.resolution.positions.keys()
        of_whom = {"customer_id", "order_id"} & there and {"order_date", "order_id"} & there
        if rows and of_whom and {"amount", "refunded"} & there:
            text = counted(
                rows,
                '{name}: the sheet "{sheet}", with {number} row, may hold orders or refunds too, and is left out. To'
                " have it read, or told why not: --sheet all.",
                '{name}: the sheet "{sheet}", with {number} rows, may hold orders or refunds too, and is left out. To'
                " have it read, or told why not: --sheet all.",
                name=name,
                sheet=cells.sheet,
            )
            notes.append((cells.sheet, Warning_("sheet_left_out", text, rows)))
    return notes


def _refuse_template(name: str, titles: list[str]) -> None:
    if is_template(titles):
        raise UsageError(
            f"{name} is a filled template: its own parameters, spend and customer data count too. Use"
            f" clv-xl refresh {name}. For its orders alone: --sheet Orders."
        )


def sheets_of_orders(
    connection: duckdb.DuckDBPyConnection, file: OrderFile, kind: str, options: ReadOptions
) -> tuple[tuple[str, ...], tuple[Warning_, ...]]:
    """Return the titles of all sheets whose header has the columns of orders, and which were passed over and why.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        For tables of its own, which are gone afterwards.
    file : OrderFile
        A workbook.
    kind : str
        One of :data:`~clv_xl.orders.kinds.recognise.WORKBOOKS`.
    options : ReadOptions
        What the user said; a sheet that is called as the word for all is that sheet alone.

    Raises
    ------
    InputError
        If the workbook cannot be read, or no sheet holds orders.
    """
    weight = check_workbook(file.path, options.limits, file.name, every_row=False)
    names, sheets = load_sheets(connection, file, kind, weight, None)
    _refuse_template(file.name, names)
    chosen: list[str] = []
    passed = dict.fromkeys(names, "hidden, or nothing in it")
    for title, table in sheets:
        header, _, resolution = _header(connection, table, options.columns, options.format)
        (rows,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE record > {header}"  # noqa: S608  (our own names)
        ).fetchone() or (0,)
        connection.execute(f"DROP TABLE {table}")
        if resolution.problem:
            passed[title] = resolution.problem.partition(". ")[0].rstrip(".")
        elif not rows:
            passed[title] = "a header and no rows below it"
        else:
            chosen.append(title)
            del passed[title]
    if EVERY_SHEET in names:
        return (EVERY_SHEET,), ()
    reasons = joined("; ", [frame("{name} ({why})", name=name, why=why) for name, why in passed.items()])
    if not chosen:
        raise InputError(
            f"{file.name}: none of its sheets holds orders: {reasons}. Name one with --sheet to see what is wrong with"
            " it."
        )
    text = counted(
        len(chosen),
        "{name}: {number} sheet is read as orders: {sheets}.",
        "{name}: {number} sheets are read as orders: {sheets}.",
        name=file.name,
        sheets=joined(", ", chosen),
    )
    if passed:
        text += say(" Passed over: {reasons}.", reasons=reasons)
    return tuple(chosen), (Warning_("sheets_read", text, 0),)


def _from_1904(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        part = next((name for name in archive.namelist() if name.lower() == "xl/workbook.xml"), None)
        if part is None:
            return False
        with archive.open(part) as stream:
            return _DATE_1904.search(stream.read(_WORKBOOK_START)) is not None


def load_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: SheetRows,
    wanted: Mapping[str, str],
    asked: str | None = None,
) -> SheetCells:
    """Fill the table ``sheet_cells`` as :func:`load_cells` does, from rows that were read already.

    A column with a header and nothing below it yields to any other: that is what is left of a template's own
    headers when an export is pasted over them.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    rows : SheetRows
        The used range of the sheet.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.
    asked : str, optional
        See :func:`~clv_xl.orders.columns.resolve`.

    Raises
    ------
    InputError
        If the sheet is blank.
    """
    import numpy as np  # noqa: PLC0415  # only where there are rows
    import pandas as pd  # noqa: PLC0415

    if not rows.height:
        raise InputError(f"{rows.where} is empty. Put the orders there, with a header row.")
    columns = {f"c{at}": pd.Series(texts, dtype=object) for at, texts in enumerate(rows.columns)}
    frame = pd.DataFrame({"record": np.arange(1, rows.height + 1), **columns})
    connection.register("sheet_frame", frame)
    connection.execute("CREATE OR REPLACE TEMP TABLE sheet_cells AS SELECT * FROM sheet_frame")
    connection.unregister("sheet_frame")
    header, _, _ = _header(connection, "sheet_cells", wanted, asked)
    titles = [str(texts[header - 1]) if header else "" for texts in rows.columns]
    used = [title if rows.is_filled(at, header) else "" for at, title in enumerate(titles)]
    resolution = resolve_as_saved(used, wanted, asked)
    if resolution.match is None and resolution.fits < len(REQUIRED):
        resolution = resolve_as_saved(titles, wanted, asked)
    resolution = replace(resolution, headers=tuple(title.strip() for title in titles))
    return SheetCells(rows.name, rows.sheet, len(rows.columns), header, resolution, from_1904=rows.from_1904)


def _header(
    connection: duckdb.DuckDBPyConnection, table: str, wanted: Mapping[str, str], asked: str | None
) -> tuple[int, int, Resolution]:
    # sorted here: where DuckDB sorts, its work grows with the square of the columns, of which a sheet may have 16,384
    top = connection.execute(
        f"SELECT * FROM {table} WHERE record <= {_HEADER_WITHIN}"  # noqa: S608  (our own names)
    ).fetchall()
    rows = [
        (record, [str(text or "").strip() for text in texts])
        for record, *texts in sorted(top, key=itemgetter(0))
    ]
    resolved = [
        (record, resolve_as_saved(headers, wanted, asked)) for record, headers in rows if any(headers)
    ]
    if not resolved:
        return 0, len(rows[0][1]), resolve_as_saved([], wanted, asked)
    best = max(fitting.fits for _, fitting in resolved)
    header, resolution = next((record, fitting) for record, fitting in resolved if fitting.fits == best)
    return header, len(resolution.headers), resolution


def _choose(
    connection: duckdb.DuckDBPyConnection, name: str, found: list[tuple[str, SheetCells]]
) -> SheetCells:
    if not found:
        raise InputError(f"{name} is empty. Export the orders again, with a header row.")
    most = max(cells.resolution.fits for _, cells in found)
    best = [cells for _, cells in found if cells.resolution.fits == most]
    if len(best) > 1 and most >= len(REQUIRED):
        listed = " and ".join(f'"{cells.sheet}"' for cells in best)
        text = f'the sheets {listed} all look like orders. Say which one: --sheet "{best[0].sheet}".'
        answers = tuple(Answer("sheet", cells.sheet) for cells in best)
        if len({cells.resolution.headers for cells in best}) == 1:
            every = Answer("sheet", best[0].sheet, tuple(cells.sheet for cells in best[1:]))
            text += f" They have the same headers; to read them all as one: {every.words}, or --sheet {EVERY_SHEET}."
            answers = (*answers, every)
        raise QuestionError(f"{name}: {text}", Question(text, answers))
    connection.execute("DROP TABLE IF EXISTS sheet_cells")
    for table, cells in found:
        rename = f"ALTER TABLE {table} RENAME TO sheet_cells"
        connection.execute(rename if cells is best[0] else f"DROP TABLE {table}")
    return best[0]
