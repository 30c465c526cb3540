"""Which money the amounts are in: currencies, VAT in the header, and costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.told import as_data, in_words
from clv_xl.parameters import Parameters
from clv_xl.report.model import Table
from clv_xl.report.pages.data_quality import data_quality_page
from tests.shops import book_of, gather_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clv_xl.orders import Intake
    from clv_xl.report.material import Material


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def write(folder: Path, **files: str) -> list[Path]:
    """Write each text as a CSV file."""
    paths = [folder / f"{name}.csv" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


PLAIN = "customer_id,order_date,amount\nA,2024-01-05,100\nB,2024-01-06,50.5\n"
EURO = "customer_id,order_date,amount,currency\nC,2024-01-07,20,EUR\nD,2024-01-08,1.25,eur\n"
MIXED = (
    "customer_id,order_date,amount,currency,status\nA,2024-01-05,100,SEK,paid\nB,2024-01-06,10,EUR,paid\n"
    "B,2024-01-07,-4,EUR,paid\nC,2024-01-07,7,SEK,void\nC,2024-01-07,2,EUR,void\nC,2024-01-08,8,SEK,paid\n"
)
IN_SEK: dict[str, Any] = {"currency": "SEK", "rates": {"EUR": Decimal("11.5")}}


# Several currencies


def test_sums_of_several_currencies_stand_apart(connection, tmp_path) -> None:
    intake = load_orders(connection, write(tmp_path, a=MIXED), parameters=OrderRules(**IN_SEK))
    assert intake.currency == "SEK"
    assert intake.file_currencies == ("SEK", "EUR")
    assert [(line.outcome, [tuple(part) for part in line.amounts]) for line in intake.account] == [
        ("used", [("SEK", 2, Decimal(108)), ("EUR", 1, Decimal(10))]),
        ("refund", [("EUR", 1, Decimal(-4))]),
        ("set aside", [("EUR", 1, Decimal(2)), ("SEK", 1, Decimal(7))]),
    ]
    assert [line.counted_amount for line in intake.account] == [Decimal(223), Decimal(-46), 0]


def material(folder: Path, text: str, **parameters: Any) -> Material:
    return gather_from(write(folder, a=text), Parameters(**parameters))


def tables(found: Material) -> dict[str, Table]:
    return {block.name: block for block in data_quality_page(found).blocks if isinstance(block, Table)}


def test_data_quality_adds_up_no_two_currencies(tmp_path) -> None:
    found = tables(material(tmp_path, MIXED, currency="SEK", rates={"EUR": 11.5}))
    account = found["account"]
    assert [column.title for column in account.columns] == [
        "Outcome", "Why", "Rows", "Amount counted", "First row",
    ]  # fmt: skip
    assert [row[2:] for row in account.rows] == [(3, 223.0, ""), (1, -46.0, ""), (2, 0.0, 5)]
    assert "Amount counted is in SEK after" in account.caption
    assert [(row[0], *row[2:]) for row in found["account_by_currency"].rows] == [
        ("Used", 2, "SEK", 108.0),
        ("Set aside", 1, "SEK", 7.0),
        ("Used", 1, "EUR", 10.0),
        ("Refund, used", 1, "EUR", -4.0),
        ("Set aside", 1, "EUR", 2.0),
    ]
    assert "Amount in the files" not in {column.title for column in found["statuses"].columns}


def test_data_quality_names_the_one_currency_of_the_files(tmp_path) -> None:
    found = tables(material(tmp_path, EURO, currency="SEK", rates={"EUR": 11.5}))
    assert "account_by_currency" not in found
    assert "Rows and amounts (in EUR) add up to the files exactly. Amount counted is in SEK, after" in (
        found["account"].caption
    )
    assert [row[3:] for row in found["account"].rows] == [(21.25, 244.375)]


# One currency, and none


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("text", "currency"),
    [
        (EURO.replace("EUR", "GBP").replace("eur", "gbp"), "GBP"),
        (EURO.replace("EUR", "DKK").replace("eur", "DKK"), "DKK"),
        ("customer_id;order_date;amount\nA;2024-01-05;100,50 kr\n", "kr"),
        ("customer_id;order_date;amount\nA;2024-01-05;€ 100,50\n", "EUR"),
        (EURO.replace("EUR", "kronor").replace("eur", "Kronor"), "kr"),
        (EURO.replace("EUR", "€").replace("eur", "EUR"), "EUR"),
        (EURO.replace("EUR", "riksdaler").replace("eur", "riksdaler"), ""),
        (PLAIN, ""),
    ],
)
def test_the_currency_of_all_rows_is_that_of_the_report(tmp_path, text, currency) -> None:
    found = material(tmp_path, text)
    assert (found.intake.currency, found.currency) == (currency, currency)
    assert found.unit == (currency or "the currency of the file")
    words = [str(cell.value) for sheet in book_of(found).sheets for cell in sheet.cells]
    assert any("the currency of the file" in word for word in words) == (not currency)
    assert (f"{currency} (of all orders)" in words) == bool(currency)


@pytest.mark.long
def test_the_users_currency_wins(tmp_path) -> None:
    assert material(tmp_path, PLAIN, currency="NOK").unit == "NOK"
    kr = "customer_id,order_date,amount\nA,2024-01-05,100 kr\n"
    found = material(tmp_path, kr, currency="NOK")
    assert (found.unit, found.intake.file_currencies) == ("NOK", ("NOK",))
    # the rate says that the report is in something else, and nobody said in what
    assert material(tmp_path, EURO, rates={"EUR": 11.5}).unit == "the currency of the file"


# A file that names its currency beside one that does not


@pytest.mark.long
def test_a_file_without_a_currency_beside_one_with_is_a_question(connection, tmp_path) -> None:
    paths = write(tmp_path, plain=PLAIN, euro=EURO)
    with pytest.raises(InputError) as error:
        load_orders(connection, paths)
    assert str(error.value) == (
        "plain.csv does not say which currency it is in; the other amounts are in EUR. If it is the same, say so:"
        " --set currency=EUR. Else set currency to that of plain.csv, and give the worth of one EUR in it in the"
        " parameter file, such as rates = { EUR = 11.20 }."
    )
    with pytest.raises(
        InputError, match=r"^plain\.csv and more\.csv do not say which currency they are in; "
    ):
        load_orders(connection, [paths[0], *write(tmp_path, more=PLAIN + "X,2024-01-09,1\n"), paths[1]])


@pytest.mark.long
def test_the_question_is_answered_by_currency_and_rates(connection, tmp_path) -> None:
    paths = write(tmp_path, plain=PLAIN, euro=EURO)
    same = load_orders(connection, paths, parameters=OrderRules(currency="EUR"))
    assert (same.currency, same.file_currencies, same.amount_read) == ("EUR", ("EUR",), Decimal("171.75"))
    assert [(one.code, one.rows) for one in same.warnings] == [("no_currency", 2)]
    assert same.warnings[0].text == "2 used rows have no currency. They are taken as EUR."
    other = load_orders(connection, paths, parameters=OrderRules(**IN_SEK))
    assert other.file_currencies == ("SEK", "EUR")
    assert [line.counted_amount for line in other.account] == [
        Decimal("150.5") + Decimal("21.25") * Decimal("11.5")
    ]
    with pytest.raises(InputError, match=r"the amounts are in EUR \(2 rows\)\. No rate for EUR\."):
        load_orders(connection, paths, parameters=OrderRules(currency="SEK"))


def test_blank_cells_in_a_file_of_one_currency_are_a_note(connection, tmp_path) -> None:
    intake = load_orders(connection, write(tmp_path, a=EURO + "E,2024-01-09,5,\n"))
    assert (intake.currency, intake.file_currencies) == ("EUR", ("EUR",))
    assert [one.text for one in intake.warnings] == ["1 used row has no currency. It is taken as EUR."]


# VAT


VAT_HEADERS = [
    "Beløb inkl. moms", "Belopp inkl. moms", "Sum inkl. mva", "Total inkl. ALV", "Total TTC", "Brutto", "Bruttobeløp",
    "Amount incl. VAT", "Total (incl. tax)", "Ordersumma ink. moms", "Beløp inkludert mva", "Gross amount",
]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("header", VAT_HEADERS)
def test_a_header_that_includes_vat_is_an_amount_and_a_warning(connection, tmp_path, header) -> None:
    paths = write(tmp_path, a=f'customer_id;order_date;"{header}"\nA;2024-01-05;125,00\n')
    intake = load_orders(connection, paths)
    assert (intake.columns["amount"], intake.amount_read) == (header, 125)
    (warning,) = intake.warnings
    assert (warning.code, warning.rows) == ("header_includes_vat", 1)
    assert warning.text == (
        f'a.csv: the header "{header}" says that the amounts include VAT, but amounts_include_vat is off: VAT is'
        " counted as revenue. To take it out: --set amounts_include_vat=true and --set vat_rate=0.25, with your own"
        " rate."
    )
    rules = OrderRules(amounts_include_vat=True, vat_rate=0.25)
    intake = load_orders(connection, paths, parameters=rules)
    assert (intake.warnings, intake.account[0].counted_amount) == ((), 100)


def test_a_header_named_by_the_user_is_held_to_its_words_too(connection, tmp_path) -> None:
    (path,) = write(tmp_path, a="customer_id,order_date,Pris inkl. moms\nA,2024-01-05,125.00\n")
    options = ReadOptions(columns={"amount": "Pris inkl. moms"})
    assert [one.code for one in load_orders(connection, [path], options=options).warnings] == [
        "header_includes_vat"
    ]


def test_vat_taken_out_of_amounts_that_have_none_is_a_warning(connection, tmp_path) -> None:
    paths = write(tmp_path, a="customer_id,order_date,Belopp exkl. moms\nA,2024-01-05,125.00\n")
    assert load_orders(connection, paths).warnings == ()
    intake = load_orders(connection, paths, parameters=OrderRules(amounts_include_vat=True))
    assert [one.code for one in intake.warnings] == ["header_excludes_vat"]


def test_amounts_without_vat_come_first() -> None:
    def chosen(*headers: str) -> str:
        found = resolve(["Kundnr", "Datum", *headers], {})
        return (
            found.problem
            or " ".join(question.text for question in found.questions)
            or found.headers[found.positions["amount"]]
        )

    assert chosen("Brutto", "Netto") == "Netto"
    assert chosen("Belopp inkl. moms", "Moms", "Belopp exkl. moms") == "Belopp exkl. moms"
    assert chosen("Total TTC", "Total HT") == "Total HT"
    assert chosen("Inkl. moms", "Belopp") == "Belopp"
    assert 'The columns "Belopp" and "Belopp exkl. moms" could both be amount.' in chosen(
        "Belopp", "Belopp exkl. moms"
    )
    assert 'The columns "Brutto" and "Total inkl. moms" could both be amount.' in chosen(
        "Brutto", "Total inkl. moms"
    )


@pytest.mark.parametrize(
    "header", ["Pris inkl. moms", "Moms", "Bruttovikt", "Nettovikt", "Gross margin", "Moms inkl."]
)
def test_what_is_no_amount(header) -> None:
    assert "amount" not in resolve(["Kundnr", "Datum", header], {}).positions


# Costs


@pytest.mark.parametrize(
    "header",
    [
        "Inköpskostnad",
        "Inköpspris",
        "Varekost",
        "Varekostnad",
        "Kostpris",
        "Vareforbrug",
        "COGS",
        "Cost price",
    ],
)
def test_headers_of_costs(header) -> None:
    assert resolve(["Kundnr", "Datum", "Belopp", header], {}).positions["cost"] == 3


def quantities(connection: duckdb.DuckDBPyConnection, tmp_path: Path, header: str, quantity: int) -> Intake:
    text = f"customer_id,order_date,amount,Antal,{header}\nA,2024-01-05,100,{quantity},40\n"
    return load_orders(connection, write(tmp_path, a=text))


def test_a_cost_that_may_be_that_of_one_piece_is_told(connection, tmp_path) -> None:
    (warning,) = quantities(connection, tmp_path, "Kostpris", 2).warnings
    assert (warning.code, warning.rows) == ("cost_of_one_piece", 1)
    assert '"Kostpris" is taken as the cost of the whole row, but may be that of one piece' in warning.text
    assert quantities(connection, tmp_path, "Kostpris", 1).warnings == ()
    assert quantities(connection, tmp_path, "Varekost", 2).warnings == ()


KRONER = (
    "customer_id;order_date;amount\nA;2024-01-05;100,00 kr\nB;2024-01-06;200,00 kr\nA;2024-02-06;9,50 EUR\n"
)


def test_crowns_beside_another_currency_are_those_of_a_country(connection, tmp_path) -> None:
    with pytest.raises(InputError) as error:
        load_orders(connection, write(tmp_path, kr=KRONER))
    assert str(error.value).endswith(
        'such as currency = "SEK" and rates = { EUR = 11.20 }, where 11.20 stands for what one EUR is in SEK.'
        " Write each on a line of a text file rates.toml, and pass --parameters rates.toml. Amounts"
        " in kr do not say whose crowns they are: write SEK, NOK or DKK."
    )


def test_the_direction_of_a_rate_is_said_back(connection, tmp_path) -> None:
    rules = OrderRules(currency="SEK", rates={"EUR": Decimal("0.089"), "NOK": Decimal("0.98")})
    intake = load_orders(connection, write(tmp_path, kr=KRONER), parameters=rules)
    assert "Rates used: 1 EUR = 0.089 SEK" in in_words(intake).splitlines()
    assert as_data(intake)["rates"] == {"EUR": "0.089"}
    one = load_orders(connection, write(tmp_path, kr=PLAIN))
    assert "Rates used" not in in_words(one)


# One cell in another currency among many that name none

ONE_EURO = "order_id;order_date;customer_id;amount\n" + "".join(
    f"{n};2024-01-{n + 1:02};c{n};{'EUR 100,00' if n == 3 else '200,50'}\n" for n in range(9)
)


def refusal(connection, folder, text: str, **rules: Any) -> str:
    with pytest.raises(InputError) as error:
        load_orders(connection, write(folder, orders=text), parameters=OrderRules(**rules))
    return str(error.value)


def test_one_cell_in_euro_does_not_make_a_file_one_of_euro(connection, tmp_path) -> None:
    told = refusal(connection, tmp_path, ONE_EURO)
    assert told.startswith(
        'orders.csv: only 1 of 9 rows names a currency: EUR, row 5, "amount": "EUR 100,00".'
    )
    assert "--set currency=EUR" in told
    assert "rates = { EUR = 11.20 }" in told
    same = load_orders(connection, write(tmp_path, a=ONE_EURO), parameters=OrderRules(currency="EUR"))
    assert same.amount_read == Decimal(1704)
    assert (
        load_orders(connection, write(tmp_path, a=ONE_EURO), parameters=OrderRules(**IN_SEK)).rows_of("used")
        == 9
    )


def test_the_cell_is_named_where_its_rate_is_missing(connection, tmp_path) -> None:
    told = refusal(connection, tmp_path, ONE_EURO, currency="SEK")
    assert told.startswith(
        'orders.csv: the amounts are in EUR (1 row: row 5, "amount": "EUR 100,00"); 8 rows name none.'
    )
    assert 'currency = "SEK" and rates = { EUR = 11.20 }' in told


def in_currencies(*codes: str) -> str:
    rows = "".join(f"c{n},2024-01-{n + 1:02},10,{code}\n" for n, code in enumerate(codes))
    return f"customer_id,order_date,amount,currency\n{rows}"


@pytest.mark.parametrize(
    ("codes", "currency", "example"),
    [
        (("EUR", "SEK", "SEK"), "", 'currency = "SEK" and rates = { EUR = 11.20 },'),
        (("EUR", "EUR", "SEK"), "", 'currency = "EUR" and rates = { SEK = 0.089 },'),
        (("SEK", "SEK", "EUR", "NOK"), "", 'currency = "SEK" and rates = { EUR = 11.20, NOK = 0.98 },'),
        (("EUR", "NOK"), "SEK", 'currency = "SEK" and rates = { EUR = 11.20, NOK = 0.98 },'),
        (("kr", "kr", "SEK"), "", "--set currency=SEK"),
        (("SEK", "kr", "SEK"), "", "--set currency=SEK"),
        (("kr", "kr", "SEK", "EUR"), "", 'currency = "SEK" and rates = { EUR = 11.20 },'),
    ],
)
@pytest.mark.one_in(3)
def test_example_rates_name_all_that_is_needed(connection, tmp_path, codes, currency, example) -> None:
    told = refusal(connection, tmp_path, in_currencies(*codes), currency=currency)
    assert example in told
    assert "{ SEK = 11.20" not in told


INVOICES = """Fakturanr;Kundnr;Fakturadatum;Förfallodatum;Totalt;Valuta;Kurs;Totalt SEK;Saldo
1;10;2025-01-02;2025-02-01;1000,00;SEK;1;1000,00;0,00
2;11;2025-01-03;2025-02-01;100,00;EUR;11,2;1120,00;0,00
"""


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (INVOICES, "Totalt SEK"),
        (
            INVOICES.replace("Totalt SEK", "Belopp i SEK").replace(";Totalt;", ";Valutabelopp;"),
            "Belopp i SEK",
        ),
        (INVOICES.replace("Totalt SEK", "Totalt (SEK)"), "Totalt (SEK)"),
    ],
)
@pytest.mark.long
def test_amounts_in_the_books_own_currency_are_not_converted_by_that_of_the_invoice(
    connection, tmp_path, text, chosen
):
    rules = OrderRules(**IN_SEK)
    intake = load_orders(connection, write(tmp_path, orders=text), parameters=rules)
    found = connection.execute("SELECT customer_id, amount FROM order_rows ORDER BY 1").fetchall()
    assert found == [("10", 1000), ("11", 1120)]
    told = (
        f'orders.csv: The amounts of "{chosen}" are in SEK, as the header says: "Valuta" is the currency of the'
        ' amounts beside it, and is not used. To use it: --column currency="Valuta".'
    )
    assert [str(note.text) for note in intake.warnings if note.code == "column_chosen"] == [told]


def test_the_amounts_of_invoices_in_their_own_currency_are_converted_where_they_are_named(
    connection, tmp_path
):
    options = ReadOptions(columns={"amount": "Totalt"})
    load_orders(
        connection, write(tmp_path, orders=INVOICES), options=options, parameters=OrderRules(**IN_SEK)
    )
    found = connection.execute("SELECT customer_id, amount FROM order_rows ORDER BY 1").fetchall()
    assert found == [("10", 1000), ("11", 1150)]
