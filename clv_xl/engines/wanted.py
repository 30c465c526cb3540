"""Which engine a user asks for, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clv_xl.errors import UsageError

__all__ = ["ENGINES", "Engine"]

ENGINES: Final = ("duckdb", "postgres", "spark")


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, and how it is reached.

    Attributes
    ----------
    name : str
        One of :data:`ENGINES`.
    connect : str
        The URL of a PostgreSQL database; of Spark the master, such as ``local[4]``, or ``sc://`` of Spark Connect.
        Empty for the database that the orders are in, and for the Spark session of the program or its settings.

    Raises
    ------
    UsageError
        For another engine, or a place for one that has none.

    Examples
    --------
    >>> Engine("duck")
    Traceback (most recent call last):
    clv_xl.errors.UsageError: --engine "duck" is none of duckdb, postgres, spark.
    """

    name: str = "duckdb"
    connect: str = ""

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise UsageError(f'--engine "{self.name}" is none of {", ".join(ENGINES)}.')
        if self.connect and self.name == "duckdb":
            # the password of a URL is not repeated
            shown = f" {self.connect}" if "@" not in self.connect else ""
            raise UsageError(
                f"--connect{shown}: DuckDB runs in this process. Say which engine is meant: --engine spark or"
                " --engine postgres."
            )
