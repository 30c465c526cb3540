"""The page Cohorts of the report on subscriptions: do newer customers stay longer."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Matrix, Page
from clv_xl.report.words import UNITS
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["cohorts_page"]


def cohorts_page(material: SubscriptionMaterial) -> Page:
    """Build the page of cohorts by first start."""
    cohorts, unit = material.cohorts, material.period.unit
    titles = tuple(material.period.title(int(cohort)) for cohort in cohorts.cohorts)
    immature = tuple(tuple(not cell for cell in row) for row in cohorts.mature.tolist())
    leading = (Column("size", "Customers", "count"),)
    sizes = tuple((int(size),) for size in cohorts.size)
    ages = tuple(str(age) for age in cohorts.ages)
    caption = say(
        "Columns: {plural} after the {unit} of the first start, each measured at its end. Grey "
        "italics: the {unit} is not over",
        plural=UNITS[unit],
        unit=say(unit),
    )
    return Page(
        key="cohorts",
        title="Cohorts",
        heading="Cohorts",
        question=say(
            "Do newer customers stay longer? Customers by the {unit} of their first start.", unit=say(unit)
        ),
        blocks=(
            Matrix(
                name="cohort_customers",
                title="Customers: share of each cohort that pays",
                caption=say(
                    "{caption}, left out of the average. Who came back counts again.", caption=caption
                ),
                row_header="First start",
                row_titles=titles,
                leading=leading,
                leading_values=sizes,
                column_titles=ages,
                values=tuple(tuple(_cell(value) for value in row) for row in cohorts.rate.tolist()),
                format="share",
                immature=immature,
                average=tuple(_cell(value) for value in cohorts.average_rate.tolist()),
                average_title="Average",
            ),
            Matrix(
                name="cohort_revenue",
                title=say(
                    "Revenue: MRR of each cohort as a share of that at the end of its first {unit}",
                    unit=say(unit),
                ),
                caption=say("{caption}. Above 100%: expansion outweighs what was lost.", caption=caption),
                row_header="First start",
                row_titles=titles,
                leading=leading,
                leading_values=sizes,
                column_titles=ages,
                values=tuple(tuple(_cell(value) for value in row) for row in material.revenue_kept),
                format="share",
                immature=immature,
            ),
        ),
        widths=(13, 10.5, *(7.0,) * max(12, len(ages))),
    )


def _cell(value: float) -> float | None:
    return None if isnan(value) else value
