"""A second job, for what TST-011's notes, and the runner itself, ask for beyond the criteria.

Its helper relays its stdin into the shared volumes, and its build container is a shell that is asked from inside.
"""

from __future__ import annotations

import random

from support.api.client import raw_call
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import EXITED, NEVER_STARTED, status_of
from support.gitlab.build_shell import SHELL_ANSWERS, BuildShell
from support.gitlab.handshake import ASKS_FOR_AUTHENTICATION, PORT, handshake_command
from support.gitlab.job import Job
from support.gitlab.restart import Restart
from support.once import once
from support.run import ANSWER_SLACK, Run
from support.thing import succeeded, text_at
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

BEFORE_START = b"written before the start, once\n"
# Every byte value, bytes that look like frame headers, more in all than a pipe holds, and no piece like another.
RAW = (
    bytes(range(256))
    + random.Random(11).randbytes(128 * 1024)  # noqa: S311 - the same in every run, and no secret
    + b"\x01\x00\x00\x00\x00\x00\x00\x04\x02\x00\x00\x00"
    + b"\r\n\0" * 64
)
ON_STDERR = b"said on stderr\n"
CACHED = b"kept for the next job\n"
NO_ALIAS = "no-such-alias"
_FILE = "from-helper"
_CACHE_OF_BUILD = "/cache-elsewhere"  # a volume is known by its name, not by its place
_HELPER_SCRIPT = "; ".join(
    [
        f"{{ echo '{CACHED.decode().strip()}' > /cache/{_FILE}; }} 2>/dev/null",
        f"tee /builds/{_FILE} 2>/dev/null",
        # A script goes on after the end of its stdin; builds are known to end it two seconds later.
        "sleep 3",
        f"echo '{ON_STDERR.decode().strip()}' >&2",
    ]
)


class SecondJob(Job):
    """Relays, a shell, a service that answers under its aliases, a restart."""

    def __init__(self, run: Run, name: str) -> None:
        super().__init__(run, name, _HELPER_SCRIPT, _CACHE_OF_BUILD)
        self.took = 0.0  # seconds until all was done
        self.build_shell = BuildShell(self.build)
        self.restart = Restart(self.build)

    # --- the helper relays its stdin -------------------------------------------------------------------------------

    @once
    def relaying(self) -> Hijack:
        """The helper's stream: a line was written before the start, raw bytes and the end of stdin after it."""
        helper = self.helper
        helper.must_be_attached()
        stream = helper.attach()
        stream.write(BEFORE_START, self.driver.at_most(SHELL_ANSWERS))
        helper.must_run()
        stream.write(RAW, self.driver.seconds("exchange_timeout"))
        stream.half_close()
        return stream

    @once
    def relayed(self) -> Hijack:
        """The same, over."""
        stream = self.relaying()
        stream.wait_end(self.driver.stop_within())
        return stream

    def must_have_relayed(self) -> None:
        """Raises ``NotJudged`` where the helper did not relay its stdin to the end."""
        try:
            stream = self.relayed()
        except AssertionError as error:
            raise NotJudged(f"the helper did not relay its stdin: {error} (TST-011-AC-15)") from None
        if not stream.ended:
            raise NotJudged(f"the helper did not come to its end: {stream.describe()} (TST-011-AC-15)")

    # --- what the build container's shell sees -----------------------------------------------------------------------

    @once
    def files_read(self) -> bytes:
        """The checksums of what the helper wrote into each volume, as the build container reads it (N-4)."""
        for volume in self.volumes:
            volume.must_be_there()
        self.must_have_relayed()
        return self.build_shell.say(f"sha256sum /builds/{_FILE} {_CACHE_OF_BUILD}/{_FILE}")

    # --- the service, asked from inside the network ----------------------------------------------------------------

    def first_bytes_from(self, host: str) -> bytes:
        """What a server at ``host`` first answers to PostgreSQL's StartupMessage, from inside the job's network."""
        said = self.build_shell.say(f'echo "$({handshake_command(host)})"')
        try:
            return bytes.fromhex(said.decode())
        except ValueError:
            raise NotJudged(f"the build container's shell answers otherwise than asked: {said[:200]!r}") from None

    @once
    def handshakes(self) -> dict[str, bytes]:
        """The first bytes of PostgreSQL's answer under each alias, as far as it gives one in time (N-6)."""
        self.network.must_be_there()
        self.service.must_run()
        return {alias: self._handshake_with(alias) for alias in self.service.plan.aliases}

    def _handshake_with(self, alias: str) -> bytes:
        last = b""

        def answers() -> Seen[bytes]:
            nonlocal last
            last = self.first_bytes_from(alias)
            if last[:1] == ASKS_FOR_AUTHENTICATION:
                return done(last)
            seen = self.service.inspect()
            if status_of(seen) in (NEVER_STARTED, EXITED):
                raise NotJudged(f"{self.service} does not run: {seen.line()}")
            return not_yet(f"{alias}:{PORT} answered {last!r}, the service container is {status_of(seen)}")

        within = max(self.driver.at_most(self.service.up_by.remaining), SHELL_ANSWERS)
        try:
            return until(answers, f"PostgreSQL to answer as {alias!r} in the job's network", within)
        except AssertionError as error:
            self.driver.note(str(error))
            return last

    @once
    def without_alias(self) -> bytes:
        """What answers under a name that is no alias (N-7)."""
        return self.first_bytes_from(NO_ALIAS)

    @once
    def forced_delete(self) -> Exchange:
        """The service container's delete while it runs; nothing else needs it any more (N-19)."""
        self.service.must_run()
        seen = self.service.inspect()
        if status_of(seen) == EXITED:
            raise NotJudged(f"{self.service} has exited, and only what runs is forced: {seen.line()}")
        return self.service.send_delete("TST-011-N-19")

    @once
    def tasks_running_on(self) -> list[str]:
        """What of the service still runs as a Fargate task after its delete."""
        self.forced_delete()
        return self.driver.tasks_running_on(self.service.known_id)

    # --- images ---------------------------------------------------------------------------------------------------

    @once
    def other_names(self) -> dict[str, str]:
        """What the build image can be named by: its ID and, where it has one, its digest."""
        names = {"id": text_at(self.build_image.metadata(), "Id"), "digest": self.build_image.digest()}
        if not names["digest"]:
            self.driver.note(f"that {self.build_image.name} can be named by its digest could not be seen: it has none")
        return {kind: name for kind, name in names.items() if name}

    @once
    def by_other_names(self) -> dict[str, Exchange]:
        """The creation of a container by each of these names (N-21)."""
        return {kind: self._created_by(name, kind) for kind, name in self.other_names().items()}

    @once
    def seen_by_other_names(self) -> dict[str, Exchange]:
        """Each of those containers inspected, where its creation was answered well."""
        return {
            kind: self.driver.observe(raw_call("GET", f"/containers/{self._name_by(kind)}/json"), "TST-011-N-21")
            for kind, creation in self.by_other_names().items()
            if succeeded(creation)
        }

    def _name_by(self, kind: str) -> str:
        return f"runner-{self.guid}-by{kind}"

    def _created_by(self, reference: str, kind: str) -> Exchange:
        name = self._name_by(kind)
        self.driver.ledger.expect("container", name)
        labels = self.driver.ledger.label
        return self.driver.ask(
            lambda client: client.create_container(reference, ["true"], name=name, labels=labels), "TST-011-N-21", kind
        )

    @once
    def missing_pull(self) -> Exchange:
        """The pull of an image that no registry has (N-13)."""
        name, _, tag = self._missing_image().rpartition(":")
        within = self.driver.settings.seconds("pull_timeout")
        return self.driver.ask(lambda client: client.pull(name, tag=tag), "TST-011-N-13", "missing", within)

    @once
    def missing_run(self) -> Exchange:
        """What refuses a container of an image that was never pulled: its creation or, on ECS, its start (N-14)."""
        name = f"runner-{self.guid}-missing"
        self.driver.ledger.expect("container", name)
        image, labels = self._missing_image(), self.driver.ledger.label
        creation = self.driver.ask(
            lambda client: client.create_container(image, ["true"], name=name, labels=labels), "TST-011-N-14", "missing"
        )
        if not succeeded(creation):
            return creation
        within = self.driver.at_most(self.driver.settings.seconds("start_timeout") + ANSWER_SLACK)
        return self.driver.ask(lambda client: client.start(name), "TST-011-N-14", "missing", within)

    def _missing_image(self) -> str:
        return f"no-such-registry.invalid/{self.guid}:none"
