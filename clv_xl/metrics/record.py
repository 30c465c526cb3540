"""What a catalogue record is: one :class:`Metric` for each figure that clv_xl can show.

A record stands below the function that it describes. Cell functions, report columns, the Method page, the
command line and ``docs/functions.md`` all take their words, units and formats from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REQUIRED", "Argument", "Category", "Kind", "Metric", "Range", "Required", "Unit", "excel_text"]

Category: TypeAlias = Literal[
    "Value", "Prediction", "Retention", "RFM", "Acquisition", "Concentration", "Customers"
]

Unit: TypeAlias = Literal[
    "currency",
    "ratio",
    "share",
    "years",
    "months",
    "days",
    "weeks",
    "periods",
    "orders per customer-year",
    "count",
    "score",
    "text",
    "table",
    "none",
]
"""What a figure is counted in. A *share* is shown in percent; a *ratio* is a multiple."""

Kind: TypeAlias = Literal["number", "single", "whole", "text", "date", "numbers", "dates", "ids", "table"]
"""How a cell is read. Plurals are columns; *number* and *whole* also take a column, value by value."""

_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)


class Required:
    """The type of :data:`REQUIRED`: an argument without a default.

    Examples
    --------
    >>> REQUIRED
    REQUIRED
    """

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Range:
    """Cells that an example refers to, where a column is too long to be typed.

    Examples
    --------
    >>> excel_text(Range("A2:A6920"))
    'A2:A6920'
    """

    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function.

    Parameters
    ----------
    name : str
        The name in Python and in Excel.
    meaning : str
        Complete sentences, the range allowed included. At most 255 characters with the default added.
    unit : str
        One of :data:`Unit`.
    default : object, default REQUIRED
        The value when the argument is left out. None means that ``meaning`` says what happens then.
    kind : str, default "number"
        One of :data:`Kind`.
    choices : tuple of str, default ()
        The words that a text argument may be.

    Examples
    --------
    >>> Argument("target_ratio", "The LTV:CAC that is aimed at.", "ratio", 3.0).help
    'The LTV:CAC that is aimed at. Default 3.'
    """

    name: str
    meaning: str
    unit: Unit
    default: float | str | Required | None = REQUIRED
    kind: Kind = "number"
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """True when the argument cannot be left out."""
        return isinstance(self.default, Required)

    @property
    def help(self) -> str:
        """The text that Excel shows beside the argument."""
        if self.required or self.default is None:
            return self.meaning
        return f"{self.meaning} Default {excel_text(self.default)}."


@dataclass(frozen=True, slots=True)
class Metric:
    """The one definition of a figure, in words.

    Parameters
    ----------
    name : str
        The Excel name, in capitals.
    title : str
        The name a reader sees, such as "Customer lifetime value".
    category : str
        One of :data:`Category`.
    unit : str
        One of :data:`Unit`.
    number_format : str
        An Excel number format.
    formula : str
        The formula in words, on one line, without a full stop.
    undefined : str
        When there is no figure: NaN in Python and #N/A in a cell.
    reference : str
        The paper, textbook or habit that the definition follows.
    function : callable or None, default None
        What computes it. None for a plain count or sum that the customer summary holds.
    arguments : tuple of Argument, default ()
        What the cell function takes, in order.
    cell_function : bool, default False
        True when it can be typed in a cell under its name.
    example_arguments : tuple, default ()
        Values that make an example; a tuple among them is a column.
    example_result : float or str or tuple of tuple or None, default None
        What the example gives; a table is its rows, the header first. Where the example needs orders of one's own,
        the first rows of it.

    Examples
    --------
    >>> from clv_xl.metrics import find
    >>> find("REPEAT_RATE").help
    'Repeat rate: customers with orders on two days or more / customers. #N/A when there is no order.'
    """

    name: str
    title: str
    category: Category
    unit: Unit
    number_format: str
    formula: str
    undefined: str
    reference: str
    function: Callable[..., Any] | None = None
    arguments: tuple[Argument, ...] = ()
    cell_function: bool = False
    example_arguments: tuple[object, ...] = ()
    example_result: float | str | tuple[tuple[object, ...], ...] | None = None

    @property
    def needs_orders(self) -> bool:
        """True when the example refers to cells, because it takes more orders than can be typed."""
        return any(isinstance(value, Range) for value in self.example_arguments)

    @property
    def help(self) -> str:
        """The text that Excel shows for the function: complete sentences."""
        return f"{self.title}: {self.formula}. #N/A {self.undefined}."

    @property
    def signature(self) -> str:
        """The function as one types it; what stands in brackets may be left out.

        Examples
        --------
        >>> from clv_xl.metrics import find
        >>> find("CAC_MAX").signature
        'CAC_MAX(clv, [target_ratio])'
        """
        words = [item.name if item.required else f"[{item.name}]" for item in self.arguments]
        return f"{self.name}({', '.join(words)})"

    @property
    def example(self) -> str:
        """An example as one types it in Excel, or an empty text.

        Examples
        --------
        >>> from clv_xl.metrics import find
        >>> find("CLV").example
        '=CLV(800, 3, 6)'
        """
        if not self.cell_function:
            return ""
        return f"={self.name}({', '.join(excel_text(value) for value in self.example_arguments)})"


def excel_text(value: object) -> str:
    """Write a value as one types it in an English formula.

    Parameters
    ----------
    value : object
        A number, a text, a date (becomes Excel's day number), None (left out), or a tuple (a column).

    Returns
    -------
    str
        The text within the formula.

    Examples
    --------
    >>> excel_text(("Ann", 2.0, 0.5))
    '{"Ann";2;0.5}'
    >>> from datetime import date
    >>> excel_text(date(2024, 1, 31))
    '45322'
    """
    if value is None:
        return ""
    if isinstance(value, Range):
        return value.text
    if isinstance(value, tuple):
        return "{" + ";".join(excel_text(item) for item in value) + "}"
    if isinstance(value, date):
        return str((value - _EXCEL_DAY_ZERO).days)
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return f"{value:.15g}"
