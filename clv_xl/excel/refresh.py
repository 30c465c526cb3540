"""Refresh the report of an open template: read its input sheets, compute everything, write the pages in place.

One function without decorators serves every way into Excel: the button and the ribbon of the add-in
(:func:`main`), xlwings Server and xlwings Lite.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from clv_xl.errors import ClvXlError, InputError
from clv_xl.jobs import report_from_inputs
from clv_xl.orders.filled import inputs_from_sheets
from clv_xl.orders.template_words import in_english, sheet_called
from clv_xl.parameters import PARAMETERS
from clv_xl.report.language import LANGUAGES, speaker_of
from clv_xl.report.pages.template.start import FAILED, PROGRESS_NAME, STATUS_NAME
from clv_xl.report.spoken import in_words
from clv_xl.report.template import INPUT_TITLES, titled_as
from clv_xl.said import counted, frame, joined, said, say
from clv_xl.workbook.cells import clean_text, typed_text
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.xlwings_writer import (
    cell_named,
    is_manual,
    is_remote,
    plan_report,
    read_rows,
    sheet_titles,
)

if TYPE_CHECKING:
    import xlwings as xw

    from clv_xl.orders import Intake
    from clv_xl.workbook.xlwings_writer import LivePlan

__all__ = ["main", "refresh"]

_READ: Final = frozenset({"Orders", "Spend", "Customer data", "Parameters", "Segment map"})
_NOT_FINISHED: Final = say(
    "Not finished. Click Refresh report again: it writes everything anew, and keeps your own notes."
)
_UNTOUCHED: Final = say("The report is as it was.")
_LONGEST: Final = 2_000  # characters of a status
_LOG: Final = logging.getLogger(__name__)


def main() -> None:
    """Refresh the workbook whose button was clicked; this is what the add-in calls."""
    import xlwings as xw  # noqa: PLC0415  # a second: only where Excel calls

    refresh(xw.Book.caller())


def refresh(book: xw.Book) -> None:
    """Refresh the report of an open workbook.

    Everything is computed before the first cell is written. What went wrong is told on the sheet Start, with its
    cause and what to do; the report is then as it was.

    Parameters
    ----------
    book : xlwings.Book
        A workbook made from the template.

    Raises
    ------
    InputError
        If the workbook has no place to tell anything: it was not made from the template.
    """
    told = _Told(book)
    written = told.mark()
    try:
        plan, intake = _prepared(book, told)
        written = told.mark()
        told.begun()
        plan.try_pages()
    except ClvXlError as error:
        told.failed(error, _cause(error), _UNTOUCHED)
        return
    except Exception as fault:  # noqa: BLE001  # the last line of defence: else a reader sees a box of code
        told.fault(fault, _UNTOUCHED)
        return
    try:
        notices = plan.carry_out(told.progress)
    except Exception as fault:  # noqa: BLE001  # whatever Excel refuses with, the reader is told
        if is_remote(book):
            # nothing has been sent yet, and nothing of the report will be
            told.take_back(written)
            told.fault(fault, _UNTOUCHED)
            return
        told.fault(
            fault,
            say(
                "The report is partly new. Close other windows of Excel's, leave the cell that you are editing, and "
                "click Refresh report again: it writes everything anew, and your own notes are kept."
            ),
        )
        return
    told.done(_status(plan, intake, notices))


def _prepared(book: xw.Book, told: _Told) -> tuple[LivePlan, Intake]:
    """Read, compute and plan; nothing is written but the progress."""
    told.progress(say("Reading the input sheets"))
    if not is_remote(book) and is_manual(book):
        # what the sheets show may be old
        book.app.calculate()
    titles = sheet_titles(book)
    missing = [title for title in ("Orders", "Parameters") if sheet_called(title, titles) is None]
    if missing:
        raise InputError(
            say(
                "The workbook has no sheet {title}. Give the sheet its name back, or begin with a new template.",
                title=said(missing[0]),
            )
        )
    # of other sheets the title is enough: it may be that of an input sheet, spelt otherwise
    sheets: dict[str, list[list[Any]]] = {
        title: read_rows(book.sheets[title]) if in_english(title) in _READ else [] for title in titles
    }
    inputs = inputs_from_sheets(sheets, _parameters(book), book=book.name)
    report, intake = report_from_inputs(inputs, told.progress)
    told.progress(say("Laying out the pages"))
    report = titled_as(report, titles)
    inputs_there = [page.title for page in report.pages if in_english(page.title) in INPUT_TITLES]
    return plan_report(book, lay_out(report), inputs=(*INPUT_TITLES, *inputs_there)), intake


def _parameters(book: xw.Book) -> dict[str, Any]:
    """Return the value of each parameter by its name.

    Raises
    ------
    InputError
        If the cell of a parameter is gone.
    """
    found = {}
    for spec in PARAMETERS:
        cell = cell_named(book, spec.name)
        if cell is None:
            raise InputError(
                say(
                    "The name {name} stands for no cell any more, so {title} cannot be read. Name its cell on "
                    "Parameters again (Formulas, Define Name), or begin with a new template.",
                    name=spec.name,
                    title=said(spec.title),
                )
            )
        found[spec.name] = cell.options(err_to_str=True).value
    return found


def _status(plan: LivePlan, intake: Intake, notices: tuple[str, ...]) -> str:
    """Say what the report is made of: no clock, so that the same orders give the same words."""
    used, refunds, aside = (intake.rows_of(outcome) for outcome in ("used", "refund", "set aside"))
    words = say("Report as of {day}: ", day=intake.as_of.isoformat())
    words += counted(used, "{number} row used", "{number} rows used")
    if refunds:
        words += counted(refunds, ", {number} refund taken off", ", {number} refunds taken off")
    words += (
        counted(
            aside,
            ", {number} row set aside (see Data quality).",
            ", {number} rows set aside (see Data quality).",
        )
        if aside
        else say(", none set aside.")
    )
    words += say(" Pages: {titles}.", titles=", ".join(plan.titles))
    return joined(" ", (words, *notices))


def _cause(error: ClvXlError) -> str:
    """Return the words of an error as they were made: one that remembers them is told in the workbook's language."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def _shown(text: str) -> str:
    """Return words for a cell: a message may quote what the data say."""
    return typed_text(clean_text(text[:_LONGEST], "the status"))


class _Told:
    """The two cells of Start that say what is going on."""

    def __init__(self, book: xw.Book) -> None:
        self._book = book
        self._remote = is_remote(book)
        status, progress = cell_named(book, STATUS_NAME), cell_named(book, PROGRESS_NAME)
        if status is None:
            raise InputError(
                f"This workbook has no cell named {STATUS_NAME}: it was not made from the template. Make one with "
                "New template in the ribbon, or with: clv-xl template NAME.xlsm"
            )
        self._status, self._progress = status, progress
        language = cell_named(book, "language")
        code = None if language is None else language.value
        self._speaker = speaker_of(code if code in LANGUAGES else "en")

    def progress(self, text: str) -> None:
        """Say what is being done, where that can be seen before it is done."""
        if self._remote:
            return
        text = in_words(text, self._speaker)
        if self._progress is not None:
            self._progress.value = _shown(text)
        # Excel draws no cell while it is being written to, but its status bar
        with suppress(NotImplementedError):
            self._book.app.status_bar = text

    def done(self, text: str) -> None:
        """Say what became of the refresh."""
        self._status.value = _shown(in_words(text, self._speaker))
        if self._progress is not None:
            self._progress.value = ""
        if not self._remote:
            with suppress(NotImplementedError):
                self._book.app.status_bar = False

    def begun(self) -> None:
        """Say that the report is not finished, should Excel refuse something after this."""
        self._status.value = _shown(in_words(_NOT_FINISHED, self._speaker))

    def failed(self, fault: Exception, cause: str, state: str) -> None:
        """Say why there is no new report, and what state the old one is in.

        Where not even that can be written, as on a protected sheet, the fault is left to whoever has called.
        """
        try:
            self.done(frame("{failed}. {cause} {state}", failed=said(FAILED), cause=cause, state=state))
        except Exception:  # noqa: BLE001  # whatever Excel refuses with
            raise fault from None

    def fault(self, fault: Exception, state: str) -> None:
        """Say that the fault is ours or Excel's, and leave its details in the log."""
        _LOG.error("The refresh failed.", exc_info=fault)
        cause = _cause(fault) if isinstance(fault, ClvXlError) else f"{type(fault).__name__}: {fault}"[:500]
        self.failed(fault, cause + ".", state)

    def mark(self) -> int:
        """Return how much has been queued for an Excel elsewhere."""
        return len(self._book.json()["actions"]) if self._remote else 0

    def take_back(self, mark: int) -> None:
        """Take back what has been queued since."""
        del self._book.json()["actions"][mark:]
