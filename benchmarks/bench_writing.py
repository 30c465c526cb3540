"""The sheet of customers alone: ours against openpyxl (write-only, styled) and XlsxWriter, on one core.

    python benchmarks/bench_writing.py [--rows 100000] [--runs 3] [--dry-run] [--check]

Each program writes the same 15 columns with their formats and the same compression in a process of its own, in
turns; ours, as it is installed, with its quicker library too. Shown are CPU seconds, which other programs on the
machine change less than the clock. XlsxWriter is measured where it is installed. The result is printed, and without
--dry-run written into ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measuring import hold, machine, options, publish, spread, table

from clv_xl.workbook import squeezed
from clv_xl.workbook.squeezed import LEVEL

OURS = "clv_xl, zlib"
PROGRAMS = {
    OURS: "",
    "clv_xl, isal": "isal",
    "openpyxl, write-only": "openpyxl",
    "XlsxWriter, constant memory": "xlsxwriter",
}
# CPU seconds of a peer for one of ours: what --check holds, about half of what was measured
FLOORS = {"openpyxl, write-only": 10.0, "XlsxWriter, constant memory": 3.5}
FORMATS = {"text": "General", "number": "#,##0.00", "integer": "0", "date": "yyyy-mm-dd"}


def columns(rows: int) -> list[tuple[str, str, Any]]:
    """Return title, kind and values of each column: the same every time."""
    draw = np.random.default_rng(7)
    found: list[tuple[str, str, Any]] = [("Customer", "text", [f"C{row:06d}" for row in range(rows)])]
    for title, words in (
        ("Segment", ["Champions", "Loyal", "At risk", "Lost"]),
        ("Activity", ["active", "inactive"]),
    ):
        found.append((title, "text", draw.choice(words, rows).tolist()))
    found += [(f"Amount {at}", "number", np.round(draw.gamma(2, 500, rows), 2)) for at in range(4)]
    found += [(f"Expected {at}", "number", np.round(draw.gamma(2, 0.5, rows), 6)) for at in range(3)]
    found += [(f"Orders {at}", "integer", draw.integers(0, 300, rows)) for at in range(3)]
    first = np.datetime64("2020-01-01")
    return found + [(f"Day {at}", "date", first + draw.integers(0, 2000, rows)) for at in range(2)]


def write_ours(given: list[tuple[str, str, Any]], path: Path) -> None:
    """Write with this package."""
    from clv_xl.workbook.openpyxl_writer import write_book  # noqa: PLC0415 - measured in a process of its own
    from clv_xl.workbook.sheet import Book, Bulk, BulkColumn, Sheet, Style  # noqa: PLC0415

    made = tuple(
        BulkColumn(title, kind, values, Style(number_format=FORMATS[kind]))  # type: ignore[arg-type]
        for title, kind, values in given
    )
    bulk = Bulk("Customers", 1, 1, made, Style(bold=True))
    write_book(Book("Benchmark", date(2024, 1, 1), (Sheet("Customers", (), bulk=bulk),)), path)


def write_with_zlib(given: list[tuple[str, str, Any]], path: Path) -> None:
    """Write with this package, and compress as the others do."""
    squeezed.quick = None  # type: ignore[assignment]
    write_ours(given, path)


def write_openpyxl(given: list[tuple[str, str, Any]], path: Path) -> None:
    """Write with openpyxl, in its fastest mode that has styles."""
    import openpyxl  # noqa: PLC0415
    import openpyxl.writer.excel as saving  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    saving.ZipFile = lambda file, mode, method, **more: zipfile.ZipFile(  # type: ignore[attr-defined]
        file, mode, method, compresslevel=LEVEL, **more
    )
    book = openpyxl.Workbook(write_only=True)
    sheet, font = book.create_sheet("Customers"), Font(name="Calibri", size=10)
    sheet.append([title for title, _, _ in given])
    formats = [FORMATS[kind] for _, kind, _ in given]
    for row in zip(*(_plain(values) for _, _, values in given), strict=True):
        cells = []
        for value, number_format in zip(row, formats, strict=True):
            cell = WriteOnlyCell(sheet, value=value)
            cell.font, cell.number_format = font, number_format
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def write_xlsxwriter(given: list[tuple[str, str, Any]], path: Path) -> None:
    """Write with XlsxWriter."""
    import xlsxwriter  # type: ignore[import-not-found]  # noqa: PLC0415
    import xlsxwriter.workbook as saving  # type: ignore[import-not-found]  # noqa: PLC0415

    saving.ZipFile = lambda *given, **more: zipfile.ZipFile(*given, **more | {"compresslevel": LEVEL})
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Customers")
    formats = [book.add_format({"num_format": FORMATS[kind], "font_size": 10}) for _, kind, _ in given]
    writers = [
        {"text": sheet.write_string, "date": sheet.write_datetime}.get(kind, sheet.write_number)
        for _, kind, _ in given
    ]
    for at, (title, _, _) in enumerate(given):
        sheet.write_string(0, at, title)
    for number, row in enumerate(zip(*(_plain(values) for _, _, values in given), strict=True), 1):
        for at, value in enumerate(row):
            writers[at](number, at, value, formats[at])
    book.close()


def _plain(values: Any) -> list[Any]:
    return values if isinstance(values, list) else values.tolist()


WRITERS = {
    OURS: write_with_zlib,
    "clv_xl, isal": write_ours,
    "openpyxl, write-only": write_openpyxl,
    "XlsxWriter, constant memory": write_xlsxwriter,
}


def measure(program: str, rows: int) -> None:
    """Write once in this process, and print the CPU seconds and the size of the file."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    given = columns(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.xlsx"
        WRITERS[program](columns(10), path)  # what is imported is not in the figures
        start = time.process_time()
        WRITERS[program](given, path)
        print(time.process_time() - start, path.stat().st_size)


def main() -> None:
    """Measure, print, and write the page."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="customers (default 100000)")
    parser.add_argument("--check", action="store_true", help="fail where a ratio is below its floor")
    parser.add_argument("--program", choices=WRITERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.program:
        measure(arguments.program, arguments.rows)
        return
    chosen = [name for name, library in PROGRAMS.items() if not library or importlib.util.find_spec(library)]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    for _ in range(arguments.runs):
        for name in chosen:
            command = [sys.executable, __file__, "--program", name, "--rows", str(arguments.rows)]
            told = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.split()
            found[name].append((float(told[0]), float(told[1])))
    ours = median(seconds for seconds, _ in found[OURS])
    slower = {name: median(seconds for seconds, _ in costs) / ours for name, costs in found.items()}
    lines = [
        [
            name,
            spread([seconds for seconds, _ in costs], ".2f"),
            f"{slower[name]:.1f}",
            f"{costs[0][1] / 1e6:.1f}",
        ]
        for name, costs in found.items()
    ]
    measured = f"median (smallest to largest) of {arguments.runs} runs each"
    result = f"""{arguments.rows:,} customers x 15 columns, styled, deflate level {LEVEL}, one core; {measured}.

{table(["program", "CPU seconds", "times ours", "file, MB"], lines)}

{machine("clv-xl", "openpyxl", "xlsxwriter", one_core=True)}"""
    publish("writing", result, dry_run=arguments.dry_run)
    if arguments.check:
        hold(slower, FLOORS)


if __name__ == "__main__":
    main()
