"""The names of the months in the languages of order and spend files: the one list for both."""

from __future__ import annotations

from typing import Final

from clv_xl.orders.header_words import fold

__all__ = ["MONTHS", "MONTH_NAME", "numbered_month_sql"]

# English, Swedish, Norwegian, Danish, Finnish, German, French; no word means two months in any of them.
_NAMES: Final = (
    "jan january januari januar jänner tammikuu tammikuuta tammi janvier janv",
    "feb february februari februar febr feber helmikuu helmikuuta helmi février févr fév",
    "mar march mars marts maaliskuu maaliskuuta maalis märz mrz",
    "apr april huhtikuu huhtikuuta huhti avril avr",
    "may maj mai toukokuu toukokuuta touko",
    "jun june juni kesäkuu kesäkuuta kesä juin",
    "jul july juli heinäkuu heinäkuuta heinä juillet juil",
    "aug august augusti elokuu elokuuta elo août",
    "sep sept september syyskuu syyskuuta syys septembre",
    "oct october okt oktober lokakuu lokakuuta loka octobre",
    "nov november marraskuu marraskuuta marras novembre",
    "dec december des desember joulukuu joulukuuta joulu dez dezember décembre déc",
)

MONTHS: Final = {
    word: number
    for number, names in enumerate(_NAMES, start=1)
    for name in names.split()
    for word in (name, fold(name))
}
"""Name in lower case, with accents and without -> month."""

MONTH_NAME: Final = "({})".format("|".join(sorted(MONTHS, key=lambda name: (-len(name), name))))
"""Regular expression of one name, in lower case."""


def numbered_month_sql(text: str) -> str:
    """Return SQL for a date with the number of its month in the place of its name, in any language.

    Parameters
    ----------
    text : str
        SQL for the date as text.
    """
    words = ", ".join(f"'{name}'" for name in MONTHS)
    numbers = ", ".join(f"'{number:02d}'" for number in MONTHS.values())
    name = f"regexp_extract(lower({text}), '{MONTH_NAME}', 1)"
    number = f"[{numbers}][list_position([{words}], {name})]"
    return f"CASE WHEN {name} <> '' THEN replace(lower({text}), {name}, {number}) END"
