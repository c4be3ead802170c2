"""``python -m tests.engine.fargate JUNIT``: a run on ECS starts no more Fargate tasks than docs/ecs.md says.

Prints how many each tag's features started, then ``N passed, N failed``.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from support.settings import ROOT

SENTENCE = re.compile(
    r"`@ecs` starts at most (\d+) Fargate tasks, `@drift` at most (\d+), `@gitlab` at most (\d+), "
    r"`@runner` and `@jobs` at most (\d+) each"
)


def at_most(page: str) -> dict[str, int]:
    """What docs/ecs.md says, by tag. Raises ``ValueError`` where it says nothing."""
    said = SENTENCE.search(" ".join(page.split()))
    if said is None:
        raise ValueError("docs/ecs.md does not say how many tasks a run starts")
    ecs, drift, gitlab, each = map(int, said.groups())
    return {"ecs": ecs, "drift": drift, "gitlab": gitlab, "runner": each, "jobs": each}


def tag(feature: str) -> str:
    """The first tag of the feature of this name."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "features").glob("*.feature"))
    return next(text[1:].split()[0] for text in texts if f"Feature: {feature}\n" in text)


def started(junit: Path) -> Counter[str]:
    """Tasks by tag, as the summaries in the JUnit files have them."""
    tasks: Counter[str] = Counter()
    for suite in (each for file in junit.glob("*.xml") for each in ElementTree.parse(file).iter("testsuite")):
        said = next((each.get("value", "") for each in suite.iter("property") if each.get("name") == "fargate"), "")
        if count := re.match(r"(\d+) tasks started", said):
            tasks[tag(suite.get("name", ""))] += int(count[1])
    return tasks


def main(junit: str) -> int:
    """0 where each tag started some, and no more than it may."""
    tasks, limits = started(Path(junit)), at_most((ROOT / "docs" / "ecs.md").read_text(encoding="utf-8"))
    wrong = [name for name, limit in limits.items() if not 0 < tasks[name] <= limit]
    for name, limit in limits.items():
        print(f"note: @{name} started {tasks[name]} Fargate tasks of at most {limit}")
    print(f"{len(limits) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
