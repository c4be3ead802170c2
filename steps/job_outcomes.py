"""What the user of a CI job sees of it: JOB-01 to JOB-12."""

from behave import then, when

from support.gitlab.outcomes import checks, jobs


@when('the job "{name}" has run')
def job_has_run(context, name):
    context.user_job = context.outcome_jobs.named(name)


@then("its log is what its script wrote")
def log_is_whole(context):
    checks.log_is(context.user_job, jobs.FINISHED)


@then("its log is what its script wrote, up to the failure and with its stderr")
def log_of_failure(context):
    checks.log_is(context.user_job, stderr=jobs.FAILING_STDERR)


@then("its log is what its script wrote until then")
def log_until_end(context):
    checks.log_until_its_end(context.user_job)


@then("it ended with the exit status {status:d}")
def ended_with(context, status):
    checks.ends_with(context.user_job.stage, status)


@then("its stop is accepted, and it exits with a status other than 0")
def was_ended(context):
    checks.was_ended(context.user_job)


@then("its health check failed")
def health_check_failed(context):
    checks.health_check_failed(context.user_job)


@then("the service's log can be read, each stream by itself")
def service_log_is_shown(context):
    checks.service_log_is_shown(context.user_job)


@then("both of its pulls failed with the same status and message")
def pulls_fail_alike(context):
    checks.pulls_fail_alike(context.user_job)


@then("the image is not there, and a container of it is refused")
def image_is_not_there(context):
    checks.image_is_not_there(context.user_job)


@then("its after_script ran in the same container")
def after_script_ran(context):
    checks.after_script_ran(context.user_job)


@when("the next job has run")
def next_has_run(context):
    context.user_job.cached()


@then("the next job found what the first one left in the cache")
def next_job_finds_cache(context):
    checks.next_job_finds_cache(context.user_job)


@then("each of its lines came while it was running, in order")
def lines_come_while_it_runs(context):
    checks.lines_come_while_it_runs(context.user_job)


@then("its log has each line with the time when it was written")
def log_is_stamped(context):
    checks.log_is_stamped(context.user_job)


@when("all jobs have run at the same time")
def all_have_run(context):
    context.user_jobs = context.outcome_jobs.all


@then("each log is its own job's")
def logs_do_not_mix(context):
    checks.logs_do_not_mix(context.outcome_jobs.that_run)


@when("the runner has cleaned up after each")
def cleaned_up(context):
    context.answers = [job.cleaned_up() for job in context.user_jobs]


@then("nothing of them is left in the daemon")
def nothing_is_left(context):
    checks.nothing_is_left(context.user_jobs)
