"""The DNS record of a key (RFC 6376 3.6.1), in the forms that operators copy."""

from __future__ import annotations

import json
from dataclasses import dataclass

from seacucumber.enums import DkimAlgorithm
from seacucumber.signing.errors import SigningError

#: Long enough to be cached, short enough to revoke a key within the hour.
TTL_S = 3600
#: RFC 1035 3.3: what one string of a TXT record holds.
STRING_MAX = 255

_KEY_TYPES = {DkimAlgorithm.RSA_SHA256: "rsa", DkimAlgorithm.ED25519_SHA256: "ed25519"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """The TXT record by which verifiers find a key.

    Args:
        domain: Checked before (`signing.checked_domain`), as is the selector.
        public_key: As in ``p=``, see `PublicKey`.
    """

    domain: str
    selector: str
    algorithm: DkimAlgorithm
    public_key: str

    @property
    def name(self) -> str:
        """The absolute name, without the dot at its end."""
        return f"{self.selector}._domainkey.{self.domain}"

    def relative_name(self, zone: str) -> str:
        """Return the name as the editor of a zone wants it.

        Raises:
            SigningError: if the name is not in that zone.
        """
        apex = zone.rstrip(".").lower()
        if not f".{self.domain}".endswith(f".{apex}"):
            raise SigningError(f"{self.name} is not in the zone {zone}.")
        return self.name.removesuffix(f".{apex}")

    @property
    def value(self) -> str:
        """The whole text in one piece."""
        return f"v=DKIM1; k={self._key_type}; p={self.public_key}"

    @property
    def revoked_value(self) -> str:
        """What to publish when the key must not be trusted any more: no key."""
        return f"v=DKIM1; k={self._key_type}; p="

    @property
    def strings(self) -> tuple[str, ...]:
        """The text in strings of at most 255 characters.

        Verifiers put them together with nothing in between (RFC 6376 3.6.2.2).
        """
        text = self.value
        starts = range(0, len(text), STRING_MAX)
        return tuple(text[start : start + STRING_MAX] for start in starts)

    @property
    def quoted_strings(self) -> str:
        """The strings in quotation marks on one line."""
        return " ".join(f'"{string}"' for string in self.strings)

    @property
    def zone_lines(self) -> tuple[str, ...]:
        """The record for a zone file (RFC 1035 5.1), with its absolute name."""
        start = f"{self.name}. {TTL_S} IN TXT ("
        return (start, *(f'    "{string}"' for string in self.strings), ")")

    @property
    def route53_json(self) -> str:
        """A change batch for ``aws route53 change-resource-record-sets``.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeBatch.html
        """
        record_set = {
            "Name": f"{self.name}.",
            "Type": "TXT",
            "TTL": TTL_S,
            "ResourceRecords": [{"Value": self.quoted_strings}],
        }
        change = {"Action": "UPSERT", "ResourceRecordSet": record_set}
        return json.dumps({"Changes": [change]}, indent=2)

    @property
    def _key_type(self) -> str:
        return _KEY_TYPES[self.algorithm]
