"""What commands share: the parameters as they were asked for, and the progress on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from clv_xl.errors import UsageError
from clv_xl.run_record import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from clv_xl.metrics.record import Metric
    from clv_xl.orders import Intake
    from clv_xl.parameters import Parameters
    from clv_xl.report.figures import Figures

__all__ = [
    "count_orders",
    "example_result",
    "figures_as_data",
    "parameters_of",
    "progress",
]


def parameters_of(given: Mapping[str, Any]) -> Parameters:
    """Return the parameters of the options ``--parameters``, ``--set``, ``--as-of`` and ``--language``; later ones win.

    Raises
    ------
    InputError, UsageError
        The file cannot be read, or a value is not allowed.
    """
    from clv_xl.parameters import Parameters, load_parameters, with_settings  # noqa: PLC0415

    file: Path | None = given["parameter_file"]
    settings: list[str] = list(given["settings"])
    if given["as_of"] is not None:
        try:
            date.fromisoformat(given["as_of"])
        except ValueError:
            raise UsageError(
                f'--as-of "{given["as_of"]}" is not a date. Write it as year-month-day, such as 2025-12-31.'
            ) from None
        settings.append(f"as_of={given['as_of']}")
    if given.get("language") is not None:
        settings.append(f"language={given['language']}")
    return with_settings(Parameters() if file is None else load_parameters(file), settings)


@contextmanager
def progress(*, silent: bool) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done; elsewhere say nothing. Either way the record of the run knows."""
    record = current()
    if silent or not sys.stderr.isatty():
        yield record.step
        return
    from rich.console import Console  # noqa: PLC0415  # only where there is a terminal

    with Console(stderr=True).status("Starting") as status:

        def step(text: str) -> None:
            record.step(text)
            status.update(text)

        yield step


def count_orders(intake: Intake, **more: int) -> None:
    """Note in the record of the run how many rows were read and what became of them."""
    current().count(
        files=len(intake.files),
        rows=intake.rows_read,
        set_aside=intake.rows_of("set aside"),
        warnings=len(intake.warnings),
        **more,
    )


def example_result(metric: Metric) -> str:
    """Write the result of an example: a figure, or a table with a row a line."""
    if not isinstance(metric.example_result, tuple):
        return f" {metric.example_result}"
    rows = [[str(cell).removesuffix(" 00:00:00") for cell in row] for row in metric.example_result]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n" + "\n".join(f"  {line}" for line in lines)


def figures_as_data(figures: Figures) -> dict[str, dict[str, float | None]]:
    """Return the key figures as what ``--json`` prints; what is undefined is null."""
    return {
        item.name: {"now": _finite(item.now), "year_before": _finite(item.before)}
        for item in (*figures.derived, *figures.counted, *figures.predicted)
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or value != value else value  # noqa: PLR0124  # NaN has no place in JSON
