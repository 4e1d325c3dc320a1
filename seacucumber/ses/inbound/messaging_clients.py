"""boto3 clients for SNS and SQS, by way of which SES's events come."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config

from seacucumber.conf import DEFAULT_REGION, Mailer
from seacucumber.ses.sessions import PerMailer, admin_config, open_session

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

#: How long SQS keeps a question open at most; the client waits longer than that.
LONG_POLL_S = 20
_REGION_IN_HOST = re.compile(
    r"(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.|^([a-z]{2}-[a-z-]+-[0-9])\.queue\."
)


class MessagingClients:
    """One mailer's clients for SNS and SQS, by endpoint and region. Thread-safe."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self.after_fork()

    def after_fork(self) -> None:
        """Start afresh."""
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str | None, str], Any] = {}

    def sns(self, region: str) -> SNSClient:
        """Return the client for topics of a region."""
        client: SNSClient = self._client("sns", own_endpoint(self._mailer), region)
        return client

    def sqs(self, queue_url: str) -> SQSClient:
        """Return the client for a queue, which talks to the host of its URL."""
        endpoint, region = endpoint_of(queue_url)
        region = region or self._mailer.ses_region_name or DEFAULT_REGION
        client: SQSClient = self._client("sqs", endpoint, region)
        return client

    def queues(self, region: str) -> SQSClient:
        """Return the client for queues of a region whose URLs are not known yet."""
        client: SQSClient = self._client("sqs", own_endpoint(self._mailer), region)
        return client

    def _client(self, service: str, endpoint: str | None, region: str) -> Any:
        key = service, endpoint, region
        with self._lock:
            if key not in self._clients:
                open_client = partial(open_session(self._mailer).client, service)
                config = admin_config(self._mailer)
                if service == "sqs":
                    seconds = self._mailer.read_timeout_s + LONG_POLL_S
                    config = config.merge(Config(read_timeout=seconds))
                self._clients[key] = open_client(
                    region_name=region, endpoint_url=endpoint, config=config
                )
            return self._clients[key]


_clients = PerMailer(MessagingClients)


def get_messaging_clients(mailer: Mailer) -> MessagingClients:
    """Return the clients for SNS and SQS with this mailer's credentials."""
    return _clients.get(mailer)


def own_endpoint(mailer: Mailer) -> str | None:
    """Return the endpoint of a mailer whose SES is not AWS's, for SNS too; else None.

    An endpoint of AWS's, in a network of one's own for example, knows SES alone.
    """
    host = urlsplit(mailer.endpoint_url or "").hostname or ""
    is_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
    return None if is_aws else mailer.endpoint_url


def endpoint_of(queue_url: str) -> tuple[str, str]:
    """Return the endpoint and the region of a queue's URL; empty if it has none."""
    parts = urlsplit(queue_url)
    found = _REGION_IN_HOST.search(parts.hostname or "")
    region = (found[1] or found[2] or "") if found else ""
    return f"{parts.scheme}://{parts.netloc}", region
