"""Everything has its place: nothing overlaps, nothing runs over its neighbour or off the page."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.report.model import Finding, Findings, Grid, Matrix, Page, Report, Tile, Tiles
from clv_xl.workbook import letters, styles
from clv_xl.workbook.brand import contrast
from clv_xl.workbook.canvas import Canvas
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.matrices import place_grid, place_matrix
from clv_xl.workbook.sheet import Area, Book, Cell, Formula, Sheet, Style
from clv_xl.workbook.tables import quiet_errors
from tests.shops import EDGE_SHOPS, book_of, line, material_of, sample_lines, with_costs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clv_xl.workbook.sheet import BulkColumn, ChartArea

# How wide letters are in the report's font (Calibri), in parts of the type size; a column unit is a digit of
# 11 points. Rounded to the nearest 0.05, which is a little more or less than a few per cent on a sentence.
_DIGIT = 0.507
_NARROW, _SLIM, _WIDE, _CAPITAL, _OTHER = 0.25, 0.35, 0.85, 0.6, 0.5
_BOLD = 1.03
_SLACK = 1.0
_MARGINS = 0.7


def _letter(letter: str) -> float:
    if letter in "iljI.,:;'|! ":
        return _NARROW
    if letter in 'frt()-[]/"':
        return _SLIM
    if letter in "mwMW@%—":
        return _WIDE
    return _CAPITAL if letter.isupper() or letter in "&▲▼•" else _OTHER


def width_of(text: str, style: Style) -> float:
    """Estimate the width of a line of text in column units."""
    size = sum(map(_letter, text)) * style.size / (_DIGIT * 11)
    return size * (_BOLD if style.bold else 1.0) + 1.3 * style.indent


def exact_width(word: str, style: Style) -> float:
    """Return the width of a word, letter by letter: a word that is a little too wide is broken inside."""
    return letters.width_of(word, style.size, bold=style.bold)


def shown(cell: Cell) -> Any:
    return cell.value.cached if isinstance(cell.value, Formula) else cell.value


def number_text(value: Any, number_format: str) -> str:
    """Write a figure about as wide as its number format does."""
    if isinstance(value, date):
        return "00/00/0000"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if math.isnan(value):
        return "#N/A"
    sections = number_format.split(";")
    section = sections[min(len(sections) - 1, 1 if value < 0 else 2 if value == 0 else 0)]
    words = "".join(re.findall(r'"([^"]*)"', section))
    bare = re.sub(r'"[^"]*"', "", section)
    if not re.search("[0#]", bare) and bare != "General":
        return words
    digits = len(bare.partition(".")[2].rstrip("%"))
    scaled = abs(value) * (100 if "%" in bare else 1)
    text = f"{scaled:,.{digits}f}" if "," in bare else f"{scaled:.{digits}f}"
    sign = "-" if value < 0 and len(sections) < 2 else ""
    return sign + text + ("%" if "%" in bare else "") + words


def overflows(sheet: Sheet) -> list[str]:
    """Return every text that runs into a filled cell or past the last column, and every figure as ####."""
    filled = {(cell.row, cell.column) for cell in sheet.cells if shown(cell) not in {None, ""}}
    wrong = [_overflow(sheet, cell, filled) for cell in sheet.cells if (cell.row, cell.column) in filled]
    if sheet.bulk is not None:
        for number, column in enumerate(sheet.bulk.columns, sheet.bulk.column):
            wrong.append(_bulk_overflow(sheet.title, column, _width(sheet, number)))
    return [text for text in wrong if text]


def _width(sheet: Sheet, column: int) -> float:
    return dict(sheet.column_widths).get(column, 8.43)


def _own_width(sheet: Sheet, cell: Cell) -> float:
    """Return the width of a cell, or of all the cells that it is merged with."""
    for area in sheet.merges:
        if (area.first_row, area.first_column) == (cell.row, cell.column):
            return sum(_width(sheet, column) for column in range(area.first_column, area.last_column + 1))
    return _width(sheet, cell.column)


def _overflow(sheet: Sheet, cell: Cell, filled: set[tuple[int, int]]) -> str:
    """Say what is wrong with one cell; an empty text if nothing is."""
    value, own = shown(cell), _own_width(sheet, cell)
    where = f"{sheet.title} row {cell.row}, column {cell.column}: {value!r}"
    if not isinstance(value, str):
        need = width_of(number_text(value, cell.style.number_format), cell.style)
        return f"{where} needs {need:.0f} of {own:.0f}: ####" if need > own else ""
    if cell.style.wrap:
        room = own - _MARGINS - 1.3 * cell.style.indent
        word = max(value.split(), key=lambda word: exact_width(word, cell.style))
        if exact_width(word, cell.style) > room + 0.1:
            return f"{where}: {word!r} is broken, it needs {exact_width(word, cell.style):.1f} of {room:.1f}"
        lines = lines_of(value, cell.style, own)
        height = dict(sheet.row_heights).get(cell.row, math.inf)
        fits = lines * cell.style.size * 1.2 <= height + 4
        return "" if fits else f"{where} needs {lines} lines in {height} points"
    sides = {"right": (-1,), "center": (-1, 1)}.get(cell.style.horizontal or "left", (1,))
    free = own + sum(_room(sheet, cell, side, filled) for side in sides)
    need = width_of(value, cell.style)
    return f"{where} needs {need:.0f} of {free:.0f}" if need > free + _SLACK else ""


def _room(sheet: Sheet, cell: Cell, step: int, filled: set[tuple[int, int]]) -> float:
    """Width of the empty cells beside a cell, up to the edge of what is printed."""
    last = max([*(other.column for other in sheet.cells), *dict(sheet.column_widths)])
    column, found = cell.column + step, 0.0
    while 1 < column <= last and (cell.row, column) not in filled:
        found += _width(sheet, column)
        column += step
    return found


def lines_of(text: str, style: Style, width: float) -> int:
    """Break a text into lines as a wrapped cell does."""
    return len(letters.broken(text, width - _MARGINS - 1.3 * style.indent + 0.1, style.size))


def _bulk_overflow(title: str, column: BulkColumn, width: float) -> str:
    head = column.header_style
    if head is not None and head.wrap:
        room = width - _MARGINS - 1.3 * head.indent + 0.1
        wide = max(exact_width(word, head) for word in column.title.split())
        if wide > room or len(letters.broken(column.title, room, head.size)) > 3:
            return f"{title}, header {column.title}: {wide:.1f} of {room:.1f}"
    values = [value.item() if hasattr(value, "item") else value for value in column.values]
    texts = {number_text(value, column.style.number_format) for value in values if value is not None}
    widest = max(texts, key=lambda text: width_of(text, column.style), default="")
    need = width_of(widest, column.style)
    return (
        f"{title}, column {column.title}: {widest!r} needs {need:.0f} of {width:.0f}" if need > width else ""
    )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    """Reports of different shops and parameters; a shop that gets none is another test's matter."""
    folder = tmp_path_factory.mktemp("layout")
    lines = sample_lines(folder / "sample", customers=320)
    money = {"gross_margin": 0.45, "acquisition_cost": 116.0, "service_cost": 12.0, "currency": "SEK"}
    return {
        "sample": book_of(material_of(folder, lines, **money)),
        "sample with costs": book_of(material_of(folder, with_costs(lines), **money)),
        "sample without parameters": book_of(material_of(folder, lines)),
        "sample by month": book_of(
            material_of(folder, lines, cohort_period="month", refunds="ignore", **money)
        ),
        "two customers": book_of(material_of(folder, EDGE_SHOPS["two customers"], acquisition_cost=5.0)),
        "history shorter than a year": book_of(
            material_of(folder, EDGE_SHOPS["history shorter than a year"], amounts_include_vat=True)
        ),
    }


def test_no_text_overflows(books: dict[str, Book]) -> None:
    wrong = {
        name: [text for sheet in book.sheets for text in overflows(sheet)] for name, book in books.items()
    }
    assert not {name: texts for name, texts in wrong.items() if texts}


@pytest.mark.long
def test_no_text_overflows_where_money_is_small(tmp_path: Path) -> None:
    """In Icelandic crowns or yen a middling shop turns over billions, and one order is hundreds of thousands."""
    lines = [replace(one, amount=one.amount * 4000) for one in sample_lines(tmp_path / "s", customers=320)]
    book = book_of(material_of(tmp_path, lines, currency="ISK", gross_margin=0.4, acquisition_cost=400_000.0))
    assert not [text for sheet in book.sheets for text in overflows(sheet)]


def test_no_text_overflows_where_customers_are_mail_addresses(tmp_path: Path) -> None:
    """An address is the customer's key in many exports; most have fewer than 34 characters."""
    lines = [
        replace(one, customer=f"{one.customer.lower()}.andersson@example.com")
        for one in sample_lines(tmp_path / "s", customers=60)
    ]
    book = book_of(material_of(tmp_path, lines))
    assert not [text for sheet in book.sheets for text in overflows(sheet)]


@pytest.mark.parametrize(
    ("cell", "neighbour"),
    [
        (Cell(2, 2, "This sentence is far too long for its cell", Style()), Cell(2, 3, "next", Style())),
        (Cell(2, 3, "This one runs off the page, which ends here", Style(horizontal="left")), None),
        (Cell(2, 3, "Right aligned, so that it runs to the left", Style(horizontal="right")), Cell(2, 2, 7, Style())),
        (Cell(2, 2, 1_234_567_890.5, Style(number_format="#,##0.00")), None),
        (Cell(3, 2, "A wrapped text that needs three lines at least", Style(wrap=True)), None),
        (Cell(2, 2, Formula('=A1&""', "Also the text that a formula gives is text"), Style()), Cell(2, 3, 1, Style())),
    ],
)  # fmt: skip
def test_the_overflow_check_finds_a_planted_one(cell: Cell, neighbour: Cell | None) -> None:
    cells = (cell,) if neighbour is None else (cell, neighbour)
    sheet = Sheet("Planted", cells, column_widths=((2, 12.0), (3, 12.0)), row_heights=((3, 15.0),))
    assert len(overflows(sheet)) == 1
    roomy = replace(sheet, column_widths=((2, 60.0), (3, 60.0)))
    assert not overflows(roomy)


# Nothing stands on anything else


def areas_overlap(one: Area, other: Area) -> bool:
    rows = one.first_row <= other.last_row and other.first_row <= one.last_row
    return rows and one.first_column <= other.last_column and other.first_column <= one.last_column


@pytest.mark.long
def test_no_block_is_put_on_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, books: dict[str, Book]
) -> None:
    """A block that is laid over another would silently replace its cells."""
    assert books
    put = Canvas.put
    twice: list[str] = []

    def watched(self: Canvas, row: int, column: int, value: Any, *rest: Any, **more: Any) -> None:
        before = self.cells.get((row, column))
        if before is not None and before.value not in {None, ""} and value is not None:
            twice.append(f"{self.title} {row},{column}: {before.value!r} under {value!r}")
        put(self, row, column, value, *rest, **more)

    monkeypatch.setattr(Canvas, "put", watched)
    lines = sample_lines(tmp_path / "s", customers=120)
    for parameters in ({}, {"acquisition_cost": 90.0, "cohort_period": "year"}):
        book_of(material_of(tmp_path, lines, **parameters))
        book_of(material_of(tmp_path, with_costs(lines), **parameters))
    assert not twice


def test_tables_charts_and_cells_keep_apart(books: dict[str, Book]) -> None:
    for name, book in books.items():
        for sheet in book.sheets:
            taken = [(table.name, table.area) for table in sheet.tables]
            if sheet.bulk is not None:
                last = (sheet.bulk.row + sheet.bulk.rows, sheet.bulk.column + len(sheet.bulk.columns) - 1)
                taken.append((sheet.bulk.name, Area(sheet.bulk.row, sheet.bulk.column, *last)))
            taken += [(f"chart {chart.alt_text}", chart.area) for chart in sheet.charts]
            for number, (title, area) in enumerate(taken):
                for other, beside in taken[number + 1 :]:
                    assert not areas_overlap(area, beside), f"{name}, {sheet.title}: {title} and {other}"
            for cell in sheet.cells:
                here = Area(cell.row, cell.column, cell.row, cell.column)
                if shown(cell) not in {None, ""}:
                    under = [chart.alt_text for chart in sheet.charts if areas_overlap(here, chart.area)]
                    assert not under, f"{name}, {sheet.title}: {shown(cell)!r} lies under the chart {under}"


def _column_of(sheet: Sheet, area: Area) -> list[Any]:
    cells = {(cell.row, cell.column): shown(cell) for cell in sheet.cells}
    return [
        cells.get((row, column))
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]


def _as_number(value: Any) -> float:
    if isinstance(value, date):
        return float((value - date(1899, 12, 30)).days)
    return float(value) if isinstance(value, int | float) else math.nan


def charts_of(book: Book) -> Iterator[tuple[Sheet, ChartArea]]:
    for sheet in book.sheets:
        for chart in sheet.charts:
            yield sheet, chart


def test_charts_show_the_cells_that_they_read(books: dict[str, Book]) -> None:
    """What a chart keeps for viewers that read no cells is what the cells hold, one category a value."""
    for name, book in books.items():
        sheets = {sheet.title: sheet for sheet in book.sheets}
        assert sum(1 for _ in charts_of(book)) >= 4
        for sheet, chart in charts_of(book):
            for series in chart.series:
                values = _column_of(sheets[series.sheet], series.values)
                titles = _column_of(sheets[series.categories_sheet or series.sheet], series.categories)
                where = f"{name}, {sheet.title}: {chart.alt_text}, {series.title}"
                assert values, where
                assert len(values) == len(titles) == len(series.cached) == len(series.cached_categories), (
                    where
                )
                numbers = [_as_number(value) for value in values]
                assert list(series.cached) == pytest.approx(numbers, nan_ok=True), where
                assert any(math.isfinite(number) for number in series.cached), where
                for title, kept in zip(titles, series.cached_categories, strict=True):
                    assert kept == (title if isinstance(title, str) else _as_number(title)), where


def test_charts_lie_within_a_card_under_their_title(books: dict[str, Book]) -> None:
    """A chart covers cells of one card (white, framed), whose first two rows hold its title and its unit."""
    for book in books.values():
        for sheet, chart in charts_of(book):
            cells = {(cell.row, cell.column): cell for cell in sheet.cells}
            area = chart.area
            rows = range(area.first_row - 2, area.last_row + 1)
            columns = range(area.first_column, area.last_column + 1)
            styles = {(row, column): cells[row, column].style for row in rows for column in columns}
            assert {style.fill for style in styles.values()} == {"FFFFFF"}, chart.alt_text
            for (row, column), style in styles.items():
                assert (style.left is not None) == (column == columns[0])
                assert (style.right is not None) == (column == columns[-1])
                assert (style.top is not None) == (row == rows[0])
                assert (style.bottom is not None) == (row == rows[-1])
            title, unit = (shown(cells[row, columns[0]]) for row in rows[:2])
            assert f"{title}. {unit}" == chart.alt_text
            size = sum(dict(sheet.column_widths).get(column, 8.43) for column in columns)
            assert size > 40, f"{chart.alt_text}: only {size} wide"
            assert len(rows) > 8


def test_sheet_titles_are_legal(books: dict[str, Book]) -> None:
    for book in books.values():
        titles = [sheet.title for sheet in book.sheets]
        assert len({title.casefold() for title in titles}) == len(titles)
        for title in titles:
            assert 0 < len(title) <= 31
            assert not re.search(r"[\[\]:*?/\\]", title)
            assert not title.startswith("'")
            assert not title.endswith("'")
            assert title.casefold() != "history"


def test_names_are_unique_and_point_at_their_figure(books: dict[str, Book]) -> None:
    for book in books.values():
        names = [name.name.casefold() for name in book.names]
        tables = [table.name.casefold() for sheet in book.sheets for table in sheet.tables]
        tables += [sheet.bulk.name.casefold() for sheet in book.sheets if sheet.bulk]
        assert len(set(names) | set(tables)) == len(names) + len(tables)
        sheets = {sheet.title: sheet for sheet in book.sheets}
        for name in book.names:
            cells = {(cell.row, cell.column): cell for cell in sheets[name.sheet].cells}
            assert (name.area.first_row, name.area.first_column) in cells
            if name.sheet == "Figures":
                row = [shown(cells[name.area.first_row, column]) for column in range(2, 8)]
                assert name.name.removesuffix("_before") in row


def test_titles_stay_in_view_and_pages_are_numbered_for_printing(books: dict[str, Book]) -> None:
    for book in books.values():
        assert book.sheets[0].print_setup.pages_tall == 1
        for sheet in book.sheets:
            assert sheet.print_setup.landscape
            assert not sheet.gridlines
            if sheet.bulk is not None:
                assert sheet.freeze is not None
                assert sheet.freeze[0] == sheet.bulk.row + 1
                assert sheet.print_setup.repeat_rows == (sheet.bulk.row, sheet.bulk.row)


def test_a_long_warning_stays_on_the_page(tmp_path: Path) -> None:
    """Warnings quote the data, so that their length is the data's."""
    lines = [
        *EDGE_SHOPS["ordinary"],
        line("guest", "2024-05-05", "3", status="on hold for stock"),
    ]
    book = book_of(material_of(tmp_path, lines))
    sheet = next(sheet for sheet in book.sheets if sheet.title == "Data quality")
    assert any("guest" in str(shown(cell)) for cell in sheet.cells)
    assert not overflows(sheet)


# Looks


def test_headers_stand_over_their_figures(books: dict[str, Book]) -> None:
    """Figures to the right under a header to the right, words to the left; of the long list too."""
    for name, book in books.items():
        for sheet in book.sheets:
            cells = {(cell.row, cell.column): cell for cell in sheet.cells}
            pairs = []
            for table in sheet.tables:
                first = table.area.first_row
                for column in range(table.area.first_column, table.area.last_column + 1):
                    head, body = cells[first, column].style, cells[first + 1, column].style
                    pairs.append((head, body, f"{name}, {sheet.title}, {table.name} {column}"))
            if sheet.bulk is not None:
                for column in sheet.bulk.columns:
                    assert column.header_style is not None
                    pairs.append((column.header_style, column.style, f"{name}, {column.title}"))
            for head, body, where in pairs:
                assert (head.horizontal == "right") == (body.horizontal == "right"), where


def test_headers_are_clear_of_filter_buttons(books: dict[str, Book]) -> None:
    """Excel lays the button over the right end of the header."""
    for book in books.values():
        for sheet in book.sheets:
            cells = {(cell.row, cell.column): cell for cell in sheet.cells}
            heads = [
                cells[table.area.first_row, column].style
                for table in sheet.tables
                if table.filterable
                for column in range(table.area.first_column, table.area.last_column + 1)
            ]
            heads += (
                [column.header_style for column in sheet.bulk.columns if column.header_style]
                if sheet.bulk
                else []
            )
            assert all(head.indent >= 2 for head in heads if head.horizontal == "right")


def test_captions_of_tiles_stand_under_their_figure(books: dict[str, Book]) -> None:
    """No gap where there is no change to show."""
    for book in books.values():
        summary = book.sheets[0]
        cells = {(cell.row, cell.column): cell for cell in summary.cells}
        figures = [cell for cell in summary.cells if cell.style.size == 20]
        assert len(figures) in {10, 15}  # the last five are predicted
        for figure in figures:
            below = [cells.get((figure.row + step, figure.column)) for step in (1, 2)]
            filled = [cell is not None and shown(cell) not in {None, ""} for cell in below]
            assert filled[0] or not filled[1] or isinstance(below[0].value, Formula)  # type: ignore[union-attr]  # filled
            assert filled[0] or filled[1]


def test_months_are_shown_as_months(books: dict[str, Book]) -> None:
    for book in books.values():
        sheet = next(sheet for sheet in book.sheets if sheet.title == "Cohorts")
        table = next(table for table in sheet.tables if table.name == "months")
        first = next(
            c for c in sheet.cells if (c.row, c.column) == (table.area.first_row + 1, table.area.first_column)
        )
        assert isinstance(first.value, date)
        assert first.style.number_format == "mmm yyyy"


def test_a_long_paragraph_is_broken_at_the_edge_of_the_page(tmp_path: Path) -> None:
    """Warnings of two hundred letters and more, on the page as narrow as it is."""
    lines = [
        *EDGE_SHOPS["ordinary"],
        *(
            line("guest", "2024-05-05", "3", status=f"status number {number} of the shop")
            for number in range(9)
        ),
    ]
    sheet = next(s for s in book_of(material_of(tmp_path, lines)).sheets if s.title == "Data quality")
    assert not overflows(sheet)


def test_a_long_caption_of_a_tile_takes_a_second_line() -> None:
    """The words on how far past totals missed were cut at the edge of the tile Customer equity."""
    caption = "predicted CLV of all customers; past totals missed by 27%"
    for change in (0.1, None):
        long, short = (
            Tile("Customer equity", 11_902_499.0, "money", words, "A note.", change=change)
            for words in (caption, "of all customers")
        )
        page = Page("summary", "Summary", "Summary", "How?", (Tiles((long, short)),), dashboard=True)
        (sheet,) = lay_out(Report("R", date(2025, 1, 1), (page,))).sheets
        assert not overflows(sheet)
        (cell,) = (cell for cell in sheet.cells if cell.value == caption)
        assert cell.style.wrap
        assert dict(sheet.row_heights)[cell.row] >= 24


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("771 good customers have gone quiet: no order within 338 days. Write to them first.", 1),
        # LibreOffice sets it in one line of the card, which is 151 wide
        (
            (
                "Today's customers are expected to spend 4.3 million in the next 12 months; all together spent 4.0 "
                "million in the last 12. Such totals came out 27% too high so far."
            ),
            1,
        ),
        ("Wide words want more room than narrow ones. " * 5, 2),
    ],
)
def test_a_finding_is_as_high_as_its_lines(text: str, lines: int) -> None:
    block = Findings("What stands out", (Finding(text.strip(), "summary"),))
    page = Page("summary", "Summary", "Summary", "How?", (block,), dashboard=True)
    (sheet,) = lay_out(Report("R", date(2025, 1, 1), (page,))).sheets
    assert not overflows(sheet)
    (cell,) = (cell for cell in sheet.cells if str(cell.value).startswith("•"))
    assert dict(sheet.row_heights)[cell.row] == 18 + 14 * (lines - 1)


def test_letters_read_on_what_is_behind_them() -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1 for small letters; on maps, young cells, and where a figure is not defined."""
    for fill in (*styles.HEAT, *styles.PALETTE[1:4], styles.BACKGROUND):
        assert contrast(styles.INK, fill) >= 4.5, fill
    canvas = Canvas("M", {}, {})
    titles = ("1", "2")
    place_matrix(
        canvas,
        Matrix(
            "m", "M", "", "R", ("a",), (), ((),), titles, ((0.4, 0.2),), "share", immature=((False, True),)
        ),
    )
    grid = Grid("g", "G", "", "", ("a",), ("1", "2", "3", "4"), (("x",) * 4,), ((0, 10, 40, 100),))
    place_grid(canvas, grid)
    quiet_errors(canvas, Area(1, 1, 1, 1))
    for cell in canvas.cells.values():
        assert contrast(cell.style.colour, cell.style.fill or styles.CARD) >= 4.5, cell
    for rule in canvas.formats:
        if rule.colour is not None:
            assert contrast(rule.colour, styles.CARD) >= 4.5, rule


def test_the_summary_fills_the_paper_wide(books: dict[str, Book]) -> None:
    """It goes on one page: what is too high is shrunk, and its letters with it."""
    for name in ("sample", "sample with costs"):
        sheet = next(sheet for sheet in books[name].sheets if sheet.title == "Summary")
        wide = sum(width for _, width in sheet.column_widths) * 5.25
        heights = dict(sheet.row_heights)
        rows = max(cell.row for cell in sheet.cells)
        tall = sum(heights.get(row, 15.0) for row in range(1, rows + 1))
        # 777 x 513 points are printed on
        assert wide * min(777 / wide, 513 / tall) >= 0.8 * 777, (name, tall)
