"""One formula, one result: classic xlwings, xlwings Server and plain Python agree on every kind of input.

Both hosts are simulated (see ``test_excel_classic.py`` and ``test_excel_server.py``), but what runs in them is
xlwings' own code from the arguments of a cell to its result.
"""

from __future__ import annotations

import datetime as dt
import random
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.answers import CellError
from clv_xl.excel.registry import CellFunction, explain, find_function, functions
from tests.excel_hosts.classic import ClassicExcel
from tests.excel_hosts.server import ServerExcel, why_not
from tests.excel_hosts.sheet import MISSING, Cells, Err, as_plain, column, day, row, serial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORDERS = [
    *[("Ann", "2023-01-15", 100.0), ("Ann", "2023-03-02", 40.5), ("Ann", "2024-02-29", 60.0)],
    *[("Bo", "2023-02-01", 250.0), ("Bo", "2023-02-01", 10.0), ("Bo", "2023-11-30", -10.0)],
    *[("Cy", "2023-06-30", 75.25), ("Di", "2024-01-01", 30.0), ("Di", "2024-02-10", 35.0)],
    *[("Eve", "2023-05-05", 500.0), ("Flo", "2024-03-01", 20.0), ("Eve", "2023-12-24", 123.45)],
]
CUSTOMERS = column(*(customer for customer, _, _ in ORDERS))
DATES = column(*(day(date) for _, date, _ in ORDERS))
AMOUNTS = column(*(amount for _, _, amount in ORDERS))

# Enough customers who came again for a model; most of them have left long before the end.
REPEATERS = [
    (f"C{who}", dt.date(2023, 1, 1) + dt.timedelta(days=who % 40 + number * (5 + who % 9)))
    for who in range(104)
    for number in (*range(2 + who % 3), *((45,) if who % 8 == 0 else ()))
]
MANY = (
    column(*(who for who, _ in REPEATERS)),
    column(*(day(when.isoformat()) for _, when in REPEATERS)),
    column(*(10.0 + 7.5 * (when.day % 5) for _, when in REPEATERS)),
)
FIGURES = column(0, 2, 5)
WEEKS = (column(0, 30.43, 20), column(38.86, 38.86, 30))

# A value for every argument of every function, by its name; what differs from it stands in BASES.
VALUES: dict[str, Any] = {
    "customers": CUSTOMERS,
    "dates": DATES,
    "amounts": AMOUNTS,
    "groups": column(*("web" if index % 3 else "shop" for index in range(len(ORDERS)))),
    "order_ids": column(*(f"A{index // 2}" for index in range(len(ORDERS)))),
    "gross_margin": 0.5,
    "as_of": day("2024-03-31"),
    "from_date": day("2023-12-31"),
    "to_date": day("2024-03-31"),
    "period": "quarter",
    "measure": "rate",
    "bins": 4,
}
BASES: dict[str, tuple[Any, ...]] = {
    "CLV": (800, 3, 6, 0.4, 100, 0.1),
    "CLV_HISTORIC": (AMOUNTS, 0.5, 120, 30),
    "CLV_RETENTION": (100, 0.8, 0.1, 12, "retained"),
    "CLV_PREDICT": (*MANY, 2, 0.5, 0.1, day("2024-01-31"), "MBG/NBD"),
    "CLV_MODEL": (*MANY, day("2024-01-31"), "MBG/NBD"),
    "CLV_BACKTEST": (*MANY, 3),
    "P_ALIVE": (FIGURES, *WEEKS, column(0.5, 10, 0.6, 11), "Pareto/NBD"),
    "EXPECTED_ORDERS": (52, FIGURES, *WEEKS, column(0.5, 10, 0.6, 11), "Pareto/NBD"),
    "EXPECTED_SPEND": (2, 22.35, column(6.25, 3.74, 15.44)),
    "RETENTION_PROJECT": (column(100, 87, 74, 65), 6),
    "CUSTOMER_LIFESPAN": (0.2,),
    "RFM_SEGMENT": (5, 4, 3, MISSING),
    "RETENTION_RATE": (10, 12, 4),
    "CHURN_RATE": (10, 2),
    "NRR": (1000, 200, 50, 100),
    "GRR": (1000, 50, 100),
    "CAC": (5000, 50),
    "LTV_CAC": (3000, 1000),
    "CAC_PAYBACK": (100, column(40, 80, 120)),
    "CAC_MAX": (3000, 3),
}


def base(function: CellFunction) -> list[Any]:
    """A call that works, with every argument."""
    return list(BASES.get(function.name) or [VALUES[item.name] for item in function.arguments])


# --- kinds of input: each turns a call that works into another one --------------------------------------


def _ranges(change: Callable[[list[Any]], list[Any]]) -> Callable[[CellFunction], list[Any]]:
    """Change every column; of a function without columns, its first argument as a column of three cells."""

    def changed(function: CellFunction) -> list[Any]:
        call = base(function)
        if not any(isinstance(item, Cells) for item in call):
            call[0] = column(*[call[0]] * 3)
        return [
            column(*change([line[0] for line in item.rows])) if isinstance(item, Cells) else item
            for item in call
        ]

    return changed


def _cells(change: Callable[[Any], Any]) -> Callable[[CellFunction], list[Any]]:
    """Change every value, wherever it stands."""

    def changed(function: CellFunction) -> list[Any]:
        return [
            column(*(change(line[0]) for line in item.rows)) if isinstance(item, Cells) else change(item)
            for item in base(function)
        ]

    return changed


def _first(value: Any) -> Callable[[CellFunction], list[Any]]:
    """Put a value into the second cell of the first column, or in the place of the first argument."""

    def changed(function: CellFunction) -> list[Any]:
        call = base(function)
        if isinstance(call[0], Cells):
            values = [line[0] for line in call[0].rows]
            call[0] = column(values[0], value, *values[2:])
        else:
            call[0] = value
        return call

    return changed


def _last(value: Any) -> Callable[[CellFunction], list[Any]]:
    """Put a value into the second cell of the last column, or in the place of the last required argument."""

    def changed(function: CellFunction) -> list[Any]:
        call = base(function)
        places = [index for index, item in enumerate(call) if isinstance(item, Cells)]
        if places:
            values = [line[0] for line in call[places[-1]].rows]
            call[places[-1]] = column(values[0], value, *values[2:])
        else:
            call[sum(item.required for item in function.arguments) - 1] = value
        return call

    return changed


def _optionals(value: Any) -> Callable[[CellFunction], list[Any]]:
    def changed(function: CellFunction) -> list[Any]:
        return [
            item if argument.required else value
            for item, argument in zip(base(function), function.arguments, strict=True)
        ]

    return changed


def _blank_ends(function: CellFunction) -> list[Any]:
    """Give each optional value that spreads as a column that ends with a blank."""
    return [
        column(item, item, None) if argument.spread and not argument.required else item
        for item, argument in zip(base(function), function.arguments, strict=True)
    ]


def _every_error(values: list[Any]) -> list[Any]:
    errors = [Err(code) for code in ("#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")]
    return [*values, *errors, *values]


def _required_only(function: CellFunction) -> list[Any]:
    return base(function)[: sum(item.required for item in function.arguments)]


def _only_the_last_optional(function: CellFunction) -> list[Any]:
    call = _optionals(MISSING)(function)
    return [*call[:-1], base(function)[-1]]


def _one_cell_ranges(function: CellFunction) -> list[Any]:
    return [item if isinstance(item, Cells) or item is MISSING else column(item) for item in base(function)]


def _row_vectors(function: CellFunction) -> list[Any]:
    call = _ranges(lambda values: values)(function)
    return [row(*(line[0] for line in item.rows)) if isinstance(item, Cells) else item for item in call]


def _two_columns(function: CellFunction) -> list[Any]:
    call = _ranges(lambda values: values)(function)
    place = next(index for index, item in enumerate(call) if isinstance(item, Cells))
    call[place] = Cells(tuple((line[0], line[0]) for line in call[place].rows))
    return call


def _unequal(function: CellFunction) -> list[Any]:
    call = _ranges(lambda values: values)(function)
    places = [index for index, item in enumerate(call) if isinstance(item, Cells)]
    if len(places) == 1 and len(call) > 1 and not isinstance(call[1], Cells):
        call[1] = column(*[call[1]] * 2)
    call[places[-1]] = Cells(call[places[-1]].rows[:-1])
    return call


def _as_serial(value: Any) -> Any:
    return serial(value) if isinstance(value, dt.datetime) else value


def _as_iso(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, dt.datetime) else value


def _as_nordic_date(value: Any) -> Any:
    return value.strftime("%d.%m.%Y") if isinstance(value, dt.datetime) else value


def _with_time(value: Any) -> Any:
    return value + dt.timedelta(hours=15, minutes=30) if isinstance(value, dt.datetime) else value


def _as_text(value: Any) -> Any:
    """1234.5 as Excel shows it in Norway: 1 234,50."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:,.2f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def _nordic(value: Any) -> Any:
    return f"{value} Åsmund-Ørjan ß 漢字 😀" if isinstance(value, str) and value.isalpha() else value


def _numbered(value: Any) -> Any:
    """Customers with numbers for ids."""
    return 17850 + ord(value[0]) if value in {"Ann", "Bo", "Cy", "Di", "Eve", "Flo"} else value


KINDS: dict[str, Callable[[CellFunction], list[Any]]] = {
    "every argument": base,
    "one-cell ranges": _one_cell_ranges,
    "ranges": _ranges(lambda values: values),
    "row vectors": _row_vectors,
    "two columns": _two_columns,
    "only what is required": _required_only,
    "only the last optional": _only_the_last_optional,
    "blank cells for optionals": _optionals(column(None)),
    "a blank in a column": _first(None),
    "a blank in the last column": _last(None),
    "an empty text": _last(""),
    "dates as serials": _cells(_as_serial),
    "dates as ISO text": _cells(_as_iso),
    "dates as Nordic text": _cells(_as_nordic_date),
    "dates with a time of day": _cells(_with_time),
    "numbers as text": _cells(_as_text),
    "words": _last("six"),
    "yes or no": _last(True),
    "the error #N/A": _first(Err("#N/A")),
    "the error #REF!": _last(Err("#REF!")),
    "the error #DIV/0!": _last(Err("#DIV/0!")),
    "unequal lengths": _unequal,
    "headers": _ranges(lambda values: ["heading", *values]),
    "trailing blanks": _ranges(lambda values: [*values, *[None] * 300]),
    "one row": _ranges(lambda values: values[:1]),
    "empty ranges": _ranges(lambda _: [None, None]),
    "a header and nothing below": _ranges(lambda _: ["heading", None]),
    "non-ASCII ids": _cells(_nordic),
    "numbers for ids": _cells(_numbered),
    "a customer called NULL": _cells(lambda value: "NULL" if value == "Bo" else value),
    "a customer without a name": _cells(lambda value: None if value == "Bo" else value),
    "impossible numbers": _last(-1e9),
    "huge numbers": _ranges(
        lambda values: [1.7e308 if isinstance(value, int | float) else value for value in values]
    ),
    "a huge number by a tiny one": _last(1e-310),
    "columns of optionals that end with a blank": _blank_ends,
    "every error in every column": _ranges(_every_error),
}

# Kinds that must not change the result, and the kind that they are compared with.
SAME = {
    "one-cell ranges": "every argument",
    "dates as serials": "every argument",
    "dates as ISO text": "every argument",
    "dates as Nordic text": "every argument",
    "dates with a time of day": "every argument",
    "numbers as text": "every argument",
    "headers": "ranges",
    "trailing blanks": "ranges",
    "blank cells for optionals": "only what is required",
    "a customer called NULL": "a customer without a name",
}


# --- the three routes -----------------------------------------------------------------------------------


class Routes:
    """The same formula on every route of this machine."""

    def __init__(self, stack: ExitStack) -> None:
        self.missing = why_not()
        hosts: dict[str, Any] = {"classic": stack.enter_context(ClassicExcel())}
        if not self.missing:
            hosts["server"] = stack.enter_context(ServerExcel())
        self.hosts = hosts

    def __call__(self, function: str, *arguments: Any) -> Any:
        """Return what plain Python gives, after checking that each host shows the same, reason included."""
        outcome = explain(function, *map(as_plain, arguments))
        assert "internal error" not in outcome.reason, outcome.reason
        plain = _shown(outcome.value)
        for name, host in self.hosts.items():
            shown = host(function, *arguments)
            assert shown == plain, f"{name}: {function}{arguments}"
            assert _types(shown) == _types(plain), f"{name}: {function}{arguments}"
            if isinstance(plain, Err):
                assert host.reason == outcome.reason
        return plain


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        rows = [[_shown(item) for item in line] for line in value]
        # A table of one cell is that cell.
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows
    return Err(value.code) if isinstance(value, CellError) else value


def _types(value: Any) -> Any:
    """The kind of each cell: JavaScript knows one kind of number."""
    if isinstance(value, list):
        return [[_types(item) for item in line] for line in value]
    return float if type(value) is int else type(value)


@pytest.fixture(scope="module")
def routes() -> Iterator[Routes]:
    with ExitStack() as stack:
        yield Routes(stack)


def each_call() -> Iterator[Any]:
    """Every function with every kind of arguments; they take turns at the kinds in the quick run, slow ones more."""
    for turn, function in enumerate(functions()):
        for number, kind in enumerate(KINDS):
            every = 8 if function.spills else 4
            quick = number % every == turn % every
            marks = () if quick else pytest.mark.long
            yield pytest.param(function, kind, id=f"{function.name}-{kind}", marks=marks)


@pytest.mark.parametrize(("function", "kind"), list(each_call()))
def test_every_route_gives_the_same(routes: Routes, function: CellFunction, kind: str) -> None:
    shown = routes(function.name, *KINDS[kind](function))
    if kind in SAME:
        expected = explain(function.name, *map(as_plain, KINDS[SAME[kind]](function)))
        assert shown == _shown(expected.value)


def test_the_server_is_among_the_routes(routes: Routes) -> None:
    if routes.missing:
        pytest.skip(routes.missing)
    assert set(routes.hosts) == {"classic", "server"}


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.name)
def test_the_call_that_the_kinds_start_from_works(function: CellFunction) -> None:
    assert len(base(function)) == len(function.arguments)
    assert explain(function.name, *map(as_plain, base(function))).error == ""


def test_a_segment_map_of_ones_own(routes: Routes) -> None:
    # as the template shows it: the best R on top
    own = Cells(tuple(tuple(f"{r} Ø {fm}" for fm in range(1, 6)) for r in range(5, 0, -1)))
    assert routes("RFM_SEGMENT", 5, 4, 4, own) == "5 Ø 4"
    assert routes("RFM_SEGMENT", column(5, 1), column(4, 1), column(4, 1), own) == [["5 Ø 4"], ["1 Ø 1"]]
    titles = ("R down, FM across", *(f"FM {fm}" for fm in range(1, 6)))
    titled = Cells((titles, *((f"R {5 - at}", *row) for at, row in enumerate(own.rows))))
    assert routes("RFM_SEGMENT", 5, 4, 4, titled) == "5 Ø 4"
    assert routes("RFM_SEGMENT", 1, 1, 1, titled) == "1 Ø 1"
    # R below the other way round, so that the titles decide and not the place
    turned = Cells((titled.rows[0], *titled.rows[:0:-1]))
    assert routes("RFM_SEGMENT", 5, 4, 4, turned) == "5 Ø 4"
    half = Cells(tuple(row[1:] for row in titled.rows))
    assert routes("RFM_SEGMENT", 5, 4, 4, half) == Err("#VALUE!")
    with_hole = Cells((*own.rows[:-1], ("a", "b", None, "d", "e")))
    assert routes("RFM_SEGMENT", 5, 4, 4, with_hole) == Err("#VALUE!")


@pytest.mark.parametrize(
    "measure", ["customers", "rate", "amount", "cumulative amount per customer", "no such"]
)
@pytest.mark.parametrize("period", ["month", "year", "fortnight"])
@pytest.mark.one_in(5)
def test_choices_in_words(routes: Routes, period: str, measure: str) -> None:
    shown = routes("RETENTION_COHORTS", CUSTOMERS, DATES, period, measure, AMOUNTS)
    known = period != "fortnight" and measure != "no such"
    assert isinstance(shown, list) if known else shown == Err("#VALUE!")


@pytest.fixture(scope="module")
def many_orders() -> tuple[Cells, Cells, Cells]:
    draw = random.Random(7)
    customers = [f"kunde {draw.randrange(12_000)}" for _ in range(100_000)]
    dates = [day("2021-01-01") + dt.timedelta(days=draw.randrange(1_200)) for _ in customers]
    amounts = [round(draw.uniform(-20, 900), 2) for _ in customers]
    return column(*customers), column(*dates), column(*amounts)


@pytest.mark.parametrize(
    ("function", "rows"),
    [
        pytest.param("RFM", 12_000, marks=pytest.mark.long),
        pytest.param("CLV_CUSTOMERS", 12_000, marks=pytest.mark.long),
        pytest.param("RETENTION_COHORTS", 30, marks=pytest.mark.long),
        pytest.param("RFM_MIGRATION", 10, marks=pytest.mark.long),
        pytest.param("CLV_TREND", 10, marks=pytest.mark.long),
    ],
)
def test_a_hundred_thousand_orders(
    routes: Routes, many_orders: tuple[Cells, Cells, Cells], function: str, rows: int
) -> None:
    names = [item.name for item in find_function(function).arguments]
    given = dict(zip(("customers", "dates", "amounts"), many_orders, strict=True))
    shown = routes(function, *(given.get(name, MISSING) for name in names))
    assert len(shown) > 0.9 * rows


@pytest.mark.parametrize(
    ("function", "call"),
    [
        pytest.param("CLV", (800, 3, 6), marks=pytest.mark.long),
        pytest.param("CAC", (5000, 50), marks=pytest.mark.long),
    ],
)
def test_a_hundred_thousand_values(routes: Routes, function: str, call: tuple[float, ...]) -> None:
    draw = random.Random(11)
    values = column(*(draw.choice([None, 7, draw.uniform(1, 900)]) for _ in range(99_999)), 1.0)
    assert len(routes(function, values, *call[1:])) == 100_000
