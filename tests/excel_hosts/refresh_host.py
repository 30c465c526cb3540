"""Starts the process in which simulated workbooks are refreshed; see ``refresh_worker.py``."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from tests.office import ROOT

if TYPE_CHECKING:
    from types import TracebackType

    from tests.excel_hosts.live_excel import LiveExcel


class RefreshHost:
    """A process with xlwings' remote engine, until the end of the with block."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.excel_hosts.refresh_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def refresh(self, host: LiveExcel, way: str = "remote", fail_at: int | None = None) -> LiveExcel:
        """Click Refresh report, and return the workbook as it is then."""
        job = pickle.dumps({"host": host, "way": way, "fail_at": fail_at})
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(struct.pack("<Q", len(job)) + job)
        self._process.stdin.flush()
        head = self._process.stdout.read(8)
        assert head, "the refreshing process ended"
        answer = pickle.loads(self._process.stdout.read(struct.unpack("<Q", head)[0]))
        assert "error" not in answer, answer["error"]
        return answer["host"]
