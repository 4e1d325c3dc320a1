"""Settings of the test suite, and of the worker processes that tests start.

``SEACUCUMBER_TEST_DB`` picks the database: ``sqlite`` (default), ``postgres`` or
``mariadb``, the latter two on their standard ports of this machine.
A test that starts another process passes on ``SEACUCUMBER_TEST_DB_NAME``, so that
both open the same test database (see `services.child_environment`).
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

import django

from tests.services import database

SECRET_KEY = "only for tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {"default": database(os.environ.get("SEACUCUMBER_TEST_DB", "sqlite"))}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "seacucumber",
    *(app for app in ("django_celery_beat", "django_celery_results") if find_spec(app)),
]
MIDDLEWARE = [
    "tests.csp.StrictPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

DEFAULT_FROM_EMAIL = "Post Room <post@example.com>"
SERVER_EMAIL = "errors@example.com"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "seacucumber.backend.SESBackend"}}
else:
    EMAIL_BACKEND = "seacucumber.backend.SESBackend"

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "memory://")
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# boto3 must never find the credentials, or the SES, of whoever runs the tests.
CUCUMBER_SES_ACCESS_KEY_ID = "AKIATESTTESTTESTTEST"
CUCUMBER_SES_SECRET_ACCESS_KEY = "only for tests"
CUCUMBER_SES_REGION_NAME = "eu-west-1"
CUCUMBER_ENDPOINT_URL = os.environ.get("SEACUCUMBER_TEST_SES_URL", "http://127.0.0.1:9")

# What a scenario wants to be different in the workers that it starts.
globals().update(json.loads(os.environ.get("SEACUCUMBER_TEST_SETTINGS", "{}")))
