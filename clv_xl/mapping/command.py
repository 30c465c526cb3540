"""The command ``clv-xl map``."""

from __future__ import annotations

import os.path
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clv_xl.asked import count_orders, progress
from clv_xl.errors import InputError, OutputError, UsageError
from clv_xl.order_options import OrderCommand, kept, order_options, order_parameters, read_options, saved_map
from clv_xl.printed import echo, result_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clv_xl.orders import Intake, ReadOptions
    from clv_xl.orders.columns_seen import FileSeen
    from clv_xl.orders.kinds.given import Source
    from clv_xl.orders.said import QuestionError
    from clv_xl.parameters import Parameters

__all__ = ["map_orders"]

_MOST_SHOWN = 40


@click.command("map", cls=OrderCommand)
@order_options
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Write how the files are read to this file, for --map of report, check, backtest and refresh.",
)
@click.option("--replace", is_flag=True, help="Write over a file of that name that is there already.")
@click.option(
    "--no-input", is_flag=True, help="Ask nothing, on a terminal either: an open question is exit code 3."
)
def map_orders(
    sources: tuple[Source, ...],
    save: Path | None,
    *,
    set_aside: Path | None,
    replace: bool,
    no_input: bool,
    **given: Any,
) -> None:
    """Show and save how order files are read.

    ORDERS are files of one shop. Each column is shown with what it is read as and three values. What cannot be told is
    asked on a terminal; elsewhere the question is printed.
    """
    from clv_xl.outputs import files_of  # noqa: PLC0415  # the help text must not wait for pandas

    if save is not None:
        inputs = (*files_of(sources, save, set_aside), *kept(given))
        _check_save(save, given["map_file"], inputs, set_aside, replace=replace)
    silent = given["quiet"] or given["as_json"]
    may_ask = not (silent or no_input) and sys.stdin.isatty() and sys.stdout.isatty()
    with _kept_inputs(sources) as files:
        options, parameters, intake, seen = _read(files, given, set_aside, may_ask=may_ask)
    if save is not None:
        _save(save, seen, intake, options, parameters, given)
    count_orders(intake)
    if given["as_json"]:
        _tell_json(seen, intake, save)
    elif not given["quiet"]:
        _tell(seen, intake, save)


@contextmanager
def _kept_inputs(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Keep what another program gives as a file for a while: it comes once, and is read more than once."""
    from clv_xl.orders.kinds.given import OrderFile, StandardInput  # noqa: PLC0415
    from clv_xl.orders.kinds.unpacked import take_input  # noqa: PLC0415
    from clv_xl.orders.private import private_folder  # noqa: PLC0415

    with private_folder() as folder:
        yield [
            OrderFile(take_input(source, folder), source.name)
            if isinstance(source, StandardInput)
            else source
            for source in sources
        ]


def _read(
    sources: Sequence[Source], given: dict[str, Any], set_aside: Path | None, *, may_ask: bool
) -> tuple[ReadOptions, Parameters, Intake, list[FileSeen]]:
    """Read the files, asking until nothing is open; the answers are added to what was given."""
    from clv_xl.jobs import check_orders, look_at_orders  # noqa: PLC0415  # the help text must not wait for pandas
    from clv_xl.orders.said import QuestionError  # noqa: PLC0415

    asked: set[str] = set()
    while True:
        options, parameters = read_options(given), order_parameters(given)
        try:
            with progress(silent=given["quiet"] or given["as_json"]) as step:
                intake = check_orders(
                    sources, options, parameters, set_aside=set_aside, keep=kept(given), step=step
                )
                return options, parameters, intake, look_at_orders(sources, options)
        except QuestionError as error:
            # a question that comes again was not settled by its answer
            if not may_ask or not _can_be_asked(error) or str(error) in asked:
                raise
            asked.add(str(error))
            _ask(error, given)


def _can_be_asked(error: QuestionError) -> bool:
    return bool(error.questions) and all(question.answers for question in error.questions)


def _ask(error: QuestionError, given: dict[str, Any]) -> None:
    """Put each question with its answers, numbered, and take what is chosen as if the option had been given."""
    taken: set[str] = set()
    message = str(error)
    if not all(question.text.casefold() in message.casefold() for question in error.questions):
        echo(message)
    for question in error.questions:
        answers = [answer for answer in question.answers if answer.value.partition("=")[2] not in taken]
        echo(question.text[0].upper() + question.text[1:])
        for number, answer in enumerate(answers[:_MOST_SHOWN], start=1):
            echo(f"  {number}  {answer.words}")
        chosen = answers[click.prompt("Number", type=click.IntRange(1, len(answers))) - 1]
        if chosen.option == "column":
            given["columns"] = (*given["columns"], chosen.value)
            taken.add(chosen.value.partition("=")[2])
        elif chosen.option == "sheet":
            given["sheet"] = (chosen.value, *chosen.more)
        else:
            given[chosen.option.replace("-", "_")] = chosen.value


def _check_save(
    save: Path, used: Path | None, inputs: tuple[Path, ...], set_aside: Path | None, *, replace: bool
) -> None:
    from clv_xl.outputs import refuse_overwriting  # noqa: PLC0415  # only where something is written

    if save.exists() and not replace:
        raise UsageError(
            f"{save}: is there already, and may be your own. Give another name with --save, or pass --replace to"
            " write over it."
        )
    if not save.parent.is_dir():
        raise OutputError(
            f"{save}: there is no folder {save.parent}. Make the folder, or choose another with --save."
        )
    # a map may be made anew from itself; nothing else that is read may be written over
    others = [file for file in (*inputs, set_aside) if file is not None and file != used]
    refuse_overwriting(others, save)


def _save(
    save: Path,
    seen: list[FileSeen],
    intake: Intake,
    options: ReadOptions,
    parameters: Parameters,
    given: dict[str, Any],
) -> None:
    from clv_xl.orders.saved_map import map_text  # noqa: PLC0415
    from clv_xl.workbook.atomic import atomic_text  # noqa: PLC0415

    first = seen[0].file
    for other in (item.file for item in seen[1:]):
        if (other.read_as.name, other.columns) != (first.read_as.name, first.columns):
            raise InputError(
                f"{first.name} and {other.name} have different columns: one map cannot stand for both. Save a map for"
                " each, with clv-xl map and one file at a time."
            )
    saved = saved_map(given)
    aliases = given["aliases"] or (saved.aliases if saved else None)
    text = map_text(
        seen[0],
        options,
        currency=parameters.currency,
        aliases=_from(save, aliases) if aliases else "",
        statuses=[(line.status, line.read_as) for line in intake.statuses],
    )
    with atomic_text(save) as handle:
        handle.write(text)


def _from(save: Path, file: Path) -> str:
    """Return the path of a file as seen from the map, so that both can be moved together."""
    try:
        return Path(os.path.relpath(file, save.parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return file.resolve().as_posix()


def _tell(seen: list[FileSeen], intake: Intake, save: Path | None) -> None:
    from clv_xl.mapping.told import in_words  # noqa: PLC0415

    for item in seen:
        echo(in_words(item, intake))
    for warning in intake.warnings:
        echo(f"Note: {warning.text}")
    if save is not None:
        echo(f"Map written to {save}. Use it with: clv-xl report ORDERS --map {save}")


def _tell_json(seen: list[FileSeen], intake: Intake, save: Path | None) -> None:
    from clv_xl.mapping.told import as_data  # noqa: PLC0415

    name = None if save is None else str(save)
    echo(result_text({"files": [as_data(item, intake) for item in seen], "saved": name}))
