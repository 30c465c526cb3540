"""``clv-xl check`` of any folder of overlapping exports: no order is lost, and what may count twice is told."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

DAY = dt.timedelta(days=1)
MAY_COUNT_TWICE = {"overlapping_rows", "rows_of_other_days", "pasted_twice", "ids_of_several_days"}


class Sale(NamedTuple):
    """A row as an export has it: of an order, or below 0 of its refund."""

    order: str
    customer: str
    day: dt.date
    amount: Decimal


class Folder(NamedTuple):
    """Exports of one shop, each with its name and how it is written, and what is true of the orders in them."""

    exports: list[tuple[str, str, list[Sale]]]
    sold: Decimal
    refunded: Decimal


def sales(random_: random.Random) -> list[Sale]:
    days, customers = random_.choice((10, 40, 120)), random_.choice((3, 12, 60, 400))
    prices = [Decimal(random_.randrange(500, 90000)) / 100 for _ in range(random_.choice((1, 3, 12, 300)))]
    busy = random_.choice((1, 3, 6))
    made: list[Sale] = []
    for at in range(days):
        for _ in range(random_.randint(0, busy)):
            day = dt.date(2024, 1, 5) + at * DAY
            sale = Sale(f"N{len(made) + 1}", f"c{random_.randrange(customers)}", day, random_.choice(prices))
            made.append(sale)
    back = [
        Sale(sale.order, sale.customer, sale.day + random_.randint(1, 5) * DAY, -sale.amount)
        for sale in made
        if random_.random() < 0.05
    ]
    return sorted(made + back, key=lambda sale: sale.day)


def folder(seed: int) -> Folder:
    """Exports of weeks or months that overlap by some days, or of everything so far, each written in some way."""
    random_ = random.Random(seed)
    rows = sales(random_)
    while len(rows) < 3:
        rows = sales(random_)
    first, last = rows[0].day, rows[-1].day
    length, overlap = random_.choice((7, 30, 45)), random_.choice((0, 1, 1, 3, 10))
    so_far = random_.random() < 0.2
    ways = random_.choice((("ids",), ("no ids",), ("ids", "no ids"), ("no ids", "lines"), ("some ids",)))
    made, start = [], first
    while start <= last:
        end = start + length * DAY
        # a refund stands in the exports of its own day
        window = [row for row in rows if (so_far or start - overlap * DAY <= row.day) and row.day < end]
        if random_.random() < 0.3:
            window.reverse()
        if window:
            ending = random_.choice(("csv", "csv", "nordic.csv", "xlsx"))
            made.append((f"export-{len(made):02}.{ending}", random_.choice(ways), window))
        start = end
    sold, refunded = (
        sum((max(row.amount * sign, Decimal(0)) for row in rows), Decimal(0)) for sign in (1, -1)
    )
    return Folder(made, sold, -refunded)


def table(way: str, rows: list[Sale]) -> list[list[object]]:
    if way == "no ids":
        return [
            ["customer_id", "order_date", "amount"],
            *([row.customer, row.day, row.amount] for row in rows),
        ]
    head: list[object] = ["order_id", "customer_id", "order_date", "amount"]
    if way == "lines":
        lines: list[list[object]] = []
        for row in rows:
            part = (row.amount / 3).quantize(Decimal("0.01"))
            lines += [[row.order, row.customer, row.day, amount] for amount in (part, row.amount - part)]
        return [head, *lines]
    blank = {row.order for row in rows if way == "some ids" and int(row.order[1:]) % 3 == 0}
    return [head, *(["" if row.order in blank else row.order, *row[1:]] for row in rows)]


def write(path: Path, rows: list[list[object]]) -> None:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        return
    nordic = ".nordic" in path.name
    text = "".join(
        (";" if nordic else ",").join(
            f"{cell:.2f}".replace(".", ",") if nordic and isinstance(cell, Decimal) else str(cell)
            for cell in row
        )
        + "\n"
        for row in rows
    )
    path.write_text(text, encoding="utf-8")


def hold(cli: Callable[..., Run], place: Path, seed: int) -> None:
    made = folder(seed)
    (place / "exports").mkdir()
    for name, way, rows in made.exports:
        write(place / "exports" / name, table(way, rows))
    run = cli("check", "exports", "--json", "--as-of", "2025-12-31", cwd=place)
    if run.exit_code:
        assert (
            "reading both would count every order twice" in run.stderr
            or "can be read in two ways" in run.stderr
        )
        return
    said = json.loads(run.stdout)
    # a refund of a customer whose only order came later in these exports is set aside, and told
    without_order = sum(
        Decimal(line["amount"]) for line in said["account"] if line["reason"] == "refund_without_order"
    )
    counted = {
        outcome: sum(
            Decimal(line["counted_amount"]) for line in said["account"] if line["outcome"] == outcome
        )
        for outcome in ("used", "refund")
    }
    sales_twice = counted["used"] - made.sold
    refunds_twice = made.refunded - counted["refund"] - without_order
    told = " ".join(warning["text"] for warning in said["warnings"] if warning["code"] in MAY_COUNT_TWICE)
    named = [Decimal(text.replace(",", "")) for text in re.findall(r"(-?[0-9,]+[.][0-9]{2}) in all", told)]
    kinds = [(name, way, len(rows)) for name, way, rows in made.exports]
    found = (sales_twice, refunds_twice, named, kinds, [warning["code"] for warning in said["warnings"]])
    assert sales_twice >= 0, found
    assert refunds_twice >= 0, found
    assert abs(sales_twice - refunds_twice) <= sum(map(abs, named)), found


@pytest.mark.one_in(30)
@pytest.mark.parametrize("seed", range(60))
def test_a_folder_of_overlapping_exports_holds_the_truth_or_says_what_may_count_twice(cli, tmp_path, seed):
    hold(cli, tmp_path, seed)
