"""Parameters from a file and from the command line: what is taken, and how the rest is refused."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ClvXlError, InputError, UsageError
from clv_xl.events import Event
from clv_xl.parameters import PARAMETERS, Parameters, load_parameters, with_settings

if TYPE_CHECKING:
    from pathlib import Path

SPECS = {spec.name: spec for spec in PARAMETERS}


def load(folder: Path, text: str, encoding: str = "utf-8") -> Parameters:
    path = folder / "p.toml"
    path.write_bytes(text.encode(encoding))
    return load_parameters(path)


COMPLETE = """
gross_margin = 0.45
lifespan_years = 3
discount_rate = 0.1
acquisition_cost = 116
service_cost = 12.5
target_ratio = 2.5
as_of = 2025-06-30
currency = "kr"
amounts_include_vat = true
vat_rate = 0.255
refunds = "ignore"
active_days = 90
rfm_bins = 3
rfm_nested = true
ambassador_share = 0.1
cohort_period = "quarter"
migration_months = 6
horizon = 24
language = "sv"
second_stage = "customer data"

[[events]]
date = 2025-05-01
name = "Sale"

[[events]]
date = "2024-09-01"
name = "Loyalty"

[rates]
EUR = 11.2
NOK = 1

[segment_map]
R1 = ["gone", "gone", "miss"]
R2 = ["doze", "ok", "ok"]
R3 = ["fresh", "fan", "star"]
"""


def test_a_complete_file(tmp_path: Path) -> None:
    found = load(tmp_path, COMPLETE)
    expected: dict[str, Any] = {
        "gross_margin": 0.45, "lifespan_years": 3.0, "discount_rate": 0.1, "acquisition_cost": 116.0,
        "service_cost": 12.5, "target_ratio": 2.5, "as_of": date(2025, 6, 30), "currency": "kr",
        "amounts_include_vat": True, "vat_rate": 0.255, "refunds": "ignore", "active_days": 90, "rfm_bins": 3,
        "rfm_nested": True, "ambassador_share": 0.1, "cohort_period": "quarter", "migration_months": 6,
        "horizon": 24, "language": "sv", "second_stage": "customer data",
        "rates": {"EUR": 11.2, "NOK": 1.0},
        "events": (Event(date(2024, 9, 1), "Loyalty"), Event(date(2025, 5, 1), "Sale")),
    }  # fmt: skip
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.segment_map is not None
    assert found.segment_map.segment(3, 1) == "fresh"
    assert found.segment_map.segment(1, 3) == "miss"
    assert {field.name for field in fields(Parameters)} == {*expected, "segment_map"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'events = "Sale"',
            "events is 'Sale'; each event stands under [[events]] with the lines date = 2025-05-01",
        ),
        ('[[events]]\nday = 2025-05-01\nname = "Sale"', "events, number 1 has day, name; each event stands"),
        (
            '[[events]]\ndate = "May"\nname = "Sale"',
            'number 1: the date of the event is "May", but must be a date',
        ),
        (
            "[[events]]\ndate = 2025-05-01\nname = 7",
            "number 1: the name of the event is 7, but must be a text",
        ),
        ('[[events]]\ndate = 2025-05-01\nname = "S"\n' * 21, "There are 21 events, and 20 are the most."),
    ],
)
def test_events_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, text)
    assert message in str(error.value)


def test_an_empty_file_leaves_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Parameters()
    assert Parameters().gross_margin == 1.0
    assert Parameters().target_ratio == 3.0
    assert Parameters().as_of is None


def test_a_file_from_windows_notepad(tmp_path: Path) -> None:
    """Notepad may put a byte order mark before the text, and ends its lines in two characters."""
    assert load(tmp_path, "gross_margin = 0.4\r\n", "utf-8-sig").gross_margin == 0.4


def test_a_date_may_carry_a_time(tmp_path: Path) -> None:
    assert load(tmp_path, "as_of = 2025-06-30T23:59:00").as_of == date(2025, 6, 30)


def test_a_date_in_quotes_is_taken_or_refused_with_the_reason(tmp_path: Path) -> None:
    """The message may not ask for exactly what the user wrote."""
    try:
        said = str(load(tmp_path, 'as_of = "2025-06-30"').as_of)
    except UsageError as error:
        said = str(error)
    assert said == "2025-06-30" or "quot" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gros_margin = 1", 'there is no parameter "gros_margin". Did you mean "gross_margin"?'),
        ("zebra = 1", 'there is no parameter "zebra". The parameters are: gross_margin, '),
        ("gross_margin = 0", "gross_margin is 0, but must be a number above 0 to 1."),
        ("gross_margin = 1.0001", "gross_margin is 1.0001, but must be a number above 0 to 1."),
        ("gross_margin = 45", "must be a number above 0 to 1. For 45% write 0.45."),
        ("gross_margin = nan", "gross_margin is nan, but must be a number above 0 to 1."),
        ('gross_margin = "0.4"', 'gross_margin is "0.4", but must be a number above 0 to 1.'),
        ("gross_margin = true", "gross_margin is True, but must be a number"),
        ("gross_margin = [0.4]", "gross_margin is [0.4], but must be a number"),
        ("acquisition_cost = -1", "acquisition_cost is -1, but must be a number from 0."),
        ("acquisition_cost = inf", "acquisition_cost is inf, but must be a number from 0."),
        ("lifespan_years = 0", "lifespan_years is 0, but must be a number above 0 to 100."),
        ("discount_rate = -0.01", "discount_rate is -0.01, but must be a number from 0 to 1."),
        ("target_ratio = 0", "target_ratio is 0, but must be a number above 0."),
        ("active_days = 0", "active_days is 0, but must be a whole number from 1 to 3660."),
        ("active_days = 1.5", "active_days is 1.5, but must be a whole number from 1 to 3660."),
        ("rfm_bins = 11", "rfm_bins is 11, but must be a whole number from 2 to 10."),
        ("rfm_nested = 1", "rfm_nested is 1, but must be true or false."),
        ('refunds = "keep"', 'refunds is "keep", but must be one of subtract, ignore.'),
        ("refunds = 1", "refunds is 1, but must be one of subtract, ignore."),
        ("as_of = 20250630", "as_of is 20250630, but must be a date such as 2025-12-31."),
        ("currency = 1", "currency is 1, but must be text."),
        ("rates = 1", "rates must be a table such as [rates] with the line EUR = 11.2."),
        ("[rates]\nEUR = 0", "the rate of EUR is 0, but must be a number above 0."),
        ('[rates]\nEUR = "11"', "the rate of EUR is 11, but must be a number above 0."),
        ("segment_map = 1", "segment_map must be a table of lines"),
        ('rfm_bins = 2\n[segment_map]\nR1 = ["a", "b"]\nR3 = ["a", "b"]', "the rows R1, R3; expected R1, R2."),
        ('[segment_map]\nR1 = ["a", "b"]\nR2 = ["a", "b"]', "has 2 x 2 cells but rfm_bins is 5."),
    ],
)  # fmt: skip
def test_refused_with_the_file_and_the_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'p.toml'}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rfm_bins = 2\n[segment_map]\nR1 = ["a", "b"]\nR2 = ["a", ""]', "R=2, FM=2"),
        ('rfm_bins = 2\n[segment_map]\nR1 = ["a", "b"]\nR2 = ["a"]', "R=2, FM=2"),
        ('rfm_bins = 2\n[segment_map]\nR1 = ["a", "b"]\nR2 = ["a", "b", "c"]', "R=2, FM=3"),
        ('rfm_bins = 2\n[segment_map]\nR1 = ["a", "b"]\nR2 = ["a", 7]', "R=2, FM=2"),
    ],
    ids=["a hole", "a short row", "a long row", "a number"],
)
def test_a_map_with_a_fault_is_refused_with_the_cell(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        load(tmp_path, text)


@pytest.mark.parametrize("value", ['"gold"', "4", "2025-01-01"])
def test_a_row_of_the_map_is_a_list(tmp_path: Path, value: str) -> None:
    """A text is no list of its letters, and a number none at all."""
    rows = "\n".join(f"R{score} = {value}" for score in range(1, 5))
    with pytest.raises(UsageError):
        load(tmp_path, f"rfm_bins = 4\n[segment_map]\n{rows}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"gross_margin 0.4", "is not valid TOML"),
        (b"gross_margin = 0.4\ngross_margin = 0.5", "is not valid TOML"),
        (b"currency = 'k\xf8'", "cannot be read as text"),
    ],
)
def test_what_is_no_toml_is_unusable_input(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_parameters(path)


def test_a_missing_file_or_a_folder_is_unusable_input(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.toml", tmp_path):
        with pytest.raises(InputError, match=re.escape(str(path))):
            load_parameters(path)


# One setting at a time


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("gross_margin=0.4", "gross_margin", 0.4),
        (" gross_margin = 1 ", "gross_margin", 1.0),
        ("gross_margin=1e-3", "gross_margin", 0.001),
        ("lifespan_years=", "lifespan_years", None),
        ("acquisition_cost=", "acquisition_cost", None),
        ("acquisition_cost=0", "acquisition_cost", 0.0),
        ("active_days=", "active_days", None),
        ("active_days=3660", "active_days", 3660),
        ("as_of=", "as_of", None),
        ("as_of=2024-02-29", "as_of", date(2024, 2, 29)),
        ("currency=a=b", "currency", "a=b"),
        ("rfm_nested=Yes", "rfm_nested", True),
        ("rfm_nested=0", "rfm_nested", False),
        ("refunds=ignore", "refunds", "ignore"),
        ("cohort_period=year", "cohort_period", "year"),
        ("currency=", "currency", ""),
    ],
)
def test_settings(setting: str, name: str, value: object) -> None:
    start = Parameters(
        lifespan_years=9.0, acquisition_cost=9.0, active_days=9, as_of=date(2000, 1, 1), currency="SEK"
    )
    found = with_settings(start, [setting])
    assert getattr(found, name) == value
    assert type(getattr(found, name)) is type(value)
    assert all(
        getattr(found, field.name) == getattr(start, field.name)
        for field in fields(Parameters)
        if field.name != name
    )


@pytest.mark.parametrize(
    "setting",
    [
        "gross_margin", "=0.4", "gross_margin=", "gross_margin=0,4", "gross_margin=40%", "rfm_bins=5.5", "rfm_bins=",
        "rfm_nested=maybe", "as_of=30/06/2024", "as_of=31.06.2024", "refunds=Ignore ?", "active_days=1e3",
        "as_of=2023-02-29", "gross_margin=nan", "service_cost=inf", "segment_map=x", "rates=x", "cohort_period=week",
    ],
)  # fmt: skip
def test_settings_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        with_settings(Parameters(), [setting])


def test_a_map_and_a_number_of_scores_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="3 x 3 cells but rfm_bins is 4"):
        with_settings(load(tmp_path, COMPLETE), ["rfm_bins=4"])


@given(st.sampled_from(sorted(SPECS)), st.text(max_size=12))
def test_whatever_is_typed_is_taken_or_refused_in_words(name: str, text: str) -> None:
    refusal, value = None, None
    try:
        value = getattr(with_settings(Parameters(), [f"{name}={text}"]), name)
    except ClvXlError as error:
        refusal = error
    assert refusal is None or (name in str(refusal) and refusal.exit_code == 2)
    assert not (isinstance(value, float) and not math.isfinite(value))


@given(st.sampled_from(sorted(SPECS)), st.floats(allow_nan=False))
def test_a_number_is_taken_exactly_when_it_is_allowed(name: str, number: float) -> None:
    spec = SPECS[name]
    allowed = (
        spec.kind == "number"
        and math.isfinite(number)
        and (spec.low is None or (number > spec.low if spec.above_low else number >= spec.low))
        and (spec.high is None or number <= spec.high)
    )
    if spec.kind != "number":
        return
    try:
        found = getattr(with_settings(Parameters(), [f"{name}={number!r}"]), name)
    except UsageError:
        found = None
    assert (found == number) if allowed else (found is None)


def test_every_parameter_explains_itself() -> None:
    for spec in PARAMETERS:
        assert spec.title
        assert spec.unit
        assert spec.meaning.endswith(".")
        assert spec.allowed
        assert spec.optional == (getattr(Parameters(), spec.name) is None)
    assert len({spec.title for spec in PARAMETERS}) == len(PARAMETERS)
    live = [spec.name for spec in PARAMETERS if spec.live]
    assert live == [
        "gross_margin", "lifespan_years", "discount_rate", "acquisition_cost", "service_cost", "target_ratio",
    ]  # fmt: skip


def test_a_percentage_typed_as_such_is_hinted_at() -> None:
    """10 for 10 % is the commonest slip, for a discount rate as for a margin."""
    for name in ("gross_margin", "discount_rate", "vat_rate", "ambassador_share"):
        with pytest.raises(UsageError, match=r"For 25% write 0\.25\."):
            with_settings(Parameters(), [f"{name}=25"])
