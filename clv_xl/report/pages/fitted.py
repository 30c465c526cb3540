"""The fitted parameters of the models: part of the page Forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Paragraph, Table
from clv_xl.report.words import count, number
from clv_xl.said import frame, joined, said, say

if TYPE_CHECKING:
    from clv_xl.models.fit import Fit
    from clv_xl.models.records import Parameters
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Scalar

__all__ = ["fitted_parameters"]


def fitted_parameters(material: Material) -> list[Block]:
    """List the fitted parameters."""
    outlook = material.prediction.outlook
    choice, spend = outlook.choice, outlook.spend
    if choice is None:
        return []
    fits: list[tuple[str, str, Fit[Parameters]]] = [("Orders", choice.name, choice.fit)]
    if spend is not None:
        fits.append(("Amounts", spend.model.model_name, spend))
    rows: list[tuple[Scalar, ...]] = [
        (
            frame("{what}: {model}", what=said(what), model=model),
            name,
            value,
            error,
            _MEANING.get((what, name), ""),
        )
        for what, model, fit in fits
        for name, value, error in zip(fit.model.names(), fit.model.values(), fit.standard_errors, strict=True)
    ]
    fit = choice.fit
    compared = joined(
        "; ", (frame("{name} {value}", name=name, value=number(value, 1)) for name, value in choice.compared)
    )
    likelihoods = say(
        "How closely each model follows the orders so far (log-likelihood): {compared}. What "
        "decides is how well it predicts.",
        compared=compared,
    )
    return [
        Table(
            name="model_parameters",
            title="Fitted parameters",
            caption=say(
                "By maximum likelihood over {customers} customers, {repeat_customers} of whom came "
                "again; times in weeks, amounts in the currency. The standard error says how well a "
                "parameter is known (#N/A where the data do not tell).",
                customers=count(fit.customers),
                repeat_customers=count(fit.repeat_customers),
            ),
            columns=(
                Column("model", "Model", "text", words=True),
                Column("name", "Parameter", "text"),
                Column("value", "Value", "decimal", emphasis=True),
                Column("error", "Standard error", "decimal"),
                Column("meaning", "What it means", "text", words=True),
            ),
            rows=tuple(rows),
        ),
        Paragraph(lines=(likelihoods, *_left_out(material))),
    ]


def _left_out(material: Material) -> tuple[str, ...]:
    """Say why a model that was tested has no likelihood among the others."""
    choice, name = material.prediction.outlook.choice, "BG/NBD"
    listed = () if choice is None else dict(choice.compared)
    if name not in material.prediction.past.methods or name in listed:
        return ()
    return (
        say("{name} is not among them: it is tested to compare with papers, and not chosen from.", name=name),
    )


_MEANING = {
    ("Orders", "r"): "How alike customers are in their pace of ordering: the higher, the more alike.",
    (
        "Orders",
        "alpha",
    ): "Scale of that pace: r / alpha is the mean number of orders a week while a customer.",
    ("Orders", "s"): "How alike customers are in how soon they leave: the higher, the more alike.",
    ("Orders", "beta"): "Scale of that: s / beta is the mean rate of leaving a week.",
    ("Orders", "a"): "With b, the chance of leaving after an order: a / (a + b) on average.",
    ("Orders", "b"): "With a, the chance of leaving after an order.",
    ("Amounts", "p"): "How steady a customer's amounts are: the higher, the steadier.",
    ("Amounts", "q"): "How alike customers are in what they spend: the higher, the more alike.",
    ("Amounts", "v"): "Scale of the amounts: p x v / (q - 1) is the mean amount of all customers.",
}
