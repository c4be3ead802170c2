"""Service, build and helper container of a job: TST-011 AC-6 to AC-15."""

from behave import given, register_type, then, when
from parse_type import TypeBuilder

from support import expectations as common
from support.gitlab import checks
from support.gitlab import expectations as expected
from support.gitlab.container import ATTACHED
from support.matchers import answered, assert_that
from support.verdicts import only_serves

register_type(Role=TypeBuilder.make_choice(["service", "build", "helper"]))


@when("the runner creates the {role:Role} container")
def create_container(context, role):
    context.container = context.job.container(role)
    context.exchange = context.container.create()


@then("the {role:Role} container of that ID has the requested image, labels, volumes and network")
@then("the {role:Role} container of that ID has the requested image, command, labels, volumes and network")
def container_as_requested(context, role):
    checks.container_as_requested(context.job.container(role))


@then("its stdin is open")
def stdin_is_open(context):
    assert_that(context.container.as_created(), expected.has_open_stdin())


@then("{thing} is there until the runner deletes it")
def stays(context, thing):
    checks.stays(context.job.thing(thing))


@when("the runner starts the {role:Role} container")
def start_container(context, role):
    context.container = context.job.container(role)
    context.exchange = context.container.start()


@then('the {role:Role} container leaves "{status}" within its deadline')
def leaves_status(context, role, status):
    checks.leaves_created(context.job.container(role), status)


@when('the runner inspects the service container until it is no longer "{status}"')
def poll_service(context, status):
    only_serves(status, "created", "the status that a service is polled to leave,")
    context.exchange = context.job.service.when_left_created()


@then('it is "{status}", and still is when the clean-up begins')
def service_has_status(context, status):
    checks.service_has_status(context.job, status)


@then("it is on the job's network under these aliases")
def service_has_aliases(context):
    checks.service_has_aliases(context.job, [row["alias"] for row in context.table])


@when("the runner attaches to the {role:Role} container's stdin, stdout and stderr")
def attach(context, role):
    context.container = context.job.container(role)
    context.exchange = context.container.attach().exchange


@then('the {role:Role} container is still "{status}"')
def has_status_when_attached(context, role, status):
    container = context.job.container(role)
    assert_that(container.at(ATTACHED), common.has_status(container, status))


@then('the {role:Role} container is "{status}"')
def has_status_when_started(context, role, status):
    only_serves(role, "build", "the container")
    checks.build_runs(context.job, status)


@then("its attached stream is open")
def stream_is_open(context):
    checks.stream_is_open(context.container)


@when("the runner writes this script to the build container's stdin")
def write_script(context):
    context.execution = context.job.build_run
    only_serves(f"{context.text}\n", context.execution.stdin.decode(), "the script")
    context.execution.refused_stdin()


@then('its stdout is exactly the line "{line}"')
def stdout_is(context, line):
    checks.writes(context.execution, line)


@when('the runner waits for the build container with condition "{condition}"')
def wait_for_build(context, condition):
    only_serves(condition, "not-running", "the condition")
    context.execution = context.job.build_run
    context.execution.early_answers()


@then("the wait is not answered while the script runs")
def wait_blocks(context):
    checks.wait_blocks(context.execution)


@then("the wait is answered with StatusCode {status:d} once the {role:Role} container has exited")
def wait_reports(context, status, role):
    only_serves(role, context.execution.container.plan.role, "the container")
    checks.has_ended(context.job, context.execution, status)


@when("the runner attaches to the helper container, starts it and waits for it")
def run_helper(context):
    context.execution = context.job.helper_run
    context.container = context.job.helper
    context.exchange = context.container.attach().exchange


@then("the start is answered with {status:d}")
def start_is_answered(context, status):
    assert_that(context.container.start(), answered(status))


@given("the service container was started")
def service_was_started(context):
    context.job.service.must_run()
