"""The catalogue as data: enough of every kind, nothing about criteria that do not exist, every known failure."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter

import pytest

from falsify.catalogue import LIES
from falsify.catalogue.ecs import second_look as ecs_second_look
from falsify.catalogue.gitlab import second_look as gitlab_second_look
from falsify.lies import Layer, Lie, ecs_notes
from falsify.variations import VARIATIONS
from support.settings import ROOT

TAG = re.compile(r"@(TST-01[01]-(?:AC|N)-\d\d|(?:RUN|JOB|DRIFT)-\d\d)\b")
EXISTING = frozenset(TAG.findall("".join(path.read_text() for path in (ROOT / "features").glob("*.feature"))))

# A scenario that the features do not have yet: what moved out of a criterion that its document does not ask for.
EXISTING |= ecs_notes(6)
LAYERS = tuple(layer for layer in Layer if layer is not Layer.PROFILES)

# What real builds were seen to do, and the lies that do it.
KNOWN = {
    "the client's half-close is not forwarded to stdin": {"script-awaits-half-close", "half-close-ignored"},
    "a script is lost when start follows attach quickly": {"stdin-lost-around-start"},
    "a container is ended after 2 s with status 0": {"build-ended-after-2-s"},
    "wait returns at once": {"wait-answers-at-once"},
    "wait reports 0 for a script that fails": {"wait-always-0"},
    "wait sends no headers until the exit": {"wait-headers-withheld"},
    "attach carries an extra line first": {"extra-line-first"},
    "attach merges stderr into stdout": {"frames-merged"},
    "attach never closes after the exit": {"stream-never-closed", "helper-stream-never-closed"},
    "an exec echoes its command line": {"exec-echoes-command"},
    "an exec runs elsewhere than in its container": {"exec-beside-container"},
    "an exec reports 0 always, also when never started": {"exec-always-0"},
    "an exec works on a container that has exited": {"exec-on-exited"},
    "an exec ends its container in words only": {"exec-ends-container", "tail-stop-304"},
    "logs start with, or are, the command line": {"logs-begin-with-command", "logs-are-the-command"},
    "aliases are missing from inspect": {"service-without-aliases"},
    "a disconnect answers 200 and does nothing": {"disconnect-unheard"},
    "a network lists who is gone": {"network-lists-who-left", "network-lists-who-is-deleted"},
    "IPAddress is empty or missing beside Networks": {"address-empty", "address-missing"},
    "inspect is stuck at running": {"build-stuck-running", "helper-stuck-running", "echo-stuck-running"},
    "a start does not block": {
        "build-start-does-not-block",
        "tail-start-does-not-block",
    },
    "a bad command leaves its container running": {"mistaken-runs-for-ever"},
    "a pull succeeds for any name": {"pull-nothing", "pull-of-anything-succeeds"},
    "a container is created of an image never pulled": {"create-needs-no-image"},
    "an unknown route is plain text": {"unknown-route-in-plain-text"},
    "log groups and streams are never deleted": {"log-group-stays", "log-streams-stay"},
    "a killed task is left not STOPPED": {"task-never-stops", "writer-removed-in-words", "stop-task-ignored"},
}

# What each layer is made of, and lies that are it: where one goes, another has to come.
ITEMS: dict[Layer, dict[str, set[str]]] = {
    Layer.STATUS: {
        "another success": {"network-200", "pull-201", "tail-start-200"},
        "an error though it happened": {"network-500", "build-start-500", "tail-start-500"},
        "an error, and nothing happened": {"network-409", "attach-409", "exec-create-409"},
        "a success though it failed": {"missing-starts", "unpullable-starts"},
        "AWS refuses": {"caller-refused", "tasks-denied", "daemon-may-not-run"},
    },
    Layer.HEADERS: {
        "missing": {"version-missing"},
        "wrong": {"version-1.43"},
        "untrue of the body": {"network-length-too-long", "volume-length-too-short", "pull-said-chunked"},
    },
    Layer.BODIES: {
        "missing": {"network-without-id", "image-without-env", "exec-exit-missing"},
        "empty": {"volume-empty", "wait-empty", "address-empty", "errors-empty"},
        "wrong": {"wait-status-1", "service-other-image", "list-other-state"},
        "null": {"service-id-null", "containers-null", "echo-cmd-null"},
        "of another container": {"build-id-of-service", "helper-id-of-build", "address-of-another"},
        "environments": {"key-without-secret", "cluster-unset", "subnets-of-another-vpc"},
        "profile files": {"profile-in-no-file", "profile-without-keys", "profile-file-unreadable"},
    },
    Layer.EFFECTS: {
        "not created": {"network-never-created", "service-never-created", "echo-never-created"},
        "not started": {"service-not-started", "build-not-started", "tail-never-runs"},
        "not stopped": {"kill-unheard", "writer-stop-unheard", "task-never-stops"},
        "not removed": {"remove-unheard", "network-remove-unheard", "volume-remove-unheard", "echo-remove-unheard"},
        "not disconnected": {"disconnect-unheard"},
        "label dropped": {"build-unlabelled", "network-unlabelled", "volume-unlabelled", "echo-unlabelled"},
        "alias dropped": {"service-aliases-dropped", "service-alias-dropped"},
        "mount dropped": {"service-mounts-dropped", "build-cache-dropped", "helper-mounts-dropped"},
        "network dropped": {"build-network-dropped", "helper-network-dropped"},
        "task definition still ACTIVE": {"definition-stays-active", "second-definition-stays-active"},
        "AWS ignores": {"log-group-stays", "log-streams-stay", "stop-task-ignored", "deregistration-ignored"},
    },
    Layer.ONLY_FIRST: {
        "known once": {"build-known-once", "network-known-once", "cluster-gone-later"},
        "done once": {"second-disconnect-unheard", "second-remove-unheard", "second-attach-is-dead"},
        "known again when it is gone": {"deleted-container-known", "removed-returns", "echo-removed-known"},
        "never up to date": {"containers-stale", "networks-stale"},
    },
    Layer.STREAMS: {
        "101 late": {"attach-late"},
        "another status": {"helper-attach-200"},
        "frames mislabelled": {"frames-swapped", "frames-of-unknown-stream", "logs-on-stderr", "exec-on-stderr"},
        "merged": {"frames-merged"},
        "truncated": {"frame-cut-off", "last-byte-lost", "logs-cut-off"},
        "doubled": {"frames-doubled", "logs-doubled"},
        "preceded by an extra line": {"extra-line-first", "exec-extra-line", "logs-begin-with-command"},
        "never closed": {"stream-never-closed", "exec-never-closed"},
        "closed early": {"stream-closed-at-start"},
        "stdin lost before start": {"stdin-lost-before-start"},
        "half-close ignored": {"half-close-ignored"},
    },
    Layer.TIMING: {
        "wait early": {"wait-answers-at-once"},
        "start not blocking": {"tail-start-does-not-block"},
        "logs late": {"logs-past-deadline"},
        "headers withheld": {"wait-headers-withheld"},
        "never answered": {"wait-never-answers", "writer-stop-never-answered"},
    },
    Layer.STATES: {
        "stuck": {"service-stuck-created", "build-stuck-running", "echo-stuck-running"},
        "skipping": {"service-skips-running", "build-skips-running", "running-already"},
        "going back": {"service-back-to-created"},
        "none that exists": {"service-in-capitals", "echo-dead"},
    },
}

# What a good daemon may do otherwise, and the variations that do it.
HARMLESS = {
    "header case": {"header-names-lower", "header-names-upper"},
    "chunking": {"chunks-of-7", "lengths"},
    "extra fields": {"json-more-keys", "headers-more"},
    "extra and duplicate aliases": {"aliases-more", "aliases-twice"},
    "JSON order and white space": {"json-reversed", "json-spacious", "json-compact"},
    "output in single bytes": {"bytes-one-by-one", "frames-of-one-byte", "logs-of-one-byte"},
    "frames split and joined anywhere": {"frames-split", "frames-joined", "logs-joined"},
    "200 ms on every answer": {"answers-200-ms"},
    "101 UPGRADED or Switching Protocols": {"101-upgraded", "101-switching-protocols"},
    "either stream content type": {"101-raw-stream", "101-multiplexed-stream"},
    "logs late, inside their bound": {"logs-inside-bound"},
    "keep-alive or not": {"connections-close", "connections-stay"},
    "unknown event types": {"progress-unknown"},
    "others' containers, networks and volumes": {"others-come-and-go"},
    "others' tasks": {"tasks-of-others"},
}


def everything() -> list[str]:
    return [*(lie.id for lie in LIES), *(variation.id for variation in VARIATIONS)]


def test_each_has_an_id_of_its_own() -> None:
    assert [name for name, count in Counter(everything()).items() if count > 1] == []
    assert [name for name in everything() if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("sentence", [*(lie.sentence for lie in LIES), *(each.sentence for each in VARIATIONS)])
def test_each_says_in_one_sentence_what_it_is(sentence: str) -> None:
    assert re.fullmatch(r"[A-Z0-9].*\.", sentence)
    assert len(sentence) <= 120


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_each_is_about_criteria_that_exist(lie: Lie) -> None:
    assert lie.must, "a lie that nothing must catch is a variation"
    assert lie.must | lie.may <= EXISTING
    assert not lie.all_must & lie.may
    assert set(lie.unjudged) <= lie.all_must
    for pattern, why in lie.unobservable.items():
        assert fnmatch.filter(EXISTING, pattern)
        assert re.fullmatch(r"[A-Z].*\.", why)
    assert not lie.prevents or lie.layer in (Layer.STATUS, Layer.HEADERS, Layer.BODIES)


def test_there_are_enough() -> None:
    assert len(LIES) >= 130
    assert len(VARIATIONS) >= 25


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_ten(layer: Layer) -> None:
    assert sum(lie.layer is layer for lie in LIES) >= 10


@pytest.mark.parametrize("criterion", sorted(name for name in EXISTING if "-AC-" in name))
def test_each_criterion_has_three(criterion: str) -> None:
    """AC-22 as well: three that no other criterion sees."""
    assert sum(criterion in lie.must for lie in LIES) >= 3


@pytest.mark.parametrize("scenario", sorted(name for name in EXISTING if name.startswith("DRIFT-")))
def test_each_scenario_about_drift_has_three(scenario: str) -> None:
    assert sum(scenario in lie.must for lie in LIES) >= 3


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_all_that_it_is_made_of(layer: Layer) -> None:
    there = {lie.id for lie in LIES if lie.layer is layer}
    assert {item: lies - there for item, lies in ITEMS[layer].items() if lies - there} == {}


def test_what_real_builds_did_is_there_and_marked() -> None:
    assert {lie.id for lie in LIES if lie.is_known} == set().union(*KNOWN.values())


def test_there_are_sixty_that_only_a_second_look_sees() -> None:
    assert len(gitlab_second_look.LIES) >= 40
    assert len(ecs_second_look.LIES) >= 20


def test_what_may_differ_is_there() -> None:
    there = {variation.id for variation in VARIATIONS}
    assert {item: names - there for item, names in HARMLESS.items() if names - there} == {}
