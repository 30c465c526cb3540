"""Texts that say in which zone they are, and numbers that count from 1970: of which day they are where the shop is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

__all__ = ["day_in_zone", "epoch_day"]

# Abbreviations that mean one zone only: CST and IST are of several countries, and stay as they are written.
_HOURS: Final = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_GAP: Final = r"[\s\x{a0}\x{202f}]*"
_ZONED: Final = (
    rf"[T ,](?:kl\.? ?)?([0-9]{{1,2}})[:.]([0-9]{{2}})(?:[:.]([0-9]{{2}})(?:[.,][0-9]+)?)?{_GAP}"
    rf"(?:([AaPp])\.?[Mm]\.?)?{_GAP}(?:({'|'.join(sorted(_HOURS, key=len, reverse=True))})"
    "|([-+][0-9]{2}):?([0-9]{2})?)$"
)


def day_in_zone(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, day: str, zone: str | None
) -> str:
    """Return SQL of type DATE for texts with a date: of those with a zone the day that it is where the business is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    table, column : str
        Column with trimmed texts.
    day : str
        SQL for the date as it is written.
    zone : str or None
        Where the business is; without it the date as written counts.
    """
    if zone is None:
        return day
    zoned = f"regexp_matches({column}, '{_ZONED}')"
    [(has_zones,)] = connection.execute(
        f"SELECT coalesce(bool_or({zoned}), false) FROM {table}"  # noqa: S608  (our own names)
    ).fetchall()
    if not has_zones:
        return day

    def part(group: int) -> str:
        return f"regexp_extract({column}, '{_ZONED}', {group})"

    def number(group: int) -> str:
        return f"coalesce(TRY_CAST({part(group)} AS INTEGER), 0)"

    of_twelve = f"{number(1)} % 12 + CASE lower({part(4)}) WHEN 'p' THEN 12 ELSE 0 END"
    hour = f"CASE {part(4)} WHEN '' THEN {number(1)} ELSE {of_twelve} END"
    names = " ".join(f"WHEN '{name}' THEN {60 * hours}" for name, hours in _HOURS.items())
    sign = f"CASE WHEN starts_with({part(6)}, '-') THEN -1 ELSE 1 END"
    offset = f"CASE {part(5)} {names} ELSE 60 * {number(6)} + {sign} * {number(7)} END"
    minutes = f"60 * ({hour}) + {number(2)} - ({offset})"
    moment = f"CAST({day} AS TIMESTAMP) + to_minutes(CAST({minutes} AS BIGINT))"
    there = f"timezone('{zone}', timezone('UTC', {moment}))"
    return f"CASE WHEN {zoned} THEN CAST({there} AS DATE) ELSE {day} END"


def epoch_day(seconds: str, zone: str | None) -> str:
    """Return SQL of type DATE for seconds since the beginning of 1970, UTC.

    Parameters
    ----------
    seconds : str
        SQL of type BIGINT.
    zone : str or None
        Where the business is; without it the day is that of UTC.

    Examples
    --------
    >>> epoch_day("paid", None)
    "CAST(timezone('UTC', to_timestamp(paid)) AS DATE)"
    """
    return f"CAST(timezone('{zone or 'UTC'}', to_timestamp({seconds})) AS DATE)"
