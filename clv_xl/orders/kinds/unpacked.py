"""The one data file in a zip, and what another program gives, as files of our own."""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.guard import BROKEN_ZIP, is_of_disk
from clv_xl.orders.kinds.bombs import MAX_UNPACKED, Unpacking
from clv_xl.orders.kinds.given import NotOrders
from clv_xl.orders.kinds.recognise import DATA_ENDINGS, file_kind

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.orders.kinds.given import OrderFile, StandardInput

__all__ = ["take_input", "unzip"]

_CHUNK: Final = 1 << 20
_PARTS: Final = 2_000
_DOCUMENTS: Final = {
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "Index/Document.iwa": "an Apple app",
}
_GZIP: Final = b"\x1f\x8b"
_SHOWN: Final = 10
_PLAIN: Final = re.compile(r"[\w .,:/\\()+@~#=-]+")


def unzip(file: OrderFile, folder: Path) -> Path:
    """Return a copy of the one data file in a zip.

    Parameters
    ----------
    file : OrderFile
        The zip.
    folder : pathlib.Path
        A private folder; the caller removes it.

    Raises
    ------
    InputError
        If the zip is damaged or protected, or holds no data file or several.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            part = _only_one(file, archive)
            # the name of the part is never a path of ours: only its ending is kept
            target = folder / f"unpacked{PurePosixPath(part.filename).suffix.lower()}"
            watched, first = Unpacking(file.name, part.compress_size), True
            with archive.open(part) as source, target.open("wb") as copy:
                while block := source.read(_CHUNK):
                    if first and block.startswith(_GZIP):
                        raise InputError(
                            f"{file.name} holds a packed file ({_shown(part.filename)}). Unpack it, and name what was"
                            " in it."
                        )
                    first = False
                    watched.see(block)
                    copy.write(block)
    except BROKEN_ZIP as error:
        if is_of_disk(error):
            raise
        raise InputError(f"{file.name} is damaged: it cannot be unpacked. Pack it again.") from error
    if file_kind(target) == "zip":
        raise InputError(f"{file.name} holds another zip file. Unpack it, and name what was in it.")
    return target


def _only_one(file: OrderFile, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    name = file.name
    parts = [part for part in archive.infolist() if not part.is_dir()]
    if len(parts) > _PARTS:
        raise InputError(f"{name} has {len(parts):,} files in it; at most {_PARTS:,} are accepted.")
    data = [part for part in parts if _is_data(part.filename)]
    if not data:
        for part, program in _DOCUMENTS.items():
            if any(one.filename == part for one in parts):
                raise NotOrders(
                    f"{name} is a document of {program}, not a table. Export the orders as .xlsx or CSV from the"
                    " program that holds them."
                )
        shown = ", ".join(_shown(part.filename) for part in parts[:10]) or "nothing"
        raise NotOrders(
            f"{name} holds no file that is read as orders ({shown}). Unpack it, and name the order file."
        )
    if len(data) > 1:
        raise InputError(_of_several(file, [part.filename for part in data]))
    if data[0].flag_bits & 0x1:
        raise InputError(f"{name} is protected with a password. Unpack it, and name the order file.")
    return data[0]


def _of_several(file: OrderFile, parts: list[str]) -> str:
    """Name the order files in a zip, and the commands that read them."""
    names = [_shown(part) for part in parts]
    alike = len({name.casefold() for name in names}) < len(names)
    shown = [_with_folders(part) if alike else name for part, name in zip(parts, names, strict=True)][:_SHOWN]
    more = f" and {len(parts) - _SHOWN:,} more" if len(parts) > _SHOWN else ""
    told = f"{file.name} holds {len(parts):,} files that may be orders: {', '.join(shown)}{more}."
    if alike:
        return (
            f"{told} Some have the same name: unpack it with its folders, and name each of these files, one after the"
            " other."
        )
    told += (
        " Unpack it into a folder of its own (in Windows: Extract All), and name the folder to read all of them as one,"
        " or one of the files"
    )
    folder = file.path.with_suffix("")
    # what another program gives lies in a folder of ours; a command holds nothing that a shell would run, and mixes
    # nothing with the files of a folder that is there
    if file.path.name != file.name or folder.exists() or not _PLAIN.fullmatch(str(file.path)):
        return f"{told}."
    commands = [f'unzip -j "{file.path}" -d "{folder}"', f'clv-xl check "{folder}"']
    if _PLAIN.fullmatch(names[0]):
        commands.append(f'clv-xl check "{folder / names[0]}"')
    return told + ":" + "".join(f"\n  {command}" for command in commands)


def _with_folders(part: str) -> str:
    """Return the name of a part with its folders, as far as they are names."""
    return "/".join(_shown(name) for name in PurePosixPath(part.replace("\\", "/")).parts)


def _is_data(part: str) -> bool:
    path = PurePosixPath(part.replace("\\", "/"))
    hidden = path.name.startswith((".", "~$")) or "__MACOSX" in path.parts
    return not hidden and path.suffix.lower() in DATA_ENDINGS


def _shown(part: str) -> str:
    """Return the name of a part for a message: the last of its names, without signs that no name has."""
    last = PurePosixPath(part.replace("\\", "/")).name
    return "".join(letter if letter.isprintable() else "?" for letter in last)[:80]


def take_input(given: StandardInput, folder: Path) -> Path:
    """Return a file with all that another program gives.

    Raises
    ------
    InputError
        If that is nothing, or more than can be read.
    """
    target = folder / "input"
    size = 0
    with target.open("wb") as copy:
        while block := given.stream.read(_CHUNK):
            size += len(block)
            if size > MAX_UNPACKED:
                raise InputError(f"{given.name} is more than {MAX_UNPACKED >> 30} GB. Name a file.")
            copy.write(block)
    if not size:
        raise InputError(f"{given.name} is empty. Check the program that gives the orders.")
    return target
