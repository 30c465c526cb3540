"""The benchmark compares the same job, says so when it does not, and shows what it measured."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree

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
    # A script finds its neighbours; its test has to be told where they are.
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("bench_report")


@pytest.fixture
def measuring(bench: ModuleType) -> ModuleType:
    assert bench
    return importlib.import_module("measuring")


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
    """Let a script that copies a workbook stand for clv-xl, alone and stage by stage."""
    program = folder / "clv-xl"
    program.write_text(f'#!/bin/sh\n[ "$1" = report ] && cp "{workbook}" "$4"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(bench, "our_program", lambda: program)

    def staged(_orders: Path, made: Path) -> tuple[tuple[str, float, float], ...]:
        shutil.copy(workbook, made)
        return ("reading", 0.5, 80.0), ("writing", 0.25, 90.0)

    monkeypatch.setattr(bench, "staged", staged)


def test_all_programs_run_in_turns_on_the_same_job(
    bench: ModuleType, measuring: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    _stand_in(bench, tmp_path, _workbook(tmp_path / "made.xlsx", 2, 30), monkeypatch)
    result = bench.race(tmp_path / "orders.csv", tmp_path, 1, ["pandas + openpyxl"])
    assert (result.orders, result.customers, result.columns) == (5, 2, 30)
    (turn,) = result.turns
    peer = turn["pandas + openpyxl"]
    assert peer.cpu > turn[bench.NAME].cpu > 0
    assert bench.ratios(result) == {"pandas + openpyxl": peer.cpu / turn[bench.NAME].cpu}
    written = openpyxl.load_workbook(tmp_path / "peer.xlsx")
    assert written.sheetnames == ["Customers", "Cohorts", "Months"]
    assert (written["Customers"].max_row, written["Customers"].max_column) == (3, 30)
    first = dict(zip(*written["Customers"].iter_rows(max_row=2, values_only=True), strict=True))
    assert first["customer_id"] == "A"
    assert first["orders"] == 2
    assert first["net_amount"] == 300
    old = "Words\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nmore\n"
    page = measuring.with_result(old, "bench", bench.markdown([result]))
    assert page.startswith(
        "Words\n<!-- bench:begin -->\n5 orders of 9 columns give 2 customers x 30 columns; each measured once"
    )
    assert "| writing | 0.25 |" in page
    assert "| peak memory, MB | 90 |" in page
    assert "old" not in page
    assert page.endswith("<!-- bench:end -->\nmore\n")
    assert bench.drawn([result]) == bench.drawn([result])


def test_a_narrow_file_has_the_same_orders_and_a_place_of_its_own(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    narrow = bench.narrowed(tmp_path / "orders.csv")
    lines = narrow.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["order_id,customer_id,order_date,amount", "1,A,2024-01-02,100.00"]
    assert len(lines) == 6
    _stand_in(bench, tmp_path, _workbook(tmp_path / "made.xlsx", 3, 30), monkeypatch)
    result = bench.race(narrow, tmp_path, 1, ["pandas + openpyxl, with formats"])
    sheet = openpyxl.load_workbook(tmp_path / "peer.xlsx")["Customers"]
    formats = {sheet.cell(1, at).value: sheet.cell(2, at).number_format for at in range(1, 31)}
    assert formats["first_order"] == "yyyy-mm-dd"
    assert formats["orders"] == "#,##0"
    assert formats["net_amount"] == formats["figure_1"] == "#,##0.00"
    assert sheet.freeze_panes == "B2"
    page = bench.markdown([result])
    assert "| 5 of 4 columns | `clv-xl report` |" in page
    wide = bench.race(tmp_path / "orders.csv", tmp_path, 1, [])
    assert bench.drawn([wide, result]) == bench.drawn([wide])


def test_another_job_is_no_race(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    _stand_in(bench, tmp_path, _workbook(tmp_path / "made.xlsx", 3, 30), monkeypatch)
    with pytest.raises(SystemExit, match="not the same job"):
        bench.race(tmp_path / "orders.csv", tmp_path, 1, ["pandas + openpyxl"])


def test_the_plot_shows_every_program_and_size_on_its_axes(bench: ModuleType) -> None:
    text = bench.scaling_plot("T < U", {"ours": [(10_000, 2.0), (1_000_000, 12.5)], "R&D": [(10_000, 1.0)]})
    root = ElementTree.fromstring(text)
    shown = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert shown[0] == "T < U"
    assert {"10,000", "100,000", "1,000,000", "1", "10", "100", "ours", "R&D"} <= set(shown)
    dots = [element for element in root.iter() if element.tag.endswith("}circle")]
    assert len(dots) == 3
    # more orders stand further to the right, more seconds higher up
    (x1, y1), (x2, y2) = (tuple(float(dot.attrib[at]) for at in ("cx", "cy")) for dot in dots[:2])
    assert x1 < x2
    assert y1 > y2


def test_a_ratio_below_its_floor_ends_the_check(measuring: ModuleType) -> None:
    measuring.hold({"a": 2.0, "not held": 0.1}, {"a": 1.5, "not measured": 3.0})
    with pytest.raises(SystemExit, match=r"a: 1\.40 times, and 1\.5 at least"):
        measuring.hold({"a": 1.4}, {"a": 1.5})


def test_sizes_are_named_shortly(bench: ModuleType) -> None:
    assert bench.sizes("1M,10k,2500") == [2_500, 10_000, 1_000_000]
    with pytest.raises(ValueError, match="7"):
        bench.sizes("7")


def test_every_stage_begins_with_words_that_the_report_says(bench: ModuleType) -> None:
    told = [
        words
        for path in (ROOT / "clv_xl").rglob("*.py")
        for words in re.findall(r'\bstep\(f?"([^"]+)"', path.read_text(encoding="utf-8"))
    ]
    stages = importlib.import_module("our_report").STAGES
    assert bench.OURS.name == "our_report.py"
    assert [begin for begin in stages if not any(words.startswith(begin) for words in told)] == []


@pytest.mark.long
def test_the_stages_of_a_report_are_named_and_add_up(bench: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    stages = bench.staged(tmp_path / "orders.csv", tmp_path / "r.xlsx")
    names = [name for name, _, _ in stages]
    assert names[:3] == ["starting", "reading", "grouping by customer"]
    assert names[-2:] == ["pages", "writing"]
    assert all(cpu >= 0 for _, cpu, _ in stages)
    peaks = [peak for _, _, peak in stages]
    assert 20 < peaks[0] <= peaks[-1]
    assert bench.largest_table(tmp_path / "r.xlsx")[0] >= 2


def test_memory_is_that_of_one_process_and_not_of_the_largest_so_far(measuring: ModuleType) -> None:
    large = measuring.run([sys.executable, "-c", "text = b'x' * 600_000_000"])
    assert large.megabytes > 600
    # A process shows no less than the one that started it: here the whole test run, in a benchmark little.
    assert measuring.run([sys.executable, "-c", ""]).megabytes < large.megabytes


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of children while they live")
def test_memory_is_that_of_a_process_with_its_children(measuring: ModuleType) -> None:
    child = "text = b'x' * 300_000_000; import time; time.sleep(0.5)"
    program = f"import subprocess, sys; text = b'x' * 300_000_000; subprocess.run([sys.executable, '-c', {child!r}])"
    assert measuring.run([sys.executable, "-c", program]).megabytes > 600


def test_a_program_that_fails_stops_the_benchmark(measuring: ModuleType) -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        measuring.run(["sh", "-c", "exit 3"])


@pytest.mark.parametrize("name", ["bench", "start", "reading", "writing", "functions", "models"])
def test_the_page_has_a_place_for_every_result(measuring: ModuleType, name: str) -> None:
    page = measuring.README.read_text(encoding="utf-8")
    assert "new result" in measuring.with_result(page, name, "new result")
    with pytest.raises(SystemExit, match="needs the lines"):
        measuring.with_result("no markers", name, "new")


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16_384)])
def test_columns_are_counted(bench: ModuleType, letters: str, number: int) -> None:
    assert bench._column(letters) == number
