"""Settings of the demo site. Everything is on this machine and nothing is secret.

``make demo`` starts the parts and writes where they are to ``running.json`` in
``DEMO_FOLDER``, so that ``manage.py`` of a second terminal finds them too.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

import django

from seacucumber.schedule import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent
DEMO_FOLDER = Path(os.environ.get("DEMO_FOLDER") or BASE_DIR / ".demo")
_RUNNING = DEMO_FOLDER / "running.json"
_parts = json.loads(_RUNNING.read_text()) if _RUNNING.exists() else {}

DEMO_SENDER_DOMAIN = "demo.example"

SECRET_KEY = "the demo has no secrets"  # noqa: S105
# Off, so that an error is reported to ADMINS as on a real site.
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "demo_site.urls"
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_REDIRECT_URL = "index"
LOGOUT_REDIRECT_URL = "index"

_has_beat = find_spec("django_celery_beat") is not None
_has_results = find_spec("django_celery_results") is not None

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "seacucumber",
    "demo_site",
    *(["django_celery_beat"] if _has_beat else []),
    *(["django_celery_results"] if _has_results else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if django.VERSION >= (6, 0):
    MIDDLEWARE.append("django.middleware.csp.ContentSecurityPolicyMiddleware")
    SECURE_CSP = {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}
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

# Several processes write: WAL lets readers go on, IMMEDIATE makes writers queue up
# instead of failing half-way.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DEMO_FOLDER / "db.sqlite3",
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }
}

# Mail -------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = f"Sea Cucumber demo <post@{DEMO_SENDER_DOMAIN}>"
SERVER_EMAIL = f"errors@{DEMO_SENDER_DOMAIN}"
EMAIL_SUBJECT_PREFIX = "[demo] "
ADMINS = [f"operations@{DEMO_SENDER_DOMAIN}"]
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "seacucumber.backend.SESBackend"}}
else:
    EMAIL_BACKEND = "seacucumber.backend.SESBackend"
if django.VERSION < (6, 0):
    ADMINS = [("Operations", address) for address in ADMINS]  # type: ignore[misc]

CUCUMBER_SES_ACCESS_KEY_ID = "AKIADEMODEMODEMODEMO"
CUCUMBER_SES_SECRET_ACCESS_KEY = "the local SES takes any"  # noqa: S105
CUCUMBER_SES_REGION_NAME = "eu-west-1"
# Port 9 answers to nobody: without the local SES, mail waits in the queue.
CUCUMBER_ENDPOINT_URL = (
    os.environ.get("DEMO_SES_URL") or _parts.get("ses_url") or "http://127.0.0.1:9"
)
# What SES tells of the mail comes by way of a queue. The local SES has both.
_event_queue = os.environ.get("DEMO_EVENT_QUEUE") or _parts.get("event_queue")
if _event_queue:
    CUCUMBER_CONFIGURATION_SET = "demo"
    CUCUMBER_EVENT_QUEUES = [_event_queue]

# Celery -----------------------------------------------------------------------

CELERY_BROKER_URL = (
    os.environ.get("CELERY_BROKER_URL")
    or _parts.get("broker_url")
    or "redis://127.0.0.1:6379/0"
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "seacucumber-demo"
if CELERY_BROKER_URL.startswith("redis"):
    # Left alone, Celery looks for the tasks of dead workers only every 100 seconds.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
if _has_results:
    CELERY_RESULT_BACKEND = "django-db"
if _has_beat:
    CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
else:
    CELERY_BEAT_SCHEDULE = beat_schedule()
    CELERY_BEAT_SCHEDULE_FILENAME = str(DEMO_FOLDER / "celerybeat-schedule")
