"""The zip of a workbook: the same bytes for the same parts, and nothing of the moment or the machine."""

from __future__ import annotations

import gc
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.workbook.package import Package

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
