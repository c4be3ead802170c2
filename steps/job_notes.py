"""What TST-011's notes and definition of done add to its criteria, on a further job: TST-011 N-1 to N-10."""

from behave import given, then, when
from hamcrest import assert_that, empty, equal_to, less_than_or_equal_to

from support.frames import STDERR, STDOUT
from support.matchers import answered, ends_with_bytes, exact_bytes, is_well_formed, suppose_that, tells
from support.runner import notes


@given("the runner attached to the helper container and wrote a line to its stdin before the start")
@given("the runner wrote bytes of every value to the started helper container's stdin and closed it")
@given("the runner is attached to the helper container, which writes to stdout and to stderr")
def attached_to_helper(context):
    suppose_that(context.cast.notes.helper.attachment.exchange, answered(101))


@when("the helper container relays its stdin")
def helper_relays(context):
    context.stream = context.cast.notes.relay


@then("the line arrives once, before everything else")
def line_arrives_once(context):
    relayed = context.stream.output(STDOUT)
    assert_that(relayed[: len(notes.BEFORE_START)], equal_to(notes.BEFORE_START))
    assert_that(relayed.count(notes.BEFORE_START), equal_to(1))


@then("the bytes come back unchanged")
def bytes_come_back(context):
    assert_that(context.stream.output(STDOUT), ends_with_bytes(notes.RAW))


@then("every frame is well formed until the stream ends")
def frames_are_well_formed(context):
    assert_that(context.stream, is_well_formed())


@then("what it wrote to stderr, and nothing else, is labelled as stderr")
def stderr_is_labelled(context):
    assert_that(context.stream.output(STDERR), equal_to(notes.ON_STDERR))
    assert_that(context.stream.output(STDOUT), exact_bytes(notes.BEFORE_START + notes.RAW))


@given("the helper container wrote a file into the build volume")
def helper_wrote_file(context):
    suppose_that(context.cast.notes.relay, is_well_formed())


@when("the build container reads it")
def build_reads_file(context):
    context.read = context.cast.notes.file_read


@then("it reads what the helper wrote")
def reads_what_was_written(context):
    assert_that(context.read, exact_bytes(notes.BEFORE_START + notes.RAW))


@given("the runner started the notes' service container")
@given("the notes' service container runs PostgreSQL")
def notes_service_started(context):
    suppose_that(context.cast.notes.service.start, answered(204))


@when('it polls the service container until it is no longer "created"')
def poll_notes_service(context):
    context.exchange = context.cast.notes.service.when_left_created


@then('the service container is "{status}"')
def notes_service_is(context, status):
    assert_that(context.exchange, tells("State.Status", status))


@when("the build container sends PostgreSQL's start-up message to each alias")
def knock_at_each_alias(context):
    context.answers = {row["alias"]: context.cast.notes.handshakes[row["alias"]] for row in context.table}


@then("PostgreSQL's request for authentication comes back from each")
def authentication_requested(context):
    for alias, answer in context.answers.items():
        assert_that(notes.authentication_problem(answer), empty(), alias)


@given('PostgreSQL answers inside the job\'s network as "{alias}"')
def answers_as(context, alias):
    suppose_that(notes.authentication_problem(context.cast.notes.handshakes[alias]), empty())


@when('the build container sends PostgreSQL\'s start-up message to "{name}"')
def knock_at_name(context, name):
    context.answer = context.cast.notes.first_bytes_from(name)


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


@when("the notes' job has been driven to its end")
def notes_job_driven(context):
    context.took = context.cast.notes.driven_for


@then("it took no longer than its deadline")
def within_deadline(context):
    assert_that(context.took, less_than_or_equal_to(context.cast.notes.deadline.seconds))
