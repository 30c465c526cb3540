Attribute VB_Name = "ClvRibbon"
'The buttons of the tab Customer value; Excel wants each with this one parameter.
Option Explicit

Public Sub OnRefresh(control As IRibbonControl)
    RefreshReport
End Sub

Public Sub OnNewTemplate(control As IRibbonControl)
    NewTemplate
End Sub

Public Sub OnFunctionsHelp(control As IRibbonControl)
    FunctionsHelp
End Sub

Public Sub OnSettings(control As IRibbonControl)
    Settings
End Sub

Public Sub OnAbout(control As IRibbonControl)
    About
End Sub
