"""The coverage of each module, by line and branch, is held to its bound: ``python -m tests.coverage_bounds``.

``make check`` runs it on what the quick tests and those with office programs have reached.
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
    "clv_xl/workbook/bulk_rows.py",
)
"""Where a line that no test reaches is a figure, a text from outside or a cell that nobody has looked at."""

ELSEWHERE = 95.0
"""For each other module, and for all of them together."""

BELOW: dict[str, tuple[float, str]] = {}
"""Modules that these tests reach in part, each with its own bound and what reaches the rest."""


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


def bound_of(path: str) -> float:
    """Return how many percent of a module have to be reached."""
    if any(fnmatch(path, pattern) for pattern in WHOLE):
        return 100.0
    return BELOW[path][0] if path in BELOW else ELSEWHERE


def faults(modules: dict[str, Measured]) -> list[str]:
    """Return a line for each module below its bound, and for each exception that is not needed."""
    found = []
    for path, module in sorted(modules.items()):
        bound = bound_of(path)
        if module.percent < bound:
            found.append(
                f"{path}: {module.percent:.1f} % reached, at least {bound:g} % expected; not reached: {module.missing}"
            )
    for path in BELOW:
        if path not in modules:
            found.append(f"{path}: there is no such module; take it out of BELOW in tests/coverage_bounds.py")
        elif modules[path].percent >= ELSEWHERE:
            found.append(f"{path}: {modules[path].percent:.1f} % reached; take it out of BELOW")
    rest = [module for path, module in modules.items() if bound_of(path) < 100.0]
    whole = Measured(sum(item.reached for item in rest), sum(item.all for item in rest), "")
    if whole.percent < ELSEWHERE:
        found.append(
            f"all other modules together: {whole.percent:.1f} % reached, at least {ELSEWHERE:g} % expected"
        )
    return found


def report_of(data: Path) -> dict:
    """Return coverage.py's report of a data file."""
    coverage = Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        coverage.json_report(outfile=f"{folder}/report.json")
        return json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))


def main(arguments: list[str] | None = None) -> int:
    """Judge the data file, ``.coverage`` unless another is given."""
    given = sys.argv[1:] if arguments is None else arguments
    data = Path(given[0]) if given else ROOT / ".coverage"
    try:
        modules = measured(report_of(data))
    except NoDataError as error:
        print(f"{data} holds nothing that was measured ({error}). Run: make check", file=sys.stderr)
        return 2
    found = faults(modules)
    print("\n".join(found) or f"Coverage: every one of {len(modules)} modules is within its bound.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
