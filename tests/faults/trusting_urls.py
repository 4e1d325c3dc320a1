"""The suite's URLs in a web server that trusts the local SES's certificate.

Only a process that has this module as its ``ROOT_URLCONF`` does; no setting of the
project can make it.
"""

from __future__ import annotations

from django.conf import settings

from seacucumber.ses.inbound.sns_certificates import certificates
from seacucumber.testing import LocalSESClient
from tests.urls import urlpatterns

__all__ = ["urlpatterns"]

_ses = LocalSESClient(settings.CUCUMBER_ENDPOINT_URL)
certificates.keep(_ses.certificate_url, _ses.certificate)
