"""DKIM keys in every stage of their life, for the live server."""

from __future__ import annotations

from seacucumber import dkim_keys
from seacucumber.dns import Resolver, make_resolver
from seacucumber.models import DkimKey
from tests.admin.keys import let_time_pass, publish
from tests.dns.server import DnsServer


def play_keys(actor: str) -> None:
    """Make keys: one that signs after a rotation, and some that need somebody."""
    with DnsServer() as server:
        resolver = make_resolver([("127.0.0.1", server.port)])
        _rotated("shop.example", actor, server, resolver)
        cut = dkim_keys.generate("gotham.example", selector="cave", actor=actor)
        publish(server, cut, f"v=DKIM1; k=rsa; p={cut.public_key[:220]}")
        dkim_keys.check(cut, resolver=resolver)
        leaked = dkim_keys.generate("wayne.example", selector="manor", actor=actor)
        _activate(leaked, actor, server, resolver)
        dkim_keys.revoke(leaked, actor=actor, reason="Lost with a laptop.")
        dkim_keys.check(leaked, resolver=resolver)


def _rotated(domain: str, actor: str, server: DnsServer, resolver: Resolver) -> None:
    old = dkim_keys.generate(domain, selector="ses-202604", actor=actor)
    _activate(old, actor, server, resolver)
    new = dkim_keys.rotate(old, actor=actor, selector="ses-202610")
    _publish(new, server, resolver)
    dkim_keys.advance()


def _activate(key: DkimKey, actor: str, server: DnsServer, resolver: Resolver) -> None:
    _publish(key, server, resolver)
    dkim_keys.activate(key, actor=actor)


def _publish(key: DkimKey, server: DnsServer, resolver: Resolver) -> None:
    publish(server, key)
    dkim_keys.check(key, resolver=resolver)
    let_time_pass(key)
    dkim_keys.check(key, resolver=resolver)
