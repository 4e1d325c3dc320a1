"""What ``ses_doctor`` looks at of one account: AWS, events, and its own figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from seacucumber import dkim_keys, figures, identities, usage
from seacucumber.conf import DEFAULT_REGION, Mailer, source_of
from seacucumber.delivery import queue_database
from seacucumber.delivery.holds import host_clock
from seacucumber.enums import GuardLevel, RefreshSubject
from seacucumber.exceptions import AccessDenied, AccountError
from seacucumber.figures import DEFAULT_SPAN, Account, Finding, Overview, Severity
from seacucumber.figures.events import heard_routes, route_in_words
from seacucumber.figures.findings.events import events as judge_events
from seacucumber.management import doctor_webhook
from seacucumber.management.doctor_report import note, ok, problem, warning
from seacucumber.management.progress import Activity
from seacucumber.refresh_schedule import in_plain_words
from seacucumber.ses.account.quota import AccountUsage
from seacucumber.ses.credentials import read_credentials
from seacucumber.text.times import aware, since

_GUARDED_WITHIN = timedelta(minutes=10)
_ASKED = (RefreshSubject.ACCOUNT, RefreshSubject.STATISTICS, RefreshSubject.IDENTITIES)
_SOURCES: Mapping[str, str] = {
    "explicit": "the settings",
    "env": "the environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "the file of AWS's credentials",
    "config-file": "AWS's configuration file",
    "custom-process": "the process of a profile",
    "assume-role": "a role that a profile takes on",
    "assume-role-with-web-identity": "a role by web identity",
    "sso": "IAM Identity Center",
    "container-role": "the container's role",
    "iam-role": "the host's role",
}


@dataclass(slots=True)
class AccountLook:
    """The looks at one account, one after the other.

    Args:
        mailer: Whose credentials are used.
        offline: Ask AWS nothing.
    """

    account: Account
    mailer: Mailer
    activity: Activity
    offline: bool = False
    _read: Overview | None = field(default=None, init=False)

    @property
    def overview(self) -> Overview:
        """What the dashboard shows, read when it is first needed."""
        if self._read is None:
            using = queue_database()
            self._read = figures.read_overview(self.account, DEFAULT_SPAN, using=using)
        return self._read

    def aws(self) -> Iterator[Finding]:
        """Look for credentials, and ask SES what only it can tell."""
        if self.offline:
            yield note("AWS is not asked; all that follows is what it said last.")
            return
        yield from self._credentials()
        self.activity.say("Asking SES about the account ...")
        used = usage.refresh(self.mailer.alias)
        host_clock.note(queue_database(), self.mailer.pace_key)
        yield from _refusals(list(used.errors.values()))
        failed = used.errors.get(RefreshSubject.ACCOUNT)
        if used.account and not failed:
            yield from _account(used.account)
        if failed is None or isinstance(failed, AccessDenied):
            self.activity.say("Asking SES about addresses and domains ...")
            listed = identities.refresh(self.mailer.alias)
            yield from _refusals([listed.error] if listed.error else [])
            if not listed.error:
                yield from self._senders()
        if used.skipped:
            yield note(
                "Another process asks SES at this moment.",
                "What is said here is what SES has told it last.",
            )

    def _credentials(self) -> Iterator[Finding]:
        self.activity.say("Looking for credentials ...")
        mailer = self.mailer
        found = read_credentials(mailer)
        if found.source:
            source = _SOURCES.get(found.source, found.source)
            yield ok(f"Credentials: the access key ...{found.tail} from {source}.")
        else:
            yield problem(
                "No AWS credentials are found.",
                "Give this host a role or a profile, or set"
                f" {source_of('ses_access_key_id')} and its secret.",
            )
        if not mailer.ses_region_name:
            yield note(
                f"No region is set, so {DEFAULT_REGION} is asked.",
                f"Set {source_of('ses_region_name')}.",
            )
        if mailer.endpoint_url:
            yield note(f"It is not AWS that is asked, but {mailer.endpoint_url}.")

    def _senders(self) -> Iterator[Finding]:
        standing = self.overview.standing
        if not standing.total:
            yield problem(
                "SES knows no identity of this account: it takes mail from nobody.",
                "Verify DEFAULT_FROM_EMAIL or its domain: see manage.py ses_address.",
            )
            return
        words = f"{standing.verified} of {standing.total} identities are verified"
        if not standing.unverified_senders:
            words += ", and so are DEFAULT_FROM_EMAIL and SERVER_EMAIL"
        yield ok(f"{words}.")

    def events(self) -> Iterator[Finding]:
        """Look whether SES's events come in, route by route."""
        found, now = self.overview.events, self.overview.now
        yield from judge_events(self.overview)
        silent = {each.name for each in (*found.silent, *found.given_up)}
        for route in heard_routes(self.account.key):
            if route.name not in silent:
                yield ok(
                    f"Events of {route_in_words(route.name)} come; the last"
                    f" {since(route.at, now)} ago."
                )
        for each in found.given_up:
            yield note(
                f"Events of {route_in_words(each.name)} have not come for"
                f" {since(each.since, now)}.",
                "No queue and no topic is in the settings, so nobody seems to expect"
                " them.",
            )
        if found.ever:
            for name in found.unheard:
                yield note(
                    f"Of {route_in_words(name)} no event has ever come.",
                    "Give such mail a configuration set with an event destination.",
                )
        elif found.expected and not found.unheard:
            yield note("No event has come yet; no mail was sent that would bring one.")
        elif not found.expected:
            yield note(
                "Events are not connected.",
                "What becomes of a lost answer is decided by"
                f" {source_of('uncertain')} ({self.mailer.uncertain.value!r}); bounces"
                " are not heard of. manage.py ses_setup --events tells what is needed.",
            )

    def webhook(self) -> Iterator[Finding]:
        """Look what SNS does with posts that the webhook does not take."""
        if not self.offline and self.mailer.sns_topics:
            self.activity.say("Asking SNS about the webhook ...")
            yield from doctor_webhook.look(self.mailer)

    def upkeep(self) -> Iterator[Finding]:
        """Look at the copy of SES's suppression list, and at the guard."""
        if "ses" in self.mailer.suppression:
            yield from self._suppression()
        if self.mailer.guard:
            yield from self._guard()
        else:
            yield note(f"The reputation guard is off ({source_of('guard')}).")

    def _suppression(self) -> Iterator[Finding]:
        ages = {age.subject: age for age in self.overview.ages}
        age = ages[RefreshSubject.SUPPRESSION]
        if age.succeeded_at is None and not age.error:
            yield note(
                "SES's suppression list was never copied.",
                "manage.py ses_suppression sync does it, and so does beat.",
            )
        elif age.succeeded_at is not None and not age.stale:
            old = since(age.succeeded_at, self.overview.now)
            yield ok(f"The copy of SES's suppression list is {old} old.")

    def _guard(self) -> Iterator[Finding]:
        row, now = self.overview.reputation, self.overview.now
        if row is None or row.judged_at is None:
            yield note(
                "The reputation guard has not looked at this account yet.",
                "Its periodic task is guard_reputation.",
            )
        elif now - aware(row.judged_at) > _GUARDED_WITHIN:
            yield warning(
                f"The reputation guard last looked {since(aware(row.judged_at), now)}"
                " ago.",
                "Its periodic task is guard_reputation: start beat and a worker.",
            )
        elif row.level == GuardLevel.WELL:
            yield ok("The reputation guard sees nothing to stop.")

    def verdict(self) -> Iterator[Finding]:
        """Say what the dashboard says, where nothing above has said it."""
        overview = self.overview
        if not self.offline:
            ages = tuple(age for age in overview.ages if age.subject not in _ASKED)
            overview = replace(overview, ages=ages)
        keys = figures.key_findings(dkim_keys.key_problems())
        for finding in figures.find(overview, also=keys):
            # Of all that was looked at, the verdict knows a part.
            if finding.severity is not Severity.OK:
                yield finding


def _account(account: AccountUsage) -> Iterator[Finding]:
    access = "production" if account.production_access else "sandbox"
    limit = (
        f"{account.max_24h_send:,.0f}" if account.max_24h_send >= 0 else "any number of"
    )
    yield ok(
        f"SES answers: {access}, {account.sent_last_24h:,.0f} of {limit} recipients"
        f" used in 24 hours, {account.max_send_rate:g} per second."
    )


def _refusals(errors: list[AccountError]) -> Iterator[Finding]:
    for error in errors:
        if isinstance(error, AccessDenied):
            yield warning(
                f"The credentials lack the permission {error.permission}.",
                "Allow it in IAM; manage.py ses_policy prints all that is needed. Mail"
                " leaves without it.",
            )
        else:
            yield problem(
                f"SES does not tell: {in_plain_words(error)}",
                "Check credentials, region and network of this host.",
            )
            # The next question has failed for the same reason, in other words.
            return
