"""The last step of a report's job: from what was gathered to the files, in the form that the name asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.campaigns.job import write_lists
from clv_xl.customer_file import write_customers
from clv_xl.job_results import ReportResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clv_xl.campaigns.job import ListsWanted
    from clv_xl.customer_file import CustomersWanted
    from clv_xl.report.material import Material
    from clv_xl.workbook.brand import Brand
    from clv_xl.workbook.list_folder import ListFolder

__all__ = ["write_report"]


def write_report(
    material: Material,
    output: Path,
    step: Callable[[str], None],
    lists: ListsWanted | None,
    folder: ListFolder | None,
    inputs: Sequence[Path],
    listing: CustomersWanted,
    *,
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
    report = build_report(material)
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
    if output.suffix.lower() == ".pdf":
        with private_folder() as private:
            write_pdf(book, output, material.parameters.language, private)
    else:
        write_book(book, output)
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
