"""The comparison of a backtest as a person reads it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from clv_xl.printed import echo

if TYPE_CHECKING:
    from clv_xl.job_results import BacktestResult

__all__ = ["tell_backtest"]


def tell_backtest(result: BacktestResult) -> None:
    """Print the comparison: a drawn table on a terminal, lines of text elsewhere."""
    from clv_xl.models.backtest import DEFAULT  # noqa: PLC0415
    from clv_xl.report.correction import about_correction, method_used  # noqa: PLC0415
    from clv_xl.report.told_past import (  # noqa: PLC0415
        HEADINGS,
        WITHOUT_A_MODEL,
        about_periods,
        how_to_read,
        mean_of,
        past_rows,
        period_misses,
    )

    past = result.past
    used = method_used(result.trial, result.choice)
    rows = [(f"{name} *" if name == used else name, *cells) for name, *cells in past_rows(past)]
    kinds = ("orders", "amounts") if past.has_amounts else ("orders",)
    echo(" ".join(filter(None, (about_periods(past), mean_of(past)))))
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415  # only where there is a terminal
        from rich.table import Table  # noqa: PLC0415

        for number, kind in enumerate(kinds):
            table = Table("method", title=f"Error in {kind}", title_justify="left")
            for heading in HEADINGS:
                table.add_column(heading, justify="right")
            first = 1 + number * len(HEADINGS)
            for row in rows:
                marked = "bold" if row[0].endswith(" *") else None
                table.add_row(row[0], *row[first : first + len(HEADINGS)], style=marked)
            Console().print(table)
    else:
        width = max(len(row[0]) for row in rows)
        groups = "".join(f"{kind:>{9 * len(HEADINGS)}}" for kind in kinds)
        heads = "".join(f"{measure:>9}" for measure in HEADINGS * len(kinds))
        lines = [" " * width + groups, f"{'method':<{width}}{heads}"]
        lines += [f"{row[0]:<{width}}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in rows]
        echo("\n" + "\n".join(line.rstrip() for line in lines) + "\n")
    reasons = (result.choice.reason, *about_correction(result.trial, result.covariates))
    told = f"{'* ' if used else ''}{reasons[0]}"
    misses = filter(None, (period_misses(past, used or DEFAULT),))
    echo("\n".join((told, *reasons[1:], *misses, how_to_read(), WITHOUT_A_MODEL)))
