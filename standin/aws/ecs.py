"""ECS: clusters, task definitions, Fargate tasks."""

from __future__ import annotations

from datetime import UTC, datetime

from standin.aws.control import ACCOUNT, Control
from standin.aws.definitions import Definitions
from standin.aws.tasks import Fargate, Task
from standin.aws.vpc import Ec2
from standin.aws.wire import AwsError, Json, page


class Ecs:
    """The clusters of a region. The calls take decoded parameters and answer decoded results."""

    actions = (
        "DescribeClusters",
        "RegisterTaskDefinition",
        "DeregisterTaskDefinition",
        "DescribeTaskDefinition",
        "ListTaskDefinitions",
        "RunTask",
        "DescribeTasks",
        "ListTasks",
        "StopTask",
    )

    def __init__(self, region: str, ec2: Ec2, control: Control, fargate: Fargate) -> None:
        self._prefix = f"arn:aws:ecs:{region}:{ACCOUNT}"
        self._ec2, self._control, self._fargate = ec2, control, fargate
        self._definitions = Definitions(self._prefix)
        self._tasks: dict[str, Task] = {}
        self.clusters: dict[str, str] = {}  # name -> ACTIVE or INACTIVE

    def describe_clusters(self, params: Json) -> Json:
        found, failures = [], []
        for name in map(_name, params.get("clusters", ["default"])):
            arn = f"{self._prefix}:cluster/{name}"
            if name in self.clusters:
                found.append({"clusterArn": arn, "clusterName": name, "status": self.clusters[name]})
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"clusters": found, "failures": failures}

    def register_task_definition(self, params: Json) -> Json:
        return {"taskDefinition": self._definitions.register(params), "tags": params.get("tags", [])}

    def deregister_task_definition(self, params: Json) -> Json:
        return {"taskDefinition": self._definitions.deregister(params["taskDefinition"])}

    def describe_task_definition(self, params: Json) -> Json:
        definition = self._definitions.find(params["taskDefinition"], "Unable to describe task definition.")
        tags = self._definitions.tags[definition["taskDefinitionArn"]]
        return {"taskDefinition": definition, "tags": tags if "TAGS" in params.get("include", ()) else []}

    def list_task_definitions(self, params: Json) -> Json:
        arns, token = self._page(self._definitions.listed(params), params)
        return {"taskDefinitionArns": arns, **token}

    def run_task(self, params: Json) -> Json:
        self._cluster(params)
        definition = self._definitions.find(params["taskDefinition"], "TaskDefinition not found.")
        if definition["status"] != "ACTIVE":
            raise AwsError("InvalidParameterException", "TaskDefinition is inactive")
        if params.get("launchType") != "FARGATE":
            raise AwsError("InvalidParameterException", "No Container Instances were found in your cluster.")
        if unserved := sorted({"overrides", "capacityProviderStrategy", "volumeConfigurations"} & params.keys()):
            raise AwsError("UnsupportedFeatureException", f"The simulator does not know {unserved[0]}.")
        if "awsvpcConfiguration" not in params.get("networkConfiguration", {}):
            text = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            raise AwsError("InvalidParameterException", text)
        tasks = [self.add_task(params, definition) for _ in range(params.get("count", 1))]
        for task in tasks:
            self._fargate.launch(task)
        return {"tasks": [task.view for task in tasks], "failures": []}

    def add_task(self, params: Json, definition: Json) -> Task:
        """A task as RunTask's ``params`` want it, in its first status."""
        cluster, network = self._cluster(params), params["networkConfiguration"]["awsvpcConfiguration"]
        id_ = f"{self._control.random.getrandbits(128):032x}"
        arn = f"{self._prefix}:task/{_name(cluster)}/{id_}"
        interface = self._ec2.attach(network["subnets"], network.get("securityGroups", []), arn)
        attachment = {
            "id": f"{self._control.random.getrandbits(128):032x}",
            "type": "ElasticNetworkInterface",
            "status": "PRECREATED",
            "details": [{"name": "subnetId", "value": interface["SubnetId"]}],
        }
        described = definition["containerDefinitions"][0]
        container = {
            "containerArn": f"{self._prefix}:container/{_name(cluster)}/{id_}/{self._control.id('main')}",
            "taskArn": arn,
            "name": described["name"],
            "image": described["image"],
            "lastStatus": "PENDING",
        }
        view: Json = {
            "taskArn": arn,
            "clusterArn": cluster,
            "taskDefinitionArn": definition["taskDefinitionArn"],
            "group": params.get("group", f"family:{definition['family']}"),
            "lastStatus": "PROVISIONING",
            "desiredStatus": "RUNNING",
            "createdAt": datetime.now(UTC),
            "cpu": definition["cpu"],
            "memory": definition["memory"],
            "launchType": "FARGATE",
            "availabilityZone": interface["AvailabilityZone"],
            "tags": params.get("tags", []),
            "attachments": [attachment],
            "containers": [container],
        }
        view |= {"startedBy": params["startedBy"]} if "startedBy" in params else {}
        self._tasks[arn] = Task(view, definition, interface, self._control.missing)
        return self._tasks[arn]

    def describe_tasks(self, params: Json) -> Json:
        cluster = self._cluster(params)
        if not params["tasks"]:
            raise AwsError("InvalidParameterException", "Tasks cannot be empty.")
        tasks, failures = [], []
        for reference in params["tasks"]:
            task = self._task(cluster, reference)
            if task is None or task.missing > 0:
                failures.append({"arn": self._arn(cluster, reference), "reason": "MISSING"})
            else:
                tasks.append(task.view if "TAGS" in params.get("include", ()) else task.view | {"tags": []})
            if task is not None:
                task.missing -= 1
        return {"tasks": tasks, "failures": failures}

    def list_tasks(self, params: Json) -> Json:
        wanted = {key: params[key] for key in params.keys() & {"startedBy", "launchType"}}
        wanted |= {"clusterArn": self._cluster(params), "desiredStatus": params.get("desiredStatus", "RUNNING")}
        family = params.get("family")
        tasks = [task for task in self._tasks.values() if family in (None, task.definition["family"])]
        found = [task for task in tasks if all(task.view.get(key) == value for key, value in wanted.items())]
        shown, token = self._page([task.view["taskArn"] for task in found], params)
        return {"taskArns": shown, **token}

    def stop_task(self, params: Json) -> Json:
        task = self._task(self._cluster(params), params["task"])
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        task.stop("UserInitiated", params.get("reason", "Task stopped by user"))
        return {"task": task.view | {"tags": []}}

    def _page(self, arns: list[str], params: Json) -> tuple[list[str], dict[str, str]]:
        return page(arns, params, "nextToken", min(params.get("maxResults", 100), self._control.page))

    def _cluster(self, params: Json) -> str:
        name = _name(params.get("cluster", "default"))
        if name not in self.clusters:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if self.clusters[name] != "ACTIVE":
            raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return f"{self._prefix}:cluster/{name}"

    def _arn(self, cluster: str, reference: str) -> str:
        return reference if reference.startswith("arn:") else f"{self._prefix}:task/{_name(cluster)}/{reference}"

    def _task(self, cluster: str, reference: str) -> Task | None:
        task = self._tasks.get(self._arn(cluster, reference))
        return task if task and task.view["clusterArn"] == cluster else None


def _name(reference: str) -> str:
    """The last part of an ARN; a bare name as it is."""
    return reference.rpartition("/")[2]
