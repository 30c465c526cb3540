"""The command line: the jobs of the package from a shell or a timer."""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import clv_xl
from clv_xl.asked import count_orders, figures_as_data, progress
from clv_xl.backtest_told import tell_backtest
from clv_xl.desktop import commands as desktop_commands
from clv_xl.errors import ClvXlError, OutputError
from clv_xl.functions_command import list_functions
from clv_xl.mapping.command import map_orders
from clv_xl.order_options import (
    LANGUAGE,
    OrderCommand,
    brand_option,
    brand_wanted,
    customer_options,
    customers_wanted,
    engine_options,
    engine_wanted,
    kept,
    list_options,
    lists_wanted,
    map_option,
    order_options,
    order_parameters,
    read_options,
    refuse_setting,
    saved_options,
    wait_option,
)
from clv_xl.printed import echo, open_closed_streams, result_text
from clv_xl.pseudonym_options import pseudonym_options, pseudonyms_wanted
from clv_xl.run_record import begin, current, recorded
from clv_xl.stopped import end_stopped, out_of_room, stopping
from clv_xl.subscriptions.command import subscriptions

if TYPE_CHECKING:
    from clv_xl.jobs import ReportResult
    from clv_xl.orders.kinds.given import Source

__all__ = ["cli", "main"]


def main() -> None:
    """Run the command line; errors of ours become one message and their exit code."""
    # threads that wait for small matrices took up to a tenth of a report's time; NumPy reads this when it is imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    open_closed_streams()
    # what a reader of workbooks murmurs about a file is no message of ours
    logging.getLogger("calamine").addHandler(logging.NullHandler())
    # one job, then the end: to look through all objects for cycles, again and again, took a tenth of a small report
    gc.disable()
    with recorded():
        _run()


def _run() -> None:
    saved: list[Path] = []
    told_to_end: list[KeyboardInterrupt] = []
    try:
        with stopping(saved) as told_to_end:
            ended = cli(standalone_mode=False)
        if ended:  # of a command that says itself that something is wrong, as doctor does
            sys.exit(ended)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        end_stopped(error, saved)
    except ClvXlError as error:
        if told_to_end:
            end_stopped(told_to_end[0], saved)
        echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        # a library that is stopped may fail in tidying up, or end with an error of its own
        if told_to_end or isinstance(error.__context__, KeyboardInterrupt):
            end_stopped([*told_to_end, error][0], saved)
        if not (told := out_of_room(error)):
            raise
        echo(f"Error: {told}", err=True)
        sys.exit(OutputError.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(clv_xl.__version__, prog_name="clv-xl")
def cli() -> None:
    """Turn order files into customer lifetime value: a report workbook from a shell or a timer.

    Exit codes: 0 fine, 1 our fault, 2 wrong use, 3 unusable input, 4 output cannot be written.
    """


@cli.command(cls=OrderCommand)
@order_options
@click.option(
    "--spend",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Spend by month (month, channel, spend; CSV or Excel): gives the acquisition cost if it is not set.",
)
@click.option(
    "--customers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Attributes of customers by customer id (CSV or Excel), for the Customer list.",
)
@click.option(
    "--segment-map",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own segment names (CSV or Excel): rows R 1 to R 5, columns FM 1 to FM 5.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("report.xlsx"), show_default=True,
    help="The workbook to write; a name that ends in .pdf is printed by LibreOffice.",
)  # fmt: skip
@engine_options
@LANGUAGE
@brand_option
@list_options
@customer_options
@pseudonym_options
@wait_option
@click.option("--replace", is_flag=True, help="Write over a workbook of that name that is no report of ours.")
def report(
    sources: tuple[Source, ...], output: Path, *, set_aside: Path | None, replace: bool, **given: Any
) -> None:
    """Make the report workbook from order files.

    ORDERS are files with a customer, a date and an amount in each row: CSV (also .gz or .zip), workbooks (.xlsx,
    .xlsm, .xlsb, .xls, .ods), Parquet, DuckDB, SQLite; a folder of them or a pattern such as "shop/*.csv"; - for what
    another program gives; or postgresql://USER@HOST/DATABASE.
    """
    from clv_xl.jobs import BesideFiles, make_report  # noqa: PLC0415  # the help text must not wait for pandas

    with progress(silent=given["quiet"] or given["as_json"]) as step:
        result = make_report(
            sources,
            output,
            read_options(given),
            order_parameters(given),
            beside=BesideFiles(given["spend"], given["customers"], given["segment_map"]),
            set_aside=set_aside,
            keep=kept(given),
            replace=replace,
            lists=lists_wanted(given),
            listing=customers_wanted(given),
            brand=brand_wanted(given),
            engine=engine_wanted(given),
            wait=given["wait"],
            step=step,
        )
    _tell(result, as_json=given["as_json"], quiet=given["quiet"])


@cli.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.xlsx",
    help='The workbook (or .pdf) to write; default "WORKBOOK report.xlsx" beside it.',
)
@click.option(
    "--set-aside",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write every row of orders that was set aside to this file.",
)
@map_option
@brand_option
@list_options
@customer_options
@pseudonym_options
@wait_option
@click.option("--replace", is_flag=True, help="Write over a workbook of that name that is no report of ours.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def refresh(
    workbook: Path,
    output: Path | None,
    set_aside: Path | None,
    map_file: Path | None,
    *,
    replace: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Make the report workbook from a filled template.

    WORKBOOK is a template (.xlsx or .xlsm) with orders and parameters in its input sheets. It is only read, and
    its macros are not run: the report is a new workbook beside it.
    """
    from clv_xl.jobs import refresh_workbook  # noqa: PLC0415  # the help text must not wait for pandas

    with progress(silent=quiet or as_json) as step:
        result = refresh_workbook(
            workbook,
            output,
            saved_options(map_file, pseudonyms_wanted(given), consent=given["lists"] is not None),
            set_aside=set_aside,
            replace=replace,
            lists=lists_wanted(given),
            listing=customers_wanted(given),
            brand=brand_wanted(given),
            wait=given["wait"],
            step=step,
        )
    _tell(result, as_json=as_json, quiet=quiet)


def _tell(result: ReportResult, *, as_json: bool, quiet: bool) -> None:
    """Print what a report was made of."""
    from clv_xl.orders.told import as_data, in_words  # noqa: PLC0415  # the help text must not wait for it

    count_orders(result.intake, customers=result.counted, pages=len(result.pages))
    if as_json:
        outcome = {"report": str(result.path), "pages": list(result.pages)}
        figures = {"notices": list(result.notices), "figures": figures_as_data(result.figures)}
        lists = {} if result.lists is None else {"lists": result.lists.as_data()}
        everyone = {} if result.customers is None else {"all_customers": str(result.customers)}
        echo(result_text(outcome | as_data(result.intake) | figures | lists | everyone))
    elif not quiet:
        echo(in_words(result.intake))
        for notice in result.notices:
            echo(f"Note: {notice}")
        if result.lists is not None:
            echo(result.lists.in_words())
        if result.customers is not None:
            echo(f"All customers written to {result.customers}")
        echo(f"Report written to {result.path}")


@cli.command(cls=OrderCommand)
@order_options
@engine_options
@pseudonym_options
def check(sources: tuple[Source, ...], *, set_aside: Path | None, **given: Any) -> None:
    """Check order files without making a report.

    Says what was read and as what, what was set aside and why.
    """
    from clv_xl.jobs import check_orders  # noqa: PLC0415  # the help text must not wait for pandas
    from clv_xl.orders.told import as_data, in_words  # noqa: PLC0415

    with progress(silent=given["quiet"] or given["as_json"]) as step:
        intake = check_orders(
            sources,
            read_options(given),
            order_parameters(given),
            set_aside=set_aside,
            keep=kept(given),
            engine=engine_wanted(given),
            step=step,
        )
    count_orders(intake)
    if given["as_json"]:
        echo(result_text(as_data(intake)))
    elif not given["quiet"]:
        echo(in_words(intake, detail=True))


@cli.command(cls=OrderCommand)
@order_options
@click.option(
    "--customers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help='Attributes of customers by customer id (CSV or Excel), read with --set "second_stage=customer data".',
)
@click.option(
    "--holdout-months",
    type=click.IntRange(min=1),
    metavar="N",
    help="Months that are predicted; default 12, or a third of a history shorter than two years.",
)
@engine_options
@pseudonym_options
def backtest(
    sources: tuple[Source, ...], *, set_aside: Path | None, holdout_months: int | None, **given: Any
) -> None:
    """Compare all prediction models on the last months.

    Each model is fitted on what was known before them, and its prediction set against what came; up to three such
    periods are averaged.
    """
    from clv_xl.jobs import backtest_orders  # noqa: PLC0415  # the help text must not wait for pandas
    from clv_xl.orders.told import as_data  # noqa: PLC0415

    refuse_setting(
        given, "horizon", "a backtest predicts months that are over. To set how many: --holdout-months N."
    )
    from clv_xl.report.correction import correction_as_data, method_used  # noqa: PLC0415
    from clv_xl.report.told_past import past_as_data  # noqa: PLC0415

    with progress(silent=given["quiet"] or given["as_json"]) as step:
        result = backtest_orders(
            sources,
            read_options(given),
            order_parameters(given),
            customers=given["customers"],
            holdout_months=holdout_months,
            set_aside=set_aside,
            keep=kept(given),
            engine=engine_wanted(given),
            step=step,
        )
    count_orders(result.intake)
    if given["as_json"]:
        found = past_as_data(result.past, result.choice)
        found["used"] = method_used(result.trial, result.choice) or found["used"]
        found |= correction_as_data(result.trial, result.covariates)
        echo(result_text({"backtest": found} | as_data(result.intake)))
    elif not given["quiet"]:
        tell_backtest(result)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--customers", default=3000, show_default=True, help="Number of customers.")
@click.option("--years", default=4, show_default=True, help="Years of history, ending with 2025.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--replace", is_flag=True, help="Write over files of these names that are there already.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def sample(
    directory: Path, customers: int, years: int, seed: int, *, replace: bool, as_json: bool, quiet: bool
) -> None:
    """Write an invented Nordic web shop.

    Orders, customers, spend by channel and parameters, to try things on.
    """
    from clv_xl.sample import write_sample  # noqa: PLC0415  # the help text must not wait for numpy

    shop = write_sample(directory, customers=customers, years=years, seed=seed, replace=replace)
    files = [shop.orders_file, shop.customers_file, shop.spend_file, shop.parameters_file]
    current().count(customers=shop.customers, orders=shop.orders, files=len(files))
    if as_json:
        counts = {"customers": shop.customers, "orders": shop.orders, "files": [str(file) for file in files]}
        echo(result_text(counts))
    elif not quiet:
        echo(f"{shop.customers:,} customers, {shop.orders:,} orders. Written:")
        for file in files:
            echo(f"  {file}")


cli.add_command(list_functions)
cli.add_command(map_orders)
cli.add_command(subscriptions)
cli.add_command(desktop_commands.template)
cli.add_command(desktop_commands.install)
cli.add_command(desktop_commands.uninstall)
cli.add_command(desktop_commands.doctor)


def _begin(context: click.Context, _: click.Parameter, log: Path | None) -> None:
    begin(context.info_name or "", log)


_LOG = click.Option(
    ["--log"],
    type=click.Path(path_type=Path),
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_begin,
    help="Add what is done, how long it takes and how it ends to this file, as lines of JSON without any data.",
)
for _command in cli.commands.values():
    _command.params.append(_LOG)


if __name__ == "__main__":
    main()
