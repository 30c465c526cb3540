"""Small files beside the orders, and words on a terminal: what a stranger puts there does no more than stand there."""

from __future__ import annotations

import io
import json
import os
import sys
import tomllib
from typing import TYPE_CHECKING

import openpyxl
import pytest

from clv_xl import printed
from clv_xl.errors import InputError, OutputError
from clv_xl.orders.aliases import aliases_of_rows
from clv_xl.orders.kinds.limited import Allowance, LimitedReader
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.small_file import MOST_BYTES, small_text, toml_entries
from tests.hostile_files import HOSTILE
from tests.shop_files import as_csv, shop_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name, what in (("pipe", "a pipe or a device"), ("zero", "a pipe or a device"), (".", "a folder")):
        with pytest.raises(InputError, match=what):
            small_text(tmp_path / name)


def test_the_largest_that_is_read_and_the_first_that_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"#" * MOST_BYTES)
    assert len(small_text(path)) == MOST_BYTES
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(InputError, match="larger than"):
        small_text(path)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 9_000, "a = " + "{a=" * 9_000, "a" + ".a" * 101 + " = 1", "a = " + "9" * 5_000]
)
def test_toml_that_nobody_writes_is_no_toml(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        toml_entries(text)


def test_a_chain_of_aliases_is_followed_once() -> None:
    rows = [["customer", "same as"], *([f"c{at}", f"c{at + 1}"] for at in range(20_000))]
    found = aliases_of_rows(SheetRows.of_values(rows, "Aliases"))
    assert len(found) == 20_000
    assert set(found.values()) == {"c20000"}
    assert list(found)[:2] == ["c0", "c1"]


def test_a_long_circle_is_told_in_a_short_sentence() -> None:
    rows = [["customer", "same as"], *([f"c{at}", f"c{(at + 1) % 5_000}"] for at in range(5_000))]
    with pytest.raises(InputError, match="run in a circle: c0 -> c1 ->") as error:
        aliases_of_rows(SheetRows.of_values(rows, "Aliases"))
    assert len(str(error.value)) < 200


def test_a_name_that_is_no_utf8_is_read_and_written(tmp_path: Path, cli: Callable[..., Run]) -> None:
    name = os.fsdecode(b"ordr\xe5.csv")
    (tmp_path / name).write_bytes(as_csv(shop_rows(20)))
    done = cli("check", name, "--json")
    assert done.exit_code == 0, done
    assert json.loads(done.stdout)["files"][0]["name"] == name
    assert "ordr\ufffd.csv" in cli("check", name).stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_terminal_shows_any_word(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    printed.echo("a\x1b]0;owned\x07 å 中 \udcff")
    printed.echo(printed.json_text({"å": "中\x9b\udcff"}))
    stream.flush()
    said, _, told = stream.buffer.getvalue().decode(encoding).partition("\n")  # type: ignore[attr-defined]
    assert "\x1b" not in said
    assert said.startswith("a")
    assert json.loads(told) == {"å": "中\x9b\udcff"}
    assert "\x9b" not in told


def test_nothing_is_printed_around_the_one_way(tmp_path: Path) -> None:
    from tests.office import ROOT

    around = [
        path.name
        for path in (ROOT / "clv_xl").rglob("*.py")
        if "click.echo(" in path.read_text(encoding="utf-8") and path.name != "printed.py"
    ]
    assert around == []


def test_a_wide_sheet_is_read_by_the_process_with_limits(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["x"] * 1_500)
    book.save(tmp_path / "a.xlsx")
    asked = {
        "path": str(tmp_path / "a.xlsx"),
        "as_bytes": False,
        "sheet": None,
        "folder": str(tmp_path),
        "most": 9,
    }
    with LimitedReader("a.xlsx", Allowance(768 << 20, 20, 60), "Do this.") as reader:
        (sheet,) = reader.ask("workbook", **asked)["sheets"]
    assert sheet["size"] == {"rows": 1, "columns": 1_500, "texts": 1_500}


def test_a_full_disk_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with LimitedReader("a.xlsx", Allowance(384 << 20, 2, 60), "Do this.") as reader:
        answer = io.StringIO(
            json.dumps({"failed": "file", "why": "IO Error: No space left on device"}) + "\n"
        )
        with monkeypatch.context() as patch:
            patch.setattr(reader._process, "stdout", answer)
            with pytest.raises(OutputError, match=r"^a\.xlsx: the disk for temporary files is full"):
                reader.ask("workbook")


@pytest.mark.long
def test_the_corpus_runner_finds_no_trouble_in_the_hostile_workbooks(tmp_path: Path) -> None:
    from tests import corpus

    for hostile in HOSTILE[::4]:
        if hostile.file_name.endswith((".xlsx", ".ods")):
            hostile.make(tmp_path)
    assert corpus.main(str(tmp_path)) == 0
