"""Where the hidden sheet of looks records what refreshes have written, and how it is read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clv_xl.workbook.remembered import PageLook, read_looks, write_looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FILLED", "PROBES", "PROBES_COLUMN", "RECORDS_COLUMN", "Counted", "Recorded", "recorded_rows"]

PROBES_COLUMN: Final = 4
"""First of the columns that say, for each table, how many formulas stand in the columns beside it."""

PROBES: Final = 12
"""How many columns beside a table are counted."""

RECORDS_COLUMN: Final = 20
"""First of the columns with the records of pages."""

FILLED: Final = "*filled "
"""Before a table's name: the row counts cells that are not blank, those that show an empty text included."""

_NAMES: Final = "*names"


class Counted(NamedTuple):
    """What stood in a column beside a table: formulas, and cells that are not blank (None where not counted)."""

    formulas: int
    filled: int | None


class Recorded:
    """What earlier refreshes have recorded on the hidden sheet of looks.

    Attributes
    ----------
    pages : dict of str to PageLook
    names : tuple of str
        The defined names that the last report has given.
    counted : dict of (table, column) to Counted
        What stood in the columns beside each table, as far as Excel has counted.
    keys : dict of str to int
        Row of each style on the sheet.
    width : int
        The last column in use.
    """

    def __init__(self, rows: Sequence[Sequence[Any]] = ()) -> None:
        records = [row[RECORDS_COLUMN - 1 :] for row in rows]
        self.width = max(map(len, rows), default=0)
        self.pages: dict[str, PageLook] = read_looks(record for record in records if record)
        self.names: tuple[str, ...] = next(
            (tuple(json.loads(str(record[1]))) for record in records if record[:1] == [_NAMES]), ()
        )
        self.keys = {
            str(row[0]): number
            for number, row in enumerate(rows, start=1)
            if str(row[0] or "").startswith("{")
        }
        counts = {
            (str(row[PROBES_COLUMN - 1]), place): int(count)
            for row in rows
            for place, count in enumerate(row[PROBES_COLUMN : PROBES_COLUMN + PROBES], start=1)
            if row[PROBES_COLUMN - 1] and isinstance(count, int | float) and not isinstance(count, bool)
        }
        self.counted = {
            (table, place): Counted(count, counts.get((FILLED + table, place)))
            for (table, place), count in counts.items()
            if not table.startswith("*")
        }


def recorded_rows(pages: Iterable[PageLook], names: Iterable[str]) -> list[list[str]]:
    """Return the rows of texts in which pages and names are recorded."""
    rows = write_looks(pages)
    width = max([2, *map(len, rows)])
    rows.append([_NAMES, json.dumps(list(names), separators=(",", ":"))])
    return [row + [""] * (width - len(row)) for row in rows]
