"""A server's habits: what a run says of itself, its log, and two runs that want the same file."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import click
import pytest

from clv_xl.cli import cli as program
from clv_xl.errors import OutputError
from clv_xl.printed import echo, open_closed_streams
from clv_xl.run_record import current, recorded
from clv_xl.workbook import one_writer
from clv_xl.workbook.one_writer import only_writer
from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run

ORDERS = (
    "Customer;Date;Amount\nQuillfeather;2025-01-03;100\nQuillfeather;2025-03-03;50\nVossberg;2025-02-01;x\n"
)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders of Zimmerwald.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


def lines_of(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


# --- what a run says of itself -----------------------------------------------------------------------------


def test_json_says_how_long_a_report_took_and_what_it_counted(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    done = cli("report", orders, "--json", "-o", "r.xlsx", "--log", "log.jsonl")
    run = json.loads(done.stdout)["run"]
    assert (run["command"], run["counts"]["rows"], run["counts"]["set_aside"]) == ("report", 3, 1)
    assert (run["counts"]["customers"], run["counts"]["files"]) == (1, 1)
    assert run["steps"].keys() >= {"reading", "grouping", "predicting", "pages", "writing"}
    assert 0 < sum(run["steps"].values()) <= run["seconds"]
    logged = lines_of(tmp_path / "log.jsonl")
    assert [line["event"] for line in logged] == ["start", *["step"] * (len(logged) - 2), "end"]
    assert (logged[-1]["exit_code"], logged[-1]["counts"]) == (0, run["counts"])
    text = (tmp_path / "log.jsonl").read_text(encoding="utf-8").casefold()
    assert not [name for name in ("quillfeather", "vossberg", "zimmerwald") if name in text]


@pytest.mark.parametrize(
    ("arguments", "counted"),
    [
        (("check", "orders of Zimmerwald.csv"), {"rows": 3, "set_aside": 1}),
        (("map", "orders of Zimmerwald.csv"), {"rows": 3}),
        (("sample", "shop", "--customers", "20", "--years", "2"), {"customers": 20, "files": 4}),
        pytest.param(("template", "t.xlsx"), {}, marks=pytest.mark.long),
        (("functions", "CLV"), {"functions": 1}),
    ],
)
def test_every_job_says_it(
    cli: Callable[..., Run], orders: Path, arguments: tuple[str, ...], counted: dict[str, int]
) -> None:
    done = cli(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    run = json.loads(done.stdout)["run"]
    assert run["command"] == arguments[0]
    assert run["counts"].items() >= counted.items()


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("check", "Quillfeather.csv"), 3, "InputError"),
        (("report", "orders of Zimmerwald.csv", "-o", "none/r.xlsx"), 4, "OutputError"),
        (("report", "orders of Zimmerwald.csv", "-o", "r.txt"), 2, "UsageError"),
        (("check", "orders of Zimmerwald.csv", "--decimal", "Vossberg"), 2, "UsageError"),
    ],
)
def test_the_log_says_how_a_run_failed_but_not_of_whom(
    cli: Callable[..., Run], orders: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, error: str
) -> None:
    done = cli(*arguments, "--log", "log.jsonl")
    assert done.exit_code == code
    last = lines_of(tmp_path / "log.jsonl")[-1]
    assert (last["event"], last["exit_code"], last["error"]) == ("end", code, error)
    text = (tmp_path / "log.jsonl").read_text(encoding="utf-8").casefold()
    assert not [name for name in ("quillfeather", "vossberg", "zimmerwald") if name in text]


def test_a_log_grows_and_one_that_cannot_be_written_stops_a_run_before_it_works(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        cli("check", orders, "--quiet", "--log", "log.jsonl")
    assert [line["event"] for line in lines_of(tmp_path / "log.jsonl")] == ["start", "step", "end"] * 2
    done = cli("report", orders, "-o", "r.xlsx", "--log", "none/log.jsonl")
    assert (done.exit_code, "the log cannot be written" in done.stderr) == (4, True)
    assert not (tmp_path / "r.xlsx").exists()


def test_a_log_is_never_written_into_a_file_that_is_none(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    """A slip in the options once added lines of a log to the orders, and to the report that had just been written."""
    before = orders.read_bytes()
    done = cli("report", orders, "-o", "r.xlsx", "--log", orders)
    assert (done.exit_code, orders.read_bytes()) == (2, before)
    assert "is there already and is no log of clv_xl. Choose another file with --log." in done.stderr
    assert cli("report", orders, "-o", "r.xlsx").exit_code == 0
    report = (tmp_path / "r.xlsx").read_bytes()
    (tmp_path / "r.xlsx").unlink()
    done = cli("report", orders, "-o", "r.xlsx", "--log", "r.xlsx", "--replace")
    assert (done.exit_code, (tmp_path / "r.xlsx").read_bytes()) == (0, report)
    assert "Note: r.xlsx: the log cannot be written (is no log of clv_xl)." in done.stderr


def test_an_empty_file_and_one_that_may_only_be_added_to_are_logged_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "dark.jsonl").write_text("somebody's", encoding="utf-8")
    real = Path.open

    def opened(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if path.name == "dark.jsonl" and mode == "rb":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, mode, *arguments, **named)

    for name in ("empty.jsonl", "dark.jsonl"):
        with monkeypatch.context() as patch, recorded() as record:
            patch.setattr(Path, "open", opened)
            record.log_to(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").count('"event"') == 2


def test_words_that_are_only_parsed_are_not_logged(tmp_path: Path) -> None:
    with program.make_context("clv-xl", ["check", "x.csv", "--log", str(tmp_path / "log.jsonl")]) as context:
        command = program.commands["check"]
        command.make_context("check", ["x.csv", "--log", str(tmp_path / "log.jsonl")], parent=context)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_log_that_fills_up_changes_no_exit_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with recorded() as record:
        record.log_to(tmp_path / "log.jsonl")
        (tmp_path / "log.jsonl").unlink()
        (tmp_path / "log.jsonl").symlink_to("/dev/full")
        record.step("Reading orders")
        record.step("Writing the pages")
    assert capsys.readouterr().err.count("the log cannot be written (No space left on device)") == 1


def test_an_error_of_ours_in_the_middle_is_logged_as_exit_code_1(tmp_path: Path) -> None:
    def fails() -> None:
        with recorded() as record:
            record.log_to(tmp_path / "log.jsonl")
            assert current() is record
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    last = lines_of(tmp_path / "log.jsonl")[-1]
    assert (last["exit_code"], last["error"]) == (1, "ZeroDivisionError")


def test_doctor_ends_with_3_where_something_is_wrong(
    cli: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from clv_xl.desktop import doctor

    bad = doctor.Examined("Excel", "bad", "none", "install it")
    monkeypatch.setattr(doctor, "examine", lambda _: [bad])
    done = cli("doctor", "--json")
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told["checks"] == [{"what": "Excel", "state": "bad", "found": "none", "remedy": "install it"}]
    assert (told["run"]["command"], told["run"]["counts"]) == ("doctor", {"checks": 1, "bad": 1})
    monkeypatch.setattr(doctor, "examine", lambda _: [])
    assert cli("doctor").exit_code == 0


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_what_is_done_to_an_excel_is_told_in_the_same_form(
    cli: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    from clv_xl.desktop import installing

    step = installing.Step("Add-in", Path("clv_xl.xlam"), "unchanged")
    monkeypatch.setattr(installing, command, lambda _: (step,))
    told = json.loads(cli(command, "--json").stdout)
    assert told["steps"] == [{"what": "Add-in", "path": "clv_xl.xlam", "done": "unchanged"}]
    assert (told["run"]["command"], told["run"]["counts"]) == (command, {"steps": 1})


def test_every_command_with_json_gives_the_same_form() -> None:
    """Nothing prints JSON but what adds the run to it."""
    users = [
        path.name
        for path in (Path(__file__).parent.parent / "clv_xl").rglob("*.py")
        if "json_text(" in path.read_text(encoding="utf-8")
    ]
    assert users == ["printed.py"]


# --- one run at a time -------------------------------------------------------------------------------------


def test_a_second_run_on_the_same_report_ends_with_4_and_says_who_writes(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    (tmp_path / "r.xlsx").write_bytes(b"")
    with only_writer([tmp_path / "r.xlsx"]):
        done = cli("report", orders, "-o", "r.xlsx", "--replace")
        assert done.exit_code == 4
        assert f"another run of clv-xl (process {os.getpid()}) is writing it" in done.stderr
        assert "--wait SECONDS" in done.stderr
    assert (tmp_path / "r.xlsx").read_bytes() == b""
    assert sorted(path.name for path in tmp_path.iterdir()) == [orders.name, "r.xlsx"]


def test_lists_and_rows_set_aside_are_held_like_the_report(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    for name, option in (("lists", "--lists"), ("aside.csv", "--set-aside"), ("all.csv", "--all-customers")):
        with only_writer([tmp_path / name]):
            done = cli("report", orders, "-o", "r.xlsx", option, name)
            assert (done.exit_code, name in done.stderr) == (4, True)


def test_a_run_waits_for_another_as_long_as_it_was_told(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    taken, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with only_writer([tmp_path / "r.xlsx"]):
            taken.set()
            let_go.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    taken.wait(10)
    threading.Timer(0.3, let_go.set).start()
    began = time.monotonic()
    done = cli("report", orders, "-o", "r.xlsx", "--wait", "30")
    other.join()
    assert done.exit_code == 0, done.stderr
    assert time.monotonic() - began > 0.2
    assert sorted(path.name for path in tmp_path.iterdir()) == [orders.name, "r.xlsx"]


def test_the_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom clv_xl.workbook.one_writer import only_writer\n"
        "with only_writer([Path(sys.argv[1])]):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    target = tmp_path / "r.xlsx"
    with subprocess.Popen([sys.executable, "-c", script, target], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match=f"process {other.pid}"), only_writer([target]):
            pytest.fail("two runs hold one report")
        other.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        other.wait()
    assert list(tmp_path.iterdir()), "a killed process leaves its lock behind"
    with only_writer([target]):
        pass
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_gone_with_the_next_that_starts_however_it_ends(
    cli: Callable[..., Run], orders: Path, tmp_path: Path
) -> None:
    """A half-written report holds customers: it must not lie there until a later run is lucky."""
    done = cli("report", orders, "--lists", "lists", "-o", "r.xlsx")
    assert done.exit_code == 0, done.stderr
    written = min(path.name for path in (tmp_path / "lists").glob("*.csv"))
    names = (".r.xlsx.abcdefgh.tmp", f"lists/.{written}.abcdefgh.tmp", "lists/.notes.csv.abcdefgh.tmp")
    for name in names:
        (tmp_path / name).write_text("Quillfeather", encoding="utf-8")
    orders.write_text("nothing\nof use\n", encoding="utf-8")
    assert cli("report", orders, "--lists", "lists", "-o", "r.xlsx").exit_code == 3
    assert [(tmp_path / name).exists() for name in names] == [False, False, True]


def test_of_many_threads_one_at_a_time_holds_a_report(tmp_path: Path) -> None:
    inside, most = [0], [0]

    def write() -> None:
        for _ in range(20):
            with only_writer([tmp_path / "a.xlsx", tmp_path / "b.xlsx"], wait=60):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    others = [threading.Thread(target=write) for _ in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert most == [1]
    assert not list(tmp_path.iterdir())


def test_a_link_and_what_it_leads_to_are_one_report(tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_bytes(b"")
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "r.xlsx")
    with (
        only_writer([tmp_path / "link.xlsx"]),
        pytest.raises(OutputError),
        only_writer([tmp_path / "r.xlsx"]),
    ):
        pytest.fail("two runs hold one report")


def test_a_lock_in_a_folder_of_orders_is_not_told_of(cli: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    with only_writer([tmp_path / "in" / "orders.xlsx"]):
        done = cli("check", "in")
    assert done.exit_code == 0, done.stderr
    assert "1 file read" in done.stdout
    assert "lock" not in done.stdout


# --- what the documents say -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["docs/server.md", "docs/security.md"])
def test_every_command_line_in_the_documents_has_options_that_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    asked = re.findall(r"(?:clv-xl|clv-xl:|-Argument ')\s*(report|check|refresh)((?: [^\n`']+)?)", text)
    options = {found for _, rest in asked for found in re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)}
    assert options >= {"-o"}
    known = {
        option for command in program.commands.values() for item in command.params for option in item.opts
    }
    assert options <= known
    named = set(re.findall(r"`(--[a-z-]+)", text))
    assert named <= known


def test_the_units_of_systemd_are_what_it_understands(tmp_path: Path) -> None:
    if (verify := which("systemd-analyze")) is None:
        return  # it is no part of what CI installs; where it is, the units are held against it
    text = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    service, timer = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    (tmp_path / "clv-report.service").write_text(service.replace("/srv/clv/venv/bin/clv-xl", sys.executable))
    (tmp_path / "clv-report.timer").write_text(timer)
    units = [tmp_path / "clv-report.service", tmp_path / "clv-report.timer"]
    done = subprocess.run([verify, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_that_takes_no_lock_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(*given: object) -> int:
        raise OSError(code, "refused")

    monkeypatch.setattr(one_writer.os, "open", refused)
    with only_writer([tmp_path / "report.xlsx"]):
        assert not list(tmp_path.iterdir())


def test_a_file_system_without_locks_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unknown)
    with only_writer([tmp_path / "report.xlsx"]), only_writer([tmp_path / "report.xlsx"]):
        assert [path.name for path in tmp_path.iterdir()] == [".report.xlsx.clv_xl-lock"]
    assert not list(tmp_path.iterdir())


def test_a_lock_that_its_holder_removes_in_the_last_moment_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, path, removed = one_writer._lock, tmp_path / ".report.xlsx.clv_xl-lock", []

    def late(descriptor: int) -> bool:
        if not removed:
            removed.append(path.unlink())
        return lock(descriptor)

    monkeypatch.setattr(one_writer, "_lock", late)
    with only_writer([tmp_path / "report.xlsx"]):
        assert removed
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_lock_that_does_not_say_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".report.xlsx.clv_xl-lock"
    for content in (b"\xff\xfe", b""):
        path.write_bytes(content)
        with path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with (
                pytest.raises(OutputError, match="another run of clv-xl is writing it"),
                only_writer([tmp_path / "report.xlsx"]),
            ):
                pass


# --- where nobody listens ------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{program} check nowhere.csv <&- >&- 2>&-", 3),
        ("{program} check {orders} --set-aside aside.csv <&- >&- 2>&-", 0),
        ("{{ sleep 0.1; {program} functions --json; }} | true; exit ${{PIPESTATUS[0]}}", 4),
    ],
)
def test_closed_streams_change_no_exit_code_and_no_file(
    orders: Path, tmp_path: Path, cli_program: Path, line: str, code: int
) -> None:
    """Without standard streams the next file that is opened would be one, and take what a library mutters."""
    command = line.format(program=f"'{cli_program}'", orders=f"'{orders}'")
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == code
    assert (tmp_path / "aside.csv").exists() == (code == 0)


def test_where_a_stream_is_closed_or_its_reader_gone_the_program_says_so_by_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    open_closed_streams()
    assert [stream.name for stream in (sys.stdin, sys.stdout, sys.stderr)] == [os.devnull] * 3
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()

    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(click, "echo", gone)
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as ended:
            echo("figures")
        stream.write("what was held back")
    assert ended.value.code == 4
    assert not (tmp_path / "out").read_text(encoding="utf-8")
