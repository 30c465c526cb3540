"""Faults at every step of a save: whatever breaks, the old file stands as it was, or the new one is whole.

``test_workbook_atomic.py`` shows each step by itself; here every step of real saves breaks in every way.
"""

from __future__ import annotations

import errno
import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.errors import OutputError
from clv_xl.stopped import Stopped, exit_code_of
from clv_xl.workbook import atomic
from clv_xl.workbook.atomic import atomic_file
from clv_xl.workbook.csv_writer import write_csv
from clv_xl.workbook.list_folder import ListFolder
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Book, Bulk, BulkColumn, Cell, Sheet, Style
from tests.shop_files import as_csv, shop_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Tally

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes and signals of POSIX")

OLD = b"the old file"
INTACT = "fault injection points at which the old file stayed intact"
KILLED = "saves killed at a random moment that left a whole file"
ROUNDS = "rounds of four writers on one file that left a whole one"


def book(rows: int, mark: str = "a") -> Book:
    """A workbook with a long table, whose texts pack badly."""
    dice = random.Random(1)
    texts = [mark + dice.randbytes(12).hex() for _ in range(rows)]
    bulk = Bulk("T", 3, 1, (BulkColumn("text", "text", texts, Style()),), Style())
    return Book("b", date(2024, 1, 1), (Sheet("S", (Cell(1, 1, "a", Style()),), bulk=bulk),))


def save_book(path: Path) -> None:
    write_book(book(1_500), path)


def save_csv(path: Path) -> None:
    write_csv(path, ("a", "b"), [(f"{number}" * 40, number) for number in range(400)])


class Broken:
    """The calls of a save to the system, of which the n-th breaks."""

    def __init__(self, at: int | None, fault: Callable[[], BaseException]) -> None:
        self._at = at
        self._fault = fault
        self.calls: list[str] = []

    def step(self, name: str) -> None:
        self.calls.append(name)
        if self._at == len(self.calls):
            raise self._fault()

    @contextmanager
    def system(self) -> Iterator[None]:
        """Put all calls under this count."""
        with pytest.MonkeyPatch.context() as patch:
            for module, name in (
                (os, "fsync"),
                (os, "fchmod"),
                (os, "replace"),
                (atomic.tempfile, "mkstemp"),
            ):
                patch.setattr(module, name, self._counted(name, getattr(module, name)))
            patch.setattr(os, "fdopen", lambda number, _: io.BufferedRandom(_Raw(number, self)))
            yield

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self.step(name)
            return real(*arguments, **named)

        return called


class _Raw(io.FileIO):
    """A raw file whose writes are counted."""

    def __init__(self, number: int, broken: Broken) -> None:
        super().__init__(number, "r+")
        self._broken = broken

    def write(self, data: Any) -> int:
        self._broken.step("write")
        return super().write(data)


FAULTS: dict[str, tuple[Callable[[], BaseException], type[BaseException]]] = {
    "disk full": (lambda: OSError(errno.ENOSPC, "No space left on device"), OutputError),
    "disk broken": (lambda: OSError(errno.EIO, "Input/output error"), OutputError),
    "disk read-only": (lambda: OSError(errno.EROFS, "Read-only file system"), OutputError),
    "no memory": (MemoryError, MemoryError),
    "told to end": (lambda: Stopped(signal.SIGTERM), Stopped),
    "Ctrl-C": (KeyboardInterrupt, KeyboardInterrupt),
}


@pytest.mark.one_in(6)
@pytest.mark.parametrize("save", [save_csv, save_book], ids=["CSV", "workbook"])
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_step_breaks_the_old_file_stays(
    tmp_path: Path, tally: Callable[[str], Tally], save: Callable[[Path], None], fault: str
) -> None:
    target = tmp_path / "report.xlsx"
    whole = Broken(None, MemoryError)
    with whole.system():
        save(target)
    assert {"mkstemp", "write", "fchmod", "fsync", "replace"} <= set(whole.calls)
    make, expected = FAULTS[fault]
    counted = tally(INTACT)
    # the fsync after the last replace is that of the folder: the new file is in place and whole by then
    for at in range(1, len(whole.calls)):
        target.write_bytes(OLD)
        with Broken(at, make).system(), pytest.raises(expected) as caught:
            save(target)
        held = target.read_bytes() == OLD and [path.name for path in tmp_path.iterdir()] == ["report.xlsx"]
        counted.add(held)
        assert held, (at, whole.calls[at - 1], sorted(tmp_path.iterdir()))
        if isinstance(caught.value, OutputError):
            assert str(target) in str(caught.value)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["disk full", "told to end"])
def test_whatever_step_of_a_folder_of_lists_breaks_every_list_is_whole(
    tmp_path: Path, tally: Callable[[str], Tally], fault: str
) -> None:
    def lists(text: str) -> dict[str, bytes]:
        return {f"{name}.csv": f"id\n{text}\n".encode() * 3_000 for name in ("one", "two", "three")}

    make, expected = FAULTS[fault]
    whole = Broken(None, MemoryError)
    ListFolder(tmp_path / "0").write(lists("old"), b"id\n")
    with whole.system():
        ListFolder(tmp_path / "0").write(lists("new"), b"id\n")
    counted = tally(INTACT)
    placed = [at for at, name in enumerate(whole.calls, start=1) if name == "replace"]
    for at in range(1, len(whole.calls)):
        folder = tmp_path / f"{at}"
        ListFolder(folder).write(lists("old"), b"id\n")
        broke = True
        with Broken(at, make).system(), suppress(expected):
            ListFolder(folder).write(lists("new"), b"id\n")
            broke = False  # a folder that cannot be brought to the disk is let pass: the files are
        found = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
        held = all(found[name] in (lists("old")[name], lists("new")[name]) for name in lists("old"))
        # a disk that fills up does so before the first of them is in its place
        if at <= placed[1] or not broke:
            held = held and found == lists("old" if broke else "new")
        counted.add(held)
        assert held, (at, whole.calls[at - 1])
        assert ListFolder(folder).write(lists("newer"), b"id\n") == ()


# --- memory that ends, and processes that are killed ---------------------------------------------------------


def _in_a_process(work: Callable[[], None]) -> int:
    """Do something in a process of its own, and return its number."""
    child = os.fork()
    if child:
        return child
    try:
        with open(os.devnull, "w") as nothing:  # noqa: PTH123 - a number for dup2
            os.dup2(nothing.fileno(), 2)
        work()
    except BaseException:  # noqa: BLE001 - this process is of no interest any more
        os._exit(1)
    os._exit(0)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("part", range(12))
def test_memory_that_ends_at_any_moment_leaves_the_old_file(
    tmp_path: Path, tally: Callable[[str], Tally], part: int
) -> None:
    memory = pytest.importorskip("_testcapi")
    target = tmp_path / "report.xlsx"
    save_csv(target)
    new = target.read_bytes()
    counted = tally(INTACT)

    def save(allocations: int) -> None:
        # a fault in the middle of ending may leave Python going round in circles
        signal.setitimer(signal.ITIMER_VIRTUAL, 1)
        memory.set_nomemory(allocations, allocations + 3)
        save_csv(target)

    for allocations in range(1 + part * 97, 12_000, 1_200):
        target.write_bytes(OLD)
        os.waitpid(_in_a_process(lambda at=allocations: save(at)), 0)
        held = target.read_bytes() in (OLD, new)
        counted.add(held)
        assert held, allocations
    save_csv(target)
    assert sorted(tmp_path.iterdir()) == [target]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("part", range(4))
def test_a_process_killed_at_any_moment_leaves_a_whole_file(
    tmp_path: Path, tally: Callable[[str], Tally], part: int
) -> None:
    target, dice = tmp_path / "report.xlsx", random.Random(part)
    contents = [letter * 2_000_000 for letter in (b"A", b"B")]

    def save_for_ever() -> None:
        while True:
            for content in contents:
                with atomic_file(target) as handle:
                    for start in range(0, len(content), 100_000):
                        handle.write(content[start : start + 100_000])

    target.write_bytes(contents[0])
    counted = tally(KILLED)
    for _ in range(25):
        child = _in_a_process(save_for_ever)
        time.sleep(dice.uniform(0.001, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        held = target.read_bytes() in contents
        counted.add(held)
        assert held
    with atomic_file(target) as handle:
        handle.write(b"the end")
    assert sorted(tmp_path.iterdir()) == [target]


# --- several at once ------------------------------------------------------------------------------------------


@pytest.mark.one_in(4)
@pytest.mark.parametrize("part", range(4))
def test_four_writers_at_once_leave_a_whole_workbook(
    tmp_path: Path, tally: Callable[[str], Tally], part: int
) -> None:
    target = tmp_path / "report.xlsx"
    contents = []
    for mark in "abcd":
        write_book(book(200, mark), target)
        contents.append(target.read_bytes())

    def save(content: bytes) -> None:
        with atomic_file(target) as handle:
            for start in range(0, len(content), 1_000):
                handle.write(content[start : start + 1_000])

    counted = tally(ROUNDS)
    for _ in range(25):
        children = [_in_a_process(lambda content=content: save(content)) for content in contents]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        held = ended == [0] * 4 and target.read_bytes() in contents and list(tmp_path.iterdir()) == [target]
        counted.add(held)
        assert held, (part, ended)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None


@pytest.mark.long
def test_four_commands_at_once_leave_one_whole_report(tmp_path: Path, cli_program: Path) -> None:
    files = []
    for number in range(4):
        files.append(tmp_path / f"orders{number}.csv")
        files[-1].write_bytes(as_csv(shop_rows(20 + number)))
    alone = []
    for number, file in enumerate(files):
        subprocess.run(
            [cli_program, "report", file, "-o", tmp_path / f"{number}.xlsx", "--quiet"], check=True
        )
        alone.append((tmp_path / f"{number}.xlsx").read_bytes())
    assert len(set(alone)) == 4
    output = tmp_path / "report.xlsx"
    waiting = ("-o", output, "--quiet", "--wait", "120")
    running = [subprocess.Popen([cli_program, "report", file, *waiting]) for file in files]
    assert [process.wait() for process in running] == [0] * 4
    assert output.read_bytes() in alone


# --- what is told --------------------------------------------------------------------------------------------


def test_a_command_that_is_stopped_says_what_it_had_written(
    tmp_path: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from clv_xl import report_file

    (tmp_path / "orders.csv").write_bytes(as_csv(shop_rows(20)))

    def told_to_end(*_: object, **__: object) -> None:
        raise Stopped(signal.SIGTERM)

    monkeypatch.setattr(report_file, "write_lists", told_to_end)
    done = cli("report", "orders.csv", "--set-aside", "aside.csv", "--lists", "lists", "-o", "report.xlsx")
    assert done.exit_code == exit_code_of(Stopped(signal.SIGTERM)) == 143
    assert done.stderr.strip().startswith("Stopped. Complete by then: ")
    assert "aside.csv. Nothing else was written." in done.stderr
    assert not (tmp_path / "report.xlsx").exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (MemoryError(), "memory of this computer does not suffice"),
        (ImportError("algos.so: failed to map segment from shared object"), "memory of this computer"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk for temporary files"),
    ],
)
def test_a_computer_that_is_full_is_told_in_words(
    tmp_path: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str
) -> None:
    from clv_xl import jobs

    def full(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(jobs, "check_orders", full)
    done = cli("check", "orders.csv")
    assert done.exit_code == 4
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_any_other_fault_is_ours_and_is_not_hidden(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from clv_xl import jobs

    def wrong(*_: object, **__: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr(jobs, "check_orders", wrong)
    with pytest.raises(ValueError, match="ours"):
        cli("check", "orders.csv")


# --- files that may not even be looked at -----------------------------------------------------------------------

LONG = "n" * 254
COMMANDS = (
    ("report orders.csv -o {place}/r.xlsx", 4),
    ("report orders.csv -o {place}/r.pdf", 4),
    ("report orders.csv -o r.xlsx --set-aside {place}/a.csv", 4),
    ("report orders.csv -o r.xlsx --all-customers {place}/a.csv", 4),
    ("report orders.csv -o r.xlsx --all-customers {place}/a.parquet", 4),
    ("report orders.csv -o r.xlsx --lists {place}/lists", 4),
    ("report orders.csv -o r.xlsx --customers {place}/c.csv", 3),
    ("report orders.csv -o r.xlsx --spend {place}/c.csv", 3),
    ("report orders.csv -o r.xlsx --parameters {place}/p.toml", 3),
    ("refresh {place}/t.xlsx", 4),
    ("refresh {place}/t.xlsx -o r.xlsx", 3),
    ("check {place}/orders.csv", 3),
    ("check {place}/*.csv", 3),
    ("check orders.csv --set-aside {place}/a.csv", 4),
    ("backtest orders.csv --set-aside {place}/a.csv", 4),
    ("map orders.csv --save {place}/m.toml", 4),
    ("template {place}/t.xlsx", 4),
    ("sample {place}/shop", 4),
    ("subscriptions {place}/x.csv", 3),
    ("subscriptions orders.csv -o {place}/x.xlsx", 4),
)


@pytest.mark.parametrize(("line", "code"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_a_folder_that_may_not_be_entered_is_told_in_words(
    tmp_path: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, line: str, code: int
) -> None:
    """A timer's user often lacks a right: it was told with the insides of Python, as a fault of ours."""
    (tmp_path / "orders.csv").write_bytes(as_csv(shop_rows()))
    place = tmp_path / "theirs"
    place.mkdir()
    for name in ("stat", "lstat", "open", "mkdir", "scandir", "listdir"):
        monkeypatch.setattr(os, name, _forbidding(getattr(os, name), str(place)))
    monkeypatch.setattr(io, "open", _forbidding(io.open, str(place)))
    done = cli(*line.format(place=place).split())
    assert (done.exit_code, "Traceback" in done.stderr) == (code, False), done.stderr
    assert "theirs" in done.stderr
    assert "UTF-8" not in done.stderr


def _forbidding(real: Callable[..., Any], place: str) -> Callable[..., Any]:
    """What root, who may all, is asked for as if it were somebody else."""

    def asked(path: Any = ".", *arguments: Any, **named: Any) -> Any:
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(f"{place}/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return real(path, *arguments, **named)

    return asked


@pytest.mark.parametrize(
    ("line", "code"),
    [(line, code) for line, code in COMMANDS if code == 4 and "lists" not in line and "sample" not in line],
)
def test_a_name_longer_than_a_file_system_takes_is_told_in_words(
    tmp_path: Path, cli: Callable[..., Any], line: str, code: int
) -> None:
    (tmp_path / "orders.csv").write_bytes(as_csv(shop_rows()))
    done = cli(*line.format(place="x").replace("x/", LONG).split())
    assert (done.exit_code, "Traceback" in done.stderr) == (code, False), done.stderr
    assert "long" in done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("report orders.csv -o loop.xlsx", 4),
        ("report orders.csv -o r.xlsx --set-aside loop.xlsx", 4),
        ("report loop.xlsx -o r.xlsx", 3),
        ("check orders.csv --aliases loop.xlsx", 3),
        ("check orders.csv --map loop.xlsx", 3),
        ("report orders.csv -o r.xlsx --lists lists", 4),
        ("map orders.csv --save loop.xlsx", 4),
        ("template loop.xlsx", 4),
    ],
)
def test_a_link_to_itself_is_told_in_words(
    tmp_path: Path, cli: Callable[..., Any], line: str, code: int
) -> None:
    (tmp_path / "orders.csv").write_bytes(as_csv(shop_rows()))
    for name in ("loop.xlsx", "lists"):
        (tmp_path / name).symlink_to(tmp_path / name)
    done = cli(*line.split())
    assert (done.exit_code, "Traceback" in done.stderr) == (code, False), done.stderr
    assert "loop" in done.stderr or "lists" in done.stderr
