"""Lies about what the suite finds around it: credentials, profile files, variables, and an AWS that refuses it.

Where they are about what every call of AWS needs, nothing can be judged: what counts then is the cause that is given.
"""

from __future__ import annotations

from falsify.aws_calls import OF_SUITE
from falsify.aws_response_rules import answered, denied, denied_in_xml, refused_for_now, silence
from falsify.environments import KEYS, PAIR, foreign, in_profile, with_variables, without
from falsify.lies import Layer, Lie, ecs, ecs_notes, in_layer, on, unseen
from falsify.proxy_session import Handler
from falsify.response_rules import drop

_status_lie = in_layer(Layer.STATUS)
_body_lie = in_layer(Layer.BODIES)
_effect_lie = in_layer(Layer.EFFECTS)
_second_lie = in_layer(Layer.ONLY_FIRST)

_CLUSTER, _SUBNETS, _GROUP = (f"SOCKERLESS_ECS_{name}" for name in ("CLUSTER", "SUBNETS", "SECURITY_GROUP"))


_NOTHING_OF_AWS = {"TST-010-*": "Without credentials that AWS accepts nothing can be asked of it."}
_NOWHERE = {"TST-010-*": "Without cluster and network nobody knows where the tasks are to run."}


def _unusable(words: str) -> dict[str, str]:
    """AC-1: the credentials do not do, and the cause says so in these words."""
    return {"TST-010-AC-01": words}


def _misplaced(words: str) -> dict[str, str]:
    """AC-2: cluster or network do not do, and the cause says so in these words."""
    return {"TST-010-AC-02": words}


_CREDENTIALS: tuple[Lie, ...] = (
    _body_lie(
        "key-without-secret",
        "The environment has the first of a pair of keys only.",
        ecs(1),
        environment=without(PAIR[1]),
        unjudged=_unusable(f"{PAIR[1]} is not set"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "secret-without-key",
        "The environment has the second of a pair of keys only.",
        ecs(1),
        environment=without(PAIR[0]),
        unjudged=_unusable(f"{PAIR[0]} is not set"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "keys-of-nobody",
        "The environment has a pair of keys that AWS does not know.",
        ecs(1),
        environment=with_variables(AWS_ACCESS_KEY_ID="AKIA0000000000000000"),
        unjudged=_unusable("AWS refused the credentials"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "secret-of-another-key",
        "The environment has a key with the secret of another.",
        ecs(1),
        environment=with_variables(AWS_SECRET_ACCESS_KEY="another-secret"),  # noqa: S106 - it opens nothing
        unjudged=_unusable("AWS refused the credentials"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "profile-in-no-file",
        "The environment names a profile that no file has.",
        ecs(1),
        environment=in_profile(KEYS, name="elsewhere"),
        unjudged=_unusable("elsewhere"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "profile-without-keys",
        "The profile that the environment names has no keys.",
        ecs(1),
        environment=in_profile("[acceptance]\nregion = eu-central-1\n"),
        unjudged=_unusable("has no keys"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "profile-with-half-a-pair",
        "The profile that the environment names has half a pair of keys.",
        ecs(1),
        environment=in_profile("[acceptance]\naws_access_key_id = {key}\n"),
        unjudged=_unusable("half a pair"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _body_lie(
        "profile-file-unreadable",
        "The file of profiles cannot be read as one.",
        ecs(1),
        environment=in_profile("aws_access_key_id {key}\n"),
        unjudged=_unusable("credentials"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _status_lie(
        "caller-refused",
        "AWS does not say who its caller is.",
        ecs(1),
        on("sts:GetCallerIdentity", denied_in_xml("ExpiredToken"), role="suite"),
        unjudged=_unusable("the AWS session has expired"),
        unobservable=_NOTHING_OF_AWS,
    ),
    _status_lie(
        "tasks-denied",
        "AWS does not let the suite list tasks.",
        ecs(2),
        on("ecs:ListTasks", denied(), role="suite"),
        unjudged={"TST-010-AC-02": "ecs:ListTasks"},
        unobservable=unseen("AWS does not say what became of the tasks.", ecs(5, 18))
        | unseen("AWS lists no task whose states could be compared.", ecs_notes(2)),
        prevents="the list of tasks",
    ),
    _second_lie(
        "caller-refused-later",
        "AWS knows its caller once, and not again.",
        ecs(1),
        on("sts:GetCallerIdentity", denied_in_xml("ExpiredToken"), role="suite", since=2),
        unjudged=_unusable("the AWS session has expired"),
    ),
    _second_lie(
        "cluster-gone-later",
        "The cluster is there once.",
        ecs(1),
        on("ecs:DescribeClusters", answered({"clusters": [], "failures": []}), role="suite", since=2),
        unjudged=_unusable("there is no ECS cluster"),
    ),
    _second_lie(
        "caller-throttled-later",
        "AWS throttles whoever asks a second time who it is.",
        ecs(1),
        on("sts:GetCallerIdentity", refused_for_now("Throttling"), role="suite", since=2),
        unjudged=_unusable("AWS throttled sts:GetCallerIdentity"),
    ),
    _second_lie(
        "caller-unreachable-later",
        "AWS ends every connection on which it is asked a second time who the caller is.",
        ecs(1),
        on("sts:GetCallerIdentity", drop(), role="suite", since=2),
        unjudged=_unusable("AWS cannot be reached for sts:GetCallerIdentity"),
    ),
)


def _in_mid_run(identity: str, sentence: str, handler: Handler, words: str) -> Lie:
    """No call of the suite's is served any more: whatever depends on one is not judged, and nothing is violated."""
    return _second_lie(
        identity,
        sentence,
        ecs(18),
        on(OF_SUITE, handler, role="suite", since=_SERVED),
        unjudged={"TST-010-AC-18": words},
        unobservable={"TST-010-*": "AWS does not serve the suite any more."},
    )


_SERVED = 30  # calls that are served before: the run has begun by then, and is not over
_MID_RUN: tuple[Lie, ...] = (
    _in_mid_run(
        "session-expires-in-mid-run",
        "The suite's AWS session expires in the middle of the run.",
        refused_for_now("ExpiredTokenException"),
        "the AWS session has expired",
    ),
    _in_mid_run(
        "suite-throttled-in-mid-run",
        "AWS throttles the suite from the middle of the run on.",
        refused_for_now("ThrottlingException"),
        "AWS throttled",
    ),
    _in_mid_run(
        "aws-unreachable-in-mid-run",
        "AWS cannot be reached from the middle of the run on.",
        drop(),
        "AWS cannot be reached",
    ),
    _in_mid_run(
        "aws-silent-in-mid-run",
        "AWS accepts the suite's calls from the middle of the run on, and never answers.",
        silence(),
        "AWS did not answer",
    ),
)
_PLACEMENT: tuple[Lie, ...] = (
    _effect_lie(
        "network-of-another-vpc",
        "The variables name subnets and a security group in which no task runs.",
        ecs(2),
        environment=foreign(_SUBNETS, _GROUP),
    ),
    _body_lie(
        "cluster-unset",
        "No variable names the cluster.",
        ecs(2),
        environment=without(_CLUSTER),
        unjudged=_misplaced(f"{_CLUSTER} not set"),
        unobservable=_NOWHERE,
    ),
    _body_lie(
        "network-unset",
        "No variable names subnets and security group.",
        ecs(2),
        environment=without(_SUBNETS, _GROUP),
        unjudged=_misplaced(f"{_SUBNETS} and {_GROUP} not set"),
        unobservable=_NOWHERE,
    ),
    _body_lie(
        "subnets-of-commas",
        "The subnets are a list of nothing.",
        ecs(2),
        environment=with_variables(**{_SUBNETS: " , ,"}),
        unjudged=_misplaced(f"{_SUBNETS} not set"),
        unobservable=_NOWHERE,
    ),
    _body_lie(
        "cluster-that-is-not-there",
        "The variables name a cluster that does not exist.",
        ecs(2),
        environment=with_variables(**{_CLUSTER: "nowhere"}),
        unjudged=_misplaced("there is no ECS cluster 'nowhere'"),
        unobservable=_NOWHERE,
    ),
    _body_lie(
        "cluster-retired",
        "The variables name a cluster that is INACTIVE.",
        ecs(2),
        environment=foreign(_CLUSTER),
        unjudged=_misplaced("INACTIVE"),
        unobservable=_NOWHERE,
    ),
    _body_lie(
        "subnets-of-another-vpc",
        "The variables name subnets of another VPC than the security group's.",
        ecs(2),
        environment=foreign(_SUBNETS),
        unjudged=_misplaced("lie in 2 VPCs"),
        unobservable=_NOWHERE,
    ),
)
LIES: tuple[Lie, ...] = (*_CREDENTIALS, *_MID_RUN, *_PLACEMENT)
