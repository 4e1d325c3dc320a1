"""django-celery-email: https://github.com/pmclanahan/django-celery-email"""

from __future__ import annotations

from seacucumber.other_backends.feature import Backend, Feature, Treatment

CELERY_EMAIL = Backend(
    title="django-celery-email",
    version="3.0",
    page="from-celery-email",
    app="djcelery_email",
    paths=("djcelery_email.backends.CeleryEmailBackend",),
    settings=(
        Feature(
            "CELERY_EMAIL_BACKEND",
            Treatment.ABSENT,
            "Mail goes to Amazon SES; nothing stands behind this backend.",
        ),
        Feature(
            "CELERY_EMAIL_TASK_CONFIG",
            Treatment.MAPPED,
            "CUCUMBER_ROUTE_QUEUE for queue, CUCUMBER_RATE_LIMIT for rate_limit,"
            " CUCUMBER_MAX_RETRIES and CUCUMBER_RETRY_DELAY for those of the task.",
        ),
        Feature(
            "CELERY_EMAIL_CHUNK_SIZE",
            Treatment.ABSENT,
            "Mail is in the database, one row each; a task carries none.",
        ),
        Feature(
            "CELERY_EMAIL_MESSAGE_EXTRA_ATTRIBUTES",
            Treatment.MAPPED,
            "Attributes cucumber_* travel with the message; others have done their work"
            " when the message is rendered, which send() does.",
        ),
    ),
    names=(
        Feature(
            "the result of send_messages()",
            Treatment.MAPPED,
            "A number, as Django has it, and no list of AsyncResult; cucumber_ids of"
            " the message names its rows in the queue.",
        ),
        Feature(
            "djcelery_email_send_multiple",
            Treatment.ABSENT,
            "Let the old workers empty their queue before they are stopped.",
        ),
    ),
)
