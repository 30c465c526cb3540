"""SQL that makes the texts of every row from its fields: trimmed, blank as NULL, numbers without their currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.columns import CANONICAL
from clv_xl.orders.dates import EVEN_IN_DATES, ODD_IN_DATES
from clv_xl.orders.numbers import body_sql
from clv_xl.orders.sheet_rows import SPACES
from clv_xl.orders.total_rows import says_total_sql
from clv_xl.orders.understood import NUMBERS, held_in, roles

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = ["LINES_KEPT", "select_sql", "texts_of"]

LINES_KEPT = 1000
"""Of so many records from the top the whole row is kept, to be shown; of all others it would take much memory."""

# ="00042" keeps Excel from making a number of a text
_AS_FORMULA = """'^="([^"]*)"$', '\\1'"""


def texts_of(
    resolution: Resolution, options: ReadOptions, at: Callable[[int], str]
) -> dict[str, tuple[str, ...]]:
    """Return SQL for the texts of every column that is used: of an extra role the next where the first is blank."""
    texts: dict[str, tuple[str, ...]] = {name: (at(place),) for name, place in resolution.positions.items()}
    return texts | {
        role: tuple(map(at, resolution.extra[role])) for role in sorted(roles(resolution, options))
    }


def select_sql(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    line: str,
    separator: str,
    texts: dict[str, tuple[str, ...]],
    kinds: tuple[str, ...] = (),
    resolution: Resolution | None = None,
) -> str:
    """Trimming is slow, so it is done only where a field begins or ends with a space, or odd spaces occur at all."""
    # most lines are plain ASCII, which their length tells: only the others can hold spaces beyond it
    within, beyond = (
        " OR ".join(
            f"contains({line}, chr({ord(space)}))" for space in SPACES[1:] if space.isascii() == is_ascii
        )
        for is_ascii in (True, False)
    )
    odd = f"{within} OR (strlen({line}) <> length({line}) AND ({beyond}))"
    is_odd, is_padded, has_formulas, beyond_ascii = connection.execute(
        f"""SELECT bool_or({odd}), bool_or(contains({line}, $separator || ' ') OR contains({line}, ' ' || $separator)
            OR starts_with({line}, ' ') OR ends_with({line}, ' ')), bool_or(contains({line}, '="')),
            bool_or(strlen({line}) <> length({line})) FROM {table}""",  # noqa: S608  (our own names)
        {"separator": separator},
    ).fetchone() or (False, False, False, False)
    trim = f"trim({{}}, '{SPACES}')" if is_odd else "trim({})" if is_padded else "{}"

    def text(name: str) -> str:
        parts = [trim.format(part) for part in texts[name]]
        if has_formulas:
            parts = [f"regexp_replace({part}, {_AS_FORMULA})" for part in parts]
        if beyond_ascii and name == "order_date":
            parts = [
                f"CASE WHEN strlen({part}) = length({part}) THEN {part}"
                f" ELSE translate({part}, '{ODD_IN_DATES}', '{EVEN_IN_DATES}') END"
                for part in parts
            ]
        parts = [f"nullif({part}, '')" for part in parts]
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]

    held = held_in(resolution, kinds) if resolution else {}
    names = [*CANONICAL, *(name for name in texts if name not in CANONICAL)]
    cleaned = ", ".join(
        f"{text(name)} AS {name}" if name in texts else f"CAST(NULL AS VARCHAR) AS {name}" for name in names
    )
    bodies = ", ".join(
        f"{name if held.get(name) == 'number' else body_sql(name)} AS {name}_body"
        for name in NUMBERS
        if name in texts
    )
    return f"""
        , cleaned AS (SELECT record, file_row, wrong_columns, line, {cleaned} FROM judged)
        SELECT * REPLACE (CASE WHEN wrong_columns OR record <= {LINES_KEPT} THEN line END AS line),
            hash(line) AS line_hash, {says_total_sql("line")} AS says_total, {bodies}
        FROM cleaned
    """  # noqa: S608  (our own names)
