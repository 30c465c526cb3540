"""Build the add-in and the template from text: ``python -m clv_xl.excel.build [--check]``.

Their VBA and ribbon stand as text in ``install/vba`` and ``workbook_templates/vba``; xlwings' own VBA comes from
the installed package. The same text gives the same bytes on every machine, which ``--check`` makes sure of.
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import UsageError
from clv_xl.excel.help_sheet import help_sheet
from clv_xl.excel.renewal import renew_or_check
from clv_xl.excel.template import whole_template
from clv_xl.workbook.macros import Macros, Module, read_module
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Book
from clv_xl.workbook.shipped import ADDIN, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["addin_book", "addin_macros", "main", "template_macros", "xlwings_class"]

_ADDIN_TEXTS: Final = Path("install", "vba")
_TEMPLATE_TEXTS: Final = Path("workbook_templates", "vba")
_CREATED: Final = date(2025, 1, 1)
_PROJECT: Final = "clv_xl"
# A class with an instance of its own is called as the module was, but neither a formula nor a button of a mailed
# workbook can reach it. As public functions, RunPython and its kin would let both start any program.
_CLASS: Final = """VERSION 1.0 CLASS
BEGIN
  MultiUse = -1  'True
END
Attribute VB_Name = "xlwings"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = True
Attribute VB_Exposed = False
'Changed by clv_xl: a class instead of a module; PROJECT_NAME; GetConfig reads the user's own file only, no name of a
'workbook gets on a command line, and Python looks for modules neither beside a workbook nor in the current folder,
'because a workbook that was mailed must not say which program is started.
"""
_CHANGES: Final = (
    (r'^Attribute VB_Name = "xlwings"\n', _CLASS, 1),
    (
        r'^Public Const PROJECT_NAME As String = "myaddin"$',
        f'Private Const PROJECT_NAME As String = "{_PROJECT}"',
        1,
    ),
    (r'(?<=Optional source As String = )""(?=\) As Variant$)', '"user"', 1),
    # what a class may not show to others, and what others have to see of it
    (r"^Public Const(?= XLWINGS_VERSION)", "Private Const", 1),
    (r"^( +)Declare\b", r"\1Private Declare", 5),
    (r"^Private(?= Sub CleanUp\(\)$)", "Public", 1),
    # No name of a workbook gets on a command line, where a shell would carry out what stands in it: Python needs it
    # only to look for modules beside the workbook, which it must not. What follows the fifth ";" are the user's own
    # folders; an empty one would be the current folder.
    (
        r'^( +)PYTHONPATH = AddExcelDir & ";" & Active\w+(?:\.FullName)? & .*$',
        r'\1PYTHONPATH = "false;;;;;" & IIf(GetConfig("PYTHONPATH") = "", "", ";" & GetConfig("PYTHONPATH"))',
        3,
    ),
    (r'(?<=^    ParameterString = PYTHONPATH) \+ ";"$', "", 1),
    # no module out of the folder that Excel happens to be in
    (r'(?<=" )(?=-B -c ")', "-P ", 2),
    (r'(?<=^    ParameterString = ParameterString \+ "\|" \+ PythonInterpreter)$', ' + " -P"', 1),
    # sheets named like "mine.py" are sheets
    (r"^( {16})uses_embedded_code = True$", r"\1uses_embedded_code = False", 1),
)


def xlwings_class(text: str) -> Module:
    """Return xlwings' module for add-ins as ours needs it: as a class, with settings of its own.

    Parameters
    ----------
    text : str
        The file ``xlwings_custom_addin.bas`` of the installed xlwings.

    Raises
    ------
    UsageError
        If a line that is changed is not there as often as in the pinned xlwings.
    """
    for pattern, new, times in _CHANGES:
        text, found = re.subn(pattern, new, text, flags=re.MULTILINE)
        if found != times:
            raise UsageError(
                f"The VBA of xlwings has {found} lines like {pattern}, and should have {times}. xlwings has "
                "changed: adapt clv_xl/excel/build.py to it."
            )
    return Module("xlwings", text, "class")


def addin_macros() -> Macros:
    """Return the VBA and the ribbon of the add-in."""
    spec = find_spec("xlwings")
    if spec is None or spec.origin is None:
        raise UsageError("xlwings is not installed. Run: pip install -e '.[dev]'")
    theirs = Path(spec.origin).parent
    modules = (
        xlwings_class(read_module(theirs / "xlwings_custom_addin.bas").text),
        read_module(theirs / "addin" / "Dictionary.cls"),
        *_modules(_ADDIN_TEXTS),
    )
    return Macros(modules, (_ADDIN_TEXTS / "ribbon.xml").read_text(encoding="utf-8"), addin=True)


def template_macros() -> Macros:
    """Return the VBA of the template: a few lines, which call the add-in."""
    return Macros(_modules(_TEMPLATE_TEXTS))


def _modules(folder: Path) -> tuple[Module, ...]:
    return tuple(read_module(path) for path in sorted(folder.iterdir()) if path.suffix in {".bas", ".cls"})


def addin_book() -> Book:
    """Return the book of the add-in: nobody sees it, but its sheet is copied for "Functions help"."""
    return Book("clv_xl", _CREATED, (help_sheet("Functions"),))


def _build(*, check: bool) -> int:
    if not _ADDIN_TEXTS.is_dir():
        raise UsageError(f"There is no folder {_ADDIN_TEXTS} here. Run this in the folder of the project.")
    stale = 0
    for path, book, macros in (
        (ADDIN, addin_book(), addin_macros()),
        (TEMPLATE, whole_template(), template_macros()),
    ):
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder, path.name)
            write_book(book, built, macros)
            content = built.read_bytes()
        if path.is_file() and path.read_bytes() == content:
            continue
        stale += 1
        if check:
            sys.stderr.write(f"{path} is not what its text says. Run: make template\n")
        else:
            write_book(book, path, macros)
            sys.stdout.write(f"{path} written\n")
    return 1 if check and stale else 0


def main(arguments: Sequence[str]) -> int:
    """Build or check both files; return the exit code.

    Parameters
    ----------
    arguments : sequence of str
        Nothing, or ``--check``.

    Returns
    -------
    int
        0 when all is well, 1 when ``--check`` finds a stale file, else the exit code of the error.

    Examples
    --------
    >>> main(["--chek"])
    2
    """
    return renew_or_check(arguments, "clv_xl.excel.build", lambda check: _build(check=check))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
