"""Files made to break whoever reads them, each built here: what a server meets that takes files from strangers.

``python -m tests.hostile_files FOLDER`` writes them all, to try them on another reader.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import re
import sqlite3
import struct
import sys
import zipfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

import duckdb
import openpyxl

from tests.shop_files import as_csv, ods_parts, ods_row, shop_rows, write_parts, xlsb_parts, xlsb_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = shop_rows(20)
HEADER = ("customer_id", "order_date", "amount")
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
LONG = 64 << 20


@dataclass(frozen=True)
class Hostile:
    """A file, how it is made, and whether it is read all the same: where it is, it does no harm."""

    name: str
    write: Callable[[Path], None]
    is_read: bool = False

    @property
    def file_name(self) -> str:
        """The file's own name."""
        return self.name.partition(": ")[2]

    def make(self, folder: Path) -> Path:
        """Write the file."""
        path = folder / self.file_name
        self.write(path)
        return path


def _book(rows: int = 5) -> dict[str, bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for row in ROWS[8 : 8 + rows]:
        sheet.append(row[:3])
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with(part: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A sound workbook with one part changed."""

    def write(path: Path) -> None:
        parts = _book()
        parts[part] = change(parts.get(part, b""))
        write_parts(path, parts)

    return write


def _more_rows(xml: str) -> Callable[[Path], None]:
    return _with(SHEET, lambda sheet: sheet.replace(b"</sheetData>", xml.encode() + b"</sheetData>"))


def _doctype(entities: str, use: str) -> Callable[[Path], None]:
    def change(_: bytes) -> bytes:
        return f'<?xml version="1.0"?><!DOCTYPE sst [{entities}]><sst {MAIN}><si><t>{use}</t></si></sst>'.encode()

    return _with(STRINGS, change)


def _laughs() -> str:
    return "<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{at} '{f'&a{at - 1};' * 10}'>" for at in range(1, 12))


def _plain(content: bytes | Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content() if callable(content) else content) and None


def _cut(part: float) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        write_parts(path, _book())
        whole = path.read_bytes()
        path.write_bytes(whole[: max(int(len(whole) * part), 5)])

    return write


def _overlapping(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _book().items():
            archive.writestr(name, content)
        first = archive.filelist[0]
        for at in range(500):
            twin = zipfile.ZipInfo(f"xl/media/{at}.xml")
            twin.header_offset, twin.CRC = first.header_offset, first.CRC
            twin.compress_size, twin.file_size, twin.compress_type = (
                first.compress_size, first.file_size, first.compress_type,
            )  # fmt: skip
            archive.filelist.append(twin)


def wide(path: Path, columns: int) -> None:
    """A workbook of one row, with so many columns."""
    names = ["".join(letters) for count in (1, 2, 3) for letters in product(ascii_uppercase, repeat=count)]
    cells = "".join(f'<c r="{name}1"><v>1</v></c>' for name in names[:columns])
    row = f'<row r="1">{cells}</row>'.encode()
    _with(SHEET, lambda sheet: re.sub(rb"<row .*</row>", row, sheet, flags=re.DOTALL))(path)


def _broken_packing(method: int) -> Callable[[Path], None]:
    """Every part packed otherwise than Excel does, each with a byte changed in its middle."""

    def write(path: Path) -> None:
        inside = _book() if path.suffix == ".xlsx" else {"orders.csv": as_csv(ROWS)}
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in inside.items():
                archive.writestr(name, content)
            packed = [(part.header_offset, part.compress_size, part.filename) for part in archive.filelist]
        content = bytearray(path.read_bytes())
        for start, size, name in packed:
            content[start + 30 + len(name) + size // 2] ^= 0xFF
        path.write_bytes(content)

    return write


def _zip(*parts: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()


def _nested() -> bytes:
    inner = as_csv(ROWS)
    for _ in range(5):
        inner = _zip(("orders.zip", inner))
    return inner


def _encrypted_zip() -> bytes:
    made = bytearray(_zip(("orders.csv", as_csv(ROWS))))
    made[6] |= 1
    made[made.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def _parquet(path: Path) -> bytes:
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'a' AS customer_id, DATE '2024-01-05' AS order_date, 1.5 AS amount FROM range(5000))"
            f" TO '{path}' (FORMAT parquet)"
        )
    return path.read_bytes()


def _bad_footer(path: Path) -> None:
    whole = bytearray(_parquet(path))
    size = struct.unpack("<I", whole[-8:-4])[0]
    dice = random.Random(7)
    for at in range(len(whole) - 8 - size, len(whole) - 8):
        whole[at] ^= dice.randrange(256)
    path.write_bytes(whole)


def _bad_pages(path: Path) -> None:
    whole = bytearray(_parquet(path))
    for at in range(4, len(whole) // 2):
        whole[at] = 0xFF
    path.write_bytes(whole)


def _long_footer(path: Path) -> None:
    path.write_bytes(_parquet(path)[:-8] + struct.pack("<I", 0xFFFFFFF0) + b"PAR1")


def _sqlite(path: Path, *statements: str) -> bytes:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path.read_bytes()


def _endless_view(path: Path) -> None:
    _sqlite(
        path,
        "CREATE VIEW orders AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        " SELECT x AS customer_id, '2024-01-05' AS order_date, x AS amount FROM n",
    )


def _huge_texts(path: Path) -> None:
    _sqlite(
        path,
        "CREATE VIEW orders AS SELECT hex(zeroblob(400000000)) AS customer_id, '2024-01-05' AS order_date, 1 AS amount",
    )


def _torn_sqlite(path: Path) -> None:
    whole = _sqlite(
        path, "CREATE TABLE orders (customer_id, order_date, amount)",
        "INSERT INTO orders SELECT 'a', '2024-01-05', 1 FROM (VALUES (1), (2), (3))",
    )  # fmt: skip
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


def _duckdb(path: Path, *statements: str) -> bytes:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT 'a' AS customer_id, DATE '2024-01-05' AS order_date, 1 AS amount"
            " FROM range(99)"
        )
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def _torn_duckdb(path: Path) -> None:
    whole = bytearray(_duckdb(path))
    whole[4096 * 3 :] = os.urandom(len(whole) - 4096 * 3)
    path.write_bytes(whole)


def _endless_duckdb(path: Path) -> None:
    _duckdb(
        path, "DROP TABLE orders",
        "CREATE VIEW orders AS SELECT x AS customer_id, DATE '2024-01-05' AS order_date, x + y AS amount"
        " FROM range(10000000) AS a(x), range(1000000) AS b(y)",
    )  # fmt: skip


def _part_twice(path: Path) -> None:
    twin = _zip(*_book().items(), (SHEET + "x", b"x"))
    path.write_bytes(twin.replace(b"sheet1.xmlx", b"sheet1.xml"))


def _far_xlsb() -> bytes:
    near, far = struct.pack("<4I", 0, 0, 0, 4), struct.pack("<4I", 0, 1 << 20, 0, 16383)
    return xlsb_sheet([HEADER]).replace(near, far)


def _spying_duckdb(path: Path) -> None:
    _duckdb(path, "DROP TABLE orders",
            "CREATE VIEW orders AS SELECT column0 AS customer_id, DATE '2024-01-05' AS order_date, 1 AS amount"
            " FROM read_csv('/etc/passwd', delim = ':', header = false)")  # fmt: skip


def _ods(table: str) -> Callable[[Path], None]:
    rows = "".join(ods_row(row) for row in (("customer_id", "order_date", "amount", "x", "y"), *ROWS[8:12]))
    return lambda path: write_parts(path, ods_parts(rows + table)) and None


def _ods_bomb(path: Path) -> None:
    parts = ods_parts("")
    parts["content.xml"] = f'<?xml version="1.0"?><!DOCTYPE x [{_laughs()}]><x>&a11;</x>'.encode()
    write_parts(path, parts)


def _xlsb(sheet: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: write_parts(path, xlsb_parts(sheet())) and None


def _looped_ole() -> bytes:
    """A compound file whose chain of sectors leads back to itself."""
    head = bytearray(512)
    head[:8] = OLE
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 44, 1, 0, 0, 4096, 0, 0, 0, 0, 0)
    struct.pack_into("<109I", head, 76, *([0] * 109))
    return bytes(head) + struct.pack("<128I", *([0] * 128)) * 4


def _many_sheets(path: Path, sheets: int = 3000, cell: str = "") -> None:
    """One sheet under many names, with a cell that makes it wide or long."""
    parts = _book()
    if cell:
        row = f'<row r="{cell.lstrip(ascii_uppercase)}"><c r="{cell}"><v>1</v></c></row></sheetData>'
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", row.encode())
    listed = "".join(f'<sheet name="S{at}" sheetId="{at}" r:id="rId1"/>' for at in range(1, sheets + 1))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts["xl/workbook.xml"] = (
        f'<workbook {MAIN} xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>'.encode()
    )
    write_parts(path, parts)


def _external(sheet: bytes) -> bytes:
    """A link to another workbook and to a program; what was stored beside them counts."""
    row = (
        '<row r="9"><c r="A9" t="str"><f>[1]Sheet1!A1</f><v>x</v></c><c r="B9" t="str"><f>cmd|\'/C calc\'!A0</f>'
        '<v>2024-01-05</v></c><c r="C9"><f>WEBSERVICE("http://127.0.0.1/x")</f><v>5</v></c></row>'
    )
    return sheet.replace(b"</sheetData>", row.encode() + b"</sheetData>")


def _cyclic(sheet: bytes) -> bytes:
    row = (
        '<row r="9"><c r="A9" t="str"><f t="shared" ref="A9:C9" si="0">B9</f><v>x</v></c>'
        '<c r="B9" t="str"><f t="shared" si="0"/><v>2024-01-05</v></c><c r="C9"><f t="shared" si="0">A9+C9</f>'
        "<v>5</v></c></row>"
    )
    return sheet.replace(b"</sheetData>", row.encode() + b"</sheetData>")


def _linked_folder(path: Path) -> None:
    path.mkdir()
    (path / "a.csv").write_bytes(as_csv(ROWS))
    (path / "loop").symlink_to(path)
    (path / "self.csv").symlink_to(path / "self.csv")
    (path / "outside.csv").symlink_to("/etc/passwd")
    os.mkfifo(path / "pipe.csv")


def _csv(*lines: str) -> bytes:
    return "\n".join(("customer_id,order_date,amount", *lines, "")).encode()


def _far(quote: str, place: str = "XFD1048576") -> str:
    return f"<row r = {quote}1048576{quote}><c  r\n=\t{quote}{place}{quote}><v>1</v></c></row>"


_CELL = "<c r='A9'><v>1</v></c>"
HOSTILE = (
    # workbooks: the zip
    Hostile("a part of a thousand times its size: ratio.xlsx", _with("xl/media/a.bin", lambda _: bytes(40 << 20))),
    Hostile("parts that lie over each other: overlap.xlsx", _overlapping),
    Hostile("a part twice: twice.xlsx", _part_twice),
    *(Hostile(f"a part packed as {name}, and broken: {name}.{ending}", _broken_packing(method))
      for name, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)) for ending in ("xlsx", "zip")),
    Hostile("its beginning missing: front.xlsx", _plain(lambda: b"PK\x03\x04" + _zip(*_book().items())[200:])),
    Hostile("three thousand parts: parts.xlsx",
            lambda path: write_parts(path, _book() | {f"xl/media/{at}": b"" for at in range(3000)}) and None),
    *(Hostile(f"cut at {part:.0%}: cut{part}.xlsx", _cut(part)) for part in (0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)),
    Hostile("a picture: picture.xlsx", _plain(b"\x89PNG\r\n\x1a\n" + bytes(1000))),
    Hostile("a password: encrypted.xlsx",
            _plain(OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(100))),
    Hostile("no relations: unrelated.xlsx", _with("xl/_rels/workbook.xml.rels", lambda _: b"<x/>")),
    # workbooks: the XML
    Hostile("a billion laughs: laughs.xlsx", _doctype(_laughs(), "&a11;")),
    Hostile("an entity from a file: file.xlsx", _doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")),
    Hostile("an entity from the web: web.xlsx", _doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', "&x;")),
    Hostile("a definition in UTF-16: utf16.xlsx",
            _with(SHEET, lambda _: '<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'.encode("utf-16"))),
    Hostile("a far cell: far.xlsx", _more_rows(_far('"'))),
    Hostile("a far cell in other quotes: quotes.xlsx", _more_rows(_far("'"))),
    Hostile("a far cell in disguise: disguise.xlsx", _more_rows(_far('"', "&#88;FD1048576"))),
    Hostile("a false dimension: dimension.xlsx",
            _with(SHEET, lambda sheet: sheet.replace(b'<dimension ref="', b'<dimension ref="A1:XFD1048576" x="')),
            is_read=True),
    Hostile("row 2^32: row32.xlsx", _more_rows(f'<row r="4294967296">{_CELL.replace("A9", "A4294967296")}</row>')),
    Hostile("row 2^64: row64.xlsx", _more_rows(f'<row r="18446744073709551617">{_CELL}</row>')),
    Hostile("a row below 0: below.xlsx", _more_rows(f'<row r="-1">{_CELL.replace("A9", "A-1")}</row>')),
    Hostile("a column of many letters: letters.xlsx",
            _more_rows(f'<row r="9">{_CELL.replace("A9", "ZZZZZZZZ9")}</row>')),
    Hostile("a text below 0: negative.xlsx", _more_rows('<row r="9"><c r="A9" t="s"><v>-1</v></c></row>')),
    Hostile("a text beyond all: beyond.xlsx", _more_rows('<row r="9"><c r="A9" t="s"><v>4294967295</v></c></row>')),
    Hostile("texts of which there are not so many: count.xlsx",
            _with(STRINGS, lambda part: re.sub(rb'ount="\d+"', b'ount="4294967295"', part))),
    Hostile("a hundred thousand elements deep: deep.xlsx",
            _with(SHEET, lambda _: b"<a>" * 100_000 + b"</a>" * 100_000)),
    Hostile("three thousand sheets: sheets.xlsx", _many_sheets),
    Hostile("a sheet under 250 names: names.xlsx", lambda path: _many_sheets(path, 250, "ALL1000")),
    Hostile("a long sheet under 250 names: longer.xlsx", lambda path: _many_sheets(path, 250, "D240000")),
    Hostile("fifteen full columns of nothing: empty.xlsx", _more_rows(_far('"', "O1048576"))),
    Hostile("a macro that would run when it is opened: macro.xlsm",
            lambda path: write_parts(path, _book() | {"xl/vbaProject.bin": OLE + b"Auto_Open Shell calc"}) and None,
            is_read=True),
    Hostile("links to workbooks and programs: links.xlsx", _with(SHEET, _external), is_read=True),
    Hostile("formulas that go in a circle: circle.xlsx", _with(SHEET, _cyclic), is_read=True),
    # workbooks of other kinds
    Hostile("a billion rows: rows.ods",
            _ods('<table:table-row table:number-rows-repeated="1073741824"><table:table-cell office:value-type="float"'
                 ' office:value="1"/></table:table-row>')),
    Hostile("a billion columns: columns.ods",
            _ods('<table:table-row><table:table-cell table:number-columns-repeated="1073741824"'
                 ' office:value-type="float" office:value="1"/></table:table-row>')),
    Hostile("laughs: laughs.ods", _ods_bomb),
    Hostile("no numbers of rows: wrong.ods",
            _ods('<table:table-row table:number-rows-repeated="-5"><table:table-cell/></table:table-row>')),
    Hostile("noise: noise.xlsb", _xlsb(lambda: random.Random(1).randbytes(5000))),
    Hostile("a record longer than the file: long.xlsb",
            _xlsb(lambda: xlsb_sheet([HEADER])[:-6] + bytes([6, 0xFF, 0xFF, 0xFF, 0x7F]) + b"x")),
    Hostile("a false dimension: far.xlsb", _xlsb(_far_xlsb)),
    Hostile("noise: noise.xls", _plain(OLE + random.Random(2).randbytes(9000))),
    Hostile("sectors that lead back: looped.xls", _plain(_looped_ole)),
    # packed files
    Hostile("a bomb: bomb.csv.gz", lambda path: path.write_bytes(gzip.compress(bytes(200 << 20), 6)) and None),
    Hostile("a bomb: bomb.zip", lambda path: path.write_bytes(_zip(("orders.csv", bytes(200 << 20)))) and None),
    Hostile("cut short: cut.csv.gz", lambda path: path.write_bytes(gzip.compress(as_csv(ROWS))[:-20]) and None),
    Hostile("packed twice: twice.csv.gz", _plain(lambda: gzip.compress(gzip.compress(as_csv(ROWS))))),
    Hostile("zips in zips: nested.zip", _plain(_nested)),
    Hostile("a name that leads out: out.zip",
            _plain(lambda: _zip(("../../../orders.csv", as_csv(ROWS)))), is_read=True),
    Hostile("a name from the root: root.zip", _plain(lambda: _zip(("/etc/orders.csv", as_csv(ROWS)))), is_read=True),
    Hostile("several files: several.zip", _plain(lambda: _zip(("a.csv", b"a"), ("b.csv", b"b")))),
    Hostile("its beginning missing: front.zip",
            _plain(lambda: b"PK\x03\x04" + _zip(("orders.csv", as_csv(ROWS)))[20:])),
    Hostile("a password: secret.zip", _plain(_encrypted_zip)),
    Hostile("nothing: nothing.zip", _plain(_zip)),
    # texts
    Hostile("a line of 64 MB: line.csv", _plain(lambda: _csv("a,2024-01-05," + "1" * LONG))),
    Hostile("a field of 16 MB: field.csv",
            _plain(lambda: _csv('a,2024-01-05,"' + ("1" * 31 + "\n") * (LONG // 128) + '"'))),
    Hostile("a header of a million columns: wide.csv", _plain(lambda: b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000)),
    Hostile("quotation marks: quotes.csv", _plain(lambda: _csv('"' * 200_001))),
    Hostile("orders to a terminal: escape.csv",
            _plain(lambda: _csv("a,2024-01-05,1").replace(b"amount", b"\x1b]0;owned\x07sum \x9b2J"))),
    Hostile("a link to a program: dde.csv",
            _plain(lambda: _csv("=cmd|' /C calc'!A0,2024-01-05,1", "@SUM(1),2024-01-06,2")), is_read=True),
    Hostile("NUL: nul.csv", _plain(lambda: _csv("a,2024-01-05,1\0"))),
    Hostile("UTF-16 that does not say so: utf16.csv",
            _plain(lambda: as_csv(ROWS).decode().encode("utf-16-le")), is_read=True),
    Hostile("UTF-32: utf32.csv", _plain(lambda: as_csv(ROWS).decode().encode("utf-32"))),
    Hostile("Windows-1252: latin.csv",
            _plain(lambda: as_csv(ROWS).replace(b"K0", "Kø".encode("cp1252"))), is_read=True),
    Hostile("noise: noise.csv", _plain(lambda: random.Random(3).randbytes(100_000))),
    # files with types, and databases
    Hostile("a footer of noise: footer.parquet", _bad_footer),
    Hostile("a footer longer than the file: longer.parquet", _long_footer),
    Hostile("pages of noise: pages.parquet", _bad_pages),
    Hostile("cut short: cut.parquet", lambda path: path.write_bytes(_parquet(path)[:700]) and None),
    Hostile("noise: noise.sqlite", _plain(b"SQLite format 3\0" + random.Random(4).randbytes(9000))),
    Hostile("torn: torn.sqlite", _torn_sqlite),
    Hostile("a view without end: endless.sqlite", _endless_view),
    Hostile("texts of 800 MB: huge.sqlite", _huge_texts),
    Hostile("noise: noise.duckdb", _plain(bytes(8) + b"DUCK" + random.Random(5).randbytes(20_000))),
    Hostile("torn: torn.duckdb", _torn_duckdb),
    Hostile("a view without end: endless.duckdb", _endless_duckdb),
    Hostile("a view of another file: spying.duckdb", _spying_duckdb),
    # what is no file
    Hostile("links in circles: folder", _linked_folder, is_read=True),
    Hostile("a pipe that nobody fills: pipe.csv", os.mkfifo),
    Hostile("a folder: folder.xlsx", Path.mkdir),
    Hostile("a device: zero.csv", lambda path: path.symlink_to("/dev/zero")),
)  # fmt: skip


# What stands beside the orders: parameters, a map, a brand, aliases.
SIDE_FILES = (
    Hostile("brackets without end: deep.toml", _plain(b"a = " + b"[" * 30_000 + b"]" * 30_000)),
    Hostile("tables without end: tables.toml", _plain(b"[a" + b".a" * 20_000 + b"]")),
    Hostile("a key of many parts: dots.toml", _plain(b"a" + b".a" * 20_000 + b" = 1")),
    Hostile("a number of many digits: digits.toml", _plain(b"horizon = " + b"9" * 30_000)),
    Hostile("orders to a terminal: escape.toml", _plain(b'"\\u001b]0;owned\\u0007" = 1')),
    Hostile("megabytes: large.toml", _plain(lambda: b"# nothing\n" * 300_000)),
    Hostile("no day there is: day.toml", _plain(b"as_of = 2024-02-31")),
    Hostile("a chain of thousands: chain.csv",
            _plain(lambda: b"customer,same as\n" + b"".join(b"x%d,x%d\n" % (at, at + 1) for at in range(5000))),
            is_read=True),
    Hostile("a circle of thousands: circle.csv",
            _plain(lambda: b"customer,same as\n" + b"".join(b"x%d,x%d\n" % (at, (at + 1) % 5000)
                                                           for at in range(5000)))),
)  # fmt: skip


if __name__ == "__main__":
    for hostile in (*HOSTILE, *SIDE_FILES):
        hostile.make(Path(sys.argv[1]))
