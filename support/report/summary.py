"""``summary.md``: what the acceptance page says first, short enough for a job's summary or a note on a merge request.

Whatever a daemon, a feature or a setting says stands in code, where no mark, mention or reference means anything, or is
escaped.
"""

from __future__ import annotations

import re

from support.report.model import RunReport
from support.report.page import templates
from support.text import one_line, shorten

LONGEST = 30_000  # characters; notes of merge requests and comments of pull requests take more than that
_CODE = 300  # characters of a text in code
_TICKS = re.compile("`+")
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#!|~$&]")
_REFERENCE = re.compile("[@#!$%~&]")
_WORD_JOINER = "\u2060"


def markdown(run: RunReport) -> str:
    """The whole summary; where it would be too long, its end is left out and that is said."""
    made = templates(is_html=False)
    made.filters.update(code=code, plain=plain)
    text = made.get_template("summary.md").render(run=run)
    if len(text) <= LONGEST:
        return text
    whole, _, _ = text[: LONGEST - 100].rpartition("\n")
    return f"{whole}\n\n… cut here; the acceptance page has all of it.\n"


def code(text: str) -> str:
    """The text in code, in one line."""
    shown = shorten(one_line(text, _CODE), _CODE)
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    room = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{room}{shown}{room}{fence}"


def plain(text: str) -> str:
    """The text in one line, with everything escaped that Markdown, GitLab or GitHub would take for a mark.

    Mentions and references are found after Markdown was read, so escapes are no help: an invisible character is.
    """
    return _REFERENCE.sub(f"\\g<0>{_WORD_JOINER}", _SPECIAL.sub(r"\\\g<0>", one_line(text, _CODE)))
