"""What is typed to name a DKIM key, and who types it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from django.core.management.base import CommandError
from django.views.decorators.debug import sensitive_variables

from seacucumber.enums import DkimState
from seacucumber.models import DkimKey

_OVER = (DkimState.REVOKED, DkimState.ARCHIVED, DkimState.ABANDONED)
_MAX_PEM_BYTES = 100_000


def find(names: Sequence[str], states: Collection[DkimState] = ()) -> DkimKey:
    """Return the key that is meant.

    Args:
        names: One: its name in DNS, its number, or its domain.
        states: Those of a domain's keys are meant, if there are any.

    Raises:
        CommandError: if there is no such key, or more than one.
    """
    [typed] = exactly(1, names, "one key")
    name = typed.lower().rstrip(".")
    if name.isdecimal():
        found = list(DkimKey.objects.filter(pk=int(name)))
    elif "._domainkey." in name:
        selector, _, domain = name.partition("._domainkey.")
        found = list(DkimKey.objects.filter(selector=selector, domain=domain))
    else:
        of_domain = DkimKey.objects.filter(domain=name)
        known = list(of_domain.exclude(state__in=_OVER).order_by("pk"))
        found = [key for key in known if key.state in states] or known
    if not found:
        raise CommandError(f"There is no key {typed}. ses_dkim list shows all.")
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        raise CommandError(f"{typed} has {len(found)} keys. Say which one: {listed}.")
    return found[0]


def exactly(number: int, names: Sequence[str], what: str) -> Sequence[str]:
    """Return the names that were typed.

    Raises:
        CommandError: if they are more or less.
    """
    if len(names) != number:
        raise CommandError(f"Please give {what}. See --help.")
    return names


@sensitive_variables()
def read_pem(path: str) -> str:
    """Return the text of a file; ``-`` is the standard input.

    Raises:
        CommandError: if it cannot be read.
    """
    try:
        if path == "-":
            return sys.stdin.read(_MAX_PEM_BYTES)
        with Path(path).open("rb") as file:
            return file.read(_MAX_PEM_BYTES).decode("ascii", "replace")
    except OSError as error:
        raise CommandError(f"The file {path} cannot be read: {error}.") from error


def actor() -> str:
    """Return who runs the command, as far as the system knows."""
    try:
        return f"{getpass.getuser()} (ses_dkim)"
    except (KeyError, OSError):
        # A container may run as a user that has no name.
        return "ses_dkim"
