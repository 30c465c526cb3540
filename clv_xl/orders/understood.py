"""How the texts of one file are to be understood: decimal marks, dates, what a row is; open questions all at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.errors import InputError
from clv_xl.orders.account import ReadAs, Warning_
from clv_xl.orders.by_phone import is_by_phone
from clv_xl.orders.credited import credited_told
from clv_xl.orders.dates import date_reading
from clv_xl.orders.discounts import discounts
from clv_xl.orders.flags import FLAGS, flag_notes
from clv_xl.orders.formats import EXTRA_ROLES, PLAIN
from clv_xl.orders.numbers import decimal_mark
from clv_xl.orders.options import PARTS
from clv_xl.orders.parts import parts_told
from clv_xl.orders.refund_tax import may_hold_refund_tax, refund_tax
from clv_xl.orders.repeats import order_rows
from clv_xl.orders.returned_pieces import returned_pieces
from clv_xl.orders.row_meaning import RowMeaning
from clv_xl.orders.said import Question, QuestionError
from clv_xl.orders.sentences import listed
from clv_xl.orders.short_years import short_years_told
from clv_xl.orders.units import units
from clv_xl.orders.vat import may_hold_vat, vat_of_file
from clv_xl.said import counted, figured, frame, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.formats import Format
    from clv_xl.orders.formats.recognise import Match
    from clv_xl.orders.options import ReadOptions

__all__ = ["NUMBERS", "Understood", "held_in", "read_as", "roles", "understood"]

_TYPED_DATE = ("order_day", "yyyy-mm-dd")

NUMBERS = (
    "amount",
    "cost",
    "quantity",
    "refunded",
    "discount",
    "shipping",
    "tax",
    "unit_price",
    "other_amount",
    "total_beside",
    "freight_beside",
    "before_refunds",
    "before_discount",
    "before_freight",
    "paid_beside",
    "paid_freight",
    "converted_amount",
)
"""Canonical columns and extra roles that hold numbers."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How the texts of a file are to be understood.

    Attributes
    ----------
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    date_sql, date_words : str
        SQL that reads the column ``order_date``, and how the dates are written.
    columns : dict[str, str]
        Canonical column or extra role -> header, for people.
    meaning : RowMeaning
        What a row is.
    each_once : bool
        Whether every row has an order id that no other row has.
    notes : tuple[Warning_, ...]
        What was decided without asking.
    """

    marks: dict[str, str]
    date_sql: str
    date_words: str
    columns: dict[str, str]
    meaning: RowMeaning
    each_once: bool
    notes: tuple[Warning_, ...]


def understood(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    *,
    where: str,
    number_cells: bool,
    from_1904: bool = False,
    kinds: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
) -> Understood:
    """Find out decimal marks, the form of the dates and what a row of ``text_rows`` is.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    from_1904 : bool
        Whether its day numbers count from 1904.
    kinds, types : tuple of str
        What each column of a table with types holds, and its type, see :mod:`~clv_xl.orders.kinds.typed_text`.

    Raises
    ------
    InputError
        With everything that the user must say, in one message.
    """
    questions = list(resolution.questions)
    typed = held_in(resolution, kinds)
    marks = _marks(
        connection, resolution, options, questions, where=where, number_cells=number_cells, typed=typed
    )
    date_sql, date_words = _TYPED_DATE
    date_header = resolution.headers[resolution.positions["order_date"]]
    try:
        if typed.get("order_date") not in {"date", "moment"}:
            date_sql, date_words = date_reading(
                connection,
                "text_rows",
                "order_date",
                where=where,
                header=date_header,
                given=options.date_format,
                number_cells=number_cells,
                from_1904=from_1904,
                zone=options.time_zone,
            )
    except InputError as error:
        questions.append(_question(error, where))
    said = options.order_amounts
    rows = order_rows(connection, resolution, marks, types, where=where, said=said, number_cells=number_cells)
    discount = discounts(connection, resolution, options, marks, where=where, number_cells=number_cells)
    questions += filter(None, (rows.question, discount.question))
    if questions:
        raise QuestionError(_asked(where, [question.text for question in questions]), *questions)
    notes = [
        Warning_("column_chosen", frame("{where}: {text}", where=where, text=text), 0)
        for text in resolution.notes
    ]
    if typed.get("order_date") == "moment" and options.time_zone is None:
        notes.append(_days_in_utc(resolution, where))
    notes += short_years_told(where, date_header, date_words, options.date_format)
    if rows.note is not None:
        notes.append(rows.note)
    format_ = resolution.match.format if resolution.match else None
    vat = vat_of_file(
        connection,
        resolution,
        marks,
        rows=rows.rows,
        taken_out=options.vat_out,
        without=options.without,
        where=where,
        number_cells=number_cells,
    )
    notes += vat.notes
    taken = (*options.without, *(("tax",) if vat.settled == "column" else ()))
    notes += parts_told(connection, resolution, marks, taken, where=where, number_cells=number_cells)
    refunds = refund_tax(
        connection, resolution, marks, taken_out="tax" in taken, where=where, number_cells=number_cells
    )
    pieces = returned_pieces(
        connection, resolution, marks, rows=rows.rows, where=where, number_cells=number_cells
    )
    in_units = units(connection, resolution, marks, where=where, number_cells=number_cells)
    notes += (*refunds.notes, *pieces.notes, *discount.notes, *in_units.notes)
    without = ("discount",) * (not discount.written_in) + ("tax",) * ("tax" not in taken and not refunds.tax)
    used = roles(resolution, options) - {*without}
    asked = {role: resolution.headers[resolution.extra[role][0]] for role in FLAGS if role in used}
    notes += _unknown_kinds(connection, format_, where, used)
    names_elsewhere = False
    if "credited_order" in used:
        credited = credited_told(
            connection, resolution, marks, date_sql, where=where, number_cells=number_cells
        )
        notes += credited.notes
        used -= credited.not_used
        names_elsewhere = credited.may_be_elsewhere
        asked = {role: header for role, header in asked.items() if role in used}
    flags, unclear = flag_notes(connection, asked, where)
    notes += unclear
    meaning = RowMeaning(
        format_,
        rows.rows,
        used - (asked.keys() - flags),
        taken,
        {role: header for role, header in asked.items() if role in flags},
        vat.settled,
        refunds.tax,
        returned_pieces=pieces.taken_off,
        discount_in=discount.written_in,
        names_elsewhere=names_elsewhere,
        by_phone=is_by_phone(resolution.positions, resolution.extra),
        times=in_units.times,
        refunded_in=in_units.refunded_in,
    )
    return Understood(
        marks, date_sql, date_words, _columns(resolution, meaning), meaning, rows.each_once, tuple(notes)
    )


def _days_in_utc(resolution: Resolution, where: str) -> Warning_:
    text = say(
        '{where}: "{header}" holds moments with a time zone, and their days are taken in UTC. Say where the'
        " business is: --time-zone Europe/Oslo, for example.",
        where=where,
        header=resolution.headers[resolution.positions["order_date"]],
    )
    return Warning_("time_zone", text, 0)


def _unknown_kinds(
    connection: duckdb.DuckDBPyConnection, format_: Format | None, where: str, used: Collection[str]
) -> Iterator[Warning_]:
    """Tell of events that no pattern of the export knows: they are left out, and might be sales."""
    if format_ is None or "kind" not in used:
        return
    found = connection.execute(
        "SELECT coalesce(kind, ''), count(*), min(file_row) FROM text_rows WHERE NOT wrong_columns"
        " GROUP BY ALL ORDER BY count(*) DESC, 1"
    ).fetchall()
    unknown = [
        (kind, rows, row)
        for kind, rows, row in found
        if kind and not any(re.fullmatch(pattern, kind.lower()) for pattern in format_.kinds)
    ]
    if unknown:
        rows = sum(count for _, count, _ in unknown)
        told = [
            say(
                '"{kind}" ({count}, first in row {row})',
                kind=kind,
                count=figured(count, 0),
                row=figured(row, 0),
            )
            for kind, count, row in unknown[:5]
        ]
        text = counted(
            rows,
            "{where}: {number} row is of a kind that is not known in a {format}: {kinds}. It is set aside as no orders."
            " If they are orders, read the file by its headers: --format columns.",
            "{where}: {number} rows are of a kind that is not known in a {format}: {kinds}. They are set aside as no"
            " orders. If they are orders, read the file by its headers: --format columns.",
            where=where,
            format=format_.title,
            kinds=listed(told, len(unknown)),
        )
        yield Warning_("unknown_kind", text, rows)


def _marks(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    questions: list[Question],
    *,
    where: str,
    number_cells: bool,
    typed: Mapping[str, str],
) -> dict[str, str]:
    """Return the decimal mark of each column of numbers; one question about marks is enough."""
    used = roles(resolution, options)
    places = resolution.positions | {role: resolution.extra[role][0] for role in used}
    marks: dict[str, str] = {}
    asked = False
    for name in NUMBERS:
        if name not in places:
            continue
        try:
            marks[name] = decimal_mark(
                connection,
                "text_rows",
                f"{name}_body",
                where=where,
                header=resolution.headers[places[name]],
                # a number that came as one has a point, whatever the texts of other columns have
                given="." if typed.get(name) == "number" else options.decimal,
                number_cells=number_cells,
                fallback=marks.get("amount"),
            )
        except InputError as error:
            marks[name] = "."
            if not asked:
                questions.append(_question(error, where))
                asked = True
    return marks


def _question(error: InputError, where: str) -> Question:
    if isinstance(error, QuestionError):
        return error.questions[0]
    return Question(str(error).removeprefix(f"{where}: "))


def held_in(resolution: Resolution, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return what the columns of a table with types hold, by their names; of several for one role what all hold.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    kinds : tuple of str
        See :func:`~clv_xl.orders.kinds.typed_text.column_kind`; empty where there are no types.
    """
    if not kinds:
        return {}
    places = {name: (at,) for name, at in resolution.positions.items()} | resolution.extra
    held = {name: {kinds[at] for at in columns} for name, columns in places.items()}
    return {name: found.pop() for name, found in held.items() if len(found) == 1}


def _asked(where: str, questions: list[str]) -> str:
    """Word one question, or several in one message, so that one more run is enough."""
    if len(questions) == 1:
        return f"{where}: {questions[0]}"
    listed = "\n".join(
        f"{number}. {text[0].upper()}{text[1:]}" for number, text in enumerate(questions, start=1)
    )
    return f"{where} leaves {len(questions)} questions:\n{listed}\nAnswer them all in one go."


def roles(resolution: Resolution, options: ReadOptions) -> frozenset[str]:
    """Return the extra roles that are of use: money is taken out of amounts only where the user says so.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said.
    """
    idle = {role for role in PARTS if role not in options.without}
    if not options.consent:
        idle.add("consent")
    if "order_id" not in resolution.positions:
        idle.add("credited_order")
    if (options.vat_out and may_hold_vat(resolution)) or may_hold_refund_tax(resolution):
        idle.discard("tax")
    if resolution.extra.keys() & {"total_beside", "before_refunds"}:
        idle.discard("tax")
    if resolution.rows != "product":
        idle.add("discount")
    if "order_id" not in resolution.positions or "quantity" not in resolution.positions:
        idle.add("unit_price")
    return frozenset(resolution.extra) - idle


def _columns(resolution: Resolution, meaning: RowMeaning) -> dict[str, str]:
    """Name the columns that were used, and those that an amount is made of where it is not one of them."""
    headers, extra = resolution.headers, resolution.extra
    columns = {name: headers[at] for name, at in resolution.positions.items()}
    if meaning.rows == "product":
        columns["amount"] = f"{columns['quantity']} x {columns['amount']}"
        if "discount" in meaning.roles:
            columns["amount"] += f", less {headers[extra['discount'][0]]}"
            columns["amount"] += " in percent" if meaning.discount_in == "percent" else ""
    for part in meaning.without:
        columns["amount"] += f" less {headers[extra[part][0]]}"
    silent = {
        "converted_amount",
        "unit_price",
        "payment",
        "other_amount",
        "mode",
        "named_order",
        "discount",
        *meaning.without,
    }
    shown = [role for role in EXTRA_ROLES if role in meaning.roles and role not in silent]
    return columns | {role: ", ".join(headers[at] for at in extra[role]) for role in shown}


def read_as(match: Match | None) -> ReadAs:
    """Return what a match is called."""
    if match is None:
        return ReadAs(PLAIN, "columns by their headers")
    return ReadAs(match.format.name, match.format.title, match.found, match.known)
