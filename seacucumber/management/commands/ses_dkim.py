"""``manage.py ses_dkim``: the life of DKIM keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from seacucumber import dkim_keys
from seacucumber.conf import InvalidSetting, get_mailer
from seacucumber.enums import DkimAlgorithm, DkimState, DkimUse
from seacucumber.exceptions import AccountError, SeaCucumberError
from seacucumber.management import dkim_output
from seacucumber.management.dkim_input import actor, exactly, find, read_pem
from seacucumber.management.options import CommandWithExamples, add_json, add_mailer
from seacucumber.models import DkimKey

HELP = """Manages DKIM keys. <action> may be one of the following:
  list                    Lists all keys.
  generate <domain>       Makes a key, and shows the record to publish.
  import <domain> <file>  Takes in a private key (PEM; - reads it from the input).
  import --from-settings  Takes in the key of DKIM_PRIVATE_KEY.
  record <key>            Shows the record to publish.
  check [<key> ...]       Looks for records in DNS now; for all without a key.
  activate <key>          Signs with a published key from now on.
  rotate <key>            Makes a successor, which signs as soon as it is published.
  restore <key>           Goes back to a key that is retiring.
  retire <key>            Stops signing with a key; its record has to stay.
  revoke <key>            Destroys the private key at once.
  abandon <key>           Gives up a key that was never used.
  push <key>              Hands a key to SES, which signs with it (BYODKIM).
  reencrypt               Seals all private keys with the first encryption key.

<key> is its name in DNS, its number, or its domain if that has one key only.

Examples:
  ./manage.py ses_dkim generate example.com
  ./manage.py ses_dkim import example.com key.pem --selector mail
  ./manage.py ses_dkim check ses-202611._domainkey.example.com --json
  ./manage.py ses_dkim rotate example.com"""

_NEVER_USED = (DkimState.PENDING, DkimState.PUBLISHED)

Deed = Callable[..., DkimKey]


class Command(CommandWithExamples):
    """One action on one key, or on all."""

    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare actions and options."""
        add = parser.add_argument
        add("action", choices=list(self._actions()), metavar="<action>")
        add("names", nargs="*", metavar="<key, domain or file>")
        add_json(parser)
        add("--selector", default="", help="of the new key; a free one without")
        add(
            "--algorithm",
            choices=DkimAlgorithm.values,
            default=DkimAlgorithm.RSA_SHA256,
            help="of the new key; few receivers understand ed25519-sha256",
        )
        add("--bits", type=int, default=2048, help="of a new RSA key")
        add(
            "--use",
            choices=DkimUse.values,
            default=DkimUse.MESSAGE,
            help="who signs: we each message, or SES (BYODKIM)",
        )
        add("--only-domain", action="store_true", help="do not sign for subdomains")
        add("--from-settings", action="store_true", help="import DKIM_PRIVATE_KEY")
        add("--override", action="store_true", help="activate without its record")
        add("--reason", default="", help="why a key is revoked")
        add_mailer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one action."""
        try:
            get_mailer(options["mailer"])
            self._actions()[options["action"]](options["names"], options)
        except (SeaCucumberError, InvalidSetting) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database that keeps the keys fails: {error}. If tables are"
                " missing, run manage.py migrate seacucumber."
            ) from error

    def _actions(self) -> Mapping[str, Callable[[list[str], dict[str, Any]], None]]:
        return {
            "list": self._list,
            "generate": self._generate,
            "import": self._import,
            "record": self._record,
            "check": self._check,
            "activate": self._on_one(
                dkim_keys.activate, _NEVER_USED, dkim_output.signs_now, "override"
            ),
            "rotate": self._on_one(
                dkim_keys.rotate, (DkimState.ACTIVE,), None, "selector"
            ),
            "restore": self._on_one(
                dkim_keys.restore, (DkimState.RETIRING,), dkim_output.signs_now
            ),
            "retire": self._on_one(
                dkim_keys.retire,
                (DkimState.ACTIVE,),
                "{} signs no more. Leave its record in DNS.".format,
            ),
            "revoke": self._revoke,
            "abandon": self._on_one(
                dkim_keys.abandon, _NEVER_USED, "{} is given up.".format
            ),
            "push": self._push,
            "reencrypt": self._reencrypt,
        }

    def _list(self, names: list[str], options: dict[str, Any]) -> None:
        keys = list(DkimKey.objects.order_by("domain", "pk"))
        if options["json"]:
            self._write_json([dkim_output.as_json(key) for key in keys])
        elif not keys:
            self.stdout.write("There are no DKIM keys yet.")
        else:
            self._write(dkim_output.line(key) for key in keys)

    def _generate(self, names: list[str], options: dict[str, Any]) -> None:
        [domain] = exactly(1, names, "the domain")
        key = dkim_keys.generate(
            domain,
            selector=options["selector"],
            algorithm=DkimAlgorithm(options["algorithm"]),
            bits=options["bits"],
            use=DkimUse(options["use"]),
            cover_subdomains=not options["only_domain"],
            actor=actor(),
        )
        self._show_new(key, options)

    def _import(self, names: list[str], options: dict[str, Any]) -> None:
        if options["from_settings"]:
            exactly(0, names, "nothing else")
            key = dkim_keys.import_settings(options["mailer"], actor=actor())
        else:
            domain, path = exactly(2, names, "the domain and the file")
            if not options["selector"]:
                raise CommandError("Say with --selector where the key is published.")
            key = dkim_keys.import_pem(
                domain,
                read_pem(path),
                selector=options["selector"],
                use=DkimUse(options["use"]),
                cover_subdomains=not options["only_domain"],
                actor=actor(),
            )
        self._show_new(key, options)

    def _record(self, names: list[str], options: dict[str, Any]) -> None:
        key = find(names)
        if options["json"]:
            self._write_json(dkim_output.record_as_json(key))
        else:
            self._write(dkim_output.record_lines(key))

    def _check(self, names: list[str], options: dict[str, Any]) -> None:
        keys = [find([name]) for name in names] or list(
            DkimKey.objects.exclude(next_check_at=None).order_by("domain", "pk")
        )
        looks = [dkim_keys.check(key, actor=actor()) for key in keys]
        for key in keys:
            self._follow(key)
        if options["json"]:
            self._write_json([dkim_output.as_json(look.key) for look in looks])
            return
        for look in looks:
            self._write(dkim_output.found_lines(look))
            if look.key.ses_status:
                self.stdout.write(f"  SES says: {look.key.ses_status}.")
        if not looks:
            self.stdout.write("There is no key to look for.")

    def _follow(self, key: DkimKey) -> None:
        """Ask SES about a key that was handed to it; DNS has been asked anyway."""
        if not key.ses_status:
            return
        try:
            dkim_keys.follow_push(key)
        except AccountError as error:
            self.stderr.write(f"{key}: {error}")

    def _on_one(
        self,
        deed: Deed,
        states: Collection[DkimState],
        words: Callable[[DkimKey], str] | None,
        *given: str,
    ) -> Callable[[list[str], dict[str, Any]], None]:
        """Return an action that does something with one key.

        Args:
            states: It can be done with keys in these.
            words: What to say of it afterwards; None shows the key as a new one.
            given: The options that go with it.
        """

        def act(names: list[str], options: dict[str, Any]) -> None:
            key = deed(
                find(names, states),
                actor=actor(),
                **{name: options[name] for name in given},
            )
            if words:
                self._say(words(key), key, options)
            else:
                self._show_new(key, options)

        return act

    def _revoke(self, names: list[str], options: dict[str, Any]) -> None:
        key = find(names)
        if not options["reason"].strip():
            raise CommandError("Say why with --reason; it is kept with the key.")
        dkim_keys.revoke(key, actor=actor(), reason=options["reason"])
        self._say(f"The private key of {key} is destroyed.", key, options)
        if not options["json"]:
            self._write(dkim_output.record_lines(key))

    def _push(self, names: list[str], options: dict[str, Any]) -> None:
        key = dkim_keys.push(
            find(names, (DkimState.PUBLISHED,)), alias=options["mailer"], actor=actor()
        )
        self._say(
            f"{key} is handed to SES, which says: {key.ses_status}.", key, options
        )

    def _reencrypt(self, names: list[str], options: dict[str, Any]) -> None:
        exactly(0, names, "nothing else")
        count = dkim_keys.reencrypt()
        if options["json"]:
            self._write_json({"sealed_anew": count})
        else:
            self.stdout.write(f"{count} private keys are sealed anew.")

    def _show_new(self, key: DkimKey, options: dict[str, Any]) -> None:
        if options["json"]:
            record = dkim_output.record_as_json(key)
            self._write_json({**dkim_output.as_json(key), "record": record})
        else:
            self.stdout.write(dkim_output.line(key))
            self._write(dkim_output.record_lines(key))

    def _say(self, words: str, key: DkimKey, options: dict[str, Any]) -> None:
        if options["json"]:
            self._write_json(dkim_output.as_json(key))
        else:
            self.stdout.write(words)

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def _write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2))
