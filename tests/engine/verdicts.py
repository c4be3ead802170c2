"""``python -m tests.engine.verdicts JUNIT``: hold a run, by its JUnit files, to a table of verdicts.

Every scenario of the run's documents has to be there and to pass, but those that ``expected.toml`` names for the
engine: they need the verdict that it names. ``--may-skip TAG``: scenarios that may be skipped, with a reason.
Prints each deviation and ``N passed, N failed``; exit code 1 when anything deviates.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from support.settings import ROOT

TABLE = Path(__file__).with_name("expected.toml")
ID = re.compile(r"(TST-\d+-\w+|RUN|JOB|DRIFT)-\d+")
STEP = re.compile(rf"step ({ID.pattern})")
VERDICTS = {"failure": "violated", "error": "not judged", "skipped": "skipped"}  # by what is in JUnit's case


@dataclass(frozen=True)
class Expected:
    """``steps`` are the steps, and all of them, that a violation names; ``reason`` is for people."""

    engines: tuple[str, ...]
    id: str
    verdict: str
    reason: str
    steps: tuple[str, ...] = ()


def table(path: Path = TABLE) -> list[Expected]:
    """What the table says. Raises ``ValueError`` where an entry lacks something, or is there twice."""
    made = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["expected"]:
        about = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
        for id_ in about.pop("ids"):
            each = Expected(id=id_, **about)
            if each.verdict not in VERDICTS.values() or not each.reason or not ID.fullmatch(id_) or not each.engines:
                raise ValueError(f"{path}: engines, ids, a verdict and a reason are needed: {entry}")
            made.append(each)
    pairs = [(engine, each.id) for each in made for engine in each.engines]
    if len(set(pairs)) < len(pairs):
        raise ValueError(f"{path}: an id is there twice for one engine")
    return made


def deviation(case: ElementTree.Element, expected: Expected | None, may_skip: Collection[str]) -> str:
    """What is wrong with one case, or nothing."""
    found = [child for child in case if child.tag in VERDICTS]
    verdict = ", ".join(VERDICTS[child.tag] for child in found) or "passed"
    said = " ".join(child.get("message") or (child.text or "") for child in found)
    if expected is None:
        if verdict == "skipped" and identity(case) in may_skip:
            return "" if said.strip() else "skipped without a reason"
        return "" if verdict == "passed" else f"{verdict}: {said[:200]}"
    if verdict != expected.verdict:
        return f"{expected.verdict} was expected, since {expected.reason}, but it was {verdict}: {said[:200]}"
    steps = {match[1] for match in STEP.finditer(said)}
    wanted = set(expected.steps)
    return "" if steps == wanted else f"expected it to name {wanted or 'no step'}, but it names {steps or 'none'}"


def identity(case: ElementTree.Element) -> str:
    """The id at the head of a case's name, or else the name."""
    name = case.get("name", "")
    match = ID.match(name)
    return match[0] if match else name


def scenarios(features: Path, tag: str = "") -> set[str]:
    """The ids of all scenarios that have a tag; of all without one."""
    lines = [line.split() for path in features.glob("*.feature") for line in path.read_text("utf-8").splitlines()]
    tags = [line for line in lines if line and line[0].startswith("@") and (not tag or f"@{tag}" in line)]
    return {match[0] for line in tags for each in line if (match := ID.fullmatch(each[1:]))}


def main() -> int:
    """0 when every verdict is the expected one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("junit", type=Path)
    parser.add_argument("--engine", default="", help="whose entries of the table count (default: all have to pass)")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--documents", nargs="+", default=["TST-011"], help="how the ids begin (default: TST-011)")
    parser.add_argument("--features", type=Path, default=ROOT / "features")
    parser.add_argument("--may-skip", default="none", metavar="TAG")
    arguments = parser.parse_args()
    entries = table(arguments.table)
    if arguments.engine not in {"", *(engine for each in entries for engine in each.engines)}:
        parser.error(f"the table does not know {arguments.engine}")
    expected = {each.id: each for each in entries if arguments.engine in each.engines}
    cases = [
        case for file in sorted(arguments.junit.glob("*.xml")) for case in ElementTree.parse(file).iter("testcase")
    ]
    may_skip = scenarios(arguments.features, arguments.may_skip)
    deviations = {identity(case): deviation(case, expected.get(identity(case)), may_skip) for case in cases}
    wanted = {each for each in scenarios(arguments.features) if each.startswith(tuple(arguments.documents))}
    deviations |= dict.fromkeys(wanted - set(deviations), "not among the cases")
    wrong = {name: what for name, what in deviations.items() if what}
    for name, what in sorted(wrong.items()):
        print(f"{name}: {what}")
    print(f"{len(deviations) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
