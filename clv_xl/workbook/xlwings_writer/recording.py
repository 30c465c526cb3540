"""Keeps the record of what a refresh writes, so that the next one knows what is ours, also after a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.limits import column_letters
from clv_xl.workbook.looks import LOOKS
from clv_xl.workbook.records import (
    FILLED,
    MARKER,
    PENDING,
    PROBES,
    PROBES_COLUMN,
    RECORDS_COLUMN,
    Recorded,
    dates_row,
    hidden_row,
    places_row,
    recorded_rows,
)
from clv_xl.workbook.remembered import shift, write_looks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xlwings as xw

    from clv_xl.workbook.live_plan import PagePlan
    from clv_xl.workbook.live_room import Shift
    from clv_xl.workbook.remembered import PageLook
    from clv_xl.workbook.sheet import Name

__all__ = ["Recording"]


class Recording:
    """The records of all pages on the hidden sheet of looks, while a refresh is under way.

    Parameters
    ----------
    book : xlwings.Book
    recorded : Recorded
        What was recorded before.
    pages : sequence of PagePlan
    names : sequence of Name
        The defined names that the report gives.
    """

    def __init__(
        self, book: xw.Book, recorded: Recorded, pages: Sequence[PagePlan], names: Sequence[Name]
    ) -> None:
        self._book = book
        self._pages = pages
        self._names = [name.name for name in names]
        self._width = recorded.width
        self._probed = recorded.probed
        self._looks: dict[str, PageLook] = dict(recorded.pages)

    def of_page(self, page: PagePlan) -> None:
        """Record that one page is under way: its rows and columns are where they will be."""
        self._looks[page.sheet.title] = _under_way(page)
        self._write()

    def step(self, title: str, step: Shift) -> None:
        """Record that rows or columns of a page are about to move, and let Excel mark whether they have.

        A refresh that breaks off just then leaves a page of which the next one still knows which cells are ours.
        """
        look = self._looks.get(title)
        if look is None or step.axis == "table":
            return
        sheet = "'" + title.replace("'", "''") + "'!"
        call = (
            f"ROW({sheet}A{step.at})" if step.axis == "rows" else f"COLUMN({sheet}{column_letters(step.at)}1)"
        )
        self._book.sheets[LOOKS].range(MARKER).formula = f"={call}"
        moved = replace(shift(look, step.axis, step.at, step.count), whole=False)
        (record,) = write_looks([moved])
        self._write([PENDING, f"at {step.at}", *record])
        self._looks[title] = moved

    def stepped(self) -> None:
        """Record that the step is done."""
        self._write()

    def start(self) -> None:
        """Record that all pages are under way: whatever happens now, the next refresh knows which cells are ours."""
        for page in self._pages:
            self._looks[page.sheet.title] = _under_way(page)
        self._write()

    def end(self) -> None:
        """Record what was written, and let Excel count the formulas beside each table."""
        for page in self._pages:
            self._looks[page.sheet.title] = page.after
        self._write()
        probes = [*_probes(self._pages), dates_row()]
        for page in self._pages:
            probes += [places_row(page.after), hidden_row(page.after)]
        width = PROBES + 1
        # what earlier probes were more is blanked out
        probes += [[""] * width] * (self._probed - len(probes))
        cells = self._book.sheets[LOOKS].range((1, PROBES_COLUMN), (len(probes), PROBES_COLUMN + PROBES))
        cells.options("raw").formula = probes

    def _write(self, pending: Sequence[str] = ()) -> None:
        rows = recorded_rows(self._looks.values(), self._names)
        width = max(len(rows[0]), len(pending))
        # a row is blanked out where nothing is pending
        rows = [row + [""] * (width - len(row)) for row in (*rows, list(pending))]
        last = RECORDS_COLUMN + len(rows[0]) - 1
        # what an earlier record was longer by is blanked out
        self._width = width = max(last, self._width)
        texts = [[f"'{text}" if text else "" for text in row] + [""] * (width - last) for row in rows]
        cells = self._book.sheets[LOOKS].range((1, RECORDS_COLUMN), (len(rows), width))
        cells.options("raw").value = texts


def _under_way(page: PagePlan) -> PageLook:
    """Return the record of a page while it is being written: all cells that are or were ours."""
    moving = tuple(note for columns in page.own_columns for note in columns.moving)
    tables = {table.name: replace(table, titles=()) for table in (*page.before.tables, *page.after.tables)}
    return replace(
        page.before,
        heading="",
        own=(*page.before.own, *page.after.own),
        looks=(*page.before.looks, *page.after.looks),
        widths=(),
        heights=page.before.heights,
        rules="",
        marks=tuple(dict.fromkeys((*page.before.marks, *page.after.marks))),
        ruled=tuple(dict.fromkeys((*page.before.ruled, *page.after.ruled))),
        tables=tuple(tables.values()),
        # which text a note has now is not known before all is done
        notes=(
            *page.before.notes,
            *(
                (row, column, "")
                for row, column, _ in page.after.notes
                if (row, column) in page.written_notes
            ),
        ),
        kept=tuple(dict.fromkeys((*page.before.kept, *moving))),
        whole=False,
    )


def _probes(pages: Sequence[PagePlan]) -> Iterator[list[str]]:
    """Yield, for each table, formulas that count the formulas and the filled cells in the columns beside it.

    Excel on a server tells values only, so at the next refresh these tell whether a reader's own column may be
    moved as values.
    """
    for page in pages:
        title = page.sheet.title.replace("'", "''")
        ours = {table.name: table.area.last_column for table in page.after.tables}
        for task in page.tables:
            first, last = task.area.first_row + 1, task.area.last_row
            columns = [column_letters(ours[task.name] + place) for place in range(1, PROBES + 1)]
            areas = [f"'{title}'!{column}{first}:{column}{last}" for column in columns]
            yield [f"'{task.name}", *(f"=SUMPRODUCT(--ISFORMULA({area}))" for area in areas)]
            yield [f"'{FILLED}{task.name}", *(f"=COUNTA({area})" for area in areas)]
