"""Runs the add-in's VBA in LibreOffice, whose Basic knows the language of VBA."""

from __future__ import annotations

import html
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from tests.office import TIMEOUT_SECONDS, OfficeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="{name}" \
script:language="StarBasic" script:moduleType="normal">{text}</script:module>
"""
_IN_A_WORKBOOK = """Option Explicit
Sub Main()
    Dim book, script, name, outputs, places, none()
    On Error GoTo failed
    book = StarDesktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, none())
    book.BasicLibraries.VBACompatibilityMode = True
    For Each name In Array({names})
        book.BasicLibraries.getByName("Standard").insertByName(name, TextOf("{folder}/" & name & ".bas"))
    Next name
    script = book.getScriptProvider().getScript( _
        "vnd.sun.star.script:Standard.Check.Main?language=Basic&location=document")
    script.invoke(Array(), outputs, places)
failed:
    StarDesktop.terminate
End Sub

Function TextOf(path As String) As String
    Dim text As String, line As String
    Open path For Input As #2
    Do While Not EOF(2)
        Line Input #2, line
        text = text & line & Chr$(10)
    Loop
    Close #2
    TextOf = text
End Function
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" \
library:readonly="false" library:passwordprotected="false">{elements}</library:library>
"""


class Basic:
    """LibreOffice with macros of a profile of its own."""

    def __init__(self, program: Path, profile: Path) -> None:
        self._command = [
            str(program),
            f"-env:UserInstallation={profile.resolve().as_uri()}",
            *("--headless", "--norestore", "--nolockcheck"),
        ]
        self._library = profile.resolve() / "user" / "basic" / "Standard"
        # The first start makes the profile, and would write over what stood in its library.
        self._run("--terminate_after_init")

    def _run(self, *arguments: str) -> None:
        with subprocess.Popen(
            [*self._command, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as office:
            try:
                office.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                # what was started is a script: a dialog that nobody answers belongs to its child
                os.killpg(office.pid, signal.SIGKILL)
                raise

    def run(self, modules: Mapping[str, str], output: Path) -> str:
        """Run ``Sub Main`` of the module Check, which writes ``output``, and return what it wrote."""
        for name, text in modules.items():
            page = _MODULE.format(name=name, text=html.escape(_source(text), quote=False))
            (self._library / f"{name}.xba").write_text(page, encoding="utf-8")
        elements = "".join(f'<library:element library:name="{name}"/>' for name in modules)
        (self._library / "script.xlb").write_text(_LIBRARY.format(elements=elements), encoding="utf-8")
        output.unlink(missing_ok=True)
        self._run("macro:///Standard.Check.Main")
        if not output.is_file():
            raise OfficeError("LibreOffice did not run the macro: a module of VBA does not compile.")
        return output.read_text(encoding="utf-8")

    def run_in_workbook(self, modules: Mapping[str, str], output: Path) -> str:
        """Do the same as :meth:`run` within a new workbook, where VBA finds sheets and ranges."""
        for name, text in modules.items():
            (output.parent / f"{name}.bas").write_text(_source(text), encoding="utf-8")
        names = ", ".join(f'"{name}"' for name in modules)
        return self.run({"Check": _IN_A_WORKBOOK.format(names=names, folder=output.parent)}, output)


def _source(text: str) -> str:
    # The editor of VBA reads the lines that begin so; no compiler sees them.
    lines = (line for line in text.splitlines() if not line.startswith("Attribute "))
    return "Option VBASupport 1\n" + "\n".join(lines)
