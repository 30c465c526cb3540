"""Saving completely or not at all: crashes, full disks, locked files and two writers at once.

Whatever happens, the old file is either still there to the byte or replaced by a complete new one.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clv_xl.errors import OutputError
from clv_xl.workbook import atomic
from clv_xl.workbook.atomic import atomic_file, atomic_text

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = b"the old report"
NEW = b"the new report, " * 10_000
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and signals of POSIX")

# What a process does that kills itself at a chosen point of a save: the name of the point, the target.
CRASHING = """
import os, signal, sys, tempfile
from clv_xl.workbook import atomic
point, target = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
after_replace = os.replace
def replace_and_die(*arguments):
    after_replace(*arguments)
    die()
if point == "before replace":
    os.replace = die
elif point == "after replace":
    os.replace = replace_and_die
elif point == "fsync":
    os.fsync = die
elif point == "chmod":
    os.fchmod = die
with atomic.atomic_file(target) as handle:
    for number in range(10):
        handle.write(b"the new report, " * 1_000)
        handle.flush()
        if point == f"write {number}":
            die()
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "report.xlsx"
    path.write_bytes(OLD)
    return path


def save(path: Path, content: bytes = NEW) -> None:
    with atomic_file(path) as handle:
        handle.write(content)


def beside(path: Path) -> list[str]:
    """Everything in the folder but the target."""
    return sorted(entry.name for entry in path.parent.iterdir() if entry != path)


def failing(error: OSError) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_new_file_and_a_replaced_one(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    save(path)
    assert path.read_bytes() == NEW
    save(path, b"again")
    assert path.read_bytes() == b"again"
    assert beside(path) == []


def test_the_old_file_stands_until_the_end(target: Path) -> None:
    with atomic_file(target) as handle:
        handle.write(NEW)
        handle.flush()
        assert target.read_bytes() == OLD
        (temporary,) = beside(target)
        assert temporary.startswith(".report.xlsx.")
        assert temporary.endswith(".tmp")
    assert target.read_bytes() == NEW


@posix
def test_the_temporary_file_is_private(target: Path) -> None:
    target.chmod(0o644)
    with atomic_file(target) as handle:
        handle.write(NEW)
        (temporary,) = beside(target)
        assert stat.S_IMODE((target.parent / temporary).stat().st_mode) == 0o600
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o440, 0o640])
def test_the_mode_of_the_replaced_file_is_kept(target: Path, mode: int) -> None:
    target.chmod(mode)
    save(target)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == NEW


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        save(tmp_path / "report.xlsx")
        assert stat.S_IMODE((tmp_path / "report.xlsx").stat().st_mode) == 0o666 & ~umask
        assert os.umask(umask) == umask
    finally:
        os.umask(before)


@posix
def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "report.xlsx", tmp_path / "link.xlsx"
    real.write_bytes(OLD)
    link.symlink_to(real)
    save(link)
    assert link.is_symlink()
    assert real.read_bytes() == NEW


def test_text_in_the_encoding_and_line_ends_asked_for(tmp_path: Path) -> None:
    with atomic_text(tmp_path / "a.csv") as handle:
        handle.write("beløp\n1\n")
    assert (tmp_path / "a.csv").read_bytes() == "beløp\n1\n".encode()
    with atomic_text(tmp_path / "b.csv", encoding="utf-8-sig", newline="\r\n") as handle:
        handle.write("beløp\n1\n")
    assert (tmp_path / "b.csv").read_bytes() == b"\xef\xbb\xbf" + "beløp\r\n1\r\n".encode()
    with atomic_text(tmp_path / "c.json") as handle:
        json.dump({"a": 1}, handle)
    assert json.loads((tmp_path / "c.json").read_text()) == {"a": 1}


def test_an_error_in_text_leaves_the_old_file(target: Path) -> None:
    def write() -> None:
        with atomic_text(target, encoding="ascii") as handle:
            handle.write("a" * 100_000)
            handle.write("ø")

    with pytest.raises(UnicodeEncodeError):
        write()
    assert target.read_bytes() == OLD
    assert beside(target) == []


# --- failures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ValueError("late"), KeyboardInterrupt(), OSError(errno.ENOENT, "an input")]
)
def test_an_error_of_the_block_passes_untouched(target: Path, error: BaseException) -> None:
    def write() -> None:
        with atomic_file(target) as handle:
            handle.write(NEW)
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error
    assert target.read_bytes() == OLD
    assert beside(target) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "share of the disk"),
        (errno.EIO, "reports an error"),
        (errno.EFBIG, "larger"),
        (errno.EROFS, "read-only"),
    ],
)
def test_a_disk_that_fails_when_the_file_is_brought_to_it(
    target: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    monkeypatch.setattr(os, "fsync", failing(OSError(number, os.strerror(number))))
    with pytest.raises(OutputError, match=words) as caught:
        save(target)
    assert caught.value.exit_code == 4
    assert str(target) in str(caught.value)
    assert "intact" in str(caught.value)
    assert target.read_bytes() == OLD
    assert beside(target) == []


@posix
def test_a_disk_that_really_ends(target: Path) -> None:
    # the size of a file is limited for one process: the system itself refuses the write, in the middle
    script = (
        "import resource, sys\n"
        "from clv_xl.errors import OutputError\n"
        "from clv_xl.workbook.atomic import atomic_file\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))\n"
        "try:\n"
        "    with atomic_file(sys.argv[1]) as handle:\n"
        "        for _ in range(100):\n"
        "            handle.write(b'x' * 1_111)\n"
        "except OutputError as error:\n"
        "    print(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"  # a measured process writes more at its end
    )
    done = subprocess.run([sys.executable, "-c", script, target], capture_output=True, text=True, check=True)
    assert "larger than the disk allows" in done.stdout
    assert done.stderr == ""
    assert target.read_bytes() == OLD
    assert beside(target) == []


class _FailsAtWrite(io.RawIOBase):
    """A raw file whose n-th write finds the disk full, and every write after it."""

    def __init__(self, descriptor: int, allowed: int) -> None:
        self._file = io.FileIO(descriptor, "r+")
        self._allowed = allowed

    def write(self, data: object) -> int | None:
        if not self._allowed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._allowed -= 1
        return self._file.write(data)  # type: ignore[arg-type]

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, *arguments: int) -> int:
        return self._file.seek(*arguments)

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()


@pytest.mark.parametrize("allowed", range(6))
def test_a_disk_that_is_full_at_the_nth_write(
    target: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    monkeypatch.setattr(os, "fdopen", lambda fd, _: io.BufferedRandom(_FailsAtWrite(fd, allowed), 100))

    def write() -> None:
        with atomic_file(target) as handle:
            for _ in range(7):
                handle.write(b"x" * 150)

    with pytest.raises(OutputError, match="disk is full"):
        write()
    assert target.read_bytes() == OLD
    assert beside(target) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder") as caught:
        save(tmp_path / "nowhere" / "report.xlsx")
    assert str(tmp_path / "nowhere") in str(caught.value)


def test_a_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="this is a folder"):
        save(tmp_path)


def test_a_file_where_the_folder_should_be(target: Path) -> None:
    with pytest.raises(OutputError, match="not a folder"):
        save(target / "report.xlsx")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too long"):
        save(tmp_path / ("x" * 300))
    # as long as the file system allows: the temporary name must not be longer
    save(tmp_path / ("å" * 127))
    assert (tmp_path / ("å" * 127)).read_bytes() == NEW


@posix
def test_no_ordinary_file_as_target(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="not an ordinary file"):
        save(tmp_path / "pipe")


def test_a_folder_that_may_not_be_written_to(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # simulated, because tests may run as a user who may do everything
    monkeypatch.setattr(atomic.tempfile, "mkstemp", failing(PermissionError(errno.EACCES, "denied")))
    with pytest.raises(OutputError, match="may not write to that folder"):
        save(target)
    assert target.read_bytes() == OLD


def test_a_folder_that_may_be_written_to_but_not_listed(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", failing(PermissionError(errno.EACCES, "denied")))
        save(target)
    assert target.read_bytes() == NEW


def test_a_target_that_cannot_even_be_looked_at(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", failing(PermissionError(errno.EACCES, "denied")))
        with pytest.raises(OutputError, match="may not write"):
            save(target)
    assert target.read_bytes() == OLD


def test_a_replacement_that_is_forbidden(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", failing(PermissionError(errno.EPERM, "sticky folder")))
    with pytest.raises(OutputError, match="may not write"):
        save(target)
    assert target.read_bytes() == OLD
    assert beside(target) == []


# --- the old file is open in Excel (Windows) ------------------------------------------------------------


def held(code: int) -> PermissionError:
    error = PermissionError(errno.EACCES, "held by another process")
    error.winerror = code
    return error


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_file_held_by_excel_for_a_moment(target: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    attempts = []
    replace = os.replace

    def held_twice(*arguments: Path) -> None:
        attempts.append(arguments)
        if len(attempts) < 3:
            raise held(code)
        replace(*arguments)

    monkeypatch.setattr(os, "replace", held_twice)
    monkeypatch.setattr(atomic.time, "sleep", lambda _: None)
    save(target)
    assert len(attempts) == 3
    assert target.read_bytes() == NEW
    assert beside(target) == []


def test_a_file_held_by_excel_for_long_keeps_the_new_one_beside(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1_000))
    monkeypatch.setattr(os, "replace", failing(held(32)))
    monkeypatch.setattr(atomic.time, "sleep", lambda _: None)
    monkeypatch.setattr(atomic.time, "monotonic", lambda: next(clock) / 10)
    for name in ("report (new).xlsx", "report (new 2).xlsx"):
        with pytest.raises(OutputError, match="most likely Excel") as caught:
            save(target)
        assert f'"{name}"' in str(caught.value)
        assert (target.parent / name).read_bytes() == NEW
    assert next(clock) >= 2 * 25
    assert target.read_bytes() == OLD
    assert beside(target) == ["report (new 2).xlsx", "report (new).xlsx"]


def test_a_name_beside_that_is_taken_in_the_last_moment_is_passed_over(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, rename, tried = iter(range(1_000)), Path.rename, []

    def taken_once(self: Path, to: Path) -> Path:
        tried.append(to.name)
        if len(tried) == 1:
            to.write_bytes(b"another writer's")
            raise FileExistsError(errno.EEXIST, "taken")
        return rename(self, to)

    monkeypatch.setattr(os, "replace", failing(held(5)))
    monkeypatch.setattr(Path, "rename", taken_once)
    monkeypatch.setattr(atomic.time, "sleep", lambda _: None)
    monkeypatch.setattr(atomic.time, "monotonic", lambda: next(clock))
    with pytest.raises(OutputError, match=r"report \(new 2\)\.xlsx"):
        save(target)
    assert tried == ["report (new).xlsx", "report (new 2).xlsx"]
    assert (target.parent / "report (new).xlsx").read_bytes() == b"another writer's"
    assert (target.parent / "report (new 2).xlsx").read_bytes() == NEW
    assert target.read_bytes() == OLD


def test_a_folder_that_takes_no_name_beside_is_told(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000))
    monkeypatch.setattr(os, "replace", failing(held(5)))
    monkeypatch.setattr(Path, "rename", failing(PermissionError(errno.EACCES, "denied")))
    monkeypatch.setattr(atomic.time, "sleep", lambda _: None)
    monkeypatch.setattr(atomic.time, "monotonic", lambda: next(clock))
    with pytest.raises(OutputError, match="may not write"):
        save(target)
    assert target.read_bytes() == OLD
    assert beside(target) == []


def test_a_temporary_file_that_a_scanner_holds_hides_no_error(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "unlink", failing(PermissionError(errno.EACCES, "held")))
    monkeypatch.setattr(os, "fsync", failing(OSError(errno.ENOSPC, "full")))
    with pytest.raises(OutputError, match="disk is full"):
        save(target)
    assert target.read_bytes() == OLD


def test_what_was_put_in_place_is_noted_and_nothing_else(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Path] = []
    with atomic.saves_noted(saved):
        save(target)
        assert saved == []
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", failing(PermissionError(errno.EPERM, "sticky folder")))
            with pytest.raises(OutputError):
                save(target.with_name("other.xlsx"))
    assert saved == [target.resolve()]


# --- killed, and two at once ----------------------------------------------------------------------------


def crash(point: str, target: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASHING, point, target], check=False)
    assert done.returncode == -signal.SIGKILL


@posix
@pytest.mark.parametrize("point", ["write 0", "write 5", "write 9", "chmod", "fsync", "before replace"])
def test_a_killed_save_leaves_the_old_file_and_is_tidied_up_by_the_next(target: Path, point: str) -> None:
    crash(point, target)
    assert target.read_bytes() == OLD
    (leftover,) = beside(target)
    # a file of another target, and one that only looks alike, are none of ours
    for name in (
        ".other.xlsx.abcdefgh.tmp",
        ".report.xlsx.tmp",
        ".report.xlsx.abc.tmp",
        "report.xlsx.abcdefgh.tmp",
    ):
        (target.parent / name).write_bytes(b"")
    save(target)
    assert target.read_bytes() == NEW
    assert leftover not in beside(target)
    assert len(beside(target)) == 4


@posix
def test_killed_when_it_is_done(target: Path) -> None:
    crash("after replace", target)
    assert target.read_bytes() == b"the new report, " * 10_000
    assert beside(target) == []


@posix
def test_a_save_in_progress_is_no_leftover(target: Path) -> None:
    with atomic_file(target) as first:
        first.write(b"first")
        save(target, b"second")
        assert target.read_bytes() == b"second"
        assert len(beside(target)) == 1
    assert target.read_bytes() == b"first"
    assert beside(target) == []


@posix
def test_a_temporary_file_taken_for_a_leftover_is_made_again(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    mkstemp = atomic.tempfile.mkstemp

    def made_and_removed(*arguments: object) -> tuple[int, str]:
        descriptor, name = mkstemp(*arguments)
        made.append(name)
        if len(made) == 1:
            Path(name).unlink()
        return descriptor, name

    monkeypatch.setattr(atomic.tempfile, "mkstemp", made_and_removed)
    save(target)
    assert len(made) == 2
    assert target.read_bytes() == NEW
    assert beside(target) == []


def test_where_locks_are_unknown_nothing_is_taken_for_a_leftover(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover = target.parent / ".report.xlsx.abcdefgh.tmp"
    leftover.write_bytes(b"perhaps somebody's")
    monkeypatch.setattr(atomic.fcntl, "flock", failing(OSError(errno.ENOLCK, "no locks")))
    save(target)
    assert target.read_bytes() == NEW
    assert leftover.exists()


def test_eight_writers_at_once_leave_one_complete_file(target: Path) -> None:
    contents = [bytes([65 + number]) * 300_000 for number in range(8)]
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def write(content: bytes) -> None:
        start.wait()
        try:
            for _ in range(10):
                save(target, content)
        except OutputError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert target.read_bytes() in (OLD, *contents)
    for writer in writers:
        writer.join()
    assert failures == []
    assert target.read_bytes() in contents
    assert beside(target) == []


@posix
def test_two_processes_at_once_leave_one_complete_file(target: Path) -> None:
    script = (
        "import sys\n"
        "from clv_xl.workbook.atomic import atomic_file\n"
        "for _ in range(40):\n"
        "    with atomic_file(sys.argv[1]) as handle:\n"
        "        handle.write(sys.argv[2].encode() * 200_000)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, target, letter]) for letter in "AB"]
    assert [process.wait() for process in running] == [0, 0]
    assert target.read_bytes() in (b"A" * 200_000, b"B" * 200_000)
    assert beside(target) == []
