"""The proxy that lies: what a rule of the session at hand says is answered, all else passes byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from falsify.call_target import CallTarget
from falsify.proxy_session import Call, ProxySession
from support.api import proxy
from support.api.endpoint import Endpoint
from support.api.messages import Answer, Request

Recognise = Callable[[Request, ProxySession], tuple[str, CallTarget]]


class Proxy(proxy.Proxy):
    """Listens in front of ``upstream``, the daemon or AWS; ``session`` may be exchanged between runs."""

    def __init__(self, upstream: Endpoint, recognise: Recognise, session: ProxySession) -> None:
        super().__init__(upstream, self._responding, self._failed)
        self.recognise = recognise
        self.session = session

    def _responding(self) -> proxy.Respond:
        """What answers on a connection, by the rules of the session in which it was opened."""
        session = self.session

        async def respond(request: Request, forward: proxy.Forward) -> Answer:
            async def of_daemon(call: Call) -> Answer:
                return await session.done(call, await forward(call.request))

            operation, target = self.recognise(request, session)
            return await session.respond(Call(request, operation, target, session, self.upstream), of_daemon)

        return respond

    def _failed(self, error: str) -> None:
        self.session.faults.append(f"a rule failed: {error}")
