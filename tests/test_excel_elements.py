"""Functions over ranges: a column gives what each of its rows gives alone, whatever the other rows hold."""

from __future__ import annotations

import math
import re
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_xl.excel.answers import CellError
from clv_xl.excel.registry import CellFunction, explain, functions

if TYPE_CHECKING:
    from clv_xl.excel.answers import Outcome

SPREADING = [function for function in functions() if any(item.spread for item in function.arguments)]
EACH = pytest.mark.parametrize("function", SPREADING, ids=lambda function: function.name)

# What an argument that does not spread is given.
FIXED = {"first_payment": "end", "segment_map": None, "cumulative_margin": [[40.0], [80.0], [120.0]],
         "parameters": [["r", 0.5], ["alpha", 10.0], ["a", 0.8], ["b", 2.4], ["p", 6.0], ["q", 3.7], ["v", 15.0]],
         "model": "BG/NBD"}  # fmt: skip

NUMBERS = st.sampled_from([0.0, 1.0, 5.0, 0.5, 3.0, -1.0, 7.0, 1e308, -1e308, 1e-300, 40.0]) | st.floats(
    allow_nan=False, allow_infinity=False
)
TEXTS = st.sampled_from(
    ["12,5", "1 234,50", "1.234,5", "40 %", "-3", "\N{MINUS SIGN}3", "1e3", "1e999", "Amount", "kr 5", "31.12.2024", ""]
)  # fmt: skip
ERRORS = st.sampled_from(
    ["#N/A", "#DIV/0!", "#REF!", "#NUM!", "#VALUE!", "#NAME?", "#SPILL!", "#GETTING_DATA"]
)
OTHERS = st.none() | st.booleans() | st.just(datetime(2024, 2, 29, 12))  # noqa: DTZ001 - Excel knows no zone
CELLS = NUMBERS | TEXTS | ERRORS | OTHERS
GOOD = st.floats(0.1, 0.9) | st.sampled_from([1.0, 2.0])


@st.composite
def calls(draw: st.DrawFn, function: CellFunction) -> tuple[list[Any], int]:
    """Arguments of a call, some of them columns of one height; the first and the last row hold numbers."""
    rows = draw(st.integers(3, 7))
    arguments: list[Any] = []
    for item in function.arguments:
        if not item.spread:
            arguments.append(FIXED[item.name])
        elif draw(st.integers(0, 3)):
            middle = draw(st.lists(CELLS, min_size=rows - 2, max_size=rows - 2))
            arguments.append([[cell] for cell in (draw(GOOD), *middle, draw(GOOD))])
        else:
            arguments.append(draw(CELLS | GOOD))
    return arguments, rows


def row_of(function: CellFunction, arguments: list[Any], row: int) -> list[Any]:
    """The arguments of one row alone."""
    return [
        value[row][0] if item.spread and isinstance(value, list) else value
        for item, value in zip(function.arguments, arguments, strict=True)
    ]


def where_of(reason: str) -> tuple[str, list[int]]:
    """A reason without its row, and the rows that it names."""
    place = r" \(row (\d+) of the range\)|^Row (\d+) of the range of \w+: "
    return re.sub(place, "", reason), [int(a or b) for a, b in re.findall(place, reason)]


def assert_same(cell: object, alone: Outcome, row: int) -> None:
    """Hold a cell of a column to what its row gives alone."""
    if not isinstance(cell, CellError):
        assert not alone.error
        # whole columns and single values may take different ways through the processor
        assert cell == (
            pytest.approx(alone.value, rel=1e-12) if isinstance(alone.value, float) else alone.value
        )
        assert not isinstance(cell, float) or math.isfinite(cell)
        return
    words, named = where_of(cell.reason)
    assert (cell.code, words) == (alone.error, alone.reason)
    assert set(named) <= {row}


def hold_to_its_rows(function: CellFunction, arguments: list[Any], rows: int) -> None:
    found = explain(function.name, *arguments)
    alone = [explain(function.name, *row_of(function, arguments, row)) for row in range(rows)]
    if not isinstance(found.value, list):
        # without a range, or with a single value that nothing can be done with
        spreads = any(
            item.spread and isinstance(value, list)
            for item, value in zip(function.arguments, arguments, strict=True)
        )
        assert found == alone[0] if not spreads else all(single.error for single in alone)
        assert not found.error or (found.reason and "internal" not in found.reason)
        return
    assert [len(line) for line in found.value] == [1] * rows
    for row, ((cell,), single) in enumerate(zip(found.value, alone, strict=True), start=1):
        assert_same(cell, single, row)
    # the same with a header, and blanks behind
    titled = [
        [["Title of it"], *value, [None], [""]] if item.spread and isinstance(value, list) else value
        for item, value in zip(function.arguments, arguments, strict=True)
    ]
    if any(
        item.spread and item.required and isinstance(value, list)
        for item, value in zip(function.arguments, arguments, strict=True)
    ):
        again = explain(function.name, *titled)
        assert len(again.value) == rows
        for row, ((cell,), single) in enumerate(zip(again.value, alone, strict=True), start=2):
            assert_same(cell, single, row)


@EACH
def test_a_column_gives_what_each_of_its_rows_gives_alone(function: CellFunction) -> None:
    hold = settings(max_examples=40)(
        given(call=calls(function))(lambda call: hold_to_its_rows(function, *call))
    )
    hold()


@pytest.mark.long
@EACH
def test_a_column_gives_what_each_of_its_rows_gives_alone_long(function: CellFunction) -> None:
    hold = settings(max_examples=1000)(
        given(call=calls(function))(lambda call: hold_to_its_rows(function, *call))
    )
    hold()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("NRR", [1, [[3], [4], [5]], 5, 5]),
        ("GRR", [[[1], [1], [1]], 5, 5]),
        ("GRR", [1, 5, [[5], [0], [7]]]),
        ("CHURN_RATE", [1, [[5], [0], [7]]]),
    ],
)
def test_single_values_that_contradict_each_other_beside_a_range_end_in_errors(
    name: str, arguments: list[Any]
) -> None:
    """The metric refused such a row again and again, and Excel stood still."""
    function = next(item for item in SPREADING if item.name == name)
    hold_to_its_rows(function, arguments, 3)
    found = explain(name, *arguments).value
    assert isinstance(found[0][0], CellError)
    assert found[0][0].code == "#NUM!"


# --- too large, and too small to divide by ----------------------------------------------------------------


@pytest.mark.long
@settings(max_examples=500)
@given(
    above=st.floats(0, allow_infinity=False, allow_nan=False),
    below=st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False),
)
def test_a_quotient_is_exact_or_beyond_all_numbers(above: float, below: float) -> None:
    """Fractions know no overflow, so they tell what a cell should have shown."""
    exact = Fraction(above) / Fraction(below)
    for name, first in (("CAC", above), ("LTV_CAC", above), ("LTV_CAC", -above), ("CAC_MAX", above)):
        try:
            expected: object = float(exact if first >= 0 else -exact)
        except OverflowError:
            expected = "#NUM!"
        alone = explain(name, first, below)
        assert (alone.error or alone.value) == expected
        assert not alone.error or "beyond 1.8E+308" in alone.reason
        ((cell,), _) = explain(name, [[first], [1.0]], [[below], [1.0]]).value
        assert (cell.code if isinstance(cell, CellError) else cell) == expected


@settings(max_examples=300)
@given(values=st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1, max_size=8))
def test_a_sum_is_exact_or_beyond_all_numbers(values: list[float]) -> None:
    try:
        expected: object = float(sum(map(Fraction, values)))
    except OverflowError:
        expected = "#NUM!"
    found = explain("CLV_HISTORIC", [[value] for value in values])
    assert (found.error or found.value) == expected
