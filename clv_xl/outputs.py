"""Where a command may write: never over what it reads, and never over somebody's own workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["check_output", "refuse_overwriting"]


def check_output(output: Path, set_aside: Path | None, inputs: Sequence[Path], *, replace: bool) -> None:
    """Refuse an output that would replace an input or somebody's own workbook, before any work is done.

    Parameters
    ----------
    output, set_aside, replace
        As in :func:`~clv_xl.jobs.make_report`.
    inputs : sequence of pathlib.Path
        All files that are read.

    Raises
    ------
    OutputError
        There is no such folder.
    UsageError
        The output is one of the inputs, is no ``.xlsx``, or is there and no report of ours.
    """
    from clv_xl.workbook.ownership import refuse_strangers  # noqa: PLC0415  # only where something is written

    if output.suffix.lower() != ".xlsx":
        raise UsageError(f'{output}: the report is a workbook without macros; let its name end in ".xlsx".')
    refuse_overwriting(inputs, output)
    refuse_overwriting((*inputs, output), set_aside)
    if not output.parent.is_dir():
        raise OutputError(
            f"{output}: there is no folder {output.parent}. Make the folder, or choose another with -o."
        )
    if not replace:
        refuse_strangers(output)


def refuse_overwriting(keep: Sequence[Path], output: Path | None) -> None:
    """Refuse an output that is one of these files, under whatever name.

    Raises
    ------
    UsageError
        It is.
    """
    if output is None:
        return
    for file in keep:
        if file.resolve() == output.resolve() or (
            output.exists() and file.exists() and output.samefile(file)
        ):
            raise UsageError(
                f"{output}: is read or written by this command already. Choose another name for the output."
            )
