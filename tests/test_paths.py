"""Names of files that Windows and a Mac take, told by their rules: no machine here is either of them."""

from __future__ import annotations

import ntpath
import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_xl.campaigns.lists import _slug, _unlike
from clv_xl.customer_file import CustomersWanted
from clv_xl.orders.kinds.given import order_source
from clv_xl.workbook.atomic import _RANDOM, _SUFFIX, _prefix, _put_beside
from clv_xl.workbook.one_writer import ENDING, only_writer
from tests.test_house import FILES

if TYPE_CHECKING:
    from pathlib import Path

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789¹²³"),
}


def faults(name: str) -> list[str]:
    """What Windows would not take in the name of a file."""
    found = [f"character {character!r}" for character in FORBIDDEN.findall(name)]
    if name != name.rstrip(". ") or not name:
        found.append("ends with a dot or a blank, or is blank")
    if name.partition(".")[0].rstrip(" ").casefold() in RESERVED:
        found.append("is the name of a device")
    if len(name.encode("utf-16-le")) // 2 > 255:
        found.append("is too long")
    return found


@pytest.mark.parametrize(
    "name", ["con", "NUL.csv", "a:b", "a.", "lpt¹.txt", "a?b", "x" * 256, "com1.x.y", "aux .csv"]
)
def test_a_name_that_windows_does_not_take_is_found(name: str) -> None:
    assert faults(name)


def test_every_file_of_the_repository_can_be_cloned_on_windows_and_a_mac() -> None:
    for path in FILES:
        assert not [fault for part in PurePosixPath(path).parts for fault in faults(part)], path
        assert unicodedata.normalize("NFC", path) == path, path
        # below C:\\Users\\somebody\\... there are 260 characters in all
        assert len(path) < 150, path
    folded = [path.casefold() for path in FILES]
    assert len(set(folded)) == len(folded), "two names differ in capitals alone"


@settings(max_examples=40)
@given(st.lists(st.text(max_size=70), unique=True, max_size=12))
def test_lists_of_any_segments_have_names_that_every_system_takes(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        slug = _unlike(_slug(name), taken)
        assert not faults(f"segment-{slug}.csv")
        assert slug.casefold() not in {other.casefold() for other in taken}
        taken.add(slug)


@given(
    st.text(
        st.characters(exclude_characters='<>:"/\\|?*', exclude_categories=["C"]), min_size=1, max_size=240
    )
)
def test_what_is_written_beside_a_report_has_a_name_that_windows_takes_too(stem: str) -> None:
    target = PureWindowsPath(r"C:\Users\Åsa Öberg\Våra kunder") / f"{stem}x.xlsx"
    temporary = f"{_prefix(target)}abcd_123{_SUFFIX}"  # type: ignore[arg-type]  # of a path only its name is asked
    assert re.fullmatch(_RANDOM, "abcd_123")
    assert not faults(temporary)
    beside = CustomersWanted().path(target)  # type: ignore[arg-type]
    if len(target.name) < 230:
        assert not faults(beside.name)
        assert beside.parent == target.parent


def test_a_lock_beside_a_long_name_can_be_made(tmp_path: Path) -> None:
    target = tmp_path / ("å" * 120 + ".xlsx")
    with only_writer([target]):
        (lock,) = tmp_path.iterdir()
        assert not faults(lock.name)
        assert lock.name.startswith(".å")
        assert lock.name.endswith(ENDING)


def test_the_new_report_beside_one_that_excel_holds_has_a_free_name(tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    (tmp_path / "report (new).xlsx").touch()
    whole = tmp_path / "whole.tmp"
    whole.touch()
    name = _put_beside(whole, target).name
    assert (name, faults(name)) == ("report (new 2).xlsx", [])


@pytest.mark.parametrize(
    "path", [r"C:\Users\Åsa\orders.csv", r"\\server\share\orders.csv", r"D:orders.csv", r"C:\shop\*.csv"]
)
def test_a_path_of_windows_is_no_url(path: str) -> None:
    assert ntpath.splitdrive(path)[0]
    assert str(order_source(path)) == path
