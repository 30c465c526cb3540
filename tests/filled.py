"""Templates as somebody has filled them in, made with openpyxl: the sheets, tables and names of the contract."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

from clv_xl.parameters import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Row = "Sequence[object]"

ORDER_HEADER = ["customer_id", "order_date", "amount", "order_id", "cost"]
SPEND_HEADER = ["month", "channel", "spend"]
CUSTOMER_HEADER = ["customer_id", "channel", "country", "first_product"]
FIRST_PARAMETER = 6
"""Row of the first parameter on its sheet; the value is in column C, the name in column F."""

DEFAULT_MAP = (
    ("New", "New", "Potential loyalists", "Champions", "Champions"),
    ("Promising", "Promising", "Potential loyalists", "Loyal", "Champions"),
    ("About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"),
    ("Hibernating", "Hibernating", "At risk", "At risk", "Can't lose"),
    ("Lost", "Lost", "At risk", "Can't lose", "Can't lose"),
)
"""As the template shows it: R 5 on top, FM 1 to the left. Typed here by hand, from the page of the report."""


def parameter_cell(name: str) -> str:
    """Address of a parameter's cell on the sheet Parameters."""
    return f"C{FIRST_PARAMETER + [spec.name for spec in PARAMETERS].index(name)}"


def template(
    path: Path,
    orders: Sequence[Sequence[object]],
    parameters: Mapping[str, object] | None = None,
    *,
    spend: Sequence[Sequence[object]] = (),
    customers: Sequence[Sequence[object]] = (),
    segment_map: Sequence[Sequence[object]] | None = DEFAULT_MAP,
    order_header: Sequence[object] = ORDER_HEADER,
    spend_header: Sequence[object] = SPEND_HEADER,
    customer_header: Sequence[object] = CUSTOMER_HEADER,
    change: Callable[[Any], None] = lambda _: None,
) -> Path:
    """Save a template with these rows below the headers; ``change`` may alter the openpyxl workbook at the end.

    Parameters that are not given hold their default, as in the template that is shipped.
    """
    book = openpyxl.Workbook()
    start = book.active
    start.title = "Start"
    start["B2"] = "Paste your orders, set the margin, refresh."
    for title, name, header, rows in (
        ("Orders", "Orders", order_header, orders),
        ("Spend", "Spend", spend_header, spend),
        ("Customer data", "CustomerData", customer_header, customers),
    ):
        sheet = book.create_sheet(title)
        sheet.append(list(header))
        for row in rows:
            sheet.append(list(row))
        if all(isinstance(text, str) for text in header):
            last = sheet.cell(max(2, len(rows) + 1), len(header)).coordinate
            sheet.add_table(Table(displayName=name, ref=f"A1:{last}"))
    _parameters(book, parameters or {})
    if segment_map is not None:
        _segment_map(book, segment_map)
    book.create_sheet("Functions")["A1"] = "CLV(...)"
    book.create_sheet("Summary")["B1"] = "Customer value"
    change(book)
    book.save(path)
    return path


def _parameters(book: Any, parameters: Mapping[str, object]) -> None:
    sheet = book.create_sheet("Parameters")
    sheet["B1"] = "Parameters"
    for column, title in enumerate(
        ("Parameter", "Value", "Unit", "Allowed", "Name", "What it means"), start=2
    ):
        sheet.cell(FIRST_PARAMETER - 1, column, title)
    defaults = {
        "gross_margin": 1, "discount_rate": 0, "service_cost": 0, "target_ratio": 3, "amounts_include_vat": False,
        "vat_rate": 0.25, "refunds": "subtract", "rfm_bins": 5, "rfm_nested": False, "ambassador_share": 0.2,
        "cohort_period": "auto", "migration_months": 12, "horizon": 36, "second_stage": "automatic",
        "language": "en",
    }  # fmt: skip
    for row, spec in enumerate(PARAMETERS, start=FIRST_PARAMETER):
        values = (
            spec.title,
            (defaults | dict(parameters)).get(spec.name),
            spec.unit,
            spec.allowed,
            spec.name,
        )
        for column, value in enumerate(values, start=2):
            sheet.cell(row, column).value = value
        book.defined_names[spec.name] = DefinedName(spec.name, attr_text=f"Parameters!$C${row}")


def _segment_map(book: Any, names: Sequence[Sequence[object]]) -> None:
    sheet = book.create_sheet("Segment map")
    sheet["B1"] = "Segment map"
    for fm in range(1, len(names) + 1):
        sheet.cell(4, 2 + fm, f"FM {fm}")
    for at, row in enumerate(names):
        sheet.cell(5 + at, 2, f"R {len(names) - at}")
        for column, name in enumerate(row, start=3):
            sheet.cell(5 + at, column, name)


def live_values(path: Path) -> tuple[dict[str, list[list[object]]], dict[str, object]]:
    """Sheets and names of a saved workbook as Excel's interface gives them: numbers are floats."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheets = {
        sheet.title: [[_as_excel_gives(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
    names = {}
    for name, defined in book.defined_names.items():
        (title, address), *_ = defined.destinations
        names[name] = _as_excel_gives(book[title][address.replace("$", "")].value)
    return sheets, names


def _as_excel_gives(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return None if value == "" else value


def with_formula(path: Path, sheet: str, address: str, formula: str, stored: float | None) -> Path:
    """Turn a number cell into a formula, with a stored result or without one, as other programs leave it."""
    part = f"xl/worksheets/sheet{openpyxl.load_workbook(path).sheetnames.index(sheet) + 1}.xml"
    body = f"<f>{formula}</f><v>{'' if stored is None else stored}</v></c>"
    pattern = re.compile(rf'(<c r="{address}"(?: s="\d+")?)(?: t="\w+")?(?:/>|>.*?</c>)'.encode())

    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        made, count = pattern.subn(lambda found: found[1] + b">" + body.encode(), content)
        assert count == 1, f"{sheet}!{address}"
        return made

    return rewritten(path, change)


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Change the parts of a workbook file, each by its name and content."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))
    return path


def with_shared_strings(path: Path) -> Path:
    """Keep the texts where Excel keeps them: once each, with formats and a reading aid, in a part of their own."""
    strings: dict[bytes, int] = {}

    def share(found: re.Match[bytes]) -> bytes:
        number = strings.setdefault(found[2], len(strings))
        return found[1] + b' t="s"><v>%d</v></c>' % number

    def change(name: str, content: bytes) -> bytes:
        if name.startswith("xl/worksheets/sheet"):
            inline = rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?) t="inlineStr"><is><t[^>]*>([^<]*)</t></is></c>'
            return re.sub(inline, share, content)
        if name == "xl/_rels/workbook.xml.rels":
            kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
            relation = f'<Relationship Id="rId900" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
            return content.replace(b"</Relationships>", relation.encode())
        if name == "[Content_Types].xml":
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
            part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
            return content.replace(b"</Types>", part.encode())
        return content

    rewritten(path, change)
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = b"".join(
        b'<si><r><t xml:space="preserve">%s</t></r><r><rPr><b/></rPr><t xml:space="preserve">%s</t></r>'
        b'<rPh sb="0" eb="1"><t>aid</t></rPh></si>' % (text[:1], text[1:])
        if b"&" not in text
        else b"<si><t>%s</t></si>" % text
        for text in strings
    )
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (main, items))
    return path


def orders_of_csv(path: Path) -> list[list[object]]:
    """Rows of orders.csv of the sample shop as a person has them after pasting: dates, numbers, texts."""
    import csv

    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [
        [
            row["customer_id"],
            dt.date.fromisoformat(row["order_date"]),
            float(row["amount"]),
            row["order_id"],
            None,
        ]
        for row in rows
        if row["status"] != "cancelled"
    ]
