"""The backends that are compared, and the settings that point them at the local SES."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.letters import SIGNED_DOMAIN
from seacucumber.testing import ACCESS_KEY_ID, SECRET_ACCESS_KEY

OURS = "seacucumber.backend.SESBackend"
DJANGO_SES = "django_ses.SESBackend"
ANYMAIL = "anymail.backends.amazon_ses.EmailBackend"
POST_OFFICE = "post_office.EmailBackend"
CELERY_EMAIL = "djcelery_email.backends.CeleryEmailBackend"

REGION = "us-east-1"
#: That SES's events are posted by.
TOPIC = f"arn:aws:sns:{REGION}:123456789012:ses-events"
#: So high that nobody ever waits for the pace.
NO_LIMIT = 100_000.0

_DISTRIBUTIONS = {
    OURS: "seacucumber",
    DJANGO_SES: "django-ses",
    ANYMAIL: "django-anymail",
    POST_OFFICE: "django-post_office",
    CELERY_EMAIL: "django-celery-email",
}


def title(backend: str) -> str:
    """Return a backend's package and version."""
    distribution = _DISTRIBUTIONS[backend]
    return (
        distribution if backend == OURS else f"{distribution} {version(distribution)}"
    )


def settings_of(backend: str, url: str) -> dict[str, Any]:
    """Return what a project has in its settings for a backend."""
    if backend == OURS:
        return {
            "CUCUMBER_SES_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "CUCUMBER_SES_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "CUCUMBER_SES_REGION_NAME": REGION,
            "CUCUMBER_ENDPOINT_URL": url,
            "CUCUMBER_RATE_LIMIT": NO_LIMIT,
            "DKIM_DOMAIN": SIGNED_DOMAIN,
            "DKIM_PRIVATE_KEY": private_key_pem(),
        }
    if backend == DJANGO_SES:
        return {
            "AWS_SES_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SES_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_SES_REGION_NAME": REGION,
            "AWS_SES_REGION_ENDPOINT_URL": url,
            # It would slow down by sleeping; that costs no CPU, but time.
            "AWS_SES_AUTO_THROTTLE": None,
        }
    if backend == ANYMAIL:
        client = {
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET_ACCESS_KEY,
            "region_name": REGION,
            "endpoint_url": url,
        }
        return {"ANYMAIL": {"AMAZON_SES_CLIENT_PARAMS": client}}
    return {}


@cache
def private_key_pem() -> str:
    """Return a new RSA key of 2048 bits, the same one for the whole run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
