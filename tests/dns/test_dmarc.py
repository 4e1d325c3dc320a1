"""Which policy a domain has, and whether its mail passes, asked over real UDP."""

from __future__ import annotations

import pytest

from seacucumber.dns import Purpose, Record, Resolver, Result, check
from tests.dns.server import DnsServer

RUA = "rua=mailto:a@example.com"
DMARC = Record(
    purpose=Purpose.DMARC, name="_dmarc.mail.example.com", type="TXT", value=""
)


def publish(server: DnsServer, domain: str, *texts: str) -> None:
    server.zone[f"_dmarc.{domain}", "TXT"] = [f'"{text}"' for text in texts]


def test_subdomain_has_its_organizations_policy(
    server: DnsServer, resolver: Resolver
) -> None:
    publish(server, "example.com", f"v=DMARC1; p=none; sp=quarantine; {RUA}")

    finding = check(DMARC, resolver)

    assert finding.result is Result.MATCH
    assert finding.note == "The policy of example.com applies: quarantine."


def test_policy_is_inherited_past_texts_that_are_none(
    server: DnsServer, resolver: Resolver
) -> None:
    publish(server, "mail.example.com", "some text")
    publish(server, "example.com", f"v=DMARC1; p=reject; {RUA}")

    assert check(DMARC, resolver).result is Result.MATCH


def test_own_policy_goes_before_the_organizations(
    server: DnsServer, resolver: Resolver
) -> None:
    publish(server, "example.com", f"v=DMARC1; p=reject; {RUA}")
    publish(server, "mail.example.com", f"v=DMARC1; {RUA}")

    finding = check(DMARC, resolver)

    assert finding.result is Result.WARNING
    assert "The record has no p. Receivers act as if it said p=none." in finding.note


def test_server_that_fails_in_the_walk_means_nothing(
    server: DnsServer, resolver: Resolver
) -> None:
    server.failing.add("_dmarc.example.com")

    assert check(DMARC, resolver).result is Result.TEMPORARY_FAILURE


@pytest.mark.parametrize(
    ("tags", "mail_from", "note"),
    [
        ("aspf=s; ", "bounce.mail.example.com", "aspf=s: SPF does not count"),
        ("adkim=s; ", "", "adkim=s: SES signs mail from subdomains"),
        ("", "bounce.mail.example.com", ""),
        ("aspf=s; ", "", ""),
    ],
)
def test_alignment_that_fails_is_told(
    server: DnsServer, resolver: Resolver, tags: str, mail_from: str, note: str
) -> None:
    publish(server, "mail.example.com", f"v=DMARC1; p=reject; {tags}{RUA}")

    finding = check(DMARC, resolver, mail_from=mail_from)

    assert finding.result is (Result.WARNING if note else Result.MATCH)
    assert finding.note.startswith(note)


def test_mail_from_domain_of_another_organization_does_not_align(
    server: DnsServer, resolver: Resolver
) -> None:
    publish(server, "mail.example.com", f"v=DMARC1; p=reject; {RUA}")
    publish(server, "bounce.mail.example.com", f"v=DMARC1; p=reject; psd=n; {RUA}")

    finding = check(DMARC, resolver, mail_from="bounce.mail.example.com")

    assert finding.result is Result.WARNING
    assert "of another organization" in finding.note


def test_case_of_a_name_makes_no_other_organization(
    server: DnsServer, resolver: Resolver
) -> None:
    publish(server, "example.com", f"v=DMARC1; p=reject; {RUA}")
    record = Record(
        purpose=Purpose.DMARC, name="_dmarc.Example.COM", type="TXT", value=""
    )

    finding = check(record, resolver, mail_from="bounce.example.com")

    assert (finding.result, finding.note) == (Result.MATCH, "")


def test_endless_record_has_a_short_note(server: DnsServer, resolver: Resolver) -> None:
    tags = " ".join(['"' + "x;" * 120 + '"'] * 20)
    server.zone[DMARC.name, "TXT"] = [f'"v=DMARC1; p=reject;" {tags}']
    server.large.add(DMARC.name)

    finding = check(DMARC, resolver)

    assert finding.result is Result.WARNING
    assert len(finding.note) <= 1000
