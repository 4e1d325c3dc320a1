"""Which records a domain needs: the values are those of the SES developer guide."""

from __future__ import annotations

from seacucumber.dns import Purpose, Record, records_of


def test_domain_with_easy_dkim_has_three_aliases_and_a_policy() -> None:
    tokens = ["abc", "def", "ghi"]

    records = records_of(
        "example.com",
        dkim_tokens=tokens,
        hosted_zone="dkim.amazonses.com",
        region="us-east-1",
    )

    assert [(row.name, row.type, row.value) for row in records] == [
        ("abc._domainkey.example.com", "CNAME", "abc.dkim.amazonses.com"),
        ("def._domainkey.example.com", "CNAME", "def.dkim.amazonses.com"),
        ("ghi._domainkey.example.com", "CNAME", "ghi.dkim.amazonses.com"),
        (
            "_dmarc.example.com",
            "TXT",
            "v=DMARC1; p=none; np=reject; rua=mailto:dmarc@example.com",
        ),
    ]


def test_custom_mail_from_needs_a_mail_server_of_the_region_and_spf() -> None:
    records = records_of(
        "example.com",
        hosted_zone="dkim.amazonses.com",
        mail_from="bounce.example.com",
        region="eu-west-1",
    )

    assert records[:2] == (
        Record(
            purpose=Purpose.MAIL_FROM_MX,
            name="bounce.example.com",
            type="MX",
            value="10 feedback-smtp.eu-west-1.amazonses.com",
        ),
        Record(
            purpose=Purpose.MAIL_FROM_SPF,
            name="bounce.example.com",
            type="TXT",
            value="v=spf1 include:amazonses.com ~all",
        ),
    )


def test_zone_that_ses_names_is_used() -> None:
    [dkim, _] = records_of(
        "example.com",
        dkim_tokens=["abc"],
        hosted_zone="abc.dkim.eu-south-2.amazonses.com",
        region="eu-south-2",
    )

    assert dkim.value == "abc.abc.dkim.eu-south-2.amazonses.com"
