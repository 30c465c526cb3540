"""What the user says of a column that only some of several files have: the others go by their own headers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.errors import UsageError, did_you_mean
from clv_xl.orders.account import Warning_
from clv_xl.orders.column_words import asked_for, listed_headers
from clv_xl.orders.kinds.given import NotOrders
from clv_xl.orders.said import Saved
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.read import ReadSource

__all__ = ["refuse_columns_of_none", "told_of_others", "without_columns_of_others"]


def _absent(columns: Mapping[str, str], headers: tuple[str, ...]) -> dict[str, str]:
    """Return what the user says of columns that are not there; a saved map says how its own files look."""
    return {
        name: header
        for name, header in columns.items()
        if header.strip() and not isinstance(header, Saved) and not asked_for(header, headers)
    }


def without_columns_of_others(options: ReadOptions, error: Exception) -> ReadOptions | None:
    """Return the options for a file that lacks columns which may be those of another; None where nothing is lacking.

    Parameters
    ----------
    options : ReadOptions
        What the user said.
    error : Exception
        Why the file cannot be read.
    """
    if not isinstance(error, NotOrders) or len(options.sheets) > 1:
        return None
    absent = _absent(options.columns, error.headers)
    if not absent or not error.headers:
        return None
    return replace(options, columns={name: it for name, it in options.columns.items() if name not in absent})


def told_of_others(source: ReadSource, options: ReadOptions) -> ReadSource:
    """Return a source that was read without the columns of other files, with a note on each that counts in it.

    Parameters
    ----------
    source : ReadSource
        The source.
    options : ReadOptions
        What the user said.
    """
    notes = tuple(
        Warning_(
            "column_of_others",
            say(
                '{where}: there is no column "{header}", which --column {name} names. "{own}" is read as {name} here.'
                " If that is wrong, rename it.",
                where=source.where,
                header=header,
                name=name,
                own=source.header(name),
            ),
            0,
        )
        for name, header in _absent(options.columns, source.resolution.headers).items()
        if name in source.resolution.positions
    )
    return replace(source, notes=(*notes, *source.notes))


def refuse_columns_of_none(read: Sequence[ReadSource], options: ReadOptions) -> None:
    """Refuse a column that no file has.

    Parameters
    ----------
    read : Sequence of ReadSource
        The files.
    options : ReadOptions
        What the user said.

    Raises
    ------
    UsageError
        If a header stands in none of them.
    """
    absent = [_absent(options.columns, source.resolution.headers) for source in read]
    for name in set.intersection(*map(set, absent)) if absent else ():
        header = options.columns[name]
        names = tuple(dict.fromkeys(one for source in read for one in source.resolution.headers if one))
        raise UsageError(
            f'--column {name}="{header}": none of the files has a column "{header}".{did_you_mean(header, names)}'
            f" {listed_headers(names)}"
        )
