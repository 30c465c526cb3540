"""The scripts for people without Python: the Mac's runs here with a stand-in for uv, Windows' is only parsed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INSTALL = ROOT / "install"

UV = """#!/bin/sh
printf 'uv %s\\n' "$*" >> "$LOG"
case "$*" in
    "tool install"*) exit "${INSTALL_CODE:-0}" ;;
    "pip install"*) exit "${HASH_CODE:-0}" ;;
    "tool dir") echo /tools ;;
    "tool dir --bin") echo "$BIN" ;;
esac
"""
PROGRAM = """#!/bin/sh
printf 'clv-xl %s\\n' "$*" >> "$LOG"
[ "$1" = doctor ] && exit "${DOCTOR_CODE:-0}"
exit "${ADDIN_CODE:-0}"
"""


def run(
    tmp_path: Path, *arguments: str, script: Path | None = None, **variables: str
) -> tuple[int, str, list[str]]:
    """Run the Mac's script in a fake home; return its code, what it said, and what it called."""
    home = tmp_path / "Åsa Ek"
    tools = tmp_path / "tool s"
    for folder, name, text in ((home / ".local/bin", "uv", UV), (tools, "clv-xl", PROGRAM)):
        folder.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    log = tmp_path / "log"
    done = subprocess.run(
        ["/bin/sh", str(script or INSTALL / "install-mac.command"), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LOG": str(log), "BIN": str(tools), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    calls = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return done.returncode, done.stderr, calls


def test_the_macs_script_installs_package_and_addin_and_looks(tmp_path: Path) -> None:
    code, said, calls = run(tmp_path)
    lock = INSTALL / "requirements.lock"
    assert code == 0, said
    assert calls == [
        f"uv tool install --python >=3.11 --reinstall --constraints {lock} {ROOT}",
        "uv tool dir",
        f"uv pip install --quiet --python /tools/clv-xl --require-hashes --reinstall --requirements {lock}",
        "uv tool update-shell",
        "uv tool dir --bin",
        "clv-xl install",
        "clv-xl doctor",
    ]


def test_another_source_may_be_given(tmp_path: Path) -> None:
    _, _, calls = run(tmp_path, "/Volumes/USB Stick/clv_xl.whl")
    assert calls[0].endswith("--reinstall /Volumes/USB Stick/clv_xl.whl")
    # the lock is that of this project, and of no other source
    assert not [call for call in calls if "requirements.lock" in call]


@pytest.mark.parametrize(
    ("variable", "code", "words", "last"),
    [
        ("INSTALL_CODE", 1, "The package could not be installed", "uv tool install"),
        ("HASH_CODE", 1, "A package is not the one that clv_xl was tested with", "uv tool uninstall"),
        ("ADDIN_CODE", 1, "The add-in could not be installed", "clv-xl install"),
        ("DOCTOR_CODE", 3, "Installed, but something is not as it should be", "clv-xl doctor"),
    ],
)
def test_a_failing_step_ends_the_macs_script_with_its_reason(
    tmp_path: Path, variable: str, code: int, words: str, last: str
) -> None:
    ended, said, calls = run(tmp_path, **{variable: str(code)})
    assert ended == code
    assert words in said
    assert calls[-1].startswith(last)


def test_the_script_for_windows_parses() -> None:
    powershell = pytest.importorskip("tree_sitter_powershell", reason="the parser of PowerShell is not here")
    from tree_sitter import Language, Parser

    parser = Parser(Language(powershell.language()))
    tree = parser.parse((INSTALL / "install.ps1").read_bytes())
    assert not tree.root_node.has_error
    # the parser does see errors
    assert parser.parse(b"if ($x { exit 1").root_node.has_error


def test_both_scripts_take_the_same_steps() -> None:
    def steps(name: str) -> list[str]:
        text = (INSTALL / name).read_text(encoding="utf-8")
        found = re.findall(
            r"uv tool (?:install|update-shell|dir)|uv pip install|program\"? (?:install|doctor)", text
        )
        return [step.replace('"', "") for step in found if "uninstall" not in step]

    assert steps("install.ps1") == steps("install-mac.command")
    assert len(steps("install.ps1")) == 7


def test_windows_line_ends_reach_windows() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")
    assert "*.ps1 text eol=crlf" in attributes
