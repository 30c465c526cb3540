"""The report as PDF: printed by LibreOffice, whole or not at all, and the same bytes for the same report."""

from __future__ import annotations

import os
import re
import subprocess
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from clv_xl.errors import OutputError, UsageError
from clv_xl.workbook import pdf, styles
from clv_xl.workbook.ownership import refuse_strangers
from clv_xl.workbook.pdf import write_pdf
from clv_xl.workbook.sheet import Book, Cell, Formula, Sheet
from tests.office import find_libreoffice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are shell scripts")

ORDERS = "customer_id,order_date,amount\nann,2023-05-15,100\nbo,2024-06-15,60.50\nann,2024-07-15,9.90\n"
CELLS = (
    Cell(1, 1, Formula("=21*2", 999.5), styles.figure("cents")),
    Cell(2, 1, date(2024, 12, 31), styles.figure("date")),
)
BOOK = Book("Customer value", date(2024, 12, 31), (Sheet("Summary", CELLS, column_widths=((1, 30.0),)),))
PRINTED = "%PDF-1.6 body /CreationDate(D:{moment}) /ID [ <{one}>\n<{one}> ]\n/DocChecksum /{two}\nstartxref\n5\n%%EOF\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a shell script in LibreOffice's place; it finds the folder to print to as $OUT."""

    def make(script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / "soffice"
        find = 'while [ "$1" != --outdir ]; do shift; done; OUT=$2\n'
        path.write_text(f"#!/bin/sh\n{find}{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setattr(pdf, "_PROGRAMS", (str(path),))
        return path

    return make


def _printing(tmp_path: Path, name: str, **values: str) -> str:
    """A script that prints what was drawn."""
    (tmp_path / name).write_text(PRINTED.format(**values), encoding="utf-8")
    return f'cp "{tmp_path / name}" "$OUT/report.pdf"'


@posix
def test_moment_and_drawn_numbers_are_put_right_without_moving_a_byte(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    program(_printing(tmp_path, "one", moment="20261122155745Z'", one="8E" * 16, two="5A" * 16))
    write_pdf(BOOK, tmp_path / "one.pdf")
    program(_printing(tmp_path, "two", moment="20270203040506Z'", one="11" * 16, two="00" * 16))
    write_pdf(BOOK, tmp_path / "two.pdf")
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    assert b"/CreationDate(D:20241231000000Z')" in content
    assert content.index(b"startxref") == PRINTED.format(moment="x" * 16, one="8E" * 16, two="5A" * 16).index(
        "startxref"
    )


@posix
def test_a_pdf_of_ours_is_replaced_and_one_that_somebody_saved_is_not(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    program(_printing(tmp_path, "one", moment="20261122155745Z'", one="8E" * 16, two="5A" * 16))
    path = tmp_path / "one.pdf"
    write_pdf(BOOK, path)
    refuse_strangers(path)
    for change in (path.read_bytes() + b"5 0 obj a remark %%EOF\n", b"%PDF-1.4 an invoice\n%%EOF\n", b"x"):
        path.write_bytes(change)
        with pytest.raises(UsageError, match="is no report as clv_xl left it"):
            refuse_strangers(path)


FAILURES = {
    "it crashes": (
        "echo 'a line' >&2; echo 'no fonts' >&2; kill -SEGV $$",
        r"made no PDF \(exit code -11: no fonts\)",
    ),
    "it says all is well": ("exit 0", r"made no PDF \(exit code 0\)"),
    "it ends half way": ('printf "%%PDF-1.6 half" > "$OUT/report.pdf"', r"made no PDF \(exit code 0\)"),
    "it cannot be started": (None, "could not be started"),
}


@posix
@pytest.mark.parametrize(("script", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failing_libreoffice_leaves_the_old_file(
    tmp_path: Path, program: Callable[[str], Path], script: str | None, message: str
) -> None:
    made = program(script or "")
    if script is None:
        made.write_text("#!/no/such/shell\n", encoding="utf-8")
    path = tmp_path / "report.pdf"
    path.write_bytes(b"last month")
    with pytest.raises(OutputError, match=message) as refused:
        write_pdf(BOOK, path)
    assert str(refused.value).startswith(f"{path}: not saved: LibreOffice")
    assert str(refused.value).endswith(
        "give a name that ends in .xlsx, open it in Excel and save it as PDF there."
    )
    assert path.read_bytes() == b"last month"


@posix
def test_a_libreoffice_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_SECONDS", 0.5)
    child = tmp_path / "child"
    program(f'sleep 60 & echo $! > "{child}"; wait')
    with pytest.raises(OutputError, match=r"did not finish in 0\.5 seconds and was stopped"):
        write_pdf(BOOK, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
    deadline = time.monotonic() + 10
    # the ended child may wait to be taken note of; then it is marked Z
    while _runs(int(child.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(number: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_without_libreoffice_it_is_said_before_any_work(
    tmp_path: Path, cli: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_PROGRAMS", ("soffice-that-is-not-there",))
    (tmp_path / "orders.csv").write_text("nothing of use", encoding="utf-8")
    run = cli("report", "orders.csv", "-o", "report.pdf", "--quiet")
    assert (run.exit_code, run.stdout) == (4, "")
    assert re.search(r"is not installed .*the package libreoffice-calc.*name that ends in \.xlsx", run.stderr)


def test_reports_on_subscriptions_are_workbooks_only(tmp_path: Path, cli: Callable[..., Run]) -> None:
    (tmp_path / "s.csv").write_text("customer_id,start_date,amount\n", encoding="utf-8")
    run = cli("subscriptions", "s.csv", "-o", "s.pdf")
    assert run.exit_code == 2
    assert 'let its name end in ".xlsx".' in run.stderr


@pytest.mark.office
def test_pages_are_printed_as_stored_in_the_same_bytes_with_dates_of_the_language(tmp_path: Path) -> None:
    if find_libreoffice() is None:
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc)")
    for name, language in (("one", "nb"), ("two", "nb"), ("english", "en")):
        write_pdf(BOOK, tmp_path / f"{name}.pdf", language)
        # the moment of printing is told in seconds
        time.sleep(1.1)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert _words(tmp_path / "one.pdf")[:2] == ["999,50", "31.12.2024"]
    assert _words(tmp_path / "english.pdf")[:2] == ["999.50", "31/12/2024"]


def _words(path: Path) -> list[str]:
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.office
def test_a_whole_report_is_printed(tmp_path: Path, cli: Callable[..., Run]) -> None:
    if find_libreoffice() is None:
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc)")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    for _ in range(2):
        run = cli("report", "orders.csv", "-o", "report.pdf", "--quiet")
        assert run.exit_code == 0, run
    assert "Customer value" in " ".join(_words(tmp_path / "report.pdf"))
