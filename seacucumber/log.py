"""Mail about errors that a rollback does not take back.

Named in ``LOGGING``, so it is imported before Django has loaded its applications.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

from django.apps import apps
from django.db import connections, router
from django.utils import log

#: So many mails about errors are written beside their transactions at a time. Those
#: of an error that comes more often than that join their transactions.
_BESIDE_AT_MOST = 4


class AdminEmailHandler(log.AdminEmailHandler):
    """Django's handler, whose mail stays though the transaction is rolled back.

    An error that is logged inside ``atomic()`` most often ends it with a rollback, and
    mail that is queued there is gone with it. Here it is queued by a thread, in a
    transaction of its own; on SQLite that waits until the caller's is over.

    What goes wrong while mail is queued is written to stderr, as `logging` does, and
    never raised: the caller is busy with another error.
    """

    _beside = threading.BoundedSemaphore(_BESIDE_AT_MOST)

    def send_mail(self, subject: Any, message: Any, *args: Any, **kwargs: Any) -> None:
        """Queue a mail to ``ADMINS``. Never raises."""
        if not self._in_transaction() or not self._beside.acquire(blocking=False):
            self._send(subject, message, *args, **kwargs)
            return
        # No daemon: a command that ends with this error waits until it is written.
        threading.Thread(
            target=self._send_beside,
            args=(subject, message, *args),
            kwargs=kwargs,
            name="seacucumber-admin-mail",
        ).start()

    def _in_transaction(self) -> bool:
        if not apps.is_installed("seacucumber"):
            return False
        model = apps.get_model("seacucumber", "Message")
        return connections[router.db_for_write(model)].in_atomic_block

    def _send_beside(self, *args: Any, **kwargs: Any) -> None:
        try:
            self._send(*args, **kwargs)
        finally:
            self._beside.release()
            connections.close_all()

    def _send(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().send_mail(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the rule of logging.Handler
            # Not logged: that would come back here.
            if logging.raiseExceptions:
                sys.stderr.write(
                    f"Mail about an error could not be queued: {type(error).__name__}\n"
                )
