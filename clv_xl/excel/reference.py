"""Write the reference of the functions from their records: ``python -m clv_xl.excel.reference [--check]``.

It writes ``docs/functions.md`` and the block of ``README.md`` between its two marks, both in the current
folder. With ``--check`` it writes nothing and ends with exit code 1 when one of them is out of date.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.excel.registry import functions
from clv_xl.excel.renewal import renew_or_check
from clv_xl.metrics.catalogue import catalogue
from clv_xl.metrics.record import excel_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clv_xl.metrics.record import Argument, Metric

__all__ = ["BEGIN", "END", "main", "render_readme_table", "render_reference", "with_table"]

_WIDEST: Final = 10
"""Columns of a table that a page can show."""

BEGIN: Final = "<!-- functions:begin -->"
END: Final = "<!-- functions:end -->"

_UNIT_WORDS: Final = {
    "currency": "currency",
    "ratio": "a multiple",
    "share": "share (0.1 is 10%)",
    "orders per customer-year": "orders per customer-year",
    "none": "",
    "table": "a table",
}

_TAKES: Final = {
    "number": "number or column",
    "single": "number",
    "whole": "whole number or column",
    "text": "text",
    "date": "date",
    "numbers": "column of numbers",
    "dates": "column of dates",
    "ids": "column of ids",
    "table": "table",
}

_INTRODUCTION: Final = """\
# Functions

<!-- Written by `python -m clv_xl.excel.reference`. Change the records in clv_xl instead. -->

Each figure of clv_xl has one definition. It is the same in a cell, in a report and in Python. Predictions of single
customers are the exception: a report corrects them where its own past says so, CLV_PREDICT and CLV_BACKTEST do not.

- Arguments in [brackets] may be left out.
- A range may be a whole column; a header row and trailing blank cells do not matter. A header is a text above
  numbers or dates; columns that begin in the same row have it together. It is one row: a title above it, or a
  second row of it, is an error in its cell.
- Where a number or column may stand, a range gives a result for each of its cells. A row against a column gives
  a table of all pairs.
- Columns of orders are read row by row. A row without a customer, a date or an amount is left out, and so is a
  refund (a negative amount) of a customer who has no earlier order: the same rows as in a report.
- A blank in brackets counts as left out. Where only such an argument is a range, its blanks at the end count too,
  unless it is a whole column. A customer id is text: the number 17850 and the text "17850" are one.
- A date is a date, Excel's day number, or a text such as 2024-01-31 or 31.01.2024; its time does not matter. A
  number may be a text too, with a decimal comma or point: "1 234,50". "1,234" alone could be either, so it is
  `#VALUE!`.
- A function that gives a table fills the cells below and beside it, with a header row.
- `#N/A` means that there is no figure: a required cell is blank, or what the text says. In Python that is
  NaN.
- `#NUM!` means an impossible number, `#VALUE!` a wrong type or columns of different length. In Python both
  are an `ArgumentError` that names the argument and the value. An error in a cell that a function needs comes
  out as one of these three. A figure beyond 1.8E+308, the largest number of a cell, is `#NUM!` too, and in Python
  NaN.
- The reason of an error counts the rows of a range from its first one, the header included.
- Function names are the same in every language of Excel. What stands between the arguments is not: where
  Excel shows decimals with a comma, type `;` instead of `,`.
- In the examples `{1;2;3}` is a column, and a date is written as Excel's day number.
"""

_FIGURES: Final = """
# Other figures in the report

These appear in the report and have no function of their own in a cell.
"""


def _cell(text: str) -> str:
    """Escape what would end a cell of a Markdown table."""
    return text.replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(item) for item in line) + " |" for line in lines) + "\n"


def _unit(unit: str) -> str:
    return _UNIT_WORDS.get(unit, unit)


def _argument(item: Argument) -> list[str]:
    takes = _TAKES[item.kind]
    if item.choices:
        takes = " or ".join(f'"{choice}"' for choice in item.choices)
    default = "" if item.required or item.default is None else excel_text(item.default)
    return [f"`{item.name}`", takes, _unit(item.unit), default, item.meaning]


def _result(metric: Metric) -> str:
    if isinstance(metric.example_result, tuple):
        rows = metric.example_result
        if metric.needs_orders:
            return f"a table of {len(rows[0])} columns"
        return f"a table of {len(rows)} rows and {len(rows[0])} columns"
    return _shown(metric.example_result)


def _shown(value: object) -> str:
    """Write a value as a sheet would show it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _result_table(metric: Metric) -> str:
    """Show a table that fits on a page."""
    rows = metric.example_result
    if not isinstance(rows, tuple) or len(rows[0]) > _WIDEST:
        return ""
    begins = "\nIts first rows:\n\n" if metric.needs_orders else "\n"
    head, *body = ([_shown(value) for value in row] for row in rows)
    return begins + _table(head, body)


def _python(metric: Metric) -> str:
    """Say where Python finds the function; one that groups orders takes cells, as Excel's does."""
    name = f"metrics.{metric.function.__name__}" if metric.function else f"excel.functions.{metric.name}"
    return f"- In Python: `clv_xl.{name}`\n"


def _function(metric: Metric) -> str:
    return (
        f"\n### {metric.name}\n\n"
        f"`{metric.signature}`\n\n"
        f"{metric.title}: {metric.formula}.\n\n"
        + _table(["Argument", "Takes", "Unit", "Default", "Meaning"], map(_argument, metric.arguments))
        + f"\n- Gives: {_unit(metric.unit)}\n"
        f"- `#N/A`: {metric.undefined}\n"
        f"- Example: `{metric.example}` gives {_result(metric)}\n"
        f"- Source: {metric.reference}\n" + _python(metric) + _result_table(metric)
    )


def render_reference() -> str:
    """Return the text of ``docs/functions.md``.

    Examples
    --------
    >>> render_reference().splitlines()[0]
    '# Functions'
    """
    records = [function.record for function in functions()]
    categories = dict.fromkeys(metric.category for metric in records)
    text = _INTRODUCTION
    for category in categories:
        text += f"\n## {category}\n"
        text += "".join(_function(metric) for metric in records if metric.category == category)
    rows = [
        [metric.title, _unit(metric.unit), metric.formula, metric.undefined, metric.reference]
        for metric in catalogue()
        if not metric.cell_function
    ]
    return text + _FIGURES + "\n" + _table(["Figure", "Unit", "Formula", "Not available", "Source"], rows)


def render_readme_table() -> str:
    """Return the table of functions for the README.

    Examples
    --------
    >>> render_readme_table().splitlines()[2]
    '| `CLV` | Customer lifetime value | `=CLV(800, 3, 6)` | 14,400 |'
    """
    return _table(
        ["Function", "What it gives", "Example", "Result"],
        (
            [f"`{record.name}`", record.title, f"`{record.example}`", _result(record)]
            for record in (function.record for function in functions())
        ),
    )


def with_table(readme: str) -> str:
    """Return the README with its block between the marks renewed.

    Raises
    ------
    UsageError
        When the two marks are not both there, in order and once.

    Examples
    --------
    >>> with_table("# Title")
    Traceback (most recent call last):
    clv_xl.errors.UsageError: README.md has no place for the table of functions.
    Put the lines "<!-- functions:begin -->" and "<!-- functions:end -->" where it belongs.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest:
        raise UsageError(
            "README.md has no place for the table of functions. "
            f'Put the lines "{BEGIN}" and "{END}" where it belongs.'
        )
    return f"{before}{BEGIN}\n{render_readme_table()}{END}{after}"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}. Free it and try again.") from error


def _renew(*, check: bool) -> int:
    readme, reference = Path("README.md"), Path("docs", "functions.md")
    if not readme.is_file():
        raise UsageError("There is no README.md here. Run this in the folder of the project.")
    wanted = {
        reference: render_reference(),
        readme: with_table(readme.read_text(encoding="utf-8")),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            sys.stderr.write(f"{path} is out of date. Run: python -m clv_xl.excel.reference\n")
        else:
            _write(path, wanted[path])
            sys.stdout.write(f"{path} written\n")
    return 1 if check and stale else 0


def main(arguments: Sequence[str]) -> int:
    """Renew or check both files; return the exit code.

    Parameters
    ----------
    arguments : sequence of str
        Nothing, or ``--check``.

    Returns
    -------
    int
        0 when all is well, 1 when ``--check`` finds a stale file, else the exit code of the error.

    Examples
    --------
    >>> main(["--chek"])
    2
    """
    return renew_or_check(arguments, "clv_xl.excel.reference", lambda check: _renew(check=check))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
