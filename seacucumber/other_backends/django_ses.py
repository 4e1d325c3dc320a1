"""django-ses: https://github.com/django-ses/django-ses, README and its settings."""

from __future__ import annotations

from seacucumber.other_backends.feature import Backend, Feature, Treatment

_SAME = "The same."
_INBOUND = "Mail that comes in is not handled here; keep django-ses for it."
_CERTIFICATES = (
    "Nothing to set: a certificate is taken from the SNS host of the topic's region."
)
_VERIFIED = "Always so; False is passed over, signatures are verified."
_LISTED = "Always so, and for SES's own list too; CUCUMBER_SUPPRESSION switches it off."
_PROXY = (
    "Name it in CUCUMBER_CLIENT_CONFIG, as proxies, or in the environment as"
    " HTTPS_PROXY."
)
_IDS = (
    "Mail leaves later: read cucumber_ids after sending, and SES's id from the signal"
    " seacucumber.signals.message_sent or the message's row."
)
_SIGNAL = "Import it from seacucumber.django_ses_signals; the arguments are the same."

DJANGO_SES = Backend(
    title="django-ses",
    version="4.7",
    page="from-django-ses",
    app="django_ses",
    paths=("django_ses.SESBackend",),
    settings=(
        *(
            Feature(name, Treatment.HONOURED, _SAME)
            for name in (
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_SESSION_PROFILE",
                "AWS_DEFAULT_REGION",
                "AWS_SES_ACCESS_KEY_ID",
                "AWS_SES_SECRET_ACCESS_KEY",
                "AWS_SES_SESSION_TOKEN",
                "AWS_SES_REGION_NAME",
                "AWS_SES_REGION_ENDPOINT",
                "AWS_SES_REGION_ENDPOINT_URL",
            )
        ),
        Feature(
            "AWS_SES_CONFIG",
            Treatment.HONOURED,
            "The same, or a dict of its options; sends are never repeated by boto3.",
        ),
        Feature(
            "AWS_SES_AUTO_THROTTLE",
            Treatment.HONOURED,
            "The part of the account's rate to use, of all processes together and no"
            " longer of each (CUCUMBER_RATE_HEADROOM). None is no switch.",
        ),
        Feature(
            "AWS_SES_CONFIGURATION_SET",
            Treatment.HONOURED,
            "As a name. A function is refused (seacucumber.E004): set the attribute"
            " cucumber_configuration_set of the message.",
        ),
        Feature(
            "AWS_SES_RETURN_PATH",
            Treatment.HONOURED,
            "Where SES forwards bounces; CUCUMBER_FEEDBACK_ADDRESS.",
        ),
        Feature("AWS_SES_SOURCE_ARN", Treatment.HONOURED, _SAME),
        Feature("AWS_SES_FROM_ARN", Treatment.HONOURED, _SAME),
        Feature("AWS_SES_RETURN_PATH_ARN", Treatment.HONOURED, _SAME),
        Feature("DKIM_DOMAIN", Treatment.HONOURED, _SAME),
        Feature("DKIM_PRIVATE_KEY", Treatment.HONOURED, _SAME),
        Feature("DKIM_SELECTOR", Treatment.HONOURED, _SAME),
        Feature("DKIM_HEADERS", Treatment.HONOURED, _SAME),
        Feature("TIME_ZONE", Treatment.HONOURED, "Django's own."),
        Feature("USE_SES_V2", Treatment.HONOURED, "Always so."),
        Feature("AWS_SES_VERIFY_EVENT_SIGNATURES", Treatment.HONOURED, _VERIFIED),
        Feature("AWS_SES_VERIFY_BOUNCE_SIGNATURES", Treatment.HONOURED, _VERIFIED),
        Feature("AWS_SES_ADD_BOUNCE_TO_BLACKLIST", Treatment.HONOURED, _LISTED),
        Feature("AWS_SES_ADD_COMPLAINT_TO_BLACKLIST", Treatment.HONOURED, _LISTED),
        Feature("AWS_SES_USE_BLACKLIST", Treatment.HONOURED, _LISTED),
        Feature("AWS_SNS_EVENT_CERT_TRUSTED_DOMAINS", Treatment.ABSENT, _CERTIFICATES),
        Feature("AWS_SNS_BOUNCE_CERT_TRUSTED_DOMAINS", Treatment.ABSENT, _CERTIFICATES),
        Feature("EVENT_CERT_DOMAINS", Treatment.ABSENT, _CERTIFICATES),
        Feature("BOUNCE_CERT_DOMAINS", Treatment.ABSENT, _CERTIFICATES),
        Feature(
            "AWS_SES_FROM_EMAIL",
            Treatment.ABSENT,
            "Mail is sent as the address in its From; set DEFAULT_FROM_EMAIL, or"
            " CUCUMBER_FROM_IDENTITY_ARN for an identity of another account.",
        ),
        Feature(
            "AWS_SES_GLOBAL_ENDPOINT_ID",
            Treatment.ABSENT,
            "Mail is sent by the region of CUCUMBER_SES_REGION_NAME, whose rate and"
            " quota are kept.",
        ),
        Feature("AWS_SES_PROXY", Treatment.ABSENT, _PROXY),
        Feature("AWS_SES_PROXY_PORT", Treatment.ABSENT, _PROXY),
        Feature("AWS_SES_PROXY_USER", Treatment.ABSENT, _PROXY),
        Feature("AWS_SES_PROXY_PASS", Treatment.ABSENT, _PROXY),
        Feature("AWS_SES_INBOUND_HANDLER", Treatment.ABSENT, _INBOUND),
        Feature("AWS_SES_INBOUND_ACCESS_KEY_ID", Treatment.ABSENT, _INBOUND),
        Feature("AWS_SES_INBOUND_SECRET_ACCESS_KEY", Treatment.ABSENT, _INBOUND),
        Feature("AWS_SES_INBOUND_SESSION_TOKEN", Treatment.ABSENT, _INBOUND),
    ),
    attributes=(
        Feature('extra_headers["message_id"]', Treatment.MAPPED, _IDS),
        Feature('extra_headers["request_id"]', Treatment.ABSENT, _IDS),
        Feature('extra_headers["status"]', Treatment.MAPPED, _IDS),
        Feature('extra_headers["X-SES-CONFIGURATION-SET"]', Treatment.HONOURED, _SAME),
    ),
    names=(
        Feature("django_ses.signals.bounce_received", Treatment.MAPPED, _SIGNAL),
        Feature("django_ses.signals.complaint_received", Treatment.MAPPED, _SIGNAL),
        Feature("django_ses.signals.delivery_received", Treatment.MAPPED, _SIGNAL),
        Feature("django_ses.signals.send_received", Treatment.MAPPED, _SIGNAL),
        Feature("django_ses.signals.open_received", Treatment.MAPPED, _SIGNAL),
        Feature("django_ses.signals.click_received", Treatment.MAPPED, _SIGNAL),
        Feature(
            "django_ses.signals.message_sent",
            Treatment.MAPPED,
            "seacucumber.signals.message_sent has message_id and ses_message_id, and is"
            " sent by the worker; message_queued is sent by send().",
        ),
        Feature(
            "django_ses.views.SESEventWebhookView",
            Treatment.MAPPED,
            "Include seacucumber.urls, name the topics in CUCUMBER_SNS_TOPICS, and have"
            " SNS post to the new address.",
        ),
        Feature(
            "django_ses.views.handle_bounce",
            Treatment.MAPPED,
            "The same as SESEventWebhookView.",
        ),
        Feature(
            "django_ses.urls",
            Treatment.MAPPED,
            "The dashboard is in the admin, under Amazon SES.",
        ),
        Feature("manage.py ses_email_address", Treatment.MAPPED, "ses_address."),
        Feature(
            "manage.py get_ses_statistics",
            Treatment.MAPPED,
            "ses_usage, or nothing: a periodic task does it.",
        ),
        Feature("manage.py blacklist", Treatment.MAPPED, "ses_suppression."),
        Feature(
            "django_ses.models.BlacklistedEmail",
            Treatment.MAPPED,
            "ses_suppression import takes the addresses over, see above.",
        ),
        Feature(
            "django_ses.models.SESStat",
            Treatment.ABSENT,
            "Its days stay in its table; figures here begin with SES's last 14 days.",
        ),
    ),
)
