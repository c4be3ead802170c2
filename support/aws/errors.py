"""What AWS refuses, in one line that names the cause and the remedy, and never a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as Unreachable

from support.text import shorten
from support.verdicts import NotJudged

UNKNOWN_OPERATION = (404, 405, 501)  # HTTP statuses with which no service that the suite calls answers what it knows
_EXPIRED = re.compile(r"Expired", re.I)
_REFUSED = re.compile(r"UnrecognizedClient|InvalidClientTokenId|Signature|AuthFailure|MissingAuthenticationToken")
_DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized")
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_UNKNOWN = re.compile(r"Unknown(Operation|Action)|InvalidAction|MissingAction|Unsupported|NotImplemented|NotSupported")
_ABSENT = re.compile(r"NotFound|DoesNotExist")
_ABSENT_WITHOUT_CODE = re.compile(r"Unable to describe task definition|does not exist|not found", re.I)
_PASSES = re.compile(r"RequestTimeout|PriorRequestNotComplete|ServiceUnavailable|ServerException|InternalFailure")
_SERVER_ERRORS = (500, 502, 503, 504)
_SAID = 300  # characters of what an error says
_READ = 10 * _SAID  # characters of it that are looked at
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{8,}\b")


class NotObservable(NotJudged):
    """The endpoint does not know the operation, or the account does not permit it: asking again does not help."""


class Absent(NotJudged):
    """What the call is about is not there."""


class Rejected(NotJudged):
    """AWS answered that this cannot be done to what the call is about: no trouble of the suite's own."""


def judged(error: Exception, action: str) -> NotJudged:
    """The error of an AWS call as the suite raises it; ``action`` is its IAM name, e.g. ``ecs:DescribeTasks``."""
    if not isinstance(error, ClientError):
        return NotJudged(explain(error, action))
    code, message = _code_and_message(error)
    if _DENIED.search(code):
        return NotObservable(f"not observable here: {action}, not permitted ({code}); docs/ecs.md lists all actions")
    if _ABSENT.search(code) or (code == "ClientException" and _ABSENT_WITHOUT_CODE.search(message)):
        return Absent(explain(error, action))
    if _UNKNOWN.search(code):
        return unknown(action)
    is_trouble = any(each.search(code) for each in (_THROTTLED, _EXPIRED, _REFUSED, _PASSES))
    return (NotJudged if is_trouble else Rejected)(explain(error, action))


def is_passing(error: Exception | None, status: int, answer: Mapping[str, Any]) -> bool:
    """Whether asking again may help after an attempt that ended with an error, or with this status and answer."""
    if error is not None:
        return isinstance(error, Unreachable | HTTPClientError) and not isinstance(error, SSLError)
    code = str(answer.get("Error", {}).get("Code", ""))
    return status in _SERVER_ERRORS or bool(_THROTTLED.search(code) or (status >= 400 and _PASSES.search(code)))


def is_silence(error: Exception) -> bool:
    """Whether nothing came back at all."""
    return isinstance(error, Unreachable | HTTPClientError)


def unknown(action: str) -> NotObservable:
    """The error for an operation that the endpoint does not serve."""
    return NotObservable(f"not observable here: {action}, unknown to this endpoint")


def explain(error: Exception, action: str) -> str:
    """One line for an error of an AWS call, or of what comes before it."""
    said = _hidden(str(error))
    if isinstance(error, ClientError):
        return _of_code(*_code_and_message(error), action)
    for kinds, line in (
        (NoRegionError, "no AWS region: set AWS_REGION or give the profile a region"),
        (ProfileNotFound, f"{said}: check AWS_PROFILE and the AWS config files"),
        (PartialCredentialsError, f"half a pair of AWS credentials: {said}"),
        ((NoCredentialsError, CredentialRetrievalError, SSOError, TokenRetrievalError), _gone(said, action)),
        (SSLError, f"AWS cannot be reached for {action}: {said}; check AWS_CA_BUNDLE and the clock"),
        (ReadTimeoutError, f"AWS did not answer {action} in time: {said}; check the network, or raise aws_timeout"),
        ((Unreachable, HTTPClientError), f"AWS cannot be reached for {action}: {said}; check the region and network"),
        (BotoCoreError, f"{action} failed: {said}"),
    ):
        if isinstance(error, kinds):
            return line
    return f"{action} failed: what answered is not AWS, or cannot be read: {type(error).__name__}: {said}"


def _gone(said: str, action: str) -> str:
    return f"the AWS credentials cannot be used at {action}: {said}; renew them"


def _code_and_message(error: ClientError) -> tuple[str, str]:
    described = error.response.get("Error", {})
    return shorten(str(described.get("Code", "")), _SAID), str(described.get("Message", ""))


def _of_code(code: str, message: str, action: str) -> str:
    if _THROTTLED.search(code):
        return f"AWS throttled {action} until the last of its retries: try again later, or ask for a higher quota"
    if _EXPIRED.search(code):
        return f"the AWS session has expired ({code} at {action}): renew the credentials"
    if _REFUSED.search(code):
        return f"AWS refused the credentials ({code} at {action}): check the key, its secret and the session token"
    return f"{action} failed: {code}: {_hidden(message)}"


def _hidden(text: str) -> str:
    return shorten(_KEY_ID.sub(r"\1<redacted>", " ".join(text[:_READ].split())), _SAID)
