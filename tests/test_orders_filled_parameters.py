"""The cells of the Parameters sheet: what is taken, and how the rest is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from clv_xl.errors import UsageError
from clv_xl.events import Event
from clv_xl.orders.filled_parameters import FilledCell, ParameterCells, cells_of_sheet, parameters_of_cells
from clv_xl.parameters import PARAMETERS, Parameters


def cells(**values: object) -> ParameterCells:
    """Every parameter blank, but those that are given."""
    return ParameterCells(
        {spec.name: FilledCell(values.get(spec.name), "Parameters!C5") for spec in PARAMETERS}
    )


def taken(**values: object) -> Parameters:
    found, notices = parameters_of_cells(cells(**values), "filled.xlsm")
    assert notices == ()
    return found


def refusal(**values: object) -> str:
    with pytest.raises(UsageError) as error:
        parameters_of_cells(cells(**values), "filled.xlsm")
    return str(error.value)


def test_a_complete_sheet() -> None:
    given: dict[str, Any] = {
        "gross_margin": 0.45, "lifespan_years": 3.0, "discount_rate": 0.1, "acquisition_cost": 116.0,
        "service_cost": 12.5, "target_ratio": 2.5, "as_of": dt.datetime(2025, 6, 30),  # noqa: DTZ001
        "currency": " kr ", "amounts_include_vat": True, "vat_rate": 0.255, "refunds": "ignore",
        "active_days": 90.0, "rfm_bins": 3.0, "rfm_nested": True, "ambassador_share": 0.1,
        "cohort_period": "quarter", "migration_months": 6.0, "horizon": 24.0, "second_stage": "off",
        "language": "sv",
    }  # fmt: skip
    assert given.keys() == {spec.name for spec in PARAMETERS}
    found = taken(**given)
    assert found == Parameters(
        **given | {"as_of": dt.date(2025, 6, 30), "currency": "kr", "active_days": 90, "rfm_bins": 3}
    )
    assert [type(getattr(found, name)) for name in ("active_days", "rfm_bins", "horizon", "as_of")] == [
        int,
        int,
        int,
        dt.date,
    ]


@pytest.mark.parametrize("blank", [None, "", "  ", "\u00a0"])
def test_blank_cells_are_defaults_or_not_given(blank: object) -> None:
    assert taken(**{spec.name: blank for spec in PARAMETERS}) == Parameters()


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("refunds", "Ignore", "ignore"),
        ("cohort_period", " MONTH ", "month"),
        ("amounts_include_vat", "yes", True),
        ("amounts_include_vat", "Nej", False),
        ("amounts_include_vat", 1.0, True),
        ("rfm_nested", 0.0, False),
        ("as_of", "2025-12-31", dt.date(2025, 12, 31)),
        ("as_of", "31.12.2025", dt.date(2025, 12, 31)),
        ("as_of", 46022.0, dt.date(2025, 12, 31)),
        ("as_of", 46022.75, dt.date(2025, 12, 31)),
        ("as_of", dt.date(2025, 12, 31), dt.date(2025, 12, 31)),
        ("acquisition_cost", Decimal("12.5"), 12.5),
        ("acquisition_cost", 0, 0.0),
    ],
)
def test_what_is_beyond_doubt_is_taken(name: str, value: object, meant: object) -> None:
    assert getattr(taken(**{name: value}), name) == meant


TYPE_IT = (
    ", as a number with your Excel's own decimal mark: an apostrophe or the format Text makes it a text."
)
REFUSED = {
    "a percentage as text": (
        {"gross_margin": "45 %"},
        ('gross_margin is the text "45 %", but must be a number above 0 to 1. Type 0.45 or 45%'
        f"{TYPE_IT} A blank cell: the default, 1."),
    ),
    "a decimal comma as text": (
        {"gross_margin": "0,45"},
        (f'gross_margin is the text "0,45", but must be a number above 0 to 1. Type 0.45{TYPE_IT} A blank cell: the '
        "default, 1."),
    ),
    "a decimal point as text": (
        {"gross_margin": "0.45"},
        (f'gross_margin is the text "0.45", but must be a number above 0 to 1. Type 0.45{TYPE_IT} A blank cell: the '
        "default, 1."),
    ),
    "thousands as text": (
        {"acquisition_cost": "1\u00a0234,50"},
        (f'acquisition_cost is the text "1\u00a0234,50", but must be a number from 0. Type 1234.5{TYPE_IT} A blank '
        "cell: not given."),
    ),
    "words": (
        {"service_cost": "cheap"},
        'service_cost is the text "cheap", but must be a number from 0. Type a number. A blank cell: the default, 0.',
    ),
    "a percentage as whole number": (
        {"gross_margin": 45.0},
        ("gross_margin is 45.0, but must be a number above 0 to 1. For 45% write 0.45. Correct the cell. A blank "
        "cell: the default, 1."),
    ),
    "below the lowest": (
        {"lifespan_years": 0.0},
        "lifespan_years is 0.0, but must be a number above 0 to 100. Correct the cell. A blank cell: not given.",
    ),
    "half a score": (
        {"rfm_bins": 4.5},
        "rfm_bins is 4.5, but must be a whole number from 2 to 10. Correct the cell. A blank cell: the default, 5.",
    ),
    "a flag for a number": (
        {"discount_rate": True},
        "discount_rate is True, but must be a number from 0 to 1. Correct the cell. A blank cell: the default, 0.",
    ),
    "a date for a number": (
        {"active_days": dt.datetime(2025, 1, 1)},  # noqa: DTZ001
        ("active_days is 2025-01-01 00:00:00, but must be a whole number from 1 to 3660. Correct the cell. A blank "
        "cell: not given."),
    ),
    "an error": (
        {"gross_margin": "#REF!"},
        ("gross_margin shows the error #REF!, but must be a number above 0 to 1. Correct the formula, or type the "
        "value. A blank cell: the default, 1."),
    ),
    "an error where text may stand": (
        {"currency": "#NAME?"},
        ("currency shows the error #NAME?, but must be text. Correct the formula, or type the value. A blank cell: "
        "not given."),
    ),
    "a date of another country": (
        {"as_of": "31/12/2025"},
        ('as_of is the text "31/12/2025", but must be a date such as 2025-12-31. Type it as a date, so that Excel '
        "recognises it, or write year-month-day. A blank cell: not given."),
    ),
    "a number that is no day": (
        {"as_of": 12.0},
        "as_of is 12.0, but must be a date such as 2025-12-31. Correct the cell. A blank cell: not given.",
    ),
    "an unknown choice": (
        {"refunds": "sometimes"},
        ('refunds is "sometimes", but must be one of subtract, ignore. Correct the cell. A blank cell: the default, '
        "subtract."),
    ),
    "an unknown flag": (
        {"rfm_nested": "perhaps"},
        'rfm_nested is "perhaps", but must be true or false. Correct the cell. A blank cell: the default, false.',
    ),
    "a number for text": (
        {"currency": 12.0},
        "currency is 12.0, but must be text. Correct the cell. A blank cell: not given.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_with_cell_value_and_remedy(values: dict[str, object], message: str) -> None:
    assert refusal(**values) == f"filled.xlsm: Parameters!C5: {message}"


def test_a_cell_whose_place_is_not_known_names_the_sheet() -> None:
    with pytest.raises(UsageError, match=r"^Parameters: gross_margin is the text"):
        parameters_of_cells(ParameterCells({"gross_margin": FilledCell("x")}))


def test_a_parameter_without_a_cell_has_its_default_and_that_is_told() -> None:
    some = {
        name: cell for name, cell in cells().values.items() if name not in {"rfm_bins", "as_of", "currency"}
    }
    found, notices = parameters_of_cells(ParameterCells(some))
    assert found == Parameters()
    assert notices == (
        "The workbook has no cell for the parameter as_of: it is left blank.",
        "The workbook has no cell for the parameter currency: it is left blank.",
        "The workbook has no cell for the parameter rfm_bins: its default 5 is used.",
    )


def sheet(*lines: tuple[object, ...]) -> dict[tuple[int, int], object]:
    return {
        (row, column): value
        for row, line in enumerate(lines, start=1)
        for column, value in enumerate(line, start=1)
        if value is not None
    }


def test_parameters_are_found_by_their_headers() -> None:
    found = cells_of_sheet(
        "My parameters",
        sheet(
            ("Parameters",),
            (None, "Parameter", "Value", "Unit", "Name"),
            (None, "Gross margin", 0.4, "share", "gross_margin"),
            (None, "As-of date", None, "date", "as_of"),
            (None, "Set when the report was made"),
            (None, "Name", None, "Value"),
            (None, "Refunds", "ignore", "x"),
            (None, "refunds", None, "ignore"),
        ),
    )
    assert found.values == {
        "gross_margin": FilledCell(0.4, "'My parameters'!C3"),
        "as_of": FilledCell(None, "'My parameters'!C4"),
        "refunds": FilledCell("ignore", "'My parameters'!D8"),
    }


def test_rates_stand_below_their_headers() -> None:
    rates = sheet(("Currency", "Rate"), ("EUR", 11.2), (" nok ", Decimal("0.98")), (None, 3.0), ("USD", 10.0))
    found, _ = parameters_of_cells(cells_of_sheet("Parameters", rates))
    assert found.rates == {"EUR": 11.2, "nok": 0.98}
    with pytest.raises(
        UsageError, match=r"^f\.xlsm: Parameters!B2: the rate of EUR is 11,2, but must be a number"
    ):
        parameters_of_cells(
            cells_of_sheet("Parameters", sheet(("Currency", "Rate"), ("EUR", "11,2"))), "f.xlsm"
        )


def test_events_stand_below_their_headers() -> None:
    """In any order and with gaps, up to the next table; typed as a date, as a day number, or as text."""
    rows = sheet(
        ("Event", "Date"),
        ("Black Friday", dt.datetime(2025, 11, 28)),  # noqa: DTZ001
        (None, None),
        ("  Loyalty   start ", 45_536.0),
        (" ", None),
        ("Price", "31.12.2023"),
        ("Currency", "Rate"),
        ("EUR", 11.2),
    )
    found, _ = parameters_of_cells(cells_of_sheet("Parameters", rows))
    assert found.events == (
        Event(dt.date(2023, 12, 31), "Price"),
        Event(dt.date(2024, 9, 1), "Loyalty start"),
        Event(dt.date(2025, 11, 28), "Black Friday"),
    )
    assert found.rates == {"EUR": 11.2}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ("Sale", None),
            "Parameters!B2: the date of the event is missing, but must be a date such as 2025-12-31.",
        ),
        (
            ("Sale", "soon"),
            'Parameters!B2: the date of the event is "soon", but must be a date such as 2025-12-31.',
        ),
        (
            (None, 45_536.0),
            "Parameters!B2: the name of the event is missing, but must be a text such as Spring sale.",
        ),
        (("S" * 81, 45_536.0), "Parameters!B2: the name of the event has 81 letters, and 80 are the most."),
    ],
)
def test_an_event_lacks_its_date_or_name(row: tuple[object, ...], message: str) -> None:
    with pytest.raises(UsageError) as error:
        parameters_of_cells(cells_of_sheet("Parameters", sheet(("Event", "Date"), row)), "f.xlsm")
    assert str(error.value).startswith(f"f.xlsm: {message}")


def test_every_parameter_has_a_cell() -> None:
    """A new parameter is an input from the day on which it is specified."""
    tables = {"rates", "segment_map", "events"}
    assert {item.name for item in fields(Parameters)} - tables == cells().values.keys()
