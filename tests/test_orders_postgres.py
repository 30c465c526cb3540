"""Orders straight out of PostgreSQL: the report of a table is that of its CSV export, and no password is told."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import struct
import threading
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.jobs import make_report
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.columns_seen import look
from clv_xl.orders.kinds import postgres
from clv_xl.orders.kinds.given import order_source
from clv_xl.orders.kinds.postgres import _reason
from clv_xl.orders.kinds.postgres_url import PostgresUrl
from clv_xl.parameters import Parameters
from tests.postgres_server import PASSWORD, find_programs, running
from tests.reading import Workbook
from tests.shop_files import shop_rows


@pytest.fixture(scope="module")
def server():
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running(programs) as made:
        yield made


@pytest.fixture
def session(server):
    import pg8000.native

    made = pg8000.native.Connection(
        "shop", host="127.0.0.1", port=server.port, database="shop", password=PASSWORD
    )
    made.run("DROP SCHEMA public CASCADE")
    made.run("CREATE SCHEMA public")
    yield made
    made.close()


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        yield made


def orders_in(session, table="orders"):
    columns = "customer_id text, order_date date, amount numeric(12, 2), order_id integer, country text"
    session.run(f"CREATE TABLE {table} ({columns})")
    for row in shop_rows():
        session.run(
            f"INSERT INTO {table} VALUES (:a, :b, :c, :d, :e)", **dict(zip("abcde", row, strict=True))
        )


def refused(connection, url, error=InputError, **options):
    with pytest.raises(error) as told:
        load_orders(connection, [PostgresUrl.of(url)], options=ReadOptions(**options))
    assert PASSWORD not in str(told.value)
    assert told.value.__cause__ is None
    return str(told.value)


@pytest.mark.office
def test_the_report_is_that_of_the_csv_export(server, session, tmp_path):
    orders_in(session)
    export = tmp_path / "orders.csv"
    with export.open("wb") as stream:
        session.run("COPY orders TO STDOUT WITH (FORMAT csv, HEADER)", stream=stream)
    books = []
    for name, source in (("file", export), ("base", PostgresUrl.of(server.url()))):
        made = make_report([source], tmp_path / f"{name}.xlsx", ReadOptions(), Parameters())
        books.append(Workbook(made.path))
    file, base = books
    assert file.sheets.keys() == base.sheets.keys()
    differing = {
        (title, base.sheets[title][place].value)
        for title in file.sheets
        for place in file.sheets[title].keys() | base.sheets[title].keys()
        if file.sheets[title].get(place) != base.sheets[title].get(place)
    }
    told = {str(value).partition("; ")[0] for _, value in differing}
    name = f"postgresql://127.0.0.1:{server.port}/shop orders"
    # its name, what it was read as, its bytes and their hash: the row of the table Files
    assert {name, "postgresql"} <= told
    assert len(differing) <= 6, differing
    for content in (tmp_path / "base.xlsx").read_bytes(), *base.parts.values():
        assert PASSWORD.encode() not in content
        assert b"p%40ss" not in content


@pytest.mark.office
def test_types_and_zones_lose_nothing(server, session, connection):
    session.run(
        "CREATE TABLE sales (customer_id bigint, paid timestamptz, amount double precision, cost numeric)"
    )
    session.run("INSERT INTO sales VALUES (9007199254740993, '2024-01-31 23:30+00', 0.1::float8 + 0.2::float8, 'NaN'),"
                " (7, '2024-02-29 12:00+00', 'NaN', 1.2345), (NULL, NULL, NULL, NULL)")  # fmt: skip
    options = ReadOptions(time_zone="Europe/Oslo", decimal=",", columns={"order_date": "paid"})
    intake = load_orders(connection, [PostgresUrl.of(server.socket_url)], options=options)
    assert connection.execute("SELECT customer_id, day, amount, cost FROM order_rows").fetchall() == [
        ("9007199254740993", dt.date(2024, 2, 1), Decimal("0.3"), None)
    ]
    assert [(line.reason, line.rows) for line in intake.account if line.reason] == [("missing_amount", 1)]


@pytest.mark.office
def test_tables_queries_and_what_is_not_there(server, session, connection):
    orders_in(session)
    orders_in(session, '"Old orders"')
    url, name = server.url(), f"postgresql://127.0.0.1:{server.port}/shop"
    assert refused(connection, url) == (
        f'{name}: the tables "Old orders" and "orders" all look like orders. Say which one: --table "Old orders".'
    )
    assert 'no table "order". Did you mean "orders"?' in refused(connection, url, UsageError, table="order")
    query = "SELECT * FROM orders WHERE country = 'NO' -- a remark"
    intake = load_orders(connection, [PostgresUrl.of(url)], options=ReadOptions(query=query))
    assert (intake.rows_read, intake.files[0].name) == (67, f"{name} query")
    for wrong in ("SELECT nothing", "DELETE FROM orders RETURNING *", "SELECT 1); DROP TABLE orders; --"):
        assert "--query cannot be run (" in refused(connection, url, UsageError, query=wrong)
    session.run("CREATE SEQUENCE counted")
    sly = "SELECT orders.*, nextval('counted') FROM orders"
    assert "read-only transaction" in refused(connection, url, UsageError, query=sly)
    ended = "SELECT 1) AS x; COMMIT; DROP TABLE orders; SELECT * FROM (SELECT 1"
    assert "multiple commands" in refused(connection, url, UsageError, query=ended)
    assert session.run("SELECT count(*) FROM orders") == [[200]]
    for broken in (
        server.url(password="wrong"), server.url(database="nowhere"), "postgresql://shop@127.0.0.1:1/shop",
    ):  # fmt: skip
        assert "cannot be reached (" in refused(connection, broken)
    assert "cannot be reached (" in refused(connection, f"{url}?sslmode=require")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:secret@h/d", r"^mysql://\.\.\. is no source of orders"),
        ("postgresql://u:secret@h", "names no database"),
        ("postgresql://u:secret@h:port/d", "cannot be understood"),
        ("postgresql://u:sec/ret@h:12ab/d", "cannot be understood"),
        ("postgresql://u:secret@h/d?sslmode=maybe", 'sslmode "maybe" is none of'),
        ("postgresql://u:secret@h/d?secret2=1", '"secret2" is none of host'),
    ],
)
def test_a_url_that_is_none(url, message):
    with pytest.raises(UsageError, match=message) as error:
        PostgresUrl.of(url)
    assert "secret@" not in str(error.value)
    assert "sec/ret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:12/34secret@localhost/db", "postgresql://ann:5?sslmode=secret@h/db",
        "postgresql://ann:5432#secret@h/db", "postgresql://ann:5?secret@x=1/y", "postgres:/ann:secret@h/db",
        "postgresql:ann:secret@h/db", "mysql:/ann:secret@h/db", "//ann:secret@h/db", "ann:secret@h/db",
        "postgresql://ann:secret@" + "a" * 70 + "/db",
    ],
)  # fmt: skip
def test_a_password_in_a_wrong_url_is_not_repeated(url):
    with pytest.raises(UsageError, match=r"URL of (the|a) database") as error:
        order_source(url)
    assert "secret" not in str(error.value)


@contextmanager
def answering(*answers):
    """Listen as a server that gives each connection its answers, and then nothing; yield its URL and what it got."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with contextlib.suppress(OSError):
                for given in (*answers, ()):
                    line, _ = listening.accept()
                    held.append(line)
                    for answer in given:
                        got.append(line.recv(1000))
                        line.sendall(answer)
                    line.settimeout(0.5)
                    with contextlib.suppress(OSError):
                        got.append(line.recv(1000))

        held = []
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield f"postgresql://ann:secret@127.0.0.1:{listening.getsockname()[1]}/db", got
        for line in held:
            line.close()


def test_a_silent_server_is_not_waited_for(monkeypatch, connection):
    monkeypatch.setattr(postgres, "_WAIT_SECONDS", 0.2)
    with answering() as (url, _), pytest.raises(InputError, match=r"cannot be reached .*timed out"):
        load_orders(connection, [PostgresUrl.of(url)])


def test_a_password_is_never_sent_in_clear_text_unasked(monkeypatch, connection):
    monkeypatch.setattr(postgres, "_WAIT_SECONDS", 0.5)
    asks = b"R" + struct.pack("!ii", 8, 3)
    with answering([b"N"], [asks]) as (url, got):
        with pytest.raises(InputError, match=r"in clear text .* add \?sslmode=disable"):
            load_orders(connection, [PostgresUrl.of(url)])
        assert b"secret" not in b"".join(got)
    with answering([asks]) as (url, got), pytest.raises(InputError, match="cannot be reached"):
        load_orders(connection, [PostgresUrl.of(url + "?sslmode=disable")])
    assert b"secret" in b"".join(got)


def test_what_is_no_postgresql_server_is_told(monkeypatch, connection):
    monkeypatch.setattr(postgres, "_WAIT_SECONDS", 0.2)
    with (
        answering([b"HTTP/1.1 400 Bad Request" + b"x" * 99]) as (url, _),
        pytest.raises(InputError, match="cannot be reached"),
    ):
        load_orders(connection, [PostgresUrl.of(url + "?sslmode=disable")])


@pytest.mark.office
def test_a_long_text_is_cut_and_a_row_too_long_is_told_without_data(server, session, connection):
    session.run(
        "CREATE TABLE orders AS SELECT 'ann'::text AS customer_id, DATE '2026-01-05' AS order_date, 5 AS amount,"
        " repeat('x', 2100000) AS note"
    )
    assert load_orders(connection, [PostgresUrl.of(server.url())]).rows_read == 1
    notes = ", ".join(f"repeat('x', 32000) AS n{at}" for at in range(300))
    query = f"SELECT *, {notes} FROM orders"
    assert (
        load_orders(connection, [PostgresUrl.of(server.url())], options=ReadOptions(query=query)).rows_read
        == 1
    )


@pytest.mark.office
def test_only_what_is_needed_of_a_table_is_copied(server, session, connection):
    """A column that nothing takes tells rows apart all the same, and the first rows of it are shown."""
    session.run(
        "CREATE TABLE orders AS SELECT i / 2 AS order_id, 'a' || i / 4 AS customer_id, DATE '2026-01-05' AS order_date,"
        " 5 AS amount, 'line ' || i % 2 || repeat('x', 3000) AS note FROM generate_series(0, 2999) AS given(i)"
    )
    url = PostgresUrl.of(server.url())
    intake = load_orders(connection, [url], options=ReadOptions(order_amounts="add"))
    assert (intake.rows_read, intake.amount_read) == (3_000, 15_000)
    # 1,000 rows show 200 letters of the note; all of it would be 9 MB
    assert intake.files[0].bytes < 500_000
    assert not [told for told in intake.warnings if told.code == "duplicate_rows"]
    seen = look(connection, url, ReadOptions(order_amounts="add"))
    assert [column.samples[0][:6] for column in seen.columns if column.header == "note"] == ["line 0"]
    with pytest.raises(InputError, match="No column for amount"):
        load_orders(
            connection, [url], options=ReadOptions(query="SELECT customer_id, order_date FROM orders")
        )


@pytest.mark.parametrize("path", ["C:\\ann\\a@b.csv", "shop@2026.csv", "orders 10:30.csv", "/data/a@b/c.csv"])
def test_a_path_is_no_url(path):
    assert order_source(path) == Path(path)


def test_a_password_in_what_the_database_says_is_masked(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "of-the-variable")
    url = PostgresUrl.of("postgresql://ann:of-the-url@h/db")
    told = _reason(Exception({"M": "no of-the-url, no of-the-variable."}), url)
    assert told == "no ***, no ***"


def test_a_password_is_in_no_name():
    url = PostgresUrl.of("postgres://ann:secret@db.example.com:6000/shop?sslmode=require")
    assert (url.name, url.password, url.user) == ("postgresql://db.example.com:6000/shop", "secret", "ann")
    assert "secret" not in repr(url)


def test_the_extra_is_asked_for_where_it_is_missing(monkeypatch, connection):
    monkeypatch.setitem(__import__("sys").modules, "pg8000.native", None)
    with pytest.raises(
        UsageError, match=r'needs the extra "postgres"\. Install it: pip install "clv-xl\[postgres\]"'
    ):
        load_orders(connection, [PostgresUrl.of("postgresql://u@h/d")])
