"""TST-011 AC-22: one whole job in the document's order, every step judged, and its calls compared with the order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from support.api.recording import Exchange, exchanges_of
from support.gitlab.checks import CRITERIA
from support.gitlab.job import Job
from support.gitlab.script import SCRIPT
from support.thing import succeeded
from support.verdicts import NotJudged, TargetGone


@dataclass(frozen=True)
class Failure:
    """A step of the job that did not succeed; ``is_violated`` is False where it could not be judged."""

    criterion: str
    text: str
    is_violated: bool
    exchange: Exchange | None = None


def problems(job: Job) -> tuple[list[str], Exchange | None]:
    """The violated steps of a job that is over: a line for each, then the details; and what shows the first.

    Raises ``NotJudged`` where some could not be judged and none was violated.
    """
    failures = [failure for criterion in CRITERIA if (failure := _failure_of(criterion, job))]
    violated = [each for each in failures if each.is_violated]
    if failures and not violated:
        raise NotJudged("; ".join(f"step {each.criterion}: {each.text}" for each in failures))
    if not failures:
        return refused_calls(job) or order_problems(job), None
    # First which steps failed, a line each; then what else is known of them.
    named = [
        f"step {each.criterion} {'violated' if each.is_violated else 'not judged'}: {_first_line(each.text)}"
        for each in failures
    ]
    details = [f"{each.criterion}: {line}" for each in violated for line in each.text.splitlines()[1:]]
    return [*named, *details], violated[0].exchange


def _first_line(text: str) -> str:
    return text.splitlines()[0].removeprefix("Seen: ") if text else ""


def _failure_of(criterion: str, job: Job) -> Failure | None:
    try:
        CRITERIA[criterion](job)
    except AssertionError as error:
        return Failure(criterion, str(error).strip(), is_violated=True, exchange=next(iter(exchanges_of(error)), None))
    except TargetGone:
        raise
    except NotJudged as error:
        return Failure(criterion, str(error), is_violated=False)
    return None


def refused_calls(job: Job) -> list[str]:
    """The calls of the job that were refused or not answered; an image may be missing before its pull."""
    made = [each for each in job.driver.api.recorder.of_job(job.driver.name) if not succeeded(each)]
    return [each.line() for each in made if each.status != 101 and not (each.status == 404 and each.method == "GET")]


def order_problems(job: Job) -> list[str]:
    """The first call of the job that is another than the script says; none where all are as they should be."""
    wanted = [call for act in SCRIPT for call in act.calls]
    for number, (should, was) in enumerate(zip_longest(wanted, calls_of(job), fillvalue="nothing"), start=1):
        if should != was:
            return [f"call {number} of the job was {was!r} and should have been {should!r}"]
    return []


def calls_of(job: Job) -> Iterator[str]:
    """The job's own calls as the script writes them; one that was repeated until it was as wanted, only once."""
    previous = ""
    for exchange in job.driver.api.recorder.of_job(job.driver.name):
        call = f"{exchange.method} {_shape(exchange)} {exchange.label.subject}".rstrip()
        if call != previous or exchange.method != "GET":
            yield call
        previous = call


def _shape(exchange: Exchange) -> str:
    """``/v1.44/containers/4f…/start`` as ``/containers/{id}/start``."""
    path = re.sub(r"^/v[\d.]+(?=/)", "", exchange.path)
    path = re.sub(r"^/(containers|networks)/(?!create$)[^/]+", r"/\1/{id}", path)
    return re.sub(r"^/(images|volumes)/(?!create$).+?(?=/json$|$)", r"/\1/{name}", path)
