"""``clv-xl subscriptions``: from a table as somebody keeps it to the figures in the workbook."""

from __future__ import annotations

import json
from datetime import date
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from openpyxl import Workbook as Book

from clv_xl.customers.subscribers import stays, subscribers
from clv_xl.models.sbg import Sbg
from clv_xl.orders.subscriptions import read_subscriptions
from clv_xl.parameters import Parameters
from clv_xl.report.subscriptions.material import HORIZON_MONTHS, gather_subscriptions
from tests import workbook_lint
from tests.reading import Workbook, type_in
from tests.subscription_oracle import DAY, Row, after_months, as_read
from tests.subscription_shops import AS_OF, PLANS, write_subscriptions
from tests.subscription_shops import subscribers as invented
from tests.test_whole_path import differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.report.subscriptions.material import SubscriptionMaterial
    from tests.conftest import Run

SMALL = """Kundenr;Abonnement;Startdato;Sluttdato;Beløp per måned
a;Basis;01.01.2024;31.12.2024;100,00
a;Pluss;01.01.2025;;150,00
b;Basis;01.01.2024;01.01.2025;100,00
b;Basis;01.01.2025;;80,00
c;Pluss;15.01.2024;31.03.2025;200,00
d;Basis;01.06.2024;31.08.2024;100,00
d;Basis;01.05.2025;;100,00
e;Pluss;01.02.2025;31.01.2026;200,00
f;Basis;01.02.2025;01.01.2025;50,00
g;Basis;;;50,00
;Basis;01.02.2025;;50,00
h;Basis;31.02.2025;;50,00
i;Basis;01.02.2025;snart;50,00
j;Basis;01.02.2025;;
k;Basis;01.02.2025;;mye
l;Basis;01.02.2025;;-50,00
m;Basis;01.02.2025;;0
e;Pluss;01.02.2025;31.01.2026;200,00
n;Basis;01.01.2026;;100,00
o;Basis;01.01.1900;;100,00
"""
"""e's end lies ahead; b's first row ends on the day on which the second starts, as some systems write it."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "abonnement.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_subscriptions(tmp_path_factory.mktemp("subscriptions") / "subscriptions.csv", invented())


@pytest.fixture(scope="module")
def material(shop: Path) -> SubscriptionMaterial:
    return gather_subscriptions(read_subscriptions(shop), Parameters(gross_margin=0.8, discount_rate=0.1))


def test_a_small_table_gives_the_figures_that_were_counted_by_hand(
    in_process: Callable[..., Run], small: Path, tmp_path: Path
) -> None:
    run = in_process(
        "subscriptions", small, "-o", "out.xlsx", "--as-of", "2025-12-31", "--set", "currency=NOK", "--json"
    )
    assert run.exit_code == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["rows"] == {"read": 20, "used": 8, "set_aside": 12}
    assert {line["reason"]: (line["rows"], line["amount"]) for line in told["account"]} == {
        "": (8, "1030.0000"), "missing_customer": (1, "50.0000"), "missing_start": (1, "50.0000"),
        "bad_start": (1, "50.0000"), "start_out_of_range": (1, "100.0000"), "bad_end": (1, "50.0000"),
        "end_before_start": (1, "50.0000"), "missing_amount": (1, "0"), "bad_amount": (1, "0"),
        "negative_amount": (1, "-50.0000"), "free": (1, "0.0000"), "copy": (1, "200.0000"),
        "after_as_of": (1, "100.0000"),
    }  # fmt: skip
    figures = told["figures"]
    assert (figures["mrr"], figures["customers"]) == (530.0, 4)
    assert figures["nrr"] == pytest.approx((150 + 80) / 400)
    assert figures["grr"] == pytest.approx((100 + 80) / 400)
    # at the starts of the twelve months of 2025 there were 45 customers in all, and c left
    assert figures["customer_churn_a_month"] == pytest.approx(1 / 45)
    assert figures["clv_new_customer"] is None
    by_plan = {plan["plan"]: plan for plan in told["plans"]}
    assert (by_plan["Pluss"]["mrr"], by_plan["Basis"]["mrr"]) == (350.0, 180.0)
    assert by_plan["Pluss"]["nrr"] == 0
    assert by_plan["Basis"]["nrr"] == pytest.approx(230 / 200)
    assert by_plan["Basis"]["reason"].startswith("Only ")

    book = Workbook(tmp_path / "out.xlsx")
    months = {str(row["Month"]): row for row in book.table_rows("movement")}
    by_end = [
        (
            row["Start"],
            row["New"],
            row["Reactivated"],
            row["Expansion"],
            row["Contraction"],
            row["Churned"],
            row["End"],
        )
        for row in list(months.values())[-12:]
    ]
    assert by_end[:5] == [
        (400, 0, 0, 50, -20, 0, 430),
        (430, 200, 0, 0, 0, 0, 630),
        (630, 0, 0, 0, 0, 0, 630),
        (630, 0, 0, 0, 0, -200, 430),
        (430, 0, 100, 0, 0, 0, 530),
    ]
    assert by_end[-1] == (530, 0, 0, 0, 0, 0, 530)
    assert workbook_lint.faults(tmp_path / "out.xlsx") == []


def test_the_words_say_what_is_missing_and_what_to_know(in_process: Callable[..., Run], small: Path) -> None:
    run = in_process("subscriptions", small, "--set-aside", "aside.csv")
    assert run.exit_code == 0, run.stderr
    # without --as-of the newest start is the day, and n has started
    assert "20 rows read from abonnement.csv" in run.stdout
    assert "On 2026-01-01: 5 customers, MRR 630" in run.stdout
    assert "Note: 1 end lies after 2026-01-01" in run.stdout
    assert "No value is projected. Only 6 customers have renewed" in run.stdout
    aside = (small.parent / "aside.csv").read_text(encoding="utf-8").splitlines()
    assert aside[0] == "row,reason,explanation,customer,start,end,amount"
    assert len(aside) == 12


def test_a_workbook_is_read_as_a_text_file_is(small: Path, tmp_path: Path) -> None:
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Account", "Plan", "Started at", "Cancelled at", "MRR"])
    for row in read_rows():
        sheet.append([row.customer, row.plan, row.start, row.end, row.amount])
    book.save(tmp_path / "table.xlsx")
    found = read_subscriptions(tmp_path / "table.xlsx", as_of=date(2025, 12, 31))
    text = read_subscriptions(small, as_of=date(2025, 12, 31))
    for name in ("customer", "start", "end", "amount"):
        assert getattr(found, name).tolist() == getattr(text, name).tolist()


def read_rows() -> list[Row]:
    """The usable rows of the small table."""
    return [
        Row("a", "Basis", date(2024, 1, 1), date(2024, 12, 31), 100),
        Row("a", "Pluss", date(2025, 1, 1), None, 150),
        Row("b", "Basis", date(2024, 1, 1), date(2024, 12, 31), 100),
        Row("b", "Basis", date(2025, 1, 1), None, 80),
        Row("c", "Pluss", date(2024, 1, 15), date(2025, 3, 31), 200),
        Row("d", "Basis", date(2024, 6, 1), date(2024, 8, 31), 100),
        Row("d", "Basis", date(2025, 5, 1), None, 100),
        Row("e", "Pluss", date(2025, 2, 1), date(2026, 1, 31), 200),
    ]


def test_currencies_are_converted_or_set_aside_and_never_mixed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "customer,start,end,amount,currency\na,2025-01-01,,100,SEK\nb,2025-01-01,,10,EUR\nc,2025-01-01,,5,USD\n",
        encoding="utf-8",
    )
    found = read_subscriptions(path, currency="SEK", rates={"EUR": 11.2})
    assert (found.amount / 10_000).tolist() == [100, 112]
    assert [(line.reason, line.currency, str(line.amount)) for line in found.account] == [
        ("", "SEK", "100.0000"),
        ("", "EUR", "10.0000"),
        ("other_currency", "USD", "5.0000"),
    ]
    with pytest.raises(Exception, match="Set currency"):
        read_subscriptions(path)


@pytest.mark.parametrize(
    ("text", "options", "code", "message"),
    [
        ("customer,start,amount\na,2025-01-01,9\n", (), 3, "no column for end in row 1"),
        ("customer,start,end,amount\n", (), 3, "has a header and no rows below it"),
        ("", (), 3, "is empty"),
        ("customer,start,end,amount\na,soon,,9\n", (), 3, "the only row is not a usable subscription. Row 2"),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("--as-of", "2024-01-01"), 3, "the first of them starts on"),
        ("customer;start;end;amount\na;01/02/2025;;9\n", (), 3, "--date-format dd/mm/yyyy or"),
        ("customer;start;end;amount\na;2025-01-01;;1,234\n", (), 3, '--decimal "."'),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("-o", "out.csv"), 2, "let its name end in"),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("-o", "old.xlsx"), 2, "pass --replace"),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("-o", "no/out.xlsx"), 4, "there is no folder"),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("--decimal", ";"), 2, "expected . or ,"),
        ("customer,start,end,amount\na,2025-05-01,,9\n", ("--set", "gross_margin=2"), 2, "gross_margin is 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_what_to_do(
    in_process: Callable[..., Run],
    tmp_path: Path,
    text: str,
    options: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    (tmp_path / "old.xlsx").write_bytes(b"somebody's own")
    run = in_process("subscriptions", "table.csv", *options)
    assert run.exit_code == code, run.stdout
    assert message in run.stderr
    assert not (tmp_path / "subscriptions.xlsx").exists()
    assert (tmp_path / "old.xlsx").read_bytes() == b"somebody's own"


@pytest.fixture
def in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Run]:
    """Run the command in this process, in the test's folder."""
    import sys

    from clv_xl.cli import main
    from tests.conftest import Run

    def call(*arguments: str | Path) -> Run:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["clv-xl", *map(str, arguments)])
        code: object = 0
        try:
            main()
        except SystemExit as done:
            code = done.code
        printed = capsys.readouterr()
        return Run(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


def test_a_day_or_a_number_that_could_be_two_is_settled_by_an_option(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("customer;start;end;amount\na;01/02/2025;03/04/2025;1,234\n", encoding="utf-8")
    found = read_subscriptions(path, date_format="dd/mm/yyyy", decimal=",", as_of=date(2025, 3, 1))
    assert found.start[0].item() == date(2025, 2, 1)
    assert found.amount.tolist() == [12340]
    # the ends tell what the starts leave open
    path.write_text(
        "customer;start;end;amount\na;01/02/2025;31/04/2025;9\nb;01/02/2025;30/04/2025;9\n", encoding="utf-8"
    )
    assert read_subscriptions(path).start.tolist() == [date(2025, 2, 1)]


def test_the_public_cohorts_as_subscriptions_have_the_published_parameters(shared_data: Path) -> None:
    # Fader and Hardie (2007): a year is taken as a month, and each customer is a row of a table
    table = np.genfromtxt(
        shared_data / "sbg_fader_hardie_2007" / "sbg_cohorts.csv", delimiter=",", skip_header=1, dtype=str
    )
    start = date(2025, 1, 10)
    rows = [
        Row(number, plan, start, None if seen == "8" else after_months(start, int(seen)) - DAY, 100)
        for number, seen, _, plan in table.tolist()
    ]
    group = subscribers(as_read(rows, after_months(start, 7)))
    found = stays(group, by_plan=True)
    fitted = {
        name: Sbg.fit_lifetimes(found.periods[found.plan == number], found.left[found.plan == number])
        for number, name in enumerate(group.plans)
    }
    assert {name: np.round(fit.model.values(), 3).tolist() for name, fit in fitted.items()} == {
        "highend": [0.668, 3.806],
        "regular": [0.704, 1.182],
    }


def test_values_are_the_sums_that_the_method_page_states(material: SubscriptionMaterial) -> None:
    rate = 1.1 ** (1 / 12) - 1
    group = subscribers(material.read)
    apart = stays(group, by_plan=True)
    now = group.paid_by_plan(AS_OF) / 10_000
    whole = 0.0
    for number, plan in enumerate(material.plans):
        model = plan.renewals.model
        assert model is not None
        survival = np.cumprod([1.0, *((model.beta + t) / (model.alpha + model.beta + t) for t in range(80))])
        paid = sum(survival[t] / (1 + rate) ** t for t in range(HORIZON_MONTHS))
        assert plan.payments == pytest.approx(paid)
        coming = 0.0
        for at in np.flatnonzero((apart.plan == number) & apart.running):
            n = apart.periods[at]
            stays_on = sum(
                survival[n + t] / survival[n] / (1 + rate) ** t for t in range(1, HORIZON_MONTHS + 1)
            )
            coming += now[apart.customer[at], number] * stays_on
        assert plan.coming == pytest.approx(coming)
        whole += coming
    assert material.every.coming == pytest.approx(whole)


def with_ends(ends: dict[int, date]) -> list[Row]:
    """The invented table, with an end for every seventh, eighth, ... of those that still run."""
    rows, running = [], 0
    for row in invented():
        end = row.end
        if end is None:
            end = ends.get(running % 8)
            running += 1
        rows.append(Row(row.customer, row.plan, row.start, end, row.amount))
    return rows


def coming_of(tmp_path: Path, rows: list[Row]) -> float:
    path = write_subscriptions(tmp_path / "ends.csv", rows)
    found = gather_subscriptions(read_subscriptions(path, as_of=AS_OF), Parameters(discount_rate=0.1))
    return found.every.coming


def test_a_known_end_is_the_last_that_is_paid_for(tmp_path: Path) -> None:
    """A subscription that ends nine days after the as-of day was worth as much as one that goes on."""
    ends = {0: AS_OF + 9 * DAY, 1: AS_OF + 9 * DAY, 2: date(2026, 7, 31), 3: date(2028, 2, 29), 4: AS_OF}
    rows = with_ends(ends)
    found = gather_subscriptions(
        read_subscriptions(write_subscriptions(tmp_path / "t.csv", rows), as_of=AS_OF),
        Parameters(discount_rate=0.1),
    )
    group = subscribers(found.read)
    apart = stays(group, by_plan=True)
    rate = 1.1 ** (1 / 12) - 1
    wanted = 0.0
    for at in np.flatnonzero(apart.running):
        plan = found.plans[apart.plan[at]]
        model = plan.renewals.model
        assert model is not None
        begun = np.datetime64(int(apart.begun[at]), "D").item()
        n = int(apart.periods[at])
        mine = np.flatnonzero(
            (group.customer == apart.customer[at]) & (group.plan == apart.plan[at]) & group.running(AS_OF)
        )
        for row in mine:
            end = found.read.end[row].item()
            there = 1.0
            for t in range(1, HORIZON_MONTHS + 1):
                there *= (model.beta + n + t - 1) / (model.alpha + model.beta + n + t - 1)
                if end is None or after_months(begun, n + t) < end:
                    wanted += there / (1 + rate) ** t * found.read.amount[row] / 10_000
    assert found.every.coming == pytest.approx(wanted)


def test_the_nearer_the_known_ends_the_less_is_still_to_come(tmp_path: Path) -> None:
    every = range(8)
    without = coming_of(tmp_path, with_ends({}))
    found = [
        coming_of(tmp_path, with_ends(dict.fromkeys(every, end)))
        for end in (
            AS_OF + 9 * DAY,
            AS_OF + 100 * DAY,
            AS_OF + 700 * DAY,
            date(2029, 2, 28),
            date(9999, 12, 31),
        )
    ]
    assert found == sorted(found)
    # of a month's payments about eight in thirty fall due within nine days
    assert 0.1 < found[0] / gather_mrr(tmp_path) < 0.5
    assert found[0] < 0.05 * without
    assert found[-1] == found[-2] == pytest.approx(without, rel=1e-12)


def gather_mrr(tmp_path: Path) -> float:
    read = read_subscriptions(tmp_path / "ends.csv", as_of=AS_OF)
    return float(subscribers(read).paid(AS_OF).sum()) / 10_000


@pytest.mark.parametrize("asked", [[], ["--as-of", AS_OF.isoformat()]])
def test_known_ends_are_told_beside_customer_equity(
    in_process: Callable[..., Run], tmp_path: Path, asked: list[str]
) -> None:
    rows = [*with_ends({0: AS_OF + 9 * DAY}), Row("last", "Basic", AS_OF, None, 99)]
    ahead = sum(1 for row in rows if row.end and row.end > AS_OF)
    write_subscriptions(tmp_path / "t.csv", rows)
    run = in_process("subscriptions", "t.csv", "-o", "out.xlsx", *asked)
    assert run.exit_code == 0, run.stderr
    assert f"Note: {ahead} ends lie after {AS_OF}" in run.stdout
    assert ("pass --as-of with that day" in run.stdout) == (not asked)
    cells = Workbook(tmp_path / "out.xlsx").sheets["Summary"].values()
    texts = [str(cell.value) for cell in cells]
    assert f"36 months, {ahead} known ends" in texts
    assert any(text.startswith(f"{ahead} ends lie after") for text in texts)
    assert workbook_lint.faults(tmp_path / "out.xlsx") == []


@pytest.mark.parametrize("asked", [None, date(2024, 4, 30)])
def test_an_email_address_in_other_capitals_has_not_left(tmp_path: Path, asked: date | None) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "customer_id,start,end,amount\nAnn@x.no,2024-01-01,2024-03-31,100\nann@x.no,2024-04-01,,150\n"
        "Bo,2024-01-01,2024-03-31,70\nbo,2024-04-01,,70\nANN@X.NO,2024-04-01,soon,5\n"
    )
    read = read_subscriptions(path, as_of=asked)
    april = gather_subscriptions(read, Parameters()).months[-1].moved
    # only an address is one in any capitals, as in tables of orders
    assert (april.expansion, april.new, april.churned) == (50.0, 70.0, 70.0)
    assert [line.customer for line in read.set_aside] == ["ANN@X.NO"]
    [told] = [warning for warning in read.warnings if warning.code == "email_spellings"]
    assert told.rows == 2
    assert "ann@x.no" in told.text


def test_each_plan_has_the_churn_that_its_customers_were_made_with(material: SubscriptionMaterial) -> None:
    for plan in material.plans:
        fit = plan.renewals.fit
        assert fit is not None
        _, alpha, beta = PLANS[plan.name]
        first = alpha / (alpha + beta)
        seen = float(fit.model.alpha / (fit.model.alpha + fit.model.beta))
        assert seen == pytest.approx(first, abs=4 * (first * (1 - first) / plan.stays) ** 0.5)
    assert material.plans[0].name == "Pro"


def test_the_same_table_gives_the_same_bytes_and_margins_recalculate(
    in_process: Callable[..., Run], shop: Path, tmp_path: Path
) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        run = in_process("subscriptions", shop, "-o", name, "--set", "gross_margin=0.8", "--quiet")
        assert (run.exit_code, run.stdout) == (0, ""), run.stderr
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert workbook_lint.faults(tmp_path / "one.xlsx") == []
    book = Workbook(tmp_path / "one.xlsx")
    for row in book.table_rows("plans"):
        assert row["CLV, new"] == pytest.approx(float(row["Amount"] or 0) * float(row["Payments"] or 0) * 0.8)
    total = sum(float(row["Equity"] or 0) for row in book.table_rows("plans"))
    assert book.named("customer_equity").value == pytest.approx(total)


def test_everything_over_is_said_and_not_valued(in_process: Callable[..., Run], tmp_path: Path) -> None:
    rows = [Row(f"k{n}", "Basic", date(2023, 1, 1), date(2023, 4, 30), 10) for n in range(3)]
    write_subscriptions(tmp_path / "t.csv", rows)
    run = in_process("subscriptions", "t.csv", "--as-of", "2024-06-30", "--json")
    assert run.exit_code == 0, run.stderr
    figures = json.loads(run.stdout)["figures"]
    assert (figures["mrr"], figures["customers"], figures["customer_equity"]) == (0, 0, 0)
    assert figures["nrr"] is None
    assert workbook_lint.faults(tmp_path / "subscriptions.xlsx") == []


def test_a_plan_with_too_little_is_projected_by_all_plans_together(tmp_path: Path) -> None:
    rows = [*invented(), Row("x", "Rare", date(2025, 1, 1), None, 1000)]
    path = write_subscriptions(tmp_path / "t.csv", rows)
    found = gather_subscriptions(read_subscriptions(path), Parameters())
    rare = next(plan for plan in found.plans if plan.name == "Rare")
    assert not rare.own
    assert rare.renewals.reason.startswith("Only 1 customer has renewed yet")
    assert rare.payments == found.every.payments
    assert not isnan(found.every.coming)


@pytest.mark.office
def test_a_changed_margin_recalculates_to_what_a_new_report_says(
    in_process: Callable[..., Run], shop: Path, tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    for name, margin in (("old.xlsx", 0.8), ("new.xlsx", 0.5)):
        run = in_process("subscriptions", shop, "-o", name, "--set", f"gross_margin={margin}", "--quiet")
        assert run.exit_code == 0, run.stderr
    assert not differences(Workbook(tmp_path / "old.xlsx"), Workbook(recalculate(tmp_path / "old.xlsx")))
    typed = Workbook(
        recalculate(type_in(tmp_path / "old.xlsx", tmp_path / "typed.xlsx", {"gross_margin": 0.5}))
    )
    assert not differences(typed, Workbook(tmp_path / "new.xlsx"))


@pytest.mark.office
def test_the_workbook_is_valid(
    in_process: Callable[..., Run], shop: Path, tmp_path: Path, ooxml_validator: Callable[[Path], list[str]]
) -> None:
    assert in_process("subscriptions", shop, "--quiet").exit_code == 0
    assert ooxml_validator(tmp_path / "subscriptions.xlsx") == []


def test_a_horizon_that_would_be_ignored_is_refused(in_process: Callable[..., Run], small: Path) -> None:
    run = in_process("subscriptions", small, "--set", "horizon=12")
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == (
        "Error: --set horizon=12: the values of subscriptions always look 36 months ahead. Leave it out.\n"
    )
