"""GitLab as a runner sees it: it asks for a job, appends to its log, and reports how it ended. Loopback only.

The endpoints are those of ``/api/v4`` that ``gitlab-runner run-single`` calls: ``runners/verify``, ``jobs/request``,
``jobs/ID/trace`` and ``jobs/ID``. A job is handed out once, to the runner whose token it was offered to.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.coordinator.log import lines_of
from support.waiting import Deadline

_LOG_LIMIT = 16 * 1024 * 1024  # bytes that are kept of a job's log; a runner's own limit is 4 MiB
_BODY_LIMIT = 8 * 1024 * 1024  # bytes of one request
_IDLE = 60.0  # seconds after which a connection that says nothing is closed
_UPDATE_INTERVAL = 1  # seconds between two pieces of a log; runners send one every 3 s unless they are asked to
_JOB = re.compile(r"/api/v4/jobs/(?P<id>\d+)(?P<log>/trace)?(?:\?.*)?")
_RANGE = re.compile(r"(\d+)-(\d+)")
_FINAL = ("success", "failed")


@dataclass(frozen=True)
class Piece:
    """A part of a log: ``at`` seconds after the job was handed out, the log was ``size`` bytes long."""

    at: float
    size: int


@dataclass
class JobRecord:
    """A job that was offered, and what its runner said of it. ``cancel_on`` is the line of its log that cancels it."""

    payload: dict[str, Any]
    cancel_on: str = ""
    log: bytearray = field(default_factory=bytearray)
    pieces: list[Piece] = field(default_factory=list)
    final: dict[str, Any] = field(default_factory=dict)
    is_handed_out: bool = False
    is_cancelled: bool = False
    runner: dict[str, Any] = field(default_factory=dict)
    began: Deadline = field(default_factory=lambda: Deadline(0.0))
    ended_at: float = 0.0

    @property
    def status(self) -> str:
        """What GitLab says of it: ``running``, ``canceled``, or how it ended."""
        return "canceled" if self.is_cancelled else str(self.final.get("state", "running"))

    def append(self, offset: int, piece: bytes) -> bool:
        """Append a piece that begins at ``offset``; False where that is not the log's end, or there is no room."""
        if offset != len(self.log) or offset + len(piece) > _LOG_LIMIT:
            return False
        self.log += piece
        self.pieces.append(Piece(self.began.elapsed, len(self.log)))
        if self.cancel_on and self.cancel_on in lines_of(bytes(self.log)):
            self.is_cancelled = True
        return True


class Coordinator:
    """Serves from ``start`` until it is closed; ``url`` is what a runner is configured with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offered: dict[str, JobRecord] = {}
        self._by_id: dict[int, JobRecord] = {}
        coordinator = self

        class Handler(_Handler):
            served = coordinator

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="coordinator", daemon=True)

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address, e.g. ``http://127.0.0.1:41873``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def offer(self, token: str, payload: dict[str, Any], cancel_on: str = "") -> JobRecord:
        """Have a job ready for the runner that asks with this token."""
        record = JobRecord(payload, cancel_on)
        with self._lock:
            self._offered[token] = self._by_id[int(payload["id"])] = record
        return record

    def hand_out(self, request: dict[str, Any]) -> JobRecord | None:
        """The job of the runner that asks, the first time that it asks."""
        with self._lock:
            record = self._offered.get(str(request.get("token")))
            if record is None or record.is_handed_out:
                return None
            record.is_handed_out, record.began = True, Deadline(0.0)
            record.runner = dict(request.get("info") or {})
            return record

    def append(self, job: int, offset: int, piece: bytes) -> tuple[bool, JobRecord | None]:
        """Append to a job's log: whether it fitted, and the job; None where there is no such job."""
        with self._lock:
            record = self._by_id.get(job)
            return (record.append(offset, piece), record) if record else (False, None)

    def update(self, job: int, said: dict[str, Any]) -> JobRecord | None:
        """Note what a runner says of a job's state; the first end counts."""
        with self._lock:
            record = self._by_id.get(job)
            if record is not None and said.get("state") in _FINAL and not record.final:
                record.final, record.ended_at = said, record.began.elapsed
            return record

    def close(self) -> None:
        """Serve no longer; nothing where it was never started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a runner's."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    served: Coordinator

    def do_POST(self) -> None:
        said = self._json()
        if said is None:
            return
        if self.path == "/api/v4/runners/verify":
            self._answer(200, {"id": 1, "token": said.get("token"), "token_expires_at": None})
        elif self.path == "/api/v4/jobs/request":
            record = self.served.hand_out(said)
            self._answer(201, record.payload) if record else self._answer(204)
        else:
            self._answer(404, {"message": "404 Not Found"})

    def do_PATCH(self) -> None:
        body = self._body()
        match, at = _JOB.fullmatch(self.path), _RANGE.match(self.headers.get("Content-Range", ""))
        if body is None:
            return
        if match is None or not match["log"] or at is None:
            self._answer(400, {"message": "a piece of a log goes to jobs/ID/trace, with a Content-Range"})
            return
        fits, record = self.served.append(int(match["id"]), int(at[1]), body)
        if record is None:
            self._answer(404, {"message": "404 Not found"})
        else:
            self._answer(202 if fits else 416, None, record)

    def do_PUT(self) -> None:
        said, match = self._json(), _JOB.fullmatch(self.path)
        if said is None:
            return
        record = self.served.update(int(match["id"]), said) if match and not match["log"] else None
        if record is None:
            self._answer(404, {"message": "404 Not found"})
        else:
            self._answer(200, None, record)

    def _body(self) -> bytes | None:
        """None, and the request is refused, where its length is missing or too large."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _BODY_LIMIT:
            self.close_connection = True
            self._answer(413, {"message": f"at most {_BODY_LIMIT} bytes, by Content-Length"})
            return None
        return self.rfile.read(int(length))

    def _json(self) -> dict[str, Any] | None:
        body = self._body()
        if body is None:
            return None
        try:
            said = json.loads(body or b"{}")
        except ValueError:
            said = None
        if not isinstance(said, dict):
            self._answer(400, {"message": "a JSON object is expected"})
            return None
        return said

    def _answer(self, status: int, body: dict[str, Any] | None = None, record: JobRecord | None = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if record is not None:
            self.send_header("Job-Status", record.status)
            self.send_header("Range", f"0-{len(record.log)}")
            self.send_header("X-GitLab-Trace-Update-Interval", str(_UPDATE_INTERVAL))
        if content:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: the runner's own log says what it asked for."""
