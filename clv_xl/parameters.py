"""The parameters of a report: what each means, what it may be, and how it is read.

One specification per parameter serves the command line, the TOML file and the Parameters sheet.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.metrics.segments import SegmentMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["PARAMETERS", "ParameterSpec", "Parameters", "load_parameters", "with_settings"]

Kind = Literal["number", "whole", "date", "flag", "text", "choice"]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What one parameter is.

    ``live`` marks those that the finished workbook recalculates with; the others shape the data, so a
    change needs a new report. ``low`` and ``high`` are inclusive unless ``above_low`` is set.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    meaning: str
    live: bool = False
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    number_format: str = "General"

    @property
    def allowed(self) -> str:
        """The permitted values in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "flag":
            return "true or false"
        if self.kind == "date":
            return "a date such as 2025-12-31"
        if self.kind == "text":
            return "text"
        what = "a whole number" if self.kind == "whole" else "a number"
        if self.low is None:
            return what
        start = f"above {self.low:g}" if self.above_low else f"from {self.low:g}"
        return f"{what} {start}" + (f" to {self.high:g}" if self.high is not None else "")


PARAMETERS: tuple[ParameterSpec, ...] = (
    ParameterSpec(
        "gross_margin",
        "Gross margin",
        "number",
        "share of the amount",
        "What is left of each order's amount after the cost of the goods. 1 (100 %) means that the figures "
        "are revenue, not margin. Not used for orders that carry their own cost.",
        live=True,
        low=0,
        high=1,
        above_low=True,
        number_format="0.0%",
    ),
    ParameterSpec(
        "lifespan_years",
        "Customer lifespan",
        "number",
        "years",
        "How long a customer stays active. Left blank, it is measured from the shop's own orders.",
        live=True,
        low=0,
        high=100,
        above_low=True,
        optional=True,
        number_format="0.00",
    ),
    ParameterSpec(
        "discount_rate",
        "Discount rate",
        "number",
        "a year",
        "The yearly return that the money could earn elsewhere; 0 leaves the future undiscounted.",
        live=True,
        low=0,
        high=1,
        number_format="0.0%",
    ),
    ParameterSpec(
        "acquisition_cost",
        "Acquisition cost (CAC)",
        "number",
        "currency per new customer",
        "What it costs to win one new customer. Left blank, it is not known: nothing is subtracted and no "
        "ratio to it is shown.",
        live=True,
        low=0,
        optional=True,
        number_format="#,##0.00",
    ),
    ParameterSpec(
        "service_cost",
        "Cost to serve",
        "number",
        "currency per order",
        "Picking, freight, payment and service that each order costs beyond the goods.",
        live=True,
        low=0,
        number_format="#,##0.00",
    ),
    ParameterSpec(
        "target_ratio",
        "Target LTV:CAC",
        "number",
        "ratio",
        "How many times its acquisition cost a customer should bring; sets the highest allowable CAC.",
        live=True,
        low=0,
        above_low=True,
        number_format="0.0",
    ),
    ParameterSpec(
        "as_of",
        "As-of date",
        "date",
        "date",
        "The day on which everything is measured. Left blank, the newest order date.",
        optional=True,
        number_format="yyyy-mm-dd",
    ),
    ParameterSpec(
        "currency",
        "Currency",
        "text",
        "code or symbol",
        "Shown beside amounts; with rates, the currency that all amounts are converted to.",
    ),
    ParameterSpec(
        "amounts_include_vat",
        "Amounts include VAT",
        "flag",
        "true or false",
        "Switch on where the order file's amounts hold VAT: it is then taken out.",
    ),
    ParameterSpec(
        "vat_rate",
        "VAT rate",
        "number",
        "share",
        "The rate taken out when amounts include VAT: 0.25 means amount / 1.25.",
        low=0,
        high=1,
        number_format="0.0%",
    ),
    ParameterSpec(
        "refunds",
        "Refunds",
        "choice",
        "subtract or ignore",
        "Negative rows: subtract takes them off the customer's amount, ignore sets them aside.",
        choices=("subtract", "ignore"),
    ),
    ParameterSpec(
        "active_days",
        "Active window",
        "whole",
        "days",
        "A customer is active until this many days after the latest order. Left blank, the time within "
        "which 90 % of the shop's own repeat orders came.",
        low=1,
        high=3660,
        optional=True,
        number_format="0",
    ),
    ParameterSpec(
        "rfm_bins",
        "RFM scores",
        "whole",
        "steps",
        "Recency, frequency and monetary are scored from 1 to this number, best last.",
        low=2,
        high=10,
        number_format="0",
    ),
    ParameterSpec(
        "rfm_nested",
        "Nested RFM",
        "flag",
        "true or false",
        "Score frequency within each recency score, and monetary within each of those.",
    ),
    ParameterSpec(
        "ambassador_share",
        "Ambassadors",
        "number",
        "share of active customers",
        "The active customers with the most orders that are called ambassadors.",
        low=0,
        high=1,
        above_low=True,
        number_format="0%",
    ),
    ParameterSpec(
        "cohort_period",
        "Cohort period",
        "choice",
        "period",
        "How customers are grouped by their first order; auto picks the finest that stays readable.",
        choices=("auto", "month", "quarter", "year"),
    ),
)

_SPECS = {spec.name: spec for spec in PARAMETERS}
_TABLES = ("rates", "segment_map")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one report; every field is explained by its :class:`ParameterSpec`.

    ``rates`` maps a currency code to its worth in ``currency``; ``segment_map`` replaces the default map.
    """

    gross_margin: float = 1.0
    lifespan_years: float | None = None
    discount_rate: float = 0.0
    acquisition_cost: float | None = None
    service_cost: float = 0.0
    target_ratio: float = 3.0
    as_of: date | None = None
    currency: str = ""
    amounts_include_vat: bool = False
    vat_rate: float = 0.25
    refunds: str = "subtract"
    active_days: int | None = None
    rfm_bins: int = 5
    rfm_nested: bool = False
    ambassador_share: float = 0.2
    cohort_period: str = "auto"
    rates: Mapping[str, float] = field(default_factory=dict)
    segment_map: SegmentMap | None = None


def load_parameters(path: Path) -> Parameters:
    """Read parameters from a TOML file.

    Raises
    ------
    InputError
        The file is missing, is not TOML, or is not text.
    UsageError
        A name is not a parameter, or a value is not allowed; the message names both.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such parameter file. Check the path given to --parameters.") from None
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"{path}: cannot be read as text ({cause}). Save it as UTF-8.") from cause
    try:
        entries = tomllib.loads(content)
    except tomllib.TOMLDecodeError as cause:
        raise InputError(
            f"{path}: is not valid TOML: {cause}. Expected lines such as: gross_margin = 0.4"
        ) from cause
    return _with_entries(Parameters(), entries, str(path))


def with_settings(parameters: Parameters, settings: Iterable[str]) -> Parameters:
    """Return the parameters with ``name=value`` settings applied, later ones winning.

    Examples
    --------
    >>> with_settings(Parameters(), ["gross_margin=0.4", "refunds=ignore"]).gross_margin
    0.4
    """
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f'--set "{setting}": expected name=value, for instance gross_margin=0.4.')
        spec = _spec(name.strip(), "--set")
        value = _from_text(spec, text.strip(), "--set")
        parameters = _with_entries(parameters, {spec.name: value}, "--set")
    return parameters


def _spec(name: str, where: str) -> ParameterSpec:
    if name in _SPECS:
        return _SPECS[name]
    if name in _TABLES:
        raise UsageError(f"{where}: {name} is a table: set it in the parameter file, under [{name}].")
    known = ", ".join(_SPECS)
    hint = did_you_mean(name, _SPECS)
    raise UsageError(f'{where}: there is no parameter "{name}".{hint} The parameters are: {known}.')


def _from_text(spec: ParameterSpec, text: str, where: str) -> object:
    """Read what a person typed after ``--set name=`` as TOML would."""
    if text == "":
        return None
    if spec.kind in {"text", "choice"}:
        return text
    if spec.kind == "flag" and text.lower() in {"true", "yes", "1", "false", "no", "0"}:
        return text.lower() in {"true", "yes", "1"}
    try:
        if spec.kind == "date":
            return date.fromisoformat(text)
        if spec.kind == "whole":
            return int(text)
        return float(text)
    except ValueError:
        raise _refusal(spec, text, where) from None


def _with_entries(parameters: Parameters, entries: Mapping[str, object], where: str) -> Parameters:
    changes: dict[str, object] = {}
    for name, value in entries.items():
        if name == "rates":
            changes[name] = _rates(value, where)
        elif name == "segment_map":
            changes[name] = _segment_map(value, where)
        else:
            changes[name] = _checked(_spec(name, where), value, where)
    result = replace(parameters, **changes)  # type: ignore[arg-type]  # checked entry by entry above
    if result.segment_map is not None and result.segment_map.bins != result.rfm_bins:
        raise UsageError(
            f"{where}: the segment map has {result.segment_map.bins} x {result.segment_map.bins} cells but "
            f"rfm_bins is {result.rfm_bins}. Give a map of {result.rfm_bins} rows with {result.rfm_bins} "
            "names each, or change rfm_bins."
        )
    return result


def _checked(spec: ParameterSpec, value: object, where: str) -> object:
    if value is None:
        if not spec.optional:
            raise _refusal(spec, "nothing", where)
        return None
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise _refusal(spec, value, where)
        return value
    if spec.kind in {"text", "choice"}:
        if not isinstance(value, str) or (spec.kind == "choice" and value not in spec.choices):
            raise _refusal(spec, value, where)
        return value
    if spec.kind == "date":
        if isinstance(value, datetime):
            return value.date()
        if not isinstance(value, date):
            raise _refusal(spec, value, where)
        return value
    return _checked_number(spec, value, where)


def _checked_number(spec: ParameterSpec, value: object, where: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal(spec, value, where)
    too_low = spec.low is not None and (value <= spec.low if spec.above_low else value < spec.low)
    too_high = spec.high is not None and value > spec.high
    # NaN compares false with everything, so it is asked for by name; an endless amount is no amount
    if too_low or too_high or value != value or abs(value) == float("inf"):  # noqa: PLR0124
        raise _refusal(spec, value, where)
    if spec.kind == "whole":
        if value != int(value):
            raise _refusal(spec, value, where)
        return int(value)
    return float(value)


def _refusal(spec: ParameterSpec, found: object, where: str) -> UsageError:
    hint = ""
    if spec.unit.startswith("share") and isinstance(found, int | float) and 1 < found <= 100:
        hint = f" For {found:g} % write {found / 100:g}."
    shown = f'"{found}"' if isinstance(found, str) and found != "nothing" else f"{found}"
    return UsageError(f"{where}: {spec.name} is {shown}, but must be {spec.allowed}.{hint}")


def _rates(value: object, where: str) -> dict[str, float]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: rates must be a table such as [rates] with the line EUR = 11.2.")
    for code, rate in value.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < float("inf"):
            raise UsageError(f"{where}: the rate of {code} is {rate}, but must be a number above 0.")
    return {str(code): float(rate) for code, rate in value.items()}


def _segment_map(value: object, where: str) -> SegmentMap:
    """Read ``[segment_map]`` with a line ``R5 = ["New", ...]`` for each recency score."""
    if not isinstance(value, dict):
        raise UsageError(f'{where}: segment_map must be a table of lines such as R5 = ["New", ...].')
    bins = len(value)
    wanted = [f"R{score}" for score in range(1, bins + 1)]
    missing = [row for row in wanted if row not in value]
    if missing:
        raise UsageError(
            f"{where}: segment_map has the rows {', '.join(value)}; expected {', '.join(wanted)}."
        )
    return SegmentMap.from_rows([value[row] for row in wanted])


if {spec.name for spec in PARAMETERS} | set(_TABLES) != {item.name for item in fields(Parameters)}:
    raise AssertionError("every parameter needs a specification and a field")
