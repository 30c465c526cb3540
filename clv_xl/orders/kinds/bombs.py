"""How much a packed file may unpack to, and how much a file may load."""

from __future__ import annotations

from typing import Final

from clv_xl.errors import InputError

__all__ = ["MAX_UNPACKED", "Unpacking", "refuse_bloat"]

MAX_UNPACKED: Final = 8 << 30
"""Bytes that a packed file may unpack to."""

_LOOKED_AT: Final = 8 << 20
_RATIO: Final = 200
_BLANK: Final = b"\r\n\t ,;|"
# What a spreadsheet saves of rows that nobody filled in: a sheet has 1,048,576, each with its separators.
_MOST_BLANK: Final = 64 << 20
_A_CELL: Final = 16  # bytes that a cell takes in a table, whatever stands in it
_LOADED: Final = 256 << 20


class Unpacking:
    """Watch what a packed file unpacks to, piece by piece.

    What stands in blank rows does not speak against a file, up to 64 MB: they pack to nothing and are read past,
    packed or not.

    Parameters
    ----------
    name : str
        Of the packed file.
    packed : int
        Bytes on disk.
    """

    def __init__(self, name: str, packed: int) -> None:
        self._name = name
        self._packed = packed
        self._size = self._blank = 0

    def see(self, block: bytes) -> None:
        """Take the next piece.

        Raises
        ------
        InputError
            Above 8 GB, or 200 times the packed size where that is over 8 MB.
        """
        self._size += len(block)
        if self._blank < _MOST_BLANK:
            self._blank += len(block) - len(block.translate(None, _BLANK))
        counted = self._size - min(self._blank, _MOST_BLANK)
        if self._size > MAX_UNPACKED:
            raise InputError(f"{self._name} unpacks to more than {MAX_UNPACKED >> 30} GB. Split the file.")
        if counted > _LOOKED_AT and counted > _RATIO * self._packed:
            raise InputError(
                f"{self._name} unpacks to more than {_RATIO} times its size, which no export does. If it is in order,"
                " unpack it and name what was in it."
            )


def refuse_bloat(name: str, rows: int, columns: int, texts: int, packed: int, way_out: str) -> None:
    """Refuse a table that takes far more memory than its file has bytes, before it is loaded.

    Parameters
    ----------
    name : str
        Of the file.
    rows, columns : int
        Of the table.
    texts : int
        Bytes of all its texts.
    packed : int
        Bytes on disk.
    way_out : str
        What the user may do: a sentence.

    Raises
    ------
    InputError
        Above 200 times the size of the file, where that is over 256 MB.

    Examples
    --------
    >>> refuse_bloat("shop.parquet", 10_000_000, 8, 600_000_000, 90_000_000, "")
    >>> refuse_bloat("shop.parquet", 20_000, 13, 1_800_000_000, 19_549, "Split it.")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    clv_xl.errors.InputError: shop.parquet holds 20,000 rows of 13 columns that take 1,720 MB when they are read; ...
    """
    size = rows * columns * _A_CELL + texts
    most = max(_LOADED, _RATIO * packed)
    if size > most:
        shown = max(packed / (1 << 20), 0.1)
        raise InputError(
            f"{name} holds {rows:,} rows of {columns:,} columns that take {size >> 20:,} MB when they are read; of a"
            f" file of {shown:,.1f} MB at most {most >> 20:,} MB are read. {way_out}"
        )
