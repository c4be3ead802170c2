"""What the scenarios ask: DRIFT-01 to DRIFT-14."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hamcrest import equal_to, has_entries, instance_of, is_not
from hamcrest.core.matcher import Matcher

from support.api.recording import Exchange
from support.container import EXITED, NEVER_STARTED, RUNS, status_of
from support.drift.container import LATER, DriftContainer, state_of
from support.drift.events import Event, Events
from support.drift.fargate import Restarted, Stopped
from support.drift.stories import LIFE, Pulls, Removal, Starts
from support.expectations import named
from support.gitlab.image import progress_of
from support.matchers import answered, assert_each, assert_that, has_json, is_refusal, matching, no_problems
from support.thing import entries_of, succeeded, text_at

_LONG = 1000  # characters; what people read is no page and no trace
_CHANGING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\w*\d\w*", re.I)  # a UUID, or a word with a number


def _is_sound(stream: Events) -> None:
    assert_that(stream.open(), answered(200))
    assert_that(stream.problem, equal_to(""), "the stream of events is broken", exchange=stream.open())


def _reports(events: Sequence[Event], stream: Events, *actions: str) -> None:
    """These actions, in this order and each once."""
    _is_sound(stream)
    seen = [event.action for event in events if event.action in LIFE]
    assert_that(seen, equal_to(list(actions)), exchange=stream.open())


def end_is_reported(story: Removal, *actions: str) -> None:
    """DRIFT-01."""
    _reports(story.end_reported(), story.events, *actions)


def is_unknown(story: Removal) -> None:
    """DRIFT-02."""
    assert_each(story.gone(), answered(404))


def is_not_listed(story: Removal) -> None:
    """DRIFT-02."""
    for listed in story.lists():
        assert_that(listed, answered(200))
        assert_that(story.removed.entry_in(listed), equal_to(None), exchange=listed)


def life_is_reported(story: Removal, *actions: str) -> None:
    """DRIFT-03."""
    _reports(story.life_reported(), story.labelled, *actions)


def nothing_of_others(story: Removal) -> None:
    """DRIFT-03: what does not have the label is nobody's business here."""
    story.life_reported()
    _nothing_of_others(story, story.labelled)


def _nothing_of_others(story: Removal, stream: Events) -> None:
    others = stream.of_others([story.removed.known_id])
    problems = [f"{event} of {event.attributes.get('name', event.container)}" for event in others]
    assert_that(problems, no_problems("events of the container that has the label"), exchange=stream.open())


def replay_is_filtered(story: Removal) -> None:
    """DRIFT-03, of a replay; whether the unfiltered replay is right is judged by DRIFT-04."""
    stream, unfiltered = story.labelled_since_middle(), story.since_middle()
    seen, wanted = ([str(event) for event in each.of(story.removed.known_id, LIFE)] for each in (stream, unfiltered))
    _is_sound(stream)
    assert_that(seen, equal_to(wanted), exchange=stream.open())
    _nothing_of_others(story, stream)


def replays(story: Removal, stream: Events, *actions: str) -> None:
    """DRIFT-04, DRIFT-05: these again, and no others of its life."""
    _reports(stream.of(story.removed.known_id, actions), stream, *actions)


def does_not_replay(story: Removal, stream: Events, *actions: str) -> None:
    """DRIFT-04, DRIFT-05: what lies outside of the time that was asked for."""
    seen = [str(event) for event in stream.of(story.removed.known_id, actions)]
    assert_that(seen, equal_to([]), exchange=stream.open())


def has_ended(stream: Events) -> None:
    """DRIFT-05: an answer until a moment that is past has nothing to wait for."""
    assert_that(stream.open(), answered(200))
    ends: Matcher[Events] = matching("an answer that ends", lambda events: events.ended, lambda _: "one that goes on")
    assert_that(stream, ends, exchange=stream.open())


def stays_open(story: Removal) -> None:
    """DRIFT-04: without an ``until``, who asks since a moment also hears what is to come."""
    is_open: Matcher[bool] = matching("an answer that goes on", lambda so: so, lambda _: "one that has ended")
    assert_that(story.since_is_open(), is_open, exchange=story.since_middle().open())


def _is_over_for_good(container: DriftContainer, first: Exchange) -> None:
    """By inspections at once and later, and by a list that has it."""
    for seen in (first, container.long_after()):
        assert_that(status_of(seen), equal_to(EXITED), exchange=seen)
        assert_that(seen, has_json("State.Running", value=False))
    listed = container.list_at(LATER)
    entry = container.entry_in(listed)
    if entry is not None:
        assert_that(entry, has_entries(State=EXITED), exchange=listed)


def has_exited(story: Starts, status: int) -> None:
    """DRIFT-06: with this status, and later too."""
    ended = story.brief_ended()
    _is_over_for_good(story.brief, ended)
    for seen in (ended, story.brief.long_after()):
        assert_that(seen, has_json("State.ExitCode", status))


def wait_reports(story: Starts, status: int) -> None:
    """DRIFT-06."""
    story.brief_ended()
    assert_that(story.brief.wait_answer(), has_json("StatusCode", status))


def die_is_reported(events: Sequence[Event], stream: Events, status: object, *before: str) -> None:
    """DRIFT-07, DRIFT-12: these actions, then "die" with this exit code, each once."""
    _reports(events, stream, *before, "die")
    seen = [str(event.attributes.get("exitCode")) for event in events if event.action == "die"]
    assert_that(seen, equal_to([str(status)]), exchange=stream.open())


def never_runs(story: Starts) -> None:
    """DRIFT-08: it is shown as what has exited, or, as by a Docker Engine, as never started."""
    for seen in (story.mistaken_ended(), story.mistaken.long_after()):
        is_none: Matcher[Any] = matching(
            f"{EXITED} or {NEVER_STARTED}", lambda status: status in (EXITED, NEVER_STARTED)
        )
        assert_that(status_of(seen), is_none, exchange=seen)
        assert_that(seen, has_json("State.Running", value=False))


def failure_is_agreed_on(story: Starts) -> None:
    """DRIFT-08: inspection, wait and, where there is one, the event have the same exit code, which is not 0."""
    inspected = story.mistaken_ended()
    number: Matcher[Any] = instance_of(int)
    assert_that(inspected, has_json("State.ExitCode", number))
    assert_that(inspected, has_json("State.ExitCode", is_not(0)))
    code = state_of(inspected)["ExitCode"]
    assert_that(story.mistaken.wait_answer(), has_json("StatusCode", code))
    assert_that(story.events.open(), answered(200))
    others = [str(event) for event in story.mistaken_reported() if str(event.attributes.get("exitCode")) != str(code)]
    assert_that(others, no_problems(f"no other exit code than {code}"), exchange=story.events.open())


def _failure_of(pull: Exchange) -> str:
    """What a pull says went wrong: by its status, or in its progress, in either field; empty if nothing."""
    if pull.status is None or pull.error:
        return pull.error or "no answer"
    if pull.status >= 400:
        return text_at(pull, "message")
    details = [(message.get("errorDetail"), message.get("error")) for message in progress_of(pull)]
    errors = [error or (detail.get("message") if isinstance(detail, dict) else "") for detail, error in details]
    return str(next(filter(None, reversed(errors)), ""))


def pulls_fail_alike(story: Pulls) -> None:
    """DRIFT-09: without what differs from attempt to attempt: ports, times, and IDs, as AWS gives its requests."""
    first, *others = story.pulls()
    fails: Matcher[Exchange] = matching(
        "an answer that is complete and says that the pull failed",
        lambda pull: not pull.error and ((pull.status or 0) >= 400 or bool(_failure_of(pull))),
        lambda pull: pull.error or f"{pull.status}, without an error",
    )
    assert_each((first, *others), fails)
    wanted = (first.status, _CHANGING.sub("0", _failure_of(first)))
    for pull in others:
        assert_that((pull.status, _CHANGING.sub("0", _failure_of(pull))), equal_to(wanted), exchange=pull)


def message_is_readable(story: Pulls) -> None:
    """DRIFT-09: some words, on one line, that say more than that there was an error; no page and no trace."""
    for pull in story.pulls():
        said = _failure_of(pull).strip()
        is_line: Matcher[Any] = matching(
            f"a line of at most {_LONG} characters, of three words or more",
            lambda text: 0 < len(text) <= _LONG and "\n" not in text and len(re.findall(r"[A-Za-z]{2,}", text)) >= 3,
        )
        assert_that(said, is_line, exchange=pull)


def image_is_unknown(story: Pulls) -> None:
    """DRIFT-10."""
    assert_that(story.found(), answered(404))
    assert_that(story.listed(), answered(200))
    tags = [tag for each in entries_of(story.listed()) for tag in each.get("RepoTags") or ()]
    listed = [tag for tag in tags if tag == story.image.name]
    assert_that(listed, equal_to([]), exchange=story.listed())


def container_is_refused(story: Pulls) -> None:
    """DRIFT-10: its creation by 404, or, where the daemon leaves the pull to that, its start."""
    answer = story.refused()
    assert_that(answer, is_refusal() if succeeded(story.container.create()) else answered(404))
    assert_that(story.running(), no_problems("no container of it that runs"))


def leaves_no_container(story: Pulls) -> None:
    """DRIFT-10: a creation that was refused has created nothing; one that was not leaves what its start refused."""
    if not succeeded(story.container.create()):
        assert_each(story.gone(), answered(404))
        assert_that(story.container.entry_in(story.all_containers()), equal_to(None), exchange=story.all_containers())


def has_stopped(story: Stopped) -> None:
    """DRIFT-11."""
    _is_over_for_good(story.container, story.ended())


def has_reason(story: Stopped) -> None:
    """DRIFT-11: AWS's words, or at least half of them, in any field of its state."""
    reason, seen = story.reason_of_task(), story.ended()

    def has_words(state: dict[str, Any]) -> bool:
        texts = [value for value in state.values() if isinstance(value, str)]
        return any(reason in text or (len(text) * 2 >= len(reason) and text in reason) for text in texts)

    has_it: Matcher[dict[str, Any]] = matching(f"a state that has AWS's reason, {reason!r}", has_words)
    assert_that(state_of(seen), has_it, exchange=seen)


def has_code_of_task(story: Stopped) -> None:
    """DRIFT-11: by its inspection and by its wait; where AWS has no exit code, there is nothing to compare."""
    code, seen = story.stop().exit_code, story.ended()
    if code is None:
        story.driver.note(f"not observable here: the exit code of {story.stop().history()}")
        return
    assert_that(seen, has_json("State.ExitCode", code))
    assert_that(story.container.wait_answer(), has_json("StatusCode", code))


def stop_is_reported(story: Stopped) -> None:
    """DRIFT-12."""
    number: Matcher[Any] = instance_of(int)
    assert_that(story.ended(), has_json("State.ExitCode", number))
    die_is_reported(story.end_reported(), story.events, state_of(story.ended()).get("ExitCode"))


def is_found_again(story: Restarted) -> None:
    """DRIFT-13: with what it was created with; it has not stopped meanwhile, and is not lost later."""
    container = story.container
    for seen in (story.found(), story.found_later()):
        assert_that(seen, answered(200))
        assert_that(seen, has_json("Id", container.known_id))
        assert_that(seen, has_json("Name", f"/{container.name}"))
        assert_that(seen, has_json("Config.Image", named(container.plan.image)))
        for key, value in container.labels.items():
            assert_that(seen, has_json(("Config", "Labels", key), value))
        assert_that(status_of(seen), equal_to(RUNS), exchange=seen)


def is_listed_again(story: Restarted) -> None:
    """DRIFT-13: by its label."""
    assert_that(story.listed(), answered(200))
    has_it: Matcher[Exchange] = matching(
        f"a list that has {story.container.name}",
        lambda listed: story.container.entry_in(listed) is not None,
        lambda listed: f"a list of {len(entries_of(listed))} others",
    )
    assert_that(story.listed(), has_it)


def has_gone(story: Restarted) -> None:
    """DRIFT-14."""
    assert_that(story.destroyed(), answered(204))
    assert_each(story.gone(), answered(404))
    assert_that(story.task_running_on(), no_problems("a task that has ended"))
