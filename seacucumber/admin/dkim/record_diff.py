"""What DNS has in place of a key's record, tag by tag."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from seacucumber.text.sanitize import sanitize

_MOST_TAGS = 12
_LONGEST = 3000  # characters; a key of 4096 bits has 736
_PIECE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One tag of a record that is not as it should be.

    Args:
        tag: Its name, such as ``p``.
        expected: Its value as it should be; empty if it should not be there.
        found: Its value in DNS; empty if it is not there.
        words: What is different.
    """

    tag: str
    expected: str
    found: str
    words: str


def differences(expected: str, found: str) -> list[Difference]:
    """Return the tags in which two key records differ.

    The names of tags are those of RFC 6376, section 3.6.1. Blanks within a value mean
    nothing there. What is no tag is left out: the note of the look tells of it.
    """
    wanted, had = _tags(expected), _tags(found)
    names = list(dict.fromkeys([*wanted, *had]))
    return [
        Difference(
            tag=sanitize(name),
            expected=printable(wanted.get(name, "")),
            found=printable(had.get(name, "")),
            words=_words(name, wanted.get(name), had.get(name)),
        )
        for name in names[:_MOST_TAGS]
        if wanted.get(name) != had.get(name)
    ]


def printable(record: str) -> str:
    """Return a record, which may be longer than what `sanitize` lets through."""
    starts = range(0, min(len(record), _LONGEST), _PIECE)
    return "".join(sanitize(record[start : start + _PIECE]) for start in starts)


def _tags(record: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip(), "".join(value.split()))
    return found


def _words(name: str, wanted: str | None, had: str | None) -> str:
    if had is None:
        return _("It is not there.")
    if wanted is None:
        return _("It should not be there.")
    if name != "p":
        return _("It has another value.")
    if not had:
        return _("It is empty, which revokes the key.")
    alike = _alike(wanted, had)
    if alike == len(had):
        return _("It is cut short: %(have)d characters of %(want)d.") % {
            "have": len(had),
            "want": len(wanted),
        }
    if alike == len(wanted):
        return _("%(count)d characters too many follow it.") % {
            "count": len(had) - len(wanted)
        }
    if alike > len(_SAME_FOR_ALL_RSA_KEYS) + _CHANCE:
        return _("It differs from character %(place)d on.") % {"place": alike + 1}
    return _("It is the public half of another key.")


#: The beginning of every RSA-2048 key in base64: the structure, not the number.
_SAME_FOR_ALL_RSA_KEYS = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"
#: No two keys have so many characters of their own alike.
_CHANCE = 8


def _alike(one: str, other: str) -> int:
    """Return how many characters are the same at the beginning."""
    pairs = zip(one, other, strict=False)
    return next(
        (place for place, (a, b) in enumerate(pairs) if a != b),
        min(len(one), len(other)),
    )
