"""What a user may say about the order files and about how orders are counted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from clv_xl.errors import ArgumentError, UsageError, did_you_mean
from clv_xl.orders.columns import check_names
from clv_xl.orders.dates import strptime_format
from clv_xl.orders.formats.recognise import known_names
from clv_xl.orders.guard import GuardLimits
from clv_xl.orders.room import Room
from clv_xl.orders.status_words import MEANINGS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from clv_xl.orders.pseudonyms import Pseudonyms

__all__ = ["PARTS", "OrderRules", "ReadOptions"]

PARTS = ("shipping", "tax")
"""What can be taken out of the amounts, where an export has a column for it."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read files that do not explain themselves; None means "find out".

    Parameters
    ----------
    columns : Mapping[str, str]
        Canonical name -> header as in the file; an empty header means that the column is not used.
    delimiter : str, optional
        One character.
    decimal : {".", ","}, optional
        The decimal mark.
    date_format : str, optional
        Such as ``dd.mm.yyyy`` or ``%d.%m.%Y``.
    encoding : str, optional
        Such as ``windows-1252``.
    sheet : str or tuple of str, optional
        Sheet of a workbook; several are read as one.
    limits : GuardLimits
        How much a workbook may unpack to.
    statuses : Mapping[str, str]
        Status text -> what it means, a key of :data:`~clv_xl.orders.status_words.MEANINGS`.
    format : str, optional
        The known export that the files are, or ``columns`` to go by the words of the headers alone.
    order_amounts : {"once", "add"}, optional
        Whether the amount on the rows of an order is that of the order, repeated, or that of each row.
    without : tuple of str
        What is taken out of the amounts: ``shipping``, ``tax``, or both, where the export has a column for it.
    aliases : Mapping[str, str]
        Customer -> whose customer id counts instead.
    strict : bool
        Whether a row that is set aside is an error.
    table : str, optional
        Table of a database, or of a file with several.
    query : str, optional
        SQL that gives the rows instead.
    time_zone : str, optional
        Where the business is, such as ``Europe/Oslo``: it says which day a moment with a zone is of.
    vat_out : bool
        Whether VAT is taken out of the amounts; of no use here, :func:`~clv_xl.orders.load_orders` takes it from the
        rules.
    skip_unreadable : bool
        Whether a file that cannot be read is left out, and told, where others can.
    room : Room
        How much memory reading and grouping may take, and where that goes which does not fit.
    consent : bool
        Whether it is asked who may be written to: a column of consent is read then.
    pseudonyms : Pseudonyms, optional
        What makes pseudonyms of the customers; without it they keep their ids.

    Raises
    ------
    UsageError
        If a value cannot mean anything.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str | None = None
    date_format: str | None = None
    encoding: str | None = None
    sheet: str | tuple[str, ...] | None = None
    limits: GuardLimits = field(default_factory=GuardLimits)
    statuses: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    order_amounts: str | None = None
    without: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    table: str | None = None
    query: str | None = None
    time_zone: str | None = None
    vat_out: bool = False
    skip_unreadable: bool = False
    room: Room = field(default_factory=Room)
    consent: bool = False
    pseudonyms: Pseudonyms | None = None

    @property
    def sheets(self) -> tuple[str, ...]:
        """Every sheet that was asked for."""
        if self.sheet is None:
            return ()
        return (self.sheet,) if isinstance(self.sheet, str) else self.sheet

    def __post_init__(self) -> None:
        check_names(self.columns)
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise UsageError(
                f"--delimiter {self.delimiter!r} is not one character. Use a comma, semicolon, tab or bar."
            )
        if self.decimal not in {None, ".", ","}:
            raise UsageError(f'--decimal "{self.decimal}" is neither "." nor ",".')
        if self.format is not None and self.format not in known_names():
            raise UsageError(
                f'--format "{self.format}": there is no such format.{did_you_mean(self.format, known_names())}'
                f" The formats are {', '.join(known_names())}."
            )
        if self.order_amounts not in {None, "once", "add"}:
            raise UsageError(
                f'--order-amounts "{self.order_amounts}" is neither "once" (the amount is that of the order, repeated'
                ' on its rows) nor "add" (each row has an amount of its own).'
            )
        self._check_source()
        for part in self.without:
            if part not in PARTS:
                raise UsageError(f'--without "{part}" is neither "shipping" nor "tax".')
        if self.date_format is not None:
            strptime_format(self.date_format)
        for text, meaning in self.statuses.items():
            if meaning not in MEANINGS:
                raise UsageError(
                    f'--status "{text}={meaning}": "{meaning}" is no meaning.{did_you_mean(meaning, MEANINGS)}'
                    f" The meanings are {', '.join(MEANINGS)}."
                )

    def _check_source(self) -> None:
        for sheet in self.sheets:
            if self.sheets.count(sheet) > 1:
                raise UsageError(
                    f'--sheet "{sheet}" is given twice: its orders would count twice. Give it once.'
                )
        if self.strict and self.skip_unreadable:
            raise UsageError(
                "--strict allows no row to be left out, --skip-unreadable leaves out whole files. Use one of them."
            )
        if self.table is not None and self.query is not None:
            raise UsageError("--table and --query both say which rows are read. Use one of them.")
        if self.query is not None and not self.query.strip(" \t\r\n;"):
            raise UsageError(
                '--query is blank. Write a query that gives rows, such as "SELECT * FROM orders".'
            )
        if self.time_zone is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]*", self.time_zone):
            raise UsageError(
                f'--time-zone "{self.time_zone}" is no time zone. Write one such as Europe/Oslo or UTC.'
            )


@dataclass(frozen=True, slots=True)
class OrderRules:
    """What counts as an order, and in what money.

    Parameters
    ----------
    as_of : datetime.date, optional
        Later orders are set aside; default the newest day with an order.
    amounts_include_vat : bool
        Whether VAT must be taken out of the amounts: amount / (1 + rate).
    vat_rate : float
        As a fraction, 0.25 for 25%.
    refunds : {"subtract", "ignore"}
        Whether negative amounts count.
    rates : Mapping[str, Decimal or float]
        Currency code -> units of the report's currency for one unit.
    currency : str
        The report's currency; its own rate is 1.

    Raises
    ------
    ArgumentError
        If a rate is not a positive number.
    UsageError
        If ``refunds`` is another word.
    """

    as_of: dt.date | None = None
    amounts_include_vat: bool = False
    vat_rate: float = 0.25
    refunds: Literal["subtract", "ignore"] = "subtract"
    rates: Mapping[str, Decimal | float] = field(default_factory=dict)
    currency: str = ""

    def __post_init__(self) -> None:
        if self.refunds not in {"subtract", "ignore"}:
            raise UsageError(f'refunds = "{self.refunds}" is neither "subtract" nor "ignore".')
        if not (math.isfinite(self.vat_rate) and self.vat_rate >= 0):
            raise ArgumentError(f"vat_rate = {self.vat_rate} is not a rate. Use 0.25 for 25%.")
        if self.vat_rate != round(self.vat_rate, 6):
            raise ArgumentError(f"vat_rate = {self.vat_rate} has more than 6 decimals. Round it.")
        for code, rate in self.rates.items():
            if not (math.isfinite(rate) and 0 < rate < 10**8):
                raise ArgumentError(f"rates: {code} = {rate} is not a rate. Use a number above 0.")
            if Decimal(str(rate)).normalize().as_tuple().exponent < -10:  # type: ignore[operator]  # finite
                raise ArgumentError(f"rates: {code} = {rate} has more than 10 decimals. Round it.")
