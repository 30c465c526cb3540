"""How long customers of each plan stay: as it was seen, and as the model projects it."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import CellRef, Chart, Line, Matrix
from clv_xl.report.subscriptions.material import HORIZON_MONTHS
from clv_xl.report.words import percent
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import PlanFigures, SubscriptionMaterial

__all__ = ["retention_matrices", "survival_chart", "survival_matrices"]

_SURVIVAL: Final = tuple(range(0, HORIZON_MONTHS + 1, 3))
_RETENTION: Final = (1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
_CHARTED: Final = 3
_FEW: Final = 30
"""A share of fewer customers is shown, but greyed."""


def _lines(material: SubscriptionMaterial) -> tuple[PlanFigures, ...]:
    """Return the plans that matrices show, with all of them together in front where there are several."""
    return (material.every, *material.plans) if len(material.plans) > 1 else (material.every,)


def survival_matrices(material: SubscriptionMaterial) -> tuple[Matrix, ...]:
    """Return who was still there after so many months, as seen and as projected."""
    lines = _lines(material)
    titles = tuple(str(age) for age in _SURVIVAL)
    seen = tuple(tuple(_seen(plan.renewals.observed_survival, age) for age in _SURVIVAL) for plan in lines)
    found = [
        _matrix(
            "survivors",
            "Observed survivors: share still there after so many months",
            say(
                "Everybody is followed as far as seen, those still there included (Kaplan-Meier). Grey "
                "italics: fewer than {few} have come so far.",
                few=_FEW,
            ),
            lines,
            titles,
            seen,
            few=_few(lines, _SURVIVAL),
        )
    ]
    projected = [plan for plan in lines if plan.renewals.model]
    if projected:
        values = tuple(
            tuple(plan.renewals.model.survival([float(age)])[0].item() for age in _SURVIVAL)
            for plan in projected
            if plan.renewals.model
        )
        found.append(
            _matrix(
                "projected",
                "Projected survival (sBG)",
                "Shifted beta-geometric, fitted to each plan's own renewals. Plans with too little are left out.",
                projected,
                titles,
                values,
            )
        )
    return tuple(found)


def retention_matrices(material: SubscriptionMaterial) -> tuple[Matrix, ...]:
    """Return how many stayed at each renewal, as seen and as fitted; nothing where nothing could be fitted."""
    lines = [plan for plan in _lines(material) if plan.renewals.model]
    if not lines:
        return ()
    titles = tuple(str(age) for age in _RETENTION)
    seen = tuple(
        tuple(_seen(plan.renewals.observed_retention, age - 1) for age in _RETENTION) for plan in lines
    )
    fitted = tuple(
        tuple(plan.renewals.model.retention([age])[0].item() for age in _RETENTION)
        for plan in lines
        if plan.renewals.model
    )
    return (
        _matrix(
            "retention_seen",
            "Observed retention by month of age",
            say(
                "Share of those who came to the renewal after so many months that stayed. Grey italics: "
                "fewer than {few}.",
                few=_FEW,
            ),
            lines,
            titles,
            seen,
            few=_few(lines, _RETENTION),
            heat=False,
        ),
        _matrix(
            "retention_fitted",
            "Retention by month of age (sBG)",
            "It rises with age because those who leave easily leave first: who has stayed long is worth more.",
            lines,
            titles,
            fitted,
            heat=False,
        ),
    )


def _seen(values: object, age: int) -> float | None:
    found = values[age] if age < len(values) else nan  # type: ignore[index,arg-type]  # a row of figures
    return None if isnan(found) else float(found)


def _few(
    lines: list[PlanFigures] | tuple[PlanFigures, ...], ages: tuple[int, ...]
) -> tuple[tuple[bool, ...], ...]:
    """Mark the ages that too few customers have come to."""
    return tuple(
        tuple(
            age > 0 and (age > plan.renewals.at_risk.size or plan.renewals.at_risk[age - 1] < _FEW)
            for age in ages
        )
        for plan in lines
    )


def _matrix(
    name: str,
    title: str,
    caption: str,
    lines: list[PlanFigures] | tuple[PlanFigures, ...],
    ages: tuple[str, ...],
    values: tuple[tuple[float | None, ...], ...],
    *,
    few: tuple[tuple[bool, ...], ...] = (),
    heat: bool = True,
) -> Matrix:
    return Matrix(
        name=name,
        title=title,
        caption=caption,
        row_header="Months",
        row_titles=tuple(plan.name for plan in lines),
        leading=(),
        leading_values=tuple(() for _ in lines),
        column_titles=ages,
        values=values,
        format="percent",
        immature=few,
        heat=heat,
    )


def survival_chart(material: SubscriptionMaterial) -> Chart | None:
    """Chart observed and projected survival of all plans and of the largest."""
    if not material.every.own:
        return None
    model = material.every.renewals.model
    kept = float(model.survival([12.0])[0]) if model else nan
    lines = _lines(material)
    projected = [plan for plan in lines if plan.renewals.model]
    series = [
        Line("All plans, observed", CellRef("survivors", 0), tone=0),
        Line("All plans, projected", CellRef("projected", 0), tone=0, dashed=True),
    ]
    charted = [plan for plan in projected if plan is not material.every][: _CHARTED - 1]
    for tone, plan in zip((2, 4), charted, strict=False):
        series += [
            Line(say("{name}, observed", name=plan.name), CellRef("survivors", lines.index(plan)), tone=tone),
            Line(
                say("{name}, projected", name=plan.name),
                CellRef("projected", projected.index(plan)),
                tone=tone,
                dashed=True,
            ),
        ]
    return Chart(
        title=say("{kept} of new customers are still there after a year", kept=percent(kept)),
        unit="share still there, by months since the start: solid as observed, dashed as projected",
        kind="line",
        categories=CellRef("survivors", "columns"),
        series=tuple(series),
        format="share",
        category_title="months since the start",
        minimum=0,
    )
