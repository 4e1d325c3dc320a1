"""Celery, as far as a process knows it before it queues its first mail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state, current_app
from django.conf import settings as django_settings

from seacucumber.tasks import inspect_workers
from tests.checks.test_checks import found


@pytest.fixture
def no_application() -> Iterator[Celery]:
    """The application that Celery makes up where none was imported."""
    before = current_app._get_current_object()
    made_up = Celery("default", fixups=[], set_as_current=False)
    made_up.set_current()
    yield made_up
    before.set_current()


@pytest.fixture
def no_celery_settings(settings: Any) -> None:
    for name in dir(django_settings):
        if name.startswith("CELERY_"):
            delattr(settings, name)


def test_e009_workers_that_would_drop_every_wake_up(settings: Any) -> None:
    settings.CELERY_ACCEPT_CONTENT = ["pickle"]
    assert list(found()) == ["seacucumber.E009"]

    settings.CELERY_ACCEPT_CONTENT = ["application/json", "pickle"]
    assert found() == {}


@pytest.mark.usefixtures("no_application")
def test_w023_nobody_has_imported_the_application(settings: Any) -> None:
    settings.SETTINGS_MODULE = "shop.settings.production"

    message = found()["seacucumber.W023"]

    assert "waits for the next sweep" in message.msg
    assert "shop/__init__.py, 'from .celery import app" in str(message.hint)


@pytest.mark.usefixtures("no_application", "no_celery_settings")
def test_w023_a_module_that_nobody_imports(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty_init").mkdir()
    (tmp_path / "empty_init" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    settings.SETTINGS_MODULE = "empty_init.settings"
    assert found() == {}

    (tmp_path / "empty_init" / "celery.py").touch()
    sys.modules.pop("empty_init", None)
    sys.path_importer_cache.clear()

    assert list(found()) == ["seacucumber.W023"]


@pytest.mark.usefixtures("no_application", "no_celery_settings")
def test_a_project_without_celery_drains_its_queue_by_a_command(settings: Any) -> None:
    settings.SETTINGS_MODULE = "no_such_project.settings"

    assert found() == {}


def test_an_application_of_another_name_is_enough() -> None:
    before = current_app._get_current_object()
    Celery("config").set_current()
    try:
        assert found() == {}
    finally:
        before.set_current()


@pytest.mark.parametrize(
    "known", [{"broker_url": "redis://h/0"}, {"task_always_eager": True}]
)
def test_celeryconfig_configures_the_one_that_celery_makes_up(
    no_application: Celery, known: dict[str, Any]
) -> None:
    no_application.conf.update(known)

    assert found() == {}


def test_the_environment_may_name_the_broker(
    no_application: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://h/0")

    assert found() == {}


def test_what_celery_makes_up_is_known_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Celery's ``_state`` makes it: this is what the check relies on."""
    monkeypatch.setattr(_state, "default_app", None)
    monkeypatch.setattr(_state._tls, "current_app", None)

    assert not inspect_workers.has_application()
