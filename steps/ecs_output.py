"""Logs and exec on Fargate, the state mapping and the clean-up: TST-010 AC-11 to AC-18, N-2."""

from behave import given, then, when
from hamcrest import assert_that, equal_to, has_item, has_items

from support.ecs import expectations as expected
from support.matchers import answered, assume_that, has_json, no_problem, wrote


@when("a client asks for the echo container's logs until they are delivered, 30 seconds at most")
def ask_echo_logs(context):
    context.container = context.ecs.echo
    context.exchange = context.container.told


@then('the whole of the logs is the line "{line}", in frames of stdout')
def whole_log_is(context, line):
    assert_that(context.container.text_of(context.exchange), equal_to(f"{line}\n".encode()))
    assert_that(context.container.stdout_of(context.exchange), equal_to(f"{line}\n".encode()))


@then('CloudWatch holds "{line}" in the task\'s own log stream')
def cloudwatch_holds(context, line):
    assert_that(context.container.held_lines, has_item(line))


@when("a client asks for the writer container's logs on both streams")
def ask_writer_logs(context):
    context.container = context.ecs.writer
    context.exchange = context.container.told


@then("it consists of well-formed frames")
def consists_of_frames(context):
    assert_that(expected.frame_problems(context.exchange), no_problem())


@then("every line that was written to stdout is in a frame of stdout")
def stdout_is_labelled(context):
    assert_that(context.ecs.label_problems(context.exchange), no_problem())


@when("a client asks for the writer container's logs on both streams with timestamps")
def ask_stamped_logs(context):
    context.container = context.ecs.writer
    context.exchange = context.container.stamped


@then("each line begins with an RFC 3339 timestamp, in order")
def lines_are_stamped(context):
    assert_that(expected.stamp_problems(context.container.text_of(context.exchange)), no_problem())


@then("the timestamps are those that CloudWatch has of the lines, and the same when asked for again")
def stamps_are_kept(context):
    assert_that(context.ecs.stamps_elsewhen(context.exchange), no_problem())
    assert_that(context.container.stamped_again, answered(200))
    again = context.container.text_of(context.container.stamped_again)
    assert_that(again, equal_to(context.container.text_of(context.exchange)))


@then("behind the timestamps the lines are those without")
def lines_are_the_same(context):
    behind = expected.without_stamps(context.container.text_of(context.exchange))
    assert_that(behind, equal_to(context.container.text_of(context.container.told)))


@when('a client creates an exec of "echo" "exec-works" in it')
def create_exec(context):
    context.exchange = context.ecs.says.creation


@then("the answer is 201 with an exec ID")
def answers_with_exec_id(context):
    assert_that(context.exchange, answered(201))
    assert_that(context.exchange, expected.an_exec_id())


@when('a client starts the exec of "echo" "exec-works"')
def start_exec(context):
    context.stream = context.ecs.says.stream


@then("the connection is handed over")
def exec_is_handed_over(context):
    assert_that(context.stream.exchange, answered(101))


@then('the whole of the exec\'s stdout is the line "{line}"')
def exec_stdout_is(context, line):
    assert_that(context.stream, wrote(f"{line}\n".encode()))


@when("a client starts an exec that tells an environment variable which only the tail container has")
def start_marking_exec(context):
    assume_that(context.ecs.says.stream, wrote(b"exec-works\n"))
    context.stream = context.ecs.marks.stream


@then("the whole of the exec's stdout is the value of that variable")
def exec_tells_mark(context):
    assert_that(context.stream.exchange, answered(101))
    assert_that(context.stream, wrote(context.ecs.mark.encode()))


@when('a client inspects the exec of "echo" "exec-works" once it is over')
def inspect_successful_exec(context):
    context.execution = context.ecs.says
    context.exchange = context.execution.after_end


@when('a client inspects the exec of "sh" "-c" "exit 7" once it is over')
def inspect_failing_exec(context):
    context.execution = context.ecs.fails
    context.exchange = context.execution.after_end


@then("its ExitCode is {code:d}")
def exec_exit_code_is(context, code):
    assert_that(context.exchange, has_json("ExitCode", code))


@then("before its start it had none")
def had_no_exit_code(context):
    assert_that(context.execution.before_start, expected.no_exit_code())


@given("the containers of this feature have done their work")
def work_is_done(context):
    context.ecs.join()


@given("a run that failed half-way, after it had created a container")
def failed_run(context):
    context.failed_run = context.ecs.failed_run()


@when("both have been cleaned up")
def clean_up(context):
    context.cleaned = context.ecs.clean_up(context.failed_run)


@then("no container of theirs is left in the daemon")
def no_container_left(context):
    assert_that(context.cleaned.containers, no_problem())


@then("no task, task definition or log group of theirs is left in AWS")
def nothing_left_in_aws(context):
    assert_that(context.cleaned.aws, no_problem())


@when("the daemon and AWS are looked at side by side while the containers live and end")
def look_side_by_side(context):
    assume_that(context.ecs.writer.after_exit, has_json("State.Status", "exited"))
    context.ecs.see_writer_stopped()


@then("each status of a task is told as this state, and no other")
def states_are_mapped(context):
    allowed = {row["task status"]: row["state"] for row in context.table}
    assert_that(context.ecs.mapping.problems(allowed), no_problem())
    assume_that(context.ecs.mapping.states(), has_items("running", "exited"))


@then("the writer container is told to have exited with {code:d}, as AWS tells it")
def writer_exit_code(context, code):
    assert_that(context.ecs.writer.after_exit, has_json("State.ExitCode", code))
    assert_that(context.ecs.writer.until_task_stopped().exit_code, equal_to(code))
