"""Every kind of file and database: the same shop gives the same account and the same customers."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import io
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.kinds.given import StandardInput, find_sources
from clv_xl.orders.kinds.tables import choose_table
from tests.shop_files import KINDS, as_csv, shop_rows

ROWS = shop_rows()


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        yield made


def read(connection, *sources, **options):
    """The account, and every row that counts or is set aside, without what depends on the file."""
    intake = load_orders(connection, list(sources), options=ReadOptions(**options))
    rows = connection.execute("SELECT * EXCLUDE (file_number) FROM order_rows").fetchall()
    aside = connection.execute("SELECT row_number, file_row, reason FROM set_aside").fetchall()
    return intake, (intake.account, intake.as_of, intake.first_day, dict(intake.columns), rows, aside)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    path.write_bytes(as_csv(ROWS))
    with duckdb.connect() as connection:
        found = read(connection, path)[1]
    assert [(line.outcome, line.reason, line.rows) for line in found[0]] == [
        ("used", "", 187),
        ("refund", "", 8),
        ("set aside", "missing_customer", 1),
        ("set aside", "bad_date", 1),
        ("set aside", "missing_amount", 1),
        ("set aside", "refund_without_order", 2),
    ]
    return found


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_same_shop_in_every_kind(connection, tmp_path, expected, kind):
    path = tmp_path / kind.name
    kind.write(path, ROWS)
    intake, found = read(connection, path)
    assert found == expected
    assert intake.files[0].kind == kind.kind
    assert intake.files[0].bytes == path.stat().st_size
    assert not [warning for warning in intake.warnings if warning.code != "refund_without_order"]


@pytest.mark.office
@pytest.mark.parametrize("ending", ["xls", "ods", "xlsx"])
def test_the_same_shop_as_libreoffice_writes_it(connection, tmp_path, expected, soffice, ending):
    book = tmp_path / "orders.xlsx"
    next(kind for kind in KINDS if kind.name == "orders.xlsx").write(book, ROWS)
    made = soffice(book, ending, tmp_path / "made")
    assert read(connection, made)[1] == expected


def test_a_workbook_with_the_ending_of_another_kind(connection, tmp_path, expected):
    path = tmp_path / "orders.xlsx"
    next(kind for kind in KINDS if kind.name == "orders.ods").write(path, ROWS)
    assert read(connection, path)[1] == expected


def test_a_folder_is_read_file_by_file_and_tells_what_it_passed_over(connection, tmp_path, expected):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "b.csv").write_bytes(as_csv(ROWS[100:]))
    (shop / "a.csv.gz").write_bytes(gzip.compress(as_csv(ROWS[:100])))
    (shop / "notes.txt").write_text("nothing of interest\n")
    (shop / "photo.png").write_bytes(b"\x89PNG")
    (shop / ".hidden.csv").write_bytes(as_csv(ROWS))
    (shop / "~$a.xlsx").write_bytes(b"x")
    (shop / "older").mkdir()
    (shop / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (shop / "loop").symlink_to(shop)
    (tmp_path / "elsewhere.csv").write_bytes(as_csv(ROWS))
    os.mkfifo(shop / "pipe.csv")
    intake, found = read(connection, shop)
    assert [file.name for file in intake.files] == ["a.csv.gz", "b.csv"]
    assert found[0] == expected[0]
    [told] = [warning.text for warning in intake.warnings if warning.code == "folder_read"]
    assert told == (
        f"{shop}: 2 files read: a.csv.gz, b.csv. Passed over: .hidden.csv (a hidden file); link.csv (a link: name what"
        " it leads to); loop (a link: name what it leads to); notes.txt (this is text without columns, such as"
        ' "nothing of interest")'
        "; older (a folder: name it itself); photo.png (its ending is none of an order file); pipe.csv (a pipe"
        " or a device); ~$a.xlsx (a hidden file)."
    )


def test_a_question_about_a_file_of_a_folder_is_asked_not_passed_over(connection, tmp_path):
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS))
    (tmp_path / "b.csv").write_text("customer_id,order_date,amount\n1,01/02/2024,5\n")
    with pytest.raises(InputError, match=r'^b\.csv: column "order_date" can be read in two ways'):
        load_orders(connection, [tmp_path])


def test_a_pattern(connection, tmp_path, expected):
    (tmp_path / "2024-b.csv").write_bytes(as_csv(ROWS[100:]))
    (tmp_path / "2024-a.csv").write_bytes(as_csv(ROWS[:100]))
    (tmp_path / "2023.csv").write_bytes(as_csv(ROWS))
    intake, found = read(connection, tmp_path / "2024-*.csv")
    assert [file.name for file in intake.files] == ["2024-a.csv", "2024-b.csv"]
    assert found[0] == expected[0]
    with pytest.raises(InputError, match="no file fits this pattern"):
        load_orders(connection, [tmp_path / "2022-*.csv"])


@pytest.mark.parametrize("name", ["orders[1].csv", "orders*.parquet"])
def test_a_name_with_the_signs_of_a_pattern_is_a_name(connection, tmp_path, expected, name):
    path = tmp_path / name
    kind = next(kind for kind in KINDS if Path(kind.name).suffix == path.suffix)
    kind.write(tmp_path / kind.name, ROWS)
    (tmp_path / kind.name).rename(path)
    assert read(connection, path)[1] == expected


def test_a_parquet_file_named_like_a_pattern_is_read_itself(connection, tmp_path):
    for name, amount in (("o[1].parquet", 7), ("o1.parquet", 100)):
        connection.execute(
            "COPY (SELECT 1 AS order_id, 'a' AS customer, DATE '2026-01-05' AS order_date,"
            f" {amount}.0 AS amount) TO '{tmp_path / 'made.parquet'}' (FORMAT parquet)"
        )
        (tmp_path / "made.parquet").rename(tmp_path / name)
    load_orders(connection, [tmp_path / "o[1].parquet"])
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (7,)


def test_what_the_command_writes_is_no_input_of_a_folder(tmp_path):
    for name in ("orders.csv", "report.xlsx", "aside.csv"):
        (tmp_path / name).write_bytes(as_csv(ROWS))
    found = find_sources([tmp_path], not_read=[tmp_path / "report.xlsx", None, tmp_path / "aside.csv"])
    assert found.paths == (tmp_path / "orders.csv",)


@pytest.mark.parametrize("kind", ["orders.csv", "orders.xlsx", "orders.parquet"])
def test_standard_input(connection, tmp_path, expected, kind):
    path = tmp_path / kind
    next(one for one in KINDS if one.name == kind).write(path, ROWS)
    intake, found = read(connection, StandardInput(io.BytesIO(path.read_bytes())))
    assert found == expected
    assert intake.files[0].name == "standard input"
    with pytest.raises(InputError, match=r"^standard input is empty"):
        load_orders(connection, [StandardInput(io.BytesIO())])


@pytest.mark.long
def test_the_command_line_reads_standard_input(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "clv_xl.cli", "check", "-", "--json"],
        input=as_csv(ROWS), capture_output=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["read"] == 200


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, as_csv(ROWS))
    return path


def test_a_zip_of_several_files_is_a_question_with_the_commands_that_answer_it(connection, tmp_path):
    path = zipped(tmp_path / "shop.zip", "2023/orders.csv", "2024/orders 2.csv")
    folder = tmp_path / "shop"
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value) == (
        "shop.zip holds 2 files that may be orders: orders.csv, orders 2.csv. Unpack it into a folder of its own (in"
        " Windows: Extract All), and name the folder to read all of them as one, or one of the files:\n"
        f'  unzip -j "{path}" -d "{folder}"\n'
        f'  clv-xl check "{folder}"\n'
        f'  clv-xl check "{folder / "orders.csv"}"'
    )


@pytest.mark.skipif(shutil.which("unzip") is None, reason="needs unzip")
def test_the_commands_for_a_zip_of_several_files_end_in_a_reading(connection, tmp_path):
    path = zipped(tmp_path / "my shop.zip", "2023/orders.csv", "2024/orders 2.csv")
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    unzip, check, one = (shlex.split(line) for line in str(error.value).splitlines()[1:])
    subprocess.run(unzip, check=True, capture_output=True)
    assert [len(load_orders(connection, [Path(named[-1])]).files) for named in (check, one)] == [2, 1]


def test_a_zip_of_files_of_one_name_is_not_unpacked_into_one_folder(connection, tmp_path):
    path = zipped(tmp_path / "shop.zip", "2023/orders.csv", "2024/orders.csv")
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value) == (
        "shop.zip holds 2 files that may be orders: 2023/orders.csv, 2024/orders.csv. Some have the same name: unpack"
        " it with its folders, and name each of these files, one after the other."
    )


def test_commands_for_a_zip_hold_no_text_from_it_that_a_shell_would_run(connection, tmp_path):
    path = zipped(tmp_path / "shop.zip", "$(reboot).csv", "b.csv")
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    first, *commands = str(error.value).splitlines()
    assert "$(reboot).csv, b.csv" in first
    assert [line for line in commands if "reboot" in line] == []
    assert commands[1] == f'  clv-xl check "{tmp_path / "shop"}"'


def test_a_zip_of_several_files_from_another_program_shows_no_path_of_ours(connection, tmp_path):
    path = zipped(tmp_path / "shop.zip", "a.csv", "b.csv")
    with pytest.raises(InputError) as error:
        load_orders(connection, [StandardInput(io.BytesIO(path.read_bytes()))])
    assert str(error.value).endswith("and name the folder to read all of them as one, or one of the files.")


def test_a_zip_without_orders_is_told(connection, tmp_path):
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.md", "x")
        archive.writestr("inner.zip", "x")
    with pytest.raises(InputError, match=r"holds no file that is read as orders \(readme.md, inner.zip\)"):
        load_orders(connection, [path])


# Databases
def shop(path, *statements):
    make = duckdb.connect(str(path)) if path.suffix == ".duckdb" else sqlite3.connect(path)
    for statement in statements:
        make.execute(statement)
    if isinstance(make, sqlite3.Connection):
        make.commit()
    make.close()
    return path


ORDERS = "(customer_id VARCHAR, order_date DATE, amount DOUBLE)"
ONE = "VALUES ('a', '2024-01-05', 12.5), ('b', '2024-02-05', 7)"


def test_which_table_looks_like_orders():
    columns = ["customer_id", "order_date", "amount"]
    tables = {"stores": ('"stores"', ["store"]), "sales": ('"x"."sales"', columns)}
    assert choose_table("shop.db", tables, ReadOptions()) == ("sales", 'SELECT * FROM "x"."sales"')
    assert choose_table("shop.db", tables, ReadOptions(table="stores"))[0] == "stores"
    with pytest.raises(
        InputError, match=r'the tables "sales" and "more" all look like orders\. Say which one: --table'
    ):
        choose_table("shop.db", tables | {"more": ('"more"', columns)}, ReadOptions())


@pytest.mark.long
@pytest.mark.parametrize("ending", ["duckdb", "sqlite"])
def test_which_table_of_a_database(connection, tmp_path, ending):
    path = shop(
        tmp_path / f"shop.{ending}",
        f"CREATE TABLE sales {ORDERS}", f"INSERT INTO sales {ONE}",
        f"CREATE TABLE returns {ORDERS}", "CREATE TABLE stores (store INTEGER)",
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value) == (
        f'shop.{ending}: the tables "returns" and "sales" all look like orders. Say which one: --table "returns".'
    )
    intake, _ = read(connection, path, table="sales")
    assert (intake.amount_read, intake.files[0].name) == (Decimal("19.5"), f"shop.{ending} sales")
    with pytest.raises(
        UsageError, match=r'no table "sale"\. Did you mean "sales"\? Tables found: "returns", "sales"'
    ):
        load_orders(connection, [path], options=ReadOptions(table="sale"))
    query = "SELECT customer_id, order_date, 2 * amount AS amount FROM sales WHERE amount > 10;"
    intake, _ = read(connection, path, query=query)
    assert (intake.amount_read, intake.files[0].name) == (25, f"shop.{ending} query")
    for wrong in ("SELECT nothing FROM sales", "DELETE FROM sales", "ATTACH 'other.db' AS other"):
        with pytest.raises(UsageError, match=r"--query cannot be run \("):
            load_orders(connection, [path], options=ReadOptions(query=wrong))
    shop(path, "DROP TABLE sales", "DROP TABLE returns", "CREATE TABLE people (name VARCHAR)")
    with pytest.raises(
        InputError, match=r'no table looks like orders, .* Tables found: "people", "stores"\.'
    ):
        load_orders(connection, [path])


def test_a_database_reaches_no_other_file(connection, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(as_csv(ROWS))
    path = shop(tmp_path / "shop.duckdb", f"CREATE VIEW orders AS SELECT * FROM read_csv('{secret}')")
    with pytest.raises(InputError, match=r"^shop\.duckdb cannot be read \(.*disabled by configuration"):
        load_orders(connection, [path])
    with pytest.raises(UsageError, match="--query cannot be run"):
        load_orders(connection, [path], options=ReadOptions(query="INSTALL httpfs"))


def test_a_query_of_sqlite_may_only_read_tables(connection, tmp_path):
    path = tmp_path / "shop.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE orders (customer, order_date, amount)")
        made.commit()
    with pytest.raises(UsageError, match=r"--query cannot be run \(.*(authorized|prohibited)"):
        load_orders(connection, [path], options=ReadOptions(query="SELECT file FROM pragma_database_list"))


def test_types_lose_nothing(connection, tmp_path):
    path = tmp_path / "shop.parquet"
    connection.execute(f"""
        COPY (SELECT * FROM (VALUES
            (17850, TIMESTAMP '2024-01-05 23:59:59.999', 12345678901234.5678::DECIMAL(18, 4), 0.1::FLOAT),
            (9007199254740993, TIMESTAMP '2024-02-29 00:00:00', 1.234::DECIMAL(18, 4), 'nan'::FLOAT)
        ) AS given(customer_id, order_date, amount, cost)) TO '{path}' (FORMAT parquet)
    """)
    # what holds for texts does not touch what came as a number or a date
    intake, _ = read(connection, path, decimal=",", date_format="mm/dd/yyyy")
    rows = connection.execute("SELECT customer_id, day, amount, cost FROM order_rows ORDER BY 2").fetchall()
    assert rows == [
        ("17850", dt.date(2024, 1, 5), Decimal("12345678901234.5678"), Decimal("0.1")),
        ("9007199254740993", dt.date(2024, 2, 29), Decimal("1.234"), None),
    ]
    assert intake.rows_read == 2


@pytest.mark.long
def test_texts_of_a_table_are_read_as_those_of_a_text_file(connection, tmp_path):
    path = tmp_path / "shop.parquet"
    connection.execute(f"COPY (SELECT 'a' AS customer_id, '05.01.2024' AS order_date, '1.234' AS amount) TO '{path}'"
                       " (FORMAT parquet)")  # fmt: skip
    with pytest.raises(InputError, match=r'"1\.234" is 1234 \(--decimal ","\) or 1\.234'):
        load_orders(connection, [path])
    assert read(connection, path, decimal=",")[0].amount_read == 1234


def test_a_moment_with_a_zone_is_of_the_day_in_the_business_zone(connection, tmp_path):
    path = tmp_path / "shop.parquet"
    connection.execute(f"""
        COPY (SELECT 'a' AS customer_id, TIMESTAMPTZ '2024-01-31 23:30:00+00' AS order_date, 5 AS amount)
        TO '{path}' (FORMAT parquet)
    """)
    intake, _ = read(connection, path)
    assert intake.as_of == dt.date(2024, 1, 31)
    assert [w.text for w in intake.warnings if w.code == "time_zone"] == [
        (
            'shop.parquet: "order_date" holds moments with a time zone, and their days are taken in UTC. Say where the'
            " business is: --time-zone Europe/Oslo, for example."
        )
    ]
    intake, _ = read(connection, path, time_zone="Europe/Oslo")
    assert (intake.as_of, len(intake.warnings)) == (dt.date(2024, 2, 1), 0)
    with pytest.raises(UsageError, match=r'"Europe/Osl" is no time zone\. Did you mean "Europe/Oslo"'):
        load_orders(connection, [path], options=ReadOptions(time_zone="Europe/Osl"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "a", "query": "b"}, "--table and --query both say"),
        ({"query": " ; "}, "--query is blank"),
        ({"time_zone": "it's here"}, "is no time zone"),
    ],
)
def test_options_that_mean_nothing(options, message):
    with pytest.raises(UsageError, match=message):
        ReadOptions(**options)


@pytest.mark.long
def test_a_query_of_a_parquet_file(connection, tmp_path):
    path = tmp_path / "shop.parquet"
    duckdb.sql(
        "SELECT 'a' AS customer_id, DATE '2024-01-31' AS order_date, unnest([5, 7]) AS amount"
    ).write_parquet(str(path))
    assert read(connection, path, query="SELECT * FROM given WHERE amount > 5")[0].amount_read == 7


@pytest.mark.parametrize("option", ["table", "query", "sheet"])
def test_an_option_that_no_file_uses_is_refused(connection, tmp_path, option):
    path = tmp_path / "shop.csv"
    path.write_text("customer_id,order_date,amount\na,2024-01-31,5\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f'--{option} "orders": shop.csv is not a .* Leave --{option} out'):
        read(connection, path, **{option: "orders"})


def test_rows_in_the_write_ahead_log_of_sqlite_are_read(connection, tmp_path):
    path = tmp_path / "shop.sqlite"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("CREATE TABLE orders (customer_id, order_date, amount)")
    writer.execute("INSERT INTO orders VALUES ('a', '2024-01-31', 5)")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO orders VALUES ('b', '2024-02-01', 7)")
    assert read(connection, path)[0].amount_read == 12
    writer.close()


def test_numbers_and_texts_mixed_in_a_column_of_sqlite(connection, tmp_path):
    path = shop(
        tmp_path / "shop.sqlite",
        "CREATE TABLE orders (customer_id, order_date, amount)",
        "INSERT INTO orders VALUES (1, '2024-01-05', 1.5), ('b', '2024-01-06', '2,50'), (x'00', '2024-01-07', NULL)",
    )
    intake, _ = read(connection, path, decimal=",")
    rows = connection.execute("SELECT customer_id, amount FROM order_rows ORDER BY 1").fetchall()
    assert rows == [("1", Decimal("1.5")), ("b", Decimal("2.5"))]
    assert intake.rows_read == 3


def test_the_options_reach_the_reader(cli, tmp_path):
    connection = duckdb.connect()
    connection.execute(f"""
        COPY (SELECT 'a' AS customer_id, TIMESTAMPTZ '2024-01-31 23:30:00+00' AS order_date, 5 AS amount)
        TO '{tmp_path / "shop.parquet"}' (FORMAT parquet)
    """)
    told = json.loads(cli("check", "shop.parquet", "--time-zone", "Europe/Oslo", "--json").stdout)
    assert (told["as_of"], told["files"][0]["kind"], told["warnings"]) == ("2024-02-01", "parquet", [])
    wrong = cli("check", "shop.parquet", "--table", "a", "--query", "SELECT 1")
    assert (wrong.exit_code, wrong.stderr) == (
        2, "Error: --table and --query both say which rows are read. Use one of them.\n",
    )  # fmt: skip
    unread = cli("check", "mysql://ann:secret@host/shop")
    assert unread.exit_code == 2
    assert "secret" not in unread.stderr
    assert "--table" in cli("check", "--help").stdout


@pytest.mark.long
def test_a_folder_is_reported_twice_though_the_report_lies_in_it(cli, tmp_path):
    (tmp_path / "orders.csv").write_bytes(as_csv(ROWS))
    for _ in range(2):
        done = cli("report", ".", "-o", "report.xlsx", "--set-aside", "aside.csv")
        assert done.exit_code == 0, done.stderr
        assert "200 rows read from orders.csv" in done.stdout
    told = json.loads(cli("check", ".", "--json").stdout)
    assert [file["name"] for file in told["files"]] == ["orders.csv"]
    assert told["warnings"][-1]["text"] == (
        ".: 1 file read: orders.csv. Passed over: aside.csv (rows that were set aside); report.xlsx (a report of"
        " clv_xl)."
    )


def test_a_parquet_file_that_is_cut_off_is_called_so(connection, tmp_path):
    path = tmp_path / "shop.parquet"
    path.write_bytes(b"PAR1" + bytes(range(200)))
    with pytest.raises(InputError, match=r"^shop\.parquet is cut off, or no Parquet file\. "):
        load_orders(connection, [path])
