"""What a user may name as orders: files, folders, patterns, a database, standard input; and the files found there."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.account import Warning_
from clv_xl.orders.kinds.postgres_url import PostgresUrl
from clv_xl.orders.kinds.recognise import DATA_ENDINGS
from clv_xl.orders.said import QuestionError
from clv_xl.orders.sentences import listed
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.said import counted, figured, frame, joined, say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Found",
    "NotOrders",
    "OrderFile",
    "Source",
    "SparkTable",
    "StandardInput",
    "UnfitOption",
    "find_sources",
    "order_source",
]

_TOLD: Final = 30
_ALMOST_A_URL: Final = re.compile(
    r"postgres(?:ql)?:|[a-z][\w+]+:/*[^/@]*:.*@|/*[^/\\@:]{2,}:[^/\\@]*@", re.IGNORECASE
)


class NotOrders(QuestionError):  # noqa: N818  # it says what a file is: among others it is passed over
    """A file that holds no orders as it is: a question where it was named, passed over in a folder."""

    headers: tuple[str, ...] = ()


class UnfitOption(UsageError):  # noqa: N818  # it says what an option is, for one file
    """An option that does not fit what one file holds; the others may fit it."""


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What another program gives.

    Attributes
    ----------
    stream : BinaryIO
        Read to its end, once.
    name : str
        As messages call it.
    """

    stream: BinaryIO
    name: str = "standard input"


@dataclass(frozen=True, slots=True)
class OrderFile:
    """One file that is to be read.

    Attributes
    ----------
    path : pathlib.Path
        Where its bytes are.
    name : str
        As messages and the account call it.
    folder : str
        The folder or the pattern that it was found by; empty where it was named itself.
    """

    path: Path
    name: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SparkTable:
    """A table of Spark's catalogue, which only Spark reads.

    Attributes
    ----------
    table : str
        Such as ``shop.orders``; empty for a query.
    """

    table: str = ""

    @property
    def name(self) -> str:
        """The table as messages call it."""
        return f"spark:{self.table or 'query'}"


Source = Path | SheetRows | StandardInput | PostgresUrl | OrderFile | SparkTable
"""Whatever orders are read from."""


@dataclass(slots=True)
class Found:
    """What is to be read, in order, and what was passed over and why.

    Attributes
    ----------
    sources : list
        Files, and what is no file.
    passed_over : dict of str to list of (str, str)
        Folder or pattern -> names and reasons.
    """

    sources: list[OrderFile | SheetRows | StandardInput | PostgresUrl] = field(default_factory=list)
    passed_over: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are read."""
        return tuple(source.path for source in self.sources if isinstance(source, OrderFile))

    def pass_over(self, file: OrderFile, why: str) -> None:
        """Take a file off the list."""
        self.passed_over[file.folder].append((file.name, why))

    def notes(self, read: Sequence[OrderFile]) -> tuple[Warning_, ...]:
        """Say of each folder which files were read and which were passed over.

        Raises
        ------
        InputError
            If a folder holds no orders at all.
        """
        told = []
        for folder, passed in self.passed_over.items():
            names = [file.name for file in read if file.folder == folder]
            reasons = joined(
                "; ", [frame("{name} ({why})", name=name, why=why) for name, why in sorted(passed)[:_TOLD]]
            )
            if len(passed) > _TOLD:
                reasons += "; " + say("and {number} more", number=figured(len(passed) - _TOLD, 0))
            if not names:
                raise InputError(
                    f"{folder} holds no file of orders. Passed over: {reasons or 'nothing, it is empty'}. Name the"
                    " order file itself to see what is wrong with it."
                )
            text = counted(
                len(names),
                "{folder}: {number} file read: {files}.",
                "{folder}: {number} files read: {files}.",
                folder=folder,
                files=listed(names[:_TOLD], len(names)),
            )
            if passed:
                text += say(" Passed over: {reasons}.", reasons=reasons)
            told.append(Warning_("folder_read", text, 0))
        return tuple(told)


def order_source(text: str) -> Path | PostgresUrl | SparkTable:
    """Return what a word of the command line names.

    Parameters
    ----------
    text : str
        A file, a folder, a pattern such as ``shop/*.csv``, the URL of a database, or ``spark:`` with a table.

    Examples
    --------
    >>> order_source("orders.csv").name
    'orders.csv'
    >>> order_source("postgresql://ann:secret@db.example.com/shop").name
    'postgresql://db.example.com/shop'
    >>> order_source("spark:shop.orders").table
    'shop.orders'

    Raises
    ------
    UsageError
        If the URL of a database is not one that is understood; its password is not repeated.
    """
    if text.startswith("spark:") and not text.startswith("spark://"):
        return SparkTable(text.removeprefix("spark:"))
    if "://" not in text and _ALMOST_A_URL.match(text):  # a path is repeated in messages, a password never
        raise UsageError(
            "The URL of a database has two slashes after the colon: postgresql://USER@HOST/DATABASE."
        )
    return PostgresUrl.of(text) if "://" in text else Path(text)


def find_sources(given: Sequence[Source], *, not_read: Sequence[Path | None] = ()) -> Found:
    """Return the files that are meant, those of a folder or a pattern sorted by name.

    Parameters
    ----------
    given : sequence
        As the user named them.
    not_read : sequence of pathlib.Path or None
        Files that the command writes: in a folder they are passed over.

    Raises
    ------
    InputError
        If a folder cannot be listed, or a pattern fits no file.
    """
    found = Found()
    written = {path.absolute() for path in not_read if path is not None}
    for source in given:
        if isinstance(source, SparkTable):
            continue  # where it is no file stands, and whoever reads files refuses it
        if not isinstance(source, Path):
            found.sources.append(source)
        elif _is_there(source, folder=True):
            _of_folder(source, found, written)
        elif set("*?[") & set(str(source)) and not _is_there(source):
            _of_pattern(source, found, written)
        else:
            found.sources.append(OrderFile(source, source.name))
    return found


def _is_there(source: Path, *, folder: bool = False) -> bool:
    try:
        return source.is_dir() if folder else source.exists()
    except OSError as error:
        raise InputError(
            f"{source} cannot be read ({error.strerror or error}). Check the name, and your rights on its folder."
        ) from error


def _of_folder(folder: Path, found: Found, written: set[Path]) -> None:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be listed ({error.strerror}). Name the order files in it one by one."
        ) from error
    _take(entries, str(folder), found, written)


def _of_pattern(pattern: Path, found: Found, written: set[Path]) -> None:
    entries = [Path(name) for name in sorted(glob.glob(str(pattern)))]  # noqa: PTH207  # a path of any root
    if not entries:
        raise InputError(f"{pattern}: no file fits this pattern. Check the name and the folder.")
    _take(entries, str(pattern), found, written)


def _take(entries: Sequence[Path], where: str, found: Found, written: set[Path]) -> None:
    passed = found.passed_over.setdefault(where, [])
    for entry in entries:
        if entry.name.startswith(".") and entry.name.endswith(".clv_xl-lock"):
            continue  # of a run that is writing here, most often our own
        why = _reason(entry, written)
        if why:
            passed.append((entry.name, why))
        else:
            found.sources.append(OrderFile(entry, entry.name, where))


def _reason(entry: Path, written: set[Path]) -> str:
    """Say why a file of a folder is not even opened; empty where it is."""
    ending = entry.suffix.lower()
    reasons = (
        (say("a link: name what it leads to"), entry.is_symlink()),
        (say("a hidden file"), entry.name.startswith((".", "~$"))),
        (say("a folder: name it itself"), entry.is_dir()),
        (say("a pipe or a device"), not entry.is_file()),
        (say("this command writes it"), entry.absolute() in written),
        (say("its ending is none of an order file"), ending not in {*DATA_ENDINGS, ".zip"}),
    )
    return next((reason for reason, holds in reasons if holds), "")
