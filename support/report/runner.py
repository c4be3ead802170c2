"""The runner that behave.ini names: four verdicts, complete reports and one exit code, whatever happens.

behave's own runner knows failure and success, prints errors of hooks and clean-up to the console only, calls an empty
selection a success and dies of SIGTERM. The exit codes here: 0 nothing violated and nothing unjudged; 1 violated; 2
usage or configuration, an empty selection and a feature file that cannot be parsed included; 3 not judged, undefined
steps included; 128 + signal when interrupted.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from behave.exception import ConfigError
from behave.formatter._registry import make_formatters
from behave.runner import Context, Runner, the_step_registry

from support import progress, signals
from support.files import keep_private
from support.memory import give_back_soon
from support.report import publishing
from support.report.console import shown_path
from support.report.evidence import TRACEBACK
from support.report.guards import GuardedFormatter, InterruptibleSteps, made_visible, thread_errors_to
from support.report.interrupts import Interrupts
from support.report.judging import Judgement, interrupted, judge, not_judged, subject
from support.report.live import LiveReport
from support.report.live_lines import following
from support.report.outcomes import Outcome, Report
from support.report.selection import features_of, only_selected, selected
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, NotJudged, TargetGone, UsageError, Verdict

_PREPARING = {f"before_{what}": f"the preparation of the {what}" for what in ("feature", "scenario")}


class AcceptanceRunner(Runner):  # type: ignore[misc] # behave is untyped
    """behave's runner with our verdicts. ``outcomes`` is also ``context.outcomes`` in hooks and steps."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        signals.note()
        self.place = publishing.place_of(config)
        self.reports = self.place.reports
        part = publishing.part_of(config)
        self.outcomes = LiveReport(self.reports, part.run, part.whole) if part else LiveReport(self.reports)
        self.interrupts = Interrupts(self.outcomes.leftovers, self._report_at_once)
        self._selected: dict[Any, list[Any]] = {}
        self._reported: set[int] = set()  # id() of scenarios; behave's compare equal by name
        self._is_over = False  # and reported
        self._stopped_by: Judgement | None = None  # why nothing more of the run can be judged
        self._feature_stopped_by: Judgement | None = None
        self._hook_error: Judgement | None = None
        # Hooks print for people (banners), and behave's reporters count otherwise than the verdicts do.
        config.capture_hooks = False
        config.reporters = [each for each in config.reporters if not type(each).__module__.startswith("behave.")]
        logging.getLogger("behave").setLevel(logging.ERROR)  # it repeats every skip as a warning
        # They warn of what a daemon sent, in its own bytes and with tracebacks; exchanges and verdicts say it all.
        for name in ("urllib3", "docker", "botocore"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def run(self) -> bool:
        """Run, report, and end with the exit code: behave itself knows 0 and 1 only."""
        keep_private()
        give_back_soon()
        with self.interrupts, thread_errors_to(self.outcomes.broke):
            try:
                if publishing.part_of(self.config) is None:
                    self.place.check()
                super().run()
            except (UsageError, ConfigError) as error:
                say(one_line(error))
                raise SystemExit(ExitCode.USAGE) from None
            except NotJudged as error:
                say(one_line(error))
                raise SystemExit(ExitCode.NOT_JUDGED) from None
            except Exception as error:  # noqa: BLE001 - a bug of ours
                self._broken(error)
        if self.config.dry_run:
            if self.interrupts.signal:
                raise SystemExit(128 + self.interrupts.signal)
            for step in self.undefined_steps:
                say(f"the step is undefined: {step.keyword} {step.name} ({step.location})")
            raise SystemExit(ExitCode.NOT_JUDGED if self.undefined_steps else ExitCode.OK)
        raise SystemExit(self.outcomes.report.exit_code)

    def _broken(self, error: Exception) -> None:
        judgement = not_judged(error, where="the runner failed")
        self._keep_traceback("the runner", judgement)
        report = self._broken_off(judgement.cause)
        report.add_case("The runner", judgement.cause)
        publishing.publish(report, self.place, self.config)
        raise SystemExit(report.exit_code) from None

    def _report_at_once(self, said: str) -> None:
        if self._is_over:
            return
        cause = f"{interrupted(self.interrupts.signal)} twice"
        self._selected = self._selected or selected(features_of(self.config), self.config)
        report = self._broken_off(cause)
        report.add_case("Clean-up", said)
        publishing.write(report, self.place, self.config)

    def _broken_off(self, cause: str) -> Report:
        """The report of a run that is over at once: what was not judged so far is not judged for this cause."""
        report = self.outcomes.so_far(self.interrupts.signal)
        for feature, scenarios in self._selected.items():
            lost = [subject(each) for each in scenarios if id(each) not in self._reported]
            report.lose(feature.name, feature.filename, lost, cause)
        return report

    def run_with_paths(self) -> bool:
        """Select first, so that whatever fails from then on has scenarios that it keeps from being judged."""
        self.context = Context(self)
        self.features.extend(features_of(self.config))
        try:
            made_visible(self.config)
            formatters = make_formatters(self.config, self.config.outputs)
        except (LookupError, OSError, ValueError) as error:
            raise UsageError(f"{one_line(error)} ({type(error).__name__})") from None
        self._selected = selected(self.features, self.config)
        self.features[:] = [feature for feature in self.features if only_selected(feature, self.config)]
        self.formatters = [GuardedFormatter(each, self._broke) for each in formatters]
        if not self.config.dry_run and publishing.part_of(self.config) is None:
            self.place.set_earlier_aside()
        try:
            if not self.interrupts.signal:
                self.load_hooks()
                self.load_step_definitions()
        except Exception as error:  # noqa: BLE001 - environment.py and steps can raise anything
            self._stopped_by = not_judged(error, where="the steps or hooks cannot be loaded")
            self._keep_traceback("loading", self._stopped_by)
            self.hooks.clear()
        return bool(self.run_model())

    def run_model(self, features: Any = None) -> bool:
        """All features, then what ends the run; reports are complete whatever failed."""
        self.step_registry = InterruptibleSteps(the_step_registry, self.interrupts)
        self.context.outcomes = self.outcomes
        self.context.on_cleanup_error = self._cleanup_failed
        self.outcomes.course.select((feature.filename, len(chosen)) for feature, chosen in self._selected.items())
        with following(self.outcomes.course, self.config):
            self._run_features(self.features if features is None else features)
        for formatter in self.formatters:
            formatter.close()
        for reporter in self.config.reporters:
            reporter.end()
        if not self.config.dry_run:
            self.outcomes.end(self.interrupts.signal)
            publishing.publish(self.outcomes.report, self.place, self.config)
            self._is_over = True
        return False

    def _run_features(self, features: list[Any]) -> None:
        if self._stopped_by is None:
            self.run_hook("before_all")
        for feature in features:
            self._run_feature(feature)
        self.run_hook("after_all")
        try:
            self.context._do_remaining_cleanups()
        except Exception:  # noqa: BLE001 - each of them was noted by _cleanup_failed
            self.hook_failures += 1

    def _run_feature(self, feature: Any) -> None:
        scenarios = self._selected.get(feature, [])
        if scenarios and not self.config.dry_run:
            self.outcomes.begin_feature(feature.name, feature.filename)
            for scenario in scenarios:
                scenario.run = partial(self._run_scenario, scenario, scenario.run)
        self._feature_stopped_by = None
        if not (self._stopped_by or self.aborted):
            try:
                self.feature = feature
                for formatter in self.formatters:
                    formatter.uri(feature.filename)
                feature.run(self)
            except Exception as error:  # noqa: BLE001 - behave itself broke; the next feature may not
                self._feature_stopped_by = not_judged(error, where="behave failed")
                self._broke(f"behave in {feature.name}", self._feature_stopped_by)
        if not self.config.dry_run:
            for scenario in scenarios:
                if id(scenario) not in self._reported:
                    self.outcomes.never_ran(subject(scenario), self._why_not_run())
                    self._reported.add(id(scenario))
            self.outcomes.end_feature()
        for reporter in self.config.reporters:
            reporter.feature(feature)

    def _run_scenario(self, scenario: Any, run: Any, runner: Any) -> bool:
        """In place of ``scenario.run``: behave says nowhere when a scenario's clean-up is over, its verdict final."""
        if self.aborted or self._feature_stopped_by:
            return True
        self._hook_error = None
        self.outcomes.begin_scenario(scenario.name)
        began = time.monotonic()
        failed = bool(run(runner))
        judgement = judge(scenario, self._hook_error)
        if isinstance(judgement.error, KeyboardInterrupt):
            judgement = self._why_not_run()
        if isinstance(judgement.error, TargetGone):
            self._feature_stopped_by = judgement
        if isinstance(judgement.error, UsageError):
            self._misused(judgement)
        output = scenario.captured.make_output() if scenario.captured.has_output() else ""
        outcome = self.outcomes.judged(subject(scenario), judgement, time.monotonic() - began, output)
        self._reported.add(id(scenario))
        self._show(outcome)
        return failed or outcome.verdict in (Verdict.VIOLATED, Verdict.NOT_JUDGED)

    def run_hook(self, hook_name: str, *args: Any) -> bool:
        """Run a hook; whatever it raises is kept. Hooks that set up can be interrupted, those that clean up cannot."""
        if not self.should_run_hook(hook_name):
            return True
        hook = partial(self.hooks[hook_name], self.context, *args)
        is_before = hook_name.startswith("before_")
        try:
            with self.context.use_with_user_mode(), progress.step(_PREPARING.get(hook_name, hook_name)):
                if is_before:
                    self.interrupts.breaking_off(hook)
                else:
                    hook()
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001
            self.hook_failures += 1
            self._hook_failed(hook_name, args, error)
            return False
        return True

    def _hook_failed(self, hook_name: str, args: tuple[Any, ...], error: BaseException) -> None:
        # What was written to be a cause says all by itself.
        judgement = not_judged(error, where=hook_name if not_judged(error).unexpected else "")
        if isinstance(error, KeyboardInterrupt):
            judgement = self._why_not_run()
        if isinstance(error, UsageError):
            self._misused(judgement)
        statement: Any = args[0] if args else None
        if hook_name.endswith("_tag"):
            statement = getattr(self.context, "scenario", None) or self.context.feature
        if statement is not None:
            statement.hook_failed = True
        if hook_name.endswith("_step") and statement.exception is None:
            statement.store_exception_context(error)
        elif hook_name == "before_all":
            self._stopped_by = judgement
            self._keep_traceback(hook_name, judgement)
        elif hook_name.startswith("before_") and statement.type == "scenario":
            self._hook_error = self._hook_error or judgement
        elif hook_name.startswith("before_") and statement.type == "feature":
            self._feature_stopped_by = judgement
            self._keep_traceback(hook_name, judgement)
        else:
            self._broke(f"{hook_name} of {one_line(statement.name)}" if statement else hook_name, judgement)

    def _cleanup_failed(self, context: Any, cleanup: Any, error: BaseException) -> None:
        layer = context._stack[0].get("@layer", "testrun")
        where = getattr(getattr(self.context, layer, None), "name", "") if layer != "testrun" else "the run"
        self._broke(f"Clean-up after {one_line(where)}", not_judged(error))

    def _broke(self, what: str, judgement: Judgement) -> None:
        self._show(self.outcomes.broke(what, judgement))

    def _keep_traceback(self, what: str, judgement: Judgement) -> None:
        if judgement.unexpected:
            folder = self.outcomes.evidence.keep(what, [judgement.cause], [], judgement.unexpected)
            say(f"{what} failed; traceback: {shown_path(self.reports / folder / TRACEBACK)}")

    def _misused(self, judgement: Judgement) -> None:
        self.outcomes.report.usage = self.outcomes.report.usage or judgement.cause

    def _why_not_run(self) -> Judgement:
        if self.interrupts.signal:
            return Judgement(Verdict.NOT_JUDGED, interrupted(self.interrupts.signal))
        why = self._stopped_by or self._feature_stopped_by
        if why:
            return Judgement(Verdict.NOT_JUDGED, why.cause)
        cause = "--stop ended the run before it" if self.config.stop else "the run was aborted before it"
        return Judgement(Verdict.NOT_JUDGED, cause)

    def _show(self, outcome: Outcome) -> None:
        for formatter in self.formatters:
            if hasattr(formatter, "judged"):
                formatter.judged(outcome, self.reports)

    @property
    def aborted(self) -> bool:
        """Whether nothing more is to be begun; a signal that came during clean-up counts from then on."""
        return bool(self.interrupts.signal or Runner.aborted.fget(self))

    @aborted.setter
    def aborted(self, value: bool) -> None:
        Runner.aborted.fset(self, value)

    def abort(self, reason: str | None = None) -> None:
        """behave's own, without its line on the console: what was interrupted is said once, by the interrupt."""
        self.aborted = True
