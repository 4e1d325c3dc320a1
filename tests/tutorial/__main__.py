"""Run the tutorial from a wheel, with the oldest and the newest Django there is."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from seacucumber.testing import LocalSESClient
from tests.tutorial.document import Command, read_steps
from tests.tutorial.reader import Reader, Stuck

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.rst"
SECTION = "Without AWS"
RECIPIENT = "ann@example.com"
#: What the page says, and stands for something else on each machine.
CHECKOUT, PORT = "~/sea-cucumber", "8025"


@dataclass(frozen=True, slots=True)
class Pair:
    """A Django, and the Pythons that it runs on, the preferred one first."""

    django: str
    pythons: tuple[str, ...]


PAIRS = (
    Pair("5.2", ("3.11", "3.12", "3.13")),
    Pair("6.1", ("3.12", "3.13")),
)


def main() -> int:
    """Run it with each Django, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make tutorial", description=__doc__)
    parser.add_argument("--django", choices=[pair.django for pair in PAIRS])
    only = parser.parse_args().django
    failed = False
    with tempfile.TemporaryDirectory(prefix="tutorial-") as folder:
        wheel = build_wheel(Path(folder))
        for pair in PAIRS:
            if only in (None, pair.django):
                failed = not run(pair, wheel, Path(folder) / pair.django) or failed
    return int(failed)


def build_wheel(folder: Path) -> Path:
    """Build the wheel that the page installs."""
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder)]
    built = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    if built.returncode:
        sys.exit(f"The wheel cannot be built:\n{built.stdout}{built.stderr}")
    [wheel] = folder.glob("*.whl")
    return wheel


def run(pair: Pair, wheel: Path, room: Path) -> bool:
    """Do every step with one Django; print how it went, return whether well."""
    python = next(filter(None, map(find_python, pair.pythons)), None)
    if python is None:
        print(f"Django {pair.django}: left out, no Python {' or '.join(pair.pythons)}.")
        return True
    folder = room / "project"
    folder.mkdir(parents=True)
    port = free_port()
    page = PAGE.read_text(encoding="utf-8")
    page = page.replace(CHECKOUT, str(wheel)).replace(PORT, str(port))
    reader = Reader(folder, environment(room, python, pair.django))
    began_s = installed_s = time.monotonic()
    try:
        for step in read_steps(page, SECTION):
            reader.do(step)
            if isinstance(step, Command) and str(wheel) in step.text:
                installed_s = time.monotonic()
        LocalSESClient(f"http://127.0.0.1:{port}").wait_for(1, timeout_s=20)
    except (Stuck, TimeoutError, subprocess.TimeoutExpired) as error:
        print(f"Django {pair.django}: stuck at\n\n{step}\n\n{error}", file=sys.stderr)
        return False
    finally:
        reader.close()
    print(
        f"Django {pair.django}: a mail was delivered, and the doctor finds nothing."
        f" Installing took {installed_s - began_s:.0f} s,"
        f" the rest {time.monotonic() - installed_s:.0f} s."
    )
    return True


def environment(room: Path, python: Path, django: str) -> dict[str, str]:
    """Return what a terminal of somebody has who has nothing but this Python."""
    constraints = room / "constraints.txt"
    constraints.write_text(f"Django=={django}.*\n", encoding="utf-8")
    shims = room / "bin"
    shims.mkdir()
    (shims / "python3").symlink_to(python)
    kept = ("HOME", "LANG", "TMPDIR", "http_proxy", "https_proxy", "no_proxy")
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        **{k: v for k, v in os.environ.items() if k.startswith("PIP_")},
        "PATH": f"{shims}:/usr/local/bin:/usr/bin:/bin",
        "PIP_CONSTRAINT": str(constraints),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUNBUFFERED": "1",
    }


def find_python(version: str) -> Path | None:
    """Return a Python of this version, if this machine has one."""
    if version == "{}.{}".format(*sys.version_info):
        return Path(sys.executable).resolve()
    versions = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3")
    found = [*sorted(versions), shutil.which(f"python{version}")]
    return next((Path(path) for path in found if path), None)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
