"""What ended from outside is named where it matters, and nothing else is; see ``test_watch`` for the reading itself."""

from __future__ import annotations

import pytest

from support.api.recording import Exchange, Label, Recorder
from support.cleanup.disappeared import Disappearances, disappearances, own_containers
from support.cleanup.watch import Event
from support.report.judging import Judgement
from support.verdicts import Verdict

ID, OTHER, NAME = "a" * 64, "b" * 64, "build-0123456789-abcd"
NOON = 1_700_000_000 - 1_700_000_000 % 86400 + 43200 + 1


class Watch:
    """Has seen these events."""

    def __init__(self, *events: Event) -> None:
        self._events = list(events)
        self.settled: list[list[str]] = []

    def events(self) -> list[Event]:
        return self._events

    def settle(self, containers: list[str]) -> None:
        self.settled.append(containers)


def made(
    number: int,
    method: str,
    path: str,
    status: int,
    at: float = 0.0,
    *,
    criterion: str = "",
    body: object = None,
    asked: object = None,
    **query: str,
) -> Exchange:
    label = Label(criterion=criterion, observes=False)
    exchange = Exchange(number, at, method, f"/v1.44{path}", query, {}, asked, label, status=status, body=body)
    exchange.done_after = 0.1
    return exchange


def created(identity: str = ID, name: str = NAME, **asked: object) -> Exchange:
    return made(1, "POST", "/containers/create", 201, body={"Id": identity}, asked=asked, name=name)


def event(action: str, at: float = 5.0, container: str = ID, name: str = NAME) -> Event:
    return Event(action, container, name, at, NOON)


def sentences(exchanges: list[Exchange], *events: Event) -> list[str]:
    return [each.sentence for each in disappearances(own_containers(exchanges), events)]


DESTROYED = (
    f"the container {NAME} disappeared: /events reported that it was destroyed at 12:00:01 UTC, which this run did not "
    "ask for"
)
KILLED = (
    f"the container {NAME} was ended from outside: /events reported that it was killed at 12:00:01 UTC, which this run "
    "did not ask for"
)


def test_what_was_destroyed_or_killed_without_our_asking_is_named() -> None:
    assert sentences([created()], event("kill"), event("die"), event("destroy")) == [DESTROYED]
    assert sentences([created()], event("kill"), event("die")) == [KILLED]
    assert sentences([created(OTHER)], event("destroy")) == [DESTROYED], "by its name, whatever ID its creation gave"
    assert sentences([created(name="")], event("destroy", name=""))[0].startswith(
        f"the container {ID[:12]} disappeared"
    )


@pytest.mark.parametrize("reference", [ID, ID[:12], NAME])
@pytest.mark.parametrize(
    ("method", "more", "events"),
    [
        ("DELETE", "", ("kill", "die", "destroy")),
        ("POST", "/kill", ("kill", "die")),
        ("POST", "/stop", ("kill", "die")),
        ("POST", "/restart", ("kill", "die")),
    ],
)
def test_what_the_run_asked_for_is_not(reference: str, method: str, more: str, events: tuple[str, ...]) -> None:
    asked = made(2, method, f"/containers/{reference}{more}", 204)
    assert sentences([created(), asked], *map(event, events)) == []


def test_what_was_only_stopped_by_us_and_then_destroyed_is() -> None:
    assert sentences([created(), made(2, "POST", f"/containers/{ID}/stop", 204)], event("destroy")) == [DESTROYED]


def test_what_was_destroyed_before_we_asked_for_it_is_not_ours() -> None:
    asked = made(2, "DELETE", f"/containers/{ID}", 404, 6.0)
    assert sentences([created(), asked], event("destroy", at=5.9)) == [DESTROYED]
    assert sentences([created(), asked], event("destroy", at=6.1)) == []


def test_what_ends_by_itself_goes_by_itself_or_is_not_ours_is_not() -> None:
    assert sentences([created()], event("die")) == []
    assert sentences([created(HostConfig={"AutoRemove": True})], event("die"), event("destroy")) == []
    assert sentences([], event("destroy")) == []
    assert sentences([created()], event("destroy", container=OTHER, name="somebodys")) == []
    refused = made(1, "POST", "/containers/create", 409, body={"message": "no"}, name=NAME)
    assert sentences([refused], event("destroy")) == []


def test_of_two_containers_that_were_given_one_id_neither_is_taken_for_the_other() -> None:
    both = [created(), created(name="service-0123456789-abcd"), made(3, "DELETE", f"/containers/{ID}", 204)]
    assert sentences(both, event("destroy")) == []


def test_an_inspection_that_does_not_find_it_any_more_is_enough() -> None:
    path = f"/containers/{ID}/json"
    known, unknown = made(2, "GET", path, 200), made(7, "GET", path, 404, 3.0, body={"message": "no such"})
    (sentence,) = sentences([created(), known, unknown])
    assert sentence == (
        f"the container {NAME} disappeared: its inspection #7 was answered by 404, and this run did not ask for its "
        "removal"
    )
    assert sentences([created(), unknown]) == [], "it was never there"
    assert sentences([created(), known, unknown, known]) == [], "it is there"
    assert sentences([created(), known, made(3, "DELETE", f"/containers/{NAME}", 204), unknown]) == []
    by_name = made(3, "GET", f"/containers/{NAME}/json", 404)
    assert sentences([created(), known, by_name]) == [], "one that lies about names has not lost it"


def explained(text: str, criterion: str, exchanges: list[Exchange], *events: Event) -> list[str]:
    recorder = Recorder()
    recorder._exchanges += exchanges
    return Disappearances(recorder, Watch(*events), lambda _: []).explain(text, criterion, ())  # type: ignore[arg-type]


def test_only_verdicts_behind_which_it_stands_are_explained() -> None:
    before, after = (
        made(n, "GET", f"/containers/{ID}/json", 200, at, criterion="X-1") for n, at in ((2, 1.0), (3, 6.0))
    )
    other = made(4, "GET", f"/containers/{OTHER}/json", 200, 6.0, criterion="X-2")
    exchanges = [created(), before, after, other]
    gone = event("destroy")
    assert explained("", "X-1", exchanges, gone) == [DESTROYED]
    assert explained("", "X-2", exchanges, gone) == []
    assert explained("it was so: #3 GET /v1.44/x", "X-2", exchanges, gone) == [DESTROYED]
    assert explained("it was so: #2 GET /v1.44/x", "X-2", exchanges, gone) == [], "it was still there"
    waits = made(5, "POST", f"/containers/{ID}/wait", 200, 0.5, criterion="X-3")
    waits.done_after = None
    assert explained("", "X-3", [*exchanges, waits], gone) == [DESTROYED]


def test_it_is_waited_for_what_has_just_ended_unless_we_asked_for_that() -> None:
    recorder, watch = Recorder(), Watch()
    recorder._exchanges += [created(), created(OTHER, "other-0123456789-abcd")]
    recorder._exchanges += [made(3, "POST", f"/containers/{OTHER}/kill", 204)]
    Disappearances(recorder, watch, lambda _: []).explain("", "", ())  # type: ignore[arg-type]
    assert watch.settled == [[ID]]


def test_a_long_cause_leaves_room_for_what_explains_it() -> None:
    judgement = Judgement(Verdict.NOT_JUDGED, "x" * 300).explained_by([DESTROYED, KILLED])
    assert judgement.cause.endswith(DESTROYED)
    assert len(judgement.cause) <= 300
    assert judgement.details == ("x" * 300, DESTROYED, KILLED)
    assert Judgement(Verdict.VIOLATED, "x", details=("a", "b")).explained_by([]).details == ("a", "b")
