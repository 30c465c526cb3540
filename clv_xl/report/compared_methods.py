"""The backtest as a command asks for it: with a refusal where the history is too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError
from clv_xl.models.own_past import OwnPast, try_on_own_past, usual_months
from clv_xl.models.records import DAYS_PER_MONTH

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.models.histories import Occasions

__all__ = ["compare_methods"]


def compare_methods(occasions: Occasions, first_day: date, as_of: date, months: int | None = None) -> OwnPast:
    """Backtest as :func:`~clv_xl.models.own_past.try_on_own_past` does, and refuse a history that is too short for it.

    Parameters
    ----------
    occasions : Occasions
        All of the shop.
    first_day, as_of : datetime.date
        The first day with an order, and the last day of the last period.
    months : int or None, default None
        The length of a period; None is the usual one.

    Raises
    ------
    InputError
        When the history is too short for any period.
    UsageError
        When it is too short for the months asked for.
    """
    past = try_on_own_past(occasions, as_of, usual_months(first_day, as_of) if months is None else months)
    if past.tests:
        return past
    span = f"the orders run from {first_day.isoformat()} to {as_of.isoformat()}"
    longest = int((((as_of - first_day).days + 1) // 2 + 0.99) / DAYS_PER_MONTH)
    if months is None or not longest:
        raise InputError(
            f"There can be no backtest: {span}. It takes at least two months to predict from and one to compare with."
        )
    raise UsageError(
        f"--holdout-months {months}: {span}, and a period takes one of the same length before it. Give {longest} "
        "or less."
    )
