"""Libraries that are loaded ahead: an error that ends the program is all that is said."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from clv_xl.loaded_ahead import loaded_ahead

if TYPE_CHECKING:
    from pathlib import Path

SLOW = "import time\ntime.sleep(0.1)\ndone = True\n"


@pytest.fixture
def slow_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    names = "slow_to_load_one", "slow_to_load_two"
    for name in names:
        (tmp_path / f"{name}.py").write_text(SLOW, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return names


def _fail_while_loading(first: str, second: str) -> None:
    with loaded_ahead(first, second):
        while first not in sys.modules:  # the thread has begun
            time.sleep(0.001)
        raise ValueError("no such file")


def test_nothing_is_being_loaded_any_more_where_the_work_failed(slow_modules: tuple[str, str]) -> None:
    first, second = slow_modules
    with pytest.raises(ValueError, match="no such file"):
        _fail_while_loading(first, second)
    assert not [thread for thread in threading.enumerate() if thread.name == "loading ahead"]
    assert sys.modules[first].done
    assert second not in sys.modules
