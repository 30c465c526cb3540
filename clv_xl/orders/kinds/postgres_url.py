"""The URL of a PostgreSQL database, whose password no message may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from clv_xl.errors import UsageError

__all__ = ["PostgresUrl"]

_SCHEMES: Final = ("postgresql", "postgres")
_KNOWN: Final = ("host", "sslmode", "user")
_LONGEST_HOST: Final = 253
_LONGEST_LABEL: Final = 63
_MODES: Final = ("disable", "prefer", "require", "verify-full")


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A database, and who asks it.

    Attributes
    ----------
    host : str
        Of the server; a folder where its socket lies begins with a slash.
    port : int
        Of the server.
    database, user, password : str
        Empty where the URL has none.
    sslmode : str
        ``disable``, ``prefer``, ``require`` or ``verify-full``.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    sslmode: str = "prefer"

    @classmethod
    def of(cls, url: str) -> PostgresUrl:
        """Return what a URL says.

        Raises
        ------
        UsageError
            If it is of another kind, or says what is not understood.

        Examples
        --------
        >>> PostgresUrl.of("postgresql://ann:secret@db.example.com:5433/shop")
        PostgresUrl(host='db.example.com', port=5433, database='shop', user='ann', sslmode='prefer')
        >>> PostgresUrl.of("postgresql:///shop?host=/var/run/postgresql").name
        'postgresql:///shop'
        """
        scheme = url.partition("://")[0].lower()
        if scheme not in _SCHEMES:
            raise UsageError(
                f"{scheme}://... is no source of orders. Name a file, a folder, or a database as"
                " postgresql://USER@HOST/DATABASE."
            )
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 5432
            asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            _refuse_odd(host, parts)
        except ValueError:  # the reason may hold the password
            raise UsageError(
                "The URL of the database cannot be understood. Write postgresql://USER@HOST:PORT/DATABASE, with"
                " characters such as @, / and : in a name or a password as %40, %2F and %3A."
            ) from None
        for name in asked:
            if name not in _KNOWN:
                raise UsageError(f'The URL of the database: "{name}" is none of {", ".join(_KNOWN)}.')
        mode = asked.get("sslmode", ["prefer"])[-1]
        if mode not in _MODES:
            raise UsageError(f'The URL of the database: sslmode "{mode}" is none of {", ".join(_MODES)}.')
        database = unquote(parts.path.removeprefix("/"))
        if not database:
            raise UsageError("The URL names no database. Write postgresql://USER@HOST/DATABASE.")
        return cls(
            asked.get("host", [unquote(host)])[-1],
            port,
            database,
            asked.get("user", [unquote(parts.username or "")])[-1],
            unquote(parts.password or ""),
            mode,
        )

    @property
    def name(self) -> str:
        """The database as messages call it: without user and password."""
        host = "" if self.host.startswith("/") else self.host
        port = "" if self.port == 5432 else f":{self.port}"
        return f"postgresql://{host}{port}/{self.database}"


def _refuse_odd(host: str, parts: SplitResult) -> None:
    """Refuse what may be the rest of a password, after a sign that ended the host, and what no host is called."""
    if "@" in parts.path + parts.query or parts.fragment:
        raise ValueError
    if len(host) > _LONGEST_HOST or any(len(label) > _LONGEST_LABEL for label in host.split(".")):
        raise ValueError
