"""The published data sets, against sums made by pandas alone."""

from __future__ import annotations

import gzip
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from clv_xl.orders import load_orders

if TYPE_CHECKING:
    from pathlib import Path


def cdnow(path: Path) -> pd.DataFrame:
    """CDNOW's master file has blanks between its columns."""
    return pd.read_csv(path, sep=r"\s+", header=0, names=["customer", "day", "units", "dollars"], dtype=str)


def exact_sum(texts: pd.Series) -> Decimal:
    return sum((Decimal(text) for text in texts), Decimal(0))


@pytest.mark.parametrize("kind", ["csv", "nordic"])
def test_cdnow_master(tmp_path, cdnow_master, kind):
    frame = cdnow(cdnow_master)
    path = tmp_path / "cdnow.csv"
    if kind == "csv":
        frame.columns = ["customer_id", "order_date", "quantity", "amount"]
        frame.to_csv(path, index=False)
    else:
        frame["day"] = pd.to_datetime(frame["day"], format="%Y%m%d").dt.strftime("%d.%m.%Y")
        frame["dollars"] = frame["dollars"].str.replace(".", ",")
        frame.columns = ["Kundenr", "Dato", "Antall", "Beløp"]
        frame.to_csv(path, index=False, sep=";", encoding="cp1252")
    with duckdb.connect() as connection:
        intake = load_orders(connection, [path])
        customers, quantity = connection.execute(
            "SELECT count(DISTINCT customer_id), sum(quantity) FROM order_rows"
        ).fetchone()
    texts = frame.iloc[:, 3].str.replace(",", ".")
    assert (customers, intake.rows_read, intake.rows_of("used")) == (23_570, 69_659, 69_659)
    assert intake.amount_read == exact_sum(texts)
    assert quantity == frame.iloc[:, 2].astype(int).sum()
    assert (str(intake.first_day), str(intake.as_of)) == ("1997-01-01", "1998-06-30")
    zero = sum(Decimal(text) == 0 for text in texts)
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [("zero_amounts", zero)]


@pytest.mark.long
def test_cdnow_as_a_workbook_gives_the_same_account(tmp_path, cdnow_master):
    frame = cdnow(cdnow_master).head(5000)
    frame.columns = ["customer_id", "order_date", "quantity", "amount"]
    frame.to_csv(tmp_path / "a.csv", index=False)
    typed = frame.assign(
        amount=frame["amount"].astype(float),
        order_date=pd.to_datetime(frame["order_date"], format="%Y%m%d"),
        quantity=frame["quantity"].astype(int),
    )
    typed.to_excel(tmp_path / "a.xlsx", index=False, engine="openpyxl")
    with duckdb.connect() as connection:
        text = load_orders(connection, [tmp_path / "a.csv"])
        rows = connection.execute("FROM order_rows").fetchall()
        cells = load_orders(connection, [tmp_path / "a.xlsx"])
        assert connection.execute("FROM order_rows").fetchall() == rows
    assert cells.account == text.account


def test_purchases_of_eleven_years(tmp_path, shared_data):
    source = shared_data / "purchases_2005_2015" / "purchases.txt.gz"
    text = gzip.decompress(source.read_bytes()).decode()
    path = tmp_path / "purchases.txt"
    path.write_text("customer_id\tamount\torder_date\n" + text)
    frame = pd.read_csv(io.StringIO(text), sep="\t", header=None, dtype=str)
    with duckdb.connect() as connection:
        intake = load_orders(connection, [path])
        customers = connection.execute("SELECT count(DISTINCT customer_id) FROM order_rows").fetchone()
    assert (customers, intake.rows_of("used")) == ((18_417,), 51_243)
    assert intake.amount_read == exact_sum(frame[1])
    assert (str(intake.first_day), str(intake.as_of)) == ("2005-01-02", "2015-12-31")
