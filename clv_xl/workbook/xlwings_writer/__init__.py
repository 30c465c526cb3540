"""Write a laid-out report into a workbook that is open in Excel, in place, over xlwings.

Only xlwings' public interface is used, so that the same code serves Excel on Windows and the Mac, xlwings Server
and xlwings Lite. Everything is read and decided first (:func:`plan_report`), then carried out in few large
writes (:meth:`LivePlan.carry_out`); what differs in nothing from the last refresh is not touched.
"""

from __future__ import annotations

from clv_xl.workbook.xlwings_writer.carry_out import LivePlan, plan_report
from clv_xl.workbook.xlwings_writer.open_book import cell_named, is_manual, is_remote, read_rows, sheet_titles

__all__ = ["LivePlan", "cell_named", "is_manual", "is_remote", "plan_report", "read_rows", "sheet_titles"]
