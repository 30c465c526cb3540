"""What an argument may be. Every refusal of a metric begins here, so that all of them read alike.

Blank values (None, NaN, pandas' NA and NaT) are not errors: a formula gives NaN for them, and a summary of a
column leaves them out. A value that cannot mean anything raises :class:`~clv_xl.errors.ArgumentError`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from clv_xl.errors import ArgumentError, did_you_mean
from clv_xl.metrics.refusals import ElementsError, Faults, contradiction, quoted, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ANY",
    "MARGIN",
    "NOT_NEGATIVE",
    "POSITIVE",
    "RATE",
    "SHARE",
    "TOP",
    "WHOLE",
    "Allowed",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "ObjectArray",
    "align",
    "chosen",
    "column",
    "complete",
    "contradiction",
    "flags",
    "is_blank",
    "numbers",
    "objects",
    "quoted",
    "raw_array",
    "refuse",
    "same_length",
    "setting",
    "single",
    "whole",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
ObjectArray: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The numbers that an argument may be, and how a message says so.

    Parameters
    ----------
    words : str
        Completes the sentence "it must be ...".
    low, high : float
        The bounds; both belong to the range unless ``low_open``.
    low_open : bool
        True when ``low`` itself is not allowed.
    percent : bool
        True when a value above 1 is probably a percentage written as a whole number.
    integer : bool
        True when only whole numbers make sense.

    Examples
    --------
    >>> SHARE.refuses(np.asarray([-1.0, 0.0, 1.0, np.nan]))
    array([ True, False, False, False])
    """

    words: str
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    percent: bool = False
    integer: bool = False

    def refuses(self, values: FloatArray) -> BoolArray:
        """Return True for each value that is outside; NaN is never outside."""
        below = values <= self.low if self.low_open else values < self.low
        outside: BoolArray = below | (values > self.high) | np.isinf(values)
        return outside | (values != np.floor(values)) & ~np.isnan(values) if self.integer else outside

    def allows(self, value: float) -> bool:
        """Tell whether one value is inside; as :meth:`refuses` of many says, but sooner.

        Examples
        --------
        >>> SHARE.allows(0.5), SHARE.allows(1.5), SHARE.allows(math.nan)
        (True, False, True)
        """
        if math.isnan(value):
            return True
        within = (self.low < value if self.low_open else self.low <= value) and value <= self.high
        return within and math.isfinite(value) and not (self.integer and value % 1)

    def hint(self, value: float) -> str:
        """Return what to do about the value, or an empty text."""
        return f" Write {value:.15g}% as {value / 100:.15g}." if self.percent and 1 < value <= 100 else ""

    def expected(self, value: float) -> str:
        """Return what a value outside must be instead, as a message ends."""
        finite = "" if math.isfinite(value) or self is ANY else " and finite"
        return f"{self.words}{finite}.{self.hint(value)}"


ANY: Final = Allowed("a finite number")
NOT_NEGATIVE: Final = Allowed("0 or more", low=0)
POSITIVE: Final = Allowed("more than 0", low=0, low_open=True)
SHARE: Final = Allowed("between 0 and 1", low=0, high=1, percent=True)
TOP: Final = Allowed("more than 0 and at most 1", low=0, high=1, low_open=True, percent=True)
MARGIN: Final = TOP
RATE: Final = Allowed("more than -1", low=-1, low_open=True)
WHOLE: Final = Allowed("a whole number, 0 or more", low=0, integer=True)


def is_blank(item: object) -> bool:
    """Tell whether a value is missing: None, NaN, NaT or pandas' NA.

    Examples
    --------
    >>> is_blank(None), is_blank(0)
    (True, False)
    """
    if isinstance(item, float | np.floating | np.datetime64):
        return bool(np.isnan(item))
    # pandas' own blanks, told by name so that the metrics do not load pandas
    return item is None or type(item).__name__ in {"NAType", "NaTType"}


def objects(name: str, value: npt.ArrayLike) -> ObjectArray:
    """Return the values as they came, in an array.

    Examples
    --------
    >>> objects("amounts", [1, "2", None])
    array([1, '2', None], dtype=object)
    """
    return raw_array(name, value, object)


def raw_array(name: str, value: npt.ArrayLike, kind: type[object] | None = None) -> npt.NDArray[Any]:
    """Return the values in an array of their own kind, refusing ragged rows.

    Examples
    --------
    >>> raw_array("amounts", [[1, 2], [3]])
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: amounts has rows of different length. Give a column or a full table.
    """
    try:
        return np.asarray(value, dtype=kind)
    except ValueError as error:
        raise ArgumentError(f"{name} has rows of different length. Give a column or a full table.") from error


def numbers(name: str, value: npt.ArrayLike, allowed: Allowed = ANY) -> FloatArray:
    """Return a number or an array of numbers as float64, refusing what cannot be meant.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number, or numbers of any shape. Integers, floats, fractions and decimals are numbers; text, dates
        and True/False are not. Blanks become NaN.
    allowed : Allowed, default ANY
        The range.

    Returns
    -------
    ndarray of float64
        Of the shape of ``value``; without dimensions for a single number.

    Raises
    ------
    ArgumentError
        For the first value that is no number or is outside the range.

    Examples
    --------
    >>> numbers("amounts", [1, None, 2.5])
    array([1. , nan, 2.5])
    >>> numbers("gross_margin", 40, MARGIN)
    Traceback (most recent call last):
    clv_xl.metrics.refusals.ElementsError: gross_margin is 40, but it must be more than 0 and at most 1.
    Write 40% as 0.4.
    """
    given: object = value  # to mypy a float is no ArrayLike
    if isinstance(given, float) and allowed.allows(given):
        return np.array(given, dtype=np.float64)
    raw = raw_array(name, value)
    if raw.dtype.kind in "iuf" and not _holds_flags(value):
        array = raw.astype(np.float64)
    else:
        items = objects(name, value)
        flat = [_float(name, items.shape, position, item) for position, item in enumerate(items.flat)]
        array = np.array(flat, dtype=np.float64).reshape(items.shape)
    outside = allowed.refuses(array)
    if outside.any():
        raise ElementsError(Faults(name, array, outside, allowed.expected))
    return array


def _holds_flags(value: object) -> bool:
    """Tell whether True or False stands in rows of Python's own: among numbers numpy makes 1 and 0 of them."""
    if not isinstance(value, list | tuple):
        return False
    kinds = set(map(type, value))
    return bool(kinds & {bool, np.bool_}) or (
        bool(kinds & {list, tuple}) and any(_holds_flags(row) for row in value)
    )


def _float(name: str, shape: tuple[int, ...], position: int, item: object) -> float:
    if is_blank(item):
        return math.nan
    if isinstance(item, bool | np.bool_):
        raise refuse(name, shape, position, str(item), "a number.")
    if isinstance(item, Real | Decimal):
        try:
            return float(item)
        except (OverflowError, ValueError):  # an integer beyond 1e308, or a signalling decimal
            return math.inf
    raise refuse(name, shape, position, quoted(item), "a number.")


def column(name: str, values: npt.ArrayLike, allowed: Allowed = ANY) -> FloatArray:
    """Return the numbers as one column, read row by row; see :func:`numbers`.

    Examples
    --------
    >>> column("amounts", [[1, 2], [3, 4]])
    array([1., 2., 3., 4.])
    """
    return numbers(name, values, allowed).ravel()


def single(name: str, value: npt.ArrayLike, allowed: Allowed = ANY) -> float:
    """Return the one number that the argument holds.

    Examples
    --------
    >>> single("share", [0.1, 0.2])
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: share holds 2 values, but it must be a single number.
    """
    array = numbers(name, value, allowed)
    if array.size != 1:
        raise ArgumentError(f"{name} holds {array.size} values, but it must be a single number.")
    return float(array.flat[0])


def setting(name: str, value: npt.ArrayLike, allowed: Allowed) -> float:
    """Return the one number that the argument holds, refusing a blank: without it nothing can be done.

    Examples
    --------
    >>> setting("share", None, SHARE)
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: share is blank, but it must be between 0 and 1.
    """
    found = single(name, value, allowed)
    if math.isnan(found):
        raise refuse(name, (), 0, "blank", f"{allowed.words}.")
    return found


def complete(name: str, values: npt.ArrayLike, allowed: Allowed) -> FloatArray:
    """Return the numbers as one column, refusing a blank.

    Examples
    --------
    >>> complete("orders", [1, None], WHOLE)
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: orders (item 2) is blank, but it must be a whole number, 0 or more.
    Leave out rows without a figure.
    """
    found = column(name, values, allowed)
    if (blank := np.isnan(found)).any():
        expected = f"{allowed.words}. Leave out rows without a figure."
        raise refuse(name, found.shape, int(np.argmax(blank)), "blank", expected)
    return found


def whole(name: str, value: npt.ArrayLike, allowed: Allowed) -> IntArray:
    """Return whole numbers as int64; a blank is refused, because an integer cannot be blank.

    Examples
    --------
    >>> whole("age", [0, 1.0], WHOLE)
    array([0, 1])
    """
    array = numbers(name, value, allowed)
    blank = np.isnan(array)
    if blank.any():
        raise refuse(name, array.shape, int(np.argmax(blank)), "blank", f"{allowed.words}.")
    return array.astype(np.int64)


def flags(name: str, values: npt.ArrayLike) -> FloatArray:
    """Return yes/no values as a column of 1, 0 and NaN (blank). True, False, 1 and 0 are understood.

    Examples
    --------
    >>> flags("lost", [True, 0, None])
    array([ 1.,  0., nan])
    """
    raw = raw_array(name, values)
    if raw.dtype.kind == "b":
        return raw.astype(np.float64).ravel()
    items: list[object] = objects(name, values).ravel().tolist()
    plain = [int(item) if isinstance(item, bool | np.bool_) else item for item in items]
    yes_or_no = Allowed("yes or no (True, False, 1 or 0)", low=0, high=1, integer=True)
    return numbers(name, np.array(plain, dtype=object), yes_or_no)


def chosen(name: str, value: str, choices: Iterable[str]) -> str:
    """Return the choice that the text means; capitals and outer blanks do not matter.

    Examples
    --------
    >>> chosen("first_payment", "nwo", ["now", "retained", "end"])
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: first_payment is the text "nwo", but it must be "now", "retained" or "end".
    Did you mean "now"?
    """
    known = list(choices)
    word = value.strip().lower() if isinstance(value, str) else ""
    meant = {choice.lower(): choice for choice in known}
    if word in meant:
        return meant[word]
    listed = ", ".join(f'"{choice}"' for choice in known[:-1]) + f' or "{known[-1]}"'
    raise ArgumentError(f"{name} is {quoted(value)}, but it must be {listed}.{did_you_mean(word, known)}")


def align(**arrays: npt.NDArray[Any]) -> None:
    """Refuse columns of different length.

    Examples
    --------
    >>> align(spend=np.zeros(3), new_customers=np.zeros(2))
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: The columns differ in length: spend has 3, new_customers has 2.
    Give columns of equal length, or single values.
    """
    if not any(array.ndim for array in arrays.values()):
        return
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError as error:
        sizes = ", ".join(
            f"{name} has {' x '.join(map(str, array.shape))}" for name, array in arrays.items() if array.ndim
        )
        raise ArgumentError(
            f"The columns differ in length: {sizes}. Give columns of equal length, or single values."
        ) from error


def same_length(**arrays: npt.NDArray[Any]) -> None:
    """Refuse columns that do not have a row for each other's row; a single value is a column of one.

    Examples
    --------
    >>> same_length(customers=np.zeros(2), dates=np.zeros(1))
    Traceback (most recent call last):
    clv_xl.errors.ArgumentError: The columns differ in length: customers has 2, dates has 1.
    Give columns of equal length.
    """
    if len({array.size for array in arrays.values()}) > 1:
        sizes = ", ".join(f"{name} has {array.size}" for name, array in arrays.items())
        raise ArgumentError(f"The columns differ in length: {sizes}. Give columns of equal length.")
