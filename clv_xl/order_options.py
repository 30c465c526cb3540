"""The options that say how order files are read and which parameters hold: those of every command that takes orders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clv_xl.asked import parameters_of
from clv_xl.errors import UsageError
from clv_xl.pseudonym_options import pseudonyms_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clv_xl.campaigns.job import ListsWanted
    from clv_xl.customer_file import CustomersWanted
    from clv_xl.engines.wanted import Engine
    from clv_xl.orders import ReadOptions
    from clv_xl.orders.kinds.given import Source
    from clv_xl.orders.pseudonyms import Pseudonyms
    from clv_xl.orders.saved_map import SavedMap
    from clv_xl.parameters import Parameters
    from clv_xl.workbook.brand import Brand

__all__ = [
    "LANGUAGE",
    "OrderCommand",
    "brand_option",
    "brand_wanted",
    "customer_options",
    "customers_wanted",
    "engine_options",
    "engine_wanted",
    "kept",
    "list_options",
    "lists_wanted",
    "map_option",
    "order_options",
    "order_parameters",
    "read_options",
    "refuse_setting",
    "saved_map",
    "saved_options",
    "wait_option",
]

LANGUAGE = click.option(
    "--language",
    type=click.Choice(("en", "sv", "nb", "da")),
    help="Language of the report: English, Swedish, Norwegian bokmål or Danish. Wins over the parameter.",
)

_OF_FILES = (
    "delimiter",
    "decimal",
    "date_format",
    "encoding",
    "format",
    "order_amounts",
    "table",
    "query",
    "time_zone",
)

map_option = click.option(
    "--map", "map_file", type=click.Path(path_type=Path), metavar="FILE.toml",
    help="How the files are read, saved by clv-xl map; other options win over it.",
)  # fmt: skip

brand_option = click.option(
    "--brand", "brand_file", type=click.Path(path_type=Path), metavar="FILE.toml",
    help="Your company's name, accent colour and logo (keys company, accent, logo) on the report.",
)  # fmt: skip


wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS",
    help="Wait so long for another run that is writing the same file; without it, end with exit code 4.",
)  # fmt: skip


class OrderCommand(click.Command):
    """A command that refuses an option given twice, of which only the last would count without a word."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look at how often each option stands there, then go on as usual."""
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for param in dict.fromkeys(given):
                is_single = isinstance(param, click.Option) and not (param.multiple or param.is_flag)
                if is_single and given.count(param) > 1:
                    raise UsageError(_given_twice(param, given.count(param)))
        return super().parse_args(ctx, args)


def _given_twice(param: click.Parameter, times: int) -> str:
    option = max(param.opts, key=len)
    return f"{option} is given {times} times, and only one of them could count. Give it once."


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
            "--skip-unreadable", is_flag=True,
            help="Leave out files that cannot be read, and say which; without it, none is read.",
        ),
        click.option(
            "--status", "statuses", multiple=True, metavar="STATUS=MEANING",
            help='What a status means: sale, cancelled, unpaid, refunded, credit-note or test. May be given often.',
        ),
        map_option,
        click.option(
            "--sheet", multiple=True, metavar="NAME",
            help="Sheet of a workbook that holds the orders, or all. May be given often: all are read as one.",
        ),
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
        click.option(
            "--memory", metavar="SIZE",
            help="Memory for reading and grouping orders, such as 2GB; what does not fit goes to the disk.",
        ),
        click.option(
            "--spill", type=path, metavar="DIR",
            help="Folder for what does not fit; without it, that for temporary files.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else."),
        click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where lists for campaigns are written, and how."""
    folder = click.option(
        "--lists", type=click.Path(path_type=Path), metavar="DIR",
        help="Write a CSV list of customers for each segment and view to this folder, for e-mail tools.",
    )  # fmt: skip
    form = click.option(
        "--list-format", type=click.Choice(["standard", "nordic"]), default="standard", show_default=True,
        help="How the lists are written: with commas, or as Excel opens them in the Nordic countries.",
    )  # fmt: skip
    return folder(form(command))


def customer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how many customers the page Customer list holds, and where all are written."""
    rows = click.option(
        "--customer-rows", type=int, metavar="N",
        help="Customers on the page Customer list at most, the best first; default 500000.",
    )  # fmt: skip
    file = click.option(
        "--all-customers", type=click.Path(path_type=Path), metavar="FILE",
        help="Write every customer with the columns of that page to this .parquet or .csv file. Without it"
        " REPORT-customers.parquet is written where the page cannot hold all.",
    )  # fmt: skip
    return rows(file(command))


def customers_wanted(given: Mapping[str, Any]) -> CustomersWanted:
    """Return how many customers are listed, and where all are written."""
    from clv_xl.customer_file import CustomersWanted  # noqa: PLC0415  # the help text must not wait for it

    return CustomersWanted(given["customer_rows"], given["all_customers"])


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what groups the orders, and where."""
    engine = click.option(
        "--engine", type=click.Choice(["duckdb", "postgres", "spark"]), default="duckdb", show_default=True,
        help="What groups the orders: DuckDB in this process, or where the data are a PostgreSQL server or Spark.",
    )  # fmt: skip
    connect = click.option(
        "--connect", default="", metavar="WHERE",
        help="Where that engine is: postgresql://USER@HOST/DATABASE, or a Spark master such as local[4] or sc://HOST."
        " Default: the database of the orders, the running Spark session.",
    )  # fmt: skip
    return engine(connect(command))


def engine_wanted(given: Mapping[str, Any]) -> Engine:
    """Return what groups the orders."""
    from clv_xl.engines.wanted import Engine  # noqa: PLC0415  # the help text must not wait for it

    return Engine(given["engine"], given["connect"])


def lists_wanted(given: Mapping[str, Any]) -> ListsWanted | None:
    """Return where lists shall be written, None where they shall not."""
    from clv_xl.campaigns.job import ListsWanted  # noqa: PLC0415  # only where lists are wanted

    return None if given["lists"] is None else ListsWanted(given["lists"], given["list_format"])


def brand_wanted(given: Mapping[str, Any]) -> Brand | None:
    """Return the company's brand that ``--brand`` names."""
    from clv_xl.brand_file import load_brand  # noqa: PLC0415  # only where one is given

    return None if given["brand_file"] is None else load_brand(given["brand_file"])


def kept(given: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the files besides the orders that no output may replace."""
    saved = saved_map(given)
    names = ("parameter_file", "aliases", "map_file", "key_file")
    files = (*(given.get(name) for name in names), saved.aliases if saved else None)
    return tuple(file for file in files if file is not None)


def saved_map(given: Mapping[str, Any]) -> SavedMap | None:
    """Return the map that ``--map`` names."""
    from clv_xl.orders.saved_map import load_map  # noqa: PLC0415  # the help text must not wait for it

    return None if given["map_file"] is None else load_map(given["map_file"])


def order_parameters(given: Mapping[str, Any]) -> Parameters:
    """Return the parameters; the currency is that of the map where nothing else says it."""
    from clv_xl.parameters import with_settings  # noqa: PLC0415  # the help text must not wait for it

    parameters, saved = parameters_of(given), saved_map(given)
    if saved is None or parameters.currency or not saved.currency:
        return parameters
    return with_settings(parameters, [f"currency={saved.currency}"])


def refuse_setting(given: Mapping[str, Any], name: str, why: str) -> None:
    """Refuse a parameter after ``--set`` that a command has no use for; one in a file may serve other commands.

    Raises
    ------
    UsageError
        Where it is given.
    """
    for entry in given["settings"]:
        if entry.partition("=")[0].strip() == name:
            raise UsageError(f"--set {entry}: {why}")


def _aliases(path: Path | None) -> Mapping[str, str]:
    from clv_xl.orders.filled_files import read_aliases  # noqa: PLC0415  # the help text must not wait for it

    return {} if path is None else read_aliases(path)


def saved_options(
    path: Path | None, pseudonyms: Pseudonyms | None = None, *, consent: bool = False
) -> ReadOptions:
    """Return how the rows of a template's sheet are to be read by a map: what concerns files does not count."""
    from clv_xl.orders import ReadOptions  # noqa: PLC0415  # the help text must not wait for it
    from clv_xl.orders.saved_map import load_map  # noqa: PLC0415

    if path is None:
        return ReadOptions(pseudonyms=pseudonyms, consent=consent)
    saved = load_map(path)
    texts: dict[str, Any] = {
        name: saved.texts.get(name) for name in ("decimal", "date_format", "format", "order_amounts")
    }
    return ReadOptions(
        columns=saved.columns,
        statuses=saved.statuses,
        without=saved.without,
        aliases=_aliases(saved.aliases),
        pseudonyms=pseudonyms,
        consent=consent,
        **texts,
    )


def read_options(given: Mapping[str, Any]) -> ReadOptions:
    """Return how the order files are to be read.

    Raises
    ------
    UsageError
        For a column or a status without its equals sign.
    """
    from clv_xl.orders import ReadOptions  # noqa: PLC0415  # the help text must not wait for it
    from clv_xl.orders.room import Room  # noqa: PLC0415
    from clv_xl.orders.saved_map import SavedMap  # noqa: PLC0415

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
    saved = saved_map(given) or SavedMap("")
    texts: dict[str, Any] = {name: given[name] or saved.texts.get(name) for name in _OF_FILES}
    texts["sheet"] = given["sheet"] or saved.sheets or None
    # a table and a query say the same thing in two ways: what the command line says wins over either
    if given["query"] or given["table"]:
        texts |= {name: given[name] for name in ("table", "query")}
    return ReadOptions(
        columns={**saved.columns, **columns},
        statuses={
            **{text: meaning for text, meaning in saved.statuses.items() if text not in statuses},
            **statuses,
        },
        without=given["without"] or saved.without,
        aliases=_aliases(given["aliases"] or saved.aliases),
        strict=given["strict"],
        skip_unreadable=given["skip_unreadable"],
        room=Room.of(given["memory"], given["spill"]),
        pseudonyms=pseudonyms_wanted(given),
        consent=given.get("lists") is not None,
        **texts,
    )
