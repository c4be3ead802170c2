"""Programs in the sandbox: pipes, signals, exit codes and ends, in namespaces and without."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
from pathlib import Path

import pytest

from standin.sandbox import CannotStart, Program
from support.waiting import Seen, done, not_yet, until
from tests.standin.sandbox_world import PATH, Said, World, alive, children, fork_world, live, outcome

FOREVER = Program(("sleep", "1000"), {"PATH": PATH}, "/", "")
both = pytest.mark.parametrize("isolate", [True, False], ids=["isolated", "plain"])


@both
def test_output_streams_and_exit_code(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run("sh", "-c", "echo one; echo two >&2; exit 3")
        assert (code, said.out, said.err) == (3, b"one\n", b"two\n")

    live(scenario, isolate=isolate)


@both
def test_stdin_arrives_byte_for_byte_and_ends(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        data = random.Random(1).randbytes(1 << 20)
        code, said = await world.run("cat", feed=data)
        assert code == 0
        assert said.out == data

    live(scenario, isolate=isolate)


@both
def test_without_stdin_there_is_its_end_at_once(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run("cat")
        assert (code, said.out) == (0, b"")

    live(scenario, isolate=isolate)


@both
def test_output_is_passed_on_as_it_comes(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        process, said = await world.start("sh", "-c", "echo first; read x; echo $x", stdin=True)
        await said.until(b"first\n")
        await process.write(b"second\n")
        assert await process.wait() == 0
        assert said.out == b"first\nsecond\n"
        assert len(said.reads) == 2

    live(scenario, isolate=isolate)


@both
def test_writing_to_who_does_not_read_waits_and_then_is_silent(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        process, _ = await world.start("sleep", "100", stdin=True)
        writing = asyncio.ensure_future(process.write(bytes(1 << 20)))
        _, waiting = await asyncio.wait((writing,), timeout=0.2)
        assert waiting
        process.signal(signal.SIGKILL)
        assert await process.wait() == 137
        await writing
        await process.write(b"more")

    live(scenario, isolate=isolate)


@both
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("no-such", 127, 'exec: "no-such": executable file not found in $PATH'),
        ("/no/such", 127, 'exec: "/no/such": stat /no/such: no such file or directory'),
        ("/etc", 126, 'exec: "/etc": permission denied'),
    ],
)
def test_what_cannot_start_says_so_as_the_engine_does(isolate: bool, name: str, code: int, message: str) -> None:
    async def scenario(world: World) -> None:
        with pytest.raises(CannotStart) as caught:
            await world.run(name)
        assert (caught.value.code, str(caught.value)) == (code, message)
        process, _ = await world.start("sleep", "100")
        with pytest.raises(CannotStart) as caught:
            await world.exec(process, name)
        assert (caught.value.code, str(caught.value)) == (code, message)

    live(scenario, isolate=isolate)


@both
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1])
def test_a_signal_is_128_and_its_number(isolate: bool, number: int) -> None:
    async def scenario(world: World) -> None:
        script = f"trap 'exit 7' {signal.SIGTERM.value}; echo set; while :; do sleep 0.01; done"
        process, said = await world.start("sh", "-c", script)
        await said.until(b"set")
        code, _ = await world.exec(process, "sh", "-c", f"kill -{number} $$")
        assert code == 128 + number
        process.signal(signal.SIGTERM)
        assert await process.wait() == 7
        process.signal(signal.SIGTERM)

    live(scenario, isolate=isolate)


@both
def test_signals_have_their_default_meaning(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        _, said = await world.run("cat", "/proc/self/status")
        masks = dict(line.split(b":", 1) for line in said.out.splitlines())
        assert {masks[name].strip() for name in (b"SigBlk", b"SigIgn", b"SigCgt")} == {b"0" * 16}

    live(scenario, isolate=isolate)


@both
def test_a_program_gets_its_three_streams_and_nothing_else(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        _, said = await world.run("sh", "-c", "cd /proc/$$/fd && echo *")
        assert said.out.split() == [b"0", b"1", b"2", b"3"]  # the last is the shell's own look at the folder

    live(scenario, isolate=isolate)


@both
def test_exec_has_streams_and_exit_code_of_its_own(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        process, said = await world.start("sleep", "100")
        code, own = await world.exec(process, "sh", "-c", "cat; echo oops >&2; exit 9", feed=b"in")
        assert (code, own.out, own.err) == (9, b"in", b"oops\n")
        assert (said.out, said.err) == (b"", b"")

    live(scenario, isolate=isolate)


@both
def test_what_a_program_left_behind_ends_with_it(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run("sh", "-c", "setsid sh -c 'echo $$; sleep 1000' & sleep 0.2; exit 4")
        assert code == 4
        if not isolate:  # elsewhere the number is one of the container's
            assert not alive(int(said.out))

    live(scenario, isolate=isolate)


@both
def test_files_are_kept_from_start_to_start_and_go_with_the_container(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        box = world.box()
        await world.run("sh", "-c", "echo kept >tmp/file", box=box)
        _, said = await world.run("cat", "tmp/file", box=box)
        assert said.out == b"kept\n"
        await world.sandbox.remove(box.id, box.root)
        assert not list((world.state / "roots").iterdir())
        assert not list((world.state / "names").iterdir())

    live(scenario, isolate=isolate)


@both
def test_many_starts_leave_nothing_behind(isolate: bool) -> None:
    def seen(world: World) -> tuple[set[str], list[str], list[str]]:
        # Without namespaces the devices are the machine's, and its mounts are so in any case: others come and go.
        devices = [name for _, name in socket.if_nameindex() if isolate and not name.startswith("br-")]
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        own = [line for line in mounts if str(world.state.resolve()) in line]
        return {str(path) for path in Path("/proc/self/fd").iterdir()}, sorted(devices), own

    async def scenario(world: World) -> None:
        await world.run("true")
        before = seen(world)
        (starter,) = children(os.getpid())
        for number in range(50):
            code, _ = await world.run("sh", "-c", f"exit {number}")
            assert code == number
        with pytest.raises(CannotStart):
            await world.run("no-such")
        assert seen(world) == before
        async with asyncio.timeout(5):
            while children(starter):  # noqa: ASYNC110 - the last supervisor is on its way out
                await asyncio.sleep(0.01)

    live(scenario, isolate=isolate)


@both
def test_the_sandbox_closes_over_what_still_runs(isolate: bool) -> None:
    pids: list[int] = []

    async def scenario(world: World) -> None:
        process, _ = await world.start("sh", "-c", "sleep 1000 & sleep 1000")
        said = Said()
        beside = await process.exec(FOREVER, said, stdin=True)
        pids.extend((process.pid, beside.pid))
        await world.sandbox.close()
        assert not alive(*pids)

    outcome(*fork_world(scenario, isolate=isolate, close=False))


@both
def test_everything_dies_with_the_daemon_even_when_it_is_killed(isolate: bool) -> None:
    told, tell = os.pipe()

    async def scenario(world: World) -> None:
        process, _ = await world.start("sh", "-c", "setsid sleep 1000 & sleep 1000")
        beside = await process.exec(FOREVER, Said(), stdin=False)
        os.write(tell, f"{process.pid} {beside.pid}\n".encode())
        await asyncio.sleep(1000)

    pid, report, state = fork_world(scenario, isolate=isolate, close=False)
    os.close(tell)
    with os.fdopen(told) as file:
        pids = file.readline().split()
        if pids:
            os.kill(pid, signal.SIGKILL)
            assert file.read() == ""  # ends when nobody holds the other end: the starter and supervisors are gone
    shutil.rmtree(state, ignore_errors=True)
    outcome(pid, report, state)

    def are_buried() -> Seen[bool]:  # they are dead; who adopted them takes notice of it in time
        left = alive(*map(int, pids))
        return not_yet(f"still there: {left}") if left else done(True)

    until(are_buried, f"{pids} to be gone", 10)
