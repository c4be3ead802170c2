"""Bad input gets one line that names the thing and the remedy, exit code 2 or 3, and leaves nothing behind."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.core.fakes import Request, Serve, answer, answering, serving
from tests.core.suite import ACCEPTANCE, Ran, Suite, criteria, suite

_BEHAVES_OWN = "USING RUNNER: support.report.runner:AcceptanceRunner\n"
GITLAB = "--tags=@gitlab"
ONE = "--tags=@TST-011-AC-12"


@pytest.fixture
def run() -> Iterator[Suite]:
    with suite() as made:
        yield made


def said_by(ran: Ran, code: int) -> str:
    """The one line on standard error."""
    assert (ran.code, ran.out.removeprefix(_BEHAVES_OWN)) == (code, ""), ran.out + ran.err
    (line,) = ran.err.splitlines()
    assert line.startswith("acceptance: ")
    return line.removeprefix("acceptance: ")


def assert_all_not_judged(ran: Ran, cause: str) -> None:
    """Reports are complete: each selected criterion is an error that says why."""
    assert ran.verdicts == dict.fromkeys(criteria(), "not judged")
    assert ran.causes == {cause}
    errors = {name: case.find("error") for name, case in ran.cases().items()}
    assert sorted(errors) == sorted(criteria())
    assert all(error is not None and error.get("message") == cause for error in errors.values())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["-D", "sockett=/run/x.sock"], "unknown setting 'sockett' in -D: did you mean socket?"),
        (["-D", "job_timeout=soon"], "job_timeout in -D='soon' cannot be read: a number is needed"),
        (
            ["-D", "socket=/no/such.sock"],
            "no socket at /no/such.sock: start the daemon, or set SOCKERLESS_SOCKET to its socket",
        ),
        (
            ["-D", "socket=/dev/null"],
            "/dev/null is not a socket: set SOCKERLESS_SOCKET to the daemon's unix socket or URL",
        ),
    ],
    ids=["setting", "value", "missing", "no-socket"],
)
def test_what_is_set_wrongly(run: Suite, arguments: list[str], line: str) -> None:
    ran = run.run(GITLAB, *arguments)
    assert said_by(ran, 2) == f"{line} ({len(criteria())} not judged)"
    assert_all_not_judged(ran, line)


def test_the_launcher_says_the_same(run: Suite) -> None:
    ran = run.run(GITLAB, "-D", "sockett=/run/x.sock", program=ACCEPTANCE)
    line = "unknown setting 'sockett' in -D: did you mean socket?"
    assert (ran.out, said_by(ran, 2)) == ("", f"{line} ({len(criteria())} not judged)")
    assert_all_not_judged(ran, line)


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SOCKERLESS_STOP_TIMEOUT", "-3", "stop_timeout=-3 is no usable number: give one above 0 and below 86400"),
        (
            "SOCKERLESS_COMMAND",
            "sockerless 'serve",
            'SOCKERLESS_COMMAND="sockerless \'serve" cannot be read as a command: No closing quotation',
        ),
        (
            "SOCKERLESS_COMMAND",
            "/no/such/daemon",
            "cannot start '/no/such/daemon' of SOCKERLESS_COMMAND: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_in_the_environment(run: Suite, variable: str, value: str, line: str) -> None:
    assert said_by(run.run(ONE, **{variable: value}), 2) == f"{line} (1 not judged)"


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        ("--tags=@gitlabb", "no scenario has the tag @gitlabb; did you mean @gitlab"),
        ("--tags=@gitlab and @TST-010-AC-01", "no scenario matches --tags=@gitlab and @TST-010-AC-01"),
    ],
)
def test_tags_that_match_nothing(run: Suite, tags: str, line: str) -> None:
    assert said_by(run.run(tags), 2).startswith(line)


def refuses_version(request: Request) -> bytes:
    too_new = "client version 1.44 is too new. Maximum supported API version is 1.41"
    return answer(200, b"OK", api_version="1.41") if request.path == "/_ping" else answer(400, {"message": too_new})


@pytest.mark.parametrize(
    ("serve", "line"),
    [
        (
            answering(lambda _: answer(200, b"<html>It works!</html>", kind="text/html")),
            "is no Docker API: #1 GET /_ping -> 200 ",
        ),
        (
            answering(lambda _: b""),
            "does not answer: #1 GET /_ping -> no complete answer: it was closed without an answer",
        ),
        (
            answering(refuses_version),
            "refuses API 1.44: client version 1.44 is too new. Maximum supported API version is ",
        ),
    ],
    ids=["html", "hangs-up", "other-version"],
)
def test_what_is_no_daemon_to_be_judged(run: Suite, serve: Serve, line: str) -> None:
    with serving(serve) as server:
        ran = run.run(GITLAB, "-D", f"socket={server.endpoint.path}")
    said = said_by(ran, 3)
    assert said.startswith(f"{server.endpoint.url} {line}")
    assert said.endswith(f" ({len(criteria())} not judged)")
    assert_all_not_judged(ran, said.rpartition(" (")[0])


def test_a_daemon_that_never_answers(run: Suite) -> None:
    with serving(lambda peer: peer.read_to_end() and None) as server:
        ran = run.run(ONE, "-D", f"socket={server.endpoint.path}", "-D", "exchange_timeout=0.4")
        server.die()
    line = "does not answer: #1 GET /_ping -> no complete answer within 0.4 s; is the daemon running? (1 not judged)"
    assert said_by(ran, 3) == f"{server.endpoint.url} {line}"


@pytest.mark.parametrize(
    ("script", "seconds", "line", "log"),
    [
        ("echo no cluster >&2; exit 7", 20, "seen: it exited with 7 after 0.", "no cluster"),
        ("echo starting; exec tail -f /dev/null", 0.7, "waited 0.7 s for sh to be ready at unix://", "starting"),
    ],
    ids=["exits", "never-ready"],
)
def test_a_command_that_is_no_daemon(run: Suite, script: str, seconds: float, line: str, log: str) -> None:
    command = shlex.join(["sh", "-c", script, "{socket}"])
    said = said_by(run.run(ONE, "-D", f"command={command}", "-D", f"command_timeout={seconds}"), 3)
    assert said.startswith("sh is not ready: ") and line in said
    assert said.endswith(f"; its log ends: {log} (1 not judged)")


def test_the_last_words_of_a_command_with_much_to_say_are_not_cut(run: Suite) -> None:
    script = f"echo {'much to say ' * 40}; echo no cluster is set; exit 1"
    said = said_by(run.run(ONE, SOCKERLESS_COMMAND=shlex.join(["sh", "-c", script])), 3)
    assert said.endswith("no cluster is set (1 not judged)")


def test_nothing_is_left_of_a_run_that_never_began(run: Suite) -> None:
    run.run(ONE, "-D", "socket=/no/such.sock")
    left = {path.relative_to(run.reports).parts[0] for path in run.reports.rglob("*") if path.is_file()}
    assert left == {"acceptance.html", "acceptance.json", "junit", "outcomes.json", "summary.md"}
