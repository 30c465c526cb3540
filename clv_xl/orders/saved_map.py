"""A saved map: how the order files of one shop are read, as a TOML file that is written once and used every month."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.orders.dates import SLASHED
from clv_xl.orders.header_words import FURTHER_NAMED, NAMED
from clv_xl.orders.options import ReadOptions
from clv_xl.orders.said import Saved
from clv_xl.small_file import small_text, toml_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from clv_xl.orders.columns_seen import FileSeen

__all__ = ["SavedMap", "load_map", "map_text"]

_TEXTS = (
    "format",
    "table",
    "query",
    "time_zone",
    "date_format",
    "decimal",
    "order_amounts",
    "delimiter",
    "encoding",
)
_HELD_AGAINST = (
    "format",
    "date_format",
    "decimal",
    "time_zone",
)  # what may be refused later, with the map's name
_TABLES = ("columns", "statuses")
_KEYS = ("format", "sheet", *_TEXTS[1:], "without", "currency", "aliases", *_TABLES)
_NONE = "-"


@dataclass(frozen=True, slots=True)
class SavedMap:
    """What a saved map says; what it leaves out is found out from each file.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    texts : Mapping[str, str]
        The options with one text: format, table, query, time_zone, date_format, decimal, order_amounts,
        delimiter, encoding.
    columns, statuses : Mapping[str, str]
        As in :class:`~clv_xl.orders.options.ReadOptions`.
    without : tuple of str
        What is taken out of the amounts.
    currency : str
        Of the amounts, where they name none.
    aliases : pathlib.Path or None
        A file of customers who are the same.
    sheets : tuple of str
        Of a workbook; several are read as one.
    """

    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    currency: str = ""
    aliases: Path | None = None
    sheets: tuple[str, ...] = ()


def load_map(path: Path) -> SavedMap:
    r"""Read a saved map.

    Raises
    ------
    InputError
        The file is missing, or is no TOML.
    UsageError
        A key or a value cannot mean anything; the message names the line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "shop.toml")
    ...     _ = file.write_text('decimal = ","\n[columns]\namount = "Netto"\ncost = "-"\n')
    ...     found = load_map(file)
    >>> found.texts, found.columns
    ({'decimal': ','}, {'amount': 'Netto', 'cost': ''})
    """
    try:
        content = small_text(path)
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such map. Check the path given to --map, or make one: clv-xl map ORDERS --save {path}"
        ) from None
    except UnicodeDecodeError as cause:
        raise InputError(f"{path}: cannot be read as text ({cause}). Save it as UTF-8.") from cause
    try:
        entries = toml_entries(content)
    except tomllib.TOMLDecodeError as cause:
        raise InputError(
            f'{path.name} is not a valid map: {cause}. Lines look like decimal = "," and texts need quotes.'
        ) from cause
    _check_kinds(path.name, content, entries)
    columns = {name: "" if header == _NONE else header for name, header in entries.get("columns", {}).items()}
    found = SavedMap(
        path.name,
        {
            name: Saved(entries[name], path.name) if name in _HELD_AGAINST else entries[name]
            for name in _TEXTS
            if name in entries
        },
        {name: Saved(header, path.name) for name, header in columns.items()},
        {Saved(text, path.name): meaning for text, meaning in entries.get("statuses", {}).items()},
        tuple(entries.get("without", ())),
        entries.get("currency", ""),
        path.parent / entries["aliases"] if "aliases" in entries else None,
        (sheets,) if isinstance(sheets := entries.get("sheet", ()), str) else tuple(sheets),
    )
    for name, text in found.texts.items():
        _check_value(path.name, content, name, {name: text})
    for text, meaning in found.statuses.items():
        _check_value(path.name, content, text, {"statuses": {text: meaning}})
    _check_value(path.name, content, "without", {"without": found.without})
    _check_value(path.name, content, "sheet", {"sheet": found.sheets})
    if {"table", "query"} <= found.texts.keys():
        line = max(_line(content, "table"), _line(content, "query"))
        raise UsageError(f"{path.name}, line {line}: table and query both say which rows are read. Keep one.")
    return found


def _check_kinds(name: str, content: str, entries: Mapping[str, Any]) -> None:
    """Refuse unknown keys, and values of the wrong kind."""
    for key, value in entries.items():
        where = f"{name}, line {_line(content, key)}"
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS)
            if key in NAMED:
                hint = f" It is a column: put it below the line [columns], as {key} = {_toml(str(value))}."
            raise UsageError(f'{where}: there is no "{key}" in a map.{hint} A map knows {", ".join(_KEYS)}.')
        if key in _TABLES:
            _check_table(name, content, key, value)
        is_list = isinstance(value, list) and all(isinstance(at, str) and at for at in value)
        if key == "without" and not is_list:
            raise UsageError(f'{where}: {key} is not a list of texts. Write {key} = ["tax"].')
        if key not in {"without", *_TABLES} and not (
            (key == "sheet" and is_list and value) or (isinstance(value, str) and value)
        ):
            raise UsageError(
                f"{where}: {key} = {value!r} is not a text. Write it between quotes, or remove it."
            )


def _check_table(name: str, content: str, key: str, table: object) -> None:
    if not isinstance(table, dict):
        raise UsageError(
            f"{name}, line {_line(content, key)}: {key} is a table. Write [{key}] on a line of its own."
        )
    for entry, value in table.items():
        where = f"{name}, line {_line(content, entry, key)}"
        if key == "columns" and entry not in NAMED:
            raise UsageError(
                f'{where}: there is no column "{entry}".{did_you_mean(entry, NAMED)}'
                f" The names are {', '.join(NAMED)}."
            )
        if not isinstance(value, str) or not value.strip():
            example = (
                'amount = "Beløp", or amount = "-" for none' if key == "columns" else '"On hold" = "sale"'
            )
            raise UsageError(f"{where}: {entry} is not a text. Write it like {example}.")


def _check_value(name: str, content: str, key: str, values: Mapping[str, Any]) -> None:
    try:
        ReadOptions(**values)
    except UsageError as cause:
        told = str(cause).removeprefix("--").replace("date-format", "date_format", 1)
        told = told.replace("order-amounts", "order_amounts", 1).replace("time-zone", "time_zone", 1)
        table = "statuses" if "statuses" in values else ""
        raise UsageError(f"{name}, line {_line(content, key, table)}: {told}") from None


def _line(content: str, key: str, table: str = "") -> int:
    """Return the number of the line that a key of a table stands in; tomllib does not tell."""
    inside = ""
    for number, text in enumerate(content.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*\"?([^\]\"]+?)\"?\s*\]", text):
            inside = header[1]
            if not table and inside == key:
                return number
            continue
        spelled = text.partition("=")[0].strip()
        if inside == table and "=" in text and key in {spelled, spelled[1:-1], _unescaped(spelled)}:
            return number
    return 1


def _unescaped(text: str) -> str:
    try:
        # of a comment there is none
        return next(iter(toml_entries(f"{text} = 1")), text)
    except tomllib.TOMLDecodeError:  # an inline table or the middle of a longer text: no key of ours
        return text


def _toml(text: str) -> str:
    """Return a TOML string: JSON's, with the one character more that TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def map_text(
    seen: FileSeen,
    options: ReadOptions,
    *,
    currency: str = "",
    aliases: str = "",
    statuses: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the map of a file that was read: what was said and what was found, with comments.

    What every export says itself, such as the form of dates with the year first, is left to be found out again.

    Parameters
    ----------
    seen : FileSeen
        From :func:`~clv_xl.orders.columns_seen.look`.
    options : ReadOptions
        How it was read.
    currency : str
        What the user said.
    aliases : str
        The file of aliases, as the map is to name it.
    statuses : iterable of (str, str)
        Each status that was found, and what it is read as.
    """
    file = seen.file
    lines = [
        "# How clv-xl reads the order files of one shop: clv-xl report ORDERS --map THIS_FILE",
        "# What the command line says wins. A line that is taken out is found out again from each file.",
        "",
        f"format = {_toml(file.read_as.name)}  # {file.read_as.title}",
    ]
    dates = options.date_format or (file.date_format if file.date_format in SLASHED else "")
    plain = {
        "table": options.table,
        "query": options.query,
        "time_zone": options.time_zone,
        "date_format": dates,
        "decimal": options.decimal or seen.decimal,
        "order_amounts": options.order_amounts,
        "delimiter": options.delimiter,
        "encoding": options.encoding,
        "currency": currency,
        "aliases": aliases,
    }
    if options.sheets:
        listed = ", ".join(map(_toml, options.sheets))
        lines.append(f"sheet = {listed if len(options.sheets) == 1 else f'[{listed}]'}")
    lines += [f"{name} = {_toml(text)}{_WHY.get(name, '')}" for name, text in plain.items() if text]
    if options.without:
        lines.append(f"without = [{', '.join(map(_toml, options.without))}]")
    lines += ["", '[columns]  # the header of each in the file; "-" for a column that is not to be used']
    columns = {name: seen.headers[at] for name, at in seen.positions.items()}
    for name in FURTHER_NAMED:
        if header := options.columns.get(name):
            columns[name] = header
    columns |= {name: _NONE for name, header in options.columns.items() if not header}
    repeated = {header for header in columns.values() if header and seen.headers.count(header) > 1}
    for name in NAMED:
        if header := columns.get(name):
            # a header that stands twice cannot be asked for by name
            lines.append(f"{'# ' if header in repeated else ''}{name} = {_toml(header)}")
    if unused := file.unused_columns:
        lines.append(f"# not used: {', '.join(map(_toml, unused))}")
    told = [(text, read_as) for text, read_as in statuses if text and text not in options.statuses]
    if options.statuses or told:
        lines += ["", "[statuses]  # sale, cancelled, unpaid, refunded, credit-note or test"]
        lines += [f"{_toml(text)} = {_toml(meaning)}" for text, meaning in options.statuses.items()]
        lines += [f"# {_toml(text)} is read as {read_as}" for text, read_as in told]
    return "\n".join(lines) + "\n"


_WHY = {
    "time_zone": "  # where the business is: the day of moments that carry a zone",
    "date_format": "  # of dates that do not say it themselves",
    "currency": "  # of amounts that name none",
    "aliases": "  # customers who are the same; beside this file",
}
