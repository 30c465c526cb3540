"""The last step of a report's job: from what was gathered to the files, in the form that the name asks for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from clv_xl.campaigns.job import write_lists
from clv_xl.customer_file import write_customers
from clv_xl.job_results import ReportResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clv_xl.campaigns.job import ListsWanted
    from clv_xl.customer_file import CustomersWanted
    from clv_xl.report.material import Material
    from clv_xl.report.model import Page
    from clv_xl.second_process import SecondProcess
    from clv_xl.workbook.brand import Brand
    from clv_xl.workbook.list_folder import ListFolder
    from clv_xl.workbook.rows_ahead import RowsAhead

__all__ = ["write_report"]

_ENOUGH_CUSTOMERS: Final = 100_000
"""With fewer rows a second process saves no more than it takes to send them (measured on two cores: nothing of 4.1 s at
100,000 customers, 0.25 of 5.6 at 150,000)."""
_MOST_CUSTOMERS: Final = 300_000
"""More rows are compressed while they are written: this many are held as 60 MB, and twice for a moment."""


def write_report(
    material: Material,
    output: Path,
    step: Callable[[str], None],
    lists: ListsWanted | None,
    folder: ListFolder | None,
    inputs: Sequence[Path],
    listing: CustomersWanted,
    *,
    second: SecondProcess,
    brand: Brand | None,
    replace: bool,
) -> ReportResult:
    """Write the report, and what stands beside it.

    Parameters
    ----------
    material : Material
        What was gathered from the orders.
    output : pathlib.Path
        The workbook, or the PDF where the name ends so.
    step, lists, listing, brand, replace
        As in :func:`~clv_xl.jobs.make_report`.
    folder : ListFolder, optional
        The folder of ``lists``, opened.
    second : SecondProcess
        Where a part of the work may be done.
    inputs : sequence of pathlib.Path
        What was read: no list may replace it.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from clv_xl.orders.private import private_folder  # noqa: PLC0415
    from clv_xl.report.build import build_report  # noqa: PLC0415  # pandas: loaded when there is work to do
    from clv_xl.report.pages.customer_list import beyond_the_list  # noqa: PLC0415
    from clv_xl.report.pages.forecast import no_prediction  # noqa: PLC0415
    from clv_xl.report.pages.input_quality import input_notices  # noqa: PLC0415
    from clv_xl.workbook.brand import branded  # noqa: PLC0415
    from clv_xl.workbook.layout import lay_out  # noqa: PLC0415
    from clv_xl.workbook.openpyxl_writer import write_book  # noqa: PLC0415
    from clv_xl.workbook.pdf import write_pdf  # noqa: PLC0415

    everyone = listing.path(output) if material.listed.file else None
    if everyone is not None and not replace:
        listing.refuse_stranger(output)
    step("Writing the pages")
    is_pdf = output.suffix.lower() == ".pdf"
    listed, ahead = (None, None) if is_pdf else _begin_rows(material, brand, second)
    report = build_report(material, listed)
    book = lay_out(report)
    if brand is not None:
        book = branded(book, brand)
    if everyone is not None:
        step(f"Writing {everyone.name}")
        write_customers(material, everyone)
    written = None
    if lists is not None and folder is not None:
        step(f"Writing lists to {lists.folder.name}")
        written = write_lists(material, lists, folder, (*inputs, output))
    step(f"Writing {output.name}")
    if is_pdf:
        with private_folder() as private:
            write_pdf(book, output, material.parameters.language, private)
    else:
        write_book(book, output, ahead=ahead)
    return ReportResult(
        output,
        material.intake,
        material.figures,
        tuple(page.title for page in report.pages),
        (*input_notices(material), *filter(None, (no_prediction(material), beyond_the_list(material)))),
        written,
        everyone,
        len(material.customers),
    )


def _begin_rows(
    material: Material, brand: Brand | None, second: SecondProcess
) -> tuple[Page | None, RowsAhead | None]:
    """Return the page Customer list, and its rows as a second process makes them; nothing where there is none."""
    from clv_xl.report.build import build_list  # noqa: PLC0415  # pandas: loaded when there is work to do
    from clv_xl.workbook.brand import branded  # noqa: PLC0415
    from clv_xl.workbook.layout import lay_out  # noqa: PLC0415
    from clv_xl.workbook.rows_ahead import RowsAhead, asked_rows  # noqa: PLC0415
    from clv_xl.workbook.squeezed_rows import squeezed_rows  # noqa: PLC0415

    if not second.is_there or not _ENOUGH_CUSTOMERS <= material.listed.rows <= _MOST_CUSTOMERS:
        return None, None
    page, report = build_list(material)
    book = lay_out(report)
    if brand is not None:
        book = branded(book, dataclasses.replace(brand, logo=None))
    asked = asked_rows(book.sheets)
    return page, None if asked is None else RowsAhead(asked, second.begin(squeezed_rows, *asked).result)
