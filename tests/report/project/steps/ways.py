import os
import signal
import sys
import threading
from pathlib import Path

from behave import step
from hamcrest import equal_to

from support.matchers import answered, assert_that
from support.verdicts import NotJudged, TargetGone


@step("it passes")
def it_passes(context):
    context.recorder.begin("GET", "http://daemon/_ping", {}, None)


@step("the daemon does otherwise")
def otherwise(context):
    exchange = context.recorder.begin("POST", "http://daemon/containers/create", {"Authorization": "s3cret"}, None)
    exchange.status, exchange.label = 500, type(exchange.label)(observes=False)
    context.outcomes.note("nothing else was asked")
    assert_that(500, equal_to(201), "the status of create \x1b[2J \x00 \ud800")


@step("an answer is longer than a page")
def long_answer(context):
    exchange = context.recorder.begin("GET", "http://daemon/containers/json", {}, None)
    exchange.answered(500, "Because", {})
    exchange.keep(b"x" * 6000)
    for _ in range(3):
        context.recorder.begin("GET", "http://daemon/later", {}, None)
    context.outcomes.evidence.mark()
    assert_that(exchange, answered(200))


@step("it is refused in one line")
def refused(context):
    exchange = context.recorder.begin("POST", "http://daemon/start", {}, None)
    exchange.status, exchange.label = 500, type(exchange.label)(observes=False)
    raise AssertionError("it was refused")


@step("it cannot be judged")
def cannot_be_judged(context):
    raise NotJudged("it stands on TST-900-AC-02, which was violated")


@step("the suite breaks")
def breaks(context):
    raise KeyError("an unexpected thing")


@step('it is skipped because "{reason}"')
def is_skipped(context, reason):
    context.scenario.skip(reason)


@step("the step ends the process")
def ends_the_process(context):
    sys.exit(0)


@step("somebody kills the process")
def somebody_kills(context):
    os.kill(os.getpid(), signal.SIGKILL)


@step("the target is gone")
def target_is_gone(context):
    raise TargetGone("the daemon hung up")


@step("it waits")
def waits(context):
    Path(__file__).parents[1].joinpath("waiting").touch()
    threading.Event().wait(30)
