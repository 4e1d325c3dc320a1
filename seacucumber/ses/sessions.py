"""boto3 sessions and clients for a mailer.

Sending and administration differ in the one thing that matters: botocore may repeat a
question about the account, but never a message.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import boto3
import botocore.session
from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.exceptions import PartialCredentialsError

from seacucumber import __version__
from seacucumber.conf import DEFAULT_REGION, Mailer
from seacucumber.ses.host_clock import hear_date
from seacucumber.ses.throttle import wait_for_turn

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

# botocore composes a longer User-Agent anew for every request, a sixth of the CPU of a
# small send. An own user_agent or user_agent_appid in the mailer's config goes first.
_USER_AGENT = (
    f"Boto3/{boto3.__version__} Botocore/{botocore_version} SeaCucumber/{__version__}"
)
_MAX_KEPT = 32


def send_config(mailer: Mailer) -> Config:
    """Return botocore's options for sending.

    The mailer's ``client_config`` may change everything but the timeouts, which are
    settings of their own, and the number of attempts: since SES has no idempotency
    key, a repeated send is a second mail.
    """
    options: dict[str, Any] = {
        "max_pool_connections": 64,
        "tcp_keepalive": True,
        # The calls are built here, and validating them again costs a fifth of a send.
        "parameter_validation": False,
        **mailer.client_config,
    }
    if "user_agent_appid" not in options:
        options.setdefault("user_agent", _USER_AGENT)
    return Config(
        **{
            **options,
            **_timeouts(mailer),
            "retries": {"mode": "standard", "total_max_attempts": 1},
        }
    )


def admin_config(mailer: Mailer) -> Config:
    """Return botocore's options for questions about the account."""
    return Config(
        **{
            "retries": {"mode": "standard", "total_max_attempts": 4},
            **mailer.client_config,
            **_timeouts(mailer),
        }
    )


def open_session(mailer: Mailer) -> boto3.Session:
    """Return a new session; a mailer without credentials uses botocore's own chain.

    Raises:
        BotoCoreError: if the profile is missing or half of the credentials.
    """
    _refuse_half_credentials(mailer)
    core = botocore.session.get_session()
    core.register_component("data_loader", _shared_loader())
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=mailer.ses_access_key_id,
        aws_secret_access_key=mailer.ses_secret_access_key,
        aws_session_token=mailer.ses_session_token,
        profile_name=mailer.ses_profile,
    )


def make_sending_client(session: boto3.Session, mailer: Mailer) -> SESV2Client:
    """Return a client that tries once. Not safe to call from two threads at once."""
    client = session.client(
        "sesv2",
        region_name=mailer.ses_region_name or DEFAULT_REGION,
        endpoint_url=mailer.endpoint_url,
        config=send_config(mailer),
    )
    client.meta.events.register("response-received", hear_date)
    return client


class Forkable(Protocol):
    """What must not go on in a forked child as it was."""

    def after_fork(self) -> None:
        """Drop sockets and locks, which belong to the parent."""


_Kept = TypeVar("_Kept", bound=Forkable)


class PerMailer(Generic[_Kept]):
    """One object for each mailer and process.

    Mailers are told apart by their values, since a mailer cannot be hashed. Safe to
    use from any thread, and in a forked child such as a Celery worker process.

    Args:
        build: Makes the object; must neither fail nor take long.
    """

    def __init__(self, build: Callable[[Mailer], _Kept]) -> None:
        self._build = build
        self._kept: list[tuple[Mailer, _Kept]] = []
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def get(self, mailer: Mailer) -> _Kept:
        """Return the mailer's object."""
        for known, kept in self._kept:
            if known is mailer:
                return kept
        with self._lock:
            for known, kept in self._kept:
                if known == mailer:
                    return kept
            kept = self._build(mailer)
            # A new list: whoever walks the old one is not disturbed.
            self._kept = [*self._kept[1 - _MAX_KEPT :], (mailer, kept)]
            return kept

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        for _, kept in self._kept:
            kept.after_fork()


class AdminClients:
    """The clients for questions about one mailer's account. Thread-safe."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self.after_fork()

    def after_fork(self) -> None:
        """Start afresh."""
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._v1: SESClient | None = None
        self._v2: SESV2Client | None = None

    @property
    def v2(self) -> SESV2Client:
        """The client of the API that nearly everything uses."""
        with self._lock:
            if self._v2 is None:
                session = self._opened()
                self._v2 = session.client("sesv2", **self._options(session))
                _take_turns(self._v2)
            return self._v2

    @property
    def v1(self) -> SESClient:
        """The client for what only the old API can do."""
        with self._lock:
            if self._v1 is None:
                session = self._opened()
                self._v1 = session.client("ses", **self._options(session))
                _take_turns(self._v1)
            return self._v1

    def _opened(self) -> boto3.Session:
        if self._session is None:
            self._session = open_session(self._mailer)
        return self._session

    def _options(self, session: boto3.Session) -> dict[str, Any]:
        return {
            "region_name": self._mailer.ses_region_name or DEFAULT_REGION,
            "endpoint_url": self._mailer.endpoint_url,
            "config": admin_config(self._mailer),
        }


_admin_clients = PerMailer(AdminClients)


def get_admin_clients(mailer: Mailer) -> AdminClients:
    """Return the clients for questions about this mailer's account."""
    return _admin_clients.get(mailer)


@lru_cache(maxsize=1)
def _shared_loader() -> Any:
    # The models of SES take 10 MB and 50 ms; a loader keeps what it has loaded.
    return botocore.session.get_session().get_component("data_loader")


def _take_turns(client: SESClient | SESV2Client) -> None:
    client.meta.events.register("response-received", hear_date)
    # First of all: a signature must not grow old while its request waits.
    client.meta.events.register_first("request-created", wait_for_turn)


def _refuse_half_credentials(mailer: Mailer) -> None:
    # boto3.Session would sign with the secret "None".
    given = bool(mailer.ses_access_key_id), bool(mailer.ses_secret_access_key)
    if all(given) or not (any(given) or mailer.ses_session_token):
        return
    missing = "secret access key" if given[0] else "access key id"
    raise PartialCredentialsError(provider="the settings", cred_var=missing)


def _timeouts(mailer: Mailer) -> dict[str, float]:
    return {
        "connect_timeout": mailer.connect_timeout_s,
        "read_timeout": mailer.read_timeout_s,
    }
