"""How cells arrive from xlwings: as rows, a blank as None, an error as its text, a number as a float."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from xlwings import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HostCells"]

_AS_THEY_ARE: Final = frozenset((float, str, bool, type(None)))
_BLANK_IS_NONE: Final = {"empty": None, "err_to_str": True}
_xlwings: Final[Any] = conversion  # its stages have no types


class HostCells:
    """xlwings' reading of cells, which looks at each cell only where a range holds more than it seems to.

    xlwings calls three functions for each cell, 0.3 s for the 300,000 of a large shop. Columns of numbers and
    texts need none of that; what holds dates, errors or data types of Excel goes xlwings' own way.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> cells = SimpleNamespace(range=None, value=[[800.0], [None]], meta={})
    >>> HostCells.reader({})(cells)
    >>> cells.value
    [[800.0], [None]]
    """

    @staticmethod
    def reader(options: Mapping[str, Any]) -> Any:
        """Return the stages that turn what the host hands over into rows of cells.

        Parameters
        ----------
        options : mapping
            xlwings' options of the argument.

        Returns
        -------
        Pipeline
            Of xlwings.
        """
        clean = _xlwings.CleanDataFromReadStage({**options, **_BLANK_IS_NONE})

        def cleaned(context: Any) -> None:
            kinds = set(map(type, chain.from_iterable(context.value)))
            if int in kinds and getattr(context.engine, "name", "") == "officejs":
                # JavaScript has one kind of number; over COM a whole number is the code of an error.
                context.value = [
                    [float(cell) if type(cell) is int else cell for cell in row] for row in context.value
                ]
                kinds.discard(int)
            if not kinds <= _AS_THEY_ARE or (str in kinds and "" in chain.from_iterable(context.value)):
                clean(context)

        pipeline = _xlwings.Pipeline()
        for stage in (_xlwings.ReadValueFromRangeStage(options), _xlwings.Ensure2DStage(), cleaned):
            pipeline.append_stage(stage)
        return pipeline
