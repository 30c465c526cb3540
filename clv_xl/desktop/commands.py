"""The commands for a user's own Excel: template, install, uninstall, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clv_xl.errors import UsageError
from clv_xl.printed import echo, result_text
from clv_xl.run_record import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.desktop.installing import Step

__all__ = ["doctor", "install", "template", "uninstall"]

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
_QUIET = click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")


@click.command()
@click.argument("output", type=click.Path(path_type=Path), metavar="OUT.xlsm")
@click.option("--replace", is_flag=True, help="Write over a file of this name that is there already.")
@click.option(
    "--language",
    type=click.Choice(("en", "sv", "nb", "da")),
    default="en",
    help="Language of its sheets, notes and choices; all but English without macros (.xlsx).",
)
@_JSON
@_QUIET
def template(output: Path, *, replace: bool, language: str, as_json: bool, quiet: bool) -> None:
    """Write the template workbook.

    Paste orders into it, and refresh the report in Excel. A name that ends in .xlsx gives it without macros, for
    xlwings Server and Lite, and for clv-xl refresh.
    """
    if output.suffix.lower() == ".xlsx":
        from clv_xl.excel.template import make_template  # noqa: PLC0415  # openpyxl: only where it is used

        make_template(output, language=language, replace=replace)
    elif language != "en":
        raise UsageError(
            f"{output}: the template with macros is in English. For another language give a name that ends in .xlsx;"
            " the ribbon of the add-in refreshes it."
        )
    else:
        from clv_xl.workbook.shipped import write_template  # noqa: PLC0415  # only where it is used

        output = write_template(output, replace=replace)
    if as_json:
        echo(result_text({"template": str(output)}))
    elif not quiet:
        echo(f"{output} written. Open it in Excel; its first sheet says what to do.")


@click.command()
@_JSON
@_QUIET
def install(*, as_json: bool, quiet: bool) -> None:
    """Put the add-in into your Excel (Windows, Mac).

    Copies it into the folder that Excel opens at its start, and notes which Python it shall use. Needs no
    administrator. Doing it again does no harm.
    """
    from clv_xl.desktop.desk import this_desk  # noqa: PLC0415  # the help text must not wait for it
    from clv_xl.desktop.installing import install as put_in  # noqa: PLC0415

    desk = this_desk()
    steps = put_in(desk)
    _tell(steps, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        echo(
            "Start Excel anew: the tab Customer value and the functions are there."
            if desk.system == "windows"
            else "Quit Excel (Cmd-Q) and start it: the tab Customer value is there. The functions in cells "
            "come through xlwings Lite on a Mac: see docs/lite.md."
        )


@click.command()
@_JSON
@_QUIET
def uninstall(*, as_json: bool, quiet: bool) -> None:
    """Take the add-in out of your Excel again.

    Removes what install wrote, and nothing else. Settings lines of your own are kept.
    """
    from clv_xl.desktop.desk import this_desk  # noqa: PLC0415  # the help text must not wait for it
    from clv_xl.desktop.installing import uninstall as take_out  # noqa: PLC0415

    steps = take_out(this_desk())
    _tell(steps, as_json=as_json, quiet=quiet)
    if not steps and not as_json and not quiet:
        echo("Nothing was installed.")


@click.command()
@_JSON
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Find out why the add-in does not run, and what to do.

    Looks at Python, versions, the add-in, its settings and what Excel trusts. Changes nothing. Exit code 3 if
    something is wrong.
    """
    from clv_xl.desktop.desk import this_desk  # noqa: PLC0415  # the help text must not wait for it
    from clv_xl.desktop.doctor import examine  # noqa: PLC0415

    examined = examine(this_desk())
    bad = sum(item.state == "bad" for item in examined)
    current().count(checks=len(examined), bad=bad)
    if as_json:
        keys = ("what", "state", "found", "remedy")
        records = [{key: getattr(item, key) for key in keys} for item in examined]
        echo(result_text({"checks": records}))
    else:
        for item in examined:
            sign = {"ok": "ok  ", "bad": "BAD ", "note": "note"}[item.state]
            echo(f"{sign}  {item.what}: {item.found}")
            if item.remedy:
                echo(f"      -> {item.remedy}")
    if bad:
        context.exit(3)


def _tell(steps: Sequence[Step], *, as_json: bool, quiet: bool) -> None:
    current().count(steps=len(steps))
    if as_json:
        records = [{"what": step.what, "path": str(step.path), "done": step.done} for step in steps]
        echo(result_text({"steps": records}))
    elif not quiet:
        for step in steps:
            echo(f"{step.what}: {step.done}\n  {step.path}")
