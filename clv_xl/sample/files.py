"""The four files of the sample shop: their text, and how they are put in place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.errors import OutputError, UsageError
from clv_xl.sample import world
from clv_xl.sample.people import invented_people
from clv_xl.sample.shop import (
    Customers,
    Orders,
    Refunds,
    SpendLine,
    marketing_spend,
    simulate_customers,
    simulate_orders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from numpy.typing import NDArray

    Progress = Callable[[str, float], None]

__all__ = ["SampleShop", "write_sample"]

MOST_CUSTOMERS = 2_000_000
MOST_YEARS = 20
_FIRST_ORDER_ID = 100_001
_ROWS_AT_A_TIME = 50_000
_NAMES = ("orders.csv", "customers.csv", "spend.csv", "parameters.toml")


@dataclass(frozen=True, slots=True)
class SampleShop:
    """What was written, and the counts and sums that the files must agree with.

    Attributes
    ----------
    orders_file, customers_file, spend_file, parameters_file
        The four files.
    customers
        Customers; each has at least one order that was not cancelled.
    orders
        Different order ids, cancelled ones included.
    cancelled_orders
        Orders with the status ``cancelled``; they carry a positive amount and count for nothing.
    refunds
        Rows with a negative amount and the status ``refunded``.
    first_day, last_day
        The first and the last day of the shop's calendar.
    net_amount
        The sum of completed orders and refunds, in SEK.
    spend
        All marketing spend, in SEK.
    acquisition_cost
        ``spend`` over ``customers``, in whole SEK.
    """

    orders_file: Path
    customers_file: Path
    spend_file: Path
    parameters_file: Path
    customers: int
    orders: int
    cancelled_orders: int
    refunds: int
    first_day: date
    last_day: date
    net_amount: Decimal
    spend: Decimal
    acquisition_cost: int

    @property
    def order_rows(self) -> int:
        """Rows of ``orders.csv`` below the header: orders and refunds."""
        return self.orders + self.refunds


def write_sample(
    directory: Path,
    *,
    customers: int = 3000,
    years: int = 4,
    seed: int = 1,
    replace: bool = False,
    progress: Progress | None = None,
) -> SampleShop:
    """Write a made-up Nordic web shop into a folder.

    The same arguments give the same bytes; see :mod:`clv_xl.sample` for what is in the data on purpose.

    Parameters
    ----------
    directory
        The folder; created if missing. Other files in it are left as they are.
    customers
        How many customers, 1 to 2,000,000. Four years bring about 6.7 orders a customer, so 150,000
        customers make about 1,000,000 orders.
    years
        How many whole years the shop has been open, 1 to 20; the last ends on 2025-12-31.
    seed
        Any whole number from 0; another seed is another shop of the same kind.
    replace
        Whether files of the four names that are there already may be replaced: they may be somebody's own.
    progress
        Called with a few words and the share of the work done, 0 to 1, which never falls.

    Returns
    -------
    SampleShop
        Where the files are, and their counts and sums.

    Raises
    ------
    UsageError
        A number is outside its range, or a file is there already; nothing is written.
    OutputError
        The folder or a file cannot be written. Each file is replaced whole or not at all.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     shop = write_sample(Path(folder), customers=30)
    ...     with shop.orders_file.open(encoding="utf-8") as lines:
    ...         print(next(lines).strip())
    order_id,customer_id,order_date,amount,quantity,channel,product,country,status
    >>> shop.customers, shop.first_day.isoformat(), shop.last_day.isoformat()
    (30, '2022-01-01', '2025-12-31')
    """
    _check("customers", customers, 1, MOST_CUSTOMERS, "customers")
    _check("years", years, 1, MOST_YEARS, "whole years")
    if seed < 0:
        raise UsageError(f"seed is {seed}, but must be a whole number from 0. Any such number will do.")
    report = progress or _no_progress
    targets = {name: directory / name for name in _NAMES}
    if not replace:
        _refuse_replacing(targets.values())
    _make_folder(directory)
    _check_replaceable(targets.values())

    report("Inventing customers", 0.0)
    people = simulate_customers(customers, years, seed)
    report("Inventing orders", 0.1)
    orders, refunds = simulate_orders(people, seed)
    spend = marketing_spend(people.calendar, customers, seed)
    total_spend = sum(line.spend for line in spend)
    acquisition_cost = (total_spend + 50 * customers) // (100 * customers)
    report("Writing files", 0.4)
    texts = {
        "orders.csv": _order_lines(people, orders, refunds, report),
        "customers.csv": _customer_lines(people, seed),
        "spend.csv": _spend_lines(spend),
        "parameters.toml": [_parameters_text(acquisition_cost)],
    }
    _put_in_place(directory, targets, texts)
    report("Done", 1.0)

    amounts = orders.unit_price * orders.quantity
    returned = orders.unit_price[refunds.order] * refunds.units
    net_amount = int(amounts[~orders.cancelled].sum()) - int(returned.sum())
    return SampleShop(
        orders_file=targets["orders.csv"],
        customers_file=targets["customers.csv"],
        spend_file=targets["spend.csv"],
        parameters_file=targets["parameters.toml"],
        customers=customers,
        orders=len(orders.day),
        cancelled_orders=int(np.count_nonzero(orders.cancelled)),
        refunds=len(refunds.order),
        first_day=people.calendar.days[0],
        last_day=people.calendar.days[-1],
        net_amount=Decimal(net_amount).scaleb(-2),
        spend=Decimal(total_spend).scaleb(-2),
        acquisition_cost=acquisition_cost,
    )


def _check(name: str, value: int, low: int, high: int, meaning: str) -> None:
    if not low <= value <= high:
        raise UsageError(
            f"{name} is {value}, but must be from {low} to {high:,}. Give the number of {meaning}."
        )


def _no_progress(_what: str, _share: float) -> None:
    """Stand in where nobody watches."""


def _refuse_replacing(targets: Iterable[Path]) -> None:
    for target in targets:
        if target.exists():
            raise UsageError(
                f"{target}: is there already, and may be your own. Give another folder, or pass --replace to "
                "write the sample shop over it."
            )


def _make_folder(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise OutputError(
            f"{directory}: the folder cannot be created ({cause.strerror or cause}). "
            "Give a folder that you may write to; it must not be the name of a file."
        ) from cause


def _check_replaceable(targets: Iterable[Path]) -> None:
    """Find out whether existing files may be replaced, so that none is when one may not be."""
    for target in targets:
        try:
            # opening for change fails where a replacement would: a folder, a lock by Excel, no permission
            with target.open("r+b"):
                pass
        except FileNotFoundError:
            continue
        except OSError as cause:
            raise _cannot_write(target, cause) from cause


def _put_in_place(directory: Path, targets: dict[str, Path], texts: dict[str, Iterable[str]]) -> None:
    """Write all files into a folder beside, then move each over the old one."""
    current = directory
    try:
        with TemporaryDirectory(prefix=".sample-", dir=directory) as beside:
            for name, text in texts.items():
                current = targets[name]
                with Path(beside, name).open("w", encoding="utf-8", newline="\n") as file:
                    file.writelines(text)
                    file.flush()
                    os.fsync(file.fileno())
            _check_replaceable(targets.values())
            for name, target in targets.items():
                current = target
                Path(beside, name).replace(target)
    except OSError as cause:
        raise _cannot_write(current, cause) from cause


def _cannot_write(path: Path, cause: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({cause.strerror or cause}). Close it where it is open, "
        "check the space left on the disk and that you may write there, or give another folder."
    )


def _order_lines(people: Customers, orders: Orders, refunds: Refunds, report: Progress) -> Iterator[str]:
    """Yield ``orders.csv`` in time order; a day's refunds follow its orders.

    No text in these columns holds a comma, a quote or a line end, so nothing needs quoting.
    """
    yield "order_id,customer_id,order_date,amount,quantity,channel,product,country,status\n"
    source = np.concatenate([np.arange(len(orders.day)), refunds.order])
    day = np.concatenate([orders.day, refunds.day])
    quantity = np.concatenate([orders.quantity, -refunds.units])
    status = np.concatenate([orders.cancelled.astype(np.int8), np.full(len(refunds.order), 2, np.int8)])
    in_time = np.argsort(day, kind="stable")
    dates = [each.isoformat() for each in people.calendar.days]
    channels = [item.name for item in world.CHANNELS]
    products = [item.name for item in world.PRODUCTS]
    countries = [item.code for item in world.COUNTRIES]
    statuses = ("completed", "cancelled", "refunded")
    for begin in range(0, len(in_time), _ROWS_AT_A_TIME):
        rows = in_time[begin : begin + _ROWS_AT_A_TIME]
        order = source[rows]
        customer = orders.customer[order]
        for number, who, when, amount, units, channel, product, country, fate in zip(
            (order + _FIRST_ORDER_ID).tolist(),
            (customer + 1).tolist(),
            day[rows].tolist(),
            _money(orders.unit_price[order] * quantity[rows]),
            quantity[rows].tolist(),
            orders.channel[order].tolist(),
            orders.product[order].tolist(),
            people.country[customer].tolist(),
            status[rows].tolist(),
            strict=True,
        ):
            yield (
                f"{number},C{who:06d},{dates[when]},{amount},{units},{channels[channel]},"
                f"{products[product]},{countries[country]},{statuses[fate]}\n"
            )
        report("Writing files", 0.4 + 0.5 * (begin + len(rows)) / len(in_time))


def _money(hundredths: NDArray[np.int64]) -> list[str]:
    """Return amounts as text with two decimals, from whole hundredths."""
    different, position = np.unique(hundredths, return_inverse=True)
    texts = [f"{'-' if n < 0 else ''}{abs(n) // 100}.{abs(n) % 100:02d}" for n in different.tolist()]
    return [texts[n] for n in position.tolist()]


def _customer_lines(people: Customers, seed: int) -> Iterator[str]:
    """Yield ``customers.csv``, in the order of the first orders."""
    yield "customer_id,email,name,country,loyalty_member,loyalty_since,consent\n"
    names, emails = invented_people(seed, people.country)
    dates = [each.isoformat() for each in people.calendar.days]
    for number, (name, email, country, joined, consent) in enumerate(
        zip(
            names,
            emails,
            people.country.tolist(),
            people.joined_day.tolist(),
            people.consent.tolist(),
            strict=True,
        ),
        start=1,
    ):
        member, since = ("yes", dates[joined]) if joined >= 0 else ("no", "")
        code = world.COUNTRIES[country].code
        yield f"C{number:06d},{email},{name},{code},{member},{since},{'yes' if consent else 'no'}\n"


def _spend_lines(spend: Iterable[SpendLine]) -> Iterator[str]:
    """Yield ``spend.csv``, by month and channel."""
    yield "month,channel,spend\n"
    for line in spend:
        yield f"{line.month.isoformat()},{line.channel},{line.spend // 100}.{line.spend % 100:02d}\n"


def _parameters_text(acquisition_cost: int) -> str:
    return (
        "# Share of each amount that is left after the cost of the goods.\n"
        "gross_margin = 0.45\n"
        "# Yearly return that the money could earn elsewhere.\n"
        "discount_rate = 0.10\n"
        "# All spend in spend.csv over all customers, in whole SEK.\n"
        f"acquisition_cost = {acquisition_cost}\n"
        "# Picking, freight, payment and service of one order, in SEK.\n"
        "service_cost = 12\n"
        "# The currency of all amounts.\n"
        'currency = "SEK"\n'
    )
