"""Invented people: names that are common in the Nordic countries, at addresses that can never exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.sample.draws import Draws, Purpose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EMAIL_DOMAINS", "ascii_letters", "invented_people"]

# Reserved by RFC 2606, so that no mail sent by mistake reaches anybody.
EMAIL_DOMAINS = ("example.com", "example.net", "example.org")
_DOMAIN_WEIGHTS = (70, 15, 15)

# One entry per country of the shop, in the same order: Sweden, Norway, Denmark, Finland.
_GIVEN_NAMES = (
    (
        "Åsa Märta Björn Anna Erik Maria Lars Elsa Göran Karin Sven Ingrid Håkan Sofia Örjan Maja Linnéa "
        "Jörgen Pär Emma Östen Birgitta Nils Frida Åke Hanna Mårten Lena"
    ),
    (
        "Ingrid Bjørn Åse Håkon Solveig Øyvind Kari Ola Synnøve Lars Marit Gunnar Åshild Jørgen Liv Tor "
        "Sølvi Geir Randi Pål Hege Sindre Bjørg Knut"
    ),
    (
        "Søren Mette Jørgen Kirsten Lærke Mads Åse Rasmus Bodil Niels Sørine Kåre Freja Bjarke Inger Henrik "
        "Dorthe Jens Pernille Åge Asbjørn Maja"
    ),
    (
        "Päivi Matti Riitta Jukka Sinikka Väinö Aino Heikki Tyyne Mikko Kyösti Liisa Jyrki Sanna Yrjö Antti "
        "Mervi Pentti Tuula Ville Säde Eero"
    ),
)
_FAMILY_NAMES = (
    (
        "Åström Lindström Öberg Andersson Björk Johansson Sjöberg Nilsson Håkansson Larsson Bergström Ekman "
        "Söderlund Holm Ångström Persson Nyström Dahl Grönlund Lind Åkesson Forsberg Öhman Norén"
    ),
    (
        "Hansen Bjørnstad Øverland Nordmann Ødegård Berg Strømme Lund Sørensen Haugen Åsen Solberg Bråten "
        "Moen Grønning Vik Kjær Nygård Fjeld Bø"
    ),
    (
        "Sørensen Nielsen Kjær Østergaard Jensen Mørk Ågård Pedersen Bæk Thomsen Nørgaard Hansen Møller Lund "
        "Skov Bjerregård Højgaard Holm Krøyer Dam"
    ),
    (
        "Mäkinen Korhonen Hämäläinen Virtanen Järvinen Niemi Mäkelä Laine Heikkilä Koskinen Lähteenmäki Salo "
        "Kääriäinen Rantanen Törmä Lehto Pöyry Kallio Sjöman Saari"
    ),
)
_ASCII = str.maketrans(
    {"å": "a", "ä": "a", "æ": "ae", "ö": "o", "ø": "o", "é": "e"},
)


def ascii_letters(name: str) -> str:
    """Return a name as it is written in an e-mail address.

    Examples
    --------
    >>> ascii_letters("Åsa"), ascii_letters("Kjær"), ascii_letters("Noël")
    ('asa', 'kjaer', 'nol')
    """
    plain = name.lower().translate(_ASCII)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def invented_people(seed: int, countries: NDArray[np.int8]) -> tuple[list[str], list[str]]:
    """Return the names and e-mail addresses of customers, given the country number of each.

    The address ends in the customer's number, so no two customers share one.

    Examples
    --------
    >>> import numpy as np
    >>> names, emails = invented_people(1, np.zeros(1, dtype=np.int8))
    >>> emails[0].endswith(("1@example.com", "1@example.net", "1@example.org"))
    True
    """
    count = len(countries)
    draws = Draws(seed, Purpose.PEOPLE)
    given_draws, family_draws = draws.uniform(count).tolist(), draws.uniform(count).tolist()
    domains = draws.pick(_DOMAIN_WEIGHTS, count).tolist()
    given_names = [names.split() for names in _GIVEN_NAMES]
    family_names = [names.split() for names in _FAMILY_NAMES]
    local_parts = {name: ascii_letters(name) for names in (*given_names, *family_names) for name in names}
    people: list[str] = []
    emails: list[str] = []
    for number, country in enumerate(countries.tolist()):
        given = given_names[country][int(given_draws[number] * len(given_names[country]))]
        family = family_names[country][int(family_draws[number] * len(family_names[country]))]
        people.append(f"{given} {family}")
        domain = EMAIL_DOMAINS[domains[number]]
        emails.append(f"{local_parts[given]}.{local_parts[family]}{number + 1}@{domain}")
    return people, emails
