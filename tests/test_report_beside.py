"""What stands beside the orders: spend that gives the acquisition cost, customer data, an own segment map."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from clv_xl.errors import InputError
from clv_xl.jobs import BesideFiles, make_report, report_from_inputs
from clv_xl.orders import ReadOptions
from clv_xl.orders.filled import inputs_from_sheets
from clv_xl.orders.filled_files import read_customer_data, read_segment_map, read_spend
from clv_xl.parameters import Parameters
from clv_xl.sample import write_sample
from tests.oracle import Shop, Wish, counted_lines
from tests.reading import Workbook, type_in
from tests.shops import line, read_orders, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clv_xl.sample import SampleShop
    from tests.conftest import Run

WISH = {"gross_margin": 0.45, "discount_rate": 0.1, "service_cost": 12.0}
SMALL = [
    line("a", "2024-01-01", "100", order="1"),
    line("b", "2024-01-20", "80", order="2"),
    line("c", "2024-02-29", "60.50", order="3"),
    line("a", "2024-03-15", "40", order="4"),
    line("d", "2024-03-31", "20", order="5"),
    line("e", "2024-04-10", "10", order="6"),
]
"""First orders: two in January, one in February, one in March; April is not over."""


def report(folder: Path, orders: Path, beside: BesideFiles, **parameters: Any) -> Workbook:
    made = make_report([orders], folder / "r.xlsx", ReadOptions(), Parameters(**parameters), beside=beside)
    return Workbook(made.path)


def write(path: Path, *rows: Sequence[object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_orders(tmp_path / "orders.csv", SMALL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    return write_sample(tmp_path_factory.mktemp("beside") / "sample", customers=160, years=4, seed=3)


@pytest.fixture(scope="module")
def shop_report(shop: SampleShop) -> Path:
    beside = BesideFiles(spend=shop.spend_file, customers=shop.customers_file)
    folder = shop.orders_file.parent
    return make_report(
        [shop.orders_file], folder / "r.xlsx", ReadOptions(), Parameters(**WISH), beside=beside
    ).path


def _month(day: date) -> date:
    return date(day.year, day.month, 1)


def _measured(shop: SampleShop) -> tuple[Decimal, int, int]:
    """Spend, months and customers won of whole months, counted by hand from the two files."""
    lines = counted_lines(read_orders(shop.orders_file))
    history = Shop(lines)
    first: dict[str, date] = {}
    for one in lines:
        if one.amount >= 0:
            first[one.customer] = min(one.day, first.get(one.customer, one.day))
    spend: dict[date, Decimal] = defaultdict(Decimal)
    with shop.spend_file.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            month = date.fromisoformat(row["month"])
            last = _month(month + timedelta(days=40)) - timedelta(days=1)
            if history.oldest <= month and last <= history.newest:
                spend[month] += Decimal(row["spend"])
    won = sum(1 for day in first.values() if _month(day) in spend)
    return sum(spend.values(), start=Decimal(0)), len(spend), won


# Spend


@pytest.mark.long
def test_the_sample_shop_s_acquisition_cost(shop: SampleShop, shop_report: Path) -> None:
    """Every figure that rests on the cost, from the two files by another way."""
    spent, months, won = _measured(shop)
    assert (months > 40, won > 100) == (True, True)
    cost = float(spent) / won
    book = Workbook(shop_report)
    history = Shop(counted_lines(read_orders(shop.orders_file)))
    wish = Wish(0.45, None, 0.1, cost, 12.0, 3.0)
    window = history.window(history.newest)
    assert window is not None
    expected = history.key_figures(history.newest, window, wish)
    month, payback = history.payback(history.newest, wish)
    expected |= {
        "payback_month": month, "payback_months": payback, "cac_spend": float(spent), "cac_customers": won,
        "cac_measured": cost, "cac_used": cost,
    }  # fmt: skip
    for name, value in expected.items():
        found = book.named(name).value
        assert (found == "#N/A") if math.isnan(value) else found == pytest.approx(value, rel=1e-9), name
    for row in book.table_rows("customers"):
        one = history.customers(history.newest)[str(row["Customer"])]
        historic = float(one.amount) * 0.45 - 12.0 * one.orders - cost
        assert row["Historic CLV"] == pytest.approx(historic, rel=1e-9, abs=1e-9)


def texts_of(book: Workbook, sheet: str) -> str:
    return "\n".join(str(cell.value) for cell in book.sheets[sheet].values() if isinstance(cell.value, str))


def test_the_derivation_is_shown_where_a_reader_looks(shop: SampleShop, shop_report: Path) -> None:
    spent, months, won = _measured(shop)
    words = f"From spend.csv: {months} months, {round(spent):,} / {won} new customers = {float(spent) / won:,.2f}."
    book = Workbook(shop_report)
    for sheet in ("Parameters", "Figures", "Method"):
        assert words in texts_of(book, sheet), sheet
    assert book.named("acquisition_cost").value is None
    assert "enter the acquisition cost" not in texts_of(book, "Summary")
    # nothing speaks of the parameter that is blank, but the figure that stands in for it
    behind = {place: formula for place, formula in book.formulas().items() if "acquisition_cost" in formula}
    assert list(behind.values()) == ["IF(ISNUMBER(acquisition_cost),acquisition_cost,cac_measured)"]


@pytest.mark.office
def test_a_cost_that_is_typed_in_wins_in_the_workbook(
    shop: SampleShop, shop_report: Path, tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    """Stored results are what LibreOffice computes; typing 99 gives the report that was made with 99."""
    stored, computed = Workbook(shop_report), Workbook(recalculate(shop_report))
    for place in stored.formulas():
        one, other = (book.sheets[place[0]][place[1]].value for book in (stored, computed))
        if isinstance(one, float) and isinstance(other, float):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9), place
        else:
            assert (one or None) == (other or None), place
    typed = Workbook(recalculate(type_in(shop_report, tmp_path / "typed.xlsx", {"acquisition_cost": 99.0})))
    beside = BesideFiles(spend=shop.spend_file, customers=shop.customers_file)
    given = report(tmp_path, shop.orders_file, beside, acquisition_cost=99.0, **WISH)
    assert given.named("cac_used").value == 99
    for name in given.names:
        if re.fullmatch(r"[a-z_]+", name):
            one, other = typed.named(name).value, given.named(name).value
            if isinstance(one, float) and isinstance(other, float):
                assert one == pytest.approx(other, rel=1e-9, abs=1e-9), name
            else:
                assert (one or None) == (other or None), name


def account(book: Workbook, name: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in book.table_rows(name)]


def test_every_row_of_spend_is_accounted_for(small: Path, tmp_path: Path) -> None:
    """Months that count, months that do not, and rows set aside; they add up to the file, to the cent."""
    spend = write(
        tmp_path / "spend.csv",
        ["Måned", "Kanal", "Kostnad (NOK)"],
        ["2023-12", "Ads", "1000"],  # before the first order
        ["2024-01", "Ads", "100.50"],
        ["Jan 2024", "Mail", "20"],
        ["2024-02-01", "Ads", "30"],
        [],
        ["01/03/2024", "Ads", "7"],  # January or March
        ["2024-03", "Ads", "ten"],
        ["2024-03", "Ads", ""],
        ["2024-03", "Ads", "-5"],
        ["2024-03", "Ads", "EUR 8"],
        ["2024-04", "Ads", "50"],  # April is not over
        ["Total", "", "1210.50"],
    )
    book = report(tmp_path, small, BesideFiles(spend=spend), currency="NOK")
    assert account(book, "spend_account") == [
        ("Counted", "Months that lie wholly inside the order history.", 3, 150.5),
        ("Not counted", "Months that do not lie wholly inside the order history.", 2, 1050),
        (
            "Set aside",
            "No month, or a text that is not a month for certain. Write it like 2025-01.",
            2,
            1217.5,
        ),
        ("Set aside", "No spend.", 1, 0),
        ("Set aside", "The spend is not a number.", 1, 0),
        ("Set aside", "The spend is below 0.", 1, -5),
        ("Set aside", "The spend is in another currency than the report.", 1, 8),
    ]
    title, area = book.tables["spend_account"]
    below = int(area.rpartition(":")[2].lstrip("ABCDEFGH")) + 1
    total = [cell for place, cell in book.sheets[title].items() if place.lstrip("ABCDEFGH") == str(below)]
    assert [cell.value for cell in total if cell.formula] == [11, 2421]
    lines = read_spend(spend, "NOK")
    assert [(one.place, one.reason) for one in lines.set_aside] == [
        ("spend.csv, row 7, column 1", "bad_month"),
        ("spend.csv, row 8, column 3", "bad_spend"),
        ("spend.csv, row 9, column 3", "missing_spend"),
        ("spend.csv, row 10, column 3", "negative_spend"),
        ("spend.csv, row 11, column 3", "other_currency"),
        ("spend.csv, row 13, column 1", "bad_month"),
    ]
    # January and February: three customers, 150.50
    assert book.named("cac_customers").value == 3
    assert book.named("cac_used").value == pytest.approx(150.5 / 3, rel=1e-12)
    assert "6 rows of spend.csv set aside, the first at spend.csv, row 7, column 1: no month" in texts_of(
        book, "Data quality"
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "rows", [[["2023-12", "10"], ["2024-04", "10"]], [["Total", "10"]]], ids=["other months", "set aside"]
)
def test_spend_that_gives_no_cost_is_told(small: Path, tmp_path: Path, rows: list[list[str]]) -> None:
    words = "No month of spend.csv lies wholly inside the order history, 1 Jan 2024 to 10 Apr 2024, so it gives no "
    words += "acquisition cost."
    spend = write(tmp_path / "spend.csv", ["month", "spend"], *rows)
    book = report(tmp_path, small, BesideFiles(spend=spend))
    assert words in texts_of(book, "Method")
    assert words in texts_of(book, "Data quality")
    assert "cac_used" not in book.names
    assert book.named("ltv_to_cac").value == "#N/A"


def test_spend_without_a_new_customer_gives_no_cost(tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "o.csv", [line("a", "2024-01-01", "9"), line("a", "2024-02-29", "9")])
    spend = write(tmp_path / "spend.csv", ["month", "spend"], ["2024-02", "500"])
    book = report(tmp_path, orders, BesideFiles(spend=spend))
    assert "From spend.csv: 1 month, 500, but no new customer in them." in texts_of(book, "Method")
    assert "cac_used" not in book.names


@pytest.mark.long
@pytest.mark.parametrize(
    ("as_of", "months", "spent", "won"),
    [
        (date(2024, 3, 30), 2, 30, 3),  # March is not over
        (date(2024, 3, 31), 3, 70, 4),
        (date(2024, 1, 31), 1, 10, 2),
    ],
)
def test_the_last_month_counts_from_its_last_day(
    small: Path, tmp_path: Path, as_of: date, months: int, spent: float, won: int
) -> None:
    """First orders: 1 and 20 January, 29 February, 31 March, 10 April; December was before the shop."""
    rows = [["2023-12", 5], ["2024-01", 10], ["2024-02", 20], ["2024-03", 40], ["2024-04", 80]]
    spend = write(tmp_path / "spend.csv", ["month", "spend"], *rows)
    book = report(tmp_path, small, BesideFiles(spend=spend), as_of=as_of)
    assert (book.named("cac_spend").value, book.named("cac_customers").value) == (spent, won)
    assert f"From spend.csv: {months} month" in texts_of(book, "Method")


def test_months_without_spend_win_nobody(small: Path, tmp_path: Path) -> None:
    """February had no spend, so whoever came then is no customer that the spend has won."""
    spend = write(tmp_path / "spend.csv", ["month", "spend"], ["2024-01", "10"], ["2024-03", "40"])
    book = report(tmp_path, small, BesideFiles(spend=spend))
    assert (book.named("cac_spend").value, book.named("cac_customers").value) == (50, 3)


@pytest.mark.long
@pytest.mark.parametrize(
    "bad", ["ten", "", "-5", "8 SEK"], ids=["no number", "missing", "negative", "currency"]
)
def test_a_month_with_spend_set_aside_is_left_out_of_both_sums(tmp_path: Path, small: Path, bad: str) -> None:
    """January's two customers cost 100 and what cannot be read; February and March: 90 for two customers."""
    rows = [
        ["2024-01", "Ads", "100"],
        ["2024-01", "Mail", bad],
        ["2024-02", "Ads", "50"],
        ["2024-03", "Ads", "40"],
    ]
    spend = write(tmp_path / "spend.csv", ["month", "channel", "spend"], *rows)
    book = report(tmp_path, small, BesideFiles(spend=spend), currency="EUR")
    assert (book.named("cac_spend").value, book.named("cac_customers").value) == (90, 2)
    assert book.named("cac_used").value == 45
    words = "From spend.csv: 2 months, 90 / 2 new customers = 45.00 EUR. 1 month does not count, customers and all, "
    words += "because some spend is set aside there."
    for sheet in ("Parameters", "Figures", "Method", "Data quality"):
        assert words in texts_of(book, sheet), sheet
    assert account(book, "spend_account")[:2] == [
        ("Counted", "Months that lie wholly inside the order history.", 2, 90),
        ("Not counted", "Months of which some spend is set aside.", 1, 100),
    ]


def test_no_month_is_left_where_each_has_spend_set_aside(tmp_path: Path, small: Path) -> None:
    rows = [["2024-01", "10"], ["2024-01", "ten"], ["2024-02", "x"]]
    spend = write(tmp_path / "spend.csv", ["month", "spend"], *rows)
    book = report(tmp_path, small, BesideFiles(spend=spend))
    assert "cac_used" not in book.names
    words = "In every month of spend.csv that lies wholly inside the order history (2) some spend is set aside, so it "
    words += "gives no acquisition cost."
    assert words in texts_of(book, "Data quality")


@pytest.mark.long
def test_the_parameter_wins_over_the_spend(small: Path, tmp_path: Path) -> None:
    spend = write(tmp_path / "spend.csv", ["month", "spend"], ["2024-01", "500"])
    plain = report(tmp_path, small, BesideFiles(), acquisition_cost=12.0, gross_margin=0.5)
    book = report(tmp_path, small, BesideFiles(spend=spend), acquisition_cost=12.0, gross_margin=0.5)
    for name in ("clv_after_cac", "ltv_to_cac", "historic_clv", "payback_months", "acquisition_cost"):
        assert book.named(name).value == plain.named(name).value, name
    assert (book.named("cac_measured").value, book.named("cac_used").value) == (250, 12)
    assert (
        "The acquisition cost of 12 is the parameter. From spend.csv: 1 month, 500 / 2 new customers"
        in texts_of(book, "Method")
    )


def test_a_cost_of_zero_is_one_that_somebody_gave(small: Path, tmp_path: Path) -> None:
    spend = write(tmp_path / "spend.csv", ["month", "spend"], ["2024-01", "500"])
    book = report(tmp_path, small, BesideFiles(spend=spend), acquisition_cost=0.0)
    assert (book.named("cac_used").value, book.named("ltv_to_cac").value) == (0, "#N/A")


def test_without_spend_the_report_is_as_it_was(small: Path, tmp_path: Path) -> None:
    book = report(tmp_path, small, BesideFiles())
    assert not [name for name in book.names if name.startswith("cac_")]
    assert "spend_account" not in book.tables
    assert "acquisition cost is" not in texts_of(book, "Method").partition("Definitions")[0]
    formulas = " ".join(book.formulas().values())
    assert ("acquisition_cost" in formulas, "cac_used" in formulas) == (True, False)


def test_spend_in_a_workbook_as_in_a_text_file(shop: SampleShop, tmp_path: Path) -> None:
    """Dates as cells, texts and day numbers; the sheet is found by its columns."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Notes"])
    sheet = book.create_sheet("Media")
    sheet.append(["Datum", "Medium", "Annonskostnad"])
    with shop.spend_file.open(encoding="utf-8", newline="") as handle:
        for at, row in enumerate(csv.DictReader(handle)):
            day = date.fromisoformat(row["month"])
            shapes = (day, row["month"], f"{day:%b %Y}", f"{day:%Y-%m}", (day - date(1899, 12, 30)).days)
            sheet.append([shapes[at % 5], row["channel"], float(row["spend"])])
    book.save(tmp_path / "spend.xlsx")
    expected, found = read_spend(shop.spend_file), read_spend(tmp_path / "spend.xlsx")
    assert [(one.month, one.channel, one.spend) for one in found.lines] == [
        (one.month, one.channel, one.spend) for one in expected.lines
    ]
    assert found.set_aside == ()


def test_spend_as_a_scandinavian_spreadsheet_saves_it(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text(
        "Månad;Kanal;Belopp (kr)\njanuari 2025;Sök;1 234,50 kr\nfeb-25;Sök;99,00\n", encoding="windows-1252"
    )
    assert [(one.month, one.channel, one.spend) for one in read_spend(path, "SEK").lines] == [
        (date(2025, 1, 1), "Sök", Decimal("1234.5")),
        (date(2025, 2, 1), "Sök", Decimal(99)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "month,channel,spend\n",
            "spend.csv has no rows below its header. Give it the columns month, channel and",
        ),
        ("", "spend.csv is empty."),
        (
            "a,b\n1,2\n",
            'spend.csv: no column for month and spend in row 1. Columns found: "a", "b". Rename the',
        ),
        (
            "month,spent on it\n2025-01,2\n",
            'spend.csv: no column for spend in row 1. Columns found: "month", "spent on it".',
        ),
        (
            'month,spend\n2025-01,"1,234"\n',
            (
                'spend.csv: column "spend" can be read in two ways: "1,234" is 1234 or 1.234. Write the numbers with a '
                "decimal point and without a mark between thousands."
            ),
        ),
        (
            "month,spendt\n2025-01,2\n",
            'spend.csv: no column for spend in row 1. Is it "spendt"? Columns found',
        ),
        ("<html><body>", "spend.csv has no rows below its header."),
        ("month,spend\n2025-01,1\x00\n", "spend.csv is not a text file."),
    ],
)
def test_files_of_spend_that_cannot_be_understood(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "spend.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_spend(tmp_path / "spend.csv")
    assert str(error.value).startswith(message)
    assert "--" not in str(error.value)


def test_rows_that_repeat_month_and_channel_are_told(tmp_path: Path) -> None:
    rows = [
        ["2024-01", "Ads", "1"],
        ["2024-01", "ads", "2"],
        ["2024-01", "Mail", "3"],
        ["Jan 2024", "Ads", "4"],
    ]
    spend = read_spend(write(tmp_path / "spend.csv", ["month", "channel", "spend"], *rows))
    assert spend.notices == (
        (
            "2 rows of spend.csv repeat the month and channel of another row. They are added up; remove them if they"
            " are copies."
        ),
    )


# Spend in several currencies


def orders_in(folder: Path, *currencies: str) -> Path:
    """The small shop's orders with a column of currencies, which go round."""
    rows = [
        [one.order, one.customer, one.day, one.amount, currencies[at % len(currencies)]]
        for at, one in enumerate(SMALL)
    ]
    return write(
        folder / "orders.csv", ["order_id", "customer_id", "order_date", "amount", "currency"], *rows
    )


def reasons(spend: Path, currency: str = "") -> list[str]:
    return [one.reason for one in read_spend(spend, currency).lines]


@pytest.mark.long
def test_spend_is_judged_by_the_currency_of_the_orders(tmp_path: Path) -> None:
    """Orders in euro, no parameter: kronor are no euro, whether the amount, a column or the header says so."""
    orders = orders_in(tmp_path, "EUR")
    january = ["2024-01", "100 EUR"]
    for name, header, rows in (
        ("amount", ["month", "spend"], [january, ["2024-02", "1000 SEK"]]),
        ("column", ["Month", "Spend", "Currency"], [[*january, "eur"], ["2024-02", "1000", "SEK"]]),
        ("header", ["Month", "Spend (SEK)"], [january, ["2024-02", "1000"]]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        book = report(folder, orders, BesideFiles(spend=write(folder / "spend.csv", header, *rows)))
        assert account(book, "spend_account")[1:] == [
            ("Set aside", "The spend is in another currency than the report.", 1, 1000),
        ], name
        assert (book.named("cac_spend").value, book.named("cac_customers").value) == (100, 2), name
        assert (
            "1 row of spend.csv set aside, the first at spend.csv, row 3, column 2: the spend is in another"
            in (texts_of(book, "Data quality"))
        ), name


def test_the_sheet_of_spend_is_judged_by_the_currency_of_the_orders(tmp_path: Path) -> None:
    rows = [["customer_id", "order_date", "amount"]]
    rows += [[one.customer, str(one.day), f"{one.amount} EUR"] for one in SMALL]
    spend = [["month", "spend"], ["2024-01", "100 EUR"], ["2024-02", "1000 SEK"], ["2024-01", "20"]]
    made, intake = report_from_inputs(
        inputs_from_sheets({"Orders": rows, "Spend": spend}, {"currency": None})
    )
    assert intake.currency == "EUR"
    text = repr(made)
    assert "From the Spend sheet: 1 month, 120 / 2 new customers = 60.00 EUR." in text
    assert (
        "1 row of the Spend sheet set aside, the first at Spend!B3: the spend is in another currency" in text
    )
    assert "1 row of the Spend sheet repeats the month and channel of another row." in text


@pytest.mark.long
def test_spend_in_two_currencies_is_never_added(small: Path, tmp_path: Path) -> None:
    """Nothing says what the orders are in: euro and kronor are both set aside, and what names none counts."""
    rows = [["2024-01", "100 EUR"], ["2024-02", "1000 SEK"], ["2024-03", "40"]]
    spend = write(tmp_path / "spend.csv", ["month", "spend"], *rows)
    assert reasons(spend) == ["unclear_currency", "unclear_currency", ""]
    assert reasons(spend, "EUR") == ["", "other_currency", ""]
    book = report(tmp_path, small, BesideFiles(spend=spend))
    assert account(book, "spend_account") == [
        ("Counted", "Months that lie wholly inside the order history.", 1, 40),
        (
            "Set aside",
            "Spend is in several currencies, and nothing says which is the report's. Set currency.",
            2,
            1100,
        ),
    ]
    one = write(tmp_path / "one.csv", ["month", "spend"], ["2024-01", "100 EUR"], ["2024-02", "€ 50"])
    assert reasons(one) == ["", ""]


@pytest.mark.parametrize(
    ("header", "row", "currency", "reason"),
    [
        (["month", "spend", "valuta"], ["2024-01", "5", "SEK"], "SEK", ""),
        (["month", "spend", "valuta"], ["2024-01", "5", "sek."], "SEK", ""),
        (["month", "spend", "valuta"], ["2024-01", "5", "kr"], "NOK", ""),
        (["month", "spend", "valuta"], ["2024-01", "5", ""], "SEK", ""),
        (["month", "spend", "valuta"], ["2024-01", "5", "PLN"], "SEK", "other_currency"),
        (["month", "spend", "valuta"], ["2024-01", "5 EUR", "SEK"], "SEK", "other_currency"),
        (["month", "spend", "valuta"], ["2024-01", "5 kr", "DKK"], "SEK", "other_currency"),
        (["month", "spend (EUR)", "valuta"], ["2024-01", "5", "SEK"], "SEK", ""),
        (["month", "Amount spent (USD)"], ["2024-01", "5"], "SEK", "other_currency"),
        (["month", "Amount spent (€)"], ["2024-01", "5"], "eur", ""),
        (["month", "Cost (PLN)"], ["2024-01", "5"], "SEK", "other_currency"),
        (["month", "Kostnad (kr)"], ["2024-01", "5"], "SEK", ""),
        (["month", "Cost (net)"], ["2024-01", "5"], "SEK", ""),
        (["month", "Cost (VAT)"], ["2024-01", "5"], "SEK", ""),
        (["month", "Cost (EUR)"], ["2024-01", "5 SEK"], "SEK", ""),
    ],
)
def test_what_a_row_says_of_its_currency(
    tmp_path: Path, header: list[str], row: list[str], currency: str, reason: str
) -> None:
    assert reasons(write(tmp_path / "spend.csv", header, row), currency) == [reason]


# Customer data


def test_attributes_stand_beside_their_customers(shop: SampleShop, shop_report: Path) -> None:
    """The first five of the file's six, row by row from the file itself."""
    with shop.customers_file.open(encoding="utf-8", newline="") as handle:
        expected = {row["customer_id"]: row for row in csv.DictReader(handle)}
    rows = Workbook(shop_report).table_rows("customers")
    titles = ("email", "name", "country", "loyalty_member", "loyalty_since")
    assert list(rows[0])[-5:] == list(titles)
    for row in rows:
        assert [row[title] or "" for title in titles] == [
            expected[str(row["Customer"])][title] for title in titles
        ]
    told = texts_of(Workbook(shop_report), "Data quality")
    assert "The Customer list shows the first 5 attributes of customers.csv. Left out: consent." in told
    [joined] = account(Workbook(shop_report), "customer_data_account")
    assert joined == ("Joined", "Stands on the page Customer list.", len(expected))


def test_ids_that_are_unknown_repeated_or_missing_are_told(small: Path, tmp_path: Path) -> None:
    customers = write(
        tmp_path / "c.csv",
        ["Kundenr", "Segment", "segment", "=1+1", "Blank", ""],
        ["a", "gold", "x", "=2+2", "", "stray"],
        ["zed", "silver", "x", "", "", ""],
        ["b", "", "", "-3", "", ""],
        ["a", "bronze", "x", "", "", ""],
        ["", "nobody", "x", "", "", ""],
        ["NULL", "nobody", "x", "", "", ""],
        [],
    )
    book = report(tmp_path, small, BesideFiles(customers=customers))
    assert account(book, "customer_data_account") == [
        ("Joined", "Stands on the page Customer list.", 2),
        ("No order", "The id belongs to no customer with an order that counts.", 1),
        ("Repeated", "The id stands further up already; its first row counts.", 1),
        ("No id", "The row has no customer id.", 2),
    ]
    rows = {str(row["Customer"]): row for row in book.table_rows("customers")}
    titles = ["Segment (customer data)", "segment (2)", "=1+1"]
    assert list(rows["a"])[-3:] == titles
    assert [rows["a"][title] for title in titles] == ["gold", "x", "=2+2"]
    assert [rows["b"][title] or None for title in titles] == [None, None, "-3"]
    assert rows["a"]["Segment"] in {"Champions", "Loyal", "Potential loyalists", "Need attention", "At risk"}
    told = texts_of(book, "Data quality")
    assert '1 row of c.csv with an id that no customer has, such as "zed".' in told
    assert (
        '1 row of c.csv with an id that stands further up already, such as "a". The first row of an id counts.'
        in told
    )
    assert "Columns of c.csv without a header are left out: c.csv, row 1, column 6." in told
    assert 'Every row of c.csv; "Kundenr" is the customer id. 3 customers have no row there.' in told
    formulas = {formula for (sheet, _), formula in book.formulas().items() if sheet == "Customer list"}
    assert not [formula for formula in formulas if "2+2" in formula or "1+1" in formula]


def test_ids_are_joined_as_orders_read_them(tmp_path: Path) -> None:
    """Leading zeros count; a column of floats on its way loses the .0, as it does among orders."""
    path = tmp_path / "c.csv"
    path.write_text("customer_id;city\n0017; Oslo \n17;Bergen\n", encoding="utf-8")
    assert read_customer_data(path).values == {"0017": ("Oslo",), "17": ("Bergen",)}
    path.write_text("customer_id,city\n17.0,Oslo\n18.0,Bergen\n", encoding="utf-8")
    assert set(read_customer_data(path).values) == {"17", "18"}
    path.write_text("customer_id,city\n17.0,Oslo\nA,Bergen\n", encoding="utf-8")
    assert set(read_customer_data(path).values) == {"17.0", "A"}


def test_customer_data_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Kundnr", "Member since", "Age", "VIP"], [17, date(2021, 5, 1), 45.5, True]):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    assert read_customer_data(tmp_path / "c.xlsx").values == {"17": ("2021-05-01", "45.5", "true")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "customer_id,city\n",
            "c.csv has no rows below its header. Give it the columns customer_id and one or more",
        ),
        (
            "name,city\nAnn,Oslo\n",
            'c.csv: no column for customer_id in row 1. Columns found: "name", "city". Rename',
        ),
    ],
)
def test_customer_data_that_cannot_be_understood(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_customer_data(tmp_path / "c.csv")
    assert str(error.value).startswith(message)


# The segment map

OWN_MAP = [["R\\FM", *(str(fm) for fm in range(1, 6))]] + [
    [str(r), *(f"own {r}{fm}" for fm in range(1, 6))] for r in range(5, 0, -1)
]


@pytest.mark.long
def test_an_own_map_names_every_segment_of_the_report(shop: SampleShop, tmp_path: Path) -> None:
    segments = write(tmp_path / "segments.csv", *OWN_MAP)
    book = report(tmp_path, shop.orders_file, BesideFiles(segment_map=segments))
    names = {f"own {r}{fm}" for r in range(1, 6) for fm in range(1, 6)}
    rows = book.table_rows("customers")
    assert {str(row["Segment"]) for row in rows} <= names
    for row in rows:
        fm = math.floor((float(str(row["F"])) + float(str(row["M"]))) / 2 + 0.5)
        assert row["Segment"] == f"own {float(str(row['R'])):.0f}{fm}"
    assert {str(row["Segment"]) for row in book.table_rows("segments")} == names
    assert names <= set(texts_of(book, "Segments").splitlines())
    own = "Segments go by your own map of 5 x 5 cells, not by the default one: see the page Segments."
    assert own in texts_of(book, "Method")
    plain = report(tmp_path, shop.orders_file, BesideFiles())
    assert "your own map" not in texts_of(plain, "Method")


def test_a_map_of_another_size_goes_with_its_number_of_scores(small: Path, tmp_path: Path) -> None:
    segments = write(tmp_path / "s.csv", ["", "FM 2", "FM 1"], ["R 1", "b", "a"], ["R 2", "d", "c"])
    book = report(tmp_path, small, BesideFiles(segment_map=segments), rfm_bins=2)
    assert {str(row["Segment"]) for row in book.table_rows("segments")} == set("abcd")
    found, _ = read_segment_map(segments)
    assert found.names == (("a", "b"), ("c", "d"))


def test_the_default_map_as_a_file_is_no_own_map(small: Path, tmp_path: Path) -> None:
    rows = [
        ["", *(f"FM {fm}" for fm in range(1, 6))],
        ["R 5", "new", "New", "Potential loyalists", "Champions", "Champions"],
        ["R 4", "Promising", "Promising", "Potential loyalists", "Loyal", "Champions"],
        ["R 3", "About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"],
        [
            "R 2",
            "Hibernating",
            "Hibernating",
            "At risk",
            "At risk",
            "can\N{RIGHT SINGLE QUOTATION MARK}t LOSE",
        ],
        ["R 1", "Lost", "Lost", "At risk", "Can't lose", "Can't lose"],
    ]
    book = report(tmp_path, small, BesideFiles(segment_map=write(tmp_path / "s.csv", *rows)))
    assert "your own map" not in texts_of(book, "Method")


REFUSED = {
    "the wrong size": (
        ["--set", "rfm_bins=4"], OWN_MAP, 2,
        ("s.csv: the segment map has 5 x 5 cells but rfm_bins is 4. Give a map of 4 rows with 4 names each, or change "
         "rfm_bins."),
    ),
    "a hole": (
        [], [*OWN_MAP[:2], ["4", "x", "", "x", "x", "x"], *OWN_MAP[3:]], 3,
        ("s.csv, row 3, column 3 (R 4, FM 2) has no segment. Give every cell of the map a name, or clear the whole map "
         "to use the default one."),
    ),
    "a row too few": (
        [], OWN_MAP[:-1], 3,
        ("the segment map has 4 rows and 5 columns, and no R 1. Give it as many rows as columns, titled R 1 to R 5 and "
         "FM 1 to FM 5."),
    ),
    "no names at all": (
        [], [OWN_MAP[0], *([row[0]] for row in OWN_MAP[1:])], 3,
        "s.csv: the segment map has no names. Give every cell of the map one.",
    ),
    "no titles": (
        [], [["New", "Lost"], ["Loyal", "At risk"]], 3,
        ("s.csv: there is no row with the titles FM 1, FM 2 and so on. Lay the map out with these titles above its "
         "columns, and R 1, R 2 and so on before its rows."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "rows", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_maps_that_are_refused(
    small: Path,
    tmp_path: Path,
    cli: Callable[..., Run],
    options: list[str],
    rows: list[list[str]],
    code: int,
    message: str,
) -> None:
    write(tmp_path / "s.csv", *rows)
    done = cli("report", small, "--segment-map", "s.csv", *options, "-o", "made.xlsx")
    assert (done.exit_code, done.stdout, done.stderr) == (code, "", f"Error: {message}\n")
    assert not (tmp_path / "made.xlsx").exists()


# The command line


@pytest.mark.long
def test_the_options_of_the_command(shop: SampleShop, tmp_path: Path, cli: Callable[..., Run]) -> None:
    write(tmp_path / "segments.csv", *OWN_MAP)
    done = cli(
        "report", shop.orders_file, "--spend", shop.spend_file, "--customers", shop.customers_file,
        "--segment-map", "segments.csv", "--json", "-o", "made.xlsx",
    )  # fmt: skip
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    spent, _, won = _measured(shop)
    assert told["figures"]["cac_used"]["now"] == pytest.approx(float(spent) / won, rel=1e-12)
    # the other says that so few customers cannot be predicted
    assert [notice.startswith("No prediction: ") for notice in told["notices"]] == [False, True]
    again = cli(
        "report", shop.orders_file, "--spend", shop.spend_file, "--customers", shop.customers_file,
        "--segment-map", "segments.csv", "-o", "again.xlsx",
    )  # fmt: skip
    assert (
        "".join(f"Note: {notice}\n" for notice in told["notices"]) + "Report written to again.xlsx\n"
        in again.stdout
    )
    assert (tmp_path / "made.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()


@pytest.mark.parametrize("option", ["--spend", "--customers", "--segment-map"])
def test_a_file_beside_the_orders_is_never_written_over(
    small: Path, tmp_path: Path, cli: Callable[..., Run], option: str
) -> None:
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    for output in (["-o", "mine.xlsx"], ["--set-aside", "mine.xlsx"]):
        done = cli("report", small, option, "mine.xlsx", *output)
        assert done.exit_code == 2
        assert done.stderr.startswith("Error: mine.xlsx: is read or written by this command already.")
    assert (tmp_path / "mine.xlsx").read_bytes() == b"mine"
    done = cli("report", small, option, "gone.csv", "-o", "r.xlsx")
    assert (done.exit_code, done.stderr) == (
        3,
        "Error: gone.csv does not exist. Check the name and the folder.\n",
    )
