"""Parameters as well as they are known: from the normal approximation at the maximum (Laplace), in their logarithms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from clv_xl.models.even_points import even_sequence
from clv_xl.models.fit import BOUND
from clv_xl.models.records import Parameters
from clv_xl.models.special import compiled

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit

__all__ = ["parameter_draws", "parameter_points"]

Model = TypeVar("Model", bound=Parameters)

_MANY: Final = 4


def _moved(fit: Fit[Model], moves: FloatArray) -> list[Model]:
    """Return the parameters moved by so many standard deviations along the axes of their covariance."""
    logs = np.log(fit.model.values())
    bends, axes = np.linalg.eigh(np.array(fit.covariance))
    spread = axes * np.sqrt(np.maximum(bends, 0.0))
    # signs of axes are arbitrary: the same on every machine
    spread = spread * np.where(spread[np.abs(axes).argmax(axis=0), np.arange(logs.size)] < 0, -1.0, 1.0)
    moved = (moves[:, None, :] * spread).sum(axis=2)
    found = np.exp(np.clip(logs + moved, logs - BOUND, logs + BOUND))
    names = fit.model.names()
    return [replace(fit.model, **dict(zip(names, row.tolist(), strict=True))) for row in found]


def parameter_draws(fit: Fit[Model], rng: np.random.Generator, count: int) -> list[Model]:
    """Draw parameters from the normal approximation at the maximum; without a covariance they stay fixed.

    Draws fill the approximation evenly, from a random start. They come in pairs on both sides of the maximum, so that
    their mean is where it should be, and many of them have the covariance that they should have.

    Examples
    --------
    >>> from clv_xl.models.fit import Fit
    >>> from clv_xl.models.sbg import Sbg
    >>> known = Fit(Sbg(0.7, 1.2), -1680.3, 1000, 631, ((0.0087, 0.0107), (0.0107, 0.0166)))
    >>> len(parameter_draws(known, np.random.default_rng(0), 4))
    4
    """
    if fit.covariance is None:
        return [fit.model] * count
    size = len(fit.covariance)
    half = compiled().ndtri(even_sequence((count + 1) // 2, rng.random(size)))
    if half.shape[0] >= _MANY * size:
        found = np.linalg.cholesky((half[:, :, None] * half[:, None, :]).mean(axis=0))
        half = np.linalg.solve(found, half.T).T
    return _moved(fit, np.stack([half, -half], axis=1).reshape(-1, size)[:count])


def parameter_points(fit: Fit[Model]) -> list[Model]:
    """Return the few parameters that stand for the normal approximation at the maximum: its sigma points.

    Two on each axis of the covariance, on both sides of the maximum: their logarithms have its mean and covariance.

    Examples
    --------
    >>> from clv_xl.models.fit import Fit
    >>> from clv_xl.models.sbg import Sbg
    >>> known = Fit(Sbg(0.7, 1.2), -1680.3, 1000, 631, ((0.0087, 0.0107), (0.0107, 0.0166)))
    >>> len(parameter_points(known))
    4
    """
    if fit.covariance is None:
        return [fit.model]
    size = len(fit.covariance)
    return _moved(fit, np.sqrt(size) * np.vstack([np.eye(size), -np.eye(size)]))
