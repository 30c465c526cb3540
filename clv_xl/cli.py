"""The command line: the jobs of the package from a shell or a timer."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import clv_xl
from clv_xl.desktop import commands as desktop_commands
from clv_xl.errors import ClvXlError
from clv_xl.order_options import kept, order_options, parameters_of, read_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clv_xl.jobs import ReportResult
    from clv_xl.metrics.record import Metric
    from clv_xl.report.figures import Figures

__all__ = ["cli", "main"]


def main() -> None:
    """Run the command line; errors of ours become one message and their exit code."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped. Nothing was written.", err=True)
        sys.exit(130)
    except ClvXlError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        # a library that tidies up after Ctrl-C may fail in doing so
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        click.echo("Stopped. Nothing was written.", err=True)
        sys.exit(130)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(clv_xl.__version__, prog_name="clv-xl")
def cli() -> None:
    """Turn order files into customer lifetime value: a report workbook from a shell or a timer.

    Exit codes: 0 fine, 1 our fault, 2 wrong use, 3 unusable input, 4 output cannot be written.
    """


@cli.command()
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
    help="The workbook to write.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Write over a workbook of that name that is no report of ours.")
def report(
    sources: tuple[Path, ...], output: Path, *, set_aside: Path | None, replace: bool, **given: Any
) -> None:
    """Make the report workbook from order files.

    ORDERS are CSV files or Excel workbooks with a customer, a date and an amount in each row.
    """
    from clv_xl.jobs import BesideFiles, make_report  # noqa: PLC0415  # the help text must not wait for pandas

    with _progress(silent=given["quiet"] or given["as_json"]) as step:
        result = make_report(
            sources,
            output,
            read_options(given),
            parameters_of(given),
            beside=BesideFiles(given["spend"], given["customers"], given["segment_map"]),
            set_aside=set_aside,
            keep=kept(given),
            replace=replace,
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
    help='The workbook to write; default "WORKBOOK report.xlsx" beside it.',
)
@click.option(
    "--set-aside",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write every row of orders that was set aside to this file.",
)
@click.option("--replace", is_flag=True, help="Write over a workbook of that name that is no report of ours.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def refresh(
    workbook: Path,
    output: Path | None,
    set_aside: Path | None,
    *,
    replace: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make the report workbook from a filled template.

    WORKBOOK is a template (.xlsx or .xlsm) with orders and parameters in its input sheets. It is only read, and
    its macros are not run: the report is a new workbook beside it.
    """
    from clv_xl.jobs import refresh_workbook  # noqa: PLC0415  # the help text must not wait for pandas

    with _progress(silent=quiet or as_json) as step:
        result = refresh_workbook(workbook, output, set_aside=set_aside, replace=replace, step=step)
    _tell(result, as_json=as_json, quiet=quiet)


def _tell(result: ReportResult, *, as_json: bool, quiet: bool) -> None:
    """Print what a report was made of."""
    from clv_xl.orders.told import as_data, in_words  # noqa: PLC0415  # the help text must not wait for it

    if as_json:
        outcome = {"report": str(result.path), "pages": list(result.pages)}
        figures = {"notices": list(result.notices), "figures": _figures(result.figures)}
        click.echo(_json(outcome | as_data(result.intake) | figures))
    elif not quiet:
        click.echo(in_words(result.intake))
        for notice in result.notices:
            click.echo(f"Note: {notice}")
        click.echo(f"Report written to {result.path}")


@cli.command()
@order_options
def check(sources: tuple[Path, ...], *, set_aside: Path | None, **given: Any) -> None:
    """Check order files without making a report.

    Says what was read and as what, what was set aside and why.
    """
    from clv_xl.jobs import check_orders  # noqa: PLC0415  # the help text must not wait for pandas
    from clv_xl.orders.told import as_data, in_words  # noqa: PLC0415

    with _progress(silent=given["quiet"] or given["as_json"]) as step:
        intake = check_orders(
            sources,
            read_options(given),
            parameters_of(given),
            set_aside=set_aside,
            keep=kept(given),
            step=step,
        )
    if given["as_json"]:
        click.echo(_json(as_data(intake)))
    elif not given["quiet"]:
        click.echo(in_words(intake, detail=True))


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
    if as_json:
        counts = {"customers": shop.customers, "orders": shop.orders, "files": [str(file) for file in files]}
        click.echo(_json(counts))
    elif not quiet:
        click.echo(f"{shop.customers:,} customers, {shop.orders:,} orders. Written:")
        for file in files:
            click.echo(f"  {file}")


@cli.command("functions")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
def list_functions(name: str | None, *, as_json: bool) -> None:
    """List the metrics, or show one in full.

    NAME is a metric such as CLV: its arguments, formula, source and an example.
    """
    from clv_xl.excel.registry import find_record, functions  # noqa: PLC0415  # numpy: only where it is used

    chosen = (find_record(name),) if name else tuple(function.record for function in functions())
    if as_json:
        keys = (
            "name",
            "title",
            "category",
            "unit",
            "formula",
            "undefined",
            "reference",
            "signature",
            "example",
        )
        click.echo(_json([{key: getattr(metric, key) for key in keys} for metric in chosen]))
    elif name:
        metric = chosen[0]
        unit = "a table" if metric.unit == "table" else f"in {metric.unit}"
        click.echo(f"{metric.signature}\n\n{metric.title}, {unit}\n= {metric.formula}\n")
        for argument in metric.arguments:
            click.echo(f"  {argument.name}: {argument.help}")
        click.echo(f"\n#N/A {metric.undefined}.\nSource: {metric.reference}")
        if metric.example:
            click.echo(f"Example: {metric.example} gives{_example_result(metric)}")
    else:
        width = max(len(metric.signature) for metric in chosen)
        for metric in chosen:
            click.echo(f"{metric.signature:<{width}}  {metric.title}")


cli.add_command(desktop_commands.template)
cli.add_command(desktop_commands.install)
cli.add_command(desktop_commands.uninstall)
cli.add_command(desktop_commands.doctor)


def _example_result(metric: Metric) -> str:
    """Write the result of an example: a figure, or a table with a row a line."""
    if not isinstance(metric.example_result, tuple):
        return f" {metric.example_result}"
    rows = [[str(cell).removesuffix(" 00:00:00") for cell in row] for row in metric.example_result]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def _progress(*, silent: bool) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done; elsewhere say nothing."""
    if silent or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  # only where there is a terminal

    with Console(stderr=True).status("Starting") as status:
        yield status.update


def _figures(figures: Figures) -> dict[str, dict[str, float | None]]:
    return {
        item.name: {"now": _finite(item.now), "year_before": _finite(item.before)}
        for item in (*figures.derived, *figures.counted)
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or value != value else value  # noqa: PLR0124  # NaN has no place in JSON


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


if __name__ == "__main__":
    main()
