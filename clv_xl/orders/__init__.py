"""Order files in, one canonical relation out, every row accounted for."""

from __future__ import annotations

from clv_xl.orders.account import (
    REASONS,
    REFUNDED,
    AccountLine,
    CurrencyAmount,
    Intake,
    RefundedLine,
    SourceFile,
    StatusLine,
    Warning_,
)
from clv_xl.orders.aside import RowSetAside, rows_set_aside
from clv_xl.orders.columns import CANONICAL, REQUIRED
from clv_xl.orders.guard import GuardLimits
from clv_xl.orders.intake import load_orders
from clv_xl.orders.options import OrderRules, ReadOptions

__all__ = [
    "CANONICAL",
    "REASONS",
    "REFUNDED",
    "REQUIRED",
    "AccountLine",
    "CurrencyAmount",
    "GuardLimits",
    "Intake",
    "OrderRules",
    "ReadOptions",
    "RefundedLine",
    "RowSetAside",
    "SourceFile",
    "StatusLine",
    "Warning_",
    "load_orders",
    "rows_set_aside",
]
