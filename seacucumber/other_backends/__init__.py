"""The backends that projects come from, for docs, checks and refusals."""

from __future__ import annotations

from collections.abc import Mapping

from seacucumber.other_backends.anymail import ANYMAIL
from seacucumber.other_backends.celery_email import CELERY_EMAIL
from seacucumber.other_backends.django_ses import DJANGO_SES
from seacucumber.other_backends.feature import Backend, Feature, Treatment
from seacucumber.other_backends.post_office import POST_OFFICE
from seacucumber.other_backends.v1_5 import SEA_CUCUMBER_1_5

__all__ = ["BACKENDS", "REFUSED_ATTRIBUTES", "Backend", "Feature", "Treatment"]

BACKENDS: tuple[Backend, ...] = (
    SEA_CUCUMBER_1_5,
    DJANGO_SES,
    ANYMAIL,
    POST_OFFICE,
    CELERY_EMAIL,
)

#: Attributes of a message that must not be passed over, and what to do instead.
REFUSED_ATTRIBUTES: Mapping[str, str] = {
    feature.name: feature.instead
    for backend in BACKENDS
    for feature in backend.attributes
    if feature.treatment is Treatment.REFUSED
}
