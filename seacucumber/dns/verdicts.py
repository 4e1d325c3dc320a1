"""Whether what is published is what SES, or a receiver, needs to find."""

from __future__ import annotations

from collections.abc import Sequence

from seacucumber.dns.records import Purpose, Record


def judge(record: Record, texts: Sequence[str]) -> str:
    """Return what is wrong with the records of a name, in plain words.

    Args:
        record: What should be there.
        texts: What is there; at least one.

    Returns:
        Empty if all is well.
    """
    match record.purpose:
        case Purpose.DKIM:
            return _judge_alias(record, texts)
        case Purpose.MAIL_FROM_MX:
            return _judge_mx(record, texts)
        case Purpose.MAIL_FROM_SPF:
            return _judge_spf(texts)
        case Purpose.DMARC:
            raise ValueError("dmarc.judge_policy judges DMARC records")


def _judge_alias(record: Record, texts: Sequence[str]) -> str:
    if len(texts) > 1:
        return "There is more than one CNAME record; a name can have only one."
    if _same(texts[0], record.value):
        return ""
    return "The record points somewhere else."


def _judge_mx(record: Record, texts: Sequence[str]) -> str:
    # "If you publish more than one MX record, the custom MAIL FROM setup will fail"
    # (developer guide, "Using a custom MAIL FROM domain").
    if len(texts) > 1:
        return "There is more than one MX record; SES accepts the name with one only."
    if _same(_host(texts[0]), _host(record.value)):
        return ""
    return "The mail server is another one."


def _judge_spf(texts: Sequence[str]) -> str:
    policies = [text for text in texts if _is_spf(text)]
    if not policies:
        return "There are TXT records, but none of them is an SPF record."
    # RFC 7208, section 4.5: more than one is a permanent error.
    if len(policies) > 1:
        return "There is more than one SPF record; receivers take that for an error."
    if "include:amazonses.com" in policies[0].lower().split():
        return ""
    return "The SPF record does not contain include:amazonses.com."


def _is_spf(text: str) -> bool:
    return text.lower().split(" ", 1)[0] == "v=spf1"


def _host(text: str) -> str:
    return text.rpartition(" ")[2]


def _same(name: str, other: str) -> bool:
    return name.rstrip(".").lower() == other.rstrip(".").lower()
