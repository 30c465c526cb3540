"""The report is the same whatever groups the orders: DuckDB here, PostgreSQL or Spark where the data are."""

from __future__ import annotations

import datetime as dt
import importlib.util
import math
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import pytest

from clv_xl.customers.calendar import Period, cohorts, months
from clv_xl.customers.summary import gap_counts, measured_window, prepare, summarise
from clv_xl.engines.dialects import filled, text_in
from clv_xl.engines.door import door
from clv_xl.engines.opened import in_place
from clv_xl.engines.wanted import Engine
from clv_xl.errors import ArgumentError, InputError, UsageError
from clv_xl.jobs import make_report
from clv_xl.orders import OrderRules, ReadOptions
from clv_xl.orders.kinds.given import order_source
from clv_xl.orders.pseudonyms import Pseudonyms
from clv_xl.parameters import Parameters
from clv_xl.sample import write_sample
from tests import dialects
from tests.oracle import Line, Shop
from tests.postgres_server import PASSWORD, Server, find_programs, running
from tests.reading import Workbook
from tests.shops import cdnow_lines, write_orders

if TYPE_CHECKING:
    from collections.abc import Iterator


OSLO = "Europe/Oslo"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running(programs) as made:
        yield made


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason='pyspark is not installed: pip install "clv-xl[spark]"')
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    # of another zone than the business, and not that of the files
    builder = builder.config("spark.sql.session.timeZone", "America/New_York")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Java is not installed (Debian: apt install default-jre-headless)")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def report(path: Path, word: str, engine: Engine | None = None, **options: Any) -> Workbook:
    made = make_report([order_source(word)], path, ReadOptions(**options), Parameters(), engine=engine)
    return Workbook(made.path)


def differing(one: Workbook, other: Workbook) -> dict[str, set[str]]:
    """The sheets whose cells differ, and what stands there in the second."""
    assert one.sheets.keys() == other.sheets.keys()
    found: dict[str, set[str]] = {}
    for title, cells in one.sheets.items():
        for place in cells.keys() | other.sheets[title].keys():
            if cells.get(place) != (there := other.sheets[title].get(place)):
                found.setdefault(title, set()).add(str(there.value) if there else "")
    return found


def same_but_for_the_engine(path: Path, orders: Path, engine: Engine, name: str) -> None:
    here = report(path / "here.xlsx", str(orders))
    there = report(path / "there.xlsx", str(orders), engine)
    assert differing(here, there) == {"Method": {f"Orders are grouped by {name}."}}
    parts = {part for part in here.parts if here.parts[part] != there.parts[part]}
    assert parts == {here.files["Method"]}
    assert here.parts.keys() == there.parts.keys()


class Row(NamedTuple):
    """A row of a nasty table, and what is to become of it: '' where it counts, on ``day`` as ``counted``."""

    customer: str | None
    order: str | None
    paid: str | None
    amount: float | None
    cost: str | None
    channel: str | None
    status: str | None
    verdict: str = ""
    day: str = ""
    counted: str = ""
    who: str = ""


def bulk(number: int) -> Row:
    """Late in the evening in Greenwich it is the next day in Oslo."""
    day = dt.date(2022 + number % 4, 1 + number % 12, 1 + number % 28)
    amount = round(10 + number * 1.13, 2)
    return Row(
        f"{'c' if number % 3 else 'C'}{number % 17}",
        f"r{number}",
        f"{day} 23:45",
        amount,
        None if number % 4 else f"{number * 0.31:.2f}",
        "web" if number % 5 else None,
        "paid",
        day=str(day + dt.timedelta(days=1)),
        counted=str(amount),
    )


# Moments in UTC; the shop is in Oslo.
NASTY = [
    Row("1001.0", "o1", "2024-01-31 23:30", 0.1 + 0.2, None, "Ä", "paid", "", "2024-02-01", "0.3"),
    Row("A7", "o2", "2024-02-29 12:00", 1e6 + 0.00005, "3.1", None, "betald", "", "2024-02-29", "1000000.0001"),
    Row("A7", "o2", "2024-02-29 12:00", 5.0, "1", "Z", None, "", "2024-02-29", "5"),
    Row("A7", "o3", "2024-02-29 12:01", 0.0, None, "a", "on the moon", "", "2024-02-29", "0"),
    Row(" A7 ", None, "2025-02-28 22:59", -2.5, "1", None, "", "", "2025-02-28", "-2.5", "A7"),
    Row("ÅSA@Example.com", "o4", "2024-03-31 00:30", 12.345678, None, "b", "paid", "", "2024-03-31", "12.3457",
        "åsa@example.com"),
    Row("é", "o5", "2024-10-26 22:30", 7.25, None, "c", "refunded", "", "2024-10-27", "7.25"),
    Row("é", "o5", "2024-11-02 10:00", -7.25, None, None, "refunded", "", "2024-11-02", "-7.25"),
    Row("é", "o6", "2024-11-03 10:00", 9.0, None, None, "refunded", "refunded_by_status"),
    Row("Z", "o7", "2024-05-01 10:00", 4.0, None, None, "cancelled", "cancelled"),
    Row("Z", "o7", "2024-05-02 10:00", -4.0, None, None, "paid", "refund_of_order_set_aside"),
    Row("Z", "o8", "2024-05-03 10:00", -1.0, None, None, "paid", "refund_without_order"),
    Row("Z", "o9", "2024-05-04 10:00", 6.5, None, None, "paid", "", "2024-05-04", "6.5"),
    # nothing is left of one whose only order was refunded by its status, so his other refund stands on nothing
    Row("y", "p1", "2024-05-05 10:00", 6.0, None, None, "refunded", "refunded_by_status"),
    Row("y", "p2", "2024-05-06 10:00", -3.0, None, None, "paid", "refund_without_order"),
    Row("z", "p3", "2024-05-07 10:00", 8.0, None, None, "pending", "not_completed"),
    Row("z", "p4", "2024-05-07 10:00", 8.0, None, None, "test", "test_order"),
    Row("Z", "p5", "2024-05-07 10:00", 1.5, None, None, "kreditnota", "", "2024-05-07", "-1.5"),
    Row("Z", "p0", "2024-05-07 10:00", 1.5, None, None, "Kredit", "credit_note"),
    Row(None, "p6", "2024-05-07 10:00", 8.0, None, None, "paid", "missing_customer"),
    Row("  ", "p7", "2024-05-07 10:00", 8.0, None, None, "paid", "missing_customer"),
    Row("NULL", "p8", "2024-05-07 10:00", 8.0, None, None, "paid", "missing_customer"),
    Row("z", "p9", None, 8.0, None, None, "paid", "bad_date"),
    Row("z", "q1", "1850-05-07 10:00", 8.0, None, None, "paid", "date_out_of_range"),
    Row("z", "q2", "2024-05-07 10:00", math.nan, None, None, "paid", "missing_amount"),
    Row("z", "q3", "2024-05-07 10:00", None, None, None, "paid", "missing_amount"),
    Row("z", "q4", "2024-05-07 10:00", math.inf, None, None, "paid", "bad_amount"),
    Row("z", "q5", "2024-05-07 10:00", 1e20, None, None, "paid", "amount_out_of_range"),
    Row("z", "q6", "2024-05-07 10:00", 99999999999999.0, None, None, "paid", "", "2024-05-07", "99999999999999"),
    Row("z", "q7", "2025-01-02 10:00", -99999999999999.0, None, None, "paid", "", "2025-01-02", "-99999999999999"),
    *map(bulk, range(150)),
]  # fmt: skip


def nasty_shop() -> Shop:
    lines = [
        Line(
            row.who or str(row.customer),
            dt.date.fromisoformat(row.day),
            Decimal(row.counted),
            row.order,
            None if row.cost is None else Decimal(row.cost),
        )
        for row in NASTY
        if not row.verdict
    ]
    return Shop(lines)


def nasty_parquet(folder: Path) -> Path:
    with duckdb.connect() as made:
        made.execute(
            "CREATE TABLE rows (customer_id text, order_id text, order_date text, amount double, cost decimal(12, 2),"
            " channel text, status text)"
        )
        made.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", [row[:7] for row in NASTY])
        path = folder / "nasty.parquet"
        made.execute(
            "COPY (SELECT * REPLACE (CAST(order_date || '+00' AS timestamptz) AS order_date) FROM rows)"
            f" TO '{path}' (FORMAT parquet)"
        )
    return path


def nasty_table(server: Server) -> str:
    """Make a database that sorts as Swedish does, with the table, and return its URL."""
    import pg8000.native

    with pg8000.native.Connection(
        "owner", unix_sock=f"{server.folder}/.s.PGSQL.{server.port}", database="postgres"
    ) as owner:
        owner.run(
            "CREATE DATABASE nordic OWNER shop TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE'"
        )
    session = pg8000.native.Connection(
        "shop", host="127.0.0.1", port=server.port, database="nordic", password=PASSWORD
    )
    assert session.run("SELECT 'é' < 'z', 'a' < 'B'") == [[True, True]]
    session.run(
        "CREATE TABLE nasty (customer_id text, order_id text, order_date timestamptz, amount double precision,"
        " cost numeric, channel varchar(20), status text)"
    )
    for row in NASTY:
        values = {name: getattr(row, name) for name in ("customer", "order", "cost", "channel", "status")}
        values["paid"] = None if row.paid is None else f"{row.paid}+00"
        values["amount"] = None if row.amount is None else repr(row.amount)
        session.run(
            "INSERT INTO nasty VALUES (:customer, :order, cast(:paid as timestamptz),"
            " cast(cast(:amount as text) as double precision), cast(:cost as numeric), :channel, :status)",
            **values,
        )
    session.close()
    return server.url(database="nordic")


def check_place(engine: Engine, word: str, options: ReadOptions) -> None:
    """Every figure that an engine adds up, against the oracle; and the account against the verdicts."""
    shop = nasty_shop()
    with (
        duckdb.connect() as here,
        in_place(engine, here, order_source(word), options, OrderRules(), lists_all=True) as (place, intake),
    ):
        assert Counter({line.reason: line.rows for line in intake.account if line.reason}) == Counter(
            row.verdict for row in NASTY if row.verdict
        )
        counted = {line.outcome: line.counted_amount for line in intake.account if not line.reason}
        assert counted["used"] == sum(line.amount for line in shop.lines if line.amount >= 0)
        assert counted["refund"] == sum(line.amount for line in shop.lines if line.amount < 0)
        aside = here.execute("SELECT reason, count(*) FROM set_aside GROUP BY 1").fetchall()
        assert Counter(dict(aside)) == Counter(row.verdict for row in NASTY if row.verdict)
        assert (intake.first_day, intake.as_of) == (shop.oldest, shop.newest)
        prepare(place)
        people = shop.customers(intake.as_of)
        frame = summarise(place, intake.as_of)
        assert frame["customer_id"].tolist() == sorted(people)
        for row in frame.itertuples():
            one = people[str(row.customer_id)]
            assert (row.first_day.date(), row.last_day.date()) == (one.first, one.last)
            assert (row.orders, row.occasions) == (one.orders, len(one.days))
            for name in ("amount", "sales", "refunds", "own_margin", "uncosted_amount"):
                assert getattr(row, name) == float(getattr(one, name)), (row.customer_id, name)
        window = measured_window(gap_counts(place, intake.as_of))
        assert window is not None
        assert (window.days, window.gaps) == (shop.window(intake.as_of), len(shop.gaps(intake.as_of)))
        rows = {row.pop("month").date(): row for row in months(place, intake.as_of).to_dict("records")}
        assert rows == {month: pytest.approx(row, abs=0) for month, row in shop.months(intake.as_of).items()}
        for unit, length in (("month", 1), ("quarter", 3)):
            cells = cohorts(place, intake.as_of, Period(unit)).to_dict("records")  # type: ignore[arg-type]
            found = {(row.pop("cohort"), row.pop("age")): row for row in cells}
            assert found == shop.cohorts(intake.as_of, length)


def test_the_sql_of_other_engines_is_what_its_source_says() -> None:
    assert dialects.stale() == []


def test_a_changed_statement_and_one_without_source_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dialects, "ROOT", tmp_path)
    monkeypatch.setattr(dialects, "FOLDERS", (tmp_path,))
    (tmp_path / "days.sql").write_text("select year(day) // 2 as half from order_rows where day <= $as_of\n")
    assert dialects.main_of([]) == 0
    assert dialects.stale() == []
    assert "WHERE\n  day <= :as_of" in (tmp_path / "days.spark.sql").read_text()
    (tmp_path / "days.sql").write_text("select day from order_rows\n")
    (tmp_path / "gone.spark.sql").write_text("select 1\n")
    assert dialects.stale() == ["days.postgres.sql", "days.spark.sql", "gone.spark.sql"]
    assert dialects.main_of(["--check"]) == 1


def test_no_statement_estimates() -> None:
    texts = [path.read_text() for folder in dialects.FOLDERS for path in folder.glob("*.*.sql")]
    assert texts
    assert not [text for text in texts if "APPROX" in text.upper()]


def test_values_stand_in_statements_as_what_they_are() -> None:
    values = {"a": "it's", "b": 0.9, "c": True, "d": dt.date(2024, 2, 29), "e": 1e-7}
    assert filled("-- :x\n:a :b :c :d :e x::y '::'", values) == (
        "'it''s' 0.9e0 true cast('2024-02-29' as date) 1e-07 x::y '::'"
    )
    for wrong in ("a\\b", "a\0b", object()):
        with pytest.raises(ArgumentError):
            filled(":a", {"a": wrong})
    with pytest.raises(ArgumentError, match=r"no statement nothing\.spark\.sql"):
        text_in("spark", "nothing")


@pytest.mark.parametrize(
    ("name", "connect", "told"),
    [
        ("mysql", "", '--engine "mysql" is none of duckdb, postgres, spark.'),
        ("duckdb", "local[2]", "--connect local[2]: DuckDB runs in this process."),
        ("duckdb", "postgresql://ann:secret@db/shop", "--connect: DuckDB runs in this process."),
    ],
)
def test_an_engine_that_is_not_there_is_refused(name: str, connect: str, told: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Engine(name, connect)
    assert str(refusal.value).startswith(told)
    assert "secret" not in str(refusal.value)


def test_files_without_a_database_and_tables_of_spark_without_spark_are_refused(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("customer,date,amount\na,2024-01-01,3\n")
    with pytest.raises(UsageError, match="--engine postgres: no database is named"):
        report(tmp_path / "out.xlsx", str(orders), Engine("postgres"))
    with pytest.raises(UsageError, match=r"spark:shop.orders is a table of Spark.*--engine spark"):
        report(tmp_path / "out.xlsx", "spark:shop.orders")


@pytest.mark.parametrize(
    ("kinds", "header"), [(("text", "text", "float"), "order_date"), (("whole", "date", "text"), "amount")]
)
def test_texts_are_not_guessed_where_the_data_are(kinds: tuple[str, ...], header: str) -> None:
    headers = ("customer_id", "order_date", "amount")
    with pytest.raises(InputError, match=f'the column "{header}" .* its type is text.*--query'):
        door(
            "postgres", "select * from orders", kinds, {name: at for at, name in enumerate(headers)},
            zone="UTC", headers=headers, where="shop",
        )  # fmt: skip


@pytest.mark.office
def test_postgres_gives_the_report_of_the_sample_shop(server: Server, tmp_path: Path) -> None:
    orders = write_sample(tmp_path / "shop", customers=400, years=4, seed=1).orders_file
    same_but_for_the_engine(tmp_path, orders, Engine("postgres", server.url()), "PostgreSQL")


@pytest.mark.long
def test_postgres_gives_the_report_of_cdnow(server: Server, tmp_path: Path, cdnow_master: Path) -> None:
    orders = write_orders(tmp_path / "orders.csv", cdnow_lines(cdnow_master))
    same_but_for_the_engine(tmp_path, orders, Engine("postgres", server.url()), "PostgreSQL")


@pytest.mark.office
def test_postgres_judges_a_nasty_table_where_it_is(server: Server, tmp_path: Path) -> None:
    url = nasty_table(server)
    options = ReadOptions(table="nasty", time_zone=OSLO, order_amounts="add")
    check_place(Engine("postgres"), url, options)
    settings: dict[str, Any] = {"table": "nasty", "time_zone": OSLO, "order_amounts": "add"}
    here = report(tmp_path / "here.xlsx", url, **settings)
    there = report(tmp_path / "there.xlsx", url, Engine("postgres"), **settings)
    # rows of a table have no number, and some things are not looked for: all else is the same
    found = differing(here, there)
    assert found.keys() == {"Data quality", "Method"}
    assert found["Method"] == {"Orders are grouped by PostgreSQL."}


IDS = "SELECT {who} AS customer_id, DATE '2024-02-29' AS order_date, CAST(5 AS decimal(9, 2)) AS amount"
WHOLE_IDS = [
    # who, as SQL of both, and whom that is: only a column whose every id became a fraction loses the .0
    (("'1001.0'", "'7.0'"), ["1001", "7"]),
    (("'1001.0'", "'A.0'"), ["1001.0", "A.0"]),
    (("'1001.0'", "'.0'"), [".0", "1001.0"]),
    (("CAST(1001 AS double precision)", "CAST(1e15 AS double precision)"), ["1000000000000000", "1001"]),
    (("CAST(9007199254740993 AS bigint)", "CAST(7 AS bigint)"), ["7", "9007199254740993"]),
    (("'10'", "CAST(NULL AS varchar(9))"), ["10"]),
]


def check_ids(engine: Engine, word: str, whose: tuple[str, ...], ids: list[str]) -> None:
    query = " UNION ALL ".join(IDS.format(who=who) for who in whose)
    if engine.name == "spark":
        query = query.replace("double precision", "double")
    options = ReadOptions(query=query)
    with (
        duckdb.connect() as here,
        in_place(engine, here, order_source(word), options, OrderRules(), lists_all=False) as (place, intake),
    ):
        prepare(place)
        assert summarise(place, intake.as_of)["customer_id"].tolist() == ids


@pytest.mark.office
@pytest.mark.parametrize(("whose", "ids"), WHOLE_IDS)
def test_ids_of_postgres_are_those_that_people_write(
    server: Server, whose: tuple[str, ...], ids: list[str]
) -> None:
    check_ids(Engine("postgres"), server.url(), whose, ids)


ROWS = """(VALUES
    ('a', DATE '2024-01-01', 5.0, '1', 'paid'), ('b', DATE '2023-01-03', 7.0, '2', 'paid'),
    ('b', DATE '2024-01-02', 5.0, '3', 'refunded'), ('b', DATE '2024-01-03', -5.0, '4', 'paid'),
    ('c', DATE '2024-01-03', 6.0, '9', 'paid'), ('c', DATE '2024-01-03', 6.0, '9', 'paid')
) AS rows (customer_id, order_date, amount, order_id, status)"""


@pytest.mark.office
@pytest.mark.parametrize(
    ("query", "more", "error", "told"),
    [
        ("SELECT nothing", {}, UsageError, '--query cannot be run (column "nothing" does not exist)'),
        (
            "SELECT 1; DROP TABLE orders",
            {},
            UsageError,
            '--query cannot be run (syntax error at or near ";")',
        ),
        (
            f"SELECT customer_id, order_date, CAST(amount AS text) AS amount FROM {ROWS}",
            {},
            InputError,
            "its type is text",
        ),
        (
            f"SELECT *, 'A' || customer_id AS currency FROM {ROWS}",
            {},
            InputError,
            "amounts are in AB and AC and AA",
        ),
        (
            f"SELECT * FROM {ROWS} WHERE false",
            {},
            InputError,
            "none of the rows is a usable order (there is no row)",
        ),
        (
            f"SELECT * FROM {ROWS}",
            {},
            InputError,
            '1 order has several rows with the same amount, such as "9"',
        ),
        (
            f"SELECT * FROM {ROWS} WHERE order_id < '9'",
            {},
            InputError,
            '1 sale is refunded by the status "refunded"',
        ),
        (
            f"SELECT *, amount AS refunded FROM {ROWS}",
            {},
            InputError,
            'the column "refunded" tells of refunds',
        ),
        (f"SELECT * FROM {ROWS}", {"decimal": ","}, UsageError, "--decimal is of no use there"),
        (
            f"SELECT * FROM {ROWS}",
            {"pseudonyms": Pseudonyms(b"0123456789abcdef")},
            UsageError,
            "--pseudonymise is of no use there",
        ),
        (
            f"SELECT nullif(customer_id, 'a') AS customer_id, order_date, amount FROM {ROWS} WHERE order_id < '3'",
            {"strict": True},
            InputError,
            "1 row is set aside, and --strict allows none",
        ),
    ],
)
def test_what_postgres_cannot_judge_is_refused_with_the_way_out(
    server: Server, query: str, more: dict[str, Any], error: type[Exception], told: str
) -> None:
    with (
        pytest.raises(error) as refusal,
        duckdb.connect() as here,
        in_place(
            Engine("postgres"),
            here,
            order_source(server.url()),
            ReadOptions(query=query, **more),
            OrderRules(),
            lists_all=False,
        ),
    ):
        pass
    assert told in str(refusal.value)
    assert PASSWORD not in str(refusal.value)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_ids_of_spark_are_those_that_people_write(spark: Any) -> None:
    for whose, ids in (WHOLE_IDS[0], WHOLE_IDS[3]):
        check_ids(Engine("spark"), "spark:", whose, ids)
    assert not spark.catalog.listTables()
    spark.range(3).createOrReplaceTempView("judged")
    with pytest.raises(UsageError, match='has a temporary view "judged"'):
        check_ids(Engine("spark"), "spark:", *WHOLE_IDS[0])
    assert [table.name for table in spark.catalog.listTables()] == ["judged"]
    spark.catalog.dropTempView("judged")


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_report_of_the_sample_shop(spark: Any, tmp_path: Path) -> None:
    orders = write_sample(tmp_path / "shop", customers=400, years=4, seed=1).orders_file
    same_but_for_the_engine(tmp_path, orders, Engine("spark"), "Spark")
    assert spark.conf.get("spark.sql.session.timeZone") == "America/New_York"


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[str]:
    """A server of Spark Connect, which comes with pyspark; only its client needs more (``pyspark[connect]``)."""
    for module in ("grpc", "grpc_status", "google.rpc", "pyarrow", "zstandard"):
        pytest.importorskip(module, reason='the client of Spark Connect: pip install "pyspark[connect]"')
    home = Path(pytest.importorskip("pyspark").__file__).parent
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Java is not installed (Debian: apt install default-jre-headless)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 2,
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.warehouse.dir": tmp_path / "warehouse",
    }
    command = [home / "bin" / "spark-submit", "--master", "local[2]"]
    command += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (
        (tmp_path / "server.log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path) as server,
    ):
        try:
            until = time.monotonic() + 120
            while not _answers(port):
                assert server.poll() is None, (tmp_path / "server.log").read_text()
                assert time.monotonic() < until, (tmp_path / "server.log").read_text()
                time.sleep(0.2)
            yield f"sc://127.0.0.1:{port}"
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


# the client is in no extra and in no lock, so that a machine without it has nothing to skip
if importlib.util.find_spec("grpc_status") is not None:

    @pytest.mark.long
    def test_spark_connect_gives_the_report_of_the_sample_shop(connect: str, tmp_path: Path) -> None:
        orders = write_sample(tmp_path / "shop", customers=400, years=4, seed=1).orders_file
        here = report(tmp_path / "here.xlsx", str(orders))
        there = tmp_path / "there.xlsx"
        # in a process of its own: one that has a session of the other kind cannot reach a server
        command = [sys.executable, "-c", "from clv_xl.cli import main; main()", "report", orders, "-o", there]
        subprocess.run([*command, "--engine", "spark", "--connect", connect], check=True)
        assert differing(here, Workbook(there)) == {"Method": {"Orders are grouped by Spark."}}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_report_of_cdnow(spark: Any, tmp_path: Path, cdnow_master: Path) -> None:
    orders = write_orders(tmp_path / "orders.csv", cdnow_lines(cdnow_master))
    same_but_for_the_engine(tmp_path, orders, Engine("spark"), "Spark")


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_judges_a_nasty_table_where_it_is(spark: Any, tmp_path: Path) -> None:
    path = nasty_parquet(tmp_path)
    spark.read.parquet(str(path)).createOrReplaceTempView("nasty")
    check_place(Engine("spark"), "spark:nasty", ReadOptions(time_zone=OSLO, order_amounts="add"))
    settings: dict[str, Any] = {"time_zone": OSLO, "order_amounts": "add"}
    here = report(tmp_path / "here.xlsx", str(path), **settings)
    there = report(tmp_path / "there.xlsx", "spark:nasty", Engine("spark"), **settings)
    found = differing(here, there)
    assert found.keys() == {"Data quality", "Method"}
    assert found["Method"] == {"Orders are grouped by Spark."}
