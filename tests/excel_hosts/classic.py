"""Excel on Windows, simulated: xlwings' own Windows code in another process, and our VBA after it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.excel_hosts.sheet import MISSING, Cells, Err

if TYPE_CHECKING:
    from types import TracebackType

WORKER = Path(__file__).with_name("classic_worker.py")
MARK = "\ue000"


class ClassicExcel:
    """A cell in classic Excel: ``excel("CLV", 800, 3, 6)`` is what ``=CLV(800,3,6)`` shows."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.reason = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def _ask(self, *request: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        pickle.dump(request, self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)

    def raw(self, function: str, *arguments: Any) -> Any:
        """What VBA receives from Python."""
        return self._ask("call", function, [_tagged(item) for item in arguments])

    def __call__(self, function: str, *arguments: Any) -> Any:
        """What the cell shows: a value, an error, or rows of these. ``reason`` then tells what ClvExplain shows."""
        found = self.raw(function, *arguments)
        assert not isinstance(found, tuple), f"{function} raised into Excel: {found[1]}"
        self.reason = ""
        if isinstance(found, list):
            # A table of one row arrives as a row, and Excel spills it as one.
            rows = found if found and isinstance(found[0], list) else [found]
            return [[_real_error(value) if _is_marked(value) else value for value in line] for line in rows]
        if _is_marked(found):
            parts = found.split(MARK)
            self.reason = parts[2] if len(parts) > 2 else ""
            return _real_error(found)
        return found

    def do(self, what: str, text: str) -> str:
        """What fails when the ribbon asks for a module ("Module") or has a statement run ("Exec"), or nothing."""
        return self._ask("do", what, text)

    def generated_vba(self) -> str:
        """What xlwings' generator writes for our functions."""
        return self._ask("vba")

    def seconds(self, function: str, calls: list[list[Any]]) -> list[float]:
        """How long Python takes for each call, from what COM hands over to what it takes back."""
        return self._ask("time", function, [[_tagged(item) for item in arguments] for arguments in calls])


def _tagged(argument: Any) -> tuple[Any, ...]:
    if argument is MISSING:
        return ("missing",)
    if isinstance(argument, Cells):
        return ("range", [[_cell(value) for value in line] for line in argument.rows])
    return ("value", _cell(argument))


def _cell(value: Any) -> Any:
    return ("error", value.code) if isinstance(value, Err) else value


# Line by line what install/vba/ClvCells.bas does; test_excel_classic.py holds the two to each other.


def _is_marked(value: Any) -> bool:
    return isinstance(value, str) and value[:1] == MARK


def _real_error(marked: str) -> Err:
    code = marked.split(MARK)[1]
    return Err(code) if code in {"#N/A", "#NUM!"} else Err("#VALUE!")
