"""What TST-011's notes and definition of done add to its criteria, on a further job: TST-011 N-1 to N-15."""

from behave import given, then, when
from hamcrest import assert_that, empty, equal_to, less_than_or_equal_to, none

from support.api.frames import STDERR, STDOUT
from support.gitlab import expectations as expected
from support.gitlab import notes
from support.matchers import (
    answered,
    assume_that,
    exact_bytes,
    has_bytes_once,
    has_json,
    is_refusal,
    is_well_formed,
    no_problem,
)


@given("the runner attached to the helper container and wrote a line to its stdin before the start")
@given("the runner wrote bytes of every value to the started helper container's stdin and closed it")
@given("the runner is attached to the helper container, which writes to stdout and to stderr")
def attached_to_helper(context):
    assume_that(context.cast.notes.helper.attachment.exchange, answered(101))


@when("the helper container relays its stdin")
def helper_relays(context):
    context.stream = context.cast.notes.relay


@then("the line arrives once, before everything else")
def line_arrives_once(context):
    assume_that(context.stream.malformed, equal_to(""))
    relayed = context.stream.output(STDOUT)
    assert_that(relayed[: len(notes.BEFORE_START)], equal_to(notes.BEFORE_START))
    assert_that(relayed.count(notes.BEFORE_START), equal_to(1))


@then("the bytes come back unchanged")
def bytes_come_back(context):
    assume_that(context.stream.malformed, equal_to(""))
    assert_that(context.stream.output(STDOUT), has_bytes_once(notes.RAW))


@then("every frame is well formed until the stream ends")
def frames_are_well_formed(context):
    assert_that(context.stream, is_well_formed())


@then("what it wrote to stderr, and nothing else, is labelled as stderr")
def stderr_is_labelled(context):
    assert_that(context.stream.output(STDERR), equal_to(notes.ON_STDERR))
    assert_that(context.stream.output(STDOUT), exact_bytes(notes.BEFORE_START + notes.RAW))


@given("the helper container wrote a file into the build volume and another into the cache volume")
def helper_wrote_file(context):
    assume_that(context.cast.notes.relay, is_well_formed())


@when("the build container reads both")
def build_reads_files(context):
    context.read, context.cached = context.cast.notes.file_read, context.cast.notes.cached_read


@then("it reads what the helper wrote")
def reads_what_was_written(context):
    assert_that(context.read, exact_bytes(notes.BEFORE_START + notes.RAW))
    assert_that(context.cached, exact_bytes(notes.CACHED))


@given("the runner started the notes' service container")
def notes_service_started(context):
    assume_that(context.cast.notes.service.start, answered(204))


@given("the notes' service container runs PostgreSQL")
def notes_service_runs(context):
    assume_that(context.cast.notes.service.when_left_created, has_json("State.Status", "running"))


@when('it polls the service container until it is no longer "created"')
def poll_notes_service(context):
    context.exchange = context.cast.notes.service.when_left_created


@then('the service container is "{status}"')
def notes_service_is(context, status):
    assert_that(context.exchange, has_json("State.Status", status))


@when("the build container sends PostgreSQL's start-up message to each alias")
def knock_at_each_alias(context):
    context.answers = {row["alias"]: context.cast.notes.handshakes[row["alias"]] for row in context.table}


@then("PostgreSQL's request for authentication comes back from each")
def authentication_requested(context):
    for alias, answer in context.answers.items():
        assert_that(notes.authentication_problem(answer), empty(), alias)


@given('PostgreSQL answers inside the job\'s network as "{alias}"')
def answers_as(context, alias):
    assume_that(notes.authentication_problem(context.cast.notes.handshakes[alias]), empty())


@when('the build container sends PostgreSQL\'s start-up message to "{name}"')
def knock_at_name(context, name):
    assert_that(name, equal_to(notes.NO_ALIAS))
    context.answer = context.cast.notes.without_alias


@then("nothing answers")
def nothing_answers(context):
    assert_that(context.answer, empty())


@given("a job that has created its network, volumes and build container")
def job_in_the_middle(context):
    context.broken_job = context.cast.broken_job()


@when("an assertion fails in the middle of the job")
def assertion_fails(context):
    context.left = context.broken_job.fail_and_clean_up()


@then("nothing of that job is left in the daemon")
def nothing_left(context):
    assert_that(context.left, empty())


@given("the notes' containers were started")
def notes_containers_started(context):
    for container in context.cast.notes.containers:
        assume_that(container.start, answered(204))


@given("an image that does exist can be pulled")
def image_can_be_pulled(context):
    assume_that(context.cast.notes.build_image.pull, answered(200))


@when("the notes' job has been driven to its end")
def notes_job_driven(context):
    context.cast.notes.drive()


@then("it took no longer than its deadline")
def within_deadline(context):
    assert_that(context.cast.notes.took, less_than_or_equal_to(context.cast.notes.deadline.seconds))


@given("the notes' build container runs")
def notes_build_runs(context):
    context.cast.notes.wait_while_running  # noqa: B018 - brought about; raises NotJudged where it cannot be


@when('the runner waits for it with condition "not-running"')
def wait_for_notes_build(context):
    context.exchange = context.cast.notes.wait_while_running


@then("the wait's headers come while the container runs")
def headers_come_first(context):
    assert_that(context.exchange, answered(200))
    assert_that(context.exchange.done_after, none(), "the wait's body had come already")


@when("its shell ends with the status {status:d}")
def shell_fails(context, status):
    assert_that(status, equal_to(notes.FAILING))
    context.exchange = context.cast.notes.failing_end


@then("the wait and the container tell {status:d}")
def failing_status_is_told(context, status):
    assert_that(context.exchange, expected.reports_exit(status))
    assert_that(context.cast.notes.again.first_end, expected.has_exited(status))


@when("the runner pulls an image that no registry has")
def pull_missing(context):
    context.exchange = context.cast.notes.missing_pull


@then("the pull is answered by an error with a message, or ends with one")
def pull_fails(context):
    assert_that(expected.success_of_pull(context.exchange), empty())


@when("the runner creates and starts a container of an image that no registry has")
def run_missing(context):
    context.exchange = context.cast.notes.missing_run


@then("one of the two is answered by an error with a message")
def run_is_refused(context):
    assert_that(context.exchange, is_refusal())


@given("the notes' build container runs a shell whose stdin stays open")
def notes_shell_runs(context):
    context.cast.notes.shell  # noqa: B018 - brought about; raises NotJudged where it cannot be


@when("the runner writes a command to the shell")
def write_command(context):
    context.held_back = context.cast.notes.held_back


@then("the command's output comes while the container runs")
def output_flows(context):
    assert_that(context.held_back, no_problem())
