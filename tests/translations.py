"""The texts that translators see, taken from the source, and the catalogues made from them.

    python -m tests.translations            brings the catalogues up to date with the source, and compiles them
    python -m tests.translations --check    says what is stale, untranslated or unused, and changes nothing

Each text of our own is a literal in the source: the template of ``say`` and ``counted``, the nouns of ``plural``, and
every other literal of the modules below that reads as words. Texts that only a workbook's formulas or a program read
are told apart by their form.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from clv_xl.orders.sheet_words import in_sheet_words
from clv_xl.report.language import CATALOGUES, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

SOURCES = (
    "clv_xl/report/**/*.py",
    "clv_xl/models/*.py",
    "clv_xl/metrics/*.py",
    "clv_xl/orders/account.py",
    "clv_xl/parameter_specs.py",
)

SAID_ONLY = (
    "clv_xl/orders/**/*.py",
    "clv_xl/engines/*.py",
    "clv_xl/excel/examples.py",
    "clv_xl/excel/*records.py",
    "clv_xl/excel/refresh.py",
    "clv_xl/jobs.py",
    "clv_xl/parameters.py",
    "clv_xl/workbook/xlwings_writer/*.py",
)
"""Where only what is made with ``say`` and ``counted`` is a text for translators: the rest is data and messages."""


SMALL_WORDS = (
    *("active", "ambassadors", "behaviour", "blank", "cancelled", "channel", "code", "count", "country"),
    *(
        "currency",
        "customers",
        "date",
        "days",
        "differs",
        "inactive",
        "month",
        "months",
        "nobody",
        "none",
        "orders",
        "own",
    ),
    *(
        "period",
        "periods",
        "product",
        "quarter",
        "ratio",
        "refund",
        "sale",
        "score",
        "share",
        "steps",
        "switch",
    ),
    *("text", "total", "used", "year", "years"),
    *("completed", "partly refunded", "not completed", "refunded", "credit note", "test"),
    *("unknown, counted as completed", "subtract", "ignore", "automatic", "customer data", "off"),
)
"""Words of one small letter at the start that stand alone in cells; they could as well be keys."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text for translators: one for one, another for many where they differ, and where it stands."""

    one: str
    many: str
    where: str


def texts_of(path: str, source: str, *, said_only: bool = False) -> Iterator[Text]:
    """Yield the texts of a module; of some only what is said to be one."""
    tree = ast.parse(source)
    passed = _not_words(tree)
    for node in ast.walk(tree):
        where = f"{path}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [part.value if isinstance(part, ast.Constant) else None for part in node.args]
            match node.func.id, given:
                case "say", [str(text)]:
                    yield Text(text, "", where)
                case "say", [None]:
                    yield from (Text(text, "", where) for text in _either(node.args[0]))
                case "counted", [_, str(one), str(many), *_]:
                    yield Text(one, many, where)
                    passed.update(id(part) for part in node.args)
                case "frame" | "joined", [str(), *_]:
                    passed.add(id(node.args[0]))
                case "plural", [_, str(one), str(many)] if not said_only:
                    yield Text(f"{{number}} {one}", f"{{number}} {many}", where)
                    passed.update(id(part) for part in node.args)
        if said_only:
            yield from _of_record(node, where)
        words = node.value if isinstance(node, ast.Constant) and id(node) not in passed else None
        if isinstance(words, str) and not said_only and _reads_as_words(words):
            yield Text(words, "", where)


def _either(node: ast.AST) -> Iterator[str]:
    """Yield both texts of a choice between two."""
    if isinstance(node, ast.IfExp):
        for part in (node.body, node.orelse):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def _of_record(node: ast.AST, where: str) -> Iterator[Text]:
    """Yield what the page Functions shows of the record of a function for cells."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Metric":
        told = {part.arg: part.value for part in node.keywords}
        for part in (told["title"], told["category"], told["formula"]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield Text(part.value, "", where)


def _not_words(tree: ast.Module) -> set[int]:
    """Return what is no text for a reader of the report: docstrings, messages of errors, keys, names of types."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Expr | ast.JoinedStr | ast.Subscript | ast.Raise | ast.AnnAssign):
            parts = [node.annotation] if isinstance(node, ast.AnnAssign) else [node]
            if isinstance(node, ast.Subscript):
                parts = [node.slice]
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
                parts = []
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
        ):
            parts = [node]
        elif isinstance(node, ast.Dict):
            parts = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            parts = [node]
        passed.update(id(inner) for part in parts for inner in ast.walk(part))
    return passed


def _reads_as_words(text: str) -> bool:
    if (
        text.startswith(("=", "SELECT ", "UNION ", "DROP ", "CREATE ", "INSERT "))
        or "[@" in text
        or not re.search(r"[A-Za-z]{2}", text)
        or ('"' in text and "&" in text)
    ):
        return False
    if re.fullmatch(r"[a-z0-9_.:/\\<>%#-]+|[A-Z0-9_]+|%.*", text) or re.match(r"[A-Z]{2,}\(", text):
        return False
    return " " in text or text[0].isupper()


@cache
def texts() -> dict[str, Text]:
    """Return every text of the report by itself, in the order of the source."""
    found: dict[str, Text] = {}
    for word in SMALL_WORDS:
        found[word] = Text(word, "", "cells")
    for pattern in (*SOURCES, *SAID_ONLY):
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for text in texts_of(name, path.read_text(encoding="utf-8"), said_only=pattern in SAID_ONLY):
                for form in dict.fromkeys((text, _in_sheets(text))) if pattern in SAID_ONLY else (text,):
                    known = found.get(form.one)
                    if known is None or (form.many and not known.many):
                        found[form.one] = form
    return found


def _in_sheets(text: Text) -> Text:
    """Return a text as it reads in a workbook, where there are no options to pass."""
    return replace(text, one=in_sheet_words(text.one), many=in_sheet_words(text.many))


def catalogue(code: str) -> Catalog:
    """Return the catalogue of a language as it stands; an empty one where there is none."""
    path = CATALOGUES / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def brought_up(code: str) -> Catalog:
    """Return a catalogue with every text of the source, translated as far as the old one was, and no other."""
    old = catalogue(code)
    new = Catalog(locale=code, project="clv_xl", charset="utf-8", fuzzy=False)
    new.header_comment = f"# The words of the report in the language {code}."
    for one, text in texts().items():
        known = old.get(one)
        said = known.string if known is not None else ""
        if text.many:
            said = said if isinstance(said, tuple) else (said, "")
            new.add((one, text.many), said)
        else:
            new.add(one, said[0] if isinstance(said, tuple) else said)
    return new


def as_po(words: Catalog) -> bytes:
    """Return a catalogue as text, without dates: the same words give the same bytes."""
    page = io.BytesIO()
    write_po(page, words, width=110, omit_header=True, no_location=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {words.locale_identifier}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    )
    return header.encode() + page.getvalue()


def as_mo(code: str) -> bytes:
    """Return a language's words as they are read at run time."""
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        words = read_po(file, locale=code)
    words.creation_date = words.revision_date = datetime(2025, 1, 1, tzinfo=UTC)
    page = io.BytesIO()
    write_mo(page, words)
    return page.getvalue()


def missing(code: str) -> list[str]:
    """Return the texts that a language lacks."""
    known = catalogue(code)
    lacking = []
    for one, text in texts().items():
        found = known.get(one)
        said = found.string if found is not None else ""
        parts = said if isinstance(said, tuple) else (said,)
        if not all(parts) or (text.many and not isinstance(said, tuple)):
            lacking.append(one)
    return lacking


def unused(code: str) -> list[str]:
    """Return the texts of a catalogue that the source no longer has."""
    wanted = texts()
    return [
        one
        for item in catalogue(code)
        if item.id and (one := item.id if isinstance(item.id, str) else item.id[0]) not in wanted
    ]


def main() -> None:
    """Bring everything up to date, or say what is not."""
    check = "--check" in sys.argv[1:]
    wrong = []
    CATALOGUES.mkdir(exist_ok=True)
    for code in LANGUAGES:
        path, compiled = CATALOGUES / f"{code}.po", CATALOGUES / f"{code}.mo"
        if check:
            wrong += [f'{path.name}: not translated: "{text}"' for text in missing(code)]
            wrong += [f'{path.name}: no longer used: "{text}"' for text in unused(code)]
            if not compiled.exists() or compiled.read_bytes() != as_mo(code):
                wrong.append(f"{compiled.name}: older than {path.name}; run python -m tests.translations")
        else:
            path.write_bytes(as_po(brought_up(code)))
            compiled.write_bytes(as_mo(code))
            sys.stdout.write(f"{code}: {len(texts())} texts, {len(missing(code))} without a translation\n")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
