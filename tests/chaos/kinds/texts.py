"""Secrets and terminal's control bytes in all that a daemon, an environment and settings can say."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.chaos.case import Case
from tests.chaos.meddling import Meddler, Meddling, Rewritten, answer, forwarding
from tests.chaos.stage import Stage

KIND = "secrets in every input"
RAW = "terminal's control bytes in every input"
_PROFILE = "gitlab"
_WITH_DAEMON = "embedded"  # a run's processor time includes that of a daemon that it starts
_CONTROLS = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \rover \x08 \x9b1m \u202eesrever \u2066i\u2069 \x7f"

# How secrets come in texts. Each names its own place, so that a table of what leaked says which form it was.
FORMS: dict[str, Callable[[str], str]] = {
    "url": lambda secret: f"cannot reach https://user:{secret}@registry.example/v2/",
    "no-scheme": lambda secret: f"cannot reach user:{secret}@registry.example/team/image",
    "bearer": lambda secret: f"401 for Bearer {secret}",
    "name-colon": lambda secret: f"MY_SECRET_VALUE: {secret}",
    "variable": lambda secret: f"started with DB_PASSWORD={secret}",
    "quoted": lambda secret: f'token "{secret}" is not valid',
    "option": lambda secret: f"ran helper --password {secret} --verbose",
    "json": lambda secret: f'body was {{"password": "{secret}", "user": "x"}}',
    "query": lambda secret: f"GET /callback?access_token={secret}&x=1",
    "pem": lambda secret: f"-----BEGIN RSA PRIVATE KEY-----\n{secret}\n-----END RSA PRIVATE KEY-----",
    # All that follows in a line belongs to a header.
    "basic": lambda secret: f"sent Authorization: Basic {secret}",
    "header": lambda secret: f"X-Registry-Auth: {secret}",
}


def cases(_chance: random.Random) -> list[Case]:
    """A place for secrets each, then the same places for control bytes."""
    answers = {
        "errors": _in_errors,
        "banner": _in_banner,
        "inspections": _in_inspections,
        "headers": _in_headers,
        "pull-progress": _in_progress,
    }
    return [
        *(Case(KIND, f"secret-in-{name}", partial(_behind, rewrite), (_PROFILE,)) for name, rewrite in answers.items()),
        Case(KIND, "secret-in-daemon-log", _in_log, (_WITH_DAEMON,)),
        Case(KIND, "secret-in-aws-environment", _in_aws, ("ecs",)),
        *(Case(KIND, f"secret-in-setting-{name}", partial(_in_setting, name)) for name in _SETTINGS),
        *(
            Case(RAW, f"raw-in-{name}", partial(_behind, rewrite, raw=True), (_PROFILE,))
            for name, rewrite in answers.items()
            if rewrite is not _in_headers  # which HTTP's own parsers refuse
        ),
        Case(RAW, "raw-in-daemon-log", partial(_in_log, raw=True), (_WITH_DAEMON,)),
        Case(RAW, "raw-in-settings", _raw_setting),
    ]


def _texts(place: str, stage: Stage, *, raw: bool) -> list[str]:
    if raw:
        return [f"{place} {_CONTROLS}"]
    return [form(stage.canary(f"{place}, {name}")) for name, form in FORMS.items()]


# From an answer's status and content to another's, with more headers.
Change = Callable[[int, Any], tuple[int, Any, list[str]]]
# The change of a call by its method and path, with these texts in it; None where it is answered as it is.
Rewrite = Callable[[str, str, list[str]], Change | None]


def _in_errors(method: str, path: str, texts: list[str]) -> Change | None:
    """The answer to some call is an error with it: to a network's and a volume's inspection, to an exec, to a wait."""
    for at, part in enumerate(("/networks/", "/volumes/", "/exec", "/wait", "/stop", "/kill")):
        if part in path and (method, part) != ("DELETE", part):
            message = " ".join(texts[at::2])
            return lambda *_: (500, {"message": message}, [])
    return None


def _in_banner(_method: str, path: str, texts: list[str]) -> Change | None:
    """What the daemon says of itself."""
    said = " ".join(texts)
    if path.endswith("/version"):
        return lambda status, body: (status, {**body, "Platform": {"Name": f"Sockerless {said}"}, "Version": said}, [])
    if path.endswith("/info"):
        more = {"Driver": f"memory {said}", "Warnings": texts, "Name": said, "OperatingSystem": said}
        return lambda status, body: (status, {**body, **more}, [])
    return None


def _in_inspections(method: str, path: str, texts: list[str]) -> Change | None:
    """A container's environment, command, labels, names, and the reason of its end, beside what is true."""
    if method != "GET" or not path.endswith("/json") or "/containers/" not in path or path.endswith("containers/json"):
        return None

    def change(status: int, body: Any) -> tuple[int, Any, list[str]]:
        if status != 200:
            return status, body, []
        body["Config"]["Env"] = [
            *(body["Config"].get("Env") or []),
            *(f"API_TOKEN_{n}={t}" for n, t in enumerate(texts)),
        ]
        body["Config"]["Cmd"] = ["sh", "-c", *texts]
        body["State"]["Error"] = " ".join(texts)
        body["Args"] = texts
        # A wrong value makes criteria quote what they saw.
        body["Config"]["Image"] = texts[1 % len(texts)]
        body["Config"]["Labels"] = dict.fromkeys(("note", "com.gitlab.gitlab-runner.managed"), texts[0])
        return status, body, []

    return change


def _in_headers(_method: str, _path: str, texts: list[str]) -> Change | None:
    """Of every answer."""
    lines = [text.replace("\n", " ") for text in texts]
    named = [
        "Set-Cookie: session=" + lines[4].rpartition("=")[2],
        f"WWW-Authenticate: {lines[2]}",
        f"Warning: {lines[0]}",
    ]
    return lambda status, body: (status, body, [*named, f"Server: daemon {lines[6]}"])


def _in_progress(method: str, path: str, texts: list[str]) -> Change | None:
    """A pull that fails after its 200."""
    if method != "POST" or not path.endswith("/images/create"):
        return None
    lines = [{"status": text, "id": text[:20]} for text in texts] + [
        {"error": t, "errorDetail": {"message": t}} for t in texts
    ]
    return lambda *_: (200, b"".join(json.dumps(line).encode() + b"\r\n" for line in lines), [])


def _behind(rewrite: Rewrite, stage: Stage, *, raw: bool = False) -> None:
    standin = stage.standin()
    texts = _texts("the daemon's answers", stage, raw=raw)

    def rule(_request: bytes, method: str, target: str) -> Meddling:
        change = rewrite(method, target.partition("?")[0], texts)
        return Rewritten(partial(_rewritten, change)) if change else None

    meddler = Meddler(standin.socket, rule)
    meddler.listen(socket := stage.folder / "p.sock")
    try:
        run = stage.start(_PROFILE, daemon=standin, socket=str(socket))
        stage.end(run, _PROFILE)
    finally:
        meddler.close()
    if not meddler.met:
        stage.findings.problems.append("nothing was said: the run made no such call")
    stage.reported(run, _PROFILE, (0, 1, 3))
    if stage.has_ledger:
        # At the address that the ledger names, where nothing lies any more.
        socket.unlink(missing_ok=True)
        with forwarding(socket, standin.socket):
            stage.sweep("-D", f"socket={socket}")
    stage.nothing_left()


def _rewritten(change: Change, head: bytes, body: bytes) -> bytes:
    status = int(head.split(b" ", 2)[1])
    try:
        said = json.loads(body)
    except ValueError:
        said = body
    if isinstance(said, bytes) and b"upgrade" in head.lower():
        return head + b"\r\n\r\n" + body
    status, said, headers = change(status, said)
    api = [
        line.decode("latin-1")
        for line in head.split(b"\r\n")[1:]
        if line.lower().startswith((b"api-version", b"connection"))
    ]
    kind = ["Content-Type: application/json"] if status != 204 else []
    content = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    return answer(status, content, *kind, *api, *headers)


def _in_log(stage: Stage, *, raw: bool = False) -> None:
    """Of a daemon that the suite starts, in its environment and its command as well."""
    stage.has_ample_deadlines()
    texts = "\n".join(_texts("the daemon's log", stage, raw=raw))
    script = stage.folder / "daemon.sh"
    (stage.folder / "said").write_text(texts)
    script.write_text(
        f"#!/bin/sh\ncat {stage.folder}/said >&2\nunset LD_PRELOAD\nexec {sys.executable} -P -m standin --socket $1\n"
    )
    password = "" if raw else f" --password {stage.canary('SOCKERLESS_COMMAND')}"
    environment = {"SOCKERLESS_COMMAND": f"sh {script} {{socket}}{password}"}
    if not raw:
        environment["SOCKERLESS_BACKEND_TOKEN"] = stage.canary("a variable of the daemon's")
    run = stage.start(_PROFILE, environment=environment)
    stage.end(run, _WITH_DAEMON)
    stage.reported(run, _WITH_DAEMON, (0,))
    stage.nothing_left()


def _in_aws(stage: Stage) -> None:
    """Keys, a session's token, and a URL with a password, all of which the suite needs."""
    standin = stage.standin_for("ecs")
    assert standin is not None
    endpoint = standin.aws()["endpoint"].replace("http://", f"http://user:{stage.canary('SOCKERLESS_AWS_ENDPOINT')}@")
    run = stage.start("ecs", daemon=standin, environment={"SOCKERLESS_AWS_ENDPOINT": endpoint})
    stage.end(run, "ecs")
    stage.reported(run, "ecs", (0, 2, 3))
    if stage.has_ledger:
        stage.sweep(daemon=standin)
    stage.nothing_left()


# Settings with a secret in them, many of which are refused: the refusal must not repeat them.
_SETTINGS: dict[str, Callable[[str], str]] = {
    "socket": lambda secret: f"socket=tcp://user:{secret}@127.0.0.1:9",
    "socket-path": lambda secret: f"socket=unix://user:{secret}@host/nowhere.sock",
    "command": lambda secret: f"command=false --token {secret} {{socket}}",
    "helper_image": lambda secret: f"helper_image=user:{secret}@registry.example/team/helper:1",
    "service_image": lambda secret: f"service_image=https://user:{secret}@registry.example/db",
    "runner_docker": lambda secret: f"runner_docker=tcp://user:{secret}@127.0.0.1:9",
    "aws_endpoint": lambda secret: f"aws_endpoint=http://user:{secret}@127.0.0.1:9",
    "unknown": lambda secret: f"registry_password={secret}",
    "not-a-number": lambda secret: f"start_timeout=token={secret}",
}


def _in_setting(name: str, stage: Stage) -> None:
    define = _SETTINGS[name](stage.canary(f"the setting {name}"))
    fails_early = name in ("socket", "socket-path", "command", "unknown", "not-a-number")
    more = [] if fails_early else ["-D", "target=standin"]
    run = stage.command(
        "--tags=@TST-011-AC-02 or @TST-011-AC-06 or @TST-011-AC-09",
        *("-D", define, *more, "-D", f"reports={stage.reports}"),
        *("-D", f"deadline_scale={stage.plan.scale}", "-D", "keep_exchanges=yes"),
    )
    stage.end(run, _PROFILE, stage.plan.job_within(_PROFILE))
    stage.ended_with(run, 0, 1, 2, 3)
    stage.nothing_left()


def _raw_setting(stage: Stage) -> None:
    """Control bytes in what users write: tags, names of settings, paths."""
    words, one = _CONTROLS.replace("\x00", ""), "--tags=@TST-011-AC-01"
    for arguments in (
        (one, "-D", f"socket=/tmp/{words}"),
        (one, "-D", f"{words}=1"),
        (one, "-D", f"start_timeout={words}"),
        (f"--tags=@{words}",),
        (words,),
        ("sweep", "--run", words),
    ):
        run = stage.command(*arguments)
        stage.end(run, _PROFILE, stage.plan.clean_up_within())
        stage.ended_with(run, 1, 2, 3)
    stage.nothing_left()
