"""What the command line prints: words that may quote a file from a stranger, on whatever terminal."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Final

import click

from clv_xl.run_record import current

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["echo", "json_text", "result_text", "shown"]

# A terminal obeys these: a title is set, a line written over, the clipboard filled.
_ORDERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_JSON: Final = re.compile("[\x7f-\x9f\ud800-\udfff]")


def shown(text: str, encoding: str | None = "utf-8") -> str:
    r"""Return text for a terminal or a log: it orders nothing, and can be written in the encoding.

    Examples
    --------
    >>> shown("a\x1b]0;title\x07b\tc")
    'a\ufffd]0;title\ufffdb\tc'
    >>> shown("12 € på 中", "cp1252")
    '12 € på \\u4e2d'
    """
    plain = _ORDERS.sub("\ufffd", text)
    try:
        plain.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return plain.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
    return plain


def echo(text: str, *, err: bool = False) -> None:
    """Print text and a line end, on standard output or on standard error."""
    click.echo(shown(text, getattr(sys.stderr if err else sys.stdout, "encoding", None)), err=err)


def json_text(value: object) -> str:
    r"""Return what ``--json`` prints; letters that the terminal has no sign for are escaped.

    Examples
    --------
    >>> print(json_text({"å": 1}))
    {
      "å": 1
    }
    >>> print(json_text("\udcff"))
    "\udcff"
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf"), indent=2, allow_nan=False)
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def result_text(result: Mapping[str, object]) -> str:
    """Return what ``--json`` prints of a command: its result, and under ``run`` how long it took and what it counted.

    Examples
    --------
    >>> import json
    >>> sorted(json.loads(result_text({"report": "r.xlsx"}))["run"])
    ['command', 'counts', 'cpu_seconds', 'seconds', 'steps', 'version']
    """
    return json_text({**result, "run": current().as_data()})
