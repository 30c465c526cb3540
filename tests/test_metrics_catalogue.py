"""The catalogue: every record is complete, true to its function, fit for Excel."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import clv_xl.metrics
from clv_xl.errors import UsageError
from clv_xl.metrics import REQUIRED, Metric, catalogue, find
from clv_xl.metrics.record import Category, Kind, Unit, excel_text

ROOT = Path(__file__).parents[1]
CELL_FUNCTIONS = [metric for metric in catalogue() if metric.cell_function]

# The functions as they were agreed; a change here is a change for every workbook that uses them.
AGREED = """\
CLV(avg_order_value, purchases_per_year, lifespan_years, [gross_margin], [acquisition_cost], [discount_rate])
CLV_HISTORIC(amounts, [gross_margin], [acquisition_cost], [service_cost])
CLV_RETENTION(margin_per_period, retention_rate, [discount_rate], [periods], [first_payment])
AOV(amounts, [order_ids])
PURCHASE_FREQUENCY(customers, dates, [as_of])
CUSTOMER_LIFESPAN(churn_rate)
RFM_SEGMENT(r, f, m, [segment_map])
RETENTION_RATE(start_customers, end_customers, new_customers)
CHURN_RATE(start_customers, lost_customers)
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
VBA_WORDS = """
    addressof and any as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cint circle
    clng close const csng cstr currency cvar date debug declare defbool defbyte defcur defdate defdbl defint
    deflng defobj defsng defstr defvar dim do double each else elseif empty end endif enum eqv erase error
    event exit false for friend function get global gosub goto if imp implements in input integer is lbound
    len let like line lock long loop lset me mid mod name new next not nothing null object on open option
    optional or paramarray preserve print private property public put raiseevent redim rem resume return rset
    seek select set single spc static step stop string sub tab then time to true type typeof ubound until
    variant wend while with withevents write xor k argsarray
"""


def test_the_functions_are_those_agreed() -> None:
    assert "".join(f"{metric.signature}\n" for metric in CELL_FUNCTIONS) == AGREED


@pytest.mark.parametrize("metric", CELL_FUNCTIONS, ids=lambda metric: metric.name)
def test_the_example_gives_its_result(metric: Metric) -> None:
    assert metric.function is not None
    result = metric.function(*metric.example_arguments)
    if isinstance(metric.example_result, str):
        assert result == metric.example_result
    else:
        assert type(result) is float
        assert result == pytest.approx(metric.example_result, rel=1e-12)
    assert metric.example.startswith(f"={metric.name}(")


@pytest.mark.parametrize("metric", CELL_FUNCTIONS, ids=lambda metric: metric.name)
def test_the_record_has_the_arguments_and_defaults_of_the_function(metric: Metric) -> None:
    assert metric.function is not None
    parameters = [
        (item.name, REQUIRED if item.default is item.empty else item.default)
        for item in inspect.signature(metric.function).parameters.values()
        if item.kind is item.POSITIONAL_OR_KEYWORD
    ]
    assert parameters == [(item.name, item.default) for item in metric.arguments]


@pytest.mark.parametrize("metric", CELL_FUNCTIONS, ids=lambda metric: metric.name)
def test_a_column_goes_where_the_record_says_so(metric: Metric) -> None:
    assert metric.function is not None
    elementwise = [place for place, item in enumerate(metric.arguments) if item.kind in {"number", "whole"}]
    if not elementwise or metric.example_result is None:
        assert {item.kind for item in metric.arguments} <= {"ids", "dates", "date", "numbers", "single"}
        return
    columns = list(metric.example_arguments)
    for place in elementwise:
        if place < len(columns):
            columns[place] = [columns[place]] * 3
    found = metric.function(*columns)
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [metric.function(*metric.example_arguments)] * 3


def test_names_are_fit_for_excel() -> None:
    names = [metric.name for metric in catalogue()]
    assert len(names) == len(set(names))
    for name in names:
        assert re.fullmatch(r"[A-Z][A-Z_]*[A-Z]", name), name
        # one to three letters and digits are a cell; R and C alone are a row and a column
        assert not re.fullmatch(r"[A-Z]{1,3}[0-9]+|R|C", name), name


def test_argument_names_are_fit_for_vba() -> None:
    for metric in CELL_FUNCTIONS:
        names = [item.name for item in metric.arguments]
        assert len(names) == len(set(names))
        for name in names:
            assert name.lower() not in VBA_WORDS.split(), f"{metric.name}: {name}"
            assert name.upper() != metric.name
            assert re.fullmatch(r"[a-z][a-z_]*", name), name


def test_optional_arguments_come_last() -> None:
    for metric in CELL_FUNCTIONS:
        required = [item.required for item in metric.arguments]
        assert required == sorted(required, reverse=True), metric.name


def test_help_fits_in_excel_and_ends_with_its_sentence() -> None:
    texts = {metric.name: metric.help for metric in catalogue()}
    texts |= {f"{m.name} {item.name}": item.help for m in catalogue() for item in m.arguments}
    for name, text in texts.items():
        assert len(text) <= 255, f"{name}: {len(text)}"
        assert text.endswith("."), name
        assert text[0].isupper(), name
        assert ".." not in text, name
        assert "\n" not in text, name


def test_records_are_complete() -> None:
    for metric in catalogue():
        assert metric.category in get_args(Category), metric.name
        assert metric.unit in get_args(Unit), metric.name
        assert metric.undefined.startswith(("when ", "for life when ")), metric.name
        assert metric.title
        assert metric.formula
        assert not metric.formula.endswith("."), metric.name
        assert metric.reference.endswith("."), metric.name
        assert metric.number_format in {"#,##0", "#,##0.00", "#,##0.0", "0.00", "0.0", "0", "0.0%", "0%", "@"}
        assert ("%" in metric.number_format) == (metric.unit == "share"), metric.name
        assert (metric.number_format == "@") == (metric.unit == "text"), metric.name
        assert metric.cell_function == bool(metric.example) == (metric.example_result is not None), (
            metric.name
        )
        for item in metric.arguments:
            assert item.kind in get_args(Kind)
            assert item.unit in get_args(Unit)
            assert not item.choices or item.default in item.choices


def test_no_record_is_forgotten() -> None:
    modules = [
        importlib.import_module(f"clv_xl.metrics.{item.name}")
        for item in pkgutil.iter_modules(clv_xl.metrics.__path__)
    ]
    found = {
        id(value): value for module in modules for value in vars(module).values() if isinstance(value, Metric)
    }
    assert {metric.name for metric in found.values()} == {metric.name for metric in catalogue()}


def test_a_record_is_found_by_name_and_a_near_miss_is_helped() -> None:
    assert find(" clv ") is catalogue()[0]
    with pytest.raises(UsageError) as caught:
        find("CAC_PAYBAK")
    assert str(caught.value) == 'There is no function or figure "CAC_PAYBAK". Did you mean "CAC_PAYBACK"?'


def test_an_example_is_written_as_one_types_it() -> None:
    assert find("AOV").example == '=AOV({100;250;250}, {"A1";"A2";"A2"})'
    assert find("PURCHASE_FREQUENCY").example.endswith("{43831;44686;43831}, 45292)")
    # Excel counts days from 1 for 1900-01-01, with a 29 February 1900 that never was
    assert excel_text(date(1900, 3, 1)) == "61"
    assert excel_text('say "x"') == '"say ""x"""'
    assert excel_text(None) == ""


def test_everything_public_is_listed() -> None:
    assert sorted(clv_xl.metrics.__all__) == sorted(set(clv_xl.metrics.__all__))
    for name in clv_xl.metrics.__all__:
        assert hasattr(clv_xl.metrics, name), name
    for metric in catalogue():
        if metric.function is not None:
            assert metric.function.__name__ in clv_xl.metrics.__all__


def test_every_figure_that_is_no_plain_count_or_sum_names_its_function() -> None:
    counted = {metric.name for metric in catalogue() if metric.function is None}
    assert counted == {"CUSTOMERS", "NEW_CUSTOMERS", "ORDERS", "AMOUNT", "COHORT_SIZE"}
    moved = {metric.name for metric in catalogue() if metric.function is clv_xl.metrics.movement_of}
    assert moved == {"NEW_ACTIVE", "RETAINED", "REACTIVATED", "LOST"}
    scores = {metric.name for metric in catalogue() if metric.function is clv_xl.metrics.rfm_scores}
    assert scores == {"R_SCORE", "F_SCORE", "M_SCORE"}


def test_metrics_need_no_table_library() -> None:
    code = "import sys, clv_xl.metrics; print(*sorted({'pandas', 'scipy', 'duckdb', 'openpyxl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
