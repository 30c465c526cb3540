"""A finished report in another language: every text of our own is said again, every text from data stays.

Two kinds of text are looked up. A :class:`~clv_xl.said.Said` is said again wherever it stands. A plain text is looked
up where only our own words stand: titles, captions, notes, headers, and the cells of columns that are marked as words.
Everywhere else a plain text is data and is not touched.

Formulas name columns by their titles, and compare cells with our own words: both follow the language.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from clv_xl.report.model import (
    Chart,
    Column,
    Finding,
    Findings,
    Grid,
    Input,
    InputMap,
    Launch,
    Line,
    Live,
    LongTable,
    Matrix,
    Page,
    Paragraph,
    Report,
    Step,
    Table,
    Tile,
)
from clv_xl.said import Said, in_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.said import Speaker

__all__ = ["WRITERS_WORDS", "in_words", "looked_up", "spoken", "spoken_formula"]

Part = TypeVar("Part")

WRITERS_WORDS: Final = (
    " on a year ago",
    " points on a year ago",
    "as a year ago",
    " first year margin on a year ago",
    "first year margin as a year ago",
    "about ",
    "at least ",
    "Choose",
    "Allowed",
    "Expected",
    "Customer lifetime value",
)
"""What the writers add: words of number formats, titles of hints at inputs, and the subject of the file."""

_LABELS: Final[dict[type, tuple[str, ...]]] = {
    Report: ("title",),
    Page: ("title", "heading", "question", "notice", "cautions"),
    Tile: ("title", "caption", "note", "detail"),
    Findings: ("title",),
    Finding: ("text",),
    Paragraph: ("title", "lines"),
    Column: ("title", "note"),
    Table: ("title", "caption", "empty", "part", "total"),
    LongTable: (),
    Matrix: ("title", "caption", "row_header", "column_titles", "average_title"),
    Grid: ("title", "caption", "corner", "row_titles", "column_titles", "texts", "row_notes"),
    InputMap: ("title", "caption", "corner", "row_titles", "column_titles"),
    Input: ("message",),
    Step: ("title", "lines", "link"),
    Launch: ("button", "hint", "title", "status", "failed"),
    Line: ("title",),
    Chart: ("title", "unit", "category_title", "second_title", "alt_text"),
}
"""The fields that hold nothing but our own words, or texts from data that were set into them."""


def spoken(report: Report, speaker: Speaker) -> Report:
    """Return the report in a language.

    Parameters
    ----------
    report : Report
        As it was built.
    speaker : Speaker
        Who knows the language.

    Returns
    -------
    Report
        With the same figures, and the same texts from data.
    """
    told = tuple((english, speaker.text(english)) for english in WRITERS_WORDS)
    return replace(_Pass(speaker).part(report), words=told)


class _Pass:
    """One report said in one language."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def part(self, value: Part) -> Part:
        """Return a part of a report with all that it holds."""
        if not is_dataclass(value) or isinstance(value, type):
            return value
        labels = _LABELS.get(type(value), ())
        changed: dict[str, Any] = {
            item.name: self.label(found) if item.name in labels else self.cell(found)
            for item in fields(value)
            if (found := getattr(value, item.name)) is not None
        }
        if isinstance(value, Table):
            changed["rows"] = tuple(self._row(value.columns, row) for row in value.rows)
        if isinstance(value, LongTable):
            changed["values"] = tuple(
                self._column(values) if column.words else values
                for column, values in zip(value.columns, value.values, strict=True)
            )
        if isinstance(value, Column) and value.formula is not None:
            changed["formula"] = spoken_formula(value.formula, self._speaker)
        return replace(value, **changed)  # type: ignore[type-var]  # a part of the report

    def label(self, value: Any) -> Any:
        """Return what stands where only our own words stand."""
        if isinstance(value, str):
            return self._known(value)
        if isinstance(value, Live):
            return self._live(value)
        if isinstance(value, tuple):
            return tuple(self.label(item) for item in value)
        return self.part(value)

    def cell(self, value: Any) -> Any:
        """Return what may be data: only what remembers how it was made is said again."""
        if isinstance(value, str):
            return in_language(value, self._speaker)
        if isinstance(value, Live):
            return self._live(value)
        if isinstance(value, tuple):
            return tuple(self.cell(item) for item in value)
        return self.part(value)

    def _row(self, columns: tuple[Column, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            (self.label if column.words else self.cell)(value)
            for column, value in zip(columns, row, strict=True)
        )

    def _column(self, values: Sequence[object]) -> Sequence[object]:
        """Return a long column of words: each different one is looked up once."""
        known: dict[object, object] = {}
        for value in dict.fromkeys(values):
            known[value] = self._known(value) if isinstance(value, str) else value
        told = np.empty(len(values), dtype=object)
        told[:] = [known[value] for value in values]
        found: Sequence[object] = told  # type: ignore[assignment]  # an array of texts is a sequence
        return found

    def _live(self, value: Live) -> Live:
        now = self._known(value.value) if isinstance(value.value, str) else value.value
        return Live(spoken_formula(value.formula, self._speaker), now)

    def _known(self, text: str) -> str:
        return in_words(text, self._speaker)


def in_words(text: str, speaker: Speaker) -> str:
    """Return a text of our own in a language."""
    return in_language(text, speaker) if isinstance(text, Said) else looked_up(text, speaker)


def looked_up(text: str, speaker: Speaker) -> str:
    """Return a plain text of our own in a language; what has no letters is the same in all."""
    return speaker.text(text) if any(letter.isalpha() for letter in text) else text


_TOKENS: Final = re.compile(r'"((?:[^"]|"")*)"|\[@?\[?([^\[\]#@"]+)\]?\]')
"""Texts of a formula, and references to columns; no text has a bracket of a reference within it."""


def spoken_formula(formula: str, speaker: Speaker) -> str:
    """Return a formula with its texts and its column titles in a language.

    Examples
    --------
    >>> from clv_xl.said import ENGLISH
    >>> spoken_formula('=COUNTIF(customers[Activity],"inactive")*[@Orders]', ENGLISH)
    '=COUNTIF(customers[Activity],"inactive")*[@Orders]'
    """
    if isinstance(formula, Said):
        formula = in_language(formula, speaker)

    def told(found: re.Match[str]) -> str:
        if found[2] is None:
            text = found[1].replace('""', '"')
            return '"' + looked_up(text, speaker).replace('"', '""') + '"'
        title = looked_up(found[2], speaker)
        if title == found[2]:
            return found[0]
        return f"[@[{title}]]" if found[0].startswith("[@") else f"[{title}]"

    return _TOKENS.sub(told, formula)
