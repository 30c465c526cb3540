Attribute VB_Name = "ClvMain"
'What the buttons do. Each macro is a few lines: the work is done by Python.
Option Explicit

Private Const CLV_VERSION As String = "0.1.0"
Private Const XLWINGS_VERSION As String = "0.37.8"
Private Const TITLE As String = "clv_xl"
Private Const TEMPLATE_NAME As String = "clv_status"

Public Sub RefreshReport()
    If Not IsTemplate() Then
        Tell "Refresh report works in a workbook that was made with New template." & vbNewLine & _
            "Open it, or make one: tab Customer value, New template."
    ElseIf NameIsSafe() And PythonIsThere() Then
        AfterPython xlwings.RunPython("from clv_xl.excel.refresh import main; main()")
    End If
End Sub

Public Sub NewTemplate()
    Dim path As Variant
    If Not PythonIsThere() Then Exit Sub
    path = Application.GetSaveAsFilename("Customer value.xlsm")
    If VarType(path) = vbBoolean Then Exit Sub
    If LCase$(Right$(path, 5)) <> ".xlsm" Then path = path & ".xlsm"
    If xlwings.FileExists(path) Then
        Tell path & vbNewLine & "is there already. Choose New template again and give another name."
        Exit Sub
    End If
    'Python is told which workbook calls it, so there has to be one.
    If ActiveWorkbook Is Nothing Then Workbooks.Add
    If Not NameIsSafe() Then Exit Sub
    AfterPython xlwings.RunPython("from clv_xl.excel.ribbon import new_template; new_template(" & PythonText(path) & ")")
End Sub

'A copy, because the sheets of an add-in cannot be seen.
Public Sub FunctionsHelp()
    ThisWorkbook.Worksheets("Functions").Copy
End Sub

Public Sub Settings()
    Tell "Python of clv_xl: " & TextOr(Interpreter(), "none") & vbNewLine & _
        "Settings file: " & xlwings.GetConfigFilePath() & vbNewLine & vbNewLine & _
        "To check everything, type in a command window: clv-xl doctor" & vbNewLine & _
        "To set it up again: clv-xl install"
End Sub

Public Sub About()
    Tell "clv_xl " & CLV_VERSION & ": customer value in Excel" & vbNewLine & _
        "Free under the MIT License." & vbNewLine & vbNewLine & _
        "With xlwings " & XLWINGS_VERSION & ", Copyright Zoomer Analytics, BSD 3-Clause License," & vbNewLine & _
        "and VBA-Dictionary, Copyright Tim Hall, MIT License." & vbNewLine & _
        "The full notices stand in the modules of this add-in."
End Sub

'xlwings calls this by its name when Python is done on a Mac.
Public Sub CleanUp()
    xlwings.CleanUp
End Sub

'xlwings shows what Python says of a failure. It answers -1 then, and nothing when all went well.
Private Sub AfterPython(ByVal answer As Variant)
    If answer = -1 Then
        Tell "That did not work; the message before this one says why." & vbNewLine & _
            "To check the installation, type in a command window: clv-xl doctor"
    End If
End Sub

Private Function IsTemplate() As Boolean
    On Error Resume Next
    IsTemplate = (Len(ActiveWorkbook.Names(TEMPLATE_NAME).Name) > 0)
End Function

Private Function PythonIsThere() As Boolean
    Dim missing As String
    missing = WhatIsMissing()
    If Len(missing) > 0 Then
        Tell missing & vbNewLine & vbNewLine & "Type in a command window: clv-xl install" & vbNewLine & _
            "Then close Excel and open it again."
    End If
    PythonIsThere = (Len(missing) = 0)
End Function

'On a Mac the name of the workbook goes through a shell, which would carry out what some letters ask for.
Private Function NameIsSafe() As Boolean
    Dim place As Long
    Dim found As String
    If OnMac() Then
        For place = 1 To Len(ActiveWorkbook.Name)
            If InStr("$`""\|", Mid$(ActiveWorkbook.Name, place, 1)) > 0 Then found = Mid$(ActiveWorkbook.Name, place, 1)
        Next place
    End If
    If Len(found) > 0 Then
        Tell "The name of this workbook holds the letter " & found & ", with which Excel on a Mac cannot start Python." & _
            vbNewLine & "Save it under a name without it, and try again."
    End If
    NameIsSafe = (Len(found) = 0)
End Function

'Nothing when Python and the package are there, as far as can be seen from here.
Private Function WhatIsMissing() As String
    Dim path As String
    path = Interpreter()
    If Len(path) = 0 Then
        WhatIsMissing = "clv_xl does not know which Python to use:" & vbNewLine & xlwings.GetConfigFilePath() & _
            vbNewLine & "is not there, or does not name one."
    ElseIf OnMac() Then
        'Excel on a Mac may not look outside its own folders, and the shell fills in a * of the path.
    ElseIf Not xlwings.FileExists(path) Then
        WhatIsMissing = "The Python of clv_xl is not there any more:" & vbNewLine & path
    Else
        On Error GoTo failed
        XLPy.Module "clv_xl"
    End If
    Exit Function
failed:
    WhatIsMissing = "Python could not load the package clv_xl:" & vbNewLine & Err.Description
End Function

Private Function Interpreter() As String
    If OnMac() Then
        Interpreter = xlwings.GetConfig("INTERPRETER_MAC")
    Else
        Interpreter = xlwings.GetConfig("INTERPRETER_WIN")
    End If
End Function

Private Function OnMac() As Boolean
    OnMac = (InStr(Application.OperatingSystem, "Mac") > 0)
End Function

'Returns a text as Python writes it, in letters that no command line changes.
Private Function PythonText(ByVal text As String) As String
    Dim place As Long
    Dim letter As String
    For place = 1 To Len(text)
        letter = Mid$(text, place, 1)
        If Not (letter Like "[A-Za-z0-9]") Then letter = "\u" & Right$("000" & Hex$(AscW(letter)), 4)
        PythonText = PythonText & letter
    Next place
    PythonText = "'" & PythonText & "'"
End Function

Private Function TextOr(ByVal text As String, ByVal instead As String) As String
    TextOr = text
    If Len(text) = 0 Then TextOr = instead
End Function

Private Sub Tell(ByVal text As String)
    MsgBox text, vbInformation, TITLE
End Sub
