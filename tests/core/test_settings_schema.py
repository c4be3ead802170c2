"""docs/acceptance.schema.json is that of the settings, and agrees with the suite about what it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from support.settings import ROOT, load
from support.settings_schema import schema
from support.verdicts import UsageError

SCHEMA = json.loads((ROOT / "docs" / "acceptance.schema.json").read_text(encoding="utf-8"))


def taken(tmp_path: Path, name: str, value: Any) -> bool:
    file = tmp_path / "acceptance.toml"
    file.write_text(f"{name} = {json.dumps(value)}\n")
    try:
        return getattr(load({"settings": str(file)}, {}), name) == value
    except UsageError:
        return False


def test_the_file_is_current() -> None:
    assert schema() == SCHEMA, "write it anew: python -m support.settings_schema >docs/acceptance.schema.json"
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", SCHEMA["properties"])
def test_each_default_is_valid_and_taken(tmp_path: Path, name: str) -> None:
    default = SCHEMA["properties"][name]["default"]
    assert Draft7Validator(SCHEMA).is_valid({name: default})
    assert taken(tmp_path, name, default)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sockett", "/s"),
        ("target", "docker"),
        ("backend", "cloud"),
        ("fargate_latency", "slow"),
        ("start_timeout", 0),
        ("start_timeout", 86400),
        ("max_tasks", -1),
        ("max_tasks", 1.5),
        ("socket", 1),
    ],
)
def test_what_the_schema_refuses_the_suite_refuses(tmp_path: Path, name: str, value: Any) -> None:
    assert not Draft7Validator(SCHEMA).is_valid({name: value})
    assert not taken(tmp_path, name, value)
