"""Rows that name the order that they credit are taken off once; columns of numbers are never called amounts."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.told import in_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, name="orders.csv", **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options))


def invoices(header, notes=(("104", "2025-02-01", "b", "250,00", "102"),), named=None):
    rows = [
        ["101", "2025-01-01", "a", "100,00", ""],
        ["102", "2025-01-02", "b", "250,00", ""],
        ["103", "2025-01-03", "c", "300,00", ""],
        *map(list, notes),
    ]
    for row in rows:
        row[4] = (named or {}).get(row[0], row[4])
    return "\n".join([f"Fakturanr;Datum;Kund;Belopp;{header}", *(";".join(row) for row in rows)]) + "\n"


def total(intake):
    return float(sum(line.amount for line in intake.account if line.outcome in {"used", "refund"}))


HEADERS = (
    "Originalfaktura", "Krediterar faktura", "Kreditfaktura för", "Kreditering av fakturanr", "Kreditfakturanr",
    "Kreditfaktura", "Returorder", "Original order", "Credited invoice",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.one_in(4)
def test_a_row_that_names_another_order_is_a_credit_note(connection, tmp_path, header):
    intake = load(connection, tmp_path, invoices(header))
    assert total(intake) == 400
    assert intake.rows_of("refund") == 1
    (note,) = [note.text for note in intake.warnings if note.code == "credit_notes_by_order"]
    assert "1 row" in note
    assert 'row 5 names "102"' in note
    assert "--column refunded" not in in_words(intake, detail=True)
    assert header not in intake.unused_columns


def test_it_is_taken_off_once_with_a_minus_sign_too(connection, tmp_path):
    text = invoices("Originalfaktura", [("104", "2025-02-01", "b", "-250,00", "102")])
    assert total(load(connection, tmp_path, text)) == 400


def test_both_may_name_each_other(connection, tmp_path):
    for order in ("b", "x"):
        intake = load(
            connection,
            tmp_path,
            invoices("Kreditfakturanr", named={"102": "104"}).replace(";b;", f";{order};"),
        )
        assert total(intake) == 400
    (refund,) = connection.execute("SELECT order_id FROM order_rows WHERE is_refund").fetchall()
    assert refund == ("102",)


def test_the_sale_may_name_its_credit_note(connection, tmp_path):
    """The later of the two is the credit note."""
    text = invoices("Kreditfakturanr", [("104", "2025-02-01", "b", "200,00", "")], {"102": "104"})
    intake = load(connection, tmp_path, text)
    assert total(intake) == 450
    assert intake.rows_of("refund") == 1


def test_larger_amounts_are_no_credit_notes(connection, tmp_path):
    """Renewals name their first order, and so do exchanges."""
    text = invoices("Original order", [(str(n), "2025-02-01", "b", "250,00", "102") for n in (104, 105)])
    intake = load(connection, tmp_path, text)
    assert total(intake) == 1150
    assert [note.code for note in intake.warnings] == ["names_other_orders"]


@pytest.mark.parametrize(("header", "value"), [("Returorder", "R10"), ("Kreditfakturanr", "88")])
def test_what_is_no_amount_is_never_advised_as_one(connection, tmp_path, header, value):
    intake = load(connection, tmp_path, invoices(header, named={"102": value, "104": ""}))
    told = in_words(intake, detail=True)
    assert "--column refunded" not in told
    assert f'"{header}" is not used. On 1 row, row 3, it has "{value}"' in told


def test_amounts_are_still_advised(connection, tmp_path):
    told = in_words(load(connection, tmp_path, invoices("Krediterat fakturabelopp", named={"104": "50,00"})))
    assert '--column refunded="Krediterat fakturabelopp"' in told


JANUARY = "Fakturanr;Datum;Kund;Belopp;Originalfaktura\n101;2025-01-01;a;100,00;\n102;2025-01-02;b;250,00;\n"


def month(*notes):
    rows = ["201;2025-02-01;a;40,00;", "202;2025-02-02;c;30,00;", *notes]
    return JANUARY.splitlines()[0] + "\n" + "\n".join(rows) + "\n"


def load_both(connection, tmp_path, *texts):
    paths = [tmp_path / f"{name}.csv" for name in "abc"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load_orders(connection, paths)


@pytest.mark.parametrize(
    ("note", "net"),
    [
        ("203;2025-02-05;b;250,00;102", 170),
        ("203;2025-02-05;b;-250,00;102", 170),
        ("203;2025-02-05;b;100,00;102", 320),
        ("203;2025-02-05;a;40,00;102", 460),  # of another customer
        ("203;2025-02-05;b;900,00;102", 1320),  # more than the order came to
        ("203;2025-02-05;b;50,00;999", 470),  # an order of no file
    ],
)
@pytest.mark.one_in(3)
def test_a_credit_note_that_names_an_order_of_another_file_takes_it_off(connection, tmp_path, note, net):
    for texts in ((JANUARY, month(note)), (month(note), JANUARY)):
        intake = load_both(connection, tmp_path, *texts)
        assert total(intake) == net
        found = [warning.text for warning in intake.warnings if warning.code == "credit_notes_by_order"]
        if net < 400:
            assert 'names an order of another file on 1 row: row 4 names "102"' in found[0]
            assert ["Originalfaktura" in file.unused_columns for file in intake.files].count(
                True
            ) == 1  # blank
            assert "no_refunded_amounts" not in {warning.code for warning in intake.warnings}
        else:
            assert not found


def test_credit_notes_of_orders_here_and_in_another_file_are_all_taken_off(connection, tmp_path):
    here = ("203;2025-02-05;a;40,00;201", "204;2025-02-06;b;250,00;102")
    for texts in ((JANUARY, month(*here)), (month(*here), JANUARY)):
        assert total(load_both(connection, tmp_path, *texts)) == 100 + 30
