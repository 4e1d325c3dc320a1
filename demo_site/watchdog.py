"""Ends what the demo has started when the demo itself was killed outright.

Reads one process group id a line. Standard input ends when the demo does, however
that happened; ``done`` before the end means that everything has been stopped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Wait for the end of standard input, then clear up unless it is done."""
    # Ctrl-C is for the demo, which then says `done`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines = [line.strip() for line in sys.stdin]
    if "done" in lines:
        return
    for group in lines:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
