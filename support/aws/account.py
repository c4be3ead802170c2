"""The AWS account behind an ECS target, as far as the suite asks about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TypeVar

from botocore.exceptions import BotoCoreError

from support import progress
from support.aws.credentials import Found
from support.aws.errors import UNKNOWN_OPERATION, Absent, NotObservable, explain, judged, unknown
from support.aws.patience import CALL_WITHIN, Patience
from support.clock import steady_time
from support.settings import Settings
from support.verdicts import NotJudged

_AT_ONCE = 1.0  # seconds; what took longer may have been retried
T = TypeVar("T")


@dataclass(frozen=True)
class Placement:
    """Where the daemon runs its tasks (TST-010 AC-2)."""

    cluster: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


def placement_of(settings: Settings) -> Placement:
    """From the three variables. Raises ``NotJudged`` naming each that is missing."""
    needed = {
        "SOCKERLESS_ECS_CLUSTER": settings.ecs_cluster,
        "SOCKERLESS_ECS_SUBNETS": settings.ecs_subnets,
        "SOCKERLESS_ECS_SECURITY_GROUP": settings.ecs_security_group,
    }
    missing = [name for name, value in needed.items() if not value.strip(" ,")]
    if missing:
        raise NotJudged(f"{' and '.join(missing)} not set: the suite must know where the daemon runs its tasks")
    return Placement(settings.ecs_cluster, _listed(settings.ecs_subnets), _listed(settings.ecs_security_group))


def observed(ask: Callable[[], T], otherwise: T, unseen: list[str]) -> T:
    """What ``ask`` returns, or ``otherwise`` with a line in ``unseen`` where it cannot be observed here."""
    try:
        return ask()
    except NotObservable as error:
        if str(error) not in unseen:
            unseen.append(str(error))
        return otherwise


class Answer(dict[str, Any]):
    """What a call was answered with; what is missing in it is missing in AWS's answer, and no mistake of ours."""

    def __init__(self, content: dict[str, Any], action: str) -> None:
        super().__init__(content)
        self._action = action

    def __missing__(self, key: str) -> NoReturn:
        raise NotJudged(f"{self._action} failed: what answered is not AWS, or cannot be read: it has no {key!r}")


class Account:
    """The calls that the suite makes, each ``within`` so many seconds; each error is ``NotJudged`` with one line.

    ``refused`` are the actions that this endpoint does not know or this account does not permit, with the line that
    says so: each was asked once. ``missing`` are the subnets and security groups that a simulator does not have, with
    such a line. ``clock_ahead`` is by how many seconds AWS's clock is ahead of this machine's.
    """

    def __init__(self, found: Found, placement: Placement, endpoint: str = "", within: float = CALL_WITHIN) -> None:
        self.source = found.source
        self.region = found.session.region_name or ""
        self.placement = placement
        self.refused: dict[str, str] = {}
        self._session = found.session
        self.endpoint = endpoint
        self.clock_ahead = 0.0
        self._is_compared = False
        self.missing: dict[str, str] = {}
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self.patience = Patience(within)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call, retried for a while, e.g. ``call("ecs", "describe_tasks", tasks=[…])``.

        Raises ``NotObservable`` where it was refused for good, now or before, and ``Absent`` where its object is.
        """
        action = self._action(service, operation)
        method = getattr(self._client(service), operation)
        asked = steady_time()
        try:
            with progress.waiting(f"the answer to {action}", self.patience.within):
                answer = Answer(method(**parameters), action)
        except Exception as error:  # noqa: BLE001 - botocore stumbles over what is no answer of AWS in any way
            raise self._judged(error, action) from None
        self._compare_clocks(answer, asked)
        return answer

    def every(self, service: str, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """The entries under ``key`` of all pages of a list or describe call. Raises as ``call`` does."""
        action = self._action(service, operation)
        pages = iter(self._client(service).get_paginator(operation).paginate(**parameters))
        while True:
            try:
                with progress.waiting(f"the answer to {action}", self.patience.within):
                    page = Answer(next(pages), action)
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001 - as above
                raise self._judged(error, action) from None
            yield from page[key]

    def definition(self, reference: str, unseen: list[str]) -> dict[str, Any]:
        """A task definition by ARN or, its latest ACTIVE revision, by family, with its ``tags``.

        Empty where there is none, and, with a line in ``unseen``, where it cannot be observed.
        """
        asked = {"taskDefinition": reference, "include": ["TAGS"]}
        answer = None
        with suppress(Absent):
            answer = observed(lambda: self.call("ecs", "describe_task_definition", **asked), None, unseen)
        return {**answer["taskDefinition"], "tags": answer.get("tags", [])} if answer else {}

    def not_observable(self) -> list[str]:
        """What cannot be seen of this account, a line each, as far as it was asked for: for banner and report."""
        return [*self.missing.values(), *self.refused.values()]

    def check(self) -> None:
        """Whether the account, the cluster and the network are there. Raises ``NotJudged`` in one line.

        What cannot be observed is no obstacle; nor is a subnet or a security group that a simulator does not know:
        some run tasks in whatever they are given.
        """
        place = self.placement
        with suppress(NotObservable):
            self.call("sts", "get_caller_identity")
        clusters = observed(
            lambda: self.call("ecs", "describe_clusters", clusters=[place.cluster])["clusters"], None, []
        )
        if clusters is not None and not clusters:
            raise NotJudged(f"there is no ECS cluster {place.cluster!r} in {self.region}: check SOCKERLESS_ECS_CLUSTER")
        if clusters and clusters[0]["status"] != "ACTIVE":
            raise NotJudged(f"the ECS cluster {place.cluster!r} is {clusters[0]['status']}: choose one that is ACTIVE")
        networks = {
            *self._networks_of("subnet", place.subnets, "SOCKERLESS_ECS_SUBNETS"),
            *self._networks_of("security group", place.security_groups, "SOCKERLESS_ECS_SECURITY_GROUP"),
        }
        if len(networks) > 1:
            raise NotJudged(
                f"SOCKERLESS_ECS_SUBNETS and SOCKERLESS_ECS_SECURITY_GROUP lie in {len(networks)} VPCs "
                f"({', '.join(sorted(networks))}): choose them from one"
            )

    def _networks_of(self, kind: str, ids: tuple[str, ...], variable: str) -> set[str]:
        """The VPCs of those that can be seen. Raises ``NotJudged`` for one that AWS itself does not have."""
        service, operation, key, asked_by, id_of = {
            "subnet": ("ec2", "describe_subnets", "Subnets", "SubnetIds", "SubnetId"),
            "security group": ("ec2", "describe_security_groups", "SecurityGroups", "GroupIds", "GroupId"),
        }[kind]
        try:
            found = observed(lambda: self.call(service, operation, **{asked_by: list(ids)})[key], None, [])
            gone = [] if found is None else [id_ for id_ in ids if id_ not in [each[id_of] for each in found]]
        except Absent as error:  # AWS names the first only
            found, gone = [], [next((id_ for id_ in ids if id_ in str(error)), ids[0])]
        for id_ in gone:
            line = f"there is no {kind} {id_!r} in {self.region}: check {variable}"
            if not self.endpoint:
                raise NotJudged(line)
            self.missing[id_] = f"not observable here: {line}"
        return {str(each["VpcId"]) for each in found or () if each.get("VpcId")}

    def keys(self) -> dict[str, str]:
        """The variables that hold its keys, for runs of the suite by itself; they go into no report."""
        try:
            credentials = self._session.get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials is not None else None
        except BotoCoreError as error:
            raise NotJudged(explain(error, "reading the credentials")) from None
        if frozen is None:
            raise NotJudged(f"the credentials of {self.source} are gone: renew them")
        pair = {"AWS_ACCESS_KEY_ID": frozen.access_key or "", "AWS_SECRET_ACCESS_KEY": frozen.secret_key or ""}
        return {**pair, "AWS_SESSION_TOKEN": frozen.token} if frozen.token else pair

    def _compare_clocks(self, answer: dict[str, Any], asked: float) -> None:
        """By the ``Date`` of the first answer that came at once; it is of whole seconds, so less counts as the same."""
        answered = steady_time()
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if self._is_compared or not date or answered - asked > _AT_ONCE:
            return
        with suppress(ValueError, TypeError, OverflowError):  # of what is no date
            ahead = parsedate_to_datetime(date).timestamp() + 0.5 - (asked + answered) / 2
            self.clock_ahead = ahead if abs(ahead) > 1.0 else 0.0
            self._is_compared = True

    def _action(self, service: str, operation: str) -> str:
        action = f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
        if action in self.refused:
            raise NotObservable(self.refused[action])
        silence = self.patience.silence(service)
        if silence is not None:
            raise judged(silence, action)
        return action

    def _judged(self, error: Exception, action: str) -> NotJudged:
        """The error to raise; what was refused for good is remembered, and for a while who does not answer."""
        self.patience.failed(action.partition(":")[0], error)
        refusal = error if isinstance(error, NotJudged) else judged(error, action)
        if isinstance(refusal, NotObservable):
            self.refused[action] = str(refusal)
        return refusal

    def _client(self, service: str) -> Any:
        with self._lock:  # boto3 sessions are not safe to make clients with from several threads
            if service not in self._clients:
                # A simulator is on this machine: no proxy of the environment may carry its calls elsewhere.
                proxies: dict[str, str] | None = {} if self.endpoint else None
                try:
                    client = self._session.client(  # type: ignore[call-overload]
                        service, endpoint_url=self.endpoint or None, config=self.patience.config(proxies)
                    )
                except Exception as error:  # noqa: BLE001 - of regions, profiles, files and URLs, each of its own kind
                    raise NotJudged(explain(error, service)) from None
                self.patience.watch(client)
                client.meta.events.register("before-parse", _refuse_unknown)
                self._clients[service] = client
            return self._clients[service]


def _refuse_unknown(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """botocore finds no error in an answer that is none of AWS's, such as a simulator's "404 page not found"."""
    if response_dict["status_code"] in UNKNOWN_OPERATION:
        raise unknown(f"{operation_model.service_model.service_name}:{operation_model.name}")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
