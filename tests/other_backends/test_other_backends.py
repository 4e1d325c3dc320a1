"""What every documented setting and attribute of other backends comes to here."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from docutils.core import publish_doctree

from seacucumber import conf
from seacucumber.envelope import Defaults, build
from seacucumber.exceptions import InvalidMessage
from seacucumber.other_backends import BACKENDS, Backend, Feature, Treatment
from seacucumber.other_backends.django_ses import DJANGO_SES
from tests.checks.test_checks import found
from tests.office import use_backend

DOCS = Path(__file__).resolve().parents[2] / "docs"
LEFT = (Treatment.MAPPED, Treatment.ABSENT)
#: Settings that hold without being looked up: nothing depends on them here.
ALWAYS_SO = {
    "TIME_ZONE",
    "USE_SES_V2",
    "CELERY_DISABLE_RATE_LIMITS",
    "AWS_SES_VERIFY_EVENT_SIGNATURES",
    "AWS_SES_VERIFY_BOUNCE_SIGNATURES",
    "AWS_SES_ADD_BOUNCE_TO_BLACKLIST",
    "AWS_SES_ADD_COMPLAINT_TO_BLACKLIST",
    "AWS_SES_USE_BLACKLIST",
}


@pytest.fixture(autouse=True)
def _mail_comes_to_us(settings: Any) -> None:
    use_backend(settings)


def rows(field: str) -> list[Any]:
    return [
        pytest.param(backend, feature, id=f"{backend.page}: {feature.name}")
        for backend in BACKENDS
        for feature in getattr(backend, field)
    ]


def all_of(backend: Backend) -> list[Feature]:
    return [
        *backend.settings,
        *backend.keys,
        *backend.attributes,
        *backend.names,
    ]


def message(**attributes: Any) -> EmailMessage:
    mail = EmailMessage("Hello", "Hi", "a@example.com", ["b@example.com"])
    for name, value in attributes.items():
        setattr(mail, name, value)
    return mail


@pytest.mark.parametrize(("backend", "feature"), rows("settings"))
def test_a_setting_is_looked_up_or_named(
    backend: Backend, feature: Feature, settings: Any
) -> None:
    if feature.treatment is Treatment.HONOURED:
        known = feature.name in conf.known_names() or feature.name in {
            name for row in conf.SETTINGS for name in row.names
        }
        assert known != (feature.name in ALWAYS_SO)
        return
    setattr(settings, feature.name, "something")

    warning = found()["seacucumber.W036"]

    assert f"{backend.title} these have no effect here: {feature.name}." in warning.msg
    assert feature.instead in str(warning.hint)
    assert f"docs/{backend.page}.rst" in str(warning.hint)


@pytest.mark.parametrize(("backend", "feature"), rows("keys"))
def test_a_key_of_a_dict_is_named(
    backend: Backend, feature: Feature, settings: Any
) -> None:
    assert feature.treatment in LEFT
    setattr(settings, backend.mapping, {feature.name: "something", "OF_OTHERS": 1})

    warning = found()["seacucumber.W036"]

    assert f"here: {backend.mapping}[{feature.name!r}]." in warning.msg
    assert feature.instead in str(warning.hint)


def test_a_key_of_anymails_may_be_a_setting_of_its_own(settings: Any) -> None:
    settings.ANYMAIL_SEND_DEFAULTS = {"tags": ["a"]}

    assert "ANYMAIL_SEND_DEFAULTS" in found()["seacucumber.W036"].msg


@pytest.mark.parametrize(("backend", "feature"), rows("attributes"))
def test_an_attribute_is_refused_by_name_or_changes_nothing(
    backend: Backend, feature: Feature
) -> None:
    if not feature.name.isidentifier():
        assert feature.treatment is not Treatment.REFUSED
        return
    mail = message(**{feature.name: {"b@example.com": {"name": "Ann"}}})
    if feature.treatment is not Treatment.REFUSED:
        assert build(mail, Defaults()).subject == "Hello"
        return

    with pytest.raises(InvalidMessage) as refused:
        build(mail, Defaults())

    assert refused.value.field == feature.name
    assert feature.instead in str(refused.value)


def test_an_attribute_that_anymail_has_left_unset_refuses_nothing() -> None:
    """Each AnymailMessage has all of them; ``anymail.utils.UNSET`` is a class."""
    unset = type("UNSET", (object,), {})
    names = [f.name for b in BACKENDS for f in b.attributes if f.name.isidentifier()]

    assert build(message(**dict.fromkeys(names, unset)), Defaults()).subject == "Hello"


def test_a_method_of_that_name_is_the_projects_own() -> None:
    class Reminder(EmailMessage):
        def send_at(self) -> str:
            return "noon"

    mail = Reminder("Hello", "Hi", "a@example.com", ["b@example.com"])

    assert build(mail, Defaults()).subject == "Hello"


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.page)
def test_settings_of_a_backend_that_is_still_there_have_an_effect(
    backend: Backend, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seacucumber.checks import other_backends

    for feature in backend.settings:
        if feature.treatment in LEFT:
            setattr(settings, feature.name, "something")
    if backend.mapping:
        setattr(settings, backend.mapping, {row.name: "x" for row in backend.keys})
    installed = other_backends.apps.is_installed
    monkeypatch.setattr(
        other_backends.apps,
        "is_installed",
        lambda name: name == backend.app or installed(name),
    )

    assert found() == {}


def test_mailers_that_are_there_and_empty_hand_mail_to_nobody(settings: Any) -> None:
    """On Django 6.1 there is no ``EMAIL_BACKEND`` then to ask for."""
    settings.MAILERS = {}
    settings.AWS_SES_FROM_EMAIL = "post@example.com"

    assert set(found()) <= {"seacucumber.W036"}


def test_a_setting_that_is_off_is_not_missed(settings: Any) -> None:
    settings.AWS_SES_FROM_EMAIL = None
    settings.AWS_SES_GLOBAL_ENDPOINT_ID = ""
    settings.POST_OFFICE = {"OVERRIDE_RECIPIENTS": None}

    assert found() == {}


def test_w037_a_name_of_django_ses_that_is_misspelt(settings: Any) -> None:
    settings.AWS_SES_CONFIGURATON_SET = "news"
    settings.AWS_SES_OF_A_PROJECT_ITSELF = 1

    problems = found()

    assert list(problems) == ["seacucumber.W037"]
    assert (
        problems["seacucumber.W037"].hint == "Did you mean AWS_SES_CONFIGURATION_SET?"
    )


def test_a_function_for_the_configuration_set_is_refused_with_what_to_do(
    settings: Any,
) -> None:
    settings.AWS_SES_CONFIGURATION_SET = lambda message, **kwargs: "news"

    assert "cucumber_configuration_set" in found()["seacucumber.E004"].msg


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.page)
def test_page_has_the_tables_of_the_declaration(backend: Backend) -> None:
    pages = runpy.run_path(str(DOCS / "other_backends.py"))
    path = pages["page_of"](backend)
    text = path.read_text(encoding="utf-8")

    assert text == pages["renewed"](backend), "make pages"
    publish_doctree(text, settings_overrides={"halt_level": 2})
    assert all(f"``{feature.name}``" in text for feature in all_of(backend))


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.page)
def test_nothing_is_named_twice(backend: Backend) -> None:
    names = [feature.name for feature in all_of(backend)]

    assert len(names) == len(set(names))
    assert all(row.treatment is not Treatment.REFUSED for row in backend.settings)


def test_what_is_named_as_ours_is_there() -> None:
    """Settings, attributes, modules and commands that a page sends its reader to."""
    texts = " ".join(row.instead for backend in BACKENDS for row in all_of(backend))
    named = set(re.findall(r"\bCUCUMBER_\w+", texts))
    assert named <= conf.known_names()
    for dotted in set(re.findall(r"\bseacucumber(?:\.\w+)+", texts)):
        module, _, name = dotted.rpartition(".")
        if not re.fullmatch(r"[EW]\d{3}", name):
            parent = importlib.import_module(module)
            assert hasattr(parent, name) or importlib.import_module(dotted)
    for attribute in set(re.findall(r"\bcucumber_\w+", texts)):
        with pytest.raises(InvalidMessage, match=rf"\b{attribute}\b"):
            build(message(cucumber_of_nobody=1), Defaults())
    for command in set(re.findall(r"\bses_(?:[a-z]+)\b", texts)):
        if command not in ("ses_message",):
            importlib.import_module(f"seacucumber.management.commands.{command}")


def test_every_name_of_django_ses_that_we_look_up_is_declared() -> None:
    declared = {feature.name for feature in DJANGO_SES.settings}
    looked_up = {
        name
        for row in conf.SETTINGS
        for name in row.names
        if name.startswith("AWS_SES_")
    }

    assert looked_up <= declared
