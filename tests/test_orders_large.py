"""Large files: what is asked of few rows only, or of cells in place of lines, finds what it would find of all."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import TYPE_CHECKING

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import clean, load_orders, row_texts
from clv_xl.orders import read as reading
from clv_xl.orders.total_rows import row_says_total_sql, says_total_sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "order_id,customer_id,order_date,amount,quantity,channel,product,country,status"


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reading, row_texts):
        monkeypatch.setattr(module, "FEW_ROWS", 0)


def row(
    order: object, customer: str, day: int, amount: object, status: str = "completed", **cell: str
) -> str:
    date = f"2024-{1 + day // 28:02}-{1 + day % 28:02}"
    product, channel = cell.get("product", "tea"), cell.get("channel", "web")
    return f"{order},{customer},{date},{amount},1,{channel},{product},SE,{status}"


def plain_rows(orders: int = 60, first: int = 1000) -> list[str]:
    return [
        row(first + at * 7 % orders, f"C{at % 11}", at % 200, f"{10 + at * 37 % 90}.50")
        for at in range(orders)
    ]


def outcome(path: Path, rows: list[str]) -> tuple[str, list[tuple[object, ...]], set[str]]:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with duckdb.connect() as connection:
        intake = load_orders(connection, [path])
        told = [
            *connection.execute("FROM order_rows ORDER BY ALL").fetchall(),
            *connection.execute("FROM set_aside ORDER BY ALL").fetchall(),
        ]
    return repr(intake), told, {warning.code for warning in intake.warnings}


SHOPS = {
    "duplicate_rows": [row(2000, "A", 3, 5), row(2000, "A", 3, 5)],
    "copies": plain_rows()[20:35],
    "shared_order_ids": [row(2000, "A", 3, 5), row(2000, "B", 3, 5)],
    "no_order_id": [row("", "A", 3, 5), row("", "A", 3, 5)],
    "refunds_of_others": [row(2000, "A", 3, 50), row(2000, "B", 4, -50)],
    "ended_later": [row(2000, "A", 3, 5), row(2000, "A", 9, 5, "cancelled")],
    "refunded_in_part_later": [row(2000, "A", 3, 50), row(2000, "A", 9, 5, "refunded")],
    "ids_far_apart": [row(2000, "A", 3, 5), row(2000, "A", 199, 6)],
    "ids_begin_anew": [
        *(row(3000 + at, f"D{at}", 2, 40 + at) for at in range(5)),
        *(row(3000 + at, f"E{at}", 190, 50 + at) for at in range(4)),
        row(3004, "D4", 190, 60),
        row("3004 (2024-07-23)", "D4", 191, 61),
    ],
    "credited_in_part": [
        row(1999, "A", 1, 30),
        row(2000, "A", 3, 50, "refunded"),
        row(2001, "A", 9, -5),
        row(2002, "A", 1, 5),
        row(2002, "A", 2, 5),
    ],
    "refund_of_either": [
        row(2000, "A", 3, 50, "refunded"),
        row(2001, "A", 3, 50),
        row(2002, "A", 9, -50),
    ],
}


@pytest.mark.parametrize("code", SHOPS)
def test_what_only_repeated_order_ids_can_be_is_found_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    rows = [*plain_rows(), *SHOPS[code]]
    found = outcome(tmp_path / "orders.csv", rows)
    assert code in found[2]
    monkeypatch.setattr(clean, "again_sql", lambda *_, **__: "true")
    assert outcome(tmp_path / "orders.csv", rows) == found


def test_a_row_without_an_order_id_pasted_again_is_known_by_its_line(tmp_path: Path) -> None:
    # the rows without an id stand within the block: without their lines it would fall apart
    rows = plain_rows()
    rows[25:35] = [text.partition(",")[2].join([",", ""]) for text in rows[25:35]]
    told = outcome(tmp_path / "orders.csv", [*rows, *rows[20:40]])
    assert "copies" in told[2]
    assert sum(reason == "copy" for reason in (line[3] for line in told[1])) == 20


CELLS = (
    "", "Total", "total:", " Sum", "SUMMA 3", "\u017fumma", "Välisumma", "i alt", "I ALT.", "Totalitarian", "tot",
    "@total", "_total", "3 total", "grand total", "Zwischensumme", "12.50", "2024-01-01", "delsum\u00e4", "Sub-Total",
    "YHTEENSÄ", "gesamt-", "\u212aaffe", "~sum",
)  # fmt: skip


def pairs() -> Iterator[tuple[str, ...]]:
    for one, other in itertools.product(CELLS, CELLS):
        yield (one, "x", "7", other, "", "y", "z", "SE")


def test_cells_say_total_as_their_line_does() -> None:
    names = [f"c{at}" for at in range(8)]
    line = f"concat_ws(',', {', '.join(names)})"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE cells ({', '.join(f'{name} VARCHAR' for name in names)})")
        connection.executemany(f"INSERT INTO cells VALUES ({', '.join('?' * 8)})", list(pairs()))
        by_cell = row_says_total_sql(names, line, many_whole=True)
        by_line = says_total_sql(line)
        assert by_cell != by_line == row_says_total_sql(names, line, many_whole=False)
        differs = f"count(*) FILTER ({by_cell} IS DISTINCT FROM {by_line})"
        counted = f"SELECT count(*) FILTER ({by_line}), {differs} FROM cells"
        said, differ = connection.execute(counted).fetchone() or (0, 0)
    assert differ == 0
    assert 0 < said < len(CELLS) ** 2


@pytest.mark.parametrize("word", ["Total", "from; total", "a|Sum", "\u017fumma"])
def test_a_row_of_totals_is_found_in_a_large_file(tmp_path: Path, word: str) -> None:
    rows = plain_rows()
    whole = sum(float(text.split(",")[3]) for text in rows)
    told = outcome(tmp_path / "orders.csv", [*rows, row(9999, "", 150, whole, product=word)])
    assert [line[3] for line in told[1] if "total_row" in line] == ["total_row"]


def test_repeated_totals_are_asked_of_though_few_rows_have_them(tmp_path: Path) -> None:
    rows = plain_rows()
    same = [row(5000 + at, f"F{at}", 3, "70.00", product=tea) for at in range(5) for tea in ("tea", "mug")]
    blank = [row(5900, "G", 3, amount, product=f"p{amount}") for amount in ("0", "-3", "8")]
    with pytest.raises(InputError, match="5 orders of several rows have the same"):
        outcome(tmp_path / "orders.csv", [*rows, *same, *blank])
    *_, codes = outcome(tmp_path / "orders.csv", [*rows, *blank])
    assert "same_amounts" not in codes


@pytest.mark.parametrize("date", ["03/04/2024", "2024-04-03 10:00", "20240403", "3 Apr 2024", ""])
def test_one_date_of_another_shape_is_seen_among_all(tmp_path: Path, date: str) -> None:
    rows = plain_rows()
    last = row(9000, "H", 3, 5).split(",")
    last[2] = date
    if date == "03/04/2024":
        with pytest.raises(InputError, match=r'"03/04/2024" either number may be the day'):
            outcome(tmp_path / "orders.csv", [*rows, ",".join(last)])
        return
    _, told, _ = outcome(tmp_path / "orders.csv", [*rows, ",".join(last)])
    days = [line[4] for line in told if line[3] == "9000"]
    assert days == ([dt.date(2024, 4, 3)] if date else [])


def test_one_piece_that_came_back_is_seen_among_all(tmp_path: Path) -> None:
    back = row(9000, "C1", 150, 5).replace(",5,1,", ",5,-1,")
    assert "refunds_by_quantity" in outcome(tmp_path / "orders.csv", [*plain_rows(), back])[2]


def test_a_refund_needs_an_earlier_order_of_its_customer_whoever_else_has_one(tmp_path: Path) -> None:
    refunds = [row(9000, "C1", 199, -5), row(9001, "New", 199, -5), row(9002, "C2", 0, -5)]
    rows = [*plain_rows()[3:], row(8000, "C2", 9, 40)]
    _, told, _ = outcome(
        tmp_path / "orders.csv", [*(text for text in rows if ",C2,2024-01-01," not in text), *refunds]
    )
    aside = {line[4]: line[3] for line in told if line[3] == "refund_without_order"}
    assert aside == {"New": "refund_without_order", "C2": "refund_without_order"}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("Totalä", "x"), False),
        (("Totalä", "Sum"), True),
        (("Totalä", "x, total"), False),
        (("x", "total"), True),
        ((None, "Delsumma:"), True),
        ((None, None), False),
    ],
)
def test_a_longer_word_beyond_ascii_is_no_total(cells: tuple[str | None, ...], says: bool) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE cells (c0 VARCHAR, c1 VARCHAR)")
        connection.execute("INSERT INTO cells VALUES (?, ?)", cells)
        for more in (0, 7):  # few cells and many
            told = row_says_total_sql(["c0", "c1", *["''"] * more], "", many_whole=True)
            assert connection.execute(f"SELECT {told} FROM cells").fetchone() == (says,)


@pytest.mark.long
def test_ids_used_again_and_refunds_without_customers_are_read_alike_every_time(tmp_path: Path) -> None:
    """Many threads, and many refunds that may be of several orders: none goes to whichever comes first."""
    numbers = random.Random(7)
    customers = [str(at) for at in range(2000)]
    lines = ["order_id,customer_id,order_date,amount"]
    for _ in range(300_000):
        customer = numbers.choice(customers) if numbers.random() < 0.8 else ""
        day = dt.date(2023, 1, 1) + dt.timedelta(days=numbers.randrange(700))
        lines.append(f"{numbers.randrange(9000)},{customer},{day},{numbers.choice([10, 20, 30, -10])}")
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = set()
    for _ in range(4):
        with duckdb.connect(config={"threads": 4}) as connection:
            intake = load_orders(connection, [path])
            kept = connection.execute("SELECT sum(hash(o)::HUGEINT) FROM order_rows AS o").fetchone()
        found.add((repr(intake), kept))
    assert len(found) == 1
