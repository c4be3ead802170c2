"""Verbs for rules about AWS calls, and for what of AWS's answers is about which container."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import edited
from support.api.messages import Answer, made, with_header

Json = dict[str, Any]


def denied() -> Handler:
    """AWS refuses the caller, in the words of ECS and CloudWatch Logs; it is not asked."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return as_json(
            400, {"__type": "AccessDeniedException", "message": f"not authorized to perform {call.operation}"}
        )

    return handler


def unknown_operation() -> Handler:
    """The endpoint does not know the operation, as a simulator that does not have all of AWS's."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return as_json(400, {"__type": "UnknownOperationException", "message": f"unknown: {call.operation}"})

    return handler


def denied_in_xml(code: str, status: int = 403) -> Handler:
    """The same in the words of EC2 and STS, with this error code."""

    async def handler(call: Call, forward: Forward) -> Answer:
        error = f"<Error><Code>{code}</Code><Message>refused: {call.operation}</Message></Error>"
        # EC2 and STS differ in what they wrap it in; botocore reads either.
        whole = f"<Response><Errors>{error}</Errors></Response>"
        if call.operation.startswith("sts:"):
            whole = f"<ErrorResponse>{error}</ErrorResponse>"
        return _typed(made(status, whole.encode()), "text/xml")

    return handler


def refused_for_now(code: str) -> Handler:
    """AWS refuses the caller with this error code, in the words of each service, such as when a session is over."""
    in_xml = denied_in_xml(code, 400)

    async def handler(call: Call, forward: Forward) -> Answer:
        if call.operation.startswith(("ec2:", "sts:")):
            return await in_xml(call, forward)
        return as_json(400, {"__type": code, "message": f"refused: {call.operation}"})

    return handler


def silence() -> Handler:
    """AWS takes the call, and never answers it."""

    async def handler(call: Call, forward: Forward) -> Answer:
        await asyncio.Event().wait()  # the end of the run, or of the connection, ends it
        return await forward(call)

    return handler


def throttled_every(number: int) -> Handler:
    """Each so-and-so-many-th call is throttled, as AWS does when much is asked; whoever asks again is served."""
    calls = 0

    async def handler(call: Call, forward: Forward) -> Answer:
        nonlocal calls
        calls += 1
        if calls % number:
            return await forward(call)
        return as_json(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})

    return handler


def lagging(seconds: float) -> Handler:
    """DescribeTasks reports of each task what was the case so long ago; of a new task, what was first seen of it."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read_json()
        now = asyncio.get_running_loop().time()
        for at, task in enumerate(content.get("tasks", []) if answer.status == 200 else []):
            seen = call.memory.setdefault(task["taskArn"], [])
            seen.append((now, task))
            old = [task for then, task in seen if then <= now - seconds]
            content["tasks"][at] = old[-1] if old else seen[0][1]
        return answer.but_json(content)

    return handler


def missing_at_first(times: int) -> Handler:
    """DescribeTasks does not know a new task yet, so many times."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read_json()
        if answer.status != 200:
            return answer
        known = []
        for task in content["tasks"]:
            call.memory[task["taskArn"]] = call.memory.get(task["taskArn"], 0) + 1
            if call.memory[task["taskArn"]] > times:
                known.append(task)
            else:
                content["failures"].append({"arn": task["taskArn"], "reason": "MISSING"})
        return answer.but_json({**content, "tasks": known})

    return handler


def with_strangers() -> Handler:
    """ListTasks has a task of somebody else's, which is gone when it is described."""

    def edit(call: Call, content: Json) -> None:
        somebody = "arn:aws:ecs:eu-central-1:123456789012:task/standin/00000000000000000000000000000000"
        content["taskArns"].append(somebody)

    return edited(edit)


def answered(content: Json) -> Handler:
    """This, without asking AWS: nothing happens there."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return as_json(200, content)

    return handler


def tasks(role: str, change: Callable[[Call, Json], None]) -> Handler:
    """DescribeTasks, with the tasks of this container changed in place."""
    return edited(lambda call, content: _each(call, content["tasks"], role, change))


def definitions(role: str, change: Callable[[Call, Json], None]) -> Handler:
    """DescribeTaskDefinition, where it is about this container's, changed in place."""
    return edited(lambda call, content: _each(call, [content["taskDefinition"]], role, change))


def text(change: Callable[[Call, str], str]) -> Handler:
    """An answer that is no JSON, changed as a text."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read()
        return answer.but(body=change(call, content.decode()).encode())

    return handler


def interface(key: str, value: str) -> Callable[[Call, Json], None]:
    """Another value for a detail of a task's network interface."""

    def change(call: Call, task: Json) -> None:
        for attachment in task.get("attachments", []):
            for detail in attachment.get("details", []):
                if detail["name"] == key:
                    detail["value"] = value

    return change


def moved(timestamp: Any, seconds: float) -> Any:
    """AWS's JSON has times as seconds since 1970; botocore takes texts too."""
    if isinstance(timestamp, int | float):
        return timestamp + seconds
    return datetime.fromisoformat(str(timestamp)).timestamp() + seconds


def _each(call: Call, entries: list[Json], role: str, change: Callable[[Call, Json], None]) -> None:
    for entry in entries:
        container = call.session.mentioned(json.dumps(entry))
        if container is not None and container.role == role:
            change(call, entry)


def as_json(status: int, content: Json) -> Answer:
    """An answer of ECS or CloudWatch Logs that AWS did not give."""
    return _typed(made(status, content), "application/x-amz-json-1.1")


def _typed(answer: Answer, kind: str) -> Answer:
    return answer.but(headers=with_header(answer.headers, "Content-Type", kind))
