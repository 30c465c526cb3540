"""A folder of CSV lists that is written anew at every run: ours are replaced, whatever else lies there is left alone.

A list of ours is known by its name and content, which stand in a small file beside the lists. A list that somebody
has changed since is somebody's own work.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.workbook.atomic import atomic_file, remove_leftovers
from clv_xl.workbook.cells import clean_text
from clv_xl.workbook.csv_writer import defused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["MANIFEST", "Dialect", "ListFolder"]

MANIFEST: Final = "clv_xl-lists.json"
"""The file that says which lists are ours."""

_MADE_BY: Final = "clv_xl"
_MOST_BYTES: Final = 1 << 20  # of the manifest; a hundred lists take 20 KB


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a list is written: what stands between columns, the decimal mark, and whether a byte order mark leads."""

    delimiter: str = ","
    decimal: str = "."
    byte_order_mark: bool = False

    @classmethod
    def named(cls, name: str) -> Dialect:
        """Return a dialect: "standard", as e-mail tools import it, or "nordic", as Excel opens it there.

        Examples
        --------
        >>> Dialect.named("nordic")
        Dialect(delimiter=';', decimal=',', byte_order_mark=True)
        """
        return {"standard": cls(), "nordic": cls(";", ",", byte_order_mark=True)}[name]

    def lines(self, rows: Iterable[Sequence[str | float | None]], kinds: Sequence[int | None]) -> list[str]:
        r"""Return each row as a line; ``kinds`` gives the decimals of each column of numbers, None for text.

        Examples
        --------
        >>> Dialect(";", ",").lines([("=1+1", 2.5, None)], (None, 2, 0))
        ["'=1+1;2,50;\n"]
        """
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=self.delimiter, lineterminator="\n")
        found = []
        for row in rows:
            writer.writerow([self._cell(value, digits) for value, digits in zip(row, kinds, strict=True)])
            found.append(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
        return found

    def _cell(self, value: str | float | None, digits: int | None) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return defused(clean_text(value, "a list"))
        return f"{value:.{digits or 0}f}".replace(".", self.decimal)

    def content(self, lines: Iterable[str]) -> bytes:
        """Return lines as the bytes of a file."""
        return "".join(lines).encode("utf-8-sig" if self.byte_order_mark else "utf-8")


class ListFolder:
    """A folder that lists are written to.

    Parameters
    ----------
    path : pathlib.Path
        The folder; it is made if only its last part is missing.

    Raises
    ------
    OutputError
        If it is no folder, its parent is missing, or what it holds cannot be read.
    UsageError
        If its file :data:`MANIFEST` is not one of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = self._read()
        for name in (MANIFEST, *self._known):
            if (path / name).parent == path and path.is_dir():
                remove_leftovers(path / name)

    def _read(self) -> dict[str, list[str]]:
        """Return the digests that each list of ours may have."""
        manifest = self.path / MANIFEST
        try:
            if not self.path.exists() and not self.path.parent.is_dir():
                raise OutputError(
                    f"{self.path}: there is no folder {self.path.parent}. Make it, or choose another for --lists."
                )
            if self.path.exists() and not self.path.is_dir():
                raise OutputError(f"{self.path}: is a file; --lists takes a folder. Choose another name.")
            if not manifest.exists() and not manifest.is_symlink():
                return {}
            text = b"" if manifest.is_symlink() else manifest.read_bytes()[: _MOST_BYTES + 1]
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be read to see which lists are ours ({error.strerror or error}). Choose another"
                " folder for --lists."
            ) from error
        try:
            held = json.loads(text) if len(text) <= _MOST_BYTES else None
        except (ValueError, RecursionError):
            held = None
        files = held.get("files") if isinstance(held, dict) and held.get("made_by") == _MADE_BY else None
        if not isinstance(files, dict) or not all(
            isinstance(digests, list) and all(isinstance(digest, str) for digest in digests)
            for digests in files.values()
        ):
            raise UsageError(
                f"{manifest}: is not the list of files as clv_xl left it. Move it away, or choose another folder for"
                " --lists."
            )
        return files

    def write(self, files: Mapping[str, bytes], header: bytes, keep: Sequence[Path] = ()) -> tuple[str, ...]:
        """Write all lists, or none where a file in the way is not ours.

        Parameters
        ----------
        files : Mapping of str to bytes
            File name -> content.
        header : bytes
            What a list of ours that is no longer made is left with, so that an import keeps nobody of it.
        keep : sequence of pathlib.Path
            Files that this run reads or writes otherwise.

        Returns
        -------
        tuple of str
            The names of lists of earlier runs that were emptied.

        Raises
        ------
        OutputError
            If a file cannot be written.
        UsageError
            If a file in the way is not a list as we left it.
        """
        gone = [name for name in self._known if name not in files and self._is_ours(name)]
        wanted = {**files, **dict.fromkeys(gone, header)}
        for name in (*wanted, MANIFEST):
            self._refuse(name, keep)
        digests = {name: [_digest(content)] for name, content in wanted.items()}
        self._make()
        # whatever breaks off in between, each list has one of the contents that stand there
        self._remember({name: [*digests[name], *self._known.get(name, ())] for name in wanted})
        with ExitStack() as open_lists:
            for name, content in wanted.items():
                handle = open_lists.enter_context(atomic_file(self.path / name))
                handle.write(content)
                # a full disk shows here, before any of them is in its place
                handle.flush()
        self._remember(digests)
        self._known = digests
        return tuple(gone)

    def _make(self) -> None:
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self.path}: the folder cannot be made ({error.strerror or error}). Choose another for --lists."
            ) from error

    def _is_ours(self, name: str) -> bool:
        """Tell whether a list stands there as we left it."""
        path = self.path / name
        if path.parent != self.path or path.is_symlink() or not path.is_file():
            return False
        try:
            return _digest(path.read_bytes()) in self._known.get(name, ())
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be read to see whose it is ({error.strerror or error}). Choose another folder for"
                " --lists."
            ) from error

    def _refuse(self, name: str, keep: Sequence[Path]) -> None:
        path = self.path / name
        if any(os.path.realpath(file) == os.path.realpath(path) for file in keep):
            raise UsageError(
                f"{path}: is read or written by this command already. Choose another folder for --lists."
            )
        if name == MANIFEST or not (path.exists() or path.is_symlink()) or self._is_ours(name):
            return
        what = "has been changed since clv_xl wrote it" if name in self._known else "is no list of clv_xl's"
        raise UsageError(
            f"{path}: is there already and {what}: it may hold your own work. Move it away, or choose another folder"
            " for --lists. No list was written."
        )

    def _remember(self, digests: Mapping[str, Sequence[str]]) -> None:
        held = {
            "made_by": _MADE_BY,
            "about": "Lists that clv_xl writes into this folder, each with its SHA-256; any other file is left alone.",
            "files": {name: list(dict.fromkeys(digests[name])) for name in sorted(digests)},
        }
        with atomic_file(self.path / MANIFEST) as handle:
            handle.write((json.dumps(held, indent=1) + "\n").encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
