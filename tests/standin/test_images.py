"""The catalogue, and what containers of its images do: PostgreSQL as a service, nc as a client."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import pytest

from standin.images import CATALOGUE, helper, postgresql, resolve
from standin.sandbox import Box, CannotStart, Endpoint, Process
from tests.standin.sandbox_world import Said, World, live

NETWORK = "5" * 64
IMAGE = "postgres:16-alpine"
# PostgreSQL's StartupMessage, protocol 3.0.
STARTUP = r"printf '\000\000\000\051\000\003\000\000user\000postgres\000database\000postgres\000\000'"
both = pytest.mark.parametrize("isolate", [True, False], ids=["isolated", "plain"])


@pytest.mark.parametrize("image", CATALOGUE, ids=lambda image: image.repository)
def test_an_image_is_found_by_tag_digest_and_id(image) -> None:  # type: ignore[no-untyped-def]
    name, tag = image.repository, image.tag
    for reference in (
        f"{name}:{tag}",
        f"docker.io/library/{name}:{tag}",
        f"library/{name}:{tag}",
        f"{name}@{image.digest}",
        image.id,
        image.id.removeprefix("sha256:"),
        image.id.removeprefix("sha256:")[:12],
    ):
        assert resolve(reference) is image, reference
    for reference in (f"{name}:no-such", f"other/{name}:{tag}", f"{name}@{image.id}", image.id[7:18], image.id[8:]):
        assert resolve(reference) is None, reference


def test_without_a_tag_it_is_the_latest() -> None:
    alpine = resolve("alpine")
    assert alpine
    assert (alpine.repository, alpine.tag) == ("alpine", "latest")
    assert resolve("postgres") is None


def test_ids_digests_and_layers_are_digests_of_their_own() -> None:
    digests = [text for image in CATALOGUE for text in (image.id, image.digest, *image.layers)]
    assert len(set(digests)) == len(digests)
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", digest) for digest in digests)


def test_a_missing_postgresql_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_PACKAGE", "no_such_package_at_all")
    postgresql.parts.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match=r"no_such_package_at_all.*\[standin\]"):
            postgresql.parts()
    finally:
        postgresql.parts.cache_clear()


@both
def test_a_container_without_its_programs_cannot_start(isolate: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_PACKAGE", "no_such_package_at_all")

    async def scenario(world: World) -> None:
        postgresql.parts.cache_clear()
        with pytest.raises(CannotStart, match="no_such_package_at_all") as caught:
            await world.start("docker-entrypoint.sh", box=world.box(IMAGE))
        assert caught.value.code == 128
        await world.run("true")

    live(scenario, isolate=isolate)


def environment(**settings: str) -> dict[str, str]:
    image = resolve(IMAGE)
    assert image
    own = dict(variable.split("=", 1) for variable in image.config["Env"])
    return own | {f"POSTGRES_{name}": value for name, value in settings.items()}


async def serve(
    world: World, address: str = "", box: Box | None = None, **settings: str
) -> tuple[Process, Said, tuple[Endpoint, ...]]:
    places = (Endpoint(NETWORK, address, frozenset(("db",))),) if address else ()
    env = environment(**settings)
    process, said = await world.start(
        "docker-entrypoint.sh", "postgres", box=box or world.box(IMAGE), env=env, endpoints=places
    )
    await said.until(b"database system is ready to accept connections")
    return process, said, places


async def query(world: World, process: Process, sql: str, *more: str) -> str:
    async with asyncio.timeout(20):
        _, said = await world.exec(process, "psql", "-U", "postgres", "-Atc", sql, *more)
    assert not said.err, said.err
    return said.out.decode().strip()


def test_it_is_postgresql_16_that_answers_by_its_alias() -> None:
    async def scenario(world: World) -> None:
        await world.sandbox.add_network(NETWORK, "172.18.0.0/16")
        process, said, _ = await serve(world, "172.18.0.2", PASSWORD="it's secret", DB="app")
        assert b'listening on IPv4 address "0.0.0.0", port 5432' in said.err
        assert (await query(world, process, "show server_version")).startswith("16.")
        assert await query(world, process, "select datname from pg_database where datname = 'app'") == "app"
        script = f"{STARTUP} | nc -w 5 db 5432 | od -An -v -tx1 -N9"
        _, answer = await world.run("sh", "-c", script, endpoints=(Endpoint(NETWORK, "172.18.0.3", frozenset()),))
        assert answer.out.split() == b"52 00 00 00 17 00 00 00 0a".split()  # it asks for SASL
        uri = "postgresql://postgres:it%27s%20secret@db/app"
        code, answer = await world.run(
            "psql",
            uri,
            "-Atc",
            "select 6*7",
            box=world.box(IMAGE),
            endpoints=(Endpoint(NETWORK, "172.18.0.4", frozenset()),),
        )
        assert (code, answer.out) == (0, b"42\n"), answer.err
        process.signal(signal.SIGINT)
        assert await process.wait() == 0

    live(scenario)


def test_its_data_outlive_a_restart() -> None:
    async def scenario(world: World) -> None:
        box = world.box(IMAGE)
        process, _, _ = await serve(world, box=box, HOST_AUTH_METHOD="trust")
        await query(world, process, "create table kept (n int); insert into kept values (7)")
        process.signal(signal.SIGTERM)
        assert await process.wait() == 0
        process, said, _ = await serve(world, box=box)
        assert b"init process" not in said.out
        assert await query(world, process, "select n from kept") == "7"

    live(scenario)


@both
def test_without_password_it_refuses_as_the_official_image_does(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run(
            "docker-entrypoint.sh", "postgres", box=world.box(IMAGE), env=environment(PASSWORD="")
        )
        assert code == 1
        assert said.err.startswith(b"Error: Database is uninitialized and superuser password is not specified.\n")

    live(scenario, isolate=isolate)


def instead_of_initdb(world: World, box: Box, script: str, *, isolate: bool) -> None:
    command = box.image.install(world.state / "images", isolated=isolate) / "initdb"
    command.unlink()
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


@both
def test_an_initialisation_that_is_stopped_ends_silently(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        box = world.box(IMAGE)
        instead_of_initdb(world, box, "echo under way >&2; exec sleep 1000", isolate=isolate)
        process, said = await world.start("docker-entrypoint.sh", "postgres", box=box, env=environment(PASSWORD="x"))
        await said.until(b"under way")
        process.signal(signal.SIGINT)
        assert await process.wait() == 130
        assert said.err == b"under way\n"

    live(scenario, isolate=isolate)


def test_an_initialisation_that_fails_says_why_in_words() -> None:
    async def scenario(world: World) -> None:
        box = world.box(IMAGE)
        instead_of_initdb(world, box, "exit 3", isolate=True)
        env = environment(PASSWORD="x")
        code, said = await world.run("docker-entrypoint.sh", "postgres", box=box, env=env)
        told = b"Error: PostgreSQL could not be initialised: initdb failed with exit status 3\n"
        assert (code, said.err) == (1, told)
        (box.root / "var/lib/postgresql/data/pg_hba.conf").mkdir(parents=True)
        instead_of_initdb(world, box, 'mkdir "$2"', isolate=True)
        code, said = await world.run("docker-entrypoint.sh", "postgres", box=box, env=env)
        path = b"/var/lib/postgresql/data/pg_hba.conf"
        assert (code, said.err) == (1, b"Error: PostgreSQL could not be initialised: %b: Is a directory\n" % path)

    live(scenario)


@both
def test_several_services_run_at_once(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        services = [await serve(world, PASSWORD="x", USER=user) for user in ("postgres", "other")]
        for process, _, _ in services:
            process.signal(signal.SIGTERM)
            assert await process.wait() == 0

    live(scenario, isolate=isolate)


def test_another_command_is_run_instead() -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run("docker-entrypoint.sh", "echo", "hello", box=world.box(IMAGE))
        assert (code, said.out) == (0, b"hello\n")

    live(scenario)


def test_nc_sends_its_end_and_waits_for_the_peers() -> None:
    async def scenario(world: World) -> None:
        script = "nc -l -p 99 >/got & sleep 0.3; printf question | nc -w 5 127.0.0.1 99; wait; cat /got"
        code, said = await world.run("sh", "-c", script)
        assert (code, said.out) == (0, b"question"), said.err

    live(scenario)


@pytest.mark.parametrize("arguments", [(), ("host",), ("host", "port"), ("-x", "host", "1"), ("-l",)])
def test_nc_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    async def scenario(world: World) -> None:
        code, said = await world.run("nc", *arguments)
        assert code == 1
        assert said.err.startswith(b"usage: nc") or said.err.startswith(b"nc: bad address")

    live(scenario, isolate=False)


HELPER = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:alpine-latest-x86_64-v17.11.0"


def test_the_helpers_stock_names_are_found() -> None:
    image = resolve(HELPER)
    assert image is resolve(HELPER)
    assert image
    assert resolve(f"{image.repository}@{image.digest}") is image is resolve(image.id)
    assert resolve("gitlab/gitlab-runner-helper:x86_64-latest") is not image


@both
def test_the_helpers_applet_prepares_volumes_and_waits_for_ports(isolate: bool) -> None:
    async def scenario(world: World) -> None:
        box = world.box(HELPER)
        code, said = await world.run("sh", "-c", "gitlab-runner-helper cache-init . && stat -c %a .", box=box)
        assert (code, said.out) == (0, b"777\n"), said.err
        code, said = await world.run("gitlab-runner-helper", "cache-archiver", box=box)
        assert code == 1
        assert b"--helper" in said.err
        code, said = await world.run("gitlab-runner-build", box=box, feed=b"umask\n")
        assert (code, said.out) == (0, b"0000\n"), said.err

    live(scenario, isolate=isolate)


def test_the_helpers_applet_waits_for_ports() -> None:
    async def scenario(world: World) -> None:
        check = "(sleep 0.3; nc -l -p 99) & exec /usr/bin/gitlab-runner-helper health-check"
        env = {"WAIT_FOR_SERVICE_TCP_ADDR": "127.0.0.1", "WAIT_FOR_SERVICE_99_TCP_PORT": "99"}
        code, said = await world.run("sh", "-c", check, box=world.box(HELPER), env=env)
        assert code == 0, said.err
        assert said.out.startswith(b"waiting for TCP connection to 127.0.0.1")

    live(scenario)


@both
def test_the_real_helper_takes_the_applets_place(
    isolate: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / helper.PROGRAM).write_text("#!/bin/sh\necho real $1\n")
    (tmp_path / helper.PROGRAM).chmod(0o755)
    monkeypatch.setattr(helper, "_real", [])
    helper.provide(tmp_path)

    async def scenario(world: World) -> None:
        box = world.box("gitlab-runner-helper:x86_64-real")
        code, said = await world.run("gitlab-runner-helper", "cache-init", box=box)
        assert (code, said.out) == (0, b"real cache-init\n"), said.err
        if isolate:
            _, said = await world.run("/usr/bin/gitlab-runner-helper", "x", box=box)
            assert said.out == b"real x\n"

    live(scenario, isolate=isolate)
    with pytest.raises(FileNotFoundError, match="--helper"):
        helper.provide(tmp_path / "nowhere")
