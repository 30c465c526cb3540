"""CLV_TREND does not know the future: each row is what the orders up to its end say, window included."""

from __future__ import annotations

import inspect
import math
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clv_xl.customers.calendar import Period
from clv_xl.customers.summary import summarise
from clv_xl.customers.trend import period_ends
from clv_xl.customers.vectors import VectorShop, vector_shop
from clv_xl.excel import functions as cells
from clv_xl.excel.rfm_tables import rfm_migration
from clv_xl.excel.tables import clv_customers, clv_trend
from tests.oracle import Line, Shop, Wish, counted_lines
from tests.shops import EDGE_SHOPS, SLOW_EDGES, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.customers.trend import PeriodEnd

EDGES = pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)
UNITS = pytest.mark.parametrize("unit", ["month", "quarter", "year"])
COUNTED = ("period", "active customers", "average order value", "orders per customer")


def trend(lines: Sequence[Line], unit: str, gross_margin: float = 0.4) -> list[dict[str, Any]]:
    """The table of a cell as one dictionary a row."""
    table = cells.CLV_TREND(
        [[one.customer] for one in lines],
        [[one.day.isoformat()] for one in lines],
        [[float(one.amount)] for one in lines],
        unit,
        gross_margin,
    )
    assert isinstance(table, list), table
    head, *rows = table
    assert head == [*COUNTED, "CLV"]
    return [dict(zip(head, row, strict=True)) for row in rows]


def cells_alone(lines: Sequence[Line]) -> list[Line]:
    """What a cell is told of rows: customer, date and amount."""
    return [Line(one.customer, one.day, one.amount) for one in lines]


def last_day(title: str, unit: str) -> date:
    """The end of a period, from its title."""
    year, rest = int(title[:4]), title[4:]
    month = {"month": lambda: int(rest[1:]), "quarter": lambda: 3 * int(rest[2:]), "year": lambda: 12}[unit]()
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def up_to(lines: Sequence[Line], day: date) -> list[Line]:
    return [one for one in lines if one.day <= day]


def close(found: object, wanted: float) -> bool:
    return found == ("#N/A" if math.isnan(wanted) else pytest.approx(wanted, rel=1e-9, abs=1e-9))


def check_by_the_oracle(lines: list[Line], unit: str) -> None:
    """Each CLV is that of the orders up to the period's end, by dates, decimals and fractions."""
    kept = counted_lines(lines)
    newest = Shop(kept).newest
    for row in trend(lines, unit):
        end = min(last_day(row["period"], unit), newest)
        then = Shop(counted_lines(up_to(kept, end)))
        window = then.window(end) or 365
        wanted = then.key_figures(end, window, Wish(gross_margin=0.4))["clv_before_cac"]
        assert close(row["CLV"], wanted), (row, window)


@pytest.mark.one_in(5)
@UNITS
@EDGES
def test_each_row_is_the_report_of_its_last_day(lines: list[Line], unit: str) -> None:
    check_by_the_oracle(cells_alone(lines), unit)


# --- by truncation --------------------------------------------------------------------------------------


def check_truncation(lines: list[Line], unit: str) -> int:
    """Cut the orders after each period; return how often the cut ended on the period's last day.

    All but CLV holds wherever the cut falls. CLV is measured on a day: that of the last row is the newest order,
    that of an earlier row the last day of its period, so the two are the same where an order falls on it.
    """
    table = trend(lines, unit)
    on_the_day = 0
    # a refund booked after the newest order counts on that day, whichever period it was booked in
    kept = counted_lines(lines)
    for row in table:
        end = last_day(row["period"], unit)
        cut = counted_lines(up_to(kept, end))
        last = trend(cut, unit)[-1]
        if last["period"] != row["period"]:
            # nothing happened in the period
            assert (row["active customers"], row["average order value"]) == (0, "#N/A")
            continue
        assert {name: row[name] for name in COUNTED} == {name: last[name] for name in COUNTED}
        if row is table[-1] or Shop(cut).newest == end:
            on_the_day += 1
            assert row["CLV"] == last["CLV"]
    return on_the_day


@pytest.mark.one_in(3)
@pytest.mark.parametrize("unit", [pytest.param("month", marks=pytest.mark.long), "quarter", "year"])
@SLOW_EDGES
def test_a_row_does_not_change_when_later_orders_come(lines: list[Line], unit: str) -> None:
    assert check_truncation(cells_alone(lines), unit) >= 1


@pytest.mark.parametrize("unit", [pytest.param("month", marks=pytest.mark.long), "quarter", "year"])
def test_where_every_day_has_an_order_no_column_changes(unit: str) -> None:
    """Thirteen months with an order each day, quick customers first and slow ones later."""
    start = date(2023, 12, 1)
    lines = [
        Line(
            f"c{day % (4 + day // 40)}{'slow' * (day > 200)}",
            start + timedelta(days=day),
            Decimal(10 + day % 17) - 40 * (day % 23 == 22),
        )
        for day in range(397)
    ]
    rows = {"month": 13, "quarter": 5, "year": 2}[unit]
    assert check_truncation(lines, unit) == len(trend(lines, unit)) == rows
    windows = [end.active_days for end in ends_of(lines, unit, Shop(lines).newest)]
    assert unit == "year" or len(set(windows)) > 2


def ends_of(lines: Sequence[Line], unit: str, as_of: date) -> list[PeriodEnd]:
    """The period ends of rows, measured on a day of one's own choice."""
    with vector_shop(
        np.array([one.customer for one in lines], dtype=object),
        np.array([one.day for one in lines], dtype="datetime64[D]"),
        np.array([float(one.amount) for one in lines]),
    ) as shop:
        return period_ends(shop.connection, as_of, Period(unit))  # type: ignore[arg-type]  # one of the units


def told(end: PeriodEnd) -> list[object]:
    """Everything in a period end, to be compared."""
    lives = (end.lives.years.tolist(), end.lives.ended.tolist())
    counts = (end.number, end.customers, end.orders, end.so_far, end.active_days)
    return [*counts, end.amount, *lives]


AMOUNT: Final = 5
"""Where ``told`` has what the period alone brought."""

TRENDS = given(
    st.lists(
        st.builds(
            Line,
            customer=st.sampled_from(["a", "b", "c"]),
            day=st.integers(0, 800).map(lambda days: date(2023, 1, 15) + timedelta(days=days)),
            amount=st.integers(-2000, 9999).map(lambda cents: Decimal(cents) / 100),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["month", "quarter", "year"]),
)


def check_everything_by_truncation(lines: list[Line], unit: str) -> None:
    assume(any(one.amount >= 0 for one in lines))
    newest = Shop(counted_lines(lines)).newest
    period = Period(unit)  # type: ignore[arg-type]  # one of the units
    for end in ends_of(lines, unit, newest):
        day = min(period.last_day(end.number), newest)
        known = lines if day == newest else up_to(lines, day)
        found, wanted = told(ends_of(known, unit, day)[-1]), told(end)
        if max(one.day for one in known) > Shop(counted_lines(known)).newest < newest:
            # a refund booked after the newest order then known counted on that day, maybe in an earlier period
            del found[AMOUNT], wanted[AMOUNT]
        assert found == wanted
    check_by_the_oracle(lines, unit)


@settings(max_examples=5)
@TRENDS
def test_everything_in_a_row_by_truncation(lines: list[Line], unit: str) -> None:
    check_everything_by_truncation(lines, unit)


@pytest.mark.long
@settings(max_examples=50)
@TRENDS
def test_everything_in_many_rows_by_truncation(lines: list[Line], unit: str) -> None:
    check_everything_by_truncation(lines, unit)


# --- by hand --------------------------------------------------------------------------------------------


def test_a_window_of_each_periods_own() -> None:
    """Ann comes back after 10 days in 2022, and after 400 in 2023; only then is the window 400 days."""
    lines = [
        line("Ann", "2022-01-01", "100"),
        line("Ann", "2022-01-11", "100"),
        line("Bo", "2022-12-25", "40"),
        line("Ann", "2023-02-15", "60"),
    ]
    first, last = trend(lines, "year", 1.0)
    # 80 an order; on 31 December 2022 the window is 10 days: Ann was lost after 20, Bo is alive after 6, so the
    # first order and one repeat in 26 days. Nobody is lost before day 20
    assert close(first["CLV"], 80 * (1 + 1 / 26 * 20))
    # 75 an order; on 15 February 2023 it is 400 days: both are alive, after 410 and 52 days
    assert close(last["CLV"], 75 * (1 + 2 / 462 * 410))


def test_the_first_repeat_ends_the_assumed_window() -> None:
    """Nobody comes back in January, so the window is 365 days; in February it is the 31 days of Ann's return."""
    lines = [line("Ann", "2024-01-10", "50"), line("Bo", "2024-01-01", "70"), line("Ann", "2024-02-10", "30")]
    ends = ends_of(lines, "month", date(2024, 2, 10))
    assert [end.active_days for end in ends] == [365, 31]
    assert [end.lives.ended.tolist() for end in ends] == [[False, False], [False, True]]
    assert [(end.lives.years * 365.25).round(9).tolist() for end in ends] == [[21.0, 30.0], [31.0, 31.0]]


def test_the_day_of_measurement_is_that_of_the_newest_order() -> None:
    """What the code does, and what each text about it says."""
    who = np.array(["A", "A"], dtype=object)
    when = np.array(["2024-01-05", "2024-03-01"], dtype="datetime64[D]")
    with vector_shop(who, when, np.array([100.0, -30.0])) as shop:
        assert shop.as_of == date(2024, 1, 5)
        assert summarise(shop.connection, shop.as_of)["amount"].tolist() == [70.0]
    for item in (VectorShop, vector_shop, clv_customers, clv_trend, rfm_migration):
        words = " ".join((inspect.getdoc(item) or "").split())
        assert words.count("newest order") > 0 == words.count("newest order or refund"), item
