"""Clean-up of a job, and a whole job: TST-011 AC-16 to AC-22, N-9, N-25 to N-27."""

from behave import given, then, when

from support.gitlab import cleanup_checks, extra_checks, whole_job
from support.gitlab import expectations as expected
from support.gitlab.container import DELETED, DISCONNECTED
from support.gitlab.jobs import HalfJob
from support.matchers import answered, assert_that, no_problems
from support.verdicts import only_serves


@when('the runner kills the service container with the signal "{signal}"')
def kill_service(context, signal):
    only_serves(signal, "SIGTERM", "the signal")
    context.exchange = context.job.service.kill()


@then("the service container exits and stays stopped")
def service_ended(context):
    cleanup_checks.ends_and_stays_so(context.job)


@given("PostgreSQL in the service container was past its start-up")
def postgres_was_up(context):
    context.job.service.must_be_up()


@then("its exit code is not that of SIGKILL")
def ended_by_itself(context):
    assert_that(context.job.service.own_exit(), expected.ended_by_itself())


@given("each container of the job was on the network")
def each_was_on_network(context):
    cleanup_checks.must_have_been_on_network(context.job)


@when("the runner disconnects each container from the network by force")
@when("the runner has disconnected each container from the network by force")
def disconnect_each(context):
    context.exchanges = [container.disconnect() for container in context.job.containers]


@then("no container lists the network any more")
def are_off_network(context):
    cleanup_checks.are_off_network(context.job)


@then("the network itself is still there")
def network_is_there(context):
    assert_that(context.job.network.at(DISCONNECTED), answered(200))


@then("the network lists none of them once they are {moment}")
def network_lists_none(context, moment):
    extra_checks.network_lists_none(context.job, context.job.network.at(moment))


@given("each container of the job was created")
def each_was_created(context):
    context.job.must_have_its_containers()


@when("the runner deletes each container with force and its anonymous volumes")
@when("the runner has deleted each container with force and its anonymous volumes")
def delete_each(context):
    context.things = context.job.containers
    context.exchanges = [container.delete() for container in context.things]


@then("each container is unknown from then on")
@then("the network is unknown from then on")
@then("both volumes are unknown from then on")
def are_unknown(context):
    cleanup_checks.are_unknown(context.things)


@then("no anonymous volume of the containers is left")
def anonymous_volumes_are_gone(context):
    extra_checks.anonymous_volumes_are_gone(context.job)


@then("the job's own volumes are still there")
def own_volumes_are_there(context):
    extra_checks.own_volumes_are_there(context.job)


@when("the runner deletes the network")
def delete_network(context):
    context.things = [context.job.network]
    context.exchange = context.job.network_delete()


@when("the runner deletes the build and the cache volume")
def delete_volumes(context):
    context.things = context.job.volumes
    context.exchanges = context.job.volume_deletes()


@when("the job's containers and its network have been deleted")
def all_was_deleted(context):
    context.exchanges = context.job.lists_at(DELETED)


@then("GET /containers/json?all=true lists the job's containers no more")
def containers_are_unlisted(context):
    cleanup_checks.containers_are_unlisted(context.job)


@then("GET /networks lists the job's network no more")
def network_is_unlisted(context):
    cleanup_checks.network_is_unlisted(context.job)


@when("the runner drives a whole job of its own, from the ping to the clean-up")
def drive_whole_job(context):
    context.problems, context.shown_by = whole_job.problems(context.jobs.whole_job)


@then("every step of it succeeds, and its calls are made in the document's order")
def every_step_succeeds(context):
    expected = no_problems("every step succeeds, in the document's order")
    assert_that(context.problems, expected, exchange=context.shown_by)


@given("a job has created its network, volumes and build container")
def job_half_way(context):
    context.half_job = HalfJob(context.run)
    context.half_job.begin()


@when("it is broken off there, and cleaned up")
def break_off(context):
    context.left = context.half_job.break_off()
