"""What became of each cell since an earlier run: whoever changes how criteria are judged reads each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from falsify.judging import Trial
from support.verdicts import UsageError, Verdict

Cells = Mapping[tuple[str, str], str]


def trials_in(path: Path) -> list[dict[str, Any]]:
    """What a ``results.json`` has of each trial. Raises ``UsageError`` where it is none."""
    try:
        trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
        return [{"id": t["id"], "verdicts": dict(t["ran"]["verdicts"]), "seconds": t["ran"]["seconds"]} for t in trials]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"there are no results in {path} ({error}): run ./acceptance falsify first") from None


def cells_of(path: Path) -> Cells:
    """Verdicts by trial and criterion, of a ``results.json``. Raises ``UsageError`` where it is none."""
    return {(trial["id"], name): verdict for trial in trials_in(path) for name, verdict in trial["verdicts"].items()}


def changed_cells(earlier: Cells, trials: Sequence[Trial]) -> list[str]:
    """A line per cell whose verdict is another now, and one that counts what the earlier run did not have."""
    ids, criteria = ({key[part] for key in earlier} for part in (0, 1))
    lines, new = [], 0
    for trial in trials:
        for name, verdict in trial.ran.verdicts.items():
            before = earlier.get((trial.id, name), "not run")
            if trial.id not in ids or name not in criteria:
                new += 1
            elif before != verdict:
                lines.append(f"changed: {trial.id}: {name}: {before} -> {_now(trial, name, verdict)}")
    return [*lines, f"{len(lines)} cells have changed; {new} are of lies or criteria that the earlier run did not have"]


def _now(trial: Trial, criterion: str, verdict: Verdict) -> str:
    cause = trial.ran.causes.get(criterion, "")
    kind = " (hidden)" if criterion in trial.hidden else " (unobservable)" if criterion in trial.unobservable else ""
    return f"{verdict}{kind}{': ' if cause else ''}{cause}"
