"""The sample shop: the same bytes, consistent files, and the truths that its docstring promises."""

from __future__ import annotations

import csv
import errno
import hashlib
import math
import os
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import OutputError, UsageError
from clv_xl.sample import SampleShop, write_sample
from clv_xl.sample.draws import Draws, Purpose, natural_log
from clv_xl.sample.people import EMAIL_DOMAINS
from clv_xl.sample.shop import simulate_customers, simulate_orders
from clv_xl.sample.world import CHANNELS, LOYALTY_LIFT, PRODUCTS, Calendar, black_friday

Row = dict[str, str]

ORDER_COLUMNS = [
    "order_id",
    "customer_id",
    "order_date",
    "amount",
    "quantity",
    "channel",
    "product",
    "country",
    "status",
]
CUSTOMER_COLUMNS = ["customer_id", "email", "name", "country", "loyalty_member", "loyalty_since", "consent"]
SPEND_COLUMNS = ["month", "channel", "spend"]

# The default shop. A change here changes every figure made from it: say so in the changelog.
DEFAULT_HASHES = {
    "orders.csv": "aad787c82a8e1fce07afbdf0824c8743aac297c6555924b5ec5982ff0a4a6f8a",
    "customers.csv": "36262bbefc2ac0fd702b0ed450b961217a3f9b935b1d3be9cc07b91646bd31d1",
    "spend.csv": "8c0817fad750e8d321b78d6068c211d88057e88516e0534b3766a982576c5774",
    "parameters.toml": "50a5989d324724c6131d4eb44febddf702b458a0da5d6d06193f8014e302aa42",
}


def read(path: Path) -> tuple[list[str], list[Row]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
    assert reader.fieldnames is not None
    assert all(None not in row and None not in row.values() for row in rows)
    return list(reader.fieldnames), rows


class Files:
    """A written shop, read back."""

    def __init__(self, shop: SampleShop) -> None:
        self.shop = shop
        self.order_columns, self.rows = read(shop.orders_file)
        self.customer_columns, self.customers = read(shop.customers_file)
        self.spend_columns, self.spend = read(shop.spend_file)
        self.parameters = tomllib.loads(shop.parameters_file.read_text(encoding="utf-8"))
        self.orders = {row["order_id"]: row for row in self.rows if row["status"] != "refunded"}
        self.completed = [row for row in self.rows if row["status"] == "completed"]
        self.refunds = [row for row in self.rows if row["status"] == "refunded"]
        self.first_orders: dict[str, Row] = {}
        for row in self.completed:
            self.first_orders.setdefault(row["customer_id"], row)
        self.orders_of = Counter(row["customer_id"] for row in self.completed)

    def orders_a_customer(self, column: str) -> dict[str, float]:
        """Completed orders per customer, by an attribute of the first order."""
        orders, customers = Counter[str](), Counter[str]()
        for customer, first in self.first_orders.items():
            customers[first[column]] += 1
            orders[first[column]] += self.orders_of[customer]
        return {value: orders[value] / customers[value] for value in customers}


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(write_sample(tmp_path_factory.mktemp("default")))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Enough customers for the truths to stand out of the noise."""
    return Files(write_sample(tmp_path_factory.mktemp("large"), customers=30_000, seed=7))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# The same bytes


def test_default_shop_is_pinned(default: Files) -> None:
    folder = default.shop.orders_file.parent
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents(folder).items()}
    assert hashes == DEFAULT_HASHES


def test_same_arguments_same_bytes_and_nothing_else_in_the_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sample(tmp_path / "made" / name, customers=200, years=3, seed=5)
    one, two = contents(tmp_path / "made" / "one"), contents(tmp_path / "made" / "two")
    assert one == two
    assert set(one) == set(DEFAULT_HASHES)


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    write_sample(tmp_path / "one", customers=50, seed=1)
    write_sample(tmp_path / "two", customers=50, seed=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert all(one[name] != two[name] for name in ("orders.csv", "customers.csv", "spend.csv"))


def test_files_are_utf8_with_plain_line_ends(default: Files) -> None:
    for name, content in contents(default.shop.orders_file.parent).items():
        text = content.decode("utf-8")
        assert not text.startswith("\ufeff"), name
        assert "\r" not in text, name
        assert text.endswith("\n"), name


# The files against the returned counts and each other


def test_columns(default: Files) -> None:
    assert default.order_columns == ORDER_COLUMNS
    assert default.customer_columns == CUSTOMER_COLUMNS
    assert default.spend_columns == SPEND_COLUMNS


def test_counts_and_sums_match_the_files(default: Files) -> None:
    shop = default.shop
    assert shop.customers == len(default.customers) == 3000
    assert shop.order_rows == len(default.rows)
    assert shop.orders == len(default.orders)
    assert shop.refunds == len(default.refunds)
    assert shop.cancelled_orders == sum(row["status"] == "cancelled" for row in default.rows)
    counted = (row for row in default.rows if row["status"] != "cancelled")
    assert shop.net_amount == sum((Decimal(row["amount"]) for row in counted), Decimal(0))
    assert shop.spend == sum((Decimal(row["spend"]) for row in default.spend), Decimal(0))
    assert (shop.first_day, shop.last_day) == (date(2022, 1, 1), date(2025, 12, 31))


def test_every_row_is_well_formed(default: Files) -> None:
    channels = {channel.name for channel in CHANNELS}
    products = {product.name for product in PRODUCTS}
    for row in default.rows:
        day = date.fromisoformat(row["order_date"])
        assert default.shop.first_day <= day <= default.shop.last_day
        amount, quantity = Decimal(row["amount"]), int(row["quantity"])
        assert amount.as_tuple().exponent == -2
        assert amount != 0
        assert (amount < 0) == (quantity < 0) == (row["status"] == "refunded")
        assert row["status"] in {"completed", "cancelled", "refunded"}
        assert row["channel"] in channels
        assert row["product"] in products
        assert row["country"] in {"SE", "NO", "DK", "FI"}


def test_orders_have_one_row_and_ids_ascend_in_time(default: Files) -> None:
    sales = [row for row in default.rows if row["status"] != "refunded"]
    assert [row["order_id"] for row in sales] == [str(100_001 + n) for n in range(len(sales))]
    dates = [row["order_date"] for row in default.rows]
    assert dates == sorted(dates)


def test_customers_are_numbered_by_first_order_and_all_have_a_completed_one(default: Files) -> None:
    ids = [row["customer_id"] for row in default.customers]
    assert ids == [f"C{n:06d}" for n in range(1, 3001)]
    assert list(default.first_orders) == ids
    country = {row["customer_id"]: row["country"] for row in default.customers}
    assert all(row["country"] == country[row["customer_id"]] for row in default.rows)


def test_refunds_belong_to_an_earlier_order_and_never_exceed_it(default: Files) -> None:
    returned: defaultdict[str, Decimal] = defaultdict(Decimal)
    for refund in default.refunds:
        order = default.orders[refund["order_id"]]
        assert order["status"] == "completed"
        assert order["order_date"] <= refund["order_date"]
        assert all(order[name] == refund[name] for name in ("customer_id", "channel", "product", "country"))
        returned[refund["order_id"]] -= Decimal(refund["amount"])
    assert all(value <= Decimal(default.orders[order]["amount"]) for order, value in returned.items())
    partial = sum(value < Decimal(default.orders[order]["amount"]) for order, value in returned.items())
    assert 0 < partial < len(returned) / 2


def test_spend_covers_every_month_of_every_paid_channel(default: Files) -> None:
    months = [f"{year}-{month:02d}-01" for year in range(2022, 2026) for month in range(1, 13)]
    paid = ["Affiliate", "Paid search", "Paid social"]
    assert [(row["month"], row["channel"]) for row in default.spend] == [
        (month, channel) for month in months for channel in paid
    ]
    assert all(Decimal(row["spend"]) > 0 for row in default.spend)


def test_parameters_hold_exactly_the_promised_keys_each_explained(default: Files) -> None:
    blended = default.shop.spend / default.shop.customers
    assert default.parameters == {
        "gross_margin": 0.45,
        "discount_rate": 0.10,
        "acquisition_cost": round(blended),
        "service_cost": 12,
        "currency": "SEK",
    }
    assert default.shop.acquisition_cost == default.parameters["acquisition_cost"]
    lines = default.shop.parameters_file.read_text(encoding="utf-8").splitlines()
    assert [line.startswith("#") for line in lines] == [True, False] * 5


def test_nobody_can_be_written_to(default: Files) -> None:
    emails = [row["email"] for row in default.customers]
    assert len(set(emails)) == len(emails)
    assert {email.partition("@")[2] for email in emails} == set(EMAIL_DOMAINS)
    assert set(EMAIL_DOMAINS) <= {"example.com", "example.net", "example.org"}
    assert all(email.isascii() and email == email.lower() for email in emails)


def test_names_have_the_letters_that_break_careless_readers(default: Files) -> None:
    text = "".join(row["name"] for row in default.customers)
    assert set("åäöøæÅÖØ") <= set(text)
    assert {"å", "ö", "&"} <= set("".join(product.name.lower() for product in PRODUCTS))


def test_loyalty_dates(default: Files) -> None:
    for row in default.customers:
        assert row["loyalty_member"] in {"yes", "no"}
        assert bool(row["loyalty_since"]) == (row["loyalty_member"] == "yes")
        if row["loyalty_since"]:
            first = default.first_orders[row["customer_id"]]["order_date"]
            assert max(first, "2024-01-01") <= row["loyalty_since"] <= "2025-12-31"
    members = sum(row["loyalty_member"] == "yes" for row in default.customers)
    assert 0.15 < members / len(default.customers) < 0.35


def test_newsletter_orders_come_from_customers_who_agreed_to_letters(default: Files) -> None:
    consent = {row["customer_id"]: row["consent"] for row in default.customers}
    assert set(consent.values()) == {"yes", "no"}
    letters = [row for row in default.rows if row["channel"] == "Newsletter"]
    assert letters
    assert all(consent[row["customer_id"]] == "yes" for row in letters)


# What is in the data on purpose


@pytest.mark.parametrize("which", ["default", "large"])
def test_size_and_one_time_buyers(which: str, request: pytest.FixtureRequest) -> None:
    files: Files = request.getfixturevalue(which)
    one_time = sum(count == 1 for count in files.orders_of.values())
    assert 0.40 <= one_time / files.shop.customers <= 0.50
    assert files.shop.orders / files.shop.customers == pytest.approx(6.7, abs=0.25)


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_season(large: Files, year: int) -> None:
    months = Counter(row["order_date"][:7] for row in large.completed)
    january, june, july, august, october, november, december = (
        months[f"{year}-{month:02d}"] for month in (1, 6, 7, 8, 10, 11, 12)
    )
    assert january < 0.8 * months[f"{year - 1}-12"]
    assert july < 0.95 * june
    assert july < 0.95 * august
    assert november > 1.2 * october
    assert december > 1.1 * october
    days = Counter(row["order_date"] for row in large.completed)
    assert days[black_friday(year).isoformat()] == max(
        count for day, count in days.items() if day.startswith(str(year))
    )


@pytest.mark.parametrize(
    ("year", "friday"),
    [(2022, "2022-11-25"), (2023, "2023-11-24"), (2024, "2024-11-29"), (2025, "2025-11-28")],
)
def test_black_friday_is_where_the_calendar_had_it(year: int, friday: str) -> None:
    assert black_friday(year).isoformat() == friday
    calendar = Calendar.of_years(4)
    week = [day for day, inside in zip(calendar.days, calendar.black_week, strict=True) if inside]
    assert [day.weekday() for day in week if day.year == year] == [0, 1, 2, 3, 4, 5, 6, 0]


def test_arrivals_grow_by_a_quarter_of_the_first_year(large: Files) -> None:
    new = Counter(row["order_date"][:4] for row in large.first_orders.values())
    # 1 + t/4 averaged over years 1 to 4 of a linear growth: 1.125, 1.375, 1.625, 1.875
    expected = np.array([1.125, 1.375, 1.625, 1.875]) / 6.0
    shares = np.array([new[str(year)] for year in range(2022, 2026)]) / large.shop.customers
    assert shares == pytest.approx(expected, abs=0.015)


def test_shares_of_countries_and_first_channels(large: Files) -> None:
    firsts = large.first_orders.values()
    countries = Counter(row["country"] for row in firsts)
    channels = Counter(row["channel"] for row in firsts)
    for country, share in {"SE": 0.62, "NO": 0.16, "DK": 0.13, "FI": 0.09}.items():
        assert countries[country] / len(firsts) == pytest.approx(share, abs=0.012)
    for channel in CHANNELS:
        assert channels[channel.name] / len(firsts) == pytest.approx(channel.first / 100, abs=0.012)


def test_first_channel_and_first_product_tell_the_better_customers(large: Files) -> None:
    by_channel = large.orders_a_customer("channel")
    for good in ("Newsletter", "Direct", "Organic search"):
        for poor in ("Affiliate", "Paid social"):
            assert by_channel[good] > 1.2 * by_channel[poor]
    by_product = large.orders_a_customer("product")
    assert max(by_product, key=by_product.__getitem__) == "Kaffe & te"
    assert min(by_product, key=by_product.__getitem__) == "Småmöbler"


def test_norwegians_spend_more_an_order_and_finns_less(large: Files) -> None:
    amounts: defaultdict[str, list[float]] = defaultdict(list)
    for row in large.completed:
        amounts[row["country"]].append(float(row["amount"]))
    mean = {country: float(np.mean(values)) for country, values in amounts.items()}
    assert mean["NO"] > mean["SE"] > mean["FI"]


def test_customers_won_in_black_week_come_back_less(large: Files) -> None:
    calendar = Calendar.of_years(4)
    # the last Black Week is left out: it had too little time for anybody to come back
    week = {
        day.isoformat()
        for day, inside in zip(calendar.days, calendar.black_week, strict=True)
        if inside and day.year < 2025
    }
    autumn = {
        f"{year}-{month}-{day:02d}"
        for year in (2022, 2023, 2024)
        for month in (10, 11)
        for day in range(1, 31)
    }

    def one_time_share(days: set[str]) -> float:
        group = [who for who, first in large.first_orders.items() if first["order_date"] in days]
        return sum(large.orders_of[who] == 1 for who in group) / len(group)

    assert one_time_share(week) > one_time_share(autumn - week) + 0.05


def test_members_order_more_often_and_one_time_buyers_are_no_members(large: Files) -> None:
    orders: defaultdict[str, list[int]] = defaultdict(list)
    for row in large.customers:
        orders[row["loyalty_member"]].append(large.orders_of[row["customer_id"]])
    assert np.mean(orders["yes"]) > 2 * np.mean(orders["no"])


def test_repeat_orders_come_at_each_customers_rate_and_a_quarter_faster_with_a_card() -> None:
    people = simulate_customers(30_000, 4, 3)
    orders, _ = simulate_orders(people, 3)
    repeats = np.bincount(orders.customer, minlength=30_000) - 1
    as_member = np.maximum(people.end - people.joined, 0.0)
    before = people.end - people.start - as_member
    expected = people.orders_per_day * (before + LOYALTY_LIFT * as_member)
    for group in (as_member > 0, as_member == 0):
        # a sum of independent Poisson numbers: four standard deviations
        assert abs(repeats[group].sum() - expected[group].sum()) < 4 * math.sqrt(expected[group].sum())
    joined = as_member > 0
    after = np.bincount(orders.customer[orders.day > people.joined_day[orders.customer]], minlength=30_000)[
        joined
    ]
    expected_after = (people.orders_per_day * LOYALTY_LIFT * as_member)[joined]
    assert after.sum() == pytest.approx(expected_after.sum(), rel=0.02)


def test_discounts_make_odd_prices_in_black_week(large: Files) -> None:
    def odd(rows: list[Row]) -> float:
        prices = [Decimal(row["amount"]) / int(row["quantity"]) for row in rows]
        return sum(price % 10 not in {9, 5} for price in prices) / len(prices)

    black_friday_rows = [row for row in large.completed if row["order_date"] == "2024-11-29"]
    others = [row for row in large.completed if row["order_date"].startswith("2024-05")]
    assert odd(black_friday_rows) > 0.55
    assert 0.08 < odd(others) < 0.20


def test_a_new_customer_costs_what_is_plausible_and_more_each_year(large: Files) -> None:
    new = Counter((row["order_date"][:4], row["channel"]) for row in large.first_orders.values())
    spend: defaultdict[tuple[str, str], float] = defaultdict(float)
    for row in large.spend:
        spend[row["month"][:4], row["channel"]] += float(row["spend"])
    cost = {key: spend[key] / new[key] for key in spend}
    assert all(90 <= value <= 350 for value in cost.values()), cost
    social = [cost[str(year), "Paid social"] for year in range(2022, 2026)]
    assert social[-1] > 1.15 * social[0]
    assert all(cost[year, "Paid social"] > cost[year, "Affiliate"] for year in ("2022", "2025"))


# Small shops, refusals, and what stands in the folder


@pytest.mark.parametrize(("customers", "years"), [(1, 4), (30, 4), (1, 1), (30, 1), (30, 20)])
def test_small_shops_are_whole(tmp_path: Path, customers: int, years: int) -> None:
    files = Files(write_sample(tmp_path, customers=customers, years=years))
    assert len(files.customers) == len(files.first_orders) == customers
    assert len(files.spend) == 3 * 12 * years
    assert files.shop.first_day == date(2026 - years, 1, 1)
    assert files.shop.acquisition_cost > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"customers": 0},
            "customers is 0, but must be from 1 to 2,000,000. Give the number of customers.",
        ),
        (
            {"years": 0},
            "years is 0, but must be from 1 to 20. Give the number of whole years.",
        ),
        ({"seed": -1}, "seed is -1, but must be a whole number from 0. Any such number will do."),
        (
            {"customers": 2_000_001},
            "customers is 2000001, but must be from 1 to 2,000,000. Give the number of customers.",
        ),
    ],
)
def test_impossible_sizes_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        write_sample(tmp_path / "shop", **arguments)
    assert str(refusal.value) == message
    assert not (tmp_path / "shop").exists()


def test_old_files_are_replaced_and_others_left(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("old", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_sample(tmp_path, customers=5, replace=True)
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8").startswith("order_id,")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert set(contents(tmp_path)) == {*DEFAULT_HASHES, "notes.txt"}


@pytest.mark.parametrize("name", sorted(DEFAULT_HASHES))
def test_a_file_of_the_users_own_is_never_written_over_unasked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        write_sample(tmp_path, customers=5)
    assert str(refusal.value) == (
        f"{tmp_path / name}: is there already, and may be your own. Give another folder, or pass --replace to "
        "write the sample shop over it."
    )
    assert contents(tmp_path).keys() == {name}
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "shop"
    blocked.write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="the folder cannot be created") as refusal:
        write_sample(blocked, customers=5)
    assert str(refusal.value).startswith(f"{blocked}: ")
    assert blocked.read_text(encoding="utf-8") == "a file"


def test_a_file_that_cannot_be_replaced_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").mkdir()
    (tmp_path / "orders.csv").write_text("old", encoding="utf-8")
    with pytest.raises(OutputError, match=r"customers\.csv: cannot be written"):
        write_sample(tmp_path, customers=5, replace=True)
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8") == "old"


def test_a_full_disk_leaves_the_old_files_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path, customers=5)
    before = contents(tmp_path)
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("clv_xl.sample.files.os.fsync", full)
    with pytest.raises(OutputError, match=r"spend\.csv: cannot be written \("):
        write_sample(tmp_path, customers=6, replace=True)
    assert contents(tmp_path) == before


def test_progress_runs_from_nothing_to_all(tmp_path: Path) -> None:
    calls: list[tuple[str, float]] = []
    write_sample(tmp_path, customers=20_000, progress=lambda what, share: calls.append((what, share)))
    shares = [share for _, share in calls]
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(set(shares)) > 5
    assert all(earlier <= later for earlier, later in pairwise(shares))
    assert all(what for what, _ in calls)


@pytest.mark.long
def test_a_million_orders_stay_within_700_megabytes(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc")
    code = (
        "import sys; from pathlib import Path; from clv_xl.sample import write_sample\n"
        "print(write_sample(Path(sys.argv[1]), customers=150_000).orders)\n"
        "print(Path('/proc/self/status').read_text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    )
    orders, _, status = done.stdout.partition("\n")
    assert int(orders) == pytest.approx(1_000_000, rel=0.02)
    # the size of this process before it became another program is none of its own
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak / 1024 < 700


# The random numbers


def test_uniform_numbers_come_from_the_promised_raw_integers() -> None:
    raw = np.random.PCG64(np.random.SeedSequence(3, spawn_key=(Purpose.VISITS,))).random_raw(1000)
    expected = [((int(number) >> 12) + 0.5) / 2**52 for number in raw]
    assert Draws(3, Purpose.VISITS).uniform(1000).tolist() == expected


def test_purposes_have_their_own_streams() -> None:
    streams = [tuple(Draws(1, purpose).uniform(4)) for purpose in Purpose]
    assert len(set(streams)) == len(Purpose)


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_natural_log_agrees_with_the_c_library(x: float) -> None:
    assert natural_log(np.array([x]))[0] == pytest.approx(math.log(x), rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("shape", [1, 2, 5, 6])
def test_gamma_has_its_moments(shape: int) -> None:
    numbers = Draws(11, Purpose.RATE).gamma(shape, 200_000)
    assert numbers.min() > 0
    assert numbers.mean() == pytest.approx(shape, rel=0.01)
    assert numbers.var() == pytest.approx(shape, rel=0.03)


def test_picks_follow_the_weights() -> None:
    picks = Draws(2, Purpose.ORIGIN).pick([3, 0, 1], 100_000)
    shares = np.bincount(picks, minlength=3) / len(picks)
    assert shares == pytest.approx([0.75, 0.0, 0.25], abs=0.01)
