"""The template in other languages: written, filled, and refreshed in a file and in a running Excel."""

from __future__ import annotations

import copy
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from clv_xl.asked import figures_as_data
from clv_xl.errors import UsageError
from clv_xl.events import Event
from clv_xl.excel.template import make_template
from clv_xl.jobs import refresh_workbook
from clv_xl.metrics.segments import SEGMENTS
from clv_xl.orders.filled import inputs_from_sheets, read_filled
from clv_xl.orders.filled_parameters import FilledCell, ParameterCells, parameters_of_cells
from clv_xl.orders.input_sheets import is_report, is_template
from clv_xl.orders.template_words import TEMPLATE_WORDS, in_english, sheet_called
from clv_xl.report.language import LANGUAGES, speaker_of
from clv_xl.report.template import INPUT_TITLES, build_template
from clv_xl.said import in_language
from tests import live, shops
from tests.excel_hosts.live_excel import LiveExcel
from tests.excel_hosts.refresh_host import RefreshHost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run
    from tests.shops import Line

CODES = tuple(LANGUAGES)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return shops.sample_lines(tmp_path_factory.mktemp("sample"), customers=60)


def test_the_words_are_those_of_the_catalogues() -> None:
    for english, others in TEMPLATE_WORDS.items():
        assert others == tuple(speaker_of(code).text(english) for code in ("sv", "nb", "da")), english


def test_no_word_stands_for_two_and_no_page_is_called_as_an_input_sheet() -> None:
    """Else a sheet in one language would be taken for another sheet in another."""
    owners: dict[str, set[str]] = {}
    for page in build_template(()).pages:
        for code in ("en", *CODES):
            owners.setdefault(speaker_of(code).text(page.title).casefold(), set()).add(page.title)
    assert not {word: pages for word, pages in owners.items() if len(pages) > 1}
    assert {in_english(word) for others in TEMPLATE_WORDS.values() for word in others} == {*TEMPLATE_WORDS}


def test_a_sheet_is_found_in_any_language_and_the_english_one_first() -> None:
    assert sheet_called("Spend", ["Start", "UTGIFTER"]) == "UTGIFTER"
    assert sheet_called("Orders", ["Ordrer", "orders"]) == "orders"
    assert sheet_called("Orders", ["Ordrerad"]) is None


def test_the_command_writes_languages_only_without_macros(cli: Callable[..., Run], tmp_path: Path) -> None:
    refused = cli("template", tmp_path / "a.xlsm", "--language", "nb")
    assert refused.exit_code == 2
    assert ".xlsx" in refused.stderr
    assert cli("template", tmp_path / "a.xlsx", "--language", "nb").exit_code == 0
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        assert 'name="Ordrer"' in file.read("xl/workbook.xml").decode()


def test_an_open_workbook_is_read_in_any_language() -> None:
    orders = [["customer_id", "order_date", "amount"], ["a", "2025-01-31", 120.0]]
    spend = [["måned", "kanal", "spend"], ["2025-01", "web", 90.0]]
    rates = [["Valuta", "Kurs"], ["EUR", 11.5], [None, None], ["Begivenhed", "Dato"], ["Sale", "2025-01-15"]]
    sheets = {"Ordrer": orders, "Markedsføring": spend, "Parametre": rates}
    inputs = inputs_from_sheets(sheets, {"gross_margin": 0.4, "currency": "SEK"}, "bog.xlsx")
    assert inputs.orders.cell(2, 2) == "Ordrer!C2"
    assert inputs.spend is not None
    assert inputs.spend.source == "the Markedsføring sheet"
    assert "EUR" in inputs.parameters.rates
    assert [event.name for event in inputs.parameters.events] == ["Sale"]
    assert is_template([*sheets, "Segmentkort"])
    assert is_report(["Overblik", "Datakvalitet", "Metode"])


def pasted(host: LiveExcel, code: str, lines: list[Line], **parameters: object) -> LiveExcel:
    """Paste orders into an open template of a language."""
    title = speaker_of(code).text("Orders")
    for cell in host.sheet(title).cells.values():
        cell.value = cell.formula = None
    rows = [[line.customer, live._cell(line.day), float(line.amount)] for line in lines]
    host.put(title, "A1", ["customer_id", "order_date", "amount"], *rows, as_text=True)
    for name, value in parameters.items():
        host.named(name).value = value
    return host


def figures_of(host: LiveExcel) -> dict[str, float]:
    """Every named figure of an open workbook."""
    values = {name: host.named(name).value for name, text in host.names.items() if ":" not in text}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def filled(path: Path, code: str, lines: list[Line], language: str) -> Path:
    """Save a template of a language as somebody fills it in, with choices in that language."""
    make_template(path, language=code)
    book = openpyxl.load_workbook(path)
    words = speaker_of(code)
    orders, parameters = book[words.text("Orders")], book[words.text("Parameters")]
    for row, line in enumerate(lines, start=2):
        for column, value in enumerate((line.customer, line.day, float(line.amount)), start=1):
            orders.cell(row, column, value)
    spend = book[words.text("Spend")]
    for column, value in enumerate((date(2024, 6, 1), "web", 900.0), start=1):
        spend.cell(2, column, value)
    cells = {row[5].value: row[1] for row in parameters.iter_rows(min_col=2) if len(row) > 5}
    cells["gross_margin"].value = 0.45
    cells["language"].value = language
    cells["rfm_nested"].value = words.text("yes")
    event = next(
        row for row in parameters.iter_rows(min_col=2, max_col=3) if row[0].value == words.text("Event")
    )
    parameters.cell(event[0].row + 1, 2, "Loyalty")
    parameters.cell(event[0].row + 1, 3, date(2024, 9, 1))
    segments = book[words.text("Segment map")]
    cell = next(cell for row in segments.iter_rows() for cell in row if cell.value == words.text("Lost"))
    cell.value = words.text("Hibernating")
    book.save(path)
    return path


@pytest.mark.parametrize(
    "code", [CODES[0], *(pytest.param(code, marks=pytest.mark.long) for code in CODES[1:])]
)
def test_what_is_filled_in_is_read(code: str, lines: list[Line], tmp_path: Path) -> None:
    told = read_filled(filled(tmp_path / "x.xlsx", code, lines[:20], "en"))
    parameters = told.parameters
    assert (parameters.gross_margin, parameters.rfm_nested, parameters.language) == (0.45, True, "en")
    assert parameters.events == (Event(date(2024, 9, 1), "Loyalty"),)
    assert told.notices == ()
    assert told.spend is not None
    assert [line.spend for line in told.spend.lines] == [900]
    # one cell was changed, to another segment of the same language
    assert told.segment_map is not None
    names = {name for row in told.segment_map.names for name in row}
    assert names <= {segment.name for segment in SEGMENTS}
    assert told.segment_map.segment(1, 1) == "Hibernating"


@pytest.mark.long
@pytest.mark.parametrize("code", CODES)
def test_a_filled_template_gives_the_same_figures_in_a_file(
    code: str, lines: list[Line], tmp_path: Path
) -> None:
    english = refresh_workbook(filled(tmp_path / "en.xlsx", "en", lines, "en"), tmp_path / "en-report.xlsx")
    told = refresh_workbook(filled(tmp_path / "x.xlsx", code, lines, code), tmp_path / "x-report.xlsx")
    assert figures_as_data(told.figures) == figures_as_data(english.figures)
    assert told.pages == tuple(speaker_of(code).text(title) for title in english.pages)
    # another language than that of the sheets
    other = refresh_workbook(filled(tmp_path / "y.xlsx", code, lines, "en"), tmp_path / "y-report.xlsx")
    assert figures_as_data(other.figures) == figures_as_data(english.figures)
    assert other.pages == english.pages
    for name in ("a.xlsx", "b.xlsx"):
        make_template(tmp_path / name, language=code)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_is_wrong_with_a_parameter_is_said_in_the_language() -> None:
    """The status on Start and its errors were English in a workbook in another language."""
    cells = {"gross_margin": FilledCell("0,4", "Parametrar!C8")}
    with pytest.raises(UsageError) as found:
        parameters_of_cells(ParameterCells(cells))
    told = found.value.args[0]
    assert in_language(told, speaker_of("sv")) == (
        'Parametrar!C8: gross_margin är texten "0,4", men måste vara ett tal över 0 till 1. Skriv 0.4, som ett tal med'
        " decimaltecknet i ditt Excel: en apostrof eller formatet Text gör det till text. En tom cell:"
        " standardvärdet, 1."
    )


@pytest.mark.long
@pytest.mark.parametrize("code", CODES)
def test_a_template_is_refreshed_in_place(code: str, lines: list[Line], tmp_path: Path) -> None:
    """The sheets stay, are not doubled, and hold the figures of the English template."""
    hosts = {}
    with RefreshHost() as excel:
        for language in ("en", code):
            make_template(tmp_path / f"{language}.xlsx", language=language)
            empty = LiveExcel(tmp_path / f"{language}.xlsx")
            words = speaker_of(language)
            before = [sheet.name for sheet in empty.sheets]
            host = excel.refresh(pasted(empty, language, lines, gross_margin=0.45))
            assert [sheet.name for sheet in host.sheets] == before, live.status(host)
            hosts[language] = host
            assert {words.text(title) for title in INPUT_TITLES} <= set(before)
            assert live.status(host).startswith(words.text("Report as of {day}: ").split("{")[0])
        figures = {name: figures_of(host) for name, host in hosts.items()}
        assert figures[code] == figures["en"]
        assert len(figures["en"]) > 20
        host.sheet(speaker_of(code).text("Orders")).name = "Notes"
        told = live.status(excel.refresh(host))
        assert told.startswith(speaker_of(code).text("Not refreshed") + ". ")
        assert told.endswith(speaker_of(code).text("The report is as it was."))
        host.sheet("Notes").name = speaker_of(code).text("Orders")
        # its reader asks for English: the sheets keep their names, and are not doubled
        host = hosts[code]
        before = [sheet.name for sheet in host.sheets]
        host = excel.refresh(pasted(copy.deepcopy(host), code, lines, language="en"))
        assert [sheet.name for sheet in host.sheets] == before, live.status(host)
