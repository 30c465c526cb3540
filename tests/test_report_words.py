"""What tiles and captions say: factors that multiply out, a reason for every dash, a currency that reads well."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.report.build import build_report
from clv_xl.report.model import Live, Tile, Tiles
from clv_xl.workbook.sheet import Formula
from tests.shops import EDGE_NAMES, EDGE_SHOPS, book_of, material_of, sample_lines, with_costs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.workbook.sheet import Book
    from tests.oracle import Line

NUMBER = r"(-?[\d,]+(?:\.\d+)?)"


def tiles(material: Material) -> dict[str, Tile]:
    blocks = build_report(material).pages[0].blocks
    return {tile.title: tile for block in blocks if isinstance(block, Tiles) for tile in block.tiles}


def said(item: object) -> Any:
    return item.value if isinstance(item, Live) else item


def numbers(pattern: str, text: str) -> list[float]:
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return [float(group.replace(",", "")) for group in found.groups()]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("words"), customers=250)


@pytest.mark.parametrize(
    "rate", [pytest.param(0.0, marks=pytest.mark.long), pytest.param(0.1, marks=pytest.mark.long), 0.085]
)
@pytest.mark.parametrize("cost", [None, 0.0, pytest.param(42.5, marks=pytest.mark.long), 116.0])
@pytest.mark.one_in(3)
def test_the_clv_tile_multiplies_out(
    tmp_path: Path, lines: list[Line], rate: float, cost: float | None
) -> None:
    """What stands under the number gives the number, by the rules of arithmetic and nothing else."""
    material = material_of(
        tmp_path, lines, gross_margin=0.45, service_cost=12.0, discount_rate=rate, acquisition_cost=cost
    )
    tile = tiles(material)["CLV after CAC"]
    each, orders, years = numbers(rf"{NUMBER} an order x {NUMBER} a year x {NUMBER} years", said(tile.detail))
    caption = said(tile.caption)
    worth = each * orders * years
    if rate:
        [percent] = numbers(rf"discounted at {NUMBER}% a year", caption)
        worth = each * orders * (1 - (1 + percent / 100) ** -years) / (percent / 100)
    else:
        assert "not discounted" in caption
    if cost:
        [cac] = numbers(rf"less CAC {NUMBER}", caption)
        worth -= cac
    else:
        assert "no CAC taken off" in caption
    assert worth == pytest.approx(said(tile.value), rel=0.005)
    ratio = tiles(material)["LTV:CAC"]
    if cost:
        before, cac = numbers(rf"{NUMBER} before CAC / CAC {NUMBER}", said(ratio.detail))
        assert before / cac == pytest.approx(said(ratio.value), rel=0.005)
        assert "target 3.0x" in said(ratio.caption)


EDGES = pytest.mark.parametrize("name", EDGE_NAMES)


@pytest.mark.one_in(2)
@EDGES
@pytest.mark.parametrize(
    "cost", [pytest.param(None, marks=pytest.mark.long), 5.0, pytest.param(1e9, marks=pytest.mark.long)]
)
def test_no_tile_shouts_that_it_has_nothing_to_say(tmp_path: Path, name: str, cost: float | None) -> None:
    """A dash and the reason for it, never #N/A: that is for cells, where formulas must see it."""
    material = material_of(tmp_path, EDGE_SHOPS[name], acquisition_cost=cost)
    usual = {"of those active a year ago", f"in {material.unit}, last 12 months"}
    for title, tile in tiles(material).items():
        value = said(tile.value)
        assert not (isinstance(value, float) and math.isnan(value)), title
        assert not (isinstance(said(tile.change), float) and math.isnan(said(tile.change))), title
        if value == "—":
            reason = said(tile.caption) if tile.detail is None else said(tile.detail)
            assert len(reason) > 10, title
            assert reason not in usual, title
            assert "0 months" not in reason
            assert tile.detail is None or said(tile.caption) == ""
    summary = book_of(material).sheets[0]
    for cell in summary.cells:
        kept = cell.value.cached if isinstance(cell.value, Formula) else cell.value
        assert not (isinstance(kept, float) and math.isnan(kept)), (cell.row, cell.column)


def texts(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for cell in sheet.cells:
            kept = cell.value.cached if isinstance(cell.value, Formula) else cell.value
            formula = cell.value.text if isinstance(cell.value, Formula) else ""
            yield from (text for text in (kept, cell.note, formula) if isinstance(text, str))
        yield from (chart.alt_text for chart in sheet.charts)
        if sheet.bulk is not None:
            yield from (column.note or "" for column in sheet.bulk.columns)


@pytest.mark.long
@pytest.mark.parametrize(
    "costs", [pytest.param(False, marks=pytest.mark.long), True], ids=["no costs", "costs"]
)
def test_without_a_currency_amounts_are_in_that_of_the_file(
    tmp_path: Path, lines: list[Line], costs: bool
) -> None:
    rows = with_costs(lines) if costs else lines
    told = list(texts(book_of(material_of(tmp_path, rows, gross_margin=0.4))))
    assert not [text for text in told if "currency units" in text]
    named = [text for text in told if "currency of the file" in text]
    assert len(named) > 5
    assert not [
        text for text in named if text != "currency of the file" and "in the currency of the file" not in text
    ]
    known = list(texts(book_of(material_of(tmp_path, rows, currency="SEK"))))
    assert not [text for text in known if "currency of the file" in text]
