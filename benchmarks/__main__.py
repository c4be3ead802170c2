"""``python -m benchmarks [--fargate] [--account] [--seed N]``: what the suite costs, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import account, page
from benchmarks.fargate import measure
from benchmarks.measuring import covered, run_suite
from benchmarks.streams import reading

_MUCH = 500  # megabytes


def main() -> int:
    """Measure, print, 0; 1 with one line where a run did not pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--fargate", action="store_true", help="also on simulated Fargate with AWS's seconds (minutes)")
    parser.add_argument("--account", action="store_true", help="also AWS's share in an empty and in a large account")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated latencies")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="acceptance-bench-") as folder:
        try:
            figures = _of_streams() | _on_memory(Path(folder)) | page.measure(Path(folder))
            if options.fargate:
                figures |= _on_fargate(Path(folder), options.seed)
            if options.account:
                figures |= account.measure(Path(folder))
        except RuntimeError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            return 1
    for name, (value, unit) in figures.items():
        print(f"{name:<72} {value:>8.2f} {unit}")
    print(json.dumps({name: round(value, 3) for name, (value, _) in figures.items()}))
    return 0


def _of_streams() -> dict[str, tuple[float, str]]:
    """The best of three of each: what else the machine does counts against whom it meets."""
    framed = [reading(_MUCH) for _ in range(3)]
    bare = max(reading(_MUCH, bare=True).rate for _ in range(3))
    rate = max(each.rate for each in framed)
    return {
        f"a stream of {_MUCH} MB: read at": (rate, "MB/s"),
        f"a stream of {_MUCH} MB: share of a bare socket's rate": (rate / bare * 100, "%"),
        f"a stream of {_MUCH} MB: more memory than one of 1 MB": (framed[0].peak - reading(1).peak, "MB"),
    }


def _on_memory(folder: Path) -> dict[str, tuple[float, str]]:
    measured = run_suite(folder / "memory", ["--tags=@gitlab", "-D", "target=standin"])
    ended = [each for each in measured.exchanges if each["done_after"] is not None]
    share = covered((each["at"], each["at"] + each["done_after"]) for each in ended) / measured.wall
    return {
        "@gitlab on memory: wall": (measured.wall, "s"),
        "@gitlab on memory: peak of the suite's own processes (PSS)": (measured.peak, "MB"),
        "@gitlab on memory: share of wall with an exchange open": (share * 100, "%"),
    }


def _on_fargate(folder: Path, seed: int) -> dict[str, tuple[float, str]]:
    figures: dict[str, tuple[float, str]] = {}
    for name, tags in (("@ecs without N", "@TST-010-AC-*"), ("@gitlab on ecs", "@gitlab")):
        result = measure(folder / name.partition(" ")[0].strip("@"), tags, seed)
        figures[f"{name}, seed {seed}: wall"] = (result.wall, "s")
        figures[f"{name}, seed {seed}: longest chain of waits ({result.of})"] = (result.chain, "s")
        figures[f"{name}, seed {seed}: ratio"] = (result.ratio, "")
        figures[f"{name}, seed {seed}: tasks started"] = (float(result.tasks), "")
    return figures


if __name__ == "__main__":
    sys.exit(main())
