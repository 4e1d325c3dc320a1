"""What SES says of the account."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from seacucumber.conf import Mailer
from seacucumber.exceptions import AccessDenied, AccountError, Unreachable
from seacucumber.ses.account.quota import AccountUsage, read_account, read_statistics
from seacucumber.ses.sending.client import SendCall, get_sender
from seacucumber.testing import AwsError, Clock, Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port
from tests.ses.conftest import MakeMailer


def test_limits_and_state_are_those_of_the_account(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    local_ses.configure(rate=14.0, quota_24h=200.0, sandbox=True)
    local_ses.consume_quota(12)

    assert read_account(mailer) == AccountUsage(
        max_24h_send=200.0,
        max_send_rate=14.0,
        sent_last_24h=12.0,
        production_access=False,
        sending_enabled=True,
        enforcement_status="HEALTHY",
    )


def test_pause_and_review_are_told(local_ses: LocalSES, mailer: Mailer) -> None:
    local_ses.configure(sending_enabled=False, enforcement_status="PROBATION")

    usage = read_account(mailer)

    assert not usage.sending_enabled
    assert usage.enforcement_status == "PROBATION"
    assert usage.production_access


@pytest.mark.parametrize(
    ("figures", "name"),
    [
        ({"rate": math.nan}, "MaxSendRate"),
        ({"rate": math.inf}, "MaxSendRate"),
        ({"rate": -1.0}, "MaxSendRate"),
        ({"quota_24h": math.nan}, "Max24HourSend"),
        ({"quota_24h": -2.0}, "Max24HourSend"),
    ],
)
def test_figures_that_make_no_sense_are_refused_by_name(
    local_ses: LocalSES, mailer: Mailer, figures: dict[str, float], name: str
) -> None:
    """As a proxy in between may make them; JSON in Python has NaN and Infinity."""
    for figure, odd in figures.items():
        object.__setattr__(local_ses.settings, figure, odd)

    with pytest.raises(AccountError, match=f"SES's {name} is .*before stay"):
        read_account(mailer)


def test_statistics_are_sorted_and_in_utc(
    make_mailer: MakeMailer, call: SendCall
) -> None:
    """SES gives them in no order, and leaves out what is zero."""
    clock = Clock()
    with LocalSES(verified=["example.com"], clock=clock, seed=1) as ses:
        mailer = make_mailer(endpoint_url=ses.url)
        for recipient in ("success", "bounce", "complaint", "success", "bounce"):
            to = f"{recipient}@simulator.amazonses.com"
            get_sender(mailer).send(
                SendCall(raw=call.raw, sender=call.sender, recipients=(to,))
            )
            ses.advance(3600)
        points = read_statistics(mailer)

    assert [point.delivery_attempts for point in points] == [1, 1, 1, 1, 1]
    assert [point.bounces for point in points] == [0, 1, 0, 0, 1]
    assert [point.complaints for point in points] == [0, 0, 1, 0, 0]
    times = [point.at for point in points]
    assert times == sorted(times)
    assert all(at.tzinfo is UTC for at in times)
    assert abs((times[0] - datetime.now(UTC)).total_seconds()) < 3600


def test_account_without_mail_has_no_points(mailer: Mailer) -> None:
    assert read_statistics(mailer) == []


@pytest.mark.parametrize(
    ("operation", "read"),
    [("GetAccount", read_account), ("GetSendStatistics", read_statistics)],
)
class TestErrors:
    def test_denial_names_the_permission_to_grant(
        self, local_ses: LocalSES, mailer: Mailer, operation: str, read: object
    ) -> None:
        denied = errors.access_denied(f"ses:{operation}", "*")
        local_ses.faults.add(Fault.answer(denied, operation=operation))

        with pytest.raises(AccessDenied) as caught:
            read(mailer)  # type: ignore[operator]

        assert caught.value.permission == f"ses:{operation}"
        assert f"allow ses:{operation} in the IAM policy" in str(caught.value)

    def test_throttle_is_sat_out(
        self, local_ses: LocalSES, mailer: Mailer, operation: str, read: object
    ) -> None:
        throttled = Fault.answer(errors.api_throttled(), operation=operation, times=1)
        local_ses.faults.add(throttled)

        assert read(mailer) is not None  # type: ignore[operator]
        assert local_ses.counters.control_calls == 2

    def test_dead_endpoint_is_unreachable(
        self, make_mailer: MakeMailer, operation: str, read: object
    ) -> None:
        mailer = make_mailer(
            endpoint_url=f"http://127.0.0.1:{free_port()}",
            client_config={"retries": {"total_max_attempts": 1}},
        )

        with pytest.raises(Unreachable, match="Could not connect"):
            read(mailer)  # type: ignore[operator]

    def test_missing_credentials_are_said_in_plain_words(
        self, make_mailer: MakeMailer, operation: str, read: object
    ) -> None:
        mailer = make_mailer(ses_access_key_id=None, ses_secret_access_key=None)

        with pytest.raises(AccountError, match="Unable to locate credentials"):
            read(mailer)  # type: ignore[operator]

    def test_refused_credentials_are_not_repeated(
        self, local_ses: LocalSES, mailer: Mailer, operation: str, read: object
    ) -> None:
        refused = AwsError(
            code="InvalidSignatureException",
            message="x-amz-security-token:THE-TOKEN",
            status=403,
            code_v1="SignatureDoesNotMatch",
        )
        local_ses.faults.add(Fault.answer(refused, operation=operation))

        with pytest.raises(AccountError, match="AWS refuses the credentials") as caught:
            read(mailer)  # type: ignore[operator]

        assert "THE-TOKEN" not in str(caught.value)

    def test_other_answers_are_passed_on(
        self, local_ses: LocalSES, mailer: Mailer, operation: str, read: object
    ) -> None:
        conflict = AwsError(
            code="ConflictException", message="Under  review", status=409
        )
        local_ses.faults.add(Fault.answer(conflict, operation=operation))

        with pytest.raises(AccountError) as caught:
            read(mailer)  # type: ignore[operator]

        assert str(caught.value) == f"{operation}: Under review. (Conflict)"
