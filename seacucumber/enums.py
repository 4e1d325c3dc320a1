"""The words of the field that rows, settings and messages share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.IntegerChoices):
    """Where one SES call stands; `DeliveryStatus` is what became of the mail."""

    #: Waits for its turn. No byte has left.
    QUEUED = 0, _("queued")
    #: A deliverer holds a lease on it and a slot at the pace. No byte has left.
    CLAIMED = 1, _("claimed")
    #: Committed before the first byte: from here on SES may have it.
    SENDING = 2, _("sending")
    #: SES accepted it. Final.
    SENT = 3, _("sent")
    #: The answer was lost; SES may or may not have it.
    UNCERTAIN = 4, _("uncertain")
    #: SES, or the message itself, said no for good. Final, unless requeued by hand.
    FAILED = 5, _("failed")
    #: Taken back before it left. Final.
    CANCELLED = 6, _("cancelled")
    #: Kept until an operator decides.
    HELD = 7, _("held")
    #: Every recipient is on a suppression list; nothing was sent. Final, unless
    #: requeued by hand.
    SUPPRESSED = 8, _("suppressed")


class EnforcementStatus(models.TextChoices):
    """AWS's judgement of an account; the list is open.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
    """

    HEALTHY = "HEALTHY", _("healthy")
    #: Mail still goes out.
    PROBATION = "PROBATION", _("under review")
    #: Nothing is sent.
    SHUTDOWN = "SHUTDOWN", _("paused by AWS")


class Lane(models.IntegerChoices):
    """Who goes first. A password reset never waits behind a newsletter."""

    TRANSACTIONAL = 0, _("transactional")
    BULK = 1, _("bulk")


class Uncertain(models.TextChoices):
    """What to do with a message when nobody can tell whether SES has it."""

    #: Send it again: at least once.
    RESEND = "resend", _("send again")
    #: Keep it for an operator: at most once.
    HOLD = "hold", _("hold")


class RecipientKind(models.IntegerChoices):
    """The header that a recipient stood in; Bcc stands in none."""

    TO = 0, _("to")
    CC = 1, _("cc")
    BCC = 2, _("bcc")


class AttemptOutcome(models.IntegerChoices):
    """How one call to SES ended."""

    #: The call is under way, or its worker died and nobody has noticed yet.
    OPEN = 0, _("open")
    ACCEPTED = 1, _("accepted")
    #: SES was too busy for it; costs the message nothing.
    THROTTLED = 2, _("throttled")
    #: Certainly not accepted; tried again later.
    DEFERRED = 3, _("deferred")
    #: Certainly not accepted; waits until a hold is lifted.
    HELD = 4, _("held")
    #: Refused for good.
    REFUSED = 5, _("refused")
    #: The answer was lost.
    UNKNOWN = 6, _("unknown")
    #: The worker died, or froze beyond its lease, while the call was open.
    ABANDONED = 7, _("abandoned")
    #: Its slot had passed before it could be sent, and SES was not asked.
    LATE = 8, _("late")


class EventType(models.IntegerChoices):
    """What SES told of a mail; ``eventType`` and ``notificationType`` of its JSON."""

    #: A word that is not known here; the event is kept all the same.
    OTHER = 0, _("other")
    #: SES accepted the mail. Published for every one, which is what silence proves by.
    SEND = 1, _("send")
    DELIVERY = 2, _("delivery")
    DELAY = 3, _("delivery delay")
    BOUNCE = 4, _("bounce")
    COMPLAINT = 5, _("complaint")
    #: SES found a virus in it.
    REJECT = 6, _("reject")
    RENDERING_FAILURE = 7, _("rendering failure")
    OPEN = 8, _("open")
    CLICK = 9, _("click")
    SUBSCRIPTION = 10, _("subscription")


class DeliveryStatus(models.IntegerChoices):
    """What became of one recipient's mail. The higher one wins, whatever comes first.

    The order is that of what an operator has to know: a delivery may be followed by a
    bounce, and a complaint by a late delivery report.
    """

    UNKNOWN = 0, _("not known yet")
    DELAYED = 10, _("delayed")
    SOFT_BOUNCED = 20, _("soft bounce")
    DELIVERED = 30, _("delivered")
    #: Not handed over, as the address is on a suppression list.
    SUPPRESSED = 40, _("suppressed")
    #: SES refused to deliver what it had accepted.
    REJECTED = 50, _("rejected")
    #: A hard bounce: the address does not take mail.
    BOUNCED = 60, _("bounced")
    COMPLAINED = 70, _("complained")


class EventFlow(models.TextChoices):
    """Whether SES's events of what we send are seen to arrive."""

    #: Not one has, or none for so long that they are no longer connected.
    NEVER = "never", _("never seen")
    #: No mail is known of which none has come in time.
    WORKING = "working", _("working")
    #: Mail was accepted, and they have not come since.
    SILENT = "silent", _("silent")


class EventVia(models.TextChoices):
    """The way that an event came in."""

    WEBHOOK = "webhook", _("webhook")
    QUEUE = "queue", _("queue")


class FetchBudget(models.TextChoices):
    """Who pays for a certificate of SNS that is fetched."""

    #: They name one of our messages, which only SES and we know of.
    FRIENDS = "friends", _("friends")
    #: Everybody else.
    STRANGERS = "strangers", _("strangers")


class HoldScope(models.TextChoices):
    """What a hold stops."""

    ACCOUNT = "account", _("account")
    MAILER = "mailer", _("mailer")
    LANE = "lane", _("lane")
    SENDER = "sender", _("sender")
    CONFIGURATION_SET = "configuration-set", _("configuration set")


class HoldCause(models.TextChoices):
    """Why mail is held."""

    OPERATOR = "operator", _("stopped by an operator")
    QUOTA = "quota", _("the 24 hour quota is used up")
    ACCOUNT_PAUSED = "account-paused", _("sending is paused for the SES account")
    ACCOUNT_SUSPENDED = "account-suspended", _("the SES account is suspended")
    CREDENTIALS = "credentials", _("AWS refuses the credentials")
    PERMISSION = "permission", _("an IAM permission is missing")
    CLOCK_SKEW = "clock-skew", _("the clock of this host is wrong")
    #: Placed when calls go unanswered one after the other; lifted by the first answer.
    SES_SILENT = "ses-silent", _("SES does not answer")
    SENDER_UNVERIFIED = "sender-unverified", _("the sender is not verified")
    MAIL_FROM = "mail-from", _("the custom MAIL FROM domain is not verified")
    CONFIGURATION_SET_MISSING = (
        "configuration-set-missing",
        _("the configuration set does not exist"),
    )
    CONFIGURATION_SET_PAUSED = (
        "configuration-set-paused",
        _("the configuration set is paused"),
    )
    SIGNING = "signing", _("the DKIM signature cannot be made")
    #: Placed by the reputation guard; resumed by hand.
    REPUTATION = "reputation", _("bounces or complaints endanger the account")


class IdentityKind(models.TextChoices):
    """What SES verifies."""

    ADDRESS = "address", _("address")
    DOMAIN = "domain", _("domain")


class IdentityStatus(models.TextChoices):
    """How far the verification of an identity is; SES's VerificationStatus."""

    PENDING = "pending", _("pending")
    VERIFIED = "success", _("verified")
    FAILED = "failed", _("failed")
    #: SES could not look at present, and will again.
    TEMPORARY_FAILURE = "temporary-failure", _("temporary failure")
    NOT_STARTED = "not-started", _("not started")


class RefreshSubject(models.TextChoices):
    """What SES is asked about from time to time."""

    ACCOUNT = "account", _("quota and rate")
    STATISTICS = "statistics", _("statistics")
    IDENTITIES = "identities", _("identities")
    #: What came onto SES's suppression list lately.
    SUPPRESSION = "suppression", _("suppression list")
    #: All of SES's suppression list: only so it is known what has left it.
    ALL_SUPPRESSION = "suppress-all", _("whole suppression list")
    #: What waits in the event queues: of all accounts at once.
    EVENTS = "events", _("events")


class SuppressionReason(models.TextChoices):
    """Why an address gets no mail."""

    BOUNCE = "bounce", _("hard bounce")
    COMPLAINT = "complaint", _("complaint")
    SOFT_BOUNCES = "soft-bounces", _("repeated soft bounces")
    MANUAL = "manual", _("by hand")


class SuppressionSource(models.TextChoices):
    """Who has put an address onto the suppression list."""

    #: Amazon SES, on the list of the account; the row is a copy.
    SES = "ses", _("Amazon SES")
    #: This project, for what SES's events told.
    OURS = "ours", _("this project")
    MANUAL = "manual", _("a person")


class Harm(models.TextChoices):
    """What mail brings back that AWS judges an account by."""

    BOUNCE = "bounce", _("hard bounce")
    COMPLAINT = "complaint", _("complaint")


class GuardLevel(models.IntegerChoices):
    """What the reputation guard has done for an account."""

    WELL = 0, _("well")
    WARNED = 1, _("warned")
    BULK_STOPPED = 2, _("bulk mail stopped")
    ALL_STOPPED = 3, _("all mail stopped")


class OnSigningError(models.TextChoices):
    """What to do with a message that should be signed and cannot be."""

    #: Keep it until it can.
    HOLD = "hold", _("hold")
    SEND_UNSIGNED = "send-unsigned", _("send it unsigned")


class DkimAlgorithm(models.TextChoices):
    """How a DKIM key signs: the tag ``a=`` (RFC 8301, RFC 8463)."""

    RSA_SHA256 = "rsa-sha256", _("RSA")
    ED25519_SHA256 = "ed25519-sha256", _("Ed25519")


class DkimUse(models.TextChoices):
    """Who signs with a DKIM key."""

    #: We do, each message, before SES gets it.
    MESSAGE = "message", _("each message, by us")
    #: SES does: "Bring Your Own DKIM" (BYODKIM).
    SES = "ses", _("SES (BYODKIM)")


class DkimOrigin(models.TextChoices):
    """Where a DKIM key comes from."""

    GENERATED = "generated", _("generated here")
    IMPORTED = "imported", _("imported")
    #: From ``DKIM_PRIVATE_KEY``.
    SETTINGS = "settings", _("from the settings")


class DkimState(models.TextChoices):
    """Where a DKIM key is in its life. Only an active one signs."""

    #: Its record is not seen in DNS yet.
    PENDING = "pending", _("pending")
    #: Its record is seen in DNS. Ready to sign.
    PUBLISHED = "published", _("published")
    ACTIVE = "active", _("active")
    #: Replaced. Its record has to stay for mail that is under way.
    RETIRING = "retiring", _("retiring")
    #: The private key is destroyed; the record has to be revoked, or removed.
    REVOKING = "revoking", _("revoking")
    #: Revoked in DNS as well.
    REVOKED = "revoked", _("revoked")
    #: Kept so that nobody uses the selector again. Final.
    ARCHIVED = "archived", _("archived")
    #: Given up before it was used. Final.
    ABANDONED = "abandoned", _("abandoned")
