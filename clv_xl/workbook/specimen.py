"""A report of blanks that shows every kind of block once: where the looks of the template are taken from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, get_args

from clv_xl.report.model import (
    Card,
    Cards,
    CellRef,
    Chart,
    Column,
    Finding,
    Findings,
    Format,
    Grid,
    Line,
    Live,
    LongTable,
    Matrix,
    Page,
    Paragraph,
    Report,
    Table,
    Tile,
    Tiles,
)
from clv_xl.workbook.layout import lay_out

if TYPE_CHECKING:
    from clv_xl.report.model import Block, Scalar
    from clv_xl.workbook.sheet import Sheet

__all__ = ["specimen_sheets"]

_FORMATS: Final[tuple[Format, ...]] = get_args(Format)
_CHANGES: Final[tuple[Format, ...]] = tuple(
    form for form in _FORMATS if form in {"change", "points", "same age"}
)
_LEFT: Final[tuple[Format, ...]] = ("text", "wrapped", "date", "month")
_LONG: Final = "text " * 60
_NOTICE: Final = Live('=""', "")


def specimen_sheets() -> tuple[Sheet, ...]:
    """Return laid-out sheets on which every look of a report occurs.

    Examples
    --------
    >>> [sheet.title for sheet in specimen_sheets()][:2]
    ['dashboard', 'tables']
    """
    pages = [
        _page("dashboard", (*_tiles(), *_findings(), *_cards(5)), dashboard=True),
        _page("tables", (*_tables(), *_cards(12), _grid(), *_matrices(), Paragraph("A", ("B",)))),
    ]
    pages += [
        _page(f"list {form} {emphasis}", (_list(form, emphasis=emphasis),))
        for form in _FORMATS
        for emphasis in (False, True)
    ]
    book = lay_out(Report("Specimen", date(2025, 1, 1), tuple(pages)))
    return book.sheets


def _page(title: str, blocks: tuple[Block, ...], *, dashboard: bool = False) -> Page:
    return Page(
        key=title,
        title=title,
        heading=title,
        question=title,
        blocks=blocks,
        widths=() if dashboard else (12.0,) * 60,
        notice=_NOTICE,
        dashboard=dashboard,
    )


def _value(form: Format) -> Scalar:
    if form in {"text", "wrapped"}:
        return "text"
    return date(2025, 1, 1) if form in {"date", "month"} else 1.0


def _tiles() -> tuple[Tiles, ...]:
    return tuple(
        Tiles((Tile("title", 1.0, form, "caption", "note", 0.1, change),))
        for form in _FORMATS
        for change in _CHANGES
    )


def _findings() -> tuple[Findings, Findings]:
    # of one line and of several, in the midst and last
    several = Findings("title", (Finding(_LONG, "tables"), Finding(_LONG, "tables")))
    return Findings("title", (Finding("text", "tables"), Finding("text", "tables"))), several


def _chart() -> Chart:
    columns = CellRef("specimen", "text False")
    return Chart(
        "title", "unit", "line", columns, (Line("line", CellRef("specimen", "count False")),), "count"
    )


def _cards(fifths: int) -> tuple[Cards, ...]:
    """Frame cards of every width around each kind of content."""
    columns = (Column("name", "name", "text"), Column("number", "number", "count"))
    table = Table("in_card", "title", columns, (("a", 1), ("b", 2)), caption="caption")
    bodies = (_chart(), _findings()[0], Paragraph("title", ("line", "line")))
    widths = range(1, min(fifths, 5) + 1)
    cards = [Cards((Card(width, body),), height=8) for width in widths for body in bodies]
    return (*cards, Cards((Card(2, table),), height=8))


def _columns(formats: tuple[Format, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(f"{form} {bold}", f"{form} {bold}", form, emphasis=bold)
        for form in formats
        for bold in (False, True)
    )


def _tables() -> tuple[Table, ...]:
    """Show every format in the first column and in others, as figure, as text and in a closing row."""
    columns = (Column("first", "first", "text"), *_columns(_FORMATS))
    figures = tuple(_value(column.format) for column in columns)
    words = ("text",) * len(columns)
    tables = [
        Table("specimen", "title", columns, (figures, words), caption="caption", total=figures),
        Table("words", "title", columns, (words,), total=words),
        Table("none", "title", columns[:2], ()),
    ]
    # figures that stand before bars keep clear of them
    for form in _FORMATS:
        for bold in (False, True):
            pair = (Column("clear", "clear", form, emphasis=bold), Column("bars", "bars", "count", bars=True))
            row = (_value(form), 1)
            tables.append(Table(f"clear_{form}_{bold}", "", pair, (row,), total=row))
    for form in _LEFT:
        for bold in (False, True):
            first = Column("first", "first", form, emphasis=bold)
            tables.append(
                Table(f"first_{form}_{bold}", "", (first,), ((_value(form),),), total=(_value(form),))
            )
    return tuple(tables)


def _matrices() -> tuple[Matrix, ...]:
    return tuple(
        Matrix(
            name=f"matrix_{form}_{heat}",
            title="title",
            caption="caption",
            row_header="rows",
            row_titles=("a", "b"),
            leading=(Column("size", "size", "count"),),
            leading_values=((1,), (1,)),
            column_titles=("0", "1"),
            values=((1.0, 1.0), (1.0, None)),
            format=form,
            immature=((False, True), (False, False)),
            average=(1.0, 1.0),
            average_title="Average",
            heat=heat,
        )
        for form in _FORMATS
        if form not in {"text", "wrapped", "date", *_CHANGES}
        for heat in (False, True)
    )


def _grid() -> Grid:
    """Show every depth of colour: from no customer to the most."""
    figures = (0, 1, 30, 100)
    return Grid(
        name="grid",
        title="title",
        caption="caption",
        corner="corner",
        row_titles=("a",),
        column_titles=("1", "2", "3", "4"),
        texts=(("a", "b", "c", "d"),),
        figures=(figures,),
    )


def _list(form: Format, *, emphasis: bool) -> LongTable:
    first = Column("first", "first", form if form in _LEFT else "text", emphasis=emphasis)
    other = Column("other", "other", form, emphasis=emphasis)
    name = f"list_{form}_{emphasis}".replace(" ", "_")
    return LongTable(name, (first, other), ((), ()))
