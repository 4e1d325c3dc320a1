"""How domain names nest."""

from __future__ import annotations

import pytest

from seacucumber.domains import is_within, parents, with_parents


@pytest.mark.parametrize(
    ("domain", "above"),
    [
        ("a.mail.example.com", ["mail.example.com", "example.com"]),
        ("example.com", []),
        ("com", []),
        ("", []),
    ],
)
def test_top_level_domain_is_above_nobody(domain: str, above: list[str]) -> None:
    assert list(parents(domain)) == above


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("mail.example.com", ["mail.example.com", "example.com"]),
        ("example.com", ["example.com"]),
        ("localhost", []),
    ],
)
def test_domain_comes_before_those_above_it(domain: str, names: list[str]) -> None:
    assert list(with_parents(domain)) == names


@pytest.mark.parametrize(
    ("domain", "parent", "within"),
    [
        ("example.com", "example.com", True),
        ("mail.example.com", "example.com", True),
        ("badexample.com", "example.com", False),
        ("example.com", "mail.example.com", False),
    ],
)
def test_name_that_only_ends_alike_is_another_domain(
    domain: str, parent: str, within: bool
) -> None:
    assert is_within(domain, parent) is within
