"""Runs cell functions through xlwings' own Windows code, in a process of its own: see ``classic.py``.

Requests and answers are pickled on stdin and stdout. A request is a tuple: ("call", function, arguments) gives
what Excel's VBA would receive, or ("raised", text); ("vba",) gives what xlwings' generator writes;
("time", function, calls) gives the seconds of each call; ("do", what, text) does what the ribbon asks of xlwings, and
gives what Excel would show of its failure.
"""

from __future__ import annotations

import datetime as dt
import io
import pickle
import sys
import time
from pathlib import Path
from typing import Any

# As a program of its own it does not find the tests by itself.
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.excel_hosts import pywin32_stub

MODULE = "clv_xl.excel.classic"
ADD_IN = type("Workbook", (), {"Name": "clv_xl.xlam"})


def com_cell(value: Any) -> Any:
    """Return a cell as pywin32 hands it over."""
    if isinstance(value, tuple):
        return pywin32_stub.ERROR_CODES[value[1]]
    if isinstance(value, dt.datetime):
        return pywin32_stub.ComTime(*value.timetuple()[:6], tzinfo=dt.UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def com_argument(argument: tuple[Any, ...]) -> Any:
    kind = argument[0]
    if kind == "missing":
        return pywin32_stub.MISSING
    if kind == "range":
        return pywin32_stub.ExcelRange([[com_cell(value) for value in line] for line in argument[1]])
    return com_cell(argument[1])


def checked(value: Any) -> Any:
    """Return a cell of the answer as it can be pickled; refuse what COM or Excel would not take."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is not dt.UTC:
            raise TypeError(f"a time without the zone that pywin32 wants: {value!r}")
        return value.replace(tzinfo=None)
    if type(value) not in {str, float, int, bool}:
        raise TypeError(f"not a plain value: {value!r} of {type(value)}")
    if isinstance(value, int) and abs(value) >= 2**31:
        raise TypeError(f"wider than the whole numbers of VBA: {value!r}")
    return value


def call(host: Any, function: str, arguments: list[Any]) -> Any:
    try:
        return host.CallUDF(MODULE, function, tuple(arguments), None, None)
    except Exception as error:  # noqa: BLE001 - whatever escapes is what Excel would show as text
        return ("raised", f"{type(error).__name__}: {error}")


def answer(host: Any, request: tuple[Any, ...]) -> Any:
    if request[0] == "call":
        found = call(host, request[1], [com_argument(item) for item in request[2]])
        if isinstance(found, tuple):
            return found
        if isinstance(found, list):
            return [
                [checked(value) for value in line] if isinstance(line, list) else checked(line)
                for line in found
            ]
        return checked(found)
    if request[0] == "do":
        try:
            getattr(host, request[1])(request[2])
        except Exception as error:  # noqa: BLE001 - whatever escapes is what Excel would show as text
            return f"{type(error).__name__}: {error}"
        return ""
    if request[0] == "time":
        seconds = []
        for arguments in request[2]:
            converted = [com_argument(item) for item in arguments]
            start = time.perf_counter()
            found = call(host, request[1], converted)
            seconds.append(time.perf_counter() - start)
            if not isinstance(found, list):
                raise TypeError(f"{request[1]} gave {found!r}")
        return seconds
    import xlwings.udfs

    if request[0] == "vba":
        written = io.StringIO()
        module = xlwings.udfs.get_udf_module(MODULE, None)
        xlwings.udfs.generate_vba_wrapper(MODULE, module, written, ADD_IN)
        return written.getvalue()
    raise ValueError(request)


def main() -> None:
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not end up between two answers.
    sys.stdout = sys.stderr
    host = pywin32_stub.import_classic_xlwings().XLPython()
    while True:
        try:
            request = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(answer(host, request), answers)
        answers.flush()


if __name__ == "__main__":
    main()
