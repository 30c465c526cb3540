"""From an order file to a workbook, by size: ``clv-xl report`` against pandas and lifetimes, in the same run.

    python benchmarks/bench_report.py [--sizes 10k,100k,1M] [--narrow 1M] [--peers-up-to 1M] [--runs 3] [--dry-run]
        [--check]

Every program runs in a process of its own, all in turns and another one first each time, so that a busy moment of
the machine does not meet only one of them. Shown are seconds on the clock, CPU seconds, the peak of resident memory
of the process with its children, and the ratio within each turn. 10M has to be asked for, and takes minutes and
gigabytes; the peers are left out above --peers-up-to. --narrow adds a file of so many orders with four columns: order
id, customer, day and amount. The result is printed, and without --dry-run written into ``benchmarks/README.md``, with
the plot ``benchmarks/scaling.svg``. --check ends with an error where a ratio has fallen below its floor.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from measuring import CACHE, HERE, ROOT, Cost, hold, installed, machine, options, publish, run, spread, table
from plot import scaling_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS = HERE / "our_report.py"
PEER = HERE / "peer_pandas.py"
PLOT = HERE / "scaling.svg"
NAME = "`clv-xl report`"
# by name: what the peer is asked for, and the package without which it is left out
PEERS = {
    "pandas + openpyxl": ((), "openpyxl"),
    "pandas + openpyxl, with formats": (("--formats",), "openpyxl"),
    "pandas + XlsxWriter": (("--engine", "xlsxwriter"), "xlsxwriter"),
    "pandas + lifetimes + XlsxWriter": (("--engine", "xlsxwriter", "--predict"), "lifetimes"),
}
# CPU seconds of a peer for each of ours at 100,000 orders: what --check holds; 1.05 to 1.1 and 1.0 to 1.1 were measured
FLOORS = {"pandas + openpyxl": 0.8, "pandas + lifetimes + XlsxWriter": 0.8}
NARROW = "order_id", "customer_id", "order_date", "amount"
ORDERS_OF_ONE = 7  # what a customer of the sample shop comes to


@dataclass(frozen=True)
class Race:
    """All runs of all programs on one file: the turns in order, each with its cost by program."""

    fields: int
    turns: tuple[dict[str, Cost], ...]
    stages: tuple[tuple[str, float, float], ...]
    orders: int
    customers: int
    columns: int


def our_program() -> Path:
    """Return the ``clv-xl`` that belongs to the Python that runs the benchmark."""
    found = shutil.which("clv-xl", path=sysconfig.get_path("scripts"))
    if not found:
        raise SystemExit("clv-xl is not installed for this Python. Run: make bench")
    return Path(found)


def sample_shop(cache: Path, customers: int) -> Path:
    """Return the folder of a sample shop; made if this version of the sample shop was not made before."""
    sources = sorted((ROOT / "clv_xl" / "sample").glob("*.py"))
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = cache / f"shop-{customers}-{version}"
    if not folder.exists():
        unfinished = cache / f"unfinished-{os.getpid()}"
        run([our_program(), "sample", unfinished, "--customers", str(customers)])
        unfinished.rename(folder)
    return folder


def largest_table(workbook: Path) -> tuple[int, int]:
    """Return the rows, without the header, and the columns of the largest table in a workbook."""
    sizes = []
    with zipfile.ZipFile(workbook) as package:
        for name in package.namelist():
            if name.startswith("xl/tables/"):
                found = re.search(rb' ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', package.read(name))
                if found:
                    left, top, right, bottom = (part.decode() for part in found.groups())
                    sizes.append((int(bottom) - int(top), _column(right) - _column(left) + 1))
    if not sizes:
        raise SystemExit(f"{workbook} holds no table: there is nothing to compare")
    return max(sizes)


def _column(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def staged(orders: Path, workbook: Path) -> tuple[tuple[str, float, float], ...]:
    """Make the report once, stage by stage; it also warms the disk cache for all."""
    made = run([sys.executable, OURS, orders, workbook])
    return tuple((name, cpu, peak) for name, cpu, peak in json.loads(made.printed.splitlines()[-1]))


def narrowed(orders: Path) -> Path:
    """Return a file of the same orders with the columns that every shop has; made if it was not made before."""
    narrow = orders.with_name("narrow.csv")
    if not narrow.exists():
        unfinished = orders.with_name(f"unfinished-{os.getpid()}")
        with (
            orders.open(encoding="utf-8", newline="") as source,
            unfinished.open("w", encoding="utf-8", newline="") as target,
        ):
            rows = csv.DictReader(source)
            chosen = csv.DictWriter(target, NARROW, extrasaction="ignore", lineterminator="\n")
            chosen.writeheader()
            chosen.writerows(rows)
        unfinished.rename(narrow)
    return narrow


def race(orders: Path, cache: Path, runs: int, peers: Sequence[str]) -> Race:
    """Run the programs in turns on one order file, and check that all wrote the same customers."""
    ours = cache / "clv_xl.xlsx"
    stages = staged(orders, ours)
    customers, columns = largest_table(ours)
    commands: dict[str, list[str | Path]] = {NAME: [our_program(), "report", orders, "-o", ours, "--quiet"]}
    job = ["--columns", str(columns), "--most", str(customers)]
    for peer in peers:
        commands[peer] = [sys.executable, PEER, orders, cache / "peer.xlsx", *job, *PEERS[peer][0]]
    turns = []
    for number in range(runs):
        names = list(commands)
        first = number % len(names)
        turns.append({name: run(commands[name]) for name in names[first:] + names[:first]})
        told = ", ".join(f"{name} {turns[-1][name].seconds:.2f} s" for name in names)
        print(f"turn {number + 1}: {told}", file=sys.stderr)
    rows = _counted(orders)
    for peer in peers:
        counted = json.loads(turns[0][peer].printed)
        if (counted["rows"], counted["customers"], counted["columns"]) != (rows, customers, columns):
            raise SystemExit(
                f"clv-xl wrote {customers} customers x {columns}, {peer} {counted}: not the same job"
            )
    with orders.open(encoding="utf-8") as handle:
        fields = handle.readline().count(",") + 1
    return Race(fields, tuple(turns), stages, rows, customers, columns)


def _counted(orders: Path) -> int:
    """Return the rows of a file below its header."""
    with orders.open("rb") as handle:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: handle.read(1 << 24), b"")) - 1


def ratios(result: Race) -> dict[str, float]:
    """Return the CPU seconds of each peer for one of ours, the median of the turns."""
    return {
        name: median(turn[name].cpu / turn[NAME].cpu for turn in result.turns)
        for name in result.turns[0]
        if name != NAME
    }


def _named(result: Race) -> str:
    return f"{result.orders:,}" + (f" of {result.fields} columns" if result.fields == len(NARROW) else "")


def _costs(result: Race) -> list[list[str]]:
    rows = []
    for name in result.turns[0]:
        costs = [turn[name] for turn in result.turns]
        slower = [turn[name].seconds / turn[NAME].seconds for turn in result.turns]
        memory = [turn[name].megabytes / turn[NAME].megabytes for turn in result.turns]
        rows.append(
            [
                _named(result),
                name,
                spread([cost.seconds for cost in costs], ".2f"),
                spread([cost.cpu for cost in costs], ".2f"),
                "1" if name == NAME else f"{median(slower):.2f}",
                spread([cost.megabytes for cost in costs], ".0f"),
                "1" if name == NAME else f"{median(memory):.2f}",
            ]
        )
    return rows


def markdown(results: Sequence[Race]) -> str:
    """Return the results as a page shows them."""
    jobs = "; ".join(
        f"{result.orders:,} orders of {result.fields} columns give {result.customers:,} customers x {result.columns}"
        " columns"
        for result in results
    )
    header = (
        "orders", "program", "seconds", "CPU seconds", "seconds, times ours", "peak memory, MB", "memory, times ours",
    )  # fmt: skip
    costs = table(header, [row for result in results for row in _costs(result)])
    names = [name for name, _, _ in results[-1].stages]
    by_stage = []
    for name in names:
        found = [{stage: cpu for stage, cpu, _ in result.stages} for result in results]
        by_stage.append([name, *(f"{stages.get(name, 0):.2f}" for stages in found)])
    peaks = [f"{max(peak for _, _, peak in result.stages):.0f}" for result in results]
    stages = table(
        ["stage", *(f"{_named(result)} orders" for result in results)],
        [*by_stage, ["peak memory, MB", *peaks]],
    )
    runs = len(results[0].turns)
    measured = f"median (smallest to largest) of {runs} turns each" if runs > 1 else "each measured once"
    return f"""{jobs}; {measured}.

{costs}

![Seconds by orders](scaling.svg)

Where the CPU seconds go, measured once for each size, those of the second process included:

{stages}

{machine("clv-xl", "duckdb", "pandas", "openpyxl", "xlsxwriter", "lifetimes")}"""


def drawn(results: Sequence[Race]) -> str:
    """Return the plot of seconds by orders."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        if result.fields == len(NARROW):
            continue
        for name in result.turns[0]:
            seconds = median(turn[name].seconds for turn in result.turns)
            lines.setdefault(name.strip("`"), []).append((result.orders, seconds))
    return scaling_plot("From an order file to a workbook", lines)


def size(text: str) -> int:
    """Read a number of orders.

    Examples
    --------
    >>> size("10k"), size("1M"), size("2500")
    (10000, 1000000, 2500)
    """
    factor = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    number = int(text.rstrip("kM")) * factor
    if number < ORDERS_OF_ONE * 10:
        raise ValueError(text)
    return number


def sizes(text: str) -> list[int]:
    """Read numbers of orders with commas between them, the smallest first."""
    return sorted(map(size, text.split(",")))


def main() -> None:
    """Measure, print, and write the page and the plot."""
    parser = options(__doc__)
    parser.add_argument(
        "--sizes", type=sizes, default="10k,100k,1M", metavar="LIST", help="orders (default 10k,100k,1M)"
    )
    parser.add_argument(
        "--peers-up-to", type=size, default="1M", metavar="SIZE", help="the largest file of the peers (1M)"
    )
    parser.add_argument(
        "--narrow", type=size, metavar="SIZE", help="orders of a file with four columns (default: none)"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for files made")
    parser.add_argument("--check", action="store_true", help="fail where a ratio is below its floor")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    peers = [name for name, (_, package) in PEERS.items() if installed(package)]
    results = []
    for orders in arguments.sizes:
        shop = sample_shop(arguments.cache, orders // ORDERS_OF_ONE)
        raced = peers if orders <= arguments.peers_up_to else ()
        results.append(race(shop / "orders.csv", arguments.cache, arguments.runs, raced))
    if arguments.narrow:
        shop = sample_shop(arguments.cache, arguments.narrow // ORDERS_OF_ONE)
        results.append(race(narrowed(shop / "orders.csv"), arguments.cache, arguments.runs, peers))
    publish("bench", markdown(results), dry_run=arguments.dry_run)
    if not arguments.dry_run:
        PLOT.write_text(drawn(results), encoding="utf-8")
    if arguments.check:
        hold(ratios(results[-1]), FLOORS)


if __name__ == "__main__":
    main()
