"""``./acceptance config``: the settings of a run as they are, and where each comes from."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from support.doctor.options import parsed
from support.settings import origins
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, UsageError

_DEFAULT = "default"


def main(argv: Sequence[str]) -> int:
    """0, or 2 where a setting is wrong. Secrets are hidden."""
    try:
        options, settings = parsed("config", __doc__, argv)
        of = origins(options.defines)
    except UsageError as error:
        say(one_line(error, 1000))
        return ExitCode.USAGE
    rows = [(name, value, of.get(name, _DEFAULT)) for name, value in settings.shown().items()]
    if options.json:
        described = {name: {"value": value, "origin": origin} for name, value, origin in rows}
        sys.stdout.write(json.dumps(described, indent=2) + "\n")
        return ExitCode.OK
    widest = max(len(name) for name, _, _ in rows)
    for name, value, origin in rows:
        sys.stdout.write(f"{name:<{widest}}  {one_line(value) or '-'}  ({one_line(origin)})\n")
    return ExitCode.OK
