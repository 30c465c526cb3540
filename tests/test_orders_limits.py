"""What a file may load, what is left on the disk, and what becomes of files that cannot be read."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import ReadOptions, load_orders, private
from clv_xl.orders.kinds import tables
from clv_xl.orders.kinds.bombs import refuse_bloat
from clv_xl.orders.kinds.given import StandardInput
from clv_xl.orders.private import private_folder, remove_leftovers
from clv_xl.orders.said import QuestionError
from clv_xl.stopped import Stopped, exit_code_of, stopping

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
@pytest.mark.one_in(3)
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


# What is left on the disk
@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_process_that_is_told_to_end_leaves_no_copy(temporary, name):
    number = getattr(signal, name)
    signal.signal(number, signal.SIG_DFL)  # the tests themselves may run under nohup

    def copying():
        with stopping(), private_folder() as folder:
            (folder / "copy.csv").write_text("customer", encoding="utf-8")
            assert list(temporary.iterdir()) == [folder]
            assert folder.stat().st_mode & 0o077 == 0
            os.kill(os.getpid(), number)
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt) as ended:
        copying()
    assert isinstance(ended.value, Stopped)
    assert exit_code_of(ended.value) == 128 + number
    assert not list(temporary.iterdir())
    assert signal.getsignal(number) == signal.SIG_DFL


def test_under_nohup_the_end_of_the_terminal_stays_ignored():
    before = signal.getsignal(signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_a_dead_process_left_goes_and_what_a_living_one_holds_stays(temporary):
    dead = temporary / "clv-xl.private.a1b2c3d4"
    dead.mkdir()
    (dead / "copy.csv").write_text("customer", encoding="utf-8")
    others = [temporary / name for name in ("clv-xl.private.other.csv", "clv-xl-a1b2c3d4", "notes")]
    for other in others:
        other.mkdir()
    link = temporary / "clv-xl.private.a1b2c3d5"
    link.symlink_to(others[2])
    with private_folder() as held:
        dead.mkdir(exist_ok=True)
        remove_leftovers(temporary)
        assert sorted(temporary.iterdir()) == sorted([*others, link, held])
    assert held not in set(temporary.iterdir())


@pytest.mark.long
def test_copies_of_a_killed_command_go_with_the_next(tmp_path, temporary):
    """Of two commands that wait for their input one is killed and one ended, while a third goes on."""
    environment = {**os.environ, "TMPDIR": str(temporary)}

    def waiting():
        had = set(temporary.iterdir())
        made = subprocess.Popen(
            [sys.executable, "-m", "clv_xl.cli", "check", "-", "--quiet"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment,
        )  # fmt: skip
        made.stdin.write((HEADER * 200_000).encode())
        made.stdin.flush()
        for _ in range(600):
            if found := set(temporary.glob("*/input")):
                new = {file.parent for file in found} - had
                if new:
                    return made, new
            time.sleep(0.1)
        raise AssertionError(made.communicate(timeout=1))

    living, of_living = waiting()
    killed, of_killed = waiting()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert of_killed <= set(temporary.iterdir())
    ended, of_ended = waiting()
    assert not of_killed & set(temporary.iterdir())
    ended.send_signal(signal.SIGTERM)
    _, said = ended.communicate(timeout=60)
    assert (ended.returncode, said.strip()) == (143, b"Stopped. Nothing was written.")
    kept = set(temporary.iterdir())
    assert of_living <= kept
    assert not of_ended & kept
    living.terminate()
    living.communicate(timeout=60)
    assert not list(temporary.iterdir())
    assert not (tmp_path / ".tmp").exists()


# Files that cannot be read
@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "shop"
    made.mkdir()
    (made / "01.csv").write_text(HEADER + "a,2026-01-05,10\n", encoding="utf-8")
    (made / "02.xlsx").write_bytes(b"PK\x03\x04 torn")
    (made / "03.csv").write_text(HEADER + "b,2026-03-05,7\n", encoding="utf-8")
    (made / "04.csv.gz").write_bytes(gzip.compress(HEADER.encode() * 50)[:40])
    (made / "05.csv").write_bytes(b"")
    return made


WRONG = (
    "02.xlsx is damaged: it cannot be unpacked. Open it in Excel and save it again.",
    "04.csv.gz is damaged: it cannot be unpacked. Pack it again.",
    "05.csv is empty. Export the orders again, with a header row.",
)


def test_every_file_that_cannot_be_read_is_named_at_once(connection, folder):
    with pytest.raises(InputError) as error:
        load_orders(connection, [folder])
    assert str(error.value) == (
        f"3 of 5 sources cannot be read:\n1. {WRONG[0]}\n2. {WRONG[1]}\n3. {WRONG[2]}\nIf figures without them will"
        " do, pass --skip-unreadable: the others are then read, and the report says which were not."
    )
    for name in ("02.xlsx", "04.csv.gz"):
        (folder / name).unlink()
    with pytest.raises(InputError) as error:
        load_orders(connection, [folder])
    assert str(error.value).startswith(f"{WRONG[2]} If figures without it will do, pass --skip-unreadable: ")


def test_files_that_cannot_be_read_are_left_out_on_demand_and_told(connection, folder, cli):
    intake = load_orders(connection, [folder], options=ReadOptions(skip_unreadable=True))
    assert (intake.rows_read, intake.amount_read) == (2, 17)
    told = [warning.text for warning in intake.warnings if warning.code == "file_not_read"]
    assert told == [f"Not read, and in no figure: {text} (--skip-unreadable)" for text in WRONG]
    done = cli("check", "shop", "--skip-unreadable")
    assert done.exit_code == 0, done.stderr
    for text in WRONG:
        assert f"Note: Not read, and in no figure: {text}" in done.stdout
    assert cli("check", "shop").exit_code == 3
    for name in ("01.csv", "03.csv"):
        (folder / name).unlink()
    with pytest.raises(InputError, match=r"^3 of 3 sources cannot be read:"):
        load_orders(connection, [folder], options=ReadOptions(skip_unreadable=True))


@pytest.mark.long
def test_data_quality_says_what_was_not_read(cli, folder, tmp_path):
    assert cli("report", "shop", "--skip-unreadable", "-o", "report.xlsx").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "report.xlsx", read_only=True)
    texts = [cell for row in book["Data quality"].iter_rows(values_only=True) for cell in row if cell]
    assert sum(str(text).startswith("• Not read, and in no figure: ") for text in texts) == 3


def test_a_file_that_leaves_a_question_is_not_left_out(connection, folder):
    """Its orders can be read: one answer is enough."""
    (folder / "06.csv").write_text(HEADER + "b,03/05/2026,7\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_orders(connection, [folder], options=ReadOptions(skip_unreadable=True))
    assert str(error.value).startswith("4 of 6 sources cannot be read:\n")
    assert "--date-format dd/mm/yyyy or --date-format mm/dd/yyyy" in str(error.value)
    with pytest.raises(UsageError, match="--strict allows no row to be left out"):
        ReadOptions(strict=True, skip_unreadable=True)


def test_the_same_question_of_many_files_is_asked_once(connection, tmp_path):
    names = ["1.csv", "2.csv", "3.csv"]
    for name in names:
        (tmp_path / name).write_text(HEADER + "b,05/03/2026,7\n", encoding="utf-8")
    with pytest.raises(QuestionError) as error:
        load_orders(connection, [tmp_path / name for name in names])
    assert str(error.value).startswith("3 of 3 sources cannot be read:\n1. 1.csv, 2.csv, 3.csv: column ")
    assert [answer.value for answer in error.value.questions[0].answers] == ["dd/mm/yyyy", "mm/dd/yyyy"]


# Sheets
@pytest.fixture
def book(tmp_path):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for month, amount in (("January", 10), ("February", 20), ("March", 40)):
        sheet = made.create_sheet(month)
        sheet.append(["customer_id", "order_date", "amount"])
        sheet.append(["a", f"2026-0{amount // 20 + 1}-05", amount])
    made.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


@pytest.mark.long
def test_sheets_of_one_workbook_are_read_as_one(connection, book, cli, tmp_path):
    with pytest.raises(InputError) as error:
        load_orders(connection, [book])
    way_out = '--sheet "January" --sheet "February" --sheet "March"'
    assert str(error.value).endswith(
        f"They have the same headers; to read them all as one: {way_out}, or --sheet all."
    )
    assert error.value.questions[0].answers[-1].words == way_out
    intake = load_orders(connection, [book], options=ReadOptions(sheet=("January", "March")))
    assert (intake.rows_read, intake.amount_read) == (2, 50)
    assert [file.name for file in intake.files] == ["book.xlsx, sheet January", "book.xlsx, sheet March"]
    given = StandardInput(book.open("rb"))
    assert load_orders(connection, [given], options=ReadOptions(sheet=("January", "March"))).amount_read == 50
    given.stream.close()
    packed = tmp_path / "book.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(book, "book.xlsx")
    assert (
        load_orders(connection, [packed], options=ReadOptions(sheet=("January", "March"))).amount_read == 50
    )
    (tmp_path / "more.csv").write_text(HEADER + "c,2026-01-05,7\n", encoding="utf-8")
    asked = ("book.xlsx", "more.csv", "--sheet", "January", "--sheet", "February")
    assert json.loads(cli("check", *asked, "--json").stdout)["rows"]["read"] == 3
    assert cli("map", "book.xlsx", *asked[2:], "--save", "shop.toml", "--quiet").exit_code == 0
    assert 'sheet = ["January", "February"]' in (tmp_path / "shop.toml").read_text(encoding="utf-8")
    told = json.loads(cli("check", "book.xlsx", "--map", "shop.toml", "--json").stdout)
    assert [file["name"] for file in told["files"]] == [
        "book.xlsx, sheet January",
        "book.xlsx, sheet February",
    ]


def test_a_sheet_that_is_not_there_or_named_twice(connection, book):
    with pytest.raises(InputError, match=r'there is no sheet "Marsh"\. Did you mean "March"'):
        load_orders(connection, [book], options=ReadOptions(sheet=("January", "Marsh")))
    with pytest.raises(UsageError, match="its orders would count twice"):
        ReadOptions(sheet=("March", "March"))


# Databases in the midst of a change
def test_a_change_of_sqlite_that_was_broken_off_is_taken_back(connection, tmp_path):
    """Half of the rows stand in the file already: the journal beside it says what stood there before."""
    busy, path = tmp_path / "busy.sqlite", tmp_path / "shop.sqlite"
    writer = sqlite3.connect(busy, isolation_level=None)
    writer.execute("CREATE TABLE orders (customer_id, order_date, amount, note)")
    for number in range(40):
        writer.execute("INSERT INTO orders VALUES (?, '2024-01-31', 5, ?)", (number, "x" * 900))
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN")
    writer.execute("UPDATE orders SET amount = 7")
    for end in ("", "-journal"):
        shutil.copyfile(f"{busy}{end}", f"{path}{end}")
    writer.execute("ROLLBACK")
    writer.close()
    before = {file.name: file.read_bytes() for file in tmp_path.glob("shop*")}
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as half:
        assert half.execute("SELECT sum(amount) FROM orders").fetchone()[0] > 200
    half.close()
    assert load_orders(connection, [path]).amount_read == 200
    assert {file.name: file.read_bytes() for file in tmp_path.glob("shop*")} == before


# Where the business is
@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("text", "as_written", "in_stockholm"),
    [
        ("2024-07-01T23:30:00Z", (7, 1), (7, 2)),
        ("2024-07-01 23:30:00 +0000", (7, 1), (7, 2)),
        ("2024-07-01T23:30:00.123+00:00", (7, 1), (7, 2)),
        ("2024-07-02T00:30:00+02:00", (7, 2), (7, 2)),
        ("2024-07-02T00:30:00+05:30", (7, 2), (7, 1)),
        ("2024-07-01T19:30:00-03:30", (7, 1), (7, 2)),
        ("01.07.2024 23:30 UTC", (7, 1), (7, 2)),
        ("Jul 1, 2024 11:30:00 PM PDT", (7, 1), (7, 2)),
        ("Jul 1, 2024 12:30:00 AM UTC", (7, 1), (7, 1)),
        ("2024-07-01T23:30:00", (7, 1), (7, 1)),
        # the days on which summer time begins and ends: the night is an hour shorter or longer
        ("2024-03-30T22:30:00Z", (3, 30), (3, 30)),
        ("2024-03-30T23:30:00Z", (3, 30), (3, 31)),
        ("2024-03-31T22:30:00Z", (3, 31), (4, 1)),
        ("2024-10-26T22:30:00Z", (10, 26), (10, 27)),
        ("2024-10-27T22:30:00Z", (10, 27), (10, 27)),
        ("2024-10-27T23:30:00Z", (10, 27), (10, 28)),
        ("1719876600", (7, 1), (7, 2)),
        ("1719876600000", (7, 1), (7, 2)),
        ("1711837800", (3, 30), (3, 30)),
        ("1711841400", (3, 30), (3, 31)),
    ],
)
def test_a_text_with_a_zone_is_of_the_day_where_the_business_is(
    connection, tmp_path, text, as_written, in_stockholm
):
    path = tmp_path / "shop.csv"
    path.write_text(f"customer_id;order_date;amount\na;{text};5\n", encoding="utf-8")
    for zone, day in ((None, as_written), ("Europe/Stockholm", in_stockholm)):
        intake = load_orders(connection, [path], options=ReadOptions(time_zone=zone))
        assert intake.as_of == dt.date(2024, *day)


def test_a_zone_holds_with_a_date_format_and_beside_texts_without_one(connection, tmp_path):
    path = tmp_path / "shop.csv"
    rows = "a;31/12/2023 23:30 +0000;5\nb;31/12/2023 23:30;5\nc;nothing Z;5\n"
    path.write_text(f"customer_id;order_date;amount\n{rows}", encoding="utf-8")
    options = ReadOptions(time_zone="Europe/Stockholm", date_format="dd/mm/yyyy")
    load_orders(connection, [path], options=options)
    found = connection.execute("SELECT customer_id, day FROM order_rows ORDER BY 1").fetchall()
    assert found == [("a", dt.date(2024, 1, 1)), ("b", dt.date(2023, 12, 31))]


# Ways out
@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("dates", "way"),
    [
        (("31012026", "01022026"), '--date-format "%d%m%Y" ("31012026" is then 2026-01-31)'),
        (("d. 31_1_2026", "d. 1_2_2026"), '--date-format "d. %d_%m_%Y" ("d. 31_1_2026" is then 2026-01-31)'),
        (("2026-31-01", "2026-13-02"), '--date-format "%Y-%d-%m" ("2026-31-01" is then 2026-01-31)'),
        (("20260131235959", "20260201000000"), '--date-format "%Y%m%d%H%M%S" ('),
        (
            ("01022026", "02032026"),
            '--date-format "%d%m%Y" ("01022026" is then 2026-02-01) or --date-format "%m%d%Y" (',
        ),
    ],
)
def test_dates_in_no_known_form_name_a_format_that_fits(connection, tmp_path, dates, way):
    path = tmp_path / "shop.csv"
    path.write_text("customer;Dato;amount\n" + "".join(f"a;{day};5\n" for day in dates), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    told = str(error.value)
    assert f'Row 2: customer "a", date "{dates[0]}"' in told
    assert f'Say how the dates in "Dato" are written: {way}' in told
    form = way.partition('"')[2].partition('"')[0]
    assert load_orders(connection, [path], options=ReadOptions(date_format=form)).rows_of("used") == 2


def test_dates_that_are_none_name_the_column(connection, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("customer;Dato;amount\na;soon;5\nb;later;5\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value).endswith(
        ' "soon" in the column "Dato" is no date in any known form. Say how it is written, such as --date-format'
        ' dd.mm.yyyy, or which column has the date: --column order_date="the header in your file".'
    )


ODD = [["Hvem", "Land", "Naar", "Stk", "Sum ut", "Hva"]] + [
    [
        f"K{number % 7}",
        ("NO", "SE")[number % 2],
        f"{number + 10}.01.2026",
        "1",
        f"{number},50",
        f"ost {number}",
    ]
    for number in range(1, 20)
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_columns_are_suggested_by_what_stands_in_them(connection, cli, tmp_path, kind):
    path = tmp_path / f"shop.{kind}"
    if kind == "csv":
        path.write_text("\n".join(";".join(row) for row in ODD), encoding="utf-8")
    else:
        made = openpyxl.Workbook()
        for row in ODD:
            made.active.append(row)
        made.save(path)
    with pytest.raises(QuestionError) as error:
        load_orders(connection, [path])
    paste = '--column customer_id="Hvem" --column order_date="Naar" --column amount="Sum ut"'
    assert str(error.value).endswith(
        f' What stands in the columns suggests: {paste} ("Hvem": K1 and K2; "Naar": 11.01.2026 and 12.01.2026;'
        ' "Sum ut": 1,50 and 2,50).'
    )
    first = [question.answers[0].value for question in error.value.questions]
    assert first == ["customer_id=Hvem", "order_date=Naar", "amount=Sum ut"]
    done = cli("check", path.name, *shlex.split(paste), "--json")
    assert json.loads(done.stdout)["rows"]["used"] == 19


def test_what_fits_nothing_is_not_suggested(connection, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("Hvem;Hva;Merke\nost;brod;x\nmelk;smor;y\n", encoding="utf-8")
    with pytest.raises(QuestionError) as error:
        load_orders(connection, [path])
    assert "What stands in the columns" not in str(error.value)


def test_a_folder_that_is_gone_already_does_not_end_a_finished_job():
    with private_folder() as folder:
        shutil.rmtree(folder, ignore_errors=True)
    assert not folder.exists()


def test_one_leftover_that_vanishes_does_not_keep_the_others(tmp_path, monkeypatch):
    names = [f"clv-xl.private.{letter * 8}" for letter in "abc"]
    for name in names:
        (tmp_path / name).mkdir()
    looked = []

    def gone_at_first(entry):
        looked.append(entry.name)
        if len(looked) == 1:
            raise FileNotFoundError(entry.path)
        return True

    monkeypatch.setattr(private, "_is_ours", gone_at_first)
    remove_leftovers(tmp_path)
    assert sorted(looked) == names
    assert [path.name for path in tmp_path.iterdir()] == looked[:1]


def test_a_parquet_file_that_is_written_while_it_is_read_is_refused(tmp_path, connection, monkeypatch):
    path = tmp_path / "shop.parquet"
    columns = "'C1' AS customer_id, DATE '2026-01-01' AS order_date, 10.5 AS amount"
    written = "COPY (SELECT {}) TO '{}' (FORMAT parquet)"
    connection.execute(written.format(columns, path))
    fair = tables.refuse_bloat

    def overtaken(*given):
        fair(*given)
        connection.execute(written.format(f"{columns}, 'more' AS note", path))

    monkeypatch.setattr(tables, "refuse_bloat", overtaken)
    with pytest.raises(
        InputError, match=r"^shop\.parquet: another program wrote to the file while it was read"
    ):
        load_orders(connection, [path])


@pytest.mark.parametrize("header", ["note", "file_row_number"])
def test_a_parquet_file_is_read_from_wherever_it_is(tmp_path, connection, header):
    path = tmp_path / "year=2024" / "shop[2]*.parquet"
    path.parent.mkdir()
    connection.execute(
        f"COPY (SELECT 'C' || i AS customer_id, DATE '2026-01-01' AS order_date, i AS amount, i AS {header}"
        f" FROM range(5) AS given(i)) TO '{path}' (FORMAT parquet)"
    )
    intake = load_orders(connection, [path])
    assert [(line.rows, line.amount) for line in intake.account] == [(5, 10)]
    assert connection.execute("SELECT list(row_number ORDER BY row_number) FROM order_rows").fetchone() == (
        [2, 3, 4, 5, 6],
    )
