"""A PostgreSQL server for one test run: in a folder of its own, on a socket and a free port, ended with the run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "p@ss:w/rd"


@dataclass(frozen=True)
class Server:
    """Where a server listens."""

    folder: Path
    port: int

    def url(self, *, user: str = "shop", password: str = "p%40ss%3Aw%2Frd", database: str = "shop") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def socket_url(self) -> str:
        return f"postgresql://owner@:{self.port}/shop?host={self.folder}"


def find_programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else None


def _user() -> str | None:
    """Somebody else, where this is root: the server refuses to run as root."""
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Start a server with the database and the user ``shop``, and end it."""
    user = _user()
    # not below the folder of the test run, which nobody else may enter
    folder = Path(tempfile.mkdtemp(prefix="clv-xl-pg-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(folder, port)

    def run(program: str, *arguments: str, text: str | None = None) -> None:
        done = subprocess.run(
            [programs / program, *arguments],
            user=user, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert not done.returncode, done.stdout + done.stderr

    data = folder / "data"
    try:
        run("initdb", "-D", str(data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        options = f"-F -p {port} -k {folder} -c listen_addresses=127.0.0.1"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        sql = f"CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}';\nCREATE DATABASE shop OWNER shop;\n"
        run("psql", "-h", str(folder), "-p", str(port), "-U", "owner", "-d", "postgres", "-q", text=sql)
        yield server
    finally:
        if data.is_dir():
            subprocess.run(
                [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
                user=user, cwd=folder, capture_output=True, timeout=60, check=False,
            )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
