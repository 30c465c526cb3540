"""A second process computes what it is sent, and an answer never depends on it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clv_xl import second_process
from clv_xl.second_process import Begun, SecondProcess, attend, cores, serve

ME = os.getpid()


def _where() -> int:
    return os.getpid()


def _where_of(text: bytes) -> int:
    return os.getpid() if text else 0


def _dies_elsewhere(than: int) -> str:
    if os.getpid() != than:
        os._exit(1)
    return "here"


def _fails(name: str, asking: int) -> None:
    raise ValueError(f"{name}: {os.getpid() == asking}")


def _talks() -> int:
    os.write(1, b"no answer")
    sys.stdout.write("no answer")
    sys.stdout.flush()
    return 7


def _leaves_a_mark(folder: Path) -> None:
    (folder / "begun").touch()
    time.sleep(60)


def _is_there_in_time(file: Path) -> bool:
    for _ in range(1000):
        if file.exists():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the other process import this module, whose functions it is sent."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


@pytest.mark.usefixtures("beside")
def test_the_answer_comes_from_another_process() -> None:
    with SecondProcess() as second:
        second.start("json")
        first = second.begin(_where).result()
        again = second.begin(_where).result()
    assert first == again != ME


@pytest.mark.usefixtures("beside")
def test_nothing_waits_for_an_answer_while_it_is_computed(tmp_path: Path) -> None:
    with SecondProcess() as second:
        second.start()
        begun = second.begin(_is_there_in_time, tmp_path / "done meanwhile")
        (tmp_path / "done meanwhile").touch()
        assert begun.result()


def test_more_than_a_pipe_holds_is_sent_and_answered() -> None:
    text = bytes(range(256)) * 40_000
    with SecondProcess() as second:
        second.start()
        assert second.begin(bytes.upper, text).result() == text.upper()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere pipes have one size")
@pytest.mark.parametrize("can", ["not known", "not allowed"])
def test_pipes_that_cannot_be_made_wider_do(monkeypatch: pytest.MonkeyPatch, can: str) -> None:
    import fcntl

    def refused(*given: object) -> int:
        raise PermissionError(1, "Operation not permitted")

    if can == "not known":
        monkeypatch.delattr(fcntl, "F_SETPIPE_SZ")
    else:
        monkeypatch.setattr(fcntl, "fcntl", refused)
    text = bytes(1 << 20)
    with SecondProcess() as second:
        second.start()
        assert second.begin(bytes.__add__, text, b"1").result() == text + b"1"
        assert second.is_there


@pytest.mark.usefixtures("beside")
def test_what_somebody_prints_is_no_answer() -> None:
    with SecondProcess() as second:
        second.start()
        assert second.begin(_talks).result() == 7


@pytest.mark.usefixtures("beside")
def test_what_fails_there_fails_here_in_its_own_words() -> None:
    with SecondProcess() as second:
        second.start()
        with pytest.raises(ValueError, match=r"^orders\.csv: True$"):
            second.begin(_fails, "orders.csv", ME).result()
        assert second.begin(_where).result() != ME


def test_an_answer_that_cannot_be_read_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(stream: object) -> object:
        raise AttributeError("no such class any more: the package was replaced meanwhile")

    with SecondProcess() as second:
        second.start()
        begun = second.begin(os.getpid)
        monkeypatch.setattr(second_process, "_receive", unread)
        assert begun.result() == ME
        assert second.begin(os.getpid).result() == ME


@pytest.mark.usefixtures("beside")
def test_where_it_dies_the_answer_is_computed_here() -> None:
    with SecondProcess() as second:
        second.start()
        assert second.begin(_dies_elsewhere, ME).result() == "here"
        assert second.begin(_where).result() == ME


def test_where_it_was_killed_before_it_was_asked_the_answer_is_computed_here() -> None:
    with SecondProcess() as second:
        second.start()
        assert second._process is not None
        second._process.kill()
        second._process.wait()
        assert second.begin(bytes, 1 << 20).result() == bytes(1 << 20)
        assert second.begin(os.getpid).result() == ME


@pytest.mark.usefixtures("beside")
def test_one_thing_at_a_time_is_computed_there() -> None:
    with SecondProcess() as second:
        second.start()
        there, here = second.begin(_where), second.begin(_where)
        assert here.result() == ME != there.result()


def _path() -> list[str]:
    return sys.path


def _code_of_the_package() -> str | None:
    return sys.modules["clv_xl"].__file__


@pytest.mark.usefixtures("beside")
def test_it_computes_with_this_package_whichever_another_python_would_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("of_the_variable", "first_on_the_path"):
        (tmp_path / folder / "clv_xl").mkdir(parents=True)
        (tmp_path / folder / "clv_xl" / "__init__.py").write_text("raise SystemExit('another package')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "of_the_variable"))
    monkeypatch.syspath_prepend(str(tmp_path / "first_on_the_path"))
    with SecondProcess() as second:
        second.start()
        assert second.begin(_where).result() != ME
        assert second.begin(_code_of_the_package).result() == _code_of_the_package()


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("startup", "answers_there"),
    [
        ("import sys; sys.stderr.write('hello')", True),
        ("import os; os.write(1, b'hello')", False),
        ("import os; os.write(1, bytes(16))", False),
        ("import os; os.write(1, bytes(range(255, 0, -1)) * 8)", False),
        ("import sys, types; sys.modules['clv_xl'] = types.ModuleType('clv_xl')", False),
        ("raise SystemExit(3)", False),
        ("import sys; sys.stdin.buffer.read()", False),
        ("import os; os.write(1, bytes(3 << 20))", False),
    ],
)
def test_what_runs_when_a_python_starts_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, startup: str, answers_there: bool
) -> None:
    """Companies have such files: they greet, and set up what their programs need."""
    if not answers_there:
        monkeypatch.setattr(second_process, "_PATIENCE", 1.0)
    (tmp_path / "sitecustomize.py").write_text(startup, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with SecondProcess() as second:
        second.start()
        assert (second.begin(_where_of, bytes(3 << 20)).result() != ME) is answers_there
        assert second.begin(max, 3, 5).result() == 5


@pytest.mark.usefixtures("beside")
def test_without_room_for_copies_the_answer_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(stream: object, what: object) -> None:
        raise MemoryError

    with SecondProcess() as second:
        second.start()
        monkeypatch.setattr(second_process, "_send", full)
        assert second.begin(_where).result() == ME


def test_it_attends_to_whoever_says_a_word_and_where_to_import_from(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = [*sys.path, "/of/the/other"]
    for question in ((b"a word", path, ("json",)), (max, (3, 5), {})):
        second_process._send(asked, question)
    asked.seek(0)
    attend(asked, answers)
    answers.seek(0)
    assert answers.read(6) == b"a word"
    assert second_process._receive(answers) == (True, 5)
    assert sys.path == path


@pytest.mark.usefixtures("beside")
def test_what_is_no_text_on_the_path_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Folder(str):
        __slots__ = ()

    monkeypatch.setattr(sys, "path", [*sys.path, Folder("/a"), Path("/b"), lambda: None])
    with SecondProcess() as second:
        second.start()
        assert second.begin(_path).result()[-2:] == [sys.path[-4], "/a"]


def test_an_isolated_python_starts_an_isolated_one() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from clv_xl.second_process import SecondProcess\n"
        "with SecondProcess() as second:\n    second.start()\n"
        "    print(*second._process.args[1:-1], second.begin(max, 3, 5).result())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", script, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["-P", "-I", "-E", "-s", "-B", "5"]


@pytest.mark.parametrize(
    ("program", "is_one"),
    [
        ("/usr/bin/python3", True),
        ("/opt/python3.13t", True),
        (r"C:/Python312/pythonw.exe", True),
        (r"C:/Python312/python_d.exe", True),
        (r"C:/Python312/Lib/site-packages/pythonwin/Pythonwin.exe", False),
        (r"C:/Python312/pythonservice.exe", False),
        ("/opt/python-clv-report", False),
    ],
)
def test_programs_that_have_a_python_inside_are_not_started(program: str, is_one: bool) -> None:
    assert second_process._is_python(program) is is_one


def test_a_frozen_program_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not second_process._is_python(sys.executable)


@pytest.mark.parametrize("program", ["", None, "/usr/sbin/uwsgi", "/nowhere/python3"])
def test_without_a_python_to_start_everything_is_computed_here(
    monkeypatch: pytest.MonkeyPatch, program: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with SecondProcess() as second:
        second.start()
        assert second.begin(os.getpid).result() == ME


@pytest.mark.usefixtures("beside")
def test_it_ends_with_the_work_whatever_it_is_doing(tmp_path: Path) -> None:
    def work() -> None:
        with SecondProcess() as second:
            second.start()
            processes.append(second._process)
            second.begin(_leaves_a_mark, tmp_path)
            while not (tmp_path / "begun").exists():
                time.sleep(0.01)
            raise KeyboardInterrupt

    processes: list[object] = []
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.perf_counter() - begun < 30
    [process] = processes
    assert getattr(process, "returncode", None) is not None


def test_it_answers_until_nobody_asks() -> None:
    asked, answers = io.BytesIO(), io.BytesIO()
    for question in ((max, (3, 5), {}), (int, ("x",), {}), (sorted, ([2, 1],), {"reverse": True})):
        second_process._send(asked, question)
    asked.seek(0)
    serve(["json"], asked, answers)
    answers.seek(0)
    found = [second_process._receive(answers) for _ in range(3)]
    assert found == [(True, 5), (False, None), (True, [2, 1])]
    with pytest.raises(EOFError):
        second_process._receive(answers)


def test_half_an_answer_is_none() -> None:
    whole = io.BytesIO()
    second_process._send(whole, "an answer")
    with pytest.raises(EOFError):
        second_process._receive(io.BytesIO(whole.getvalue()[:-1]))


def test_what_was_begun_nowhere_is_computed_when_it_is_asked_for() -> None:
    computed: list[int] = []
    begun = Begun(lambda: computed.append(1))
    assert computed == []
    begun.result()
    assert computed == [1]


def test_cores_are_those_of_this_process() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_after_its_end_the_answer_is_computed_here() -> None:
    with SecondProcess() as second:
        second.start()
        begun = second.begin(os.getpid)
    assert begun.result() == ME
