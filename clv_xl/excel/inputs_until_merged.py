"""Stands in for the reading of filled input sheets until it is part of the package; to be deleted then.

It has the interface agreed on (``inputs_from_sheets``, ``report_from_inputs``), knows orders, parameters and the
segment map, and leaves spend and customer data unread.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError, UsageError
from clv_xl.jobs import _loaded
from clv_xl.metrics.segments import SegmentMap
from clv_xl.orders import ReadOptions
from clv_xl.parameters import PARAMETERS, Parameters, with_settings
from clv_xl.report.build import build_report
from clv_xl.report.material import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clv_xl.orders import Intake
    from clv_xl.report.model import Report

__all__ = ["FilledInputs", "inputs_from_sheets", "report_from_inputs"]

_BLANK: Final = (None, "")


@dataclass(frozen=True, slots=True)
class FilledInputs:
    """What the input sheets hold: rows of orders from A1 on, and parameters."""

    orders: tuple[tuple[str, ...], ...]
    parameters: Parameters


def inputs_from_sheets(
    sheets: Mapping[str, Sequence[Sequence[object]]], names: Mapping[str, object], book: str = ""
) -> FilledInputs:
    """Read the values of input sheets and the cells of parameters; the book's name is not used yet."""
    del book
    rows = tuple(tuple(_text(value) for value in row) for row in sheets.get("Orders", ()))
    filled = tuple(row for row in rows if any(row))
    if len(filled) < 2:
        raise InputError("Orders: the sheet holds no order. Paste your orders below its header, or over it.")
    settings = []
    for spec in PARAMETERS:
        value = names.get(spec.name)
        if value not in _BLANK:
            settings.append(f"{spec.name}={_text(value)}")
    try:
        parameters = with_settings(Parameters(), settings)
    except UsageError as error:
        raise UsageError(str(error).replace("--set", "Parameters", 1)) from error
    return FilledInputs(filled, _with_map(parameters, sheets.get("Segment map", ())))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return str(value)


def _with_map(parameters: Parameters, rows: Sequence[Sequence[object]]) -> Parameters:
    names: dict[int, list[str]] = {}
    for row in rows:
        title = str(row[1] or "") if len(row) > 1 else ""
        if title.startswith("R ") and title[2:].isdigit():
            names[int(title[2:])] = [str(cell or "") for cell in row[2 : 2 + parameters.rfm_bins]]
    found = SegmentMap.from_rows([names[score] for score in sorted(names)]) if names else None
    if found is None or found == SegmentMap.default(found.bins):
        return parameters
    return replace(parameters, segment_map=found)


def report_from_inputs(
    inputs: FilledInputs, step: Callable[[str], None] = lambda _: None
) -> tuple[Report, Intake]:
    """Compute the report of filled inputs; nothing is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Orders.csv")
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(_trimmed(inputs.orders))
        with _loaded([path], ReadOptions(), inputs.parameters, step) as (connection, intake):
            material = gather(connection, intake, inputs.parameters, step)
    return build_report(material), intake


def _trimmed(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max(place for row in rows for place, value in enumerate(row, start=1) if value)
    return [[*row[:width], *[""] * (width - len(row))] for row in rows]
