"""What every test may ask for: the tools of this machine, public data, and the command line.

A tool or a file that is not there skips the test with a reason. With ``CLV_XL_NO_SKIP=1``, as in ``.ci/run``,
a skipped test is a failed one, except for the data folder beside the clone: a fresh clone has none.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import sysconfig
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from clv_xl.cli import main
from tests.office import LOCAL_VALIDATOR, ROOT, LibreOffice, Validator, find_libreoffice, find_validator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

NO_SKIP_VARIABLE = "CLV_XL_NO_SKIP"
NO_SHARED_DATA = "the public data folder ../shared/data is not beside this clone"

# The same examples on every run and machine, and no failure because a machine was busy.
settings.register_profile("clv_xl", derandomize=True, deadline=None, database=None)
settings.load_profile("clv_xl")


def pytest_configure(config: pytest.Config) -> None:
    """Register what pyproject.toml does not: the packaging marker, and the rule against skipping."""
    config.addinivalue_line("markers", "packaging: builds the wheel, with the tools that make check installs")
    if os.environ.get(NO_SKIP_VARIABLE) == "1":
        # Registered as a plugin of its own, because hooks of this file do not reach the package's doctests.
        config.pluginmanager.register(_SkippedIsFailed(), "clv_xl_no_skip")


class _SkippedIsFailed:
    """Turns each skipped test, doctest or module into a failed one, so that the closing line is true."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        # An expected failure is reported as skipped too, and is not.
        if not hasattr(report, "wasxfail"):
            _fail_if_skipped(report)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        _fail_if_skipped(report)
        return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome != "skipped":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if NO_SHARED_DATA in reason:
        return
    report.outcome = "failed"
    report.longrepr = f"This machine has to run it ({NO_SKIP_VARIABLE}=1), but: {reason}"


TALLY = "tally"


class Tally:
    """How many of what a test tries held, for the summary at the end of a run."""

    def __init__(self, what: str, properties: list[tuple[str, object]]) -> None:
        self._what = what
        self._properties = properties

    def begin(self, number: int = 1) -> None:
        """Count what is about to be tried."""
        self._properties.append((TALLY, [self._what, 0, number]))

    def held(self, number: int = 1) -> None:
        """Count what held of it."""
        self._properties.append((TALLY, [self._what, number, 0]))

    def add(self, held: bool) -> None:
        """Count one that was tried."""
        self._properties.append((TALLY, [self._what, int(held), 1]))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[[str], Tally]:
    """Count what a test tries under a name: ``tally("rounds").add(held)``."""
    return lambda what: Tally(what, request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have tried, and how much of it held."""
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for name, told in report.user_properties:
                if name == TALLY:
                    what, good, all_ = told
                    held[what] += good
                    tried[what] += all_
    if tried:
        terminalreporter.section("reliability")
        for what in sorted(tried):
            terminalreporter.write_line(f"{held[what]:,} of {tried[what]:,} {what}")


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


def result_of(done: Run) -> dict[str, Any]:
    """What ``--json`` printed, without how long the run took."""
    return {name: value for name, value in json.loads(done.stdout).items() if name != "run"}


@pytest.fixture(scope="session")
def cli_program() -> Path:
    """The installed ``clv-xl`` script of the Python that runs the tests."""
    scripts = sysconfig.get_path("scripts")
    found = which("clv-xl", path=scripts)
    assert found, f"clv-xl is not in {scripts}. Install the package: make test does."
    return Path(found)


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """What the command line finds: width and colour are fixed, whatever terminal pytest runs in."""
    fixed = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    return {**os.environ, **fixed, **(more or {})}


@pytest.fixture(scope="session", autouse=True)
def _readers_tell_what_they_reached() -> Generator[None]:
    """Let the process that opens files come to its own end where coverage is measured: killed, it tells nothing."""
    coverage = sys.modules.get("coverage")
    if coverage is None or coverage.Coverage.current() is None:
        yield
        return
    from clv_xl.orders.kinds.limited import LimitedReader

    def ended(reader: LimitedReader, *error: Any) -> None:
        process = reader._process
        if not any(error):
            with suppress(OSError, subprocess.TimeoutExpired):
                process.stdin.close()
                process.wait(20)
        whole(reader, *error)

    whole = LimitedReader.__exit__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LimitedReader, "__exit__", ended)
        yield


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., Run]:
    """Run ``clv-xl`` as a user does: ``cli("report", "orders.csv", "-o", "report.xlsx")``.

    It starts in the test's ``tmp_path`` unless ``cwd`` says otherwise. It is ``main()`` in this process, which need
    not import everything anew; ``cli_process`` is for what only a process of its own can show.
    """

    def run(*arguments: str | Path, cwd: Path | None = None) -> Run:
        said = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
        exit_code = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            for name, value in _environment(None).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["clv-xl", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.StringIO())
            for name, stream in said.items():
                patch.setattr(sys, name, stream)
            try:
                main()
            except SystemExit as done:
                exit_code = done.code if isinstance(done.code, int) else int(done.code is not None)
        return Run(exit_code, *(_written(stream) for stream in said.values()))

    return run


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content: io.BytesIO = stream.buffer  # type: ignore[assignment]  # as made above
    return content.getvalue().decode("utf-8").replace("\r\n", "\n")


@pytest.fixture
def cli_process(cli_program: Path, tmp_path: Path) -> Callable[..., Run]:
    """Run the installed ``clv-xl`` in a process of its own; ``env`` adds to the environment."""

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 120,
    ) -> Run:
        done = subprocess.run(
            [cli_program, *arguments],
            cwd=cwd or tmp_path,
            env=_environment(env),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def _libreoffice() -> Path:
    program = find_libreoffice()
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc)")
    return program


@pytest.fixture(scope="session")
def soffice(_libreoffice: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Convert a workbook with LibreOffice, values as stored: ``soffice(path, "pdf", outdir) -> Path``."""
    office = LibreOffice(_libreoffice, tmp_path_factory.mktemp("as_stored"), recalculate=False)

    def convert(path: Path, fmt: str = "pdf", outdir: Path | None = None) -> Path:
        return office.convert(path, fmt, outdir or tmp_path_factory.mktemp("converted"))

    return convert


@pytest.fixture(scope="session")
def recalculate(_libreoffice: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return the path of a copy of a workbook in which LibreOffice has computed every formula anew."""
    office = LibreOffice(_libreoffice, tmp_path_factory.mktemp("recalculating"), recalculate=True)
    return lambda path: office.convert(path, "xlsx", tmp_path_factory.mktemp("recalculated"))


@pytest.fixture(scope="session")
def ooxml_validator() -> Callable[[Path], list[str]]:
    """Return the faults that the Open XML SDK finds in a workbook: an empty list is a valid file."""
    program = find_validator()
    if program is None:
        pytest.skip(f"the validator is not in {LOCAL_VALIDATOR.relative_to(ROOT)} (make check installs it)")
    if program == LOCAL_VALIDATOR and which("node") is None:
        pytest.skip("the validator needs Node.js (Debian: apt install nodejs)")
    return Validator(program).errors


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the clone."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(NO_SHARED_DATA)
    return folder


@pytest.fixture(scope="session")
def cdnow_master() -> Path:
    """CDNOW_master.txt (69,659 transactions) as the PyPI package lifetimes carries it; it is not imported."""
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the PyPI package lifetimes is not installed (pip install '.[test]')")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"
    assert path.is_file(), f"lifetimes is installed without {path.name}"
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the long tests what ``one_in`` says."""
    seen: Counter[str] = Counter()
    for item in items:
        if mark := item.get_closest_marker("one_in"):
            name = item.nodeid.partition("[")[0]
            if seen[name] % mark.args[0]:
                item.add_marker(pytest.mark.long)
            seen[name] += 1
