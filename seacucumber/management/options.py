"""What several commands have in common."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from seacucumber.conf import DEFAULT_MAILER


class CommandWithExamples(BaseCommand):
    """A command whose help has actions and examples, a line each."""

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Keep the help text's lines."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser


def add_json(parser: CommandParser) -> None:
    """Declare ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_mailer(parser: CommandParser, default: str | None = DEFAULT_MAILER) -> None:
    """Declare ``--mailer``.

    Args:
        default: None means all mailers.
    """
    meant = "only this mailer's mail" if default is None else "the mailer that is meant"
    parser.add_argument("--mailer", metavar="ALIAS", default=default, help=meant)
