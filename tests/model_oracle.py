"""The textbook's formulas, one customer at a time and slow: what the models are held to.

Nothing here comes from ``clv_xl.models``: gamma and beta functions are Python's own, hypergeometric functions and
integrals scipy's. The formulas are written as the papers print them.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp, lgamma, log
from typing import TYPE_CHECKING

import numpy as np
from scipy.integrate import quad
from scipy.special import hyp2f1, hyperu

if TYPE_CHECKING:
    from pathlib import Path


def log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def add_logs(*terms: float) -> float:
    top = max(terms)
    return top + log(sum(exp(term - top) for term in terms))


# --- BG/NBD: Fader, Hardie and Lee (2005), Marketing Science 24 (2) ---------------------------------------


def bg_log_likelihood(r: float, alpha: float, a: float, b: float, x: float, t_x: float, age: float) -> float:
    """Equation 6, for one customer."""
    common = lgamma(r + x) - lgamma(r) + r * log(alpha) - log_beta(a, b)
    alive = common + log_beta(a, b + x) - (r + x) * log(alpha + age)
    if x == 0:
        return alive
    return add_logs(alive, common + log_beta(a + 1, b + x - 1) - (r + x) * log(alpha + t_x))


def bg_alive(r: float, alpha: float, a: float, b: float, x: float, t_x: float, age: float) -> float:
    gone = 0 if x == 0 else a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    return 1 / (1 + gone)


def bg_expected(
    r: float, alpha: float, a: float, b: float, x: float, t_x: float, age: float, t: float
) -> float:
    """Equation 10."""
    z = t / (alpha + age + t)
    part = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * part * bg_alive(r, alpha, a, b, x, t_x, age)


def bg_expected_new(r: float, alpha: float, a: float, b: float, t: float, terms: int | None = None) -> float:
    """Equation 9, with the hypergeometric series in full, or ended after so many terms as in a workbook."""
    z = t / (alpha + t)
    series = hyp2f1(r, b, a + b - 1, z)
    if terms is not None:
        series = term = 1.0
        for j in range(terms):
            term *= (r + j) * (b + j) / ((a + b - 1 + j) * (j + 1)) * z
            series += term
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * series)


# --- MBG/CNBD-k: Reutterer, Platzer and Schroeder (2021); k = 1 is Batislam et al. (2007) -----------------


def _over_rates(r: float, alpha: float, of_rate: object) -> float:
    """The mean over lambda ~ Gamma(r, alpha), by adaptive quadrature in ln(lambda)."""

    def integrand(u: float) -> float:
        rate = exp(u)
        return of_rate(rate) * exp(r * log(alpha) - lgamma(r) + r * u - alpha * rate)  # type: ignore[operator]

    ends = [-45 / r, -60, -20, -6, -3, -1, 0, 1, 8]
    pairs = [(low, high) for low, high in pairwise(ends) if low < high]
    return sum(float(quad(integrand, low, high, limit=200, epsabs=0, epsrel=1e-10)[0]) for low, high in pairs)


def cnbd_log_likelihood(
    k: int, values: tuple[float, ...], x: int, t_x: float, age: float, log_gaps: float
) -> float:
    """Integrated over the rate: k stages a gap, and after every order, the first included, the chance to leave."""
    r, alpha, a, b = values
    since = age - t_x

    def alive(rate: float) -> float:
        waiting = sum((rate * since) ** j / exp(lgamma(j + 1)) for j in range(k))
        return rate ** (k * x) * exp(-rate * age) * waiting

    def gone(rate: float) -> float:
        return rate ** (k * x) * exp(-rate * t_x)

    stay = exp(log_beta(a, b + x + 1) - log_beta(a, b)) * _over_rates(r, alpha, alive)
    left = exp(log_beta(a + 1, b + x) - log_beta(a, b)) * _over_rates(r, alpha, gone)
    return log(stay + left) + (k - 1) * log_gaps - x * lgamma(k)


def mbg_alive(r: float, alpha: float, a: float, b: float, x: float, t_x: float, age: float) -> float:
    return 1 / (1 + a / (b + x) * ((alpha + age) / (alpha + t_x)) ** (r + x))


def mbg_expected(
    r: float, alpha: float, a: float, b: float, x: float, t_x: float, age: float, t: float
) -> float:
    z = t / (alpha + age + t)
    part = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x + 1, a + b + x, z)
    return (a + b + x) / (a - 1) * part * mbg_alive(r, alpha, a, b, x, t_x, age)


# --- Pareto/NBD: Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model -------------------------


def _a_zero(r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float) -> float:
    power = r + s + x
    high, low, second = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, r + x)

    def at(time: float) -> float:
        base = high + time
        return float(hyp2f1(power, second, power + 1, (high - low) / base)) / base**power

    return at(t_x) - at(age)


def pareto_log_likelihood(
    r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float
) -> float:
    common = lgamma(r + x) - lgamma(r) + r * log(alpha) + s * log(beta)
    inner = (alpha + age) ** -(r + x) * (beta + age) ** -s
    return common + log(inner + s / (r + s + x) * _a_zero(r, alpha, s, beta, x, t_x, age))


def pareto_alive(r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float) -> float:
    factor = s / (r + s + x) * (alpha + age) ** (r + x) * (beta + age) ** s
    return 1 / (1 + factor * _a_zero(r, alpha, s, beta, x, t_x, age))


def pareto_expected(
    r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float, t: float
) -> float:
    part = (
        (r + x)
        * (beta + age)
        / ((alpha + age) * (s - 1))
        * (1 - ((beta + age) / (beta + age + t)) ** (s - 1))
    )
    return part * pareto_alive(r, alpha, s, beta, x, t_x, age)


def pareto_dert(
    r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float, force: float
) -> float:
    """Fader, Hardie and Lee (2005), Journal of Marketing Research 42 (4), equation 2, rewritten given P(alive)."""
    z = force * (beta + age)
    rate = (r + x) / (alpha + age)
    return float(
        pareto_alive(r, alpha, s, beta, x, t_x, age) * rate * (beta + age) * z ** (s - 1) * hyperu(s, s, z)
    )


# --- Gamma-Gamma: Fader and Hardie (2013) -----------------------------------------------------------------


def gamma_gamma_log_likelihood(p: float, q: float, v: float, x: float, mean: float) -> float:
    """Equation 1a."""
    return (
        lgamma(p * x + q)
        - lgamma(p * x)
        - lgamma(q)
        + q * log(v)
        + (p * x - 1) * log(mean)
        + p * x * log(x)
        - (p * x + q) * log(v + mean * x)
    )


def gamma_gamma_expected(p: float, q: float, v: float, x: float, mean: float) -> float:
    """Equation 5: a weighted mean of the population's and the customer's own."""
    weight = (q - 1) / (p * x + q - 1)
    return weight * v * p / (q - 1) + (1 - weight) * mean


# --- sBG: Fader and Hardie (2007), appendix B -------------------------------------------------------------


def sbg_log_likelihood(alpha: float, beta: float, survivors: list[float]) -> float:
    """By the recursion of equation 7."""
    total, left, churn = 0.0, 1.0, alpha / (alpha + beta)
    for period in range(1, len(survivors)):
        if period > 1:
            churn *= (beta + period - 2) / (alpha + beta + period - 1)
        total += (survivors[period - 1] - survivors[period]) * log(churn)
        left -= churn
    return total + survivors[-1] * log(left)


# --- BG/BB: Fader, Hardie and Shang (2010) ----------------------------------------------------------------


def bgbb_log_likelihood(
    alpha: float, beta: float, gamma: float, delta: float, x: int, t_x: int, n: int
) -> float:
    """Equation 5."""
    terms = [
        log_beta(alpha + x, beta + n - x)
        - log_beta(alpha, beta)
        + log_beta(gamma, delta + n)
        - log_beta(gamma, delta)
    ]
    terms += [
        log_beta(alpha + x, beta + t_x - x + i)
        - log_beta(alpha, beta)
        + log_beta(gamma + 1, delta + t_x + i)
        - log_beta(gamma, delta)
        for i in range(n - t_x)
    ]
    return add_logs(*terms)


def bgbb_expected(
    alpha: float, beta: float, gamma: float, delta: float, x: int, t_x: int, n: int, ahead: int
) -> float:
    """Equation 13."""
    front = log_beta(alpha + x + 1, beta + n - x) - log_beta(alpha, beta)
    front += log(delta) + lgamma(gamma + delta) - lgamma(1 + delta)
    first = exp(lgamma(1 + delta + n) - lgamma(gamma + delta + n))
    second = exp(lgamma(1 + delta + n + ahead) - lgamma(gamma + delta + n + ahead))
    likelihood = bgbb_log_likelihood(alpha, beta, gamma, delta, x, t_x, n)
    return exp(front - likelihood) * (first - second) / (gamma - 1)


# --- data -------------------------------------------------------------------------------------------------


def cdnow_lines(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers, days and amounts of a CDNOW file: the master, or the 1/10 sample with one column more."""
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    rows = [row for row in rows if row and row[0].isdigit()]
    last = len(rows[0])
    customers = np.array([int(row[0]) for row in rows])
    dates = [row[last - 3] for row in rows]
    days = np.array([f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in dates], dtype="datetime64[D]")
    return customers, days, np.array([float(row[-1]) for row in rows])


# --- extremes: brute force, where the textbook's functions overflow or lose all digits ---------------------


def pareto_alive_by_panels(
    r: float, alpha: float, s: float, beta: float, x: float, t_x: float, age: float
) -> float:
    """P(alive) by 40-point quadrature in each of 300 panels over the time of leaving, finest after the last order."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    least = min(alpha, beta)
    width = np.log1p((age - t_x) / (least + t_x))
    fall = (least + t_x) * ((r + x) / (alpha + t_x) + (s + 1) / (beta + t_x)) - 1
    edges = np.append(0.0, np.geomspace(min(width, 1e-9 / max(fall, 1e-9)) * 0.999, width, 300))
    size = np.diff(edges)[:, None]
    z = np.log(least + t_x) + edges[:-1, None] + size * (nodes + 1) / 2
    moment = np.exp(z)
    logs = z - (r + x) * np.log(moment + (alpha - least)) - (s + 1) * np.log(moment + (beta - least))
    logs = logs + (r + x) * log(alpha + age) + s * log(beta + age) + np.log(size / 2 * weights)
    top = logs.max()
    odds = log(s) + top + log(np.exp(logs - top).sum())
    return 1 / (1 + exp(min(odds, 700)))


def orders_while_alive_by_trapezoids(a: float, c: float, shape: float, ahead: float) -> float:
    """The mean of (1 - (1 + p ahead)^-shape) / p over p ~ Beta(a, c), by 20,000 trapezoids in ln(p / (1 - p))."""
    low = min(log(a / c), -log(max(shape, 1) * ahead), -log(1 + c)) - 30
    high = max(log(a / c), log(1 + a)) + 30
    v = np.linspace(low, high, 20_001)
    density = np.exp(a * v - (a + c) * np.logaddexp(0, v) - log_beta(a, c))
    p = 1 / (1 + np.exp(-v))
    orders = -np.expm1(-shape * np.log1p(p * ahead)) / p
    values = density * orders
    middle = float(((values[1:] + values[:-1]) * np.diff(v)).sum() / 2)
    # beyond both ends the density is a power, and the orders are at their limit
    return middle + float(values[0] / a + values[-1] / c)
