"""Installing, uninstalling and the doctor, on a fake Windows profile and a fake Mac home.

No Excel is here: what Excel does with the files is on docs/excel-checklist.md. What is tested is every file
that is written, and that nothing else is touched.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clv_xl.desktop.desk import Desk, this_desk
from clv_xl.desktop.doctor import Examined, examine
from clv_xl.desktop.installing import blocking_mark, install, uninstall
from clv_xl.desktop.settings import interpreter_setting, read_setting, with_settings
from clv_xl.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run

ADDIN = b"an add-in"
NAMES = [
    pytest.param("anna", marks=pytest.mark.long),
    pytest.param("Åsa Øst", marks=pytest.mark.long),
    "Łukasz Ōno",  # neither in cp1252: the hardest of the three
]


def write_python(path: Path) -> None:
    """A Python at another place, which knows what the running one knows."""
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture(params=NAMES)
def windows(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """A Windows profile whose user has such a name, with a Python in a folder with a space."""
    home = tmp_path / "Users" / request.param
    python = home / "App Data" / "tools" / "Scripts" / "python.exe"
    write_python(python)
    (python.parent.parent / f"xlwings64-{version('xlwings')}.dll").touch()
    addin = tmp_path / "package" / "clv_xl.xlam"
    addin.parent.mkdir()
    addin.write_bytes(ADDIN)
    return Desk(
        "windows",
        home=home,
        roaming=home / "AppData" / "Roaming",
        interpreter=python,
        addin=addin,
        code_page="cp1252",
        variables={"USERPROFILE": str(home), "SYSTEMDRIVE": "/", "EMPTY": ""},
    )


@pytest.fixture(params=NAMES)
def mac(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """A Mac home whose user has such a name, with a Python in a folder with a space."""
    home = tmp_path / "Users" / request.param
    python = home / "Library" / "Application Support" / "tools" / "bin" / "python3"
    write_python(python)
    addin = tmp_path / "package" / "clv_xl.xlam"
    addin.parent.mkdir()
    addin.write_bytes(ADDIN)
    return Desk(
        "mac",
        home=home,
        roaming=Path(),
        interpreter=python,
        addin=addin,
        script=this_desk().script,
        code_page="ascii",
    )


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def state(desk: Desk, what: str) -> Examined:
    """What the doctor says of one thing."""
    return next(item for item in examine(desk) if item.what == what)


def bad(desk: Desk) -> list[str]:
    """What the doctor finds wrong, apart from what only a real Windows has."""
    return [item.what for item in examine(desk) if item.state == "bad" and item.what != "pywin32"]


# Windows


def test_windows_gets_the_addin_in_xlstart_and_the_interpreter_in_the_settings(windows: Desk) -> None:
    steps = install(windows)
    assert (windows.home / "AppData/Roaming/Microsoft/Excel/XLSTART/clv_xl.xlam").read_bytes() == ADDIN
    content = (windows.home / ".clv_xl" / "clv_xl.conf").read_bytes()
    named = read_setting(content, "INTERPRETER_WIN", "cp1252")
    assert named is not None
    # VBA expands the variables after it has read the value in the machine's code page
    assert named.replace("%USERPROFILE%", str(windows.home)) == str(windows.interpreter)
    assert read_setting(content, "USE UDF SERVER", "cp1252") == "True"
    assert read_setting(content, "ADD_WORKBOOK_TO_PYTHONPATH", "cp1252") == "False"
    assert [step.done for step in steps] == ["written", "written"]
    assert bad(windows) == []


def test_a_path_that_the_code_page_holds_is_written_as_it_is(windows: Desk) -> None:
    named = interpreter_setting(windows)
    if "Ł" in str(windows.home):
        assert named == "%USERPROFILE%/App Data/tools/Scripts/python.exe"
    else:
        assert named == str(windows.interpreter)


def test_a_path_with_percent_signs_is_not_filled_in_by_accident(windows: Desk) -> None:
    python = windows.home / "%TEMP%" / "Scripts" / "python.exe"
    with pytest.raises(UsageError, match="plain letters"):
        interpreter_setting(replace(windows, interpreter=python))
    inside = {"TEMPDIR": str(python.parent.parent)}
    assert interpreter_setting(replace(windows, interpreter=python, variables=inside)) == (
        "%TEMPDIR%/Scripts/python.exe"
    )


def test_a_python_without_the_library_of_xlwings_is_refused(windows: Desk) -> None:
    assert windows.library is not None
    windows.library.unlink()
    with pytest.raises(UsageError, match="Microsoft Store"):
        install(windows)
    assert not windows.roaming.exists()


def test_a_path_that_no_variable_makes_readable_is_refused(windows: Desk, tmp_path: Path) -> None:
    python = tmp_path / "Ελλάδα" / "python.exe"
    write_python(python)
    (python.parent.parent / f"xlwings64-{version('xlwings')}.dll").touch()
    desk = replace(windows, interpreter=python)
    with pytest.raises(UsageError, match="plain letters") as refusal:
        install(desk)
    assert str(refusal.value).startswith(f"{python}: ")
    assert not windows.roaming.exists()


def test_installing_twice_changes_nothing(windows: Desk) -> None:
    install(windows)
    before = files(windows.home)
    assert [step.done for step in install(windows)] == ["unchanged", "unchanged"]
    assert files(windows.home) == before


def test_uninstalling_leaves_nothing_behind_and_touches_nothing_else(windows: Desk) -> None:
    other = windows.roaming / "Microsoft" / "Excel" / "XLSTART" / "PERSONAL.XLSB"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"the user's own macros")
    before = files(windows.home)
    install(windows)
    assert [step.done for step in uninstall(windows)] == ["removed", "removed"]
    assert files(windows.home) == before
    assert not (windows.home / ".clv_xl").exists()
    assert uninstall(windows) == ()


def test_the_users_own_settings_lines_survive_both(windows: Desk) -> None:
    windows.settings.parent.mkdir(parents=True)
    own = '"SHOW CONSOLE","True"\r\n"PYTHONPATH","C:\\Böcker"'.encode("cp1252")
    windows.settings.write_bytes(own)
    install(windows)
    content = windows.settings.read_bytes()
    assert content.endswith(b"\r\n" + own)
    assert content.startswith(b'"INTERPRETER_WIN","')
    uninstall(windows)
    assert windows.settings.read_bytes() == own


def test_a_second_python_takes_over_and_the_doctor_tells(windows: Desk, tmp_path: Path) -> None:
    install(windows)
    second = tmp_path / "second" / "Scripts" / "python.exe"
    write_python(second)
    (second.parent.parent / f"xlwings64-{version('xlwings')}.dll").touch()
    desk = replace(windows, interpreter=second)
    found = state(desk, "Second Python")
    assert found.state == "note"
    assert str(windows.interpreter) in found.found
    assert str(second) in found.found
    assert [step.done for step in install(desk)] == ["unchanged", "replaced"]
    assert windows.settings.read_bytes().count(b"INTERPRETER_WIN") == 1
    assert not [item for item in examine(desk) if item.what == "Second Python"]


def test_an_older_addin_is_replaced(windows: Desk) -> None:
    windows.addin_target.parent.mkdir(parents=True)
    windows.addin_target.write_bytes(b"older")
    windows.settings.parent.mkdir(parents=True)
    windows.settings.write_bytes(b"")
    assert "another version" in state(windows, "Add-in").found
    assert install(windows)[0].done == "replaced"
    assert windows.addin_target.read_bytes() == ADDIN


@pytest.mark.parametrize("action", [install, uninstall])
def test_an_addin_that_excel_holds_stays_and_the_remedy_is_told(
    windows: Desk, monkeypatch: pytest.MonkeyPatch, action: object
) -> None:
    windows.addin_target.parent.mkdir(parents=True)
    windows.addin_target.write_bytes(b"older")
    before = files(windows.home)

    def held(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(Path, "unlink", held if action is uninstall else Path.unlink)
    with pytest.raises(OutputError, match="Close Excel") as refusal:
        action(windows)  # type: ignore[operator]
    assert str(refusal.value).startswith(f"{windows.addin_target}: ")
    assert files(windows.home) == before


def test_no_half_written_addin_ever_lies_where_excel_opens_everything(
    windows: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        seen.append(sorted(path.name for path in windows.addin_target.parent.iterdir()))
        real(descriptor)

    monkeypatch.setattr("clv_xl.desktop.installing.os.fsync", look)
    install(windows)
    assert seen[0] == []


def test_a_blocked_addin_is_unblocked_by_installing(windows: Desk) -> None:
    install(windows)
    mark = blocking_mark(windows.addin_target)
    assert mark.name == "clv_xl.xlam:Zone.Identifier"
    mark.write_text("[ZoneTransfer]\nZoneId=3\n", encoding="ascii")
    found = state(windows, "Block on files from the internet")
    assert found.state == "bad"
    assert "Unblock" in found.remedy
    install(windows)
    assert bad(windows) == []


def test_a_missing_addin_says_that_the_package_is_not_whole(windows: Desk) -> None:
    windows.addin.unlink()
    with pytest.raises(InputError, match="Install clv-xl anew"):
        install(windows)
    assert not windows.roaming.exists()


def test_a_python_unpacked_for_one_run_is_refused(windows: Desk) -> None:
    passing = windows.home / "AppData/Local/uv/cache/archive-v0/x/Scripts/python.exe"
    with pytest.raises(UsageError, match="uv tool install"):
        install(replace(windows, interpreter=passing))
    assert not windows.roaming.exists()


# The doctor on Windows


def test_the_doctor_names_what_is_missing_before_anything_is_installed(windows: Desk) -> None:
    assert bad(windows) == ["Add-in", "Settings"]
    assert all(item.remedy for item in examine(windows) if item.state == "bad")


def test_settings_beside_the_addin_are_no_fault_because_nothing_reads_them(windows: Desk) -> None:
    install(windows)
    windows.addin_target.with_name("clv_xl.conf").write_text(
        '"INTERPRETER_WIN","C:\\old.exe"\n', encoding="ascii"
    )
    assert "Add-in" not in bad(windows)
    assert "Other settings" not in {item.what for item in examine(windows)}


def test_the_doctor_sees_a_python_that_is_gone(windows: Desk) -> None:
    install(windows)
    windows.interpreter.unlink()
    assert bad(windows) == ["Settings"]
    assert state(windows, "Settings").remedy == "Run: clv-xl install"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "does not know clv_xl or xlwings"),
        ("exit 4", "has another version of clv_xl"),
        ("exit 9", "ends with code 9"),
    ],
)
def test_the_doctor_asks_the_python_that_excel_starts(windows: Desk, script: str, words: str) -> None:
    install(windows)
    windows.interpreter.unlink()
    windows.interpreter.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    windows.interpreter.chmod(0o755)
    assert words in state(windows, "Python of Excel").found
    assert state(windows, "Python of Excel").state == "bad"


def test_the_doctor_sees_a_file_that_is_no_program(windows: Desk) -> None:
    install(windows)
    windows.interpreter.unlink()
    windows.interpreter.write_bytes(b"no program")
    windows.interpreter.chmod(0o755)
    assert "does not start" in state(windows, "Python of Excel").found


def test_the_doctor_looks_for_the_library_where_the_macro_does(windows: Desk) -> None:
    install(windows)
    library = windows.interpreter.parent.parent / f"xlwings64-{version('xlwings')}.dll"
    assert state(windows, "Library of xlwings").found == str(library)
    library.unlink()
    assert state(windows, "Library of xlwings").state == "bad"


def test_the_doctor_sees_what_excel_or_an_administrator_switched_off(windows: Desk) -> None:
    install(windows)
    policy = r"Software\Policies\Microsoft\Office\16.0\Excel\Security\Trusted Locations"
    disabled = r"Software\Microsoft\Office\16.0\Excel\Resiliency\DisabledItems"
    values: dict[tuple[str, str], object] = {
        (policy, "AllLocationsDisabled"): 1,
        (disabled, ""): (b"\0\0", "C:\\XLSTART\\clv_xl.xlam".encode("utf-16-le")),
    }
    desk = replace(windows, registry=lambda path, name: values.get((path, name)))
    assert bad(desk) == ["Trusted location", "Disabled by Excel"]
    assert "administrator" in state(desk, "Trusted location").remedy


def test_the_doctor_sees_a_second_copy_among_the_addins(windows: Desk) -> None:
    install(windows)
    options = r"Software\Microsoft\Office\16.0\Excel\Options"
    values = {(options, ""): (1, '/R "D:\\Old\\CLV_XL.xlam"')}
    desk = replace(windows, registry=lambda path, name: values.get((path, name)))
    assert bad(desk) == ["Another copy"]
    assert "D:" in state(desk, "Another copy").found


def test_another_xlwings_than_the_addin_was_made_with_is_told(
    windows: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = version
    monkeypatch.setattr(
        "clv_xl.desktop.doctor.version", lambda name: "0.30.0" if name == "xlwings" else real(name)
    )
    found = state(windows, "xlwings")
    assert found.state == "bad"
    assert found.found.startswith("0.30.0, but the add-in was made with 0.37.8")


# The Mac


def test_a_mac_gets_the_addin_the_script_and_the_settings(mac: Desk) -> None:
    assert [step.done for step in install(mac)] == ["written"] * 3
    startup = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
    assert (mac.home / startup / "clv_xl.xlam").read_bytes() == ADDIN
    script = mac.home / "Library/Application Scripts/com.microsoft.Excel/xlwings-0.37.8.applescript"
    assert script.read_bytes() == mac.script.read_bytes()
    assert mac.settings == mac.home / "Library/Containers/com.microsoft.Excel/Data/clv_xl.conf"
    assert mac.settings.read_bytes().isascii()
    assert bad(mac) == []
    assert [step.done for step in install(mac)] == ["unchanged"] * 3


def test_the_shell_of_a_mac_finds_the_python_unquoted(mac: Desk) -> None:
    named = interpreter_setting(mac)
    # the script of xlwings puts the setting in front of this, without quotes
    done = subprocess.run(
        ["/bin/sh", "-c", f"{named} -c \"print('here')\""], capture_output=True, text=True, check=True
    )
    assert done.stdout == "here\n"


def test_a_path_that_the_shell_could_take_for_another_is_refused(mac: Desk) -> None:
    twin = mac.home / "Library" / "Application-Support" / "tools" / "bin" / "python3"
    twin.parent.mkdir(parents=True)
    twin.touch()
    with pytest.raises(UsageError, match="without spaces"):
        install(mac)
    assert not mac.settings.exists()


def test_an_old_mac_keeps_its_old_startup_folder(mac: Desk) -> None:
    old = mac.home / "Library/Group Containers/UBF8T346G9.Office/User Content/Startup/Excel"
    old.mkdir(parents=True)
    install(mac)
    assert (old / "clv_xl.xlam").is_file()


def test_uninstalling_from_a_mac_leaves_nothing_behind(mac: Desk) -> None:
    before = files(mac.home)
    install(mac)
    assert [step.done for step in uninstall(mac)] == ["removed"] * 3
    assert files(mac.home) == before


@pytest.mark.parametrize("other", [0, 1])
def test_the_script_stays_where_xlwings_needs_it(mac: Desk, other: int) -> None:
    install(mac)
    file = mac.other_users_of_the_script[other]
    file.write_bytes(b"")
    uninstall(mac)
    assert mac.script_target.is_file()


def test_a_script_that_was_there_before_stays(mac: Desk) -> None:
    mac.script_target.parent.mkdir(parents=True)
    mac.script_target.write_bytes(mac.script.read_bytes())
    install(mac)
    uninstall(mac)
    assert mac.script_target.is_file()
    assert not mac.settings.exists()


def test_the_doctor_sees_a_mac_without_the_script(mac: Desk) -> None:
    install(mac)
    mac.script_target.unlink()
    assert bad(mac) == ["Script that starts Python"]
    mac.script_target.write_bytes(b"older")
    assert bad(mac) == ["Script that starts Python"]


# Elsewhere, and the command line


def test_elsewhere_the_commands_say_what_is_possible(cli: Callable[..., Run]) -> None:
    if this_desk().system != "other":
        pytest.skip("on Windows and on a Mac these commands touch the user's Excel")
    for command in ("install", "uninstall"):
        done = cli(command)
        assert done.exit_code == 2
        assert "clv-xl report orders.csv" in done.stderr
    done = cli("doctor")
    assert done.exit_code == 0
    assert "clv-xl report orders.csv" in done.stdout


def test_the_commands_speak_and_write_json(
    windows: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from clv_xl.cli import cli as commands

    monkeypatch.setattr("clv_xl.desktop.desk.this_desk", lambda: windows)

    def run(*words: str) -> tuple[int, str]:
        # without click's own handling a command ends by returning, or by returning its exit code
        code = commands(list(words), standalone_mode=False)
        return code or 0, capsys.readouterr().out

    assert run("doctor")[0] == 3
    assert "Start Excel anew" in run("install")[1]
    records = json.loads(run("install", "--json")[1])["steps"]
    assert [record["done"] for record in records] == ["unchanged", "unchanged"]
    assert run("install", "--quiet") == (0, "")
    names = [record["what"] for record in json.loads(run("doctor", "--json")[1])["checks"]]
    assert names[:2] == ["Python", "xlwings"]
    assert "removed" in run("uninstall")[1]
    assert run("uninstall")[1] == "Nothing was installed.\n"


def test_the_script_that_xlwings_brings_is_found() -> None:
    package = find_spec("xlwings")
    assert package is not None
    assert package.origin is not None
    assert this_desk().script.is_file()
    assert this_desk().script.parent == Path(package.origin).parent


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'"INTERPRETER_WIN","C:\\a b\\python.exe"\r\n', "C:\\a b\\python.exe"),
        (b'interpreter_win, C:\\a\\python.exe\r\n"INTERPRETER_WIN","second"', "C:\\a\\python.exe"),
        (b'"X","INTERPRETER_WIN"', None),
        (b"", None),
    ],
)
def test_settings_are_read_as_vba_reads_them(content: bytes, value: str | None) -> None:
    assert read_setting(content, "INTERPRETER_WIN", "cp1252") == value


def test_a_setting_that_stands_twice_stands_once_afterwards() -> None:
    content = b'"A","1"\r\n"B","2"\r\n"a","3"\r\n'
    assert with_settings(content, {"A": "4"}, "ascii", b"\r\n") == b'"A","4"\r\n"B","2"\r\n'
