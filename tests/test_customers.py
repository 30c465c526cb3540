"""Grouping orders: every customer, month, cohort and movement against the oracle."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clv_xl.customers.calendar import Period, choose_period, cohorts, complete, months
from clv_xl.customers.purchases import occasions_until
from clv_xl.customers.snapshot import Movement, take_snapshot
from clv_xl.customers.summary import attributes, gap_counts, measured_window, prepare, summarise, year_before
from tests import oracle
from tests.oracle import Line, Shop, counted_lines
from tests.shops import EDGE_SHOPS, SLOW_EDGES, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MONTHS = {"month": 1, "quarter": 3, "year": 12}
EDGES = pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)

_TABLE = """
    CREATE OR REPLACE TABLE order_rows (
        row_number BIGINT, file_number INTEGER, customer_id VARCHAR, order_id VARCHAR, day DATE,
        amount DECIMAL(18, 4), source_amount DECIMAL(18, 4), cost DECIMAL(18, 4), quantity DOUBLE,
        channel VARCHAR, product VARCHAR, country VARCHAR, is_refund BOOLEAN)
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        yield opened


def load(connection: duckdb.DuckDBPyConnection, lines: Sequence[Line]) -> Shop:
    """Put rows where the package looks for them, and into the oracle's shop."""
    connection.execute(_TABLE)
    columns = {
        "customer": [one.customer for one in lines],
        "order": [one.order or f"(row {number})" for number, one in enumerate(lines)],
        "day": [one.day for one in lines],
        "amount": [str(one.amount) for one in lines],
        "cost": [None if one.cost is None else str(one.cost) for one in lines],
        "channel": [one.channel for one in lines],
        "refund": [one.amount < 0 for one in lines],
    }
    connection.execute(
        """
        INSERT INTO order_rows SELECT row_number() OVER (), 1, * FROM (SELECT
            unnest($customer), unnest($order), unnest($day), unnest($amount) AS amount, amount, unnest($cost),
            NULL, unnest($channel), NULL, NULL, unnest($refund))
        """,
        columns,
    )
    prepare(connection)
    return Shop(list(lines))


@st.composite
def small_shops(draw: st.DrawFn) -> list[Line]:
    """A few customers around a leap year: orders, zero amounts, refunds, costs, shared and split order ids."""
    rows = draw(
        st.lists(
            st.builds(
                Line,
                customer=st.sampled_from(["a", "B", "é", "10", "9"]),
                day=st.integers(0, 800).map(lambda days: date(2023, 1, 15) + timedelta(days=days)),
                amount=st.integers(-2000, 9999).map(lambda cents: Decimal(cents) / 100),
                order=st.none() | st.sampled_from(["1", "2", "3"]),
                cost=st.none() | st.integers(0, 5000).map(lambda cents: Decimal(cents) / 100),
            ),
            min_size=1,
            max_size=25,
        )
    )
    counted = counted_lines(rows)
    assume(any(one.amount >= 0 for one in counted))
    return counted


def assert_close(found: float, expected: float) -> None:
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def check_summary(connection: duckdb.DuckDBPyConnection, shop: Shop, as_of: date) -> None:
    frame = summarise(connection, as_of)
    people = shop.customers(as_of)
    assert frame["customer_id"].tolist() == sorted(people)
    for row in frame.itertuples():
        one = people[row.customer_id]
        assert (row.first_day.date(), row.last_day.date()) == (one.first, one.last)
        assert (row.orders, row.occasions, row.frequency) == (one.orders, len(one.days), len(one.days) - 1)
        assert row.recency_days == (one.last - one.first).days
        assert row.age_days == (as_of - one.first).days
        assert row.days_since_last_order == (as_of - one.last).days
        for name in ("amount", "sales", "refunds", "own_margin", "uncosted_amount"):
            assert_close(getattr(row, name), float(getattr(one, name)))


def check_calendar(connection: duckdb.DuckDBPyConnection, shop: Shop, as_of: date) -> None:
    found = {row.pop("month").date(): row for row in months(connection, as_of).to_dict("records")}
    assert list(found) == sorted(found)
    expected = shop.months(as_of)
    assert found.keys() == expected.keys()
    for month, row in found.items():
        assert row == pytest.approx(expected[month]), month
    for unit, length in MONTHS.items():
        period = Period(unit)  # type: ignore[arg-type]  # one of the units
        raw = cohorts(connection, as_of, period)
        cells = {(row.pop("cohort"), row.pop("age")): row for row in raw.to_dict("records")}
        assert cells.keys() == shop.cohorts(as_of, length).keys()
        for key, row in cells.items():
            assert row == pytest.approx(shop.cohorts(as_of, length)[key]), (unit, key)
        retained = shop.retention(as_of, length)
        grid = complete(raw, period.number(as_of))
        assert {(row.cohort, row.age): row.customers / row.size for row in grid.itertuples()} == retained[
            "rate"
        ]


def check_snapshot(connection: duckdb.DuckDBPyConnection, shop: Shop, as_of: date, window: int) -> None:
    snapshot = take_snapshot(connection, as_of, window)
    expected = shop.movement(as_of, window)
    assert snapshot.ordered == (0 if expected is None else expected.pop("ordered"))
    assert snapshot.movement == (None if expected is None else Movement(**expected))
    active = set(snapshot.frame["customer_id"][snapshot.active])
    assert active == shop.active(as_of, window)
    assert_close(snapshot.active_years, shop.active_years(as_of, window))
    assert_close(snapshot.lives.lifespan, shop.lifespan(as_of, window))
    young, seen = shop.first_years(as_of), snapshot.first_years
    assert (snapshot.new_customers, seen.customers) == (
        len(shop.won(oracle.year_before(as_of), as_of)),
        len(young),
    )
    assert seen.amounts.tolist() == pytest.approx([young[name]["amount"] for name in sorted(young)])
    sums = {name: sum(one[name] for one in young.values()) for name in ("orders", "own_margin", "uncosted")}
    assert_close(seen.totals.orders, sums["orders"])
    assert_close(seen.totals.own_margin, sums["own_margin"])
    assert_close(seen.totals.uncosted_amount, sums["uncosted"])
    for totals, after in ((snapshot.lifetime, None), (snapshot.year, oracle.year_before(as_of))):
        names = ("orders", "amount", "own_margin", "uncosted_amount")
        want = shop.totals(after, as_of)
        for name, value in zip(names, want.values(), strict=True):
            assert_close(getattr(totals, name), value)


def as_of_days(shop: Shop) -> list[date]:
    """The newest order, more than a year later, and a leap day."""
    newest = shop.newest
    days = [newest, newest + timedelta(days=400), date(2024, 2, 29)]
    return [day for day in days if day >= shop.oldest]


@SLOW_EDGES
@pytest.mark.one_in(3)
def test_edge_shops(connection: duckdb.DuckDBPyConnection, lines: list[Line]) -> None:
    shop = load(connection, counted_lines(lines))
    for as_of in as_of_days(shop):
        check_summary(connection, shop, as_of)
        check_calendar(connection, shop, as_of)
        found, gaps = measured_window(gap_counts(connection, as_of)), shop.gaps(as_of)
        assert (None if found is None else found.gaps) == (len(gaps) or None)
        assert (None if found is None else found.days) == shop.window(as_of)
        for window in (1, shop.window(as_of) or 365):
            check_snapshot(connection, shop, as_of, window)


def check_shop(lines: list[Line], late: int, window: int) -> None:
    with duckdb.connect(":memory:") as connection:
        shop = load(connection, lines)
        as_of = shop.newest + timedelta(days=late)
        check_summary(connection, shop, as_of)
        check_calendar(connection, shop, as_of)
        check_snapshot(connection, shop, as_of, window)
        check_snapshot(connection, shop, oracle.year_before(as_of), window)
        found = measured_window(gap_counts(connection, as_of))
        assert (None if found is None else found.days) == shop.window(as_of)


SHOPS = given(lines=small_shops(), late=st.sampled_from([0, 1, 59, 365, 366]), window=st.integers(1, 900))


@SHOPS
@settings(max_examples=6)
def test_random_shops(lines: list[Line], late: int, window: int) -> None:
    check_shop(lines, late, window)


@pytest.mark.long
@SHOPS
@settings(max_examples=80)
def test_many_random_shops(lines: list[Line], late: int, window: int) -> None:
    check_shop(lines, late, window)


_MOST = 99_999_999_999_999


def test_the_largest_amounts_and_costs_add_up_exactly(connection: duckdb.DuckDBPyConnection) -> None:
    """Each row fills the 18 digits that it has: sums, and an amount with its cost, need more."""
    costs = [None, Decimal("99999999999999.9999"), Decimal("-99999999999999.9999"), Decimal("0.01")]
    lines = [
        Line(
            "abc"[number % 3],
            date(2023, 1, 31) + timedelta(days=40 * number),
            Decimal(-_MOST if number % 7 == 6 else _MOST - number % 2),
            cost=costs[number % 4],
        )
        for number in range(40)
    ]
    shop = load(connection, counted_lines(lines))
    check_summary(connection, shop, shop.newest)
    check_calendar(connection, shop, shop.newest)
    check_snapshot(connection, shop, shop.newest, 90)
    found = take_snapshot(connection, shop.newest, 90).lifetime
    assert found.amount == float(sum(one.amount for one in lines))
    assert found.own_margin == float(sum(one.amount - _back(one) for one in lines if one.cost is not None))


def _back(one: Line) -> Decimal:
    """The cost of a row; of a refund what came back, whatever its sign."""
    assert one.cost is not None
    return -abs(one.cost) if one.amount < 0 else one.cost


@pytest.mark.long
@given(lines=small_shops(), window=st.integers(1, 900), back=st.integers(0, 400))
@settings(max_examples=25)
def test_active_customers_reconcile(lines: list[Line], window: int, back: int) -> None:
    """active(end) = active(start) + new + reactivated - lost, on any day and for any window."""
    with duckdb.connect(":memory:") as connection:
        shop = load(connection, lines)
        as_of = shop.newest - timedelta(days=back)
        moved = take_snapshot(connection, as_of, window).movement
        if moved is None:
            assert not len(summarise(connection, year_before(as_of)))
            return
        assert moved.end == moved.start + moved.new + moved.reactivated - moved.lost
        assert 0 <= moved.lost <= moved.start
        assert moved.end == take_snapshot(connection, as_of, window).active.sum()
        assert moved.start == take_snapshot(connection, year_before(as_of), window).active.sum()


def test_the_window_is_the_discrete_ninetieth_percentile_for_every_number_of_gaps(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """With gaps 1, 2 ... n the window is the smallest whole number of days that is at least 0.9 n."""
    for gaps in [*range(1, 81), 90, 99, 100, 101, 110]:
        day, lines = date(2000, 1, 1), [line("a", "2000-01-01", "1")]
        for gap in range(gaps, 0, -1):
            day += timedelta(days=gap)
            lines.append(Line("a", day, Decimal(1)))
        load(connection, lines)
        found = measured_window(gap_counts(connection, day))
        assert found is not None
        assert (found.gaps, found.days) == (gaps, -(-9 * gaps // 10)), gaps


def test_two_orders_on_a_day_are_one_occasion_and_no_gap(connection: duckdb.DuckDBPyConnection) -> None:
    load(
        connection, [line("a", "2024-05-01", "1"), line("a", "2024-05-01", "2"), line("a", "2024-05-11", "4")]
    )
    row = summarise(connection, date(2024, 5, 11)).iloc[0]
    assert (row["orders"], row["occasions"], row["frequency"], row["amount"]) == (3, 2, 1, 7)
    window = measured_window(gap_counts(connection, date(2024, 5, 11)))
    assert window is not None
    assert (window.days, window.gaps) == (10, 1)


def test_a_customer_is_active_through_the_last_day_of_the_window(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(connection, [line("a", "2024-01-01", "1"), line("b", "2024-03-01", "1")])
    assert take_snapshot(connection, date(2024, 3, 1), 60).active.tolist() == [True, True]
    assert take_snapshot(connection, date(2024, 3, 1), 59).active.tolist() == [False, True]


def test_an_order_of_the_start_day_belongs_to_the_year_before(connection: duckdb.DuckDBPyConnection) -> None:
    """Twelve months up to 2024-06-30 begin on 2023-07-01: no day is counted twice over two years."""
    load(
        connection,
        [line("a", "2023-06-30", "1"), line("a", "2023-07-01", "10"), line("a", "2024-06-30", "100")],
    )
    assert take_snapshot(connection, date(2024, 6, 30), 30).year.amount == 110
    assert take_snapshot(connection, date(2023, 6, 30), 30).year.amount == 1


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2024-02-29", "2023-02-28"),
        ("2025-02-28", "2024-02-28"),
        ("2024-03-01", "2023-03-01"),
        ("1900-03-01", "1899-03-01"),
    ],
)
def test_a_year_earlier(day: str, before: str) -> None:
    assert year_before(date.fromisoformat(day)) == date.fromisoformat(before)


def test_first_channel_is_that_of_the_earliest_day_then_of_the_first_row(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(
        connection,
        [
            line("a", "2024-02-01", "1", channel="late"),
            line("a", "2024-01-01", "1"),
            line("a", "2024-01-01", "1", channel="first"),
            line("a", "2024-01-01", "1", channel="second"),
            line("b", "2024-01-01", "1"),
            line("b", "2024-01-02", "-1", channel="refund"),
        ],
    )
    found = attributes(connection).set_index("customer_id")["channel"].to_dict()
    assert found["a"] == "first"
    assert found["b"] is None or found["b"] != found["b"]


@given(day=st.dates(date(1900, 3, 1), date(9998, 12, 31)))
def test_periods_cut_the_calendar_without_hole_or_overlap(day: date) -> None:
    for unit, length in MONTHS.items():
        period = Period(unit)  # type: ignore[arg-type]  # one of the units
        number = period.number(day)
        first, last = period.first_day(number), period.last_day(number)
        assert first <= day <= last
        assert first.day == 1
        assert (last + timedelta(days=1)).day == 1
        assert period.first_day(number + 1) == last + timedelta(days=1)
        assert (last.year - first.year) * 12 + last.month - first.month + 1 == length
        assert str(day.year) in period.title(number)


@pytest.mark.parametrize(
    ("first", "as_of", "unit"),
    [
        ("2024-01-31", "2025-12-01", "month"),  # 24 months
        ("2023-12-31", "2025-12-01", "quarter"),  # 25 months
        ("2020-01-01", "2025-12-31", "quarter"),  # 24 quarters
        ("2019-12-31", "2025-12-31", "year"),  # 25 quarters
        ("1950-01-01", "2025-12-31", "year"),
    ],
)
def test_the_automatic_period_is_the_finest_with_at_most_24_cohorts(
    first: str, as_of: str, unit: str
) -> None:
    begin, end = date.fromisoformat(first), date.fromisoformat(as_of)
    assert choose_period("auto", begin, end).unit == unit
    for wanted in MONTHS:
        assert choose_period(wanted, begin, end).unit == wanted


@pytest.mark.long
def test_results_do_not_depend_on_threads_or_on_the_order_of_rows() -> None:
    """250,000 rows are more than one row group, so that DuckDB splits them; sums must come out the same."""
    results = []
    for threads, order in ((1, "i"), (8, "hash(i)")):
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"SET threads = {threads}")
            connection.execute(_TABLE)
            connection.execute(f"""
                INSERT INTO order_rows SELECT i, 1, 'c' || (i * 7919 % 5003), 'o' || i,
                    DATE '2022-01-01' + CAST(hash(i) % 1400 AS INTEGER),
                    CAST(hash(i + 1) % 1000000 AS DECIMAL(18, 4)) / 100, 0,
                    CASE WHEN i % 3 = 0 THEN CAST(hash(i + 2) % 90000 AS DECIMAL(18, 4)) / 100 END,
                    NULL, 'ch' || (i % 4), NULL, NULL, false
                FROM range(250000) AS numbers(i) ORDER BY {order}
            """)
            prepare(connection)
            as_of = date(2025, 12, 31)
            frames = [
                summarise(connection, as_of),
                attributes(connection),
                months(connection, as_of),
                cohorts(connection, as_of, Period("month")),
            ]
            shop = take_snapshot(connection, as_of, 90)
            results.append(([frame.to_csv() for frame in frames], shop.lifetime, shop.year, shop.movement))
    assert results[0] == results[1]


# --- purchase occasions -----------------------------------------------------------------------------------


def occasions_by_hand(shop: Shop, as_of: date) -> list[tuple[int, int, float]]:
    """Customer, day and amount of every occasion: what is booked later counts on the latest occasion before it."""
    found = []
    for number, (name, one) in enumerate(shop.customers(as_of).items()):
        amounts = dict.fromkeys(sorted(one.days), Decimal(0))
        for event in shop.events:
            if event.customer == name and event.day <= as_of:
                amounts[max(day for day in one.days if day <= event.day)] += event.amount
        found += [(number, (day - date(1970, 1, 1)).days, float(sum_)) for day, sum_ in amounts.items()]
    return found


def check_occasions(connection: duckdb.DuckDBPyConnection, shop: Shop, as_of: date) -> None:
    found = occasions_until(connection, as_of)
    assert list(zip(found.customer.tolist(), found.day.tolist(), found.amount.tolist(), strict=True)) == (
        occasions_by_hand(shop, as_of)
    )
    frame = summarise(connection, as_of)
    assert found.customers == len(frame)
    assert found.sums() == pytest.approx(frame["amount"].to_numpy())


@EDGES
def test_purchase_occasions(connection: duckdb.DuckDBPyConnection, lines: list[Line]) -> None:
    shop = load(connection, counted_lines(lines))
    check_occasions(connection, shop, shop.newest)
    check_occasions(connection, shop, shop.oldest)


@pytest.mark.long
@settings(max_examples=40)
@given(small_shops())
def test_purchase_occasions_of_random_shops(lines: list[Line]) -> None:
    with duckdb.connect(":memory:") as opened:
        shop = load(opened, lines)
        check_occasions(opened, shop, shop.newest)
