"""The add-in's settings file: lines of ``"NAME","value"``, as the VBA of xlwings reads them.

VBA reads the file in the machine's own code page, two fields at a time, and stops at the first line with the
name. Lines that are not ours are kept byte for byte: they are the user's.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.desktop.desk import Desk

__all__ = ["interpreter_setting", "read_setting", "with_settings", "without_settings"]

_NAME: Final = re.compile(rb'\s*"?([^",]*)"?\s*,')
_LINE: Final = re.compile(rb'\s*"?([^",]*)"?\s*,\s*(?:"([^"]*)"|(.*?))\s*\Z')
_UNSAFE_IN_A_SHELL: Final = re.compile(r"[^A-Za-z0-9_./+@:,-]+")


def read_setting(content: bytes, name: str, code_page: str) -> str | None:
    """Return the value of a setting as VBA would read it, or None.

    Examples
    --------
    >>> read_setting(b'"SHOW CONSOLE","True"', "show console", "ascii")
    'True'
    """
    for line in content.splitlines():
        match = _LINE.match(line)
        if match and match[1].decode(code_page, "replace").strip().lower() == name.lower():
            value = match[2] if match[2] is not None else match[3]
            return value.decode(code_page, "replace")
    return None


def with_settings(content: bytes, settings: Mapping[str, str], code_page: str, newline: bytes) -> bytes:
    r"""Return a settings file that begins with these settings and keeps every other line as it stood.

    They come first because VBA reads two fields at a time: a line of the user's that is no pair shifts all
    that follow it.

    Examples
    --------
    >>> with_settings(b'"A","1"\n', {"B": "2"}, "ascii", b"\n")
    b'"B","2"\n"A","1"\n'
    """
    ours = b"".join(f'"{name}","{value}"'.encode(code_page) + newline for name, value in settings.items())
    return ours + without_settings(content, tuple(settings))


def without_settings(content: bytes, names: tuple[str, ...]) -> bytes:
    r"""Return a settings file without the lines of these names; empty where nothing else was there.

    Examples
    --------
    >>> without_settings(b'"A","1"\n"B","2"\n', ("a",))
    b'"B","2"\n'
    """
    ours = {name.lower().encode("ascii") for name in names}
    kept = [
        line
        for line in content.splitlines(keepends=True)
        if not ((match := _NAME.match(line)) and match[1].strip().lower() in ours)
    ]
    return b"".join(kept) if any(line.strip() for line in kept) else b""


def interpreter_setting(desk: Desk) -> str:
    """Return the Python's path in words that survive the way from the settings file to the shell.

    On Windows VBA reads the file in the machine's code page: a path with other letters is written with the
    variable that holds them, such as ``%USERPROFILE%``. On a Mac the path goes to a shell unquoted: what a
    shell would stumble over is written as ``*``, which the shell fills in again.

    Raises
    ------
    UsageError
        The path cannot be written so that Excel finds this Python and no other.
    """
    path = str(desk.interpreter)
    if desk.system == "windows":
        return _in_code_page(path, desk)
    pattern = _UNSAFE_IN_A_SHELL.sub("*", path)
    if pattern != path:
        matches = [str(match) for match in Path(desk.interpreter.anchor).glob(pattern.lstrip("/"))]
        if matches != [path]:
            raise UsageError(
                f"{path}: Excel on a Mac hands this path to a shell unquoted, and it cannot be written in "
                f"another way that means this file alone. Install clv-xl into a folder without spaces and "
                "special letters, such as one below /Users/Shared, and run clv-xl install from there."
            )
    return pattern


def _in_code_page(path: str, desk: Desk) -> str:
    if _survives(path, desk.code_page):
        return path
    # the longest value first, so that the most of the path is covered
    for name, value in sorted(desk.variables.items(), key=lambda item: (-len(item[1]), item[0])):
        inside = value and PurePath(value).is_absolute() and PurePath(path).is_relative_to(value)
        if inside and name.isidentifier() and name.isascii():
            rest = path[len(value.rstrip("/\\")) :]
            if _survives(rest, desk.code_page):
                return f"%{name}%{rest}"
    raise UsageError(
        f"{path}: the path of this Python holds letters that Excel's macro language cannot read from a file "
        "on this machine. Install clv-xl into a folder with plain letters, and run clv-xl install from there."
    )


def _survives(text: str, code_page: str) -> bool:
    """Whether VBA reads this text back as it is: in its code page, and with nothing to fill in."""
    try:
        same = text.encode(code_page).decode(code_page) == text
    except UnicodeEncodeError:
        return False
    return same and '"' not in text and text.count("%") < 2
