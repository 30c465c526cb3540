"""All customers in a file beside the report: Parquet or CSV, with the columns and figures of the page Customer list."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError
from clv_xl.orders.private import private_folder
from clv_xl.outputs import MADE_BY, is_customer_file
from clv_xl.report.language import speaker_of
from clv_xl.report.listed import HIGHEST_LISTED, ListWanted
from clv_xl.report.spoken import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    import pandas as pd

    from clv_xl.report.material import Material
    from clv_xl.report.model import Column
    from clv_xl.said import Speaker

__all__ = ["CustomersWanted", "write_customers"]

_SUFFIXES: Final = (".parquet", ".csv")
_HARMLESS: Final = r"[\p{L}\p{N}][\p{L}\p{N} .@+_-]*"
"""What a text may be made of so that neither the gateway nor the protection of CSV would change it."""
_SQL_TYPES: Final = {"text": "varchar", "date": "date", "count": "bigint", "days": "bigint"}


@dataclass(frozen=True, slots=True)
class CustomersWanted:
    """How many customers the page Customer list shall hold, and where all of them shall be written.

    Attributes
    ----------
    rows : int, optional
        As in :class:`~clv_xl.report.listed.ListWanted`.
    file : pathlib.Path, optional
        Written whether or not the page holds everybody; ends in ``.parquet`` or ``.csv``. Without it a file is
        written beside the report only where the page cannot hold everybody.
    """

    rows: int | None = None
    file: Path | None = None

    def path(self, output: Path) -> Path:
        """Return where the file stands, if there is one.

        Examples
        --------
        >>> from pathlib import Path
        >>> CustomersWanted().path(Path("report.xlsx")).name
        'report-customers.parquet'
        """
        return self.file or output.with_name(f"{output.stem}-customers.parquet")

    def beside(self, output: Path) -> ListWanted:
        """Return the same in the words of the report.

        Raises
        ------
        UsageError
            More customers are asked for than a sheet holds, or fewer than one; or the file has another ending.
        OutputError
            There is no such folder.
        """
        if self.rows is not None and not 1 <= self.rows <= HIGHEST_LISTED:
            raise UsageError(
                f"--customer-rows {self.rows}: a sheet of Excel holds 1 to {HIGHEST_LISTED:,} customers. Ask for so"
                " many; --all-customers FILE.parquet writes a file of all."
            )
        if self.file is not None and self.file.suffix.lower() not in _SUFFIXES:
            raise UsageError(
                f'{self.file}: --all-customers writes Parquet or CSV; let its name end in ".parquet" or ".csv".'
            )
        if self.file is not None and not self.file.parent.is_dir():
            raise OutputError(
                f"{self.file}: there is no folder {self.file.parent}. Make the folder, or choose another with"
                " --all-customers."
            )
        return ListWanted(self.rows, self.path(output).name, always=self.file is not None)

    def refuse_stranger(self, output: Path) -> None:
        """Refuse to write over a file that nobody named and that is not ours.

        Raises
        ------
        UsageError
            It stands there.
        """
        path = self.path(output)
        if self.file is None and path.exists() and not is_customer_file(path):
            raise UsageError(
                f"{path}: is there already, and is no file of customers that clv_xl wrote. Move it away, name another"
                " file with --all-customers, or pass --replace to write over it."
            )


def write_customers(material: Material, path: Path) -> None:
    """Write every customer of a report, best first: completely or not at all.

    Parameters
    ----------
    material : Material
        What the report is made from.
    path : pathlib.Path
        Ends in ``.parquet`` or ``.csv``; an older file is replaced. Ids are text. Texts of a CSV file start no
        formula in a spreadsheet.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.report.pages.customer_list import customer_columns  # noqa: PLC0415  # pandas: when there is work to do
    from clv_xl.workbook.atomic import atomic_file  # noqa: PLC0415
    from clv_xl.workbook.csv_writer import defused  # noqa: PLC0415

    columns, speaker = customer_columns(material), speaker_of(material.parameters.language)
    as_csv = path.suffix.lower() == ".csv"
    form = (
        "format csv, header"
        if as_csv
        else f"format parquet, compression zstd, kv_metadata {{made_by: '{MADE_BY}'}}"
    )
    titles = [in_words(column.title, speaker) for column in columns]
    chosen = ", ".join(
        f"cast(c{at} as {_SQL_TYPES.get(column.format, 'double')})"
        f" as {_quoted(defused(title) if as_csv else title)}"
        for at, (column, title) in enumerate(zip(columns, titles, strict=True))
    )
    with private_folder() as folder, duckdb.connect(":memory:") as connection:
        frame = _frame(material, columns, speaker)
        if as_csv:
            _protect(
                connection, frame, [f"c{at}" for at, column in enumerate(columns) if column.format == "text"]
            )
        connection.register("customers", frame)
        made = folder / f"customers{path.suffix.lower()}"
        try:
            connection.execute(f"copy (select {chosen} from customers) to ? ({form})", [str(made)])  # noqa: S608  # our own columns
        except (duckdb.IOException, OSError) as error:
            raise OutputError(
                f"{path}: not written: {error}. Free some space in {folder}, or name another with TMPDIR."
            ) from error
        with atomic_file(path) as handle, made.open("rb") as stream:
            shutil.copyfileobj(stream, handle, 1 << 20)


def _frame(material: Material, columns: Sequence[Column], speaker: Speaker) -> pd.DataFrame:
    """Return the columns as c0, c1 and so on; words of ours are said in the report's language."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    from clv_xl.report.pages.customer_list import customer_series  # noqa: PLC0415

    found = {}
    for at, column in enumerate(columns):
        series = customer_series(material.customers, column)
        if column.format == "text":
            # as objects their kind would be guessed from the first few
            series = series.astype("str")
        if column.words:
            series = series.map({text: in_words(text, speaker) for text in series.dropna().unique().tolist()})
        found[f"c{at}"] = series
    return pd.DataFrame(found)


def _protect(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Pass every text through the gateway, and protect it as CSV needs; almost all are left as they are."""
    from clv_xl.workbook.cells import clean_text  # noqa: PLC0415
    from clv_xl.workbook.csv_writer import defused  # noqa: PLC0415

    connection.register("unprotected", frame.assign(place=range(len(frame))))
    for name in names:
        found = connection.execute(
            f"select place, {name} from unprotected where not regexp_full_match({name}, '{_HARMLESS}')"  # noqa: S608  # names of ours
        ).fetchall()
        if found:
            texts = [defused(clean_text(text, "a customer")) for _, text in found]
            frame.loc[[place for place, _ in found], name] = texts
    connection.unregister("unprotected")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
