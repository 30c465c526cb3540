"""The parts that make a written workbook macro-enabled: its VBA project, its ribbon, and what points to them.

openpyxl carries these over from an older file but cannot make them. Here they are added to the parts that it
wrote: the project as built from text, one more relation for each, and the content type of a workbook with
macros or of an add-in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final, Literal, cast

from openpyxl.xml.functions import Element, SubElement, fromstring, tostring

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.workbook.package import Package
    from clv_xl.workbook.sheet import Book

__all__ = [
    "BOOK_CODE_NAME",
    "Macros",
    "Module",
    "add_macros",
    "check_macros",
    "code_name",
    "procedures",
    "read_module",
]

BOOK_CODE_NAME: Final = "ThisWorkbook"
"""What the module of the workbook itself is called: Excel's own name in every language."""

_PROJECT_PART: Final = "xl/vbaProject.bin"
_PROJECT_TYPE: Final = "application/vnd.ms-office.vbaProject"
_PROJECT_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_PART: Final = "customUI/customUI.xml"
_RIBBON_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_BOOK_TYPE: Final = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADDIN_TYPE: Final = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_APPLICATION: Final = (
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>clv_xl</Application></Properties>"
)
_NAME: Final = re.compile(r'^Attribute VB_Name = "([A-Za-z]\w{0,30})"$', re.MULTILINE)
_DOCUMENT: Final = re.compile(r"^Attribute VB_PredeclaredId = True$", re.MULTILINE)
_PROCEDURE: Final = re.compile(
    r"^(?:Public +)?(?:Static +)?Sub +(\w+) *(\(.*\))", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of VBA as the editor exports it, attributes included, lines ending with a line feed.

    A "document" is the module of the workbook or of a sheet, named by its code name.
    """

    name: str
    text: str
    kind: Literal["standard", "class", "document"] = "standard"


@dataclass(frozen=True, slots=True)
class Macros:
    """What a workbook needs to run macros.

    Attributes
    ----------
    modules : tuple of Module
        Its VBA. The workbook and each sheet have a module in any case.
    ribbon : str, optional
        The XML of its part of the ribbon.
    addin : bool, default False
        True makes an add-in, which Excel keeps hidden.
    """

    modules: tuple[Module, ...]
    ribbon: str | None = None
    addin: bool = False


def read_module(path: Path) -> Module:
    """Read a .bas or .cls file.

    Raises
    ------
    ValueError
        If it is not named by its first attribute, or holds letters that VBA cannot.
    """
    text = path.read_text(encoding="cp1252")
    name = _NAME.search(text)
    if name is None:
        message = f"{path.name} has no line that says Attribute VB_Name, which every export of the editor has"
        raise ValueError(message)
    if path.suffix == ".bas":
        return Module(name[1], text)
    return Module(name[1], text, "document" if _DOCUMENT.search(text) else "class")


def code_name(number: int) -> str:
    """Return the code name of the sheet of that number, the first being 1.

    Examples
    --------
    >>> code_name(1)
    'Sheet1'
    """
    return f"Sheet{number}"


def procedures(module: Module) -> dict[str, str]:
    r"""Return what can be called from outside a module: the name of each public Sub, and its parameters.

    Examples
    --------
    >>> procedures(Module("Main", "Public Sub Go()\nEnd Sub\nPrivate Sub Stay()\nEnd Sub\n"))
    {'Go': '()'}
    """
    return dict(_PROCEDURE.findall(module.text))


def check_macros(book: Book, macros: Macros | None) -> None:
    """Refuse a button without its macro, and modules that contradict each other or the sheets.

    Raises
    ------
    ValueError
        A mistake of ours, not of the data: Excel would tell it to the user who clicks.
    """
    modules = () if macros is None else macros.modules
    called = {
        f"{module.name}.{name}": given for module in modules for name, given in procedures(module).items()
    }
    for sheet in book.sheets:
        for button in sheet.buttons:
            if called.get(button.macro) != "()":
                message = (
                    f"sheet {sheet.title}, button {button.caption!r}: no module has a macro {button.macro}"
                )
                raise ValueError(message)
    names = [module.name.lower() for module in modules]
    documents = [BOOK_CODE_NAME, *(code_name(number) for number in range(1, len(book.sheets) + 1))]
    for module in modules:
        if names.count(module.name.lower()) > 1:
            message = f"two modules are called {module.name}"
            raise ValueError(message)
        if (module.kind == "document") != (module.name in documents):
            message = (
                f"module {module.name} is a {module.kind} one, but the documents are {', '.join(documents)}"
            )
            raise ValueError(message)


def add_macros(package: Package, macros: Macros, project: bytes) -> None:
    """Add the VBA project and the ribbon to the parts of a written workbook."""
    # openpyxl names its own version there, and the file shall be the same with the next one
    package.rewrite("docProps/app.xml", lambda _: _APPLICATION)
    package.writestr(_PROJECT_PART, project)
    package.rewrite(
        "xl/_rels/workbook.xml.rels", lambda xml: _related(xml, _PROJECT_RELATION, "vbaProject.bin")
    )
    if macros.ribbon is not None:
        package.writestr(_RIBBON_PART, macros.ribbon)
        package.rewrite("_rels/.rels", lambda xml: _related(xml, _RIBBON_RELATION, _RIBBON_PART))
    package.rewrite(
        "[Content_Types].xml", lambda xml: _typed(xml, _ADDIN_TYPE if macros.addin else _BOOK_TYPE)
    )


def _related(xml: bytes, kind: str, target: str) -> bytes:
    tree = fromstring(xml)
    ids = {relation.get("Id") for relation in tree}
    free = next(name for name in map("rId{}".format, count(1)) if name not in ids)
    SubElement(tree, tree[0].tag, {"Type": kind, "Target": target, "Id": free})
    return cast("bytes", tostring(tree))


def _typed(xml: bytes, main: str) -> bytes:
    tree = fromstring(xml)
    part = next(item for item in tree if item.get("PartName") == "/xl/workbook.xml")
    part.set("ContentType", main)
    # the defaults come before the parts
    tree.insert(0, Element(tree[0].tag, {"Extension": "bin", "ContentType": _PROJECT_TYPE}))
    return cast("bytes", tostring(tree))
