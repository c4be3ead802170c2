"""Hooks that log that they ran, and fail where FAIL=<hook>:<kind> says."""

import os
import threading
from pathlib import Path

from support.api.recording import Recorder
from support.verdicts import NotJudged, TargetError, UsageError
from support.waiting import done, not_yet, until

KINDS = {
    "usage": UsageError("unknown setting 'sockett': did you mean socket?"),
    "target": TargetError("/run/x.sock does not answer"),
    "not-judged": NotJudged("a container of its own is still there"),
    "bug": ZeroDivisionError("division by zero"),
    "false": AssertionError("not so"),
    "exit": SystemExit(0),
}
WHERE, _, KIND = os.environ.get("FAIL", ":").partition(":")


def ran(place):
    with Path(__file__).with_name("hooks.log").open("a") as log:
        log.write(f"{place}\n")
    if place == WHERE and KIND == "thread":
        thread = threading.Thread(name="job", target={}.__getitem__, args=("nobody looked",))
        thread.start()
        thread.join()
    elif place == WHERE and KIND in KINDS:
        raise KINDS[KIND]
    if place == WHERE and KIND == "block":
        Path(__file__).with_name("blocking").touch()
        go_on = Path(__file__).with_name("go-on")
        until(lambda: done(True) if go_on.exists() else not_yet("blocked"), "the test", 30)


def before_all(context):
    print("Target: nothing real")
    context.recorder = Recorder()
    context.outcomes.evidence.from_recorder(context.recorder)
    context.outcomes.property("target", "nothing <real>")
    context.outcomes.property("registry_password", "s3cret")
    context.outcomes.may_be_left = lambda: ["container job-1"]
    context.add_cleanup(ran, "cleanup_all")
    ran("before_all")


def after_all(context):
    ran("after_all")


def before_feature(context, feature):
    context.add_cleanup(ran, "cleanup_feature")
    context.outcomes.property("cast", feature.name)
    ran("before_feature")
    if WHERE == "skip":
        feature.skip("there is no cloud")


def after_feature(context, feature):
    ran("after_feature")


def before_scenario(context, scenario):
    context.add_cleanup(ran, "cleanup_scenario")
    ran("before_scenario")


def after_scenario(context, scenario):
    ran("after_scenario")


def before_step(context, step):
    ran("before_step")


def after_step(context, step):
    ran("after_step")


def before_tag(context, tag):
    ran("before_tag")


def after_tag(context, tag):
    ran("after_tag")
