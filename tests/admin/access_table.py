"""Who may do what: one row for every URL of ours in the admin.

`test_access` walks the resolver; a URL without a row here fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who gets through, and what they are answered.

    Args:
        needs: Permissions, all of which are needed; None: nobody, not even a
            superuser.
        answers: The status for those who have them. All others get 403, and a page
            to log in if nobody has logged in.
    """

    needs: frozenset[str] | None
    answers: int = 403


def with_all(*codenames: str, answers: int = 200) -> Access:
    """Grant access to whoever has all these permissions of ours."""
    return Access(frozenset(codenames), answers)


NOBODY = Access(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One URL.

    Args:
        get: Who may look.
        post: Who may change.
        data: What is posted, so that the change would be made.
        of: Whose id stands in the URL: ``message``, ``hold``, ``identity``, ``key``,
            ``suppressed`` or ``event``.
    """

    get: Access
    post: Access
    data: Mapping[str, str] = field(default_factory=dict)
    of: str = "message"


_REQUEUE = ("view_message", "requeue_message")
_CANCEL = ("view_message", "cancel_message")
_BODY = ("view_message", "view_body")

MESSAGES = {
    "seacucumber/message/": Row(
        get=with_all("view_message"), post=with_all("view_message")
    ),
    "seacucumber/message/search/": Row(
        get=with_all("view_message", answers=302),
        post=with_all("view_message", answers=302),
        data={"text": "ann@example.org"},
    ),
    "seacucumber/message/send-test/": Row(
        get=with_all("send_test"), post=with_all("send_test")
    ),
    "seacucumber/message/<path:object_id>/change/": Row(
        get=with_all("view_message"), post=with_all("view_message", answers=405)
    ),
    "seacucumber/message/<path:object_id>/history/": Row(
        get=with_all("view_message"), post=with_all("view_message")
    ),
    "seacucumber/message/<int:pk>/requeue/": Row(
        get=with_all(*_REQUEUE), post=with_all(*_REQUEUE, answers=302)
    ),
    "seacucumber/message/<int:pk>/resend/": Row(
        get=with_all(*_REQUEUE), post=with_all(*_REQUEUE, answers=302)
    ),
    "seacucumber/message/<int:pk>/cancel/": Row(
        get=with_all(*_CANCEL), post=with_all(*_CANCEL, answers=302)
    ),
    "seacucumber/message/<int:pk>/body/": Row(get=with_all(*_BODY), post=NOBODY),
    "seacucumber/message/<int:pk>/body/html/": Row(get=with_all(*_BODY), post=NOBODY),
    # The sample's second part is no image.
    "seacucumber/message/<int:pk>/body/image/<int:number>/": Row(
        get=with_all(*_BODY, answers=404), post=NOBODY
    ),
    "seacucumber/message/<int:pk>/body/part/<int:number>/": Row(
        get=with_all(*_BODY), post=NOBODY
    ),
    "seacucumber/message/<int:pk>/body/source/": Row(get=with_all(*_BODY), post=NOBODY),
}

HOLDS = {
    "seacucumber/hold/": Row(
        get=with_all("view_hold"), post=with_all("view_hold"), of="hold"
    ),
    "seacucumber/hold/pause/": Row(
        get=with_all("pause_sending"),
        post=with_all("pause_sending", answers=302),
        data={
            "scope": "lane",
            "lane": "bulk",
            "why": "A test",
            "until": "by-hand",
            "confirmed": "yes",
        },
    ),
    "seacucumber/hold/resume/": Row(
        get=with_all("pause_sending"), post=with_all("pause_sending", answers=302)
    ),
    "seacucumber/hold/<int:pk>/resume/": Row(
        get=with_all("pause_sending"),
        post=with_all("pause_sending", answers=302),
        of="hold",
    ),
}

_VIEW = "view_identity"

IDENTITIES = {
    "seacucumber/identity/": Row(
        get=with_all(_VIEW), post=with_all(_VIEW), of="identity"
    ),
    "seacucumber/identity/add/": Row(
        get=with_all("add_identity"),
        post=with_all("add_identity", answers=302),
        data={"name": "batman@gotham.gov", "mailer": "default"},
        of="identity",
    ),
    "seacucumber/identity/refresh/": Row(
        get=with_all(_VIEW, answers=405),
        post=with_all(_VIEW, "refresh_figures", answers=302),
        of="identity",
    ),
    "seacucumber/identity/<int:pk>/change/": Row(
        get=with_all(_VIEW), post=NOBODY, of="identity"
    ),
    "seacucumber/identity/<int:pk>/delete/": Row(
        get=with_all("delete_identity"),
        post=with_all("delete_identity", answers=302),
        data={"typed": "example.com"},
        of="identity",
    ),
    "seacucumber/identity/<int:pk>/resend/": Row(
        get=with_all(_VIEW, answers=405),
        post=with_all(_VIEW, "change_identity", answers=302),
        of="identity",
    ),
    "seacucumber/identity/<int:pk>/refresh/": Row(
        get=with_all(_VIEW, answers=405),
        post=with_all(_VIEW, "refresh_figures", answers=302),
        of="identity",
    ),
    "seacucumber/identity/<int:pk>/check/": Row(
        get=with_all(_VIEW, answers=405),
        post=with_all(_VIEW, "refresh_figures", answers=302),
        of="identity",
    ),
    "seacucumber/identity/<path:object_id>/history/": Row(
        get=with_all(_VIEW), post=with_all(_VIEW), of="identity"
    ),
}

_KEY = "view_dkimkey"


def _decision(*codenames: str, **data: str) -> Row:
    """A page that asks whether to do something to a key, and does it."""
    return Row(
        get=with_all(_KEY, *codenames),
        post=with_all(_KEY, *codenames, answers=302),
        data=data,
        of="key",
    )


def _click(*codenames: str) -> Row:
    """One click on a key's page."""
    return Row(
        get=with_all(_KEY, answers=405),
        post=with_all(_KEY, *codenames, answers=302),
        of="key",
    )


_PEM = (
    ed25519.Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)

KEYS = {
    "seacucumber/dkimkey/": Row(get=with_all(_KEY), post=with_all(_KEY), of="key"),
    "seacucumber/dkimkey/add/": Row(
        get=with_all("add_dkimkey"),
        post=with_all("add_dkimkey", answers=302),
        data={"domain": "gotham.gov", "use": "message", "kind": "ed25519"},
    ),
    "seacucumber/dkimkey/import/": Row(
        get=with_all("add_dkimkey"),
        post=with_all("add_dkimkey", answers=302),
        data={
            "domain": "gotham.gov",
            "selector": "bat",
            "pem": _PEM,
            "use": "message",
        },
    ),
    "seacucumber/dkimkey/import/settings/": Row(
        get=with_all("add_dkimkey", answers=405),
        post=with_all("add_dkimkey", answers=302),
        data={"mailer": "default"},
    ),
    "seacucumber/dkimkey/<int:pk>/change/": Row(
        get=with_all(_KEY), post=NOBODY, of="key"
    ),
    "seacucumber/dkimkey/<int:pk>/options/": _decision("change_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/check/": _click("change_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/activate/": _decision("activate_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/override/": _decision("override_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/rotate/": _decision("rotate_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/restore/": _decision("activate_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/retire/": _decision("activate_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/revoke/": _decision("revoke_dkimkey", reason="Lost"),
    "seacucumber/dkimkey/<int:pk>/abandon/": _decision("delete_dkimkey"),
    "seacucumber/dkimkey/<int:pk>/push/": _decision("push_dkimkey", mailer="default"),
    "seacucumber/dkimkey/<int:pk>/follow/": _click("push_dkimkey"),
    "seacucumber/dkimkey/<path:object_id>/history/": Row(
        get=with_all(_KEY), post=with_all(_KEY), of="key"
    ),
}

_SUPPRESSED = "view_suppressed"

SUPPRESSION = {
    "seacucumber/suppressed/": Row(
        get=with_all(_SUPPRESSED), post=with_all(_SUPPRESSED), of="suppressed"
    ),
    "seacucumber/suppressed/add/": Row(
        get=with_all("add_suppressed"),
        post=with_all("add_suppressed", answers=302),
        data={"address": "bob@example.org", "mailer": "default", "reason": "manual"},
        of="suppressed",
    ),
    "seacucumber/suppressed/search/": Row(
        get=with_all(_SUPPRESSED, answers=302),
        post=with_all(_SUPPRESSED, answers=302),
        data={"text": "ann@example.org"},
        of="suppressed",
    ),
    "seacucumber/suppressed/refresh/": Row(
        get=with_all(_SUPPRESSED, answers=405),
        post=with_all(_SUPPRESSED, "refresh_figures", answers=302),
        of="suppressed",
    ),
    "seacucumber/suppressed/import/": Row(
        get=with_all("import_suppressed"),
        post=with_all("import_suppressed"),
        of="suppressed",
    ),
    "seacucumber/suppressed/export/": Row(
        get=with_all("export_suppressed", answers=405),
        post=with_all("export_suppressed"),
        of="suppressed",
    ),
    "seacucumber/suppressed/<int:pk>/change/": Row(
        get=with_all(_SUPPRESSED), post=NOBODY, of="suppressed"
    ),
    "seacucumber/suppressed/<int:pk>/ask/": Row(
        get=with_all(_SUPPRESSED, answers=405),
        post=with_all(_SUPPRESSED, "refresh_figures", answers=302),
        of="suppressed",
    ),
    "seacucumber/suppressed/<int:pk>/delete/": Row(
        get=with_all("delete_suppressed"),
        post=with_all("delete_suppressed", answers=302),
        of="suppressed",
    ),
    "seacucumber/suppressed/<path:object_id>/history/": Row(
        get=with_all(_SUPPRESSED), post=with_all(_SUPPRESSED), of="suppressed"
    ),
}

_EVENT = "view_event"

EVENTS = {
    "seacucumber/event/": Row(get=with_all(_EVENT), post=with_all(_EVENT), of="event"),
    "seacucumber/event/search/": Row(
        get=with_all(_EVENT, answers=302),
        post=with_all(_EVENT, answers=302),
        data={"text": "ann@example.org"},
        of="event",
    ),
    "seacucumber/event/<int:pk>/change/": Row(
        get=with_all(_EVENT), post=NOBODY, of="event"
    ),
}

DASHBOARD = {
    "seacucumber/dashboard/": Row(
        get=with_all("view_dashboard"),
        post=with_all("view_dashboard", "refresh_figures", answers=302),
    ),
}

TABLE: dict[str, Row] = {
    **DASHBOARD,
    **EVENTS,
    **IDENTITIES,
    **KEYS,
    **MESSAGES,
    **HOLDS,
    **SUPPRESSION,
}
