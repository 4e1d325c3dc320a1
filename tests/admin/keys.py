"""DKIM keys for the tests of their pages, and a DNS that has their records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from seacucumber import dkim_keys
from seacucumber.enums import DkimAlgorithm, DkimUse
from seacucumber.models import DkimKey
from tests.dns.server import DnsServer

LIST = "/admin/seacucumber/dkimkey/"
DOMAIN = "example.com"
EVERYTHING = (
    "view_dkimkey",
    "add_dkimkey",
    "change_dkimkey",
    "delete_dkimkey",
    "activate_dkimkey",
    "rotate_dkimkey",
    "revoke_dkimkey",
    "push_dkimkey",
    "override_dkimkey",
)


def login(client: Client, *codenames: str) -> User:
    """Log in as staff with these permissions of ours, and no other."""
    user = User.objects.create_user("ann", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="seacucumber", codename__in=codenames
        )
    )
    client.force_login(user)
    return user


def new_key(domain: str = DOMAIN, **values: Any) -> DkimKey:
    """Make a key that waits for its record; quickly, so it is no RSA key."""
    values.setdefault("algorithm", DkimAlgorithm.ED25519_SHA256)
    return dkim_keys.generate(domain, **values)


def key_of_ses(domain: str = DOMAIN) -> DkimKey:
    """Make a key that SES takes."""
    return new_key(
        domain, algorithm=DkimAlgorithm.RSA_SHA256, bits=1024, use=DkimUse.SES
    )


def url(key: DkimKey, page: str = "change") -> str:
    return reverse(f"admin:seacucumber_dkimkey_{page}", args=[key.pk])


def publish(server: DnsServer, key: DkimKey, value: str | None = None) -> None:
    """Let DNS have a record at the key's name; its own, if no other is given."""
    record = dkim_keys.record_of(key)
    strings = record.quoted_strings if value is None else f'"{value}"'
    server.zone[record.name, "TXT"] = [strings]


def let_time_pass(key: DkimKey, hours: float = 2.0) -> None:
    """Let the last looks have been so long ago."""
    key.refresh_from_db()
    length = timedelta(hours=hours)
    for field in ("good_since", "bad_since", "checked_at"):
        at = getattr(key, field)
        if at is not None:
            setattr(key, field, at - length)
    key.save(update_fields=["good_since", "bad_since", "checked_at"])


@contextmanager
def name_servers(settings: Any) -> Iterator[DnsServer]:
    """A DNS that knows nothing yet, and is asked by the pages."""
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        yield server
