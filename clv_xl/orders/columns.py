"""Which header of a file is which canonical column, in English, Swedish, Norwegian and Danish."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from clv_xl.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CANONICAL", "REQUIRED", "Resolution", "check_names", "fold", "resolve", "tiers"]

REQUIRED = ("customer_id", "order_date", "amount")

# Each name has tiers; a header of an earlier tier wins over one of a later tier, and two headers of the
# same tier are a question for the user. A unit price is never an amount; a name is never a customer key.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "customer_id": (
        """
        customer_id; customer id; customerid; customer no; customer number; customer nr;
        customer key; customer code; client id; buyer id; kundnr; kundnummer; kund-id; kundid;
        kund nr; kundenr; kundenummer; kunde-id; kundeid; kunde nr; debitornr; debitornummer;
        member id; medlemsnr; medlemsnummer
        """,
        """
        customer; client; kund; kunde; debitor; user id; userid; id customer
        """,
        """
        email; e-mail; customer email; customer e-mail; email address; e-post; epost;
        e-postadress; e-postadresse; epostadresse; mail; mejl; e-mailadresse; kund e-post; kunde
        e-post
        """,
    ),
    "order_date": (
        """
        order_date; order date; orderdate; date of order; orderdatum; ordredato; ordre dato;
        bestillingsdato; bestallningsdatum; kopdatum; kjopsdato; kobsdato; purchase date;
        transaction date; purchased at
        """,
        """
        date; datum; dato; invoice date; invoicedate; fakturadatum; fakturadato;
        bokforingsdatum; bilagsdato; salgsdato; forsaljningsdatum; day; dag
        """,
        """
        created at; paid at; created; timestamp; skapad; opprettet; oprettet
        """,
    ),
    "amount": (
        """
        amount; order amount; order_amount; orderbelopp; ordrebelop; ordrebeloep; ordersumma;
        ordresum; ordertotal; order total; order value; ordervarde; ordreverdi; ordrevaerdi
        """,
        """
        belopp; belop; belob; beloep; beloeb; summa; sum; total; totalt; totalbelopp;
        totalbelop; totalbelob; total amount; net amount; nettobelopp; nettobelop; nettobelob;
        netto; net sales; net revenue; revenue; sales; omsattning; omsetning; omsaetning; line
        total; linjesum; radsumma; fakturabelopp; fakturabelop; fakturabelob; invoice amount;
        invoice total; turnover; grand total
        """,
    ),
    "order_id": (
        """
        order_id; order id; orderid; order no; order number; order nr; ordernr; ordernummer;
        order; ordrenr; ordrenummer; ordre nr; ordre-id; ordreid; ordre; bestillingsnr;
        bestallningsnr; bestillingsnummer
        """,
        """
        invoice; invoice no; invoice number; invoiceno; invoice id; fakturanr; fakturanummer;
        faktura; bilagsnr; bilagsnummer; verifikationsnr; transaction id; transaction_id;
        transaktionsid; receipt no; kvittonr
        """,
    ),
    "quantity": (
        """
        quantity; qty; antal; antall; kvantitet; mengde; maengde; items; items sold; units; stk;
        units sold
        """,
    ),
    "channel": (
        """
        channel; kanal; sales channel; salgskanal; forsaljningskanal; saljkanal; marketing
        channel; order channel
        """,
        """
        source; kilde; kalla; traffic source; utm source
        """,
    ),
    "product": (
        """
        product; produkt; product name; produktnamn; produktnavn; vare; varenavn; varunamn;
        vara; artikel; artikkel; item; item name; product category; produktkategori; kategori;
        category; varugrupp; varegruppe
        """,
        """
        sku; varenr; varenummer; artikelnr; artikelnummer; artikkelnr; product id; stockcode;
        stock code
        """,
    ),
    "country": (
        """
        country; land; country code; landkod; landkode; shipping country; billing country;
        leveringsland; leveransland
        """,
    ),
    "status": (
        """
        status; order status; orderstatus; ordrestatus; state; tilstand; tilstand ordre
        """,
        """
        financial status; payment status; betalningsstatus; betalingsstatus
        """,
    ),
    "cost": (
        """
        cost; cogs; cost of goods; cost of goods sold; order cost; total cost; kostnad;
        kostnader; varukostnad; varekostnad; omkostning; omkostninger; vareforbrug; vareforbruk
        """,
    ),
    "currency": (
        """
        currency; currency code; valuta; valutakod; valutakode
        """,
    ),
}

CANONICAL = tuple(_SYNONYMS)


def fold(text: str) -> str:
    """Return a header without case, accents, spaces and punctuation.

    Parameters
    ----------
    text : str
        A header as it stands in the file.

    Examples
    --------
    >>> fold(" Kund-ID "), fold("Beløp"), fold("Købsdato"), fold("ORDER_DATE")
    ('kundid', 'belop', 'kobsdato', 'orderdate')
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae"))
    return "".join(letter for letter in plain if letter.isalnum())


_TIERS: dict[str, tuple[frozenset[str], ...]] = {
    name: (
        frozenset({fold(name)}),
        *(frozenset(fold(word) for word in tier.split(";")) for tier in tiers),
    )
    for name, tiers in _SYNONYMS.items()
}


def tiers(canonical: str) -> tuple[frozenset[str], ...]:
    """Return the folded headers of a canonical column; those of an earlier tier win over later ones."""
    return _TIERS[canonical]


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
        What the user must settle before the file can be read; empty when all is clear.
    """

    headers: tuple[str, ...]
    positions: dict[str, int]
    problem: str

    @property
    def fits(self) -> int:
        """How many required columns were found: tells a header from other rows."""
        return sum(name in self.positions for name in REQUIRED)

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers that no canonical name took."""
        taken = set(self.positions.values())
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
    for name in columns:
        if name not in CANONICAL:
            raise UsageError(
                f'--column {name}=...: there is no column "{name}".{did_you_mean(name, CANONICAL)}'
                f" The names are {', '.join(CANONICAL)}."
            )


def resolve(headers: Sequence[str], wanted: Mapping[str, str]) -> Resolution:
    """Find the canonical columns among the headers of a file.

    Parameters
    ----------
    headers : Sequence[str]
        The header row.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it; an empty header means "do not use this column".

    Returns
    -------
    Resolution
        With a ``problem`` instead of an exception, because the caller may try other rows or sheets first.

    Examples
    --------
    >>> resolve(["Kundenr", "Dato", "Beløp", "Pris"], {}).positions
    {'customer_id': 0, 'order_date': 1, 'amount': 2}
    >>> resolve(["Kundenr", "Dato", "Netto", "Total"], {}).problem
    'The columns "Netto" and "Total" could both be amount. Say which one it is: --column amount="Netto".'
    """
    names = tuple(header.strip() for header in headers)
    folded = [fold(name) for name in names]
    positions: dict[str, int] = {}
    problems: list[str] = []
    taken = {fold(header) for header in wanted.values()}
    for canonical in CANONICAL:
        if canonical in wanted:
            found = _asked_for(wanted[canonical], names, folded)
            if wanted[canonical].strip() and not found:
                hint = did_you_mean(wanted[canonical], [name for name in names if name])
                problems.append(f'There is no column "{wanted[canonical]}".{hint} {_list(names)}')
        else:
            found = next(
                (
                    hits
                    for tier in _TIERS[canonical]
                    if (hits := [at for at, word in enumerate(folded) if word in tier and word not in taken])
                ),
                [],
            )
        if len(found) > 1:
            problems.append(_clash(canonical, [names[at] for at in found]))
        if found:
            positions[canonical] = found[0]
    missing = [name for name in REQUIRED if name not in positions]
    if missing and not problems:
        problems.append(_missing(missing, names))
    return Resolution(names, positions, problems[0] if problems else "")


def _asked_for(header: str, names: tuple[str, ...], folded: list[str]) -> list[int]:
    """Exact spelling first, so that two headers that differ only in case can both be named."""
    if not header.strip():
        return []
    exact = [at for at, name in enumerate(names) if name == header.strip()]
    return exact or [at for at, word in enumerate(folded) if word == fold(header)]


def _clash(canonical: str, headers: list[str]) -> str:
    repeated = [header for header, count in Counter(headers).items() if count > 1]
    if repeated:
        return (
            f'The header "{repeated[0]}" stands {headers.count(repeated[0])} times.'
            " Give each column a name of its own."
        )
    listed = " and ".join(f'"{header}"' for header in headers)
    way = "both" if len(headers) == 2 else "all"
    return (
        f"The columns {listed} could {way} be {canonical}."
        f' Say which one it is: --column {canonical}="{headers[0]}".'
    )


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:30] if name)
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"Columns found: {shown or 'none with a name'}{more}."


def _missing(missing: list[str], names: tuple[str, ...]) -> str:
    first = missing[0]
    known = sorted(set().union(*_TIERS[first]))
    close = [name for name in names if name and get_close_matches(fold(name), known, n=1, cutoff=0.75)]
    hint = f' Is it "{close[0]}"?' if close else ""
    example = close[0] if close else "the header in your file"
    return (
        f"No column for {' and '.join(missing)}.{hint} {_list(names)}"
        f' Rename the column, or say which one it is: --column {first}="{example}".'
    )
