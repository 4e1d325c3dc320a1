"""A message on its way through one deliverer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import SendError
from seacucumber.models import BodyChunk, Hold, Message, Recipient
from seacucumber.signing import Signer, SigningError

#: A call to SES is given the time that this line would need.
SLOWEST_UPLOAD_BYTES_PER_S = 500_000

_COLUMNS = (
    "id",
    "uid",
    "mailer",
    "lane",
    "sender",
    "configuration_set",
    "tags",
    "recipient_count",
    "size_bytes",
    "body_of_id",
    "shares_body",
    "expires_at_us",
    "attempts",
    "retries",
    "uncertain",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a message is to be signed.

    Args:
        signer: Who signs it, or why nobody can.
        required: It must not leave unsigned.
        scope: What waits while nobody can, with ``value``.
    """

    signer: Signer | SigningError
    required: bool
    scope: HoldScope
    value: str


@dataclass(slots=True, eq=False)
class OutgoingMessage:
    """One claimed message, with what is needed to send it."""

    pk: int
    uid: str
    mailer: str
    lane: int
    sender: str
    configuration_set: str
    tags: Mapping[str, str]
    recipient_count: int
    size_bytes: int
    body_of: int | None
    shares_body: bool
    expires_at_us: int | None
    attempts: int
    retries: int
    uncertain: str

    #: When it may go, in the database's time.
    slot_us: int = 0
    #: The holds that are lifted if this one is accepted.
    probes: tuple[Hold, ...] = ()
    #: The one of them whose probe it is.
    turn_of: Hold | None = None
    raw: bytes = field(default=b"", repr=False)
    recipients: tuple[str, ...] = field(default=(), repr=False)
    #: None leaves it as it is: it has a signature of its own, of SES, or none.
    signing: Signing | None = None
    #: What is sent, once it is signed, or why it cannot be; and how that was done.
    signed: bytes | SendError | None = field(default=None, repr=False)
    signed_as: Signing | None = None
    #: Those who get nothing, and why.
    withheld: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The database's times: the claim's lease ends, it was decided to begin, its
    #: slot is over, the first byte left (0 until then), the call is given up.
    lease_until_us: int = 0
    decided_us: int = 0
    latest_us: int = 0
    left_us: int = 0
    deadline_us: int = 0
    #: It is on its way to SES, or will not go.
    is_off: bool = False
    #: Which of its deliverer's claims has brought it, or its slot.
    round: int = 0

    @property
    def signed_as_wanted(self) -> bool:
        """Whether it is signed, and still as its key ring says."""
        return self.signed is not None and self.signed_as == self.signing

    @property
    def attempt(self) -> int:
        """Number of the attempt that is next, or under way."""
        return self.attempts + 1

    @property
    def tests_outage(self) -> bool:
        """Whether it was let through to see if SES answers again."""
        return any(hold.cause == HoldCause.SES_SILENT for hold in self.probes)

    @property
    def upload_s(self) -> float:
        """How much longer than others its call may take, for its size."""
        return self.size_bytes / SLOWEST_UPLOAD_BYTES_PER_S

    @property
    def body_key(self) -> int:
        """Id of the message that has the body."""
        return self.body_of or self.pk

    @property
    def ses_tags(self) -> dict[str, str]:
        """The tags by which an event of SES finds message and attempt again."""
        return {
            **self.tags,
            "cucumber_message": self.uid,
            "cucumber_attempt": str(self.attempt),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call to SES: an id, or an error that names the decision."""

    outgoing: OutgoingMessage
    ses_message_id: str = ""
    error: SendError | None = None

    @property
    def is_unanswered(self) -> bool:
        """Whether SES was called, or to be called, and said nothing of the message."""
        return self.error is not None and self.error.unanswered

    @property
    def is_from_ses(self) -> bool:
        """Whether SES has said something of the message, be it a refusal."""
        if self.error is None:
            return True
        return self.error.http_status > 0 and not self.error.unanswered

    @property
    def tells_of_ses(self) -> bool:
        """Whether it shows that SES answers, or that it does not."""
        return self.is_from_ses or self.is_unanswered


def read_outgoing(messages: Iterable[Message]) -> list[OutgoingMessage]:
    """Return messages for messages, read with the columns that they need only."""
    rows = messages.values_list(*_COLUMNS)  # type: ignore[attr-defined]
    return [OutgoingMessage(*row) for row in rows]


def load(messages: Iterable[OutgoingMessage]) -> list[OutgoingMessage]:
    """Read bodies and recipients; return the messages whose body is gone."""
    waiting = {each.pk: each for each in messages}
    if not waiting:
        return []
    bodies = BodyChunk.objects.of({outgoing.body_key for outgoing in waiting.values()})
    addresses: dict[int, list[str]] = {}
    rows = Recipient.objects.filter(message_id__in=waiting).order_by("id")
    for pk, address, spelling in rows.values_list("message_id", "address", "spelling"):
        addresses.setdefault(pk, []).append(spelling or address)
    for pk, outgoing in waiting.items():
        outgoing.raw = bodies.get(outgoing.body_key, b"")
        outgoing.recipients = tuple(addresses.get(pk, ()))
    return [each for each in waiting.values() if not each.raw]
