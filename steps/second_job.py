"""What the notes, and the runner itself, ask for besides, on a second job: TST-011 N-1 to N-7, N-10 to N-22."""

from behave import given, then, when

from support import expectations as common
from support.gitlab import expectations as expected
from support.gitlab import extra_checks
from support.gitlab.build_shell import FAILING
from support.gitlab.second_job import NO_ALIAS
from support.matchers import assert_that, is_refusal, is_well_formed
from support.verdicts import only_serves


@given("the runner attached to the second job's helper container and wrote a line to its stdin before the start")
@given("the runner wrote bytes of every value to the second job's helper container and closed its stdin")
@given("the runner is attached to the second job's helper container, which writes to stdout and to stderr")
def attached_to_helper(context):
    context.second_job.helper.must_be_attached()


@when("the helper container relays its stdin")
def helper_relays(context):
    context.stream = context.second_job.relayed()


@then("the line arrives once, before everything else")
def line_arrives_once(context):
    extra_checks.line_arrives_once(context.stream)


@then("the bytes come back unchanged")
def bytes_come_back(context):
    extra_checks.bytes_come_back(context.stream)


@then("every frame is well formed until the stream ends")
def frames_are_well_formed(context):
    assert_that(context.stream, is_well_formed())


@then("what it wrote to stderr, and nothing else, is labelled as stderr")
def stderr_is_labelled(context):
    extra_checks.streams_are_labelled(context.stream)


@given("the second job's helper container wrote a file into the build volume and another into the cache volume")
def helper_wrote_files(context):
    context.second_job.must_have_relayed()


@when("its build container reads both")
def build_reads_files(context):
    context.second_job.files_read()


@then("it reads what the helper wrote")
def reads_what_was_written(context):
    extra_checks.files_are_read(context.second_job)


@when('the runner polls the second job\'s service container until it is no longer "{status}"')
def poll_second_service(context, status):
    only_serves(status, "created", "the status that a service is polled to leave,")
    context.exchange = context.second_job.service.when_left_created()


@then('the second job\'s service container is "{status}"')
def second_service_is(context, status):
    assert_that(context.exchange, common.has_status(context.second_job.service, status))


@given("the second job's service container was started")
def second_service_was_started(context):
    context.second_job.service.must_run()


@when("its build container sends PostgreSQL's start-up message to each alias")
def send_to_each_alias(context):
    context.aliases = [row["alias"] for row in context.table]
    context.second_job.handshakes()


@then("PostgreSQL's request for authentication comes back from each")
def authentication_requested(context):
    extra_checks.aliases_answer(context.second_job, context.aliases)


@given('PostgreSQL answers inside the second job\'s network as "{alias}"')
def answers_as(context, alias):
    extra_checks.must_answer_as(context.second_job, alias)


@when('its build container sends PostgreSQL\'s start-up message to "{name}"')
def send_to_name(context, name):
    only_serves(name, NO_ALIAS, "the name that is no alias,")
    context.answer = context.second_job.without_alias()


@then("nothing answers")
def nothing_answers(context):
    assert_that(context.answer, expected.nothing())


@when("the second job has been driven to its end")
def second_job_driven(context):
    context.second_job.must_have_its_containers()


@then("it took no longer than its deadline")
def within_deadline(context):
    extra_checks.took_no_longer_than_its_deadline(context.second_job)


@given("the second job's build container runs a shell")
def build_runs_shell(context):
    context.shell = context.second_job.build_shell
    context.shell.running()


@when('the runner waits for it with condition "{condition}"')
def wait_for_shell(context, condition):
    only_serves(condition, "not-running", "the condition")
    context.exchange = context.shell.wait_while_running()


@then("the wait's headers come while the container runs")
def headers_come_first(context):
    extra_checks.headers_came_first(context.exchange)


@when("the shell exits with the status {status:d}")
def shell_fails(context, status):
    only_serves(status, FAILING, "the exit status")
    context.exchange = context.shell.failing_end()


@then("the wait and the container report {status:d}")
def failing_status_is_reported(context, status):
    extra_checks.reports_failure(context.second_job, status)


@when("the runner pulls an image that no registry has")
def pull_missing(context):
    context.exchange = context.second_job.missing_pull()


@then("the pull is answered by an error with a message, or ends with one")
def pull_fails(context):
    extra_checks.pull_failed(context.exchange)


@when("the runner creates and starts a container of an image that no registry has")
def run_missing(context):
    context.exchange = context.second_job.missing_run()


@then("one of the two is answered by an error with a message")
def run_is_refused(context):
    assert_that(context.exchange, is_refusal())


@when("the runner writes a command to the shell")
def write_command(context):
    context.delayed = context.shell.delayed_output()


@then("the command's output comes while the container runs")
def output_flows(context):
    extra_checks.output_flows(context.second_job)


@given("the second job's build container has exited")
def second_build_exited(context):
    context.restart = context.second_job.restart
    context.restart.before()


@when("the runner attaches to it and starts it again")
def start_again(context):
    context.container = context.restart
    context.exchange = context.restart.attach().exchange


@then("its shell answers on the new stream")
def shell_answers_again(context):
    extra_checks.answers_again(context.second_job)


@then('the container is "{status}" again')
def runs_again(context, status):
    assert_that(context.restart.while_it_runs(), common.has_status(context.second_job.build, status))


@given("the second job's build container was started again")
def second_build_runs_again(context):
    context.restart = context.second_job.restart
    context.restart.must_run()


@when("the runner stops it while a wait is open")
def stop_running(context):
    context.exchange = context.restart.stop()


@then("the container exits, and the open wait reports its second exit")
def has_stopped(context):
    extra_checks.ends_by_stop(context.second_job)


@when("the runner deletes it by force while it runs")
def delete_by_force(context):
    context.exchange = context.second_job.forced_delete()


@then("it is unknown from then on, and nothing of it is left running")
def is_gone_by_force(context):
    extra_checks.is_gone_by_force(context.second_job)


@given("the second job's cache volume was created")
def second_volume_created(context):
    context.second_job.cache_volume.must_be_there()


@when("the runner creates a volume of the same name again")
def create_volume_again(context):
    context.exchange = context.second_job.cache_volume.create_again()


@then("it is the volume that was there")
def is_the_same_volume(context):
    assert_that(context.exchange, expected.same_volume(context.second_job.cache_volume))


@when(
    "the runner creates a container from each name that the build image reports: its ID and, if it has one, its digest"
)
def create_by_other_names(context):
    context.exchanges = list(context.second_job.by_other_names().values())


@then("each is a container of that image")
def are_of_that_image(context):
    extra_checks.are_of_the_build_image(context.second_job)


@then("the build image reports its ID")
def image_reports_its_id(context):
    extra_checks.reports_its_id(context.second_job.build_image.metadata())


@when("the runner asks GET /info and GET /version")
def ask_info_and_version(context):
    context.info, context.version = context.run.ask("GET", "/info"), context.run.ask("GET", "/version")


@then('/info reports OSType "{system}" and an architecture')
def info_reports_system(context, system):
    assert_that(context.info, expected.runs_linux(system))


@then("/version reports an API version")
def version_is_reported(context):
    assert_that(context.version, expected.reports_version())
