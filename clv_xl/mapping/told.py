"""How every column of an order file is read, told in lines of text and as data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.orders.account import plural

if TYPE_CHECKING:
    from clv_xl.orders import Intake
    from clv_xl.orders.columns_seen import FileSeen

__all__ = ["as_data", "in_words"]

_WIDEST = 34
_NOT_USED = "not used"


def in_words(seen: FileSeen, intake: Intake) -> str:
    """Return a line for each column, and how dates, amounts and statuses are read."""
    file = seen.file
    place = f"{file.name}, sheet {file.sheet}" if file.sheet else file.name
    lines = [f"{place}: {plural(file.rows, 'row', 'rows')}, read as: {file.read_as.words}"]
    rows = [("column", "is read as", "such as")]
    rows += [
        (
            _short(column.header or "(no header)"),
            ", ".join(column.roles) or _NOT_USED,
            _samples(column.samples),
        )
        for column in seen.columns
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(2)]
    lines += [
        f"  {header:<{widths[0]}}  {role:<{widths[1]}}  {values}".rstrip() for header, role, values in rows
    ]
    mark = f'"{seen.decimal}"' if seen.decimal else "none to be seen"
    lines.append(f"Decimal mark: {mark}. Dates: {file.date_format or 'of several kinds'}.")
    if intake.statuses:
        told = "; ".join(f'"{line.status}" is {line.read_as}' for line in intake.statuses if line.status)
        lines.append(f"Statuses: {told}.")
    return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _samples(samples: tuple[str, ...]) -> str:
    return " | ".join(map(_short, samples)) if samples else "(blank)"


def as_data(seen: FileSeen, intake: Intake) -> dict[str, Any]:
    """Return the same as what ``--json`` prints."""
    file = seen.file
    return {
        "name": file.name,
        "sheet": file.sheet,
        "rows": file.rows,
        "format": {"name": file.read_as.name, "title": file.read_as.title},
        "columns": [
            {"header": column.header, "roles": list(column.roles), "samples": list(column.samples)}
            for column in seen.columns
        ],
        "decimal": seen.decimal,
        "date_format": file.date_format,
        "statuses": [{"status": line.status, "read_as": line.read_as} for line in intake.statuses],
    }
