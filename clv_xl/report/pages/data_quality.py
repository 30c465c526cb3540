"""The page Data quality: can I trust it? Every row of the files, accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders import REASONS
from clv_xl.report.model import Column, Live, Page, Paragraph, Table
from clv_xl.report.pages.input_quality import input_blocks
from clv_xl.report.words import bullets, count, plural
from clv_xl.said import frame, joined, say

if TYPE_CHECKING:
    from clv_xl.orders import CurrencyAmount, Intake, RefundedLine, SourceFile
    from clv_xl.orders.account import ReadAs, StatusLine
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["data_quality_page", "quality_blocks"]

# blank in most reports, and there in all: by its columns a refresh knows what a reader has written beside a table
_LINE = Column("line", "The row begins", "text", "Its first characters in the file, to find it by.")
_COPY_OF = Column("counted_in", "Copy of", "text", "Where the order stands that counts.", words=True)


def data_quality_page(material: Material) -> Page:
    """Build the page that accounts for every row."""
    return Page(
        key="data_quality",
        title="Data quality",
        heading="Data quality",
        question="Can I trust it? Every row that was read, and what became of it.",
        blocks=(
            *quality_blocks(material.intake, material.unit),
            *input_blocks(material),
            *_set_aside(material),
        ),
        widths=_widths(material),
        cautions=(material.caution,) if material.caution else (),
    )


def _widths(material: Material) -> tuple[float, ...]:
    """Return the column widths: names of files and of customers set aside are as long as they are."""
    names = max(len(file.name) for file in material.intake.files)
    people = max((len(row.customer_id or "") for row in material.set_aside), default=0)
    return (min(45.0, max(26.0, names + 2)), 50, 12, min(36.0, max(20.0, people + 2)), 18, 17, 62)


def quality_blocks(intake: Intake, unit: str) -> tuple[Table | Paragraph, ...]:
    """Return the account, the files, the columns, the statuses and the warnings."""
    return (
        _account(intake, unit),
        *_by_currency(intake),
        *_by_file(intake),
        *_refunded(intake),
        Paragraph("Warnings", bullets(warning.text for warning in intake.warnings) or ("None.",)),
        _files(intake),
        _columns(intake),
        *_statuses(intake, unit),
    )


def _account(intake: Intake, unit: str) -> Table:
    """Account for every row; amounts as in the files only where they are of one currency."""
    one_currency = len(intake.file_currencies) == 1
    file_unit = intake.file_currencies[0] or unit
    columns = [
        Column("outcome", "Outcome", "text", emphasis=True, words=True),
        Column("explanation", "Why", "wrapped", words=True),
        Column("rows", "Rows", "count"),
        Column("counted", "Amount counted", "cents"),
    ]
    rows: list[list[Scalar | Live]] = [
        [_OUTCOMES[line.outcome], line.explanation, line.rows, float(line.counted_amount)]
        for line in intake.account
    ]
    total: list[Scalar | Live] = [
        "Rows read",
        "All rows below the header that are not blank.",
        Live("=SUM(account[Rows])", intake.rows_read),
        Live("=SUM(account[Amount counted])", float(sum(line.counted_amount for line in intake.account))),
    ]
    says = say(
        "Rows add up to the files exactly, amounts do so by currency below. Amount counted is in {unit}",
        unit=unit,
    )
    if one_currency:
        columns.insert(3, Column("amount", "Amount in the files", "cents"))
        for row, line in zip(rows, intake.account, strict=True):
            row.insert(3, float(line.amount))
        total.insert(3, Live("=SUM(account[Amount in the files])", float(intake.amount_read)))
        says = say(
            "Rows and amounts (in {file_unit}) add up to the files exactly. Amount counted is",
            file_unit=file_unit,
        )
        says += "" if file_unit == unit else say(" in {unit},", unit=unit)
    if intake.first_rows:
        columns.append(Column("first", "First row", "count" if len(intake.files) == 1 else "text"))
        for row, line in zip(rows, intake.account, strict=True):
            row.append(_first_row(intake, line.reason))
        total.append("")
    return Table(
        name="account",
        title="What became of every row",
        caption=say(
            "{says} after the VAT switch and currency rates, and is the amount in all other pages.", says=says
        ),
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        total=tuple(total),
        structured=True,
    )


def _first_row(intake: Intake, reason: str) -> str | int:
    """Return where the first row of a reason stands: its number, with the file where there are several."""
    first = intake.first_rows.get(reason)
    if first is None:
        return ""
    return f"{first.file}: {first.row}" if len(intake.files) > 1 else first.row


def _by_currency(intake: Intake) -> tuple[Table, ...]:
    """Give the amounts as in the files, where adding them up would mix currencies."""
    if len(intake.file_currencies) == 1:
        return ()
    return (
        Table(
            name="account_by_currency",
            title="Amounts as in the files, by currency",
            caption="Amounts of different currencies are not added up. Rows without a readable amount are left out.",
            columns=(
                Column("outcome", "Outcome", "text", emphasis=True, words=True),
                Column("explanation", "Why", "wrapped", words=True),
                Column("rows", "Rows", "count"),
                Column("currency", "Currency", "text"),
                Column("amount", "Amount in the files", "cents"),
            ),
            rows=tuple(
                (_OUTCOMES[line.outcome], line.explanation, part.rows, part.currency, float(part.amount))
                for currency in intake.file_currencies
                for line in intake.account
                for part in line.amounts
                if part.currency == currency
            ),
        ),
    )


def _by_file(intake: Intake) -> tuple[Table, ...]:
    """Give the account of each file, where there are several."""
    if len(intake.files) == 1:
        return ()
    return (
        Table(
            name="account_by_file",
            title="What became of every row, file by file",
            caption="Amounts as they stand in each file. The rows of a file add up to it exactly.",
            columns=(
                Column("file", "File", "text", emphasis=True),
                Column("explanation", "Why", "wrapped", words=True),
                Column("rows", "Rows", "count"),
                Column("outcome", "Outcome", "text", words=True),
                Column("amount", "Amount in the file", "cents"),
            ),
            rows=tuple(
                (
                    intake.files[line.file - 1].name,
                    REASONS[line.reason],
                    line.rows,
                    _OUTCOMES[line.outcome],
                    float(line.amount),
                )
                for line in intake.by_file
            ),
            structured=True,
        ),
    )


def _refunded(intake: Intake) -> tuple[Table, ...]:
    """Account for the refunded amounts of a column, one by one subtracted or not."""
    if not intake.refunded:
        return ()
    several = len(intake.file_currencies) > 1
    total: tuple[Scalar, ...] | None = None
    if not several:
        total = ("Sum of the column", "", "", float(sum(part.amount for _, part in _parts(intake))))
    return (
        Table(
            name="refunded_amounts",
            title="Refunded amounts",
            caption=say(
                'What became of every amount in the column "{refunded}". The cost of an order stays '
                "whole, since the file does not say what came back.",
                refunded=intake.columns["refunded"],
            ),
            columns=(
                Column("verdict", "Outcome", "text", emphasis=True, words=True),
                Column("explanation", "Why", "wrapped", words=True),
                Column("rows", "Rows", "count"),
                *((Column("currency", "Currency", "text"),) if several else ()),
                Column("amount", "Amount in the files", "cents"),
            ),
            rows=tuple(
                (
                    "Subtracted" if line.verdict == "subtracted" else "Not subtracted",
                    line.explanation,
                    part.rows,
                    *((part.currency,) if several else ()),
                    float(part.amount),
                )
                for line, part in _parts(intake)
            ),
            total=total,
        ),
    )


def _parts(intake: Intake) -> list[tuple[RefundedLine, CurrencyAmount]]:
    return [(line, part) for line in intake.refunded for part in line.amounts]


_OUTCOMES = {
    "used": "Used",
    "refund": "Refund, used",
    "order line": "Of these orders",
    "set aside": "Set aside",
}


def _files(intake: Intake) -> Table:
    return Table(
        name="files",
        title="Files",
        caption="The hash names the exact cells of the sheet that were read."
        if _in_sheets(intake)
        else "The hash names the exact bytes that were read.",
        columns=(
            Column("name", "File", "text", emphasis=True),
            Column("kind", "Read as", "text"),
            Column("rows", "Rows", "count"),
            Column("bytes", "Bytes", "count"),
            Column("decimal", "Decimal mark", "text"),
            Column("dates", "Dates", "text"),
            Column("hash", "SHA-256", "text"),
        ),
        rows=tuple(
            (file.name, _kind(file), file.rows, file.bytes, file.decimal, file.date_format, file.sha256)
            for file in intake.files
        ),
    )


def _in_sheets(intake: Intake) -> bool:
    """Tell whether the orders stood in a workbook that somebody filled in, and not in a file of their own."""
    return all(file.kind == "cells" for file in intake.files)


def _kind(file: SourceFile) -> str:
    """Say how a file was read: its kind, and what was found out about it."""
    separators = {",": say("comma"), ";": say("semicolon"), "\t": say("tab"), "|": say("bar")}
    parts = (
        _format(file.read_as) if file.read_as.known else "",
        file.kind,
        file.encoding,
        separators.get(file.delimiter, file.delimiter),
        say("sheet {sheet}", sheet=file.sheet) if file.sheet else "",
    )
    return joined(", ", [part for part in parts if part])


def _format(found: ReadAs) -> str:
    return say(
        "{title} ({found} of {known} known columns)", title=found.title, found=found.found, known=found.known
    )


def _columns(intake: Intake) -> Table:
    used = dict.fromkeys((header, name) for file in intake.files for name, header in file.columns.items())
    rows: list[tuple[Scalar, ...]] = [*used]
    rows.extend((header, say("not used")) for header in intake.unused_columns)
    return Table(
        name="columns_read",
        title="Columns",
        caption="How each column was read. Is one wrong? Change its header on the sheet."
        if _in_sheets(intake)
        else "How each column of the files was read; overrule with --column.",
        columns=(
            Column("header", "In the file", "text", emphasis=True),
            Column("canonical", "Read as", "text"),
        ),
        rows=tuple(rows),
    )


def _statuses(intake: Intake, unit: str) -> tuple[Table, ...]:
    if not intake.statuses:
        return ()
    one_currency = len(intake.file_currencies) == 1
    amount = (Column("amount", "Amount in the files", "cents"),) if one_currency else ()
    no_status = say("(no, or blank)") if intake.is_told_by_flags else say("(blank)")
    caption = (
        say(
            "What each status text was read as, and what became of its rows; is one wrong, change the text on the "
            "sheet."
        )
        if _in_sheets(intake)
        else say("What each status text was read as, and what became of its rows; overrule with --status.")
    )
    if one_currency:
        caption += say(" Amounts in {currency}.", currency=intake.file_currencies[0] or unit)
    return (
        Table(
            name="statuses",
            title="Order statuses",
            caption=caption,
            columns=(
                Column("status", "Status", "text", emphasis=True),
                Column("read_as", "Read as", "text", words=True),
                Column("rows", "Rows", "count"),
                Column("counted_as", "Counted as", "text", words=True),
                *amount,
            ),
            rows=tuple(
                (
                    line.status or no_status,
                    line.read_as,
                    line.rows,
                    _counted_as(line),
                    *((float(line.amount),) if one_currency else ()),
                )
                for line in intake.statuses
            ),
        ),
    )


def _counted_as(line: StatusLine) -> str:
    """Say what became of the rows of a status: one outcome, or several with their counts."""
    outcomes = ((say("sale"), line.sales), (say("refund"), line.refunds), (say("set aside"), line.set_aside))
    found = [(name, rows) for name, rows in outcomes if rows]
    if len(found) == 1:
        return found[0][0]
    return joined(", ", [frame("{rows} {name}", rows=count(rows), name=name) for name, rows in found])


def _set_aside(material: Material) -> tuple[Table, ...]:
    shown = material.set_aside
    if not shown:
        return ()
    total = material.intake.rows_of("set aside")
    caption = say("{many_row}, by file and row.", many_row=plural(total, "row", "rows"))
    if total > len(shown):
        template = (
            "The first {shown} of {total} rows. clv-xl refresh with --set-aside FILE.csv writes all."
            if _in_sheets(material.intake)
            else "The first {shown} of {total} rows. The option --set-aside FILE.csv writes all."
        )
        caption = say(template, shown=count(len(shown)), total=count(total))
    copies = any(row.counted_in for row in shown)
    return (
        Table(
            name="rows_set_aside",
            title="Rows set aside",
            caption=caption,
            columns=(
                Column("file", "File", "text"),
                Column("reason", "Why", "text", words=True),
                Column("row", "Row in the file", "count"),
                Column("customer", "Customer", "text"),
                Column("date", "Date", "text"),
                Column("amount", "Amount", "cents", "As in the file; a text where it is no number."),
                _LINE,
                *((_COPY_OF,) if copies else ()),
            ),
            rows=tuple(
                (
                    row.file,
                    row.explanation,
                    row.row,
                    row.customer_id or "",
                    row.order_date or "",
                    (row.amount or "") if row.number is None else float(row.number),
                    row.line or "",
                    *((row.counted_in,) if copies else ()),
                )
                for row in shown
            ),
            structured=True,
            filterable=True,
        ),
    )
