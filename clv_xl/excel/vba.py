"""The VBA between a cell and classic xlwings, as text: wrappers that give real errors, and the help of Excel.

xlwings' own generator writes one wrapper for each function. What it writes is taken as it is, but for four things:
before the call ``ClvRowsInUse`` leaves out the empty rows of whole columns; after it ``ClvAnswer`` makes marked
errors real; a call that fails before Python answers gives ``ClvFailure`` instead of a text; and a parameter that
is also a function is written in capitals, because the editor of VBA keeps one spelling for all. Those three
procedures stand in ``install/vba/ClvCells.bas``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clv_xl.errors import UsageError
from clv_xl.excel.registry import CATEGORY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from clv_xl.excel.registry import CellFunction

__all__ = ["FUNCTIONS_MODULE", "HELP_MODULE", "help_module", "wrappers"]

FUNCTIONS_MODULE: Final = "ClvFunctions"
"""Name of the VBA module with the wrappers."""

HELP_MODULE: Final = "ClvHelp"
"""Name of the VBA module with the texts that Excel shows."""

_HEADER: Final = f"""Attribute VB_Name = "{FUNCTIONS_MODULE}"
'Made from the registry of clv_xl by the generator of xlwings: change the registry, not this file.
#Const App = "Microsoft Excel" 'Adjust when using outside of Excel
Option Explicit

"""

_CONTINUED: Final = " _\n"
_FUNCTION: Final = re.compile(r"Function (\w+)\((.*)\)")
_CALL: Final = re.compile(r"( *)(\w+) = XLPy\.CallUDF\((\"[^\"]*\", \"[^\"]*\"), Array\((.*?)\)(.*)\)")
_FAILED: Final = re.compile(r"( *)(\w+) = Err\.Description")


def wrappers(generated: str) -> str:
    """Return the module of wrappers from what xlwings' generator wrote.

    Parameters
    ----------
    generated : str
        What ``xlwings.udfs.generate_vba_wrapper`` wrote for :mod:`clv_xl.excel.classic`.

    Returns
    -------
    str
        A complete module, lines ending with a line feed.

    Raises
    ------
    UsageError
        When a wrapper has not the form that the pinned xlwings gives it.

    Examples
    --------
    >>> made = '''Function CAC(spend, new_customers)
    ...     CAC = XLPy.CallUDF("m", "CAC", Array(spend, new_customers), ActiveWorkbook)
    ... failed:
    ...     CAC = Err.Description
    ... End Function
    ... '''
    >>> print(wrappers(made).partition("Option Explicit")[2].strip())
    Function CAC(spend, new_customers)
        ClvRowsInUse spend, new_customers
        CAC = ClvAnswer(XLPy.CallUDF("m", "CAC", Array(spend, new_customers), ActiveWorkbook))
    failed:
        CAC = ClvFailure(Err.Description)
    End Function
    """
    lines = generated.replace(_CONTINUED, " ").splitlines()
    names = {found[1] for line in lines if (found := _FUNCTION.fullmatch(line))}
    for kind, pattern in (("a call", _CALL), ("an end", _FAILED)):
        missing = names - {found[2] for line in lines if (found := pattern.fullmatch(line))}
        if missing:
            raise UsageError(
                f"The wrapper of {min(missing)} has not {kind} as expected. The form of xlwings' wrappers has "
                f"changed: adapt clv_xl/excel/vba.py to it."
            )
    return _HEADER + "".join(f"{_rewritten(line, names)}\n" for line in lines)


def _rewritten(line: str, names: Collection[str]) -> str:
    if found := _FUNCTION.fullmatch(line):
        return f"Function {found[1]}({', '.join(_spelled(item, names) for item in _split(found[2]))})"
    if found := _CALL.fullmatch(line):
        indent, name, target, arguments, rest = found.groups()
        passed = ", ".join(_spelled(item, names) for item in _split(arguments))
        answer = f"ClvAnswer(XLPy.CallUDF({target}, Array({passed}){rest}))"
        return f"{indent}ClvRowsInUse {passed}\n{indent}{name} = {answer}"
    if found := _FAILED.fullmatch(line):
        return f"{found[1]}{found[2]} = ClvFailure(Err.Description)"
    return line


def _split(items: str) -> list[str]:
    return items.split(", ") if items else []


def _spelled(parameter: str, names: Collection[str]) -> str:
    """Return "Optional clv" as "Optional CLV" where CLV is a function."""
    optional, _, name = parameter.rpartition(" ")
    name = name.upper() if name.upper() in names else name
    return f"{optional} {name}".lstrip()


def help_module(functions: Iterable[CellFunction]) -> str:
    """Return the module that gives Excel the texts of its function wizard, and explains an error.

    Parameters
    ----------
    functions : iterable of CellFunction
        The functions of the registry.

    Returns
    -------
    str
        A complete module, in ASCII, lines ending with a line feed.

    Examples
    --------
    >>> from clv_xl.excel.registry import find_function
    >>> print(help_module([find_function("CUSTOMER_LIFESPAN")]).partition("DescribeAll()")[2].strip())
    Describe "CUSTOMER_LIFESPAN", _
        "Customer lifespan: 1 / churn rate, in the periods of the churn rate: a yearly rate gives years.
        #N/A when the churn rate is 0.", _
        Array("Share of customers lost in a period, 0 to 1.")
    End Sub
    """
    described = "".join(_described(function) for function in functions)
    return f"""Attribute VB_Name = "{HELP_MODULE}"
'Made from the registry of clv_xl: change the registry, not this file.
Option Explicit

'Call this when the add-in opens. Excel refuses texts for a hidden workbook, and an add-in is one.
Public Sub ClvDescribe()
    Dim hidden As Boolean
    hidden = ThisWorkbook.IsAddin
    Application.ScreenUpdating = False
    ThisWorkbook.IsAddin = False
    On Error Resume Next
    DescribeAll
    On Error GoTo 0
    ThisWorkbook.IsAddin = hidden
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
End Sub

'Shows why the selected cell holds an error.
Public Sub ClvExplain()
    Dim reason As String
    reason = ClvReason(ActiveCell.Address(External:=True))
    If Len(reason) = 0 Then
        reason = "Select a cell with a function of clv_xl that shows an error, and ask again. " & _
            "For an error within a column of results, try the function on its row alone."
    End If
    MsgBox reason, vbInformation, "clv_xl"
End Sub

Private Sub Describe(ByVal name As String, ByVal text As String, ByVal arguments As Variant)
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & name, Description:=text, _
        Category:={_quoted(CATEGORY)}, ArgumentDescriptions:=arguments
End Sub

Private Sub DescribeAll()
{described}End Sub
"""


def _described(function: CellFunction) -> str:
    lines = [_quoted(function.help), *(_quoted(item.help) for item in function.arguments)]
    # One text a line, because a line of VBA ends at 1,023 characters.
    joined = f",{_CONTINUED}        ".join(lines[1:])
    return (
        f'    Describe "{function.name}",{_CONTINUED}        {lines[0]},{_CONTINUED}        Array({joined})\n'
    )


def _quoted(text: str) -> str:
    """Return a text as an expression of VBA, whose files know no letters beyond ASCII."""
    pieces = re.split(r"([^\x20-\x7e])", text)
    quoted = [
        f"ChrW$({ord(piece)})" if index % 2 else '"' + piece.replace('"', '""') + '"'
        for index, piece in enumerate(pieces)
        if piece
    ]
    return " & ".join(quoted) or '""'
