"""The oldest versions that pyproject.toml allows, and other Pythons, give the same figures as the newest here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [
    Requirement(text)
    for text in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"])
    if Requirement(text).marker is None or Requirement(text).marker.evaluate()  # type: ignore[union-attr]
]
START = "import sys; sys.argv[0] = 'clv-xl'; from clv_xl.cli import main; main()"


def lowest() -> list[str]:
    """Return each package in the oldest version that is allowed."""
    found = []
    for wanted in NEEDED:
        (version,) = (item.version for item in wanted.specifier if item.operator in {">=", "=="})
        found.append(f"{wanted.name}=={version}")
    return found


def other_pythons() -> Iterator[Path]:
    """Other Pythons of this machine that will do, one of each version."""
    seen = {sys.version_info[:2]}
    named = (Path(path) for minor in range(11, 20) if (path := which(f"python3.{minor}")))
    own = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python"))
    for python in (*named, *own):
        asked = [python, "-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode == 0 and (version := tuple(map(int, done.stdout.split()))) >= (3, 11):
            if version not in seen:
                yield python
            seen.add(version)  # type: ignore[arg-type]  # two numbers


def environment(python: Path | str, folder: Path, packages: list[str]) -> Path:
    """Make an environment with these packages; ours is read from this clone."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    made = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([made, "-m", "pip", "install", "--quiet", *packages], check=True)
    return made


def figures(python: Path | str, folder: Path) -> dict[str, Any]:
    """Make a shop and all that can be made of it; return what the commands say."""
    folder.mkdir()

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, "-c", START, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    run("sample", "shop", "--customers", "500")
    run("template", "t.xlsx")
    run("functions", "CLV")
    shop = ("shop/orders.csv", "--parameters", "shop/parameters.toml", "--customers", "shop/customers.csv")
    beside = ("--spend", "shop/spend.csv", "--lists", "lists", "--all-customers", "all.parquet")
    report = json.loads(run("report", *shop, *beside, "-o", "r.xlsx", "--json"))
    columns = (
        "--column",
        "customer_id=Customer",
        "--column",
        "order_date=Last order",
        "--column",
        "amount=Amount",
    )
    again = json.loads(run("check", "all.parquet", *columns, "--json"))
    backtest = json.loads(run("backtest", *shop[:3], "--json"))["backtest"]
    return {
        "rows": report["rows"],
        "account": report["account"],
        "figures": report["figures"],
        "lists": report["lists"]["files"],
        "again": again["rows"],
        "backtest": backtest,
    }


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the commands say with what is installed here."""
    return figures(sys.executable, tmp_path_factory.mktemp("here") / "shop")


def same(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two results differ by more than optimisers of two versions do; a bias is a difference of large sums."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        # whether a likelihood is nearly flat, which is a caution, two optimisers may see differently
        keys = [key for key in one if key != "cautions"]
        return [fault for key in keys for fault in same(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [fault for at, item in enumerate(one) for fault in same(item, other[at], f"{where}[{at}]")]
    if isinstance(one, float) and isinstance(other, float):
        return [] if one == pytest.approx(other, rel=1e-4, abs=1e-4) else [f"{where}: {one} and {other}"]
    return [] if one == other else [f"{where}: {one!r} and {other!r}"]


def test_every_package_has_a_lowest_version_and_most_a_highest() -> None:
    assert len(lowest()) == len(NEEDED) > 10
    open_ended = {
        wanted.name for wanted in NEEDED if not any(item.operator in {"<", "=="} for item in wanted.specifier)
    }
    # these have kept what we use for a decade of major versions
    assert open_ended == {"lxml", "defusedxml", "rich"}


def test_differing_results_are_found() -> None:
    assert same({"a": [1.0, "x", None]}, {"a": [1.00001, "x", None]}) == []
    for other in ({"a": [1.01, "x", None]}, {"a": [1.0, "y", None]}, {"a": [1.0, "x"]}, {"b": []}):
        assert same({"a": [1.0, "x", None]}, other)


@pytest.mark.long
def test_the_lowest_allowed_versions_give_the_same_figures(tmp_path: Path, here: dict[str, Any]) -> None:
    old = environment(sys.executable, tmp_path / "old", lowest())
    faults = same(here, figures(old, tmp_path / "there"))
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_other_pythons_give_the_same_figures(tmp_path: Path, here: dict[str, Any]) -> None:
    # a machine may have none: then there is nothing to compare
    for python in other_pythons():
        name = python.parent.parent.name + python.name
        made = environment(python, tmp_path / name, [str(wanted).partition(";")[0] for wanted in NEEDED])
        faults = same(here, figures(made, tmp_path / f"of {name}"))
        assert not faults, f"{python}:\n" + "\n".join(faults)
