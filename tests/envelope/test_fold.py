"""Folding gives lines that unfold to what was there."""

from __future__ import annotations

import pytest

from seacucumber.envelope.fold import fold_at_blanks, fold_mailboxes, fold_parameters


def test_mailboxes_break_after_commas():
    value = ", ".join(f'"Doe, John {n}" <a{n}@example.org>' for n in range(4))
    assert fold_mailboxes("To", value, 78) == (
        'To: "Doe, John 0" <a0@example.org>, "Doe, John 1" <a1@example.org>,\r\n'
        ' "Doe, John 2" <a2@example.org>, "Doe, John 3" <a3@example.org>\r\n'
    )


def test_a_long_mailbox_breaks_between_its_words():
    value = f"{'Name ' * 15}<{'a' * 60}@example.com>, b@example.com"
    lines = fold_mailboxes("To", value, 78).split("\r\n")
    assert "".join(lines) == f"To: {value}"
    assert max(map(len, lines)) <= 78


def test_references_break_at_blanks():
    value = " ".join(f"<{'a' * 30}{n}@example.com>" for n in range(3))
    assert fold_at_blanks("References", value, 78) == (
        f"References: <{'a' * 30}0@example.com>\r\n"
        f" <{'a' * 30}1@example.com>\r\n"
        f" <{'a' * 30}2@example.com>\r\n"
    )


def test_parameters_break_after_semicolons():
    boundary = f'boundary="{"=" * 38}"'
    assert fold_parameters(
        "Content-Type", f"multipart/alternative; {boundary}", 78
    ) == (f"Content-Type: multipart/alternative;\r\n {boundary}\r\n")


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("a/b; x=y", ['a/b; x="y"']),
        ('a/b; x="\\""', ['a/b; x="\\""']),
        # RFC 2231 4: another charset; and what readers would decode (RFC 2047 5).
        ('a/b; x="ü"', ["a/b; x*=utf-8''%C3%BC"]),
        ('a/b; x="=?utf-8?q?a?="', ["a/b; x*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D"]),
        # RFC 2231 3: a value in several pieces.
        (
            f'a/b; x="{"y" * 80}"',
            ["a/b;", f" x*0*=utf-8''{'y' * 64};", f" x*1*={'y' * 16}"],
        ),
        (
            f"a/b; x*=utf-8''{'%C3%BC' * 15}",
            [
                "a/b;",
                f" x*0*=utf-8''{'%C3%BC' * 10}%C3;",
                f" x*1*=%BC{'%C3%BC' * 4}",
            ],
        ),
    ],
)
def test_parameters_that_need_more_are_extended(value, lines):
    folded = fold_parameters("Content-Type", value, 78)
    assert folded == "Content-Type: " + "\r\n".join(lines) + "\r\n"


def test_what_are_no_parameters_is_left_alone():
    assert fold_parameters("Content-Type", "a/b; x=y z; =", 78) is None
