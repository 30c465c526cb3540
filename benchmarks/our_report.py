"""One report in this process, stage by stage: what `bench_report.py` runs to see where the time goes.

    python our_report.py orders.csv out.xlsx

prints one line of JSON: for each stage its name, CPU seconds with those of child processes, and the peak of memory
so far in MB.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before NumPy is imported

import gc
import json
import resource
from pathlib import Path

UNIT = 1 if sys.platform == "darwin" else 1024
# the steps that the report tells of, by how their words begin, and the stage that each opens
STAGES = {
    "Reading": "reading",
    "Grouping": "grouping by customer",
    "Predicting": "models and forecasts",
    "Writing the pages": "pages",
    "Writing": "writing",
}
OTHER = "all other figures"


def spent() -> tuple[float, float]:
    """Return the CPU seconds and the peak memory so far, the seconds with those of child processes."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return cpu, max(own.ru_maxrss, children.ru_maxrss) * UNIT / 1e6


def main() -> None:
    """Make the report, and print what each stage took."""
    from clv_xl.jobs import make_report  # noqa: PLC0415 - the setting above has to come first
    from clv_xl.orders import ReadOptions  # noqa: PLC0415
    from clv_xl.parameters import Parameters  # noqa: PLC0415

    gc.disable()  # as the command line does
    stages: dict[str, tuple[float, float]] = {}
    now, since = "starting", 0.0

    def close() -> None:
        nonlocal since
        cpu, peak = spent()
        stages[now] = (stages.get(now, (0.0, 0.0))[0] + cpu - since, peak)
        since = cpu

    def step(words: str) -> None:
        nonlocal now
        close()
        now = next((stage for begin, stage in STAGES.items() if words.startswith(begin)), OTHER)

    make_report([Path(sys.argv[1])], Path(sys.argv[2]), ReadOptions(), Parameters(), replace=True, step=step)
    close()
    print(json.dumps([[name, cpu, peak] for name, (cpu, peak) in stages.items()]))


if __name__ == "__main__":
    main()
