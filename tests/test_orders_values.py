"""Numbers, dates and ids as people write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.told import in_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


# the currency of one cell says nothing of the others: with rates, nobody asks
_RATED = OrderRules(rates={"USD": 1, "SEK": 1, "KR": 1})


def amounts(connection, tmp_path, texts, rules=None, **options):
    path = tmp_path / "orders.csv"
    lines = [f"C\t2024-01-05\t{text}\n" for text in texts]
    path.write_text("customer_id\torder_date\tamount\n" + "".join(lines), encoding="utf-8")
    intake = load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)
    found = connection.execute(
        "SELECT row_number, source_amount FROM order_rows UNION ALL"
        " SELECT row_number, source_amount FROM set_aside ORDER BY 1"
    ).fetchall()
    return [None if value is None else str(value.normalize()) for _, value in found], intake


COMMA = [
    ("12,50", "12.5"),
    ("1 250,50", "1250.5"),
    ("1\u00a0250,50", "1250.5"),
    ("1\u202f250\u202f000,5", "1250000.5"),
    ("1.250,50", "1250.5"),
    ("1.250", "1250"),
    ("1.250.000", "1250000"),
    ("1'250,50", "1250.5"),
    ("1\u2019250,50", "1250.5"),
    ("kr 99,90", "99.9"),
    ("99,90 kr", "99.9"),
    ("99,90 kr.", "99.9"),
    ("SEK 99,90", "99.9"),
    ("kr-99,90", "-99.9"),
    ("-kr 99,90", "-99.9"),
    ("\u221299,90", "-99.9"),
    ("99,90-", "-99.9"),
    ("(99,90)", "-99.9"),
    ("(99,90 kr)", "-99.9"),
    ("- 1 250,50", "-1250.5"),
    ("+5,00", "5"),
    ("1 200:-", "1200"),
    ("1 200,-", "1200"),
    (",50", "0.5"),
    ("0,12345", "0.1235"),
    ("-0,12345", "-0.1235"),
    ("1.25,5", None),
    ("1 25,5", None),
    ("12.50", None),
    ("12%", None),
    ("1e5", None),
    ("nan", None),
    ("inf", None),
    ("--5", None),
    ("-", None),
    ("100 kr 200", None),
    ("5 5", None),
    ("", None),
    ("123456789012345,0", None),
    ("99999999999999,00", "99999999999999"),
]


def test_numbers_with_a_decimal_comma(connection, tmp_path):
    # beside kr, the currency of others would be asked for
    cases = {text: value for text, value in COMMA if "SEK" not in text}
    found, _ = amounts(connection, tmp_path, [*cases])
    assert [None if text is None else Decimal(text) for text in found] == [
        None if value is None else Decimal(value) for value in cases.values()
    ]


@pytest.mark.long
@pytest.mark.parametrize(("text", "value"), COMMA)
def test_one_number_with_a_decimal_comma(connection, tmp_path, text, value):
    found, _ = amounts(connection, tmp_path, [text, *["10,50"] * 12], _RATED)
    assert (None if found[0] is None else Decimal(found[0])) == (None if value is None else Decimal(value))
    assert found[1:] == ["10.5"] * 12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,250.50", "1250.5"),
        ("1,250", "1250"),
        ("1,250,000", "1250000"),
        ("$12.50", "12.5"),
        ("12,50", None),
    ],
)
@pytest.mark.one_in(3)
def test_numbers_with_a_decimal_point(connection, tmp_path, text, value):
    found, _ = amounts(connection, tmp_path, [text, *["10.55"] * 12], _RATED)
    assert (None if found[0] is None else Decimal(found[0])) == (None if value is None else Decimal(value))


def test_a_column_that_could_be_either_is_a_question(connection, tmp_path):
    with pytest.raises(InputError) as error:
        amounts(connection, tmp_path, ["1.234", "5.678", "12"])
    assert str(error.value) == (
        'orders.csv: column "amount" can be read in two ways: "1.234" is 1234 (--decimal ",")'
        ' or 1.234 (--decimal "."). Say which.'
    )
    assert amounts(connection, tmp_path, ["1.234", "12"], decimal=",")[0] == ["1234", "12"]
    assert amounts(connection, tmp_path, ["1.234", "12"], decimal=".")[0] == ["1.234", "12"]


def test_a_column_with_both_marks_is_a_question(connection, tmp_path):
    with pytest.raises(InputError) as error:
        amounts(connection, tmp_path, ["1,50", "1.50", "2,50"])
    assert str(error.value) == (
        'orders.csv: column "amount" has numbers with a decimal comma ("1,50", 2 rows) and with a decimal point'
        ' ("1.50", 1 row). Say which is right: --decimal "," or --decimal ".".'
    )


@pytest.mark.parametrize(
    ("most", "one", "either", "by_comma", "by_point"),
    [("12,50", "12.50", "1.234", "1234", "1.234"), ("12.50", "12,50", "1,234", "1.234", "1234")],
)
def test_a_thousand_or_a_fraction_is_asked_about_where_some_row_has_the_other_mark(
    connection, tmp_path, most, one, either, by_comma, by_point
):
    values = [*[most] * 30, one]
    assert amounts(connection, tmp_path, values)[0] == [*["12.5"] * 30, None]  # nothing is unsure
    with pytest.raises(InputError, match=f'"{either}" can be read in both ways. Say which is right'):
        amounts(connection, tmp_path, [*values, either])
    assert amounts(connection, tmp_path, [*values, either], decimal=",")[0][-1] == by_comma
    assert amounts(connection, tmp_path, [*values, either], decimal=".")[0][-1] == by_point
    grouped = [f"{either}{most[2]}50", f"{either}{most[2]}75"]  # so thousands are written in this file
    assert amounts(connection, tmp_path, [*values, *grouped, either])[0][-1] == "1234"


def test_more_than_four_decimals_are_rounded_with_a_warning(connection, tmp_path):
    found, intake = amounts(connection, tmp_path, ["1.00005", "2.00004", "0.30000000000000004", "5.5"])
    assert found == ["1.0001", "2", "0.3", "5.5"]
    (warning,) = intake.warnings
    assert (warning.code, warning.rows) == ("rounded_amounts", 2)
    assert "2 amounts have more than 4 decimals" in warning.text


def test_zero_is_an_order_with_a_warning(connection, tmp_path):
    _, intake = amounts(connection, tmp_path, ["0", "5.5"])
    assert intake.rows_of("used") == 2
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [("zero_amounts", 1)]


def days(connection, tmp_path, texts, **options):
    path = tmp_path / "orders.csv"
    path.write_text(
        "customer_id\torder_date\tamount\n" + "".join(f"C\t{text}\t1\n" for text in texts), encoding="utf-8"
    )
    intake = load_orders(connection, [path], options=ReadOptions(**options))
    found = connection.execute(
        "SELECT row_number, day::VARCHAR FROM order_rows UNION ALL SELECT row_number, reason FROM set_aside ORDER BY 1"
    ).fetchall()
    return [value for _, value in found], intake.files[0].date_format


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-2-9", "2024-02-09"),
        ("2024/02/09", "2024-02-09"),
        ("20240209", "2024-02-09"),
        ("2024-02-09 23:59:59", "2024-02-09"),
        ("2024-02-09T23:59:59.123Z", "2024-02-09"),
        ("2025-10-07 00:50:26 +0200", "2025-10-07"),
        ("2025-10-07T23:50:26-11:00", "2025-10-07"),
        ("09.02.2024", "2024-02-09"),
        ("9.2.2024 14:05", "2024-02-09"),
        ("31.02.2024", "bad_date"),
        ("2023-02-29", "bad_date"),
        ("12 Jan 2024", "2024-01-12"),
        ("Jan 5, 2024 3:04:05 PM", "2024-01-05"),
        ("Jan 5, 2024, 3:04:05\u202fPM", "2024-01-05"),
        ("January 5 2024", "2024-01-05"),
        ("SEPT. 30th, 2024", "2024-09-30"),
        ("05-Mar-2024 23:59", "2024-03-05"),
        ("1st June 2024", "2024-06-01"),
        ("Feb 30, 2024", "bad_date"),
        ("12 mars 2024", "2024-03-12"),
        ("12 Mai 2024", "2024-05-12"),
        ("12 Marsch 2024", "bad_date"),
        ("", "bad_date"),
        ("45000", "bad_date"),
        ("1900-02-28", "date_out_of_range"),
        ("0001-01-01", "date_out_of_range"),
    ],
)
def test_dates_that_need_no_question(connection, tmp_path, text, day):
    assert days(connection, tmp_path, ["2024-01-05", text])[0] == ["2024-01-05", day]


@pytest.mark.parametrize("day", ["1900-03-01", "9999-12-31"])
def test_the_first_and_the_last_day_that_excel_knows(connection, tmp_path, day):
    assert days(connection, tmp_path, [day, day])[0] == [day, day]


def test_a_date_that_stands_for_never_is_asked_about(connection, tmp_path):
    with pytest.raises(InputError, match=r"newest order is of 9999-12-31.*--as-of 2024-01-05"):
        days(connection, tmp_path, ["2024-01-05", "9999-12-31"])


def test_a_number_above_twelve_tells_which_is_the_day(connection, tmp_path):
    assert days(connection, tmp_path, ["01/02/2024", "25/02/2024"]) == (
        ["2024-02-01", "2024-02-25"],
        "dd/mm/yyyy",
    )
    assert days(connection, tmp_path, ["01/02/2024", "02/25/2024"]) == (
        ["2024-01-02", "2024-02-25"],
        "mm/dd/yyyy",
    )
    assert days(connection, tmp_path, ["03/03/2024"])[0] == ["2024-03-03"]


def test_month_names_are_read_whatever_the_other_rows_look_like(connection, tmp_path):
    texts = [
        f"{month:%b} 7, 2024 1:02:03 AM" for month in (dt.date(2024, number, 1) for number in range(1, 13))
    ]
    expected = [f"2024-{month:02d}-07" for month in range(1, 13)]
    assert days(connection, tmp_path, texts) == (expected, "month names")
    found, _ = days(connection, tmp_path, ["02/25/2024", "Jan 5, 2024"])
    assert found == ["2024-02-25", "2024-01-05"]


def test_ambiguous_dates_are_a_question(connection, tmp_path):
    with pytest.raises(InputError) as error:
        days(connection, tmp_path, ["01/02/2024", "03/04/2024", "05/05/2024"])
    assert str(error.value) == (
        'orders.csv: column "order_date" can be read in two ways: in "01/02/2024" either number may be the day.'
        " Say which: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy."
    )
    assert days(connection, tmp_path, ["01/02/2024 10:00"], date_format="mm/dd/yyyy")[0] == ["2024-01-02"]
    assert days(connection, tmp_path, ["01/02/2024"], date_format="%d/%m/%Y")[0] == ["2024-02-01"]
    with pytest.raises(InputError, match=r'day first \("25/01/2024", 1 row\) and with the month first'):
        days(connection, tmp_path, ["25/01/2024", "01/25/2024"])


def test_two_digit_years_are_a_question(connection, tmp_path):
    with pytest.raises(InputError) as error:
        days(connection, tmp_path, ["31.12.24", "01.01.25"])
    assert str(error.value) == (
        'orders.csv: column "order_date" has years of two digits ("01.01.25").'
        " Say how the date is written: --date-format dd.mm.yy or --date-format yy.mm.dd."
    )
    assert days(connection, tmp_path, ["31.12.24"], date_format="dd.mm.åå")[0] == ["2024-12-31"]


def test_options_that_mean_nothing_are_refused():
    with pytest.raises(UsageError, match=r"does not say where day, month and year stand"):
        ReadOptions(date_format="mm.yyyy")
    with pytest.raises(UsageError, match=r'there is no column "amont"\. Did you mean "amount"\?'):
        ReadOptions(columns={"amont": "x"})
    with pytest.raises(UsageError, match=r'neither "\." nor ","'):
        ReadOptions(decimal=";")
    with pytest.raises(UsageError, match=r"is not one character"):
        ReadOptions(delimiter="::")
    with pytest.raises(UsageError, match=r'neither "subtract" nor "ignore"'):
        OrderRules(refunds="keep")
    with pytest.raises(ValueError, match=r"rates: EUR = 0 is not a rate"):
        OrderRules(rates={"EUR": 0})
    with pytest.raises(ValueError, match=r"more than 10 decimals"):
        OrderRules(rates={"EUR": 0.123456789012})
    with pytest.raises(ValueError, match=r"vat_rate = -1 is not a rate"):
        OrderRules(vat_rate=-1)
    with pytest.raises(ValueError, match=r"more than 6 decimals"):
        OrderRules(vat_rate=1 / 3)


def test_ids_are_text(connection, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "customer_id,order_date,amount,order_id\n007,2024-01-05,1,0010\n 7 ,2024-01-05,1,10\nNaN,2024-01-05,1,11\n"
        "NULL,2024-01-05,1,12\nAbc,2024-01-05,1,13\nabc,2024-01-05,1,\n"
    )
    intake = load_orders(connection, [path])
    rows = connection.execute("SELECT customer_id, order_id FROM order_rows").fetchall()
    assert rows == [("007", "0010"), ("7", "10"), ("NaN", "11"), ("Abc", "13"), ("abc", "(row 7)")]
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [
        ("customer_text_null", 1),
        ("customer_placeholder", 1),
        ("no_order_id", 1),
        ("near_equal_ids", 2),
    ]


def test_ids_that_were_floats_on_their_way_are_whole_again(connection, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,order_date,amount\n17850.0,2024-01-05,1.0\n13047.0,2024-01-05,2.0\n")
    load_orders(connection, [path])
    assert connection.execute("SELECT customer_id FROM order_rows").fetchall() == [("17850",), ("13047",)]


def test_a_refund_after_the_newest_order_counts_but_does_not_move_the_day(connection, tmp_path):
    """One refund eleven weeks after the last order took 83 % of CDNOW's customer equity."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "customer_id,order_date,amount\nA,1998-06-01,20\nB,1998-06-30,9\nA,1998-09-15,-12.5\nB,1998-07-02,-1\n"
    )
    intake = load_orders(connection, [path])
    assert (intake.as_of, intake.last_day) == (dt.date(1998, 6, 30), dt.date(1998, 6, 30))
    assert connection.execute(
        "SELECT day, amount FROM order_rows WHERE is_refund ORDER BY ALL"
    ).fetchall() == [
        (dt.date(1998, 6, 30), Decimal("-12.5")),
        (dt.date(1998, 6, 30), Decimal(-1)),
    ]
    assert [(line.outcome, line.rows, line.amount) for line in intake.account] == [
        ("used", 2, 29),
        ("refund", 2, Decimal("-13.5")),
    ]
    (warning,) = intake.warnings
    assert (warning.code, warning.rows) == ("refunds_brought_forward", 2)
    assert warning.text == (
        "2 refunds, -13.50 in all, are booked after the newest order (1998-06-30): from 1998-07-02 to 1998-09-15. "
        "They count on 1998-06-30, the as-of day: a refund is no order and says nothing of who still is a customer. "
        "If orders are known to the end of a later day, pass --as-of with that day."
    )
    assert "\nOrders from 1998-06-01 to 1998-06-30\n" in in_words(intake)
    later = load_orders(connection, [path], parameters=OrderRules(as_of=dt.date(1998, 9, 30)))
    assert (later.as_of, later.last_day, later.warnings) == (dt.date(1998, 9, 30), dt.date(1998, 6, 30), ())
    assert in_words(later).endswith("Orders from 1998-06-01 to 1998-06-30, measured on 1998-09-30")
    assert connection.execute("SELECT max(day) FROM order_rows").fetchone() == (dt.date(1998, 9, 15),)
    ended = load_orders(connection, [path], parameters=OrderRules(as_of=dt.date(1998, 6, 30)))
    assert [(line.reason, line.rows) for line in ended.account] == [("", 2), ("after_as_of", 2)]


def test_an_order_years_before_all_others_is_told_with_its_row(connection, tmp_path):
    path = tmp_path / "orders.csv"
    head = "customer_id,order_date,amount\nA,2025-01-05,1\nB,{},1\n"
    for day, found in (("1925-01-06", ["early_date"]), ("2024-01-06", [])):
        path.write_text(head.format(day) + "C,2025-02-05,1\n")
        intake = load_orders(connection, [path], parameters=OrderRules(as_of=dt.date(2025, 3, 1)))
        assert [warning.code for warning in intake.warnings] == found
        if found:
            text = "orders.csv, row 3: the oldest order is of 1925-01-06, the next of 2025-01-05."
            assert intake.warnings[0].text.startswith(text)


def test_as_of_is_the_newest_order_and_a_late_date_is_a_warning(connection, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "customer_id,order_date,amount\nA,2024-01-05,1\nA,2024-03-05,-1\nB,2029-01-05,1\nB,2024-02-01,1\n"
    )
    intake = load_orders(connection, [path])
    assert (intake.first_day, intake.as_of) == (dt.date(2024, 1, 5), dt.date(2029, 1, 5))
    (warning,) = intake.warnings
    assert warning.code == "late_date"
    assert "--as-of 2024-02-01" in warning.text
    intake = load_orders(connection, [path], parameters=OrderRules(as_of=dt.date(2024, 2, 29)))
    assert intake.warnings == ()
    assert [(line.reason, line.rows) for line in intake.account] == [("", 2), ("after_as_of", 2)]
