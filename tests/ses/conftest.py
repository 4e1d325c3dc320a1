"""A local SES, and a mailer that sends through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seacucumber.conf import Mailer
from seacucumber.ses import SendCall
from seacucumber.testing import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalSES

MakeMailer = Callable[..., Mailer]


@pytest.fixture(autouse=True)
def _no_aws_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep botocore away from the credentials of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def local_ses() -> Iterator[LocalSES]:
    """A local SES that lets example.com send."""
    with LocalSES(verified=["example.com"], configuration_sets=["news"]) as ses:
        yield ses


@pytest.fixture
def make_mailer(local_ses: LocalSES) -> MakeMailer:
    """Makes a mailer of the local SES; arguments change its settings."""

    def make(**settings: object) -> Mailer:
        return Mailer(
            **{  # type: ignore[arg-type]
                "alias": "default",
                "ses_access_key_id": ACCESS_KEY_ID,
                "ses_secret_access_key": SECRET_ACCESS_KEY,
                "ses_region_name": "eu-west-1",
                "endpoint_url": local_ses.url,
                **settings,
            }
        )

    return make


@pytest.fixture
def mailer(make_mailer: MakeMailer) -> Mailer:
    """A mailer of the local SES."""
    return make_mailer()


@pytest.fixture
def call() -> SendCall:
    """A message that SES takes."""
    return SendCall(
        raw=b"From: shop@example.com\r\nTo: ann@example.net\r\n\r\nHello\r\n",
        sender="shop@example.com",
        recipients=("ann@example.net",),
        configuration_set="news",
        tags={"cucumber_message": "0" * 32, "cucumber_attempt": "1"},
    )
