"""Pseudonyms in place of customers: the same key gives the same customer the same one, run after run.

They are made last of all, so that nothing but the names differs from a run without them.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import ClvXlError, InputError, UsageError
from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS, customer_key
from clv_xl.orders.account import Warning_
from clv_xl.orders.cells_untold import cells_told, masked, statuses_untold, texts_within, without_cells
from clv_xl.orders.columns import fold
from clv_xl.orders.contacts import Contacts
from clv_xl.orders.header_words import EMAILS, PHONES
from clv_xl.said import joined, reworded, said, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from clv_xl.orders.account import FirstRow, Intake, SourceFile
    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.orders.subscriptions import Subscriptions

__all__ = [
    "KEY_VARIABLE",
    "Pseudonyms",
    "customer_data_of_nobody",
    "orders_of_nobody",
    "read_key",
    "subscriptions_of_nobody",
    "without_names",
]

KEY_VARIABLE: Final = "CLV_XL_KEY"
"""The environment variable that holds the key where no file does."""

_SHORTEST_KEY: Final = 16
_LONGEST_KEY: Final = 4096
_LETTERS: Final = 16  # of a pseudonym: 80 bits, so that of millions no two are alike
_EMAIL: Final = re.compile(r"[^@\s\"'<>(),;:|]+@[^@\s\"'<>(),;:|]+\.[^@\s\"'<>(),;:|]*[^@\s\"'<>(),;:|.]")
_QUOTED: Final = re.compile(r'"([^"]*)"')
_LETTER: Final = re.compile(r"[^\W\d_]")
_TELLS_WHO: Final = re.compile(
    r"(^| )(e ?)?mail|\b(name|first ?name|last ?name|full ?name|surname|navn|namn|fornavn|etternavn|efternamn|efternavn"
    r"|fornamn|kundnamn|kundenavn|contact|kontakt|kontaktperson|address|adress|adresse|street|gata|gatuadress|gade|vei"
    r"|phone|mobile|mobil|telefon|telephone|tlf|birth\w*|fodt|fodd|fodsel\w*|fodelse\w*|personnummer|personnr"
    r"|fodselsnummer|cpr|ssn|ip)\b"
)
"""Words of a header, without accents, whose column names a person or leads to one."""
_SHORTEST_NAME: Final = 4
_QUOTED_TEXTS: Final = """
    SELECT text, bool_or(is_customer) AS is_customer FROM (
        SELECT unnest([customer_text, customer_id, email, phone]) AS text, true AS is_customer FROM {known}
        UNION ALL SELECT unnest([date_text, amount_text]), false FROM {known}
    ) WHERE text <> '' AND contains($1, '"' || text || '"') GROUP BY text ORDER BY length(text) DESC, text
"""
_KEPT_TEXTS: Final = ("channel", "product", "country")
_FEW: Final = 10
_MOSTLY: Final = 0.5


class Pseudonyms:
    """Makes pseudonyms with a key (HMAC-SHA256).

    Parameters
    ----------
    key : bytes
        At least 16 bytes. Who has it can find out whom a pseudonym stands for, by trying ids.

    Raises
    ------
    UsageError
        If the key is short enough to be guessed.

    Examples
    --------
    >>> made = Pseudonyms(b"0123456789abcdef")
    >>> made.of("C-17"), made.of("C-17") == made.of(" C-17 "), made.of("C-17") == made.of("C-18")
    ('id-ct4ulge63zmq4myu', True, False)
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise UsageError(
                f"The key for --pseudonymise has {len(key)} bytes, and {_SHORTEST_KEY} are the least. Make one with:"
                ' python -c "import secrets; print(secrets.token_hex(32))"'
            )
        self._key = key

    def of(self, customer: str) -> str:
        """Return the pseudonym of a customer id, in lower case where it is an e-mail address."""
        made = hmac.digest(
            self._key, customer_key(customer.strip()).encode("utf-8", "surrogatepass"), "sha256"
        )
        return f"id-{base64.b32encode(made)[:_LETTERS].decode().lower()}"

    def without_emails(self, text: str) -> str:
        """Return a text with a pseudonym for each e-mail address in it.

        Examples
        --------
        >>> Pseudonyms(b"0123456789abcdef").without_emails("sent to Ann@example.no.")
        'sent to id-5qa54xvssxxvjrce.'
        """
        return _EMAIL.sub(lambda found: self.of(found[0]), text) if "@" in text else text


def read_key(path: Path | None, environment: Mapping[str, str]) -> Pseudonyms:
    """Return what makes pseudonyms with the key of a file, else of the environment.

    Parameters
    ----------
    path : pathlib.Path, optional
        A file with nothing but the key; blanks and line ends around it do not count.
    environment : Mapping of str to str
        Where :data:`KEY_VARIABLE` may stand.

    Raises
    ------
    InputError
        If the file cannot be read.
    UsageError
        If there is no key, or a short one.
    """
    if path is None:
        held = environment.get(KEY_VARIABLE, "").strip()
        if not held:
            raise UsageError(
                f"--pseudonymise needs a key: name a file that holds it with --key-file, or set {KEY_VARIABLE}. Make a"
                ' key with: python -c "import secrets; print(secrets.token_hex(32))"'
            )
        return Pseudonyms(held.encode("utf-8", "surrogateescape"))
    try:
        with path.open("rb") as stream:
            key = stream.read(_LONGEST_KEY + 1)
    except OSError as error:
        raise InputError(
            f"{path}: the key cannot be read ({error.strerror or error}). Check --key-file."
        ) from error
    if len(key) > _LONGEST_KEY:
        raise UsageError(f"{path}: is longer than {_LONGEST_KEY} bytes, and no key. Check --key-file.")
    return Pseudonyms(key.strip())


def orders_of_nobody(connection: duckdb.DuckDBPyConnection, intake: Intake, made: Pseudonyms) -> Intake:
    """Put pseudonyms into ``order_rows`` and ``set_aside``, and return the account without a customer in its texts.

    In rows set aside letters of a date or an amount become x, and the start of a broken row is left out.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are, and ``judged``.
    intake : Intake
        The account as it stands.
    made : Pseudonyms
        What makes them.
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    nobody = ", ".join(f"'{text}'" for text in NO_CUSTOMER_TEXTS)
    found = connection.execute("""
        SELECT customer_text AS text, CASE WHEN customer_text = customer_id || '.0' THEN customer_id
            ELSE customer_text END AS id
        FROM judged WHERE customer_text IS NOT NULL
        UNION SELECT customer_id, customer_id FROM order_rows
        UNION SELECT email, email FROM judged WHERE email IS NOT NULL
        UNION SELECT phone, phone FROM judged WHERE phone IS NOT NULL
        ORDER BY text, id
    """).fetchall()
    ids = {text: customer_key(id_.strip()) for text, id_ in found if text not in NO_CUSTOMER_TEXTS}
    names = {id_: made.of(id_) for id_ in set(ids.values())}
    if len(set(names.values())) < len(names):
        raise ClvXlError("Two customers have the same pseudonym. Use another key.")
    pairs = {text: names[id_] for text, id_ in ids.items()}
    columns = {"text": list(pairs), "name": list(pairs.values())}
    connection.register("made_names", pd.DataFrame(columns, dtype="str"))
    connection.execute("UPDATE order_rows SET customer_id = name FROM made_names WHERE text = customer_id")
    connection.execute(f"""
        UPDATE set_aside SET line = NULL, order_date = regexp_replace(order_date, '\\p{{L}}', 'x', 'g'),
            amount = regexp_replace(amount, '\\p{{L}}', 'x', 'g'),
            customer_id = CASE WHEN customer_id IN ({nobody}) THEN customer_id
                ELSE (SELECT name FROM made_names WHERE text = customer_id) END
    """)  # noqa: S608  (our own words)
    connection.unregister("made_names")
    _without_addresses(connection, made)
    files = {file.name: _file_name(file.name, pairs, made) for file in intake.files}
    headers = {*intake.columns.values(), *intake.unused_columns}
    cells = cells_told(connection, texts_within(item.text for item in intake.warnings), headers)

    def change(text: str) -> str:
        return pairs.get(text) or files.get(text) or cells.get(text) or made.without_emails(text)

    untold = _untold(intake, change, lambda text: cells.get(text) or _file_name(text, pairs, made))
    return replace(untold, statuses=statuses_untold(untold.statuses))


def _without_addresses(connection: duckdb.DuckDBPyConnection, made: Pseudonyms) -> None:
    """Put pseudonyms in place of e-mail addresses that stand as a channel, a product or a country."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    for column in _KEPT_TEXTS:
        found = connection.execute(
            f"SELECT DISTINCT {column} FROM order_rows WHERE contains({column}, '@')"  # noqa: S608  (names of ours)
        ).fetchall()
        columns = {
            "text": [text for (text,) in found],
            "told": [made.without_emails(text) for (text,) in found],
        }
        connection.register("made_texts", pd.DataFrame(columns, dtype="str"))
        connection.execute(
            f"UPDATE order_rows SET {column} = told FROM made_texts WHERE text = {column}"  # noqa: S608
        )
        connection.unregister("made_texts")


def _file_name(name: str, pairs: Mapping[str, str], made: Pseudonyms) -> str:
    """Return the name of a file with pseudonyms for the customers in it; short ids may stand there by chance."""
    held = [text for text in pairs if len(text) >= _SHORTEST_NAME and text.casefold() in name.casefold()]
    for text in sorted(held, key=len, reverse=True):
        name = re.sub(re.escape(text), pairs[text], name, flags=re.IGNORECASE)
    return made.without_emails(name)


def _note() -> Warning_:
    text = say(
        "Customers stand here under pseudonyms, which only the key they were made with leads back to; e-mail addresses"
        " are left out."
    )
    return Warning_("pseudonyms", text, 0)


def _untold_warnings(
    warnings: Iterable[Warning_], change: Callable[[str], str], within: Callable[[str], str]
) -> Iterator[Warning_]:
    for item in warnings:
        # what is about no row is about files, and the name of a file holds more than that of a customer
        words = _without_example if item.code == "email_spellings" else str
        yield replace(item, text=said(reworded(item.text, words, change if item.rows else within)))


def _without_example(words: str) -> str:
    """Leave out an example that says nothing under a pseudonym: how an address is spelled."""
    return words.replace(', such as "{example}"', "")


def _untold(intake: Intake, change: Callable[[str], str], within: Callable[[str], str]) -> Intake:
    return replace(
        intake,
        files=tuple(_untold_file(file, change) for file in intake.files),
        unused_columns=tuple(map(change, intake.unused_columns)),
        warnings=(_note(), *_untold_warnings(intake.warnings, change, within)),
        first_rows={reason: _untold_row(first, change) for reason, first in intake.first_rows.items()},
    )


def _untold_file(file: SourceFile, change: Callable[[str], str]) -> SourceFile:
    return replace(file, name=change(file.name), unused_columns=tuple(map(change, file.unused_columns)))


def _untold_row(first: FirstRow, change: Callable[[str], str]) -> FirstRow:
    beside = _QUOTED.sub(lambda found: f'"{masked(found[1])}"', first.beside)
    # a broken row is shown without a header: it may hold anything
    value = masked(first.value) if first.header else ""
    return first._replace(file=change(first.file), value=value, beside=beside)


def without_names(error: ClvXlError, connection: duckdb.DuckDBPyConnection, made: Pseudonyms) -> str:
    """Return the message of an error without the customers that it quotes.

    Parameters
    ----------
    error : ClvXlError
        What went wrong.
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` is, if it came so far.
    made : Pseudonyms
        What makes pseudonyms.
    """
    tables = {table for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    known = next((table for table in ("judged", "parsed") if table in tables), "")
    text = str(error)
    if known:
        # whole texts are looked for, as one may hold a quotation mark itself
        for quoted_text, is_customer in connection.execute(
            _QUOTED_TEXTS.format(known=known), [text]
        ).fetchall():
            instead = made.of(quoted_text) if is_customer else masked(quoted_text)
            text = text.replace(f'"{quoted_text}"', f'"{instead}"')
    text = without_cells(text, connection, known)
    return made.without_emails(text)


def subscriptions_of_nobody(read: Subscriptions, made: Pseudonyms) -> Subscriptions:
    """Return a table of subscriptions under pseudonyms; in rows set aside letters of dates and amounts become x.

    Parameters
    ----------
    read : Subscriptions
        As read.
    made : Pseudonyms
        What makes them.
    """
    pairs = {
        text: made.of(text)
        for text in (*read.customer.tolist(), *(row.customer for row in read.set_aside))
        if text
    }
    pairs |= {read.source: _file_name(read.source, pairs, made)}

    def change(text: str) -> str:
        return pairs.get(text) or made.without_emails(text)

    return replace(
        read,
        source=change(read.source),
        unused_columns=tuple(map(change, read.unused_columns)),
        customer=np.array([pairs[text] for text in read.customer.tolist()], dtype=object),
        set_aside=tuple(
            row._replace(
                customer=pairs.get(row.customer, ""),
                start=masked(row.start),
                end=masked(row.end),
                amount=masked(row.amount),
            )
            for row in read.set_aside
        ),
        warnings=(_note(), *_untold_warnings(read.warnings, change, change)),
    )


def customer_data_of_nobody(data: CustomerData | None, made: Pseudonyms | None) -> CustomerData | None:
    """Return customer data under pseudonyms, without e-mail addresses and columns that tell who a customer is.

    Such a column has a header like Name or Phone, holds an e-mail address, or a text of its own for most customers.

    Parameters
    ----------
    data : CustomerData, optional
        As read.
    made : Pseudonyms, optional
        What makes pseudonyms; without it the data stay as they are.
    """
    if data is None or made is None:
        return data
    kept = [
        at
        for at, title in enumerate(data.titles)
        if not _tells_who(title, [row[at] for row in data.values.values()])
    ]
    left = [title for at, title in enumerate(data.titles) if at not in kept]
    notices: tuple[str, ...] = tuple(reworded(text, str, made.without_emails) for text in data.notices)
    if left:
        notices += (
            say(
                "Columns of {source} that may tell who a customer is are left out: {columns}.",
                source=data.source,
                columns=joined(", ", left),
            ),
        )
    contacts = data.contacts
    return replace(
        data,
        source=made.without_emails(data.source),
        titles=tuple(data.titles[at] for at in kept),
        values={made.of(customer): tuple(row[at] for at in kept) for customer, row in data.values.items()},
        duplicates=tuple(map(made.of, data.duplicates)),
        notices=notices,
        contacts=Contacts(
            consent_headers=contacts.consent_headers,
            willing=frozenset(map(made.of, contacts.willing)),
            unclear=contacts.unclear,
        ),
    )


def _tells_who(title: str, texts: list[str]) -> bool:
    folded: Any = fold(title)
    if folded in EMAILS or folded in PHONES or _TELLS_WHO.search(folded):
        return True
    filled = [text for text in texts if text]
    if any(_EMAIL.search(text) for text in filled):
        return True
    worded = {text for text in filled if _LETTER.search(text)}
    return len(filled) > _FEW and len(worded) > _MOSTLY * len(filled)
