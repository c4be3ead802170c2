"""Streams that are silent for long, or carry much (RUN-37 to RUN-42)."""

from __future__ import annotations

from support.api.frames import STDERR, STDOUT
from support.container import RUNS, status_of
from support.gitlab.small_job import SmallJob
from support.gitlab.stage import Stage
from support.once import once
from support.run import Run
from support.verdicts import NotJudged
from support.waiting import Deadline

SILENT_FOR = 25.0  # seconds
_NEARLY = 0.95  # of a silence, which begins a little before its script is known to have been written
LATE_OUT, LATE_ERR = b"late on stdout\n", b"late on stderr\n"
LATE_STATUS = 4
SCRIPT_BYTES = 4 * 1024 * 1024
BINARY = bytes(range(256))
AFTER_SCRIPT, AFTER_STDIN = b"the end of a long script\n", b"stdin is closed\n"
FLOOD_STATUS = 6
_BEFORE_NUMBERS = BINARY + AFTER_SCRIPT + AFTER_STDIN
_NUMBERS = 25_000  # of each stream, a line each: 50 MB together
_FEW_NUMBERS = 200  # so that a frame for every byte is within the limit max_frames
_PADDING = b"." * 994  # a line has a thousand bytes, or a few less
_LINE = f": {'x' * 61}\n"


class Quiet(SmallJob):
    """Its script writes nothing for 25 s after the end of its stdin, and then something to both streams."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "quiet", "RUN-37")
        self.silent_for = max(1, round(SILENT_FOR * self.driver.settings.deadline_scale))
        self.build = self.container("build")
        self.stage = Stage(self.build, self._script, lasts=float(self.silent_for))

    def _script(self) -> str:
        out, err = LATE_OUT.decode().strip(), LATE_ERR.decode().strip()
        return f"sleep {self.silent_for}\necho '{out}'\necho '{err}' >&2\nexit {LATE_STATUS}\n"

    @once
    def early_end(self) -> list[str]:
        """What speaks against a stream that stays open while the container is silent.

        Raises ``NotJudged`` where it was not silent, or ended before its time.
        """
        stream, began = self.stage.stream(), Deadline(0.0)
        most = self.driver.at_most(self.silent_for + self.driver.stop_within())
        has_said = stream.wait_for(lambda: bool(stream.output(STDOUT) or stream.output(STDERR)), most)
        if began.elapsed >= self.silent_for * _NEARLY or not (has_said or stream.ended):
            return []
        if has_said:
            raise NotJudged(f"{self.build} was not silent: {stream.describe()}")
        seen = self.build.inspect()
        if status_of(seen) != RUNS:
            raise NotJudged(f"{self.build} did not run for as long as its script does: {seen.line()}")
        return [f"after {began.elapsed:.1f} s of silence: {stream.describe()}"]


class Counted:
    """Follows a stream of numbered lines behind ``skip`` bytes of something else."""

    def __init__(self, skip: int = 0) -> None:
        self.lines = 0
        self.problem = ""  # the first line that is another than it should be
        self._skip = skip
        self._rest = b""

    def __call__(self, payload: bytes) -> None:
        skipped = payload[self._skip :]
        self._skip -= len(payload) - len(skipped)
        *lines, self._rest = (self._rest + skipped).split(b"\n")
        wanted = [b"%d%s" % (number, _PADDING) for number in range(self.lines + 1, self.lines + 1 + len(lines))]
        if lines != wanted and not self.problem:
            at = next(n for n, (was, should) in enumerate(zip(lines, wanted, strict=True)) if was != should)
            self.problem = f"line {self.lines + 1 + at} is {lines[at][:24]!r}… and should be {wanted[at][:24]!r}…"
        self.lines += len(lines)


class Flood(SmallJob):
    """Its script is 4 MB long; it writes all bytes, closes its stdin, and counts on both streams at once."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "flood", "RUN-39")
        scale = min(1.0, self.driver.settings.deadline_scale)
        # Where deadlines are short, every byte may travel in a frame of its own.
        self.numbers = _NUMBERS if scale == 1.0 else max(1, min(_FEW_NUMBERS, round(_NUMBERS * scale**3)))
        self.build = self.container("build")
        self.stage = Stage(self.build, self._script, lasts=60.0 * scale)
        self.counted = {STDOUT: Counted(len(_BEFORE_NUMBERS)), STDERR: Counted()}

    def _script(self) -> str:
        binary = "".join(rf"\{byte:03o}" for byte in BINARY)
        count = f"""awk 'BEGIN {{ for (n = 1; n <= {self.numbers}; n++) print n "{_PADDING.decode()}" }}'"""
        # A shell whose stdin is its script reads it piece by piece; what it still has to do then is in a function.
        end = "\n".join(
            [
                "all_of_it() {",
                f"  printf '{binary}'",
                f"  echo '{AFTER_SCRIPT.decode().strip()}'",
                "  exec 0<&-",
                f"  echo '{AFTER_STDIN.decode().strip()}'",
                f"  {count} >&2 &",
                f"  {count}",
                "  wait",
                f"  exit {FLOOD_STATUS}",
                "}",
                "all_of_it\n",
            ]
        )
        return _LINE * ((SCRIPT_BYTES - len(end)) // len(_LINE)) + end

    @once
    def attach(self) -> None:
        """The attach; from then on each stream's lines are counted."""
        stream = self.stage.attach()
        for number, counted in self.counted.items():
            stream.kept[number].follow = counted

    def first_output(self) -> bytes:
        """What stdout begins with, before the numbers."""
        self.attach()
        self.stage.output_ended()
        return self.stage.stream().output(STDOUT)[: len(_BEFORE_NUMBERS)]

    def output(self) -> bytes:
        """The same. Raises ``NotJudged`` where the script did not come so far that it writes."""
        if not self.first_output():
            raise NotJudged(f"{self.build}'s script wrote nothing: {self.stage.stream().describe()} (RUN-40)")
        return self.first_output()

    @once
    def disorder(self) -> list[str]:
        """What speaks against all lines having come, in their order on each stream."""
        self.output()
        problems = [
            f"{name}: {counted.problem or f'{counted.lines} lines came of {self.numbers}'}"
            for name, counted in (("stdout", self.counted[STDOUT]), ("stderr", self.counted[STDERR]))
            if counted.problem or counted.lines != self.numbers
        ]
        return problems + ([self.stage.stream().malformed] if self.stage.stream().malformed else [])
