"""Recorded jobs: the recording is replayed by the When, and each Then reads what became of it."""

from behave import then, when

from support.recordings.jobs import must_be_as_recorded


@when('the recording "{name}" is replayed')
def replay(context, name):
    context.replays = context.recorded_jobs.replay(name)


@when("the recordings in the folder named by -D recordings=DIR are replayed")
def replay_own(context):
    context.replays = context.recorded_jobs.replay_own()


@then("every answer is the one in the recording, but for what may differ")
def every_call_is_answered_as_recorded(context):
    must_be_as_recorded(context.replays)
