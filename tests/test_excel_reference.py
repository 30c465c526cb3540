"""The generated reference of the functions: complete, fresh, and written or refused as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from clv_xl.errors import UsageError
from clv_xl.excel.reference import BEGIN, END, main, render_readme_table, render_reference, with_table
from clv_xl.excel.registry import functions
from clv_xl.metrics import catalogue

ROOT = Path(__file__).parents[1]
CELL_FUNCTIONS = [function.record for function in functions()]


def test_the_reference_in_the_repository_is_fresh() -> None:
    fix = "run python -m clv_xl.excel.reference"
    assert (ROOT / "docs" / "functions.md").read_text(encoding="utf-8") == render_reference(), fix
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_table(readme) == readme, fix


def test_the_reference_names_every_function_and_figure() -> None:
    text = render_reference()
    figures = [metric for metric in catalogue() if not metric.cell_function]
    for metric in (*CELL_FUNCTIONS, *figures):
        assert (f"### {metric.name}\n" in text) == metric.cell_function
        assert metric.formula in text
    assert all(f"`{metric.name}`" in render_readme_table() for metric in CELL_FUNCTIONS)


def test_every_row_of_a_table_in_the_reference_has_as_many_cells_as_its_head() -> None:
    width = 0
    for line in render_reference().splitlines():
        bars = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert not (bars and width) or bars == width, line
        width = bars


def test_a_table_that_fits_is_shown_and_a_wide_one_is_described() -> None:
    text = render_reference()
    assert "| Ann | 0 | 2 | 160 | 4 | 4 | 4 | 444 | Loyal |\n" in text
    assert "gives a table of 13 rows and 12 columns\n" in text
    assert "| then / now |" not in text


def test_the_readme_keeps_all_but_its_block() -> None:
    page = f"# T\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    new = with_table(page)
    assert new.startswith(f"# T\n\n{BEGIN}\n| Function |")
    assert new.endswith(f"|\n{END}\n\nafter\n")
    assert "old" not in new
    assert with_table(new) == new


@pytest.mark.parametrize("page", ["# T\n", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}{BEGIN}{END}"])
def test_a_readme_without_its_marks_is_refused(page: str) -> None:
    with pytest.raises(
        UsageError, match=r"README\.md has no place for the table of functions\. Put the lines"
    ):
        with_table(page)


def test_writing_checking_and_a_stale_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "There is no README.md here" in capsys.readouterr().err
    readme = tmp_path / "README.md"
    readme.write_text(f"# T\n{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["--check"]) == 1
    assert not (tmp_path / "docs").exists()
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert (tmp_path / "docs" / "functions.md").read_text(encoding="utf-8") == render_reference()
    readme.write_text(readme.read_text(encoding="utf-8").replace("14,400", "14,401"), encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "README.md is out of date. Run: python -m clv_xl.excel.reference\n"


def test_a_reference_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    (tmp_path / "docs").write_text("a file where the folder should be", encoding="utf-8")
    assert main([]) == 4
    assert "functions.md cannot be written" in capsys.readouterr().err
    assert main(["--chek"]) == 2
