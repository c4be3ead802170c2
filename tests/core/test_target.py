"""Which target is chosen and why, what answers there, and that a daemon of ours leaves nothing behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import daemon as daemon_module
from support import target as module
from support.api.client import DockerApi, unversioned
from support.api.endpoint import Endpoint
from support.api.recording import Exchange, Recorder
from support.daemon import Daemon
from support.settings import Settings
from support.target import Target, choose, open_target
from support.verdicts import TargetError, UsageError
from support.waiting import Seen, done, not_yet, until
from tests.core.fakes import PATIENCE, Request, answer, answering, serving
from tests.core.memory_docker import MemoryDocker

SHORT = 0.3  # seconds; a deadline that is to pass
# A daemon that answers every request by 200 and OK, after the lines in {before}, at the path in its first argument.
DAEMON = """
import http.server, os, signal, socketserver, subprocess, sys
{before}
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"OK")
    def address_string(self):
        return "unix"
print("listening", flush=True)
socketserver.ThreadingUnixStreamServer(sys.argv[1], Answers).serve_forever()
"""


@pytest.fixture(autouse=True)
def no_default_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What this machine may have at Sockerless's own path plays no part."""
    path = tmp_path / "default.sock"
    for each in (module, daemon_module):
        monkeypatch.setattr(each, "DEFAULT_SOCKET", str(path))
    return path


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that holds nothing afterwards."""
    with tempfile.TemporaryDirectory(prefix="core-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
        assert list(Path(folder).iterdir()) == [], "something is left behind"


def command(before: str = "", *arguments: str) -> str:
    return shlex.join([sys.executable, "-c", DAEMON.format(before=before), *(arguments or ("{socket}",))])


def opened(tmp_path: Path, **settings: object) -> Target:
    chosen = Settings(**({"exchange_timeout": PATIENCE, "command_timeout": PATIENCE} | settings))  # type: ignore[arg-type]
    return open_target(chosen, "memory", Recorder(), tmp_path / "daemons" / "x.log")


def refused(tmp_path: Path, kind: type[Exception] = TargetError, **settings: object) -> str:
    with pytest.raises(kind) as caught:
        opened(tmp_path, **settings).close()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextmanager
def running(tmp_path: Path, **settings: object) -> Iterator[Target]:
    target = opened(tmp_path, **settings)
    try:
        yield target
    finally:
        target.close()


def logged(target: Target) -> str:
    """What the daemon has printed, once there is something."""
    assert target.daemon is not None
    log = target.daemon.log

    def said() -> Seen[str]:
        text = log.read_text() if log.exists() else ""
        return done(text) if text else not_yet("nothing yet")

    return until(said, "the daemon's log", PATIENCE, every=0.01)


# --- choice ---------------------------------------------------------------------------------------------------------


def test_the_choice_and_its_reason(no_default_socket: Path) -> None:
    nothing = choose(Settings())
    assert (nothing.kind, nothing.endpoint) == ("standin", None)
    assert "no SOCKERLESS_SOCKET or SOCKERLESS_COMMAND is set and" in nothing.reason
    no_default_socket.touch()
    assert choose(Settings()).endpoint == Endpoint(path=str(no_default_socket))
    assert choose(Settings(target="standin", socket="/x", command="y")).kind == "standin"
    by_socket = choose(Settings(socket="tcp://127.0.0.1:1"))
    assert (by_socket.kind, by_socket.reason) == ("socket", "SOCKERLESS_SOCKET is set")
    by_command = choose(Settings(socket="tcp://127.0.0.1:1", command="y"))
    assert (by_command.kind, by_command.endpoint) == ("command", Endpoint(host="127.0.0.1", port=1))


def test_docker_host_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert choose(Settings()).kind == "standin"


# --- recognition ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_daemon_says_what_it_is(kind: str, tmp_path: Path) -> None:
    with serving(MemoryDocker().serve, kind) as server, running(tmp_path, socket=server.endpoint.url) as target:
        assert target.name == "Memory 0 (API 1.44, driver memory)"
        assert not target.is_standin
        (line,) = target.banner()
    assert line == f"Target: {target.name} at {server.endpoint.url}, because SOCKERLESS_SOCKET is set."


@pytest.mark.parametrize(
    ("version", "product"),
    [
        ({"Platform": {"Name": "Sockerless acceptance stand-in"}}, "the stand-in"),
        ({"Platform": {"Name": "Docker Engine - Community"}}, "Docker Engine"),
        ({"Platform": {"Name": ""}, "Components": [{"Name": "containerd"}, {"Name": "runc"}]}, "Docker Engine"),
        ({"Platform": {"Name": "linux/amd64/debian-12"}, "Components": [{"Name": "Podman Engine"}]}, "Podman"),
    ],
)
def test_what_is_not_sockerless_is_named(version: dict, product: str, tmp_path: Path) -> None:
    docker = MemoryDocker()
    said = json.dumps({"ApiVersion": "1.44", **version}).encode()
    docker.lie = lambda request: answer(200, said) if request.path.endswith("/version") else None
    with serving(docker.serve) as server, running(tmp_path, socket=server.endpoint.url) as target:
        assert target.caution == f"This is {product}, NOT Sockerless: its verdicts say nothing about Sockerless."
        assert target.banner()[0].endswith(target.caution)


@pytest.mark.parametrize("broken", ["/_ping", "/version", "/info"])
@pytest.mark.parametrize("reply", [b"", answer(500, b"<html>"), answer(200, b"[1]")], ids=["hang-up", "500", "list"])
def test_one_broken_route_does_not_disqualify_a_daemon(broken: str, reply: bytes, tmp_path: Path) -> None:
    docker = MemoryDocker()
    docker.lie = lambda request: reply if request.path == broken else None
    with serving(docker.serve) as server, running(tmp_path, socket=server.endpoint.url) as target:
        assert target.banner()[0].startswith("Target: ")


@pytest.mark.parametrize(
    ("respond", "line"),
    [
        (
            lambda _: answer(200, b"<html>It works!</html>", kind="text/html"),
            "is no Docker API: #1 GET /_ping -> 200 after",
        ),
        (lambda _: answer(404, b"<html>", kind="text/html"), "is no Docker API: #1 GET /_ping -> 404 after"),
        (lambda _: answer(200, {"name": "elasticsearch"}), "is no Docker API: #1 GET /_ping -> 200 after"),
        (lambda _: b"", "does not answer: #1 GET /_ping -> no complete answer: it was closed without an answer"),
        (
            lambda _: b"SSH-2.0-OpenSSH_9.2\r\n",
            "does not answer: #1 GET /_ping -> no complete answer: it is no HTTP/1.1: b'SSH-2.0-OpenSSH_9.2",
        ),
    ],
    ids=["html", "404", "json", "hang-up", "ssh"],
)
def test_what_is_no_docker_api_is_told(respond: object, line: str, tmp_path: Path) -> None:
    with serving(answering(respond)) as server:  # type: ignore[arg-type]
        said = refused(tmp_path, socket=server.endpoint.url)
    assert said.startswith(f"{server.endpoint.url} {line}")
    assert said.endswith(("; set SOCKERLESS_SOCKET to a daemon", "; is the daemon running?"))


def test_html_is_shown(tmp_path: Path) -> None:
    with serving(answering(lambda _: answer(200, b"<html>\n It works!</html>"))) as server:
        assert "'<html> It works!</html>'; set SOCKERLESS_SOCKET" in refused(tmp_path, socket=server.endpoint.url)


def test_nobody_behind_a_socket_file_is_told(tmp_path: Path) -> None:
    with serving(lambda _: None) as server:
        server.die()
        said = refused(tmp_path, socket=server.endpoint.url)
    assert "does not answer: #1 GET /_ping -> ConnectionRefusedError" in said
    assert said.endswith("; is the daemon running?")


def test_a_daemon_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with serving(lambda peer: (peer.read_to_end(), None)[1]) as server:
        said = refused(tmp_path, socket=server.endpoint.url, exchange_timeout=SHORT)
        assert said.startswith(
            f"{server.endpoint.url} does not answer: #1 GET /_ping -> no complete answer within 0.3 s"
        )
        server.die()


def test_another_api_version_is_told_with_the_remedy(tmp_path: Path) -> None:
    said = "client version 1.44 is too new. Maximum supported API version is 1.41"

    def respond(request: Request) -> bytes:
        return answer(200, b"OK", api_version="1.41") if request.path == "/_ping" else answer(400, {"message": said})

    with serving(answering(respond)) as server:
        told = refused(tmp_path, socket=server.endpoint.url)
    assert told == f"{server.endpoint.url} refuses API 1.44: {said}; set SOCKERLESS_API_VERSION to its own"


def test_a_wrong_path_is_a_wrong_setting(tmp_path: Path) -> None:
    assert refused(tmp_path, UsageError, socket=str(tmp_path / "none.sock")).startswith("no socket at ")


# --- a daemon of ours -----------------------------------------------------------------------------------------------


def test_a_command_is_started_and_ended(tmp_path: Path) -> None:
    with running(tmp_path, command=command()) as target:
        assert target.daemon is not None
        assert target.kind == "command"
        process = target.daemon.process
        assert process.poll() is None
        assert target.api.ask(unversioned("/_ping")).raw == b"OK"
    assert process.returncode == -signal.SIGTERM
    assert (tmp_path / "daemons" / "x.log").read_text().startswith("listening\n")
    target.close()


def test_a_command_that_is_restarted_answers_at_the_same_place(tmp_path: Path) -> None:
    with running(tmp_path, command=command()) as target:
        assert target.daemon is not None
        former, endpoint = target.daemon.process, target.api.endpoint
        again = target.restart(PATIENCE)
        assert former.poll() is not None
        assert again is target.daemon
        assert (again.process.poll(), again.endpoint) == (None, endpoint)
        assert target.api.ask(unversioned("/_ping")).raw == b"OK"
    assert again.process.returncode == -signal.SIGTERM
    for name in ("x", "x-again"):
        assert (tmp_path / "daemons" / f"{name}.log").read_text().count("listening") == 1


def test_a_command_that_does_not_come_up_again_is_told(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    before = (
        f"import pathlib; mark = pathlib.Path({str(mark)!r})\nif mark.exists(): sys.exit('not again')\nmark.touch()"
    )
    with running(tmp_path, command=command(before)) as target, pytest.raises(TargetError, match="not again"):
        target.restart(PATIENCE)


def test_a_command_may_listen_where_it_is_told_to_be_found(no_default_socket: Path, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="core-") as folder:
        path = f"{folder}/mine.sock"
        with running(tmp_path, command=command("", path), socket=path) as target:
            assert target.api.endpoint.path == path


def test_a_command_at_a_fresh_path_is_not_looked_for_at_another(tmp_path: Path) -> None:
    said = refused(tmp_path, UsageError, command=command(), socket=str(tmp_path / "other.sock"))
    assert said.startswith(
        "SOCKERLESS_COMMAND starts the daemon at a fresh path, {socket}, and SOCKERLESS_SOCKET names"
    )


def test_who_answers_already_is_not_taken_for_the_command(tmp_path: Path) -> None:
    with serving(MemoryDocker().serve) as server:
        said = refused(tmp_path, UsageError, command=command("", "elsewhere"), socket=server.endpoint.url)
    assert said.startswith(f"something answers at {server.endpoint.url} before SOCKERLESS_COMMAND is started: ")


def test_a_command_that_takes_its_time_is_waited_for(tmp_path: Path) -> None:
    # Listens, and answers only when it finds the file: connections alone are no answer.
    go = tmp_path / "go"
    before = (
        "import pathlib, socket, threading\n"
        f"go = pathlib.Path({str(go)!r})\n"
        "early = socket.socket(socket.AF_UNIX)\n"
        "early.bind(sys.argv[1])\n"
        "early.listen()\n"
        "while not go.exists(): early.accept()[0].close()\n"
        "early.close()\n"
        "os.unlink(sys.argv[1])\n"
    )
    probed = []

    class Api(DockerApi):
        def probe(self, path: str, within: float) -> Exchange:
            probed.append(super().probe(path, within))
            go.touch()
            return probed[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daemon_module, "DockerApi", Api)
        with running(tmp_path, command=command(before)) as target:
            assert target.api.ask(unversioned("/_ping")).status == 200
    assert probed[0].status is None and probed[-1].status == 200


FRONTEND = """
import http.server, pathlib, socketserver, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_up = self.path == "/_ping" or pathlib.Path(sys.argv[2]).exists()
        if not is_up:
            pathlib.Path(sys.argv[2] + ".asked").touch()
        self.send_response(200 if is_up else 503)
        self.end_headers()
        self.wfile.write(b"OK" if is_up else b"the backend is not up")
    def address_string(self):
        return "unix"
socketserver.ThreadingUnixStreamServer(sys.argv[1], Answers).serve_forever()
"""


def in_two_processes(up: Path, backend: str) -> str:
    """A command that starts a backend, which touches ``up``, and a frontend, which answers ``/_ping`` without it."""
    frontend = shlex.join([sys.executable, "-c", FRONTEND])
    return f"sh -c {shlex.quote(f'{backend} & exec {frontend} {{socket}} {up}')}"


def test_two_processes_are_ready_when_the_one_behind_is(tmp_path: Path) -> None:
    up = tmp_path / "up"
    backend = f"sh -c 'until [ -e {up}.asked ]; do :; done; echo the backend is up; touch {up}; exec tail -f /dev/null'"
    with running(tmp_path, command=in_two_processes(up, backend)) as target:
        assert up.exists()
        assert target.api.ask(unversioned("/info")).status == 200
        assert target.daemon is not None
        assert "the backend is up" in logged(target)


def test_a_backend_that_never_comes_up_is_told_with_what_each_answered_last(tmp_path: Path) -> None:
    said = refused(tmp_path, command=in_two_processes(tmp_path / "up", "echo no cluster"), command_timeout=3.0)
    assert "waited 3 s for sh to be ready at unix://" in said
    assert "/_ping -> 200, /info -> 503 the backend is not up for " in said


def test_a_command_that_exits_at_once_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    before = "print('no cluster is set', file=sys.stderr); print('bye', file=sys.stderr); sys.exit(7)"
    said = refused(tmp_path, command=command(before))
    assert f"{sys.executable} is not ready: seen: it exited with 7 after 0." in said
    assert f" s; waited for {sys.executable} to be ready at unix://" in said
    assert "docker.sock, which cannot happen any more; its log ends: " in said
    assert said.endswith("; its log ends: no cluster is set / bye")


def test_a_command_that_never_becomes_ready_is_told_and_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ >{shlex.quote(str(pid))}; echo thinking; exec tail -f /dev/null"
    never_ready = shlex.join(["sh", "-c", script])
    said = refused(tmp_path, command=f"{never_ready} {{socket}}", command_timeout=3.0, deadline_scale=0.25)
    assert "waited 0.75 s for " in said
    assert "seen: No such file or directory for 0." in said
    assert said.endswith("; its log ends: thinking")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("command_line", "line"),
    [
        (
            "/no/such/daemon --socket {socket}",
            "cannot start '/no/such/daemon' of SOCKERLESS_COMMAND: No such file or directory",
        ),
        ("/ {socket}", "cannot start '/' of SOCKERLESS_COMMAND: Permission denied"),
        (
            "daemon 'unbalanced",
            'SOCKERLESS_COMMAND="daemon \'unbalanced" cannot be read as a command: No closing quotation',
        ),
        (" ", "SOCKERLESS_COMMAND is empty: give the command that starts the daemon"),
    ],
)
def test_a_command_that_cannot_be_started_is_a_wrong_setting(command_line: str, line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, UsageError, command=command_line) == line


def test_a_folder_too_deep_for_a_socket_is_told(tmp_path: Path, temporary: Path) -> None:
    deep = temporary / ("x" * 100)
    deep.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(deep))
        assert "is longer than the 107 bytes" in refused(tmp_path, UsageError, command=command())
    deep.rmdir()


def test_what_a_wrapper_started_ends_with_it(tmp_path: Path) -> None:
    before = (
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.signal(15, 1); signal.pause()'])\n"
        "print(child.pid, flush=True)"
    )
    with running(tmp_path, command=command(before)) as target:
        assert target.daemon is not None
        child = int(logged(target).split()[0])
        os.kill(child, 0)

    def has_ended() -> Seen[bool]:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return done(True)
        return done(True) if state == "Z" else not_yet(state)  # nobody may be there to reap it

    until(has_ended, "the child to end", PATIENCE, every=0.01)


def test_a_daemon_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_module, "_END_TIMEOUT", SHORT)
    with running(tmp_path, command=command("signal.signal(signal.SIGTERM, signal.SIG_IGN)")) as target:
        assert target.daemon is not None
        process = target.daemon.process
    assert process.returncode == -signal.SIGKILL


def test_a_start_that_is_broken_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Daemon] = []

    def interrupted(daemon: Daemon, *_: object) -> None:
        started.append(daemon)
        raise KeyboardInterrupt

    monkeypatch.setattr(Daemon, "wait_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened(tmp_path, command=command())
    assert started[0].process.poll() is not None
