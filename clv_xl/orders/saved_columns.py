"""The headers that a saved map names, held against those of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.errors import did_you_mean
from clv_xl.orders.column_words import listed_headers
from clv_xl.orders.columns import Resolution, asked_for, resolve
from clv_xl.orders.said import Saved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["resolve_as_saved"]


def resolve_as_saved(
    headers: Sequence[str], wanted: Mapping[str, str], asked: str | None = None
) -> Resolution:
    """Find the canonical columns as :func:`~clv_xl.orders.columns.resolve` does, some of them by a saved map.

    What a map says changes nothing where the column is found without it: so an export is read with its map as it was
    when the map was saved. A header that the map names must be there.

    Parameters
    ----------
    headers, wanted, asked
        As there; a header that is a :class:`~clv_xl.orders.said.Saved` is that of a map.

    Examples
    --------
    >>> wanted = {"amount": Saved("Netto", "shop.toml")}
    >>> resolve_as_saved(["Kundenr", "Dato", "Netto", "Total"], wanted).positions["amount"]
    2
    >>> resolve_as_saved(["Kundenr", "Dato", "Neto", "Total"], wanted).problem.partition(" Columns")[0]
    'shop.toml says that amount is the column "Netto", but there is no such column. Did you mean "Neto"?'
    """
    saved = {name: header for name, header in wanted.items() if isinstance(header, Saved)}
    if not saved:
        return resolve(headers, wanted, asked)
    names = tuple(header.strip() for header in headers)
    said = {name: header for name, header in wanted.items() if name not in saved}
    plain = resolve(names, said, asked)
    needed = {name: header for name, header in saved.items() if not _finds(plain, name, header)}
    read = resolve(names, {**said, **needed}, asked)
    absent = [name for name, header in saved.items() if header and not asked_for(header, names)]
    return replace(read, problem=_not_there(absent, saved, names), ways_out=()) if absent else read


def _finds(plain: Resolution, name: str, header: str) -> bool:
    """Tell whether a column is found as a saved map says, and not only by asking."""
    if not header.strip():
        return name not in plain.positions
    at = plain.positions.get(name)
    asked = {answer.value.partition("=")[0] for question in plain.questions for answer in question.answers}
    return at is not None and name not in asked and plain.headers[at] == header.strip()


def _not_there(absent: list[str], saved: Mapping[str, Saved], names: tuple[str, ...]) -> str:
    source = saved[absent[0]].source
    found = [name for name in names if name]
    if len(absent) == 1:
        name = absent[0]
        said = f'{source} says that {name} is the column "{saved[name]}", but there is no such column.'
        said += did_you_mean(saved[name], found)
    else:
        listed = ", ".join(f'{name} = "{saved[name]}"' for name in absent)
        said = f"{source} names columns that are not there: {listed}."
    return (
        f"{said} {listed_headers(names)} Correct {source}, or say which column it is:"
        f' --column {absent[0]}="the header in your file".'
    )
