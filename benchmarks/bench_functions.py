"""``=RFM()`` over 100,000 order rows in a cell, route by route, against the bare metric in the same run.

    python benchmarks/bench_functions.py [--rows 100000] [--runs 5] [--dry-run]

Every call has other orders, so that no result is taken from an earlier one. The hosts are the simulated ones of
``tests/excel_hosts``: what runs in them is xlwings' own code. Classic is measured in Python, from what COM hands
over to what it takes back; the server in JavaScript, from the call of the function to its result. The transfer
between Excel and either of them is not in it. The result is printed, and without --dry-run written into
``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
README = HERE / "README.md"
BEGIN, END = "<!-- functions:begin -->", "<!-- functions:end -->"

# The hosts belong to the tests, which are no installed package.
sys.path.insert(0, str(ROOT))

from clv_xl.excel.ranges import read_arguments  # noqa: E402
from clv_xl.excel.registry import find_function  # noqa: E402
from tests.excel_hosts.classic import ClassicExcel  # noqa: E402
from tests.excel_hosts.server import ServerExcel, why_not  # noqa: E402
from tests.excel_hosts.sheet import Cells, as_plain, column  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.registry import CellFunction

Orders = tuple[Cells, Cells, Cells]

# What the routes may take on a machine with two cores, in seconds.
TARGETS = {"classic": 1.0, "server": 1.5}
FIRST_CALL = "from clv_xl.excel.functions import CLV; CLV(800, 3, 6)"
NAMED = ("clv_xl.excel.functions", "numpy")


def shops(rows: int, count: int) -> list[Orders]:
    """Return the orders of as many shops: 8 rows a customer on average, dates as in cells, amounts in cents."""
    draw = random.Random(20_260_101)  # noqa: S311 # a shop, not a secret
    made = []
    for _ in range(count):
        customers = [f"C{draw.randrange(rows // 8):06}" for _ in range(rows)]
        dates = [dt.datetime(2022, 1, 1) + dt.timedelta(days=draw.randrange(1_400)) for _ in range(rows)]  # noqa: DTZ001 # a cell has no zone
        amounts = [draw.randrange(500, 90_000) / 100 for _ in range(rows)]
        made.append((column(*customers), column(*dates), column(*amounts)))
    return made


def timed(call: Callable[..., object], *arguments: Any) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def bare(function: CellFunction, orders: Orders) -> float:
    """Return the seconds of the metric alone: columns are read already, and its table is not made plain."""
    placed = [*map(as_plain, orders), *[None] * (len(function.arguments) - len(orders))]
    return timed(function.implementation, *read_arguments(function.name, function.arguments, placed).values)


def measure(rows: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds of each run by what was measured; the first run of each is not counted."""
    function = find_function("RFM")
    given = shops(rows, runs + 1)
    found: dict[str, list[float]] = {"bare": [], "plain": []}
    with ClassicExcel() as classic:
        found["classic"] = classic.seconds(function.name, [list(orders) for orders in given])
    if reason := why_not():
        print(f"Without the server: {reason}", file=sys.stderr)
    else:
        found["server"] = []
        with ServerExcel() as server:
            for orders in given:
                rows_shown = server(function.name, *orders)
                if not isinstance(rows_shown, list):
                    raise SystemExit(f"the server gave {rows_shown}: {server.reason}")
                found["server"].append(server.seconds)
    for orders in given:
        found["bare"].append(bare(function, orders))
        found["plain"].append(timed(function.outcome, *map(as_plain, orders)))
    return {name: seconds[1:] for name, seconds in found.items()}


def start_up() -> dict[str, float]:
    """Return what the first ``=CLV()`` of a new Python takes: seconds in all, and of its imports by name."""
    command = [sys.executable, "-X", "importtime", "-c", FIRST_CALL]
    empty = min(timed(subprocess.run, [sys.executable, "-c", ""]) for _ in range(3))
    whole = min(timed(subprocess.run, [sys.executable, "-c", FIRST_CALL]) for _ in range(3))
    log = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr
    found = {"all": whole - empty}
    for name in NAMED:
        line = re.search(rf"\| +(\d+) \| *{re.escape(name)}$", log, flags=re.MULTILINE)
        if line is None:
            raise SystemExit(f"{name} is not imported by =CLV()")
        found[name] = int(line[1]) / 1e6
    return found


def _row(name: str, seconds: list[float], metric: float, target: str) -> str:
    spread = f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
    return f"| {name} | {spread} | {median(seconds) / metric:.1f} | {target} |"


def markdown(rows: int, seconds: dict[str, list[float]], start: dict[str, float]) -> str:
    """Return the result as a page shows it."""
    names = {
        "bare": "the metric alone",
        "plain": "plain Python: lists of cells in, rows out",
        "classic": "classic xlwings, its Python side",
        "server": "xlwings Server, HTTP and JSON included",
    }
    metric = median(seconds["bare"])
    lines = "\n".join(
        _row(words, seconds[name], metric, f"{TARGETS[name]} s" if name in TARGETS else "")
        for name, words in names.items()
        if name in seconds
    )
    software = ", ".join(f"{name} {metadata.version(name)}" for name in ("clv-xl", "duckdb", "xlwings"))
    runs = len(seconds["bare"])
    return f"""`=RFM(customers, dates, amounts)` over {rows:,} rows; median (smallest to largest) of {runs} calls each.

| | seconds | times the metric | target |
|---|---|---|---|
{lines}

The first `=CLV()` of a new Python takes {start["all"]:.2f} s more than an empty program. Under `-X importtime`, \
which slows it a little,
importing `clv_xl.excel.functions` takes {start["clv_xl.excel.functions"]:.2f} s, {start["numpy"]:.2f} s of them for \
NumPy; DuckDB, pandas and SciPy wait for the first
function that groups orders.

Machine: {_cores()} cores, {platform.system()}. Python {platform.python_version()}, {software}."""


def _cores() -> int:
    """Return how many cores this program may use, as `taskset` leaves them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_result(page: str, result: str) -> str:
    """Return a page with what stands between the markers replaced."""
    begin, end = page.find(BEGIN), page.find(END)
    if not 0 <= begin < end:
        raise SystemExit(f"{README.name} needs the lines {BEGIN} and {END}, in this order")
    return f"{page[: begin + len(BEGIN)]}\n{result}\n{page[end:]}"


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="rows of orders (default 100000)")
    parser.add_argument("--runs", type=int, default=5, help="counted calls on each route (default 5)")
    parser.add_argument(
        "--dry-run", action="store_true", help="only print; leave benchmarks/README.md as it is"
    )
    arguments = parser.parse_args()
    if arguments.runs < 1 or arguments.rows < 8:  # a shop has a customer for each 8 rows
        parser.error("--runs must be 1 or more, and --rows 8 or more")
    result = markdown(arguments.rows, measure(arguments.rows, arguments.runs), start_up())
    print(result)
    if not arguments.dry_run:
        README.write_text(with_result(README.read_text(encoding="utf-8"), result), encoding="utf-8")


if __name__ == "__main__":
    main()
