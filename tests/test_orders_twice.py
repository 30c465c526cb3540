"""The same order in two files, or pasted twice into one, counts once; what may be two orders counts, and is told."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_xl.errors import UsageError
from clv_xl.orders import Intake, OrderRules, ReadOptions, load_orders, rows_set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection
START = date(2024, 1, 1)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")  # a few rows are not worth sharing out
        yield made


def load(connection: Connection, folder: Path, *texts: str, refunds: str = "subtract") -> Intake:
    """Read each text as a file of its own, a.csv, b.csv ..., and hold the account of each against its text."""
    paths = [folder / f"{name}.csv" for name in "abcdef"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    intake = load_orders(connection, paths, parameters=OrderRules(as_of=date(2027, 1, 1), refunds=refunds))
    for number, text in enumerate(texts, start=1):
        lines = [line for line in intake.by_file if line.file == number]
        header, *rows = (row.split(",") for row in text.splitlines())
        at = header.index("amount")
        assert sum(line.rows for line in lines) == len(rows)
        assert sum(line.amount for line in lines) == sum(Decimal(row[at]) for row in rows if row[at])
    return intake


def told(intake: Intake, code: str) -> str:
    return " ".join(warning.text for warning in intake.warnings if warning.code == code)


def codes(intake: Intake) -> set[str]:
    return {warning.code for warning in intake.warnings}


def aside(intake: Intake) -> dict[str, int]:
    return {line.reason: line.rows for line in intake.account if line.outcome == "set aside"}


def counted(intake: Intake) -> Decimal:
    return sum((line.counted_amount for line in intake.account), Decimal(0))


def by_customer(connection: Connection) -> dict[str, Decimal]:
    return dict(connection.execute("SELECT customer_id, sum(amount) FROM order_rows GROUP BY 1").fetchall())


Order = tuple[str, str, date, int]  # id, customer, day, amount


def orders(first: int, last: int, *, days: int = 0) -> list[Order]:
    return [
        (f"N{n}", f"c{n % 17}", START + timedelta(days=n + days), 10 + n % 50) for n in range(first, last)
    ]


def with_ids(rows: list[Order]) -> str:
    return "order_id,customer_id,order_date,amount\n" + "".join(f"{o},{c},{d},{a}\n" for o, c, d, a in rows)


def without(rows: list[Order]) -> str:
    return "customer_id,order_date,amount\n" + "".join(f"{c},{d},{a}\n" for _, c, d, a in rows)


def total(rows: list[Order]) -> int:
    return sum(row[3] for row in rows)


# --- a file with order ids and one without ---------------------------------------------------------------


def test_the_same_orders_with_and_without_order_ids_count_once(connection, tmp_path):
    """The file with ids counts, though the other one is newer; what only one of them has counts too."""
    for texts in (
        (with_ids(orders(0, 60)), without(orders(30, 90))),
        (without(orders(30, 90)), with_ids(orders(0, 60))),
    ):
        intake = load(connection, tmp_path, *texts)
        assert counted(intake) == total(orders(0, 90))
        assert aside(intake) == {"copy": 30}
        ((file,),) = connection.execute("SELECT DISTINCT file_number FROM set_aside").fetchall()
        assert "order_id" not in intake.files[file - 1].columns
        assert "30 rows have the same customer, day and amount in both" in told(intake, "copies")


def test_columns_that_only_one_of_the_files_has_do_not_hide_the_copies(connection, tmp_path):
    """Both without ids, one with products."""
    rows = without(orders(0, 40)).splitlines()
    products = "\n".join([f"{rows[0]},product,quantity", *(f"{row},Mug,1" for row in rows[1:])]) + "\n"
    intake = load(connection, tmp_path, products, without(orders(0, 40)))
    assert (counted(intake), aside(intake)) == (total(orders(0, 40)), {"copy": 40})


@pytest.mark.long
def test_product_rows_with_order_ids_and_order_totals_without_count_once(connection, tmp_path):
    lines = "order_id,customer_id,order_date,amount,product\n" + "".join(
        f"{o},{c},{d},{a - 3},Mug\n{o},{c},{d},3,Cup\n" for o, c, d, a in orders(0, 40)
    )
    for texts in ((lines, without(orders(0, 41))), (without(orders(0, 41)), lines)):
        intake = load(connection, tmp_path, *texts)
        assert counted(intake) == total(orders(0, 41))
        assert aside(intake) == {"copy": 40}
        assert "add up to the same in both" in told(intake, "copies")


def test_rows_without_order_ids_in_files_that_have_some_count_once(connection, tmp_path):
    """Orders typed in by hand have no number in either export."""
    some = [(o if at % 3 else "", c, d, a) for at, (o, c, d, a) in enumerate(orders(0, 60))]
    intake = load(connection, tmp_path, with_ids(some), with_ids([*some, *orders(80, 90)]))
    assert counted(intake) == total(orders(0, 60)) + total(orders(80, 90))
    assert aside(intake) == {"copy": 60}


@pytest.mark.long
@pytest.mark.parametrize(("shared", "is_period"), [(19, False), (25, False), (26, True)])
def test_only_nearly_all_rows_alike_are_a_period_exported_twice(connection, tmp_path, shared, is_period):
    """Of 28 rows on the common days: 26 are more than nine in ten, 25 are not."""
    theirs = orders(0, shared) + [("", f"x{n}", d, a) for n, (_, _, d, a) in enumerate(orders(shared, 28))]
    for texts in (
        (without(orders(0, 28)), without(theirs) + "z,2024-06-01,1\n"),
        (with_ids(orders(0, 28)), without(theirs)),
    ):
        intake = load(connection, tmp_path, *texts)
        assert aside(intake) == ({"copy": shared} if is_period else {})
        text = told(intake, "copies" if is_period else "overlapping_rows")
        assert text.startswith(("a.csv and b.csv both hold", "b.csv and a.csv both hold"))
        assert f"{shared} rows have the same customer, day and amount" in text
        assert "(of 28 and 28 rows of those days)" in text


@pytest.mark.long
def test_a_cancelled_order_stays_cancelled_where_the_other_file_knows_no_status(connection, tmp_path):
    ids = "order_id,customer_id,order_date,amount,status\n" + "".join(
        f"{o},{c},{d},{a},{'cancelled' if at % 7 == 0 else 'paid'}\n"
        for at, (o, c, d, a) in enumerate(orders(0, 42))
    )
    intake = load(connection, tmp_path, ids, without(orders(0, 42)))
    assert counted(intake) == total([row for at, row in enumerate(orders(0, 42)) if at % 7])
    # a list that leaves the cancelled ones out is the same period too
    intake = load(connection, tmp_path, ids, without([row for at, row in enumerate(orders(0, 42)) if at % 7]))
    assert aside(intake) == {"copy": 36, "cancelled": 6}


def test_equal_rows_of_one_customer_and_day_are_no_evidence_for_each_other(connection, tmp_path):
    """Of 24 such orders the first export has 21 and the second the last 23: no order is lost, and 21 are told."""
    same = [(f"N{n}", "c0", START, 10) for n in range(1, 25)]
    for texts in (
        (with_ids(same[:21]), without(same[1:])),
        (without(same[:21]), without(same[1:])),
        (with_ids(same[:21]), without(same[3:])),
    ):
        intake = load(connection, tmp_path, *texts)
        assert counted(intake) >= total(same)
        assert aside(intake) == {}
        assert "21 rows have the same customer, day and amount in both, 210.00 in all" in told(
            intake, "overlapping_rows"
        )


def monthly(rows: list[Order], *, months: int = 6, days: int = 30) -> list[list[Order]]:
    """Exports of so many days and the first day of the next one."""
    starts = [START + timedelta(days=days * at) for at in range(months)]
    return [[row for row in rows if start <= row[2] <= start + timedelta(days=days)] for start in starts]


def several_a_day(each: int, *, days: int = 180) -> list[Order]:
    return [
        (f"N{day}-{n}", f"c{(day * each + n) % 97}", START + timedelta(days=day), 10 + (7 * day + n) % 83)
        for day in range(days)
        for n in range(each)
    ]


@pytest.mark.parametrize("every_other", [without, with_ids])
def test_monthly_exports_that_overlap_by_a_day_count_once_by_the_evidence_of_all(
    connection, tmp_path, every_other
):
    """Three rows on each of five common days: none of the pairs has ten."""
    true = several_a_day(3)
    parts = [(every_other if at % 2 else without)(part) for at, part in enumerate(monthly(true))]
    intake = load(connection, tmp_path, *parts)
    assert (counted(intake), aside(intake)) == (total(true), {"copy": 15})


@pytest.mark.long
def test_another_shop_s_exports_in_the_folder_do_not_hide_the_monthly_overlaps(connection, tmp_path):
    true = several_a_day(5, days=90)
    till = [(f"T{n}", f"t{n % 31}", START + timedelta(days=n), 1000 + n) for n in range(88)]
    parts = [*monthly(true, months=3), *monthly(till, months=3, days=29)]
    intake = load(connection, tmp_path, *map(without, parts))
    assert (counted(intake), aside(intake)) == (total(true) + total(till), {"copy": 12})


def test_rows_alike_here_and_there_among_two_tills_count_and_are_told(connection, tmp_path):
    """Every tenth customer pays the same at both; each till's months overlap by a day, of four rows."""
    one = several_a_day(4, days=120)
    two = [row if at % 10 == 0 else (row[0], f"z{at}", *row[2:]) for at, row in enumerate(one)]
    parts = [part for rows in (one, two) for part in monthly(rows, months=3, days=40)]
    intake = load(connection, tmp_path, *map(without, parts))
    assert (counted(intake), aside(intake)) == (total(one) + total(two), {"copy": 16})
    assert "They count twice" in told(intake, "overlapping_rows")


def test_small_files_of_the_same_few_customers_and_prices_are_no_evidence(connection, tmp_path):
    """A row a day in each of six files: some are alike by chance."""
    parts = [
        [
            ("", f"c{(day * 5 + till * 3) % 4}", START + timedelta(days=day), 10)
            for day in range(till, till + 3)
        ]
        for till in range(6)
    ]
    intake = load(connection, tmp_path, *map(without, parts))
    assert aside(intake) == {}


# --- the same order on another day -----------------------------------------------------------------------


@pytest.mark.long
def test_orders_of_another_time_zone_count_once_on_the_earlier_day(connection, tmp_path):
    here, there = (
        orders(0, 30),
        [(o, c, d + timedelta(days=at % 3 == 0), a) for at, (o, c, d, a) in enumerate(orders(0, 30))],
    )
    two, three = "a.csv and b.csv", "a.csv, b.csv and c.csv"
    for in_files, *texts in ((two, here, there), (two, there, here), (three, here, there, here)):
        intake = load(connection, tmp_path, *(with_ids(list(rows)) for rows in texts))
        assert counted(intake) == total(here)
        assert aside(intake) == {"copy": 30 * (len(texts) - 1)}
        days = [row[0] for row in connection.execute("SELECT day FROM order_rows ORDER BY day").fetchall()]
        assert days == [row[2] for row in here]
        assert told(intake, "other_days").startswith(f"10 orders stand in {in_files} with the same customer")


def test_order_dates_and_payment_dates_are_of_one_order(connection, tmp_path):
    """A status that changed in between counts as in the newer file."""
    head = "order_id,customer_id,order_date,amount,status\n"
    early = head + "".join(f"{o},{c},{d},{a},pending payment\n" for o, c, d, a in orders(0, 30))
    late = head + "".join(f"{o},{c},{d},{a},completed\n" for o, c, d, a in orders(0, 30, days=11))
    intake = load(connection, tmp_path, early, late)
    assert (counted(intake), aside(intake)) == (total(orders(0, 30)), {"copy": 30})
    assert 'such as "N0" (2024-01-01 and 2024-01-12)' in told(intake, "other_days")


@pytest.mark.long
def test_exports_of_one_shop_with_days_of_two_time_zones_count_once(connection, tmp_path):
    head = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,"
    head += "Lineitem name,Lineitem price,Refunded Amount,Vendor,Id,Phone\n"

    def shop(day: str) -> str:
        return head + f"#1,a@x.no,paid,{day} 10:00:00 +0100,NOK,7,0,0,7,{day} 10:00:00 +0100,1,Mug,7,0,V,9,\n"

    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, day in zip(paths, ("2024-01-02", "2024-01-01"), strict=True):
        path.write_text(shop(day), encoding="utf-8")
    intake = load_orders(connection, paths)
    assert (counted(intake), aside(intake)) == (7, {"copy": 1})
    assert intake.first_day == date(2024, 1, 1)


@pytest.mark.long
def test_order_numbers_that_begin_anew_each_year_keep_all_orders(connection, tmp_path):
    """The same number for another customer, for another amount, or for the same customer and amount."""
    first = orders(0, 30)
    other_customers = [(o, f"d{at}", d + timedelta(days=365), a) for at, (o, _, d, a) in enumerate(first)]
    other_amounts = [(o, c, d + timedelta(days=365), a + 1) for o, c, d, a in first]
    the_usual = [(o, c, d + timedelta(days=365), a) for o, c, d, a in first]
    for second, code in (
        (other_customers, "shared_order_ids"),
        (other_amounts, "ids_of_several_days"),
        (the_usual, "ids_of_several_days"),
    ):
        intake = load(connection, tmp_path, with_ids(first), with_ids(second))
        assert (counted(intake), aside(intake)) == (total(first) + total(second), {})
        assert code in codes(intake)
    assert told(intake, "ids_of_several_days").startswith(
        '30 order ids stand in several files for the same customer on different days, such as "N0": 10.00 on'
        " 2024-01-01 in a.csv, 10.00 on 2024-12-31 in b.csv. They count as orders of their own in each"
        " file."
    )


def test_a_number_that_mostly_belongs_to_others_is_a_number_used_again(connection, tmp_path):
    """Two shops that count alike: that one customer paid the same in both a day apart says nothing."""
    ours = [("1", "a", START, 100), ("2", "b", START, 50), ("3", "c", START, 60)]
    theirs = [("1", "a", START + timedelta(days=1), 100), ("2", "x", START, 51), ("3", "y", START, 61)]
    intake = load(connection, tmp_path, with_ids(ours), with_ids(theirs))
    assert (counted(intake), aside(intake)) == (422, {})
    assert {"shared_order_ids", "ids_of_several_days"} <= codes(intake)


@pytest.mark.long
def test_a_contract_number_on_every_row_of_a_customer_is_not_one_order(connection, tmp_path):
    months = [("K1", "a", date(2024, month, 28), 99) for month in range(1, 7)]
    intake = load(connection, tmp_path, with_ids(months[:4]), with_ids(months[3:]))
    assert (counted(intake), aside(intake)) == (6 * 99, {"copy": 1})
    monthly = [with_ids(months[at : at + 1]) for at in range(6)]
    intake = load(connection, tmp_path, *monthly)
    assert (counted(intake), aside(intake)) == (6 * 99, {})
    assert "ids_of_several_days" in codes(intake)


@pytest.mark.parametrize(
    ("size", "days"),
    [(12, 7), (30, 7), (12, 14), (6, 7), (12, 3), (12, 30)],
)
@pytest.mark.one_in(4)
def test_the_number_of_a_subscription_again_a_week_later_is_another_order(connection, tmp_path, size, days):
    """Every customer has one number, or all are moved by whole weeks: nothing says that it is the same order."""
    intake = load(connection, tmp_path, with_ids(orders(0, size)), with_ids(orders(0, size, days=days)))
    assert (counted(intake), aside(intake)) == (2 * total(orders(0, size)), {})
    assert told(intake, "ids_of_several_days").startswith(f"{size} order ids stand in several files")


@pytest.mark.long
def test_the_number_of_a_subscription_in_the_file_of_every_day_is_another_order(connection, tmp_path):
    every_day = [[(f"S{n}", f"c{n}", START + timedelta(days=day), 25) for n in range(5)] for day in range(4)]
    intake = load(connection, tmp_path, *map(with_ids, every_day))
    assert (counted(intake), aside(intake)) == (4 * 5 * 25, {})
    assert "ids_of_several_days" in codes(intake)


def test_customers_of_several_orders_that_are_paid_some_days_later_paid_each_once(connection, tmp_path):
    paid = [(o, c, d + timedelta(days=2 + at % 5), a) for at, (o, c, d, a) in enumerate(orders(0, 40))]
    intake = load(connection, tmp_path, with_ids(orders(0, 40)), with_ids(paid))
    assert (counted(intake), aside(intake)) == (total(orders(0, 40)), {"copy": 40})


def test_orders_paid_a_week_later_that_were_open_before_count_once(connection, tmp_path):
    early, late = (
        STATUS + "".join(f"{o},{c},{d},{a},{status}\n" for o, c, d, a in orders(0, 12, days=days))
        for status, days in (("pending payment", 0), ("completed", 7))
    )
    intake = load(connection, tmp_path, early, late)
    assert (counted(intake), aside(intake)) == (total(orders(0, 12)), {"copy": 12})


@pytest.mark.long
def test_without_order_ids_rows_moved_by_some_days_are_told(connection, tmp_path):
    """Shifted by a time zone, or by the days to payment: on other days in both files, one of them without ids."""
    here = several_a_day(2, days=30)
    for later in (
        [(o, c, d + timedelta(days=1), a) for o, c, d, a in here],
        [(o, c, d + timedelta(days=2 + at % 7), a) for at, (o, c, d, a) in enumerate(here)],
    ):
        for texts in ((without(here), without(later)), (with_ids(here), without(later))):
            intake = load(connection, tmp_path, *texts)
            assert counted(intake) == 2 * total(here)
            text = told(intake, "rows_of_other_days")
            assert "60 rows have the same customer and amount in both on days near to each other" in text
            assert f"{total(here):,}.00 in all. They count twice" in text


@pytest.mark.long
def test_customers_who_pay_the_same_each_month_are_not_told_as_moved(connection, tmp_path):
    """And so for tills whose customers are other people, and for few prices that everybody pays often."""
    months = [
        [("", f"c{n}", START + timedelta(days=31 * month + n), 99) for n in range(25)] for month in range(2)
    ]
    months[1].append(("", "x", START + timedelta(days=5), 5))
    till = [("", f"t{n}", d, a) for n, (_, _, d, a) in enumerate(months[0])]
    often = [[("", f"c{n % 3}", START + timedelta(days=n), 10) for n in range(at, 60, 2)] for at in (0, 1)]
    for one, two in ((*months,), (months[0], till), (*often,)):
        assert "rows_of_other_days" not in codes(load(connection, tmp_path, without(one), without(two)))


# --- two sheets of one workbook ------------------------------------------------------------------------------


def load_sheets(connection: Connection, folder: Path, **sheets: list[Order]) -> Intake:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in [("customer_id", "order_date", "amount"), *((c, d, a) for _, c, d, a in rows)]:
            sheet.append(row)
    book.save(folder / "book.xlsx")
    return load_orders(
        connection,
        [folder / "book.xlsx"],
        options=ReadOptions(sheet=tuple(sheets)),
        parameters=OrderRules(as_of=date(2027, 1, 1)),
    )


@pytest.mark.long
def test_a_sheet_that_was_copied_counts_once(connection, tmp_path):
    """All of it, or all and some more; of two rows nobody knows, and of other rows neither."""
    for one, two, copies in (
        (orders(0, 5), orders(0, 5), 5),
        (orders(0, 5), orders(0, 8), 5),
        (orders(2, 5), orders(0, 8), 3),
        (orders(0, 5), orders(1, 8), 0),
        (orders(0, 2), orders(0, 2), 0),
    ):
        intake = load_sheets(connection, tmp_path, January=one, Copy=two)
        assert aside(intake) == ({"copy": copies} if copies else {})
        assert counted(intake) == total(one) + total(two) - (total(min(one, two, key=len)) if copies else 0)
        assert ("overlapping_rows" in codes(intake)) == (not copies)


# --- an export pasted twice into one file ----------------------------------------------------------------


def lines(first: int, last: int) -> str:
    """Product rows: every third order has two equal lines."""
    return "".join(
        f"{o},{c},{d},{a},Mug\n" * (2 if int(o[1:]) % 3 == 0 else 1) + f"{o},{c},{d},1,Cup\n"
        for o, c, d, a in orders(first, last)
    )


LINES = "order_id,customer_id,order_date,amount,product\n"


@pytest.mark.long
def test_an_export_with_order_ids_pasted_twice_counts_once(connection, tmp_path):
    once = load(connection, tmp_path, LINES + lines(0, 9))
    assert aside(once) == {}  # equal lines of one order are lines
    for pasted in (2, 3):
        intake = load(connection, tmp_path, LINES + lines(0, 9) * pasted)
        assert counted(intake) == counted(once)
        assert aside(intake) == {"copy": 21 * (pasted - 1)}
        ((first,),) = connection.execute("SELECT min(file_row) FROM set_aside").fetchall()
        assert first == 23
    assert told(intake, "copies").startswith(
        "a.csv: the rows 23 to 64 repeat in every column and in the same sequence the rows 21 rows above"
    )


def test_a_part_that_was_pasted_once_more_counts_once(connection, tmp_path):
    text = LINES + lines(0, 20) + lines(10, 17) + lines(20, 30)
    intake = load(connection, tmp_path, text)
    assert counted(intake) == counted(load(connection, tmp_path, LINES + lines(0, 20) + lines(20, 30)))


def test_parts_that_were_pasted_more_than_once_in_different_places_count_once(connection, tmp_path):
    # the last part repeats what stands 25 rows above it, and 35: set aside once, and told once
    first, second = orders(0, 15), orders(15, 25)
    intake = load(connection, tmp_path, with_ids(first + second + second + first + second))
    assert counted(intake) == total(first + second)
    assert aside(intake) == {"copy": 35}


def test_a_small_export_pasted_twice_whole_counts_once(connection, tmp_path):
    intake = load(connection, tmp_path, with_ids(orders(0, 3) * 2))
    assert (counted(intake), aside(intake)) == (total(orders(0, 3)), {"copy": 3})


@pytest.mark.parametrize(
    "rows",
    [
        "1,a,2024-01-01,10,Mug\n" * 24,  # one order of equal lines
        "1,a,2024-01-01,10,Mug\n1,a,2024-01-01,5,Cup\n" * 12,  # one order whose lines alternate
        "".join(f"{n},a,2024-01-01,10,Mug\n" * 2 for n in range(20)),  # each line twice, in place
        "".join(f"{n},a,2024-01-01,10,Mug\n" * 12 for n in range(3)),
        "1,a,2024-01-01,10,Mug\n2,b,2024-01-01,10,Mug\n" * 2,  # two orders with a line here and there
        lines(0, 9) + lines(0, 2),  # too few rows to tell
    ],
)
@pytest.mark.one_in(4)
def test_equal_lines_of_one_order_are_kept(connection, tmp_path, rows):
    intake = load(connection, tmp_path, LINES + rows)
    assert aside(intake) == {}
    assert told(intake, "duplicate_rows")


def test_a_pasted_file_beside_its_next_export_counts_once(connection, tmp_path):
    twice, later = with_ids(orders(0, 20) * 2), with_ids(orders(10, 40))
    for texts in ((twice, later), (later, twice)):
        intake = load(connection, tmp_path, *texts)
        assert (counted(intake), aside(intake)) == (total(orders(0, 40)), {"copy": 30})


# --- refunds and the orders that they undo ---------------------------------------------------------------

STATUS = "order_id,customer_id,order_date,amount,status\n"


@pytest.mark.long
def test_the_refund_of_another_shop_s_order_does_not_hide_a_refunded_status(connection, tmp_path):
    """Order 7 is refunded by its status here; in the other file order 7 of somebody else has a refund row."""
    one = STATUS + "7,a,2024-01-01,100,refunded\n8,a,2024-01-02,30,paid\n"
    for other, left in (
        (STATUS + "7,b,2024-01-03,50,paid\n7,b,2024-01-04,-20,paid\n", {"a": 30, "b": 30}),
        (STATUS + "7,a,2024-03-03,50,paid\n7,a,2024-03-04,-20,paid\n", {"a": 60}),
    ):
        for texts in ((one, other), (other, one)):
            intake = load(connection, tmp_path, *texts)
            assert by_customer(connection) == left
            assert aside(intake) == {"refunded_by_status": 1}


@pytest.mark.long
def test_the_cancelled_order_of_another_shop_takes_no_refund_with_it(connection, tmp_path):
    one = STATUS + "7,a,2024-01-01,100,cancelled\n8,a,2024-01-02,30,paid\n"
    other = STATUS + "6,b,2024-01-01,50,paid\n7,b,2024-01-04,-20,paid\n"
    for texts in ((one, other), (other, one)):
        intake = load(connection, tmp_path, *texts)
        assert by_customer(connection) == {"a": 30, "b": 30}
        assert aside(intake) == {"cancelled": 1}


def test_a_refund_in_the_next_month_s_file_finds_its_order(connection, tmp_path):
    one = STATUS + "7,a,2024-01-01,100,refunded\n8,a,2024-01-02,30,cancelled\n9,a,2024-01-02,5,paid\n"
    other = STATUS + "7,a,2024-02-03,-100,refunded\n8,a,2024-02-03,-30,refunded\n"
    intake = load(connection, tmp_path, one, other)
    assert by_customer(connection) == {"a": 5}
    assert aside(intake) == {"cancelled": 1, "refund_of_order_set_aside": 1}


@pytest.mark.parametrize("status", ["refunded", "paid"])
@pytest.mark.parametrize("other_orders", ["", "9,b,2023-12-01,40,paid\n"])
@pytest.mark.one_in(3)
def test_a_refund_under_another_customer_is_taken_off_its_order(connection, tmp_path, status, other_orders):
    """Whether or not the customer of the refund has orders: nothing is subtracted twice, and nothing nowhere."""
    text = f"{STATUS}{other_orders}7,a,2024-01-01,100,{status}\n7,b,2024-01-05,-30,{status}\n"
    intake = load(connection, tmp_path, text)
    assert by_customer(connection) == {"a": 70} | ({"b": 40} if other_orders else {})
    assert told(intake, "refunds_of_others") == (
        '1 refund, 30.00, stands under another customer than its order, such as that of order "7" ("b", the order is'
        ' of "a"). It is taken off the customer who ordered.'
    )


def test_a_refund_under_another_customer_in_another_file(connection, tmp_path):
    """It belongs to the one order of that number if it is not larger; else the number was used again."""
    one = STATUS + "7,a,2024-01-01,100,refunded\n8,a,2024-01-02,30,paid\n"
    intake = load(connection, tmp_path, one, STATUS + "6,b,2023-01-04,500,paid\n7,b,2024-01-04,-100,\n")
    assert by_customer(connection) == {"a": 30, "b": 500}
    assert "refunds_of_others" in codes(intake)
    intake = load(connection, tmp_path, one, STATUS + "6,b,2023-01-04,500,paid\n7,b,2024-01-04,-120,\n")
    assert by_customer(connection) == {"a": 30, "b": 380}
    assert told(intake, "refunds_unlike_order") == (
        '1 refund, 120.00, has the number of an order of another customer, and does not fit it, such as "7". It is'
        " not taken off that order. If it is of that order, write the same customer on both."
    )


def test_a_refund_before_any_order_takes_a_refunded_status_nothing_away(connection, tmp_path):
    """The refund is set aside, as no order is before it; then the status has to do it."""
    text = STATUS + "7,a,2024-01-05,100,refunded\n7,a,2024-01-01,-100,\n8,b,2024-01-05,10,paid\n"
    intake = load(connection, tmp_path, text)
    assert by_customer(connection) == {"b": 10}
    assert aside(intake) == {"refunded_by_status": 1, "refund_without_order": 1}


def test_a_refund_without_a_customer_is_taken_off_the_customer_of_its_order(connection, tmp_path):
    text = STATUS + "7,a,2024-01-05,100,refunded\n7,,2024-01-06,-100,\n8,b,2024-01-05,10,paid\n"
    intake = load(connection, tmp_path, text)
    assert by_customer(connection) == {"a": 0, "b": 10}
    assert aside(intake) == {}
    assert told(intake, "refunds_without_customer") == (
        '1 refund, 100.00, names an order and no customer: "7". It is taken off the customer of that order.'
    )


def test_a_refund_of_nobody_and_of_no_order_that_is_here_stays_aside(connection, tmp_path):
    intake = load(connection, tmp_path, STATUS + "7,a,2024-01-05,100,paid\n6,,2024-01-06,-100,\n")
    assert (by_customer(connection), aside(intake)) == ({"a": 100}, {"missing_customer": 1})
    assert not told(intake, "refunds_without_customer")


@pytest.mark.long
def test_a_refund_without_a_customer_is_of_the_nearest_order_of_its_number_that_can_be_meant(
    connection, tmp_path
):
    """In its file, or in another one if it is no larger; before the order, or of one of two, it is nobody's."""
    two = with_ids([*FIRST_YEAR, *NEXT_YEAR])
    load(connection, tmp_path, two + "1,,2023-02-01,-60\n1,,2024-03-01,-40\n2,,2024-05-20,-70\n")
    assert orders_of(connection) == {
        "a": [("2023-01-15", 40), ("2024-02-15", 210)],
        "b": [("2023-05-15", 150), ("2024-06-16", 180)],
        "c": [("2023-06-15", 150), ("2024-05-15", 100)],
    }
    refunds = "order_id,customer_id,order_date,amount\n3,,2023-07-01,{}\n9,d,2023-01-01,5\n"
    for amount, left in ((-150, 0), (-151, 150)):
        intake = load(connection, tmp_path, with_ids(FIRST_YEAR), refunds.format(amount))
        assert by_customer(connection)["c"] == left
        assert aside(intake) == ({"missing_customer": 1} if left else {})
    shared = "order_id,customer_id,order_date,amount\n7,a,2024-01-05,100\n7,b,2024-01-05,100\n"
    for row in ("7,,2024-01-06,-100\n", "7,,2024-01-04,-100\n", "6,,2024-01-06,-100\n"):
        intake = load(connection, tmp_path, shared + row)
        assert (by_customer(connection), aside(intake)) == ({"a": 100, "b": 100}, {"missing_customer": 1})


def test_refunds_that_are_switched_off_still_keep_the_sale(connection, tmp_path):
    text = STATUS + "7,a,2024-01-05,100,refunded\n7,a,2024-01-06,-100,\n"
    intake = load(connection, tmp_path, text, refunds="ignore")
    assert (by_customer(connection), aside(intake)) == ({"a": 100}, {"refunds_ignored": 1})


@pytest.mark.long
def test_a_partly_refunded_order_is_told_though_another_shop_s_order_of_its_number_has_a_refund(
    connection, tmp_path
):
    text = STATUS + "7,a,2024-01-05,100,partially_refunded\n"
    intake = load(connection, tmp_path, text, STATUS + "7,b,2024-01-05,50,paid\n7,b,2024-01-06,-10,paid\n")
    assert [warning.rows for warning in intake.warnings if warning.code == "partly_refunded"] == [1]


# --- which of two files is the newer one, and whose order it is -------------------------------------------


def shop(number: str, customer: str, status: str, total: str, day: str) -> str:
    at = f"{day} 10:00:00 +0100"
    return f"{number},{customer},{status},{at},NOK,{total},0,0,{total},{at},1,Mug,{total},0,V,9,\n"


SHOP = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Refunded Amount,Vendor,Id,Phone\n"
)


def load_shops(connection: Connection, folder: Path, *texts: str) -> Intake:
    paths = [folder / f"{name}.csv" for name in "ab"]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load_orders(connection, paths, parameters=OrderRules(as_of=date(2027, 1, 1)))


@pytest.mark.long
def test_where_no_file_is_newer_the_later_status_counts(connection, tmp_path):
    """Neither the days nor the amounts refunded tell which file is the newer one: the status does."""
    before, after = (
        SHOP
        + shop("#1", "ann@x.no", status, "100", "2024-01-01")
        + shop("#2", "bo@x.no", "paid", "5", "2024-01-01")
        for status in ("pending", "paid")
    )
    plain_before, plain_after = (
        f"{STATUS}1,a,2024-01-01,100,{status}\n2,b,2024-01-01,5,completed\n"
        for status in ("on-hold", "completed")
    )
    for texts in ((before, after), (after, before)):
        intake = load_shops(connection, tmp_path, *texts)
        assert (counted(intake), aside(intake)) == (105, {"copy": 2})
    for texts in ((plain_before, plain_after), (plain_after, plain_before)):
        intake = load(connection, tmp_path, *texts)
        assert (counted(intake), aside(intake)) == (105, {"copy": 2})


def test_two_shops_that_sell_one_thing_under_the_same_numbers_keep_their_orders(connection, tmp_path):
    """A customer or two may be corrected between two exports; three others and none alike are other people's orders."""
    one, other = (
        SHOP + "".join(shop(f"#{n}", f"{who}{n}@x.no", "paid", "100", "2024-01-01") for n in range(3))
        for who in "ab"
    )
    intake = load_shops(connection, tmp_path, one, other)
    assert (counted(intake), aside(intake)) == (600, {})
    assert told(intake, "changed_orders").startswith("3 order ids stand in several of a.csv, b.csv")


# --- where the order stands that counts instead ------------------------------------------------------------


def counts_in(connection: Connection, intake: Intake) -> list[tuple[str, int, str]]:
    return [
        (row.file, row.row, row.counted_in)
        for row in rows_set_aside(connection, intake)
        if row.reason == "copy"
    ]


@pytest.mark.long
def test_a_copy_names_the_file_and_the_row_that_count(connection, tmp_path):
    """By its number; without one by customer, day and amount; on another day; as a sum of product rows; pasted."""
    rows = orders(0, 12)
    later = [(o, c, d + timedelta(days=1), a) for o, c, d, a in orders(3, 12)]
    there = [("b.csv", at, f"a.csv, row {at + 3}") for at in range(2, 11)]
    twins = [("", "x", START, 5), ("", "x", START, 5)]
    for one, two, found in (
        (with_ids(rows), with_ids(rows[3:]), there),
        (with_ids(rows), with_ids(later), there),
        (without(rows), with_ids(rows[2:]), [("a.csv", at, f"b.csv, row {at - 2}") for at in range(4, 14)]),
        (
            with_ids(rows + rows),
            with_ids(orders(20, 22)),
            [("a.csv", at, f"a.csv, row {at - 12}") for at in range(14, 26)],
        ),
        (
            without([*twins, *rows]),
            without([*twins, *rows]) + "z,2024-06-01,1\n",
            [("a.csv", at, f"b.csv, row {at}") for at in range(2, 16)],
        ),
    ):
        intake = load(connection, tmp_path, one, two)
        assert counts_in(connection, intake) == found
    lines = LINES + "".join(f"{o},{c},{d},{a - 3},Mug\n{o},{c},{d},3,Cup\n" for o, c, d, a in rows)
    intake = load(connection, tmp_path, lines, without(rows))
    assert counts_in(connection, intake) == [("b.csv", at, f"a.csv, row {2 * at - 2}") for at in range(2, 14)]


# --- any orders, in two exports ----------------------------------------------------------------------------

WAYS = ("with ids", "without ids", "some ids", "pasted twice", "a day later", "lines")
A_DAY = timedelta(days=1)


def export(way: str, rows: list[Order]) -> str:
    """The orders as one of many exports writes them."""
    if way == "without ids":
        return without(rows)
    if way == "some ids":
        return with_ids([("" if int(o[1:]) % 3 == 0 else o, c, d, a) for o, c, d, a in rows])
    if way == "a day later":
        return with_ids([(o, c, d + A_DAY * (int(o[1:]) % 2), a) for o, c, d, a in rows])
    if way == "lines":
        return LINES + "".join(
            f"{o},{c},{d},{a - 2},Mug\n" + f"{o},{c},{d},1,Cup\n" * 2 for o, c, d, a in rows
        )
    return with_ids(rows * (2 if way == "pasted twice" else 1))


def comparable(ways: tuple[str, str]) -> bool:
    """Neither ids nor days tell that two exports hold the same order: nothing can."""
    return not ("a day later" in ways and {"without ids", "some ids"} & {*ways})


@st.composite
def two_exports(draw: st.DrawFn) -> tuple[list[Order], list[str]]:
    """True orders, and two exports that hold them all; or those of two shops that number alike."""
    size = draw(st.integers(2, 60))
    customers = draw(st.integers(1, 12))
    numbers = draw(st.randoms(use_true_random=False))
    days = sorted(numbers.randrange(60) for _ in range(size))
    true = [
        (
            f"N{n}",
            f"c{numbers.randrange(customers)}",
            START + timedelta(days=day),
            numbers.choice((10, 25, 99)),
        )
        for n, day in enumerate(days, start=1)
    ]
    first, second = draw(st.tuples(st.sampled_from(WAYS), st.sampled_from(WAYS)).filter(comparable))
    if draw(st.integers(0, 4)) == 0:
        anew = [(o, f"d{numbers.randrange(customers)}", d + 365 * A_DAY, a + 1) for o, _, d, a in true]
        return true + anew, [export(first, true), export(second, anew)]
    end, start = sorted(draw(st.tuples(st.integers(1, size), st.integers(0, size - 1))), reverse=True)
    return true, [export(first, true[:end]), export(second, true[min(start, end) :])]


def holds_the_truth(connection: Connection, folder: Path, true: list[Order], texts: list[str]) -> None:
    """What counts is the truth; or it is more, and warnings name the rows that may count twice, with their sum.

    The same bytes under two names are refused where there are no order ids.
    """
    if texts[0] == texts[1] and "order_id" not in texts[0]:
        with pytest.raises(UsageError, match="reading both would count every order twice"):
            load(connection, folder, *texts)
        return
    intake = load(connection, folder, *texts)
    beyond = counted(intake) - total(true)
    assert beyond >= 0
    said = " ".join(
        warning.text for warning in intake.warnings if warning.code in {"overlapping_rows", "pasted_twice"}
    )
    named = sum(Decimal(text.replace(",", "")) for text in re.findall(r"([0-9,]+[.][0-9]{2}) in all", said))
    if beyond:
        assert named >= beyond or "duplicate_rows" in codes(intake)


RANDOM = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=4, **RANDOM)
@given(made=two_exports())
@pytest.mark.long
def test_two_exports_of_any_orders_hold_the_truth_or_say_what_may_count_twice(connection, tmp_path, made):
    holds_the_truth(connection, tmp_path, *made)


@pytest.mark.long
@settings(max_examples=60, **RANDOM)
@given(made=two_exports())
def test_many_pairs_of_exports_hold_the_truth_or_say_what_may_count_twice(connection, tmp_path, made):
    holds_the_truth(connection, tmp_path, *made)


INVOICES = "Kunde;Fakturanr;Dato;Beløp;Status\n"
FIRST, LAST = "A;1;2024-01-01;500;Betalt", "B;5;2024-02-06;10;Betalt"
CREDITED = "A;3;2024-02-01;100;Kreditert"


@pytest.mark.parametrize(
    ("rows", "net"),
    [
        ([CREDITED, "A;4;2024-02-05;-100;Betalt"], 510),
        ([CREDITED, "A;4;2024-02-05;-100;"], 510),
        (["A;3;2024-02-01;100;Refunded", "A;4;2024-02-05;-100;Kreditnota"], 510),
        (["A;3;2024-02-01;100;Refunded", "A;4;2024-02-05;-100;Refunded"], 510),
        (
            ["A;3;2024-02-01;60;Kreditert", "A;3;2024-02-01;40;Kreditert", "A;4;2024-02-05;100;Kreditnota"],
            510,
        ),
        ([CREDITED, "A;4;2024-02-05;-60;Kreditnota", "A;4;2024-02-05;-40;Kreditnota"], 510),
        # one note stands for one sale, and never for a later one
        ([CREDITED, CREDITED.replace("3", "6", 1), "A;4;2024-02-05;-100;Betalt"], 510),
        (["A;4;2024-01-31;-100;Betalt", CREDITED], 400 + 10),
        # of another customer it is another refund
        ([CREDITED, "C;8;2024-01-01;100;Betalt", "C;4;2024-02-05;-100;Betalt"], 510),
    ],
)
@pytest.mark.one_in(4)
def test_a_sale_refunded_by_its_status_and_by_a_row_of_another_number_is_gone_once(
    connection, tmp_path, rows, net
):
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join([INVOICES.strip(), FIRST, *rows, LAST, ""]), encoding="utf-8")
    intake = load_orders(connection, [path], options=ReadOptions(order_amounts="add"))
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchall() == [(net,)]
    assert "credited_in_part" not in [warning.code for warning in intake.warnings]


def test_where_refunds_have_the_number_of_their_order_one_of_another_number_brings_no_sale_back(
    connection, tmp_path
):
    """Order 9 is in no file; that it came to as much as order 3, which its status undoes, is chance."""
    others = [
        "B;4;2024-01-02;70;Betalt",
        "B;4;2024-01-09;-70;Betalt",
        "C;6;2024-01-02;8;Betalt",
        "C;6;2024-01-09;-8;",
    ]
    rows = [FIRST, CREDITED, *others, LAST]
    path = tmp_path / "invoices.csv"
    for refund, reason in (
        ("A;9;2024-02-05;-100;Betalt", {"refunded_by_status": 1}),
        ("A;3;2024-02-05;-100;", {}),
    ):
        path.write_text("\n".join([INVOICES.strip(), *rows, refund, ""]), encoding="utf-8")
        intake = load_orders(connection, [path])
        assert aside(intake) == reason
        assert by_customer(connection)["A"] == (400 if reason else 500)
    # a refund without a number is of the sale that it equals
    path.write_text(
        "\n".join([INVOICES.strip(), FIRST, CREDITED, "A;;2024-02-01;-100;Betalt", LAST, ""]),
        encoding="utf-8",
    )
    load_orders(connection, [path])
    assert by_customer(connection)["A"] == 500


def test_without_order_ids_a_credit_note_still_finds_its_sale(connection, tmp_path):
    path = tmp_path / "invoices.csv"
    path.write_text(
        "Kunde;Dato;Beløp;Status\nA;2024-01-01;500;Betalt\nA;2024-02-01;100;Kreditert\n"
        "A;2024-02-05;100;Kreditnota\nB;2024-02-06;10;Betalt\n",
        encoding="utf-8",
    )
    load_orders(connection, [path])
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchall() == [(510,)]


def test_a_sale_credited_in_part_by_another_number_is_told(connection, tmp_path):
    path = tmp_path / "invoices.csv"
    rows = [FIRST, CREDITED, "A;4;2024-02-05;-60;Kreditnota", LAST]
    path.write_text("\n".join([INVOICES.strip(), *rows, ""]), encoding="utf-8")
    intake = load_orders(connection, [path])
    (text,) = [warning.text for warning in intake.warnings if warning.code == "credited_in_part"]
    assert text.startswith(
        "1 sale, 100.00, is set aside as refunded by its status, and a later refund of the same customer has another"
        ' amount (customer "A": 100.00 and -60.00).'
    )


# --- order ids that are used again -------------------------------------------------------------------------


def orders_of(connection: Connection) -> dict[str, list[tuple[str, int]]]:
    """What every count is made of: the orders of each customer, by their first day, with what is left of them."""
    found: dict[str, list[tuple[str, int]]] = {}
    for customer, day, amount in connection.execute("""
        SELECT customer_id, min(day) FILTER (NOT is_refund)::VARCHAR AS first, sum(amount)::INTEGER FROM order_rows
        GROUP BY customer_id, order_id ORDER BY ALL
    """).fetchall():
        found.setdefault(customer, []).append((day, amount))
    return found


FIRST_YEAR = [
    ("1", "a", date(2023, 1, 15), 100),
    ("2", "b", date(2023, 5, 15), 150),
    ("3", "c", date(2023, 6, 15), 150),
]
NEXT_YEAR = [
    ("1", "a", date(2024, 2, 15), 250),
    ("2", "c", date(2024, 5, 15), 170),
    ("3", "b", date(2024, 6, 16), 180),
]
SIX_ORDERS = {
    "a": [("2023-01-15", 100), ("2024-02-15", 250)],
    "b": [("2023-05-15", 150), ("2024-06-16", 180)],
    "c": [("2023-06-15", 150), ("2024-05-15", 170)],
}


def test_numbers_that_begin_anew_are_orders_of_their_own_in_several_files_and_in_one(connection, tmp_path):
    intake = load(connection, tmp_path, with_ids(FIRST_YEAR), with_ids(NEXT_YEAR))
    assert orders_of(connection) == SIX_ORDERS
    assert "It counts as an order of its own in each file" in told(intake, "ids_of_several_days")
    intake = load(connection, tmp_path, with_ids([*FIRST_YEAR, *NEXT_YEAR]))
    assert orders_of(connection) == SIX_ORDERS
    assert told(intake, "ids_begin_anew") == (
        'a.csv: order ids begin anew: 2 of them, such as "3", pass to another customer, after 366 days as a rule. 1 id'
        ' comes again for the same customer too: "1" on 2023-01-15 and 2024-02-15. These are orders of their own. If'
        " they are one order, write one date on its rows."
    )


@pytest.mark.long
def test_a_file_of_both_years_beside_the_last_one_alone_has_each_order_once(connection, tmp_path):
    for texts in (
        (with_ids([*FIRST_YEAR, *NEXT_YEAR]), with_ids(NEXT_YEAR)),
        (with_ids(FIRST_YEAR), with_ids([*FIRST_YEAR, *NEXT_YEAR])),
    ):
        intake = load(connection, tmp_path, *texts)
        assert orders_of(connection) == SIX_ORDERS
        assert aside(intake) == {"copy": 3}
        assert all(row.counted_in for row in rows_set_aside(connection, intake))


@pytest.mark.long
def test_two_shops_that_number_alike_sell_to_the_same_customer(connection, tmp_path):
    """The notes say that they count twice, or as orders of their own: so they do, and a refund is of its shop."""
    one, other = (
        SHOP
        + shop("#1001", "ann@x.no", "paid", amount, day)
        + shop("#1002", f"{amount}@x.no", "paid", "7", "2024-01-02")
        for amount, day in (("100", "2024-01-01"), ("40", "2024-01-04"))
    )
    intake = load_shops(connection, tmp_path, one, other)
    assert orders_of(connection)["ann@x.no"] == [("2024-01-01", 100), ("2024-01-04", 40)]
    assert "ids_of_several_days" in codes(intake)
    one, other = LINES + "1,a,2024-01-01,100,Mug\n", LINES + "1,a,2024-01-01,40,Cup\n1,a,2024-01-03,-40,Cup\n"
    intake = load(connection, tmp_path, one + "2,b,2024-01-02,5,Mug\n", other + "2,c,2024-01-03,6,Mug\n")
    assert orders_of(connection)["a"] == [("2024-01-01", 0), ("2024-01-01", 100)]
    assert "It counts twice" in told(intake, "changed_orders")


EARLY, LATE = ("1", "a", date(2023, 3, 1), -60), ("1", "a", date(2024, 3, 1), -200)


@pytest.mark.parametrize(
    "files",
    [
        ([*FIRST_YEAR, *NEXT_YEAR, EARLY, LATE],),
        ([*FIRST_YEAR, EARLY], [*NEXT_YEAR, LATE]),
        (FIRST_YEAR, [("1", "a", date(2024, 1, 8), -60), *NEXT_YEAR, LATE]),
    ],
)
@pytest.mark.one_in(3)
def test_a_refund_of_a_number_used_again_is_of_the_nearest_order_before_it(connection, tmp_path, files):
    """In one file and in two, from the year after as well."""
    load(connection, tmp_path, *map(with_ids, files))
    assert orders_of(connection) == SIX_ORDERS | {"a": [("2023-01-15", 40), ("2024-02-15", 50)]}


@pytest.mark.parametrize("customer", ["", "z"])
def test_a_refund_of_one_of_two_orders_with_its_number_and_day_is_of_neither(connection, tmp_path, customer):
    """Order 2 is of b and c on one day in 2024. For b it is the second of that number, for c the first."""
    passed_on = [("4", "d", date(2023, 7, 1), 70), ("4", "e", date(2024, 7, 1), 80)]
    second, refund = ("2", "b", date(2024, 5, 15), 90), ("2", customer, date(2024, 5, 20), -60)
    intake = load(connection, tmp_path, with_ids([*FIRST_YEAR, *NEXT_YEAR, *passed_on, second, refund]))
    assert "ids_begin_anew" in codes(intake)
    assert orders_of(connection)["b"] == [("2023-05-15", 150), ("2024-05-15", 90), ("2024-06-16", 180)]
    assert orders_of(connection)["c"] == [("2023-06-15", 150), ("2024-05-15", 170)]
    assert aside(intake) == {"refund_without_order" if customer else "missing_customer": 1}
    assert told(intake, "refunds_of_either") == (
        '1 refund, 60.00, may be of either of two orders with its id, of two customers on one day: "2". It is taken off'
        " neither. Write the customer of its order on it."
    )


@pytest.mark.long
def test_a_later_status_is_that_of_the_later_order_of_a_number(connection, tmp_path):
    """Of one amount, the second order was cancelled: that is not what became of the first."""
    rows = "".join(
        f"{o},{c},{d},100,{'cancelled' if d.year == 2024 and o == '1' else 'paid'}\n"
        for o, c, d, _ in [*FIRST_YEAR, *NEXT_YEAR]
    )
    intake = load(connection, tmp_path, STATUS + rows)
    assert (counted(intake), aside(intake)) == (500, {"cancelled": 1})


@pytest.mark.long
def test_the_rows_of_one_order_on_several_days_stay_one_order(connection, tmp_path):
    """Products sent later, the number of a contract, and an order with two customers here and there."""
    parts = [("1", "a", date(2023, 1, 20), 5), ("1", "a", date(2024, 3, 1), 7)]
    load(connection, tmp_path, with_ids([*FIRST_YEAR, *NEXT_YEAR, *parts]))
    assert orders_of(connection)["a"] == [("2023-01-15", 105), ("2024-02-15", 257)]
    months = [(f"K{n}", f"c{n}", date(2024, month, 28), 99) for month in range(1, 7) for n in range(9)]
    moved = [(o, "new" if o in {"K1", "K2", "K3"} and d.month > 3 else c, d, a) for o, c, d, a in months]
    for rows in (months, moved):
        intake = load(connection, tmp_path, with_ids(rows))
        assert len(orders_of(connection)["c5"]) == 1
        assert not codes(intake) & {"ids_begin_anew", "ids_far_apart"}


def test_products_sent_later_in_the_file_of_the_next_month_are_of_one_order(connection, tmp_path):
    """Not so where no order of either file has several rows, or a month lies between them."""
    january = LINES + "1,a,2024-01-30,100,Mug\n1,a,2024-01-30,20,Cup\n2,b,2024-01-31,7,Mug\n"
    for day, left in (
        ("2024-02-02", [("2024-01-30", 140)]),
        ("2024-03-02", [("2024-01-30", 120), ("2024-03-02", 20)]),
    ):
        intake = load(connection, tmp_path, january, LINES + f"1,a,{day},20,Pot\n3,c,{day},7,Mug\n")
        assert orders_of(connection)["a"] == left
        assert ("ids_of_several_days" in codes(intake)) == (len(left) == 2)


def test_one_number_a_year_apart_is_one_order_and_told_where_nothing_says_that_it_began_anew(
    connection, tmp_path
):
    intake = load(connection, tmp_path, with_ids([*FIRST_YEAR, NEXT_YEAR[0]]))
    assert orders_of(connection)["a"] == [("2023-01-15", 350)]
    assert told(intake, "ids_far_apart") == (
        '1 order id stands on days far apart for the same customer: "1" on 2023-01-15 and 2024-02-15. It counts as one'
        " order, on its first day. If the numbers begin anew, write the year into them."
    )


@pytest.mark.long
def test_receipts_that_begin_anew_every_day_are_told_apart_from_day_to_day(connection, tmp_path):
    rows = [
        (str(n), f"c{(n * 7 + day * 3) % 11}" if n else "a", START + timedelta(days=day), 10)
        for day in range(6)
        for n in range(9)
    ]
    load(connection, tmp_path, with_ids(rows))
    assert sum(map(len, orders_of(connection).values())) == len(rows)
