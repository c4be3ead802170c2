"""Prerequisites, lifecycle, list and filter of containers on Fargate: TST-010 AC-1 to AC-10, N-1, N-2, N-4, N-7."""

import json

from behave import given, register_type, then, when
from parse_type import TypeBuilder

from support.driver import quietly
from support.ecs import checks, extra_checks
from support.ecs.moments import CREATED, LATER, STARTED
from support.verdicts import only_serves

register_type(EcsRole=TypeBuilder.make_choice(["echo", "tail", "writer"]))


@when("the suite is started as a separate process in each of these environments")
def run_suite(context):
    context.expected_runs = {
        row["environment"]: (row["verdict"], row["exit code"], row["cause"]) for row in context.table
    }
    context.suite_runs.begin(context.expected_runs)


@then("each run ends with its verdict, exit code and cause")
def each_run_ends_as_expected(context):
    checks.suite_runs_end_so(context.suite_runs, context.expected_runs)


@then("the tail container's task runs in that cluster, in one of those subnets, with that security group")
def task_is_placed(context):
    checks.is_placed(context.ecs.tail)


@when('a client creates the echo container from "{image}" with the command [{command}]')
def create_echo(context, image, command):
    plan = context.ecs.echo.plan
    only_serves(image, plan.image, "the image")
    only_serves(f"[{command}]", json.dumps(plan.command), "the command")
    context.exchange = context.ecs.echo.create()


@then("the echo container of that ID has the requested image, command and labels")
def container_as_requested(context):
    checks.container_as_requested(context.ecs.echo)


@then("the echo container is there until a client deletes it")
def container_stays(context):
    checks.stays(context.ecs.echo)


@when("a client starts the echo and the tail container")
def start_both(context):
    context.containers = (context.ecs.echo, context.ecs.tail)
    context.exchanges = [container.start() for container in context.containers]


@then("each answer is {status:d}, within {seconds:d} seconds")
def answers_within(context, status, seconds):
    checks.answers_within(context.exchanges, status, seconds)


@then("each container's Fargate task was RUNNING by then")
def tasks_were_running(context):
    checks.block_until_running(context.containers)


@when("a client inspects the tail container right after its start, and a second later")
def inspect_tail(context):
    context.container = context.ecs.tail
    context.exchange = context.container.at(STARTED)


@then('its State.Status is "{status}"')
def status_is(context, status):
    checks.has_status(context.container, status)


@then("its NetworkSettings.IPAddress is the private address of its task")
def address_is_the_tasks(context):
    checks.has_address_of_task(context.container)


@when("a client inspects the echo container until its command has completed")
def inspect_echo(context):
    context.container = context.ecs.echo
    quietly(context.container.own_end)


@then("it has exited with {code:d}, and stays so")
def has_exited(context, code):
    checks.has_exited(context.container, code)


@given("the {role:EcsRole} container was started")
def was_started(context, role):
    context.ecs.of(role).must_run()


@given("the {role:EcsRole} container was created")
def was_created(context, role):
    context.ecs.of(role).must_be_there()


@given("an exec was started in the tail container")
def exec_was_started(context):
    context.ecs.says.must_have_started()


@when("a client stops the {role:EcsRole} container")
def stop(context, role):
    context.stopping = context.ecs.stopping(role)
    context.exchange = context.stopping.stop()


@then("the container was running until then")
def ran_until_then(context):
    extra_checks.ran_until_stop(context.stopping)


@then("the container exits and stays stopped")
def stays_stopped(context):
    checks.stops(context.stopping)


@then("its Fargate task stops")
def task_stops(context):
    checks.tasks_stop(context.stopping)


@when("a client deletes the echo container once its command has completed")
def delete_echo(context):
    context.exchange = context.ecs.echo_removal.due_delete()


@then("the container is unknown from then on")
def is_unknown(context):
    checks.is_unknown(context.ecs.echo_removal)


@then("none of its task definitions is ACTIVE any more")
def definitions_are_inactive(context):
    checks.definitions_are_inactive(context.ecs.echo_removal)


@when("a client asks GET /containers/json?all=true once the echo container's command has completed")
def list_all(context):
    context.listings = [context.ecs.lists.of_all(moment) for moment in (CREATED, LATER)]


@then("the echo container is listed once, with its image, its state and its name")
def echo_is_listed(context):
    checks.is_listed_once(context.listings)


@given('a container with the label "{label}" was created')
def other_was_created(context, label):
    only_serves(label, context.ecs.lists.other_label, "the label")
    context.ecs.other.must_be_there()


@when('a client asks GET /containers/json?filters={{"label":["{label}"]}}')
def list_filtered(context, label):
    only_serves(label, context.ecs.lists.label, "the label")
    context.ecs.lists.labelled()


@then("every container listed has that label")
def all_have_label(context):
    checks.lists_only_labelled(context.ecs.lists)


@then('the tail container is listed as "{state}", the other one is not listed')
def tail_is_listed(context, state):
    checks.lists_in_state(context.ecs.lists, state)


@when("a client starts a container whose {fault}")
def start_failing(context, fault):
    context.container = context.ecs.failing(fault)
    context.exchange = context.container.refusal()


@then('it is answered by an error with a "message" within {seconds:d} seconds')
def refused_in_time(context, seconds):
    extra_checks.is_refused_within(context.exchange, seconds)


@then("it is answered by an error, or the container exits with another code than {code:d}")
def fails(context, code):
    extra_checks.fails(context.container, code)


@then("nothing of it is left running")
def nothing_runs(context):
    extra_checks.is_not_left_running(context.container)


@when("a client inspects the echo, tail and writer containers while AWS describes their tasks")
def observe_states(context):
    extra_checks.must_have_been_observed(context.ecs)


@then("each task status is reported as this state, and no other")
def states_match(context):
    extra_checks.states_match(context.ecs, {row["task status"]: row["state"] for row in context.table})


@then("each container that has exited has its task's exit code")
def exit_codes_are_the_tasks(context):
    extra_checks.have_exit_codes_of_tasks(context.ecs)
