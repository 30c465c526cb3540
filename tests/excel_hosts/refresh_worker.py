"""Refreshes a simulated workbook in a process of its own, where alone xlwings' remote engine is switched on.

It takes pickled jobs on stdin, each a simulated workbook and how to reach it, and gives back what became of it:

- ``remote``: as xlwings Server and xlwings Lite do, the actions are queued and sent when all is done;
- ``desktop``: as Excel on Windows and the Mac does, every action is done at once, formulas and filters can be read,
  formats are copied over the clipboard, and an action may fail halfway.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.excel_hosts.live_excel import LiveExcel


class ExcelBusyError(Exception):
    """What Excel answers while a person is editing a cell."""


def main() -> None:
    # A test is no commercial use; only this process is told so.
    os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while head := sys.stdin.buffer.read(8):
        job = pickle.loads(sys.stdin.buffer.read(struct.unpack("<Q", head)[0]))
        try:
            answer: dict[str, Any] = {"host": refreshed(**job)}
        except BaseException:  # noqa: BLE001 - told to the test that asked
            answer = {"error": traceback.format_exc()}
        content = pickle.dumps(answer)
        out.write(struct.pack("<Q", len(content)) + content)
        out.flush()


def refreshed(host: LiveExcel, way: str, fail_at: int | None = None) -> LiveExcel:
    import xlwings as xw

    from clv_xl.excel.refresh import refresh

    book = xw.Book(json=host.payload())
    if way == "remote":
        refresh(book)
        host.apply(book.json(), fail_at)
        return host
    with Desktop(host, fail_at):
        refresh(book)
    host._calculate()
    return host


class Desktop:
    """xlwings' remote engine made to behave as a desktop engine does, until the end of the with block."""

    def __init__(self, host: LiveExcel, fail_at: int | None) -> None:
        self._host = host
        self._fail_at = fail_at
        self._clipboard: Any = None
        self._saved: list[tuple[Any, str, Any]] = []
        host.actions, host.bytes, host.largest, host.by_kind = 0, 0, 0, {}

    def _patch(self, owner: Any, name: str, value: Any) -> None:
        self._saved.append((owner, name, owner.__dict__[name]))
        setattr(owner, name, value)

    def __enter__(self) -> None:
        from xlwings.pro import _xlremote as remote

        host = self._host

        def do_at_once(book: Any, **action: Any) -> None:
            args = action.get("args")
            action = {**dict.fromkeys(("values", "sheet_position", "start_row", "start_column", "row_count",
                                       "column_count")), **action}  # fmt: skip
            action["args"] = args if isinstance(args, list) else [args]
            if self._fail_at is not None and host.actions >= self._fail_at:
                self._fail_at = None  # the person has left the cell since
                raise ExcelBusyError("Call was rejected by callee.")
            host.do(action)

        def formulas(cells: Any) -> tuple[tuple[Any, ...], ...]:
            sheet = host.sheet(cells.sheet.name)
            rows, columns = cells.shape
            return tuple(
                tuple(
                    (found.formula or found.value or "") if (found := sheet.cells.get((row, column))) else ""
                    for column in range(cells.column, cells.column + columns)
                )
                for row in range(cells.row, cells.row + rows)
            )

        def criteria(autofilter: Any) -> list[dict[str, Any]]:
            cells = autofilter.parent
            table = host.sheet(cells.sheet.name).tables[autofilter.table_index]
            return [
                {"field": number, **table.criteria.get(number, {"type": "none"})}
                for number in range(1, cells.shape[1] + 1)
            ]

        def refuse(*_: Any, **__: Any) -> None:
            raise NotImplementedError

        def copy(cells: Any, destination: Any = None) -> None:
            self._clipboard = cells

        def paste(cells: Any, paste: str, operation: Any, skip_blanks: bool, transpose: bool) -> None:
            cells.append_json_action(
                func="copyFromRange",
                args=[
                    self._clipboard.sheet.index - 1,
                    self._clipboard.address,
                    paste,
                    skip_blanks,
                    transpose,
                ],
            )

        self._tell_rules(remote)
        old = remote.Range.formula
        self._patch(remote.Engine, "type", property(lambda _: "desktop"))
        self._patch(remote.Book, "append_json_action", do_at_once)
        self._patch(remote.Range, "formula", property(formulas, old.fset))
        self._patch(remote.Range, "copy_from", refuse)
        self._patch(remote.Range, "copy", copy)
        self._patch(remote.Range, "paste", paste)
        self._patch(remote.AutoFilter, "criteria", property(criteria))
        for name in ("screen_updating", "cut_copy_mode"):
            self._patch(remote.App, name, property(lambda _, key=name: key, lambda *_: None))
        self._patch(
            remote.App,
            "calculation",
            property(lambda _: host.calculation, lambda _, mode: setattr(host, "calculation", mode)),
        )
        self._patch(remote.App, "calculate", lambda _: setattr(host, "calculated", host.calculated + 1))
        self._patch(remote.App, "status_bar", property(None, lambda _, text: host.bar.append(text)))
        for name in ("left", "top", "width", "height"):
            self._patch(remote.Range, name, property(lambda _: 100.0))

    def _tell_rules(self, remote: Any) -> None:
        """Let conditional formats be read and taken out one by one."""
        from tests.excel_hosts.live_excel import overlap

        host = self._host

        def rules(formats: Any) -> list[dict[str, Any]]:
            cells = formats.range
            (top, left), (rows, columns) = (cells.row, cells.column), cells.shape
            box = (top, left, top + rows - 1, left + columns - 1)
            return [rule for area, rule in host.sheet(cells.sheet.name).rules if overlap(area, box)]

        def take_out(rule: Any) -> None:
            page = host.sheet(rule.parent.range.sheet.name)
            page.rules = [(area, spec) for area, spec in page.rules if spec is not rule.api]

        self._patch(remote.ConditionalFormats, "_loaded", rules)
        self._patch(remote.ConditionalFormat, "delete", take_out)

    def __exit__(self, *_: object) -> None:
        for owner, name, value in reversed(self._saved):
            setattr(owner, name, value)


if __name__ == "__main__":
    main()
