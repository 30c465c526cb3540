"""Shops to try the package on, and the way from their rows to what a report is made from."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.orders import OrderRules, load_orders
from clv_xl.orders.filled_spend import spend_of_rows
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.parameters import Parameters
from clv_xl.report.build import build_report
from clv_xl.report.material import Beside, gather
from clv_xl.sample import write_sample
from clv_xl.workbook.layout import lay_out
from tests.oracle import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.workbook.sheet import Book

_FIELDS = {
    "order_id": "order",
    "customer_id": "customer",
    "order_date": "day",
    "amount": "amount",
    "cost": "cost",
    "status": "status",
    "channel": "channel",
}


def write_orders(path: Path, lines: Sequence[Line]) -> Path:
    """Write rows as a CSV file with the columns that some row has a value in."""
    used = {
        title: name
        for title, name in _FIELDS.items()
        if any(getattr(line, name) not in {None, ""} for line in lines)
    }
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(used)
        for line in lines:
            values = (getattr(line, name) for name in used.values())
            writer.writerow(["" if value is None else str(value) for value in values])
    return path


def read_orders(path: Path) -> list[Line]:
    """Read a CSV file with the package's own column names, by the csv module alone."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [
            Line(
                customer=row["customer_id"],
                day=date.fromisoformat(row["order_date"]),
                amount=Decimal(row["amount"]),
                order=row.get("order_id") or None,
                cost=Decimal(row["cost"]) if row.get("cost") else None,
                status=row.get("status") or "",
                channel=row.get("channel") or None,
            )
            for row in csv.DictReader(handle)
        ]


def gather_from(
    paths: Sequence[Path], parameters: Parameters, threads: int | None = None, beside: Beside | None = None
) -> Material:
    """Go from order files to the material of a report, as the command does."""
    rules = OrderRules(
        as_of=parameters.as_of,
        amounts_include_vat=parameters.amounts_include_vat,
        vat_rate=parameters.vat_rate,
        refunds="ignore" if parameters.refunds == "ignore" else "subtract",
        rates=parameters.rates,
        currency=parameters.currency,
    )
    with duckdb.connect(":memory:") as connection:
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        return gather(connection, load_orders(connection, paths, parameters=rules), parameters, beside=beside)


def material_of(
    folder: Path, lines: Sequence[Line], beside: Beside | None = None, **parameters: Any
) -> Material:
    """Gather a report's material from rows."""
    return gather_from([write_orders(folder / "orders.csv", lines)], Parameters(**parameters), beside=beside)


def spend_of(source: str, rows: Sequence[Sequence[object]]) -> Beside:
    """Return spend from rows of month, channel and amount."""
    table = [["month", "channel", "spend"], *([str(cell) for cell in row] for row in rows)]
    return Beside(spend=spend_of_rows(SheetRows.of_values(table, source), source))


def book_of(material: Material) -> Book:
    """Lay out the report of some material."""
    return lay_out(build_report(material))


def sample_lines(folder: Path, customers: int = 200, years: int = 4, seed: int = 1) -> list[Line]:
    """Return the rows of a small sample shop."""
    return read_orders(write_sample(folder, customers=customers, years=years, seed=seed).orders_file)


def with_costs(lines: Iterable[Line]) -> list[Line]:
    """Give two rows in three a cost of its own."""
    return [
        Line(
            line.customer, line.day, line.amount, line.order, status=line.status, channel=line.channel,
            cost=None if number % 3 == 2 else (line.amount * Decimal("0.37")).quantize(Decimal("0.01")),
        )
        for number, line in enumerate(lines)
    ]  # fmt: skip


def without_order_ids(lines: Iterable[Line]) -> list[Line]:
    """Leave the order ids out, so that every row is an order."""
    return [Line(line.customer, line.day, line.amount, cost=line.cost, status=line.status) for line in lines]


def cdnow_lines(path: Path) -> list[Line]:
    """Read CDNOW_master.txt: customer, day, units, dollars in fixed columns."""
    rows = (text.split() for text in path.read_text(encoding="ascii").splitlines())
    return [
        Line(customer, _packed_day(day), Decimal(dollars))
        for customer, day, _, dollars in (row for row in rows if row and row[0].isdigit())
    ]


def cdnow_sample_lines(path: Path) -> list[Line]:
    """Read CDNOW_sample.txt.gz, which has the number in the sample as a second column."""
    text = gzip.decompress(path.read_bytes()).decode("ascii")
    rows = (line.split() for line in text.splitlines())
    return [Line(row[0], _packed_day(row[2]), Decimal(row[4])) for row in rows if row]


def purchases_lines(path: Path) -> list[Line]:
    """Read purchases.txt.gz: customer, amount, day between tabs."""
    text = gzip.decompress(path.read_bytes()).decode("ascii")
    rows = (line.split("\t") for line in text.splitlines())
    return [Line(row[0], date.fromisoformat(row[2]), Decimal(row[1])) for row in rows if row[0]]


def _packed_day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def line(customer: str, day: str, amount: str, **more: Any) -> Line:
    """Write a row briefly."""
    return Line(customer, date.fromisoformat(day), Decimal(amount), **more)


def _spread(customers: int, orders: int, amount: str = "0", start: str = "2022-01-05") -> list[Line]:
    """Orders that go round the customers, 11 days apart, with a different amount each unless all are 0."""
    first = date.fromisoformat(start)
    return [
        Line(
            f"c{number % customers:03d}",
            first + timedelta(days=11 * number),
            Decimal(amount) * (1 + number % 7),
            order=f"o{number}",
        )
        for number in range(orders)
    ]


EDGE_SHOPS: dict[str, list[Line]] = {
    "one customer, one order": [line("a", "2024-05-15", "100")],
    "one customer, one order on the last day of a month": [line("a", "2024-05-31", "100")],
    "two customers": [line("a", "2024-05-15", "100"), line("b", "2024-07-31", "60.50")],
    "all on the same day": [line(f"c{n}", "2024-05-15", str(10 + n)) for n in range(8)],
    "all in one month": [line(f"c{n}", f"2024-05-{n + 1:02d}", str(10 + n)) for n in range(8)],
    "everyone ordered once": [
        line(f"c{n:02d}", f"2023-{1 + n % 12:02d}-{10 + n % 9}", str(10 + n)) for n in range(60)
    ],
    "only refunds after the orders": [
        *(line(f"c{n:02d}", f"2023-{1 + n % 12:02d}-1{n % 9}", "50") for n in range(20)),
        *(line(f"c{n:02d}", f"2024-{1 + n % 12:02d}-2{n % 9}", "-80") for n in range(20)),
    ],
    "all amounts are zero": _spread(20, 60),
    "history shorter than a year": _spread(9, 25, "12.34", start="2024-01-31"),
    "years without an order": [
        line("a", "2018-02-03", "10"),
        line("a", "2018-04-03", "11.10"),
        line("b", "2020-12-31", "12"),
        line("a", "2024-02-29", "13"),
    ],
    "an order over two days": [
        line("a", "2024-01-31", "10", order="1"),
        line("a", "2024-02-01", "20", order="1"),
        line("b", "2024-02-10", "5", order="1"),
        line("a", "2024-03-31", "7", order="2"),
    ],
    "refund of an order on its own day": [
        line("a", "2024-01-31", "10"),
        line("a", "2024-01-31", "-10"),
        line("b", "2024-04-30", "10"),
    ],
    "more refunded than bought": [
        line("a", "2024-01-10", "10"),
        line("a", "2024-01-31", "-25"),
        line("b", "2024-02-10", "30"),
        line("a", "2024-03-31", "4"),
    ],
    "ordinary": _spread(12, 120, "9.99"),
}
"""Shops at the edge of what can be computed; each is small enough to check by hand."""

QUICK_SHOPS = ("two customers", "only refunds after the orders", "years without an order", "ordinary")
"""Those of them that ``make test`` tries where each takes long; ``make check-long`` tries all."""

EDGE_NAMES = tuple(
    pytest.param(name, marks=() if name in QUICK_SHOPS else pytest.mark.long) for name in EDGE_SHOPS
)
SLOW_EDGES = pytest.mark.parametrize(
    "lines",
    [
        pytest.param(lines, id=name, marks=() if name in QUICK_SHOPS else pytest.mark.long)
        for name, lines in EDGE_SHOPS.items()
    ],
)
"""For a test that takes a third of a second a shop."""
