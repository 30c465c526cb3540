"""Amounts with and without VAT side by side, and a column of tax beside the total."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import UsageError
from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.header_words import vat_in_header
from clv_xl.orders.said import QuestionError

WITH_VAT = OrderRules(amounts_include_vat=True, vat_rate=0.25)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, rules=None, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)


def amounts(connection):
    found = connection.execute("SELECT amount FROM order_rows ORDER BY row_number, is_refund").fetchall()
    return [float(amount) for (amount,) in found]


def told(intake):
    return {note.code: note.text for note in intake.warnings}


def table(included, excluded):
    return f"Kundnr;Datum;{included};{excluded}\n1;2024-01-05;125,00;100,00\n2;2024-01-06;112,00;100,00\n"


PAIRS = [
    ("Total inkl. moms", "Total exkl. moms"),
    ("Total incl. VAT", "Net total"),
    ("Sum inkl. mva", "Sum eks. mva"),
    ("Beløb inkl. moms", "Beløb ekskl. moms"),
    ("Summa sis. alv", "Summa alv 0 %"),
    ("Summa (sis. ALV)", "Summa (ei sis. ALV)"),
    ("Summa verollinen", "Summa veroton"),
    ("Total m/mva", "Total u/mva"),
    ("Brutto", "Netto"),
]


@pytest.mark.parametrize(("included", "excluded"), PAIRS)
def test_headers_with_and_without_vat(included, excluded):
    assert (vat_in_header(included), vat_in_header(excluded)) == ("included", "excluded")


@pytest.mark.parametrize(("included", "excluded"), [PAIRS[0], PAIRS[1], PAIRS[5]])
def test_of_two_amounts_the_one_without_vat_counts_and_the_other_is_told(
    connection, tmp_path, included, excluded
):
    intake = load(connection, tmp_path, table(included, excluded))
    assert amounts(connection) == [100, 100]
    assert told(intake) == {
        "vat_beside": (
            f'orders.csv: "{excluded}" is read as the amount, and not "{included}" beside it. Its amounts are without'
            f' VAT, as all figures should be. To use the other: --column amount="{included}".'
        )
    }


def test_with_the_switch_on_the_amounts_of_the_file_count_and_not_those_by_the_rate(connection, tmp_path):
    """The second order has 12 % VAT: a rate of 25 % would make 89.60 of it."""
    intake = load(connection, tmp_path, table(*PAIRS[0]), WITH_VAT)
    assert amounts(connection) == [100, 100]
    assert "Nothing more is taken out of them." in told(intake)["vat_beside"]
    assert told(intake).keys() == {"vat_beside"}
    load(connection, tmp_path, table(*PAIRS[0]), WITH_VAT, columns={"amount": "Total inkl. moms"})
    assert amounts(connection) == [100, 89.6]


TAXED = "Kundnr;Datum;Total;Moms;Återbetalt\n" + "".join(
    f"{at};2024-01-{at:02d};{gross},00;{tax},00;{refunded},00\n"
    for at, (gross, tax, refunded) in enumerate(
        [(125, 25, 0), (112, 12, 56), (250, 50, 0), (80, 0, 0)], start=1
    )
)


def test_a_column_of_tax_beside_the_total_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, TAXED)
    assert "Moms" in intake.unused_columns
    assert amounts(connection) == [125, 112, -56, 250, 80]
    assert told(intake) == {
        "tax_beside": (
            'orders.csv: a column "Moms" stands beside "Total", and no header says whether "Total" includes it. The'
            " amounts count as they stand. If they include it, take it out by that column:"
            " --set amounts_include_vat=true."
        )
    }


def test_vat_is_taken_out_by_the_tax_of_the_file(connection, tmp_path):
    """Half of the second order went back: half of its 100.00 without VAT."""
    intake = load(connection, tmp_path, TAXED, WITH_VAT)
    assert "Moms" not in intake.unused_columns
    assert amounts(connection) == [100, 100, -50, 200, 80]
    assert 'by the column "Moms" of the file itself, not by the rate' in told(intake)["tax_by_column"]
    assert intake.columns["amount"] == "Total less Moms"
    load(connection, tmp_path, TAXED, without=("tax",))
    assert amounts(connection) == [100, 100, -50, 200, 80]


def test_files_with_and_without_a_column_of_tax_together(connection, tmp_path):
    (tmp_path / "a.csv").write_text(TAXED, encoding="utf-8")
    (tmp_path / "b.csv").write_text("Kundnr;Datum;Total\n9;2024-02-01;125,00\n", encoding="utf-8")
    load_orders(connection, [tmp_path / "a.csv", tmp_path / "b.csv"], parameters=WITH_VAT)
    assert amounts(connection) == [100, 100, -50, 200, 80, 100]


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (["25"] * 8, "its numbers look like rates"),
        (["0"] * 8, "it is 0 on all rows"),
        (["20", *[""] * 7], "only 1 of 8 amounts have a number there"),
    ],
)
def test_a_column_that_is_no_tax_of_each_amount_is_not_used(connection, tmp_path, column, why):
    rows = "".join(f"{at};2024-01-0{at};{100 * at},00;{tax}\n" for at, tax in enumerate(column, start=1))
    intake = load(connection, tmp_path, f"Kundnr;Datum;Total;Moms\n{rows}", WITH_VAT)
    assert amounts(connection) == [80 * at for at in range(1, 9)]
    assert why in told(intake)["tax_not_used"]


def test_shopify_taxes_are_taken_out_as_they_are(connection, tmp_path):
    shopify = (
        "Name,Email,Financial Status,Created at,Total,Taxes,Lineitem name,Lineitem quantity\n"
        "#1,a@shop.se,paid,2024-01-05,125.00,25.00,Mug,1\n#1,a@shop.se,,,,,Cup,1\n"
        "#2,b@shop.se,paid,2024-01-06,112.00,12.00,Book,1\n"
    )
    load(connection, tmp_path, shopify, WITH_VAT)
    assert amounts(connection) == [100, 100]


def with_freight(total="Att betala", off=0):
    rows = [(100 * n, 49, (100 * n + 49) / 4) for n in range(1, 13)]
    lines = "".join(
        f"{n};2024-01-{n:02};{net:.2f};{freight:.2f};{tax:.2f};{net + freight + tax + (n <= off):.2f}\n"
        for n, (net, freight, tax) in enumerate(rows, start=1)
    )
    return f"Kund;Orderdatum;Summa;Frakt;Moms;{total}\n{lines}".replace(".", ",")


@pytest.mark.parametrize("total", ["Att betala", "Total"])
def test_net_freight_and_tax_add_up_to_the_total(connection, tmp_path, total):
    intake = load(connection, tmp_path, with_freight(total))
    assert list(told(intake)) == ["total_beside"]
    text = told(intake)["total_beside"]
    assert (
        f'"Summa", "Frakt" and "Moms" add up to "{total}". "Summa" is read as the amount, without VAT' in text
    )
    assert sum(amounts(connection)) == 7800
    load(connection, tmp_path, with_freight(total), WITH_VAT)
    assert sum(amounts(connection)) == 7800


def test_what_does_not_add_up_is_asked_and_told_as_before(connection, tmp_path):
    with pytest.raises(QuestionError, match="they differ on 12 of 12 rows"):
        load(connection, tmp_path, with_freight(off=5))
    intake = load(connection, tmp_path, with_freight(off=5), columns={"amount": "Summa"})
    assert list(told(intake)) == ["tax_beside"]
    assert intake.unused_columns == ("Frakt", "Moms", "Att betala")


@pytest.mark.parametrize("headers", [("Total", "Moms", "Netto"), ("Netto", "Moms", "Total")])
def test_without_tax_is_the_same_in_any_order_of_the_columns_and_told_once(connection, tmp_path, headers):
    cells = {"Total": "125,00", "Moms": "25,00", "Netto": "100,00"}
    text = f"Kundenr;Dato;{';'.join(headers)}\n" + "".join(
        f"{at};2024-01-{at:02d};{';'.join(cells[header] for header in headers)}\n" for at in range(1, 6)
    )
    intake = load(connection, tmp_path, text, without=("tax",))
    assert amounts(connection) == [100] * 5
    assert intake.columns["amount"] == "Total less Moms"
    assert list(told(intake)) == ["total_beside"]
    with pytest.raises(UsageError, match='"Netto" is without tax already'):
        load(connection, tmp_path, text, without=("tax",), columns={"amount": "Netto"})


@pytest.mark.parametrize("columns", ["Moms %;Moms", "Moms;Moms %", "Moms %"])
def test_a_rate_in_percent_is_no_amount_of_tax(columns):
    found = resolve(["Kundnr", "Datum", "Belopp", *columns.split(";")], {}).extra
    names = ["Kundnr", "Datum", "Belopp", *columns.split(";")]
    assert [names[at] for at in found.get("tax", ())] == (["Moms"] if ";" in columns else [])
