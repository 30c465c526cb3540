"""Excel workbooks as one DuckDB table of text cells.

Every cell is read as text: a reader that guesses types from the first rows loses text ids further down.
Number cells arrive with a point and without grouping, date cells as ``yyyy-mm-dd hh:mm:ss``, error cells as
nothing.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.orders.columns import REQUIRED, Resolution
from clv_xl.orders.guard import GuardLimits, check_workbook
from clv_xl.orders.input_sheets import is_template
from clv_xl.orders.said import Answer, Question, QuestionError
from clv_xl.orders.saved_columns import resolve_as_saved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    import fastexcel

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["SheetCells", "load_cells", "load_rows"]

_HEADER_WITHIN = 20
_DATE_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true)[\"']")


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The sheet that was used.

    Attributes
    ----------
    name : str
        Of the workbook file.
    sheet : str
        Of the sheet.
    sha256, bytes : str, int
        Of the workbook file.
    width : int
        Columns of the table.
    header_record : int
        Excel's row number of the header.
    resolution : Resolution
        The canonical columns.
    from_1904 : bool
        Whether day numbers count from 1904, as in some workbooks of Excel for the Mac.
    """

    name: str
    sheet: str
    sha256: str
    bytes: int
    width: int
    header_record: int
    resolution: Resolution
    from_1904: bool = False


def load_cells(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
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
    path : pathlib.Path
        An .xlsx or .xlsm file.
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
    import fastexcel  # noqa: PLC0415  # not there in xlwings Lite, where a cell function reads no file

    check_workbook(path, limits)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    try:
        reader = fastexcel.read_excel(path)
        names = list(reader.sheet_names)
        if sheet is not None and sheet not in names:
            listed = ", ".join(f'"{name}"' for name in names)
            raise InputError(
                f'{path.name}: there is no sheet "{sheet}".{did_you_mean(sheet, names)}'
                f" Sheets found: {listed}."
            )
        if sheet is None and is_template(names):
            raise UsageError(
                f"{path.name} is a filled template: its own parameters, spend and customer data count too. Use"
                f" clv-xl refresh {path.name}. For its orders alone: --sheet Orders."
            )
        found: list[tuple[str, SheetCells]] = []
        for at, name in enumerate(names if sheet is None else [sheet]):
            table = f"sheet_cells_{at}"
            if _read_sheet(connection, reader, name, table, asked=sheet is not None):
                header, width, resolution = _header(connection, table, wanted, asked)
                size = path.stat().st_size
                found.append(
                    (table, SheetCells(path.name, name, digest.hexdigest(), size, width, header, resolution))
                )
    except fastexcel.FastExcelError as error:
        first_line = str(error).splitlines()[0]
        raise InputError(
            f"{path.name} cannot be read as a workbook ({first_line}). Open it in Excel and save it again."
        ) from error
    return replace(_choose(connection, path, found), from_1904=_from_1904(path))


def _from_1904(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return _DATE_1904.search(archive.read("xl/workbook.xml")) is not None


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
    digest, size = rows.digest()
    width = len(rows.columns)
    return SheetCells(rows.name, rows.sheet, digest, size, width, header, resolution, rows.from_1904)


def _read_sheet(
    connection: duckdb.DuckDBPyConnection,
    reader: fastexcel.ExcelReader,
    name: str,
    table: str,
    *,
    asked: bool,
) -> bool:
    cells = reader.load_sheet(
        name, header_row=None, skip_rows=0, schema_sample_rows=None, dtypes="string", whitespace_as_null=False
    )
    if not cells.width or not cells.height or not (asked or cells.visible == "visible"):
        return False
    connection.register("sheet_arrow", cells)
    columns = ", ".join(f"c{number}" for number in range(cells.width))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS"  # noqa: S608  (our own names)
        f" SELECT row_number() OVER () AS record, * FROM sheet_arrow AS cells({columns})"
    )
    connection.unregister("sheet_arrow")
    return True


def _header(
    connection: duckdb.DuckDBPyConnection, table: str, wanted: Mapping[str, str], asked: str | None
) -> tuple[int, int, Resolution]:
    top = connection.execute(
        f"SELECT * FROM {table} WHERE record <= {_HEADER_WITHIN} ORDER BY record"  # noqa: S608  (our own names)
    ).fetchall()
    rows = [(record, [str(text or "").strip() for text in texts]) for record, *texts in top]
    resolved = [
        (record, resolve_as_saved(headers, wanted, asked)) for record, headers in rows if any(headers)
    ]
    if not resolved:
        return 0, len(rows[0][1]), resolve_as_saved([], wanted, asked)
    best = max(fitting.fits for _, fitting in resolved)
    header, resolution = next((record, fitting) for record, fitting in resolved if fitting.fits == best)
    return header, len(resolution.headers), resolution


def _choose(
    connection: duckdb.DuckDBPyConnection, path: Path, found: list[tuple[str, SheetCells]]
) -> SheetCells:
    if not found:
        raise InputError(f"{path.name} is empty. Export the orders again, with a header row.")
    most = max(cells.resolution.fits for _, cells in found)
    best = [cells for _, cells in found if cells.resolution.fits == most]
    if len(best) > 1 and most >= len(REQUIRED):
        listed = " and ".join(f'"{cells.sheet}"' for cells in best)
        text = f'the sheets {listed} all look like orders. Say which one: --sheet "{best[0].sheet}".'
        answers = tuple(Answer("sheet", cells.sheet) for cells in best)
        raise QuestionError(f"{path.name}: {text}", Question(text, answers))
    connection.execute("DROP TABLE IF EXISTS sheet_cells")
    for table, cells in found:
        rename = f"ALTER TABLE {table} RENAME TO sheet_cells"
        connection.execute(rename if cells is best[0] else f"DROP TABLE {table}")
    return best[0]
