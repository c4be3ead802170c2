"""Service, build and helper container of a job: TST-011 AC-6 to AC-15. ``context.container`` is the one at hand."""

from behave import given, then, when
from hamcrest import assert_that, equal_to

from support.gitlab import expectations as expected
from support.matchers import answered, assume_that, has_json, is_open, no_problem, wrote


@when('the runner creates the service container with the aliases "postgres" and "db"')
def create_service(context):
    context.container = context.cast.job.service
    context.exchange = context.container.creation


@when('the runner creates the build container from "alpine:latest" with the command "sh"')
def create_build(context):
    context.container = context.cast.job.build
    context.exchange = context.container.creation


@when('the runner creates the helper container with the command "echo helper-output" for a shell')
def create_helper(context):
    context.container = context.cast.job.helper
    context.exchange = context.container.creation


@then("the container has the image, labels, volumes, network and aliases that were asked for")
def container_reads_back(context):
    assert_that(context.container.as_created, expected.container_as_asked(context.container))


@then("its stdin is open")
def stdin_is_open(context):
    assert_that(context.container.as_created, expected.streams_as_asked())


@then("its network and volumes are those of the build container")
def shares_with_build(context):
    assert_that(context.container.as_created, expected.shared_with(context.cast.job.build))


@when("the runner starts the service container")
def start_service(context):
    context.exchange = context.cast.job.service.start


@then('the service container is no longer "created"')
def service_left_created(context):
    assert_that(context.cast.job.service.as_started, expected.left_created())


@when('the runner inspects the service container until it is no longer "created"')
def poll_service(context):
    context.exchange = context.cast.job.service.when_left_created


@then('its State.Status is "{status}"')
def state_is(context, status):
    assert_that(context.exchange, has_json("State.Status", status))


@then('its networks include the job\'s, with the aliases "postgres" and "db"')
def networks_include_job(context):
    assert_that(context.exchange, expected.on_network(context.cast.job.service))


@when("the runner attaches to the build container's stdin, stdout and stderr")
def attach_to_build(context):
    context.container = context.cast.job.build
    context.stream = context.container.attachment


@then("the answer is 101 and the connection is handed over")
def connection_is_handed_over(context):
    assert_that(context.stream.exchange, answered(101))
    assert_that(context.stream, is_open())


@then('the build container is still "{status}"')
def build_is_still(context, status):
    assert_that(context.container.as_attached, has_json("State.Status", status))


@when("the runner starts the build container that it is attached to")
def start_build(context):
    context.container = context.cast.job.build
    context.exchange = context.container.start


@then('the build container is "{status}" and its stream is open')
def build_runs_with_stream(context, status):
    assert_that(context.container.as_started, has_json("State.Status", status))
    assert_that(context.container.attachment, is_open())


@when("the runner writes this script to the build container's stdin")
def write_script(context):
    assert_that(context.cast.job.script, equal_to(f"{context.text}\n"))
    context.talk = context.cast.job.build_talk


@then('the whole of its stdout is the line "{line}"')
def whole_stdout_is(context, line):
    assert_that(context.talk.refused, equal_to(""))
    assert_that(context.talk.stream, wrote(f"{line}\n".encode()))


@when('the runner waits for the build container with condition "not-running" while its script runs')
def wait_for_build(context):
    context.talk = context.cast.job.build_talk


@then("the wait is not answered while the script runs")
def wait_is_held_back(context):
    assert_that(context.talk.held_back, no_problem())


@then("it is answered with StatusCode {status:d} once the container has exited")
@then("the wait is answered with StatusCode {status:d}")
def wait_reports(context, status):
    assert_that(context.talk.need_ended(), expected.reports_exit(status))
    assert_that(context.talk.afterwards, expected.has_exited(status))


@when("the runner attaches to the helper container, starts it and waits for it")
def run_helper(context):
    context.container = context.cast.job.helper
    context.stream = context.container.attachment


@then('the attach is answered by 101 while the helper container is "{status}"')
def helper_attached_first(context, status):
    assert_that(context.stream.exchange, answered(101))
    assert_that(context.container.as_attached, has_json("State.Status", status))


@then("the start is answered by {status:d}")
def start_is_answered(context, status):
    assert_that(context.container.start, answered(status))
    context.talk = context.cast.job.helper_talk


@given('the service container is "{status}"')
def service_runs(context, status):
    assume_that(context.cast.job.service.before_kill, has_json("State.Status", status))
