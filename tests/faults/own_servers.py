"""Database servers of a scenario's own, which it may stop, cut off and fill."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from tests import child_processes

_HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with closing(socket.socket()) as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def find(program: str) -> str | None:
    """Return the path of a server's program; they are rarely in everybody's path."""
    places = [os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"]
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(program, path=os.pathsep.join([*places, *map(str, versions)]))


class OwnServer:
    """A server in a folder of its own, at a port of its own."""

    user = ""
    #: As `tests.services.database` calls it.
    kind = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            row = pwd.getpwnam(self.user)
            os.chown(folder, row.pw_uid, row.pw_gid)
            folder.chmod(0o700)

    def spawn(self, *arguments: str, wait: bool = True) -> subprocess.Popen[bytes]:
        user = self.user if os.geteuid() == 0 else None
        log = self.folder / "log"
        with log.open("ab") as output:
            process = child_processes.start(
                arguments,
                user=user,
                group=user,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if wait:
            assert process.wait(60) == 0, log.read_text(errors="replace")
        return process

    def kill(self) -> None:
        """Pull the plug."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait(30)
            self.process = None

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection((_HOST, self.port), 1):
            return True
        return False

    def create(self) -> None:
        """Make its files; once, before it is started."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and return when it answers."""
        raise NotImplementedError

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """Return what a query finds in the mail's database."""
        raise NotImplementedError

    def sql(self, statement: str) -> None:
        """Carry out a statement, as one who may do everything."""
        raise NotImplementedError

    def environment(self, port: int | None = None) -> dict[str, str]:
        """Return what leads processes of the suite here, or to another port."""
        raise NotImplementedError

    def read_only(self, on: bool) -> None:
        """Refuse all writes, as after a failover, or take them again."""
        raise NotImplementedError

    def cut(self) -> None:
        """End all other sessions."""
        raise NotImplementedError

    def wait(self) -> None:
        """Wait until it answers."""
        give_up_s = time.monotonic() + 60
        while not self._listens() and time.monotonic() < give_up_s:
            time.sleep(0.1)
        while True:
            try:
                return self.sql("SELECT 1")
            except (psycopg.Error, pymysql.Error):
                if time.monotonic() > give_up_s:
                    raise
                time.sleep(0.1)


class OwnPostgres(OwnServer):
    """PostgreSQL."""

    user = kind = "postgres"

    def create(self) -> None:
        self.spawn(
            *(find("initdb") or "initdb", "-D", str(self.folder / "data")),
            *("-A", "trust", "-U", "postgres", "--no-sync"),
        )

    def start(self) -> None:
        self.process = self.spawn(
            *(find("postgres") or "postgres", "-D", str(self.folder / "data")),
            *("-p", str(self.port), "-c", f"listen_addresses={_HOST}"),
            *("-c", f"unix_socket_directories={self.folder}"),
            wait=False,
        )
        self.wait()

    def environment(self, port: int | None = None) -> dict[str, str]:
        return {
            "SEACUCUMBER_TEST_DB": "postgres",
            "SEACUCUMBER_TEST_POSTGRES_HOST": _HOST,
            "SEACUCUMBER_TEST_POSTGRES_PORT": str(port or self.port),
            "SEACUCUMBER_TEST_DB_NAME": "postgres",
        }

    def _session(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=_HOST, port=self.port, user="postgres", autocommit=True
        )

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        with self._session() as session:
            return session.execute(statement).fetchall()  # type: ignore[call-overload]

    def sql(self, statement: str) -> None:
        with self._session() as session:
            session.execute(statement)  # type: ignore[call-overload]

    def read_only(self, on: bool) -> None:
        word = "on" if on else "off"
        self.sql("SET default_transaction_read_only = off;")
        with self._session() as session:
            session.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
            session.execute("SELECT pg_reload_conf()")

    def cut(self) -> None:
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


class OwnMariaDB(OwnServer):
    """MariaDB, with a user who is not exempt from its being read-only."""

    user, kind = "mysql", "mariadb"

    def create(self) -> None:
        self.spawn(
            *(find("mariadb-install-db") or "", f"--datadir={self.folder / 'data'}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )

    def start(self) -> None:
        self.process = self.spawn(
            *(find("mariadbd") or "mariadbd", "--no-defaults"),
            *(f"--datadir={self.folder / 'data'}", f"--port={self.port}"),
            *(f"--bind-address={_HOST}", f"--socket={self.folder / 'sock'}"),
            *(f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve"),
            wait=False,
        )
        self.wait()
        self.sql("CREATE DATABASE IF NOT EXISTS mail CHARACTER SET utf8mb4")
        self.sql("CREATE USER IF NOT EXISTS mail@'%' IDENTIFIED BY ''")
        self.sql("GRANT ALL ON mail.* TO mail@'%'")

    def environment(self, port: int | None = None) -> dict[str, str]:
        return {
            "SEACUCUMBER_TEST_DB": "mariadb",
            "SEACUCUMBER_TEST_MARIADB_HOST": _HOST,
            "SEACUCUMBER_TEST_MARIADB_PORT": str(port or self.port),
            "SEACUCUMBER_TEST_MARIADB_USER": "mail",
            "SEACUCUMBER_TEST_DB_NAME": "mail",
        }

    def _ask(self, statement: str, database: str | None = None) -> Any:
        session = pymysql.connect(
            unix_socket=str(self.folder / "sock"),
            user="root",
            database=database,
            autocommit=True,
        )
        with closing(session), session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        found: Sequence[tuple[Any, ...]] = self._ask(statement, "mail")
        return found

    def sql(self, statement: str) -> None:
        self._ask(statement)

    def read_only(self, on: bool) -> None:
        self.sql(f"SET GLOBAL read_only = {int(on)}")

    def cut(self) -> None:
        for row in self._ask("SHOW PROCESSLIST"):
            if row[1] == "mail":
                with suppress(pymysql.Error):
                    self.sql(f"KILL {row[0]}")


class CommitCutter:
    """A way to a server that breaks in the middle of a COMMIT: the server does it, and
    its answer gets lost.

    Args:
        every: Each so many COMMITs one is cut.
    """

    def __init__(self, port: int, every: int) -> None:
        self._to = port
        self._every = every
        self._commits = 0
        self.cuts = 0
        self._open = True
        self._listener = socket.create_server((_HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections; cut no more."""
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((_HOST, self._to))
            except OSError:
                continue
            cut = threading.Event()
            for source, sink, from_client in (
                (client, server, True),
                (server, client, False),
            ):
                threading.Thread(
                    target=self._carry,
                    args=(source, sink, from_client, cut),
                    daemon=True,
                ).start()

    def _carry(
        self,
        source: socket.socket,
        sink: socket.socket,
        from_client: bool,
        cut: threading.Event,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if from_client and b"COMMIT" in data:
                    self._commits += 1
                    if self._open and self._commits % self._every == 0:
                        self.cuts += 1
                        cut.set()
                elif cut.is_set():
                    # The answer to the COMMIT: it is done, and nobody hears of it.
                    break
                sink.sendall(data)
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
