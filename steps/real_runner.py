"""What comes back of jobs that a real GitLab Runner ran: REAL-01 to REAL-11."""

from behave import then, when

from support.coordinator import checks


@when('GitLab Runner runs the job "{name}"')
def runs_job(context, name):
    context.outcome = context.runner_jobs.outcome(name)
    context.run.note(context.outcome.line())
    checks.must_have_run(context.outcome)


@then("the job has succeeded")
def has_succeeded(context):
    checks.has_state(context.outcome, "success")


@then('the job has failed with the reason "{reason}" and the exit code {code:d}')
def has_failed_with_code(context, reason, code):
    checks.has_failed(context.outcome, reason, code)


@then('the job has failed with the reason "{reason}"')
def has_failed(context, reason):
    checks.has_failed(context.outcome, reason)


@then("the job has failed because its image could not be pulled")
def image_was_not_pulled(context):
    checks.image_was_not_pulled(context.outcome)


@then("the job was cancelled while its script ran")
def was_cancelled(context):
    checks.is_cancelled(context.outcome)


@then("its log has these lines, each once and in this order")
def log_has_lines(context):
    checks.has_lines(context.outcome, context.text.splitlines())


@then('its log has the line "{line}"')
def log_has_line(context, line):
    checks.has_lines(context.outcome, [line])


@then("each of these lines is in its log before the next is written")
def lines_come_in_time(context):
    checks.comes_while_it_runs(context.outcome, context.text.splitlines())


@then('a line of its log contains "{text}"')
def log_mentions(context, text):
    checks.mentions(context.outcome, text)


@then('no line of its log contains "{text}"')
def log_does_not_mention(context, text):
    checks.mentions_nowhere(context.outcome, text)


@then('its log does not have the line "{line}"')
def log_lacks(context, line):
    checks.lacks(context.outcome, line)


@then("nothing of the job is left in the daemon but its cache volume")
def nothing_is_left(context):
    checks.nothing_is_left(context.outcome)
