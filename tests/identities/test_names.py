"""Which names may be asked for."""

from __future__ import annotations

import pytest

from seacucumber.exceptions import SeaCucumberError
from seacucumber.identities.names import InvalidIdentity, checked_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Ann.Smith+news@Shop.example", "Ann.Smith+news@Shop.example"),
        (" ann@shop.example\n", "ann@shop.example"),
        ('"ann..s"@shop.example', '"ann..s"@shop.example'),
        ("shop.example", "shop.example"),
        ("3com.example", "3com.example"),
        # RFC 5891: "ß" is a letter of its own; "ä" and "Ä" are one.
        ("straße.example", "xn--strae-oqa.example"),
        ("post@BÄCKEREI.example", "post@xn--bckerei-5wa.example"),
        (f"{'a' * 63}.example", f"{'a' * 63}.example"),
    ],
)
def test_address_or_domain_is_named_as_ses_knows_it(given: str, name: str) -> None:
    assert checked_name(given) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ann",
        "ann@",
        "@shop.example",
        "ann@shop",
        "ann@bob@shop.example",
        "Ann <ann@shop.example>",
        "änn@shop.example",
        '"a\x01"@shop.example',
        "shop..example",
        ".example",
        "shop.example.",
        "shop.exa mple",
        "shop_example.com",
        "-shop.example",
        "shop-.example",
        "../shop.example",
        f"{'a' * 64}.example",
        f"{'a.' * 126}example",
        "ü..example",
        "shop.example\r\nX: y",
    ],
)
def test_anything_else_is_refused_in_plain_words(given: str) -> None:
    with pytest.raises(InvalidIdentity, match="neither an e-mail address") as caught:
        checked_name(given)

    assert isinstance(caught.value, SeaCucumberError)
    assert isinstance(caught.value, ValueError)
