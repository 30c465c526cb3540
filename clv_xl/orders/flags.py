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
    "meanings_of_flag",
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
        rechnungsart; belegart; type de document; typ; type; slag; tyyppi;
        typ av transaktion; typ av order; transaktionsslag; orderslag; kvittotyp; kvittoslag; radtyp; försäljningstyp;
        händelsetyp; händelse; kvitteringstype; bongtype; bontype; linjetype; salgstype; hendelsestype; hendelse;
        hændelsestype; hændelse; transaction kind; order kind; sale type; sales type; receipt type; line type; row type;
        event type; event; kind; tapahtumatyyppi; tapahtumalaji; tapahtuma; tilaustyyppi; kuittityyppi; myyntityyppi;
        laji; transaktionsart; auftragsart; vorgangsart; buchungsart; bestellart; vorgang; ereignis; art
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
_GENERIC: Final = frozenset(
    (
        "typ", "type", "slag", "tyyppi", "handelse", "hendelse", "haendelse", "event", "kind", "tapahtuma", "laji",
        "vorgang", "ereignis", "art",
    )
)  # fmt: skip

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

_RETURN_TEXTS: Final = """
    retur; returer; returorder; returköp; returkvitto; returnerad; återköp; återbetalning; återbetald; ångerköp;
    refusjon; refundering; tilbakebetaling; tilbakekjøp; returordre; returkjøp; returnert; refundert; tilbagebetaling;
    tilbagekøb; refusion; retursalg; returneret; refunderet; palautus; palautustilaus; palautettu; hyvitys; hyvitetty;
    return; returns; returned; return order; sales return; customer return; refund; refunds; refunded; refund order;
    payment refund; rückgabe; retoure; rücksendung; erstattung; rückerstattung; rückzahlung; remboursement; retour
    """
_RETURN_WORDS: Final = sorted({" ".join(text.split()) for text in _RETURN_TEXTS.split(";")})
_RETURNS: Final = frozenset(map(plain_status, _RETURN_WORDS))
_TESTS: Final = "; ".join(STATUS_WORDS["test"].values()).split(";")
_TEST_TEXTS: Final = sorted({" ".join(text.split()) for text in _TESTS})
# "return" may also stand beside "new", of a customer: below the barest headers it needs words for sales beside it
_BARE_RETURNS: Final = frozenset(
    ("return", "returns", "returned", "retur", "returer", "returnerad", "retour")
)
_BAREST: Final = frozenset(("typ", "type", "slag", "tyyppi", "kind", "laji", "art"))
_SALES_BESIDE_RETURNS: Final = SALES_WORDS | frozenset(
    (
        "kop", "kjop", "kob", "salgsordre", "forsaljningsorder", "kontantforsaljning", "kontantsalg", "kvitto",
        "forsaljningskvitto", "kvittering", "bestallning", "bestilling", "webborder", "purchase", "buy", "sold",
        "sales order", "cash sale", "charge", "payment", "osto", "tilaus", "kauppa", "kateismyynti", "verkauf", "kauf",
        "bestellung", "auftrag", "vente", "commande", "achat", "standard",
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


def meanings_of_flag(role: str) -> tuple[tuple[str, str], ...]:
    """Return SQL that is true for some rows, and what that means for an order, as a status would."""
    if role == "invoice_type":
        return (
            (_is_one_sql(role, _RETURN_WORDS), "refunded"),
            (_is_one_sql(role, _CREDIT_TEXTS), "credit note"),
            (_is_one_sql(role, _TEST_TEXTS), "test"),
        )
    meaning = {"returned": "refunded", "credit": "credit note"}.get(role, role)
    return ((says_yes_sql(role), meaning),)


def _is_one_sql(column: str, texts: Sequence[str]) -> str:
    plain = f"trim(regexp_replace(lower({column}), '[\\s_-]+', ' ', 'g'))"
    return f"coalesce({plain} IN ({_listed(texts)}), false)"


def says_yes_sql(column: str) -> str:
    """Return SQL that is true where a text says yes, false where it says no or nothing, NULL where it says neither.

    A kind of row says yes where it is a credit note or a return.

    Parameters
    ----------
    column : str
        Column with trimmed texts.
    """
    if column == "invoice_type":
        return _is_one_sql(column, (*_CREDIT_TEXTS, *_RETURN_WORDS))
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
            is_read, unsure = _kinds_of_rows(connection, header, where)
            read |= {role} if is_read else set()
            notes += unsure
            continue
        filled, said, unclear, row, text = connection.execute(f"""
            SELECT count({role}), count(*) FILTER (yes), count(*) FILTER (yes IS NULL),
                min(file_row) FILTER (yes IS NULL), min_by({role}, record) FILTER (yes IS NULL)
            FROM (SELECT record, file_row, {role}, {says_yes_sql(role)} AS yes FROM text_rows)
        """).fetchone() or (0, 0, 0, 0, "")  # noqa: S608  (our own names and words)
        credit = said if role == "credit" else 0
        if not unclear:
            read.add(role)
            notes += _credit_notes(header, where, credit)
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
            notes += _credit_notes(header, where, credit)
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


def _credit_notes(header: str, where: str, rows: int) -> tuple[Warning_, ...]:
    """Tell of credit notes, whose amounts are taken off whatever their sign."""
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


def _kinds_of_rows(
    connection: duckdb.DuckDBPyConnection, header: str, where: str
) -> tuple[bool, tuple[Warning_, ...]]:
    """Look whether a column of types does tell credit notes, returns or tests from sales."""
    is_test = _is_one_sql("invoice_type", _TEST_TEXTS)
    found = connection.execute(f"""
        SELECT invoice_type, count(*), bool_or({says_yes_sql("invoice_type")}), bool_or({is_test}), min(file_row)
        FROM text_rows WHERE invoice_type IS NOT NULL GROUP BY ALL ORDER BY 1
    """).fetchall()  # noqa: S608  (our own names and words)
    off = [(text, rows) for text, rows, yes, _, _ in found if yes]
    if not off and not any(test for *_, test, _ in found):
        return False, ()
    neither = [(text, rows) for text, rows, yes, test, _ in found if not yes and not test]
    others = [text for text, _ in neither if plain_status(text) not in SALES_WORDS]
    unknown = [text for text in others if plain_status(text) not in _SALES_BESIDE_RETURNS]
    bare = [(text, rows) for text, rows in off if plain_status(text) in BARE_CREDITS]
    if bare and others:
        return False, (_not_read(header, where, *bare[0], others[0]),)
    bare = [(text, rows) for text, rows in off if plain_status(text) in _BARE_RETURNS]
    if bare and fold(header) in _BAREST and unknown and len(unknown) == len(neither):
        return False, (_not_read(header, where, *bare[0], unknown[0]),)
    returns = [(text, rows, row) for text, rows, _, _, row in found if plain_status(text) in _RETURNS]
    credit = sum(rows for text, rows in off if plain_status(text) not in _RETURNS)
    notes = _credit_notes(header, where, credit)
    if returns:
        told = counted(
            sum(rows for _, rows, _ in returns),
            '{where}: "{header}" says that {number} row is a return: row {row} ("{text}"). Such amounts are taken off,'
            " with or without a minus sign. If that is wrong, rename the column.",
            '{where}: "{header}" says that {number} rows are returns, the first is row {row} ("{text}"). Such amounts'
            " are taken off, with or without a minus sign. If that is wrong, rename the column.",
            where=where,
            header=header,
            row=figured(min(row for *_, row in returns), 0),
            text=min(returns, key=lambda place: place[2])[0],
        )
        notes += (Warning_("returns_by_type", told, sum(rows for _, rows, _ in returns)),)
    return True, notes


def _not_read(header: str, where: str, text: str, rows: int, other: str) -> Warning_:
    """Tell of a word that may mean something else."""
    note = counted(
        rows,
        '{where}: "{header}": the column is not read as a kind of invoice: {number} row says "{text}", others'
        ' "{other}". If these are credit notes, write credit note there; they count as sales.',
        '{where}: "{header}": the column is not read as a kind of invoice: {number} rows say "{text}", others'
        ' "{other}". If these are credit notes, write credit note there; they count as sales.',
        where=where,
        header=header,
        text=text,
        other=other,
    )
    return Warning_("unclear_flag", note, rows)
