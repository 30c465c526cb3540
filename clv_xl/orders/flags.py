"""Columns that say yes or no: whether an order was cancelled or came back, is a test, or is a credit note."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import fold
from clv_xl.orders.status_words import STATUS_WORDS, plain_status
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

__all__ = [
    "BARE_CREDITS",
    "CREDIT_FLAGS",
    "FLAGS",
    "SALES_WORDS",
    "FlagRole",
    "flag_columns",
    "flag_notes",
    "meaning_of_flag",
    "says_yes_sql",
    "told_sql",
]

FlagRole = Literal["cancelled", "test", "returned", "credit", "invoice_type"]

_HEADERS: Final = {
    "cancelled": """
        cancelled; canceled; is cancelled; is canceled; order cancelled; invoice cancelled; void; voided; is void;
        annulled; deleted; is deleted; cancelled at; canceled at; cancelled on; cancelled date; date cancelled;
        cancellation date; voided at; makulerad; makulerat; är makulerad; annullerad; annullerat; är annullerad;
        avbruten; avbeställd; avbokad; raderad; borttagen; makulerad datum; makuleringsdatum; annulleringsdatum;
        kansellert; er kansellert; annullert; er annullert; makulert; avbestilt; slettet; kansellert dato;
        kanselleringsdato; annulleringsdato; annulleret; er annulleret; makuleret; afbestilt; peruttu; peruutettu;
        on peruttu; mitätöity; poistettu; peruutuspäivä; storniert; ist storniert; storno; stornodatum; annulé;
        annulée; date d'annulation
        """,
    "test": """
        test; is test; test order; test mode; is test order; testorder; är test; testköp; testbeställning; er test;
        testordre; testbestilling; testkjøp; testkøb; testi; on testi; testitilaus; testbestellung; ist test
        """,
    "returned": """
        retur; returnerad; är returnerad; är retur; återbetald; återbetalad; är återbetald; krediterad; är krediterad;
        returned; is returned; is return; is refunded; is refund; returnert; er retur; er returnert; er refundert;
        returneret; er returneret; er refunderet; palautettu kokonaan; retourniert
        """,
    "credit": """
        kredit; kreditfaktura; kreditnota; är kredit; är kreditfaktura; är kreditnota; er kreditnota; er kreditfaktura;
        kreditnote; er kreditnote; credit note; is credit note; credit memo; is credit memo; is credit; credit invoice;
        is credit invoice; hyvityslasku; on hyvityslasku; gutschrift
        """,
    "invoice_type": """
        fakturatyp; fakturatype; fakturaslag; typ av faktura; dokumenttyp; dokumenttype; document type; doc type;
        invoice type; bilagstype; bilagstyp; bilagsart; verifikationstyp; verifikattyp; transaktionstyp;
        transaksjonstype; transaktionstype; transaction type; ordertyp; ordretype; order type;
        laskutyyppi; laskun tyyppi;
        rechnungsart; belegart; type de document; typ; type; slag; tyyppi
        """,
}
FLAGS: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(fold(text) for text in words.split(";")) for role, words in _HEADERS.items()
}
"""Role -> folded headers."""
CREDIT_FLAGS: Final = ("credit", "invoice_type")
"""Roles of columns that say which rows are credit notes: their amounts are taken off."""

# the stem of a word for "cancelled" with its endings, and words on when and what: no reason, person or amount
_STEMS: Final = (
    r"(?:makuler|annull?er|annull?|kan[sc]ell?er|cancell?|void|storn(?:ier|o)|avbestall|avbestil|afbestil|avbok"
    r"|avbrut|avbrutt|peruutus|mitatointi)"
)
_ENDINGS: Final = r"(?:ad|at|ed|et|t|d|en|ing|ings|erings|ation|lation|led)?"
_CANCELLED_HEADER: Final = re.compile(
    rf"(?:is|ar|er|ist|on)?(?:order|ordren?|ordern|invoice|faktura|fakturan|bilag)?(?:date|datum|dato)?(?:is|ar|er)?"
    rf"{_STEMS}{_ENDINGS}(?:datum|dato|date|den|at|on|dag|dagen|tid|tidspunkt|time|paivamaara)?"
)
_GENERIC: Final = frozenset(("typ", "type", "slag", "tyyppi"))

_CREDIT_NOTES: Final = (*"; ".join(STATUS_WORDS["credit note"].values()).split(";"), "credit")
_CREDIT_TEXTS: Final = sorted({" ".join(text.split()).replace("'", "''") for text in _CREDIT_NOTES})
# alone, these may as well be a way of paying: they tell credit notes only beside words for sales
BARE_CREDITS: Final = ("credit", "kredit", "storno", "avoir")
SALES_WORDS: Final = frozenset(
    (
        "debet", "debit", "debetfaktura", "faktura", "fakturor", "kontantfaktura", "kontant", "invoice",
        "sales invoice", "salgsfaktura", "order", "ordre", "sale", "sales", "forsaljning", "salg", "lasku", "myynti",
        "rechnung", "facture", "abonnemangsfaktura", "samlingsfaktura", "samlefaktura", "normal", "vanlig",
    )
)  # fmt: skip

_CANCELLED: Final = "; ".join(STATUS_WORDS["cancelled"].values()).split(";")
_YES: Final = (
    "yes", "y", "true", "t", "1", "1.0", "x", "✓", "✔", "on", "ja", "j", "sant", "sann", "sand", "kyllä", "k", "tosi",
    "joo", "wahr", "oui", "vrai", "test", *sorted({" ".join(text.split()) for text in _CANCELLED}),
)  # fmt: skip
_NO: Final = (
    "no", "n", "false", "f", "0", "0.0", "-", "off", "nej", "nei", "falskt", "falsk", "usant", "ei", "e", "epätosi",
    "nein", "falsch", "non", "faux", "none", "null", "live", "active", "aktiv", "ok", "0000-00-00",
    "0000-00-00 00:00:00",
)  # fmt: skip
# a column with the day of the cancellation says yes by that day
_DAY: Final = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?"
_MOSTLY: Final = 0.9


def flag_columns(names: Sequence[str], taken: frozenset[int]) -> dict[str, tuple[int, ...]]:
    """Return the columns that may say yes or no, by role; of several of a role the first.

    Parameters
    ----------
    names : Sequence[str]
        Headers as in the file.
    taken : frozenset of int
        Columns that have a role already.

    Examples
    --------
    >>> flag_columns(["Fakturanr", "Makulerad", "Is test"], frozenset({0}))
    {'cancelled': (1,), 'test': (2,)}
    """
    free = [(at, fold(name)) for at, name in enumerate(names) if at not in taken]
    free.sort(key=lambda place: place[1] in _GENERIC)
    found = {role: tuple(at for at, word in free if word in words)[:1] for role, words in FLAGS.items()}
    if not found["cancelled"]:
        found["cancelled"] = tuple(at for at, word in free if _CANCELLED_HEADER.fullmatch(word))[:1]
    return {role: places for role, places in found.items() if places}


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def meaning_of_flag(role: str) -> str:
    """Return what a yes in such a column means for an order, as a status would."""
    return {"returned": "refunded", **dict.fromkeys(CREDIT_FLAGS, "credit note")}.get(role, role)


def says_yes_sql(column: str) -> str:
    """Return SQL that is true where a text says yes, false where it says no or nothing, NULL where it says neither.

    A kind of invoice says yes where it is a credit note.

    Parameters
    ----------
    column : str
        Column with trimmed texts.
    """
    if column == "invoice_type":
        plain = f"trim(regexp_replace(lower({column}), '[\\s_-]+', ' ', 'g'))"
        return f"coalesce({plain} IN ({_listed(_CREDIT_TEXTS)}), false)"
    return (
        f"CASE WHEN {column} IS NULL OR lower({column}) IN ({_listed(_NO)}) THEN false"
        f" WHEN lower({column}) IN ({_listed(_YES)}) OR regexp_full_match({column}, '{_DAY}') THEN true END"
    )


def told_sql(column: str, header: str) -> str:
    """Return SQL for a flag as a status is told: its header with what stands there, if that is no day."""
    name = header.replace("'", "''")
    return f"CASE WHEN regexp_full_match({column}, '{_DAY}') THEN '{name}' ELSE '{name}: ' || {column} END"


def flag_notes(
    connection: duckdb.DuckDBPyConnection, flags: Mapping[str, str], where: str
) -> tuple[frozenset[str], tuple[Warning_, ...]]:
    """Look whether the columns of ``text_rows`` do say yes or no.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    flags : Mapping[str, str]
        Role -> header.
    where : str
        The file, for messages.

    Returns
    -------
    frozenset of str
        The roles whose columns are read.
    tuple of Warning_
        What to tell: texts that say neither, and columns that are not read.
    """
    read: set[str] = set()
    notes: list[Warning_] = []
    for role, header in flags.items():
        if role == "invoice_type":
            is_read, unsure = _kinds_of_invoice(connection, header, where)
            read |= {role} if is_read else set()
            notes += unsure
            continue
        filled, unclear, row, text = connection.execute(f"""
            SELECT count({role}), count(*) FILTER (yes IS NULL), min(file_row) FILTER (yes IS NULL),
                min_by({role}, record) FILTER (yes IS NULL)
            FROM (SELECT record, file_row, {role}, {says_yes_sql(role)} AS yes FROM text_rows)
        """).fetchone() or (0, 0, 0, "")  # noqa: S608  (our own names and words)
        if not unclear:
            read.add(role)
            notes += _credit_notes(connection, role, header, where)
            continue
        values = {
            "where": where,
            "header": header,
            "what": _WORDS[role],
            "text": text,
            "row": figured(row, 0),
        }
        if filled - unclear >= _MOSTLY * filled:
            read.add(role)
            notes += _credit_notes(connection, role, header, where)
            told = counted(
                unclear,
                '{where}: "{header}": {number} row says neither yes nor no, such as "{text}" in row {row}. It counts'
                " as not {what}. Write yes or no there.",
                '{where}: "{header}": {number} rows say neither yes nor no, such as "{text}" in row {row}. They count'
                " as not {what}. Write yes or no there.",
                **values,
            )
        else:
            told = counted(
                unclear,
                '{where}: "{header}": the column is not read as whether an order is {what}: {number} row says neither'
                ' yes nor no, such as "{text}" in row {row}. If it is meant so, write yes, or leave the cell blank.',
                '{where}: "{header}": the column is not read as whether an order is {what}: {number} rows say neither'
                ' yes nor no, such as "{text}" in row {row}. If it is meant so, write yes, or leave the cell blank.',
                **values,
            )
            if role in {"returned", "credit"}:
                told += say(' If it holds the refunded amounts: --column refunded="{header}".', header=header)
        notes.append(Warning_("unclear_flag", told, unclear))
    return frozenset(read), tuple(notes)


_WORDS: Final = {
    "cancelled": say("cancelled"),
    "test": say("a test"),
    "returned": say("returned"),
    "credit": say("a credit note"),
}


def _credit_notes(
    connection: duckdb.DuckDBPyConnection, role: str, header: str, where: str
) -> tuple[Warning_, ...]:
    """Tell of credit notes, whose amounts are taken off whatever their sign."""
    if role not in CREDIT_FLAGS:
        return ()
    (rows,) = connection.execute(
        f"SELECT count(*) FILTER ({says_yes_sql(role)}) FROM text_rows"  # noqa: S608  (our own names and words)
    ).fetchone() or (0,)
    text = counted(
        rows,
        '{where}: "{header}" says that {number} row is a credit note. Such amounts are taken off, with or without a'
        " minus sign. If that is wrong, rename the column.",
        '{where}: "{header}" says that {number} rows are credit notes. Such amounts are taken off, with or without a'
        " minus sign. If that is wrong, rename the column.",
        where=where,
        header=header,
    )
    return (Warning_("credit_notes_by_type", text, rows),) if rows else ()


def _kinds_of_invoice(
    connection: duckdb.DuckDBPyConnection, header: str, where: str
) -> tuple[bool, tuple[Warning_, ...]]:
    """Look whether a column of types does tell credit notes from invoices."""
    found = connection.execute(
        f"SELECT invoice_type, count(*), bool_or({says_yes_sql('invoice_type')}) FROM text_rows"  # noqa: S608
        " WHERE invoice_type IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()
    credit = [(text, rows) for text, rows, yes in found if yes]
    if not credit:
        return False, ()
    others = [text for text, _, yes in found if not yes and plain_status(text) not in SALES_WORDS]
    bare = [(text, rows) for text, rows in credit if plain_status(text) in BARE_CREDITS]
    if bare and others:
        text, rows = bare[0]
        note = counted(
            rows,
            '{where}: "{header}": the column is not read as a kind of invoice: {number} row says "{text}", others'
            ' "{other}". If these are credit notes, write credit note there; they count as sales.',
            '{where}: "{header}": the column is not read as a kind of invoice: {number} rows say "{text}", others'
            ' "{other}". If these are credit notes, write credit note there; they count as sales.',
            where=where,
            header=header,
            text=text,
            other=others[0],
        )
        return False, (Warning_("unclear_flag", note, rows),)
    return True, _credit_notes(connection, "invoice_type", header, where)
