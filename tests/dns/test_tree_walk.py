"""The DNS Tree Walk of RFC 9989 4.10: its targets, policies and organizations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from seacucumber.dns.tree_walk import (
    MOST_QUERIES,
    find_policy,
    organizational_domain,
    walk_targets,
)


class Zone:
    """TXT records by domain, and what was asked."""

    def __init__(self, **records: str | list[str]) -> None:
        self.asked: list[str] = []
        self._texts = {
            name.replace("_", "."): [texts] if isinstance(texts, str) else texts
            for name, texts in records.items()
        }

    def __call__(self, name: str) -> Sequence[str]:
        domain = name.removeprefix("_dmarc.")
        self.asked.append(domain)
        return self._texts.get(domain, [])


def test_walk_goes_up_to_the_top_level() -> None:
    assert list(walk_targets("mail.example.com")) == [
        "mail.example.com",
        "example.com",
        "com",
    ]


@pytest.mark.parametrize("depth", [8, 9, 40])
def test_deep_domain_is_cut_to_seven_labels_after_the_first_query(depth: int) -> None:
    """RFC 9989 4.10, steps 3 and 4."""
    labels = [f"l{number}" for number in range(depth)]

    targets = list(walk_targets(".".join(labels)))

    assert len(targets) == MOST_QUERIES
    assert targets[1] == ".".join(labels[-7:])
    assert targets[-1] == labels[-1]


def test_own_record_needs_one_query() -> None:
    zone = Zone(mail_example_com="v=DMARC1; p=none", example_com="v=DMARC1; p=reject")

    policy = find_policy("mail.example.com", zone)

    assert policy is not None
    assert policy.domain == "mail.example.com"
    assert zone.asked == ["mail.example.com"]


def test_organization_is_where_fewest_labels_have_a_record() -> None:
    """4.10.2: the policy between is not that of the organization, so it is no one's."""
    zone = Zone(b_example_com="v=DMARC1; p=none", example_com="v=DMARC1; p=reject")

    policy = find_policy("a.b.example.com", zone)

    assert policy is not None
    assert (policy.domain, policy.record.policy) == ("example.com", "reject")


def test_organization_that_names_itself_ends_the_walk() -> None:
    zone = Zone(b_example_com="v=DMARC1; p=none; psd=n", example_com="v=DMARC1; p=none")

    assert organizational_domain("a.b.example.com", zone) == "b.example.com"
    assert "example.com" not in zone.asked


def test_organization_is_one_label_below_a_public_suffix() -> None:
    zone = Zone(bank="v=DMARC1; p=reject; psd=y")

    policy = find_policy("mail.giant.bank", zone)

    assert organizational_domain("mail.giant.bank", zone) == "giant.bank"
    assert policy is not None
    assert policy.domain == "bank"


def test_several_records_of_a_name_are_all_left_out() -> None:
    zone = Zone(
        b_example_com=["v=DMARC1; p=none; psd=n", "v=DMARC1; p=reject"],
        example_com=["some text", "v=DMARC1; p=reject"],
    )

    assert organizational_domain("a.b.example.com", zone) == "example.com"


def test_domain_without_any_record_is_its_own_organization() -> None:
    assert organizational_domain("mail.example.com", Zone()) == "mail.example.com"
    assert find_policy("mail.example.com", Zone()) is None
