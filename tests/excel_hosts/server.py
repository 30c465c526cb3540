"""Excel with xlwings Server, simulated: our server as a user starts it, and its JavaScript in Node.js."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.excel_hosts.sheet import EPOCH, MISSING, NULL, Cells, Err, serial

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

OFFICE = Path(__file__).with_name("office.mjs")
STARTS_WITHIN = 60
_KINDS = {"NotAvailable": "#N/A", "Num": "#NUM!", "Value": "#VALUE!"}
_NAMES = {
    "#DIV/0!": "Div0",
    "#N/A": "NotAvailable",
    "#NAME?": "Name",
    "#NULL!": "Null",
    "#NUM!": "Num",
    "#REF!": "Ref",
    "#VALUE!": "Value",
}


def why_not() -> str:
    """Why this machine cannot run the server and its JavaScript, or nothing."""
    if importlib.util.find_spec("xlwings_server") is None:
        return "xlwings Server is not installed (pip install '.[server]')"
    if shutil.which("node") is None:
        return "Node.js is not installed (Debian: apt install nodejs)"
    return ""


class RunningServer:
    """``python -m clv_xl.excel.server`` on a free port of this machine, until the end of the with block."""

    def __init__(
        self, *options: str | Path, cwd: Path | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self._tls = tls
        self._process = subprocess.Popen(
            [sys.executable, "-m", "clv_xl.excel.server", "--port", str(port), *options],
            # Only here: a test is no commercial use, and no other process may inherit the setting.
            env={**os.environ, "XLWINGS_LICENSE_KEY": "noncommercial"},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self.get("/")
            except urllib.error.URLError:
                assert self._process.poll() is None, f"the server ended with {self._process.returncode}"
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.05)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self.printed = self._process.communicate(timeout=30)[0]

    def get(self, path: str) -> str:
        """The text at a path."""
        with urllib.request.urlopen(f"{self.address}{path}", timeout=30, context=self._tls) as answer:
            return answer.read().decode()


class ServerExcel:
    """A cell in Excel with xlwings Server: ``excel("CLV", 800, 3, 6)`` is what ``=CLV(800,3,6)`` shows."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.server = self._stack.enter_context(RunningServer())
        self._node = self._stack.enter_context(
            subprocess.Popen(
                ["node", OFFICE, self.server.address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        )
        self.loaded: dict[str, list[str]] = self._line()
        self.reason = ""
        self.seconds = 0.0
        self.posts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._stack.close()

    def _line(self) -> Any:
        assert self._node.stdout
        line = self._node.stdout.readline()
        assert line, "Node.js ended"
        return json.loads(line)

    def raw(self, function: str, *arguments: Any) -> dict[str, Any]:
        """What the JavaScript gives to Excel."""
        assert self._node.stdin
        given = [_matrix(item) for item in arguments]
        self._node.stdin.write(json.dumps({"name": function, "args": given}) + "\n")
        self._node.stdin.flush()
        return self._line()

    def __call__(self, function: str, *arguments: Any) -> Any:
        """What the cell shows: a value, an error, or rows of these; ``reason`` is the text at its error sign."""
        shown = self.raw(function, *arguments)
        assert "fault" not in shown, f"{function} failed in JavaScript: {shown}"
        self.reason = shown.get("message", "")
        self.seconds = shown["seconds"]
        self.posts = shown["posts"]
        if "error" in shown:
            return Err(shown["error"])
        rows = [[_shown(value) for value in line] for line in shown["result"]]
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def _matrix(argument: Any) -> Any:
    """An argument as Office.js hands it to a function: null, or rows of cells."""
    if argument is MISSING:
        return None
    if isinstance(argument, Cells):
        return [[_cell(value) for value in line] for line in argument.rows]
    return [[_cell(argument)]]


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if value is NULL:
        return None
    if isinstance(value, dt.datetime):
        return serial(value)
    if isinstance(value, Err):
        return {
            "type": "Error",
            "basicType": "Error",
            "basicValue": value.code,
            "errorType": _NAMES[value.code],
        }
    return value


def _shown(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value["type"] == "Error":
        return Err(_KINDS[value["errorType"]])
    assert value["type"] == "FormattedNumber", value
    return EPOCH + dt.timedelta(days=value["basicValue"])
