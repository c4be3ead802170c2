"""Clean-up of a job, and a whole job: TST-011 AC-16 to AC-22."""

from behave import given, then, when
from hamcrest import assert_that

from support.gitlab import expectations as expected
from support.matchers import answered, assume_that, has_json, no_problem


@when('the runner kills it with the signal "SIGTERM"')
def kill_service(context):
    context.exchange = context.cast.job.service.kill


@then("the service container exits on it and does not run any more")
def service_ended(context):
    assert_that(context.cast.job.service.after_kill, expected.has_ended(context.cast.job.service))
    assert_that(context.cast.job.service.outlived, no_problem())


@given("each container of the job is on the network")
def each_is_on_network(context):
    context.cast.job.settle()
    for container in context.cast.job.containers:
        assume_that(container.before_disconnection, expected.on_network(container))


@when("the runner disconnects each from the network by force")
def disconnect_each(context):
    context.disconnections = [container.disconnection for container in context.cast.job.containers]


@then("each disconnect is answered by {status:d}")
def each_disconnect_is_answered(context, status):
    for disconnection in context.disconnections:
        assert_that(disconnection, answered(status))


@then("no container has the network among its own any more")
def no_container_has_network(context):
    for container in context.cast.job.containers:
        assert_that(container.as_disconnected, expected.off_network(container))


@then("the network lists none of them")
def network_lists_none(context):
    for container in context.cast.job.containers:
        assert_that(context.cast.job.network.look(), expected.without_container(container))


@given("each container of the job exists")
def each_exists(context):
    context.cast.job.settle()
    for container in context.cast.job.containers:
        assume_that(container.before_removal, answered(200))


@when("the runner deletes each with force and its anonymous volumes")
def delete_each(context):
    context.removals = [container.removal for container in context.cast.job.containers]


@then("each delete is answered by {status:d}")
def each_delete_is_answered(context, status):
    for removal in context.removals:
        assert_that(removal, answered(status))


@then("each container is unknown from then on")
def each_is_unknown(context):
    for container in context.cast.job.containers:
        assert_that(container.look(), answered(404))


@then("its anonymous volumes are unknown too")
def anonymous_volumes_are_unknown(context):
    for container in context.cast.job.containers:
        for look in container.volumes_left():
            assert_that(look, answered(404))


@then("the job's own volumes are still there")
def own_volumes_are_there(context):
    for volume in context.cast.job.volumes_before:
        assert_that(volume.look(), answered(200))


@given("the containers of the job are deleted")
def containers_are_deleted(context):
    context.cast.job.remove_containers()


@when("the runner deletes the network")
def delete_network(context):
    context.exchange = context.cast.job.network.removal


@then("the network is unknown from then on")
def network_is_unknown(context):
    assert_that(context.cast.job.network.look(), answered(404))


@when("the runner deletes the build and the cache volume")
def delete_volumes(context):
    context.removals = [volume.removal for volume in context.cast.job.volumes]


@then("each volume's delete is answered by {status:d}")
def each_volume_delete_is_answered(context, status):
    for removal in context.removals:
        assert_that(removal, answered(status))


@then("each volume is unknown from then on")
def each_volume_is_unknown(context):
    for volume in context.cast.job.volumes:
        assert_that(volume.look(), answered(404))


@given("the lists of containers and networks showed the job while it existed")
def lists_showed_the_job(context):
    job = context.cast.job
    for container in job.containers:
        assert_that(job.listed_before.containers, has_json("", expected.listing(container)))
    assert_that(job.listed_before.networks, has_json("", expected.listing_network(job.network)))


@when("the job's containers and network are deleted")
def all_is_deleted(context):
    context.cast.job.remove_containers()
    context.cast.job.network.removal  # noqa: B018 - brought about; what it answered is AC-19's matter


@then("GET /containers/json?all=true lists none of the job's containers")
def no_container_is_listed(context):
    listed = context.cast.job.list_containers()
    for container in context.cast.job.containers:
        assert_that(listed, expected.not_listing(container))


@then("GET /networks does not list the job's network")
def network_is_not_listed(context):
    job = context.cast.job
    assert_that(job.list_networks(), expected.not_listing_network(job.network))


@when("the runner drives a whole job of its own, from the ping to the clean-up")
def drive_whole_job(context):
    context.whole = context.cast.whole_job_done()


@then("every step of it succeeds, and its calls are made in the document's order")
def every_step_succeeds(context):
    assert_that(context.whole.problems(), no_problem())
