"""The least that IAM has to allow, feature by feature.

Actions and resources: "Actions, resources, and condition keys for Amazon SES" (and SES
v2, SNS, SQS) of the Service Authorization Reference. What is about the whole account
has no resource of its own, and so stands with ``*``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: What a web server and a worker need for everyday mail.
EVERYDAY = ("send", "usage", "identities", "suppression", "events")

_MAKE_QUEUE = (
    "sqs:CreateQueue",
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something that can be switched on in IAM.

    Args:
        what: What stops working without it.
        actions: IAM actions for any resource.
        scoped: IAM actions for one kind of resource: ``identity``,
            ``configuration-set``, ``topic``, ``queue`` or ``dead-letters``.
    """

    what: str
    actions: Sequence[str] = ()
    scoped: Mapping[str, Sequence[str]] = field(default_factory=dict)


FEATURES: Mapping[str, Feature] = {
    "send": Feature(
        what="sends mail",
        # SendEmail of the new API with raw content is authorised as SendRawEmail, and
        # for the configuration set as well, also where it is an identity's default.
        scoped={
            "identity": ("ses:SendEmail", "ses:SendRawEmail"),
            "configuration-set": ("ses:SendEmail", "ses:SendRawEmail"),
        },
    ),
    "usage": Feature(
        what="knows quota, rate, state and statistics of the account",
        actions=("ses:GetAccount", "ses:GetSendStatistics"),
    ),
    "identities": Feature(
        what="shows addresses and domains",
        actions=(
            "ses:ListEmailIdentities",
            "ses:GetEmailIdentity",
            "ses:GetIdentityDkimAttributes",
            "ses:GetIdentityMailFromDomainAttributes",
        ),
    ),
    "identities-write": Feature(
        what="verifies and deletes addresses and domains",
        actions=(
            "ses:CreateEmailIdentity",
            "ses:DeleteEmailIdentity",
            "ses:VerifyEmailIdentity",
        ),
    ),
    "dkim": Feature(
        what="hands DKIM keys of its own to SES",
        actions=(
            "ses:GetEmailIdentity",
            "ses:PutEmailIdentityDkimAttributes",
            "ses:PutEmailIdentityDkimSigningAttributes",
        ),
    ),
    "suppression": Feature(
        what="mirrors SES's suppression list",
        actions=("ses:ListSuppressedDestinations", "ses:GetSuppressedDestination"),
    ),
    "suppression-write": Feature(
        what="changes SES's suppression list",
        actions=("ses:PutSuppressedDestination", "ses:DeleteSuppressedDestination"),
    ),
    "events": Feature(
        what="takes events from the queue",
        scoped={
            "queue": (
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
            )
        },
    ),
    "webhook": Feature(
        what="confirms the subscription of its web address, and looks at it",
        scoped={
            "topic": (
                "sns:ConfirmSubscription",
                # ses_doctor: what SNS does with posts that fail.
                "sns:ListSubscriptionsByTopic",
                "sns:GetSubscriptionAttributes",
            )
        },
    ),
    "setup": Feature(
        what="creates what events need (ses_setup --events); for whoever sets up",
        actions=("sns:ListTopics",),
        scoped={
            "configuration-set": (
                "ses:GetConfigurationSet",
                "ses:CreateConfigurationSet",
                "ses:GetConfigurationSetEventDestinations",
                "ses:CreateConfigurationSetEventDestination",
                "ses:UpdateConfigurationSetEventDestination",
            ),
            "topic": (
                "sns:CreateTopic",
                "sns:GetTopicAttributes",
                "sns:SetTopicAttributes",
                "sns:ListSubscriptionsByTopic",
                "sns:Subscribe",
                "sns:GetSubscriptionAttributes",
                "sns:SetSubscriptionAttributes",
            ),
            "queue": _MAKE_QUEUE,
            "dead-letters": _MAKE_QUEUE,
        },
    ),
}


def policy(
    features: Sequence[str], resources: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the policy document that allows some features.

    Args:
        features: Keys of `FEATURES`.
        resources: The ARNs of each kind of resource.
    """
    statements: list[dict[str, Any]] = []
    for name in features:
        feature = FEATURES[name]
        sid = "".join(part.capitalize() for part in name.split("-"))
        if feature.actions:
            statements.append(_statement(sid, feature.actions, ["*"]))
        for actions, arns in _grouped(feature.scoped, resources):
            number = sum(row["Sid"].startswith(sid) for row in statements)
            statements.append(_statement(f"{sid}{number or ''}", actions, arns))
    return {"Version": "2012-10-17", "Statement": statements}


def _grouped(
    scoped: Mapping[str, Sequence[str]], resources: Mapping[str, Sequence[str]]
) -> list[tuple[Sequence[str], list[str]]]:
    """Return resources with the same actions together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for kind, actions in scoped.items():
        groups.setdefault(tuple(actions), []).extend(resources[kind])
    return list(groups.items())


def _statement(sid: str, actions: Sequence[str], arns: list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": arns,
    }
