"""The region that a profile in AWS's own files names.

botocore knows it, too; but whoever only queues mail does not load botocore, and a
mailer's region is part of the name of its account.
"""

from __future__ import annotations

import configparser
import os
from pathlib import Path


def region_of_profile(name: str | None = None) -> str | None:
    """Return the region of a profile; None if there is no such file, profile or region.

    Source: "Configuration and credential file settings in the AWS CLI",
    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html

    Args:
        name: Of the profile; by default that of ``AWS_PROFILE``, else ``default``.
    """
    environ = os.environ
    name = name or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    name = name or "default"
    # What the file of credentials says goes first, as with botocore.
    files = (
        (environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), name),
        (environ.get("AWS_CONFIG_FILE", "~/.aws/config"), f"profile {name}"),
        (environ.get("AWS_CONFIG_FILE", "~/.aws/config"), "default"),
    )
    for path, section in files[: 3 if name == "default" else 2]:
        region = _sections(Path(path).expanduser()).get(section, "region", fallback="")
        if region.strip():
            return region.strip()
    return None


def _sections(path: Path) -> configparser.RawConfigParser:
    # No section of defaults: AWS's own "default" is a profile like any other.
    parser = configparser.RawConfigParser(strict=False, default_section="")
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, UnicodeDecodeError, configparser.Error):
        # botocore says what is wrong with it, as soon as SES is asked.
        return configparser.RawConfigParser()
    return parser
