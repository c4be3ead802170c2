"""What the contract's scenarios ask (RUN-31 to RUN-68)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from hamcrest import equal_to, has_entries
from hamcrest.core.matcher import Matcher

from support import expectations as expected
from support.api.frames import STDERR, STDOUT
from support.api.recording import Exchange
from support.gitlab.container import DELETED
from support.gitlab.contract import scripts
from support.gitlab.contract.creations import Creation
from support.gitlab.contract.neighbour import EXEC_SAYS, Neighbour
from support.gitlab.contract.stages import Stages
from support.gitlab.contract.streams import (
    AFTER_SCRIPT,
    AFTER_STDIN,
    BINARY,
    FLOOD_STATUS,
    LATE_ERR,
    LATE_OUT,
    LATE_STATUS,
    Flood,
    Quiet,
)
from support.gitlab.expectations import reports_exit
from support.gitlab.handshake import answers
from support.gitlab.stage import Stage
from support.matchers import answered, assert_that, assume_that, exact_bytes, has_json, no_problems, text_like, wrote
from support.thing import short
from support.verdicts import NotJudged


def shows_what_was_asked_for(creation: Creation) -> None:
    """RUN-46 to RUN-63."""
    creation.thing.must_be_there()
    assert_that(creation.thing.as_created(), creation.shows)


# --- one container started several times --------------------------------------------------------------------------


def each_start_is_answered(job: Stages) -> None:
    """RUN-31: each attach by 101, each start by 204."""
    for stage in job.stages:
        assert_that(stage.attach().exchange, answered(101))
        assert_that(stage.start(), answered(204))


def each_start_runs(job: Stages) -> None:
    """RUN-31: output and exit status of the third and the fourth start; those before have scenarios of their own."""
    for stage, word, status in (
        (job.stages[2], "third", scripts.THIRD_STATUS),
        (job.stages[3], "fourth", scripts.FOURTH_STATUS),
    ):
        stage.output_ended()
        assert_that(stage.stream(), wrote(f"start={word}\n".encode()))
        ends_with(stage, status)


def ends_with(stage: Stage, status: int) -> None:
    """The wait's answer, and the container's own word."""
    assert_that(stage.answer(), reports_exit(status))
    assert_that(stage.afterwards(), expected.has_exited(stage.container, status))


def finds_its_volume(job: Stages) -> None:
    """RUN-32: the second start reads in the volume what the first one wrote."""
    _finds(job.stages[1], "builds", scripts.IN_BUILDS)


def finds_its_files(job: Stages) -> None:
    """RUN-33: the second start reads in the container's own files what the first one wrote."""
    _finds(job.stages[1], "own", scripts.OWN)


def _finds(stage: Stage, key: str, wanted: str) -> None:
    assert_that(stage.value(key), equal_to(wanted), exchange=stage.attach().exchange)


def stderr_arrives(job: Stages) -> None:
    """RUN-34."""
    job.stages[1].value("network")
    stream = job.stages[1].stream()
    assert_that(stream.output(STDERR), exact_bytes(scripts.ON_STDERR), exchange=stream.exchange)


def service_must_answer(job: Stages) -> None:
    """Raises ``NotJudged`` where PostgreSQL does not answer under its alias at the first start."""
    said = job.stages[0].value("network")
    if not answers(said):
        raise NotJudged(f"PostgreSQL does not answer in the job's network: it said {said!r} (TST-011-N-06)")


def service_answers_again(job: Stages) -> None:
    """RUN-35."""
    _answers(job.stages[1], "network", scripts.SERVICE)


def _answers(stage: Stage, key: str, host: str) -> None:
    said = stage.value(key)
    if not answers(said):
        raise AssertionError(f"nothing answers as {host!r} in the job's network: it said {said!r}{stage.name}")


def service_answers_by_id(job: Stages) -> None:
    """RUN-43."""
    _answers(job.stages[0], "id", short(job.pg.reference()))


def variables_arrive(job: Stages) -> None:
    """RUN-52: every one of them, with its value to the last byte."""
    seen = {name: job.stages[0].value(name) for name in scripts.VARIABLES}
    wrong = [
        f"{name} is {seen[name]!r} and should be {scripts.shown(name)!r}"
        for name in scripts.VARIABLES
        if seen[name] != scripts.shown(name)
    ]
    exchange = job.stages[0].attach().exchange
    assert_that(wrong, no_problems(f"all {len(scripts.VARIABLES)} variables"), exchange=exchange)


# --- what is shown ------------------------------------------------------------------------------------------------


def exposes_its_images_ports(job: Stages) -> None:
    """RUN-44: the ports of its image, by which the runner decides whether to wait for it."""
    image = job.service_image_seen().body
    ports = image.get("Config", {}).get("ExposedPorts") if isinstance(image, dict) else None
    if not ports:
        raise NotJudged(f"its image exposes no port: {job.service_image_seen().line()}")
    exposed: Matcher[Any] = has_entries(ports)
    assert_that(job.service_seen(), has_json("Config.ExposedPorts", exposed))


def own_address_parses(job: Stages) -> None:
    """RUN-47: an address without a prefix."""
    address = text_like(r"^[0-9a-fA-F:.]+$")
    path = ["NetworkSettings", "Networks", job.network.name, "IPAddress"]
    assert_that(job.service_seen(), has_json(path, address))
    _must_parse(job.service_seen(), ipaddress.ip_address, *path)


def network_address_parses(job: Stages) -> None:
    """RUN-48: an address with a prefix."""
    path = ["Containers", job.pg.reference(), "IPv4Address"]
    assert_that(job.network_seen(), has_json(path, text_like(r"^[0-9.]+/[0-9]+$")))
    _must_parse(job.network_seen(), ipaddress.IPv4Interface, *path)


def _must_parse(seen: Exchange, parse: Callable[[Any], object], *path: str) -> None:
    value = seen.body
    for key in path:
        value = value[key]
    try:
        parse(value)
    except ValueError as error:
        raise AssertionError(f"{'.'.join(path)} is no address: {error}: {seen.line()}") from None


# --- the neighbour ------------------------------------------------------------------------------------------------


def exec_works(neighbour: Neighbour) -> None:
    """RUN-64: its output is the whole stream, which ends."""
    assert_that(neighbour.exec_created(), answered(201))
    assert_that(neighbour.exec_stream().exchange, answered(101))
    assert_that(neighbour.exec_stream(), wrote(f"{EXEC_SAYS}\n".encode()))


def was_stopped_by_sigterm(neighbour: Neighbour) -> None:
    """RUN-66: the script's trap for SIGTERM wrote its line, and gave the exit status."""
    neighbour.stopped()
    stream = neighbour.stage.stream()
    lines = stream.output(STDOUT).decode("utf-8", "replace").splitlines()
    assert_that(lines[-1:], equal_to([scripts.GOT_TERM]), exchange=stream.exchange)
    ends_with(neighbour.stage, scripts.STOPPED_STATUS)


def flags_of_attach_count(neighbour: Neighbour) -> None:
    """RUN-67: the second stream carries what the container writes meanwhile."""
    attached = neighbour.attached_by_ones()
    assert_that(attached.exchange, answered(101))
    lines = attached.output(STDOUT).decode("utf-8", "replace").splitlines()
    assert_that(lines[:1], equal_to([scripts.TICK]), exchange=attached.exchange)


def flags_count(job: Stages) -> None:
    """RUN-67: of a list, and of a delete."""
    assert_that(job.listed_by_one(), expected.lists(expected.full_entry_of(job.build)))
    assert_that(job.service_deleted(), answered(204))
    for seen in (*job.pg.gone_at(DELETED), *job.volumes_after_service()):
        assert_that(seen, answered(404))


# --- the others ---------------------------------------------------------------------------------------------------


def command_is_unchanged(job: Stages) -> None:
    """RUN-54: as it is shown, and as it runs."""
    assert_that(job.reader.as_created(), has_json("Config.Cmd", ["sh", "-c", scripts.DETECTION]))
    job.reader_stage.output_ended()
    stream, wanted = job.reader_stage.stream(), f"{scripts.FOUND}\n{scripts.READS}\n".encode()
    assert_that(stream.output(STDOUT)[: len(wanted)], exact_bytes(wanted), exchange=stream.exchange)


def plain_runs(job: Stages) -> None:
    """RUN-49."""
    assert_that(job.plain.start(), answered(204))
    assert_that(job.plain_ended(), reports_exit(0))


def are_unknown(job: Stages) -> None:
    """RUN-68."""
    for seen in job.after_deletes():
        assert_that(seen, answered(404))


def volume_keeps_its_content(job: Stages) -> None:
    """RUN-53."""
    exchange = job.reader_stage.attach().exchange
    assert_that(job.read_again(), equal_to(scripts.IN_KEPT), exchange=exchange)


# --- long and large streams ---------------------------------------------------------------------------------------


def stays_open_in_silence(job: Quiet) -> None:
    """RUN-37."""
    assert_that(job.early_end(), no_problems("a stream that stays open"), exchange=job.stage.attach().exchange)


def late_output_arrives(job: Quiet) -> None:
    """RUN-38."""
    job.stage.output_ended()
    assert_that(job.stage.stream(), wrote(LATE_OUT, LATE_ERR))
    ends_with(job.stage, LATE_STATUS)


def order_is_kept(job: Flood) -> None:
    """RUN-39."""
    exchange = job.stage.attach().exchange
    assert_that(job.disorder(), no_problems("all lines, in their order on each stream"), exchange=exchange)


def long_script_runs(job: Flood) -> None:
    """RUN-40: its last lines are reached."""
    exchange = job.stage.attach().exchange
    line = job.first_output()[len(BINARY) : len(BINARY) + len(AFTER_SCRIPT)]
    assert_that(line, exact_bytes(AFTER_SCRIPT), exchange=exchange)


def bytes_are_unchanged(job: Flood) -> None:
    """RUN-41."""
    assert_that(job.output()[: len(BINARY)], exact_bytes(BINARY), exchange=job.stage.attach().exchange)


def goes_on_without_stdin(job: Flood) -> None:
    """RUN-42: output and exit status are those of a script that went on."""
    assume_that(job.output()[len(BINARY) : len(BINARY) + len(AFTER_SCRIPT)], exact_bytes(AFTER_SCRIPT))
    rest = job.output()[len(BINARY) + len(AFTER_SCRIPT) :]
    assert_that(rest, exact_bytes(AFTER_STDIN), exchange=job.stage.attach().exchange)
    ends_with(job.stage, FLOOD_STATUS)
