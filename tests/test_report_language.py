"""The report in other languages: every word of ours is said again, every figure and every text from data stays."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.cli import main
from clv_xl.events import Event
from clv_xl.orders import load_orders
from clv_xl.orders.filled_files import read_customer_data, read_spend
from clv_xl.orders.sheet_words import in_sheet_words
from clv_xl.report.build import build_report
from clv_xl.report.language import LANGUAGES, in_language_of, speaker_of
from clv_xl.report.material import Beside
from clv_xl.report.model import Input, Live, LongTable, Report, Table
from clv_xl.report.spoken import spoken, spoken_formula
from clv_xl.report.template import build_template
from clv_xl.said import ENGLISH, Piece, Said, counted, dated, figured, live_words, say
from clv_xl.workbook import styles
from clv_xl.workbook.layout import lay_out
from tests import translations
from tests.reading import Workbook
from tests.shops import EDGE_SHOPS, material_of, sample_lines, with_costs, write_orders
from tests.test_layout import overflows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

    from clv_xl.report.material import Material

MONEY = {"gross_margin": 0.45, "acquisition_cost": 116.0, "service_cost": 12.0, "currency": "SEK"}


class Marked:
    """A language in which every letter of ours is a Greek alpha, so that an English one shows what was forgotten."""

    def text(self, english: str) -> str:
        return re.sub(
            r"(\{[^{}]*\})|[A-Za-z]", lambda found: found[1] or "\N{GREEK SMALL LETTER ALPHA}", english
        )

    def texts(self, one: str, many: str, number: float) -> str:
        return self.text(one if number == 1 else many)

    def figure(self, value: Decimal) -> str:
        return f"{value:f}"

    def day(self, value: date, *, with_day: bool) -> str:
        return f"{value:%d.%m.%Y}" if with_day else f"{value:%m.%Y}"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("language")
    lines = sample_lines(folder / "sample", customers=1200)
    beside = Beside(
        read_spend(folder / "sample" / "spend.csv"),
        read_customer_data(folder / "sample" / "customers.csv"),
        (),
    )
    return material_of(folder, lines, beside, **MONEY)


@pytest.fixture(scope="module")
def english(material: Material) -> Report:
    return build_report(material)


def words_of(part: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that a reader sees in a part of a report; long columns of data are left out."""
    if isinstance(part, str):
        yield where, part
    elif isinstance(part, Live):
        yield from words_of(part.value, where)
        for text in re.findall(r'"((?:[^"]|"")*)"', part.formula):
            yield f"{where} formula", text
    elif isinstance(part, Input):
        yield f"{where} hint", part.message
    elif isinstance(part, tuple):
        for item in part:
            yield from words_of(item, where)
    elif is_dataclass(part) and not isinstance(part, type):
        hidden = {
            "key",
            "formula",
            "name",
            "format",
            "named",
            "kind",
            "page",
            "row_formats",
            "block",
            "label",
            "good",
            "macro",
        }
        hidden |= {
            "change_format",
            "second_format",
            "scale_format",
            "status_name",
            "progress_name",
            "language",
            "words",
            "currency",
        }
        for item in fields(part):
            if item.name not in hidden and not (isinstance(part, LongTable) and item.name == "values"):
                yield from words_of(getattr(part, item.name), f"{where}/{type(part).__name__}.{item.name}")


# What is the same in every language: names of models, functions, parameters, files and codes.
_SAME = re.compile(
    r"[A-Z]{2,}(?:_[A-Z]+)*|[a-z]+(?:_[a-z0-9]+)+|(?:Pareto|BG|MBG)/[A-Z]+(?:-\d)?|Gamma-Gamma|[\w.-]+\.csv|yyyy-mm-dd"
    r"|[0-9a-f]{64}|alpha|beta|csv|utf-8|SHA-256|CLV_\w+|clv_xl \S+|lifespan|retention|currency|refunds|horizon"
    r"|DuckDB|automatic, customer data, off|subtract, ignore|auto, month, quarter, year|auto|reactivated|lost|yes|no"
)


def test_no_english_word_is_left(english: Report, material: Material) -> None:
    """A text that was put together without remembering how would stay English in every other language."""
    data = material.beside.customer_data
    assert data is not None
    given = {
        *(
            str(text)
            for name in ("channel", "country", "product")
            for text in material.customers[name].dropna()
        ),
        *data.titles,
    }
    of_data = re.compile("|".join(map(re.escape, sorted(given, key=len, reverse=True))))
    left = [
        f"{where}: {text}"
        for where, text in words_of(spoken(english, Marked()))
        if re.search(r"[A-Za-z]{3,}", _SAME.sub("", of_data.sub("", text))) and not _is_data(text)
    ]
    assert not left, "\n".join(left)


def _is_data(text: str) -> bool:
    return text in {
        "SEK",
        "cost",
        "email",
        "name",
        "language",
        "refunded",
        "spend",
        "completed",
        "channel",
        "country",
        "product",
        "quantity",
        "status",
        "amount",
        "cancelled",
    }


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_text_has_a_translation_and_every_translation_a_text(code: str) -> None:
    assert not translations.missing(code)
    assert not translations.unused(code)
    assert (translations.CATALOGUES / f"{code}.mo").read_bytes() == translations.as_mo(code)


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_placeholders_and_edges_of_a_text_stay(code: str) -> None:
    """A lost placeholder would end the report; a lost blank glues two words together."""
    wrong = []
    for item in translations.catalogue(code):
        if not item.id:
            continue
        ids, said = (part if isinstance(part, tuple) else (part,) for part in (item.id, item.string))
        for one, other in zip(ids, said, strict=True):
            if sorted(re.findall(r"\{\w+\}", one)) != sorted(re.findall(r"\{\w+\}", other)):
                wrong.append(f"{one} | {other}")
            if (one[:1].isspace(), one[-1:].isspace()) != (other[:1].isspace(), other[-1:].isspace()):
                wrong.append(f"edges: {one!r} | {other!r}")
    assert not wrong, "\n".join(wrong)


def test_no_english_word_is_left_where_little_is_known_and_inputs_are_bad(tmp_path: Path) -> None:
    """Cohorts of a year, a caution on few customers, and spend that cannot be read stood in English."""
    spend = [
        ("month", "channel", "spend"),
        ("2024-01", "web", "a lot"),
        ("soon", "web", "7"),
        ("2024-02", "web", "9"),
    ]
    with (tmp_path / "spend.csv").open("w", encoding="utf-8") as file:
        file.writelines(";".join(row) + "\n" for row in spend)
    beside = Beside(read_spend(tmp_path / "spend.csv"), None, ())
    lines = EDGE_SHOPS["history shorter than a year"]
    report = build_report(material_of(tmp_path, lines, beside, cohort_period="year", acquisition_cost=5.0))
    data = re.compile("a lot|soon|web|euro|test_no\\w+")
    left = [
        f"{where}: {text}"
        for where, text in words_of(spoken(report, Marked()))
        if re.search(r"[A-Za-z]{3,}", _SAME.sub("", data.sub("", text))) and not _is_data(text)
    ]
    assert not left, "\n".join(left)
    texts = [text for _, text in words_of(in_language_of(report, "sv"))]
    told = " ".join(texts)
    assert "per år för första ordern" in told
    assert not re.search(r"\byear\b(?!.*något av)", " ".join(text for text in texts if "quarter" not in text))
    assert "kan slumpen ensam ge ett CLV på mellan 0,25 och 2,5 gånger det rätta" in told
    assert {"Utgiften är inte ett tal.", "spend.csv, rad 2, kolumn 3"} <= set(texts)


@pytest.mark.long
@pytest.mark.parametrize(
    "code", ["sv", *(pytest.param(code, marks=pytest.mark.long) for code in sorted({*LANGUAGES} - {"sv"}))]
)
def test_the_catalogue_knows_every_text_that_is_looked_up(code: str, english: Report) -> None:
    asked: set[str] = set()
    speaker = speaker_of(code)

    class Asked(Marked):
        def text(self, english: str) -> str:
            asked.add(english)
            return speaker.text(english)

        def texts(self, one: str, many: str, number: float) -> str:
            asked.add(one)
            return speaker.texts(one, many, number)

        def figure(self, value: Decimal) -> str:
            return speaker.figure(value)

        def day(self, value: date, *, with_day: bool) -> str:
            return speaker.day(value, with_day=with_day)

    template = build_template(())
    spoken(template, Asked())
    spoken(english, Asked())
    known = translations.texts()
    lacking = [text for text in asked if text not in known and re.search("[a-z]{3,}", _SAME.sub("", text))]
    # fragments of a formula that was said already, and texts of data in formulas, are looked up in vain
    assert not [text for text in lacking if text not in _said_already(english, code) and not _is_data(text)]


def _said_already(english: Report, code: str) -> set[str]:
    return {
        text.replace('""', '"')
        for where, text in words_of(in_language_of(english, code))
        if "formula" in where
    }


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_no_translated_text_overflows(code: str, english: Report) -> None:
    wrong = [text for sheet in lay_out(in_language_of(english, code)).sheets for text in overflows(sheet)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("code", ["en", *sorted(LANGUAGES)])
def test_no_word_is_broken_and_no_line_cut_in_other_shops(code: str, tmp_path: Path) -> None:
    """Shops with costs of their own, by month, without parameters and with two customers, and the empty template."""
    lines = sample_lines(tmp_path / "s", customers=320)
    materials = (
        material_of(tmp_path, with_costs(lines), **MONEY),
        material_of(tmp_path, lines, cohort_period="month", refunds="ignore", **MONEY),
        material_of(tmp_path, lines),
        material_of(tmp_path, EDGE_SHOPS["two customers"], acquisition_cost=5.0),
    )
    books = [lay_out(in_language_of(build_report(material), code)) for material in materials]
    books.append(lay_out(in_language_of(build_template(()), code), without_data=True))
    wrong = [text for book in books for sheet in book.sheets for text in overflows(sheet)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", ["en", *sorted(LANGUAGES)])
def test_percent_is_written_in_one_way(code: str, english: Report) -> None:
    """In texts, number formats and charts alike: English sets the sign at the number, others after a fixed space."""
    told = in_language_of(english, code)
    space = "" if code == "en" else "\N{NO-BREAK SPACE}"
    signs = [found for _, text in words_of(told) for found in re.findall(r"(?<=[\d}])\s?%", text)]
    assert len(signs) > 30
    assert set(signs) == {f"{space}%"}
    forms = {cell.style.number_format for sheet in lay_out(told).sheets for cell in sheet.cells}
    for sheet in lay_out(told).sheets:
        forms |= {column.style.number_format for column in sheet.bulk.columns} if sheet.bulk else set()
        for chart in sheet.charts:
            forms |= {axis.number_format for axis in (chart.values, chart.second) if axis is not None}
            forms |= {line.label_format for line in chart.series if line.label_format is not None}
    signed = {form for form in forms if "%" in form}
    assert len(signed) > 3
    assert not [form for form in signed if form.count("%") != form.count(f'"{space}"%' if space else "%")]


def test_changes_of_what_is_counted_need_no_other_word_than_those_of_amounts(material: Material) -> None:
    """Customers are "fler" in Swedish and amounts "mer": in a list of figures a change has its sign instead."""
    events = (Event(date(2025, 1, 1), "Loyalty"),)
    shop = replace(material, parameters=replace(material.parameters, events=events))
    page = next(page for page in in_language_of(build_report(shop), "sv").pages if page.key == "trends")
    texts = [text for _, text in words_of(page)]
    event = next(text for text in texts if text.startswith("De 12 månaderna efter"))
    assert re.search(
        r"Nya kunder [+-]\d+(,\d)?\xa0%, Snittorder [+-]\d+(,\d)?\xa0%, Ordrar per kund [+-]\d", event
    )
    title = next(text for text in texts if "aktiva kunder den 31 dec" in text)
    assert re.search(r", [+-]\d+(,\d)?\xa0% på ett år$", title)
    told = " ".join(text for text in texts if text.startswith(("Bättre än för", "Sämre än för")))
    assert re.search(r"aktiva kunder \([+-]\d+(,\d)?\xa0%\)", told)


def test_statuses_files_and_values_are_words_of_the_language(english: Report) -> None:
    """They stood in English in the midst of Swedish pages."""
    tables = {table.name: table for table in tables_of(in_language_of(english, "sv"))}

    def column(name: str, number: int) -> list[str]:
        table = tables[name]
        assert isinstance(table, Table)
        return [str(row[number]) for row in table.rows]

    assert {"genomförd", "återbetald", "annullerad"} >= {*column("statuses", 1)}
    assert {"försäljning", "återbetalning", "undantagen"} >= {*column("statuses", 3)}
    assert column("files", 1) == ["csv, utf-8, komma"]
    values = dict(zip(column("fixed_parameters", 4), column("fixed_parameters", 1), strict=True))
    assert values["amounts_include_vat"] == "nej"
    assert values["refunds"] == "dras av (subtract)"
    assert values["second_stage"] == "automatiskt (automatic)"
    method = next(page for page in in_language_of(english, "sv").pages if page.key == "method")
    fitted = re.findall(r"(?:alpha|r|p|q) \d+[.,]\d+", " ".join(text for _, text in words_of(method)))
    assert fitted
    assert not [text for text in fitted if "." in text]


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_titles_stay_names(code: str, english: Report) -> None:
    """Sheets need titles that Excel takes, and columns of a table titles that differ."""
    for report in (english, build_template(())):
        told = in_language_of(report, code)
        titles = [page.title for page in told.pages]
        assert len({title.casefold() for title in titles}) == len(titles)
        assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in titles)
        for table in tables_of(told):
            if isinstance(table, Table) and not table.structured:
                continue
            heads = [column.title.casefold() for column in table.columns]
            assert len(set(heads)) == len(heads), heads
            assert not [head for head in heads if set(head) & set("[]#@")]


def tables_of(part: Any) -> Iterator[Table | LongTable]:
    if isinstance(part, Table | LongTable):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from tables_of(item)
    elif is_dataclass(part) and not isinstance(part, type):
        for item in fields(part):
            yield from tables_of(getattr(part, item.name))


def test_only_words_change(english: Report) -> None:
    """Figures, dates, formulas but for their words, and all that came with the data are the same."""
    swedish = in_language_of(english, "sv")
    assert swedish.language == "sv"
    assert [page.key for page in swedish.pages] == [page.key for page in english.pages]
    for one, other in zip(tables_of(english), tables_of(swedish), strict=True):
        if isinstance(one, LongTable) and isinstance(other, LongTable):
            for column, before, after in zip(one.columns, one.values, other.values, strict=True):
                if not column.words:
                    assert before is after or list(before) == list(after)
        elif isinstance(one, Table) and isinstance(other, Table):
            for row, told in zip(one.rows, other.rows, strict=True):
                assert [figure_of(cell) for cell in row] == pytest.approx(
                    [figure_of(cell) for cell in told], nan_ok=True
                )


def figure_of(cell: Any) -> float:
    value = cell.value if isinstance(cell, Live | Input) else cell
    return float(value) if isinstance(value, int | float) else float("nan")


def test_data_that_look_like_our_words_stay(tmp_path: Path) -> None:
    """A customer called Total, a channel called Customers: names from data are never translated."""
    lines = [
        replace(one, customer="Customers" if number % 7 == 0 else one.customer, channel="Orders")
        for number, one in enumerate(sample_lines(tmp_path / "s", customers=60))
    ]
    told = build_report(material_of(tmp_path, lines, language="sv"))
    held = next(table for table in tables_of(told) if table.name == "customers")
    assert isinstance(held, LongTable)
    assert "Customers" in list(held.values[0])


def test_a_sentence_is_said_again_with_its_values() -> None:
    swedish = speaker_of("sv")
    assert dated(date(2025, 7, 4)).made.spoken(swedish) == "4 juli 2025"
    assert figured(-1234.5, 1).made.spoken(swedish) == "-1\N{NO-BREAK SPACE}234,5"
    text = "(" + counted(3, "{number} customer", "{number} customers") + ")"
    assert isinstance(text, Said)
    assert text == "(3 customers)"
    assert text.made.spoken(swedish) == "(3 kunder)"


def test_a_live_sentence_keeps_its_figures_in_every_order() -> None:
    class Reversed(Marked):
        def text(self, english: str) -> str:
            return "{later} innan {first}"

    words = live_words("{first} before {later}", first=Piece("A1", "1"), later=Piece("B1", "2"))
    assert (words.formula, words.text) == ('A1&" before "&B1', "1 before 2")
    assert isinstance(words.formula, Said)
    assert words.formula.made.spoken(Reversed()) == 'B1&" innan "&A1'


def test_formulas_follow_the_titles_of_columns() -> None:
    assert spoken_formula('=SUM(t[Orders])*[@Amount]&"inactive"', speaker_of("sv")) == (
        f"=SUM(t[{speaker_of('sv').text('Orders')}])*[@[{speaker_of('sv').text('Amount')}]]"
        f'&"{speaker_of("sv").text("inactive")}"'
    )


def test_the_words_of_number_formats_are_the_writers() -> None:
    from clv_xl.report.spoken import WRITERS_WORDS

    used = {
        text
        for form in styles.NUMBER_FORMATS.values()
        for text in re.findall(r'"([^"]*[a-z]{2,}[^"]*)"', form)
    }
    assert used <= set(WRITERS_WORDS)


def test_the_subject_of_the_file_is_in_its_language(english: Report) -> None:
    assert lay_out(english).subject == "Customer lifetime value"
    assert lay_out(in_language_of(english, "sv")).subject == "Kundlivstidsvärde"


def test_warnings_are_said_in_the_language_with_advice_for_files_and_for_sheets() -> None:
    header = say('{where}: To use the other: --column amount="{other}".', where="a.csv", other="Netto")
    assert in_sheet_words(header) == in_sheet_words(str(header))
    doubt = say(' To use the other: --column amount="{other}".', other="Netto")
    swedish = speaker_of("sv")
    assert doubt.made.spoken(swedish) == ' För att använda den andra: --column amount="Netto".'
    in_sheets = in_sheet_words(doubt)
    assert isinstance(in_sheets, Said)
    assert in_sheets == " To use the other, clear the header of the first."
    assert in_sheets.made.spoken(swedish) == " För att använda den andra, töm rubriken på den första."


def test_warnings_of_a_messy_file_are_whole_in_another_language(tmp_path: Path) -> None:
    path = tmp_path / "messy.csv"
    rows = [
        f"c{number},2025-01-{1 + number % 28:02d},{number % 7}.00001,{number // 2},blah,{number % 5}"
        for number in range(60)
    ]
    path.write_text(
        "\n".join(["customer,date,amount,order_id,status,refunded", *rows, rows[-1]]), encoding="utf-8"
    )
    with duckdb.connect() as connection:
        warnings = load_orders(connection, [path]).warnings
    assert len(warnings) > 3
    left = [
        item.text
        for item in warnings
        if re.search(r"[a-z]{3,}", _NAMES.sub("", item.text.made.spoken(Marked())))
    ]
    assert not left


_NAMES = re.compile(r"messy\.csv|c\d+|blah|refunded|order_id|status|amount|customer|date")


def test_english_is_the_source() -> None:
    assert say("{a} b", a=1).made.spoken(ENGLISH) == "1 b"


def test_a_text_without_a_template_is_never_filled() -> None:
    assert say("{1;2}") == "{1;2}"


def test_the_command_writes_the_language_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option wins over the parameter; the sheets are called what they are called there."""
    orders = write_orders(tmp_path / "orders.csv", sample_lines(tmp_path / "s", customers=40))
    report = tmp_path / "rapport.xlsx"
    words = ("report", orders, "--set", "language=da", "--language", "sv", "--quiet", "-o", report)
    monkeypatch.setattr(sys, "argv", ["clv-xl", *map(str, words)])
    main()
    assert next(iter(Workbook(report).files)) == speaker_of("sv").text("Summary")


def test_a_report_whose_orders_name_no_currency_says_so_in_the_language(tmp_path: Path) -> None:
    material = material_of(tmp_path, sample_lines(tmp_path / "s", customers=60), language="sv")
    assert not material.currency
    told = " ".join(text for _, text in words_of(build_report(material)))
    assert "filens valuta" in told
    assert "currency of the file" not in told
