"""Buttons on a sheet: drawing shapes that run a macro when they are clicked.

A shape can be looked at and coloured like anything drawn, works on every platform of Excel, and needs no
control of another library. openpyxl writes no shapes, so their place in the drawing is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.xml.functions import fromstring

from clv_xl.workbook.cells import attribute_xml, clean_text, escape_markup
from clv_xl.workbook.furnish import pixels
from clv_xl.workbook.styles import ACCENT

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from clv_xl.workbook.sheet import Button, Sheet

__all__ = ["build_buttons"]

_EMU: Final = 9525  # English metric units in a pixel
# Moves with its cells but keeps its size; [0] is the workbook that the button stands in, whatever it is called
_ANCHOR: Final = (
    '<xdr:twoCellAnchor xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" editAs="oneCell">'
    "<xdr:from><xdr:col>{left}</xdr:col><xdr:colOff>0</xdr:colOff>"
    "<xdr:row>{top}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
    "<xdr:to><xdr:col>{right}</xdr:col><xdr:colOff>0</xdr:colOff>"
    "<xdr:row>{bottom}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
    '<xdr:sp macro={macro} textlink=""><xdr:nvSpPr><xdr:cNvPr id="{number}" name={name}/><xdr:cNvSpPr/>'
    '</xdr:nvSpPr><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    '<a:prstGeom prst="roundRect"><a:avLst><a:gd name="adj" fmla="val 18000"/></a:avLst></a:prstGeom>'
    '<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill><a:ln><a:noFill/></a:ln>'
    '<a:effectLst><a:outerShdw blurRad="38100" dist="19050" dir="5400000" algn="t" rotWithShape="0">'
    '<a:srgbClr val="000000"><a:alpha val="35000"/></a:srgbClr></a:outerShdw></a:effectLst></xdr:spPr>'
    '<xdr:txBody><a:bodyPr vertOverflow="clip" horzOverflow="clip" wrap="square" rtlCol="0" anchor="ctr"/>'
    '<a:lstStyle/><a:p><a:pPr algn="ctr"/><a:r><a:rPr lang="en-GB" sz="1300" b="1"><a:solidFill>'
    '<a:srgbClr val="FFFFFF"/></a:solidFill><a:latin typeface="Calibri"/></a:rPr><a:t>{caption}</a:t></a:r>'
    "</a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor>"
)


def build_buttons(sheet: Sheet) -> list[Element]:
    """Return the anchors of a sheet's buttons, numbered on from those of its charts.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Area, Button, Sheet
    >>> button = Button(Area(2, 2, 3, 4), "Refresh", "Main.Refresh")
    >>> (anchor,) = build_buttons(Sheet("Start", (), buttons=(button,)))
    >>> [shape.get("macro") for shape in anchor if shape.get("macro")]
    ['[0]!Main.Refresh']
    """
    return [
        _anchor(button, number, sheet) for number, button in enumerate(sheet.buttons, len(sheet.charts) + 1)
    ]


def _anchor(button: Button, number: int, sheet: Sheet) -> Element:
    area = button.area
    width, height = pixels(area, sheet)
    caption = clean_text(button.caption, f"sheet {sheet.title}, button")
    return fromstring(
        _ANCHOR.format(
            left=area.first_column - 1,
            top=area.first_row - 1,
            right=area.last_column,
            bottom=area.last_row,
            macro=attribute_xml(f"[0]!{button.macro}"),
            number=number,
            name=attribute_xml(caption),
            width=round(width * _EMU),
            height=round(height * _EMU),
            colour=ACCENT,
            caption=escape_markup(caption),
        )
    )
