"""What is read stays here: no network, and nothing of a customer left in the folder for temporary files."""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests import no_network
from tests.filled import template
from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

ORDERS = (
    "Customer;Date;Amount\nQuillfeather;2025-01-03;100\nQuillfeather;2025-03-03;50\nVossberg;2025-02-01;70\n"
)
NETWORK = (
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "ftplib",
    "smtplib",
    "asyncio",
    "requests",
    "httpx",
    "aiohttp",
)
filtered = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in no_network.MACHINES,
    reason="filters of system calls are those of Linux",
)


def within(folder: Path, script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a line of Python where no internet socket can be made."""
    start = f"from tests.no_network import forbid_internet; forbid_internet(); {script}"
    return subprocess.run(
        [sys.executable, "-c", start, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


CLI = "import sys; sys.argv[0] = 'clv-xl'; from clv_xl.cli import main; main()"


def test_only_the_route_to_postgresql_names_what_reaches_a_network() -> None:
    imported = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(map(re.escape, NETWORK))})\b", re.MULTILINE)
    fetched = re.compile(r"(?i)httpfs|[\"']\s*(?:force\s+)?install\s+\w+\s*(?:;|[\"'])")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "clv_xl").rglob("*.py")
        for text in (path.read_text(encoding="utf-8"),)
        if imported.search(text) or fetched.search(text)
    }
    assert found == {"clv_xl/orders/kinds/postgres.py"}
    assert imported.search("    from urllib.request import urlopen")
    assert fetched.search("connection.execute('install spatial')")


@filtered
@pytest.mark.parametrize(
    "script",
    [
        "import socket; socket.socket()",
        "import socket; socket.socket(socket.AF_INET6)",
        "import threading, socket; other = threading.Thread(target=socket.socket); other.start(); other.join()",
        "import duckdb; duckdb.sql('install httpfs')",
    ],
)
def test_whoever_makes_an_internet_socket_under_the_filter_is_killed(tmp_path: Path, script: str) -> None:
    assert within(tmp_path, script).returncode == -signal.SIGSYS
    child = (
        f"import subprocess, sys; sys.exit(-subprocess.run([sys.executable, '-c', {script!r}]).returncode)"
    )
    assert within(tmp_path, child).returncode == signal.SIGSYS


@filtered
def test_orders_are_checked_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    done = within(tmp_path, CLI, "check", "orders.csv", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


@filtered
@pytest.mark.long
def test_every_command_works_without_a_network(tmp_path: Path) -> None:
    def run(*arguments: str) -> None:
        done = within(tmp_path, CLI, *arguments)
        assert done.returncode == 0, (arguments, done.returncode, done.stderr)

    run("sample", "shop", "--customers", "400")
    shop = ("shop/orders.csv", "--parameters", "shop/parameters.toml")
    beside = ("--customers", "shop/customers.csv", "--spend", "shop/spend.csv", "--lists", "lists")
    run(
        "report",
        *shop,
        *beside,
        "--all-customers",
        "all.parquet",
        "--set-aside",
        "aside.csv",
        "--log",
        "log",
        "-o",
        "r.xlsx",
    )
    run("backtest", *shop)
    run("map", *shop, "--save", "shop.toml")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    for line in (tmp_path / "shop" / "orders.csv").read_text(encoding="utf-8").splitlines()[:300]:
        sheet.append(line.split(","))
    book.save(tmp_path / "orders.xlsx")
    # a workbook, a Parquet file and a database are opened by a process of its own
    run("check", "orders.xlsx", "--date-format", "yyyy-mm-dd")
    run("template", "t.xlsx")
    template(tmp_path / "filled.xlsx", [["A", "2024-01-01", 10, 1], ["A", "2024-02-01", 10, 2]])
    run("refresh", "filled.xlsx")
    run("functions")
    run("doctor")


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("clv_xl.customer_file.shutil", "copyfileobj"),
        ("clv_xl.orders.intake", "judge"),
    ],
)
def test_what_a_killed_run_leaves_is_private_and_the_next_one_removes_it(
    cli_process: Callable[..., Run], tmp_path: Path, module: str, name: str
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    loaded = module.removesuffix(".shutil")
    script = (
        f"import {loaded}, os, signal;"
        f" {module}.{name} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL); {CLI}"
    )
    asked = ("report", "orders.csv", "--all-customers", "all.parquet", "-o", "r.xlsx", "--quiet")
    done = subprocess.run(
        [sys.executable, "-c", script, *asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    left = list(temporary.iterdir())
    assert left
    assert not [path for path in left if path.stat().st_mode & 0o077]
    ended = cli_process(*asked, env={"TMPDIR": str(temporary)})
    assert ended.exit_code == 0, ended.stderr
    assert not list(temporary.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "all.parquet",
        "orders.csv",
        "r.xlsx",
        "temporary",
    ]
