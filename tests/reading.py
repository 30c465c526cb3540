"""A reader of workbooks that knows only the file format: cells with formula and kept value, names, tables.

It reads what we wrote and what LibreOffice made of it, and changes a single cell as a person would.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

Value = str | float | bool | None


@dataclass(frozen=True)
class Kept:
    """A cell of a file: its value (an error as text such as ``#N/A``) and its formula without ``=``."""

    value: Value
    formula: str | None
    is_error: bool = False


class Workbook:
    """All cells of a workbook file, by sheet title and address."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        book = etree.fromstring(self.parts["xl/workbook.xml"])
        targets = self.relations("xl/workbook.xml")
        self.files = {
            sheet.get("name"): targets[sheet.get(f"{RELATION}id")] for sheet in book.iter(f"{MAIN}sheet")
        }
        self._strings = self._shared_strings()
        self.sheets = {title: self._cells(name) for title, name in self.files.items()}
        self.names = {name.get("name"): name.text or "" for name in book.iter(f"{MAIN}definedName")}
        self.tables = {
            table.get("name"): (title, table.get("ref"))
            for title, name in self.files.items()
            for target in self.relations(name).values()
            if "/tables/" in target
            for table in [etree.fromstring(self.parts[target])]
        }

    def relations(self, part: str) -> dict[str, str]:
        """The parts that a part refers to, by the ids of the relations."""
        folder, _, name = part.rpartition("/")
        content = self.parts.get(f"{folder}/_rels/{name}.rels")
        if content is None:
            return {}
        found = {}
        for relation in etree.fromstring(content):
            target = relation.get("Target")
            path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            while "/../" in path:
                path = re.sub(r"[^/]+/\.\./", "", path, count=1)
            found[relation.get("Id")] = path
        return found

    def _shared_strings(self) -> list[str]:
        content = self.parts.get("xl/sharedStrings.xml")
        if content is None:
            return []
        return [
            "".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in etree.fromstring(content)
        ]

    def _cells(self, part: str) -> dict[str, Kept]:
        cells = {}
        for cell in etree.fromstring(self.parts[part]).iter(f"{MAIN}c"):
            formula = cell.find(f"{MAIN}f")
            kind, kept = cell.get("t", "n"), cell.findtext(f"{MAIN}v")
            cells[cell.get("r")] = Kept(
                self._value(cell, kind, kept), None if formula is None else formula.text or "", kind == "e"
            )
        return cells

    def _value(self, cell: etree._Element, kind: str, kept: str | None) -> Value:
        if kind == "inlineStr":
            return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
        if kept is None:
            return "" if kind == "str" else None
        if kind == "s":
            return self._strings[int(kept)]
        if kind == "n":
            return float(kept)
        return kept == "1" if kind == "b" else kept

    def address(self, name: str) -> tuple[str, str]:
        """Sheet title and address of the one cell that a name stands for."""
        sheet, _, cell = self.names[name].rpartition("!")
        return sheet.strip("'").replace("''", "'"), cell.replace("$", "")

    def named(self, name: str) -> Kept:
        """The cell that a name stands for."""
        sheet, cell = self.address(name)
        return self.sheets[sheet].get(cell, Kept(None, None))

    def formulas(self) -> dict[tuple[str, str], str]:
        """Every formula of every sheet, by sheet title and address."""
        return {
            (title, address): cell.formula
            for title, cells in self.sheets.items()
            for address, cell in cells.items()
            if cell.formula is not None
        }

    def table_rows(self, name: str) -> list[dict[str, Value]]:
        """The rows of a table by the titles of its columns."""
        title, area = self.tables[name]
        cells = self.sheets[title]
        first, last = (split(address) for address in area.split(":"))
        columns = range(first[1], last[1] + 1)
        rows = [
            [cells.get(f"{letters(column)}{row}", Kept(None, None)).value for column in columns]
            for row in range(first[0], last[0] + 1)
        ]
        titles = [str(title) for title in rows[0]]
        return [dict(zip(titles, row, strict=True)) for row in rows[1:]]


def split(address: str) -> tuple[int, int]:
    """Row and column of an address such as ``B4``."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", address)
    assert found, address
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def letters(column: int) -> str:
    """Letters of a column, counted from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def type_in(path: Path, target: Path, entries: dict[str, float | None]) -> Path:
    """Copy a workbook with other numbers in named cells (None: emptied), everything else byte for byte.

    That is what a person does who types into the Parameters sheet; no program has computed anything yet.
    """
    book = Workbook(path)
    parts = dict(book.parts)
    for name, number in entries.items():
        sheet, address = book.address(name)
        part = book.files[sheet]
        pattern = re.compile(rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)'.encode())
        body = b"/>" if number is None else f"><v>{number!r}</v></c>".encode()
        parts[part], count = pattern.subn(
            lambda found, body=body, address=address: (
                b'<c r="%s"%s%s' % (address.encode(), found[1] or b"", body)
            ),
            parts[part],
        )
        assert count == 1, f"{name} at {sheet}!{address}"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target
