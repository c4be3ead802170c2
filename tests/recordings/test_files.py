"""The project's recordings: each can be read, has its scenario, and creates nothing that is not named as a run's."""

from __future__ import annotations

from pathlib import Path

import pytest
from behave.parser import parse_file

from support.recordings.format import Call, read
from support.recordings.jobs import FOLDER
from support.settings import ROOT

FILES = sorted(FOLDER.glob("*.jsonl"))
LARGEST = 64 * 1024  # bytes of a file


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_is_small_and_creates_things_of_a_run_only(path: Path) -> None:
    recording = read(path)
    creates = [call for call in recording.events if isinstance(call, Call) and call.path.endswith("/create")]
    names = [
        call.query.get("name") or (call.body or {}).get("Name") for call in creates if call.path != "/images/create"
    ]
    assert names
    assert all("-{run}-" in str(name) for name in names)
    assert path.stat().st_size < LARGEST


def test_each_has_a_scenario_that_names_it() -> None:
    scenarios = parse_file(str(ROOT / "features" / "recorded_jobs.feature")).walk_scenarios()
    named = {
        str(scenario.steps[0].name).split('"')[1]: scenario for scenario in scenarios if '"' in scenario.steps[0].name
    }
    assert sorted(named) == [path.stem for path in FILES]
    assert all(name.startswith(f"{scenario.name.split()[0]}-") for name, scenario in named.items())
