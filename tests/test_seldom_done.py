"""What a running Excel, Spark or a process of its own seldom answers: a quick look at each, with stand-ins."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.engines import opened
from clv_xl.engines.wanted import Engine
from clv_xl.errors import InputError, UsageError
from clv_xl.excel.answers import CellError
from clv_xl.excel.officejs import LITE, SERVER
from clv_xl.excel.refresh import _Told
from clv_xl.models import Nbd
from clv_xl.models.fit import Fit
from clv_xl.orders import OrderRules, ReadOptions
from clv_xl.orders.csv_text import _records
from clv_xl.orders.kinds import limited
from clv_xl.orders.kinds.given import SparkTable
from clv_xl.report.pages.fitted import fitted_parameters
from clv_xl.report.subscriptions.quality import _account
from clv_xl.report.told_past import period_misses, signed_percent
from clv_xl.workbook.sheet import Area, ConditionalFormat
from clv_xl.workbook.xlwings_writer import filters, rules
from clv_xl.workbook.xlwings_writer.open_book import cell_named, is_manual

if TYPE_CHECKING:
    from pathlib import Path

# --- a running Excel -----------------------------------------------------------------------------------------


class Calls:
    """Remember what was called on it."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **more: self.made.append((name, *given, *more.values()))


def _filter(kind: str, **more: Any) -> SimpleNamespace:
    empty = dict.fromkeys(("values", "operator", "value1", "value2", "count", "percent"))
    return SimpleNamespace(type=kind, **empty | more)


@pytest.mark.parametrize(
    ("condition", "call"),
    [
        (_filter("values", values=["a"]), ("apply_values", 2, ["a"])),
        (_filter("comparison", operator=">", value1=3), ("apply_comparison", 2, ">", 3, None)),
        (_filter("top_items", count=3), ("apply_top_items", 2, 3)),
        (_filter("bottom_items", count=3), ("apply_bottom_items", 2, 3)),
        (_filter("top_percent", percent=0), ("apply_top_percent", 2, 0)),
        (_filter("bottom_percent", percent=5), ("apply_bottom_percent", 2, 5)),
        (_filter("colour"), None),
        (_filter("values"), None),
    ],
)
def test_a_filter_of_every_kind_is_set_again_or_told(condition: Any, call: tuple[Any, ...] | None) -> None:
    taken = Calls()
    cells = SimpleNamespace(options=lambda **_: SimpleNamespace(value=["Customer", "Segment"]))
    table = SimpleNamespace(autofilter=taken)
    table.range = type("Range", (), {"__getitem__": lambda self, at: cells})()
    book = SimpleNamespace(sheets={"List": SimpleNamespace(tables={"customers": table})})
    lost = filters.put_filters_back(book, [filters.TakenFilter("List", "customers", "Segment", condition)])
    assert taken.made == ([] if call is None else [call])
    told = 'The filter on "Segment" of List was taken off; set it again.'
    assert lost == ([told] if call is None else [])


def test_a_name_without_a_cell_stands_for_none() -> None:
    class Broken:
        @property
        def refers_to_range(self) -> Any:
            raise ValueError("#REF!")

    assert cell_named(SimpleNamespace(names={"as_of": Broken()}), "as_of") is None
    assert cell_named(SimpleNamespace(names={}), "as_of") is None


def test_an_excel_that_does_not_say_when_it_calculates_is_not_asked_to() -> None:
    class App:
        @property
        def calculation(self) -> str:
            raise NotImplementedError

    assert not is_manual(SimpleNamespace(app=App()))
    assert is_manual(SimpleNamespace(app=SimpleNamespace(calculation="manual")))


@pytest.mark.parametrize(
    ("figures", "ends"), [([1, 2, 9, 9], [1, 9]), ([1, 5, 7, 9], [1, 7, 9]), ([1, 9, 9, 9], [1, 5, 9])]
)
def test_a_scale_over_several_areas_has_ends_that_rise(figures: list[float], ends: list[float]) -> None:
    colours = ("FFFFFF", "808080", "000000")[: len(ends)]
    areas = (Area(1, 1, 1, 2), Area(3, 1, 3, 2))
    rule = ConditionalFormat("scale", areas[0], colours, more=areas[1:])
    places = [(1, 1), (1, 2), (3, 1), (3, 2)]
    page = SimpleNamespace(
        cells=[SimpleNamespace(row=r, column=c, value=v) for (r, c), v in zip(places, figures, strict=True)]
    )
    laid = Calls()
    sheet = SimpleNamespace(range=lambda *_: SimpleNamespace(conditional_formats=laid))
    rules._add_scale(sheet, rule, page)
    assert laid.made == [("add_color_scale", [f"#{colour}" for colour in colours], ends, "number")] * 2


def _book(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(app=SimpleNamespace(engine=SimpleNamespace(type="remote")), names={}, **more)


def test_a_workbook_without_a_status_is_none_of_ours() -> None:
    with pytest.raises(InputError, match="was not made from the template"):
        _Told(_book())


def test_what_is_queued_for_an_excel_elsewhere_is_taken_back() -> None:
    queue = {"actions": [1, 2, 3]}
    told = object.__new__(_Told)
    told._book, told._remote = _book(json=lambda: queue), True
    assert told.mark() == 3
    told.take_back(1)
    assert queue == {"actions": [1]}


def test_errors_reach_an_excel_that_runs_javascript_with_their_reason() -> None:
    from xlwings import XlwingsError

    with pytest.raises(XlwingsError, match=r"^#NUM! Too many\.$"):
        SERVER.alone(CellError("#NUM!", "Too many."))
    with pytest.raises(XlwingsError, match=r"^No number\.$"):
        LITE.alone(CellError("#VALUE!", "No number."))
    assert LITE.alone(CellError("#N/A", "No orders.")) == "#N/A"


# --- Spark ---------------------------------------------------------------------------------------------------


def test_a_table_of_spark_has_to_be_named() -> None:
    assert not opened.is_in_place(None, [])
    with (
        duckdb.connect() as here,
        pytest.raises(UsageError, match=r"spark: names no table"),
        opened.in_place(Engine("spark"), here, SparkTable(), ReadOptions(), OrderRules(), lists_all=False),
    ):
        pass
    with (
        duckdb.connect() as here,
        pytest.raises(InputError, match="is in no engine"),
        opened.in_place(Engine("spark"), here, "orders.csv", ReadOptions(), OrderRules(), lists_all=False),
    ):
        pass


class Refusal(Exception):  # noqa: N818  # as Spark's own
    def getMessage(self) -> str:
        return str(self)


class Session:
    """A session of Spark, and what builds one."""

    running: Any = None
    refuses = ""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {"spark.sql.session.timeZone": "UTC"}
        self.sparkContext = Calls()
        self.conf = SimpleNamespace(get=self.asked.__getitem__, set=self.asked.__setitem__)
        self.ended = False

    def stop(self) -> None:
        self.ended = True


class Builder:
    made: list[tuple[str, ...]]

    def __getattr__(self, name: str) -> Any:
        def ask(*given: str) -> Builder:
            self.made.append((name, *given))
            return self

        return ask

    def getOrCreate(self) -> Any:
        if Session.refuses:
            raise Refusal(Session.refuses)
        return Session.running or Session()


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> type[Session]:
    errors, sql = ModuleType("pyspark.errors"), ModuleType("pyspark.sql")
    errors.PySparkException = Refusal
    Builder.made = []
    sql.SparkSession = SimpleNamespace(getActiveSession=lambda: Session.running, builder=Builder())
    for name, module in {
        "pyspark": ModuleType("pyspark"),
        "pyspark.errors": errors,
        "pyspark.sql": sql,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(Session, "running", None)
    monkeypatch.setattr(Session, "refuses", "")
    return Session


def test_a_session_of_spark_is_begun_and_ended(spark: type[Session]) -> None:
    with opened._spark_session(Engine("spark", "local[2]"), "Europe/Oslo") as session:
        assert session.asked["spark.sql.session.timeZone"] == "Europe/Oslo"
    assert session.ended
    assert ("master", "local[2]") in Builder.made
    with opened._spark_session(Engine("spark", "sc://host:1"), None):
        assert ("remote", "sc://host:1") in Builder.made


def test_a_session_of_the_program_stays_as_it_was(
    spark: type[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "running", spark())
    with opened._spark_session(Engine("spark"), "Europe/Oslo") as session:
        assert session.asked["spark.sql.session.timeZone"] == "Europe/Oslo"
    assert not session.ended
    assert session.asked["spark.sql.session.timeZone"] == "UTC"


def test_what_spark_refuses_is_told(spark: type[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "refuses", "JAVA_HOME is not set.\nmore")
    with (
        pytest.raises(InputError, match=r"^Spark refuses \(JAVA_HOME is not set\)\. .* needs Java 17"),
        opened._spark_session(Engine("spark"), None),
    ):
        pass
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with (
        pytest.raises(UsageError, match='needs the extra "spark"'),
        opened._spark_session(Engine("spark"), None),
    ):
        pass


# --- a process of its own ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said", "late", "words"),
    [
        (-24, "", False, "takes more than 20 s to open"),
        (-9, "", True, "gives no answer within 60 s"),
        (1, "MemoryError", False, "takes more than 384 MB of memory"),
        (1, "Traceback", False, "cannot be read: opening it makes the reader fail"),
    ],
)
def test_how_a_reader_came_to_its_end(code: int, said: str, late: bool, words: str) -> None:
    reader = limited.LimitedReader("a.xlsx", limited.Allowance(384 << 20, 20, 60), "")
    reader._process = SimpleNamespace(kill=lambda: None, wait=lambda: code, stderr=io.StringIO(said))
    reader._listener = SimpleNamespace(join=lambda: None)
    reader._said, reader._late = [], late
    reader._listen()
    assert reader._ending().startswith(words)


def test_a_workbook_of_more_sheets_than_are_read_is_only_named(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.create_sheet("Second")["A1"] = "x"
    book.save(tmp_path / "book.xlsx")
    with limited.LimitedReader("book.xlsx", limited.Allowance(512 << 20, 20, 60), "") as reader:
        details = {"path": str(tmp_path / "book.xlsx"), "as_bytes": False, "folder": str(tmp_path)}
        both = {"names": ["Sheet", "Second"], "sheets": []}
        assert reader.ask("workbook", sheet=None, most=1, **details) == both
        read = reader.ask("workbook", sheet="Second", most=1, **details)["sheets"]
        assert [(sheet["title"], sheet["size"]["rows"]) for sheet in read] == [("Second", 1)]
        assert reader.ask("workbook", sheet="Sheet", most=9, **details)["sheets"] == []


def test_a_field_without_end_is_no_record() -> None:
    assert _records('a;b\n"' + "x" * 200_000, ";", cut=False) == [["a", "b"]]


# --- the report ----------------------------------------------------------------------------------------------


def test_orders_alone_are_missed_by_so_much_in_each_period() -> None:
    score = SimpleNamespace(orders=SimpleNamespace(bias=0.25), amount=None)
    test = SimpleNamespace(score=lambda name: score)
    past = SimpleNamespace(tests=[test, test], methods=["BG/NBD"], has_amounts=False)
    assert period_misses(past, "BG/NBD") == "BG/NBD, total of each period, oldest first: orders +25%, +25%."
    assert period_misses(past, "other") == ""
    assert signed_percent(float("nan")) == ""


def test_parameters_of_a_model_without_amounts() -> None:
    def material(choice: Any) -> Any:
        outlook = SimpleNamespace(choice=choice, spend=None)
        past = SimpleNamespace(methods=())
        return SimpleNamespace(prediction=SimpleNamespace(outlook=outlook, past=past))

    assert fitted_parameters(material(None)) == []
    fit = Fit(Nbd(0.9, 4.0, time_unit="weeks"), -1.0, 2.0, 1.0, None)
    choice = SimpleNamespace(name="NBD", fit=fit, compared=(("NBD", -1.0),))
    table = fitted_parameters(material(choice))[0]
    assert [str(row[0]) for row in table.rows] == ["Orders: NBD"] * 2


def test_amounts_of_several_currencies_are_not_added_up() -> None:
    lines = [
        SimpleNamespace(
            outcome="used", explanation="", rows=1, currency=currency, amount=10, counted_amount=10
        )
        for currency in ("SEK", "EUR")
    ]
    table = _account(SimpleNamespace(read=SimpleNamespace(account=lines, rows_read=2), unit="SEK"))
    assert "Amounts of different currencies are not added up" in table.caption
    assert [row[3] for row in table.rows] == ["SEK", "EUR"]
    assert table.total[3:5] == ("", "")
