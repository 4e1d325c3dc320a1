"""Who signs for a domain in SES: SES's own keys (Easy DKIM), or one of ours (BYODKIM).

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityDkimSigningAttributes.html
"""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from seacucumber.conf import Mailer
from seacucumber.ses.account.log_masks import unlogged
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking

_OPERATION = "PutEmailIdentityDkimSigningAttributes"


@sensitive_variables("private_key_b64")
def bring_own_key(
    mailer: Mailer, domain: str, *, selector: str, private_key_b64: str
) -> str:
    """Have SES sign for a domain with a key of ours.

    It does so when it has found the record; that takes minutes, up to 72 hours.

    Args:
        private_key_b64: PKCS#1 in base64, on one line and without armour.

    Returns:
        SES's word for how far it is, e.g. ``PENDING``.

    Raises:
        NotFound: if SES does not have the domain.
        AccountError: if SES refuses. It says nothing of the key.
    """
    with unlogged(private_key_b64), asking(_OPERATION):
        answer = get_admin_clients(
            mailer
        ).v2.put_email_identity_dkim_signing_attributes(
            EmailIdentity=domain,
            SigningAttributesOrigin="EXTERNAL",
            SigningAttributes={
                "DomainSigningSelector": selector,
                "DomainSigningPrivateKey": private_key_b64,
            },
        )
    return answer.get("DkimStatus", "")


def use_easy_dkim(mailer: Mailer, domain: str) -> str:
    """Have SES sign for a domain with its own keys again.

    Returns:
        SES's word for how far it is: their CNAME records have to be published.

    Raises:
        NotFound: if SES does not have the domain.
        AccountError: if SES refuses.
    """
    with asking(_OPERATION):
        answer = get_admin_clients(
            mailer
        ).v2.put_email_identity_dkim_signing_attributes(
            EmailIdentity=domain, SigningAttributesOrigin="AWS_SES"
        )
    return answer.get("DkimStatus", "")
