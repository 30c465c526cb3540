"""How an argument of a cell function is read: one :class:`Parameter` for each, made from its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clv_xl.metrics.arguments import ANY
from clv_xl.metrics.record import REQUIRED, Required

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import Allowed
    from clv_xl.metrics.record import Argument, Metric

__all__ = ["VECTORS", "Blank", "Kind", "Parameter", "parameters_of"]

Kind: TypeAlias = Literal[
    "number", "whole", "rate", "date", "numbers", "texts", "dates", "table", "cells", "flag", "text", "choice"
]
"""What a cell must hold; "cells" are a table in which numbers stay numbers. The plurals are whole columns, read with
each other row by row."""

Blank: TypeAlias = Literal["missing", "zero", "undefined", "error"]
"""What a blank cell means: as if left out, 0, no figure (#N/A), or a wrong use (#VALUE!)."""

VECTORS: Final = ("numbers", "texts", "dates")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a cell function.

    Parameters
    ----------
    name : str
        The name in Excel and in Python.
    kind : str
        One of :data:`Kind`.
    help : str
        What Excel shows beside the argument, at most 255 characters.
    default : object, default REQUIRED
        The value when the argument is left out.
    blank : str, default "undefined"
        One of :data:`Blank`; of a column (:data:`VECTORS`) blank cells are always left to the function.
    choices : tuple of str, default ()
        The words of a choice.
    allowed : Allowed, default ANY
        The range of a number that no metric checks.
    spread : bool, default False
        True when a range gives a value for each of its cells.
    lone_number : bool, default False
        True when a column of numbers may also be a single number.

    Examples
    --------
    >>> from clv_xl.metrics import find
    >>> spend, _ = parameters_of(find("CAC"))
    >>> spend.kind, spend.required, spend.blank, spend.spread
    ('number', True, 'undefined', True)
    """

    name: str
    kind: Kind
    help: str
    default: object = REQUIRED
    blank: Blank = "undefined"
    choices: tuple[str, ...] = ()
    allowed: Allowed = ANY
    spread: bool = False
    lone_number: bool = False

    @property
    def required(self) -> bool:
        """True when the argument cannot be left out."""
        return isinstance(self.default, Required)

    @property
    def is_vector(self) -> bool:
        """True for a whole column."""
        return self.kind in VECTORS


def parameters_of(record: Metric) -> tuple[Parameter, ...]:
    """Return how the arguments of a record are read, unless the function says otherwise.

    Parameters
    ----------
    record : Metric
        The record of the catalogue.

    Returns
    -------
    tuple of Parameter
        In order.

    Examples
    --------
    >>> from clv_xl.metrics import find
    >>> [item.kind for item in parameters_of(find("CLV_RETENTION"))]
    ['number', 'rate', 'rate', 'whole', 'choice']
    """
    return tuple(
        Parameter(
            name=item.name,
            kind=_kind(item),
            help=item.help,
            default=item.default,
            blank="undefined" if item.required else "zero" if item.default == 0.0 else "missing",
            choices=item.choices,
            spread=item.kind in {"number", "whole"},
        )
        for item in record.arguments
    )


def _kind(item: Argument) -> Kind:
    match item.kind:
        case "number" | "single":
            return "rate" if item.unit == "share" else "number"
        case "text":
            return "choice" if item.choices else "text"
        case "ids":
            return "texts"
        case "whole" | "date" | "numbers" | "dates" | "table":
            return item.kind
