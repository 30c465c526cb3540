"""xlwings Lite, simulated in a process of its own: runs ``main.py`` of a workbook in the xlwings that Lite is made of.

On stdin: {"main": its text, "absent": packages that are not there, "calls": [[function, matrix, ...], ...]}.
On stdout: the functions that Excel is told of, what each call gives, and what was imported after all.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import types
from typing import Any


class Absent:
    """Packages that cannot be imported."""

    def __init__(self, names: list[str]) -> None:
        self._names = set(names)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main() -> None:
    # Lite's add-in stands for these; they hold in this process only.
    os.environ.update({"XLWINGS_LICENSE_KEY": "noncommercial", "XLWINGS_ON_SERVER": "true"})
    request = json.load(sys.stdin)
    sys.meta_path.insert(0, Absent(request["absent"]))
    workbook = types.ModuleType("main")
    exec(request["main"], workbook.__dict__)

    import xlwings
    import xlwings.server
    import xlwings.utils

    def call(function: str, *arguments: Any) -> dict[str, Any]:
        data = {"func_name": function, "args": list(arguments), "version": xlwings.__version__}
        data |= {"client": "Office.js", "runtime": "1.4", "date_format": "m/d/yyyy"}
        try:
            return {"result": asyncio.run(xlwings.server.custom_functions_call(data, workbook))}
        except xlwings.XlwingsError as error:
            return {"error": str(error)}

    told = xlwings.server.custom_functions_meta(workbook)["functions"]
    shown = {
        "functions": sorted(item["name"] for item in told),
        "answers": [call(*item) for item in request["calls"]],
        "blank_check": xlwings.utils.is_jsnull.__module__,
    }
    json.dump(shown, sys.stdout)


if __name__ == "__main__":
    main()
