"""The jobs that a runner is given, as data, and the form in which GitLab hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BUILD_IMAGE = "alpine:latest"
ALIASES = ("postgres", "db")
_SHA = "0123456789abcdef0123456789abcdef01234567"
_PASSWORD = "acceptance"  # noqa: S105 - of a database that lives as long as its job
# With these GitLab says which reasons it knows; a runner reports others as unknown.
_REASONS = (
    "unknown_failure",
    "script_failure",
    "runner_system_failure",
    "job_execution_timeout",
    "image_pull_failure",
    "runner_external_dependency_failure",
    "configuration_error",
    "runner_configuration_error",
    "job_canceled",
)


@dataclass(frozen=True)
class CiJob:
    """A job: ``serves`` is the criterion that it shows. Scripts are lists of commands, as in ``.gitlab-ci.yml``.

    ``cancel_on`` is the line of its log on which it is cancelled. ``seconds`` is its own time-out (0: the suite's
    ``job_timeout``). ``service`` is ``ready``, ``silent`` (it never listens) or ``""`` for none. ``after`` names the
    job that the same runner has done before, so that both have one cache volume. ``network_per_build`` off, a
    runner's default, links the service to the build container on the default network.
    """

    name: str
    serves: str
    script: tuple[str, ...]
    after_script: tuple[str, ...] = ()
    image: str = BUILD_IMAGE
    service: str = ""
    cancel_on: str = ""
    seconds: int = 0
    after: str = ""
    is_cached: bool = False
    network_per_build: bool = True


# PostgreSQL closes the connection at the end of what it is sent; nc fails where nobody listens.
_REACHES = "nc -w 10 {} 5432 </dev/null && echo 'reached as {}'"

JOBS = (
    CiJob("success", "REAL-01", ("echo 'first line'", "echo 'on stderr' >&2", "echo 'last line'")),
    CiJob(
        "failing script",
        "REAL-02",
        ("echo 'before the failure'", "echo 'why it failed' >&2", "exit 3", "echo 'not reached'"),
    ),
    CiJob(
        "cancelled", "REAL-03", ("echo 'cancel me now'", "sleep 300", "echo 'not reached'"), cancel_on="cancel me now"
    ),
    CiJob("timed out", "REAL-04", ("echo 'it takes too long'", "sleep 300", "echo 'not reached'"), seconds=40),
    CiJob("after_script", "REAL-05", ("echo 'in the script'", "exit 3"), ("echo 'after the failure'",)),
    CiJob(
        "service",
        "REAL-06",
        tuple(_REACHES.format(alias, alias) for alias in ALIASES),
        service="ready",
    ),
    CiJob("silent service", "REAL-07", ("echo 'it goes on'",), service="silent"),
    CiJob("missing image", "REAL-08", ("echo 'not reached'",), image="no-such-registry.invalid/acceptance:none"),
    CiJob("cache", "REAL-09", ("mkdir -p kept", "echo 'from the first job' >kept/file"), is_cached=True),
    CiJob("cache again", "REAL-09", ("cat kept/file",), after="cache", is_cached=True),
    CiJob("slow output", "REAL-10", ('for n in 1 2 3; do echo "line $n"; sleep 5; done',)),
    CiJob(
        "linked service",
        "REAL-11",
        tuple(_REACHES.format(alias, alias) for alias in ALIASES),
        service="ready",
        network_per_build=False,
    ),
)


def payload(job: CiJob, identity: int, url: str, seconds: int, service_image: str) -> dict[str, Any]:
    """The job as ``POST /jobs/request`` answers it; ``seconds`` is its time-out."""
    variables = {
        "CI": "true",
        "CI_JOB_ID": str(identity),
        "CI_JOB_NAME": job.name,
        "CI_PIPELINE_ID": "1",
        "CI_PROJECT_ID": "1",
        "CI_PROJECT_PATH": "acceptance/project",
        "EMPTY": "",
        "FF_NETWORK_PER_BUILD": "true" if job.network_per_build else "false",
        "GIT_STRATEGY": "none",
        "SEVERAL_LINES": "one\ntwo",
    }
    return {
        "id": identity,
        "token": f"job-{identity}",
        "allow_git_fetch": False,
        "job_info": {"name": job.name, "stage": "test", "project_id": 1, "project_name": "project"},
        "git_info": {
            "repo_url": f"{url}/acceptance/project.git",
            "ref": "main",
            "sha": _SHA,
            "before_sha": "0" * len(_SHA),
            "ref_type": "branch",
            "refspecs": [],
            "depth": 1,
        },
        "runner_info": {"timeout": seconds},
        "variables": [{"key": key, "value": value, "public": True} for key, value in variables.items()],
        "steps": [
            _step("script", job.script, seconds, "on_success"),
            *([_step("after_script", job.after_script, seconds, "always")] if job.after_script else []),
        ],
        "image": {"name": job.image},
        "services": _services(job, service_image),
        "artifacts": [],
        "cache": [_CACHE] if job.is_cached else [],
        "credentials": [],
        "dependencies": [],
        "features": {"trace_sections": False, "failure_reasons": list(_REASONS)},
    }


_CACHE = {"key": "acceptance", "untracked": False, "policy": "pull-push", "paths": ["kept/"], "when": "on_success"}


def _step(name: str, script: tuple[str, ...], seconds: int, when: str) -> dict[str, Any]:
    return {
        "name": name,
        "script": list(script),
        "timeout": seconds,
        "when": when,
        "allow_failure": when == "always",
    }


def _services(job: CiJob, image: str) -> list[dict[str, Any]]:
    if not job.service:
        return []
    service: dict[str, Any] = {
        "name": image,
        "alias": " ".join(ALIASES),
        "variables": [{"key": "POSTGRES_PASSWORD", "value": _PASSWORD, "public": True}],
    }
    if job.service == "silent":
        # Its image exposes a port, on which nobody listens.
        service |= {"entrypoint": ["sh", "-c"], "command": ["echo 'said by the service'; exec sleep 300"]}
    return [service]
