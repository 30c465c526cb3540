"""Does a test fail when the code is wrong? Each mutant is one small mistake, planted where a figure or a cell is made.

``make mutants`` (``python -m tests.mutants``) copies the repository into ``.cache/mutants``, plants with mutmut every
mutant of the modules in ``MUTATED``, and runs for each the tests that reach its function. A mutant that no test
notices has to stand in ``docs/mutants.md`` with the reason why nothing can tell it from the original.

mutmut's own runner starts pytest for each mutant, which takes longer than the tests: here pytest collects once, and
each mutant is a fork of it (``tests/mutant_runs.py``).
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.mutant_runs import FROM_THE_START, LOADING
from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORK = ROOT / ".cache" / "mutants"
EXPLAINED = ROOT / "docs" / "mutants.md"
MUTATED = ("clv_xl/metrics/*.py", "clv_xl/workbook/cells.py")
TESTS = (
    *("tests/test_metrics_*.py", "tests/test_subscriptions_model.py", "tests/test_report_migration.py"),
    *("tests/test_workbook_cells.py", "tests/test_workbook_bulk_rows.py"),
    *("tests/test_gateway.py", "tests/test_limits.py"),
    *("clv_xl/metrics", "clv_xl/workbook/cells.py"),
)
"""Every test that names what is mutated, and the examples of its documentation."""

OF_RECORDS = ("tests/test_metrics_catalogue.py", "tests/test_excel_reference.py")
"""The tests of what is made once, while modules are loaded: the records of metrics."""

COPIED = (
    "clv_xl",
    "tests",
    "workbook_templates",
    "install",
    "docs",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
)
PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-p", "no:cov", "-m", "not long and not office and not packaging"),
)
SWITCH = "from tests.mutant_runs import MutantDict, switched as _mutmut_mutated"


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    name: str
    """As mutmut names it: module, function and number."""
    place: str
    """Module and function."""
    was: str
    now: str


def planted(path: Path) -> tuple[str, list[Mutant]]:
    """Return the text of a module with all its mutants in it, and what each changes."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.mutation.trampoline_templates import trampoline_imports

    found = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
    lines = found.code.splitlines()
    spans = found.line_span_by_function_name

    def body(name: str) -> list[str]:
        text = "\n".join(lines[spans[name].start - 1 : spans[name].end])
        return re.sub(r"x[_ǁ]\w*?__mutmut_(\d+|orig)", "", text).splitlines()

    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    mutants = []
    for name in found.mutant_names:
        function = name.partition("__mutmut_")[0]
        was, now = _changed(body(f"{function}__mutmut_orig"), body(name))
        place = f"{module}.{function[1:].lstrip('_ǁ').replace('ǁ', '.')}".removeprefix("clv_xl.")
        mutants.append(Mutant(f"{module}.{name}", place, was, now))
    code = found.code.replace(trampoline_imports.strip(), SWITCH)
    if mutants and SWITCH not in code:
        message = (
            f"{path}: mutmut imports its switch in other words than expected; adapt tests/mutants.py to it"
        )
        raise RuntimeError(message)
    return code, mutants


def _changed(was: list[str], now: list[str]) -> tuple[str, str]:
    """The lines that differ, each side as one text."""
    differing = [line for line in difflib.ndiff(was, now) if line[:2] in {"- ", "+ "}]
    sides = (" ".join(line[2:].strip() for line in differing if line[0] == side) for side in "-+")
    return next(sides), next(sides)


def prepare(patterns: tuple[str, ...]) -> list[Mutant]:
    """Copy the repository, and plant the mutants of the modules that the patterns name."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, WORK / name)
    mutants = []
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            code, found = planted(path)
            (WORK / path.relative_to(ROOT)).write_text(code, encoding="utf-8")
            mutants += found
    return mutants


def run(mutants: list[Mutant], tests: tuple[str, ...]) -> dict[str, str]:
    """Run the tests in the copy; tell of each mutant what became of it."""
    (WORK / "mutants.json").write_text(json.dumps([mutant.name for mutant in mutants]), encoding="utf-8")
    named = [str(path.relative_to(ROOT)) for pattern in tests for path in sorted(ROOT.glob(pattern))]
    command = [*PYTEST, "-p", "tests.mutant_runs", *named]
    subprocess.run(command, cwd=WORK, env={**os.environ, "PYTHONPATH": str(WORK)}, check=True)
    found = dict(map(json.loads, (WORK / "results.jsonl").read_text(encoding="utf-8").splitlines()))
    late = [name for name, fate in found.items() if fate == LOADING]
    if late and _loaded("") == "killed":
        message = f"{', '.join(OF_RECORDS)} fail in {WORK} without any mutant"
        raise RuntimeError(message)
    return found | {name: _loaded(name) for name in late}


def _loaded(name: str) -> str:
    """Tell what becomes of a mutant that is there from the start, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(WORK), FROM_THE_START: name}
    done = subprocess.run(
        [*PYTEST, "-x", *OF_RECORDS], cwd=WORK, env=environment, capture_output=True, check=False
    )
    return "killed" if done.returncode else "survived"


def explained(text: str) -> Counter[tuple[str, str, str]]:
    """Return the mutants that the document explains: ``| place | was | now | reason |``, each a line of a table."""
    rows = re.findall(r"^\| `(.+?)` \| `` (.*?) `` \| `` (.*?) `` \| (.+) \|$", text, re.MULTILINE)
    return Counter((place, _typed(was), _typed(now)) for place, was, now, _ in rows)


def _typed(cell: str) -> str:
    return cell.replace("\\|", "|")


def row_of(mutant: Mutant, reason: str = "?") -> str:
    """Return the line of the table for a mutant."""
    was, now = (text.replace("|", "\\|") for text in (mutant.was, mutant.now))
    return f"| `{mutant.place}` | `` {was} `` | `` {now} `` | {reason} |"


def verdict(mutants: list[Mutant], results: dict[str, str], told: Counter[tuple[str, str, str]]) -> list[str]:
    """Return what has to be done: explain a survivor, or take out an explanation that is needed no longer."""
    survived = [mutant for mutant in mutants if results[mutant.name] != "killed"]
    left = Counter((mutant.place, mutant.was, mutant.now) for mutant in survived)
    new = [mutant for mutant in survived if (mutant.place, mutant.was, mutant.now) not in told]
    gone = [key for key in told if key not in left]
    return [
        *(
            f"no test notices, and docs/mutants.md does not explain ({results[m.name]}):\n{row_of(m)}"
            for m in new
        ),
        *(f"docs/mutants.md explains what no longer survives: {' | '.join(key)}" for key in gone),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Plant, run and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", help="patterns of the modules to mutate; all of MUTATED unless given"
    )
    chosen = tuple(parser.parse_args(arguments).modules)
    mutants = prepare(chosen or MUTATED)
    results = run(mutants, TESTS)
    counts = Counter(results.values())
    print(
        f"{len(mutants):,} mutants: {', '.join(f'{number:,} {what}' for what, number in sorted(counts.items()))}"
    )
    told = explained(EXPLAINED.read_text(encoding="utf-8"))
    if chosen:
        places = {mutant.place.rpartition(".")[0] for mutant in mutants}
        told = Counter({key: number for key, number in told.items() if key[0].rpartition(".")[0] in places})
    faults = verdict(mutants, results, told)
    print("\n".join(faults) or "Every mutant that no test notices is explained in docs/mutants.md.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
