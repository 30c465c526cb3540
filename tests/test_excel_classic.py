"""Classic xlwings: what Excel on Windows would run, in xlwings' own Windows code, and our VBA in LibreOffice.

A simulated host: pywin32 is a stand-in (``tests/excel_hosts/pywin32_stub.py``). What only a real Excel can show,
such as COM itself, stands in ``docs/excel-checklist.md``.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from clv_xl.errors import UsageError
from clv_xl.excel import vba
from clv_xl.excel.registry import CATEGORY, TOKEN_MARK, functions
from tests.excel_hosts.basic import Basic
from tests.excel_hosts.classic import ClassicExcel
from tests.excel_hosts.sheet import Err, column, day, row
from tests.excel_hosts.write_vba import FOLDER, generated
from tests.office import ROOT, find_libreoffice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A line of VBA, and how often it may go on in the next one.
LONGEST_LINE, MOST_CONTINUATIONS = 1023, 24


@pytest.fixture(scope="module")
def excel() -> Iterator[ClassicExcel]:
    with ClassicExcel() as program:
        yield program


@pytest.fixture(scope="module")
def modules(excel: ClassicExcel) -> dict[str, str]:
    return {"ClvCells.bas": (FOLDER / "ClvCells.bas").read_text(encoding="ascii"), **generated(excel)}


# --- in a cell ------------------------------------------------------------------------------------------


def test_the_example_of_the_readme_is_in_a_cell(excel: ClassicExcel) -> None:
    assert excel("CLV", 800, 3, 6) == 14_400


def test_every_function_of_the_registry_is_there(excel: ClassicExcel) -> None:
    names = re.findall(r"^Function (\w+)\(", excel.generated_vba(), flags=re.MULTILINE)
    assert names == sorted(function.name for function in functions())


def test_an_error_carries_its_reason(excel: ClassicExcel) -> None:
    assert excel("CLV", 800, 3, 6, 40) == Err("#NUM!")
    assert excel.reason == "gross_margin is 40, but it must be more than 0 and at most 1. Write 40% as 0.4."
    assert excel.raw("CLV", 800, 3, 6, 40) == f"{TOKEN_MARK}#NUM!{TOKEN_MARK}{excel.reason}"


def test_an_error_within_a_table_is_only_marked(excel: ClassicExcel) -> None:
    values = column(800, None, 900)
    assert excel.raw("CLV", values, 3, 6) == [[14_400.0], [f"{TOKEN_MARK}#N/A"], [16_200.0]]
    assert excel("CLV", values, 3, 6) == [[14_400.0], [Err("#N/A")], [16_200.0]]


def test_a_result_of_one_row_is_a_row(excel: ClassicExcel) -> None:
    # xlwings hands Excel such a table as a plain list, not as a list of rows.
    assert excel.raw("CLV", row(800, None, 900), 3, 6) == [14_400.0, f"{TOKEN_MARK}#N/A", 16_200.0]
    assert excel("CLV", row(800, None, 900), 3, 6) == [[14_400.0, Err("#N/A"), 16_200.0]]


def test_no_id_can_be_taken_for_an_error(excel: ClassicExcel) -> None:
    forged = column(f"{TOKEN_MARK}#NUM", f"{TOKEN_MARK}Ann")
    customers = excel("CLV_CUSTOMERS", forged, column(day("2024-01-02"), day("2024-02-03")), column(10, 20))
    assert sorted(line[0] for line in customers[1:]) == ["#NUM", "Ann"]


def test_amounts_in_a_currency_format_are_numbers(excel: ClassicExcel) -> None:
    # pywin32 hands over such cells as Decimal.
    amounts = column("Amount", Decimal("10.50"), Decimal(20), 30.5)
    assert excel("AOV", amounts) == pytest.approx(61 / 3)
    days = column("Date", *[day("2024-01-02")] * 3)
    assert excel("CLV_CUSTOMERS", column("Id", *"AAB"), days, amounts)[1][4] == 30.5


def test_a_plain_import_changes_nothing() -> None:
    # Where xlwings has no Windows path the module still imports, and the functions are there, undecorated.
    script = "import clv_xl.excel.classic as module; print(module.CLV(800, 3, 6), hasattr(module.CLV, '__xlfunc__'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["14400.0", "False"]


# --- the generated modules of VBA -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ClvFunctions.bas", "ClvHelp.bas"])
def test_the_committed_vba_is_what_is_generated(modules: dict[str, str], name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="ascii")
    assert committed == modules[name], "Run: .venv/bin/python -m tests.excel_hosts.write_vba"


def test_the_folder_holds_what_the_add_in_is_built_of_and_nothing_else(modules: dict[str, str]) -> None:
    by_hand = {"ClvMain.bas", "ClvPython.bas", "ClvRibbon.bas", "ThisWorkbook.cls", "ribbon.xml"}
    assert {path.name for path in FOLDER.iterdir()} == set(modules) | by_hand


def test_a_wrapper_hands_over_arguments_and_makes_errors_real(modules: dict[str, str]) -> None:
    found = re.search(
        r"^Function CAC\(.*?^End Function$", modules["ClvFunctions.bas"], re.DOTALL | re.MULTILINE
    )
    assert found
    assert found[0].splitlines() == [
        "Function CAC(spend, new_customers)",
        '    #If App = "Microsoft Excel" Then',
        "        If TypeOf Application.Caller Is Range Then On Error GoTo failed",
        "        ClvRowsInUse spend, new_customers",
        (
            '        CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC", '
            "Array(spend, new_customers), ActiveWorkbook, Application.Caller))"
        ),
        "        Exit Function",
        "    #Else",
        "        ClvRowsInUse spend, new_customers",
        '        CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC", Array(spend, new_customers)))',
        "        Exit Function",
        "    #End If",
        "failed:",
        "    CAC = ClvFailure(Err.Description)",
        "End Function",
    ]


def test_a_wrapper_has_the_parameters_of_the_registry(modules: dict[str, str]) -> None:
    for function in functions():
        expected = ", ".join(
            name if item.default is inspect.Parameter.empty else f"Optional {name}"
            for name, item in function.signature.parameters.items()
        )
        found = re.search(rf"^Function {function.name}\((.*)\)$", modules["ClvFunctions.bas"], re.MULTILINE)
        assert found
        assert found[1].lower() == expected.lower()


def test_a_parameter_is_spelled_like_the_function_of_its_name(modules: dict[str, str]) -> None:
    # The editor of VBA knows one spelling of a name: with a parameter "clv" first, Excel would offer =clv().
    names = {function.name for function in functions()}
    words = set(re.findall(r"\w+", modules["ClvFunctions.bas"]))
    assert not {word for word in words if word.upper() in names and word not in names}
    assert "Function CAC_MAX(CLV, Optional target_ratio)" in modules["ClvFunctions.bas"]


def test_no_line_is_too_long_for_vba(modules: dict[str, str]) -> None:
    for name, text in modules.items():
        assert max(map(len, text.splitlines())) <= LONGEST_LINE, name
        continued = [len(block.splitlines()) for block in re.findall(r"(?:.* _\n)+", text)]
        assert max(continued, default=0) <= MOST_CONTINUATIONS, name


def test_the_help_of_excel_is_that_of_the_registry(modules: dict[str, str]) -> None:
    text = modules["ClvHelp.bas"]
    assert f'Category:="{CATEGORY}"' in text
    for function in functions():
        found = re.search(
            rf'    Describe "{function.name}"(.*?\))\n(?:    Describe|End Sub)', text, re.DOTALL
        )
        assert found
        shown = [
            item.replace('""', '"')
            for item in re.findall(r'^ +(?:Array\()?"(.*)"[,)]', found[1], re.MULTILINE)
        ]
        assert shown == [function.help, *(item.help for item in function.arguments)]


def test_quotes_and_other_alphabets_survive_in_help() -> None:
    assert vba._quoted('say "now"') == '"say ""now"""'
    assert vba._quoted("5 € … ok") == '"5 " & ChrW$(8364) & " " & ChrW$(8230) & " ok"'
    assert vba._quoted("") == '""'


def test_another_form_of_wrapper_is_refused() -> None:
    with pytest.raises(UsageError, match="The wrapper of CAC has not a call as expected"):
        vba.wrappers("Function CAC(spend)\n    CAC = Something(spend)\nfailed:\n    CAC = Err.Description\n")
    with pytest.raises(UsageError, match="The wrapper of CAC has not an end as expected"):
        vba.wrappers('Function CAC(spend)\n    CAC = XLPy.CallUDF("m", "CAC", Array(spend))\nEnd Function\n')


def test_functions_that_spill_rest_in_the_function_wizard(modules: dict[str, str]) -> None:
    blocks = modules["ClvFunctions.bas"].split("End Function")
    resting = {re.findall(r"Function (\w+)\(", block)[0] for block in blocks if "CommandBars" in block}
    assert resting == {function.name for function in functions() if function.spills}


@pytest.mark.long
def test_an_analyser_of_vba_finds_no_fault(modules: dict[str, str], tmp_path: Path) -> None:
    if importlib.util.find_spec("pyvbaanalysis") is None:
        pytest.skip("pyvbaanalysis is not installed (pip install '.[test]')")
    spec = importlib.util.find_spec("xlwings")
    assert spec
    assert spec.origin
    for name, text in modules.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    # The wrappers call what xlwings brings into every add-in.
    theirs = (ROOT / spec.origin).with_name("xlwings_custom_addin.bas")
    (tmp_path / theirs.name).write_bytes(theirs.read_bytes())
    command = [sys.executable, "-m", "pyvbaanalysis", "--whole-project", "--fail-level", "information"]
    only = [option for name in modules for option in ("--only", name.removesuffix(".bas"))]
    done = subprocess.run([*command, *only, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1].strip()) == (0, "(no diagnostics)"), done.stdout


# --- our VBA, run by LibreOffice ------------------------------------------------------------------------

CHECK = """Option Explicit
Dim asked As String

Sub Main()
    On Error GoTo failed
    Open "{output}" For Output As #1
    Dim mark As String
    mark = ChrW$(57344)
    {body}
    Close #1
    StarDesktop.terminate
    Exit Sub
failed:
    Print #1, "failed: " & Error$
    Close #1
    StarDesktop.terminate
End Sub

Sub Show(shown)
    If IsError(shown) Then
        Print #1, "error " & CStr(shown)
    Else
        Print #1, TypeName(shown) & " " & CStr(shown)
    End If
End Sub

Function CallUDF(module, name, arguments, Optional book, Optional caller)
    Dim index
    Dim line As String
    line = name
    For index = LBound(arguments) To UBound(arguments)
        If IsMissing(arguments(index)) Then
            line = line & " missing"
        Else
            line = line & " " & CStr(arguments(index))
        End If
    Next index
    Print #1, line
    If name = "CAC" Then CallUDF = ChrW$(57344) & "#N/A" & ChrW$(57344) & "no new customer"
    If name = "CLV" Then CallUDF = 14400
    If name = "AOV" Then Err.Raise 1000, "", "Python is not there"
End Function
"""


@pytest.fixture(scope="module")
def basic(tmp_path_factory: pytest.TempPathFactory) -> Basic:
    program = find_libreoffice()
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc)")
    return Basic(program, tmp_path_factory.mktemp("basic"))


@pytest.mark.office
def test_vba_makes_marked_errors_real_alone_and_in_tables(basic: Basic, tmp_path: Path) -> None:
    body = """
    Show ClvAnswer(14400#)
    Show ClvAnswer("Champions")
    Show ClvAnswer("#N/A")
    Show ClvAnswer(True)
    Show ClvAnswer("")
    Show ClvAnswer(mark & "#N/A" & mark & "There is no order.")
    Show ClvAnswer(mark & "#NUM!")
    Show ClvAnswer(mark & "#VALUE!" & mark & "a reason" & mark & "with a mark")
    Show ClvAnswer(mark & "what no route sends")
    Dim table(1, 2) As Variant
    table(0, 0) = "customer": table(0, 1) = "CLV": table(0, 2) = mark & "#N/A"
    table(1, 0) = mark & "#NUM!": table(1, 1) = 1.5: table(1, 2) = DateSerial(2024, 2, 29)
    Dim answer, row, column
    answer = ClvAnswer(table)
    For row = 0 To 1
        For column = 0 To 2
            Show answer(row, column)
        Next column
    Next row
    Dim line(2) As Variant
    line(0) = mark & "#VALUE!": line(1) = 2.5: line(2) = "x"
    answer = ClvAnswer(line)
    For column = 0 To 2
        Show answer(column)
    Next column
    Show ClvFailure("Python is not there")
    """
    output = tmp_path / "shown.txt"
    cells = (FOLDER / "ClvCells.bas").read_text(encoding="ascii")
    shown = basic.run(
        {"ClvCells": cells, "Check": CHECK.format(output=output, body=body)}, output
    ).splitlines()
    # 2042 is #N/A, 2036 is #NUM!, 2015 is #VALUE!: the numbers of Excel's XlCVError.
    assert shown == [
        *("Double 14400", "String Champions", "String #N/A", "Boolean True", "String "),
        *("error Error 2042", "error Error 2036", "error Error 2015", "error Error 2015"),
        *("String customer", "String CLV", "error Error 2042"),
        *("error Error 2036", "Double 1.5", "Date 02/29/2024"),
        *("error Error 2015", "Double 2.5", "String x"),
        "error Error 2015",
    ]


@pytest.mark.office
def test_the_wrappers_run_and_leave_out_what_is_left_out(
    basic: Basic, modules: dict[str, str], tmp_path: Path
) -> None:
    body = """
    Show CLV(800, 3, 6)
    Show CLV(800, 3, 6, , 100)
    Show CAC(500, 0)
    Show AOV(1)
    """
    # LibreOffice has neither the compiler's switches nor a calling cell: what Excel would compile is kept.
    wrappers = re.sub(
        r" *#If .*\n((?:.*\n)*?) *#Else\n(?:.*\n)*? *#End If\n", r"\1", modules["ClvFunctions.bas"]
    )
    wrappers = re.sub(r"^#Const.*\n", "", wrappers, flags=re.MULTILINE)
    wrappers = re.sub(r"^ *If \(Not Application\.CommandBars.*\n", "", wrappers, flags=re.MULTILINE)
    wrappers = wrappers.replace("If TypeOf Application.Caller Is Range Then ", "")
    wrappers = wrappers.replace("XLPy.CallUDF", "CallUDF").replace(", ActiveWorkbook, Application.Caller", "")
    assert "On Error GoTo failed" in wrappers
    output = tmp_path / "shown.txt"
    texts = {"ClvCells": modules["ClvCells.bas"], "ClvFunctions": wrappers}
    shown = basic.run({**texts, "Check": CHECK.format(output=output, body=body)}, output)
    assert shown.splitlines() == [
        "CLV 800 3 6 missing missing missing",
        "Integer 14400",
        "CLV 800 3 6 missing 100 missing",
        "Integer 14400",
        "CAC 500 0",
        "error Error 2042",
        "AOV 1 missing",
        "error Error 2015",
    ]


SHEETS = """Option Explicit

Sub Main()
    Dim one, two, a, b, c, d, missing
    On Error GoTo failed
    Open "{output}" For Output As #1
    Set one = Worksheets(1)
    Set two = Worksheets.Add
    one.Range("A1:A10").Value = 5
    one.Range("A12").Value = 5
    one.Range("A12").ClearContents
    two.Range("C3:C700").Value = 5
    {body}
    Close #1
    Exit Sub
failed:
    Print #1, "failed: " & Error$
    Close #1
End Sub
"""


@pytest.mark.office
def test_whole_columns_are_narrowed_to_the_same_rows_whatever_sheet_they_are_of(
    basic: Basic, tmp_path: Path
) -> None:
    body = """
    'A column alone ends with its last value; a cell that was cleared is none.
    Set a = one.Range("A:A")
    ClvRowsInUse a
    Print #1, a.Address
    'Two sheets, the second with more rows; a column with nothing, a bounded range, a value, an argument left out.
    Set a = one.Range("A:A"): Set b = two.Range("B:C"): Set c = one.Range("X:X"): Set d = one.Range("A2:A4")
    ClvRowsInUse a, b, c, d, 7, missing
    Print #1, a.Address & " " & b.Address & " " & c.Address & " " & d.Address & " " & IsEmpty(missing)
    'A bounded range that goes further down.
    Set a = one.Range("A:A"): Set d = two.Range("C5:C2000")
    ClvRowsInUse d, a
    Print #1, a.Address & " " & d.Address
    'Nothing but empty columns.
    Set c = one.Range("X:Y")
    ClvRowsInUse c
    Print #1, c.Address
    'Rows that are hidden, as by a filter.
    one.Rows("8:10").Hidden = True
    Set a = one.Range("A:A")
    ClvRowsInUse a
    Print #1, a.Address
    'The last row of the sheet.
    one.Range("B1048576").Value = 1
    Set a = one.Range("A:A"): Set b = one.Range("B:B")
    ClvRowsInUse a, b
    Print #1, a.Rows.Count & " " & b.Rows.Count
    """
    output = tmp_path / "shown.txt"
    texts = {
        "ClvCells": (FOLDER / "ClvCells.bas").read_text(encoding="ascii"),
        "Check": SHEETS.format(output=output, body=body),
    }
    assert basic.run_in_workbook(texts, output).splitlines() == [
        "$A$1:$A$10",
        "$A$1:$A$700 $B$1:$C$700 $X$1:$X$700 $A$2:$A$4 True",
        "$A$1:$A$2000 $C$5:$C$2000",
        "$X$1:$Y$1",
        "$A$1:$A$10",
        "1048576 1048576",
    ]
