"""Who a customer is: guests with nothing but an e-mail address or a telephone number, customers with two ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.metrics.occasions import EMAIL, NO_CUSTOMER_TEXTS
from clv_xl.orders.account import Warning_
from clv_xl.orders.by_phone import phones_alike
from clv_xl.said import counted, figured, frame, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

__all__ = ["customer_key_sql", "identify", "known_customer_sql"]

# What shops write where a guest has no id; a customer may still be called so where nothing else is known.
_GUESTS = ("0", "guest", "gast", "gjest", "gæst", "vieras", "none", "n/a", "-")
# Addresses that stand for no address: what people and programs fill in where a guest gave none. No domain ends in one
# letter, and nobody is called as the shop's answering machine is.
_TYPED = "|".join(f"{letter}@{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
_NO_ADDRESS = (
    "(?:no-?_?reply|do-?_?not-?_?reply|none|no-?_?e?mail|unknown|guest|anonym(?:ous)?|dummy|test|na|ingen|saknas|okand"
    f"|okänd|ukendt|ukjent|gast|gäst|gjest|gæst|vieras|tuntematon)@[^@]+|[^@]+@[^@]+[.][a-z]|(?:{_TYPED})[.][a-z]+"
)
_SHARE_OF_ONE = 0.1
_ROWS_OF_ONE = 30
_CUSTOMERS_BESIDE = 20
_NAMES_OF_NOBODY = len(NO_CUSTOMER_TEXTS) + 1
_NOTHING = ", ".join(f"'{text}'" for text in NO_CUSTOMER_TEXTS)
_NOBODY = f"(customer_id IS NULL OR customer_id IN ({_NOTHING}))"
_GUEST = f"({_NOBODY} OR lower(customer_id) IN ({', '.join(repr(text) for text in _GUESTS)}))"


def customer_key_sql(customer: str) -> str:
    """Return SQL for :func:`~clv_xl.metrics.occasions.customer_key`.

    Parameters
    ----------
    customer : str
        SQL for the id.
    """
    is_email = f"contains({customer}, '@') AND regexp_full_match({customer}, '{EMAIL}')"
    return f"CASE WHEN {is_email} THEN lower({customer}) ELSE {customer} END"


def known_customer_sql() -> str:
    """Return SQL that is true where ``customer_id`` names somebody."""
    return f"NOT {_NOBODY}"


def identify(connection: duckdb.DuckDBPyConnection, aliases: Mapping[str, str]) -> tuple[Warning_, ...]:
    """Settle the customers of ``parsed``, and return what to tell of it.

    A row without a customer takes the id that its e-mail address, or else its telephone number, has elsewhere, where
    that is one id; else the address or the number itself. Then aliases are followed.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    aliases : Mapping[str, str]
        Customer -> whose id counts instead.
    """
    addresses, phones = _one(
        connection,
        "SELECT bool_or(contains(customer_id, '@') OR email IS NOT NULL OR phone IS NOT NULL),"
        " bool_or(phone IS NOT NULL) FROM parsed",
    )
    notes: list[Warning_] = [*phones_alike(connection)] if phones else []
    if addresses:
        notes += [
            *phones_alike(connection),
            *_no_addresses(connection),
            *_spellings(connection),
            *_guests(connection),
        ]
    if aliases:
        notes += _aliases(connection, aliases)
    return (*notes, *_near_equal(connection), *_one_for_many(connection))


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    return connection.execute(sql).fetchone() or ()


def _no_addresses(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Clear e-mail addresses that stand for none: else all guests would be one customer."""
    customers, emails = (
        f"coalesce(contains({name}, '@') AND regexp_full_match({name}, '(?i:{_NO_ADDRESS})'), false)"
        for name in ("customer_id", "email")
    )
    rows, addresses, most, example = _one(
        connection,
        f"""
        SELECT coalesce(sum(rows), 0)::BIGINT, count(*), max(rows), max_by(address, (rows, address)) FROM (
            SELECT CASE WHEN {customers} THEN customer_id ELSE email END AS address, count(*) AS rows
            FROM parsed WHERE ({customers} OR {emails}) AND apart IS NULL GROUP BY address)
        """,  # noqa: S608  (our own words)
    )
    if not rows:
        return
    connection.execute(f"""
        UPDATE parsed SET customer_id = CASE WHEN {customers} THEN NULL ELSE customer_id END,
            email = CASE WHEN {emails} THEN NULL ELSE email END
        WHERE {customers} OR {emails}
    """)  # noqa: S608  (our own words)
    such = (
        frame('"{example}"', example=example)
        if addresses == 1
        else say(
            'one of {addresses} e-mail addresses such as "{example}" ({most})',
            addresses=figured(addresses, 0),
            example=example,
            most=figured(most, 0),
        )
    )
    text = counted(
        rows,
        "{number} row has {such} for a customer's e-mail address.",
        "{number} rows have {such} for a customer's e-mail address.",
        such=such,
    )
    text += say(
        " That is no address: it is left out, so that its rows do not become one customer. A row with no other customer"
        " id or telephone number is set aside as having no customer. If it is a customer after all, give those rows a"
        " customer id."
    )
    yield Warning_("no_address", text, rows)


def _one_for_many(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of a customer with so many of the orders that it may stand for many: the shop's own address, a till."""
    # as many parts as customers would take many times as long: where no part is large, none of its customers is
    (most, in_all) = _one(
        connection,
        """
        SELECT coalesce(max(rows), 0), coalesce(sum(rows), 0)::BIGINT FROM (
            SELECT count(*) AS rows FROM parsed WHERE apart IS NULL AND source_amount >= 0
            GROUP BY hash(customer_id) % 1024)
        """,
    )
    if most < max(_ROWS_OF_ONE, _SHARE_OF_ONE * (in_all - _NAMES_OF_NOBODY * most)):
        return
    row = connection.execute(f"""
        WITH customers AS (
            SELECT customer_id, count(*) AS rows FROM parsed
            WHERE apart IS NULL AND source_amount >= 0 GROUP BY customer_id
        )
        SELECT max_by(customer_id, (rows, customer_id)), max(rows), sum(rows)::BIGINT, count(*) FROM customers
        WHERE NOT {_NOBODY}
    """).fetchone()  # noqa: S608  (our own words)
    customer, rows, total, customers = row or ("", 0, 0, 0)
    if customers <= _CUSTOMERS_BESIDE or rows < _ROWS_OF_ONE or rows < _SHARE_OF_ONE * total:
        return
    text = say(
        'The customer "{customer}" has {share}% of all orders ({rows} of {total} rows). If that is no customer but the'
        " shop's own address, a till, or what stands where a guest is not known, its figures are not those of a"
        " customer: clear the customer on those rows, and they are set aside with their sum.",
        customer=customer,
        share=figured(100 * rows / total, 0),
        rows=figured(rows, 0),
        total=figured(total, 0),
    )
    yield Warning_("one_for_many", text, rows)


def _near_equal(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of numbers that a workbook may have changed: 001012 in one file is 1012 or 1012.0 in another."""
    # only what a zero begins or .0 ends is another number than it looks
    doubtful = "customer_id BETWEEN '0' AND '1' OR contains(customer_id, '.0')"
    if not connection.execute(f"SELECT 1 FROM parsed WHERE {doubtful} LIMIT 1").fetchone():  # noqa: S608
        return
    numbers, ids, rows, most = _one(
        connection,
        r"""
        WITH ids AS (
            SELECT customer_id AS id, count(*) AS rows,
                regexp_replace(regexp_replace(customer_id, '[.]0+$', ''), '^0+([0-9])', '\1') AS plain
            FROM parsed WHERE apart IS NULL AND regexp_full_match(customer_id, '[0-9]+([.]0+)?')
            GROUP BY customer_id
        ), several AS (
            SELECT plain, count(*) AS ids, sum(rows)::BIGINT AS rows, list((id, rows) ORDER BY id) AS written
            FROM ids GROUP BY plain HAVING count(*) > 1
        )
        SELECT count(*), coalesce(sum(ids), 0)::BIGINT, coalesce(sum(rows), 0)::BIGINT,
            arg_min(written, (-rows, plain)) FROM several
        """,
    )
    if not numbers:
        return
    (first, rows_first), (second, rows_second) = most[:2]
    text = counted(
        numbers,
        "{number} customer number is written in more than one way: they differ in zeros in front, or in .0 behind, such"
        ' as "{first}" ({rows_first}) and "{second}" ({rows_second}).',
        "{number} customer numbers are written in more than one way: they differ in zeros in front, or in .0 behind,"
        ' such as "{first}" ({rows_first}) and "{second}" ({rows_second}).',
        first=first,
        rows_first=counted(rows_first, "{number} row", "{number} rows"),
        second=second,
        rows_second=counted(rows_second, "{number} row", "{number} rows"),
    )
    text += say(
        " They count as {ids} customers ({rows} rows). If they are the same, as where a workbook dropped the zeros,"
        " write them alike in the files, or name them in --aliases FILE.csv, with the columns customer and same as.",
        ids=figured(ids, 0),
        rows=figured(rows, 0),
    )
    yield Warning_("near_equal_ids", text, rows)


def _spellings(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    customers, rows, example = _one(
        connection,
        """
        SELECT count(*), coalesce(sum(rows), 0)::BIGINT, min(customer_id) FROM (
            SELECT customer_id, count(*) AS rows FROM parsed
            WHERE contains(customer_text, '@') AND lower(customer_text) = customer_id
            GROUP BY customer_id HAVING min(customer_text) <> max(customer_text))
        """,
    )
    if customers:
        text = counted(
            customers,
            '{number} e-mail address is spelled with capitals here and without there, such as "{example}". Each is one'
            " customer.",
            '{number} e-mail addresses are spelled with capitals here and without there, such as "{example}". Each is'
            " one customer.",
            example=example,
        )
        yield Warning_("email_spellings", text, rows)


def _guests(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    (rows,) = _one(
        connection,
        f"SELECT count(*) FROM parsed WHERE {_GUEST} AND (email IS NOT NULL OR phone IS NOT NULL)"  # noqa: S608
        " AND apart IS NULL",
    )
    several, example = _one(
        connection,
        f"""
        SELECT count(*), min(email) FROM (
            SELECT email FROM parsed WHERE email IS NOT NULL AND NOT {_GUEST}
            GROUP BY email HAVING min(customer_id) <> max(customer_id))
        """,  # noqa: S608  (our own words)
    )
    if several:
        text = counted(
            several,
            '{number} e-mail address has several customer ids, such as "{example}". Each id is a customer of its own.'
            " If the address is the customer: --column customer_id= with the header of the addresses.",
            '{number} e-mail addresses have several customer ids, such as "{example}". Each id is a customer of its'
            " own. If the address is the customer: --column customer_id= with the header of the addresses.",
            example=example,
        )
        yield Warning_("several_ids", text, several)
    if not rows:
        return
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE contacts AS
        SELECT contact, min(customer_id) AS id FROM (
            SELECT email AS contact, customer_id FROM parsed WHERE email IS NOT NULL AND NOT {_GUEST}
            UNION ALL
            SELECT phone, customer_id FROM parsed WHERE phone IS NOT NULL AND NOT {_GUEST})
        GROUP BY contact HAVING min(customer_id) = max(customer_id)
    """)  # noqa: S608  (our own words)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE guests AS
        SELECT parsed.row_number, coalesce(by_email.id, email, by_phone.id, phone) AS id,
            email IS NULL AS by_phone, coalesce(by_email.id, CASE WHEN email IS NULL THEN by_phone.id END) IS NOT NULL
                AS known
        FROM parsed LEFT JOIN contacts AS by_email ON by_email.contact = email
            LEFT JOIN contacts AS by_phone ON by_phone.contact = phone
        WHERE {_GUEST} AND (email IS NOT NULL OR phone IS NOT NULL) AND apart IS NULL
    """)  # noqa: S608  (our own words)
    connection.execute(
        "UPDATE parsed SET customer_id = guests.id FROM guests WHERE guests.row_number = parsed.row_number"
    )
    emails, phones, known = _one(
        connection,
        "SELECT count(*) FILTER (NOT by_phone), count(*) FILTER (by_phone), count(*) FILTER (known) FROM guests",
    )
    connection.execute("DROP TABLE contacts")
    connection.execute("DROP TABLE guests")
    by_email = counted(
        emails,
        "{number} row has no customer id. Its e-mail address stands for it.",
        "{number} rows have no customer id. Their e-mail address stands for it.",
    )
    by_phone = counted(
        phones,
        "{number} row has no customer id. Its telephone number stands for it.",
        "{number} rows have no customer id. Their telephone number stands for it.",
    )
    told = [(count, text) for count, text in ((emails, by_email), (phones, by_phone)) if count]
    of_known = counted(
        known,
        " {number} of them belongs to a customer whose id is known from other rows.",
        " {number} of them belong to a customer whose id is known from other rows.",
    )
    for place, (count, text) in enumerate(told):
        yield Warning_("guests", text + of_known if known and not place else text, count)


def _aliases(connection: duckdb.DuckDBPyConnection, aliases: Mapping[str, str]) -> Iterator[Warning_]:
    connection.execute("CREATE OR REPLACE TEMP TABLE aliases (customer VARCHAR, same_as VARCHAR)")
    connection.executemany("INSERT INTO aliases VALUES (?, ?)", [list(pair) for pair in aliases.items()])
    customers, rows, unused = _one(
        connection,
        """
        SELECT count(DISTINCT customer_id), count(customer_id), (
            SELECT count(*) FROM aliases WHERE customer NOT IN (
                SELECT customer_id FROM parsed WHERE customer_id IS NOT NULL))
        FROM parsed SEMI JOIN aliases ON customer_id = customer
        """,
    )
    connection.execute("UPDATE parsed SET customer_id = same_as FROM aliases WHERE customer_id = customer")
    connection.execute("DROP TABLE aliases")
    text = counted(
        rows,
        "{number} row of {customers} counts as that of the customers whom the aliases name.",
        "{number} rows of {customers} count as those of the customers whom the aliases name.",
        customers=counted(customers, "{number} customer", "{number} customers"),
    )
    if unused:
        text += counted(
            unused,
            " {number} alias names nobody in the files.",
            " {number} aliases name nobody in the files.",
        )
    yield Warning_("aliases", text, rows)
