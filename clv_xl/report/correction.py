"""The correction by behaviour and attributes: what it may read, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clv_xl.customers.acquired import acquired
from clv_xl.models.corrected import CORRECTED
from clv_xl.report.words import plural
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from clv_xl.customers.engine import Connection
    from clv_xl.models.choice import Choice
    from clv_xl.models.corrected import Trial
    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.parameters import Parameters

__all__ = [
    "WITHOUT_CUSTOMER_DATA",
    "WITH_CUSTOMER_DATA",
    "Covariates",
    "about_correction",
    "correction_as_data",
    "correction_cautions",
    "correction_verdict",
    "gather_covariates",
    "method_used",
]

_FIRST = {"channel": say("first channel"), "country": say("first country"), "product": say("first product")}
_OFF = "off"
WITH_CUSTOMER_DATA = "customer data"
"""The value of ``second_stage`` that lets customer data be read."""
WITHOUT_CUSTOMER_DATA = say(
    "The parameter second_stage is customer data, but no customer data were given: the correction reads what it would "
    "read with automatic."
)


@dataclass(frozen=True, slots=True)
class Covariates:
    """What is known of the customers beside behaviour.

    Attributes
    ----------
    values : Mapping of str to sequence of str
        Name -> a text for each customer, "" where it is not known, in the order of the customers' numbers.
    source : str
        The customer data as sentences name it; empty where none was given.
    read, left_out : tuple of str
        The names of those values that are columns of the customer data, and the columns that are not read.
    missing : bool
        Whether customer data were to be read, and none were given.
    """

    values: Mapping[str, Sequence[str]]
    source: str = ""
    read: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    missing: bool = False


def gather_covariates(
    connection: Connection, as_of: date, parameters: Parameters, data: CustomerData | None
) -> Covariates | None:
    """Return what the correction may read; None where it is switched off.

    Customer data hold no dates: whether a loyalty level was known before an order or is a result of it cannot be told.
    So they are read only where the parameter ``second_stage`` says that they were known when a customer came.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The day on which everything is measured.
    parameters : Parameters
        Of these ``second_stage``.
    data : CustomerData or None
        The attributes of customers.
    """
    if parameters.second_stage == _OFF:
        return None
    frame = acquired(connection, as_of)
    values: dict[str, Sequence[str]] = {
        title: frame[name].fillna("").tolist() for name, title in _FIRST.items()
    }
    if data is None:
        return Covariates(values, missing=parameters.second_stage == WITH_CUSTOMER_DATA)
    if parameters.second_stage != WITH_CUSTOMER_DATA:
        return Covariates(values, data.source, left_out=data.titles)
    nothing = ("",) * len(data.titles)
    rows = [data.values.get(customer, nothing) for customer in frame["customer_id"].tolist()]
    read = tuple(f"{title} ({data.source})" if title in values else title for title in data.titles)
    values |= {name: [row[number] for row in rows] for number, name in enumerate(read)}
    return Covariates(values, data.source, read=read)


def method_used(trial: Trial | None, choice: Choice) -> str:
    """Return the name of the method that predicts; empty where none can."""
    # with too few customers, or no fit, no prediction is given, so no method is used
    if choice.code == "too_few" or not choice.fit.usable:
        return ""
    return CORRECTED if trial is not None and trial.used else choice.name


def correction_verdict(trial: Trial | None, covariates: Covariates | None) -> tuple[str, ...]:
    """Say whether predictions are corrected, and why."""
    if covariates is None:
        return (say("A correction by behaviour and attributes is switched off: the parameter second_stage."),)
    if trial is None:
        return ()
    if not trial.used:
        return (trial.reason,)
    return (
        trial.reason,
        (
            say(
                "It moves value between customers within the coming {many_month}, for so long it was "
                "tested; later months and all sums stay, and so do expected orders where there are "
                "amounts.",
                many_month=plural(trial.past.months, "month", "months"),
            )
        ),
    )


def correction_cautions(trial: Trial | None, covariates: Covariates | None) -> tuple[str, ...]:
    """Say what the test takes for granted of customer data that it read."""
    if trial is None or covariates is None:
        return ()
    read = [name for name in covariates.read if name in trial.names]
    if not read:
        return ()
    return (
        (
            say(
                "The correction takes it that {join} of {source} were known when a customer came. What "
                "follows from later orders, such as a loyalty level, makes its test look better than it "
                "is.",
                join=joined(", ", read),
                source=covariates.source,
            )
        ),
    )


def about_correction(trial: Trial | None, covariates: Covariates | None) -> tuple[str, ...]:
    """Say whether predictions are corrected, why, and what that rests on."""
    lines = [*correction_verdict(trial, covariates), *correction_cautions(trial, covariates)]
    if covariates is not None and covariates.missing:
        lines.append(WITHOUT_CUSTOMER_DATA)
    if trial is not None and covariates is not None and covariates.left_out and trial.code != "too_short":
        lines.append(
            say(
                "Not read for it: {join} of {source}. They have no dates, so they may be a result of "
                "later orders. Where they were known when each customer came, set the parameter "
                "second_stage to customer data.",
                join=joined(", ", covariates.left_out),
                source=covariates.source,
            )
        )
    return tuple(lines)


def correction_as_data(trial: Trial | None, covariates: Covariates | None) -> dict[str, Any]:
    """Return the same as what ``--json`` prints."""
    return {
        "second_stage": {
            "used": trial is not None and trial.used,
            "code": "off" if covariates is None else "not_tested" if trial is None else trial.code,
            "told": list(about_correction(trial, covariates)),
            "attributes": [] if trial is None else list(trial.names),
            "periods_tested": 0 if trial is None else len(trial.tests),
        }
    }
