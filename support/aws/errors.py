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

_EXPIRED = re.compile(r"Expired", re.I)
_REFUSED = re.compile(r"UnrecognizedClient|InvalidClientTokenId|Signature|AuthFailure|MissingAuthenticationToken")
_DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized")
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{8,}\b")


def explain(error: BotoCoreError | ClientError, action: str) -> str:
    """One line for an error of an AWS call; ``action`` is its IAM name, e.g. ``ecs:DescribeTasks``."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return _of_code(code, error.response.get("Error", {}).get("Message", ""), action)
    if isinstance(error, NoRegionError):
        return "no AWS region: set AWS_REGION or give the profile a region"
    if isinstance(error, ProfileNotFound):
        return f"{error}: check AWS_PROFILE and the AWS config files"
    if isinstance(error, PartialCredentialsError):
        return f"half a pair of AWS credentials: {error}"
    if isinstance(error, Unreachable | HTTPClientError):
        return f"AWS cannot be reached for {action}: {_hidden(str(error))}; check the region and the network"
    return f"{action} failed: {_hidden(str(error))}"


def _of_code(code: str, message: str, action: str) -> str:
    if _THROTTLED.search(code):
        return f"AWS throttled {action} until the last of its retries: try again later, or ask for a higher quota"
    if _EXPIRED.search(code):
        return f"the AWS session has expired ({code} at {action}): renew the credentials"
    if _REFUSED.search(code):
        return f"AWS refused the credentials ({code} at {action}): check the key, its secret and the session token"
    if _DENIED.search(code):
        return f"the credentials may not {action} ({code}): allow it; the README lists all actions that a run makes"
    return f"{action} failed: {code}: {_hidden(message)}"


def _hidden(text: str) -> str:
    return _KEY_ID.sub(r"\1<redacted>", " ".join(text.split()))
