"""The fixture, in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = 'pytest_plugins = ["seacucumber.testing.pytest_plugin"]\n'


def run(folder: Path, test: str, *arguments: str, **environment: str) -> str:
    """Run pytest in a folder, and return what it printed."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_shop.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    found = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--rootdir", str(folder), *arguments, str(folder)),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={
            name: value
            for name, value in os.environ.items()
            if name != "DJANGO_SETTINGS_MODULE"
        }
        | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", **environment},
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_settings_point_at_the_fixture_during_the_test(tmp_path: Path) -> None:
    (tmp_path / "shop_settings.py").write_text(
        "SECRET_KEY = 'x'\nCUCUMBER_ENDPOINT_URL = 'before'\n"
    )
    test = """
from django.conf import settings

def test_during(local_ses):
    assert settings.CUCUMBER_ENDPOINT_URL == local_ses.url
    assert settings.CUCUMBER_SES_ACCESS_KEY_ID
    assert settings.CUCUMBER_SES_SECRET_ACCESS_KEY
    assert settings.CUCUMBER_SES_REGION_NAME == local_ses.settings.region
    local_ses.verify("shop.example")

def test_after():
    assert settings.CUCUMBER_ENDPOINT_URL == "before"
    assert not hasattr(settings, "CUCUMBER_SES_ACCESS_KEY_ID")

def test_fresh_each_time(local_ses):
    assert local_ses.identities == []
"""

    printed = run(tmp_path, test, DJANGO_SETTINGS_MODULE="shop_settings")

    assert "3 passed" in printed


def test_fixture_works_without_a_django_project(tmp_path: Path) -> None:
    test = "def test_it(local_ses):\n    assert local_ses.url.startswith('http://')\n"

    assert "1 passed" in run(tmp_path, test, "-p", "no:django")


def test_a_bounce_comes_back_into_the_project(tmp_path: Path) -> None:
    (tmp_path / "shop_settings.py").write_text(
        """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "seacucumber"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
USE_TZ = True
"""
    )
    test = """
import pytest
from django.core.mail import send_mail
from django.core.management import call_command
from seacucumber.signals import bounced

@pytest.mark.django_db(transaction=True)
def test_a_bounce_unsubscribes(local_ses, settings):
    gone = []
    def unsubscribe(event, message, **kwargs):
        gone.extend(recipient.address for recipient in event.recipients)
    bounced.connect(unsubscribe)
    settings.EMAIL_BACKEND = "seacucumber.backend.SESBackend"
    settings.CUCUMBER_CONFIGURATION_SET = "news"
    queue = local_ses.send_events_to_queue(configuration_set="news")
    settings.CUCUMBER_EVENT_QUEUES = [queue]
    local_ses.verify("shop.example")
    bouncing = "bounce@simulator.amazonses.com"
    send_mail("News", "Good.", "news@shop.example", [bouncing])
    call_command("ses_queue", "drain")
    local_ses.wait_for_events()
    call_command("ses_events", "--once")
    assert gone == [bouncing]
"""

    printed = run(tmp_path, test, DJANGO_SETTINGS_MODULE="shop_settings")

    assert "1 passed" in printed
