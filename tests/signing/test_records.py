"""The DNS record of a key, in the forms that are copied, read as DNS software does."""

from __future__ import annotations

import base64
import json

import dns.rdatatype
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from seacucumber.signing import KeyRecord, SigningError, public_key_of
from tests.signing.signed import key
from tests.signing.test_keys import RFC_PUBLIC, RFC_SECRET


def record(bits: int = 2048, domain: str = "example.com") -> KeyRecord:
    public = public_key_of(key(bits))
    return KeyRecord(
        domain=domain,
        selector="ses-202611",
        algorithm=public.algorithm,
        public_key=public.base64,
    )


def test_the_record_of_the_rfc() -> None:
    """RFC 8463 A.2."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(RFC_SECRET)
    public = public_key_of(private)
    found = KeyRecord(
        domain="football.example.com",
        selector="brisbane",
        algorithm=public.algorithm,
        public_key=public.base64,
    )

    assert found.name == "brisbane._domainkey.football.example.com"
    assert found.value == f"v=DKIM1; k=ed25519; p={RFC_PUBLIC}"
    assert found.strings == (found.value,)
    assert found.revoked_value == "v=DKIM1; k=ed25519; p="


@pytest.mark.parametrize(
    ("bits", "lengths"), [(1024, [234]), (2048, [255, 155]), (4096, [255, 255, 244])]
)
def test_a_long_key_is_split_into_strings_of_255(bits: int, lengths: list[int]) -> None:
    """RFC 1035 3.3; they are put together with nothing between (RFC 6376 3.6.2.2)."""
    found = record(bits)

    assert [len(string) for string in found.strings] == lengths
    assert "".join(found.strings) == found.value
    assert found.value.startswith("v=DKIM1; k=rsa; p=MI")


@pytest.mark.parametrize("bits", [1024, 2048, 4096])
def test_a_zone_file_with_the_lines_has_the_key(bits: int) -> None:
    found = record(bits)
    zone = dns.zone.from_text(
        "\n".join(
            [
                "$ORIGIN example.com.",
                "@ 3600 IN SOA ns.example.com. admin.example.com. 1 2 3 4 5",
                "@ 3600 IN NS ns.example.com.",
                *found.zone_lines,
            ]
        )
    )

    rdata = zone.find_rdataset("ses-202611._domainkey", dns.rdatatype.TXT)

    assert b"".join(rdata[0].strings).decode() == found.value
    assert rdata.ttl == 3600


def test_route_53_gets_quoted_strings_in_a_change_batch() -> None:
    found = record()
    (change,) = json.loads(found.route53_json)["Changes"]

    assert change["Action"] == "UPSERT"
    wanted = change["ResourceRecordSet"]
    assert wanted["Name"] == "ses-202611._domainkey.example.com."
    (value,) = wanted["ResourceRecords"]
    assert value["Value"] == f'"{found.strings[0]}" "{found.strings[1]}"'
    assert (wanted["Type"], wanted["TTL"]) == ("TXT", 3600)


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("mail.example.com", "ses-202611._domainkey"),
        ("example.com", "ses-202611._domainkey.mail"),
        ("Example.com.", "ses-202611._domainkey.mail"),
        ("com", "ses-202611._domainkey.mail.example"),
    ],
)
def test_the_name_in_the_editor_of_a_zone(zone: str, name: str) -> None:
    assert record(domain="mail.example.com").relative_name(zone) == name


@pytest.mark.parametrize("zone", ["ample.com", "other.example", "a.mail.example.com"])
def test_the_name_is_in_no_other_zone(zone: str) -> None:
    with pytest.raises(SigningError, match="is not in the zone"):
        record(domain="mail.example.com").relative_name(zone)


def test_the_record_has_the_public_half_only() -> None:
    text = json.dumps([record().value, record().route53_json, *record().zone_lines])
    secret = key().private_numbers().d.to_bytes(256, "big")

    assert base64.b64encode(secret)[:40].decode() not in text
