"""One small shop as a file of every kind that is read: the same rows, typed where the kind has types."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import sqlite3
import struct
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import openpyxl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = ("customer_id", "order_date", "amount", "order_id", "country")
Row = tuple[str | None, dt.date | None, Decimal | None, int, str]


@dataclass(frozen=True)
class Kind:
    """How the shop is written as a file of one kind."""

    name: str
    write: Callable[[Path, list[Row]], None]
    kind: str


def shop_rows(count: int = 200) -> list[Row]:
    """Orders, some refunds, and a row each without a customer, a day and an amount."""
    rows: list[Row] = []
    for at in range(count):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=at * 7 % 500)
        cents = (at * 7919) % 100_000 + 1
        amount = Decimal(-cents if at % 20 == 19 else cents) / 100
        rows.append((f"K{at * 3 % 41:03}", day, amount, 10_000 + at, ("NO", "SE", "DK")[at % 3]))
    rows[5] = (None, *rows[5][1:])
    rows[6] = (rows[6][0], None, *rows[6][2:])
    rows[7] = (*rows[7][:2], None, *rows[7][3:])
    return rows


def as_csv(rows: list[Row], delimiter: str = ",") -> bytes:
    """The rows as text, blank where there is nothing."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return text.getvalue().encode()


def _zip(path: Path, rows: list[Row], *, inner: str = "export/orders.csv") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/", "")
        archive.writestr("__MACOSX/._orders.csv", "x")
        archive.writestr("README.md", "what this is")
        archive.writestr(inner, as_csv(rows))


def _zipped_workbook(path: Path, rows: list[Row]) -> None:
    book = path.with_name("inner.xlsx")
    _xlsx(book, rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(book, "orders.xlsx")
    book.unlink()


def _xlsx(path: Path, rows: list[Row]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Orders"
    sheet.append(HEADER)
    for row in rows:
        sheet.append(row)
    book.save(path)


def _record(kind: int, data: bytes = b"") -> bytes:
    """A record of the binary workbook: its number in one or two bytes, its length, its data."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(data)
    while True:
        left, low = left >> 7, left & 0x7F
        size += bytes([low | (0x80 if left else 0)])
        if not left:
            return number + size + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb_sheet(rows: list[tuple[object, ...]]) -> bytes:
    """Cells of a binary workbook: texts in the cell, numbers as doubles, dates with the style 1."""
    made = _record(0x81) + _record(0x94, struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, 4)) + _record(0x91)
    for at, row in enumerate(rows):
        made += _record(0, struct.pack("<II", at, 0) + bytes(17))
        for column, value in enumerate(row):
            if value is None:
                continue
            place = struct.pack("<I", column)
            if isinstance(value, str):
                made += _record(6, place + bytes(4) + _wide(value))
            else:
                is_day = isinstance(value, dt.date)
                number = (value - dt.date(1899, 12, 30)).days if is_day else float(str(value))
                made += _record(5, place + struct.pack("<I", int(is_day)) + struct.pack("<d", number))
    return made + _record(0x92) + _record(0x82)


def xlsb_parts(sheet: bytes) -> dict[str, bytes]:
    """The parts of a binary workbook with one sheet."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    start = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    book = _record(0x83) + _record(0x8F)
    book += _record(0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Orders"))
    book += _record(0x90) + _record(0x84)
    formats = b"".join(
        _record(0x2F, struct.pack("<HHHHH", 0, number, 0, 0, 0) + bytes(6)) for number in (0, 14)
    )
    styles = _record(0x116) + _record(0x269, struct.pack("<I", 2)) + formats + _record(0x26A) + _record(0x117)
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": (
            f'{start}<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.bin"/></Relationships>'
        ).encode(),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": (
            f'{start}<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
            f'<Relationship Id="rId2" Type="{office}/styles" Target="styles.bin"/></Relationships>'
        ).encode(),
        "xl/styles.bin": styles,
        "xl/worksheets/sheet1.bin": sheet,
    }


def write_parts(path: Path, parts: dict[str, bytes]) -> Path:
    """Write a zip of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _xlsb(path: Path, rows: list[Row]) -> None:
    write_parts(path, xlsb_parts(xlsb_sheet([HEADER, *rows])))


def ods_parts(table: str) -> dict[str, bytes]:
    """The parts of an OpenDocument workbook with one sheet of these rows."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Orders">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/"'
        ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    return {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest.encode(),
    }


def ods_row(values: tuple[object, ...]) -> str:
    """A row of an OpenDocument sheet."""
    cells = []
    for value in values:
        if value is None:
            cells.append("<table:table-cell/>")
        elif isinstance(value, str):
            cells.append(
                f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            )
        elif isinstance(value, dt.date):
            cells.append(f'<table:table-cell office:value-type="date" office:date-value="{value}"/>')
        else:
            cells.append(f'<table:table-cell office:value-type="float" office:value="{value}"/>')
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _ods(path: Path, rows: list[Row]) -> None:
    write_parts(path, ods_parts("".join(ods_row(row) for row in (HEADER, *rows))))


_COLUMNS = "customer_id VARCHAR, order_date DATE, amount DECIMAL(18, 2), order_id INTEGER, country VARCHAR"


def _parquet(path: Path, rows: list[Row]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE orders ({_COLUMNS})")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute(f"COPY orders TO '{path}' (FORMAT parquet)")


def _duckdb(path: Path, rows: list[Row]) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE orders ({_COLUMNS}); CREATE TABLE stores (store INTEGER)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)


def _sqlite(path: Path, rows: list[Row]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE orders (customer_id TEXT, order_date TEXT, amount REAL, order_id, country)"
        )
        connection.execute("CREATE TABLE stores (store INTEGER)")
        plain = [
            (customer, day and day.isoformat(), None if amount is None else float(amount), *rest)
            for customer, day, amount, *rest in rows
        ]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", plain)
    connection.close()


KINDS = (
    Kind("orders.csv", lambda path, rows: path.write_bytes(as_csv(rows)) and None, "csv"),
    Kind("orders.tsv", lambda path, rows: path.write_bytes(as_csv(rows, "\t")) and None, "csv"),
    Kind(
        "orders.csv.gz", lambda path, rows: path.write_bytes(gzip.compress(as_csv(rows))) and None, "csv.gz"
    ),
    Kind("orders.zip", _zip, "csv in a zip"),
    Kind("book.zip", _zipped_workbook, "xlsx in a zip"),
    Kind("orders.xlsx", _xlsx, "xlsx"),
    Kind("orders.xlsb", _xlsb, "xlsb"),
    Kind("orders.ods", _ods, "ods"),
    Kind("orders.parquet", _parquet, "parquet"),
    Kind("shop.duckdb", _duckdb, "duckdb"),
    Kind("shop.sqlite", _sqlite, "sqlite"),
)
