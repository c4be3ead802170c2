"""Attach, logs and exec: what goes in and out of containers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from standin import fields, lifecycle
from standin.clock import moment, stamp
from standin.fields import refuse_query
from standin.http import HEADERS, ApiError, Hijack, Request, Response, Wire, answer
from standin.output import END, STDERR, STDOUT, Chunk, Output, frame
from standin.router import route
from standin.sandbox import CannotStart, Program
from standin.state import Container, Daemon, Exec, Run
from standin.views import exec_inspect

FRAMED, RAW = "application/vnd.docker.multiplexed-stream", "application/vnd.docker.raw-stream"


def _content_type(request: Request, *, tty: bool) -> str:
    return FRAMED if "upgrade" in request.headers and not tty else RAW


@route("POST", "/containers/{name}/attach", "TST-011 AC-10")
async def attach(daemon: Daemon, request: Request, name: str) -> Response | Hijack:
    """Before the start, while it runs, or after an exit: then for the next start."""
    try:
        container = daemon.container(name)
    except ApiError as error:
        return Response(error.status, f"{error}\r\n".encode(), RAW, ())  # the engine's one error that is no JSON
    refuse_query(request, "detachKeys")
    streams = {number for number, key in ((STDOUT, "stdout"), (STDERR, "stderr")) if request.flag(key)}
    start, run = container.output.size, container.run

    async def talk(wire: Wire) -> None:
        if request.flag("logs"):
            async for line in daemon.backend.lines(container, follow=False):
                if line.stream in streams:
                    await wire.write(frame(line.stream, line.data))
        if not request.flag("stream"):
            return
        once = container.config["StdinOnce"]
        input_to = run if request.flag("stdin") and container.config["OpenStdin"] else None
        chunks = (chunk async for chunk in container.output.run(start) if chunk.stream in streams)
        await _converse(wire, chunks, input_to, framed=True, close=once)

    lifecycle.emit(daemon, container, "attach")
    return Hijack(talk, _content_type(request, tty=False))


async def _converse(wire: Wire, chunks: AsyncIterator[Chunk], run: Run | None, *, framed: bool, close: bool) -> None:
    """Copy output out, and input to ``run`` if there is one, until all output is out or the client has detached.

    With ``close`` the input's end is the process's; without it, it detaches the client.
    """
    outgoing = asyncio.ensure_future(_copy_out(wire, chunks, framed=framed))
    tasks = [outgoing, *([asyncio.ensure_future(_copy_in(wire, run, close=close))] if run else ())]
    try:
        await asyncio.wait(tasks[:1] if close else tasks, return_when=asyncio.FIRST_COMPLETED)
        if outgoing.done():
            outgoing.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy_out(wire: Wire, chunks: AsyncIterator[Chunk], *, framed: bool) -> None:
    async for chunk in chunks:
        await wire.write(frame(chunk.stream, chunk.data) if framed else chunk.data)


async def _copy_in(wire: Wire, run: Run, *, close: bool) -> None:
    """Raw bytes to the process, kept until it runs."""
    while data := await wire.read():
        process = await asyncio.shield(run.process)
        await process.write(data)
    if close:
        (await asyncio.shield(run.process)).close_stdin()


@route("GET", "/containers/{name}/logs", "TST-010 AC-11; service-timeout trace")
async def logs(daemon: Daemon, request: Request, name: str) -> Response:
    streams = {number for number, key in ((STDOUT, "stdout"), (STDERR, "stderr")) if request.flag(key)}
    if not streams:
        raise ApiError(400, "Bad parameters: you must choose at least one stream")
    refuse_query(request, "details")
    container = daemon.container(name)
    tail = request.query.get("tail", "all")
    last = int(tail) if tail.isdigit() else None
    try:
        since, until = (moment(t) if (t := request.query.get(key)) else 0 for key in ("since", "until"))
    except ValueError as error:
        raise ApiError(500, str(error)) from error
    follow, stamped = request.flag("follow"), request.flag("timestamps")

    def shown(line: Chunk) -> bool:
        return line.stream in streams and line.time_ns >= since and (not until or line.time_ns <= until)

    def encoded(line: Chunk) -> bytes:
        stamp_ = f"{stamp(line.time_ns, trimmed=False)} ".encode() if stamped else b""
        return frame(line.stream, stamp_ + line.data)

    async def body() -> AsyncIterator[bytes]:
        following = follow and container.running
        past = [line async for line in daemon.backend.lines(container, follow=False)]
        lines = [line for line in past if shown(line)]
        for line in lines[len(lines) - last :] if last is not None and last < len(lines) else lines:
            yield encoded(line)
        if not following:
            return
        skipped = 0
        async for line in daemon.backend.lines(container, follow=True):
            if skipped < len(past):
                skipped += 1
            elif line.stream == END or (until and line.time_ns > until):
                return
            elif shown(line):
                yield encoded(line)

    return Response(body=body(), content_type=FRAMED)


@route("POST", "/containers/{name}/exec", "TST-010 AC-14; cancelled traces")
async def create_exec(daemon: Daemon, request: Request, name: str) -> Response:
    body = fields.read("Exec", request.json())
    if not body.get("Cmd"):
        raise ApiError(400, "No exec command specified")
    container = daemon.container(name)
    _check_running(container)
    execution = Exec(container, body)
    daemon.execs[execution.id] = execution
    command = " ".join(body["Cmd"])
    lifecycle.emit(daemon, container, f"exec_create: {command}", execID=execution.id)
    return answer({"Id": execution.id}, 201)


def _check_running(container: Container) -> None:
    if not container.running:
        raise ApiError(409, f"container {container.id} is not running")


@route("POST", "/exec/{name}/start", "TST-010 AC-15")
async def start_exec(daemon: Daemon, request: Request, name: str) -> Response | Hijack:
    execution = daemon.exec(name)
    _check_running(execution.container)
    body = fields.read("ExecStart", request.json())
    if body.get("Detach"):
        await _start(daemon, execution, Output(daemon.folder))
        return Response()
    tty = bool(body.get("Tty"))  # decides on the framing, whatever the exec was created with
    streams = {n for n, key in ((STDOUT, "AttachStdout"), (STDERR, "AttachStderr")) if execution.config.get(key)}

    async def talk(wire: Wire) -> None:
        """What goes wrong from here on can only be told inside the stream."""
        output = Output(daemon.folder)
        try:
            run = await _start(daemon, execution, output)
        except ApiError as error:
            text = f"{error}\r\n".encode()
            await wire.write(text if tty else frame(STDOUT, text))
            return
        chunks = (chunk async for chunk in output.run(0) if chunk.stream in streams)
        await _converse(wire, chunks, run if execution.config.get("AttachStdin") else None, framed=not tty, close=True)

    return Hijack(talk, _content_type(request, tty=tty), HEADERS)


async def _start(daemon: Daemon, execution: Exec, output: Output) -> Run:
    container, config = execution.container, execution.config
    if execution.started:
        state = "is already running" if execution.running else "has already run"
        raise ApiError(409, f"Error: Exec command {execution.id} {state}")
    execution.started = execution.running = True
    env = dict(variable.partition("=")[::2] for variable in config.get("Env") or ())
    workdir = config.get("WorkingDir") or container.config["WorkingDir"] or "/"
    user = config.get("User") or container.config["User"]
    program = Program(tuple(config["Cmd"]), container.environment() | env, workdir, user)
    host, stdin = container.run.process.result(), bool(config.get("AttachStdin"))
    try:
        process = await host.exec(program, output.write, stdin=stdin)
    except CannotStart as error:
        execution.running, execution.exit_code = False, 126
        message = f"OCI runtime exec failed: exec failed: unable to start container process: {error}: unknown"
        raise ApiError(400, message if error.code in (126, 127) else str(error)) from error
    execution.pid = process.pid
    lifecycle.emit(daemon, container, f"exec_start: {' '.join(config['Cmd'])}", execID=execution.id)
    run = Run()
    run.process.set_result(process)
    daemon.spawn(_watch(daemon, execution, run, output))
    return run


async def _watch(daemon: Daemon, execution: Exec, run: Run, output: Output) -> None:
    code = await run.process.result().wait()
    execution.running, execution.exit_code = False, code
    output.write(END, b"")
    run.ended.set_result(code)
    lifecycle.emit(daemon, execution.container, "exec_die", execID=execution.id, exitCode=str(code))


@route("GET", "/exec/{name}/json", "TST-010 AC-16")
async def inspect_exec(daemon: Daemon, _request: Request, name: str) -> Response:
    return answer(exec_inspect(daemon.exec(name)))
