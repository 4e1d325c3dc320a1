"""Somebody who follows a page to the letter, in an empty folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

from tests.tutorial.document import Addition, Command, Link, Output, Step

#: What a command may take, pip's downloads among it.
COMMAND_S = 300
#: How long a program in a terminal of its own has to print what it should.
OUTPUT_S = 60
#: What a shell leaves for the next block of the same terminal.
_EXPORTS = ".exports"


class Stuck(Exception):
    """A step did not do what the page promises."""


class Reader:
    """Does steps one after the other.

    Args:
        folder: Where the project is made; empty.
        environment: What a terminal begins with.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._output = folder.parent / "output"
        self._running: list[subprocess.Popen[bytes]] = []
        self._exports = folder.parent / _EXPORTS
        self._exports.touch()

    def do(self, step: Step) -> None:
        """Do a step.

        Raises:
            Stuck: if it fails, with what is known of it.
        """
        match step:
            case Command(stays=True):
                self._open_terminal(step)
            case Command():
                self._type(step)
            case Addition():
                self._add(step)
            case Output():
                self._look_for(step)
            case Link():
                self._follow(step)

    def close(self) -> None:
        """End what still runs."""
        for process in reversed(self._running):
            _signal(process, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()

    def _type(self, step: Command) -> None:
        script = (
            f". {self._exports}\nset -e\nset -o pipefail\n{step.text}\n"
            f"export -p > {self._exports}\n"
        )
        self._output = self._folder.parent / "output"
        with self._output.open("wb") as output:
            ended = subprocess.run(
                ["bash", "-c", script],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_S,
                check=False,
            )
        if ended.returncode:
            raise Stuck(f"It ended with status {ended.returncode}:\n{self._printed()}")

    def _open_terminal(self, step: Command) -> None:
        self._output = self._folder.parent / f"output-{len(self._running)}"
        with self._output.open("wb") as output:
            self._running.append(
                subprocess.Popen(
                    ["bash", "-e", "-c", step.text],
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _add(self, step: Addition) -> None:
        path = self._folder / step.path
        if not path.parent.is_dir():
            raise Stuck(f"There is no folder {path.parent.name}.")
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{step.text}\n")

    def _look_for(self, step: Output) -> None:
        pattern = step.pattern()
        until = time.monotonic() + OUTPUT_S
        while not pattern.search(self._printed()):
            ended = self._running and self._running[-1].poll() is not None
            if ended or time.monotonic() > until:
                raise Stuck(
                    f"What was printed is not what the page shows:\n{self._printed()}"
                )
            time.sleep(0.1)

    def _follow(self, step: Link) -> None:
        page = _get(step.page)
        for target, text in re.findall(r'<a href="([^"]+)">([^<]+)</a>', page):
            if unescape(text) == step.text:
                _get(urljoin(step.page, unescape(target)))
                return
        raise Stuck(f"{step.page} has no such link:\n{page}")

    def _printed(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace").strip()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # Its group: the worker has processes of its own.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return str(answer.read().decode())
    except OSError as error:
        raise Stuck(f"{url} cannot be opened: {error}") from None
