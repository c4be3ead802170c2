"""Addresses as people write them, and what is wrong with one that nothing can listen at."""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from docker.utils import parse_host
from hypothesis import given
from hypothesis import strategies as st

from support.api.endpoint import Endpoint, parse
from support.verdicts import UsageError
from tests.core.fakes import serving

NOBODY = 65534
PR_SET_DUMPABLE = 4


@contextmanager
def listening() -> Iterator[Path]:
    # Not pytest's folder: its path may be too long for a socket, and is closed to other users.
    with tempfile.TemporaryDirectory(prefix="core-") as name, socket.socket(socket.AF_UNIX) as listener:
        folder = Path(name)
        folder.chmod(0o755)
        listener.bind(str(folder / "x.sock"))
        listener.listen()
        yield folder / "x.sock"


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may do everything; what an ordinary user may do is seen as one."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        # The kernel hides a process that changed its user from its own children's namespaces, until told otherwise.
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def refused(endpoint: Endpoint) -> str:
    with pytest.raises(UsageError) as caught:
        endpoint.check()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "endpoint", "url", "host_header"),
    [
        ("/run/x.sock", Endpoint(path="/run/x.sock"), "unix:///run/x.sock", "localhost"),
        ("unix:///run/x.sock", Endpoint(path="/run/x.sock"), "unix:///run/x.sock", "localhost"),
        ("tcp://127.0.0.1:2375", Endpoint(host="127.0.0.1", port=2375), "tcp://127.0.0.1:2375", "127.0.0.1:2375"),
        ("http://docker:2375/", Endpoint(host="docker", port=2375), "tcp://docker:2375", "docker:2375"),
        ("tcp://[::1]:2375", Endpoint(host="::1", port=2375), "tcp://[::1]:2375", "[::1]:2375"),
        ("tcp://me:hunter2@h:1", Endpoint(host="h", port=1), "tcp://h:1", "h:1"),
    ],
)
def test_every_form(text: str, endpoint: Endpoint, url: str, host_header: str) -> None:
    assert parse(text) == endpoint
    assert (endpoint.url, endpoint.host_header) == (url, host_header)
    assert parse(endpoint.url) == endpoint


def test_relative_paths_are_relative_to_where_the_suite_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for text in ("x.sock", "./x.sock", "unix://./x.sock"):
        assert parse(text) == Endpoint(path=str(tmp_path / "x.sock"))


@given(st.lists(st.text("aZ09._@%: -", max_size=6).map(lambda text: f"{text}x"), min_size=1, max_size=4))
def test_the_docker_sdk_goes_to_the_same_path(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert parse_host(parse(path).url) == f"http+unix://{parse(f'unix://{path}').path}"


@pytest.mark.parametrize(
    "text",
    [
        "https://host:2376",
        "tcp://host",
        "tcp://:2375",
        "tcp://host:0",
        "tcp://host:2375/docker",
        "ssh://me@host",
        "unix://",
    ],
)
def test_what_is_no_address_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"is no address of a Docker API: write unix:///path, tcp://host:port or a path$"
    ):
        parse(text)


@pytest.mark.parametrize("text", ["tcp://host:port", "tcp://host:99999", "tcp://[::1:2375"])
def test_what_cannot_be_parsed_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"{text} is no address of a Docker API: ")


def test_a_password_in_a_wrong_address_is_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        parse("https://me:hunter2@host:2376")
    assert "hunter2" not in str(caught.value)


def test_a_socket_that_can_be_used_is_fine() -> None:
    with listening() as path:
        Endpoint(path=str(path)).check()
    Endpoint(host="127.0.0.1", port=1).check()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "x.sock", tmp_path / "none" / "x.sock"):
        wanted = f"no socket at {path}: start the daemon, or set SOCKERLESS_SOCKET to its socket"
        assert refused(Endpoint(path=str(path))) == wanted


def test_what_is_no_socket_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        wanted = f"{path} is not a socket: set SOCKERLESS_SOCKET to the daemon's unix socket or URL"
        assert refused(Endpoint(path=str(path))) == wanted


def test_a_path_that_is_too_long_is_refused_before_the_system_does() -> None:
    with tempfile.TemporaryDirectory(prefix="core-") as folder:
        fits = f"{folder}/{'x' * (107 - len(folder) - 1)}"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(fits)
            Endpoint(path=fits).check()
    assert refused(Endpoint(path=f"{fits}x")).startswith(f"{fits}x is longer than the 107 bytes ")
    assert "is longer than" in refused(Endpoint(path="/" + "ü" * 54))


def test_a_socket_that_this_user_may_not_use_is_named() -> None:
    with listening() as path:
        wanted = f"no permission to use {path}: run as a user who may, or change its mode"
        path.chmod(0o000)
        with ordinary_user():
            assert refused(Endpoint(path=str(path))) == wanted
        path.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
        path.parent.chmod(0o000)
        with ordinary_user():
            assert refused(Endpoint(path=str(path))) == wanted
        path.parent.chmod(0o755)
        with ordinary_user():
            Endpoint(path=str(path)).check()


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_connection_reaches_the_server_and_keeps_its_time_out(kind: str) -> None:
    with serving(lambda peer: peer.send(peer.read(3)), kind) as server, server.endpoint.connect(3.5) as connection:
        assert connection.gettimeout() == 3.5
        connection.sendall(b"abc")
        assert connection.recv(3) == b"abc"


def test_a_connection_that_nobody_takes_is_an_error() -> None:
    with serving(lambda peer: None) as server:
        server.die()
        with pytest.raises(ConnectionRefusedError):
            server.endpoint.connect(1.0)


def test_a_password_in_the_url_of_a_unix_socket_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="is no address of a Docker API") as caught:
        parse("unix://user:c4nary@host/daemon.sock")
    assert "c4nary" not in str(caught.value)
