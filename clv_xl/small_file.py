"""Small text files that a user names beside the orders: parameters, a map, a brand; read whole, up to a size."""

from __future__ import annotations

import stat
import tomllib
from typing import TYPE_CHECKING, Any, Final

from clv_xl.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MOST_BYTES", "UnheldTomlError", "small_text", "toml_entries"]

MOST_BYTES: Final = 1 << 20
"""Bytes of a file that people write by hand; ours are below 10 KB."""

_MOST_DOTS: Final = 100  # in a line: what the parser keeps of a key grows with the square of its parts


class UnheldTomlError(tomllib.TOMLDecodeError):
    """TOML that its parser understands, and cannot hold."""

    def __init__(self, text: str) -> None:
        # beside its words, newer Pythons want a place in the text, which is not known here
        ValueError.__init__(self, text)


def small_text(path: Path, most: int = MOST_BYTES) -> str:
    r"""Return the text of a small file in UTF-8, its line ends as ``\n``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    most : int
        Bytes that are read at most.

    Raises
    ------
    InputError
        If it is a folder, a pipe or a device, larger than ``most``, or may not be read.
    FileNotFoundError, UnicodeDecodeError
        If it is missing, or is in another encoding.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "parameters.toml"
    ...     _ = path.write_bytes(b"\xef\xbb\xbfhorizon = 12\r\n")
    ...     small_text(path)
    'horizon = 12\n'
    """
    try:
        return _read(path, most)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}). Check the name, and your rights on it and its folder."
        ) from error


def _read(path: Path, most: int) -> str:
    mode = path.stat().st_mode
    # a pipe may never give anything, and a device never end: neither is opened
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise InputError(f"{path}: is {what}, no file. Name the file itself.")
    with path.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise InputError(f"{path}: is larger than {most:,} bytes. Expected a few lines of TOML.")
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def toml_entries(text: str) -> dict[str, Any]:
    """Return what a TOML text says; what its parser cannot hold is as wrong as what it does not understand.

    Raises
    ------
    tomllib.TOMLDecodeError
        If it is no TOML; UnheldTomlError, one of these, where no person writes such: nested too deeply, a number of
        thousands of digits.

    Examples
    --------
    >>> toml_entries("horizon = 12")
    {'horizon': 12}
    >>> toml_entries("a = " + "[" * 9_000)
    Traceback (most recent call last):
    ...
    clv_xl.small_file.UnheldTomlError: Nested too deeply
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS:
            raise UnheldTomlError(f"More than {_MOST_DOTS} full stops (at line {number}, column 1)")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise UnheldTomlError("Nested too deeply") from None
    except ValueError as error:  # of a number or a date that Python does not hold
        raise UnheldTomlError(str(error).partition(";")[0]) from error
