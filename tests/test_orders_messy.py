"""Files as people have them: each is read exactly, or refused with a question that says what to do.

The orders of every case are known beforehand; the files are written here, byte by byte, as a shop's program, a
spreadsheet or a person would.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest

from clv_xl.errors import ClvXlError
from clv_xl.orders import ReadOptions, load_orders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from _pytest.mark import ParameterSet

Row = tuple[str, str, str]

ORDERS: tuple[Row, ...] = (("17850", "2025-01-31", "1250.5"), ("Bø", "2025-02-13", "99.9"))
HEADER = ("Kundnr", "Datum", "Belopp")


@dataclass(frozen=True)
class Case:
    """A file, and what is to come of it: rows, reasons for others, or a message with the answer to it."""

    content: bytes | str | Sequence[Sequence[object]]
    rows: Sequence[Row] = ORDERS
    aside: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    name: str = "orders.csv"


def table(
    rows: Sequence[Row] = ORDERS, header: Sequence[str] = HEADER, delimiter: str = ";", end: str = "\n"
) -> str:
    return "".join(delimiter.join(row) + end for row in (header, *rows))


def with_amounts(*texts: str) -> str:
    return table([("a", "2025-01-31", text) for text in ("99999", *texts)], delimiter="\t")


def amounts(*values: str) -> list[Row]:
    return [("a", "2025-01-31", value) for value in ("99999", *values)]


def with_dates(*texts: str) -> str:
    return table([("a", text, "1") for text in texts], delimiter="\t")


def dates(*days: str) -> list[Row]:
    return [("a", day, "1") for day in days]


def in_script(text: str, zero: int) -> str:
    """The digits of a text in another script, whose 0 has this number in Unicode."""
    return text.translate({ord("0") + digit: zero + digit for digit in range(10)})


SWEDISH = (("17850", "2025-01-31", "1250,50"), ("Bø", "2025-02-13", "99,90"))

TEXT_CASES: dict[str, Case] = {
    # how the file is stored
    "utf-8": Case(table(SWEDISH)),
    "utf-8 with a mark": Case(table(SWEDISH).encode("utf-8-sig")),
    "utf-16 with a mark": Case(table(SWEDISH, delimiter="\t").encode("utf-16")),
    "utf-16 big-endian": Case(b"\xfe\xff" + table(SWEDISH).encode("utf-16-be")),
    "windows-1252": Case(table(SWEDISH).encode("cp1252")),
    "nul bytes at the end": Case(table(SWEDISH).encode() + b"\x00" * 512),
    "nul bytes in the middle": Case(
        table(SWEDISH).encode().replace(b"Datum", b"Da\x00tum"),
        refused="orders.csv is not a text file. Give a CSV file or an Excel workbook (.xlsx).",
    ),
    "end-of-file mark of old programs": Case(table(SWEDISH) + "\x1a"),
    "form feed between pages": Case(table(SWEDISH) + "\f"),
    # lines
    "crlf": Case(table(SWEDISH, end="\r\n")),
    "lone cr": Case(table(SWEDISH, end="\r")),
    "mixed line endings": Case("Kundnr;Datum;Belopp\r\n17850;2025-01-31;1250,50\nBø;2025-02-13;99,90\r"),
    "no line end at the end": Case(table(SWEDISH).rstrip("\n")),
    "blank rows": Case(table(SWEDISH).replace("\nB", "\n\n;;\n \nB") + "\n\n"),
    "double-spaced": Case(table(SWEDISH, end="\r\r\n")),
    "sep line": Case("sep=;\n" + table(SWEDISH)),
    "sep line in quotes, tab": Case('"sep=\t"\r\n' + table(SWEDISH, delimiter="\t", end="\r\n")),
    # columns
    "comma": Case(table(delimiter=",")),
    "tab": Case(table(SWEDISH, delimiter="\t"), name="orders.tsv"),
    "bar": Case(table(SWEDISH, delimiter="|")),
    "comma between columns, decimal comma in quotes": Case(
        'Kundnr,Datum,Belopp\n17850,2025-01-31,"1 250,50"\nBø,2025-02-13,"99,90"\n'
    ),
    "trailing delimiters": Case(table(SWEDISH, end=";\n")),
    "trailing delimiters below a header without": Case(
        table(SWEDISH).replace("50\n", "50;\n").replace("90\n", "90;\n")
    ),
    "a row too long and one too short": Case(
        table(SWEDISH) + "X;2025-03-01;5;6;7\nY;2025-03-01\n", aside={"wrong_columns": 2}
    ),
    "spaces around everything": Case(table([tuple(f"  {text} " for text in row) for row in SWEDISH])),
    "no-break spaces around everything": Case(
        table([tuple(f"\u00a0{text}\u202f" for text in row) for row in SWEDISH])
    ),
    # above and below the table
    "title lines": Case("Beställningar 2025\nButik: Norr; Utskrift: 2025-03-01\n\n" + table(SWEDISH)),
    "header in row 5": Case("Rapport\nSida 1\n\n\n" + table(SWEDISH)),
    "header in row 25": Case(
        "x\n" * 24 + table(SWEDISH),
        refused='orders.csv: No column for customer_id, order_date and amount. Columns found: "x". Rename these'
        ' columns, or say which they are: --column customer_id="the header in your file". If the header'
        " stands below row 20, delete rows above it.",
    ),
    "total line": Case(table(SWEDISH) + "Summa;;1150,60\n", aside={"bad_date": 1}),
    "total line without a customer": Case(table(SWEDISH) + ";;1150,60\n", aside={"missing_customer": 1}),
    "header again on every page": Case(table(SWEDISH[:1]) + table(SWEDISH[1:]), aside={"header_again": 1}),
    "two headers of the same name": Case(
        "Kundnr;Datum;Belopp;Belopp\n1;2025-01-31;1;2\n",
        refused='orders.csv: The header "Belopp" stands 2 times. Give each column a name of its own.',
    ),
    # ids
    "ids as floats": Case(
        table([("17850.0", "2025-01-31", "1,5"), ("12346.0", "2025-02-13", "2,5")]),
        [("17850", "2025-01-31", "1.5"), ("12346", "2025-02-13", "2.5")],
    ),
    "leading zeros": Case(
        table([("00042", "2025-01-31", "1,5"), ("42", "2025-02-13", "2,5")]),
        [("00042", "2025-01-31", "1.5"), ("42", "2025-02-13", "2.5")],
    ),
    "ids as Excel formulas": Case(
        'Kundnr;Datum;Belopp\n="00042";2025-01-31;1,5\n', [("00042", "2025-01-31", "1.5")]
    ),
    "ids in scientific notation": Case(
        table([("4.6E+12", "2025-01-31", "1,5"), ("4.7E+12", "2025-01-31", "2,5")]),
        [("4.6E+12", "2025-01-31", "1.5"), ("4.7E+12", "2025-01-31", "2.5")],
    ),
    # amounts
    "spaces between thousands": Case(
        with_amounts("1 234 567,8", "1\u00a0234,50", "1\u202f234,50", "1\u2009234,50"),
        amounts("1234567.8", "1234.5", "1234.5", "1234.5"),
    ),
    "points between thousands": Case(with_amounts("1.234.567,8", "1.234,50"), amounts("1234567.8", "1234.5")),
    "commas between thousands": Case(with_amounts("1,234,567.8", "1,234.50"), amounts("1234567.8", "1234.5")),
    "apostrophes between thousands": Case(
        with_amounts("1'234'567.80", "1\u2019234.50"), amounts("1234567.8", "1234.5")
    ),
    "thousands as in India": Case(with_amounts("12,34,567.80", "1,234.50"), amounts("1234567.8", "1234.5")),
    "kronor": Case(
        with_amounts("1 234,50 kr", "kr 1 234,50", "1 234,50 kr.", "1234:-", "1 234,50:-", "kr. 12"),
        amounts("1234.5", "1234.5", "1234.5", "1234", "1234.5", "12"),
    ),
    "currency codes": Case(
        with_amounts("SEK 1 234,50", "1 234,50 SEK", "SEK1234,50", "-SEK 12,5", "SEK -12,5"),
        amounts("1234.5", "1234.5", "1234.5", "-12.5", "-12.5"),
    ),
    "euro signs": Case(
        with_amounts("€ 1.234,50", "1.234,50 €", "€1.234,50", "-€12,5", "€-12,5"),
        amounts("1234.5", "1234.5", "1234.5", "-12.5", "-12.5"),
    ),
    "other currency signs": Case(with_amounts("zł 12,50", "12,50 zł"), amounts("12.5", "12.5")),
    "minus signs": Case(
        with_amounts(
            "-1,5", "\u22121,5", "\u20131,5", "1,5-", "1.234,56-", "(1,5)", "(1.234,56)", "- 1,5", "\uff0d1,5"
        ),
        amounts("-1.5", "-1.5", "-1.5", "-1.5", "-1234.56", "-1.5", "-1234.56", "-1.5", "-1.5"),
    ),
    "full-width digits": Case(
        with_amounts(in_script("1234\uff0e50", 0xFF10), "12.50"), amounts("1234.5", "12.5")
    ),
    "arabic digits": Case(
        with_amounts(in_script("1234\u066b50", 0x0660), "12.50"), amounts("1234.5", "12.5")
    ),
    "scientific notation": Case(
        with_amounts("1.2345E+3", "1E2", "12.50"), amounts("12.5"), aside={"bad_amount": 2}
    ),
    "percent": Case(with_amounts("12,5", "12 %"), amounts("12.5"), aside={"bad_amount": 1}),
    "words for nothing": Case(
        with_amounts("12,5", "-", "N/A", "n/a", "null", "NULL", "nan", "#N/A", "ingen"),
        amounts("12.5"),
        aside={"bad_amount": 8},
    ),
    "one or the other": Case(
        with_amounts("1,234", "2,345"),
        amounts("1.234", "2.345"),
        refused='orders.csv: column "Belopp" can be read in two ways: "1,234" is 1234 (--decimal ".") or 1.234'
        ' (--decimal ","). Say which.',
        answer={"decimal": ","},
    ),
    "both": Case(
        with_amounts("1,5", "2.5"),
        amounts("1.5"),
        aside={"bad_amount": 1},
        refused='orders.csv: column "Belopp" has numbers with a decimal comma ("1,5", 1 row) and with a decimal'
        ' point ("2.5", 1 row). Say which is right: --decimal "," or --decimal ".".',
        answer={"decimal": ","},
    ),
    # dates
    "dates with the time": Case(
        with_dates(
            "2025-01-31 14:30",
            "2025-01-31 14:30:05",
            "2025-01-31T14:30:05Z",
            "2025-01-31T23:30:05.123+02:00",
            "2025-01-31 kl. 14:30",
            "2025-01-31 kl 14.30",
            "2025-01-31 2:30 PM",
            "2025-01-31 02:30:05 p.m.",
            "2025-01-31 14:30 UTC",
            "2025-01-31 14:30:05 +0100",
            "2025-01-31, 14:30",
            "2025-01-31 14:30 CET",
        ),
        dates(*["2025-01-31"] * 12),
    ),
    "dates with odd hyphens": Case(
        with_dates(
            "2025\u201101\u201131", "2025\u201001\u201031", "2025\u201301\u201331", "2025\u221201\u221231"
        ),
        dates(*["2025-01-31"] * 4),
    ),
    "dates in full-width digits": Case(with_dates(in_script("2025-01-31", 0xFF10)), dates("2025-01-31")),
    "points": Case(
        with_dates("31.1.2025", "01.02.2025", "3. 2. 2025"), dates("2025-01-31", "2025-02-01", "2025-02-03")
    ),
    "years of two digits": Case(
        with_dates("31.01.25", "01.02.25"),
        dates("2025-01-31", "2025-02-01"),
        refused='orders.csv: column "Datum" has years of two digits ("01.02.25"). Say how the date is written:'
        " --date-format dd.mm.yy or --date-format yy.mm.dd.",
        answer={"date_format": "dd.mm.yy"},
    ),
    "years of two digits, slashes": Case(
        # there is no month 31, and no year before the month of it: nothing is left to ask
        with_dates("12/31/25", "01/02/25"),
        dates("2025-12-31", "2025-01-02"),
    ),
    "day or month": Case(
        with_dates("01/02/2025", "03/04/2025"),
        dates("2025-02-01", "2025-04-03"),
        refused='orders.csv: column "Datum" can be read in two ways: in "01/02/2025" either number may be the day. Say'
        " which: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy.",
        answer={"date_format": "dd/mm/yyyy"},
    ),
    "day and month": Case(
        with_dates("31/01/2025", "01/31/2025"),
        dates("2025-01-31"),
        aside={"bad_date": 1},
        refused='orders.csv: column "Datum" has dates with the day first ("31/01/2025", 1 row) and with the month'
        ' first ("01/31/2025", 1 row). Say which is right: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy.',
        answer={"date_format": "dd/mm/yyyy"},
    ),
    "names of months": Case(
        with_dates(
            "Jan 31, 2025",
            "31 January 2025",
            "31-Jan-2025",
            "January 31st, 2025 2:30 PM",
        ),
        dates(*["2025-01-31"] * 4),
    ),
    "packed dates": Case(with_dates("20250131", "20250213"), dates("2025-01-31", "2025-02-13")),
    "day numbers": Case(with_dates("45688", "45701.5"), dates("2025-01-31", "2025-02-13")),
    "seconds since 1970": Case(with_dates("1738281600", "1739404800"), dates("2025-01-31", "2025-02-13")),
    "milliseconds since 1970": Case(
        with_dates("1738281600000", "1739404800123"), dates("2025-01-31", "2025-02-13")
    ),
    "quarters": Case(
        with_dates("Q1 2025", "2025 Q2"),
        refused="orders.csv: none of the 2 rows is a usable order (2 rows: no date, or a text that is not a date)."
        ' Row 2: customer "a", date "Q1 2025", amount "1": no date, or a text that is not a date. They were read from'
        ' the columns "Kundnr", "Datum" and "Belopp". "Q1 2025" in the column "Datum" is no date in any known form. Say'
        " how it is written, such as --date-format dd.mm.yyyy, or which column has the date: --column"
        ' order_date="the header in your file".',
    ),
    "days that do not exist": Case(
        with_dates("2025-02-30", "2025-01-31", "0000-00-00"), dates("2025-01-31"), aside={"bad_date": 2}
    ),
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")  # for a few rows more of them only cost time
        yield made


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, options: dict[str, Any]
) -> tuple[list[Row], dict[str, int]]:
    intake = load_orders(connection, [path], options=ReadOptions(**options))
    found = connection.execute(
        "SELECT customer_id, day, source_amount FROM order_rows ORDER BY row_number"
    ).fetchall()
    rows = [(customer, day.isoformat(), f"{amount.normalize():f}") for customer, day, amount in found]
    # what a refund needs is another test's: here every row that is understood counts as read
    return rows, {line.reason: line.rows for line in intake.account if line.outcome == "set aside"}


def holds(connection: duckdb.DuckDBPyConnection, path: Path, case: Case) -> None:
    if case.refused:
        with pytest.raises(ClvXlError) as error:
            read(connection, path, {})
        assert str(error.value) == case.refused
        if not case.answer:
            return
    assert read(connection, path, case.answer) == (list(case.rows), case.aside)


def quick(cases: Iterable[str]) -> list[ParameterSet]:
    """Leave two of three cases to the long tests: each costs a tenth of a second."""
    return [pytest.param(name, marks=pytest.mark.long if at % 3 else ()) for at, name in enumerate(cases)]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", quick(TEXT_CASES))
def test_a_text_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    case = TEXT_CASES[name]
    path = tmp_path / case.name
    assert isinstance(case.content, str | bytes)
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    holds(connection, path, case)


# --- quotes, as RFC 4180 and the collection csv-spectrum set them out ------------------------------------------

QUOTED: dict[str, tuple[str, str, list[tuple[str, str | None]]]] = {
    "comma in quotes": (",", 'a,"Wirt 4, Apt. 2",2025-01-31,1\n', [("a", "Wirt 4, Apt. 2")]),
    "nothing": (",", 'a,,2025-01-31,1\nb,"",2025-01-31,1\n', [("a", None), ("b", None)]),
    "nothing, crlf": (",", 'a,"",2025-01-31,"1"\r\n"b",,2025-01-31,1\r\n', [("a", None), ("b", None)]),
    "doubled quotes": (",", 'a,"a ""red"" mug",2025-01-31,1\n', [("a", 'a "red" mug')]),
    "only quotes": (",", 'a,"""",2025-01-31,1\nb,"""""",2025-01-31,1\n', [("a", '"'), ("b", '""')]),
    "a delimiter after a doubled quote": (";", 'a,";"";";2025-01-31;1\n'.replace("a,", "a;"), [("a", ';";')]),
    "line break in a field": (
        ",",
        'a,"Once upon\na time",2025-01-31,1\nb,x,2025-01-31,1\n',
        [("a", "Once upon a time"), ("b", "x")],
    ),
    "crlf in a field": (
        ",",
        'a,"Once upon\r\na time",2025-01-31,1\r\nb,x,2025-01-31,1\r\n',
        [("a", "Once upon a time"), ("b", "x")],
    ),
    "quotes and line breaks": (",", 'a,"""Hi""\n""you""",2025-01-31,1\n', [("a", '"Hi" "you"')]),
    "json": (
        ",",
        'a,"{""type"": ""Point"", ""at"": [1.5, 2]}",2025-01-31,1\n',
        [("a", '{"type": "Point", "at": [1.5, 2]}')],
    ),
    "json in a file of semicolons": (
        ";",
        'a;{"type": "Point", "at": [1.5, 2]};2025-01-31;1\n',
        [("a", '{"type": "Point", "at": [1.5, 2]}')],
    ),
    "unicode": (
        ",",
        "a,\u02a4\u2603\U0001f600 e\u0301,2025-01-31,1\n",
        [("a", "\u02a4\u2603\U0001f600 e\u0301")],
    ),
    "backslashes": (
        ",",
        'a,C:\\new\\table,2025-01-31,1\nb,"\\",2025-01-31,1\n',
        [("a", r"C:\new\table"), ("b", "\\")],
    ),
    "apostrophes": (",", "a,'x y',2025-01-31,1\nb,it's,2025-01-31,1\n", [("a", "'x y'"), ("b", "it's")]),
    "inches": (
        ",",
        'a,5" pipe,2025-01-31,1\nb,"6"" pipe",2025-01-31,1\n',
        [("a", '5" pipe'), ("b", '6" pipe')],
    ),
    "spaces before a quote": (",", 'a, "x",2025-01-31,1\n', [("a", '"x"')]),
    "all in quotes": (";", '"a";"x;y";"2025-01-31";"1,0"\n', [("a", "x;y")]),
    "a control character": (",", "a,x\x1fy\x1ez,2025-01-31,1\n", [("a", "x y z")]),
    "a very long field": (",", f'a,"{"x, " * 20_000}y",2025-01-31,1\n', [("a", "x, " * 20_000 + "y")]),
    "SQL": (",", "a,'); DROP TABLE order_rows; --,2025-01-31,1\n", [("a", "'); DROP TABLE order_rows; --")]),
    "formula": (
        ",",
        'a,"=HYPERLINK(""http://x"",""y"")",2025-01-31,1\n',
        [("a", '=HYPERLINK("http://x","y")')],
    ),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", QUOTED)
def test_quotes(connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    delimiter, text, expected = QUOTED[name]
    header = delimiter.join(("customer_id", "product", "order_date", "amount")) + "\n"
    path = tmp_path / "orders.csv"
    path.write_bytes((header + text).encode())
    intake = load_orders(connection, [path])
    assert intake.rows_of("used") == intake.rows_read == len(expected)
    found = connection.execute("SELECT customer_id, product FROM order_rows ORDER BY row_number").fetchall()
    assert found == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'a,"x,2025-01-31,1\nb,y,2025-01-31,1\n',
            (
                'orders.csv, line 2: a quotation mark opens a field that never ends: a,"x,2025-01-31,1. Close or'
                " remove it."
            ),
        ),
        (
            "a,x,31-31-2025,1\n",
            (
                'orders.csv: the only row is not a usable order. Row 2: customer "a", date "31-31-2025", amount "1": no'
                ' date, or a text that is not a date. They were read from the columns "customer_id", "order_date" and'
                ' "amount". "31-31-2025" in the column "order_date" is no date in any known form. Say how it is'
                " written, such as --date-format dd.mm.yyyy, or which column has the date: --column"
                ' order_date="the header in your file".'
            ),
        ),
    ],
)
def test_what_cannot_be_read_says_where(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(("customer_id,product,order_date,amount\n" + text).encode())
    with pytest.raises(ClvXlError) as error:
        load_orders(connection, [path])
    assert str(error.value) == message


# --- workbooks --------------------------------------------------------------------------------------------------

CELLS = (
    ("17850", dt.date(2025, 1, 31), 1250.5),
    ("B\u00f8", dt.datetime(2025, 2, 13, 23, 59), Decimal("99.9")),  # noqa: DTZ001  # a cell has no zone
)

BOOK_CASES: dict[str, tuple[dict[str, Sequence[Sequence[object]]], Case]] = {
    "plain": ({"Sheet1": [HEADER, *CELLS]}, Case("")),
    "on the second sheet": (
        {"Read me": [["Orders of 2025"], ["see next sheet"]], "Data": [HEADER, *CELLS]},
        Case(""),
    ),
    "on both sheets": (
        {"2024": [HEADER, *CELLS], "2025": [HEADER, *CELLS]},
        Case(
            "",
            refused='orders.xlsx: the sheets "2024" and "2025" all look like orders. Say which one: --sheet "2024".'
            ' They have the same headers; to read them all as one: --sheet "2024" --sheet "2025", or --sheet all.',
            answer={"sheet": "2025"},
        ),
    ),
    "header in row 5, column C": (
        {"Data": [[], ["Report"], [], [], [None, None, *HEADER], *([None, None, *row] for row in CELLS)]},
        Case(""),
    ),
    "day numbers": ({"Data": [HEADER, ("17850", 45688, 1250.5), ("B\u00f8", 45701.75, 99.9)]}, Case("")),
    "ids as numbers": (
        {"Data": [HEADER, (17850.0, CELLS[0][1], 1.5), (42, CELLS[1][1], 2)]},
        Case("", [("17850", "2025-01-31", "1.5"), ("42", "2025-02-13", "2")]),
    ),
    "texts": (
        {"Data": [HEADER, ("00042", "31.01.2025", "1 250,50 kr"), ("B\u00f8", "13.02.2025", "\u221299,90")]},
        Case("", [("00042", "2025-01-31", "1250.5")], {"refund_without_order": 1}),
    ),
    "errors": (
        {
            "Data": [
                HEADER,
                *CELLS,
                ("x", "#N/A", 5),
                ("y", CELLS[0][1], "#DIV/0!"),
                ("#REF!", CELLS[0][1], 7),
            ]
        },
        Case("", aside={"bad_date": 1, "missing_amount": 1, "missing_customer": 1}),
    ),
    "total line": ({"Data": [HEADER, *CELLS, (), ("Summa", None, 1350.4)]}, Case("", aside={"total_row": 1})),
    "nothing below the header": (
        {"Data": [HEADER]},
        Case(
            "", refused="orders.xlsx, sheet Data has a header and no rows below it. Export the orders again."
        ),
    ),
    "no such sheet": (
        {"Data": [HEADER, *CELLS]},
        Case(
            "",
            answer={"sheet": "data"},
            refused='orders.xlsx: there is no sheet "data". Did you mean "Data"? Sheets found: "Data".',
        ),
    ),
}


@pytest.mark.parametrize("name", quick(BOOK_CASES))
def test_a_workbook(connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    sheets, case = BOOK_CASES[name]
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([float(cell) if isinstance(cell, Decimal) else cell for cell in row])
    path = tmp_path / "orders.xlsx"
    book.save(path)
    if name == "no such sheet":
        with pytest.raises(ClvXlError) as error:
            read(connection, path, case.answer)
        assert str(error.value) == case.refused
    else:
        holds(connection, path, case)


def test_a_merged_title_is_no_row_and_a_merged_customer_is_that_of_each_row(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("Orders of 2025",),
        HEADER,
        ("17850", dt.date(2025, 1, 31), 5),
        (None, dt.date(2025, 2, 1), 6),
    ):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A4")
    book.save(tmp_path / "orders.xlsx")
    assert read(connection, tmp_path / "orders.xlsx", {}) == (
        [("17850", "2025-01-31", "5"), ("17850", "2025-02-01", "6")],
        {},
    )
