"""The job behind ``clv-xl subscriptions``: from a table to a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.outputs import check_output
from clv_xl.workbook.one_writer import only_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clv_xl.orders.pseudonyms import Pseudonyms
    from clv_xl.parameters import Parameters
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["SubscriptionResult", "make_subscription_report"]


@dataclass(frozen=True, slots=True, eq=False)
class SubscriptionResult:
    """What a report on subscriptions was made of."""

    path: Path
    pages: tuple[str, ...]
    material: SubscriptionMaterial


def make_subscription_report(
    table: Path,
    output: Path,
    parameters: Parameters,
    *,
    date_format: str | None = None,
    decimal: str | None = None,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    replace: bool = False,
    pseudonyms: Pseudonyms | None = None,
    wait: float = 0.0,
    step: Callable[[str], None] = lambda _: None,
) -> SubscriptionResult:
    """Make the report workbook from a table of subscriptions.

    Parameters
    ----------
    table : pathlib.Path
        A CSV file or an Excel workbook: customer, start, end, monthly amount, perhaps plan and currency.
    output : pathlib.Path
        The workbook to write, ending in ``.xlsx``; an older one is replaced only when the new one is whole.
    parameters : Parameters
        Of these as_of, currency, rates, gross_margin, discount_rate and cohort_period are used.
    date_format, decimal : str, optional
        How dates and numbers are written, where the file does not tell.
    set_aside : pathlib.Path, optional
        Where to write every row that was set aside, as CSV.
    keep : sequence of pathlib.Path
        Further files that no output may replace, such as the parameter file.
    replace : bool
        Whether a workbook that is no report of ours may be replaced too.
    pseudonyms : Pseudonyms, optional
        What makes pseudonyms of the customers.
    wait : float
        Seconds to wait for another run that is writing one of these files.
    step : callable
        Told what is being done, for a progress display.

    Raises
    ------
    InputError
        The table cannot be read, or holds no usable row.
    OutputError
        The workbook cannot be written; what stood there is intact.
    UsageError
        The output is the input, is no ``.xlsx``, or is there and no report of ours.
    """
    from clv_xl.orders.pseudonyms import subscriptions_of_nobody  # noqa: PLC0415
    from clv_xl.orders.subscriptions import (  # noqa: PLC0415  # duckdb: loaded when there is work to do
        SetAsideSubscription,
        read_subscriptions,
    )
    from clv_xl.report.subscriptions.build import build_subscription_report  # noqa: PLC0415
    from clv_xl.report.subscriptions.material import gather_subscriptions  # noqa: PLC0415
    from clv_xl.workbook.csv_writer import write_csv  # noqa: PLC0415
    from clv_xl.workbook.layout import lay_out  # noqa: PLC0415
    from clv_xl.workbook.openpyxl_writer import write_book  # noqa: PLC0415

    check_output(output, set_aside, (table, *keep), replace=replace)
    with only_writer(filter(None, (output, set_aside)), wait):
        step(f"Reading {table.name}")
        read = read_subscriptions(
            table,
            as_of=parameters.as_of,
            currency=parameters.currency,
            rates=parameters.rates,
            date_format=date_format,
            decimal=decimal,
        )
        if pseudonyms is not None:
            read = subscriptions_of_nobody(read, pseudonyms)
        if set_aside is not None:
            write_csv(set_aside, SetAsideSubscription._fields, read.set_aside)
        step("Computing")
        material = gather_subscriptions(read, parameters)
        report = build_subscription_report(material)
        step(f"Writing {output.name}")
        write_book(lay_out(report), output)
        return SubscriptionResult(output, tuple(page.title for page in report.pages), material)
