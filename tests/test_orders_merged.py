"""Cells merged over several rows: the customer, the day and the order count for each row, an amount once."""

from __future__ import annotations

import time
import zipfile

import duckdb
import openpyxl
import pytest

from clv_xl.orders import load_orders
from clv_xl.orders.kinds.merged_cells import Merged, merged_downwards

HEADER = ("Order", "Customer", "Date", "Amount")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def written(tmp_path, rows, merged, *, right=0, down=0):
    """Rows below the header, from a place further right and down, with places merged as counted from there."""
    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in enumerate((HEADER, *rows), start=1 + down):
        for column, value in enumerate(row, start=1 + right):
            sheet.cell(at, column, value)
    for column, first, last in merged:
        sheet.merge_cells(
            start_row=first + down,
            end_row=last + down,
            start_column=column + right,
            end_column=column + right,
        )
    path = tmp_path / "orders.xlsx"
    book.save(path)
    return path


ROWS = (
    (1, "Berg", "2024-01-05", 125),
    (2, None, "2024-02-06", 250),
    (3, None, "2024-03-06", 75),
    (4, "Lien", "2024-02-06", 100),
)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, 0), (3, 4)])
def test_a_customer_over_three_rows_has_three_orders(connection, tmp_path, right, down):
    path = written(tmp_path, ROWS, [(2, 2, 4)], right=right, down=down)
    intake = load_orders(connection, [path])
    of_each = connection.execute(
        "SELECT customer_id, count(*), sum(amount) FROM order_rows GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert of_each == [("Berg", 3, 450), ("Lien", 1, 100)]
    (told,) = [note.text for note in intake.warnings if note.code == "merged_cells"]
    assert told == (
        "orders.xlsx, sheet Sheet: 2 blank cells are merged with the ones above them, and are read as those."
    )


def test_an_order_over_its_lines_keeps_its_one_amount(connection, tmp_path):
    rows = ((1, "Berg", "2024-01-05", 125), (None, None, None, None), (2, "Lien", "2024-01-07", 70))
    merged = [(column, 2, 3) for column in (1, 2, 3, 4)]
    load_orders(connection, [written(tmp_path, rows, merged)])
    assert connection.execute("SELECT count(*), sum(amount) FROM order_rows").fetchone() == (2, 195)


def test_a_blank_cell_that_is_not_merged_stays_blank(connection, tmp_path):
    intake = load_orders(connection, [written(tmp_path, ROWS, [(2, 2, 3)])])
    assert intake.rows_of("used") == 3
    assert [(line.reason, line.rows) for line in intake.account if line.reason] == [("missing_customer", 1)]


def test_merged_columns_and_headers_are_no_rows(connection, tmp_path):
    path = written(tmp_path, ROWS, [], down=2)
    book = openpyxl.load_workbook(path)
    book.active["A1"] = "Orders of the year"
    book.active.merge_cells("A1:D2")
    book.save(path)
    assert load_orders(connection, [path]).rows_of("used") == 2


def test_the_workbook_is_not_read_again_where_nothing_is_blank(connection, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "clv_xl.orders.merged_rows.merged_downwards", lambda *given: asked.append(given) or []
    )
    rows = [(at, "Berg", "2024-01-05", 1) for at in range(1, 4)]
    load_orders(connection, [written(tmp_path, rows, [])])
    assert not asked
    load_orders(connection, [written(tmp_path, ROWS, [])])
    assert len(asked) == 1


def changed(path, part, change):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            if content:
                archive.writestr(name, content)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("xl/workbook.xml", lambda xml: xml.replace(b'name="Sheet"', b'name="Other"')),
        ("xl/_rels/workbook.xml.rels", lambda xml: b""),
        ("xl/_rels/workbook.xml.rels", lambda xml: xml[:-20]),
        ("xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"sheet1.xml", b"sheet9.xml")),
        ("xl/workbook.xml", lambda xml: xml + b" " * (4 << 20)),
        # a tag that goes on and on: what stands behind it is not looked for
        (
            "xl/worksheets/sheet1.xml",
            lambda xml: xml.replace(b"<mergeCells", b"<x " + b"y" * (2 << 20) + b"<mergeCells"),
        ),
    ],
)
def test_where_a_workbook_does_not_say_nothing_is_merged(tmp_path, part, change):
    path = written(tmp_path, ROWS, [(2, 2, 4)])
    assert merged_downwards(path, "Sheet") == [Merged(1, 2, 4)]
    changed(path, part, change)
    assert merged_downwards(path, "Sheet") == []


@pytest.mark.parametrize("end", ["/>", "<", ">"])
def test_a_tag_without_end_takes_no_time(tmp_path, end):
    path = written(tmp_path, ROWS, [(2, 2, 4)])
    tag = b"<c " + b'r="A1" ' * 150_000 + end.encode()
    changed(
        path, "xl/worksheets/sheet1.xml", lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + tag)
    )
    start = time.process_time()
    assert merged_downwards(path, "Sheet") in ([], [Merged(1, 2, 4)])
    assert time.process_time() - start < 2  # as it took minutes
