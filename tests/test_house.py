"""The laws of the house hold in this repository, and each law fails where it is broken.

What the laws are stands in ``laws.py``; the exceptions to them stand here, with their reasons.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

import clv_xl
from tests import laws
from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Modules beyond 400 lines, each with the reason why it is still one thing.
LONG_MODULES: dict[str, str] = {
    "clv_xl/report/model.py": "the one vocabulary of pages: frozen records without a line of logic",
    "clv_xl/limits.py": "the one place for every limit of Excel, each with its source and its check",
}

# Files outside customers/ that group orders, each with the reason.
GROUPS_ORDERS: dict[str, str] = {
    "clv_xl/orders/understood.py": "counts the kinds of events that an export does not know",
    "clv_xl/orders/row_rates.py": "looks at the rates that a file has on each row, by currency",
    "clv_xl/orders/numbers.py": "counts how number texts are written",
    "clv_xl/orders/dates.py": "counts the forms in which dates are written",
    "clv_xl/orders/overlaps.py": "finds the rows without ids that stand in several files",
    "clv_xl/orders/two_systems.py": "finds the orders that two systems hold under numbers of their own",
    "clv_xl/orders/two_numbers.py": "finds the orders of two systems that one names by number or has net of fees",
    "clv_xl/orders/two_refunds.py": "finds the refunds that two systems tell of the same orders",
    "clv_xl/orders/moved_rows.py": "finds the rows without ids that stand in several files on different days",
    "clv_xl/orders/copies.py": "finds the orders that stand in several files",
    "clv_xl/orders/cancellations.py": "finds the order that a row of its own cancels",
    "clv_xl/orders/credited.py": "finds the order that each credit note names",
    "clv_xl/orders/credited_elsewhere.py": "finds the order of another file that each credit note names",
    "clv_xl/orders/credit_notes.py": "counts the refunds of each file that have the number of an order",
    "clv_xl/orders/other_days.py": "finds the orders that stand in several files on different days",
    "clv_xl/orders/reused_ids.py": "finds the orders of one customer that share an id",
    "clv_xl/orders/unnamed_refunds.py": "finds the order of a refund that names no customer",
    "clv_xl/orders/pasted.py": "finds the rows that were pasted twice into a file",
    "clv_xl/orders/refund_rows.py": "finds the order that each refund undoes, and its customer's first sale",
    "clv_xl/orders/addresses.py": "finds the newest e-mail address of a customer id",
    "clv_xl/orders/doubtful.py": "looks whether any customer came back",
    "clv_xl/orders/people.py": "finds the id that an e-mail address has on other rows",
    "clv_xl/orders/pseudonyms.py": "says each text of a column once",
    "clv_xl/orders/short_years.py": "looks at the shape of each day once",
    "clv_xl/orders/repeats.py": "finds the orders whose rows all have the same amount",
    "clv_xl/orders/money.py": "counts the currencies of each file",
    "clv_xl/orders/refunded.py": "holds a refunded amount against its order, and adds up what became of them",
    "clv_xl/orders/sums.py": "is the account itself: rows and sums by outcome, reason and status",
    "clv_xl/orders/flags.py": "counts the kinds of invoice of one file, while it is read",
    "clv_xl/orders/late_days.py": "counts the orders of the last two days",
    "clv_xl/orders/notices.py": "counts what the warnings tell of: repeated ids, shared ids",
    "clv_xl/orders/status_notices.py": "counts the rows of each status that the warnings tell of",
}


def _repository_files() -> list[str]:
    """Every file of the repository: what git tracks, or without git what .gitignore does not leave out."""
    if (git := shutil.which("git")) and (ROOT / ".git").exists():
        # A clone that belongs to another user, as in a container, is read all the same.
        command = [git, "-c", "safe.directory=*", "ls-files", "-z", "--cached"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
        if listed:
            return sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file())
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in paths
        if not any(fnmatch(part, pattern) for part in path.parts for pattern in [".git", *ignored])
    )


FILES = _repository_files()
MODULES = [path for path in FILES if path.startswith("clv_xl/") and path.endswith(".py")]
STATEMENTS = [path for path in FILES if path.startswith("clv_xl/") and path.endswith((".py", ".sql"))]


def _source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _held(law: Callable[[str, str], list[str]], paths: list[str]) -> None:
    """Fail with every violation of a law, not only the first."""
    assert paths
    violations = [violation for path in paths for violation in law(path, _source(path))]
    assert not violations, "\n" + "\n".join(violations)


def _text_files() -> list[str]:
    return [path for path in FILES if b"\0" not in (ROOT / path).read_bytes()[:8192]]


# --- the repository holds to the laws -------------------------------------------------------------------


def test_imports_point_downwards() -> None:
    _held(laws.wrong_directions, MODULES)


def test_libraries_stay_in_their_rooms() -> None:
    _held(laws.wrong_libraries, MODULES)


def test_only_orders_reads_order_files_and_only_workbook_writes_workbooks() -> None:
    _held(laws.wrong_files, MODULES)


def test_orders_are_grouped_in_one_place() -> None:
    _held(laws.grouped_orders, [path for path in STATEMENTS if path not in GROUPS_ORDERS])
    for path, reason in GROUPS_ORDERS.items():
        assert reason
        assert path.startswith("clv_xl/orders/"), f"{path} may not group orders for any reason"
        assert laws.grouped_orders(path, _source(path)), (
            f"{path} no longer groups: take it out of GROUPS_ORDERS"
        )


def test_no_statement_leaves_a_value_to_chance() -> None:
    _held(laws.chosen_by_chance, STATEMENTS)


def test_the_front_door_and_the_command_line_import_nothing_slow() -> None:
    _held(laws.slow_start, ["clv_xl/__init__.py", *(path for path in MODULES if laws.room_of(path) == "cli")])


def test_the_command_line_starts_without_slow_libraries() -> None:
    # The modules that it imports at its top may import others: only the running program tells.
    script = "import sys, clv_xl.cli; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script, *laws.SLOW_LIBRARIES], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


# What a report without Excel has no use for, and what each would add to its start or its surroundings.
_NEVER_HEADLESS = (
    "xlwings",
    "ssl",
    "urllib.request",
    "matplotlib",
    "polars",
    "pg8000",
    "scipy.optimize",
    "rich",
)


@pytest.mark.parametrize(
    "work",
    [
        "import clv_xl.jobs, clv_xl.report.material, clv_xl.workbook.openpyxl_writer, clv_xl.orders.filled",
        pytest.param(
            "import clv_xl.cli; clv_xl.cli.cli(['sample', 'shop', '--customers', '300'], standalone_mode=False); "
            "clv_xl.cli.cli(['report', 'shop/orders.csv', '--quiet', '-o', 'r.xlsx'], standalone_mode=False)",
            marks=pytest.mark.long,
        ),
    ],
    ids=["imported", "run"],
)
def test_a_report_without_excel_imports_nothing_of_excel_or_the_network(work: str, tmp_path: Path) -> None:
    script = f"{work}; import sys; print('left:', *sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script, *_NEVER_HEADLESS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["left:"]), done.stderr


def test_names_say_what_a_file_holds() -> None:
    violations = [violation for path in FILES for violation in laws.forbidden_name(path)]
    assert not violations, "\n".join(violations)


def test_no_module_is_long_without_a_reason() -> None:
    lengths = {path: len(_source(path).splitlines()) for path in MODULES}
    violations = laws.too_long(lengths, LONG_MODULES)
    assert not violations, "\n".join(violations)


def test_generated_reference_is_not_stale() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clv_xl.excel.reference", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: make docs"


def test_one_version_everywhere() -> None:
    project = tomllib.loads(_source("pyproject.toml"))["project"]
    assert project["version"] == clv_xl.__version__
    faults = laws.changelog_faults(_source("CHANGELOG.md"), clv_xl.__version__)
    assert not faults, "\n".join(faults)


def test_every_public_metric_has_an_example() -> None:
    _held(laws.without_example, [path for path in MODULES if path.startswith("clv_xl/metrics/")])


def test_top_level_holds_only_what_was_agreed() -> None:
    violations = laws.beyond_top_level({path.split("/")[0] for path in FILES})
    assert not violations, "\n".join(violations)


def test_nothing_of_one_machine_is_in_the_repository() -> None:
    _held(laws.machine_text, _text_files())


@pytest.mark.long
def test_every_module_can_be_imported_on_its_own(tmp_path: Path) -> None:
    # A circle of imports hides as long as another module happens to be imported first.
    names = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in MODULES]
    headless = [name for name in names if not name.startswith(("clv_xl.excel", "clv_xl.__main__"))]
    script = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]:\n"
        "    [sys.modules.pop(loaded) for loaded in list(sys.modules) if loaded.split('.')[0] == 'clv_xl']\n"
        "    importlib.import_module(name)\n"
    )
    # compiled once each, also where Python is told to write no bytecode
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", script, *headless],
        env={**environment, "PYTHONPYCACHEPREFIX": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# --- each law fails where it is broken ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source", "message"),
    [
        ("clv_xl/errors.py", "import clv_xl.limits", "limits stands above errors"),
        ("clv_xl/customers/summary.py", "from clv_xl.report import build", "report stands above customers"),
        ("clv_xl/customers/summary.py", "from clv_xl import report", "report stands above customers"),
        ("clv_xl/customers/summary.py", "from ..report.model import Page", "report stands above customers"),
        ("clv_xl/limits.py", "def f():\n    from clv_xl.cli import main", "cli stands above limits"),
        (
            "clv_xl/orders/read.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from clv_xl.customers.engine import E",
            "customers stands above orders",
        ),
        (
            "clv_xl/report/build.py",
            "from importlib import import_module\nimport_module('clv_xl.excel.refresh')",
            "excel stands above report",
        ),
        (
            "clv_xl/__init__.py",
            "from clv_xl.metrics.value import clv",
            "metrics stands above the package itself",
        ),
        (
            "clv_xl/workbook/openpyxl_writer.py",
            "from clv_xl.metrics.value import clv",
            "workbook may use only",
        ),
        (
            "clv_xl/workbook/openpyxl_writer.py",
            "from clv_xl.report.build import pages",
            "workbook may use only",
        ),
        ("clv_xl/workbook/layout.py", "from clv_xl.report import model_of_all", "workbook may use only"),
        ("clv_xl/metrics/value.py", "from clv_xl.limits import ROWS", "metrics may use only"),
        ("clv_xl/jobs.py", "from clv_xl import cli", "cli stands above jobs"),
        ("clv_xl/metrics/value.py", "from clv_xl.models import bgnbd", "models stands above metrics"),
        (
            "clv_xl/report/build.py",
            "from clv_xl.sample import write_sample",
            "may be used only by sample, cli",
        ),
    ],
)
def test_an_import_that_points_up_is_found(path: str, source: str, message: str) -> None:
    (violation,) = laws.wrong_directions(path, source)
    assert message in violation
    assert violation.startswith(f"{path}:{len(source.splitlines())} ")


def test_a_part_of_the_package_without_a_place_is_found() -> None:
    assert laws.wrong_directions("clv_xl/extras/new.py", "import os") == [
        "clv_xl/extras/new.py: extras has no place in LAYERS of laws.py: give it one"
    ]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("clv_xl/cli.py", "from clv_xl.sample import write_sample\nfrom clv_xl import __version__, report"),
        (
            "clv_xl/workbook/layout.py",
            "from clv_xl.report.model import Page\nfrom clv_xl.report import model",
        ),
        ("clv_xl/workbook/cells.py", "from clv_xl.errors import LimitError\nfrom . import sheet\nimport os"),
        ("clv_xl/models/predict.py", "from clv_xl.metrics.catalogue import metric"),
        ("clv_xl/__init__.py", "from clv_xl.errors import ClvXlError"),
        ("clv_xl/errors.py", "from difflib import get_close_matches"),
    ],
)
def test_an_import_that_points_down_is_none(path: str, source: str) -> None:
    assert laws.wrong_directions(path, source) == []


@pytest.mark.parametrize(
    ("path", "source", "fine"),
    [
        ("clv_xl/metrics/value.py", "import openpyxl", False),
        ("clv_xl/models/fit.py", "def f():\n    import xlwings as xw", False),
        ("clv_xl/metrics/rfm.py", "from duckdb import connect", False),
        ("clv_xl/models/fit.py", "import fastexcel", False),
        ("clv_xl/report/build.py", "from openpyxl.utils import get_column_letter", False),
        ("clv_xl/report/build.py", "import duckdb", False),
        ("clv_xl/workbook/package.py", "import fastexcel", False),
        ("clv_xl/workbook/openpyxl_writer.py", "import xlwings", False),
        ("clv_xl/cli.py", "def f():\n    import openpyxl", False),
        ("clv_xl/errors.py", "import click", False),
        ("clv_xl/sample/shop.py", "import pytest", False),
        ("clv_xl/workbook/xlwings_writer.py", "import xlwings", True),
        ("clv_xl/workbook/xlwings_writer_of_old.py", "import xlwings", False),
        ("clv_xl/excel/refresh.py", "import xlwings", True),
        ("clv_xl/workbook/cells.py", "import openpyxl", True),
        ("clv_xl/orders/xlsx_cells.py", "import fastexcel\nimport duckdb", True),
        ("clv_xl/metrics/rfm.py", "import numpy\nimport openpyxl_of_another_name", True),
    ],
)
def test_a_library_in_a_wrong_room_is_found(path: str, source: str, fine: bool) -> None:
    assert (laws.wrong_libraries(path, source) == []) is fine


@pytest.mark.parametrize(
    ("path", "source", "fine"),
    [
        ("clv_xl/report/build.py", "import pandas as pd\npd.read_csv('orders.csv')", False),
        ("clv_xl/cli.py", "def f(path):\n    return read_excel(path)", False),
        ("clv_xl/workbook/template.py", "load_workbook(path)", False),
        ("clv_xl/report/build.py", "frame.to_excel(path)", False),
        ("clv_xl/metrics/value.py", "open('rates.txt')", False),
        ("clv_xl/models/fit.py", "path.read_text()", False),
        ("clv_xl/excel/reference.py", "path.write_text('')", True),
        ("clv_xl/orders/read.py", "connection.read_csv(path)", True),
        ("clv_xl/workbook/openpyxl_writer.py", "book = openpyxl.Workbook()", True),
        ("clv_xl/parameters.py", "path.open('rb')", True),
    ],
)
def test_a_file_opened_in_a_wrong_room_is_found(path: str, source: str, fine: bool) -> None:
    assert (laws.wrong_files(path, source) == []) is fine


@pytest.mark.parametrize(
    ("path", "source", "fine"),
    [
        ("clv_xl/report/build.py", "sql = 'select count(*) from t GROUP  BY customer_id'", False),
        ("clv_xl/report/build.py", "sql = f'select {x} from t '\\\n    f'group by {y}'", False),
        ("clv_xl/orders/clean.sql", "select count(*)\nfrom raw\ngroup by reason", False),
        ("clv_xl/orders/clean.sql", "-- does not group by anything\nselect 1", True),
        ("clv_xl/report/build.py", "sql = 'select sum(amount) from order_rows'", False),
        ("clv_xl/excel/refresh.py", "sql = 'create or replace table order_rows as select 1'", False),
        ("clv_xl/orders/read.py", "sql = 'select sum(amount) from order_rows'", True),
        ("clv_xl/customers/summary.sql", "select 1 from order_rows group by customer_id", True),
        ("clv_xl/report/build.py", 'def f():\n    """Group by segment."""\n\n__all__ = ["order_rows"]', True),
    ],
)
def test_orders_grouped_in_a_wrong_room_are_found(path: str, source: str, fine: bool) -> None:
    assert (laws.grouped_orders(path, source) == []) is fine


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("select any_value(meaning) from judged", False),
        ("SELECT FIRST(day) FROM parsed", False),
        ("select mode( status) from parsed", False),
        ("select ANY_VALUE (day) from parsed", False),
        ("select row_number() over (partition by customer_id) from parsed", False),
        (
            "select row_number() over (partition by day order by row_number), row_number() over () from parsed",
            True,
        ),
        ("select first_value(day) over (order by row_number), min_by(day, row_number) from parsed", True),
        ("the first (of three)", True),
    ],
)
def test_a_value_left_to_chance_is_found(text: str, fine: bool) -> None:
    assert (laws.chosen_by_chance("clv_xl/orders/sums.py", f"sql = {text!r}") == []) is fine
    written_in = f"sql = f{text.replace('day', '{column}')!r}"
    assert (laws.chosen_by_chance("clv_xl/orders/sums.py", written_in) == []) is fine


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        ("import pandas as pd", False),
        ("from scipy.special import hyp2f1", False),
        ("if True:\n    import openpyxl", False),
        ("class C:\n    import duckdb", False),
        ("def report():\n    import pandas", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import duckdb", True),
        ("import click", True),
    ],
)
def test_a_slow_start_is_found(source: str, fine: bool) -> None:
    assert (laws.slow_start("clv_xl/cli.py", source) == []) is fine


@pytest.mark.parametrize(
    ("path", "fine"),
    [
        ("clv_xl/utils.py", False),
        ("clv_xl/orders/helpers.py", False),
        ("clv_xl/report/page_manager.py", False),
        ("clv_xl/Utils/dates.py", False),
        ("clv_xl/managers/book.py", False),
        ("clv_xl/orders/columns.py", True),
        ("docs/utility.md", True),
    ],
)
def test_a_name_that_says_nothing_is_found(path: str, fine: bool) -> None:
    assert (laws.forbidden_name(path) == []) is fine


def test_a_long_module_needs_a_reason_and_a_short_one_none() -> None:
    assert laws.too_long({"clv_xl/a.py": 400}, {}) == []
    assert laws.too_long({"clv_xl/a.py": 401}, {"clv_xl/a.py": "one table"}) == []
    assert "is it two modules" in laws.too_long({"clv_xl/a.py": 401}, {})[0]
    assert "is it two modules" in laws.too_long({"clv_xl/a.py": 401}, {"clv_xl/a.py": ""})[0]
    assert "take it out" in laws.too_long({"clv_xl/a.py": 400}, {"clv_xl/a.py": "one table"})[0]
    assert "take it out" in laws.too_long({}, {"clv_xl/gone.py": "one table"})[0]


GOOD_CHANGELOG = """# Changelog

## [Unreleased]

### Added
- A page.

## [0.2.0] - 2026-11-22

### Fixed
- A sum.

## [0.1.0] - 2026-10-01
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("0.2.0] - 2026-11-22", "0.2.0] - 22 November", "is neither"),
        ("## [0.2.0]", "## 0.2.0", "is neither"),
        ("[0.2.0]", "[0.3.0]", "the newest version is 0.3.0, but the package is 0.2.0"),
        ("### Fixed", "### Bugs", '"### Bugs" is none of'),
        ("## [0.1.0] - 2026-10-01", "## [Unreleased]", "not the first"),
        ("## [0.1.0] - 2026-10-01", "## [0.1.0] - unreleased", "not the first"),
        (GOOD_CHANGELOG, "# Changelog\n", "no heading"),
    ],
)
def test_a_changelog_out_of_form_is_found(old: str, new: str, fault: str) -> None:
    assert laws.changelog_faults(GOOD_CHANGELOG, "0.2.0") == []
    assert laws.changelog_faults("## [Unreleased]\n", "0.2.0") == []
    assert laws.changelog_faults("## [0.2.0] - unreleased\n", "0.2.0") == []
    assert old in GOOD_CHANGELOG
    assert any(fault in found for found in laws.changelog_faults(GOOD_CHANGELOG.replace(old, new), "0.2.0"))


DOCUMENTED = '''
def aov(amounts):
    """Average order value.

    Examples
    --------
    >>> aov([1, 3])
    2.0
    """
'''


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        (DOCUMENTED, True),
        (DOCUMENTED.replace("def aov(amounts)", "class Aov"), True),
        (DOCUMENTED.replace(">>> aov([1, 3])", "aov([1, 3])"), False),
        (DOCUMENTED.replace("Examples\n    --------", "See"), False),
        ("def aov(amounts):\n    return 1", False),
        ("def _inner(amounts):\n    return 1", True),
    ],
)
def test_a_metric_without_example_is_found(source: str, fine: bool) -> None:
    assert (laws.without_example("clv_xl/metrics/value.py", source) == []) is fine


def test_a_stranger_at_the_top_level_is_found() -> None:
    assert laws.beyond_top_level({"clv_xl", "Makefile", "notes.txt"})[0].startswith("notes.txt stands")
    assert laws.beyond_top_level({"clv_xl", "Makefile"}) == []


@pytest.mark.parametrize(
    ("parts", "fine"),
    [
        (["read ", "/wor", "k/main/orders.csv"], False),
        (["'/ro", "ot/.cache'"], False),
        (["open('/t", "mp/x')"], False),
        (["https://registry.np", "mjs.org/"], False),
        (["https://files.python", "hosted.org/packages"], False),
        (["pip install --index-", "url x"], False),
        (["https://example.org/t", "mp/x"], True),
        (["https://pypi.org/project/clv-xl/"], True),
        (["out/sample/orders.csv"], True),
    ],
)
def test_a_path_or_host_of_one_machine_is_found(parts: list[str], fine: bool) -> None:
    # In parts, so that this file does not hold what it forbids.
    assert (laws.machine_text("docs/a.md", "".join(parts)) == []) is fine


def test_every_import_is_seen() -> None:
    source = (
        "import a.b, c\n"
        "from . import d\n"
        "from ..e import f\n"
        "async def g():\n    from h import i\n"
        "lazy = __import__('j')\n"
    )
    names = [item.name for item in laws.imports("clv_xl/report/pages/p.py", source)]
    assert names == ["a.b", "c", "clv_xl.report.pages.d", "clv_xl.report.e.f", "h.i", "j"]


def test_the_laws_name_real_rooms_and_modules() -> None:
    # A law about a room that was renamed would hold for ever without meaning anything.
    rooms = {
        *laws.USES_ONLY,
        *laws.USED_ONLY_BY,
        *laws.PURE_ROOMS,
        *laws.GROUPING_ROOMS,
        *laws.ORDERS_TABLE_ROOMS,
    }
    rooms |= {part.split(".")[0] for allowed in laws.LIBRARIES.values() for part in allowed}
    assert rooms <= set(laws.LAYERS)
    assert callable(importlib.import_module("clv_xl.errors").did_you_mean)
