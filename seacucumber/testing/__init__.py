"""A strict Amazon SES on this machine, for tests and demonstrations.

::

    from seacucumber.testing import Fault, LocalSES, errors

    with LocalSES(rate=50.0, verified=["example.com"]) as ses:
        ses.faults.add(Fault.answer(errors.rate_exceeded(), times=3))
        ...  # endpoint_url=ses.url
        assert ses.inbox[0].subject == "Welcome"

The same server as a process is ``python -m seacucumber.testing``; `LocalSESClient`
drives it. The pytest fixture ``local_ses`` is in
`seacucumber.testing.pytest_plugin`.
"""

from __future__ import annotations

from seacucumber.testing.control.client import LocalSESClient
from seacucumber.testing.events.console import Way
from seacucumber.testing.events.emitter import Emitted
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.faults import errors
from seacucumber.testing.faults.fault import Fault, FaultKind
from seacucumber.testing.faults.refusals import AwsError
from seacucumber.testing.http.server import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalSES
from seacucumber.testing.inbox import Accepted, Counters
from seacucumber.testing.ses.addresses import Outcome
from seacucumber.testing.ses.bucket import Clock
from seacucumber.testing.ses.identities import IdentityState
from seacucumber.testing.ses.settings import Settings
from seacucumber.testing.ses.suppression import Reason
from seacucumber.testing.sns.post import Posting

__all__ = [
    "ACCESS_KEY_ID",
    "SECRET_ACCESS_KEY",
    "Accepted",
    "AwsError",
    "Clock",
    "Counters",
    "Emitted",
    "EventKind",
    "Fault",
    "FaultKind",
    "IdentityState",
    "LocalSES",
    "LocalSESClient",
    "Outcome",
    "Posting",
    "Reason",
    "Settings",
    "Way",
    "errors",
]
