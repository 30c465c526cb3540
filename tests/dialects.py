"""Writes the SQL of the other engines from that of DuckDB: ``python -m tests.dialects``; ``--check`` only compares.

sqlglot does the translation, and what it leaves to the writer is put right here; it is needed for developing only.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = (ROOT / "clv_xl" / "customers" / "sql", ROOT / "clv_xl" / "engines" / "sql")
DIALECTS: Final = ("postgres", "spark")
ONLY_DUCKDB: Final = frozenset(("vector_rows",))
"""Statements on columns of cells, which are never anywhere else."""


def sources() -> list[Path]:
    """Every statement that all engines run."""
    return [
        path
        for folder in FOLDERS
        for path in sorted(folder.glob("*.sql"))
        if "." not in path.stem and path.stem not in ONLY_DUCKDB
    ]


def rendered(source: Path, dialect: str) -> str:
    """The text of a statement in another dialect."""
    (tree,) = sqlglot.parse(source.read_text(encoding="utf-8"), read="duckdb")
    assert tree is not None
    for put_right in _PUT_RIGHT[dialect]:  # each goes into what the one before made
        tree = tree.transform(put_right)
    text = tree.sql(dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    text = re.sub(r"%\((\w+)\)s", r":\1", text)
    return f"-- Made from {source.name} by tests/dialects.py: change that file, then run make docs.\n{text}\n"


def _plain_year(node: exp.Expression) -> exp.Expression:
    """Parts of dates as whole numbers: PostgreSQL gives numeric."""
    if isinstance(node, exp.Year | exp.Month):
        return exp.cast(exp.Extract(this=exp.var(type(node).__name__.upper()), expression=node.this), "int")
    return node


def _plain_division(node: exp.Expression) -> exp.Expression:
    """Whole numbers divided: the function DIV of PostgreSQL is one of numeric."""
    if isinstance(node, exp.IntDiv):
        return exp.Div(this=node.this, expression=node.expression, typed=True, safe=False)
    return node


def _first_by(node: exp.Expression) -> exp.Expression:
    """The value that is known where another is least, which PostgreSQL has no function for."""
    if isinstance(node, exp.ArgMin):
        first = exp.Order(expressions=[exp.Ordered(this=node.expression)], this=node.this)
        all_known = exp.paren(_known(exp.ArrayAgg(this=first), node.this), copy=False)
        return exp.Bracket(this=all_known, expressions=[exp.Literal.number(1)], offset=1)
    return node


def _known_by(node: exp.Expression) -> exp.Expression:
    """The same in Spark, which would give a value that is not known, too."""
    return _known(node.copy(), node.this) if isinstance(node, exp.ArgMin) else node


def _known(found: exp.Expression, value: exp.Expression) -> exp.Expression:
    is_known = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    return exp.Filter(this=found, expression=exp.Where(this=is_known))


def _days_between(node: exp.Expression) -> exp.Expression:
    """Days between two dates: in PostgreSQL their difference."""
    if isinstance(node, exp.DateDiff):
        return exp.paren(exp.Sub(this=node.this, expression=node.expression), copy=False)
    return node


def _within_group(node: exp.Expression) -> exp.Expression:
    """The quantile as Spark writes it."""
    if isinstance(node, exp.PercentileDisc) and node.expression:
        return exp.WithinGroup(
            # by its name: the class would be written as a function that only estimates
            this=exp.Anonymous(this="PERCENTILE_DISC", expressions=[node.expression]),
            expression=exp.Order(expressions=[exp.Ordered(this=node.this)]),
        )
    return node


_PUT_RIGHT: Final = {
    "postgres": (_plain_year, _plain_division, _first_by, _days_between),
    "spark": (_within_group, _known_by),
}


def _texts() -> Iterator[tuple[Path, str]]:
    for source in sources():
        for dialect in DIALECTS:
            yield source.with_suffix(f".{dialect}.sql"), rendered(source, dialect)


def stale() -> list[str]:
    """Files that are not what their source says, or that have none."""
    wanted = dict(_texts())
    there = {path for folder in FOLDERS for path in folder.glob("*.*.sql")}
    return sorted(
        str(path.relative_to(ROOT))
        for path in wanted.keys() | there
        if path not in wanted or not path.exists() or path.read_text(encoding="utf-8") != wanted[path]
    )


def main_of(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args(arguments).check:
        found = stale()
        for path in found:
            print(f"{path} is not what its source says. Run: make docs", file=sys.stderr)  # noqa: T201
        return 1 if found else 0
    for path, text in _texts():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main_of(sys.argv[1:]))
