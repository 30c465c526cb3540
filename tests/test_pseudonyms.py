"""Nobody can be told from what is written with --pseudonymise: all that is left is searched for the customers."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import zipfile
from base64 import b32encode
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.errors import ClvXlError, UsageError
from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.header_words import NAMED
from clv_xl.orders.pseudonyms import Pseudonyms, read_key
from clv_xl.orders.told import as_data, in_words
from clv_xl.said import say
from tests.filled import template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.conftest import Run

KEY = "8f0e1d2c3b4a59687786958493a2b1c0"

# every kind of row in which customers turn up in notes, first rows, broken lines and the list of rows set aside
ORDERS = """Customer;Email;Phone;Order;Date;Amount;Status
Berg.Anna@Mailbox.test;Berg.Anna@Mailbox.test;;1;2025-01-03;100;paid
berg.anna@mailbox.test;berg.anna@mailbox.test;;2;2025-02-03;200;paid
Quillfeather Ola;shared@mailbox.test;;3;2025-02-04;300;paid
Zimmerwald Kari;shared@mailbox.test;;4;2025-02-05;300;paid
Zimmerwald Kari;shared@mailbox.test;;3;2025-02-05;310;paid
;noreply@mailbox.test;;5;2025-02-06;120;paid
;guestperson@mailbox.test;;6;2025-02-07;120;paid
;;+47 913 57 924;7;2025-02-07;130;paid
Ullenstein Per;per@mailbox.test;;8;Ullenstein sin dato;120;paid
Ullenstein Per;per@mailbox.test;;9;2025-03-01;Ullenstein;paid
Vossberg Liv;liv@mailbox.test;;10;2025-03-02;50;paid;Vossberg Liv Storgata 12
009871234;x@mailbox.test;;11;2025-03-03;10;paid
9871234;y@mailbox.test;;12;2025-03-03;10;paid
Quillfeather Ola;shared@mailbox.test;;13;2025-03-04;-20;paid
"""
CUSTOMERS = """customer_id;email;Full name;City;Member;consent
Berg.Anna@Mailbox.test;anna2@mailbox.test;Berg Anna;Oslo;yes;yes
Quillfeather Ola;ola2@mailbox.test;Quillfeather Ola;Oslo;no;yes
Quillfeather Ola;ola2@mailbox.test;Quillfeather Ola;Bergen;no;yes
"""
NAMES = (
    *(
        "berg.anna",
        "berg anna",
        "quillfeather",
        "zimmerwald",
        "ullenstein",
        "vossberg",
        "mailbox.test",
        "guestperson",
    ),
    *("9871234", "91357924", "913 57 924", KEY),
)


def texts_of(path: Path) -> list[str]:
    """Every text that a written file holds, its own name included."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return [path.name, *(book.read(name).decode("utf-8", "replace") for name in book.namelist())]
    if path.suffix == ".parquet":
        return [path.name, repr(duckdb.sql(f"select * from '{path}'").fetchall())]
    return [path.name, path.read_text(encoding="utf-8-sig")]


def assert_nobody(folder: Path, *said: str) -> None:
    texts = [*said, *(text for path in folder.rglob("*") if path.is_file() for text in texts_of(path))]
    assert len(texts) > len(said)
    for name in NAMES:
        assert not [text for text in texts if name in text.casefold()], name


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "orders of Quillfeather Ola.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "in" / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (tmp_path / "in" / "key").write_text(f"{KEY}\n", encoding="utf-8")
    return tmp_path


def report(cli: Callable[..., Run], *more: str, out: str = "out") -> Run:
    return cli(
        *("report", "in/orders of Quillfeather Ola.csv", "--customers", "in/customers.csv"),
        *(
            "--set-aside",
            f"{out}/aside.csv",
            "--lists",
            f"{out}/lists",
            "--all-customers",
            f"{out}/all.parquet",
        ),
        *("-o", f"{out}/report.xlsx", *more),
    )


HIDDEN = ("--pseudonymise", "--key-file", "in/key")


def test_no_customer_is_in_anything_that_a_report_leaves(cli: Callable[..., Run], shop: Path) -> None:
    done = report(cli, *HIDDEN)
    assert done.exit_code == 0, done.stderr
    assert_nobody(shop / "out", done.stdout, done.stderr)
    assert "Full name" in done.stdout, "what is left out is told"
    assert "Customers stand here under pseudonyms" in done.stdout
    with (shop / "out" / "aside.csv").open(encoding="utf-8", newline="") as stream:
        aside = {row["reason"]: row for row in csv.DictReader(stream)}
    assert aside["bad_date"]["order_date"] == "xxxxxxxxxx xxx xxxx"
    made = Pseudonyms(KEY.encode())
    assert aside["bad_date"]["customer_id"] == made.of("Ullenstein Per")
    assert aside["wrong_columns"]["line"] == ""
    # the search does find customers where they are
    plain = report(cli, out="in")
    with pytest.raises(AssertionError, match="berg"):
        assert_nobody(shop / "in", plain.stdout)


@pytest.mark.long
def test_no_e_mail_address_stands_as_a_channel_a_product_or_a_country(
    cli: Callable[..., Run], tmp_path: Path
) -> None:
    """A shop has its advisers as channels, and sells "Ticket for ann@example.no"."""
    rows = [
        f"C{n},2024-0{n}-11,{n}0,liv@mailbox.test,Ticket for Per@mailbox.test,per@mailbox.test"
        for n in range(1, 9)
    ]
    text = "customer_id,order_date,amount,channel,product,country\n" + "\n".join(rows)
    (tmp_path / "orders.csv").write_text(f"{text}\nC9,2024-03-11,5,web,Tea,NO\n", encoding="utf-8")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    (tmp_path / "out").mkdir()
    given = ("report", "orders.csv", "--pseudonymise", "--key-file", "key", "--json", "-o", "out/r.xlsx")
    done = cli(*given, "--all-customers", "out/all.csv", "--lists", "out/lists")
    assert done.exit_code == 0, done.stderr
    assert_nobody(tmp_path / "out", done.stdout)
    with (tmp_path / "out" / "all.csv").open(encoding="utf-8", newline="") as handle:
        found = {(row["First channel"], row["First product"]) for row in csv.DictReader(handle)}
    made = Pseudonyms(KEY.encode())
    assert found == {
        ("web", "Tea"),
        (made.of("liv@mailbox.test"), f"Ticket for {made.of('per@mailbox.test')}"),
    }


def test_nothing_but_names_differs_from_a_plain_report(cli: Callable[..., Run], shop: Path) -> None:
    plain, hidden = (json.loads(report(cli, "--json", *more).stdout) for more in ((), HIDDEN))
    # sums are added up customer by customer, and pseudonyms stand in another order
    for name, figure in plain["figures"].items():
        for day, value in figure.items():
            expected = None if value is None else pytest.approx(value, rel=1e-12)
            assert hidden["figures"][name][day] == expected, name
    for name in ("rows", "account", "statuses"):
        strip = [{**line, "first_row": None} if name == "account" else line for line in plain[name]]
        assert [{**line, "first_row": None} if name == "account" else line for line in hidden[name]] == strip
    assert [item["code"] for item in hidden["warnings"]] == [
        "pseudonyms",
        *(w["code"] for w in plain["warnings"]),
    ]
    counts = {item["file"]: item["customers"] for item in plain["lists"]["files"]}
    assert {item["file"]: item["customers"] for item in hidden["lists"]["files"]} == counts
    assert hidden["lists"]["without_consent"] == plain["lists"]["without_consent"]
    assert hidden["lists"]["without_email"] > 0


@pytest.mark.long
def test_the_same_key_gives_the_same_pseudonyms_and_bytes_again(cli: Callable[..., Run], shop: Path) -> None:
    def written() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (shop / "out").rglob("*") if path.is_file()}

    report(cli, *HIDDEN)
    first = written()
    report(cli, *HIDDEN)
    assert written() == first
    (shop / "in" / "key").write_text("another key of enough letters", encoding="utf-8")
    assert report(cli, *HIDDEN).exit_code == 0
    assert written()["report.xlsx"] != first["report.xlsx"]


def test_a_pseudonym_is_a_keyed_hash_that_anybody_with_the_key_can_check() -> None:
    made = hmac.new(KEY.encode(), b"berg.anna@mailbox.test", hashlib.sha256).digest()
    pseudonym = Pseudonyms(KEY.encode()).of("Berg.Anna@Mailbox.test")
    assert pseudonym == "id-" + b32encode(made)[:16].decode().lower()
    assert KEY not in repr(Pseudonyms(KEY.encode()))


@pytest.mark.parametrize("command", ["check", "backtest"])
def test_the_commands_that_only_read_name_nobody_either(
    cli: Callable[..., Run], shop: Path, command: str
) -> None:
    file = "in/orders of Quillfeather Ola.csv"
    for more in ((), ("--json",), ("--strict",)):
        done = cli(command, file, *HIDDEN, *more, "--set-aside", "out/aside.csv")
        said = done.stdout + done.stderr
        # a message about the command's own argument names it as it was typed
        assert_nobody(shop / "out", said.replace("orders of Quillfeather Ola.csv", ""))


def test_names_of_files_in_a_folder_are_those_of_nobody(cli: Callable[..., Run], shop: Path) -> None:
    (shop / "in" / "Zimmerwald Kari.pdf").touch()
    done = cli("check", "in", "--column", "customer_id=Customer", *HIDDEN, "--skip-unreadable")
    assert done.exit_code == 0, done.stderr
    assert "Passed over: " in done.stdout
    assert not [name for name in NAMES if name in done.stdout.casefold()]


def test_an_error_quotes_no_customer(cli: Callable[..., Run], shop: Path) -> None:
    (shop / "in" / "bad.csv").write_text(
        "Customer;Date;Amount\nQuillfeather Ola;2025-01-01;Berg Anna at berg.anna@mailbox.test\n",
        encoding="utf-8",
    )
    done = cli("check", "in/bad.csv", *HIDDEN)
    assert done.exit_code == 3
    assert "quillfeather" not in done.stderr.casefold()
    assert "mailbox" not in done.stderr.casefold()
    assert "Quillfeather" in cli("check", "in/bad.csv").stderr


@pytest.mark.parametrize(
    "row",
    [
        "Quillfeather Ola,2025-01-01,Vossberg Liv",
        "Quillfeather Ola,Vossberg Liv,100",
        '"Quillfeather ""Bud"" Ola",2025-01-01,"Vossberg ""Bud"" Liv"',
    ],
)
def test_an_error_quotes_no_name_from_any_column(cli: Callable[..., Run], shop: Path, row: str) -> None:
    (shop / "in" / "bad.csv").write_text(f"Customer,Date,Amount\n{row}\n", encoding="utf-8")
    plain = cli("check", "in/bad.csv").stderr
    assert "Quillfeather" in plain
    assert "Vossberg" in plain
    done = cli("check", "in/bad.csv", *HIDDEN)
    assert done.exit_code == 3
    assert not [name for name in NAMES if name in done.stderr.casefold()]


def test_subscriptions_name_nobody(cli: Callable[..., Run], shop: Path) -> None:
    rows = ["customer;start;end;amount;plan"]
    rows += [f"Berg Anna {at};2024-0{at % 9 + 1}-01;;100;Basic" for at in range(30)]
    rows += ["Zimmerwald Kari;Zimmerwald;;10;Basic", "Berg.Anna@Mailbox.test;2024-01-01;;10;Basic"]
    rows += ["berg.anna@mailbox.test;2024-02-01;;10;Basic"]
    (shop / "in" / "subs.csv").write_text("\n".join(rows), encoding="utf-8")
    asked = ("subscriptions", "in/subs.csv", "--set-aside", "out/aside.csv", "-o", "out/subs.xlsx", "--json")
    done = cli(*asked, *HIDDEN)
    assert done.exit_code == 0, done.stderr
    assert_nobody(shop / "out", done.stdout)
    assert json.loads(done.stdout)["figures"] == json.loads(cli(*asked).stdout)["figures"]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--pseudonymise",), 2, "needs a key: name a file that holds it with --key-file, or set CLV_XL_KEY"),
        (("--key-file", "in/key"), 2, "without --pseudonymise"),
        (("--pseudonymise", "--key-file", "in/none"), 3, "the key cannot be read"),
        (("--pseudonymise", "--key-file", "in/short"), 2, "has 5 bytes, and 16 are the least"),
        (("--pseudonymise", "--key-file", "in/long"), 2, "longer than 4096 bytes, and no key"),
    ],
)
def test_without_a_proper_key_nothing_is_written(
    cli: Callable[..., Run], shop: Path, more: tuple[str, ...], code: int, words: str
) -> None:
    (shop / "in" / "short").write_text("12345\n", encoding="utf-8")
    (shop / "in" / "long").write_text("1" * 5000, encoding="utf-8")
    done = report(cli, *more)
    assert (done.exit_code, words in done.stderr) == (code, True), done.stderr
    assert not list((shop / "out").iterdir())


def test_the_key_may_stand_in_the_environment(
    cli: Callable[..., Run], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("check", "in/orders of Quillfeather Ola.csv", "--set-aside", "out/aside.csv")
    said = cli(*asked, *HIDDEN).stdout
    by_file = (shop / "out" / "aside.csv").read_bytes()
    monkeypatch.setenv("CLV_XL_KEY", KEY)
    assert cli(*asked, "--pseudonymise").stdout == said
    assert (shop / "out" / "aside.csv").read_bytes() == by_file
    with pytest.raises(UsageError, match="needs a key"):
        read_key(None, {"CLV_XL_KEY": "  "})


def test_the_key_is_never_written_over(cli: Callable[..., Run], shop: Path) -> None:
    done = cli("check", "in/orders of Quillfeather Ola.csv", *HIDDEN, "--set-aside", "in/key")
    assert done.exit_code == 2
    assert (shop / "in" / "key").read_text(encoding="utf-8").strip() == KEY


def test_columns_of_customer_data_that_tell_who_somebody_is_are_left_out(
    cli: Callable[..., Run], shop: Path
) -> None:
    rows = ["customer_id;Nickname;Level;Home page;Fødselsdato;Mobil"]
    rows += [
        f"Berg Anna {at};Zimmerwald{at};{'gold' if at % 2 else 'silver'};{at}@mailbox.test;1980-01-02;91357924"
        for at in range(20)
    ]
    (shop / "in" / "customers.csv").write_text("\n".join(rows), encoding="utf-8")
    done = report(cli, *HIDDEN)
    assert done.exit_code == 0, done.stderr
    assert_nobody(shop / "out", done.stdout)
    assert "are left out: Nickname, Home page, Fødselsdato, Mobil." in done.stdout


@pytest.mark.long
def test_a_refreshed_template_names_nobody(cli: Callable[..., Run], shop: Path) -> None:
    header, *rows = (line.split(";") for line in ORDERS.splitlines() if line.count(";") == 6)
    titles, *data = (line.split(";") for line in CUSTOMERS.splitlines())
    template(shop / "in" / "filled.xlsx", rows, order_header=header, customers=data, customer_header=titles)
    done = cli("refresh", "in/filled.xlsx", "-o", "out/report.xlsx", *HIDDEN)
    assert done.exit_code == 0, done.stderr
    assert_nobody(shop / "out", done.stdout)


def test_texts_remember_what_they_were_made_of_under_pseudonyms() -> None:
    from clv_xl.said import ENGLISH, in_language, reworded

    text = reworded(say("{who} left", who="Anna"), str, lambda text: text.replace("Anna", "id-1"))
    assert (text, in_language(text, ENGLISH)) == ("id-1 left", "id-1 left")


# ------------------------------------------------------------------ names in any column

PEOPLE = ("Zoraida Quill", "Yngvar Plomm", "Xenia Wrobel", "Wilmar Unseld")
WRITTEN = {
    "names": lambda person, _: person,
    "numbered": lambda person, at: f"{person} {at}",
    "behind a number": lambda person, at: f"{at} {person}",
    "addresses": lambda person, at: (
        f"{(person.upper() if at % 2 else person).replace(' ', '.')}@mailbox.test"
    ),
    "once": lambda person, at: person if at == 7 else "",
}


def told_of(connection: duckdb.DuckDBPyConnection, path: Path, **said: Any) -> str:
    """All that is said of a file, whether it is read or refused."""
    try:
        intake = load_orders(
            connection, [path], options=ReadOptions(pseudonyms=Pseudonyms(KEY.encode()), **said)
        )
    except ClvXlError as error:
        return str(error)
    account = json.dumps(as_data(intake), ensure_ascii=False, default=str)
    aside = connection.execute("SELECT customer_id, order_date, amount, line FROM set_aside").fetchall()
    return f"{in_words(intake, detail=True)}\n{account}\n{aside}"


def assert_no_name_is_told(
    folder: Path, written: str, said: dict[str, Any], read_as: Sequence[dict[str, str]]
) -> None:
    path = folder / "orders.csv"
    rows = ["Kundnr;Datum;Belopp;Order;Namn;Status;Valuta;Antal;Pris"]
    for at in range(12):
        name = WRITTEN[written](PEOPLE[at % 4], at)
        rows.append(f"K{at % 5};2025-01-{at + 1:02};{100 + at};{at // 2};{name};paid;SEK;1;{100 + at}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for columns in read_as:
            text = told_of(connection, path, columns=columns, **said).casefold()
            assert not [part for part in " ".join(PEOPLE).casefold().split() if part in text], columns


@pytest.mark.long
@pytest.mark.parametrize("said", [{}, {"statuses": {"On the moon": "sale"}}, {"strict": True}], ids=str)
@pytest.mark.parametrize("written", WRITTEN)
def test_no_name_is_told_whatever_column_it_is_read_as(
    tmp_path: Path, written: str, said: dict[str, Any]
) -> None:
    read_as = [{role: "Namn", **more} for role in NAMED for more in ({}, {"customer_id": "Namn"})]
    assert_no_name_is_told(tmp_path, written, said, read_as)


@pytest.mark.parametrize("role", ["status", "currency", "order_id"])
def test_no_name_is_told_as_a_status_a_currency_or_an_order(tmp_path: Path, role: str) -> None:
    said = {"statuses": {"On the moon": "sale"}} if role == "status" else {}
    assert_no_name_is_told(tmp_path, "names", said, [{role: "Namn"}])


@pytest.mark.parametrize(
    "header",
    [
        "Wer;Wann;Wieviel;Was",
        "",
        *(f"Kund;Datum;Belopp;{name}" for name in ("Betald", "Typ", "Rabatt", "Moms")),
    ],
)
@pytest.mark.one_in(3)
def test_no_name_is_told_below_headers_that_are_not_understood(tmp_path: Path, header: str) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"K{at % 5};2025-01-{at + 1:02};{100 + at};{PEOPLE[at % 4]} {at}" for at in range(12)]
    path.write_text("\n".join([*filter(None, [header]), *rows, ""]), encoding="utf-8")
    with duckdb.connect() as connection:
        text = told_of(connection, path).casefold()
    assert not [part for part in " ".join(PEOPLE).casefold().split() if part in text]


def test_known_statuses_are_told_and_others_counted(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "Kund;Datum;Belopp;Status\nA;2025-01-02;10;paid\nB;2025-01-03;20;Zoraida\nC;2025-01-03;30;Yngvar\n",
        encoding="utf-8",
    )
    with duckdb.connect() as connection:
        text = told_of(connection, path)
        assert "paid" in text
        assert "(2 not shown)" in text
        refused = told_of(connection, path, statuses={"Xenia": "sale"})
    assert refused.endswith('Statuses found: "paid", and 2 not shown.')


def test_the_note_on_capitals_quotes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("E-post;Datum;Belopp\na@b.se;2025-01-02;10\nA@b.se;2025-01-03;20\n", encoding="utf-8")
    with duckdb.connect() as connection:
        text = told_of(connection, path)
    assert "1 e-mail address is spelled with capitals here and without there. Each is one customer." in text
