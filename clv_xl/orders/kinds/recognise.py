"""Of which kind a file is: its first bytes tell more than its ending."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DATA_ENDINGS", "WORKBOOKS", "digest_of", "file_kind"]

WORKBOOKS: Final = ("xlsx", "xlsb", "xls", "ods")
"""Kinds of workbook; ``xlsx`` is .xlsm too."""

DATA_ENDINGS: Final = (
    ".csv", ".tsv", ".tab", ".txt", ".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".pq", ".duckdb",
    ".ddb", ".sqlite", ".sqlite3", ".db",
)  # fmt: skip
"""Endings of files that may hold orders, where many files of all sorts lie together."""

_HEAD: Final = 16
_OLE: Final = b"\xd0\xcf\x11\xe0"
_PACKED: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
}
_DOCUMENTS: Final = {
    b"%PDF-": "a PDF document",
    b"{\\rtf": "a document of a word processor (RTF)",
}
_WORKBOOK_ENDINGS: Final = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsb", ".xls": "xls", ".ods": "ods"}
_OTHER: Final = frozenset(
    (".pdf", ".json", ".jsonl", ".xml", ".doc", ".docx", ".ppt", ".pptx", ".numbers", ".png", ".jpg")
)


def file_kind(path: Path) -> str:
    """Return ``csv`` for a text, ``parquet``, ``duckdb``, ``sqlite``, ``zip``, or one of :data:`WORKBOOKS`.

    Raises
    ------
    InputError
        If the file does not exist, cannot be opened, or is of a kind that is not read.
    """
    head = _head(path)
    ending = path.suffix.lower()
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _zip_kind(path, ending)
    if kind := _kind_of_bytes(head):
        return kind
    for magic, document in _DOCUMENTS.items():
        if head.startswith(magic) and ending not in _OTHER:
            raise InputError(
                f"{path.name} is {document}, not a table. Export the orders as .xlsx or CSV from the program that holds"
                " them."
            )
    for magic, packer in _PACKED.items():
        if head.startswith(magic):
            raise InputError(
                f"{path.name} is packed with {packer}, which is not read. Unpack it, or pack it as .gz or .zip."
            )
    if head and ending in {".parquet", ".duckdb", ".sqlite", ".sqlite3", ".zip"}:
        raise InputError(
            f"{path.name} is no {ending} file, whatever its name says. Export the orders again, or give a text file"
            " the ending .csv."
        )
    if ending in _OTHER:
        raise InputError(
            f"{path.name}: {ending} files are not read. Export the orders as .xlsx or CSV from the program that holds"
            " them."
        )
    return _WORKBOOK_ENDINGS.get(ending, "csv") if head else "csv"


def _kind_of_bytes(head: bytes) -> str:
    if head[:4] == _OLE:
        return "xls"
    if head[:4] == b"PAR1":
        return "parquet"
    if head == b"SQLite format 3\x00":
        return "sqlite"
    return "duckdb" if head[8:12] == b"DUCK" else ""


def _head(path: Path) -> bytes:
    """Return the first bytes; what is no file is not even opened, since a pipe may never give any."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder. Name the order file in it.")
        if not stat.S_ISREG(mode):
            raise InputError(
                f"{path} is a pipe or a device, no file. Write - for what another program gives, or name a file."
            )
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist. Check the name and the folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        raise InputError(
            f"{path} cannot be read ({reason}). Close it in other programs and try again."
        ) from error


def _zip_kind(path: Path, ending: str) -> str:
    """Tell workbooks from other zip files; a damaged one is what its ending says."""
    otherwise = "zip" if ending == ".zip" else _WORKBOOK_ENDINGS.get(ending, "zip")
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, EOFError, OSError):
        return otherwise if ending in {".zip", *_WORKBOOK_ENDINGS} else "xlsx"
    for part, kind in (("xl/workbook.xml", "xlsx"), ("xl/workbook.bin", "xlsb"), ("content.xml", "ods")):
        if part in names:
            return kind
    return otherwise


def digest_of(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file in hexadecimal, and its bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size
