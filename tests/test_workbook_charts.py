"""Charts as their files say them: what Excel is told, and what a preview without Excel can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from clv_xl.workbook.charts import build_chart, chart_xml, quoted_area
from clv_xl.workbook.sheet import Area, Axis, ChartArea, Series

if TYPE_CHECKING:
    from typing import Any

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
NAN = float("nan")
BLUE, GREY = "1D5FA6", "9AA5B1"


def series(title: str = "New & old", values: tuple[float, ...] = (1.0, NAN, 3.5), **more: Any) -> Series:
    names = tuple(f"2024-{month:02d}" for month in range(1, len(values) + 1))
    rows = len(values) + 1
    return Series(title, "It's data", Area(2, 2, rows, 2), Area(2, 1, rows, 1), BLUE, values, names, **more)


def chart(kind: str, *drawn: Series, **more: Any) -> ChartArea:
    axes = {"categories": Axis("month"), "values": Axis("customers", "#,##0", minimum=0), **more}
    return ChartArea(kind, Area(10, 2, 24, 8), drawn, **axes)  # type: ignore[arg-type]


def tree(area: ChartArea) -> ET.Element:
    return ET.fromstring(chart_xml(build_chart(area, 600, 300)))


def value(element: ET.Element, path: str) -> str | None:
    found = element.find(path.replace("c:", C).replace("a:", A))
    return None if found is None else found.get("val")


def all_of(element: ET.Element, name: str) -> list[ET.Element]:
    return list(element.iter(C + name))


def test_areas_are_absolute_and_their_sheet_is_quoted() -> None:
    assert quoted_area("It's data", Area(2, 28, 9, 28)) == "'It''s data'!$AB$2:$AB$9"


def test_values_and_names_are_cached_and_a_missing_point_is_a_gap() -> None:
    xml = tree(chart("line", series()))
    (cache,) = all_of(xml, "numCache")
    assert value(cache, "c:ptCount") == "3"
    points = {point.get("idx"): point.findtext(C + "v") for point in cache.iter(C + "pt")}
    assert points == {"0": "1", "2": "3.5"}
    assert cache.findtext(C + "formatCode") == "#,##0"
    (names,) = all_of(xml, "strCache")
    assert [point.findtext(C + "v") for point in names.iter(C + "pt")] == ["2024-01", "2024-02", "2024-03"]
    assert [formula.text for formula in all_of(xml, "f")] == [
        "'It''s data'!$A$2:$A$4",
        "'It''s data'!$B$2:$B$4",
    ]
    assert value(xml, "c:chart/c:dispBlanksAs") == "gap"


def test_names_that_are_numbers_are_cached_as_numbers() -> None:
    one = Series("a", "S", Area(1, 2, 2, 2), Area(1, 1, 2, 1), BLUE, (1.0, 2.0), (0.5, 45292))
    xml = tree(chart("line", one, categories=Axis(number_format="yyyy-mm")))
    category = next(xml.iter(C + "cat"))
    assert [point.findtext(C + "v") for point in category.iter(C + "pt")] == ["0.5", "45292"]
    assert category.findtext(f"{C}numRef/{C}numCache/{C}formatCode") == "yyyy-mm"


def test_names_may_stand_on_another_sheet() -> None:
    xml = tree(chart("line", series(categories_sheet="Months")))
    assert all_of(xml, "f")[0].text == "'Months'!$A$2:$A$4"


@pytest.mark.parametrize(
    ("kind", "element", "direction", "grouping"),
    [
        ("line", "lineChart", None, "standard"),
        ("columns", "barChart", "col", "clustered"),
        ("stacked columns", "barChart", "col", "stacked"),
        ("bars", "barChart", "bar", "clustered"),
    ],
)
def test_each_kind(kind: str, element: str, direction: str | None, grouping: str) -> None:
    xml = tree(chart(kind, series(), series("two")))
    (drawn,) = all_of(xml, element)
    assert value(drawn, "c:barDir") == direction
    assert value(drawn, "c:grouping") == grouping
    assert value(drawn, "c:overlap") == ("100" if grouping == "stacked" else None)
    assert [value(each, "c:idx") for each in all_of(xml, "ser")] == ["0", "1"]
    assert [value(each, "c:order") for each in all_of(xml, "ser")] == ["0", "1"]


def test_horizontal_bars_run_from_top_to_bottom_over_a_scale_at_the_bottom() -> None:
    xml = tree(chart("bars", series()))
    (names,), (values,) = all_of(xml, "catAx"), all_of(xml, "valAx")
    assert value(names, "c:scaling/c:orientation") == "maxMin"
    assert (value(names, "c:axPos"), value(values, "c:axPos")) == ("l", "b")
    assert value(values, "c:crosses") == "max"


def test_a_second_axis_has_lines_and_axes_of_its_own() -> None:
    area = chart("columns", series(), series("rate", on_second_axis=True), second=Axis("share", "0%"))
    xml = tree(area)
    (bars,), (lines,) = all_of(xml, "barChart"), all_of(xml, "lineChart")
    assert [each.get("val") for each in bars.findall(C + "axId")] == ["10", "100"]
    assert [each.get("val") for each in lines.findall(C + "axId")] == ["20", "200"]
    first, second = all_of(xml, "valAx")
    assert (value(first, "c:axPos"), value(second, "c:axPos")) == ("l", "r")
    assert value(second, "c:crosses") == "max"
    numbers = second.find(C + "numFmt")
    assert numbers is not None
    assert numbers.get("formatCode") == "0%"
    assert second.find(C + "majorGridlines") is None
    # the second category axis is there, because Excel pairs axes, but nobody sees it or its title
    hidden = all_of(xml, "catAx")[1]
    assert value(hidden, "c:delete") == "1"
    assert hidden.find(C + "title") is None
    assert [value(each, "c:idx") for each in all_of(xml, "ser")] == ["0", "1"]


def test_numbers_of_series_are_unique_whatever_their_order() -> None:
    # the legend leaves out by number: "rate" is named at its end, and is the last of three
    rate = series("rate", labels="last", on_second_axis=True)
    xml = tree(chart("columns", rate, series("a"), series("b"), second=Axis("share", "0%")))
    drawn = {each.findtext(f"{C}tx/{C}v"): value(each, "c:idx") for each in all_of(xml, "ser")}
    assert drawn == {"a": "0", "b": "1", "rate": "2"}
    assert [value(entry, "c:idx") for entry in all_of(xml, "legendEntry")] == ["2"]


def test_axes_say_what_and_in_which_unit() -> None:
    xml = tree(
        chart("line", series(), categories=Axis("month", every=3), values=Axis("SEK", "#,##0", every=50))
    )
    (names,), (values,) = all_of(xml, "catAx"), all_of(xml, "valAx")
    assert "".join(text.text or "" for text in names.iter(A + "t")) == "month"
    assert "".join(text.text or "" for text in values.iter(A + "t")) == "SEK"
    assert value(names, "c:tickLblSkip") == "3"
    assert value(values, "c:majorUnit") == "50"
    # said outright: without it LibreOffice and newer Excel hide the axis
    assert (value(names, "c:delete"), value(values, "c:delete")) == ("0", "0")
    assert value(names, "c:auto") == "0"


def test_a_hidden_axis_takes_its_title_and_lines_along() -> None:
    xml = tree(chart("bars", series(), values=Axis("SEK", hidden=True)))
    (values,) = all_of(xml, "valAx")
    assert value(values, "c:delete") == "1"
    assert values.find(C + "title") is None
    assert values.find(C + "majorGridlines") is None


def test_limits_of_a_scale() -> None:
    xml = tree(chart("line", series(), values=Axis(minimum=0.5, maximum=2)))
    (values,) = all_of(xml, "valAx")
    assert (value(values, "c:scaling/c:min"), value(values, "c:scaling/c:max")) == ("0.5", "2")


def test_a_line_named_at_its_last_drawn_point_is_not_in_the_legend() -> None:
    named = series("Named", (1.0, 2.0, NAN), labels="last")
    xml = tree(chart("line", named, series("Other")))
    (label,) = all_of(xml, "dLbl")
    assert value(label, "c:idx") == "1"
    assert value(label, "c:showSerName") == "1"
    assert value(label, "c:showVal") == "0"
    (entry,) = all_of(xml, "legendEntry")
    assert (value(entry, "c:idx"), value(entry, "c:delete")) == ("0", "1")
    # the plot leaves room for the name on the right
    (layout,) = all_of(xml, "manualLayout")
    assert float(value(layout, "c:x") or 0) + float(value(layout, "c:w") or 1) < 0.95
    # all named: no legend at all
    assert all_of(tree(chart("line", named)), "legend") == []


def test_a_line_without_any_point_has_no_name() -> None:
    xml = tree(chart("line", series(values=(NAN, NAN), labels="last"), series("Other", (1.0, 2.0))))
    assert all_of(xml, "dLbl") == []


def test_labels_of_values_have_the_format_of_the_axis() -> None:
    xml = tree(chart("bars", series(labels="values")))
    (labels,) = all_of(xml, "dLbls")
    number = labels.find(C + "numFmt")
    assert number is not None
    assert (number.get("formatCode"), number.get("sourceLinked")) == ("#,##0", "0")
    assert value(labels, "c:showVal") == "1"


def test_colours_of_series_and_of_single_points() -> None:
    xml = tree(chart("columns", series(point_colours=(GREY, BLUE, BLUE))))
    points = all_of(xml, "dPt")
    assert [value(point, "c:idx") for point in points] == ["0", "1", "2"]
    assert [value(point, "c:spPr/a:solidFill/a:srgbClr") for point in points] == [GREY, BLUE, BLUE]
    (one,) = all_of(xml, "ser")
    assert value(one, "c:spPr/a:solidFill/a:srgbClr") == BLUE
    assert value(one, "c:invertIfNegative") == "0"


def test_a_dashed_bar_is_an_outline() -> None:
    (one,) = all_of(tree(chart("columns", series(dashed=True))), "ser")
    assert one.find(f"{C}spPr/{A}noFill") is not None
    assert value(one, "c:spPr/a:ln/a:solidFill/a:srgbClr") == BLUE


def test_single_points_of_a_line_are_dots() -> None:
    point = all_of(tree(chart("line", series(point_colours=(GREY,)))), "dPt")[0]
    assert value(point, "c:marker/c:symbol") == "circle"
    assert value(point, "c:marker/c:spPr/a:solidFill/a:srgbClr") == GREY


def test_a_dashed_line_is_dashed_and_none_is_smoothed() -> None:
    dashed, solid = all_of(tree(chart("line", series(dashed=True), series("b"))), "ser")
    assert value(dashed, "c:spPr/a:ln/a:prstDash") == "sysDash"
    assert value(solid, "c:spPr/a:ln/a:prstDash") in {None, "solid"}
    assert value(dashed, "c:smooth") == value(solid, "c:smooth") == "0"
    assert value(solid, "c:marker/c:symbol") == "none"


def test_the_quiet_look() -> None:
    xml = tree(chart("line", series(), series("b")))
    assert value(xml, "c:roundedCorners") == "0"
    assert value(xml, "c:chart/c:autoTitleDeleted") == "1"
    frame = xml.find(C + "spPr")
    assert frame is not None
    assert frame.find(A + "noFill") is not None
    assert frame.find(f"{A}ln/{A}noFill") is not None
    fonts = {latin.get("typeface") for latin in xml.iter(A + "latin")}
    assert fonts == {"Calibri"}
    sizes = {each.get("sz") for each in [*xml.iter(A + "defRPr"), *xml.iter(A + "rPr")]}
    assert sizes == {"900"}
    assert [run.text for run in xml.iter(A + "t")] == ["month", "customers"]
    (legend,) = all_of(xml, "legend")
    assert value(legend, "c:overlay") == "0"


def test_titles_from_data_are_plain_text() -> None:
    xml = tree(chart("line", series("=1+1 <b>\x00_x0041_")))
    (one,) = all_of(xml, "ser")
    assert one.findtext(f"{C}tx/{C}v") == "=1+1 <b>\ufffd_x005F_x0041_"


def test_the_chart_lies_exactly_over_its_area() -> None:
    anchor = build_chart(chart("line", series()), 600, 300).anchor
    assert (anchor._from.col, anchor._from.row, anchor.to.col, anchor.to.row) == (1, 9, 8, 24)
    assert anchor._from.colOff == anchor._from.rowOff == anchor.to.colOff == anchor.to.rowOff == 0
