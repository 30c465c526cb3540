"""The jobs behind the commands, each from files to a result; the command line only words them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from clv_xl.customers.engine import Connection
    from clv_xl.orders import Intake, ReadOptions
    from clv_xl.parameters import Parameters
    from clv_xl.report.figures import Figures

__all__ = ["ReportResult", "check_orders", "make_report"]


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What a report was made of: the account of the rows and the key figures."""

    path: Path
    intake: Intake
    figures: Figures
    pages: tuple[str, ...]


def check_orders(
    sources: Sequence[Path],
    options: ReadOptions,
    parameters: Parameters,
    *,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    step: Callable[[str], None] = lambda _: None,
) -> Intake:
    """Read order files and account for every row, without making a report.

    Parameters
    ----------
    sources : sequence of pathlib.Path
        Order files, read as one.
    options : ReadOptions
        How to read them.
    parameters : Parameters
        Of these only what decides which orders count is used.
    set_aside : pathlib.Path, optional
        Where to write every row that was set aside, as CSV.
    keep : sequence of pathlib.Path
        Further files that no output may replace, such as the parameter file.
    step : callable
        Told what is being done, for a progress display.
    """
    _refuse_overwriting((*sources, *keep), set_aside)
    with _loaded(sources, options, parameters, step) as (connection, intake):
        if set_aside is not None:
            _write_set_aside(connection, intake, set_aside)
    return intake


def make_report(
    sources: Sequence[Path],
    output: Path,
    options: ReadOptions,
    parameters: Parameters,
    *,
    set_aside: Path | None = None,
    keep: Sequence[Path] = (),
    replace: bool = False,
    step: Callable[[str], None] = lambda _: None,
) -> ReportResult:
    """Make the report workbook from order files.

    Parameters
    ----------
    sources, options, parameters, set_aside, keep, step
        As in :func:`check_orders`.
    output : pathlib.Path
        The workbook to write, ending in ``.xlsx``; an older one is replaced only when the new one is whole.
    replace : bool
        Whether a workbook that is no report of ours may be replaced too.

    Raises
    ------
    InputError
        The orders cannot be read or hold no usable row.
    OutputError
        The workbook cannot be written; what stood there is intact.
    UsageError
        The output is one of the inputs, is no ``.xlsx``, or is there and no report of ours.
    """
    from clv_xl.report.build import build_report  # noqa: PLC0415  # pandas: loaded when there is work to do
    from clv_xl.report.material import gather  # noqa: PLC0415
    from clv_xl.workbook.layout import lay_out  # noqa: PLC0415
    from clv_xl.workbook.openpyxl_writer import write_book  # noqa: PLC0415
    from clv_xl.workbook.ownership import refuse_strangers  # noqa: PLC0415

    if output.suffix.lower() != ".xlsx":
        raise UsageError(f'{output}: the report is an Excel workbook; let its name end in ".xlsx".')
    _refuse_overwriting((*sources, *keep), output)
    _refuse_overwriting((*sources, *keep, output), set_aside)
    if not output.parent.is_dir():
        raise OutputError(
            f"{output}: there is no folder {output.parent}. Make the folder, or choose another with -o."
        )
    if not replace:
        refuse_strangers(output)
    with _loaded(sources, options, parameters, step) as (connection, intake):
        material = gather(connection, intake, parameters, step)
        if set_aside is not None:
            _write_set_aside(connection, intake, set_aside)
    step("Writing the pages")
    report = build_report(material)
    book = lay_out(report)
    step(f"Writing {output.name}")
    write_book(book, output)
    return ReportResult(output, intake, material.figures, tuple(page.title for page in report.pages))


@contextmanager
def _loaded(
    sources: Sequence[Path], options: ReadOptions, parameters: Parameters, step: Callable[[str], None]
) -> Iterator[tuple[Connection, Intake]]:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.orders import OrderRules, load_orders  # noqa: PLC0415

    rules = OrderRules(
        as_of=parameters.as_of,
        amounts_include_vat=parameters.amounts_include_vat,
        vat_rate=parameters.vat_rate,
        refunds="ignore" if parameters.refunds == "ignore" else "subtract",
        rates=parameters.rates,
        currency=parameters.currency,
    )
    # nothing may be fetched at run time, and nothing of the machine's settings may change a result
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        step("Reading " + ", ".join(path.name for path in sources))
        yield connection, load_orders(connection, sources, options=options, parameters=rules)


def _refuse_overwriting(keep: Sequence[Path], output: Path | None) -> None:
    if output is None:
        return
    for file in keep:
        if file.resolve() == output.resolve():
            raise UsageError(
                f"{output}: is read or written by this command already. Choose another name for the output."
            )


def _write_set_aside(connection: Connection, intake: Intake, path: Path) -> None:
    from clv_xl.orders import RowSetAside, rows_set_aside  # noqa: PLC0415
    from clv_xl.workbook.csv_writer import write_csv  # noqa: PLC0415

    write_csv(path, RowSetAside._fields, rows_set_aside(connection, intake))
