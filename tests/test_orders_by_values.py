"""Columns that no header names, found by what stands in them: currencies and statuses."""

from __future__ import annotations

import duckdb
import pytest
from openpyxl import Workbook

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.header_words import TIERS, fold


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **columns):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(columns=columns))


def orders(header, *values, head="order_id;order_date;customer_email;order_total"):
    rows = (f"{n};2024-01-0{n};c{n}@ex.se;{n}00;{value}" for n, value in enumerate(values, start=1))
    return "\n".join([f"{head};{header}", *rows, ""])


def told(intake, header):
    return [str(note.text) for note in intake.warnings if f'"{header}"' in str(note.text)]


def used(intake):
    return sum(line.rows for line in intake.account if line.reason == "")


CURRENCY_HEADERS = """
    order_currency; Order Currency; Order Currency Code; Ordrevaluta; Ordervaluta; Fakturavaluta; Betalningsvaluta;
    Betalingsvaluta; Transaktionsvaluta; Valutaslag; Valutaenhed; Myntenhet; Mynt; Møntfod; Val.; ISO; Ccy;
    presentment_currency; Payment currency; Noe annet
"""


@pytest.mark.parametrize("header", [text.strip() for text in CURRENCY_HEADERS.split(";")])
@pytest.mark.one_in(10)
def test_currencies_are_never_added_up_in_silence(connection, tmp_path, header):
    with pytest.raises(InputError, match=r"the amounts are in EUR \(1 row.*SEK.*USD") as error:
        load(connection, tmp_path, orders(header, "SEK", "EUR", "USD"))
    by_its_values = fold(header) not in frozenset().union(*TIERS["currency"])
    assert (f'column "{header}"' in str(error.value)) is by_its_values
    assert ("--column currency=-" in str(error.value)) is by_its_values


def test_signs_of_currencies_are_currencies(connection, tmp_path):
    with pytest.raises(InputError, match="the amounts are in"):
        load(connection, tmp_path, orders("Enhet", "kr", "€", "$"))


def test_one_currency_is_taken_and_told(connection, tmp_path):
    intake = load(connection, tmp_path, orders("ISO", "nok", "NOK", ""))
    assert intake.currency == "NOK"
    assert any(
        '"ISO" is read as currency' in text and "--column currency=-" in text for text in told(intake, "ISO")
    )


@pytest.mark.parametrize(
    "values",
    [
        ("ALL", "TOP", "ALL"),
        ("SE", "NO", "DK"),
        ("SWE", "NOR", "DNK"),
        ("EUR", "USA", "APAC"),
        ("PEN", "CUP", "PEN"),
    ],
)
@pytest.mark.one_in(5)
def test_other_short_texts_are_no_currencies(connection, tmp_path, values):
    intake = load(connection, tmp_path, orders("Grupp", *values))
    assert used(intake) == 3
    assert not told(intake, "Grupp")


def test_a_column_that_the_user_does_not_want_is_left(connection, tmp_path):
    intake = load(connection, tmp_path, orders("ISO", "SEK", "EUR", "USD"), currency="")
    assert used(intake) == 3


def test_of_two_currencies_the_one_beside_the_amount_is_told(connection, tmp_path):
    text = orders("order_currency;presentment_currency", "SEK;EUR", "SEK;USD", "SEK;SEK")
    intake = load(connection, tmp_path, text)
    assert any("could both be currency" in note for note in told(intake, "presentment_currency"))
    same = load(connection, tmp_path, orders("order_currency;presentment_currency", "SEK;SEK", "SEK;SEK"))
    assert not told(same, "presentment_currency")


def test_the_currency_of_the_amount_has_its_first_word(connection, tmp_path):
    head = "order_id;shop_currency;order_date;customer_email;presentment_amount;presentment_currency"
    text = f"{head}\n1;SEK;2024-01-01;a@ex.se;10;EUR\n2;SEK;2024-01-02;b@ex.se;20;EUR\n"
    intake = load(connection, tmp_path, text, amount="presentment_amount")
    assert intake.files[0].columns["currency"] == "presentment_currency"
    assert told(intake, "shop_currency")


def test_an_amount_whose_header_names_its_currency_stays_as_it_is(connection, tmp_path):
    head = "order_id;order_date;customer_email;Belopp SEK"
    intake = load(connection, tmp_path, orders("Ordens kod", "EUR", "USD", "SEK", head=head))
    assert used(intake) == 3
    (note,) = told(intake, "Ordens kod")
    assert "are in SEK, as the header says" in note
    assert not told(load(connection, tmp_path, orders("ISO", "SEK", "SEK", "kr", head=head)), "ISO")


def test_a_known_currency_of_another_amount_is_not_taken_by_its_values(connection, tmp_path):
    head = "order_id;order_date;customer_email;Belopp SEK;Belopp"
    intake = load(connection, tmp_path, orders("Valuta", "10;EUR", "20;USD", head=head))
    assert used(intake) == 2
    assert len(told(intake, "Valuta")) == 1


STATUS_HEADERS = (
    "Leveransstatus; Tillstånd; Orderläge; Ordretilstand; Fase; Behandlingsstatus; Resultat; Läget nu"
)


@pytest.mark.parametrize("header", [text.strip() for text in STATUS_HEADERS.split(";")])
@pytest.mark.one_in(4)
def test_cancelled_orders_do_not_count_whatever_the_header(connection, tmp_path, header):
    intake = load(connection, tmp_path, orders(header, "Levererad", "Makulerad", "Avbruten"))
    assert used(intake) == 1
    assert {line.reason: line.rows for line in intake.account}["cancelled"] == 2


def test_a_status_by_its_values_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Läget nu", "Levererad", "Makulerad", "Avbruten"))
    assert any(
        '"Läget nu" is read as status' in text and "row 3" in text for text in told(intake, "Läget nu")
    )


def test_where_not_all_values_are_known_the_way_out_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Anmärkning", "ring kunden", "Makulerad", "grön"))
    assert used(intake) == 3
    (text,) = told(intake, "Anmärkning")
    assert 'row 3 ("Makulerad")' in text
    assert '--column status="Anmärkning"' in text


def test_a_second_status_is_told_where_it_cancels_what_counts(connection, tmp_path):
    text = orders("Status;Läge", "Betald;Levererad", "Betald;Makulerad", "Makulerad;Makulerad")
    intake = load(connection, tmp_path, text)
    assert used(intake) == 2
    (note,) = told(intake, "Läge")
    assert 'row 3 ("Makulerad")' in note
    same = orders("Status;Läge", "Betald;Levererad", "Betald;Levererad", "Makulerad;Makulerad")
    assert not told(load(connection, tmp_path, same), "Läge")


@pytest.mark.parametrize(
    "values",
    [
        ("Kredit", "Debet", "Kredit"),
        ("Tilbud", "Tilbud", ""),
        ("test", "kontroll", "test"),
        ("Kort", "Swish", "Kort"),
    ],
)
@pytest.mark.one_in(4)
def test_other_words_are_no_statuses(connection, tmp_path, values):
    intake = load(connection, tmp_path, orders("Grupp", *values))
    assert used(intake) == 3
    assert not told(intake, "Grupp")


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("fulfillment", ("shipped", "pending", "shipped"), 3),
        ("fulfillment", ("shipped", "pending", "cancelled"), 1),
        ("Betalning", ("Betald", "Obetald", "Betald"), 2),
    ],
)
def test_what_is_not_sent_yet_is_sold_and_what_is_not_paid_is_not(
    connection, tmp_path, header, values, expected
):
    assert used(load(connection, tmp_path, orders(header, *values))) == expected


@pytest.mark.parametrize("kind", ["quoted", "xlsx", "parquet"])
@pytest.mark.one_in(3)
def test_columns_are_found_in_files_of_every_kind(connection, tmp_path, kind):
    text = orders("ISO;Läget nu", "NOK;Levererad", "NOK;Makulerad", "NOK;Levererad")
    path = tmp_path / f"orders.{ {'quoted': 'csv'}.get(kind, kind) }"
    cells = [line.split(";") for line in text.splitlines()]
    if kind == "quoted":
        path.write_text("\n".join('"' + '";"'.join(row) + '"' for row in cells), encoding="utf-8")
    elif kind == "xlsx":
        book = Workbook()
        for row in cells:
            book.active.append(row)
        book.save(path)
    else:
        (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
        connection.execute(f"COPY (FROM read_csv('{tmp_path}/orders.csv')) TO '{path}'")
    intake = load_orders(connection, [path])
    assert intake.currency == "NOK"
    assert {line.reason: line.rows for line in intake.account} == {"": 2, "cancelled": 1}


def test_not_valid_is_cancelled(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Ugyldig", "nei", "ja", "nei"))
    assert used(intake) == 2
