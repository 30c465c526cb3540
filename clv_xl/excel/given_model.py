"""Parameters of a model in cells, and what it says of customers in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.errors import ArgumentError, InputError, UsageError
from clv_xl.excel.answers import CellError
from clv_xl.excel.cells import read_number, shown
from clv_xl.excel.prediction_records import AUTO
from clv_xl.excel.vectors import is_header
from clv_xl.models.bgnbd import BgNbd
from clv_xl.models.cautions import NO_LEAVING
from clv_xl.models.customer_figures import expected_orders_of, expected_spend_of, p_alive_of
from clv_xl.models.gammagamma import GammaGamma
from clv_xl.models.mbgcnbd import MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.paretonbd import ParetoNbd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.order_model import OrderModel

    Cells = tuple[tuple[float | str, ...], ...]

__all__ = ["expected_orders", "expected_spend", "order_model", "p_alive"]

_DROPOUT: Final = ("r", "alpha", "a", "b")
_NAMES: Final = {
    "Pareto/NBD": ("r", "alpha", "s", "beta"),
    "BG/NBD": _DROPOUT,
    "MBG/NBD": _DROPOUT,
    "MBG/CNBD-2": _DROPOUT,
    "MBG/CNBD-3": _DROPOUT,
    "NBD": ("r", "alpha"),
}
_SPEND: Final = ("p", "q", "v")
_DEFAULT: Final = "Pareto/NBD"
_LEAST: Final = 1e-9
_MOST: Final = 1e9


def p_alive(
    frequency: float | FloatArray,
    recency: float | FloatArray,
    age: float | FloatArray,
    parameters: Cells | None,
    model: str = AUTO,
) -> float | FloatArray:
    """Return P(alive); see :func:`~clv_xl.models.customer_figures.p_alive_of`."""
    given = order_model(parameters or (), model)
    if isinstance(given, Nbd):
        raise InputError(NO_LEAVING.words)
    return p_alive_of(frequency, recency, age, given)


def expected_orders(
    periods: float | FloatArray,
    frequency: float | FloatArray,
    recency: float | FloatArray,
    age: float | FloatArray,
    parameters: Cells | None,
    model: str = AUTO,
) -> float | FloatArray:
    """Return expected orders; see :func:`~clv_xl.models.customer_figures.expected_orders_of`."""
    return expected_orders_of(periods, frequency, recency, age, order_model(parameters or (), model))


def expected_spend(
    frequency: float | FloatArray, monetary: float | FloatArray, parameters: Cells | None
) -> float | FloatArray:
    """Return the expected order value; see :func:`~clv_xl.models.customer_figures.expected_spend_of`."""
    return expected_spend_of(
        frequency, monetary, GammaGamma(*_values(_SPEND, parameters or (), "Gamma-Gamma"))
    )


def order_model(parameters: Cells, model: str = AUTO) -> OrderModel:
    """Read a model of order timing from cells.

    Parameters
    ----------
    parameters : tuple of tuple of float or str
        The cells of CLV_MODEL or some of its rows, names beside values; or values alone, in a row or column.
    model : str, default "auto"
        One of the models that CLV_MODEL fits. "auto" is the one named in the cells or told by the names of the
        parameters, and Pareto/NBD for values alone.

    Returns
    -------
    OrderModel
        In weeks; figures in another unit of time do as well, when all of them are.

    Raises
    ------
    InputError
        When all cells are blank.
    UsageError
        For cells from which no model can be read.
    ArgumentError
        For an impossible parameter.

    Examples
    --------
    >>> order_model((("r", 0.5), ("alpha", 10.0), ("s", 0.6), ("beta", 11.0))).model_name
    'Pareto/NBD'
    >>> order_model(((0.5, 10.0, 0.6, 11.0),), "BG/NBD").names()
    ('r', 'alpha', 'a', 'b')
    """
    name = _told(parameters, model)
    values = _values(_NAMES[name], parameters, name)
    match name:
        case "Pareto/NBD":
            return ParetoNbd(*values, time_unit="weeks")
        case "BG/NBD":
            return BgNbd(*values, time_unit="weeks")
        case "NBD":
            return Nbd(*values, time_unit="weeks")
    r, alpha, a, b = values
    return MbgCnbd(r, alpha, a, b, k=int(name[-1]) if name[-1].isdigit() else 1, time_unit="weeks")


def _told(parameters: Cells, model: str) -> str:
    """Return the name of the model, refusing cells that say another."""
    named = _named(parameters)
    said = next((str(row[1]) for row in parameters if len(row) > 1 and _name(row[0]) == "model"), "")
    if said and said not in _NAMES:
        raise UsageError(f'parameters names the model "{said}", which is none of {", ".join(_NAMES)}.')
    if model != AUTO:
        if said and said != model:
            raise UsageError(f"parameters are those of {said}, but model is {model}. Leave the model out.")
        return model
    if said:
        return said
    if not named:
        return _DEFAULT
    if "s" in named:
        return "Pareto/NBD"
    if "a" in named:
        raise UsageError(
            "parameters holds a and b, which are those of BG/NBD, MBG/NBD or MBG/CNBD. Give the model too, or all "
            "cells of CLV_MODEL."
        )
    return "NBD"


def _name(cell: float | str) -> str:
    return cell.strip().lower() if isinstance(cell, str) else ""


def _named(parameters: Cells) -> dict[str, float | str]:
    """Return the cells beside names of parameters."""
    known = {name for names in (*_NAMES.values(), _SPEND) for name in names}
    return {_name(row[0]): row[1] for row in parameters if len(row) > 1 and _name(row[0]) in known}


def _values(names: Sequence[str], parameters: Cells, model: str) -> list[float]:
    """Return the parameters in the order of their names."""
    if not parameters:
        raise InputError(f"parameters is blank, but it must hold {_listed(names)} of {model}.")
    if named := _named(parameters):
        if missing := [name for name in names if name not in named]:
            raise UsageError(
                f"parameters holds no {missing[0]}. {model} has {_listed(names)}: give all cells of CLV_MODEL, or the "
                "model whose parameters they are."
            )
        cells = [named[name] for name in names]
    else:
        if len(parameters) > 1 and len(parameters[0]) > 1:
            raise UsageError(
                f"parameters has {len(parameters)} rows and {len(parameters[0])} columns without the names "
                f"{_listed(names)} in the first. Give a single row or column of values, or the cells of CLV_MODEL."
            )
        cells = [cell for row in parameters for cell in row]
        if len(cells) == len(names) + 1 and is_header(cells[0], "numbers"):
            cells = cells[1:]
        if len(cells) != len(names):
            raise UsageError(
                f"parameters holds {len(cells)} cells, but {model} has {len(names)}: {_listed(names)}."
            )
    return [_number(name, cell) for name, cell in zip(names, cells, strict=True)]


def _number(name: str, cell: float | str) -> float:
    found = None if cell == "" else read_number(cell, f"parameters ({name})")
    if isinstance(found, CellError):
        raise (ArgumentError if found.code == "#NUM!" else UsageError)(found.reason)
    if found is None:
        raise UsageError(f"parameters ({name}) is blank, but it must be a number.")
    if not _LEAST <= found <= _MOST:
        raise ArgumentError(
            f"parameters ({name}) is {shown(found)}, but it must be from {_LEAST:g} to {_MOST:g}."
        )
    return found


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
