"""The lists for campaigns of a report, from its customers to a folder of CSV files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.workbook.list_folder import ListFolder

__all__ = ["ListsWanted", "WrittenList", "WrittenLists", "open_folder", "write_lists"]


@dataclass(frozen=True, slots=True)
class ListsWanted:
    """Where lists for campaigns shall be written, and how: "standard" or "nordic"."""

    folder: Path
    dialect: str = "standard"


@dataclass(frozen=True, slots=True)
class WrittenList:
    """One list: its file name, what it holds, and how many customers."""

    file: str
    title: str
    customers: int


@dataclass(frozen=True, slots=True)
class WrittenLists:
    """The lists that were written.

    Attributes
    ----------
    folder : pathlib.Path
        Where they stand.
    dialect : str
        "standard" or "nordic".
    lists : tuple of WrittenList
        Segments first, then further views.
    emptied : tuple of str
        Lists of earlier runs that are no longer made: they hold their header alone.
    consent_columns, without_consent, without_email, notices
        As in :class:`~clv_xl.campaigns.lists.Campaigns`.
    """

    folder: Path
    dialect: str
    lists: tuple[WrittenList, ...]
    emptied: tuple[str, ...]
    consent_columns: tuple[str, ...]
    without_consent: int
    without_email: int
    notices: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        return {
            "folder": str(self.folder),
            "format": self.dialect,
            "files": [
                {"file": item.file, "title": item.title, "customers": item.customers} for item in self.lists
            ],
            "emptied": list(self.emptied),
            "consent_columns": list(self.consent_columns),
            "without_consent": self.without_consent,
            "without_email": self.without_email,
            "notices": list(self.notices),
        }

    def in_words(self) -> str:
        """Return everything as lines of text."""
        lines = [f"Note: {notice}" for notice in self.notices]
        lines.append(f"{len(self.lists)} lists written to {self.folder}:")
        width = max(len(item.file) for item in self.lists)
        lines += [f"  {item.file:<{width}}  {item.customers:,}" for item in self.lists]
        lines += [f"  {name}: no longer made, now empty" for name in self.emptied]
        return "\n".join(lines)


def open_folder(wanted: ListsWanted | None) -> ListFolder | None:
    """Look at the folder before any work is done.

    Raises
    ------
    OutputError, UsageError
        As :class:`~clv_xl.workbook.list_folder.ListFolder` says.
    """
    from clv_xl.workbook.list_folder import ListFolder  # noqa: PLC0415  # openpyxl: only where lists are wanted

    return None if wanted is None else ListFolder(wanted.folder)


def write_lists(
    material: Material, wanted: ListsWanted, folder: ListFolder, keep: Sequence[Path]
) -> WrittenLists:
    """Write the lists of a report's customers.

    Parameters
    ----------
    material : Material
        What the report is made from.
    wanted : ListsWanted
        Where and how.
    folder : ListFolder
        That folder, as :func:`open_folder` found it.
    keep : sequence of pathlib.Path
        Files that are read or written otherwise.
    """
    from clv_xl.campaigns.lists import (  # noqa: PLC0415  # numpy: when there is work
        COLUMNS,
        DECIMALS,
        campaigns_of,
        headings,
    )
    from clv_xl.workbook.list_folder import Dialect  # noqa: PLC0415

    made, dialect = campaigns_of(material), Dialect.named(wanted.dialect)
    (header,) = dialect.lines([headings(material.parameters.language)], (None,) * len(COLUMNS))
    # a customer stands on two lists or more: each line is made once
    lines = dialect.lines(made.rows, tuple(DECIMALS.get(kind) for _, kind in COLUMNS))
    files = {
        item.file: dialect.content((header, *(lines[row] for row in item.members.tolist())))
        for item in made.lists
    }
    emptied = folder.write(files, dialect.content((header,)), keep)
    return WrittenLists(
        folder=wanted.folder,
        dialect=wanted.dialect,
        lists=tuple(WrittenList(item.file, item.title, len(item.members)) for item in made.lists),
        emptied=emptied,
        consent_columns=made.consent_columns,
        without_consent=made.without_consent,
        without_email=made.without_email,
        notices=made.notices,
    )
