"""A filled template, from a file and from an open workbook: the same inputs, and every wrong one told."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from clv_xl.errors import ClvXlError, InputError, UsageError
from clv_xl.metrics.segments import SegmentMap
from clv_xl.orders import GuardLimits, OrderRules, load_orders, rows_set_aside
from clv_xl.orders.filled import FilledInputs, inputs_from_sheets, read_filled
from clv_xl.orders.filled_map import segment_map_of_rows
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.parameters import Parameters
from clv_xl.workbook.shipped import TEMPLATE
from tests.filled import (
    CUSTOMER_HEADER,
    DEFAULT_MAP,
    ORDER_HEADER,
    live_values,
    parameter_cell,
    rewritten,
    template,
    with_formula,
    with_shared_strings,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.orders import Intake

DAY = dt.date(2024, 1, 5)
ORDERS: list[list[object]] = [
    ["a", DAY, 100.0, "1", None],
    ["b", dt.date(2024, 2, 6), 60.5, "2", None],
    ["a", dt.date(2024, 3, 7), 9.9, "3", None],
]
SPEND: list[list[object]] = [
    [dt.date(2024, 1, 1), "Ads", 50.0],
    ["2024-02", "Ads", "12,50"],
    ["Feb 2024", "Mail", 7],
    ["Total", None, 69.5],
]
OWN_MAP = [[f"own {r}{fm}" for fm in range(1, 6)] for r in range(5, 0, -1)]


def both(path: Path) -> FilledInputs:
    """Read a template both ways, and hold each to the other."""
    from_file = read_filled(path)
    sheets, names = live_values(path)
    live = inputs_from_sheets(sheets, names, path.name)
    assert [list(column) for column in live.orders.columns] == [
        list(column) for column in from_file.orders.columns
    ]
    assert live.orders.digest() == from_file.orders.digest()
    assert (live.orders.name, live.orders.where) == (from_file.orders.name, from_file.orders.where)
    for name in ("parameters", "spend", "customer_data", "notices", "segment_map"):
        assert getattr(live, name) == getattr(from_file, name), name
    return from_file


def both_refuse(path: Path, kind: type[ClvXlError] = InputError) -> str:
    """Return the message with which both ways refuse a template."""
    with pytest.raises(kind) as of_file:
        read_filled(path)
    sheets, names = live_values(path)
    with pytest.raises(kind) as of_live:
        inputs_from_sheets(sheets, names, path.name)
    assert str(of_live.value) == str(of_file.value)
    return str(of_file.value)


def taken_in(inputs: FilledInputs) -> tuple[Intake, list[tuple[Any, ...]], list[tuple[int, str]]]:
    """Read the orders of a template: the account, the rows that count, and those set aside."""
    with duckdb.connect(":memory:") as connection:
        intake = load_orders(connection, [inputs.orders])
        rows = connection.execute(
            "SELECT customer_id, day, amount, order_id, cost FROM order_rows"
        ).fetchall()
        aside = rows_set_aside(connection, intake)
    return intake, rows, [(row.row, row.reason) for row in aside]


# What is read


def test_a_complete_template(tmp_path: Path) -> None:
    path = template(
        tmp_path / "filled.xlsx",
        ORDERS,
        {
            "gross_margin": 0.4,
            "as_of": dt.date(2024, 12, 31),
            "currency": "SEK",
            "rfm_nested": True,
            "active_days": 90,
        },
        spend=SPEND,
        customers=[["a", "web", "SE", "Kettle"], ["b", None, "NO", None]],
        segment_map=OWN_MAP,
    )
    inputs = both(path)
    assert inputs.parameters == Parameters(
        gross_margin=0.4, as_of=dt.date(2024, 12, 31), currency="SEK", rfm_nested=True, active_days=90,
        segment_map=SegmentMap.from_rows([[f"own {r}{fm}" for fm in range(1, 6)] for r in range(1, 6)]),
    )  # fmt: skip
    assert inputs.segment_map is inputs.parameters.segment_map
    assert inputs.spend is not None
    assert [
        (line.place, line.month, line.channel, line.spend, line.reason) for line in inputs.spend.lines
    ] == [
        ("Spend!C2", dt.date(2024, 1, 1), "Ads", Decimal(50), ""),
        ("Spend!C3", dt.date(2024, 2, 1), "Ads", Decimal("12.5"), ""),
        ("Spend!C4", dt.date(2024, 2, 1), "Mail", Decimal(7), ""),
        ("Spend!A5", None, "", Decimal("69.5"), "bad_month"),
    ]
    assert inputs.spend.set_aside == inputs.spend.lines[3:]
    assert inputs.customer_data is not None
    assert inputs.customer_data.titles == ("channel", "country", "first_product")
    assert inputs.customer_data.values == {"a": ("web", "SE", "Kettle"), "b": ("", "NO", "")}
    assert inputs.notices == ()
    intake, rows, aside = taken_in(inputs)
    assert rows == [
        ("a", DAY, Decimal(100), "1", None),
        ("b", dt.date(2024, 2, 6), Decimal("60.5"), "2", None),
        ("a", dt.date(2024, 3, 7), Decimal("9.9"), "3", None),
    ]
    assert aside == []
    assert (intake.files[0].name, intake.files[0].kind, intake.files[0].sheet) == (
        "filled.xlsx",
        "cells",
        "Orders",
    )
    # nobody filled in a cost, so there is none: margin is not "amount less cost"
    assert set(intake.columns) == {"customer_id", "order_date", "amount", "order_id"}


def test_an_empty_template_is_one_with_orders_missing(tmp_path: Path) -> None:
    inputs = both(template(tmp_path / "filled.xlsx", []))
    assert (inputs.spend, inputs.customer_data, inputs.segment_map) == (None, None, None)
    assert inputs.parameters == Parameters()
    with pytest.raises(InputError) as error:
        taken_in(inputs)
    assert str(error.value) == (
        "filled.xlsx, sheet Orders has a header and no rows below it. Paste the orders there."
    )


def test_the_default_map_is_no_own_map_whatever_the_number_of_scores(tmp_path: Path) -> None:
    assert both(template(tmp_path / "a.xlsx", ORDERS, {"rfm_bins": 4})).segment_map is None
    blank = [[None] * 5 for _ in range(5)]
    assert both(template(tmp_path / "b.xlsx", ORDERS, segment_map=blank)).segment_map is None
    assert both(template(tmp_path / "c.xlsx", ORDERS, segment_map=None)).segment_map is None


def test_the_map_goes_by_its_titles_not_by_its_places(tmp_path: Path) -> None:
    def turned(book: Any) -> None:
        sheet = book["Segment map"]
        for row in sheet["B4:G9"]:
            for cell in row:
                cell.value = None
        for column, fm in enumerate((2, 1), start=5):
            sheet.cell(7, column, f"FM{fm}")
        for row, r in enumerate((1, 2), start=8):
            sheet.cell(row, 3, r)
            for column, fm in enumerate((2, 1), start=5):
                sheet.cell(row, column, f"r{r} fm{fm}")
        sheet["C11"] = "R 3 is not used"

    path = template(tmp_path / "filled.xlsx", ORDERS, {"rfm_bins": 2}, change=turned)
    found = both(path).segment_map
    assert found is not None
    assert found.names == (("r1 fm1", "r1 fm2"), ("r2 fm1", "r2 fm2"))


def test_a_pasted_export_keeps_its_own_headers(tmp_path: Path) -> None:
    """Fewer columns than the template has: two of its own headers are left over, and must not win."""
    pasted = [["17850", dt.date(2024, 1, 5), 12.5], ["17851", "06.01.2024", "1 250,50"]]

    def paste(book: Any) -> None:
        sheet = book["Orders"]
        for row, values in enumerate([["Kundnr", "Orderdatum", "Ordernr", "Belopp"], *pasted_rows], start=1):
            for column, value in enumerate(values, start=1):
                sheet.cell(row, column).value = value

    pasted_rows = [[one[0], one[1], f"K{at}", one[2]] for at, one in enumerate(pasted)]
    inputs = both(template(tmp_path / "filled.xlsx", [], change=paste))
    assert [column[0] for column in inputs.orders.columns] == [
        "Kundnr",
        "Orderdatum",
        "Ordernr",
        "Belopp",
        "cost",
    ]
    intake, rows, _ = taken_in(inputs)
    assert intake.columns == {
        "customer_id": "Kundnr", "order_date": "Orderdatum", "amount": "Belopp", "order_id": "Ordernr",
    }  # fmt: skip
    assert rows == [
        ("17850", dt.date(2024, 1, 5), Decimal("12.5"), "K0", None),
        ("17851", dt.date(2024, 1, 6), Decimal("1250.5"), "K1", None),
    ]


def test_an_export_pasted_beside_the_template_s_headers(tmp_path: Path) -> None:
    """The template's own columns stay empty; the names of the export's columns are less exact, and still win."""

    def paste(book: Any) -> None:
        for row, values in enumerate([["Kund", "Datum", "Summa"], ["17", DAY, 12.5]], start=1):
            for column, value in enumerate(values, start=7):
                book["Orders"].cell(row, column).value = value

    inputs = both(template(tmp_path / "filled.xlsx", [], change=paste))
    intake, rows, _ = taken_in(inputs)
    assert rows == [("17", DAY, Decimal("12.5"), "(row 2)", None)]
    assert intake.columns == {"customer_id": "Kund", "order_date": "Datum", "amount": "Summa"}
    assert intake.unused_columns == tuple(ORDER_HEADER)


def test_spend_and_customers_pasted_beside_the_template_s_headers(tmp_path: Path) -> None:
    def paste(book: Any) -> None:
        for title, rows in (
            ("Spend", [["Måned", "Utgift"], ["Jan 2024", 50]]),
            ("Customer data", [["Kunde", "By"], ["a", "Oslo"]]),
        ):
            for row, values in enumerate(rows, start=1):
                for column, value in enumerate(values, start=7):
                    book[title].cell(row, column).value = value

    inputs = both(template(tmp_path / "filled.xlsx", ORDERS, change=paste))
    assert inputs.spend is not None
    assert inputs.customer_data is not None
    assert [(line.place, line.spend) for line in inputs.spend.lines] == [("Spend!H2", 50)]
    assert (inputs.customer_data.titles, inputs.customer_data.values) == (("By",), {"a": ("Oslo",)})


def test_a_table_pasted_over_counts_as_far_as_it_reaches(tmp_path: Path) -> None:
    """The template's table ends where it ended; what is pasted below it counts all the same."""

    def paste(book: Any) -> None:
        for row in range(5, 9):
            for column, value in enumerate(["c", dt.date(2024, 4, row), float(row), str(row), None], start=1):
                book["Orders"].cell(row, column).value = value

    path = template(tmp_path / "filled.xlsx", ORDERS, change=paste)
    assert openpyxl.load_workbook(path)["Orders"].tables["Orders"].ref == "A1:E4"
    intake, rows, _ = taken_in(both(path))
    assert (intake.rows_read, [row[0] for row in rows]) == (7, ["a", "b", "a", "c", "c", "c", "c"])


def test_blank_rows_do_not_count_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows = [ORDERS[0], [None] * 5, ["", "", None, " ", None], ORDERS[1], ["c", "no day", 5, "9", None]]
    intake, used, aside = taken_in(both(template(tmp_path / "filled.xlsx", rows)))
    assert (intake.rows_read, len(used), aside) == (3, 2, [(6, "bad_date")])


def test_merged_cells_are_blank_but_the_first(tmp_path: Path) -> None:
    rows = [*ORDERS, [None, dt.date(2024, 5, 5), 5.0, "4", None]]
    path = template(tmp_path / "filled.xlsx", rows, change=lambda book: book["Orders"].merge_cells("A4:A5"))
    _, used, aside = taken_in(both(path))
    assert (len(used), aside) == (3, [(5, "missing_customer")])


def test_dates_as_texts_and_day_numbers(tmp_path: Path) -> None:
    days = [45296, 45296.5, "2024-01-05", "05.01.2024", dt.datetime(2024, 1, 5, 14, 30), "20240105"]  # noqa: DTZ001
    inputs = both(template(tmp_path / "filled.xlsx", [["a", day, 1.0, None, None] for day in days]))
    _, rows, aside = taken_in(inputs)
    assert ([row[1] for row in rows], aside) == ([DAY] * 6, [])


def test_a_book_that_counts_days_from_1904(tmp_path: Path) -> None:
    def old(book: Any) -> None:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    path = template(
        tmp_path / "filled.xlsx", ORDERS, {"as_of": dt.date(2024, 12, 31)}, spend=SPEND, change=old
    )
    inputs = both(path)
    assert inputs.parameters.as_of == dt.date(2024, 12, 31)
    assert [row[1] for row in taken_in(inputs)[1]] == [row[1] for row in ORDERS]


def test_formulas_count_with_their_stored_values(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": 0.4}, spend=SPEND)
    with_formula(path, "Orders", "C2", "50*2+1", 101)
    with_formula(path, "Parameters", parameter_cell("gross_margin"), "0.2+0.3", 0.5)
    with_formula(path, "Spend", "C2", "25*3", 75)
    inputs = both(path)
    assert inputs.parameters.gross_margin == 0.5
    assert inputs.spend is not None
    assert inputs.spend.lines[0].spend == 75
    assert taken_in(inputs)[1][0][2] == 101


@pytest.mark.parametrize(
    ("sheet", "address"),
    [("Orders", "C3"), ("Spend", "C2"), ("Parameters", parameter_cell("gross_margin"))],
)
def test_formulas_without_stored_values_are_told(tmp_path: Path, sheet: str, address: str) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": 0.4}, spend=SPEND)
    with_formula(path, sheet, address, "1/2", None)
    with pytest.raises(InputError) as error:
        read_filled(path)
    assert str(error.value) == (
        f"filled.xlsx: {sheet}!{address} holds a formula without a stored value: the workbook was saved by a program "
        "that computes nothing. Open it in Excel, save it, and try again."
    )


def test_formulas_elsewhere_are_nobody_s_business(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, change=lambda book: book["Summary"].append([1.5]))
    with_formula(path, "Summary", "A2", "1/2", None)
    assert read_filled(path).parameters == Parameters()


def test_a_formula_that_gives_an_empty_text_is_a_blank_cell(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS)
    filled = b'<row r="9"><c r="A9" t="str"><f>IF(1=2,"x","")</f><v></v></c></row></sheetData>'
    rewritten(
        path,
        lambda name, part: (
            part.replace(b"</sheetData>", filled) if name == "xl/worksheets/sheet2.xml" else part
        ),
    )
    assert taken_in(read_filled(path))[0].rows_read == 3


def test_macros_are_neither_needed_nor_run(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, spend=SPEND)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 no macro at all")
    macro = path.rename(tmp_path / "filled.xlsm")
    assert (
        read_filled(macro).spend == read_filled(template(tmp_path / "plain.xlsx", ORDERS, spend=SPEND)).spend
    )


def test_titles_of_sheets_may_be_in_other_capitals(tmp_path: Path) -> None:
    def rename(book: Any) -> None:
        for title, other in (("Orders", "ORDERS"), ("Customer data", "customer Data")):
            sheet = book[title]
            sheet.title = "by the way"  # openpyxl takes a title in other capitals for a second sheet
            sheet.title = other

    path = template(tmp_path / "filled.xlsx", ORDERS, customers=[["a", "web", None, None]], change=rename)
    inputs = both(path)
    assert inputs.customer_data is not None
    assert inputs.orders.cell(3, 2) == "ORDERS!C3"


def test_parameters_are_found_where_their_names_are(tmp_path: Path) -> None:
    """Somebody moved a cell and renamed the sheet: the names go with them, as Excel keeps them."""

    def move(book: Any) -> None:
        sheet = book["Parameters"]
        sheet.title = "Our numbers"
        for name in book.defined_names.values():
            name.attr_text = name.attr_text.replace("Parameters!", "'Our numbers'!")
        sheet["J2"] = 0.35
        book.defined_names["gross_margin"] = DefinedName("gross_margin", attr_text="'Our numbers'!$J$2")

    assert both(template(tmp_path / "filled.xlsx", ORDERS, change=move)).parameters.gross_margin == 0.35


def test_without_names_the_sheet_itself_tells(tmp_path: Path) -> None:
    def forget(book: Any) -> None:
        for name in list(book.defined_names):
            del book.defined_names[name]

    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": 0.3, "rfm_bins": 3}, change=forget)
    inputs = both(path)
    assert (inputs.parameters.gross_margin, inputs.parameters.rfm_bins) == (0.3, 3)


def test_a_name_that_points_at_nothing_falls_back_to_the_sheet(tmp_path: Path) -> None:
    def lose(book: Any) -> None:
        book.defined_names["gross_margin"] = DefinedName("gross_margin", attr_text="#REF!")

    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": 0.3}, change=lose)
    assert read_filled(path).parameters.gross_margin == 0.3


def test_a_deleted_parameter_has_its_default_and_that_is_told(tmp_path: Path) -> None:
    def delete(book: Any) -> None:
        for name in ("rfm_bins", "lifespan_years"):
            address = parameter_cell(name)
            del book.defined_names[name]
            for column in "BCDEF":
                book["Parameters"][f"{column}{address[1:]}"].value = None

    inputs = both(template(tmp_path / "filled.xlsx", ORDERS, change=delete))
    assert inputs.parameters == Parameters()
    assert inputs.notices == (
        "The workbook has no cell for the parameter lifespan_years: it is left blank.",
        "The workbook has no cell for the parameter rfm_bins: its default 5 is used.",
    )


def test_rates_beside_the_parameters(tmp_path: Path) -> None:
    def rates(book: Any) -> None:
        for row, (code, rate) in enumerate([("Currency", "Rate"), ("EUR", 11.5), ("NOK", 1)], start=40):
            book["Parameters"].cell(row, 2, code)
            book["Parameters"].cell(row, 3, rate)

    path = template(tmp_path / "filled.xlsx", ORDERS, {"currency": "SEK"}, change=rates)
    assert both(path).parameters.rates == {"EUR": 11.5, "NOK": 1.0}


# What is refused


def rename(sheet: str, title: str) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[sheet].title = title

    return change


def test_a_missing_or_renamed_sheet_of_orders(tmp_path: Path) -> None:
    path = template(tmp_path / "a.xlsx", ORDERS, change=rename("Orders", "Orders 2024"))
    assert both_refuse(path) == (
        'a.xlsx has no sheet "Orders". Did you mean "Orders 2024"? Name the sheet with the orders "Orders".'
    )
    path = template(tmp_path / "b.xlsx", ORDERS, change=lambda book: book.remove(book["Orders"]))
    assert both_refuse(path) == (
        'b.xlsx has no sheet "Orders". Sheets found: "Start", "Spend", "Customer data", "Parameters", "Segment map", '
        '"Functions", "Summary".'
    )


def test_a_workbook_that_is_no_template(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Orders"
    for row in (ORDER_HEADER, *ORDERS):
        book.active.append(row)
    book.save(tmp_path / "orders.xlsx")
    assert both_refuse(tmp_path / "orders.xlsx") == (
        'orders.xlsx has no sheet "Parameters" and no cell with the name of a parameter, so it is no filled template. '
        'Sheets found: "Orders". Paste the orders into a new template, or make the report from the orders alone: '
        "clv-xl report."
    )


def test_optional_sheets_may_be_missing_but_a_renamed_one_is_told(tmp_path: Path) -> None:
    def strip(book: Any) -> None:
        for title in ("Spend", "Customer data", "Segment map", "Start", "Functions"):
            book.remove(book[title])

    assert both(template(tmp_path / "a.xlsx", ORDERS, change=strip)).notices == ()
    path = template(tmp_path / "b.xlsx", ORDERS, spend=SPEND, change=rename("Spend", "Spendings"))
    inputs = both(path)
    assert inputs.spend is None
    assert inputs.notices == (
        'There is no sheet "Spend", so it is taken as not given. Did you mean "Spendings"?',
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("45 %", 'gross_margin is the text "45 %", but must be a number above 0 to 1. Type 0.45 or 45%, as'),
        ("0,45", 'gross_margin is the text "0,45", but must be a number above 0 to 1. Type 0.45, as'),
        (45, "gross_margin is 45.0, but must be a number above 0 to 1. For 45% write 0.45."),
        (dt.date(2024, 1, 5), "gross_margin is 2024-01-05 00:00:00, but must be a number above 0 to 1."),
    ],
)
def test_a_bad_parameter_names_its_cell(tmp_path: Path, value: object, said: str) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": value})
    cell = f"Parameters!{parameter_cell('gross_margin')}"
    assert both_refuse(path, UsageError).startswith(f"filled.xlsx: {cell}: {said}")


def test_a_parameter_that_shows_an_error(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": "#N/A"})
    assert "gross_margin shows the error #N/A, but must be" in both_refuse(path, UsageError)


def test_a_date_as_text_in_a_parameter(tmp_path: Path) -> None:
    assert both(template(tmp_path / "a.xlsx", ORDERS, {"as_of": "2024-12-31"})).parameters.as_of == dt.date(
        2024, 12, 31
    )
    path = template(tmp_path / "b.xlsx", ORDERS, {"as_of": "31/12/2024"})
    assert 'as_of is the text "31/12/2024", but must be a date such as' in both_refuse(path, UsageError)


def changed_map(row: int, column: int, name: object) -> list[list[object]]:
    made: list[list[object]] = [list(line) for line in OWN_MAP]
    made[row][column] = name
    return made


MAP_FAULTS = {
    "a hole": (
        changed_map(1, 2, None), {}, InputError,
        ("filled.xlsx: 'Segment map'!E6 (R 4, FM 3) has no segment. Give every cell of the map a name, or clear the "
        "whole map to use the default one."),
    ),
    "a number for a name": (
        changed_map(0, 0, 7), {}, InputError,
        "filled.xlsx: 'Segment map'!C5 (R 5, FM 1) is \"7\", which is a number. Give the name of a segment.",
    ),
    "another number of scores": (
        OWN_MAP, {"rfm_bins": 4}, UsageError,
        ("filled.xlsx: sheet Segment map: the segment map has 5 x 5 cells but rfm_bins is 4. Give a map of 4 rows with "
        "4 names each, or change rfm_bins."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("names", "parameters", "kind", "message"), MAP_FAULTS.values(), ids=MAP_FAULTS)
def test_a_map_that_does_not_hold(
    tmp_path: Path,
    names: list[list[object]],
    parameters: dict[str, object],
    kind: type[ClvXlError],
    message: str,
) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, parameters, segment_map=names)
    assert both_refuse(path, kind) == message


def at(address: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book["Segment map"][address].value = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            at("D4", "FM 1"),
            "filled.xlsx: 'Segment map'!D4: the title FM 1 stands at 'Segment map'!C4 already. Give",
        ),
        (
            at("B6", "R 5"),
            "filled.xlsx: 'Segment map'!B6: the title R 5 stands at 'Segment map'!B5 already. Give",
        ),
        (at("D4", "FM 0"), "filled.xlsx: 'Segment map'!D4: the title FM 0 is no score. Count from 1."),
        (
            at("D4", "FM 6"),
            (
                "filled.xlsx: the segment map has 5 rows and 5 columns, and no R 6. Give it as many rows as columns, "
                "titled R 1 to R 6 and FM 1 to FM 6."
            ),
        ),
        (
            at("B9", None),
            "filled.xlsx: the segment map has 4 rows and 5 columns, and no R 1. Give it as many rows as columns,",
        ),
        (
            at("B5", "Best"),
            "filled.xlsx, sheet Segment map: there is no row with the title R 1, R 2 and so on below",
        ),
    ],
)
@pytest.mark.one_in(3)
def test_a_map_whose_titles_do_not_hold(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, segment_map=OWN_MAP, change=change)
    assert both_refuse(path).startswith(message)


@pytest.mark.parametrize(
    ("others", "first"),
    [(("Bäst", "Bra", "Risk"), "Nya"), (("Toppkunder", "Lojala", "Bäst"), "New")],
    ids=["of other segments", "of the default ones"],
)
def test_a_name_of_a_map_of_ones_own_stays(others: tuple[str, ...], first: str) -> None:
    """In a Swedish template that was edited the default segments are known; in a map of other segments none is."""
    best, good, risk = others
    table = [["", "FM 1", "FM 2"], ["R 2", "Nya", best], ["R 1", risk, good]]
    found, _ = segment_map_of_rows(SheetRows.of_values(table, "Segment map"))
    assert found is not None
    assert found.names[1][0] == first


def test_a_map_without_titles(tmp_path: Path) -> None:
    def strip(book: Any) -> None:
        for cell in book["Segment map"][4]:
            cell.value = None

    path = template(tmp_path / "filled.xlsx", ORDERS, segment_map=OWN_MAP, change=strip)
    assert both_refuse(path) == (
        "filled.xlsx, sheet Segment map: there is no row with the titles FM 1, FM 2 and so on. Lay the map out with "
        "these titles above its columns, and R 1, R 2 and so on before its rows."
    )


def test_a_name_that_looks_like_a_slip_is_told_and_kept(tmp_path: Path) -> None:
    names: list[list[object]] = [list(row) for row in DEFAULT_MAP]
    names[0][4], names[0][3] = "Champoins", "Our VIPs"
    inputs = both(template(tmp_path / "filled.xlsx", ORDERS, segment_map=names))
    assert inputs.segment_map is not None
    assert inputs.segment_map.segment(5, 5) == "Champoins"
    assert inputs.notices == (
        'The segment map has a segment of its own, "Champoins". Did you mean "Champions"?',
    )


def test_a_sheet_of_spend_without_its_columns(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, spend=SPEND, spend_header=["When", "Where", "How much"])
    assert both_refuse(path) == (
        'filled.xlsx, sheet Spend: no column for month and spend in row 1. Columns found: "When", "Where", "How much". '
        "Rename the header, for instance to month."
    )


def test_spend_that_can_be_read_in_two_ways(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS, spend=[["2024-01", "Ads", "1,234"]])
    message = both_refuse(path)
    assert message.startswith(
        'filled.xlsx, sheet Spend: column "spend" can be read in two ways: "1,234" is 1234 or'
    )
    assert "--" not in message


def test_customer_data_without_an_id(tmp_path: Path) -> None:
    path = template(
        tmp_path / "filled.xlsx",
        ORDERS,
        customers=[["a", "b", "c", "d"]],
        customer_header=["Name", *CUSTOMER_HEADER[1:]],
    )
    assert both_refuse(path).startswith(
        'filled.xlsx, sheet Customer data: no column for customer_id in row 1. Columns found: "Name", "channel", '
    )


# What the orders themselves refuse comes with advice for a workbook

ORDER_FAULTS = {
    "no headers that are known": (
        ["x", "y", "z", None, None], [["a", DAY, 1.0]],
        ('filled.xlsx, sheet Orders: No column for customer_id, order_date and amount. Columns found: "x", "y", '
        '"z". Rename the headers of these columns, for instance to customer_id.'),
    ),
    "two amounts": (
        ["customer_id", "order_date", "Netto", "Total", None], [["a", DAY, 1.0, 2.0]],
        ('filled.xlsx, sheet Orders: The columns "Netto" and "Total" could both be amount. Clear the header of the one '
        "that it is not."),
    ),
    "dates in two ways": (
        ORDER_HEADER, [["a", "01/02/2024", 1.0]],
        ('filled.xlsx, sheet Orders: column "order_date" can be read in two ways: in "01/02/2024" either number may be '
        "the day. Turn the texts into dates in Excel (Data, Text to Columns), or write them as 2025-12-31."),
    ),
    "dates with the day first and last": (
        ORDER_HEADER, [["a", "13/02/2024", 1.0], ["a", "02/13/2024", 1.0]],
        ('filled.xlsx, sheet Orders: column "order_date" has dates with the day first ("13/02/2024", 1 row) and with '
        'the month first ("02/13/2024", 1 row). Turn the texts into dates in Excel (Data, Text to Columns), or write '
        "them as 2025-12-31."),
    ),
    "years of two digits": (
        ORDER_HEADER, [["a", "13.02.24", 1.0]],
        ('filled.xlsx, sheet Orders: column "order_date" has years of two digits ("13.02.24"). Turn the texts into '
        "dates in Excel (Data, Text to Columns), or write them as 2025-12-31."),
    ),
    "amounts in two ways": (
        ORDER_HEADER, [["a", DAY, "1,234"]],
        ('filled.xlsx, sheet Orders: column "amount" can be read in two ways: "1,234" is 1234 or 1.234. Turn the texts '
        "into numbers."),
    ),
    "a placeholder for never": (
        ORDER_HEADER, [["a", DAY, 1.0], ["b", dt.date(9999, 12, 31), 1.0]],
        ("filled.xlsx, sheet Orders: the newest order is of 9999-12-31, the one before of 2024-01-05. Everything is "
        "measured on the newest date, so that must be a real one. Correct it, or set as_of on the Parameters sheet to "
        "2024-01-05: orders after that day are then set aside."),
    ),
    "no usable amount": (
        ORDER_HEADER, [[None] * 5, ["a", DAY, "ten", None, None]],
        ('filled.xlsx, sheet Orders: the only row is not a usable order. Orders!C3: customer "a", '
        'date "2024-01-05 00:00:00", amount "ten": the amount is not a number. Check the headers of the columns, and '
        "that the dates and amounts are dates and numbers."),
    ),
    "no usable date": (
        ORDER_HEADER, [["a", "soon", 5.0, None, None]],
        ('filled.xlsx, sheet Orders: the only row is not a usable order. Orders!B2: customer "a", date '
        '"soon", amount "5": no date, or a text that is not a date. Check the headers of the columns, and that the '
        "dates and amounts are dates and numbers."),
    ),
    "several currencies": (
        ORDER_HEADER, [["a", DAY, "10 EUR", None, None], ["a", DAY, "10 SEK", None, None]],
        ("filled.xlsx, sheet Orders: the amounts are in EUR (1 row), SEK (1 row). Keep the rows of one currency, or "
        "give the currency on the Parameters sheet, and the rates below it under Currency and Rate: "
        "what one SEK is in EUR."),
    ),
}  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("header", "rows", "message"), ORDER_FAULTS.values(), ids=ORDER_FAULTS)
def test_unusable_orders_are_told_in_words_for_a_workbook(
    tmp_path: Path, header: list[object], rows: list[list[object]], message: str
) -> None:
    inputs = both(template(tmp_path / "filled.xlsx", rows, order_header=header))
    with pytest.raises(InputError) as error:
        taken_in(inputs)
    assert str(error.value) == message


def test_a_warning_speaks_of_the_parameter_sheet_too(tmp_path: Path) -> None:
    rows = [*ORDERS, ["b", dt.date(2027, 1, 1), 1.0, "9", None]]
    intake, _, _ = taken_in(both(template(tmp_path / "filled.xlsx", rows)))
    [late] = [warning.text for warning in intake.warnings if warning.code == "late_date"]
    assert late == (
        "The newest order is of 2027-01-01, the one before of 2024-03-07. If 2027-01-01 is a typing error, correct "
        "it or set as_of on the Parameters sheet to 2024-03-07: everything is measured on the newest date."
    )


NOTED: dict[str, tuple[list[object], list[list[object]], dict[str, object], str]] = {
    "VAT inside": (
        ["Kund", "Datum", "Belopp inkl moms"], [["a", DAY, 1.0]], {},
        "To take it out: Amounts include VAT = yes on the Parameters sheet, with your own VAT rate below it.",
    ),
    "VAT outside": (
        ["Kund", "Datum", "Belopp exkl moms"], [["a", DAY, 1.0]], {"amounts_include_vat": True},
        "To leave them: Amounts include VAT = no on the Parameters sheet.",
    ),
    "an unknown status": (
        ["customer_id", "order_date", "amount", "status"], [["a", DAY, 1.0, "Kreditfaktura skapad"]], {},
        "Completed in its place confirms that; else write Cancelled (or Unpaid, Refunded, Test).",
    ),
    "partly refunded": (
        ["customer_id", "order_date", "amount", "status"], [["a", DAY, 1.0, "partially_refunded"]], {},
        "no column says how much (if one does, name its header Refunded). It counts in full.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("header", "rows", "parameters", "advice"), NOTED.values(), ids=NOTED)
@pytest.mark.one_in(3)
def test_no_note_of_a_workbook_names_an_option_of_the_command_line(
    tmp_path: Path,
    header: list[object],
    rows: list[list[object]],
    parameters: dict[str, object],
    advice: str,
) -> None:
    inputs = both(template(tmp_path / "filled.xlsx", rows, parameters, order_header=header))
    rules = OrderRules(amounts_include_vat=inputs.parameters.amounts_include_vat)
    with duckdb.connect(":memory:") as connection:
        intake = load_orders(connection, [inputs.orders], parameters=rules)
    told = [warning.text for warning in intake.warnings]
    assert any(text.endswith(advice) for text in told), told
    assert not [text for text in told if "--" in text]


def test_a_value_beside_a_name_that_is_none_is_told(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS)
    book = openpyxl.load_workbook(path)
    sheet = book["Parameters"]
    (at,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "gross_margin")
    last = max(cell.row for cell in sheet[at.column_letter] if cell.value)
    sheet.cell(last + 1, at.column, "acquisiton_cost")
    value = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Value")
    sheet.cell(last + 1, value.column, 150)
    book.save(path)
    assert (
        f'Parameters!{at.column_letter}{last + 1}: there is no parameter "acquisiton_cost", so the value beside it is '
        'not used. Did you mean "acquisition_cost"?'
    ) in both(path).notices


def test_a_report_is_told_from_a_template(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("Summary", "Data quality", "Method"):
        book.create_sheet(title)
    book.save(tmp_path / "report.xlsx")
    with pytest.raises(
        InputError, match=r"^report\.xlsx is a report: .* Refresh the template that it came from, or "
    ):
        read_filled(tmp_path / "report.xlsx")


def test_a_template_whose_orders_were_renamed_is_no_report(tmp_path: Path) -> None:
    """It has the pages of a report, too: what helps is the name of the sheet."""
    book = openpyxl.load_workbook(TEMPLATE)
    book["Orders"].title = "Ordersrows"
    book.save(tmp_path / "mine.xlsx")
    with pytest.raises(InputError, match=r'^mine\.xlsx has no sheet "Orders"\. Did you mean "Ordersrows"\?'):
        read_filled(tmp_path / "mine.xlsx")


def test_a_live_workbook_without_a_name_says_sheet(tmp_path: Path) -> None:
    sheets, names = live_values(
        template(tmp_path / "filled.xlsx", [["a", "soon", 5.0, None, None]], spend=SPEND)
    )
    with pytest.raises(InputError, match=r"^sheet Orders: the only row is not a usable order\. Orders!B2: "):
        taken_in(inputs_from_sheets(sheets, names))
    names["gross_margin"] = "x"
    with pytest.raises(UsageError, match=r'^Parameters!C6: gross_margin is the text "x"'):
        inputs_from_sheets(sheets, names)
    del sheets["Parameters"]
    with pytest.raises(UsageError, match=r'^Parameters: gross_margin is the text "x"'):
        inputs_from_sheets(sheets, names)


# Files that are no workbook, or a hostile one


def test_the_guard_stands_before_every_reader(tmp_path: Path) -> None:
    path = template(tmp_path / "filled.xlsx", ORDERS)
    with pytest.raises(InputError, match="parts inside; at most 3 are accepted"):
        read_filled(path, GuardLimits(parts=3))
    text = tmp_path / "orders.csv"
    text.write_text("customer_id,order_date,amount\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_filled(text)
    assert str(error.value) == (
        "orders.csv is not an Excel workbook (.xlsx or .xlsm). Save it as one in Excel first."
    )
    with pytest.raises(InputError, match=r"gone\.xlsx does not exist"):
        read_filled(tmp_path / "gone.xlsx")
    with pytest.raises(InputError, match="is a folder"):
        read_filled(tmp_path)


MUTATIONS = {
    "no relation": ("xl/workbook.xml", b'r:id="rId2"', b'r:id="rId99"'),
    "broken workbook": ("xl/workbook.xml", b"</workbook>", b"<"),
    "broken sheet": ("xl/worksheets/sheet5.xml", b"</row>", b"</raw>"),
    "a row that is no number": ("xl/worksheets/sheet5.xml", b'<row r="6"', b'<row r="six"'),
    "a text that is not there": ("xl/worksheets/sheet5.xml", b't="s"><v>', b't="s"><v>9'),
    "a number that is none": ("xl/worksheets/sheet5.xml", b"<v>0.25</v>", b"<v>0.2.5</v>"),
    "no styles": ("xl/styles.xml", b'numFmtId="0"', b'numFmtId="none"'),
}


@pytest.mark.parametrize(("part", "old", "new"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_mutated_workbook_is_told_not_a_crash(tmp_path: Path, part: str, old: bytes, new: bytes) -> None:
    def mutate(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        assert old in content
        return content.replace(old, new)

    path = rewritten(with_shared_strings(template(tmp_path / "filled.xlsx", ORDERS)), mutate)
    with pytest.raises(InputError, match=r"^filled\.xlsx cannot be read as a workbook \("):
        read_filled(path)


# Files as other programs write them


def test_texts_in_a_part_of_their_own(tmp_path: Path) -> None:
    """As Excel writes them, with formats inside a text and a reading aid that is no part of it."""
    made = {
        "parameters": {"currency": "kr & öre", "refunds": "ignore"},
        "spend": SPEND,
        "customers": [["a", "web", "SE", "Kettle"]],
        "segment_map": OWN_MAP,
    }
    plain = both(template(tmp_path / "plain.xlsx", ORDERS, **made))
    shared = both(with_shared_strings(template(tmp_path / "shared.xlsx", ORDERS, **made)))
    assert b"inlineStr" not in zipfile.ZipFile(tmp_path / "shared.xlsx").read("xl/worksheets/sheet5.xml")
    assert shared.orders.digest() == plain.orders.digest()
    assert shared.parameters == plain.parameters
    assert (shared.parameters.currency, shared.spend, shared.customer_data) == (
        "kr & öre",
        plain.spend,
        plain.customer_data,
    )


def test_a_blank_text_before_the_headers_shifts_no_column(tmp_path: Path) -> None:
    def blank(book: Any) -> None:
        book["Orders"]["C2"] = "ten"
        book["Orders"].insert_cols(1)
        book["Orders"]["A1"] = " "

    path = with_shared_strings(template(tmp_path / "filled.xlsx", ORDERS[:1], change=blank))
    rewritten(
        path,
        lambda name, part: part.replace(b">\x20<", b"><") if name.endswith("sharedStrings.xml") else part,
    )
    with pytest.raises(InputError, match=r" Orders!D2: customer \"a\""):
        taken_in(read_filled(path))


def test_a_name_space_with_a_prefix(tmp_path: Path) -> None:
    def prefixed(name: str, content: bytes) -> bytes:
        if not name.startswith(("xl/worksheets/sheet", "xl/workbook.xml", "xl/styles.xml")):
            return content
        return re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", content).replace(b" xmlns=", b" xmlns:x=")

    parameters = {"as_of": dt.date(2024, 12, 31), "gross_margin": 0.25}
    path = rewritten(template(tmp_path / "filled.xlsx", ORDERS, parameters, spend=SPEND), prefixed)
    inputs = read_filled(path)
    assert inputs.parameters == Parameters(as_of=dt.date(2024, 12, 31), gross_margin=0.25)
    assert taken_in(inputs)[0].rows_read == 3
    with_formula(template(path, ORDERS), "Orders", "C3", "1+1", None)
    with pytest.raises(InputError, match="Orders!C3 holds a formula without a stored value"):
        read_filled(rewritten(path, prefixed))


@pytest.mark.office
def test_a_template_that_libreoffice_has_saved(tmp_path: Path, soffice: Callable[..., Path]) -> None:
    made = template(
        tmp_path / "filled.xlsx", ORDERS, {"as_of": dt.date(2024, 12, 31), "gross_margin": 0.4, "rfm_nested": True},
        spend=SPEND, customers=[["a", "web", "SE", "Kettle"]], segment_map=OWN_MAP,
    )  # fmt: skip
    (tmp_path / "saved").mkdir()
    saved = soffice(made, "xlsx", tmp_path / "saved")
    before, after = read_filled(made), read_filled(saved)
    assert after.orders.digest() == before.orders.digest()
    assert (after.parameters, after.spend, after.customer_data) == (
        before.parameters,
        before.spend,
        before.customer_data,
    )


def test_names_of_a_segment_map_that_differ_in_capitals_only_are_refused() -> None:
    table = [["", "FM 1", "FM 2"], ["R 2", "VIP", "Gone"], ["R 1", "vip", "Lost"]]
    with pytest.raises(
        InputError, match=r'Map: The segment map has "vip" and "VIP", which Excel takes for one'
    ):
        segment_map_of_rows(SheetRows.of_values(table, "Map"))
