"""Small tables in files beside the orders: spend, customers, a segment map; CSV or Excel."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.aliases import ALIAS_WORDS, aliases_of_rows
from clv_xl.orders.columns import tiers
from clv_xl.orders.filled_columns import SPEND_WORDS, matching
from clv_xl.orders.filled_customers import customer_data_of_rows
from clv_xl.orders.filled_map import segment_map_of_rows
from clv_xl.orders.filled_spend import spend_of_rows
from clv_xl.orders.kinds.recognise import WORKBOOKS, file_kind
from clv_xl.orders.kinds.workbook_sheets import MAX_SHEETS
from clv_xl.orders.private import private_folder
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.text_file import plain_text
from clv_xl.orders.workbook_file import WorkbookFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clv_xl.metrics.segments import SegmentMap
    from clv_xl.orders.filled_columns import Words
    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.orders.filled_spend import Spend

__all__ = ["read_aliases", "read_customer_data", "read_segment_map", "read_spend", "read_table"]

_DELIMITERS: Final = (";", "\t", ",", "|")
_HEADER_WITHIN: Final = 20
_ID_WORDS: Final = {"customer_id": tiers("customer_id")}


def read_spend(path: Path, currency: str = "") -> Spend:
    """Read spend on winning customers: month, spend, and perhaps channel.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook.
    currency : str
        The report's currency: a spend that names another one is set aside.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such columns or no row below its header.
    """
    spend = spend_of_rows(read_table(path, SPEND_WORDS, "Spend"), path.name, currency)
    if spend is None:
        raise InputError(_blank(path, "month, channel and spend"))
    return spend


def read_customer_data(path: Path) -> CustomerData:
    """Read what is known of the customers: a customer id, and a column for each attribute.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook.

    Raises
    ------
    InputError
        If the file cannot be read, or has no column of customer ids or no row below its header.
    """
    data = customer_data_of_rows(read_table(path, _ID_WORDS, "Customer data"), path.name)
    if data is None:
        raise InputError(_blank(path, "customer_id and one or more attributes"))
    return data


def read_aliases(path: Path) -> dict[str, str]:
    """Read which customers are the same: customer, same as.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook.

    Raises
    ------
    InputError
        If the file cannot be read, or an alias leaves a question.
    """
    return aliases_of_rows(read_table(path, ALIAS_WORDS, "Aliases"))


def read_segment_map(path: Path) -> tuple[SegmentMap, tuple[str, ...]]:
    """Read a segment map: rows titled R 5, R 4 ..., columns titled FM 1, FM 2 ..., a name in every cell.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook.

    Returns
    -------
    SegmentMap
        The map.
    tuple of str
        What a reader should know about its names.

    Raises
    ------
    InputError
        If the file cannot be read, or is no map; the message names the cell.
    """
    found, notices = segment_map_of_rows(read_table(path, {}, "Segment map"))
    if found is None:
        raise InputError(f"{path.name}: the segment map has no names. Give every cell of the map one.")
    return found, notices


def _blank(path: Path, columns: str) -> str:
    return f"{path.name} has no rows below its header. Give it the columns {columns}, and rows below them."


def read_table(path: Path, wanted: Mapping[str, Words], title: str) -> SheetRows:
    """Read the table of a text file; of a workbook the sheet of that title, else the one that fits best.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook.
    wanted : Mapping of str to Words
        The columns and how they are called: they tell the delimiter, and the sheet.
    title : str
        Of the sheet that is taken where a workbook has it.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if file_kind(path) in WORKBOOKS:
        book = WorkbookFile(path)
        asked = book.title(title)
        titles = book.titles if asked is None else (asked,)
        if len(titles) > MAX_SHEETS:
            raise InputError(
                f"{path.name} has {len(titles):,} sheets; at most {MAX_SHEETS} are searched. Call the one that is meant"
                f" {title}."
            )
        fitting = {
            name: _fits([texts for _, texts in book.rows(name, checked=False).rows()], wanted)
            for name in titles
        }
        return book.rows(max(fitting, key=lambda name: fitting[name]))
    with private_folder() as folder:
        text = plain_text(path, folder, None)
        content = text.path.read_text(encoding="utf-8-sig")
    tables = [_records(content, delimiter, path) for delimiter in _DELIMITERS]
    records = max(tables, key=lambda table: (_fits(table, wanted), max(map(len, table), default=0)))
    columns = [list(column) for column in zip_longest(*records, fillvalue="")]
    return SheetRows.of_columns(columns, "", path.name, typed=False)


def _records(content: str, delimiter: str, path: Path) -> list[list[str]]:
    """Split a text into records, blank ones included: they are numbered as Excel numbers the rows."""
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"{path.name} cannot be read as a table ({error}). Save it as CSV again.") from error


def _fits(table: list[list[str]] | list[tuple[str, ...]], wanted: Mapping[str, Words]) -> int:
    return max((len(matching(texts, wanted)) for texts in table[:_HEADER_WITHIN]), default=0)
