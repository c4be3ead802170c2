"""File < environment < -D; what cannot be understood is said in one line with the remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field, asdict, fields
from pathlib import Path
from typing import Any

import pytest
from docker.constants import MINIMUM_DOCKER_API_VERSION
from hypothesis import example, given
from hypothesis import strategies as st

from support import settings as module
from support.api.endpoint import Endpoint
from support.redaction import HIDDEN
from support.settings import LIMITS, Settings, load, misspelt, origins, user_folder, variable_of
from support.target import choose
from support.verdicts import UsageError

BY_TYPE = {kind: [each.name for each in fields(Settings) if type(each.default) is kind] for kind in (float, str)}
NUMBERS = BY_TYPE[float]
DEADLINES = [name for name in NUMBERS if name.endswith("_timeout")]
TEXTS = sorted(set(BY_TYPE[str]) - {"target", "backend", "api_version", "fargate_latency", "judged_at_least"})
# How a value other than the default is written on the command line and in TOML, and what it becomes.
WRITTEN: dict[type, tuple[str, str, Any]] = {
    str: ("x", "'x'", "x"),
    float: ("7.5", "7.5", 7.5),
    int: ("7", "7", 7),
    bool: ("yes", "true", True),
}
CLOSED = {
    "target": "standin",
    "backend": "ecs",
    "api_version": "1.51",
    "fargate_latency": "real",
    "judged_at_least": "90%",
}


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The acceptance.toml that a developer may have plays no part here: the user's folder is another one."""
    monkeypatch.setenv(module.FOLDER, str(tmp_path))
    return tmp_path


def refused(defines: Mapping[str, str], environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        load(defines, environ or {})
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_every_setting_has_a_variable_of_its_own_and_a_meaning() -> None:
    variables = [variable_of(each.name) for each in fields(Settings)]
    assert len(set(variables)) == len(variables)
    assert variables == [f"SOCKERLESS_{each.name.upper()}" for each in fields(Settings)]
    assert all(len(each.metadata["means"]) > 10 for each in fields(Settings))


def test_the_deadlines_are_the_documents() -> None:
    given_nothing = load({}, {})
    assert [given_nothing.seconds(f"{name}_timeout") for name in ("start", "stop", "logs", "job")] == [120, 30, 30, 600]
    assert given_nothing.api_version == "1.44"
    assert (given_nothing.helper_image, given_nothing.service_image) == ("alpine:latest", "postgres:16-alpine")


def test_the_environment_outranks_the_file_and_d_outranks_both(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('socket = "file"\nbackend = "memory"\nstart_timeout = 1\nstop_timeout = 1.5\n')
    environ = {"SOCKERLESS_SOCKET": "environment", "SOCKERLESS_START_TIMEOUT": "2", "SOCKERLESS_SETTINGS": str(file)}
    loaded = load({"socket": "define"}, environ)
    assert (loaded.socket, loaded.backend) == ("define", "memory")
    assert (loaded.start_timeout, loaded.stop_timeout) == (2.0, 1.5)


def test_where_each_setting_comes_from_is_known(tmp_path: Path) -> None:
    path = tmp_path / "chosen.toml"
    path.write_text("start_timeout = 1.0\nstop_timeout = 1.0\n", encoding="utf-8")
    said = origins({"settings": str(path), "socket": "x"}, {"SOCKERLESS_STOP_TIMEOUT": "2"})
    assert said == {"start_timeout": str(path), "stop_timeout": "SOCKERLESS_STOP_TIMEOUT", "socket": "-D"}


def test_a_define_without_a_value_is_said(no_file: Path) -> None:
    assert load({"short": "true"}, {}).short
    with pytest.raises(UsageError, match=r"^-D socket has no value: write -D socket=VALUE$"):
        load({"socket": "true"}, {})


def test_d_settings_outranks_the_variable_of_the_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'socket = "{name}"\n')
    environ = {"SOCKERLESS_SETTINGS": str(tmp_path / "one.toml")}
    assert load({"settings": str(tmp_path / "two.toml")}, environ).socket == "two"


def test_acceptance_toml_is_read_where_nobody_names_a_file(no_file: Path) -> None:
    (no_file / "acceptance.toml").write_text('socket = "found"\n')
    assert load({}, {}).socket == "found"


def test_an_empty_variable_is_not_set_but_an_empty_define_is(tmp_path: Path) -> None:
    (tmp_path / "acceptance.toml").write_text('socket = "file"\n')
    assert load({}, {"SOCKERLESS_SOCKET": "", "SOCKERLESS_JOB_TIMEOUT": ""}).socket == "file"
    assert load({"socket": ""}, {}).socket == ""


def test_defines_are_left_as_they_were() -> None:
    defines = {"settings": "", "socket": "/run/x.sock"}
    load(defines, {})
    assert defines == {"settings": "", "socket": "/run/x.sock"}


@pytest.mark.parametrize("each", fields(Settings), ids=lambda each: each.name)
def test_every_setting_can_be_given_in_each_way(each: Field[Any], tmp_path: Path) -> None:
    text, toml, wanted = WRITTEN[type(each.default)]
    if each.name in CLOSED:
        text = wanted = CLOSED[each.name]
        toml = repr(text)
    file = tmp_path / "my.toml"
    file.write_text(f"{each.name} = {toml}\n")
    assert each.default != wanted
    assert getattr(load({each.name: text}, {}), each.name) == wanted
    assert getattr(load({}, {variable_of(each.name): text}), each.name) == wanted
    assert getattr(load({"settings": str(file)}, {}), each.name) == wanted


def test_an_unknown_setting_is_named_with_what_was_meant(tmp_path: Path) -> None:
    assert refused({"sockett": "x"}) == "unknown setting 'sockett' in -D: did you mean socket?"
    assert refused({"xyzzy": "x"}) == "unknown setting 'xyzzy' in -D: ./acceptance config lists all settings"
    file = tmp_path / "my.toml"
    file.write_text("job_timout = 3\n")
    assert refused({"settings": str(file)}) == f"unknown setting 'job_timout' in {file}: did you mean job_timeout?"


def test_a_value_that_cannot_be_read_is_named_with_where_it_is_from(tmp_path: Path) -> None:
    assert refused({"job_timeout": "ten"}) == "job_timeout in -D='ten' cannot be read: a number is needed"
    line = refused({}, {"SOCKERLESS_JOB_TIMEOUT": "ten"})
    assert line == "SOCKERLESS_JOB_TIMEOUT='ten' cannot be read: a number is needed"
    file = tmp_path / "my.toml"
    for text, wanted in (
        ("api_version = 1.44", "api_version in {}=1.44 cannot be read: a text is needed"),
        ("job_timeout = [1]", "job_timeout in {}=[1] cannot be read: a number is needed"),
        ("job_timeout = true", "job_timeout in {}=True cannot be read: a number is needed"),
        ("max_tasks = 1.5", "max_tasks in {}=1.5 cannot be read: a whole number is needed"),
        ("max_tasks = inf", "max_tasks in {}=inf cannot be read: a whole number is needed"),
        ("short = 2", "short in {}=2 cannot be read: yes or no is needed"),
    ):
        file.write_text(text)
        assert refused({"settings": str(file)}) == wanted.format(file)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "86400", "1e400"])
def test_a_number_that_is_no_deadline_is_refused(name: str, value: str) -> None:
    assert refused({name: value}).startswith(f"{name}={float(value):g} is no usable number: give one above 0")


def test_a_count_below_zero_is_refused() -> None:
    assert refused({"max_tasks": "-1"}) == "max_tasks=-1 is no usable number: give 0 or more"


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_nothing_is_none(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}=0 would let no answer pass"):
        load({name: "0"}, {})


@pytest.mark.parametrize("value", ["latest", "1", "v1.44", "1.44.0", "1.", "1.²", "1.٤٤"])
def test_an_api_version_that_is_none_is_refused(value: str) -> None:
    assert refused({"api_version": value}) == f"api_version={value!r} is no API version: write it as 1.44"


def test_an_api_version_that_the_sdk_does_not_know_is_refused() -> None:
    assert load({"api_version": MINIMUM_DOCKER_API_VERSION}, {}).api_version == MINIMUM_DOCKER_API_VERSION
    for value in ("1.23", "0.99"):
        assert refused({"api_version": value}).startswith(f"api_version={value!r} is older than the docker SDK can ask")


def test_yes_and_no_are_understood_however_they_are_written() -> None:
    assert [load({"short": word}, {}).short for word in ("True", "YES", "on", "1")] == [True] * 4
    assert [load({"short": word}, {}).short for word in ("false", "No", "OFF", "0")] == [False] * 4


def test_the_plural_that_real_builds_read_counts_where_the_documents_name_is_not_set() -> None:
    plural = {"SOCKERLESS_ECS_SECURITY_GROUPS": "sg-2"}
    assert load({}, plural).ecs_security_group == "sg-2"
    assert load({}, plural | {"SOCKERLESS_ECS_SECURITY_GROUP": "sg-1"}).ecs_security_group == "sg-1"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SOKET", "SOCKET"),
        ("SOKCET", "SOCKET"),
        ("JOB_TIMOUT", "JOB_TIMEOUT"),
        ("ECS_SUBNET", "ECS_SUBNETS"),
        ("ECS_SECURITY_GRUOP", "ECS_SECURITY_GROUP"),
        ("SETTING", "SETTINGS"),
    ],
)
def test_a_variable_that_is_nearly_one_of_ours_is_told(name: str, meant: str) -> None:
    (line,) = misspelt({f"SOCKERLESS_{name}": "x", "SOCKERLESS_SOCKET": "y", "SOKET": "z"})
    assert line == f"SOCKERLESS_{name} is no setting of the suite; did you mean SOCKERLESS_{meant}?"


def test_our_own_variables_and_those_of_daemons_are_not_told() -> None:
    ours = {variable_of(each.name): "" for each in fields(Settings)}
    daemons = ["ECS_SECURITY_GROUPS", "AGENT_TIMEOUT", "ECS_TASK_ROLE_ARN", "ECS_LOG_GROUP", "LOG_LEVEL", "X", ""]
    assert misspelt(ours | {f"SOCKERLESS_{name}": "" for name in ["SETTINGS", *daemons]}) == []


def test_words_of_a_closed_set_are_listed() -> None:
    assert refused({"target": "docker"}) == "target='docker' is unknown: use one of auto, standin"
    assert refused({"backend": "fargate"}) == "backend='fargate' is unknown: use one of memory, ecs"


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing, broken, bytes_only = tmp_path / "missing.toml", tmp_path / "broken.toml", tmp_path / "bytes.toml"
    broken.write_text("socket = \n")
    bytes_only.write_bytes(b'socket = "\xff"\n')
    assert refused({"settings": str(missing)}) == (
        f"cannot read the settings file {missing}: No such file or directory"
    )
    assert refused({"settings": str(tmp_path)}) == f"cannot read the settings file {tmp_path}: Is a directory"
    assert refused({"settings": str(broken)}).startswith(f"the settings file {broken} is not TOML: Invalid value")
    assert refused({"settings": str(bytes_only)}).startswith(f"the settings file {bytes_only} is not TOML: ")


@given(st.sampled_from(DEADLINES), st.floats(min_value=0.01, max_value=1000), st.floats(min_value=0.01, max_value=80))
def test_deadlines_are_scaled(name: str, seconds: float, scale: float) -> None:
    loaded = Settings(**{name: seconds, "deadline_scale": scale})
    assert loaded.seconds(name) == pytest.approx(seconds * scale)


@given(st.sampled_from(NUMBERS), st.text(max_size=20))
def test_any_text_is_a_number_or_one_line_that_says_so(name: str, value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        assert "cannot be read: a number is needed" in refused({name: value})
    else:
        if 0 < number < 86400:
            assert getattr(load({name: value}, {}), name) == number
        else:
            assert "is no usable number" in refused({name: value})


@given(st.sampled_from(TEXTS), st.text(min_size=1, max_size=20))
def test_any_other_text_is_taken_as_it_is(name: str, value: str) -> None:
    assert getattr(load({name: value}, {}), name) == value


def a_value_of(each: Field[Any]) -> st.SearchStrategy[Any]:
    """Any value that the setting may have, other than nothing."""
    closed = {
        "target": st.sampled_from(["auto", "standin"]),
        "backend": st.sampled_from(["memory", "ecs"]),
        "fargate_latency": st.sampled_from(["quick", "real"]),
        "judged_at_least": st.sampled_from(["40", "90%", "0.9"]),
        "api_version": st.integers(24, 99).map(lambda minor: f"1.{minor}"),
    }
    kinds = {
        float: st.floats(0, 86400, exclude_min=True, exclude_max=True),
        int: st.integers(1 if each.name in LIMITS else 0, 10**9),
        bool: st.booleans(),
        str: st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12).filter(
            lambda text: text != "true" and "://" not in text  # no value at all, and no image's name
        ),
    }
    return closed.get(each.name, kinds[type(each.default)])


SOURCES = ("file", "environment", "define")  # the later, the higher
SAID = st.fixed_dictionaries(
    {
        each.name: st.fixed_dictionaries({}, optional=dict.fromkeys(SOURCES, a_value_of(each)))
        for each in fields(Settings)
    }
)


@given(SAID)
def test_each_setting_is_what_its_highest_source_says(said: dict[str, dict[str, Any]]) -> None:
    def by(source: str) -> dict[str, Any]:
        return {name: values[source] for name, values in said.items() if source in values}

    file = user_folder() / "acceptance.toml"
    file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in by("file").items()))
    environ = {f"SOCKERLESS_{name.upper()}": str(value) for name, value in by("environment").items()}
    defines = {name: str(value) for name, value in by("define").items()}
    defaults = {each.name: each.default for each in fields(Settings)}
    assert asdict(load(defines, environ)) == defaults | by("file") | by("environment") | by("define")


@given(st.sampled_from(fields(Settings)), st.text(max_size=20) | st.integers().map(str) | st.floats().map(str))
def test_any_text_for_any_setting_is_read_or_refused_in_one_line(each: Field[Any], value: str) -> None:
    for defines, environ, source in (
        ({each.name: value}, {}, f"{each.name} in -D"),
        ({}, {variable_of(each.name): value}, variable_of(each.name)),
    ):
        try:
            read = getattr(load(defines, environ), each.name)
        except UsageError as error:
            line = str(error)
            assert line.splitlines() == [line]
            assert line.startswith((f"{source}={value!r} cannot be read: ", f"{each.name}="))
        else:
            assert type(read) is type(each.default)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
PAIRS = st.tuples(st.sampled_from([*(each.name for each in fields(Settings)), "a.b", "x"]), VALUES)
FILES = (
    st.binary(max_size=40)
    | st.text(max_size=40).map(str.encode)
    | PAIRS.map(lambda pair: f"{pair[0]} = {json.dumps(pair[1])}\n".encode())
)


@given(FILES)
@example(b"max_tasks = " + b"9" * 5000)
@example(b"task_price = " + b"9" * 400)
@example(b"socket = " + b"[" * 5000)
def test_any_file_is_read_or_refused_in_one_line(content: bytes) -> None:
    (user_folder() / "acceptance.toml").write_bytes(content)
    try:
        load({}, {})
    except UsageError as error:
        line = str(error)
        assert line.splitlines() == [line]
        assert str(user_folder()) in line or "=" in line


LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12)


@given(
    st.sampled_from(TEXTS),
    LETTERS,
    st.sampled_from(
        ["tcp://me:{}@host:1", "http://{}@host/x", "TOKEN={} run", "run --password {} -v", "a?b=1&auth={}"]
    ),
)
def test_what_is_shown_holds_no_secret_in_any_form(name: str, letters: str, form: str) -> None:
    secret = f"hunter2{letters}"
    shown = Settings(**{name: form.format(secret)}).shown()
    assert secret not in str(shown)
    assert HIDDEN in shown[name]


def test_what_is_shown_hides_secrets() -> None:
    loaded = Settings(socket="tcp://me:hunter2@host:2375", command="DB_PASSWORD=hunter2 sockerless --token=hunter2")
    shown = loaded.shown()
    assert list(shown) == [each.name for each in fields(Settings)]
    assert "hunter2" not in str(shown)
    assert shown["socket"] == f"tcp://{HIDDEN}@host:2375"
    assert shown["job_timeout"] == "600.0"


def test_paths_are_relative_to_the_users_folder(no_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(reports="out").folder() == no_file / "out"
    monkeypatch.setenv("HOME", "/home/me")
    assert Settings(reports="~/out").folder() == Path("/home/me/out")
    (no_file / "mine.toml").write_text('socket = "run/x.sock"\n')
    assert choose(load({"settings": "mine.toml"}, {})).endpoint == Endpoint(path=f"{no_file}/run/x.sock")
    monkeypatch.delenv(module.FOLDER)
    assert Settings(reports="out").folder() == Path.cwd() / "out"
    assert Settings(reports="/tmp/out").folder() == Path("/tmp/out")


@pytest.mark.parametrize("name", ["helper_image", "service_image", "runner_helper_image"])
def test_a_url_is_no_image_and_its_password_is_not_repeated(name: str) -> None:
    with pytest.raises(UsageError, match="is no image's name") as raised:
        load({name: "https://user:c4nary@registry.example/team/image"}, {})
    assert "c4nary" not in str(raised.value)


def test_a_secret_in_a_value_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="a number is needed") as raised:
        load({"start_timeout": "token=c4nary"}, {})
    assert "c4nary" not in str(raised.value)
