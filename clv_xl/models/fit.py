"""Maximum likelihood: the optimum, its Hessian, and what both say about the data.

Parameters are positive, so all steps are taken in their logarithms. Likelihoods are means for one customer, so
that a shop of a hundred customers and one of a million stop by the same rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

import numpy as np

from clv_xl.models.cautions import Caution
from clv_xl.models.records import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.metrics.arguments import BoolArray, FloatArray

    Objective: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray]]
    """The log-likelihood of the parameters' logarithms, a mean for one customer, and its gradient."""

__all__ = [
    "BOUND",
    "Fit",
    "Optimum",
    "covariance_of",
    "drawn_towards",
    "in_logs",
    "lead_over",
    "maximise",
    "maximise_by_stages",
    "refine",
]

Model_co = TypeVar("Model_co", bound=Parameters, covariant=True)

BOUND: Final = math.log(1e6)
"""No parameter is searched for beyond a million, or below a millionth, of its natural size."""

_AT_BOUND: Final = BOUND - 1e-3
"""From here on a parameter stands at the bound: the climb may stop short of it by some last digits."""

STEP: Final = 1e-4
LARGEST_ERROR: Final = 3.0
"""A parameter known no better than to a factor of exp(3) has no usable standard error."""

LONGEST_STEP: Final = 1.5
"""In one step no parameter changes by more than a factor of exp(1.5)."""

_ITERATIONS: Final = 200
_IDLE: Final = 4
_FLAT: Final = 1e-7
_ROUGHLY: Final = 1e-2
_LARGE: Final = 10
_TOLERANCE: Final = 1e-11
_REFINEMENTS: Final = 8
_GAIN: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Fit(Generic[Model_co]):
    """A fitted model, and how well it is known.

    Attributes
    ----------
    model : Parameters
        The parameters at the maximum.
    log_likelihood : float
        Of all customers, in the model's unit of time.
    customers, repeat_customers : float
        Whom it was fitted on; for amounts, those with an amount.
    covariance : tuple of tuple of float or None
        Of the natural logarithms of the parameters; None when the Hessian says nothing usable.
    cautions : tuple of Caution
        What a reader must know; empty when all is well.
    """

    model: Model_co
    log_likelihood: float
    customers: float
    repeat_customers: float
    covariance: tuple[tuple[float, ...], ...] | None
    cautions: tuple[Caution, ...] = ()

    @property
    def usable(self) -> bool:
        """False when the fit must not be used for predictions."""
        return not any(item.unusable for item in self.cautions)

    @property
    def standard_errors(self) -> tuple[float, ...]:
        """The standard error of each parameter, from the Hessian; NaN when that is unusable."""
        values = self.model.values()
        if self.covariance is None:
            return (math.nan,) * len(values)
        return tuple(
            value * math.sqrt(row[place])
            for place, (value, row) in enumerate(zip(values, self.covariance, strict=True))
        )

    def has(self, code: str) -> bool:
        """Tell whether a caution of this code was raised."""
        return any(item.code == code for item in self.cautions)


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where a search ended.

    Attributes
    ----------
    logs : ndarray of float64
        The logarithms of the parameters.
    value : float
        The mean log-likelihood there.
    information : ndarray of float64
        The negative Hessian of the mean log-likelihood, in the logarithms.
    converged : bool
        True when the gradient is 0 there, or points out of the range that is searched.
    """

    logs: FloatArray
    value: float
    information: FloatArray
    converged: bool

    @property
    def values(self) -> FloatArray:
        """The parameters."""
        found: FloatArray = np.exp(self.logs)
        return found


def in_logs(total: Callable[[FloatArray], tuple[float, FloatArray]], weight: float) -> Objective:
    """Turn a summed log-likelihood of parameters into a mean one of their logarithms."""

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        values = np.exp(logs)
        value, gradient = total(values)
        return value / weight, gradient * values / weight

    return objective


def drawn_towards(objective: Objective, centre: FloatArray, spread: FloatArray, weight: float) -> Objective:
    """Lower a mean log-likelihood of so many customers by how far the logarithms are from a centre.

    As if they were normal around it: a weak prior, whose maximum is the most likely of all parameters.

    Examples
    --------
    >>> flat = drawn_towards(lambda logs: (0.0, np.zeros(1)), np.ones(1), np.ones(1), 2)
    >>> flat(np.zeros(1))
    (-0.25, array([0.5]))
    """

    def lowered(logs: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = objective(logs)
        away = (logs - centre) / spread
        return value - float((away**2).sum()) / (2 * weight), gradient - away / (spread * weight)

    return lowered


def _information(objective: Objective, logs: FloatArray) -> FloatArray:
    """Return the negative Hessian as central differences of the analytic gradient."""
    columns = []
    for place in range(logs.size):
        step = np.zeros(logs.size)
        step[place] = STEP
        columns.append((objective(logs - step)[1] - objective(logs + step)[1]) / (2 * STEP))
    found = np.array(columns)
    return (found + found.T) / 2


def _newton_step(information: FloatArray, gradient: FloatArray, flat: float = 1e-10) -> FloatArray:
    """Return the step uphill; directions in which the likelihood does not bend are not taken."""
    bends, axes = np.linalg.eigh(information)
    along = (axes * gradient[:, None]).sum(axis=0)
    firm = bends > max(float(bends.max()), 0.0) * flat
    lengths = np.where(firm, along / np.where(firm, bends, 1.0), 0.0)
    step: FloatArray = (axes * lengths).sum(axis=1)
    return step


def _outwards(logs: FloatArray, gradient: FloatArray) -> BoolArray:
    """Tell which parameters stand at the end of the range that is searched, with the likelihood still rising."""
    return np.asarray((np.abs(logs) >= _AT_BOUND) & (gradient * logs > 0))


def _climb(
    objective: Objective, start: FloatArray, curvature: FloatArray | None = None, flat: float = _FLAT
) -> tuple[FloatArray, float, FloatArray]:
    """Climb by BFGS steps with backtracking; return where it ended, the value and the gradient there."""
    logs = np.clip(start, -BOUND, BOUND)
    value, gradient = objective(logs)
    fresh, idle = curvature is None, 0
    if curvature is None:
        curvature = np.eye(logs.size) * max(float(np.abs(gradient).max()), 1e-3)
    for _ in range(_ITERATIONS):
        slope = np.where(_outwards(logs, gradient), 0.0, gradient)
        if np.abs(slope).max() < flat:
            break
        step = _newton_step(curvature, slope)
        if not float((step * slope).sum()) > 0:
            step = slope
        step *= min(1.0, LONGEST_STEP / float(np.abs(step).max()))
        length, moved, there, new = _backtrack(objective, logs, value, slope, step)
        if length == 0:
            if fresh:
                break
            curvature, fresh = np.eye(logs.size) * float(np.abs(slope).max()), True
            continue
        taken, turned = moved - logs, gradient - new
        across = float((taken * turned).sum())
        if across > 1e-14:
            if fresh:
                curvature = np.eye(logs.size) * float((turned * turned).sum()) / across
            curvature = _bfgs(curvature, taken, turned)
            fresh = False
        # on a ridge without an end, as in degenerate data, the value stands still long before the gradient does
        idle = idle + 1 if there - value < 1e-12 * (1 + abs(value)) else 0
        logs, value, gradient = moved, there, new
        if idle == _IDLE:
            break
    return logs, value, gradient


def _bfgs(curvature: FloatArray, taken: FloatArray, turned: FloatArray) -> FloatArray:
    """Return the curvature corrected by how the gradient turned along a step."""
    across = float((taken * turned).sum())
    push = (curvature * taken).sum(axis=1)
    along = float((taken * push).sum())
    if not (across > 0 and along > 0):
        return curvature
    gained, lost = np.multiply.outer(turned, turned), np.multiply.outer(push, push)
    return np.asarray(curvature + gained / across - lost / along)


def _backtrack(
    objective: Objective, logs: FloatArray, value: float, slope: FloatArray, step: FloatArray
) -> tuple[float, FloatArray, float, FloatArray]:
    """Return the share of the step that raises the value enough (0 when none does), and where it leads."""
    length = 1.0
    while length > 1e-9:
        moved = np.clip(logs + length * step, -BOUND, BOUND)
        there, new = objective(moved)
        gain = float((slope * (moved - logs)).sum())
        # near the optimum the value has no digits left to rise in: there the gradient must fall
        if there >= value + 1e-4 * gain or (
            there >= value - 1e-13 * abs(value) and np.abs(new).max() < np.abs(slope).max()
        ):
            return length, moved, there, new
        length /= 2 if length > 0.1 else 8
    return 0.0, logs, value, slope


def maximise(objective: Objective, start: FloatArray, curvature: FloatArray | None = None) -> Optimum:
    """Search from ``start`` (logarithms) for the parameters with the highest likelihood.

    Where the negative Hessian near there is known from a coarser copy of the data, it is taken for the first steps.

    Examples
    --------
    >>> def bell(logs):
    ...     return -float(((logs - 1) ** 2).sum()), -2 * (logs - 1)
    >>> found = maximise(bell, np.zeros(2))
    >>> found.logs.round(6).tolist(), found.converged
    ([1.0, 1.0], True)
    """
    logs, value, gradient = _climb(objective, start, curvature)
    information = _information(objective, logs)
    # two Newton steps give the last digits, which the climb cannot see in the value
    for _ in range(2):
        free = ~_outwards(logs, gradient)
        bent, slope = information * np.outer(free, free), gradient * free
        step = _newton_step(bent, slope)
        if np.abs(step).max() > 0.1:
            # along a ridge the best place is anywhere, but the search has to come to its top
            step = _newton_step(bent, slope, 1e-3)
        if np.abs(step).max() > 0.1:
            break
        moved = np.clip(logs + step, -BOUND, BOUND)
        there, new = objective(moved)
        if np.abs(new).max() >= np.abs(gradient).max():
            break
        logs, value, gradient = moved, there, new
    rest = np.where(_outwards(logs, gradient), 0.0, gradient)
    return Optimum(logs, value, information, converged=bool(np.abs(rest).max() < 1e-5))


def lead_over(
    value: float,
    simpler: Callable[[FloatArray], tuple[float, FloatArray]],
    near: Optimum,
    weight: float,
    decides: float,
) -> float:
    """Return by how much a log-likelihood is above the highest of a simpler model.

    Parameters
    ----------
    value, weight : float
        The log-likelihood, and the number of customers.
    simpler : callable
        The summed log-likelihood of the other's two parameters, and its gradient.
    near : Optimum
        Of a model whose first two parameters mean the same: there the search starts.
    decides : float
        A lead above ten times this is told as a rough search found it at rest: nearly exact, and never too small.

    Examples
    --------
    >>> def bell(values):
    ...     return -100 * float(((values - 1) ** 2).sum()), -200 * (values - 1)
    >>> round(lead_over(90.0, bell, Optimum(np.full(2, 0.3), 0.0, np.eye(2), True), 100.0, 2.0), 3)
    90.0
    """
    objective, start, flat = in_logs(simpler, weight), near.logs[:2], _ROUGHLY / math.sqrt(weight)
    logs, highest, gradient = _climb(objective, start, near.information[:2, :2], flat)
    at_rest = np.abs(gradient * ~_outwards(logs, gradient)).max() < flat
    if not at_rest or value - weight * highest <= _LARGE * decides:
        highest = maximise(objective, start).value
    return value - weight * highest


def maximise_by_stages(objective: Objective, coarser: Objective, start: FloatArray) -> Optimum:
    """Search on a coarser copy of the data first, and from where that ends on the data: a few steps do then.

    Examples
    --------
    >>> def bell(top):
    ...     return lambda logs: (-float(((logs - top) ** 2).sum()), -2 * (logs - top))
    >>> maximise_by_stages(bell(1.0), bell(0.9), np.zeros(2)).logs.round(6).tolist()
    [1.0, 1.0]
    """
    first = maximise(coarser, start)
    if not first.converged or not np.linalg.eigvalsh(first.information).min() > 0:
        return maximise(objective, start)
    return maximise(objective, first.logs, first.information)


def refine(objective: Objective, first: Optimum) -> Optimum:
    """Climb to the optimum of all rows from that of a coarser copy, by quasi-Newton steps.

    The copy's Hessian is nearly that of all rows, so that a few steps do; each step corrects it (BFGS).
    """
    logs = first.logs
    value, gradient = objective(logs)
    curvature = first.information.copy()
    for _ in range(_REFINEMENTS):
        step = _newton_step(curvature, gradient)
        expected = float((step * gradient).sum())
        if expected < _TOLERANCE:
            return Optimum(logs, value, curvature, converged=first.converged)
        moved = np.clip(logs + step, -BOUND, BOUND)
        there, slope = objective(moved)
        if there < value - _GAIN:
            return maximise(objective, logs)
        curvature = _bfgs(curvature, moved - logs, gradient - slope)
        logs, value, gradient = moved, there, slope
    return maximise(objective, logs)


def covariance_of(optimum: Optimum, weight: float) -> tuple[tuple[float, ...], ...] | None:
    """Return the covariance of the logarithms for so many customers, or None if it is unusable.

    Examples
    --------
    >>> covariance_of(Optimum(np.zeros(1), 0.0, np.array([[4.0]]), True), 100)
    ((0.0025,),)
    """
    information = optimum.information * weight
    if not np.isfinite(information).all() or (np.abs(optimum.logs) >= _AT_BOUND).any():
        return None
    bends, axes = np.linalg.eigh(information)
    if bends.min() <= max(float(bends.max()), 0.0) * 1e-10:
        return None
    covariance = (axes / bends) @ axes.T
    if np.sqrt(np.diag(covariance)).max() > LARGEST_ERROR:
        return None
    return tuple(tuple(float(value) for value in row) for row in covariance)


ERRORS_UNKNOWN: Final = Caution(
    "errors_unknown",
    "The data do not tell how exactly the parameters are known: the likelihood is nearly flat in one direction.",
    "Intervals hold the parameters fixed and are too narrow.",
)

NOT_CONVERGED: Final = Caution(
    "not_converged",
    "The search for the best parameters did not come to rest.",
    "It is not used for predictions.",
    unusable=True,
)
