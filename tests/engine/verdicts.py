"""``python -m tests.engine.verdicts JUNIT``: hold a run, by its JUnit files, to a table of verdicts.

Every criterion has to pass, but the named ones: those have to be *violated*, and ``STEP`` is the one step that the
failure has to name (empty: it names none). ``--may-skip PATTERN``: scenarios that may be skipped, with a reason.
Prints each deviation and ``N passed, N failed``; exit code 1 when anything deviates.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

ID = re.compile(r"TST-\d+-\w+-\d+")
STEP = re.compile(r"step (TST-\d+-\w+-\d+)")


def deviation(case: ElementTree.Element, violated: dict[str, str], may_skip: str) -> str:
    """What is wrong with one case, or nothing."""
    name = case.get("name", "")
    match = ID.match(name)
    identity = match[0] if match else name
    found = {child.tag: child for child in case if child.tag in ("failure", "error", "skipped")}
    said = " ".join(child.get("message") or (child.text or "") for child in found.values())
    if identity in violated:
        if set(found) != {"failure"}:
            return f"expected a violation, but it was {', '.join(found) or 'passed'}: {said[:200]}"
        steps = set(STEP.findall(said))
        expected = {violated[identity]} - {""}
        return (
            "" if steps == expected else f"expected the failure to name {expected or 'no step'}, but it names {steps}"
        )
    if set(found) == {"skipped"} and re.match(may_skip, identity):
        return "" if said.strip() else "skipped without a reason"
    return f"{', '.join(found)}: {said[:200]}" if found else ""


def main() -> int:
    """0 when every verdict is the expected one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("junit", type=Path)
    parser.add_argument("--violated", action="append", default=[], metavar="ID=STEP")
    parser.add_argument("--may-skip", default="(?!)", metavar="PATTERN")
    parser.add_argument("--criteria", type=int, default=22, help="how many there are at least")
    arguments = parser.parse_args()
    violated = dict(each.split("=") for each in arguments.violated)
    cases = [
        case for file in sorted(arguments.junit.glob("*.xml")) for case in ElementTree.parse(file).iter("testcase")
    ]
    deviations = {case.get("name"): deviation(case, violated, arguments.may_skip) for case in cases}
    criteria = {match[0] for match in map(ID.match, filter(None, deviations)) if match and "-AC-" in match[0]}
    if len(criteria) < arguments.criteria:
        deviations["the run"] = f"{len(criteria)} criteria were judged, {arguments.criteria} expected"
    deviations |= {identity: "not among the cases" for identity in violated if identity not in criteria}
    wrong = {name: what for name, what in deviations.items() if what}
    for name, what in wrong.items():
        print(f"{name}: {what}")
    print(f"{len(deviations) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
