"""What the benchmarks share: running a program and saying what it took, and the page that their tables stand on.

It imports the standard library only: the memory of a process counts from what the one that starts it holds.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
README = HERE / "README.md"
CACHE = ROOT / ".cache" / "bench"
# What getrusage counts in: kilobytes, but bytes on macOS.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What one run of a program took, each with its children: seconds on the clock, CPU seconds, memory at the peak."""

    seconds: float
    cpu: float
    megabytes: float
    printed: str


def run(command: Sequence[str | Path], folder: Path | None = None) -> Cost:
    """Run a command and wait for it; stop the benchmark when it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=folder) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe, which the type does not say
        together = _Together(process.pid)
        printed = process.stdout.read()
        # wait4 tells the memory of this one process, where getrusage would give the largest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        together.over.set()
        together.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with exit code {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(seconds, cpu, max(usage.ru_maxrss * MEMORY_UNIT, together.peak) / 1e6, printed)


class _Together(threading.Thread):
    """Looks 50 times a second how much memory a process and its children hold together, where the system tells."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.over = threading.Event()
        self._process = process
        self.start()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(0.02):
            self.peak = max(self.peak, _resident(self._process))


def _resident(process: int) -> int:
    """Return the bytes that a process and all its children hold; 0 for one that has ended."""
    own = Path(f"/proc/{process}")
    try:
        pages = int((own / "statm").read_text(encoding="ascii").split()[1])
        children = [
            text for task in (own / "task").iterdir() for text in (task / "children").read_text().split()
        ]
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(child)) for child in children)


def spread(values: Sequence[float], form: str) -> str:
    """Return the median with the smallest and the largest, as text; one value alone."""
    if len(values) == 1:
        return f"{values[0]:{form}}"
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as a page of text shows it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def cores() -> int:
    """Return how many cores this program may use, as ``taskset`` leaves them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(*packages: str, one_core: bool = False) -> str:
    """Return the line that says where a table was measured, and with which versions."""
    versions = [f"{name} {metadata.version(name)}" for name in packages if installed(name)]
    software = ", ".join((f"Python {platform.python_version()}", *versions))
    used = " of which 1 is used" if one_core else ""
    return f"Machine: {processor()}, {cores()} cores{used}, {platform.system()}. {software}."


def installed(package: str) -> bool:
    """Tell whether a package is there."""
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def with_result(page: str, name: str, result: str) -> str:
    """Return a page with what stands between the markers of that name replaced."""
    first, last = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    begin, end = page.find(first), page.find(last)
    if not 0 <= begin < end:
        raise SystemExit(f"{README.name} needs the lines {first} and {last}, in this order")
    return f"{page[: begin + len(first)]}\n{result}\n{page[end:]}"


def options(description: str | None, runs: int = 3) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=_positive, default=runs, help=f"runs of each (default {runs})")
    parser.add_argument(
        "--dry-run", action="store_true", help="only print; leave benchmarks/README.md as it is"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def publish(name: str, result: str, *, dry_run: bool) -> None:
    """Print a result, and put it on the page between its markers."""
    print(result)
    if not dry_run:
        README.write_text(with_result(README.read_text(encoding="utf-8"), name, result), encoding="utf-8")


def hold(ratios: Mapping[str, float], floors: Mapping[str, float]) -> None:
    """Stop with what was found where a ratio is below its floor: the regression check."""
    slow = [
        f"{name}: {ratios[name]:.2f} times, and {floor:g} at least was expected"
        for name, floor in floors.items()
        if name in ratios and ratios[name] < floor
    ]
    if slow:
        raise SystemExit("Slower than it was, beside its peer in the same run.\n" + "\n".join(slow))
    for name in floors:
        if name in ratios:
            print(f"{name}: {ratios[name]:.2f} times, {floors[name]:g} at least: fine", file=sys.stderr)
