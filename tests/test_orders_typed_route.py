"""Columns with types are read as their texts are: the same orders, account and words, whatever stands in them."""

from dataclasses import replace

import duckdb
import pytest

from clv_xl.errors import ClvXlError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.kinds import tables

AMOUNTS = {
    "DOUBLE": (
        "1.5 0.1 19.99 -12.5 0 -0.0 nan inf -inf 1e-5 0.0001 0.00005 1.00005 1.00004999995 1.000049999 -0.00015 2.675"
        " 123456.7891 999999.99995 1000000.5 123456789.1234 4503599627370497.5 99999999999999 -99999999999999.5 1e14"
        " 1e15 1e16 1e22 -1e300 12345678901234567 1234.5678912345 7 100 1200 0.3 33.333333333333336"
    ),
    "FLOAT": "0.1 16777217 -0.0 nan inf 1e30 33.333332 19.99 0.00005",
    "DECIMAL(18, 4)": "0.1 -0.0001 12345678901234.5678 100 0",
    "DECIMAL(38, 9)": "0.00005 -0.00005 0.000149999 99999999999999.99995 12345678901234567890123456789 2.5",
    "DECIMAL(4, 1)": "0.1 -99.9 100",
    "BIGINT": "0 -1 007 9223372036854775807 -9223372036854775808 99999999999999 100000000000000 1200",
    "UBIGINT": "18446744073709551615 5",
    "HUGEINT": "170141183460469231731687303715884105727 -5 5",
    "TINYINT": "-128 127 0",
    "VARCHAR": "1,50 1.234,50 2,5 kr100,00 7,25-",
}
DAYS = {
    "DATE": "2025-01-31|1899-12-31|1900-02-28|1904-01-01|0001-01-01|9999-12-30|9999-12-31|10000-01-01|infinity"
    "|-infinity|0044-03-15 (BC)|12000-02-02|2024-02-29",
    "TIMESTAMP": "2025-01-31 23:59:59.999999|1899-12-31 00:00:01|9999-12-31 23:00:00|infinity|-infinity"
    "|0044-03-15 (BC) 10:00:00|10000-01-01 00:00:00|1969-12-31 23:59:59|0001-01-01 00:00:00|9999-12-30 23:59:59",
    "TIMESTAMP_NS": "2025-01-31 23:59:59.999999999|1899-12-31 00:00:01|1969-12-31 23:59:59.000000001"
    "|2025-02-01 00:00:00|1678-01-01 00:00:00",
    "TIMESTAMP_S": "2025-01-31 23:59:59|1899-12-31 00:00:01",
    "TIMESTAMP_MS": "2025-01-31 23:59:59.999|1899-12-31 00:00:01.5",
    "TIMESTAMPTZ": "2025-01-31 23:30:00+00|2025-10-26 00:30:00+00|2025-10-26 01:30:00+00|1899-12-31 23:59:59+00"
    "|1850-01-01 00:00:00+00|9999-12-31 23:59:59+00|2025-06-30 22:30:00-02",
    "VARCHAR": "2025-01-31|31.01.2025|2025-02-01 10:00|total",
}
OPTIONS = ReadOptions(time_zone="Europe/Oslo")


def as_texts(column, type_name, zone):
    """Hand a column over as a text, as it was done before there were types."""
    text = f"CAST({column} AS VARCHAR)"
    if type_name in {"FLOAT", "DOUBLE"}:
        value = f"CAST({text} AS DOUBLE)" if type_name == "FLOAT" else column
        text = f"CASE WHEN NOT isnan({value}) THEN rtrim(rtrim(printf('%.9f', {value}), '0'), '.') END"
    elif type_name == "TIMESTAMP WITH TIME ZONE":
        text = f"CAST(timezone('{zone}', {column}) AS VARCHAR)"
    return text, ""


def loaded(path, options):
    """Return all that comes of a file; of one that is refused, the words."""
    with duckdb.connect() as connection:
        try:
            intake = load_orders(connection, [path], options=options)
        except ClvXlError as error:
            return str(error)
        rows = connection.execute("FROM order_rows ORDER BY ALL").fetchall()
        return rows, connection.execute("FROM set_aside ORDER BY ALL").fetchall(), intake


def held_equal(path, monkeypatch, options=OPTIONS):
    """Read a file on both ways, and return what came of it."""
    typed = loaded(path, options)
    with monkeypatch.context() as patched:
        patched.setattr(tables, "handed_over", as_texts)
        texts = loaded(path, options)
    assert typed == texts
    return typed


def written(path, sql):
    """Write a query as a file of the kind that its name says."""
    if path.suffix == ".parquet":
        duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    else:
        with duckdb.connect(str(path)) as database:
            database.execute(f"CREATE TABLE orders AS {sql}")
    return path


def quick(cases, *fast):
    """Return cases for pytest, of which all but a few are left to the long run."""
    return [case if case in fast else pytest.param(case, marks=pytest.mark.long) for case in cases]


def listed(texts, type_name):
    return ", ".join(f"CAST('{text}' AS {type_name})" for text in texts) + f", CAST(NULL AS {type_name})"


@pytest.mark.parametrize("type_name", quick(AMOUNTS, "DOUBLE", "BIGINT", "DECIMAL(38, 9)"))
@pytest.mark.parametrize("name", quick(["shop.parquet", "shop.duckdb"], "shop.parquet"))
@pytest.mark.one_in(3)
def test_amounts_of_every_type_are_read_as_their_texts(tmp_path, monkeypatch, type_name, name):
    texts = AMOUNTS[type_name].split()
    sql = f"""
        SELECT 'C' || (row_number() OVER () % 4) AS customer_id, DATE '2025-01-05' + CAST(nth AS INTEGER) AS order_date,
            amount, amount AS cost, 100 + nth % 5 AS order_id
        FROM (SELECT unnest([{listed(texts, type_name)}]) AS amount, unnest(range(99)) AS nth)
        WHERE nth < {len(texts) + 1}
    """
    rows, _, intake = held_equal(written(tmp_path / name, sql), monkeypatch)
    assert rows
    assert intake.rows_read == len(texts) + 1


@pytest.mark.parametrize("type_name", quick(DAYS, "DATE", "TIMESTAMP_NS", "TIMESTAMPTZ"))
@pytest.mark.parametrize("name", quick(["shop.parquet", "shop.duckdb"], "shop.parquet"))
@pytest.mark.one_in(3)
def test_days_of_every_type_are_read_as_their_texts(tmp_path, monkeypatch, type_name, name):
    texts = DAYS[type_name].split("|")
    sql = f"""
        SELECT nth AS customer_id, day AS order_date, 10.5::DOUBLE AS amount, 'total' AS product
        FROM (SELECT unnest([{listed(texts, type_name)}]) AS day, unnest(range(99)) AS nth)
        WHERE nth < {len(texts) + 1}
    """
    rows, aside, _ = held_equal(
        written(tmp_path / name, sql), monkeypatch, replace(OPTIONS, date_format="dd.mm.yyyy")
    )
    assert rows
    assert aside


@pytest.mark.parametrize(
    "customer", quick(["' C1 '", "'=\"7\"'", "'\u00a0Ä'", "'Total'", "1.0::DOUBLE"], "' C1 '")
)
def test_odd_texts_beside_columns_with_types(tmp_path, monkeypatch, customer):
    sql = f"""
        SELECT CASE WHEN nth % 2 = 0 THEN {customer} END AS customer_id, DATE '2025-01-05' AS order_date,
            CASE nth WHEN 0 THEN 2.5::DOUBLE WHEN 2 THEN 1.25 WHEN 4 THEN 3.75 WHEN 8 THEN 'nan' END AS amount,
            CAST(nth AS BIGINT) AS order_id, nth::HUGEINT AS quantity, nth + 0.5 AS cost,
            CASE WHEN nth < 5 THEN 'completed' ELSE 'refunded' END AS status
        FROM range(12) AS given(nth)
        UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL
    """
    held_equal(written(tmp_path / "shop.parquet", sql), monkeypatch)


def test_orders_on_several_rows_and_pasted_rows(tmp_path, monkeypatch):
    sql = """
        SELECT 'C' || nth % 7 AS customer_id, TIMESTAMP '2025-01-05 10:00:00' + to_days(CAST(nth % 40 // 3 AS INTEGER))
            AS order_date, (nth % 40 // 3) * 1.005::DOUBLE AS amount, nth % 40 // 3 AS order_id, 'P' || nth AS product
        FROM range(40) AS given(nth) UNION ALL
        SELECT 'C' || nth % 7, TIMESTAMP '2025-01-05 10:00:00' + to_days(CAST(nth % 40 // 3 AS INTEGER)),
            (nth % 40 // 3) * 1.005::DOUBLE, nth % 40 // 3, 'P' || nth FROM range(40) AS given(nth)
    """
    _, _, intake = held_equal(written(tmp_path / "shop.parquet", sql), monkeypatch)
    assert any(warning.code == "copies" for warning in intake.warnings)


@pytest.mark.parametrize("swapped", quick([False, True], True))
def test_an_amount_without_tax_beside_the_total(tmp_path, monkeypatch, swapped):
    net, total = (
        ("80.0::DOUBLE + nth", "100.0 + 1.25 * nth") if not swapped else ("100 + 1.25 * nth", "80.0 + nth")
    )
    sql = f"""
        SELECT nth AS customer_id, DATE '2025-01-05' AS order_date, {net} AS "Netto",
            20::DECIMAL(10, 2) + 0.25 * nth AS "Moms", {total} AS "Total" FROM range(20) AS given(nth)
    """
    held_equal(written(tmp_path / "shop.parquet", sql), monkeypatch)


def test_a_table_that_is_no_orders_is_shown_in_the_same_words(tmp_path, monkeypatch):
    sql = "SELECT nth AS one, DATE '2025-01-05' AS two, nth / 3 AS three, 'a' AS four FROM range(20) AS given(nth)"
    refused = held_equal(written(tmp_path / "shop.parquet", sql), monkeypatch)
    assert isinstance(refused, str)
