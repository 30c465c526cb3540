"""Reading 1,000,000 orders from CSV, Excel and Parquet, against pandas and openpyxl in the same run.

    python benchmarks/bench_reading.py [--rows 1000000] [--runs 3] [--dry-run]

Ours is ``load_orders``: recognition, every row judged and accounted for, the tables made. The others only read:
``pandas.read_csv`` and ``pandas.read_excel`` with dates, and openpyxl's read-only rows. Each run is a process of its
own, and its imports are not counted. The slow ones run once. The result is printed, and without --dry-run written
into ``benchmarks/README.md``.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from statistics import median

import duckdb
from measuring import machine, options, publish

# Seconds on two cores.
TARGETS = {"orders.csv": 3.0, "orders.xlsx": 8.0, "orders.parquet": 1.0}
ROWS = """
    SELECT 'C' || lpad(CAST(hash(i) % 150000 AS VARCHAR), 6, '0') AS customer_id,
        DATE '2022-01-01' + CAST(hash(i + 1) % 1400 AS INTEGER) AS order_date,
        CAST(500 + hash(i + 2) % 90000 AS DECIMAL(18, 2)) / 100 AS amount,
        100000 + i AS order_id, ['NO', 'SE', 'DK'][CAST(1 + i % 3 AS INTEGER)] AS country
    FROM range({rows}) AS given(i)
"""
READERS = {
    "ours": """
import duckdb
from clv_xl.orders import load_orders
connection = duckdb.connect()
start = time.perf_counter()
rows = load_orders(connection, [Path(path)]).rows_read
""",
    "pandas": """
import pandas
read = {".csv": pandas.read_csv, ".xlsx": pandas.read_excel, ".parquet": pandas.read_parquet}[Path(path).suffix]
dated = {} if path.endswith(".parquet") else {"parse_dates": ["order_date"]}
start = time.perf_counter()
rows = len(read(path, **dated))
""",
    "openpyxl": """
import openpyxl
start = time.perf_counter()
book = openpyxl.load_workbook(path, read_only=True)
rows = sum(1 for _ in book.active.iter_rows(values_only=True)) - 1
""",
}
FRAME = """
import json, resource, sys, time
from pathlib import Path
path = sys.argv[1]
{reader}
seconds = time.perf_counter() - start
whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
peak = sum(resource.getrusage(who).ru_maxrss for who in whose) / (1 << 20 if sys.platform == "darwin" else 1024)
print(json.dumps([rows, seconds, peak]))
"""
CONTENT = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>\
<Override PartName="/xl/styles.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>\
<Override PartName="/xl/sharedStrings.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"""
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'


def make_files(folder: Path, rows: int) -> None:
    """Write the same orders as CSV, Parquet and a workbook as Excel writes it: shared texts, dates as numbers."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE orders AS {ROWS.format(rows=rows)}")
        for name, form in (("orders.csv", "csv, HEADER"), ("orders.parquet", "parquet")):
            connection.execute(f"COPY orders TO '{folder / name}' (FORMAT {form})")
        found = connection.execute("SELECT * FROM orders")
        texts: dict[str, int] = {}
        with zipfile.ZipFile(folder / "orders.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                sheet.write(f"<worksheet {MAIN}><sheetData>".encode())
                header = [name for name, *_ in found.description]
                sheet.write(_row(1, header, texts))
                number = 2
                while part := found.fetchmany(20_000):
                    sheet.write(b"".join(_row(number + at, row, texts) for at, row in enumerate(part)))
                    number += len(part)
                sheet.write(b"</sheetData></worksheet>")
            items = "".join(f"<si><t>{text}</t></si>" for text in texts)
            archive.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{items}</sst>")
            archive.writestr("[Content_Types].xml", CONTENT)
            archive.writestr(
                "_rels/.rels",
                f'{RELATIONS}<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
                "</Relationships>",
            )
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets>'
                "</workbook>",
            )
            parts = (
                ("worksheet", "worksheets/sheet1"),
                ("styles", "styles"),
                ("sharedStrings", "sharedStrings"),
            )
            listed = "".join(
                f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{part}.xml"/>'
                for at, (kind, part) in enumerate(parts, start=1)
            )
            archive.writestr("xl/_rels/workbook.xml.rels", f"{RELATIONS}{listed}</Relationships>")
            archive.writestr(
                "xl/styles.xml",
                f"<styleSheet {MAIN}><fonts><font/></fonts><fills><fill><patternFill/></fill></fills>"
                "<borders><border/></borders>"
                '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
            )


def _row(number: int, values: list[str] | tuple[object, ...], texts: dict[str, int]) -> bytes:
    cells = []
    for letter, value in zip("ABCDE", values, strict=True):
        if isinstance(value, str):
            cells.append(f'<c r="{letter}{number}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>')
        elif isinstance(value, dt.date):
            cells.append(f'<c r="{letter}{number}" s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>')
        else:
            cells.append(f'<c r="{letter}{number}"><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def run(reader: str, path: Path, rows: int) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of one reading in a process of its own."""
    program = FRAME.format(reader=READERS[reader])
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{reader} cannot read {path.name}:\n{done.stderr[-2000:]}")
    found, seconds, peak = json.loads(done.stdout)
    if found != rows:
        raise SystemExit(f"{reader} read {found:,} of {rows:,} rows of {path.name}")
    return seconds, peak


def measure(rows: int, runs: int) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Return seconds and peak memory of each run by file and reader, the readers in turns."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder), rows)
        for at in range(runs):
            for name in TARGETS:
                for reader in READERS:
                    slow = name == "orders.xlsx" and reader != "ours"
                    lacks = name == "orders.parquet" and importlib.util.find_spec("pyarrow") is None
                    if (slow and at) or (reader == "pandas" and lacks) or (reader == "openpyxl" and not slow):
                        continue
                    found.setdefault((name, reader), []).append(run(reader, Path(folder, name), rows))
    return found


def markdown(rows: int, found: dict[tuple[str, str], list[tuple[float, float]]]) -> str:
    """Return the result as a page shows it."""
    names = {"ours": "`load_orders`", "pandas": "pandas", "openpyxl": "openpyxl, read-only"}
    lines = []
    for (name, reader), costs in found.items():
        seconds = [cost for cost, _ in costs]
        ours = median(cost for cost, _ in found[name, "ours"])
        spread = f"{median(seconds):.2f}"
        if len(seconds) > 1:
            spread += f" ({min(seconds):.2f} to {max(seconds):.2f})"
        times = f"{median(seconds) / ours:.1f}"
        peak = f"{median(peak for _, peak in costs):,.0f}"
        target = f"{TARGETS[name]:.0f} s" if reader == "ours" else ""
        lines.append(f"| {name} | {names[reader]} | {spread} | {times} | {peak} | {target} |")
    table = "\n".join(lines)
    runs = len(next(iter(found.values())))
    return f"""{rows:,} orders, 5 columns; median (smallest to largest) of {runs} runs, the slow readers of Excel once.

| file | reader | seconds | times ours | peak memory, MB | target |
|---|---|---|---|---|---|
{table}

{machine("clv-xl", "duckdb", "fastexcel", "pandas", "openpyxl")}"""


def main() -> None:
    """Measure, print, and write the page."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="orders (default 1000000)")
    arguments = parser.parse_args()
    if not 1 <= arguments.rows <= 1_048_575:
        parser.error("--rows must be 1 to 1048575, the rows of a sheet")
    result = markdown(arguments.rows, measure(arguments.rows, arguments.runs))
    publish("reading", result, dry_run=arguments.dry_run)


if __name__ == "__main__":
    main()
