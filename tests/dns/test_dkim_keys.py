"""Key records, looked for with a real DNS server on this machine."""

from __future__ import annotations

import pytest

from seacucumber.dns import KeyFinding, Resolver, check_key
from seacucumber.signing import KeyRecord, generate_private_key, public_key_of
from tests.dns.server import DnsServer

PUBLIC = public_key_of(generate_private_key(bits=2048))
LARGE = public_key_of(generate_private_key(bits=4096))
OTHER = public_key_of(generate_private_key(bits=1024))
DOMAIN = "mail.example.com"
NAME = f"ses._domainkey.{DOMAIN}"


def record(public: object = PUBLIC) -> KeyRecord:
    return KeyRecord(
        domain=DOMAIN,
        selector="ses",
        algorithm=PUBLIC.algorithm,
        public_key=getattr(public, "base64", ""),
    )


def quoted(text: str, size: int = 255) -> str:
    """Return a text as a zone file has it, in strings of some size."""
    starts = range(0, len(text), size)
    return " ".join(f'"{text[start : start + size]}"' for start in starts)


def look(resolver: Resolver, name: str = NAME) -> KeyFinding:
    return check_key(name, PUBLIC.base64, PUBLIC.algorithm, resolver)


@pytest.mark.parametrize("size", [255, 1, 100])
def test_record_matches_however_its_text_is_split(
    server: DnsServer, resolver: Resolver, size: int
) -> None:
    server.zone[NAME, "TXT"] = [quoted(record().value, size)]

    finding = look(resolver)

    assert (finding.result, finding.note) == ("match", "")
    assert finding.record == record().value
    assert finding.ttl_s == 60


def test_what_we_give_to_copy_is_what_matches(
    server: DnsServer, resolver: Resolver
) -> None:
    server.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver).result == "match"


def test_name_is_found_in_any_case(server: DnsServer, resolver: Resolver) -> None:
    server.zone[NAME, "TXT"] = [record().quoted_strings]

    assert look(resolver, NAME.upper()).result == "match"


@pytest.mark.parametrize(
    ("texts", "result", "word"),
    [
        ([quoted(record(OTHER).value)], "mismatch", "Another public key"),
        ([quoted(record().revoked_value)], "revoked", "empty"),
        (['"v=spf1 -all"'], "malformed", "wildcard"),
        ([quoted(record().value[:200])], "malformed", "cut short"),
        (['"v=DKIM1 k=rsa"'], "malformed", "no DKIM key"),
        (
            [quoted(record().value), quoted(record(OTHER).value)],
            "multiple",
            "2 TXT records",
        ),
        ([quoted(record().value), '"v=spf1 -all"'], "multiple", "2 TXT records"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_there(
    server: DnsServer, resolver: Resolver, texts: list[str], result: str, word: str
) -> None:
    server.zone[NAME, "TXT"] = texts

    finding = look(resolver)

    assert finding.result == result
    assert word in finding.note
    assert finding.record


def test_name_without_a_record_is_missing(
    server: DnsServer, resolver: Resolver
) -> None:
    assert look(resolver).result == "missing"
    server.zone[NAME, "A"] = ["192.0.2.1"]
    assert look(resolver).result == "missing"


def test_domain_that_was_added_twice_is_found_out(
    server: DnsServer, resolver: Resolver
) -> None:
    """What happens in DNS consoles that add the domain by themselves."""
    server.zone[f"{NAME}.{DOMAIN}", "TXT"] = [record().quoted_strings]

    finding = look(resolver)

    assert finding.result == "missing"
    assert f"{NAME}.{DOMAIN}" in finding.note


def test_alias_leads_to_the_record(server: DnsServer, resolver: Resolver) -> None:
    server.zone[NAME, "CNAME"] = ["one.example.net."]
    server.zone["one.example.net", "CNAME"] = ["two.example.org."]
    server.zone["two.example.org", "TXT"] = [record().quoted_strings]

    finding = look(resolver)

    assert finding.result == "match"
    assert finding.aliases == ("one.example.net", "two.example.org")


@pytest.mark.parametrize("target_exists", [True, False])
def test_alias_that_leads_nowhere_is_named(
    server: DnsServer, resolver: Resolver, target_exists: bool
) -> None:
    server.zone[NAME, "CNAME"] = ["one.example.net."]
    if target_exists:
        server.zone["one.example.net", "A"] = ["192.0.2.1"]

    finding = look(resolver)

    assert finding.result == "dangling"
    assert "alias for one.example.net" in finding.note


def test_failing_server_means_nothing(server: DnsServer, resolver: Resolver) -> None:
    server.failing.add(NAME)

    finding = look(resolver)

    assert finding.result == "temporary-failure"
    assert "SERVFAIL" in finding.note


def test_refusing_server_means_nothing(server: DnsServer, resolver: Resolver) -> None:
    server.refused.add(NAME)

    assert look(resolver).result == "temporary-failure"


def test_silent_server_means_nothing(server: DnsServer, resolver: Resolver) -> None:
    server.silent.add(NAME)

    finding = look(resolver)

    assert finding.result == "temporary-failure"
    assert "did not answer in time" in finding.note


def test_aliases_in_a_circle_mean_nothing(
    server: DnsServer, resolver: Resolver
) -> None:
    server.zone[NAME, "CNAME"] = ["one.example.net."]
    server.zone["one.example.net", "CNAME"] = [f"{NAME}."]

    assert look(resolver).result == "temporary-failure"


def test_name_that_dns_cannot_have_is_no_crash(resolver: Resolver) -> None:
    assert look(resolver, f"{'a' * 64}.example.com").result == "temporary-failure"
    assert look(resolver, "a..example.com").result == "temporary-failure"


def test_answer_that_does_not_fit_is_asked_for_over_tcp(
    server: DnsServer, resolver: Resolver
) -> None:
    server.zone[NAME, "TXT"] = [quoted(record(LARGE).value)]
    server.large.add(NAME)

    finding = check_key(NAME, LARGE.base64, LARGE.algorithm, resolver)

    assert finding.result == "match"


def test_resolver_that_is_silent_is_not_asked_twice(
    server: DnsServer, resolver: Resolver
) -> None:
    """Each question takes its time, and somebody waits before a page."""
    server.silent |= {NAME, "example.com"}

    assert look(resolver).result == "temporary-failure"
    assert {name for name, _ in server.asked} == {"example.com"}
