"""What follows for mail if a DKIM key begins to sign, or does not any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.conf import InvalidSetting, get_dkim, get_mailer, mailer_aliases
from seacucumber.dkim_keys import signs_at_ses
from seacucumber.enums import DkimUse
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsKey:
    """A key of the ``DKIM_*`` settings."""

    mailer: str
    domain: str
    selector: str

    @property
    def name(self) -> str:
        """Where its record is."""
        return sanitize(f"{self.selector}._domainkey.{self.domain}")


def signing(key: DkimKey) -> Iterator[str]:
    """Yield what it means that a key signs."""
    words = domain(key)
    if signs_at_ses(key) and not key.beside_ses:
        yield (
            _(
                "Amazon SES signs mail from %(domain)s already. As long as it does,"
                " this key signs nothing, unless its options ask for it."
            )
            % words
        )
        return
    if key.cover_subdomains:
        yield (
            _(
                "Each message from %(domain)s, and from its subdomains that have no"
                " key of their own, is signed with it before SES gets it."
            )
            % words
        )
    else:
        yield (
            _("Each message from %(domain)s is signed with it before SES gets it.")
            % words
        )
    yield _("Workers know within a second; nothing has to be restarted.")


def replacing(key: DkimKey) -> Iterator[str]:
    """Yield what becomes of the key that signs now."""
    other = DkimKey.objects.active(key.domain, key.use)
    if other is not None and other.pk != key.pk:
        yield _(
            "%(key)s, which signs now, retires: its record has to stay in DNS for"
            " %(time)s."
        ) % {"key": sanitize(str(other)), "time": retirement()}


def unsigned(key: DkimKey) -> str:
    """Return what becomes of mail if a key signs no more."""
    words = domain(key)
    if key.use == DkimUse.SES:
        return (
            _(
                "SES goes back to keys of its own (Easy DKIM); until DNS has their"
                " records, mail from %(domain)s leaves without a signature of the"
                " domain."
            )
            % words
        )
    if signs_at_ses(key):
        return _("SES goes on signing mail from %(domain)s.") % words
    if any(row.domain == key.domain for row in settings_keys()):
        return _("The DKIM settings go on signing mail from %(domain)s.") % words
    return (
        _(
            "Mail from %(domain)s leaves unsigned until another key is active."
            " Receivers may refuse it where DMARC asks them to."
        )
        % words
    )


def settings_keys() -> list[SettingsKey]:
    """Return the keys with which mailers sign by the ``DKIM_*`` settings."""
    found = []
    for alias in mailer_aliases():
        try:
            mailer = get_mailer(alias)
        except InvalidSetting:
            # The system check names it.
            continue
        if mailer.dkim_domain and mailer.dkim_private_key:
            found.append(
                SettingsKey(
                    mailer=alias,
                    domain=mailer.dkim_domain.lower(),
                    selector=mailer.dkim_selector,
                )
            )
    return found


def domain(key: DkimKey) -> dict[str, str]:
    """Return a key's domain, for a sentence."""
    return {"domain": sanitize(key.domain)}


def retirement() -> str:
    """Return how long a record has to stay, in words."""
    days = max(1, round(get_dkim().retire_after_s / _DAY_S))
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
