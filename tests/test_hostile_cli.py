"""Hostile files through the whole command line, wherever a command takes a file: a sentence and an exit code, no more.

That orders are read as they should be is shown elsewhere; here only what must never happen: a traceback, a hang,
gigabytes, a half-written file, something written or run that nobody asked for.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from tests.forked_cli import Ended, run_all
from tests.hostile_files import HOSTILE, ROWS, SIDE_FILES, Hostile
from tests.shop_files import as_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.conftest import Tally

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="forks, and measures as Linux does"
)

OLD = b"an old file that must stay"
# Every way of a file into a command; {file} is the hostile one, {orders} a sound one.
WAYS: dict[str, tuple[str, ...]] = {
    "report": ("report", "{file}", "-o", "out.xlsx"),
    "check": ("check", "{file}", "--set-aside", "aside.csv"),
    "refresh": ("refresh", "{file}", "-o", "out.xlsx"),
    "subscriptions": ("subscriptions", "{file}", "-o", "out.xlsx"),
    "map": ("map", "{file}", "--save", "map.toml"),
    "--customers": ("report", "{orders}", "--customers", "{file}", "-o", "out.xlsx"),
    "--spend": ("report", "{orders}", "--spend", "{file}", "-o", "out.xlsx"),
    "--segment-map": ("report", "{orders}", "--segment-map", "{file}", "-o", "out.xlsx"),
    "--aliases": ("check", "{orders}", "--aliases", "{file}"),
    "--parameters": ("check", "{orders}", "--parameters", "{file}"),
    "--map": ("check", "{orders}", "--map", "{file}"),
    "--brand": ("report", "{orders}", "--brand", "{file}", "-o", "out.xlsx"),
    "-o": ("report", "{orders}", "-o", "{file}"),
}
# These read a file from its first byte to its last; the others share what reads it with them.
WHOLE = ("check", "refresh")
OF_SIDE_FILES = ("--parameters", "--map", "--brand", "--aliases")
QUICK = {"pipe.csv", "laughs.xlsx", "names.xlsx", "escape.csv"}


def runs(
    folder: Path, way: str, files: Sequence[Hostile]
) -> Iterator[tuple[Hostile, Path, dict[str, str], Ended]]:
    """Run one command on each file, in a folder of its own with an old file in it."""
    orders = folder / "orders.csv"
    orders.write_bytes(as_csv(ROWS))
    places = []
    for number, hostile in enumerate(files):
        given, work = folder / f"{number}" / "given", folder / f"{number}" / "work"
        given.mkdir(parents=True)
        work.mkdir()
        file = hostile.make(given)
        (work / "kept.txt").write_bytes(OLD)
        places.append((hostile, file, work, _digests(given)))
    jobs = [
        ([part.format(file=file, orders=orders) for part in WAYS[way]], work) for _, file, work, _ in places
    ]
    for (hostile, _, work, before), ended in zip(places, run_all(jobs), strict=True):
        yield hostile, work, before, ended


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def faults(way: str, work: Path, before: dict[str, str], ended: Ended) -> list[str]:
    """Say what should not have happened."""
    found = []
    if not ended.typed:
        found.append(f"exit code {ended.code}: {ended.err[-400:]!r}")
    if ended.computed > 6 or ended.megabytes > 768:
        found.append(f"{ended.computed:.1f} s and {ended.megabytes:.0f} MB")
    if any(sign in ended.out + ended.err for sign in ("\x1b", "\x07", "\x00")):
        found.append("a sign that a terminal obeys")
    left = {path.name for path in work.rglob("*")} - {"kept.txt"}
    allowed = {"out.xlsx", "aside.csv", "map.toml"} if ended.code == 0 else set()
    if left - allowed or (work / "kept.txt").read_bytes() != OLD:
        found.append(f"left behind: {sorted(left - allowed)}")
    after = _digests(work.parent / "given")
    if (before != after) and not (way == "-o" and ended.code == 0):
        found.append("the input was changed")
    return found


@pytest.mark.parametrize("way", ["report"])
def test_a_hostile_file_ends_in_a_sentence(tmp_path: Path, way: str, tally: Callable[[str], Tally]) -> None:
    _hold(tmp_path, way, [one for one in (*HOSTILE, *SIDE_FILES) if one.file_name in QUICK], tally)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_every_hostile_file_ends_in_a_sentence_wherever_a_file_is_taken(
    tmp_path: Path, way: str, tally: Callable[[str], Tally]
) -> None:
    third = list(WAYS).index(way) % 3
    files = HOSTILE if way in WHOLE else HOSTILE[third::3]
    _hold(tmp_path, way, (*files, *(SIDE_FILES if way in OF_SIDE_FILES else ())), tally)


def _hold(folder: Path, way: str, files: Sequence[Hostile], tally: Callable[[str], Tally]) -> None:
    counted = tally("hostile files through the command line, ended with a typed answer")
    wrong = []
    for hostile, work, before, ended in runs(folder, way, files):
        found = faults(way, work, before, ended)
        counted.add(not found)
        wrong += [f"{way} {hostile.name}: {fault}" for fault in found]
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_a_line_of_a_gigabyte_is_refused(tmp_path: Path, tally: Callable[[str], Tally]) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(b"customer_id,order_date,amount\na,2024-01-05,")
        for _ in range(64):
            file.write(b"1" * (16 << 20))
    (ended,) = run_all([(["check", path], tmp_path)])
    path.unlink()
    assert (ended.code, ended.err.startswith("Error: line.csv has a line of more than")) == (3, True), ended
    assert ended.megabytes < 512
    tally("hostile files through the command line, ended with a typed answer").add(held=True)


@pytest.mark.long
def test_a_macro_in_an_input_is_data_that_nobody_reads(tmp_path: Path) -> None:
    file = next(one for one in HOSTILE if one.file_name == "macro.xlsm").make(tmp_path)
    ended = list(run_all([(["check", file], tmp_path), (["refresh", file], tmp_path)]))
    assert [one.code for one in ended] == [0, 3], ended
    assert sorted(path.name for path in tmp_path.iterdir()) == ["macro.xlsm"]


def test_a_gigabyte_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    with path.open("wb") as file:  # as a full disk may leave it; it takes no room
        file.truncate(1 << 30)
    (ended,) = run_all([(["check", path], tmp_path)])
    assert (ended.code, ended.err.startswith("Error: nothing.csv is not a text file.")) == (3, True), ended
    assert ended.computed < 2  # as it took eight seconds
    assert ended.megabytes < 512
