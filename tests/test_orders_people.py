"""Addresses that stand for nobody, and one customer that stands for many."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.sheet_words import in_sheet_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path])


def customers(connection):
    found = connection.execute("SELECT customer_id FROM order_rows ORDER BY row_number").fetchall()
    return [customer for (customer,) in found]


NOBODY = (
    "noreply@butik.se", "No-Reply@butik.se", "none@none.com", "unknown@shop.no", "guest@shop.dk", "test@shop.fi",
    "a@a.a", "ingen@epost.se",
)  # fmt: skip


def test_addresses_that_stand_for_none(connection, tmp_path):
    rows = "".join(f"{address},2024-01-{day:02d},10\n" for day, address in enumerate(NOBODY, start=1))
    rows += "guestrelations@shop.no,2024-02-01,5\nann.test@x.se,2024-02-02,5\n"
    intake = load(connection, tmp_path, f"Email,Date,Total\n{rows}")
    assert customers(connection) == ["guestrelations@shop.no", "ann.test@x.se"]
    assert [(line.reason, line.rows, float(line.amount)) for line in intake.account] == [
        ("", 2, 10.0),
        ("missing_customer", 8, 80.0),
    ]
    [note] = intake.warnings
    assert (note.code, note.rows) == ("no_address", 8)
    assert note.text.startswith(
        '8 rows have one of 8 e-mail addresses such as "unknown@shop.no" (1) for a customer'
    )


def test_a_telephone_number_or_an_id_stands_in_for_such_an_address(connection, tmp_path):
    shopify = (
        "Name,Email,Financial Status,Created at,Total,Lineitem name,Lineitem quantity,Phone\n"
        "#1,noreply@shop.se,paid,2024-01-05,10,Mug,1,070-123 45 67\n"
        "#2,noreply@shop.se,paid,2024-01-06,7,Mug,1,070-765 43 21\n"
    )
    load(connection, tmp_path, shopify)
    assert customers(connection) == ["0701234567", "0707654321"]
    load(
        connection,
        tmp_path,
        "customer_id,Email,Date,Total\n7,noreply@x.se,2024-01-05,1\n8,noreply@x.se,2024-01-06,1\n",
    )
    assert customers(connection) == ["7", "8"]


def shop(own):
    rows = [f"c{at}@post.no,2024-01-{at % 28 + 1:02d},10" for at in range(66)]
    return "Email,Date,Total\n" + "\n".join([*rows, *[f"{own},2024-02-03,10"] * 34]) + "\n"


def test_one_customer_with_a_third_of_all_orders_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, shop("kund@butik.se"))
    told = {note.code: note.text for note in intake.warnings}
    assert told["one_for_many"].startswith(
        'The customer "kund@butik.se" has 34% of all orders (34 of 100 rows). If'
    )
    assert len(customers(connection)) == 100


def test_a_good_customer_of_a_small_shop_is_not_told(connection, tmp_path):
    rows = "".join(f"c{at % 9},2024-01-{at % 28 + 1:02d},10\n" for at in range(90))
    assert load(connection, tmp_path, f"customer_id,Date,Total\n{rows}").warnings == ()


def near_equal(intake):
    return [note for note in intake.warnings if note.code == "near_equal_ids"]


def test_a_customer_number_with_leading_zeros_in_one_file_is_told_and_not_joined(connection, tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("Kundnr;Datum;Summa\n001012;2024-01-05;10\n001013;2024-01-06;10\n", encoding="utf-8")
    two.write_text(
        "Kundnr;Datum;Summa\n1012;2024-02-05;10\n1013.0;2024-02-06;10\n1014;2024-02-07;10\n", encoding="utf-8"
    )
    [note] = near_equal(load_orders(connection, [one, two]))
    assert note.rows == 4
    assert note.text.startswith(
        "2 customer numbers are written in more than one way: they differ in zeros in front, or in .0 behind, such as"
        ' "001012" (1 row) and "1012" (1 row). They count as 4 customers (4 rows).'
    )
    assert "--aliases" in note.text
    assert sorted(customers(connection)) == ["001012", "001013", "1012", "1013.0", "1014"]


@pytest.mark.parametrize("ids", [("001012", "001013"), ("A01", "A1"), ("10", "100"), ("0", "5")])
@pytest.mark.one_in(3)
def test_customer_numbers_that_are_all_written_alike_are_not_told(connection, tmp_path, ids):
    rows = "".join(f"{one},2024-01-05,10\n" for one in ids)
    assert not near_equal(load(connection, tmp_path, f"Customer,Date,Total\n{rows}"))


@pytest.mark.long
@pytest.mark.parametrize(
    "header", ["Phone", "Telefon", "Mobil", "Billing Phone", "Puhelin", "Telefonnummer", "Ring mig"]
)
def test_a_telephone_number_stands_in_where_the_address_is_missing_in_any_table(connection, tmp_path, header):
    path = tmp_path / "orders.csv"
    path.write_text(
        f"Datum,E-post,Summa,{header}\n2024-01-05,,10,070-123 45 67\n2024-01-06,noreply@x.se,7,+46 70 765 43 21\n"
        "2024-01-07,ann@x.se,5,070-111 22 33\n2024-02-07,,5,070-111 22 33\n",
        encoding="utf-8",
    )
    options = ReadOptions(columns={"phone": header} if header == "Ring mig" else {})
    intake = load_orders(connection, [path], options=options)
    assert customers(connection) == ["0701234567", "+46707654321", "ann@x.se", "ann@x.se"]
    assert intake.columns["phone"] == header
    load_orders(connection, [path], options=ReadOptions(columns={"phone": ""}))
    assert customers(connection) == ["ann@x.se"]


def test_a_phone_column_that_is_not_there_is_told(connection, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Datum,E-post,Summa\n2024-01-05,ann@x.se,10\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'There is no column "Ring"'):
        load_orders(connection, [path], options=ReadOptions(columns={"phone": "Ring"}))


PHONED = """Ordernr;Datum;Mobil;Beløp
1;2024-01-02;90000002;10
2;2024-01-05;+47 900 00 002;20
3;2024-02-05;004790000002;30
4;2024-02-06;(47) 90 00 00 03;40
5;2024-02-07;+47 90000003;50
6;2024-02-08;45 11 22 33 44;60
7;2024-02-09;070-123 45 67;70
8;2024-02-10;+46 (0)70 123 45 67;80
"""
ONE_FORM = ["90000002"] * 3 + ["+4790000003"] * 2 + ["4511223344"] + ["0701234567"] * 2


@pytest.mark.parametrize("columns", [{}, {"phone": "Mobil"}, {"customer_id": "Mobil"}])
def test_a_telephone_number_is_enough_and_is_one_customer_however_it_is_written(
    connection, tmp_path, columns
):
    path = tmp_path / "orders.csv"
    path.write_text(PHONED, encoding="utf-8")
    intake = load_orders(connection, [path], options=ReadOptions(columns=columns))
    found = connection.execute("SELECT customer_id FROM order_rows ORDER BY row_number").fetchall()
    assert [customer for (customer,) in found] == ONE_FORM
    told = {note.code: note.text for note in intake.warnings}
    assert told["phone_spellings"].startswith("3 telephone numbers are written in several ways")
    assert ("column_chosen" in told) == ("customer_id" not in columns)
    assert "--" not in in_sheet_words(told.get("column_chosen", ""))


def test_numbers_beside_a_customer_id_are_one_form_too(connection, tmp_path):
    path = tmp_path / "orders.csv"
    rows = "1;2024-01-02;K1;+47 900 00 002;10\n2;2024-01-05;;90000002;20\n3;2024-01-06;;0047 90 00 00 02;20\n"
    path.write_text(f"Ordrenr;Dato;Kundenr;Mobil;Beløp\n{rows}", encoding="utf-8")
    load_orders(connection, [path])
    assert customers(connection) == ["K1"] * 3


def test_a_number_at_home_of_two_countries_is_nobody_elses(connection, tmp_path):
    path = tmp_path / "orders.csv"
    rows = "1;2024-01-02;+4790000002;10\n2;2024-01-05;+4590000002;20\n3;2024-01-06;90000002;20\n"
    path.write_text(f"Ordrenr;Dato;Mobil;Beløp\n{rows}", encoding="utf-8")
    load_orders(connection, [path])
    assert sorted(customers(connection)) == ["+4590000002", "+4790000002", "90000002"]
