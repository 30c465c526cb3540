"""The command line: what it says, how it ends, and that a failure costs nobody a report."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import duckdb
import pytest

import clv_xl
from clv_xl.cli import cli as commands
from clv_xl.cli import main
from clv_xl.workbook import atomic
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Book, Sheet
from tests.conftest import Run, result_of
from tests.oracle import Shop, counted_lines
from tests.reading import Workbook
from tests.shops import EDGE_SHOPS, line, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes are those of POSIX")

ORDERS = "customer_id,order_date,amount\nann,2023-05-15,100\nbo,2024-06-15,60.50\nann,2024-07-15,9.90\n"


def _report_of_last_month() -> bytes:
    """A small report of ours: a stranger's workbook would not be replaced."""
    with TemporaryDirectory() as name:
        path = Path(name) / "report.xlsx"
        write_book(Book("Last month", date(2024, 6, 30), (Sheet("Summary", ()),)), path)
        return path.read_bytes()


OLD = _report_of_last_month()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with orders and an old report, in which the command is run."""
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "report.xlsx").write_bytes(OLD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run the command in this process: the entry point of the script, without its half second of start."""

    def call(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["clv-xl", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as done:
            code = done.code
        printed = capsys.readouterr()
        return Run(code or 0, printed.out, printed.err)

    return call


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


REPORT = ("report", "orders.csv")
KNOWN_PARAMETERS = (
    "gross_margin, lifespan_years, discount_rate, acquisition_cost, service_cost, target_ratio, as_of, currency, "
    "amounts_include_vat, vat_rate, refunds, active_days, rfm_bins, rfm_nested, ambassador_share, cohort_period, "
    "migration_months, horizon, second_stage, language"
)


@dataclass(frozen=True)
class Refusal:
    """What is asked for, the files beside it, and how it is refused."""

    arguments: Sequence[str]
    files: dict[str, str]
    exit_code: int
    message: str


REFUSED = {
    "missing file": Refusal(
        ("report", "gone.csv"), {}, 3,
        "gone.csv does not exist. Check the name and the folder.",
    ),
    "pattern that fits nothing": Refusal(
        ("report", "2023-*.csv"), {}, 3,
        "2023-*.csv: no file fits this pattern. Check the name and the folder.",
    ),
    "empty file": Refusal(
        ("report", "empty.csv"), {"empty.csv": ""}, 3,
        "empty.csv is empty. Export the orders again, with a header row.",
    ),
    "header only": Refusal(
        ("report", "bare.csv"), {"bare.csv": "customer_id,order_date,amount\n"}, 3,
        "bare.csv has a header and no rows below it. Export the orders again.",
    ),
    "no recognisable columns": Refusal(
        ("report", "odd.csv"), {"odd.csv": "alpha,beta,gamma\n1,2,3\n"}, 3,
        'odd.csv: No column for customer_id, order_date and amount. Columns found: "alpha", "beta", "gamma". '
        'Rename these columns, or say which they are: --column customer_id="the header in your file".'
        ' If the header stands below row 20, delete rows above it.',
    ),
    "text in all amounts": Refusal(
        ("report", "text.csv"), {"text.csv": "customer_id,order_date,amount\nann,2024-05-15,ten\n"}, 3,
        "text.csv: the only row is not a usable order. Row 2: customer \"ann\", date "
        '"2024-05-15", amount "ten": the amount is not a number. They were read from the columns "customer_id", '
        '"order_date" and "amount". Check that the right columns are read '
        "(--column), and their form (--date-format, --decimal).",
    ),
    "only refunds": Refusal(
        ("report", "back.csv"), {"back.csv": "customer_id,order_date,amount\nann,2024-05-15,-10\n"}, 3,
        "back.csv: the only row is not a usable order. Row 2: customer \"ann\", date "
        '"2024-05-15", amount "-10": a refund of a customer who has no earlier order in the files. They '
        'were read from the columns "customer_id", "order_date" and "amount". Check that '
        "the right columns are read (--column), and their form (--date-format, --decimal).",
    ),
    "as-of before the first order": Refusal(
        (*REPORT, "--as-of", "2000-01-31"), {}, 3,
        "orders.csv: none of the 3 rows is an order up to the as-of date 2000-01-31: 3 are later, from 2023-05-15 "
        "to 2024-07-15. Choose an as-of date from 2023-05-15 on, or leave it out.",
    ),
    "output folder missing": Refusal(
        (*REPORT, "-o", "nowhere/report.xlsx"), {}, 4,
        "nowhere/report.xlsx: there is no folder nowhere. Make the folder, or choose another with -o.",
    ),
    "output is an input": Refusal(
        ("report", "orders.xlsx", "-o", "orders.xlsx"), {"orders.xlsx": ORDERS}, 2,
        "orders.xlsx: is read or written by this command already. Choose another name for the output.",
    ),
    "output is an input by another path": Refusal(
        ("report", "orders.xlsx", "-o", "sub/../orders.xlsx"), {"orders.xlsx": ORDERS, "sub/x": ""}, 2,
        "sub/../orders.xlsx: is read or written by this command already. Choose another name for the output.",
    ),
    "set-aside file is an input": Refusal(
        (*REPORT, "--set-aside", "orders.csv"), {}, 2,
        "orders.csv: is read or written by this command already. Choose another name for the output.",
    ),
    "output is somebody's own": Refusal(
        (*REPORT, "-o", "own.xlsx"), {"own.xlsx": "a year of work"}, 2,
        "own.xlsx: is there already, and is no report as clv_xl left it: it may hold your own work. Give another name "
        "with -o, or pass --replace to write over it.",
    ),
    "output is no workbook": Refusal(
        (*REPORT, "-o", "report.html"), {}, 2,
        'report.html: the report is a workbook without macros; let its name end in ".xlsx", or in ".pdf" to print it.',
    ),
    "unknown parameter": Refusal(
        (*REPORT, "--set", "margin=0.4"), {}, 2,
        '--set: there is no parameter "margin". Did you mean "gross_margin"? The parameters are: '
        f"{KNOWN_PARAMETERS}.",
    ),
    "parameter without a value": Refusal(
        (*REPORT, "--set", "gross_margin"), {}, 2,
        '--set "gross_margin": expected name=value, for instance gross_margin=0.4.',
    ),
    "percent instead of a share": Refusal(
        (*REPORT, "--set", "gross_margin=45"), {}, 2,
        "--set: gross_margin is 45.0, but must be a number above 0 to 1. For 45% write 0.45.",
    ),
    "share with a decimal comma": Refusal(
        (*REPORT, "--set", "gross_margin=0,45"), {}, 2,
        '--set: gross_margin is "0,45", but must be a number above 0 to 1. For 0,45 write 0.45.',
    ),
    "share with a percent sign": Refusal(
        (*REPORT, "--set", "gross_margin=45%"), {}, 2,
        '--set: gross_margin is "45%", but must be a number above 0 to 1. For 45% write 0.45.',
    ),
    "share in percent with a decimal comma": Refusal(
        (*REPORT, "--set", "vat_rate=25,5 %"), {}, 2,
        '--set: vat_rate is "25,5 %", but must be a number from 0 to 1. For 25,5 % write 0.255.',
    ),
    "amount with a space and a decimal comma": Refusal(
        (*REPORT, "--set", "service_cost=1 250,50"), {}, 2,
        '--set: service_cost is "1 250,50", but must be a number from 0. For 1 250,50 write 1250.50.',
    ),
    "amount that can be read in two ways": Refusal(
        (*REPORT, "--set", "service_cost=1,250"), {}, 2,
        '--set: service_cost is "1,250", but must be a number from 0. For 1,250 write 1250 or 1.250.',
    ),
    "share that is text in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": 'gross_margin = "45 %"\n'}, 2,
        'p.toml: gross_margin is "45 %", but must be a number above 0 to 1. For 45 % write 0.45.',
    ),
    "text without quotes in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "gross_margin = 0.4\ncurrency = SEK\n"}, 3,
        'p.toml: line 2 is "currency = SEK", but text needs quotes. Write currency = "SEK"',
    ),
    "comma in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "gross_margin = 0,45  # a guess\n"}, 3,
        'p.toml: line 1 is "gross_margin = 0,45  # a guess", but numbers have a decimal point. Write '
        "gross_margin = 0.45",
    ),
    "percent in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "gross_margin = 45%\n"}, 3,
        'p.toml: line 1 is "gross_margin = 45%", but a share is a number from 0 to 1. Write gross_margin = 0.45',
    ),
    "date in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "as_of = 31.12.2025\n"}, 3,
        'p.toml: line 1 is "as_of = 31.12.2025", but dates stand as year-month-day. Write as_of = 2025-12-31',
    ),
    "flag in the parameter file": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "rfm_nested = Yes\n"}, 3,
        'p.toml: line 1 is "rfm_nested = Yes", but it is true or false. Write rfm_nested = true',
    ),
    "file without a header row": Refusal(
        ("check", "bare.csv"), {"bare.csv": "760,2024-01-05,100.50\n761,2024-01-06,5.00\n"}, 3,
        'bare.csv: the file seems to have no header row: its first row is "760", "2024-01-05", "100.50". Put a row '
        "with the names of the columns above it, such as customer_id, order_date and amount.",
    ),
    "file without a header row, its first row named as one": Refusal(
        ("check", "bare.csv", "--column", "customer_id=ann", "--column", "order_date=2024-01-05", "--column",
         "amount=100.50"),
        {"bare.csv": "ann,2024-01-05,100.50\nbo,2024-01-06,5.00\n"}, 3,
        'bare.csv: the file seems to have no header row: its first row is "ann", "2024-01-05", "100.50". Put a row '
        "with the names of the columns above it, such as customer_id, order_date and amount.",
    ),
    "delimiter that is not the file's": Refusal(
        ("check", "semi.csv", "--delimiter", ","), {"semi.csv": "Kundenr;Dato;Beløp\n1;2024-01-05;100,50\n"}, 3,
        'semi.csv: with --delimiter "," the header is one column. The columns seem to be parted by ";": leave '
        "the option out.",
    ),
    "parameter that is no number": Refusal(
        (*REPORT, "--set", "service_cost=cheap"), {}, 2,
        '--set: service_cost is "cheap", but must be a number from 0.',
    ),
    "parameter that is a table": Refusal(
        (*REPORT, "--set", "rates=EUR"), {}, 2,
        "--set: rates is a table: set it in the parameter file, under [rates], and pass --parameters FILE.toml.",
    ),
    "parameter file missing": Refusal(
        (*REPORT, "--parameters", "gone.toml"), {}, 3,
        "gone.toml: no such parameter file. Check the path given to --parameters.",
    ),
    "parameter file is no TOML": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "gross margin: 0.4\n"}, 3,
        "p.toml: is not valid TOML: Expected '=' after a key in a key/value pair (at line 1, column 7). Expected "
        "lines such as: gross_margin = 0.4",
    ),
    "parameter file with a wrong name": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": "gros_margin = 0.4\n"}, 2,
        'p.toml: there is no parameter "gros_margin". Did you mean "gross_margin"? The parameters are: '
        f"{KNOWN_PARAMETERS}.",
    ),
    "parameter file with a wrong value": Refusal(
        (*REPORT, "--parameters", "p.toml"), {"p.toml": 'refunds = "sometimes"\n'}, 2,
        'p.toml: refunds is "sometimes", but must be one of subtract, ignore.',
    ),
    "as-of that is no date": Refusal(
        (*REPORT, "--as-of", "31.12.2024"), {}, 2,
        '--as-of "31.12.2024" is not a date. Write it as year-month-day, such as 2025-12-31.',
    ),
    "column without a header": Refusal(
        (*REPORT, "--column", "amount"), {}, 2,
        '--column "amount": expected NAME=HEADER, for instance amount="Beløp".',
    ),
    "header that is not in the file": Refusal(
        (*REPORT, "--column", "amount=Total"), {}, 3,
        'orders.csv: There is no column "Total". Columns found: "customer_id", "order_date", "amount".',
    ),
    "unknown column": Refusal(
        (*REPORT, "--column", "colour=red"), {}, 2,
        '--column colour=...: there is no column "colour". Did you mean "country"? The names are customer_id, '
        "order_date, amount, order_id, quantity, channel, product, country, status, cost, currency, refunded, phone, "
        "discount_percent, discount_amount, exchange_rate.",
    ),
    "column turned round": Refusal(
        (*REPORT, "--column", "Beløp=amount"), {}, 2,
        '--column Beløp=amount is turned round. Write: --column amount="Beløp".',
    ),
    "column with an empty header": Refusal(
        ("check", "orders.csv", "--column", "cost="), {}, 2,
        '--column "cost=": there is no header after the equals sign. Name the header of cost, or write --column '
        "cost=- so that no column is used for it.",
    ),
    "status without a meaning": Refusal(
        ("check", "orders.csv", "--status", "paid"), {}, 2,
        '--status "paid": expected STATUS=MEANING, for instance "On hold=sale".',
    ),
    "unknown function by one letter": Refusal(
        ("functions", "RFN"), {}, 2,
        'There is no function or figure "RFN". Did you mean "RFM"?',
    ),
    "unknown function": Refusal(
        ("functions", "LTV"), {}, 2,
        'There is no function or figure "LTV". Did you mean "CLV"?',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(folder: Path, run: Callable[..., Run], case: Refusal) -> None:
    """One message, the right exit code, nothing on stdout, and not a byte changed in the folder."""
    for name, text in case.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    before = contents(folder)
    done = run(*case.arguments)
    assert done == Run(case.exit_code, "", f"Error: {case.message}\n")
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["report", "check"])
def test_click_refuses_what_it_does_not_know(folder: Path, run: Callable[..., Run], command: str) -> None:
    for arguments in ((command,), (command, "orders.csv", "--colour"), ("reprot", "orders.csv")):
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "Error: " in done.stderr
    assert (folder / "report.xlsx").read_bytes() == OLD


def test_set_aside_and_report_must_be_two_files(folder: Path, run: Callable[..., Run]) -> None:
    """One would overwrite the other, and the user would miss it when it is needed."""
    done = run(*REPORT, "--set-aside", "report.xlsx")
    assert done.exit_code == 2
    assert "report.xlsx" in done.stderr
    assert (folder / "report.xlsx").read_bytes() == OLD


def test_a_parameter_file_is_not_overwritten(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "p.toml").write_text("gross_margin = 0.4\n", encoding="utf-8")
    done = run(*REPORT, "--parameters", "p.toml", "--set-aside", "p.toml")
    assert done.exit_code == 2
    assert (folder / "p.toml").read_text(encoding="utf-8") == "gross_margin = 0.4\n"


def test_text_in_some_amounts_is_set_aside(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "orders.csv").write_text(ORDERS + "cy,2024-07-16,ten\n", encoding="utf-8")
    done = run(*REPORT)
    assert done.exit_code == 0
    assert "1 set aside, amount 0.00: The amount is not a number." in done.stdout
    assert Workbook(folder / "report.xlsx").named("customers_total").value == 2


def test_a_strangers_workbook_is_replaced_on_request(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "own.xlsx").write_text("a year of work")
    assert run(*REPORT, "-o", "own.xlsx", "--replace", "--quiet") == Run(0, "", "")
    assert Workbook(folder / "own.xlsx").named("customers_total").value == 2


def test_report_in_words(folder: Path, run: Callable[..., Run]) -> None:
    done = run(*REPORT, "-o", "new.xlsx")
    assert done == Run(
        0,
        "3 rows read from orders.csv\n  3 used, amount 170.40\nOrders from 2023-05-15 to 2024-07-15\n"
        "Note: No prediction: Only 1 customer came again; 100 are needed to tell their habits. See Forecast.\n"
        "Report written to new.xlsx\n",
        "",
    )
    assert (folder / "report.xlsx").read_bytes() == OLD


EXPORT = (
    "Order,Email,Date,Total,Currency,Status,Refunded Amount,Note\n"
    "1,ann,2024-01-05,100,GBP,paid,30,x\n2,bo,2024-02-05,60.50,GBP,paid,0,\n3,ann,2024-03-05,9,GBP,voided,9,\n"
    "4,cy,2024-03-06,5,GBP,Mystery,,\n"
)


def test_check_tells_how_columns_statuses_and_refunds_were_read(
    folder: Path, run: Callable[..., Run]
) -> None:
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    done = run("check", "export.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "4 rows read from export.csv\n"
        "read as: columns by their headers\n"
        "  3 used, amount 165.50 GBP\n"
        '    refunds, used, amount -30.00 GBP: Told by the column "Refunded Amount" of 1 of the rows used; '
        "dated like the order, as no other date is known.\n"
        "  1 set aside, amount 9.00 GBP: The status says that the order was cancelled. First: row 4.\n"
        "Orders from 2024-01-05 to 2024-03-06\n"
        "Columns used:\n"
        "  customer_id  Email\n"
        "  order_date   Date\n"
        "  amount       Total\n"
        "  order_id     Order\n"
        "  status       Status\n"
        "  currency     Currency\n"
        "  refunded     Refunded Amount\n"
        "Columns not used: Note\n"
        'Statuses in "Status":\n'
        "  paid     2  completed                      sale\n"
        "  Mystery  1  unknown, counted as completed  sale\n"
        "  voided   1  cancelled                      set aside\n"
        'Refunded amounts in "Refunded Amount":\n'
        "  1 subtracted, 30.00 GBP: Dated like the order, as no other date is known.\n"
        "  1 not subtracted, 9.00 GBP: The row is set aside, for the reason given above.\n"
        'Note: 1 used row has a status that is not known: "Mystery" (1). It counts as a completed order. Say what it '
        'means: --status "Mystery=sale", or --status "Mystery=cancelled", --status "Mystery=unpaid", '
        '--status "Mystery=refunded" or --status "Mystery=test".\n'
    )
    said = json.loads(run("check", "export.csv", "--json").stdout)
    assert (said["currency"], said["unused_columns"]) == ("GBP", ["Note"])
    assert said["columns"]["refunded"] == said["files"][0]["columns"]["refunded"] == "Refunded Amount"
    assert said["statuses"][0] == {
        "status": "paid", "rows": 2, "amount": "160.5000", "read_as": "completed", "sale": 2, "refund": 0,
        "set_aside": 0,
    }  # fmt: skip
    assert said["refunded"] == [
        {
            "verdict": "subtracted",
            "rows": 1,
            "amounts": [{"currency": "GBP", "rows": 1, "amount": "30.0000"}],
        },
        {
            "verdict": "row_set_aside",
            "rows": 1,
            "amounts": [{"currency": "GBP", "rows": 1, "amount": "9.0000"}],
        },
    ]
    assert sum(float(line["counted_amount"]) for line in said["account"]) == 135.5


def test_a_status_and_a_column_are_as_the_user_says(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    told = ("--status", "Mystery=unpaid", "--status", "voided = sale", "--column", "refunded=-")
    said = json.loads(run("check", "export.csv", "--json", *told).stdout)
    assert [(line["reason"], line["amount"]) for line in said["account"]] == [
        ("", "169.5000"),
        ("not_completed", "5.0000"),
    ]
    assert "refunded" not in said["columns"]
    assert said["warnings"] == []


def test_sums_of_several_currencies_are_never_one_figure(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "export.csv").write_text(EXPORT.replace("60.50,GBP", "60.50,SEK"), encoding="utf-8")
    (folder / "p.toml").write_text('currency = "GBP"\n[rates]\nSEK = 0.08\n', encoding="utf-8")
    given = ("check", "export.csv", "--parameters", "p.toml")
    done = run(*given)
    assert "  3 used, amount 105.00 GBP + 60.50 SEK, counted as 109.84 GBP\n" in done.stdout
    said = json.loads(run(*given, "--json").stdout)
    assert [line["amount"] for line in (*said["account"], *said["statuses"])] == [None] * 6
    assert said["account"][0]["amounts"] == [
        {"currency": "GBP", "rows": 2, "amount": "105.0000"},
        {"currency": "SEK", "rows": 1, "amount": "60.5000"},
    ]


# An output that cannot be written


def test_report_that_is_open_in_excel(
    folder: Path, run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel on Windows holds the file: the new report is kept beside it, and the message says where."""

    def held(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
        error = PermissionError(errno.EACCES, "used by another process")
        error.winerror = 32  # type: ignore[attr-defined, misc, unused-ignore]
        raise error

    monkeypatch.setattr(atomic, "_PATIENCE", 0.0)
    monkeypatch.setattr(os, "replace", held)
    done = run(*REPORT)
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr == (
        f"Error: {folder / 'report.xlsx'}: not replaced: another program holds it, most likely Excel. The new file "
        'is beside it as "report (new).xlsx"; close the old one and save again, or use the new one.\n'
    )
    assert (folder / "report.xlsx").read_bytes() == OLD
    assert Workbook(folder / "report (new).xlsx").named("customers_total").value == 2
    assert {path.name for path in folder.iterdir()} == {"orders.csv", "report.xlsx", "report (new).xlsx"}


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("call", "number", "words"),
    [
        ("mkstemp", errno.EACCES, "you may not write to that folder"),
        ("mkstemp", errno.EROFS, "the disk is read-only"),
        ("fsync", errno.ENOSPC, "the disk is full"),
    ],
)
def test_output_that_cannot_be_written(
    folder: Path,
    run: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.tempfile if call == "mkstemp" else os, call, fail)
    before = contents(folder)
    done = run(*REPORT)
    assert (done.exit_code, done.stdout) == (4, "")
    assert re.fullmatch(rf"Error: \S*report\.xlsx: not saved: {words}\..*\n", done.stderr)
    assert contents(folder) == before


def test_output_that_is_a_folder(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "out.xlsx").mkdir()
    done = run(*REPORT, "-o", "out.xlsx")
    assert done == Run(
        4,
        "",
        f"Error: {folder / 'out.xlsx'}: not saved: this is a folder. Add a file name, such as report.xlsx.\n",
    )


# A process that dies


@pytest.fixture(scope="module")
def many_orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40,000 customers: the save takes long enough to be met in the middle."""
    path = tmp_path_factory.mktemp("many") / "orders.csv"
    rows = (f"c{n},2024-{1 + n % 12:02d}-{1 + n % 28:02d},{n % 997}.{n % 90 + 10}" for n in range(40_000))
    path.write_text("customer_id,order_date,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def _meet_while_saving(
    program: Path, orders: Path, folder: Path, number: int
) -> subprocess.Popen[str] | None:
    """Start a report and send it a signal while its temporary file is there; None if it was too quick."""
    process = subprocess.Popen(
        [program, "report", orders, "-o", "report.xlsx"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a run in the background begins with interrupts ignored, and hands that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if any(name.startswith(".report.xlsx.") for name in os.listdir(folder)):  # noqa: PTH208  # a quick look
            process.send_signal(number)
            break
    _, said = process.communicate(timeout=60)
    return (process.returncode, said) if process.returncode else None


@pytest.mark.long
@posix
@pytest.mark.parametrize("number", [pytest.param("SIGKILL", marks=pytest.mark.long), "SIGINT"])
def test_a_process_that_dies_while_saving_leaves_the_old_report(
    cli: Callable[..., Run], cli_program: Path, many_orders: Path, tmp_path: Path, number: str
) -> None:
    """Killed or interrupted: the old report is whole, and no half file bears a report's name."""
    (tmp_path / "report.xlsx").write_bytes(OLD)
    met = (_meet_while_saving(cli_program, many_orders, tmp_path, getattr(signal, number)) for _ in range(5))
    ended = next((one for one in met if one is not None), None)
    assert ended is not None, "the report was saved five times before it could be met"
    exit_code, said = ended
    assert (tmp_path / "report.xlsx").read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".xlsx"] == ["report.xlsx"]
    if number == "SIGINT":
        assert (exit_code, said.strip()) == (130, "Stopped. Nothing was written.")
    if number == "SIGKILL":
        # a killed process cannot tidy up; the next save does
        assert cli("report", many_orders, "-o", "report.xlsx", "--quiet") == Run(0, "", "")
        assert [path.name for path in tmp_path.iterdir()] == ["report.xlsx"]


def test_an_interrupt_that_another_error_hides_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library that tidies up after Ctrl-C may fail in doing so, and then its error is what arrives."""

    def hidden(**_: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(clv_xl.cli, "cli", hidden)
    with pytest.raises(SystemExit) as ended:
        clv_xl.cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Stopped. Nothing was written.\n"


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_while_the_database_works_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    """DuckDB ends its query with an error of its own, which tells nothing of the signal."""
    number = getattr(signal, name)

    def work(**_: object) -> None:
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        with duckdb.connect() as connection:
            connection.execute("SELECT sum(range % 7) FROM range(100000000)")

    monkeypatch.setattr(clv_xl.cli, "cli", work)
    # as at the start of a program: a process of the tests may ignore the signal
    usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    before = signal.signal(number, usual)
    try:
        with pytest.raises(SystemExit) as ended:
            clv_xl.cli.main()
        assert (ended.value.code, capsys.readouterr().err) == (code, "Stopped. Nothing was written.\n")
        assert signal.getsignal(number) is usual
    finally:
        signal.signal(number, before)


@posix
@pytest.mark.parametrize("arguments", [("functions",), ("functions", "--json"), ("--help",)])
def test_a_reader_that_has_gone_is_no_crash(cli_program: Path, arguments: tuple[str, ...]) -> None:
    """``clv-xl functions | head -1`` must not end in a traceback."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [cli_program, *arguments], stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(("asked", "used"), [(None, "1"), ("3", "3")])
def test_no_threads_wait_for_small_matrices(asked: str | None, used: str) -> None:
    """NumPy reads the setting when it is imported, so it has to stand before that; a user's own is left.

    Nor are a hundred thousand objects looked through for cycles.
    """
    script = (
        "import gc, os, sys, clv_xl.cli; early = 'numpy' in sys.modules; sys.argv = ['clv-xl', '--version']\n"
        "try: clv_xl.cli.main()\nexcept SystemExit: pass\nprint(early, os.environ['OPENBLAS_NUM_THREADS'])\n"
        "print(gc.isenabled())"
    )
    own = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    given = own | ({"OPENBLAS_NUM_THREADS": asked} if asked else {})
    done = subprocess.run(
        [sys.executable, "-c", script], env=given, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-3:] == ["False", used, "False"]


# What it prints


@pytest.mark.long
@pytest.mark.parametrize(
    "shop", ["all amounts are zero", pytest.param("one customer, one order", marks=pytest.mark.long)]
)
def test_quiet_is_silent(cli_process: Callable[..., Run], tmp_path: Path, shop: str) -> None:
    """A timer mails whatever is printed: nothing, unless something is wrong."""
    write_orders(tmp_path / "orders.csv", EDGE_SHOPS[shop])
    assert cli_process("report", "orders.csv", "--quiet", "--set-aside", "aside.csv") == Run(0, "", "")
    assert (tmp_path / "aside.csv").is_file()


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "shop", ["one customer, one order", "only refunds after the orders", "all amounts are zero", "ordinary"]
)
def test_json_is_valid_and_complete(folder: Path, run: Callable[..., Run], shop: str) -> None:
    lines = [*EDGE_SHOPS[shop], line("z", "2024-05-15", "3", status="cancelled")]
    write_orders(folder / "orders.csv", lines)
    done = run(*REPORT, "--json", "--set", "acquisition_cost=5")
    assert (done.exit_code, done.stderr) == (0, "")

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    said = json.loads(done.stdout, parse_constant=refuse)
    kept = Shop(counted_lines(EDGE_SHOPS[shop]))
    assert said["report"] == "report.xlsx"
    assert said["pages"] == list(Workbook(folder / "report.xlsx").sheets)
    assert (said["as_of"], said["first_day"]) == (kept.newest.isoformat(), kept.oldest.isoformat())
    refunds = sum(one.amount < 0 for one in EDGE_SHOPS[shop])
    assert said["rows"] == {
        "read": len(lines), "used": len(lines) - 1 - refunds, "refund": refunds, "order_line": 0, "set_aside": 1,
    }  # fmt: skip
    assert sum(float(entry["amount"]) for entry in said["account"]) == pytest.approx(
        float(sum(one.amount for one in lines))
    )
    assert said["columns"]["amount"] == "amount"
    assert [entry["name"] for entry in said["files"]] == ["orders.csv"]
    assert re.fullmatch(r"[0-9a-f]{64}", said["files"][0]["sha256"])
    names = {row["Name in formulas"] for row in _figure_rows(folder / "report.xlsx")}
    assert said["figures"].keys() == names
    assert all(entry.keys() == {"now", "year_before"} for entry in said["figures"].values())


def _figure_rows(path: Path) -> Iterator[dict[str, object]]:
    """Names of the figures as the page Figures lists them."""
    book = Workbook(path)
    for name in book.names:
        if book.address(name)[0] == "Figures" and not name.endswith("_before"):
            yield {"Name in formulas": name}


def test_check_says_the_same_as_report(folder: Path, run: Callable[..., Run]) -> None:
    before = contents(folder)
    checked = result_of(run("check", "orders.csv", "--json"))
    assert contents(folder) == before
    reported = result_of(run(*REPORT, "--json"))
    assert checked.items() <= reported.items()
    assert reported.keys() - checked.keys() == {"report", "pages", "figures", "notices"}


def test_settings_win_over_the_file_and_the_last_one_wins(folder: Path, run: Callable[..., Run]) -> None:
    (folder / "p.toml").write_text('gross_margin = 0.2\ncurrency = "SEK"\n', encoding="utf-8")
    sets = ("--set", "gross_margin=0.3", "--set", "gross_margin = 0.4")
    assert run(*REPORT, "--parameters", "p.toml", *sets).exit_code == 0
    book = Workbook(folder / "report.xlsx")
    assert book.named("gross_margin").value == 0.4
    assert any(cell.value == "SEK" for cell in book.sheets["Parameters"].values())


@pytest.mark.long
def test_as_of_is_a_parameter_too(folder: Path, run: Callable[..., Run]) -> None:
    by_option = result_of(run(*REPORT, "--as-of", "2024-06-30", "--json"))
    by_setting = result_of(run(*REPORT, "--set", "as_of=2024-06-30", "--json"))
    assert by_option == by_setting
    assert (by_option["as_of"], by_option["rows"]["set_aside"]) == ("2024-06-30", 1)


def test_nordic_file_with_named_columns(folder: Path, run: Callable[..., Run]) -> None:
    text = "Kunde;Tid;Verdi\nÅse;15.05.2024;1 250,50\nBjørn;16.05.2024;-\n"
    (folder / "ordrer.csv").write_bytes(text.encode("cp1252"))
    columns = ("--column", "order_date=Tid", "--column", "amount=Verdi", "--column", "customer_id = Kunde")
    said = json.loads(run("report", "ordrer.csv", *columns, "--json").stdout)
    assert said["account"][0]["amount"] == "1250.5000"
    assert (said["rows"]["used"], said["rows"]["set_aside"]) == (1, 1)


# Help and lists


@pytest.mark.parametrize(("name", "command"), commands.commands.items(), ids=commands.commands)
def test_help_mentions_every_option(run: Callable[..., Run], name: str, command: click.Command) -> None:
    for flag in ("--help", "-h"):
        done = run(name, flag)
        assert (done.exit_code, done.stderr) == (0, "")
    shown = " ".join(done.stdout.split())
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert " ".join(parameter.help.split()) in shown
            assert all(option in done.stdout for option in parameter.opts)
        else:
            assert parameter.make_metavar(click.Context(command)).strip("[]").rstrip(".") in done.stdout


def test_help_lists_commands_and_exit_codes(run: Callable[..., Run]) -> None:
    text = " ".join(run("--help").stdout.split())
    for name in commands.commands:
        assert f" {name} " in text
    assert "0 fine, 1 our fault, 2 wrong use, 3 unusable input, 4 output cannot be written" in text
    assert set(commands.commands) >= {"report", "sample", "check", "functions"}
    assert run("--version").stdout == f"clv-xl, version {clv_xl.__version__}\n"


def test_no_sentence_of_the_list_of_commands_is_cut_off(run: Callable[..., Run]) -> None:
    assert "..." not in run("--help").stdout.replace("[ARGS]...", "")


CELL_FUNCTIONS = (
    "CLV", "CLV_HISTORIC", "CLV_RETENTION", "AOV", "PURCHASE_FREQUENCY", "CUSTOMER_LIFESPAN", "RETENTION_RATE",
    "CHURN_RATE", "REPEAT_RATE", "TIME_BETWEEN_ORDERS", "NRR", "GRR", "CAC", "LTV_CAC", "CAC_PAYBACK", "CAC_MAX",
    "RFM_SEGMENT",
)  # fmt: skip


def test_functions_lists_every_cell_function(run: Callable[..., Run]) -> None:
    """The closed-form functions of the design, one a line; --json holds the same with all that is known."""
    listed = [text.partition("(")[0] for text in run("functions").stdout.splitlines()]
    assert set(CELL_FUNCTIONS) <= set(listed)
    assert len(listed) == len(set(listed))
    known = json.loads(run("functions", "--json").stdout)["functions"]
    assert [entry["name"] for entry in known] == listed
    for entry in known:
        assert all(entry[key] for key in ("title", "unit", "formula", "undefined", "reference", "signature"))


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
def test_functions_shows_one_in_full(run: Callable[..., Run], name: str) -> None:
    done = run("functions", name.lower())
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{name}(")
    signature = done.stdout.splitlines()[0]
    for argument in re.findall(r"\w+", signature.partition("(")[2]):
        assert re.search(rf"^  {argument}: \S", done.stdout, re.MULTILINE), argument
    assert "Source: " in done.stdout


@pytest.mark.parametrize("command", ["check", "report", "map"])
def test_an_option_given_twice_is_refused(run: Callable[..., Run], folder: Path, command: str) -> None:
    """Of two tables only the last would be read, without a word."""
    done = run(command, "orders.csv", "--table", "2024", "--table", "2025")
    assert done.exit_code == 2
    assert "--table is given 2 times, and only one of them could count. Give it once." in done.stderr


def test_sample_then_report(cli_process: Callable[..., Run], tmp_path: Path) -> None:
    """The two commands that a new user types first."""
    said = json.loads(cli_process("sample", "shop", "--customers", "40", "--seed", "3", "--json").stdout)
    assert said["customers"] == 40
    done = cli_process(
        "report", "shop/orders.csv", "--parameters", "shop/parameters.toml", "-o", "first report.xlsx"
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert Workbook(tmp_path / "first report.xlsx").named("customers_total").value == 40


@pytest.mark.long
@posix
def test_progress_on_a_terminal(cli_program: Path, tmp_path: Path) -> None:
    """A person at a terminal sees what is being done; what a pipe gets stays the same."""
    import pty

    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [cli_program, "report", "orders.csv"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80"}, text=True, check=False,
        )  # fmt: skip
        os.set_blocking(ours, False)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 0
    assert "Reading orders.csv" in shown
    assert done.stdout.endswith("Report written to report.xlsx\n")
