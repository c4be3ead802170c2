"""Secrets never survive, wherever they are; what is none stays as it was."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.api.recording import BODY_LIMIT, kept
from support.redaction import HIDDEN, cut_and_redact, is_secret, redact_body, redact_headers, redact_text

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hunter2-5EcReT"
NAMES = [
    "Authorization",
    "X-Registry-Auth",
    "X-Registry-Config",
    "X-Amz-Security-Token",
    "Set-Cookie",
    "POSTGRES_PASSWORD",
    "passwd",
    "secretAccessKey",
    "AWS_ACCESS_KEY_ID",
    "identitytoken",
    "api-key",
    "auth",
    "registry_auth",
    "X-Amz-Signature",
    "ssh_private_key",
]
HARMLESS = [
    "Content-Type",
    "Api-Version",
    "Image",
    "Author",
    "POSTGRES_USER",
    "authors",
    "Key",
    "PATH",
    "author-of",
    "Id",
]
names = st.sampled_from(NAMES)
# Letters that end no value, in any of the forms that a secret is written in.
secrets = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12).map(lambda text: SECRET + text)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name) and is_secret(name.lower()) and is_secret(name.upper())


@pytest.mark.parametrize("name", HARMLESS)
def test_other_names_are_none(name: str) -> None:
    assert not is_secret(name)


@given(st.dictionaries(names, secrets), st.dictionaries(st.sampled_from(HARMLESS), st.text(max_size=12)), st.randoms())
def test_headers(secret: dict[str, str], others: dict[str, str], random: Random) -> None:
    others = {name: value for name, value in others.items() if redact_text(value) == value}
    headers = list((secret | others).items())
    random.shuffle(headers)
    assert redact_headers(dict(headers)) == dict.fromkeys(secret, HIDDEN) | others


@given(names, secrets, values, st.lists(st.sampled_from(["a", "b", 0]), max_size=4))
def test_what_is_under_a_secrets_name_whatever_it_is(name: str, secret: str, beside: Any, path: list[Any]) -> None:
    for under in (secret, [secret], {"inner": secret}, [{"deep": [secret]}], 1234):
        body: Any = {name: under, "beside": beside}
        for key in path:
            body = [body] if key == 0 else {key: body, "more": 1}
        shown = json.dumps(redact_body(body))
        assert HIDDEN in shown
        assert SECRET not in shown and "1234" not in json.dumps(redact_body({name: 1234}))


@given(names.filter(str.isidentifier), secrets, st.text(max_size=12))
def test_variables_in_lists(name: str, secret: str, after: str) -> None:
    assert redact_body({"Env": ["PATH=/bin", f"{name}={secret} {after}"]}) == {"Env": ["PATH=/bin", f"{name}={HIDDEN}"]}


@given(names, secrets)
def test_objects_of_name_and_value_as_task_definitions_have_them(name: str, secret: str) -> None:
    environment = [{"name": name, "value": secret}, {"Value": secret, "Name": name}, {"name": "PATH", "value": "/bin"}]
    shown = redact_body(environment)
    assert SECRET not in str(shown)
    assert shown[2] == environment[2]
    assert [entry.get("name") or entry.get("Name") for entry in shown] == [name, name, "PATH"]


@given(secrets, st.sampled_from(["http", "https", "tcp", "postgres"]), st.sampled_from(["", ":", ":p:", ":p@"]))
def test_urls(secret: str, scheme: str, before: str) -> None:
    assert redact_text(f"see {scheme}://me{before}{secret}@host:1/path@2") == f"see {scheme}://{HIDDEN}@host:1/path@2"


@given(names, secrets, st.sampled_from(["{}", "'{} {}'", '"{} {}"', "'{}' ", '"{}']))
def test_pairs_and_options_in_texts(name: str, secret: str, quoted: str) -> None:
    value = quoted.format(secret, secret)
    for text in (
        f"run {name}={value}",
        f"{name}={value} run",
        f"sockerless --{name}={value} --v",
        f"?a=1&{name}={value}",
    ):
        assert SECRET not in redact_text(text), text
    assert SECRET not in redact_text(f"sockerless --{name} {value} --verbose")


@given(names, st.text(max_size=20))
def test_json_inside_texts(name: str, more: str) -> None:
    line = json.dumps({"id": "1", name: SECRET + more, "n": 1})
    assert SECRET not in redact_text(f"{line}\n{line}")
    assert SECRET not in redact_body({"Cmd": ["sh", "-c", f"echo '{line}'"]})["Cmd"][2]


words = st.text(st.characters(categories=["Lu", "Ll", "Nd"], include_characters=" .,:;/_'{}[]\n\t\\"), max_size=12)
plain = (st.none() | st.booleans() | st.integers() | words).map(lambda value: (value, value))
keys = st.sampled_from([*HARMLESS, "nested", "a"])


def mixed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=3).map(lambda pairs: tuple(map(list, zip(*pairs, strict=True))) or ([], []))
    dicts = st.dictionaries(keys, inner, max_size=3).map(
        lambda pairs: tuple({key: pair[side] for key, pair in pairs.items()} for side in (0, 1))
    )
    return lists | dicts | st.dictionaries(keys | names, words.map(lambda w: (w, w)), max_size=2).map(hidden_in)


def hidden_in(pairs: dict[str, Any]) -> tuple[Any, Any]:
    body = {key: f"{SECRET}{said}" if is_secret(key) else said for key, (said, _) in pairs.items()}
    return body, {key: HIDDEN if is_secret(key) else said for key, said in body.items()}


def planted(name: str, secret: str) -> list[tuple[Any, Any]]:
    """A secret in each form that bodies have it in, and what is to be shown."""
    return [
        ({name: secret}, {name: HIDDEN}),
        ({"name": name, "value": secret}, {"name": name, "value": HIDDEN}),
        (f"{name.replace('-', '_')}={secret}", f"{name.replace('-', '_')}={HIDDEN}"),
        (["run", f"--{name}", secret, "-v"], ["run", f"--{name}", HIDDEN, "-v"]),
        (f"tcp://me:{secret}@host", f"tcp://{HIDDEN}@host"),
        ({f"tcp://me:{secret}@host": 1}, {f"tcp://{HIDDEN}@host": 1}),
        (f"curl -H 'Authorization: Basic {secret}' x", f"curl -H 'Authorization: {HIDDEN}' x"),
    ]


planting = st.builds(planted, names, secrets).flatmap(st.sampled_from)
forms = st.recursive(plain | planting, mixed, max_leaves=8)


@given(forms, planting, st.integers(0, 3))
def test_of_any_body_secrets_are_hidden_and_nothing_else(
    form: tuple[Any, Any], more: tuple[Any, Any], depth: int
) -> None:
    body, wanted = zip(form, more, strict=True)
    for _ in range(depth):
        # As the daemon tells of bodies in its messages, and clients of these: JSON in texts of JSON.
        body, wanted = ({"message": json.dumps(side), "a": [json.dumps(side)]} for side in (body, wanted))
    assert redact_body(body) == (wanted if depth else list(wanted))
    assert SECRET not in redact_text(json.dumps(body))
    assert SECRET not in redact_text(f"refused: {json.dumps(body)}\n{json.dumps(body)}, see there")


@given(values)
def test_what_holds_no_secret_stays_as_it_was(body: Any) -> None:
    if not any(word in json.dumps(body).lower() for word in ("auth", "token", "sign", "://", "=", "cookie", "key")):
        assert redact_body(body) == body


def test_texts_that_people_need_stay_as_they_were() -> None:
    for text in (
        "#4 GET /containers/json?all=true&filters={} -> 200 after 3 ms",
        'listening on IPv4 address "0.0.0.0", port 5432',
        "job_timeout='ten' cannot be read: a number is needed",
        '{"status":"Pulling from library/alpine","id":"latest"}',
        "tcp://127.0.0.1:2375 and mail me@example.org",
    ):
        assert redact_text(text) == text


def test_nothing_is_hidden_where_there_is_nothing() -> None:
    body = {"Password": "", "auths": {}, "tokens": [], "secret": None, "UsesToken": True, "Entrypoint": []}
    assert redact_body(body) == body


def test_the_original_is_left_alone() -> None:
    body = {"password": SECRET, "Env": [f"TOKEN={SECRET}"]}
    redact_body(body)
    assert body == {"password": SECRET, "Env": [f"TOKEN={SECRET}"]}


def test_bodies_that_are_no_json_are_redacted_before_they_are_cut() -> None:
    assert SECRET not in kept(f'{{"status":"one"}}\n{{"token":"{SECRET}"}}'.encode())
    cut_inside_the_password = "x " * ((BODY_LIMIT - 20) // 2) + f"https://me:{SECRET}@host"
    assert "hunter" not in kept(cut_inside_the_password.encode())
    assert "hunter" not in kept(f"\xff https://me:{SECRET}@host".encode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "a." * 100_000,
        "--a " * 50_000,
        '"a":"' * 40_000,
        "://" * 60_000,
        "[" * 200_000,
        '{"a":' * 40_000,
        '{"a":1,' * 5_000,
        '["a"' * 10_000,
        "[1,2],[1," * 5_000,
    ],
)
def test_long_bodies_are_no_burden(text: str) -> None:
    # A pattern that starts over at every character would take minutes here, not milliseconds.
    assert redact_text(text) == text


LOGINS = ["postgres://me:{}@db/x", "me:{}@db.example:5432", "see me:{}@host", "me:pa/{}@host", "ftp://me:pa/{}@host/x"]
IN_PROSE = [
    "curl -H 'X: Bearer {}'",
    "bearer {} was refused",
    "POSTGRES_SECRET_KEY: {}",
    "DB_PASSWORD : {}",
    "db_password: '{}'",
    "{{'token': '{}'}}",
    'invalid token "{}"',
    "wrong password '{}' given",
    'an unfinished {{"token": "{}',
    "-----BEGIN RSA PRIVATE KEY-----\n{}\nMore+/==\n-----END RSA PRIVATE KEY-----",
    "cut: -----BEGIN EC PRIVATE KEY-----\n{}",
]


@pytest.mark.parametrize("form", [*LOGINS, *IN_PROSE])
def test_secrets_in_prose(form: str) -> None:
    text = form.format(SECRET)
    for within in (text, f"refused: {text} (see there)", f"{text}\n{text}\n"):
        assert SECRET not in redact_text(within)
        assert SECRET not in json.dumps(redact_body({"message": within}))


@pytest.mark.parametrize("kind", ["AKIA", "ASIA"])
def test_key_ids_of_aws(kind: str) -> None:
    text = f"the key {kind}IOSFODNN7EXAMPLE is unknown"
    assert redact_text(text) == f"the key {HIDDEN} is unknown"
    assert redact_text("AKIA is a prefix, and MAKIAIOSFODNN7EXAMPLE a word") == (
        "AKIA is a prefix, and MAKIAIOSFODNN7EXAMPLE a word"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"alpine:3.19@sha256:{'0a' * 32}",
        f"registry.example:5000/team/app@sha256:{'0a' * 32}",
        f"docker://registry.example:5000/team/app:1.2@sha256:{'0a' * 32}",
        f"sha256:{'0a' * 32} and {'b1' * 32}",
        "pull access denied for x, repository does not exist or may require 'docker login': denied",
        "no AWS credentials: set AWS_PROFILE",
        "tokens: 12 of 40",
        "unauthorized: authentication required",
        '"Cookie" and "token" are names',
        "git@example.org:group/project.git",
        "mailto:me@example.org",
        "the bearer of this",
        "2026-11-30T12:00:00.123456789Z 172.17.0.2:5432 -> 10.0.0.1:80",
        "arn:aws:ecs:eu-central-1:123456789012:task/sockerless/0123456789abcdef",
        "token: null, secret: true, password: []",
        "unix:///run/user/1000/docker.sock",
        "https://example.org:8443/a@b",
        '{"auth": null, "Password": "", "Tokens": []}',
    ],
)
def test_what_evidence_needs_stays_as_it_was(text: str) -> None:
    assert redact_text(text) == text
    assert redact_body({"message": text}) == {"message": text}


def test_all_that_the_suite_says_itself_stays_as_it_was() -> None:
    for path in [*ROOT.glob("features/*.feature"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert redact_text(line) == line


def test_a_body_without_secrets_is_not_copied() -> None:
    body = {"Id": "a", "Labels": {"x": "y"}, "Mounts": [{"Name": "n"}, 1, None]}
    assert redact_body(body) is body
    assert redact_body([body, {"token": "x"}])[0] is body


def test_a_body_that_is_nested_too_deeply_is_said() -> None:
    body: Any = "x"
    for _ in range(5):
        body = [body]
    assert redact_body(body, deepest=5) == body
    with pytest.raises(ValueError, match="nested too deeply"):
        redact_body(body, deepest=4)


@pytest.mark.parametrize("text", [f'token "{SECRET}" is not valid', f'{{"password": "{SECRET} \\"x\\"", "user": "x"}}'])
@pytest.mark.parametrize("escaped", range(4))
@pytest.mark.parametrize("cut", [None, -3, -12])
def test_secrets_between_escaped_quotes_are_hidden(text: str, escaped: int, cut: int | None) -> None:
    for _ in range(escaped):
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = redact_text(f"first said {text[:cut]}")
    assert SECRET[:3] not in shown and (HIDDEN in shown or cut)


@pytest.mark.parametrize("at", range(-60, 60, 7))
def test_a_cut_through_a_secret_shows_nothing_of_it(at: int) -> None:
    text = "x " * ((1000 + at) // 2) + f"https://me:{SECRET}@host" + " y" * 5000
    shown = cut_and_redact(text, 1000)
    assert "hunter" not in shown and len(shown) <= 1000
    assert cut_and_redact("short", 1000) == "short"


@pytest.mark.parametrize("piece", ["[1 ", "[1,[", '{"a":[', '["a" ', "[" * 300 + "]" * 300])
def test_looking_for_json_reads_a_text_a_few_times_at_most(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, text: str, at: int = 0) -> tuple[Any, int]:
            tried.append(text)
            return super().raw_decode(text, at)

    monkeypatch.setattr("support.redaction._DECODER", Counting(strict=False))
    text = (piece * 100_000)[:100_000]
    redact_text(text)
    assert len(tried) < len(text) / 50


@pytest.mark.parametrize(
    "piece",
    [
        '"a": "\\',
        "token=",
        "token: ",
        "me:x ",
        "a:b,",
        "bearer ",
        "AKIA",
        "token 'x",
        "-----BEGIN A-----",
        '\\"token\\":\\"',
        "a \\\\",
        "a  ",
    ],
)
def test_long_texts_full_of_beginnings_are_no_burden(piece: str) -> None:
    # A pattern that starts over at every character would take minutes here, not milliseconds.
    assert isinstance(redact_text(piece * 30_000), str)
