"""Segments: a map from R and FM scores to names, without a hole and without a double."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import align, setting, whole
from clv_xl.metrics.record import Argument, Metric
from clv_xl.metrics.rfm import BINS, fm_score, score_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import ObjectArray

__all__ = ["SEGMENTS", "Segment", "SegmentMap", "rfm_segment", "segment_named"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of the default map: who it is, and what to do.

    Parameters
    ----------
    name, meaning, action : str
        The name, and one sentence each.

    Examples
    --------
    >>> SEGMENTS[0].name
    'Champions'
    """

    name: str
    meaning: str
    action: str


SEGMENTS: Final = (
    Segment(
        "Champions",
        "They ordered lately, order often and spend most.",
        "Thank them, show them new things first, and ask them to recommend the shop.",
    ),
    Segment(
        "Loyal",
        "They order often and spend well, and their last order is not long ago.",
        "Offer membership or a bigger basket instead of a discount.",
    ),
    Segment(
        "Potential loyalists",
        "They ordered lately and have begun to come back.",
        "Suggest what fits their earlier orders, and give a reason for the next one.",
    ),
    Segment(
        "New",
        "They ordered very lately and little so far; most of them for the first time.",
        "Welcome them, and make the second order easy.",
    ),
    Segment(
        "Promising",
        "They ordered fairly lately and little so far.",
        "Remind them of the shop and show what others chose next.",
    ),
    Segment(
        "Need attention",
        "They are average in every way and may go either way.",
        "Make a limited offer on what they bought before.",
    ),
    Segment(
        "About to sleep",
        "They order little, and their last order is a while ago.",
        "Send a reminder with popular products, and do not spend much on it.",
    ),
    Segment(
        "At risk",
        "They were good customers, but their last order is long ago.",
        "Write to them personally, and ask what went wrong.",
    ),
    Segment(
        "Can't lose",
        "They were among the best customers and have not ordered for long.",
        "Call or write to each of them, and win them back with your best offer.",
    ),
    Segment(
        "Hibernating",
        "They ordered little, and long ago.",
        "Include them in seasonal mailings only.",
    ),
    Segment(
        "Lost",
        "They ordered least, and longest ago.",
        "Spend nothing on them, or clean them out of the lists.",
    ),
)
"""The segments of the default map, in the order in which a page lists them."""

# FM 1 and 2 share a name: where more than two in five customers ordered once, ties leave FM 1 empty
_DEFAULT: Final = (
    ("Lost", "Lost", "At risk", "Can't lose", "Can't lose"),
    ("Hibernating", "Hibernating", "At risk", "At risk", "Can't lose"),
    ("About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"),
    ("Promising", "Promising", "Potential loyalists", "Loyal", "Champions"),
    ("New", "New", "Potential loyalists", "Champions", "Champions"),
)

_KNOWN: Final = {segment.name.casefold(): segment for segment in SEGMENTS}


def segment_named(name: str) -> Segment | None:
    r"""Return the segment of the default map with this name; None for a name of the user's own.

    Capitals, outer blanks and the kind of apostrophe do not matter.

    Examples
    --------
    >>> segment_named(" can\N{RIGHT SINGLE QUOTATION MARK}t LOSE").name
    "Can't lose"
    >>> segment_named("Our VIPs") is None
    True
    """
    return _KNOWN.get(name.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold())


@dataclass(frozen=True, slots=True)
class SegmentMap:
    """A name for each pair of R and FM, each pair exactly once.

    Build it with :meth:`default`, :meth:`from_rows` or :meth:`from_cells`.

    Parameters
    ----------
    names : tuple of tuple of str
        Rows are R = 1, 2 ... n; columns are FM = 1, 2 ... n, with n from 2 to 10.

    Raises
    ------
    ArgumentError
        For a cell without a name, or one too many, the message names the cell; for two names that differ in
        capitals only.

    Examples
    --------
    >>> SegmentMap.default().segment(5, 1)
    'New'
    """

    names: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        bins = int(setting("The number of rows of the segment map", len(self.names), BINS))
        for r, row in enumerate(self.names, start=1):
            for fm in range(1, max(bins, len(row)) + 1):
                if fm > bins:
                    raise ArgumentError(
                        f"The segment map has {bins} rows, so R={r}, FM={fm} is one cell too many. "
                        "Give as many columns as rows."
                    )
                if fm > len(row) or not row[fm - 1]:
                    raise ArgumentError(
                        f"The segment map has no segment for R={r}, FM={fm}. Give each cell one segment."
                    )
        _refuse_two_spellings(self.names)

    @classmethod
    def default(cls, bins: int = 5) -> SegmentMap:
        """Return the map that comes with the package.

        For another number of scores than 5 each cell takes the name of the cell of the default map in which
        its middle lies. With fewer than 5 scores some segments then have no cell.

        Parameters
        ----------
        bins : int, default 5
            The best score, from 2 to 10.

        Returns
        -------
        SegmentMap
            ``bins`` rows and columns.

        Raises
        ------
        ArgumentError
            For an impossible ``bins``.

        Examples
        --------
        >>> SegmentMap.default(2).names
        (('Hibernating', 'At risk'), ('Promising', 'Loyal'))
        """
        count = int(setting("bins", bins, BINS))
        place = [5 * (2 * score - 1) // (2 * count) for score in range(1, count + 1)]
        return cls(tuple(tuple(_DEFAULT[r][fm] for fm in place) for r in place))

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> SegmentMap:
        """Return the map that a square of names makes.

        Parameters
        ----------
        rows : iterable of sequence
            The row of R = 1 first; in each row the name of FM = 1 first.

        Returns
        -------
        SegmentMap
            Names are without outer blanks; those of the default map get their usual spelling.

        Raises
        ------
        ArgumentError
            For a blank cell, a short or long row, or what is no text; the message names the cell.

        Examples
        --------
        >>> SegmentMap.from_rows([["Gone", "Missed"], ["Fresh", None]])
        Traceback (most recent call last):
        clv_xl.errors.ArgumentError: The segment map has no segment for R=2, FM=2. Give each cell one segment.
        """
        return cls(
            tuple(
                tuple(_name(r, fm, item) for fm, item in enumerate(row, start=1))
                for r, row in enumerate(rows, start=1)
            )
        )

    @classmethod
    def from_cells(cls, cells: Iterable[tuple[int, int, object]]) -> SegmentMap:
        """Return the map that a list of cells makes, in any order.

        Parameters
        ----------
        cells : iterable of (int, int, str)
            R, FM and the segment.

        Returns
        -------
        SegmentMap
            As many scores as the highest R or FM in the list.

        Raises
        ------
        ArgumentError
            For a cell that is missing or given twice, named in the message, or what is no score or text.

        Examples
        --------
        >>> SegmentMap.from_cells([(1, 1, "Gone"), (1, 2, "Missed"), (2, 1, "Fresh"), (1, 2, "Lost")])
        Traceback (most recent call last):
        clv_xl.errors.ArgumentError: The segment map has R=1, FM=2 twice: "Missed" and "Lost".
        Give each cell one segment.
        """
        found: dict[tuple[int, int], str] = {}
        limit = score_range(int(BINS.high))
        for score_r, score_fm, item in cells:
            r, fm = int(whole("R", score_r, limit)), int(whole("FM", score_fm, limit))
            name = _name(r, fm, item)
            if (r, fm) in found:
                raise ArgumentError(
                    f'The segment map has R={r}, FM={fm} twice: "{found[r, fm]}" and "{name}". '
                    "Give each cell one segment."
                )
            found[r, fm] = name
        bins = max((max(cell) for cell in found), default=0)
        span = range(1, bins + 1)
        return cls(tuple(tuple(found.get((r, fm), "") for fm in span) for r in span))

    @property
    def bins(self) -> int:
        """The best score."""
        return len(self.names)

    @property
    def segments(self) -> tuple[str, ...]:
        """The names that occur: those of the default map in its order, then the user's own, best R first."""
        used = [name for row in reversed(self.names) for name in reversed(row)]
        usual = [segment.name for segment in SEGMENTS]
        return tuple(dict.fromkeys([*(name for name in usual if name in used), *used]))

    def segment(self, r: int, fm: int) -> str:
        """Return the segment of one cell.

        Raises
        ------
        ArgumentError
            For what is no score of this map.
        """
        score = score_range(self.bins)
        return self.names[int(whole("r", r, score)) - 1][int(whole("fm", fm, score)) - 1]


def _refuse_two_spellings(names: tuple[tuple[str, ...], ...]) -> None:
    """Refuse names that differ in capitals only: formulas and filters of Excel would count both for each."""
    first: dict[str, str] = {}
    for name in (name for row in names for name in row):
        other = first.setdefault(name.casefold(), name)
        if other != name:
            raise ArgumentError(
                f'The segment map has "{other}" and "{name}", which Excel takes for one name. '
                "Write them alike, or give one of them another name."
            )


def _name(r: int, fm: int, item: object) -> str:
    if item is None or (isinstance(item, float) and np.isnan(item)):
        return ""
    if not isinstance(item, str):
        raise ArgumentError(
            f"The segment map has {item!r} for R={r}, FM={fm}. Give the segment's name as text."
        )
    known = segment_named(item)
    return known.name if known else item.strip()


@overload
def rfm_segment(r: int, f: int, m: int, segment_map: SegmentMap | None = ...) -> str: ...
@overload
def rfm_segment(
    r: ArrayLike, f: ArrayLike, m: ArrayLike, segment_map: SegmentMap | None = ...
) -> ObjectArray: ...
def rfm_segment(
    r: ArrayLike, f: ArrayLike, m: ArrayLike, segment_map: SegmentMap | None = None
) -> str | ObjectArray:
    """Segment of each customer, by the map's cell for R and FM (the mean of F and M, rounded half up).

    Parameters
    ----------
    r, f, m : array_like of int
        Scores from 1 to the map's best score.
    segment_map : SegmentMap or None, default None
        None is the default map of 5 scores.

    Returns
    -------
    str or ndarray of str objects
        The segment's name.

    Raises
    ------
    ArgumentError
        For what is no score of the map, or columns of different length.

    Examples
    --------
    >>> rfm_segment(5, 5, 4)
    'Champions'
    >>> list(rfm_segment([1, 5], [5, 1], [5, 1]))
    ["Can't lose", 'New']
    """
    chart = SegmentMap.default() if segment_map is None else segment_map
    score = score_range(chart.bins)
    recent, often, large = whole("r", r, score), whole("f", f, score), whole("m", m, score)
    align(r=recent, f=often, m=large)
    found = np.array(chart.names, dtype=object)[recent - 1, np.asarray(fm_score(often, large)) - 1]
    return found if isinstance(found, np.ndarray) else str(found)


RFM_SEGMENT: Final = Metric(
    name="RFM_SEGMENT",
    title="RFM segment",
    category="RFM",
    unit="text",
    number_format="@",
    formula="the name in the segment map's cell for R and for the mean of F and M, rounded half up",
    undefined="when the customer has no order",
    reference="A map of R by FM, as shops use; every cell has one name.",
    function=rfm_segment,
    arguments=(
        Argument("r", "Recency score, from 1 to the number of scores.", "score", kind="whole"),
        Argument("f", "Frequency score, from 1 to the number of scores.", "score", kind="whole"),
        Argument("m", "Money score, from 1 to the number of scores.", "score", kind="whole"),
        Argument(
            "segment_map",
            "Square of segment names as on the sheet Segment map, with its titles or without: the best R in the "
            "first row, FM = 1 in the first column. Left out: the default map of 5 scores.",
            "text",
            None,
            kind="table",
        ),
    ),
    cell_function=True,
    example_arguments=(5, 5, 4),
    example_result="Champions",
)
