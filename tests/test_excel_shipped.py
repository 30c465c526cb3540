"""The template and the add-in as they are shipped: found, copied and opened without what builds them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlwings

from clv_xl.errors import OutputError, UsageError
from clv_xl.excel import ribbon
from clv_xl.workbook import shipped
from clv_xl.workbook.shipped import ADDIN, TEMPLATE, addin_path, template_path, write_template
from tests.office import ROOT
from tests.workbook_lint import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


def test_the_paths_are_those_of_the_built_files() -> None:
    assert (addin_path(), template_path()) == (ROOT / ADDIN, (ROOT / TEMPLATE))


def test_a_damaged_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)
    with pytest.raises(
        OutputError, match=r"clv_xl\.xlam is missing from this installation.*Install it again"
    ):
        addin_path()


def test_a_template_is_written_and_never_over_another(cli: Callable[..., Run], tmp_path: Path) -> None:
    done = cli("template", "my shop.xlsm")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "my shop.xlsm written. Open it in Excel; its first sheet says what to do.\n"
    assert (tmp_path / "my shop.xlsm").read_bytes() == (ROOT / TEMPLATE).read_bytes()
    (tmp_path / "my shop.xlsm").write_bytes(b"filled in")
    again = cli("template", "my shop.xlsm")
    assert again.exit_code == 2
    assert "my shop.xlsm: is there already, and may hold your orders" in again.stderr
    assert (tmp_path / "my shop.xlsm").read_bytes() == b"filled in"
    assert cli("template", "my shop.xlsm", "--replace", "--quiet").stdout == ""
    assert zipfile.is_zipfile(tmp_path / "my shop.xlsm")


def test_a_template_needs_the_right_ending_and_a_folder(cli: Callable[..., Run]) -> None:
    done = cli("template", "shop.xls")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: shop.xls: the template holds macros, so its name has to end in .xlsm. Choose such a name.\n",
    )
    assert cli("template", "nowhere/shop.xlsm").exit_code == 4


def test_a_user_needs_nothing_that_builds_it(tmp_path: Path) -> None:
    start = "import sys; sys.modules['pyopenvba'] = None; from clv_xl.cli import main; main()"
    command = [sys.executable, "-c", start, "template", tmp_path / "shop.xlsm"]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert (tmp_path / "shop.xlsm").read_bytes() == (ROOT / TEMPLATE).read_bytes()


class _Excel:
    """The Excel that calls: it notes which workbooks are opened."""

    def __init__(self) -> None:
        self.opened: list[Path] = []
        self.app = self.books = self

    def open(self, path: Path) -> None:
        assert path.is_file()
        self.opened.append(path)


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> _Excel:
    excel = _Excel()
    monkeypatch.setattr(xlwings.Book, "caller", lambda: excel)
    return excel


def test_the_ribbon_opens_a_new_template(caller: _Excel, tmp_path: Path) -> None:
    path = tmp_path / "Kø \U0001f600.xlsm"
    halves = str(path).encode("utf-16-be")
    as_vba_counts = "".join(
        chr(int.from_bytes(halves[place : place + 2])) for place in range(0, len(halves), 2)
    )
    ribbon.new_template(as_vba_counts)
    assert caller.opened == [path]
    assert path.read_bytes() == (ROOT / TEMPLATE).read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        ribbon.new_template(as_vba_counts)


def test_a_written_template_opens_like_the_shipped_one(tmp_path: Path) -> None:
    assert faults(write_template(tmp_path / "shop.xlsm")) == []
