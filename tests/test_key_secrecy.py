"""A private key is in no page, log, task, repr or dump, after a full tour."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client

from seacucumber import tasks
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey, DkimKeyEvent
from seacucumber.testing import LocalSES
from tests.admin.keys import (
    EVERYTHING,
    LIST,
    let_time_pass,
    login,
    name_servers,
    publish,
    url,
)
from tests.delivery.keys import signatures
from tests.dns.server import DnsServer
from tests.queueing import drain, put

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = pytest.mark.django_db(transaction=True)

_PAGES = ("activate", "override", "rotate", "restore", "retire", "revoke", "abandon")


@pytest.fixture
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    with name_servers(settings) as server:
        yield server


@pytest.fixture
def said(client: Client) -> Iterator[io.StringIO]:
    """Everything that anybody logs, at any level, and what else the tour collects."""
    said = io.StringIO()
    root = logging.getLogger()
    handler, level = logging.StreamHandler(said), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def test_private_key_is_nowhere_in_clear(
    client: Client,
    ses: LocalSES,
    server: DnsServer,
    said: io.StringIO,
    private_key: rsa.RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    login(client, *EVERYTHING, "view_dashboard")
    monkeypatch.setattr(
        tasks.check_dkim_keys, "apply_async", lambda **call: said.write(repr(call))
    )

    own = take_in_and_sign(client, said, ses, server, private_key)
    for_ses = hand_to_ses(client, said, ses, server, private_key)
    look_at_everything(client, said, [own, for_ses])
    run_commands(said)
    keep_what_is_stored(said, [own, for_ses])

    text = said.getvalue()
    # The tour was one: what may be seen was seen, and AWS's libraries were listened to.
    assert own.public_key in text
    assert "PutEmailIdentityDkimSigningAttributes" in text
    assert own.private_key_sealed in text
    assert [name for name, form in forms_of(private_key) if form in text] == []


def take_in_and_sign(
    client: Client,
    said: io.StringIO,
    ses: LocalSES,
    server: DnsServer,
    private_key: rsa.RSAPrivateKey,
) -> DkimKey:
    """Import a key wrongly, then rightly; publish, check, activate, send, rotate."""
    pem = private_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    form = {"domain": "example.com", "selector": "own", "use": "message", "pem": pem}
    see(said, client.post(f"{LIST}import/", {**form, "domain": "no domain"}))
    see(said, client.post(f"{LIST}import/", {**form, "selector": "not_one!"}))
    see(said, client.post(f"{LIST}import/", form, follow=True))
    key = DkimKey.objects.get(selector="own")
    make_published(client, said, server, key)
    see(said, client.post(url(key, "activate"), follow=True))
    key.refresh_from_db()
    assert key.state == DkimState.ACTIVE
    put(sender="post@example.com")
    assert drain().sent == 1
    assert signatures(ses.inbox[-1].raw) == [("example.com", "own")]
    assert tasks.ask_for_key_check(key.pk)
    see(said, client.post(url(key, "rotate"), follow=True))
    return key


def hand_to_ses(
    client: Client,
    said: io.StringIO,
    ses: LocalSES,
    server: DnsServer,
    private_key: rsa.RSAPrivateKey,
) -> DkimKey:
    """The same key for SES: imported as PKCS#8, published, pushed and followed."""
    pem = private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()
    ses.verify("example.org")
    form = {"domain": "example.org", "selector": "ses", "use": "ses", "pem": pem}
    see(said, client.post(f"{LIST}import/", form, follow=True))
    key = DkimKey.objects.get(selector="ses")
    make_published(client, said, server, key)
    see(said, client.post(url(key, "push"), {"mailer": "default"}, follow=True))
    see(said, client.post(url(key, "follow"), follow=True))
    key.refresh_from_db()
    assert key.ses_pushed_at is not None
    return key


def make_published(
    client: Client, said: io.StringIO, server: DnsServer, key: DkimKey
) -> None:
    publish(server, key)
    see(said, client.post(url(key, "check"), follow=True))
    let_time_pass(key)
    see(said, client.post(url(key, "check"), follow=True))
    key.refresh_from_db()
    assert key.state == DkimState.PUBLISHED


def look_at_everything(client: Client, said: io.StringIO, keys: list[DkimKey]) -> None:
    addresses = ["/admin/", LIST, f"{LIST}add/", f"{LIST}import/"]
    addresses.append("/admin/seacucumber/dashboard/")
    for key in keys:
        addresses += [url(key), f"{LIST}{key.pk}/history/"]
        addresses += [url(key, page) for page in _PAGES]
    for address in addresses:
        see(said, client.get(address, follow=True))


def run_commands(said: io.StringIO) -> None:
    tell: Callable[..., None] = lambda *words, **options: call_command(  # noqa: E731
        *words, stdout=said, stderr=said, **options
    )
    for options in ({}, {"json": True}):
        tell("ses_dkim", "list", **options)
        tell("ses_dkim", "record", "own._domainkey.example.com", **options)
        tell("ses_dkim", "check", "own._domainkey.example.com", **options)
        tell("ses_dkim", "reencrypt", **options)
    with pytest.raises(CommandError) as refused:
        tell("ses_dkim", "activate", "own._domainkey.example.com")
    said.write(str(refused.value))
    tell("dumpdata", "seacucumber", "admin")


def keep_what_is_stored(said: io.StringIO, keys: list[DkimKey]) -> None:
    for key in keys:
        key.refresh_from_db()
        said.write(f"{key!r} {key} {key.__dict__!r}")
    for row in (*LogEntry.objects.all(), *DkimKeyEvent.objects.all()):
        said.write(f"{row!r} {row.__dict__!r}")


def see(said: io.StringIO, response: Any) -> None:
    said.write(response.content.decode())


def forms_of(private_key: rsa.RSAPrivateKey) -> Iterator[tuple[str, str]]:
    """Yield the forms that a private key could be found in, by name."""
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        der = private_key.private_bytes(Encoding.DER, form, NoEncryption())
        # The modulus comes first, and is public.
        yield f"{form} in one line", base64.b64encode(der).decode()[-200:-140]
        pem = private_key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        for number, line in enumerate(pem.splitlines()[6:-1]):
            yield f"{form} line {number}", line
    numbers = private_key.private_numbers()
    for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp"):
        yield name, str(getattr(numbers, name))
        yield f"{name} hex", f"{getattr(numbers, name):x}"[8:60]
    yield "armour", "PRIVATE KEY-----"
