"""Errors of AWS become ours here, once: the class of the new one is the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import (
    AccessDenied,
    AccountError,
    AlreadyExists,
    HoldMail,
    NotFound,
    OutcomeUnknown,
    SendError,
    Unreachable,
)
from seacucumber.ses.sending.failure import Fault, read_fault, short_code
from seacucumber.ses.sending.network_rules import FAILURES
from seacucumber.ses.sending.redaction import mask, redact
from seacucumber.ses.sending.response_rules import ANSWERS, BAD_CREDENTIALS, DENIALS
from seacucumber.ses.sending.rules import Rule

#: Every rule, in the order in which they are tried. The last one fits everything.
RULES: tuple[Rule, ...] = (*FAILURES, *ANSWERS)

_ACCOUNT_ERRORS: Mapping[str, type[AccountError]] = {
    **dict.fromkeys(DENIALS, AccessDenied),
    # SNS has a word of its own ("Common Error Types", SNS API reference).
    "AuthorizationError": AccessDenied,
    "NotFound": NotFound,
    "AlreadyExists": AlreadyExists,
}
_MAX_SAID = 200


def is_clock_skew(error: ClientError) -> bool:
    """Tell whether an answer finds the signature's time wrong, whatever was asked."""
    fault = read_fault(error)
    return any(
        rule.verdict is HoldMail
        and rule.cause is HoldCause.CLOCK_SKEW
        and rule.fits(fault)
        for rule in ANSWERS
    )


def translate_send(
    error: BaseException,
    *,
    sender: str,
    recipients: Sequence[str],
    configuration_set: str,
) -> SendError:
    """Return what a failed call means for its message.

    The new error's ``detail`` names no recipient, no secret and no content. The value
    of a hold on a mailer is empty: only the caller knows the alias. A configuration
    set that the call did not name is the sender's default one, so the sender is held.

    Args:
        error: What the call raised.
        sender: The address in the From header.
        recipients: The addresses the call went to.
        configuration_set: Its name, empty if the call named none.
    """
    fault = read_fault(error, sender=sender, recipients=recipients)
    rule = next(rule for rule in RULES if rule.fits(fault))
    detail = _detail(rule, fault, sender, configuration_set)
    if not issubclass(rule.verdict, HoldMail):
        unanswered = rule.unanswered or issubclass(rule.verdict, OutcomeUnknown)
        return rule.verdict(
            fault.code, detail, http_status=fault.http_status, unanswered=unanswered
        )
    scope = rule.scope
    if scope is HoldScope.CONFIGURATION_SET and not configuration_set:
        scope = HoldScope.SENDER
    values = {HoldScope.SENDER: sender, HoldScope.CONFIGURATION_SET: configuration_set}
    return rule.verdict(
        fault.code,
        detail,
        scope=scope,
        value=values.get(scope, ""),
        cause=rule.cause,
        http_status=fault.http_status,
    )


def translate_setup(error: Exception) -> HoldMail:
    """Return the hold that follows when no client can be made for a mailer."""
    return HoldMail(
        type(error).__name__,
        f"No AWS client can be made for this mailer; nothing was sent. Check its"
        f" credentials, profile, region and endpoint: {redact(str(error))}",
        scope=HoldScope.MAILER,
        cause=HoldCause.CREDENTIALS,
    )


def translate_account(error: Exception, operation: str) -> AccountError:
    """Return our error for a failed question about the account.

    Args:
        error: What botocore raised.
        operation: The SES operation, e.g. ``GetAccount``.
    """
    if isinstance(error, ConnectionError | HTTPClientError):
        return Unreachable(operation, type(error).__name__, _one_line(str(error)))
    if not isinstance(error, ClientError):
        return AccountError(operation, type(error).__name__, _one_line(str(error)))
    answer = error.response.get("Error") or {}
    code = short_code(str(answer.get("Code") or ""))
    kind = _ACCOUNT_ERRORS.get(code, AccountError)
    if kind is AccessDenied:
        permission = AccessDenied(operation, code, "").permission
        detail = f"AWS denies it; allow {permission} in the IAM policy of these"
        return kind(operation, code, f"{detail} credentials.")
    if code in BAD_CREDENTIALS:
        # AWS's text can quote the request with its session token: never repeat it.
        return kind(operation, code, "AWS refuses the credentials of this mailer.")
    return kind(operation, code, _one_line(str(answer.get("Message") or error)))


def _detail(rule: Rule, fault: Fault, sender: str, configuration_set: str) -> str:
    named_set = f"configuration set {configuration_set}" if configuration_set else ""
    return rule.says.format(
        sender=sender,
        configuration_set=named_set or "the sender's default configuration set",
        unverified=_listed(fault.unverified, sender) or "an address",
        action=fault.action or "send",
        resource=redact(fault.resource, sender=sender) or "this identity",
        code=fault.code,
        status=fault.http_status,
        message=redact(_one_line(fault.message), sender=sender),
    )


def _listed(names: Sequence[str], sender: str) -> str:
    return ", ".join(
        mask(name) if "@" in name and name != sender.lower() else name for name in names
    )


def _one_line(text: str) -> str:
    """Return a text as one sentence."""
    words = " ".join(text.split())[:_MAX_SAID]
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
