"""What dead runs left at one daemon: in the daemon, in the AWS account behind it, and on this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from support import folders
from support.api.recording import Recorder
from support.attempt import attempt
from support.cleanup import adoption
from support.cleanup.inventory import RUN_LABEL
from support.cleanup.ledger import Ledger
from support.daemon import STANDIN
from support.settings import FARGATE_GRACE, Settings
from support.target import Target, open_target
from support.verdicts import NotJudged, TargetError, UsageError

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.account import Account
    from support.aws.resources import AwsResources

_ENDED_WITHIN = 15.0  # seconds, for a daemon


@dataclass(frozen=True)
class Leftover:
    """One thing that was left, where it is, and which run left it."""

    what: str
    where: str
    run: str

    def __str__(self) -> str:
        return f"{self.what}, {self.where}, of {self.run}"


class LeftoverScan:
    """The daemon at ``url`` and the dead runs that used it. ``say`` takes what kept it from being inspected."""

    def __init__(self, url: str, ledgers: Sequence[Ledger], settings: Settings, say: Callable[[str], None]) -> None:
        self.url = url
        # A daemon that a run started is inspected, and cleaned up, before it is ended.
        self._ledgers = sorted(ledgers, key=lambda ledger: ledger.daemon is not None)
        self._settings = settings
        self._say = say
        self._daemon = next((ledger.daemon for ledger in ledgers if ledger.daemon), None)
        self.target: Target | None = None
        self._account: Account | None = None
        self._problems: list[str] = []
        self._unseen: list[str] = []
        self._is_half_open = False

    @classmethod
    def open(cls, url: str, ledgers: Sequence[Ledger], settings: Settings, say: Callable[[str], None]) -> LeftoverScan:
        """Reach the daemon, and the AWS account behind it; what cannot be reached is said, and the scan unclear."""
        scan = cls(url, ledgers, settings, say)
        scan.target, problem = attempt(None, scan._open_target)
        if scan.target is not None:
            scan._account, problem = attempt(None, scan._open_account)
        if problem:
            scan._is_half_open = True
            scan._problem(problem)
        return scan

    def close(self) -> None:
        """End a daemon that was started only to inspect it."""
        if self.target is not None and (problem := self.target.close()):
            self._problem(problem)

    def adopt(self, known: Collection[str], older_than: float) -> None:
        """Take up the runs whose label something here carries and that are not ``known``, if they must be over.

        Who may be alive is said, a line each.
        """
        if self.target is None or self._ends_with_daemon:
            return
        found, problem = attempt(dict[str, adoption.Things](), adoption.runs_at, self.target.api)
        if problem:
            self._problem(f"what is at {self.url} in no ledger cannot be listed: {problem}")
        if self._account is not None:
            self._add_labelled_in_aws(found)
        now = adoption.clock_of(self.target.info)
        adopted, lines = adoption.settled(found, known, now, older_than, f"at {self.url}")
        for line in lines:
            self._say(line)
        for run, things in adopted.items():
            self.take(Ledger.without_file(run, self.url, things.oldest, self._settings.deadline_scale))

    def take(self, ledger: Ledger) -> None:
        """One run more."""
        if self._account is not None:
            ledger.gone_within += FARGATE_GRACE  # what is deleted while it runs ends first
        self._ledgers.insert(0, ledger)

    def leftovers(self) -> list[Leftover]:
        """What was left, in the order in which it is to be removed."""
        found: list[Leftover] = []
        for ledger in self._ledgers:
            run = _named(ledger)
            if self.target is not None:
                lines, problem = attempt(list[str](), ledger.present, self.target.api)
                found += [Leftover(line, f"at {self.url}", run) for line in lines]
                if problem:
                    self._problem(f"what {run} left at {self.url} could not be inspected: {problem}")
            if self._account is not None:
                found += [Leftover(line, self._in_aws(), run) for line in self._in_account(ledger)]
            if ledger.daemon is not None and ledger.daemon.is_running():
                if problem := ledger.daemon.why_not_ours():
                    self._problem(f"process {ledger.daemon.pid}, which {run} notes, is left alone: {problem}")
                else:
                    daemon = f"{ledger.daemon.what}, process {ledger.daemon.pid}"
                    found.append(Leftover(daemon, "on this machine", run))
            ours, problems = self._folders(ledger)
            for problem in problems:
                self._problem(problem)
            found += [Leftover(f"folder {folder}", "on this machine", run) for folder in ours]
        return found

    def remove(self) -> bool:
        """Remove it all, and the ledgers of which nothing is left; whether that succeeded. Goes on after errors."""
        removed = True
        for ledger in reversed(self._ledgers) if self._ends_with_daemon else self._ledgers:
            problems, problem = attempt(list[str](), self._removed, ledger)
            for line in [*problems, *([problem] if problem else [])]:
                self._say(f"not removed, of {_named(ledger)}: {line}")
            removed = removed and not problems and not problem
        return removed

    def _removed(self, ledger: Ledger) -> list[str]:
        """What of a run's could not be removed, a line each."""
        if self._ends_with_daemon:  # with the stand-in all ends that it runs, its AWS included
            problems = self._remove_here(ledger)
            if not problems:
                ledger.drop()
            return problems
        if self.target is None:
            return [f"{ledger.path} is kept: not all could be inspected"]
        return ledger.clean_up(self.target.api, lambda: self._remove_beyond(ledger))

    @property
    def _ends_with_daemon(self) -> bool:
        return self._daemon is not None and self._daemon.what == STANDIN

    @property
    def is_unclear(self) -> bool:
        """Whether something kept it from inspecting all of it; the stand-in's end needs no inspection."""
        return bool(self._problems or self._unseen)

    def _open_target(self) -> Target | None:
        """None where all has gone with the daemon, or goes with it."""
        there = replace(self._settings, target="auto", command="", socket=self.url)
        if self._daemon is not None and self._daemon.what == STANDIN:
            # It ends with its run, by itself, unless something keeps it.
            with suppress(UsageError, TargetError):
                return open_target(there, "", Recorder(there), Path(os.devnull)) if self._daemon.is_running() else None
            return None
        if self._daemon is None or self._daemon.is_running():
            return open_target(there, "", Recorder(there), Path(os.devnull))
        if not self._settings.command:
            raise TargetError(
                f"{self._daemon.what}, which {_named(self._ledgers[-1])} started, has ended; what it may have kept is "
                f"searched for with -D command=…, or remove {self._ledgers[-1].path} where it kept nothing"
            )
        log = self._settings.folder() / "daemons" / "sweep.log"
        return open_target(replace(self._settings, target="auto"), "", Recorder(self._settings), log)

    def _open_account(self) -> Account | None:
        assert self.target is not None
        if not self.target.is_ecs(self._settings):
            return None
        from support.aws.credentials import ABSENT  # noqa: PLC0415
        from support.aws.opening import open_account  # noqa: PLC0415

        beside = Path(self.url.removeprefix("unix://")).with_name("aws.json")
        if self._daemon is not None and folders.marked(beside.parent, self._places())[0] and beside.exists():
            self.target.simulator = json.loads(beside.read_text(encoding="utf-8"))
        account = open_account(self._settings, self.target)
        if account is None:
            raise NotJudged(f"what is left in AWS behind {self.url} could not be inspected: {ABSENT}")
        for ledger in self._ledgers:
            ledger.gone_within += FARGATE_GRACE  # what is deleted while it runs ends first
        return account

    def _in_aws(self) -> str:
        assert self._account is not None
        return f"in AWS {self._account.region}"

    def _add_labelled_in_aws(self, found: dict[str, adoption.Things]) -> None:
        from support.aws.labelled import runs_in  # noqa: PLC0415

        assert self._account is not None
        unseen: list[str] = []
        seen, problem = attempt(list[tuple[str, float | None]](), runs_in, self._account, RUN_LABEL, unseen)
        for run, made in seen:
            found.setdefault(run, adoption.Things()).times.append(made)
        self._unseen_are([*unseen, *([problem] if problem else [])])

    def _in_account(self, ledger: Ledger) -> list[str]:
        is_last = ledger is self._ledgers[-1]
        beside = [token for each in self._ledgers for token in each.tokens] if is_last else []
        facts, problem = attempt(None, lambda: self._resources(ledger).left(ledger.tokens, beside))
        if facts is None:
            self._problem(problem)
            return []
        self._unseen_are(facts.unseen)
        return [str(each) for each in facts.found]

    def _resources(self, ledger: Ledger) -> AwsResources:
        from support.aws.resources import AwsResources  # noqa: PLC0415
        from support.aws.searching import Everywhere  # noqa: PLC0415

        assert self._account is not None
        return AwsResources(self._account, Everywhere(self._account, ledger.began, self._say))

    def _remove_beyond(self, ledger: Ledger) -> list[str]:
        problems = [f"{ledger.path} is kept: not all could be inspected"] if self._is_half_open else []
        if self._account is not None:
            within = self._settings.task_ends_within()
            cleared, problem = attempt(None, lambda: self._resources(ledger).clear(ledger.tokens, within))
            problems += [problem] if cleared is None else cleared.left + cleared.refused + cleared.failed
        return problems or self._remove_here(ledger)

    def _remove_here(self, ledger: Ledger) -> list[str]:
        problem = ledger.daemon.end(_ENDED_WITHIN) if ledger.daemon else ""
        if problem:
            return [problem]
        ours, problems = self._folders(ledger)
        return problems + [line for line in map(folders.emptied, ours) if line]

    def _folders(self, ledger: Ledger) -> tuple[list[Path], list[str]]:
        """The run's folders that are there and are the suite's; of each other one a line that says why it stays."""
        ours, problems = [], []
        for folder in ledger.folders:
            if not attempt(True, os.path.lexists, folder)[0]:
                continue
            marked, why = folders.marked(folder, self._places())
            if marked is not None and not marked.is_alive:
                ours.append(folder)
            else:
                why = "its maker lives" if marked is not None else why
                problems.append(f"folder {folder}, which {_named(ledger)} notes, is left alone: {why}")
        return ours, problems

    def _places(self) -> list[Path]:
        return folders.roots(self._settings.folder())

    def _unseen_are(self, lines: Sequence[str]) -> None:
        for line in dict.fromkeys(lines):
            if line not in self._unseen:
                self._unseen.append(line)
                self._say(line)

    def _problem(self, text: str) -> None:
        if text not in self._problems:
            self._problems.append(text)
            self._say(text)


def _named(ledger: Ledger) -> str:
    began = datetime.fromtimestamp(ledger.began, UTC)
    is_adopted = "" if ledger.is_noted else ", in no ledger"
    return f"run {ledger.run_id} of {began:%Y-%m-%d %H:%M} UTC{is_adopted}"
