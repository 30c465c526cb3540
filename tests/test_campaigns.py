"""``--lists``: a CSV list a segment and view, in a folder where nothing of anybody else is ever touched."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import json
import os
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.errors import OutputError, UsageError
from clv_xl.metrics.segments import SEGMENTS
from clv_xl.orders.contacts import contacts_of
from clv_xl.report.language import speaker_of
from clv_xl.sample import write_sample
from clv_xl.workbook import list_folder
from clv_xl.workbook.list_folder import MANIFEST, ListFolder
from tests.filled import template
from tests.oracle import Shop, counted_lines
from tests.reading import Workbook
from tests.shops import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

COLUMNS = [
    "customer_id", "email", "orders", "amount", "currency", "last_order", "days_since_last_order", "segment",
    "activity", "p_alive", "predicted_clv", "next_order_expected", "days_overdue",
]  # fmt: skip
VIEWS = {
    "view-often-but-small.csv",
    "view-seldom-but-large.csv",
    "view-inactive-3-to-6-months.csv",
    "view-due-now.csv",
    "view-overdue.csv",
}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def orders_file(folder: Path, *rows: str) -> Path:
    path = folder / "orders.csv"
    path.write_text("customer_id,order_date,amount\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


SMALL = ("anna@x.se,2024-01-05,100", "B-2,2024-02-06,60.50", "anna@x.se,2024-03-07,9.90", "C-3,2023-11-01,20")


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.long
def test_every_list_holds_who_belongs_there(tmp_path: Path, cli: Callable[..., Run]) -> None:
    """Members and figures from the rows of the orders, the report's own pages, and the customer file."""
    shop = write_sample(tmp_path / "shop", customers=400)
    folder = tmp_path / "lists"
    done = cli(
        "report", shop.orders_file, "--parameters", shop.parameters_file, "--customers", shop.customers_file,
        "--lists", folder, "-o", "report.xlsx", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)["lists"]
    lists = {path.name: read(path) for path in folder.glob("*.csv")}
    assert {item["file"]: item["customers"] for item in told["files"]} == {
        name: len(rows) for name, rows in lists.items()
    }
    with shop.customers_file.open(encoding="utf-8", newline="") as handle:
        people = {row["customer_id"]: row for row in csv.DictReader(handle)}
    history = Shop(counted_lines(read_orders(shop.orders_file)))
    as_of = history.newest
    customers = history.customers(as_of)
    willing = {one for one in customers if people.get(one, {}).get("consent") == "yes"}
    assert told["without_consent"] == len(customers) - len(willing) > 0
    assert told["consent_columns"] == ["consent"]
    book = {row["Customer"]: row for row in Workbook(tmp_path / "report.xlsx").table_rows("customers")}
    segments: dict[str, set[str]] = defaultdict(set)
    for one in willing:
        segments[str(book[one]["Segment"])].add(one)
    for item in told["files"]:
        rows = lists[item["file"]]
        if item["file"].startswith("segment-"):
            assert {row["customer_id"] for row in rows} == segments[item["title"]], item
        for row in rows:
            one, shown = customers[row["customer_id"]], book[row["customer_id"]]
            last = max(one.days)
            assert row["email"] == people[row["customer_id"]]["email"]
            assert int(row["orders"]) == one.orders
            assert Decimal(row["amount"]) == one.amount.quantize(Decimal("0.01"))
            assert row["last_order"] == last.isoformat()
            assert int(row["days_since_last_order"]) == (as_of - last).days
            assert float(row["predicted_clv"]) == pytest.approx(shown["Predicted CLV"], abs=0.0051)
            assert (row["days_overdue"] or None) == (
                str(round(shown["Days overdue"])) if shown["Days overdue"] is not None else None
            )
    assert set(lists) >= VIEWS
    quiet = {
        one for one in willing if dt.date(2025, 6, 30) < max(customers[one].days) <= dt.date(2025, 9, 30)
    }
    assert as_of == dt.date(2025, 12, 31)
    assert {row["customer_id"] for row in lists["view-inactive-3-to-6-months.csv"]} == quiet
    for row in lists["view-due-now.csv"]:
        assert as_of <= dt.date.fromisoformat(row["next_order_expected"]) <= as_of + dt.timedelta(days=30)
    overdue = {one for one in willing if book[one]["Days overdue"] is not None}
    assert {row["customer_id"] for row in lists["view-overdue.csv"]} == overdue


def test_lists_of_a_small_shop(tmp_path: Path, cli: Callable[..., Run]) -> None:
    """Empty lists have their header, an id that is an address is one, and what cannot be predicted is said."""
    orders, folder = orders_file(tmp_path, *SMALL), tmp_path / "lists"
    done = cli("report", orders, "--lists", folder, "--set", "currency=SEK")
    assert done.exit_code == 0, done.stderr
    assert f"lists written to {folder}" in done.stdout
    assert "Nothing can be predicted" in done.stdout
    assert "Of 2 customers on the lists no e-mail address is known" in done.stdout
    lists = {path.name: read(path) for path in folder.glob("*.csv")}
    assert set(lists) >= VIEWS
    assert lists["view-overdue.csv"] == []
    found = {
        row["customer_id"]: row for name, rows in lists.items() if name.startswith("seg") for row in rows
    }
    assert found["anna@x.se"]["email"] == "anna@x.se"
    assert found["B-2"]["email"] == ""
    assert list(found["anna@x.se"].values())[2:7] == ["2", "109.90", "SEK", "2024-03-07", "0"]
    assert [row["customer_id"] for row in lists["view-inactive-3-to-6-months.csv"]] == ["C-3"]
    first = held(folder)
    assert cli("report", orders, "--lists", folder, "--set", "currency=SEK").exit_code == 0
    assert held(folder) == first


def test_lists_follow_the_language_of_the_report(tmp_path: Path, cli: Callable[..., Run]) -> None:
    """Segments and headings as in the report beside them; what imports are set up by stays."""
    orders, folder = orders_file(tmp_path, *SMALL), tmp_path / "lists"
    assert cli("report", orders, "--lists", folder, "--language", "sv").exit_code == 0
    assert VIEWS | {"segment-champions.csv"} <= set(held(folder))
    texts = [path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("segment-*.csv"))]
    assert {lines[0] for lines in texts} == {
        (
            "customer_id,email,Ordrar,Belopp,Valuta,Senaste order,Dagar sedan senaste order,Segment,Aktivitet,"
            "P(alive),CLV-prognos,Nästa förväntade order,Dagar försenad"
        )
    }
    (anna,) = (line.split(",") for lines in texts for line in lines if line.startswith("anna@x.se"))
    assert anna[8] in {"aktiva", "inaktiva", "ambassadörer"}
    assert anna[7] in {speaker_of("sv").text(segment.name) for segment in SEGMENTS}


def test_an_address_beside_the_id_is_on_the_lists(tmp_path: Path, cli: Callable[..., Run]) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "Kundenr;E-post;Ordrenr;Dato;Beløp\n"
        "77;old@x.dk;1;2024-01-05;100,00\n77;New@x.dk;2;2024-03-05;200,00\n78;;3;2024-03-06;50,00\n"
        "78;no address;4;2024-03-07;50,00\n",
        encoding="utf-8",
    )
    done = cli("report", orders, "--lists", tmp_path / "lists", "--set", "currency=DKK")
    assert "Of 1 customer on the lists no e-mail address is known" in done.stdout
    rows = [row for file in (tmp_path / "lists").glob("segment-*.csv") for row in read(file)]
    assert {row["customer_id"]: row["email"] for row in rows} == {"77": "new@x.dk", "78": ""}
    hidden = cli(
        "report", orders, "--lists", tmp_path / "nobody", "--pseudonymise", "--key-file", key_file(tmp_path)
    )
    assert hidden.exit_code == 0
    assert not any("@" in file.read_text(encoding="utf-8") for file in (tmp_path / "nobody").glob("*.csv"))


ASKED = (
    "ann@x.se,2024-01-05,100,yes",
    "ann@x.se,2024-02-05,100,no",  # the newest order wins
    "bo@x.se,2024-01-05,100,no",
    "bo@x.se,2024-02-06,100,yes",
    "cia@x.se,2024-02-07,100,perhaps",
    "dan@x.se,2024-02-08,100,",
)


def listed_customers(folder: Path) -> set[str]:
    lines = [
        line for path in folder.glob("segment-*.csv") for line in path.read_text("utf-8-sig").splitlines()[1:]
    ]
    return {line.partition(",")[0] for line in lines}


def test_the_newest_order_says_who_may_be_written_to(tmp_path: Path, cli: Callable[..., Run]) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "\n".join(["customer_id,order_date,amount,Accepts Marketing", *ASKED, ""]), encoding="utf-8"
    )
    done = cli("report", orders, "--lists", tmp_path / "lists")
    assert listed_customers(tmp_path / "lists") == {"bo@x.se"}
    assert '3 customers are left out of the lists: "Accepts Marketing" does not say' in done.stdout
    assert 'In "Accepts Marketing" 1 cell is neither yes nor no' in done.stdout
    hidden = (*("--pseudonymise", "--key-file"), key_file(tmp_path))
    cli("report", orders, "--lists", tmp_path / "nobody", *hidden, "-o", tmp_path / "nobody.xlsx")
    assert len(listed_customers(tmp_path / "nobody")) == 1


def test_the_customer_data_say_who_may_be_written_to_before_the_orders(
    tmp_path: Path, cli: Callable[..., Run]
) -> None:
    orders, customers = tmp_path / "orders.csv", tmp_path / "customers.csv"
    orders.write_text(
        "\n".join(["customer_id,order_date,amount,Accepts Marketing", *ASKED, ""]), encoding="utf-8"
    )
    customers.write_text("customer_id,consent\ndan@x.se,yes\n", encoding="utf-8")
    done = cli("report", orders, "--customers", customers, "--lists", tmp_path / "lists")
    assert listed_customers(tmp_path / "lists") == {"dan@x.se"}
    assert '"Accepts Marketing" of the orders is not used' in done.stdout


def test_two_columns_of_consent_among_the_orders_are_not_read_and_that_is_told(
    tmp_path: Path, cli: Callable[..., Run]
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "customer_id,order_date,amount,Accepts Marketing,Unsubscribed\na@x.se,2024-01-05,100,no,no\n",
        encoding="utf-8",
    )
    done = cli("report", orders, "--lists", tmp_path / "lists")
    told = (
        '"Accepts Marketing" and "Unsubscribed" of the orders may say who may be written to, and is not read'
    )
    assert told in done.stdout


def key_file(folder: Path) -> Path:
    path = folder / "key.txt"
    path.write_text("0123456789abcdef0123456789abcdef", encoding="utf-8")
    return path


def test_nordic_lists_and_dangerous_names(tmp_path: Path, cli: Callable[..., Run]) -> None:
    orders = orders_file(tmp_path, '"=cmd|x",2024-01-05,1234.5', '"a;=1+1",2024-02-06,-3')
    done = cli("report", orders, "--lists", tmp_path / "lists", "--list-format", "nordic")
    assert done.exit_code == 0, done.stderr
    texts = [path.read_bytes() for path in sorted((tmp_path / "lists").glob("segment-*.csv"))]
    assert all(text.startswith(b"\xef\xbb\xbfcustomer_id;email;orders;amount;") for text in texts)
    lines = [line for text in texts for line in text.decode("utf-8-sig").splitlines()[1:]]
    assert any(line.startswith("'=cmd|x;;1;1234,50;") for line in lines)
    assert not any(line.startswith(("=", '"=')) or ";=" in line for line in lines)


@pytest.mark.parametrize(
    ("header", "texts", "willing"),
    [
        ("consent", ["yes", "no", "", "perhaps"], "a"),
        ("Samtycke (e-post)", ["Ja", "NEJ", " ", "1"], "ad"),
        ("Markedsføringssamtykke", ["sant", "usann", "", "ja"], "ad"),
        ("Nyhedsbrev", ["1", "0", "", "nej"], "a"),
        ("accepts_marketing", ["TRUE", "FALSE", "", "true"], "ad"),
        ("Unsubscribed", ["yes", "no", "", "?"], "bc"),
        ("Consent date", ["2024-01-01", "", "", ""], "abcd"),
        ("SMS consent", ["no", "no", "no", "no"], "abcd"),
    ],
)
def test_only_an_explicit_yes_is_consent(header: str, texts: list[str], willing: str) -> None:
    rows = [[customer, text] for customer, text in zip("abcd", texts, strict=True)]
    found = contacts_of(["customer_id", header], list("abcd"), rows)
    assert found.consent_headers == ((header,) if willing != "abcd" else ())
    assert "".join(sorted(found.willing)) == willing


def test_of_two_rows_and_two_columns_every_one_must_say_yes() -> None:
    headers = ["id", "consent", "newsletter"]
    rows = [["a", "yes", "yes"], ["a", "no", "yes"], ["b", "yes", "no"], ["c", "yes", "ja"]]
    assert contacts_of(headers, ["a", "a", "b", "c"], rows).willing == {"c"}


def test_who_gave_no_consent_is_left_out_and_counted(tmp_path: Path, cli: Callable[..., Run]) -> None:
    """A customer whom the customer file does not know has not said yes; addresses come from its column."""
    people = tmp_path / "people.csv"
    people.write_text("Kundnr;E-post;Samtycke\nB-2;bo@x.se;ja\nC-3;c@x.se;kanske\n", encoding="utf-8")
    folder = tmp_path / "lists"
    done = cli("report", orders_file(tmp_path, *SMALL), "--customers", people, "--lists", folder)
    assert done.exit_code == 0, done.stderr
    assert '2 customers are left out of the lists: "Samtycke" does not say' in done.stdout
    assert "1 cell is neither yes nor no" in done.stdout
    rows = [row for path in folder.glob("segment-*.csv") for row in read(path)]
    assert [(row["customer_id"], row["email"]) for row in rows] == [("B-2", "bo@x.se")]


def lists(*names: str, text: str = "a") -> dict[str, bytes]:
    return {f"{name}.csv": f"id\n{text}\n".encode() for name in names}


def test_a_file_of_somebody_else_is_never_touched(tmp_path: Path, cli: Callable[..., Run]) -> None:
    folder, orders = tmp_path / "lists", orders_file(tmp_path, *SMALL)
    folder.mkdir()
    (folder / "view-overdue.csv").write_text("mine\n", encoding="utf-8")
    before = held(folder)
    done = cli("report", orders, "--lists", folder)
    assert done.exit_code == 2
    assert "view-overdue.csv: is there already and is no list of clv_xl's" in done.stderr
    assert held(folder) == before
    assert not (tmp_path / "report.xlsx").exists()


def test_a_list_that_somebody_changed_is_theirs(tmp_path: Path) -> None:
    ListFolder(tmp_path).write(lists("one", "two"), b"id\n")
    (tmp_path / "notes.txt").write_text("mine\n", encoding="utf-8")
    ListFolder(tmp_path).write(lists("one", "two", text="b"), b"id\n")
    assert (tmp_path / "two.csv").read_bytes() == b"id\nb\n"
    (tmp_path / "two.csv").write_bytes(b"id\nb\none of my own\n")
    before = held(tmp_path)
    with pytest.raises(UsageError, match=r"two\.csv: is there already and has been changed since"):
        ListFolder(tmp_path).write(lists("one", "two"), b"id\n")
    assert held(tmp_path) == before
    # one that is no longer made stays as somebody has made it
    assert ListFolder(tmp_path).write(lists("one"), b"id\n") == ()
    assert (tmp_path / "two.csv").read_bytes() == before["two.csv"]


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    folder, target = tmp_path / "lists", tmp_path / "mine.csv"
    ListFolder(folder).write(lists("one"), b"id\n")
    target.write_bytes((folder / "one.csv").read_bytes())
    (folder / "one.csv").unlink()
    (folder / "one.csv").symlink_to(target)
    with pytest.raises(UsageError, match=r"one\.csv: is there already"):
        ListFolder(folder).write(lists("one", text="b"), b"id\n")
    assert target.read_bytes() == b"id\na\n"


def test_a_list_that_is_no_longer_made_is_emptied(tmp_path: Path) -> None:
    ListFolder(tmp_path).write(lists("segment-vara-kunder", "two"), b"id\n")
    assert ListFolder(tmp_path).write(lists("two"), b"id\n") == ("segment-vara-kunder.csv",)
    assert (tmp_path / "segment-vara-kunder.csv").read_bytes() == b"id\n"


def test_a_full_disk_leaves_every_list_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ListFolder(tmp_path).write(lists("one", "two", "three"), b"id\n")
    real, written = list_folder.atomic_file, []

    def failing(path: Path) -> Any:
        written.append(path)
        if len(written) == 4:
            raise OutputError(f"{path}: the disk is full.")
        return real(path)

    monkeypatch.setattr(list_folder, "atomic_file", failing)
    with pytest.raises(OutputError):
        ListFolder(tmp_path).write(lists("one", "two", "three", text="b"), b"id\n")
    monkeypatch.undo()
    assert {name: text for name, text in held(tmp_path).items() if name != MANIFEST} == lists(
        "one", "two", "three"
    )
    ListFolder(tmp_path).write(lists("one", "two", "three", text="c"), b"id\n")


def test_a_run_that_breaks_off_leaves_nothing_that_the_next_one_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ListFolder(tmp_path).write(lists("one", "two", "three"), b"id\n")
    real, placed = os.replace, []

    def failing(*paths: Path) -> None:
        placed.append(paths)
        if len(placed) == 4:
            raise OSError(errno.EACCES, "the folder was taken away")
        real(*paths)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OutputError):
        ListFolder(tmp_path).write(lists("one", "two", "three", text="b"), b"id\n")
    monkeypatch.undo()
    # two are new, one is old, each whole
    assert sorted(text for name, text in held(tmp_path).items() if name != MANIFEST) == [
        b"id\na\n", b"id\nb\n", b"id\nb\n",
    ]  # fmt: skip
    ListFolder(tmp_path).write(lists("one", "two", "three", text="c"), b"id\n")
    assert {name: text for name, text in held(tmp_path).items() if name != MANIFEST} == lists(
        "one", "two", "three", text="c"
    )


@pytest.mark.parametrize(
    ("name", "code"), [("a-file", 4), ("missing/lists", 4), ("x" * 300, 4), ("foreign", 2)]
)
def test_a_folder_that_cannot_be_used_is_said_before_any_work(
    tmp_path: Path, cli: Callable[..., Run], name: str, code: int
) -> None:
    (tmp_path / "a-file").write_text("x", encoding="utf-8")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / MANIFEST).write_text('{"files": 3}', encoding="utf-8")
    done = cli("report", orders_file(tmp_path, *SMALL), "--lists", tmp_path / name)
    assert done.exit_code == code
    assert name.split("/", maxsplit=1)[0] in done.stderr
    assert not (tmp_path / "report.xlsx").exists()


@pytest.mark.long
def test_a_list_that_is_read_is_not_written_over(tmp_path: Path, cli: Callable[..., Run]) -> None:
    folder, orders = tmp_path / "lists", orders_file(tmp_path, *SMALL)
    assert cli("report", orders, "--lists", folder).exit_code == 0
    read_too = folder / "segment-champions.csv"
    before = held(folder)
    done = cli("report", orders, "--customers", read_too, "--lists", folder)
    assert done.exit_code == 2
    assert "is read or written by this command already" in done.stderr
    assert held(folder) == before


def test_a_filled_template_gives_the_same_lists(tmp_path: Path, cli: Callable[..., Run]) -> None:
    rows: list[list[object]] = [
        ["anna@x.se", dt.date(2024, 1, 5), 100.0, "1", None],
        ["B-2", dt.date(2024, 2, 6), 60.5, "2", None],
    ]
    filled = template(
        tmp_path / "filled.xlsx", rows, customers=[["B-2", "yes"]], customer_header=["customer_id", "consent"]
    )
    done = cli("refresh", filled, "--lists", tmp_path / "lists", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["lists"]["without_consent"] == 1
    people = [row["customer_id"] for path in (tmp_path / "lists").glob("segment-*.csv") for row in read(path)]
    assert people == ["B-2"]
