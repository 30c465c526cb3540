"""How much a packed file may unpack to."""

from __future__ import annotations

from typing import Final

from clv_xl.errors import InputError

__all__ = ["MAX_UNPACKED", "refuse_bomb"]

MAX_UNPACKED: Final = 8 << 30
"""Bytes that a packed file may unpack to."""

_LOOKED_AT: Final = 8 << 20
_RATIO: Final = 200


def refuse_bomb(name: str, unpacked: int, packed: int) -> None:
    """Refuse a file that unpacks to more than any export does.

    Parameters
    ----------
    name : str
        Of the packed file.
    unpacked, packed : int
        Bytes so far, and on disk.

    Raises
    ------
    InputError
        Above 8 GB, or 200 times the packed size where that is over 8 MB.
    """
    if unpacked > MAX_UNPACKED:
        raise InputError(f"{name} unpacks to more than {MAX_UNPACKED >> 30} GB. Split the file.")
    if unpacked > _LOOKED_AT and unpacked > _RATIO * packed:
        raise InputError(
            f"{name} unpacks to more than {_RATIO} times its size, which no export does. If it is in order, unpack it"
            " and name what was in it."
        )
