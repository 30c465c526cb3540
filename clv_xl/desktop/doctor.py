"""Find out why the add-in does not run, and say what to do: one line for each thing that must hold."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import clv_xl
from clv_xl.desktop.desk import ADDIN_NAME
from clv_xl.desktop.installing import blocking_mark, elsewhere
from clv_xl.desktop.settings import interpreter_setting, read_setting
from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clv_xl.desktop.desk import Desk

__all__ = ["Examined", "examine"]

_AGAIN: Final = "Run: clv-xl install"
_TIMEOUT: Final = 60  # seconds that a Python gets to import the package, on a slow disk with a virus scanner
_SECURITY: Final = r"Software\{}Microsoft\Office\16.0\Excel\Security"
_POLICY: Final = "Policies\\"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at.

    Parameters
    ----------
    what : str
        What must hold.
    state : {"ok", "bad", "note"}
        Whether it holds; a note is something to know that breaks nothing.
    found : str
        What is there.
    remedy : str
        What to do; empty where nothing is to be done.
    """

    what: str
    state: Literal["ok", "bad", "note"]
    found: str
    remedy: str = ""


def examine(desk: Desk) -> tuple[Examined, ...]:
    """Look at everything that the add-in needs, without changing anything.

    Parameters
    ----------
    desk : Desk
        The machine and the user.

    Returns
    -------
    tuple of Examined
        One record a thing, in the order in which to mend them.

    Examples
    --------
    >>> from clv_xl.desktop.desk import this_desk
    >>> examine(this_desk())[0].what
    'Python'
    """
    found = [_python(), _xlwings()]
    if desk.system == "other":
        return (*found, Examined("Excel", "note", elsewhere()))
    if desk.system == "windows":
        found += _windows_parts(desk)
    found += _addin(desk)
    found += _settings(desk)
    if desk.system == "windows":
        found += _trust(desk)
        found += _other_copies(desk)
    else:
        found.append(_script(desk))
    return tuple(found)


def _python() -> Examined:
    bits = 64 if sys.maxsize > 2**32 else 32
    here = f"{platform.python_version()}, {bits} bit, clv_xl {clv_xl.__version__}"
    return Examined("Python", "ok", here)


def _xlwings() -> Examined:
    pinned = next(
        (
            text.partition(";")[0].partition("==")[2].strip()
            for text in requires("clv-xl") or []
            if text.replace(" ", "").startswith("xlwings==")
        ),
        "",
    )
    remedy = f"Run: {Path(sys.executable).name} -m pip install xlwings=={pinned}"
    try:
        there = version("xlwings")
    except PackageNotFoundError:
        return Examined("xlwings", "bad", "is not installed", remedy)
    if pinned and there != pinned:
        found = f"{there}, but the add-in was made with {pinned} and calls its library by that name"
        return Examined("xlwings", "bad", found, remedy)
    return Examined("xlwings", "ok", there)


def _windows_parts(desk: Desk) -> Iterator[Examined]:
    there = find_spec("win32com") is not None
    yield Examined(
        "pywin32",
        "ok" if there else "bad",
        "is there" if there else "is missing, and xlwings reaches Excel through it",
        "" if there else "Run: python -m pip install --force-reinstall pywin32",
    )
    library = desk.library
    if library is None:
        folder = desk.interpreter.parent
        found = f"is neither in {folder} nor in {folder.parent}, where Excel looks for it"
        remedy = "Install the package on its own, for example: uv tool install clv-xl. Then: clv-xl install"
        yield Examined("Library of xlwings", "bad", found, remedy)
    else:
        yield Examined("Library of xlwings", "ok", str(library))


def _addin(desk: Desk) -> Iterator[Examined]:
    target = desk.addin_target
    if not target.is_file():
        yield Examined("Add-in", "bad", f"{target} is not there", _AGAIN)
        return
    if not desk.addin.is_file():
        yield Examined("Add-in", "bad", f"{desk.addin} is missing from the package", "Install clv-xl anew.")
    elif target.read_bytes() != desk.addin.read_bytes():
        found = f"{target} is of another version than this package"
        yield Examined("Add-in", "bad", found, f"Close Excel. {_AGAIN}")
    else:
        yield Examined("Add-in", "ok", str(target))
    if desk.system == "windows":
        blocked = blocking_mark(target).exists()
        yield Examined(
            "Block on files from the internet",
            "bad" if blocked else "ok",
            f"{target.name} is marked, so Windows keeps its macros from running" if blocked else "none",
            f"Right-click {target}, Properties, Unblock. Or run: clv-xl install" if blocked else "",
        )


def _settings(desk: Desk) -> Iterator[Examined]:
    if not desk.settings.is_file():
        yield Examined("Settings", "bad", f"{desk.settings} is not there", _AGAIN)
        return
    value = read_setting(desk.settings.read_bytes(), desk.interpreter_key, desk.code_page)
    if not value:
        found = f"{desk.settings} does not say which Python to start ({desk.interpreter_key})"
        yield Examined("Settings", "bad", found, _AGAIN)
        return
    named = _resolve(value, desk)
    if named is None:
        found = f"{desk.settings} names {value}, where there is no Python"
        yield Examined("Settings", "bad", found, _AGAIN)
        return
    yield Examined("Settings", "ok", str(desk.settings))
    yield _answers(named)
    if named != desk.interpreter:
        found = f"Excel starts {named}, which is not the one that answers here, {desk.interpreter}"
        yield Examined("Second Python", "note", found, f"To make Excel use this one: {_AGAIN[5:]}")


def _resolve(value: str, desk: Desk) -> Path | None:
    """Return the Python that a setting means, as Excel would find it."""
    if desk.system == "windows":
        for name, text in sorted(desk.variables.items()):
            value = value.replace(f"%{name}%", text)
        return Path(value) if Path(value).is_file() else None
    if value == _own_setting(desk):
        return desk.interpreter if desk.interpreter.is_file() else None
    return Path(value) if Path(value).is_file() else None


def _own_setting(desk: Desk) -> str | None:
    try:
        return interpreter_setting(desk)
    except UsageError:
        return None


def _answers(interpreter: Path) -> Examined:
    """Start the Python that Excel would start, and ask it for the package."""
    what = "Python of Excel"
    # a Python without a window prints nothing: it answers with its exit code
    question = (
        "import sys\ntry:\n import clv_xl, xlwings\nexcept ImportError:\n sys.exit(3)\n"
        f"sys.exit(0 if clv_xl.__version__ == {clv_xl.__version__!r} else 4)"
    )
    try:
        code = subprocess.run(  # noqa: S603  # the user's own interpreter, named in the user's own settings
            [str(interpreter), "-c", question], capture_output=True, timeout=_TIMEOUT, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        return Examined(what, "bad", f"{interpreter} does not start: {error}", _AGAIN)
    if code == 0:
        return Examined(what, "ok", str(interpreter))
    found = {
        3: f"{interpreter} does not know clv_xl or xlwings",
        4: f"{interpreter} has another version of clv_xl than {clv_xl.__version__}",
    }.get(code, f"{interpreter} ends with code {code}")
    return Examined(what, "bad", found, _AGAIN)


def _trust(desk: Desk) -> Iterator[Examined]:
    """Look at what an administrator or Excel itself may have switched off."""
    off = [
        path
        for path in (_SECURITY.format(""), _SECURITY.format(_POLICY))
        if desk.registry(path + r"\Trusted Locations", "AllLocationsDisabled") == 1
    ]
    if off:
        yield Examined(
            "Trusted location",
            "bad",
            f"trusted locations are switched off ({off[0]}), so the add-in's macros do not run",
            "In Excel: File, Options, Trust Center, Trusted Locations: clear 'Disable all Trusted Locations'. "
            "If it is greyed, ask your administrator.",
        )
    else:
        yield Examined("Trusted location", "ok", str(desk.addin_target.parent))
    items = desk.registry(r"Software\Microsoft\Office\16.0\Excel\Resiliency\DisabledItems", "")
    disabled = isinstance(items, tuple) and any(
        isinstance(item, bytes) and ADDIN_NAME.encode("utf-16-le") in item.lower() for item in items
    )
    yield Examined(
        "Disabled by Excel",
        "bad" if disabled else "ok",
        "Excel has put the add-in on its list of disabled items" if disabled else "no",
        "In Excel: File, Options, Add-ins, Manage: Disabled Items, Go; choose clv_xl.xlam, Enable."
        if disabled
        else "",
    )


def _other_copies(desk: Desk) -> Iterator[Examined]:
    """Look for a second add-in of the same name, which Excel would open in place of the first."""
    switched_on = desk.registry(r"Software\Microsoft\Office\16.0\Excel\Options", "")
    others = [
        item
        for item in (switched_on if isinstance(switched_on, tuple) else ())
        if isinstance(item, str) and ADDIN_NAME in item.lower()
    ]
    if others:
        found = f"Excel also opens {others[0]}, and only one of the two can run"
        remedy = "In Excel: File, Options, Add-ins, Manage: Excel Add-ins, Go; clear clv_xl."
        yield Examined("Another copy", "bad", found, remedy)


def _script(desk: Desk) -> Examined:
    what = "Script that starts Python"
    target = desk.script_target
    if not target.is_file():
        return Examined(what, "bad", f"{target} is not there", _AGAIN)
    if not desk.script.is_file() or target.read_bytes() != desk.script.read_bytes():
        return Examined(what, "bad", f"{target} is not the one of this xlwings", _AGAIN)
    return Examined(what, "ok", str(target))
