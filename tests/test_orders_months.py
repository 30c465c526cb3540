"""Months as people and programs write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.orders.months import month_of

READ = {
    "2025-01": (2025, 1), "2025-1": (2025, 1), "2025/12": (2025, 12), "2025.03": (2025, 3), "202507": (2025, 7),
    "2025-01-01": (2025, 1), "2025-01-31": (2025, 1), "2025-02-01 00:00:00": (2025, 2), "20250228": (2025, 2),
    "2025-02-01T00:00:00": (2025, 2), "2025/6/15": (2025, 6),
    "01/2025": (2025, 1), "1.2025": (2025, 1), "12-2025": (2025, 12),
    "31.01.2025": (2025, 1), "1.2.2025": (2025, 2), "31/01/2025": (2025, 1), "01/31/2025": (2025, 1),
    "1/1/2025": (2025, 1), "03-03-2025": (2025, 3),
    "Jan 2025": (2025, 1), "jan. 2025": (2025, 1), "January 2025": (2025, 1), "January, 2025": (2025, 1),
    "Jan-25": (2025, 1), "jan25": (2025, 1), "Jan '25": (2025, 1), "2025 Jan": (2025, 1), "2025-jan": (2025, 1),
    "1 January 2025": (2025, 1), "31 Jan 2025": (2025, 1), "1. februar 2025": (2025, 2),
    "januari 2025": (2025, 1), "februari 2025": (2025, 2), "mars 2025": (2025, 3), "maj 2025": (2025, 5),
    "augusti 2025": (2025, 8), "okt 2025": (2025, 10), "oktober 2025": (2025, 10),
    "januar 2025": (2025, 1), "marts 2025": (2025, 3), "mai 2025": (2025, 5), "des 2025": (2025, 12),
    "desember 2025": (2025, 12), "juni 2025": (2025, 6), "JULI 2025": (2025, 7), " Sept 2025 ": (2025, 9),
    "45658": (2025, 1), "45688": (2025, 1), "45689": (2025, 2), "45658.5": (2025, 1),
    "32874": (1990, 1), "73415": (2100, 12), "1990-01": (1990, 1), "2100-12": (2100, 12),
}  # fmt: skip
"""Day number 45658 is 1 January 2025, as Excel counts."""

NOT_READ = (
    "", "Total", "Sum", "2025", "01", "Q1 2025", "2025-13", "2025-00", "2025-02-30", "31.02.2025", "13/13/2025",
    "01/02/2025", "2-1-2025", "Jan", "January", "foo 2025", "202513", "20251301", "1", "12345678901", "#N/A",
    "2025-01-01 - 2025-01-31", "0000-01", "1899-12", "99999", "10000", "32873", "73416", "1989-12", "2101-01",
    "Jan 2101",
)  # fmt: skip


@pytest.mark.parametrize(("text", "month"), READ.items(), ids=READ)
def test_read(text: str, month: tuple[int, int]) -> None:
    assert month_of(text) == date(*month, 1)


@pytest.mark.parametrize("text", NOT_READ)
def test_not_a_month_for_certain(text: str) -> None:
    assert month_of(text) is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_lies_in_its_month(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    texts = [day.isoformat(), f"{day:%Y-%m}", f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", str(serial)]
    assert {month_of(text) for text in texts} == {day.replace(day=1)}


@given(st.text(max_size=12))
def test_no_text_is_a_crash(text: str) -> None:
    found = month_of(text)
    assert found is None or found.day == 1
