"""A company's brand on its report: name, colour and logo, in the file and on paper."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from clv_xl.brand_file import load_brand
from clv_xl.workbook import styles
from clv_xl.workbook.brand import Brand, branded, contrast
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.pictures import picture_of
from clv_xl.workbook.sheet import Area, Book, Cell, ConditionalFormat, Formula, Sheet
from clv_xl.workbook.specimen import specimen_sheets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

ORDERS = "customer_id,order_date,amount\nann,2023-05-15,100\nbo,2024-06-15,60.50\nann,2024-07-15,9.90\n"
OWN = (*styles.PALETTE[:4], *styles.HEAT)


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = (b"\0" + bytes((122, 0, 25)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )


def jpeg(width: int, height: int) -> bytes:
    """The parts of a JPEG that programs look for: notes by the camera, the frame, the end."""
    notes = b"\xff\xe0\x00\x10JFIF\0" + bytes(9) + b"\xff\xff\xe1\x00\x06\xff\xc0\xff\xc0"
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + notes + frame + b"\xff\xda" + bytes(40) + b"\xff\xd9"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with orders, a brand and its logo."""
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "brand").mkdir()
    (tmp_path / "brand" / "logo.png").write_bytes(png(300, 100))
    _brand(tmp_path, 'company = "Nordlys & Sønner"\naccent = "#7a0019"\nlogo = "logo.png"\n')
    return tmp_path


def _brand(folder: Path, text: str) -> Path:
    path = folder / "brand" / "brand.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@cache
def _specimen() -> Book:
    """Every block that a report may have, and a heat map."""
    heat = ConditionalFormat("scale", Area(1, 1, 2, 2), colours=styles.HEAT)
    more = Sheet("Heat", (Cell(1, 1, 2, styles.BODY),), formats=(heat,))
    return Book("Specimen", date(2025, 1, 1), (*specimen_sheets(), more))


def test_report_carries_name_colour_and_logo(shop: Path, cli: Callable[..., Run]) -> None:
    run = cli("report", "orders.csv", "--brand", "brand/brand.toml", "-o", "one.xlsx", "--quiet")
    assert run.exit_code == 0, run
    parts = _parts(shop / "one.xlsx")
    assert "Nordlys &amp; Sønner · Customer value" in parts["xl/worksheets/sheet1.xml"]
    sheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")]
    # in a header & begins a code, and && is &
    assert all("Nordlys &amp;&amp; S&#248;nner</oddHeader>" in text for text in sheets)
    assert "FF7A0019" in parts["xl/styles.xml"]
    shown = "".join(text for name, text in parts.items() if not name.startswith("docProps"))
    assert not [colour for colour in OWN if colour in shown]
    with zipfile.ZipFile(shop / "one.xlsx") as archive:
        assert archive.read("xl/media/image1.png") == png(300, 100)
    drawing = parts["xl/drawings/drawing1.xml"]
    relation = re.search(r'r:embed="(rId\d+)"', drawing)
    assert relation
    assert re.search(
        rf'<Relationship [^>]*Target="/xl/media/image1.png"[^>]*Id="{relation[1]}"',
        parts["xl/drawings/_rels/drawing1.xml.rels"],
    )
    assert 'descr="Nordlys &amp; Sønner"' in drawing or 'descr="Nordlys &amp; S&#248;nner"' in drawing
    # 56 pixels high, its sides as they were
    assert f'<xdr:ext cx="{168 * 9525}" cy="{56 * 9525}"' in drawing
    assert 'Extension="png" ContentType="image/png"' in parts["[Content_Types].xml"]


@pytest.mark.long
def test_every_colour_of_the_accent_is_replaced_and_nothing_else_changes() -> None:
    book = _specimen()
    assert [colour for colour in OWN if f"'{colour}'" in repr(book)] == list(OWN)
    other = branded(book, Brand(accent="D4006A"))
    assert not [colour for colour in OWN if f"'{colour}'" in repr(other)]
    for old, new in zip(book.sheets, other.sheets, strict=True):
        assert [(c.row, c.column, c.value, c.note, c.link) for c in old.cells] == [
            (c.row, c.column, c.value, c.note, c.link) for c in new.cells
        ]
    assert branded(book, Brand()) == book


@pytest.mark.parametrize("accent", ["FFD700", "FFFFFF", "000000", "7A0019", "1D5FA6", "00FF00", "0000FF"])
def test_words_and_bars_can_be_read_whatever_the_accent(accent: str) -> None:
    old, new = _specimen(), branded(_specimen(), Brand(accent=accent))
    for before, after in zip(old.sheets, new.sheets, strict=True):
        for was, cell in zip(before.cells, after.cells, strict=True):
            if was.style != cell.style and cell.value not in {None, ""}:
                behind = cell.style.fill or "FFFFFF"
                assert contrast(cell.style.colour, behind) >= 4.5, (was, cell)
        for was_rule, rule in zip(before.formats, after.formats, strict=True):
            for colour in rule.colours if rule.kind == "scale" else ():
                assert contrast(styles.INK, colour) >= 4.5, (was_rule, rule)
            if rule.colour and rule.colour != was_rule.colour:
                assert contrast(rule.colour, rule.fill or styles.CARD) >= 4.5
    tints = _tints(accent)
    assert contrast(tints[0], "FFFFFF") >= 3
    # in grey print the series of a chart are told apart
    assert all(contrast(dark, light) > 1.2 for dark, light in pairwise(tints))


def _tints(accent: str) -> list[str]:
    cells = tuple(
        Cell(1, number, None, styles.plain(fill=colour))
        for number, colour in enumerate(styles.PALETTE[1:4], 1)
    )
    (specimen,) = [sheet for sheet in _specimen().sheets if sheet.charts][:1]
    book = Book("B", date(2025, 1, 1), (Sheet("S", cells, charts=specimen.charts),))
    sheet = branded(book, Brand(accent=accent)).sheets[0]
    first = next(
        new.colour
        for was, now in zip(specimen.charts, sheet.charts, strict=True)
        for old, new in zip(was.series, now.series, strict=True)
        if old.colour == styles.PALETTE[0]
    )
    return [first, *(str(cell.style.fill) for cell in sheet.cells)]


def test_a_name_is_text_wherever_it_stands(tmp_path: Path) -> None:
    cells = (Cell(1, 2, "Customer value", styles.TITLE), Cell(2, 2, Formula("=1+1", 2), styles.BODY))
    book = Book("B", date(2025, 1, 1), (Sheet("S", cells, column_widths=((2, 36.0),)),))
    write_book(branded(book, Brand('=1+"&P_x0041_<')), tmp_path / "b.xlsx")
    text = _parts(tmp_path / "b.xlsx")["xl/worksheets/sheet1.xml"]
    assert text.count("<f>") == 1
    assert '&amp;K52606D=1+"&amp;&amp;P_x005F_x0041_&lt;</oddHeader>' in text


def test_a_logo_without_charts_and_names_is_found_in_the_same_bytes_each_time(tmp_path: Path) -> None:
    book = Book("B", date(2025, 1, 1), (Sheet("S", (), column_widths=((2, 36.0),)),))
    for name in ("a.xlsx", "b.xlsx"):
        write_book(branded(book, Brand(logo=picture_of(jpeg(10, 20)))), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    parts = _parts(tmp_path / "b.xlsx")
    assert "<drawing " in parts["xl/worksheets/sheet1.xml"]
    assert 'descr="Logo"' in parts["xl/drawings/drawing1.xml"]
    # never larger than it is
    assert f'<xdr:ext cx="{10 * 9525}" cy="{20 * 9525}"' in parts["xl/drawings/drawing1.xml"]
    assert 'Extension="jpeg" ContentType="image/jpeg"' in parts["[Content_Types].xml"]


@pytest.mark.parametrize(("make", "kind"), [(png, "png"), (jpeg, "jpeg")])
def test_the_size_of_a_picture_is_read_from_its_bytes(make: Callable[[int, int], bytes], kind: str) -> None:
    picture = picture_of(make(40, 30))
    assert (picture.kind, picture.width, picture.height) == (kind, 40, 30)


REFUSED = {
    "no such file": (None, 3, "brand/brand.toml: no such brand file. Check the path given to --brand."),
    "no TOML": ("company = Nordlys", 3, "brand/brand.toml: is not valid TOML: "),
    "unknown key": (
        'colour = "#123456"', 2,
        'brand/brand.toml: "colour" is no key of a brand. Expected company, accent, logo.',
    ),
    "a number": ("accent = 123456", 2, "brand/brand.toml: accent is 123456; expected text in quotes, such as"),
    "no colour": (
        'accent = "brown"', 2,
        'brand/brand.toml: accent is "brown"; expected a colour as # and six hexadecimal digits, such as "#1D5FA6".',
    ),
    "empty": ('logo = " "', 2, "brand/brand.toml: logo is empty. Give it a value such as"),
    "a long name": (f'company = "{"x" * 81}"', 2, "brand/brand.toml: company has 81 characters; expected 80 at most"),
    "two lines": ('company = "a\\nb"', 2, "brand/brand.toml: company is 'a\\nb'; expected one line"),
    "no logo": ('logo = "gone.png"', 3, 'brand/brand.toml: logo is "gone.png", which cannot be read (No such file'),
    "a folder": ('logo = "."', 3, 'brand/brand.toml: logo is ".", which is no file; expected a PNG or JPEG'),
    "by its name only": (
        'logo = "svg.png"', 3,
        'brand/brand.toml: logo is "svg.png", which is neither a PNG nor a JPEG picture by its content; expected',
    ),
    "cut off": ('logo = "cut.png"', 3, 'logo is "cut.png", which is a damaged picture'),
    "a bomb": ('logo = "huge.png"', 3, 'logo is "huge.png", which is 60,000 x 60,000 pixels; expected 1 to 5,000'),
    "heavy": ('logo = "heavy.png"', 3, 'logo is "heavy.png", which is larger than 1 MB'),
}  # fmt: skip


@pytest.mark.parametrize(("text", "exit_code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_no_brand_can_be_is_refused_before_any_work(
    shop: Path, cli: Callable[..., Run], text: str | None, exit_code: int, message: str
) -> None:
    (shop / "brand" / "svg.png").write_text("<svg/>", encoding="utf-8")
    (shop / "brand" / "cut.png").write_bytes(png(40, 30)[:-6])
    huge = struct.pack(">II", 60_000, 60_000)
    (shop / "brand" / "huge.png").write_bytes(png(40, 30).replace(struct.pack(">II", 40, 30), huge))
    (shop / "brand" / "heavy.png").write_bytes(png(40, 30) + bytes(1 << 20))
    (shop / "brand" / "brand.toml").unlink() if text is None else _brand(shop, text)
    run = cli("report", "orders.csv", "--brand", "brand/brand.toml", "-o", "report.xlsx", "--quiet")
    assert (run.exit_code, run.stdout) == (exit_code, "")
    assert message in run.stderr
    assert not (shop / "report.xlsx").exists()


def test_damaged_jpegs_are_refused_and_never_read_beyond_their_end() -> None:
    whole = jpeg(40, 30)
    for end in range(len(whole)):
        with pytest.raises(ValueError, match=r"damaged|neither"):
            picture_of(whole[:end])


def test_brand_and_logo_are_never_written_over(shop: Path, cli: Callable[..., Run]) -> None:
    (shop / "brand" / "logo.xlsx").write_bytes(png(3, 3))
    _brand(shop, 'logo = "logo.xlsx"')
    run = cli(
        "report", "orders.csv", "--brand", "brand/brand.toml", "-o", "brand/logo.xlsx", "--replace", "--quiet"
    )
    assert run.exit_code == 2
    assert "is read or written by this command already" in run.stderr
    assert (shop / "brand" / "logo.xlsx").read_bytes() == png(3, 3)


def test_short_colours_and_windows_lines_are_read(shop: Path) -> None:
    path = shop / "brand" / "brand.toml"
    path.write_bytes(b'\xef\xbb\xbfaccent = "#70a"\r\ncompany = " Nordlys "\r\n')
    assert (load_brand(path).accent, load_brand(path).company) == ("7700AA", "Nordlys")


@pytest.mark.office
def test_excels_own_rules_allow_the_brand(
    shop: Path, cli: Callable[..., Run], ooxml_validator: Callable[[Path], list[str]]
) -> None:
    run = cli("report", "orders.csv", "--brand", "brand/brand.toml", "-o", "one.xlsx", "--quiet")
    assert run.exit_code == 0, run
    assert ooxml_validator(shop / "one.xlsx") == []
