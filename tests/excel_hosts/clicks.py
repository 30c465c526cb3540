"""Clicks the button of a workbook in LibreOffice, with the add-in open beside it or not.

The macros that run are those of the template as it is built, and those of the add-in for its buttons. Stand-ins
replace xlwings, whose ``#If`` LibreOffice does not know, and MsgBox, which nobody would answer: each writes down what
it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.excel.build import addin_book, addin_macros
from clv_xl.workbook.macros import Macros, Module
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.shipped import ADDIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.excel_hosts.basic import Basic

_NOTE = """
Sub Note(text)
    Dim file
    file = FreeFile
    Open "{notes}" For Append As #file
    Print #file, Replace(text, Chr(10), "|")
    Close #file
End Sub
"""
_MESSAGE = 'Function MsgBox(text, Optional buttons, Optional title)\n    Note "told: " & text\nEnd Function\n'
_XLWINGS = """Attribute VB_Name = "xlwings"
Function RunPython(command)
    Note "ran: " & command
    RunPython = {answer}
End Function
Function GetConfig(key, Optional other)
    If key = "INTERPRETER_WIN" Then GetConfig = "{interpreter}"
End Function
Function GetConfigFilePath()
    GetConfigFilePath = "C:\\clv_xl.conf"
End Function
Function FileExists(path)
    FileExists = (path = "C:\\python.exe" Or path = "C:\\taken.xlsm")
End Function
Function XLPy()
    If {has_package} Then Set XLPy = New PythonServer
End Function
"""
_SERVER = """VERSION 1.0 CLASS
BEGIN
  MultiUse = -1  'True
END
Attribute VB_Name = "PythonServer"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Public Sub Module(name)
    Note "loaded: " & name
End Sub
"""
_CHECK = """
Sub Main()
    Dim arguments(1) As New com.sun.star.beans.PropertyValue
    Dim book, addin, modules, item, script, numbers(), values()
    On Error GoTo failed
    arguments(0).Name = "MacroExecutionMode": arguments(0).Value = 4
    arguments(1).Name = "FilterName": arguments(1).Value = "Calc MS Excel 2007 VBA XML"
{open_addin}
    book = StarDesktop.loadComponentFromURL("{template}", "_blank", 0, arguments())
    modules = book.BasicLibraries.getByName("VBAProject")
    modules.replaceByName("ClvTemplate", modules.getByName("ClvTemplate") & {message})
    {prepare}
{act}
    Note "done"
    finish
    Exit Sub
failed:
    Note "failed: " & Error$
    finish
End Sub

Sub finish()
    FileCopy "{notes}", "{output}"
    StarDesktop.terminate
End Sub
"""
_CLICK = """
    For Each item In book.Sheets.getByIndex(0).DrawPage.getByIndex(0).Events.getByName("OnClick")
        If item.Name = "Script" Then script = item.Value
    Next item
    Note "clicked: " & book.Sheets.getByIndex(0).DrawPage.getByIndex(0).String
    book.getScriptProvider().getScript(script).invoke(Array(), numbers, values)
"""
_CALLBACK = """
    script = "vnd.sun.star.script:VBAProject.{name}?language=Basic&location=document"
    addin.getScriptProvider().getScript(script).invoke(Array(Nothing), numbers, values)
"""
_OPEN = '    addin = StarDesktop.loadComponentFromURL("{addin}", "_blank", 0, arguments())'


@dataclass(frozen=True)
class Python:
    """What the add-in finds: which Python its settings name, whether that holds the package, and how a run ends."""

    interpreter: str = r"C:\python.exe"
    has_package: bool = True
    answer: str = "Empty"


@dataclass(frozen=True)
class Office:
    """LibreOffice with the template open, and with the add-in beside it unless there is no Python to ask."""

    basic: Basic
    folder: Path
    template: Path

    def click(self, python: Python | None, prepare: str = "") -> list[str]:
        """Click the first shape of the first sheet, and return what happened, a line each.

        ``prepare`` is Basic that may change ``book`` before the click.
        """
        return self._run(_CLICK, python, prepare)

    def choose(self, callback: str, python: Python, file_name: str = "") -> list[str]:
        """Run a callback of the ribbon, such as "ClvRibbon.OnAbout".

        ``file_name`` is what a user answers who is asked for one; without it the question is cancelled.
        """
        return self._run(_CALLBACK.format(name=callback), python, "", file_name)

    def _run(self, act: str, python: Python | None, prepare: str, file_name: str = "") -> list[str]:
        notes, output = self.folder / "notes.txt", self.folder / "clicks.txt"
        notes.unlink(missing_ok=True)
        # a copy: LibreOffice puts a lock beside what it opens
        template = self.folder / self.template.name
        template.write_bytes(self.template.read_bytes())
        note = _NOTE.format(notes=notes)
        opened = ""
        if python is not None:
            opened = _OPEN.format(addin=_addin(self.folder, python, note, file_name).as_uri())
        check = _CHECK.format(
            open_addin=opened,
            template=template.as_uri(),
            message=_text(_MESSAGE + note),
            prepare=prepare,
            act=act,
            notes=notes,
            output=output,
        )
        return self.basic.run({"Check": check + note}, output).splitlines()


def _addin(folder: Path, python: Python, note: str, file_name: str) -> Path:
    """Build the add-in with its own macros for the buttons, and stand-ins for what LibreOffice cannot run."""
    modules = {module.name: module for module in addin_macros().modules}
    xlwings = _XLWINGS.format(
        answer=python.answer, interpreter=python.interpreter, has_package=python.has_package
    )
    answer = " & ".join(f"ChrW$({code})" for code in _utf16(file_name)) or "False"
    asked = f"Function AskForName(suggested)\n    AskForName = {answer}\nEnd Function\n"
    main = modules["ClvMain"].text.replace("Application.GetSaveAsFilename(", "AskForName(")
    kept = (
        Module("xlwings", xlwings + note),
        Module("PythonServer", _SERVER + note, "class"),
        Module("ClvMain", main + _MESSAGE + asked + note),
        modules["ClvRibbon"],
        modules["ClvPython"],
    )
    path = folder / ADDIN.name
    write_book(addin_book(), path, Macros(kept, addin=True))
    return path


def _utf16(text: str) -> list[int]:
    """Return the letters of a text as VBA counts them."""
    data = text.encode("utf-16-le")
    return [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]


def _text(source: str) -> str:
    """Return a text of several lines as an expression of Basic."""
    lines = ('"' + line.replace('"', '""') + '"' for line in source.splitlines())
    return "Chr(10) & " + " & Chr(10) & ".join(lines) + " & Chr(10)"
