"""Which header of a file is which canonical column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clv_xl.errors import UsageError, did_you_mean
from clv_xl.orders.beside_amount import before_refunds, paid_beside_amount, total_beside_amount
from clv_xl.orders.by_phone import guest_columns, phone_for_customer
from clv_xl.orders.column_words import (
    REQUIRED,
    ask_which,
    asked_for,
    bare_headers,
    first_taken,
    in_money,
    in_own_currency,
    is_data,
    listed_headers,
    no_header,
    not_there,
    of_clash,
    of_missing,
    of_other_amount,
)
from clv_xl.orders.contacts import consent_column
from clv_xl.orders.credited import credited_column
from clv_xl.orders.discounts import discount_column
from clv_xl.orders.flags import flag_columns
from clv_xl.orders.formats import EXTRA_ROLES, FORMATS, PLAIN
from clv_xl.orders.formats.recognise import Headers, Match, almost, lacking, matches, matching
from clv_xl.orders.header_words import (
    CANONICAL,
    LAST_AMOUNTS,
    NAMED,
    PRICES,
    TAXES,
    TIERS,
    fold,
    vat_in_header,
    without_vat_words,
)
from clv_xl.orders.refund_files import as_refunds, refunds_only
from clv_xl.orders.row_rates import rate_column
from clv_xl.orders.said import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from clv_xl.orders.formats.record import RowsOf

__all__ = [
    "CANONICAL",
    "REQUIRED",
    "Resolution",
    "asked_for",
    "check_names",
    "fold",
    "resolve",
    "tiers",
]


def tiers(canonical: str) -> tuple[frozenset[str], ...]:
    """Return the folded headers of a canonical column; those of an earlier tier win over later ones."""
    return TIERS[canonical]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which field holds which canonical column, and what stands in the way.

    Attributes
    ----------
    headers : tuple[str, ...]
        As in the file, trimmed.
    positions : dict[str, int]
        Canonical name -> field number, from 0.
    problem : str
        Why the columns cannot be used at all; empty where they can, perhaps after an answer.
    questions : tuple[Question, ...]
        What the user must settle first; ``positions`` hold one of the readings.
    ways_out : tuple[Question, ...]
        What answers may solve the problem.
    notes : tuple[str, ...]
        What was decided without asking, as it changes no amount, and how to overrule it.
    extra : dict[str, tuple[int, ...]]
        Further role -> field numbers, see :data:`~clv_xl.orders.formats.EXTRA_ROLES`.
    match : Match or None
        The known export that the headers belong to.
    rows : str
        What a row is, see :data:`~clv_xl.orders.formats.record.RowsOf`.
    total_beside : str
        Header of the total that the amount and its tax add up to.
    beside_settled : bool
        Whether the rows settled which of two columns is the amount, and it was told.
    """

    headers: tuple[str, ...]
    positions: dict[str, int]
    problem: str = ""
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    extra: dict[str, tuple[int, ...]] = field(default_factory=dict)
    match: Match | None = None
    rows: RowsOf = "order"
    ways_out: tuple[Question, ...] = ()
    total_beside: str = ""
    beside_settled: bool = False

    @property
    def fits(self) -> int:
        """How many required columns were found, all and more for a known export: tells a header from other rows."""
        found = sum(name in self.positions for name in REQUIRED)
        if self.match is None:
            return found - (self.rows == "refund")
        if self.match.format.refusal:
            return 1
        # a price for want of an amount: a sheet with amounts comes first
        if self.match.format.general:
            return found - (self.rows == "product")
        return len(REQUIRED) + 1

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers that nothing took."""
        return self.unused_by(self.extra.keys())

    def unused_by(self, roles: Collection[str]) -> tuple[str, ...]:
        """Return the headers of which nothing counts, where these further roles are of use; a price only judges."""
        extra = (self.extra[role] for role in roles if role != "unit_price")
        taken = {*self.positions.values(), *(at for places in extra for at in places)}
        return tuple(header for at, header in enumerate(self.headers) if header and at not in taken)


def check_names(columns: Mapping[str, str]) -> None:
    """Refuse a ``--column`` for a canonical name that does not exist.

    Parameters
    ----------
    columns : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Raises
    ------
    UsageError
        With the names that exist.
    """
    for name, header in columns.items():
        if name not in NAMED and header in NAMED:
            raise UsageError(f'--column {name}={header} is turned round. Write: --column {header}="{name}".')
        if name not in NAMED:
            raise UsageError(
                f'--column {name}=...: there is no column "{name}".{did_you_mean(name, NAMED)}'
                f" The names are {', '.join(NAMED)}."
            )


def resolve(headers: Sequence[str], wanted: Mapping[str, str], asked: str | None = None) -> Resolution:
    """Find the canonical columns among the headers of a file.

    Parameters
    ----------
    headers : Sequence[str]
        The header row.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it; an empty header means "do not use this column".
    asked : str, optional
        The known export that the user named, or ``columns`` for none; default whichever the headers show.

    Returns
    -------
    Resolution
        With a ``problem`` instead of an exception, because the caller may try other rows or sheets first.

    Examples
    --------
    >>> resolve(["Kundenr", "Dato", "Beløp", "Pris"], {}).positions
    {'customer_id': 0, 'order_date': 1, 'amount': 2}
    >>> resolve(["Kundenr", "Dato", "Netto", "Total"], {}).questions[0].text
    'The columns "Netto" and "Total" could both be amount. Say which one it is: --column amount="Netto".'
    >>> resolve(["Kundenr", "Dato", "Antall", "Pris"], {}).match.format.name
    'order-lines'
    """
    names = tuple(header.strip() for header in headers)
    known = Headers(names)
    if asked == PLAIN:
        return _by_words(names, known, wanted)
    if asked is not None:
        return _as_asked(asked, names, known, wanted)
    found = matches(known, wanted)
    if not found:
        plain = _by_words(names, known, wanted)
        return replace(plain, problem=plain.problem + almost(known)) if plain.problem else plain
    if found[0].format.general and found[0].format.rows == "product" and "amount" in wanted:
        return _by_words(names, known, wanted)
    read = _as_format(found[0], names, known, wanted)
    if len(found) > 1:
        listed = " or ".join(f"{match.format.title} (--format {match.format.name})" for match in found)
        text = f"The columns can be read as {listed}. Say which."
        answers = tuple(Answer("format", match.format.name) for match in found)
        return replace(read, problem=text, ways_out=(Question(text, answers),))
    return read


def _as_asked(asked: str, names: tuple[str, ...], known: Headers, wanted: Mapping[str, str]) -> Resolution:
    """Read the columns as the user said."""
    format_ = next(format_ for format_ in FORMATS if format_.name == asked)
    absent = lacking(format_, known, wanted)
    if not absent:
        return _as_format(matching(format_, known), names, known, wanted)
    quoted = " and ".join(f'"{name}"' for name in absent)
    problem = f"This is no {format_.title}: there is no column {quoted}. {listed_headers(names)}"
    return replace(_by_words(names, known, wanted), problem=problem, questions=())


def _as_format(match: Match, names: tuple[str, ...], known: Headers, wanted: Mapping[str, str]) -> Resolution:
    """Read the columns as those of a known export; what the user says of a column comes first."""
    format_ = match.format
    if format_.refusal:
        return Resolution(names, {}, format_.refusal, match=match)
    fixed = {
        name: at
        for name, group in format_.columns.items()
        if name in CANONICAL and name not in wanted and (at := known.find(group)) is not None
    }
    # of a special export no further column is guessed
    rest = {} if format_.by_words else dict.fromkeys((name for name in CANONICAL if name not in fixed), "")
    plain = _by_words(names, known, {**rest, **wanted}, fixed)
    settled = {name: plain.positions[name] for name in CANONICAL if name in plain.positions}
    extra = {role: places for role in EXTRA_ROLES if (places := known.all(format_.columns.get(role, ())))}
    if format_.by_words:
        extra |= plain.extra
    elif "phone" in wanted:
        extra.pop("phone", None)
        extra |= {role: at for role, at in plain.extra.items() if role == "phone"}
    taken = frozenset({*settled.values(), *(at for places in extra.values() for at in places)})
    discount = discount_column(names, taken, wanted) if format_.general and format_.rows == "product" else {}
    flags = flag_columns(names, taken.union(*discount.values()), refunded="refunded" in settled)
    extra |= discount | flags | rate_column(names, settled, wanted)
    less_refunds = frozenset(map(fold, format_.net_of_refunds))
    is_less = "amount" in settled and fold(names[settled["amount"]]) in less_refunds
    if is_less:
        settled.pop("refunded", None)
    if less_refunds and "tax" in extra:
        # the tax of the whole order is no part of what is left of it
        extra["tax"] = tuple(at for at in extra["tax"] if (fold(names[at]) in less_refunds) == is_less)
        extra = {role: places for role, places in extra.items() if places}
    lacking = [name for name in REQUIRED if name not in settled]
    problem = ""
    if lacking and format_.by_words:
        problem = plain.problem
    elif lacking:
        why = format_.lacking.get(lacking[0], f"it has no column for {' and '.join(lacking)}")
        problem = (
            f"This is read as: {format_.title}, but {why}. {listed_headers(names)}"
            f' Or say which column it is: --column {lacking[0]}="the header in your file".'
        )
    elif wanted:
        problem = plain.problem
    ways_out = plain.ways_out or ask_which(lacking, names) if problem and lacking else ()
    rows = format_.rows
    if rows == "product" and ("amount" in wanted or "quantity" not in settled):
        rows = "order"
    extra |= consent_column(names, taken)
    return Resolution(names, settled, problem, plain.questions, plain.notes, extra, match, rows, ways_out)


def _extra(
    names: tuple[str, ...], known: Headers, positions: Mapping[str, int], wanted: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Return what further columns of any table tell: guests, prices, tax, yes or no."""
    extra = guest_columns(names, positions, wanted)
    for role, words in (("unit_price", PRICES), ("tax", TAXES)):
        at = known.find(words)
        if at is not None and at not in positions.values() and "%" not in names[at]:
            extra[role] = (at,)
    taken = frozenset({*positions.values(), *(at for places in extra.values() for at in places)})
    extra |= rate_column(names, positions, wanted) | consent_column(names, taken)
    return (
        extra | flag_columns(names, taken, refunded="refunded" in positions) | credited_column(names, taken)
    )


def _by_words(
    names: tuple[str, ...],
    known: Headers,
    wanted: Mapping[str, str],
    fixed: Mapping[str, int] | None = None,
) -> Resolution:
    """Find the canonical columns by the words of their headers alone, but for those that are fixed."""
    fixed = fixed or {}
    folded = [fold(name) for name in names]
    positions: dict[str, int] = {}
    problems: list[str] = []
    ways_out: tuple[Question, ...] = ()
    questions: list[Question] = []
    notes: list[str] = []
    taken = {fold(header) for header in wanted.values()}
    positions |= fixed
    for canonical in (name for name in CANONICAL if name not in fixed):
        if canonical in wanted:
            found = asked_for(wanted[canonical], names)
            if wanted[canonical].strip() and not found:
                hint = did_you_mean(wanted[canonical], [name for name in names if name])
                problems.append(f'There is no column "{wanted[canonical]}".{hint} {listed_headers(names)}')
        else:
            open_to = [at for at, word in enumerate(folded) if word not in taken and at not in fixed.values()]
            found = next((hits for hits in _candidates(canonical, names, open_to) if hits), [])
            found = [*in_own_currency(names, found)] if canonical == "amount" else in_money(names, found)
        if found:
            positions[canonical] = found[0]
        clashing = [names[at] for at in found] if len(found) > 1 else []
        if clashing and (canonical in REQUIRED or canonical in wanted):
            questions.append(of_clash(canonical, clashing))
        elif clashing:
            notes.append(first_taken(canonical, clashing))
    if note := of_other_amount(names, positions, wanted):
        notes.append(note)
        del positions["currency"]
    by_phone, told = phone_for_customer(names, positions, wanted)
    positions |= by_phone
    notes += told
    problems += not_there(names, wanted)
    positions, told_of_refunds = as_refunds(names, positions, wanted)
    notes += [told_of_refunds] if told_of_refunds else []
    missing = [name for name in REQUIRED if name not in positions]
    if any(map(is_data, names)) and not any(_is_header(name, names, positions, wanted) for name in REQUIRED):
        problems.insert(0, no_header(names))
    if missing and not problems:
        lacks = refunds_only(names, positions) + of_missing(missing, names, positions.values())
        problems.append(" ".join([lacks, *(question.text for question in questions)]))
        ways_out = (*questions, *ask_which(missing, names, positions.values()))
    extra = _extra(names, known, positions, wanted)
    extra |= before_refunds(names, positions, extra, wanted)
    extra |= total_beside_amount(names, questions, positions, extra) if "tax" in extra else {}
    extra |= paid_beside_amount(names, questions, positions, extra, wanted)
    return Resolution(
        names,
        positions,
        problems[0] if problems else "",
        tuple(questions),
        tuple(notes),
        extra,
        rows="refund" if told_of_refunds else "order",
        ways_out=ways_out,
    )


def _candidates(canonical: str, names: tuple[str, ...], open_to: list[int]) -> Iterator[list[int]]:
    """Give the headers that may be a column, best tier first; an amount that includes VAT is the last resort."""
    bare = bare_headers(canonical, names, open_to)
    words = {at: fold(name) for at, name in bare.items()}
    if canonical == "refunded":
        words = {
            at: without_vat_words(name) if vat_in_header(name) else words[at] for at, name in bare.items()
        }
    *better, last = TIERS[canonical]
    for tier in better:
        yield [at for at, word in words.items() if word in tier]
    apart = {"excluded": set[int](), "included": set[int]()}
    if canonical == "amount":
        known = frozenset({""}).union(*TIERS[canonical])
        for at in bare:
            if (vat := vat_in_header(bare[at])) and without_vat_words(bare[at]) in known:
                apart[vat].add(at)
    yield [at for at, word in words.items() if word in last or at in apart["excluded"]]
    yield sorted(apart["included"])
    if canonical == "amount":
        yield [at for at, word in words.items() if word in LAST_AMOUNTS]


def _is_header(
    canonical: str, names: tuple[str, ...], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> bool:
    """Tell whether a required column speaks for a header row; a customer that the user names may be a value."""
    if canonical not in positions:
        return False
    return canonical not in wanted or (
        canonical != "customer_id" and not is_data(names[positions[canonical]])
    )
