"""What stands between behave and code that can break it: interrupts around steps, and formatters that fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from support import progress
from support.report.interrupts import Interrupts
from support.report.judging import Judgement, cause_of, not_judged
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
        self._call("result", step)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._formatter, name)
        return (lambda *args: self._call(name, *args)) if callable(value) else value

    def _call(self, name: str, *args: Any) -> None:
        if self._has_failed:
            return
        progress.clear()
        try:
            getattr(self._formatter, name)(*args)
        except Exception as error:  # noqa: BLE001 - anybody's formatter
            self._has_failed = True
            self._on_failure(f"Formatter {type(self._formatter).__name__}", not_judged(error))
