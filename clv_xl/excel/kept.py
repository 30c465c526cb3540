"""Results of earlier calls, kept for the next call with the same content."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Kept"]


class Kept:
    """A bounded store of results, the least recently used leaving first.

    Parameters
    ----------
    results : int
        How many results at most.
    cells : int
        How many cells they may hold together; a larger result is not kept at all.

    Examples
    --------
    >>> kept = Kept(results=1, cells=10)
    >>> kept.put(b"a", [["x"]]), kept.put(b"b", [["y"]])
    ([['x']], [['y']])
    >>> kept.get(b"a") is None, kept.get(b"b")
    (True, [['y']])
    """

    def __init__(self, results: int, cells: int) -> None:
        self._results = results
        self._cells = cells
        self._held = 0
        self._store: OrderedDict[bytes, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    @staticmethod
    def key(name: str, values: Sequence[object]) -> bytes:
        """Return what tells calls apart: the function, and the content of its arguments as they were read."""
        digest = blake2b(name.encode(), digest_size=32)
        for value in values:
            if isinstance(value, np.ndarray):
                digest.update(f"|{value.dtype.str}{value.shape}".encode())
                if value.dtype == object:
                    # no text holds a NUL, see read_text; the length tells where the texts end
                    texts = "\0".join(value.tolist()).encode()
                    digest.update(f"{len(texts)}:".encode() + texts)
                else:
                    digest.update(value.tobytes())
            else:
                text = f"{type(value).__name__}{value!r}".encode("utf-8", "replace")
                digest.update(f"|{len(text)}:".encode() + text)
        return digest.digest()

    def get(self, key: bytes) -> Any | None:  # see plain()
        """Return the result of that key, or None."""
        with self._lock:
            found = self._store.get(key)
            if found is None:
                return None
            self._store.move_to_end(key)
            return found[1]

    def put(self, key: bytes, result: Any) -> Any:  # see plain()
        """Keep a result, and return it."""
        size = len(result) * len(result[0]) if isinstance(result, list) and result else 1
        if size <= self._cells:
            with self._lock:
                if key not in self._store:
                    self._store[key] = (size, result)
                    self._held += size
                while self._held > self._cells or len(self._store) > self._results:
                    _, (gone, _) = self._store.popitem(last=False)
                    self._held -= gone
        return result
