"""Where Excel looks for things on this machine, for this user.

Everything that installing and examining need to know of a machine is in one record, so that a fake profile
can be given in its place.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from clv_xl.errors import UsageError
from clv_xl.workbook.shipped import addin_path

__all__ = ["ADDIN_NAME", "Desk", "this_desk"]

ADDIN_NAME = "clv_xl.xlam"
_PROJECT = "clv_xl"  # what the VBA of the add-in calls itself, and so the name of its settings file
_EXCEL_STARTUP_ON_MAC = (
    "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
)
_EXCEL_STARTUP_ON_OLD_MACS = "Library/Group Containers/UBF8T346G9.Office/User Content/Startup/Excel"
_EXCEL_HOME_ON_MAC = "Library/Containers/com.microsoft.Excel/Data"
_SCRIPTS_ON_MAC = "Library/Application Scripts/com.microsoft.Excel"
# A Python that a package runner unpacked for one run is gone the next day.
_PASSING = ("/uv/cache/", "/.cache/uv/", "/archive-v0/", "/pipx/.cache/")

ReadRegistry = Callable[[str, str], object]
"""Returns the value of a key of the current user (path, name), or None."""


@dataclass(frozen=True, slots=True)
class Desk:
    r"""A user's machine, as far as Excel and this package are concerned.

    Parameters
    ----------
    system : {"windows", "mac", "other"}
        Which routes into Excel there are.
    home : pathlib.Path
        The user's own folder: ``%USERPROFILE%`` or ``$HOME``.
    roaming : pathlib.Path
        Where Windows keeps a user's settings: ``%APPDATA%``.
    interpreter : pathlib.Path
        The Python that Excel shall start.
    addin : pathlib.Path
        The add-in that this package brings.
    script : pathlib.Path
        What xlwings needs to start Python on a Mac; its name holds xlwings' version.
    code_page : str
        The encoding in which VBA reads a text file here.
    variables : mapping of str to str
        The environment, in which VBA looks up ``%NAME%``.
    registry : callable
        Reads a value of the Windows registry; elsewhere there is none.

    Examples
    --------
    >>> desk = Desk("windows", home=Path("C:/Users/Åsa"), roaming=Path("C:/Users/Åsa/AppData/Roaming"),
    ...             interpreter=Path("C:/Python/pythonw.exe"), addin=Path("clv_xl.xlam"))
    >>> desk.addin_target.as_posix()
    'C:/Users/Åsa/AppData/Roaming/Microsoft/Excel/XLSTART/clv_xl.xlam'
    >>> desk.settings.as_posix()
    'C:/Users/Åsa/.clv_xl/clv_xl.conf'
    """

    system: Literal["windows", "mac", "other"]
    home: Path
    roaming: Path
    interpreter: Path
    addin: Path
    script: Path = Path()
    code_page: str = "utf-8"
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    registry: ReadRegistry = lambda _path, _name: None

    @property
    def addin_target(self) -> Path:
        """The add-in's place in the folder that Excel opens everything from when it starts."""
        if self.system == "windows":
            return self.roaming / "Microsoft" / "Excel" / "XLSTART" / ADDIN_NAME
        startup = self.home / _EXCEL_STARTUP_ON_MAC
        older = self.home / _EXCEL_STARTUP_ON_OLD_MACS
        return (older if older.is_dir() and not startup.is_dir() else startup) / ADDIN_NAME

    @property
    def settings(self) -> Path:
        """The file in which the add-in looks up its Python."""
        if self.system == "windows":
            return self.home / f".{_PROJECT}" / f"{_PROJECT}.conf"
        return self.home / _EXCEL_HOME_ON_MAC / f"{_PROJECT}.conf"

    @property
    def script_target(self) -> Path:
        """Where Excel on a Mac allows itself to start a script from."""
        return self.home / _SCRIPTS_ON_MAC / self.script.name

    @property
    def other_users_of_the_script(self) -> tuple[Path, ...]:
        """What tells that xlwings itself is installed on this Mac, and needs the script too."""
        return (self.home / _EXCEL_HOME_ON_MAC / "xlwings.conf", self.addin_target.with_name("xlwings.xlam"))

    @property
    def interpreter_key(self) -> str:
        """The name of the setting that holds the Python."""
        return "INTERPRETER_WIN" if self.system == "windows" else "INTERPRETER_MAC"

    @property
    def library(self) -> Path | None:
        """The library through which a cell calls Python, where Excel looks for it; None if it is not there."""
        name = f"xlwings64-{version('xlwings')}.dll"
        folders = (self.interpreter.parent, self.interpreter.parent.parent)
        return next((folder / name for folder in folders if (folder / name).is_file()), None)

    @property
    def interpreter_passes(self) -> bool:
        """Whether the Python was unpacked for one run only, so that Excel would not find it tomorrow."""
        place = self.interpreter.as_posix().lower()
        return any(part in place for part in _PASSING)


def this_desk() -> Desk:
    """Return the machine and user that this process runs on.

    Raises
    ------
    UsageError
        Windows does not say where the user's settings are.

    Examples
    --------
    >>> this_desk().interpreter.is_absolute()
    True
    """
    system: Literal["windows", "mac", "other"] = "other"
    home, roaming = Path.home(), Path()
    if sys.platform == "win32":
        system = "windows"
        if not os.environ.get("APPDATA"):
            raise UsageError(
                "APPDATA is not set, so it is not known where Excel keeps its start folder. Run this from an "
                "ordinary command window of the user whose Excel it is."
            )
        roaming = Path(os.environ["APPDATA"])
    elif sys.platform == "darwin":
        system = "mac"
    return Desk(
        system=system,
        home=home,
        roaming=roaming,
        interpreter=_interpreter(Path(sys.executable)),
        addin=addin_path(),
        script=_script(),
        code_page="mbcs" if system == "windows" else "ascii",
        variables=MappingProxyType(dict(os.environ)),
        registry=_read_registry,
    )


def _interpreter(running: Path) -> Path:
    """Return the Python with a console: without one the reason of a failed start would be lost.

    A link is kept as it is, because it is what makes a virtual environment.
    """
    with_console = running.with_name("python.exe")
    return with_console if running.name.lower() == "pythonw.exe" and with_console.is_file() else running


def _script() -> Path:
    found = importlib.util.find_spec("xlwings")
    folder = Path() if found is None or found.origin is None else Path(found.origin).parent
    return folder / f"xlwings-{version('xlwings')}.applescript"


def _read_registry(path: str, name: str) -> object:
    """Read a value of the current user, or of a policy; None where there is none."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  # is there only on Windows

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                if name:
                    return winreg.QueryValueEx(key, name)[0]
                # no name: every value of the key, for lists that Excel numbers as it likes
                return tuple(
                    winreg.EnumValue(key, number)[1] for number in range(winreg.QueryInfoKey(key)[1])
                )
        except OSError:
            return None
    return None
