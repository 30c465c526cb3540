"""Fits that are asked for again: of the same histories the answer is the same, and the search takes long."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.models.histories import Histories

__all__ = ["Fits", "fits", "keep", "remembered"]

_MOST: Final = 32
"""So many fits are kept, the last ones: a report asks for two dozen."""

Fits: TypeAlias = OrderedDict[tuple[str, str, bytes], Any]
"""Fits by model, unit of time and a digest of the histories."""

_FITS: Final[Fits] = OrderedDict()

_Fit = TypeVar("_Fit")


def remembered(model: str, histories: Histories, fit: Callable[[], _Fit]) -> _Fit:
    """Return the fit of a model that reads frequency, recency and age alone, searched for once.

    Parameters
    ----------
    model : str
        Its name.
    histories : Histories
        What it is fitted on.
    fit : callable
        The search.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> from clv_xl.models.paretonbd import ParetoNbd
    >>> few = Histories([0, 1, 2], [0, 3, 5], [9, 9, 9], "weeks")
    >>> ParetoNbd.fit(few) is ParetoNbd.fit(few)
    True
    """
    key = (model, histories.time_unit, histories.digest)
    found: _Fit | None = _FITS.get(key)
    if found is None:
        found = _FITS[key] = fit()
        keep(_FITS)
    return found


def fits() -> Fits:
    """Return the fits that are known, for another process."""
    return _FITS.copy()


def keep(known: Fits) -> None:
    """Remember fits that another process found; the oldest go where there are too many.

    Examples
    --------
    >>> keep(fits())
    """
    _FITS.update(known)
    while len(_FITS) > _MOST:
        _FITS.popitem(last=False)
