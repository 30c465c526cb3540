"""Just enough of pywin32 for xlwings' own Windows code to run without Windows and without Excel.

xlwings reaches Excel through pywin32 and ctypes' Windows loaders. ``import_classic_xlwings`` puts stand-ins in
their place, lets xlwings believe for the length of its import that it runs on Windows, and hands back the module
whose ``XLPython().CallUDF`` Excel would call. What arrives and leaves has the form that pywin32 gives it:
blanks are None, numbers are floats, dates are times with a zone, cell errors are whole numbers, and a range is an
object whose ``Value`` is a tuple of rows. Marshalling itself is not shown by this: that needs Windows.
"""

from __future__ import annotations

import asyncio
import concurrent.futures  # noqa: F401 - what xlwings imports has to be there before the platform changes its name
import ctypes
import datetime as dt
import sys
import tempfile  # noqa: F401
import types
from typing import TYPE_CHECKING, Any

import numpy as np  # noqa: F401
import pandas as pd  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Sequence

# Excel's own numbers for errors in cells, as a COM client sees them.
ERROR_CODES = {
    "#DIV/0!": -2146826281,
    "#N/A": -2146826246,
    "#NAME?": -2146826259,
    "#NULL!": -2146826288,
    "#NUM!": -2146826252,
    "#REF!": -2146826265,
    "#VALUE!": -2146826273,
}
# What an optional argument of a VBA function holds when the formula leaves it out.
MISSING = -2147352572
RANGE_IID = "{00020846-0000-0000-C000-000000000046}"


class ComTime(dt.datetime):
    """pywin32's time: a datetime that always has a zone."""


class _Iid(str):
    __slots__ = ()


class _Attributes:
    def __init__(self, iid: str) -> None:
        self.iid = _Iid(iid)


class _TypeInfo:
    def GetTypeAttr(self) -> _Attributes:
        return _Attributes(RANGE_IID)


class _OleObject:
    def GetTypeInfo(self) -> _TypeInfo:
        return _TypeInfo()


class _Application:
    """xlwings asks a range for its program, to know which engine reads it."""

    Hwnd = 1
    Name = "Microsoft Excel"


class _Workbook:
    Name = "book.xlsx"
    Application = _Application()


class _Worksheet:
    Name = "Sheet1"
    Parent = _Workbook()


class _Count:
    def __init__(self, count: int) -> None:
        self.Count = count


class ExcelRange:
    """A range of cells as xlwings reads it: ``Value`` is one value for one cell, else a tuple of rows."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._oleobj_ = _OleObject()
        values = tuple(tuple(row) for row in rows)
        self.Rows = _Count(len(values))
        self.Columns = _Count(len(values[0]))
        self.Row = self.Column = 1
        self.Worksheet = _Worksheet()
        self.Value = values[0][0] if (len(values), len(values[0])) == (1, 1) else values


class _Anything(types.ModuleType):
    """A module in which every name that xlwings merely imports is there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(name)


def _placeholder(name: str) -> Any:
    return type(name, (), {"__getattr__": lambda self, item: lambda *args, **options: None})


class _Any:
    """Takes any call and any attribute: for library loaders that are used once, at import."""

    restype = None

    def __call__(self, *args: object, **options: object) -> _Any:
        return self

    def __getattr__(self, name: str) -> _Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        pass


def _unwrap(value: Any) -> Any:
    # pywin32 refuses what it did not wrap; xlwings then takes the value as it is.
    raise TypeError(value)


class _Utc:
    @staticmethod
    def utc() -> dt.timezone:
        return dt.UTC


def _modules() -> dict[str, types.ModuleType]:
    names = (
        *("pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui", "win32process"),
        *("win32timezone", "win32com", "win32com.client", "win32com.server", "win32com.server.dispatcher"),
        *("win32com.server.policy", "win32com.server.util", "win32com.server.exception"),
    )
    made: dict[str, types.ModuleType] = {name: _Anything(name) for name in names}
    for name, module in made.items():
        module.__file__ = f"{name}.stub"
        if "." in name:
            parent, _, child = name.rpartition(".")
            setattr(made[parent], child, module)
    pythoncom: Any = made["pythoncom"]
    pythoncom.IID_IDispatch = "IDispatch"
    pythoncom.IID_IEnumVARIANT = "IEnumVARIANT"
    pythoncom.TypeIIDs = {"IDispatch": type("PyIDispatch", (), {})}
    pythoncom.CoInitialize = lambda: None
    pywintypes: Any = made["pywintypes"]
    pywintypes.TimeType = ComTime
    pywintypes.com_error = type("com_error", (Exception,), {})
    pywintypes.error = type("error", (Exception,), {})
    pywintypes.IID = _Iid
    client: Any = made["win32com.client"]
    client.Dispatch = client.DispatchEx = lambda target, **options: target
    util: Any = made["win32com.server.util"]
    util.unwrap = _unwrap
    util.wrap = lambda obj, *args, **options: obj
    process: Any = made["win32process"]
    process.GetWindowThreadProcessId = lambda hwnd: (0, hwnd)
    timezone: Any = made["win32timezone"]
    timezone.TimeZoneInfo = _Utc
    return made


def import_classic_xlwings() -> types.ModuleType:
    """Return ``xlwings.com_server`` of an xlwings that was imported as on Windows.

    Call it once, before anything else imports xlwings, in a process of its own.
    """
    if "xlwings" in sys.modules:
        raise RuntimeError("xlwings is imported already, as on this system")
    sys.modules.update(_modules())
    loaders = {name: _Any() for name in ("windll", "oledll")}
    loaders["PyDLL"] = _Any()
    kept = {name: getattr(ctypes, name, None) for name in loaders}
    platform = sys.platform
    # newer Pythons choose what loops are made of with the first, which has to be that of this system
    asyncio.new_event_loop().close()
    for name, loader in loaders.items():
        setattr(ctypes, name, loader)
    sys.platform = "win32"
    try:
        import xlwings
        import xlwings.com_server as com_server
    finally:
        sys.platform = platform
        for name, loader in kept.items():
            if loader is None:
                delattr(ctypes, name)
            else:
                setattr(ctypes, name, loader)
    if xlwings.func.__module__ != "xlwings.udfs":
        raise RuntimeError("xlwings did not take its Windows path")
    return com_server
