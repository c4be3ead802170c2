"""What AWS refuses, in one line that names the cause and the remedy, and never a secret."""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as Unreachable

from support.verdicts import NotJudged

UNKNOWN_OPERATION = (404, 405, 501)  # HTTP statuses with which no service that the suite calls answers what it knows
_EXPIRED = re.compile(r"Expired", re.I)
_REFUSED = re.compile(r"UnrecognizedClient|InvalidClientTokenId|Signature|AuthFailure|MissingAuthenticationToken")
_DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized")
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_UNKNOWN = re.compile(r"Unknown(Operation|Action)|InvalidAction|MissingAction|Unsupported|NotImplemented|NotSupported")
_ABSENT = re.compile(r"NotFound|DoesNotExist")
_ABSENT_WITHOUT_CODE = re.compile(r"Unable to describe task definition|does not exist|not found", re.I)
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{8,}\b")


class NotObservable(NotJudged):
    """The endpoint does not know the operation, or the account does not permit it: asking again does not help."""


class Absent(NotJudged):
    """What the call is about is not there."""


def judged(error: BotoCoreError | ClientError, action: str) -> NotJudged:
    """The error of an AWS call as the suite raises it; ``action`` is its IAM name, e.g. ``ecs:DescribeTasks``."""
    if not isinstance(error, ClientError):
        return NotJudged(explain(error, action))
    code, message = _code_and_message(error)
    if _DENIED.search(code):
        return NotObservable(f"not observable here: {action}, not permitted ({code}); the README lists all actions")
    if _ABSENT.search(code) or (code == "ClientException" and _ABSENT_WITHOUT_CODE.search(message)):
        return Absent(explain(error, action))
    if _UNKNOWN.search(code):
        return unknown(action)
    return NotJudged(explain(error, action))


def unknown(action: str) -> NotObservable:
    """The error for an operation that the endpoint does not serve."""
    return NotObservable(f"not observable here: {action}, unknown to this endpoint")


def explain(error: BotoCoreError | ClientError, action: str) -> str:
    """One line for an error of an AWS call, or of what comes before it."""
    if isinstance(error, ClientError):
        return _of_code(*_code_and_message(error), action)
    if isinstance(error, NoRegionError):
        return "no AWS region: set AWS_REGION or give the profile a region"
    if isinstance(error, ProfileNotFound):
        return f"{error}: check AWS_PROFILE and the AWS config files"
    if isinstance(error, PartialCredentialsError):
        return f"half a pair of AWS credentials: {error}"
    if isinstance(error, Unreachable | HTTPClientError):
        return f"AWS cannot be reached for {action}: {_hidden(str(error))}; check the region and the network"
    return f"{action} failed: {_hidden(str(error))}"


def _code_and_message(error: ClientError) -> tuple[str, str]:
    described = error.response.get("Error", {})
    return str(described.get("Code", "")), str(described.get("Message", ""))


def _of_code(code: str, message: str, action: str) -> str:
    if _THROTTLED.search(code):
        return f"AWS throttled {action} until the last of its retries: try again later, or ask for a higher quota"
    if _EXPIRED.search(code):
        return f"the AWS session has expired ({code} at {action}): renew the credentials"
    if _REFUSED.search(code):
        return f"AWS refused the credentials ({code} at {action}): check the key, its secret and the session token"
    return f"{action} failed: {code}: {_hidden(message)}"


def _hidden(text: str) -> str:
    return _KEY_ID.sub(r"\1<redacted>", " ".join(text.split()))
