"""Builds the report on subscriptions: the pages in the order in which a reader needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.language import in_language_of
from clv_xl.report.model import Report
from clv_xl.report.subscriptions.cohorts import cohorts_page
from clv_xl.report.subscriptions.method import method_page
from clv_xl.report.subscriptions.months import months_page
from clv_xl.report.subscriptions.plans import plans_page
from clv_xl.report.subscriptions.quality import quality_page
from clv_xl.report.subscriptions.settings import settings_page
from clv_xl.report.subscriptions.summary import summary_page

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["build_subscription_report"]

_PAGES = (summary_page, plans_page, months_page, cohorts_page, settings_page, quality_page, method_page)


def build_subscription_report(material: SubscriptionMaterial) -> Report:
    """Write every page from the gathered material."""
    report = Report(
        title="Subscriptions",
        as_of=material.read.as_of,
        pages=tuple(page(material) for page in _PAGES),
        currency=material.read.currency,
    )
    return in_language_of(report, material.parameters.language)
