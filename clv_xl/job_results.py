"""What the jobs behind the commands give back, and the files that may be given beside the orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.campaigns.job import WrittenLists
    from clv_xl.models.choice import Choice
    from clv_xl.models.corrected import Trial
    from clv_xl.models.own_past import OwnPast
    from clv_xl.orders import Intake
    from clv_xl.orders.pseudonyms import Pseudonyms
    from clv_xl.parameters import Parameters
    from clv_xl.report.correction import Covariates
    from clv_xl.report.figures import Figures
    from clv_xl.report.material import Beside

__all__ = ["BacktestResult", "BesideFiles", "ReportResult"]


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What a report was made of: the account of the rows, the key figures, and what to know about the inputs.

    ``customers`` is the file of all customers, where one was written; ``counted`` is how many customers there are.
    """

    path: Path
    intake: Intake
    figures: Figures
    pages: tuple[str, ...]
    notices: tuple[str, ...] = ()
    lists: WrittenLists | None = None
    customers: Path | None = None
    counted: int = 0


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """How right each method was on a shop's own last periods, and which one is used."""

    intake: Intake
    past: OwnPast
    choice: Choice
    trial: Trial | None = None
    covariates: Covariates | None = None


@dataclass(frozen=True, slots=True)
class BesideFiles:
    """Files that may be given beside the orders, each CSV or Excel.

    Attributes
    ----------
    spend : pathlib.Path, optional
        Spend on winning customers by month: gives the acquisition cost where the parameter is blank.
    customers : pathlib.Path, optional
        Attributes of customers, shown on the page Customer list.
    segment_map : pathlib.Path, optional
        Takes the place of the default segment map.
    """

    spend: Path | None = None
    customers: Path | None = None
    segment_map: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were given."""
        return tuple(path for path in (self.spend, self.customers, self.segment_map) if path is not None)

    def read(self, parameters: Parameters, pseudonyms: Pseudonyms | None = None) -> tuple[Parameters, Beside]:
        """Read the files; a segment map becomes a parameter, and customers get pseudonyms where those are asked for.

        Raises
        ------
        InputError
            One cannot be understood.
        UsageError
            The segment map does not fit ``rfm_bins``.
        """
        from clv_xl.orders.filled_files import (  # noqa: PLC0415  # duckdb: loaded when there is work to do
            read_customer_data,
            read_segment_map,
            read_spend,
        )
        from clv_xl.orders.pseudonyms import customer_data_of_nobody  # noqa: PLC0415
        from clv_xl.parameters import with_segment_map  # noqa: PLC0415
        from clv_xl.report.material import Beside  # noqa: PLC0415

        notices: list[str] = []
        if self.segment_map is not None:
            segment_map, told = read_segment_map(self.segment_map)
            parameters = with_segment_map(parameters, segment_map, self.segment_map.name)
            notices.extend(told)
        spend = None if self.spend is None else read_spend(self.spend)
        customers = None if self.customers is None else read_customer_data(self.customers)
        customers = customer_data_of_nobody(customers, pseudonyms)
        notices.extend(customers.notices if customers else ())
        return parameters, Beside(spend, customers, tuple(notices))
