"""Fits and forecasts of the customer-base models, side by side with their peers, on CDNOW and on a million customers.

    python benchmarks/bench_models.py [--customers 1000000] [--runs 3] [--slow-peer] [--pymc PYTHON] [--kept FILE]
                                      [--dry-run]

Each line is measured in a process of its own, on one thread. The peers are lifetimes 0.11.3, whose data folder has
CDNOW, and with --pymc pymc-marketing: the option names a Python of its own that has it, since its dependencies are
hundreds of megabytes. lifetimes' Pareto/NBD takes minutes on a million customers and is measured there only with
--slow-peer. With --kept each measurement is kept in a file (JSON), and one that stands there is not made again: an
interrupted run goes on, and the slow one can be made at night. All get the same frequency, recency and age. The result
is printed, and without --dry-run written into ``benchmarks/README.md``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


from measuring import HERE, ROOT, machine, options, publish

# One thread, so that a figure does not depend on how many cores happen to be idle.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

OURS = {"BG/NBD": "BgNbd", "MBG/NBD": "MbgCnbd", "Pareto/NBD": "ParetoNbd"}
PYMC = {"BG/NBD": "BetaGeoModel", "Pareto/NBD": "ParetoNBDModel"}
PEERS = {"BG/NBD": "BetaGeoFitter", "MBG/NBD": "ModifiedBetaGeoFitter", "Pareto/NBD": "ParetoNBDFitter"}
WEEKS = 52

# The tests' reader of CDNOW, and their simulated shops, are no installed package.
sys.path.insert(0, str(ROOT))


def _cdnow(name: str) -> tuple[Any, Any]:
    from clv_xl.models import histories, purchase_occasions, spending  # noqa: PLC0415  # in the measured process
    from tests.model_oracle import cdnow_lines  # noqa: PLC0415

    spec = importlib.util.find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The data folder of the PyPI package lifetimes has CDNOW: pip install '.[test]'")
    folder = Path(spec.submodule_search_locations[0]) / "datasets"
    shop = purchase_occasions(*cdnow_lines(folder / name))
    import numpy as np  # noqa: PLC0415

    cut = np.datetime64("1997-09-30")
    return histories(shop, cut), spending(shop, cut)


def _simulated(customers: int) -> tuple[Any, Any]:
    """Return a shop that lives as Pareto/NBD and Gamma-Gamma say, with dates in whole days."""
    import numpy as np  # noqa: PLC0415

    from clv_xl.models import Histories, Spending  # noqa: PLC0415

    rng = np.random.default_rng(0)
    rates, leaving = rng.gamma(0.55, 1 / 10.6, customers), rng.gamma(0.6, 1 / 11.7, customers)
    age = np.round(rng.uniform(26, 78, customers) * 7) / 7
    life = np.minimum(rng.exponential(1 / np.maximum(leaving, 1e-12)), age)
    frequency = rng.poisson(rates * life)
    # the last of so many orders at random times
    recency = np.ceil(life * rng.random(customers) ** (1 / np.maximum(frequency, 1)) * 7) / 7
    recency = np.where(frequency > 0, np.minimum(recency, age), 0.0)
    count = frequency + 1.0
    mean = rng.gamma(6.25 * count) / rng.gamma(3.74, 1 / 15.44, customers) / count
    return Histories(frequency, recency, age, "weeks"), Spending(count, mean)


def _load(size: int) -> tuple[Any, Any]:
    files = {2357: "CDNOW_sample.txt", 23570: "CDNOW_master.txt"}
    return _cdnow(files[size]) if size in files else _simulated(size)


def _peer(model: str, seen: Any, spent: Any) -> tuple[float, float]:
    warnings.simplefilter("ignore")  # an archived package on a newer pandas
    import lifetimes  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from clv_xl import models  # noqa: PLC0415

    x, t_x, age = (pd.Series(column) for column in (seen.frequency, seen.recency, seen.age))
    if model == "Gamma-Gamma":
        # the peer refuses what we leave out: customers whose mean amount is 0
        count, mean = (pd.Series(column[spent.counted]) for column in (spent.occasions, spent.mean))
        start = time.perf_counter()
        spender = lifetimes.GammaGammaFitter().fit(count, mean)
        seconds = time.perf_counter() - start
        return seconds, models.GammaGamma(*spender.params_[["p", "q", "v"]]).log_likelihood(spent)
    start = time.perf_counter()
    fitter = getattr(lifetimes, PEERS[model])().fit(x, t_x, age)
    seconds = time.perf_counter() - start
    # the likelihood of the peer's parameters, computed alike: its own is of times in another unit
    kind = getattr(models, OURS[model])
    values = {name: fitter.params_[name] for name in kind.names()}
    return seconds, kind(**values, time_unit="weeks").log_likelihood(seen)


def _ours(model: str, seen: Any, spent: Any) -> tuple[float, float]:
    from clv_xl import models  # noqa: PLC0415
    from clv_xl.models.intervals import forecast  # noqa: PLC0415

    # scipy is loaded before the clock starts, as the peer's import is
    models.Nbd.fit(models.Histories([0, 1], [0, 1], [2, 2], "weeks"))
    if model == "forecast":
        orders, spend = models.ParetoNbd.fit(seen), models.GammaGamma.fit(spent)
        start = time.perf_counter()
        found = forecast(orders, seen, WEEKS, spend, spent)
        return time.perf_counter() - start, found.total_orders.expected
    fitter = models.GammaGamma if model == "Gamma-Gamma" else getattr(models, OURS[model])
    start = time.perf_counter()
    fit = fitter.fit(spent if model == "Gamma-Gamma" else seen)
    return time.perf_counter() - start, fit.log_likelihood


def measure(who: str, model: str, size: int) -> None:
    """Run one line in this process and print what it took, as JSON."""
    seen, spent = _load(size)
    seconds, figure = (_peer if who == "peer" else _ours)(model, seen, spent)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"seconds": seconds, "figure": figure, "megabytes": memory}))


# What pymc-marketing's Python runs: it needs neither clv_xl nor its tests.
PYMC_FIT = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from importlib import metadata
from pymc_marketing import clv
seen = np.load(sys.argv[1])
table = pd.DataFrame({"customer_id": np.arange(seen["age"].size), "frequency": seen["frequency"],
                      "recency": seen["recency"], "T": seen["age"]})
start = time.perf_counter()
model = getattr(clv, sys.argv[2])(data=table)
model.fit(method="map", progressbar=False)
seconds = time.perf_counter() - start
found = model.fit_result
names = [name for name in ("r", "alpha", "a", "b", "s", "beta") if name in found]
print(json.dumps({"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
                  "values": {name: float(found[name].values.ravel()[0]) for name in names},
                  "version": metadata.version("pymc-marketing")}))
"""


def run_pymc(python: str, model: str, size: int, runs: int) -> dict[str, Any]:
    """Return the median seconds of pymc-marketing's MAP fits, and the likelihood of its parameters."""
    import numpy as np  # noqa: PLC0415  # the parent process measures nothing itself

    from clv_xl import models  # noqa: PLC0415

    seen, _ = _load(size)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "seen.npz"
        np.savez(table, frequency=seen.frequency, recency=seen.recency, age=seen.age)
        command = [python, "-c", PYMC_FIT, str(table), PYMC[model]]
        # on the smaller shop one fit before the clock counts: the first of a machine waits for a compiler
        first = 1 if size < 100_000 else 0
        found = [_json_of(command, f"pymc-marketing {model} {size}") for _ in range(first + runs)][first:]
    fitted = getattr(models, OURS[model])(**found[0]["values"], time_unit="weeks")
    return {
        "seconds": median(item["seconds"] for item in found),
        "figure": fitted.log_likelihood(seen),
        "version": found[0]["version"],
    }


def _json_of(command: list[str], what: str) -> dict[str, Any]:
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{what} ended with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return last


class Kept:
    """Measurements that were made before, in a file; without one nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.found: dict[str, Any] = {}
        if file is not None and file.is_file():
            self.found = json.loads(file.read_text(encoding="utf-8"))

    def get(self, what: str, measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return a measurement, made now if it was not before."""
        if what not in self.found:
            self.found[what] = measured()
            if self.file is not None:
                self.file.write_text(json.dumps(self.found, indent=1), encoding="utf-8")
        known: dict[str, Any] = self.found[what]
        return known


def run(who: str, model: str, size: int, runs: int) -> dict[str, float]:
    """Return the medians of so many runs."""
    command = [sys.executable, str(HERE / "bench_models.py"), "--one", who, model, str(size)]
    found = [_json_of(command, f"{who} {model} {size}") for _ in range(runs)]
    return {key: median(item[key] for item in found) for key in found[0]}


def pymc_table(python: str, largest: int, runs: int, kept: Kept) -> list[str]:
    """Measure pymc-marketing against us, pair by pair."""
    lines = []
    version = ""
    for model in PYMC:
        for size in (23570, largest):
            times = 1 if size > 100_000 else runs
            ours = kept.get(f"ours {model} {size}", partial(run, "ours", model, size, runs))
            peer = kept.get(f"pymc {model} {size}", partial(run_pymc, python, model, size, times))
            version = peer["version"]
            gain = ours["figure"] - peer["figure"]
            lines.append(
                f"| {model} | {size:,} | {ours['seconds']:.3f} | {peer['seconds']:.2f} "
                f"| {peer['seconds'] / ours['seconds']:.0f} | {round(gain, 3) + 0.0:+.3f} |"
            )
    return [
        "",
        f"The same against pymc-marketing {version}: its MAP fits with its own priors. The first fit of a machine,",
        "which waits for a compiler, is not in the seconds",
        "",
        "| model | customers | clv_xl, seconds | pymc-marketing, seconds | ratio | log-likelihood above the peer's |",
        "|---|---|---|---|---|---|",
        *lines,
    ]


def table(largest: int, runs: int, kept: Kept, *, slow_peer: bool, pymc: str | None) -> str:
    """Measure everything and return the page's text."""
    lines = [
        f"Fit; median of {runs}, the peer on the largest shop once" if runs > 1 else "Fit; measured once",
        "",
        "| model | customers | clv_xl, seconds | lifetimes, seconds | ratio | log-likelihood above the peer's |",
        "|---|---|---|---|---|---|",
    ]
    for model in (*OURS, "Gamma-Gamma"):
        for size in (2357, 23570, largest):
            ours = kept.get(f"ours {model} {size}", partial(run, "ours", model, size, runs))
            of_peer = f"peer {model} {size}"
            if model == "Pareto/NBD" and size > 100_000 and not slow_peer and of_peer not in kept.found:
                lines.append(f"| {model} | {size:,} | {ours['seconds']:.3f} | not measured (minutes) | | |")
                continue
            peer = kept.get(of_peer, partial(run, "peer", model, size, 1 if size > 100_000 else runs))
            gain = ours["figure"] - peer["figure"]
            lines.append(
                f"| {model} | {size:,} | {ours['seconds']:.3f} | {peer['seconds']:.2f} "
                f"| {peer['seconds'] / ours['seconds']:.0f} | {round(gain, 3) + 0.0:+.3f} |"
            )
    if pymc:
        lines += pymc_table(pymc, largest, runs, kept)
    lines += ["", "Forecast of orders and amounts with intervals for every customer, Pareto/NBD", ""]
    lines += ["| customers | seconds | peak memory, MB |", "|---|---|---|"]
    for size in (2357, 23570, largest):
        ours = kept.get(f"ours forecast {size}", partial(run, "ours", "forecast", size, runs))
        lines.append(f"| {size:,} | {ours['seconds']:.2f} | {ours['megabytes']:.0f} |")
    lines += ["", machine("clv-xl", "numpy", "scipy", "lifetimes", one_core=True)]
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument(
        "--slow-peer", action="store_true", help="measure the peer's Pareto/NBD too: many minutes"
    )
    parser.add_argument("--pymc", metavar="PYTHON", help="a Python that has pymc-marketing: the second peer")
    parser.add_argument(
        "--kept", type=Path, metavar="FILE", help="keep measurements there, and use those that are"
    )
    parser.add_argument(
        "--one", nargs=3, metavar=("WHO", "MODEL", "CUSTOMERS"), help="one line, in this process"
    )
    asked = parser.parse_args()
    if asked.one:
        who, model, size = asked.one
        measure(who, model, int(size))
        return
    kept = Kept(asked.kept)
    result = table(asked.customers, asked.runs, kept, slow_peer=asked.slow_peer, pymc=asked.pymc)
    publish("models", result, dry_run=asked.dry_run)


if __name__ == "__main__":
    main()
