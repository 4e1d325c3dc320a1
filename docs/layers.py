"""``make drawing``: draws the layers of the import-linter contract.

The contract in ``setup.cfg`` is the one place that has them; the drawing beside this
file is made from it, and a test compares the two.
"""

from __future__ import annotations

from configparser import ConfigParser
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRAWING = Path(__file__).with_suffix(".svg")
CONTRACT = "importlinter:contract:layers"

_WIDTH, _ROW, _BOX, _GAP, _MARGIN = 960, 44, 32, 8, 12
_LABEL = 150
#: What a layer is for; the first of its packages names it.
_PURPOSES = {
    "apps": "doors",
    "admin": "doors",
    "log": "logs",
    "outbox": "writes the queue",
    "tasks": "Celery",
    "ses_events": "takes events in",
    "identities": "subjects",
    "refresh_schedule": "readings",
    "delivery": "sends the queue",
    "models": "tables",
    "envelope": "knows no table",
    "signals": "vocabulary",
    "conf": "settings",
    "setting_values": "settings",
    "addresses": "base",
}
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933; }
  .quiet { fill: #5f6b7a; }
  rect { fill: #e8f1f2; stroke: #3f7d83; }
  line { stroke: #9aa5b1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6ebf0; } .quiet { fill: #a4b0bd; }
    rect { fill: #1f3a3d; stroke: #6fb3b8; } line { stroke: #52606d; }
  }
"""


def layers() -> list[list[str]]:
    """Return the packages of each layer, the highest first."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    rows = config[CONTRACT]["layers"].split("\n")
    return [[name.strip() for name in row.split("|")] for row in rows if row.strip()]


def draw(rows: list[list[str]]) -> str:
    """Return the layers as SVG."""
    height = _MARGIN * 2 + _ROW * len(rows)
    shapes = [shape for y, row in enumerate(rows) for shape in _row(row, y)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            ' role="img" aria-label="The layers of the package; imports point down">',
            f"<style>{_STYLE}</style>",
            *shapes,
            "</svg>\n",
        ]
    )


def _row(names: list[str], number: int) -> list[str]:
    top = _MARGIN + number * _ROW
    middle = top + _BOX / 2 + 5
    room = _WIDTH - _LABEL - 2 * _MARGIN - _GAP * (len(names) - 1)
    wide = room / len(names)
    purpose = escape(_PURPOSES.get(names[0], ""))
    shapes = [f'<text class="quiet" x="{_MARGIN}" y="{middle:g}">{purpose}</text>']
    for column, name in enumerate(names):
        left = _LABEL + _MARGIN + column * (wide + _GAP)
        shapes += [
            f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{_BOX}"'
            ' rx="5"/>',
            f'<text x="{left + wide / 2:.1f}" y="{middle:g}" text-anchor="middle">'
            f"{escape(name)}</text>",
        ]
    return shapes


if __name__ == "__main__":
    DRAWING.write_text(draw(layers()), encoding="utf-8")
