"""From an order file to a workbook: ``clv-xl report`` against pandas and openpyxl, in the same run.

    python benchmarks/bench_report.py [--customers 150000] [--runs 3] [--dry-run]

Each program runs in a process of its own, the two in turns and the one that starts changing each time, so
that a busy moment of the machine does not meet only one of them. Shown are seconds on the clock, the peak of
resident memory of the process, and the ratio within each pair of neighbouring runs. The result is printed,
and without --dry-run written into ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEER = HERE / "peer_pandas_openpyxl.py"
README = HERE / "README.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
# What getrusage counts in: kilobytes, but bytes on macOS.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    megabytes: float
    printed: str


@dataclass(frozen=True)
class Race:
    """All runs of both programs: the pairs in order, ours first."""

    pairs: tuple[tuple[Cost, Cost], ...]
    orders: int
    customers: int
    columns: int


def run(command: Sequence[str | Path]) -> Cost:
    """Run a command and wait for it; stop the benchmark when it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe, which the type does not say
        printed = process.stdout.read()
        # wait4 tells the memory of this one process, where getrusage would give the largest of all so far.
        # It counts from what the starting process held, so this file imports the standard library only.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with exit code {process.returncode}")
    return Cost(seconds, usage.ru_maxrss * MEMORY_UNIT / 1e6, printed)


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


def race(shop: Path, cache: Path, runs: int) -> Race:
    """Run both programs in turns on one order file, and check that both wrote the same customers."""
    orders = shop / "orders.csv"
    ours, theirs = cache / "clv_xl.xlsx", cache / "peer.xlsx"
    our_command: list[str | Path] = [our_program(), "report", orders, "-o", ours, "--quiet"]
    run(
        our_command
    )  # not counted: tells how wide the peer's sheet has to be, and warms the disk cache for both
    customers, columns = largest_table(ours)
    peer_command: list[str | Path] = [sys.executable, PEER, orders, theirs, "--columns", str(columns)]
    pairs = []
    for number in range(runs):
        if number % 2:
            peer = run(peer_command)
            our = run(our_command)
        else:
            our = run(our_command)
            peer = run(peer_command)
        pairs.append((our, peer))
        print(f"pair {number + 1}: {our.seconds:.2f} s against {peer.seconds:.2f} s", file=sys.stderr)
    counted = json.loads(pairs[0][1].printed)
    if (counted["customers"], counted["columns"]) != (customers, columns):
        raise SystemExit(
            f"clv-xl wrote {customers} customers x {columns}, the peer {counted}: not the same job"
        )
    return Race(tuple(pairs), counted["rows"], customers, columns)


def _spread(values: list[float], form: str) -> str:
    """Return the median with the smallest and the largest, as text."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def markdown(result: Race) -> str:
    """Return the result as a page shows it."""
    ours = [our for our, _ in result.pairs]
    peers = [peer for _, peer in result.pairs]
    faster = [peer.seconds / our.seconds for our, peer in result.pairs]
    smaller = [peer.megabytes / our.megabytes for our, peer in result.pairs]
    versions = [f"{name} {metadata.version(name)}" for name in ("clv-xl", "duckdb", "pandas", "openpyxl")]
    software = ", ".join((f"Python {platform.python_version()}", *versions))
    rows = [
        (name, _spread([cost.seconds for cost in costs], ".2f"), _spread([c.megabytes for c in costs], ".0f"))
        for name, costs in (("`clv-xl report`", ours), ("pandas + openpyxl", peers))
    ]
    rows.append(("ratio, pair by pair", _spread(faster, ".1f"), _spread(smaller, ".2f")))
    table = "\n".join(f"| {name} | {seconds} | {memory} |" for name, seconds, memory in rows)
    return f"""{result.orders:,} rows of orders to a workbook with {result.customers:,} customers x \
{result.columns} columns; median (smallest to largest) of {len(result.pairs)} runs each.

| | seconds | peak memory, MB |
|---|---|---|
{table}

Machine: {processor()}, {os.cpu_count()} cores, {platform.system()}. {software}."""


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
    parser.add_argument("--customers", type=int, default=150_000, help="150000 make about a million orders")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program (default 3)")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "bench", help="folder for files made")
    parser.add_argument(
        "--dry-run", action="store_true", help="only print; leave benchmarks/README.md as it is"
    )
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    result = markdown(
        race(sample_shop(arguments.cache, arguments.customers), arguments.cache, arguments.runs)
    )
    print(result)
    if not arguments.dry_run:
        README.write_text(with_result(README.read_text(encoding="utf-8"), result), encoding="utf-8")


if __name__ == "__main__":
    main()
