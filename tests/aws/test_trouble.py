"""What the suite's own calls of AWS meet: one line for each, in a bounded time, and never a violation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from standin.aws.simulator import HOME
from support.aws.account import Account, Placement
from support.aws.credentials import find, of_keys
from support.aws.errors import NotObservable, Rejected, judged
from support.aws.fargate import Task
from support.ecs import checks
from support.ecs.state_log import Observation, StateLog
from support.ecs.suite_runs import SuiteRun
from support.report.judging import not_judged
from support.verdicts import NotJudged
from support.waiting import Deadline
from tests.aws.conftest import account_of, count, opened
from tests.core.fakes import Peer, Serve, answer, answering, serving
from tests.standin.aws_world import World

WITHIN = 1.0  # seconds for a call
CONTAINER = "0123456789ab"
Ask = Callable[[Account], object]


def silent(peer: Peer) -> None:
    """Takes what is sent, and never answers."""
    peer.read_to_end()


def cut_off(peer: Peer) -> None:
    """Announces more than it sends."""
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def reset(peer: Peer) -> None:
    peer.read_request()
    peer.reset()


def said(status: int, body: bytes, kind: str = "application/x-amz-json-1.1") -> Serve:
    return answering(lambda _: answer(status, body, kind=kind))


def raw(text: bytes) -> Serve:
    return answering(lambda _: text)


@contextmanager
def served(serve: Serve) -> Iterator[Account]:
    with serving(serve, "tcp") as server:
        url = f"http://127.0.0.1:{server.endpoint.port}"
        yield Account(of_keys("key", "secret", HOME), Placement("here", (), ()), url, WITHIN)


def clusters(account: Account) -> object:
    return account.call("ecs", "describe_clusters", clusters=["here"])["clusters"]


def caller(account: Account) -> object:
    return account.call("sts", "get_caller_identity")["Account"]


def tasks(account: Account) -> object:
    return list(account.every("ecs", "list_tasks", "taskArns", cluster="here"))


def definition(account: Account) -> object:
    return account.definition("some", [])


HTML = b"<html><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("serve", "ask", "line"),
    [
        (silent, clusters, "AWS did not answer ecs:DescribeClusters in time: "),
        (silent, tasks, "AWS did not answer ecs:ListTasks in time: "),
        (cut_off, clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (reset, clusters, "AWS cannot be reached for ecs:DescribeClusters: "),
        (raw(b"nonsense\r\n\r\n"), clusters, "AWS cannot be reached for ecs:DescribeClusters: "),
        (said(200, HTML, "text/html"), clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (said(200, HTML, "text/html"), caller, "sts:GetCallerIdentity failed: what answered is not AWS"),
        (said(200, b"not xml", "text/xml"), caller, "sts:GetCallerIdentity failed: what answered is not AWS"),
        (said(200, b"{}"), clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (said(200, b"{}"), tasks, "ecs:ListTasks failed: what answered is not AWS"),
        (said(200, b"{}"), definition, "ecs:DescribeTaskDefinition failed: what answered is not AWS"),
        (said(200, b"[1]"), clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (said(200, b"[" * 100_000), clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (said(200, b'{"clusters": 7}'), clusters, "ecs:DescribeClusters failed: what answered is not AWS"),
        (said(502, HTML * 100, "text/html"), clusters, "ecs:DescribeClusters failed: 502: "),
        (said(503, b"", "text/html"), caller, "sts:GetCallerIdentity failed: 503: "),
        (said(301, b"", "text/html"), clusters, "ecs:DescribeClusters failed: 301:"),
    ],
)
def test_it_is_one_line_in_time_and_leaves_no_traceback(serve: Serve, ask: Ask, line: str) -> None:
    deadline = Deadline(WITHIN + 5.0)  # a client is made, too
    with served(serve) as account, pytest.raises(NotJudged) as error:
        ask(account)
    assert deadline.remaining
    assert not isinstance(error.value, NotObservable)
    judgement = not_judged(error.value)
    assert judgement.cause.startswith(line)
    assert len(judgement.cause) < 500
    assert (judgement.unexpected, judgement.details) == (None, ())


def test_nobody_listens() -> None:
    account = Account(of_keys("key", "secret", HOME), Placement("", (), ()), "http://127.0.0.1:9", WITHIN)
    with pytest.raises(NotJudged, match="AWS cannot be reached for ecs:DescribeClusters: Could not connect"):
        clusters(account)


@pytest.mark.parametrize("endpoint", ["nonsense", "http://", "http://[::1"])
def test_an_endpoint_that_is_none_is_one_line(endpoint: str) -> None:
    account = Account(of_keys("key", "secret", HOME), Placement("", (), ()), endpoint, WITHIN)
    with pytest.raises(NotJudged) as error:
        clusters(account)
    assert not_judged(error.value).unexpected is None


def test_a_profile_that_is_named_beside_keys_and_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_PROFILE": "gone"}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotJudged, match="gone") as error:
        find(named)
    assert not_judged(error.value).unexpected is None


def test_who_does_not_answer_is_not_waited_for_again_and_asked_anew_later() -> None:
    connections = []

    def serve(peer: Peer) -> None:
        connections.append(peer)
        silent(peer)

    with served(serve) as account:
        for _ in range(20):
            with pytest.raises(NotJudged, match="did not answer"):
                clusters(account)
        few = len(connections)
        assert few <= 3
        until = Deadline(WITHIN)
        while until.remaining and account.patience.silence("ecs"):
            threading.Event().wait(0.05)
        with pytest.raises(NotJudged, match="did not answer"):
            clusters(account)
        assert len(connections) > few


def test_a_service_that_is_silent_keeps_no_other_from_being_asked() -> None:
    def respond(peer: Peer) -> None:
        request = peer.read_request()
        if "AmazonEC2ContainerService" in request.headers.get("X-Amz-Target", ""):
            silent(peer)
        peer.send(answer(200, {"logGroups": []}, kind="application/x-amz-json-1.1"))

    with served(respond) as account:
        with pytest.raises(NotJudged):
            clusters(account)
        assert list(account.every("logs", "describe_log_groups", "logGroups")) == []


def test_throttling_is_sat_out(aws: World) -> None:
    aws.fault("throttle=suite/ecs:DescribeClusters=2")
    assert account_of(aws, within=8.0).call("ecs", "describe_clusters", clusters=["standin"])["clusters"]
    assert count(aws, "ecs:DescribeClusters") == 3


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("throttle=suite/*", "AWS throttled"), ("expire=suite/*", "the AWS session has expired")],
)
def test_in_mid_run_nobody_waits_for_tasks_that_cannot_be_described(aws: World, fault: str, cause: str) -> None:
    with opened(aws, within=1.0) as backend:
        aws.run(CONTAINER, "sleep", "60")
        backend.watch.task_of(CONTAINER, 10.0)
        aws.fault(fault)
        deadline = Deadline(6.0)
        for ask in (
            backend.watch.update,
            lambda: backend.until_ended(CONTAINER),
            lambda: backend.clean_up([CONTAINER]),
            lambda: backend.resources.active_definitions(CONTAINER),
        ):
            with pytest.raises(NotJudged, match=cause):
                ask()
        assert deadline.remaining


def test_a_task_that_a_slow_aws_has_not_told_of_yet_is_there(aws: World) -> None:
    with opened(aws, within=5.0) as backend:
        aws.run(CONTAINER, "sleep", "60")
        assert CONTAINER in backend.watch.task_of(CONTAINER, within=0.0).text


def test_what_cannot_be_removed_for_now_is_no_leftover_of_the_daemons(aws: World) -> None:
    with opened(aws, within=0.3, stop_timeout=0.1, deadline_scale=0.05) as backend:
        aws.history(aws.run(f"sockerless-{CONTAINER}", "echo", "ours"))
        aws.fault("expire=suite/logs:Delete*")
        cleared = backend.clean_up([CONTAINER])
    assert cleared.left == []
    assert any("the AWS session has expired" in line for line in cleared.failed)


def test_a_state_that_aws_cannot_confirm_any_more_is_not_judged() -> None:
    task = Task("arn/1", {}, {})
    task.record({"lastStatus": "RUNNING"}, at=10.0)
    watch = SimpleNamespace(problem="the AWS session has expired", unseen="")
    account = SimpleNamespace(endpoint="x", clock_ahead=0.0)
    log = StateLog(None, SimpleNamespace(account=account, watch=watch))  # type: ignore[arg-type]
    now = time.time()
    log._observations.append(Observation(None, task, "RUNNING", "exited", now, now, 11.0))  # type: ignore[arg-type]
    with pytest.raises(NotJudged, match="the AWS session has expired"):
        log.problems({"RUNNING": "running"})
    task.record({"lastStatus": "RUNNING"}, at=12.0)
    assert log.problems({"RUNNING": "running"}) == ["RUNNING reported as 'exited' (task 1: RUNNING for 2.0 s)"]


class Runs:
    """A suite that ends so."""

    def __init__(self, run: SuiteRun) -> None:
        self._run = run

    def of(self, environment: str) -> SuiteRun:
        return self._run


@pytest.mark.parametrize(
    "cause", ["the AWS session has expired", "AWS throttled sts:GetCallerIdentity", "AWS cannot be reached"]
)
def test_a_suite_that_aws_keeps_from_judging_is_no_violation(cause: str) -> None:
    runs = Runs(SuiteRun(3, "not judged", cause, ""))
    with pytest.raises(NotJudged, match=cause):
        checks.suite_runs_end_so(runs, {"a pair of keys": ("judged", "0 or 1", "")})  # type: ignore[arg-type]
    for other in (SuiteRun(0, "skipped", "no credentials", ""), SuiteRun(2, "not judged", "usage", "")):
        with pytest.raises(AssertionError):
            checks.suite_runs_end_so(Runs(other), {"a pair of keys": ("judged", "0 or 1", "")})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "is_about_the_thing"),
    [
        ("InvalidParameterException", True),
        ("ClientException", True),
        ("ThrottlingException", False),
        ("ExpiredTokenException", False),
        ("ServiceUnavailable", False),
    ],
)
def test_what_aws_will_not_do_to_a_thing_is_told_apart_from_trouble(code: str, is_about_the_thing: bool) -> None:
    """A thing that is there and cannot be removed is left by the daemon; trouble of the suite's own says nothing."""
    error = judged(ClientError({"Error": {"Code": code, "Message": "no"}}, "StopTask"), "ecs:StopTask")
    assert isinstance(error, Rejected) == is_about_the_thing
