"""django-post_office: https://github.com/ui/django-post_office"""

from __future__ import annotations

from seacucumber.other_backends.feature import Backend, Feature, Treatment

_RENDER = "Render the message with Django's templates and send an EmailMessage."
_SAME = "An argument of EmailMessage."
_NOTHING = "Nothing to set: workers share the account's pace, batch by batch."
_MESSAGE_ID = (
    "SES writes a Message-ID of its own; ses_message_id of the message's row is it."
)

POST_OFFICE = Backend(
    title="django-post_office",
    version="3.11",
    page="from-post-office",
    app="post_office",
    paths=("post_office.EmailBackend",),
    settings=(
        Feature(
            "POST_OFFICE_CACHE", Treatment.ABSENT, "There are no templates to cache."
        ),
    ),
    mapping="POST_OFFICE",
    keys=(
        Feature(
            "BACKENDS",
            Treatment.MAPPED,
            "MAILERS, on Django 6.1; before it, the backend of a connection.",
        ),
        Feature("EMAIL_BACKEND", Treatment.MAPPED, "As for BACKENDS."),
        Feature("BATCH_SIZE", Treatment.ABSENT, _NOTHING),
        Feature(
            "BATCH_DELIVERY_TIMEOUT",
            Treatment.MAPPED,
            "CUCUMBER_LEASE, after which a silent worker's mail is taken back.",
        ),
        Feature("THREADS_PER_PROCESS", Treatment.ABSENT, _NOTHING),
        Feature(
            "LOCK_FILE_NAME", Treatment.ABSENT, "Rows are claimed; there is no lock."
        ),
        Feature(
            "CELERY_ENABLED",
            Treatment.ABSENT,
            "Always so; or ses_queue drain.",
        ),
        Feature(
            "DEFAULT_PRIORITY",
            Treatment.MAPPED,
            'CUCUMBER_LANE: "transactional" or "bulk".',
        ),
        Feature(
            "SENDING_ORDER",
            Treatment.ABSENT,
            "Transactional mail goes before bulk mail.",
        ),
        Feature(
            "OVERRIDE_RECIPIENTS",
            Treatment.ABSENT,
            "Mail goes to its recipients. In development, use a backend of Django that"
            " does not send, or the local SES.",
        ),
        Feature(
            "MAX_RETRIES",
            Treatment.MAPPED,
            "CUCUMBER_MAX_RETRIES, which is 60 if unset and not 0.",
        ),
        Feature(
            "RETRY_INTERVAL",
            Treatment.MAPPED,
            "CUCUMBER_RETRY_DELAY, doubled each time.",
        ),
        Feature("MESSAGE_ID_ENABLED", Treatment.ABSENT, _MESSAGE_ID),
        Feature("MESSAGE_ID_FQDN", Treatment.ABSENT, _MESSAGE_ID),
        Feature(
            "LOG_LEVEL",
            Treatment.ABSENT,
            "Every attempt is written down; CUCUMBER_RETENTION_MESSAGES tells for how"
            " long.",
        ),
        Feature(
            "FILE_STORAGE",
            Treatment.ABSENT,
            "Attachments are in the message, which is in the database.",
        ),
        Feature("TEMPLATE_ENGINE", Treatment.ABSENT, _RENDER),
        Feature("CONTEXT_FIELD_CLASS", Treatment.ABSENT, _RENDER),
        Feature(
            "WEBHOOKS",
            Treatment.MAPPED,
            "Include seacucumber.urls and name the topics in CUCUMBER_SNS_TOPICS.",
        ),
    ),
    names=(
        Feature("mail.send(recipients)", Treatment.MAPPED, _SAME[:-1] + ", to."),
        Feature("mail.send(sender)", Treatment.MAPPED, _SAME[:-1] + ", from_email."),
        Feature("mail.send(subject)", Treatment.MAPPED, _SAME),
        Feature("mail.send(message)", Treatment.MAPPED, _SAME[:-1] + ", body."),
        Feature(
            "mail.send(html_message)",
            Treatment.MAPPED,
            "attach_alternative() of EmailMultiAlternatives, or html_message of"
            " send_mail().",
        ),
        Feature("mail.send(cc)", Treatment.MAPPED, _SAME),
        Feature("mail.send(bcc)", Treatment.MAPPED, _SAME),
        Feature("mail.send(headers)", Treatment.MAPPED, _SAME),
        Feature("mail.send(attachments)", Treatment.MAPPED, _SAME),
        Feature("mail.send(template)", Treatment.ABSENT, _RENDER),
        Feature("mail.send(context)", Treatment.ABSENT, _RENDER),
        Feature("mail.send(language)", Treatment.ABSENT, _RENDER),
        Feature("mail.send(render_on_delivery)", Treatment.ABSENT, _RENDER),
        Feature(
            "mail.send(scheduled_time)",
            Treatment.ABSENT,
            "Send it then: by a Celery task with eta.",
        ),
        Feature(
            "mail.send(expires_at)",
            Treatment.MAPPED,
            "cucumber_expires.",
        ),
        Feature(
            "mail.send(priority)",
            Treatment.MAPPED,
            'cucumber_lane: "bulk" for low, "transactional" for the others. now has no'
            " like: a worker takes transactional mail at once.",
        ),
        Feature(
            "mail.send(backend)",
            Treatment.MAPPED,
            "using of send_mail(), on Django 6.1; before it, connection.",
        ),
        Feature(
            "mail.send(log_level)", Treatment.ABSENT, "Every attempt is written down."
        ),
        Feature(
            "mail.send(commit)",
            Treatment.ABSENT,
            "A transaction of yours does it: a rollback takes mail back.",
        ),
        Feature(
            "mail.send_many()", Treatment.MAPPED, "send_messages() of the connection."
        ),
        Feature(
            "post_office.signals.email_queued",
            Treatment.MAPPED,
            "seacucumber.signals.message_queued, once for each message.",
        ),
        Feature(
            "manage.py send_queued_mail",
            Treatment.MAPPED,
            "A worker, or ses_queue drain.",
        ),
        Feature(
            "manage.py cleanup_mail",
            Treatment.MAPPED,
            "Nothing to do: CUCUMBER_RETENTION_MESSAGES and a periodic task.",
        ),
        Feature("post_office.models.EmailTemplate", Treatment.ABSENT, _RENDER),
        Feature(
            "post_office.models.Email",
            Treatment.MAPPED,
            "seacucumber.models.Message. Let send_queued_mail empty its queue first.",
        ),
        Feature(
            "post_office.webhooks.SESWebhookHandler",
            Treatment.MAPPED,
            "Include seacucumber.urls; events come as signals.",
        ),
    ),
)
