"""The daemon at a socket: what answers, its API version, its images and its clock. Only asks, and pulls nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

from support.api.recording import Exchange, Recorder, labelled
from support.cleanup.inventory import inspection
from support.doctor.finding import Finding, note, ok, unknown, wrong
from support.settings import Settings
from support.target import Choice, Target, open_target
from support.verdicts import NotJudged, UsageError

_CLOCKS_DIFFER = 5.0  # seconds, from which on times of daemon and suite cannot be compared


def reached(settings: Settings, choice: Choice) -> tuple[Target | None, list[Finding]]:
    """The daemon of a socket, and what was found on the way to it; None where there is none to ask."""
    if choice.endpoint is None or choice.kind != "socket":
        return None, []
    where = choice.endpoint.url
    try:
        choice.endpoint.check()
    except UsageError as error:
        return None, [wrong("socket", str(error))]
    socket = ok("socket", f"{where}, because {choice.reason}")
    try:
        target = open_target(settings, "", Recorder(settings), Path(os.devnull))
    except (NotJudged, UsageError) as error:
        return None, [socket, wrong("what answers", str(error))]
    return target, [socket]


def findings(target: Target, settings: Settings) -> Iterator[Finding]:
    """Of a daemon that answers."""
    yield _what_answers(target)
    yield _version(target, settings.api_version)
    ping = target.api.probe("/_ping", target.api.timeout)
    yield _clock(ping)
    for setting in ("helper_image", "service_image"):
        yield _image(target, setting, getattr(settings, setting))


def _what_answers(target: Target) -> Finding:
    if target.is_standin:
        return note("what answers", f"{target.name}: the stand-in, which is NOT Sockerless")
    if target.other_product:
        return note("what answers", f"{target.name}: {target.other_product}, which is NOT Sockerless")
    return ok("what answers", target.name)


def _version(target: Target, asked: str) -> Finding:
    newest, oldest = (str(target.version.get(key, "")) for key in ("ApiVersion", "MinAPIVersion"))
    said = f"{oldest or 'unknown'} to {newest or 'unknown'}; the suite asks for {asked}"
    if not newest:
        return unknown("API version", f"/version names none; the suite asks for {asked}")
    if _numbers(asked) > _numbers(newest) or (oldest and _numbers(asked) < _numbers(oldest)):
        return wrong("API version", f"{said}: set -D api_version={newest}")
    return ok("API version", said)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def _clock(ping: Exchange) -> Finding:
    try:
        theirs = parsedate_to_datetime(ping.header("Date") or "").timestamp()
    except ValueError:
        return unknown("daemon's clock", "no answer carries a Date")
    ahead = theirs + 0.5 - time.time()
    if abs(ahead) < _CLOCKS_DIFFER:
        return ok("daemon's clock", "agrees with this machine's")
    way = "ahead of" if ahead > 0 else "behind"
    return wrong("daemon's clock", f"{abs(ahead):.0f} s {way} this machine's: set both by NTP")


def _image(target: Target, setting: str, image: str) -> Finding:
    with labelled(observes=True):
        seen = target.api.ask(inspection("image", image))
    if seen.status == 200:
        return ok(f"image {image}", "there")
    if seen.status == 404:
        return note(f"image {image}", f"not there yet; a run pulls it, and {setting} names another")
    return wrong(f"image {image}", f"cannot be inspected: {seen.line()}")
