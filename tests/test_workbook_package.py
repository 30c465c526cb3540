"""The zip of a workbook: the same bytes for the same parts, and nothing of the moment or the machine."""

from __future__ import annotations

import gc
import importlib.util
import io
import sys
import zipfile
import zlib
from threading import active_count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.workbook import squeezed
from clv_xl.workbook.package import Package
from clv_xl.workbook.squeezed import LEVEL, SqueezedRun, crc_of_both

if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS = {
    "xl/worksheets/sheet2.xml": b"two",
    "xl/worksheets/sheet1.xml": b"one" * 10_000,
    "docProps/app.xml": b"",
    "xl/workbook.xml": "åäö".encode(),
    "[Content_Types].xml": b"types",
    "_rels/.rels": b"relations",
}


def written(names: Iterable[str]) -> bytes:
    package = Package()
    for name in names:
        package.writestr(name, PARTS[name])
    buffer = io.BytesIO()
    package.write_to(buffer)
    return buffer.getvalue()


@given(st.permutations(sorted(PARTS)))
def test_the_order_of_adding_does_not_matter(names: list[str]) -> None:
    assert written(names) == written(PARTS)


def test_every_part_is_there_and_nothing_of_the_machine() -> None:
    with zipfile.ZipFile(io.BytesIO(written(PARTS))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == PARTS
        assert archive.namelist()[:3] == ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"]
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.create_system == 3
            assert info.external_attr == 0o100644 << 16
            assert info.compress_type == zipfile.ZIP_DEFLATED
            assert info.flag_bits == 0
            assert info.extra == b""
        assert archive.comment == b""


def test_a_part_is_asked_for_when_it_is_written_and_only_then() -> None:
    asked = []

    def chunks() -> Iterable[bytes]:
        for number in range(3):
            asked.append(number)
            yield b"%d" % number

    package = Package()
    package.stream("a", chunks())
    package.close()
    assert asked == []
    buffer = io.BytesIO()
    package.write_to(buffer)
    with zipfile.ZipFile(buffer) as archive:
        assert archive.read("a") == b"012"


def test_a_part_that_may_be_large_reads_back() -> None:
    package = Package()
    package.stream("a", [b"x"], large=True)
    buffer = io.BytesIO()
    package.write_to(buffer)
    with zipfile.ZipFile(buffer) as archive:
        assert archive.read("a") == b"x"


def test_two_parts_of_one_name_are_our_mistake() -> None:
    package = Package()
    package.writestr("a", "1")
    with pytest.raises(ValueError, match="there already"):
        package.writestr("a", "2")


def test_an_interrupt_while_a_part_is_opened_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The zip cannot be closed then, and said so instead: at once, and again when the program ended."""
    opened = zipfile.ZipFile.open

    def interrupted(archive: zipfile.ZipFile, *arguments: Any, **options: Any) -> None:
        opened(archive, *arguments, **options)
        archive._writing = True  # as it is until the part is closed
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "open", interrupted)
    package = Package()
    package.writestr("a", "part a")
    handle = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        package.write_to(handle)
    handle.close()
    # a fault while tidying up is a warning, and so an error
    gc.collect()


ROWS = [b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n * n) for n in range(100_000)]


def long_part(threads: int | None, chunks: Iterable[bytes] = ROWS) -> bytes:
    package = Package()
    package.stream("xl/worksheets/sheet1.xml", iter(chunks))
    package.writestr("xl/workbook.xml", "short")
    buffer = io.BytesIO()
    package.write_to(buffer, threads=threads)
    return buffer.getvalue()


def test_a_long_part_is_the_same_bytes_however_many_threads_compress_it() -> None:
    alone = long_part(1)
    assert len(b"".join(ROWS)) > 4 * 2**20
    assert [long_part(threads) == alone for threads in (2, 4, None)] == [True] * 3
    with zipfile.ZipFile(io.BytesIO(alone)) as archive:
        assert archive.testzip() is None
        assert archive.read("xl/worksheets/sheet1.xml") == b"".join(ROWS)
        assert archive.read("xl/workbook.xml") == b"short"
        # a program that reads a zip may trust these before it unpacks anything
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        assert info.file_size == len(b"".join(ROWS))
        assert info.compress_size < info.file_size / 4


def test_compressing_in_blocks_costs_hardly_any_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """With zlib; the quicker library may take a tenth more."""
    whole = zlib.compress(b"".join(ROWS), LEVEL)
    assert len(long_part(2)) < 1.1 * len(whole)
    monkeypatch.setattr(squeezed, "quick", None)
    assert len(long_part(2)) < 1.02 * len(whole)


def test_a_long_part_is_the_same_where_the_quicker_library_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert squeezed.quick is not None
    files = [long_part(2)]
    monkeypatch.setattr(squeezed, "quick", None)
    files += [long_part(threads) for threads in (1, 2)]
    parts = [zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml") for file in files]
    assert parts == [b"".join(ROWS)] * 3
    assert files[0] != files[1] == files[2]


def test_the_quicker_library_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    spec = importlib.util.find_spec("clv_xl.workbook.squeezed")
    assert spec is not None
    assert spec.loader is not None
    without = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, without)  # a dataclass looks itself up there
    spec.loader.exec_module(without)
    assert without.quick is None
    assert zlib.decompress(without.Squeezed.of(b"rows").content + without.END, -zlib.MAX_WBITS) == b"rows"


@pytest.mark.parametrize("length", [2**20 - 1, 2**20, 2**20 + 1, 2**21])
def test_a_part_of_about_one_block_reads_back(length: int) -> None:
    part = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    with zipfile.ZipFile(io.BytesIO(long_part(2, [part]))) as archive:
        assert archive.read("xl/worksheets/sheet1.xml") == part


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_while_rows_are_made_is_told_as_it_is(threads: int) -> None:
    def rows() -> Iterable[bytes]:
        yield from ROWS
        raise MemoryError

    before = active_count()
    with pytest.raises(MemoryError):
        long_part(threads, rows())
    assert active_count() == before


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_the_check_sum_of_a_whole_follows_from_those_of_its_blocks(blocks: list[bytes]) -> None:
    found = 0
    for block in blocks:
        found = crc_of_both(found, zlib.crc32(block), len(block))
    assert found == zlib.crc32(b"".join(blocks))


def test_a_run_that_is_compressed_already_is_written_as_the_package_would_have() -> None:
    def package_of(rows: Any) -> Package:
        package = Package()
        package.stream("xl/worksheets/sheet1.xml", (b"<before>",), rows, (b"<after>",))
        return package

    def written_with(package: Package) -> bytes:
        buffer = io.BytesIO()
        package.write_to(buffer)
        return buffer.getvalue()

    here = written_with(package_of(iter(ROWS)))
    waiting = package_of(lambda: SqueezedRun.of(ROWS, threads=2))
    with pytest.raises(TypeError, match="not settled"):
        written_with(waiting)
    waiting.settle()
    assert written_with(waiting) == here
    with zipfile.ZipFile(io.BytesIO(here)) as archive:
        assert archive.testzip() is None
        assert archive.read("xl/worksheets/sheet1.xml") == b"<before>" + b"".join(ROWS) + b"<after>"


def test_compressed_runs_do_not_fit_a_package_that_is_not_compressed() -> None:
    package = Package()
    package.stream("a", SqueezedRun.of(ROWS))
    with pytest.raises(TypeError, match="not written as it is"):
        package.write_to(io.BytesIO(), compressed=False)
