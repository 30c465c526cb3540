"""The functions in cells: their examples, the report's figures for the same orders, and hand-made orders."""

from __future__ import annotations

import ast
import math
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_xl.customers.calendar import Period
from clv_xl.customers.snapshot import take_snapshot
from clv_xl.customers.summary import summarise
from clv_xl.customers.trend import period_ends
from clv_xl.customers.vectors import ten_thousandths, vector_shop
from clv_xl.errors import ArgumentError, InputError
from clv_xl.excel import functions as cells
from clv_xl.excel import prediction_records
from clv_xl.excel.registry import CellFunction, explain, functions
from clv_xl.metrics import SEGMENTS, Metric, SegmentMap
from clv_xl.parameters import Parameters
from clv_xl.report.pages.cohorts import retention_matrix
from tests import model_oracle, oracle
from tests.oracle import Line, Shop, Wish, counted_lines
from tests.shops import (
    EDGE_SHOPS,
    SLOW_EDGES,
    cdnow_lines,
    gather_from,
    line,
    sample_lines,
    write_orders,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clv_xl.customers.lives import Lives
    from clv_xl.report.material import Material

EDGES = pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)
FITTED = frozenset(record.name for record in vars(prediction_records).values() if isinstance(record, Metric))
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def moment(day: date) -> datetime:
    """A date as Excel hands it over."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day in Excel has no zone


def columns(lines: Sequence[Line]) -> tuple[list[list[Any]], ...]:
    """Customers, dates and amounts as ranges, with a header each."""
    return (
        [["Customer"], *([one.customer] for one in lines)],
        [["Date"], *([moment(one.day)] for one in lines)],
        [["Amount"], *([float(one.amount)] for one in lines)],
    )


def records(table: Any) -> list[dict[str, Any]]:
    """A spilled table as one dictionary a row."""
    assert isinstance(table, list), table
    head, *rows = table
    return [dict(zip(head, row, strict=True)) for row in rows]


def rows_alone(lines: Sequence[Line]) -> list[Line]:
    """The rows that a cell can tell: no order ids, and no status."""
    return [Line(one.customer, one.day, one.amount) for one in lines if one.status != "cancelled"]


def close(found: float, expected: float) -> bool:
    return found == pytest.approx(expected, rel=1e-9, abs=1e-9)


# --- examples -------------------------------------------------------------------------------------------


def typed(formula: str) -> tuple[str, list[Any]]:
    """Read a formula of the reference, as Excel would."""
    name, _, rest = formula.removeprefix("=").partition("(")
    parts = rest.removesuffix(")").split('"')
    # outside the quotes: an array constant is a column
    parts[::2] = [part.replace("{", "[[").replace("}", "]]").replace(";", "],[") for part in parts[::2]]
    return name, list(ast.literal_eval("[" + '"'.join(parts) + "]"))


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.name)
def test_the_example_of_the_reference_gives_its_result(
    function: CellFunction, request: pytest.FixtureRequest
) -> None:
    example = function.example
    if function.record.needs_orders:
        # a header in row 1, and CDNOW's sample below it
        file = request.getfixturevalue("cdnow_master").with_name("CDNOW_sample.txt")
        sheet = dict(zip("ABC", model_oracle.cdnow_lines(file), strict=True))
        size = len(sheet["A"])
        for letter in sheet:
            example = example.replace(f"{letter}2:{letter}{size + 1}", f'"{letter}"')
        name, arguments = typed(example.replace(", ,", ", None,"))
        arguments = [
            [[cell] for cell in np.asarray(sheet[item]).tolist()] if item in sheet else item
            for item in arguments
        ]
    else:
        name, arguments = typed(example)
    found = getattr(cells, name)(*arguments)
    expected = function.record.example_result
    if function.name in FITTED:
        # another processor may end a search some digits earlier
        if function.record.needs_orders:
            found = found[: len(expected)]
        for row, wanted in (
            zip(found, expected, strict=True) if isinstance(expected, tuple) else [([found], [expected])]
        ):
            assert list(map(type, row)) == list(map(type, wanted))
            assert row == [
                pytest.approx(value, rel=1e-6) if isinstance(value, float) else value for value in wanted
            ]
        return
    if not isinstance(expected, tuple):
        assert found == (pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected)
        return
    assert [len(row) for row in found] == [len(row) for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        for cell, value in zip(row, wanted, strict=True):
            assert type(cell) is type(value)
            assert cell == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)


# --- the report and the cells say the same --------------------------------------------------------------


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    """The sample shop without order ids, and what it lacks: an early refund, two orders and a refund on a day."""
    sample = rows_alone(sample_lines(tmp_path_factory.mktemp("sample"), customers=120))
    some = sample[len(sample) // 2]
    odd = [
        line("only refunds", "2024-03-03", "-50"),
        line("early refund", "2023-03-03", "-50"),
        line("early refund", "2023-03-04", "20.005"),
        line("Åse Øst", "2024-02-29", "0"),
        line(some.customer, some.day.isoformat(), "7.77"),
        line(some.customer, some.day.isoformat(), "-1.11"),
    ]
    assert any(one.amount < 0 for one in sample)
    return [*sample, *odd]


def report(folder: Path, lines: Sequence[Line], **parameters: Any) -> Material:
    return gather_from([write_orders(folder / "orders.csv", lines)], Parameters(**parameters))


@pytest.fixture(scope="module")
def material(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Material:
    return report(tmp_path_factory.mktemp("orders"), lines, gross_margin=0.4, cohort_period="quarter")


@pytest.mark.parametrize("as_of", [None, date(2024, 6, 30), date(2026, 2, 1)])
def test_rfm_is_the_reports(lines: list[Line], tmp_path: Path, as_of: date | None) -> None:
    frame = report(tmp_path, lines, as_of=as_of).customers.set_index("customer_id")
    table = records(cells.RFM(*columns(lines), as_of and moment(as_of)))
    assert [row["customer"] for row in table] == sorted(frame.index)
    for row in table:
        one = frame.loc[row["customer"]]
        assert row["days since last order"] == one["days_since_last_order"]
        assert (row["orders"], row["amount"]) == (one["orders"], pytest.approx(one["amount"], rel=1e-12))
        assert (row["R"], row["F"], row["M"], row["segment"]) == (
            one["r"],
            one["f"],
            one["m"],
            one["segment"],
        )
        assert row["score"] == 100 * row["R"] + 10 * row["F"] + row["M"]


def test_clv_customers_is_the_reports(lines: list[Line], material: Material) -> None:
    frame = material.customers.set_index("customer_id")
    table = records(cells.CLV_CUSTOMERS(*columns(lines), 0.4))
    assert len(table) == len(frame)
    for row in table:
        one = frame.loc[row["customer"]]
        assert row["first order"] == one["first_day"].to_pydatetime()
        assert row["last order"] == one["last_day"].to_pydatetime()
        assert row["orders"] == one["orders"]
        assert close(row["historic CLV"], one["historic_clv"])
        assert close(row["average order value"] * row["orders"], one["amount"])
        years = max((material.intake.as_of - one["first_day"].date()).days, 1) / 365.25
        assert close(row["orders per year"] * years, row["orders"])


def test_a_trend_ends_where_the_report_is_and_passes_through_what_it_was(
    lines: list[Line], material: Material, tmp_path: Path
) -> None:
    table = {row["period"]: row for row in records(cells.CLV_TREND(*columns(lines), "quarter", 0.4))}
    newest = material.intake.as_of
    quarter = Period("quarter")
    assert close(table[quarter.title(quarter.number(newest))]["CLV"], material.figures["clv_before_cac"].now)
    windows = {material.now.active_days}
    for day in (date(2023, 6, 30), date(2024, 12, 31)):
        # a report of that day knows no later order, so it measures a window of its own
        then = report(tmp_path, lines, gross_margin=0.4, as_of=day)
        windows.add(then.now.active_days)
        assert close(table[quarter.title(quarter.number(day))]["CLV"], then.figures["clv_before_cac"].now)
    assert len(windows) > 1


@pytest.mark.parametrize("unit", MONTHS)
def test_a_trend_counts_what_was_ordered_in_each_period(lines: list[Line], unit: str) -> None:
    shop = Shop(counted_lines(lines))
    table = records(cells.CLV_TREND(*columns(lines), unit))
    customers: dict[int, int] = {}
    orders: dict[int, int] = {}
    amount: dict[int, float] = {}
    for (cohort, age), row in shop.cohorts(shop.newest, MONTHS[unit]).items():
        place = cohort + age
        customers[place] = customers.get(place, 0) + int(row["customers"])
        orders[place] = orders.get(place, 0) + int(row["orders"])
        amount[place] = amount.get(place, 0) + row["amount"]
    assert len(table) == max(customers) - min(customers) + 1
    for place, row in zip(range(min(customers), max(customers) + 1), table, strict=True):
        assert row["active customers"] == customers.get(place, 0)
        if not orders.get(place):
            assert (row["average order value"], row["orders per customer"]) == ("#N/A", "#N/A")
            continue
        assert close(row["average order value"], amount[place] / orders[place])
        assert close(row["orders per customer"], orders[place] / customers[place])


@pytest.mark.long
@SLOW_EDGES
def test_the_lives_of_a_trend_are_those_of_the_snapshots(lines: list[Line]) -> None:
    counted = rows_alone(counted_lines(lines))
    with vector_shop(*vectors(counted)) as shop:
        ends = period_ends(shop.connection, shop.as_of, Period("month"))
        for end in ends:
            day = min(Period("month").last_day(end.number), shop.as_of)
            assert end.active_days == (Shop(counted).window(day) or 365)
            snapshot = take_snapshot(shop.connection, day, end.active_days)
            assert _alike(end.lives) == _alike(snapshot.lives)
            assert end.lives.lifespan == pytest.approx(snapshot.lives.lifespan, nan_ok=True, rel=1e-12)
            assert end.lives.active_years == snapshot.active_years
            assert end.so_far == snapshot.lifetime


def _alike(lives: Lives) -> Counter[tuple[int, bool]]:
    """Count the customers of each length of life, those whose life is over apart."""
    found: Counter[tuple[int, bool]] = Counter()
    each = np.ones_like(lives.days) if lives.customers is None else lives.customers
    rows = (lives.days.tolist(), lives.ended.tolist(), each.tolist())
    for days, ended, customers in zip(*rows, strict=True):
        found[days, ended] += customers
    return found


def vectors(lines: Sequence[Line]) -> tuple[Any, Any, Any]:
    return (
        np.array([one.customer for one in lines], dtype=object),
        np.array([one.day for one in lines], dtype="datetime64[D]"),
        np.array([float(one.amount) for one in lines]),
    )


def test_cohorts_are_the_reports(lines: list[Line], material: Material) -> None:
    matrix = retention_matrix(material)
    who, when, amounts = columns(lines)
    for measure, values in (
        ("rate", matrix.rate),
        ("customers", matrix.customers),
        ("amount", matrix.amount),
        ("cumulative", matrix.cumulative_amount),
        ("cumulative amount per customer", matrix.cumulative_amount),
    ):
        head, *rows = cells.RETENTION_COHORTS(who, when, "quarter", measure, amounts)
        assert head == ["cohort", "customers", *matrix.ages]
        assert [row[0] for row in rows] == [material.period.title(number) for number in matrix.cohorts]
        assert [row[1] for row in rows] == matrix.size.tolist()
        for row, wanted in zip(rows, values.tolist(), strict=True):
            for cell, value in zip(row[2:], wanted, strict=True):
                assert cell == "" if math.isnan(value) else close(cell, value)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("unit", MONTHS)
@EDGES
def test_cohorts_by_the_oracle(lines: list[Line], unit: str) -> None:
    counted = rows_alone(counted_lines(lines))
    shop = Shop(counted)
    wanted = shop.retention(shop.newest, MONTHS[unit])
    who, when, amounts = columns(counted)
    _, *rows = cells.RETENTION_COHORTS(who, when, unit, "rate", amounts)
    sizes: Any = wanted["sizes"]
    rate: Any = wanted["rate"]
    assert [row[1] for row in rows] == [sizes[cohort] for cohort in sorted(sizes)]
    for cohort, row in zip(sorted(sizes), rows, strict=True):
        for age, cell in enumerate(row[2:]):
            assert cell == pytest.approx(rate[cohort, age]) if (cohort, age) in rate else cell == ""


def test_cohorts_without_amounts_count_every_row_as_an_order() -> None:
    who, when = ["a", "a", "b"], [45292, 45325, 45325]
    assert cells.RETENTION_COHORTS(who, when)[1:] == [["2024-01", 1, 1.0, 1.0], ["2024-02", 1, 1.0, ""]]
    # with them, the refund of 3 February is no order
    assert cells.RETENTION_COHORTS(who, when, None, None, [5, -5, 5])[1][2:] == [1.0, 0.0]


# --- by the oracle, on shops at the edge ----------------------------------------------------------------


@pytest.mark.one_in(3)
@EDGES
def test_rfm_by_the_oracle(lines: list[Line]) -> None:
    shop = Shop(rows_alone(counted_lines(lines)))
    people = shop.customers(shop.newest)
    wanted = oracle.rfm(people, shop.newest, 3)
    chart = SegmentMap.default(3)
    table = records(cells.RFM(*columns(shop.lines), None, 3))
    assert {row["customer"]: (row["R"], row["F"], row["M"]) for row in table} == wanted
    for row in table:
        fm = oracle.frequency_and_money(row["F"], row["M"])
        assert row["segment"] == chart.names[row["R"] - 1][fm - 1]
        assert row["orders"] == people[row["customer"]].orders


@pytest.mark.one_in(3)
@EDGES
def test_migration_by_the_oracle(lines: list[Line]) -> None:
    shop = Shop(rows_alone(counted_lines(lines)))
    start = shop.oldest + (shop.newest - shop.oldest) // 2
    if start == shop.newest:
        assert cells.RFM_MIGRATION(*columns(shop.lines), moment(start)) == "#NUM!"
        return
    head, *rows = cells.RFM_MIGRATION(*columns(shop.lines), moment(start))
    names = [segment.name for segment in SEGMENTS]
    assert head == ["then / now", *names]
    assert [row[0] for row in rows] == [*names, "(no order yet)"]
    before, now = (segments_at(shop, day) for day in (start, shop.newest))
    wanted: dict[tuple[str, str], int] = {}
    for customer, segment in now.items():
        key = (before.get(customer, "(no order yet)"), segment)
        wanted[key] = wanted.get(key, 0) + 1
    found = {
        (row[0], name): count for row in rows for name, count in zip(names, row[1:], strict=True) if count
    }
    assert found == wanted


def segments_at(shop: Shop, day: date) -> dict[str, str]:
    chart = SegmentMap.default()
    return {
        name: chart.names[r - 1][oracle.frequency_and_money(f, m) - 1]
        for name, (r, f, m) in oracle.rfm(shop.customers(day), day).items()
    }


@EDGES
def test_the_trend_of_an_edge_shop(lines: list[Line]) -> None:
    shop = Shop(rows_alone(counted_lines(lines)))
    table = records(cells.CLV_TREND(*columns(shop.lines)))
    window = shop.window(shop.newest) or 365
    wanted = shop.key_figures(shop.newest, window, Wish())["clv_before_cac"]
    assert table[-1]["CLV"] == "#N/A" if math.isnan(wanted) else close(table[-1]["CLV"], wanted)


def test_a_group_called_blank_and_none_are_one_row() -> None:
    """Names are looked up by: Excel's own pivot tables write "(blank)" where there is none."""
    who, when = ["A", "B", "C", "A"], ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
    table = records(cells.CLV_BY(["(blank)", "", "web", "web"], who, when, [10, 20, 40, 80]))
    assert [(row["group"], row["customers"], row["amount"]) for row in table] == [
        ("(blank)", 1, 20),
        ("web", 2, 130),
    ]


def test_groups_hold_each_customer_once_and_add_up(lines: list[Line]) -> None:
    channels = ["web", "shop", "", "app"]
    rows = [(one, channels[(3 * number + len(one.customer)) % 4]) for number, one in enumerate(lines)]
    shop = Shop(counted_lines(lines))
    people = shop.customers(shop.newest)
    home: dict[str, str] = {}
    kept = set(map(id, shop.lines))
    for one, channel in sorted(rows, key=lambda row: row[0].day):
        if id(one) in kept and one.amount >= 0 and channel:
            home.setdefault(one.customer, channel)
    table = records(cells.CLV_BY([["Channel"], *([channel] for _, channel in rows)], *columns(lines), 0.4))
    names = sorted({*home.values(), *([""] if len(home) < len(people) else [])})
    assert [row["group"] for row in table] == [name or "(blank)" for name in names]
    for name, row in zip(names, table, strict=True):
        members = [one for customer, one in people.items() if home.get(customer, "") == name]
        assert row["customers"] == len(members)
        assert row["orders"] == sum(one.orders for one in members)
        assert close(row["amount"], float(sum(one.amount for one in members)))
        assert row["first order"] == moment(min(one.first for one in members))
        assert row["last order"] == moment(max(one.last for one in members))
        years = sum(max((shop.newest - one.first).days, 1) for one in members) / 365.25
        assert close(row["orders per year"], row["orders"] / years)
        assert close(row["average order value"], row["amount"] / row["orders"])
        assert close(row["historic CLV"], 0.4 * row["amount"])
        assert close(row["historic CLV per customer"], row["historic CLV"] / len(members))


@EDGES
def test_figures_of_columns_by_the_oracle(lines: list[Line]) -> None:
    sales = [one for one in rows_alone(counted_lines(lines)) if one.amount >= 0]
    shop = Shop(sales)
    who, when, amounts = columns(sales)
    people = shop.customers(shop.newest)
    gaps = shop.gaps(shop.newest)
    back = sum(len(one.days) > 1 for one in people.values())
    assert close(cells.REPEAT_RATE(who, when), back / len(people))
    found = cells.TIME_BETWEEN_ORDERS(who, when)
    assert close(found, sum(gaps) / len(gaps)) if gaps else found == "#N/A"
    assert close(cells.AOV(amounts), float(sum(one.amount for one in sales)) / len(sales))
    years = sum(max((shop.newest - one.first).days, 1) for one in people.values()) / 365.25
    assert close(cells.PURCHASE_FREQUENCY(who, when), len(sales) / years)


@pytest.mark.long
def test_published_orders(cdnow_master: Path) -> None:
    """The 69,659 CDNOW transactions, with the counts that their papers give."""
    lines = cdnow_lines(cdnow_master)
    who, when, amounts = columns(lines)
    table = records(cells.CLV_CUSTOMERS(who, when, amounts))
    assert len(table) == 23_570
    assert sum(row["orders"] for row in table) == 69_659
    assert close(sum(row["amount"] for row in table), float(sum(one.amount for one in lines)))
    assert cells.REPEAT_RATE(who, when) == pytest.approx(
        sum(row["last order"] > row["first order"] for row in table) / 23_570
    )
    assert [len(row) for row in cells.RETENTION_COHORTS(who, when, "month")] == [20] * 4


# --- columns of cells as orders -------------------------------------------------------------------------


def test_blank_rows_and_ids_of_every_kind() -> None:
    who = [[17850.0], ["17850"], [" 17850\u00a0"], [17850], ["007"], [None], ["NULL"], ["#N/A"], ["a"], ["b"]]
    when = [[45000.0]] * 8 + [[None], ["2023-03-15"]]
    amounts = [[1.0], ["2,50"], [3], ["1 000,25"], [5.0], [6.0], [7.0], [8.0], [9.0], [None]]
    table = records(cells.CLV_CUSTOMERS(who, when, amounts))
    assert [(row["customer"], row["orders"], row["amount"]) for row in table] == [
        ("007", 1, 5.0),
        ("17850", 4, 1006.75),
    ]


def test_times_of_day_do_not_matter() -> None:
    morning, night = datetime(2024, 1, 1, 8, 0), datetime(2024, 1, 1, 23, 59)  # noqa: DTZ001 - no zone in Excel
    assert cells.REPEAT_RATE(["a", "a"], [morning, night]) == 0.0
    assert cells.REPEAT_RATE(["a", "a"], [45292.3, 45292.9]) == 0.0
    assert cells.RFM(["a", "a"], [45292.3, 45292.9], [1, 1])[1][1:3] == [0, 2]


def test_the_same_orders_in_another_form_give_the_same() -> None:
    lines = EDGE_SHOPS["ordinary"]
    who, when, amounts = columns(lines)
    serials = [["Date"], *([float((one.day - date(1899, 12, 30)).days)] for one in lines)]
    texts = [["Date"], *([one.day.isoformat()] for one in lines)]
    comma = [["Amount"], *([f"{one.amount:.2f}".replace(".", ",")] for one in lines)]
    flat = [[row[0] for row in column] for column in (who, when, amounts)]
    wanted = cells.RFM(who, when, amounts)
    assert cells.RFM(who, serials, amounts) == wanted
    assert cells.RFM(who, texts, comma) == wanted
    assert cells.RFM(*([column] for column in flat)) == wanted
    assert cells.RFM(*(column[1:] for column in flat)) == wanted
    assert cells.RFM(*([*column, [None], [""]] for column in (who, serials, amounts))) == wanted


def test_the_order_of_rows_does_not_matter() -> None:
    lines = rows_alone(EDGE_SHOPS["ordinary"])
    for name in ("RFM", "CLV_CUSTOMERS", "CLV_TREND", "RFM_MIGRATION"):
        function = getattr(cells, name)
        assert function(*columns(lines)) == function(*columns(lines[::-1])), name


def test_all_ten_scores_stay_readable() -> None:
    days = [45000 + number for number in range(10)]
    table = records(cells.RFM([f"c{day}" for day in days], days, list(range(1, 11)), None, 10))
    assert table[-1]["R"] == 10
    assert table[-1]["score"] == 10 * 10_000 + table[-1]["F"] * 100 + table[-1]["M"]


def test_a_reason_for_each_empty_answer() -> None:
    assert explain("RFM", [None], [45000], [1]).reason == (
        "There is no order: no row has a customer, a date and an amount of 0 or more."
    )


def test_vectors_of_different_length_are_refused() -> None:
    who, when, amounts = vectors([line("a", "2024-01-01", "1")])
    with (
        pytest.raises(ArgumentError, match="customers has 1, dates has 1, amounts has 2"),
        vector_shop(who, when, np.array([1.0, 2.0])),
    ):
        pass
    with pytest.raises(InputError, match="There is no order"), vector_shop(who, when, -amounts):
        pass


def test_order_ids_join_rows_into_orders() -> None:
    who, when, amounts = vectors(
        [line("a", "2024-01-01", "1"), line("a", "2024-01-02", "2"), line("a", "2024-01-03", "4")]
    )
    ids = np.array(["1", "1", ""], dtype=object)
    with vector_shop(who, when, amounts, order_ids=ids) as shop:
        frame = summarise(shop.connection, shop.as_of)
    assert (frame["orders"].item(), frame["occasions"].item(), frame["amount"].item()) == (2, 2, 7.0)


@settings(max_examples=300)
@given(
    st.lists(
        st.decimals(-(10**14) + 1, 10**14 - 1, places=5)
        | st.decimals(-1000, 1000, places=5)
        | st.decimals(-9, 9, places=2),
        max_size=20,
    )
)
def test_amounts_are_rounded_as_a_reader_would(amounts: list[Decimal]) -> None:
    floats = [float(amount) for amount in amounts if abs(float(amount)) <= 99_999_999_999_999]
    wanted = [
        int(Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP).scaleb(4)) for value in floats
    ]
    assert ten_thousandths(np.array(floats, dtype=float)).tolist() == wanted


def test_a_year_of_leap_days() -> None:
    """From 29 February back a year is 28 February, as in the report."""
    days = [moment(date(2023, 2, 28)), moment(date(2024, 2, 29))]
    assert records(cells.RFM_MIGRATION(["a", "b"], days, [1, 1]))[-1]["then / now"] == "(no order yet)"
    later = [moment(date(2023, 2, 28) + timedelta(days=1)), days[1]]
    assert "Nobody had ordered by 2023-02-28" in explain("RFM_MIGRATION", ["a", "b"], later, [1, 1]).reason


def test_a_customer_column_of_its_own_height_is_never_shifted() -> None:
    """Blank rows below the dates only: the header goes from every column, or the call is refused."""
    customers = [["customer"], ["Ann"], ["Bo"], ["Cy"]]
    dates = [["date"], [45000], [45100], [45200], *[[None]] * 6]
    amounts = [["amount"], [10], [20], [30], *[[None]] * 6]
    rows = explain("CLV_CUSTOMERS", customers, dates, amounts).value
    assert [(row[0], row[4]) for row in rows[1:]] == [("Ann", 10.0), ("Bo", 20.0), ("Cy", 30.0)]
    # without a header of its own: told by its length
    days = [["day"], [45000], [45010], [45000], [None]]
    assert explain("REPEAT_RATE", [["Ann"], ["Ann"], ["Bo"]], days).value == 0.5
    # the last date is missing: nothing tells which row is which
    blank = [[None]] * 6
    assert explain("CLV_CUSTOMERS", customers, dates[:3] + blank, amounts[:3] + blank).error == "#VALUE!"


def test_a_block_of_two_columns_is_refused() -> None:
    block = [["Ann", "a"], ["Bo", "b"], [None, None], [None, None]]
    found = explain("CLV_CUSTOMERS", block, [[45000], [45100], [45200], [45300]], [[1], [2], [3], [4]])
    assert (found.error, "2 columns" in found.reason) == ("#VALUE!", True)
