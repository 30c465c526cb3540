"""The jobs behind the commands, each from files to a result; the command line only words them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.campaigns.job import open_folder
from clv_xl.customer_file import CustomersWanted
from clv_xl.engines.placed import CONFIG, placed
from clv_xl.gathered import gathered, gathered_of, write_set_aside
from clv_xl.job_results import BacktestResult, BesideFiles, ReportResult
from clv_xl.outputs import check_output, files_of, refuse_overwriting
from clv_xl.report_file import write_report
from clv_xl.said import say
from clv_xl.workbook.one_writer import only_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clv_xl.campaigns.job import ListsWanted
    from clv_xl.engines.wanted import Engine
    from clv_xl.orders import Intake, ReadOptions
    from clv_xl.orders.columns_seen import FileSeen
    from clv_xl.orders.filled import FilledInputs
    from clv_xl.orders.kinds.given import Source
    from clv_xl.parameters import Parameters
    from clv_xl.report.model import Report
    from clv_xl.workbook.brand import Brand

__all__ = [
    "BacktestResult",
    "BesideFiles",
    "ReportResult",
    "backtest_orders",
    "check_orders",
    "look_at_orders",
    "make_report",
    "refresh_workbook",
    "report_from_inputs",
]


def check_orders(
    sources: Sequence[Source],
    options: ReadOptions,
    parameters: Parameters,
    *,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    engine: Engine | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Intake:
    """Read order files and account for every row, without making a report.

    Parameters
    ----------
    sources : sequence of Source
        Order files, folders of them, patterns, standard input, and databases, read as one.
    options : ReadOptions
        How to read them.
    parameters : Parameters
        Of these only what decides which orders count is used.
    set_aside : pathlib.Path, optional
        Where to write every row that was set aside, as CSV.
    keep : sequence of pathlib.Path
        Further files that no output may replace, such as the parameter file.
    engine : Engine, optional
        What judges a table where it is; files are read here.
    step : callable
        Told what is being done, for a progress display.
    """
    refuse_overwriting((*files_of(sources, set_aside), *keep), set_aside)
    lists_all = set_aside is not None
    with placed(sources, options, parameters, step, (set_aside,), engine, lists_all=lists_all) as (
        connection,
        _,
        intake,
    ):
        if set_aside is not None:
            write_set_aside(connection, intake, set_aside)
    return intake


def look_at_orders(sources: Sequence[Source], options: ReadOptions) -> list[FileSeen]:
    """Say what each column of order files is read as, with a few of its values.

    Parameters
    ----------
    sources, options
        As in :func:`check_orders`.
    """
    from clv_xl.orders.columns_seen import look_at  # noqa: PLC0415
    from clv_xl.orders.private import private_connection  # noqa: PLC0415

    with private_connection(CONFIG, options.room) as connection:
        return look_at(connection, sources, options)


def backtest_orders(
    sources: Sequence[Source],
    options: ReadOptions,
    parameters: Parameters,
    *,
    customers: Path | None = None,
    holdout_months: int | None = None,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    engine: Engine | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> BacktestResult:
    """Compare the methods of prediction on the shop's own last periods.

    Parameters
    ----------
    sources, options, parameters, set_aside, keep, step
        As in :func:`check_orders`; of the parameters ``second_stage`` too.
    customers : pathlib.Path, optional
        Attributes of customers, as in :class:`BesideFiles`.
    holdout_months : int, optional
        The length of a period; by default 12 months where there are two years of orders, else a third of the history.
    engine : Engine, optional
        As in :func:`make_report`.

    Raises
    ------
    InputError
        The orders or the attributes cannot be read, or the orders hold no usable row, or are of too few days.
    UsageError
        The periods asked for are too long for the history.
    """
    from clv_xl.customers.purchases import AskedPurchases  # noqa: PLC0415  # pandas: when there is work to do
    from clv_xl.customers.sharing import at_rest  # noqa: PLC0415
    from clv_xl.customers.summary import gap_counts, prepared, summarise  # noqa: PLC0415
    from clv_xl.models.choice import choose  # noqa: PLC0415
    from clv_xl.models.corrected import try_correction  # noqa: PLC0415
    from clv_xl.models.histories import histories  # noqa: PLC0415
    from clv_xl.orders.filled_files import read_customer_data  # noqa: PLC0415
    from clv_xl.orders.pseudonyms import customer_data_of_nobody  # noqa: PLC0415
    from clv_xl.report.compared_methods import compare_methods  # noqa: PLC0415
    from clv_xl.report.correction import gather_covariates  # noqa: PLC0415

    beside = () if customers is None else (customers,)
    refuse_overwriting((*files_of(sources, set_aside), *keep, *beside), set_aside)
    data = customer_data_of_nobody(
        None if customers is None else read_customer_data(customers), options.pseudonyms
    )
    lists_all = set_aside is not None
    with placed(sources, options, parameters, step, (set_aside,), engine, lists_all=lists_all) as (
        connection,
        place,
        intake,
    ):
        if set_aside is not None:
            write_set_aside(connection, intake, set_aside)
        step("Grouping orders by customer")
        orders = prepared(place)
        day = intake.as_of
        purchases = AskedPurchases(orders, day, summarise(orders, day), gap_counts(orders, day))
        covariates = gather_covariates(orders, day, parameters, data)
        step("Trying the methods on the last periods")
        with at_rest(orders):
            past = compare_methods(purchases, intake.first_day, day, holdout_months)
            choice = choose(histories(purchases, day), past.tests)
            trial = None
            if covariates is not None:
                trial = try_correction(purchases, covariates.values, past, choice.name)
    return BacktestResult(intake, past if trial is None else trial.past, choice, trial, covariates)


def make_report(
    sources: Sequence[Source],
    output: Path,
    options: ReadOptions,
    parameters: Parameters,
    *,
    beside: BesideFiles | None = None,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    replace: bool = False,
    lists: ListsWanted | None = None,
    listing: CustomersWanted | None = None,
    brand: Brand | None = None,
    engine: Engine | None = None,
    wait: float = 0.0,
    step: Callable[[str], None] = lambda _: None,
) -> ReportResult:
    """Make the report workbook from order files.

    Parameters
    ----------
    sources, options, parameters, set_aside, keep, step
        As in :func:`check_orders`.
    output : pathlib.Path
        The workbook to write, ending in ``.xlsx``, or its pages as LibreOffice prints them, ending in ``.pdf``; an
        older one is replaced only when the new one is whole.
    replace : bool
        Whether a workbook that is no report of ours may be replaced too.
    beside : BesideFiles, optional
        Spend, customer data and a segment map.
    lists : ListsWanted, optional
        Where to write lists of customers for campaigns; they are written before the workbook.
    listing : CustomersWanted, optional
        How many customers the page Customer list holds, and the file that holds all; written before the workbook.
    brand : Brand, optional
        The company's name, colour and logo.
    engine : Engine, optional
        What groups the orders, and where; DuckDB in this process where nothing is said.
    wait : float
        Seconds to wait for another run that is writing one of these files.

    Raises
    ------
    InputError
        The orders cannot be read or hold no usable row, or a file beside them cannot be understood.
    OutputError
        The workbook cannot be written, or another run is writing it; what stood there is intact.
    UsageError
        The output is one of the inputs, is no ``.xlsx``, or is there and no report of ours; the segment map does not
        fit ``rfm_bins``.
    """
    beside, listing = beside or BesideFiles(), listing or CustomersWanted()
    wanted, written = listing.beside(output), (output, set_aside, listing.path(output))
    inputs = (*files_of(sources, *written), *keep, *beside.paths, *(brand.files if brand else ()))
    check_output(output, set_aside, inputs, replace=replace, may_be_pdf=True)
    refuse_overwriting((*inputs, output, *filter(None, (set_aside,))), listing.path(output))
    with only_writer(_written(output, set_aside, lists, listing), wait):
        folder = open_folder(lists)
        parameters, given = beside.read(parameters, options.pseudonyms)
        with gathered(
            sources,
            options,
            parameters,
            given,
            step,
            wanted,
            written=written,
            engine=engine,
            set_aside=set_aside,
        ) as (material, second):
            return write_report(
                material,
                output,
                step,
                lists,
                folder,
                inputs,
                listing,
                second=second,
                brand=brand,
                replace=replace,
            )


def _written(
    output: Path, set_aside: Path | None, lists: ListsWanted | None, listing: CustomersWanted
) -> tuple[Path, ...]:
    """Return what a run writes: where no file of all customers is named, it goes with the workbook."""
    given = (output, set_aside, lists.folder if lists else None, listing.file)
    return tuple(path for path in given if path is not None)


def report_from_inputs(
    inputs: FilledInputs, step: Callable[[str], None] = lambda _: None
) -> tuple[Report, Intake]:
    """Compute the report of a filled template, without writing it.

    Parameters
    ----------
    inputs : FilledInputs
        From :func:`~clv_xl.orders.filled.read_filled` or :func:`~clv_xl.orders.filled.inputs_from_sheets`.
    step : callable
        Told what is being done, for a progress display.

    Returns
    -------
    Report
        Pages, blocks, tables and charts, for any writer.
    Intake
        The account of the orders.

    Raises
    ------
    InputError
        The orders cannot be understood or hold no usable row.
    """
    from clv_xl.report.build import build_report  # noqa: PLC0415  # pandas: loaded when there is work to do

    with gathered_of(inputs, step) as (material, _):
        step(say("Writing the pages"))
        return build_report(material), material.intake


def refresh_workbook(
    workbook: Path,
    output: Path | None = None,
    options: ReadOptions | None = None,
    *,
    set_aside: Path | None = None,
    replace: bool = False,
    lists: ListsWanted | None = None,
    listing: CustomersWanted | None = None,
    brand: Brand | None = None,
    wait: float = 0.0,
    step: Callable[[str], None] = lambda _: None,
) -> ReportResult:
    """Make the report workbook from a filled template, which is only read.

    Parameters
    ----------
    workbook : pathlib.Path
        An .xlsx or .xlsm workbook with the input sheets of the template.
    output : pathlib.Path, optional
        The workbook to write, ending in ``.xlsx``; default ``<name> report.xlsx`` beside the template. An older
        report is replaced if nobody has saved it since; any other file is left as it is.
    options : ReadOptions, optional
        How the sheet Orders is to be read, as a saved map says.
    replace : bool
        Whether such another file may be replaced too.
    lists, listing, brand, wait
        As in :func:`make_report`.
    set_aside, step
        As in :func:`check_orders`.

    Raises
    ------
    InputError, OutputError, UsageError
        As in :func:`make_report`; and UsageError where the output is somebody's own file.
    """
    from clv_xl.orders.filled import read_filled  # noqa: PLC0415  # duckdb: loaded when there is work to do

    target, listing = output or workbook.parent / f"{workbook.stem} report.xlsx", listing or CustomersWanted()
    wanted = listing.beside(target)
    kept = (workbook, *(brand.files if brand else ()))
    check_output(target, set_aside, kept, replace=replace, may_be_pdf=True)
    refuse_overwriting((*kept, target, *filter(None, (set_aside,))), listing.path(target))
    with only_writer(_written(target, set_aside, lists, listing), wait):
        folder = open_folder(lists)
        step(f"Reading {workbook.name}")
        inputs = read_filled(workbook)
        with gathered_of(inputs, step, options, wanted, set_aside) as (material, second):
            return write_report(
                material,
                target,
                step,
                lists,
                folder,
                kept,
                listing,
                second=second,
                brand=brand,
                replace=replace,
            )
