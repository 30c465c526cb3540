"""Run every workbook of a folder through what reads workbooks: ``python -m tests.corpus FOLDER``.

Any collection will do, such as the test files of another program. What is reported is what must not happen: an error
that is none of ours, a run that hangs, memory beyond all measure. The exit code is 1 if there was any.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.forked_cli import run_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDINGS = frozenset(
    (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".zip", ".gz", ".parquet")
)
SECONDS = 60.0
MEGABYTES = 2_048.0


def troubles(files: Sequence[Path], counted: Counter[str]) -> Iterator[str]:
    """Check and refresh from every file, and say what went wrong beyond a message."""
    with tempfile.TemporaryDirectory() as empty:
        jobs = [
            ([command, file.resolve(), *more], Path(empty))
            for file in files
            for command, *more in (("check",), ("refresh", "-o", "report.xlsx", "--replace"))
        ]
        for (arguments, _), ended in zip(jobs, run_all(jobs, seconds=int(SECONDS)), strict=True):
            counted[f"{arguments[0]}: exit code {ended.code}"] += 1
            told = f"{arguments[0]} {arguments[1]}"
            if not ended.typed:
                yield f"{told}: no typed answer, exit code {ended.code}: {ended.err.strip()[-300:]}"
            if ended.computed > SECONDS / 2 or ended.megabytes > MEGABYTES:
                yield f"{told}: {ended.computed:.0f} s of computing, {ended.megabytes:.0f} MB"


def main(folder: str) -> int:
    """Report on a folder, and return the exit code."""
    files = sorted(
        path for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()
    )
    counted: Counter[str] = Counter()
    found = 0
    for trouble in troubles(files, counted):
        found += 1
        print(trouble)
    print(f"{len(files):,} files, {found:,} troubles")
    for what, number in sorted(counted.items()):
        print(f"  {number:>6,}  {what}")
    return int(found > 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m tests.corpus FOLDER")
    sys.exit(main(sys.argv[1]))
