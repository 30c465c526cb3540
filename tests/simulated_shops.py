"""Shops whose customers live the process that a model assumes, drawn with known parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clv_xl.models import Histories

Array = np.ndarray


@dataclass(frozen=True)
class Shop:
    """What was known at the as-of time, and how many orders came in the horizon after it."""

    known: Histories
    later: Array


def _count(times: list[Array], ages: Array, horizon: float) -> Shop:
    """Summarise rounds of order times; infinity where a customer has no further order."""
    table = np.array(times) if times else np.full((1, ages.size), np.inf)
    within = table <= ages
    frequency = within.sum(axis=0).astype(float)
    recency = np.where(within, table, 0).max(axis=0)
    later = ((table > ages) & (table <= ages + horizon)).sum(axis=0)
    gaps = np.diff(np.vstack([np.zeros(ages.size), np.where(within, table, np.nan)]), axis=0)
    log_gaps = float(np.nansum(np.log(np.where(np.isnan(gaps), 1.0, gaps))))
    return Shop(Histories(frequency, recency, ages, "weeks", log_gaps=log_gaps), later.astype(float))


def pareto_shop(rng: np.random.Generator, values: tuple[float, ...], ages: Array, horizon: float) -> Shop:
    r, alpha, s, beta = values
    size = ages.size
    rates, leaving = rng.gamma(r, 1 / alpha, size), rng.gamma(s, 1 / beta, size)
    end = rng.exponential(1, size) / np.maximum(leaving, 1e-12)
    now, times = np.zeros(size), []
    until = np.minimum(end, ages + horizon)
    while True:
        now = now + rng.exponential(1, size) / np.maximum(rates, 1e-12)
        now = np.where(now <= until, now, np.inf)
        if not np.isfinite(now).any():
            return _count(times, ages, horizon)
        times.append(now)


def beta_geometric_shop(
    rng: np.random.Generator,
    values: tuple[float, ...],
    ages: Array,
    horizon: float,
    *,
    k: int = 1,
    at_first: bool = True,
) -> Shop:
    """MBG/CNBD-k, or BG/NBD when nobody leaves after the first order."""
    r, alpha, a, b = values
    size = ages.size
    rates, leaving = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size)
    now, times = np.zeros(size), []
    if at_first:
        now = np.where(rng.random(size) < leaving, np.inf, now)
    while True:
        now = now + rng.gamma(k, 1, size) / np.maximum(rates, 1e-12)
        now = np.where(now <= ages + horizon, now, np.inf)
        if not np.isfinite(now).any():
            return _count(times, ages, horizon)
        times.append(now)
        now = np.where(rng.random(size) < leaving, np.inf, now)
