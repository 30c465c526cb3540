"""The tests on a shop's own past and the outlook, computed by a second process while this one goes on without them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from clv_xl.customers.sharing import is_limited
from clv_xl.models.choice import choose
from clv_xl.models.outlook import predict_seen
from clv_xl.models.own_past import questions, usual_months
from clv_xl.models.remembered import fits, keep
from clv_xl.models.seen import Seen
from clv_xl.second_process import Begun, cores

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.engine import Connection
    from clv_xl.customers.purchases import AskedPurchases
    from clv_xl.models.backtest import Backtest
    from clv_xl.models.choice import Choice
    from clv_xl.models.outlook import Outlook
    from clv_xl.models.own_past import OwnPast, Questions
    from clv_xl.models.remembered import Fits
    from clv_xl.orders import Intake
    from clv_xl.parameters import Parameters
    from clv_xl.second_process import SecondProcess

__all__ = ["ENOUGH_ROWS", "BegunPast", "begin_past", "start"]

ENOUGH_ROWS: Final = 200_000
"""With fewer rows a second process saves no more than it takes to start (measured: 0.06 s of 2.7 at 100,000)."""


_MOST_SENT: Final = 2_000_000
"""More customers than these are predicted here: to send them takes a hundred bytes of each, and as many once more."""
_MODULES: Final = "clv_xl.models.own_past", "clv_xl.models.outlook", "clv_xl.workbook.squeezed_rows"
"""What it will be asked for."""


def start(second: SecondProcess, connection: Connection, intake: Intake) -> None:
    """Start a second process where there is a core for it, enough to do, and no limit on the memory of this one.

    Parameters
    ----------
    second : SecondProcess
        Not started.
    connection : Connection
        With the orders.
    intake : Intake
        Of the same.
    """
    if cores() >= 2 and intake.rows_read >= ENOUGH_ROWS and not is_limited(connection):
        second.start(*_MODULES)


class BegunPast:
    """The tests that :func:`begin_past` began.

    Parameters
    ----------
    shop : tuple of AskedPurchases, datetime.date and datetime.date
        As for :func:`begin_past`.
    second : SecondProcess
        Where they are computed; where it was not started, here, when they are asked for.
    """

    def __init__(self, shop: tuple[AskedPurchases, date, date], second: SecondProcess) -> None:
        self._shop, self._second = shop, second
        self._begun = second.begin(self._questions().answered_with_fits) if second.is_there else None

    def result(self) -> OwnPast:
        """Return the tests; where they are computed elsewhere, models are fitted to the shop here meanwhile."""
        if self._begun is None:
            return self._questions().answered()
        self.choice(())  # its fits are remembered, whatever the tests say of them
        past, found = self._begun.result()
        keep(found)
        return past

    def choice(self, tests: tuple[Backtest, ...]) -> Choice | None:
        """Return the model that the shop and its tests ask for; None where there is no time to fit one on."""
        ours = self.seen.histories
        return choose(ours, tests) if ours.age.max(initial=0.0) > 0 else None

    def begin_outlook(self, tests: tuple[Backtest, ...], parameters: Parameters) -> Begun[Outlook]:
        """Begin to predict; where there is no second process, it is done now.

        Parameters
        ----------
        tests : tuple of Backtest
            From :meth:`result`.
        parameters : Parameters
            Of these the horizon and the discount rate.
        """
        asked = (self.seen, self._shop[2], parameters.horizon, parameters.discount_rate, tests)
        if not self._second.is_there or self.seen.customers > _MOST_SENT:
            outlook = _predicted(*asked, fits())
            return Begun(lambda: outlook)
        return self._second.begin(_predicted, *asked, fits())

    @cached_property
    def seen(self) -> Seen:
        """The customers of the shop."""
        purchases, _, as_of = self._shop
        return Seen.of(purchases, as_of)

    def _questions(self) -> Questions:
        purchases, first_day, as_of = self._shop
        return questions(purchases, as_of, usual_months(first_day, as_of))


def _predicted(
    seen: Seen, as_of: date, months: int, yearly_rate: float, tests: tuple[Backtest, ...], known: Fits
) -> Outlook:
    """Predict, with the fits that are known already."""
    keep(known)
    return predict_seen(seen, as_of, months=months, yearly_rate=yearly_rate, tests=tests)


def begin_past(purchases: AskedPurchases, first_day: date, as_of: date, second: SecondProcess) -> BegunPast:
    """Begin to backtest over the usual months, as :func:`~clv_xl.models.own_past.past_of_shop` does.

    Parameters
    ----------
    purchases : AskedPurchases
        All of the shop up to ``as_of``.
    first_day, as_of : datetime.date
        The first day with an order, and the day on which everything is measured.
    second : SecondProcess
        Where it may be computed.
    """
    return BegunPast((purchases, first_day, as_of), second)
