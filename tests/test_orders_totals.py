"""Totals beside quantity and price, and two amounts side by side: the one that was paid counts, or it is asked."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.said import QuestionError
from clv_xl.orders.sheet_words import in_sheet_words

LATE = date(2027, 1, 1)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    options = ReadOptions(**options)
    return load_orders(connection, [path], options=options, parameters=OrderRules(as_of=LATE))


def total(connection):
    ((found,),) = connection.execute("SELECT sum(amount) FROM order_rows").fetchall()
    return float(found)


def told(intake):
    return {note.code: note.text for note in intake.warnings}


def of_lines(header, totals=("80,00", "160,00", "160,00")):
    rows = (
        "1;2024-01-02;a@ex.dk;Kop;1;100,00",
        "1;2024-01-02;a@ex.dk;Fad;1;200,00",
        "2;2024-01-13;b@ex.dk;Kop;2;100,00",
    )
    below = "".join(f"{row};{text}\n" for row, text in zip(rows, totals, strict=True))
    return f"Ordrenr;Dato;E-post;Vare;Antal;Pris;{header}\n{below}"


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    "header",
    [
        "Totalpris", "Linjetotal", "Linjebeløb", "Radtotal", "Rad belopp", "Radpris", "Row total", "Extended price",
        "Sum linje", "Slutpris", "I alt", "Pris i alt", "Beløb i alt", "Försäljning", "Salg", "Varesum", "Linjeverdi",
    ],
)  # fmt: skip
def test_the_total_of_a_line_counts_and_not_its_list_price(connection, tmp_path, header):
    intake = load(connection, tmp_path, of_lines(header))
    assert total(connection) == 400
    assert intake.files[0].columns["amount"] == header


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "header",
    [
        "Ordretotal",
        "Ordrebeløb",
        "Total ordre",
        "At betale",
        "Att betala",
        "Å betale",
        "Samlet beløb",
        "Beløb i alt",
    ],
)
def test_the_total_of_an_order_holds_its_freight_too(connection, tmp_path, header):
    rows = "1;2024-01-02;a@ex.dk;1;100,00;149,00\n2;2024-01-13;b@ex.dk;2;100,00;249,00\n"
    load(connection, tmp_path, f"Ordrenr;Dato;E-post;Antal;Pris;{header}\n{rows}")
    assert total(connection) == 398


@pytest.mark.parametrize("header", ["Vederlag", "Hva kunden gav"])
def test_money_beside_quantity_and_price_is_asked_about_whatever_it_is_called(connection, tmp_path, header):
    text = of_lines(header)
    with pytest.raises(QuestionError, match=f'row 2 has 1 x 100,00 and "{header}" 80,00') as raised:
        load(connection, tmp_path, text)
    answers = [answer.words for answer in raised.value.questions[0].answers]
    assert answers == [f'--column amount="{header}"', "--format order-lines"]
    assert "--" not in in_sheet_words(str(raised.value))
    load(connection, tmp_path, text, columns={"amount": header})
    assert total(connection) == 400
    load(connection, tmp_path, text, format="order-lines")
    assert total(connection) == 500


@pytest.mark.parametrize(
    ("header", "totals"),
    [
        ("Vederlag", ("100,00", "200,00", "200,00")),
        ("Moms", ("20,00", "40,00", "40,00")),
        ("Fraktavgift", ("90,00", "90,00", "90,00")),
        ("Kostpris", ("60,00", "80,00", "60,00")),
        ("Artikelnr", ("101", "202", "101")),
        ("Lagersaldo", ("100", "80", "90")),
    ],
)
def test_what_is_explained_beside_quantity_and_price_is_no_question(connection, tmp_path, header, totals):
    intake = load(connection, tmp_path, of_lines(header, totals))
    assert total(connection) == 500
    assert "money_beside" not in told(intake)
    assert not any("has no totals" in note for note in map(str, told(intake).values()))


def test_another_price_beside_quantity_and_price_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, of_lines("Ordinarie pris", ("120,00", "220,00", "120,00")))
    assert total(connection) == 500
    assert 'row 2 is 1 x 100,00, and "Ordinarie pris" is 120,00' in told(intake)["money_beside"]
    assert "--" not in in_sheet_words(told(intake)["money_beside"])


def side_by_side(first, second, *, freight="49,00", header="Frakt"):
    rows = f"1;2024-01-02;a@ex.se;100,00;{freight};149,00\n2;2024-01-13;b@ex.se;200,00;{freight};249,00\n"
    return f"Ordernr;Datum;E-post;{first};{header};{second}\n{rows}"


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Summa", "Totalsumma"), ("Sum", "Totalsum"), ("Summa", "Att betala"), ("Sum", "Å betale"),
        ("Beløb", "At betale"), ("Beløb", "I alt"), ("Total", "Total paid"), ("Order value", "Captured amount"),
        ("Varesum", "Totalsum"),
    ],
)  # fmt: skip
def test_of_two_amounts_that_freight_explains_the_whole_counts(connection, tmp_path, first, second):
    intake = load(connection, tmp_path, side_by_side(first, second))
    assert total(connection) == 398
    assert f'"{first}" and "Frakt" add up to "{second}"' in told(intake)["total_beside"]
    load(connection, tmp_path, side_by_side(first, second), columns={"amount": first})
    assert total(connection) == 300


@pytest.mark.parametrize(("freight", "header"), [("10,00", "Frakt"), ("x", "Merknad")])
def test_two_amounts_that_nothing_explains_are_asked_about(connection, tmp_path, freight, header):
    text = side_by_side("Summa", "Totalsumma", freight=freight, header=header)
    with pytest.raises(QuestionError, match=r'first on row 2 \("100,00" and "149,00"\)') as raised:
        load(connection, tmp_path, text)
    assert [answer.value for answer in raised.value.questions[0].answers] == [
        "amount=Summa",
        "amount=Totalsumma",
    ]


@pytest.mark.parametrize("second", [("100,00", "200,00"), ("0,00", "0,00"), ("", "")])
def test_a_second_amount_that_says_nothing_else_is_no_question(connection, tmp_path, second):
    one, two = second
    rows = f"1;2024-01-02;a@ex.se;100,00;{one}\n2;2024-01-13;b@ex.se;200,00;{two}\n"
    text = f"Ordernr;Datum;E-post;Summa;Att betala\n{rows}"
    load(connection, tmp_path, text)
    assert total(connection) == 300


@pytest.mark.parametrize("rest", ["Merknad", "Restbeløp"])
def test_what_is_paid_so_far_is_no_second_amount_beside_what_is_open(connection, tmp_path, rest):
    rows = "1;2024-01-02;K1;100,00;100,00;0\n2;2024-01-13;K2;200,00;50,00;150\n"
    text = f"Fakturanr;Fakturadato;Kundenr;Beløp;Betalt beløp;{rest}\n{rows}"
    if rest == "Restbeløp":
        load(connection, tmp_path, text)
        assert total(connection) == 300
    else:
        with pytest.raises(QuestionError, match='"200,00" and "50,00"'):
            load(connection, tmp_path, text)


def test_rows_that_do_not_add_up_beside_many_that_do_are_told(connection, tmp_path):
    rows = "".join(f"{at};2024-01-{at:02};a@ex.se;100,00;49,00;149,00\n" for at in range(1, 20))
    text = (
        "Ordernr;Datum;E-post;Summa;Frakt;Totalsumma\n" + rows + "20;2024-01-20;b@ex.se;100,00;49,00;120,00\n"
    )
    intake = load(connection, tmp_path, text)
    assert total(connection) == 19 * 149 + 120
    assert (
        'row 21, the three columns do not add up: 100,00 and 49,00 are not 120,00. The amount of "Totalsumma"'
        in (told(intake)["total_differs"])
    )


def test_the_decimal_mark_is_asked_before_which_amount_counts(connection, tmp_path):
    text = "Ordernr;Datum;E-post;Summa;Totalsumma\n1;2024-01-02;a@ex.se;1.000;1.049\n2;2024-01-03;b@ex.se;2.000;2.049\n"
    with pytest.raises(QuestionError, match="--decimal"):
        load(connection, tmp_path, text)
