"""Every line of the report has room where it stands, measured with the font files that it is drawn with."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from clv_xl.events import Event
from clv_xl.orders.filled_files import read_customer_data, read_spend
from clv_xl.report.build import build_report
from clv_xl.report.language import LANGUAGES, in_language_of
from clv_xl.report.material import Beside
from clv_xl.report.template import build_template
from clv_xl.workbook import letters
from clv_xl.workbook.canvas import Canvas
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.sheet import Cell, Sheet, Style
from clv_xl.workbook.whole_words import keep_words_whole
from tests.shops import EDGE_SHOPS, material_of, sample_lines, with_costs
from tests.test_layout import number_text, shown
from tests.type_metrics import INDENT, PADDING, POINTS_A_UNIT, face

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clv_xl.report.model import Report

MONEY = {"gross_margin": 0.45, "acquisition_cost": 116.0, "service_cost": 12.0, "currency": "SEK"}
EVENTS = (Event(date(2024, 9, 1), "Loyalty programme"), Event(date(2025, 3, 3), "Sale"))
HAIR = 0.5
"""Points by which a line may miss: it is seen by nobody."""


def crowded(sheet: Sheet) -> list[str]:
    """Return each text that is cut at the side or below, or broken inside a word, and each figure as ####."""
    filled = {(cell.row, cell.column) for cell in sheet.cells if shown(cell) not in {None, ""}}
    return [
        told for cell, spills in _texts(sheet) if (told := _crowded(sheet, cell, filled if spills else None))
    ]


def _texts(sheet: Sheet) -> Iterator[tuple[Cell, bool]]:
    """Yield every text, and every figure as its format makes it; and whether it may run over empty neighbours."""
    for cell in sheet.cells:
        text = number_text(shown(cell), cell.style.number_format)
        if shown(cell) is not None and text.strip():
            yield Cell(cell.row, cell.column, text, cell.style), isinstance(shown(cell), str)
    if sheet.bulk is not None:
        for number, column in enumerate(sheet.bulk.columns, sheet.bulk.column):
            head = column.header_style or sheet.bulk.header_style
            yield Cell(sheet.bulk.row, number, column.title, head), False
            kinds = {value.item() if hasattr(value, "item") else value for value in column.values} - {None}
            texts = {number_text(value, column.style.number_format) for value in kinds}
            for text in sorted(texts, key=len)[-20:]:
                yield Cell(sheet.bulk.row + 1, number, text, column.style), False


def _crowded(sheet: Sheet, cell: Cell, filled: set[tuple[int, int]] | None) -> str:
    style, text, font = cell.style, str(cell.value), face(bold=cell.style.bold)
    widths, heights = dict(sheet.column_widths), dict(sheet.row_heights)
    columns, rows = range(cell.column, cell.column + 1), range(cell.row, cell.row + 1)
    for area in sheet.merges:
        if (area.first_row, area.first_column) == (cell.row, cell.column):
            columns = range(area.first_column, area.last_column + 1)
            rows = range(area.first_row, area.last_row + 1)
    room = (
        sum(widths.get(column, 8.43) for column in columns) * POINTS_A_UNIT - PADDING - INDENT * style.indent
    )
    lines, widest = 1, font.width(text, style.size)
    if style.wrap:
        lines, widest = font.lines(text, style.size, room)
    elif filled is not None:
        room += sum(_free(sheet, cell, step, filled) for step in _SIDES[style.horizontal or "left"])
    where = f"{sheet.title} row {cell.row} col {cell.column}: {text!r}"
    high, needed = sum(heights.get(row, 15.0) for row in rows), lines * style.size * font.line
    if needed > high + HAIR and any(row in heights for row in rows):
        return f"{where}: {lines} lines of {needed:.1f} points in {high}"
    return f"{where}: {widest:.1f} points in {room:.1f}" if widest > room + HAIR else ""


_SIDES = {"left": (1,), "right": (-1,), "center": (-1, 1)}


def _free(sheet: Sheet, cell: Cell, step: int, filled: set[tuple[int, int]]) -> float:
    """Return the room in empty cells beside one, up to the edge of what is printed."""
    widths = dict(sheet.column_widths)
    last = max([*widths, *(column for _, column in filled)])
    column, found = cell.column + step, 0.0
    while 1 <= column <= last and (cell.row, column) not in filled:
        found += widths.get(column, 8.43) * POINTS_A_UNIT
        column += step
    return found


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The sample shop as a user gets it, other shops, and the empty template."""
    folder = tmp_path_factory.mktemp("room")
    lines = sample_lines(folder / "sample", customers=3000)
    files = folder / "sample"
    beside = Beside(read_spend(files / "spend.csv"), read_customer_data(files / "customers.csv"), ())
    few = lines[:2000]
    return {
        "sample": build_report(material_of(folder, lines, beside, **MONEY)),
        "costs": build_report(material_of(folder, with_costs(few), **MONEY)),
        "months": build_report(material_of(folder, few, cohort_period="month", refunds="ignore", **MONEY)),
        "bare": build_report(material_of(folder, few)),
        "years": build_report(material_of(folder, few, cohort_period="year", events=EVENTS, **MONEY)),
        "one day": build_report(material_of(folder, EDGE_SHOPS["all on the same day"])),
        "nobody left": build_report(material_of(folder, EDGE_SHOPS["all amounts are zero"])),
        "two customers": build_report(material_of(folder, EDGE_SHOPS["two customers"], acquisition_cost=5.0)),
        "template": build_template(()),
    }


@pytest.mark.office  # reads the font that LibreOffice draws with
@pytest.mark.parametrize("code", ["en", *sorted(LANGUAGES)])
def test_every_line_has_room(code: str, reports: dict[str, Report]) -> None:
    """Bold words were measured as plain ones, and captions by a mean letter: lines were cut."""
    for name, report in reports.items():
        book = lay_out(in_language_of(report, code), without_data=name == "template")
        wrong = [text for sheet in book.sheets for text in crowded(sheet)]
        assert not wrong, name + "\n" + "\n".join(wrong)


@pytest.mark.office
def test_the_package_knows_the_width_of_every_letter() -> None:
    """In whole hundredths of the type size."""
    told = "".join(map(chr, range(33, 127))) + "\xa0 åäöÅÄÖæøÆØéü•·"
    for bold in (False, True):
        wrong = {
            letter: (
                letters.width_of(letter, 100, bold=bold) * POINTS_A_UNIT,
                face(bold=bold).width(letter, 100),
            )
            for letter in told
        }
        assert not {letter: pair for letter, pair in wrong.items() if abs(pair[0] - pair[1]) > 0.65}


@pytest.mark.office
@pytest.mark.parametrize(
    ("text", "style", "told"),
    [
        ("Nästa förväntade order", Style(wrap=True, size=9, bold=True), "3 lines"),
        ("Unbroken", Style(size=10), "points in"),
        ("1234567890123", Style(wrap=True), "points in"),
    ],
)
def test_a_planted_line_without_room_is_found(text: str, style: Style, told: str) -> None:
    cells = (Cell(2, 2, text, style), Cell(2, 3, "next", style))
    sheet = Sheet("Planted", cells, column_widths=((2, 8.0), (3, 12.0)), row_heights=((2, 27.0),))
    assert [told in line for line in crowded(sheet)] == [True]


@pytest.mark.parametrize(("bold", "high"), [(False, 25.4), (True, 37.1)])
def test_bold_words_take_the_room_of_bold_words(bold: bool, high: float) -> None:
    """In plain letters the words go on two lines."""
    canvas = Canvas("C", {}, {}, widths={2: 12.9})
    canvas.put(4, 2, "Nästa förväntade order", Style(wrap=True, size=9, bold=bold))
    keep_words_whole(canvas)
    assert canvas.heights[4] == high


def test_a_line_that_runs_into_its_neighbour_gets_a_wider_column() -> None:
    """At most six units: a longer one is a title, or data."""
    canvas = Canvas("C", {}, {}, widths={2: 12.0, 3: 12.0, 4: 12.0})
    for row, text in ((4, "Potential loyalists"), (5, "Potential loyalists, and many more words than that")):
        canvas.put(row, 2, text, Style())
        canvas.put(row, 3, 1.0, Style())
    canvas.put(6, 3, "Runs over an empty cell", Style())
    keep_words_whole(canvas)
    assert (canvas.width(2), canvas.width(3), canvas.width(4)) == (14.5, 12.0, 12.0)
