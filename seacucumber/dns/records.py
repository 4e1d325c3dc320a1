"""The records that SES, and those who receive the mail, look for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a record is for."""

    DKIM = "dkim"
    MAIL_FROM_MX = "mail-from-mx"
    MAIL_FROM_SPF = "mail-from-spf"
    DMARC = "dmarc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record to publish.

    Args:
        type: ``CNAME``, ``MX`` or ``TXT``.
        value: As most DNS consoles take it: no quotes, no trailing dot; the priority
            of an MX record stands before its host.
    """

    purpose: Purpose
    name: str
    type: str
    value: str


def records_of(
    domain: str,
    *,
    dkim_tokens: Sequence[str] = (),
    hosted_zone: str,
    mail_from: str = "",
    region: str,
) -> tuple[Record, ...]:
    """Return the records that a sending domain needs.

    Sources, all in the SES developer guide: "Easy DKIM in Amazon SES", "Using a custom
    MAIL FROM domain", "Complying with DMARC authentication protocol in Amazon SES".

    Args:
        dkim_tokens: Those of Easy DKIM; none with a key of one's own.
        hosted_zone: Where the DKIM records point.
        domain: Its suggested DMARC policy changes nothing for mail that is sent, asks
            for reports (to a mailbox that has to be made), and has mail refused from
            subdomains that do not exist (RFC 9989 4.7).
        mail_from: The custom MAIL FROM domain, if there is one.
    """
    return (
        *_dkim(domain, dkim_tokens, hosted_zone),
        *(_mail_from(mail_from, region) if mail_from else ()),
        Record(
            purpose=Purpose.DMARC,
            name=f"_dmarc.{domain}",
            type="TXT",
            value=f"v=DMARC1; p=none; np=reject; rua=mailto:dmarc@{domain}",
        ),
    )


def _dkim(domain: str, tokens: Sequence[str], hosted_zone: str) -> Iterator[Record]:
    for token in tokens:
        yield Record(
            purpose=Purpose.DKIM,
            name=f"{token}._domainkey.{domain}",
            type="CNAME",
            value=f"{token}.{hosted_zone}",
        )


def _mail_from(name: str, region: str) -> Iterator[Record]:
    yield Record(
        purpose=Purpose.MAIL_FROM_MX,
        name=name,
        type="MX",
        value=f"10 feedback-smtp.{region}.amazonses.com",
    )
    yield Record(
        purpose=Purpose.MAIL_FROM_SPF,
        name=name,
        type="TXT",
        value="v=spf1 include:amazonses.com ~all",
    )
