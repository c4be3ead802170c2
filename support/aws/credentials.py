"""Which AWS credentials count (TST-010 AC-1): a pair of keys or a profile in the environment; others only on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError

from support.aws.errors import explain
from support.verdicts import NotJudged

ABSENT = "AWS credentials not available"
_AMBIENT = ("sso", "login", "container-role", "iam-role")  # providers that nobody named in the environment


@dataclass(frozen=True)
class Found:
    """A session with credentials, and where they are from, e.g. ``profile 'ci'``."""

    session: boto3.Session
    source: str


def find(environ: Mapping[str, str], *, ambient: bool = False) -> Found | None:
    """The credentials that the environment names, None where it names none.

    Raises ``NotJudged`` where it names some that cannot be used: half a pair, an unknown profile, one without keys.
    """
    pair = {name: environ.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    missing = [name for name, value in pair.items() if not value]
    if len(missing) == 1:
        raise NotJudged(
            f"half a pair of AWS credentials: {missing[0]} is not set beside the other; set both or neither"
        )
    if not missing:
        return Found(_session(environ), "the environment")
    profile = environ.get("AWS_PROFILE", "")
    if profile:
        return Found(_with_profile(profile, _region(environ), ambient), f"profile {profile!r}")
    return _ambient(environ) if ambient else None


def of_keys(access_key: str, secret_key: str, region: str) -> Found:
    """Credentials that a simulator gave out for itself."""
    session = boto3.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region)
    return Found(session, "the stand-in")


def _region(environ: Mapping[str, str]) -> str | None:
    """boto3 reads only the second of the two variables; None leaves the choice to the profile."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or None


def _session(environ: Mapping[str, str]) -> boto3.Session:
    try:
        return boto3.Session(region_name=_region(environ))
    except BotoCoreError as error:  # of a profile that is named beside the keys, or of a broken file
        raise NotJudged(explain(error, "reading the AWS config files")) from None


def _with_profile(profile: str, region: str | None, ambient: bool) -> boto3.Session:
    try:
        session = botocore.session.Session(profile=profile)
        _restrict(session, ambient)
        credentials = session.get_credentials()
        made = boto3.Session(botocore_session=session, region_name=region)
    except BotoCoreError as error:
        raise NotJudged(explain(error, "reading the profile")) from None
    if credentials is None:
        raise NotJudged(f"profile {profile!r} of AWS_PROFILE has no keys: add them, or set SOCKERLESS_AWS_AMBIENT=yes")
    return made


def _ambient(environ: Mapping[str, str]) -> Found | None:
    session = _session(environ)
    try:
        return Found(session, "the machine") if session.get_credentials() is not None else None
    except BotoCoreError as error:
        raise NotJudged(explain(error, "reading the machine's credentials")) from None


def _restrict(session: Any, ambient: bool) -> None:
    """Without these providers no instance metadata is asked, which takes seconds where there is none."""
    resolver = session.get_component("credential_provider")
    for provider in () if ambient else _AMBIENT:
        resolver.remove(provider)
