"""Lies about hijacked streams: what becomes of stdin, and of the frames that carry the output."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Forward
from falsify.response_rules import late, status
from falsify.streaming import Bytes, Frames, client_bytes, daemon_bytes, daemon_frames, silence
from support.api.frames import STDERR, STDOUT, Frame, encode
from support.api.messages import Answer, Stream

lie = in_layer(Layer.STREAMS)

_ATTACH = "container.attach"
_SWAPPED = {STDOUT: STDERR, STDERR: STDOUT}
_OUT = AsyncIterator[Frame | bytes]
_STARTED = "container.start"
_BLOCK = 4096  # bytes


async def _swapped(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(_SWAPPED[frame.stream], frame.payload)


async def _merged(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(STDOUT, frame.payload)


async def _doubled(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield frame
        yield frame


async def _extra_line(call: Call, frames: Frames) -> _OUT:
    await call.session.happens(_STARTED, call.target)
    yield Frame(STDOUT, b"sh: attached\n")
    async for frame in frames:
        yield frame


async def _cut_off(call: Call, frames: Frames) -> _OUT:
    """Every frame announces all of its payload, and the first one breaks off before its last byte."""
    async for frame in frames:
        yield encode(frame)[:-1]
        return


async def _without_last_byte(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(frame.stream, frame.payload[:-1])


async def _without_output(call: Call, frames: Frames) -> _OUT:
    """What comes with the exit is lost: the stream just ends."""
    async for _frame in frames:
        continue
    return
    yield b""  # an async generator, of nothing


async def _until_the_end(call: Call, frames: Frames) -> _OUT:
    for frame in [frame async for frame in frames]:
        yield frame


async def _in_full_blocks(call: Call, frames: Frames) -> _OUT:
    """Each stream's output in blocks of 4 KiB; what fills none comes at the end."""
    kept = {STDOUT: b"", STDERR: b""}
    async for frame in frames:
        kept[frame.stream] += frame.payload
        while len(kept[frame.stream]) >= _BLOCK:
            yield Frame(frame.stream, kept[frame.stream][:_BLOCK])
            kept[frame.stream] = kept[frame.stream][_BLOCK:]
    for stream, rest in kept.items():
        yield Frame(stream, rest)


async def _raw(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield frame.payload


async def _as_terminal(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(frame.stream, frame.payload.replace(b"\n", b"\r\n"))


async def _of_unknown_stream(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield encode(frame).replace(bytes([frame.stream]), b"\x03", 1)


async def _never_closed(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield frame
    await silence()


async def _closed_at_start(call: Call, source: Bytes) -> Bytes:
    """No bytes; the stream is closed as soon as the container has started."""
    await call.session.happens(_STARTED, call.target)
    return
    yield b""  # an async generator, of nothing


async def _lost_before_start(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        if call.session.has_happened(_STARTED, call.target):
            yield data


async def _lost_around_start(call: Call, source: Bytes) -> Bytes:
    """The daemon listens half a second after the start; what came before is lost."""
    async for data in source:
        if call.session.seconds_since(_STARTED, call.target) > 0.5:
            yield data


async def _never_half_closed(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield data
    await silence()


async def _kept_until_half_close(call: Call, source: Bytes) -> Bytes:
    """A script is to be run when it is complete; that it is complete is never noticed."""
    async for _data in source:
        continue
    await silence()
    yield b""


async def _delivered_at_half_close(call: Call, source: Bytes) -> Bytes:
    for data in [data async for data in source]:
        yield data


async def _cut_in_half(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield data[: len(data) // 2]


async def _without_high_bits(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield bytes(byte & 0x7F for byte in data)


async def _framed(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield encode(Frame(STDOUT, data))


async def _stdin_delivered_twice(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield data
        yield data


async def _echoed(call: Call, forward: Forward) -> Answer:
    """What is written to stdin comes back on stdout, as from a terminal."""
    answer = await forward(call)
    if answer.stream is None:
        return answer
    stream, typed = answer.stream, asyncio.Queue[bytes]()

    async def listened() -> Bytes:
        async for data in stream.client:
            typed.put_nowait(encode(Frame(STDOUT, data)))
            yield data

    async def with_echo() -> Bytes:
        async for data in stream.daemon:
            while not typed.empty():
                yield typed.get_nowait()
            yield data

    return answer.but(stream=Stream(listened(), with_echo()))


LIES = (
    lie(
        "attach-late",
        "The stream is handed over past its deadline.",
        ac(10),
        on(_ATTACH, late("exchange_timeout"), role="build"),
        may=notes(17),
        unobservable=unseen(
            "Nothing is attached to the build container, so no script reaches it.", ac(11, 12, 13) | notes(12, 15)
        ),
    ),
    lie(
        "helper-attach-200",
        "A helper's stream is handed over with the status 200.",
        ac(15),
        on(_ATTACH, status(200), role="helper"),
        unobservable=unseen("Nothing is attached to the helper container.", notes(1, 2, 3, 4)),
    ),
    lie(
        "frames-swapped",
        "What the build container writes to stdout is labelled as stderr.",
        ac(12) | notes(17),
        on(_ATTACH, daemon_frames(_swapped), role="build"),
    ),
    lie(
        "helper-frames-swapped",
        "A helper's stdout is labelled as stderr, and the other way round.",
        ac(15) | notes(1, 2, 3),
        on(_ATTACH, daemon_frames(_swapped), role="helper"),
    ),
    lie(
        "frames-merged",
        "What is written to stderr is labelled as stdout.",
        notes(3),
        on(_ATTACH, daemon_frames(_merged)),
        is_known=True,
    ),
    lie("frames-doubled", "Every frame comes twice.", ac(12), on(_ATTACH, daemon_frames(_doubled), role="build")),
    lie(
        "extra-line-first",
        "Attached streams begin with a line of the daemon's own.",
        ac(12, 15) | notes(1, 3),
        on(_ATTACH, daemon_frames(_extra_line)),
        is_known=True,
    ),
    lie(
        "frame-cut-off",
        "The build container's stream ends inside its first frame.",
        ac(12),
        on(_ATTACH, daemon_frames(_cut_off), role="build"),
        may=notes(17) | notes(18),
        unobservable=unseen("The stream ends, and with its stdin the shell does.", notes(4, 6, 7, 11, 12, 15, 18)),
    ),
    lie(
        "last-byte-lost",
        "Every frame of the build container lacks its last byte.",
        ac(12),
        on(_ATTACH, daemon_frames(_without_last_byte), role="build"),
    ),
    lie(
        "helper-output-lost",
        "A helper's stream ends without its output.",
        ac(15) | notes(1, 2, 3),
        on(_ATTACH, daemon_frames(_without_output), role="helper"),
    ),
    lie(
        "output-unframed",
        "Output comes raw, as from a terminal.",
        ac(12, 15) | notes(3, 17),
        on(_ATTACH, daemon_frames(_raw)),
        unobservable=unseen("What comes is no frame.", notes(1, 2, 15)),
    ),
    lie(
        "output-with-returns",
        "Lines end as on a terminal.",
        ac(12, 15) | notes(1, 2, 3),
        on(_ATTACH, daemon_frames(_as_terminal)),
    ),
    lie(
        "frames-of-unknown-stream",
        "Frames are labelled with a stream that does not exist.",
        ac(12, 15) | notes(3, 17),
        on(_ATTACH, daemon_frames(_of_unknown_stream)),
        unobservable=unseen("What comes is no frame.", notes(1, 2, 15)),
    ),
    lie(
        "stream-never-closed",
        "The build container's stream is not closed when it exits.",
        ac(12),
        on(_ATTACH, daemon_frames(_never_closed), role="build"),
        is_known=True,
    ),
    lie(
        "helper-stream-never-closed",
        "A helper's stream is not closed when it exits.",
        ac(15) | notes(3),
        on(_ATTACH, daemon_frames(_never_closed), role="helper"),
        is_known=True,
        unobservable=unseen("The helper does not come to its end.", notes(4)),
    ),
    lie(
        "stream-closed-at-start",
        "The build container's stream is closed as soon as it starts.",
        ac(11),
        on(_ATTACH, daemon_bytes(_closed_at_start), role="build"),
        may=ac(12) | notes(17),
        unobservable=unseen(
            "The stream is closed before the script comes.", ac(12, 13) | notes(4, 6, 7, 11, 12, 15, 18)
        ),
    ),
    lie(
        "stdin-lost-before-start",
        "What is written to stdin before the start is lost.",
        notes(1, 3, 4),
        on(_ATTACH, client_bytes(_lost_before_start)),
    ),
    lie(
        "stdin-lost-around-start",
        "A script that is written as soon as its container has started is lost.",
        notes(1, 2, 3, 4),
        on(_ATTACH, client_bytes(_lost_around_start)),
        may=notes(15),  # whose command may come as soon, and is never answered then
        is_known=True,
    ),
    lie(
        "output-held-back",
        "Output comes when the container has ended.",
        notes(15, 17),
        on(_ATTACH, daemon_frames(_until_the_end)),
    ),
    lie(
        "output-in-full-blocks",
        "Output comes in blocks of 4 KiB, the rest when the container has ended.",
        notes(15, 17),
        on(_ATTACH, daemon_frames(_in_full_blocks)),
    ),
    lie(
        "stdin-held-back",
        "Stdin is delivered when the client has closed it.",
        notes(15, 17),
        on(_ATTACH, client_bytes(_delivered_at_half_close)),
        unobservable=unseen("Whether the shell was told to exit cannot be seen.", notes(12)),
    ),
    lie(
        "half-close-ignored",
        "The client's half-close does not reach the container's stdin.",
        notes(3),
        on(_ATTACH, client_bytes(_never_half_closed)),
        is_known=True,
        unobservable=unseen("The helper does not come to its end.", notes(4)),
    ),
    lie(
        "script-awaits-half-close",
        "A script is run when stdin has ended, and the half-close is not noticed.",
        ac(12) | notes(17),
        on(_ATTACH, client_bytes(_kept_until_half_close), role="build"),
        is_known=True,
        may=notes(15),
        unobservable=unseen("Whether the shell was told to exit cannot be seen.", notes(12))
        | unseen("The script never ends.", ac(13)),
    ),
    lie(
        "script-cut-short",
        "Half a script arrives.",
        ac(12, 13) | notes(17),
        on(_ATTACH, client_bytes(_cut_in_half), role="build"),
        may=notes(15),
        unobservable=unseen("Whether the shell was told to exit cannot be seen.", notes(12)),
    ),
    lie("stdin-7-bit", "Stdin loses its eighth bits.", notes(2, 3, 4), on(_ATTACH, client_bytes(_without_high_bits))),
    lie(
        "stdin-framed",
        "Stdin arrives in frames.",
        ac(12) | notes(17),
        on(_ATTACH, client_bytes(_framed), role="build"),
        may=notes(15),
        unobservable=unseen("Whether the shell was told to exit cannot be seen.", notes(12)),
    ),
    lie(
        "stdin-twice",
        "Stdin is delivered twice.",
        notes(1, 2, 3, 4),
        on(_ATTACH, client_bytes(_stdin_delivered_twice), role="helper"),
    ),
    lie(
        "stdin-echoed",
        "Stdin comes back on stdout.",
        ac(12),
        on(_ATTACH, _echoed, role="build"),
    ),
    lie(
        "frames-swapped-at-restart",
        "From its second start on a container's stdout is labelled as stderr.",
        notes(17),
        on(_ATTACH, daemon_frames(_swapped), role="build", job="second", since=2),
    ),
    lie(
        "echoed-and-held-back",
        "Stdin comes back at once, and output when the container has ended.",
        ac(12) | notes(15, 17),
        on(_ATTACH, _echoed, role="build"),
        on(_ATTACH, daemon_frames(_until_the_end), role="build"),
    ),
)
