"""What no validator finds in a workbook of ours, as functions from a file to a list of faults.

The Open XML SDK accepts a button without its macro, a table whose header is not its column's name, a sheet
without its module, and a formula that is none. Excel tells the user, or repairs the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import olefile
from openpyxl.utils import get_column_letter, range_boundaries

from clv_xl.excel.registry import functions
from tests.formula_lint import Known, formula_fault
from tests.vba_reader import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
RIBBON = "{http://schemas.microsoft.com/office/2006/01/customui}"

# Every VBA project holds these references; Office finds the libraries by their GUID, not by the path.
LIBRARY_PATHS = (
    r"C:\Windows\System32\stdole2.tlb",
    r"C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL",
)
MACHINE = re.compile(
    r"[A-Za-z]:\\[^\x00-\x1f\"<>|]*|file:/+\S*"
    r"|(?<![\w.:/<])/(?:home|Users|root|work|tmp|var|usr|opt|mnt|private)/\S*|\\\\[A-Za-z]\w+\\\S*"
    r"|[\w.]+@[\w-]+\.\w+"
)
PROCEDURE = re.compile(
    r"^(?:(Public|Private|Friend) +)?(?:Static +)?(Sub|Function) +(\w+) *\(([^)]*)\)",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Procedure:
    """A Sub or Function of a module."""

    kind: str
    name: str
    parameters: str
    public: bool


def procedures_of(source: str) -> list[Procedure]:
    """Every procedure of a module; what names no scope is public."""
    joined = source.replace("\r\n", "\n").replace(" _\n", " ")
    return [
        Procedure(kind.title(), name, parameters, scope.lower() != "private")
        for scope, kind, name, parameters in PROCEDURE.findall(joined)
    ]


@dataclass
class Workbook:
    """A workbook as its parts."""

    parts: dict[str, bytes]
    trees: dict[str, ET.Element] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Workbook:
        with zipfile.ZipFile(path) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    def tree(self, part: str) -> ET.Element:
        if part not in self.trees:
            self.trees[part] = ET.fromstring(self.parts[part])
        return self.trees[part]

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that a part points to, of one kind."""
        folder, name = part.rpartition("/")[::2]
        beside = f"{folder}/" if folder else ""
        relations = f"{beside}_rels/{name}.rels"
        if relations not in self.parts:
            return []
        found = [item.attrib for item in self.tree(relations) if item.attrib["Type"].endswith(f"/{kind}")]
        targets = (item["Target"] for item in found)
        return [target[1:] if target.startswith("/") else beside + target for target in targets]

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Title -> part of each sheet, in order."""
        relations = {
            item.attrib["Id"]: item.attrib["Target"].removeprefix("/").removeprefix("xl/")
            for item in self.tree("xl/_rels/workbook.xml.rels")
        }
        listed = self.tree("xl/workbook.xml").iter(f"{MAIN}sheet")
        return {item.attrib["name"]: f"xl/{relations[item.attrib[f'{OFFICE}id']]}" for item in listed}

    @cached_property
    def modules(self) -> dict[str, str]:
        """Name -> source of each module, attributes included.

        The whole stream has to be source: what Excel once compiled would stand before it.
        """
        if "xl/vbaProject.bin" not in self.parts:
            return {}
        with olefile.OleFileIO(io.BytesIO(self.parts["xl/vbaProject.bin"])) as project:
            names = [entry[1] for entry in project.listdir() if entry[0] == "VBA"]
            return {
                name: unpacked(project.openstream(["VBA", name]).read()).decode("cp1252")
                for name in names
                if name not in {"dir", "_VBA_PROJECT"}
            }

    @cached_property
    def project(self) -> str:
        """The stream that lists the modules."""
        with olefile.OleFileIO(io.BytesIO(self.parts["xl/vbaProject.bin"])) as project:
            return project.openstream("PROJECT").read().decode("cp1252")

    def cells(self, sheet: str) -> dict[str, str]:
        """Reference -> text of each text cell."""
        tree = self.tree(self.sheets[sheet])
        return {
            cell.attrib["r"]: "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
            for cell in tree.iter(f"{MAIN}c")
        }

    def tables(self) -> Iterator[tuple[str, ET.Element]]:
        """Each table with the title of its sheet."""
        for title, part in self.sheets.items():
            for table in self.related(part, "table"):
                yield title, self.tree(table)

    def names(self) -> dict[str, str]:
        """Each defined name and what it stands for."""
        found = self.tree("xl/workbook.xml").iter(f"{MAIN}definedName")
        return {item.attrib["name"]: item.text or "" for item in found}


def faults(path: Path) -> list[str]:
    """Everything below, in one list."""
    book = Workbook.read(path)
    checks = (buttons, ribbon, headers, code_names, formulas, defined_names, machine_texts)
    return [fault for check in checks for fault in check(book)]


def buttons(book: Workbook) -> list[str]:
    """Each button runs a public Sub without parameters."""
    called = {
        f"[0]!{module}.{item.name}"
        for module, source in book.modules.items()
        for item in procedures_of(source)
        if item.public and item.kind == "Sub" and not item.parameters
    }
    return [
        f"{title}: no macro {shape.attrib['macro']}"
        for title, part in book.sheets.items()
        for drawing in book.related(part, "drawing")
        for shape in book.tree(drawing).iter(f"{DRAWING}sp")
        if shape.attrib.get("macro") not in called
    ]


def ribbon(book: Workbook) -> list[str]:
    """Each callback of the ribbon is a public Sub that takes the control, and ids are unique."""
    if "customUI/customUI.xml" not in book.parts:
        return []
    wanted = ("Sub", "control As IRibbonControl", True)
    known = {
        f"{module}.{item.name}"
        for module, source in book.modules.items()
        for item in procedures_of(source)
        if (item.kind, item.parameters, item.public) == wanted
    }
    tree = book.tree("customUI/customUI.xml")
    called = [item.attrib["onAction"] for item in tree.iter() if "onAction" in item.attrib]
    ids = [item.attrib["id"] for item in tree.iter() if "id" in item.attrib]
    found = [f"ribbon: no callback {name}" for name in called if name not in known]
    found += [f"ribbon: {button.attrib['id']} does nothing" for button in tree.iter(f"{RIBBON}button")
              if "onAction" not in button.attrib]  # fmt: skip
    return found + [
        f"ribbon: two controls {name}" for name in sorted({name for name in ids if ids.count(name) > 1})
    ]


def headers(book: Workbook) -> list[str]:
    """Each table's header cells hold the names of its columns."""
    found = []
    for title, table in book.tables():
        left, top, right, _ = range_boundaries(table.attrib["ref"])
        cells = book.cells(title)
        shown = [cells.get(f"{get_column_letter(column)}{top}", "") for column in range(left, right + 1)]
        named = [column.attrib["name"] for column in table.iter(f"{MAIN}tableColumn")]
        if shown != named:
            found.append(f"table {table.attrib['name']}: header {shown}, columns {named}")
    return found


def code_names(book: Workbook) -> list[str]:
    """The workbook and each sheet have a module, and each such module has its sheet."""
    if "xl/vbaProject.bin" not in book.parts:
        return []
    workbook = book.tree("xl/workbook.xml").find(f"{MAIN}workbookPr")
    named = [workbook.attrib.get("codeName", "") if workbook is not None else ""]
    for part in book.sheets.values():
        properties = book.tree(part).find(f"{MAIN}sheetPr")
        named.append(properties.attrib.get("codeName", "") if properties is not None else "")
    documents = re.findall(r"^Document=(\w+)/", book.project, re.MULTILINE)
    if sorted(named) != sorted(documents):
        return [f"code names {named}, modules {documents}"]
    return [f"no stream for the module {name}" for name in named if name not in book.modules]


def _formula_texts(book: Workbook) -> Iterator[tuple[str, str]]:
    """Every formula of the workbook, without its equals sign, and where it stands."""
    for title, part in book.sheets.items():
        for cell in book.tree(part).iter(f"{MAIN}c"):
            formula = cell.find(f"{MAIN}f")
            if formula is not None and formula.text:
                yield f"{title}!{cell.attrib['r']}", formula.text
        for kind in ("formula", "formula1", "formula2"):
            for formula in book.tree(part).iter(f"{MAIN}{kind}"):
                yield f"{title}, rule", formula.text or ""
    for _, table in book.tables():
        for formula in table.iter(f"{MAIN}calculatedColumnFormula"):
            yield f"table {table.attrib['name']}", formula.text or ""


def formulas(book: Workbook) -> list[str]:
    """Each formula parses, and calls and names nothing that is not there."""
    tables = {
        table.attrib["name"]: {column.attrib["name"] for column in table.iter(f"{MAIN}tableColumn")}
        for _, table in book.tables()
    }
    own = {function.name for function in functions()}
    known = Known(book.sheets, book.names(), tables, own)
    texts = _formula_texts(book)
    return [f"{where}: ={text}: {fault}" for where, text in texts if (fault := formula_fault(text, known))]


def defined_names(book: Workbook) -> list[str]:
    """Each defined name stands for cells of a sheet that is there."""
    known = Known(book.sheets, (), {})
    return [
        f"name {name}: {fault}"
        for name, text in book.names().items()
        for area in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", text)
        if (fault := known.fault_of_reference(area))
    ]


def machine_texts(book: Workbook) -> list[str]:
    """No part holds a path, an address or a name of the machine or the person that built it."""
    found = []
    for name, content in book.parts.items():
        texts = [content.decode("utf-8", "replace")]
        if name == "xl/vbaProject.bin":
            texts = _project_texts(content)
        for text in texts:
            rest = text
            for path in LIBRARY_PATHS:
                rest = rest.replace(path, "")
            found += [f"{name}: {match[0][:80]!r}" for match in MACHINE.finditer(rest)]
    core = book.tree("docProps/core.xml")
    people = {item.text for item in core if item.tag.rpartition("}")[2] in {"creator", "lastModifiedBy"}}
    return found + [f"docProps/core.xml: {person}" for person in people - {"clv_xl"}]


def _project_texts(content: bytes) -> list[str]:
    """What a person could read in each stream: as it is, unpacked, in one byte a letter and in two.

    The modules of others are published text, compared with their source elsewhere.
    """
    texts = []
    with olefile.OleFileIO(io.BytesIO(content)) as project:
        for entry in project.listdir():
            stream = project.openstream(entry).read()
            if entry[-1] in {"xlwings", "Dictionary"}:
                continue
            if entry[0] == "VBA" and entry[-1] != "_VBA_PROJECT":
                stream = unpacked(stream)
            texts.append("/".join(entry) + "\n" + stream.decode("latin-1"))
            texts += [stream[start:].decode("utf-16-le", "replace") for start in (0, 1)]
    return texts
