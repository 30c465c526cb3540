"""A second process computes what it is sent, and an answer never depends on it."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest

from clv_xl import second_process
from clv_xl.second_process import Begun, SecondProcess, cores, serve

ME = os.getpid()


def _where() -> int:
    return os.getpid()


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
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]))


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
