"""The laws of the house as functions from source text to a list of violations.

Each takes a path as it stands in the repository ("clv_xl/report/build.py") and the text of that file, so that
``test_house.py`` can hold the repository to a law, and the law to a planted violation.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "clv_xl"

# From the bottom up: a room may use itself and the rooms above it in this list, never one below.
LAYERS = (
    "errors",
    "limits",
    "said",
    "small_file",
    "loaded_ahead",
    "second_process",
    "run_record",
    "metrics",
    "models",
    "parameter_specs",
    "events",
    "parameters",
    "sample",
    "orders",
    "customers",
    "engines",
    "report",
    "workbook",
    "outputs",
    "campaigns",
    "customer_file",
    "job_results",
    "brand_file",
    "report_file",
    "gathered",
    "jobs",
    "excel",
    "printed",
    "desktop",
    "asked",
    "backtest_told",
    "stopped",
    "functions_command",
    "pseudonym_options",
    "order_options",
    "mapping",
    "subscriptions",
    "cli",
    "program",
)

# Rooms that may use less of the package than their layer would allow.
USES_ONLY = {
    "metrics": ("errors", "said", "metrics"),
    "models": ("errors", "said", "metrics", "models"),
    "workbook": ("errors", "limits", "said", "report.model", "workbook"),
}

# Only the command line may use the sample shop: no figure may depend on invented data.
USED_ONLY_BY = {"sample": ("sample", "cli")}

# Which rooms or modules may import a library. A library that is not here may be imported anywhere.
LIBRARIES = {
    "openpyxl": ("workbook",),
    "xlwings": ("excel", "workbook.xlwings_writer"),
    "fastexcel": ("orders",),
    "python_calamine": ("orders",),
    "defusedxml": ("orders", "workbook"),
    "lxml": ("orders", "workbook"),
    "pyopenvba": ("workbook",),
    "isal": ("workbook",),
    "duckdb": ("orders", "customers", "engines", "customer_file", "gathered", "jobs"),
    "click": (
        "cli",
        "desktop.commands",
        "functions_command",
        "mapping.command",
        "order_options",
        "printed",
        "pseudonym_options",
        "subscriptions.command",
    ),
    "rich": ("asked", "backtest_told"),
    "pg8000": ("orders",),
    "pyspark": ("engines",),
    "sqlglot": (),
    "lifetimes": (),
    "pytest": (),
    "hypothesis": (),
}

# Calls that read a user's orders, or write a workbook, whatever library they come from.
CALLS = {
    **dict.fromkeys(
        ("read_csv", "read_table", "read_excel", "read_parquet", "read_json", "load_workbook"), ("orders",)
    ),
    **dict.fromkeys(("to_excel", "ExcelWriter", "Workbook"), ("workbook",)),
}

# The pure rooms open no file at all.
PURE_ROOMS = ("metrics", "models")
OPENERS = ("open", "read_text", "read_bytes", "write_text", "write_bytes")

# What takes long to import is imported where it is used, so that `clv-xl --help` answers at once.
SLOW_LIBRARIES = ("scipy", "pandas", "openpyxl", "duckdb", "xlwings", "fastexcel", "pg8000", "pyspark")

# The relation of all orders, where a statement reads or changes it.
ORDERS_TABLE = re.compile(r"(?i)\b(?:from|join|into|table|update)\s+(order_rows)\b")
# SQL whose answer depends on which thread is first. row_number() over () alone counts rows as they were read.
CHANCE = re.compile(
    r"(?i)(?<![.\w])(?:(?:any_value|arbitrary|mode)\s*\(|(?:first|last)\("
    r"|row_number\(\)\s*over\s*\(\s*partition\s+by(?:(?!order\s+by)[^()])*\))"
)
ORDERS_TABLE_ROOMS = ("orders", "customers", "engines")
GROUPING_ROOMS = ("customers", "engines")

FORBIDDEN_NAMES = re.compile(r"(?i)^(utils?|helpers?|misc|common|.*manager.*)(\.py)?$")
MAX_LINES = 400

# The last letter in brackets keeps these lines from matching themselves.
MACHINE_TEXT = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|tm[p]|far[m])/"),
    "a registry's host or option": re.compile(
        r"registry\.npmj[s]|pythonhoste[d]|pypi\.org/simpl[e]|deb\.debia[n]"
        r"|--(?:extra-)?index-ur[l]|--find-link[s]|--registr[y]\b"
    ),
}

TOP_LEVEL = frozenset(
    (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "Makefile",
        "clv_xl",
        "workbook_templates",
        "tests",
        "install",
        "docs",
        "benchmarks",
        ".ci",
        ".github",
        ".gitignore",
        ".gitattributes",
    )
)


@dataclass(frozen=True)
class Import:
    """One imported name, in full: ``from clv_xl.report import model`` is ``clv_xl.report.model``."""

    name: str
    line: int
    at_start: bool  # run when the module is imported, and not only by a type checker


def room_of(path: str) -> str:
    """Return the room that a file of the package stands in; "" is the package's own front door."""
    first = PurePosixPath(path).relative_to(PACKAGE).parts[0].removesuffix(".py")
    return {"__init__": "", "__main__": "cli"}.get(first, first)


def _is_typing_block(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _walk(node: ast.AST, *, at_start: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every node below, and whether it runs when the module is imported."""
    for child in ast.iter_child_nodes(node):
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _is_typing_block(
            child
        )
        yield child, at_start
        yield from _walk(child, at_start=at_start and not later)


def imports(path: str, source: str) -> list[Import]:
    """Return every import of a module: at its top, in functions, for types only, and by ``import_module``."""
    package = PurePosixPath(path).parent.parts
    found = []
    for node, at_start in _walk(ast.parse(source), at_start=True):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            names = [
                a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
        else:
            continue
        found += [Import(name, node.lineno, at_start) for name in names]
    return found


def _called(node: ast.Call) -> str:
    """The last name of what is called: ``pd.read_csv(...)`` is "read_csv"."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in allowed)


def _module_in_package(path: str) -> str:
    """ "clv_xl/workbook/cells.py" is "workbook.cells"."""
    return ".".join(PurePosixPath(path).relative_to(PACKAGE).with_suffix("").parts)


def wrong_directions(path: str, source: str) -> list[str]:
    """Imports inside the package that point up, past an allow-list, or into the sample shop.

    Imports for types only count too: who names a type of a room knows that room.
    """
    room = room_of(path)
    if room and room not in LAYERS:
        return [f"{path}: {room} has no place in LAYERS of laws.py: give it one"]
    # The front door is used by every room, so it may use none but the bottom one.
    height = LAYERS.index(room) if room else 0
    found = []
    for item in imports(path, source):
        inner = item.name.removeprefix(f"{PACKAGE}.")
        used = inner.split(".")[0]
        if inner == item.name or used not in LAYERS:
            continue
        if LAYERS.index(used) > height:
            reason = f"{used} stands above {room or 'the package itself'}"
        elif not _within(inner, USES_ONLY.get(room, (inner,))):
            reason = f"{room} may use only {', '.join(USES_ONLY[room])}"
        elif room not in USED_ONLY_BY.get(used, (room,)):
            reason = f"{used} may be used only by {', '.join(USED_ONLY_BY[used])}"
        else:
            continue
        found.append(f"{path}:{item.line} imports {item.name}: {reason}")
    return found


def wrong_libraries(path: str, source: str) -> list[str]:
    """Libraries imported in a room that is not theirs."""
    module = _module_in_package(path)
    found = []
    for item in imports(path, source):
        library = item.name.split(".")[0]
        allowed = LIBRARIES.get(library)
        if allowed is not None and not _within(module, allowed):
            found.append(f"{path}:{item.line} imports {library}: only {', '.join(allowed) or 'tests'} may")
    return found


def wrong_files(path: str, source: str) -> list[str]:
    """Orders read outside orders/, workbooks written outside workbook/, any file opened in a pure room."""
    module, room = _module_in_package(path), room_of(path)
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        if not _within(module, CALLS.get(name, (module,))):
            found.append(f"{path}:{node.lineno} calls {name}: only {', '.join(CALLS[name])} may")
        if room in PURE_ROOMS and name in OPENERS:
            found.append(f"{path}:{node.lineno} calls {name}: {room} opens no file")
    return found


def slow_start(path: str, source: str) -> list[str]:
    """Slow libraries that a module imports when it is itself imported."""
    return [
        f"{path}:{item.line} imports {item.name} at its top: import it where it is used"
        for item in imports(path, source)
        if item.at_start and item.name.split(".")[0] in SLOW_LIBRARIES
    ]


def _texts(path: str, source: str) -> Iterator[tuple[int, str]]:
    """What a file says to a database: an .sql file without its comments, or the strings of a module."""
    if path.endswith(".sql"):
        for number, line in enumerate(source.splitlines(), start=1):
            yield number, line.split("--")[0]
        return
    tree = ast.parse(source)
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def grouped_orders(path: str, source: str) -> list[str]:
    """SQL that groups, or that names the orders' table, outside the rooms that may."""
    room = room_of(path)
    found = []
    for line, text in _texts(path, source):
        if room not in GROUPING_ROOMS and re.search(r"(?i)\bgroup\s+by\b", text):
            found.append(f"{path}:{line} groups in SQL: customers/ is the only place that groups orders")
        if room not in ORDERS_TABLE_ROOMS and (table := ORDERS_TABLE.search(text)):
            found.append(f"{path}:{line} uses {table[1]}: only {', '.join(ORDERS_TABLE_ROOMS)} may")
    return found


def chosen_by_chance(path: str, source: str) -> list[str]:
    """SQL that takes whichever value a thread brings first."""
    return [
        f"{path}:{line} takes any value: say which, with min, min_by or an order that leaves no tie"
        for line, text in _texts(path, source)
        if CHANCE.search(text)
    ]


def without_example(path: str, source: str) -> list[str]:
    """Public functions and classes whose docstring has no Examples section with a doctest."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if any(
            ast.unparse(decorator) in {"overload", "typing.overload"} for decorator in node.decorator_list
        ):
            continue
        doc = ast.get_docstring(node) or ""
        if not re.search(r"^Examples\n-{8}\n(.|\n)*>>> ", doc, flags=re.MULTILINE):
            found.append(f"{path}:{node.lineno} {node.name} has no Examples section with a doctest")
    return found


def forbidden_name(path: str) -> list[str]:
    """Names that say nothing about what a file holds."""
    return [
        f"{path}: {part} says nothing about what it holds: name it after its one job"
        for part in PurePosixPath(path).parts
        if FORBIDDEN_NAMES.match(part)
    ]


def too_long(lengths: dict[str, int], reasons: dict[str, str]) -> list[str]:
    """Modules longer than the house allows without a reason, and reasons that are no longer needed."""
    return [
        f"{path} has {lines} lines: is it two modules? If not, give the reason in LONG_MODULES"
        for path, lines in lengths.items()
        if lines > MAX_LINES and not reasons.get(path)
    ] + [
        f"{path} is in LONG_MODULES, but is not longer than {MAX_LINES} lines: take it out"
        for path in reasons
        if lengths.get(path, 0) <= MAX_LINES
    ]


def machine_text(path: str, source: str) -> list[str]:
    """Paths and hosts of one machine, which mean nothing on another."""
    return [
        f"{path}:{number} holds {what}: {found.group()}"
        for number, line in enumerate(source.splitlines(), start=1)
        for what, pattern in MACHINE_TEXT.items()
        if (found := pattern.search(line))
    ]


def beyond_top_level(names: set[str]) -> list[str]:
    """Names at the top of the repository that the customer did not allow."""
    return [
        f"{name} stands at the top level: only {', '.join(sorted(TOP_LEVEL))} may"
        for name in names - TOP_LEVEL
    ]


_VERSION = r"\d+\.\d+\.\d+"
_SECTIONS = frozenset(("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"))


def changelog_faults(text: str, version: str) -> list[str]:
    """Where a changelog leaves the form of Keep a Changelog, or its newest version is not ``version``."""
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    found = [
        f'CHANGELOG.md: "## {heading}" is neither "## [Unreleased]" nor "## [1.2.3] - 2026-01-31"'
        for heading in headings
        if not re.fullmatch(rf"\[Unreleased\]|\[{_VERSION}\] - (?:\d{{4}}-\d\d-\d\d|unreleased)", heading)
    ]
    if any("unreleased" in heading.lower() for heading in headings[1:]):
        found.append("CHANGELOG.md: what is unreleased is not the first heading")
    found += [
        f'CHANGELOG.md: "### {section}" is none of {", ".join(sorted(_SECTIONS))}'
        for section in re.findall(r"^### (.*)$", text, flags=re.MULTILINE)
        if section not in _SECTIONS
    ]
    if not headings:
        found.append("CHANGELOG.md has no heading for a version")
    versions = [match[1] for heading in headings if (match := re.match(rf"\[({_VERSION})\]", heading))]
    # Under [Unreleased] alone there is no version to compare yet.
    if versions and versions[0] != version:
        found.append(f"CHANGELOG.md: the newest version is {versions[0]}, but the package is {version}")
    return found
