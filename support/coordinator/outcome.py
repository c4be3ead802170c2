"""What came back of a job: how it ended, its log, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass

from support.coordinator.log import lines_of
from support.coordinator.server import JobRecord

_SHOWN = 12  # lines of a log's end


@dataclass(frozen=True)
class Outcome:
    """``left`` are a line each. ``problem`` says how the runner ended, where it did not end as it should."""

    name: str
    record: JobRecord
    left: tuple[str, ...]
    problem: str = ""

    @property
    def state(self) -> str:
        """``success``, ``failed``, ``canceled``, or ``running`` where its end was never reported."""
        return self.record.status

    @property
    def reason(self) -> str:
        """GitLab's word for why it failed, e.g. ``script_failure``; ``""`` for none."""
        return str(self.record.final.get("failure_reason") or "")

    @property
    def exit_code(self) -> int:
        """The script's status, 0 where none was reported."""
        code = self.record.final.get("exit_code")
        return code if isinstance(code, int) else 0

    @property
    def lines(self) -> list[str]:
        """The log's lines."""
        return lines_of(bytes(self.record.log))

    def end_of_log(self) -> list[str]:
        """Its last lines, as details of a verdict."""
        return [f"log: {line}" for line in self.lines[-_SHOWN:]]

    def ended(self) -> str:
        """E.g. ``failed (script_failure, exit code 3)``."""
        why = [self.reason] if self.reason else []
        why += [f"exit code {self.exit_code}"] if self.exit_code else []
        return f"{self.state} ({', '.join(why)})" if why else self.state

    def line(self) -> str:
        """All that was observed, in one line."""
        left = f"left behind: {', '.join(self.left)}" if self.left else "nothing left behind"
        problem = [self.problem] if self.problem else []
        seconds = f"{self.record.ended_at:.1f} s"
        return ", ".join([f"{self.name}: {self.ended()}", f"{len(self.lines)} lines of log", left, *problem, seconds])
