"""What is found out about one case, and when it is too much."""

from __future__ import annotations

from dataclasses import dataclass, field

TENTH, SPARE = 1.1, 5.0  # a deadline may be exceeded by a tenth and so many seconds
MEMORY = 60.0  # MB that each process of the suite may need beyond its peak in a quiet run
CPU = 2.0  # times the quiet run's processor time


@dataclass
class Findings:
    """Texts are a line each. ``problems`` are those that no column of the table counts.

    ``overrun`` is the longest time beyond a deadline, in seconds; ``memory`` the most that a process needed beyond its
    quiet peak, in MB; ``cpu`` the largest share of the quiet run's processor time. ``skipped`` is the reason.
    """

    problems: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    overrun: float = 0.0
    memory: float = 0.0
    cpu: float = 0.0
    skipped: str = ""

    def took(self, what: str, seconds: float, deadline: float) -> None:
        """Something with a deadline ended after so many seconds."""
        self.overrun = max(self.overrun, seconds - deadline)
        if seconds > deadline * TENTH + SPARE:
            self.problems.append(f"{what} took {seconds:.1f} s, its deadline was {deadline:.1f} s")

    def needed_memory(self, what: str, peak: float, quiet: float) -> None:
        """A process had this peak, in MB, where it has ``quiet`` in a quiet run."""
        self.memory = max(self.memory, peak - quiet)
        if peak - quiet > MEMORY:
            self.problems.append(f"{what} needed {peak:.0f} MB of memory, in a quiet run {quiet:.0f} MB")

    def needed_cpu(self, what: str, seconds: float, quiet: float) -> None:
        """A run needed so much processor time, where a quiet one needs ``quiet``."""
        self.cpu = max(self.cpu, seconds / quiet)
        if seconds > quiet * CPU:
            self.problems.append(f"{what} needed {seconds:.1f} s of processor time, in a quiet run {quiet:.1f} s")

    def reasons(self) -> list[str]:
        """Why it is not survived, a line each."""
        named = {
            "left behind": self.left,
            "hangs": self.hangs,
            "secret": self.secrets,
            "raw bytes": self.raw,
            "traceback": self.tracebacks,
        }
        return [*self.problems, *(f"{name}: {line}" for name, lines in named.items() for line in lines)]

    @property
    def may_be_the_machine(self) -> bool:
        """Whether a machine that was busy with something else may have spoilt it: no secret, raw byte or traceback."""
        return not self.is_survived and not (self.secrets or self.raw or self.tracebacks)

    @property
    def is_survived(self) -> bool:
        """Whether the suite behaved."""
        return not self.reasons()
