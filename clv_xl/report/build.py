"""Builds the report: the pages in the order in which a reader needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.language import in_language_of
from clv_xl.report.model import Report
from clv_xl.report.pages.acquisition import acquisition_page
from clv_xl.report.pages.cohorts import cohorts_page
from clv_xl.report.pages.customer_list import customer_list_page
from clv_xl.report.pages.customers import customers_page
from clv_xl.report.pages.data_quality import data_quality_page
from clv_xl.report.pages.forecast import forecast_page
from clv_xl.report.pages.groups import groups_page
from clv_xl.report.pages.inputs import figures_page, parameters_page
from clv_xl.report.pages.method import method_page
from clv_xl.report.pages.migration import migration_page
from clv_xl.report.pages.scenarios import scenarios_page
from clv_xl.report.pages.segments import segments_page
from clv_xl.report.pages.summary import summary_page
from clv_xl.report.pages.trends import trends_page

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Page

__all__ = ["build_list", "build_report"]

_PAGES = (
    summary_page,
    customers_page,
    customer_list_page,
    segments_page,
    cohorts_page,
    trends_page,
    migration_page,
    acquisition_page,
    groups_page,
    forecast_page,
    scenarios_page,
    parameters_page,
    figures_page,
    data_quality_page,
    method_page,
)


def build_report(material: Material, listed: Page | None = None) -> Report:
    """Write every page from the gathered material; ``listed`` is the page Customer list where it is there already."""
    return _report(
        material,
        *(listed if page is customer_list_page and listed is not None else page(material) for page in _PAGES),
    )


def build_list(material: Material) -> tuple[Page, Report]:
    """Write the page Customer list, and a report of it alone, in which it stands as in the report of all pages."""
    page = customer_list_page(material)
    return page, _report(material, page)


def _report(material: Material, *pages: Page) -> Report:
    report = Report(
        title="Customer value",
        as_of=material.intake.as_of,
        pages=pages,
        currency=material.currency,
    )
    return in_language_of(report, material.parameters.language)
