"""Whom a call is about: the suite names what it creates so that role and job can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

# TST-011: ``runner-<guid>-service``, and <guid> is ``<job>-<run>-<random>``; its networks are ``runner-net-<guid>``.
_JOBS = re.compile(r"runner-(?P<net>net-)?(?P<job>[a-z]+)-(?P<run>[0-9a-f]+)-[0-9a-f]+(?:-(?P<role>[a-z]+))?")
# TST-010: ``ecs-<role>-<run>-<random>``; what happens behind a client's back: ``drift-<role>-…``.
_TASKS = re.compile(r"(?:ecs|drift)-(?P<role>[a-z]+)-(?P<run>[0-9a-f]+)-[0-9a-f]+")
# Recorded jobs: the runner's own names, ``<run>-<random>`` in place of its token.
_RECORDED = re.compile(r"runner-(?P<run>[0-9a-f]+)-[0-9a-f]{4}-(?P<rest>.+)")
_RECORDED_ROLES = {
    "-set-permission-": "cacheinit",
    "-wait-for-service": "healthcheck",
    "-predefined": "predefined",
    "-build": "build",
    "postgres-0": "service",
    "-cache-3c3f060a0374fc8bc39395164f415a70": "cache",
    "-cache-c33bcaa1fd2c77edfc3893b41966cea8": "builds",
    "-4242": "network",
}
KINDS = ("container", "network", "volume", "exec")


@dataclass(frozen=True)
class CallTarget:
    """What a call is about.

    ``kind`` is one of ``KINDS``, ``aws``, or empty. ``role`` is e.g. ``service`` or ``echo``; of an exec its program,
    of an AWS call its caller, ``daemon`` or ``suite``. ``job`` is a job's name; for TST-010 ``main``, or ``own`` for
    the suite's runs of itself. A stranger is named by a path without having been created here.
    """

    kind: str = ""
    name: str = ""
    role: str = ""
    job: str = ""
    run: str = ""
    id: str = ""
    is_stranger: bool = False

    @classmethod
    def named(cls, kind: str, name: str) -> CallTarget:
        """Its role, job and run, as its name says."""
        if found := _JOBS.fullmatch(name):
            role = "network" if found["net"] else found["role"] or ""
            return cls(kind, name, role, found["job"], found["run"])
        if found := _TASKS.fullmatch(name):
            return cls(kind, name, found["role"], "", found["run"])
        if found := _RECORDED.fullmatch(name):
            role = next((role for part, role in _RECORDED_ROLES.items() if part in name), "")
            return cls(kind, name, role, "recorded", found["run"])
        return cls(kind, name)
