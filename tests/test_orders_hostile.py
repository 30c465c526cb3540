"""Hostile files: each is refused in words, or read where it does no harm; whoever reads them goes on."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import time
import zipfile

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.guard import check_workbook
from clv_xl.orders.kinds import workbook_sheets
from clv_xl.orders.kinds.limited import Allowance, LimitedReader
from clv_xl.orders.workbook_file import WorkbookFile
from tests.forked_cli import unmeasured
from tests.hostile_files import HOSTILE, wide

# Those that tell most in little time: a guard, the exact look, the process with limits, each kind of file once.
QUICK = (
    "laughs.xlsx", "web.xlsx", "quotes.xlsx", "disguise.xlsx", "row64.xlsx", "negative.xlsx", "dimension.xlsx",
    "overlap.xlsx", "bzip2.xlsx", "lzma.zip", "links.xlsx", "rows.ods", "noise.xls", "out.zip", "nested.zip",
    "utf32.csv", "torn.sqlite", "footer.parquet", "folder", "pipe.csv", "zero.csv",
)  # fmt: skip

READ = """
import json, resource, sys, time
from pathlib import Path
import duckdb
from clv_xl.errors import InputError
from clv_xl.orders import load_orders
def computed():
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in whose)
with duckdb.connect() as connection:
    before, started = time.perf_counter(), computed()
    said = ""
    try:
        rows = load_orders(connection, [Path(sys.argv[1])]).rows_read
    except InputError as error:
        rows, said = 0, str(error)
    seconds = time.perf_counter() - before
used = computed() - started
# a process shows no less in ru_maxrss than the one that started it, here the whole test run
status = Path("/proc/self/status")
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if status.exists():
    own = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
most = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps({"rows": rows, "said": said, "seconds": seconds, "used": used, "megabytes": most / 1024}))
"""


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def test_there_are_enough_and_no_two_have_one_name():
    names = [hostile.file_name for hostile in HOSTILE]
    assert len(names) == len(set(names)) >= 40
    assert set(QUICK) <= set(names)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "hostile", [one for one in HOSTILE if one.name.partition(": ")[2] in QUICK], ids=lambda one: one.name
)
def test_a_hostile_file_is_refused_in_words(connection, tmp_path, hostile):
    path = hostile.make(tmp_path)
    if hostile.is_read:
        assert load_orders(connection, [path]).rows_read
        return
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value).startswith((path.name, str(path)))
    assert str(error.value).endswith((".", "it once."))


@pytest.mark.long
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda one: one.name)
def test_a_hostile_file_takes_little_and_harms_nobody(tmp_path, hostile, tally):
    counted = tally("hostile files read: a typed verdict within 2 s and 512 MB")
    counted.begin()
    path = hostile.make(tmp_path)
    before = sorted(tmp_path.iterdir())
    command = [sys.executable, "-c", READ, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, env=unmeasured())
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert bool(told["rows"]) == hostile.is_read, told["said"]
    assert hostile.is_read or path.name in told["said"]
    # what the reader and the process that opens the file compute, from the first look on: the clock is no measure on a
    # machine with other work, and only shows that nothing hangs
    assert told["used"] < 2, told
    assert told["seconds"] < 120, told
    assert told["megabytes"] < 512, told
    assert sorted(tmp_path.iterdir()) == before
    counted.held()


@pytest.mark.long
def test_work_grows_with_the_columns_and_not_with_their_square(connection, tmp_path):
    # one of a public corpus, of 16,384 columns, took 25 s of computing
    took = []
    for columns in (100, 4_096, 16_384):
        path = tmp_path / f"{columns}.xlsx"
        wide(path, columns)
        runs = []
        for _ in range(3):  # the quickest one: other work on the machine makes either slower
            start = time.process_time()
            with pytest.raises(InputError, match="no header row"):
                load_orders(connection, [path])
            runs.append(time.process_time() - start)
        took.append(min(runs))
    # with the columns four times, with their square sixteen times
    assert took[2] < 10 * took[1], took


@pytest.mark.parametrize(("name", "far"), [("close.xlsx", None), ("far.xlsx", "ZZ9000")])
def test_a_workbook_is_read_right_here_only_where_its_cells_stand_close_together(
    connection, tmp_path, monkeypatch, name, far
):
    opened = []

    def reader(name, *given):
        opened.append(name)
        return LimitedReader(name, *given)

    monkeypatch.setattr(workbook_sheets, "LimitedReader", reader)
    book = openpyxl.Workbook()
    for row in (["customer_id", "order_date", "amount"], ["A", "2024-01-05", 10]):
        book.active.append(row)
    if far:
        book.create_sheet("Other")[far] = 1
    book.save(tmp_path / name)
    assert load_orders(connection, [tmp_path / name]).rows_read == 1
    assert opened == ([name] if far else [])


def test_a_reader_that_takes_too_much_memory_or_time_is_named():
    small = Allowance(384 << 20, 20, 60)
    with LimitedReader("shop.duckdb", small, "Do this.") as reader, pytest.raises(InputError) as error:
        reader.ask("workbook", path="/dev/zero", as_bytes=True, sheet=None, folder="", most=9)
    assert str(error.value) == (
        "shop.duckdb takes more than 384 MB of memory to open, which a file of its size never does. Do this."
    )


def test_a_reader_that_never_answers_is_ended(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    waiting = {"path": str(tmp_path / "pipe"), "as_bytes": True, "sheet": None, "folder": "", "most": 9}
    with LimitedReader("a.xlsx", Allowance(384 << 20, 2, 1), "Do this.") as reader:
        with pytest.raises(InputError, match=r"^a\.xlsx gives no answer within 1 s\. Do this\."):
            reader.ask("workbook", **waiting)
        with pytest.raises(InputError):
            reader.ask("workbook", **waiting)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_a_small_file_that_unpacks_to_much_is_refused_soon(connection, tmp_path, name):
    text = b"order id,customer,date,amount\n" + b"1,a,2026-01-05,10\n" * 700_000
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text, 6))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", text)
    with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
        load_orders(connection, [path])


@pytest.mark.parametrize("inner", ["a.txt", "a.csv.gz"])
def test_what_is_packed_twice_is_refused(connection, tmp_path, inner):
    text = b"order id,customer,date,amount\n1,a,2026-01-05,10\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", text)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(inner, gzip.compress(text) if inner.endswith(".gz") else packed.getvalue())
    with pytest.raises(InputError, match=r"^a\.zip holds (another zip|a packed) file"):
        load_orders(connection, [tmp_path / "a.zip"])


FAR_CELL = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


def moved(path, part, cell=FAR_CELL):
    """Write a small workbook whose sheet is another part, with one more cell."""
    plain = path.with_name("plain.xlsx")
    book = openpyxl.Workbook()
    for row in (["order id", "customer", "date", "amount"], ["1", "a", "2026-01-05", 10]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                name, text = f"xl/{part}", text.replace(b"</sheetData>", cell)  # noqa: PLW2901
            new.writestr(name, text.replace(b"worksheets/sheet1.xml", part.encode()))
    return path


@pytest.mark.parametrize("part", ["evil/sheet1.xml", "Worksheets/sheet1.xml", "sheets/sheet1.data"])
def test_a_sheet_in_another_part_is_looked_at_too(tmp_path, part):
    path = moved(tmp_path / "a.xlsx", part)
    assert not check_workbook(
        moved(tmp_path / "b.xlsx", part, b"<row></sheetData>"), every_row=False
    ).harmless
    with pytest.raises(
        InputError, match=r"^a\.xlsx: xl/.* has cells spread over 1,048,576 rows and 16,384 col"
    ):
        WorkbookFile(path)
    assert not check_workbook(path, every_row=False).harmless


@pytest.mark.parametrize("place", [b"r='XFD1048576'", b'r = "XFD1048576"', b'r="&#88;FD1048576"'])
def test_a_far_cell_is_found_however_its_place_is_written(tmp_path, place):
    path = moved(tmp_path / "a.xlsx", "worksheets/sheet1.xml", FAR_CELL.replace(b'r="XFD1048576"', place))
    with pytest.raises(InputError, match=r"^a\.xlsx: xl/worksheets/sheet1\.xml has cells spread over"):
        WorkbookFile(path)


def test_a_workbook_of_many_sheets_is_read_where_one_is_named(connection, tmp_path):
    path = next(one for one in HOSTILE if one.name.endswith("sheets.xlsx")).make(tmp_path)
    with pytest.raises(InputError) as error:
        load_orders(connection, [path])
    assert str(error.value) == (
        "sheets.xlsx has 3,000 sheets; at most 256 are searched for orders. Say which one holds them: --sheet NAME."
    )
    assert load_orders(connection, [path], options=ReadOptions(sheet="S2999")).rows_read == 5
