"""An answer is held against a recorded one: names are bound once, and the first difference has both sides."""

from __future__ import annotations

from typing import Any

import pytest

from support.recordings.comparing import MAY_DIFFER, difference, fits_header
from support.recordings.roles import Roles
from support.settings import ROOT

ID, OTHER = "a" * 64, "b" * 64


def _roles() -> Roles:
    return Roles("run1-2345")


def test_a_name_is_bound_by_the_first_answer_and_means_the_same_from_then_on() -> None:
    roles = _roles()
    assert roles.fits("{container build}", ID)
    assert roles.fill("/containers/{container build}/start") == f"/containers/{ID}/start"
    assert roles.fill({"ADDR={short container build}": ["{run}", "{container other}"]}) == {
        f"ADDR={ID[:12]}": ["run1-2345", "{container other}"]
    }
    assert not roles.fits("{container build}", OTHER)
    assert roles.fits("of {short container build}", f"of {ID[:12]}")


def test_what_does_not_fit_binds_nothing() -> None:
    roles = _roles()
    assert not roles.fits("{container build} and more", ID)
    assert roles.fits("{container build}", OTHER)


def test_braces_of_a_shell_are_no_names() -> None:
    assert _roles().fill("${HOME} ${run} {any} f() { container x; }") == "${HOME} $run1-2345 {any} f() { container x; }"


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ({"Id": "{container x}"}, {"Id": ID, "More": 1}),
        ({"Id": "sha256:{image a:1}"}, {"Id": f"sha256:{ID}"}),
        ({"A": None, "B": "", "C": [], "D": 0, "E": False, "F": {}}, {}),
        ({"A": None}, {"A": []}),
        ({"Labels": {}, "Warnings": []}, {"Labels": {"run": "x"}, "Warnings": ["no swap"]}),
        ({"Aliases": ["db", "db", "build"]}, {"Aliases": ["build", "db", ID[:12]]}),
        (
            [{"Name": "n-{run}", "Id": "{network n}"}],
            [{"Name": "bridge", "Id": OTHER}, {"Name": "n-run1-2345", "Id": ID}],
        ),
        (
            {"Networks": {"n-{run}": {"IPAddress": "{address x}"}}},
            {"Networks": {"n-run1-2345": {"IPAddress": "1.2.3.4"}}},
        ),
        ({"T": "{any time}", "P": "{any path}"}, {"T": "2026-01-02T03:04:05.678Z", "P": "/x y"}),
    ],
)
def test_what_is_no_difference(expected: Any, seen: Any) -> None:
    assert difference(expected, seen, _roles()) == ""


@pytest.mark.parametrize(
    ("expected", "seen", "says"),
    [
        ({"A": {"B": 1}}, {"A": {"B": 2}}, "Seen: A.B is 2\nExpected: A.B is 1"),
        ({"A": 1}, {}, "Seen: no A\nExpected: A is 1"),
        ({"A": True}, {"A": 1}, "Seen: A is 1\nExpected: A is True"),
        ({"A": 0}, {"A": False}, "Seen: A is False\nExpected: A is 0"),
        ({"A": None}, {"A": "x"}, "Seen: A is 'x'\nExpected: A is None"),
        ({"A": "x"}, {"A": None}, "Seen: A is None\nExpected: A is 'x'"),
        ({"Cmd": ["a", "b"]}, {"Cmd": ["b", "a"]}, "Seen: Cmd[0] is 'b'\nExpected: Cmd[0] is 'a'"),
        ({"Cmd": ["a"]}, {"Cmd": ["a", "b"]}, "Seen: Cmd is ['a', 'b']\nExpected: Cmd is ['a']"),
        ({"Cmd": []}, {"Cmd": ["a"]}, "Seen: Cmd is ['a']\nExpected: Cmd is []"),
        ({"Env": ["A={run}"]}, {"Env": ["A=1"]}, "Seen: Env is ['A=1']\nExpected: Env has 'A=run1-2345'"),
        ({"IPAddress": "{address x}"}, {"IPAddress": "1.2.3.4/16"}, "Seen: IPAddress is '1.2.3.4/16'"),
        ({"Id": "{container x}"}, {"Id": "short"}, "Seen: Id is 'short'"),
        ([{"Name": "n"}], {"Name": "n"}, "Seen: the body is {'Name': 'n'}"),
        ({"A": 1}, [], "Seen: the body is []"),
    ],
)
def test_a_difference_has_both_sides(expected: Any, seen: Any, says: str) -> None:
    assert difference(expected, seen, _roles()).startswith(says)


FRAMED, RAW = "application/vnd.docker.multiplexed-stream", "application/vnd.docker.raw-stream"
ATTACH, LOGS = "/containers/{container x}/attach", "/containers/{container x}/logs"


@pytest.mark.parametrize(
    ("path", "expected", "seen", "fits"),
    [
        (ATTACH, FRAMED, FRAMED, True),
        (ATTACH, FRAMED, RAW, True),
        (ATTACH, FRAMED, None, False),
        (ATTACH, FRAMED, "application/json", False),
        (ATTACH, RAW, FRAMED, False),
        (LOGS, FRAMED, RAW, True),
        (LOGS, FRAMED, None, True),
        (LOGS, FRAMED, "application/json", False),
        (LOGS, RAW, None, False),
    ],
)
def test_frames_may_be_called_raw_as_old_daemons_call_them(
    path: str, expected: str, seen: str | None, fits: bool
) -> None:
    assert fits_header(path, "content-type", expected, seen, _roles()) == fits


def test_other_headers_are_as_recorded() -> None:
    assert fits_header("/_ping", "api-version", "{any version}", "1.41", _roles())
    assert not fits_header("/_ping", "api-version", "{any version}", None, _roles())


def test_what_may_differ_is_listed_for_readers() -> None:
    described = (ROOT / "recordings" / "README.md").read_text()
    assert [f"- **{what}**: {why}." for what, why in MAY_DIFFER.items()] == described.partition(
        "<!-- differences -->\n"
    )[2].splitlines()
