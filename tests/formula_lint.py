"""Whether a formula is one: Excel repairs a file that holds another, and no validator reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.utils import FORMULAE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from openpyxl.formula.tokenizer import Token

# Functions of Excel that openpyxl's list does not know, and that a workbook of ours could use.
LATER_FUNCTIONS = ("IFNA", "SORT", "UNIQUE", "FILTER", "XLOOKUP", "LET", "LAMBDA", "TEXTJOIN", "CONCAT")
REFERENCE = re.compile(
    r"\$?[A-Z]{1,3}\$?\d{1,7}(:\$?[A-Z]{1,3}\$?\d{1,7})?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+"
)


@dataclass(frozen=True)
class Known:
    """What a formula of a workbook may name: sheets, defined names, tables with their columns, own functions."""

    sheets: Collection[str]
    names: Collection[str]
    tables: Mapping[str, Collection[str]]
    functions: Collection[str] = ()

    def fault_of_function(self, name: str) -> str:
        name = re.sub(r"^(_xlfn\.)?(_xlws\.)?", "", name, flags=re.IGNORECASE).upper()
        return "" if name in {*FORMULAE, *LATER_FUNCTIONS, *self.functions} else f"no function {name}"

    def fault_of_reference(self, text: str) -> str:
        sheet, mark, place = text.rpartition("!")
        if mark:
            title = sheet.strip("'").replace("''", "'")
            if title not in self.sheets:
                return f"no sheet {title}"
            return "" if REFERENCE.fullmatch(place) else f"{place} is no reference"
        table, bracket, columns = text.partition("[")
        if bracket:
            if table not in self.tables:
                return f"no table {table}"
            asked = re.findall(r"\[?([^\[\],:]+)\]", columns)
            missing = [item for item in asked if not item.startswith("#") and item not in self.tables[table]]
            return f"table {table} has no column {missing[0]}" if missing else ""
        return "" if REFERENCE.fullmatch(text) or text in self.names else f"no name {text}"


def formula_fault(text: str, known: Known) -> str:
    """Say what is wrong with a formula, given without its equals sign, or nothing."""
    try:
        tokens = Tokenizer(f"={text}").items
    except (IndexError, TokenizerError):
        return "its brackets or quotes do not close"
    reader = _Reader(known)
    for token in tokens:
        fault = reader.fault_of(token)
        if fault:
            return fault
    return "a bracket is open" if reader.opened else "it ends too early" if reader.wants_value else ""


@dataclass
class _Reader:
    """Reads a formula from the left: a value and what joins it take turns, and brackets close in order."""

    known: Known
    opened: list[str] = field(default_factory=list)
    wants_value: bool = True

    def fault_of(self, token: Token) -> str:
        if token.type == "WHITE-SPACE":
            return ""
        if token.type in {"FUNC", "PAREN", "ARRAY", "ARRAYROW"}:
            return self._open(token) if token.subtype == "OPEN" else self._close(token)
        if token.type == "SEP":
            return self._separate(token)
        if token.type.startswith("OPERATOR"):
            return self._operate(token)
        return self._value(token)

    def _open(self, token: Token) -> str:
        if not self.wants_value:
            return f"nothing joins {token.value}"
        self.opened.append(token.type)
        return self.known.fault_of_function(token.value.removesuffix("(")) if token.type == "FUNC" else ""

    def _close(self, token: Token) -> str:
        # SUM() and IF(a,) leave an argument out
        may_be_empty = token.type == "FUNC"
        if not self.opened or self.opened.pop() != token.type or (self.wants_value and not may_be_empty):
            return f"{token.value} closes nothing, or too early"
        self.wants_value = False
        return ""

    def _separate(self, token: Token) -> str:
        if not self.opened or (self.wants_value and self.opened[-1] != "FUNC"):
            return f"{token.value} separates nothing"
        self.wants_value = True
        return ""

    def _operate(self, token: Token) -> str:
        before = token.type == "OPERATOR-PREFIX"
        if before != self.wants_value:
            return f"{token.value} stands after a value" if before else f"{token.value} has nothing before it"
        self.wants_value = token.type != "OPERATOR-POSTFIX"
        return ""

    def _value(self, token: Token) -> str:
        if not self.wants_value:
            return f"nothing joins {token.value}"
        self.wants_value = False
        return self.known.fault_of_reference(token.value) if token.subtype == "RANGE" else ""
