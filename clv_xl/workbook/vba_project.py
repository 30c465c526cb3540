"""A VBA project from text, without Excel: what stands in ``xl/vbaProject.bin``.

pyOpenVBA makes it, and is needed by those who build the template and the add-in only; the built files are
shipped. The same modules give the same bytes.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook

from clv_xl.errors import UsageError
from clv_xl.workbook.macros import BOOK_CODE_NAME, code_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.workbook.macros import Module

__all__ = ["build_project"]


def build_project(modules: Iterable[Module], sheets: int) -> bytes:
    """Return the VBA project of a workbook.

    Parameters
    ----------
    modules : iterable of Module
        Its modules, in the order in which the editor shall list them.
    sheets : int
        How many sheets it has: each has a module, which is empty unless it is among the modules.

    Raises
    ------
    UsageError
        If pyOpenVBA is not installed.
    """
    try:
        from pyopenvba import ExcelFile, VBAModuleKind  # noqa: PLC0415 (needed to build only)
    except ImportError as error:
        raise UsageError(
            "A workbook with macros is built with pyOpenVBA, which is not installed. "
            "Run: pip install 'clv-xl[template]'"
        ) from error
    kinds = {"standard": VBAModuleKind.standard, "class": VBAModuleKind.other}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsm")
        _bare_book(path, sheets)
        with ExcelFile(path) as excel:
            project = excel.add_vba_project()
            # Each is set, to nothing at least: those of pyOpenVBA's own blank workbook hold what Excel once
            # compiled of it. A sheet with code could not be copied into a workbook without macros.
            documents = dict.fromkeys(project.module_names(), "")
            for module in modules:
                # the project holds Windows line ends, the text in the repository does not
                source = module.text.replace("\n", "\r\n")
                if module.kind == "document":
                    documents[module.name] = _without_header(source)
                else:
                    project.add_module(module.name, source, kind=kinds[module.kind])
            for name, source in documents.items():
                excel.set_module(name, source)
            excel.save()
        with zipfile.ZipFile(path) as archive:
            return archive.read("xl/vbaProject.bin")


def _without_header(source: str) -> str:
    """Return the code of a document's module: its attributes are Excel's own."""
    lines = source.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if line.startswith("Attribute VB_"))
    return "".join(lines[last + 1 :])


def _bare_book(path: Path, sheets: int) -> None:
    """Write a workbook with that many empty sheets, from which pyOpenVBA takes the code names."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.code_name = BOOK_CODE_NAME
    for number in range(1, sheets + 1):
        book.create_sheet().sheet_properties.codeName = code_name(number)
    book.save(path)
