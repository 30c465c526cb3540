"""Customer value in Excel: functions in cells, a template workbook, and a report without Excel."""

__version__ = "0.1.0"
