"""Plan a refresh of all pages, and carry it out."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clv_xl.errors import OutputError
from clv_xl.said import counted, say
from clv_xl.workbook.cells import typed_text
from clv_xl.workbook.chart_data import chart_blocks, chart_data_sheet
from clv_xl.workbook.checks import check_book
from clv_xl.workbook.live_plan import plan_page
from clv_xl.workbook.looks import LOOKS
from clv_xl.workbook.regions import reference
from clv_xl.workbook.xlwings_writer.charts import apply_chart
from clv_xl.workbook.xlwings_writer.filters import put_filters_back, take_filters
from clv_xl.workbook.xlwings_writer.looks import LiveLooks
from clv_xl.workbook.xlwings_writer.moving import apply_shift
from clv_xl.workbook.xlwings_writer.open_book import (
    is_remote,
    range_of,
    read_page,
    read_recorded,
    sheet_titles,
)
from clv_xl.workbook.xlwings_writer.recording import Recording
from clv_xl.workbook.xlwings_writer.rules import apply_rules
from clv_xl.workbook.xlwings_writer.taken import refuse_taken, refuse_uncounted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import xlwings as xw

    from clv_xl.workbook.live_plan import Fill, PagePlan
    from clv_xl.workbook.records import Recorded
    from clv_xl.workbook.sheet import Book, Name
    from clv_xl.workbook.xlwings_writer.filters import TakenFilter

__all__ = ["LivePlan", "plan_report"]

_TABLE_STYLE: Final = "TableStyleLight1"
_PIXELS_A_CHARACTER: Final = 7
_EDGE_PIXELS: Final = 5


@dataclass(frozen=True, slots=True)
class LivePlan:
    """A refresh that is ready to be carried out: nothing has been written yet.

    Attributes
    ----------
    titles : tuple of str
        The pages, in order; hidden ones are not among them.
    notices : tuple of str
        What a reader should know of it, beyond that it is done.
    """

    book: xw.Book
    recorded: Recorded
    pages: tuple[PagePlan, ...]
    names: tuple[Name, ...]
    titles: tuple[str, ...]
    notices: tuple[str, ...]

    def try_pages(self) -> None:
        """Write the heading of every page as it is, so that one that cannot be written stops all before it begins.

        Raises
        ------
        OutputError
            It names the page, and says what to do.
        """
        for page in self.pages:
            if page.new or not page.before.whole or page.before.heading != page.after.heading:
                continue
            title = page.sheet.title
            try:
                if page.after.heading:
                    self.book.sheets[title].range("B1").options("raw").value = typed_text(page.after.heading)
            except Exception as fault:
                raise OutputError(
                    f"Excel does not let {title} be written ({fault}). If the sheet is protected, choose Review, "
                    "Unprotect Sheet; if you are editing a cell, leave it."
                ) from fault

    def carry_out(self, tell: Callable[[str], None]) -> tuple[str, ...]:
        """Write all pages.

        Parameters
        ----------
        tell : callable
            Told which page is being written.

        Returns
        -------
        tuple of str
            The notices, with those that only turned up while writing.
        """
        work = _Work(self)
        with _quiet(self.book):
            try:
                lost = work.run(tell)
            except BaseException:
                # what a reader has set comes back, also where the report does not
                with suppress(Exception):
                    put_filters_back(self.book, work.taken)
                raise
            return (*self.notices, *lost)


def plan_report(book: xw.Book, report: Book, *, inputs: Collection[str]) -> LivePlan:
    """Read what an open workbook holds, and decide what has to be done to it; nothing is written.

    Parameters
    ----------
    book : xlwings.Book
        The workbook.
    report : Book
        The laid-out report.
    inputs : collection of str
        Titles of sheets that the reader fills: pages of these titles are not written, and names on them are left
        alone.

    Raises
    ------
    LimitError
        If Excel cannot hold something of the report.
    OutputError
        If something of the reader's own is in the way.
    """
    check_book(report)
    sheets = [sheet for sheet in report.sheets if sheet.title not in inputs]
    blocks = chart_blocks(sheets)
    recorded = read_recorded(book)
    refuse_uncounted(book, recorded)
    names = tuple(name for name in report.names if name.sheet not in inputs)
    wanted = (*sheets, chart_data_sheet(blocks))
    refuse_taken(book, recorded, wanted, names)
    there = set(sheet_titles(book))
    pages = []
    for sheet in wanted:
        look = recorded.pages.get(sheet.title)
        now = read_page(book.sheets[sheet.title], recorded) if sheet.title in there else None
        of_page = [block for block in blocks if block.page == sheet.title]
        pages.append(plan_page(sheet, look, now, of_page))
    return LivePlan(
        book, recorded, tuple(pages), names, tuple(sheet.title for sheet in sheets), tuple(_notices(pages))
    )


def _notices(pages: Iterable[PagePlan]) -> Iterator[str]:
    for page in pages:
        keys = {note.key for note in page.kept}
        if keys:
            yield counted(
                len(keys),
                "Notes of yours beside a row that is no longer on {page} are kept, and come back with the row.",
                "Notes of yours beside {number} rows that are no longer on {page} are kept, and come back with the "
                "row.",
                page=page.sheet.title,
            )


class _Work:
    """One refresh under way."""

    def __init__(self, plan: LivePlan) -> None:
        self._plan = plan
        self._book = plan.book
        self._remote = is_remote(plan.book)
        self._looks = LiveLooks(plan.book, plan.recorded.keys)
        self._recording = Recording(plan.book, plan.recorded, plan.pages, plan.names)
        self.taken: list[TakenFilter] = []
        self._known = set(sheet_titles(plan.book))
        # making a chart, or a rule on a desktop, brings its sheet to the front
        self._has_activated = any(
            (page.rules and not self._remote) or any(chart.new for chart in page.charts)
            for page in plan.pages
        )

    def run(self, tell: Callable[[str], None]) -> list[str]:
        """Do all of it, in an order in which Excel accepts every step; return what a reader should know."""
        pages, active = self._plan.pages, self._book.sheets.active.name
        self._add_sheets()
        for page in pages:
            self.taken += take_filters(self._sheet(page), _standing(page))
        for page in pages:
            self._make_room(page)
        self._recording.start()
        for page in pages:
            tell(say("Writing {page}", page=page.sheet.title))
            self._constants(page)
        tell(say("Writing tables, names and formulas"))
        # a formula is refused that speaks of a table or a name which is not there yet
        for page in pages:
            self._tables(page)
        self._names()
        for page in pages:
            for fill in page.formulas:
                self._fill(page, fill, formulas=True)
        tell(say("Setting sizes, rules, notes and charts"))
        for page in pages:
            self._furnish(page)
        self._looks.done()
        self._recording.end()
        lost = put_filters_back(self._book, self.taken)
        if self._book.sheets.active.name != active or self._has_activated:
            self._book.sheets[active].activate()
        return lost

    def _constants(self, page: PagePlan) -> None:
        """Clear what is left over, and write looks and constants."""
        self._clear(page)
        for key, area in page.looks:
            self._looks.apply(self._sheet(page), area, key)
        for fill in page.constants:
            self._fill(page, fill, formulas=False)

    def _furnish(self, page: PagePlan) -> None:
        """Write everything but values and formulas, and bring a reader's own columns back."""
        sheet = self._sheet(page)
        self._sizes(page)
        apply_rules(sheet, page)
        self._notes(page)
        for name in page.dropped_charts:
            sheet.charts[name].delete()
        for chart in page.charts:
            apply_chart(sheet, chart, page.sheet)
        self._own_columns(page)
        for task in page.tables:
            # what is written right below or beside a table may have made it longer
            sheet.tables[task.name].resize(range_of(sheet, task.area))

    def _sheet(self, page: PagePlan) -> xw.Sheet:
        return self._book.sheets[page.sheet.title]

    def _add_sheets(self) -> None:
        book = self._book
        for title in (LOOKS, *(page.sheet.title for page in self._plan.pages)):
            if title in self._known:
                continue
            page = next((page for page in self._plan.pages if page.sheet.title == title), None)
            added = book.sheets.add(title, after=self._before(title))
            if page is None or page.sheet.hidden:
                added.visible = False
                continue
            with suppress(NotImplementedError):
                added.show_gridlines = page.sheet.gridlines
            if page.sheet.freeze is not None:
                row, column = page.sheet.freeze
                with suppress(NotImplementedError):
                    added.freeze_panes.freeze_at(added.range((1, 1), (row - 1, max(column - 1, 1))))

    def _before(self, title: str) -> xw.Sheet:
        """Return the sheet after which a page belongs: the page before it, else the last sheet."""
        there = sheet_titles(self._book)
        order = [page.sheet.title for page in self._plan.pages]
        earlier = order[: order.index(title)] if title in order else []
        known = [page for page in earlier if page in there]
        return self._book.sheets[known[-1] if known else there[-1]]

    def _make_room(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        for step in page.shifts:
            self._recording.step(page.sheet.title, step)
            apply_shift(sheet, step)
            self._recording.stepped()
        if page.shifts:
            self._recording.of_page(page)

    def _clear(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        for columns in page.own_columns:
            for area in columns.clears:
                range_of(sheet, area).clear_contents()
        for area in page.clears:
            range_of(sheet, area).clear()
        for area in page.empties:
            range_of(sheet, area).clear_contents()
        for area in page.bares:
            range_of(sheet, area).clear_formats()

    def _fill(self, page: PagePlan, fill: Fill, *, formulas: bool) -> None:
        cells = range_of(self._sheet(page), fill.area).options("raw")
        content: Any = fill.content if isinstance(fill.content, str) else [list(row) for row in fill.content]
        if formulas:
            cells.formula = content
        else:
            cells.value = content

    def _tables(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        for task in page.tables:
            cells = range_of(sheet, task.area)
            if not task.new:
                sheet.tables[task.name].resize(cells)
                continue
            table = sheet.tables.add(cells, name=task.name, table_style_name=_TABLE_STYLE)
            table.show_table_style_row_stripes = False
            if not task.filterable:
                table.show_autofilter = False

    def _names(self) -> None:
        names = self._book.names
        known = {name.name.casefold(): name for name in names}
        for name in self._plan.names:
            refers_to = reference(name.sheet, name.area)
            there = known.get(name.name.casefold())
            if there is None:
                names.add(name.name, refers_to)
            elif _plain(there.refers_to) != _plain(refers_to):
                there.refers_to = refers_to
        wanted = {name.name for name in self._plan.names}
        for gone in self._plan.recorded.names:
            if gone not in wanted and gone in names:
                names[gone].delete()

    def _sizes(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        for column, width in page.widths:
            sheet.range((1, column)).column_width = self._width(width)
        for first, last, height in page.heights:
            sheet.range((first, 1), (last, 1)).row_height = height

    def _width(self, characters: float) -> float:
        """Return a width as this Excel counts: in points, or in characters without the edge of the cell."""
        pixels = characters * _PIXELS_A_CHARACTER
        return pixels * 0.75 if self._remote else max(0.0, (pixels - _EDGE_PIXELS) / _PIXELS_A_CHARACTER)

    def _notes(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        # an Excel without notes has no use for these words
        with suppress(NotImplementedError):
            for place in page.dropped_notes:
                if (note := sheet.range(place).note) is not None:
                    note.delete()
            for row, column, text in page.notes:
                cell = sheet.range((row, column))
                if (row, column) in page.new_notes:
                    cell.add_note(text)
                elif (note := cell.note) is not None:
                    note.text = text

    def _own_columns(self, page: PagePlan) -> None:
        sheet = self._sheet(page)
        for columns in page.own_columns:
            for write in columns.writes:
                cells = range_of(sheet, write.area)
                cells.options("raw").value = [list(row) for row in write.rows]
                for areas, number_format in ((write.dates, "yyyy-mm-dd"), (write.numbers, "General")):
                    for area in areas:
                        range_of(sheet, area).number_format = number_format


def _standing(page: PagePlan) -> list[str]:
    """Return the tables that are there already."""
    return [task.name for task in page.tables if not task.new]


def _plain(refers_to: str | None) -> str:
    """Return a reference without what Excel may or may not write: quotes around a title."""
    return (refers_to or "").replace("'", "")


@contextmanager
def _quiet(book: xw.Book) -> Iterator[None]:
    """Let Excel neither draw nor calculate until all is written, and set both as they were."""
    if is_remote(book):
        yield
        return
    app = book.app
    drawing, calculation = app.screen_updating, app.calculation
    app.screen_updating = False
    try:
        # not to calculate saves time only, and Excel may refuse to be told
        with suppress(Exception):
            app.calculation = "manual"
        try:
            yield
        finally:
            if calculation == "manual":
                app.calculate()
            else:
                app.calculation = calculation
    finally:
        app.screen_updating = drawing
