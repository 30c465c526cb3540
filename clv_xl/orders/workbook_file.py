"""A workbook file that somebody filled in: its sheets as texts, its named cells as typed values.

Nothing is ever computed and no macro is run: a formula counts with the value that Excel stored beside it.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import duckdb
import numpy as np

from clv_xl.errors import InputError
from clv_xl.orders.guard import BROKEN_ZIP, GuardLimits, check_workbook
from clv_xl.orders.kinds.recognise import file_kind
from clv_xl.orders.sheet_rows import SheetRows, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import fastexcel
    from lxml.etree import _Element

    from clv_xl.orders.sheet_rows import TextColumn

__all__ = ["CellPlace", "WorkbookFile"]

_CHUNK: Final = 1 << 20
_CELLS: Final = 8 << 20
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_REFERENCE: Final = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::.*)?")
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DATE_FORMATS: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
# Number formats: what stands in quotes, behind a backslash, or in brackets other than [h], [m] and [s].
_NO_DATE_SIGN: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_SIGN: Final = re.compile("[dmyhs]", re.IGNORECASE)
_LAST_SERIAL: Final = 2_958_466


class CellPlace(NamedTuple):
    """A cell by sheet title, row and column, both from 1."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        """Return the cell as Excel writes it."""
        return place(self.sheet, self.row, self.column)


class WorkbookFile:
    """An .xlsx or .xlsm file, guarded, and read only.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : GuardLimits, optional
        See :func:`~clv_xl.orders.guard.check_workbook`.

    Attributes
    ----------
    name : str
        Of the file, without its folder.
    titles : tuple of str
        The sheets in their order.
    names : dict of str to CellPlace or None
        The defined names of the whole workbook; None for one that is no cell.

    Raises
    ------
    InputError
        If the file does not exist, is no sound workbook, or is a document of another kind.
    """

    def __init__(self, path: Path, limits: GuardLimits | None = None) -> None:
        if file_kind(path) not in {"xlsx", "xls"}:  # one with a password looks like an old one
            raise InputError(
                f"{path.name} is not an Excel workbook (.xlsx or .xlsm). Save it as one in Excel first."
            )
        # read right here, cell by cell: far cells of a small file shall not cost what those of a large one may
        size = path.stat().st_size
        check_workbook(path, limits or GuardLimits(cells=min(GuardLimits().cells, max(_CELLS, 8 * size))))
        self.name = path.name
        self._path = path
        self._reader: fastexcel.ExcelReader | None = None
        with self._archive() as archive:
            book = _tree(archive, "xl/workbook.xml")
            targets = _targets(archive, "xl/workbook.xml")
            parts = {sheet.get("name", ""): targets[_attribute(sheet, "id")] for sheet in _all(book, "sheet")}
            # a chart that fills a sheet has no cells
            self._parts = {title: part for title, part in parts.items() if "/worksheets/" in part}
            if len({part.casefold() for part in self._parts.values()}) < len(self._parts):
                raise self._unreadable("two of its sheets are one")
            self._from_1904 = any(
                setting.get("date1904") in {"1", "true"} for setting in _all(book, "workbookPr")
            )
            self.names = {
                name.get("name", ""): _place(name.text or "")
                for name in _all(book, "definedName")
                if name.get("localSheetId") is None
            }
        self.titles = tuple(self._parts)

    def title(self, wanted: str) -> str | None:
        """Return the title of the sheet with this name, whatever its capitals; None where there is none."""
        return next((title for title in self.titles if title.casefold() == wanted.casefold()), None)

    def rows(self, title: str, *, checked: bool = True) -> SheetRows:
        """Return the used range of a sheet as texts.

        Parameters
        ----------
        title : str
            One of :attr:`titles`.
        checked : bool, default True
            Whether a formula without a stored value is an error; else its cell is blank.

        Raises
        ------
        InputError
            If the sheet cannot be read, or a formula in it has no stored value.
        """
        import fastexcel  # noqa: PLC0415  # not there in xlwings Lite, where no file is read

        if checked:
            self._check_formulas(title)
        try:
            # opening reads all shared texts of the workbook: once for all sheets
            self._reader = self._reader or fastexcel.read_excel(self._path)
            cells = self._reader.load_sheet(
                title,
                header_row=None,
                skip_rows=0,
                schema_sample_rows=None,
                dtypes="string",
                whitespace_as_null=False,
            )
        except fastexcel.FastExcelError as error:
            raise self._unreadable(str(error).splitlines()[0]) from error
        except BaseException as error:
            # what the reader did not foresee is no Exception in the eyes of Python
            if type(error).__name__ != "PanicException":
                raise
            raise self._unreadable("opening it makes the reader fail") from error
        if not cells.width or not cells.height:
            return SheetRows(self.name, title, ())
        chosen = ", ".join(f"coalesce(c{at}, '') AS c{at}" for at in range(cells.width))
        listed = ", ".join(f"c{at}" for at in range(cells.width))
        with duckdb.connect(":memory:") as connection:
            connection.register("sheet_arrow", cells)
            found = connection.execute(
                f"SELECT {chosen} FROM sheet_arrow AS cells({listed})"  # noqa: S608  (our own names)
            ).fetchnumpy()
        columns = [np.asarray(texts, dtype=object) for texts in found.values()]
        return SheetRows.of_columns(
            columns,
            title,
            self.name,
            first_column=self._first_column(title, columns),
            from_1904=self._from_1904,
        )

    def values(self, title: str) -> dict[tuple[int, int], object]:
        """Return the typed values of a sheet by row and column: text, float, bool, datetime.

        Blank cells are left out; one that holds an error gives its text, such as ``#N/A``.

        Raises
        ------
        InputError
            If the sheet cannot be read, or a formula in it has no stored value.
        """
        self._check_formulas(title)
        with self._archive() as archive:
            dates = _date_styles(archive)
            found: dict[tuple[int, int], object] = {}
            shared: dict[tuple[int, int], int] = {}
            for row, column, cell in self._cells(archive, title):
                text = _stored(cell)
                if text is None:
                    continue
                if cell.get("t") == "s":
                    shared[row, column] = int(text)
                else:
                    found[row, column] = self._value(cell, text, dates)
            texts = _shared_strings(archive, set(shared.values()))
            return found | {cell: texts[number] for cell, number in shared.items()}

    def _value(self, cell: _Element, text: str, dates: frozenset[int]) -> object:
        kind = cell.get("t", "n")
        if kind == "b":
            return text == "1"
        if kind == "d":
            return dt.datetime.fromisoformat(text).replace(tzinfo=None)
        if kind != "n":
            return text
        number = float(text)
        if int(cell.get("s", "0")) in dates and 0 <= number < _LAST_SERIAL:
            start = dt.datetime(1904, 1, 1) if self._from_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001
            return start + dt.timedelta(days=number)
        return number

    def _first_column(self, title: str, columns: Sequence[TextColumn]) -> int:
        """Return the number of the first column: the reader leaves out blank columns at the left."""
        rows = enumerate(zip(*columns, strict=True), start=1)
        row, texts = next(((number, texts) for number, texts in rows if any(texts)), (0, ()))
        if not row:
            return 1
        at = next(at for at, text in enumerate(texts) if text)
        with self._archive() as archive:
            stored: dict[int, str] = {}
            shared: dict[int, int] = {}
            for number, column, cell in self._cells(archive, title):
                if number > row:
                    break
                text = _stored(cell)
                if number < row or not text or cell.get("t") == "e":
                    continue
                if cell.get("t") == "s":
                    shared[column] = int(text)
                else:
                    stored[column] = text
            known = _shared_strings(archive, set(shared.values()))
            stored |= {column: known[number] for column, number in shared.items() if known[number]}
            return min(stored) - at

    def _check_formulas(self, title: str) -> None:
        with self._archive() as archive:
            with archive.open(self._parts[title]) as stream:
                if not _holds(stream, _FORMULA):
                    return
            for row, column, cell in self._cells(archive, title):
                formula = any(_kind(part) == "f" for part in cell)
                if formula and cell.get("t") != "str" and not _stored(cell):
                    raise InputError(
                        f"{self.name}: {place(title, row, column)} holds a formula without a stored value: the"
                        " workbook was saved by a program that computes nothing. Open it in Excel, save it, and"
                        " try again."
                    )

    def _cells(self, archive: zipfile.ZipFile, title: str) -> Iterator[tuple[int, int, _Element]]:
        """Yield row, column and element of every cell of a sheet, from the top."""
        from lxml import etree  # noqa: PLC0415  # not there in xlwings Lite

        last_row = 0
        with archive.open(self._parts[title]) as stream:
            for _, row in etree.iterparse(stream, tag="{*}row", resolve_entities=False, no_network=True):
                last_row = int(row.get("r", last_row + 1))
                last_column = 0
                for cell in row:
                    last_column = _column(cell.get("r", "")) or last_column + 1
                    yield last_row, last_column, cell
                row.clear()
                while row.getprevious() is not None:
                    del row.getparent()[0]

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        """Open the zip; whatever a mutilated part makes of its readers becomes our error."""
        from lxml import etree  # noqa: PLC0415

        wrong = (*BROKEN_ZIP, etree.XMLSyntaxError, KeyError, IndexError, TypeError)
        try:
            with zipfile.ZipFile(self._path) as archive:
                yield archive
        except wrong as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, reason: str) -> InputError:
        return InputError(
            f"{self.name} cannot be read as a workbook ({reason}). Open it in Excel and save it again."
        )


def _holds(stream: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    tail = b""
    while block := stream.read(_CHUNK):
        if pattern.search(tail + block):
            return True
        tail = block[-64:]
    return False


def _tree(archive: zipfile.ZipFile, part: str) -> _Element:
    from lxml import etree  # noqa: PLC0415

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(archive.read(part), parser)


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the parts that a part relates to, by the id of the relation."""
    folder, name = posixpath.split(part)
    found = {}
    for relation in _tree(archive, f"{folder}/_rels/{name}.rels"):
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        found[relation.get("Id", "")] = posixpath.normpath(path)
    return found


def _all(tree: _Element, kind: str) -> Iterator[_Element]:
    yield from tree.iter(f"{{*}}{kind}")


def _kind(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: _Element, name: str) -> str:
    """Return an attribute that stands in a name space."""
    found = [str(value) for key, value in element.attrib.items() if str(key).endswith(f"}}{name}")]
    return found[0]


def _place(reference: str) -> CellPlace | None:
    found = _REFERENCE.fullmatch(reference.strip().removeprefix("="))
    if found is None:
        return None
    sheet = found[1].replace("''", "'") if found[1] else found[2]
    return CellPlace(sheet, int(found[4]), _letters(found[3]))


def _column(address: str) -> int:
    found = _ADDRESS.fullmatch(address)
    return _letters(found[1]) if found else 0


def _letters(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


def _stored(cell: _Element) -> str | None:
    """Return the stored value of a cell as text, None for a blank one."""
    for part in cell:
        if _kind(part) == "v":
            return None if part.text is None else str(part.text)
        if _kind(part) == "is":
            return _plain(part)
    return None


def _plain(item: _Element) -> str:
    """Return a text without its formats, and without the reading aid of Japanese."""
    return "".join(text.text or "" for text in _all(item, "t") if _kind(text.getparent()) != "rPh")


def _shared_strings(archive: zipfile.ZipFile, wanted: set[int]) -> dict[int, str]:
    from lxml import etree  # noqa: PLC0415

    if not wanted:
        return {}
    found = {}
    [part] = [name for name in archive.namelist() if name.casefold() == "xl/sharedstrings.xml"]
    with archive.open(part) as stream:
        items = etree.iterparse(stream, tag="{*}si", resolve_entities=False, no_network=True)
        for number, (_, item) in enumerate(items):
            if number in wanted:
                found[number] = _plain(item)
                if len(found) == len(wanted):
                    break
            item.clear()
    return found


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Return the numbers of the cell styles that show a number as a date."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    styles = _tree(archive, "xl/styles.xml")
    dates = set(_DATE_FORMATS)
    for form in _all(styles, "numFmt"):
        code = _NO_DATE_SIGN.sub("", form.get("formatCode", ""))
        if _DATE_SIGN.search(code) and "general" not in code.casefold():
            dates.add(int(form.get("numFmtId", "0")))
    cells = next(_all(styles, "cellXfs"), ())
    return frozenset(at for at, xf in enumerate(cells) if int(xf.get("numFmtId", "0")) in dates)
