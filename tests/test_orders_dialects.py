"""Any orders in any dialect of a shop's export: written here, read back the same, or asked about and then the same.

A dialect is how a program or a person writes a table: the delimiter, the decimal mark, the mark between thousands, the
order of day, month and year, the language of the headers, the encoding, the ends of lines, the quotes. What a dialect
leaves open, because every day is below 13 or every amount has three decimals, must be a question, never a guess.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.said import QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {
    "en": ("Customer ID", "Order date", "Amount"),
    "sv": ("Kundnummer", "Orderdatum", "Belopp"),
    "nb": ("Kundenummer", "Ordredato", "Beløp"),
    "da": ("Kundenr.", "Bestillingsdato", "Beløb"),
    "fi": ("Asiakasnumero", "Tilauspäivä", "Yhteensä"),
}
DATES = {
    "yyyy-mm-dd": "{0:%Y}-{0:%m}-{0:%d}",
    "yyyy/mm/dd": "{0:%Y}/{0:%m}/{0:%d}",
    "yyyymmdd": "{0:%Y}{0:%m}{0:%d}",
    "dd.mm.yyyy": "{0:%d}.{0:%m}.{0:%Y}",
    "d.m.yyyy": "{0.day}.{0.month}.{0:%Y}",
    "dd/mm/yyyy": "{0:%d}/{0:%m}/{0:%Y}",
    "mm/dd/yyyy": "{0:%m}/{0:%d}/{0:%Y}",
    "dd-mm-yyyy": "{0:%d}-{0:%m}-{0:%Y}",
    "dd.mm.yy": "{0:%d}.{0:%m}.{0:%y}",
    "moment": "{0:%Y}-{0:%m}-{0:%d}T14:30:05+02:00",
    "with time": "{0:%d}.{0:%m}.{0:%Y} 09:05",
}
ORDER_OF = {
    "dd/mm/yyyy": "dd/mm/yyyy",
    "mm/dd/yyyy": "mm/dd/yyyy",
    "dd-mm-yyyy": "dd-mm-yyyy",
    "dd.mm.yy": "dd.mm.yy",
}
THOUSANDS = ("", " ", "\u00a0", "\u202f", "'", "other")


@dataclass(frozen=True)
class Order:
    """What was bought."""

    customer: str
    day: dt.date
    amount: Decimal


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    language: str
    delimiter: str
    decimal: str
    thousands: str
    places: int
    dates: str
    encoding: str
    end: str
    quoting: int

    def amount(self, value: Decimal) -> str:
        whole, _, rest = f"{abs(value):.{self.places}f}".partition(".")
        mark = {"other": "." if self.decimal == "," else ","}.get(self.thousands, self.thousands)
        grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", mark, whole) if mark else whole
        return ("-" if value < 0 else "") + grouped + (self.decimal + rest if rest else "")

    def day(self, day: dt.date) -> str:
        return DATES[self.dates].format(day)

    def write(self, orders: list[Order]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.end, quoting=self.quoting)
        writer.writerow(HEADERS[self.language])
        for order in orders:
            writer.writerow((order.customer, self.day(order.day), self.amount(order.amount)))
        return out.getvalue().encode(self.encoding)

    def open_questions(self, orders: list[Order]) -> dict[str, str]:
        """Option -> answer, for what no reader can tell from the file: by the texts as they stand there."""
        asked = {}
        if self.dates == "dd.mm.yy":
            asked["date_format"] = self.dates
        elif self.dates in ORDER_OF:
            days = [re.findall("[0-9]+", self.day(order.day))[:2] for order in orders]
            if any(one != two for one, two in days) and all(
                int(one) <= 12 and int(two) <= 12 for one, two in days
            ):
                asked["date_format"] = ORDER_OF[self.dates]
        texts = [re.sub("[-' \u00a0\u202f]", "", self.amount(order.amount)) for order in orders]
        marked = [text for text in texts if re.search("[.,]", text)]
        if marked and all(re.fullmatch("[1-9][0-9]{0,2}[.,][0-9]{3}", text) for text in marked):
            asked["decimal"] = self.decimal
        return asked


def _customers(encoding: str) -> st.SearchStrategy[str]:
    """Names and numbers, with what a table parts its fields by; none that means "no customer"."""
    letters = st.sampled_from("abcÅøßé 0123456789;,|\t\"'=-_#/")
    if encoding.startswith("utf"):
        letters |= st.sampled_from("漢\U0001f600ł")
    return (
        st.text(letters, min_size=1, max_size=12)
        .map(str.strip)
        .filter(
            lambda text: text and not text.startswith(("=", "#")) and text.lower() not in {"null", "-", "'"}
        )
    )


@st.composite
def written(draw: st.DrawFn) -> tuple[Dialect, list[Order]]:
    """Draw a dialect, and orders that it can hold."""
    decimal = draw(st.sampled_from(",."))
    dialect = Dialect(
        language=draw(st.sampled_from(sorted(HEADERS))),
        delimiter=draw(st.sampled_from(";,\t|")),
        decimal=decimal,
        thousands=draw(st.sampled_from(THOUSANDS)),
        places=draw(st.sampled_from((0, 1, 2, 2, 3, 4))),
        dates=draw(st.sampled_from(sorted(DATES))),
        encoding=draw(st.sampled_from(("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"))),
        end=draw(st.sampled_from(("\n", "\r\n", "\r"))),
        quoting=draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))),
    )
    # Windows-1252 has no narrow no-break space, and its file must not be UTF-8 by accident
    assume(dialect.encoding != "cp1252" or dialect.thousands != "\u202f")
    days = st.dates(dt.date(2016, 1, 1), dt.date(2025, 12, 31))  # a longer gap is a question of its own
    if draw(st.booleans()):
        days = days.map(lambda day: day.replace(day=1 + day.day % 12))
    cents = st.integers(1, 10 ** draw(st.integers(3, 9))).map(
        lambda number: Decimal(number).scaleb(-dialect.places)
    )
    order = st.builds(Order, _customers(dialect.encoding), days, cents)
    orders = draw(st.lists(order, min_size=1, max_size=6))
    # a refund needs its sale: the first order of a customer is none
    if draw(st.booleans()):
        orders.append(Order(orders[0].customer, orders[0].day, -orders[0].amount))
    # customers whose ids differ in ".0" or in the capitals of an address are another test's
    return dialect, orders


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def _read(connection: duckdb.DuckDBPyConnection, path: Path, options: dict[str, Any]) -> list[Order]:
    intake = load_orders(connection, [path], options=ReadOptions(**options))
    assert intake.rows_of("set aside") == 0, [line for line in intake.account if line.reason]
    found = connection.execute(
        "SELECT customer_id, day, source_amount FROM order_rows ORDER BY row_number"
    ).fetchall()
    return [Order(*row) for row in found]


def _answers(error: QuestionError, right: dict[str, str]) -> dict[str, str]:
    """Answer every question as somebody would who knows the file; each must offer the right answer."""
    chosen = {}
    for question in error.questions:
        names = {answer.option.replace("-", "_") for answer in question.answers}
        assert len(names) == 1, question
        (name,) = names
        assert right[name] in {answer.value for answer in question.answers}, question
        assert all(answer.words in str(error) or answer.words in question.text for answer in question.answers)
        chosen[name] = right[name]
    return chosen


def _comes_back(connection: duckdb.DuckDBPyConnection, case: tuple[Dialect, list[Order]]) -> None:
    dialect, orders = case
    right = dialect.open_questions(orders)
    with TemporaryDirectory() as folder:
        path = Path(folder, "orders.csv")
        path.write_bytes(dialect.write(orders))
        if not right:
            assert _read(connection, path, {}) == orders
            return
        event(f"asks for {', '.join(sorted(right))}")
        with pytest.raises(QuestionError) as error:
            _read(connection, path, {})
        answers = _answers(error.value, right)
        assert answers.keys() == right.keys()
        assert _read(connection, path, answers) == orders


PLAIN = Dialect("sv", ";", ",", "", 2, "dd/mm/yyyy", "utf-8", "\n", csv.QUOTE_MINIMAL)
OPEN = [Order("1", dt.date(2025, 2, 1), Decimal("1.50")), Order("2", dt.date(2025, 3, 4), Decimal("2.50"))]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written())
@example((PLAIN, OPEN))
@example((Dialect("fi", ",", ".", "", 3, "mm/dd/yyyy", "cp1252", "\r", csv.QUOTE_ALL), OPEN))
def test_orders_come_back_from_every_dialect(
    connection: duckdb.DuckDBPyConnection, case: tuple[Dialect, list[Order]]
) -> None:
    _comes_back(connection, case)


@pytest.mark.long
@settings(max_examples=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written())
def test_orders_come_back_from_two_thousand_dialects(
    connection: duckdb.DuckDBPyConnection, case: tuple[Dialect, list[Order]]
) -> None:
    _comes_back(connection, case)
