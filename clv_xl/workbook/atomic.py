"""Save a file completely or not at all.

The new file is written beside the old one under a temporary name (``.report.xlsx.ab12cd.tmp``, readable by
its owner alone), brought to the disk, and only then put in the old one's place in one step. Whatever
happens before that step, a full disk, an error or a killed process, the old file stays as it was.

A killed process cannot tidy up. Every writer holds a lock on its temporary file, and the lock dies with the
process: so the next run that is to write the same file removes, when it starts, the temporary files of its name
that nobody holds, and so does every save. On Windows an open file cannot be removed, which serves the same end.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import sys
import tempfile
import time
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from clv_xl.errors import OutputError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["atomic_file", "atomic_text", "remove_leftovers", "saves_noted"]

_SUFFIX: Final = ".tmp"
_RANDOM: Final = "[a-z0-9_]{8}"  # what tempfile.mkstemp puts between the two ends of a name
_LONGEST_STEM: Final = (
    200  # bytes of the target's name kept in the temporary one; 255 is the file systems' limit
)
_LOCKED: Final = frozenset({5, 32, 33})  # Windows: access denied, sharing violation, lock violation
_PATIENCE: Final = 2.5  # seconds that Excel or a virus scanner gets to let go of the old file
_PAUSE: Final = 0.1
_WRITE_FAILED: Final = {
    errno.ENOSPC: "the disk is full. Free some space, or save to another disk",
    errno.EDQUOT: "your share of the disk is used up. Free some space, or save to another disk",
    errno.EFBIG: "the file is larger than the disk allows. Report less, or save to another disk",
    errno.EIO: "the disk reports an error. Save to another disk",
    errno.EROFS: "the disk is read-only. Save to another folder",
}
_OPEN_FAILED: Final = {
    errno.EACCES: "you may not write to that folder. Ask for the right to, or save to another folder",
    errno.EPERM: "you may not write to that folder. Ask for the right to, or save to another folder",
    errno.ENAMETOOLONG: "the file name is too long. Choose a shorter one",
    **_WRITE_FAILED,
}


_NOTED: ContextVar[list[tuple[Path, int]] | None] = ContextVar("_NOTED", default=None)


@contextlib.contextmanager
def saves_noted(saved: list[Path]) -> Iterator[None]:
    """Put into a list, at the end of the block, which files it has put in place, also where it ends with an error.

    Examples
    --------
    >>> import tempfile
    >>> saved = []
    >>> with tempfile.TemporaryDirectory() as folder, saves_noted(saved):
    ...     with atomic_file(Path(folder) / "report.bin") as handle:
    ...         _ = handle.write(b"all of it")
    >>> [path.name for path in saved]
    ['report.bin']
    """
    noted: list[tuple[Path, int]] = []
    before = _NOTED.set(noted)
    try:
        yield
    finally:
        _NOTED.reset(before)
        saved += [path for path, number in noted if _number_of(path) == number]


def _number_of(path: Path) -> int:
    """Return the file system's number of a file, -1 where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return -1


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when the block ends without an error.

    Parameters
    ----------
    path : path-like
        Where the file shall stand. A link is followed: what it points to is replaced.

    Yields
    ------
    BinaryIO
        A seekable binary file. Do not close it.

    Raises
    ------
    OutputError
        If the folder is missing or not writable, the path is a folder, the disk is full, or the old file is
        held by another program, as Excel does on Windows. In that last case the new file is kept beside the
        old one, and the message says under which name. The old file is intact in every case.

    Notes
    -----
    A replaced file keeps its mode; a new one gets what the process's umask gives. Of two writers at once the
    last one to finish wins, and its file is complete.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_file(Path(folder) / "report.bin") as handle:
    ...         _ = handle.write(b"all of it")
    ...     [file.name for file in Path(folder).iterdir()]
    ['report.bin']
    """
    target = Path(os.path.realpath(path))
    mode = _mode_to_give(target)
    remove_leftovers(target)
    handle, temporary = _open_temporary(target)
    try:
        with _write_errors(target):
            yield handle
            handle.flush()
            if sys.platform != "win32":
                os.fchmod(handle.fileno(), mode)
            os.fsync(handle.fileno())
        # before it is in place, so that a signal in that very moment leaves no file unnoted
        if (noted := _NOTED.get()) is not None:
            noted.append((target, os.fstat(handle.fileno()).st_ino))
        if sys.platform == "win32":
            handle.raw.close()  # Windows moves no open file; elsewhere the lock holds until it is in place
        _replace(temporary, target)
    finally:
        # the raw file: closing the other would once more try to write what could not be written
        handle.raw.close()
        # in place already if all went well; what a virus scanner holds now the next save removes
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


@contextlib.contextmanager
def atomic_text(
    path: str | os.PathLike[str], encoding: str = "utf-8", newline: str | None = "\n"
) -> Iterator[TextIO]:
    """Open a text file like :func:`atomic_file`; ``encoding`` and ``newline`` are those of ``open``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_text(Path(folder) / "summary.json") as handle:
    ...         _ = handle.write("{}")
    ...     (Path(folder) / "summary.json").read_text()
    '{}'
    """
    with atomic_file(path) as binary:
        text = io.TextIOWrapper(binary, encoding=encoding, newline=newline, write_through=True)
        try:
            yield text
        finally:
            # the file belongs to atomic_file, which still has to bring it to the disk
            text.detach()


@contextlib.contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    """Turn a failed write into our error; any other error of the block passes untouched."""
    try:
        yield
    except OSError as error:
        reason = _WRITE_FAILED.get(error.errno or 0)
        if reason is None:
            raise
        raise OutputError(f"{target}: not saved: {reason}. What stood there before is intact.") from error


def _mode_to_give(target: Path) -> int:
    """Return the mode of the old file, or what the umask gives to a new one."""
    try:
        old = target.stat()
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise OutputError(
                f"{target}: not saved: there is no folder {target.parent}. Create it, or choose another."
            ) from None
        # the umask can only be read by setting it; for that moment it is strict, not lax
        umask = os.umask(0o077)
        os.umask(umask)
        return 0o666 & ~umask
    except OSError as error:
        raise _cannot_create(target, error) from error
    if stat.S_ISDIR(old.st_mode):
        raise OutputError(f"{target}: not saved: this is a folder. Add a file name, such as report.xlsx.")
    if not stat.S_ISREG(old.st_mode):
        raise OutputError(f"{target}: not saved: this is not an ordinary file. Choose another name.")
    return stat.S_IMODE(old.st_mode)


def _cannot_create(target: Path, error: OSError) -> OutputError:
    reason = _OPEN_FAILED.get(error.errno or 0)
    if reason is None and isinstance(error, NotADirectoryError):
        reason = f"{target.parent} is not a folder. Choose another"
    return OutputError(f"{target}: not saved: {reason or error.strerror or error}.")


def _prefix(target: Path) -> str:
    """Return what the names of the target's temporary files begin with."""
    stem = os.fsencode(target.name)[:_LONGEST_STEM].decode("utf-8", "ignore")
    return f".{stem}."


def _open_temporary(target: Path) -> tuple[io.BufferedRandom, Path]:
    """Create the temporary file: private, empty and locked."""
    while True:
        try:
            descriptor, name = tempfile.mkstemp(_SUFFIX, _prefix(target), target.parent)
        except OSError as error:
            raise _cannot_create(target, error) from error
        handle = os.fdopen(descriptor, "w+b")
        # as many links as names: none if another writer took it for a leftover in the moment before the lock
        if not _lock(descriptor, wait=True) or os.fstat(descriptor).st_nlink:
            return handle, Path(name)
        handle.close()


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file for as long as its process lives; False where that is refused or unknown."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # held by its writer, or a network file system without locks: either way not ours to remove
        return False
    return True


def remove_leftovers(target: Path) -> None:
    """Remove the temporary files of earlier saves of this target that were killed.

    Parameters
    ----------
    target : pathlib.Path
        The file, its links followed; it need not be there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / ".report.xlsx.abcdefgh.tmp").touch()
    ...     remove_leftovers(Path(folder) / "report.xlsx")
    ...     list(Path(folder).iterdir())
    []
    """
    temporary_name = re.compile(re.escape(_prefix(target)) + _RANDOM + re.escape(_SUFFIX))
    for entry in _names(target.parent):
        if not temporary_name.fullmatch(entry):
            continue
        leftover = target.parent / entry
        # gone meanwhile, or not ours: a leftover is a nuisance, never a reason not to save
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                leftover.unlink()
                continue
            descriptor = os.open(leftover, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _lock(descriptor, wait=False):
                    leftover.unlink()
            finally:
                os.close(descriptor)


def _names(folder: Path) -> list[str]:
    """List a folder; one that may be written but not listed simply keeps its leftovers."""
    try:
        return os.listdir(folder)  # noqa: PTH208 (names are all that is needed)
    except OSError:
        return []


def _replace(temporary: Path, target: Path) -> None:
    """Put the new file in the old one's place, with patience for a program that holds the old one."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            os.replace(temporary, target)  # noqa: PTH105 (tests make this very call fail)
        except OSError as error:
            if getattr(error, "winerror", None) not in _LOCKED:
                raise _cannot_create(target, error) from error
            if time.monotonic() >= deadline:
                beside = _put_beside(temporary, target)
                raise OutputError(
                    f"{target}: not replaced: another program holds it, most likely Excel. The new file is "
                    f'beside it as "{beside.name}"; close the old one and save again, or use the new one.'
                ) from error
            time.sleep(_PAUSE)
        else:
            return


def _put_beside(temporary: Path, target: Path) -> Path:
    """Call the new file ``report (new).xlsx``, or ``report (new 2).xlsx`` and so on if that is taken."""
    number = 0
    while True:
        number += 1
        mark = "(new)" if number == 1 else f"(new {number})"
        beside = target.with_name(f"{target.stem} {mark}{target.suffix}")
        if beside.exists():
            continue
        try:
            temporary.rename(beside)
        except FileExistsError:  # taken since by another writer
            continue
        except OSError as error:
            raise _cannot_create(beside, error) from error
        return beside


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk as well, where the system knows how to."""
    if sys.platform == "win32":
        return
    # the file is in place and whole; some network file systems refuse to sync a folder
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
