"""How many customers stand on the page Customer list, and which file holds them all where that is not everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clv_xl.limits import MAX_ROWS

__all__ = ["HIGHEST_LISTED", "MOST_LISTED", "ListWanted", "Listed"]

MOST_LISTED: Final = 500_000
"""Customers on the page unless somebody asks for more or fewer: half of what a sheet holds, some 14 million cells."""

HIGHEST_LISTED: Final = MAX_ROWS - 76
"""The most that anybody may ask for: what a sheet holds, less room for the lines above the list."""


@dataclass(frozen=True, slots=True)
class ListWanted:
    """What was asked for.

    Attributes
    ----------
    rows : int, optional
        Customers on the page at most; :data:`MOST_LISTED` where it is None.
    file : str
        Name of the file for all customers, in case the page cannot hold them; empty where no file can be written.
    always : bool
        Whether that file is written in any case.
    """

    rows: int | None = None
    file: str = ""
    always: bool = False

    def of(self, customers: int) -> Listed:
        """Return what that comes to for so many customers.

        Examples
        --------
        >>> ListWanted(10, "all.parquet").of(12), ListWanted(10, "all.parquet").of(10)
        (Listed(customers=12, rows=10, file='all.parquet'), Listed(customers=10, rows=10, file=''))
        """
        rows = min(customers, MOST_LISTED if self.rows is None else self.rows)
        return Listed(customers, rows, self.file if self.always or rows < customers else "")


@dataclass(frozen=True, slots=True)
class Listed:
    """The customers of the page Customer list.

    Attributes
    ----------
    customers : int
        All that there are.
    rows : int
        Those of the highest historic CLV, which stand on the page.
    file : str
        Name of the file beside the workbook that holds all; empty where there is none.
    """

    customers: int
    rows: int
    file: str = ""

    @property
    def rest(self) -> int:
        """Customers that the page does not hold."""
        return self.customers - self.rows
