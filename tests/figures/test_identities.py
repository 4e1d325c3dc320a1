from __future__ import annotations

from typing import Any

import pytest

from seacucumber.enums import IdentityStatus
from seacucumber.figures.identities import read_standing
from seacucumber.models import Identity
from tests.admin import seed

pytestmark = pytest.mark.django_db


def _troubles() -> dict[str, tuple[str, str]]:
    standing = read_standing(seed.key())
    return {row.name: (row.severity, row.state) for row in standing.problems}


def test_identities_in_trouble_are_named_the_gravest_first() -> None:
    seed.seed_identities()

    standing = read_standing(seed.key())

    assert (standing.verified, standing.total) == (3, 6)
    assert _troubles() == {
        "gotham.example": ("bad", "failed"),
        "old.example": ("bad", "no DKIM, DMARC record"),
        "batman@gotham.example": ("warn", "pending"),
    }
    assert [row.severity for row in standing.problems] == ["bad", "bad", "warn"]


def test_an_address_whose_domain_is_verified_is_in_no_trouble() -> None:
    seed.seed_identities()

    assert "news@shop.example" not in _troubles()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"sending_enabled": False}, ("bad", "may not send")),
        ({"dkim_status": "failed"}, ("bad", "DKIM failed")),
        (
            {"mail_from_status": "failed", "mail_from_domain": "m.x.example"},
            ("bad", "MAIL FROM failed"),
        ),
        ({"status": IdentityStatus.TEMPORARY_FAILURE}, ("bad", "records gone")),
        ({"status": IdentityStatus.NOT_STARTED}, ("warn", "not started")),
    ],
)
def test_each_kind_of_trouble_has_a_word(
    values: dict[str, Any], expected: tuple[str, str]
) -> None:
    seed._identity("x.example", IdentityStatus.VERIFIED)
    Identity.objects.update(**values)

    assert _troubles() == {"x.example": expected}


def test_records_that_only_could_not_be_looked_up_are_no_trouble() -> None:
    seed._identity(
        "x.example",
        IdentityStatus.VERIFIED,
        records=[seed._record("dkim", "temporary-failure"), seed._record("dkim", "")],
    )

    assert _troubles() == {}


@pytest.mark.parametrize("records", [{}, [1, None], [{"result": "missing"}]])
def test_records_of_any_shape_break_nothing(records: Any) -> None:
    seed._identity("x.example", IdentityStatus.VERIFIED, records=records)

    assert set(_troubles()) <= {"x.example"}


@pytest.mark.parametrize(
    ("verified", "fine"),
    [
        ("example.com", True),
        ("post@example.com", True),
        ("mail.example.com", False),
        ("com", False),
    ],
)
def test_the_default_sender_needs_its_address_or_domain(
    verified: str, fine: bool, settings: Any
) -> None:
    settings.SERVER_EMAIL = settings.DEFAULT_FROM_EMAIL
    seed._identity(verified, IdentityStatus.VERIFIED)

    senders = read_standing(seed.key()).unverified_senders

    assert senders == (
        ()
        if fine
        else (
            ("DEFAULT_FROM_EMAIL", "post@example.com"),
            ("SERVER_EMAIL", "post@example.com"),
        )
    )


def test_a_subdomain_is_covered_by_its_parent(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = settings.SERVER_EMAIL = "a@deep.mail.example.com"
    seed._identity("example.com", IdentityStatus.VERIFIED)

    assert read_standing(seed.key()).unverified_senders == ()


def test_nobody_is_accused_while_no_identity_is_known() -> None:
    assert read_standing(seed.key()).unverified_senders == ()
