"""What holds each module to its coverage fails where a module falls below it, and says which and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import coverage_bounds
from tests.coverage_bounds import BELOW, ELSEWHERE, WHOLE, bound_of, faults, main, measured, raised
from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _report(**modules: tuple[int, int]) -> dict[str, Any]:
    """A report as coverage.py writes it: statements, and how many of them were not reached."""
    return {
        "files": {
            f"clv_xl/{name.replace('__', '/')}.py": {
                "summary": {
                    "covered_lines": all_ - gone,
                    "num_statements": all_,
                    "covered_branches": 0,
                    "num_branches": 0,
                },
                "missing_lines": list(range(1, gone + 1)),
                "missing_branches": [],
            }
            for name, (all_, gone) in modules.items()
        }
    }


@pytest.fixture(autouse=True)
def _without_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_bounds, "BELOW", {"engines/spark.py": 20})


def test_what_is_within_its_bounds_passes() -> None:
    report = _report(metrics__rfm=(50, 0), report__build=(400, 2), engines__spark=(10, 8), __init__=(0, 0))
    assert faults(measured(report)) == []


def test_a_module_below_its_bound_is_named_with_what_was_found_and_expected() -> None:
    report = _report(metrics__rfm=(50, 1), report__build=(100, 6), cli=(1000, 0), engines__spark=(10, 9))
    assert faults(measured(report)) == [
        "clv_xl/engines/spark.py: 10.0 % reached, at least 20 % expected; not reached: 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "clv_xl/metrics/rfm.py: 98.0 % reached, at least 100 % expected; not reached: 1",
        "clv_xl/report/build.py: 94.0 % reached, at least 95 % expected; not reached: 1, 2, 3, 4, 5, 6",
    ]


def test_all_others_together_have_a_bound_that_exceptions_cannot_hide() -> None:
    report = _report(metrics__rfm=(10_000, 0), report__build=(100, 0), engines__spark=(100, 80))
    assert faults(measured(report)) == ["all others together: 60.0 % reached, at least 94.5 % expected"]


def test_with_the_long_tests_no_module_has_a_bound_of_its_own() -> None:
    modules = measured(_report(engines__spark=(100, 6), report__build=(900, 0)))
    assert faults(modules) == []
    (fault,) = faults(modules, long=True)
    assert fault.startswith("clv_xl/engines/spark.py: 94.0 % reached, at least 95 % expected")


def test_an_exception_that_is_not_needed_is_told() -> None:
    assert raised(measured(_report(engines__spark=(100, 5)))) == ["engines/spark.py"]
    assert raised(measured(_report(engines__spark=(100, 6)))) == []


def test_a_branch_that_is_never_taken_counts() -> None:
    report = _report(metrics__rfm=(8, 0))
    module = report["files"]["clv_xl/metrics/rfm.py"]
    module["summary"] |= {"covered_branches": 1, "num_branches": 2}
    module["missing_branches"] = [[3, -1]]
    assert faults(measured(report))[0] == (
        "clv_xl/metrics/rfm.py: 90.0 % reached, at least 100 % expected; not reached: 3 to -1"
    )


def test_bounds_name_modules_that_there_are() -> None:
    for pattern in WHOLE:
        assert list(ROOT.glob(pattern)), pattern
    assert BELOW
    for name, bound in BELOW.items():
        assert (ROOT / "clv_xl" / name).is_file(), name
        assert 0 < bound < ELSEWHERE
        assert bound_of(f"clv_xl/{name}") < 100, f"{name} has to be whole"


def test_without_measurements_it_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none"), "--long"]) == 2
    assert "Run: make check" in capsys.readouterr().err
