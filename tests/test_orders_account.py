"""Every row is used, a refund, or set aside with a reason; the account adds up exactly."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_xl.errors import ClvXlError, InputError
from clv_xl.orders import REASONS, OrderRules, ReadOptions, load_orders
from clv_xl.orders.sums import prove

HEADER = ["customer_id", "order_date", "amount", "order_id", "status"]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, rows, rules=None, header=HEADER, name="orders.csv", **options):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    path = tmp_path / name
    path.write_text(out.getvalue(), encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)


def verdicts(connection):
    """Row number in the file -> outcome."""
    rows = connection.execute("""
        SELECT row_number, CASE WHEN is_refund THEN 'refund' ELSE 'used' END FROM order_rows
        UNION ALL SELECT row_number, reason FROM set_aside ORDER BY 1
    """).fetchall()
    return [outcome for _, outcome in rows]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (["A", "2024-01-09", "5", "9", ""], "used"),
        (["A", "2024-01-09", "0", "9", "Completed"], "used"),
        (["A", "2024-01-09", "5", "9", "on the moon"], "used"),
        (["A", "2024-01-09", "-5", "9", ""], "refund"),
        (["A", "2024-01-09", "-5", "9", "refunded"], "refund"),
        (["", "2024-01-09", "5", "9", ""], "missing_customer"),
        (["NULL", "2024-01-09", "5", "9", ""], "missing_customer"),
        (["#N/A", "2024-01-09", "5", "9", ""], "missing_customer"),
        (["", "", "", "", "cancelled"], "missing_customer"),
        (["A", "31/31/2024", "5", "9", ""], "bad_date"),
        (["A", "", "5", "9", ""], "bad_date"),
        (["A", "1899-01-09", "5", "9", ""], "date_out_of_range"),
        (["A", "2024-01-09", "", "9", ""], "missing_amount"),
        (["A", "2024-01-09", "five", "9", ""], "bad_amount"),
        (["A", "2024-01-09", "1e300", "9", ""], "bad_amount"),
        (["A", "2024-01-09", "100000000000000", "9", ""], "amount_out_of_range"),
        (["A", "2024-01-09", "5", "9", "Cancelled"], "cancelled"),
        (["A", "2024-01-09", "5", "9", "wc-cancelled"], "cancelled"),
        (["A", "2024-01-09", "5", "9", "MAKULERAD"], "cancelled"),
        (["A", "2024-01-09", "5", "9", "Kansellert"], "cancelled"),
        (["A", "2024-01-09", "5", "9", "annulleret"], "cancelled"),
        (["A", "2024-01-09", "-5", "9", "cancelled"], "cancelled"),
        (["A", "2024-01-09", "5", "9", "checkout-draft"], "not_completed"),
        (["A", "2024-01-09", "5", "9", "failed"], "not_completed"),
        (["A", "2024-01-09", "5", "9", "Kreditnota"], "refund"),
        (["A", "2024-01-09", "5", "9", "Kredit"], "credit_note"),
        (["A", "2024-01-09", "-5", "9", "Kreditnota"], "refund"),
        (["A", "2024-06-02", "5", "9", ""], "after_as_of"),
        (["A", "2024-01-09", "5", "9", "Återbetald"], "refunded_by_status"),
        (["A", "2024-01-09", "5", "", "refunded"], "refunded_by_status"),
        (["A", "2024-01-04", "-5", "9", ""], "refund_without_order"),
        (["Z", "2024-01-09", "-5", "9", ""], "refund_without_order"),
        (["A", "2024-01-09", "5", "9"], "wrong_columns"),
        (["A", "2024-01-09", "5", "9", "", "x"], "wrong_columns"),
    ],
)
def test_each_outcome(connection, tmp_path, row, outcome):
    sale = ["A", "2024-01-05", "10.25", "1", "Kort" if row[4:] == ["Kredit"] else ""]
    intake = load(connection, tmp_path, [sale, row], OrderRules(as_of=dt.date(2024, 6, 1)))
    assert verdicts(connection) == ["used", outcome]
    assert intake.rows_read == 2


def test_every_reason_has_words_and_is_reached_by_a_test():
    (cases,) = (mark.args[1] for mark in test_each_outcome.pytestmark if mark.name == "parametrize")
    reached = {outcome for _, outcome in cases}
    # what only known exports and several files bring is reached in test_orders_formats.py
    others = {
        "order_line",
        "repeated_total",
        "copy",
        "not_an_order",
        "test_order",
        "total_row",  # in test_orders_types.py
        "header_again",  # in test_orders_flags.py
        "currency_differs",  # in test_orders_amounts.py
        "refund_of_order_set_aside",
    }
    assert set(REASONS) - {"", "refunds_ignored"} - others == reached - {"used", "refund"}
    assert all(text.endswith(".") for text in REASONS.values())


def test_a_refund_row_and_a_refunded_status_of_one_order_count_once(connection, tmp_path):
    rows = [
        ["A", "2024-01-05", "100", "1", "refunded"],
        ["A", "2024-01-09", "-100", "1", "refunded"],
        ["B", "2024-01-05", "70", "2", "refunded"],
    ]
    intake = load(connection, tmp_path, rows)
    assert verdicts(connection) == ["used", "refund", "refunded_by_status"]
    assert sum(line.counted_amount for line in intake.account) == 0


def test_refunds_can_be_ignored(connection, tmp_path):
    rows = [["A", "2024-01-05", "100", "1", ""], ["A", "2024-01-09", "-40", "1", ""]]
    intake = load(connection, tmp_path, rows, OrderRules(refunds="ignore"))
    assert [(line.outcome, line.reason, line.amount) for line in intake.account] == [
        ("used", "", 100),
        ("set aside", "refunds_ignored", -40),
    ]


def test_vat_is_taken_out_exactly(connection, tmp_path):
    rows = [
        ["A", "2024-01-05", "100", "1", ""],
        ["A", "2024-01-06", "99.99", "2", ""],
        ["A", "2024-01-07", "-0.01", "3", ""],
    ]
    intake = load(connection, tmp_path, rows, OrderRules(amounts_include_vat=True, vat_rate=0.24))
    found = [row[0] for row in connection.execute("SELECT amount FROM order_rows").fetchall()]
    step = Decimal("0.0001")
    assert found == [(Decimal(row[2]) / Decimal("1.24")).quantize(step, ROUND_HALF_UP) for row in rows]
    assert intake.amount_read == Decimal("199.98")


def test_several_currencies_need_rates(connection, tmp_path):
    header = ["customer_id", "order_date", "amount", "currency"]
    rows = [
        ["A", "2024-01-05", "100", "SEK"],
        ["A", "2024-01-06", "10.10", "eur"],
        ["B", "2024-01-06", "7", "SEK"],
    ]
    with pytest.raises(InputError) as error:
        load(connection, tmp_path, rows, header=header)
    assert str(error.value) == (
        "orders.csv: the amounts are in SEK (2 rows), EUR (1 row). Keep the rows of one currency, or give the"
        ' report\'s currency and the rates in the parameters, such as currency = "SEK" and rates = { EUR = 11.20 },'
        " where 11.20 stands for what one EUR is in SEK. Write each on a line of a text file rates.toml, and pass"
        " --parameters rates.toml."
    )
    rules = OrderRules(currency="SEK", rates={"EUR": Decimal("11.4325")})
    load(connection, tmp_path, rows, rules, header=header)
    found = connection.execute("SELECT amount, source_amount FROM order_rows").fetchall()
    assert found[1] == (Decimal("115.4683"), Decimal("10.1000"))  # 10.10 x 11.4325 = 115.46825
    with pytest.raises(InputError, match=r"No rate for EUR\."):
        load(connection, tmp_path, rows, OrderRules(currency="SEK", rates={"NOK": 1.0}), header=header)


def test_currencies_inside_the_amounts_are_seen(connection, tmp_path):
    header = ["customer_id", "order_date", "amount"]
    with pytest.raises(InputError, match=r"the amounts are in EUR \(1 row\), USD \(1 row\)"):
        load(
            connection,
            tmp_path,
            [["A", "2024-01-05", "€ 10.50"], ["A", "2024-01-05", "$10.50"]],
            header=header,
        )
    with pytest.raises(InputError, match=r"the amounts are in EUR \(1 row\)\. No rate for EUR\."):
        load(
            connection, tmp_path, [["A", "2024-01-05", "€ 10.50"]], OrderRules(currency="SEK"), header=header
        )
    intake = load(
        connection, tmp_path, [["A", "2024-01-05", "10.50 kr"]], OrderRules(currency="SEK"), header=header
    )
    assert intake.amount_read == Decimal("10.5")


def test_copies_and_shared_order_ids_are_warnings(connection, tmp_path):
    rows = [
        ["A", "2024-01-05", "100", "1", ""],
        ["A", "2024-01-05", "100", "1", ""],
        ["A", "2024-01-05", "50", "1", ""],
        ["B", "2024-01-05", "100", "2", ""],
        ["C", "2024-01-05", "100", "2", ""],
    ]
    intake = load(connection, tmp_path, rows)
    assert intake.rows_of("used") == 5
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [
        ("duplicate_rows", 1),
        ("shared_order_ids", 2),
    ]


def test_statuses_are_listed_with_what_they_were_read_as(connection, tmp_path):
    rows = [
        ["A", "2024-01-05", "10", str(at), status]
        for at, status in enumerate(["Paid", "paid", "Mystery", "", "void"])
    ]
    intake = load(connection, tmp_path, rows)
    assert [(line.status, line.rows, line.read_as) for line in intake.statuses] == [
        ("", 1, "completed"),
        ("Mystery", 1, "unknown, counted as completed"),
        ("Paid", 1, "completed"),
        ("paid", 1, "completed"),
        ("void", 1, "cancelled"),
    ]
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [("unknown_status", 1)]


def test_many_statuses_are_listed_up_to_fifty(connection, tmp_path):
    rows = [["A", "2024-01-05", "10.5", str(at), f"s{at:02d}"] for at in range(60)]
    intake = load(connection, tmp_path, rows)
    assert len(intake.statuses) == 51
    assert (intake.statuses[-1].status, intake.statuses[-1].rows) == ("(10 more)", 10)
    assert sum(line.rows for line in intake.statuses) == intake.rows_read
    assert sum(line.amount for line in intake.statuses) == intake.amount_read


def test_partly_refunded_orders_are_a_warning(connection, tmp_path):
    intake = load(connection, tmp_path, [["A", "2024-01-05", "10", "1", "partially_refunded"]])
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [("partly_refunded", 1)]
    assert (intake.statuses[0].read_as, intake.statuses[0].sales) == ("partly refunded", 1)


def test_cost_and_quantity_are_numbers_or_empty(connection, tmp_path):
    header = ["Kundenr", "Dato", "Beløp", "Varekostnad", "Antall"]
    rows = [
        ["A", "2024-01-05", "10,50", "4,25", "2"],
        ["A", "2024-01-06", "10,50", "x", "two"],
        ["A", "2024-01-06", "1,50", "", ""],
    ]
    intake = load(connection, tmp_path, rows, header=header)
    assert connection.execute("SELECT cost, quantity FROM order_rows").fetchall() == [
        (Decimal("4.2500"), 2.0),
        (None, None),
        (None, None),
    ]
    assert intake.has("cost")
    assert not intake.has("country")
    assert [warning.text for warning in intake.warnings] == [
        '1 used row has a "Varekostnad" that is not a number. It is left empty.',
        '1 used row has a "Antall" that is not a number. It is left empty.',
    ]


def test_several_files_are_one_relation(connection, tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("Kundenr;Dato;Beløp\nA;31.01.2024;1,50\n\nB;x;2,50\n", encoding="utf-8")
    two.write_text("customer_id,order_date,amount,channel\nB,2024-01-05,3.50,web\n", encoding="utf-8")
    intake = load_orders(connection, [one, two])
    assert [(file.name, file.rows, file.decimal) for file in intake.files] == [
        ("one.csv", 2, ","),
        ("two.csv", 1, "."),
    ]
    rows = connection.execute("SELECT file_number, customer_id, channel, amount FROM order_rows").fetchall()
    assert rows == [(1, "A", None, Decimal("1.5000")), (2, "B", "web", Decimal("3.5000"))]
    numbers = [
        row[0]
        for row in connection.execute(
            "SELECT row_number FROM order_rows UNION ALL SELECT row_number FROM set_aside"
        ).fetchall()
    ]
    assert len(set(numbers)) == 3
    assert connection.execute("SELECT file_number, file_row FROM set_aside").fetchall() == [(1, 4)]


def test_the_law_is_checked_in_the_code(connection, tmp_path):
    header = [*HEADER, "refunded"]
    intake = load(connection, tmp_path, [["A", "2024-01-05", "10", "1", "", "3"]], header=header)
    connection.execute("""
        CREATE TEMP TABLE parsed AS
        SELECT 1 AS file_number, 10::DECIMAL(18, 4) AS source_amount, 3::DECIMAL(18, 4) AS source_refunded
    """)
    said = (intake.account, intake.refunded)
    prove(connection, *said, 1)
    with pytest.raises(ClvXlError, match=r"The account does not add up: 1 of 2 rows"):
        prove(connection, *said, 2)
    connection.execute("UPDATE parsed SET source_refunded = 2")
    with pytest.raises(ClvXlError, match=r"The account does not add up: 3\.0000 of 2\.0000 refunded"):
        prove(connection, *said, 1)
    connection.execute("DELETE FROM order_rows WHERE is_refund")
    with pytest.raises(ClvXlError, match=r"The account does not add up: 7\.0000 of 10\.0000 counted"):
        prove(connection, *said, 1)
    connection.execute("DROP TABLE parsed")


# more than 122,880 rows are more than one thread can take at a time
@pytest.mark.parametrize("rows", [12_000, pytest.param(260_000, marks=pytest.mark.long)])
def test_the_same_file_gives_the_same_tables_with_any_number_of_threads(tmp_path, rows):
    rows = [
        [
            f"C{at % 97}",
            f"2024-{at % 12 + 1:02d}-03",
            f"{at % 50 - 3}.37",
            str(at // 2),
            ["", "void"][at % 5 == 0],
        ]
        for at in range(rows)
    ]
    found = []
    for threads in (1, 4, 4):
        with duckdb.connect() as connection:
            connection.execute(f"SET threads = {threads}")
            intake = load(connection, tmp_path, rows)
            tables = [connection.execute(f"FROM {table}").fetchall() for table in ("order_rows", "set_aside")]
            found.append((intake, tables))
    assert found[0] == found[1] == found[2]


class Oracle:
    """The rules once more, row by row in plain Python."""

    def __init__(self, rows, as_of):
        self.outcomes = [self.first_look(row, as_of) for row in rows]
        self.amounts = [self.amount(row) if len(row) == len(HEADER) else None for row in rows]
        rows = self.of_their_orders(rows)
        before = None
        while before != self.outcomes:
            before = list(self.outcomes)
            self.second_look(rows)
        for at, (_, outcome, amount) in enumerate(self.zipped(rows)):
            if outcome is None:
                self.outcomes[at] = "refund" if amount < 0 else "used"

    def of_their_orders(self, rows):
        """A refund of a customer without an order of its number is that of the one who has it, if it is not later."""
        named, sales = set(), defaultdict(list)
        for row, outcome, amount in self.zipped(rows):
            if amount is not None and amount >= 0 and row[3] and row[0]:
                named.add((row[3], row[0]))
                if outcome in (None, "cancelled", "not_completed"):
                    sales[row[3]].append((row[0], row[1]))
        made = []
        for row, outcome, amount in self.zipped(rows):
            of_it = sales[row[3]] if len(row) == len(HEADER) else []
            if outcome is None and amount < 0 and row[3] and (row[3], row[0]) not in named:
                buyers = {buyer for buyer, _ in of_it}
                if len(buyers) == 1 and min(day for _, day in of_it) <= row[1]:
                    made.append([*buyers, *row[1:]])
                    continue
            made.append(row)
        return made

    def second_look(self, rows):
        """What a sale or a refund is without the other: a sale set aside leaves a refund without an order."""
        keys = [tuple(row[::3][:2]) for row in rows]
        sales = defaultdict(list)
        for key, (_, outcome, amount) in zip(keys, self.zipped(rows), strict=True):
            if amount is not None and amount >= 0 and outcome in (None, "cancelled", "not_completed"):
                sales[key].append(outcome)
        first = defaultdict(lambda: "9999-99-99")
        for row, outcome, amount in self.zipped(rows):
            if outcome is None and amount >= 0:
                first[row[0]] = min(first[row[0]], row[1])
        for at, (row, outcome, amount) in enumerate(self.zipped(rows)):
            if outcome is None and amount < 0:
                if row[3] and sales[keys[at]] and None not in sales[keys[at]]:
                    self.outcomes[at] = "refund_of_order_set_aside"
                elif row[1] < first[row[0]]:
                    self.outcomes[at] = "refund_without_order"
        self.by_status(rows, keys)

    def by_status(self, rows, keys):
        undone = {key for key, (_, outcome, amount) in zip(keys, self.zipped(rows), strict=True)
                  if outcome is None and amount < 0 and key[1]}  # fmt: skip
        for at, (row, outcome, amount) in enumerate(self.zipped(rows)):
            if outcome is None and row[4] == "refunded" and amount > 0 and keys[at] not in undone:
                self.outcomes[at] = "refunded_by_status"

    def zipped(self, rows):
        return list(zip(rows, self.outcomes, self.amounts, strict=True))

    @staticmethod
    def amount(row):
        try:
            value = Decimal(row[2])
        except InvalidOperation:
            return None
        return value if value.is_finite() and abs(value) <= 99_999_999_999_999 else None

    def first_look(self, row, as_of):
        if len(row) != len(HEADER):
            return "wrong_columns"
        customer, day, amount, _, status = row
        try:
            known = dt.date.fromisoformat(day)
        except ValueError:
            known = None
        looks = (
            (not customer, "missing_customer"),
            (known is None, "bad_date"),
            (known is not None and known < dt.date(1900, 3, 1), "date_out_of_range"),
            (not amount, "missing_amount"),
            (self.amount(row) is None and not amount.isdigit(), "bad_amount"),
            (self.amount(row) is None, "amount_out_of_range"),
            (status == "cancelled", "cancelled"),
            (status == "failed", "not_completed"),
            (known is not None and known > as_of, "after_as_of"),
        )
        return next((reason for failed, reason in looks if failed), None)


CENTS = st.integers(-(10**12), 10**12).map(
    lambda units: str(Decimal(units) / 100) if units % 100 else f"{units // 100}.00"
)
ROW = st.tuples(
    st.sampled_from(["A", "B", "C", "æ;ø", ""]),
    st.sampled_from(
        ["2024-01-05", "2024-01-06", "2024-01-07", "2024-02-30", "1850-01-01", "2025-01-01", "soon", ""]
    ),
    st.one_of(CENTS, CENTS, CENTS, st.sampled_from(["", "x", "NaN", "100000000000000000000", "0.00"])),
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["", "", "", "done", "cancelled", "failed", "refunded"]),
).map(list)
ANY_ROW = st.one_of(
    ROW, ROW, ROW, ROW, ROW.map(lambda row: [*row, "extra"]), ROW.map(lambda row: ["only", *row[1:3]])
)


def check_account(connection, tmp_path, rows):
    rows = [["A", "2024-01-05", "0.55", "", ""], *rows]
    as_of = dt.date(2024, 6, 1)
    intake = load(connection, tmp_path, rows, OrderRules(as_of=as_of))
    oracle = Oracle(rows, as_of)
    blank = [row for row in rows if not any(row)]
    kept = [(outcome, amount) for row, outcome, amount in oracle.zipped(rows) if row not in blank]
    assert verdicts(connection) == [outcome for outcome, _ in kept]
    expected = defaultdict(lambda: (0, Decimal(0)))
    for outcome, amount in kept:
        count, total = expected[outcome]
        expected[outcome] = (count + 1, total + (amount or 0))
    assert {line.reason or line.outcome: (line.rows, line.amount) for line in intake.account} == expected
    assert intake.rows_read == len(kept)
    assert intake.amount_read == sum((amount or 0 for _, amount in kept), Decimal(0))
    total = connection.execute(
        "SELECT sum(source_amount) FROM"
        " (FROM order_rows SELECT source_amount UNION ALL FROM set_aside SELECT source_amount)"
    ).fetchone()[0]
    assert total == intake.amount_read


@pytest.mark.long
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ANY_ROW, max_size=25))
def test_the_account_reconciles_with_a_plain_oracle(connection, tmp_path, rows):
    check_account(connection, tmp_path, rows)


@pytest.mark.long
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ANY_ROW, max_size=25))
def test_the_account_of_many_files_reconciles_with_a_plain_oracle(connection, tmp_path, rows):
    check_account(connection, tmp_path, rows)
