"""The admin's pages at ten thousand and at a million messages."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import postgres
from benchmarks.processes import ROOT, Failed, end

SMALL, LARGE = 10_000, 1_000_000
#: What a page may take at the large size, in times of the small one.
RATIO_MAX = 1.5
_ROUNDS, _TIMES = 5, 5


def run(large: int = LARGE) -> bool:
    """Measure on SQLite, and on PostgreSQL if there is one; print the tables.

    Returns:
        Whether every page stays within the ratio, with the same number of queries.
    """
    kinds, good = ["sqlite"], True
    missing = postgres.missing()
    if missing:
        print(f"Without PostgreSQL: {missing}")
    else:
        kinds.append("postgres")
    for kind in kinds:
        with ExitStack() as stack:
            small = Site(kind, SMALL, stack)
            huge = Site(kind, large, stack)
            rows = list(_measured(small, huge))
        good = _table(kind, rows, huge) and good
    return good


class Site:
    """A process with the admin on a database of its own, with so many messages."""

    def __init__(self, kind: str, count: int, stack: ExitStack) -> None:
        self.count = count
        name = f"bench_{os.getpid()}_{count}"
        if kind == "postgres":
            postgres.create(name)
            stack.callback(postgres.drop, name)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench"))
            name = str(Path(folder) / "rows.sqlite3")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.rows", str(count)],
            cwd=ROOT,
            env=_environment(kind, name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(end, self._process)
        hello = self._answer()
        self.made_s: float = hello["made_s"]
        self.titles: list[str] = hello["titles"]

    def ask(self, title: str) -> dict[str, Any]:
        """Return a page's ``times_ms`` and its number of ``queries``."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{title}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"The site with {self.count} messages has ended; see above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a page took at both sizes."""

    title: str
    small_ms: float
    large_ms: float
    queries: tuple[int, int]

    @property
    def ratio(self) -> float:
        """How much longer it takes at the large size."""
        return self.large_ms / self.small_ms

    @property
    def fits(self) -> bool:
        """Whether it keeps what is promised."""
        return self.ratio <= RATIO_MAX and self.queries[0] == self.queries[1]


def _measured(small: Site, huge: Site) -> Iterator[Row]:
    """Measure each page in turns, so that both meet what else the machine does."""
    for title in huge.titles:
        asked = [(small.ask(title), huge.ask(title)) for _ in range(_ROUNDS)]
        yield Row(
            title=title,
            small_ms=_quartile_ms(one for one, _ in asked),
            large_ms=_quartile_ms(one for _, one in asked),
            queries=(asked[0][0]["queries"], asked[0][1]["queries"]),
        )


def _quartile_ms(asked: Iterable[dict[str, Any]]) -> float:
    """Return the lower quartile: whatever else the machine does only adds to a time."""
    times_ms = [ms for one in asked for ms in one["times_ms"]]
    return statistics.quantiles(times_ms, n=4)[0]


def _environment(kind: str, name: str) -> dict[str, str]:
    project = {
        "backend": "seacucumber.backend.SESBackend",
        "database": kind,
        "database_name": name,
        "broker_url": "memory://",
        "settings": _settings(),
    }
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "BENCHMARK_PROJECT": json.dumps(project),
    }


def _settings() -> dict[str, Any]:
    """Return what the admin needs."""
    contrib = "django.contrib"
    processors = (
        "auth.context_processors.auth",
        "messages.context_processors.messages",
    )
    return {
        "ALLOWED_HOSTS": ["testserver"],
        "ROOT_URLCONF": "tests.urls",
        "STATIC_URL": "/static/",
        "CUCUMBER_ENDPOINT_URL": "http://127.0.0.1:9",
        "INSTALLED_APPS": [
            *(
                f"{contrib}.{app}"
                for app in ("admin", "auth", "contenttypes", "messages", "sessions")
            ),
            f"{contrib}.staticfiles",
            "seacucumber",
        ],
        "MIDDLEWARE": [
            f"{contrib}.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{contrib}.auth.middleware.AuthenticationMiddleware",
            f"{contrib}.messages.middleware.MessageMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        *(f"{contrib}.{name}" for name in processors),
                    ]
                },
            }
        ],
    }


def _table(kind: str, rows: Sequence[Row], huge: Site) -> bool:
    print(
        f"\n{kind}: {huge.count} messages were made in {huge.made_s:.0f} s;"
        f" lower quartiles of {_ROUNDS * _TIMES}, in turns\n"
        f"{'':36}{f'ms at {SMALL}':>14}{f'ms at {huge.count}':>15}{'ratio':>7}"
        f"{'queries':>12}"
    )
    for row in rows:
        queries = f"{row.queries[0]} -> {row.queries[1]}"
        print(
            f"  {row.title:34}{row.small_ms:>14.1f}{row.large_ms:>15.1f}"
            f"{row.ratio:>6.2f}x{queries:>12}{'' if row.fits else '  !'}"
        )
    return all(row.fits for row in rows)


# -- in the process that measures ----------------------------------------------


def serve(count: int) -> None:
    """Make the rows, then measure the page of each title that comes in."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.row_generator import grow
    from benchmarks.row_pages import pages_of

    call_command("migrate", verbosity=0)
    made_s = grow(count)
    pages = dict(pages_of(count))
    _say({"made_s": made_s, "titles": list(pages)})
    for line in sys.stdin:
        _say(_figures(pages[line.strip()]))


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def _figures(url: str) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(_boss())
    answer = client.get(url, follow=True)
    if answer.status_code != 200:
        raise Failed(f"{url} answers {answer.status_code}.")
    if answer.redirect_chain:
        url = answer.redirect_chain[-1][0]
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
        number = len(queries)
    times_ms = []
    for _ in range(_TIMES):
        begin_s = time.perf_counter()
        client.get(url)
        times_ms.append(1e3 * (time.perf_counter() - begin_s))
    return {"times_ms": times_ms, "queries": number}


def _boss() -> Any:
    from django.contrib.auth import get_user_model

    users = get_user_model()
    found = users.objects.filter(username="boss").first()
    return found or users.objects.create_superuser("boss", "boss@example.com", "x")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
