"""What an engine must do so that orders can stay where they are."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

from clv_xl.customers.engine import Elsewhere

__all__ = ["Place"]


class Place(Elsewhere):
    """An engine that answers in the words of its dialect.

    Attributes
    ----------
    dialect : {"postgres", "spark"}
        As the SQL files are called.
    """

    dialect: Literal["postgres", "spark"]

    @abstractmethod
    def rename(self, name: str, other: str) -> None:
        """Know what was kept under one name by another."""

    @abstractmethod
    def columns_of(self, sql: str) -> list[tuple[str, str]]:
        """Return the columns of a query of the user's and what each holds.

        That is ``whole``, ``decimal``, ``float``, ``date``, ``timestamp`` (of no zone), ``moment`` (with one),
        ``boolean`` or ``text``.
        """

    @abstractmethod
    def view(self, name: str, sql: str) -> None:
        """Know a query by a name."""
