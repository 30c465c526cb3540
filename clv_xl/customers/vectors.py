"""Columns of customers, dates and amounts as orders, so that cells and reports are computed alike."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.engine import statement
from clv_xl.customers.summary import prepare
from clv_xl.errors import ArgumentError, InputError
from clv_xl.metrics.arguments import same_length
from clv_xl.metrics.occasions import customer_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.metrics.arguments import FloatArray, IntArray, ObjectArray
    from clv_xl.metrics.occasions import DayArray

__all__ = ["VectorShop", "ten_thousandths", "vector_shop"]

_FEW: Final = 100_000  # up to here DuckDB is done first with one thread

_LARGEST: Final = 99_999_999_999_999
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class VectorShop:
    """Orders from columns, grouped by customer and day.

    Attributes
    ----------
    connection : Connection
        Holds ``order_rows`` and ``customer_days``, as after reading order files.
    first_day, as_of : datetime.date
        The oldest order; and the day asked for, or that of the newest order.
    """

    connection: Connection
    first_day: date
    as_of: date


@contextmanager
def vector_shop(
    customers: ObjectArray,
    days: DayArray,
    amounts: FloatArray | None = None,
    *,
    order_ids: ObjectArray | None = None,
    groups: ObjectArray | None = None,
    as_of: date | None = None,
) -> Iterator[VectorShop]:
    """Load columns of cells as orders, by the rules that hold for order files.

    Rows without a customer, date or amount are left out; so are rows after ``as_of``, and refunds (negative
    amounts) of a customer who has no earlier order. Amounts are rounded to 4 decimals.

    Parameters
    ----------
    customers : ndarray of str objects
        Ids without outer blanks; "" where there is no customer. E-mail addresses are shown in lower case.
    days : ndarray of datetime64[D]
        NaT where blank.
    amounts : ndarray of float64 or None, default None
        NaN where blank. None is 0 for every row.
    order_ids, groups : ndarray of str objects or None, default None
        "" where blank. Rows of a customer with one order id are one order; groups become the ``channel``.
    as_of : datetime.date or None, default None
        The day on which everything is measured; None is the day of the newest order,
        on which later refunds count, too.

    Yields
    ------
    VectorShop
        Valid within the block.

    Raises
    ------
    InputError
        When no row is an order.
    ArgumentError
        For columns of different length, or an amount beyond 99,999,999,999,999.

    Examples
    --------
    >>> from clv_xl.customers.summary import summarise
    >>> ids = np.array(["Ann", "Ann", ""], dtype=object)
    >>> with vector_shop(ids, np.array(["2024-01-01"] * 3, dtype="datetime64[D]"), np.array([9.0, -1, 5])) as shop:
    ...     summarise(shop.connection, shop.as_of)["amount"].tolist()
    [8.0]
    """
    import duckdb  # noqa: PLC0415  # a tenth of a second: a cell that groups no orders does not wait for it

    who = np.array(customer_keys(customers.tolist()), dtype=object)
    spent = np.zeros(customers.size) if amounts is None else amounts
    columns = {"customers": customers, "dates": days, "amounts": spent}
    columns |= {
        name: item for name, item in (("order_ids", order_ids), ("groups", groups)) if item is not None
    }
    same_length(**columns)
    counted = (customers != "") & ~(np.isnat(days) | np.isnan(spent))
    if as_of is not None:
        counted &= days <= np.datetime64(as_of, "D")
    places = np.flatnonzero(counted)
    sales = days[places[spent[places] >= 0]]
    if not sales.size:
        raise InputError("There is no order: no row has a customer, a date and an amount of 0 or more.")
    first_day, newest = sales.min().item(), sales.max()
    last = newest.item() if as_of is None else as_of
    if as_of is None:
        days = np.minimum(days, newest)  # only refunds are later: they count, but are no sign of life
    # nothing may be fetched at run time, and nothing of the machine's settings may change a result
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if customers.size <= _FEW:
        config["threads"] = 1
    with duckdb.connect(":memory:", config=config) as connection:
        for name, frame in _frames(who, days, spent, order_ids, groups, places).items():
            connection.register(name, frame)
        connection.execute(f"create or replace table order_rows as {statement('vector_rows')}")
        prepare(connection)
        yield VectorShop(connection, first_day, last)


def _frames(
    customers: ObjectArray,
    days: DayArray,
    amounts: FloatArray,
    order_ids: ObjectArray | None,
    groups: ObjectArray | None,
    places: IntArray,
) -> dict[str, pd.DataFrame]:
    """Return the rows with numbers for texts, and each kind of text once: texts are what costs time."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    frames = {}
    cells: dict[str, Any] = {
        "row_number": places + 1,
        "day": days[places].astype("datetime64[D]").astype(np.int32),
        "units": ten_thousandths(amounts[places]),
    }
    for column, name, texts in (
        ("customer", "vector_customers", customers),
        ("order_code", "vector_orders", order_ids),
        ("group_code", "vector_groups", groups),
    ):
        codes, known = (
            (np.full(places.size, -1), np.empty(0, dtype=object))
            if texts is None
            else pd.factorize(texts[places].astype(object))
        )
        cells[column] = codes
        told = np.array([bool(text) for text in known], dtype=bool)
        frames[name] = pd.DataFrame(
            {"code": np.flatnonzero(told), "text": pd.Series(known[told], dtype=object)}
        )
    return {"vector_cells": pd.DataFrame(cells), **frames}


def ten_thousandths(amounts: FloatArray) -> IntArray:
    """Return amounts as whole numbers of 1/10000, rounded half away from zero in the decimals that a reader sees.

    Raises
    ------
    ArgumentError
        For an amount beyond 99,999,999,999,999, or none.

    Examples
    --------
    >>> ten_thousandths(np.array([1.00005, -0.1, 12.34]))
    array([ 10001,  -1000, 123400])
    """
    if (beyond := ~(np.abs(amounts) <= _LARGEST)).any():
        found = float(amounts[int(np.argmax(beyond))])
        raise ArgumentError(f"amounts holds {found:.15g}, but an amount is at most {_LARGEST:,} either way.")
    scaled = amounts * 1e4
    units = np.rint(scaled).astype(np.int64)
    # beyond a billion, or close to a half, the float's own rounding could decide: ask its decimals
    unsure = (np.abs(amounts) >= 1e9) | (np.abs(np.abs(scaled - units) - 0.5) < 0.01)
    for place in np.flatnonzero(unsure):
        exact = Decimal(repr(float(amounts[place]))).quantize(_PLACES, rounding=ROUND_HALF_UP)
        units[place] = int(exact.scaleb(4))
    return units
