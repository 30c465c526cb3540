"""The columns of a table where it is as the canonical ones: SQL for each type, in the words of each engine.

What no rule of a file's texts is needed for, a database can say itself: so dates and amounts must be dates and numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from clv_xl.errors import InputError
from clv_xl.metrics.occasions import EMAIL, NO_CUSTOMER_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["door"]

Dialect = Literal["postgres", "spark"]

_LARGEST: Final = 99_999_999_999_999
_NUMBERS: Final = ("whole", "decimal", "float")
_TEXTS: Final = ("channel", "product", "country", "status", "currency")


def door(
    dialect: Dialect,
    sql: str,
    kinds: Sequence[str],
    positions: Mapping[str, int],
    *,
    zone: str,
    headers: Sequence[str],
    where: str,
) -> str:
    """Return a query that gives the columns of :data:`~clv_xl.engines.dialects.GIVEN_COLUMNS`.

    Parameters
    ----------
    dialect : {"postgres", "spark"}
        Whose words.
    sql : str
        The rows.
    kinds : sequence of str
        What each column holds, see :meth:`~clv_xl.engines.place.Place.columns_of`.
    positions : mapping of str to int
        Canonical column -> its number.
    zone : str
        Where the business is, for moments that carry a zone.
    headers : sequence of str
        Names of the columns, for messages.
    where : str
        The table, for messages.

    Raises
    ------
    InputError
        Dates or amounts are texts.
    """
    for name, fitting, example in (
        ("order_date", ("date", "timestamp", "moment"), "date"),
        *((name, _NUMBERS, "decimal(18, 4)") for name in ("amount", "cost", "quantity")),
    ):
        at = positions.get(name)
        if at is not None and kinds[at] not in fitting:
            raise InputError(
                f'{where}: the column "{headers[at]}" is to be {name}, but its type is {kinds[at]}, and a table is read'
                f" where it is only with types that say what is meant. Give a query: --query 'SELECT"
                f" CAST({headers[at]} AS {example}) AS {headers[at]}, ...'; or leave out --engine: then texts are read,"
                " too."
            )

    def text(name: str) -> str:
        at = positions.get(name)
        return _NOTHING[dialect] if at is None else _text(dialect, f"g{at}", kinds[at])

    def number(name: str) -> str:
        at = positions.get(name)
        return "cast(null as decimal(18, 4))" if at is None else _number(dialect, f"g{at}", kinds[at])[0]

    day, amount = (positions[name] for name in ("order_date", "amount"))
    value, fault = _number(dialect, f"g{amount}", kinds[amount])
    quantity = positions.get("quantity")
    columns = {
        "customer_text": text("customer_id"),
        "customer_id": _customer(dialect, text("customer_id")),
        "order_text": text("order_id"),
        "date_text": _text(dialect, f"g{day}", "text"),
        "day": _day(dialect, f"g{day}", kinds[day], zone),
        "amount_text": _text(dialect, f"g{amount}", "text"),
        "amount": value,
        "amount_fault": fault,
        "cost": number("cost"),
        "quantity": f"cast({'null' if quantity is None else f'g{quantity}'} as double precision)",
        **{name: text(name) for name in _TEXTS},
    }
    listed = ", ".join(
        f"{column.replace('double precision', 'double') if dialect == 'spark' else column} as {name}"
        for name, column in columns.items()
    )
    places = ", ".join(f"g{at}" for at in range(len(kinds)))
    return f"select {listed} from (\n{sql}\n) as given({places})"  # noqa: S608  # the user's own query


# texts are compared by their bytes, whatever the language of the database
_NOTHING: Final[Mapping[Dialect, str]] = {
    "postgres": 'cast(null as text) collate "C"',
    "spark": "cast(null as string)",
}


def _text(dialect: Dialect, column: str, kind: str) -> str:
    if dialect == "postgres":
        # as a number: the text of a large float would be 1e+15
        plain = f"cast(cast({column} as text) as numeric)" if kind == "float" else column
        plain = f"trim_scale({plain})" if kind == "float" else plain
        return f"nullif(btrim(cast({plain} as text), e' \\t\\r\\n'), '') collate \"C\""
    if kind == "float":
        whole = f"cast(try_cast({column} as decimal(38, 0)) as string)"
        column = f"case when {column} = floor({column}) then {whole} else cast({column} as string) end"
    return f"nullif(trim(both from cast({column} as string)), '')"


def _customer(dialect: Dialect, text: str) -> str:
    """Return the customer's key: e-mail addresses in lower case, nothing for texts that mean nobody."""
    nobody = ", ".join(f"'{name}'" for name in NO_CUSTOMER_TEXTS)
    matches = f"~ '^{EMAIL}$'" if dialect == "postgres" else f"rlike r'^{EMAIL}$'"
    # by its bytes PostgreSQL knows the small letters of English only
    small = f'lower({text} collate "default") collate "C"' if dialect == "postgres" else f"lower({text})"
    return f"case when {text} in ({nobody}) then null when {text} {matches} then {small} else {text} end"


def _day(dialect: Dialect, column: str, kind: str, zone: str) -> str:
    if kind == "moment" and dialect == "postgres":
        return f"cast({column} at time zone '{zone}' as date)"
    # the session of Spark is in that zone while its moments are asked for their day
    return f"cast({column} as date)"


def _number(dialect: Dialect, column: str, kind: str) -> tuple[str, str]:
    """Return SQL for the number, rounded half away from zero to 4 decimals, and for what is wrong with it."""
    if dialect == "postgres":
        # through its text: a cast of the float itself keeps 15 digits
        plain = (
            f"cast(cast({column} as text) as numeric)" if kind == "float" else f"cast({column} as numeric)"
        )
        rounded = f"round(nullif({plain}, 'NaN'), 4)"
        missing, infinite = f"{plain} is null or {plain} = 'NaN'", f"{plain} in ('Infinity', '-Infinity')"
    else:
        plain = f"cast({column} as string)" if kind == "float" else column
        rounded = f"try_cast({plain} as decimal(38, 4))"
        missing = f"{column} is null" + (f" or isnan({column})" if kind == "float" else "")
        infinite = f"{plain} in ('Infinity', '-Infinity')" if kind == "float" else "false"
    fits = f"abs({rounded}) <= {_LARGEST}"
    # the decimal that all engines know, and no other: sums of it are exact
    value = f"cast(case when not ({missing} or {infinite}) and {fits} then {rounded} end as decimal(18, 4))"
    fault = (
        f"case when {missing} then 'missing_amount' when {infinite} then 'bad_amount'"
        f" when {rounded} is null or not {fits} then 'amount_out_of_range' else '' end"
    )
    return value, fault
