"""Two amounts side by side without a tax between them: what was paid in all, as the rows tell, or a question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import decimal_mark, value_sql
from clv_xl.orders.row_texts import swap_columns
from clv_xl.orders.said import Answer, Question, QuestionError
from clv_xl.orders.understood import held_in
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = ["settle_paid"]

_NEARLY_ALL: Final = 0.9
_HALF: Final = 0.5
# each amount is rounded by itself; and what is paid may be rounded to whole crowns
_ROUNDED: Final = 0.02
_ROUNDED_TO_CROWNS: Final = 0.5
_ROLES: Final = ("paid_beside", "paid_freight")


class _Settled(NamedTuple):
    resolution: Resolution
    notes: tuple[Warning_, ...] = ()


def settle_paid(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    kinds: tuple[str, ...],
    where: str,
    number_cells: bool,  # as the others, what was found of the file
) -> _Settled:
    """Choose what was paid in all where amount and freight add up to it; ask where the two amounts differ otherwise.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``text_rows`` is.
    resolution : Resolution
        The columns, with ``paid_beside`` where there is such a column.
    options : ReadOptions
        What the user said.
    kinds : tuple of str
        What the columns of a table with types hold.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if "paid_beside" not in resolution.extra:
        return _Settled(resolution)
    plain = replace(
        resolution, extra={role: at for role, at in resolution.extra.items() if role not in _ROLES}
    )
    special = resolution.match is not None and not resolution.match.format.general
    settled = resolution.beside_settled or any(question.is_amount for question in resolution.questions)
    if special or settled or resolution.rows == "product" or "tax" in options.without:
        return _Settled(plain)
    places = {"amount": resolution.positions["amount"]}
    places |= {role: resolution.extra[role][0] for role in _ROLES if role in resolution.extra}
    headers = {name: resolution.headers[at] for name, at in places.items()}
    seen = _seen(connection, resolution, options, headers, kinds, where=where, number_cells=number_cells)
    if not seen.differ or seen.nothing_paid >= _HALF * seen.rows or seen.of_orders == seen.differ:
        return _Settled(plain)
    amount, paid = headers["amount"], headers["paid_beside"]
    if "paid_freight" in headers and seen.off <= (1 - _NEARLY_ALL) * seen.rows:
        swap_columns(connection, "amount", "paid_beside")
        chosen = replace(
            plain, positions=plain.positions | {"amount": places["paid_beside"]}, beside_settled=True
        )
        return _Settled(chosen, _told(where, headers, seen))
    row, one, other = seen.first
    text = (
        f'the columns "{amount}" and "{paid}" could both be the amount: they differ on {seen.differ:,} of'
        f' {seen.rows:,} rows, first on row {row} ("{one}" and "{other}"). Say which one it is:'
        f' --column amount="{amount}" or --column amount="{paid}".'
    )
    answers = tuple(Answer("column", f"amount={header}") for header in (amount, paid))
    return _Settled(replace(plain, questions=(*plain.questions, Question(text, answers))))


class _Seen(NamedTuple):
    """Rows with both amounts; where they differ, add up per order, nothing is paid, freight tells nothing."""

    rows: int = 0
    differ: int = 0
    nothing_paid: int = 0
    off: int = 0
    of_orders: int = 0
    first: tuple[int, str, str] = (0, "", "")
    first_off: tuple[int, str, str, str] = (0, "", "", "")


def _seen(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    headers: Mapping[str, str],
    kinds: tuple[str, ...],
    *,
    where: str,
    number_cells: bool,
) -> _Seen:
    typed = held_in(resolution, kinds)
    values: dict[str, str] = {"paid_freight": "0"}
    for name, header in headers.items():
        try:
            mark = decimal_mark(
                connection,
                "text_rows",
                f"{name}_body",
                where=where,
                header=header,
                given="." if typed.get(name) == "number" else options.decimal,
                number_cells=number_cells,
            )
        except QuestionError:
            # the decimal mark is asked first; the next run settles this
            return _Seen()
        values[name] = value_sql(f"{name}_body", mark, number_cells=number_cells)
    freight = "paid_freight" if "paid_freight" in headers else "'-'"
    judged = f"""
        WITH read AS (
            SELECT record, file_row, order_id, amount AS one_text, paid_beside AS two_text, {freight} AS freight_text,
                {values["amount"]} AS one, {values["paid_beside"]} AS two,
                coalesce({values["paid_freight"]}, 0) AS freight
            FROM text_rows WHERE NOT wrong_columns
        ), judged AS (
            SELECT *, CASE WHEN two = round(two) AND one <> round(one) THEN {_ROUNDED_TO_CROWNS} ELSE {_ROUNDED} END
                AS rounded
            FROM read WHERE one IS NOT NULL AND two IS NOT NULL
        )
    """  # noqa: S608  (our own names and expressions)
    none = _Seen()
    rows, differ, nothing, off, first, first_off = connection.execute(f"""
        {judged}
        SELECT count(*), count(*) FILTER (abs(one - two) > rounded), count(*) FILTER (two = 0 AND one <> 0),
            count(*) FILTER (abs(abs(two) - abs(one) - abs(freight)) > rounded),
            min_by((file_row, one_text, two_text), record) FILTER (abs(one - two) > rounded),
            min_by((file_row, one_text, freight_text, two_text), record)
                FILTER (abs(abs(two) - abs(one) - abs(freight)) > rounded)
        FROM judged
    """).fetchone() or (0, 0, 0, 0, None, None)  # noqa: S608  (our own names and expressions)
    if not differ:
        return none
    ((of_orders,),) = connection.execute(f"""
        {judged}
        SELECT count(*) FILTER (abs(one - two) > rounded AND abs(whole - two) <= rounded) FROM (
            SELECT *, sum(one) OVER (PARTITION BY order_id) AS whole FROM judged WHERE order_id IS NOT NULL)
    """).fetchall()  # noqa: S608  (our own names and expressions)
    return _Seen(rows, differ, nothing, off, of_orders, first or none.first, first_off or none.first_off)


def _told(where: str, headers: Mapping[str, str], seen: _Seen) -> tuple[Warning_, ...]:
    chosen = headers["paid_beside"]
    text = say(
        '{where}: "{net}" and "{tax}" add up to "{total}". "{chosen}" is read as the amount. To use the other:'
        ' --column amount="{other}".',
        where=where,
        net=headers["amount"],
        tax=headers["paid_freight"],
        total=chosen,
        chosen=chosen,
        other=headers["amount"],
    )
    notes = [Warning_("total_beside", text, 0)]
    if seen.off:
        row, one, freight, whole = seen.first_off
        text = counted(
            seen.off,
            "{where}: on {number} row, row {row}, the three columns do not add up: {net} and {tax} are not {whole}. The"
            ' amount of "{chosen}" counts there too.',
            "{where}: on {number} rows, first on row {row}, the three columns do not add up: {net} and {tax} are not"
            ' {whole}. The amounts of "{chosen}" count there too.',
            where=where,
            row=figured(row, 0),
            net=one,
            tax=freight or "-",
            whole=whole,
            chosen=chosen,
        )
        notes.append(Warning_("total_differs", text, seen.off))
    return tuple(notes)
