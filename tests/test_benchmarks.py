"""The benchmark compares the same job, says so when it does not, and shows what it measured."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="the benchmark measures memory with wait4")

ORDERS = """order_id,customer_id,order_date,amount,quantity,channel,product,country,status
1,A,2024-01-02,100.00,1,Direct,Tents,SE,completed
2,B,2024-02-03,50.00,1,Direct,Tents,NO,completed
2,B,2024-02-10,-50.00,1,Direct,Tents,NO,refunded
3,A,2025-03-04,200.00,2,Affiliate,Knives,SE,completed
4,C,2025-03-05,70.00,1,Direct,Tents,SE,cancelled
"""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_report", ROOT / "benchmarks" / "bench_report.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look up the module that they are defined in.
    monkeypatch.setitem(sys.modules, "bench_report", module)
    spec.loader.exec_module(module)
    return module


def _workbook(path: Path, customers: int, columns: int) -> Path:
    """A workbook with a table of customers below a title, and a smaller one."""
    book = openpyxl.Workbook()
    sheet = book.active
    for column in range(columns):
        for row in range(customers + 1):
            sheet.cell(row + 4, column + 2, f"{column} {row}")
    last = sheet.cell(customers + 4, columns + 1).coordinate
    sheet.add_table(Table(displayName="customers", ref=f"B4:{last}"))
    small = book.create_sheet()
    small.append(["a"])
    small.append([1])
    small.add_table(Table(displayName="small", ref="A1:A2"))
    book.save(path)
    return path


def _stand_in(bench: ModuleType, folder: Path, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a script that copies a workbook stand for clv-xl."""
    program = folder / "clv-xl"
    program.write_text(f'#!/bin/sh\n[ "$1" = report ] && cp "{workbook}" "$4"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(bench, "our_program", lambda: program)


def test_both_programs_run_in_turns_on_the_same_job(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    _stand_in(bench, tmp_path, _workbook(tmp_path / "made.xlsx", 2, 30), monkeypatch)
    result = bench.race(tmp_path, tmp_path, 1)
    assert (result.orders, result.customers, result.columns) == (5, 2, 30)
    ((ours, peer),) = result.pairs
    assert peer.seconds > ours.seconds > 0
    written = openpyxl.load_workbook(tmp_path / "peer.xlsx")
    assert written.sheetnames == ["Customers", "Cohorts", "Months"]
    assert (written["Customers"].max_row, written["Customers"].max_column) == (3, 30)
    first = dict(zip(*written["Customers"].iter_rows(max_row=2, values_only=True), strict=True))
    assert first["customer_id"] == "A"
    assert first["orders"] == 2
    assert first["net_amount"] == 300
    page = bench.with_result(f"Words\n{bench.BEGIN}\nold\n{bench.END}\nmore\n", bench.markdown(result))
    assert page.startswith(
        f"Words\n{bench.BEGIN}\n5 rows of orders to a workbook with 2 customers x 30 columns"
    )
    assert "old" not in page
    assert page.endswith(f"{bench.END}\nmore\n")


def test_another_job_is_no_race(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    _stand_in(bench, tmp_path, _workbook(tmp_path / "made.xlsx", 3, 30), monkeypatch)
    with pytest.raises(SystemExit, match="not the same job"):
        bench.race(tmp_path, tmp_path, 1)


def test_memory_is_that_of_one_process_and_not_of_the_largest_so_far(bench: ModuleType) -> None:
    large = bench.run([sys.executable, "-c", "text = b'x' * 600_000_000"])
    assert large.megabytes > 600
    # A process shows no less than the one that started it: here the whole test run, in a benchmark little.
    assert bench.run([sys.executable, "-c", ""]).megabytes < large.megabytes


def test_a_program_that_fails_stops_the_benchmark(bench: ModuleType) -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        bench.run(["sh", "-c", "exit 3"])


def test_the_page_has_a_place_for_the_result(bench: ModuleType) -> None:
    page = bench.README.read_text(encoding="utf-8")
    assert "new" in bench.with_result(page, "new")
    with pytest.raises(SystemExit, match="needs the lines"):
        bench.with_result("no markers", "new")


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16_384)])
def test_columns_are_counted(bench: ModuleType, letters: str, number: int) -> None:
    assert bench._column(letters) == number
