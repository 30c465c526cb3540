"""Columns that say yes or no: whether an order was cancelled, or is a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from clv_xl.orders.account import Warning_, plural
from clv_xl.orders.header_words import fold
from clv_xl.orders.status_words import STATUS_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

__all__ = ["FLAGS", "FlagRole", "flag_columns", "flag_notes", "says_yes_sql", "told_sql"]

FlagRole = Literal["cancelled", "test"]

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
}
FLAGS: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(fold(text) for text in words.split(";")) for role, words in _HEADERS.items()
}
"""Role -> folded headers."""

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
    found = {role: tuple(at for at, word in free if word in words)[:1] for role, words in FLAGS.items()}
    return {role: places for role, places in found.items() if places}


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def says_yes_sql(column: str) -> str:
    """Return SQL that is true where a text says yes, false where it says no or nothing, NULL where it says neither.

    Parameters
    ----------
    column : str
        Column with trimmed texts.
    """
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
    read, notes = set(), []
    for role, header in flags.items():
        filled, unclear, row, text = connection.execute(f"""
            SELECT count({role}), count(*) FILTER (yes IS NULL), min(file_row) FILTER (yes IS NULL),
                min_by({role}, record) FILTER (yes IS NULL)
            FROM (SELECT record, file_row, {role}, {says_yes_sql(role)} AS yes FROM text_rows)
        """).fetchone() or (0, 0, 0, "")  # noqa: S608  (our own names and words)
        what = "cancelled" if role == "cancelled" else "a test"
        if not unclear:
            read.add(role)
            continue
        first = f'such as "{text}" in row {row:,}'
        if filled - unclear >= _MOSTLY * filled:
            read.add(role)
            one = unclear == 1
            tail = (
                f"{plural(unclear, 'row says', 'rows say')} neither yes nor no, {first}."
                f" {'It counts' if one else 'They count'} as not {what}. Write yes or no there."
            )
        else:
            tail = (
                f"the column is not read as whether an order is {what}: {plural(unclear, 'row says', 'rows say')}"
                f" neither yes nor no, {first}. If it is meant so, write yes, or leave the cell blank."
            )
        notes.append(Warning_("unclear_flag", f'{where}: "{header}": {tail}', unclear))
    return frozenset(read), tuple(notes)
