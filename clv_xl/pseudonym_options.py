"""The options that put pseudonyms in place of customers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clv_xl.orders.pseudonyms import Pseudonyms

__all__ = ["pseudonym_options", "pseudonyms_wanted"]

_PSEUDONYMISE = click.option(
    "--pseudonymise", is_flag=True,
    help="Put pseudonyms in place of customers everywhere, made with a key; e-mail addresses are left out.",
)  # fmt: skip
_KEY_FILE = click.option(
    "--key-file", type=click.Path(path_type=Path), metavar="FILE",
    help="The file that holds the key for --pseudonymise; without it the environment variable CLV_XL_KEY.",
)  # fmt: skip


def pseudonym_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that put pseudonyms in place of customers."""
    return _PSEUDONYMISE(_KEY_FILE(command))


def pseudonyms_wanted(given: Mapping[str, Any]) -> Pseudonyms | None:
    """Return what makes pseudonyms, None where they are not asked for.

    Raises
    ------
    UsageError
        There is a key file without ``--pseudonymise``, no key at all, or one that is too short.
    """
    if not given.get("pseudonymise"):
        if given.get("key_file") is not None:
            raise UsageError(
                "--key-file is given without --pseudonymise: nothing would be made with that key."
            )
        return None
    from clv_xl.orders.pseudonyms import read_key  # noqa: PLC0415  # only where it is asked for

    return read_key(given["key_file"], os.environ)
