"""The page Cohorts: do newer customers come back, and what have they brought by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.calendar import complete
from clv_xl.metrics.cohorts import cohort_matrix
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Matrix, Page, Table, side_by_side
from clv_xl.report.pages.live import live_amount
from clv_xl.report.words import UNITS, number, percent
from clv_xl.said import frame, live_words, say

if TYPE_CHECKING:
    from clv_xl.metrics.cohorts import CohortMatrix
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["cohorts_page", "curve_chart", "retention_matrix"]

_TABLE_COLUMNS = 8
"""Columns that the tables below the matrices need in full width."""
_NARROWEST = 108.0
"""Width of all these columns that two charts side by side and the captions need."""


def cohorts_page(material: Material) -> Page:
    """Build the page of cohort retention, cumulative value and the months."""
    cohorts = retention_matrix(material)
    unit = material.period.unit
    matrices = [_retention(material, cohorts), *_cumulative(material, cohorts)]
    return Page(
        key="cohorts",
        title="Cohorts",
        heading="Cohorts",
        question=say(
            "Do newer customers come back? Customers by the {unit} of their first order.", unit=say(unit)
        ),
        blocks=(
            *side_by_side(16, (3, curve_chart(material)), (2, _retention_chart(material, cohorts))),
            *matrices,
            _curve_table(material),
            _months(material),
        ),
        cautions=material.page_cautions,
        widths=_widths(material, cohorts),
    )


def _widths(material: Material, cohorts: CohortMatrix) -> tuple[float, ...]:
    """Return the column widths: the matrices lie over the tables, whose figures are longer but fewer."""
    curve = material.curve
    sums = material.months[["amount", "new_amount"]].abs().max().max()
    averages = max([*map(abs, curve.amount), *map(abs, curve.own_margin), _largest_average(material)])
    table = max(
        9.0, _room(sums, 0), _room(averages, 2), _room(material.parameters.acquisition_cost or 0.0, 2)
    )
    # as narrow as the figures allow, so that many of them still print in letters that can be read
    cell = max(_room(float(np.nanmax(np.abs(cohorts.cumulative_amount))), 0), min(table, 7.5))
    more = max(0, len(cohorts.ages) - _TABLE_COLUMNS)
    table = max(table, (_NARROWEST - more * cell) / _TABLE_COLUMNS)
    return (12, 10.5, *(table,) * _TABLE_COLUMNS, *(cell,) * more)


def _largest_average(material: Material) -> float:
    months = material.months[material.months["orders"] > 0]
    return float((months["amount"] / months["orders"]).abs().max())


def _room(value: float, digits: int) -> float:
    """Return the width that a column needs for a figure."""
    return 0.9 * len(number(-abs(value), digits)) + 1


def retention_matrix(material: Material) -> CohortMatrix:
    """Return the cohorts as matrices, with the cells marked whose period is over."""
    period, as_of = material.period, material.intake.as_of
    newest = period.number(as_of)
    over = newest if period.last_day(newest) == as_of else newest - 1
    grid = complete(material.cohorts, newest)
    return cohort_matrix(
        cohort=grid["cohort"].to_numpy(),
        age=grid["age"].to_numpy(),
        customers=grid["customers"].to_numpy(),
        size=grid["size"].to_numpy(),
        mature=(grid["cohort"] + grid["age"] <= over).to_numpy(),
        amount=grid["amount"].to_numpy(),
    )


def _titles(material: Material, cohorts: CohortMatrix) -> tuple[str, ...]:
    return tuple(material.period.title(int(cohort)) for cohort in cohorts.cohorts)


def _retention(material: Material, cohorts: CohortMatrix) -> Matrix:
    unit = material.period.unit
    return Matrix(
        name="retention",
        title="Retention: share of each cohort that ordered again",
        caption=say(
            "Columns: {plural} after the {unit} of the first order. A cell is the share of the "
            "cohort with an order in that {unit}. Grey italics: the {unit} is not over, left out of "
            "the average.",
            plural=UNITS[unit],
            unit=say(unit),
        ),
        row_header="First order",
        row_titles=_titles(material, cohorts),
        leading=(Column("size", "Customers", "count"),),
        leading_values=tuple((int(size),) for size in cohorts.size),
        column_titles=tuple(str(age) for age in cohorts.ages),
        values=tuple(tuple(_cell(rate) for rate in row) for row in cohorts.rate),
        format="share",
        immature=_immature(cohorts),
        average=tuple(_cell(value) for value in cohorts.average_rate),
        average_title="Average",
    )


def _immature(cohorts: CohortMatrix) -> tuple[tuple[bool, ...], ...]:
    return tuple(tuple(bool(cell) for cell in row) for row in ~cohorts.mature)


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _cumulative(material: Material, cohorts: CohortMatrix) -> list[Matrix]:
    """Show the cumulative amount per customer, and the margin of it as live cells beside it."""
    amounts = _matrix(
        material,
        cohorts,
        "cohort_amount",
        say("Cumulative amount per customer in {unit}", unit=material.unit),
        "Orders less refunds since the first order, divided by the cohort's customers.",
        cohorts.cumulative_amount,
    )
    if not material.has_costs:
        uncosted, formula, extra = "cohort_amount", "={cohort_amount}*gross_margin", []
        own = np.zeros_like(cohorts.cumulative_amount)
        uncosted_values = cohorts.cumulative_amount
    else:
        own = _cumulated(material, cohorts, "own_margin")
        uncosted_values = _cumulated(material, cohorts, "uncosted_amount")
        uncosted = "cohort_uncosted"
        formula = "={cohort_own}+{cohort_uncosted}*gross_margin"
        extra = [
            _matrix(
                material,
                cohorts,
                "cohort_own",
                say("Of it: margin from the orders' own cost, in {unit}", unit=material.unit),
                "Amount less cost of the rows that carry a cost, cumulative per customer.",
                own,
            ),
            _matrix(
                material,
                cohorts,
                uncosted,
                say("Of it: amount without a cost of its own, in {unit}", unit=material.unit),
                "What the gross margin is applied to, cumulative per customer.",
                uncosted_values,
            ),
        ]
    margin = own + uncosted_values * material.parameters.gross_margin
    live = tuple(
        tuple(None if np.isnan(value) else Live(formula, float(value)) for value in row) for row in margin
    )
    return [
        amounts,
        *extra,
        Matrix(
            name="cohort_margin",
            title=say("Cumulative margin per customer in {unit}", unit=material.unit),
            caption="The same, times the gross margin on Parameters (or less the orders' own cost); before "
            "cost to serve and acquisition. Recalculates when the gross margin is changed.",
            row_header="First order",
            row_titles=_titles(material, cohorts),
            leading=(Column("size", "Customers", "count"),),
            leading_values=tuple((int(size),) for size in cohorts.size),
            column_titles=tuple(str(age) for age in cohorts.ages),
            values=live,
            format="money",
            immature=_immature(cohorts),
        ),
    ]


def _matrix(
    material: Material, cohorts: CohortMatrix, name: str, title: str, caption: str, values: np.ndarray
) -> Matrix:
    return Matrix(
        name=name,
        title=title,
        caption=caption,
        row_header="First order",
        row_titles=_titles(material, cohorts),
        leading=(Column("size", "Customers", "count"),),
        leading_values=tuple((int(size),) for size in cohorts.size),
        column_titles=tuple(str(age) for age in cohorts.ages),
        values=tuple(tuple(_cell(value) for value in row) for row in values),
        format="money",
        immature=_immature(cohorts),
        heat=False,
    )


def _cumulated(material: Material, cohorts: CohortMatrix, column: str) -> np.ndarray:
    """Add up one column of the cohorts by age, per customer of the cohort."""
    table = material.cohorts.pivot_table(index="cohort", columns="age", values=column, aggfunc="sum")
    table = table.reindex(index=cohorts.cohorts, columns=cohorts.ages, fill_value=0.0).fillna(0.0)
    added = table.to_numpy(dtype=np.float64).cumsum(axis=1) / np.asarray(cohorts.size)[:, None]
    return np.where(np.isnan(cohorts.cumulative_amount), np.nan, added)


def curve_chart(material: Material) -> Chart | None:
    """Chart the cumulative margin of an average customer, or None while no month is over."""
    curve, parameters = material.curve, material.parameters
    margin = curve.cumulative_margin(parameters)
    if not curve.ages:
        return None
    last = curve.drawn
    first = live_amount(f"INDEX({curve.MARGIN_COLUMN},1)", float(margin[0]), material.currency)
    whole = live_amount(f"INDEX({curve.MARGIN_COLUMN},{last})", float(margin[last - 1]), material.currency)
    title = (
        live_words(
            "A customer brings {first} in the first month, {whole} within {months} months",
            first=first,
            whole=whole,
            months=last,
        )
        if last > 1
        else live_words("A customer brings {first} in the first month", first=first)
    )
    cost = Line("CAC", CellRef("value_curve", "cac", last=last - 1), tone=4, dashed=True, label="last")
    return Chart(
        title=Live(frame("={title}", title=title.formula), title.text),
        unit=say(
            "cumulative margin after cost to serve, in {unit}, by month after the first order",
            unit=material.unit,
        ),
        kind="line",
        categories=CellRef("value_curve", "month", last=last - 1),
        series=(
            Line("Margin", CellRef("value_curve", "margin", last=last - 1), label="last"),
            *([cost] if parameters.acquisition_cost else []),
        ),
        format="money",
        every=3,
        minimum=0,
    )


def _retention_chart(material: Material, cohorts: CohortMatrix) -> Chart | None:
    unit = material.period.unit
    average = cohorts.average_rate
    known = [float(rate) for rate in average if not np.isnan(rate)]
    if len(known) < 2:
        return None
    title = say("{share} order again in the next {unit}", share=percent(known[1]), unit=say(unit))
    if len(known) > 4:
        title = say(
            "{share} order again in the next {unit}, {later} in the fourth",
            share=percent(known[1]),
            unit=say(unit),
            later=percent(known[4]),
        )
    return Chart(
        title=title,
        unit=say("share of customers with an order, by {plural} after the first", plural=UNITS[unit]),
        kind="columns",
        categories=CellRef("retention", "columns", first=1, last=len(known) - 1),
        series=(
            Line("Share that ordered", CellRef("retention", -1, first=1, last=len(known) - 1), label="none"),
        ),
        format="share",
        legend=False,
        minimum=0,
    )


def _curve_table(material: Material) -> Table:
    curve, parameters = material.curve, material.parameters
    own = material.has_costs
    margin = curve.cumulative_margin(parameters)
    base = (
        "[@[Own margin]]+[@[Amount without cost]]*gross_margin"
        if own
        else "[@[Cumulative amount]]*gross_margin"
    )
    rows: list[tuple[Scalar | Live, ...]] = []
    for index, age in enumerate(curve.ages):
        costs = (curve.own_margin[index], curve.uncosted_amount[index]) if own else ()
        rows.append(
            (
                age + 1,
                curve.customers[index],
                curve.active[index],
                curve.orders[index],
                curve.amount[index],
                *costs,
                float(margin[index]),
                parameters.acquisition_cost or float("nan"),
            )
        )
    cost_columns = (
        (
            Column("own_margin", "Own margin", "cents"),
            Column("uncosted", "Amount without cost", "cents"),
        )
        if own
        else ()
    )
    return Table(
        name="value_curve",
        title="The value curve: what an average customer has brought",
        caption="Month 1 is the calendar month of the first order. Each month's average is over all customers "
        "who have lived through it; months not over are left out.",
        columns=(
            Column("month", "Month", "count"),
            Column("customers", "Customers", "count", "Customers behind the month's average."),
            Column("active", "Ordered", "percent", "Share of them with an order in that month."),
            Column("orders", "Orders", "decimal", "Cumulative orders per customer."),
            Column(
                "amount", "Cumulative amount", "cents", say("Per customer, in {unit}.", unit=material.unit)
            ),
            *cost_columns,
            Column(
                "margin",
                "Cumulative margin",
                "cents",
                "Cumulative amount x gross margin (or the orders' own margin) - cost to serve x orders. The first "
                "year margin on Figures and Acquisition counts from the day of the first order, and so differs from "
                "month 12.",
                formula=f"={base}-service_cost*[@Orders]",
                emphasis=True,
            ),
            Column(
                "cac",
                "CAC",
                "cents",
                formula=f"=IF({material.cac_name}>0,{material.cac_name},NA())",
                quiet=True,
            ),
        ),
        rows=tuple(rows),
        structured=bool(rows),
        compact=True,
        empty="No calendar month after a first order is over yet.",
    )


def _months(material: Material) -> Table:
    rows = [
        (
            month["month"].date(),
            int(month["customers"]),
            int(month["new_customers"]),
            int(month["orders"]),
            float(month["amount"]),
            float(month["new_amount"]),
            float(month["amount"] - month["new_amount"]),
            float(month["amount"]) / int(month["orders"]) if month["orders"] else float("nan"),
        )
        for _, month in material.months.iterrows()
    ]
    return Table(
        name="months",
        title="Month by month",
        caption="Amounts are orders less refunds, each on its own day. New: in the customer's first month. "
        "The last month may not be over.",
        columns=(
            Column("month", "Month", "month"),
            Column("customers", "Customers", "count", "Customers with an order in the month."),
            Column("new_customers", "New", "count", "Of them, with their first order."),
            Column("orders", "Orders", "count"),
            Column("amount", "Amount", "money"),
            Column("new_amount", "New customers", "money", "Amount of customers in their first month."),
            Column("returning_amount", "Returning customers", "money", "Amount of all other customers."),
            Column("average", "Average order", "cents"),
        ),
        rows=tuple(rows),
        structured=True,
        compact=True,
    )
