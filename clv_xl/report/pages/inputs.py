"""The pages Parameters and Figures: what the reader may change, and where each key figure comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.parameters import PARAMETERS
from clv_xl.report.key_figures import BEFORE
from clv_xl.report.model import Column, Input, Page, Paragraph, Table
from clv_xl.report.words import count, day, significant
from clv_xl.said import frame, joined, said, say

if TYPE_CHECKING:
    from clv_xl.parameters import Parameters, ParameterSpec
    from clv_xl.report.key_figures import Figure
    from clv_xl.report.material import Material
    from clv_xl.report.model import Format, Live, Scalar

__all__ = ["figures_page", "parameters_page", "window_words"]

_FORMATS: dict[str, Format] = {
    "gross_margin": "percent",
    "discount_rate": "percent",
    "vat_rate": "percent",
    "ambassador_share": "share",
    "lifespan_years": "years",
    "acquisition_cost": "cents",
    "service_cost": "cents",
    "target_ratio": "decimal",
    "as_of": "date",
    "active_days": "days",
    "rfm_bins": "count",
    "horizon": "count",
    "migration_months": "count",
}


def parameters_page(material: Material) -> Page:
    """Build the page of parameters: those that recalculate, and those that the report was made with."""
    live = [spec for spec in PARAMETERS if spec.live]
    columns = (
        Column("title", "Parameter", "text", emphasis=True, words=True),
        Column("value", "Value", "text"),
        Column("unit", "Unit", "wrapped", words=True),
        Column("allowed", "Allowed", "wrapped", words=True),
        Column("name", "Name", "text", "The name in formulas, in parameter files and after --set."),
        Column("meaning", "What it means", "wrapped", words=True),
    )
    return Page(
        key="parameters",
        title="Parameters",
        heading="Parameters",
        question="What are the figures based on? Change a yellow cell and the report recalculates.",
        blocks=(
            Table(
                name="live_parameters",
                title="Change these here",
                caption=say(
                    "Every CLV, margin, LTV:CAC and payback in this report follows{exception}.",
                    exception=_exception(material),
                )
                + _waiting(material),
                columns=columns,
                rows=tuple(
                    (
                        spec.title,
                        _input(spec, material.given),
                        spec.unit,
                        spec.allowed,
                        spec.name,
                        _meaning(spec, material),
                    )
                    for spec in live
                ),
                named=tuple((row, "value", spec.name) for row, spec in enumerate(live)),
            ),
            Table(
                name="fixed_parameters",
                title="Set when the report was made",
                caption="These decide which orders count and how customers are grouped; to change one, make "
                "the report again.",
                columns=columns,
                rows=tuple(
                    (spec.title, _fixed(spec, material), spec.unit, spec.allowed, spec.name, spec.meaning)
                    for spec in PARAMETERS
                    if not spec.live
                ),
            ),
            *_rates(material),
            *_events(material),
        ),
        widths=(24, 22, 22, 26, 20, 62),
    )


_SOURCES = {"set": say("set"), "measured": say("measured"), "assumed": say("assumed")}


def _waiting(material: Material) -> str:
    """Say which cells cannot follow gross margin and cost to serve, and why; empty where there are none."""
    groups, payback = bool(material.compared.attributes), material.acquisition.months > 0
    if not groups and not payback:
        return ""
    which = (
        say("the intervals of historic CLV on Groups and the payback by channel and cohort on Acquisition")
        if groups and payback
        else say("the intervals of historic CLV on Groups")
        if groups
        else say("the payback by channel and cohort on Acquisition")
    )
    return say(
        " Only {which} wait for the next report: they are worked out from single customers and months, so with another "
        "gross margin or cost to serve they show #N/A.",
        which=which,
    )


def _exception(material: Material) -> str:
    if not material.prediction.has_value:
        return ""
    return say("; but predicted CLV follows a changed discount rate only once the report is made again")


def _meaning(spec: ParameterSpec, material: Material) -> str:
    if spec.name != "acquisition_cost" or material.measured_cac is None:
        return spec.meaning
    return joined(" ", (said(spec.meaning), said(material.measured_cac.words(material.currency))))


def expected_of(spec: ParameterSpec) -> str:
    """Say what may be typed for a parameter."""
    told = frame("{title}: {allowed}", title=said(spec.title), allowed=said(spec.allowed))
    return told + (say(", or blank.") if spec.optional else ".")


def _input(spec: ParameterSpec, parameters: Parameters) -> Input:
    low = spec.low
    if spec.above_low and low is not None:
        low += 1e-9
    return Input(
        getattr(parameters, spec.name),
        _FORMATS[spec.name],
        low=low,
        high=spec.high if spec.high is not None else 1e12,
        message=expected_of(spec),
    )


def _fixed(spec: ParameterSpec, material: Material) -> Scalar:
    value = getattr(material.parameters, spec.name)
    if spec.name == "as_of":
        return f"{material.intake.as_of.isoformat()}" + (say(" (newest order)") if value is None else "")
    if spec.name == "currency":
        return (
            material.currency
            if value or not material.currency
            else say("{currency} (of all orders)", currency=material.currency)
        )
    if spec.name == "active_days":
        return frame(
            "{days} ({source})", days=material.now.active_days, source=_SOURCES[material.window_source]
        )
    if spec.name == "cohort_period" and value == "auto":
        return say("{unit} (auto)", unit=say(material.period.unit))
    return _shown(spec, value)


def _shown(spec: ParameterSpec, value: object) -> Scalar:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, float) and _FORMATS.get(spec.name) in {"percent", "share"}:
        return say("{share}%", share=significant(100 * value))
    if spec.kind == "choice":
        return say(str(value))
    return "" if value is None else str(value)


def _rates(material: Material) -> tuple[Table, ...]:
    rates = material.parameters.rates
    if not rates:
        return ()
    return (
        Table(
            name="currency_rates",
            title="Currency rates",
            caption=say("What one unit of each currency was counted as, in {unit}.", unit=material.unit),
            columns=(Column("code", "Currency", "text"), Column("rate", "Rate", "decimal")),
            rows=tuple((code, float(rates[code])) for code in sorted(rates)),
        ),
    )


def _events(material: Material) -> tuple[Table, ...]:
    events = material.parameters.events
    if not events:
        return ()
    return (
        Table(
            name="events",
            title="Events",
            caption="Marked on the page Trends, where the months before and after stand side by side.",
            columns=(Column("event", "Event", "text"), Column("date", "Date", "date")),
            rows=tuple((event.name, event.day) for event in events),
        ),
    )


def figures_page(material: Material) -> Page:
    """Build the page that shows how every key figure comes about, now and a year earlier."""
    figures = material.figures
    as_of = material.now.as_of
    year = (
        "A year earlier" if material.before is None else say("On {as_of}", as_of=day(material.before.as_of))
    )
    columns = (
        Column("title", "Figure", "wrapped", emphasis=True, words=True),
        Column("now", say("On {as_of}", as_of=day(as_of)), "cents"),
        Column("before", year, "cents"),
        Column("unit", "Unit", "text", words=True),
        Column(
            "name",
            "Name in formulas",
            "text",
            "Use it in your own formulas; for the year earlier add _before.",
        ),
        Column("how", "How it is computed", "wrapped", words=True),
    )
    return Page(
        key="figures",
        title="Figures",
        heading="Figures",
        question="Where does each key figure come from? The Summary reads from here.",
        blocks=(
            _table(
                "derived_figures",
                "Key figures",
                "Live formulas over what was counted and the parameters.",
                figures.derived,
                columns,
                material,
            ),
            _table(
                "counted_figures",
                "Counted from the orders",
                "Fixed until the report is made again.",
                figures.counted,
                columns,
                material,
            ),
            *(
                (
                    _table(
                        "predicted_figures",
                        "Predicted",
                        "Amounts are fixed until the report is made again; what is margin of them is live.",
                        figures.predicted,
                        columns,
                        material,
                    ),
                )
                if figures.predicted
                else ()
            ),
            Paragraph("The active window", (window_words(material),)),
            Paragraph("A year earlier", _year_earlier(material)),
        ),
        widths=(38, 17, 17, 21, 22, 66),
        cautions=(*filter(None, (material.caution,)), *material.value_cautions),
    )


def _year_earlier(material: Material) -> tuple[str, ...]:
    """Say what the column of a year earlier is good for."""
    if material.before is None:
        return ("The orders do not reach back a year before the as-of date, so there is no comparison yet.",)
    return (
        (
            "Figures that count all time are what this report would have said on that day with the same activity "
            "window. A longer history alone moves them, so no change in them is shown or named."
        ),
        "All other figures are given only where the orders reach back far enough to compare like with like.",
    )


def _table(
    name: str,
    title: str,
    caption: str,
    figures: tuple[Figure, ...],
    columns: tuple[Column, ...],
    material: Material,
) -> Table:
    rows: list[tuple[Scalar | Live | Input, ...]] = []
    named: list[tuple[int, str, str]] = []
    for number, figure in enumerate(figures):
        unit = material.currency or say("currency of the file") if figure.unit == "currency" else figure.unit
        rows.append((figure.title, figure.live(), figure.live_before(), unit, figure.name, figure.how))
        named.append((number, "now", figure.name))
        if figure.before is not None:
            named.append((number, "before", figure.name + BEFORE))
    formats = tuple((number, figure.format) for number, figure in enumerate(figures))
    return Table(
        name=name,
        title=title,
        caption=caption,
        columns=columns,
        rows=tuple(rows),
        named=tuple(named),
        row_formats=formats,
    )


def window_words(material: Material) -> str:
    """Say how long a customer counts as active, and why."""
    days = material.now.active_days
    if material.window_source == "set":
        return say(
            "A customer is active for {days} days after the latest order, as set by the parameter.", days=days
        )
    if material.window_source == "measured":
        return say(
            "A customer is active for {days} days after the latest order: 90% of this shop's "
            "{window_gaps} repeat orders came within {days} days of the one before.",
            days=days,
            window_gaps=count(material.window_gaps),
        )
    return say(
        "No customer has come back yet, so the active window cannot be measured; {days} days are "
        "assumed. Set active_days to choose your own.",
        days=days,
    )
