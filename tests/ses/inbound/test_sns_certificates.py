"""Where SNS's certificates may come from, and how they are fetched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore
import pytest

from seacucumber.exceptions import Forged, TryAgain
from seacucumber.ses.inbound import sns_certificates
from seacucumber.ses.inbound.sns_certificates import DOMAINS, MAX_BYTES, fetch, own_url

FILE = "/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
PARTITIONS = json.loads(
    (Path(botocore.__file__).parent / "data" / "partitions.json").read_text()
)["partitions"]


@pytest.mark.parametrize("partition", PARTITIONS, ids=lambda row: row["id"])
def test_every_partition_of_aws_has_its_own_host(partition: dict[str, Any]) -> None:
    domain = partition["outputs"]["dnsSuffix"]
    region = next(name for name in partition["regions"] if "global" not in name)
    topic = f"arn:{partition['id']}:sns:{region}:123456789012:ses-events"

    url = f"https://sns.{region}.{domain}{FILE}"

    assert own_url(url, topic) == url
    assert DOMAINS[partition["id"]] == domain


def test_a_partition_that_is_not_known_has_no_host() -> None:
    topic = "arn:aws-moon:sns:moon-1:123456789012:ses-events"

    with pytest.raises(Forged):
        own_url(f"https://sns.moon-1.amazonaws.com{FILE}", topic)


class Host:
    """A web server that answers as it is told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"-----BEGIN CERTIFICATE-----\n"


@pytest.fixture
def host() -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            self.send_response(host.status)
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(host.body)))
            self.end_headers()
            self.wfile.write(host.body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = Host(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_is_downloaded(host: Host) -> None:
    assert fetch(f"{host.url}{FILE}") == host.body
    assert host.asked == [FILE]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(host: Host, status: int) -> None:
    host.status, host.headers = status, {"Location": f"{host.url}/elsewhere"}

    with pytest.raises(Forged):
        fetch(f"{host.url}{FILE}")

    assert host.asked == [FILE]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_is_not_there_is_a_forgery(host: Host, status: int) -> None:
    host.status = status

    with pytest.raises(Forged, match=str(status)):
        fetch(f"{host.url}{FILE}")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_in_trouble_is_asked_again_later(host: Host, status: int) -> None:
    host.status = status

    with pytest.raises(TryAgain, match=str(status)):
        fetch(f"{host.url}{FILE}")


def test_no_more_is_read_than_a_certificate_has(host: Host) -> None:
    host.body = b"x" * (10 * MAX_BYTES)

    assert len(fetch(f"{host.url}{FILE}")) == MAX_BYTES + 1


def test_a_host_that_is_away_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sns_certificates, "TIMEOUT_S", 0.5)

    with pytest.raises(TryAgain, match="cannot be fetched"):
        fetch(f"http://127.0.0.1:9{FILE}")


def test_tls_of_nobody_is_not_trusted(host: Host) -> None:
    with pytest.raises(TryAgain, match="SSL"):
        fetch(f"{host.url.replace('http', 'https')}{FILE}")
