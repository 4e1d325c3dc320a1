"""Where DKIM keys come from: made, pasted, or taken from the settings."""

from __future__ import annotations

import html
import textwrap
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client
from django.views.debug import ExceptionReporter

from seacucumber import dkim_keys
from seacucumber.enums import DkimOrigin, DkimState, DkimUse
from seacucumber.models import DkimKey
from tests.admin.keys import EVERYTHING, LIST, login, new_key

pytestmark = pytest.mark.django_db

ADD = f"{LIST}add/"
IMPORT = f"{LIST}import/"


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with keys."""
    login(client, *EVERYTHING)
    return client


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def words(response: Any) -> str:
    """Return a page's text as a reader sees it, near enough."""
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def generate(client: Client, **data: str) -> Any:
    form = {"domain": "shop.example", "use": "message", "kind": "rsa-2048", **data}
    return client.post(ADD, form, follow=True)


def ingest_events(client: Client, text: str, **data: str) -> Any:
    form = {"domain": "shop.example", "selector": "s1", "use": "message", **data}
    return client.post(IMPORT, {**form, "pem": text}, follow=True)


def test_a_generated_key_shows_its_record_and_waits_for_it(boss: Client) -> None:
    page = words(generate(boss, cover_subdomains="on"))

    key = DkimKey.objects.get()
    assert (key.domain, key.state) == ("shop.example", DkimState.PENDING)
    assert (key.key_bits, key.use, key.origin) == (
        2048,
        DkimUse.MESSAGE,
        DkimOrigin.GENERATED,
    )
    assert key.created_by == "ann"
    assert f"{key.selector}._domainkey.shop.example" in page
    assert f"v=DKIM1; k=rsa; p={key.public_key}" in page
    assert "Its DNS record has to be published." in page
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.change_message) == (ADDITION, "Generated it.")


def test_a_domain_may_be_written_as_people_write_it(boss: Client) -> None:
    generate(boss, domain=" Bücher.Example. ", kind="ed25519", selector="Mail")

    key = DkimKey.objects.get()
    assert (key.domain, key.selector) == ("xn--bcher-kva.example", "mail")


@pytest.mark.parametrize(
    ("data", "words_of_it"),
    [
        ({"domain": "no domain"}, "The DKIM domain must be a domain"),
        ({"selector": "under_score"}, "The DKIM selector must be 1 to 63 letters"),
        ({"use": "ses", "kind": "rsa-4096"}, "SES takes RSA keys of 1024 or 2048"),
        ({"use": "ses", "kind": "ed25519"}, "SES takes RSA keys only"),
        ({"kind": "rsa-512"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(
    boss: Client, data: dict[str, str], words_of_it: str
) -> None:
    page = words(generate(boss, **data))

    assert words_of_it in page
    assert not DkimKey.objects.exists()


def test_a_selector_is_never_used_twice(boss: Client) -> None:
    new_key("shop.example", selector="s1")

    page = words(generate(boss, selector="s1"))

    assert "The selector s1 of shop.example was used before." in page
    assert DkimKey.objects.count() == 1


def test_the_page_of_an_identity_hands_its_domain_over(boss: Client) -> None:
    page = words(boss.get(f"{ADD}?domain=gotham.example"))

    assert 'value="gotham.example"' in page


def test_ses_is_recommended_before_keys_of_ones_own(boss: Client) -> None:
    page = words(boss.get(ADD))

    places = [page.index(name) for name in ("Easy DKIM", "BYODKIM", "each message")]
    assert "Who should sign?" in page
    assert places == sorted(places)


@pytest.mark.parametrize("form", ["pkcs8", "pkcs1", "crlf", "indented", "escaped"])
def test_a_private_key_is_taken_however_it_was_pasted(
    boss: Client, private_key: rsa.RSAPrivateKey, form: str
) -> None:
    text = pem(private_key)
    pasted = {
        "pkcs8": text,
        "pkcs1": pem(private_key, PrivateFormat.TraditionalOpenSSL),
        "crlf": text.replace("\n", "\r\n"),
        "indented": textwrap.indent(text, "    "),
        "escaped": text.replace("\n", "\\n"),
    }[form]

    page = words(ingest_events(boss, pasted))

    key = DkimKey.objects.get()
    assert (str(key), key.origin) == ("s1._domainkey.shop.example", "imported")
    assert key.has_private_key
    assert "kept, encrypted; never shown" in page


def test_a_pasted_key_never_comes_back(
    boss: Client, private_key: rsa.RSAPrivateKey
) -> None:
    text = pem(private_key)
    line = text.splitlines()[3]

    refused = ingest_events(boss, text, domain="no domain")
    accepted = ingest_events(boss, text)

    assert "The DKIM domain must be a domain" in words(refused)
    assert "Paste the private key once more" in words(refused)
    for answer in (refused, accepted):
        assert line not in answer.content.decode()
    assert line not in LogEntry.objects.get().change_message
    assert line not in DkimKey.objects.get().private_key_sealed


def test_browsers_are_asked_not_to_keep_a_pasted_key(boss: Client) -> None:
    page = boss.get(IMPORT)

    assert 'autocomplete="off"' in page.content.decode().partition("<textarea")[2]
    assert "no-store" in page.headers["Cache-Control"]


def test_what_is_no_usable_private_key_is_refused_with_the_reason(
    boss: Client, private_key: rsa.RSAPrivateKey
) -> None:
    public = private_key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    locked = private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    cases = {
        public.decode(): "is a public key; the private key is needed",
        locked.decode(): "is encrypted; give it without a passphrase",
        "what is this": "is not PEM",
        pem(private_key).replace("M", "N"): "cannot be read",
    }

    for text, reason in cases.items():
        assert reason in words(ingest_events(boss, text))
    assert not DkimKey.objects.exists()


def test_a_key_that_is_here_already_is_not_taken_twice(
    boss: Client, private_key: rsa.RSAPrivateKey
) -> None:
    ingest_events(boss, pem(private_key))

    page = words(ingest_events(boss, pem(private_key), selector="s2"))

    assert "This key is here already, as s1._domainkey.shop.example" in page
    assert DkimKey.objects.count() == 1


def test_the_key_of_the_settings_is_taken_in_with_one_click(
    boss: Client, private_key: rsa.RSAPrivateKey, settings: Any
) -> None:
    settings.DKIM_DOMAIN = "shop.example"
    settings.DKIM_PRIVATE_KEY = pem(private_key)
    settings.DKIM_SELECTOR = "ses"
    offered = words(boss.get(IMPORT))

    page = words(boss.post(f"{IMPORT}settings/", {"mailer": "default"}, follow=True))

    assert "ses._domainkey.shop.example" in offered
    assert "from the settings by ann" in page
    assert DkimKey.objects.get().origin == DkimOrigin.SETTINGS


def test_without_a_key_in_the_settings_that_is_said(boss: Client) -> None:
    page = words(boss.post(f"{IMPORT}settings/", {"mailer": "default"}, follow=True))

    assert "has no key in its settings" in page


def test_an_error_report_does_not_have_a_pasted_key(
    boss: Client, private_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Django mails to ADMINS when a page fails has variables and POST in it."""

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(dkim_keys, "import_pem", fail)
    boss.raise_request_exception = False
    answer = ingest_events(boss, pem(private_key))

    assert answer.status_code == 500
    report = ExceptionReporter(answer.wsgi_request, *answer.exc_info)
    text = report.get_traceback_text() + report.get_traceback_html()
    assert "the database is gone" in text
    assert pem(private_key).splitlines()[3] not in text
