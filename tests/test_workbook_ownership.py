"""A workbook that is not ours is not replaced unasked; finding out whose it is costs little, whatever it holds."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from clv_xl.errors import OutputError, UsageError
from clv_xl.jobs import make_report
from clv_xl.orders import ReadOptions
from clv_xl.parameters import Parameters
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.ownership import is_untouched_report, refuse_strangers
from clv_xl.workbook.sheet import Book, Cell, Sheet, Style

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from pathlib import Path

CORE = "docProps/core.xml"
PROPERTIES = (
    '<?xml version="1.0"?>{dtd}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{creator}</dc:creator>'
    "</cp:coreProperties>"
)


def own(path: Path) -> Path:
    write_book(Book("Report", date(2024, 12, 31), (Sheet("Summary", (Cell(1, 1, "x", Style()),)),)), path)
    return path


def strange(path: Path, creator: str = "openpyxl") -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "a year of work"
    book.properties.creator = creator
    book.save(path)
    return path


def zipped(path: Path, properties: str, **options: int) -> Path:
    """Two parts in our own layout, so that it is not the layout that tells."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text, how in (("xl/workbook.xml", "<workbook/>", {}), (CORE, properties, options)):
            part = zipfile.ZipInfo(name)
            part.create_system, part.external_attr = 3, 0o100644 << 16
            archive.writestr(part, text, **{"compress_type": zipfile.ZIP_DEFLATED, **how})
    return path


def test_our_own_report_is_known_until_somebody_has_saved_it(tmp_path: Path) -> None:
    path = own(tmp_path / "report.xlsx")
    assert is_untouched_report(path)
    refuse_strangers(path)
    again = openpyxl.load_workbook(path)
    again.active["A2"] = "a remark"
    again.properties.lastModifiedBy = "Ann"
    again.save(path)
    assert not is_untouched_report(path)
    with pytest.raises(UsageError, match="may hold your own work"):
        refuse_strangers(path)


def _saved_elsewhere(path: Path) -> Path:
    """A remark that somebody put into a report with a program that keeps both names as they are."""
    book = openpyxl.load_workbook(own(path))
    book.active["A2"] = "a remark"
    book.save(path)
    assert (book.properties.creator, book.properties.lastModifiedBy) == ("clv_xl", "clv_xl")
    return path


def _packed_again(path: Path, **changed: object) -> Path:
    """A report's own parts in a zip that differs in one thing: its times, order, modes or comment."""
    with zipfile.ZipFile(own(path)) as archive:
        parts = [(part, archive.read(part)) for part in archive.infolist()]
    if changed.pop("reverse", False):
        parts.reverse()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = changed.pop("remark", b"")
        for part, content in parts:
            for name, value in changed.items():
                setattr(part, name, value)
            archive.writestr(part, content)
    return path


def _bomb(path: Path) -> Path:
    return zipped(path, PROPERTIES.format(dtd="", creator="clv_xl" + " " * 50_000_000))


def _many_parts(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(CORE, PROPERTIES.format(dtd="", creator="clv_xl"))
        for number in range(70_000):
            archive.writestr(f"{number:0100}", b"")
    return path


def _entities(path: Path) -> Path:
    dtd = '<!DOCTYPE x [<!ENTITY a "clv_xl"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return zipped(path, PROPERTIES.format(dtd=dtd, creator="&a;"))


def _cut_off(path: Path) -> Path:
    whole = own(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def _damaged(path: Path) -> Path:
    whole = bytearray(own(path).read_bytes())
    start = whole.index(CORE.encode()) + len(CORE)
    whole[start : start + 40] = bytes(40)
    path.write_bytes(whole)
    return path


def test_parts_packed_again_just_as_ours_are_ours(tmp_path: Path) -> None:
    """So that each of the cases below differs in what it says, and in nothing else."""
    assert is_untouched_report(_packed_again(tmp_path / "report.xlsx"))


def _written(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


STRANGERS: dict[str, Callable[[Path], Path]] = {
    "ours, saved by a program that keeps the names": _saved_elsewhere,
    "ours, packed at another time": lambda path: _packed_again(path, date_time=(2024, 1, 5, 12, 0, 0)),
    "ours, packed in another order": lambda path: _packed_again(path, reverse=True),
    "ours, packed on another system": lambda path: _packed_again(path, create_system=0),
    "ours, packed with other modes": lambda path: _packed_again(path, external_attr=0o600 << 16),
    "ours, packed with a comment": lambda path: _packed_again(path, remark=b"mine"),
    "made by another program": strange,
    "with a name like ours": lambda path: strange(path, "clv_xl 2"),
    "without properties": lambda path: zipped(path, ""),
    "a text": _written(b"the report of last month"),
    "an old workbook or a protected one": _written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
    "cut off": _cut_off,
    "damaged": _damaged,
    "a zip bomb": _bomb,
    "a zip of many parts": _many_parts,
    "with entities": _entities,
    "packed in another way": lambda path: zipped(
        path, PROPERTIES.format(dtd="", creator="clv_xl"), compress_type=zipfile.ZIP_LZMA
    ),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("make", STRANGERS.values(), ids=STRANGERS)
def test_anything_else_is_refused_and_costs_little(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "report.xlsx")
    before = path.read_bytes()
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(UsageError) as error:
        refuse_strangers(path)
    seconds, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(error.value) == (
        f"{path}: is there already, and is no report as clv_xl left it: it may hold your own work. Give another name"
        " with -o, or pass --replace to write over it."
    )
    assert (seconds < 1, peak < 5_000_000) == (True, True), (seconds, peak)
    assert path.read_bytes() == before


def test_what_is_not_there_or_empty_is_nobodys(tmp_path: Path) -> None:
    refuse_strangers(tmp_path / "new.xlsx")
    (tmp_path / "empty.xlsx").touch()
    refuse_strangers(tmp_path / "empty.xlsx")
    refuse_strangers(tmp_path)  # a folder is refused by whoever writes


def test_a_file_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own(tmp_path / "report.xlsx")

    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(
        OutputError, match=r"report\.xlsx: cannot be read to see whose it is \(Permission denied\)"
    ):
        refuse_strangers(path)


def test_a_report_replaces_a_report_and_with_leave_anything(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("customer_id,order_date,amount\nann,2024-01-05,10\n")
    target = strange(tmp_path / "report.xlsx")
    before = target.read_bytes()
    given = ([orders], target, ReadOptions(), Parameters())
    with pytest.raises(UsageError, match="--replace"):
        make_report(*given)
    assert target.read_bytes() == before
    make_report(*given, replace=True)
    first = target.read_bytes()
    assert first != before
    make_report(*given)
    assert target.read_bytes() == first
