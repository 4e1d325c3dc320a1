"""django-anymail with Amazon SES: https://anymail.dev/en/stable/"""

from __future__ import annotations

from seacucumber.other_backends.feature import Backend, Feature, Treatment

_TEMPLATES = "Render the message with Django's templates: SES's are not used."
_BATCH = "Send a message to each recipient; send_messages() takes many at once."
_TRACKING = (
    "Whether SES follows links and opens is up to the configuration set; name one in"
    " cucumber_configuration_set."
)
_ATTACHED = "The image is a part of the message as anywhere."

ANYMAIL = Backend(
    title="django-anymail",
    version="15.1",
    page="from-anymail",
    app="anymail",
    paths=(
        "anymail.backends.amazon_ses.EmailBackend",
        "anymail.backends.amazon_sesv1.EmailBackend",
        "anymail.backends.amazon_sesv2.EmailBackend",
    ),
    mapping="ANYMAIL",
    keys=(
        Feature(
            "AMAZON_SES_CLIENT_PARAMS",
            Treatment.MAPPED,
            "CUCUMBER_SES_ACCESS_KEY_ID, CUCUMBER_SES_SECRET_ACCESS_KEY,"
            " CUCUMBER_SES_REGION_NAME, CUCUMBER_ENDPOINT_URL; its config in"
            " CUCUMBER_CLIENT_CONFIG.",
        ),
        Feature(
            "AMAZON_SES_SESSION_PARAMS",
            Treatment.MAPPED,
            "CUCUMBER_SES_PROFILE for profile_name; the others as for CLIENT_PARAMS.",
        ),
        Feature(
            "AMAZON_SES_CONFIGURATION_SET_NAME",
            Treatment.MAPPED,
            "CUCUMBER_CONFIGURATION_SET.",
        ),
        Feature(
            "AMAZON_SES_MESSAGE_TAG_NAME",
            Treatment.MAPPED,
            "cucumber_tags is a dict of SES message tags, as many as SES takes.",
        ),
        Feature(
            "AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS",
            Treatment.MAPPED,
            "Subscriptions of the topics in CUCUMBER_SNS_TOPICS are confirmed, of no"
            " others.",
        ),
        Feature("AMAZON_SES_SEND_DEFAULTS", Treatment.MAPPED, "As for SEND_DEFAULTS."),
        Feature(
            "SEND_DEFAULTS",
            Treatment.MAPPED,
            "CUCUMBER_TAGS and CUCUMBER_METADATA; other attributes have no default.",
        ),
        Feature(
            "WEBHOOK_SECRET",
            Treatment.ABSENT,
            "SNS signs its posts, and only those of CUCUMBER_SNS_TOPICS are taken.",
        ),
        Feature(
            "IDNA_ENCODER",
            Treatment.ABSENT,
            "Domains are encoded by IDNA 2008 (UTS 46).",
        ),
        Feature(
            "IGNORE_RECIPIENT_STATUS",
            Treatment.ABSENT,
            "send() knows nothing of recipients yet; their status is in the queue, and"
            " is told by signals.",
        ),
        Feature(
            "IGNORE_UNSUPPORTED_FEATURES",
            Treatment.ABSENT,
            "What would change the mail is refused, always.",
        ),
        Feature(
            "REQUESTS_TIMEOUT",
            Treatment.MAPPED,
            "CUCUMBER_CONNECT_TIMEOUT and CUCUMBER_READ_TIMEOUT.",
        ),
        Feature(
            "DEBUG_API_REQUESTS",
            Treatment.ABSENT,
            "Set the logger seacucumber to DEBUG; boto3.set_stream_logger() has the"
            " calls.",
        ),
    ),
    attributes=(
        Feature(
            "envelope_sender",
            Treatment.REFUSED,
            "SES has an envelope sender of its own and forwards bounces to"
            " CUCUMBER_FEEDBACK_ADDRESS, of the mailer.",
        ),
        Feature("merge_headers", Treatment.REFUSED, _BATCH),
        Feature("merge_metadata", Treatment.REFUSED, _BATCH),
        Feature("merge_data", Treatment.REFUSED, _TEMPLATES),
        Feature("merge_global_data", Treatment.REFUSED, _TEMPLATES),
        Feature("template_id", Treatment.REFUSED, _TEMPLATES),
        Feature(
            "send_at",
            Treatment.REFUSED,
            "Send it then: by a Celery task with eta. SES has no such thing either.",
        ),
        Feature("track_opens", Treatment.REFUSED, _TRACKING),
        Feature("track_clicks", Treatment.REFUSED, _TRACKING),
        Feature(
            "esp_extra",
            Treatment.REFUSED,
            "cucumber_configuration_set for ConfigurationSetName, cucumber_tags for"
            " EmailTags, CUCUMBER_FROM_IDENTITY_ARN for FromEmailAddressIdentityArn;"
            " other parameters of SendEmail are not passed on.",
        ),
        Feature(
            "metadata",
            Treatment.MAPPED,
            "cucumber_metadata, which is stored with the message and not sent.",
        ),
        Feature(
            "tags",
            Treatment.MAPPED,
            "cucumber_tags, a dict: SES's tags have a name and a value.",
        ),
        Feature(
            "anymail_status",
            Treatment.MAPPED,
            "cucumber_ids: the rows in the queue, which have the status.",
        ),
        Feature("attach_inline_image()", Treatment.HONOURED, _ATTACHED),
        Feature("attach_inline_image_file()", Treatment.HONOURED, _ATTACHED),
    ),
    names=(
        Feature(
            "anymail.message.AnymailMessage",
            Treatment.HONOURED,
            "Can be sent; so can every subclass of EmailMessage.",
        ),
        Feature(
            "anymail.signals.tracking",
            Treatment.MAPPED,
            "The signals of seacucumber.signals, one for each type of event.",
        ),
        Feature(
            "anymail.signals.pre_send",
            Treatment.MAPPED,
            "seacucumber.signals.message_queued, in your transaction; it cannot change"
            " the message.",
        ),
        Feature(
            "anymail.signals.post_send",
            Treatment.MAPPED,
            "seacucumber.signals.message_sent, sent by the worker.",
        ),
        Feature(
            "anymail.signals.inbound",
            Treatment.ABSENT,
            "Mail that comes in is not handled here; keep anymail for it.",
        ),
        Feature(
            "anymail.urls",
            Treatment.MAPPED,
            "Include seacucumber.urls, and have SNS post to the new address.",
        ),
        Feature(
            "AnymailError",
            Treatment.MAPPED,
            "seacucumber.exceptions.InvalidMessage, for what send() refuses; all else"
            " comes later, and is told by signals.",
        ),
    ),
)
