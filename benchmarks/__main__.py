"""``python -m benchmarks`` and what is to be measured; ``--help`` has the list."""

from __future__ import annotations

import argparse
import signal
import sys

from benchmarks import (
    events,
    full,
    goodput,
    profiler,
    quick,
    rows,
    signature,
    suppression,
)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("quick", help="CPU per message beside others, in 3 minutes")
    commands.add_parser("full", help="the pace, and one process at full speed")
    commands.add_parser("signing", help="DKIM signatures alone, in half a minute")
    many = commands.add_parser("rows", help="the admin with a million messages")
    many.add_argument("--large", type=int, default=rows.LARGE, help="the larger size")
    listed = commands.add_parser("suppression", help="what a suppression list costs")
    listed.add_argument("--listed", type=int, default=suppression.LISTED)
    commands.add_parser("events", help="how many events a second are stored")
    slow = commands.add_parser("goodput", help="what a machine too slow still carries")
    slow.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    slow.add_argument("--plot", default="", help="where to draw it, as SVG")
    profile = commands.add_parser("profile", help="where the CPU goes")
    profile.add_argument("part", choices=("single", "bulk", "deliver"))
    profile.add_argument("--sort", choices=("tottime", "cumtime"), default="tottime")
    options = parser.parse_args()
    # So that the processes that were started end with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.command == "profile":
        profiler.run(options.part, options.sort)
    elif options.command == "rows":
        sys.exit(0 if rows.run(options.large) else 1)
    elif options.command == "signing":
        sys.exit(0 if signature.run() else 1)
    elif options.command == "suppression":
        sys.exit(0 if suppression.run(options.listed) else 1)
    elif options.command == "events":
        sys.exit(0 if events.run() else 1)
    elif options.command == "goodput":
        sys.exit(0 if goodput.run(options.database, options.plot) else 1)
    elif options.command == "full":
        full.run()
    else:
        quick.run()


if __name__ == "__main__":
    main()
