"""What a button in Excel can run on xlwings Server: it looks for a module of this name in its project folder."""

from __future__ import annotations

from clv_xl.excel.refresh_script import refresh_report

__all__ = ["refresh_report"]
