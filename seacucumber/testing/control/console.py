"""What a test sees of a local SES, and what it can change while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from seacucumber.testing.events.console import EventConsole
from seacucumber.testing.events.emitter import Emitter
from seacucumber.testing.faults.active import Faults
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.inbox import Accepted, Counters
from seacucumber.testing.scheduler import Agenda
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.bucket import Clock
from seacucumber.testing.ses.identities import IdentityState
from seacucumber.testing.ses.settings import Options, Settings


class Console(EventConsole):
    """The account from the side of the test. `LocalSESClient` has the same methods.

    Args:
        settings: What the account starts with.
        verified: Identities that are verified from the start.
        configuration_sets: Names of configuration sets that are there.
        ledger_path: See `Ledger`.
        seed: Makes chance repeatable.
        clock: The time that limits go by.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        verified: Iterable[str],
        configuration_sets: Iterable[str],
        ledger_path: Path | None,
        seed: int,
        clock: Clock,
    ) -> None:
        self._initial = settings
        self._verified = tuple(verified)
        self._configuration_sets = tuple(configuration_sets)
        self._account = Account(settings, clock, ledger_path, seed)
        self.faults = Faults(seed)
        self._events = Agenda(
            "ses-events",
            clock,
            threads=1,
            broke=lambda: self._account.tally.count("crashes"),
        )
        self._emitter = Emitter(self._account, self._events, self.faults, seed)
        self._restore()

    def _restore(self) -> None:
        self._account.add_configuration_sets(self._configuration_sets)
        self.verify(*self._verified)

    @property
    def inbox(self) -> list[Accepted]:
        """Every message that was accepted, in order."""
        return self._account.ledger.rows()

    def accepted_after(self, number: int) -> list[Accepted]:
        """Return the messages with a number above this one."""
        return self._account.ledger.rows(after=number)

    def find(self, ses_message_id: str) -> Accepted | None:
        """Return the message with this id."""
        return self._account.ledger.find(ses_message_id)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Accepted]:
        """Wait until so many messages were accepted, and return all.

        Raises:
            TimeoutError: if they do not come in time.
        """
        if not self._account.ledger.wait_for(count, timeout_s):
            raise TimeoutError(
                f"{len(self.inbox)} of {count} messages came within {timeout_s} s."
            )
        return self.inbox

    @property
    def counters(self) -> Counters:
        """What was counted so far."""
        return self._account.counters(faults=self.faults.applied)

    @property
    def settings(self) -> Settings:
        """The settings now."""
        return self._account.settings

    @property
    def sent_last_24h(self) -> float:
        """What ``SentLast24Hours`` says now."""
        return self._account.sent_last_24h()

    @property
    def identities(self) -> list[IdentityState]:
        """All identities, by name."""
        with self._account.lock:
            return self._account.identities.states()

    @property
    def configuration_sets(self) -> dict[str, bool]:
        """Whether each configuration set sends, by name."""
        with self._account.lock:
            return dict(self._account.configuration_sets)

    def configure(self, **options: Unpack[Options]) -> None:
        """Change settings while the server runs.

        Raises:
            ValueError: if a value is wrong.
        """
        self._account.configure(dict(options))

    def verify(self, *names: str) -> None:
        """Verify addresses and domains; new ones are added.

        Raises:
            ValueError: if a name is neither.
        """
        try:
            with self._account.lock:
                self._account.identities.verify(names)
        except Refusal as refusal:
            raise ValueError(refusal.error.message) from refusal

    def unverify(self, name: str) -> None:
        """Take the verification of an identity away.

        Raises:
            ValueError: if there is no such identity.
        """
        try:
            with self._account.lock:
                self._account.identities.unverify(name)
        except Refusal as refusal:
            raise ValueError(refusal.error.message) from refusal

    def set_configuration_set(self, name: str, *, sends: bool = True) -> None:
        """Add a configuration set, or pause or resume it."""
        with self._account.lock:
            self._account.configuration_sets[name] = sends

    def consume_quota(self, recipients: float) -> None:
        """Use up some of the 24 hour quota, as another sender would.

        Raises:
            ValueError: if ``recipients`` is negative.
        """
        self._account.consume_quota(recipients)

    def advance(self, seconds: float) -> None:
        """Set the clock of rate, quota, statistics and verifications forward.

        Raises:
            ValueError: if ``seconds`` is negative.
        """
        self._account.clock.advance(seconds)
        for waiting in (self._events, self._account.posts, self._account.queues):
            waiting.look_again()

    def reset(self) -> None:
        """Begin again, with what the server was started with."""
        self.faults.clear()
        self.faults.applied = 0
        for agenda in (self._events, self._account.posts):
            agenda.clear()
        self._emitter.clear()
        self._account.reset(self._initial)
        self._restore()
