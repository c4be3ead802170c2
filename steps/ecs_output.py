"""Logs, execs and clean-up on Fargate: TST-010 AC-11 to AC-18, N-3, N-5, N-6."""

from behave import given, then, when

from support.driver import quietly
from support.ecs import checks, extra_checks
from support.matchers import assert_that, is_docker_error, no_problems


@when("a client asks for the {role:EcsRole} container's logs on both streams")
def ask_logs(context, role):
    context.logs = context.ecs.logs_of(role)
    context.exchange = context.logs.plain()


@then("every line that the container wrote is there once, those of stdout in frames of stdout")
def has_lines(context):
    checks.has_lines(context.logs)


@then("further lines are there only where CloudWatch has them too")
def has_no_line_of_its_own(context):
    checks.has_no_line_of_its_own(context.logs)


@then('CloudWatch has "{line}" in the task\'s own log stream')
def cloudwatch_has(context, line):
    checks.cloudwatch_has(context.logs, line)


@then("it consists of well-formed frames")
def consists_of_frames(context):
    checks.has_frames(context.exchange)


@when("a client asks for the {role:EcsRole} container's logs on both streams with timestamps")
def ask_stamped_logs(context, role):
    context.logs = context.ecs.logs_of(role)
    context.exchange = context.logs.stamped()


@then("each line begins with an RFC 3339 timestamp, in order")
def is_stamped(context):
    checks.is_stamped(context.logs)


@then("without the timestamps the lines are unchanged")
def is_unchanged(context):
    checks.is_unchanged_without_stamps(context.logs)


@then("each timestamp matches CloudWatch's, and a second request returns the same ones")
def stamps_are_kept(context):
    checks.stamps_are_cloudwatchs(context.logs)


@when("a client creates an exec of {command} in the {role:EcsRole} container")
def create_exec(context, command, role):
    context.execution = context.ecs.execution(command, role)
    context.exchange = context.execution.create()


@then("an inspection of that ID shows the exec")
def exec_exists(context):
    checks.exec_exists(context.execution)


@when("a client starts the exec of {command}")
def start_exec(context, command):
    context.execution = context.ecs.execution(command)
    context.exchange = context.execution.start().exchange


@then('the exec\'s stdout is exactly the line "{line}"')
def exec_stdout_is(context, line):
    checks.exec_writes(context.execution, line)


@when("a client starts an exec that prints a variable set only in the tail container")
def start_marking_exec(context):
    context.execution = context.ecs.marks
    context.execution.start()


@then("the exec's stdout is exactly the value of that variable")
def exec_prints_mark(context):
    checks.exec_writes(context.execution, context.ecs.mark)


@when("a client inspects the exec of {command} once it has ended")
def inspect_exec(context, command):
    context.execution = context.ecs.execution(command)
    quietly(context.execution.long_after_end)


@then("its ExitCode is {code:d}, and stays so")
def exec_exit_code_is(context, code):
    checks.exec_has_ended(context.execution, code)


@when("a client inspects each exec in the tail container before its start")
def inspect_execs(context):
    context.exchanges = [execution.before_start() for execution in context.ecs.executions]


@then("it does not run and has no exit code")
def has_no_exit_code(context):
    extra_checks.execs_have_no_exit_code(context.ecs.executions)


@given("the echo container's command has completed")
def echo_has_ended(context):
    extra_checks.must_have_ended(context.ecs.echo)


@then('it is refused with {status:d} and a "message"')
def is_refused(context, status):
    assert_that(context.exchange, is_docker_error(status))


@given("the containers of this feature have done their work")
def work_is_done(context):
    context.ecs_work.wait_for()


@given("another run was broken off half-way, after it had created a container")
def half_run(context):
    context.half_run = context.ecs_work.break_off_another_run()


@when("both have been cleaned up")
def clean_up(context):
    context.left, context.left_in_aws = context.ecs_work.clean_up(context.half_run)


@then("no task, task definition or log group of theirs is left in AWS")
def nothing_left_in_aws(context):
    assert_that(context.left_in_aws, no_problems("nothing that is left"))
