"""The policy that the admin pages must live with. Django sends one from 6.0 on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "script-src 'self'; style-src 'self'; object-src 'none'"


class StrictPolicy:
    """Sends the policy with every page that does not bring a stricter one along."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
