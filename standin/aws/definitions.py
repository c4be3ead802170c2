"""Task definitions: what AWS refuses of them, their revisions, ACTIVE and INACTIVE."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from standin.aws.wire import AwsError, Json

_MEMORY_OF_CPU = {  # MiB that Fargate offers for an amount of CPU units
    "256": (512, 1024, 2048),
    "512": range(1024, 4097, 1024),
    "1024": range(2048, 8193, 1024),
    "2048": range(4096, 16385, 1024),
}


class Definitions:
    """The task definitions of a region; ``prefix`` is that of its ARNs."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}:task-definition/"
        self._all: dict[str, Json] = {}
        self._revisions: Counter[str] = Counter()
        self.tags: dict[str, list[Json]] = {}

    def register(self, params: Json) -> Json:
        """The next revision of its family."""
        check(params)
        family = params["family"]
        self._revisions[family] += 1
        revision = self._revisions[family]
        arn = f"{self._prefix}{family}:{revision}"
        self.tags[arn] = params.get("tags", [])
        given = {name: value for name, value in params.items() if name != "tags"}
        own = {"taskDefinitionArn": arn, "revision": revision, "status": "ACTIVE", "registeredAt": datetime.now(UTC)}
        self._all[arn] = given | own
        return self._all[arn]

    def deregister(self, reference: str) -> Json:
        """Make one revision INACTIVE; it stays describable."""
        if not re.search(r":\d+$", reference):
            raise AwsError("ClientException", f"The task definition {reference} must have a revision.")
        definition = self.find(reference, "The specified task definition does not exist.")
        if definition["status"] != "ACTIVE":
            text = "The specified task definition is inactive. Specify an active task definition and try again."
            raise AwsError("InvalidParameterException", text)
        definition |= {"status": "INACTIVE", "deregisteredAt": datetime.now(UTC)}
        return definition

    def find(self, reference: str, otherwise: str) -> Json:
        """By ARN, ``family:revision``, or ``family`` (its latest ACTIVE revision)."""
        name = reference.rpartition("/")[2]
        active = [d for d in self._all.values() if d["family"] == name and d["status"] == "ACTIVE"]
        found = active[-1] if active else self._all.get(self._prefix + name)
        if found is None:
            raise AwsError("ClientException", otherwise)
        return found

    def listed(self, params: Json) -> list[str]:
        """The ARNs that ListTaskDefinitions is asked for, in its order."""
        family, status = params.get("familyPrefix"), params.get("status", "ACTIVE")
        found = [d for d in self._all.values() if d["status"] == status and family in (None, d["family"])]
        found.sort(key=lambda d: (d["family"], d["revision"]), reverse=params.get("sort") == "DESC")
        return [definition["taskDefinitionArn"] for definition in found]


def check(params: Json) -> None:
    """What AWS refuses of a definition that is to run on Fargate and to log to CloudWatch."""
    container = (params["containerDefinitions"] or [{}])[0]
    cpu, memory = params.get("cpu", ""), params.get("memory", "")
    logging = container.get("logConfiguration", {})
    options = {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} - logging.get("options", {}).keys()
    offered = memory.isdigit() and int(memory) in _MEMORY_OF_CPU.get(cpu, ())
    role = params.get("executionRoleArn")
    refusals = {
        "Family contains invalid characters.": not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params["family"]),
        "Container list cannot be empty.": not container,
        "The simulator runs one container per task.": len(params["containerDefinitions"]) > 1,
        "Container.name should not be null or empty.": not container.get("name"),
        "Container.image should not be null or empty.": not container.get("image"),
        "The simulator runs FARGATE only.": params.get("requiresCompatibilities") != ["FARGATE"],
        "Fargate only supports network mode 'awsvpc'.": params.get("networkMode") != "awsvpc",
        "Fargate requires that 'cpu' and 'memory' be defined at the task level.": not (cpu and memory),
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.": not offered,
        "The simulator knows the log driver awslogs only.": bool(logging) and logging["logDriver"] != "awslogs",
        f"Log driver awslogs requires options: {', '.join(sorted(options))}": bool(logging and options),
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.": (
            bool(logging) and not role
        ),
    }
    if text := next((text for text, wrong in refusals.items() if wrong), ""):
        raise AwsError("ClientException", text)
