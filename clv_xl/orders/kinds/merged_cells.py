"""Cells of a worksheet that are merged over several rows: their one value counts for each of them."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.parsers import expat  # document type definitions are refused before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Merged", "merged_downwards"]

_CHUNK: Final = 1 << 20
_LONGEST_TAG: Final = 1 << 10
_LARGEST_PART: Final = 4 << 20  # bytes of the list of sheets
_MOST: Final = 200_000
_MERGED: Final = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]{0,200}?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)


# A cell with something in it: others are no part of the used range. The bounds keep a tag without end from taking long.
_FILLED: Final = re.compile(
    rb"<(?:\w+:)?c\s[^<>]{0,200}?\br\s?=\s?[\"']([A-Z]{1,3})\d{1,7}[\"'][^<>]{0,200}(?<!/)>(?!</)"
)


class Merged(NamedTuple):
    """Cells of one column of the used range, counted from 0, from the first row to the last, as Excel counts."""

    column: int
    first: int
    last: int


def merged_downwards(path: Path, sheet: str) -> list[Merged]:
    """Return what is merged over several rows of one column of a sheet; nothing where that cannot be found out.

    Parameters
    ----------
    path : pathlib.Path
        A workbook, .xlsx or .xlsm, that was looked at before.
    sheet : str
        Its title.
    """
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part not in archive.namelist():
            return []
        found = [
            (left, int(first), int(last))
            for left, first, right, last in _found(archive, part, _MERGED)
            if left == right and int(first) < int(last)
        ]
        if not found:
            return []
        start = min(map(_number, {*_found(archive, part, _FILLED)}), default=0)
    return [Merged(_number(column) - start, first, last) for column, first, last in found[:_MOST]]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _found(archive: zipfile.ZipFile, part: str, pattern: re.Pattern[bytes]) -> Iterator[Any]:
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(_CHUNK):
            text = rest + block
            # what follows a tag may matter too: the last one is looked at with the next piece
            whole = text.rfind(b"<")
            yield from pattern.findall(text, 0, max(whole, 0))
            rest = text[whole:] if whole >= 0 else b""
            if len(rest) > _LONGEST_TAG:
                return
        yield from pattern.findall(rest)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the part that a sheet stands in; no name where the workbook does not say."""
    found = [given for kind, given in _elements(archive, "xl/workbook.xml") if kind == "sheet"]
    ids = {given.get("name", ""): given.get("id", "") for given in found}
    for kind, given in _elements(archive, "xl/_rels/workbook.xml.rels"):
        if kind == "Relationship" and given.get("Id") == ids.get(sheet):
            target = given.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return ""


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the kind and the attributes of each element, without their name spaces."""
    if part not in archive.namelist() or archive.getinfo(part).file_size > _LARGEST_PART:
        return
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, given: dict[str, str]) -> None:
        bare = {key.rpartition(":")[2]: value for key, value in given.items()}
        found.append((name.rpartition(":")[2], bare))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(archive.read(part), True)
    except (expat.ExpatError, ValueError):
        return
    yield from found
