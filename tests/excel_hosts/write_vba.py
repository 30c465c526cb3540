"""Writes the generated VBA modules of the add-in anew: ``python -m tests.excel_hosts.write_vba``."""

from __future__ import annotations

from clv_xl.excel.registry import functions
from clv_xl.excel.vba import FUNCTIONS_MODULE, HELP_MODULE, help_module, wrappers
from tests.excel_hosts.classic import ClassicExcel
from tests.office import ROOT

FOLDER = ROOT / "install" / "vba"


def generated(excel: ClassicExcel) -> dict[str, str]:
    """File name -> text of each module that is made from the registry."""
    return {
        f"{FUNCTIONS_MODULE}.bas": wrappers(excel.generated_vba()),
        f"{HELP_MODULE}.bas": help_module(functions()),
    }


def main() -> None:
    with ClassicExcel() as excel:
        for name, text in generated(excel).items():
            # as in a checkout: Excel's editor of VBA imports Windows line ends only
            (FOLDER / name).write_text(text, encoding="ascii", newline="\r\n")


if __name__ == "__main__":
    main()
