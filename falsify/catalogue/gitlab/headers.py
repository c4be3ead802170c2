"""Lies in headers: the version that is announced, what a body is, and how long it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from falsify.docker_calls import OPERATIONS
from falsify.lies import Layer, ac, in_layer, notes, on
from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import body, header, no_header
from support.api.messages import Answer, Dropped, Piece, listed, with_header, without

lie = in_layer(Layer.HEADERS)


async def _announces_too_much(call: Call, forward: Forward) -> Answer:
    """The length is that of more bytes than come."""
    answer, content = await (await forward(call)).read()
    answer = answer.but(body=content)
    return answer.but(headers=with_header(answer.headers, "Content-Length", str(len(content) + 16)))


async def _announces_too_little(call: Call, forward: Forward) -> Answer:
    """The length is that of half of what is there; no more comes."""
    answer, content = await (await forward(call)).read()
    return answer.but(body=content[: len(content) // 2])


async def _announces_chunks(call: Call, forward: Forward) -> Answer:
    """Chunks are announced, and the body of a good answer comes as it is."""
    answer, content = await (await forward(call)).read()
    if answer.status >= 400:
        return answer

    async def unchunked() -> AsyncIterator[Piece]:
        yield Piece(answer.but(headers=chunked).head() + content, b"")
        raise Dropped

    chunked = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
    return replace(answer, pieces=unchunked())


async def _renamed(call: Call, forward: Forward) -> Answer:
    """The version under another name."""
    answer = await forward(call)
    version = answer.header("Api-Version") or ""
    return answer.but(headers=with_header(without(answer.headers, "Api-Version"), "Docker-Api-Version", version))


async def _errors_as_text(call: Call, forward: Forward) -> Answer:
    """Errors are said to be plain text."""
    answer = await forward(call)
    if answer.status < 400:
        return answer
    return answer.but(headers=with_header(answer.headers, "Content-Type", "text/plain"))


def _by_head(handler: Handler) -> Handler:
    """Conditions of ``HEAD`` alone."""

    async def of_head(call: Call, forward: Forward) -> Answer:
        return await (handler(call, forward) if call.request.method == "HEAD" else forward(call))

    return of_head


async def _with_a_body(call: Call, forward: Forward) -> Answer:
    """The body that ``GET`` has."""
    answer, _ = await (await forward(call)).read()
    two = with_header(answer.headers, "Content-Length", "2")
    return replace(answer, pieces=listed([Piece(answer.but(headers=two).head() + b"OK", b"")]), is_changed=False)


LIES = (
    lie(
        "version-missing",
        "The ping announces no API version.",
        ac(1),
        on("ping", no_header("Api-Version")),
        may=notes(16),
    ),
    lie("version-1.43", "The ping announces API version 1.43.", ac(1), on("ping", header("Api-Version", "1.43"))),
    lie("version-v1.44", "The ping announces v1.44.", ac(1), on("ping", header("Api-Version", "v1.44"))),
    lie("version-1.44.0", "The ping announces 1.44.0.", ac(1), on("ping", header("Api-Version", "1.44.0"))),
    lie(
        "version-empty",
        "The ping announces an empty API version.",
        ac(1),
        on("ping", header("Api-Version", "")),
        may=notes(16),
    ),
    lie(
        "version-elsewhere",
        "The version is in a header of another name.",
        ac(1),
        on("ping", _renamed),
        may=notes(16),
    ),
    lie(
        "ping-head-without-version",
        "A ping by HEAD announces no API version.",
        notes(16),
        on("ping", _by_head(no_header("Api-Version"))),
    ),
    lie(
        "ping-head-other-version",
        "A ping by HEAD announces another API version.",
        notes(16),
        on("ping", _by_head(header("Api-Version", "1.24"))),
    ),
    lie("ping-head-with-body", "A ping by HEAD has a body.", notes(16), on("ping", _by_head(_with_a_body))),
    lie(
        "network-length-too-long",
        "A new network's answer announces more bytes than come.",
        ac(4),
        on("network.create", _announces_too_much),
    ),
    lie(
        "helper-wait-length-too-long",
        "A wait's answer announces more bytes than come.",
        ac(15),
        on("container.wait", _announces_too_much, role="helper"),
    ),
    lie(
        "volume-length-too-short",
        "A new volume's answer announces, and brings, half of its bytes.",
        ac(5),
        on("volume.create", _announces_too_little),
        may=notes(20),
    ),
    lie(
        "helper-length-too-short",
        "A new helper container's answer announces, and brings, half of its bytes.",
        ac(14),
        on("container.create", _announces_too_little, role="helper"),
    ),
    lie(
        "wait-length-zero",
        "A wait's answer has the length 0.",
        ac(13) | notes(11, 12, 18),
        on("container.wait", body(b""), role="build"),
    ),
    lie(
        "volume-said-gzipped",
        "A new volume's answer claims to be compressed.",
        ac(5),
        on("volume.create", header("Content-Encoding", "gzip")),
        may=notes(20),
    ),
    lie(
        "image-said-gzipped",
        "An image's metadata claims to be compressed.",
        ac(2, 3) | notes(8),
        on("image.inspect", header("Content-Encoding", "gzip")),
        may=notes(21, 23),
    ),
    lie(
        "disconnect-said-chunked",
        "A disconnect's answer announces chunks that do not come.",
        ac(17),
        on("network.disconnect", _announces_chunks),
    ),
    lie("pull-said-chunked", "A pull announces chunks and brings lines.", ac(2), on("image.pull", _announces_chunks)),
    lie(
        "errors-as-text",
        "Errors are said to be plain text.",
        notes(8, 14),
        on(tuple(sorted(OPERATIONS)), _errors_as_text, of_strangers=True),
    ),
)
