"""What the live server has: the demo's mail, figures of weeks, and some trouble."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core import mail
from django.db.models import F, Sum
from django.utils import timezone

from demo_site import letters
from seacucumber import identities, suppression, usage
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.dns import make_resolver
from seacucumber.enums import HoldCause, HoldScope, MessageState
from seacucumber.models import Hold, Identity, Message, QuotaSlice
from seacucumber.ses.account import suppression as ses_suppression
from seacucumber.ses_events import EventQueue, consume
from seacucumber.testing import LocalSES
from tests.admin.seed import seed_account, seed_slices, seed_statistics
from tests.browser.scene_keys import play_keys
from tests.dns.server import DnsServer
from tests.ses_events.notifications import tell, told

USER = "admin"
PASSWORD = "only for tests"
#: What `seed_account` says of the account, less a bit for others.
SENT_TODAY = 30_000
#: SES's id of a mail that others have sent from the account.
OTHERS = "0102019a4c1d2f3e-7b6a5948-0d1e-4c2b-9a8f-1c2d3e4f5a6b-000000"


def play(ses: LocalSES) -> None:
    """Make the first user, send the mail, and leave the figures of three months."""
    User.objects.create_superuser(USER, "admin@demo.example", PASSWORD)
    ses.verify("demo.example", "shop.example", "news@readers.example")
    identities.verify("gotham.example")
    identities.verify("ops@wayne.example")
    _send(ses)
    usage.refresh()
    identities.refresh()
    _publish_some("gotham.example")
    play_keys(USER)
    seed_statistics()
    seed_account()
    _count_what_was_sent()
    _stop_mail()
    _suppress()
    _tell()


def _send(ses: LocalSES) -> None:
    letters.send_all(letters.newsletter()[:40])
    queue_url = ses.send_events_to_queue(configuration_set="shop")
    told_of = [letters.simulated("bounce"), letters.simulated("complaint")]
    for letter in (letters.rich_letter(), *told_of):
        letter.extra_headers["X-Cucumber-Configuration-Set"] = "shop"
        letters.send_all([letter])
    ses.wait_for_events()
    consume(EventQueue(get_mailer(), queue_url), for_s=10)
    # Held: nobody has verified this sender.
    mail.EmailMessage(
        "The Joker is loose",
        "Watch the harbour.",
        "alfred@wayne.example",
        ["robin@gotham.example"],
    ).send()


def _publish_some(domain: str) -> None:
    """Let DNS have some of a domain's records: one is wrong, one is missing."""
    identity = Identity.objects.get(name=domain)
    first, second, _third, *others = identity.records
    with DnsServer() as server:
        for record in (first, *others):
            server.zone[record["name"], record["type"]] = [_as_zone_text(record)]
        server.zone[second["name"], "CNAME"] = ["another.dkim.example."]
        resolver = make_resolver([("127.0.0.1", server.port)])
        identities.check_dns(identity, resolver=resolver)


def _as_zone_text(record: dict[str, str]) -> str:
    quoted = f'"{record["value"]}"'
    return quoted if record["type"] == "TXT" else f"{record['value']}."


def _count_what_was_sent() -> None:
    """Let this project have sent what the account has: the quota is not used up."""
    seed_slices()
    day = QuotaSlice.objects.filter(
        start_us__gt=clock.after_us(clock.now_us("default"), -86_400.0)
    )
    total = day.aggregate(total=Sum("recipients"))["total"]
    day.update(recipients=F("recipients") * SENT_TODAY / total)


def _stop_mail() -> None:
    """An operator has stopped the newsletter, and some of it waits."""
    Hold.objects.place(
        get_mailer().pace_key,
        scope=HoldScope.LANE,
        value="bulk",
        cause=HoldCause.OPERATOR,
        detail="The tide tables are wrong.",
        now_us=clock.now_us("default"),
        probed=False,
    )
    Hold.objects.filter(cause=HoldCause.OPERATOR).update(placed_by=USER)
    letters.send_all(letters.newsletter()[40:60])


def _suppress() -> None:
    """SES has some addresses on its list, and somebody has entered others."""
    for number in range(3):
        address = f"gone{number}@readers.example"
        ses_suppression.put(get_mailer(), address, "BOUNCE")
    suppression.refresh()
    suppression.add(
        "ann@readers.example", scope="shop.example", note="She asked for it."
    )


def _tell() -> None:
    """SES has told of some of the mail, and of mail that others send."""
    ours = Message.objects.filter(state=MessageState.SENT).order_by("pk")
    for message in ours[:5]:
        to = message.recipients.values_list("address", flat=True)[0]
        common: dict[str, Any] = {
            "ses_message_id": message.ses_message_id,
            "sent_at": message.created_at,
            "recipients": (to,),
        }
        tell(
            told(message, "Send", **common),
            told(
                message,
                "Delivery",
                after_s=2.0,
                smtpResponse="250 2.6.0 <0102@demo.example> queued for delivery",
                **common,
            ),
        )
    others: dict[str, Any] = {"ses_message_id": OTHERS, "sent_at": timezone.now()}
    tell(
        told(None, "DeliveryDelay", delayType="MailboxFull", **others),
        told(None, "Click", link=f"https://readers.example/{'offer/' * 40}", **others),
        told(
            None,
            "Bounce",
            reportingMTA="dns; mx.readers.example",
            bouncedRecipients=[
                {
                    "emailAddress": "ann@readers.example",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 <ann@readers.example>: user"
                    " unknown in virtual mailbox table; see https://readers.example/no",
                }
            ],
            **others,
        ),
    )
