"""Discounts beside quantity and price: in percent, in money, or asked for."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import UsageError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.said import QuestionError
from clv_xl.orders.saved_map import load_map
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.sheet_words import in_sheet_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, header, texts, **options):
    path = tmp_path / "orders.csv"
    rows = "".join(f"A{at};2025-01-0{at};k{at};P;2;100,00;{text}\n" for at, text in enumerate(texts, start=1))
    path.write_text(f"Ordernr;Orderdatum;Kund;Artikel;Antal;À-pris;{header}\n{rows}", encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options))


def total(intake):
    return sum(float(line.amount) for line in intake.account if line.outcome == "used")


def told(intake, code):
    return [note.text for note in intake.warnings if note.code == code]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("header", "texts", "amount"),
    [
        ("Rabatt %", ["0", "10"], 380),
        ("Discount %", ["", "12,5"], 375),
        ("Rabattprocent", ["0", "10"], 380),
        ("Discount percent", ["0", "10"], 380),
        ("Rabatt i procent", ["0", "10"], 380),
        ("Rabatt", ["10 %", "25 %"], 330),
        ("Rabatt %", ["10 %", "25%"], 330),
        ("Radrabatt %", ["0", "10"], 380),
        ("Rabatt %", ["0,1", "0,25"], 330),
        ("Rabattbelopp", ["0", "10"], 390),
        ("Rabatt kr", ["-5,00", "10"], 385),
        ("Discount amount", ["", "10"], 390),
        ("Radrabatt", ["0", "150,50"], 249.5),
        ("Rabatt", ["0", ""], 400),
        ("Rabattkod", ["SOMMAR", "10"], 400),
    ],
)
def test_a_discount_is_taken_off_quantity_x_price(connection, tmp_path, header, texts, amount):
    intake = load(connection, tmp_path, header, texts)
    assert total(intake) == amount
    notes = told(intake, "discount_taken_off")
    assert len(notes) == (amount < 400)
    assert (header in intake.unused_columns) == (amount == 400)


@pytest.mark.long
def test_what_was_taken_off_is_told_and_can_be_overruled(connection, tmp_path):
    intake = load(connection, tmp_path, "Rabatt %", ["0", "10"])
    [note] = told(intake, "discount_taken_off")
    assert note == (
        'orders.csv: "Rabatt %" is taken off quantity x price in percent; 1 row has such a discount: row 3 ("10"). If'
        ' it is money off the row: --column discount_amount="Rabatt %"; if it is off already: --column'
        " discount_percent=-."
    )
    assert intake.columns["amount"] == "Antal x À-pris, less Rabatt % in percent"
    assert (
        total(load(connection, tmp_path, "Rabatt %", ["0", "10"], columns={"discount_amount": "Rabatt %"}))
        == 390
    )
    assert total(load(connection, tmp_path, "Rabatt %", ["0", "10"], columns={"discount_percent": ""})) == 400
    assert (
        total(load(connection, tmp_path, "Avdrag", ["0", "10"], columns={"discount_amount": "Avdrag"})) == 390
    )


@pytest.mark.parametrize("header", ["Rabatt", "Discount", "Radrabatt"])
@pytest.mark.one_in(3)
def test_a_discount_that_says_nothing_is_asked_for(connection, tmp_path, header):
    with pytest.raises(QuestionError) as error:
        load(connection, tmp_path, header, ["0,00", "10,00"])
    [question] = error.value.questions
    amounts = []
    for answer in question.answers:
        assert answer.words.replace('"-"', "-") in str(error.value)
        name, _, text = answer.value.partition("=")
        columns = {name: "" if text == "-" else text}
        amounts.append(total(load(connection, tmp_path, header, ["0,00", "10,00"], columns=columns)))
    assert amounts == [380, 390, 400]


def test_what_cannot_be_taken_off_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, "Rabatt %", ["10", "120", "-5", "x"])
    assert total(intake) == 780
    assert told(intake, "discount_not_taken_off") == [
        (
            'orders.csv: 3 rows have a "Rabatt %" that is no percentage from 0 to 100, the first is row 3 ("120").'
            " Nothing is taken off there. Correct them in the file."
        )
    ]
    intake = load(connection, tmp_path, "Rabattbelopp", ["10", "250"])
    assert total(intake) == 190
    assert "is more than the row: row 3" in told(intake, "discount_not_taken_off")[0]


def test_returned_pieces_give_back_what_was_paid(connection):
    sheet = [
        ["Ordernr", "Datum", "Kund", "Antal", "Pris", "Rabattbelopp"],
        ["A1", "2025-01-01", "a", 2, 100, 20],
        ["A2", "2025-01-02", "a", -1, 100, 10],
    ]
    intake = load_orders(connection, [SheetRows.of_values(sheet, "Orders")])
    assert [(line.outcome, float(line.amount)) for line in intake.account] == [("used", 180), ("refund", -90)]


def test_a_discount_beside_totals_is_refused_where_the_user_names_it(connection, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Ordernr;Datum;Kund;Belopp;Rabatt\nA1;2025-01-01;a;100,00;10,00\n", encoding="utf-8")
    assert total(load_orders(connection, [path])) == 100
    with pytest.raises(UsageError, match="not quantity x price"):
        load_orders(connection, [path], options=ReadOptions(columns={"discount_amount": "Rabatt"}))


@pytest.mark.long
def test_in_a_workbook_no_option_is_advised(connection, tmp_path):
    with pytest.raises(QuestionError) as error:
        load(connection, tmp_path, "Rabatt", ["0,00", "10,00"])
    assert "--" not in in_sheet_words(str(error.value))
    for header, texts in (("Rabatt %", ["0", "10"]), ("Rabattbelopp", ["0", "10"])):
        [note] = told(load(connection, tmp_path, header, texts), "discount_taken_off")
        assert "--" not in in_sheet_words(note)


def test_an_answer_is_kept_in_a_saved_map(tmp_path, connection):
    load(connection, tmp_path, "Rabatt", ["0", "10"], columns={"discount_amount": "Rabatt"})
    for said, amount in (("Rabatt", 390), ("-", 400)):
        (tmp_path / "shop.toml").write_text(f'[columns]\ndiscount_amount = "{said}"\n', encoding="utf-8")
        columns = {
            name: text if text != "-" else ""
            for name, text in load_map(tmp_path / "shop.toml").columns.items()
        }
        assert total(load(connection, tmp_path, "Rabatt", ["0", "10"], columns=columns)) == amount


LINES = "Ordernr;Orderdatum;Kundnr;Artikel;Antal;Pris;{header}\n1;2025-01-02;1;P;2;100;20\n2;2025-01-03;2;P;1;100;0\n"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Orderrabatt", "looks like a discount, which is not taken off quantity x price"),
        ("Discount per unit", "looks like a discount, which is not taken off quantity x price"),
        ("Returnerat antal", "looks like pieces that came back: they count as sold"),
        ("Quantity refunded", "looks like pieces that came back: they count as sold"),
        ("Rabattkod", ""),
        ("Antal i lager", ""),
    ],
)
@pytest.mark.one_in(4)
def test_columns_that_would_change_quantity_x_price_are_told_where_nothing_takes_them(
    connection, tmp_path, header, said
):
    path = tmp_path / "orders.csv"
    path.write_text(LINES.format(header=header), encoding="utf-8")
    intake = load_orders(connection, [path])
    told = [str(note.text) for note in intake.warnings if note.code == "unused_but_telling"]
    assert len(told) == bool(said)
    assert not said or f'the column "{header}" is not used, but {said}' in told[0]
