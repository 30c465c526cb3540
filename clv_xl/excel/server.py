"""The cell functions as an xlwings Server: ``python -m clv_xl.excel.server``.

Excel on Windows, on the Mac and on the web calls it over HTTP and needs no Python of its own. It is built on
xlwings Server, which is free for noncommercial use only (PolyForm Noncommercial 1.0.0) and otherwise sold.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clv_xl.errors import ClvXlError, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

__all__ = ["LICENSE_VARIABLE", "SETTINGS", "application", "main"]

LICENSE_VARIABLE: Final = "XLWINGS_LICENSE_KEY"

SETTINGS: Final = {
    "XLWINGS_PROJECT_DIR": str(Path(__file__).with_name("server_project")),
    "XLWINGS_PROJECT_NAME": "clv_xl",
    "XLWINGS_FUNCTIONS_NAMESPACE": "",  # gives =CLV() and not =XLWINGS.CLV()
    "XLWINGS_ENVIRONMENT": "prod",  # any other name would come before that of each function
    "XLWINGS_MANIFEST_ID_PROD": "a59ac42d-cd0c-4260-9127-ca49442b56c9",  # by it Excel knows the add-in again
    # Excel on the web may call from an origin of Microsoft; the functions only compute, and know no session.
    "XLWINGS_CORS_ALLOW_ORIGINS": '["*"]',
    # What our page does not use.
    "XLWINGS_ENABLE_SOCKETIO": "false",
    "XLWINGS_ENABLE_HTMX": "false",
    "XLWINGS_ENABLE_ALPINEJS_CSP": "false",
    "XLWINGS_LOG_LEVEL": "WARNING",
}
"""What xlwings Server is told unless the environment says otherwise."""

_NO_PACKAGE: Final = "xlwings Server is not installed. Install it with: pip install 'clv-xl[server]'"
_NO_LICENSE: Final = (
    f"xlwings Server wants a licence key, and {LICENSE_VARIABLE} is not set. Set it to the key that you bought "
    f"(https://www.xlwings.org/pricing), or to noncommercial if your use is not commercial."
)


def _not_from_javascript(value: object) -> bool:
    """Say that a cell does not hold JavaScript's null: outside a browser none does."""
    return False


def application(environment: MutableMapping[str, str] = os.environ) -> Any:
    """Return the server as an ASGI application, for ``main`` and for any other way of running one.

    Parameters
    ----------
    environment : mapping, default os.environ
        Settings of xlwings Server; those of :data:`SETTINGS` that it lacks are added. xlwings reads ``os.environ``.

    Returns
    -------
    callable
        The application.

    Raises
    ------
    UsageError
        When xlwings Server or its licence key is missing.
    """
    if find_spec("xlwings_server") is None:
        raise UsageError(_NO_PACKAGE)
    if not environment.get(LICENSE_VARIABLE):
        raise UsageError(_NO_LICENSE)
    for name, value in SETTINGS.items():
        environment.setdefault(name, value)
    # The settings have to stand before these are imported: they read them once.
    server: Any = import_module("xlwings_server.main").main_app
    # For each cell xlwings tries anew to import what only a browser has: 3 s for 60,000 cells.
    import_module("xlwings.utils").__dict__["is_jsnull"] = _not_from_javascript
    # A long column arrives as one list for each row. By default Python looks through all of them again and again
    # for cycles, which takes half of the time of a call.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    return server


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m clv_xl.excel.server", description="Serve the functions of clv_xl to Excel."
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    parser.add_argument("--certificate", type=Path, help="certificate for HTTPS, a PEM file")
    parser.add_argument("--key", type=Path, help="private key of the certificate, a PEM file")
    parser.add_argument(
        "--hostname", help="the name that Excel reaches this server by, such as clv.example.com"
    )
    return parser.parse_args(arguments)


def _existing(path: Path | None, option: str) -> str | None:
    if path is not None and not path.is_file():
        raise InputError(f"{option} {path}: there is no such file. Give the path of a PEM file.")
    return str(path) if path else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server until it is stopped.

    Parameters
    ----------
    arguments : sequence of str, optional
        Options as on the command line, by default those of this process.
    """
    options = _options(arguments)
    try:
        certificate, key = _existing(options.certificate, "--certificate"), _existing(options.key, "--key")
        if bool(certificate) != bool(key):
            raise UsageError("HTTPS needs both: give --certificate and --key, or neither.")
        if options.hostname:
            os.environ["XLWINGS_HOSTNAME"] = options.hostname
        app = application()
    except ClvXlError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
    address = f"{'https' if certificate else 'http'}://{options.hostname or f'{options.host}:{options.port}'}"
    sys.stdout.write(f"The functions of clv_xl are at {address} (stop with Ctrl+C).\n")
    sys.stdout.write(f"The manifest for Excel is at {address}/manifest/download.\n")
    if not certificate:
        sys.stdout.write(
            "Excel accepts an add-in over HTTPS only: give --certificate and --key, or serve it through a proxy.\n"
        )
    sys.stdout.flush()
    # It comes with xlwings Server.
    import_module("uvicorn").run(
        app,
        host=options.host,
        port=options.port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
