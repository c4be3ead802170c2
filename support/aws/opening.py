"""Open the AWS side of a target on ECS, or say why its scenarios are skipped (TST-010 AC-1, AC-2)."""

from __future__ import annotations

import os

from support.aws.account import Account, Placement, placement_of
from support.aws.backend import AwsBackend
from support.aws.credentials import ABSENT, find, of_keys
from support.settings import Settings
from support.target import Target


def open_aws(settings: Settings, target: Target, label: str) -> tuple[AwsBackend | None, str]:
    """The AWS side, or None and the reason; ``label`` is on what runs of the suite start.

    Raises ``NotJudged`` in one line where AWS cannot be asked.
    """
    account = open_account(settings, target)
    return (AwsBackend(account, settings, label).open(), "") if account else (None, ABSENT)


def open_account(settings: Settings, target: Target) -> Account | None:
    """The account behind a target, checked; None without credentials. Raises ``NotJudged`` as ``open_aws`` does."""
    account = _of_standin(target, settings) if target.simulator else _of_environment(settings)
    if account is not None:
        account.check()
    return account


def _of_environment(settings: Settings) -> Account | None:
    """One URL for all services, boto3's own variable for it too, is a simulator's."""
    found = find(os.environ, ambient=settings.aws_ambient)
    endpoint = settings.aws_endpoint or os.environ.get("AWS_ENDPOINT_URL", "")
    within = settings.seconds("aws_timeout")
    return Account(found, placement_of(settings), endpoint, within) if found else None


def _of_standin(target: Target, settings: Settings) -> Account:
    """The embedded stand-in's own simulator and credentials: whatever the environment holds, no call reaches AWS."""
    aws = target.simulator
    placement = Placement(aws["cluster"], tuple(aws["subnets"]), (aws["security_group"],))
    found = of_keys(aws["access_key"], aws["secret_key"], aws["region"])
    return Account(found, placement, aws["endpoint"], settings.seconds("aws_timeout"))
