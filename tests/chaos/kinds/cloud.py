"""AWS throttled, slow, silent, refused or expired, from some moment of a run on: to the suite, or to the daemon too."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from tests.chaos.case import Case, moments
from tests.chaos.daemons import StandIn
from tests.chaos.meddling import Instead, Late, Meddler, Meddling, answer
from tests.chaos.stage import Stage

KIND = "AWS throttled, slow, silent, refused, expired"
_EACH = 4
_LATE = 4.0  # seconds, of each answer, scaled as what waits for it
_FOR_A_WHILE = 2.0  # seconds, after which all is well again
_PROFILE = "ecs"
# How ECS and Logs (in JSON), and how EC2 and STS (in XML) say it.
_CODES = {
    "throttled": ("ThrottlingException", "RequestLimitExceeded"),
    "expired": ("ExpiredTokenException", "ExpiredToken"),
}


@dataclass
class Weather:
    """What AWS is like at the moment: empty is well."""

    scale: float
    now: str = ""

    def rule(self, request: bytes, _method: str, _target: str) -> Meddling:
        """For a meddler in front of it."""
        if self.now in _CODES:
            return Instead(_error(request, *_CODES[self.now]))
        if self.now == "slow":
            return Late(_LATE * self.scale)
        return Instead() if self.now == "silent" else None


def cases(chance: random.Random) -> list[Case]:
    """Each at moments spread over a run, the last one passing after a while; and some that the daemon meets too."""
    made = []
    for what in ("throttled", "slow", "silent", "refused", "expired"):
        for number, moment in enumerate(moments(_EACH, chance.random)):
            passes = number == _EACH - 1 and what != "refused"
            name = f"aws-{what}-{'a-while' if passes else number}"
            made.append(Case(KIND, name, partial(_spoilt, what, moment, passes=passes), (_PROFILE,)))
    for what in ("throttle", "deny", "expire"):
        made.append(Case(KIND, f"aws-{what}-daemon-too", partial(_spoilt_for_both, what), (_PROFILE,)))
    return made


def _spoilt(what: str, moment: float, stage: Stage, *, passes: bool) -> None:
    standin = stage.standin_for(_PROFILE)
    assert standin is not None
    weather = Weather(stage.plan.scale)
    url = urlsplit(standin.aws()["endpoint"])
    meddler = Meddler((str(url.hostname), int(url.port or 0)), weather.rule)
    port = meddler.listen()
    try:
        environment = {"SOCKERLESS_AWS_ENDPOINT": f"http://127.0.0.1:{port}"}
        run = stage.start(_PROFILE, *stage.patience(), daemon=standin, environment=environment)
        run.ends_within(moment * stage.plan.quiet[_PROFILE].seconds)
        since = time.monotonic()
        weather.now = what
        if what == "refused":
            meddler.refuse()
        elif what == "silent":
            meddler.cut_all()  # what is open is made anew, and never answered
        if passes:
            run.ends_within(_FOR_A_WHILE)
            weather.now = ""
        # Nobody waits for an AWS that is silent as long as for jobs.
        stage.end(run, _PROFILE, stage.plan.gone_within(_PROFILE) if what == "silent" else 0.0, since)
        # The suite's own trouble with AWS is never the daemon's violation.
        stage.reported(run, _PROFILE, (0, 3))
    finally:
        meddler.close()
    _swept(standin, stage)


def _spoilt_for_both(what: str, stage: Stage) -> None:
    faults = [f"{what}=daemon/ecs:RunTask=2"]
    if what != "deny":  # what may not be seen of a task's end is not held against the daemon, and not cleaned up
        faults.append(f"{what}=suite/ecs:DescribeTasks=10")
    standin = stage.standin("ecs", *(word for fault in faults for word in ("--aws-fault", fault)))
    run = stage.start(_PROFILE, daemon=standin)
    stage.end(run, _PROFILE)
    stage.reported(run, _PROFILE, (0, 1, 3))
    _swept(standin, stage)


def _swept(standin: StandIn, stage: Stage) -> None:
    if stage.has_ledger:
        stage.sweep(daemon=standin)
    stage.nothing_left()


def _error(request: bytes, in_json: str, in_xml: str) -> bytes:
    if b"x-amz-target" in request.partition(b"\r\n\r\n")[0].lower():
        body = f'{{"__type": "{in_json}", "message": "no"}}'.encode()
        return answer(400, body, "Content-Type: application/x-amz-json-1.1")
    error = f"<Error><Code>{in_xml}</Code><Message>no</Message></Error>"
    body = f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>"
    if b"2011-06-15" in request:
        body = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
    return answer(400, body.encode(), "Content-Type: text/xml")
