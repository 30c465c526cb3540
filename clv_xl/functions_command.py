"""The command that lists the metrics, from the catalogue of the functions in cells."""

from __future__ import annotations

import click

from clv_xl.asked import example_result
from clv_xl.printed import echo, result_text
from clv_xl.run_record import current

__all__ = ["list_functions"]


@click.command("functions")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
def list_functions(name: str | None, *, as_json: bool) -> None:
    """List the metrics, or show one in full.

    NAME is a metric such as CLV: its arguments, formula, source and an example.
    """
    from clv_xl.excel.registry import find_record, functions  # noqa: PLC0415  # numpy: only where it is used

    chosen = (find_record(name),) if name else tuple(function.record for function in functions())
    current().count(functions=len(chosen))
    if as_json:
        keys = (
            "name",
            "title",
            "category",
            "unit",
            "formula",
            "undefined",
            "reference",
            "signature",
            "example",
        )
        records = [{key: getattr(metric, key) for key in keys} for metric in chosen]
        echo(result_text({"functions": records}))
    elif name:
        metric = chosen[0]
        unit = "a table" if metric.unit == "table" else f"in {metric.unit}"
        echo(f"{metric.signature}\n\n{metric.title}, {unit}\n= {metric.formula}\n")
        for argument in metric.arguments:
            echo(f"  {argument.name}: {argument.help}")
        echo(f"\n#N/A {metric.undefined}.\nSource: {metric.reference}")
        if metric.example:
            echo(f"Example: {metric.example} gives{example_result(metric)}")
    else:
        width = max(len(metric.signature) for metric in chosen)
        for metric in chosen:
            echo(f"{metric.signature:<{width}}  {metric.title}")
