"""Order files in, one canonical relation out, and the account that proves that no row was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clv_xl.errors import ClvXlError, InputError, UsageError, did_you_mean
from clv_xl.orders.account import Intake, plural
from clv_xl.orders.addresses import addresses, consent
from clv_xl.orders.cancellations import cancel_by_event, follow_statuses
from clv_xl.orders.clean import judge
from clv_xl.orders.columns import REQUIRED
from clv_xl.orders.copies import mark_copies
from clv_xl.orders.counted_in import find_counted
from clv_xl.orders.credited_elsewhere import credit_other_files
from clv_xl.orders.date_ways import date_way_out
from clv_xl.orders.few_threads import few_threads
from clv_xl.orders.first_rows import BLAMED, first_rows
from clv_xl.orders.flag_words import FLAGS
from clv_xl.orders.kinds.given import SparkTable, find_sources
from clv_xl.orders.money import money
from clv_xl.orders.notices import notices
from clv_xl.orders.options import OrderRules, ReadOptions
from clv_xl.orders.overlaps import mark_overlaps
from clv_xl.orders.pasted import mark_pasted
from clv_xl.orders.people import identify
from clv_xl.orders.pseudonyms import orders_of_nobody, without_names
from clv_xl.orders.read_all import read_all
from clv_xl.orders.refunded import REFUND_ROWS
from clv_xl.orders.reused_ids import part_reused_ids
from clv_xl.orders.said import Saved
from clv_xl.orders.scratch import drop_scratch
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.sheet_words import in_sheet_words
from clv_xl.orders.status_notices import refuse_statuses_not_there
from clv_xl.orders.sums import account_lines, file_lines, prove, refunded_lines, status_lines
from clv_xl.orders.told import in_words
from clv_xl.orders.two_systems import mark_two_systems
from clv_xl.orders.unnamed_refunds import name_customers
from clv_xl.said import said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from clv_xl.orders.account import AccountLine, Warning_
    from clv_xl.orders.kinds.given import Found, Source
    from clv_xl.orders.money import Money
    from clv_xl.orders.read import ReadSource

__all__ = ["load_orders"]

_FAR_DAYS = 3652  # ten years without a single order: no shop, but a placeholder for "never"

# only a refund can be of a later day than the last one that counts
_USED_ROWS = """
    SELECT row_number, file_number, customer_id,
        coalesce(order_id, '(row ' || row_number || ')') AS order_id,
        least(day, DATE '{last}') AS day, amount, source_amount, cost, quantity, channel, product, country,
        amount < 0 AS is_refund
    FROM judged WHERE reason IS NULL
"""
_SET_ASIDE = """
    CREATE OR REPLACE TABLE set_aside AS
    SELECT row_number, judged.file_number, judged.file_row, reason, customer_text AS customer_id,
        date_text AS order_date, amount_text AS amount, source_amount, CASE WHEN wrong_columns
            THEN left(regexp_replace(line, chr(31), ' | ', 'g'), 200) END AS line,
        counted_in.file_number AS counted_file, counted_in.file_row AS counted_row
    FROM judged LEFT JOIN counted_in USING (row_number)
    WHERE reason IS NOT NULL AND reason NOT IN ('order_line', 'repeated_total') ORDER BY row_number
"""


def load_orders(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    *,
    options: ReadOptions | None = None,
    parameters: OrderRules | None = None,
    not_read: Sequence[Path | None] = (),
) -> Intake:
    r"""Read order files into the tables ``order_rows`` and ``set_aside``.

    ``order_rows`` has one row for every used and every refund row: row_number BIGINT (unique over all files, in
    input order), file_number INTEGER (from 1), customer_id VARCHAR, order_id VARCHAR (``(row 17)`` where the
    file has none), day DATE, amount DECIMAL(18, 4) (after the VAT switch and currency rates), source_amount
    DECIMAL(18, 4) (as in the file), cost DECIMAL(18, 4), quantity DOUBLE, channel, product, country VARCHAR,
    is_refund BOOLEAN. What a column of refunded amounts takes off an order is a refund row with the row_number,
    the day and the order_id of its sale, and cost 0 where the sale has a cost. Where no as-of day is asked for, it
    is that of the newest order, and refunds booked later have this day.

    ``set_aside`` has every other row: row_number, file_number, file_row (as Excel counts, header = 1), reason (a
    key of :data:`~clv_xl.orders.account.REASONS`), the raw texts customer_id, order_date and amount,
    source_amount where it is a number, line (the start of a row with the wrong number of columns), and counted_file and
    counted_row (of a copy, the row that counts).

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are made; older tables of these names are replaced.
    sources : Sequence of Source
        Files, folders, patterns, standard input, databases, and rows of sheets that are open, read as one.
    options : ReadOptions, optional
        How to read files that do not explain themselves.
    parameters : OrderRules, optional
        What counts as an order, and in what money.
    not_read : Sequence of pathlib.Path or None
        Files that are written: in a folder of order files they are passed over.

    Returns
    -------
    Intake
        The account; its lines add up exactly to the rows read and to the sum of all readable amounts.

    Raises
    ------
    InputError
        If a file cannot be read, leaves a question that only the user can answer, or holds no usable order.

    Notes
    -----
    An amount below 0 is a refund; an amount of 0 is an order. Amounts are rounded half away from zero to 4
    decimals. A blank customer is no customer, and so are the texts ``NULL`` and Excel's error texts.

    Examples
    --------
    >>> import duckdb, pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "orders.csv")
    >>> _ = path.write_text("Kundenr;Dato;Beløp\n7;31.01.2026;1 250,50\n8;01.02.2026;\n", encoding="utf-8")
    >>> with duckdb.connect() as connection:
    ...     intake = load_orders(connection, [path])
    >>> [(line.outcome, line.reason, line.rows, str(line.amount)) for line in intake.account]
    [('used', '', 1, '1250.5000'), ('set aside', 'missing_amount', 1, '0.0000')]
    >>> folder.cleanup()
    """
    rules = parameters or OrderRules()
    options = replace(options or ReadOptions(), vat_out=rules.amounts_include_vat)
    if not sources:
        raise UsageError("No order file was named. Name one or more CSV or .xlsx files.")
    if rules.amounts_include_vat and "tax" in options.without:
        raise UsageError(
            "amounts_include_vat and --without tax would both take the tax out of the amounts. Use one of them."
        )
    for source in sources:
        if isinstance(source, SparkTable):
            raise UsageError(
                f"{source.name} is a table of Spark. Let Spark read it, and nothing else beside it: --engine spark."
            )
    _refuse_zone_not_there(connection, options)
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET enable_progress_bar = false")  # it would stand in the midst of what --json prints
    of_sheets = all(isinstance(source, SheetRows) for source in sources)
    try:
        found = find_sources(sources, not_read=not_read)
        with few_threads(connection, found):
            intake, where = _read(connection, found, options, rules)
    except (InputError, UsageError) as error:
        if not (options.pseudonyms or (of_sheets and isinstance(error, InputError))):
            raise
        told_of = without_names(error, connection, options.pseudonyms) if options.pseudonyms else str(error)
        kind = UsageError if isinstance(error, UsageError) else InputError
        raise kind(in_sheet_words(told_of) if of_sheets else told_of) from (
            None if options.pseudonyms else error
        )
    finally:
        drop_scratch(connection)
    if options.strict and (aside := intake.rows_of("set aside")):
        raise InputError(
            f"{where}: {plural(aside, 'row is', 'rows are')} set aside, and --strict allows none.\n"
            f"{in_words(intake)}\nCorrect these rows (--set-aside FILE.csv without --strict lists them), or leave"
            " --strict out."
        )
    if not of_sheets:
        return intake
    in_words_of_sheets = (
        replace(warning, text=said(in_sheet_words(warning.text))) for warning in intake.warnings
    )
    return replace(intake, warnings=tuple(in_words_of_sheets))


def _read(
    connection: duckdb.DuckDBPyConnection, sources: Found, options: ReadOptions, rules: OrderRules
) -> tuple[Intake, str]:
    read, told = read_all(connection, sources, options)
    where = read[0].where if len(read) == 1 else f"{len(read)} files"
    refuse_statuses_not_there(connection, options)
    people = identify(connection, options.aliases)
    read = credit_other_files(connection, read)
    # a later status is that of its own order; among several files copies are found by the ids that they have
    reused = part_reused_ids(connection, read) if len(read) == 1 else ()
    cancel_by_event(connection, read)
    copies = (
        *follow_statuses(connection, read),
        *mark_pasted(connection, read),
        *mark_copies(connection, read),
        *mark_two_systems(connection, read),
        *mark_overlaps(connection, read),
        *(reused if len(read) == 1 else part_reused_ids(connection, read)),
        *name_customers(connection),
    )
    amounts = money(connection, read, rules, where)
    has_refunded = any("refunded" in source.file.columns for source in read)
    net_files = [number for number, source in enumerate(read, start=1) if source.meaning.vat]
    refunds = judge(connection, rules, amounts.factors, has_refunded=has_refunded, net_files=net_files)
    intake = _settle(connection, read, rules, amounts, where, (*told, *people, *copies, *refunds))
    intake = replace(intake, consent=consent(connection, read, options.pseudonyms))
    if options.pseudonyms:
        return orders_of_nobody(connection, intake, options.pseudonyms), where
    return replace(intake, emails=addresses(connection, read)), where


def _refuse_zone_not_there(connection: duckdb.DuckDBPyConnection, options: ReadOptions) -> None:
    if options.time_zone is None:
        return
    zones = [zone for (zone,) in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()]
    if options.time_zone not in zones:
        zone = options.time_zone
        said = f'{zone.source}: time_zone = "{zone}"' if isinstance(zone, Saved) else f'--time-zone "{zone}"'
        raise UsageError(
            f"{said} is no time zone.{did_you_mean(options.time_zone, zones)} Write one"
            " such as Europe/Oslo or UTC."
        )


def _settle(
    connection: duckdb.DuckDBPyConnection,
    read: list[ReadSource],
    rules: OrderRules,
    found: Money,
    where: str,
    told: tuple[Warning_, ...],
) -> Intake:
    columns: dict[str, str] = {}
    unused: dict[str, None] = {}
    for source in read:
        for canonical, header in source.file.columns.items():
            columns.setdefault(canonical, header)
        unused.update(dict.fromkeys(source.file.unused_columns))
    refunded = refunded_lines(connection, found) if "refunded" in columns else ()
    account = account_lines(connection, found, columns.get("refunded"))
    first_day, newest = _one(
        connection, "SELECT min(day), max(day) FROM judged WHERE reason IS NULL AND amount >= 0"
    )
    if first_day is None:
        raise InputError(_nothing_usable(connection, account, rules, read, where))
    if rules.as_of is None:
        _refuse_far_date(connection, newest, where)
    # the rows stand in the order of their numbers, which is kept where nothing comes between them
    refunds = f"UNION ALL {REFUND_ROWS} ORDER BY row_number, is_refund" if refunded else ""
    connection.execute(
        f"CREATE OR REPLACE TABLE order_rows AS {_USED_ROWS.format(last=rules.as_of or newest)} {refunds}"
    )
    find_counted(connection)
    connection.execute(_SET_ASIDE)
    by_file = file_lines(connection)
    prove(connection, account, refunded, sum(source.file.rows for source in read), by_file)
    return Intake(
        as_of=rules.as_of or newest,
        first_day=first_day,
        last_day=newest,
        columns=columns,
        unused_columns=tuple(unused),
        files=tuple(source.file for source in read),
        account=account,
        warnings=(*notices(connection, read, columns, rules, found), *told),
        statuses=status_lines(connection) if columns.keys() & {"status", *FLAGS} else (),
        currency=found.currency,
        refunded=refunded,
        by_file=by_file,
        first_rows=first_rows(connection, read),
        rates=found.used,
    )


def _refuse_far_date(connection: duckdb.DuckDBPyConnection, newest: dt.date, where: str) -> None:
    """Refuse a newest date such as 9999-12-31: everything would be measured in that year."""
    (second,) = _one(
        connection,
        f"SELECT max(day) FROM judged WHERE reason IS NULL AND amount >= 0 AND day < DATE '{newest}'",  # noqa: S608  # our own date
    )
    if second is not None and (newest - second).days > _FAR_DAYS:
        raise InputError(
            f"{where}: the newest order is of {newest}, the one before of {second}. Everything is measured on "
            f"the newest date, so that must be a real one. Correct it, or pass --as-of {second}: orders after "
            "that day are then set aside."
        )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
    if row is None:
        raise ClvXlError(f"A query gave no row: {sql}")
    return row


def _nothing_usable(
    connection: duckdb.DuckDBPyConnection,
    account: tuple[AccountLine, ...],
    rules: OrderRules,
    read: list[ReadSource],
    where: str,
) -> str:
    aside = [line for line in account if line.reason]  # never empty: without a sale no refund counts
    most = max(aside, key=lambda line: line.rows)
    total = sum(line.rows for line in account)
    if most.reason == "after_as_of":
        first, last = _one(connection, "SELECT min(day), max(day) FROM judged WHERE reason = 'after_as_of'")
        return (
            f"{where}: {_none_of(total, 'an order')} up to the as-of date {rules.as_of}: {most.rows:,}"
            f" {'is' if most.rows == 1 else 'are'} later, from {first} to {last}. Choose an as-of date from {first}"
            " on, or leave it out."
        )
    file_number, file_row, customer, date, amount = _one(
        connection,
        "SELECT file_number, file_row, customer_text, date_text, amount_text FROM judged"  # noqa: S608
        f" WHERE reason = '{most.reason}' ORDER BY row_number LIMIT 1",
    )
    place = read[file_number - 1].place(file_row, BLAMED.get(most.reason, "amount"))
    reasons = "; ".join(
        f"{plural(line.rows, 'row', 'rows')}: {_lower(line.explanation).removesuffix('.')}" for line in aside
    )
    listed = f" ({reasons})" if total > 1 else ""
    source = read[file_number - 1]
    check = " Check that the right columns are read (--column), and their form (--date-format, --decimal)."
    if most.reason == "bad_date" and source.rows is None:
        check = date_way_out(connection, file_number, source.file.columns["order_date"])
    texts = f'customer "{customer or ""}", date "{date or ""}", amount "{amount or ""}"'
    return (
        f"{where}: {_none_of(total, 'a usable order')}{listed}."
        f" {place}: {texts}: {_lower(most.explanation)}{_read_from(source)}{check}"
    )


def _read_from(source: ReadSource) -> str:
    """Name the columns, where the place of a value is only a row."""
    if source.rows is not None:
        return ""
    customer, date, amount = (source.file.columns[name] for name in REQUIRED)
    return f' They were read from the columns "{customer}", "{date}" and "{amount}".'


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _none_of(rows: int, what: str) -> str:
    return f"the only row is not {what}" if rows == 1 else f"none of the {rows:,} rows is {what}"
