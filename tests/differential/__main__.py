"""``python -m tests.differential --engine SOCKET [--standin SOCKET] [--only WORDS] [--report FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.differential.calls import CALLS
from tests.differential.runs import Outcome, run
from tests.differential.stage import StageError


def main() -> int:
    """Print a table; 0 when all calls agree, 1 otherwise. Without a stand-in: print what the engine answers."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--engine", required=True, help="unix socket of a Docker Engine")
    parser.add_argument("--standin", default="", help="unix socket of the stand-in")
    parser.add_argument("--only", default="", help="calls whose name holds these words")
    parser.add_argument("--report", type=Path, help="file for the differences in full")
    arguments = parser.parse_args()
    calls = [call for call in CALLS if arguments.only in call.name]
    failed: list[Outcome] = []
    unrefused = {call.route for call in calls}
    used: set[str] = set()
    for outcome in run(calls, arguments.engine, arguments.standin):
        print(_row(outcome), flush=True)
        used |= {accepted.reason for accepted in outcome.accepted}
        if outcome.engine["status"] >= 400:
            unrefused.discard(outcome.call.route)
        if not arguments.standin:
            print("     " + json.dumps(outcome.engine, ensure_ascii=False))
        elif outcome.differing:
            failed.append(outcome)
    for reason in sorted(used):
        print(f"accepted: {reason}")
    if arguments.report:
        arguments.report.write_text("".join(_in_full(outcome) for outcome in failed))
    # Each route has to be seen refusing something; a selection of calls need not.
    bare = sorted(unrefused) if not arguments.only else []
    for route in bare:
        print(f"no call that the engine refuses: {route}")
    print(f"{len(calls) - len(failed)} passed, {len(failed) + len(bare)} failed")
    return 1 if failed or bare else 0


def _row(outcome: Outcome) -> str:
    statuses = f"{outcome.engine['status']:>3} {outcome.standin.get('status', ''):>3}"
    verdict = (
        "differs" if outcome.differing else "accepted" if outcome.accepted else "agrees" if outcome.standin else ""
    )
    lines = [f"{statuses}  {verdict:<9}{outcome.call.name:<46} {outcome.call.request}"]
    return "\n".join(lines + [f"           - {difference.line()[:300]}" for difference in outcome.differing])


def _in_full(outcome: Outcome) -> str:
    call = outcome.call
    lines = [f"{call.name}", f"  given: {call.given or 'nothing'}", f"  {call.version}: {call.request} {call.body}"]
    return "\n".join(lines + [f"  - {difference.line()}" for difference in outcome.differing]) + "\n\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        sys.exit(f"differential: {error}")
