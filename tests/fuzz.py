"""Look for inputs that break what reads files, guided by coverage: ``make fuzz``, or one target for longer.

``python -m tests.fuzz TARGET [seconds]``; targets: guard, workbook, csv, toml, cells. Whatever raises an error that is
none of ours is a find: the input is written to ``.cache/fuzz/TARGET``, and belongs into ``tests/hostile_files.py`` or
beside the test of what it broke. Needs the extra ``fuzz``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parent.parent
MINUTES: Final = 1


def fuzz_guard(folder: Path) -> Callable[[bytes], None]:
    """The look at a workbook's bytes before any reader."""
    from clv_xl.errors import ClvXlError
    from clv_xl.orders.guard import check_workbook

    path = folder / "a.xlsx"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        with contextlib.suppress(ClvXlError):
            check_workbook(path)

    return run


def fuzz_workbook(folder: Path) -> Callable[[bytes], None]:
    """What a filled workbook says: its sheet, its texts and its book, put together from the input."""
    from clv_xl.errors import ClvXlError
    from clv_xl.orders.workbook_file import WorkbookFile
    from tests.hostile_files import SHEET, STRINGS, _book

    path, whole = folder / "a.xlsx", _book()
    names = (SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels")

    def run(data: bytes) -> None:
        if not data:
            return
        part = names[data[0] % len(names)]
        text = whole.get(part, b"")
        at = int.from_bytes(data[1:3], "big") % (len(text) + 1)
        cut = int.from_bytes(data[3:4], "big")
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (whole | {part: text[:at] + data[4:] + text[at + cut :]}).items():
                archive.writestr(name, content)
        with contextlib.suppress(ClvXlError):
            book = WorkbookFile(path)
            for title in book.titles:
                book.rows(title)
                book.values(title)

    return run


def fuzz_csv(folder: Path) -> Callable[[bytes], None]:
    """A text file of orders, from its encoding to its account."""
    import duckdb

    from clv_xl.errors import ClvXlError
    from clv_xl.orders import load_orders

    path = folder / "a.csv"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        with duckdb.connect() as connection, contextlib.suppress(ClvXlError):
            intake = load_orders(connection, [path])
            counted = sum(intake.rows_of(outcome) for outcome in ("used", "refund", "set aside"))
            assert counted == intake.rows_read

    return run


def fuzz_toml(folder: Path) -> Callable[[bytes], None]:
    """Parameters, maps and brands."""
    from clv_xl.brand_file import load_brand
    from clv_xl.errors import ClvXlError
    from clv_xl.orders.saved_map import load_map
    from clv_xl.parameters import load_parameters

    path = folder / "a.toml"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        for load in (load_parameters, load_map, load_brand):
            with contextlib.suppress(ClvXlError):
                load(path)

    return run


def fuzz_cells(_: Path) -> Callable[[bytes], None]:
    """Every function in cells, with whatever stands in cells: an answer or an error value, never an exception."""
    from clv_xl.excel.registry import functions

    known = functions()

    def run(data: bytes) -> None:
        if len(data) < 2:
            return
        arguments: object = None
        with contextlib.suppress(ValueError, RecursionError):
            arguments = json.loads(data[1:])
        if isinstance(arguments, list):
            told = known[data[0] % len(known)].outcome(*arguments[:12])
            assert "internal error" not in told.reason, told.reason

    return run


TARGETS: dict[str, Callable[[Path], Callable[[bytes], None]]] = {
    name.removeprefix("fuzz_"): make for name, make in list(globals().items()) if name.startswith("fuzz_")
}


def seeds(target: str) -> list[bytes]:
    """What to begin with: sound inputs, and the hostile ones that are small."""
    from tests.hostile_files import HOSTILE, SIDE_FILES, _book
    from tests.shop_files import as_csv, shop_rows

    endings = {"guard": (".xlsx", ".ods", ".xlsb"), "csv": (".csv",), "toml": (".toml",)}.get(target, ())
    found: list[bytes] = []
    with TemporaryDirectory() as folder:
        for hostile in (*HOSTILE, *SIDE_FILES):
            if hostile.file_name.endswith(endings or ("none",)) and hostile.file_name not in {
                "zero.csv",
                "pipe.csv",
            }:
                path = hostile.make(Path(folder))
                if path.is_file() and path.stat().st_size < 20_000:
                    found.append(path.read_bytes())
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in _book().items():
            archive.writestr(name, content)
    sound: dict[str, list[bytes]] = {
        "guard": [whole.getvalue()],
        "csv": [as_csv(shop_rows(20))],
        "toml": [b'gross_margin = 0.4\nas_of = 2024-12-31\n[columns]\namount = "Sum"\n', b'company = "A"\n'],
        "workbook": [b"\x00\x00\x90\x10" + b'<c r="A1" t="s"><v>1</v></c>'],
        "cells": [bytes([at]) + b'[[["a", 1, null]], "2024-01-31", 0.5, true]' for at in range(40)],
    }
    return found + sound[target]


def main(target: str, seconds: float) -> None:
    """Fuzz one target for so many seconds."""
    try:
        import atheris
    except ImportError:
        sys.exit("Fuzzing needs the extra fuzz: pip install -e '.[dev,fuzz]'")
    corpus = ROOT / ".cache" / "fuzz" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed{number}").write_bytes(seed)
    with TemporaryDirectory() as folder:
        with atheris.instrument_imports(include=["clv_xl"]):
            run: Any = TARGETS[target](Path(folder))
        options = [
            f"-max_total_time={int(seconds)}",
            f"-artifact_prefix={corpus}/find-",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup(
            ["fuzz", *options, "-timeout=20", "-max_len=20000", "-print_final_stats=1", str(corpus)], run
        )
        atheris.Fuzz()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"Usage: python -m tests.fuzz {'|'.join(TARGETS)} [SECONDS]")
    os.chdir(ROOT)
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 60 * MINUTES)
