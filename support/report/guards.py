"""What stands between behave and code that can break it: interrupts around steps, and formatters that fail."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from behave.formatter.base import StreamOpener

from support import progress
from support.report.interrupts import Interrupts
from support.report.judging import Judgement, cause_of, not_judged
from support.text import printable, visible
from support.verdicts import NotJudged


class InterruptibleSteps:
    """behave's step registry; steps found through it are what a signal breaks off."""

    def __init__(self, registry: Any, interrupts: Interrupts) -> None:
        self._registry = registry
        self._interrupts = interrupts

    def find_match(self, step: Any) -> Any:
        """The step's match, or None; its ``run`` can be interrupted and cannot end the process."""
        match = self._registry.find_match(step)
        if match is not None:
            run = match.run

            def guarded(context: Any) -> None:
                try:
                    with progress.step(f"the step {step.keyword} {step.name}"):
                        self._interrupts.breaking_off(run, context)
                except SystemExit as error:
                    # behave would pass it on, past clean-up and reports.
                    raise NotJudged(f"the step tried to end the process with exit code {error.code}") from error

            match.run = guarded
        return match

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)


@contextmanager
def thread_errors_to(on_failure: Callable[[str, Judgement], object]) -> Iterator[None]:
    """What ends a thread inside the block is handed over, instead of printed as a traceback and forgotten."""

    def hand_over(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None:
            name = failed.thread.name if failed.thread else "of unknown name"
            on_failure(f"Thread {name}", not_judged(failed.exc_value))

    before = threading.excepthook
    threading.excepthook = hand_over
    try:
        yield
    finally:
        threading.excepthook = before


_BEHAVES = re.compile("(\x1b\\[[0-9;]*[mA])")  # colours, and the way up to a step that is printed again


class VisibleStream:
    """A stream for formatters that are not ours: what they pass on of a daemon's cannot steer a terminal.

    On a terminal they may colour; what they are given of an error has no escapes of its own any more.
    """

    def __init__(self, stream: Any, *, is_coloured: bool) -> None:
        self._stream = stream
        self._is_coloured = is_coloured

    def write(self, text: str) -> int:
        """Write it, with control characters as escapes."""
        parts = _BEHAVES.split(text) if self._is_coloured else [text]
        self._stream.write("".join(part if number % 2 else visible(part) for number, part in enumerate(parts)))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def made_visible(config: Any) -> None:
    """Give formatters of behave's a stream that shows control characters; ours do so themselves."""
    missing = len(config.format) - len(config.outputs)
    config.outputs = [*config.outputs, *(StreamOpener(stream=sys.stdout) for _ in range(missing))]
    for name, opener in zip(config.format, config.outputs, strict=False):
        if name != config.default_format and opener.stream is sys.stdout:
            opener.stream = VisibleStream(sys.stdout, is_coloured=config.has_colored_mode(sys.stdout))


class GuardedFormatter:
    """A formatter that may fail (behave's ``progress`` does, over clean-up errors) without ending the run."""

    def __init__(self, formatter: Any, on_failure: Callable[[str, Judgement], None]) -> None:
        self._formatter = formatter
        self._on_failure = on_failure
        self._has_failed = False

    def result(self, step: Any) -> None:
        """A step's result, in one line: what behave gives formatters to print is a traceback."""
        if step.exception is not None and not isinstance(step.exception, AssertionError):
            step.error_message = cause_of(step.exception)
        elif step.error_message:
            step.error_message = printable(step.error_message)
        self._call("result", step)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._formatter, name)
        return (lambda *args: self._call(name, *args)) if callable(value) else value

    def _call(self, name: str, *args: Any) -> None:
        if self._has_failed:
            return
        try:
            getattr(self._formatter, name)(*args)
        except Exception as error:  # noqa: BLE001 - anybody's formatter
            self._has_failed = True
            self._on_failure(f"Formatter {type(self._formatter).__name__}", not_judged(error))
