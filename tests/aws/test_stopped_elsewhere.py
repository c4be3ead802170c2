"""A task that somebody stops in AWS, in the middle of a run, is named in the verdict that it concerns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3

from support.waiting import Seen, done, not_yet, until


def test_a_task_that_somebody_stops_in_aws_is_named(serve) -> None:
    served = serve()
    aws = served.aws
    ecs = boto3.Session(aws["access_key"], aws["secret_key"], region_name=aws["region"]).client(
        "ecs", endpoint_url=aws["endpoint"]
    )

    def is_stopped() -> Seen[bool]:
        running = ecs.list_tasks(cluster=aws["cluster"])["taskArns"]
        found = ecs.describe_tasks(cluster=aws["cluster"], tasks=running)["tasks"] if running else []
        mine = [task["taskArn"] for task in found if task["lastStatus"] == "RUNNING"]
        for arn in mine:
            ecs.stop_task(cluster=aws["cluster"], task=arn, reason="cost control of the account")
        return done(True) if mine else not_yet(f"{running}")

    with ThreadPoolExecutor(1) as pool:
        ran = pool.submit(served.run, "@TST-010-AC-05")
        until(is_stopped, "the tail's task to run", 60.0)
        run = ran.result(120.0)

    ((_, verdict, cause),) = run.judged
    assert verdict in ("violated", "not judged")
    assert "-tail-" in cause or "ecs-tail" in cause
    assert "was stopped in AWS (cost control of the account), which this run did not ask for" in cause
