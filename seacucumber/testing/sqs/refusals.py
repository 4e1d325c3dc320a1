"""What SQS answers when it does not do what it is asked.

Names and HTTP status are those of the API model; ``code_v1`` is the code of the query
protocol, which SQS still sends along (``x-amzn-query-error``) and boto3 shows.
"""

from __future__ import annotations

from seacucumber.testing.faults.refusals import AwsError

_PREFIX = "AWS.SimpleQueueService"


def queue_missing() -> AwsError:
    """There is no such queue."""
    return AwsError(
        code="QueueDoesNotExist",
        message="The specified queue does not exist.",
        code_v1=f"{_PREFIX}.NonExistentQueue",
    )


def queue_exists(attribute: str) -> AwsError:
    """There is a queue of this name with other attributes."""
    return AwsError(
        code="QueueNameExists",
        message=(
            "A queue already exists with the same name and a different value for "
            f"attribute {attribute}"
        ),
        code_v1="QueueAlreadyExists",
    )


def unknown_attribute(name: str) -> AwsError:
    """There is no attribute of this name."""
    return AwsError(
        code="InvalidAttributeName",
        message=f"Unknown Attribute {name}.",
        code_v1="InvalidAttributeName",
    )


def invalid_attribute(name: str) -> AwsError:
    """An attribute has a value that it cannot have."""
    return AwsError(
        code="InvalidAttributeValue",
        message=f"Invalid value for the parameter {name}.",
        code_v1="InvalidAttributeValue",
    )


def invalid_parameter(message: str) -> AwsError:
    """A parameter has a value that it cannot have."""
    return AwsError(
        code="InvalidParameterValueException",
        message=message,
        code_v1="InvalidParameterValue",
    )


def missing_parameter(name: str) -> AwsError:
    """A parameter is not there."""
    return AwsError(
        code="MissingRequiredParameterException",
        message=f"The request must contain the parameter {name}.",
        code_v1="MissingParameter",
    )


def receipt_invalid(receipt: str) -> AwsError:
    """This never was a receipt handle of this queue."""
    return AwsError(
        code="ReceiptHandleIsInvalid",
        message=f'The input receipt handle "{receipt[:80]}" is not a valid receipt '
        "handle.",
        status=404,
        code_v1="ReceiptHandleIsInvalid",
    )


def not_in_flight(receipt: str) -> AwsError:
    """The message is visible again, or gone."""
    return AwsError(
        code="MessageNotInflight",
        message=(
            f"Value {receipt[:80]} for parameter ReceiptHandle is invalid. Reason: "
            "Message does not exist or is not available for visibility timeout change."
        ),
        code_v1=f"{_PREFIX}.MessageNotInflight",
    )


def batch_empty() -> AwsError:
    """A batch without entries."""
    return AwsError(
        code="EmptyBatchRequest",
        message="There should be at least one entry in the request.",
        code_v1=f"{_PREFIX}.EmptyBatchRequest",
    )


def batch_too_long(count: int) -> AwsError:
    """A batch of more than ten."""
    return AwsError(
        code="TooManyEntriesInBatchRequest",
        message=(
            f"Maximum number of entries per request are 10. You have sent {count}."
        ),
        code_v1=f"{_PREFIX}.TooManyEntriesInBatchRequest",
    )


def batch_ids_repeated(entry_id: str) -> AwsError:
    """Two entries of a batch have the same id."""
    return AwsError(
        code="BatchEntryIdsNotDistinct",
        message=f"Id {entry_id} repeated.",
        code_v1=f"{_PREFIX}.BatchEntryIdsNotDistinct",
    )


def access_denied() -> AwsError:
    """The queue's policy does not let the caller in."""
    return AwsError(
        code="AccessDenied",
        message="Access to the resource is denied.",
        status=403,
    )
