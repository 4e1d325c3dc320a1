"""What is found in DNS, asked over real UDP."""

from __future__ import annotations

import pytest

from seacucumber.dns import Purpose, Record, Resolver, Result, check, make_resolver
from tests.dns.server import DnsServer

DKIM = Record(
    purpose=Purpose.DKIM,
    name="abc._domainkey.example.com",
    type="CNAME",
    value="abc.dkim.amazonses.com",
)
MX = Record(
    purpose=Purpose.MAIL_FROM_MX,
    name="bounce.example.com",
    type="MX",
    value="10 feedback-smtp.eu-west-1.amazonses.com",
)
SPF = Record(
    purpose=Purpose.MAIL_FROM_SPF,
    name="bounce.example.com",
    type="TXT",
    value="v=spf1 include:amazonses.com ~all",
)
DMARC = Record(
    purpose=Purpose.DMARC,
    name="_dmarc.mail.example.com",
    type="TXT",
    value="v=DMARC1; p=none;",
)


@pytest.mark.parametrize(
    ("record", "published"),
    [
        (DKIM, ["abc.dkim.amazonses.com."]),
        (DKIM, ["ABC.DKIM.AmazonSES.com."]),
        (MX, ["10 feedback-smtp.eu-west-1.amazonses.com."]),
        (MX, ["5 Feedback-SMTP.eu-west-1.amazonses.com."]),
        (SPF, ['"v=spf1 include:amazonses.com ~all"']),
        (SPF, ['"v=spf1 ip4:192.0.2.1 include:amazonses.com -all"', '"other=1"']),
        # One text in two pieces, RFC 7208 3.3.
        (SPF, ['"v=spf1 include:amazon" "ses.com -all"']),
        (DMARC, ['"v=DMARC1; p=none; rua=mailto:a@example.com"']),
        (DMARC, ['"v=DMARC1;p=reject;rua=mailto:a@example.com"']),
    ],
)
def test_record_that_serves_its_purpose_matches(
    server: DnsServer, resolver: Resolver, record: Record, published: list[str]
) -> None:
    server.zone[record.name, record.type] = published

    finding = check(record, resolver)

    assert (finding.result, finding.note) == (Result.MATCH, "")
    assert len(finding.found) == len(published)


@pytest.mark.parametrize(
    ("record", "published", "note"),
    [
        (DKIM, ["abc.dkim.amazonses.com.example.com."], "points somewhere else"),
        (MX, ["10 mail.example.com."], "another one"),
        (MX, ["10 feedback-smtp.us-east-1.amazonses.com."], "another one"),
        (
            MX,
            ["10 feedback-smtp.eu-west-1.amazonses.com.", "20 mail.example.com."],
            "more than one MX",
        ),
        (SPF, ['"hello"'], "none of them is an SPF"),
        (SPF, ['"v=spf1 include:example.net ~all"'], "include:amazonses.com"),
        (SPF, ['"v=spf10 include:amazonses.com"'], "none of them is an SPF"),
        (
            SPF,
            ['"v=spf1 include:amazonses.com ~all"', '"v=spf1 mx -all"'],
            "more than one SPF",
        ),
        (DMARC, ['"v=spf1 -all"'], "none of them is a DMARC"),
        (
            DMARC,
            ['"v=DMARC1; p=block; rua=mailto:a@example.com"'],
            "p=block is no policy",
        ),
        (DMARC, ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'], "more than one DMARC"),
    ],
)
def test_record_that_does_not_is_shown_with_the_reason(
    server: DnsServer,
    resolver: Resolver,
    record: Record,
    published: list[str],
    note: str,
) -> None:
    server.zone[record.name, record.type] = published

    finding = check(record, resolver)

    assert finding.result is Result.MISMATCH
    assert note in finding.note
    assert len(finding.found) == len(published)


def test_what_is_found_looks_as_what_is_to_be_published(
    server: DnsServer, resolver: Resolver
) -> None:
    server.zone[MX.name, "MX"] = ["10 mail.example.net."]
    server.zone[MX.name, "TXT"] = ['"some text"']

    assert check(MX, resolver).found == ("10 mail.example.net",)
    assert check(SPF, resolver).found == ("some text",)


@pytest.mark.parametrize("record", [DKIM, MX, SPF, DMARC])
def test_name_that_does_not_exist_is_missing(
    server: DnsServer, resolver: Resolver, record: Record
) -> None:
    finding = check(record, resolver)

    assert (finding.result, finding.found) == (Result.MISSING, ())


def test_name_with_records_of_other_types_is_missing(
    server: DnsServer, resolver: Resolver
) -> None:
    """NOERROR with no answer, not NXDOMAIN."""
    server.zone[DKIM.name, "TXT"] = ['"v=DKIM1; p=abc"']

    assert check(DKIM, resolver).result is Result.MISSING


def test_alias_to_a_text_is_as_good_as_the_text(
    server: DnsServer, resolver: Resolver
) -> None:
    """DMARC services have their customers publish one."""
    server.zone[DMARC.name, "CNAME"] = ["example.dmarc.example.net."]
    server.zone["example.dmarc.example.net", "TXT"] = [
        '"v=DMARC1; p=reject; rua=mailto:a@example.com"'
    ]

    assert check(DMARC, resolver).result is Result.MATCH


@pytest.mark.parametrize("target_exists", [True, False])
def test_alias_in_place_of_a_text_is_named(
    server: DnsServer, resolver: Resolver, target_exists: bool
) -> None:
    server.zone[SPF.name, "CNAME"] = ["abc.dkim.amazonses.com."]
    if target_exists:
        server.zone["abc.dkim.amazonses.com", "A"] = ["192.0.2.1"]

    finding = check(SPF, resolver)

    assert finding.result is Result.MISMATCH
    assert finding.found == ("CNAME abc.dkim.amazonses.com",)
    assert "alias for abc.dkim.amazonses.com" in finding.note


def test_failing_server_means_nothing(server: DnsServer, resolver: Resolver) -> None:
    server.zone[DKIM.name, "CNAME"] = ["abc.dkim.amazonses.com."]
    server.failing.add(DKIM.name)

    finding = check(DKIM, resolver)

    assert finding.result is Result.TEMPORARY_FAILURE
    assert "SERVFAIL" in finding.note


def test_silent_server_means_nothing(server: DnsServer, resolver: Resolver) -> None:
    server.silent.add(DKIM.name)

    finding = check(DKIM, resolver)

    assert finding.result is Result.TEMPORARY_FAILURE
    assert "did not answer in time" in finding.note


def test_second_server_is_asked_where_the_first_is_silent(server: DnsServer) -> None:
    server.zone[DKIM.name, "CNAME"] = ["abc.dkim.amazonses.com."]
    with DnsServer() as mute:
        mute.silent.add(DKIM.name)
        resolver = make_resolver([("127.0.0.1", mute.port), ("127.0.0.1", server.port)])
        resolver.timeout = 0.2

        assert check(DKIM, resolver).result is Result.MATCH
        assert mute.asked


def test_server_may_have_a_name(server: DnsServer) -> None:
    [asked] = make_resolver([("localhost", server.port)]).nameservers

    assert str(asked) in (f"Do53:127.0.0.1@{server.port}", f"Do53:::1@{server.port}")


def test_name_that_dns_cannot_have_is_no_crash(resolver: Resolver) -> None:
    record = Record(
        purpose=Purpose.DMARC, name=f"_dmarc.{'a' * 64}.com", type="TXT", value=""
    )

    assert check(record, resolver).result is Result.TEMPORARY_FAILURE


def test_long_answers_are_cut(server: DnsServer, resolver: Resolver) -> None:
    server.zone[SPF.name, "TXT"] = [
        *(f'"number {number}"' for number in range(20)),
        f'"{"x" * 250}" "{"y" * 250}"',
    ]

    finding = check(SPF, resolver)

    assert len(finding.found) == 10
    assert max(map(len, finding.found)) <= 300
