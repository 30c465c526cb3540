"""What a report is made from, gathered from the orders, which are let go before anything is written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clv_xl.engines.placed import placed
from clv_xl.loaded_ahead import loaded_ahead
from clv_xl.second_process import SecondProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from clv_xl.engines.wanted import Engine
    from clv_xl.orders import Intake, ReadOptions
    from clv_xl.orders.filled import FilledInputs
    from clv_xl.orders.kinds.given import Source
    from clv_xl.parameters import Parameters
    from clv_xl.report.listed import ListWanted
    from clv_xl.report.material import Beside, Material

__all__ = ["gathered", "gathered_of", "write_set_aside"]

_FOR_THE_BOOK: Final = "clv_xl.report.build", "clv_xl.workbook.layout", "clv_xl.workbook.openpyxl_writer"


@contextmanager
def gathered(
    sources: Sequence[Source],
    options: ReadOptions,
    parameters: Parameters,
    beside: Beside,
    step: Callable[[str], None],
    wanted: ListWanted | None = None,
    *,
    written: Sequence[Path | None] = (),
    engine: Engine | None = None,
    set_aside: Path | None = None,
) -> Iterator[tuple[Material, SecondProcess]]:
    """Gather what a report is made from; then the orders are let go, with their memory.

    Parameters
    ----------
    sources, options, parameters, step, engine, set_aside
        As for :func:`~clv_xl.jobs.make_report`.
    beside, wanted
        As for :func:`~clv_xl.report.material.gather`.
    written : sequence of pathlib.Path
        Files that will be written, which are no inputs.

    Yields
    ------
    Material
        What was gathered.
    SecondProcess
        The process that helped, where it saved time, for what is still to be done.
    """
    lists_all = set_aside is not None
    with SecondProcess() as second:
        with (
            loaded_ahead("pandas", "scipy.special", "clv_xl.report.material", *_FOR_THE_BOOK),
            placed(sources, options, parameters, step, written, engine, lists_all=lists_all) as (
                connection,
                place,
                intake,
            ),
        ):
            from clv_xl.report.material import gather  # noqa: PLC0415  # pandas: loaded when there is work to do
            from clv_xl.report.past_ahead import start  # noqa: PLC0415

            start(second, place, intake)
            material = gather(place, intake, parameters, step, beside=beside, wanted=wanted, second=second)
            if set_aside is not None:
                write_set_aside(connection, intake, set_aside)
        yield material, second


@contextmanager
def gathered_of(
    inputs: FilledInputs,
    step: Callable[[str], None],
    options: ReadOptions | None = None,
    wanted: ListWanted | None = None,
    set_aside: Path | None = None,
) -> Iterator[tuple[Material, SecondProcess]]:
    """Gather the same of a filled template.

    Parameters
    ----------
    inputs : FilledInputs
        As for :func:`~clv_xl.jobs.report_from_inputs`.
    step, options, wanted, set_aside
        As for :func:`gathered`.
    """
    from clv_xl.orders import ReadOptions  # noqa: PLC0415
    from clv_xl.orders.pseudonyms import customer_data_of_nobody  # noqa: PLC0415
    from clv_xl.report.material import Beside  # noqa: PLC0415

    options = options or ReadOptions()
    data, notices = customer_data_of_nobody(inputs.customer_data, options.pseudonyms), inputs.notices
    if data is not None and data is not (plain := inputs.customer_data) is not None:
        notices = (*(text for text in notices if text not in plain.notices), *data.notices)
    beside = Beside(inputs.spend, data, notices)
    with gathered(
        [inputs.orders], options, inputs.parameters, beside, step, wanted, set_aside=set_aside
    ) as found:
        yield found


def write_set_aside(connection: duckdb.DuckDBPyConnection, intake: Intake, path: Path) -> None:
    """Write every row that was set aside as a CSV file."""
    from clv_xl.orders import RowSetAside, rows_set_aside  # noqa: PLC0415
    from clv_xl.workbook.csv_writer import write_csv  # noqa: PLC0415

    write_csv(path, RowSetAside._fields, rows_set_aside(connection, intake))
