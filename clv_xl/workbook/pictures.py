"""Pictures laid over a sheet: known by their bytes, and written into the package beside the charts.

openpyxl places pictures only where another library for images is installed. A PNG or JPEG needs no more than
its size, which stands in its first bytes, and a few lines in the drawing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from openpyxl.xml.functions import fromstring

from clv_xl.workbook.cells import attribute_xml, clean_text
from clv_xl.workbook.sheet import Picture

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from clv_xl.workbook.sheet import PlacedPicture, Sheet

__all__ = ["build_pictures", "picture_of"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_MOST_PIXELS: Final = 5_000  # a side; more is a photograph, or a bomb for who opens the workbook
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of a JPEG that give its size
_BARE: Final = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length
_EMU: Final = 9525  # English metric units in a pixel
_ANCHOR: Final = (
    '<xdr:oneCellAnchor xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    "<xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>{right}</xdr:colOff>"
    "<xdr:row>{row}</xdr:row><xdr:rowOff>{down}</xdr:rowOff></xdr:from>"
    '<xdr:ext cx="{width}" cy="{height}"/>'
    '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{number}" name="Picture {number}" descr={words}/>'
    '<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>'
    '<xdr:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
    '<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>'
)


def picture_of(content: bytes) -> Picture:
    r"""Return a picture from the bytes of its file.

    Raises
    ------
    ValueError
        If they are no whole PNG or JPEG, or one with a side of no or of more than 5,000 pixels; the message goes on
        after the name of the file.

    Examples
    --------
    >>> picture_of(b"GIF89a")
    Traceback (most recent call last):
        ...
    ValueError: is neither a PNG nor a JPEG picture by its content
    """
    if content.startswith(_PNG):
        kind, size = "png", _size_of_png(content)
    elif content.startswith(_JPEG):
        kind, size = "jpeg", _size_of_jpeg(content)
    else:
        raise ValueError("is neither a PNG nor a JPEG picture by its content")
    if size is None:
        raise ValueError("is a damaged picture: its size cannot be read, or its end is missing")
    if not all(0 < side <= _MOST_PIXELS for side in size):
        raise ValueError(f"is {size[0]:,} x {size[1]:,} pixels; expected 1 to {_MOST_PIXELS:,} on each side")
    return Picture(content, "png" if kind == "png" else "jpeg", *size)


def _size_of_png(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG from its first part, None where a part of the file is missing."""
    if len(content) < 33 or content[12:16] != b"IHDR" or b"IEND" not in content[-16:]:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG from the first frame, passing over what stands before it."""
    place = 2
    if b"\xff\xd9" not in content[-64:]:
        return None
    while place + 9 <= len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:  # a byte that only fills
            place += 1
        elif marker in _BARE:
            place += 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        else:
            place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return None


def build_pictures(sheet: Sheet, relations: tuple[str, ...]) -> list[Element]:
    """Return the anchors of a sheet's pictures, numbered on from its charts and buttons.

    Parameters
    ----------
    sheet : Sheet
        With pictures.
    relations : tuple of str
        For each picture, the relation of the drawing under which its bytes are found.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Picture, PlacedPicture, Sheet
    >>> logo = PlacedPicture(Picture(b"", "png", 200, 100), 1, 5, 40, 20, alt_text="Nordlys")
    >>> (anchor,) = build_pictures(Sheet("Summary", (), pictures=(logo,)), ("rId1",))
    >>> [part.get("descr") for part in anchor.iter() if part.get("descr")]
    ['Nordlys']
    """
    number = len(sheet.charts) + len(sheet.buttons)
    return [
        fromstring(_anchor(picture, number + index, relation, sheet.title))
        for index, (picture, relation) in enumerate(zip(sheet.pictures, relations, strict=True), 1)
    ]


def _anchor(placed: PlacedPicture, number: int, relation: str, title: str) -> str:
    return _ANCHOR.format(
        column=placed.column - 1,
        row=placed.row - 1,
        right=round(placed.right * _EMU),
        down=round(placed.down * _EMU),
        width=round(placed.width * _EMU),
        height=round(placed.height * _EMU),
        number=number,
        words=attribute_xml(clean_text(placed.alt_text, f"sheet {title}, picture")),
        relation=relation,
    )
