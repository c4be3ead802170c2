"""Verbs for rules that remember what AWS said, or report what it never had."""

from __future__ import annotations

from typing import Any

from falsify.aws_response_rules import as_json
from falsify.lies import on
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import edited
from support.api.messages import Answer


def streams_remembered() -> Handler:
    """DescribeLogStreams goes on to list streams that are gone."""

    def edit(call: Call, content: Any) -> None:
        known = call.memory.setdefault(f"streams of {call.request.json()['logGroupName']}", {})
        known |= {stream["logStreamName"]: stream for stream in content["logStreams"]}
        content["logStreams"] = list(known.values())

    return edited(edit)


def twin_definition(role: str) -> tuple[Rule, ...]:
    """The task definition of this role's container has a second revision, ACTIVE until somebody deregisters it."""

    async def described(call: Call, forward: Forward) -> Answer:
        twin = call.memory.get("twin")
        if twin and call.request.json()["taskDefinition"] == twin["taskDefinitionArn"]:
            return as_json(200, {"taskDefinition": twin, "tags": []})
        answer, content = await (await forward(call)).read_json()
        definition = content.get("taskDefinition")
        container = call.session.mentioned(str(definition))
        if container is not None and container.role == role:
            arn = f"{definition['taskDefinitionArn'].rpartition(':')[0]}:{definition['revision'] + 1}"
            again = {"taskDefinitionArn": arn, "revision": definition["revision"] + 1, "status": "ACTIVE"}
            call.memory.setdefault("twin", definition | again)
        return answer

    def listed(call: Call, content: Any) -> None:
        twin = call.memory.get("twin")
        if twin and twin["status"] == call.request.json().get("status"):
            content["taskDefinitionArns"].append(twin["taskDefinitionArn"])

    async def deregistered(call: Call, forward: Forward) -> Answer:
        twin = call.memory.get("twin")
        if not twin or call.request.json()["taskDefinition"] != twin["taskDefinitionArn"]:
            return await forward(call)
        twin["status"] = "INACTIVE"
        return as_json(200, {"taskDefinition": twin})

    return (
        on("ecs:DescribeTaskDefinition", described, role="suite"),
        on("ecs:ListTaskDefinitions", edited(listed), role="suite"),
        on("ecs:DeregisterTaskDefinition", deregistered, role="suite"),
    )
