"""Files of older Macs and of DOS: read by what their letters make, and never in a circle of advice."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clv_xl.errors import InputError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.eight_bits import guessed

ROWS = "Ordrenr;Kunde;Dato;Beløp\n1;Åse Bjørn;2024-01-05;100,50\n2;Lærke Mård;2024-01-07;70,00\n"
# names and words as they stand in exports of the north and west
WORDS = (
    "Björn",
    "Åsa",
    "Mård",
    "Ängel",
    "Beløp",
    "Lærke",
    "Ærø",
    "Øst",
    "Müller",
    "Renée",
    "Größe",
    "Belopp",
    "Zoë",
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def written(tmp_path, text, encoding):
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(("encoding", "as_told"), [("cp865", "DOS (cp850)"), ("mac_roman", "Mac Roman")])
def test_a_file_of_dos_or_of_an_older_mac_is_read_and_told(connection, tmp_path, encoding, as_told):
    intake = load_orders(connection, [written(tmp_path, ROWS, encoding)])
    names = connection.execute("SELECT DISTINCT customer_id FROM order_rows ORDER BY 1").fetchall()
    assert names == [("Lærke Mård",), ("Åse Bjørn",)]
    (told,) = [note.text for note in intake.warnings if note.code == "encoding_guessed"]
    assert f"orders.csv: the letters are read as {as_told}: " in told
    assert told.endswith("If that is wrong: --encoding windows-1252.")


def test_windows_1252_stays_what_it_is_and_nothing_is_told(connection, tmp_path):
    intake = load_orders(connection, [written(tmp_path, ROWS, "cp1252")])
    assert intake.files[0].encoding == "windows-1252"
    assert not [note for note in intake.warnings if note.code == "encoding_guessed"]


def test_what_the_user_says_is_done(connection, tmp_path):
    path = written(tmp_path, ROWS.replace("Beløp", "Amount").replace("Å", "å"), "cp865")
    intake = load_orders(connection, [path], options=ReadOptions(encoding="windows-1252"))
    assert intake.files[0].encoding == "windows-1252"


def test_the_advice_for_a_text_that_fits_nothing_ends_in_an_encoding_that_reads_it(connection, tmp_path):
    # a byte that Windows-1252 does not have, in no word: nothing tells which encoding it is
    text = "Order;Customer;Date;Amount;Note\n1;Berg;2024-01-05;100,50;\x81\n2;Lien;2024-01-07;70,00;\n"
    path = written(tmp_path, text, "latin-1")
    with pytest.raises(
        InputError, match=r"as windows-1252.*--encoding cp850 \(DOS\) or --encoding mac_roman"
    ):
        load_orders(connection, [path])
    assert load_orders(connection, [path], options=ReadOptions(encoding="cp850")).rows_read == 2


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20))
def test_no_western_text_in_windows_1252_is_taken_for_another(words):
    assert guessed([";".join(words).encode("cp1252")]) is None


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20), st.sampled_from(["cp850", "mac_roman"]))
def test_another_is_never_taken_for_the_third(words, encoding):
    found = guessed([";".join(words).encode(encoding)])
    assert found is None or found.encoding == encoding


@pytest.mark.parametrize(
    "text",
    [
        "O\u2019Brien;L\u2019Oréal", "5 € \u2013 7 €", "Škoda;Dušan;Žižka", "25 m²;½ kg", "\u201cBageri\u201d", "A·B",
    ],
)  # fmt: skip
def test_signs_of_windows_1252_are_no_doubt(text):
    assert guessed([text.encode("cp1252")]) is None
