"""How long it takes until something is done at all, beside a bare Python and the libraries, in the same run.

    python benchmarks/bench_start.py [--runs 15] [--dry-run] [--check]

Each line is a process of its own, all in turns; shown is the quickest, since whatever else the machine does only adds.
Bytecode is compiled before the first run, as it is after an installation. ``=CLV()`` is measured in a Python that has
imported xlwings, as the one that Excel calls has: what is left is our own share. --check ends with an error where a
line takes more of the bare Python than its ceiling.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import sys
import tempfile
from pathlib import Path

from bench_report import our_program
from measuring import CACHE, ROOT, hold, machine, options, publish, run, table

CLV = """
import time
{first}
begun, cpu = time.perf_counter(), time.process_time()
from clv_xl.excel.functions import CLV
CLV(800, 3, 6)
print([time.perf_counter() - begun, time.process_time() - cpu])
"""
BARE = "Python without a program"
HELP = "`clv-xl --help`"
FIRST_CLV = "the first `=CLV()`, after importing xlwings"
REPORT = "`clv-xl report`, 10 customers"
TARGETS = {HELP: 0.15, FIRST_CLV: 0.1}
# times a bare Python, in CPU seconds: what --check allows, about 1.6 times what was measured
CEILINGS = {HELP: 9.0, FIRST_CLV: 10.0}


def programs(folder: Path) -> dict[str, list[str | Path]]:
    """Return the command of each line."""
    python = sys.executable
    found: dict[str, list[str | Path]] = {
        BARE: [python, "-c", ""],
        HELP: [our_program(), "--help"],
        "`import numpy`": [python, "-c", "import numpy"],
        "`import pandas`": [python, "-c", "import pandas"],
        "`import openpyxl`": [python, "-c", "import openpyxl"],
    }
    if importlib.util.find_spec("xlwings"):
        found["`import xlwings`"] = [python, "-c", "import xlwings"]
        found[FIRST_CLV] = [python, "-c", CLV.format(first="import xlwings")]
    run([our_program(), "sample", folder / "shop", "--customers", "10"])
    found[REPORT] = [
        our_program(),
        "report",
        folder / "shop" / "orders.csv",
        "-o",
        folder / "r.xlsx",
        "--quiet",
    ]
    return found


def measure(runs: int) -> dict[str, tuple[float, float]]:
    """Return seconds on the clock and CPU seconds of each line, the least of all runs."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(ROOT / "clv_xl", quiet=1)
    CACHE.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        commands = programs(Path(folder))
        for _ in range(runs):
            for name, command in commands.items():
                cost = run(command)
                took = tuple(json.loads(cost.printed)) if name == FIRST_CLV else (cost.seconds, cost.cpu)
                found.setdefault(name, []).append(took)
    return {name: (min(s for s, _ in costs), min(c for _, c in costs)) for name, costs in found.items()}


def markdown(found: dict[str, tuple[float, float]], runs: int) -> str:
    """Return the result as a page shows it."""
    bare = found[BARE][1]
    rows = [
        [
            name,
            f"{seconds:.3f}",
            f"{cpu:.3f}",
            f"{cpu / bare:.1f}",
            f"{TARGETS[name]} s" if name in TARGETS else "",
        ]
        for name, (seconds, cpu) in found.items()
    ]
    lines = table(["started", "seconds", "CPU seconds", "CPU, times a bare Python", "target"], rows)
    return f"""The quickest of {runs} starts each.

{lines}

{machine("clv-xl", "numpy", "pandas", "openpyxl", "xlwings")}"""


def main() -> None:
    """Measure, print, and write the page."""
    parser = options(__doc__, runs=15)
    parser.add_argument("--check", action="store_true", help="fail where a start is above its ceiling")
    arguments = parser.parse_args()
    found = measure(arguments.runs)
    publish("start", markdown(found, arguments.runs), dry_run=arguments.dry_run)
    if arguments.check:
        bare = found[BARE][1]
        # a ceiling is a floor of what is left of it
        room = {
            f"{name}, share of its ceiling left over": ceiling * bare / found[name][1]
            for name, ceiling in CEILINGS.items()
            if name in found
        }
        hold(room, dict.fromkeys(room, 1.0))


if __name__ == "__main__":
    main()
