"""Texts that remember what they were made of, so that a report can say them in another language.

A sentence is made in English, where its figures are known, and is an ordinary ``str``. It keeps its template and its
values: whoever writes the report in another language looks the template up and sets the values in again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

__all__ = [
    "ENGLISH",
    "Piece",
    "Said",
    "Speaker",
    "counted",
    "dated",
    "figured",
    "frame",
    "in_language",
    "joined",
    "live_words",
    "lower_first",
    "quoted",
    "reworded",
    "said",
    "say",
]


class Speaker(Protocol):
    """Who knows a language: its words, its figures and its dates."""

    def text(self, english: str) -> str:
        """Return a text or template in this language."""
        ...

    def texts(self, one: str, many: str, number: float) -> str:
        """Return the template for so many."""
        ...

    def figure(self, value: Decimal) -> str:
        """Return a number with thousands set apart."""
        ...

    def day(self, value: date, *, with_day: bool) -> str:
        """Return a date, or its month."""
        ...


class _Made(Protocol):
    def spoken(self, speaker: Speaker) -> str: ...


class Said(str):
    """A text and what it was made of; equal to the plain text.

    Adding to it keeps both parts. An f-string, ``join`` or ``format`` gives a plain text: use :func:`say`,
    :func:`joined` or :func:`frame` instead.

    Attributes
    ----------
    made : object
        What says it again in another language.

    Examples
    --------
    >>> text = say("{many} of them", many=3)
    >>> text == "3 of them", type(text + ".").__name__
    (True, 'Said')
    """

    __slots__ = ("made",)
    made: _Made

    def __new__(cls, made: _Made) -> Self:
        """Say it in English."""
        told = super().__new__(cls, made.spoken(ENGLISH))
        told.made = made
        return told

    def __add__(self, other: str) -> Said:
        """Return both texts, one after the other."""
        return Said(_Row((self, other), ""))

    def __radd__(self, other: str) -> Said:
        """Return both texts, one after the other."""
        return Said(_Row((other, self), ""))

    def __reduce__(self) -> tuple[type[Said], tuple[_Made]]:
        """Copy with what it was made of."""
        return (Said, (self.made,))


@dataclass(frozen=True, slots=True)
class _Sentence:
    template: str
    values: tuple[tuple[str, object], ...]

    def spoken(self, speaker: Speaker) -> str:
        return _filled(speaker.text(self.template), self.values, speaker)


@dataclass(frozen=True, slots=True)
class _Counted:
    one: str
    many: str
    number: float
    values: tuple[tuple[str, object], ...]

    def spoken(self, speaker: Speaker) -> str:
        return _filled(speaker.texts(self.one, self.many, self.number), self.values, speaker)


@dataclass(frozen=True, slots=True)
class _Frame:
    template: str
    values: tuple[tuple[str, object], ...]

    def spoken(self, speaker: Speaker) -> str:
        return _filled(self.template, self.values, speaker)


@dataclass(frozen=True, slots=True)
class _Row:
    parts: tuple[str, ...]
    between: str

    def spoken(self, speaker: Speaker) -> str:
        return in_language(self.between, speaker).join(in_language(part, speaker) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Lower:
    text: str

    def spoken(self, speaker: Speaker) -> str:
        told = in_language(self.text, speaker)
        return told[:1].lower() + told[1:]


@dataclass(frozen=True, slots=True)
class _Quoted:
    text: str

    def spoken(self, speaker: Speaker) -> str:
        return '"' + in_language(self.text, speaker).replace('"', '""') + '"'


class Piece(NamedTuple):
    """A piece of a live sentence: the part of a formula that Excel computes it by, and what it is now."""

    formula: str
    text: str


@dataclass(frozen=True, slots=True)
class _Formula:
    """A sentence as a part of a formula: its own words are texts there, joined with what Excel computes."""

    template: str
    values: tuple[tuple[str, object], ...]

    def spoken(self, speaker: Speaker) -> str:
        values = dict(self.values)
        parts: list[str] = []
        words = ""
        for own, name, _, _ in Formatter().parse(speaker.text(self.template)):
            words += own
            if name is None:
                continue
            value = values[name]
            if not isinstance(value, Piece):
                words += in_language(value, speaker) if isinstance(value, str) else str(value)
                continue
            if words:
                parts.append(_Quoted(words).spoken(speaker))
            parts.append(in_language(value.formula, speaker))
            words = ""
        if words:
            parts.append(_Quoted(words).spoken(speaker))
        return "&".join(parts)


@dataclass(frozen=True, slots=True)
class _Figure:
    value: Decimal

    def spoken(self, speaker: Speaker) -> str:
        return speaker.figure(self.value)


@dataclass(frozen=True, slots=True)
class _Day:
    value: date
    with_day: bool

    def spoken(self, speaker: Speaker) -> str:
        return speaker.day(self.value, with_day=self.with_day)


def _filled(template: str, values: tuple[tuple[str, object], ...], speaker: Speaker) -> str:
    told = {name: in_language(value, speaker) if isinstance(value, str) else value for name, value in values}
    return template.format_map(told) if values else template


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _English:
    """The language that everything is written in."""

    def text(self, english: str) -> str:
        return english

    def texts(self, one: str, many: str, number: float) -> str:
        return one if number == 1 else many

    def figure(self, value: Decimal) -> str:
        return f"{value:,f}"

    def day(self, value: date, *, with_day: bool) -> str:
        month = f"{_MONTHS[value.month - 1]} {value.year}"
        return f"{value.day} {month}" if with_day else month


ENGLISH: Final[Speaker] = _English()


def in_language(text: str, speaker: Speaker) -> str:
    """Return a text as said in a language; a plain text as it stands.

    Examples
    --------
    >>> in_language("Anna's shop", ENGLISH), in_language(say("{who} left", who="Anna"), ENGLISH)
    ("Anna's shop", 'Anna left')
    """
    return text.made.spoken(speaker) if isinstance(text, Said) else text


def say(template: str, **values: object) -> Said:
    """Return a sentence of our own; its template is what translators see.

    Parameters
    ----------
    template : str
        With ``{name}`` where a value goes; braces that are text stand doubled, but not where there is no value.
    **values : object
        Texts from data stay as they are; texts of our own are said in the same language.

    Examples
    --------
    >>> say("{name} brings {share}", name="web", share="48%")
    'web brings 48%'
    """
    return Said(_Sentence(template, tuple(values.items())))


def said(text: str) -> Said:
    """Return a text of our own, to be set into another: one that remembers nothing is looked up as it stands.

    Examples
    --------
    >>> said("inactive"), said(say("{many} left", many=3))
    ('inactive', '3 left')
    """
    return text if isinstance(text, Said) else say(text)


def counted(number: float, one: str, many: str, **values: object) -> Said:
    """Return the sentence for one or for many; the number is set in where ``{number}`` stands.

    Examples
    --------
    >>> counted(1, "{number} customer", "{number} customers"), counted(2300, "one", "{number} customers")
    ('1 customer', '2,300 customers')
    """
    return Said(_Counted(one, many, number, (("number", figured(number, 0)), *values.items())))


def frame(template: str, **values: object) -> Said:
    """Return texts set into what is no language, such as a formula.

    Examples
    --------
    >>> frame('=IF(a>0,{yes},"")', yes=quoted(say("it pays")))
    '=IF(a>0,"it pays","")'
    """
    return Said(_Frame(template, tuple(values.items())))


def live_words(template: str, **values: object) -> Piece:
    """Return a sentence with figures that a workbook recalculates: as a part of a formula, and as it reads now.

    Parameters
    ----------
    template : str
        As for :func:`say`.
    **values : object
        A :class:`Piece` where the figure is live, else as for :func:`say`.

    Examples
    --------
    >>> live_words("{cost} within {months} months", cost=Piece("FIXED(cac,0)", "12"), months=3)
    Piece(formula='FIXED(cac,0)&" within 3 months"', text='12 within 3 months')
    """
    now = {name: value.text if isinstance(value, Piece) else value for name, value in values.items()}
    return Piece(Said(_Formula(template, tuple(values.items()))), say(template, **now))


def joined(between: str, parts: Iterable[str]) -> Said:
    """Return texts with one between each two.

    Examples
    --------
    >>> joined(", ", [say("web"), "Bing"])
    'web, Bing'
    """
    return Said(_Row(tuple(parts), between))


def reworded(text: str, change: Callable[[str], str], of_data: Callable[[str], str] = str) -> str:
    """Return a text with other templates, which may leave placeholders out, and other texts from data set in.

    Examples
    --------
    >>> reworded(say("{rows} rows: --flag", rows=3), lambda words: words.replace("--flag", "yes"))
    '3 rows: yes'
    """
    if not isinstance(text, Said):
        return change(text)
    made = text.made
    if isinstance(made, _Row):
        return Said(_Row(tuple(_again(part, change, of_data) for part in made.parts), made.between))
    if not isinstance(made, _Sentence | _Counted | _Frame):
        return text
    values = tuple((name, _again(value, change, of_data)) for name, value in made.values)
    if isinstance(made, _Counted):
        return Said(replace(made, one=change(made.one), many=change(made.many), values=values))
    template = change(made.template) if isinstance(made, _Sentence) else made.template
    return Said(replace(made, template=template, values=values))


def _again(part: Any, change: Callable[[str], str], of_data: Callable[[str], str]) -> Any:
    if not isinstance(part, str):
        return part
    return reworded(part, change if isinstance(part, Said) else of_data, of_data)


def lower_first(text: str) -> Said:
    """Return a text whose first letter is small, for the middle of a sentence.

    Examples
    --------
    >>> lower_first(say("No date"))
    'no date'
    """
    return Said(_Lower(text))


def quoted(text: str) -> Said:
    """Return a text as a formula holds it.

    Examples
    --------
    >>> print(quoted('5" pipe'))
    "5"" pipe"
    """
    return Said(_Quoted(text))


def figured(value: float | Decimal, digits: int) -> Said:
    """Return a number with a fixed number of decimals, halves rounded away from zero as Excel does.

    Examples
    --------
    >>> figured(2.25, 1), figured(-1234.5, 0), figured(-0.04, 1)
    ('2.3', '-1,235', '0.0')
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return Said(_Figure(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0))  # + 0: -0 has no sign


def dated(value: date, *, with_day: bool = True) -> Said:
    """Return a date that no reader can misread, or its month.

    Examples
    --------
    >>> from datetime import date
    >>> dated(date(2025, 7, 4)), dated(date(2025, 7, 4), with_day=False)
    ('4 Jul 2025', 'Jul 2025')
    """
    return Said(_Day(value, with_day))
