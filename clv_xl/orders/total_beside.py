"""Amount, VAT and total side by side: which of two amounts is without VAT, as the rows themselves tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import vat_in_header
from clv_xl.orders.kinds.given import UnfitOption
from clv_xl.orders.numbers import decimal_mark, value_sql
from clv_xl.orders.row_texts import swap_columns
from clv_xl.orders.said import QuestionError
from clv_xl.orders.understood import held_in
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = ["refuse_net_amount", "settle_total"]

_NEARLY_ALL: Final = 0.9
# each of three amounts is rounded by itself; and totals of invoices may be rounded to whole crowns
_ROUNDED: Final = 0.02
_ROUNDED_TO_CROWNS: Final = 0.5
_COLUMNS: Final = ("amount", "tax", "total_beside", "freight_beside")
_BESIDE: Final = _COLUMNS[1:]


class _Settled(NamedTuple):
    resolution: Resolution
    notes: tuple[Warning_, ...] = ()


def settle_total(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    kinds: tuple[str, ...],
    where: str,
    number_cells: bool,  # as the others, what was found of the file
) -> _Settled:
    """Choose between two columns of ``text_rows`` that could be the amount, where one and the tax are the other.

    The amount without VAT is chosen, whose column is ``amount`` then; with ``--without tax`` the total, out of which
    the tax is taken.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns, with a ``total_beside`` where there is such a question.
    options : ReadOptions
        What the user said.
    kinds : tuple of str
        What the columns of a table with types hold.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if "total_beside" not in resolution.extra:
        return _Settled(resolution)
    places = {"amount": resolution.positions["amount"]}
    asked = any(question.is_amount for question in resolution.questions)
    # what is no question is looked at only to learn what the amount is
    plain = replace(
        resolution,
        extra={
            role: at
            for role, at in resolution.extra.items()
            if role != "freight_beside" and (asked or role != "total_beside")
        },
    )
    if not asked and "tax" in options.without:
        return _Settled(plain)
    places |= {role: resolution.extra[role][0] for role in _BESIDE if role in resolution.extra}
    headers = {name: resolution.headers[at] for name, at in places.items()}
    typed = held_in(resolution, kinds)
    sums = _sums(connection, options, headers, typed, where=where, number_cells=number_cells)
    rows, first_is_net, second_is_net = sums.rows, sums.first_is_net, sums.second_is_net
    if not rows or max(first_is_net, second_is_net) < _NEARLY_ALL * rows:
        return _Settled(plain)
    says_net = vat_in_header(headers["total_beside"]) == "excluded"
    if not asked and first_is_net < _NEARLY_ALL * rows:
        return _Settled(plain)
    swap = asked and (second_is_net > first_is_net or (second_is_net == first_is_net and says_net))
    net, total = ("total_beside", "amount") if swap else ("amount", "total_beside")
    chosen = total if "tax" in options.without else net
    if chosen == "total_beside":
        swap_columns(connection, "amount", "total_beside")
    other = headers[total if chosen == net else net]
    settled = replace(
        plain,
        positions=resolution.positions | {"amount": places[chosen]},
        extra={role: at for role, at in plain.extra.items() if role != "total_beside"},
        questions=tuple(question for question in resolution.questions if not question.is_amount),
        total_beside=headers[total] if chosen == net else "",
        beside_settled=True,
    )
    told = {"where": where, "chosen": headers[chosen]}
    freight = headers.get("freight_beside")
    text = say(
        '{where}: "{net}", "{freight}" and "{tax}" add up to "{total}". "{chosen}" is read as the amount, without VAT,'
        ' as all figures should be. To use the other: --column amount="{other}".'
        if freight and chosen == net
        else '{where}: "{net}", "{freight}" and "{tax}" add up to "{total}". "{chosen}" is read as the amount. To use'
        ' the other: --column amount="{other}".'
        if freight
        else '{where}: "{net}" and "{tax}" add up to "{total}". "{chosen}" is read as the amount, without VAT, as all'
        ' figures should be. To use the other: --column amount="{other}".'
        if chosen == net
        else '{where}: "{net}" and "{tax}" add up to "{total}". "{chosen}" is read as the amount. To use the other:'
        ' --column amount="{other}".',
        net=headers[net],
        tax=headers["tax"],
        total=headers[total],
        freight=freight or "",
        other=other,
        **told,
    )
    notes = [Warning_("total_beside", text, 0)]
    off = rows - max(first_is_net, second_is_net)
    if off:
        row, *texts = sums.second_off if swap else sums.first_off
        one, tax, whole = (texts[2], texts[1], texts[0]) if swap else texts
        text = counted(
            off,
            "{where}: on {number} row, row {row}, the three columns do not add up: {net} and {tax} are not {whole}. The"
            ' amount of "{chosen}" counts there too.',
            "{where}: on {number} rows, first on row {row}, the three columns do not add up: {net} and {tax} are not"
            ' {whole}. The amounts of "{chosen}" count there too.',
            row=figured(row, 0),
            net=one,
            tax=tax or "-",
            whole=whole,
            **told,
        )
        notes.append(Warning_("total_differs", text, off))
    return _Settled(settled, tuple(notes))


def refuse_net_amount(where: str, resolution: Resolution, options: ReadOptions) -> None:
    """Refuse to take the tax out of a column that is without it, once the amount is chosen.

    Parameters
    ----------
    where : str
        The file, for messages.
    resolution : Resolution
        The columns, as :func:`settle_total` settled them.
    options : ReadOptions
        What the user said.
    """
    header = resolution.headers[resolution.positions["amount"]]
    if "tax" in options.without and vat_in_header(header) == "excluded":
        raise UnfitOption(f'{where}: --without tax: "{header}" is without tax already. Leave the option out.')


class _Sums(NamedTuple):
    """Rows with both amounts, those on which either is the one without tax, and the first on which it is not."""

    rows: int
    first_is_net: int
    second_is_net: int
    first_off: tuple[int, str, str, str]
    second_off: tuple[int, str, str, str]


def _sums(
    connection: duckdb.DuckDBPyConnection,
    options: ReadOptions,
    headers: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    where: str,
    number_cells: bool,
) -> _Sums:
    none = (0, "", "", "")
    values: dict[str, str] = {"freight_beside": "0"}
    for name in (name for name in _COLUMNS if name in headers):
        given = "." if typed.get(name) == "number" else options.decimal
        try:
            mark = decimal_mark(
                connection,
                "text_rows",
                f"{name}_body",
                where=where,
                header=headers[name],
                given=given,
                number_cells=number_cells,
            )
        except QuestionError:
            # the decimal mark is asked first; the next run settles this
            return _Sums(0, 0, 0, none, none)
        values[name] = value_sql(f"{name}_body", mark, number_cells=number_cells)
    one, two = values["amount"], values["total_beside"]
    # freight of a refund has its sign, or none, as the tax
    tax = f"abs(coalesce({values['tax']}, 0)) + abs(coalesce({values['freight_beside']}, 0))"
    [row] = connection.execute(f"""
        WITH read AS (
            SELECT file_row, amount AS one_text, tax AS tax_text, total_beside AS two_text,
                {one} AS one, {tax} AS tax, {two} AS two FROM text_rows
        ), off AS (
            SELECT *, abs(abs(two) - abs(one) - abs(tax)) AS first_off,
                abs(abs(one) - abs(two) - abs(tax)) AS second_off,
                CASE WHEN one <> 0 AND two <> 0 AND tax <> 0 THEN {_ROUNDED_TO_CROWNS} ELSE {_ROUNDED} END AS crowns
            FROM read WHERE one IS NOT NULL AND two IS NOT NULL
        ), judged AS (
            SELECT *, first_off <= CASE WHEN two = round(two) THEN crowns ELSE {_ROUNDED} END AS first_is_net,
                second_off <= CASE WHEN one = round(one) THEN crowns ELSE {_ROUNDED} END AS second_is_net
            FROM off
        )
        SELECT count(*), count(*) FILTER (first_is_net), count(*) FILTER (second_is_net),
            min_by((file_row, one_text, tax_text, two_text), file_row) FILTER (NOT first_is_net),
            min_by((file_row, one_text, tax_text, two_text), file_row) FILTER (NOT second_is_net)
        FROM judged
    """).fetchall()  # noqa: S608  (our own names and expressions)
    return _Sums(row[0], row[1], row[2], row[3] or none, row[4] or none)
