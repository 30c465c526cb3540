"""What comes from others: locked with hashes, under licences that ask nothing of us, and within what we allow."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests import licences
from tests.office import ROOT

LOCKS = ("install/requirements.lock", "install/requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            found.append((Requirement(requirement.strip()), [item.strip() for item in hashes]))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_to_a_version_with_hashes_and_no_address(lock: str) -> None:
    for requirement, hashes in entries(lock):
        (only,) = requirement.specifier
        assert only.operator == "==", requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", item) for item in hashes), requirement
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(?!hash=)", text.replace("--universal", ""))


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (LOCKS[0], PROJECT["dependencies"]),
        (LOCKS[1], [*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["test"], *EXTRAS["server"]]),
    ],
)
def test_a_lock_holds_all_that_is_asked_for_in_versions_that_are_allowed(
    lock: str, wanted: list[str]
) -> None:
    held: dict[str, list[Version]] = {}
    for requirement, _ in entries(lock):
        (only,) = requirement.specifier
        held.setdefault(requirement.name.lower(), []).append(Version(only.version))
    for text in wanted:
        asked = Requirement(text)
        if asked.name == "clv-xl":
            continue
        versions = held[asked.name.lower()]
        assert all(version in asked.specifier for version in versions), (text, versions)


def test_wheels_of_windows_and_the_mac_are_locked_too() -> None:
    names = {requirement.name for requirement, _ in entries(LOCKS[0])}
    assert names >= {"pywin32", "appscript"}, "xlwings needs them there"
    hashes = {requirement.name: len(found) for requirement, found in entries(LOCKS[0])}
    assert hashes["numpy"] > 10, "one wheel for each system and Python"


def test_no_licence_of_what_is_needed_asks_anything_of_our_code() -> None:
    for package in licences.locked():
        said = licences.licence(package)
        assert set(said.split(" AND ")) <= licences.FREE, (package, said)
    assert licences.LIST.read_text(encoding="utf-8") == licences.text(), "Run: make lock"


@pytest.mark.parametrize("said", ["GPL-3.0-only", "LGPLv3", "MIT AND MPL-2.0", "AGPL-3.0", "", "Proprietary"])
def test_a_licence_that_asks_something_is_found(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from email.message import Message

    told = Message()
    told["License"] = said
    monkeypatch.setattr(licences, "metadata", lambda _: told)
    assert not set(licences.licence("numpy").split(" AND ")) <= licences.FREE
