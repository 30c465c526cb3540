"""Put the add-in into a user's Excel and take it out again; nothing else of that Excel is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from clv_xl.desktop.settings import interpreter_setting, read_setting, with_settings, without_settings
from clv_xl.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from clv_xl.desktop.desk import Desk

__all__ = ["Step", "elsewhere", "install", "uninstall"]

# Written beside the interpreter: the script of xlwings was put there by us, so uninstalling removes it.
_SCRIPT_KEY: Final = "CLV_XL_SCRIPT"
# One Python serves cells and ribbon; and none looks for its modules beside a workbook that came by mail.
_WINDOWS: Final = {"USE UDF SERVER": "True", "ADD_WORKBOOK_TO_PYTHONPATH": "False"}
_MAC: Final = {"ADD_WORKBOOK_TO_PYTHONPATH": "False"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or that was found done already.

    Parameters
    ----------
    what : str
        The thing in words, for the user.
    path : pathlib.Path
        The file that it concerns.
    done : {"written", "replaced", "removed", "unchanged"}
        What became of the file.
    """

    what: str
    path: Path
    done: Literal["written", "replaced", "removed", "unchanged"]


def elsewhere() -> str:
    """Say what there is on a machine whose Excel, if any, takes no add-in of this kind.

    Examples
    --------
    >>> "clv-xl report" in elsewhere()
    True
    """
    return (
        "The add-in is for Excel on Windows and on a Mac. On this machine there is the command line, which "
        "needs no Excel: clv-xl report orders.csv makes the report, clv-xl refresh workbook.xlsm makes it "
        "from a filled template. For the functions in Excel on the web, see docs/excel-routes.md (xlwings "
        "Server) and docs/lite.md (xlwings Lite)."
    )


def install(desk: Desk) -> tuple[Step, ...]:
    """Copy the add-in where Excel opens it by itself, and tell it which Python to start.

    Doing so twice is the same as doing it once. Settings of the user's own in the same file are kept.

    Parameters
    ----------
    desk : Desk
        The machine and the user.

    Returns
    -------
    tuple of Step
        What was done, in order.

    Raises
    ------
    UsageError
        This machine has no Excel that takes the add-in, or this Python is not there to stay.
    InputError
        The package lacks the add-in.
    OutputError
        A file cannot be written, most often because Excel has it open. What stood there is intact.
    """
    if desk.system == "other":
        raise UsageError(elsewhere())
    if desk.interpreter_passes:
        raise UsageError(
            f"{desk.interpreter}: this Python was unpacked for a single run and will be gone. Install the "
            "package to stay, for example with: uv tool install clv-xl. Then run: clv-xl install."
        )
    setting = interpreter_setting(desk)
    content = _read(desk.addin, "the add-in is missing from this installation. Install clv-xl anew.")
    old = _read_or_nothing(desk.settings)
    if desk.system == "windows" and desk.library is None:
        raise UsageError(
            f"{desk.interpreter}: Excel calls a Python only if the library of xlwings lies beside it or one "
            "folder up, and here it does not, as with the Python of the Microsoft Store or after pip install "
            "--user. Install the package on its own, for example with: uv tool install clv-xl. Then run: "
            "clv-xl install."
        )
    settings = {desk.interpreter_key: setting, **(_WINDOWS if desk.system == "windows" else _MAC)}
    steps = [_put(desk.addin_target, content, "The add-in", staging=desk.addin_target.parent.parent)]
    _unblock(desk.addin_target)
    if desk.system == "mac":
        script = _read(desk.script, "xlwings is not whole: its script is missing. Install xlwings anew.")
        ours = not desk.script_target.exists() or read_setting(old, _SCRIPT_KEY, desk.code_page) is not None
        if ours:
            settings[_SCRIPT_KEY] = desk.script_target.name
        steps.append(_put(desk.script_target, script, "The script that starts Python"))
    new = with_settings(old, settings, desk.code_page, b"\r\n" if desk.system == "windows" else b"\n")
    steps.append(_put(desk.settings, new, f"The settings: Excel starts {desk.interpreter}"))
    return tuple(steps)


def uninstall(desk: Desk) -> tuple[Step, ...]:
    """Remove what :func:`install` wrote, and nothing else.

    Parameters
    ----------
    desk : Desk
        The machine and the user.

    Returns
    -------
    tuple of Step
        What was removed; empty if nothing was installed.

    Raises
    ------
    UsageError
        This machine has no Excel that takes the add-in.
    OutputError
        A file cannot be removed, most often because Excel has it open.
    """
    if desk.system == "other":
        raise UsageError(elsewhere())
    steps = []
    if desk.addin_target.exists():
        _remove(desk.addin_target)
        steps.append(Step("The add-in", desk.addin_target, "removed"))
    old = _read_or_nothing(desk.settings)
    wrote_script = desk.system == "mac" and read_setting(old, _SCRIPT_KEY, desk.code_page) is not None
    needed = any(path.exists() for path in desk.other_users_of_the_script)
    if wrote_script and not needed and desk.script_target.exists():
        _remove(desk.script_target)
        steps.append(Step("The script that starts Python", desk.script_target, "removed"))
    if desk.settings.exists():
        left = without_settings(old, (desk.interpreter_key, _SCRIPT_KEY, *_WINDOWS, *_MAC))
        if not left:
            _remove(desk.settings)
            steps.append(Step("The settings", desk.settings, "removed"))
        elif left != old:
            steps.append(_put(desk.settings, left, "The settings: your own lines are kept"))
    if desk.system == "windows":
        # the folder is ours alone; where the user keeps something in it, it stays
        with contextlib.suppress(OSError):
            desk.settings.parent.rmdir()
    return tuple(steps)


def _read(path: Path, missing: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {missing} ({error.strerror})") from error


def _read_or_nothing(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror}). Look at its permissions.") from error


def _put(path: Path, content: bytes, what: str, staging: Path | None = None) -> Step:
    """Write a file in one step, or leave it if it is the same.

    ``staging`` is where the new file is written first: a half-written one must not lie where Excel opens
    everything that it finds.
    """
    there = path.exists()
    if there and _read_or_nothing(path) == content:
        return Step(what, path, "unchanged")
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            dir=staging or path.parent, prefix=f".{path.name}.", suffix=".tmp"
        )
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if there:
            shutil.copymode(path, temporary)
        else:
            Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}). Close Excel, all its windows, and try again; "
            "what stood there is intact."
        ) from error
    return Step(what, path, "replaced" if there else "written")


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be removed ({error.strerror}). Close Excel, all its windows, and try again."
        ) from error


def blocking_mark(path: Path) -> Path:
    """Return where Windows notes that a file came from the internet, so that its macros are blocked."""
    return path.with_name(f"{path.name}:Zone.Identifier")


def _unblock(path: Path) -> None:
    # the user asked for this very file to be installed
    with contextlib.suppress(FileNotFoundError):
        blocking_mark(path).unlink()
