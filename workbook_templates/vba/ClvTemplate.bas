Attribute VB_Name = "ClvTemplate"
'What the button on the Start sheet runs. Everything is done by the add-in clv_xl, and by Python behind it.
Option Explicit

Private Const ADDIN As String = "clv_xl.xlam"

Public Sub RefreshReport()
    If AddinIsOpen() Then
        Application.Run "'" & ADDIN & "'!ClvMain.RefreshReport"
    Else
        MsgBox "The add-in clv_xl is not open in this Excel, and the button needs it." & vbNewLine & vbNewLine & _
            "Install it: type clv-xl install in a command window, then close Excel and open it again." & vbNewLine & _
            "Without it: clv-xl refresh, followed by the name of this workbook, writes the report to a new file.", _
            vbExclamation, "clv_xl"
    End If
End Sub

Private Function AddinIsOpen() As Boolean
    On Error Resume Next
    AddinIsOpen = (Len(Workbooks(ADDIN).Name) > 0)
End Function
