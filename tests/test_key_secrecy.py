"""A private key is seen nowhere but by those who sign with it, after a full tour."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from celery.signals import before_task_publish
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from seacucumber import dkim_keys, tasks
from seacucumber.dkim_keys.storage import private_key_of
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey
from seacucumber.signing import Signer, generate_private_key, to_pem
from seacucumber.testing import LocalSES
from tests.admin.keys import LIST, let_time_pass, name_servers, publish, url
from tests.dns.server import DnsServer
from tests.queue import drain, put

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = pytest.mark.django_db(transaction=True)

_PIECE = 32
_PAGES = ("change", "options", "activate", "override", "rotate", "restore", "retire")
_MORE_PAGES = ("revoke", "abandon", "push", "history")


class Seen:
    """What anybody could see on the way: by where it was seen."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self.texts: list[tuple[str, str]] = []
        self.published: list[str] = []

    def add(self, where: str, text: object) -> None:
        self.texts.append((where, str(text)))

    def page(self, client: Client, path: str, data: dict[str, str] | None) -> None:
        """Look at a page, or post to it and look at what comes of that."""
        answer = client.get(path) if data is None else client.post(path, data)
        self.add(f"page {path}", answer.content.decode() + str(answer.headers))
        if data is not None and answer.status_code == 302:
            self.page(client, answer.headers["Location"], None)

    def command(self, *words: str, **options: Any) -> None:
        output = io.StringIO()
        call_command("ses_dkim", *words, stdout=output, stderr=output, **options)
        self.add(f"ses_dkim {words[0]}", output.getvalue())

    def everything(self) -> list[tuple[str, str]]:
        dump = io.StringIO()
        call_command("dumpdata", stdout=dump)
        return [
            *self.texts,
            *(("a task", text) for text in self.published),
            ("the logs", self._caplog.text),
            ("dumpdata", dump.getvalue()),
            *(("the admin log", str(vars(row))) for row in LogEntry.objects.all()),
        ]


def needles(key: rsa.RSAPrivateKey) -> set[str]:
    """Return pieces of a private key in every form that it is written in."""
    numbers = key.private_numbers()
    public = key.public_key().public_numbers().n
    secret = (numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1)
    found = {str(number)[:_PIECE] for number in secret}
    found |= {f"{number:x}"[:_PIECE] for number in secret}
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        der = key.private_bytes(Encoding.DER, form, NoEncryption())
        modulus = public.to_bytes(key.key_size // 8, "big")
        end = der.index(modulus) + len(modulus) + 8
        text = base64.b64encode(der).decode()
        starts = range(end * 4 // 3 + 4, len(text) - _PIECE, _PIECE)
        found |= {text[start : start + _PIECE] for start in starts}
    return found


def private_keys() -> list[rsa.RSAPrivateKey]:
    rows = DkimKey.objects.exclude(private_key_sealed="")
    keys = [private_key_of(row) for row in rows]
    return [key for key in keys if isinstance(key, rsa.RSAPrivateKey)]


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Iterator[Seen]:
    """Everything is logged at its lowest level, and tasks run where they are asked."""
    seen = Seen(caplog)

    def published(body: object = None, **kwargs: object) -> None:
        seen.published.append(f"{body!r} {kwargs!r}")

    before_task_publish.connect(published)
    current_app.conf.task_always_eager = True
    levels = {
        name: logging.getLogger(name).level for name in logging.root.manager.loggerDict
    }
    try:
        with caplog.at_level(logging.DEBUG):
            for name in levels:
                logging.getLogger(name).setLevel(logging.NOTSET)
            yield seen
    finally:
        current_app.conf.task_always_eager = False
        before_task_publish.disconnect(published)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@pytest.fixture
def server(settings: Any) -> Iterator[DnsServer]:
    """A DNS that knows nothing yet."""
    with name_servers(settings) as server:
        yield server


def find_published(seen: Seen, server: DnsServer, key: DkimKey) -> None:
    publish(server, key)
    seen.command("check", str(key))
    let_time_pass(key)
    seen.command("check", str(key))
    key.refresh_from_db()
    assert key.state == DkimState.PUBLISHED


def test_a_private_key_is_seen_nowhere(
    seen: Seen,
    server: DnsServer,
    ses: LocalSES,
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.force_login(User.objects.create_superuser("ann"))
    pasted = to_pem(generate_private_key(bits=2048)).decode()
    of_settings = to_pem(generate_private_key(bits=2048)).decode()
    settings.DKIM_DOMAIN, settings.DKIM_PRIVATE_KEY = "shop.example", of_settings
    ses.verify("example.com", "gotham.example")

    # In: by the command, pasted into a page (once in vain), from the settings.
    seen.command("generate", "example.com", selector="one")
    form = {"domain": "wayne.example", "selector": "two", "use": "message"}
    seen.page(client, f"{LIST}import/", {**form, "domain": "?", "pem": pasted})
    seen.page(client, f"{LIST}import/", {**form, "pem": pasted})
    seen.page(client, f"{LIST}import/settings/", {"mailer": "default"})
    seen.command("generate", "gotham.example", selector="four", use="ses")

    # Used: published, activated, mail signed, rotated, handed to SES and back.
    one, four = (DkimKey.objects.get(selector=name) for name in ("one", "four"))
    find_published(seen, server, one)
    seen.page(client, url(one, "activate"), {})
    put()
    assert drain().sent == 1
    assert b"s=one" in ses.inbox[-1].raw
    seen.page(client, url(one, "rotate"), {"selector": "five"})
    find_published(seen, server, four)
    seen.page(client, url(four, "push"), {"mailer": "default"})
    ses.verify("gotham.example")
    seen.page(client, url(four, "follow"), {})
    four.refresh_from_db()
    assert four.state == DkimState.ACTIVE
    current_app.conf.task_always_eager = False
    monkeypatch.setattr(
        tasks.check_dkim_keys,
        "apply_async",
        lambda **call: seen.published.append(repr(call)),
    )
    assert tasks.ask_for_key_check(one.pk)
    assert len(seen.published) == 1
    dkim_keys.advance()
    seen.command("list", json=True)
    seen.command("reencrypt")

    # Looked at: every page of every key, and what Python writes of the objects.
    keys = [*private_keys(), load_pem_private_key(of_settings.encode(), None)]
    for row in DkimKey.objects.all():
        seen.add("repr", f"{row!r} {row} {Signer(**_signing(row))!r}")
        for page in (*_PAGES, *_MORE_PAGES):
            seen.page(client, url(row, page), None)
    for name in ("dkimkey", "dashboard", "identity", "message"):
        seen.page(client, reverse(f"admin:seacucumber_{name}_changelist"), None)
    seen.page(client, url(one, "revoke"), {"reason": "The tour is over"})

    everything = seen.everything()
    logs = dict(everything)["the logs"]
    assert "PutEmailIdentityDkimSigningAttributes" in logs, "botocore logged nothing"
    assert "(not logged)" in logs
    assert len(keys) == 6
    for key in keys:
        assert isinstance(key, rsa.RSAPrivateKey)
        for needle in needles(key):
            places = [where for where, text in everything if needle in text]
            assert places == [], f"a piece of a private key is in {places}"


def test_what_is_searched_for_would_be_found() -> None:
    key = generate_private_key(bits=2048)
    assert isinstance(key, rsa.RSAPrivateKey)
    pieces = needles(key)
    forms = [
        key.private_bytes(Encoding.DER, form, NoEncryption())
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]

    for der in forms:
        text = base64.b64encode(der).decode()
        assert sum(piece in text for piece in pieces) > 20
    assert any(piece in str(key.private_numbers().d) for piece in pieces)
    public = base64.b64encode(key.public_key().public_numbers().n.to_bytes(256, "big"))
    assert not any(piece in public.decode() for piece in pieces)


def _signing(row: DkimKey) -> dict[str, Any]:
    return {
        "domain": row.domain,
        "selector": row.selector,
        "private_key": private_key_of(row),
        "headers": ("From",),
    }
