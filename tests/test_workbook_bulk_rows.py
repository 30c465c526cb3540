"""Long tables: the same cells as one by one, and the same as openpyxl's own slow way."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from clv_xl.errors import LimitError
from clv_xl.limits import column_letters
from clv_xl.workbook import package
from clv_xl.workbook.bulk_rows import BulkRows
from clv_xl.workbook.cells import cell_xml, clean_text, escape_xstring
from clv_xl.workbook.number_texts import fraction_texts, shortest
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Book, Bulk, BulkColumn, Cell, Edge, Formula, Sheet, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PLAIN = Style()
LOOKS = {
    "text": Style(),
    "number": Style(number_format="#,##0.00", bottom=Edge("hair", "CBD2D9")),
    "integer": Style(number_format="0", horizontal="center"),
    "date": Style(number_format="yyyy-mm-dd"),
    "flag": Style(bold=True, fill="FFF9DB"),
}
HEADER = Style(bold=True, fill="E4E7EB", wrap=True)
KINDS = {
    "text": st.text(st.one_of(st.characters(), st.sampled_from("\x00\r\n\t \ud800\ufffe_x=|&<")), max_size=8),
    "number": st.floats(allow_infinity=False, min_value=-9e307, max_value=9e307),
    "integer": st.integers(-(2**53), 2**53),
    "date": st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    "flag": st.booleans(),
}


def column(kind: str, values: Sequence[object], formula: str | None = None, title: str = "") -> BulkColumn:
    return BulkColumn(title or kind, kind, values, LOOKS[kind], formula)  # type: ignore[arg-type]


def rows_xml(columns: Sequence[BulkColumn], row: int = 1, first: int = 1) -> str:
    bulk = Bulk("T", row, first, tuple(columns), HEADER)
    return b"".join(BulkRows(bulk, "Customers", lambda _: 5).chunks()).decode()


def cell_by_cell(columns: Sequence[BulkColumn], row: int = 1, first: int = 1) -> str:
    """The same rows from the function that writes single cells."""
    rows = []
    for index in range(len(columns[0].values)):
        number = row + 1 + index
        cells = []
        for position, each in enumerate(columns, first):
            value = each.values[index]
            blank = value is None or value != value
            place = f"{column_letters(position)}{number}"
            if each.formula is not None:
                cached = float("nan") if blank else value
                cells.append(cell_xml(place, Formula(each.formula, cached), 5, place))  # type: ignore[arg-type]
            elif not blank and value != "":
                cells.append(cell_xml(place, value, 5, place))
            elif each.style.fill or each.style.bottom:
                cells.append(cell_xml(place, None, 5, place))
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(rows)


@given(st.data())
@settings(max_examples=200)
def test_a_column_is_written_as_its_cells_are(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    values = data.draw(
        st.lists(st.one_of(st.none(), st.just(float("nan")), KINDS[kind]), min_size=1, max_size=6)
    )
    formula = data.draw(st.sampled_from([None, '=T[[#This Row],[a&b]]&"<x>"']))
    # a date that is a formula's result is a number with a date's format
    if kind == "date" and formula:
        formula = None
    columns = [column(kind, values, formula), column("integer", list(range(len(values))), title="n")]
    assert rows_xml(columns, 7, 3) == cell_by_cell(columns, 7, 3)


@given(st.lists(st.text(st.sampled_from("ab |&<>_x041_\n\t\r=\ud800é"), max_size=7), min_size=1, max_size=5))
@example(["a", " b"])
@example(["a ", "b"])
@example(["_x0041", "_"])
@example(["", "a"])
def test_the_quick_way_for_harmless_texts_is_never_taken_by_others(texts: list[str]) -> None:
    columns = [column("text", texts)]
    assert rows_xml(columns) == cell_by_cell(columns)


@pytest.mark.parametrize("decimals", [0, 1, 2, 3, 4, 6, 7])
def test_numbers_of_few_decimals_are_written_as_python_writes_them(decimals: int) -> None:
    """They are looked up in pieces; what has more decimals, an exponent or a sign is not."""
    rng = np.random.default_rng(decimals)
    spread = np.round(rng.lognormal(3, 4, 5_000), decimals)
    hard = [
        0.0,
        1e-4,
        1e-6,
        9.9e-5,
        0.1,
        0.01,
        9999.999999,
        1e4,
        123456.000001,
        999999999.999999,
        1e15,
        1e16,
        9e305,
    ]
    numbers = np.concatenate([spread, hard, [-0.5, -12.25], rng.random(9) / 3])
    pieces = fraction_texts(numbers)
    wanted = [repr(number).removesuffix(".0") for number in numbers.tolist()]
    assert ["".join(row) for row in zip(*pieces, strict=True)] == wanted
    assert (len(pieces) == 3) is (decimals < 7)


@pytest.mark.parametrize("rows", [3, 999])
@pytest.mark.parametrize("rest", [[0.25, -0.5], [-0.0, 0.0], [7.0], [1 / 3, None]])
def test_zero_is_written_without_a_sign(rows: int, rest: list[float | None]) -> None:
    """Some programs show -0, and the cell-by-cell way writes 0: so do all ways of many rows."""
    values = [-0.0, *rest * rows]
    columns = [column("number", values)]
    assert rows_xml(columns) == cell_by_cell(columns)
    assert "<v>0</v>" in rows_xml(columns)
    assert "-0<" not in rows_xml(columns)
    numbers = np.array([value for value in values if value is not None])
    texts = {"".join(row) for row in zip(*fraction_texts(numbers), strict=True)}
    assert "0" in texts
    assert "-0" not in texts | set(shortest(numbers))


@pytest.mark.parametrize("formula", [None, "=1+1"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [3, -2, 0, 11]),
        ("integer", [3, None, -2, 0]),
        ("integer", [None, None]),
        ("integer", [5, 2**53, -(2**53)]),
        ("date", [date(2024, 2, 29), None, date(2024, 3, 1)]),
        ("flag", [True, False, None]),
        ("text", ["Åsa", None, "R&D ", "Bo"]),
    ],
)
def test_what_stands_on_many_rows_is_written_as_single_cells_are(
    kind: str, values: Sequence[object], formula: str | None
) -> None:
    # more than a chunk, and in the second one something that was not in the first
    many = [column(kind, [*values[:2] * 1500, *values * 100], formula)]
    assert rows_xml(many) == cell_by_cell(many)


def test_texts_that_are_never_the_same_are_not_kept_for_ever() -> None:
    values = [f"R&D {number}" for number in range(9_000)]
    bulk = Bulk("T", 1, 1, (column("text", values),), HEADER)
    made = BulkRows(bulk, "Customers", lambda _: 5)
    assert b"".join(made.chunks()).decode() == cell_by_cell([column("text", values)])
    assert len(made._columns[0]._ends) < len(values)


def test_letters_beyond_latin_1_are_written_as_their_bytes() -> None:
    names = ["Ægir", "Ελλάδα", "日本", "plain", "😀", None]
    columns = [column("text", names * 9), column("text", [f"{name} {n}" for n, name in enumerate(names * 9)])]
    assert rows_xml(columns) == cell_by_cell(columns)


def test_more_rows_than_one_chunk() -> None:
    values = list(range(10_000))
    texts = [f"K{value}" if value % 5_000 else " =x & y" for value in values]
    columns = [column("integer", values), column("text", texts)]
    assert rows_xml(columns) == cell_by_cell(columns)


@pytest.mark.parametrize(
    ("kind", "given_as", "as_list"),
    [
        ("number", np.array([1.5, np.nan, -0.0]), [1.5, None, 0.0]),
        ("number", np.array([1, 2], dtype=np.int16), [1.0, 2.0]),
        ("number", pd.Series([1.5, None]), [1.5, None]),
        ("integer", np.array([1, 2**53]), [1, 2**53]),
        ("integer", np.array([1, 2], dtype=np.uint64), [1, 2]),
        ("integer", np.array([-1, 2], dtype=np.int8), [-1, 2]),
        ("integer", np.array([1.0, np.nan]), [1, None]),
        ("date", np.array(["2024-02-29", "NaT"], dtype="datetime64[D]"), [date(2024, 2, 29), None]),
        ("date", np.array(["2024-02-29T10:00"], dtype="datetime64[ns]"), [date(2024, 2, 29)]),
        ("date", [pd.Timestamp("2024-02-29"), pd.NaT, float("nan")], [date(2024, 2, 29), None, None]),
        ("flag", np.array([True, False]), [True, False]),
        ("flag", [np.bool_(True), None], [True, None]),
        ("text", np.array(["a", "b"]), ["a", "b"]),
        ("text", np.array(["a", None, np.nan, ""], dtype=object), ["a", None, None, None]),
        ("text", pd.Series(["a", None]), ["a", None]),
    ],
)
def test_arrays_are_written_as_lists_are(
    kind: str, given_as: Sequence[object], as_list: list[object]
) -> None:
    assert rows_xml([column(kind, given_as)]) == rows_xml([column(kind, as_list)])


def test_the_caller_keeps_its_array() -> None:
    array = np.array([-0.0, 1.0])
    rows_xml([column("number", array)])
    assert np.signbit(array[0])


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        ("number", [1.0, float("inf")], r"A3: the number inf"),
        ("number", np.array([1.0, -np.inf]), r"A3: the number -inf"),
        ("integer", [1, 2**53 + 1], r"A3: .*id"),
        ("integer", np.array([1, 2**60]), r"A3: .*id"),
        ("integer", np.array([1, 2**63 + 1], dtype=np.uint64), r"A3: .*id"),
        ("integer", np.array([1, -(2**60)]), r"A3: .*id"),
        ("date", [date(2024, 1, 1), date(1900, 2, 28)], r"A3: .*1900-02-28"),
        ("date", np.array(["2024-01-01", "10000-01-01"], dtype="datetime64[D]"), r"A3: .*10000-01-01"),
        ("text", ["a", "x" * 32_768], r"A3: .*32,767"),
    ],
)
def test_a_value_that_excel_cannot_hold_names_its_cell(
    kind: str, values: Sequence[object], reason: str
) -> None:
    with pytest.raises(LimitError, match=f"^sheet Customers, {reason}"):
        rows_xml([column(kind, values)])


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        *(("text", ["a", 7]), ("integer", [1, 1.5]), ("integer", [True]), ("flag", [1]), ("integer", ["7"])),
        ("integer", np.array([1.0, 1.5])),
    ],
)
def test_a_value_of_another_kind_is_our_mistake(kind: str, values: Sequence[object]) -> None:
    with pytest.raises(TypeError, match=r"A\d"):
        rows_xml([column(kind, values)])


def test_rows_beyond_the_sheet_are_refused() -> None:
    with pytest.raises(LimitError, match="1,048,577"):
        rows_xml([column("number", np.zeros(3))], row=1_048_574)


# --- against openpyxl's own way -------------------------------------------------------------------------


def columns_of(number: int) -> tuple[BulkColumn, ...]:
    rng = np.random.default_rng(7)
    texts: list[object] = [f"K{index:06d}" for index in range(number)]
    texts[:9] = ["=1+1", " pad ", "a&<b>", None, "#N/A", "line\nbreak", "_x0041_", "\x00\ud800", "007"][
        :number
    ]
    numbers = rng.lognormal(3, 2, number)
    numbers[::10] = np.nan
    return (
        column("text", texts),
        column("number", numbers),
        column("integer", rng.integers(0, 2**40, number)),
        column("date", np.datetime64("1999-12-25") + rng.integers(0, 9_000, number)),
        column("flag", rng.integers(0, 2, number).astype(bool)),
    )


def write_with_openpyxl(path: Path, columns: Sequence[BulkColumn]) -> None:
    """The same table cell by cell through openpyxl's public interface."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    looks = {
        "text": {},
        "number": {"number_format": "#,##0.00", "border": Border(bottom=Side("hair", "FFCBD2D9"))},
        "integer": {
            "number_format": "0",
            "alignment": Alignment(horizontal="center", vertical="center", indent=0),
        },
        "date": {"number_format": "yyyy-mm-dd"},
        "flag": {"fill": PatternFill("solid", fgColor="FFFFF9DB")},
    }
    for position, each in enumerate(columns, 1):
        font = Font(name="Calibri", sz=10, b=each.kind == "flag", i=False, color="FF1F2933", family=2)
        look = {"font": font, "alignment": Alignment(vertical="center", indent=0), **looks[each.kind]}
        first = sheet.cell(2, position)
        for attribute, part in look.items():
            setattr(first, attribute, part)
        for row, value in enumerate(
            each.values.tolist() if isinstance(each.values, np.ndarray) else each.values, 2
        ):
            blank = value is None or value != value
            if blank and not each.style.bottom:
                continue
            cell = sheet.cell(row, position)
            cell._style = first._style
            if not blank:
                cell.value = escape_xstring(clean_text(value, "")) if isinstance(value, str) else value
                if isinstance(value, str):
                    cell.data_type = "s"
        sheet.cell(1, position, each.title)
    workbook.save(path)


def described(path: Path, title: str) -> dict[str, tuple[object, ...]]:
    """Every cell below the header: value, kind and each part of its look."""
    return {
        cell.coordinate: (
            unescape(cell.value) if isinstance(cell.value, str) else cell.value,
            cell.data_type,
            cell.number_format,
            *(
                repr(part)
                for part in (
                    *(
                        cell.font.name,
                        cell.font.sz,
                        cell.font.b,
                        cell.font.i,
                        cell.font.u,
                        cell.font.color.rgb,
                    ),
                    *(cell.fill.fill_type, cell.fill.fgColor.rgb, cell.border.bottom.style),
                    *(cell.alignment.horizontal, cell.alignment.vertical),
                )
            ),
        )
        for row in load_workbook(path)[title].iter_rows(min_row=2)
        for cell in row
    }


def write_long(path: Path, columns: tuple[BulkColumn, ...]) -> None:
    bulk = Bulk("Customers", 1, 1, columns, HEADER)
    write_book(Book("b", date(2024, 1, 1), (Sheet("Sheet", (), bulk=bulk),)), path)


@pytest.mark.parametrize("number", [1, 9, 1_000])
def test_read_back_as_openpyxl_would_have_written_it(tmp_path: Path, number: int) -> None:
    columns = columns_of(number)
    write_long(tmp_path / "ours.xlsx", columns)
    write_with_openpyxl(tmp_path / "theirs.xlsx", columns)
    ours, theirs = described(tmp_path / "ours.xlsx", "Sheet"), described(tmp_path / "theirs.xlsx", "Sheet")
    # openpyxl rounds to 16 digits, ours reads back exactly: equal to that precision, identical in all else
    assert ours.keys() == theirs.keys()
    for place, cell in ours.items():
        other = theirs[place]
        if isinstance(cell[0], float):
            assert cell[0] == pytest.approx(other[0], rel=1e-15)
            assert cell[1:] == other[1:]
        else:
            assert cell == other


@pytest.mark.parametrize("number", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_many_rows_read_back(tmp_path: Path, number: int) -> None:
    columns = columns_of(number)
    write_long(tmp_path / "ours.xlsx", columns)
    texts, numbers, integers, dates, flags = zip(
        *CalamineWorkbook.from_path(tmp_path / "ours.xlsx").get_sheet_by_index(0).to_python()[1:], strict=True
    )
    assert len(texts) == number
    want_texts = [clean_text(value, "") if isinstance(value, str) else "" for value in columns[0].values]
    assert list(texts) == want_texts
    got = np.array([np.nan if value == "" else value for value in numbers], dtype=float)
    np.testing.assert_array_equal(got, columns[1].values)
    np.testing.assert_array_equal(np.array(integers, dtype=float), columns[2].values)
    np.testing.assert_array_equal(np.array(dates, dtype="datetime64[D]"), columns[3].values)
    np.testing.assert_array_equal(np.array(flags), columns[4].values)


@pytest.mark.parametrize("number", [4_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_an_openpyxl_file_of_many_rows_holds_the_same(tmp_path: Path, number: int) -> None:
    columns = columns_of(number)[:2]
    write_long(tmp_path / "ours.xlsx", columns)
    write_with_openpyxl(tmp_path / "theirs.xlsx", columns)
    ours, theirs = (
        CalamineWorkbook.from_path(tmp_path / name).get_sheet_by_index(0).to_python()
        for name in ("ours.xlsx", "theirs.xlsx")
    )
    assert [row[0] for row in ours] == [row[0] for row in theirs]
    our, their = (np.array([row[1] or np.nan for row in rows[1:]], dtype=float) for rows in (ours, theirs))
    np.testing.assert_allclose(our, their, rtol=1e-15)


def test_calculated_columns_carry_their_values(tmp_path: Path) -> None:
    columns = (
        column("number", [10.0, None, 30.0], title="amount"),
        column("number", [4.0, float("nan"), 12.0], "=T[[#This Row],[amount]]*margin", title="value"),
        column("text", ["lågt", "", " høyt"], '=IF(T[[#This Row],[amount]]>20," høyt","")', title="word"),
    )
    cells = (Cell(1, 1, 0.4, PLAIN),)
    bulk = Bulk("T", 3, 1, columns, HEADER)
    write_book(Book("b", date(2024, 1, 1), (Sheet("S", cells, bulk=bulk),)), tmp_path / "c.xlsx")
    formulas = load_workbook(tmp_path / "c.xlsx")["S"]
    assert [formulas.cell(row, 2).value for row in (4, 5, 6)] == ["=T[[#This Row],[amount]]*margin"] * 3
    table = formulas.tables["T"]
    calculated = [part.calculatedColumnFormula for part in table.tableColumns]
    assert [part and part.attr_text for part in calculated] == [
        None,
        "T[[#This Row],[amount]]*margin",
        'IF(T[[#This Row],[amount]]>20," høyt","")',
    ]
    cached = load_workbook(tmp_path / "c.xlsx", data_only=True)["S"]
    assert [cached.cell(row, 2).value for row in (4, 5, 6)] == [4, "#N/A", 12]
    assert [cached.cell(row, 3).value for row in (4, 5, 6)] == ["lågt", None, " høyt"]


def test_a_table_without_rows_keeps_a_blank_one(tmp_path: Path) -> None:
    write_long(tmp_path / "empty.xlsx", (column("text", []), column("number", np.empty(0))))
    sheet = load_workbook(tmp_path / "empty.xlsx").worksheets[0]
    assert sheet.tables["Customers"].ref == "A1:B2"
    assert [cell.value for cell in sheet[1]] == ["text", "number"]


def test_headers_of_any_text_are_the_names_of_the_columns(tmp_path: Path) -> None:
    titles = ["last\norder", "_x0041_", "R&D <b>", "=1+1", " amount ", "a\x00b"]
    write_long(tmp_path / "titles.xlsx", tuple(column("number", [1.0], title=title) for title in titles))
    sheet = load_workbook(tmp_path / "titles.xlsx").worksheets[0]
    assert sheet.tables["Customers"].column_names == [clean_text(title, "") for title in titles]
    assert [unescape(cell.value) for cell in sheet[1]] == sheet.tables["Customers"].column_names


def test_days_in_a_row_are_days_in_a_row() -> None:
    start = date(2024, 2, 27)
    xml = rows_xml([column("date", [start + timedelta(days=number) for number in range(4)])])
    assert [f"<v>{serial}</v>" in xml for serial in range(45_349, 45_353)] == [True] * 4


def test_a_long_table_is_the_same_file_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for cores in (1, 2, 4):
        monkeypatch.setattr(package, "threads_at_most", lambda cores=cores: cores)
        write_long(tmp_path / f"{cores}.xlsx", columns_of(12_000))
        files.append((tmp_path / f"{cores}.xlsx").read_bytes())
    with zipfile.ZipFile(tmp_path / "1.xlsx") as archive:
        # so long that several blocks were there to be shared out
        assert archive.getinfo("xl/worksheets/sheet1.xml").file_size > 2 * 2**20
    assert files[1:] == files[:1] * 2


@pytest.mark.office
def test_a_table_compressed_in_blocks_opens_in_libreoffice(
    tmp_path: Path, soffice: Callable[..., Path]
) -> None:
    columns = columns_of(12_000)
    write_long(tmp_path / "ours.xlsx", columns)
    before, after = (
        CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[10:]
        for path in (tmp_path / "ours.xlsx", soffice(tmp_path / "ours.xlsx", "xlsx", tmp_path / "out"))
    )
    assert len(before) == len(after) == 12_000 - 9
    for position, each in enumerate(columns):
        ours, theirs = ([row[position] for row in rows] for rows in (before, after))
        if each.kind == "number":
            # LibreOffice keeps 15 digits
            assert [value or 0 for value in theirs] == pytest.approx(
                [value or 0 for value in ours], rel=1e-14
            )
        else:
            assert theirs == ours
