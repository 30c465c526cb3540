"""Text files: encodings, delimiters, quotes and line ends, against Python's csv module."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import itertools
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import Intake, ReadOptions, load_orders
from clv_xl.orders.csv_text import load_lines
from clv_xl.orders.text_file import plain_text

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "customer_id,order_date,amount\n"
NORDIC = "Kundenr;Dato;Beløp;Produkt\n1;31.01.2026;1 250,50;Kjøttkake\n2;01.02.2026;99,00;Grød æ €\n"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as made:
        yield made


def read(connection: duckdb.DuckDBPyConnection, path: Path, data: bytes | str, **options: object) -> Intake:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return load_orders(connection, [path], options=ReadOptions(**options))


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "windows-1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_same_orders_come_out_of_every_encoding(connection, tmp_path, encoding, found):
    intake = read(connection, tmp_path / "a.csv", NORDIC.encode(encoding))
    assert intake.files[0].encoding == found
    rows = connection.execute(
        "SELECT customer_id, day::VARCHAR, amount::VARCHAR, product FROM order_rows"
    ).fetchall()
    assert rows == [
        ("1", "2026-01-31", "1250.5000", "Kjøttkake"),
        ("2", "2026-02-01", "99.0000", "Grød æ €"),
    ]


def test_a_gzipped_file_is_unpacked_and_hashed_as_it_lies_on_disk(connection, tmp_path):
    data = gzip.compress(NORDIC.encode("cp1252"))
    intake = read(connection, tmp_path / "a.csv.gz", data)
    file = intake.files[0]
    assert (file.kind, file.bytes, file.sha256) == ("csv.gz", len(data), hashlib.sha256(data).hexdigest())
    assert file.rows == 2


def test_a_torn_gzip_file_is_named(connection, tmp_path):
    with pytest.raises(InputError, match=r"^a\.csv\.gz is damaged: it cannot be unpacked\. Pack it again\.$"):
        read(connection, tmp_path / "a.csv.gz", gzip.compress(NORDIC.encode() * 50)[:-20])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_delimiters_line_ends_and_quotes(connection, tmp_path, delimiter, line_end, quoting):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(["customer_id", "order_date", "amount", "product"])
    writer.writerow(["A", "2024-01-05", "10.50", 'a "b"; c, d\te|f'])
    writer.writerow(["B", "2024-01-06", "20", ""])
    intake = read(connection, tmp_path / "a.txt", out.getvalue())
    assert intake.files[0].delimiter == delimiter
    rows = connection.execute("SELECT customer_id, product FROM order_rows").fetchall()
    assert rows == [("A", 'a "b"; c, d\te|f'), ("B", None)]


def test_line_breaks_inside_quotes_belong_to_the_field_and_rows_count_as_in_excel(connection, tmp_path):
    text = HEADER.replace("amount", "amount,product") + (
        'A,2024-01-05,10,"two\nlines"\n\nB,2024-01-06,x,\nC,2024-01-07,30,"say ""hi"""\n'
    )
    read(connection, tmp_path / "a.csv", text)
    assert connection.execute("SELECT customer_id, product FROM order_rows").fetchall() == [
        ("A", "two lines"),
        ("C", 'say "hi"'),
    ]
    assert connection.execute("SELECT file_row, reason FROM set_aside").fetchall() == [(4, "bad_amount")]


def test_rows_with_too_many_or_too_few_fields_are_set_aside(connection, tmp_path):
    text = HEADER + "A,2024-01-05,10\nB,2024-01-06\nC,2024-01-07,30,40\nD,2024-01-08,40,,\n,,\n"
    intake = read(connection, tmp_path / "a.csv", text)
    assert [(line.reason, line.rows) for line in intake.account] == [("", 2), ("wrong_columns", 2)]
    rows = connection.execute("SELECT file_row, line, source_amount FROM set_aside").fetchall()
    assert rows == [(3, "B,2024-01-06", None), (4, "C,2024-01-07,30,40", None)]


def test_a_line_without_end_is_an_error_in_our_words(connection, tmp_path):
    with pytest.raises(InputError, match=r"^a\.csv has a line of more than 2,000,000 characters\."):
        read(connection, tmp_path / "a.csv", HEADER + "A,2024-01-05,10\n" + "y" * 2_100_000 + "\n")


def test_an_open_quotation_mark_stops_the_reading(connection, tmp_path):
    with pytest.raises(InputError) as error:
        read(connection, tmp_path / "a.csv", HEADER + 'A,2024-01-05,10\n"B,2024-01-06,20\nC,2024-01-07,30\n')
    assert str(error.value) == (
        "a.csv, line 3: a quotation mark opens a field that never ends. Close or remove it."
    )


def test_a_stray_quotation_mark_inside_a_field_is_text(connection, tmp_path):
    intake = read(
        connection,
        tmp_path / "a.csv",
        'customer_id,order_date,amount,product\nA,2024-01-05,10,5" pipe\nB,2024-01-06,20,x\n',
    )
    assert intake.rows_of("used") == 2
    assert connection.execute("SELECT product FROM order_rows").fetchall() == [('5" pipe',), ("x",)]


def test_lines_above_the_header_and_the_sep_line_are_skipped(connection, tmp_path):
    read(connection, tmp_path / "a.csv", "Orders of 2024\n\n" + HEADER + "A,2024-01-05,x\nB,2024-01-06,5\n")
    assert connection.execute("SELECT file_row FROM set_aside").fetchall() == [(4,)]
    intake = read(
        connection, tmp_path / "b.csv", "sep=|\nKundnr|Datum|Belopp\nA|2024-01-05|1,50\nB|2024-01-06|x\n"
    )
    assert intake.files[0].delimiter == "|"
    assert connection.execute("SELECT file_row FROM set_aside").fetchall() == [(3,)]


def test_a_file_name_that_looks_like_a_pattern_is_one_file(connection, tmp_path):
    (tmp_path / "ab.csv").write_text(HEADER + "X,2024-01-05,999\n")
    intake = read(connection, tmp_path / "a[b]*.csv", HEADER + "A,2024-01-05,10\n")
    assert intake.amount_read == 10


def test_the_private_copies_are_removed(connection, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read(connection, tmp_path / "a.csv", NORDIC.encode("cp1252"))
    with pytest.raises(InputError):
        read(connection, tmp_path / "a.csv", NORDIC.replace("Beløp", "Pris").encode("cp1252"))
    assert list(scratch.iterdir()) == []
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_wrong_encodings_are_named(connection, tmp_path):
    with pytest.raises(UsageError, match=r'--encoding: there is no encoding "klingon"'):
        read(connection, tmp_path / "a.csv", NORDIC, encoding="klingon")
    with pytest.raises(
        InputError, match=r"a\.csv: the text cannot be read as UTF-8\. .* --encoding windows-1252\.$"
    ):
        read(connection, tmp_path / "a.csv", NORDIC.encode("cp1252"), encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.csv is not a text file\."):
        read(connection, tmp_path / "a.csv", b"\x00\x01\x02\x03\xff\xfe\x00\x00" * 100)


def records_of(connection, path, delimiter):
    text = plain_text(path, path.parent, None)
    separator = load_lines(connection, text, delimiter, path.parent)
    rows = connection.execute("SELECT record, line FROM text_lines ORDER BY rowid").fetchall()
    assert [record for record, _ in rows] == list(range(1, len(rows) + 1))
    return [[] if line is None else line.split(separator) for _, line in rows]


def expected_of(data, delimiter):
    rows = csv.reader(io.StringIO(data, newline=""), delimiter=delimiter)
    broken = [[" ".join(field.replace("\r", "\n").split("\n")) for field in row] for row in rows]
    return [[] if row == [""] else row for row in broken]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(st.text(alphabet='ab ;,"\n', max_size=5), min_size=1, max_size=4), min_size=1, max_size=6
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_rows_that_csv_writes_are_split_as_csv_reads_them(connection, tmp_path, rows, quoting, line_end):
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=quoting, lineterminator=line_end).writerows(rows)
    path = tmp_path / "a.csv"
    path.write_bytes(out.getvalue().encode())
    assert squeezed(records_of(connection, path, ";")) == squeezed(expected_of(out.getvalue(), ";"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='ab;"\n\r', min_size=1, max_size=25))
def test_any_text_is_split_as_csv_reads_it(connection, tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    expected = expected_of(text + ("" if text.endswith("\n") else "\n"), ";")
    if is_open(text):
        with pytest.raises(InputError, match="quotation mark"):
            records_of(connection, path, ";")
    else:
        assert squeezed(records_of(connection, path, ";")) == squeezed(expected)


def is_open(text):
    """A line put behind the text stays a record of its own unless a quotation mark is still open."""
    swallowed = list(csv.reader(itertools.chain(io.StringIO(text, newline=""), ["~;~"]), delimiter=";"))
    return swallowed[-1] != ["~", "~"]


def squeezed(records):
    """One space for any run of line breaks, and no difference between no field and one empty field."""
    return [[" ".join(field.split()) for field in record] or [""] for record in records]


def test_many_rows_keep_their_order_and_number_over_several_threads(connection, tmp_path):
    path = tmp_path / "a.csv"
    rows = 400_000
    with path.open("w") as stream:
        stream.write("customer_id,order_date,amount,order_id\n")
        stream.writelines(
            f"C{at % 977},2024-01-{at % 28 + 1:02d},{at % 1000}.25,{at}\n" for at in range(rows)
        )
    connection.execute("SET threads = 4")
    intake = load_orders(connection, [path])
    assert intake.rows_read == rows
    wrong = connection.execute(
        "SELECT count(*) FROM (SELECT row_number - 2 AS place, order_id, rowid FROM order_rows)"
        " WHERE place <> order_id::BIGINT OR rowid <> place"
    ).fetchone()
    assert wrong == (0,)
