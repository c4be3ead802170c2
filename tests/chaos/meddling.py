"""A proxy in front of a daemon, or of AWS, that cuts, holds back and rewrites what passes, byte for byte otherwise.

It knows no HTTP beyond where a request and the head of its answer begin: what is cut in the middle of anything is no
HTTP any more.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_REQUEST = re.compile(rb"(GET|POST|PUT|DELETE|HEAD) (\S+) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.I)
_BODILESS = re.compile(rb"HTTP/1\.1 (204|304) ")
_HEAD_ENDS = b"\r\n\r\n"
_IDLE = 600.0  # seconds that no connection outlasts
_CHUNK = 65536


class Where(StrEnum):
    """Where in an answer a connection is cut."""

    BEFORE_HEAD = "before-head"
    IN_HEAD = "in-head"
    AFTER_HEAD = "after-head"
    MID_FRAME = "mid-frame"
    AT_END = "at-end"


@dataclass(frozen=True)
class Cut:
    """The connection ends there."""

    where: Where


@dataclass(frozen=True)
class Instead:
    """This answer, and the request goes nowhere; empty: none, ever, until somebody hangs up."""

    answer: bytes = b""


@dataclass(frozen=True)
class Late:
    """The answer is held back for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Rewritten:
    """The whole answer, read to its end, is what ``rewrite`` makes of its head and body."""

    rewrite: Callable[[bytes, bytes], bytes]


Meddling = Cut | Instead | Late | Rewritten | None
Rule = Callable[[bytes, str, str], Meddling]  # of the request's bytes, its method and its target


@dataclass
class Meddler:
    """Serves at a unix socket, or at a port of 127.0.0.1; ``met`` counts what it has meddled with."""

    upstream: Path | tuple[str, int]
    rule: Rule
    met: int = 0
    ends: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket | None = None
    _open: list[socket.socket] = field(default_factory=list)

    def listen(self, path: Path | None = None) -> int:
        """At ``path``, or at a free port, which is returned."""
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._listener.bind(str(path) if path else ("127.0.0.1", 0))
        self._listener.listen(128)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return 0 if path else int(self._listener.getsockname()[1])

    def refuse(self) -> None:
        """Nobody listens any more, and what was open is cut."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self.cut_all()

    def cut_all(self) -> None:
        """Every connection ends, wherever it is."""
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The end of the case."""
        self.ends.set()
        self.refuse()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with ExitStack() as stack:
            stack.enter_context(client)
            client.settimeout(_IDLE)
            upstream = socket.socket(socket.AF_UNIX if isinstance(self.upstream, Path) else socket.AF_INET)
            stack.enter_context(upstream)
            self._open += [client, upstream]
            with suppress(OSError):
                upstream.connect(str(self.upstream) if isinstance(self.upstream, Path) else self.upstream)
                upstream.settimeout(_IDLE)
                _Connection(self, client, upstream).serve()
            for each in (client, upstream):
                self._open.remove(each)
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@contextmanager
def forwarding(path: Path, upstream: Path) -> Iterator[None]:
    """Everything at ``path`` passes as it is."""
    plain = Meddler(upstream, lambda *_: None)
    plain.listen(path)
    try:
        yield
    finally:
        plain.close()


class _Connection:
    def __init__(self, meddler: Meddler, client: socket.socket, upstream: socket.socket) -> None:
        self.meddler, self.client, self.upstream = meddler, client, upstream
        self.meddling: Meddling = None
        self.kept = b""  # of an answer that is cut or rewritten, what came and has not been passed on
        self.passed = 0
        self.is_handed_over = False

    def serve(self) -> None:
        back = threading.Thread(target=self._answers, daemon=True)
        back.start()
        while data := self._from_client():
            if not self.is_handed_over and (found := _REQUEST.match(data)):
                self.meddling = self.meddler.rule(data, found[1].decode(), found[2].decode("latin-1"))
                self.kept, self.passed = b"", 0
                self.meddler.met += self.meddling is not None
                self.is_handed_over = b"upgrade" in data.partition(_HEAD_ENDS)[0].lower()
                if isinstance(self.meddling, Instead):
                    if not self.meddling.answer:
                        self.meddler.ends.wait(_IDLE)
                        return
                    self.client.sendall(self.meddling.answer)
                    continue
            self.upstream.sendall(data)
        with suppress(OSError):
            self.upstream.shutdown(socket.SHUT_WR)
        back.join(_IDLE)

    def _from_client(self) -> bytes:
        data = self.client.recv(_CHUNK)
        if not self.is_handed_over and _REQUEST.match(data):
            # A rule sees all of a request: its body, where it comes in a packet of its own, too.
            while _HEAD_ENDS not in data or not _is_whole(data):
                if not (more := self.client.recv(_CHUNK)):
                    break
                data += more
        return data

    def _answers(self) -> None:
        with suppress(OSError):
            while data := self.upstream.recv(_CHUNK):
                if isinstance(self.meddling, Late):
                    self.meddler.ends.wait(self.meddling.seconds)
                    self.meddling = None
                if not self._pass(data):
                    break
            else:
                self._ended()
                self.client.shutdown(socket.SHUT_WR)
                return
            for each in (self.client, self.upstream):
                each.shutdown(socket.SHUT_RDWR)

    def _pass(self, data: bytes) -> bool:
        """Pass on what came, as far as it may; whether the connection goes on."""
        if isinstance(self.meddling, Cut):
            self.kept += data
            until, is_over = _cut(self.kept, self.meddling.where)
            self.client.sendall(self.kept[self.passed : until])
            self.passed = max(self.passed, until)
            return not is_over
        if isinstance(self.meddling, Rewritten) and not self.is_handed_over:
            self.kept += data
            if _is_whole(self.kept):
                self._ended()
            return True
        self.client.sendall(data)
        return True

    def _ended(self) -> None:
        """The answer is whole, or nothing more comes."""
        if isinstance(self.meddling, Rewritten) and self.kept:
            head, _, body = self.kept.partition(_HEAD_ENDS)
            rewrite, self.meddling, self.kept = self.meddling.rewrite, None, b""
            self.client.sendall(rewrite(head, unchunked(body) if _CHUNKED.search(head) else body))


def _cut(answer: bytes, where: Where) -> tuple[int, bool]:
    """How much of what came of an answer so far is passed on, and whether it ends there."""
    if where is Where.BEFORE_HEAD:
        return 0, True
    if where is Where.IN_HEAD:
        return min(12, len(answer)), True
    head = answer.find(_HEAD_ENDS) + len(_HEAD_ENDS)
    if head < len(_HEAD_ENDS):
        return len(answer), False
    if where is Where.AFTER_HEAD:
        return head, True
    if where is Where.MID_FRAME:
        # Of output in frames that is its header of eight bytes and half of its line.
        return (head + (len(answer) - head + 1) // 2, True) if len(answer) > head else (head, False)
    # The last byte waits for the next; the end comes in its place.
    return max(head, len(answer) - 1), _is_whole(answer) and b" 101 " not in answer[:16]


def _is_whole(message: bytes) -> bool:
    """Whether a message is over, as far as its head says it."""
    head, ends, body = message.partition(_HEAD_ENDS)
    if found := _LENGTH.search(head):
        return len(body) >= int(found[1])
    if ends and _BODILESS.match(head):
        return True
    if _CHUNKED.search(head):
        return body.endswith(b"0\r\n\r\n")
    return message.startswith((b"GET", b"POST", b"PUT", b"DELETE", b"HEAD"))


def unchunked(body: bytes) -> bytes:
    """A chunked body's content."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        content, body = content + body[:length], body[length + 2 :]
    return content


def answer(status: int, body: bytes, *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Because", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
