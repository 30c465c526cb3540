"""The VBA of a workbook as olevba reads it back, independently of what wrote it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

with warnings.catch_warnings():
    # it calls pyparsing by names of old
    warnings.simplefilter("ignore", DeprecationWarning)
    from oletools.olevba import VBA_Parser, decompress_stream

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["modules_of", "unpacked"]


def modules_of(path: Path) -> dict[str, str]:
    """File name -> source of each module, lines ending with a line feed."""
    parser = VBA_Parser(str(path))
    try:
        return {name: code.replace("\r\n", "\n") for _, _, name, code in parser.extract_macros()}
    finally:
        parser.close()


def unpacked(stream: bytes) -> bytes:
    """Unpack a stream of a VBA project, which has to be packed from its first byte on."""
    return bytes(decompress_stream(bytearray(stream)))
