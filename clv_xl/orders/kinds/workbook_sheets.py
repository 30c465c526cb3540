"""The sheets of a workbook as tables of texts, read by a process with limits unless the workbook is harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.kinds.bombs import refuse_bloat
from clv_xl.orders.kinds.limited import Allowance, LimitedReader
from clv_xl.orders.private import private_folder

if TYPE_CHECKING:
    import duckdb

    from clv_xl.orders.guard import Weight
    from clv_xl.orders.kinds.given import OrderFile

__all__ = ["MAX_SHEETS", "load_sheets"]

MAX_SHEETS: Final = 256
"""Sheets of a workbook that are looked at for orders."""

_AS_CSV: Final = "Save the sheet as CSV, with the columns of the orders only."
_ADVICE: Final = "Open it in Excel and save it again as .xlsx, or save the sheet as CSV."


def load_sheets(
    connection: duckdb.DuckDBPyConnection, file: OrderFile, kind: str, weight: Weight, sheet: str | None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Fill a table ``sheet_cells_N(record, c0, c1, ...)`` for each visible sheet that is not blank.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are made.
    file : OrderFile
        The workbook.
    kind : str
        One of :data:`~clv_xl.orders.kinds.recognise.WORKBOOKS`.
    weight : Weight
        What the workbook unpacks to.
    sheet : str or None
        The only one to read, visible or not.

    Returns
    -------
    list of str
        The titles of all sheets.
    list of (str, str)
        Title and table of those that were read.

    Raises
    ------
    InputError
        If the workbook cannot be read, or needs more memory or time than it may.
    """
    if weight.harmless:
        return _at_once(connection, file, sheet)
    size = weight.bytes * 8 if kind in {"xls", "xlsb"} else weight.bytes
    with (
        private_folder() as folder,
        LimitedReader(file.name, Allowance.of(size), _ADVICE) as reader,
    ):
        answer = reader.ask(
            "workbook",
            path=str(file.path),
            as_bytes=_misnamed(file, kind),
            sheet=sheet,
            folder=str(folder),
            most=MAX_SHEETS,
        )
        _refuse_many(file.name, answer["names"], sheet)
        found = []
        for at, one in enumerate(answer["sheets"]):
            table = f"sheet_cells_{at}"
            refuse_bloat(file.name, **one["size"], packed=file.path.stat().st_size, way_out=_AS_CSV)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_parquet($file)",  # noqa: S608
                {"file": one["file"]},
            )
            found.append((str(one["title"]), table))
        return list(answer["names"]), found


def _refuse_many(name: str, titles: list[str], sheet: str | None) -> None:
    if sheet is None and len(titles) > MAX_SHEETS:
        raise InputError(
            f"{name} has {len(titles):,} sheets; at most {MAX_SHEETS} are searched for orders. Say which one holds"
            " them: --sheet NAME."
        )


def _misnamed(file: OrderFile, kind: str) -> bool:
    """Tell whether the ending says another kind: the reader believes the endings of files."""
    ending = file.path.suffix.lower()
    return ending != f".{kind}" and not (kind == "xlsx" and ending == ".xlsm")


def _at_once(
    connection: duckdb.DuckDBPyConnection, file: OrderFile, sheet: str | None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Read a small workbook right here."""
    import fastexcel  # noqa: PLC0415  # not there in xlwings Lite, where a cell function reads no file

    try:
        reader = fastexcel.read_excel(file.path.read_bytes() if _misnamed(file, "xlsx") else file.path)
        names = list(reader.sheet_names)
        _refuse_many(file.name, names, sheet)
        found = []
        for at, title in enumerate(names if sheet is None else [name for name in names if name == sheet]):
            cells = reader.load_sheet(
                title,
                header_row=None,
                skip_rows=0,
                schema_sample_rows=None,
                dtypes="string",
                whitespace_as_null=False,
            )
            if not cells.width or not cells.height or not (sheet is not None or cells.visible == "visible"):
                continue
            table = f"sheet_cells_{at}"
            connection.register("sheet_arrow", cells)
            columns = ", ".join(f"c{number}" for number in range(cells.width))
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS"  # noqa: S608  (our own names)
                f" SELECT row_number() OVER () AS record, * FROM sheet_arrow AS cells({columns})"
            )
            connection.unregister("sheet_arrow")
            found.append((title, table))
    except fastexcel.FastExcelError as error:
        raise InputError(
            f"{file.name} cannot be read as a workbook ({str(error).splitlines()[0]}). {_ADVICE}"
        ) from error
    except BaseException as error:
        # what the reader did not foresee is no Exception in the eyes of Python
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(
            f"{file.name} cannot be read: opening it makes the reader fail. {_ADVICE}"
        ) from error
    return names, found
