"""The registry: what hosts send is read alike everywhere, and nothing but plain values ever comes out."""

from __future__ import annotations

import gc
import inspect
import math
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError, ClvXlError, InputError, UsageError
from clv_xl.excel import functions as cells
from clv_xl.excel import registry
from clv_xl.excel.answers import CellError, Outcome, Table
from clv_xl.excel.arguments import Parameter
from clv_xl.excel.kept import Kept
from clv_xl.excel.registry import (
    CATEGORY,
    CLASSIC,
    PLAIN,
    TOKEN_MARK,
    CellFunction,
    Route,
    bind,
    cell_function,
    explain,
    find_function,
    find_record,
    functions,
)
from clv_xl.limits import MAX_COLUMNS, MAX_ROWS
from clv_xl.metrics import Argument, Metric, find
from clv_xl.metrics.arguments import Allowed

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = functions()
EACH = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)

# The functions as they were agreed; a change here is a change for every workbook that uses them.
AGREED = """\
CLV(avg_order_value, purchases_per_year, lifespan_years, [gross_margin], [acquisition_cost], [discount_rate])
CLV_HISTORIC(amounts, [gross_margin], [acquisition_cost], [service_cost])
CLV_RETENTION(margin_per_period, retention_rate, [discount_rate], [periods], [first_payment])
CLV_CUSTOMERS(customers, dates, amounts, [gross_margin], [as_of])
CLV_BY(groups, customers, dates, amounts, [gross_margin], [as_of])
CLV_TREND(customers, dates, amounts, [period], [gross_margin])
AOV(amounts, [order_ids])
PURCHASE_FREQUENCY(customers, dates, [as_of])
CUSTOMER_LIFESPAN(churn_rate)
CLV_PREDICT(customers, dates, amounts, [months], [gross_margin], [discount_rate], [as_of], [model])
CLV_MODEL(customers, dates, [amounts], [as_of], [model])
P_ALIVE(frequency, recency, age, parameters, [model])
EXPECTED_ORDERS(periods, frequency, recency, age, parameters, [model])
EXPECTED_SPEND(frequency, monetary, parameters)
CLV_BACKTEST(customers, dates, amounts, [holdout_months])
RFM(customers, dates, amounts, [as_of], [bins])
RFM_SEGMENT(r, f, m, [segment_map])
RFM_MIGRATION(customers, dates, amounts, [from_date], [to_date])
RETENTION_RATE(start_customers, end_customers, new_customers)
CHURN_RATE(start_customers, lost_customers)
RETENTION_COHORTS(customers, dates, [period], [measure], [amounts])
RETENTION_PROJECT(survivors, periods)
REPEAT_RATE(customers, dates)
TIME_BETWEEN_ORDERS(customers, dates)
NRR(start, expansion, contraction, churned)
GRR(start, contraction, churned)
CAC(spend, new_customers)
LTV_CAC(clv, cac)
CAC_PAYBACK(cac, cumulative_margin)
CAC_MAX(clv, [target_ratio])
"""

# Reserved words of VBA, and the two names that the generated wrapper uses itself.
VBA_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        addressof and any as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cint
        circle clng close const csng cstr currency cvar date debug declare defbool defbyte defcur defdate
        defdbl defint deflng defobj defsng defstr defvar dim do double each else elseif empty end endif enum
        eqv erase error event exit false for friend function get global gosub goto if imp implements in
        input integer is lbound len let like line lock long loop lset me mid mod name new next not nothing
        null object on open option optional or paramarray preserve print private property public put
        raiseevent redim rem resume return rset seek select set single spc static step stop string sub tab
        then time to true type typeof ubound until variant wend while with withevents write xor k argsarray
        """,
    )
)

# The functions of Excel that have a name without a point, as far as ours could meet them.
EXCEL_NAMES = frozenset(
    ("NPV", "PV", "FV", "RATE", "NPER", "IRR", "AVERAGE", "RANK", "TREND", "GROWTH", "FREQUENCY", "FORECAST")
)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A date as Excel hands it over."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - Excel knows no zone


# --- lint: every function is fit for every host ---------------------------------------------------------


def test_the_functions_are_those_agreed_in_that_order() -> None:
    assert "".join(f"{function.record.signature}\n" for function in FUNCTIONS) == AGREED


@EACH
def test_names_are_fit_for_excel(function: CellFunction) -> None:
    assert re.fullmatch(r"[A-Z][A-Z_]*[A-Z]", function.name)
    # one to three letters and digits are a cell; R and C alone are a row and a column
    assert not re.fullmatch(r"[A-Z]{1,3}[0-9]+|[RC]", function.name)
    assert function.name not in EXCEL_NAMES


def test_no_name_is_given_twice() -> None:
    names = [function.name.casefold() for function in FUNCTIONS]
    assert len(names) == len(set(names))


@EACH
def test_argument_names_are_fit_for_vba(function: CellFunction) -> None:
    names = [item.name for item in function.arguments]
    assert len(names) == len(set(names))
    for name in names:
        assert re.fullmatch(r"[a-z][a-z_]*", name)
        assert name not in VBA_WORDS
        assert name.casefold() != function.name.casefold()


@EACH
def test_help_fits_and_is_whole_sentences(function: CellFunction) -> None:
    for text in [function.help, *(item.help for item in function.arguments)]:
        assert len(text) <= 255, text
        assert text[0].isupper()
        assert text.endswith(".")
        assert ".." not in text
        assert "\n" not in text


@EACH
def test_optional_arguments_come_last_and_default_to_nothing(function: CellFunction) -> None:
    required = [item.required for item in function.arguments]
    assert required == sorted(required, reverse=True)
    for parameter, item in zip(function.signature.parameters.values(), function.arguments, strict=True):
        assert parameter.name == item.name
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert parameter.annotation is inspect.Parameter.empty
        assert parameter.default is (inspect.Parameter.empty if item.required else None)


@EACH
def test_the_module_holds_each_function_under_its_name(function: CellFunction) -> None:
    wrapper = getattr(cells, function.name)
    assert function.name in cells.__all__
    assert (wrapper.__name__, wrapper.__qualname__) == (function.name, function.name)
    assert wrapper.__module__ == "clv_xl.excel.functions"
    assert wrapper.__doc__ == function.help
    assert wrapper.__annotations__ == {}
    assert inspect.signature(wrapper) == function.signature


@EACH
def test_every_function_has_an_example(function: CellFunction) -> None:
    assert function.example.startswith(f"={function.name}(")
    assert function.record.example_result is not None
    assert function.spills == isinstance(function.record.example_result, tuple)
    assert function.category == CATEGORY == "Customer value"


def test_the_module_lists_the_functions_and_nothing_else() -> None:
    assert sorted(cells.__all__) == sorted(function.name for function in FUNCTIONS)


def test_a_cell_waits_for_nothing_slow() -> None:
    code = (
        "import sys; from clv_xl.excel import functions; assert functions.CLV(800, 3, 6) == 14400;"
        "assert functions.REPEAT_RATE(['a', 'a'], [45000, 45001]) == 1;"
        "print(*sorted({'pandas', 'duckdb', 'scipy', 'openpyxl', 'xlwings', 'click', 'lxml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- registering and finding ----------------------------------------------------------------------------


def test_a_name_is_registered_once() -> None:
    with pytest.raises(UsageError, match="CLV is registered already"):
        cell_function(find("CLV"))(max)


def test_a_change_to_an_argument_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTERED", {})
    with pytest.raises(UsageError, match=r'CAC has no argument spent\. Did you mean "spend"\?'):
        cell_function(find("CAC"), spent={"spread": False})(max)


def test_what_does_not_exist_is_answered_with_what_is_near() -> None:
    with pytest.raises(UsageError, match=r'There is no function "RMF"\.'):
        find_function("RMF")
    with pytest.raises(UsageError, match=r'There is no function or figure "GIN". Did you mean "GINI"\?'):
        find_record("GIN")
    assert find_record(" gini ") is find("GINI")
    assert find_function(" rfm ").record is find_record("RFM")


# --- routes ---------------------------------------------------------------------------------------------


def test_each_route_writes_errors_its_own_way() -> None:
    assert bind(PLAIN)["CAC"](5, 0) == "#N/A"
    assert bind(CLASSIC)["CAC"](5, 0) == "\ue000#N/A"
    assert bind(PLAIN)["CAC"]([[5], [-5]], [[1], [1]]) == [[5.0], ["#NUM!"]]
    assert bind(CLASSIC)["CAC"]([[5], [-5]], [[1], [1]]) == [[5.0], ["\ue000#NUM!"]]

    def refuse(error: CellError) -> None:
        raise ValueError(f"{error.code}: {error.reason}")

    route = Route("server", refuse, lambda error: f"<{error.code}>")
    with pytest.raises(ValueError, match=r"^#VALUE!: spend is the text \"x\", but it must be a number\.$"):
        bind(route)["CAC"]("x", 1)
    assert bind(route)["CAC"]([[5], ["x"]], 1) == [[5.0], ["<#VALUE!>"]]
    # binding one route leaves the others as they were
    assert cells.CAC(5, 0) == "#N/A"
    assert list(bind(route)) == [function.name for function in FUNCTIONS]


def test_no_id_can_be_taken_for_an_error_of_the_classic_route() -> None:
    table = bind(CLASSIC)["CLV_CUSTOMERS"](
        [[f"{TOKEN_MARK}#N/A"], [f" {TOKEN_MARK}{TOKEN_MARK}eve"], ["ann"]],
        [[45000.0], [45000.0], [45000.0]],
        [[1.0], [1.0], [1.0]],
    )
    # the first is an error cell, so no customer; the second has lost the mark
    assert [row[0] for row in table] == ["customer", "ann", "eve"]


def test_a_table_handed_out_is_the_callers_own() -> None:
    first = cells.RFM(["a"], [45000], [1])
    first[1][0] = "changed"
    assert cells.RFM(["a"], [45000], [1])[1][0] == "a"


# --- the error contract ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code", "reason"),
    [
        (("CAC", 5, 0), "#N/A", "CAC is not available when there is no new customer."),
        (("CAC", None, 5), "#N/A", "spend is blank, but it is needed."),
        (("CLV", 800, 3), "#N/A", "lifespan_years is blank, but it is needed."),
        (("CAC", -5, 1), "#NUM!", "spend is -5, but it must be 0 or more."),
        (("CLV", 800, 3, 6, 40), "#NUM!", "Write 40% as 0.4."),
        (("CAC", "x", 1), "#VALUE!", 'spend is the text "x", but it must be a number.'),
        (("CAC", True, 1), "#VALUE!", "spend is TRUE, but it must be a number."),
        (("CAC", at(2024, 1, 1), 1), "#VALUE!", "spend is the date 2024-01-01, but it must be a number."),
        (("CAC", "#DIV/0!", 1), "#NUM!", "spend is the error #DIV/0!. Correct that cell first."),
        (("CAC", "#N/A", 1), "#N/A", "spend is the error #N/A. Correct that cell first."),
        (("CAC", "#REF!", 1), "#VALUE!", "spend is the error #REF!. Correct that cell first."),
        (("CAC", [[1], [2]], [[1], [2], [3]]), "#VALUE!", "spend has 2, new_customers has 3."),
        (("CAC", [[1], [2, 3]], 1), "#VALUE!", "spend has rows of different length."),
        (("CAC", 1, 2, 3), "#VALUE!", "CAC(spend, new_customers) takes 2 arguments at most, not 3."),
        (("CAC", 10**400, 1), "#NUM!", "spend is inf, but it must be 0 or more and finite."),
        (("CAC", object(), 1), "#VALUE!", "spend is a object, but it must be a number."),
        (("AOV", [[1], ["x"]]), "#VALUE!", 'amounts (row 2) is the text "x", but it must be a number.'),
        (("AOV", [["Amount"], [1], ["x"]]), "#VALUE!", "amounts (row 3) is"),
        (("AOV", [[1], ["#N/A"]]), "#N/A", "amounts (row 2) is the error #N/A."),
        (("AOV", [[1], [2]], [["a"], ["b"], ["c"]]), "#VALUE!", "amounts has 2, order_ids has 3."),
        (("AOV", [[None], [None]]), "#N/A", "AOV is not available when there is no order."),
        (("AOV", []), "#N/A", "AOV is not available when there is no order."),
        (("CLV_HISTORIC", [[1]], [[1], [2]]), "#VALUE!", "gross_margin holds 2 cells, but it must be a single one."),
        (("CLV_RETENTION", 1, 0.5, 0, 1, "nwo"), "#VALUE!", 'Did you mean "now"?'),
        (("CLV_RETENTION", 1, 0.5, 0, 1, 3), "#VALUE!", "first_payment is a int, but it must be a word."),
        (("CLV_RETENTION", 1, 0.5, 0, 1.5), "#NUM!", "periods is 1.5, but it must be a whole number, 0 or more"),
        (("REPEAT_RATE", ["a"], [60]), "#NUM!", "dates (row 1) is 60, but a date is a day number from 61"),
        (("REPEAT_RATE", ["a"], ["1/2/2024"]), "#VALUE!", "Write a text as 2024-01-31 or 31.01.2024."),
        (("RFM", ["a"], [45000], [1], 44000), "#N/A", "There is no order"),
        (("RFM", ["a"], [45000], [1], None, 11), "#NUM!", "bins is 11, but it must be a whole number from 2 to 10."),
        (("RFM", ["a"], [45000], [1], None, 2.5), "#NUM!", "bins is 2.5"),
        (("RFM", ["a"], [45000], [1e15]), "#NUM!", "an amount is at most 99,999,999,999,999"),
        (("RFM", ["a"], [45000], [-1]), "#N/A", "There is no order"),
        (("CLV_CUSTOMERS", ["a"], [45000], [1], 2), "#NUM!", "gross_margin is 2"),
        (("RFM_SEGMENT", 6, 1, 1), "#NUM!", "r is 6, but it must be a whole number from 1 to 5"),
        (("RFM_SEGMENT", None, 1, 1), "#N/A", "r is blank, but it is needed."),
        (("RFM_SEGMENT", 1, 1, 1, [["Fresh", None], ["Gone", "Missed"]]), "#VALUE!", "no segment for R=2, FM=2"),
        (("RFM_SEGMENT", 1, 1, 1, [["a", "b"], ["c", "#N/A"]]), "#N/A", "segment_map (row 2, column 2) is the error"),
        (("RFM_SEGMENT", 2, 2, 2, [["a", "b"], ["#REF!", "c"]]), "#VALUE!", "segment_map (row 2, column 1) is"),
        (("RFM_MIGRATION", ["a"], [45000], [1], 45000, 44000), "#N/A", "There is no order"),
        (("RFM_MIGRATION", ["a"], [45000], [1], 45001, 45000), "#NUM!", "it must be before to_date"),
        (("RFM_MIGRATION", ["a"], [45000], [1]), "#N/A", "Nobody had ordered by 2022-03-15"),
        (("RETENTION_COHORTS", ["a"], [45000], "week"), "#VALUE!", 'period is the text "week"'),
        (("RETENTION_COHORTS", ["a"], [45000], "month", "amount"), "#VALUE!", "needs amounts"),
        (("RETENTION_COHORTS", ["a", "a"], [61, 2958465]), "#NUM!", "periods, and 1,200 are the most"),
        (("CLV_TREND", ["a", "a"], [61, 2958465], [1, 1]), "#NUM!", "choose a longer period"),
    ],
)  # fmt: skip
def test_each_bad_input_has_its_error_and_reason(call: tuple[Any, ...], code: str, reason: str) -> None:
    found = explain(*call)
    assert found.error == code
    assert isinstance(found.value, CellError)
    assert reason in found.reason
    assert found.reason.endswith((".", "?"))
    assert "internal error" not in found.reason
    assert getattr(cells, call[0])(*call[1:]) == code


def test_arguments_by_name() -> None:
    assert cells.CLV(800, 3, lifespan_years=6) == 14400.0
    assert 'has no argument "lifespan" here. Did you mean' in explain("CLV", 800, 3, lifespan=6).reason
    assert explain("CAC", 5, spend=5).error == "#VALUE!"


@pytest.mark.parametrize(
    ("raised", "code"),
    [(InputError("a."), "#N/A"), (ArgumentError("b."), "#NUM!"), (UsageError("c."), "#VALUE!")],
)
def test_our_errors_have_one_meaning_each(raised: ClvXlError, code: str) -> None:
    assert echo_function("number", raises=raised).outcome(1) == Outcome(
        CellError(code, str(raised)), code, str(raised)
    )  # type: ignore[arg-type]


def test_a_fault_of_ours_is_an_error_too_and_says_so() -> None:
    found = echo_function("number", raises=ZeroDivisionError("division by zero")).outcome(1)
    assert found.error == "#VALUE!"
    assert found.reason == "internal error: ZeroDivisionError: division by zero. Please report it."


# --- one function for each kind, which answers with what it was given -----------------------------------


def echo_function(kind: str, *, raises: Exception | None = None, **more: Any) -> CellFunction:
    """A function of one argument of a kind, which returns it."""
    record = Metric(
        name="ECHO", title="Echo", category="Value", unit="none", number_format="0", formula="its argument",
        undefined="when the argument is blank", reference="A test.",
        arguments=(Argument("item", "Anything.", "none"),),
    )  # fmt: skip

    def implementation(value: Any) -> Any:
        if raises is not None:
            raise raises
        if isinstance(value, np.ndarray) and parameter.is_vector:
            return Table(("item",), (value,))
        if isinstance(value, tuple):
            return Table(tuple(value[0]), tuple(zip(*value[1:], strict=True)) or tuple(() for _ in value[0]))
        return value if not isinstance(value, date) else at(value.year, value.month, value.day)

    parameter = Parameter("item", kind, "Anything.", **more)  # type: ignore[arg-type]
    return CellFunction("ECHO", implementation, (parameter,), record)


def answer(kind: str, raw: object, **more: Any) -> Any:
    return echo_function(kind, **more).wrapper()(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (5, 5.0), (5.5, 5.5), ([[5]], 5.0), ([5], 5.0), (Decimal("5.5"), 5.5), (np.float64(5), 5.0), (np.int64(5), 5.0),
        ("5", 5.0), (" 5 ", 5.0), ("5,5", 5.5), ("5.5", 5.5), (",5", 0.5), ("5,", 5.0), ("-5,25", -5.25),
        ("\u22125", -5.0), ("+5", 5.0), ("1e3", 1000.0), ("1.5E-2", 0.015), ("1.234e3", 1234.0),
        ("1 234,50", 1234.5), ("1\u00a0234,50", 1234.5), ("1\u202f234\u202f567", 1234567.0), ("1'234.50", 1234.5),
        ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1.234.567", 1234567.0), ("1,234,567.8", 1234567.8),
        ("1234,567", 1234.567), ("0,123", 0.123), ("12.3456", 12.3456),
        ("1,234", "#VALUE!"), ("1.234", "#VALUE!"), ("1.23.4", "#VALUE!"), ("1,2,3", "#VALUE!"), ("12 34", "#VALUE!"),
        ("1.234.56", "#VALUE!"), ("1,234.567,8", "#VALUE!"), (".", "#VALUE!"), ("-", "#VALUE!"), ("5 kr", "#VALUE!"),
        ("5 %", "#VALUE!"), ("\u0665", "#VALUE!"), ("nan", "#VALUE!"), ("inf", "#VALUE!"), ("1_000", "#VALUE!"),
        ("0x10", "#VALUE!"), (True, "#VALUE!"), ([[1], [2]], "#VALUE!"), ([[1, 2]], "#VALUE!"), ([[[1]]], "#VALUE!"),
        (None, "#N/A"), ("", "#N/A"), (" \u00a0", "#N/A"), ([[None]], "#N/A"), ([], "#N/A"), ([[]], "#N/A"),
        (math.nan, "#N/A"), (pd.NA, "#N/A"), ([[None], [7], [None]], "#VALUE!"), ([[7], [None], [""]], 7.0),
        (math.inf, "#NUM!"), (10**400, "#NUM!"), ("1e999", "#NUM!"),
    ],
)  # fmt: skip
def test_numbers(raw: object, found: object) -> None:
    assert answer("number", raw) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("40 %", 0.4),
        ("40%", 0.4),
        ("12,5 %", 0.125),
        (0.4, 0.4),
        ("0,4", 0.4),
        ("%", "#VALUE!"),
        ("4%%", "#VALUE!"),
    ],
)
def test_rates_may_be_percentages(raw: object, found: object) -> None:
    assert answer("rate", raw) == found


def test_the_range_of_a_setting_is_held_here() -> None:
    allowed = Allowed("a whole number from 2 to 10", low=2, high=10, integer=True)
    assert [answer("whole", raw, allowed=allowed) for raw in (2, "10", 1, 2.5)] == [
        2.0,
        10.0,
        "#NUM!",
        "#NUM!",
    ]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (45322, date(2024, 1, 31)), (45322.99, date(2024, 1, 31)), (61, date(1900, 3, 1)),
        (2958465.9, date(9999, 12, 31)), ("45322", date(2024, 1, 31)), ("45322.5", date(2024, 1, 31)),
        (at(2024, 1, 31, 23, 59), date(2024, 1, 31)), (date(2024, 1, 31), date(2024, 1, 31)),
        (datetime(2024, 1, 31, 23, 59, tzinfo=UTC), date(2024, 1, 31)),
        (np.datetime64("2024-01-31T10:00"), date(2024, 1, 31)), (pd.Timestamp("2024-01-31"), date(2024, 1, 31)),
        ("2024-01-31", date(2024, 1, 31)), (" 2024-01-31T10:00:00Z ", date(2024, 1, 31)),
        ("2024/1/31", date(2024, 1, 31)), ("31.01.2024", date(2024, 1, 31)), ("31.1.2024 10:00", date(2024, 1, 31)),
        (60, "#NUM!"), (0, "#NUM!"), (-5, "#NUM!"), (2958466, "#NUM!"), (20240131, "#NUM!"), (math.inf, "#NUM!"),
        (10**400, "#NUM!"), (at(1899, 12, 30), "#NUM!"), ("1900-02-28", "#NUM!"), (date(1, 1, 1), "#NUM!"),
        (np.datetime64("99999-01-01"), "#NUM!"),
        ("31.02.2024", "#VALUE!"), ("31/01/2024", "#VALUE!"), ("01/31/2024", "#VALUE!"), ("2024", "#VALUE!"),
        ("January 2024", "#VALUE!"), (True, "#VALUE!"), ("#NAME?", "#VALUE!"), ([[1], [2]], "#VALUE!"),
        (None, "#N/A"), ("", "#N/A"), (pd.NaT, "#N/A"), (np.datetime64("NaT", "D"), "#N/A"),
    ],
)  # fmt: skip
def test_dates(raw: object, found: object) -> None:
    wanted = at(found.year, found.month, found.day) if isinstance(found, date) else found
    assert answer("date", raw) == wanted


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (True, True), (False, False), (1, True), (0.0, False), ("TRUE", True), (" no ", False), ("Yes", True),
        (2, "#VALUE!"), ("perhaps", "#VALUE!"), ("#N/A", "#N/A"), (None, "#N/A"),
    ],
)  # fmt: skip
def test_flags(raw: object, found: object) -> None:
    assert answer("flag", raw) is found or answer("flag", raw) == found
    assert type(answer("flag", raw)) is type(found)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Åsa ", "Åsa"), (17850.0, "17850"), (17850, "17850"), (0.5, "0.5"), (1e20, "100000000000000000000"),
        ("17850.0", "17850.0"), ("007", "007"), (True, "TRUE"), ("a\0b", "ab"), ("\ud800x", "?x"),
        (at(2024, 1, 31), "2024-01-31"), (np.float64(3), "3"), ("#N/A", "#N/A"), ("#1 shop", "#1 shop"),
        (None, "#N/A"), ("\u200b", "#N/A"),
    ],
)  # fmt: skip
def test_texts(raw: object, found: object) -> None:
    assert answer("text", raw) == found


def test_choices() -> None:
    words = ("month", "quarter", "year")
    found = [answer("choice", raw, choices=words) for raw in ("month", " QUARTER ", "yaer", 1, None)]
    assert found == ["month", "quarter", "#VALUE!", "#VALUE!", "#N/A"]


def test_what_a_blank_means_is_the_arguments_to_say() -> None:
    for kind in ("number", "rate", "whole"):
        for raw in (None, [[None]], "", [[" "], [None]]):
            assert answer(kind, raw) == "#N/A"
            assert answer(kind, raw, blank="zero") == 0.0
            assert answer(kind, raw, blank="error") == "#VALUE!"
            assert answer(kind, raw, default=3.0, blank="missing") == 3.0
    column = [[1], [None], [3]]
    assert answer("number", column, spread=True) == [[1.0], ["#N/A"], [3.0]]
    assert answer("number", column, spread=True, blank="zero") == [[1.0], [0.0], [3.0]]
    assert answer("number", column, spread=True, blank="error") == [[1.0], ["#VALUE!"], [3.0]]
    assert answer("number", column, spread=True, default=9.0, blank="missing") == [[1.0], [9.0], [3.0]]
    assert answer("number", None, spread=True, blank="error") == "#VALUE!"


# --- ranges ---------------------------------------------------------------------------------------------


def test_a_result_has_the_shape_of_its_ranges() -> None:
    one, column, row = 100, [[100], [200], [300]], [[1, 2]]
    assert cells.CAC(one, 4) == 25.0
    assert cells.CAC([[one]], [[4]]) == 25.0
    assert cells.CAC(column, 4) == [[25.0], [50.0], [75.0]]
    assert cells.CAC(one, row) == [[100.0, 50.0]]
    assert cells.CAC(column, row) == [[100.0, 50.0], [200.0, 100.0], [300.0, 150.0]]
    assert cells.CAC([[100, 200], [300, 400]], [[1, 2], [3, 4]]) == [[100.0, 100.0], [100.0, 100.0]]
    assert cells.CAC([100, 200], np.array([1.0, 2.0])) == [[100.0], [100.0]]


def test_whole_columns() -> None:
    """As in =CAC(A:A, B:B): a header, some rows, and a million blanks."""
    size = 100_000
    spend = [["Spend"], [100], [200], [300], *[[None]] * size]
    new = [["New customers"], [1], [None], [3], *[[""]] * size]
    assert cells.CAC(spend, new) == [[100.0], ["#N/A"], [100.0]]
    assert cells.AOV(spend) == 200.0
    # a bounded range beside a whole column
    assert cells.CAC(spend, [[1], [2], [3]]) == [[100.0], [100.0], [100.0]]
    assert cells.AOV(spend, [["a"], ["a"], ["a"]]) == 600.0


def test_columns_of_a_table_end_together() -> None:
    """The last cell of the second column is blank: that is one figure less, not one row less."""
    assert cells.CAC([[100], [200]], [[1], [None]]) == [[100.0], ["#N/A"]]
    assert cells.AOV([[100], [200], [None]], [["a"], [None], ["c"]]) == 150.0


@pytest.mark.parametrize(
    ("columns", "rate"),
    [
        ([["id", "a", "a", "b", "b"], ["date", 45000, 45001, 45000, 45000]], 0.5),
        ([["id", "a", "a", "b", "b"], [None, 45000, 45001, 45000, 45000]], "#VALUE!"),
        ([["a", "a", "b", "b"], [45000, 45001, 45000, 45000]], 0.5),
        ([["id", "a", "a", "b", "b"], [45000, 45001, 45000, 45000]], "#VALUE!"),
        ([["a", "a"], ["date", "next date"]], "#VALUE!"),
        ([["id", None], ["date", None]], "#N/A"),
        ([["id"], ["date"]], "#VALUE!"),
    ],
)  # fmt: skip
def test_headers(columns: list[list[Any]], rate: object) -> None:
    found = cells.REPEAT_RATE(*([[item] for item in column] for column in columns))
    if rate == "#VALUE!" and columns[1][0] is None:
        # a blank above dates is no title, so the first row is a row without a date: it is left out
        rate = 0.5
    assert found == rate


def test_a_header_with_nothing_below_is_nothing() -> None:
    empty = [["Spend"], [None], [""]]
    assert cells.CAC(empty, 5) == "#N/A"
    assert cells.AOV(empty) == "#N/A"
    assert cells.CLV(800, 3, 6, [["Margin"], [None]]) == 14400.0


def test_a_header_of_one_column_only_is_no_header() -> None:
    assert cells.CAC([["Spend"], [100]], [[7], [10]]) == [["#VALUE!"], [10.0]]
    assert cells.CAC([["Spend"], [100]], [["New"], [10]]) == [[10.0]]
    assert cells.CAC([["#N/A"], [100]], [["New"], [10]])[1] == [10.0]


@pytest.mark.parametrize(
    "slip", ["31/01/2024", "2024-02-31", "1.2.24", "kr 100", "12,5O", "-x1 5", "1,234", "€5", "5 kr"]
)
def test_a_slip_in_the_first_row_is_no_header(slip: str) -> None:
    """A first row that would vanish without a word would be worse than an error."""
    wrong = not slip.startswith("-x")
    assert (cells.REPEAT_RATE([["a"], ["a"]], [[slip], [45000]]) == "#VALUE!") == wrong
    assert (cells.AOV([[slip], [5]]) == "#VALUE!") == wrong


def test_rows_are_read_like_columns() -> None:
    assert cells.AOV([["Amount", 100, 200, None]]) == 150.0
    assert cells.REPEAT_RATE([["a", "a", "b"]], [[45000, 45001, 45000]]) == 0.5


def test_texts_of_a_column_tell_its_decimal_mark() -> None:
    assert cells.AOV([["1,234"], ["12,50"]]) == pytest.approx((1.234 + 12.5) / 2)
    assert cells.AOV([["1,234"], ["12.50"]]) == pytest.approx((1234 + 12.5) / 2)
    assert cells.AOV([["1,234"], ["5"]]) == "#VALUE!"
    assert cells.CAC([["1,234"], ["12,50"]], 1) == [[1.234], [12.5]]


def test_one_bad_row_is_one_error() -> None:
    margins = [[0.5], [-1], ["x"], ["#N/A"], [None], [2], ["40 %"]]
    found = explain("CLV", 800, 3, 6, margins)
    codes = [row[0].code if isinstance(row[0], CellError) else row[0] for row in found.value]
    assert codes == [7200.0, "#NUM!", "#VALUE!", "#N/A", 14400.0, "#NUM!", pytest.approx(5760)]
    assert found.error == ""
    assert found.reason.startswith("gross_margin (row 2 of the range) is -1")


def test_one_bad_setting_is_an_error_of_the_whole_call() -> None:
    assert cells.CLV([[800], [900]], 3, 6, 7) == "#NUM!"
    assert explain("CLV", [[800], [900]], 3, 6, 7).reason.startswith("gross_margin is 7")
    assert cells.CLV_RETENTION([[100], [-1]], 2) == "#NUM!"
    assert cells.RFM_SEGMENT([[1], [2]], 1, 1, [["Gone"]]) == "#VALUE!"


@pytest.mark.parametrize(
    "call",
    [
        ("RETENTION_RATE", 1.7e308),
        ("GRR", 1.7e308, 1.7e308, 1.7e308),
        ("RFM_SEGMENT", 1.7e308, 1.7e308, None),
    ],
)
def test_a_number_at_the_end_of_all_numbers_is_no_warning(call: tuple[Any, ...]) -> None:
    assert explain(*call).error in {"#N/A", "#NUM!"}
    assert "internal" not in explain(*call).reason


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        # counted from the first row of the range, its header included
        (("CAC", [["Spend"], [100], [-5]], 1), "spend (row 3 of the range) is -5, but it must be 0 or more."),
        (("CAC", [[100], [-5]], 1), "spend (row 2 of the range) is -5, but it must be 0 or more."),
        (("CAC", [["Spend"], [-5]], 1), "spend (row 2 of the range) is -5, but it must be 0 or more."),
        (("CAC", [["Spend"], [100], ["x"]], 1), 'spend (row 3 of the range) is the text "x", but it must be a number.'),
        (("CAC", [["Spend"], [100], ["#REF!"]], 1), "spend (row 3 of the range) is the error #REF!."),
        (("CAC", [["Spend"], [100], [None], [5]], 1), "spend (row 3 of the range) is blank, but it is needed."),
        # each in its own range: one has a header, the other begins below it
        (("CAC", [["Spend"], [100], [5]], [[1], [-2]]), "new_customers (row 2 of the range) is -2"),
        (("CAC", [[100], [-5]], [["New"], [1], [2]]), "spend (row 2 of the range) is -5"),
        # two values that contradict each other, one of them single
        (("CHURN_RATE", [["Start"], [10], [5]], [["Lost"], [1], [6]]), "lost_customers (row 3 of the range) is 6"),
        (("CHURN_RATE", [["Start"], [10], [5]], 6), "Row 3 of the range of start_customers: lost_customers is 6, but"),
        # a row, a block, and a column against a row
        (("CAC", [[100, -5]], 1), "spend (column 2 of the range) is -5"),
        (("CAC", [["A", "B"], [1, 2], [3, -5]], 1), "spend (row 3, column 2 of the range) is -5"),
        (("CAC", [[100], [50]], [[1, 2, -3]]), "new_customers (column 3 of the range) is -3"),
        (("CAC", [[100], [-50]], [[1, 2, 3]]), "spend (row 2 of the range) is -50"),
        (("CHURN_RATE", [[10], [5]], [[1, 2, 6]]), "lost_customers (column 3 of the range) is 6"),
        # of several faults in a row, the one that the call alone would name
        (("CAC", [[1], ["y"]], [[1], ["x"]]), 'spend (row 2 of the range) is the text "y"'),
        (("CAC", [[1], [-2]], [[1], [-3]]), "spend (row 2 of the range) is -2"),
        (("CAC", [[1], [None]], [[1], [-3]]), "new_customers (row 2 of the range) is -3"),
    ],
)  # fmt: skip
def test_a_reason_counts_rows_as_its_user_does(call: tuple[Any, ...], reason: str) -> None:
    found = explain(*call)
    assert found.error == ""
    assert found.reason.startswith(reason), found.reason


def test_a_blank_is_named_and_a_figure_that_does_not_exist_is_told_from_it() -> None:
    assert explain("CAC", None, 5).reason == "spend is blank, but it is needed."
    assert explain("CAC", [[5], [6]], None).reason == "new_customers is blank, but it is needed."
    assert explain("CAC", 5, 0).reason == "CAC is not available when there is no new customer."
    reasons = [row[0].reason for row in explain("CAC", [[5], [None]], [[0], [0]]).value]
    assert reasons == [
        "CAC is not available when there is no new customer.",
        "spend (row 2 of the range) is blank, but it is needed.",
    ]
    # a blank that has a meaning is none
    lasting = explain("CLV_RETENTION", 100, 1, 0, [[None], [2]])
    assert lasting.reason.startswith("CLV_RETENTION is not available for life")


def test_a_word_where_a_single_number_belongs_is_an_error_of_the_whole_call() -> None:
    found = explain("CAC", [[5], [6]], "x")
    assert (found.error, found.reason) == (
        "#VALUE!",
        'new_customers is the text "x", but it must be a number.',
    )
    assert explain("RFM_SEGMENT", [[1], [2]], 9, 1).error == "#NUM!"


@pytest.mark.long
def test_a_hundred_thousand_errors_take_hardly_longer_than_as_many_figures() -> None:
    """Refused one by one they took a hundred times as long."""
    size = 100_000
    cells_of_all_kinds = (None, 5.0, -5.0, "x", "#N/A", "12,5", 0.0, True, at(2024, 1, 1), 1e308)
    good = [[1.0 + place] for place in range(size)]
    impossible = [[-value] for (value,) in good]
    half = [[value if place % 2 else -value] for place, (value,) in enumerate(good)]
    mixed = [[cells_of_all_kinds[place % 10]] for place in range(size)]
    huge, tiny = [[1e308]] * size, [[1e-300]] * size
    calls: list[tuple[Any, ...]] = [
        ("CAC", impossible, good), ("CAC", half, half), ("CAC", mixed, good), ("CAC", huge, tiny),
        ("CLV", 800, 3, 6, impossible), ("CLV_RETENTION", 100, 0.5, 0, [[value + 0.5] for (value,) in good]),
        ("CHURN_RATE", good, huge), ("RETENTION_RATE", good, huge, good), ("NRR", good, good, huge, good),
        ("RFM_SEGMENT", huge, good, good),
    ]  # fmt: skip

    def seconds(call: tuple[Any, ...]) -> float:
        started = time.process_time()
        found = explain(*call)
        assert len(found.value) == size
        assert bool(found.reason) == (call in calls)
        return time.process_time() - started

    # looking for circles among all that other tests have left would be measured too
    gc.disable()
    try:
        figures = min(seconds(("CAC", good, good)) for _ in range(3))
        for call in calls:
            errors = seconds(call)
            assert errors < 10 * figures + 0.1, (call[0], errors, figures)
    finally:
        gc.enable()


def test_errors_are_forgotten_with_their_table() -> None:
    """NumPy's arrays of objects hide circles from Python, which then cannot free them."""

    def kept() -> int:
        gc.collect()
        return sum(type(item) is CellError for item in gc.get_objects())

    before = kept()
    for values in ([[-1.0]] * 50, [["x"]] * 50, [[None], [1.0]] * 50, [[-1.0], ["x"], [None], [1e308]] * 50):
        assert explain("CAC", values, [[1e-300]] * len(values)).reason
    assert kept() - before < 50


TOO_LARGE = (
    "The result, or a step on the way to it, is beyond 1.8E+308, the largest number that a cell can hold."
)


@pytest.mark.parametrize(
    "call",
    [
        ("CLV", 1e200, 1e200, 1),
        ("CLV", -1e200, 1e200, 1),
        ("CLV", 1e308, 1, 2, 1, 0, -0.5),
        ("CLV_HISTORIC", [1e308, 1e308]),
        ("CLV_HISTORIC", [-1e308], 1, 1e308),
        ("CLV_RETENTION", 1, 1, -0.5, 10_000),
        ("CLV_RETENTION", 1, 1, 1e-320),
        ("AOV", [1.7e308, 1.7e308]),
        ("CUSTOMER_LIFESPAN", 1e-320),
        ("NRR", 0.1, 1.7e308, 0, 0),
        ("CAC", 1e308, 1e-300),
        ("LTV_CAC", -1e308, 1e-300),
        ("CAC_PAYBACK", 1e308, 1e-10),
        ("CAC_MAX", 1e308, 1e-300),
    ],
    ids=lambda call: call[0],
)
def test_a_figure_too_large_for_a_cell_is_an_impossible_number_and_says_so(call: tuple[Any, ...]) -> None:
    name, *raw = call
    found = explain(name, *raw)
    assert (found.error, found.reason.startswith(TOO_LARGE)) == ("#NUM!", True), found
    function = find_function(name)
    if function.arguments[0].spread:
        # the same in a column, with a blank and a good value below it
        base = dict(enumerate(function.record.example_arguments))
        columns = [
            [[wrong], [wrong if place in base and place else None], [base.get(place, item.default)]]
            if item.spread
            else wrong
            for place, (wrong, item) in enumerate(zip(raw, function.arguments, strict=False))
        ]
        beside = function.outcome(*columns)
        assert beside.value[0] == [CellError("#NUM!", found.reason)]
        assert beside.value[1][0].code == "#N/A"
        assert isinstance(beside.value[2][0], float)
        assert beside.reason == found.reason


def test_a_cell_of_a_table_that_overflows_is_an_impossible_number() -> None:
    table = Table(
        ("a", "b", "c"), (np.array([1.0, np.inf, np.nan]), [math.nan, -math.inf, 2.0], [None, 1, "x"])
    )
    record = echo_function("number").record
    found = CellFunction(
        "ECHO", lambda _: table, echo_function("number").arguments, record, spills=True
    ).wrapper()(1)
    assert found == [["a", "b", "c"], [1.0, "#N/A", "#N/A"], ["#NUM!", "#NUM!", 1], ["#N/A", 2.0, "x"]]


def test_what_has_no_figure_is_still_not_available() -> None:
    for call in (("CAC", 5, 0), ("CAC", 0, 0), ("LTV_CAC", 1e308, 0), ("CUSTOMER_LIFESPAN", 0), ("CLV_RETENTION", 1, 1),
                 ("CLV_RETENTION", 1e308, 1), ("CLV_RETENTION", 0, 1), ("CLV_RETENTION", 1, 1, -0.5),
                 ("NRR", 0, 5, 0, 0), ("AOV", [None]), ("CLV", None, 1e308, 1e308)):  # fmt: skip
        assert explain(*call).error == "#N/A", call


def test_an_overflow_on_the_way_to_a_small_figure_does_no_harm() -> None:
    assert cells.CLV(1e308, 1e308, 0) == 0.0
    assert cells.CLV(0, 1, 1e6, 1, 0, -0.999) == 0.0
    assert cells.CLV(0, 1, 1e6, 1, 50, -0.999) == -50.0
    assert cells.CLV_RETENTION(0, 1, -0.5, 10_000) == 0.0
    assert cells.AOV([1e308, 1e308, -1e308]) == 5e307
    assert cells.CAC_PAYBACK(1.6e308, [-1.6e308, 1.7e308]) == pytest.approx(1 + 32 / 33)


def test_a_blank_number_of_periods_is_for_life_in_a_column_too() -> None:
    assert cells.CLV_RETENTION(100, 0.5, 0, [[None], [2]]) == [[200.0], [150.0]]
    assert cells.CLV_RETENTION(100, 0.5) == 200.0


@pytest.mark.parametrize(
    ("call", "found"),
    [
        # nothing but the optional range says where the rows end
        (("CLV_RETENTION", 100, 0.5, 0, [[2], [None]]), [[150.0], [200.0]]),
        (("CLV_RETENTION", 100, 0.5, 0, [[None], [2], [None], [None]]), [[200.0], [150.0], [200.0], [200.0]]),
        (("CLV_RETENTION", 100, 0.5, 0, [["Periods"], [2], [None]]), [[150.0], [200.0]]),
        (("CLV_RETENTION", 100, 0.5, 0, [[2, None]]), [[150.0, 200.0]]),
        (("CLV", 800, 3, 6, [[0.5], [None]]), [[7200.0], [14400.0]]),
        (("CLV", 800, 3, 6, [[0.5], [None], [None]], [[None], [100], [None]]), [[7200.0], [14300.0], [14400.0]]),
        (("CAC_MAX", 3000, [[2], [""]]), [[1500.0], [1000.0]]),
        # the required range says it
        (("CLV_RETENTION", [[100], [100]], 0.5, 0, [[2], [None]]), [[150.0], [200.0]]),
        (("CLV_RETENTION", [[100], [100], [None]], 0.5, 0, [[2], [None], [None]]), [[150.0], [200.0]]),
        (("CLV_RETENTION", [["m"], [100], [100], [None]], 0.5, 0, [["n"], [2], [None], [None]]), [[150.0], [200.0]]),
        # a row of the optional range that has no required value
        (("CLV_RETENTION", [[100], [None]], 0.5, 0, [[2], [3]]), [[150.0], ["#N/A"]]),
        # a column of required values against a row of optional ones
        (("CLV_RETENTION", [[100], [200], [None]], 0.5, 0, [[2, None]]), [[150.0, 200.0], [300.0, 400.0]]),
        # a range that goes on below the other with nothing in it, as whole columns do in classic Excel
        (("CLV", 800, 3, 6, [[0.5], [None]], [["Cost"], [100], [None], [None], [None]]), [[7100.0], [14400.0]]),
        # nothing at all is left out
        (("CLV_RETENTION", 100, 0.5, 0, [[None], [None]]), 200.0),
        (("CLV_RETENTION", [[100], [100]], 0.5, 0, [[None], [None]]), [[200.0], [200.0]]),
    ],
)  # fmt: skip
def test_a_blank_at_the_end_means_what_it_means_in_the_middle(call: tuple[Any, ...], found: object) -> None:
    assert getattr(cells, call[0])(*call[1:]) == found


def test_a_whole_column_of_optional_values_ends_with_its_last_value() -> None:
    column = [["Periods"], [2], [None], [3], *[[None]] * (MAX_ROWS - 4)]
    assert cells.CLV_RETENTION(100, 0.5, 0, column) == [[150.0], [200.0], [175.0]]
    assert cells.CLV(800, 3, 6, [[None, 0.5, *[None] * (MAX_COLUMNS - 2)]]) == [[14400.0, 7200.0]]
    # a range beside it says more
    assert cells.CLV_RETENTION(100, 0.5, [[0], [0], [0], [None]], [*column[1:], [None]]) == [
        [150.0],
        [200.0],
        [175.0],
        [200.0],
    ]


@pytest.mark.parametrize(
    ("call", "sizes"),
    [
        (("CAC", [[1], [2], [3]], [[1], [2]]), "spend has 3, new_customers has 2"),
        (("CAC", [[1], [2], [3]], [[1], [None]]), "spend has 3, new_customers has 2"),
        (("CAC", [["Spend"], [1], [2], [3]], [["New"], [1], [2]]), "spend has 3 below its header, new_customers has 2"),
        (("CLV", 800, 3, 6, [[0.5], [0.4], [0.3]], [[10], [None]]), "gross_margin has 3, acquisition_cost has 2"),
        (("CAC", [[1, 2], [3, 4]], [[1, 2, 3]]), "spend has 2 x 2, new_customers has 3"),
        # one row below a header is no single value for all rows of another column
        (("CAC", [["Spend"], [100]], [["New"], [1], [2], [3]]), "spend has 1 below its header, new_customers has 3"),
    ],
)  # fmt: skip
def test_ranges_of_different_length_are_told_with_their_lengths(call: tuple[Any, ...], sizes: str) -> None:
    found = explain(*call)
    assert found.error == "#VALUE!"
    assert f"differ in length: {sizes}" in found.reason


def test_a_curve_of_margins_is_one_thing_and_the_costs_spread() -> None:
    assert cells.CAC_PAYBACK([[100], [120], [121]], [["Margin"], [40], [80], [120]]) == [
        [2.5],
        [3.0],
        ["#N/A"],
    ]
    assert cells.CAC_PAYBACK(100, [[40]]) == 2.5
    # a curve that ends after its first month
    assert cells.CAC_PAYBACK(100, [[40], [None]]) == "#N/A"
    assert cells.CAC_PAYBACK(100, "x") == "#VALUE!"


def test_a_result_that_no_sheet_could_show_is_refused() -> None:
    assert explain("CAC", [[1]] * 2000, [[1] * 2000]).error == "#VALUE!"


# --- kept results ---------------------------------------------------------------------------------------


def test_the_same_content_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    original = find_function("RFM").implementation
    function = CellFunction(
        "RFM", lambda *given: calls.append(1) or original(*given), find_function("RFM").arguments,
        find_record("RFM"), spills=True, kept=True,
    )  # fmt: skip
    monkeypatch.setattr(registry, "_KEPT", Kept(results=2, cells=1000))
    rows = [["a"], ["b"]], [[45000.0], [45010.0]], [[1.0], [2.0]]
    first = function.outcome(*rows)
    # the same orders: as dates, with a header, with blanks behind
    again = function.outcome(
        [["id"], ["a"], ["b"], [None]],
        [["date"], [at(2023, 3, 15)], [at(2023, 3, 25)], [None]],
        [["amount"], [1], [2], [None]],
    )
    assert again == first
    assert len(calls) == 1
    function.outcome(*rows[:2], [[1.0], [2.5]])
    function.outcome(*rows, 45011)
    assert len(calls) == 3
    function.outcome(*rows)
    assert len(calls) == 4, "the oldest of three had to leave"


def test_keys_tell_contents_apart() -> None:
    def key(*values: object) -> bytes:
        return Kept.key("F", values)

    texts = [np.array(item, dtype=object) for item in (["a", "b"], ["ab", ""], ["", "ab"], ["a", "b", ""])]
    arrays = [np.array([1.0, 2.0]), np.array([1.0]), np.array([1, 2]), np.array([], dtype=float)]
    plain = [None, 1.0, "1.0", date(2024, 1, 1), (("a",),)]
    keys = [key(item) for item in (*texts, *arrays, *plain)] + [Kept.key("G", [1.0]), key(None, None)]
    assert len(set(keys)) == len(keys)


def test_a_store_stays_within_its_bounds() -> None:
    kept = Kept(results=3, cells=10)
    for name in (b"a", b"b", b"c", b"d"):
        kept.put(name, [[name]])
    assert [kept.get(name) for name in (b"a", b"d")] == [None, [[b"d"]]]
    kept.put(b"wide", [list(range(9))])
    assert kept.get(b"b") is None
    assert kept.get(b"d") == [[b"d"]]
    kept.put(b"huge", [list(range(11))])
    assert kept.get(b"huge") is None


# --- no input whatever ----------------------------------------------------------------------------------

NUMBERS = st.floats() | st.integers() | st.integers(min_value=10**300, max_value=10**320) | st.booleans()
WORDS = st.text(max_size=12) | st.sampled_from(
    ["", " ", "#N/A", "#DIV/0!", "#REF!", "12,50", "1 234,5", "1,234", "40 %", "2024-01-31", "31.02.2024", "month",
     "Amount", "Champions", "TRUE", "\ue000#N/A", "\ud800", "a\0b", "1e999", "-", "now"]
)  # fmt: skip
DATES = st.datetimes() | st.dates() | st.floats(61, 47000) | st.integers(40000, 47000)
ODD = st.none() | st.sampled_from([pd.NaT, pd.NA, np.float32(1), np.int8(1), Decimal("sNaN"), Decimal("1.5"), 1j, b"x",
                                   np.datetime64("NaT", "D"), np.datetime64("30000-01-01"), (), {},
                                   object()])  # fmt: skip
CELL = NUMBERS | WORDS | DATES | ODD
PLAUSIBLE = (
    st.integers(-5, 60) | st.floats(-2, 2) | st.integers(44000, 46000) | st.sampled_from("abc") | st.none()
)


def ranges(cell: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A single cell, a list, or rows of cells, not all of the same length."""
    column = st.lists(cell, max_size=6).map(lambda items: [[item] for item in items])
    titles = st.lists(st.sampled_from(["Amount", "Order date", "kr", None, "", "2024"]), max_size=2)
    blanks = st.lists(st.sampled_from([None, "", " "]), max_size=3)
    titled = st.tuples(titles, st.lists(cell, max_size=6), blanks).map(
        lambda parts: [[item] for part in parts for item in part]
    )
    block = st.integers(0, 3).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), max_size=4)
    )
    return (
        cell
        | column
        | titled
        | block
        | st.lists(cell, max_size=4)
        | st.lists(cell | st.lists(cell, max_size=3), max_size=3)
    )


RAW = ranges(CELL) | ranges(PLAUSIBLE)


def assert_plain(value: object) -> None:
    """Hold a result to what Excel can take: plain scalars, or a table of them with rows of one length."""
    if isinstance(value, list):
        assert value
        assert all(type(row) is list for row in value)
        assert len({len(row) for row in value}) == 1
        for row in value:
            for item in row:
                assert not isinstance(item, list)
                assert_plain(item)
        return
    assert type(value) in {str, float, int, bool, datetime}, type(value)
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, str):
        value.encode("utf-8")


def check(function: CellFunction, raw: tuple[object, ...]) -> None:
    found = function.outcome(*raw)
    for route in (PLAIN, CLASSIC):
        assert_plain(function.wrapper(route)(*raw))
    table = found.value if isinstance(found.value, list) else [[found.value]]
    errors = [cell for line in table for cell in line if isinstance(cell, CellError)]
    assert bool(found.error) == isinstance(found.value, CellError)
    assert found.reason == (errors[0].reason if errors else "")
    for error in errors:
        assert error.code in {"#N/A", "#NUM!", "#VALUE!"}
        assert re.fullmatch(r"[A-Za-z].*[.?]", error.reason, flags=re.DOTALL), error.reason
        assert "internal error" not in error.reason, error.reason


KINDS: dict[str, CellFunction] = {
    "number": echo_function("number"),
    "number, spread": echo_function("number", spread=True),
    "whole": echo_function("whole", allowed=Allowed("1 to 3", low=1, high=3, integer=True)),
    "rate": echo_function("rate", spread=True, default=1.0, blank="missing"),
    "date": echo_function("date"),
    "numbers": echo_function("numbers", lone_number=True),
    "texts": echo_function("texts"),
    "dates": echo_function("dates"),
    "table": echo_function("table"),
    "flag": echo_function("flag"),
    "text": echo_function("text"),
    "choice": echo_function("choice", choices=("month", "year"), default="month", blank="missing"),
}
EACH_KIND = pytest.mark.parametrize("kind", KINDS)


def each_argument(function: CellFunction) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(RAW, max_size=len(function.arguments) + 1).map(tuple)


@EACH_KIND
def test_no_input_of_a_kind_escapes(kind: str) -> None:
    settings(max_examples=100)(given(raw=RAW)(lambda raw: check(KINDS[kind], (raw,))))()


@pytest.mark.long
@EACH_KIND
def test_no_input_of_a_kind_escapes_long(kind: str) -> None:
    settings(max_examples=5000)(given(raw=RAW)(lambda raw: check(KINDS[kind], (raw,))))()


@EACH
def test_no_input_of_a_function_escapes(function: CellFunction) -> None:
    examples = 15 if function.spills else 50
    settings(max_examples=examples)(given(raw=each_argument(function))(lambda raw: check(function, raw)))()


@pytest.mark.long
@EACH
def test_no_input_of_a_function_escapes_long(function: CellFunction) -> None:
    examples = 300 if function.spills else 2000
    settings(max_examples=examples)(given(raw=each_argument(function))(lambda raw: check(function, raw)))()


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Any], ...]:
    """Rows of orders that are mostly fit to be computed, with blanks and refunds among them."""
    row = st.tuples(
        st.sampled_from(["a", "B", "é", 10.0, "9", None]),
        st.integers(45000, 45800) | st.none(),
        st.floats(-50, 900) | st.integers(0, 9) | st.none(),
        st.sampled_from(["web", "shop", None]),
    )
    rows = draw(st.lists(row, min_size=1, max_size=12))
    return tuple([[item] for item in column] for column in zip(*rows, strict=True))


@pytest.mark.parametrize(
    "arrange",
    [
        lambda c, d, a, _: ("RFM", c, d, a),
        lambda c, d, a, _: ("CLV_CUSTOMERS", c, d, a, 0.4, 45500),
        lambda c, d, a, g: ("CLV_BY", g, c, d, a),
        lambda c, d, a, _: ("CLV_TREND", c, d, a, "quarter"),
        lambda c, d, a, _: ("RFM_MIGRATION", c, d, a, 45300),
        lambda c, d, a, _: ("RETENTION_COHORTS", c, d, "month", "cumulative", a),
    ],
    ids=["RFM", "CLV_CUSTOMERS", "CLV_BY", "CLV_TREND", "RFM_MIGRATION", "RETENTION_COHORTS"],
)
@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.one_in(3)
def test_no_orders_escape(arrange: Callable[..., tuple[Any, ...]], examples: int) -> None:
    @settings(max_examples=examples)
    @given(columns=orders())
    def hold(columns: tuple[list[Any], ...]) -> None:
        name, *raw = arrange(*columns)
        check(find_function(name), tuple(raw))

    hold()
