"""What happens to containers behind a client's back: DRIFT-01 to DRIFT-14."""

import re

from behave import given, then, when

from support.drift import checks
from support.drift.stories import BRIEF_STATUS
from support.verdicts import only_serves

_QUOTED = re.compile(r'"(\w+)"')


@given("a client listens to /events")
@given("a client listens to /events of a label")
def listens(context):
    """It has done so since the feature began."""


@when("another client destroys a running container")
def destroys(context):
    context.story = context.drift.removal
    context.story.destroyed()


@then("/events reports for this container {actions}, in this order and each once")
def end_is_reported(context, actions):
    checks.end_is_reported(context.story, *_QUOTED.findall(actions))


@then("inspections of it are answered by 404")
def is_unknown(context):
    checks.is_unknown(context.story)


@then("no list has it any more")
def is_not_listed(context):
    checks.is_not_listed(context.story)


@when("a container that has the label and one that does not come and go")
def come_and_go(context):
    context.story = context.drift.removal
    context.story.other_gone()
    context.story.destroyed()


@then("the filtered /events reports for the first {actions}, in this order and each once")
def life_is_reported(context, actions):
    checks.life_is_reported(context.story, *_QUOTED.findall(actions))


@then("it reports nothing of the second")
def nothing_of_others(context):
    checks.nothing_of_others(context.story)


@then("a replay of the filtered events has the same of the first as one of all events, and none of the second")
def replay_is_filtered(context):
    checks.replay_is_filtered(context.story)


@when("a client asks for the events since a moment between a container's start and its end")
def since_middle(context):
    context.story = context.drift.removal
    context.stream = context.story.since_middle()


@when("a client asks for the events until a moment between a container's start and its end")
def until_middle(context):
    context.story = context.drift.removal
    context.stream = context.story.until_middle()


@then("{actions} are reported again, in this order and each once")
def replays(context, actions):
    checks.replays(context.story, context.stream, *_QUOTED.findall(actions))


@then("the answer ends, and reports {actions}, in this order and each once")
def ends_and_reports(context, actions):
    checks.has_ended(context.stream)
    checks.replays(context.story, context.stream, *_QUOTED.findall(actions))


@then("{actions} are not reported")
def does_not_replay(context, actions):
    checks.does_not_replay(context.story, context.stream, *_QUOTED.findall(actions))


@then("the answer stays open for events to come")
def stays_open(context):
    checks.stays_open(context.story)


@when("a container is started whose command ends at once with the status {status:d}")
def ends_at_once(context, status):
    only_serves(status, BRIEF_STATUS, "the status")
    context.story = context.drift.starts


@then("it is reported as exited with the status {status:d}, at once and later, in lists too")
def has_exited(context, status):
    checks.has_exited(context.story, status)


@then("its wait reports the status {status:d}")
def wait_reports(context, status):
    checks.wait_reports(context.story, status)


@then('/events reports its "start", then its "die" with the exit code {status:d}, each once')
def die_is_reported(context, status):
    checks.die_is_reported(context.story.brief_reported(), context.story.events, status, "start")


@when("a container is started whose command cannot be executed")
def cannot_be_executed(context):
    context.story = context.drift.starts
    context.story.mistaken.must_be_there()


@then("it does not run, at once and later")
def never_runs(context):
    checks.never_runs(context.story)


@then("it has an exit code other than 0, which its wait and its events agree with")
def failure_is_agreed_on(context):
    checks.failure_is_agreed_on(context.story)


@when("an image that cannot be pulled is pulled three times")
def is_pulled(context):
    context.story = context.drift.pulls
    context.story.pulls()


@then("each pull fails with the same status and message")
def pulls_fail_alike(context):
    checks.pulls_fail_alike(context.story)


@then("the message is a line of text that says what failed")
def message_is_readable(context):
    checks.message_is_readable(context.story)


@then("the image is unknown, and no list has it")
def image_is_unknown(context):
    checks.image_is_unknown(context.story)


@then("a container of it is refused, and none runs")
def container_is_refused(context):
    checks.container_is_refused(context.story)


@then("a creation that was refused has left no container")
def leaves_no_container(context):
    checks.leaves_no_container(context.story)


@when("the task of a running container is stopped in AWS")
def task_is_stopped(context):
    context.story = context.drift.stopped
    context.story.stop()


@then("the container is reported as exited, at once and later, in lists too")
def has_stopped(context):
    checks.has_stopped(context.story)


@then("its state has the reason that AWS has")
def has_reason(context):
    checks.has_reason(context.story)


@then("its exit code is AWS's, in an inspection and in its wait")
def has_code_of_task(context):
    checks.has_code_of_task(context.story)


@then('/events reports its "die" once, with the exit code that an inspection has')
def stop_is_reported(context):
    checks.stop_is_reported(context.story)


@when("the daemon is restarted while a container runs")
def is_restarted(context):
    context.story = context.drift.restart()


@then("the container is found again with its ID, name, labels and image, and runs, at once and later")
def is_found_again(context):
    checks.is_found_again(context.story)


@then("a list has it")
def is_listed_again(context):
    checks.is_listed_again(context.story)


@when("a client destroys the container")
def destroyed_again(context):
    context.story.destroyed()


@then("the container is gone, and its task has ended")
def has_gone(context):
    checks.has_gone(context.story)
