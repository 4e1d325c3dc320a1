"""What SNS answers when it does not do what it is asked."""

from __future__ import annotations

from seacucumber.testing.faults.refusals import AwsError


def topic_missing() -> AwsError:
    """There is no such topic."""
    return AwsError(code="NotFound", status=404, message="Topic does not exist")


def subscription_missing() -> AwsError:
    """There is no such subscription."""
    return AwsError(code="NotFound", status=404, message="Subscription does not exist")


def invalid_parameter(reason: str) -> AwsError:
    """A parameter has a value that it cannot have."""
    return AwsError(code="InvalidParameter", message=f"Invalid parameter: {reason}")
