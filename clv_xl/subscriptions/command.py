"""The command ``clv-xl subscriptions``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clv_xl.asked import progress
from clv_xl.errors import UsageError
from clv_xl.order_options import (
    LANGUAGE,
    OrderCommand,
    map_option,
    order_parameters,
    refuse_setting,
    saved_map,
    wait_option,
)
from clv_xl.printed import echo, result_text
from clv_xl.pseudonym_options import pseudonym_options, pseudonyms_wanted
from clv_xl.run_record import current

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["subscriptions"]

_PATH = click.Path(path_type=Path)
_OF_ANY_TABLE = ("date_format", "decimal")


@click.command(cls=OrderCommand)
@click.argument("table", type=_PATH)
@click.option("--parameters", "parameter_file", type=_PATH, help="TOML file with parameters.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="One parameter, such as gross_margin=0.8. May be given often; wins over the file.",
)
@click.option("--as-of", metavar="DATE", help="Measure everything on this day; default the newest start.")
@LANGUAGE
@map_option
@click.option("--date-format", metavar="FORMAT", help="How dates are written, such as dd.mm.yyyy.")
@click.option("--decimal", metavar="MARK", help="Decimal mark of the amounts: . or ,")
@click.option(
    "--set-aside", type=_PATH, metavar="FILE.csv", help="Write every row that was set aside to this file."
)
@click.option(
    "-o",
    "--output",
    type=_PATH,
    default=Path("subscriptions.xlsx"),
    show_default=True,
    help="The workbook to write.",
)
@pseudonym_options
@wait_option
@click.option("--replace", is_flag=True, help="Write over a workbook of that name that is no report of ours.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def subscriptions(
    table: Path,
    output: Path,
    *,
    set_aside: Path | None,
    replace: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Make the report workbook on subscriptions.

    TABLE is a CSV file or an Excel workbook with a customer, a start, an end (blank while it runs) and a monthly
    amount in each row, and perhaps a plan.
    """
    from clv_xl.report.subscriptions.material import HORIZON_MONTHS  # noqa: PLC0415
    from clv_xl.subscriptions.job import make_subscription_report  # noqa: PLC0415  # help must not wait for numpy
    from clv_xl.subscriptions.told import as_data, in_words  # noqa: PLC0415

    if given["decimal"] not in {None, ".", ","}:
        raise UsageError(f'--decimal "{given["decimal"]}": expected . or ,')
    refuse_setting(
        given,
        "horizon",
        f"the values of subscriptions always look {HORIZON_MONTHS} months ahead. Leave it out.",
    )
    saved = _of_any_table(given)
    keep = [
        file for file in (given["parameter_file"], given["map_file"], given["key_file"]) if file is not None
    ]
    with progress(silent=quiet or as_json) as step:
        result = make_subscription_report(
            table,
            output,
            order_parameters(given),
            date_format=given["date_format"] or saved.get("date_format"),
            decimal=given["decimal"] or saved.get("decimal"),
            set_aside=set_aside,
            keep=keep,
            replace=replace,
            pseudonyms=pseudonyms_wanted(given),
            wait=given["wait"],
            step=step,
        )
    read = result.material.read
    current().count(
        rows=read.rows_read, set_aside=len(read.set_aside), customers=result.material.every.customers
    )
    if as_json:
        echo(result_text(as_data(result)))
    elif not quiet:
        echo(in_words(result))


def _of_any_table(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what a map says of dates and amounts; what it says of orders cannot be meant here."""
    saved = saved_map(given)
    if saved is None:
        return {}
    beyond = [name for name in saved.texts if name not in _OF_ANY_TABLE]
    beyond += [name for name in ("columns", "statuses", "without", "aliases") if getattr(saved, name)]
    if beyond:
        raise UsageError(
            f"{saved.name}: {beyond[0]} is about orders. Of a map, a table of subscriptions takes date_format, decimal"
            " and currency: make one with nothing else in it."
        )
    return {name: str(text) for name, text in saved.texts.items()}
