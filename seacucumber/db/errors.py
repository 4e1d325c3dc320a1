"""Which failures of the database may pass, by the database's own codes.

Django's classes do not tell: a transaction that finds its server read-only after a
failover is an ``InternalError`` with psycopg and an ``OperationalError`` with PyMySQL,
a full disk is either, and a missing table is an ``OperationalError`` on SQLite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import Error, InterfaceError, OperationalError


@dataclass(frozen=True, slots=True)
class Passing:
    """A failure that may pass.

    Args:
        name: What the database's documentation calls it.
        keeps_session: Only the transaction is undone. After all others the session is
            not worth keeping: it is gone, or leads to a server that has become a
            replica and will say no for ever.
    """

    name: str
    keeps_session: bool = False


#: By SQLSTATE, or by its class, which are the first two characters:
#: https://www.postgresql.org/docs/current/errcodes-appendix.html. PgBouncer answers
#: with class 08 when it has no server to give, or lost it, and with 53300 when it has
#: no room: https://www.pgbouncer.org/config.html.
POSTGRESQL: Mapping[str, Passing] = {
    "08": Passing("connection exception"),
    "25006": Passing("read only sql transaction"),
    "25P03": Passing("idle in transaction session timeout"),
    "25P04": Passing("transaction timeout"),
    # Deadlocks (40P01) and serialization failures (40001) are in this class.
    "40": Passing("transaction rollback", keeps_session=True),
    # Disk full, out of memory, too many connections.
    "53": Passing("insufficient resources"),
    "55P03": Passing("lock not available", keeps_session=True),
    "57014": Passing("query canceled", keeps_session=True),
    "57P01": Passing("admin shutdown"),
    "57P02": Passing("crash shutdown"),
    "57P03": Passing("cannot connect now"),
    "57P05": Passing("idle session timeout"),
    "58000": Passing("system error"),
    "58030": Passing("io error"),
    # The server's own defects: among them what it says while a table is altered.
    "XX000": Passing("internal error"),
}

#: https://mariadb.com/kb/en/mariadb-error-code-reference/ and, where they differ,
#: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html.
MYSQL: Mapping[int, Passing] = {
    3: Passing("EE_WRITE: error writing a file, as of a full disk"),
    20: Passing("EE_DISK_FULL"),
    1015: Passing("ER_CANT_LOCK"),
    1020: Passing("ER_CHECKREAD: record has changed since last read", True),
    1021: Passing("ER_DISK_FULL"),
    1026: Passing("ER_ERROR_ON_WRITE"),
    1030: Passing("ER_GET_ERRNO: error from the storage engine"),
    1037: Passing("ER_OUTOFMEMORY"),
    1038: Passing("ER_OUT_OF_SORTMEMORY"),
    1040: Passing("ER_CON_COUNT_ERROR: too many connections"),
    1041: Passing("ER_OUT_OF_RESOURCES"),
    1042: Passing("ER_BAD_HOST_ERROR"),
    1043: Passing("ER_HANDSHAKE_ERROR"),
    # Galera, while a node is not part of the cluster.
    1047: Passing("ER_UNKNOWN_COM_ERROR: not yet prepared for application use"),
    1053: Passing("ER_SERVER_SHUTDOWN"),
    1077: Passing("ER_NORMAL_SHUTDOWN"),
    1079: Passing("ER_SHUTDOWN_COMPLETE"),
    1114: Passing("ER_RECORD_FILE_FULL: the table is full, or its disk"),
    1129: Passing("ER_HOST_IS_BLOCKED"),
    1152: Passing("ER_ABORTING_CONNECTION"),
    1158: Passing("ER_NET_READ_ERROR"),
    1159: Passing("ER_NET_READ_INTERRUPTED"),
    1160: Passing("ER_NET_ERROR_ON_WRITE"),
    1161: Passing("ER_NET_WRITE_INTERRUPTED"),
    1180: Passing("ER_ERROR_DURING_COMMIT"),
    1181: Passing("ER_ERROR_DURING_ROLLBACK"),
    1184: Passing("ER_NEW_ABORTING_CONNECTION"),
    1203: Passing("ER_TOO_MANY_USER_CONNECTIONS"),
    1205: Passing("ER_LOCK_WAIT_TIMEOUT", True),
    1206: Passing("ER_LOCK_TABLE_FULL", True),
    1213: Passing("ER_LOCK_DEADLOCK", True),
    1223: Passing("ER_CANT_UPDATE_WITH_READLOCK"),
    1226: Passing("ER_USER_LIMIT_REACHED"),
    1290: Passing("ER_OPTION_PREVENTS_STATEMENT: running with --read-only"),
    1317: Passing("ER_QUERY_INTERRUPTED", True),
    1637: Passing("ER_TOO_MANY_CONCURRENT_TRXS"),
    1792: Passing("ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION"),
    1836: Passing("ER_READ_ONLY_MODE"),
    1927: Passing("ER_CONNECTION_KILLED"),
    1969: Passing("ER_STATEMENT_TIMEOUT", True),
    3024: Passing("ER_QUERY_TIMEOUT", True),
    3101: Passing("ER_TRANSACTION_ROLLBACK_DURING_COMMIT", True),
    3168: Passing("ER_SERVER_ISNT_AVAILABLE"),
    3169: Passing("ER_SESSION_WAS_KILLED"),
    3572: Passing("ER_LOCK_NOWAIT", True),
    4031: Passing("ER_CLIENT_INTERACTION_TIMEOUT"),
}

#: The client's own: no connection, or one that broke, such as 2006 and 2013.
#: https://dev.mysql.com/doc/mysql-errors/8.4/en/client-error-reference.html
MYSQL_CLIENT = range(2000, 2063)

#: By primary result code, which is the low byte of an extended one:
#: https://www.sqlite.org/rescode.html.
SQLITE: Mapping[int, Passing] = {
    5: Passing("SQLITE_BUSY", True),
    6: Passing("SQLITE_LOCKED", True),
    7: Passing("SQLITE_NOMEM"),
    8: Passing("SQLITE_READONLY"),
    9: Passing("SQLITE_INTERRUPT", True),
    10: Passing("SQLITE_IOERR"),
    13: Passing("SQLITE_FULL"),
    14: Passing("SQLITE_CANTOPEN"),
    15: Passing("SQLITE_PROTOCOL"),
    17: Passing("SQLITE_SCHEMA", True),
}

#: Drivers give no code when it was not the server that spoke: libpq, PyMySQL and
#: connection pools when there is no connection.
_NO_CONNECTION = Passing("no connection")


def find_passing(error: Error) -> Passing | None:
    """Return what kind of failure an error is; None if trying again is no use."""
    # Django wraps the driver's error, which has the code.
    for link in (error, error.__cause__):
        found, code = _look_up(link)
        if code:
            return found
    no_code = isinstance(error, OperationalError | InterfaceError)
    return _NO_CONNECTION if no_code else None


def may_pass(error: Error) -> bool:
    """Tell whether it is worth trying again."""
    return find_passing(error) is not None


def _look_up(error: BaseException | None) -> tuple[Passing | None, int | str]:
    """Return the row of an error, and its code: empty if it has none."""
    if error is None:
        return None, ""
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if isinstance(sqlite_code, int):
        return SQLITE.get(sqlite_code & 0xFF), sqlite_code
    number = error.args[0] if error.args else None
    number = getattr(error, "errno", None) or number
    if isinstance(number, int):
        lost = _NO_CONNECTION if number in MYSQL_CLIENT else None
        return MYSQL.get(number, lost), number
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if isinstance(state, str) and state:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2]), state
    return None, ""
