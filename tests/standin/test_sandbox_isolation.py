"""What only namespaces give: a root, users, host names, addresses and names of a container's own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from standin.images import programs
from standin.sandbox import Bind, CannotStart, Endpoint, kernel
from tests.standin.sandbox_world import World, fork_world, live, outcome

ONE, TWO = "1" * 64, "2" * 64


def at(network: str, address: str, *names: str) -> Endpoint:
    return Endpoint(network, address, frozenset(names))


async def networks(world: World) -> None:
    await world.sandbox.add_network(ONE, "172.18.0.0/16")
    await world.sandbox.add_network(TWO, "172.19.0.0/16")


def test_the_first_program_is_pid_1_and_ignores_what_it_does_not_handle() -> None:
    async def scenario(world: World) -> None:
        process, said = await world.start("sh", "-c", "echo $$; read x; echo $x", stdin=True)
        await said.until(b"1\n")
        process.signal(signal.SIGTERM)
        await process.write(b"still here\n")
        assert await process.wait() == 0
        assert said.out == b"1\nstill here\n"

    live(scenario)


def test_it_has_host_name_processes_and_files_of_its_own() -> None:
    async def scenario(world: World) -> None:
        box = world.box()
        _, said = await world.run("sh", "-c", "hostname; cat /etc/hostname; echo /proc/[0-9]*; pwd", box=box)
        assert said.out.decode().split() == [box.hostname, box.hostname, "/proc/1", "/"]
        code, _ = await world.run("sh", "-c", f"test -e {world.state}")
        assert code == 1
        code, _ = await world.run("sh", "-c", "echo >/usr/lib/file || echo >/dev/full")
        assert code != 0
        _, said = await world.run("sh", "-c", "echo gone >/dev/null; stat -c %a /dev /tmp /root; echo ~; umask")
        assert said.out.split() == [b"755", b"1777", b"700", b"/root", b"0022"]

    live(scenario)


def test_its_programs_are_its_images_and_may_be_replaced() -> None:
    async def scenario(world: World) -> None:
        box = world.box()
        _, said = await world.run(
            "sh", "-c", "rm /usr/bin/tr && echo mine >/usr/bin/own && which tr cat python3", box=box
        )
        assert said.out == b"/bin/cat\n" if programs.busybox() else said.out.endswith(b"/cat\n")
        _, said = await world.run("cat", "/usr/bin/own", box=box)
        assert said.out == b"mine\n"
        code, _ = await world.run("sh", "-c", "which tr && test ! -e /usr/bin/own")
        assert code == 0

    live(scenario)


@pytest.mark.parametrize("lacking", ["busybox", "overlay"])
def test_it_is_as_usual_without(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if lacking == "busybox":
        monkeypatch.setattr(programs, "busybox", lambda: None)
        programs.links.cache_clear()
        assert "sh" in programs.warnings()[0]
    mount = kernel.mount

    def refusing(source: str, *arguments: Any, **more: Any) -> None:
        if lacking == source:
            raise PermissionError(1, "not permitted")
        mount(source, *arguments, **more)

    monkeypatch.setattr(kernel, "mount", refusing)

    async def scenario(world: World) -> None:
        box = world.box()
        _, said = await world.run("sh", "-c", "echo $(echo one | tr e x) >/usr/bin/own; cat /usr/bin/own", box=box)
        assert said.out == b"onx\n", said.err
        _, said = await world.run("sh", "-c", "cat /usr/bin/own; which python3", box=box)
        assert said.out == b"onx\n", said.err
        code, _ = await world.run("test", "-e", "/usr/bin/own")
        assert code == 1

    try:
        live(scenario)
    finally:
        programs.links.cache_clear()


def test_an_exec_sees_what_the_container_sees() -> None:
    async def scenario(world: World) -> None:
        await networks(world)
        process, said = await world.start(
            "sh", "-c", "echo x >/made; echo made; sleep 100", endpoints=(at(ONE, "172.18.0.2", "me"),)
        )
        await said.until(b"made")
        code, own = await world.exec(process, "sh", "-c", "cat /made; hostname; getent hosts me; kill -0 1; exit 5")
        assert code == 5
        assert own.out.split()[::2] == [b"x", b"172.18.0.2"]

    live(scenario)


def test_users_are_those_of_the_container() -> None:
    async def scenario(world: World) -> None:
        for user, expected in (
            ("", "0 0 /root"),
            ("nobody", "65534 65534 /"),
            ("1000:70", "1000 70 /"),
            ("0", "0 0 /root"),
        ):
            _, said = await world.run("sh", "-c", "echo $(id -u) $(id -g) $HOME", user=user)
            assert said.out.decode().strip() == expected, user
        for user, message in (
            ("nobodyhere", "unable to find user nobodyhere: no matching entries in passwd file"),
            ("root:nogroup", "unable to find group nogroup: no matching entries in group file"),
        ):
            with pytest.raises(CannotStart) as caught:
                await world.run("true", user=user)
            assert (caught.value.code, str(caught.value)) == (128, message)

    live(scenario)


def test_volumes_are_where_they_are_wanted_and_shared(tmp_path: Path) -> None:
    volume, kept = tmp_path / "volume", tmp_path / "kept"
    volume.mkdir()
    kept.mkdir()
    (tmp_path / "file").write_text("a file\n")

    async def scenario(world: World) -> None:
        binds = (Bind(volume, "/builds/a b"), Bind(kept, "/kept", read_only=True), Bind(tmp_path / "file", "/etc/file"))
        await world.run("sh", "-c", "echo shared >'/builds/a b/file'", box=world.box(binds=binds))
        _, said = await world.run("cat", "/builds/a b/file", "/etc/file", box=world.box(binds=binds))
        assert said.out == b"shared\na file\n"
        code, said = await world.run("touch", "/kept/no", box=world.box(binds=binds))
        assert code == 1
        assert b"Read-only" in said.err

    live(scenario)


def test_links_in_its_root_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("untouched")

    async def scenario(world: World) -> None:
        box = world.box(binds=(Bind(tmp_path, "/volume"),))
        script = f"rm -rf /home; ln -s {tmp_path} /home; ln -sf {tmp_path}/outside /etc/passwd"
        await world.run("sh", "-c", script, box=world.box())
        await world.run("sh", "-c", script, box=box)
        with pytest.raises(CannotStart):  # its passwd cannot be read any more
            await world.run("true", box=box)
        (world.state / "volume").mkdir()
        other = world.box(binds=(Bind(world.state / "volume", "/home/new"),))
        await world.run("sh", "-c", f"rm -rf /home; ln -s {tmp_path} /home", box=other)
        await world.run("true", box=other)

    live(scenario)
    assert {path.name for path in tmp_path.iterdir()} == {"outside"}
    assert (tmp_path / "outside").read_text() == "untouched"


def test_names_resolve_inside_their_network_and_nowhere_else() -> None:
    async def scenario(world: World) -> None:
        await networks(world)
        server, _ = await world.start(
            "sh", "-c", "while :; do echo hello | nc -l -p 99; done", endpoints=(at(ONE, "172.18.0.2", "server", "db"),)
        )
        ask = "for n in 1 2 3 4 5 6 7 8 9; do nc -w 2 {0} 99 </dev/null 2>/dev/null && exit; sleep 0.1; done; nc {0} 99"
        for name in ("server", "db", "172.18.0.2"):
            _, said = await world.run("sh", "-c", ask.format(name), endpoints=(at(ONE, "172.18.0.3"),))
            assert said.out == b"hello\n", said.err
        beside = (at(TWO, "172.19.0.3"),)
        code, said = await world.run("nc", "-w", "2", "db", "99", endpoints=beside)
        assert (code, said.err) == (1, b"nc: bad address 'db'\n")
        code, said = await world.run("nc", "-w", "2", "172.18.0.2", "99", endpoints=beside)
        assert code == 1
        assert b"unreachable" in said.err
        server.signal(signal.SIGKILL)
        await server.wait()
        _, said = await world.run("getent", "hosts", "db", endpoints=(at(ONE, "172.18.0.3"),))
        assert said.out == b""

    live(scenario)


def test_networks_are_joined_and_left_at_run_time() -> None:
    async def scenario(world: World) -> None:
        await networks(world)
        one, _ = await world.start("sleep", "100", endpoints=(at(ONE, "172.18.0.2", "one"),))
        two, _ = await world.start("sleep", "100", endpoints=(at(TWO, "172.19.0.2", "two"),))

        async def knows(name: str) -> bool:
            code, _ = await world.exec(two, "getent", "hosts", name)
            return code == 0

        assert not await knows("one")
        await world.sandbox.connect(two, at(ONE, "172.18.0.9", "late"))
        assert await knows("one")
        _, said = await world.exec(two, "nc", "-w", "5", "one", "99")
        assert said.err == b"nc: can't connect to remote host (172.18.0.2): Connection refused\n"
        await world.sandbox.disconnect(two, ONE)
        await world.sandbox.disconnect(two, ONE)
        assert not await knows("one")
        _, said = await world.exec(two, "nc", "-w", "5", "172.18.0.2", "99")
        assert b"unreachable" in said.err
        await world.sandbox.disconnect(two, TWO)
        await world.sandbox.connect(two, at(TWO, "172.19.0.7", "again"))
        assert await knows("again")
        for process in (one, two):
            process.signal(signal.SIGKILL)
            await process.wait()
        await world.sandbox.remove_network(ONE)
        assert f"br-{TWO[:12]}" in {name for _, name in socket.if_nameindex()}
        assert f"br-{ONE[:12]}" not in {name for _, name in socket.if_nameindex()}

    live(scenario)


def test_extra_hosts_are_known() -> None:
    async def scenario(world: World) -> None:
        _, said = await world.run("getent", "hosts", "other", box=world.box(extra_hosts=("other:10.1.2.3",)))
        assert said.out.split() == [b"10.1.2.3", b"other"]

    live(scenario)


def test_the_daemon_itself_reaches_no_outside_network() -> None:
    async def scenario(world: World) -> None:
        await networks(world)
        assert {name for _, name in socket.if_nameindex()} == {"lo", f"br-{ONE[:12]}", f"br-{TWO[:12]}"}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside, pytest.raises(OSError, match="unreachable"):
            outside.connect(("192.0.2.1", 53))

    live(scenario)


def test_four_sandboxes_side_by_side_with_the_same_addresses() -> None:
    async def scenario(world: World) -> None:
        await networks(world)
        process, _ = await world.start("sleep", "100", endpoints=(at(ONE, "172.18.0.2", "db"),))
        for _ in range(5):
            code, said = await world.run("getent", "hosts", "db", endpoints=(at(ONE, "172.18.0.3"),))
            assert (code, said.out.split()[0]) == (0, b"172.18.0.2")
        process.signal(signal.SIGKILL)
        assert await process.wait() == 137

    for world in [fork_world(scenario, isolate=True) for _ in range(4)]:
        outcome(*world)


def test_starts_that_are_given_up_leave_nothing() -> None:
    async def scenario(world: World) -> None:
        faults: list[dict[str, Any]] = []  # what would be printed with a traceback
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
        await networks(world)
        before = os.listdir("/proc/self/fd")  # noqa: PTH208
        for delay in range(8):
            starting = asyncio.ensure_future(world.start("sleep", "100", endpoints=(at(ONE, "172.18.0.2", "db"),)))
            await asyncio.sleep(delay / 1000)
            starting.cancel()
            try:
                process, _ = await starting
            except asyncio.CancelledError:
                continue
            process.signal(signal.SIGKILL)
            await process.wait()
        assert os.listdir("/proc/self/fd") == before  # noqa: PTH208
        assert faults == []

    live(scenario)


def test_what_the_system_refuses_is_told_without_its_number() -> None:
    async def scenario(world: World) -> None:
        with pytest.raises(CannotStart) as caught:
            await world.run("true", box=world.box(binds=(Bind(world.state / "gone", "/gone"),)))
        assert (caught.value.code, str(caught.value)) == (128, "mount /gone: No such file or directory")

    live(scenario)
