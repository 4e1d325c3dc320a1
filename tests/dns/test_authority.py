"""A zone's own servers are asked before any resolver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seacucumber.dns import Resolver, authority
from tests.dns.server import DnsServer
from tests.dns.test_dkim_keys import DOMAIN, NAME, look, record


@pytest.fixture
def own(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    """The server of example.com; ``server`` is the resolver that knows it."""
    monkeypatch.setattr(authority, "PATIENCE_S", 0.3)
    with DnsServer(host="127.0.0.2", authority=True) as own:
        monkeypatch.setattr(authority, "PORT", own.port)
        server.zone["example.com", "NS"] = ["ns.example.com."]
        server.zone["ns.example.com", "A"] = ["127.0.0.2"]
        yield own


def test_they_know_what_was_published_a_moment_ago(
    server: DnsServer, own: DnsServer, resolver: Resolver
) -> None:
    own.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver).result == "match"
    # A resolver that is asked too early says "no such name" for an hour.
    assert not [name for name, _ in server.asked if "_domainkey" in name]


def test_missing_is_their_word_too(
    server: DnsServer, own: DnsServer, resolver: Resolver
) -> None:
    server.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver).result == "missing"


def test_a_zone_below_has_servers_of_its_own(
    own: DnsServer, resolver: Resolver
) -> None:
    own.delegated[DOMAIN] = "127.0.0.3"
    with DnsServer(host="127.0.0.3", port=own.port, authority=True) as below:
        below.zone[NAME, "TXT"] = [record().quoted_strings]

        assert look(resolver).result == "match"


def test_alias_is_followed_out_of_the_zone(
    server: DnsServer, own: DnsServer, resolver: Resolver
) -> None:
    own.zone[NAME, "CNAME"] = ["key.example.net."]
    server.zone["key.example.net", "TXT"] = [record().quoted_strings]

    finding = look(resolver)

    assert finding.result == "match"
    assert finding.aliases == ("key.example.net",)


def test_large_answer_comes_over_tcp(own: DnsServer, resolver: Resolver) -> None:
    own.zone[NAME, "TXT"] = [record().quoted_strings]
    own.large.add(NAME)

    assert look(resolver).result == "match"


@pytest.mark.parametrize("trouble", ["silent", "failing", "refused"])
def test_where_they_do_not_answer_a_resolver_is_asked(
    server: DnsServer, own: DnsServer, resolver: Resolver, trouble: str
) -> None:
    getattr(own, trouble).add(NAME)
    server.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver).result == "match"
    assert (NAME, "TXT") in own.asked


def test_where_a_firewall_keeps_us_from_them_a_resolver_is_asked(
    server: DnsServer, own: DnsServer, resolver: Resolver
) -> None:
    server.zone["ns.example.com", "A"] = ["127.0.0.9"]
    server.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver).result == "match"


def test_second_server_is_asked_where_the_first_is_silent(
    server: DnsServer, own: DnsServer, resolver: Resolver
) -> None:
    server.zone["example.com", "NS"].append("dead.example.com.")
    server.zone["dead.example.com", "A"] = ["127.0.0.9"]
    own.zone[NAME, "TXT"] = [record().quoted_strings]

    assert {look(resolver).result for _ in range(4)} == {"match"}
    assert (NAME, "TXT") not in server.asked
