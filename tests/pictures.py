"""The pictures in the README: first printed pages of the report that ``make report`` writes.

    python -m tests.pictures            makes them anew in docs/pictures (LibreOffice and pdftoppm)
    python -m tests.pictures --check    says whether the pages still say what they said when they were made

Another LibreOffice draws other bytes, so that pictures cannot be compared; ``shown.txt`` beside them keeps the words
and figures of what they show.
"""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
import warnings
from datetime import date
from itertools import groupby
from pathlib import Path

from openpyxl import load_workbook

from tests.office import ROOT, LibreOffice, find_libreoffice

FOLDER = ROOT / "docs" / "pictures"
SHOWN = FOLDER / "shown.txt"
PAGES = ("Summary", "Segments", "Cohorts", "Forecast")
LARGEST = 150_000
"""Bytes of a picture: the README has to open at once."""
_DOTS = 94  # an inch
_PAPER = (297 / 25.4, 210 / 25.4)  # A4 landscape, in inches
_EDGE, _FOOT = 0.3, 0.5  # inches that are cut off: the margin, and the footer with it


def file_of(title: str) -> Path:
    """Return where the picture of a page is kept."""
    return FOLDER / f"{title.lower().replace(' ', '_')}.png"


def sample_report(folder: Path) -> Path:
    """Write the report of ``make report`` into a folder."""
    program = [sys.executable, "-m", "clv_xl.cli"]
    report = folder / "report.xlsx"
    subprocess.run([*program, "sample", str(folder / "sample")], check=True, stdout=subprocess.DEVNULL)
    orders, parameters = folder / "sample" / "orders.csv", folder / "sample" / "parameters.toml"
    command = [*program, "report", str(orders), "--parameters", str(parameters), "--quiet", "-o", str(report)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return report


def words_of(report: Path) -> str:
    """Return what the first printed page of each pictured sheet says, a line a row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl keeps no solid data bars
        book = load_workbook(report, data_only=True)
    lines: list[str] = []
    for title in PAGES:
        sheet = book[title]
        turns = sorted(each.id for each in sheet.row_breaks.brk)
        lines.append(f"# {title}")
        for row in sheet.iter_rows(max_row=turns[0] if turns else None, values_only=True):
            told = [_told(value) for value in row if value not in {None, ""}]
            lines += [" | ".join(told)] if told else []
    return "\n".join(lines) + "\n"


def _told(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    # another machine's last digits differ
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def first_pages(pdf: Path) -> dict[str, int]:
    """Return the number of the first page of each sheet: its title stands in the footer."""
    told = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    feet = [
        page.rstrip().splitlines()[-1].split("  ")[0].strip() for page in told.split("\f") if page.strip()
    ]
    numbered = enumerate(feet, start=1)
    return {title: next(group)[0] for title, group in groupby(numbered, key=lambda item: item[1])}


def make() -> None:
    """Print the report, and keep a picture of each page and what it says."""
    program = find_libreoffice()
    if program is None or shutil.which("pdftoppm") is None:
        raise SystemExit(
            "The pictures take LibreOffice and pdftoppm (Debian: libreoffice-calc, poppler-utils)."
        )
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        report = sample_report(folder)
        office = LibreOffice(program, folder / "profile", recalculate=False)
        pdf = office.convert(report, "pdf", folder / "printed")
        pages = first_pages(pdf)
        for title in PAGES:
            _draw(pdf, pages[title], file_of(title))
        SHOWN.write_text(words_of(report), encoding="utf-8")


def _draw(pdf: Path, page: int, target: Path) -> None:
    wide, tall = _PAPER[0] - 2 * _EDGE, _PAPER[1] - _EDGE - _FOOT
    cut = {"-x": _EDGE, "-y": _EDGE, "-W": wide, "-H": tall}
    options = [word for option, inches in cut.items() for word in (option, str(round(inches * _DOTS)))]
    pages = ["-r", str(_DOTS), "-f", str(page), "-l", str(page)]
    subprocess.run(
        ["pdftoppm", "-png", *pages, *options, "-singlefile", str(pdf), str(target.with_suffix(""))],
        check=True,
    )


def check() -> int:
    """Say what has changed on the pictured pages since the pictures were made."""
    with tempfile.TemporaryDirectory() as kept:
        now = words_of(sample_report(Path(kept)))
    then = SHOWN.read_text(encoding="utf-8")
    changed = [
        *difflib.unified_diff(then.splitlines(), now.splitlines(), "in the pictures", "now", n=0, lineterm="")
    ]
    if changed:
        told = [*changed[:20], "The README's pictures are stale: run `make pictures`.", ""]
        sys.stderr.write("\n".join(told))
    return 1 if changed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    make()
