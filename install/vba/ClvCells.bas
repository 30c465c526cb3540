Attribute VB_Name = "ClvCells"
'What the functions of clv_xl hand to Python, and what a cell shows of the answer.
Option Explicit
Option Private Module

'Python marks an error with this character of the private use area, which no text from a sheet can begin with.
Private Const MARK As Long = 57344
Private Const MOST_REASONS As Long = 1000

Private reasons As Collection

'Narrows whole columns to the rows in use, because to read the others would take seconds. All of one call keep the
'same number of rows, those of the longest range, so that columns of two sheets fit each other. Nothing else changes.
Public Sub ClvRowsInUse(ParamArray given() As Variant)
    Dim index As Long
    Dim row As Long
    Dim last As Long
    For index = LBound(given) To UBound(given)
        If TypeName(given(index)) = "Range" Then
            row = LastRow(given(index))
            If row > last Then last = row
        End If
    Next index
    For index = LBound(given) To UBound(given)
        If TypeName(given(index)) = "Range" Then
            If IsWhole(given(index)) Then Set given(index) = given(index).Resize(last)
        End If
    Next index
End Sub

Private Function IsWhole(ByVal area As Object) As Boolean
    IsWhole = (area.Rows.Count = area.Worksheet.Rows.Count)
End Function

'Returns the row of the sheet in which a range ends; a whole column ends with the last cell that holds anything.
Private Function LastRow(ByVal area As Object) As Long
    Dim first As Long
    Dim middle As Long
    Dim last As Long
    last = area.Row + area.Rows.Count - 1
    If IsWhole(area) Then
        'Below that cell there is nothing to count: halve what may hold it. Unlike the used range of a sheet this
        'knows no cells that were cleared, and unlike the key End it sees rows that a filter hides.
        first = 1
        Do While first < last
            middle = (first + last) \ 2
            If Application.WorksheetFunction.CountA(area.Rows(middle + 1).Resize(last - middle)) = 0 Then
                last = middle
            Else
                first = middle + 1
            End If
        Loop
    End If
    LastRow = last
End Function

'Returns what Python answered, with its marked errors as real ones.
Public Function ClvAnswer(ByVal answer As Variant) As Variant
    Dim row As Long
    Dim column As Long
    If IsArray(answer) Then
        Forget
        If Dimensions(answer) = 1 Then
            For column = LBound(answer) To UBound(answer)
                If IsMarked(answer(column)) Then answer(column) = RealError(answer(column))
            Next column
        Else
            For row = LBound(answer, 1) To UBound(answer, 1)
                For column = LBound(answer, 2) To UBound(answer, 2)
                    If IsMarked(answer(row, column)) Then answer(row, column) = RealError(answer(row, column))
                Next column
            Next row
        End If
        ClvAnswer = answer
    ElseIf IsMarked(answer) Then
        Remember ReasonIn(answer)
        ClvAnswer = RealError(answer)
    Else
        Forget
        ClvAnswer = answer
    End If
End Function

'Returns the error of a call that did not reach Python, such as a Python that is not there.
Public Function ClvFailure(ByVal reason As String) As Variant
    Remember reason
    ClvFailure = CVErr(xlErrValue)
End Function

'Returns why a cell shows an error, or nothing.
Public Function ClvReason(ByVal address As String) As String
    On Error GoTo unknown
    ClvReason = reasons.Item(address)
unknown:
End Function

Private Function IsMarked(ByRef value As Variant) As Boolean
    If VarType(value) = vbString Then IsMarked = (Left$(value, 1) = ChrW$(MARK))
End Function

Private Function RealError(ByVal marked As String) As Variant
    Select Case Split(marked, ChrW$(MARK))(1)
        Case "#N/A"
            RealError = CVErr(xlErrNA)
        Case "#NUM!"
            RealError = CVErr(xlErrNum)
        Case Else
            RealError = CVErr(xlErrValue)
    End Select
End Function

Private Function ReasonIn(ByVal marked As String) As String
    Dim parts As Variant
    parts = Split(marked, ChrW$(MARK))
    If UBound(parts) >= 2 Then ReasonIn = parts(2)
End Function

Private Function Dimensions(ByRef table As Variant) As Long
    Dim found As Long
    'Asking for one dimension too many is an error, and VBA has no other way to count them.
    On Error GoTo counted
    Do While UBound(table, found + 1) >= LBound(table, found + 1)
        found = found + 1
    Loop
counted:
    Dimensions = found
End Function

Private Sub Remember(ByVal reason As String)
    Dim address As String
    Forget
    address = CallerAddress()
    If Len(address) = 0 Or Len(reason) = 0 Then Exit Sub
    If reasons Is Nothing Then Set reasons = New Collection
    If reasons.Count >= MOST_REASONS Then reasons.Remove 1
    reasons.Add reason, address
End Sub

Private Sub Forget()
    If reasons Is Nothing Then Exit Sub
    On Error Resume Next
    reasons.Remove CallerAddress()
End Sub

'A function called from a macro has no cell.
Private Function CallerAddress() As String
    On Error Resume Next
    CallerAddress = Application.Caller.Cells(1, 1).Address(External:=True)
End Function
