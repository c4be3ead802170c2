"""The documents whose features are run behind lies, and what of them is run behind which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from falsify.lies import Layer, Lie
from support.settings import ROOT


@dataclass(frozen=True)
class Document:
    """``backend`` is the stand-in's. ``heavy`` are scenarios that run the suite itself many times over.

    ``restarts`` is said of one whose scenarios restart the daemon: they get a relay as theirs, in front of the proxy.
    ``profiles_only`` is said of one that other lies are not run on. ``prefixes`` are how the ids of its scenarios
    begin, where that is not with its own.
    """

    id: str
    feature: str
    backend: str
    heavy: frozenset[str] = frozenset()
    profiles_only: bool = False
    prefixes: tuple[str, ...] = ()
    restarts: bool = False

    @property
    def label(self) -> str:
        """What distinguishes it from the same document on another backend."""
        return f"{self.id}-on-{self.backend}" if self.profiles_only else self.id

    def part_of(self, lie: Lie) -> Lie | None:
        """What of a lie is about this document; None where nothing is."""
        if lie.backend not in ("", self.backend) or (self.profiles_only and lie.layer is not Layer.PROFILES):
            return None
        begins = self.prefixes or (self.id,)
        must = frozenset(name for name in lie.must if name.startswith(begins))
        return replace(lie, must=must, may=frozenset(n for n in lie.may if n.startswith(begins))) if must else None

    def arguments(self, concerned: Iterable[str], *, is_whole: bool) -> tuple[str, ...]:
        """For behave: the whole feature; its heavy scenarios only where they are concerned."""
        left_out = () if is_whole else sorted(self.heavy - set(concerned))
        tags = " and ".join(f"not @{name}" for name in left_out)
        return (str(ROOT / self.feature), *((f"--tags={tags}",) if tags else ()))

    def alone(self, criterion: str) -> tuple[str, ...]:
        """For behave: one scenario by itself."""
        return (str(ROOT / self.feature), f"--tags=@{criterion}")


GITLAB = Document("TST-011", "features/gitlab_runner.feature", "memory")
ECS = Document("TST-010", "features/ecs_integration.feature", "ecs", frozenset({"TST-010-AC-01", "TST-010-AC-02"}))
RECORDED = Document("RECORDED", "features/recorded_jobs.feature", "memory", prefixes=("RUN-0", "RUN-1", "RUN-2"))
GITLAB_ON_ECS = replace(GITLAB, backend="ecs", profiles_only=True)
CONTRACT = Document("RUN", "features/runner_contract.feature", "memory", prefixes=("RUN-3", "RUN-4", "RUN-5", "RUN-6"))
JOBS = Document("JOB", "features/job_outcomes.feature", "memory")
DRIFT = Document("DRIFT", "features/runtime_drift.feature", "ecs", restarts=True)
AGREED = (GITLAB, ECS)  # with makers and users of Sockerless
DOCUMENTS = (*AGREED, RECORDED, CONTRACT, JOBS, DRIFT)
