"""Containers of a former daemon, from what AWS has of them: the tags of their tasks, and their definitions."""

from __future__ import annotations

from standin.backends.fargate import AGENT, TAG, tagged
from standin.backends.tasks import Aws, Task
from standin.clock import SECOND
from standin.images import Image
from standin.output import Output
from standin.state import Container, Daemon, Endpoint, Json, new_id
from standin.views import full_config, full_host_config

_NAME, _CREATED = "sockerless-container-name", "sockerless-created-at"
_NOT_STARTED = 128  # the exit code of what never ran


def tags_of(container: Container) -> list[Json]:
    """What each task of a container is tagged with."""
    tags = {"sockerless-managed": "true", TAG: container.id}
    tags |= {_NAME: container.name, _CREATED: str(container.created_ns)}
    return [{"key": key, "value": value} for key, value in tags.items()]


async def tasks_of(aws: Aws, cluster: str) -> list[Json]:
    """All tasks in the cluster as AWS describes them, oldest first."""
    arns: list[str] = []
    for status in ("RUNNING", "STOPPED"):
        token: dict[str, str] = {}
        while True:
            page = await aws.call("ecs", "list_tasks", cluster=cluster, desiredStatus=status, **token)
            arns += page["taskArns"]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
    views: list[Json] = []
    for start in range(0, len(arns), 100):
        batch = arns[start : start + 100]
        views += (await aws.call("ecs", "describe_tasks", cluster=cluster, tasks=batch, include=["TAGS"]))["tasks"]
    return sorted(views, key=lambda view: view["createdAt"])


async def definition_of(aws: Aws, arn: str) -> Json:
    """What tasks were run from."""
    found: Json = (await aws.call("ecs", "describe_task_definition", taskDefinition=arn))["taskDefinition"]
    return found


def container(daemon: Daemon, image: Image, definition: Json, task: Task) -> Container:
    """A container as its definition and its last task have it; networks and volumes were the former daemon's own."""
    main, view = definition["containerDefinitions"][0], task.view
    variables = {each["name"]: each["value"] for each in main["environment"]}
    identity = tagged(view, TAG)
    config = full_config(
        {
            "Image": main["image"],
            "Entrypoint": main["entryPoint"][len(AGENT) :] or None,
            "Cmd": main["command"] or None,
            "Env": [f"{name}={value}" for name, value in variables.items() if name != "HOSTNAME"],
            "Hostname": variables.get("HOSTNAME", identity[:12]),
            "Labels": main.get("dockerLabels", {}),
            "User": main.get("user", ""),
            "WorkingDir": main["workingDirectory"],
        }
    )
    bridge = next(network for network in daemon.networks.values() if network.name == "bridge")
    place, output = Endpoint("bridge", [], bridge), Output(daemon.folder)
    found = Container(
        identity, tagged(view, _NAME), image, config, full_host_config({}), [], {"bridge": place}, output, [], {}
    )
    found.created_ns = int(tagged(view, _CREATED))
    found.started_ns, found.finished_ns = _nanoseconds(view, "startedAt"), _nanoseconds(view, "stoppedAt")
    if task.status == "STOPPED":
        found.status, found.exit_code = "exited", int(view["containers"][0].get("exitCode", _NOT_STARTED))
        found.error = task.why_ended
        task.run.ended.set_result(found.exit_code)
    else:
        found.status, found.run = "running", task.run
        found.run.process.set_result(task)
        place.id, place.address = new_id(), task.address
    return found


def _nanoseconds(view: Json, key: str) -> int:
    return int(view[key].timestamp() * SECOND) if key in view else 0
