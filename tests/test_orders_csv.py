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
from clv_xl.orders import read as reading
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
@pytest.mark.one_in(3)
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


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "c2=5/a.csv", "line=5/a.csv"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.one_in(3)
def test_the_name_of_a_file_says_nothing_of_its_rows(connection, tmp_path, name, quote):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    read(connection, path, f"{HEADER}{quote}A{quote},2024-01-05,10\n")
    assert connection.execute("SELECT customer_id, amount FROM order_rows").fetchall() == [("A", 10)]


def test_a_torn_gzip_file_is_named(connection, tmp_path):
    with pytest.raises(InputError, match=r"^a\.csv\.gz is damaged: it cannot be unpacked\. Pack it again\.$"):
        read(connection, tmp_path / "a.csv.gz", gzip.compress(NORDIC.encode() * 50)[:-20])


@pytest.mark.one_in(5)
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


@pytest.mark.parametrize("title", ["", "Orders of May\n"])
def test_a_header_longer_than_what_is_looked_at_first_is_read_whole(connection, tmp_path, title):
    more = [f"{at:x<700}" for at in range(100)]
    header = HEADER.strip() + "," + ",".join(more)
    intake = read(connection, tmp_path / "a.csv", f"{title}{header}\nA,2024-01-05,10{',1' * len(more)}\n")
    assert [(line.reason, line.rows) for line in intake.account if line.rows] == [("", 1)]


def test_more_columns_than_a_sheet_has_are_refused_as_that(connection, tmp_path):
    text = HEADER.strip() + ",c" * 16_382 + "\nA,2024-01-05,10" + ",1" * 16_382 + "\n"
    with pytest.raises(InputError, match=r"a\.csv has 16,385 columns; 16,384 are read"):
        read(connection, tmp_path / "a.csv", text)


def test_rows_with_too_many_or_too_few_fields_are_set_aside(connection, tmp_path):
    text = HEADER + "A,2024-01-05,10\nB,2024-01-06\nC,2024-01-07,30,40\nD,2024-01-08,40,,\n,,\n"
    intake = read(connection, tmp_path / "a.csv", text)
    assert [(line.reason, line.rows) for line in intake.account] == [("", 2), ("wrong_columns", 2)]
    rows = connection.execute("SELECT file_row, line, source_amount FROM set_aside").fetchall()
    assert rows == [(3, "B,2024-01-06", None), (4, "C,2024-01-07,30,40", None)]


def test_a_line_without_end_is_an_error_in_our_words(connection, tmp_path):
    with pytest.raises(InputError, match=r"^a\.csv has a line of more than 2,000,000 characters\."):
        read(connection, tmp_path / "a.csv", HEADER + "A,2024-01-05,10\n" + "y" * 2_100_000 + "\n")


@pytest.mark.parametrize("length", [5 << 20, 17 << 20])
@pytest.mark.parametrize("row", ["A,2024-01-05,{}", 'A,2024-01-05,"1" {}', 'A,2024-01-05,"\n1"{}'])
def test_no_longer_line_is_left_out_without_a_word(connection, tmp_path, row, length):
    with pytest.raises(
        InputError, match=r"^a\.csv(?: has a line of more than 2,000,000|, line 2: a quotation)"
    ):
        read(connection, tmp_path / "a.csv", HEADER + row.format("1" * length) + "\nB,2024-01-05,3\n")


def test_an_open_quotation_mark_stops_the_reading(connection, tmp_path):
    with pytest.raises(InputError) as error:
        read(connection, tmp_path / "a.csv", HEADER + 'A,2024-01-05,10\n"B,2024-01-06,20\nC,2024-01-07,30\n')
    assert str(error.value) == (
        'a.csv, line 3: a quotation mark opens a field that never ends: "B,2024-01-06,20. Close or remove it.'
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


MANY = "customer_id;order_date;amount;product\n" + "".join(
    f"{number};2026-01-31;99,50;Kjøttkake og grød\n" for number in range(1, 21)
)


def with_broken(line: int, old: str = "ø", new: bytes = b"\xf8") -> bytes:
    """The text as UTF-8 but for one letter of a line, which is the byte of Windows-1252."""
    lines = MANY.encode().split(b"\n")
    lines[line - 1] = lines[line - 1].replace(old.encode(), new, 1)
    return b"\n".join(lines)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("chunk", [1 << 20, 5])
def test_one_broken_letter_does_not_garble_the_others(connection, tmp_path, monkeypatch, end, bom, chunk):
    monkeypatch.setattr("clv_xl.orders.text_file._CHUNK", chunk)
    data = bom + with_broken(7).replace(b"\n", end.encode())
    intake = read(connection, tmp_path / "a.csv", data)
    assert intake.files[0].encoding == "utf-8"
    assert connection.execute("SELECT DISTINCT product FROM order_rows").fetchall() == [
        ("Kjøttkake og grød",)
    ]
    (warning,) = intake.warnings
    assert (warning.code, warning.rows) == ("broken_bytes", 1)
    assert warning.text == (
        "a.csv: 1 byte is not UTF-8 as the rest of the file is, in line 7. It is read as Windows-1252. Correct that"
        " line and save as CSV UTF-8, or name the encoding of the whole file, such as --encoding windows-1252."
    )


def test_broken_bytes_are_counted_and_their_first_lines_named(connection, tmp_path):
    lines = MANY.encode().split(b"\n")
    for at in (3, 5, 8, 9):
        lines[at - 1] = lines[at - 1].replace("ø".encode(), b"\xf8\x81", 1)
    data = b"\n".join(lines) + MANY.partition("\n")[2].encode() * 5
    intake = read(connection, tmp_path / "a.csv.gz", gzip.compress(data))
    (warning,) = [one for one in intake.warnings if one.code == "broken_bytes"]
    assert warning.rows == 4
    assert (
        "8 bytes are not UTF-8 as the rest of the file is, in lines 3, 5, 8 and 1 more. They are"
        in warning.text
    )
    products = connection.execute("SELECT DISTINCT product FROM order_rows ORDER BY 1").fetchall()
    assert products == [("Kjøttkake og grød",), ("Kjø\ufffdttkake og grød",)]


def test_a_letter_cut_off_at_the_end_is_found(connection, tmp_path):
    intake = read(connection, tmp_path / "a.csv", MANY.encode() + "21;2026-01-31;99,50;grø".encode()[:-1])
    assert [one.code for one in intake.warnings] == ["broken_bytes"]
    assert "in line 22." in intake.warnings[0].text


def test_half_and_half_is_a_question(connection, tmp_path):
    data = (
        "customer_id;order_date;amount;product\n1;2026-01-31;99,50;grød\n".encode()
        + b"2;2026-01-31;9,50;gr\xf8d\n"
    )
    with pytest.raises(InputError) as error:
        read(connection, tmp_path / "a.csv", data)
    assert str(error.value) == (
        "a.csv is in two encodings: 1 letter is UTF-8, and 1 byte is not, the first in line 3. Export the orders again"
        " as CSV UTF-8, or say how to read the file: --encoding utf-8 (what is not UTF-8 is then read as Windows-1252)"
        " or --encoding windows-1252."
    )
    read(connection, tmp_path / "a.csv", data, encoding="utf-8")
    assert connection.execute("SELECT DISTINCT product FROM order_rows").fetchall() == [("grød",)]
    intake = read(connection, tmp_path / "a.csv", data, encoding="windows-1252")
    assert connection.execute("SELECT DISTINCT product FROM order_rows ORDER BY 1").fetchall() == [
        ("grød".encode().decode("cp1252"),),
        ("grød",),
    ]
    assert intake.warnings == ()


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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@pytest.mark.parametrize("rows", [130_000, pytest.param(400_000, marks=pytest.mark.long)])
def test_many_rows_keep_their_order_and_number_over_several_threads(connection, tmp_path, rows):
    path = tmp_path / "a.csv"
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


ROUTES = {
    "whole rows": "7;2024-01-31;10,50;Mo\n8;2024-02-01;9,00;Ås\n",
    "spaces at the ends": " 7;2024-01-31 ;10,50;Mo\u00a0\n8;2024-02-01;\t9,00;\u200bÅs\n",
    "blank rows": ";;;\n \u00a0;;\t;\n7;2024-01-31;10,50;Mo\n\n",
    "no line end": "7;2024-01-31;10,50;Total\n8;2024-02-01;-9,00;",
    "dates beyond ASCII": "7;2024\u201101\u201131;10,50;Mo\n8;2024-02-01;kr 9,00;Mo\n",
    "a total": "7;2024-01-31;10,50;Mo\n8;2024-02-01;9,00;Mo\nSumma;2024-02-01;19,50;\n",
    "other widths": "7;2024-01-31;10,50\n8;2024-02-01;9,00;Mo;;\n9;2024-02-01;9,00;Mo;x\n",
    "lines of Windows": "7;2024-01-31;10,50;Mo\r\n8;2024-02-01;9,00;Mo\r\n",
}


@pytest.mark.parametrize("body", ROUTES.values(), ids=ROUTES)
@pytest.mark.one_in(4)
def test_rows_that_duckdb_parts_are_those_of_lines_that_we_part(connection, tmp_path, monkeypatch, body):
    end = "\r\n" if "\r" in body else "\n"
    text = f"Kundenr;Dato;Beløp;Produkt{end}{body}"
    found = []
    for route in ("fields", "lines"):
        if route == "lines":
            monkeypatch.setattr(reading, "load_fields", lambda *_: False)
        intake = read(connection, tmp_path / "a.csv", text)
        found.append(
            (
                intake,
                *(connection.execute(f"FROM {table}").fetchall() for table in ("order_rows", "set_aside")),
            )
        )
    assert found[0] == found[1]


def test_a_file_of_whole_rows_is_parted_by_duckdb(connection, tmp_path, monkeypatch):
    taken = []
    part = reading.load_fields
    monkeypatch.setattr(reading, "load_fields", lambda *given: taken.append(part(*given)) or taken[-1])
    for body in (ROUTES["whole rows"], ROUTES["other widths"], ROUTES["blank rows"]):
        read(connection, tmp_path / "a.csv", f"Kundenr;Dato;Beløp;Produkt\n{body}")
    assert taken == [True, False, False]


@pytest.mark.long
def test_rows_of_a_large_file_keep_their_numbers_on_all_cores(tmp_path):
    rows = 1_200_000  # 45 MB: more than one piece of what several threads read at once
    bad = [2, 77_777, 600_001, 1_199_999]
    amounts = dict.fromkeys(bad, "much")
    lines = [
        f"{10**8 + at},C{at % 5000:05},2024-01-{at % 28 + 1:02},{amounts.get(at, '12.50')}\n"
        for at in range(2, rows + 2)
    ]
    path = tmp_path / "orders.csv"
    path.write_text("order_id,customer_id,order_date,amount\n" + "".join(lines), encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 4")
        assert load_orders(connection, [path]).rows_read == rows
        found = connection.execute("SELECT file_row FROM set_aside ORDER BY file_row").fetchall()
        assert [row for (row,) in found] == bad
        elsewhere = "SELECT count(*) FROM order_rows WHERE row_number <> CAST(order_id AS BIGINT) - 100000000"
        assert connection.execute(elsewhere).fetchone() == (0,)
