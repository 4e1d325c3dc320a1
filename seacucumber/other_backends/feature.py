"""What a project that comes from another backend has, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """What becomes of a setting, an attribute or a name."""

    HONOURED = "works as it is"
    MAPPED = "has another name"
    ABSENT = "is not here"
    #: Without it the mail would say something else, or reach others than was meant.
    REFUSED = "is refused"


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that a backend documents.

    Args:
        name: As it is written in a project.
        treatment: What becomes of it.
        instead: What happens or what to do, in a sentence of reStructuredText without
            markup, which stands in the page, in the check and in the refusal.
    """

    name: str
    treatment: Treatment
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A backend that projects come from.

    Args:
        title: Its name.
        version: The version whose documentation was read.
        page: Name of its page in docs, without the ending.
        app: What it has in INSTALLED_APPS; empty if nothing.
        paths: What EMAIL_BACKEND is with it.
        settings: Its settings of Django's settings module.
        mapping: The setting that is a dict of further ones; empty if there is none.
        keys: The keys of that dict.
        attributes: What it reads of an EmailMessage, and what it writes into it.
        names: Signals, functions, commands, views and models.
    """

    title: str
    version: str
    page: str
    app: str = ""
    paths: tuple[str, ...] = ()
    settings: tuple[Feature, ...] = ()
    mapping: str = ""
    keys: tuple[Feature, ...] = ()
    attributes: tuple[Feature, ...] = ()
    names: tuple[Feature, ...] = ()
