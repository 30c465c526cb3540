"""``clv-xl map`` and ``--map``: how a shop's files are read is said once, and used every month."""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest

from clv_xl.cli import main
from clv_xl.order_options import saved_options
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.columns_seen import look
from clv_xl.orders.formats import PLAIN
from clv_xl.orders.kinds.given import OrderFile
from clv_xl.orders.saved_map import map_text
from tests import test_orders_formats as exports
from tests.conftest import result_of
from tests.shops import sample_lines, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clv_xl.orders import Intake
    from tests.conftest import Run

    Cli = Callable[..., Run]

_INVOICE_ROWS = (
    "10001;Ann;1;15.01.2026;30.01.2026;12 500,00;0,00;1\n10001;Ann;2;16.01.2026;30.01.2026;-500,00;0,00;2\n"
)
_LINE_ROWS = (
    "1;15.01.2026;7;Ann;A;2;1 250,50\n1;15.01.2026;7;Ann;B;1,5;10,00\n2;17.01.2026;7;Ann;A;-1;1 250,50\n"
)
UNKNOWN = "Wer;Wann;Wieviel;Bemerkung\nann;01/02/2025;1,234;x\nbo;03/04/2025;2,345;\n"
TOLD = ("--column", "customer_id=Wer", "--column", "order_date=Wann", "--column", "amount=Wieviel")
ANSWERS = ("--decimal", ",", "--date-format", "dd/mm/yyyy")
EXPORTS = {
    name.lower(): text
    for name, text in vars(exports).items()
    if isinstance(text, str) and "\n" in text and name.isupper() and name != "SHOP"
}
EXPORTS |= {f"invoices_{language}": text + _INVOICE_ROWS for language, text in exports.INVOICES.items()}
EXPORTS |= {f"lines_{language}": text + _LINE_ROWS for language, text in exports.LINES.items()}
EXPORTS["slashes"] = "Kundenr;Dato;Beløp;Kostnad\n7;31/01/2026;1.250;7\n8;01-02-2026;99,50;8\n"
EXPORTS["month_first"] = "customer_id,order_date,amount\n7,01/31/2026,1250.5\n8,02/01/2026,99.5\n"
EXPORTS["two_costs"] = "Kundenr;Dato;Beløp;Cost;COGS\n7;31.01.2026;1 250,50;7;8\n8;01.02.2026;99,50;8;9\n"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, options: ReadOptions
) -> tuple[Intake, list[object]]:
    intake = load_orders(connection, [path], options=options)
    rows = connection.execute("SELECT * FROM order_rows ORDER BY row_number, is_refund").fetchall()
    return intake, rows + connection.execute("SELECT * FROM set_aside ORDER BY row_number").fetchall()


_QUICK = ("shopify", "stripe_balance", "tripletex", "slashes", "two_costs")


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _QUICK else pytest.mark.long) for name in EXPORTS]
)
def test_a_recognised_export_is_read_with_its_map_as_without(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    path, saved = tmp_path / "orders.csv", tmp_path / "shop.toml"
    path.write_text(EXPORTS[name], encoding="utf-8")
    saved.write_text(
        map_text(look(connection, OrderFile(path, path.name), ReadOptions()), ReadOptions()), encoding="utf-8"
    )
    options = saved_options(saved)
    assert options.columns
    assert _read(connection, path, options) == _read(connection, path, ReadOptions())


def test_every_export_that_is_read_has_such_a_fixture() -> None:
    found = set()
    for text in EXPORTS.values():
        first = text.partition("\n")[0]
        headers = next(csv.reader([first], delimiter=";" if ";" in first else ","))
        match = resolve(headers, {}).match
        found.add(match.format.name if match else PLAIN)
    assert found >= {
        "shopify", "woocommerce-analytics", "woocommerce-advanced", "magento", "stripe-payments", "stripe-balance",
        "paypal", "klaviyo", "tripletex", "nordic-invoices", "order-lines", PLAIN,
    }  # fmt: skip


def _same_report(cli: Cli, folder: Path) -> None:
    assert cli("map", "orders.csv", "--save", "shop.toml", "--quiet").exit_code == 0
    for options in ((), ("--map", "shop.toml")):
        done = cli("report", "orders.csv", "-o", f"report{len(options)}.xlsx", *options)
        assert done.exit_code == 0, done.stderr
    assert (folder / "report0.xlsx").read_bytes() == (folder / "report2.xlsx").read_bytes()


@pytest.mark.long
def test_what_is_told_with_a_map_is_the_same(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(exports.SHOPIFY, encoding="utf-8")
    assert cli("map", "orders.csv", "--save", "shop.toml", "--quiet").exit_code == 0
    by_map = ("--map", "shop.toml")
    assert cli("check", "orders.csv", "--strict", *by_map) == cli("check", "orders.csv", "--strict")
    told = cli("check", "orders.csv", "--json", *by_map)
    assert result_of(told) == result_of(cli("check", "orders.csv", "--json"))


@pytest.mark.long
@pytest.mark.parametrize("name", EXPORTS)
def test_the_report_of_every_export_with_its_map_is_the_same_file(
    cli: Cli, tmp_path: Path, name: str
) -> None:
    (tmp_path / "orders.csv").write_text(EXPORTS[name], encoding="utf-8")
    _same_report(cli, tmp_path)


@pytest.mark.long
def test_headers_that_nobody_knows_are_named_once(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    assert cli("check", "orders.csv").exit_code == 3
    asked = cli("map", "orders.csv", *TOLD)
    assert asked.exit_code == 3
    assert asked.stderr == cli("check", "orders.csv", *TOLD).stderr
    assert "leaves 2 questions" in asked.stderr
    shown = cli("map", "orders.csv", *TOLD, *ANSWERS, "--set", "currency=EUR", "--save", "shop.toml")
    assert shown.stdout == (
        "orders.csv: 2 rows, read as: columns by their headers\n"
        "  column     is read as   such as\n"
        "  Wer        customer_id  ann | bo\n"
        "  Wann       order_date   01/02/2025 | 03/04/2025\n"
        "  Wieviel    amount       1,234 | 2,345\n"
        "  Bemerkung  not used     x\n"
        'Decimal mark: ",". Dates: dd/mm/yyyy.\n'
        "Map written to shop.toml. Use it with: clv-xl report ORDERS --map shop.toml\n"
    )
    assert tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8")) == {
        "format": "columns",
        "date_format": "dd/mm/yyyy",
        "decimal": ",",
        "currency": "EUR",
        "columns": {"customer_id": "Wer", "order_date": "Wann", "amount": "Wieviel"},
    }
    read = cli("check", "orders.csv", "--map", "shop.toml", "--json")
    told = cli("check", "orders.csv", *TOLD, *ANSWERS, "--set", "currency=EUR", "--json")
    assert result_of(read) == result_of(told)
    assert json.loads(read.stdout)["currency"] == "EUR"
    # the next month's file is read without a word, with its columns in another order
    (tmp_path / "next.csv").write_text("Bemerkung;Wieviel;Wann;Wer\n;9,5;05/06/2025;ann\n", encoding="utf-8")
    assert "1 used, amount 9.50 EUR" in cli("check", "next.csv", "--map", "shop.toml").stdout


def test_what_the_command_line_says_wins_over_the_map(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    cli("map", "orders.csv", *TOLD, *ANSWERS, "--save", "shop.toml")
    told = ("--decimal", ".", "--date-format", "mm/dd/yyyy", "--column", "channel=Bemerkung")
    read = json.loads(cli("check", "orders.csv", "--map", "shop.toml", *told, "--json").stdout)
    assert (read["first_day"], read["account"][0]["amount"], read["columns"]["channel"]) == (
        "2025-01-02",
        "3579.0000",
        "Bemerkung",
    )


@pytest.mark.long
def test_a_map_stands_for_statuses_aliases_and_what_else_was_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "orders.csv").write_text(
        "customer,order id,date,amount,tax,status\nA,1,2025-01-31,10,1,On the moon\nB,1,2025-01-31,10,1,paid\n",
        encoding="utf-8",
    )
    (tmp_path / "same.csv").write_text("customer,same as\nA,B\n", encoding="utf-8")
    told = ("--status", "On the moon=cancelled", "--status", "paid=sale", "--aliases", "same.csv", "--column")
    done = cli(
        "map", "orders.csv", *told, "status=status", "--column", "order_id=-", "--save", "shops/shop.toml"
    )
    assert done.exit_code == 0, done.stderr
    saved = tomllib.loads((tmp_path / "shops" / "shop.toml").read_text(encoding="utf-8"))
    assert saved["aliases"] == "../same.csv"
    assert saved["statuses"] == {"On the moon": "cancelled", "paid": "sale"}
    assert saved["columns"]["order_id"] == "-"
    with_map = cli("check", "orders.csv", "--map", "shops/shop.toml", "--json")
    without = cli("check", "orders.csv", *told, "status=status", "--column", "order_id=-", "--json")
    assert result_of(with_map) == result_of(without)
    # a month in which nothing has one of the statuses is no error
    (tmp_path / "next.csv").write_text(
        "customer,date,amount,status\nA,2025-02-28,10,paid\n", encoding="utf-8"
    )
    assert cli("check", "next.csv", "--map", "shops/shop.toml").exit_code == 0
    refused = cli("check", "next.csv", "--map", "shops/shop.toml", "--set-aside", "same.csv")
    assert (refused.exit_code, (tmp_path / "same.csv").read_text()) == (2, "customer,same as\nA,B\n")


REFUSED = {
    "unknown key": (
        'decimal = ","\nsheeet = "Orders"\n',
        (
            'shop.toml, line 2: there is no "sheeet" in a map. Did you mean "sheet"? A map knows format, sheet,'
            " table, query, time_zone, date_format, decimal, order_amounts, delimiter, encoding, without, currency,"
            " aliases, columns, statuses."
        ),
    ),
    "a column above [columns]": (
        'amount = "Sum"\n',
        (
            'shop.toml, line 1: there is no "amount" in a map. It is a column: put it below the line [columns], as'
            ' amount = "Sum". A map knows format, sheet,'
            " table, query, time_zone, date_format, decimal, order_amounts, delimiter, encoding, without, currency,"
            " aliases, columns, statuses."
        ),
    ),
    "unknown column": (
        '\n[columns]\namont = "Sum"\n',
        (
            'shop.toml, line 3: there is no column "amont". Did you mean "amount"? The names are customer_id,'
            " order_date, amount, order_id, quantity, channel, product, country, status, cost, currency, refunded,"
            " phone, discount_percent, discount_amount, exchange_rate."
        ),
    ),
    "unknown format": (
        'format = "shopfy"\n',
        'shop.toml, line 1: format "shopfy": there is no such format. Did you mean "shopify"? The formats are ',
    ),
    "below a comment": (
        '# format = "columns"\ndecimal = ";"\n',
        'shop.toml, line 2: decimal ";" is neither',
    ),
    "decimal": ('decimal = ";"\n', 'shop.toml, line 1: decimal ";" is neither "." nor ",".'),
    "date format": (
        'date_format = "never"\n',
        (
            'shop.toml, line 1: date_format "never" does not say where day, month and year stand. Write it like'
            " dd.mm.yyyy or %d.%m.%Y."
        ),
    ),
    "meaning": (
        '[statuses]\npaid = "sale"\n"On hold" = "sail"\n',
        'shop.toml, line 3: status "On hold=sail": "sail" is no meaning. Did you mean "sale"? The meanings are',
    ),
    "number": (
        "decimal = 1\n",
        "shop.toml, line 1: decimal = 1 is not a text. Write it between quotes, or remove it.",
    ),
    "list": (
        'without = "tax"\n',
        'shop.toml, line 1: without is not a list of texts. Write without = ["tax"].',
    ),
    "part": (
        'without = ["freight"]\n',
        'shop.toml, line 1: without "freight" is neither "shipping" nor "tax".',
    ),
    "blank header": (
        '[columns]\namount = ""\n',
        'shop.toml, line 2: amount is not a text. Write it like amount = "Beløp", or amount = "-" for none.',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_map_that_cannot_mean_anything_is_refused_with_its_line(
    cli: Cli, tmp_path: Path, case: str
) -> None:
    text, message = REFUSED[case]
    (tmp_path / "orders.csv").write_text("customer,date,amount\nA,2025-01-31,10\n", encoding="utf-8")
    (tmp_path / "shop.toml").write_text(text, encoding="utf-8")
    done = cli("check", "orders.csv", "--map", "shop.toml")
    assert (done.exit_code, done.stderr[: len(message) + 7]) == (2, f"Error: {message}")


def test_a_map_that_is_not_there_or_no_toml(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,date,amount\nA,2025-01-31,10\n", encoding="utf-8")
    assert cli("check", "orders.csv", "--map", "shop.toml").stderr == (
        "Error: shop.toml: there is no such map. Check the path given to --map, or make one:"
        " clv-xl map ORDERS --save shop.toml\n"
    )
    (tmp_path / "shop.toml").write_text("decimal = ,\n", encoding="utf-8")
    done = cli("check", "orders.csv", "--map", "shop.toml")
    assert done.exit_code == 3
    assert done.stderr.startswith("Error: shop.toml is not a valid map: ")
    assert "(at line 1, column 11)" in done.stderr


def test_a_column_that_is_no_longer_there_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    cli("map", "orders.csv", *TOLD, *ANSWERS, "--save", "shop.toml")
    (tmp_path / "next.csv").write_text(UNKNOWN.replace("Wieviel", "Wievil"), encoding="utf-8")
    done = cli("check", "next.csv", "--map", "shop.toml")
    assert (done.exit_code, done.stderr) == (
        3,
        (
            'Error: next.csv: shop.toml says that amount is the column "Wieviel", but there is no such column. Did you'
            ' mean "Wievil"? Columns found: "Wer", "Wann", "Wievil", "Bemerkung". Correct shop.toml, or say which'
            ' column it is: --column amount="the header in your file".\n'
        ),
    )
    # what the command line says is another way out
    assert cli("check", "next.csv", "--map", "shop.toml", "--column", "amount=Wievil").exit_code == 0


def test_a_shops_export_without_one_of_its_columns_is_named_too(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(exports.SHOPIFY, encoding="utf-8")
    cli("map", "orders.csv", "--save", "shop.toml")
    (tmp_path / "next.csv").write_text(
        exports.SHOPIFY.replace("Refunded Amount", "Refunds"), encoding="utf-8"
    )
    done = cli("check", "next.csv", "--map", "shop.toml")
    assert done.exit_code == 3
    assert 'shop.toml says that refunded is the column "Refunded Amount", but there is no such' in done.stderr


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "ann;01/02/2025;12.50;\nbo;03/04/2025;9.95;\n",
            (
                'column "Wieviel" has numbers with a decimal point, such as "12.50", but shop.toml says decimal = ",".'
                ' Correct shop.toml, or pass --decimal ".".'
            ),
        ),
        (
            "ann;12/31/2025;9,5;\n",
            (
                'column "Wann" has "12/31/2025", but shop.toml says date_format = "dd/mm/yyyy". Correct the date, or'
                " shop.toml, or pass --date-format mm/dd/yyyy."
            ),
        ),
    ],
)
def test_a_file_that_contradicts_its_map_is_refused(
    cli: Cli, tmp_path: Path, rows: str, message: str
) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    cli("map", "orders.csv", *TOLD, *ANSWERS, "--save", "shop.toml")
    (tmp_path / "next.csv").write_text(UNKNOWN.partition("\n")[0] + "\n" + rows, encoding="utf-8")
    done = cli("check", "next.csv", "--map", "shop.toml")
    assert done.exit_code == 3
    assert message in done.stderr


@pytest.mark.long
def test_nothing_is_written_over_unless_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,date,amount\nA,2025-01-31,10\n", encoding="utf-8")
    (tmp_path / "shop.toml").write_text("mine", encoding="utf-8")
    done = cli("map", "orders.csv", "--save", "shop.toml")
    assert (done.exit_code, done.stderr) == (
        2,
        (
            "Error: shop.toml: is there already, and may be your own. Give another name with --save, or pass"
            " --replace to write over it.\n"
        ),
    )
    assert (tmp_path / "shop.toml").read_text() == "mine"
    assert cli("map", "orders.csv", "--save", "orders.csv", "--replace").exit_code == 2
    assert cli("map", "orders.csv", "--save", "none/shop.toml").exit_code == 4
    assert cli("map", "orders.csv", "--save", "shop.toml", "--replace").exit_code == 0
    first = (tmp_path / "shop.toml").read_bytes()
    # a map is made anew from what it says itself
    assert cli("map", "orders.csv", "--map", "shop.toml", "--save", "shop.toml", "--replace").exit_code == 0
    assert (tmp_path / "shop.toml").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.long
def test_files_that_differ_need_a_map_each(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("customer,date,amount\nA,2025-01-31,10\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("kund,datum,belopp\nA,2025-01-31,11\n", encoding="utf-8")
    assert cli("map", "a.csv", "b.csv").exit_code == 0
    done = cli("map", "a.csv", "b.csv", "--save", "shop.toml")
    assert (done.exit_code, (tmp_path / "shop.toml").exists()) == (3, False)
    assert "a.csv and b.csv have different columns: one map cannot stand for both." in done.stderr


@pytest.mark.long
def test_a_sheet_that_was_named_is_kept(cli: Cli, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("2024", "2025"):
        sheet = book.create_sheet(title)
        sheet.append(["customer", "date", "amount"])
        sheet.append(["A", f"{title}-01-31", int(title)])
    book.save(tmp_path / "orders.xlsx")
    assert "--sheet" in cli("map", "orders.xlsx").stderr
    assert cli("map", "orders.xlsx", "--sheet", "2025", "--save", "shop.toml").exit_code == 0
    assert tomllib.loads((tmp_path / "shop.toml").read_text())["sheet"] == "2025"
    assert "amount 2,025.00" in cli("check", "orders.xlsx", "--map", "shop.toml").stdout


@pytest.mark.long
def test_a_filled_template_is_refreshed_with_a_map(cli: Cli, tmp_path: Path) -> None:
    assert cli("template", "filled.xlsm").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "filled.xlsm", keep_vba=True)
    sheet = book["Orders"]
    for row in sheet.iter_rows():
        for cell in row:
            cell.value = None
    for number, texts in enumerate(UNKNOWN.splitlines(), start=1):
        for column, text in enumerate(texts.split(";"), start=1):
            sheet.cell(number, column, text)
    book.save(tmp_path / "filled.xlsm")
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    cli("map", "orders.csv", *TOLD, *ANSWERS, "--save", "shop.toml")
    assert cli("refresh", "filled.xlsm").exit_code == 3
    done = cli("refresh", "filled.xlsm", "--map", "shop.toml")
    assert done.exit_code == 0, done.stderr
    assert "2 used, amount 3.58" in done.stdout


@pytest.mark.long
def test_a_backtest_takes_a_map(cli: Cli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "plain.csv", sample_lines(tmp_path / "sample", 500))
    text = orders.read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        text.replace("customer_id", "Wer").replace("order_date", "Wann").replace("amount", "Wieviel"),
        encoding="utf-8",
    )
    assert cli("map", "orders.csv", *TOLD, "--save", "shop.toml").exit_code == 0
    assert cli("backtest", "orders.csv").exit_code == 3
    plain = cli("backtest", "plain.csv")
    assert cli("backtest", "orders.csv", "--map", "shop.toml").stdout == plain.stdout
    assert plain.exit_code == 0, plain.stderr


def test_a_table_of_subscriptions_takes_what_any_table_has(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("customer,start,end,amount\na,01/02/2025,,12\n", encoding="utf-8")
    (tmp_path / "shop.toml").write_text('date_format = "dd/mm/yyyy"\ncurrency = "EUR"\n', encoding="utf-8")
    (tmp_path / "orders.toml").write_text('[columns]\namount = "Netto"\n', encoding="utf-8")
    assert cli("subscriptions", "table.csv").exit_code == 3
    done = cli("subscriptions", "table.csv", "--map", "shop.toml")
    assert done.exit_code == 0, done.stderr
    assert "On 2025-02-01: 1 customer" in done.stdout
    assert "EUR" in done.stdout
    refused = cli("subscriptions", "table.csv", "--map", "orders.toml")
    assert (refused.exit_code, refused.stderr) == (
        2,
        (
            "Error: orders.toml: columns is about orders. Of a map, a table of subscriptions takes date_format, decimal"
            " and currency: make one with nothing else in it.\n"
        ),
    )


# --- on a terminal ------------------------------------------------------------------------------------------


class _Terminal(io.StringIO):
    """What a person types, or sees."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def type_keys(
    monkeypatch: pytest.MonkeyPatch, folder: Path, keys: str, *arguments: str
) -> tuple[int, str, str]:
    """Run ``clv-xl map`` with a person at a terminal; return exit code, what was shown, and what is left unread."""
    shown, typed = _Terminal(), _Terminal(keys)
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TERM", "dumb")
        patch.setattr(sys, "argv", ["clv-xl", "map", *arguments])
        patch.setattr(sys, "stdin", typed)
        patch.setattr(sys, "stdout", shown)
        patch.setattr(sys, "stderr", shown)
        try:
            main()
        except SystemExit as done:
            return int(done.code or 0), shown.getvalue(), typed.read()
    return 0, shown.getvalue(), typed.read()


def test_on_a_terminal_what_is_open_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    code, shown, left = type_keys(
        monkeypatch, tmp_path, "1\n1\n1\n2\n1\n", "orders.csv", "--save", "shop.toml"
    )
    assert (code, left) == (0, ""), shown
    assert 'Which column is customer_id?\n  1  --column customer_id="Wer"\n' in shown
    # a column that was chosen is not offered again
    assert 'Which column is order_date?\n  1  --column order_date="Wann"\n' in shown
    assert '  1  --decimal "."\n  2  --decimal ","\n' in shown
    assert "  1  --date-format dd/mm/yyyy\n  2  --date-format mm/dd/yyyy\n" in shown
    saved = tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8"))
    assert (saved["decimal"], saved["date_format"]) == (",", "dd/mm/yyyy")
    assert saved["columns"] == {"customer_id": "Wer", "order_date": "Wann", "amount": "Wieviel"}


@pytest.mark.parametrize("option", ["--no-input", "--quiet", "--json"])
def test_a_terminal_that_is_not_to_be_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    (tmp_path / "orders.csv").write_text(UNKNOWN, encoding="utf-8")
    code, shown, left = type_keys(monkeypatch, tmp_path, "1\n", "orders.csv", option, *TOLD)
    assert (code, left) == (3, "1\n")
    assert "leaves 2 questions" in shown


def test_two_columns_that_could_be_the_amount_are_asked_and_an_answer_must_be_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text("kund;datum;netto;total\nA;2025-01-31;8;10\n", encoding="utf-8")
    code, shown, _ = type_keys(monkeypatch, tmp_path, "x\n3\n2\n", "orders.csv", "--save", "shop.toml")
    assert code == 0, shown
    assert shown.count("could both be amount") == 1
    assert 'amount = "total"' in (tmp_path / "shop.toml").read_text(encoding="utf-8")


def test_an_error_that_no_answer_helps_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("kund;datum;total;total\nA;2025-01-31;8;10\n", encoding="utf-8")
    code, shown, left = type_keys(monkeypatch, tmp_path, "1\n", "orders.csv")
    assert (code, left) == (3, "1\n")
    assert 'The header "total" stands 2 times. Give each column a name of its own.' in shown
