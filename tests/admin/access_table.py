"""Who may do what: one row for every URL of ours in the admin.

`test_access` walks the resolver; a URL without a row here fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        of: Whose id stands in the URL: ``message``, ``hold``, ``identity`` or
            ``suppressed``.
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
    # Django's redirect to the page; it tells nothing, and the page asks.
    "seacucumber/message/<path:object_id>/": Row(
        get=with_all(answers=302), post=with_all(answers=302)
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
        data={"scope": "lane", "lane": "bulk", "why": "A test"},
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

DASHBOARD = {
    "seacucumber/dashboard/": Row(
        get=with_all("view_dashboard"),
        post=with_all("view_dashboard", "refresh_figures", answers=302),
    ),
}

TABLE: dict[str, Row] = {
    **DASHBOARD,
    **IDENTITIES,
    **MESSAGES,
    **HOLDS,
    **SUPPRESSION,
}
