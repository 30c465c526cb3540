"""Currencies: which are there, which is the report's, and amounts converted exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from clv_xl.errors import ArgumentError, InputError
from clv_xl.orders.account import plural
from clv_xl.orders.header_words import TIERS, fold
from clv_xl.orders.row_rates import rate_offer, row_rates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.account import Warning_
    from clv_xl.orders.options import OrderRules
    from clv_xl.orders.read import ReadSource

__all__ = ["Money", "converted", "money"]

_KR = frozenset({"SEK", "NOK", "DKK", "ISK"})
_HUGE = 8 * 10**19
_ONE = Fraction(1)
_FEW = 0.5
_RARE = 0.1
# what one is in SEK, roughly: only for examples of how a rate is written, which the user replaces
_ABOUT_IN_SEK = {
    "EUR": 11.20,
    "USD": 10.40,
    "GBP": 13.00,
    "CHF": 11.80,
    "NOK": 0.98,
    "DKK": 1.50,
    "ISK": 0.077,
    "PLN": 2.60,
}


@dataclass(frozen=True, slots=True)
class Money:
    """What the amounts are in, and what one unit counts for.

    Attributes
    ----------
    currency : str
        The report's: as the user said, else that of all rows; empty where nothing says it.
    factors : dict[str, Fraction]
        Code of a row (``""`` for none) -> units of the report's currency for one unit.
    names : dict[str, str]
        Code of a row -> how it is called in the account; what is the report's own has the report's name.
    used : dict[str, Decimal]
        Currency -> the rate of the user that its rows were converted by.
    notes : tuple[Warning_, ...]
        What to tell of the rates that rows have of their own.
    """

    currency: str
    factors: dict[str, Fraction]
    names: dict[str, str]
    used: dict[str, Decimal] = field(default_factory=dict)
    notes: tuple[Warning_, ...] = ()


def money(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource], rules: OrderRules, where: str
) -> Money:
    """Find the currencies of ``parsed`` and what each counts for.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    rules : OrderRules
        The report's currency and the rates, as the user gave them.
    where : str
        The files, for messages.

    Raises
    ------
    InputError
        If amounts are in several currencies and a rate is missing, or if a file that names no currency comes
        with one that does and the user has not said which it is in.
    """
    counts = connection.execute("""
        SELECT file_number, currency, count(*) FROM parsed
        WHERE source_amount IS NOT NULL AND apart IS DISTINCT FROM 'total_row'
        GROUP BY file_number, currency ORDER BY file_number, count(*) DESC, currency
    """).fetchall()
    totals: dict[str, int] = {}
    for _, code, rows in counts:
        if code is not None:
            totals[code] = totals.get(code, 0) + rows
    found = sorted(totals, key=lambda code: (-totals[code], code))
    own = row_rates(connection, sources, rules.currency.strip().upper())
    home = own.home or rules.currency.strip().upper()
    given = {code.strip().upper(): Decimal(str(rate)) for code, rate in rules.rates.items()}
    rates = {code: Fraction(str(rate)) for code, rate in given.items()}
    if home:
        rates[home] = Fraction(1)
        if home in _KR:
            rates.setdefault("KR", Fraction(1))
    rates |= dict.fromkeys(own.converted, Fraction(1))  # of no use: each row has its own
    silent_rows = sum(rows for _, code, rows in counts if code is None)
    by_rows = [(code, totals[code]) for code in found]
    _refuse_unknown(connection, sources, by_rows, home, rates, given, silent=silent_rows, where=where)
    if not rates:
        _refuse_few(connection, sources, counts)
        telling = {number for number, code, _ in counts if code is not None}
        silent = [sources[number - 1].where for number, _, _ in counts if number not in telling]
        if telling and silent:
            raise InputError(_which_currency(silent, found))
    only_one = not rates and len(found) == 1
    label = rules.currency.strip() or own.home or (_label(found[0]) if only_one else "")
    at_home = {"", home, *(found if only_one else ()), *(("KR",) if home in _KR else ())}
    return Money(
        currency=label,
        factors={"": Fraction(1)} | {code: rates.get(code, Fraction(1)) for code in found},
        names={code: label if code in at_home else _label(code) or code for code in ["", *found]},
        used={
            code: given[code]
            for code in found
            if code in given and code != home and code not in own.converted
        },
        notes=own.notes,
    )


def _label(code: str) -> str:
    """Return a currency as people write it; longer texts are no codes."""
    if code == "KR":
        return "kr"
    return code if re.fullmatch(r"[A-Z]{3}|[^\w\s]{1,3}", code) else ""


def _seen(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource], code: str) -> str:
    """Name the first row of a currency, and the cell that names it."""
    number, row, amount = connection.execute(
        "SELECT file_number, file_row, amount_text FROM parsed WHERE currency = $code AND source_amount IS NOT NULL"
        " ORDER BY row_number LIMIT 1",
        {"code": code},
    ).fetchone() or (1, 0, "")
    source = sources[number - 1]
    place = source.place(row, "currency" if "currency" in source.file.columns else "amount")
    place = f"row {row:,}" if place.startswith("Row ") else place
    file = f"{source.where}, " if len(sources) > 1 else ""
    column = source.file.columns.get("currency")
    cell = f'"{column}": {code}' if column else f'"{source.header("amount")}": "{amount}"'
    return f"{file}{place}, {cell}"


def _refuse_few(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[ReadSource],
    counts: Sequence[tuple[int, str | None, int]],
) -> None:
    """Refuse to take all amounts of a file as what a few of its cells name."""
    for number, source in enumerate(sources, start=1):
        own = [(code, rows) for file, code, rows in counts if file == number]
        told = [(code, rows) for code, rows in own if code is not None]
        named, total = sum(rows for _, rows in told), sum(rows for _, rows in own)
        code = told[0][0] if told else "KR"
        # crowns name no country: a few cells with kr say nothing against the others
        if code == "KR" or named >= _FEW * total:
            continue
        label, home = _label(code) or code, _other_home(code)
        example = _example([code], home, {})
        raise InputError(
            f"{source.where}: only {named:,} of {total:,} rows {'names' if named == 1 else 'name'} a currency:"
            f" {label}, {_seen(connection, sources, code)}. Say which currency the other rows are in. If it is the"
            f" same: --set currency={code}. Else set currency to theirs and give the"
            f' worth of one {label} in it in the parameter file, such as currency = "{home}" and {example}.'
        )


def _other_home(code: str) -> str:
    return "EUR" if code in _KR or code == "KR" else "SEK"


def _example(codes: Sequence[str], home: str, given: Mapping[str, Decimal]) -> str:
    """Write rates as in a parameter file, with what is known of them or about so much."""
    return f"rates = {{ {', '.join(f'{code} = {_rate(code, home, given)}' for code in codes)} }}"


def _rate(code: str, home: str, given: Mapping[str, Decimal]) -> str:
    if code in given:
        return f"{given[code]:f}"
    worth = _ABOUT_IN_SEK.get(code, 1.0) / _ABOUT_IN_SEK.get(home, 1.0)
    return f"{worth:.2f}" if worth >= 0.1 else f"{worth:.2g}"


def _refuse_unknown(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[ReadSource],
    counts: Sequence[tuple[str, int]],
    home: str,
    rates: dict[str, Fraction],
    given: dict[str, Decimal],
    *,
    silent: int,
    where: str,
) -> None:
    unknown = [code for code, _ in counts if code not in rates]
    foreign = bool(given) or bool(home and unknown and (len(unknown[0]) == 3 or unknown[0] == "KR"))
    if not unknown or not (len(counts) > 1 or foreign):
        return
    total = silent + sum(rows for _, rows in counts)
    few = {code for code, rows in counts if rows < _FEW * total and (silent or rows < _RARE * total)}
    listed = ", ".join(
        f"{code} ({plural(rows, 'row', 'rows')}"
        + (f": {_seen(connection, sources, code)}" if code in few else "")
        + ")"
        for code, rows in counts[:10]
    )
    none = f"; {plural(silent, 'row names', 'rows name')} none" if silent and few else ""
    lacking = f" No rate for {', '.join(unknown[:10])}." if rates else ""
    crowns_named = [code for code, _ in counts if code in _KR]
    named = home or counts[0][0]
    kept = (crowns_named[0] if crowns_named else "SEK") if named == "KR" else named
    others = [code for code, _ in counts if code != kept and not (code == "KR" and kept in _KR)][:10]
    crowns = (
        " Amounts in kr do not say whose crowns they are: write SEK, NOK or DKK."
        if "KR" in unknown and (named == "KR" or not others)
        else ""
    )
    crowns += _by_values(sources)
    head = f"{where}: the amounts are in {listed}{none}.{lacking} Keep the rows of one currency,"
    if not others:
        raise InputError(f"{head} or, if kr is {kept} here, say so: --set currency={kept}.{crowns}")
    first = next((code for code in others if code in unknown), others[0])
    example = f'currency = "{kept}" and {_example(others, kept, given)}'
    raise InputError(
        f"{head} or give the report's currency and the rates in the parameters, such as {example}, where"
        f" {_rate(first, kept, given)} stands for what one {first} is in {kept}. Write each on a line of a"
        f" text file rates.toml, and pass --parameters rates.toml.{rate_offer(sources, home)}{crowns}"
    )


def _by_values(sources: Sequence[ReadSource]) -> str:
    """Say which column is read as the currency though its header does not say so."""
    known = frozenset().union(*TIERS["currency"])
    headers = {source.file.columns.get("currency", "") for source in sources}
    found = sorted(header for header in headers if header and fold(header) not in known)
    return (
        f' The currencies stand in the column "{found[0]}": if it is of something else: --column currency=-.'
        if found
        else ""
    )


def _which_currency(silent: Sequence[str], found: Sequence[str]) -> str:
    files = " and ".join(dict.fromkeys(silent))
    say = (
        "does not say which currency it is in"
        if len(set(silent)) == 1
        else "do not say which currency they are in"
    )
    other = found[0]
    return (
        f"{files} {say}; the other amounts are in {other}. If it is the same, say so: --set currency={other}. Else set"
        f" currency to that of {silent[0]}, and give the worth of one {other} in it in the parameter file, such as"
        f" {_example([other], _other_home(other), {})}."
    )


def converted(
    column: str, factors: dict[str, Fraction], *, by_row: bool = False, divided_by: Fraction = _ONE
) -> str:
    """Give SQL for column x factor, rounded half away from zero to 4 decimals, in whole numbers.

    Parameters
    ----------
    column : str
        A DECIMAL(18, 4) beside a column ``currency``.
    factors : dict[str, Fraction]
        Currency code -> factor, ``""`` for rows without a currency.
    by_row : bool
        Whether a column ``rate`` stands beside it, which goes first where it is not NULL.
    divided_by : Fraction
        What amounts at such a rate are divided by.

    Raises
    ------
    ArgumentError
        If a factor has too many digits to be exact.
    """
    if all(factor == 1 for factor in factors.values()) and not by_row:
        return column
    cases = []
    units = f"CAST(CAST(abs({column}) AS DECIMAL(38, 4)) * 10000 AS HUGEINT)"
    if by_row:
        top, bottom = divided_by.denominator, divided_by.numerator * 10**8
        own = f"({units} * CAST(CAST(rate AS DECIMAL(38, 8)) * {10**8} AS HUGEINT) * {top}::HUGEINT)"
        exact = _in_units(f"((2 * {own} + {bottom}::HUGEINT) // (2 * {bottom}::HUGEINT))")
        cases.append(f"WHEN rate IS NOT NULL THEN CASE WHEN {column} < 0 THEN -{exact} ELSE {exact} END")
    for code, factor in factors.items():
        top, bottom = factor.numerator, factor.denominator
        if max(top, bottom) > _HUGE:
            raise ArgumentError(f"The rate of {code or 'the amounts'} has too many digits. Round it.")
        whole = f"((2 * {units} * {top}::HUGEINT + {bottom}::HUGEINT) // (2 * {bottom}::HUGEINT))"
        exact = _in_units(whole)
        code_text = code.replace("'", "''")
        when = f"currency = '{code_text}'" if code else "currency IS NULL"
        cases.append(f"WHEN {when} THEN CASE WHEN {column} < 0 THEN -{exact} ELSE {exact} END")
    return f"CASE {' '.join(cases)} END"


def _in_units(whole: str) -> str:
    """Return SQL for an amount from its ten thousandths."""
    return f"TRY_CAST(TRY_CAST({whole} AS DECIMAL(30, 0)) * 0.0001 AS DECIMAL(18, 4))"
