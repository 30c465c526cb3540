"""What ``make mutants`` makes of its results: a mutant that no test notices is explained, or the run fails."""

from __future__ import annotations

from collections import Counter

from tests.mutant_runs import LOADING, _active, _reached, switched
from tests.mutants import EXPLAINED, OF_RECORDS, TESTS, Mutant, explained, row_of, verdict
from tests.office import ROOT

KILLED = Mutant("clv_xl.m.x_f__mutmut_1", "m.f", "a + b", "a - b")
LEFT = Mutant("clv_xl.m.x_f__mutmut_2", "m.f", "a | b", "a & b")
FATES = {KILLED.name: "killed", LEFT.name: "survived"}


def test_a_survivor_has_to_be_explained() -> None:
    (fault,) = verdict([KILLED, LEFT], FATES, Counter())
    assert fault.startswith("no test notices, and docs/mutants.md does not explain (survived):")
    assert fault.endswith(row_of(LEFT))
    told = explained(f"| place | was | is | why |\n|---|---|---|---|\n{row_of(LEFT, 'both are flags')}\n")
    assert told == Counter([("m.f", "a | b", "a & b")])
    assert verdict([KILLED, LEFT], FATES, told) == []
    assert verdict([KILLED], {KILLED.name: LOADING}, Counter()), "one that nobody tried is not noticed"


def test_an_explanation_that_is_needed_no_longer_is_told() -> None:
    told = explained(f"{row_of(KILLED, 'x')}\n{row_of(LEFT, 'y')}\n")
    assert verdict([KILLED, LEFT], FATES, told) == [
        "docs/mutants.md explains what no longer survives: m.f | a + b | a - b"
    ]


def test_every_explanation_gives_a_reason_and_every_test_is_there() -> None:
    text = EXPLAINED.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows
    assert sum(explained(text).values()) == len(rows)
    assert not [row for row in rows if row.endswith("| ? |")]
    for pattern in (*TESTS, *OF_RECORDS):
        assert list(ROOT.glob(pattern)), pattern


def test_a_call_goes_to_the_mutant_that_is_tried() -> None:
    def x_f__mutmut_orig(number: int) -> int:
        return number + 1

    def x_f__mutmut_1(number: int) -> int:
        return number - 1

    versions = {"_mutmut_orig": x_f__mutmut_orig, "x_f__mutmut_1": x_f__mutmut_1}
    called = switched(versions)(x_f__mutmut_orig)
    before = _active[0]
    try:
        assert called(1) == 2
        assert f"{__name__}.x_f__mutmut_" in _reached
        _active[0] = f"{__name__}.x_f__mutmut_1"
        assert called(1) == 0
        _active[0] = f"{__name__}.x_g__mutmut_1"
        assert called(1) == 2
    finally:
        _active[0] = before
