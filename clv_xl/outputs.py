"""Where a command may write: never over what it reads, and never over somebody's own workbook."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clv_xl.orders.kinds.given import Source

__all__ = ["MADE_BY", "check_output", "files_of", "is_customer_file", "refuse_overwriting"]

MADE_BY: Final = "clv_xl customers"
"""Stands in the notes of a Parquet file of customers, so that it is known again."""
_FOOTER: Final = 1 << 16  # bytes at the end of a Parquet file in which its notes stand


def check_output(
    output: Path,
    set_aside: Path | None,
    inputs: Sequence[Path],
    *,
    replace: bool,
    may_be_pdf: bool = False,
) -> None:
    """Refuse an output that would replace an input or somebody's own workbook, before any work is done.

    Parameters
    ----------
    output, set_aside, replace
        As in :func:`~clv_xl.jobs.make_report`.
    inputs : sequence of pathlib.Path
        All files that are read.
    may_be_pdf : bool
        Whether the name may end in ``.pdf``.

    Raises
    ------
    OutputError
        There is no such folder, or a PDF is wanted and LibreOffice is not installed.
    UsageError
        The output is one of the inputs, is no ``.xlsx``, or is there and no report of ours.
    """
    from clv_xl.workbook.ownership import refuse_strangers  # noqa: PLC0415  # only where something is written

    is_pdf = may_be_pdf and output.suffix.lower() == ".pdf"
    if output.suffix.lower() != ".xlsx" and not is_pdf:
        other = ', or in ".pdf" to print it' if may_be_pdf else ""
        raise UsageError(
            f'{output}: the report is a workbook without macros; let its name end in ".xlsx"{other}.'
        )
    if is_pdf:
        from clv_xl.workbook.pdf import find_office  # noqa: PLC0415  # openpyxl

        find_office()
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
        if os.path.realpath(file) == os.path.realpath(output) or _are_one(file, output):
            raise UsageError(
                f"{output}: is read or written by this command already. Choose another name for the output."
            )


def _are_one(file: Path, output: Path) -> bool:
    """Tell whether two names are of one file; what may not even be looked at, its reader or writer tells of."""
    try:
        return output.samefile(file)
    except OSError:
        return False


def files_of(sources: Sequence[Source], *written: Path | None) -> tuple[Path, ...]:
    """Return every file that is read: no output may replace one.

    Parameters
    ----------
    sources : sequence of Source
        As in :func:`~clv_xl.jobs.check_orders`.
    *written : pathlib.Path or None
        What is written: in a folder of order files it is passed over, but for a text file that we did not write.
    """
    from clv_xl.orders.kinds.given import find_sources  # noqa: PLC0415  # duckdb: loaded when there is work to do

    ours = [path for path in written if path is not None and _may_be_ours(path)]
    return find_sources(sources, not_read=ours).paths


def is_customer_file(path: Path) -> bool:
    """Tell whether a Parquet file is one that :func:`~clv_xl.customer_file.write_customers` wrote.

    Raises
    ------
    OutputError
        If it may not be read.
    """
    try:
        if path.suffix.lower() != ".parquet" or not path.is_file():
            return False
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _FOOTER))
            tail = stream.read()
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read to see whose it is ({error.strerror or error}). Move it away."
        ) from error
    return tail.endswith(b"PAR1") and MADE_BY.encode() in tail


def _may_be_ours(path: Path) -> bool:
    """Tell whether a file is rows set aside or customers by us; of workbooks more is asked before they are replaced."""
    from clv_xl.orders import RowSetAside  # noqa: PLC0415

    try:
        if path.suffix.lower() == ".xlsx" or not path.is_file():
            return True
    except OSError:  # a folder that may not be entered: whoever writes there tells of it
        return True
    if path.suffix.lower() == ".parquet":
        return is_customer_file(path)
    header = ",".join(RowSetAside._fields).encode()
    with path.open("rb") as stream:
        return header in stream.read(len(header) + 8)
