"""Where the orders of a job are: read here from files, or judged where they stand, with what groups them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from clv_xl.customers.engine import Connection
    from clv_xl.engines.wanted import Engine
    from clv_xl.orders import Intake, OrderRules, ReadOptions
    from clv_xl.orders.kinds.given import Source
    from clv_xl.parameters import Parameters

__all__ = ["CONFIG", "placed"]

# nothing may be fetched at run time, and nothing of the machine's settings may change a result
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@contextmanager
def placed(
    sources: Sequence[Source],
    options: ReadOptions,
    parameters: Parameters,
    step: Callable[[str], None],
    written: Sequence[Path | None],
    engine: Engine | None,
    *,
    lists_all: bool,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Connection, Intake]]:
    """Read the orders, and yield the database of their account, what groups them, and the account."""
    from clv_xl.engines.opened import at_engine, in_place, is_in_place  # noqa: PLC0415  # duckdb: when there is work
    from clv_xl.orders.private import private_connection  # noqa: PLC0415

    if engine is not None and is_in_place(engine, sources):
        with private_connection(CONFIG, options.room) as connection:
            step("Asking " + ", ".join(str(source.name) for source in sources))
            rules = _rules(parameters)
            with in_place(engine, connection, sources[0], options, rules, lists_all=lists_all) as (
                place,
                intake,
            ):
                yield connection, place, intake
        return
    with (
        _loaded(sources, options, parameters, step, written) as (connection, intake),
        at_engine(engine, connection, sources) as place,
    ):
        yield connection, place, intake


@contextmanager
def _loaded(
    sources: Sequence[Source],
    options: ReadOptions,
    parameters: Parameters,
    step: Callable[[str], None],
    written: Sequence[Path | None] = (),
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Intake]]:
    """Read the orders, and yield the database that they are in, and their account."""
    from clv_xl.orders import load_orders  # noqa: PLC0415
    from clv_xl.orders.few_threads import FEW_ROWS  # noqa: PLC0415
    from clv_xl.orders.private import private_connection  # noqa: PLC0415

    with private_connection(CONFIG, options.room) as connection:
        step("Reading " + ", ".join(source.name or str(source) for source in sources))
        intake = load_orders(
            connection, sources, options=options, parameters=_rules(parameters), not_read=written
        )
        if sum(line.rows for line in intake.account) <= FEW_ROWS:
            connection.execute("SET threads = 1")
        yield connection, intake


def _rules(parameters: Parameters) -> OrderRules:
    """Return what counts as an order, by the parameters."""
    from clv_xl.orders import OrderRules  # noqa: PLC0415  # duckdb: loaded when there is work to do

    return OrderRules(
        as_of=parameters.as_of,
        amounts_include_vat=parameters.amounts_include_vat,
        vat_rate=parameters.vat_rate,
        refunds="ignore" if parameters.refunds == "ignore" else "subtract",
        rates=parameters.rates,
        currency=parameters.currency,
    )
