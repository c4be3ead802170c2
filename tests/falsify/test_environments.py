"""What a run finds around it: variables and AWS's files, as lies change them."""

from __future__ import annotations

from pathlib import Path

import pytest

from falsify import environments
from falsify.environments import KEYS, PAIR, Around, Environment

CLUSTER, SUBNETS = "SOCKERLESS_ECS_CLUSTER", "SOCKERLESS_ECS_SUBNETS"


def changed(folder: Path, environment: Environment) -> dict[str, str]:
    variables = {PAIR[0]: "key", PAIR[1]: "secret", CLUSTER: "standin", SUBNETS: "subnet-1"}
    environment(Around(variables, folder, {CLUSTER: "retired", SUBNETS: "subnet-9"}))
    return variables


@pytest.mark.parametrize(
    ("environment", "variables"),
    [
        (environments.without(PAIR[1]), {PAIR[0]: "key", CLUSTER: "standin", SUBNETS: "subnet-1"}),
        (environments.without(*PAIR, "NOT_SET"), {CLUSTER: "standin", SUBNETS: "subnet-1"}),
        (environments.foreign(SUBNETS), {PAIR[0]: "key", PAIR[1]: "secret", CLUSTER: "standin", SUBNETS: "subnet-9"}),
        (
            environments.with_variables(**{CLUSTER: "nowhere"}),
            {PAIR[0]: "key", PAIR[1]: "secret", CLUSTER: "nowhere", SUBNETS: "subnet-1"},
        ),
    ],
)
def test_variables_are_changed_so_and_not_otherwise(
    tmp_path: Path, environment: Environment, variables: dict[str, str]
) -> None:
    assert changed(tmp_path, environment) == variables
    assert list(tmp_path.iterdir()) == []


def test_a_profile_has_the_run_s_own_keys_in_a_file_for_the_owner_only(tmp_path: Path) -> None:
    variables = changed(tmp_path, environments.in_profile(KEYS))
    assert not variables.keys() & set(PAIR)
    file = Path(variables["AWS_SHARED_CREDENTIALS_FILE"])
    assert (
        file.read_text() == f"[{variables['AWS_PROFILE']}]\naws_access_key_id = key\naws_secret_access_key = secret\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert not Path(variables["AWS_CONFIG_FILE"]).exists()


def test_a_file_beside_the_keys_names_no_profile(tmp_path: Path) -> None:
    variables = changed(tmp_path, environments.beside_keys("[default]\n"))
    assert variables.keys() >= set(PAIR)
    assert "AWS_PROFILE" not in variables
    assert Path(variables["AWS_SHARED_CREDENTIALS_FILE"]).read_text() == "[default]\n"
