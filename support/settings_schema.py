"""The JSON schema of ``acceptance.toml``: ``python -m support.settings_schema`` prints docs/acceptance.schema.json."""

from __future__ import annotations

import json
import sys
from dataclasses import Field, fields
from typing import Any

from support.settings import Settings

_KINDS: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 86400},
    str: {"type": "string"},
}


def schema() -> dict[str, Any]:
    """Stricter than the suite: a number is a number, where the suite also takes it as a text."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "acceptance.toml, the settings of the acceptance suite for Sockerless",
        "type": "object",
        "additionalProperties": False,
        "properties": {each.name: _property(each) for each in fields(Settings)},
    }


def _property(setting: Field[Any]) -> dict[str, Any]:
    said = {"description": setting.metadata["means"], "default": setting.default, **_KINDS[type(setting.default)]}
    allowed = setting.metadata["one of"]
    return {**said, "enum": list(allowed)} if allowed else said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
