"""Settings of one measured project; `rooms.Project` says which backend it uses."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from typing import Any

from tests.services import database

_project: dict[str, Any] = json.loads(os.environ["BENCHMARK_PROJECT"])

SECRET_KEY = "only for measuring"
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {**database(_project["database"]), "NAME": _project["database_name"]}
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "seacucumber",
    *(app for app in ("post_office", "djcelery_email") if find_spec(app)),
]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
]

# All peers know it, on all versions of Django.
EMAIL_BACKEND = _project["backend"]

CELERY_BROKER_URL = _project["broker_url"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

globals().update(_project["settings"])
