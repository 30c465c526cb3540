"""Workbooks with macros: buttons, the VBA project, the ribbon, and the parts that point to them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from clv_xl.errors import LimitError, UsageError
from clv_xl.workbook.macros import Macros, Module, procedures, read_module
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.package import Package
from clv_xl.workbook.sheet import Area, Axis, Book, Button, Cell, ChartArea, Series, Sheet, Style
from tests.office import ROOT
from tests.vba_reader import modules_of
from tests.workbook_lint import DRAWING, Workbook, buttons, code_names, faults, ribbon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAIN = (
    'Attribute VB_Name = "Main"\nOption Explicit\n\nPublic Sub Refresh()\n    MsgBox "Ås & <tag>"\nEnd Sub\n'
)
RIBBON_MODULE = """Attribute VB_Name = "Ribbon"
Option Explicit

Public Sub OnGo(control As IRibbonControl)
    Refresh
End Sub
"""
COUNTER = """VERSION 1.0 CLASS
BEGIN
  MultiUse = -1  'True
END
Attribute VB_Name = "Counter"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Option Explicit

Public Total As Long
"""
OPENED = (
    COUNTER.replace("Counter", "ThisWorkbook")
    .replace("PredeclaredId = False", "PredeclaredId = True")
    .replace("Public Total As Long", "Private Sub Workbook_Open()\n    Refresh\nEnd Sub")
)
RIBBON = (
    '<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui"><ribbon><tabs>'
    '<tab id="t" label="T"><group id="g" label="G"><button id="b" label="B" onAction="Ribbon.OnGo"/></group></tab>'
    "</tabs></ribbon></customUI>"
)
MODULES = (
    Module("Main", MAIN),
    Module("Ribbon", RIBBON_MODULE),
    Module("Counter", COUNTER, "class"),
    Module("ThisWorkbook", OPENED, "document"),
)
MACROS = Macros(MODULES, RIBBON)
BUTTON = Button(Area(2, 2, 3, 4), 'Refresh "now" & <then>', "Main.Refresh")


def book(*, charts: int = 1, button: Button = BUTTON) -> Book:
    values = Series("sold", "Both", Area(2, 1, 3, 1), Area(2, 1, 3, 1), "1D5FA6", (1.0, 2.0), (1.0, 2.0))
    chart = ChartArea("line", Area(5, 2, 9, 5), (values,), Axis(), Axis())
    cells = tuple(Cell(row, 1, row - 1, Style()) for row in (2, 3))
    return Book(
        "Buttons",
        date(2025, 1, 1),
        (
            Sheet(
                "Both", cells, charts=(chart,) * charts, buttons=(button, replace(button, caption="Again"))
            ),
            Sheet("Plain", (Cell(1, 1, "=text", Style(), note="a note"),)),
        ),
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "buttons.xlsm"
    write_book(book(), path, MACROS)
    return path


# --- buttons --------------------------------------------------------------------------------------------


def test_a_sheet_may_have_charts_and_buttons_in_one_drawing(written: Path) -> None:
    parts = Workbook.read(written)
    (drawing,) = parts.related(parts.sheets["Both"], "drawing")
    tree = parts.tree(drawing)
    frames, shapes = list(tree.iter(f"{DRAWING}graphicFrame")), list(tree.iter(f"{DRAWING}sp"))
    assert [shape.attrib["macro"] for shape in shapes] == ["[0]!Main.Refresh"] * 2
    assert len(frames) == 1
    ids = [item.attrib["id"] for item in tree.iter(f"{DRAWING}cNvPr")]
    assert len(set(ids)) == 3
    assert len(parts.related(drawing, "chart")) == 1
    assert not parts.related(parts.sheets["Plain"], "drawing")


def test_a_sheet_may_have_buttons_and_no_chart(tmp_path: Path) -> None:
    path = tmp_path / "buttons.xlsm"
    write_book(book(charts=0), path, MACROS)
    parts = Workbook.read(path)
    (drawing,) = parts.related(parts.sheets["Both"], "drawing")
    assert len(list(parts.tree(drawing).iter(f"{DRAWING}sp"))) == 2


def test_a_button_says_its_caption_and_stands_where_it_should(written: Path) -> None:
    parts = Workbook.read(written)
    (drawing,) = parts.related(parts.sheets["Both"], "drawing")
    anchor = next(item for item in parts.tree(drawing) if item.find(f"{DRAWING}sp") is not None)
    text = "".join(item.text or "" for item in anchor.iter() if item.tag.endswith("}t"))
    assert text == 'Refresh "now" & <then>'
    place = [
        int(anchor.findtext(f"{DRAWING}{corner}/{DRAWING}{axis}") or -1)
        for corner in ("from", "to")
        for axis in ("row", "col")
    ]
    # from the top left corner of B2 to that of E4, counted from 0: the cells B2:D3
    assert place == [1, 1, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        MAIN.replace("Public Sub", "Private Sub"),
        MAIN.replace("Refresh()", "Refresh(ByVal name As String)"),
        MAIN.replace("Refresh()", "Renew()"),
        MAIN.replace("Sub", "Function"),
    ],
    ids=["private", "with a parameter", "of another name", "a function"],
)
def test_a_button_whose_macro_cannot_be_run_is_refused(text: str, tmp_path: Path) -> None:
    macros = Macros((Module("Main", text),))
    with pytest.raises(ValueError, match=r"sheet Both, button .*: no module has a macro Main\.Refresh"):
        write_book(book(), tmp_path / "buttons.xlsm", macros)
    assert not list(tmp_path.iterdir())


def test_a_button_in_a_workbook_without_macros_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no module has a macro Main\.Refresh"):
        write_book(book(), tmp_path / "buttons.xlsx")


def test_a_button_beyond_the_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="sheet Both, button"):
        write_book(book(button=replace(BUTTON, area=Area(0, 1, 2, 2))), tmp_path / "buttons.xlsm", MACROS)


# --- modules --------------------------------------------------------------------------------------------


def test_another_reader_finds_exactly_the_modules(written: Path) -> None:
    found = modules_of(written)
    assert found["Main.bas"] == MAIN
    assert found["Ribbon.bas"] == RIBBON_MODULE
    assert found["Counter.cls"].endswith(COUNTER.partition("VB_Exposed = False\n")[2])
    assert found["ThisWorkbook.cls"].endswith(OPENED.partition("VB_Exposed = False\n")[2])
    assert "{00020819-0000-0000-C000-000000000046}" in found["ThisWorkbook.cls"]  # a workbook, to Excel
    # a sheet with code could not be copied into a workbook without macros
    for number in (1, 2):
        assert all(line.startswith("Attribute ") for line in found[f"Sheet{number}.cls"].splitlines())
    assert len(found) == 6


def test_every_sheet_has_its_module_and_every_callback_its_procedure(written: Path) -> None:
    parts = Workbook.read(written)
    assert (code_names(parts), buttons(parts), ribbon(parts), faults(written)) == ([], [], [], [])
    # the whole of each module's stream is source: nothing that Excel once compiled of another workbook
    assert parts.modules["Main"] == MAIN.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ((*MODULES, Module("main", MAIN)), "two modules are called Main"),
        ((*MODULES, Module("Sheet3", COUNTER, "document")), "module Sheet3 is a document one"),
        ((*MODULES, Module("Sheet2", MAIN)), "module Sheet2 is a standard one"),
    ],
)
def test_modules_that_contradict_each_other_or_the_sheets_are_refused(
    modules: tuple[Module, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        write_book(book(), tmp_path / "buttons.xlsm", Macros(modules, RIBBON))


def test_modules_are_read_from_what_the_editor_exports(tmp_path: Path) -> None:
    for name, text in (("main.bas", MAIN), ("counter.cls", COUNTER), ("opened.cls", OPENED)):
        (tmp_path / name).write_text(text, encoding="cp1252", newline="\r\n")
    assert read_module(tmp_path / "main.bas") == MODULES[0]
    assert read_module(tmp_path / "counter.cls") == MODULES[2]
    assert read_module(tmp_path / "opened.cls") == MODULES[3]
    (tmp_path / "bare.bas").write_text("Sub Main()\nEnd Sub\n")
    with pytest.raises(ValueError, match=r"bare\.bas has no line that says Attribute VB_Name"):
        read_module(tmp_path / "bare.bas")


def test_only_what_can_be_called_from_outside_counts_as_a_macro() -> None:
    text = (
        "Sub A()\nEnd Sub\nPublic Sub B(control As IRibbonControl)\nPrivate Sub C()\n'Sub D()\nFunction E()\n"
    )
    assert procedures(Module("M", text)) == {"A": "()", "B": "(control As IRibbonControl)"}


# --- the package ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("addin", "kind"), [(False, "sheet"), (True, "addin")])
def test_the_package_says_what_it_is(addin: bool, kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("book.xlam" if addin else "book.xlsm")
    write_book(book(), path, replace(MACROS, addin=addin))
    parts = Workbook.read(path)
    types = {item.attrib.get("PartName", item.attrib.get("Extension")): item.attrib["ContentType"]
             for item in parts.tree("[Content_Types].xml")}  # fmt: skip
    assert types["/xl/workbook.xml"] == f"application/vnd.ms-excel.{kind}.macroEnabled.main+xml"
    assert types["bin"] == "application/vnd.ms-office.vbaProject"
    assert parts.related("xl/workbook.xml", "vbaProject") == ["xl/vbaProject.bin"]
    assert parts.related("", "extensibility") == ["customUI/customUI.xml"]
    for part in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        ids = [item.attrib["Id"] for item in parts.tree(part)]
        assert len(set(ids)) == len(ids)


def test_a_workbook_with_macros_gets_a_name_under_which_excel_opens_it(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"book\.xlsx: Excel opens a workbook with macros only as \.xlsm or \.xlam"
    ):
        write_book(book(), tmp_path / "book.xlsx", MACROS)


def test_without_a_ribbon_there_is_no_part_for_it(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsm"
    write_book(book(), path, Macros(MODULES[:1]))
    assert not [name for name in Workbook.read(path).parts if "custom" in name]


def test_without_macros_a_workbook_has_no_trace_of_them(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    plain = book()
    write_book(replace(plain, sheets=tuple(replace(sheet, buttons=()) for sheet in plain.sheets)), path)
    parts = Workbook.read(path)
    assert not [name for name, content in parts.parts.items() if b"codeName" in content or "vba" in name]
    with zipfile.ZipFile(path) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_other_libraries_read_the_cells(written: Path) -> None:
    assert load_workbook(written)["Both"]["A3"].value == 2
    assert CalamineWorkbook.from_path(written).get_sheet_by_name("Plain").to_python() == [["=text"]]


WRITE = """
import sys
from tests.test_workbook_macros import MACROS, book
from clv_xl.workbook.openpyxl_writer import write_book
write_book(book(), sys.argv[1], MACROS)
"""


@pytest.mark.long
def test_the_same_text_gives_the_same_bytes_in_another_process_place_and_time(
    written: Path, tmp_path: Path
) -> None:
    content = written.read_bytes()
    for seed, zone in (("1", "Pacific/Kiritimati"), ("77", "America/Anchorage")):
        path = tmp_path / f"again {seed}.xlsm"
        subprocess.run(
            [sys.executable, "-c", WRITE, path],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        )
        assert path.read_bytes() == content
    with zipfile.ZipFile(written) as archive:
        # not every zlib packs alike
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_nothing_names_the_version_of_what_built_it(written: Path) -> None:
    assert not [name for name, content in Workbook.read(written).parts.items() if b"penpyxl" in content]


def test_who_cannot_build_is_told_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenvba", None)
    with pytest.raises(UsageError, match=r"built with pyOpenVBA.*pip install 'clv-xl\[template\]'"):
        write_book(book(), tmp_path / "buttons.xlsm", MACROS)
    assert not list(tmp_path.iterdir())


def test_only_a_part_that_is_there_can_be_rewritten() -> None:
    package = Package()
    package.writestr("a.xml", "one")
    package.rewrite("a.xml", lambda content: content + b" two")
    assert package.namelist() == ["a.xml"]
    with pytest.raises(KeyError, match=r"b\.xml"):
        package.rewrite("b.xml", lambda content: content)


# --- outside judges -------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("addin", [False, True])
def test_the_open_xml_sdk_accepts_it(
    addin: bool, tmp_path: Path, ooxml_validator: Callable[[Path], list[str]]
) -> None:
    path = tmp_path / ("book.xlam" if addin else "book.xlsm")
    write_book(book(), path, replace(MACROS, addin=addin))
    assert ooxml_validator(path) == []


@pytest.mark.office
def test_a_button_is_a_filled_shape_with_white_words(tmp_path: Path, soffice: Callable[..., Path]) -> None:
    draw = shutil.which("pdftoppm")
    if draw is None:
        pytest.skip("pdftoppm is not installed (Debian: apt install poppler-utils)")
    path = tmp_path / "book.xlsm"
    write_book(book(charts=0), path, MACROS)
    page = subprocess.run(
        [draw, "-r", "100", "-f", "1", "-l", "1", soffice(path, "pdf", tmp_path)],
        capture_output=True,
        check=True,
    ).stdout
    _, width, _, _ = page.split(maxsplit=4)[:4]
    pixels = page[-(len(page) // 3 * 3) :]
    columns = int(width)
    accent = [
        divmod(place // 3, columns)
        for place in range(0, len(pixels), 3)
        if pixels[place : place + 3] == bytes.fromhex("1D5FA6")
    ]
    rows = [row for row, _ in accent]
    middle = (min(rows) + max(rows)) // 2
    inside = [column for row, column in accent if row == middle]
    line = pixels[(middle * columns + min(inside)) * 3 : (middle * columns + max(inside)) * 3]
    assert len(accent) > 5_000
    assert b"\xff\xff\xff" in [line[place : place + 3] for place in range(0, len(line), 3)]
