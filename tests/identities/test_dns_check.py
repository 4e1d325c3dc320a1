"""A domain's records, looked for with a real DNS server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from seacucumber import identities
from seacucumber.conf import get_mailer
from seacucumber.dns import Resolver, make_resolver
from seacucumber.identities import dns_check
from seacucumber.models import Identity
from seacucumber.testing import LocalSES
from tests.dns.server import DnsServer
from tests.identities.conftest import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def domain(ses: LocalSES, server: DnsServer, settings: Any) -> Identity:
    """example.com, whose records are all published but the DMARC record."""
    settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
    identities.refresh()
    row = rows()["example.com"]
    for entry in row.records[:3]:
        server.zone[entry["name"], "CNAME"] = [f"{entry['value']}."]
    return row


def impatient(server: DnsServer) -> Resolver:
    resolver = make_resolver([("127.0.0.1", server.port)])
    resolver.lifetime = resolver.timeout = 0.2
    return resolver


def results(row: Identity) -> list[str]:
    return [entry["result"] for entry in Identity.objects.get(pk=row.pk).records]


def test_each_record_has_its_result_and_its_time(
    domain: Identity, server: DnsServer
) -> None:
    entries = identities.check_dns(domain)

    assert results(domain) == ["match", "match", "match", "missing"]
    stored = Identity.objects.get(pk=domain.pk)
    assert stored.records == domain.records == entries
    assert stored.records_checked_at is not None
    at = {datetime.fromisoformat(entry["checked_at"]) for entry in entries}
    assert at == {stored.records_checked_at}
    assert entries[0]["found"] == [entries[0]["value"]]


def test_result_follows_what_is_published(domain: Identity, server: DnsServer) -> None:
    identities.check_dns(domain)
    name = domain.records[0]["name"]
    server.zone[name, "CNAME"] = ["elsewhere.example.net."]
    server.zone["_dmarc.example.com", "TXT"] = [
        '"v=DMARC1; p=none; rua=mailto:a@example.com"'
    ]

    identities.check_dns(domain)

    assert results(domain) == ["mismatch", "match", "match", "match"]
    assert domain.records[0]["found"] == ["elsewhere.example.net"]
    assert domain.records[0]["note"] == "The record points somewhere else."


def test_failure_of_a_server_changes_nothing_but_the_note(
    domain: Identity, server: DnsServer
) -> None:
    [first, *others] = identities.check_dns(domain)
    server.failing.add(first["name"])

    [noted, *after] = identities.check_dns(domain)

    assert noted == {**first, "note": noted["note"]}
    assert "SERVFAIL" in noted["note"]
    assert [entry["result"] for entry in after] == [e["result"] for e in others]

    server.failing.clear()
    assert identities.check_dns(domain)[0]["note"] == ""


def test_first_look_that_fails_says_so(domain: Identity, server: DnsServer) -> None:
    server.silent.update(entry["name"] for entry in domain.records)

    identities.check_dns(domain, resolver=impatient(server))

    assert results(domain) == ["temporary-failure"] * 4
    server.silent.clear()
    identities.check_dns(domain)
    assert results(domain)[:3] == ["match"] * 3


def test_dead_servers_do_not_keep_anybody_for_long(
    domain: Identity, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.silent.update(entry["name"] for entry in domain.records)
    monkeypatch.setattr(dns_check, "PATIENCE_S", 0.3)

    identities.check_dns(domain, resolver=impatient(server))

    assert len({name for name, _ in server.asked}) < 4
    assert results(domain) == ["temporary-failure"] * 4


def test_server_whose_name_is_unknown_is_a_failure_in_plain_words(
    domain: Identity, settings: Any
) -> None:
    settings.CUCUMBER_DNS_SERVERS = ["no-such-host.invalid"]

    entries = identities.check_dns(domain)

    assert {entry["result"] for entry in entries} == {"temporary-failure"}
    assert entries[0]["note"].startswith("There are no name servers to ask")


def test_records_that_changed_meanwhile_keep_their_own_results(
    domain: Identity, server: DnsServer
) -> None:
    """A refresh has brought another set while DNS was asked."""
    stale = Identity.objects.get(pk=domain.pk)
    domain.records[0]["value"] = "new.dkim.amazonses.com"
    domain.save()

    identities.check_dns(stale)

    assert results(domain) == ["", "match", "match", "missing"]


def test_identity_that_is_gone_is_no_error(domain: Identity) -> None:
    Identity.objects.all().delete()

    assert identities.check_dns(domain) == []


class TestDue:
    def due(self) -> int:
        return identities.check_due(get_mailer().pace_key)

    def test_domains_are_looked_at_every_few_hours(self, domain: Identity) -> None:
        assert self.due() == 1
        assert self.due() == 0

        self.age(hours=5)
        assert self.due() == 0
        self.age(hours=7)
        assert self.due() == 1

    def age(self, *, hours: float) -> None:
        row = rows()["example.com"]
        assert row.records_checked_at is not None
        at = dns_check.storage.now() - timedelta(hours=hours)
        Identity.objects.update(records_checked_at=at)

    def test_those_that_somebody_waits_for_sooner(
        self, domain: Identity, ses: LocalSES
    ) -> None:
        self.due()
        ses.unverify("example.com")
        identities.refresh()
        self.age(hours=2)

        assert self.due() == 1

    def test_addresses_have_no_records(self, ses: LocalSES) -> None:
        ses.reset()
        identities.verify("ann@example.net")

        assert self.due() == 0

    def test_work_ends_in_time(self, domain: Identity, ses: LocalSES) -> None:
        ses.verify("a.example")
        identities.refresh()

        assert identities.check_due(get_mailer().pace_key, for_s=-1) == 0
        assert self.due() == 2
