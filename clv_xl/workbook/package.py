"""The zip container of a workbook, always the same bytes for the same parts.

An ordinary zip holds the time of writing, the order in which parts happened to be added and the system that
wrote it. Here the order, the times, the mode and the compression are fixed, so that two reports from the
same orders can be compared as files.
"""

from __future__ import annotations

import zipfile
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from clv_xl.workbook.squeezed import (
    BLOCK,
    END,
    LEVEL,
    Squeezed,
    SqueezedRun,
    blocks_of,
    crc_of_both,
    squeezed,
    threads_at_most,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    _Known = Iterable[bytes] | SqueezedRun
    Run = _Known | Callable[[], _Known]

__all__ = ["Package", "has_own_layout"]

_UNIX: Final = 3
_MODE: Final = 0o100644 << 16
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can express
# Excel itself writes these first; programs that guess a file's type look there
_FIRST: Final = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")


class Package:
    """Collects the parts of a workbook, and writes them all at the end.

    It offers what openpyxl's writer asks of an archive: ``writestr``, ``namelist`` and ``close``. Nothing
    reaches the disk before :meth:`write_to`, so an error in any part leaves no file at all.

    Examples
    --------
    >>> import io
    >>> first, second = io.BytesIO(), io.BytesIO()
    >>> for handle, names in ((first, "ab"), (second, "ba")):
    ...     package = Package()
    ...     for name in names:
    ...         package.writestr(name, "part " + name)
    ...     package.write_to(handle)
    >>> first.getvalue() == second.getvalue()
    True
    """

    def __init__(self) -> None:
        self._parts: dict[str, tuple[tuple[Run, ...], bool]] = {}

    def writestr(self, name: str, data: str | bytes) -> None:
        """Add a part that is known as a whole."""
        self.stream(name, (data.encode() if isinstance(data, str) else data,))

    def stream(self, name: str, *runs: Run, large: bool = False) -> None:
        """Add a part whose bytes are asked for only when the package is written, run after run.

        A run may be compressed already, as this package would do it, and it may be a function that returns it, for
        :meth:`settle`. ``large`` says that the part could exceed 2 GiB,
        which the zip has to provide for in advance.

        Raises
        ------
        ValueError
            If the package has a part of that name.
        """
        if name in self._parts:
            message = f"the part {name} is there already"
            raise ValueError(message)
        self._parts[name] = (runs, large)

    def settle(self) -> None:
        """Ask for the runs that are functions: after that nothing is left to fail but the disk."""
        for name, (runs, large) in self._parts.items():
            self._parts[name] = tuple(run() if callable(run) else run for run in runs), large

    def rewrite(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """Put what ``change`` makes of a part in its place.

        Raises
        ------
        KeyError
            If the package has no part of that name.
        """
        runs, large = self._parts[name]
        whole = b"".join(chain.from_iterable(_as_it_is(run) for run in runs))
        self._parts[name] = (((change(whole),),), large)

    def namelist(self) -> list[str]:
        """Return the names of the parts in the order in which they will be written."""
        return _in_order(self._parts)

    def close(self) -> None:
        """Do nothing: openpyxl closes its archive when the last part is added, ours is written later."""

    def write_to(self, handle: BinaryIO, *, compressed: bool = True, threads: int | None = None) -> None:
        """Write the zip file to an open binary file.

        Uncompressed, the bytes are the same whatever machine writes them: not every zlib compresses alike. A long part
        is compressed by ``threads``, by default as many as there are cores; the bytes do not depend on how many.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        archive = zipfile.ZipFile(handle, "w", method, compresslevel=LEVEL)
        try:
            self._write_parts(archive, threads or threads_at_most() if compressed else 0)
            archive.close()
        except BaseException:
            # Ctrl-C may leave a part open; closing would then fail, now and once more when all is tidied up
            archive.fp = None
            raise

    def _write_parts(self, archive: zipfile.ZipFile, threads: int) -> None:
        for name in self.namelist():
            runs, large = self._parts[name]
            # named by a string, a part is dated _MOMENT
            with archive.open(name, "w", force_zip64=large) as part:
                _write_part(part, runs, threads)
        # the directory at the end of the zip, written on closing, is where these stand
        for info in archive.infolist():
            info.create_system = _UNIX
            info.external_attr = _MODE


def _as_it_is(run: Run) -> Iterable[bytes]:
    """Return the chunks of a run that is not compressed yet."""
    if isinstance(run, SqueezedRun) or callable(run):
        message = "a run that is compressed, or not settled, is not written as it is"
        raise TypeError(message)
    return run


def _write_part(part: Any, runs: Iterable[Run], threads: int) -> None:
    """Write a part: in blocks where a run of it is long, and there are threads for it."""
    prepared = [run if isinstance(run, SqueezedRun) else _Begun(_as_it_is(run)) for run in runs]
    if threads and any(run.is_long for run in prepared):
        writer = _BlockWriter(part)
        for run in prepared:
            if isinstance(run, SqueezedRun):
                writer.write(run.blocks)
            else:
                with squeezed(run.blocks, threads) as found:
                    writer.write(found)
        return
    for run in prepared:
        for block in run.blocks if isinstance(run, _Begun) else _as_it_is(run):
            part.write(block)


class _Begun:
    """The blocks of a run, of which the first is known."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        blocks = blocks_of(chunks)
        first = next(blocks)
        self.is_long = len(first) >= BLOCK
        self.blocks: Iterator[bytes] = chain((first,), blocks)


class _BlockWriter:
    """Writes a part whose blocks are compressed already.

    zipfile writes the part's head and its place in the directory; what it knows of the content has no public name.
    """

    def __init__(self, part: Any) -> None:
        self._part = part
        part._compressor = self  # it is asked for the end of the stream when the part is closed

    def write(self, blocks: Iterable[Squeezed]) -> None:
        """Write some blocks."""
        part = self._part
        for block in blocks:
            part._crc = crc_of_both(part._crc, block.crc, block.length)
            part._file_size += block.length
            part._compress_size += len(block.content)
            part._fileobj.write(block.content)

    def flush(self) -> bytes:
        """Return what ends the stream."""
        return END


def has_own_layout(archive: zipfile.ZipFile) -> bool:
    """Tell whether a zip, by its directory, is compressed and laid out as :class:`Package` lays it out.

    Programs that save a workbook keep the author's name, but not the order, times and modes of its parts.

    Examples
    --------
    >>> import io
    >>> handle, package = io.BytesIO(), Package()
    >>> package.writestr("xl/workbook.xml", "<workbook/>")
    >>> package.write_to(handle)
    >>> with zipfile.ZipFile(handle) as archive:
    ...     has_own_layout(archive)
    True
    """
    parts = archive.infolist()
    names = [part.filename for part in parts]
    ours = (_MOMENT, _UNIX, _MODE, zipfile.ZIP_DEFLATED, b"")
    return (
        names == _in_order(names)
        and not archive.comment
        and all(
            (part.date_time, part.create_system, part.external_attr, part.compress_type, part.comment) == ours
            for part in parts
        )
    )


def _in_order(names: Iterable[str]) -> list[str]:
    """Return the names in the order in which a package writes its parts."""
    known = list(names)
    return [name for name in _FIRST if name in known] + sorted(name for name in known if name not in _FIRST)
