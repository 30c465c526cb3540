"""A column of exchange rates in the file itself: what one unit of a row's currency is in the report's currency.

It is used only where the user names it, with ``--column exchange_rate=HEADER``, and only if it can be true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.errors import InputError
from clv_xl.orders.account import Warning_, plural
from clv_xl.orders.column_words import asked_for
from clv_xl.orders.header_words import TIERS, fold
from clv_xl.orders.row_currency import header_currency, is_home, without_currency
from clv_xl.said import counted, frame, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["RowRates", "rate_column", "rate_offer", "rate_sql", "row_rates"]

_HEADERS: Final = frozenset(
    fold(text)
    for text in (
        "kurs", "valutakurs", "växelkurs", "omräkningskurs", "vekslekurs", "vekslingskurs", "vekselkurs",
        "valuuttakurssi", "vaihtokurssi", "kurssi", "exchange rate", "fx rate", "fx", "currency rate",
        "rate of exchange", "conversion rate", "wechselkurs", "umrechnungskurs", "taux de change",
    )
)  # fmt: skip
_ABOUT_IN_SEK: Final = {
    "SEK": 1.0, "EUR": 11.2, "USD": 10.4, "GBP": 13.0, "CHF": 11.8, "NOK": 0.98, "DKK": 1.5, "ISK": 0.077, "PLN": 2.6,
}  # fmt: skip
_FAR_OFF: Final = 3  # no two of these currencies changed their worth so much in decades
_ALMOST_ALL: Final = 0.9


class RowRates(NamedTuple):
    """What the rates of the rows settle: the report's currency, the currencies they convert, and what to tell."""

    home: str = ""
    converted: frozenset[str] = frozenset()
    notes: tuple[Warning_, ...] = ()


def rate_column(
    names: Sequence[str], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Return where the rates stand that the user names, and the amount that is converted already, to hold them against.

    Examples
    --------
    >>> headers = ["Belopp", "Valuta", "Kurs", "Belopp SEK"]
    >>> rate_column(headers, {"amount": 0, "currency": 1}, {"exchange_rate": "kurs"})
    {'exchange_rate': (2,), 'converted_amount': (3,)}
    """
    places = asked_for(wanted.get("exchange_rate", ""), tuple(names))
    if not places:
        return {}
    known = frozenset().union(*TIERS["amount"])
    beside = [
        at
        for at, name in enumerate(names)
        if at not in positions.values() and header_currency(name) and fold(without_currency(name)) in known
    ]
    found: dict[str, tuple[int, ...]] = {"exchange_rate": (places[0],)}
    return found | ({"converted_amount": (beside[0],)} if beside else {})


def rate_offer(sources: Sequence[ReadSource], home: str) -> str:
    """Return a sentence on a column of rates that a file has; empty where it has none, or it is used."""
    for source in sources:
        if "exchange_rate" in source.resolution.extra:
            return ""
        for header in source.resolution.headers:
            if fold(header) in _HEADERS:
                said = "" if home else " with --set currency= and the report's currency"
                return (
                    f" Or, if \"{header}\" holds what one unit of a row's currency is in the report's currency:"
                    f' --column exchange_rate="{header}"{said}.'
                )
    return ""


def rate_sql(source: ReadSource) -> str:
    """Return SQL over ``text_rows`` for the rate of a row; it has no thousands, so either mark is the decimal one."""
    if "exchange_rate" not in source.meaning.roles:
        return "CAST(NULL AS DECIMAL(18, 8))"
    return (
        "CASE WHEN regexp_full_match(exchange_rate, '[0-9]+([.,][0-9]+)?')"
        " THEN nullif(TRY_CAST(replace(exchange_rate, ',', '.') AS DECIMAL(18, 8)), 0) END"
    )


def row_rates(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource], home: str) -> RowRates:
    """Settle which rows of ``parsed`` their own rate converts; the rates of all others are blank afterwards.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    home : str
        The report's currency in capitals, as the user said; empty for none.

    Raises
    ------
    InputError
        If the rates cannot be what one unit of a row's currency is in the report's.
    """
    having = [
        number for number, source in enumerate(sources, start=1) if "exchange_rate" in source.meaning.roles
    ]
    if not having:
        return RowRates()
    listed = ", ".join(map(str, having))
    rows = """FROM parsed WHERE source_amount IS NOT NULL AND currency IS NOT NULL
        AND apart IS DISTINCT FROM 'total_row'"""
    found = connection.execute(f"""
        SELECT currency, count(*), count(rate), min(rate), max(rate), median(rate),
            min_by([file_number, file_row], row_number) FILTER (rate IS NULL),
            min_by([file_number, file_row], row_number) FILTER (rate <> 1) {rows}
        GROUP BY currency ORDER BY count(*) DESC, currency
    """).fetchall()
    at_par = [code for code, _, rated, least, most, *_ in found if rated == 0 or least == most == 1]
    if not home and 1 in {len(at_par), len(found)}:
        home = at_par[0] if at_par else found[0][0]
    source = sources[having[0] - 1]
    header = source.resolution.headers[source.resolution.extra["exchange_rate"][0]]
    if not home:
        raise InputError(
            f"{source.where}: \"{header}\" says what one unit of a row's currency is in the report's, but not"
            " which that is. Say it, such as --set currency=SEK."
        )
    told, converted = [], set()
    for code, count, rated, least, most, middle, unrated, unlike in found:
        if is_home(code, home):
            _refuse_home_rates(sources, header, home, unlike)
            continue
        if rated == 0:
            continue
        _refuse_far_off(f'{source.where}: "{header}"', code, home, float(middle))
        if rated < count:
            raise InputError(
                f'{_place(sources, unrated)}: "{header}" holds no rate, but the row is in {code};'
                f" {plural(count - rated, 'such row', 'such rows')} in all. Fill them in, or give rates in the"
                " parameter file instead."
            )
        converted.add(code)
        worth = " - ".join(dict.fromkeys(f"{rate.normalize():f}" for rate in (least, most)))
        told.append(frame("{code} {worth}", code=code, worth=worth))
    connection.execute(
        f"UPDATE parsed SET rate = NULL WHERE file_number NOT IN ({listed}) OR currency IS NULL"  # noqa: S608
        " OR NOT list_contains($codes, currency)",
        {"codes": sorted(converted)},
    )
    for number in having:
        _hold_against(connection, sources[number - 1], number)
    if not converted:
        return RowRates(home)
    total = sum(count for code, count, *_ in found if code in converted)
    text = counted(
        total,
        '{where}: the amount of {number} row was multiplied by its "{header}", what one unit of its currency is in'
        " {home}: {rates}.",
        '{where}: the amounts of {number} rows were multiplied by their "{header}", what one unit of their currency is'
        " in {home}: {rates}.",
        where=source.where,
        header=header,
        home=home,
        rates=joined(", ", told),
    )
    return RowRates(home, frozenset(converted), (Warning_("rates_of_rows", text, total),))


def _place(sources: Sequence[ReadSource], at: Sequence[int]) -> str:
    return f"{sources[at[0] - 1].where}, row {at[1]:,}"


def _refuse_home_rates(
    sources: Sequence[ReadSource], header: str, home: str, unlike: Sequence[int] | None
) -> None:
    if unlike is None:
        return
    raise InputError(
        f'{_place(sources, unlike)}: "{header}" is not 1, but the row is in {home}, the currency of the report. The'
        " rates must say what one unit of a row's currency is in the report's. Name the currency that they are in with"
        " --set currency=, or leave --column exchange_rate out."
    )


def _refuse_far_off(where: str, code: str, home: str, rate: float) -> None:
    if not {code, home} <= _ABOUT_IN_SEK.keys():
        return
    about = _ABOUT_IN_SEK[code] / _ABOUT_IN_SEK[home]
    if about / _FAR_OFF < rate < about * _FAR_OFF:
        return
    if about / _FAR_OFF < 1 / rate < about * _FAR_OFF:
        why = f"They look like what one {home} is in {code}: write 1 / rate."
    elif about / _FAR_OFF < rate / 100 < about * _FAR_OFF:
        why = f"They look like what 100 {code} are in {home}: divide them by 100."
    else:
        why = "Is it another column?"
    raise InputError(
        f"{where} says that one {code} is {rate:.4g} {home}, where about {about:.2g} is expected. {why} Or give rates"
        " in the parameter file instead, and leave --column exchange_rate out."
    )


def _hold_against(connection: duckdb.DuckDBPyConnection, source: ReadSource, number: int) -> None:
    """Refuse rates that do not give the amounts which stand converted beside them."""
    if "converted_amount" not in source.meaning.roles:
        return
    agree, rows, row, gives, stands = connection.execute(
        """
        WITH held AS (
            SELECT file_row, source_amount * rate AS gives, converted_amount AS stands,
                abs(source_amount * rate - converted_amount) <= 0.01 + 0.01 * abs(converted_amount) AS agrees
            FROM parsed WHERE file_number = $number AND rate IS NOT NULL AND converted_amount IS NOT NULL
                AND source_amount IS NOT NULL)
        SELECT count(*) FILTER (agrees), count(*), min(file_row) FILTER (NOT agrees),
            min_by(gives, file_row) FILTER (NOT agrees), min_by(stands, file_row) FILTER (NOT agrees) FROM held
        """,
        {"number": number},
    ).fetchone() or (0, 0, 0, 0, 0)
    if agree >= _ALMOST_ALL * rows:
        return
    headers, extra = source.resolution.headers, source.resolution.extra
    raise InputError(
        f'{source.where}: "{source.header("amount")}" times "{headers[extra["exchange_rate"][0]]}" does not give'
        f' "{headers[extra["converted_amount"][0]]}" in {rows - agree:,} of {rows:,} rows, first in row {row:,}:'
        f" {gives:,.2f}, where {stands:,.2f} stands. Use that column: --column"
        f' amount="{headers[extra["converted_amount"][0]]}", and leave --column exchange_rate out.'
    )
