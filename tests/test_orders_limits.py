"""What a file may load, what is left on the disk, and what becomes of files that cannot be read."""

from __future__ import annotations

import gzip
import zipfile

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.kinds.bombs import refuse_bloat

HEADER = "customer_id,order_date,amount\n"


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        yield made


# What is loaded
def bloated(path, rows=4_000, length=90_000):
    """A file of a few kilobytes whose texts are a few, each of them very often."""
    with duckdb.connect() as made:
        made.execute(
            f"COPY (SELECT (i % 100)::VARCHAR AS customer_id, DATE '2026-01-05' AS order_date, 5 AS amount,"
            f" repeat('x', {length}) AS note FROM range({rows}) AS given(i)) TO '{path}' (FORMAT parquet)"
        )
    return path


def test_a_small_file_that_loads_much_is_refused_before_it_is_loaded(connection, tmp_path):
    path = bloated(tmp_path / "shop.parquet")
    assert path.stat().st_size < 50_000
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value) == (
        "shop.parquet holds 4,000 rows of 4 columns that take 343 MB when they are read; of a file of 0.1 MB at most"
        ' 256 MB are read. Read the columns of the orders only: --query "SELECT customer_id, order_date, amount FROM'
        ' given", with the names that they have there.'
    )
    query = "SELECT customer_id, order_date, amount FROM given"
    assert load_orders(connection, [path], options=ReadOptions(query=query)).rows_read == 4_000


def test_ten_million_orders_are_no_bloat():
    """Eight columns with texts of 60 bytes a row, in 9 bytes a row: less than any export packs to."""
    refuse_bloat("shop.parquet", 10_000_000, 8, 600_000_000, 90_000_000, "")


# Blank lines
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "zip"])
@pytest.mark.parametrize(
    "blank", [" " * 2_000 + "\n", "," * 1_999 + "\r\n", pytest.param("\n", marks=pytest.mark.long)]
)
def test_blank_lines_are_read_past_packed_or_not(connection, tmp_path, kind, blank):
    end = "\r\n" if "\r" in blank else "\n"
    text = (HEADER.replace("\n", end) + f"a,2026-01-05,10{end}" + blank * 4 + f"b,2026-01-06,x{end}").encode()
    text += (blank * ((9 << 20) // len(blank))).encode()
    path = tmp_path / f"shop.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("shop.csv", text)
    else:
        path.write_bytes(gzip.compress(text, 1) if kind == "csv.gz" else text)
    assert load_orders(connection, [path]).rows_read == 2
    assert connection.execute("SELECT file_row FROM set_aside").fetchall() == [(7,)]
