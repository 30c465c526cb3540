"""The options that say how order files are read and which parameters hold: those of every command that takes orders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clv_xl.orders import ReadOptions
    from clv_xl.orders.kinds.given import Source

__all__ = ["kept", "order_options", "read_options"]


def _sources(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> tuple[Source, ...]:
    """Return what the words name: files, folders, patterns, ``-``, URLs of databases."""
    from clv_xl.orders.kinds.given import StandardInput, order_source  # noqa: PLC0415  # the help text must not wait for it

    return tuple(StandardInput(sys.stdin.buffer) if word == "-" else order_source(word) for word in words)


def order_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how order files are read and which parameters hold."""
    path = click.Path(path_type=Path)
    options = (
        click.argument(
            "sources", nargs=-1, required=True, type=str, callback=_sources, metavar="ORDERS...",
        ),
        click.option("--parameters", "parameter_file", type=path, help="TOML file with parameters."),
        click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE",
            help="One parameter, such as gross_margin=0.4. May be given often; wins over the file.",
        ),
        click.option("--as-of", metavar="DATE", help="Measure everything on this day, such as 2025-12-31."),
        click.option(
            "--column", "columns", multiple=True, metavar="NAME=HEADER",
            help='Which column is what, such as amount="Beløp"; cost=- for none. May be given often.',
        ),
        click.option(
            "--format", "format", metavar="NAME",
            help="Which shop's export the files are, such as shopify; columns: go by the headers alone.",
        ),
        click.option(
            "--order-amounts", metavar="once|add",
            help="Rows of one order: the amount is that of the order, repeated (once), or that of each row (add).",
        ),
        click.option(
            "--without", multiple=True, metavar="PART",
            help="Take shipping or tax out of the amounts, where the export has a column for it. May be given often.",
        ),
        click.option(
            "--aliases", type=path, metavar="FILE",
            help="Customers who are the same (customer, same as; CSV or Excel).",
        ),
        click.option("--strict", is_flag=True, help="Refuse the files (exit 3) if any row is set aside."),
        click.option(
            "--status", "statuses", multiple=True, metavar="STATUS=MEANING",
            help='What a status means: sale, cancelled, unpaid, refunded or credit-note. May be given often.',
        ),
        click.option("--sheet", help="Sheet of a workbook that holds the orders."),
        click.option("--table", metavar="NAME", help="Table of a database that holds the orders."),
        click.option("--query", metavar="SQL", help="Query that gives the orders, instead of a table."),
        click.option(
            "--time-zone", metavar="NAME",
            help="Where the business is, such as Europe/Oslo: the day of moments that carry a time zone.",
        ),
        click.option("--date-format", metavar="FORMAT", help="How dates are written, such as dd.mm.yyyy."),
        click.option("--decimal", metavar="MARK", help="Decimal mark of the amounts: . or ,"),
        click.option("--delimiter", metavar="CHARACTER", help="What stands between the columns of a text file."),
        click.option("--encoding", help="Encoding of a text file, such as windows-1252."),
        click.option(
            "--set-aside", type=path, metavar="FILE.csv", help="Write every row that was set aside to this file."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else."),
        click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def kept(given: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the files besides the orders that no output may replace."""
    files: tuple[Path | None, ...] = (given["parameter_file"], given["aliases"])
    return tuple(file for file in files if file is not None)


def _aliases(path: Path | None) -> Mapping[str, str]:
    from clv_xl.orders.filled_files import read_aliases  # noqa: PLC0415  # the help text must not wait for it

    return {} if path is None else read_aliases(path)


def read_options(given: Mapping[str, Any]) -> ReadOptions:
    """Return how the order files are to be read.

    Raises
    ------
    UsageError
        For a column or a status without its equals sign.
    """
    from clv_xl.orders import ReadOptions  # noqa: PLC0415  # the help text must not wait for it

    columns: dict[str, str] = {}
    for entry in given["columns"]:
        name, equals, header = entry.partition("=")
        if not equals:
            raise UsageError(f'--column "{entry}": expected NAME=HEADER, for instance amount="Beløp".')
        name, header = name.strip(), header.strip()
        if not header:
            raise UsageError(
                f'--column "{entry}": there is no header after the equals sign. Name the header of {name}, or'
                f" write --column {name}=- so that no column is used for it."
            )
        columns[name] = "" if header == "-" else header
    statuses: dict[str, str] = {}
    for entry in given["statuses"]:
        text, equals, meaning = entry.rpartition("=")
        if not equals:
            raise UsageError(f'--status "{entry}": expected STATUS=MEANING, for instance "On hold=sale".')
        statuses[text.strip()] = meaning.strip()
    return ReadOptions(
        columns=columns,
        statuses=statuses,
        without=given["without"],
        aliases=_aliases(given["aliases"]),
        **{
            name: given[name]
            for name in (
                "delimiter",
                "decimal",
                "date_format",
                "encoding",
                "sheet",
                "format",
                "order_amounts",
                "strict",
                "table",
                "query",
                "time_zone",
            )
        },
    )
