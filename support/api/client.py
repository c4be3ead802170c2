"""The docker SDK, pinned to one address and one API version, with every exchange recorded.

``ask`` sends one SDK call to the daemon and answers with the exchange, whatever its status: steps judge exchanges, not
exceptions. An answer has one deadline in all, not one per read, so a daemon that drips bytes cannot hold the suite.
"""

from __future__ import annotations

import contextvars
import json
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import docker
import requests
from docker.auth import AuthConfig
from docker.errors import DockerException
from docker.utils.proxy import ProxyConfig

from support import progress
from support.api.answer import AnswerReader
from support.api.bounds import BadAnswer
from support.api.endpoint import Endpoint
from support.api.hijack import Hijack
from support.api.recording import BODY_LIMIT, Exchange, Recorder, labelled, large
from support.api.wire import Wire, request_head
from support.verdicts import TargetGone

Call = Callable[[docker.APIClient], Any]
_ALIVE_WITHIN = 5.0  # seconds
_CONNECTS_WITHIN = 30.0  # seconds; what ends an exchange is the deadline of ``ask``


class _NoLogins(AuthConfig):
    """No registry logins at all; where these counted as empty, the SDK would read the user's own from his files."""

    is_empty = False


class _RecordingClient(docker.APIClient):
    """An SDK client that notes its exchanges; one per call, so that ``exchange`` is that call's.

    The SDK makes the requests; they are sent, and the answers read, by the suite's own bounded reader. Nothing of an
    answer is obeyed: no redirect is followed, no cookie kept.
    """

    def __init__(self, endpoint: Endpoint, api_version: str, recorder: Recorder) -> None:
        super().__init__(base_url=endpoint.url, version=api_version)
        self._endpoint = endpoint
        self._recorder = recorder
        self._wire: Wire | None = None
        self._is_given_up = False
        self.exchange: Exchange | None = None
        # Neither proxies nor registry logins, headers or keys of whoever runs the suite reach the daemon under test.
        self.trust_env = False
        self._general_configs: dict[str, Any] = {}
        self._auth_configs, self._proxy_configs = _NoLogins({}), ProxyConfig()

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Make the exchange; the SDK is shown what it can take of the answer. Raises ``OSError``."""
        method, body = str(request.method), request.body
        headers = {"Host": self._endpoint.host_header, **request.headers}
        with self.exchanging(method, request.path_url, headers, body) as (exchange, _wire, reader):
            head = reader.head()
            exchange.answered(head.status, head.reason, head.headers)
            exchange.keep(reader.body(method, head))
        response = requests.Response()
        response.status_code, response.request = head.status, request
        response._content = exchange.raw if len(exchange.raw) <= BODY_LIMIT and not exchange.error else b"null"
        return response

    @contextmanager
    def exchanging(
        self, method: str, target: str, headers: Mapping[str, str], body: Any
    ) -> Iterator[tuple[Exchange, Wire, AnswerReader]]:
        """Send a request on a connection of its own, which ends with this; who is given reads the answer."""
        self.exchange = exchange = self._recorder.begin(method, target, dict(headers), _shown(body))
        self._wire = wire = Wire(self._endpoint)
        try:
            if self._is_given_up:
                wire.give_up()
            wire.open(_CONNECTS_WITHIN)
            wire.send(request_head(method, target, headers))
            wire.send(body.encode() if isinstance(body, str) else body or b"")
            yield exchange, wire, AnswerReader(wire.receive_gathered, self._recorder.limits)
        finally:
            wire.close()

    def never_sent(self, why: str) -> None:
        """Note a request that could not even be written, e.g. with half of a character in a name."""
        self.exchange = self._recorder.begin("request", "", {}, None)
        self.exchange.error = why
        self.exchange.ended()

    def give_up(self) -> None:
        """End the exchange under way, whatever it is at; may be called from any thread."""
        self._is_given_up = True
        if self._wire is not None:
            self._wire.give_up()

    def _raise_for_status(self, response: requests.Response) -> None:
        """Nothing: an error status is an answer like any other, and the SDK stumbles over errors of an unknown form."""


class Pending:
    """An exchange that is under way in a thread of its own, e.g. a ``wait``."""

    def __init__(self, client: _RecordingClient, call: Call, check: Callable[[Exchange], Exchange]) -> None:
        """``check`` gets the exchange once it is over; it raises where a broken one means something else."""
        self._client = client
        self._call = call
        self._check = check
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._given_up = ""

    def begin(self, what: str) -> Pending:
        """Send the request, in a thread named ``what``."""
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._send,), name=what, daemon=True).start()
        return self

    def _send(self) -> None:
        try:
            self._call(self._client)
        except (requests.RequestException, DockerException, OSError, ValueError) as error:
            # An error status is an answer like any other; what is left is a broken or missing answer.
            exchange = self._client.exchange
            if exchange is None and isinstance(error, UnicodeEncodeError):
                self._client.never_sent(f"it could not be asked: a name in it is no text: {error.reason}")
            elif exchange is None:
                self._failure = error
            elif exchange.done_after is None and not exchange.error:  # else it was given up, and that is what counts
                exchange.error = _reason(error)
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is asked for
            self._failure = error
        finally:
            self._client.close()
            self._over.set()

    @property
    def exchange(self) -> Exchange | None:
        """None until the request is sent."""
        exchange: Exchange | None = self._client.exchange
        return exchange

    def is_over(self, within: float = 0.0) -> bool:
        """Whether the answer was complete, or broken off, within these seconds."""
        return self._over.wait(within)

    def answer(self, within: float) -> Exchange:
        """The finished exchange; past the deadline it is given up and carries an error.

        Raises ``TargetGone`` where it broke off because nothing answers there any more.
        """
        with progress.waiting(self._waited_for, within):
            is_over = self._over.wait(within) and not self._given_up
        if self._failure is not None:
            raise self._failure
        if self.exchange is None:
            self._client.give_up()
            raise TargetGone(f"no connection to the daemon within {within:g} s")
        if not is_over:
            self.exchange.error = self._given_up or f"no complete answer within {within:g} s"
            self._client.give_up()
        return self._check(self.exchange)

    def _waited_for(self) -> str:
        sent = self.exchange
        return "a connection to the daemon" if sent is None else f"the answer to {sent.method} {sent.path}"

    def give_up(self, why: str) -> None:
        """Who waits for its answer waits no longer; an answer that is there stays."""
        if not self._over.is_set():
            self._given_up = why
            self._over.set()
            self._client.give_up()


class DockerApi:
    """The daemon under test at ``endpoint``, asked for API ``version``."""

    def __init__(self, endpoint: Endpoint, version: str, recorder: Recorder, exchange_timeout: float) -> None:
        self.endpoint = endpoint
        self.version = version
        self.recorder = recorder
        self.timeout = exchange_timeout
        self.gone = ""
        self._begun: weakref.WeakSet[Pending] = weakref.WeakSet()

    def client(self) -> _RecordingClient:
        """A fresh SDK client; connections are not shared between calls, so none is found half closed."""
        return _RecordingClient(self.endpoint, self.version, self.recorder)

    def begin(self, call: Call, what: str) -> Pending:
        """Send a call without waiting for its answer."""
        pending = Pending(self.client(), call, self._unless_gone).begin(what)
        self._begun.add(pending)
        return pending

    def give_up(self) -> None:
        """Wait no longer for what was asked so far: nobody is interested in it any more."""
        for pending in list(self._begun):
            pending.give_up("given up when its scenarios were over")

    def ask(self, call: Call, within: float | None = None) -> Exchange:
        """Send a call; the exchange says what came. Raises ``TargetGone`` once nothing answers there any more."""
        if self.gone:
            raise TargetGone(self.gone)
        return self.begin(call, "exchange").answer(within or self.timeout)

    def hijack(self, path: str, query: dict[str, str] | None = None, body: Any = None) -> Hijack:
        """Open a hijacked connection for an attach or exec path without version."""
        if self.gone:
            raise TargetGone(self.gone)
        stream = Hijack(
            self.endpoint, self.recorder, f"/v{self.version}{_quoted(path)}", query or {}, body, check=self._check_alive
        )
        self._unless_gone(stream.open(self.timeout))
        return stream

    def is_alive(self) -> bool:
        """Whether anything there still answers HTTP; one broken route does not make a daemon dead."""
        within = min(_ALIVE_WITHIN, self.timeout)
        with labelled(observes=True):
            return any(self.probe(path, within).status is not None for path in ("/version", "/_ping"))

    def probe(self, path: str, within: float) -> Exchange:
        """``GET`` of a path as it is, where it is not yet known or not any more whether anything answers at all."""
        return Pending(self.client(), unversioned(path), lambda exchange: exchange).begin("probe").answer(within)

    def _unless_gone(self, exchange: Exchange) -> Exchange:
        # Also where the head had come: a wait whose daemon died would else pass for one that was answered wrongly.
        # A complete answer that went over a limit shows that the daemon is alive.
        if exchange.error and exchange.done_after is None:
            self._check_alive(exchange)
        return exchange

    def _check_alive(self, exchange: Exchange) -> None:
        if not self.is_alive():
            self.gone = f"the daemon at {self.endpoint.url} does not answer any more; last: {exchange.line()}"
            raise TargetGone(self.gone)


def _quoted(path: str) -> str:
    """A path with an ID of the daemon's in it, which may be any text; half of a character goes as its escape."""
    return quote(path, safe="/:@%", errors="backslashreplace")


def raw_call(method: str, path: str, **query: str) -> Call:
    """A call whose query is on the wire as written, where the SDK would write ``True`` for ``true`` or add keys."""
    return lambda client: client.request(method, f"{client.base_url}/v{client.api_version}{path}", params=query)


def posted(path: str, body: Any, **query: str) -> Call:
    """A ``POST`` whose body is on the wire as written, zero values and nulls included."""
    return lambda client: client.post(f"{client.base_url}/v{client.api_version}{path}", params=query, json=body)


def unversioned(path: str) -> Call:
    """``GET`` of a path as it is, e.g. ``/_ping``, where the SDK would add the version."""
    return lambda client: client.get(client.base_url + path)


def _shown(body: Any) -> Any:
    """A request's body as evidence has it."""
    if isinstance(body, bytes):
        if len(body) > BODY_LIMIT:
            return large(body)
        body = body.decode("utf-8", "backslashreplace")
    if not isinstance(body, str):
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body


def _reason(error: BaseException) -> str:
    """The innermost cause in one line: urllib3 and requests wrap it several times."""
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, BadAnswer):
        return f"no complete answer: {error}"
    return f"{type(error).__name__}: {error}"
