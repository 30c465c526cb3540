"""The registry of cell functions: each is declared once, and bound to whichever route is running.

A function's words, arguments and defaults come from its record in the catalogue. What a route may send (blank
cells, day numbers, texts, whole columns) is read here, and what a function answers is made plain here, so that
all routes give the same result. Nothing is ever raised into Excel: an error is an answer, with its reason.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from clv_xl.errors import ClvXlError, UsageError, did_you_mean
from clv_xl.excel.answers import VALUE, CellError, Outcome, code_of, first_reason, plain, rendered
from clv_xl.excel.arguments import Parameter, parameters_of
from clv_xl.excel.elements import by_element
from clv_xl.excel.kept import Kept
from clv_xl.excel.ranges import read_arguments
from clv_xl.excel.routes import CLASSIC, PLAIN, TOKEN_MARK, Route
from clv_xl.metrics.arithmetic import overflow_told, quiet
from clv_xl.metrics.catalogue import catalogue

if TYPE_CHECKING:
    from clv_xl.metrics.record import Metric

__all__ = [
    "CATEGORY",
    "CLASSIC",
    "PLAIN",
    "TOKEN_MARK",
    "CellFunction",
    "Route",
    "bind",
    "cell_function",
    "explain",
    "find_function",
    "find_record",
    "functions",
]

CATEGORY: Final = "Customer value"
"""Where Excel's list of functions shows ours."""

Wrapper: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class CellFunction:
    """One function of the catalogue as it is in a cell.

    Parameters
    ----------
    name : str
        The Excel name.
    implementation : callable
        Takes the arguments as they were read, in order, and returns a scalar, an array or a
        :class:`~clv_xl.excel.answers.Table`.
    arguments : tuple of Parameter
        How each is read: its name, kind, help, default.
    record : Metric
        The record of the catalogue: title, formula, help, example.
    spills : bool
        True when the result is a table with a header row.
    kept : bool
        True when the result is kept for the next call with the same content.

    Examples
    --------
    >>> find_function("rfm").spills
    True
    >>> find_function("CAC_MAX").example
    '=CAC_MAX(3000)'
    """

    name: str
    implementation: Callable[..., Any]
    arguments: tuple[Parameter, ...]
    record: Metric
    spills: bool = False
    kept: bool = False

    @property
    def help(self) -> str:
        """The text that Excel shows for the function, at most 255 characters."""
        return self.record.help

    @property
    def category(self) -> str:
        """Where Excel's list of functions shows it."""
        return CATEGORY

    @property
    def example(self) -> str:
        """An example as one types it."""
        return self.record.example

    @property
    def signature(self) -> inspect.Signature:
        """The signature a host may read: no annotations, and None for what may be left out."""
        return inspect.Signature(
            [
                inspect.Parameter(
                    item.name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=inspect.Parameter.empty if item.required else None,
                )
                for item in self.arguments
            ]
        )

    def outcome(self, *raw: object, **named: object) -> Outcome:
        """Return what the call comes to; this never raises.

        Parameters
        ----------
        *raw, **named
            The arguments as a host sends them: scalars, rows of cells, None for a blank or missing one.

        Returns
        -------
        Outcome
            The value, or the error with its reason.
        """
        try:
            # an overflow is an error in its cell, no warning that nobody reads
            with quiet(), overflow_told():
                value = self._value(raw, named)
        except ClvXlError as error:
            return _failed(CellError(code_of(error), str(error)))
        except ModuleNotFoundError as missing:
            return _failed(
                CellError(
                    VALUE,
                    f'{self.name} needs the package "{missing.name}". Install it; in xlwings Lite, add it to '
                    "requirements.txt.",
                )
            )
        except Exception as fault:  # noqa: BLE001  # the last line of defence: what escapes here hangs a cell
            name = type(fault).__name__
            return _failed(CellError(VALUE, f"internal error: {name}: {fault}. Please report it."))
        return _failed(value) if isinstance(value, CellError) else Outcome(value, reason=first_reason(value))

    def _value(self, raw: tuple[object, ...], named: dict[str, object]) -> Any:  # see plain()
        given = read_arguments(self.name, self.arguments, _placed(self, raw, named))
        if not self.kept:
            return self._computed(given)
        key = _KEPT.key(self.name, given.values)
        found = _KEPT.get(key)
        if found is None:
            found = _KEPT.put(key, self._computed(given))
        return found

    def _computed(self, given: Any) -> Any:  # see plain()
        undefined = f"{self.name} is not available {self.record.undefined}."
        if given.shape is not None:
            return by_element(self.implementation, self.arguments, given, undefined)
        return plain(self.implementation(*given.values), undefined)

    def wrapper(self, route: Route = PLAIN) -> Wrapper:
        """Return the function that a host calls, writing errors as the route does.

        Parameters
        ----------
        route : Route, default PLAIN
            How errors are written.

        Returns
        -------
        callable
            Named as in Excel, with an explicit signature and without annotations.
        """

        def wrapper(*raw: object, **named: object) -> Any:  # see plain()
            found = self.outcome(*raw, **named).value
            return route.alone(found) if isinstance(found, CellError) else rendered(found, route.inside)

        wrapper.__name__ = wrapper.__qualname__ = self.name
        wrapper.__module__ = "clv_xl.excel.functions"
        wrapper.__doc__ = self.help
        wrapper.__annotations__ = {}
        wrapper.__signature__ = self.signature  # type: ignore[attr-defined] # inspect reads it, typeshed does not know
        return wrapper


def _failed(error: CellError) -> Outcome:
    return Outcome(error, error.code, error.reason)


def _placed(function: CellFunction, raw: tuple[object, ...], named: dict[str, object]) -> list[object]:
    """Return one value for each parameter, None for what is missing."""
    names = [item.name for item in function.arguments]
    if len(raw) > len(names):
        raise UsageError(f"{function.record.signature} takes {len(names)} arguments at most, not {len(raw)}.")
    values = dict(zip(names, raw, strict=False))
    for name, value in named.items():
        if name not in names or name in values:
            hint = did_you_mean(name, names)
            raise UsageError(f'{function.record.signature} has no argument "{name}" here.{hint}')
        values[name] = value
    return [values.get(name) for name in names]


_REGISTERED: Final[dict[str, CellFunction]] = {}
_KEPT: Final = Kept(results=32, cells=2_000_000)


def cell_function(
    record: Metric,
    *,
    spills: bool = False,
    kept: bool = False,
    **changes: dict[str, Any],
) -> Callable[[Callable[..., Any]], Wrapper]:
    """Register a function for cells under the name of its record.

    Parameters
    ----------
    record : Metric
        Name, words, arguments, defaults and example.
    spills : bool, default False
        True when the result is a table with a header row.
    kept : bool, default False
        True when a result is to be kept for the next call with the same content.
    **changes : dict
        For an argument by name: what differs from what its record says (see
        :class:`~clv_xl.excel.arguments.Parameter`).

    Returns
    -------
    callable
        A decorator. It returns the wrapper of the plain route.

    Raises
    ------
    UsageError
        For a name that is registered already, or an argument that the record does not have.

    Examples
    --------
    >>> from clv_xl.metrics import cac, find
    >>> known = functions()
    >>> cell_function(find("CAC"))(cac)
    Traceback (most recent call last):
    clv_xl.errors.UsageError: CAC is registered already. Give each function its own name.
    """

    def register(implementation: Callable[..., Any]) -> Wrapper:
        if record.name in _REGISTERED:
            raise UsageError(f"{record.name} is registered already. Give each function its own name.")
        known = {item.name for item in record.arguments}
        if unknown := sorted(set(changes) - known):
            raise UsageError(f"{record.name} has no argument {unknown[0]}.{did_you_mean(unknown[0], known)}")
        parameters = tuple(replace(item, **changes.get(item.name, {})) for item in parameters_of(record))
        function = CellFunction(record.name, implementation, parameters, record, spills=spills, kept=kept)
        _REGISTERED[record.name] = function
        return function.wrapper()

    return register


def functions() -> tuple[CellFunction, ...]:
    """Return every cell function, in the order of the catalogue.

    Examples
    --------
    >>> [function.name for function in functions()][:4]
    ['CLV', 'CLV_HISTORIC', 'CLV_RETENTION', 'CLV_CUSTOMERS']
    """
    import_module("clv_xl.excel.functions")
    return tuple(_REGISTERED.values())


def find_function(name: str) -> CellFunction:
    """Return the cell function of that name; capitals do not matter.

    Raises
    ------
    UsageError
        For a name that is not registered.

    Examples
    --------
    >>> find_function("clv").signature
    <Signature (avg_order_value, purchases_per_year, lifespan_years, gross_margin=None, acquisition_cost=None,
    discount_rate=None)>
    """
    known = {function.name: function for function in functions()}
    found = known.get(name.strip().upper())
    if found is None:
        raise UsageError(f'There is no function "{name}".{did_you_mean(name, known)}')
    return found


def find_record(name: str) -> Metric:
    """Return the record of that name, of a cell function or of another figure of the report.

    Raises
    ------
    UsageError
        For a name that is neither.

    Examples
    --------
    >>> find_record("rfm").title, find_record("gini").title
    ('RFM scores and segments', 'Gini coefficient')
    """
    records = {record.name: record for record in catalogue()}
    records |= {function.name: function.record for function in functions()}
    found = records.get(name.strip().upper())
    if found is None:
        raise UsageError(f'There is no function or figure "{name}".{did_you_mean(name, records)}')
    return found


def explain(name: str, *raw: object, **named: object) -> Outcome:
    """Return what a call comes to, with the reason of an error.

    Parameters
    ----------
    name : str
        The function.
    *raw, **named
        Its arguments as a host sends them.

    Returns
    -------
    Outcome
        The value, or the error and its reason.

    Raises
    ------
    UsageError
        For a function that does not exist.

    Examples
    --------
    >>> explain("CLV", 800, 3, 6, 40).reason
    'gross_margin is 40, but it must be more than 0 and at most 1. Write 40% as 0.4.'
    """
    return find_function(name).outcome(*raw, **named)


def bind(route: Route) -> dict[str, Wrapper]:
    """Return every function as a host calls it, with errors as this route writes them.

    Nothing is changed for other routes: each binding makes functions of its own.

    Parameters
    ----------
    route : Route
        How errors are written.

    Returns
    -------
    dict of str to callable
        Excel name -> function, in the order of the catalogue.

    Examples
    --------
    >>> bind(CLASSIC)["CLV"](800, 3, 6)
    14400.0
    >>> bind(CLASSIC)["CAC"](500, 0) == TOKEN_MARK + "#N/A"
    True
    """
    return {function.name: function.wrapper(route) for function in functions()}
