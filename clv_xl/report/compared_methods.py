"""The backtest as a command asks for it: with a refusal where nothing can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError
from clv_xl.models.own_past import OwnPast, longest_months, try_on_own_past, usual_months

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.models.purchases import Purchases

__all__ = ["compare_methods"]


def compare_methods(purchases: Purchases, first_day: date, as_of: date, months: int | None = None) -> OwnPast:
    """Backtest as :func:`~clv_xl.models.own_past.try_on_own_past` does, and refuse where that tests nothing.

    Parameters
    ----------
    purchases : Purchases
        All of the shop.
    first_day, as_of : datetime.date
        The first day with an order, and the last day of the last period.
    months : int or None, default None
        The length of a period; None is the usual one.

    Raises
    ------
    InputError
        When the history is too short for any period, or too few customers had come again before the last one.
    UsageError
        When it is too short for the months asked for.
    """
    past = try_on_own_past(purchases, as_of, usual_months(first_day, as_of) if months is None else months)
    if past.tests:
        return past
    longest = longest_months(first_day, as_of)
    if months is not None and 0 < longest < months:
        raise UsageError(f"--holdout-months {months}: {past.why}")
    raise InputError(f"There can be no backtest. {past.why}")
