"""How a call is refused, and the refusals that any operation may answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsError:
    """One refusal, as it goes over the wire.

    Args:
        code: Error code of the v2 API.
        status: HTTP status of the v2 API.
        message: The text, the same in both protocols.
        code_v1: Error code of the v1 API; ``code`` without ``Exception`` if empty.
        status_v1: HTTP status of the v1 API; ``status`` if 0.
        page: True for a gateway's HTML page, which carries no code at all.
        request_id: True for such a page of AWS's own gateway, which names the request.
    """

    code: str
    message: str
    status: int = 400
    code_v1: str = ""
    status_v1: int = 0
    page: bool = False
    request_id: bool = False


class Refusal(Exception):
    """Raised by whatever refuses a call; the dispatcher turns it into an answer."""

    def __init__(self, error: AwsError) -> None:
        self.error = error
        super().__init__(f"{error.code}: {error.message}")


def missing_member(name: str) -> AwsError:
    """A required member is not there."""
    return AwsError(
        code="BadRequestException",
        message=(
            f"1 validation error detected: Value null at '{name}' failed to satisfy "
            "constraint: Member must not be null"
        ),
        code_v1="ValidationError",
    )


def malformed(message: str = "Unable to parse the request.") -> AwsError:
    """The body is not what the protocol asks for."""
    return AwsError(
        code="SerializationException", message=message, code_v1="MalformedInput"
    )


def missing_authentication() -> AwsError:
    """The request is not signed."""
    return AwsError(
        code="MissingAuthenticationTokenException",
        status=403,
        message="Missing Authentication Token",
        code_v1="MissingAuthenticationToken",
    )


def not_found(message: str) -> AwsError:
    """The identity is not there."""
    return AwsError(
        code="NotFoundException",
        status=404,
        message=message,
        code_v1="InvalidParameterValue",
        status_v1=400,
    )


def already_exists(message: str) -> AwsError:
    """The identity or configuration set is there already."""
    return AwsError(
        code="AlreadyExistsException", message=message, code_v1="AlreadyExists"
    )


def unknown_operation(action: str = "") -> AwsError:
    """No such operation: 404 in v2, 400 in v1."""
    return AwsError(
        code="UnknownOperationException",
        status=404,
        message=f"Could not find operation {action} for version 2010-12-01"
        if action
        else "",
        code_v1="InvalidAction",
        status_v1=400,
    )
