"""What dead runs left at one daemon: in the daemon, in the AWS account behind it, and on this machine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from support.api.recording import Recorder
from support.cleanup.ledger import Ledger
from support.daemon import STANDIN
from support.settings import FARGATE_GRACE, Settings
from support.target import Target, open_target
from support.verdicts import NotJudged, TargetError, UsageError

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.account import Account
    from support.aws.resources import AwsResources

_ENDED_WITHIN = 15.0  # seconds, for a daemon
_OURS = "acceptance-"  # what the names of temporary folders of the suite begin with


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
        self._has_problem = self._is_partial = False

    @classmethod
    def open(cls, url: str, ledgers: Sequence[Ledger], settings: Settings, say: Callable[[str], None]) -> LeftoverScan:
        """Reach the daemon, and the AWS account behind it; what cannot be reached is said, and the scan unclear."""
        scan = cls(url, ledgers, settings, say)
        try:
            scan.target = scan._open_target()
            scan._account = scan._open_account() if scan.target else None
        except (NotJudged, UsageError) as error:
            scan._problem(str(error))
        return scan

    def close(self) -> None:
        """End a daemon that was started only to inspect it."""
        if self.target is not None:
            self.target.close()

    def leftovers(self) -> list[Leftover]:
        """What was left, in the order in which it is to be removed."""
        found: list[Leftover] = []
        for ledger in self._ledgers:
            run = _named(ledger)
            if self.target is not None:
                try:
                    found += [Leftover(line, f"at {self.url}", run) for line in ledger.present(self.target.api)]
                except NotJudged as error:
                    self._problem(str(error))
            if self._account is not None:
                found += [Leftover(line, self._in_aws(), run) for line in self._in_account(ledger)]
            if ledger.daemon is not None and ledger.daemon.is_running():
                found.append(Leftover(f"{ledger.daemon.what}, process {ledger.daemon.pid}", "on this machine", run))
            found += [Leftover(f"folder {folder}", "on this machine", run) for folder in _there(ledger.folders)]
        return found

    def remove(self) -> bool:
        """Remove it all, and the ledgers of which nothing is left; whether that succeeded. Goes on after errors."""
        removed = True
        # With the stand-in all ends that it runs, its AWS included.
        ends_with_daemon = self._daemon is not None and self._daemon.what == STANDIN
        for ledger in reversed(self._ledgers) if ends_with_daemon else self._ledgers:
            if ends_with_daemon:
                problems = self._remove_here(ledger)
                if not problems:
                    ledger.drop()
            elif self.target is not None and not self._has_problem:
                problems = ledger.clean_up(self.target.api, lambda ledger=ledger: self._remove_beyond(ledger))  # type: ignore[misc]
            else:
                problems = [f"{ledger.path} is kept: not all could be inspected"]
            for problem in problems:
                self._say(f"not removed, of {_named(ledger)}: {problem}")
            removed = removed and not problems
        return removed

    @property
    def is_unclear(self) -> bool:
        """Whether something kept it from inspecting all of it; the stand-in's end needs no inspection."""
        return self._has_problem or self._is_partial

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
        if self._daemon is not None and beside.exists():
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

    def _in_account(self, ledger: Ledger) -> list[str]:
        is_last = ledger is self._ledgers[-1]
        beside = [token for each in self._ledgers for token in each.tokens] if is_last else []
        try:
            found, unseen = self._resources(ledger).left(ledger.tokens, beside)
        except NotJudged as error:
            self._problem(str(error))
            return []
        for line in unseen:
            self._is_partial = True
            self._say(line)
        return [str(each) for each in found]

    def _resources(self, ledger: Ledger) -> AwsResources:
        from support.aws.resources import AwsResources  # noqa: PLC0415
        from support.aws.searching import Everywhere  # noqa: PLC0415

        assert self._account is not None
        return AwsResources(self._account, Everywhere(self._account, ledger.began, self._say))

    def _remove_beyond(self, ledger: Ledger) -> list[str]:
        problems = []
        if self._account is not None:
            try:
                cleared = self._resources(ledger).clear(ledger.tokens, self._settings.task_ends_within())
                problems = cleared.left + cleared.refused
            except NotJudged as error:
                problems = [str(error)]
        return problems or self._remove_here(ledger)

    @staticmethod
    def _remove_here(ledger: Ledger) -> list[str]:
        problem = ledger.daemon.end(_ENDED_WITHIN) if ledger.daemon else ""
        if problem:
            return [problem]
        problems = []
        for folder in _there(ledger.folders):
            try:
                shutil.rmtree(folder)
            except OSError as error:
                problems.append(f"folder {folder}: {error.strerror}")
        return problems

    def _problem(self, text: str) -> None:
        self._has_problem = True
        self._say(text)


def _named(ledger: Ledger) -> str:
    began = datetime.fromtimestamp(ledger.began, UTC)
    return f"run {ledger.run_id} of {began:%Y-%m-%d %H:%M} UTC"


def _there(folders: Sequence[Path]) -> list[Path]:
    """Those that exist, and could be ours: a ledger that somebody broke must not cost a folder of his."""
    return [folder for folder in folders if folder.name.startswith(_OURS) and folder.is_dir() and folder.is_absolute()]
