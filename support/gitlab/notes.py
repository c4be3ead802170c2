"""The further job behind TST-011's notes: what they and the definition of done ask for beyond a criterion."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.gitlab.again import SecondRun
from support.gitlab.job import ALIASES, BUILD_IMAGE, Job
from support.gitlab.resources import Image, need, text_at
from support.gitlab.shell import Shell
from support.once import once
from support.run import ANSWER_SLACK, Run
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, TimedOut, done, never, not_yet, until

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
_FILE = "from-helper"
_CACHE_OF_BUILD = "/cache-elsewhere"
NO_ALIAS = "no-such-alias"
FAILING = 7
_PORT = 5432
_SHELL_ANSWERS = 15.0  # seconds for what asks for little
_COMMAND_ANSWERS = 25.0  # seconds for one command, the container's own time-outs and a hundred kilobytes included
# PostgreSQL's StartupMessage (protocol 3.0, user and database postgres), as printf writes it: length first.
_STARTUP = r"\000\000\000\051\000\003\000\000user\000postgres\000database\000postgres\000\000"


def authentication_problem(answer: bytes) -> str:
    """What speaks against an answer being PostgreSQL's AuthenticationRequest: ``R``, length, kind; ``""`` if none."""
    length = int.from_bytes(answer[1:5])
    if answer[:1] != b"R" or len(answer) < 9 or not 8 <= length <= 512:
        return f"PostgreSQL asks for authentication with R and a length; this answered {answer!r}"
    return ""


class NotesJob(Job):
    """A job whose helper relays its stdin into the shared volumes and whose build container is a shell to ask."""

    def __init__(self, run: Run, name: str) -> None:
        self.took = 0.0  # seconds until all was driven
        self._is_isolated = not run.target.lacks_isolation
        commands = [
            f"{{ echo '{CACHED.decode().strip()}' > /cache/{_FILE}; }} 2>/dev/null",
            f"tee /builds/{_FILE} 2>/dev/null",
            # A script goes on after the end of its stdin; builds are known to end it two seconds later.
            "sleep 3",
            f"echo '{ON_STDERR.decode().strip()}' >&2",
        ]
        super().__init__(run, name, "; ".join(commands))
        self.again = SecondRun(self.build, lambda: self.failing_end)

    def binds_of(self, role: str) -> list[str]:
        """The build container has the cache volume elsewhere: a volume is one by its name, not by its place."""
        if role != self.build.role.name:
            return super().binds_of(role)
        return [self.build_volume.at(self.build_volume.target), self.cache_volume.at(_CACHE_OF_BUILD)]

    @once
    def relaying(self) -> Hijack:
        """The helper's stream: a line of stdin was written before the start, raw bytes and the end after it."""
        stream = self.helper.attachment
        need(stream.exchange, 101, "TST-011-AC-15")
        need(self.helper.as_attached, 200, "TST-011-AC-14")
        stream.write(BEFORE_START, self.at_most(_SHELL_ANSWERS))
        need(self.helper.start, 204, "TST-011-AC-15")
        stream.write(RAW, self.at_most(self.settings.seconds("exchange_timeout")))
        stream.half_close()
        return stream

    @once
    def relay(self) -> Hijack:
        """The same, over."""
        stream = self.relaying
        stream.wait_end(self.stop_deadline())
        return stream

    @once
    def shell(self) -> Shell:
        """The build container's shell, started."""
        need(self.build.attachment.exchange, 101, "TST-011-AC-10")
        need(self.build.start, 204, "TST-011-AC-11")
        if self.build.status() != "running":
            raise NotJudged("it stands on TST-011-AC-11: the build container does not run after its start")
        self.build.waiting  # noqa: B018 - open from now on, so that its headers can be seen to come before its end
        return Shell(self.build.attachment)

    @once
    def held_back(self) -> list[str]:
        """What speaks against output flowing while the build container runs, its stdin open (N-15)."""
        shell, command = self.shell, "echo still-running"
        try:
            shell.run(command, self._command_answers())
        except AssertionError as error:
            if self.build.status() != "running":
                raise NotJudged(f"the build container was {self.build.status()!r} with its stdin open") from None
            return [f"while the build container ran, {error}"]
        status = self.build.status()
        return [] if status == "running" else [f"{command!r} was answered when the build container was {status!r}"]

    def say(self, command: str) -> bytes:
        """What a command in the build container writes to stdout; without a shell that answers nothing can be asked."""
        self.held_back  # noqa: B018 - looked at first: the last command ends the shell
        try:
            return self.shell.run(command, self._command_answers())
        except AssertionError as error:
            raise NotJudged(f"it stands on TST-011-AC-12: {error}") from None

    def _command_answers(self) -> float:
        """Seconds that a command in the build container has now."""
        return self.at_most(self.settings.deadline_scale * _COMMAND_ANSWERS)

    @once
    def file_read(self) -> bytes:
        """What the build container reads where the helper wrote into the build volume."""
        self.relay  # noqa: B018 - the helper writes the file
        return self.say(f"cat /builds/{_FILE}")

    @once
    def cached_read(self) -> bytes:
        """What the build container reads where the helper wrote into the cache volume."""
        self.relay  # noqa: B018 - the helper writes the file
        return self.say(f"cat {_CACHE_OF_BUILD}/{_FILE}")

    def first_bytes_from(self, host: str) -> bytes:
        """What a server at ``host`` first answers to PostgreSQL's StartupMessage, from inside the job's network."""
        said = self.say(f"printf '{_STARTUP}' | nc -w 5 {host} {_PORT} 2>/dev/null | od -An -v -tx1 -N9")
        return bytes.fromhex(said.decode().replace("\n", " "))

    @once
    def up_by(self) -> Deadline:
        """When the service must answer under all its aliases: the start's time, counted from the start."""
        need(self.service.start, 204, "TST-011-AC-07")
        return Deadline(self.settings.seconds("start_timeout"))

    @once
    def handshakes(self) -> dict[str, bytes]:
        """The first bytes of PostgreSQL's answer under each alias, as far as it gives one in time."""
        return {alias: self._handshake_with(alias) for alias in ALIASES}

    def _handshake_with(self, alias: str) -> bytes:
        last = b""

        def answers() -> Seen[bytes]:
            nonlocal last
            last = self.first_bytes_from(alias)
            if last[:1] == b"R":
                return done(last)
            status = self.service.status()
            text = f"{alias}:{_PORT} answered {last!r}, the service container is {status}"
            return never(text) if status in ("exited", "dead") else not_yet(text)

        within = max(self.at_most(self.up_by.remaining), _SHELL_ANSWERS)
        try:
            return until(answers, f"PostgreSQL to answer as {alias!r} in the job's network", within)
        except AssertionError as error:
            self.note(str(error))
            return last

    @once
    def without_alias(self) -> bytes:
        """What answers under a name that is no alias."""
        return self.first_bytes_from(NO_ALIAS)

    @once
    def failing_end(self) -> Exchange:
        """The wait's answer once the build container's shell has ended with ``FAILING``; the last use of the shell."""
        self.say("true")  # it answers: what its end is told as can be judged
        self.shell.stream.write(f"exit {FAILING}\n".encode(), self.at_most(_SHELL_ANSWERS))
        return self.build.waiting.answer(self.stop_deadline())

    @once
    def forced_removal(self) -> Exchange:
        """The service container's removal while it runs; nothing else needs it any more (N-19)."""
        need(self.service.when_left_created, 200, "TST-011-AC-08")
        status = self.service.status()
        if status != "running":
            raise NotJudged(f"it stands on TST-011-AC-08: {self.service} is {status!r}, and only what runs is forced")
        return self.service.put_removal()

    @once
    def by_other_names(self) -> dict[str, Exchange]:
        """Creations of containers by what the build image tells of itself: its ID and, where it has one, its digest."""
        seen = need(self.build_image.metadata, 200, "TST-011-AC-03")
        names = {"id": text_at(seen, "Id", "TST-011-N-21")}
        digests = seen.body.get("RepoDigests")
        if isinstance(digests, list) and digests:
            names["digest"] = str(digests[0])
        else:
            self.note(f"that {BUILD_IMAGE} can be named by its digest could not be seen: none is told")
        return {kind: self._created_by(reference, kind) for kind, reference in names.items()}

    def _created_by(self, reference: str, kind: str) -> Exchange:
        name = f"runner-{self.guid}-by{kind}"
        self.ledger.expect("container", name)
        with self.acting("TST-011-N-21", kind):
            return self.ask(
                lambda client: client.create_container(reference, ["true"], name=name, labels=self.labels())
            )

    @once
    def wait_while_running(self) -> Exchange:
        """The wait as it stands while the container runs: its head may have come, its body not."""
        self.shell  # noqa: B018 - started, and waited for
        wait = self.build.waiting

        def has_head() -> Seen[Exchange]:
            sent = wait.exchange
            return done(sent) if sent is not None and sent.status is not None else not_yet("no head yet")

        within = self.at_most(self.settings.seconds("exchange_timeout"))
        with suppress(TimedOut):
            until(has_head, "the wait's headers", within)
        if wait.exchange is None:
            raise NotJudged("the wait could not be sent")
        seen = replace(wait.exchange)
        self.say("true")  # the container ran until after this look
        return seen

    @once
    def missing_pull(self) -> Exchange:
        """The pull of an image that no registry has."""
        return Image(self, "missing", self._missing_image).pull

    @once
    def missing_run(self) -> Exchange:
        """What refuses a container of an image that was never pulled: its creation or, on ECS, its start."""
        name = f"runner-{self.guid}-missing"
        self.ledger.expect("container", name)
        creation = self.api.ask(
            lambda client: client.create_container(self._missing_image, ["true"], name=name, labels=self.labels())
        )
        if creation.status != 201:
            return creation
        within = self.settings.seconds("start_timeout") + ANSWER_SLACK
        return self.ask(lambda client: client.start(name), self.at_most(within))

    @property
    def _missing_image(self) -> str:
        return f"no-such-registry.invalid/{self.guid}:none"

    def drive(self) -> None:
        """All that the notes' scenarios look at, in the order that the shell needs; what fails is told to them."""
        inside: list[Callable[[], object]] = [
            lambda: self.handshakes,
            lambda: self.without_alias,
            lambda: self.file_read,
            lambda: self.cached_read,
        ]
        looks: list[Callable[[], object]] = [
            lambda: self.service.start,
            lambda: self.relaying,
            lambda: self.cache_volume.second_creation,
            lambda: self.held_back,
            lambda: self.wait_while_running,
            # Without isolation there is neither a volume's mount nor an alias, and nobody will look.
            *(inside if self._is_isolated else []),
            lambda: self.relay,
            lambda: self.failing_end,
            lambda: self.again.said,
            lambda: self.again.end,
            lambda: self.forced_removal,
        ]
        for look in looks:
            self._as_far_as_possible(look)
        self.took = self.took or self.deadline.elapsed
