"""Reports one after the other in one process: nothing that it holds grows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.many_runs import Held, growth, held_now, run_many

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds stands in /proc")


def test_what_grows_is_seen(tmp_path: Path) -> None:
    before = held_now(0, tmp_path)
    kept = [object.__new__(type("Kept", (), {})) for _ in range(500)]
    block = bytearray(b"x" * (20 << 20))
    with (tmp_path / "file").open("w", encoding="utf-8"):
        after = held_now(10, tmp_path)
    assert len(kept) + len(block) > 0
    assert after.files == before.files + 1
    assert after.objects > before.objects + 400
    assert growth([before, after]) > 1000
    assert after.temporary == 1


def test_growth_is_told_by_the_run() -> None:
    seen = [Held(20, 100.0, 5, 1, 1000, 0), Held(120, 101.0, 5, 1, 1000, 0)]
    assert growth(seen) == pytest.approx(10.24)


@pytest.mark.long
def test_sixty_reports_leave_nothing_behind(tmp_path: Path) -> None:
    first, *_, last = run_many(tmp_path, 60, 20)
    assert (last.files, last.threads, last.temporary) == (first.files, first.threads, 0)
    # each report makes hundreds of thousands of objects
    assert last.objects < first.objects + 1000
    assert growth([first, last]) < 100
