"""What a run asks of AWS: calls and seconds in an empty account, and in one with much of others in it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.fargate import run_against

_ACCOUNTS = {"an empty account": "0,0", "10,000 definitions and 2,000 groups": "10000,2000"}
_BY_THE_CLOCK = ("ecs:ListTasks", "ecs:DescribeTasks")  # asked for as long as a run takes, whatever the account holds


def measure(folder: Path) -> dict[str, tuple[float, str]]:
    """The figures of an ``@ecs`` run in each account, with their units."""
    figures: dict[str, tuple[float, str]] = {}
    for name, foreign in _ACCOUNTS.items():
        measured, journal = run_against(folder / f"account-{foreign}", "@ecs", "--aws-foreign", foreign)
        calls = [each for each in journal if each["event"] == "call" and each["caller"] == "suite"]
        others = [each for each in calls if each["action"] not in _BY_THE_CLOCK]
        prefix = f"@ecs in {name}"
        figures[f"{prefix}: wall"] = (measured.wall, "s")
        figures[f"{prefix}: calls of AWS"] = (float(len(calls)), "")
        figures[f"{prefix}: of these but for the watch of tasks"] = (float(len(others)), "")
        figures[f"{prefix}: in AWS, all calls"] = (sum(each["took"] for each in calls), "s")
    return figures
