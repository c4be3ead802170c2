"""What the tests of hijacked connections share: servers that answer an attach, and the client's side of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.api.frames import STDERR, STDOUT, Frame, encode
from support.api.hijack import Hijack
from support.api.recording import Exchange, Recorder
from tests.core.fakes import PATIENCE, Peer, Request, Server, serving

SWITCHING = (
    b"HTTP/1.1 101 UPGRADED\r\n"
    b"Content-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
)
ATTACH = "/v1.44/containers/1/attach"
QUERY = {"stdin": "true", "stdout": "true", "stderr": "true", "stream": "true"}


def out(data: bytes) -> bytes:
    """A frame of stdout."""
    return encode(Frame(STDOUT, data))


def err(data: bytes) -> bytes:
    """A frame of stderr."""
    return encode(Frame(STDERR, data))


def attach_to(server: Server) -> Hijack:
    return Hijack(server.endpoint, Recorder(), ATTACH, QUERY)


@contextmanager
def attached(kind: str, converse: Callable[[Peer], None], head: bytes = SWITCHING) -> Iterator[Hijack]:
    """An open stream to a server that answers ``head`` and then does what ``converse`` says, to its end."""

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(head)
        converse(peer)

    with serving(serve, kind) as server:
        stream = attach_to(server)
        stream.open(PATIENCE)
        assert stream.exchange.status == 101, stream.exchange.line()
        try:
            yield stream
        finally:
            stream.close()
            assert stream.wait_end(PATIENCE), "the reader goes on"


def answer_to(kind: str, reply: Callable[[Peer], None], within: float = PATIENCE) -> tuple[Exchange, Request]:
    """What an attach is answered where the server does what ``reply`` says once it has the request."""
    requests: list[Request] = []

    def serve(peer: Peer) -> None:
        requests.append(peer.read_request())
        reply(peer)

    with serving(serve, kind) as server:
        exchange = attach_to(server).open(within)
    return exchange, requests[0]
