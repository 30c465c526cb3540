"""The parameters of a report, and how they are read from a TOML file and from the command line."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.events import Event, checked_events, typed_date
from clv_xl.metrics.segments import SegmentMap
from clv_xl.parameter_specs import PARAMETERS, ParameterSpec
from clv_xl.said import said, say
from clv_xl.small_file import small_text, toml_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "PARAMETERS",
    "ParameterSpec",
    "Parameters",
    "checked_rates",
    "checked_value",
    "load_parameters",
    "typed_date",
    "with_segment_map",
    "with_settings",
]

_SPECS = {spec.name: spec for spec in PARAMETERS}
_TABLES = ("rates", "segment_map", "events")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one report; every field is explained by its :class:`ParameterSpec`.

    ``rates`` maps a currency code to its worth in ``currency``; ``segment_map`` replaces the default map; ``events``
    are marked on the page Trends, oldest first.
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
    migration_months: int = 12
    horizon: int = 36
    second_stage: str = "automatic"
    language: str = "en"
    rates: Mapping[str, float] = field(default_factory=dict)
    segment_map: SegmentMap | None = None
    events: tuple[Event, ...] = ()


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
        content = small_text(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such parameter file. Check the path given to --parameters.") from None
    except UnicodeDecodeError as cause:
        raise InputError(f"{path}: cannot be read as text ({cause}). Save it as UTF-8.") from cause
    try:
        entries = toml_entries(content)
    except tomllib.TOMLDecodeError as cause:
        raise InputError(f"{path}: {_toml_fault(content, cause)}") from cause
    return _with_entries(Parameters(), entries, str(path))


def _toml_fault(content: str, cause: tomllib.TOMLDecodeError) -> str:
    """Say what is wrong with a parameter file, with the line as it should be where that can be told."""
    place = re.search(r"at line ([0-9]+)", str(cause))
    lines = content.splitlines()
    number = int(place[1]) if place else 0
    if 0 < number <= len(lines):
        line = lines[number - 1].strip()
        name, equals, value = line.partition("=")
        spec = _SPECS.get(name.strip())
        better = _better(spec, value.split("#")[0].strip()) if equals and spec else None
        if better:
            return f'line {number} is "{line}", but {better[0]}. Write {name.strip()} = {better[1]}'
    return f"is not valid TOML: {cause}. Expected lines such as: gross_margin = 0.4"


def _better(spec: ParameterSpec, value: str) -> tuple[str, str] | None:
    """Return the rule that a TOML value breaks, and the value as it should be."""
    if spec.kind in {"text", "choice"} and value and not set(value) & set("\"'"):
        return "text needs quotes", f'"{value}"'
    if spec.kind == "flag" and (flag := _FLAGS.get(value.lower())) is not None:
        return "it is true or false", str(flag).lower()
    if spec.kind == "date":
        with suppress(ValueError):
            return "dates stand as year-month-day", typed_date(value).isoformat()
    if spec.kind in {"number", "whole"} and (meant := _meant(spec, value)):
        rule = "a share is a number from 0 to 1" if "%" in value else "numbers have a decimal point"
        return rule, meant
    return None


def _meant(spec: ParameterSpec, text: str) -> str:
    """Return the number that a person meant by a comma, a space or a percent sign; empty if that is not clear."""
    found = re.fullmatch(r"(-?[0-9][0-9 \u00a0\u202f]*(?:[.,][0-9]+)?)\s*(%?)", text)
    if not found:
        return ""
    digits = re.sub(r"\s", "", found[1])
    number = digits.replace(",", ".")
    is_share = spec.number_format.endswith("%")
    if found[2]:
        return f"{Decimal(number) / 100:f}" if is_share else ""
    if re.fullmatch(r"-?[1-9][0-9]{0,2},[0-9]{3}", digits):
        return f"{digits.replace(',', '')} or {number}"
    if is_share and 1 < Decimal(number) <= 100:
        return f"{Decimal(number) / 100:f}"
    return number


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
        under = f"[[{name}]]" if name == "events" else f"[{name}]"
        raise UsageError(
            f"{where}: {name} is a table: set it in the parameter file, under {under}, and pass --parameters FILE.toml."
        )
    known = ", ".join(_SPECS)
    hint = did_you_mean(name, _SPECS)
    raise UsageError(f'{where}: there is no parameter "{name}".{hint} The parameters are: {known}.')


def _from_text(spec: ParameterSpec, text: str, where: str) -> object:
    """Read what a person typed after ``--set name=`` as TOML would."""
    if text == "":
        return None
    if spec.kind in {"text", "choice"}:
        return text
    if spec.kind == "flag" and text.lower() in _FLAGS:
        return _FLAGS[text.lower()]
    try:
        if spec.kind == "date":
            return typed_date(text)
        if spec.kind == "whole":
            return int(text)
        return float(text)
    except ValueError:
        raise _refusal(spec, text, where) from None


def _with_entries(parameters: Parameters, entries: Mapping[str, object], where: str) -> Parameters:
    changes: dict[str, object] = {}
    for name, value in entries.items():
        if name == "rates":
            changes[name] = checked_rates(value, where)
        elif name == "segment_map":
            changes[name] = _segment_map(value, where)
        elif name == "events":
            changes[name] = checked_events(_listed_events(value, where))
        else:
            changes[name] = checked_value(_spec(name, where), value, where)
    result = replace(parameters, **changes)  # type: ignore[arg-type]  # checked entry by entry above
    return with_segment_map(result, result.segment_map, where)


def with_segment_map(parameters: Parameters, segment_map: SegmentMap | None, where: str) -> Parameters:
    """Return the parameters with a segment map of their number of scores.

    Raises
    ------
    UsageError
        The map has another number of rows than ``rfm_bins``.
    """
    if segment_map is not None and segment_map.bins != parameters.rfm_bins:
        raise UsageError(
            f"{where}: the segment map has {segment_map.bins} x {segment_map.bins} cells but "
            f"rfm_bins is {parameters.rfm_bins}. Give a map of {parameters.rfm_bins} rows with "
            f"{parameters.rfm_bins} names each, or change rfm_bins."
        )
    return replace(parameters, segment_map=segment_map)


def checked_value(spec: ParameterSpec, value: object, where: str) -> object:
    """Return the value of a parameter if it is allowed; None is a value that is not given.

    Raises
    ------
    UsageError
        It is not; the message starts with ``where``, and says what is allowed.

    Examples
    --------
    >>> checked_value(PARAMETERS[0], 0.4, "Parameters!C5")
    0.4
    """
    if value is None:
        if spec.optional:
            return None
        if spec.kind == "text":
            return ""
        raise _refusal(spec, None, where)
    if spec.kind in {"number", "whole"}:
        return _checked_number(spec, value, where)
    if spec.kind == "date" and isinstance(value, datetime):
        return value.date()
    wanted = {"flag": bool, "text": str, "choice": str, "date": date}[spec.kind]
    if not isinstance(value, wanted) or (spec.kind == "choice" and value not in spec.choices):
        raise _refusal(spec, value, where)
    return value


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
    if spec.number_format.endswith("%") and isinstance(found, int | float) and 1 < found <= 100:
        hint = say(" For {percent}% write {share}.", percent=f"{found:g}", share=f"{found / 100:g}")
    elif (
        spec.kind in {"number", "whole"} and isinstance(found, str) and (meant := _meant(spec, found.strip()))
    ):
        hint = say(" For {text} write {number}.", text=found.strip(), number=meant)
    shown = say("nothing") if found is None else f'"{found}"' if isinstance(found, str) else f"{found}"
    told = say(
        "{where}: {name} is {shown}, but must be {allowed}.",
        where=where,
        name=spec.name,
        shown=shown,
        allowed=said(spec.allowed),
    )
    return UsageError(told + hint)


def checked_rates(value: object, where: str) -> dict[str, float]:
    """Return currency rates by code if each is a number above 0.

    Raises
    ------
    UsageError
        One is not, or the value is no table.
    """
    if not isinstance(value, dict):
        raise UsageError(f"{where}: rates must be a table such as [rates] with the line EUR = 11.2.")
    for code, rate in value.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < float("inf"):
            raise UsageError(f"{where}: the rate of {code} is {rate}, but must be a number above 0.")
    return {str(code): float(rate) for code, rate in value.items()}


def _listed_events(value: object, where: str) -> list[tuple[object, object, str]]:
    """Read ``[[events]]``, each with a date and a name."""
    form = 'each event stands under [[events]] with the lines date = 2025-05-01 and name = "Spring sale"'
    if not isinstance(value, list):
        raise UsageError(f"{where}: events is {value!r}; {form}.")
    found: list[tuple[object, object, str]] = []
    for number, entry in enumerate(value, start=1):
        place = f"{where}: events, number {number}"
        if not isinstance(entry, dict) or set(entry) != {"date", "name"}:
            has = ", ".join(entry) if isinstance(entry, dict) else repr(entry)
            raise UsageError(f"{place} has {has or 'nothing'}; {form}.")
        found.append((entry["date"], entry["name"], place))
    return found


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
    for row in wanted:
        if not isinstance(value[row], list):
            raise UsageError(
                f'{where}: segment_map has {row} = {value[row]!r}; expected a list such as {row} = ["New", ...].'
            )
    return SegmentMap.from_rows([value[row] for row in wanted])


if {spec.name for spec in PARAMETERS} | set(_TABLES) != {item.name for item in fields(Parameters)}:
    raise AssertionError("every parameter needs a specification and a field")
