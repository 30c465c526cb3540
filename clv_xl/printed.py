"""What the command line prints: words that may quote a file from a stranger, on whatever terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Final

import click

from clv_xl.errors import OutputError
from clv_xl.run_record import current

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["echo", "json_text", "open_closed_streams", "result_text", "shown"]

# A terminal obeys these: a title is set, a line written over, the clipboard filled.
_ORDERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_JSON: Final = re.compile("[\x7f-\x9f\ud800-\udfff]")


def open_closed_streams() -> None:
    """Let standard streams that were closed, as ``2>&-`` does, lead to nowhere.

    Else the next file that is opened, a report for one, would get the number of such a stream, and with it whatever
    a library writes there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # open until the end


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
    """Print text and a line end, on standard output or on standard error.

    Where whoever was to read it has gone, as in ``clv-xl functions | head -1``, the program ends without a word.
    """
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(shown(text, getattr(stream, "encoding", None)), err=err)
    except BrokenPipeError:
        # what is still held back would be tried once more at the end, and complained of
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        sys.exit(OutputError.exit_code)


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
