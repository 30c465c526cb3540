"""The key figures on top of the Summary: what each shows, what else is in it, and why there is none."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.key_figures import BEFORE
from clv_xl.report.model import Live, Tile, Tiles
from clv_xl.report.pages.evidence import equity_caption
from clv_xl.report.pages.live import live_amount, share_of_customers, whole_cell
from clv_xl.report.pages.ratio import ratio_caption
from clv_xl.report.retained import FEW_ACTIVE, kept_of, retention_caption
from clv_xl.report.rough import is_rough, two_digits, two_digits_formula
from clv_xl.report.words import count, number, significant
from clv_xl.said import Piece, counted, frame, joined, live_words, quoted, said, say

if TYPE_CHECKING:
    from clv_xl.report.key_figures import Figure
    from clv_xl.report.material import Material
    from clv_xl.report.model import Format

__all__ = ["UNDEFINED", "key_tiles"]

UNDEFINED = "—"
"""What a tile shows where its figure is undefined; the caption says why."""
_NO_LIFESPAN = say("the orders span too few days to measure a lifespan")
_NO_COST = say("enter the acquisition cost on Parameters")
_ROUGH: dict[str, Format] = {
    "money": "rough money",
    "cents": "rough number",
    "decimal": "rough number",
    "months": "rough number",
    "ratio": "rough ratio",
    "percent": "rough share",
}

_LEAST = ("clv_after_cac", "ltv_to_cac")
"""What a history of less than two lifespans makes too low."""
_AT_LEAST: dict[str, Format] = {"money": "least money", "cents": "least cents", "ratio": "least ratio"}


def key_tiles(material: Material) -> tuple[Tiles, ...]:
    """Return the two rows of key figures, and a third of what is expected where that can be predicted."""
    figures, unit = material.figures, material.unit
    window = material.now.active_days
    net = say("orders less refunds") if material.parameters.refunds == "subtract" else say("refunds left out")
    first = (
        _tile(material, "customers_total", "Customers", "count", _new_customers(material)),
        _tile(
            material,
            "active_customers",
            "Active customers",
            "count",
            whole_cell(
                live_words(
                    "{share} ordered within {window} days",
                    share=share_of_customers("active_customers", figures),
                    window=window,
                )
            ),
        ),
        _tile(
            material,
            "amount_year",
            "Revenue, last 12 months",
            "money",
            say("in {unit}, {net}", unit=unit, net=net),
        ),
        _tile(
            material,
            "avg_order_value",
            "Average order value",
            "money",
            "no order in the last 12 months"
            if isnan(figures["avg_order_value"].now)
            else say("in {unit}, last 12 months", unit=unit),
        ),
        _tile(
            material, "purchase_rate", "Orders a year", "decimal", "per customer while active", estimate=True
        ),
    )
    second = (
        _tile(
            material,
            "retention",
            "Retention",
            "percent",
            retention_caption(material.now),
            points=True,
            estimate=True,
        ),
        _tile(
            material,
            "historic_clv",
            "Historic CLV per customer",
            "money",
            _historic_caption(material),
            measure="first_year_margin",
        ),
        _tile(
            material,
            "clv_after_cac",
            "CLV after CAC",
            "money",
            _clv_caption(material),
            detail=_clv_detail(material),
            estimate=True,
        ),
        _tile(
            material,
            "ltv_to_cac",
            "LTV:CAC",
            "ratio",
            ratio_caption(material),
            detail=_ratio_detail(material),
            estimate=True,
        ),
        _tile(material, "payback_months", "CAC payback", "months", _payback_caption(material), estimate=True),
    )
    coming = _coming_tiles(material)
    return (Tiles(first), Tiles(second), *((Tiles(coming),) if coming else ()))


def _coming_tiles(material: Material) -> tuple[Tile, ...]:
    """Return what today's customers are expected to bring; nothing where that cannot be predicted."""
    prediction, figures = material.prediction, material.figures
    if not prediction.usable:
        return ()
    outlook = prediction.outlook
    months = counted(len(prediction.year), "next month", "next {number} months")
    orders = (
        _tile(
            material,
            "coming_orders",
            say("Expected orders, {months}", months=months),
            "count",
            say(
                "purchase days of today's customers alone; the last 12 months are of all customers, {orders} orders",
                orders=count(figures["orders_year"].now),
            ),
            detail=say(
                "last 12 months: {days} purchase days",
                days=count(prediction.occasions_year),
            ),
        ),
        _tile(
            material,
            "alive_customers",
            "Probably still customers",
            "count",
            whole_cell(
                live_words("{share} of all customers", share=share_of_customers("alive_customers", figures))
            )
            if prediction.knows_leaving
            else "unknown: nobody is seen to leave, so the model knows no leaving",
        ),
    )
    if not prediction.has_value:
        return orders
    rate = outlook.yearly_rate
    terms = say("discounted at {rate}% a year", rate=number(100 * rate)) if rate > 0 else "not discounted"
    return (
        _tile(
            material,
            "predicted_clv",
            "Predicted CLV per customer",
            "money",
            terms,
            detail=counted(outlook.months, "margin of the next month", "margin of the next {number} months"),
        ),
        _tile(
            material,
            "customer_equity",
            "Customer equity",
            "money",
            equity_caption(material),
            detail=_equity_detail(material),
        ),
        _tile(
            material,
            "coming_amount",
            say("Revenue expected, {months}", months=months),
            "money",
            say("in {unit}, of today's customers alone", unit=material.unit),
            detail=say("last 12 months: {value}", value=live_amount("", figures["amount_year"].now, "")[1]),
        ),
        *orders,
    )


def _equity_detail(material: Material) -> Live:
    """Give the interval of customer equity."""
    ends = [material.figures[f"customer_equity_{end}"] for end in ("low", "high")]
    low, high = (live_amount(item.name, 0.0 if isnan(item.now) else item.now, "") for item in ends)
    known = not any(isnan(item.now) for item in ends)
    words = live_words("90% interval: {low} to {high}", low=low, high=high)
    return Live(
        frame('=IF(ISNUMBER(customer_equity_low+customer_equity_high),{words},"")', words=words.formula),
        words.text if known else "",
    )


def _tile(
    material: Material,
    name: str,
    title: str,
    kind: Format,
    caption: str | Live,
    *,
    points: bool = False,
    measure: str = "",
    detail: str | Live | None = None,
    estimate: bool = False,
) -> Tile:
    """Return the tile of a figure with its change, or with the reason why there is none in its note.

    ``measure`` names the figure by which it is compared where it cannot be compared itself. An ``estimate``
    is rounded to two digits in a shop that is too small for more.
    """
    item = material.figures[name]
    compared = material.figures[measure] if measure else item
    why = compared.reason
    if measure and not why:
        why = say(
            "The change compares customers at the same age. {title}: {how}",
            title=said(compared.title),
            how=said(compared.how),
        )
    change_format: Format = "points" if points else "same age" if measure else "change"
    rough = estimate and is_rough(material.figures)
    if rough:
        kind = _ROUGH[kind]
        why = say("The shop is small, so the figure is given in two digits. {why}", why=why)
    elif kind == "money" and abs(item.now) < 100:
        kind = "cents"
    if (
        name in _LEAST
        and not rough
        and material.value_cautions
        and material.parameters.lifespan_years is None
    ):
        kind = _AT_LEAST[kind]
    value = _value(item, rough=rough)
    counted_only = name == "retention" and material.figures["start_active"].now < FEW_ACTIVE
    if counted_only and not isnan(item.now):
        value = kept_of(material.figures)
    return Tile(
        title=title,
        value=value,
        format=kind,
        caption=caption,
        note=joined(" ", [said(part) for part in (item.how, "See the page Figures.", why) if part]),
        change=None if counted_only else _change(compared, points=points),
        change_format=change_format,
        detail=detail,
    )


def _value(item: Figure, *, rough: bool) -> Live:
    if item.formula is None and not isnan(item.now):
        return Live(f"={item.name}", item.now)
    shown = two_digits_formula(item.name) if rough else item.name
    value = two_digits(item.now) if rough else item.now
    return Live(f'=IF(ISNUMBER({item.name}),{shown},"{UNDEFINED}")', UNDEFINED if isnan(value) else value)


def _change(item: Figure, *, points: bool) -> Live | None:
    """Compare with a year earlier, where that is like with like: as a share of it, or for a share in points."""
    name, now, before = item.name, item.now, item.before
    if item.reason or before is None:
        return None
    if points:
        known = not (isnan(now) or isnan(before))
        formula = f'=IF(ISNUMBER({name}-{name}{BEFORE}),100*({name}-{name}{BEFORE}),"")'
        return Live(formula, 100 * (now - before) if known else "")
    change = now / before - 1 if before > 0 and not isnan(now) else ""
    return Live(
        f'=IF(ISNUMBER({name}/{name}{BEFORE}),IF({name}{BEFORE}>0,{name}/{name}{BEFORE}-1,""),"")', change
    )


def _new_customers(material: Material) -> str:
    """Say how many customers are new; all customers of a longer history are always more."""
    new = material.figures["new_customers"]
    if new.before is not None:
        return say(
            "{now} new in 12 months, {before} in the 12 before", now=count(new.now), before=count(new.before)
        )
    return say("{now} of them new in the last 12 months", now=count(new.now) if new.now else say("none"))


def _historic_caption(material: Material) -> Live:
    """Say what is taken off: with a cost of acquisition, the figure is no longer margin alone."""
    start = say("in {unit}, so far", unit=material.unit)
    cost = material.parameters.acquisition_cost
    less = say("{start}, after CAC", start=start)
    return Live(
        frame("=IF({cac}>0,{less},{start})", cac=material.cac_name, less=quoted(less), start=quoted(start)),
        less if cost else start,
    )


def _clv_detail(material: Material) -> Live:
    """Give the three factors of the CLV, so that the reader can multiply them; or say why there are none."""
    each, rate, life = (
        _factor(material, name, 2) for name in ("margin_per_order", "purchase_rate", "lifespan")
    )
    known = not isnan(material.figures["lifespan"].now)
    words = live_words("{margin} an order x {rate} a year x {life} years", margin=each, rate=rate, life=life)
    return Live(
        frame("=IF(ISNUMBER(lifespan),{words},{none})", words=words.formula, none=quoted(_NO_LIFESPAN)),
        words.text if known else _NO_LIFESPAN,
    )


def _clv_caption(material: Material) -> Live:
    """Say what else is in the CLV besides its three factors, and what is left of them by discounting."""
    parameters = material.parameters
    rate, cost = parameters.discount_rate, parameters.acquisition_cost
    discounted = live_words(
        "discounted at {rate}% a year from each year's end: {clv}",
        rate=Piece("FIXED(100*discount_rate,1)", number(100 * rate)),
        clv=_factor(material, "clv_before_cac", None),
    )
    less = live_words(", less CAC {cost}", cost=_cost(material))
    plain, whole = say("not discounted"), say(", no CAC taken off")
    formula = frame(
        '=IF(ISNUMBER(lifespan),IF(discount_rate>0,{discounted},{plain})&IF({cac}>0,{less},{whole}),"")',
        discounted=discounted.formula,
        plain=quoted(plain),
        cac=material.cac_name,
        less=less.formula,
        whole=quoted(whole),
    )
    text = (discounted.text if rate > 0 else plain) + (less.text if cost else whole)
    return Live(formula, "" if isnan(material.figures["lifespan"].now) else text)


def _ratio_detail(material: Material) -> Live:
    """Give the two sides of the ratio, the CLV before the cost is taken off and the cost; or say what is missing."""
    cost, known = material.parameters.acquisition_cost, not isnan(material.figures["ltv_to_cac"].now)
    before = _factor(material, "clv_before_cac", None)
    words = live_words("{clv} before CAC / CAC {cost}", clv=before, cost=_cost(material))
    text = words.text if known else _NO_LIFESPAN
    return Live(
        frame(
            "=IF({cac}>0,IF(ISNUMBER(ltv_to_cac),{words},{no_lifespan}),{no_cost})",
            cac=material.cac_name,
            words=words.formula,
            no_lifespan=quoted(_NO_LIFESPAN),
            no_cost=quoted(_NO_COST),
        ),
        text if cost else _NO_COST,
    )


def _payback_caption(material: Material) -> Live:
    months, cost = len(material.curve.ages), material.parameters.acquisition_cost
    never = (
        counted(months, "not within {number} month", "not within {number} months")
        if months
        else say("no month after a first order is over yet")
    )
    known = not isnan(material.figures["payback_months"].now)
    words = live_words("months until the margin covers CAC {cost}", cost=_cost(material))
    text = _NO_COST if not cost else words.text if known else never
    return Live(
        frame(
            "=IF({cac}>0,IF(ISNUMBER(payback_months),{words},{never}),{no_cost})",
            cac=material.cac_name,
            words=words.formula,
            never=quoted(never),
            no_cost=quoted(_NO_COST),
        ),
        text,
    )


def _cost(material: Material) -> Piece:
    """Return the cost of acquisition: as typed, or as measured from the spend."""
    name, cost = material.cac_name, material.parameters.acquisition_cost or 0.0
    return Piece(f"IF({name}<100,FIXED({name},2),FIXED({name},0))", number(cost, 2 if cost < 100 else 0))


def _factor(material: Material, name: str, digits: int | None) -> Piece:
    """Return a figure inside a caption, with some decimals or as amounts are; in a small shop in two digits."""
    value = material.figures[name].now
    if not is_rough(material.figures):
        if digits is None:
            return (
                live_amount(name, value, "") if not isnan(value) else Piece(live_amount(name, 0.0, "")[0], "")
            )
        return Piece(f"FIXED({name},{digits})", "" if isnan(value) else number(value, digits))
    short, formula = two_digits(value), two_digits_formula(name)
    # a whole number of three places or more keeps its thousands apart; a smaller one shows what digits it has
    text = "" if isnan(short) else number(short, 0) if abs(short) >= 100 else significant(short)
    return Piece(f"IF(ABS({formula})>=100,FIXED({formula},0),{formula})", text)
