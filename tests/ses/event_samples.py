"""The samples in AWS's documents, and the envelopes that they come in.

* `PUBLISHED`: "Examples of event data that Amazon SES publishes to Amazon SNS",
  https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
* `NOTIFIED`: "Amazon SNS notification examples for Amazon SES",
  https://docs.aws.amazon.com/ses/latest/dg/notification-examples.html

The list of the mail's headers is shortened.
"""
# ruff: noqa: E501 - as AWS has them

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_ID = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"
_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/60.0.3112.90 Safari/537.36"
)


def _mail(timestamp: str, **values: Any) -> dict[str, Any]:
    sender = values.get("source", "sender@example.com")
    return {
        "timestamp": timestamp,
        "source": sender,
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com",
        "sendingAccountId": "123456789012",
        "messageId": _ID,
        "destination": ["recipient@example.com"],
        "headersTruncated": False,
        "headers": [{"name": "Subject", "value": "Message sent from Amazon SES"}],
        "commonHeaders": {
            "from": [sender],
            "to": ["recipient@example.com"],
            "messageId": _ID,
            "subject": "Message sent from Amazon SES",
        },
        "tags": {
            "ses:configuration-set": ["ConfigSet"],
            "ses:source-ip": ["192.0.2.0"],
            "ses:from-domain": ["example.com"],
            "ses:caller-identity": ["ses_user"],
        },
        **values,
    }


_NAMED = {"source": "Sender Name <sender@example.com>"}

PUBLISHED: Mapping[str, dict[str, Any]] = {
    "Bounce": {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": "recipient@example.com",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "timestamp": "2017-08-05T00:41:02.669Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "reportingMTA": "dsn; mta.example.com",
        },
        "mail": _mail("2017-08-05T00:40:02.012Z", **_NAMED),
    },
    "Complaint": {
        "eventType": "Complaint",
        "complaint": {
            "complainedRecipients": [{"emailAddress": "recipient@example.com"}],
            "timestamp": "2017-08-05T00:41:02.669Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "userAgent": _BROWSER,
            "complaintFeedbackType": "abuse",
            "arrivalDate": "2017-08-05T00:41:02.669Z",
        },
        "mail": _mail("2017-08-05T00:40:01.123Z", **_NAMED),
    },
    "Delivery": {
        "eventType": "Delivery",
        "mail": _mail("2016-10-19T23:20:52.240Z"),
        "delivery": {
            "timestamp": "2016-10-19T23:21:04.133Z",
            "processingTimeMillis": 11893,
            "recipients": ["recipient@example.com"],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "mta.example.com",
        },
    },
    "Send": {
        "eventType": "Send",
        "mail": _mail("2016-10-14T05:02:16.645Z"),
        "send": {},
    },
    "Reject": {
        "eventType": "Reject",
        "mail": _mail("2016-10-14T17:38:15.211Z", destination=["sender@example.com"]),
        "reject": {"reason": "Bad content"},
    },
    "Open": {
        "eventType": "Open",
        "mail": _mail("2017-08-09T21:59:49.927Z"),
        "open": {
            "ipAddress": "192.0.2.1",
            "timestamp": "2017-08-09T22:00:19.652Z",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X)"
            " AppleWebKit/603.3.8 (KHTML, like Gecko) Mobile/14G60",
        },
    },
    "Click": {
        "eventType": "Click",
        "click": {
            "ipAddress": "192.0.2.1",
            "link": "http://docs.aws.amazon.com/ses/latest/DeveloperGuide/"
            "send-email-smtp.html",
            "linkTags": {
                "samplekey0": ["samplevalue0"],
                "samplekey1": ["samplevalue1"],
            },
            "timestamp": "2017-08-09T23:51:25.570Z",
            "userAgent": _BROWSER,
        },
        "mail": _mail("2017-08-09T23:50:05.795Z"),
    },
    "Rendering Failure": {
        "eventType": "Rendering Failure",
        "mail": {
            "timestamp": "2018-01-22T18:43:06.197Z",
            "source": "sender@example.com",
            "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com",
            "sendingAccountId": "123456789012",
            "messageId": _ID,
            "destination": ["recipient@example.com"],
            "headersTruncated": False,
            "tags": {"ses:configuration-set": ["ConfigSet"]},
        },
        "failure": {
            "errorMessage": "Attribute 'attributeName' is not present in the rendering"
            " data.",
            "templateName": "MyTemplate",
        },
    },
    "DeliveryDelay": {
        "eventType": "DeliveryDelay",
        "mail": _mail("2020-06-16T00:15:40.641Z"),
        "deliveryDelay": {
            "timestamp": "2020-06-16T00:25:40.095Z",
            "delayType": "TransientCommunicationFailure",
            "expirationTime": "2020-06-16T00:25:40.914Z",
            "delayedRecipients": [
                {
                    "emailAddress": "recipient@example.com",
                    "status": "4.4.1",
                    "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
                }
            ],
        },
    },
    "Subscription": {
        "eventType": "Subscription",
        "mail": _mail("2022-01-12T01:00:14.340Z"),
        "subscription": {
            "contactList": "ContactListName",
            "timestamp": "2022-01-12T01:00:17.910Z",
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {
                "unsubscribeAll": True,
                "topicSubscriptionStatus": [
                    {"topicName": "ExampleTopicName", "subscriptionStatus": "OptOut"}
                ],
            },
            "oldTopicPreferences": {
                "unsubscribeAll": False,
                "topicSubscriptionStatus": [
                    {"topicName": "ExampleTopicName", "subscriptionStatus": "OptOut"}
                ],
            },
        },
    },
}

_TRIO = ["jane@example.com", "mary@example.com", "richard@example.com"]


def _notified_mail(ses_message_id: str, destination: list[str]) -> dict[str, Any]:
    return {
        "timestamp": "2016-01-27T14:59:38.237Z",
        "messageId": ses_message_id,
        "source": "john@example.com",
        "sourceArn": "arn:aws:ses:us-east-1:888888888888:identity/example.com",
        "sourceIp": "127.0.3.0",
        "sendingAccountId": "123456789012",
        "callerIdentity": "IAM_user_or_role_name",
        "destination": destination,
        "headersTruncated": False,
        "headers": [{"name": "Subject", "value": "Hello"}],
        "commonHeaders": {
            "from": ["John Doe <john@example.com>"],
            "date": "Wed, 27 Jan 2016 14:05:45 +0000",
            "messageId": "custom-message-ID",
            "subject": "Hello",
        },
    }


NOTIFIED: Mapping[str, dict[str, Any]] = {
    "Bounce with a DSN": {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "reportingMTA": "dns; email.example.com",
            "bouncedRecipients": [
                {
                    "emailAddress": "jane@example.com",
                    "status": "5.1.1",
                    "action": "failed",
                    "diagnosticCode": "smtp; 550 5.1.1 <jane@example.com>... User",
                }
            ],
            "bounceSubType": "General",
            "timestamp": "2016-01-27T14:59:38.237Z",
            "feedbackId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa068a-000000",
            "remoteMtaIp": "127.0.2.0",
        },
        "mail": _notified_mail(
            "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000", _TRIO
        ),
    },
    "Bounce without a DSN": {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": "jane@example.com"},
                {"emailAddress": "richard@example.com"},
            ],
            "timestamp": "2016-01-27T14:59:38.237Z",
            "feedbackId": "00000137860315fd-869464a4-8680-4114-98d3-716fe35851f9-000000",
            "remoteMtaIp": "127.0.2.0",
        },
        "mail": _notified_mail(
            "00000137860315fd-34208509-5b74-41f3-95c5-22c1edc3c924-000000", _TRIO
        ),
    },
    "Complaint with a feedback report": {
        "notificationType": "Complaint",
        "complaint": {
            "userAgent": "AnyCompany Feedback Loop (V0.01)",
            "complainedRecipients": [{"emailAddress": "richard@example.com"}],
            "complaintFeedbackType": "abuse",
            "arrivalDate": "2016-01-27T14:59:38.237Z",
            "timestamp": "2016-01-27T14:59:38.237Z",
            "feedbackId": "000001378603177f-18c07c78-fa81-4a58-9dd1-fedc3cb8f49a-000000",
        },
        "mail": _notified_mail(
            "000001378603177f-7a5433e7-8edb-42ae-af10-f0181f34d6ee-000000", _TRIO
        ),
    },
    "Complaint without a feedback report": {
        "notificationType": "Complaint",
        "complaint": {
            "complainedRecipients": [{"emailAddress": "richard@example.com"}],
            "timestamp": "2016-01-27T14:59:38.237Z",
            "feedbackId": "0000013786031775-fea503bc-7497-49e1-881b-a0379bb037d3-000000",
        },
        "mail": _notified_mail(
            "0000013786031775-163e3910-53eb-4c8e-a04a-f29debf88a84-000000", _TRIO
        ),
    },
    "Delivery": {
        "notificationType": "Delivery",
        "mail": _notified_mail(
            "0000014644fe5ef6-9a483358-9170-4cb4-a269-f5dcdf415321-000000",
            ["jane@example.com"],
        ),
        "delivery": {
            "timestamp": "2016-01-27T14:59:38.237Z",
            "recipients": ["jane@example.com"],
            "processingTimeMillis": 546,
            "reportingMTA": "a8-70.smtp-out.amazonses.com",
            "smtpResponse": "250 ok:  Message 64111812 accepted",
            "remoteMtaIp": "127.0.2.0",
        },
    },
}

SAMPLES: Mapping[str, dict[str, Any]] = {
    **{f"event {name}": said for name, said in PUBLISHED.items()},
    **{f"notification {name}": said for name, said in NOTIFIED.items()},
}


def bare(said: Mapping[str, Any]) -> str:
    """As SNS's raw delivery leaves it."""
    return json.dumps(said)


def from_sns(said: Mapping[str, Any]) -> str:
    """As an SQS queue gets it from SNS; nobody looks at the signature there."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
            "Subject": "Amazon SES Email Event Notification",
            "Message": json.dumps(said),
            "Timestamp": "2012-05-02T00:54:06.655Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLEw6JRN...",
            "SigningCertURL": "https://sns.us-west-2.amazonaws.com/"
            "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
            "UnsubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
        }
    )


def from_event_bridge(said: Mapping[str, Any]) -> str:
    """As a rule of EventBridge puts it into a queue."""
    return json.dumps(
        {
            "version": "0",
            "id": "12345678-1234-1234-1234-111122223333",
            "detail-type": f"Email {said.get('eventType', 'Bounced')}",
            "source": "aws.ses",
            "account": "123456789012",
            "time": "2017-08-05T00:41:03Z",
            "region": "us-east-1",
            "resources": [
                "arn:aws:ses:us-east-1:123456789012:configuration-set/ConfigSet"
            ],
            "detail": said,
        }
    )


ENVELOPES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bare": bare,
    "SNS": from_sns,
    "EventBridge": from_event_bridge,
}
