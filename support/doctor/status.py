"""``./acceptance status``: what of the suite is there, of whichever run: containers and their like, tasks, ledgers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from support.api.recording import Recorder, labelled
from support.cleanup.dead_runs import killed_runs
from support.cleanup.inventory import RUN_LABEL, listed, names_of
from support.cleanup.ledger_file import entries_of
from support.doctor.options import parsed
from support.program import PROGRAM
from support.settings import Settings
from support.target import Target, choose, open_target
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, NotJudged, UsageError


@dataclass(frozen=True)
class There:
    """One thing that is there: ``kind``, ``name``, the ``run`` that it belongs to, and how it is."""

    kind: str
    name: str
    run: str
    says: str


def main(argv: Sequence[str]) -> int:
    """0 whatever there is, 2 for usage, 3 where the daemon or AWS cannot be asked. Changes nothing."""
    try:
        options, settings = parsed("status", __doc__, argv)
        found = [*_ledgers(settings.folder() / "ledger"), *_in_daemon(settings)]
    except (UsageError, NotJudged) as error:
        say(one_line(error, 1000))
        return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.NOT_JUDGED
    if options.json:
        sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
        return ExitCode.OK
    for each in found:
        sys.stdout.write(one_line(f"{each.kind} {each.name}, of run {each.run}: {each.says}", 1000) + "\n")
    sys.stdout.write("" if found else "nothing of the suite is there\n")
    return ExitCode.OK


def _ledgers(folder: Path) -> Iterator[There]:
    dead, malformed = killed_runs(folder)
    for line in malformed:
        say(one_line(line, 1000))
    for path in sorted(folder.glob("*.jsonl")):
        target = next((str(each["target"]) for each in entries_of(path)[:1] if "target" in each), "an unknown target")
        state = f"killed before it could clean up; see {PROGRAM} sweep" if path.stem in dead else "alive"
        yield There("ledger", path.name, path.stem, f"{state}, at {target}")


def _in_daemon(settings: Settings) -> Iterator[There]:
    if choose(settings).kind != "socket":
        return
    target = open_target(settings, "", Recorder(settings), Path(os.devnull))
    tokens: dict[str, str] = {}
    with labelled(observes=True):
        entries = listed(target.api, RUN_LABEL)
    for kind, entry in entries:
        run = str((entry.get("Labels") or {}).get(RUN_LABEL, "unknown"))
        name = next(iter(names_of(entry)), str(entry.get("Id", "")))
        tokens[run] = run
        if kind == "container":
            tokens[str(entry["Id"])[:12]] = run  # so short in the names of tasks
        yield There(kind, name, run, str(entry.get("Status") or entry.get("Driver") or "there"))
    if target.is_ecs(settings):
        yield from _tasks(settings, target, tokens)


def _tasks(settings: Settings, target: Target, tokens: dict[str, str]) -> Iterator[There]:
    """The Fargate tasks that carry the ID of a run, or of a container, which is there or has a ledger here."""
    from support.aws.opening import open_account  # noqa: PLC0415 - boto3 is big, and only ECS targets need it
    from support.aws.resources import carries  # noqa: PLC0415
    from support.aws.searching import Everywhere  # noqa: PLC0415

    ledgers = (settings.folder() / "ledger").glob("*.jsonl")
    tokens |= {path.stem: path.stem for path in ledgers}
    account = open_account(settings, target)
    if account is None or not tokens:
        return
    said: list[str] = []
    for task in Everywhere(account, 0.0, said.append).tasks(list(tokens)):
        run = next((tokens[each] for each in tokens if carries([task.seen, task.definition], [each])), "unknown")
        yield There("task", task.arn, run, str(task.status))
    for line in said:
        say(one_line(line, 1000))
