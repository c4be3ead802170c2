"""Version, images, network and volumes of a job: TST-011 AC-1 to AC-5."""

from behave import then, when
from hamcrest import assert_that

from support.gitlab import expectations as expected
from support.matchers import answered, no_problem


@when("the runner asks GET /_ping")
def ask_ping(context):
    context.exchange = context.cast.job.ping


@then("no backend was contacted to answer it")
def no_backend_contacted(context):
    assert_that(context.run.backend_calls_during(context.exchange), no_problem())


@when('the runner pulls image "{name}" with tag "{tag}"')
def pull(context, name, tag):
    context.exchange = context.cast.job.image(f"{name}:{tag}").pull


@then("it is a stream of JSON progress messages without an error")
def streams_progress(context):
    assert_that(context.cast.job.build_image.pull_failures(), no_problem())


@then('the image "{reference}" is there')
def image_is_there(context, reference):
    assert_that(context.cast.job.image(reference).look(), answered(200))


@when('the runner inspects the image "{reference}"')
def inspect_image(context, reference):
    context.exchange = context.cast.job.image(reference).metadata


@then("its metadata includes Config.Env, Config.Cmd and Config.Entrypoint")
def metadata_includes_configuration(context):
    assert_that(context.exchange, expected.image_configuration())


@when('the runner creates the network "runner-net-<guid>" with its labels')
def create_network(context):
    context.exchange = context.cast.job.network.creation


@then("the answer is 201 with a network ID")
@then("the answer is 201 with a container ID")
def answers_with_an_id(context):
    assert_that(context.exchange, answered(201))
    assert_that(context.exchange, expected.an_id())


@then("the network of that ID has the name and the labels")
def network_reads_back(context):
    network = context.cast.job.network
    assert_that(network.as_created, expected.network_as_asked(network))


@when('the runner creates the volume "runner-<hash>-build"')
def create_volume(context):
    context.exchange = context.cast.job.build_volume.creation


@then("the answer is 201 with the volume's metadata")
def answers_with_metadata(context):
    assert_that(context.exchange, answered(201))
    assert_that(context.exchange, expected.volume_as_asked(context.cast.job.build_volume))


@then("the volume of that name has the same metadata")
def volume_reads_back(context):
    volume = context.cast.job.build_volume
    assert_that(volume.look(), expected.volume_as_asked(volume))
