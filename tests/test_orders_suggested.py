"""What the columns of a file suggest: never a wrong column, never two that contradict each other."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def message(connection, tmp_path, text, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_orders(connection, [path], options=ReadOptions(**options))
    return str(raised.value)


def table(header, *rows):
    return "\n".join([header, *rows]) + "\n"


NAMES = table(
    "Förnamn;Efternamn;Datum;Summa",
    *(f"{first};{last};2024-01-0{day};10,50" for first, last, day in
      (("Anna", "Berg", 1), ("Anna", "Lind", 2), ("Ola", "Berg", 3), ("Ola", "Nor", 4))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (NAMES, ("Förnamn", "Efternamn")),
        (table("cust,date", "1,2006-01-01", "2,2006-01-01", "2,2006-01-02"), ("cust",)),
        (table("customer_id,frequency,recency,T", "0,0,0,6", "1,2,3,6", "2,5,4,6"), ("frequency", "recency", "T")),
        (
            table("Date,ad_id,fb_campaign_id,age,Impressions,Spent",
                  "31-08-2023,7,103,30-34,7350,1.43", "31-08-2023,8,104,30-34,7350,2.82", "30-08-2023,9,104,35,3,3.5"),
            ("Impressions", "ad_id", "fb_campaign_id", "age"),
        ),
        (table("id,customer_id,created_at", "1,7,2024-01-02", "2,7,2024-01-03", "3,8,2024-01-04"), ("id",)),
    ],
)  # fmt: skip
def test_no_suggestion_is_better_than_a_wrong_one(connection, tmp_path, text, wrong):
    told = message(connection, tmp_path, text)
    _, _, suggestion = told.partition("What stands in the columns suggests")
    assert not [header for header in wrong if f'="{header}"' in suggestion]


def test_money_is_suggested_as_the_amount(connection, tmp_path):
    text = table(
        "customer_id order_date number_of_cds dollar_value", "1 1997-01-01 1 11.77", "2 1997-01-12 5 77.00"
    )
    told = message(connection, tmp_path, text, delimiter=" ")
    assert 'suggests: --column amount="dollar_value"' in told
    assert told.count("--column amount=") == told.count('--column amount="dollar_value"') + told.count(
        '"the header in'
    )


ORDERED = table(
    "Ordernr;Datum;E-post;Antal beställt;Antal levererat;Pris",
    "1;2024-01-02;a@ex.se;3;2;100,00",
    "2;2024-01-13;b@ex.se;1;1;50,00",
)


def test_the_price_of_one_piece_is_no_amount_and_the_quantity_can_be_named(connection, tmp_path):
    told = message(connection, tmp_path, ORDERED)
    assert 'amount="Pris"' not in told
    ways = '--column quantity="Antal beställt" or --column quantity="Antal levererat"'
    assert (
        f'"Pris" may be the price of one piece. To read quantity x price, say which the quantity is: {ways}.'
        in told
    )
    for format_ in (None, "order-lines"):
        options = ReadOptions(columns={"quantity": "Antal levererat"}, format=format_)
        assert load_orders(connection, [tmp_path / "orders.csv"], options=options).amount_read == 250
