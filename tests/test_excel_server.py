"""xlwings Server: our server as a user starts it, and what its JavaScript gives to Excel.

A simulated host: Node.js runs the scripts of the live server with stand-ins for Office, Excel and CustomFunctions.
What only a real Excel can show, such as loading the add-in, stands in ``docs/excel-checklist.md``.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from ipaddress import ip_address
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from clv_xl.errors import UsageError
from clv_xl.excel import server as server_module
from clv_xl.excel.registry import functions
from tests.excel_hosts.server import RunningServer, ServerExcel, why_not
from tests.excel_hosts.sheet import MISSING, NULL, Err, column, day
from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = ROOT / "install" / "manifest-localhost.xml"


@pytest.fixture(scope="module")
def excel() -> Iterator[ServerExcel]:
    if reason := why_not():
        pytest.skip(reason)
    with ServerExcel() as program:
        yield program


@pytest.fixture(scope="module")
def needs_server() -> None:
    if "xlwings Server" in (reason := why_not()):
        pytest.skip(reason)


def start(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the server with options with which it must end at once."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XLWINGS")}
    return subprocess.run(
        [sys.executable, "-m", "clv_xl.excel.server", *options],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- in a cell ------------------------------------------------------------------------------------------


def test_the_example_of_the_readme_is_in_a_cell(excel: ServerExcel) -> None:
    assert excel("CLV", 800, 3, 6) == 14_400


def test_the_page_loads_the_functions_and_then_our_own_script(excel: ServerExcel) -> None:
    assert excel.loaded["scripts"] == ["/xlwings/custom-functions-code.js", "/static/js/main.js"]
    assert sorted(excel.loaded["functions"]) == sorted(function.name for function in functions())


@pytest.mark.parametrize(
    ("call", "code", "reason"),
    [
        (("CAC", 500, 0), "#N/A", "CAC is not available when there is no new customer."),
        (
            ("CLV", 800, 3, 6, 40),
            "#NUM!",
            "gross_margin is 40, but it must be more than 0 and at most 1. Write 40% as 0.4.",
        ),
        (("CLV", 800, 3, "six"), "#VALUE!", 'lifespan_years is the text "six", but it must be a number.'),
    ],
)
def test_an_error_is_the_right_one_and_says_why(
    excel: ServerExcel, call: tuple[object, ...], code: str, reason: str
) -> None:
    assert excel(*call) == Err(code)
    assert excel.reason == reason
    # A refusal is final: xlwings would ask three times after a fault of the server.
    assert excel.posts == 1


def test_an_error_within_a_table_is_a_real_one(excel: ServerExcel) -> None:
    shown = excel.raw("CLV", column(800, None, 900), 3, 6)["result"]
    assert shown == [[14_400], [{"type": "Error", "errorType": "NotAvailable"}], [16_200]]


def test_the_same_cells_are_asked_for_once(excel: ServerExcel) -> None:
    assert [excel("CLV", 801, 3, 6), excel.posts] == [14_418, 1]
    assert [excel("CLV", 801, 3, 6), excel.posts] == [14_418, 0]
    assert [excel("CLV", 802, 3, 6), excel.posts] == [14_436, 1]


def test_dates_come_back_as_dates(excel: ServerExcel) -> None:
    days = column(day("2024-01-02"), day("2024-02-03"), day("2024-02-05"))
    shown = excel("CLV_CUSTOMERS", column("Ann", "Ann", "Bo"), days, column(10, 20, 30))
    first = shown[0].index("first order")
    assert [line[first] for line in shown[1:]] == [dt.datetime(2024, 1, 2), dt.datetime(2024, 2, 5)]  # noqa: DTZ001


@pytest.mark.parametrize("blank", [None, NULL], ids=["an empty text", "null"])
def test_a_blank_arrives_in_two_ways(excel: ServerExcel, blank: object) -> None:
    assert excel("CLV", 800, 3, 6, blank, MISSING, column(blank)) == 14_400
    assert excel("CLV", column("value", 800, blank, 900, blank), 3, 6) == [[14_400], [Err("#N/A")], [16_200]]
    assert excel("AOV", column("amount", 10, blank, 20, blank)) == 15


# --- what the server tells Excel ------------------------------------------------------------------------


def test_names_are_bare_and_help_is_that_of_the_registry(excel: ServerExcel) -> None:
    told = json.loads(excel.server.get("/xlwings/custom-functions-meta.json"))
    found = {item["name"]: item for item in told["functions"]}
    assert set(found) == {function.name for function in functions()}
    # Excel hands over an error or an id of its data types only when it is told that the function can take it.
    assert told["allowErrorForDataTypeAny"]
    for function in functions():
        item = found[function.name]
        assert (item["id"], item["description"]) == (function.name, function.help)
        assert [
            (one["name"], one["description"], one.get("optional", False)) for one in item["parameters"]
        ] == [(one.name, one.help, not one.required) for one in function.arguments]


def test_the_manifest_is_complete(excel: ServerExcel) -> None:
    text = excel.server.get("/manifest")
    root = ET.fromstring(text)
    spaces = {
        "o": "http://schemas.microsoft.com/office/appforoffice/1.1",
        "v": "http://schemas.microsoft.com/office/taskpaneappversionoverrides",
        "bt": "http://schemas.microsoft.com/office/officeappbasictypes/1.0",
    }
    assert UUID(root.findtext("o:Id", namespaces=spaces)).version == 4
    assert root.find("o:DisplayName", spaces).get("DefaultValue") == "clv_xl"
    # Without a namespace the functions keep their bare names.
    assert "<Namespace" not in text
    resources = {item.get("id"): item.get("DefaultValue") for item in root.iterfind(".//bt:*[@id]", spaces)}
    named = {item.get("resid") for item in root.iter() if item.get("resid")}
    assert named == set(resources)
    addresses = {value for value in re.findall(r'DefaultValue="([^"]*)"', text) if "://" in value}
    assert addresses
    for address in addresses:
        assert address.startswith(f"{excel.server.address}/")
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.status == 200


def test_the_committed_manifest_is_that_of_a_server_on_this_machine(excel: ServerExcel) -> None:
    served = excel.server.get("/manifest").replace(excel.server.address, "https://localhost:8000")
    assert MANIFEST.read_text(encoding="utf-8") == served


# --- how it starts --------------------------------------------------------------------------------------


def test_the_start_says_where_to_go(needs_server: None) -> None:
    with RunningServer() as running:
        assert running.get("/") == '{"status":"ok"}'
    lines = running.printed.splitlines()
    assert lines[0] == f"The functions of clv_xl are at {running.address} (stop with Ctrl+C)."
    assert lines[1] == f"The manifest for Excel is at {running.address}/manifest/download."
    assert "HTTPS only" in lines[2]


@pytest.mark.long
def test_it_serves_https_with_the_certificate_that_it_is_given(needs_server: None, tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    tls = ssl.create_default_context(cafile=certificate)
    with RunningServer(
        "--certificate", certificate, "--key", key, "--hostname", "clv.example.com", tls=tls
    ) as running:
        assert 'DefaultValue="https://clv.example.com/taskpane.html"' in running.get("/manifest")
    assert len(running.printed.splitlines()) == 2


@pytest.mark.long
def test_the_folder_that_it_starts_in_does_not_matter(needs_server: None, tmp_path: Path) -> None:
    for name in ("config", "custom_functions", "lifespan"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not ours')\n", encoding="utf-8")
    (tmp_path / ".env").write_text("XLWINGS_FUNCTIONS_NAMESPACE=OTHER\n", encoding="utf-8")
    with RunningServer(cwd=tmp_path) as running:
        assert '"name":"CLV"' in running.get("/xlwings/custom-functions-meta.json")


def test_without_a_licence_key_it_says_what_to_do(needs_server: None) -> None:
    done = start()
    assert done.returncode == 2
    assert "XLWINGS_LICENSE_KEY is not set" in done.stderr
    assert "noncommercial if your use is not commercial" in done.stderr


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'clv-xl\[server\]'"):
        server_module.application({})


@pytest.mark.parametrize(
    ("options", "exit_code", "message"),
    [
        (("--certificate", "no.pem", "--key", "no.pem"), 3, "--certificate no.pem: there is no such file"),
        (("--key", __file__), 2, "give --certificate and --key, or neither"),
        (("--port", "many"), 2, "invalid int value: 'many'"),
    ],
)
def test_wrong_options_are_refused(options: tuple[str, ...], exit_code: int, message: str) -> None:
    done = start(*options, XLWINGS_LICENSE_KEY="noncommercial")
    assert done.returncode == exit_code
    assert message in done.stderr


@pytest.mark.long
def test_the_environment_has_the_last_word(needs_server: None) -> None:
    environment = {"XLWINGS_LICENSE_KEY": "noncommercial", "XLWINGS_PROJECT_NAME": "Our shop"}
    script = (
        "import clv_xl.excel.server as server; server.application();"
        "from xlwings_server.config import settings; print(settings.project_name, repr(settings.functions_namespace));"
        "import xlwings.utils; print(xlwings.utils.is_jsnull.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # The second line: the remedy against a slow check for each cell is in place, on the server only.
    assert done.stdout.splitlines() == ["Our shop ''", "clv_xl.excel.server"], done.stderr


@pytest.mark.long
def test_no_setting_leaks_into_this_process() -> None:
    assert "XLWINGS_LICENSE_KEY" not in os.environ
    assert "XLWINGS_ON_SERVER" not in os.environ


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret
