"""The page Data quality of the finished workbook, read back from the file."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.jobs import make_report
from clv_xl.orders import ReadOptions
from clv_xl.parameters import Parameters
from tests.reading import Workbook

if TYPE_CHECKING:
    from pathlib import Path

TITLE_OF = "Data quality"


def made(folder: Path, *sources: Path, columns: dict[str, str] | None = None, **parameters: Any) -> Workbook:
    output = folder / "report.xlsx"
    make_report(sources, output, ReadOptions(columns=columns or {}), Parameters(**parameters))
    return Workbook(output)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def below(book: Workbook, title: str) -> list[list[object]]:
    """The rows below a heading, header first, up to the next empty row."""
    cells = book.sheets[TITLE_OF]
    rows: dict[int, dict[str, object]] = {}
    for address, cell in cells.items():
        column, row = address.rstrip("0123456789"), int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        if cell.value is not None:
            rows.setdefault(row, {})[column] = cell.value
    start = next(row for row in sorted(rows) if rows[row].get("B") == title)
    found = []
    for row in range(start + 2, max(rows) + 2):
        if row not in rows:
            break
        found.append([rows[row][column] for column in sorted(rows[row])])
    return found


ORDERS = """Order;E-post;Dato;Beløp inkl. moms;Status;Återbetalt belopp
1;ann;05.01.2024;1 250,50;Betald;250,50
2;bo;06.01.2024;99,00;Delvis återbetald;
3;cy;07.01.2024;-12,25;Betald;
4;;08.01.2024;7,75;Betald;
5;dee;09.01.2024;ten;Betald;
6;ann;10.01.2024;2 000,00;Makulerad;2 000,00
"""


@pytest.fixture
def nordic(tmp_path: Path) -> Workbook:
    return made(tmp_path, write(tmp_path / "orders.csv", ORDERS))


def test_set_aside_amounts_are_numbers_where_they_are(nordic: Workbook) -> None:
    rows = nordic.table_rows("rows_set_aside")
    assert [(row["Row in the file"], row["Amount"]) for row in rows] == [
        (4, -12.25),
        (5, 7.75),
        (6, "ten"),
        (7, 2000),
    ]


def test_a_row_that_could_not_be_split_is_told_by_how_it_begins(tmp_path: Path) -> None:
    text = "customer,date,amount\na,2024-01-05,10\nb,2024-02-05,10,more,and more\na,2024-03-05,12\n"
    rows = made(tmp_path, write(tmp_path / "orders.csv", text)).table_rows("rows_set_aside")
    assert [row["The row begins"] for row in rows] == ["b,2024-02-05,10,more,and more"]


def test_the_account_and_the_refunded_column_add_up(nordic: Workbook) -> None:
    account = nordic.table_rows("account")
    assert [
        (row["Outcome"], row["Rows"], row["Amount in the files"], row["Amount counted"]) for row in account
    ] == [
        ("Used", 2, 1349.5, 1349.5),
        ("Refund, used", 0, -250.5, -250.5),
        ("Set aside", 1, 7.75, 0),
        ("Set aside", 1, 0, 0),
        ("Set aside", 1, 2000, 0),
        ("Set aside", 1, -12.25, 0),
    ]
    aside = {row["Why"]: row["Row in the file"] for row in nordic.table_rows("rows_set_aside")}
    assert {row["Why"]: row["First row"] for row in account if row["First row"] is not None} == aside
    assert nordic.named("amount_total").value == 1099.0
    header, *rows, total = below(nordic, "Refunded amounts")
    assert header == ["Outcome", "Why", "Rows", "Amount in the files"]
    assert [(row[0], *row[2:]) for row in rows] == [("Subtracted", 1, 250.5), ("Not subtracted", 1, 2000)]
    assert (total[0], total[-1]) == ("Sum of the column", 2250.5)


def test_columns_and_statuses_say_what_they_were_read_as(nordic: Workbook) -> None:
    assert below(nordic, "Columns") == [
        ["In the file", "Read as"],
        ["E-post", "customer_id"],
        ["Dato", "order_date"],
        ["Beløp inkl. moms", "amount"],
        ["Order", "order_id"],
        ["Status", "status"],
        ["Återbetalt belopp", "refunded"],
    ]
    assert below(nordic, "Order statuses") == [
        ["Status", "Read as", "Rows", "Counted as", "Amount in the files"],
        ["Betald", "completed", 4, "1 sale, 3 set aside", 1246],
        ["Delvis återbetald", "partly refunded", 1, "sale", 99],
        ["Makulerad", "cancelled", 1, "set aside", 2000],
    ]
    words = " ".join(str(cell.value) for cell in nordic.sheets[TITLE_OF].values())
    assert 'the header "Beløp inkl. moms" says that the amounts include VAT' in words
    assert "1 used row is partly refunded by its status" in words


def test_every_file_tells_its_own_columns(tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", "Kundenr;Dato;Beløp;Note\nA;31.01.2024;1,50;x\n")
    two = write(tmp_path / "two.csv", "customer_id,order_date,amount,Note,Dato\nB,2024-01-05,3.50,y,z\n")
    book = made(tmp_path, one, two)
    assert below(book, "Columns")[1:] == [
        ["Kundenr", "customer_id"],
        ["Dato", "order_date"],
        ["Beløp", "amount"],
        ["customer_id", "customer_id"],
        ["order_date", "order_date"],
        ["amount", "amount"],
        ["Note", "not used"],
        ["Dato", "not used"],
    ]


def test_a_real_layout_reconciles_on_the_page(tmp_path: Path, shared_data: Path) -> None:
    """Shopify's own columns, added up by the csv module: amounts, refunds, and what is left of them."""
    source = shared_data / "order_export_layouts" / "shopify_orders_export.csv"
    columns = {"order_date": "Created at", "country": "Billing Country"}
    book = made(tmp_path, source, columns=columns)
    with source.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    kept = [row for row in rows if row["Total"] and row["Financial Status"] in {"paid", "partially_refunded"}]
    net = sum(Decimal(row["Total"]) - Decimal(row["Refunded Amount"]) for row in kept)
    assert book.named("amount_total").value == pytest.approx(float(net), rel=1e-15)
    account = book.table_rows("account")
    assert sum(float(str(row["Amount counted"])) for row in account) == pytest.approx(float(net), rel=1e-12)
    total = sum(Decimal(row["Refunded Amount"] or 0) for row in rows)
    assert below(book, "Refunded amounts")[-1][-1] == pytest.approx(float(total), rel=1e-15)
    assert any("Amounts in GBP" in str(cell.value) for cell in book.sheets["Summary"].values())
