"""The drivers judge truly: what they call recalculated is, and a failure is never taken for a result."""

from __future__ import annotations

import os
import re
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from tests.office import LibreOffice, OfficeError, Validator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are shell scripts")


@pytest.fixture
def lying_workbook(tmp_path: Path) -> Path:
    """A workbook whose A2 is ``=A1*2`` with A1 = 21, and whose stored value says 999."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"] = 21, "=A1*2"
    plain = tmp_path / "plain.xlsx"
    book.save(plain)
    path = tmp_path / "a lie.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, count = re.subn(rb"<v\s*/>|<v></v>", b"<v>999</v>", part)
                assert count == 1
            target.writestr(name, part)
    return path


def _a2(path: Path) -> object:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1][0]


def _program(folder: Path, script: str) -> Path:
    """A stand-in for an outside program, as a shell script."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.office
def test_recalculate_computes_every_formula_anew(
    recalculate: Callable[[Path], Path], lying_workbook: Path
) -> None:
    assert _a2(lying_workbook) == 999
    assert _a2(recalculate(lying_workbook)) == 42


@pytest.mark.office
def test_soffice_shows_the_stored_values(
    soffice: Callable[..., Path], lying_workbook: Path, tmp_path: Path
) -> None:
    assert _a2(soffice(lying_workbook, "xlsx", tmp_path / "out")) == 999
    assert soffice(lying_workbook).read_bytes().startswith(b"%PDF-")


@pytest.mark.office
def test_libreoffice_refusing_a_file_fails_the_test(soffice: Callable[..., Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(OfficeError, match=r"made no damaged\.pdf"):
        soffice(damaged, "pdf", tmp_path / "out")
    with pytest.raises(OfficeError, match=r"made no missing\.pdf"):
        soffice(tmp_path / "missing.xlsx", "pdf", tmp_path / "out")


@pytest.mark.office
def test_validator_names_part_and_fault(
    ooxml_validator: Callable[[Path], list[str]], tmp_path: Path, lying_workbook: Path
) -> None:
    # openpyxl writes the children of a font in an order that the standard does not allow.
    faults = ooxml_validator(lying_workbook)
    assert len(faults) == 1
    assert faults[0].startswith("/xl/styles.xml /x:styleSheet[1]/x:fonts[1]/x:font[1]: Schema: ")
    fixed = tmp_path / "fixed.xlsx"
    with zipfile.ZipFile(lying_workbook) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/styles.xml":
                part, count = re.subn(rb"<fonts.*?</fonts>", b'<fonts count="1"><font/></fonts>', part)
                assert count == 1
            target.writestr(name, part)
    assert ooxml_validator(fixed) == []
    no_workbook = tmp_path / "text.xlsx"
    no_workbook.write_text("not a zip", encoding="utf-8")
    assert ooxml_validator(no_workbook) == ["file: Exception: File contains corrupted data."]


@posix
def test_a_result_that_was_not_made_is_an_error_although_the_exit_code_is_0(
    tmp_path: Path, lying_workbook: Path
) -> None:
    office = LibreOffice(
        _program(tmp_path, "echo source file could not be loaded >&2"), tmp_path / "profile", recalculate=True
    )
    out = tmp_path / "out"
    out.mkdir()
    (out / "a lie.pdf").write_bytes(b"%PDF- of an earlier run")
    with pytest.raises(OfficeError, match="source file could not be loaded"):
        office.convert(lying_workbook, "pdf", out)


@posix
def test_the_workbook_is_never_converted_onto_itself(tmp_path: Path, lying_workbook: Path) -> None:
    before = lying_workbook.read_bytes()
    office = LibreOffice(_program(tmp_path, "exit 1"), tmp_path / "profile", recalculate=True)
    with pytest.raises(OfficeError, match="give another outdir"):
        office.convert(lying_workbook, "xlsx", tmp_path)
    assert lying_workbook.read_bytes() == before


@posix
def test_a_libreoffice_that_hangs_is_ended(
    tmp_path: Path, lying_workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.office.TIMEOUT_SECONDS", 0.2)
    office = LibreOffice(_program(tmp_path, "exec sleep 60"), tmp_path / "profile", recalculate=False)
    with pytest.raises(OfficeError, match=r"did not finish a lie\.xlsx"):
        office.convert(lying_workbook, "pdf", tmp_path / "out")


@posix
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no such option >&2; exit 2", "could not run"),
        ("""echo '{"ok": false, "errors": []}'; exit 1""", "contradicts itself"),
    ],
)
def test_a_validator_that_did_not_validate_is_an_error(tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(OfficeError, match=message):
        Validator(_program(tmp_path, script)).errors(tmp_path / "any.xlsx")
