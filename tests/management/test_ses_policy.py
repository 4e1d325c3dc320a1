"""``manage.py ses_policy``: enough for all that is done, and nothing more."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import seacucumber
from seacucumber.management.commands.ses_policy import Command
from seacucumber.management.iam import EVERYDAY, FEATURES

PACKAGE = Path(seacucumber.__file__).parent
#: Two actions that answers of SES do not name: the sending client has its own way.
SENDING = {"ses:SendEmail", "ses:SendRawEmail"}


def run(*features: str, **options: Any) -> dict[str, Any]:
    output = io.StringIO()
    call_command("ses_policy", *features, stdout=output, **options)
    document: dict[str, Any] = json.loads(output.getvalue())
    return document


def actions(document: dict[str, Any]) -> set[str]:
    return {name for row in document["Statement"] for name in row["Action"]}


def asked() -> set[str]:
    """Return every operation that this package asks AWS for."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        names = re.findall(r'asking\("([^"]+)"\)', path.read_text())
        found |= {name if ":" in name else f"ses:{name}" for name in names}
    return found


def test_whatever_is_asked_of_aws_is_allowed_by_a_feature() -> None:
    assert asked() <= actions(run(*FEATURES))
    assert len(asked()) > 30


def test_a_feature_allows_its_own_actions_only() -> None:
    document = run("suppression")

    assert document["Version"] == "2012-10-17"
    [statement] = document["Statement"]
    assert statement == {
        "Sid": "Suppression",
        "Effect": "Allow",
        "Action": ["ses:GetSuppressedDestination", "ses:ListSuppressedDestinations"],
        "Resource": ["*"],
    }


def test_sending_is_limited_to_domains_and_one_configuration_set(
    settings: Any,
) -> None:
    settings.CUCUMBER_CONFIGURATION_SET = "news"

    document = run("send", account="123456789012", domain=["example.com"])

    [statement] = document["Statement"]
    assert set(statement["Action"]) == SENDING
    begin = "arn:aws:ses:eu-west-1:123456789012"
    assert statement["Resource"] == [
        f"{begin}:identity/example.com",
        f"{begin}:identity/*.example.com",
        f"{begin}:identity/*@example.com",
        f"{begin}:configuration-set/news",
    ]


def test_without_a_feature_it_is_everyday_mail() -> None:
    document = run()

    assert document == run(*EVERYDAY)
    assert not {name for name in actions(document) if "Create" in name}
    assert not {name for name in actions(document) if "*" in name}


def test_sids_are_what_iam_takes() -> None:
    sids = [row["Sid"] for row in run(*FEATURES)["Statement"]]

    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_every_partition_has_its_arns(
    region: str, partition: str, settings: Any
) -> None:
    settings.CUCUMBER_SES_REGION_NAME = region

    [statement] = run("webhook")["Statement"]

    assert statement["Resource"] == [
        f"arn:{partition}:sns:{region}:*:seacucumber-events"
    ]


def test_a_word_that_is_no_feature_is_said() -> None:
    with pytest.raises(CommandError, match=r"Not a feature: sned\. Choose of send, "):
        run("sned")


def test_every_feature_says_what_it_is_for() -> None:
    for name, feature in FEATURES.items():
        assert name in Command.help
        assert feature.what in Command.help
