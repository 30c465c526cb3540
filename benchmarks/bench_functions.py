"""``=RFM()`` over 100,000 order rows in a cell, route by route, against the bare metric in the same run.

    python benchmarks/bench_functions.py [--rows 100000] [--runs 5] [--dry-run]

Every call has other orders, so that no result is taken from an earlier one. The hosts are the simulated ones of
``tests/excel_hosts``: what runs in them is xlwings' own code. Classic is measured in Python, from what COM hands
over to what it takes back; the server in JavaScript, from the call of the function to its result. The transfer
between Excel and either of them is not in it. The result is printed, and without --dry-run written into
``benchmarks/README.md``.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring import ROOT, machine, options, publish

# The hosts belong to the tests, which are no installed package.
sys.path.insert(0, str(ROOT))

from clv_xl.excel.ranges import read_arguments
from clv_xl.excel.registry import find_function
from tests.excel_hosts.classic import ClassicExcel
from tests.excel_hosts.server import ServerExcel, why_not
from tests.excel_hosts.sheet import Cells, as_plain, column

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.registry import CellFunction

Orders = tuple[Cells, Cells, Cells]

# What the routes may take on a machine with two cores, in seconds.
TARGETS = {"classic": 1.0, "server": 1.5}


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


def _row(name: str, seconds: list[float], metric: float, target: str) -> str:
    spread = f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
    return f"| {name} | {spread} | {median(seconds) / metric:.1f} | {target} |"


def markdown(rows: int, seconds: dict[str, list[float]]) -> str:
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
    runs = len(seconds["bare"])
    return f"""`=RFM(customers, dates, amounts)` over {rows:,} rows; median (smallest to largest) of {runs} calls each.

| | seconds | times the metric | target |
|---|---|---|---|
{lines}

{machine("clv-xl", "duckdb", "xlwings")}"""


def main() -> None:
    """Measure, print, and write the page."""
    parser = options(__doc__, runs=5)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of orders (default 100000)")
    arguments = parser.parse_args()
    if arguments.rows < 8:  # a shop has a customer for each 8 rows
        parser.error("--rows must be 8 or more")
    result = markdown(arguments.rows, measure(arguments.rows, arguments.runs))
    publish("functions", result, dry_run=arguments.dry_run)


if __name__ == "__main__":
    main()
