"""What the report predicts: the same sums on every page, the same figures as from the rows themselves, and words."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clv_xl.models.fit import ERRORS_UNKNOWN
from clv_xl.models.gammagamma import GammaGamma, Spending, expected_amounts
from clv_xl.models.outlook import predict
from clv_xl.models.purchases import purchase_occasions
from clv_xl.report.build import build_report
from clv_xl.report.model import Cards, Chart, Findings, Live, LongTable, Paragraph, Table, Tiles
from clv_xl.report.pages.evidence import missed_by, missed_total, used_method
from clv_xl.report.pages.method import method_page
from clv_xl.report.prediction import with_predicted_columns, with_predicted_figures
from clv_xl.report.words import amount
from clv_xl.workbook.openpyxl_writer import write_book
from tests.oracle import Line, counted_lines
from tests.pages import value
from tests.reading import Workbook, type_in
from tests.shops import book_of, material_of, sample_lines, with_costs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page, Report

TERMS: dict[str, Any] = {
    "gross_margin": 0.45, "discount_rate": 0.1, "service_cost": 12.0, "acquisition_cost": 116.0, "currency": "SEK",
}  # fmt: skip

RATE_CHANGED = "The discount rate was changed: predictions still use 10.0% a year. Make the report again."


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=500)


@pytest.fixture(scope="module")
def material(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material_of(tmp_path_factory.mktemp("material"), with_costs(lines), **TERMS)


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return build_report(material)


def page(report: Report, title: str) -> Page:
    return next(item for item in report.pages if item.title == title)


def table(report: Report, title: str, name: str) -> Table:
    found = next(block for block in page(report, title).blocks if getattr(block, "name", "") == name)
    assert isinstance(found, Table)
    return found


def column(block: Table | LongTable, key: str) -> list[Any]:
    place = [item.key for item in block.columns].index(key)
    if isinstance(block, LongTable):
        return list(block.values[place])
    return [value(row[place]) for row in block.rows]


def words(blocks: Iterable[Any]) -> str:
    found = []
    for block in blocks:
        if isinstance(block, Paragraph):
            found += [block.title, *block.lines]
        elif isinstance(block, Table):
            found += [block.title, block.caption]
    return " ".join(found)


# --- one figure, wherever it stands -----------------------------------------------------------------------


def test_every_page_adds_up_to_the_same_customer_equity(material: Material, report: Report) -> None:
    equity = material.figures["customer_equity"].now
    assert equity > 0
    everyone = page(report, "Customer list").blocks[0]
    assert isinstance(everyone, LongTable)
    assert math.fsum(column(everyone, "predicted_clv")) == pytest.approx(equity, rel=1e-9)
    segments = table(report, "Segments", "segments")
    assert math.fsum(column(segments, "predicted_clv")) == pytest.approx(equity, rel=1e-9)
    assert segments.total is not None
    assert Live("=customer_equity", equity) in segments.total
    ahead = table(report, "Forecast", "months_ahead")
    assert math.fsum(column(ahead, "discounted")) == pytest.approx(equity, rel=1e-9)
    assert ahead.total is not None
    assert ahead.total[-1] == Live("=customer_equity", equity)
    tiles = {
        tile.title: value(tile.value)
        for block in page(report, "Summary").blocks
        if isinstance(block, Tiles)
        for tile in block.tiles
    }
    assert tiles["Customer equity"] == equity
    assert tiles["Predicted CLV per customer"] * len(material.customers) == pytest.approx(equity)
    assert tiles["Probably still customers"] == pytest.approx(sum(column(everyone, "p_alive")))
    assert tiles["Expected orders, next 12 months"] == pytest.approx(sum(column(ahead, "orders")[:12]))
    assert tiles["Revenue expected, next 12 months"] == pytest.approx(sum(column(ahead, "amount")[:12]))


def test_days_with_an_order_are_set_beside_days_with_an_order(
    material: Material, report: Report, lines: list[Line]
) -> None:
    as_of = material.intake.as_of
    rows = [row for row in counted_lines(with_costs(lines)) if row.amount >= 0]
    days = {(row.customer, row.day) for row in rows if row.day > as_of.replace(year=as_of.year - 1)}
    tile = next(
        tile
        for block in page(report, "Summary").blocks
        if isinstance(block, Tiles)
        for tile in block.tiles
        if tile.title.startswith("Expected orders")
    )
    assert tile.detail == f"last 12 months: {len(days):,} purchase days"
    # one figure, one name, wherever it stands
    assert tile.title == material.figures["coming_orders"].title
    ahead = table(report, "Forecast", "months_ahead")
    assert [one.title for one in ahead.columns if one.key == "orders"] == ["Expected orders"]


def test_a_shop_that_sells_at_a_loss_has_its_low_below_its_high(
    lines: list[Line], tmp_path: Path, material: Material
) -> None:
    kept = -0.25
    loss = replace(
        material,
        prediction=replace(material.prediction, margin_share=kept),
        figures=with_predicted_figures(
            replace(material.figures, predicted=()),
            replace(material.prediction, margin_share=kept),
            len(material.customers),
        ),
        customers=with_predicted_columns(material.customers, replace(material.prediction, margin_share=kept)),
    )
    amounts = material.prediction.outlook.total_value
    found = [loss.figures[f"customer_equity{end}"].now for end in ("_low", "", "_high")]
    assert found == pytest.approx([kept * part for part in (amounts.high, amounts.expected, amounts.low)])
    frame = loss.customers
    assert (frame["predicted_low"] <= frame["predicted_high"]).all()
    assert (frame["predicted_low"] < 0).any()
    for name in ("predicted_low", "predicted_clv", "predicted_high"):
        assert not np.signbit(frame[name].to_numpy()[frame[name] == 0]).any(), name
    forecast = build_report(loss)
    ahead = table(forecast, "Forecast", "months_ahead")
    for low, middle, high in zip(
        *(column(ahead, name) for name in ("margin_low", "margin", "margin_high")), strict=True
    ):
        assert low <= middle <= high
    chart = next(
        card.body
        for block in page(forecast, "Forecast").blocks
        if isinstance(block, Cards)
        for card in block.cards
        if isinstance(card.body, Chart) and "month" in card.body.unit
    )
    assert isinstance(chart.title, str)
    assert chart.title.startswith("Today's customers cost about ")
    assert "-" not in chart.title
    assert chart.minimum is None


def test_what_is_predicted_is_what_the_rows_say(material: Material, lines: list[Line]) -> None:
    """The same model over occasions made by Python from the rows, and the margin by its own definition."""
    rows = counted_lines(with_costs(lines))
    ids = sorted({row.customer for row in rows})
    occasions = purchase_occasions(
        [ids.index(row.customer) for row in rows],
        np.array([row.day for row in rows], dtype="datetime64[D]"),
        [float(row.amount) for row in rows],
    )
    outlook = predict(
        occasions, material.intake.as_of, months=36, yearly_rate=0.1, tests=material.prediction.past.tests
    )
    margin = sum(
        row.amount * Decimal("0.45")
        if row.cost is None
        else row.amount + (abs(row.cost) if row.amount < 0 else -row.cost)
        for row in rows
    )
    orders = len({(row.customer, row.order) for row in rows if row.amount >= 0})
    kept = (float(margin) - 12.0 * orders) / float(sum(row.amount for row in rows))
    assert material.figures["margin_share"].now == pytest.approx(kept)
    frame = material.customers.set_index("customer_id").loc[ids]
    for name, expected in (
        ("p_alive", outlook.p_alive),
        ("expected_orders", outlook.orders),
        ("predicted_clv", outlook.value * kept),
        ("predicted_low", outlook.low * kept),
        ("predicted_high", outlook.high * kept),
    ):
        assert frame[name].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-6), name
    days = frame["next_order"].to_numpy().astype("datetime64[D]")
    assert ((days == outlook.next_order) | (np.isnat(days) & np.isnat(outlook.next_order))).all()
    late = np.array(
        [
            math.nan
            if np.isnat(day) or day.item() >= material.intake.as_of
            else (material.intake.as_of - day.item()).days
            for day in outlook.next_order
        ]
    )
    assert frame["overdue_days"].to_numpy() == pytest.approx(late, nan_ok=True)
    assert np.nanmax(late) > 0


def test_historic_and_predicted_stand_apart(report: Report) -> None:
    everyone = page(report, "Customer list").blocks[0]
    assert isinstance(everyone, LongTable)
    titles = [item.title for item in everyone.columns]
    assert titles.index("Historic CLV") < titles.index("Predicted CLV")
    assert not [title for title in titles if "total" in title.lower()]
    best = table(report, "Customers", "most_expected")
    shown = column(best, "predicted_clv")
    assert shown == sorted(column(everyone, "predicted_clv"), reverse=True)[:20]
    assert column(table(report, "Customers", "best_customers"), "historic_clv") == sorted(
        column(everyone, "historic_clv"), reverse=True
    )[:20]  # fmt: skip


def test_the_page_says_which_model_and_how_right_it_was(material: Material, report: Report) -> None:
    forecast = page(report, "Forecast")
    choice = material.prediction.outlook.choice
    assert choice is not None
    assert choice.reason in words(forecast.blocks)
    assert choice.code in {"default", "backtest"}
    # the rule stands beside what follows from it, and no tested model is missing from a list without a word
    assert "by more than 2%, on average over the periods" in words(forecast.blocks)
    assert "BG/NBD" not in dict(choice.compared)
    assert "BG/NBD is not among them" in words(forecast.blocks)
    tested = table(report, "Forecast", "backtest")
    assert {"Pareto/NBD", "MBG/NBD", "BG/NBD", "order value x own rate", "same as the last period"} <= set(
        column(tested, "method")
    )
    assert [
        name for name, used in zip(column(tested, "method"), column(tested, "used"), strict=True) if used
    ] == [choice.name]
    tests = material.prediction.past.tests
    assert len(tests) == 2
    place = column(tested, "method").index(choice.name)
    assert column(tested, "amounts_bias")[place] == pytest.approx(
        np.mean(
            [
                test.score(choice.name).main.predicted / test.score(choice.name).main.actual - 1
                for test in tests
            ]
        )
    )
    # bias of the plain formula is off by factors, and told
    assert column(tested, "orders_bias")[column(tested, "method").index("order value x own rate")] > 1
    fitted = table(report, "Forecast", "model_parameters")
    assert column(fitted, "name") == ["r", "alpha", "s", "beta", "p", "q", "v"]
    assert column(fitted, "value")[:4] == list(choice.fit.model.values())
    assert column(fitted, "error")[:4] == list(choice.fit.standard_errors)
    tenths = table(report, "Forecast", "calibration")
    last = tests[-1].score(choice.name).main
    assert sum(
        size * each
        for size, each in zip(column(tenths, "customers"), column(tenths, "predicted"), strict=True)
    ) == pytest.approx(last.predicted)
    method = words(page(report, "Method").blocks)
    assert choice.name in method
    assert all(item.words in method for item in material.prediction.outlook.cautions)
    for name, fitted_value in zip(("r", "alpha"), choice.fit.model.values()[:2], strict=True):
        assert f"{name} {fitted_value:.4g}" in method


def test_the_page_method_claims_no_more_of_intervals_and_amounts_than_holds(material: Material) -> None:
    outlook = material.prediction.outlook

    def said_with(**changes: Any) -> str:
        other = replace(material.prediction, outlook=replace(outlook, **changes))
        return words(method_page(replace(material, prediction=other)).blocks)

    usual = said_with()
    assert "Intervals hold 90 of 100 cases if the model is right" in usual
    assert (
        "a mean of the customer's own amounts and of all customers' (Gamma-Gamma over all occasions)" in usual
    )
    assert "too far apart" not in usual
    unknown = said_with(cautions=(ERRORS_UNKNOWN,))
    assert "Intervals hold 90 of 100" not in unknown
    assert "fewer than 90 of 100 cases" in unknown
    rng = np.random.default_rng(2)
    spend = GammaGamma.fit(Spending(np.full(400, 2.0), rng.gamma(12.0, size=400) / rng.gamma(0.5, 0.2, 400)))
    (caution,) = [item for item in spend.cautions if item.code == "mean_undefined"]
    own = expected_amounts(spend, Spending(np.ones(1), np.ones(1)))[1]
    wild = said_with(cautions=(caution,), spend=spend, order_value_from=own)
    assert "the customer's own mean amount, without a model of spend" in wild
    assert "Gamma-Gamma over all occasions" not in wild
    assert "nobody knows how large the next can be" in wild
    assert "too far apart" in said_with(months=120)
    assert "too far apart" not in said_with(months=120, yearly_rate=0.0)


def test_totals_missed_up_and_down_count_as_missed(material: Material) -> None:
    past, name = material.prediction.past, used_method(material)
    tests = []
    for test, bias in zip(past.tests, (0.4, -0.4), strict=True):
        scores = tuple(replace(score, amount=replace(score.main, bias=bias)) for score in test.scores)
        tests.append(replace(test, scores=scores))
    missed = replace(past, tests=tuple(tests))
    assert missed.amounts(name).bias == pytest.approx(0)
    shop = replace(material, prediction=replace(material.prediction, past=missed))
    assert missed_by(shop) == "40% too high or too low"
    caution = page(build_report(shop), "Forecast").cautions[0]
    assert caution.startswith(
        "On this shop's own last 2 x 12 months the totals came out 40% too high or too low"
    )
    low = replace(missed, tests=(tests[1],))
    assert missed_by(replace(shop, prediction=replace(shop.prediction, past=low))) == "40% too low"


def with_misses(material: Material, *misses: tuple[float, float]) -> Material:
    """The shop, had its methods missed the total of orders and of amounts by so much in each period."""
    past = material.prediction.past
    tests = []
    for test, (orders, amounts) in zip(past.tests, misses, strict=True):
        scores = tuple(
            replace(
                score, orders=replace(score.orders, bias=orders), amount=replace(score.main, bias=amounts)
            )
            for score in test.scores
        )
        tests.append(replace(test, scores=scores))
    return replace(material, prediction=replace(material.prediction, past=replace(past, tests=tuple(tests))))


def test_the_warning_on_totals_names_orders_and_amounts(material: Material) -> None:
    both = with_misses(material, (0.16, -0.11), (0.16, -0.11))
    assert missed_total(both).startswith(
        "On this shop's own last 2 x 12 months the totals came out 11% too low in amounts and 16% too high in orders:"
    )
    assert "out 16% too high in orders:" in missed_total(with_misses(material, (0.16, 0.01), (0.16, 0.01)))
    assert missed_total(with_misses(material, (0.01, 0.01), (0.01, 0.01))) == ""


def test_an_interval_that_the_past_denies_says_so_beside_itself(material: Material) -> None:
    """90 of 100 is what the model says of itself; how far totals were off is what the shop's past says."""
    total = material.prediction.outlook.total_value
    half = (total.high - total.low) / 2 / total.expected
    denied, held = (with_misses(material, (0.0, miss), (0.0, -miss)) for miss in (half + 0.01, half - 0.01))
    miss = f"{100 * (half + 0.01):.0f}%"
    report = build_report(denied)
    tiles = [
        tile for block in page(report, "Summary").blocks if isinstance(block, Tiles) for tile in block.tiles
    ]
    equity = next(tile for tile in tiles if tile.title == "Customer equity")
    assert equity.caption == (f"past totals missed by {miss}, more than the interval")
    assert f"The interval of all months holds if the model is right; past totals missed by {miss}." in words(
        page(report, "Forecast").blocks
    )
    units = [block.unit for block in charts(page(report, "Forecast").blocks)]
    assert any(
        unit.endswith(f"90% interval, if the model is right; past totals missed by {miss}") for unit in units
    )
    report = build_report(held)
    assert "past totals missed" not in words(page(report, "Forecast").blocks)
    assert not any("past totals missed" in block.unit for block in charts(page(report, "Forecast").blocks))


def charts(blocks: Iterable[Any]) -> list[Chart]:
    return [
        card.body
        for block in blocks
        if isinstance(block, Cards)
        for card in block.cards
        if isinstance(card.body, Chart)
    ]


def test_a_blank_end_of_an_interval_is_explained(material: Material, report: Report) -> None:
    low, high = (
        amount(material.figures[f"customer_equity_{end}"].now, material.currency) for end in ("low", "high")
    )
    assert (
        f"Of all months, low and high are known for the orders and for the discounted margin: {low} to {high}."
        in words(page(report, "Forecast").blocks)
    )


def test_what_does_not_follow_a_changed_discount_rate_is_said(material: Material, report: Report) -> None:
    caption = table(report, "Parameters", "live_parameters").caption
    assert "predicted CLV follows a changed discount rate only once the report is made again" in caption
    notice = page(report, "Summary").notice
    assert isinstance(notice, Live)
    # one does not hide the other: both stand in the line
    assert notice.formula.startswith("=TRIM(IF(AND(gross_margin>=1")
    assert '&" "&IF(discount_rate<>forecast_rate' in notice.formula


def test_findings_say_what_is_expected_and_what_is_overdue(material: Material, report: Report) -> None:
    found = next(block for block in page(report, "Summary").blocks if isinstance(block, Findings))
    said = {item.page: value(item.text) for item in found.items}
    coming = material.figures["coming_amount"].now
    assert f"expected to spend {coming:,.0f} SEK" in said["forecast"] or "million SEK" in said["forecast"]


# --- shops of every kind ----------------------------------------------------------------------------------


def steady(customers: int, gap: int, days: int, amount: Callable[[int], str]) -> list[Line]:
    """Everybody orders about every ``gap`` days until the end, and nobody leaves."""
    rng = np.random.default_rng(3)
    found = []
    for who in range(customers):
        day = int(rng.integers(0, gap))
        while day < days:
            found.append(
                Line(f"c{who:03d}", date(2022, 1, 1) + timedelta(days=day), Decimal(amount(len(found))))
            )
            day += 1 + int(rng.poisson(gap * (0.5 + who / customers)))
    return found


CASES: dict[str, tuple[list[Line], bool, str]] = {
    "nobody leaves": (
        steady(150, 40, 900, lambda number: str(10 + number % 17)),
        True,
        "",
    ),
    "constant amounts": (steady(150, 40, 900, lambda _: "25"), True, "amounts of a customer are the same"),
    "no amounts": (steady(150, 40, 900, lambda _: "0"), True, "There are no amounts"),
    "60 customers": (
        steady(60, 60, 900, lambda number: str(10 + number % 17)),
        False,
        "Only 60 customers came again; 100 are needed",
    ),
    "one order each": (
        [
            Line(f"c{n:03d}", date(2022, 1, 1) + timedelta(days=5 * n), Decimal(10 + n % 7))
            for n in range(200)
        ],
        False,
        "Only 0 customers came again",
    ),
    "five months": (
        steady(150, 30, 150, lambda number: str(10 + number % 17)),
        False,
        "With a horizon of 14 months or less",
    ),
}

QUICK = {"nobody leaves", "one order each", "five months"}


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("rows", "usable", "told"),
    [pytest.param(*case, marks=() if name in QUICK else pytest.mark.long) for name, case in CASES.items()],
    ids=CASES,
)
def test_every_shop_gets_the_page_with_words(
    tmp_path: Path, rows: Sequence[Line], usable: bool, told: str
) -> None:
    material = material_of(tmp_path, rows)
    assert material.prediction.usable is usable
    write_book(book_of(material), tmp_path / "report.xlsx")
    report = build_report(material)
    said = words(page(report, "Forecast").blocks)
    assert told in said
    names = {block.name for block in page(report, "Forecast").blocks if isinstance(block, Table)}
    assert ("months_ahead" in names) is usable
    assert ("plain_formula" in names) is not usable
    list_of_customers = page(report, "Customer list").blocks[0]
    assert isinstance(list_of_customers, LongTable)
    keys = {item.key for item in list_of_customers.columns}
    assert ("p_alive" in keys) is usable
    assert ("predicted_clv" in keys) is material.prediction.has_value
    tiles = [block for block in page(report, "Summary").blocks if isinstance(block, Tiles)]
    assert len(tiles) == (3 if usable else 2)


def test_a_horizon_that_the_history_carries_gives_a_prediction(tmp_path: Path) -> None:
    rows = CASES["five months"][0]
    assert material_of(tmp_path, rows, horizon=14).prediction.usable


@pytest.mark.long
def test_a_regular_shop_gets_the_model_of_regular_gaps(tmp_path: Path, shared_data: Path) -> None:
    log = (shared_data / "grocery_btydplus" / "grocery_elog.csv").read_text(encoding="ascii").splitlines()[1:]
    rows = [
        Line(parts[0], date.fromisoformat(parts[1].strip('"')), Decimal(0))
        for parts in (text.split(",") for text in log)
    ]
    material = material_of(tmp_path, rows, horizon=12)
    assert material.prediction.outlook.choice is not None
    assert material.prediction.outlook.choice.name == "MBG/CNBD-2"
    said = words(page(build_report(material), "Forecast").blocks)
    assert "regular intervals" in said


# --- the workbook recalculates ----------------------------------------------------------------------------


@pytest.mark.office
def test_a_changed_margin_changes_what_is_predicted(
    lines: list[Line], tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    made = tmp_path / "made.xlsx"
    write_book(book_of(material_of(tmp_path, with_costs(lines), **TERMS)), made)
    stored, computed = Workbook(made), Workbook(recalculate(made))
    for title in ("Forecast", "Segments", "Summary", "Customer list", "Figures"):
        for address, cell in stored.sheets[title].items():
            again = computed.sheets[title].get(address)
            if isinstance(cell.value, float | int) and not isinstance(cell.value, bool):
                assert again is not None, (title, address)
                assert again.value == pytest.approx(cell.value, rel=1e-7, abs=1e-9), (title, address)
    changed = type_in(made, tmp_path / "changed.xlsx", {"gross_margin": 0.6})
    other = material_of(tmp_path, with_costs(lines), **TERMS | {"gross_margin": 0.6})
    again = Workbook(recalculate(changed))
    for name in ("customer_equity", "customer_equity_low", "predicted_clv", "margin_share"):
        assert again.named(name).value == pytest.approx(other.figures[name].now, rel=1e-9), name
    typed = {"service_cost": 5000.0, "gross_margin": 1.0}
    # a margin that does not pay the service makes a loss, whose low is the margin of the high amount
    losing = Workbook(recalculate(type_in(made, tmp_path / "loss.xlsx", typed | {"discount_rate": 0.2})))
    shop = material_of(tmp_path, with_costs(lines), **TERMS | typed)
    for name in ("customer_equity", "customer_equity_low", "customer_equity_high", "margin_share"):
        assert shop.figures[name].now < 0, name
        assert losing.named(name).value == pytest.approx(shop.figures[name].now, rel=1e-9), name
    for row in losing.table_rows("customers"):
        # who has probably left is expected to cost a little, and most likely costs nothing
        assert row["Predicted, low"] <= row["Predicted, high"] <= 0 >= row["Predicted CLV"]
    for row in losing.table_rows("months_ahead")[:-1]:
        assert row["Margin, low"] <= row["Margin"] <= row["Margin, high"] < 0
    said = [cell.value for cell in losing.sheets["Summary"].values() if isinstance(cell.value, str)]
    both = [text for text in said if text.startswith("Gross margin is 100%")]
    assert both
    assert all(text.endswith("Set it on Parameters. " + RATE_CHANGED) for text in both)
    kept = again.named("margin_share").value
    for row in again.table_rows("customers"):
        assert row["Predicted CLV"] == pytest.approx(row["Expected amount, discounted"] * kept)
    equity = sum(row["Predicted CLV"] for row in again.table_rows("customers"))
    assert equity == pytest.approx(other.figures["customer_equity"].now, rel=1e-8)
    slow = Workbook(recalculate(type_in(made, tmp_path / "rate.xlsx", {"discount_rate": 0.2})))
    assert slow.named("customer_equity").value == pytest.approx(stored.named("customer_equity").value)
    said = [cell.value for cell in slow.sheets["Forecast"].values() if isinstance(cell.value, str)]
    assert RATE_CHANGED in said


@pytest.mark.long
def test_customers_who_are_all_alike_are_one_story(tmp_path: Path) -> None:
    """Everybody orders every 30 days: NBD with one rate for all predicts, in the table, on the page and on Summary."""
    rng = np.random.default_rng(1)  # here the search for r and alpha, which have no end, did not come to rest
    rows = [
        Line(f"c{who:03d}", date(2023, 1, 1) + timedelta(days=int(start) + 30 * number), Decimal(50))
        for who, start in enumerate(rng.integers(0, 30, 120))
        for number in range(24)
    ]
    material = material_of(tmp_path, rows)
    report = build_report(material)
    assert material.prediction.usable
    used = dict(
        zip(*(column(table(report, "Forecast", "backtest"), key) for key in ("method", "used")), strict=True)
    )
    assert [name for name, mark in used.items() if mark] == ["NBD"]
    told = words(page(report, "Forecast").blocks)
    assert "NBD, the model without dropout, is used: nobody is seen to leave in these orders." in told
    assert "All customers seem to order equally often. The forecast stands" in told
    assert "come to rest" not in told
    assert not any("No prediction" in text for text in page(report, "Summary").cautions)
    # 365 days of an order every 30 days, from the first order on: the last gap of each is still open
    assert material.figures["coming_orders"].now == pytest.approx(120 * 365.25 / 30, rel=0.03)


@pytest.mark.long
def test_a_horizon_that_is_too_far_is_not_blamed_on_the_orders(tmp_path: Path, lines: list[Line]) -> None:
    last = max(line.day for line in lines)
    recent = [line for line in lines if line.day > last - timedelta(days=200)]
    material = material_of(tmp_path, recent, horizon=60)
    forecast = page(build_report(material), "Forecast")
    assert forecast.question.startswith(
        "What will they bring? The horizon of 60 months is too far for these orders;"
    )
    material = material_of(tmp_path, recent, horizon=1)
    tiles = [
        tile
        for block in page(build_report(material), "Summary").blocks
        if isinstance(block, Tiles)
        for tile in block.tiles
    ]
    told = " ".join(str(text) for tile in tiles for text in (tile.title, tile.caption, tile.detail))
    assert "next month" in told
    assert "1 months" not in told
