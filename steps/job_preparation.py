"""Version, images, network and volumes of a job: TST-011 AC-1 to AC-5, N-16, N-23, N-24."""

from behave import then, when

from support.gitlab import checks, extra_checks
from support.gitlab import expectations as expected
from support.matchers import assert_that, no_problems


@when("the runner asks GET /_ping")
def ask_ping(context):
    context.exchange = context.job.ping()


@then('its header "{name}" is "{value}", and still is at the end of the job')
def header_stays(context, name, value):
    checks.announces_version(context.job, name, value)


@then("no backend was contacted to answer it")
def no_backend_contacted(context):
    calls = context.run.backend_calls_during(context.exchange)
    assert_that(calls, no_problems("no call to a backend"))


@when("the runner asks HEAD /_ping")
def ask_ping_by_head(context):
    context.exchange = context.job.ping_by_head()


@then("it announces the API version that GET /_ping announces")
def announces_the_same_version(context):
    extra_checks.announces_the_same(context.job, context.exchange)


@then("nothing follows its head")
def nothing_follows(context):
    assert_that(context.exchange.raw, expected.nothing(), exchange=context.exchange)


@when('the runner pulls the image "{reference}"')
def pull(context, reference):
    context.image = context.job.image(reference)
    context.exchange = context.image.pull()


@then("it is a stream of JSON progress messages without an error")
def streams_progress(context):
    checks.reports_progress(context.image)


@then('the image "{reference}" is there')
def image_is_there(context, reference):
    checks.is_there(context.job.image(reference))


@when('the runner inspects the image "{reference}"')
def inspect_image(context, reference):
    context.exchange = context.job.image(reference).metadata()


@then('it is about the image "{reference}"')
def is_about_image(context, reference):
    checks.is_pulled_image(context.job.image(reference))


@then("its Config.Env, Config.Cmd and Config.Entrypoint are there, each null or a list of texts")
def has_configuration(context):
    assert_that(context.exchange, expected.image_configuration())


@then("its Config.Env has a PATH and its Config.Cmd is a command")
def has_alpine_configuration(context):
    assert_that(context.exchange, expected.alpine_configuration())


@when('the runner creates the network "runner-net-<guid>"')
def create_network(context):
    context.exchange = context.job.network.create()


@then("the network of that ID has the requested name and labels")
def network_as_requested(context):
    checks.network_as_requested(context.job)


@when('the runner creates the volume "runner-<hash>-build"')
def create_volume(context):
    context.exchange = context.job.build_volume.create()


@then("it has the volume's name, driver, mountpoint and scope")
def has_metadata(context):
    assert_that(context.exchange, expected.is_volume(context.job.build_volume))


@when("the runner has created the build and the cache volume")
def volumes_created(context):
    context.exchanges = [volume.create() for volume in context.job.volumes]


@then("each is found by its name, with its driver and the requested labels")
def volumes_as_requested(context):
    extra_checks.volumes_as_requested(context.job)
