"""A long part of a zip, compressed in blocks: by threads, or in another process, and always to the same bytes.

Intel's library compresses them (isal: on a computer for which there is none, zlib). Its lower levels make the same
bytes on every Intel and AMD processor with SSE 4.2, which is all since 2011; its level 3 does not. ARM was not tried.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

try:
    from isal import isal_zlib as quick
except ImportError:
    quick = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

__all__ = [
    "BLOCK",
    "END",
    "LEVEL",
    "Squeezed",
    "SqueezedRun",
    "blocks_of",
    "crc_of_both",
    "squeezed",
    "threads_at_most",
]

# 201 MB of XML, the customer list of 142,857: isal's levels 1 and 2 make 24.4 MB of them in 0.16 CPU seconds, 0 makes
# 30.4 in 0.15. zlib's level 3 makes 22.8 in 0.88, 2 makes 24.2 in 0.66, 1 makes 25.2 in 0.60 and 4 makes 23.4 in 1.02.
# Shorter parts are zlib's everywhere.
QUICK_LEVEL: Final = 1
LEVEL: Final = 3
BLOCK: Final = 1 << 20
"""Bytes that are compressed as one; never a matter of how many cores there are."""
_MOST_THREADS: Final = 4  # what makes the rows is one thread, and feeds no more than two or three
END: Final = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
"""What ends a stream of blocks."""

_TOP: Final = 1 << 31
_CRC_POLYNOMIAL: Final = 0xEDB88320


class Squeezed(NamedTuple):
    """A compressed block, the length of what it was, and the check sum of that."""

    content: bytes
    length: int
    crc: int

    @classmethod
    def of(cls, block: bytes) -> Squeezed:
        """Compress a block so that others can follow it in the same stream.

        Examples
        --------
        >>> stream = Squeezed.of(b"one ").content + Squeezed.of(b"two").content + END
        >>> zlib.decompress(stream, -zlib.MAX_WBITS)
        b'one two'
        """
        library, level = (zlib, LEVEL) if quick is None else (quick, QUICK_LEVEL)
        compressor = library.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        return cls(
            compressor.compress(block) + compressor.flush(library.Z_SYNC_FLUSH),
            len(block),
            library.crc32(block),
        )


@dataclass(frozen=True, slots=True)
class SqueezedRun:
    """Some chunks of a part, all of them compressed."""

    blocks: tuple[Squeezed, ...]

    @classmethod
    def of(cls, chunks: Iterable[bytes], threads: int | None = None) -> SqueezedRun:
        """Compress chunks; ``threads`` are as many as there are cores where nothing is said."""
        with squeezed(blocks_of(chunks), threads or threads_at_most()) as found:
            return cls(tuple(found))

    @property
    def is_long(self) -> bool:
        """Tell whether there is a whole block of it: less is not compressed in blocks."""
        return self.blocks[0].length >= BLOCK


def blocks_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Put chunks together until they are long enough to be compressed apart; yield at least one block."""
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= BLOCK:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def threads_at_most() -> int:
    """Return how many threads may compress at a time: as many as this process has cores, and no more than are fed."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(known, _MOST_THREADS)


@contextmanager
def squeezed(blocks: Iterable[bytes], threads: int) -> Iterator[Iterator[Squeezed]]:
    """Give what each block is compressed to, in their order; a few are compressed ahead by threads."""
    if threads == 1:
        yield map(Squeezed.of, blocks)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # a small workbook does without

    pool = ThreadPoolExecutor(threads)

    def found() -> Iterator[Squeezed]:
        begun: deque[Future[Squeezed]] = deque()
        for block in blocks:
            begun.append(pool.submit(Squeezed.of, block))
            if len(begun) > threads:
                yield begun.popleft().result()
        for future in begun:
            yield future.result()

    try:
        yield found()
    finally:
        pool.shutdown(cancel_futures=True)


def crc_of_both(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two texts one after the other, from theirs and the length of the second.

    A CRC is the remainder of a polynomial over two elements, and every zero byte behind a text multiplies it by x to
    the 8th: so the first is carried to its place, and the second added.

    Parameters
    ----------
    first, second : int
        The CRC-32 of each text, as :func:`zlib.crc32` gives it.
    length : int
        Bytes of the second text.

    Examples
    --------
    >>> crc_of_both(zlib.crc32(b"customer "), zlib.crc32(b"value"), 5) == zlib.crc32(b"customer value")
    True
    """
    power, square, bits = _TOP, 3, length
    while bits:
        if bits & 1:
            power = _product(power, _squared(square))
        bits >>= 1
        square += 1
    return _product(first, power) ^ second


@cache
def _squared(times: int) -> int:
    """Return x, squared so many times, as a remainder; the highest bit stands for the lowest power."""
    if times == 0:
        return _TOP >> 1
    half = _squared(times - 1)
    return _product(half, half)


def _product(one: int, other: int) -> int:
    """Return the remainder of a product of polynomials."""
    found = 0
    while one:
        if one & _TOP:
            found ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ _CRC_POLYNOMIAL if other & 1 else other >> 1
    return found
