"""Reads a company's brand from a TOML file: its name, its colour and its logo."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.small_file import small_text, toml_entries

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.workbook.brand import Brand
    from clv_xl.workbook.sheet import Picture

__all__ = ["load_brand"]

_KEYS: Final = ("company", "accent", "logo")
_LONGEST_NAME: Final = 80  # characters; Excel takes 255 in a header, codes and doubled & included
_MOST_BYTES: Final = 1 << 20  # of a logo: it travels in every report
_MOST_TEXT: Final = 1 << 16  # bytes of the TOML file
_COLOUR: Final = re.compile(r"#?([0-9A-Fa-f]{6})")
_SHORT_COLOUR: Final = re.compile(r"#?([0-9A-Fa-f]{3})")


def load_brand(path: Path) -> Brand:
    r"""Read a brand file.

    Parameters
    ----------
    path : pathlib.Path
        A TOML file with any of the keys ``company``, ``accent`` and ``logo``, a path seen from the file's folder.

    Raises
    ------
    InputError
        The file or the logo is missing, cannot be read, or is no TOML, PNG or JPEG.
    UsageError
        A key or a value cannot mean anything.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "brand.toml"
    ...     _ = path.write_text('company = "Nordlys AS"\naccent = "#7a0019"\n')
    ...     brand = load_brand(path)
    >>> brand.company, brand.accent, brand.logo
    ('Nordlys AS', '7A0019', None)
    """
    from clv_xl.workbook.brand import Brand  # noqa: PLC0415  # openpyxl: only where a brand is given

    entries = _entries(path)
    for key, value in entries.items():
        if key not in _KEYS:
            raise UsageError(
                f'{path}: "{key}" is no key of a brand. Expected {", ".join(_KEYS)}.{did_you_mean(key, _KEYS)}'
            )
        if not isinstance(value, str):
            raise UsageError(f"{path}: {key} is {value!r}; expected text in quotes, such as {_example(key)}")
    texts = {key: str(value).strip() for key, value in entries.items()}
    for key, value in texts.items():
        if not value:
            raise UsageError(
                f"{path}: {key} is empty. Give it a value such as {_example(key)}, or take it out."
            )
    logo: Picture | None = None
    files: tuple[Path, ...] = (path,)
    if "logo" in texts:
        logo, files = _logo(path, texts["logo"]), (path, path.parent / texts["logo"])
    return Brand(
        _company(path, texts.get("company", "")), _accent(path, texts.get("accent", "")), logo, files
    )


def _example(key: str) -> str:
    return {"company": '"Nordlys AS"', "accent": '"#1D5FA6"', "logo": '"logo.png"'}[key]


def _entries(path: Path) -> dict[str, object]:
    try:
        return toml_entries(small_text(path, _MOST_TEXT))
    except FileNotFoundError:
        raise InputError(f"{path}: no such brand file. Check the path given to --brand.") from None
    except UnicodeDecodeError as cause:
        raise InputError(f"{path}: cannot be read as text ({cause}). Save it as UTF-8.") from cause
    except tomllib.TOMLDecodeError as cause:
        raise InputError(
            f'{path}: is not valid TOML: {cause}. Expected lines such as: company = "Nordlys AS"'
        ) from cause


def _company(path: Path, name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise UsageError(
            f"{path}: company has {len(name)} characters; expected {_LONGEST_NAME} at most. Shorten it."
        )
    if not name.isprintable():
        raise UsageError(f"{path}: company is {name!r}; expected one line of letters. Write it on one line.")
    return name


def _accent(path: Path, colour: str) -> str:
    if not colour:
        return ""
    if found := _COLOUR.fullmatch(colour):
        return found[1].upper()
    if found := _SHORT_COLOUR.fullmatch(colour):
        return "".join(digit * 2 for digit in found[1]).upper()
    raise UsageError(
        f'{path}: accent is "{colour}"; expected a colour as # and six hexadecimal digits, such as "#1D5FA6".'
    )


def _logo(path: Path, name: str) -> Picture:
    from clv_xl.workbook.pictures import picture_of  # noqa: PLC0415

    file = path.parent / name
    what = f'{path}: logo is "{name}"'
    expected = "expected a PNG or JPEG file, its path seen from the folder of the brand file"
    try:
        if file.exists() and not file.is_file():
            raise InputError(f"{what}, which is no file; {expected}.")
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or cause
        raise InputError(f"{what}, which cannot be read ({reason}); {expected}.") from cause
    if len(content) > _MOST_BYTES:
        raise InputError(f"{what}, which is larger than 1 MB. Save it smaller: it is shown 56 pixels high.")
    try:
        return picture_of(content)
    except ValueError as cause:
        raise InputError(f"{what}, which {cause}; {expected}.") from cause
