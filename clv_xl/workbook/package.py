"""The zip container of a workbook, always the same bytes for the same parts.

An ordinary zip holds the time of writing, the order in which parts happened to be added and the system that
wrote it. Here the order, the times, the mode and the compression are fixed, so that two reports from the
same orders can be compared as files.
"""

from __future__ import annotations

import zipfile
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Package", "has_own_layout"]

_UNIX: Final = 3
_MODE: Final = 0o100644 << 16
# Of 100,000 customers with 15 columns level 1 makes 17.4 MB, level 4 15.4 MB and level 6 14.4 MB, in 1, 1.2
# and 2 times the time: 4 keeps most of what is won in size and in time.
_LEVEL: Final = 4
_AHEAD: Final = 4  # chunks that are made while one is compressed
_PAUSE: Final = 0.01
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

    def write_to(self, handle: BinaryIO, *, compressed: bool = True) -> None:
        """Write the zip file to an open binary file.

        Uncompressed, the bytes are the same whatever machine writes them: not every zlib compresses alike.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        archive = zipfile.ZipFile(handle, "w", method, compresslevel=_LEVEL)
        try:
            self._write_parts(archive)
            archive.close()
        except BaseException:
            # Ctrl-C may leave a part open; closing would then fail, now and once more when all is tidied up
            archive.fp = None
            raise

    def _write_parts(self, archive: zipfile.ZipFile) -> None:
        for name in self.namelist():
            chunks, large = self._parts[name]
            # named by a string, a part is dated _MOMENT
            with archive.open(name, "w", force_zip64=large) as part, _made_ahead(chunks) as made:
                for chunk in made:
                    part.write(chunk)
        # the directory at the end of the zip, written on closing, is where these stand
        for info in archive.infolist():
            info.create_system = _UNIX
            info.external_attr = _MODE


@contextmanager
def _made_ahead(chunks: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Give the same chunks, of which the next few are made while one is compressed: zlib leaves a core free.

    What fails in making them is raised where they are asked for.
    """
    if isinstance(chunks, tuple):
        yield iter(chunks)
        return
    ready: Queue[bytes | None] = Queue(_AHEAD)
    failed: list[BaseException] = []
    stopped = Event()

    def make() -> None:
        try:
            for chunk in chunks:
                if stopped.is_set():
                    return
                ready.put(chunk)
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised where the chunks are asked for
            failed.append(error)
        finally:
            ready.put(None)

    def given() -> Iterator[bytes]:
        while (chunk := ready.get()) is not None:
            yield chunk
        if failed:
            raise failed[0]

    maker = Thread(target=make, daemon=True)
    maker.start()
    try:
        yield given()
    finally:
        stopped.set()
        # a maker that waits for room must see that nobody asks for more
        while maker.is_alive():
            with suppress(Empty):
                ready.get(timeout=_PAUSE)
        maker.join()


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
