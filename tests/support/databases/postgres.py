"""A PostgreSQL server of our own, on a socket in a temporary folder; a fresh schema for whoever asks."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import psycopg
import pytest

_OWNER = "postgres"  # the server refuses to run as root
_START_S = 60


def find_server() -> Path | None:
    """The folder with initdb and postgres."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("postgres")
    return debian[-1] if debian else Path(found).parent if found else None


class PostgresServer:
    """Started by construction, gone after `close`. Every commit is synced, as on a server that matters."""

    def __init__(self) -> None:
        binaries = find_server()
        if binaries is None:
            pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
        self._binaries, self._numbers = binaries, itertools.count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="tallystick-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, _OWNER)
        data = str(self.folder / "data")
        options = ["-A", "trust", "-U", "tallystick", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*self._as_owner("initdb"), "-D", data, *options], check=True, capture_output=True)
        self.start()

    def start(self, *settings: str) -> None:
        chosen = [part for setting in settings for part in ("-c", setting)]
        place = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_owner("postgres"), *place, "-c", "shared_buffers=16MB", *chosen],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        deadline = monotonic() + _START_S
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if monotonic() > deadline or self._process.poll() is not None:
                    raise
                sleep(0.05)

    def kill(self) -> None:
        """As by a crash: nothing is written any more."""
        (pid, *_) = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        os.kill(int(pid), 3)
        self._process.wait(_START_S)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._url(), autocommit=True)

    def fresh_schema(self) -> str:
        """The URL of a new one, without a table."""
        name = f"books_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self._url()}&options={quote(f'-csearch_path={name}')}"

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _url(self) -> str:
        return f"postgresql://tallystick@/postgres?host={quote(str(self.folder), safe='')}"

    def _as_owner(self, program: str) -> list[str]:
        path = str(self._binaries / program)
        if os.geteuid() != 0:
            return ["setpriv", "--pdeathsig", "KILL", path]
        group = str(pwd.getpwnam(_OWNER).pw_gid)
        who = ["--reuid", _OWNER, "--regid", group, "--clear-groups"]
        return ["setpriv", *who, "--pdeathsig", "KILL", path]
