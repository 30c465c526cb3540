"""Status texts in seven languages: what they mean, and that an unknown one is told."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import UsageError
from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.status_words import MEANINGS, STATUS_WORDS, meaning_of, plain_status


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, texts, rules=None, **options):
    path = tmp_path / "orders.csv"
    lines = [f"A\t2024-01-05\t10\t{number}\t{status}\n" for number, status in enumerate(["", *texts])]
    path.write_text("customer_id\torder_date\tamount\torder_id\tstatus\n" + "".join(lines), encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)


# What a user found to count as a sale, each with what a shop means by it
READ_AS = {
    "cancelled": "Borttagen, Svindel, "
    "Makulerad, Kansellert, Annulleret, Peruttu, annulé, annulée, storniert, voided, wc-cancelled",
    "not completed": "Ej uthämtad, Ikke hentet, Betalingsfeil, Ej bokförd, "
    "Ej betald, Väntar, Venter, Afventer, Maksamatta, Odottaa, en attente, En attente de paiement, "
    "échoué, offen, pending, On hold, wc-pending, unpaid",
    "refunded": "Återbetald, Krediterad, Refundert, Refunderet, Hyvitetty, Ångrad, Ångrat, remboursé, Remboursée, "
    "erstattet, refunded",
    "partly refunded": "Delvis återbetald, Delvis refundert, Delvist refunderet, Osittain hyvitetty, "
    "partially_refunded, Partial refund, Remboursé partiellement, Teilweise erstattet",
    "credit note": "Kreditnota, Credit memo, Gutschrift, Hyvityslasku",
    "completed": "Avsluttad, Betaling akseptert, "
    "Paid, Betald, Fullført, Gennemført, Maksettu, Terminée, En cours, Bezahlt, processing, wc-completed",
}
TEXTS = [(text.strip(), meaning) for meaning, texts in READ_AS.items() for text in texts.split(",")]


@pytest.mark.parametrize(("text", "meaning"), TEXTS)
def test_what_a_status_means(text, meaning):
    assert meaning_of(text) == meaning
    assert meaning_of(text.upper()) == meaning
    assert meaning_of(f" {text.replace(' ', '_')} ") == meaning


def test_only_sales_count(connection, tmp_path):
    """Of all these rows of 10, the completed and the partly refunded ones count, and the one without a status.

    Credit notes are taken off, and each is that of an order that is called refunded, which counts then.
    """
    intake = load(connection, tmp_path, [text for text, _ in TEXTS])
    sales = 1 + sum(meaning in {"completed", "partly refunded"} for _, meaning in TEXTS)
    assert [(line.reason, line.rows) for line in intake.account] == [
        ("", sales + 4),
        ("", 4),
        ("cancelled", 11),
        ("not_completed", 18),
        ("refunded_by_status", 7),
    ]
    assert [(warning.code, warning.rows) for warning in intake.warnings] == [
        ("credit_notes_by_status", 4),
        ("partly_refunded", 8),
    ]


@pytest.mark.parametrize("meaning", READ_AS)
@pytest.mark.one_in(3)
def test_each_status_is_listed_with_what_became_of_its_rows(connection, tmp_path, meaning):
    texts = [text for text, one in TEXTS if one == meaning]
    intake = load(connection, tmp_path, [*texts, texts[0]])
    counted = "sale" if meaning in {"completed", "partly refunded"} else "set aside"
    counted = "refund" if meaning == "credit note" else counted
    assert {(line.status, line.rows, line.read_as, line.counted_as) for line in intake.statuses} == {
        ("", 1, "completed", "sale"),
        (texts[0], 2, meaning, counted),
        *((text, 1, meaning, counted) for text in texts[1:]),
    }


def test_rows_of_a_status_may_end_in_several_ways(connection, tmp_path):
    path = tmp_path / "orders.csv"
    rows = "A,2024-01-05,10,paid\nA,2024-01-06,-4,paid\n,2024-01-06,5,paid\nA,2024-01-07,1,paid\n"
    path.write_text("customer_id,order_date,amount,status\n" + rows)
    (line,) = load_orders(connection, [path]).statuses
    assert (line.sales, line.refunds, line.set_aside) == (2, 1, 1)
    assert line.counted_as == "2 sale, 1 refund, 1 set aside"


def test_a_status_keeps_its_meaning_where_later_rows_change_what_became_of_an_order(connection, tmp_path):
    """Orders 1 and 2 were paid and then cancelled: their rows count as cancelled, "paid" does not mean that."""
    path = tmp_path / "orders.csv"
    rows = "1,A,2024-01-05,10,paid\n1,A,2024-01-09,10,cancelled\n2,B,2024-01-06,5,paid\n"
    rows += "2,B,2024-01-09,5,cancelled\n3,B,2024-01-07,5,paid\n"
    path.write_text("order_id,customer_id,order_date,amount,status\n" + rows)
    paid, cancelled = load_orders(connection, [path]).statuses
    assert (paid.status, paid.read_as) == ("paid", "completed")
    assert (paid.rows, paid.sales, paid.set_aside) == (3, 1, 2)
    assert (cancelled.status, cancelled.read_as, cancelled.rows) == ("cancelled", "cancelled", 2)


def test_no_word_has_two_meanings_and_every_word_a_language():
    found = {}
    for meaning, languages in STATUS_WORDS.items():
        assert set(languages) == {"en", "sv", "no", "da", "fi", "fr", "de"}
        for words in languages.values():
            for word in words.split(";"):
                assert found.setdefault(plain_status(word), meaning) == meaning, word
    assert "" not in found
    assert set(MEANINGS.values()) <= set(STATUS_WORDS)


def test_an_unknown_status_is_told_with_its_count_and_a_remedy(connection, tmp_path):
    unknown = ["Klar för hämtning"] * 3 + ["on the moon", "b", "c", "d", "e"]
    intake = load(connection, tmp_path, ["Betald", *unknown])
    assert intake.rows_of("used") == 10
    (warning,) = intake.warnings
    assert (warning.code, warning.rows) == ("unknown_status", 8)
    assert warning.text == (
        '8 used rows have a status that is not known: "Klar för hämtning" (3), "b" (1), "c" (1), "d" (1), "e" (1),'
        ' "on the moon" (1). They count as completed orders. Say what each means, with sale, cancelled, unpaid,'
        ' refunded or test behind the equals sign: --status "Klar för hämtning=sale" --status "b=sale" --status'
        ' "c=sale" --status "d=sale" --status "e=sale".'
    )
    first = intake.statuses[0]
    assert (first.status, first.rows, first.counted_as) == ("Klar för hämtning", 3, "sale")


def test_the_user_has_the_last_word(connection, tmp_path):
    intake = load(
        connection,
        tmp_path,
        ["Klar för hämtning", "PENDING", "pending"],
        statuses={"klar för hämtning": "cancelled", "Pending": "sale"},
    )
    assert [(line.reason, line.rows) for line in intake.account] == [("", 3), ("cancelled", 1)]
    assert intake.warnings == ()


def test_a_meaning_or_a_status_that_does_not_exist_is_refused(connection, tmp_path):
    with pytest.raises(UsageError) as error:
        load(connection, tmp_path, ["a"], statuses={"a": "canceled"})
    assert str(error.value) == (
        '--status "a=canceled": "canceled" is no meaning. Did you mean "cancelled"? The meanings are sale, cancelled,'
        " unpaid, refunded, credit-note, test."
    )
    with pytest.raises(UsageError) as error:
        load(connection, tmp_path, ["Pending"], statuses={"Pendin": "sale"})
    assert str(error.value) == (
        '--status "Pendin=sale": no row has the status "Pendin". Did you mean "Pending"? Statuses found: "Pending".'
    )
    (tmp_path / "bare.csv").write_text("customer_id,order_date,amount\nA,2024-01-05,1\n")
    with pytest.raises(UsageError, match=r'no row has the status "x"\. Statuses found: none\.$'):
        load_orders(connection, [tmp_path / "bare.csv"], options=ReadOptions(statuses={"x": "sale"}))


@pytest.mark.parametrize(
    "header", ["Status", "État", "Etat", "Statut", "Orderstatus", "Tila", "Financial Status"]
)
def test_headers_of_statuses(header):
    assert resolve(["Kundnr", "Datum", "Belopp", header], {}).positions["status"] == 3


def test_the_french_export_of_a_shop(connection, shared_data):
    """1,068 of 1,140 orders count; the others are refunded, cancelled or on hold (counted with grep)."""
    path = shared_data / "order_export_layouts" / "woocommerce_analytics_orders_fr.csv"
    intake = load_orders(connection, [path], parameters=OrderRules(currency="EUR"))
    assert intake.columns["status"] == "État"
    assert {line.status: (line.rows, line.counted_as) for line in intake.statuses} == {
        "Completed": (1068, "sale"),
        "Refunded": (32, "set aside"),
        "Cancelled": (27, "set aside"),
        "On hold": (13, "set aside"),
    }


def test_ten_unknown_statuses_are_named_and_the_rest_counted(connection, tmp_path):
    intake = load(connection, tmp_path, [f"odd {at:02}" for at in range(12)])
    [text] = [str(note.text) for note in intake.warnings if note.code == "unknown_status"]
    assert '"odd 09" (1) and 2 more. They' in text


def test_a_user_may_say_that_a_status_means_a_test(connection, tmp_path):
    intake = load(connection, tmp_path, ["Prov"], statuses={"Prov": "test"})
    assert [(line.reason, line.rows) for line in intake.account] == [("", 1), ("test_order", 1)]
    intake = load(connection, tmp_path, ["Test"], statuses={"Test": "sale"})
    assert [(line.reason, line.rows) for line in intake.account] == [("", 2)]


LOG = """Order ID,Date,Customer,Amount,Status
1,2025-01-02,a,100,Paid
2,2025-01-10,b,100,Paid
2,2025-01-11,b,100,Cancelled
3,2025-01-12,b,60,Paid
"""


@pytest.mark.parametrize("status", ["Cancelled", "Refunded"])
def test_an_order_that_a_later_row_cancels_or_refunds_whole_is_no_sale(tmp_path, status):
    path = tmp_path / "orders.csv"
    path.write_text(LOG.replace("Cancelled", status), encoding="utf-8")
    with duckdb.connect() as connection:
        intake = load_orders(connection, [path])
        assert connection.execute("SELECT order_id FROM order_rows ORDER BY 1").fetchall() == [("1",), ("3",)]
    told = '1 order, "2", stands again on a later day with the same amount, cancelled or refunded'
    notes = [str(note.text) for note in intake.warnings if note.code == "ended_later"]
    assert notes == [f"{told}: all its rows are set aside."]


@pytest.mark.parametrize(
    "log", [LOG.replace("2,2025-01-11,b,100", "2,2025-01-10,b,100"), LOG.replace("11,b,100", "11,b,40")]
)
def test_a_cancelled_product_of_an_order_leaves_the_others(tmp_path, log):
    path = tmp_path / "orders.csv"
    path.write_text(log, encoding="utf-8")
    with duckdb.connect() as connection:
        load_orders(connection, [path])
        found = connection.execute("SELECT order_id, amount FROM order_rows ORDER BY 1").fetchall()
    assert found == [("1", 100), ("2", 100), ("3", 60)]


def test_an_order_in_rows_of_several_days_and_statuses_is_told(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(LOG.replace("Cancelled", "Shipped"), encoding="utf-8")
    with duckdb.connect() as connection:
        intake = load_orders(connection, [path])
    told = '1 order, "2", stands in rows of several days and statuses with the same amount. The rows are added up.'
    notes = [str(note.text) for note in intake.warnings if note.code == "statuses_added_up"]
    assert notes == [f"{told} If they are one order as it went on, keep its last row only."]


@pytest.mark.parametrize("text", ["Delbetald", "delvis betalt", "Delvist betalt", "Osittain maksettu"])
def test_an_order_that_is_paid_in_part_is_a_sale(text):
    assert meaning_of(text) == "completed"
