"""What GitLab Runner's jobs rely on beyond TST-011: RUN-31 to RUN-68."""

from behave import given, then, when

from support.gitlab.contract import checks, images
from support.verdicts import only_serves


@when("the runner creates a container with {what}")
@when("the runner creates a network with {what}")
def create_with(context, what):
    context.creation = context.contract.creations.with_(what)
    context.exchange = context.creation.thing.create()


@then("an inspection shows what was asked for")
@then("an inspection shows the container of that ID")
@then("an inspection shows its name, and a driver that the daemon chose")
def shows_what_was_asked_for(context):
    checks.shows_what_was_asked_for(context.creation)


@when("the runner has attached to a container and started it four times")
@when("the runner has started a container a second time")
@when("the runner has started a container with 75 variables")
@when("a container connects to the service by the first 12 characters of its ID")
@when("the runner inspects the service's container")
@when("the runner inspects the job's network while the service runs")
@when("the runner creates, starts and waits for a container with an empty NetworkMode")
@when("the runner starts a container whose command is a script of 400 bytes")
@when("a volume is mounted again after its last container was deleted")
def use_stages(context):
    context.stages = context.contract.stages


@then("each attach is answered with 101 and each start with 204")
def each_start_is_answered(context):
    checks.each_start_is_answered(context.stages)


@then("the third and the fourth start have output and an exit status of their own")
def each_start_runs(context):
    checks.each_start_runs(context.stages)


@then("it finds what it wrote into its volume at its first start")
def finds_its_volume(context):
    checks.finds_its_volume(context.stages)


@then("it finds what it wrote outside of its volumes at its first start")
def finds_its_files(context):
    checks.finds_its_files(context.stages)


@then("what it writes to stderr arrives, labelled as stderr")
def stderr_arrives(context):
    checks.stderr_arrives(context.stages)


@given("the job's service answers the container at its first start")
def service_must_answer(context):
    checks.service_must_answer(context.contract.stages)


@then("the job's service answers it again")
def service_answers_again(context):
    checks.service_answers_again(context.stages)


@then("the wait and the container report the exit status {status:d}")
def reports_exit(context, status):
    checks.ends_with(context.stages.stages[1], status)


@when("a container writes nothing for 25 seconds after the end of its stdin")
def is_silent(context):
    context.quiet = context.contract.quiet


@then("its attached stream stays open")
def stays_open(context):
    checks.stays_open_in_silence(context.quiet)


@then("its later output arrives on stdout and on stderr, and its exit status is reported")
def late_output_arrives(context):
    checks.late_output_arrives(context.quiet)


@when("a container writes numbered lines to stdout and stderr at once, 50 MB in all")
@when("the runner writes a script of 4 MB to a container's stdin")
@when("a container writes every byte value to its stdout")
@when("a container's script closes its stdin")
def use_flood(context):
    context.flood = context.contract.flood


@then("all of them arrive, in order on each stream")
def order_is_kept(context):
    checks.order_is_kept(context.flood)


@then("the script's last lines run")
def long_script_runs(context):
    checks.long_script_runs(context.flood)


@then("the bytes arrive unchanged")
def bytes_are_unchanged(context):
    checks.bytes_are_unchanged(context.flood)


@then("what it writes afterwards arrives, and its exit status is reported")
def goes_on_without_stdin(context):
    checks.goes_on_without_stdin(context.flood)


@then("the service answers")
def service_answers_by_id(context):
    checks.service_answers_by_id(context.stages)


@then("its Config.ExposedPorts has the ports of its image")
def exposes_ports(context):
    checks.exposes_its_images_ports(context.stages)


@when("a container in another network connects to the service by its alias")
def connect_from_elsewhere(context):
    context.answer = context.contract.stages.neighbour.found()


@then("its IPAddress is an IP address without a prefix length")
def own_address_parses(context):
    checks.own_address_parses(context.stages)


@then("the service's IPv4Address is an IP address with a prefix length")
def network_address_parses(context):
    checks.network_address_parses(context.stages)


@then("it starts, and exits without an error")
def plain_runs(context):
    checks.plain_runs(context.stages)


@then("the container finds each of them with its value")
def variables_arrive(context):
    checks.variables_arrive(context.stages)


@then("its content is still there")
def volume_keeps_its_content(context):
    checks.volume_keeps_its_content(context.stages)


@then("the command is shown as it was given, and the script runs")
def command_is_unchanged(context):
    checks.command_is_unchanged(context.stages)


@given("the image has a digest")
def image_has_digest(context):
    images.digest(context.contract.stages)


@when("the runner inspects the image by its {kind}")
def inspect_image_by(context, kind):
    context.exchange = images.inspected_by(context.contract.stages, kind)


@then("it is the same image")
def is_the_same_image(context):
    images.is_the_same(context.contract.stages, context.exchange)


@when("the runner inspects an image that is not there, named by host, path and tag")
def inspect_missing_image(context):
    context.exchange = images.missing(context.contract.stages)


@then("the answer is {status:d} with a message that names the image")
def names_the_image(context, status):
    images.names_it(context.exchange, status)


@when("the runner runs a command in a running container")
def run_command(context):
    context.neighbour = context.contract.stages.neighbour


@then("its output arrives, and the stream ends")
def exec_works(context):
    checks.exec_works(context.neighbour)


@when("the runner creates an exec in a container that has exited")
def exec_in_exited(context):
    context.exchange = context.contract.stages.exec_refused()


@when("the runner stops a running container without a time")
def stop_without_time(context):
    context.neighbour = context.contract.stages.neighbour
    context.exchange = context.neighbour.stop()


@then("the container's own SIGTERM handler runs and sets its exit status")
def was_stopped_by_sigterm(context):
    checks.was_stopped_by_sigterm(context.neighbour)


@when("the runner attaches, lists and deletes with flags that are written as 1")
def use_ones(context):
    context.stages = context.contract.stages


@then("the attach is answered with {status:d}, and carries the container's output")
def flags_of_attach_count(context, status):
    only_serves(status, 101, "the answer to an attach")
    checks.flags_of_attach_count(context.stages.neighbour)


@then("the list has the containers that have exited, and the running container is deleted")
def flags_count(context):
    checks.flags_count(context.stages)


@when("the runner deletes three containers over three connections at the same time")
def delete_three(context):
    context.exchanges = context.contract.stages.deleted_at_once()


@then("each of them is unknown from then on")
def are_unknown(context):
    checks.are_unknown(context.contract.stages)
