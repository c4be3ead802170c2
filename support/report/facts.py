"""What reports say around the verdicts: targets, commit and pipeline, cost, and settings other than their defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import metadata

from support.report.outcomes import Report
from support.settings import ROOT, Settings
from support.target import STANDIN
from support.text import one_line

# Properties that are no settings, and shown in a place of their own.
TARGET = "target"
CAUTION = "caution"
ADDRESS = "address"
COST = "fargate"
_PLACED = {TARGET, CAUTION, ADDRESS, COST, "commit", "pipeline"}
_LONGEST = 400  # characters of a value
_DEFAULTS = {each.name: str(each.default) for each in fields(Settings)}


@dataclass(frozen=True)
class Target:
    """What was judged, and where; ``features`` are judged on it, all of them where it is empty."""

    name: str
    address: str
    caution: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where the daemon comes from, as far as somebody said so: its commit, and the pipeline's URL."""

    commit: str
    pipeline: str


@dataclass(frozen=True)
class Fact:
    """A setting other than its default, or what the run was told; ``of`` is the feature, or empty for all."""

    name: str
    value: str
    of: str
    is_setting: bool


def suite_version() -> str:
    """The suite's version: that of the package, or of the project where it is run from its folder."""
    try:
        return metadata.version("sockerless-acceptance")
    except metadata.PackageNotFoundError:
        pass
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"


def targets_of(report: Report) -> list[Target]:
    """The targets of a run, each once, with the features that it was judged by."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for properties, name in _all_properties(report):
        if properties.get(TARGET):
            key = tuple(one_line(properties.get(each, ""), _LONGEST) for each in (TARGET, ADDRESS, CAUTION))
            found.setdefault((key[0], key[1], key[2]), []).extend([one_line(name)] if name else [])
    # The stand-in answers at a new address for each feature, which says nothing.
    merged: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for (name, address, caution), features in found.items():
        where, listed = merged.setdefault((name, caution), (address, []))
        listed.extend(features)
        merged[(name, caution)] = (where if where == address else "", listed)
    is_one = len(merged) == 1
    return [
        Target(name, "" if _is_standin(name) else where, caution, () if is_one else tuple(dict.fromkeys(listed)))
        for (name, caution), (where, listed) in merged.items()
    ]


def target_key(report: Report) -> str:
    """What runs on one target share, whatever build of the daemon answers there; empty if none was reached."""
    keys = set()
    for properties, _ in _all_properties(report):
        if _is_standin(properties.get(TARGET, "")):
            keys.add("the stand-in")
        elif properties.get("command"):
            keys.add(f"command {properties['command']}")
        elif properties.get(ADDRESS) or properties.get(TARGET):
            keys.add(properties.get(ADDRESS) or properties[TARGET])
    return one_line(" and ".join(sorted(keys)), 1000)


def _is_standin(name: str) -> bool:
    return name.startswith(STANDIN)


def origin_of(report: Report, environ: Mapping[str, str]) -> Origin:
    """The settings ``commit`` and ``pipeline``; on GitHub the pipeline's URL is put together."""
    said = {name: value for properties, _ in _all_properties(report) for name, value in properties.items() if value}
    pipeline = said.get("pipeline", "")
    github = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    if not pipeline and all(github):
        pipeline = f"{github[0]}/{github[1]}/actions/runs/{github[2]}"
    return Origin(one_line(said.get("commit", ""), 100), one_line(pipeline, _LONGEST))


def cost_of(report: Report) -> list[str]:
    """What the run's Fargate tasks cost, a line for each feature that had any."""
    costs = [(one_line(properties[COST]), name) for properties, name in _all_properties(report) if COST in properties]
    return [f"{cost} ({one_line(name)})" if len(costs) > 1 and name else cost for cost, name in costs]


def is_default(name: str, value: str) -> bool:
    """Whether a property is a setting that nobody has set."""
    return _DEFAULTS.get(name) == value


def facts_of(report: Report) -> list[Fact]:
    """Settings other than their defaults, and what else was noted of the run; what all features share is said once."""
    all_of = [properties for properties, name in _all_properties(report) if name]
    facts: dict[tuple[str, str, str], Fact] = {}
    for properties, feature in _all_properties(report):
        for name, value in properties.items():
            if name in _PLACED or is_default(name, value):
                continue
            is_everywhere = all(each.get(name) == value for each in all_of)
            shown = Fact(
                one_line(name), one_line(value, _LONGEST), "" if is_everywhere else one_line(feature), name in _DEFAULTS
            )
            facts.setdefault((shown.name, shown.value, shown.of), shown)
    return list(facts.values())


def _all_properties(report: Report) -> Iterator[tuple[Mapping[str, str], str]]:
    """The properties of each feature, those of the run included; the run's alone where no feature has any."""
    if not any(feature.properties for feature in report.features):
        yield report.properties, ""
    for feature in report.features:
        if feature.properties:
            yield report.properties | feature.properties, feature.name
