"""The verdicts of the run under way: what hooks ask, and add to, while it goes on."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.api.recording import Exchange, Recorder, looked_at
from support.redaction import HIDDEN, is_secret
from support.report import exchanges as inline
from support.report.course import Course
from support.report.details import Timeline
from support.report.evidence import Evidence, last_lines
from support.report.judging import Judgement
from support.report.outcomes import THE_RUN, Feature, Outcome, Report, Subject
from support.report.timeline import of_jobs
from support.text import one_line
from support.verdicts import Verdict


def now() -> str:
    """This moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class LiveReport:
    """``context.outcomes`` in hooks; safe to use from several threads.

    ``run_id`` may serve as the run's id everywhere; it also names the evidence folder, unless the run is part of the
    run ``whole``. ``may_be_left`` is asked only if a run is ended without its clean-up: a function that hooks set,
    giving lines that name what is left behind. ``explain`` is asked for each verdict that is not good, with its text,
    its criterion and the exchanges that show it: what happened from outside to what it is about. ``daemon_log`` is
    where what a daemon of ours prints is kept, while it is the target.
    """

    def __init__(self, reports: Path, run: str = "", whole: str = "") -> None:
        self.report = Report(run or secrets.token_hex(5), began=now())
        self.may_be_left: Callable[[], Iterable[str]] = tuple
        self.explain: Callable[[str, str, Sequence[Exchange]], list[str]] = lambda _text, _criterion, _shown: []
        self.evidence = Evidence(reports, whole or self.report.run)
        self.course = Course()
        self._lock = threading.Lock()
        self._feature: Feature | None = None
        self._notes: list[str] | None = None
        self.daemon_log: Path | None = None
        self._feature_began: tuple[Recorder | None, int] = (None, 0)

    @property
    def run_id(self) -> str:
        """The run's random id."""
        return self.report.run

    def note(self, text: str) -> None:
        """Add to the evidence of the scenario under way; outside of one, to the feature's."""
        with self._lock:
            notes = self._notes if self._notes is not None else self._current().notes
            if one_line(text) not in notes:
                notes.append(one_line(text))

    def property(self, name: str, value: object) -> None:
        """What reports say of the feature under way, or of the run outside of one: target, version, settings.

        ``target`` is shown big on the acceptance page, ``caution`` (what it must not be taken for) in a frame.
        """
        with self._lock:
            properties = self._feature.properties if self._feature else self.report.properties
            properties[name] = HIDDEN if is_secret(name) else one_line(value, 1000)

    def add_case(self, name: str, verdict: Verdict, cause: str = "", details: Sequence[str] = ()) -> None:
        """A case beside the scenarios, such as what clean-up could not remove; it counts like a scenario."""
        with self._lock:
            self._current().outcomes.append(Outcome("", name, verdict, cause, details=tuple(details)))

    def timelines(self, timelines: Iterable[Timeline]) -> None:
        """What the acceptance page draws of the feature under way, beside its jobs."""
        with self._lock:
            self._current().timelines.extend(timelines)

    def leftovers(self) -> list[str]:
        """What a run that ends at once leaves behind."""
        return list(self.may_be_left())

    def begin_feature(self, name: str, file: str) -> None:
        """The runner's: a feature begins."""
        self.daemon_log = None
        self._feature_began = self.evidence.moment()
        self.course.begin_feature(file)
        with self._lock:
            self._feature = Feature(name, file, now())
            self.report.features.append(self._feature)

    def end_feature(self) -> None:
        """The runner's: the feature under way has ended, its clean-up included."""
        recorder, _ = self.evidence.moment()
        if recorder is not None and self._feature is not None:
            before = self._feature_began[1] if self._feature_began[0] is recorder else 0
            self.timelines(of_jobs(recorder.since(before), recorder.now()))
        with self._lock:
            self._feature = None
        self.course.end_feature()

    def begin_scenario(self, name: str = "") -> None:
        """The runner's: a scenario begins, whose name starts with its criterion's id."""
        self.course.doing(name)
        with self._lock:
            self._notes = []
        looked_at(forget=True)
        self.evidence.mark()

    def judged(self, subject: Subject, judgement: Judgement, duration: float, output: str) -> Outcome:
        """The runner's: the scenario that began last is over. ``output`` is what its steps printed."""
        with self._lock:
            notes, self._notes = tuple(self._notes or ()), None
        if judgement.verdict in (Verdict.VIOLATED, Verdict.NOT_JUDGED):
            text = "\n".join([judgement.cause, *judgement.details])
            judgement = judgement.explained_by(self.explain(text, subject.criterion, judgement.exchanges))
        judged_by = looked_at(forget=True)
        exchanges = self.evidence.exchanges(subject.criterion, (*judgement.exchanges, *judged_by))
        details = judgement.details_with(exchanges)
        shown = inline.shown(exchanges, subject.criterion, judgement.exchanges, judged_by, judgement.verdict)
        folder, log = "", tuple[str, ...]()
        if judgement.verdict in (Verdict.VIOLATED, Verdict.NOT_JUDGED):
            log = last_lines(self.daemon_log)
            said = [f"{subject.criterion} {subject.title}".strip(), f"{judgement.verdict}: {judgement.cause}"]
            said += [judgement.step, subject.location, "", *details, *map("note: {}".format, notes)]
            said += ["", "Printed by the steps:", *output.splitlines()] if output.strip() else []
            folder = self.evidence.keep(subject.criterion or subject.title, said, exchanges, judgement.unexpected)
        seen = {"details": details, "exchanges": shown, "log": log, "notes": notes}
        self.course.judged(judgement.verdict)
        return self._add(subject, judgement, duration=duration, evidence=folder, **seen)

    def never_ran(self, subject: Subject, judgement: Judgement) -> Outcome:
        """The runner's: a selected scenario that was not even begun."""
        self.course.judged(judgement.verdict)
        return self._add(subject, judgement)

    def end(self, number: int) -> None:
        """The runner's: the run is over, ended by the signal of this number or (0) by itself."""
        self.report.ended, self.report.signal = now(), number
        if self.evidence.problem:
            self.add_case("Evidence", Verdict.NOT_JUDGED, self.evidence.problem)

    def so_far(self, number: int) -> Report:
        """A copy of the report, of a run that the signal of this number (or 0) ends in the middle.

        Without the lock: whoever is interrupted may hold it.
        """
        features = [replace(feature, outcomes=list(feature.outcomes)) for feature in self.report.features]
        return replace(self.report, features=features, ended=now(), signal=number)

    def broke(self, what: str, judgement: Judgement) -> Outcome:
        """The runner's: a hook, a clean-up or a formatter failed; never lost, whatever else happened."""
        folder = self.evidence.keep(what, [what, judgement.cause, *judgement.details], [], judgement.unexpected)
        return self._add(Subject("", what, ""), judgement, details=judgement.details, evidence=folder)

    def _add(self, subject: Subject, judgement: Judgement, **more: Any) -> Outcome:
        outcome = Outcome(
            id=subject.criterion,
            title=subject.title,
            location=subject.location,
            steps=subject.steps,
            verdict=judgement.verdict,
            cause=judgement.cause,
            step=judgement.step,
            has_traceback=judgement.unexpected is not None,
            **more,
        )
        with self._lock:
            self._current().outcomes.append(outcome)
        return outcome

    def _current(self) -> Feature:
        if self._feature:
            return self._feature
        for feature in self.report.features:
            if feature.name == THE_RUN:
                return feature
        self.report.features.append(Feature(THE_RUN, began=self.report.began))
        return self.report.features[-1]
