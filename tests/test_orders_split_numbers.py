"""A comma between the columns and in the numbers: the cause is told, and the way out."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import load_orders


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def write(tmp_path, rows, header="order_id,date,email,amount"):
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


SPLIT = [f"{1000 + day},2024-01-{day:02},a{day % 3}@b.no,{100 + day},45" for day in range(1, 21)]


def test_a_number_that_is_split_at_its_comma_is_told_with_the_way_out(connection, tmp_path):
    with pytest.raises(InputError) as raised:
        load_orders(connection, [write(tmp_path, SPLIT)])
    told = str(raised.value)
    assert told.startswith("orders.csv: 20 of 20 rows have more columns than the header")
    assert '"101,45" in row 2 is split at its decimal comma' in told
    assert "semicolons" in told
    assert "quotation marks" in told
    quoted = [row[:-6] + f'"{row[-6:]}"' for row in SPLIT]
    assert load_orders(connection, [write(tmp_path, quoted)]).rows_of("used") == 20


def test_a_price_and_an_amount_may_both_be_split(connection, tmp_path):
    rows = [f"{row[:-6]}10,50,{row[-6:]}" for row in SPLIT]
    with pytest.raises(InputError, match='"101,45" in row 2 is split'):
        load_orders(connection, [write(tmp_path, rows, "order_id,date,email,price,amount")])


def test_a_few_such_rows_among_many_are_set_aside_and_told(connection, tmp_path):
    whole = [row[:-3] for row in SPLIT]
    intake = load_orders(connection, [write(tmp_path, [*whole[:19], SPLIT[19]])])
    assert intake.rows_of("used") == 19
    told = {note.code: note.text for note in intake.warnings}
    assert 'in row 21 the number "120,45" is split at its decimal comma' in told["split_numbers"]


def test_one_such_row_of_two_is_set_aside_and_the_other_read(connection, tmp_path):
    intake = load_orders(connection, [write(tmp_path, [SPLIT[0][:-3], SPLIT[1]])])
    assert (intake.rows_of("used"), [note.code for note in intake.warnings]) == (1, ["split_numbers"])


def test_another_comma_too_many_is_told_as_before(connection, tmp_path):
    rows = [f"{1000 + day},2024-01-{day:02},Berg, Anna,{100 + day}" for day in range(1, 6)]
    with pytest.raises(InputError, match="the row has more or fewer columns than the header"):
        load_orders(connection, [write(tmp_path, rows, "order_id,date,customer,amount")])
