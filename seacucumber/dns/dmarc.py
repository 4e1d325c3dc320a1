"""Whether a domain has a DMARC policy that serves it, and whether its mail passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seacucumber.dns.dmarc_records import is_dmarc_record
from seacucumber.dns.tree_walk import (
    Lookup,
    Policy,
    find_policy,
    organizational_domain,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """What is known of a domain's policy.

    Args:
        texts: The records that say so; empty if there is none.
        errors: Why receivers do not apply what is written.
        warnings: What they apply, and its owner hardly means.
        remarks: What is worth knowing, and in order.
    """

    texts: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All there is to say, the worst first."""
        return (*self.errors, *self.warnings, *self.remarks)


def judge_policy(domain: str, look_up: Lookup, *, mail_from: str = "") -> PolicyFinding:
    """Judge the policy that applies to mail from a domain.

    Args:
        look_up: What it raises is passed on.
        mail_from: The custom MAIL FROM domain; empty if it is SES's own.
    """
    own = tuple(look_up(f"_dmarc.{domain}"))
    records = [text for text in own if is_dmarc_record(text)]
    if len(records) > 1:
        # RFC 9989 4.10: several are all discarded.
        error = "There is more than one DMARC record; receivers then ignore them all."
        return PolicyFinding(texts=own, errors=(error,))
    policy = find_policy(domain, look_up)
    if policy is None:
        error = "There are TXT records, but none of them is a DMARC record."
        return PolicyFinding(texts=own, errors=(error,) if own else ())
    alignment = _misaligned(domain, policy, look_up, mail_from)
    return PolicyFinding(
        texts=own if policy.domain == domain else (policy.text,),
        errors=policy.record.errors,
        warnings=(*policy.record.warnings, *alignment),
        remarks=tuple(_inheritance(domain, policy)),
    )


def _inheritance(domain: str, policy: Policy) -> Iterator[str]:
    if policy.domain != domain:
        applied = policy.record.subdomain_policy or "none at all"
        yield f"The policy of {policy.domain} applies: {applied}."


def _misaligned(
    domain: str, policy: Policy, look_up: Lookup, mail_from: str
) -> Iterator[str]:
    """Yield which of SPF and DKIM does not count for DMARC (RFC 9989 4.4)."""
    if policy.record.strict_dkim:
        yield (
            f"adkim=s: SES signs mail from subdomains of {domain} as {domain}, which"
            " does not count for them."
        )
    if not mail_from:
        return
    if policy.record.strict_spf:
        if mail_from != domain:
            yield f"aspf=s: SPF does not count, as the MAIL FROM domain is {mail_from}."
    elif _organizations_differ(domain, mail_from, look_up):
        yield (
            f"SPF does not count: by its DMARC record, the MAIL FROM domain {mail_from}"
            " is of another organization."
        )


def _organizations_differ(domain: str, other: str, look_up: Lookup) -> bool:
    return organizational_domain(domain, look_up) != organizational_domain(
        other, look_up
    )
