"""The page Data quality: can I trust it? Every row of the files, accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Live, Page, Paragraph, Table
from clv_xl.report.words import count, plural

if TYPE_CHECKING:
    from clv_xl.orders import Intake, SourceFile
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["data_quality_page", "quality_blocks"]


def data_quality_page(material: Material) -> Page:
    """Build the page that accounts for every row."""
    return Page(
        key="data_quality",
        title="Data quality",
        heading="Data quality",
        question="Can I trust it? Every row that was read, and what became of it.",
        blocks=(*quality_blocks(material.intake, material.unit), *_set_aside(material)),
        widths=_widths(material),
        cautions=(material.caution,) if material.caution else (),
    )


def _widths(material: Material) -> tuple[float, ...]:
    """Return the column widths: names of files and of customers set aside are as long as they are."""
    names = max(len(file.name) for file in material.intake.files)
    people = max((len(row.customer_id or "") for row in material.set_aside), default=0)
    return (min(45.0, max(26.0, names + 2)), 50, 12, min(36.0, max(20.0, people + 2)), 18, 17, 58)


def quality_blocks(intake: Intake, unit: str) -> tuple[Table | Paragraph, ...]:
    """Return the account, the files, the columns, the statuses and the warnings."""
    return (
        _account(intake, unit),
        Paragraph("Warnings", tuple(f"•  {warning.text}" for warning in intake.warnings) or ("None.",)),
        _files(intake),
        _columns(intake),
        *_statuses(intake),
    )


def _account(intake: Intake, unit: str) -> Table:
    rows: list[tuple[Scalar | Live, ...]] = [
        (
            _OUTCOMES[line.outcome],
            line.explanation,
            line.rows,
            float(line.amount),
            float(line.counted_amount),
        )
        for line in intake.account
    ]
    counted = float(sum(line.counted_amount for line in intake.account))
    total: tuple[Scalar | Live, ...] = (
        "Rows read",
        "All rows below the header that are not blank.",
        Live("=SUM(account[Rows])", intake.rows_read),
        Live("=SUM(account[Amount in the files])", float(intake.amount_read)),
        Live("=SUM(account[Amount counted])", counted),
    )
    return Table(
        name="account",
        title="What became of every row",
        caption=f"Rows and amounts (in {unit}) add up to the files exactly. Amount counted is after the VAT "
        "switch and currency rates, and is the amount in all other pages.",
        columns=(
            Column("outcome", "Outcome", "text", emphasis=True),
            Column("explanation", "Why", "wrapped"),
            Column("rows", "Rows", "count"),
            Column("amount", "Amount in the files", "cents"),
            Column("counted", "Amount counted", "cents"),
        ),
        rows=tuple(rows),
        total=total,
        structured=True,
    )


_OUTCOMES = {"used": "Used", "refund": "Refund, used", "set aside": "Set aside"}


def _files(intake: Intake) -> Table:
    return Table(
        name="files",
        title="Files",
        caption="The hash names the exact bytes that were read.",
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


def _kind(file: SourceFile) -> str:
    """Say how a file was read: its kind, and what was found out about it."""
    separators = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    parts = (
        file.kind,
        file.encoding,
        separators.get(file.delimiter, file.delimiter),
        f"sheet {file.sheet}" if file.sheet else "",
    )
    return ", ".join(part for part in parts if part)


def _columns(intake: Intake) -> Table:
    rows: list[tuple[Scalar, ...]] = [(header, canonical) for canonical, header in intake.columns.items()]
    rows.extend((header, "not used") for header in intake.unused_columns)
    return Table(
        name="columns_read",
        title="Columns",
        caption="How each column of the files was read; overrule with --column.",
        columns=(
            Column("header", "In the file", "text", emphasis=True),
            Column("canonical", "Read as", "text"),
        ),
        rows=tuple(rows),
    )


def _statuses(intake: Intake) -> tuple[Table, ...]:
    if not intake.statuses:
        return ()
    return (
        Table(
            name="statuses",
            title="Order statuses",
            caption="What each status text was read as; amounts as in the files.",
            columns=(
                Column("status", "Status", "text", emphasis=True),
                Column("read_as", "Read as", "text"),
                Column("rows", "Rows", "count"),
                Column("amount", "Amount in the files", "cents"),
            ),
            rows=tuple(
                (line.status or "(blank)", line.read_as, line.rows, float(line.amount))
                for line in intake.statuses
            ),
        ),
    )


def _set_aside(material: Material) -> tuple[Table, ...]:
    shown = material.set_aside
    if not shown:
        return ()
    total = material.intake.rows_of("set aside")
    caption = f"{plural(total, 'row', 'rows')}, by file and row."
    if total > len(shown):
        caption = f"The first {count(len(shown))} of {count(total)} rows. The option --set-aside FILE.csv writes all."
    return (
        Table(
            name="rows_set_aside",
            title="Rows set aside",
            caption=caption,
            columns=(
                Column("file", "File", "text"),
                Column("reason", "Why", "text"),
                Column("row", "Row in the file", "count"),
                Column("customer", "Customer", "text"),
                Column("date", "Date", "text"),
                Column("amount", "Amount", "text"),
                Column("line", "Start of the row", "text"),
            ),
            rows=tuple(
                (
                    row.file,
                    row.explanation,
                    row.row,
                    row.customer_id or "",
                    row.order_date or "",
                    row.amount or "",
                    row.line or "",
                )
                for row in shown
            ),
            structured=True,
            filterable=True,
        ),
    )
