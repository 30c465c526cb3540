"""One report after the other in one process: neither memory nor files may grow.

``make soak`` (``python -m tests.many_runs --runs 1000``) prints what the process holds on its way, and fails where it
grows. Linux only: what a process holds stands in /proc.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from clv_xl.cli import main
from clv_xl.sample import write_sample

WARM_UP = 20
"""Runs until every library is loaded and has made what it keeps."""


@dataclass(frozen=True)
class Held:
    """What the process holds after so many runs."""

    runs: int
    mib: float
    files: int
    threads: int
    objects: int
    temporary: int


def held_now(runs: int, temporary: Path) -> Held:
    """Look at this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Held(
        runs,
        pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20),
        len(list(Path("/proc/self/fd").iterdir())),
        threading.active_count(),
        len(gc.get_objects()),
        len(list(temporary.iterdir())),
    )


def run_many(folder: Path, runs: int, every: int) -> list[Held]:
    """Make a report so many times, each with a list, a log, rows set aside and a file of all customers."""
    shop = write_sample(folder / "shop", customers=120, years=2)
    temporary = folder / "temporary"
    temporary.mkdir()
    tempfile.tempdir = str(temporary)
    command = ["clv-xl", "report", str(shop.orders_file), "--customers", str(shop.customers_file), "--quiet"]
    for option, name in (
        *(("--lists", "lists"), ("--all-customers", "all.parquet"), ("--set-aside", "aside.csv")),
        *(("--log", "log.jsonl"), ("-o", "report.xlsx")),
    ):
        command += [option, str(folder / name)]
    seen = []
    before, sys.argv = sys.argv, command
    try:
        for number in range(1, runs + 1):
            main()
            if (number >= WARM_UP and (number - WARM_UP) % every == 0) or number == runs:
                seen.append(held_now(number, temporary))
    finally:
        sys.argv, tempfile.tempdir = before, None
    return seen


def growth(seen: list[Held]) -> float:
    """Return by how many KiB a run the memory grew, from the first look to the last."""
    first, last = seen[0], seen[-1]
    return (last.mib - first.mib) * 1024 / max(1, last.runs - first.runs)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--every", type=int, default=98)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = run_many(Path(folder), asked.runs, asked.every)
    for held in seen:
        sys.stdout.write(
            f"after {held.runs:5} runs: {held.mib:7.1f} MiB, {held.files} open files, {held.threads} threads,"
            f" {held.objects:,} objects, {held.temporary} temporary files\n"
        )
    first, last = seen[0], seen[-1]
    sys.stdout.write(f"growth {growth(seen):.2f} KiB a run\n")
    grew = last.files > first.files or last.threads > first.threads or last.temporary > 0
    return int(grew or growth(seen) > 16 or last.objects > first.objects * 1.01)


if __name__ == "__main__":
    sys.exit(_main())
