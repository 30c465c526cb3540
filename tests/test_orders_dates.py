"""Dates as shops and spreadsheets write them: names of months, swapped days, workbooks that count from 1904."""

from __future__ import annotations

import datetime as dt

import duckdb
import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.filled_spend import spend_of_rows
from clv_xl.orders.month_words import MONTHS
from clv_xl.orders.months import month_of
from clv_xl.orders.said import QuestionError
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.sheet_words import in_sheet_words
from clv_xl.orders.workbook_file import WorkbookFile


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def days(connection, source, **options):
    load_orders(connection, [source], options=ReadOptions(**options))
    return [
        str(day) for (day,) in connection.execute("SELECT day FROM order_rows ORDER BY row_number").fetchall()
    ]


def csv(tmp_path, dates):
    path = tmp_path / "orders.csv"
    path.write_text("Kundnr;Datum;Belopp\n" + "".join(f"7;{date};10\n" for date in dates), encoding="utf-8")
    return path


def book(tmp_path, dates, *, epoch=None):
    path = tmp_path / "orders.xlsx"
    made = openpyxl.Workbook()
    if epoch:
        made.epoch = epoch
    sheet = made.active
    sheet.append(["Kundnr", "Datum", "Belopp"])
    for date in dates:
        sheet.append([7, date, 10])
    made.save(path)
    return path


WRITTEN = [
    ("3 mars 2024", "2024-03-03"),
    ("den 3 mars 2024", "2024-03-03"),
    ("3. mai 2024", "2024-05-03"),
    ("12 okt 2024", "2024-10-12"),
    ("12 OKT. 2024 14:05", "2024-10-12"),
    ("5 joulukuuta 2024", "2024-12-05"),
    ("5. kesäkuuta 2024", "2024-06-05"),
    ("17. März 2024", "2024-03-17"),
    ("1er août 2024", "2024-08-01"),
    ("24. desember 2024", "2024-12-24"),
    ("24-Dec-2024", "2024-12-24"),
    ("March 3, 2024", "2024-03-03"),
]


def test_names_of_months_are_read_in_orders_as_in_spend(connection, tmp_path):
    assert days(connection, csv(tmp_path, [text for text, _ in WRITTEN])) == [day for _, day in WRITTEN]


@pytest.mark.parametrize("name", ["mars", "mai", "okt", "joulukuuta", "März", "août", "desember"])
def test_spend_reads_the_same_names(name):
    assert month_of(f"{name} 2024") is not None


def test_every_name_means_one_month_and_is_read_by_both(connection, tmp_path):
    dates = [f"7 {name} 2024" for name in MONTHS]
    assert days(connection, csv(tmp_path, dates)) == [f"2024-{month:02d}-07" for month in MONTHS.values()]
    assert [month_of(f"{name} 2024") for name in MONTHS] == [
        dt.date(2024, month, 1) for month in MONTHS.values()
    ]


TEXTS = ["17/04/2024", "28/04/2024", "13/05/2024 10:15", "30/05/2024"]
SWAPPED = [dt.date(2024, 7, 4), dt.date(2024, 3, 5), dt.date(2024, 12, 6)]


def test_a_half_converted_column_is_refused(connection, tmp_path):
    path = book(tmp_path, [*TEXTS, *SWAPPED])
    with pytest.raises(InputError) as error:
        days(connection, path)
    assert str(error.value) == (
        'orders.xlsx, sheet Sheet: column "Datum" has 3 date cells such as 2024-03-05, none after the 12th of a month,'
        ' and 4 texts such as "13/05/2024 10:15", none before the 13th. A spreadsheet that opens a text file with'
        " another order of day and month leaves it so: day and month are then swapped in the first kind. Use the export"
        " as it came from the shop, not as it was saved after opening, or open it by Data, From Text/CSV, with the"
        " dates as dd/mm/yyyy. If the date cells are right, say so: --date-format dd/mm/yyyy."
    )
    assert days(connection, path, date_format="dd/mm/yyyy")[-1] == "2024-12-06"


def test_the_advice_in_a_workbook_has_no_option(connection):
    rows = [["Kundnr", "Datum", "Belopp"], *([7, date, 10] for date in [*TEXTS, *SWAPPED])]
    with pytest.raises(InputError, match="turn the texts into dates too") as error:
        days(connection, SheetRows.of_values(rows, "Orders"))
    assert "--" not in str(error.value)


def test_the_same_saved_as_text_again_is_refused(connection, tmp_path):
    with pytest.raises(
        InputError, match=r"3 dates such as 2024-03-05, none after the 12th.* write them in one way"
    ):
        days(connection, csv(tmp_path, [*TEXTS, *(str(day) for day in SWAPPED)]))


def test_american_dates_in_a_european_spreadsheet_are_refused_too(connection, tmp_path):
    texts = ["04/17/2024", "04/28/2024", "05/13/2024"]
    with pytest.raises(InputError, match="with the dates as mm/dd/yyyy"):
        days(connection, book(tmp_path, [*texts, *SWAPPED]))


@pytest.mark.parametrize(
    "dates",
    [
        [*TEXTS, *SWAPPED, dt.date(2024, 7, 14)],
        [*TEXTS, "03/04/2024", *SWAPPED],
        ["17/04/2024", dt.date(2024, 7, 4)],
    ],
)
def test_sound_mixtures_of_cells_and_texts_pass(connection, tmp_path, dates):
    assert len(days(connection, book(tmp_path, dates))) == len(dates)


def test_day_numbers_of_a_workbook_that_counts_from_1904(connection, tmp_path):
    """43930 days after 1 January 1904 is 10 April 2024; the date cell beside it says 7 April."""
    path = book(tmp_path, [dt.date(2024, 4, 7), 43930], epoch=CALENDAR_MAC_1904)
    assert days(connection, path) == ["2024-04-07", "2024-04-10"]
    assert days(connection, path, date_format="dd.mm.yyyy") == ["2024-04-07", "2024-04-10"]
    assert days(connection, WorkbookFile(path).rows("Sheet")) == ["2024-04-07", "2024-04-10"]
    assert days(connection, book(tmp_path, [dt.date(2024, 4, 7), 45392])) == ["2024-04-07", "2024-04-10"]


def test_spend_of_a_workbook_that_counts_from_1904(tmp_path):
    path = tmp_path / "spend.xlsx"
    made = openpyxl.Workbook()
    made.epoch = CALENDAR_MAC_1904
    made.active.append(["Month", "Spend"])
    made.active.append([43930, 10])
    made.save(path)
    spend = spend_of_rows(WorkbookFile(path).rows("Sheet"), "spend.xlsx")
    assert [str(line.month) for line in spend.lines] == ["2024-04-01"]


def test_one_row_is_told_in_the_singular(connection, tmp_path):
    with pytest.raises(InputError, match=r'\("17/04/2024", 1 row\) and .* \("04/17/2024", 1 row\)'):
        days(connection, csv(tmp_path, ["17/04/2024", "04/17/2024", "03/04/2024"]))


SHORT = [
    f"{day:02}.{1 + day % 12:02}.{year}"
    for year in (23, 24)
    for day in range(1, 32)
    if day % 12 not in {1, 3, 5}
]


@pytest.mark.parametrize("turned", [False, True])
def test_years_of_two_digits_are_settled_where_the_other_numbers_are_days(connection, tmp_path, turned):
    days = [".".join(reversed(text.split("."))) if turned else text for text in SHORT]
    path = tmp_path / "orders.csv"
    path.write_text("kund;Datum;belopp\n" + "".join(f"a;{day};5\n" for day in days), encoding="utf-8")
    intake = load_orders(connection, [path])
    assert intake.files[0].date_format == ("yy.mm.dd" if turned else "dd.mm.yy")
    assert intake.rows_of("used") == len(days)
    assert {
        year for (year,) in connection.execute("SELECT DISTINCT year(day) FROM order_rows").fetchall()
    } == {2023, 2024}
    (text,) = (note.text for note in intake.warnings if note.code == "short_years")
    assert ("--date-format dd.mm.yy" in text) == turned
    assert "--" not in in_sheet_words(text)


EITHER = [
    ("17.01.24", "18.01.24"),
    ("01.02.03", "04.05.06"),
    tuple(f"{day:02}.01.{day:02}" for day in range(1, 29)),
]


@pytest.mark.parametrize("days", EITHER)
def test_years_of_two_digits_stay_a_question_where_either_number_may_be_the_day(connection, tmp_path, days):
    path = tmp_path / "orders.csv"
    path.write_text("kund;Datum;belopp\n" + "".join(f"a;{day};5\n" for day in days), encoding="utf-8")
    with pytest.raises(QuestionError, match=r"--date-format dd\.mm\.yy or --date-format yy\.mm\.dd"):
        load_orders(connection, [path])


def test_a_form_of_one_file_leaves_the_dates_of_another_that_stand_year_first(connection, tmp_path):
    (tmp_path / "pay.csv").write_text("id,customer,date,amount\n1,A,04/07/2024,5\n", encoding="utf-8")
    (tmp_path / "shop.csv").write_text("id,customer,date,amount\n2,B,2024-07-05 10:30,7\n", encoding="utf-8")
    files = [tmp_path / "pay.csv", tmp_path / "shop.csv"]
    load_orders(connection, files, options=ReadOptions(date_format="dd/mm/yyyy"))
    days = connection.execute("SELECT customer_id, day FROM order_rows ORDER BY 1").fetchall()
    assert days == [("A", dt.date(2024, 7, 4)), ("B", dt.date(2024, 7, 5))]


def test_a_form_that_some_dates_of_a_file_have_is_that_of_all(connection, tmp_path):
    rows = "1,A,04/07/2024,5\n2,B,2024-07-05,7\n"
    (tmp_path / "shop.csv").write_text(f"id,customer,date,amount\n{rows}", encoding="utf-8")
    intake = load_orders(connection, [tmp_path / "shop.csv"], options=ReadOptions(date_format="dd/mm/yyyy"))
    assert (intake.rows_of("used"), intake.rows_of("set aside")) == (1, 1)
