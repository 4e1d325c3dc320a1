"""What ``ses_doctor`` has found, as people and programs read it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import Error as DatabaseTrouble

from seacucumber.conf import InvalidSetting
from seacucumber.exceptions import AccountError
from seacucumber.figures import Finding, Severity
from seacucumber.refresh_schedule import in_plain_words
from seacucumber.text.sanitize import sanitize

MARKS: Mapping[Severity, str] = {
    Severity.OK: "ok",
    Severity.INFO: "note",
    Severity.WARN: "warning",
    Severity.BAD: "problem",
}
_DATABASE_NEEDED = "The rest cannot be looked at without the database."
_LINE = 88
_INDENT = " " * 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one look has found.

    Args:
        title: What was looked at.
    """

    title: str
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {
            "title": self.title,
            "findings": [
                {
                    "mark": MARKS[finding.severity],
                    "what": sanitize(finding.headline),
                    "do": sanitize(finding.text),
                }
                for finding in self.findings
            ],
        }

    def lines(self, mark: Callable[[Severity, str], str]) -> Iterator[str]:
        """Yield the lines that a person reads.

        Args:
            mark: Colours the word that a line begins with.
        """
        yield self.title
        for finding in self.findings:
            word = mark(finding.severity, MARKS[finding.severity].ljust(9))
            what, *more = _wrapped(finding.headline)
            yield f"  {word}{what}"
            for line in (*more, *_wrapped(finding.text)):
                yield f"{_INDENT}{line}"


@dataclass(slots=True)
class Reported:
    """What was reported already: nobody reads the same thing twice."""

    headlines: set[str] = field(default_factory=set)
    #: The database was said to be in trouble.
    database: bool = False

    def section(self, title: str, how: Callable[[], Iterable[Finding]]) -> Section:
        """Look, and return what is new; what goes wrong is a finding too."""
        found = tuple(
            finding
            for finding in self._found(how)
            if finding.headline not in self.headlines
        )
        reported = {finding.headline for finding in found}
        self.headlines |= reported - {_DATABASE_NEEDED}
        return Section(title=title, findings=found)

    def _found(self, how: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        """Yield what a look finds, and why it ended early if it did."""
        try:
            yield from how()
        except DatabaseTrouble as error:
            yield self._trouble(error)
        except InvalidSetting as error:
            yield problem(str(error), "README.rst tells what each setting may be.")
        except AccountError as error:
            yield problem(in_plain_words(error), "")
        except Exception as error:  # noqa: BLE001
            # Whoever calls a doctor wants to hear all the rest as well.
            yield problem(
                f"This could not be looked at: {type(error).__name__}: {error}",
                "Please report it if you cannot tell why.",
            )

    def _trouble(self, error: Exception) -> Finding:
        if self.database:
            return note(_DATABASE_NEEDED, f"{error}.")
        self.database = True
        return problem(
            f"The database refuses: {error}.",
            "If tables are missing, run manage.py migrate.",
        )


def ok(headline: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(severity=Severity.OK, headline=headline, text="")


def note(headline: str, text: str = "") -> Finding:
    """Return what is only good to know."""
    return Finding(severity=Severity.INFO, headline=headline, text=text)


def warning(headline: str, text: str) -> Finding:
    """Return what somebody should look at."""
    return Finding(severity=Severity.WARN, headline=headline, text=text)


def problem(headline: str, text: str) -> Finding:
    """Return what keeps mail from leaving, or soon will."""
    return Finding(severity=Severity.BAD, headline=headline, text=text)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        sanitize(text),
        _LINE - len(_INDENT),
        break_long_words=False,
        break_on_hyphens=False,
    )
