"""What GitLab Runner does besides, and needs: TST-011 N-16 to N-22."""

from behave import given, then, when
from hamcrest import assert_that, empty, equal_to

from support.gitlab import again, notes
from support.gitlab import expectations as expected
from support.matchers import answered, assume_that, has_header, has_json, no_problem


@given("GET /_ping is answered by {status:d}")
def ping_is_answered(context, status):
    assume_that(context.cast.notes.ping, answered(status))


@when("the runner asks HEAD /_ping")
def ask_ping_by_head(context):
    context.exchange = context.cast.notes.ping_by_head


@then("it announces the API version that GET /_ping announces")
def announces_the_same_version(context):
    assert_that(context.exchange, has_header("Api-Version", context.cast.notes.ping.header("Api-Version")))


@then("nothing follows its head")
def nothing_follows(context):
    assert_that(context.exchange.raw, empty(), context.exchange.line())


@given("the notes' build container has exited")
def notes_build_exited(context):
    assume_that(context.cast.notes.again.before, has_json("State.Status", "exited"))


@when("the runner attaches to it and starts it again")
def start_again(context):
    context.again = context.cast.notes.again


@then("the attach is answered by {attach:d} and the start by {start:d}")
def started_again(context, attach, start):
    assert_that(context.again.attachment.exchange, answered(attach))
    assert_that(context.again.start, answered(start))


@then("its shell answers on the new stream")
def shell_answers_again(context):
    assert_that(context.again.said, equal_to(again.SAID))


@given("the notes' build container runs again, and the runner waits for it")
def notes_build_runs_again(context):
    assume_that(context.cast.notes.again.before_stop, has_json("State.Status", "running"))


@when("the runner stops it")
def stop_running(context):
    context.exchange = context.cast.notes.again.stop


@then("the container exits, and the wait tells its second end")
def has_stopped(context):
    assert_that(context.cast.notes.again.after_stop, has_json("State.Status", "exited"))
    assert_that(context.cast.notes.again.end, expected.reports_another_exit(notes.FAILING))


@when("the runner deletes it by force while it runs")
def delete_by_force(context):
    context.exchange = context.cast.notes.forced_removal


@then("it is unknown from then on, and nothing of it runs on")
def is_gone_by_force(context):
    service = context.cast.notes.service
    assert_that(service.look(), answered(404))
    assert_that(context.cast.notes.outlived(service.id), no_problem())


@given("the runner created the notes' cache volume")
def notes_volume_created(context):
    assume_that(context.cast.notes.cache_volume.creation, answered(201))


@when("it creates a volume of the same name again")
def create_volume_again(context):
    context.exchange = context.cast.notes.cache_volume.second_creation


@then("it is the volume that was there")
def is_the_same_volume(context):
    assert_that(context.exchange, expected.same_volume(context.cast.notes.cache_volume))


@given("the notes' build image tells its ID")
def image_tells_its_id(context):
    assert_that(context.cast.notes.build_image.metadata, has_json("Id", expected.text_like(r"[0-9a-f]{64}$")))


@when("the runner creates a container by each")
def create_by_other_names(context):
    context.creations = context.cast.notes.by_other_names


@then("each is answered by {status:d}")
def each_creation_is_answered(context, status):
    for kind, creation in context.creations.items():
        assert_that(creation, answered(status), f"by its {kind}")


@when("the runner asks GET /info and GET /version")
def ask_info_and_version(context):
    context.info, context.version = context.run.put("GET", "/info"), context.run.put("GET", "/version")


@then('the one tells "{system}" and an architecture')
def info_tells_system(context, system):
    assert_that(system, equal_to("linux"))
    assert_that(context.info, expected.runs_linux())


@then("the other tells a version of the API")
def version_is_told(context):
    assert_that(context.version, answered(200))
    assert_that(context.version, has_json("ApiVersion", expected.text_like(r"^\d+\.\d+$")))
