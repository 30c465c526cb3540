"""The values that a chart keeps of its cells, for viewers that do not read them: thousands in a report.

openpyxl makes an object of each, with a check of every attribute; here they are written as they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from openpyxl.chart.data_source import NumData, StrData
from openpyxl.compat import safe_string
from openpyxl.xml.functions import Element, whitespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NumberPoints", "TextPoints"]


class NumberPoints(NumData):
    """Numbers along a chart; what is not finite is a gap.

    Examples
    --------
    >>> from openpyxl.xml.functions import tostring
    >>> tostring(NumberPoints("0", [0.5, math.nan, 2]).to_tree("numCache"))[:99].decode()
    '<numCache><formatCode>0</formatCode><ptCount val="3"/><pt idx="0"><v>0.5</v></pt><pt idx="2"><v>2</'
    """

    __elements__ = NumData.__elements__
    __attrs__ = NumData.__attrs__
    __nested__ = NumData.__nested__

    def __init__(self, number_format: str, values: Sequence[float]) -> None:
        super().__init__(formatCode=number_format, ptCount=len(values))
        self._values = values

    def to_tree(self, *arguments: Any, **named: Any) -> Any:
        """Return the element with its points."""
        texts = (
            (at, safe_string(float(value))) for at, value in enumerate(self._values) if math.isfinite(value)
        )
        return _with_points(super().to_tree(*arguments, **named), texts)


class TextPoints(StrData):
    """Words along a chart.

    Examples
    --------
    >>> from openpyxl.xml.functions import tostring
    >>> tostring(TextPoints(["Bo"]).to_tree("strCache")).decode()
    '<strCache><ptCount val="1"/><pt idx="0"><v>Bo</v></pt></strCache>'
    """

    __elements__ = StrData.__elements__
    __attrs__ = StrData.__attrs__
    __nested__ = StrData.__nested__

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(ptCount=len(texts))
        self._texts = texts

    def to_tree(self, *arguments: Any, **named: Any) -> Any:
        """Return the element with its points."""
        return _with_points(super().to_tree(*arguments, **named), enumerate(self._texts))


def _with_points(tree: Any, texts: Iterable[tuple[int, str]]) -> Any:
    for at, text in texts:
        point = Element("pt", {"idx": str(at)})
        value: Any = Element("v")
        value.text = text
        whitespace(value)
        point.append(value)
        tree.append(point)
    return tree
