"""``manage.py ses_policy``: the least IAM policy for what this project does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from seacucumber.conf import DEFAULT_REGION, InvalidSetting, get_mailer
from seacucumber.exceptions import SeaCucumberError
from seacucumber.management.event_setup import read_names
from seacucumber.management.iam import EVERYDAY, FEATURES, policy
from seacucumber.management.options import CommandWithExamples, add_mailer

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}


class Command(CommandWithExamples):
    """Prints a policy document; asks AWS for nothing."""

    help = "\n".join(
        [
            "Prints the IAM policy that these features need, and no more. Without any:"
            f" {', '.join(EVERYDAY)}.",
            *(f"  {name:<18}{feature.what}" for name, feature in FEATURES.items()),
        ]
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the features and what they are about."""
        parser.add_argument("features", nargs="*", metavar="feature")
        add_mailer(parser)
        parser.add_argument(
            "--account", default="*", metavar="ID", help="number of the AWS account"
        )
        parser.add_argument(
            "--domain",
            action="append",
            default=[],
            help="that mail may come from; may be given again",
        )
        parser.add_argument("--prefix", default="seacucumber", help="as in ses_setup")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the policy."""
        chosen = options["features"] or list(EVERYDAY)
        unknown = [name for name in chosen if name not in FEATURES]
        if unknown:
            raise CommandError(
                f"Not a feature: {', '.join(unknown)}. Choose of {', '.join(FEATURES)}."
            )
        document = policy(chosen, _resources(options))
        self.stdout.write(json.dumps(document, indent=2))


def _resources(options: dict[str, Any]) -> dict[str, list[str]]:
    try:
        mailer = get_mailer(options["mailer"])
        names = read_names(mailer, prefix=options["prefix"], web_address="")
    except (SeaCucumberError, InvalidSetting) as error:
        raise CommandError(str(error)) from error
    region = mailer.ses_region_name or DEFAULT_REGION
    begins = (name for name in _PARTITIONS if region.startswith(name))
    partition = _PARTITIONS.get(next(begins, ""), "aws")
    where = f"{region}:{options['account']}"
    domains = options["domain"]
    identities = (
        [name for domain in domains for name in (domain, f"*.{domain}", f"*@{domain}")]
        if domains
        else ["*"]
    )
    return {
        "identity": [f"arn:{partition}:ses:{where}:identity/{n}" for n in identities],
        "configuration-set": [
            f"arn:{partition}:ses:{where}:configuration-set/{names.configuration_set}"
        ],
        "topic": [f"arn:{partition}:sns:{where}:{names.topic}"],
        "queue": [f"arn:{partition}:sqs:{where}:{names.queue}"],
        "dead-letters": [f"arn:{partition}:sqs:{where}:{names.dead_letters}"],
    }
