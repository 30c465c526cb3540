"""The coverage of each module, by line and branch, is held to its bound: ``python -m tests.coverage_bounds``.

``make check`` runs it on what the quick tests and those with office programs have reached, and ``make check
check-long`` in one call with ``--long`` on what these and the long tests have reached together.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import NoDataError

from tests.office import ROOT

_LIKELIHOODS = (
    *(
        "bgbb",
        "bgnbd",
        "dropout",
        "fit",
        "gammagamma",
        "histories",
        "mbgcnbd",
        "nbd",
        "order_model",
        "paretonbd",
    ),
    *("records", "renewals", "rows", "sbg", "special"),
)
WHOLE = (
    "clv_xl/metrics/*.py",
    *(f"clv_xl/models/{name}.py" for name in _LIKELIHOODS),
    "clv_xl/orders/guard.py",
    "clv_xl/workbook/cells.py",
    "clv_xl/workbook/package.py",
    "clv_xl/workbook/rows_ahead.py",
    "clv_xl/workbook/squeezed.py",
    "clv_xl/workbook/squeezed_rows.py",
    "clv_xl/workbook/bulk_rows.py",
)
"""Where a line that no test reaches is a figure, a text from outside or a cell that nobody has looked at."""

ELSEWHERE = 95.0
"""For each other module."""

TOGETHER = 94.5
"""For all others together."""

# What the tests of make check reach, in whole percent: a floor falls only where a test goes to the long ones, which
# reach the rest: with them no module has a bound of its own.
BELOW: dict[str, int] = {
    "engines/door.py": 83,
    "engines/opened.py": 88,
    "engines/spark.py": 31,
    "excel/build.py": 84,
    "excel/refresh.py": 85,
    "excel/refresh_script.py": 75,
    "excel/server.py": 85,
    "mapping/command.py": 91,
    "models/corrected.py": 93,
    "orders/copies.py": 93,
    "orders/refunded_notices.py": 82,
    "report/correction.py": 88,
    "report/pages/forecast.py": 94,
    "workbook/live_room.py": 73,
    "workbook/own_columns.py": 45,
    "workbook/rearranged.py": 59,
    "workbook/records.py": 89,
    "workbook/xlwings_writer/carry_out.py": 80,
    "workbook/xlwings_writer/charts.py": 83,
    "workbook/xlwings_writer/filters.py": 81,
    "workbook/xlwings_writer/looks.py": 46,
    "workbook/xlwings_writer/moving.py": 24,
    "workbook/xlwings_writer/open_book.py": 76,
    "workbook/xlwings_writer/recording.py": 81,
    "workbook/xlwings_writer/rules.py": 60,
    "workbook/xlwings_writer/taken.py": 91,
}
"""Modules below ``clv_xl`` that the tests of make check reach in part, each with its own bound."""


@dataclass(frozen=True)
class Measured:
    """What was reached of a module."""

    reached: int
    """Statements and branches."""
    all: int
    missing: str

    @property
    def percent(self) -> float:
        """The share of it; an empty module is whole."""
        return 100.0 * self.reached / self.all if self.all else 100.0


def measured(report: dict) -> dict[str, Measured]:
    """Return each module of coverage.py's report in JSON."""
    found = {}
    for path, module in report["files"].items():
        sums = module["summary"]
        lines = [str(line) for line in module["missing_lines"]]
        gone = set(module["missing_lines"])
        jumps = [f"{start} to {end}" for start, end in module["missing_branches"] if not {start, end} & gone]
        found[Path(path).as_posix()] = Measured(
            sums["covered_lines"] + sums["covered_branches"],
            sums["num_statements"] + sums["num_branches"],
            ", ".join([*lines, *jumps]),
        )
    return found


def bound_of(path: str, *, long: bool = False) -> float:
    """Return how many percent of a module have to be reached, with the long tests or without them."""
    if any(fnmatch(path, pattern) for pattern in WHOLE):
        return 100.0
    return ELSEWHERE if long else float(BELOW.get(path.removeprefix("clv_xl/"), ELSEWHERE))


def faults(modules: dict[str, Measured], *, long: bool = False) -> list[str]:
    """Return a line for each module below its bound."""
    found = []
    for path, module in sorted(modules.items()):
        bound = bound_of(path, long=long)
        if module.percent < bound:
            found.append(
                f"{path}: {module.percent:.1f} % reached, at least {bound:g} % expected; not reached: {module.missing}"
            )
    rest = [module for path, module in modules.items() if bound_of(path) < 100.0]
    whole = Measured(sum(item.reached for item in rest), sum(item.all for item in rest), "")
    if whole.percent < TOGETHER:
        found.append(f"all others together: {whole.percent:.1f} % reached, at least {TOGETHER:g} % expected")
    return found


def raised(modules: dict[str, Measured]) -> list[str]:
    """Return the modules whose own bound could go: they are within that of all others."""
    return [
        name for name in BELOW if (path := f"clv_xl/{name}") in modules and modules[path].percent >= ELSEWHERE
    ]


def report_of(data: Path) -> dict:
    """Return coverage.py's report of a data file."""
    coverage = Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        coverage.json_report(outfile=f"{folder}/report.json")
        return json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))


def main(arguments: list[str] | None = None) -> int:
    """Judge the data file, ``.coverage`` unless another is given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    long = "--long" in given
    if long:
        given.remove("--long")
    data = Path(given[0]) if given else ROOT / ".coverage"
    try:
        modules = measured(report_of(data))
    except NoDataError as error:
        print(f"{data} holds nothing that was measured ({error}). Run: make check", file=sys.stderr)
        return 2
    found = faults(modules, long=long)
    print("\n".join(found) or f"Coverage: every one of {len(modules)} modules is within its bound.")
    if not long and (able := raised(modules)):
        print(f"These need no bound of their own any longer (BELOW): {', '.join(able)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
