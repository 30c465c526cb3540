"""The workbooks that come with the package: the template, and the add-in for Excel.

Both are built from text by ``make template`` and stand in the repository; an installed package carries them
beside its code. So nobody needs what builds them to use them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.workbook.atomic import atomic_file

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["ADDIN", "TEMPLATE", "addin_path", "template_path", "write_template"]

ADDIN: Final = Path("install", "clv_xl.xlam")
"""Where the add-in stands in the repository."""

TEMPLATE: Final = Path("workbook_templates", "clv_template.xlsm")
"""Where the template stands in the repository."""

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def addin_path() -> Path:
    """Return the path of the built add-in.

    Raises
    ------
    OutputError
        If the installation is damaged.

    Examples
    --------
    >>> addin_path().name
    'clv_xl.xlam'
    """
    return _found(ADDIN)


def template_path() -> Path:
    """Return the path of the built template.

    Raises
    ------
    OutputError
        If the installation is damaged.

    Examples
    --------
    >>> template_path().name
    'clv_template.xlsm'
    """
    return _found(TEMPLATE)


def write_template(path: str | PathLike[str], *, replace: bool = False) -> Path:
    """Write a new copy of the template.

    Parameters
    ----------
    path : path-like
        Where it shall stand; has to end in .xlsm, because Excel opens it under no other name.
    replace : bool, default False
        True replaces a file that is there.

    Returns
    -------
    Path
        Where it stands.

    Raises
    ------
    UsageError
        If the name does not end in .xlsm, or there is a file and it may not be replaced.
    OutputError
        If it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsm":
        raise UsageError(
            f"{target}: the template holds macros, so its name has to end in .xlsm. Choose such a name."
        )
    if target.exists() and not replace:
        raise UsageError(
            f"{target}: is there already, and may hold your orders. Give another name, or pass --replace to "
            "write over it."
        )
    # its bytes, not the file: a mark that it came from the web, or its mode, shall not come along
    content = template_path().read_bytes()
    with atomic_file(target) as handle:
        handle.write(content)
    return target


def _found(place: Path) -> Path:
    """Return the path in an installed package, else in a clone."""
    for folder in (_PACKAGE, _PACKAGE.parent):
        if (folder / place).is_file():
            return folder / place
    raise OutputError(f"{place.name} is missing from this installation of clv_xl. Install it again.")
