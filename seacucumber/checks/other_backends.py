"""Whether settings are left of a backend that Sea Cucumber has taken the place of."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Warning

from seacucumber import conf
from seacucumber.other_backends import BACKENDS, Backend, Feature, Treatment
from seacucumber.other_backends.django_ses import DJANGO_SES

_PREFIX = "AWS_SES_"
#: How like a name has to be to one that is known, to be a slip of that.
_LIKENESS = 0.85


def check_other_backends() -> Iterator[CheckMessage]:
    """No setting is without effect that somebody counts on."""
    if not conf.is_in_use():
        return
    for backend in BACKENDS:
        if not _is_there(backend):
            yield from _check_left(backend)
    if not _is_there(DJANGO_SES):
        yield from _check_names()


def _check_left(backend: Backend) -> Iterator[CheckMessage]:
    left = {
        where: feature.instead
        for where, feature in _given(backend)
        if feature.treatment is not Treatment.HONOURED
    }
    if left:
        yield Warning(
            f"Of the settings of {backend.title} these have no effect here:"
            f" {', '.join(left)}.",
            hint=" ".join(f"{where}: {instead}" for where, instead in left.items())
            + f" Remove them; docs/{backend.page}.rst has them all.",
            id="seacucumber.W036",
        )


def _check_names() -> Iterator[CheckMessage]:
    """The names of django-ses that work here work when they are spelt right."""
    known = {
        name
        for name in (*conf.known_names(), *(row.name for row in DJANGO_SES.settings))
        if name.startswith(_PREFIX)
    }
    for name in dir(settings):
        if not name.startswith(_PREFIX) or name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS)
        if near:
            yield Warning(
                f"{name} is not a setting of Sea Cucumber or of django-ses.",
                hint=f"Did you mean {near[0]}?",
                id="seacucumber.W037",
            )


def _given(backend: Backend) -> Iterator[tuple[str, Feature]]:
    """Yield what is set, under the name it has in the settings."""
    for feature in backend.settings:
        if getattr(settings, feature.name, None):
            yield feature.name, feature
    mapping = backend.mapping and getattr(settings, backend.mapping, None)
    given: Mapping[str, Any] = mapping if isinstance(mapping, Mapping) else {}
    for feature in backend.keys:
        if given.get(feature.name):
            yield f"{backend.mapping}[{feature.name!r}]", feature
        # anymail takes each key as a setting, too.
        alone = f"{backend.mapping}_{feature.name}"
        if getattr(settings, alone, None):
            yield alone, feature


def _is_there(backend: Backend) -> bool:
    """Whether it is still used beside us: its settings have an effect then."""
    if backend.app and apps.is_installed(backend.app):
        return True
    roots = {path.partition(".")[0] for path in backend.paths}
    return any(path.partition(".")[0] in roots for path in conf.backends().values())
