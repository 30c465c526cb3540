"""What reading order files gave, told in lines of text and as data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.orders.account import FROM_COLUMN, REASONS, plural
from clv_xl.orders.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.orders.account import AccountLine, CurrencyAmount, FirstRow, Intake

__all__ = ["as_data", "in_detail", "in_words"]

_UNUSED_TOLD = 30
_OUTCOMES = {
    "used": "used",
    "refund": "refunds, used",
    "order line": "of these orders",
    "set aside": "set aside",
}


def as_data(intake: Intake) -> dict[str, Any]:
    """Return an account as what ``--json`` prints: amounts are text, so that no digit is lost.

    A sum that would mix currencies is null; ``amounts`` holds it by currency.

    Parameters
    ----------
    intake : Intake
        What :func:`~clv_xl.orders.load_orders` returned.
    """
    several = len(intake.file_currencies) > 1
    return {
        "as_of": intake.as_of.isoformat(),
        "first_day": intake.first_day.isoformat(),
        "last_day": intake.last_day.isoformat(),
        "currency": intake.currency,
        "rates": {code: str(rate) for code, rate in intake.rates.items()},
        "rows": {
            "read": intake.rows_read,
            "used": intake.rows_of("used"),
            "refund": intake.rows_of("refund"),
            "order_line": intake.rows_of("order line"),
            "set_aside": intake.rows_of("set aside"),
        },
        "account": [
            {
                "outcome": line.outcome,
                "reason": line.reason,
                "rows": line.rows,
                "amount": None if several else str(line.amount),
                "counted_amount": str(line.counted_amount),
                "amounts": _amounts(line.amounts),
                "first_row": _first_data(intake.first_rows[line.reason])
                if line.reason in intake.first_rows
                else None,
            }
            for line in intake.account
        ],
        "refunded": [
            {"verdict": line.verdict, "rows": line.rows, "amounts": _amounts(line.amounts)}
            for line in intake.refunded
        ],
        "columns": dict(intake.columns),
        "unused_columns": list(intake.unused_columns),
        "statuses": [
            {
                "status": line.status,
                "rows": line.rows,
                "amount": None if several else str(line.amount),
                "read_as": line.read_as,
                "sale": line.sales,
                "refund": line.refunds,
                "set_aside": line.set_aside,
            }
            for line in intake.statuses
        ],
        "files": [
            {
                "name": file.name,
                "rows": file.rows,
                "sha256": file.sha256,
                "kind": file.kind,
                "format": {
                    "name": file.read_as.name,
                    "title": file.read_as.title,
                    "found": file.read_as.found,
                    "known": file.read_as.known,
                    "overruled": file.overruled,
                },
                "account": [
                    {
                        "outcome": line.outcome,
                        "reason": line.reason,
                        "rows": line.rows,
                        "amount": str(line.amount),
                    }
                    for line in intake.by_file
                    if line.file == number
                ],
                "columns": dict(file.columns),
                "unused_columns": list(file.unused_columns),
            }
            for number, file in enumerate(intake.files, start=1)
        ],
        "warnings": [{"code": item.code, "rows": item.rows, "text": item.text} for item in intake.warnings],
    }


def _first_data(first: FirstRow) -> dict[str, Any]:
    """Return a first row as data; few have something beside the value."""
    return {name: value for name, value in first._asdict().items() if name != "beside" or value}


def _amounts(parts: Iterable[CurrencyAmount]) -> list[dict[str, Any]]:
    return [{"currency": part.currency, "rows": part.rows, "amount": str(part.amount)} for part in parts]


def in_words(intake: Intake, *, detail: bool = False) -> str:
    """Return in a few lines what became of the rows.

    Parameters
    ----------
    intake : Intake
        What :func:`~clv_xl.orders.load_orders` returned.
    detail : bool
        Whether to add how columns, statuses and refunded amounts were read.
    """
    width = len(f"{intake.rows_read:,}")
    lines = [
        f"{plural(intake.rows_read, 'row', 'rows')} read from {', '.join(file.name for file in intake.files)}"
    ]
    lines += _read_as(intake, plain=detail)
    for line in intake.account:
        what = _OUTCOMES[line.outcome]
        why = f": {line.explanation}{_first(intake, line.reason)}" if line.reason else ""
        if detail and line.reason == "wrong_columns" and line.rows > 1:
            why += " To list all: --set-aside FILE.csv."
        rows = f"{'':>{width}}" if line.reason == FROM_COLUMN else f"{line.rows:>{width},}"
        lines.append(f"  {rows} {what}, amount {_sum(line, intake)}{why}")
    if intake.rates:
        told = ", ".join(f"1 {code} = {rate:f} {intake.currency}" for code, rate in intake.rates.items())
        lines.append(f"Rates used: {told}")
    measured = f", measured on {intake.as_of}" if intake.as_of != intake.last_day else ""
    lines.append(f"Orders from {intake.first_day} to {intake.last_day}{measured}")
    if detail:
        lines += in_detail(intake)
    lines.extend(f"Note: {warning.text}" for warning in intake.warnings)
    return "\n".join(lines)


def _first(intake: Intake, reason: str) -> str:
    """Say where the first row of a reason stands, and what stands there."""
    first = intake.first_rows.get(reason)
    if first is None:
        return ""
    file = f"{first.file}, " if len(intake.files) > 1 else ""
    header = f"{first.header} " if first.header else ""
    value = f', {header}"{first.value}"{first.beside}' if first.value else ""
    return f" First: {file}{first.place}{value}."


def _read_as(intake: Intake, *, plain: bool) -> list[str]:
    """Say which known exports the files are, file by file where they differ."""
    words = [file.read_as.words + (", as you said" if file.overruled else "") for file in intake.files]
    if not plain and not any(file.read_as.known for file in intake.files):
        return []
    if len(set(words)) == 1:
        return [f"read as: {words[0]}"]
    return [f"read as: {text}, {file.name}" for text, file in zip(words, intake.files, strict=True)]


def _sum(line: AccountLine, intake: Intake) -> str:
    """Word a sum with its currency, or sums that must not be added up."""
    text = _by_currency(line.amounts) or f"{line.amount:,.2f}"
    if line.outcome != "set aside" and intake.file_currencies != (intake.currency,):
        text += f", counted as {line.counted_amount:,.2f} {intake.currency}".rstrip()
    return text


def _by_currency(parts: Iterable[CurrencyAmount]) -> str:
    return " + ".join(f"{part.amount:,.2f} {part.currency}".rstrip() for part in parts)


def in_detail(intake: Intake) -> list[str]:
    """Return lines on how columns, statuses and refunded amounts were read.

    Parameters
    ----------
    intake : Intake
        What :func:`~clv_xl.orders.load_orders` returned.
    """
    lines = _by_file(intake)
    width = max(map(len, intake.columns))
    lines.append("Columns used:")
    for name in intake.columns:
        headers = dict.fromkeys(file.columns[name] for file in intake.files if name in file.columns)
        lines.append(f"  {name:<{width}}  {', '.join(headers)}")
    if unused := intake.unused_columns:
        more = f" and {len(unused) - _UNUSED_TOLD:,} more" if len(unused) > _UNUSED_TOLD else ""
        lines.append(f"Columns not used: {', '.join(unused[:_UNUSED_TOLD])}{more}")
    if intake.statuses:
        told_by = [intake.columns[name] for name in ("status", *FLAGS) if name in intake.columns]
        lines.append("Statuses in {}:".format(" and ".join(f'"{header}"' for header in told_by)))
        no_status = "(no, or blank)" if intake.is_told_by_flags else "(blank)"
        rows = [
            (line.status or no_status, f"{line.rows:,}", line.read_as, line.counted_as)
            for line in intake.statuses
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for status, count, read_as, counted_as in rows:
            texts = (f"{status:<{widths[0]}}", f"{count:>{widths[1]}}", f"{read_as:<{widths[2]}}", counted_as)
            lines.append(f"  {'  '.join(texts)}".rstrip())
    if intake.refunded:
        lines.append(f'Refunded amounts in "{intake.columns["refunded"]}":')
        width = max(len(f"{line.rows:,}") for line in intake.refunded)
        for refund in intake.refunded:
            what = "subtracted" if refund.verdict == "subtracted" else "not subtracted"
            lines.append(
                f"  {refund.rows:>{width},} {what}, {_by_currency(refund.amounts)}: {refund.explanation}"
            )
    return lines


def _by_file(intake: Intake) -> list[str]:
    """Give the account of each file, where there are several."""
    if len(intake.files) == 1:
        return []
    lines = []
    width = len(f"{intake.rows_read:,}")
    for number, file in enumerate(intake.files, start=1):
        lines.append(f"{file.name}: {plural(file.rows, 'row', 'rows')}")
        for line in intake.by_file:
            if line.file == number:
                why = f": {REASONS[line.reason]}" if line.reason else ""
                lines.append(
                    f"  {line.rows:>{width},} {_OUTCOMES[line.outcome]}, amount {line.amount:,.2f}{why}"
                )
    return lines
