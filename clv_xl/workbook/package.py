"""The zip container of a workbook, always the same bytes for the same parts.

An ordinary zip holds the time of writing, the order in which parts happened to be added and the system that
wrote it. Here the order, the times, the mode and the compression are fixed, so that two reports from the
same orders can be compared as files.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections import deque
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["Package", "has_own_layout"]

_UNIX: Final = 3
_MODE: Final = 0o100644 << 16
# 247 MB of XML, the customer list of 150,000: level 2 makes 33.2 MB of them in 1.3 CPU seconds, 3 makes 31.0 in 1.6,
# 4 makes 31.1 in 1.9, 5 makes 27.3 in 2.3 and 6 makes 26.4 in 3.3. Level 1 is no quicker than 2, and makes 35.3.
LEVEL: Final = 3
_BLOCK: Final = 1 << 20  # bytes that are compressed as one; never a matter of how many cores there are
_MOST_THREADS: Final = 4  # what makes the rows is one thread, and feeds no more than two or three
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
        self._parts: dict[str, tuple[Iterable[bytes], bool]] = {}

    def writestr(self, name: str, data: str | bytes) -> None:
        """Add a part that is known as a whole."""
        self.stream(name, (data.encode() if isinstance(data, str) else data,))

    def stream(self, name: str, chunks: Iterable[bytes], *, large: bool = False) -> None:
        """Add a part whose bytes are asked for only when the package is written.

        ``large`` says that it could exceed 2 GiB, which the zip has to provide for in advance.

        Raises
        ------
        ValueError
            If the package has a part of that name.
        """
        if name in self._parts:
            message = f"the part {name} is there already"
            raise ValueError(message)
        self._parts[name] = (chunks, large)

    def rewrite(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """Put what ``change`` makes of a part in its place.

        Raises
        ------
        KeyError
            If the package has no part of that name.
        """
        chunks, large = self._parts[name]
        self._parts[name] = ((change(b"".join(chunks)),), large)

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
            self._write_parts(archive, threads or _cores() if compressed else 0)
            archive.close()
        except BaseException:
            # Ctrl-C may leave a part open; closing would then fail, now and once more when all is tidied up
            archive.fp = None
            raise

    def _write_parts(self, archive: zipfile.ZipFile, threads: int) -> None:
        for name in self.namelist():
            chunks, large = self._parts[name]
            # named by a string, a part is dated _MOMENT
            with archive.open(name, "w", force_zip64=large) as part:
                blocks = _blocks(chunks)
                first = next(blocks)
                if threads and len(first) >= _BLOCK:
                    _write_compressed(part, chain((first,), blocks), threads)
                    continue
                for block in chain((first,), blocks):
                    part.write(block)
        # the directory at the end of the zip, written on closing, is where these stand
        for info in archive.infolist():
            info.create_system = _UNIX
            info.external_attr = _MODE


def _cores() -> int:
    """Return how many threads may compress at a time: as many as this process has cores, and no more than are fed."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(known, _MOST_THREADS)


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Put chunks together until they are long enough to be compressed apart; yield at least one block."""
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= _BLOCK:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def _deflated(block: bytes) -> bytes:
    """Compress a block so that others can follow it in the same stream.

    Examples
    --------
    >>> stream = _deflated(b"one ") + _deflated(b"two") + _END
    >>> zlib.decompress(stream, -zlib.MAX_WBITS)
    b'one two'
    """
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(block) + compressor.flush(zlib.Z_SYNC_FLUSH)


_END: Final = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()


class _Compressed:
    """Stands for the compressor of a part whose blocks are compressed already."""

    def __init__(self) -> None:
        self.ready = b""

    def compress(self, _block: bytes) -> bytes:
        """Return what the block became."""
        return self.ready

    def flush(self) -> bytes:
        """Return what ends the stream."""
        return _END


def _write_compressed(part: Any, blocks: Iterable[bytes], threads: int) -> None:
    """Write a part whose blocks are compressed by threads, while this one makes and writes others.

    zipfile counts and sums the blocks as those of every part; only its compressor, which has no public name, is ours.
    """
    compressor = part._compressor = _Compressed()
    with _compressing(blocks, threads) as pairs:
        for block, compressor.ready in pairs:
            part.write(block)


@contextmanager
def _compressing(blocks: Iterable[bytes], threads: int) -> Iterator[Iterator[tuple[bytes, bytes]]]:
    """Give each block with what it is compressed to, in their order; a few are compressed ahead."""
    if threads == 1:
        yield ((block, _deflated(block)) for block in blocks)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # a small workbook does without

    pool = ThreadPoolExecutor(threads)

    def pairs() -> Iterator[tuple[bytes, bytes]]:
        begun: deque[tuple[bytes, Future[bytes]]] = deque()
        for block in blocks:
            begun.append((block, pool.submit(_deflated, block)))
            if len(begun) > threads:
                first, compressed = begun.popleft()
                yield first, compressed.result()
        for block, compressed in begun:
            yield block, compressed.result()

    try:
        yield pairs()
    finally:
        pool.shutdown(cancel_futures=True)


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
