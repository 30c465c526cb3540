"""What messages advise in a workbook: somebody who works in Excel has no options to pass."""

from __future__ import annotations

import re
from typing import Final

from clv_xl.said import reworded

__all__ = ["in_file_words", "in_sheet_words"]

_AS_DATES: Final = " Turn the texts into dates in Excel (Data, Text to Columns), or write them as 2025-12-31."

_OF_DECIMALS: Final = re.compile(
    r" \(--decimal \"[,.]\"\) or (\S+) \(--decimal \"[,.]\"\)\. Say which\.| Say which is right: --decimal .*?\.\"\."
)
_ADVICE: Final = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (r" Export the orders again\.", " Paste the orders there."),
        (
            r" Say which one it is: --column \S+=\"[^\"]*\"(?: or --column \S+=\"[^\"]*\")*\.",
            " Clear the header of the one that it is not.",
        ),
        (
            r" Say whether such a column is the amount: --column .*? or quantity x price is: --format order-lines\.",
            " Give the column of the amounts the header Amount; if quantity x price is the amount, clear its header.",
        ),
        (
            r" If that is the amount: --column amount=\"[^\"]*\"\.",
            " If that is the amount, give it the header Amount.",
        ),
        (
            r" To use another column: --column customer_id=\"[^\"]*\"\.",
            " To use another column, give it the header customer_id.",
        ),
        (
            r" If they are written otherwise: --date-format [^\"]*?\.(?= |$)",
            " If they are written otherwise, turn the texts into dates (Data, Text to Columns).",
        ),
        (
            (
                r" Rename (?:the column, or say which one it is|these columns, or say which they are):"
                r" --column (\w+)=\"[^\"]*\"\.(?: If the header stands below row 20, delete rows above it\.)?"
            ),
            r" Rename the headers of these columns, for instance to \1.",
        ),
        (
            r" Say which is right: --decimal .*?\.\"\.",
            " Write all of them in one way, best as numbers and not as text.",
        ),
        (
            r" \(--decimal \"[,.]\"\) or (\S+) \(--decimal \"[,.]\"\)\. Say which\.",
            r" or \1. Turn the texts into numbers.",
        ),
        (
            r" (?:Say how the date is written|Say which is right|Say which): --date-format [^\"]*?\.(?= |$)",
            _AS_DATES,
        ),
        (
            r" If the date cells are right, say so: --date-format [^\"]*?\.(?= |$)",
            " If the date cells are right, turn the texts into dates too (Data, Text to Columns).",
        ),
        (
            r" Say whether that is the total of the order, .*?--order-amounts add\.",
            (
                " If it is the total of the order, keep it on the first row of each order only; else add up the rows of"
                " an order in one row."
            ),
        ),
        (r" If the rows have amounts of their own: --order-amounts add\.", ""),
        (
            r" If that is the total of the order, repeated: --order-amounts once\.",
            " If that is the total of the order, keep it on the first of them only.",
        ),
        (
            r"; to use another, or none: --column \S+=\"[^\"]*\" or --column \S+=-\.",
            "; to use another, clear the header of this one.",
        ),
        (
            r" If the address is the customer: --column customer_id= with the header of the addresses\.",
            " If the address is the customer, clear the header of the ids.",
        ),
        (
            r"The columns can be read as (.*?) \(--format [^)]*\) or (.*?) \(--format [^)]*\)\. Say which\.",
            r"The columns can be read as \1 or \2. Remove the columns of the one that it is not.",
        ),
        (r" If a column of yours does name the customer, read the file .*$", ""),
        (r" If they are orders, read the file by its headers: --format columns\.", ""),
        (r" If the rows are orders after all, read the file by its headers: --format columns\.", ""),
        (r" Or say which column it is: --column (\w+)=\"[^\"]*\"\.", r" Or give the column the header \1."),
        (r"(,?) or pass --as-of (\S+?):", r"\1 or set as_of on the Parameters sheet to \2:"),
        (
            r" Check that the right columns are read \(--column\), and their form \(--date-format, --decimal\)\.",
            " Check the headers of the columns, and that the dates and amounts are dates and numbers.",
        ),
        (
            (
                r" or give the report's currency and the rates in the parameters, such as .*?(what one \S+ is in \S+)\."
                r" Write each on a line of a text file rates\.toml, and pass --parameters rates\.toml\."
            ),
            r" or give the currency on the Parameters sheet, and the rates below it under Currency and Rate: \1.",
        ),
        (
            r" say so: --set currency=(\S+)\. (Else set currency .*?), and give .*? in the parameter file, .*? \}\.",
            r" say so on the Parameters sheet: Currency \1. \2, and give the rates there under Currency and Rate.",
        ),
        (
            r" To take it out: --set amounts_include_vat=true and --set vat_rate=\S+, with your own rate\.",
            " To take it out: Amounts include VAT = yes on the Parameters sheet, with your own VAT rate below it.",
        ),
        (
            r" take it out by that column: --set amounts_include_vat=true\.",
            " take it out by that column: Amounts include VAT = yes on the Parameters sheet.",
        ),
        (
            r" To use the other: --column amount=\"[^\"]*\"\.",
            " To use the other, clear the header of the first.",
        ),
        (
            r" To leave them: --set amounts_include_vat=false\.",
            " To leave them: Amounts include VAT = no on the Parameters sheet.",
        ),
        (
            r" Say what (?:it|each) means: --status \".*?=sale\", or --status .*?=test\"\.",
            " Completed in its place confirms that; else write Cancelled (or Unpaid, Refunded, Test).",
        ),
        (
            r" Say whether it is in percent: --column discount_percent=\"(.*?)\", in money off .*?discount_percent=-\.",
            (
                r" If it is in percent, write % behind the header (\1 %); if it is money off the whole row, write"
                r" amount behind it (\1 amount); if it is off already, clear the header."
            ),
        ),
        (
            (
                r" If it is (?:money off the row|in percent): --column discount_\w+=\".*?\"; if it is off already:"
                r" --column discount_percent=-\."
            ),
            " If that is wrong, write % or amount behind the header; if it is off already, clear the header.",
        ),
        (
            r" If (it is a sale|they are sales): --column quantity=-\.",
            r" If \1, clear the header of the quantities.",
        ),
        (
            r" If (it is a sale|they are sales): --status \".*?=sale\"\.",
            r" If \1, write Completed in place of the status.",
        ),
        (r" pass --as-of with that day\.", " set as_of on the Parameters sheet to that day."),
        (
            r" Say what it is: --status \"\S+=credit-note\" or \"\S+=sale\"\.",
            " Write Credit note in its place, or Completed.",
        ),
        (
            r" name the column that tells who bought: --column customer_id=\"[^\"]*\"\.",
            " put what tells who bought into that column.",
        ),
        (
            r" If it holds the refunded amounts: --column refunded=\"[^\"]*\"\.",
            " If it holds the refunded amounts, give it the header Refunded.",
        ),
        (
            r" If it says whether an order was cancelled: --column status=\"[^\"]*\"\.",
            " If it says whether an order was cancelled, give it the header Status.",
        ),
        (
            r" If the column is of something else: --column currency=-\.",
            " If the column is of something else, clear its header.",
        ),
        (r" in the files, or name them in --aliases FILE\.csv, with the columns customer and same as\.", "."),
        (
            r" \(--column refunded=HEADER, if the file has one\)",
            " (if one does, name its header Refunded)",
        ),
        (
            r" If that was kept: --status .*? \(with your status\), so that",
            " If that was kept, write Completed in place of the status, so that",
        ),
    )
)


def in_sheet_words(message: str) -> str:
    """Return a message about orders with advice that can be followed in the workbook itself.

    A message that remembers what it was made of still does: its templates are reworded, not its text.

    Examples
    --------
    >>> in_sheet_words('The columns "Netto" and "Sum" could be amount. Say which one it is: --column amount="Sum".')
    'The columns "Netto" and "Sum" could be amount. Clear the header of the one that it is not.'
    """
    return reworded(message, _advised)


def _advised(message: str) -> str:
    for pattern, advice in _ADVICE:
        message = pattern.sub(advice, message)
    return message


def in_file_words(message: str) -> str:
    """Return a message about the numbers of a small text file, for which there is no option to pass.

    Examples
    --------
    >>> in_file_words('"1,234" is 1234 (--decimal ".") or 1.234 (--decimal ","). Say which.')
    '"1,234" is 1234 or 1.234. Write the numbers with a decimal point and without a mark between thousands.'
    """
    return _OF_DECIMALS.sub(
        lambda found: (
            f"{f' or {found[1]}.' if found[1] else ''} Write the numbers with a decimal point and without a mark "
            "between thousands."
        ),
        message,
    )
