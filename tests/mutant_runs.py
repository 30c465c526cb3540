"""The plugin of pytest that runs the tests on each mutant of ``tests/mutants.py``, in a fork of this process."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import json
import os
import resource
import time
import warnings
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from collections.abc import Callable

MutantDict = dict[str, Any]
MOST_MEMORY = 6 << 30
SECONDS = 1.5
"""A mutant is tried by the quickest tests that reach it, so long altogether: some are reached by hundreds."""

SLOWER = 10
"""How many times the time of the tests a mutant may take: beyond it hangs, and is noticed."""

LOADING = "only reached while modules are loaded"
"""Makes the records of metrics, once: a fork comes too late, and it is tried in a process of its own."""

FROM_THE_START = "CLV_XL_MUTANT"
"""Names the mutant that such a process loads."""

_active = [os.environ.get(FROM_THE_START, "")]
"""The name of the mutant that is tried."""

_reached: set[str] = set()


def switched(versions: MutantDict, is_classmethod: bool = False) -> Callable[[Any], Any]:
    """Stand in for mutmut's trampoline: a call goes to the mutant that is tried, and to the original without one."""

    def decorate(function: Any) -> Any:
        module = function.__module__

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            original = versions["_mutmut_orig"]
            _reached.add(f"{module}.{original.__name__.removesuffix('_orig')}_")
            chosen = versions.get(_active[0].removeprefix(f"{module}."), original)
            if is_classmethod:
                return getattr(args[0], chosen.__name__)(*args[1:], **kwargs)
            return chosen(*args, **kwargs)

        if not inspect.isgeneratorfunction(function):
            return call

        @functools.wraps(function)
        def generate(*args: Any, **kwargs: Any) -> Any:
            return (yield from call(*args, **kwargs))

        return generate

    return decorate


def pytest_collection(session: pytest.Session) -> None:
    """Let a failing example fail at once: nobody reads the smallest one."""
    settings.register_profile(
        "mutants", settings.get_profile("clv_xl"), phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutants")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the documentation of the mutants themselves, and what looks at source files."""
    items[:] = [item for item in items if "mutmut" not in item.name]


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the tests as they are, then on each mutant those that reach it, the quickest first."""
    loaded = set(_reached)
    reaching: dict[str, list[pytest.Item]] = defaultdict(list)
    seconds: dict[pytest.Item, float] = {}
    names = {id(item): dict(item.dtest.globs) for item in session.items if hasattr(item, "dtest")}
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        _reached.clear()
        began = time.process_time()
        failed = _failed(item, following)
        seconds[item] = time.process_time() - began
        if failed:
            message = f"{item.nodeid} fails without any mutant:\n{failed}"
            raise pytest.UsageError(message)
        for function in _reached:
            reaching[function].append(item)
    # what is there already is not looked at again by the garbage collector, and so stays shared with the forks
    gc.collect()
    gc.freeze()
    mutants = json.loads(Path("mutants.json").read_text(encoding="utf-8"))
    with Path("results.jsonl").open("w", encoding="utf-8") as results:
        for mutant in mutants:
            function = mutant.rpartition("__mutmut_")[0] + "__mutmut_"
            tests = _quickest(reaching[function], seconds)
            if tests:
                killed = _fork(mutant, tests, names, sum(map(seconds.__getitem__, tests)))
                fate = "killed" if killed else "survived"
            else:
                fate = LOADING if function in loaded else "not reached"
            results.write(json.dumps([mutant, fate]) + "\n")
            results.flush()
    return True


def _quickest(tests: list[pytest.Item], seconds: dict[pytest.Item, float]) -> list[pytest.Item]:
    """Those that take no longer altogether than they may; at least one."""
    ordered = sorted(tests, key=seconds.__getitem__)
    until = list(accumulate(map(seconds.__getitem__, ordered)))
    return [test for test, sum_ in zip(ordered, until, strict=True) if sum_ <= SECONDS] or ordered[:1]


def _failed(item: pytest.Item, following: pytest.Item | None) -> str:
    reports = runtestprotocol(item, log=False, nextitem=following)
    return "\n".join(str(report.longrepr) for report in reports if report.failed)


def _run(item: pytest.Item, following: pytest.Item | None) -> None:
    """Run a test without a report of its failure, which takes longer than the test."""
    item.session._setupstate.setup(item)
    with contextlib.suppress(pytest.skip.Exception):
        item.runtest()
    item.session._setupstate.teardown_exact(following)


def _fork(mutant: str, tests: list[pytest.Item], names: dict[int, dict[str, Any]], seconds: float) -> bool:
    """Tell whether a test fails on the mutant."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    code = 1
    try:
        limit = int(seconds * SLOWER + 10)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        _active[0] = mutant
        warnings.simplefilter("error")
        for item, following in zip(tests, [*tests[1:], None], strict=True):
            if hasattr(item, "dtest"):
                item.dtest.globs = names[id(item)]
            item._initrequest()
            _run(item, following)
        code = 0
    except BaseException:  # noqa: BLE001  # whatever it is, the parent is told by the exit code
        pass
    finally:
        os._exit(code)
