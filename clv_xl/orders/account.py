"""What reading order files gives back: the account of every row, and the words for each outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from clv_xl.said import Said

__all__ = [
    "FROM_COLUMN",
    "ORDER_LINES",
    "REASONS",
    "REFUNDED",
    "AccountLine",
    "CurrencyAmount",
    "FileLine",
    "FirstRow",
    "Intake",
    "Outcome",
    "ReadAs",
    "RefundedLine",
    "SourceFile",
    "StatusLine",
    "Warning_",
    "plural",
]


def plural(number_of: int, one: str, many: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "row", "rows"), plural(2300, "row", "rows")
    ('1 row', '2,300 rows')
    """
    return f"{number_of:,} {one if number_of == 1 else many}"


Outcome = Literal["used", "refund", "order line", "set aside"]

REASONS: dict[str, str] = {
    "": "Counted.",
    "wrong_columns": "The row has more or fewer columns than the header.",
    "order_line": "Further product rows of orders that are counted on their first row.",
    "repeated_total": "Further product rows of orders, with the total of the order again: it counts once.",
    "copy": "The order stands in another file too, or further up in its own, and is counted there.",
    "not_an_order": "No order: a fee, a payout, money that you paid, or an event of another kind.",
    "header_again": "The header again.",
    "currency_differs": "The row names two currencies.",
    "total_row": "No order: a total of the rows above it.",
    "test_order": "A test, no order.",
    "missing_customer": "No customer.",
    "bad_date": "No date, or a text that is not a date.",
    "date_out_of_range": "The date is before 1 March 1900 or after 31 December 9999.",
    "missing_amount": "No amount.",
    "bad_amount": "The amount is not a number.",
    "amount_out_of_range": "The amount is larger than 99,999,999,999,999.",
    "cancelled": "The status says that the order was cancelled.",
    "not_completed": "The status says that the order was not completed or not paid.",
    "credit_note": "The status may say credit note or a way of paying, and the amount is above 0.",
    "after_as_of": "The date is after the as-of date.",
    "refunds_ignored": "A refund, and refunds are switched off.",
    "refunded_by_status": "The status says that the order was refunded, and no refund row undoes it.",
    "refund_of_order_set_aside": "A refund of an order that is set aside itself: nothing is left to subtract.",
    "refund_without_order": "A refund of a customer who has no earlier order in the files.",
}
"""Reason code -> one sentence; the order is the order in which the reasons are asked of a row."""

ORDER_LINES = ("order_line", "repeated_total")
"""Reason codes of rows that belong to an order counted on another row: nothing is wrong with them."""

FROM_COLUMN = "refunded_column"
"""The reason code of the account's line that sums what a refunded column tells; it has no rows of its own."""

REFUNDED: dict[str, str] = {
    "subtracted": "Dated like the order, as no other date is known.",
    "beyond_amount": "More than the order came to.",
    "repeated": "Subtracted once: another row of the order carries the same refund.",
    "refund_row_too": "The order has a refund row of its own, which counts.",
    "refund_row": "The row is itself a refund.",
    "negative": "Below 0, where other rows of the file are above 0.",
    "row_set_aside": "The row is set aside, for the reason given above.",
    "ignored": "Refunds are switched off.",
    "bad": "Not a number.",
}
"""What became of a refunded amount -> one sentence, in the order in which they are told."""


class ReadAs(NamedTuple):
    """What a file was recognised as.

    ``name`` is what ``--format`` calls it, ``title`` what people do; ``found`` of ``known`` of its columns are there,
    0 of 0 for columns that are found by their headers.
    """

    name: str
    title: str
    found: int = 0
    known: int = 0

    @property
    def words(self) -> str:
        """The same in words."""
        return f"{self.title} ({self.found} of {self.known} known columns)" if self.known else self.title


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file, as it was found and read.

    Attributes
    ----------
    name : str
        File name without its folder.
    sha256 : str
        Hash of the bytes on disk, in hexadecimal.
    bytes : int
        Size on disk.
    rows : int
        Rows below the header that are not blank.
    kind : str
        ``csv``, ``csv.gz`` or ``xlsx``.
    encoding, delimiter : str
        Of a text file; empty for a workbook.
    decimal : str
        The decimal mark of the amounts, ``.`` or ``,``.
    date_format : str
        How the dates were read, such as ``yyyy-mm-dd``.
    sheet : str
        The sheet of a workbook; empty for a text file.
    columns : Mapping[str, str]
        Canonical name -> header in this file.
    unused_columns : tuple[str, ...]
        Headers of this file that nothing took, in order.
    read_as : ReadAs
        The known export that the file is.
    overruled : bool
        Whether the user said so.
    """

    name: str
    sha256: str
    bytes: int
    rows: int
    kind: str
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    date_format: str = ""
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    unused_columns: tuple[str, ...] = ()
    read_as: ReadAs = field(default_factory=lambda: ReadAs("columns", "columns by their headers"))
    overruled: bool = False


class FileLine(NamedTuple):
    """How many rows of one file (its number from 1) ended in one way, and their amounts as in the file."""

    file: int
    outcome: Outcome
    reason: str
    rows: int
    amount: Decimal


class FirstRow(NamedTuple):
    """The first row that ended in one way, as a person finds it.

    ``row`` counts as Excel does, ``place`` is that row of a file or a cell of a sheet, ``header`` the column that the
    reason is about, and ``value`` what stands there; both are empty where that says nothing. ``beside`` is what stands
    in a second column that tells which row it is.
    """

    file: str
    row: int
    place: str
    header: str = ""
    value: str = ""
    beside: str = ""


class CurrencyAmount(NamedTuple):
    """The part of a sum that is in one currency, as it stands in the files; the code may be empty."""

    currency: str
    rows: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AccountLine:
    """How many rows ended in one way, and what they add up to.

    Attributes
    ----------
    outcome : str
        ``used``, ``refund``, ``order line`` (of an order that is counted on another row) or ``set aside``.
    reason : str
        Code, a key of :data:`REASONS`; empty for rows that count, :data:`FROM_COLUMN` for the sum of what
        a refunded column tells of rows that are counted as used.
    explanation : str
        The reason in words.
    rows : int
        Number of rows.
    amount : decimal.Decimal
        Sum of the amounts **as they stand in the files**, whatever their currency; rows without a readable
        amount add nothing.
    counted_amount : decimal.Decimal
        Sum of the amounts after the VAT switch and currency rates; 0 for rows set aside.
    amounts : tuple[CurrencyAmount, ...]
        ``amount`` by currency, most rows first.
    """

    outcome: Outcome
    reason: str
    explanation: str
    rows: int
    amount: Decimal
    counted_amount: Decimal
    amounts: tuple[CurrencyAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """How many refunded amounts of a column ended in one way.

    Attributes
    ----------
    verdict : str
        Code, a key of :data:`REFUNDED`.
    explanation : str
        The same in words.
    rows : int
        Number of rows; one whose refund was subtracted in part stands in two lines.
    amounts : tuple[CurrencyAmount, ...]
        Sum by currency as in the files, refunds above 0.
    """

    verdict: str
    explanation: str
    rows: int
    amounts: tuple[CurrencyAmount, ...]


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One status text of the files and what it was read as.

    Attributes
    ----------
    status : str
        As it stands in the file; empty for rows without a status.
    rows : int
        Rows with this status.
    amount : decimal.Decimal
        Sum of their amounts as in the files.
    read_as : str
        A key of :data:`~clv_xl.orders.status_words.STATUS_WORDS`, or ``unknown, counted as completed``.
    sales, refunds, set_aside : int
        What became of the rows; some are set aside for another reason than their status.
    """

    status: str
    rows: int
    amount: Decimal
    read_as: str
    sales: int = 0
    refunds: int = 0
    set_aside: int = 0

    @property
    def counted_as(self) -> str:
        """What became of the rows, in words: one outcome, or several with their counts."""
        outcomes = {"sale": self.sales, "refund": self.refunds, "set aside": self.set_aside}
        found = {name: rows for name, rows in outcomes.items() if rows}
        if len(found) == 1:
            return next(iter(found))
        return ", ".join(f"{rows:,} {name}" for name, rows in found.items())


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801  (``Warning`` is a builtin exception)
    """Something that a careful analyst would want to know; nothing was changed because of it.

    Attributes
    ----------
    code : str
        Stable name, for tests and for ``--json``.
    text : Said
        One or two plain sentences, to be said in the language of the report.
    rows : int
        Rows concerned.
    """

    code: str
    text: Said
    rows: int


@dataclass(frozen=True, slots=True)
class Intake:
    """The account of one reading: nothing is lost between the files and the figures.

    Attributes
    ----------
    as_of : datetime.date
        The day on which everything is measured: as asked, or the newest day with an order.
    first_day, last_day : datetime.date
        The oldest and the newest used sale.
    columns : Mapping[str, str]
        Canonical name -> header in the file (of the first file that has it).
    unused_columns : tuple[str, ...]
        Headers that no canonical name fits, in order of appearance.
    files : tuple[SourceFile, ...]
        In the order given.
    account : tuple[AccountLine, ...]
        Used, refund, then every reason that occurred; rows and amounts add up to the totals exactly.
    warnings : tuple[Warning_, ...]
        In a fixed order.
    statuses : tuple[StatusLine, ...]
        Every status text (at most 50; then one line for the rest), most rows first.
    currency : str
        What ``counted_amount`` is in: the report's currency, else that of all rows; empty where nothing says it.
    refunded : tuple[RefundedLine, ...]
        What became of the refunded amounts, where a file has such a column.
    by_file : tuple[FileLine, ...]
        The account again, file by file, without what refunded columns tell.
    first_rows : Mapping[str, FirstRow]
        Reason -> the first row that was set aside for it.
    rates : Mapping[str, Decimal]
        Currency -> what one unit of it was counted as in the report's, where amounts were converted.
    emails, consent : Mapping of customer id to the newest address beside it (none under pseudonyms), and to the answer.
    """

    as_of: dt.date
    first_day: dt.date
    last_day: dt.date
    columns: Mapping[str, str]
    unused_columns: tuple[str, ...]
    files: tuple[SourceFile, ...]
    account: tuple[AccountLine, ...]
    warnings: tuple[Warning_, ...] = field(default=())
    statuses: tuple[StatusLine, ...] = field(default=())
    currency: str = ""
    refunded: tuple[RefundedLine, ...] = ()
    by_file: tuple[FileLine, ...] = ()
    first_rows: Mapping[str, FirstRow] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def file_currencies(self) -> tuple[str, ...]:
        """The currencies of the amounts as in the files, the report's own first; one empty text if unknown."""
        named = dict.fromkeys(part.currency for line in self.account for part in line.amounts)
        return tuple(sorted(named, key=lambda name: name != self.currency)) or (self.currency,)

    @property
    def is_told_by_flags(self) -> bool:
        """Whether only columns of yes and no tell what became of an order: what has no status there may say no."""
        return "status" not in self.columns

    @property
    def rows_read(self) -> int:
        """Rows of all files, header and blank rows not counted."""
        return sum(line.rows for line in self.account)

    @property
    def amount_read(self) -> Decimal:
        """Exact sum of every readable amount as in the files, less what a refunded column took off."""
        first, *rest = (line.amount for line in self.account)
        return sum(rest, start=first)

    def has(self, column: str) -> bool:
        """Return whether any file has the canonical column.

        Parameters
        ----------
        column : str
            A canonical name such as ``"cost"``.
        """
        return column in self.columns

    def rows_of(self, outcome: Outcome) -> int:
        """Return the number of rows with this outcome.

        Parameters
        ----------
        outcome : {"used", "refund", "order line", "set aside"}
            See :class:`AccountLine`.
        """
        return sum(line.rows for line in self.account if line.outcome == outcome)
