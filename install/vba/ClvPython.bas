Attribute VB_Name = "ClvPython"
'Python for the functions in cells. All else of xlwings stands in a class, where no cell and no button of a
'workbook can reach it: as public functions they would let a formula run any program.
Option Explicit
Option Private Module

Public Function XLPy() As Object
    Set XLPy = xlwings.XLPy
End Function
