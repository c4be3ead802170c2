"""Which scenarios were asked for; a selection that selects nothing is a mistake, and said so with what was meant."""

from __future__ import annotations

import difflib
import re
from typing import Any

from support.verdicts import UsageError

_WORDS = re.compile(r"@?([^\s(),@~]+)")


def selected(features: list[Any], config: Any) -> dict[Any, list[Any]]:
    """The scenarios of each feature that tags, names and file locations select. Raises ``UsageError`` for none."""
    chosen = {
        feature: [scenario for scenario in feature.walk_scenarios() if scenario.should_run(config)]
        for feature in features
    }
    if not any(chosen.values()):
        raise UsageError(_nothing(features, config))
    return chosen


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
