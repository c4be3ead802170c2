"""Which scenarios were asked for; a selection that selects nothing is a mistake, and said so with what was meant."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

from behave.exception import InvalidFilenameError
from behave.model import Scenario, ScenarioOutline
from behave.parser import ParserError
from behave.runner_util import collect_feature_locations, parse_features

from support.report.publishing import part_of
from support.text import one_line
from support.verdicts import UsageError

_WORDS = re.compile(r"@?([^\s(),@~]+)")


def features_of(config: Any) -> list[Any]:
    """The features that the configuration's paths lead to. Raises ``UsageError`` where one cannot be read."""
    part = part_of(config)
    try:
        found = [location for location in collect_feature_locations(config.paths) if not config.exclude(location)]
        locations = [each for each in found if part is None or Path(each.filename).resolve() == part.feature]
        return list(parse_features(locations, language=config.lang))
    except (ParserError, InvalidFilenameError, OSError, ValueError) as error:
        raise UsageError(f"{one_line(error)} ({type(error).__name__})") from None


def selected(features: list[Any], config: Any) -> dict[Any, list[Any]]:
    """The scenarios of each feature that tags, names and file locations select. Raises ``UsageError`` for none."""
    chosen = {
        feature: [scenario for scenario in feature.walk_scenarios() if scenario.should_run(config)]
        for feature in features
    }
    if not any(chosen.values()):
        raise UsageError(_nothing(features, config))
    return chosen


def only_selected(item: Any, config: Any) -> bool:
    """Take out of a feature, a rule or an outline what was not selected; whether anything is left of it.

    behave and the formatters of others would count it as skipped.
    """
    if isinstance(item, ScenarioOutline):
        item._scenarios = [each for each in item.scenarios if each.should_run(config)]
        return bool(item._scenarios)
    if isinstance(item, Scenario):
        return bool(item.should_run(config))
    item.run_items = [each for each in item.run_items if only_selected(each, config)]
    item.scenarios = [each for each in item.run_items if isinstance(each, Scenario)]
    return bool(item.run_items)


def _nothing(features: list[Any], config: Any) -> str:
    if config.name:
        return f"no scenario matches --name {' '.join(config.name)}; `behave --dry-run` lists their names"
    given = [config.tags] if isinstance(config.tags, str) else list(config.tags or [])
    if not given:
        return f"no scenario found in {', '.join(map(str, config.paths))}"
    existing = {str(tag) for feature in features for each in feature.walk_scenarios() for tag in each.effective_tags}
    words = {word for text in given for word in _WORDS.findall(text)} - {"and", "or", "not"}
    for word in sorted(words - existing):
        similar = near(word, existing)
        if not set("*?[") & set(word):
            tags = similar or sorted({str(tag) for feature in features for tag in feature.tags})
            hint = "did you mean" if similar else "the features' tags are"
            return f"no scenario has the tag @{word}; {hint} {', '.join('@' + tag for tag in tags)}"
    return f"no scenario matches --tags={' '.join(given)}: each of the tags exists, the combination does not"


def near(word: str, tags: set[str]) -> list[str]:
    """The tags that may have been meant, the likeliest first."""
    meant = [tag for tag in tags if _unpadded(tag) == _unpadded(word)]
    return meant or difflib.get_close_matches(word, tags, n=3)


def _unpadded(tag: str) -> str:
    """``TST-011-AC-1`` and ``TST-11-AC-01`` mean the same."""
    return re.sub(r"\b0+(?=\d)", "", tag).lower()
