"""What reaches a user: the wheel works away from the clone, and a clone needs nothing but Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.office import ROOT

CLONED = (
    *("clv_xl", "workbook_templates", "tests", "install", "docs", "benchmarks", ".ci"),
    *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", ".gitignore"),
)


def _clone(folder: Path) -> Path:
    """Copy what a clone holds, without what this one has made since."""
    folder.mkdir()
    for name in CLONED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    return folder


def _run(command: list[str | Path], folder: Path, **more: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from it and not from the clone."""
    if find_spec("build") is None or find_spec("hatchling") is None:
        pytest.skip("build and hatchling are not installed (pip install '.[dev]')")
    folder = tmp_path_factory.mktemp("built")
    clone = _clone(folder / "clone")
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, clone], folder)
    (source,) = folder.glob("clv_xl-*.tar.gz")
    (wheel,) = folder.glob("clv_xl-*-py3-none-any.whl")
    return source, wheel


def _shipped(folder: str) -> set[str]:
    """The files of a folder of this clone that a user needs at run time."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".gitkeep"
    }


@pytest.mark.packaging
def test_the_wheel_holds_every_file_of_the_package_and_the_templates(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        everything = wheel.namelist()
    names = {name for name in everything if ".dist-info/" not in name}
    information = {name.split(".dist-info/")[1] for name in everything if ".dist-info/" in name}
    templates = {f"clv_xl/{name}" for name in _shipped("workbook_templates")}
    shipped = _shipped("clv_xl") | templates | {"clv_xl/install/clv_xl.xlam"}
    assert {name for name in names if not name.endswith("/.gitkeep")} == shipped
    assert any(name.startswith("clv_xl/workbook_templates/") for name in names)
    licences = {"licenses/LICENSE", "licenses/install/NOTICES.md"}
    assert {"METADATA", "entry_points.txt"} | licences <= information


@pytest.mark.packaging
def test_two_builds_are_the_same_byte_for_byte(built: tuple[Path, Path], tmp_path: Path) -> None:
    clone = _clone(tmp_path / "another folder")
    for at, path in enumerate(sorted(path for path in clone.rglob("*") if path.is_file())):
        # another day, and other rights, as another machine's umask gives them
        path.chmod(0o775 if path.stat().st_mode & 0o100 else 0o600 if path.suffix == ".py" else 0o664)
        os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, clone]
    # without the variable the tool takes a fixed day too; with it, whoever ships says which
    _run(build, tmp_path)
    for first in built:
        assert (tmp_path / first.name).read_bytes() == first.read_bytes(), first.name
    told = [tmp_path / "one", tmp_path / "two"]
    for folder in told:
        _run([*build[:-2], folder, clone], tmp_path, SOURCE_DATE_EPOCH="1790000000")
    for first in built:
        one, two = ((folder / first.name).read_bytes() for folder in told)
        assert one == two, first.name
        assert one != first.read_bytes(), "the variable is heard"


@pytest.mark.packaging
def test_the_source_archive_can_be_tested_and_built(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"} <= names
    for folder in ("clv_xl", "tests", "workbook_templates", "install"):
        assert _shipped(folder) <= names


@pytest.mark.packaging
def test_the_wheel_makes_a_report_away_from_the_clone(built: tuple[Path, Path], tmp_path: Path) -> None:
    home = tmp_path / "installed"
    _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", home, built[1]], tmp_path
    )
    # Found before the package that is installed for development, because of PYTHONPATH.
    start = [sys.executable, "-c", "import clv_xl.cli; print(clv_xl.__file__); clv_xl.cli.main()"]
    printed = _run([*start, "sample", "shop", "--customers", "300"], tmp_path, PYTHONPATH=str(home))
    assert printed.startswith(str(home))
    _run([*start, "report", "shop/orders.csv", "-o", "report.xlsx"], tmp_path, PYTHONPATH=str(home))
    assert zipfile.is_zipfile(tmp_path / "report.xlsx")
    # the two built workbooks come along, and nothing that builds them is needed
    _run([*start, "template", "shop.xlsm"], tmp_path, PYTHONPATH=str(home))
    assert (tmp_path / "shop.xlsm").read_bytes() == (
        ROOT / "workbook_templates" / "clv_template.xlsm"
    ).read_bytes()
    where = "from clv_xl.workbook.shipped import addin_path; print(addin_path())"
    printed = _run([sys.executable, "-c", where], tmp_path, PYTHONPATH=str(home)).strip()
    assert printed == str(home / "clv_xl" / "install" / "clv_xl.xlam")
    assert Path(printed).read_bytes() == (ROOT / "install" / "clv_xl.xlam").read_bytes()


@pytest.mark.long
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_fresh_clone_in_a_folder_with_spaces_makes_its_report(tmp_path: Path) -> None:
    clone = _clone(tmp_path / "a new clone")
    _run(["make", "report"], clone)
    assert zipfile.is_zipfile(clone / "out" / "report.xlsx")
