"""The acceptance page: one HTML file without external resources, to read, print and send around.

``templates/page.html`` is its whole; what a daemon, a feature or a setting says is escaped wherever it stands.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from support.report.details import Bar, Timeline
from support.report.facts import Target
from support.report.model import Criterion, RunReport
from support.report.outcomes import SIGNS
from support.verdicts import Verdict

_TEMPLATES = Path(__file__).with_name("templates")
_MEANS = {
    Verdict.PASSED: "the daemon does what the criterion asks",
    Verdict.VIOLATED: "the daemon does otherwise",
    Verdict.NOT_JUDGED: "it could not be found out",
    Verdict.SKIPPED: "it does not apply to this run",
}
_DRIVER = re.compile(r"(.+), driver ([^,()]+)\)")  # the end of a target's name
_FOLLOWS = re.compile(r"step (\S+) violated: ")


def html(run: RunReport, base: str = "") -> str:
    """The whole page; ``base`` leads from where it lies to the reports folder, e.g. ``../../``."""
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return templates(is_html=True).get_template("page.html").render(
        run=run,
        base=base,
        script=Markup(script),  # noqa: S704 - a file of ours
        digest=digest,
        verdicts=[(str(verdict), SIGNS[verdict], _MEANS[verdict]) for verdict in Verdict],
        signs={str(verdict): sign for verdict, sign in SIGNS.items()},
    )  # fmt: skip


@cache
def templates(*, is_html: bool) -> Environment:
    """Jinja2 with this folder's templates and with the filters that they use."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=is_html,  # noqa: S701 - the summary is no HTML, and escapes for Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        took=took, when=when, dashed=dashed, link=link, share=share, web=is_web_address, lanes=_with_places,
        word=word, of_agreed=of_agreed, names=names, cause_in=cause_in,
    )  # fmt: skip
    return made


def took(seconds: float) -> str:
    """A duration as people say it: ``12 ms``, ``0.3 s``, ``42 s``, ``3 min 5 s``."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if number]
    return " ".join(parts[:2]) or "0 s"


def when(time: str) -> str:
    """``2030-01-02 03:04 UTC``."""
    return f"{time[:10]} {time[11:16]} UTC" if len(time) >= 16 else time


def dashed(text: str) -> str:
    """A verdict as the name of a class."""
    return text.replace(" ", "-")


def word(verdict: str) -> str:
    """A criterion's verdict as people say it, who read of criteria that hold."""
    return "holds" if verdict == Verdict.PASSED else verdict


def of_agreed(criteria: Sequence[Criterion]) -> str:
    """How many of them are agreed criteria, in words."""
    number = sum(each.is_agreed for each in criteria)
    if len(criteria) == 1:
        return "an agreed criterion" if number else "no agreed criterion"
    if number == len(criteria):
        return "all of them agreed criteria"
    return "one of them an agreed criterion" if number == 1 else f"{number or 'none'} of them agreed criteria"


def names(targets: Iterable[Target]) -> list[str]:
    """What was judged; of targets that differ in nothing but their driver, the name once with all drivers."""
    drivers: dict[str, list[str]] = {}
    for name in dict.fromkeys(target.name for target in targets):
        found = _DRIVER.fullmatch(name)
        drivers.setdefault(found[1] if found else name, []).extend([found[2]] if found else [])
    return [
        f"{name}, {'drivers' if len(of) > 1 else 'driver'} {' and '.join(of)})" if of else name
        for name, of in drivers.items()
    ]


def cause_in(each: Criterion, violated: Iterable[Criterion]) -> Criterion | None:
    """The violated criterion that another one, which has it as a step, is violated by."""
    step = _FOLLOWS.match(each.seen)
    return next((other for other in violated if step and other.id == step[1]), None)


def link(path: str) -> str:
    """A path as a relative address."""
    return quote(path)


def is_web_address(text: str) -> bool:
    """Whether a text may be made a link: nothing but the web's own schemes."""
    return text.startswith(("https://", "http://"))


def share(part: float, whole: float) -> str:
    """A part of a whole in percent, for widths and places."""
    return f"{min(max(part / whole, 0.0), 1.0) * 100:.3f}" if whole > 0 else "0"


def _with_places(timeline: Timeline) -> list[tuple[str, int, list[tuple[Bar, int]]]]:
    """Each lane's name, its number of rows, and its bars with their rows."""
    return [
        (lane.name, len(lane.rows), [(bar, row) for row, bars in enumerate(lane.rows) for bar in bars])
        for lane in timeline.lanes
    ]
