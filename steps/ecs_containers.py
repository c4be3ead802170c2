"""Lifecycle, list and filter of containers on Fargate: TST-010 AC-3 to AC-10."""

from behave import given, then, when
from hamcrest import assert_that, equal_to, is_not, less_than_or_equal_to

from support.ecs import expectations as expected
from support.matchers import answered, assume_that, has_json, is_docker_error, is_refusal, no_problem
from support.run import ANSWER_SLACK


@when('a client creates the echo container from "alpine:latest" with the command "echo" "hello from fargate"')
def create_echo(context):
    context.container = context.ecs.echo
    context.exchange = context.container.creation


@then("the container of that ID has the image, the command and the labels")
def reads_back(context):
    assert_that(context.container.as_created, expected.container_as_asked(context.container))


@when("a client starts the tail container")
def start_tail(context):
    context.container = context.ecs.tail
    context.exchange = context.container.start


@then("the answer is 204 within {seconds:d} seconds")
def answered_in_time(context, seconds):
    assert_that(context.exchange, answered(204))
    assert_that(context.exchange.done_after, less_than_or_equal_to(seconds))


@then("its Fargate task was RUNNING by then")
def task_was_running(context):
    assert_that(context.container.start_problems(), no_problem())


@when("a client inspects the tail container right after its start")
def inspect_tail(context):
    context.container = context.ecs.tail
    context.exchange = context.container.as_started


@then("its NetworkSettings.IPAddress is the private address of the task's network interface")
def address_is_the_tasks(context):
    assert_that(context.exchange, expected.address_of(context.container.task))


@when("a client inspects the echo container until its command has completed")
def inspect_echo(context):
    context.exchange = context.ecs.echo.after_exit


@then("its State.ExitCode is {code:d}")
def exit_code_is(context, code):
    assert_that(context.exchange, has_json("State.ExitCode", code))


@given("the tail container is running")
def tail_runs(context):
    context.container = context.ecs.tail
    assume_that(context.container.as_started, has_json("State.Status", "running"))


@when("a client stops it")
def stop(context):
    context.ecs.exec_first()
    assume_that(context.container.before_stop, has_json("State.Status", "running"))
    context.exchange = context.container.stop


@then("the container has exited, as the daemon tells it")
def has_exited(context):
    assert_that(context.container.after_stop, has_json("State.Status", "exited"))


@then("its task has stopped, as AWS tells it")
def task_has_stopped(context):
    assert_that(context.container.task_after_stop.status, equal_to("STOPPED"))


@given("the echo container has exited")
def echo_has_exited(context):
    context.container = context.ecs.echo
    assume_that(context.container.exited, has_json("State.Status", "exited"))
    context.ecs.look_before_removal()


@when("a client deletes it")
def delete(context):
    context.exchange = context.container.removal


@then("the container is unknown from then on")
def is_unknown(context):
    assert_that(context.container.look(), answered(404))


@then("no task definition of it is ACTIVE any more")
def definition_is_inactive(context):
    assert_that(context.ecs.active_definitions(context.container), no_problem())


@when("a client asks GET /containers/json?all=true")
def list_all(context):
    context.exchange = context.ecs.listed


@then("the echo container is listed once, with its image, its state and its name")
def echo_is_listed(context):
    assert_that(context.exchange, expected.lists_once(context.ecs.echo))


@given('a container with the label "test-run=ecs-integration-too" was created')
def other_was_created(context):
    assume_that(context.ecs.other.creation, answered(201))


@when('a client asks GET /containers/json?filters={"label":["test-run=ecs-integration"]}')
def list_filtered(context):
    context.running, context.all = context.ecs.filtered


@then("every container listed has that label")
def all_have_label(context):
    for listed in (context.running, context.all):
        assert_that(listed, answered(200))
        assert_that(listed, expected.lists_only("test-run", "ecs-integration"))


@then("the tail container is listed as running, the other one is not listed")
def tail_is_listed(context):
    for listed in (context.running, context.all):
        assert_that(listed, expected.lists_as(context.ecs.tail, "running"))
        assert_that(listed, is_not(expected.lists(context.ecs.other)))


@when("a client starts a container whose image cannot be pulled")
def start_unpullable(context):
    context.refusal = context.ecs.refusal


@then('it is answered by an error with a "message" within {seconds:d} seconds')
def refused_in_time(context, seconds):
    assert_that(context.refusal, is_refusal())
    assert_that(context.refusal.done_after, less_than_or_equal_to(seconds + ANSWER_SLACK))


@then("nothing of it is left running")
def nothing_runs(context):
    assert_that(context.ecs.still_running(context.ecs.unpullable), no_problem())


@when('a client creates an exec of "echo" "exec-works" in the exited container')
def exec_on_exited(context):
    context.refusal = context.ecs.exec_on_exited


@then('it is refused with {status:d} and a "message"')
def is_refused(context, status):
    assert_that(context.refusal, is_docker_error(status))


@when("a client starts a container whose command does not exist")
def start_mistaken(context):
    context.exchange = context.ecs.mistaken_end


@then("it is answered by an error, or the container exits with another status than 0")
def mistake_is_told(context):
    assert_that(expected.success_of_start(context.exchange), no_problem())


@then("it is not told to be running after that")
def mistaken_does_not_run(context):
    assert_that(context.ecs.still_running(context.ecs.mistaken), no_problem())
