"""Sea Cucumber 1.5, of which this is the next version."""

from __future__ import annotations

from seacucumber.other_backends.feature import Backend, Feature, Treatment

_DKIM = "The same, text or bytes; 1.5 signed on Python 2 only."

SEA_CUCUMBER_1_5 = Backend(
    title="Sea Cucumber 1.5",
    version="1.5.2",
    page="from-1.5",
    settings=(
        Feature(
            "AWS_ACCESS_KEY_ID",
            Treatment.HONOURED,
            "Used if CUCUMBER_SES_ACCESS_KEY_ID is unset, after AWS_SES_ACCESS_KEY_ID.",
        ),
        Feature(
            "AWS_SECRET_ACCESS_KEY",
            Treatment.HONOURED,
            "Used if CUCUMBER_SES_SECRET_ACCESS_KEY is unset, after"
            " AWS_SES_SECRET_ACCESS_KEY.",
        ),
        Feature("CUCUMBER_SES_ACCESS_KEY_ID", Treatment.HONOURED, "The same."),
        Feature("CUCUMBER_SES_SECRET_ACCESS_KEY", Treatment.HONOURED, "The same."),
        Feature(
            "CUCUMBER_SES_REGION_NAME",
            Treatment.HONOURED,
            "The same; if unset, the region of the environment or the profile comes"
            " before us-east-1.",
        ),
        Feature(
            "AWS_SES_REGION_NAME",
            Treatment.HONOURED,
            "Used if CUCUMBER_SES_REGION_NAME is unset.",
        ),
        Feature(
            "CUCUMBER_RATE_LIMIT",
            Treatment.HONOURED,
            "Recipients per second of the whole account, and no longer tasks per second"
            " of each worker. Unset: the account's own rate, and no longer 1.",
        ),
        Feature(
            "CUCUMBER_MAX_RETRIES",
            Treatment.HONOURED,
            "Counts passing errors that other mail does not have. Throttling, holds and"
            " outages cost no try, and a refusal is final.",
        ),
        Feature(
            "CUCUMBER_RETRY_DELAY",
            Treatment.HONOURED,
            "The first delay; doubled each time, up to CUCUMBER_RETRY_DELAY_MAX.",
        ),
        Feature(
            "CUCUMBER_ROUTE_QUEUE",
            Treatment.HONOURED,
            "The queue of wake-ups and periodic tasks; mail is in the database.",
        ),
        Feature("DKIM_DOMAIN", Treatment.HONOURED, _DKIM),
        Feature("DKIM_PRIVATE_KEY", Treatment.HONOURED, _DKIM),
        Feature("DKIM_SELECTOR", Treatment.HONOURED, _DKIM),
        Feature("DKIM_HEADERS", Treatment.HONOURED, _DKIM),
        Feature(
            "CELERY_DISABLE_RATE_LIMITS",
            Treatment.HONOURED,
            "May be anything: Celery's rate limits are not used.",
        ),
    ),
    names=(
        Feature("seacucumber.backend.SESBackend", Treatment.HONOURED, "The same name."),
        Feature(
            "seacucumber.tasks.SendEmailTask",
            Treatment.HONOURED,
            "As the name of a task: workers of 2.0 deliver what producers of 1.5 have"
            " queued. As a class it cannot be imported; send an EmailMessage.",
        ),
        Feature(
            "seacucumber.util",
            Treatment.ABSENT,
            "Sign with DKIM_* or keys in the database; make a client with boto3.",
        ),
        Feature(
            "CELERY_ROUTES",
            Treatment.MAPPED,
            "CUCUMBER_ROUTE_QUEUE is enough; Celery's own name is CELERY_TASK_ROUTES.",
        ),
        Feature("manage.py ses_address", Treatment.HONOURED, "The same actions."),
        Feature("manage.py ses_usage", Treatment.HONOURED, "The same, and it stores."),
    ),
)
