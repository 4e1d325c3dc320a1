"""All that a page shows can be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

PACKAGE = Path(__file__).resolve().parent.parent / "seacucumber"
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
#: Where what pages show is put into words.
MODULES = sorted(
    [
        *(PACKAGE / "admin").rglob("*.py"),
        *(PACKAGE / "figures").rglob("*.py"),
        *(PACKAGE / "text").rglob("*.py"),
        PACKAGE / "dkim_keys" / "problems.py",
    ]
)
#: Names of the field, the same in every language.
NAMES = {"TXT"}
SEEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
#: Arguments whose text is shown to people.
SHOWN_ARGUMENTS = {
    *("advice", "description", "empty", "headline", "help", "help_text", "label"),
    *("note", "remedy", "summary", "text", "title", "verbose_name"),
}


class Words(HTMLParser):
    """Collects what a reader sees, in text and in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._unseen = tag
        self.found += [
            value
            for name, value in attrs
            if name in SEEN_ATTRIBUTES and value and has_words(value)
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen and has_words(data):
            self.found.append(data.strip())


def has_words(text: str) -> bool:
    return any(word not in NAMES for word in re.findall(r"[A-Za-z]{2,}", text))


def untranslated(source: str) -> list[str]:
    """Return the words of a template that stand in no tag of ``i18n``."""
    words, text, blocks = Words(), [], []
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type == TokenType.BLOCK:
            if name in ("blocktranslate", "comment"):
                blocks.append(name)
            elif name in ("endblocktranslate", "endcomment"):
                blocks.pop()
            elif name == "block" and token.contents.split()[1].endswith("class"):
                # What fills an attribute, which lies in another template.
                blocks.append("class")
            elif name == "endblock" and blocks == ["class"]:
                blocks.pop()
        elif token.token_type == TokenType.TEXT and not blocks:
            text.append(token.contents)
    words.feed("".join(text))
    words.close()
    return words.found


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE / "templates"))
)
def test_template_shows_no_word_past_gettext(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Bounced</p>", ["Bounced"]),
        ("<p>{{ value }}</p>", []),
        ('<a title="Show">{% translate "Show" %}</a>', ["Show"]),
        ("{% blocktranslate %}Two {{ n }}{% endblocktranslate %}", []),
        ('<p class="quiet">&nbsp;</p>', []),
    ],
)
def test_what_would_be_found(source: str, found: list[str]) -> None:
    assert untranslated(source) == found


def plain_arguments(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield texts of several words that are given as they are to what shows them."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        for argument in call.keywords:
            value = argument.value
            if argument.arg not in SHOWN_ARGUMENTS or not isinstance(
                value, ast.Constant | ast.JoinedStr
            ):
                continue
            if re.search(r"[A-Za-z]{3,} [a-z]", ast.unparse(value)):
                yield value.lineno, ast.unparse(value)


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_module_gives_pages_no_text_past_gettext(path: Path) -> None:
    assert list(plain_arguments(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_a_text_that_is_given_as_it_is_would_be_found() -> None:
    tree = ast.parse(
        'Finding(headline="AWS has paused sending.", text=_("Wait a bit"))'
    )

    assert list(plain_arguments(tree)) == [(1, "'AWS has paused sending.'")]
