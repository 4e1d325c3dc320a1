"""A browser as a person uses it, and what axe-core and the console say of a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import ConsoleMessage, Page

_ROOT = Path(__file__).resolve().parents[2]
_AXE = _ROOT / ".browser" / "node_modules" / "axe-core" / "axe.min.js"
#: What the screenshots are left in, for people to look at.
SHOTS = _ROOT / ".browser" / "shots"
#: Frames hold what others wrote, in a sandbox without scripts.
_OPTIONS = {"iframes": False, "resultTypes": ["violations"]}
_CONTRAST = {**_OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast"]}}


@cache
def _axe() -> str:
    if not _AXE.exists():
        raise FileNotFoundError(f"There is no {_AXE}: `make browser` fetches it.")
    return _AXE.read_text(encoding="utf-8")


class Driver:
    """Somebody at the admin.

    Args:
        page: The browser's tab.
        site: The address of the live server.
    """

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self._site = site
        #: What the browser complained about: script errors, and the policy broken.
        self.complaints: list[str] = []
        self._is_audited = False
        page.on("console", self._on_console)
        page.on(
            "pageerror", lambda error: self.complaints.append(f"{page.url} {error}")
        )

    def log_in(self, user: str, password: str) -> None:
        """Fill in Django's form."""
        self.go("/admin/login/?next=/admin/")
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def go(self, path: str) -> None:
        """Open a page, which must answer with status 200."""
        answer = self.page.goto(f"{self._site}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"

    def press(self, name: str) -> None:
        """Press a button, and wait for the page that comes of it."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def text(self) -> str:
        """Return what a reader sees."""
        return self.page.locator("body").inner_text()

    def violations(self) -> list[str]:
        """Return what axe-core finds on this page, in the light and the dark theme."""
        # axe-core styles elements to measure them, which the policy refuses as well.
        self._is_audited = True
        # Not as a <script>, which the policy would rightly refuse.
        self.page.evaluate(f"() => {{ {_axe()} }}")
        found = self._audit(_OPTIONS)
        self.theme("dark")
        found += [f"dark: {line}" for line in self._audit(_CONTRAST)]
        self.theme("light")
        self._is_audited = False
        return found

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Change the theme, and let colours have faded."""
        self.page.emulate_media(color_scheme=name)
        # Not waited for: inside of closed <details> they would never end.
        self.page.evaluate(
            "() => document.getAnimations().forEach(each => each.finish())"
        )

    def overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        width: int = self.page.evaluate(
            "() => document.documentElement.scrollWidth - window.innerWidth"
        )
        return width

    def _audit(self, options: dict[str, Any]) -> list[str]:
        report = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:160]} {_contrast(node)}"
            for rule in report["violations"]
            for node in rule["nodes"]
        ]

    def _on_console(self, message: ConsoleMessage) -> None:
        if self._is_audited or "/favicon.ico" in str(message.location):
            return
        if message.type == "error":
            self.complaints.append(f"{self.page.url} {message.text}")


def _contrast(node: dict[str, Any]) -> str:
    data = [row["data"] for row in node["any"] if isinstance(row.get("data"), dict)]
    pairs = [
        f"{row['fgColor']} on {row['bgColor']}: {row['contrastRatio']}"
        for row in data
        if "fgColor" in row
    ]
    return " ".join(pairs)
