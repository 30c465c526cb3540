"""``clv-xl backtest``: the published comparison from an order file, in words and as JSON, and what it refuses."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clv_xl.cli import main
from clv_xl.models.backtest import rolling_backtest
from clv_xl.models.histories import purchase_occasions
from tests.conftest import Run
from tests.oracle import Line, counted_lines
from tests.shops import cdnow_lines, line, purchases_lines, sample_lines, write_orders
from tests.test_models_correctness import CDNOW_13_WEEKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Run the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["clv-xl", "backtest", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as done:
            code = done.code
        printed = capsys.readouterr()
        return Run(code or 0, printed.out, printed.err)

    return call


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=250)


def methods(printed: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in json.loads(printed)["backtest"]["methods"]}


def test_the_command_says_what_the_models_say(
    run: Callable[..., Run], tmp_path: Path, lines: Sequence[Line]
) -> None:
    """The same figures as from the rows by way of numpy alone, averaged over the periods."""
    write_orders(tmp_path / "orders.csv", lines)
    done = run("orders.csv", "--json", "--holdout-months", "6")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = counted_lines(list(lines))
    tests = rolling_backtest(
        purchase_occasions(
            [row.customer for row in rows],
            np.array([row.day for row in rows], dtype="datetime64[D]"),
            [float(row.amount) for row in rows],
        ),
        max(row.day for row in rows),
        182,
    )
    said = json.loads(done.stdout)
    assert [period["known_until"] for period in said["backtest"]["periods"]] == [
        test.known_until.isoformat() for test in tests
    ]
    assert said["rows"]["used"] == sum(row.amount >= 0 for row in rows)
    found = methods(done.stdout)
    assert list(found)[-2:] == ["plain formula", "same as the last period"]
    # it learns from what is before a period: see test_report_correction.py
    assert found.pop("Pareto/NBD, corrected")
    for name, item in found.items():
        scores = [test.score(name) for test in tests]
        assert item["orders"]["rmse"] == pytest.approx(np.mean([score.orders.rmse for score in scores]))
        assert item["amounts"]["bias"] == pytest.approx(np.mean([score.main.bias for score in scores]))
        assert item["amounts"]["gini"] == pytest.approx(np.mean([score.main.gini for score in scores]))
    assert said["backtest"]["used"] in found


def test_in_words_every_method_has_a_line_and_one_is_marked(
    run: Callable[..., Run], tmp_path: Path, lines: Sequence[Line]
) -> None:
    write_orders(tmp_path / "orders.csv", lines)
    done = run("orders.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "12 months" in done.stdout
    shown = methods(run("orders.csv", "--json").stdout)
    rows = done.stdout.splitlines()
    for name, item in shown.items():
        mine = next(row for row in rows if row.startswith(name))
        assert f"{item['orders']['gini']:.3f}" in mine
        assert f"{item['orders']['rmse']:.2f}" in mine
    marked = [row for row in rows if " * " in row]
    assert len(marked) == 1
    assert run("orders.csv", "--quiet") == Run(0, "", "")


def test_where_no_prediction_is_given_no_method_is_marked_as_used(
    run: Callable[..., Run], tmp_path: Path, lines: Sequence[Line]
) -> None:
    some = sorted({line.customer for line in lines})[:60]
    write_orders(tmp_path / "orders.csv", [line for line in lines if line.customer in some])
    said = run("orders.csv").stdout
    assert "*" not in said
    assert "customers came again; 100 are needed to tell their habits." in said


def test_on_a_terminal_the_comparison_is_two_tables(
    run: Callable[..., Run], tmp_path: Path, lines: Sequence[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(tmp_path / "orders.csv", lines)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    done = run("orders.csv")
    assert done.exit_code == 0
    assert [row.strip() for row in done.stdout.splitlines() if row.startswith("Error in")] == [
        "Error in orders",
        "Error in amounts",
    ]
    # narrow as the terminal is, no name or figure is cut off
    assert "…" not in done.stdout
    assert done.stdout.count("same as the last period") == 2


def test_orders_without_amounts_are_compared_by_orders(run: Callable[..., Run], tmp_path: Path) -> None:
    rows = [
        Line(f"c{n % 30}", date(2022, 1, 1) + timedelta(days=7 * n), Decimal(0), order=str(n))
        for n in range(150)
    ]
    write_orders(tmp_path / "orders.csv", rows)
    done = run("orders.csv")
    assert done.exit_code == 0
    assert "amounts" not in done.stdout.splitlines()[2]
    assert "100 are needed" in done.stdout
    assert all(item["amounts"] is None for item in methods(run("orders.csv", "--json").stdout).values())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("orders.csv",), 3,
            (
                "Error: There can be no backtest: the orders run from 2024-05-15 to 2024-06-20. It takes at least two "
                "months to predict from and one to compare with.\n"
            ),
        ),
        (
            ("long.csv", "--holdout-months", "13"), 2,
            (
                "Error: --holdout-months 13: the orders run from 2022-01-01 to 2023-12-31, and a period takes one of "
                "the same length before it. Give 12 or less.\n"
            ),
        ),
        (("gone.csv",), 3, "Error: gone.csv does not exist. Check the name and the folder.\n"),
    ],
)  # fmt: skip
def test_refused(
    run: Callable[..., Run], tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    write_orders(tmp_path / "orders.csv", [line("a", "2024-05-15", "9"), line("a", "2024-06-20", "9")])
    write_orders(
        tmp_path / "long.csv",
        [line("a", "2022-01-01", "9"), line("a", "2023-12-31", "9"), line("b", "2022-05-01", "9")],
    )
    assert run(*arguments) == Run(code, "", message)
    assert run("orders.csv", "--holdout-months", "0").exit_code == 2
    assert run("long.csv", "--holdout-months", "12").exit_code == 0


@pytest.mark.long
def test_cdnow_gives_the_published_comparison(
    run: Callable[..., Run], tmp_path: Path, cdnow_master: Path
) -> None:
    # spend in the next 13 weeks (3 months of 365.25 / 12 days), three origins, all 23,570 customers
    write_orders(tmp_path / "cdnow.csv", cdnow_lines(cdnow_master))
    found = methods(run("cdnow.csv", "--holdout-months", "3", "--json").stdout)
    for name, (gini, rmse, bias) in CDNOW_13_WEEKS.items():
        assert found[name]["amounts"]["gini"] == pytest.approx(gini, abs=0.0015), name
        assert found[name]["amounts"]["rmse"] == pytest.approx(rmse, abs=0.5), name
        assert found[name]["amounts"]["bias"] == pytest.approx(bias, abs=0.006), name


@pytest.mark.long
def test_eleven_years_of_purchases(run: Callable[..., Run], tmp_path: Path, shared_data: Path) -> None:
    # the published table has seven origins, the command the last three: the order of the methods is the same
    write_orders(
        tmp_path / "purchases.csv", purchases_lines(shared_data / "purchases_2005_2015" / "purchases.txt.gz")
    )
    found = methods(run("purchases.csv", "--json").stdout)
    gini = {name: item["amounts"]["gini"] for name, item in found.items()}
    assert min(gini[name] for name in ("Pareto/NBD", "MBG/NBD", "BG/NBD")) > max(
        gini["plain formula"], gini["same as the last period"]
    )
    assert found["plain formula"]["amounts"]["bias"] > 10
    assert all(abs(found[name]["amounts"]["bias"]) < 0.15 for name in ("Pareto/NBD", "MBG/NBD", "BG/NBD"))
