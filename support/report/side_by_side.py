"""Features side by side, one behave process each, and one report of all of them.

Fargate makes scenarios wait for minutes; features share neither target nor containers, so they need not wait for each
other. Each part says its lines as they happen, under its feature's name; its outcomes come as a file when it is over.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from support.report import console, live_lines
from support.report.course import FeatureCourse, received
from support.report.judging import interrupted, subject
from support.report.live import now
from support.report.outcomes import Report, merge, parse
from support.report.publishing import NEXT, place_of, publish
from support.report.selection import features_of, selected
from support.settings import ROOT, Settings, load
from support.signals import heard, state
from support.target import choose
from support.verdicts import UsageError

_SAID_WITHIN = 5.0  # seconds after its end in which all that a part has said is printed
_CHUNK = 65536  # bytes

Selection = dict[Any, list[Any]]  # behave's features and the scenarios of each that were selected


def shared_out(config: Any) -> Selection:
    """The features to run side by side; empty where one process is enough, or has to do it in turn."""
    has_own_output = any(opener.name for opener in config.outputs)
    if config.dry_run or config.stop or has_own_output or config.format not in (None, [], [config.default_format]):
        return {}
    try:
        if _is_for_one(load(config.userdata)):
            return {}
        chosen = {feature: wanted for feature, wanted in selected(features_of(config), config).items() if wanted}
    except UsageError:
        return {}  # the runner will say it
    return chosen if len(chosen) > 1 else {}


def _is_for_one(settings: Settings) -> bool:
    """Whether two processes would get into each other's way."""
    is_fixed_place = bool(settings.socket) or "{socket}" not in settings.command
    return bool(settings.max_tasks) or (choose(settings).kind == "command" and is_fixed_place)


@dataclass
class _Process:
    """A part under way; ``name`` is what its lines begin with."""

    name: str
    feature: Any
    scenarios: list[Any]
    process: subprocess.Popen[bytes]
    listeners: list[threading.Thread]
    reported: list[bytes]  # what came of its report


class _Speaker:
    """Prints what parts say, whole lines under their names; parts that speak at once are not mixed within a line."""

    def __init__(self, names: Sequence[str], config: Any) -> None:
        self._width = max(map(len, names))
        self._lock = threading.Lock()
        self.out = console.printer(config, sys.stdout)
        self._err = console.printer(config, sys.stderr)

    def listen_to(self, name: str, pipe: IO[bytes] | None, *, is_error: bool = False) -> threading.Thread:
        """Begin to print what comes from a part, in a thread that ends when the part has no more to say."""
        assert pipe is not None
        thread = threading.Thread(target=self._listen, args=(name, pipe, is_error), name=name, daemon=True)
        thread.start()
        return thread

    def _listen(self, name: str, pipe: IO[bytes], is_error: bool) -> None:
        rest = b""
        with pipe:
            while chunk := os.read(pipe.fileno(), _CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                self._say(name, lines, is_error)
        self._say(name, [rest], is_error)

    def _say(self, name: str, lines: list[bytes], is_error: bool) -> None:
        decoded = [line.decode(sys.stdout.encoding, "replace") for line in lines]
        with self._lock:
            (self._err if is_error else self.out).lines(
                [f"{name:<{self._width}} | {line}" for line in decoded if line.strip()]
            )


class _Signals:
    """Passes on to each part what is sent to the launcher; parts clean up, the launcher waits for them."""

    def __init__(self) -> None:
        self.parts: list[_Process] = []
        # Parts get signals once they can handle them, and the launcher once it has somebody to pass them on to.
        signal.pthread_sigmask(signal.SIG_BLOCK, heard())
        self._before: dict[int, Any] = {number: signal.signal(number, self._on_signal) for number in heard()}

    def open(self) -> None:
        """All parts are started."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, list(self._before))

    def close(self) -> None:
        """All parts are over."""
        self.open()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        state.first = state.first or number
        for part in self.parts:
            if part.process.poll() is None:
                part.process.send_signal(number)


def run(chosen: Selection, arguments: list[str], here: Path, config: Any) -> int:
    """Run the features' parts, report as one run and give the exit code. Raises ``UsageError``."""
    place = place_of(config)
    place.check()
    place.set_earlier_aside()
    whole, began = secrets.token_hex(4), now()
    names = _names(list(chosen))
    speaker = _Speaker(names, config)
    if console.is_coloured(config, sys.stdout):
        arguments = [*arguments, "--color=always"]
    signals = _Signals()
    courses = [FeatureCourse(name, len(scenarios)) for name, scenarios in zip(names, chosen.values(), strict=True)]
    is_drawn = live_lines.is_possible(config)
    try:
        if state.first:  # while this process came up
            merged = Report(whole)
            for feature, scenarios in chosen.items():
                merged.lose(feature.name, feature.filename, map(subject, scenarios), interrupted(state.first))
        else:
            with live_lines.drawn(lambda: courses, config) if is_drawn else nullcontext():
                for number, part in enumerate(zip(courses, chosen.items(), strict=True)):
                    # No run's ID may be the beginning of another's: what is of a run in the cloud is found by it.
                    ids = [f"{whole}{number:02x}", whole]
                    signals.parts.append(_begun(part, [*ids, *arguments], here, speaker, is_drawn=is_drawn))
                signals.open()
                merged = merge(whole, [_ended(part) for part in signals.parts])
    finally:
        signals.open()
    merged.began, merged.ended, merged.signal = merged.began or began, merged.ended or now(), state.first
    publish(merged, place, config, speaker.out)
    signals.close()
    return merged.exit_code


def _names(features: list[Any]) -> list[str]:
    """The files' names without suffix; with their folders where two are called the same."""
    stems = [Path(feature.filename).stem for feature in features]
    return stems if len(set(stems)) == len(stems) else [feature.filename for feature in features]


def _begun(
    what: tuple[FeatureCourse, tuple[Any, list[Any]]],
    arguments: list[str],
    here: Path,
    speaker: _Speaker,
    *,
    is_drawn: bool,
) -> _Process:
    course, (feature, scenarios) = what
    name = course.name
    (report, to), (shown, drawn_by) = os.pipe(), os.pipe()
    try:
        ends = [f"/dev/fd/{to}", f"/dev/fd/{drawn_by}" if is_drawn else ""]
        process = _started([*ends, str(Path(feature.filename).resolve()), *arguments], here, (to, drawn_by))
    finally:
        os.close(to)
        os.close(drawn_by)
    reported: list[bytes] = []
    listeners = [
        speaker.listen_to(name, process.stdout),
        speaker.listen_to(name, process.stderr, is_error=True),
        threading.Thread(target=_read, args=(report, reported), name=f"report of {name}", daemon=True),
        threading.Thread(target=received, args=(shown, course), name=f"course of {name}", daemon=True),
    ]
    for listener in listeners[-2:]:
        listener.start()
    return _Process(name, feature, scenarios, process, listeners, reported)


def _read(pipe: int, into: list[bytes]) -> None:
    with open(pipe, "rb") as file:
        into.append(file.read())


def _started(arguments: list[str], here: Path, inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "support.report.part", *arguments],
        cwd=here,
        pass_fds=inherited,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
        stdin=subprocess.PIPE,  # closes with the launcher, by which the part learns of it
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,  # a terminal's Ctrl-C reaches the launcher only, which passes it on once
    )


def _ended(part: _Process) -> Report:
    """The part's report once it is over; where it left none, all its scenarios are not judged."""
    code = part.process.wait()
    for listener in part.listeners:
        listener.join(_SAID_WITHIN)
    if said := b"".join(part.reported):
        report = parse(said.decode("utf-8", "replace").rpartition(NEXT)[2], part.name)
        if code != report.exit_code:
            cause = f"it {_how(code)}, although its report stands for exit code {report.exit_code:d}"
            report.add_case(f"The process that ran {part.name}", cause)
        return report
    cause = f"its process {_how(code)} before it could report"
    if state.first:
        cause = f"{interrupted(state.first)}; {cause}"
    report = Report(part.name)
    report.lose(part.feature.name, part.feature.filename, map(subject, part.scenarios), cause)
    return report


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
