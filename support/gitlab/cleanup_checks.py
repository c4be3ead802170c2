"""What the criteria of TST-011 about the clean-up ask of a job (AC-16 to AC-21), as in ``checks``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamcrest import has_entries, has_key
from hamcrest.core.matcher import Matcher

from support import expectations as common
from support.api.recording import Exchange
from support.container import EXITED
from support.gitlab import expectations as expected
from support.gitlab.container import (
    AT_END,
    BEFORE_CLEAN_UP,
    BEFORE_DELETES,
    CREATED,
    DELETED,
    DISCONNECTED,
    JobContainer,
)
from support.gitlab.job import Job
from support.matchers import answered, assert_each, assert_that, no_problems
from support.thing import Thing
from support.verdicts import NotJudged


def list_agrees(listed: Exchange, container: JobContainer, state: str) -> None:
    """AC-8, AC-13, AC-15, AC-16: a list that has the container says what its inspection says."""
    if container.entry_in(listed) is not None:
        assert_that(listed, common.lists(common.full_entry_of(container, state)))


def ends_and_stays_so(job: Job) -> None:
    """AC-16: the service exits, in AWS as well, and stays so."""
    service = job.service
    assert_that(service.after_kill(), expected.has_ended(service))
    assert_that(service.tasks_running_on(), no_problems("no task of it that still runs"))
    assert_that(service.at(BEFORE_DELETES), expected.has_ended(service))
    list_agrees(job.build.list_at(BEFORE_DELETES), service, EXITED)


def kills(job: Job) -> None:
    """AC-16: 204, and the service exits for good."""
    assert_that(job.service.kill(), answered(204))
    ends_and_stays_so(job)


def are_off_network(job: Job) -> None:
    """AC-17: no container's own networks have the job's any more, until it is deleted."""
    for container in job.containers:
        for seen in (container.at(DISCONNECTED), container.at(BEFORE_DELETES)):
            assert_that(seen, expected.off_network(container))


def disconnects(job: Job) -> None:
    """AC-17: 200 each; no container has the network any more, which itself stays."""
    must_have_been_on_network(job)
    for container in job.containers:
        assert_that(container.disconnect(), answered(200))
    are_off_network(job)
    assert_that(job.network.at(DISCONNECTED), answered(200))


def must_have_been_on_network(job: Job) -> None:
    """Raises ``NotJudged`` where no inspection before the disconnect shows a container on the job's network."""
    for container in job.containers:
        on_network = expected.has_network(container)
        seen = [container.as_created(), container.at(BEFORE_CLEAN_UP)]
        entry: Any = container.entry_in(container.list_at(CREATED)) or {}
        networks: Matcher[Any] = has_entries(Networks=has_key(job.network.name))
        is_listed = has_entries(NetworkSettings=networks).matches(entry)
        is_listed = is_listed or not expected.without_container(container).matches(job.network.at(BEFORE_CLEAN_UP))
        if not is_listed and not any(on_network.matches(each) for each in seen):
            raise NotJudged(f"{container} was not on the job's network: {seen[-1].line()} ({container.criterion})")


def are_unknown(things: Sequence[Thing]) -> None:
    """AC-18, AC-19, AC-20: each is unknown, by all that it may be asked for by and in the list, and stays so."""
    for thing in things:
        assert_each([*thing.gone_at(DELETED), *thing.gone_at(AT_END)], answered(404))
        assert_that(thing.list_at(DELETED), expected.lists_no(thing))
        if isinstance(thing, JobContainer):
            assert_that(thing.listed_by_id(DELETED), expected.lists_no(thing))


def deletes_containers(job: Job) -> None:
    """AC-18: 204 each, and unknown from then on."""
    for container in job.containers:
        assert_that(container.delete(), answered(204))
    are_unknown(job.containers)


def deletes_network(job: Job) -> None:
    """AC-19: 204, and unknown from then on."""
    assert_that(job.network_delete(), answered(204))
    are_unknown([job.network])


def deletes_volumes(job: Job) -> None:
    """AC-20: 204 each, and unknown from then on."""
    assert_each(job.volume_deletes(), answered(204))
    are_unknown(job.volumes)


def lists_nothing(job: Job) -> None:
    """AC-21: what the lists showed while the job existed they show no more once it is deleted."""
    containers_are_unlisted(job)
    network_is_unlisted(job)


def containers_are_unlisted(job: Job) -> None:
    """AC-21, of ``GET /containers/json?all=true``."""
    for container in job.containers:
        entry = common.entry_of(container)
        must_have_been_there(container)
        assert_that(job.lists_at(BEFORE_CLEAN_UP)[0], common.lists(entry))
        for moment in (DELETED, AT_END):
            listed, _ = job.lists_at(moment)
            must_not_be_there(container, listed, moment)
            assert_that(listed, common.lists_none(entry))


def network_is_unlisted(job: Job) -> None:
    """AC-21, of ``GET /networks``."""
    entry = expected.entry_of_network(job.network)
    must_have_been_there(job.network)
    assert_that(job.lists_at(BEFORE_CLEAN_UP)[1], common.lists(entry))
    for moment in (DELETED, AT_END):
        _, listed = job.lists_at(moment)
        must_not_be_there(job.network, listed, moment)
        assert_that(listed, common.lists_none(entry))


def must_have_been_there(thing: Thing) -> None:
    """Raises ``NotJudged`` where nothing ever showed it: that it is not listed then says nothing."""
    is_shown = any(thing.is_shown_by(seen) for seen in (thing.as_created(), thing.at(BEFORE_CLEAN_UP)))
    if not is_shown and thing.entry_in(thing.list_at(CREATED)) is None:
        raise NotJudged(f"there never was {thing}, though {thing.create().line()} ({thing.criterion})")


def must_not_be_there(thing: Thing, listed: Exchange, moment: str) -> None:
    """Raises ``NotJudged`` where a list has a thing, and rightly so: inspected just before, it was not deleted."""
    if thing.entry_in(listed) is not None:
        for seen in filter(thing.is_shown_by, thing.gone_at(moment)):
            raise NotJudged(f"{thing} is still there, so it is rightly listed: {seen.line()}")
