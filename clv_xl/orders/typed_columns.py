"""Columns of a small table as amounts and dates, read as those of orders are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import InputError
from clv_xl.orders.dates import date_reading
from clv_xl.orders.numbers import body_sql, currency_sql, decimal_mark, value_sql
from clv_xl.orders.sheet_words import in_file_words, in_sheet_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["amount_column", "date_columns"]


def amount_column(
    texts: Sequence[str], rows: SheetRows, header: str, *, decimal: str | None = None, options: bool = False
) -> list[tuple[Decimal | None, str | None]]:
    """Return each text's number, None where it is none, and the currency that it carries.

    Parameters
    ----------
    texts : sequence of str
        Trimmed; "" where blank.
    rows : SheetRows
        The table, for messages and for the kind of its cells.
    header : str
        Of the column.
    decimal : str or None
        The decimal mark as the user said it.
    options : bool
        Whether the user can be told to pass ``--decimal``.

    Raises
    ------
    InputError
        If the numbers can be read in two ways.
    """
    import duckdb  # noqa: PLC0415  # a tenth of a second: only where there is something to read
    import pandas as pd  # noqa: PLC0415

    frame = pd.DataFrame({"record": range(len(texts)), "amount": pd.Series(list(texts), dtype=object)})
    with duckdb.connect(":memory:") as connection:
        connection.register("amount_frame", frame)
        connection.execute(
            "CREATE TEMP TABLE amount_rows AS SELECT record, amount, "  # noqa: S608  (our own expressions)
            f"{body_sql('amount')} AS body FROM (SELECT record, nullif(trim(amount), '') AS amount FROM amount_frame)"
        )
        try:
            mark = decimal_mark(
                connection,
                "amount_rows",
                "body",
                where=rows.where,
                header=header,
                given=decimal,
                number_cells=rows.typed,
            )
        except InputError as error:
            told = in_sheet_words if rows.typed else in_file_words
            raise InputError(str(error) if options else told(str(error))) from error
        value = value_sql("body", mark, number_cells=rows.typed)
        query = f"SELECT {value}, {currency_sql('amount')} FROM amount_rows ORDER BY record"  # noqa: S608
        return [(amount, marked) for amount, marked in connection.execute(query).fetchall()]


def date_columns(
    columns: Sequence[Sequence[str]], rows: SheetRows, header: str, *, date_format: str | None = None
) -> tuple[list[list[date | None]], str]:
    """Return the dates of columns that are written in one way: what one leaves open, another may tell.

    Parameters
    ----------
    columns : sequence of sequence of str
        Trimmed texts; "" where blank.
    rows : SheetRows
        The table, for messages and for the kind of its cells.
    header : str
        Of the columns, for messages.
    date_format : str or None
        How dates are written, as the user said it.

    Returns
    -------
    list of list of datetime.date or None
        None where a text is blank or no date.
    str
        How the dates were read.

    Raises
    ------
    InputError
        If the dates can be read in two ways.
    """
    import duckdb  # noqa: PLC0415  # a tenth of a second: only where there is something to read
    import pandas as pd  # noqa: PLC0415

    texts = [text for column in columns for text in column]
    frame = pd.DataFrame({"record": range(len(texts)), "day": pd.Series(texts, dtype=object)})
    with duckdb.connect(":memory:") as connection:
        connection.register("day_frame", frame)
        connection.execute(
            "CREATE TEMP TABLE day_rows AS SELECT record, nullif(trim(day), '') AS day FROM day_frame"
        )
        read, label = date_reading(
            connection,
            "day_rows",
            "day",
            where=rows.where,
            header=header,
            given=date_format,
            number_cells=rows.typed,
            from_1904=rows.from_1904,
        )
        query = f"SELECT {read} FROM day_rows ORDER BY record"  # noqa: S608  (our own expressions)
        found = [day for (day,) in connection.execute(query).fetchall()]
    made, at = [], 0
    for column in columns:
        made.append(found[at : at + len(column)])
        at += len(column)
    return made, label
