"""Whether this process can wake up a worker."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from seacucumber.tasks import inspect_workers


def check_celery() -> Iterator[CheckMessage]:
    """Wake-ups go to the project's broker, and its workers take them."""
    accepted = getattr(settings, "CELERY_ACCEPT_CONTENT", None)
    if accepted is not None and not {"json", "application/json"} & set(accepted):
        yield Error(
            f"CELERY_ACCEPT_CONTENT is {accepted!r}: workers would refuse wake-ups.",
            hint="Add 'json' to CELERY_ACCEPT_CONTENT.",
            id="seacucumber.E009",
        )
    if not inspect_workers.has_application() and _uses_celery():
        package = _project()
        yield Warning(
            "No Celery application is loaded in this process, so it knows no broker:"
            " mail that it queues waits for the next sweep.",
            hint=f"Import the project's application where the project is imported: in"
            f" {package}/__init__.py, 'from .celery import app as celery_app', with"
            f" {package}/celery.py as Celery's documentation of Django has it.",
            id="seacucumber.W023",
        )


def _uses_celery() -> bool:
    """Whether workers are meant: a queue may also be drained by a command alone."""
    if any(name.startswith("CELERY_") for name in dir(settings)):
        return True
    try:
        return find_spec(f"{_project()}.celery") is not None
    except (ModuleNotFoundError, ValueError):
        return False


def _project() -> str:
    module = str(getattr(settings, "SETTINGS_MODULE", None) or "yourproject")
    return module.partition(".")[0]
