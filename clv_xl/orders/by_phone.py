"""Telephone numbers that stand for customers: which column has them, and when two of them are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.column_words import asked_for
from clv_xl.orders.header_words import EMAILS, PHONES, fold
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from clv_xl.said import Said

__all__ = ["guest_columns", "is_by_phone", "number_sql", "phone_for_customer", "phones_alike"]

_SHORTEST = 6
# of each country its code, and a national number without the 0 that stands before it at home
_COUNTRIES = (
    ("4[57]", "[0-9]{8}", "''"),
    ("46", "0?[1-9][0-9]{6,8}", "'0'"),
    ("358", "0?[1-9][0-9]{5,9}", "'0'"),
)


def phone_for_customer(
    names: tuple[str, ...], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> tuple[dict[str, int], list[Said]]:
    """Return a column of telephone numbers for the customers of orders that name nobody else, and what to tell.

    Parameters
    ----------
    names : tuple[str, ...]
        The headers.
    positions : Mapping[str, int]
        Canonical name -> field number, so far.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Examples
    --------
    >>> found, notes = phone_for_customer(("Mobil", "Dato", "Sum"), {"order_date": 1, "amount": 2}, {})
    >>> found, len(notes)
    ({'customer_id': 0}, 1)
    """
    if "customer_id" in {*positions, *wanted} or not {"order_date", "amount"} <= positions.keys():
        return {}, []
    phones = _phones(names, positions, wanted)
    if not phones:
        return {}, []
    note = say(
        'No column is a customer id or an e-mail address: the telephone number in "{header}" stands for the customer.'
        ' To use another column: --column customer_id="the header in your file".',
        header=names[phones[0]],
    )
    return {"customer_id": phones[0]}, [note]


def _phones(names: tuple[str, ...], positions: Mapping[str, int], wanted: Mapping[str, str]) -> list[int]:
    if "phone" in wanted:
        return asked_for(wanted["phone"], names)
    taken = positions.values()
    return [at for at, name in enumerate(names) if fold(name) in PHONES and at not in taken]


def guest_columns(
    names: tuple[str, ...], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Return the e-mail address and the telephone numbers beside a customer id: guests may have nothing else.

    Parameters
    ----------
    names : tuple[str, ...]
        The headers.
    positions : Mapping[str, int]
        Canonical name -> field number.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Examples
    --------
    >>> guest_columns(("Kundnr", "E-post", "Mobil"), {"customer_id": 0}, {})
    {'email': (1,), 'phone': (2,)}
    >>> guest_columns(("Mobil", "Dato"), {"customer_id": 0}, {})
    {'phone': (0,)}
    """
    if "customer_id" not in positions:
        return {}
    customer = positions["customer_id"]
    free = [at for at in range(len(names)) if at not in positions.values()]
    emails = tuple(at for at in free if fold(names[at]) in EMAILS)
    of_customer = fold(names[customer]) in PHONES
    phones = (customer,) if of_customer else tuple(_phones(names, positions, wanted))
    return ({"email": emails[:1]} if emails else {}) | ({"phone": phones} if phones else {})


def is_by_phone(positions: Mapping[str, int], extra: Mapping[str, tuple[int, ...]]) -> bool:
    """Tell whether the customers of a file are telephone numbers.

    Examples
    --------
    >>> is_by_phone({"customer_id": 0}, {"phone": (0,)}), is_by_phone({"customer_id": 0}, {"phone": (2,)})
    (True, False)
    """
    return positions["customer_id"] in extra.get("phone", ())


def number_sql(text: str) -> str:
    """Return SQL for a telephone number without marks, 00 for abroad as a plus; NULL where it is too short.

    Parameters
    ----------
    text : str
        SQL for what stands in the file.
    """
    digits = f"translate({text}, ' \u00a0()-./''', '')"  # many times faster than a pattern
    plus = f"CASE WHEN starts_with({digits}, '00') THEN '+' || {digits}[3:] ELSE {digits} END"
    return f"CASE WHEN length({digits}) >= {_SHORTEST} THEN {plus} END"


def phones_alike(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Write the telephone numbers of ``parsed`` in one way, and tell of it.

    A number with the code of a Nordic country is the one without it, where that stands in the files too and no other
    country's number ends in it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    nationals = " ".join(
        f"WHEN regexp_full_match(digits, '{code}{rest}') THEN {zero} || regexp_extract(digits, '^{code}0?(.*)$', 1)"
        if zero != "''"
        else f"WHEN regexp_full_match(digits, '{code}{rest}') THEN digits[3:]"
        for code, rest, zero in _COUNTRIES
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE phone_forms AS
        WITH numbers AS (
            SELECT DISTINCT phone FROM parsed WHERE phone IS NOT NULL
        ), plain AS (
            SELECT phone, ltrim(phone, '+') AS digits, CASE {nationals} END AS home
            FROM numbers WHERE regexp_full_match(phone, '[+]?[0-9]+')
        ), abroad AS (
            SELECT phone, home, '+' || CASE WHEN starts_with(home, '0')
                THEN CASE WHEN starts_with(digits, '46') THEN '46' ELSE '358' END || home[2:] ELSE digits END AS whole
            FROM plain WHERE home IS NOT NULL
        ), several AS (
            SELECT *, home IN (SELECT phone FROM numbers)
                AND min(whole) OVER (PARTITION BY home) = max(whole) OVER (PARTITION BY home) AS is_home
            FROM abroad
        ), formed AS (
            SELECT phone, CASE WHEN is_home THEN home ELSE whole END AS same FROM several
            WHERE is_home OR starts_with(phone, '+') OR whole IN (SELECT phone FROM numbers)
        )
        SELECT phone, same FROM formed WHERE phone <> same
    """)  # noqa: S608  (our own patterns)
    found = connection.execute(
        "SELECT count(DISTINCT same), min_by(phone, (same, phone)), min(same) FROM phone_forms"
    ).fetchone()
    numbers, written, plain = found or (0, "", "")
    if numbers:
        connection.execute("""
            UPDATE parsed SET phone = same, customer_id = CASE WHEN customer_id = parsed.phone THEN same
                ELSE customer_id END
            FROM phone_forms WHERE parsed.phone = phone_forms.phone
        """)
        text = counted(
            numbers,
            '{number} telephone number is written in several ways, such as "{written}" and'
            ' "{plain}". Each is one customer.',
            '{number} telephone numbers are written in several ways, such as "{written}" and'
            ' "{plain}". Each is one customer.',
            written=written,
            plain=plain,
        )
        yield Warning_("phone_spellings", text, numbers)
    connection.execute("DROP TABLE phone_forms")
